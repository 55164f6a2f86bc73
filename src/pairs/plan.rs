//! Plan: which terms a sweep sums, how far it believes its bound, and what that costs, told from samples.
//!
//! A cap spares the sums of common terms and costs the pairs that it fails to rule out. What two rows share in common terms
//! is at most the product of these parts' lengths, and nearly always a small share of it. So where not all pairs can be ruled
//! out or scored, a share of the bound is believed, one with which most of the neighbors of rows whose
//! exact neighbors are known would be found: fewer terms are summed then, and fewer pairs scored. What rows will want of a pair
//! is told from the same rows: what a first look has found for them is far from what they end with.

use rayon::prelude::*;

use super::Neighbor;
use super::ranks::Ranks;
use super::sweep::{Sink, scatter};
use super::top::{SomeTops, Tops};
use crate::vectors::TfIdfMatrix;

/// Multiply-adds that a pair costs whose common terms are summed, beside those terms themselves.
const PAIR_COST: f64 = 40.0;

/// How often a term may occur to be summed, as shares of the documents: one in so many.
const SHARES: [u32; 12] = [1, 2, 4, 6, 8, 16, 32, 64, 128, 256, 512, 1024];

/// Steps in which the share of the bound is tried.
const STEPS: usize = 50;

/// How many of the nearest are to be found, and for how many times the work up to which a search is exact; the first that can be
/// had is taken. Half a point or more above what is meant, for the sample is small.
const GOALS: [(f64, f64); 6] =
    [(0.985, 1.0), (0.965, 10.0), (0.91, 10.0), (0.81, 10.0), (0.6, 10.0), (0.4, 10.0)];

/// How a sweep goes about it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Plan {
    /// Document frequency up to which terms are summed; the others bound.
    pub(super) cap: u32,
    /// Share of the bound that is believed, 0..=1. 1: no pair is missed.
    pub(super) believed: f32,
    /// Multiply-adds that the whole sweep takes, about.
    pub(super) multiply_adds: f64,
}

impl Plan {
    /// Sums everything: no pair is missed, and none is bounded.
    pub(super) const FULL: Self = Self { cap: u32::MAX, believed: 1.0, multiply_adds: f64::INFINITY };

    /// The cheapest that misses no pair that `sink` wants, as told from the pairs of `lefts` with `rights` (places, ascending).
    pub(super) fn exact(
        matrix: &TfIdfMatrix,
        rows: &[u32],
        ranks: &Ranks,
        [lefts, rights]: [&[u32]; 2],
        sink: &impl Sink,
    ) -> Self {
        Costs::of(&Caps::of(matrix, rows, ranks), lefts, rights, sink).cheapest([1.0; SHARES.len()])
    }

    /// The cheapest that finds as many of the `k` nearest as can be had for the work. `known` has more than the k nearest
    /// of some rows, and `before` what was found before. None if a look at all pairs finds nothing for it.
    pub(super) fn within(
        matrix: &TfIdfMatrix,
        rows: &[u32],
        ranks: &Ranks,
        known: &SomeTops<'_>,
        before: &Tops,
        k: usize,
        work_limit: f64,
    ) -> Option<Self> {
        let caps = Caps::of(matrix, rows, ranks);
        let costs = Costs::of(&caps, known.rows, known.rows, known);
        let recalls = Recalls::of(&caps, known, before, k);
        let plan = |(recall, work): (f64, f64)| {
            let plan = costs.cheapest(std::array::from_fn(|cap| recalls.least_share(cap, recall)));
            (plan.multiply_adds <= work * work_limit).then_some(plan)
        };
        let is_open = |&(recall, _): &(f64, f64)| !recalls.is_enough(recalls.before, recall);
        GOALS.into_iter().filter(is_open).find_map(plan)
    }
}

/// How many of the nearest of some rows are found.
struct Recalls {
    /// The nearest that there are.
    all: u64,
    /// Those found before.
    before: u64,
    /// Those found in the end, by cap, then by the share of the bound that is believed: 0, and [`STEPS`] steps to 1.
    after: [[u64; STEPS + 1]; SHARES.len()],
}

