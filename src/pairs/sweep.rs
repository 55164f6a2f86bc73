//! Sweep: every pair of rows whose cosine reaches a floor, one tile of documents at a time, none missed.
//!
//! Rare terms are summed in full: each row against the postings (term -> documents) of one tile, so that the
//! row of partial sums stays in the first-level cache. Each pair is met once, in the tile of its greater row. Terms
//! that many documents hold cost most of the multiply-adds and weigh least, so they only bound what a pair can
//! still gain; the few pairs that may reach the floor are summed over these terms as well, and those
//! that still may are scored in full. Memory is a copy of the matrix and one tile's postings, never n x n.
//! Full scores are sums over terms in ascending order, so each equals [`crate::vectors::cosine`] to the bit.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::plan::Plan;
use super::ranks::{NONE, Ranks};
use crate::progress::Progress;
use crate::vectors::TfIdfMatrix;

/// Most documents in a tile: 8,192 sums of 4 bytes stay in a first-level cache.
const TILE: usize = 8192;

/// Postings in a tile, about, at 6 bytes each. The ten nearest of 20,000 articles took 7.4 seconds of the
/// processor with 100,000, 6.8 with 200,000 and 6.6 with 400,000: longer lists, still near the second-level cache.
const TILE_POSTINGS: usize = 400_000;

/// Rows that a thread takes at a time.
const CHUNK: usize = 64;

/// Documents of a tile that are looked at in one go.
const LANES: usize = 16;

/// What asks for pairs.
pub(super) trait Sink: Sync {
    /// What a pair of this row must reach to be wanted by it. A pair is scored where either of its rows may want it.
    fn floor(&self, row: u32) -> f32;

    /// Pairs of `row` with other rows that may reach either floor, with their full scores; where only a share of the bound is
    /// believed, with the same but for rounding, or with what is believed, if that is less.
    fn take(&self, row: u32, found: &[(u32, f32)]);
}

/// The rows of a matrix, split into rare and common terms.
pub(super) struct Sweep<'a> {
    matrix: &'a TfIdfMatrix,
    /// Which rows of the matrix take part. Everything else counts places here, not rows.
    rows: &'a [u32],
    rare: Part,
    common: Part,
    n_rare: usize,
    n_common: usize,
    /// Length of each row's common part, times the root of the share of the bound that is believed.
    rest_lengths: Vec<f32>,
    /// Is all of the bound believed?
    is_exact: bool,
}

/// Some entries of every row.
#[derive(Default)]
struct Part {
    /// Where each row's entries begin; `n_rows + 1` long.
    begins: Vec<usize>,
    terms: Vec<u32>,
    weights: Vec<f32>,
}

impl Part {
    fn row(&self, place: usize) -> (&[u32], &[f32]) {
        let range = self.begins[place]..self.begins[place + 1];
        (&self.terms[range.clone()], &self.weights[range])
    }

    /// Rows of so many entries, all zero.
    fn zeros(lengths: impl Iterator<Item = u32>) -> Self {
        let mut begins = vec![0];
        begins.extend(lengths.scan(0, |end, length| {
            *end += length as usize;
            Some(*end)
        }));
        let n_entries = begins[begins.len() - 1];
        Self { begins, terms: vec![0; n_entries], weights: vec![0.0; n_entries] }
    }

    /// The entries of `n_rows` rows after another.
    fn pieces(&mut self, n_rows: usize) -> Vec<Entries<'_>> {
        let (mut terms, mut weights) = (&mut self.terms[..], &mut self.weights[..]);
        let mut pieces = Vec::new();
        for first in (0..self.begins.len() - 1).step_by(n_rows) {
            let end = (first + n_rows).min(self.begins.len() - 1);
            let n_entries = self.begins[end] - self.begins[first];
            let (piece, rest) = std::mem::take(&mut terms).split_at_mut(n_entries);
            let (of_piece, rest_of_weights) = std::mem::take(&mut weights).split_at_mut(n_entries);
            (terms, weights) = (rest, rest_of_weights);
            pieces.push(Entries { terms: piece, weights: of_piece, n_filled: 0 });
        }
        pieces
    }
}

