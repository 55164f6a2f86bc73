//! Words: how many archived documents have each term of a drop, how far its vocabulary is from theirs, and which stories its
//! terms lead to.

use hashbrown::HashMap;

use super::continued::{self, Asked};
use super::recall::Past;
use crate::context::Context;
use crate::corpus::Corpus;
use crate::error::Error;
use crate::settings::{Only, Settings};
use crate::tokens::{self, Tokens, WordMask};
use crate::vectors::{self, InDrop};

/// A drop whose terms are looked for.
pub(super) struct DropWords<'a> {
    pub(super) corpus: &'a Corpus,
    pub(super) tokens: &'a Tokens,
    pub(super) settings: &'a Settings,
}

impl DropWords<'_> {
    /// How many archived documents have each term of the drop; and the stories that it may go on with, where those are asked for.
    /// `drop`: its number.
    pub(super) fn recall(&self, past: Past<'_>, drop: u32, context: &mut Context) -> Result<(), Error> {
        let Self { corpus, tokens, settings } = *self;
        let terms = tokens::terms::learn(tokens, &corpus.documents);
        let none = WordMask::none(0);
        let in_drop = vectors::count(tokens, &terms, &none).document_frequencies();
        let leads = vectors::count_leads(tokens, &terms, &none, settings.lead_words);
        let in_leads = leads.document_frequencies();
        context.n_documents = u64::from(past.n_counted());
        count_terms(past, context, &terms.names)?;
        // A drop that was added before is no past of its own.
        if past.counts_itself() {
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
        if matches!(settings.only, Some(Only::Duplicates | Only::Themes)) {
            return Ok(());
        }
        let in_drop =
            InDrop { n_documents: corpus.documents.len(), names: &terms.names, frequencies: in_leads };
        let weights = vectors::learn_lead_weights(in_drop, &terms, context, 0);
        let n_before = past.n_before;
        let asked = Asked { corpus, leads: &leads, names: &terms.names, idf: &weights.idf, drop, n_before };
        context.stories = continued::recall(past.archive, &asked, &context.documents, settings)?;
        let is_new = |name: &&String| terms.names.binary_search(name).is_err();
        let names: Vec<String> = context.stories.names.iter().filter(is_new).cloned().collect();
        count_terms(past, context, &names)
    }
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

/// Counts how many archived documents have each of some terms, ascending.
fn count_terms(past: Past<'_>, context: &mut Context, names: &[String]) -> Result<(), Error> {
    let mut counts = vec![(0u64, 0u64); names.len()];
    for segment in past.segments() {
        let mut next = 0;
        segment.for_terms(|term, n_documents, in_leads| {
            // Both are in the same order.
            while names.get(next).is_some_and(|name| name.as_str() < term) {
                next += 1;
            }
            if names.get(next).is_some_and(|name| name == term) {
                counts[next].0 += n_documents;
                counts[next].1 += in_leads;
            }
        })?;
    }
    for (name, (n_documents, in_leads)) in names.iter().zip(counts).filter(|(_, (n, _))| *n > 0) {
        context.document_frequencies.insert(name.clone(), n_documents);
        context.lead_frequencies.insert(name.clone(), in_leads);
    }
    Ok(())
}
