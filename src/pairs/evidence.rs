//! Evidence: a verdict told in full, with its passages as bytes of both texts.

use std::fmt::Write as _;
use std::ops::Range;

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use super::common::n_weighing;
use super::verdict::{Judge, LEAST_WEIGHING, Verdict};
use super::{Passage, Relation, SimilarPair, shingles};
use crate::corpus::{Corpus, DocId};
use crate::tokens::{Tokens, article_words};

/// Words in the shingles of the Jaccard similarity that tables give.
const JACCARD_WORDS: usize = 5;

/// Tells a verdict on two documents, the smaller first.
#[must_use]
pub fn describe(
    corpus: &Corpus,
    tokens: &Tokens,
    judge: &Judge,
    (a, b): (DocId, DocId),
    verdict: &Verdict,
) -> SimilarPair {
    SimilarPair {
        a,
        b,
        relation: verdict.relation.unwrap_or(Relation::Reuse),
        cosine: None,
        jaccard: jaccard(tokens, a, b),
        coverage_a: verdict.coverage_a,
        coverage_b: verdict.coverage_b,
        score: Some(verdict.score_a.max(verdict.score_b)),
        longest_passage: verdict.longest_passage,
        reason: reason(verdict),
        passages: passages(corpus, tokens, judge, (a, b), verdict),
    }
}

/// Two documents, the smaller first, whose folded texts are equal.
#[must_use]
pub fn describe_identical(corpus: &Corpus, a: DocId, b: DocId) -> SimilarPair {
    let extent = |document: DocId| {
        let text = corpus.texts.text(document);
        let begin = text.len() - text.trim_start().len();
        begin as u32..text.trim_end().len() as u32
    };
    let mut n_words = 0;
    article_words(&corpus.texts.text(a), &corpus.documents[a.index()].set_aside, |_, _| n_words += 1);
    SimilarPair {
        a,
        b,
        relation: Relation::Identical,
        cosine: None,
        jaccard: 1.0,
        coverage_a: 1.0,
        coverage_b: 1.0,
        score: Some(1.0),
        longest_passage: n_words,
        reason: "equal after folding case and white space".to_owned(),
        passages: vec![Passage { a: extent(a), b: extent(b), similarity: 1.0, boilerplate: false }],
    }
}

/// A verdict in words, for the table of pairs.
fn reason(verdict: &Verdict) -> String {
    let n_passages = verdict.blocks.len();
    let percent = |share: f32| format!("{:.0} %", share * 100.0);
    let (a, b) = (verdict.score_a, verdict.score_b);
    let mut reason = format!(
        "{} of a's words and {} of b's are matched in {n_passages} passage{}",
        percent(a),
        percent(b),
        if n_passages == 1 { "" } else { "s" }
    );
    let numbers = verdict.numbers;
    if numbers.different > 0 {
        let n = numbers.equal + numbers.different;
        let _ = write!(reason, "; {} of {n} facing numbers differ", numbers.different);
    }
    if let Some(unlike) = verdict.unlike {
        let _ = write!(reason, "; {}", unlike.reason());
    }
    if verdict.relation == Some(Relation::Contained) {
        reason += if a > b { "; a lies within b" } else { "; b lies within a" };
    }
    reason
}

fn passages(
    corpus: &Corpus,
    tokens: &Tokens,
    judge: &Judge,
    (a, b): (DocId, DocId),
    verdict: &Verdict,
) -> Vec<Passage> {
    let weights = judge.weights(a);
    let is_plain = judge.is_plain(a, b);
    let bytes = |document, places: &Range<u32>| {
        let first = tokens.word_bytes(corpus, document, places.start as usize);
        let last = tokens.word_bytes(corpus, document, places.end as usize - 1);
        first.start..last.end
    };
    let mut passages: Vec<Passage> = verdict
        .blocks
        .iter()
        .map(|block| {
            let n_weighing = n_weighing(&weights[block.a.start as usize..block.a.end as usize]);
            let weighs = n_weighing as f32 > LEAST_WEIGHING * block.a.len() as f32;
            let n_words = block.a.len().max(block.b.len());
            Passage {
                a: bytes(a, &block.a),
                b: bytes(b, &block.b),
                similarity: block.n_matched as f32 / n_words as f32,
                boilerplate: !is_plain && !weighs,
            }
        })
        .collect();
    passages.sort_by_key(|passage| (passage.a.start, passage.b.start));
    passages
}

/// Jaccard similarity of two texts' sets of 5-word shingles; of whole texts where one is shorter.
#[must_use]
pub fn jaccard(tokens: &Tokens, a: DocId, b: DocId) -> f32 {
    let shingles = |document: DocId| {
        let words = tokens.bodies.of(document);
        // Within a drop a word's id is as good as its hash.
        words
            .windows(JACCARD_WORDS.min(words.len()).max(1))
            .map(|run| shingles::hash(run.iter().map(|word| u64::from(word.0))))
    };
    let own_hash = |held: &(u64, bool)| held.0;
    let (shingles_a, shingles_b) = (shingles(a), shingles(b));
    // The bit says that b has the shingle, too.
    let mut held: HashTable<(u64, bool)> = HashTable::with_capacity(shingles_a.len() + shingles_b.len());
    let mut n_shared = 0;
    for hash in shingles_a {
        held.entry(hash, |other| other.0 == hash, own_hash).or_insert((hash, false));
    }
    for hash in shingles_b {
        match held.entry(hash, |other| other.0 == hash, own_hash) {
            Entry::Occupied(mut entry) => {
                n_shared += usize::from(!std::mem::replace(&mut entry.get_mut().1, true));
            }
            Entry::Vacant(entry) => {
                entry.insert((hash, true));
            }
        }
    }
    if held.is_empty() { 0.0 } else { n_shared as f32 / held.len() as f32 }
}
