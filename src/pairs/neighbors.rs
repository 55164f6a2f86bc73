//! Neighbors: every document's nearest others by cosine, none missed while the work fits.
//!
//! A first look through rare terms alone finds most of them, and so tells each document a floor that its
//! neighbors must reach; a sweep over all pairs then finds whoever else reaches it. Where that sweep
//! would take too long, it is over the heaviest terms of each document alone, and its recall is sampled.

use rayon::prelude::*;

use super::ranks::Ranks;
use super::sweep::{Sink as _, Sweep, best_cap, even_sample};
use super::top::{SomeTops, Tops, gather};
use super::twins::Twins;
use super::{Neighbor, NeighborMethod, Neighbors};
use super::{descent, heavy, rare};
use crate::corpus::DocId;
use crate::progress::Progress;
use crate::vectors::{TfIdfMatrix, cosine};

/// Documents whose exact neighbors are computed to choose the approximation by, and as many others to sample its recall.
const SAMPLE: usize = 200;

/// Share of the products of an unbounded search that the first look may take.
const FIRST_LOOK: f64 = 0.01;

/// And share of the work that is allowed.
const FIRST_WORK: f64 = 0.0625;

/// Candidates a document keeps for exact scoring in the first look, as a multiple of k: what it misses, the
/// sweep finds.
const FEW: usize = 2;

/// Rounds in which the neighbors of neighbors are looked at before such a sweep.
const ROUNDS: usize = 2;

/// Finds the `k` nearest neighbors of every row with a cosine over 0.
///
/// Exact while the multiply-adds (those of the accumulated terms, and of the full scores, which a sample
/// of pairs tells) stay within `work_limit`. Past it, neighbors of neighbors are looked at first, then all pairs, by the heaviest
/// terms of each alone; the recall is sampled. `guesses` tell who is near by other weights: where the search is not exact, they
/// are looked at first. Equal rows are searched once.
#[must_use]
pub fn find(
    matrix: &TfIdfMatrix,
    k: usize,
    work_limit: u64,
    guesses: Option<&Neighbors>,
    progress: &dyn Progress,
) -> Neighbors {
    if k == 0 {
        return Neighbors::none(matrix.n_documents());
    }
    let twins = Twins::of(matrix);
    let near = find_among(matrix, &twins.firsts, k, work_limit, guesses, progress);
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
    guesses: Option<&Neighbors>,
    progress: &dyn Progress,
) -> Neighbors {
    let ranks = Ranks::of_rows(matrix, rows);
    let tops = Tops::new(rows.len(), k);
    let first_work = (ranks.products(u32::MAX) * FIRST_LOOK).min(work_limit as f64 * FIRST_WORK);
    rare::look(matrix, rows, &ranks, ranks.cap_within(first_work), k * FEW, &tops);
    let (cap, multiply_adds) = best_cap(matrix, rows, &ranks, &tops);
    if multiply_adds <= work_limit as f64 {
        Sweep::over(matrix, rows, &ranks, cap).all_pairs(&tops, progress);
        return gather(tops.into_best(), NeighborMethod::Exact);
    }
    let sweep = Sweep::over(matrix, rows, &ranks, cap);
    let [sample, trials] = [0, 1].map(|phase| {
        let some: Vec<u32> =
            even_sample(rows.len(), SAMPLE, phase).into_iter().map(|row| row as u32).collect();
        let exact = SomeTops { rows: &some, tops: Tops::new(some.len(), k) };
        sweep.pairs_of(&some, &exact);
        let best = exact.tops.into_best();
        some.into_iter().zip(best).collect::<Vec<_>>()
    });
    drop(sweep); // the one below is as large
    if let Some(guesses) = guesses {
        guess(matrix, rows, guesses, &tops);
    }
    approximate(matrix, rows, &ranks, &tops, &trials, work_limit, progress);
    let best = tops.into_best();
    let (mut found, mut all) = (0, 0);
    for (row, exact) in &sample {
        let best = &best[*row as usize];
        all += exact.len();
        found += exact.iter().filter(|near| best.iter().any(|b| b.document == near.document)).count();
    }
    let sampled_recall = if all == 0 { 1.0 } else { found as f32 / all as f32 };
    gather(best, NeighborMethod::Approximate { sampled_documents: sample.len() as u32, sampled_recall })
}

