//! Terms: what a word counts as. Words of one stem are one term; stop words are none.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use hashbrown::HashSet;
use rayon::prelude::*;
use rust_stemmers::{Algorithm, Stemmer};

use super::{Tokens, Vocabulary, WordId, WordMask, scan};
use crate::corpus::{DocId, Document, Language};

/// A term's place in the table of [`Terms`]: alphabetical.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TermId(pub u32);

impl TermId {
    /// As an index.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Every distinct term of a drop, and which words count as it in which language.
#[derive(Debug, Default)]
pub struct Terms {
    /// Stems, ascending; the index is the [`TermId`].
    pub names: Vec<String>,
    /// By language: each word's term, or `NONE`; as long as the vocabulary.
    by_language: BTreeMap<Language, Vec<u32>>,
    /// By document: the language its words are read in (the drop's main one where its own is unknown).
    languages: Vec<Language>,
    /// Languages without a list of function words: how many were learnt, from how many documents.
    pub learnt: Vec<(Language, usize, usize)>,
}

const NONE: u32 = Terms::NONE;

impl Terms {
    /// Stands for no term in [`Terms::table`].
    pub const NONE: u32 = u32::MAX;

    /// Number of terms.
    #[must_use]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// True without terms.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// What `word` counts as in `document`: none for stop words and single letters.
    #[must_use]
    pub fn term(&self, document: DocId, word: WordId) -> Option<TermId> {
        Some(self.table(document)[word.index()]).filter(|&term| term != NONE).map(TermId)
    }

    /// What each word counts as in `document`, by [`WordId`]; [`Terms::NONE`] for stop words and single letters.
    #[must_use]
    pub fn table(&self, document: DocId) -> &[u32] {
        &self.by_language[&self.languages[document.index()]]
    }

