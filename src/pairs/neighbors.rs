//! Neighbors: every document's nearest others by cosine, none missed while the work fits.
//!
//! A first look through rare terms alone finds most of them, and so tells each document a floor that its
//! neighbors must reach; a sweep over all pairs then finds whoever else reaches it. Where that sweep
//! would take too long, it takes for granted that common terms add less than they might, and its recall is sampled.

use rayon::prelude::*;

use super::plan::{Plan, even_sample};
use super::ranks::Ranks;
use super::sweep::{Sink as _, Sweep};
use super::top::{SomeTops, Tops, gather};
use super::twins::Twins;
use super::{NeighborMethod, Neighbors};
use super::{descent, rare};
use crate::corpus::DocId;
use crate::progress::Progress;
use crate::settings::{STORY_LIKENESS, STORY_NEIGHBORS, Settings};
use crate::vectors::{TfIdfMatrix, cosine};

/// Documents whose exact neighbors are computed to choose the approximation by, and as many others to sample its recall.
const SAMPLE: usize = 200;

/// Of how many rows one is the first of these, at most.
const SPARSEST: usize = 16;

/// How many times the neighbors asked for are found of these. With 2, half as many pairs are told as have to be looked at (27 of 52
/// millions with one cap on 50,000 documents); with 4, their neighbors took 18.5 seconds of processors in place of 19.8.
const QUARTER: usize = 4;

/// Share of the products of an unbounded search that the first look may take.
const FIRST_LOOK: f64 = 0.01;

/// And share of the work that is allowed.
const FIRST_WORK: f64 = 0.0625;

/// Candidates a document keeps for exact scoring in the first look, as a multiple of k: what it misses, the
/// sweep finds.
const FEW: usize = 2;

/// Rounds in which the neighbors of neighbors are looked at before such a sweep.
const ROUNDS: usize = 1;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Search {
    /// Neighbors of each row, at most.
    pub k: usize,
    /// Who is less alike is no neighbor, but for the nearest: a cosine, 0..=1. The higher, the less work. 0: all that share a
    /// term.
    pub least: f32,
    /// Multiply-adds up to which the search is exact.
    pub work_limit: u64,
}

impl Search {
    /// What stories are told from.
    #[must_use]
    pub fn for_stories(settings: &Settings) -> Self {
        Self { k: STORY_NEIGHBORS, least: STORY_LIKENESS, work_limit: settings.exact_work }
    }
}

/// Finds the `k` nearest neighbors of every row with a cosine over 0, all but the nearest of at least `least`.
///
/// Exact while the multiply-adds (those of the accumulated terms, and of the full scores, which a sample
/// of pairs tells) stay within the limit. Past it, neighbors of neighbors are looked at first, then all pairs, of which only
/// those are scored that common terms are likely to bring near; the recall is sampled. `guesses` tell who is near by other
/// weights: where the search is not exact, they are looked at first. Equal rows are searched once.
#[must_use]
pub fn find(
    matrix: &TfIdfMatrix,
    search: Search,
    guesses: Option<&Neighbors>,
    progress: &dyn Progress,
) -> Neighbors {
    if search.k == 0 {
        return Neighbors::none(matrix.n_documents());
    }
    let twins = Twins::of(matrix);
    let near = find_among(matrix, &twins.firsts, search, guesses, progress);
    if twins.firsts.len() == matrix.n_documents() {
        return near;
    }
    gather(twins.expand_all(matrix, &near, search), near.method)
}

