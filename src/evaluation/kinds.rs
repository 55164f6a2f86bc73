//! What became of each kind of planted copy, and of what only resembles others.

use std::collections::BTreeMap;

use hashbrown::{HashMap, HashSet};

use super::{GroupId, Grouping, Place};

/// The kind of a document that was not edited: the original that copies are to be found with.
const ORIGINAL: &str = "orig";

/// How the kinds begin that resemble others and are no copies.
const LOOK_ALIKE: &str = "neg_";

/// Some documents of a kind, of all of that kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KindCount {
    /// Documents of the kind.
    pub n_documents: u32,
    /// Those that were counted.
    pub n_counted: u32,
}

impl KindCount {
    /// Counted ones by all.
    #[must_use]
    pub fn share(self) -> f64 {
        f64::from(self.n_counted) / f64::from(self.n_documents.max(1))
    }

    fn add(&mut self, counts: bool) {
        self.n_documents += 1;
        self.n_counted += u32::from(counts);
    }
}

fn is_original(kind: &str) -> bool {
    kind == ORIGINAL || kind.starts_with(LOOK_ALIKE)
}

/// By kind of edit: copies whose original is among the documents, and how many of them are in one found group with it.
/// `kinds` has each document's kind, none where the truth does not say.
#[must_use]
pub fn recall_by_kind<'k>(
    gold: &Grouping,
    found: &Grouping,
    kinds: &[Option<&'k str>],
) -> BTreeMap<&'k str, KindCount> {
    let mut originals: HashSet<(GroupId, GroupId)> = HashSet::new();
    let mut with_original: HashSet<GroupId> = HashSet::new();
    let places = || kinds.iter().zip(0u32..).filter_map(|(kind, place)| Some(((*kind)?, Place(place))));
    for (_, place) in places().filter(|(kind, _)| is_original(kind)) {
        originals.insert((gold.of(place), found.of(place)));
        with_original.insert(gold.of(place));
    }
    let mut counts: BTreeMap<&str, KindCount> = BTreeMap::new();
    for (kind, place) in
        places().filter(|(kind, place)| !is_original(kind) && with_original.contains(&gold.of(*place)))
    {
        counts.entry(kind).or_default().add(originals.contains(&(gold.of(place), found.of(place))));
    }
    counts
}

/// By kind, of originals and of what resembles others without being a copy: documents whose found group holds documents of
/// another gold group.
#[must_use]
pub fn false_merges<'k>(
    gold: &Grouping,
    found: &Grouping,
    kinds: &[Option<&'k str>],
) -> BTreeMap<&'k str, KindCount> {
    let mut golds: HashMap<GroupId, (GroupId, bool)> = HashMap::new();
    for (&of_gold, &of_found) in gold.groups.iter().zip(&found.groups) {
        let (first, is_mixed) = golds.entry(of_found).or_insert((of_gold, false));
        *is_mixed |= *first != of_gold;
    }
    let mut counts: BTreeMap<&str, KindCount> = BTreeMap::new();
    for (kind, place) in kinds.iter().zip(0u32..) {
        if let Some(kind) = kind.filter(|kind| is_original(kind)) {
            counts.entry(kind).or_default().add(golds[&found.of(Place(place))].1);
        }
    }
    counts
}