/// Entries that are filled one after another.
struct Entries<'a> {
    terms: &'a mut [u32],
    weights: &'a mut [f32],
    n_filled: usize,
}

impl Entries<'_> {
    fn push(&mut self, term: u32, weight: f32) {
        self.terms[self.n_filled] = term;
        self.weights[self.n_filled] = weight;
        self.n_filled += 1;
    }
}

/// Rows that a thread splits at a time.
const SPLIT_AT_A_TIME: usize = 1024;

impl<'a> Sweep<'a> {
    /// Splits the rows: terms that stand in more than the plan's cap of them only bound. No pair is missed where the whole
    /// bound is believed.
    pub(super) fn over(matrix: &'a TfIdfMatrix, rows: &'a [u32], ranks: &Ranks, plan: Plan) -> Self {
        let n_common = ranks.n_above(plan.cap);
        let lengths = |&row: &u32| {
            let (mut n_rare, mut n_commons) = (0, 0);
            for &term in matrix.row(row as usize).0 {
                match ranks.of(term) {
                    NONE => {}
                    rank if (rank as usize) < n_common => n_commons += 1,
                    _ => n_rare += 1,
                }
            }
            (n_rare, n_commons)
        };
        let lengths: Vec<(u32, u32)> = rows.par_iter().map(lengths).collect();
        // Straight into place: parts put together would be held twice.
        let mut rare = Part::zeros(lengths.iter().map(|lengths| lengths.0));
        let mut common = Part::zeros(lengths.iter().map(|lengths| lengths.1));
        let pieces = rare.pieces(SPLIT_AT_A_TIME).into_par_iter().zip(common.pieces(SPLIT_AT_A_TIME));
        rows.par_chunks(SPLIT_AT_A_TIME).zip(pieces).for_each(|(rows, (mut rare, mut common))| {
            for &row in rows {
                let (terms, weights) = matrix.row(row as usize);
                for (&term, &weight) in terms.iter().zip(weights) {
                    match ranks.of(term) {
                        NONE => {}
                        rank if (rank as usize) < n_common => common.push(rank, weight),
                        rank => rare.push(rank - n_common as u32, weight),
                    }
                }
            }
        });
        let believed = plan.believed.sqrt();
        let rest_length = |place| length(common.row(place).1) * believed;
        let rest_lengths = (0..rows.len()).into_par_iter().map(rest_length).collect();
        let (n_rare, is_exact) = (ranks.len() - n_common, plan.believed >= 1.0);
        Self { matrix, rows, rare, common, n_rare, n_common, rest_lengths, is_exact }
    }

    /// Offers every pair that may reach the floor of either row to `sink`, each once. Tells `progress` the rows done.
    pub(super) fn all_pairs(&self, sink: &impl Sink, progress: &dyn Progress) {
        let n = self.rows.len();
        let mean_row = self.rare.terms.len() / n.max(1) + 1;
        let size = (TILE_POSTINGS / mean_row).clamp(64, TILE);
        let pool = Pool::new(self);
        let tile_from = |begin: usize| Tile::of(self, (begin as u32..(begin + size).min(n) as u32).collect());
        let mut next = (n > 0).then(|| tile_from(0));
        while let Some(tile) = next.take() {
            let end = tile.end();
            let sweep_one = || self.sweep_tile(&tile, 0..end, true, sink, &pool);
            next = rayon::join(sweep_one, || (end < n).then(|| tile_from(end))).1;
            progress.advance(tile.places.len() as u64);
        }
    }

