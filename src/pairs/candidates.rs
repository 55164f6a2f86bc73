//! Candidates: pairs of documents worth aligning, because they share rare wording.
//!
//! A pair is proposed when it shares several 3-word shingles that few documents hold (one hash in four
//! by value, every hash of short texts). Wording that more documents hold does not propose all its pairs:
//! each holder is linked to a few anchors among them, so a story carried by hundreds is found in linear work.
//! Short texts that were both damaged, as two scans of one clipping are, may share too few whole words: they
//! propose with the beginnings of their words, too.

use std::sync::atomic::{AtomicU32, Ordering};

use hashbrown::HashMap;
use rayon::prelude::*;

use super::common::CommonShingles;
use super::shingles::{self, Occurrences, Part};
use super::tally::{self, Lists};
use crate::corpus::DocId;
use crate::progress::Progress;
use crate::settings::Settings;
use crate::tokens::Tokens;

/// Pairs to align, and what was met on the way.
#[derive(Debug, Default)]
pub struct Candidates {
    /// `a < b`, ascending, each once.
    pub pairs: Vec<(DocId, DocId)>,
    /// Shingles that more documents hold than the cap.
    pub common: CommonShingles,
    /// By document: the smallest document of its family. Documents are of one family where a chain of pairs
    /// leads from one to the other, each sharing half of the smaller side's proposing shingles: versions of
    /// one text, as far as can be told before any is aligned.
    pub families: Vec<DocId>,
}

/// Proposes pairs among `documents` (distinct texts, ascending), whose shingles `occurrences` counted. `past` tells of
/// shingles, by their keys, how many texts hold them that are not among `documents` ([`crate::Context::shingles`]).
#[must_use]
pub fn find(
    tokens: &Tokens,
    documents: &[DocId],
    occurrences: &Occurrences,
    past: &HashMap<u64, u32>,
    settings: &Settings,
    progress: &dyn Progress,
) -> Candidates {
    let n_documents = tokens.n_words.len();
    let cap = settings.shingle_cap;
    // The samples are nested: what the longer of two texts proposes with, the shorter does, too.
    let sample = |document: u32| sample_of(tokens.bodies.range(DocId(document)).len(), settings);
    let samples: Vec<u64> = (0..n_documents as u32).map(sample).collect();
    let proposes = |key: u64, document: DocId| key & (samples[document.index()] - 1) == 0;
    // By document: the shingles it proposes with, and how many of them are common.
    let n_proposing: Vec<AtomicU32> = (0..n_documents).map(|_| AtomicU32::new(0)).collect();
    let n_common: Vec<AtomicU32> = (0..n_documents).map(|_| AtomicU32::new(0)).collect();
    let shingles_of = |document: DocId, found: &mut Vec<u64>| {
        let mut proposing = 0;
        let counts = occurrences.of(tokens, document);
        for (hash, &count) in shingles::of_document(tokens, document).zip(counts) {
            let does_propose = proposes(shingles::key(hash), document);
            let is_common = shingles::may_exceed(count, cap);
            proposing += u32::from(does_propose && !is_common);
            // What stands in one place is shared by nobody.
            if is_common || does_propose && count > 1 {
                found.push(hash);
            }
        }
        n_proposing[document.index()].store(proposing, Ordering::Relaxed);
    };
    let ranks = content_ranks(tokens, documents);
    let propose = |part: &Part| {
        let mut proposed = Proposed::default();
        let mut proposing: Vec<DocId> = Vec::new();
        for held in part.shingles() {
            proposing.clear();
            proposing.extend(held.holders().filter(|&holder| proposes(held.key, holder)));
            let n_past = past.get(&held.key).copied().unwrap_or(0);
            if held.n_holders() + n_past as usize <= cap as usize {
                proposed.rare.push(&proposing);
                continue;
            }
            proposed.common.push((held.key, held.n_holders() as u32 + n_past));
            if proposing.len() < 2 || !held.key.is_multiple_of(settings.shingle_sample) {
                continue;
            }
            for holder in &proposing {
                n_common[holder.index()].fetch_add(1, Ordering::Relaxed);
            }
            bring_to_front(&mut proposing, &ranks, settings.anchors);
            proposed.anchored.push(&proposing);
        }
        proposed
    };
    let n_proposed_with =
        |&document: &DocId| tokens.bodies.range(document).len() / samples[document.index()] as usize;
    // About half of what is kept by value stands in one place alone and is left out.
    let n_expected = documents.iter().map(n_proposed_with).sum::<usize>() / 2;
    let n_passes = shingles::n_passes(n_expected, tokens.bodies.words.len());
    let proposed = shingles::reduce_holders(documents, n_passes, shingles_of, progress, propose);

    let mut candidates = Candidates::default();
    candidates.common.frequencies = proposed.iter().flat_map(|part| part.common.iter().copied()).collect();
    let at_least = settings.shared_shingles;
    let (rare, anchored): (Vec<_>, Vec<_>) =
        proposed.into_iter().map(|part| (part.rare, part.anchored)).unzip();
    let rare = tally::count(&rare, n_documents, at_least, tally::add_all);
    let common = tally::count(&anchored, n_documents, at_least, |list, own, tally| {
        tally::add_anchored(list, settings.anchors, own, tally);
    });
    let n_common: Vec<u32> = n_common.into_iter().map(AtomicU32::into_inner).collect();
    let n_rare: Vec<u32> = n_proposing.into_iter().map(AtomicU32::into_inner).collect();
    // An anchor link says less than a rare shingle: a share of the wording is asked for, too.
    let links_enough = |&&(a, b, count): &&(DocId, DocId, u32)| {
        let smaller = n_common[a.index()].min(n_common[b.index()]);
        f64::from(count) >= settings.anchor_share * f64::from(smaller)
    };
    candidates.pairs =
        rare.iter().chain(common.iter().filter(links_enough)).map(|&(a, b, _)| (a, b)).collect();
    candidates.pairs.extend(damaged(tokens, documents, settings, progress));
    candidates.pairs.par_sort_unstable();
    candidates.pairs.dedup();
    let mut families = Families::new(n_documents);
    for (counts, totals) in [(rare, &n_rare), (common, &n_common)] {
        for (a, b, count) in counts {
            if 2 * count >= totals[a.index()].min(totals[b.index()]) {
                families.join(a, b);
            }
        }
    }
    candidates.families = (0..n_documents as u32).map(|id| families.root(DocId(id))).collect();
    candidates
}

