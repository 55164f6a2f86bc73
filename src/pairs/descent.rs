//! Neighbors of neighbors: who is near to the same documents is often near to each other (Dong, Moses & Li 2011,
//! nearest-neighbor descent). Each row is scored in full against the nearest of its nearest.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::sweep::{Sink as _, clear, scatter, score};
use super::top::Tops;
use crate::vectors::TfIdfMatrix;

/// Rows that a thread takes at a time.
const CHUNK: usize = 64;

/// Neighbors of a row that are asked for theirs, and that they tell.
const ASKED: usize = 10;

/// Offers each row the nearest of its nearest, as they stand when this begins: so what is found does not depend on threads.
pub(super) fn look(matrix: &TfIdfMatrix, rows: &[u32], tops: &Tops) {
    let nearest = tops.nearest(ASKED);
    let pool: Vec<Mutex<Vec<f32>>> =
        (0..rayon::current_num_threads()).map(|_| Mutex::new(vec![0.0; matrix.n_terms])).collect();
    (0..rows.len()).into_par_iter().step_by(CHUNK).for_each(|first| {
        let thread = rayon::current_thread_index().unwrap_or(0) % pool.len();
        let mut full = pool[thread].lock().unwrap_or_else(PoisonError::into_inner);
        let mut found: Vec<(u32, f32)> = Vec::new();
        for place in first..(first + CHUNK).min(rows.len()) {
            let own = matrix.row(rows[place] as usize);
            let known = &nearest[place];
            let mut others: Vec<u32> =
                known.iter().flat_map(|&near| &nearest[near as usize]).copied().collect();
            others.sort_unstable();
            others.dedup();
            scatter(own, &mut full);
            found.clear();
            found.extend(
                others
                    .into_iter()
                    .filter(|other| *other as usize != place && !known.contains(other))
                    .map(|other| (other, score(matrix.row(rows[other as usize] as usize), &full))),
            );
            clear(own.0, &mut full);
            tops.take(place as u32, &found);
        }
    });
}