    /// The language a document's words are read in.
    #[must_use]
    pub fn language(&self, document: DocId) -> Language {
        self.languages[document.index()]
    }
}

/// Stems each distinct word once for every language it occurs in.
#[must_use]
pub fn learn(tokens: &Tokens, documents: &[Document]) -> Terms {
    let languages = reading_languages(documents);
    let mut of_language: BTreeMap<Language, Vec<DocId>> = BTreeMap::new();
    for (document, &language) in (0u32..).zip(&languages) {
        of_language.entry(language).or_default().push(DocId(document));
    }
    let mut learnt = Vec::new();
    let stems: Vec<(Language, StemTable)> = of_language
        .iter()
        .map(|(&language, members)| {
            let is_alone = of_language.len() == 1;
            let mut stems = Stems::of(language);
            if language != Language::UNKNOWN && stop_words::lookup(language.code()).is_none() {
                let found = frequent_words(tokens, members);
                if !found.is_empty() {
                    learnt.push((language, found.len(), members.len()));
                }
                stems.stop_words.extend(found);
            }
            (language, StemTable::of(tokens, (!is_alone).then_some(members), &stems))
        })
        .collect();
    let mut entries: Vec<(u64, u32, u32)> = Vec::new();
    for (table, (_, stems)) in (0u32..).zip(&stems) {
        entries.extend(
            (0u32..).zip(&stems.words).map(|(place, _)| (first_letters(stems.stem(place)), table, place)),
        );
    }
    let stem_of = |entry: &(u64, u32, u32)| stems[entry.1 as usize].1.stem(entry.2);
    entries.par_sort_unstable_by(|left, right| {
        left.0.cmp(&right.0).then_with(|| stem_of(left).cmp(stem_of(right)))
    });
    let mut names: Vec<String> = Vec::new();
    let mut by_language: BTreeMap<Language, Vec<u32>> =
        stems.iter().map(|(language, _)| (*language, vec![NONE; tokens.vocabulary.len()])).collect();
    let mut tables: Vec<&mut Vec<u32>> = by_language.values_mut().collect();
    for entry in &entries {
        let stem = stem_of(entry);
        if names.last().is_none_or(|last| last != stem) {
            names.push(stem.to_owned());
        }
        let word = stems[entry.1 as usize].1.words[entry.2 as usize];
        tables[entry.1 as usize][word.index()] = names.len() as u32 - 1;
    }
    Terms { names, by_language, languages, learnt }
}

/// Documents of a language from which its function words are learnt.
const LEARNING_DOCUMENTS: usize = 30;

/// A function word stands in more than this share of them. A word of another kind that does so tells hardly any of them
/// apart, so little is lost with it.
const LEARNT_SHARE: f64 = 0.5;

/// The words that stand in many documents of a language: its function words, as far as can be told without a list.
fn frequent_words(tokens: &Tokens, members: &[DocId]) -> Vec<String> {
    if members.len() < LEARNING_DOCUMENTS {
        return Vec::new();
    }
    let n_words = tokens.vocabulary.len();
    let (mut frequency, mut last_seen) = (vec![0_u32; n_words], vec![u32::MAX; n_words]);
    for &document in members {
        for word in tokens.bodies.of(document) {
            if std::mem::replace(&mut last_seen[word.index()], document.0) != document.0 {
                frequency[word.index()] += 1;
            }
        }
    }
    let least = (members.len() as f64 * LEARNT_SHARE) as u32;
    (0u32..)
        .zip(frequency)
        .filter(|&(_, frequency)| frequency > least)
        .map(|(word, _)| tokens.vocabulary.word(WordId(word)).to_owned())
        .collect()
}

/// A string's first eight bytes as a number: numbers are ordered as the strings are, where they differ.
fn first_letters(text: &str) -> u64 {
    let mut letters = [0; 8];
    let length = text.len().min(8);
    letters[..length].copy_from_slice(&text.as_bytes()[..length]);
    u64::from_be_bytes(letters)
}

/// By document: the language its words are read in. Documents of unknown language are read in the one that
/// most of the others have.
#[must_use]
pub fn reading_languages(documents: &[Document]) -> Vec<Language> {
    let main = main_language(documents.iter().map(|document| document.language));
    let reading = |document: &Document| match document.language {
        Language::UNKNOWN => main,
        known => known,
    };
    documents.iter().map(reading).collect()
}

/// The language that more than half of those documents have whose language is known; else unknown.
#[must_use]
pub fn main_language(languages: impl Iterator<Item = Language>) -> Language {
    let mut counts: BTreeMap<Language, usize> = BTreeMap::new();
    for language in languages.filter(|&language| language != Language::UNKNOWN) {
        *counts.entry(language).or_default() += 1;
    }
    let n_known: usize = counts.values().sum();
    counts
        .into_iter()
        .max_by_key(|&(language, count)| (count, std::cmp::Reverse(language)))
        .filter(|&(_, count)| count * 2 > n_known)
        .map_or(Language::UNKNOWN, |(language, _)| language)
}

/// The stems of one language's words, one after another.
struct StemTable {
    /// Words that have a stem, ascending.
    words: Vec<WordId>,
    letters: String,
    /// Where each word's stem ends in `letters`.
    ends: Vec<usize>,
}

impl StemTable {
    /// The stem of each word that occurs in `members`, or anywhere; stop words have none.
    fn of(tokens: &Tokens, members: Option<&Vec<DocId>>, stems: &Stems) -> Self {
        let vocabulary = &tokens.vocabulary;
        let occurs = members.map(|members| words_of(tokens, members));
        let places: Vec<u32> = (0..vocabulary.len() as u32).collect();
        let parts: Vec<Self> = places
            .par_chunks(4096)
            .map(|places| {
                let mut part = Self { words: Vec::new(), letters: String::new(), ends: Vec::new() };
                for word in places.iter().map(|&place| WordId(place)) {
                    if occurs.as_ref().is_none_or(|occurs| occurs.is_marked(word.index()))
                        && let Some(stem) = stems.stem_of(vocabulary.word(word))
                    {
                        part.letters.push_str(&stem);
                        part.words.push(word);
                        part.ends.push(part.letters.len());
                    }
                }
                part
            })
            .collect();
        let mut whole = Self { words: Vec::new(), letters: String::new(), ends: Vec::new() };
        for part in parts {
            let base = whole.letters.len();
            whole.letters.push_str(&part.letters);
            whole.words.extend(part.words);
            whole.ends.extend(part.ends.iter().map(|end| base + end));
        }
        whole
    }

