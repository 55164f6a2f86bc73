//! Neighbors: every document's nearest others by cosine, none missed while the work fits.
//!
//! Rows are accumulated term by term against one tile of documents at a time: the tile's postings
//! (term -> documents) are read in order, and the row of partial sums stays in the first-level cache.
//! Memory is one tile's postings and `k` neighbors a document, never n x n. Sums run over terms in
//! ascending order, so every score equals [`crate::vectors::cosine`] to the bit, from either side.

use rayon::prelude::*;

use super::{Neighbor, NeighborMethod, Neighbors};
use crate::corpus::DocId;
use crate::progress::Progress;
use crate::vectors::{TfIdfMatrix, cosine};

/// Documents in a tile: 4,096 sums of 4 bytes fill half of a first-level cache.
pub const TILE: usize = 4096;

/// Documents whose exact neighbors are computed to sample the recall of the approximation.
const SAMPLE: usize = 200;

/// Candidates a document keeps for exact scoring, as a multiple of k, when only rare terms are searched.
const SPARE: usize = 8;

/// Finds the `k` nearest neighbors of every row with a cosine over 0.
///
/// Exact while the multiply-adds (the sum of squared document frequencies) stay within `work_limit`;
/// past it, candidates are the documents that share the most weight in rare terms, scored exactly,
/// and the recall is sampled.
#[must_use]
pub fn find(matrix: &TfIdfMatrix, k: usize, work_limit: u64, progress: &dyn Progress) -> Neighbors {
    let n = matrix.n_documents();
    let frequencies = document_frequencies(matrix);
    if work(&frequencies, u32::MAX) <= work_limit {
        let rows: Vec<usize> = (0..n).collect();
        let best = search(matrix, &rows, k, &frequencies, u32::MAX, progress);
        return gather(best, NeighborMethod::Exact);
    }
    let cap = rare_cap(&frequencies, work_limit);
    let rows: Vec<usize> = (0..n).collect();
    let candidates = search(matrix, &rows, k * SPARE, &frequencies, cap, progress);
    let best: Vec<Vec<Neighbor>> = candidates
        .into_par_iter()
        .enumerate()
        .map(|(row, candidates)| {
            let mut top = TopK::new(k);
            let mut others: Vec<u32> = candidates.iter().map(|near| near.document.0).collect();
            others.sort_unstable();
            for other in others {
                top.offer(other, cosine(matrix.row(row), matrix.row(other as usize)));
            }
            top.best
        })
        .collect();
    let sample: Vec<usize> = (0..SAMPLE.min(n)).map(|place| place * n / SAMPLE.min(n)).collect();
    let exact = search(matrix, &sample, k, &frequencies, u32::MAX, progress);
    let (mut found, mut all) = (0, 0);
    for (row, exact) in sample.iter().zip(&exact) {
        all += exact.len();
        found += exact.iter().filter(|near| best[*row].iter().any(|b| b.document == near.document)).count();
    }
    let sampled_recall = if all == 0 { 1.0 } else { found as f32 / all as f32 };
    gather(best, NeighborMethod::RareTerms { sampled_documents: sample.len() as u32, sampled_recall })
}

/// The whole cosine matrix, `n_documents` x `n_documents`, for small drops; the diagonal is 1 (0 for an
/// empty row).
#[must_use]
pub fn matrix_of(matrix: &TfIdfMatrix) -> ndarray::Array2<f32> {
    let n = matrix.n_documents();
    ndarray::Array2::from_shape_fn((n, n), |(row, column)| match row == column {
        true if matrix.row(row).0.is_empty() => 0.0,
        true => 1.0,
        false => cosine(matrix.row(row), matrix.row(column)),
    })
}

fn document_frequencies(matrix: &TfIdfMatrix) -> Vec<u32> {
    let mut frequencies = vec![0; matrix.n_terms];
    for &term in &matrix.terms {
        frequencies[term as usize] += 1;
    }
    frequencies
}

/// Multiply-adds of an exact search over the terms up to a document frequency.
fn work(frequencies: &[u32], cap: u32) -> u64 {
    frequencies.iter().filter(|&&df| df <= cap).map(|&df| u64::from(df) * u64::from(df)).sum()
}

