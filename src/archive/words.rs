//! Words: how many archived documents have each term of a drop, and how far its vocabulary is from theirs.

use hashbrown::HashMap;

use super::recall::Past;
use crate::context::Context;
use crate::corpus::Corpus;
use crate::error::Error;
use crate::settings::Settings;
use crate::tokens::{self, Tokens, WordMask};
use crate::vectors;

/// Tells how many archived documents have each term of a drop.
pub(super) fn recall(
    past: Past<'_>,
    corpus: &Corpus,
    tokens: &Tokens,
    context: &mut Context,
    settings: &Settings,
) -> Result<(), Error> {
    let terms = tokens::terms::learn(tokens, &corpus.documents);
    let none = WordMask::none(0);
    let in_drop = vectors::count(tokens, &terms, &none).document_frequencies();
    context.n_documents = u64::from(past.n_counted());
    let archived = count(past, &terms.names)?;
    let known = || terms.names.iter().zip(&archived).filter(|(_, counts)| counts.n_documents > 0);
    context.document_frequencies = known().map(|(name, counts)| (name.clone(), counts.n_documents)).collect();
    context.lead_frequencies = known().map(|(name, counts)| (name.clone(), counts.n_leads)).collect();
    // A drop that was added before is no past of its own.
    if past.counts_itself() {
        let leads = vectors::count_leads(tokens, &terms, &none, settings.lead_words);
        let in_leads = leads.document_frequencies();
        context.n_documents = context.n_documents.saturating_sub(corpus.documents.len() as u64);
        for ((name, &n), &n_leads) in terms.names.iter().zip(&in_drop).zip(&in_leads) {
            let less = |counts: &mut HashMap<String, u64>, n: u32| {
                if let Some(count) = counts.get_mut(name) {
                    *count = count.saturating_sub(n.into());
                }
            };
            less(&mut context.document_frequencies, n);
            less(&mut context.lead_frequencies, n_leads);
        }
    }
    context.drift = drift(&terms.names, &in_drop, corpus.documents.len(), context);
    Ok(())
}

/// Documents from which shares of documents say something.
const FEW: usize = 100;

/// One in so many documents of the drop has the terms that drift is told by.
const COMMON: usize = 20;

/// Bray-Curtis dissimilarity of the drop's document frequencies and the archive's (Bray & Curtis 1957): with p and q the shares of
/// their documents that have a term, the sum of |p - q| over the sum of p + q, over the terms that at least one in [`COMMON`] of the
/// drop's documents has; of rarer ones chance says more.
fn drift(names: &[String], in_drop: &[u32], n_drop: usize, context: &Context) -> Option<f32> {
    if n_drop < FEW || context.n_documents < FEW as u64 {
        return None;
    }
    let (mut apart, mut all) = (0.0, 0.0);
    for (name, &n) in names.iter().zip(in_drop).filter(|(_, n)| **n as usize * COMMON >= n_drop) {
        let p = f64::from(n) / n_drop as f64;
        let past = context.document_frequencies.get(name).copied().unwrap_or(0);
        let q = past as f64 / context.n_documents as f64;
        apart += (p - q).abs();
        all += p + q;
    }
    (all > 0.0).then(|| (apart / all) as f32)
}

/// How many archived documents have a term.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Archived {
    pub(super) n_documents: u64,
    /// How many have it in their beginnings.
    pub(super) n_leads: u64,
}

/// Counts how many archived documents have each of some terms, ascending.
pub(super) fn count(past: Past<'_>, names: &[String]) -> Result<Vec<Archived>, Error> {
    let mut counts = vec![Archived::default(); names.len()];
    for segment in past.segments() {
        let mut next = 0;
        segment.for_terms(|term, n_documents, n_leads| {
            // Both are in the same order.
            while names.get(next).is_some_and(|name| name.as_str() < term) {
                next += 1;
            }
            if names.get(next).is_some_and(|name| name == term) {
                counts[next].n_documents += n_documents;
                counts[next].n_leads += n_leads;
            }
        })?;
    }
    Ok(counts)
}
