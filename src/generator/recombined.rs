//! Documents made of sentences of many others.
//!
//! All passages of one language stand in a table of `LINES_LENGTH` columns and p rows, p prime, row after row. A document takes one
//! passage of every column: for a slope s and a start t, row (s * column + t) mod p. Two such lines cross at most
//! once (a finite affine plane), so two of these documents share at most one passage. The articles stand in the order of their
//! subjects, and slopes lead from one to the next: a document is of several articles on about one subject, as news is. Each line is checked
//! for how much of it is from one article.
//!
//! Where passages must be used many times, the later documents exchange nearly all words but particles, so that a
//! larger drop does not become one of common wording.

use std::collections::BTreeMap;

use hashbrown::HashSet;
use rayon::prelude::*;

use super::chance::{Chance, Purpose};
use super::sources::{SourceId, Sources};
use super::{edits, prose};
use crate::corpus::Language;
use crate::random::mix;

/// Passages of a document.
const LINES_LENGTH: usize = 10;

/// How often a passage is used as it is. News does repeat its background; more would make all of it common wording.
const USES: usize = 2;

/// How often it is used in all, where so many documents are asked for. Beyond, the runs of particles that are left
/// of it would be common wording.
const MOST_USES: usize = 20;

/// Chance of a word that is no particle to be exchanged in the uses after [`USES`]: of 28 shingles of three words that two of them
/// could share, about two are left.
const EXCHANGED: f64 = 0.9;

/// Words of a passage, at least: one to a few sentences.
const PASSAGE_WORDS: usize = 20;

/// Words of a passage, at most: a clipping of sixty words of one document must not stand in another.
const LONGEST_PASSAGE: usize = 40;

/// Share of a recombined document that may come from one document of the input, and of that document that may go
/// into it.
const MOST_FROM_ONE: f64 = 0.2;

/// A run of sentences of a document of the input.
#[derive(Debug, Clone, Copy)]
pub(super) struct Passage {
    /// Place in [`Sources::natural`].
    pub(super) natural: u32,
    /// Bytes of that document's article.
    begin: u32,
    end: u32,
    n_words: u32,
}

/// A document of passages.
#[derive(Debug)]
pub(super) struct Recombined {
    pub(super) pieces: Vec<Passage>,
    pub(super) n_words: u32,
    slope: u32,
}

impl Recombined {
    /// Its passages, each a paragraph on one line.
    pub(super) fn text(&self, sources: &Sources<'_>) -> String {
        let passages = self.pieces.iter().map(|piece| {
            let article = sources.text(SourceId(piece.natural));
            let passage = &article[piece.begin as usize..piece.end as usize];
            passage.split_whitespace().collect::<Vec<_>>().join(" ")
        });
        let text = passages.collect::<Vec<_>>().join("\n\n");
        if self.slope as usize <= USES {
            return text;
        }
        let language = sources.language_of(self.pieces[0].natural);
        // One word for another throughout a slope: what goes together in the input goes together there, too.
        let slope = mix(u64::from(self.slope));
        let chance = |word: u64| Chance::at(sources.seed, Purpose::Recombined, (slope ^ word) >> 8);
        edits::told_of_others(&text, EXCHANGED, sources.stock.of(language), chance)
    }
}

/// The passages of an article, in order. Sentences are counted off on the article's words, so that a passage is a
/// range of its bytes.
fn passages(natural: u32, article: &str) -> Vec<Passage> {
    let words = prose::words(article);
    let mut passages = Vec::new();
    let (mut begin, mut end) = (0, 0);
    for sentence in prose::all_sentences(article) {
        end = (end + prose::n_words(&sentence)).min(words.len());
        if end - begin < PASSAGE_WORDS {
            continue;
        }
        let before = &article[..words[begin].start];
        let first = before.rfind(char::is_whitespace).map_or(0, |space| space + 1);
        let first = first.max(passages.last().map_or(0, |passage: &Passage| passage.end as usize));
        let after = &article[words[end - 1].end..];
        let last = words[end - 1].end + after.find(char::is_whitespace).unwrap_or(after.len());
        // Where a script has no spaces, the next sentence must not come along.
        let last = words.get(end).map_or(last, |next| last.min(next.start));
        // White space may be wider than a byte.
        let (first, last) = (article.ceil_char_boundary(first), article.floor_char_boundary(last));
        let n_words = (end - begin) as u32;
        passages.push(Passage { natural, begin: first as u32, end: last as u32, n_words });
        begin = end;
    }
    passages
}

/// Documents to reach `wanted`, and no passage more often than that needs; fewer where the sources give no more.
pub(super) fn recombine(
    sources: &Sources<'_>,
    by_language: &BTreeMap<Language, Vec<u32>>,
    wanted: usize,
) -> Vec<Recombined> {
    let tables: Vec<Table> = by_language.values().filter_map(|places| Table::of(sources, places)).collect();
    let mut documents = Vec::new();
    for slope in 1..=MOST_USES {
        if slope > USES && documents.len() >= wanted {
            break;
        }
        for table in &tables {
            documents.extend(table.lines(slope).filter(|document| is_of_many(document, sources)));
        }
    }
    documents
}