/// The greatest document frequency whose terms together stay within the limit.
fn rare_cap(frequencies: &[u32], limit: u64) -> u32 {
    let mut sorted = frequencies.to_vec();
    sorted.sort_unstable();
    let mut spent = 0;
    let mut cap = 1;
    for run in sorted.chunk_by(|left, right| left == right) {
        spent += run.len() as u64 * u64::from(run[0]) * u64::from(run[0]);
        if spent > limit {
            break;
        }
        cap = run[0];
    }
    cap
}

/// The best `k` of every row in `rows`, by the terms with document frequency 2..=cap.
fn search(
    matrix: &TfIdfMatrix,
    rows: &[usize],
    k: usize,
    frequencies: &[u32],
    cap: u32,
    progress: &dyn Progress,
) -> Vec<Vec<Neighbor>> {
    let n = matrix.n_documents();
    let is_searched = |term: u32| (2..=cap).contains(&frequencies[term as usize]);
    let mut tops: Vec<TopK> = rows.iter().map(|_| TopK::new(k)).collect();
    for first in (0..n).step_by(TILE) {
        let tile = Postings::of(matrix, first..(first + TILE).min(n), is_searched);
        tops.par_iter_mut().zip(rows).with_min_len(16).for_each_init(
            || vec![0.0f32; TILE],
            |sums, (top, &row)| {
                tile.accumulate(matrix.row(row), sums);
                if let Some(own) = row.checked_sub(first).filter(|&own| own < TILE) {
                    sums[own] = 0.0;
                }
                top.take(first as u32, sums);
            },
        );
        progress.advance(rows.len() as u64);
    }
    tops.into_iter().map(|top| top.best).collect()
}

/// Which documents of one tile hold a term, and with what weight.
struct Postings {
    /// Where each term's entries begin; `n_terms + 1` long.
    begins: Vec<u32>,
    /// Place in the tile and weight, by term, then by place.
    entries: Vec<(u32, f32)>,
}

impl Postings {
    fn of(
        matrix: &TfIdfMatrix,
        tile: std::ops::Range<usize>,
        is_searched: impl Fn(u32) -> bool,
    ) -> Self {
        let terms = &matrix.terms[matrix.begins[tile.start]..matrix.begins[tile.end]];
        let mut begins = vec![0u32; matrix.n_terms + 1];
        for &term in terms.iter().filter(|&&term| is_searched(term)) {
            begins[term as usize + 1] += 1;
        }
        for term in 0..matrix.n_terms {
            begins[term + 1] += begins[term];
        }
        let mut next = begins.clone();
        let mut entries = vec![(0, 0.0); begins[matrix.n_terms] as usize];
        for (place, document) in (0u32..).zip(tile) {
            let (terms, weights) = matrix.row(document);
            for (&term, &weight) in terms.iter().zip(weights).filter(|entry| is_searched(*entry.0)) {
                entries[next[term as usize] as usize] = (place, weight);
                next[term as usize] += 1;
            }
        }
        Self { begins, entries }
    }

    fn accumulate(&self, row: (&[u32], &[f32]), sums: &mut [f32]) {
        for (&term, &weight) in row.0.iter().zip(row.1) {
            let range = self.begins[term as usize] as usize..self.begins[term as usize + 1] as usize;
            for &(place, other) in &self.entries[range] {
                sums[place as usize] += weight * other;
            }
        }
    }
}

/// The best k so far, best first; among equal scores the smaller document.
struct TopK {
    k: usize,
    best: Vec<Neighbor>,
}

impl TopK {
    fn new(k: usize) -> Self {
        Self { k, best: Vec::new() }
    }

    /// What a score must exceed to enter.
    fn floor(&self) -> f32 {
        if self.best.len() < self.k { 0.0 } else { self.best[self.k - 1].cosine }
    }

    /// Offers must come in ascending order of documents: then a tie at the end never displaces.
    fn offer(&mut self, document: u32, score: f32) {
        if score > self.floor() {
            let place = self.best.partition_point(|near| near.cosine >= score);
            self.best.truncate(self.k - 1);
            self.best.insert(place, Neighbor { document: DocId(document), cosine: score });
        }
    }

