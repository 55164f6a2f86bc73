//! Vectors: how much does each term say?
//! In:  `Tokens` and `Terms`.
//! Out: [`TermCounts`], [`TermWeights`], [`TfIdfMatrix`] (`n_documents` x `n_terms`, rows of length 1). Touches memory only.

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

    /// One row: its terms, ascending, and their weights.
    #[must_use]
    pub fn row(&self, document: usize) -> (&[u32], &[f32]) {
        let range = self.begins[document]..self.begins[document + 1];
        (&self.terms[range.clone()], &self.weights[range])
    }
}
