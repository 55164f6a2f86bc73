//! Candidates: pairs of documents worth aligning, because they share rare wording.
//!
//! A pair is proposed when it shares several 3-word shingles that few documents hold (one hash in four
//! by value, every hash of short texts). Wording that more documents hold does not propose all its pairs:
//! each holder is linked to a few anchors among them, so a story carried by hundreds is found in linear work.

use hashbrown::HashSet;
use rayon::prelude::*;

use super::shingles::{self, CommonShingles, Entry};
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
    /// Shingles that as many documents hold as boilerplate needs.
    pub repeated: HashSet<u64>,
    /// By document: the smallest document of its family. Documents are of one family where a chain of pairs
    /// leads from one to the other, each sharing half of the smaller side's proposing shingles: versions of
    /// one text, as far as can be told before any is aligned.
    pub families: Vec<DocId>,
    /// How many of those proposed pairs through anchors instead of all pairs.
    pub n_capped_shingles: u64,
}

/// Proposes pairs among `documents` (distinct texts, ascending).
#[must_use]
pub fn find(
    tokens: &Tokens,
    documents: &[DocId],
    settings: &Settings,
    progress: &dyn Progress,
) -> Candidates {
    let cap = settings.shingle_cap as usize;
    let is_short: Vec<bool> = (0..tokens.n_words.len() as u32)
        .map(|document| tokens.bodies.range(DocId(document)).len() <= settings.short_words as usize)
        .collect();
    let proposes = |entry: &Entry| {
        entry.hash.is_multiple_of(settings.shingle_sample) || is_short[entry.document.index()]
    };
    let ranks = content_ranks(tokens, documents);
    let mut candidates = Candidates::default();
    let mut shared: Vec<u64> = Vec::new();
    let mut anchored: Vec<u64> = Vec::new();
    let mut n_common = vec![0u32; tokens.n_words.len()];
    let mut n_rare = n_common.clone();
    let n_words = documents.iter().map(|&document| tokens.bodies.range(document).len()).sum();
    let shingles_of = |document, found: &mut Vec<u64>| {
        found.extend(shingles::of(tokens.bodies.of(document), shingles::WORDS, &tokens.vocabulary));
    };
    shingles::for_each_shingle(documents, n_words, shingles_of, progress, |run| {
        if run.len() >= settings.boilerplate_documents as usize {
            candidates.repeated.insert(run[0].hash);
        }
        let holders: Vec<DocId> =
            run.iter().filter(|entry| proposes(entry)).map(|entry| entry.document).collect();
        if run.len() <= cap {
            for holder in &holders {
                n_rare[holder.index()] += 1;
            }
            for (place, &b) in holders.iter().enumerate() {
                shared.extend(holders[..place].iter().map(|&a| key(a, b)));
            }
            return;
        }
        candidates.common.frequencies.insert(run[0].hash, run.len() as u32);
        if holders.len() < 2 || !run[0].hash.is_multiple_of(settings.shingle_sample) {
            return;
        }
        candidates.n_capped_shingles += 1;
        let mut anchors = holders.clone();
        let n_anchors = settings.anchors.min(anchors.len());
        anchors.select_nth_unstable_by_key(n_anchors - 1, |anchor| ranks[anchor.index()]);
        anchors.truncate(n_anchors);
        for &holder in &holders {
            n_common[holder.index()] += 1;
            anchored.extend(
                anchors
                    .iter()
                    .filter(|&&anchor| anchor != holder)
                    .map(|&anchor| key(anchor.min(holder), anchor.max(holder))),
            );
        }
    });
    let at_least = settings.shared_shingles as usize;
    let mut families = Families::new(tokens.n_words.len());
    let rare = counted(shared, at_least);
    let common = counted(anchored, at_least);
    // An anchor link says less than a rare shingle: a share of the wording is asked for, too.
    let links_enough = |&&(a, b, count): &&(DocId, DocId, u32)| {
        let smaller = n_common[a.index()].min(n_common[b.index()]);
        f64::from(count) >= settings.anchor_share * f64::from(smaller)
    };
    candidates.pairs =
        rare.iter().chain(common.iter().filter(links_enough)).map(|&(a, b, _)| (a, b)).collect();
    candidates.pairs.par_sort_unstable();
    candidates.pairs.dedup();
    for (counts, totals) in [(rare, &n_rare), (common, &n_common)] {
        for (a, b, count) in counts {
            if 2 * count >= totals[a.index()].min(totals[b.index()]) {
                families.join(a, b);
            }
        }
    }
    candidates.families = (0..tokens.n_words.len() as u32).map(|id| families.root(DocId(id))).collect();
    candidates
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

fn key(a: DocId, b: DocId) -> u64 {
    u64::from(a.0) << 32 | u64::from(b.0)
}

/// The pairs that occur often enough, ascending, with how often.
fn counted(mut keys: Vec<u64>, at_least: usize) -> Vec<(DocId, DocId, u32)> {
    keys.par_sort_unstable();
    keys.chunk_by(|left, right| left == right)
        .filter(|run| run.len() >= at_least)
        .map(|run| (DocId((run[0] >> 32) as u32), DocId(run[0] as u32), run.len() as u32))
        .collect()
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
