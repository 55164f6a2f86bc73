//! Weights: learnt from counts in one step, applied in another, so that a later drop can be weighed
//! with an earlier one's weights.
//!
//! The formulas are scikit-learn's `TfidfVectorizer(sublinear_tf=True, smooth_idf=True, norm="l2")`:
//! idf(t) = ln((1 + n) / (1 + df(t))) + 1; weight(d, t) = (1 + ln tf(d, t)) x idf(t), rows scaled to
//! length 1 (Salton & Buckley 1988 for the family).

use std::collections::BTreeMap;

use hashbrown::HashMap;
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
    /// Documents counted: the drop's, those of earlier drops, and those of the background that stand in for missing ones.
    pub n_documents: f64,
}

/// Learns idf from the drop and the documents of earlier drops (`context`), with a background standing in for the documents
/// that both together lack: the one shipped with the program.
///
/// From `full_drop` documents on, what was read speaks for itself alone; with 0 it always does. Below, the
/// background counts as m = `full_drop - n_drop - n_past` further documents, of the drop's languages in the drop's
/// proportions, in which a term is as frequent as in the background:
/// df(t) = `df_drop(t)` + `df_past(t)` + sum over languages l of `m_l` x `share_l(t)`, n = `n_drop` + `n_past` + sum of `m_l`.
/// Languages without a background lend no documents.
#[must_use]
pub fn learn_weights(counts: &TermCounts, terms: &Terms, context: &Context, full_drop: usize) -> TermWeights {
    let drop = InDrop {
        n_documents: counts.n_documents(),
        names: &terms.names,
        frequencies: counts.document_frequencies(),
    };
    learn(drop, terms, context.n_documents, &[&context.document_frequencies], full_drop)
}

/// The same of the beginnings of texts ([`super::count_leads`]), in the drop and in earlier ones. `drop` may name terms that
/// only earlier drops have: how many of their documents do, `elsewhere` says.
#[must_use]
pub fn learn_lead_weights(
    drop: InDrop<'_>,
    terms: &Terms,
    context: &Context,
    elsewhere: &HashMap<String, u64>,
    full_drop: usize,
) -> TermWeights {
    learn(drop, terms, context.n_documents, &[&context.lead_frequencies, elsewhere], full_drop)
}

/// In how many documents of a drop each of some terms occurs.
#[derive(Debug)]
pub struct InDrop<'a> {
    /// Documents of the drop.
    pub n_documents: usize,
    /// The terms, in the order of the weights.
    pub names: &'a [String],
    /// Documents that have each; as long as `names`.
    pub frequencies: Vec<u32>,
}

fn learn(
    drop: InDrop<'_>,
    terms: &Terms,
    n_past: u64,
    past: &[&HashMap<String, u64>],
    full_drop: usize,
) -> TermWeights {
    let n_known = drop.n_documents + n_past as usize;
    let lent = lenders(drop.n_documents, full_drop.saturating_sub(n_known), terms);
    let n_documents = n_known as f64 + lent.iter().map(|lender| lender.n_documents).sum::<f64>();
    let idf = drop
        .frequencies
        .into_par_iter()
        .zip(drop.names)
        .map(|(in_drop, name)| {
            let in_past = past.iter().find_map(|past| past.get(name)).copied().unwrap_or(0) as f64;
            let in_background: f64 = lent.iter().map(|lender| lender.n_documents * lender.share(name)).sum();
            idf(n_documents, f64::from(in_drop) + in_past + in_background)
        })
        .collect();
    TermWeights { idf, n_documents }
}

/// Inverse document frequency of a term that `frequency` of `n_documents` documents have, smoothed.
#[must_use]
pub fn idf(n_documents: f64, frequency: f64) -> f32 {
    (((1.0 + n_documents) / (1.0 + frequency)).ln() + 1.0) as f32
}

/// A language's shipped background, which lends documents to a small drop.
struct Lender {
    /// Documents it stands for.
    n_documents: f64,
    language: Language,
}

impl Lender {
    /// Share of its documents in which a term occurs, 0..=1.
    fn share(&self, term: &str) -> f64 {
        Background::shipped().share(self.language, term).unwrap_or(0.0)
    }
}

/// `missing` documents in the proportions of the drop's languages.
fn lenders(n_drop: usize, missing: usize, terms: &Terms) -> Vec<Lender> {
    if missing == 0 || n_drop == 0 {
        return Vec::new();
    }
    let mut in_language: BTreeMap<Language, usize> = BTreeMap::new();
    for document in 0..n_drop {
        *in_language.entry(terms.language(DocId(document as u32))).or_default() += 1;
    }
    in_language
        .into_iter()
        .filter(|&(language, _)| Background::shipped().share(language, "").is_some())
        .map(|(language, n)| Lender { n_documents: missing as f64 * n as f64 / n_drop as f64, language })
        .collect()
}

/// Applies weights to counts: rows of length 1, or empty.
#[must_use]
pub fn weigh(counts: TermCounts, weights: &TermWeights) -> TfIdfMatrix {
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
    TfIdfMatrix { begins: counts.begins, terms: counts.terms, weights: values, n_terms: counts.n_terms }
}
