//! Expansion: documents read together with their nearest.
//!
//! Two texts that tell one story choose different words, and the shorter they are the fewer they share. A
//! document's nearest mostly tell its story, so their words are words that it might have used: the row of a
//! document gets a share of the rows of its nearest, and what a story has in common comes forward (document
//! expansion: Singhal & Pereira 1999; Tao, Wang, Mei & Zhai 2006; for short texts Efron, Organisciak & Fenlon
//! 2012). Only those nearly as near as the very nearest are taken, so a document with one relative is not
//! blended with strangers.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::io::Write as _;
use std::path::Path;

use rayon::prelude::*;

use crate::scratch::Scratch;
use crate::settings::EXPANSION;
use crate::vectors::TfIdfMatrix;

/// A row by itself: terms, ascending, with weights.
pub type SparseRow = Box<[(u32, f32)]>;

/// A row near another, for expansion.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NearRow {
    /// Which.
    pub row: u32,
    /// How alike the two are, over 0: their cosine, less where time parts them.
    pub likeness: f64,
}

/// Rows by number, read together with their nearest: three times what they were alone.
#[derive(Debug)]
pub enum ExpandedRows {
    /// In memory.
    Held(Vec<SparseRow>),
    /// In a temporary file, for memory is short.
    Filed(FiledRows),
}

impl ExpandedRows {
    /// One row. Where it was written down it is read, and a file that cannot be read any more unwinds to
    /// [`crate::run_with`], which returns [`Error::Scratch`](crate::error::Error::Scratch).
    #[must_use]
    pub fn row(&self, row: u32) -> Cow<'_, [(u32, f32)]> {
        match self {
            Self::Held(rows) => Cow::Borrowed(&rows[row as usize]),
            Self::Filed(rows) => Cow::Owned(rows.row(row)),
        }
    }

    /// One row that nobody will ask for again.
    #[must_use]
    pub fn take(&mut self, row: u32) -> Vec<(u32, f32)> {
        match self {
            Self::Held(rows) => std::mem::take(&mut rows[row as usize]).into_vec(),
            Self::Filed(rows) => rows.row(row),
        }
    }
}

/// Rows in a temporary file.
#[derive(Debug)]
pub struct FiledRows {
    file: Scratch,
    /// First entry of each row; the last is where the file ends.
    begins: Vec<u64>,
}

/// Bytes of a term and its weight in the file.
const ENTRY: usize = 8;

impl FiledRows {
    fn row(&self, row: u32) -> Vec<(u32, f32)> {
        let (begin, end) = (self.begins[row as usize], self.begins[row as usize + 1]);
        let bytes = self.file.read(begin * ENTRY as u64, (end - begin) as usize * ENTRY);
        let (entries, _) = bytes.as_chunks::<ENTRY>();
        let of = |&[a, b, c, d, e, f, g, h]: &[u8; ENTRY]| {
            (u32::from_le_bytes([a, b, c, d]), f32::from_le_bytes([e, f, g, h]))
        };
        entries.iter().map(of).collect()
    }
}

/// Where expanded rows go.
#[derive(Debug, Clone, Copy)]
pub enum Shelf<'a> {
    /// Into memory.
    Memory,
    /// Into a temporary file, in this folder or in the system's.
    File(Option<&'a Path>),
}

/// Rows that are made before they are written down.
const ROWS_AT_A_TIME: usize = 4096;

/// Adds to each row what its nearest have: y + `weight` x sum of likeness x their rows, over those whose likeness is
/// more than [`EXPANSION`]`.nearly` of the nearest's, [`EXPANSION`]`.neighbors` at most; then the heaviest
/// [`EXPANSION`]`.terms` terms are kept and the row is scaled to length 1.
///
/// `near` has each row's neighbors in any order; with a `weight` of 0 rows come back as they are. Each row is made
/// from rows as they were given, so the order of rows and threads do not matter.
#[must_use]
pub fn expand(rows: &TfIdfMatrix, near: &[Vec<NearRow>], weight: f64, shelf: Shelf<'_>) -> ExpandedRows {
    let expanded = |row: usize| -> SparseRow {
        if weight > 0.0 {
            return expanded_row(rows, row, &near[row], weight);
        }
        let (terms, weights) = rows.row(row);
        terms.iter().copied().zip(weights.iter().copied()).collect()
    };
    let Shelf::File(folder) = shelf else {
        return ExpandedRows::Held((0..near.len()).into_par_iter().map(expanded).collect());
    };
    let mut begins = vec![0];
    let file = Scratch::written(folder, |file| {
        for first in (0..near.len()).step_by(ROWS_AT_A_TIME) {
            let end = near.len().min(first + ROWS_AT_A_TIME);
            let made: Vec<SparseRow> = (first..end).into_par_iter().map(expanded).collect();
            for row in made {
                begins.push(begins[begins.len() - 1] + row.len() as u64);
                for (term, weight) in row {
                    file.write_all(&term.to_le_bytes())?;
                    file.write_all(&weight.to_le_bytes())?;
                }
            }
        }
        Ok(())
    });
    ExpandedRows::Filed(FiledRows { file, begins })
}

