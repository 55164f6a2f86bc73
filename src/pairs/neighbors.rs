//! Neighbors: every document's nearest others by cosine, none missed while the work fits.
//!
//! A first look through rare terms alone finds most of them, and so tells each document a floor that its
//! neighbors must reach; a sweep over all pairs then finds whoever else reaches it. Where that sweep
//! would take too long, the first look is given all the work that is allowed, and its recall is sampled.

use super::ranks::Ranks;
use super::sweep::{Sweep, best_cap, even_sample};
use super::top::{SomeTops, Tops, gather};
use super::twins::Twins;
use super::{NeighborMethod, Neighbors};
use super::{descent, rare};
use crate::progress::Progress;
use crate::vectors::{TfIdfMatrix, cosine};

/// Documents whose exact neighbors are computed to sample the recall of the approximation.
const SAMPLE: usize = 200;

/// Share of the products of an unbounded search that the first look may take.
const FIRST_LOOK: f64 = 0.01;

/// And share of the work that is allowed.
const FIRST_WORK: f64 = 0.0625;

/// Candidates a document keeps for exact scoring in the first look, as a multiple of k: what it misses, the
/// sweep finds.
const FEW: usize = 2;

/// Where not all pairs can be ruled out or scored: how much of what common terms could add to a pair is reckoned with.
/// The greatest with which the work fits is taken.
const ALLOWANCES: [f32; 10] = [0.7, 0.5, 0.35, 0.25, 0.18, 0.12, 0.08, 0.05, 0.02, 0.0];

/// Rounds in which the neighbors of neighbors are looked at before such a sweep.
const ROUNDS: usize = 2;

/// Finds the `k` nearest neighbors of every row with a cosine over 0.
///
/// Exact while the multiply-adds (those of the accumulated terms, and of the full scores, which a sample
/// of pairs tells) stay within `work_limit`. Past it, neighbors of neighbors are looked at first, then all pairs as before,
/// but with less than the common terms could add to each; the recall is sampled. Equal rows are searched once.
#[must_use]
pub fn find(matrix: &TfIdfMatrix, k: usize, work_limit: u64, progress: &dyn Progress) -> Neighbors {
    if k == 0 {
        return Neighbors::none(matrix.n_documents());
    }
    let twins = Twins::of(matrix);
    let near = find_among(matrix, &twins.firsts, k, work_limit, progress);
    if twins.firsts.len() == matrix.n_documents() {
        return near;
    }
    gather(twins.expand_all(matrix, &near, k), near.method)
}

/// The nearest of some rows among themselves; the table counts places in `rows`.
fn find_among(
    matrix: &TfIdfMatrix,
    rows: &[u32],
    k: usize,
    work_limit: u64,
    progress: &dyn Progress,
) -> Neighbors {
    let ranks = Ranks::of_rows(matrix, rows);
    let tops = Tops::new(rows.len(), k);
    let first_work = (ranks.products(u32::MAX) * FIRST_LOOK).min(work_limit as f64 * FIRST_WORK);
    rare::look(matrix, rows, &ranks, ranks.cap_within(first_work), k * FEW, &tops);
    let (cap, multiply_adds) = best_cap(matrix, rows, &ranks, &tops, 1.0);
    if multiply_adds <= work_limit as f64 {
        Sweep::over(matrix, rows, &ranks, cap, 1.0).all_pairs(&tops, progress);
        return gather(tops.into_best(), NeighborMethod::Exact);
    }
    approximate(matrix, rows, &ranks, &tops, work_limit, progress);
    let best = tops.into_best();
    let sample: Vec<u32> = even_sample(rows.len(), SAMPLE, 0).into_iter().map(|place| place as u32).collect();
    let exact = SomeTops { rows: &sample, tops: Tops::new(sample.len(), k) };
    Sweep::over(matrix, rows, &ranks, cap, 1.0).pairs_of(&sample, &exact);
    let (mut found, mut all) = (0, 0);
    for (row, exact) in sample.iter().zip(exact.tops.into_best()) {
        let best = &best[*row as usize];
        all += exact.len();
        found += exact.iter().filter(|near| best.iter().any(|b| b.document == near.document)).count();
    }
    let sampled_recall = if all == 0 { 1.0 } else { found as f32 / all as f32 };
    gather(best, NeighborMethod::Approximate { sampled_documents: sample.len() as u32, sampled_recall })
}

