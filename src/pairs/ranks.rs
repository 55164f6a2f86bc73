//! Terms by how many rows hold them, the commonest first.

use rayon::prelude::*;

use crate::vectors::TfIdfMatrix;

/// The rank of a term that fewer than two rows hold: no pair shares it.
pub(super) const NONE: u32 = u32::MAX;

/// Terms by document frequency, descending, then by id.
pub(super) struct Ranks {
    /// By term: in how many rows it stands.
    frequencies: Vec<u32>,
    /// By term: its rank, or [`NONE`].
    by_term: Vec<u32>,
    /// By rank: the document frequency, never rising.
    by_rank: Vec<u32>,
}

impl Ranks {
    /// Ranks the terms of some rows.
    pub(super) fn of_rows(matrix: &TfIdfMatrix, rows: &[u32]) -> Self {
        let count = |rows: &[u32]| {
            let mut frequencies = vec![0u32; matrix.n_terms];
            for &row in rows {
                for &term in matrix.row(row as usize).0 {
                    frequencies[term as usize] += 1;
                }
            }
            frequencies
        };
        let add = |mut left: Vec<u32>, right: Vec<u32>| {
            for (left, right) in left.iter_mut().zip(&right) {
                *left += right;
            }
            left
        };
        let piece = rows.len().div_ceil(rayon::current_num_threads()).max(1024);
        let frequencies =
            rows.par_chunks(piece).map(count).reduce_with(add).unwrap_or_else(|| vec![0; matrix.n_terms]);
        let held = (0u32..).zip(&frequencies).filter(|entry| *entry.1 >= 2);
        let mut terms: Vec<(u32, u32)> = held.map(|(term, &frequency)| (!frequency, term)).collect();
        terms.par_sort_unstable();
        let mut ranks = vec![NONE; matrix.n_terms];
        for (rank, &(_, term)) in (0u32..).zip(&terms) {
            ranks[term as usize] = rank;
        }
        let by_rank = terms.iter().map(|&(inverse, _)| !inverse).collect();
        Self { frequencies, by_term: ranks, by_rank }
    }

    /// Number of ranks: terms that two rows or more hold.
    pub(super) fn len(&self) -> usize {
        self.by_rank.len()
    }

    /// A term's rank, or [`NONE`].
    pub(super) fn of(&self, term: u32) -> u32 {
        self.by_term[term as usize]
    }

    /// In how many rows a term stands.
    pub(super) fn frequency(&self, term: u32) -> u32 {
        self.frequencies[term as usize]
    }

    /// The document frequencies from a rank on.
    pub(super) fn frequencies_from(&self, rank: u32) -> &[u32] {
        &self.by_rank[rank as usize..]
    }

    /// Number of terms that stand in more than `cap` rows; they have the first ranks.
    pub(super) fn n_above(&self, cap: u32) -> usize {
        self.by_rank.partition_point(|&frequency| frequency > cap)
    }

    /// Products of all ordered pairs of rows over the terms that stand in at most `cap` of them.
    pub(super) fn products(&self, cap: u32) -> f64 {
        self.by_rank[self.n_above(cap)..].iter().map(|&df| f64::from(df) * f64::from(df)).sum()
    }

    /// The greatest document frequency whose terms together stay within so many products; 1 if none does.
    pub(super) fn cap_within(&self, products: f64) -> u32 {
        let (mut spent, mut cap) = (0.0, 1);
        let ascending: Vec<u32> = self.by_rank.iter().rev().copied().collect();
        for run in ascending.chunk_by(|left, right| left == right) {
            spent += run.len() as f64 * f64::from(run[0]) * f64::from(run[0]);
            if spent > products {
                break;
            }
            cap = run[0];
        }
        cap
    }
}
