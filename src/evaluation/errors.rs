//! Where a grouping errs most: groups torn apart, groups mixed up, pairs on the wrong side.

use std::cmp::Reverse;

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;

use super::scores::pairs;
use super::{Contingency, GroupId, Grouping, Place};

/// A group of one grouping whose documents are in several groups of the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scattered {
    /// The group.
    pub group: GroupId,
    /// Its documents.
    pub n_documents: u32,
    /// The other grouping's groups that they are in, largest part first.
    pub parts: Vec<Part>,
    /// Pairs of its documents that are in different parts.
    pub n_wrong_pairs: u64,
}

/// What a group shares with one of the other grouping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// A group of the other grouping.
    pub group: GroupId,
    /// Documents in both.
    pub n_documents: u32,
}

/// The gold groups that lost most pairs by being split, worst first: at most so many. Ties by size, then by name.
#[must_use]
pub fn most_split(table: &Contingency, gold: &Grouping, found: &Grouping, most: usize) -> Vec<Scattered> {
    let cells =
        table.cells.iter().map(|cell| (cell.gold, Part { group: cell.found, n_documents: cell.n_documents }));
    scattered(cells, gold, found, most)
}

/// The found groups that join most pairs falsely, worst first: at most so many. Ties by size, then by name.
#[must_use]
pub fn most_mixed(table: &Contingency, gold: &Grouping, found: &Grouping, most: usize) -> Vec<Scattered> {
    let cells =
        table.cells.iter().map(|cell| (cell.found, Part { group: cell.gold, n_documents: cell.n_documents }));
    scattered(cells, found, gold, most)
}

fn scattered(
    cells: impl Iterator<Item = (GroupId, Part)>,
    own: &Grouping,
    other: &Grouping,
    most: usize,
) -> Vec<Scattered> {
    let mut groups: Vec<Scattered> = (0..own.n_groups() as u32)
        .map(|group| Scattered { group: GroupId(group), n_documents: 0, parts: Vec::new(), n_wrong_pairs: 0 })
        .collect();
    for (group, part) in cells {
        let group = &mut groups[group.index()];
        group.n_documents += part.n_documents;
        group.parts.push(part);
    }
    groups.retain(|group| group.parts.len() > 1);
    for group in &mut groups {
        let within: u64 = group.parts.iter().map(|part| pairs(part.n_documents)).sum();
        group.n_wrong_pairs = pairs(group.n_documents) - within;
        group.parts.sort_by_key(|part| {
            (Reverse(part.n_documents), other.name(part.group).is_none(), other.name(part.group))
        });
    }
    groups.sort_by_key(|group| {
        (Reverse(group.n_wrong_pairs), Reverse(group.n_documents), own.name(group.group))
    });
    groups.truncate(most);
    groups
}

/// Two documents on the wrong side: joined and apart in the truth, or the other way round.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WrongPair {
    /// The one with the smaller place.
    pub a: Place,
    /// The other.
    pub b: Place,
    /// Their cosine, 0..=1, where it is known.
    pub cosine: Option<f32>,
}

/// Collects wrong pairs out of any pairs offered. Of the pairs between the same groups it keeps one, the plainest error:
/// of falsely joined pairs the one least alike, of missed ones the one most alike.
#[derive(Debug)]
pub struct WrongPairs<'a> {
    gold: &'a Grouping,
    found: &'a Grouping,
    /// By the groups of both documents, the smaller first.
    joined: HashMap<[(GroupId, GroupId); 2], WrongPair>,
    missed: HashMap<[(GroupId, GroupId); 2], WrongPair>,
}

impl<'a> WrongPairs<'a> {
    /// None yet.
    #[must_use]
    pub fn new(gold: &'a Grouping, found: &'a Grouping) -> Self {
        Self { gold, found, joined: HashMap::new(), missed: HashMap::new() }
    }

    /// Offers a pair; it is passed over where both groupings say the same of it.
    pub fn offer(&mut self, left: Place, right: Place, cosine: Option<f32>) {
        let (a, b) = (left.min(right), left.max(right));
        let groups = |place| (self.gold.of(place), self.found.of(place));
        let (of_a, of_b) = (groups(a), groups(b));
        let is_joined = match (of_a.0 == of_b.0, of_a.1 == of_b.1) {
            (true, true) | (false, false) => return,
            (is_one_gold_group, _) => !is_one_gold_group,
        };
        let pair = WrongPair { a, b, cosine };
        let kept = if is_joined { &mut self.joined } else { &mut self.missed };
        match kept.entry([of_a.min(of_b), of_a.max(of_b)]) {
            Entry::Occupied(mut entry) => {
                if plainness(is_joined, &pair) < plainness(is_joined, entry.get()) {
                    entry.insert(pair);
                }
            }
            Entry::Vacant(entry) => {
                entry.insert(pair);
            }
        }
    }

    /// Offers one pair for each two parts of the worst groups, so that no error stays without an example: a document of
    /// the largest part beside one of each other.
    pub fn offer_examples(&mut self, split: &[Scattered], mixed: &[Scattered], most: usize) {
        let mut firsts: HashMap<(GroupId, GroupId), Place> = HashMap::new();
        for (place, groups) in (0u32..).zip(self.gold.groups.iter().zip(&self.found.groups)) {
            firsts.entry((*groups.0, *groups.1)).or_insert(Place(place));
        }
        let splits = split.iter().flat_map(|group| {
            let first = group.parts[0].group;
            group.parts[1..].iter().map(move |part| [(group.group, first), (group.group, part.group)])
        });
        let mixes = mixed.iter().flat_map(|group| {
            let first = group.parts[0].group;
            group.parts[1..].iter().map(move |part| [(first, group.group), (part.group, group.group)])
        });
        for cells in splits.take(most).chain(mixes.take(most)) {
            let key = [cells[0].min(cells[1]), cells[0].max(cells[1])];
            if !self.joined.contains_key(&key) && !self.missed.contains_key(&key) {
                self.offer(firsts[&cells[0]], firsts[&cells[1]], None);
            }
        }
    }

    /// The falsely joined pairs, least alike first, then those whose cosine nobody knows: at most so many.
    #[must_use]
    pub fn joined(&self, most: usize) -> Vec<WrongPair> {
        plainest(true, &self.joined, most)
    }

    /// The missed pairs, most alike first, then those whose cosine nobody knows: at most so many.
    #[must_use]
    pub fn missed(&self, most: usize) -> Vec<WrongPair> {
        plainest(false, &self.missed, most)
    }
}

fn plainest(
    is_joined: bool,
    kept: &HashMap<[(GroupId, GroupId); 2], WrongPair>,
    most: usize,
) -> Vec<WrongPair> {
    let mut pairs: Vec<WrongPair> = kept.values().copied().collect();
    pairs.sort_unstable_by_key(|pair| plainness(is_joined, pair));
    pairs.truncate(most);
    pairs
}

/// Sorts the plainest error first: by cosine where it is known (a cosine is not negative, so its bits are ordered as
/// it is), then by place.
fn plainness(is_joined: bool, pair: &WrongPair) -> (bool, u32, Place, Place) {
    let bits = pair.cosine.map(|cosine| cosine.max(0.0).to_bits());
    let rank = bits.map_or(0, |bits| if is_joined { bits } else { u32::MAX - bits });
    (bits.is_none(), rank, pair.a, pair.b)
}
