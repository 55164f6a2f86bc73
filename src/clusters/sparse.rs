//! A sparse matrix that is read by row and by column.

use ndarray::{Array2, CowArray, Ix2};
use rayon::prelude::*;

use crate::corpus::DocId;
use crate::vectors::TfIdfMatrix;

/// Rows of a dense table worked on at a time; fixed, so that no sum depends on the number of threads.
pub(super) const ROWS_AT_A_TIME: usize = 512;

/// Some rows of a TF-IDF matrix, terms that occur in one of them only left out; and the same by column.
#[derive(Debug)]
pub(super) struct Sparse<'a> {
    matrix: &'a TfIdfMatrix,
    documents: &'a [DocId],
    /// By term: its column, [`LEFT_OUT`] for one without.
    column_of: Vec<u32>,
    /// Where each column's entries begin; `n_columns + 1` long.
    begins: Vec<usize>,
    /// Row and weight of each entry, rows ascending within a column.
    entries: Vec<(u32, f32)>,
}

const LEFT_OUT: u32 = u32::MAX;

impl<'a> Sparse<'a> {
    /// The rows of `documents`, in their order.
    pub(super) fn new(matrix: &'a TfIdfMatrix, documents: &'a [DocId]) -> Self {
        let mut frequencies = vec![0u32; matrix.n_terms];
        for document in documents {
            for &term in matrix.row(document.index()).0 {
                frequencies[term as usize] += 1;
            }
        }
        let mut begins = vec![0];
        let column_of = frequencies.into_iter().map(|frequency| {
            if frequency < 2 {
                return LEFT_OUT;
            }
            let column = begins.len() - 1;
            begins.push(begins[column] + frequency as usize);
            column as u32
        });
        let column_of: Vec<u32> = column_of.collect();
        let n_entries = begins[begins.len() - 1];
        let mut sparse = Self { matrix, documents, column_of, begins, entries: vec![(0, 0.0); n_entries] };
        let mut next = sparse.begins.clone();
        for (row, document) in (0u32..).zip(documents) {
            let (terms, weights) = matrix.row(document.index());
            for (&term, &weight) in terms.iter().zip(weights) {
                let column = sparse.column_of[term as usize];
                if let Some(place) = next.get_mut(column as usize) {
                    sparse.entries[*place] = (row, weight);
                    *place += 1;
                }
            }
        }
        sparse
    }

    /// This matrix times a dense one.
    pub(super) fn times(&self, dense: &Array2<f32>) -> Array2<f32> {
        let dense = Dense::of(dense);
        product(self.n_rows(), dense.width, |row, sum| {
            self.row(row).for_each(|(column, weight)| dense.add_row(column, weight, sum));
        })
    }

    /// Its transpose times a dense one.
    pub(super) fn transposed_times(&self, dense: &Array2<f32>) -> Array2<f32> {
        let dense = Dense::of(dense);
        product(self.n_columns(), dense.width, |column, sum| {
            self.column(column).iter().for_each(|&(row, weight)| dense.add_row(row, weight, sum));
        })
    }

    /// Columns and weights of a row; [`LEFT_OUT`] for terms without a column.
    fn row(&self, row: usize) -> impl Iterator<Item = (u32, f32)> + '_ {
        let (terms, weights) = self.matrix.row(self.documents[row].index());
        let column_of = |(&term, &weight)| (self.column_of[term as usize], weight);
        terms.iter().zip(weights).map(column_of)
    }

    fn column(&self, column: usize) -> &[(u32, f32)] {
        &self.entries[self.begins[column]..self.begins[column + 1]]
    }

    /// Has a row no entries?
    pub(super) fn is_empty_row(&self, row: usize) -> bool {
        self.row(row).all(|(column, _)| column == LEFT_OUT)
    }

    /// Each column's weight in each of `k` groups of rows: `n_columns` x k.
    pub(super) fn sums_by_group(&self, groups: &[u32], k: usize) -> Array2<f32> {
        product(self.n_columns(), k, |column, sums| {
            for &(row, weight) in self.column(column) {
                sums[groups[row as usize] as usize] += weight;
            }
        })
    }

    pub(super) fn n_rows(&self) -> usize {
        self.documents.len()
    }

    pub(super) fn n_columns(&self) -> usize {
        self.begins.len() - 1
    }
}

/// A dense table, row after row.
struct Dense<'a> {
    values: CowArray<'a, f32, Ix2>,
    width: usize,
}

impl<'a> Dense<'a> {
    fn of(table: &'a Array2<f32>) -> Self {
        Self { values: table.as_standard_layout(), width: table.ncols() }
    }

    /// Adds `weight` times a row to `sum`; nothing for one that is not there.
    #[inline]
    fn add_row(&self, row: u32, weight: f32, sum: &mut [f32]) {
        let begin = row as usize * self.width;
        let values = self.values.as_slice().unwrap_or_default().get(begin..begin + self.width);
        if let Some(values) = values {
            for (sum, value) in sum.iter_mut().zip(values) {
                *sum += weight * value;
            }
        }
    }
}

/// A dense table, each row (zeros before) filled by `fill`.
fn product(n_rows: usize, width: usize, fill: impl Fn(usize, &mut [f32]) + Sync) -> Array2<f32> {
    let mut product = Array2::zeros((n_rows, width));
    let rows = product.as_slice_mut().unwrap_or_default().par_chunks_mut(width.max(1));
    rows.with_min_len(ROWS_AT_A_TIME).enumerate().for_each(|(row, sum)| fill(row, sum));
    product
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Rows of (term, weight), terms ascending, as a matrix; and all its documents.
    pub(in super::super) fn matrix_of(rows: &[Vec<(u32, f32)>]) -> (TfIdfMatrix, Vec<DocId>) {
        let mut matrix = TfIdfMatrix { begins: vec![0], ..TfIdfMatrix::default() };
        for &(term, weight) in rows.iter().flatten() {
            matrix.terms.push(term);
            matrix.weights.push(weight);
            matrix.n_terms = matrix.n_terms.max(term as usize + 1);
        }
        matrix.begins.extend(rows.iter().scan(0, |end, row| {
            *end += row.len();
            Some(*end)
        }));
        (matrix, (0..rows.len() as u32).map(DocId).collect())
    }

    #[test]
    fn a_column_that_one_row_has_is_left_out() {
        let rows =
            [vec![(0, 1.0), (2, 2.0)], vec![(1, 7.0)], vec![(0, 3.0), (2, 4.0), (3, 5.0)], vec![(3, 6.0)]];
        let (matrix, documents) = matrix_of(&rows);
        // Without the last row, 3 stands in one row only.
        let sparse = Sparse::new(&matrix, &documents[..3]);
        let dense = ndarray::arr2(&[[1.0, 0.0], [0.0, 10.0]]);
        assert_eq!(sparse.times(&dense), ndarray::arr2(&[[1.0, 20.0], [0.0, 0.0], [3.0, 40.0]]));
        let rows = ndarray::arr2(&[[1.0], [100.0], [10.0]]);
        assert_eq!(sparse.transposed_times(&rows), ndarray::arr2(&[[31.0], [42.0]]));
        assert_eq!(sparse.sums_by_group(&[0, 1, 1], 2), ndarray::arr2(&[[1.0, 3.0], [2.0, 4.0]]));
        assert_eq!([0, 1, 2].map(|row| sparse.is_empty_row(row)), [false, true, false]);
    }
}