    fn stem(&self, place: u32) -> &str {
        let begin = if place == 0 { 0 } else { self.ends[place as usize - 1] };
        &self.letters[begin..self.ends[place as usize]]
    }
}

/// The distinct words of some documents, marked by id.
fn words_of(tokens: &Tokens, members: &[DocId]) -> WordMask {
    let n_words = tokens.vocabulary.len();
    let marked = |members: &[DocId]| {
        let mut mask = WordMask::none(n_words);
        for &document in members {
            for word in tokens.bodies.of(document).iter().chain(tokens.titles.of(document)) {
                mask.mark(word.index());
            }
        }
        mask
    };
    let piece = members.len().div_ceil(rayon::current_num_threads()).max(64);
    let parts: Vec<WordMask> = members.par_chunks(piece).map(marked).collect();
    let mut whole = WordMask::none(n_words);
    for part in &parts {
        whole.add(part);
    }
    whole
}

/// How one language's words become terms.
pub struct Stems {
    stop_words: HashSet<String>,
    stemmer: Option<Stemmer>,
}

impl Stems {
    /// The stop list and the stemmer of a language; nothing of either where there is none.
    #[must_use]
    pub fn of(language: Language) -> Self {
        Self { stop_words: stop_words(language), stemmer: algorithm(language).map(Stemmer::create) }
    }

    /// What a folded word counts as: none for stop words and single letters.
    #[must_use]
    pub fn stem(&self, word: &str) -> Option<String> {
        self.stem_of(word).map(Cow::into_owned)
    }

    fn stem_of<'a>(&self, word: &'a str) -> Option<Cow<'a, str>> {
        let is_letter = word.len() == 1 && !word.as_bytes()[0].is_ascii_digit();
        (!is_letter && !self.stop_words.contains(word)).then(|| stem(self.stemmer.as_ref(), word))
    }
}

/// The stem of a word; the word itself where there is no stemmer, or where the stemmer fails on it.
fn stem<'a>(stemmer: Option<&Stemmer>, word: &'a str) -> Cow<'a, str> {
    let Some(stemmer) = stemmer else { return Cow::Borrowed(word) };
    catch_unwind(AssertUnwindSafe(|| stemmer.stem(word)))
        .ok()
        .filter(|stem| !stem.is_empty())
        .unwrap_or(Cow::Borrowed(word))
}

/// Are all words function words of the language?
#[must_use]
pub fn says_nothing(vocabulary: &Vocabulary, words: &[WordId], language: Language) -> bool {
    let all_in = |list: &[&str]| words.iter().all(|&word| list.contains(&vocabulary.word(word)));
    match stop_words::lookup(language.code()) {
        Some(list) => all_in(list),
        // Function words alone seldom tell their language: any list that has them all will do.
        None => LISTED.iter().filter_map(|code| stop_words::lookup(code)).any(all_in),
    }
}

/// Languages whose function words are told even where the language is not.
const LISTED: [&str; 14] =
    ["en", "fr", "de", "es", "it", "pt", "nl", "ru", "sv", "da", "no", "fi", "ro", "tr"];

/// The language's function words, as this scanner splits them ("don't" gives "don" and "t").
#[must_use]
pub fn stop_words(language: Language) -> HashSet<String> {
    let mut set = HashSet::new();
    for entry in stop_words::lookup(language.code()).unwrap_or_default() {
        scan::words(entry, |word, _| {
            set.insert(word.to_owned());
        });
    }
    set
}

/// The stemmer of a language. Greek is left out: its stemmer panics on some words.
fn algorithm(language: Language) -> Option<Algorithm> {
    Some(match language.code() {
        "ar" => Algorithm::Arabic,
        "da" => Algorithm::Danish,
        "nl" => Algorithm::Dutch,
        "en" => Algorithm::English,
        "fi" => Algorithm::Finnish,
        "fr" => Algorithm::French,
        "de" => Algorithm::German,
        "hu" => Algorithm::Hungarian,
        "it" => Algorithm::Italian,
        "no" | "nb" | "nn" => Algorithm::Norwegian,
        "pt" => Algorithm::Portuguese,
        "ro" => Algorithm::Romanian,
        "ru" => Algorithm::Russian,
        "es" => Algorithm::Spanish,
        "sv" => Algorithm::Swedish,
        "ta" => Algorithm::Tamil,
        "tr" => Algorithm::Turkish,
        _ => return None,
    })
}
