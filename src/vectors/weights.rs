//! Weights: learnt from counts in one step, applied in another, so that a later drop can be weighed
//! with an earlier one's weights.
//!
//! The formulas are scikit-learn's `TfidfVectorizer(sublinear_tf=True, smooth_idf=True, norm="l2")`:
//! idf(t) = ln((1 + n) / (1 + df(t))) + 1; weight(d, t) = (1 + ln tf(d, t)) x idf(t), rows scaled to
//! length 1 (Salton & Buckley 1988 for the family).

use rayon::prelude::*;

use super::{TermCounts, TfIdfMatrix};
use crate::context::Context;
use crate::tokens::Terms;

/// What each term weighs.
#[derive(Debug, Clone, PartialEq)]
pub struct TermWeights {
    /// Inverse document frequency of each term, 1 or more; `n_terms` long.
    pub idf: Vec<f32>,
    /// Documents counted: the drop's, and those of the background that stand in for missing ones.
    pub n_documents: f64,
}

/// Learns idf from the drop, with `background` standing in for the documents that a small drop lacks.
///
/// From `full_drop` documents on, the drop speaks for itself alone. Below it, the background counts
/// as `full_drop - n` further documents in which a term is as frequent as in the background:
/// df(t) = `df_drop(t)` + m x `df_background(t)` / `n_background`, n = `n_drop` + m.
#[must_use]
pub fn learn_weights(counts: &TermCounts, terms: &Terms, background: &Context, full_drop: usize) -> TermWeights {
    let n_drop = counts.n_documents();
    let m = if background.n_documents == 0 { 0 } else { full_drop.saturating_sub(n_drop) } as f64;
    let n_documents = n_drop as f64 + m;
    let share = m / (background.n_documents.max(1)) as f64;
    let idf = counts
        .document_frequencies()
        .into_par_iter()
        .enumerate()
        .map(|(term, in_drop)| {
            let in_background = if m > 0.0 {
                background.document_frequencies.get(terms.names[term].as_str()).copied().unwrap_or(0)
            } else {
                0
            };
            let frequency = f64::from(in_drop) + share * in_background as f64;
            (((1.0 + n_documents) / (1.0 + frequency)).ln() + 1.0) as f32
        })
        .collect();
    TermWeights { idf, n_documents }
}

/// Applies weights to counts: rows of length 1, or empty.
#[must_use]
pub fn weigh(counts: &TermCounts, weights: &TermWeights) -> TfIdfMatrix {
    let mut values = vec![0.0f32; counts.terms.len()];
    let mut rows: Vec<(&[u32], &[u32], &mut [f32])> = Vec::with_capacity(counts.n_documents());
    let mut rest = values.as_mut_slice();
    for bounds in counts.begins.windows(2) {
        let (row, behind) = rest.split_at_mut(bounds[1] - bounds[0]);
        rest = behind;
        rows.push((&counts.terms[bounds[0]..bounds[1]], &counts.counts[bounds[0]..bounds[1]], row));
    }
    rows.into_par_iter().for_each(|(terms, counts, row)| {
        let mut squares = 0.0f64;
        for ((&term, &count), value) in terms.iter().zip(counts).zip(row.iter_mut()) {
            let weight = (1.0 + f64::from(count).ln()) * f64::from(weights.idf[term as usize]);
            squares += weight * weight;
            *value = weight as f32;
        }
        let length = squares.sqrt() as f32;
        for value in row {
            *value /= length;
        }
    });
    TfIdfMatrix {
        begins: counts.begins.clone(),
        terms: counts.terms.clone(),
        weights: values,
        n_terms: counts.n_terms,
    }
}
