//! Weights: learnt from counts in one step, applied in another, so that a later drop can be weighed
//! with an earlier one's weights.
//!
//! The formulas are scikit-learn's `TfidfVectorizer(sublinear_tf=True, smooth_idf=True, norm="l2")`:
//! idf(t) = ln((1 + n) / (1 + df(t))) + 1; weight(d, t) = (1 + ln tf(d, t)) x idf(t), rows scaled to
//! length 1 (Salton & Buckley 1988 for the family).

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::{Background, TermCounts, TfIdfMatrix};
use crate::context::Context;
use crate::corpus::{DocId, Language};
use crate::tokens::Terms;

/// What each term weighs.
#[derive(Debug, Clone, PartialEq)]
pub struct TermWeights {
    /// Inverse document frequency of each term, 1 or more; `n_terms` long.
    pub idf: Vec<f32>,
    /// Documents counted: the drop's, and those of the background that stand in for missing ones.
    pub n_documents: f64,
}

/// Learns idf from the drop, with a background standing in for the documents that a small drop lacks:
/// that of `context` where it has one (an archive), else the one shipped with the program.
///
/// From `full_drop` documents on, the drop speaks for itself alone; with 0 it always does. Below, the
/// background counts as m = `full_drop - n_drop` further documents, of the drop's languages in the drop's
/// proportions, in which a term is as frequent as in the background:
/// df(t) = `df_drop(t)` + sum over languages l of `m_l` x `share_l(t)`, n = `n_drop` + sum of `m_l`. Languages
/// without a background lend no documents.
#[must_use]
pub fn learn_weights(counts: &TermCounts, terms: &Terms, context: &Context, full_drop: usize) -> TermWeights {
    let n_drop = counts.n_documents();
    let lent = lenders(n_drop, terms, context, full_drop);
    let n_documents = n_drop as f64 + lent.iter().map(|lender| lender.n_documents).sum::<f64>();
    let idf = counts
        .document_frequencies()
        .into_par_iter()
        .enumerate()
        .map(|(term, in_drop)| {
            let name = terms.names[term].as_str();
            let in_background: f64 = lent.iter().map(|lender| lender.n_documents * lender.share(name)).sum();
            let frequency = f64::from(in_drop) + in_background;
            (((1.0 + n_documents) / (1.0 + frequency)).ln() + 1.0) as f32
        })
        .collect();
    TermWeights { idf, n_documents }
}

/// A background that lends documents to a small drop.
struct Lender<'a> {
    /// Documents it stands for.
    n_documents: f64,
    /// Where its frequencies are from.
    source: LenderSource<'a>,
}

enum LenderSource<'a> {
    /// An archive: all its languages at once.
    Context(&'a Context),
    /// One language of the shipped table.
    Shipped(Language),
}

impl Lender<'_> {
    /// Share of its documents in which a term occurs, 0..=1.
    fn share(&self, term: &str) -> f64 {
        match self.source {
            LenderSource::Context(context) => {
                let documents = context.document_frequencies.get(term).copied().unwrap_or(0);
                documents as f64 / context.n_documents.max(1) as f64
            }
            LenderSource::Shipped(language) => Background::shipped().share(language, term).unwrap_or(0.0),
        }
    }
}

fn lenders<'a>(n_drop: usize, terms: &Terms, context: &'a Context, full_drop: usize) -> Vec<Lender<'a>> {
    let missing = full_drop.saturating_sub(n_drop) as f64;
    if missing == 0.0 || n_drop == 0 {
        return Vec::new();
    }
    if context.n_documents > 0 {
        return vec![Lender { n_documents: missing, source: LenderSource::Context(context) }];
    }
    let mut in_language: BTreeMap<Language, usize> = BTreeMap::new();
    for document in 0..n_drop {
        *in_language.entry(terms.language(DocId(document as u32))).or_default() += 1;
    }
    in_language
        .into_iter()
        .filter(|&(language, _)| Background::shipped().share(language, "").is_some())
        .map(|(language, n)| Lender {
            n_documents: missing * n as f64 / n_drop as f64,
            source: LenderSource::Shipped(language),
        })
        .collect()
}

/// Applies weights to counts: rows of length 1, or empty.
#[must_use]
pub fn weigh(counts: &TermCounts, weights: &TermWeights) -> TfIdfMatrix {
    let mut values = vec![0.0f32; counts.terms.len()];
    let dampened: Vec<f64> = (0..256u32).map(|count| 1.0 + f64::from(count.max(1)).ln()).collect();
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
            let dampened = match dampened.get(count as usize) {
                Some(&dampened) => dampened,
                None => 1.0 + f64::from(count).ln(),
            };
            let weight = dampened * f64::from(weights.idf[term as usize]);
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