/// One shingle in so many, by its key, proposes a text of `n_words` words: a power of two.
pub(crate) fn sample_of(n_words: usize, settings: &Settings) -> u64 {
    let doublings = (n_words as u64 / u64::from(settings.short_words)).max(1).ilog2();
    (1 << doublings).min(settings.shingle_sample)
}

/// Pairs of short texts that share several rare runs of words' beginnings.
fn damaged(
    tokens: &Tokens,
    documents: &[DocId],
    settings: &Settings,
    progress: &dyn Progress,
) -> Vec<(DocId, DocId)> {
    let is_short = |&document: &DocId| {
        (shingles::WORDS..=settings.damaged_words as usize).contains(&tokens.bodies.range(document).len())
    };
    let short: Vec<DocId> = documents.iter().copied().filter(is_short).collect();
    let n_expected = short.iter().map(|&document| tokens.bodies.range(document).len()).sum();
    let beginnings = shingles::beginnings(&tokens.vocabulary);
    let shingles_of = |document: DocId, found: &mut Vec<u64>| {
        let runs = tokens.bodies.of(document).windows(shingles::WORDS);
        found.extend(runs.map(|run| shingles::hash(run.iter().map(|word| beginnings[word.index()]))));
    };
    let n_rare: Vec<AtomicU32> = (0..tokens.n_words.len()).map(|_| AtomicU32::new(0)).collect();
    let propose = |part: &Part| {
        let mut shared = Lists::default();
        let mut holders: Vec<DocId> = Vec::new();
        for held in part.shingles().filter(|held| held.n_holders() <= settings.shingle_cap as usize) {
            holders.clear();
            holders.extend(held.holders());
            for holder in &holders {
                n_rare[holder.index()].fetch_add(1, Ordering::Relaxed);
            }
            shared.push(&holders);
        }
        shared
    };
    let n_passes = shingles::n_passes(n_expected, tokens.bodies.words.len());
    let shared = shingles::reduce_holders(&short, n_passes, shingles_of, progress, propose);
    let n_rare: Vec<u32> = n_rare.into_iter().map(AtomicU32::into_inner).collect();
    let shares_enough = |&(a, b, count): &(DocId, DocId, u32)| {
        let smaller = n_rare[a.index()].min(n_rare[b.index()]);
        f64::from(count) >= settings.beginnings_share * f64::from(smaller)
    };
    let proposed = tally::count(&shared, tokens.n_words.len(), settings.shared_beginnings, tally::add_all);
    proposed.into_iter().filter(shares_enough).map(|(a, b, _)| (a, b)).collect()
}

/// What some of the shingles propose.
#[derive(Default)]
struct Proposed {
    /// Who holds each rare shingle.
    rare: Lists,
    /// Who holds each common one, its anchors first.
    anchored: Lists,
    /// Common shingles and their document frequency.
    common: Vec<(u64, u32)>,
}

/// Brings the `n` documents of the least rank, the anchors of the others, to the front.
fn bring_to_front(holders: &mut [DocId], ranks: &[u64], n: usize) {
    let n = n.min(holders.len());
    holders.select_nth_unstable_by_key(n - 1, |holder| ranks[holder.index()]);
}

/// Disjoint sets of documents, each known by its smallest (union-find with path halving).
#[derive(Debug)]
struct Families {
    parents: Vec<DocId>,
}

impl Families {
    fn new(n_documents: usize) -> Self {
        Self { parents: (0..n_documents as u32).map(DocId).collect() }
    }

    fn root(&mut self, mut document: DocId) -> DocId {
        while self.parents[document.index()] != document {
            let above = self.parents[self.parents[document.index()].index()];
            self.parents[document.index()] = above;
            document = above;
        }
        document
    }

    fn join(&mut self, a: DocId, b: DocId) {
        let (a, b) = (self.root(a), self.root(b));
        self.parents[a.max(b).index()] = a.min(b);
    }
}

/// An order of documents that depends on their words alone, so that strangers do not change who anchors whom.
fn content_ranks(tokens: &Tokens, documents: &[DocId]) -> Vec<u64> {
    let mut ranks = vec![0; tokens.n_words.len()];
    let hashes: Vec<u64> = documents
        .par_iter()
        .map(|&document| {
            shingles::hash(tokens.bodies.of(document).iter().map(|&word| tokens.vocabulary.hash(word)))
        })
        .collect();
    for (document, hash) in documents.iter().zip(hashes) {
        ranks[document.index()] = hash;
    }
    ranks
}
