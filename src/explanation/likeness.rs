//! The cosine of two documents, term by term.

use std::cmp::Reverse;
use std::collections::HashSet;

use hashbrown::HashMap;

use super::judgement::Two;
use crate::corpus::DocId;
use crate::error::Error;
use crate::past::PastRun;
use crate::tokens;
use crate::vectors::{self, TermWeights};

/// How alike two documents are in their terms.
#[derive(Debug, Clone, PartialEq)]
pub struct Likeness {
    /// Cosine of their TF-IDF rows, 0..=1, as the run has it.
    pub cosine: f32,
    /// Distinct terms of each.
    pub n_terms: [u32; 2],
    /// Terms that both have, the one that adds most to the cosine first.
    pub shared: Vec<SharedTerm>,
}

/// A term that both documents have.
#[derive(Debug, Clone, PartialEq)]
pub struct SharedTerm {
    /// The stem that words count as.
    pub term: String,
    /// A word that counts as it, folded.
    pub word: String,
    /// What it adds to the cosine, as a share of it, 0..=1; they add up to 1.
    pub share: f32,
    /// Times it occurs in each.
    pub counts: [u32; 2],
    /// Documents of the run that have it.
    pub documents: u32,
}

/// None where the run keeps no weights.
pub(super) fn of(run: &PastRun, two: &Two) -> Result<Option<Likeness>, Error> {
    let terms = tokens::terms::learn(&two.tokens, &two.corpus.documents);
    let wanted: HashSet<&str> = terms.names.iter().map(String::as_str).collect();
    let Some(known) = run.terms(&wanted)? else { return Ok(None) };
    let counts = vectors::count(&two.tokens, &terms, &two.boilerplate);
    let of_term = |name: &String| known.get(name.as_str());
    // A term that stands in boilerplate alone has no row to weigh in.
    let idf = terms.names.iter().map(|name| of_term(name).map_or(1.0, |term| term.idf)).collect();
    let weights = TermWeights { idf, n_documents: run.documents.len() as f64 };
    let matrix = vectors::weigh(counts.clone(), &weights);
    let (row_a, row_b) = (matrix.row(0), matrix.row(1));
    let cosine = vectors::cosine(row_a, row_b);
    let words = words_of(two, &terms);
    let mut shared: Vec<SharedTerm> = Vec::new();
    for (place_a, &term) in row_a.0.iter().enumerate() {
        let Ok(place_b) = row_b.0.binary_search(&term) else { continue };
        let name = &terms.names[term as usize];
        let count = |document: usize, place: usize| counts.counts[counts.begins[document] + place];
        shared.push(SharedTerm {
            term: name.clone(),
            word: words.get(&term).map_or_else(|| name.clone(), |&word| word.to_owned()),
            share: if cosine > 0.0 { row_a.1[place_a] * row_b.1[place_b] / cosine } else { 0.0 },
            counts: [count(0, place_a), count(1, place_b)],
            documents: of_term(name).map_or(0, |term| term.documents),
        });
    }
    shared.sort_by(|left, right| {
        let order = |term: &SharedTerm| Reverse(term.share.to_bits());
        order(left).cmp(&order(right)).then_with(|| left.term.cmp(&right.term))
    });
    Ok(Some(Likeness { cosine, n_terms: [row_a.0.len() as u32, row_b.0.len() as u32], shared }))
}

/// The first word of a's that counts as each term.
fn words_of<'t>(two: &'t Two, terms: &tokens::Terms) -> HashMap<u32, &'t str> {
    let mut words = HashMap::new();
    let a = DocId(0);
    for &word in two.tokens.bodies.of(a).iter().chain(two.tokens.titles.of(a)) {
        if let Some(term) = terms.term(a, word) {
            words.entry(term.0).or_insert_with(|| two.tokens.vocabulary.word(word));
        }
    }
    words
}
