//! Heaviest entries: where not all pairs can be ruled out or scored, each row is searched by its heaviest terms alone.
//!
//! The terms that carry most of a row's length are few and seldom common, so that summing these alone costs a fraction
//! of all products; and near rows share just these (Bruch, Nardini, Rulli & Venturini 2024, Seismic, call it the
//! concentration of importance). Pairs whose heavy terms sum to some ratio of what a row asks for are scored in full. How
//! much of each row counts as heavy, and that ratio, are chosen on rows whose exact neighbors are known.

use rayon::prelude::*;

use super::Neighbor;
use super::ranks::{NONE, Ranks};
use super::sweep::{Sink as _, even_sample};
use super::top::StandingTops;
use crate::vectors::TfIdfMatrix;

/// How much of a row's squared length its heavy terms may have.
const SHARES: [f32; 10] = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98];

/// How many of the nearest are to be found, if it takes no more than is allowed; the first that does.
const RECALLS: [f64; 6] = [0.98, 0.95, 0.9, 0.8, 0.6, 0.4];

/// Rows that are held against those whose neighbors are known, to tell how many pairs pass.
const RIGHTS: usize = 4096;

/// Multiply-adds that a pair costs which is scored in full, beside its terms: they lie anywhere in memory.
const PAIR_COST: f64 = 100.0;

/// What of each row is summed, and what such a sum must reach.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Heavy {
    /// Share of a row's squared length that its heavy terms have, over 0 and below 1.
    pub(super) share: f32,
    /// What the sum over terms that are heavy in both rows must reach, as a share of what either row asks for.
    pub(super) ratio: f32,
}

/// The least weight of a row's heavy entries: those from it on have `share` of the squared length of all that any other
/// row has. `sorted` is room to work in.
pub(super) fn least_weight(row: (&[u32], &[f32]), ranks: &Ranks, share: f32, sorted: &mut Vec<f32>) -> f32 {
    sorted.clear();
    let shared = row.0.iter().zip(row.1).filter(|(term, _)| ranks.of(**term) != NONE);
    sorted.extend(shared.map(|(_, &weight)| weight));
    sorted.sort_unstable_by(|left, right| right.total_cmp(left));
    let enough = share * sorted.iter().map(|weight| weight * weight).sum::<f32>();
    let mut sum = 0.0;
    let reaches = |weight: &&f32| {
        sum += *weight * *weight;
        sum >= enough
    };
    sorted.iter().find(reaches).or(sorted.last()).copied().unwrap_or(0.0)
}

/// Chooses what finds the most of the `known` neighbors (of some rows: all that they have) within so many multiply-adds;
/// none where nothing does, or enough are found. `standing` has what was found and the floors that the search begins with.
pub(super) fn choose(
    matrix: &TfIdfMatrix,
    rows: &[u32],
    ranks: &Ranks,
    known: &[(u32, Vec<Neighbor>)],
    standing: &StandingTops,
    work_limit: f64,
) -> Option<Heavy> {
    let row = |place: u32| matrix.row(rows[place as usize] as usize);
    let rights: Vec<(u32, Vec<u8>)> = even_sample(rows.len(), RIGHTS, 1)
        .into_par_iter()
        .map(|place| (place as u32, classes(row(place as u32), ranks)))
        .collect();
    let trials: Vec<Trial> = known
        .par_iter()
        .map(|(left, near)| {
            let left = Spread::of(row(*left), ranks, matrix.n_terms, *left);
            let own_floor = near.last().map_or(0.0, |last| last.cosine);
            let shares_of = |near: &Neighbor| {
                if standing.has(left.place, near.document) {
                    return [f32::INFINITY; SHARES.len()];
                }
                let other = row(near.document.0);
                let floor = own_floor.min(standing.floor(near.document.0));
                left.sums(other, &classes(other, ranks)).0.map(|sum| sum / floor)
            };
            let mut trial = Trial { reached: near.iter().map(shares_of).collect(), ..Trial::default() };
            for (right, classes) in rights.iter().filter(|(right, _)| *right != left.place) {
                let floor = standing.floor(left.place).min(standing.floor(*right));
                let (sums, products) = left.sums(row(*right), classes);
                trial.passes.push(sums.map(|sum| sum / floor));
                for (all, more) in trial.products.iter_mut().zip(products) {
                    *all += f64::from(more);
                }
            }
            trial
        })
        .collect();
    let n_pairs = trials.iter().map(|trial| trial.passes.len()).sum::<usize>().max(1) as f64;
    let all_pairs = rows.len() as f64 * rows.len() as f64 / 2.0;
    let n_terms = matrix.terms.len() as f64 / matrix.n_documents().max(1) as f64;
    let cost = |level: usize, ratio: f32| {
        let products: f64 = trials.iter().map(|trial| trial.products[level]).sum();
        let passes =
            trials.iter().flat_map(|trial| &trial.passes).filter(|sums| sums[level] >= ratio).count();
        (products + passes as f64 * (PAIR_COST + n_terms)) / n_pairs * all_pairs
    };
    let chosen = RECALLS.into_iter().find_map(|recall| {
        let at_level = |level: usize| {
            let mut reached: Vec<f32> =
                trials.iter().flat_map(|trial| &trial.reached).map(|sums| sums[level]).collect();
            reached.sort_unstable_by(f32::total_cmp);
            let ratio = *reached.get(((1.0 - recall) * reached.len() as f64) as usize)?;
            let cost = if ratio.is_infinite() { 0.0 } else { cost(level, ratio) };
            (ratio > 0.0).then_some((Heavy { share: SHARES[level], ratio }, cost))
        };
        let least = (0..SHARES.len()).filter_map(at_level).min_by(|left, right| left.1.total_cmp(&right.1));
        least.filter(|(_, cost)| *cost <= work_limit).map(|(heavy, _)| heavy)
    });
    chosen.filter(|heavy| heavy.ratio.is_finite())
}