/// Brings what a first look has found nearer to the truth, within so many multiply-adds.
///
/// The floors of the sweep are those from before it: were they to rise meanwhile, what is found would depend on which
/// thread is first.
fn approximate(
    matrix: &TfIdfMatrix,
    rows: &[u32],
    ranks: &Ranks,
    tops: &Tops,
    work_limit: u64,
    progress: &dyn Progress,
) {
    for _ in 0..ROUNDS {
        descent::look(matrix, rows, tops);
    }
    let standing = tops.standing();
    let within_limit = ALLOWANCES.into_iter().find_map(|allowance| {
        let (cap, multiply_adds) = best_cap(matrix, rows, ranks, &standing, allowance);
        (multiply_adds <= work_limit as f64).then_some((allowance, cap))
    });
    if let Some((allowance, cap)) = within_limit {
        Sweep::over(matrix, rows, ranks, cap, allowance).all_pairs(&standing, progress);
        descent::look(matrix, rows, tops);
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

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::corpus::DocId;
    use crate::progress::Silent;
    use proptest::prelude::*;

    /// Rows of small integers, so that ties abound, scaled to length 1; a row may be empty or have one term.
    pub(in crate::pairs) fn matrix(rows: &[Vec<u8>]) -> TfIdfMatrix {
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

        #[test]
        fn whatever_counts_as_common_the_sweep_misses_none(
            rows in prop::collection::vec(prop::collection::vec(prop_oneof![3 => Just(0u8), 1 => 1..4u8], 12), 1..60),
            k in 1..8usize,
            cap in 1..40u32,
        ) {
            let matrix = matrix(&rows);
            let all: Vec<u32> = (0..rows.len() as u32).collect();
            let ranks = Ranks::of_rows(&matrix, &all);
            let tops = Tops::new(rows.len(), k);
            Sweep::over(&matrix, &all, &ranks, cap, 1.0).all_pairs(&tops, &Silent);
            let near = gather(tops.into_best(), NeighborMethod::Exact);
            prop_assert_eq!(found(&near, rows.len()), brute_force(&matrix, k));
        }
    }

    /// More than the largest tile.
    const N_ROWS: usize = 8_500;

    #[test]
    fn more_documents_than_a_tile_are_searched_across_tiles() {
        let rows: Vec<Vec<u8>> = (0..N_ROWS as u32)
            .map(|row| {
                (0..24)
                    .map(|term| u8::from((row.wrapping_mul(2_654_435_761) >> term).is_multiple_of(8)))
                    .collect()
            })
            .collect();
        let matrix = matrix(&rows);
        let exact = found(&find(&matrix, 3, u64::MAX, &Silent), rows.len());
        for row in [0, 17, 4_095, 8_191, 8_192, N_ROWS - 1] {
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

    /// Twins share a word of their own; twenty rows share a topic; all share the rest.
    fn twins_within_topics() -> TfIdfMatrix {
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
        matrix(&rows)
    }

    #[test]
    fn past_the_limit_the_recall_is_said() {
        let approximate = find(&twins_within_topics(), 2, 13_000, &Silent);
        let NeighborMethod::Approximate { sampled_documents, sampled_recall } = approximate.method else {
            panic!("the work is past the limit");
        };
        assert_eq!(sampled_documents, 200);
        assert!(sampled_recall >= 0.5, "of the two nearest, each row's twin: {sampled_recall}");
    }

    #[test]
    fn past_the_limit_cosines_are_exact_and_threads_change_nothing() {
        let matrix = twins_within_topics();
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| find(&matrix, 5, 13_000, &Silent))
        };
        let one = on(1);
        assert!(matches!(one.method, NeighborMethod::Approximate { .. }));
        assert_eq!(found(&one, 400), found(&on(3), 400));
        for (row, near) in found(&one, 400).iter().enumerate() {
            for &(other, score) in near {
                assert!((score - cosine(matrix.row(row), matrix.row(other as usize))).abs() < f32::EPSILON);
            }
        }
    }
}