/// Passages of one language in `rows` rows of [`LINES_LENGTH`] columns, row after row.
struct Table {
    passages: Vec<Passage>,
    rows: usize,
    /// Rows that two articles fill on the mean: the least slope.
    step: usize,
}

impl Table {
    /// None where there are too few passages for lines that cross once.
    fn of(sources: &Sources<'_>, places: &[u32]) -> Option<Self> {
        let by_document: Vec<Vec<(Passage, u64)>> = by_subject(sources, places)
            .par_iter()
            .map(|&natural| {
                let article = sources.text(SourceId(natural));
                let folded = |passage: &Passage| {
                    let text = &article[passage.begin as usize..passage.end as usize];
                    text.to_lowercase().split_whitespace().collect::<String>()
                };
                let hashed = passages(natural, &article)
                    .into_iter()
                    .map(|passage| (passage, rapidhash::v3::rapidhash_v3(folded(&passage).as_bytes())));
                hashed.collect()
            })
            .collect();
        let mut seen = HashSet::new();
        let passages: Vec<Passage> = by_document
            .into_iter()
            .flatten()
            .filter(|(passage, hash)| passage.n_words as usize <= LONGEST_PASSAGE && seen.insert(*hash))
            .map(|(passage, _)| passage)
            .collect();
        let rows = largest_prime(passages.len() / LINES_LENGTH)?;
        let step = 2 * passages.len() / (LINES_LENGTH * places.len().max(1));
        (rows >= LINES_LENGTH.max(USES + 2)).then_some(Self { passages, rows, step })
    }

    /// The documents of one slope; each passage is in one of them. None for a slope that equals another.
    fn lines(&self, slope: usize) -> impl Iterator<Item = Recombined> {
        let starts = if slope < self.rows - 1 { 0..self.rows } else { 0..0 };
        let rows_on = 1 + (self.step + slope) % (self.rows - 1);
        starts.map(move |start| {
            let row = |column: usize| (rows_on * column + start) % self.rows;
            let pieces: Vec<Passage> =
                (0..LINES_LENGTH).map(|column| self.passages[row(column) * LINES_LENGTH + column]).collect();
            let n_words = pieces.iter().map(|piece| piece.n_words).sum();
            Recombined { pieces, n_words, slope: slope as u32 }
        })
    }
}

/// Articles by the two words that say most of each, so that those on one subject stand together.
fn by_subject(sources: &Sources<'_>, places: &[u32]) -> Vec<u32> {
    let subject = |&natural: &u32| {
        let words = sources.stock.of(sources.language_of(natural));
        let [first, second] = words.tellings(&sources.text(SourceId(natural)));
        (first, second, natural)
    };
    let mut ordered: Vec<(String, String, u32)> = places.par_iter().map(subject).collect();
    ordered.sort_unstable();
    ordered.into_iter().map(|(.., natural)| natural).collect()
}

fn is_of_many(document: &Recombined, sources: &Sources<'_>) -> bool {
    let mut words: BTreeMap<u32, u32> = BTreeMap::new();
    for piece in &document.pieces {
        *words.entry(piece.natural).or_default() += piece.n_words;
    }
    words.into_iter().all(|(natural, taken)| {
        let whole = sources.natural[natural as usize].n_words.min(document.n_words);
        f64::from(taken) <= f64::from(whole) * MOST_FROM_ONE
    })
}

fn largest_prime(most: usize) -> Option<usize> {
    let is_prime = |n: usize| (2..=n.isqrt()).all(|divisor| !n.is_multiple_of(divisor));
    (2..=most).rev().find(|&n| is_prime(n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_prime_is_one_and_the_largest() {
        let found: Vec<_> = [0, 1, 2, 3, 4, 10, 14, 100].map(largest_prime).into_iter().collect();
        assert_eq!(found, [None, None, Some(2), Some(3), Some(3), Some(7), Some(13), Some(97)]);
    }

    #[test]
    fn two_lines_cross_at_most_once() {
        let rows = 23;
        let row = |slope: usize, start: usize, column: usize| (slope * column + start) % rows;
        let lines: Vec<(usize, usize)> =
            (1..=MOST_USES).flat_map(|s| (0..rows).map(move |t| (s, t))).collect();
        for (place, a) in lines.iter().enumerate() {
            for b in &lines[..place] {
                let shared = (0..LINES_LENGTH).filter(|&c| row(a.0, a.1, c) == row(b.0, b.1, c)).count();
                assert!(shared <= 1, "{a:?} {b:?}");
            }
        }
    }
}
