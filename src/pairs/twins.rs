//! Rows that are equal to the last bit: searched once, listed for all.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use rayon::prelude::*;

use super::neighbors::Search;
use super::top::TopK;
use super::{Neighbor, Neighbors};
use crate::corpus::DocId;
use crate::vectors::{TfIdfMatrix, cosine};

/// Rows that are equal to the last bit.
pub(super) struct Twins {
    /// The first row of each kind, ascending.
    pub(super) firsts: Vec<u32>,
    /// By row: its kind, a place in `firsts`.
    kinds: Vec<u32>,
    /// By kind: its rows, ascending.
    rows: Vec<Vec<u32>>,
}

impl Twins {
    pub(super) fn of(matrix: &TfIdfMatrix) -> Self {
        let n_rows = matrix.n_documents();
        let hasher = FixedState::default();
        let hashes: Vec<u64> =
            (0..n_rows).into_par_iter().map(|row| hasher.hash_one(matrix.row(row).0)).collect();
        let mut twins = Self { firsts: Vec::new(), kinds: Vec::with_capacity(n_rows), rows: Vec::new() };
        let mut kind_of: HashTable<u32> = HashTable::with_capacity(n_rows);
        for row in 0..n_rows {
            let firsts = &twins.firsts;
            let first_of = |kind: u32| firsts[kind as usize] as usize;
            let is_same =
                |&kind: &u32| hashes[first_of(kind)] == hashes[row] && are_equal(matrix, first_of(kind), row);
            let new_kind = firsts.len() as u32;
            let entry = kind_of.entry(hashes[row], is_same, |&kind| hashes[first_of(kind)]);
            let kind = *entry.or_insert(new_kind).get();
            if kind == new_kind {
                twins.firsts.push(row as u32);
                twins.rows.push(Vec::new());
            }
            twins.kinds.push(kind);
            twins.rows[kind as usize].push(row as u32);
        }
        twins
    }

    /// A row's neighbors from those of its kind. A kind that is not among the k nearest has k others before it,
    /// and so has each of its rows: none of them can be missing.
    pub(super) fn expand(
        &self,
        matrix: &TfIdfMatrix,
        row: usize,
        near: &[Neighbor],
        search: Search,
    ) -> Vec<Neighbor> {
        let kind = self.kinds[row];
        let k = search.k;
        let mut top = TopK::new(k, [0.0, search.least]);
        // A few more of the same kind than can enter: the row itself is among them.
        let own = cosine(matrix.row(row), matrix.row(row));
        for &other in self.rows[kind as usize].iter().filter(|&&other| other as usize != row).take(k) {
            top.offer(other, own);
        }
        for near in near {
            for &other in self.rows[near.document.index()].iter().take(k) {
                top.offer(other, near.cosine);
            }
        }
        top.best
    }

    /// Every row's neighbors from those of the kinds.
    pub(super) fn expand_all(
        &self,
        matrix: &TfIdfMatrix,
        near: &Neighbors,
        search: Search,
    ) -> Vec<Vec<Neighbor>> {
        (0..matrix.n_documents())
            .into_par_iter()
            .map(|row| self.expand(matrix, row, near.of(DocId(self.kinds[row])), search))
            .collect()
    }
}

fn are_equal(matrix: &TfIdfMatrix, left: usize, right: usize) -> bool {
    let (left, right) = (matrix.row(left), matrix.row(right));
    let bits = |weights: &[f32]| weights.iter().map(|weight| weight.to_bits()).collect::<Vec<u32>>();
    left.0 == right.0 && bits(left.1) == bits(right.1)
}
