//! Neighbors: every document's nearest others by cosine, none missed while the work fits.
//!
//! Rare terms are accumulated row by row against one tile of documents at a time: the tile's postings
//! (term -> documents) are read in order, and the row of partial sums stays in the first-level cache.
//! Common terms cost most of the multiply-adds and weigh least, so they only bound what is missing: few
//! documents can still be neighbors after that, and those are scored in full. Memory is one tile's
//! postings and `k` neighbors a document, never n x n. Full scores are sums over terms in ascending order,
//! so each equals [`crate::vectors::cosine`] to the bit, from either side.

use std::sync::atomic::{AtomicU64, Ordering};

use hashbrown::HashMap;
use rayon::prelude::*;

use super::{Neighbor, NeighborMethod, Neighbors};
use crate::corpus::DocId;
use crate::progress::{Progress, Silent};
use crate::vectors::{TfIdfMatrix, cosine};

/// Documents in a tile: 4,096 sums of 4 bytes fill half of a first-level cache.
pub const TILE: usize = 4096;

/// Documents whose exact neighbors are computed to sample the recall of the approximation.
const SAMPLE: usize = 200;

/// Candidates a document keeps for exact scoring, as a multiple of k, when only rare terms are searched.
const SPARE: usize = 8;

/// A term is common when it stands in more than one document in so many. On 10,000 articles the tenth
/// neighbor has a cosine of .16; with 4, the common part bounds at .04, 56 % of the multiply-adds remain, and
/// one document in 230 is scored; with 8, 27 % remain and one in three is scored.
const COMMON_SHARE: u32 = 4;

/// Room for the rounding of two sums of the same products in another order.
const ROUNDING: f32 = 1e-5;

/// Finds the `k` nearest neighbors of every row with a cosine over 0.
///
/// Exact while the multiply-adds (those of the accumulated terms, and of the full scores, which a sample
/// of rows tells) stay within `work_limit`; past it, candidates are the documents that share the most weight in
/// rare terms, scored exactly, and the recall is sampled. Equal rows are searched once.
#[must_use]
pub fn find(matrix: &TfIdfMatrix, k: usize, work_limit: u64, progress: &dyn Progress) -> Neighbors {
    let twins = Twins::of(matrix);
    if twins.firsts.len() == matrix.n_documents() {
        return find_among_distinct(matrix, k, work_limit, progress);
    }
    let near = find_among_distinct(&matrix.rows(&twins.firsts), k, work_limit, progress);
    let best =
        (0..matrix.n_documents()).into_par_iter().map(|row| twins.expand(matrix, row, &near, k)).collect();
    gather(best, near.method)
}

fn find_among_distinct(
    matrix: &TfIdfMatrix,
    k: usize,
    work_limit: u64,
    progress: &dyn Progress,
) -> Neighbors {
    let rows: Vec<usize> = (0..matrix.n_documents()).collect();
    let n_sampled = SAMPLE.min(rows.len());
    let sample: Vec<usize> = (0..n_sampled).map(|place| place * rows.len() / n_sampled).collect();
    let frequencies = document_frequencies(matrix);
    let common = (rows.len() as u32 / COMMON_SHARE).max(2);
    let bounded = Search::over(matrix, &frequencies, common, Rest::Bounded);
    let accumulated = work(&frequencies, common);
    let mut exact_sample = None;
    if accumulated <= work_limit {
        if rows.len() > TILE {
            exact_sample = Some(bounded.run(&sample, k, &Silent));
        }
        let scored = bounded.n_scored.load(Ordering::Relaxed) * (rows.len() / n_sampled.max(1)) as u64;
        if accumulated + scored <= work_limit {
            return gather(bounded.run(&rows, k, progress), NeighborMethod::Exact);
        }
    }
    let rare = rare_cap(&frequencies, work_limit);
    let best = Search::over(matrix, &frequencies, rare, Rest::Ignored).run(&rows, k, progress);
    let exact = exact_sample.unwrap_or_else(|| bounded.run(&sample, k, &Silent));
    let (mut found, mut all) = (0, 0);
    for (row, exact) in sample.iter().zip(&exact) {
        all += exact.len();
        found += exact.iter().filter(|near| best[*row].iter().any(|b| b.document == near.document)).count();
    }
    let sampled_recall = if all == 0 { 1.0 } else { found as f32 / all as f32 };
    gather(best, NeighborMethod::RareTerms { sampled_documents: sample.len() as u32, sampled_recall })
}

/// Rows that are equal to the last bit.
struct Twins {
    /// The first row of each kind, ascending.
    firsts: Vec<usize>,
    /// By row: its kind, a place in `firsts`.
    kinds: Vec<u32>,
    /// By kind: its rows, ascending.
    rows: Vec<Vec<u32>>,
}