/// What one row of which the neighbors are known tells, by [`SHARES`].
#[derive(Default)]
struct Trial {
    /// The sums with its neighbors, as shares of the least of their cosines or of the floor of the other, if that is lower;
    /// infinite with those that were found before.
    reached: Vec<[f32; SHARES.len()]>,
    /// The sums with other rows, as shares of the lower floor of the two.
    passes: Vec<[f32; SHARES.len()]>,
    /// Products that these sums take.
    products: [f64; SHARES.len()],
}

/// By entry of a row: the first of [`SHARES`] with which it is heavy, or their number.
fn classes(row: (&[u32], &[f32]), ranks: &Ranks) -> Vec<u8> {
    let mut sorted = Vec::new();
    let least = SHARES.map(|share| least_weight(row, ranks, share, &mut sorted));
    let class = |weight: &f32| least.iter().position(|least| weight >= least).unwrap_or(SHARES.len()) as u8;
    row.1.iter().map(class).collect()
}

/// A row by term.
struct Spread {
    place: u32,
    /// By term: the weight, 0 where it has none, and its class.
    entries: Vec<(f32, u8)>,
}

impl Spread {
    fn of(row: (&[u32], &[f32]), ranks: &Ranks, n_terms: usize, place: u32) -> Self {
        let mut entries = vec![(0.0, 0); n_terms];
        for ((&term, &weight), class) in row.0.iter().zip(row.1).zip(classes(row, ranks)) {
            entries[term as usize] = (weight, class);
        }
        Self { place, entries }
    }

    /// The sum over the terms that are heavy in both rows, and how many these are, by [`SHARES`].
    fn sums(&self, other: (&[u32], &[f32]), classes: &[u8]) -> ([f32; SHARES.len()], [u32; SHARES.len()]) {
        let (mut sums, mut products) = ([0.0; SHARES.len() + 1], [0; SHARES.len() + 1]);
        for ((&term, &weight), &class) in other.0.iter().zip(other.1).zip(classes) {
            let (own, own_class) = self.entries[term as usize];
            if own > 0.0 {
                let level = usize::from(class.max(own_class));
                sums[level] += own * weight;
                products[level] += 1;
            }
        }
        for level in 1..SHARES.len() {
            sums[level] += sums[level - 1];
            products[level] += products[level - 1];
        }
        (std::array::from_fn(|level| sums[level]), std::array::from_fn(|level| products[level]))
    }
}

#[cfg(test)]
mod tests {
    use super::super::neighbors::tests::matrix;
    use super::*;

    #[test]
    fn heavy_entries_have_the_share_and_not_many_more() {
        // 36, 16, 9 and 4 of 65, and a term that stands nowhere else.
        let matrix = matrix(&[vec![6, 4, 3, 2, 0], vec![1, 1, 1, 1, 0], vec![0, 0, 0, 0, 1]]);
        let ranks = Ranks::of_rows(&matrix, &[0, 1, 2]);
        let heavy = |row: usize, share: f32| {
            let least = least_weight(matrix.row(row), &ranks, share, &mut Vec::new());
            matrix.row(row).1.iter().filter(|&&weight| weight >= least).count()
        };
        let counts = [0.1, 0.55, 0.56, 0.8, 0.81, 0.93, 0.94].map(|share| heavy(0, share));
        assert_eq!(counts, [1, 1, 2, 2, 3, 3, 4]);
        // Equal weights are heavy together; what no other row has is never summed.
        assert_eq!(heavy(1, 0.3), 4);
        assert_eq!(least_weight(matrix.row(2), &ranks, 0.5, &mut Vec::new()).to_bits(), 0);
    }
}