/// A row that is near to one whose nearest are known.
struct Other {
    cosine: f32,
    /// Is it one of the nearest, and was not found before?
    is_missing: bool,
    /// By cap: see [`Spread::parts`].
    parts: [(f32, f32); SHARES.len()],
}

impl Recalls {
    const NONE: Self = Self { all: 0, before: 0, after: [[0; STEPS + 1]; SHARES.len()] };

    fn of(caps: &Caps<'_>, known: &SomeTops<'_>, before: &Tops, k: usize) -> Self {
        let of_row =
            |(place, &row): (usize, &u32)| Self::of_row(caps, row, &known.tops.of(place as u32), before, k);
        known.rows.par_iter().enumerate().map(of_row).reduce(|| Self::NONE, |left, right| left.and(&right))
    }

    /// Does for one row what a sweep would do: a pair counts for no more than what is believed of it, the `k` that count
    /// most are kept, and of these and of what was found before the nearest stay. Rows beyond `near` count for less.
    fn of_row(caps: &Caps<'_>, row: u32, near: &[Neighbor], before: &Tops, k: usize) -> Self {
        let (found, floor) = (before.of(row), before.floor(row));
        let was_found = |near: &Neighbor| found.iter().any(|found| found.document == near.document);
        let spread = Spread::of(caps, row);
        let others: Vec<Other> = near
            .iter()
            .enumerate()
            .map(|(rank, near)| {
                let document = near.document.0;
                Other {
                    cosine: near.cosine,
                    is_missing: rank < k && !was_found(near),
                    parts: spread.parts(caps, document, &caps.rest_of(document)),
                }
            })
            .collect();
        let n_missing = others.iter().filter(|other| other.is_missing).count() as u64;
        let all = near.len().min(k) as u64;
        let mut recalls = Self { all, before: all - n_missing, ..Self::NONE };
        let mut counted: Vec<(f32, bool)> = Vec::with_capacity(others.len());
        for (cap, after) in recalls.after.iter_mut().enumerate() {
            for (step, after) in after.iter_mut().enumerate() {
                let believed = step as f32 / STEPS as f32;
                counted.clear();
                counted.extend(others.iter().map(|other| {
                    let (sum, bound) = other.parts[cap];
                    (other.cosine.min(sum + believed * bound), other.is_missing)
                }));
                counted.sort_by(|left, right| right.0.total_cmp(&left.0));
                let enters = |counted: &&(f32, bool)| counted.1 && counted.0 > 0.0 && counted.0 >= floor;
                *after = recalls.before + counted.iter().take(k).filter(enters).count() as u64;
            }
        }
        recalls
    }

    fn and(mut self, other: &Self) -> Self {
        self.all += other.all;
        self.before += other.before;
        for (own, other) in self.after.iter_mut().flatten().zip(other.after.iter().flatten()) {
            *own += other;
        }
        self
    }

    /// Are so many found?
    fn is_enough(&self, found: u64, recall: f64) -> bool {
        found as f64 >= self.all as f64 * recall
    }

    /// The least share of the bound that must be believed to find so many.
    fn least_share(&self, cap: usize, recall: f64) -> f32 {
        let enough = self.after[cap].iter().position(|&found| self.is_enough(found, recall));
        enough.unwrap_or(STEPS) as f32 / STEPS as f32
    }
}

/// The caps that are tried on some rows of a matrix.
struct Caps<'a> {
    matrix: &'a TfIdfMatrix,
    rows: &'a [u32],
    tried: [u32; SHARES.len()],
    /// By term: the last cap with which it is summed.
    classes: Vec<u8>,
    /// By cap: products of all pairs over the terms that are summed.
    products: [f64; SHARES.len()],
}

