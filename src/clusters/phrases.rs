//! Phrases: which runs of words people wrote could name something, and how common are they?
//! In:  the texts, [`Tokens`], [`Terms`], a mask of words that are boilerplate.
//! Out: [`Phrases`], which `labels` draws labels from. Touches memory only.
//!
//! A phrase is one to four words between two marks of punctuation or line ends, neither beginning nor
//! ending with a stop word, in one sentence of prose. Phrases of the same stems are one phrase.

use std::collections::BTreeMap;
use std::ops::Range;

use rayon::prelude::*;

use super::common::CommonWords;
use super::label_words::{LabelWords, Role, are_twins};
use crate::corpus::{Corpus, DocId, Language};
use crate::tokens::{Terms, Tokens, WordMask, article_words, scan};

/// Longest phrase, words, stop words counted.
const LONGEST: usize = 4;

/// Letters shown of a line at most.
const LONGEST_LINE: usize = 100;

/// Longest name (every content word has a capital), words.
const LONGEST_NAME: usize = 6;

/// Words read of a document: what news is about stands early, and a book must not take a minute.
const WORDS_READ: usize = 600;

/// Documents whose phrases are counted as the background that labels are held against. Shares of 1 % and
/// more are then known to a fifth of themselves.
const BACKGROUND_DOCUMENTS: usize = 4000;

/// A line of fewer words is no sentence: a salutation, a caption, a menu entry. (Titles are read apart.)
const SHORT_LINE: usize = 4;

/// A line of so many content words, all with a capital, says nothing of which of them are names.
const HEADLINE: usize = 3;

/// The longest word that can be a name; longer ones are codes.
const LONGEST_WORD: usize = 30;

/// What phrases exist in a drop and how common they are.
#[derive(Debug)]
pub struct Phrases<'a> {
    corpus: &'a Corpus,
    tokens: &'a Tokens,
    terms: &'a Terms,
    boilerplate: &'a WordMask,
    counts: PhraseCounts,
}

/// What was learnt of a drop's phrases, apart from its words.
#[derive(Debug)]
pub struct PhraseCounts {
    common: CommonWords,
    label_words: BTreeMap<Language, LabelWords>,
    background: Background,
}

impl PhraseCounts {
    /// With the words of the drop they were learnt from.
    #[must_use]
    pub fn over<'a>(
        self,
        corpus: &'a Corpus,
        tokens: &'a Tokens,
        terms: &'a Terms,
        boilerplate: &'a WordMask,
    ) -> Phrases<'a> {
        Phrases { corpus, tokens, terms, boilerplate, counts: self }
    }
}

/// How common phrases are in some documents.
#[derive(Debug, Default)]
pub(super) struct Background {
    /// Phrases met in two documents and more, ascending, with the number of documents.
    frequencies: Vec<(u64, u32)>,
    /// Documents counted, by language.
    n_documents: BTreeMap<Language, u32>,
}

impl Background {
    /// Share of the documents of one language in which a phrase stands, over 0 and at most 1. Two are added
    /// to both counts, so that what was met once is not taken for a marvel.
    pub(super) fn share(&self, key: u64, language: Language) -> f32 {
        let found = self.frequencies.binary_search_by_key(&key, |entry| entry.0);
        let frequency = found.map_or(1, |place| self.frequencies[place].1);
        let n_documents = self.n_documents.get(&language).copied().unwrap_or(0);
        ((frequency + 2) as f32 / (n_documents + 2) as f32).min(1.0)
    }
}

/// A word of a text, as phrases see it.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about the word")]
pub(super) struct Word {
    /// The stem; none for a stop word.
    pub(super) term: Option<u32>,
    /// Bytes of the text.
    pub(super) bytes: Range<u32>,
    /// Does a sentence, a clause or a line begin here?
    pub(super) begins: bool,
    /// Can it be part of a name or a phrase? Not so numbers, codes, parts of addresses.
    pub(super) is_plain: bool,
    /// Written with a capital, in a line where not every word is.
    pub(super) is_capital: bool,
    /// In a line where every word has a capital.
    pub(super) in_headline: bool,
    /// Digits alone.
    pub(super) is_number: bool,
    /// Directly behind a number: perhaps a unit.
    pub(super) after_number: bool,
    /// For a function word: may it stand inside a name?
    pub(super) role: Option<Role>,
}

impl Word {
    fn is_silent(&self) -> bool {
        self.role == Some(Role::Silent)
    }
}