impl Twins {
    fn of(matrix: &TfIdfMatrix) -> Self {
        let mut twins = Self { firsts: Vec::new(), kinds: Vec::new(), rows: Vec::new() };
        let mut kind_of: HashMap<(&[u32], Vec<u32>), u32> = HashMap::new();
        for row in 0..matrix.n_documents() {
            let (terms, weights) = matrix.row(row);
            let bits = weights.iter().map(|weight| weight.to_bits()).collect();
            let kind = *kind_of.entry((terms, bits)).or_insert(twins.firsts.len() as u32);
            if kind as usize == twins.firsts.len() {
                twins.firsts.push(row);
                twins.rows.push(Vec::new());
            }
            twins.kinds.push(kind);
            twins.rows[kind as usize].push(row as u32);
        }
        twins
    }

    /// A row's neighbors from those of its kind. A kind that is not among the k nearest has k others before it,
    /// and so has each of its rows: none of them can be missing.
    fn expand(&self, matrix: &TfIdfMatrix, row: usize, near: &Neighbors, k: usize) -> Vec<Neighbor> {
        let kind = self.kinds[row];
        let mut top = TopK::new(k);
        // A few more of the same kind than can enter: the row itself is among them.
        let own = cosine(matrix.row(row), matrix.row(row));
        for &other in self.rows[kind as usize].iter().filter(|&&other| other as usize != row).take(k) {
            top.offer(other, own);
        }
        for near in near.of(DocId(kind)) {
            for &other in self.rows[near.document.index()].iter().take(k) {
                top.offer(other, near.cosine);
            }
        }
        top.best
    }
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

/// What is done about the terms that are not accumulated.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rest {
    /// They bound what a document can still gain, so no neighbor is missed.
    Bounded,
    /// Only the documents with the greatest sums are scored in full.
    Ignored,
}

/// A search over the terms up to a document frequency.
struct Search<'a> {
    matrix: &'a TfIdfMatrix,
    frequencies: &'a [u32],
    /// Terms with document frequency 2..=cap are accumulated.
    cap: u32,
    rest: Rest,
    /// Length of each row's part in the terms over the cap; zero where they are ignored.
    rest_lengths: Vec<f32>,
    /// Multiply-adds spent on full scores.
    n_scored: AtomicU64,
}

impl<'a> Search<'a> {
    fn over(matrix: &'a TfIdfMatrix, frequencies: &'a [u32], cap: u32, rest: Rest) -> Self {
        let rest_length = |row: usize| {
            let (terms, weights) = matrix.row(row);
            let squares = terms.iter().zip(weights).filter(|entry| frequencies[*entry.0 as usize] > cap);
            squares.map(|entry| entry.1 * entry.1).sum::<f32>().sqrt()
        };
        let rest_lengths = match rest {
            Rest::Bounded => (0..matrix.n_documents()).into_par_iter().map(rest_length).collect(),
            Rest::Ignored => vec![0.0; matrix.n_documents()],
        };
        Self { matrix, frequencies, cap, rest, rest_lengths, n_scored: AtomicU64::new(0) }
    }

    /// The best `k` of every row in `rows`.
    fn run(&self, rows: &[usize], k: usize, progress: &dyn Progress) -> Vec<Vec<Neighbor>> {
        let n = self.matrix.n_documents();
        let is_searched = |term: u32| (2..=self.cap).contains(&self.frequencies[term as usize]);
        let mut tops: Vec<TopK> = rows.iter().map(|_| TopK::new(k)).collect();
        for first in (0..n).step_by(TILE) {
            let tile = Postings::of(self.matrix, first..(first + TILE).min(n), is_searched);
            tops.par_iter_mut().zip(rows).with_min_len(16).for_each_init(
                || Scratch::new(self.matrix.n_terms),
                |scratch, (top, &row)| {
                    tile.accumulate(self.matrix.row(row), &mut scratch.sums);
                    self.take(row, first, top, scratch);
                },
            );
            progress.advance(rows.len() as u64);
        }
        tops.into_iter().map(|top| top.best).collect()
    }

    /// Scores the documents of a tile that may be among the best, and clears the sums.
    fn take(&self, row: usize, first: usize, top: &mut TopK, scratch: &mut Scratch) {
        let n_tile = TILE.min(self.matrix.n_documents() - first);
        scratch.scatter(self.matrix.row(row));
        if let Some(own) = row.checked_sub(first).filter(|&own| own < n_tile) {
            scratch.sums[own] = f32::NEG_INFINITY;
        }
        if top.best.len() < top.k || self.rest == Rest::Ignored {
            // The greatest sums first: they lift the floor under which all others need not be scored.
            let n_first = if self.rest == Rest::Ignored { top.k * SPARE } else { top.k };
            let mut order: Vec<u32> =
                (0..n_tile as u32).filter(|&place| scratch.sums[place as usize] > 0.0).collect();
            if order.len() > n_first {
                order.select_nth_unstable_by(n_first - 1, |&left, &right| {
                    let (left_sum, right_sum) = (scratch.sums[left as usize], scratch.sums[right as usize]);
                    right_sum.total_cmp(&left_sum).then(left.cmp(&right))
                });
                order.truncate(n_first);
            }
            for place in order {
                self.score(first + place as usize, top, scratch);
                scratch.sums[place as usize] = f32::NEG_INFINITY;
            }
        }
        if self.rest == Rest::Bounded {
            self.score_what_may_enter(row, first, n_tile, top, scratch);
        }
        scratch.sums[..n_tile].fill(0.0);
        scratch.clear(self.matrix.row(row));
    }