    /// Offers every pair of a place in `some` (ascending, at most [`TILE`]) with any other that may reach the
    /// floor of either; the offered row is the other.
    pub(super) fn pairs_of(&self, some: &[u32], sink: &impl Sink) {
        let tile = Tile::of(self, some.to_vec());
        self.sweep_tile(&tile, 0..self.rows.len(), false, sink, &Pool::new(self));
    }

    fn sweep_tile(&self, tile: &Tile, rows: Range<usize>, once: bool, sink: &impl Sink, pool: &Pool) {
        rows.into_par_iter().step_by(CHUNK).for_each(|first| {
            pool.with(|scratch| {
                scratch.floors.clear();
                scratch.floors.extend(tile.places.iter().map(|&place| sink.floor(place)));
                scratch.floors.resize(tile.rests.len(), f32::INFINITY);
                let end = if once { tile.end() } else { self.rows.len() };
                for row in first..(first + CHUNK).min(end) {
                    let from =
                        if once { tile.places.partition_point(|&place| place as usize <= row) } else { 0 };
                    tile.accumulate(self.rare.row(row), from, &mut scratch.sums);
                    if !once && let Ok(own) = tile.places.binary_search(&(row as u32)) {
                        scratch.sums[own] = f32::NEG_INFINITY;
                    }
                    self.pick(row, tile, from, sink, scratch);
                    scratch.sums[..tile.places.len()].fill(0.0);
                }
            });
        });
    }

    /// Let x and y be two rows, split into their rare and their common terms: x.y = xr.yr + xc.yc. The sum at
    /// hand is xr.yr. By Cauchy and Schwarz xc.yc <= |xc| |yc|, and both lengths are known. So a pair whose
    /// sum + |xc| |yc| stays under the floors of both rows is wanted by neither (nor ties with what is): it need not be
    /// scored. Floors only rise, so an old one is safe too. The same split bounds the unindexed part in
    /// Bayardo, Ma & Srikant (2007) and, by lengths as here, in Anastasiu & Karypis (2014, L2AP). Where only a share
    /// of |xc| |yc| is believed, a pair counts for no more than that bound: what is wanted then is the same in whatever
    /// order pairs are met, and those are missed whose xc.yc is a larger share.
    fn pick(&self, row: usize, tile: &Tile, from: usize, sink: &impl Sink, scratch: &mut Scratch) {
        let Scratch { sums, floors, common, full, found, .. } = scratch;
        let n_tile = tile.places.len();
        let own_rest = self.rest_lengths[row];
        let slack = slack(self.matrix.row(self.rows[row] as usize).0.len());
        let own_floor = sink.floor(row as u32);
        found.clear();
        let (mut has_common, mut has_full) = (false, false);
        let pieces = sums.as_chunks().0.iter().zip(tile.rests.as_chunks().0).zip(floors.as_chunks().0);
        for (piece, ((sums, rests), floors)) in pieces.enumerate().skip(from / LANES) {
            // One comparison for sixteen: nearly all pieces hold nothing that can be wanted.
            if !may_hold(sums, rests, floors, own_rest, own_floor, slack) {
                continue;
            }
            let begin = piece * LANES;
            for place in begin.max(from)..(begin + LANES).min(n_tile) {
                let lane = place - begin;
                let floor = own_floor.min(floors[lane]) - slack;
                let bound = sums[lane] + own_rest * rests[lane];
                if bound < floor || bound <= 0.0 {
                    continue;
                }
                let other = tile.places[place] as usize;
                let mut sum = sums[lane];
                if !self.common.row(row).0.is_empty() && !self.common.row(other).0.is_empty() {
                    if !has_common {
                        scatter(self.common.row(row), common);
                        has_common = true;
                    }
                    sum += gather_any_order(self.common.row(other), common);
                    if sum < floor {
                        continue;
                    }
                }
                if !self.is_exact {
                    found.push((other as u32, sum.min(bound)));
                    continue;
                }
                if !has_full {
                    scatter(self.matrix.row(self.rows[row] as usize), full);
                    has_full = true;
                }
                let score = score(self.matrix.row(self.rows[other] as usize), full);
                if score > 0.0 {
                    found.push((other as u32, score));
                }
            }
        }
        if has_common {
            clear(self.common.row(row).0, common);
        }
        if has_full {
            clear(self.matrix.row(self.rows[row] as usize).0, full);
        }
        if !found.is_empty() {
            sink.take(row as u32, found);
        }
    }
}

