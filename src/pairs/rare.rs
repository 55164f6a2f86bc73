//! Rare terms alone: the documents that share the most weight in them, scored in full. Linear where the document
//! frequencies stay bounded; misses whoever shares common terms only.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::ranks::{NONE, Ranks};
use super::sweep::{clear, scatter, score};
use super::top::Tops;
use crate::vectors::TfIdfMatrix;

/// Rows that a thread takes at a time.
const CHUNK: usize = 64;

/// Offers each row the `n_kept` others with which it shares the most weight in terms that stand in at most
/// `cap` of the rows.
pub(super) fn look(matrix: &TfIdfMatrix, rows: &[u32], ranks: &Ranks, cap: u32, n_kept: usize, tops: &Tops) {
    let postings = Postings::of(matrix, rows, ranks, cap);
    let scratch = || Scratch {
        sums: vec![0.0; rows.len()],
        touched: Vec::new(),
        full: vec![0.0; matrix.n_terms],
        found: Vec::new(),
    };
    let pool: Vec<Mutex<Scratch>> =
        (0..rayon::current_num_threads()).map(|_| Mutex::new(scratch())).collect();
    (0..rows.len()).into_par_iter().step_by(CHUNK).for_each(|first| {
        let thread = rayon::current_thread_index().unwrap_or(0) % pool.len();
        let mut scratch = pool[thread].lock().unwrap_or_else(PoisonError::into_inner);
        for place in first..(first + CHUNK).min(rows.len()) {
            let own = matrix.row(rows[place] as usize);
            postings.accumulate(own, ranks, &mut scratch);
            let Scratch { sums, touched, full, found } = &mut *scratch;
            sums[place] = 0.0;
            keep_greatest(touched, n_kept, sums, found);
            scatter(own, full);
            for (other, score_of) in found.iter_mut() {
                *score_of = score(matrix.row(rows[*other as usize] as usize), full);
            }
            clear(own.0, full);
            clear(touched, sums);
            touched.clear();
            tops.offer(place as u32, found);
        }
    });
}

/// What a thread needs for one row.
struct Scratch {
    /// By place: what is shared so far.
    sums: Vec<f32>,
    /// Places with a sum.
    touched: Vec<u32>,
    full: Vec<f32>,
    found: Vec<(u32, f32)>,
}

/// The places with the greatest sums over 0, in no order; among equal sums the smaller.
fn keep_greatest(places: &[u32], n_kept: usize, sums: &[f32], kept: &mut Vec<(u32, f32)>) {
    kept.clear();
    let mut floor = 0.0;
    let by_sum =
        |left: &(u32, f32), right: &(u32, f32)| right.1.total_cmp(&left.1).then(left.0.cmp(&right.0));
    for &place in places {
        let sum = sums[place as usize];
        if sum < floor || sum <= 0.0 {
            continue;
        }
        kept.push((place, sum));
        if kept.len() == 4 * n_kept {
            floor = kept.select_nth_unstable_by(n_kept - 1, by_sum).1.1;
            kept.truncate(n_kept);
        }
    }
    if kept.len() > n_kept {
        kept.select_nth_unstable_by(n_kept - 1, by_sum);
        kept.truncate(n_kept);
    }
}

/// Which rows hold each rare term, with what weight.
struct Postings {
    /// Rank of the first rare term.
    first: u32,
    /// Where each rare term's entries begin, by rank.
    begins: Vec<usize>,
    /// Place and weight of each entry, by rank, then by place.
    entries: Vec<(u32, f32)>,
}

impl Postings {
    fn of(matrix: &TfIdfMatrix, rows: &[u32], ranks: &Ranks, cap: u32) -> Self {
        let first = ranks.n_above(cap) as u32;
        let mut begins = vec![0];
        begins.extend(ranks.frequencies_from(first).iter().scan(0, |end, &frequency| {
            *end += frequency as usize;
            Some(*end)
        }));
        let mut next = begins.clone();
        let mut entries = vec![(0, 0.0); begins[begins.len() - 1]];
        for (place, &row) in (0u32..).zip(rows) {
            let (terms, weights) = matrix.row(row as usize);
            for (&term, &weight) in terms.iter().zip(weights) {
                let rank = ranks.of(term);
                if rank >= first && rank != NONE {
                    let next = &mut next[(rank - first) as usize];
                    entries[*next] = (place, weight);
                    *next += 1;
                }
            }
        }
        Self { first, begins, entries }
    }

    fn accumulate(&self, row: (&[u32], &[f32]), ranks: &Ranks, scratch: &mut Scratch) {
        let Scratch { sums, touched, .. } = scratch;
        for (&term, &weight) in row.0.iter().zip(row.1) {
            let rank = ranks.of(term);
            if rank < self.first || rank == NONE {
                continue;
            }
            let rank = (rank - self.first) as usize;
            for &(place, other) in &self.entries[self.begins[rank]..self.begins[rank + 1]] {
                let sum = &mut sums[place as usize];
                if *sum == 0.0 {
                    touched.push(place);
                }
                *sum += weight * other;
            }
        }
    }
}