    /// Let x and y be two rows, split into their rare and their common terms: x.y = xr.yr + xc.yc. The sum at
    /// hand is xr.yr. By Cauchy and Schwarz xc.yc <= |xc| |yc|, and both lengths are known. So a document whose
    /// sum + |xc| |yc| stays under the k-th best score cannot be among the k best, nor tie with one that is:
    /// it need not be scored. The same split bounds the unindexed part in Bayardo, Ma & Srikant (2007) and,
    /// by lengths as here, in Anastasiu & Karypis (2014, L2AP).
    fn score_what_may_enter(
        &self,
        row: usize,
        first: usize,
        n_tile: usize,
        top: &mut TopK,
        scratch: &mut Scratch,
    ) {
        let own_rest = self.rest_lengths[row];
        let rests = &self.rest_lengths[first..first + n_tile];
        for begin in (0..n_tile).step_by(16) {
            let end = (begin + 16).min(n_tile);
            let bound = |place: usize| scratch.sums[place] + own_rest * rests[place];
            // One comparison for sixteen: nearly all pieces hold nothing that can enter.
            let greatest = (begin..end).map(bound).fold(f32::NEG_INFINITY, f32::max);
            if greatest + ROUNDING < top.floor() || greatest <= 0.0 {
                continue;
            }
            for (place, rest) in (begin..end).zip(&rests[begin..end]) {
                let bound = scratch.sums[place] + own_rest * rest;
                if bound > 0.0 && bound + ROUNDING >= top.floor() {
                    self.score(first + place, top, scratch);
                }
            }
        }
    }

    /// Offers a document with its full score.
    fn score(&self, other: usize, top: &mut TopK, scratch: &Scratch) {
        let (terms, weights) = self.matrix.row(other);
        self.n_scored.fetch_add(terms.len() as u64, Ordering::Relaxed);
        let score: f32 =
            terms.iter().zip(weights).map(|(&term, &weight)| scratch.row[term as usize] * weight).sum();
        top.offer(other as u32, score.min(1.0));
    }
}

/// What a thread needs for one row: the sums over a tile, and the row spread out by term.
struct Scratch {
    sums: Vec<f32>,
    row: Vec<f32>,
}

impl Scratch {
    fn new(n_terms: usize) -> Self {
        Self { sums: vec![0.0; TILE], row: vec![0.0; n_terms] }
    }

    fn scatter(&mut self, row: (&[u32], &[f32])) {
        for (&term, &weight) in row.0.iter().zip(row.1) {
            self.row[term as usize] = weight;
        }
    }

    fn clear(&mut self, row: (&[u32], &[f32])) {
        for &term in row.0 {
            self.row[term as usize] = 0.0;
        }
    }
}

/// Which documents of one tile hold a term, and with what weight.
struct Postings {
    /// Where each term's entries begin; `n_terms + 1` long.
    begins: Vec<u32>,
    /// Place in the tile and weight, by term, then by place.
    entries: Vec<(u32, f32)>,
}

impl Postings {
    fn of(matrix: &TfIdfMatrix, tile: std::ops::Range<usize>, is_searched: impl Fn(u32) -> bool) -> Self {
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

    /// What a score must reach to enter.
    fn floor(&self) -> f32 {
        if self.best.len() < self.k { 0.0 } else { self.best[self.k - 1].cosine }
    }

    /// Takes a document in if it is among the best k so far; offers may come in any order.
    fn offer(&mut self, document: u32, score: f32) {
        let is_before =
            |near: &Neighbor| near.cosine.total_cmp(&score).then(document.cmp(&near.document.0)).is_gt();
        let place = self.best.partition_point(is_before);
        if score > 0.0 && place < self.k {
            self.best.truncate(self.k - 1);
            self.best.insert(place, Neighbor { document: DocId(document), cosine: score });
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
        let mut out =
            TfIdfMatrix { begins: vec![0], n_terms: rows.first().map_or(0, Vec::len), ..Default::default() };
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
            .map(|row| {
                (0..24)
                    .map(|term| u8::from((row.wrapping_mul(2_654_435_761) >> term).is_multiple_of(8)))
                    .collect()
            })
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
        // Twins share a word of their own; twenty rows share a topic; all share the rest.
        let rows: Vec<Vec<u8>> = (0..400u32)
            .map(|row| {
                let holds = |term: u32| match term {
                    0..200 => row / 2 == term,
                    200..300 => row / 20 == (term - 200) / 5,
                    _ => !(row + term).is_multiple_of(3),
                };
                (0..320).map(|term| if holds(term) { 1 + 3 * u8::from(term < 200) } else { 0 }).collect()
            })
            .collect();
        let matrix = matrix(&rows);
        let approximate = find(&matrix, 1, 5_000, &Silent);
        let NeighborMethod::RareTerms { sampled_documents, sampled_recall } = approximate.method else {
            panic!("the work is past the limit");
        };
        assert_eq!(sampled_documents, 200);
        assert!(sampled_recall > 0.9, "{sampled_recall}");
    }
}