/// The nearest of some rows among themselves; the table counts places in `rows`.
fn find_among(
    matrix: &TfIdfMatrix,
    rows: &[u32],
    search: Search,
    guesses: Option<&Neighbors>,
    progress: &dyn Progress,
) -> Neighbors {
    let Search { k, least, work_limit } = search;
    let ranks = Ranks::of_rows(matrix, rows);
    let tops = Tops::new(rows.len(), k, least);
    let first_work = (ranks.products(u32::MAX) * FIRST_LOOK).min(work_limit as f64 * FIRST_WORK);
    rare::look(matrix, rows, &ranks, ranks.cap_within(first_work), k * FEW, &tops);
    // What rows want while all are met one after another is told by what they want when a quarter is: to be as near as
    // the least of four times as many.
    let trials = even_sample(rows.len(), SAMPLE.min(rows.len().div_ceil(SPARSEST)), 0);
    let known = SomeTops { rows: &trials, tops: Tops::new(trials.len(), QUARTER * k, least) };
    let all = Sweep::over(matrix, rows, &ranks, Plan::FULL);
    all.pairs_of(&trials, &known);
    let exact = Plan::exact(matrix, rows, &ranks, [&trials, &trials], &known);
    if exact.multiply_adds <= work_limit as f64 {
        drop(all); // the one below is as large
        Sweep::over(matrix, rows, &ranks, exact).all_pairs(&tops, progress);
        return gather(tops.into_best(), NeighborMethod::Exact);
    }
    let sample = even_sample(rows.len(), SAMPLE, 1);
    let truth = SomeTops { rows: &sample, tops: Tops::new(sample.len(), k, least) };
    all.pairs_of(&sample, &truth);
    drop(all);
    if let Some(guesses) = guesses {
        offer_all(matrix, rows, &tops, |place| {
            let near = guesses.of(DocId(rows[place as usize])).iter();
            near.filter_map(|near| Some(rows.binary_search(&near.document.0).ok()? as u32))
        });
    }
    approximate(matrix, rows, &ranks, &tops, &known, search, progress);
    let best = tops.into_best();
    let (mut found, mut all) = (0, 0);
    for (&row, exact) in sample.iter().zip(truth.tops.into_best()) {
        let best = &best[row as usize];
        all += exact.len();
        found += exact.iter().filter(|near| best.iter().any(|b| b.document == near.document)).count();
    }
    let sampled_recall = if all == 0 { 1.0 } else { found as f32 / all as f32 };
    gather(best, NeighborMethod::Approximate { sampled_documents: sample.len() as u32, sampled_recall })
}

/// Brings what a first look has found nearer to the truth, within so many multiply-adds. `known` has what is nearest to some
/// rows.
fn approximate(
    matrix: &TfIdfMatrix,
    rows: &[u32],
    ranks: &Ranks,
    tops: &Tops,
    known: &SomeTops<'_>,
    search: Search,
    progress: &dyn Progress,
) {
    for _ in 0..ROUNDS {
        descent::look(matrix, rows, tops);
    }
    if let Some(plan) = Plan::within(matrix, rows, ranks, known, tops, search.k, search.work_limit as f64) {
        let believed = tops.beside(search.k);
        Sweep::over(matrix, rows, ranks, plan).all_pairs(&believed, progress);
        let near: Vec<Vec<u32>> = believed.nearest(search.k);
        offer_all(matrix, rows, tops, |place| near[place as usize].iter().copied());
    }
}

