//! Evidence: a verdict told in full, with its passages as bytes of both texts.

use std::fmt::Write as _;

use super::align::Alignment;
use super::common::n_weighing;
use super::verdict::{Judge, Prepared, Verdict};
use super::{Passage, Relation, SimilarPair, shingles};
use crate::corpus::{Corpus, DocId};
use crate::tokens::{Tokens, article_words, word_bytes};

/// Words in the shingles of the Jaccard similarity that tables give.
const JACCARD_WORDS: usize = 5;

/// Compares `a` with `b` again and tells what was found. `identical` says that their folded texts are equal.
#[must_use]
pub fn describe(
    corpus: &Corpus,
    tokens: &Tokens,
    judge: &Judge,
    a: &Prepared,
    b: DocId,
    identical: bool,
) -> SimilarPair {
    // The smaller id first: an alignment read from the other side may differ in a word.
    let (left, right) = (a.document.min(b), a.document.max(b));
    if identical {
        return identical_pair(corpus, left, right);
    }
    let (verdict, alignment) =
        if left == a.document { judge.compare(a, right) } else { judge.compare(&judge.prepare(left), right) };
    SimilarPair {
        a: left,
        b: right,
        relation: verdict.relation.unwrap_or(Relation::Reuse),
        cosine: None,
        jaccard: jaccard(tokens, left, right),
        coverage_a: verdict.coverage_a,
        coverage_b: verdict.coverage_b,
        longest_passage: verdict.longest_passage,
        reason: reason(&verdict, alignment.blocks.len()),
        passages: passages(corpus, judge, left, right, &alignment),
    }
}

fn identical_pair(corpus: &Corpus, a: DocId, b: DocId) -> SimilarPair {
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
        longest_passage: n_words,
        reason: "equal after folding case and white space".to_owned(),
        passages: vec![Passage { a: extent(a), b: extent(b), similarity: 1.0, boilerplate: false }],
    }
}

/// A verdict in words, for the table of pairs.
fn reason(verdict: &Verdict, n_passages: usize) -> String {
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
    if verdict.relation == Some(Relation::Contained) {
        reason += if a > b { "; a lies within b" } else { "; b lies within a" };
    }
    reason
}

fn passages(corpus: &Corpus, judge: &Judge, a: DocId, b: DocId, alignment: &Alignment) -> Vec<Passage> {
    let (bytes_a, bytes_b) = (word_bytes(corpus, a), word_bytes(corpus, b));
    let weights = judge.weights(a);
    let mut passages: Vec<Passage> = alignment
        .blocks
        .iter()
        .map(|block| {
            let matches = &alignment.matches[block.start as usize..block.end as usize];
            let (first, last) = (matches[0], matches[matches.len() - 1]);
            let span_a = first.a as usize..last.a as usize + 1;
            let span_b = first.b as usize..last.b as usize + 1;
            let n_weighing = n_weighing(&weights[span_a.clone()]) as usize;
            Passage {
                a: bytes_a[span_a.start].start..bytes_a[span_a.end - 1].end,
                b: bytes_b[span_b.start].start..bytes_b[span_b.end - 1].end,
                similarity: matches.len() as f32 / span_a.len().max(span_b.len()).max(matches.len()) as f32,
                boilerplate: 2 * n_weighing < span_a.len(),
            }
        })
        .collect();
    passages.sort_by_key(|passage| (passage.a.start, passage.b.start));
    passages
}

/// Jaccard similarity of two texts' sets of 5-word shingles; of whole texts where one is shorter.
#[must_use]
pub fn jaccard(tokens: &Tokens, a: DocId, b: DocId) -> f32 {
    let set = |document: DocId| {
        let words = tokens.bodies.of(document);
        let length = JACCARD_WORDS.min(words.len()).max(1);
        let mut set: Vec<u64> = shingles::of(words, length, &tokens.vocabulary).collect();
        set.sort_unstable();
        set.dedup();
        set
    };
    let (left, right) = (set(a), set(b));
    let n_shared = left.iter().filter(|hash| right.binary_search(hash).is_ok()).count();
    let n_all = left.len() + right.len() - n_shared;
    if n_all == 0 { 0.0 } else { n_shared as f32 / n_all as f32 }
}