/// Does any place of a piece pass the bound of [`Sweep::pick`]?
fn may_hold(
    sums: &[f32; LANES],
    rests: &[f32; LANES],
    floors: &[f32; LANES],
    own_rest: f32,
    own_floor: f32,
    slack: f32,
) -> bool {
    let mut holds = false;
    for lane in 0..LANES {
        let floor = if floors[lane] < own_floor { floors[lane] } else { own_floor };
        holds |= sums[lane] + own_rest * rests[lane] - floor >= -slack;
    }
    holds
}

/// How far two sums of the same n products of an f32 matrix may lie apart, whatever their order.
///
/// Weights are not negative and rows at most a little longer than 1, so a sum of n products, each rounded,
/// is off by at most n u x.y / (1 - n u) with u = 2^-24 (Higham 2002, sec. 3.1), and x.y <= 1. Two such sums
/// lie at most twice that apart; the doubled unit and the constant cover the few roundings of the bound itself.
pub(super) fn slack(n_products: usize) -> f32 {
    (n_products as f32 + 16.0) * 2.0 * f32::EPSILON
}

/// Euclidean length, rounded up.
fn length(weights: &[f32]) -> f32 {
    let squares: f64 = weights.iter().map(|&weight| f64::from(weight) * f64::from(weight)).sum();
    (squares.sqrt() as f32).next_up()
}

pub(super) fn scatter(row: (&[u32], &[f32]), spread: &mut [f32]) {
    for (&term, &weight) in row.0.iter().zip(row.1) {
        spread[term as usize] = weight;
    }
}

pub(super) fn clear(terms: &[u32], spread: &mut [f32]) {
    for &term in terms {
        spread[term as usize] = 0.0;
    }
}

/// The cosine of a row with the one spread out: terms ascending, as in [`crate::vectors::cosine`].
pub(super) fn score(row: (&[u32], &[f32]), spread: &[f32]) -> f32 {
    let sum: f32 = row.0.iter().zip(row.1).map(|(&term, &weight)| spread[term as usize] * weight).sum();
    sum.min(1.0)
}

/// The same sum in whatever order is fastest.
fn gather_any_order(row: (&[u32], &[f32]), spread: &[f32]) -> f32 {
    let mut sums = [0.0f32; 4];
    let (terms, weights) = (row.0.chunks_exact(4), row.1.chunks_exact(4));
    let rest = terms.remainder().iter().zip(weights.remainder());
    let rest: f32 = rest.map(|(&term, &weight)| spread[term as usize] * weight).sum();
    for (terms, weights) in terms.zip(weights) {
        for lane in 0..4 {
            sums[lane] += spread[terms[lane] as usize] * weights[lane];
        }
    }
    rest + sums.iter().sum::<f32>()
}

/// What a thread needs for one row: the sums over a tile, and the row spread out by term.
struct Scratch {
    /// As long as a u16 can tell, so that no access is checked; only the first [`TILE`] are used.
    sums: Box<[f32; 1 << 16]>,
    floors: Vec<f32>,
    common: Vec<f32>,
    full: Vec<f32>,
    found: Vec<(u32, f32)>,
}

/// A scratch for every thread.
struct Pool(Vec<Mutex<Scratch>>);