/// Cosine of two rows of length 1.
#[must_use]
pub fn cosine(left: &[(u32, f32)], right: &[(u32, f32)]) -> f32 {
    let (mut i, mut j, mut sum) = (0, 0, 0.0f32);
    while let (Some(&(one, weight)), Some(&(other, by))) = (left.get(i), right.get(j)) {
        if one == other {
            sum += weight * by;
        }
        i += usize::from(one <= other);
        j += usize::from(other <= one);
    }
    sum.min(1.0)
}

/// A row laid out by term, to be held against many.
#[derive(Debug)]
pub struct Dense(Vec<f32>);

impl Dense {
    /// Of terms below `n_terms`, nothing in it.
    #[must_use]
    pub fn new(n_terms: usize) -> Self {
        Self(vec![0.0; n_terms])
    }

    /// Lays a row out for as long as `ask` takes.
    pub fn with<T>(&mut self, row: &[(u32, f32)], ask: impl FnOnce(&Self) -> T) -> T {
        for &(term, weight) in row {
            self.0[term as usize] = weight;
        }
        let answer = ask(self);
        for &(term, _) in row {
            self.0[term as usize] = 0.0;
        }
        answer
    }

    /// What each term of another row adds to the product of the two, in the order of terms.
    pub fn products<'a>(&'a self, other: &'a [(u32, f32)]) -> impl Iterator<Item = f32> + 'a {
        other.iter().map(|&(term, weight)| self.0[term as usize] * weight)
    }

    /// [`cosine`] with another row, the same to the last bit: what only one of them has adds zero.
    #[must_use]
    pub fn cosine(&self, other: &[(u32, f32)]) -> f32 {
        self.products(other).fold(0.0, |sum, product| sum + product).min(1.0)
    }
}

/// The neighbors a row is read with, nearest first; ties go to the smaller row.
fn company(near: &[NearRow]) -> Vec<NearRow> {
    let mut near: Vec<NearRow> = near.iter().copied().filter(|near| near.likeness > 0.0).collect();
    near.sort_by(|a, b| b.likeness.total_cmp(&a.likeness).then(a.row.cmp(&b.row)));
    near.truncate(EXPANSION.neighbors);
    if let Some(nearest) = near.first().copied() {
        near.retain(|near| near.likeness > EXPANSION.nearly * nearest.likeness);
    }
    near
}

