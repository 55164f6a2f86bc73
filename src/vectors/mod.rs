//! Vectors: how much does each term say?
//! In:  `Tokens` and `Terms`.
//! Out: [`TermCounts`], [`TermWeights`], [`TfIdfMatrix`] (`n_documents` x `n_terms`, rows of length 1). Touches memory only.

pub mod counts;
pub mod background;
pub mod weights;
mod table;

pub use background::Background;
pub use counts::{TermCounts, count, count_leads, count_of};
pub use table::TermTable;
pub use weights::{InDrop, TermWeights, learn_lead_weights, learn_weights, weigh};

/// TF-IDF weights of every document, sparse by row (CSR): `n_documents` x `n_terms`, each row of
/// Euclidean length 1, or empty.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TfIdfMatrix {
    /// Where each document's entries begin; `n_documents + 1` long, never falling.
    pub begins: Vec<usize>,
    /// Column (term) of each entry, ascending within a row.
    pub terms: Vec<u32>,
    /// Weight of each entry, 0..=1.
    pub weights: Vec<f32>,
    /// Number of columns.
    pub n_terms: usize,
}

impl TfIdfMatrix {
    /// Number of rows.
    #[must_use]
    pub fn n_documents(&self) -> usize {
        self.begins.len().saturating_sub(1)
    }

    /// Some rows, in the order given: `rows.len()` x `n_terms`.
    #[must_use]
    pub fn rows(&self, rows: &[usize]) -> Self {
        let mut some = Self { begins: vec![0], n_terms: self.n_terms, ..Self::default() };
        for &row in rows {
            let (terms, weights) = self.row(row);
            some.terms.extend_from_slice(terms);
            some.weights.extend_from_slice(weights);
            some.begins.push(some.terms.len());
        }
        some
    }

    /// One row: its terms, ascending, and their weights.
    #[must_use]
    pub fn row(&self, document: usize) -> (&[u32], &[f32]) {
        let range = self.begins[document]..self.begins[document + 1];
        (&self.terms[range.clone()], &self.weights[range])
    }
}

/// Cosine of two rows of length 1: the sum over shared terms in ascending order, so that it is the
/// same number whichever row comes first.
#[must_use]
pub fn cosine(left: (&[u32], &[f32]), right: (&[u32], &[f32])) -> f32 {
    let (mut i, mut j, mut sum) = (0, 0, 0.0f32);
    while i < left.0.len() && j < right.0.len() {
        match left.0[i].cmp(&right.0[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                sum += left.1[i] * right.1[j];
                i += 1;
                j += 1;
            }
        }
    }
    sum.min(1.0)
}