/// One place of a phrase in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// Stands for the phrase's stems in order.
    pub(super) key: u64,
    /// Number of the document in the list that was asked for.
    pub(super) document: u32,
    /// First word, in the document's words.
    pub(super) first: u16,
    /// Number of words.
    pub(super) length: u8,
}

impl<'a> Phrases<'a> {
    /// Counts the phrases of up to 4,000 documents spread evenly over the drop.
    #[must_use]
    pub fn learn(
        corpus: &'a Corpus,
        tokens: &'a Tokens,
        terms: &'a Terms,
        boilerplate: &'a WordMask,
    ) -> Self {
        let common = CommonWords::of(terms, corpus);
        let all: Vec<DocId> = (0..corpus.documents.len() as u32).map(DocId).collect();
        let mut label_words = BTreeMap::new();
        for &document in &all {
            let language = terms.language(document);
            label_words.entry(language).or_insert_with(|| LabelWords::of(language));
        }
        let counts = PhraseCounts { common, label_words, background: Background::default() };
        let mut phrases = counts.over(corpus, tokens, terms, boilerplate);
        phrases.counts.background = phrases.background(&all, BACKGROUND_DOCUMENTS);
        phrases
    }

    /// What was learnt, without the words.
    #[must_use]
    pub fn into_counts(self) -> PhraseCounts {
        self.counts
    }

    /// What the drop's phrases are held against.
    pub(super) fn whole_drop(&self) -> &Background {
        &self.counts.background
    }

    /// Counts the phrases of at most `most` of `documents`, spread evenly.
    pub(super) fn background(&self, documents: &[DocId], most: usize) -> Background {
        let n_read = documents.len().min(most);
        let read: Vec<DocId> = (0..n_read).map(|place| documents[place * documents.len() / n_read]).collect();
        let mut n_documents = BTreeMap::new();
        for &document in &read {
            *n_documents.entry(self.terms.language(document)).or_default() += 1;
        }
        let mut keys: Vec<u64> = read
            .par_iter()
            .flat_map_iter(|&document| {
                let mut keys: Vec<u64> = Vec::new();
                let words = self.words(document);
                places(&words, 0, |place| keys.push(place.key));
                keys.sort_unstable();
                keys.dedup();
                keys
            })
            .collect();
        keys.par_sort_unstable();
        let frequencies = keys
            .chunk_by(|left, right| left == right)
            .filter(|run| run.len() > 1)
            .map(|run| (run[0], run.len() as u32))
            .collect();
        Background { frequencies, n_documents }
    }

    /// One document's title (where it is no part of the text) and text, one after the other.
    pub(super) fn text(&self, document: DocId) -> String {
        let record = &self.corpus.documents[document.index()];
        let body = self.corpus.texts.text(document);
        match (&record.title, &record.title_span) {
            (Some(title), None) => format!("{title}\n{body}"),
            _ => body.into_owned(),
        }
    }

    /// The first words of one document, title first; their bytes are those of [`Phrases::text`].
    pub(super) fn words(&self, document: DocId) -> Vec<Word> {
        self.first_words(document, WORDS_READ)
    }

    /// The first line of a document, title first and furniture passed over; of a longer one so many words and an ellipsis.
    pub(super) fn first_line(&self, document: DocId, most: usize) -> String {
        let words = self.first_words(document, most + 1);
        let (Some(first), Some(last)) = (words.first(), words.get(..most).unwrap_or(&words).last()) else {
            return String::new();
        };
        let text = self.text(document);
        let begun = &text[first.bytes.start as usize..last.bytes.end as usize];
        let line = begun.lines().next().unwrap_or_default();
        let short: String = line.chars().take(LONGEST_LINE).collect();
        let is_whole = short.len() == line.len() && (line.len() < begun.len() || words.len() <= most);
        if is_whole { short } else { short + " …" }
    }

