//! The measures of a grouping against a truth.

use std::collections::BTreeMap;

use super::{Contingency, Grouping};

/// How well a grouping agrees with the truth. All shares 0..=1 unless noted; where a measure divides by nothing (no pair
/// was joined, say), nothing is wrong and it is 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scores {
    /// Documents compared.
    pub n_documents: u32,
    /// Groups of the truth, those of one document included.
    pub n_gold_groups: u32,
    /// Found groups, those of one document included.
    pub n_found_groups: u32,
    /// Pairs of documents in one group: of those found, how many are in the truth, and the other way round.
    pub pairwise: PrecisionRecall,
    /// The same by document: of those in its found group, which share belongs there; averaged over documents
    /// (Bagga & Baldwin 1998).
    pub b_cubed: PrecisionRecall,
    /// Rand index adjusted for chance, -0.5..=1 (Hubert & Arabie 1985).
    pub ari: f64,
    /// Mutual information by the mean of both entropies, which equals V (Rosenberg & Hirschberg 2007).
    pub nmi: f64,
    /// Does each found group hold members of one gold group only?
    pub homogeneity: f64,
    /// Are all members of a gold group in one found group?
    pub completeness: f64,
    /// Share of documents in the gold group that most of their found group are in.
    pub purity: f64,
    /// Pairs of documents that are together in the truth.
    pub n_gold_pairs: u64,
    /// Pairs that are together in the found grouping.
    pub n_found_pairs: u64,
    /// Pairs that are together in both.
    pub n_right_pairs: u64,
}

/// Precision, recall and their harmonic mean, 0..=1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PrecisionRecall {
    /// Share of what was found that is right.
    pub precision: f64,
    /// Share of what is right that was found.
    pub recall: f64,
    /// 2 x precision x recall / (precision + recall); 0 where both are.
    pub f1: f64,
}

impl PrecisionRecall {
    fn new(precision: f64, recall: f64) -> Self {
        let sum = precision + recall;
        Self { precision, recall, f1: if sum > 0.0 { 2.0 * precision * recall / sum } else { 0.0 } }
    }
}

impl Scores {
    /// Scores a grouping against the truth of the same documents.
    ///
    /// # Panics
    /// When the two do not group equally many documents.
    #[must_use]
    pub fn of(gold: &Grouping, found: &Grouping) -> Self {
        Self::from_table(&Contingency::count(gold, found))
    }

    /// The same from the overlaps. What is summed is a histogram of sizes in ascending order, so that no bit of a score
    /// depends on the order of documents or groups.
    #[must_use]
    pub fn from_table(table: &Contingency) -> Self {
        let n = f64::from(table.n_documents);
        let n_gold_pairs = pairs_within(&table.gold_sizes);
        let n_found_pairs = pairs_within(&table.found_sizes);
        let n_right_pairs = table.cells.iter().map(|cell| pairs(cell.n_documents)).sum();

        let gold_entropy = entropy(table.gold_sizes.iter().copied(), n);
        let found_entropy = entropy(table.found_sizes.iter().copied(), n);
        let joint_entropy = entropy(table.cells.iter().map(|cell| cell.n_documents), n);
        // Rounding may leave a hair below nothing.
        let information = (gold_entropy + found_entropy - joint_entropy).max(0.0);
        let entropies = gold_entropy + found_entropy;
        Self {
            n_documents: table.n_documents,
            n_gold_groups: table.gold_sizes.len() as u32,
            n_found_groups: table.found_sizes.len() as u32,
            pairwise: PrecisionRecall::new(
                ratio(n_right_pairs as f64, n_found_pairs as f64),
                ratio(n_right_pairs as f64, n_gold_pairs as f64),
            ),
            b_cubed: PrecisionRecall::new(
                b_cubed(
                    table.cells.iter().map(|cell| (cell.n_documents, table.found_sizes[cell.found.index()])),
                    n,
                ),
                b_cubed(
                    table.cells.iter().map(|cell| (cell.n_documents, table.gold_sizes[cell.gold.index()])),
                    n,
                ),
            ),
            ari: adjusted_rand_index(n_right_pairs, n_gold_pairs, n_found_pairs, pairs(table.n_documents)),
            nmi: entropy_share(2.0 * information, entropies),
            homogeneity: entropy_share(information, gold_entropy),
            completeness: entropy_share(information, found_entropy),
            purity: ratio(f64::from(n_in_majority(table)), n),
            n_gold_pairs,
            n_found_pairs,
            n_right_pairs,
        }
    }

    /// Pairs that were joined and are apart in the truth.
    #[must_use]
    pub fn n_false_pairs(&self) -> u64 {
        self.n_found_pairs - self.n_right_pairs
    }

    /// Pairs that are together in the truth and were not joined.
    #[must_use]
    pub fn n_missed_pairs(&self) -> u64 {
        self.n_gold_pairs - self.n_right_pairs
    }
}

/// Pairs among so many documents.
pub(super) fn pairs(n_documents: u32) -> u64 {
    let n = u64::from(n_documents);
    n * n.saturating_sub(1) / 2
}

fn pairs_within(sizes: &[u32]) -> u64 {
    sizes.iter().map(|&size| pairs(size)).sum()
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 1.0 }
}

/// A ratio of entropies, 0..=1; 1 where no more than the last bits of their sums are missing.
fn entropy_share(part: f64, whole: f64) -> f64 {
    let share = ratio(part, whole);
    if share > 1.0 - 1e-12 { 1.0 } else { share }
}

/// (right - expected) / (mean of gold and found - expected), where expected = gold x found / all. Both sides times `all`, so
/// that they are counted in whole numbers: products of two pair counts stay below 2^127.
fn adjusted_rand_index(right: u64, gold: u64, found: u64, all: u64) -> f64 {
    let [right, gold, found, all] = [right, gold, found, all].map(i128::from);
    let expected = gold * found;
    let reached = right * all - expected;
    let reachable = (gold + found) * all - 2 * expected;
    if reachable == 0 { 1.0 } else { 2.0 * (reached as f64 / reachable as f64) }
}

/// Entropy of a grouping of `n` documents into groups of these sizes, nats.
fn entropy(sizes: impl Iterator<Item = u32>, n: f64) -> f64 {
    let histogram = histogram(sizes);
    let surprise = |size: u32| (n / f64::from(size)).ln();
    histogram.iter().map(|(&size, &times)| times * f64::from(size) / n * surprise(size)).sum()
}

/// Mean over documents of the share of their group that they share the cell with; cells as (documents, documents of the group).
fn b_cubed(cells: impl Iterator<Item = (u32, u32)>, n: f64) -> f64 {
    let share = |(cell, group): (u32, u32)| f64::from(cell) * f64::from(cell) / f64::from(group);
    let sum: f64 = histogram(cells).iter().map(|(&cell, &times)| times * share(cell)).sum();
    ratio(sum, n)
}

/// How often each value comes, ascending.
fn histogram<T: Ord>(values: impl Iterator<Item = T>) -> BTreeMap<T, f64> {
    let mut histogram = BTreeMap::new();
    for value in values {
        *histogram.entry(value).or_insert(0.0) += 1.0;
    }
    histogram
}

/// Documents in the commonest gold group of their found group.
fn n_in_majority(table: &Contingency) -> u32 {
    let mut largest = vec![0; table.found_sizes.len()];
    for cell in &table.cells {
        let most = &mut largest[cell.found.index()];
        *most = cell.n_documents.max(*most);
    }
    largest.iter().sum()
}

#[cfg(test)]
mod tests;
