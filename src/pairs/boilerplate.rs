//! Boilerplate: wording that repeats across documents which are not versions of each other.
//!
//! Two shapes of it are looked for: whole lines that stand in several families of documents (numbers
//! set aside, so "12 comments" and "7 comments" are one line), and runs of 8-word shingles that do.
//! A story in five hundred edited copies is one family, so its sentences are not boilerplate.

use std::ops::Range;

use hashbrown::{HashMap, HashSet};
use rayon::prelude::*;

use super::shingles::{self, Occurrences, Part};
use super::{Boilerplate, BoilerplateStretch};
use crate::context::KnownBoilerplate;
use crate::corpus::{Corpus, DocId};
use crate::progress::Progress;
use crate::settings::Settings;
use crate::tokens::{Tokens, WordId, WordMask};

/// Words in a shingle whose repetition makes boilerplate: long enough that no idiom has it.
const RUN_WORDS: usize = 8;

/// Longest line taken as a whole, words; longer ones are found by their shingles.
const LONGEST_LINE: usize = 40;

/// Stretches listed in the report.
const MOST_STRETCHES: usize = 50;

/// Sources named with a stretch.
const MOST_SOURCES: usize = 5;

/// Finds what repeats. Returns it as bytes for the report and as a mask of [`Tokens::bodies`] for the
/// rooms that must not count it. What `known` says of earlier drops is taken as found; runs are known by the keys of their hashes.
#[must_use]
#[expect(clippy::too_many_arguments, reason = "each is a table of another stage")]
pub fn find(
    corpus: &Corpus,
    tokens: &Tokens,
    distinct: &[DocId],
    occurrences: &Occurrences,
    families: &[DocId],
    known: &KnownBoilerplate,
    settings: &Settings,
    progress: &dyn Progress,
) -> (Boilerplate, WordMask) {
    let at_least = settings.boilerplate_documents;
    let runs_of = |document, found: &mut Vec<u64>| {
        repeated_runs(tokens, document, occurrences, at_least, |_, hash| found.push(hash));
    };
    let in_families = |part: &Part| -> Vec<u64> {
        let repeated =
            part.shingles().filter(|held| n_families(held.holders(), families) >= at_least as usize);
        repeated.map(|held| held.key).collect()
    };
    let n_words = tokens.bodies.words.len();
    let n_passes = shingles::n_passes(n_words / 4, n_words);
    let repeated = shingles::reduce_holders(distinct, n_passes, runs_of, progress, in_families);
    let mut repeated = KnownBoilerplate {
        runs: repeated.into_iter().flatten().collect(),
        lines: repeated_lines(tokens, distinct, at_least as usize, families),
    };
    let learnt = repeated.clone();
    repeated.runs.extend(&known.runs);
    repeated.lines.extend(&known.lines);

    let marked: Vec<Marked> = (0..corpus.documents.len() as u32)
        .into_par_iter()
        .map(|document| mark_document(corpus, tokens, DocId(document), occurrences, at_least, &repeated))
        .collect();
    let mut mask = WordMask::none(tokens.bodies.words.len());
    let mut boilerplate = Boilerplate { learnt, ..Boilerplate::default() };
    for (document, marked) in (0u32..).map(DocId).zip(&marked) {
        let begin = tokens.bodies.begins[document.index()];
        let n_words = tokens.bodies.range(document).len();
        let n_marked: usize = marked.stretches.iter().map(|stretch| stretch.words.len()).sum();
        for place in marked.stretches.iter().flat_map(|stretch| stretch.words.clone()) {
            mask.mark(begin + place);
        }
        boilerplate.ranges.push(marked.stretches.iter().map(|stretch| stretch.bytes.clone()).collect());
        boilerplate.shares.push(if n_words == 0 { 0.0 } else { n_marked as f32 / n_words as f32 });
    }
    boilerplate.stretches = commonest(corpus, &marked);
    (boilerplate, mask)
}

/// The boilerplate of one document.
#[derive(Default)]
struct Marked {
    stretches: Vec<Stretch>,
}

/// A marked run of words.
struct Stretch {
    words: Range<usize>,
    bytes: Range<u32>,
    /// Hash of its words: stretches of other documents with the same words have the same.
    hash: u64,
}

/// Families among the holders of a shingle or line.
fn n_families(holders: impl Iterator<Item = DocId>, families: &[DocId]) -> usize {
    let mut holders: Vec<DocId> = holders.map(|holder| families[holder.index()]).collect();
    holders.sort_unstable();
    holders.dedup();
    holders.len()
}

/// The runs of [`RUN_WORDS`] words whose every shingle may stand in so many documents, with the place at which
/// each begins: a run stands in no more documents than its parts do.
fn repeated_runs(
    tokens: &Tokens,
    document: DocId,
    occurrences: &Occurrences,
    at_least: u32,
    mut found: impl FnMut(usize, u64),
) {
    let words = tokens.bodies.of(document);
    let mut n_repeated = 0;
    for (place, &count) in occurrences.of(tokens, document).iter().enumerate() {
        let end = place + shingles::WORDS;
        n_repeated = if shingles::may_exceed(count, at_least - 1) { n_repeated + 1 } else { 0 };
        if n_repeated > RUN_WORDS - shingles::WORDS {
            let run = &words[end - RUN_WORDS..end];
            found(end - RUN_WORDS, shingles::hash(run.iter().map(|&word| tokens.vocabulary.hash(word))));
        }
    }
}

