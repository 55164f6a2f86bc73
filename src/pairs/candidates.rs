//! Candidates: pairs of documents worth aligning, because they share rare wording.
//!
//! A pair is proposed when it shares several 3-word shingles that few documents hold (one hash in four
//! by value, every hash of short texts). Wording that more documents hold does not propose all its pairs:
//! each holder is linked to a few anchors among them, so a story carried by hundreds is found in linear work.
//! Short texts that were both damaged, as two scans of one clipping are, may share too few whole words: they
//! propose with the beginnings of their words, too.

use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};

use hashbrown::HashMap;
use rayon::prelude::*;

use super::common::CommonShingles;
use super::shingles::{self, Occurrences, Part};
use crate::corpus::DocId;
use crate::progress::Progress;
use crate::settings::Settings;
use crate::tokens::Tokens;

/// Pairs sorted at a time, about, at 8 bytes each.
const PAIRS_AT_A_TIME: u64 = 8 << 20;

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
    /// How many of those proposed pairs through anchors instead of all pairs.
    pub n_capped_shingles: u64,
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
    let proposes = |key: u64, document: DocId| key.is_multiple_of(samples[document.index()]);
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
                proposed.rare.push(&proposing, proposing.len() / 2);
                continue;
            }
            proposed.common.push((held.key, held.n_holders() as u32 + n_past));
            if proposing.len() < 2 || !held.key.is_multiple_of(settings.shingle_sample) {
                continue;
            }
            proposed.n_capped += 1;
            for holder in &proposing {
                n_common[holder.index()].fetch_add(1, Ordering::Relaxed);
            }
            bring_to_front(&mut proposing, &ranks, settings.anchors);
            proposed.anchored.push(&proposing, settings.anchors);
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
    candidates.n_capped_shingles = proposed.iter().map(|part| part.n_capped).sum();
    let at_least = settings.shared_shingles as usize;
    let (rare, anchored): (Vec<_>, Vec<_>) =
        proposed.into_iter().map(|part| (part.rare, part.anchored)).unzip();
    let rare = counted(&rare, n_documents, PAIRS_AT_A_TIME, at_least, all_pairs);
    let common = counted(&anchored, n_documents, PAIRS_AT_A_TIME, at_least, |holders, firsts, pairs| {
        pairs_with_anchors(holders, settings.anchors, firsts, pairs);
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

/// One shingle in so many, by its key, proposes a text of `n_words` words.
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
            shared.push(&holders, holders.len() / 2);
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
    let n_documents = tokens.n_words.len();
    let proposed =
        counted(&shared, n_documents, PAIRS_AT_A_TIME, settings.shared_beginnings as usize, all_pairs);
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
    n_capped: u64,
}

/// Lists of documents, one after another. Four bytes a holder: pairs, which may be many times as many, are made of
/// them some at a time.
#[derive(Default)]
struct Lists {
    holders: Vec<DocId>,
    /// Where each list ends in `holders`.
    ends: Vec<u32>,
    /// Pairs that the lists give, about.
    n_pairs: u64,
}

impl Lists {
    /// A list whose first `n_firsts` are paired with all of it. One of a single document proposes nothing.
    fn push(&mut self, holders: &[DocId], n_firsts: usize) {
        if holders.len() >= 2 {
            self.holders.extend_from_slice(holders);
            self.ends.push(self.holders.len() as u32);
            self.n_pairs += (holders.len() * n_firsts) as u64;
        }
    }

    fn iter(&self) -> impl Iterator<Item = &[DocId]> {
        let begins = std::iter::once(0).chain(self.ends.iter().copied());
        begins.zip(&self.ends).map(|(begin, &end)| &self.holders[begin as usize..end as usize])
    }
}

/// Brings the `n` documents of the least rank, the anchors of the others, to the front.
fn bring_to_front(holders: &mut [DocId], ranks: &[u64], n: usize) {
    let n = n.min(holders.len());
    holders.select_nth_unstable_by_key(n - 1, |holder| ranks[holder.index()]);
}

/// Appends each pair of an ascending list whose smaller document is one of `firsts`.
fn all_pairs(holders: &[DocId], firsts: &Range<u32>, pairs: &mut Vec<u64>) {
    let begin = holders.partition_point(|holder| holder.0 < firsts.start);
    for (place, &a) in holders.iter().enumerate().skip(begin).take_while(|(_, a)| a.0 < firsts.end) {
        pairs.extend(holders[place + 1..].iter().map(|&b| pair_key(a, b)));
    }
}

/// Appends each holder with each of the first `n_anchors` where the smaller document is one of `firsts`.
fn pairs_with_anchors(holders: &[DocId], n_anchors: usize, firsts: &Range<u32>, pairs: &mut Vec<u64>) {
    for &anchor in &holders[..n_anchors.min(holders.len())] {
        let others = holders.iter().filter(|&&holder| holder != anchor);
        let ordered = others.map(|&holder| (anchor.min(holder), anchor.max(holder)));
        pairs.extend(ordered.filter(|(a, _)| firsts.contains(&a.0)).map(|(a, b)| pair_key(a, b)));
    }
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

fn pair_key(a: DocId, b: DocId) -> u64 {
    u64::from(a.0) << 32 | u64::from(b.0)
}

/// The pairs that `pairs_of` makes of the lists often enough, ascending, with how often. `pairs_of` appends those whose
/// smaller document lies in a range.
///
/// The pairs are made and sorted for one range of documents after another, of about `at_a_time` pairs, which bounds the memory.
fn counted(
    parts: &[Lists],
    n_documents: usize,
    at_a_time: u64,
    at_least: usize,
    pairs_of: impl Fn(&[DocId], &Range<u32>, &mut Vec<u64>) + Sync,
) -> Vec<(DocId, DocId, u32)> {
    let n_pairs: u64 = parts.iter().map(|lists| lists.n_pairs).sum();
    let n_ranges = (n_pairs / at_a_time + 1) as usize;
    let begin = |range: usize| (range * n_documents / n_ranges) as u32;
    let mut often = Vec::new();
    for range in 0..n_ranges {
        let firsts = begin(range)..begin(range + 1);
        let found: Vec<Vec<u64>> = parts
            .par_iter()
            .map(|lists| {
                let mut pairs = Vec::new();
                lists.iter().for_each(|holders| pairs_of(holders, &firsts, &mut pairs));
                pairs
            })
            .collect();
        let mut pairs = Vec::with_capacity(found.iter().map(Vec::len).sum());
        for part in found {
            pairs.extend(part); // and is freed
        }
        pairs.par_sort_unstable();
        let runs = pairs.chunk_by(|left, right| left == right).filter(|run| run.len() >= at_least);
        often.extend(runs.map(|run| (DocId((run[0] >> 32) as u32), DocId(run[0] as u32), run.len() as u32)));
    }
    often
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

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    const N_DOCUMENTS: usize = 30;
    const ANCHORS: usize = 2;

    /// Lists of holders, spread over parts.
    fn parts() -> impl Strategy<Value = Vec<Vec<BTreeSet<u32>>>> {
        let list = prop::collection::btree_set(0..N_DOCUMENTS as u32, 0..9);
        prop::collection::vec(prop::collection::vec(list, 0..12), 1..4)
    }

    type Counts = Vec<(DocId, DocId, u32)>;

    /// What `pairs` gives for each list, counted one by one.
    fn one_by_one(
        parts: &[Vec<BTreeSet<u32>>],
        at_least: usize,
        pairs: impl Fn(&[u32]) -> Vec<(u32, u32)>,
    ) -> Counts {
        let mut counts: BTreeMap<(u32, u32), u32> = BTreeMap::new();
        for list in parts.iter().flatten() {
            let holders: Vec<u32> = list.iter().copied().collect();
            for pair in pairs(&holders) {
                *counts.entry(pair).or_default() += 1;
            }
        }
        let often = counts.into_iter().filter(|&(_, count)| count as usize >= at_least);
        often.map(|((a, b), count)| (DocId(a), DocId(b), count)).collect()
    }

    fn lists(parts: &[Vec<BTreeSet<u32>>]) -> Vec<Lists> {
        let part = |part: &Vec<BTreeSet<u32>>| {
            let mut lists = Lists::default();
            for list in part {
                let holders: Vec<DocId> = list.iter().copied().map(DocId).collect();
                lists.push(&holders, holders.len() / 2);
            }
            lists
        };
        parts.iter().map(part).collect()
    }

    proptest! {
        #[test]
        fn pairs_are_counted_alike_however_few_at_a_time(parts in parts(), at_a_time in 1..40u64, at_least in 1..4usize) {
            let lists = lists(&parts);
            let all = |holders: &[u32]| {
                let places = holders.iter().enumerate();
                places.flat_map(|(place, &a)| holders[place + 1..].iter().map(move |&b| (a, b))).collect()
            };
            prop_assert_eq!(
                counted(&lists, N_DOCUMENTS, at_a_time, at_least, all_pairs),
                one_by_one(&parts, at_least, all)
            );
            let with_anchors = |holders: &[u32]| {
                let mut pairs = Vec::new();
                for anchor in holders.iter().take(ANCHORS) {
                    let others = holders.iter().filter(|&other| other != anchor);
                    pairs.extend(others.map(|other| (*anchor.min(other), *anchor.max(other))));
                }
                if holders.len() < 2 { Vec::new() } else { pairs }
            };
            let found = counted(&lists, N_DOCUMENTS, at_a_time, at_least, |holders, firsts, pairs| {
                pairs_with_anchors(holders, ANCHORS, firsts, pairs);
            });
            prop_assert_eq!(found, one_by_one(&parts, at_least, with_anchors));
        }
    }
}