/// Offers each row those that are near it by other weights.
fn guess(matrix: &TfIdfMatrix, rows: &[u32], guesses: &Neighbors, tops: &Tops) {
    (0..rows.len() as u32).into_par_iter().for_each(|place| {
        let document = rows[place as usize];
        let near = guesses.of(DocId(document)).iter();
        let places = near.filter_map(|near| rows.binary_search(&near.document.0).ok());
        let own = matrix.row(document as usize);
        let score = |other: usize| (other as u32, cosine(own, matrix.row(rows[other] as usize)));
        tops.take(place, &places.map(score).collect::<Vec<_>>());
    });
}

/// Brings what a first look has found nearer to the truth, within so many multiply-adds. `known` are the neighbors of some
/// rows.
///
/// The floors of the sweep rise between its tiles only: were they to rise meanwhile, what is found would depend on which
/// thread is first.
fn approximate(
    matrix: &TfIdfMatrix,
    rows: &[u32],
    ranks: &Ranks,
    tops: &Tops,
    known: &[(u32, Vec<Neighbor>)],
    work_limit: u64,
    progress: &dyn Progress,
) {
    for _ in 0..ROUNDS {
        descent::look(matrix, rows, tops);
    }
    let standing = tops.standing();
    if let Some(heavy) = heavy::choose(matrix, rows, ranks, known, &standing, work_limit as f64) {
        Sweep::over_heavy(matrix, rows, ranks, heavy).all_pairs(&standing, progress);
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
            let exact = find(&matrix, k, u64::MAX, None, &Silent);
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
            Sweep::over(&matrix, &all, &ranks, cap).all_pairs(&tops, &Silent);
            let near = gather(tops.into_best(), NeighborMethod::Exact);
            prop_assert_eq!(found(&near, rows.len()), brute_force(&matrix, k));
        }
    }

    proptest! {
        #[test]
        fn where_all_terms_are_heavy_the_sweep_misses_none(
            rows in prop::collection::vec(prop::collection::vec(prop_oneof![3 => Just(0u8), 1 => 1..4u8], 12), 1..60),
            k in 1..8usize,
        ) {
            let matrix = matrix(&rows);
            let all: Vec<u32> = (0..rows.len() as u32).collect();
            let ranks = Ranks::of_rows(&matrix, &all);
            let tops = Tops::new(rows.len(), k);
            let heavy = heavy::Heavy { share: 1.0, ratio: 1.0 };
            Sweep::over_heavy(&matrix, &all, &ranks, heavy).all_pairs(&tops, &Silent);
            let near = gather(tops.into_best(), NeighborMethod::Exact);
            prop_assert_eq!(found(&near, rows.len()), brute_force(&matrix, k));
        }
    }

    #[test]
    fn who_is_near_by_other_weights_is_looked_at_first() {
        let matrix = twins_within_topics();
        let exact = find(&matrix, 5, u64::MAX, None, &Silent);
        let recall = |guesses| match find(&matrix, 5, 1, guesses, &Silent).method {
            NeighborMethod::Approximate { sampled_recall, .. } => sampled_recall,
            NeighborMethod::Exact => panic!("the work is past the limit"),
        };
        let (alone, guided) = (recall(None), recall(Some(&exact)));
        assert!(alone < 0.99 && guided >= 1.0, "{alone} {guided}");
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
        let exact = found(&find(&matrix, 3, u64::MAX, None, &Silent), rows.len());
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
        let approximate = find(&twins_within_topics(), 2, 13_000, None, &Silent);
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
            pool.install(|| find(&matrix, 5, 13_000, None, &Silent))
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
