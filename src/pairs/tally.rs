//! Tally: how often two documents stand in one list.
//!
//! A document's lists are brought together, and whom it meets in them is counted in a table of all documents. So no pair is
//! written down before it is known to be met often enough: of those that lists give, few are.

use rayon::prelude::*;

use crate::corpus::DocId;

/// Ranges of documents that are brought together at a time, for the threads to share.
const RANGES: usize = 64;

/// Entries brought together at a time, 8 bytes each: in a small drop so many, and in a large one a share of all, so that memory stays
/// below that of the lists and the lists are gone through a few times only.
const ENTRIES_AT_A_TIME: usize = 1 << 20;
const SHARE_AT_A_TIME: usize = 8;

/// Lists of documents, one after another.
#[derive(Default)]
pub(super) struct Lists {
    holders: Vec<DocId>,
    /// Where each list ends in `holders`.
    ends: Vec<u32>,
}

impl Lists {
    /// One of a single document brings nobody together and is left out.
    pub(super) fn push(&mut self, holders: &[DocId]) {
        if holders.len() >= 2 {
            self.holders.extend_from_slice(holders);
            self.ends.push(self.holders.len() as u32);
        }
    }

    fn list(&self, place: usize) -> &[DocId] {
        let begin = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.holders[begin as usize..self.ends[place] as usize]
    }
}

/// Whom a document meets, and how often.
pub(super) struct Tally {
    /// By document.
    counts: Vec<u32>,
    met: Vec<DocId>,
}

impl Tally {
    fn add(&mut self, other: DocId) {
        let count = &mut self.counts[other.index()];
        if *count == 0 {
            self.met.push(other);
        }
        *count += 1;
    }

    /// Those met `at_least` so often, ascending, with how often; the tally is then empty.
    fn take(&mut self, at_least: u32) -> Vec<(DocId, u32)> {
        let Self { counts, met } = self;
        let counted = met.drain(..).map(|other| (other, std::mem::take(&mut counts[other.index()])));
        let mut often: Vec<(DocId, u32)> = counted.filter(|&(_, count)| count >= at_least).collect();
        often.sort_unstable();
        often
    }
}

/// Adds all that stand behind `own` in an ascending list.
pub(super) fn add_all(list: &[DocId], own: DocId, tally: &mut Tally) {
    list.iter().rev().take_while(|&&other| other > own).for_each(|&other| tally.add(other));
}

/// Adds those after `own` that a list's first `n_anchors` bring it together with: an anchor meets all, the others meet the anchors.
/// Two anchors meet twice.
pub(super) fn add_anchored(list: &[DocId], n_anchors: usize, own: DocId, tally: &mut Tally) {
    let anchors = &list[..n_anchors.min(list.len())];
    let others = if anchors.contains(&own) { list } else { &[] };
    anchors.iter().chain(others).filter(|&&other| other > own).for_each(|&other| tally.add(other));
}

/// The pairs that meet `at_least` so often in lists of documents below `n_documents`, `a < b`, ascending, with how often. `add` adds
/// to a tally those greater than a document that it meets in a list.
pub(super) fn count(
    parts: &[Lists],
    n_documents: usize,
    at_least: u32,
    add: impl Fn(&[DocId], DocId, &mut Tally) + Sync,
) -> Vec<(DocId, DocId, u32)> {
    let n_entries: usize = parts.iter().map(|lists| lists.holders.len()).sum();
    let at_a_time = ENTRIES_AT_A_TIME.max(n_entries / SHARE_AT_A_TIME);
    count_in(parts, n_documents, n_entries.div_ceil(at_a_time).max(1), at_least, add)
}