impl<'a> Caps<'a> {
    fn of(matrix: &'a TfIdfMatrix, rows: &'a [u32], ranks: &Ranks) -> Self {
        let caps = SHARES.map(|share| (rows.len() as u32 / share).max(2));
        let class_of = |term| caps.iter().rposition(|&cap| ranks.frequency(term) <= cap).unwrap_or(0) as u8;
        let classes = (0..matrix.n_terms as u32).map(class_of).collect();
        Self { matrix, rows, tried: caps, classes, products: caps.map(|cap| ranks.products(cap) / 2.0) }
    }

    fn row(&self, place: u32) -> (&[u32], &[f32]) {
        self.matrix.row(self.rows[place as usize] as usize)
    }

    /// A row's part over each cap.
    fn rest_of(&self, place: u32) -> Rest {
        let mut rest = Rest::default();
        let row = self.row(place);
        for (&term, &weight) in row.0.iter().zip(row.1) {
            for cap in usize::from(self.classes[term as usize]) + 1..SHARES.len() {
                rest.lengths[cap] += weight * weight;
                rest.n_terms[cap] += 1;
            }
        }
        rest.lengths = rest.lengths.map(f32::sqrt);
        rest
    }
}

/// A row's part over each cap.
#[derive(Default)]
struct Rest {
    lengths: [f32; SHARES.len()],
    n_terms: [u32; SHARES.len()],
}

/// A row spread out by term.
struct Spread {
    full: Vec<f32>,
    rest: Rest,
}

impl Spread {
    fn of(caps: &Caps, place: u32) -> Self {
        let mut full = vec![0.0; caps.matrix.n_terms];
        scatter(caps.row(place), &mut full);
        Self { full, rest: caps.rest_of(place) }
    }

    /// By cap: what is shared with another row in terms that are summed, and the bound of the rest.
    fn parts(&self, caps: &Caps, right: u32, rest: &Rest) -> [(f32, f32); SHARES.len()] {
        let row = caps.row(right);
        let mut sums = [0.0f32; SHARES.len()];
        for (&term, &weight) in row.0.iter().zip(row.1) {
            sums[usize::from(caps.classes[term as usize])] += self.full[term as usize] * weight;
        }
        let (mut parts, mut sum) = ([(0.0, 0.0); SHARES.len()], 0.0);
        for cap in (0..SHARES.len()).rev() {
            sum += sums[cap];
            parts[cap] = (sum, self.rest.lengths[cap] * rest.lengths[cap]);
        }
        parts
    }

    /// By cap: the share of the bound that must be believed for the pair with another row to reach the floor, and
    /// what it costs to sum that row's common terms. Below 0 where the rare terms alone reach it, over 1 where nothing can.
    fn asked(&self, caps: &Caps, right: u32, rest: &Rest, floor: f32) -> [(f32, f64); SHARES.len()] {
        let parts = self.parts(caps, right, rest);
        std::array::from_fn(|cap| {
            let (sum, bound) = parts[cap];
            let asked = match () {
                () if sum >= floor && sum > 0.0 => f32::NEG_INFINITY,
                () if bound > 0.0 => (floor - sum) / bound,
                () => f32::INFINITY,
            };
            (asked, PAIR_COST + f64::from(rest.n_terms[cap]))
        })
    }
}

/// What sampled pairs ask for and cost.
struct Costs<'a, 'm> {
    caps: &'a Caps<'m>,
    sampled: Vec<[(f32, f64); SHARES.len()]>,
}

impl<'a, 'm> Costs<'a, 'm> {
    fn of(caps: &'a Caps<'m>, lefts: &[u32], rights: &[u32], sink: &impl Sink) -> Self {
        let rights: Vec<(u32, Rest)> = rights.iter().map(|&right| (right, caps.rest_of(right))).collect();
        let pairs_of = |&left: &u32| {
            let spread = Spread::of(caps, left);
            let others = rights.iter().filter(|(right, _)| *right != left);
            let floor = |right| sink.floor(left).min(sink.floor(right));
            others.map(|(right, rest)| spread.asked(caps, *right, rest, floor(*right))).collect::<Vec<_>>()
        };
        Self { caps, sampled: lefts.par_iter().flat_map_iter(pairs_of).collect() }
    }