fn expanded_row(rows: &TfIdfMatrix, row: usize, near: &[NearRow], weight: f64) -> SparseRow {
    let weighed = |row: usize, share: f64| {
        let (terms, weights) = rows.row(row);
        terms.iter().zip(weights).map(move |(&term, &weight)| (term, share * f64::from(weight)))
    };
    let mut entries: Vec<(u32, f64)> = weighed(row, 1.0).collect();
    for near in company(near) {
        entries.extend(weighed(near.row as usize, weight * near.likeness));
    }
    // Stable, so that equal terms are summed in the order of the neighbors.
    entries.sort_by_key(|entry| entry.0);
    entries.dedup_by(|next, sum| {
        let is_same = next.0 == sum.0;
        if is_same {
            sum.1 += next.1;
        }
        is_same
    });
    if entries.len() > EXPANSION.terms {
        let heavier =
            |a: &(u32, f64), b: &(u32, f64)| -> Ordering { b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)) };
        entries.select_nth_unstable_by(EXPANSION.terms, heavier);
        entries.truncate(EXPANSION.terms);
        entries.sort_unstable_by_key(|entry| entry.0);
    }
    let length = entries.iter().map(|entry| entry.1 * entry.1).sum::<f64>().sqrt();
    entries.iter().map(|&(term, weight)| (term, (weight / length) as f32)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::vectors;

    fn matrix(rows: &[&[f32]]) -> TfIdfMatrix {
        let mut matrix = TfIdfMatrix {
            begins: vec![0],
            n_terms: rows.iter().map(|row| row.len()).max().unwrap_or(0),
            ..TfIdfMatrix::default()
        };
        for row in rows {
            let length = row.iter().map(|weight| weight * weight).sum::<f32>().sqrt();
            for (term, &weight) in (0u32..).zip(*row).filter(|(_, weight)| **weight > 0.0) {
                matrix.terms.push(term);
                matrix.weights.push(weight / length);
            }
            matrix.begins.push(matrix.terms.len());
        }
        matrix
    }

    fn near(row: u32, likeness: f64) -> NearRow {
        NearRow { row, likeness }
    }

    fn held(rows: ExpandedRows) -> Vec<SparseRow> {
        match rows {
            ExpandedRows::Held(rows) => rows,
            ExpandedRows::Filed(_) => Vec::new(),
        }
    }

    #[test]
    fn rows_in_a_file_are_those_in_memory() {
        let rows: Vec<Vec<f32>> = (0..3 * ROWS_AT_A_TIME)
            .map(
                |row| if row % 7 == 3 { vec![] } else { vec![(row % 5) as f32 + 0.1, 1.0, (row % 3) as f32] },
            )
            .collect();
        let rows = matrix(&rows.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let n = rows.n_documents() as u32;
        let table: Vec<Vec<NearRow>> =
            (0..n).map(|row| vec![near((row + 1) % n, 0.5), near((row * 31) % n, 0.4)]).collect();
        let memory = held(expand(&rows, &table, 2.0, Shelf::Memory));
        let mut file = expand(&rows, &table, 2.0, Shelf::File(None));
        assert!(matches!(file, ExpandedRows::Filed(_)));
        for (row, held) in (0..n).zip(&memory) {
            assert_eq!(*file.row(row), **held);
            assert_eq!(file.take(row), **held);
        }
    }

    /// The formula over dense rows.
    fn oracle(rows: &TfIdfMatrix, row: usize, company: &[NearRow], weight: f64) -> Vec<f64> {
        let mut dense = vec![0.0; rows.n_terms];
        let mut add = |row: usize, share: f64| {
            for (&term, &weight) in rows.row(row).0.iter().zip(rows.row(row).1) {
                dense[term as usize] += share * f64::from(weight);
            }
        };
        add(row, 1.0);
        for near in company {
            add(near.row as usize, weight * near.likeness);
        }
        let length = dense.iter().map(|weight| weight * weight).sum::<f64>().sqrt();
        dense.iter().map(|weight| weight / length).collect()
    }

    #[test]
    fn a_row_gets_the_terms_of_its_nearest_and_of_no_stranger() {
        let rows = matrix(&[&[1.0, 1.0, 0.0, 0.0], &[1.0, 0.0, 1.0, 0.0], &[0.1, 0.0, 0.0, 1.0], &[0.0; 4]]);
        let cosine_of = |a: usize, b: usize| vectors::cosine(rows.row(a), rows.row(b));
        let table = [
            vec![near(2, cosine_of(0, 2).into()), near(1, cosine_of(0, 1).into())],
            vec![near(0, 0.5)],
            vec![],
            vec![],
        ];
        let expanded = held(expand(&rows, &table, 2.0, Shelf::Memory));
        let taken = [vec![near(1, cosine_of(0, 1).into())], vec![near(0, 0.5)], vec![], vec![]];
        for (row, taken) in taken.iter().enumerate().take(3) {
            let expected = oracle(&rows, row, taken, 2.0);
            assert!(expanded[row].is_sorted_by_key(|entry| entry.0));
            assert_eq!(expanded[row].len(), expected.iter().filter(|weight| **weight > 0.0).count());
            for &(term, weight) in &expanded[row] {
                assert!((f64::from(weight) - expected[term as usize]).abs() < 1e-6);
            }
        }
        assert!(expanded[3].is_empty());
        assert!(cosine(&expanded[0], &expanded[1]) > cosine_of(0, 1));
        let same = held(expand(&rows, &table, 0.0, Shelf::Memory));
        assert!((cosine(&same[0], &same[1]) - cosine_of(0, 1)).abs() < 1e-6);
    }

    #[test]
    fn few_neighbors_and_few_terms_are_taken_the_heaviest_first() {
        let n = EXPANSION.neighbors + 3;
        let dense: Vec<Vec<f32>> = (0..n)
            .map(|row| {
                let mut weights = vec![0.0; n * 200];
                weights[row * 200..(row + 1) * 200].fill(1.0);
                weights
            })
            .collect();
        let rows = matrix(&dense.iter().map(Vec::as_slice).collect::<Vec<_>>());
        let mut table = vec![Vec::new(); n];
        table[0] = (1..n as u32).map(|row| near(row, 0.5 - 0.01 * f64::from(row))).rev().collect();
        let expanded = held(expand(&rows, &table, 0.1, Shelf::Memory));
        let terms: Vec<u32> = expanded[0].iter().map(|entry| entry.0).collect();
        assert_eq!(terms.len(), EXPANSION.terms);
        assert!(terms.starts_with(rows.row(0).0), "its own terms weigh most");
        assert!(!terms.iter().any(|&term| term as usize >= (EXPANSION.neighbors + 1) * 200));
        assert!((cosine(&expanded[0], &expanded[0]) - 1.0).abs() < 1e-5);
    }

    proptest! {
        #[test]
        fn a_row_laid_out_has_the_same_cosines(
            rows in proptest::collection::vec(proptest::collection::btree_map(0u32..40, 0.01f32..1.0, 0..20), 2..6),
        ) {
            let rows: Vec<SparseRow> = rows.into_iter().map(|row| row.into_iter().collect()).collect();
            let mut dense = Dense::new(40);
            for one in &rows {
                for other in &rows {
                    let found = dense.with(one, |dense| dense.cosine(other));
                    prop_assert_eq!(found.to_bits(), cosine(one, other).to_bits());
                }
            }
        }
    }
}
