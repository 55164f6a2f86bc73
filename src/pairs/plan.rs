//! Plan: which terms a sweep sums, how far it believes its bound, and what that costs, told from samples.
//!
//! A cap spares the sums of common terms and costs the pairs that it fails to rule out. What two rows share in common terms
//! is at most the product of these parts' lengths, and nearly always a small share of it. So where not all pairs can be ruled
//! out or scored, a share of the bound is believed, one that holds for most of the neighbors of rows whose
//! exact neighbors are known: fewer terms are summed then, and fewer pairs scored.

use rayon::prelude::*;

use super::Neighbor;
use super::ranks::Ranks;
use super::sweep::{Sink, scatter};
use super::top::Tops;
use crate::vectors::TfIdfMatrix;

/// Multiply-adds that a pair costs whose common terms are summed, beside those terms themselves.
const PAIR_COST: f64 = 40.0;

/// How often a term may occur to be summed, as shares of the documents: one in so many.
const SHARES: [u32; 12] = [1, 2, 4, 6, 8, 16, 32, 64, 128, 256, 512, 1024];

/// Rows that are held against others, to tell how many pairs a plan fails to rule out.
const LEFTS: usize = 64;
/// The others.
const RIGHTS: usize = 512;

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
    /// The cheapest that misses no pair that `sink` wants.
    pub(super) fn exact(matrix: &TfIdfMatrix, rows: &[u32], ranks: &Ranks, sink: &impl Sink) -> Self {
        Costs::of(&Caps::of(matrix, rows, ranks), sink).cheapest([1.0; SHARES.len()])
    }

    /// The cheapest that finds as many of the nearest as can be had for the work. `known` are all neighbors of some rows, and
    /// `before` has what was found before, and the floors that the sweep begins with. None if a look at all pairs
    /// finds nothing for it.
    pub(super) fn within(
        matrix: &TfIdfMatrix,
        rows: &[u32],
        ranks: &Ranks,
        known: &[(u32, Vec<Neighbor>)],
        before: &Tops,
        work_limit: f64,
    ) -> Option<Self> {
        let caps = Caps::of(matrix, rows, ranks);
        let costs = Costs::of(&caps, before);
        let asked: Vec<[f32; SHARES.len()]> = known
            .par_iter()
            .flat_map_iter(|(left, near)| {
                let spread = Spread::of(&caps, *left);
                // No floor rises above this, so who reaches it with what is believed is found.
                let own_floor = near.last().map_or(0.0, |last| last.cosine);
                let asked_of = |near: &Neighbor| {
                    if before.has(*left, near.document) {
                        return [f32::NEG_INFINITY; SHARES.len()];
                    }
                    let right = near.document.0;
                    spread.asked(&caps, right, &caps.rest_of(right), own_floor).0
                };
                near.iter().map(asked_of).collect::<Vec<_>>()
            })
            .collect();
        GOALS.into_iter().find_map(|(recall, work)| {
            let believed = std::array::from_fn(|cap| quantile(asked.iter().map(|asked| asked[cap]), recall));
            if believed.iter().all(|&share| share == f32::NEG_INFINITY) {
                return None; // found already
            }
            Some(costs.cheapest(believed)).filter(|plan| plan.multiply_adds <= work * work_limit)
        })
    }
}

/// The least value that so large a share of all does not exceed, at most 1.
fn quantile(values: impl Iterator<Item = f32>, share: f64) -> f32 {
    let mut values: Vec<f32> = values.collect();
    values.sort_unstable_by(f32::total_cmp);
    let place = ((values.len() as f64 * share).ceil() as usize).saturating_sub(1);
    values.get(place).map_or(f32::NEG_INFINITY, |value| value.min(1.0))
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

    /// By cap: the share of the bound that must be believed for the pair with another row to reach the floor, and
    /// what it costs to sum that row's common terms. Below 0 where the rare terms alone reach it, over 1 where nothing can.
    fn asked(
        &self,
        caps: &Caps,
        right: u32,
        rest: &Rest,
        floor: f32,
    ) -> ([f32; SHARES.len()], [f64; SHARES.len()]) {
        let row = caps.row(right);
        let mut sums = [0.0f32; SHARES.len()];
        for (&term, &weight) in row.0.iter().zip(row.1) {
            sums[usize::from(caps.classes[term as usize])] += self.full[term as usize] * weight;
        }
        let (mut asked, mut costs) = ([f32::INFINITY; SHARES.len()], [0.0; SHARES.len()]);
        let mut sum = 0.0;
        for cap in (0..SHARES.len()).rev() {
            sum += sums[cap];
            let bound = self.rest.lengths[cap] * rest.lengths[cap];
            if sum + bound > 0.0 {
                asked[cap] = if sum >= floor { f32::NEG_INFINITY } else { (floor - sum) / bound };
            }
            costs[cap] = PAIR_COST + f64::from(rest.n_terms[cap]);
        }
        (asked, costs)
    }
}

/// What sampled pairs ask for and cost.
struct Costs<'a, 'm> {
    caps: &'a Caps<'m>,
    sampled: Vec<([f32; SHARES.len()], [f64; SHARES.len()])>,
}

impl<'a, 'm> Costs<'a, 'm> {
    fn of(caps: &'a Caps<'m>, sink: &impl Sink) -> Self {
        let lefts = even_sample(caps.rows.len(), LEFTS, 0);
        let rights: Vec<(u32, Rest)> = even_sample(caps.rows.len(), RIGHTS, 1)
            .into_iter()
            .map(|right| (right as u32, caps.rest_of(right as u32)))
            .collect();
        let pairs_of = |&left: &usize| {
            let (left, spread) = (left as u32, Spread::of(caps, left as u32));
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
            let passed = self.sampled.iter().filter(|(asked, _)| asked[cap] <= believed[cap]);
            let picked = passed.map(|(_, costs)| costs[cap]).sum::<f64>() * scale;
            let multiply_adds = self.caps.products[cap] + picked;
            Plan { cap: self.caps.tried[cap], believed: believed[cap].max(0.0), multiply_adds }
        };
        let cheaper =
            |best: Plan, plan: Plan| if plan.multiply_adds < best.multiply_adds { plan } else { best };
        (1..SHARES.len()).map(plan).fold(plan(0), cheaper)
    }
}

/// At most `size` places of 0..n, evenly spread; `phase` halves of a step further on.
pub(super) fn even_sample(n: usize, size: usize, phase: usize) -> Vec<usize> {
    let size = size.min(n);
    (0..size).map(|place| (2 * place + phase) * n / (2 * size)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_reached_by_the_share_asked_for() {
        let values = [0.5, 0.1, 0.4, 0.2, 0.3];
        let at = |share| quantile(values.into_iter(), share);
        let tenths = [0.0, 0.2, 0.21, 0.8, 0.81, 1.0].map(|share| (at(share) * 10.0).round() as u32);
        assert_eq!(tenths, [1, 1, 2, 4, 5, 5]);
        assert!(quantile([f32::INFINITY].into_iter(), 1.0) <= 1.0);
        assert!(quantile(std::iter::empty(), 1.0) < 0.0);
    }
}