    /// The cheapest cap, if such shares of the bound are believed.
    fn cheapest(&self, believed: [f32; SHARES.len()]) -> Plan {
        let n = self.caps.rows.len() as f64;
        let scale = n * n / 2.0 / self.sampled.len().max(1) as f64;
        let plan = |cap: usize| {
            let passed =
                self.sampled.iter().map(|asked| asked[cap]).filter(|(asked, _)| *asked <= believed[cap]);
            let picked = passed.map(|(_, cost)| cost).sum::<f64>() * scale;
            let multiply_adds = self.caps.products[cap] + picked;
            Plan { cap: self.caps.tried[cap], believed: believed[cap].max(0.0), multiply_adds }
        };
        let cheaper =
            |best: Plan, plan: Plan| if plan.multiply_adds < best.multiply_adds { plan } else { best };
        (1..SHARES.len()).map(plan).fold(plan(0), cheaper)
    }
}

/// At most `size` places of 0..n, evenly spread; `phase` halves of a step further on.
pub(super) fn even_sample(n: usize, size: usize, phase: usize) -> Vec<u32> {
    let size = size.min(n);
    (0..size).map(|place| ((2 * place + phase) * n / (2 * size)) as u32).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::neighbors::tests::matrix;
    use super::super::sweep::Sweep;
    use super::*;
    use crate::progress::Silent;

    proptest! {
        /// Where all neighbors of all rows are known, nothing is left to guess.
        #[test]
        fn a_sweep_finds_as_many_of_the_nearest_as_was_told(
            rows in prop::collection::vec(prop::collection::vec(prop_oneof![Just(0u8), 1..=255u8], 12), 2..16),
            k in 1..6usize,
            cap in 0..SHARES.len(),
            step in 0..=STEPS,
            looked_at in 0..3usize,
        ) {
            let matrix = matrix(&rows);
            let all: Vec<u32> = (0..rows.len() as u32).collect();
            let ranks = Ranks::of_rows(&matrix, &all);
            let known = SomeTops { rows: &all, tops: Tops::new(all.len(), rows.len(), 0.0) };
            Sweep::over(&matrix, &all, &ranks, Plan::FULL).pairs_of(&all, &known);
            let before = Tops::new(all.len(), k, 0.0);
            for &row in &all {
                let some: Vec<(u32, f32)> = known.tops.of(row).iter().rev().take(looked_at).map(|near| (near.document.0, near.cosine)).collect();
                before.offer(row, &some);
            }
            let caps = Caps::of(&matrix, &all, &ranks);
            let told = Recalls::of(&caps, &known, &before, k);
            let plan = Plan { cap: caps.tried[cap], believed: step as f32 / STEPS as f32, multiply_adds: 0.0 };
            // Of two that count alike but for rounding, either may be the greater.
            prop_assume!(all.iter().all(|&row| {
                let spread = Spread::of(&caps, row);
                let counted = |near: &Neighbor| {
                    let (sum, bound) =
                        spread.parts(&caps, near.document.0, &caps.rest_of(near.document.0))[cap];
                    near.cosine.min(sum + plan.believed * bound)
                };
                let mut counted: Vec<f32> = known.tops.of(row).iter().map(counted).collect();
                counted.sort_by(f32::total_cmp);
                counted.windows(2).all(|pair| pair[1] - pair[0] > 1e-5)
            }));
            let swept = before.beside(k);
            Sweep::over(&matrix, &all, &ranks, plan).all_pairs(&swept, &Silent);
            let (mut n_before, mut n_after, mut n_all) = (0, 0, 0);
            for &row in &all {
                for near in known.tops.of(row).iter().take(k) {
                    let has = |tops: &Tops| tops.of(row).iter().any(|found| found.document == near.document);
                    n_all += 1;
                    n_before += u64::from(has(&before));
                    n_after += u64::from(has(&before) || has(&swept));
                }
            }
            prop_assert_eq!((told.all, told.before), (n_all, n_before));
            prop_assert_eq!(told.after[cap][step], n_after);
        }
    }
}
