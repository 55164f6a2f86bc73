//! Leads: the heaviest terms of the beginnings of texts, by which archived documents are found that may tell the same story.
//!
//! Texts of one story share what is rare, names before all. So of each document that is no copy its heaviest terms are kept, as postings:
//! they find documents, and say nothing of how alike two are; that is told by the texts.

use std::cmp::Reverse;

use rapidhash::v3::rapidhash_v3;

use super::postings::Entry;
use crate::vectors::TermCounts;

/// Terms kept of a document, which is most of what a short news text's beginning has: the heaviest are those that no other has, and in a
/// young archive that is true of many.
pub(super) const TERMS: usize = 64;

/// The `most` heaviest terms of those meant, of a row of counts, with their weights, (1 + ln tf) ^ 1/2 x idf, the row of them of
/// length 1.
pub(super) fn heaviest(
    counts: &TermCounts,
    idf: &[f32],
    row: usize,
    most: usize,
    is_meant: impl Fn(u32) -> bool,
) -> Vec<(u32, f32)> {
    let entries = counts.begins[row]..counts.begins[row + 1];
    let mut terms: Vec<(u32, f32)> = entries
        .filter(|&entry| is_meant(counts.terms[entry]))
        .map(|entry| {
            let term = counts.terms[entry];
            let tf = 1.0 + (counts.counts[entry] as f32).ln();
            (term, tf.sqrt() * idf[term as usize])
        })
        .collect();
    // Equal weights in the order of the terms' names, which is that of their numbers.
    let by_weight = |left: &(u32, f32), right: &(u32, f32)| {
        right.1.total_cmp(&left.1).then(Reverse(right.0).cmp(&Reverse(left.0)))
    };
    if terms.len() > most {
        terms.select_nth_unstable_by(most - 1, by_weight);
        terms.truncate(most);
    }
    let length = terms.iter().map(|term| term.1 * term.1).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
    for term in &mut terms {
        term.1 /= length;
    }
    terms
}

/// As a term stands in the postings.
pub(super) fn hash(term: &str) -> u64 {
    rapidhash_v3(term.as_bytes())
}

/// The entries of a row: its heaviest terms. `hashes`: by term.
pub(super) fn entries(
    counts: &TermCounts,
    idf: &[f32],
    hashes: &[u64],
    (row_of_counts, row): (usize, u32),
) -> impl Iterator<Item = Entry> {
    heaviest(counts, idf, row_of_counts, TERMS, |_| true)
        .into_iter()
        .map(move |(term, _)| Entry::new(hashes[term as usize], row, true))
}
