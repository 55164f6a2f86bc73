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

/// Counts the terms of every title and of the first `n_words` words of every text, words marked in
/// `boilerplate` passed over: a news text says first what it is about, and background after it.
#[must_use]
pub fn count_leads(tokens: &Tokens, terms: &Terms, boilerplate: &WordMask, n_words: usize) -> TermCounts {
    let n_documents = tokens.n_words.len() as u32;
    let rows: Vec<Vec<(u32, u32)>> = (0..n_documents)
        .into_par_iter()
        .map_init(Vec::new, |occurrences, document| {
            let document = DocId(document);
            occurrences.clear();
            let unmarked = tokens.bodies.range(document).filter(|&place| !boilerplate.is_marked(place));
            for place in unmarked.take(n_words) {
                occurrences.extend(terms.term(document, tokens.bodies.words[place]));
            }
            occurrences
                .extend(tokens.titles.of(document).iter().filter_map(|&word| terms.term(document, word)));
            occurrences.sort_unstable();
            occurrences
                .chunk_by(|left, right| left == right)
                .map(|run| (run[0].0, run.len() as u32))
                .collect()
        })
        .collect();
    let mut table = TermCounts { begins: vec![0], n_terms: terms.len(), ..TermCounts::default() };
    let n_entries = rows.iter().map(Vec::len).sum();
    table.terms.reserve_exact(n_entries);
    table.counts.reserve_exact(n_entries);
    for row in rows {
        table.terms.extend(row.iter().map(|entry| entry.0));
        table.counts.extend(row.iter().map(|entry| entry.1));
        table.begins.push(table.terms.len());
    }
    table
}