/// Offers each row some others, with their cosines.
fn offer_all<Others: Iterator<Item = u32>>(
    matrix: &TfIdfMatrix,
    rows: &[u32],
    tops: &Tops,
    others: impl Fn(u32) -> Others + Sync,
) {
    (0..rows.len() as u32).into_par_iter().for_each(|place| {
        let own = matrix.row(rows[place as usize] as usize);
        let score = |other: u32| (other, cosine(own, matrix.row(rows[other as usize] as usize)));
        tops.take(place, &others(place).map(score).collect::<Vec<_>>());
    });
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
            least in prop_oneof![Just(0.0f32), 0.0..1.0f32],
        ) {
            let matrix = matrix(&rows);
            let exact = find(&matrix, Search { k, least, work_limit: u64::MAX }, None, &Silent);
            let mut nearest = brute_force(&matrix, k);
            for near in &mut nearest {
                let n_enough = near.partition_point(|&(_, cosine)| cosine >= least);
                near.truncate(n_enough.max(1));
            }
            prop_assert_eq!(found(&exact, rows.len()), nearest);
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
            let tops = Tops::new(rows.len(), k, 0.0);
            Sweep::over(&matrix, &all, &ranks, believing(cap, 1.0)).all_pairs(&tops, &Silent);
            let near = gather(tops.into_best(), NeighborMethod::Exact);
            prop_assert_eq!(found(&near, rows.len()), brute_force(&matrix, k));
        }
    }

    fn believing(cap: u32, believed: f32) -> Plan {
        Plan { cap, believed, multiply_adds: 0.0 }
    }

    proptest! {
        /// Common terms are those of more than `cap` rows; what they may add at most is the product of their lengths.
        #[test]
        fn what_reaches_the_floor_with_the_share_of_the_bound_that_is_believed_is_found(
            rows in prop::collection::vec(prop::collection::vec(prop_oneof![3 => Just(0u8), 1 => 1..4u8], 12), 2..60),
            cap in 1..40u32,
            believed in 0.0..1.0f32,
            floor in 0.05..0.9f32,
        ) {
            let matrix = matrix(&rows);
            let all: Vec<u32> = (0..rows.len() as u32).collect();
            let ranks = Ranks::of_rows(&matrix, &all);
            let tops = Tops::from(rows.len(), std::iter::repeat_n([floor; 2], rows.len()));
            Sweep::over(&matrix, &all, &ranks, believing(cap, believed)).all_pairs(&tops, &Silent);
            let near = gather(tops.into_best(), NeighborMethod::Exact);
            let near = found(&near, rows.len());
            let exact = brute_force(&matrix, rows.len());
            let rest = |row: usize, is_common: bool| {
                let (terms, weights) = matrix.row(row);
                terms.iter().zip(weights).filter(|(term, _)| (ranks.frequency(**term) > cap) == is_common)
                    .map(|(&term, &weight)| (term, weight)).collect::<std::collections::BTreeMap<u32, f32>>()
            };
            let length = |row| rest(row, true).values().map(|weight| weight * weight).sum::<f32>().sqrt();
            for row in 0..rows.len() {
                for &(other, cosine) in exact[row].iter().filter(|near| near.1 >= floor) {
                    let (left, right) = (rest(row, false), rest(other as usize, false));
                    let sum: f32 = left.iter().filter_map(|(term, weight)| Some(weight * right.get(term)?)).sum();
                    let bound = sum + believed * length(row) * length(other as usize);
                    let counted = near[row].iter().find(|near| near.0 == other).map(|near| near.1);
                    prop_assert!(counted.is_some() || bound < floor + 1e-5, "{row} and {other}: {bound} {floor}");
                    let is_right = |counted: f32| (counted - cosine.min(bound)).abs() < 1e-5;
                    prop_assert!(counted.is_none_or(is_right), "{row} and {other}: {counted:?} {bound} {cosine}");
                }
                let is_near = |(other, _): &(u32, f32)| exact[row].iter().any(|near| near.0 == *other);
                prop_assert!(near[row].iter().all(is_near));
            }
        }
    }

    fn five(work_limit: u64) -> Search {
        Search { k: 5, least: 0.0, work_limit }
    }

    #[test]
    fn who_is_near_by_other_weights_is_looked_at_first() {
        let matrix = twins_within_topics();
        let exact = find(&matrix, five(u64::MAX), None, &Silent);
        let recall = |guesses| match find(&matrix, five(1), guesses, &Silent).method {
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
        let exact = found(
            &find(&matrix, Search { k: 3, least: 0.0, work_limit: u64::MAX }, None, &Silent),
            rows.len(),
        );
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
        let approximate = find(&twins_within_topics(), Search { k: 2, ..five(13_000) }, None, &Silent);
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
            pool.install(|| find(&matrix, five(13_000), None, &Silent))
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