    /// As many as `most` words of one document.
    pub(super) fn first_words(&self, document: DocId, most: usize) -> Vec<Word> {
        let record = &self.corpus.documents[document.index()];
        let body = self.corpus.texts.text(document);
        let label_words = &self.counts.label_words[&self.terms.language(document)];
        let mut words = Vec::new();
        let mut offset = 0;
        if let (Some(title), None) = (&record.title, &record.title_span) {
            let mut line = Line::new(title, 0, label_words);
            line.is_title = true;
            let mut place = self.tokens.titles.range(document).start;
            scan::words(title, |word, bytes| {
                let term = self.terms.term(document, self.tokens.titles.words[place]);
                line.push(&mut words, word, term.map(|term| term.0), bytes);
                place += 1;
            });
            line.end_line(&mut words, true);
            offset = title.len() as u32 + 1;
        }
        let mut place = self.tokens.bodies.range(document).start;
        let title_end = record.title_span.as_ref().map_or(0, |span| span.end);
        let mut line = Line::new(&body, offset, label_words);
        article_words(&body, &record.set_aside, |word, bytes| {
            if words.len() < most && !self.boilerplate.is_marked(place) {
                line.is_title = bytes.end <= title_end;
                let term = self.terms.term(document, self.tokens.bodies.words[place]);
                line.push(&mut words, word, term.map(|term| term.0), bytes);
            }
            place += 1;
        });
        line.end_line(&mut words, line.is_title);
        words
    }

    /// Documents of the drop.
    pub(super) fn n_documents(&self) -> usize {
        self.corpus.documents.len()
    }

    /// The language a document's words are read in.
    pub(super) fn language(&self, document: DocId) -> Language {
        self.terms.language(document)
    }

    /// The stem of a term.
    pub(super) fn stem(&self, term: u32) -> &str {
        &self.terms.names[term as usize]
    }

    /// How specific one term is: [`CommonWords::specificity`].
    pub(super) fn term_specificity(&self, term: u32) -> f32 {
        self.counts.common.specificity(term)
    }

    /// Do two terms stand for one thing in a label?
    pub(super) fn are_twins(&self, left: u32, right: u32) -> bool {
        left == right || are_twins(self.stem(left), self.stem(right))
    }

    /// How specific a run of words is, over 0 and at most 1: the mean of its content words.
    pub(super) fn specificity(&self, words: &[Word]) -> f32 {
        let (sum, n) = words
            .iter()
            .filter_map(|word| word.term)
            .fold((0.0, 0u8), |(sum, n), term| (sum + self.counts.common.specificity(term), n + 1));
        sum / f32::from(n.max(1))
    }
}

/// The line being read.
struct Line<'t> {
    text: &'t str,
    /// Where this text stands in the document's whole.
    offset: u32,
    /// End of the last word, bytes of `text`.
    last: Option<usize>,
    /// Index of the line's first word.
    first_word: usize,
    /// Index of the sentence's first word.
    first_of_sentence: usize,
    is_title: bool,
    label_words: &'t LabelWords,
}

impl<'t> Line<'t> {
    fn new(text: &'t str, offset: u32, label_words: &'t LabelWords) -> Self {
        Self { text, offset, last: None, first_word: 0, first_of_sentence: 0, is_title: false, label_words }
    }

    /// Takes the next word: as the scanner folds it, its term, its place.
    fn push(&mut self, words: &mut Vec<Word>, folded: &str, term: Option<u32>, bytes: Range<u32>) {
        let (begin, end) = (bytes.start as usize, bytes.end as usize);
        let gap = &self.text[self.last.unwrap_or(begin)..begin];
        if self.last.is_none() {
            (self.first_word, self.first_of_sentence) = (words.len(), words.len());
        }
        if gap.contains('\n') {
            self.end_line(words, self.is_title);
        } else if gap.contains('!') {
            // An exclamation speaks to the reader.
            void(&mut words[self.first_of_sentence..]);
        } else if gap.starts_with(':') && !self.is_title && words.len() - self.first_word < SHORT_LINE {
            // "Organization: ...": the name of a field.
            void(&mut words[self.first_word..]);
        }
        if gap.contains(['.', '!', '?', '\n', '…']) {
            self.first_of_sentence = words.len();
        }
        let word = &self.text[begin..end];
        // "host.example.org", "me@here", "http://...": no blank, so no sentence ends there.
        let is_address = !gap.is_empty()
            && (gap.contains(['@', '_', '\\', '=', '/']) || (gap == "." && word.chars().nth(1).is_some()));
        if is_address && let Some(before) = words.last_mut() {
            before.is_plain = false;
        }
        let is_plain = !is_address
            && word.len() <= LONGEST_WORD
            && !word.contains('_')
            && !word.chars().any(|letter| letter.is_ascii_digit())
            // one letter is an initial, unless letters are words
            && (word.chars().nth(1).is_some() || !word.is_ascii());
        // In a language without a list, any function word may stand inside a name.
        let role = match self.label_words.role(folded) {
            None if !self.label_words.is_known() && term.is_none() => Some(Role::Inside),
            role => role,
        };
        // A hyphen between blanks is a dash.
        let joins = matches!(gap, " " | "\u{a0}" | "-" | "‐" | "‑");
        let is_behind = self.last.is_some() && (joins || gap.is_empty());
        let after_number = is_behind
            && words
                .last()
                .is_some_and(|before| before.is_number || before.is_silent() && before.after_number);
        words.push(Word {
            term: term.filter(|_| is_plain && role != Some(Role::Silent)),
            bytes: bytes.start + self.offset..bytes.end + self.offset,
            begins: self.last.is_none() || !(joins || is_elision(gap, &self.text[..begin], word)),
            is_plain,
            is_capital: word.starts_with(char::is_uppercase),
            in_headline: false,
            is_number: word.bytes().all(|byte| byte.is_ascii_digit()),
            after_number,
            role,
        });
        self.last = Some(end);
    }