impl Pool {
    fn new(sweep: &Sweep) -> Self {
        let scratch = || Scratch {
            sums: vec![0.0; 1 << 16].try_into().unwrap_or_else(|_| unreachable!("as long as asked for")),
            floors: Vec::with_capacity(TILE),
            common: vec![0.0; sweep.n_common],
            full: vec![0.0; sweep.matrix.n_terms],
            found: Vec::new(),
        };
        Self((0..rayon::current_num_threads()).map(|_| Mutex::new(scratch())).collect())
    }

    fn with(&self, work: impl FnOnce(&mut Scratch)) {
        let thread = rayon::current_thread_index().unwrap_or(0) % self.0.len();
        work(&mut self.0[thread].lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Some documents, and which of them hold each rare term with what weight.
struct Tile {
    /// Which documents, ascending.
    places: Vec<u32>,
    /// Length of the common part of each; as many more as make the last piece whole.
    rests: Vec<f32>,
    /// Where each term's entries begin; `n_rare + 1` long.
    begins: Vec<u32>,
    /// Place in the tile of each entry, by term, then ascending.
    holders: Vec<u16>,
    weights: Vec<f32>,
}

impl Tile {
    fn of(sweep: &Sweep, places: Vec<u32>) -> Self {
        let mut begins = vec![0u32; sweep.n_rare + 1];
        for &place in &places {
            for &term in sweep.rare.row(place as usize).0 {
                begins[term as usize + 1] += 1;
            }
        }
        for term in 0..sweep.n_rare {
            begins[term + 1] += begins[term];
        }
        let mut next = begins.clone();
        let n_entries = begins[sweep.n_rare] as usize;
        let (mut holders, mut weights) = (vec![0u16; n_entries], vec![0.0; n_entries]);
        for (holder, &place) in (0u16..).zip(&places) {
            let row = sweep.rare.row(place as usize);
            for (&term, &weight) in row.0.iter().zip(row.1) {
                let at = next[term as usize] as usize;
                (holders[at], weights[at]) = (holder, weight);
                next[term as usize] += 1;
            }
        }
        let mut rests: Vec<f32> = places.iter().map(|&place| sweep.rest_lengths[place as usize]).collect();
        rests.resize(places.len().next_multiple_of(LANES), 0.0);
        Self { places, rests, begins, holders, weights }
    }

    /// One more than its last document.
    fn end(&self) -> usize {
        self.places.last().map_or(0, |&place| place as usize + 1)
    }

    /// Adds what a row shares with each document of the tile from a place on (others may be added to as well).
    fn accumulate(&self, row: (&[u32], &[f32]), from: usize, sums: &mut [f32; 1 << 16]) {
        for (&term, &weight) in row.0.iter().zip(row.1) {
            let mut range = self.begins[term as usize] as usize..self.begins[term as usize + 1] as usize;
            if from > 0 && range.len() > 32 {
                range.start +=
                    self.holders[range.clone()].partition_point(|&holder| usize::from(holder) < from);
            }
            let (holders, weights) = (&self.holders[range.clone()], &self.weights[range]);
            let (fours, other_fours) = (holders.chunks_exact(4), weights.chunks_exact(4));
            let (last, other_last) = (fours.remainder(), other_fours.remainder());
            for (holders, others) in fours.zip(other_fours) {
                for lane in 0..4 {
                    sums[usize::from(holders[lane])] += weight * others[lane];
                }
            }
            for (&holder, &other) in last.iter().zip(other_last) {
                sums[usize::from(holder)] += weight * other;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_filled_piece_by_piece() {
        let mut part = Part::zeros([2, 0, 3, 1].into_iter());
        for (number, mut piece) in (1u32..).zip(part.pieces(3)) {
            (0..piece.terms.len()).for_each(|_| piece.push(number, number as f32));
        }
        assert_eq!(part.begins, [0, 2, 2, 5, 6]);
        assert_eq!((part.row(2), part.row(3)), ((&[1, 1, 1][..], &[1.0; 3][..]), (&[2][..], &[2.0][..])));
        assert_eq!(Part::zeros(std::iter::empty()).pieces(3).len(), 0);
    }
}
