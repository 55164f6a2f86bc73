//! Terms: what a word counts as. Words of one stem are one term; stop words are none.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use hashbrown::HashSet;
use rayon::prelude::*;
use rust_stemmers::{Algorithm, Stemmer};

use super::{Tokens, Vocabulary, WordId, WordSequences, scan};
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
}

const NONE: u32 = u32::MAX;

impl Terms {
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
        let table = &self.by_language[&self.languages[document.index()]];
        Some(table[word.index()]).filter(|&term| term != NONE).map(TermId)
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
    let stems: Vec<(Language, Vec<Option<String>>)> = of_language
        .par_iter()
        .map(|(&language, members)| (language, stems_of(tokens, members, language)))
        .collect();
    let mut names: Vec<String> =
        stems.iter().flat_map(|(_, stems)| stems.iter().flatten().cloned()).collect();
    names.par_sort_unstable();
    names.dedup();
    let by_language = stems
        .into_iter()
        .map(|(language, stems)| {
            let number = |stem: Option<String>| {
                stem.and_then(|stem| names.binary_search(&stem).ok()).map_or(NONE, |place| place as u32)
            };
            (language, stems.into_par_iter().map(number).collect())
        })
        .collect();
    Terms { names, by_language, languages }
}

/// By document: the language its words are read in. Documents of unknown language are read in the one that
/// most of the others have.
#[must_use]
pub fn reading_languages(documents: &[Document]) -> Vec<Language> {
    let mut counts: BTreeMap<Language, usize> = BTreeMap::new();
    for document in documents.iter().filter(|document| document.language != Language::UNKNOWN) {
        *counts.entry(document.language).or_default() += 1;
    }
    let n_known: usize = counts.values().sum();
    let main = counts
        .into_iter()
        .max_by_key(|&(language, count)| (count, std::cmp::Reverse(language)))
        .filter(|&(_, count)| count * 2 > n_known)
        .map_or(Language::UNKNOWN, |(language, _)| language);
    let reading = |document: &Document| match document.language {
        Language::UNKNOWN => main,
        known => known,
    };
    documents.iter().map(reading).collect()
}

/// The stem of each word that occurs in `members`; none for stop words and words elsewhere.
fn stems_of(tokens: &Tokens, members: &[DocId], language: Language) -> Vec<Option<String>> {
    let vocabulary = &tokens.vocabulary;
    let mut occurs = vec![false; vocabulary.len()];
    let mut mark = |sequences: &WordSequences, document| {
        for word in sequences.of(document) {
            occurs[word.index()] = true;
        }
    };
    for &document in members {
        mark(&tokens.bodies, document);
        mark(&tokens.titles, document);
    }
    let stems = Stems::of(language);
    occurs
        .into_par_iter()
        .enumerate()
        .map(|(place, occurs)| occurs.then(|| stems.stem(vocabulary.word(WordId(place as u32)))).flatten())
        .collect()
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
        let is_letter = word.len() == 1 && !word.as_bytes()[0].is_ascii_digit();
        (!is_letter && !self.stop_words.contains(word)).then(|| stem(self.stemmer.as_ref(), word))
    }
}

/// The stem of a word; the word itself where there is no stemmer, or where the stemmer fails on it.
fn stem(stemmer: Option<&Stemmer>, word: &str) -> String {
    let Some(stemmer) = stemmer else { return word.to_owned() };
    catch_unwind(AssertUnwindSafe(|| stemmer.stem(word).into_owned()))
        .ok()
        .filter(|stem| !stem.is_empty())
        .unwrap_or_else(|| word.to_owned())
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
