//! Common words: how often a word occurs in news whatever it is about.
//!
//! A handful of documents cannot tell "said" from "Interpol": both stand in most of them. The table
//! `common_words.txt` was counted from news of several publishers and years in each language: a stem's share
//! is the second smallest of its shares of documents in those collections, so that what one of them was about
//! is not taken for a word of the language. Only counts are kept, no text.

use hashbrown::HashMap;

use crate::corpus::{Corpus, DocId};
use crate::tokens::Terms;

/// By language: `code stem:share ...`, shares in documents per thousand.
const TABLE: &str = include_str!("common_words.txt");

/// Share of documents, per thousand, up to which a word says all it can.
const SPECIFIC: f32 = 5.0;

/// How much each term of a drop can say.
#[derive(Debug, Default)]
pub(super) struct CommonWords {
    specificity: Vec<f32>,
}

impl CommonWords {
    /// For the languages of the drop. A stem common in any of them counts as common.
    pub(super) fn of(terms: &Terms, corpus: &Corpus) -> Self {
        let mut languages: Vec<_> =
            (0..corpus.documents.len() as u32).map(|document| terms.language(DocId(document))).collect();
        languages.sort_unstable();
        languages.dedup();
        let mut shares: HashMap<&str, f32> = HashMap::new();
        for line in TABLE.lines() {
            let mut fields = line.split(' ');
            let code = fields.next().unwrap_or_default();
            if !languages.iter().any(|language| language.code() == code) {
                continue;
            }
            for (stem, share) in fields.filter_map(|field| field.rsplit_once(':')) {
                let share = share.parse().unwrap_or(SPECIFIC);
                let entry = shares.entry(stem).or_insert(share);
                *entry = entry.max(share);
            }
        }
        let most = (1000.0 / SPECIFIC).ln();
        let specificity = terms
            .names
            .iter()
            .map(|stem| match shares.get(stem.as_str()) {
                Some(share) => ((1000.0 / share).ln() / most).clamp(0.0, 1.0),
                None => 1.0,
            })
            .collect();
        Self { specificity }
    }

    /// From 0 (stands in every document) to 1 (rare in the language, or unknown):
    /// ln(1 / share) / ln(1 / .005), at most 1.
    pub(super) fn specificity(&self, term: u32) -> f32 {
        self.specificity.get(term as usize).copied().unwrap_or(1.0)
    }
}