/// The lines of a text that are short enough to be boilerplate as a whole: their words, and a hash that sets
/// numbers aside.
fn lines(tokens: &Tokens, document: DocId) -> impl Iterator<Item = (Range<usize>, u64)> {
    let places = tokens.bodies.range(document);
    let words = tokens.bodies.of(document);
    let hash_of = |&word: &WordId| {
        if tokens.vocabulary.is_number(word) { 0 } else { tokens.vocabulary.hash(word) }
    };
    let mut begin = 0;
    std::iter::from_fn(move || {
        while begin < words.len() {
            let starts = |place: &usize| tokens.line_starts.is_marked(places.start + place);
            let end = (begin + 1..words.len()).find(starts).unwrap_or(words.len());
            let line = begin..end;
            begin = end;
            // One word alone (a byline's first name, a heading) says too little to be told from content.
            if (2..=LONGEST_LINE).contains(&line.len()) {
                return Some((line.clone(), shingles::hash(words[line].iter().map(hash_of))));
            }
        }
        None
    })
}

fn repeated_lines(tokens: &Tokens, distinct: &[DocId], at_least: usize, families: &[DocId]) -> HashSet<u64> {
    let mut entries: Vec<(u64, DocId)> = distinct
        .par_iter()
        .flat_map_iter(|&document| lines(tokens, document).map(move |(_, hash)| (hash, document)))
        .collect();
    entries.par_sort_unstable();
    entries.dedup();
    entries
        .chunk_by(|left, right| left.0 == right.0)
        .filter(|held| n_families(held.iter().map(|entry| entry.1), families) >= at_least)
        .map(|held| held[0].0)
        .collect()
}

fn mark_document(
    corpus: &Corpus,
    tokens: &Tokens,
    document: DocId,
    occurrences: &Occurrences,
    at_least: u32,
    repeated: &KnownBoilerplate,
) -> Marked {
    let words = tokens.bodies.of(document);
    let mut is_marked = vec![false; words.len()];
    if !repeated.runs.is_empty() {
        repeated_runs(tokens, document, occurrences, at_least, |place, hash| {
            if repeated.runs.contains(&shingles::key(hash)) {
                is_marked[place..place + RUN_WORDS].fill(true);
            }
        });
    }
    if !repeated.lines.is_empty() {
        for (line, _) in lines(tokens, document).filter(|line| repeated.lines.contains(&line.1)) {
            is_marked[line].fill(true);
        }
    }
    let mut stretches = Vec::new();
    if !is_marked.contains(&true) {
        return Marked { stretches };
    }
    let mut begin = 0;
    for run in is_marked.chunk_by(|left, right| left == right) {
        let places = begin..begin + run.len();
        begin = places.end;
        if run[0] {
            let hash = shingles::hash(words[places.clone()].iter().map(|&word| tokens.vocabulary.hash(word)));
            stretches.push(Stretch {
                bytes: tokens.word_bytes(corpus, document, places.start).start
                    ..tokens.word_bytes(corpus, document, places.end - 1).end,
                words: places,
                hash,
            });
        }
    }
    Marked { stretches }
}

/// How many documents hold a stretch, and where the first of them has it.
struct Held {
    n_documents: u32,
    document: DocId,
    bytes: Range<u32>,
}

/// The stretches that most documents hold, with their wording.
fn commonest(corpus: &Corpus, marked: &[Marked]) -> Vec<BoilerplateStretch> {
    let mut holders: HashMap<u64, Held> = HashMap::new();
    for (document, marked) in (0u32..).map(DocId).zip(marked) {
        for stretch in &marked.stretches {
            let first = || Held { n_documents: 0, document, bytes: stretch.bytes.clone() };
            holders.entry(stretch.hash).or_insert_with(first).n_documents += 1;
        }
    }
    let mut ranked: Vec<(u64, Held)> = holders.into_iter().filter(|entry| entry.1.n_documents > 1).collect();
    ranked.sort_unstable_by_key(|(hash, held)| {
        (std::cmp::Reverse(held.n_documents), held.document, held.bytes.start, *hash)
    });
    ranked.truncate(MOST_STRETCHES);
    ranked
        .into_iter()
        .map(|(hash, Held { n_documents, document, bytes })| {
            let mut sources: Vec<String> = corpus
                .documents
                .iter()
                .zip(marked)
                .filter(|(_, marked)| marked.stretches.iter().any(|stretch| stretch.hash == hash))
                .filter_map(|(document, _)| document.source.clone())
                .collect();
            sources.sort_unstable();
            sources.dedup();
            sources.truncate(MOST_SOURCES);
            let text = corpus.texts.stretch(document, bytes).into_owned();
            BoilerplateStretch { text, n_documents, sources }
        })
        .collect()
}
