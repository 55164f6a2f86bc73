//! The best k so far of every row, while several threads offer.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use super::sweep::Sink;
use super::{Neighbor, NeighborMethod, Neighbors};
use crate::corpus::DocId;

/// The best k so far, best first; among equal scores the smaller document.
pub(super) struct TopK {
    k: usize,
    /// What the first must reach, and what the others must.
    least: [f32; 2],
    pub(super) best: Vec<Neighbor>,
}

impl TopK {
    /// `k` is 1 or more.
    pub(super) fn new(k: usize, least: [f32; 2]) -> Self {
        Self { k, least, best: Vec::new() }
    }

    /// What a score must reach to enter.
    pub(super) fn floor(&self) -> f32 {
        let [first, others] = self.least;
        match self.best.first() {
            None => first,
            Some(best) if best.cosine < others => best.cosine,
            Some(_) if self.best.len() < self.k => others,
            Some(_) => self.best[self.k - 1].cosine,
        }
    }

    /// Takes a document in if it is among the best k so far; offers may come in any order, and twice.
    pub(super) fn offer(&mut self, document: u32, score: f32) {
        let is_before =
            |near: &Neighbor| near.cosine.total_cmp(&score).then(document.cmp(&near.document.0)).is_gt();
        let place = self.best.partition_point(is_before);
        let is_known = self.best.get(place).is_some_and(|near| near.document.0 == document);
        let least = self.least[usize::from(place > 0)];
        if score > 0.0 && score >= least && place < self.k && !is_known {
            self.best.truncate(self.k - 1);
            self.best.insert(place, Neighbor { document: DocId(document), cosine: score });
            let n_enough = self.best.partition_point(|near| near.cosine >= self.least[1]);
            self.best.truncate(n_enough.max(1));
        }
    }
}

/// A [`TopK`] for every row. What is in them at the end does not depend on the order of the offers.
pub(super) struct Tops {
    tops: Vec<Mutex<TopK>>,
    /// Bits of each row's floor, readable without a lock; it may lag behind, and only ever rises.
    floors: Vec<AtomicU32>,
}

impl Tops {
    /// None but the nearest enters below `least`.
    pub(super) fn new(n_rows: usize, k: usize, least: f32) -> Self {
        Self::from(k, std::iter::repeat_n([0.0, least], n_rows))
    }

    /// By row what its first must reach, and what its others must.
    pub(super) fn from(k: usize, least: impl Iterator<Item = [f32; 2]> + Clone) -> Self {
        Self {
            tops: least.clone().map(|least| Mutex::new(TopK::new(k, least))).collect(),
            floors: least.map(|least| AtomicU32::new(least[0].to_bits())).collect(),
        }
    }

    /// Empty ones, which take in what would enter these.
    pub(super) fn beside(&self, k: usize) -> Self {
        Self::from(k, (0..self.tops.len() as u32).map(|row| [self.floor(row); 2]))
    }

    fn lock(&self, row: u32) -> MutexGuard<'_, TopK> {
        self.tops[row as usize].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Offers several documents to one row.
    pub(super) fn offer(&self, row: u32, found: &[(u32, f32)]) {
        let mut top = self.lock(row);
        for &(document, score) in found {
            top.offer(document, score);
        }
        self.floors[row as usize].store(top.floor().to_bits(), Ordering::Relaxed);
    }

    pub(super) fn into_best(self) -> Vec<Vec<Neighbor>> {
        self.tops
            .into_iter()
            .map(|top| top.into_inner().unwrap_or_else(PoisonError::into_inner).best)
            .collect()
    }
}

impl Tops {
    /// The documents that each row has found, the `most` nearest of them.
    pub(super) fn nearest(&self, most: usize) -> Vec<Vec<u32>> {
        let of = |row| self.lock(row).best.iter().take(most).map(|near| near.document.0).collect();
        (0..self.tops.len() as u32).into_par_iter().map(of).collect()
    }

    /// What one row has found, best first.
    pub(super) fn of(&self, row: u32) -> Vec<Neighbor> {
        self.lock(row).best.clone()
    }
}

impl Sink for Tops {
    fn floor(&self, row: u32) -> f32 {
        f32::from_bits(self.floors[row as usize].load(Ordering::Relaxed))
    }

    fn take(&self, row: u32, found: &[(u32, f32)]) {
        self.offer(row, found);
        for &(other, score) in found {
            if score >= self.floor(other) {
                self.offer(other, &[(row, score)]);
            }
        }
    }
}

/// The tops of a few rows alone: what the others find is not kept.
pub(super) struct SomeTops<'a> {
    /// Which rows, ascending.
    pub(super) rows: &'a [u32],
    /// A top for each of them.
    pub(super) tops: Tops,
}

impl Sink for SomeTops<'_> {
    fn floor(&self, row: u32) -> f32 {
        match self.rows.binary_search(&row) {
            Ok(place) => self.tops.floor(place as u32),
            Err(_) => f32::INFINITY,
        }
    }

    fn take(&self, row: u32, found: &[(u32, f32)]) {
        for &(other, score) in found {
            if let Ok(place) = self.rows.binary_search(&other) {
                self.tops.offer(place as u32, &[(row, score)]);
            }
        }
    }
}

/// One table from the best of each row.
pub(super) fn gather(best: Vec<Vec<Neighbor>>, method: NeighborMethod) -> Neighbors {
    let mut table = Neighbors { begins: vec![0], neighbors: Vec::new(), method };
    for near in best {
        table.neighbors.extend(near);
        table.begins.push(table.neighbors.len());
    }
    table
}
