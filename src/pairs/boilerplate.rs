//! Boilerplate: wording that repeats across documents which are not versions of each other.
//!
//! Two shapes of it are looked for: whole lines that stand in several families of documents (numbers
//! set aside, so "12 comments" and "7 comments" are one line), and runs of 8-word shingles that do.
//! A story in five hundred edited copies is one family, so its sentences are not boilerplate.

use std::ops::Range;

use hashbrown::HashMap;
use rayon::prelude::*;

use super::candidates::Candidates;
use super::shingles::{self, Entry};
use super::{Boilerplate, BoilerplateStretch};
use crate::corpus::{Corpus, DocId};
use crate::progress::Progress;
use crate::settings::Settings;
use crate::tokens::{Tokens, WordMask, article_words};

/// Words in a shingle whose repetition makes boilerplate: long enough that no idiom has it.
const RUN_WORDS: usize = 8;

/// Longest line taken as a whole, words; longer ones are found by their shingles.
const LONGEST_LINE: usize = 40;

/// Stretches listed in the report.
const MOST_STRETCHES: usize = 50;

/// Sources named with a stretch.
const MOST_SOURCES: usize = 5;

/// Finds what repeats. Returns it as bytes for the report and as a mask of [`Tokens::bodies`] for the
/// rooms that must not count it.
#[must_use]
pub fn find(
    corpus: &Corpus,
    tokens: &Tokens,
    distinct: &[DocId],
    candidates: &Candidates,
    settings: &Settings,
    progress: &dyn Progress,
) -> (Boilerplate, WordMask) {
    let n_families_at_least = settings.boilerplate_documents as usize;
    let family = |document: DocId| candidates.families[document.index()];
    let mut repeated_shingles: HashMap<u64, u32> = HashMap::new();
    // A run stands in no more documents than its 3-word parts do: only runs of repeated parts are counted.
    let runs_of = |document, found: &mut Vec<u64>| {
        let words = tokens.bodies.of(document);
        let parts = shingles::of(words, shingles::WORDS, &tokens.vocabulary);
        let mut n_repeated = 0;
        for (end, part) in (shingles::WORDS..).zip(parts) {
            n_repeated = if candidates.repeated.contains(&part) { n_repeated + 1 } else { 0 };
            if n_repeated > RUN_WORDS - shingles::WORDS {
                found.extend(shingles::of(&words[end - RUN_WORDS..end], RUN_WORDS, &tokens.vocabulary));
            }
        }
    };
    let n_expected = tokens.bodies.words.len() / 4;
    shingles::for_each_shingle(distinct, n_expected, runs_of, progress, |run| {
        let n = n_families(run, family);
        if n >= n_families_at_least {
            repeated_shingles.insert(run[0].hash, n as u32);
        }
    });
    let repeated_lines = repeated_lines(corpus, tokens, distinct, n_families_at_least, family);

    let marked: Vec<Marked> = (0..corpus.documents.len() as u32)
        .into_par_iter()
        .map(|document| mark_document(corpus, tokens, DocId(document), &repeated_shingles, &repeated_lines))
        .collect();
    let mut mask = WordMask::none(tokens.bodies.words.len());
    let mut boilerplate = Boilerplate::default();
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
fn n_families(run: &[Entry], family: impl Fn(DocId) -> DocId) -> usize {
    if run.len() < 2 {
        return run.len();
    }
    let mut families: Vec<DocId> = run.iter().map(|entry| family(entry.document)).collect();
    families.sort_unstable();
    families.dedup();
    families.len()
}

/// A line of a text: its words, their place, and its hash with numbers set aside.
struct Line {
    words: Range<usize>,
    hash: u64,
}

/// Bytes of each word, and the lines of a text that are short enough to be boilerplate as a whole.
fn lines(corpus: &Corpus, document: DocId) -> (Vec<Range<u32>>, Vec<Line>) {
    let text = corpus.texts.text(document);
    let mut bytes: Vec<Range<u32>> = Vec::new();
    let mut lines: Vec<Line> = Vec::new();
    let mut hashes: Vec<u64> = Vec::new();
    let mut begin = 0;
    let mut close = |begin: usize, end: usize, hashes: &mut Vec<u64>| {
        // One word alone (a byline's first name, a heading) says too little to be told from content.
        if (2..=LONGEST_LINE).contains(&hashes.len()) {
            lines.push(Line { words: begin..end, hash: shingles::hash(hashes.iter().copied()) });
        }
        hashes.clear();
    };
    article_words(&text, &corpus.documents[document.index()].set_aside, |word, range| {
        let gap = bytes.last().map_or(0..0, |last| last.end as usize..range.start as usize);
        if text.as_bytes()[gap].iter().any(|byte| matches!(byte, b'\n' | b'\r')) {
            close(begin, bytes.len(), &mut hashes);
            begin = bytes.len();
        }
        let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
        if hashes.len() <= LONGEST_LINE {
            hashes.push(if is_number { 0 } else { rapidhash::v3::rapidhash_v3(word.as_bytes()) });
        }
        bytes.push(range);
    });
    close(begin, bytes.len(), &mut hashes);
    (bytes, lines)
}

fn repeated_lines(
    corpus: &Corpus,
    tokens: &Tokens,
    distinct: &[DocId],
    at_least: usize,
    family: impl Fn(DocId) -> DocId,
) -> HashMap<u64, u32> {
    let mut entries: Vec<Entry> = distinct
        .par_iter()
        .filter(|document| !tokens.bodies.range(**document).is_empty())
        .flat_map_iter(|&document| {
            lines(corpus, document).1.into_iter().map(move |line| Entry { hash: line.hash, document })
        })
        .collect();
    entries.par_sort_unstable();
    entries.dedup();
    entries
        .chunk_by(|left, right| left.hash == right.hash)
        .map(|run| (run[0].hash, n_families(run, &family) as u32))
        .filter(|&(_, n)| n as usize >= at_least)
        .collect()
}

fn mark_document(
    corpus: &Corpus,
    tokens: &Tokens,
    document: DocId,
    repeated_shingles: &HashMap<u64, u32>,
    repeated_lines: &HashMap<u64, u32>,
) -> Marked {
    let words = tokens.bodies.of(document);
    let (bytes, lines) = lines(corpus, document);
    let mut is_marked = vec![false; words.len()];
    for (place, hash) in shingles::of(words, RUN_WORDS, &tokens.vocabulary).enumerate() {
        if repeated_shingles.contains_key(&hash) {
            is_marked[place..place + RUN_WORDS].fill(true);
        }
    }
    for line in lines.iter().filter(|line| repeated_lines.contains_key(&line.hash)) {
        is_marked[line.words.clone()].fill(true);
    }
    let mut stretches = Vec::new();
    let mut begin = 0;
    for run in is_marked.chunk_by(|left, right| left == right) {
        let places = begin..begin + run.len();
        begin = places.end;
        if run[0] {
            let hash = shingles::hash(words[places.clone()].iter().map(|&word| tokens.vocabulary.hash(word)));
            stretches.push(Stretch {
                bytes: bytes[places.start].start..bytes[places.end - 1].end,
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
            let text = corpus.texts.text(document)[bytes.start as usize..bytes.end as usize].to_owned();
            BoilerplateStretch { text, n_documents, sources }
        })
        .collect()
}
