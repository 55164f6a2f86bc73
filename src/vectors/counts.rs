//! Raw counts: how often each term occurs in each document, kept apart from what a term weighs.

use rayon::prelude::*;

use crate::corpus::DocId;
use crate::tokens::{Terms, Tokens, WordMask};

/// Term counts, sparse by row (CSR): `n_documents` x `n_terms`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TermCounts {
    /// Where each document's entries begin; `n_documents + 1` long, never falling.
    pub begins: Vec<usize>,
    /// Term of each entry, ascending within a row.
    pub terms: Vec<u32>,
    /// Occurrences of each entry, 1 or more.
    pub counts: Vec<u32>,
    /// Number of columns.
    pub n_terms: usize,
}

impl TermCounts {
    /// Number of rows.
    #[must_use]
    pub fn n_documents(&self) -> usize {
        self.begins.len().saturating_sub(1)
    }

    /// In how many documents each term occurs; `n_terms` long.
    #[must_use]
    pub fn document_frequencies(&self) -> Vec<u32> {
        let mut frequencies = vec![0; self.n_terms];
        for &term in &self.terms {
            frequencies[term as usize] += 1;
        }
        frequencies
    }
}

/// Counts the terms of every title and text; words marked in `boilerplate` (places in
/// [`Tokens::bodies`]) count for nothing.
#[must_use]
pub fn count(tokens: &Tokens, terms: &Terms, boilerplate: &WordMask) -> TermCounts {
    count_leads(tokens, terms, boilerplate, usize::MAX)
}

/// The same of some documents: a row for each, in the order given.
#[must_use]
pub fn count_of(documents: &[DocId], tokens: &Tokens, terms: &Terms, boilerplate: &WordMask) -> TermCounts {
    count_rows(documents, tokens, terms, boilerplate, usize::MAX)
}

/// Counts the terms of every title and of the first `n_words` words of every text, words marked in
/// `boilerplate` passed over: a news text says first what it is about, and background after it.
#[must_use]
pub fn count_leads(tokens: &Tokens, terms: &Terms, boilerplate: &WordMask, n_words: usize) -> TermCounts {
    let documents: Vec<DocId> = (0..tokens.n_words.len() as u32).map(DocId).collect();
    count_rows(&documents, tokens, terms, boilerplate, n_words)
}

fn count_rows(
    documents: &[DocId],
    tokens: &Tokens,
    terms: &Terms,
    boilerplate: &WordMask,
    n_words: usize,
) -> TermCounts {
    let boilerplate = (!boilerplate.is_blank()).then_some(boilerplate);
    let n_pieces = rayon::current_num_threads() * PIECES_PER_THREAD;
    let count = |documents: &[DocId]| -> Vec<TermCounts> {
        let pieces = documents.par_chunks(documents.len().div_ceil(n_pieces).max(1));
        let counted = pieces.map(|documents| {
            let mut tally = Tally::new(terms.len());
            let mut part = TermCounts::default();
            for &document in documents {
                let table = terms.table(document);
                let range = tokens.bodies.range(document);
                let words = &tokens.bodies.words[range.clone()];
                if let Some(boilerplate) = boilerplate {
                    let unmarked = range.zip(words).filter(|(place, _)| !boilerplate.is_marked(*place));
                    unmarked.take(n_words).for_each(|(_, word)| tally.add(table[word.index()]));
                } else {
                    words.iter().take(n_words).for_each(|word| tally.add(table[word.index()]));
                }
                for word in tokens.titles.of(document) {
                    tally.add(table[word.index()]);
                }
                tally.hand_over(&mut part);
            }
            part
        });
        counted.collect()
    };
    let mut whole = TermCounts { begins: vec![0], n_terms: terms.len(), ..TermCounts::default() };
    for documents in documents.chunks(COUNTED_AT_A_TIME) {
        for part in count(documents) {
            let base = whole.terms.len();
            whole.begins.extend(part.begins.iter().map(|end| base + end));
            whole.terms.extend_from_slice(&part.terms);
            whole.counts.extend_from_slice(&part.counts);
        }
    }
    whole.terms.shrink_to_fit();
    whole.counts.shrink_to_fit();
    whole
}