    /// A line too short for a sentence names nothing, unless it is the title.
    fn end_line(&mut self, words: &mut [Word], is_title: bool) {
        if words.len() - self.first_word < SHORT_LINE && !is_title {
            void(&mut words[self.first_word..]);
        }
        let line = &mut words[self.first_word..];
        let content = || line.iter().filter(|word| word.term.is_some());
        if content().count() >= HEADLINE && content().all(|word| word.is_capital) {
            for word in line {
                (word.is_capital, word.in_headline) = (false, true);
            }
        }
        self.first_word = words.len();
    }
}

/// "l'Union", "d'Egitto": an apostrophe after one or two letters belongs inside a phrase; "Russia's" ends one.
fn is_elision(gap: &str, before: &str, word: &str) -> bool {
    matches!(gap, "'" | "’")
        && word.chars().nth(1).is_some()
        && before
            .trim_end_matches(['\'', '’'])
            .chars()
            .rev()
            .take_while(|letter| letter.is_alphabetic())
            .count()
            <= 2
}

fn void(words: &mut [Word]) {
    for word in words {
        (word.is_plain, word.term) = (false, None);
    }
}

/// Calls `found` with every phrase of `words`.
pub(super) fn places(words: &[Word], document: u32, mut found: impl FnMut(Place)) {
    for (first, word) in words.iter().enumerate() {
        let Some(term) = word.term else { continue };
        let mut key = extend(0, term);
        found(Place { key, document, first: first as u16, length: 1 });
        let mut is_name = word.is_capital;
        for (length, next) in (2u8..).zip(words[first + 1..].iter().take(LONGEST_NAME - 1)) {
            is_name &= next.is_capital || next.term.is_none();
            if next.begins || !next.is_plain || (usize::from(length) > LONGEST && !is_name) {
                break;
            }
            let Some(term) = next.term else { continue };
            key = extend(key, term);
            let inside = &words[first + 1..first + usize::from(length) - 1];
            if inside.iter().all(|word| word.term.is_some()) || holds_together(word, inside, next) {
                found(Place { key, document, first: first as u16, length });
            }
        }
    }
}

/// Function words only inside names: Ministry of Internal Affairs, Bank of England, Marks and Spencer.
fn holds_together(first: &Word, inside: &[Word], last: &Word) -> bool {
    first.is_capital
        && last.is_capital
        && inside.iter().all(|word| {
            word.term.is_some() && word.is_capital
                || word.term.is_none() && matches!(word.role, Some(Role::Inside | Role::And))
        })
}

/// Is the name at `place` whole here: no further word with a capital on either side of it? A word at the
/// head of a sentence has its capital from there.
pub(super) fn is_whole(place: Place, words: &[Word]) -> bool {
    let first = usize::from(place.first);
    let last = first + usize::from(place.length) - 1;
    let goes_on = |word: &Word| word.is_capital && word.term.is_some();
    let before = first.checked_sub(1).map(|at| &words[at]);
    let is_cut_before = words[first].is_capital
        && !words[first].begins
        && before.is_some_and(|before| goes_on(before) && !before.begins);
    let is_cut_behind =
        words[last].is_capital && words.get(last + 1).is_some_and(|behind| !behind.begins && goes_on(behind));
    !is_cut_before && !is_cut_behind
}

/// The key of a phrase, one word longer.
pub(super) fn extend(key: u64, term: u32) -> u64 {
    let mixed = (key.rotate_left(23) ^ (u64::from(term) + 1)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ (mixed >> 29)
}