/// [`count`], going through the lists `n_passes` times.
fn count_in(
    parts: &[Lists],
    n_documents: usize,
    n_passes: usize,
    at_least: u32,
    add: impl Fn(&[DocId], DocId, &mut Tally) + Sync,
) -> Vec<(DocId, DocId, u32)> {
    let width = n_documents.div_ceil(n_passes * RANGES).next_power_of_two();
    let range_of = |document: DocId| document.index() >> width.trailing_zeros();
    let n_ranges = n_documents.div_ceil(width);
    let mut often = Vec::new();
    for first in (0..n_ranges).step_by(RANGES) {
        // By part and range: each document, and a list that it stands in.
        let found: Vec<Vec<Vec<(DocId, u32)>>> = parts
            .par_iter()
            .map(|lists| {
                let mut ranges = vec![Vec::new(); RANGES];
                for place in 0..lists.ends.len() {
                    for &holder in lists.list(place) {
                        let range = range_of(holder).wrapping_sub(first);
                        if range < RANGES {
                            ranges[range].push((holder, place as u32));
                        }
                    }
                }
                ranges
            })
            .collect();
        let counted = (0..RANGES.min(n_ranges - first)).into_par_iter().map_init(
            || Tally { counts: vec![0; n_documents], met: Vec::new() },
            |tally, range| {
                // Each document's lists stand together (a counting sort): where they end, then where the next one goes, from behind.
                let mut ends = vec![0; width];
                let here = || found.iter().map(|ranges| &ranges[range]);
                here().flatten().for_each(|(holder, _)| ends[holder.index() % width] += 1);
                let mut n_lists = 0;
                for end in &mut ends {
                    n_lists += *end;
                    *end = n_lists;
                }
                let mut begins = ends.clone();
                let mut sorted: Vec<&[DocId]> = vec![&[]; n_lists];
                for (lists, entries) in parts.iter().zip(here()) {
                    for &(holder, place) in entries {
                        let begin = &mut begins[holder.index() % width];
                        *begin -= 1;
                        sorted[*begin] = lists.list(place as usize);
                    }
                }
                let mut often = Vec::new();
                for ((begin, end), own) in
                    begins.into_iter().zip(ends).zip(((first + range) * width) as u32..)
                {
                    for list in &sorted[begin..end] {
                        add(list, DocId(own), tally);
                    }
                    often.extend(tally.take(at_least).into_iter().map(|(other, n)| (DocId(own), other, n)));
                }
                often
            },
        );
        often.par_extend(counted.flatten_iter());
    }
    often
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    const N_DOCUMENTS: usize = 300;
    const ANCHORS: usize = 2;

    /// Lists of holders, spread over parts.
    fn parts() -> impl Strategy<Value = Vec<Vec<BTreeSet<u32>>>> {
        let near = prop::collection::btree_set(0..12u32, 0..9);
        let far = prop::collection::btree_set(0..N_DOCUMENTS as u32, 0..9);
        prop::collection::vec(prop::collection::vec(prop_oneof![near, far], 0..12), 1..4)
    }

    type Counts = Vec<(DocId, DocId, u32)>;

    /// What `pairs` gives for each list, counted one by one.
    fn one_by_one(
        parts: &[Vec<BTreeSet<u32>>],
        at_least: u32,
        pairs: impl Fn(&[u32]) -> Vec<(u32, u32)>,
    ) -> Counts {
        let mut counts: BTreeMap<(u32, u32), u32> = BTreeMap::new();
        for list in parts.iter().flatten() {
            let holders: Vec<u32> = list.iter().copied().collect();
            for pair in pairs(&holders) {
                *counts.entry(pair).or_default() += 1;
            }
        }
        let often = counts.into_iter().filter(|&(_, count)| count >= at_least);
        often.map(|((a, b), count)| (DocId(a), DocId(b), count)).collect()
    }

    fn lists(parts: &[Vec<BTreeSet<u32>>]) -> Vec<Lists> {
        let part = |part: &Vec<BTreeSet<u32>>| {
            let mut lists = Lists::default();
            for list in part {
                let holders: Vec<DocId> = list.iter().copied().map(DocId).collect();
                lists.push(&holders);
            }
            lists
        };
        parts.iter().map(part).collect()
    }

    proptest! {
        #[test]
        fn pairs_are_counted_alike_in_however_many_passes(
            parts in parts(), n_passes in 1..6usize, at_least in 1..4u32
        ) {
            let lists = lists(&parts);
            let all = |holders: &[u32]| {
                let places = holders.iter().enumerate();
                places.flat_map(|(place, &a)| holders[place + 1..].iter().map(move |&b| (a, b))).collect()
            };
            prop_assert_eq!(
                count_in(&lists, N_DOCUMENTS, n_passes, at_least, add_all),
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
            let found = count_in(&lists, N_DOCUMENTS, n_passes, at_least, |list, own, tally| {
                add_anchored(list, ANCHORS, own, tally);
            });
            prop_assert_eq!(found, one_by_one(&parts, at_least, with_anchors));
        }
    }
}