    /// Offers a tile's sums and clears them.
    fn take(&mut self, first: u32, sums: &mut [f32]) {
        for (piece, sums) in (0u32..).zip(sums.chunks_mut(16)) {
            let floor = self.floor();
            // One comparison for sixteen: nearly all pieces hold nothing that can enter.
            if sums.iter().fold(0.0f32, |greatest, &sum| greatest.max(sum)) > floor {
                for (place, &sum) in (0u32..).zip(sums.iter()) {
                    self.offer(first + piece * 16 + place, sum.min(1.0));
                }
            }
            sums.fill(0.0);
        }
    }
}

fn gather(best: Vec<Vec<Neighbor>>, method: NeighborMethod) -> Neighbors {
    let mut table = Neighbors { begins: vec![0], neighbors: Vec::new(), method };
    for near in best {
        table.neighbors.extend(near);
        table.begins.push(table.neighbors.len());
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;
    use proptest::prelude::*;

    /// Rows of random small integers, so that ties abound, scaled to length 1.
    fn matrix(rows: &[Vec<u8>]) -> TfIdfMatrix {
        let mut out = TfIdfMatrix { begins: vec![0], n_terms: rows.first().map_or(0, Vec::len), ..Default::default() };
        for row in rows {
            let length = row.iter().map(|&v| f32::from(v) * f32::from(v)).sum::<f32>().sqrt();
            for (term, &value) in (0u32..).zip(row).filter(|entry| *entry.1 > 0) {
                out.terms.push(term);
                out.weights.push(f32::from(value) / length);
            }
            out.begins.push(out.terms.len());
        }
        out
    }

    fn brute_force(matrix: &TfIdfMatrix, k: usize) -> Vec<Vec<(u32, f32)>> {
        let n = matrix.n_documents();
        (0..n)
            .map(|row| {
                let mut all: Vec<(u32, f32)> = (0..n)
                    .filter(|&other| other != row)
                    .map(|other| (other as u32, cosine(matrix.row(row), matrix.row(other))))
                    .filter(|near| near.1 > 0.0)
                    .collect();
                all.sort_by(|left, right| right.1.total_cmp(&left.1).then(left.0.cmp(&right.0)));
                all.truncate(k);
                all
            })
            .collect()
    }

    fn found(neighbors: &Neighbors, n: usize) -> Vec<Vec<(u32, f32)>> {
        (0..n as u32)
            .map(|row| neighbors.of(DocId(row)).iter().map(|near| (near.document.0, near.cosine)).collect())
            .collect()
    }

    proptest! {
        #[test]
        fn no_neighbor_is_missed(
            rows in prop::collection::vec(prop::collection::vec(prop_oneof![3 => Just(0u8), 1 => 1..4u8], 12), 1..60),
            k in 1..8usize,
        ) {
            let matrix = matrix(&rows);
            let exact = find(&matrix, k, u64::MAX, &Silent);
            prop_assert_eq!(found(&exact, rows.len()), brute_force(&matrix, k));
        }
    }

    #[test]
    fn more_documents_than_a_tile_are_searched_across_tiles() {
        let rows: Vec<Vec<u8>> = (0..TILE as u32 + 300)
            .map(|row| (0..24).map(|term| u8::from(row.wrapping_mul(2_654_435_761) >> term & 7 == 0)).collect())
            .collect();
        let matrix = matrix(&rows);
        let exact = found(&find(&matrix, 3, u64::MAX, &Silent), rows.len());
        for row in [0, 17, TILE - 1, TILE, TILE + 299] {
            let mut all: Vec<(u32, f32)> = (0..rows.len())
                .filter(|&other| other != row)
                .map(|other| (other as u32, cosine(matrix.row(row), matrix.row(other))))
                .filter(|near| near.1 > 0.0)
                .collect();
            all.sort_by(|left, right| right.1.total_cmp(&left.1).then(left.0.cmp(&right.0)));
            all.truncate(3);
            assert_eq!(exact[row], all);
        }
    }

    #[test]
    fn past_the_limit_the_recall_is_said() {
        let rows: Vec<Vec<u8>> =
            (0..400u32).map(|row| (0..60).map(|term| u8::from(term == 0 || (row / 4 + term) % 31 == 0)).collect()).collect();
        let matrix = matrix(&rows);
        let approximate = find(&matrix, 3, 20_000, &Silent);
        let NeighborMethod::RareTerms { sampled_documents, sampled_recall } = approximate.method else {
            panic!("the work is past the limit");
        };
        assert_eq!(sampled_documents, 200);
        assert!(sampled_recall > 0.9, "{sampled_recall}");
    }
}