/// Documents whose counts are made before they are put behind the others: what is held twice is theirs alone.
const COUNTED_AT_A_TIME: usize = 50_000;

/// Pieces of work for each thread: enough that none waits long for the last.
const PIECES_PER_THREAD: usize = 8;

/// The terms of one document while they are counted: no sort, no allocation.
struct Tally {
    /// By term: occurrences so far, all zero between documents.
    counts: Vec<u32>,
    /// A bit for each term with a count.
    held: Vec<u64>,
    /// A bit for each word of `held` that is not zero, so that few of them are looked at.
    words_held: Vec<u64>,
}

impl Tally {
    fn new(n_terms: usize) -> Self {
        let n_words = n_terms.div_ceil(64);
        Self { counts: vec![0; n_terms], held: vec![0; n_words], words_held: vec![0; n_words.div_ceil(64)] }
    }

    /// Counts one occurrence; [`Terms::NONE`] lies behind all terms and counts for nothing.
    fn add(&mut self, term: u32) {
        let term = term as usize;
        if let Some(count) = self.counts.get_mut(term) {
            *count += 1;
            self.held[term / 64] |= 1 << (term % 64);
            self.words_held[term / 4096] |= 1 << (term / 64 % 64);
        }
    }

    /// Writes a row, terms ascending, and begins anew.
    fn hand_over(&mut self, rows: &mut TermCounts) {
        for (place, words) in self.words_held.iter_mut().enumerate() {
            while *words != 0 {
                let word = place * 64 + words.trailing_zeros() as usize;
                *words &= *words - 1;
                let mut held = std::mem::take(&mut self.held[word]);
                while held != 0 {
                    let term = word * 64 + held.trailing_zeros() as usize;
                    held &= held - 1;
                    rows.terms.push(term as u32);
                    rows.counts.push(std::mem::take(&mut self.counts[term]));
                }
            }
        }
        rows.begins.push(rows.terms.len());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Corpus;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_tally_counts_as_a_sorted_list_does(
            documents in prop::collection::vec(prop::collection::vec(0..9_000u32, 0..200), 0..6),
        ) {
            let mut tally = Tally::new(8_000);
            let mut rows = TermCounts { begins: vec![0], n_terms: 8_000, ..TermCounts::default() };
            for (row, document) in documents.iter().enumerate() {
                // Whatever lies behind the terms is none.
                for &term in document {
                    tally.add(term);
                }
                tally.hand_over(&mut rows);
                let mut sorted: Vec<u32> = document.iter().copied().filter(|&term| term < 8_000).collect();
                sorted.sort_unstable();
                let runs: Vec<(u32, u32)> =
                    sorted.chunk_by(|left, right| left == right).map(|run| (run[0], run.len() as u32)).collect();
                let range = rows.begins[row]..rows.begins[row + 1];
                let counted: Vec<(u32, u32)> =
                    rows.terms[range.clone()].iter().copied().zip(rows.counts[range].iter().copied()).collect();
                prop_assert_eq!(counted, runs);
            }
        }
    }

    #[test]
    fn rows_behind_the_first_that_are_counted_are_those_of_their_documents() {
        let n = COUNTED_AT_A_TIME + 3;
        let text =
            |number: usize| format!("harbour {} lantern bridge{}", "meadow ".repeat(number % 3), number % 11);
        let corpus = Corpus::from_texts(
            (0..n).map(|number| (format!("{number:06}"), text(number))).collect::<Vec<_>>(),
        );
        let tokens = crate::tokens::read(&corpus, &crate::progress::Silent);
        let terms = crate::tokens::terms::learn(&tokens, &corpus.documents);
        let none = WordMask::none(tokens.bodies.words.len());
        let whole = count(&tokens, &terms, &none);
        assert_eq!(whole.n_documents(), n);
        let last: Vec<DocId> = (n as u32 - 6..n as u32).map(DocId).collect();
        let alone = count_of(&last, &tokens, &terms, &none);
        let from = whole.begins[n - 6];
        assert!(alone.terms.len() > 12);
        assert_eq!((&whole.terms[from..], &whole.counts[from..]), (&alone.terms[..], &alone.counts[..]));
        assert!(alone.begins.iter().zip(&whole.begins[n - 6..]).all(|(own, all)| own + from == *all));
    }
}
