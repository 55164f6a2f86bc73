//! Homes: where does an archived story go on, and which of its documents are elsewhere?
//! In:  the groups that rows of a drop and of earlier ones make ([`super::continued`]).
//! Out: a home for every archived story that is met, and [`Parts`].

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;

use super::Story;
use super::continued::Joint;
use super::linkage::Groups;
use crate::context::StoryId;

impl Joint<'_> {
    /// The rows of the drop, before those of past documents.
    pub(super) fn n_drop(&self) -> u32 {
        (self.rows.n_documents() - self.past.len()) as u32
    }

    /// The number of the archived document that a row is or stands for.
    pub(super) fn number(&self, row: u32) -> u32 {
        match row.checked_sub(self.n_drop()) {
            Some(past) => self.past[past as usize].number,
            None => self.copies.get(&row).copied().unwrap_or(u32::MAX),
        }
    }

    /// The group that an archived story goes on in: the one that has most of its rows, of several the one with its first document.
    fn home(&self, groups: &Groups, rows: &[u32]) -> u32 {
        let mut votes: BTreeMap<u32, (usize, Reverse<u32>)> = BTreeMap::new();
        for &row in rows {
            let vote = votes.entry(groups.name_of(row)).or_insert((0, Reverse(u32::MAX)));
            *vote = (vote.0 + 1, vote.1.max(Reverse(self.number(row))));
        }
        let most = votes.into_iter().max_by_key(|vote| vote.1);
        most.map_or(u32::MAX, |(name, _)| name)
    }

    /// By archived story: the group that it goes on in. Documents of it that are elsewhere stay there with new documents of the drop
    /// only (`is_new`, by row): a copy of an archived one alone tells nothing of its story, and is brought home.
    pub(super) fn homes(&self, groups: &mut Groups, is_new: impl Fn(u32) -> bool) -> BTreeMap<StoryId, u32> {
        loop {
            let homes: BTreeMap<StoryId, u32> =
                self.met.iter().map(|(&story, rows)| (story, self.home(groups, rows))).collect();
            let mut settled: BTreeSet<u32> = homes.values().copied().collect();
            settled.extend((0..self.n_drop()).filter(|&row| is_new(row)).map(|row| groups.name_of(row)));
            let mut strays = self.met.iter().flat_map(|(story, rows)| {
                rows.iter().filter(|row| self.copies.contains_key(*row)).map(|&row| (homes[story], row))
            });
            let Some((home, stray)) = strays.find(|&(_, row)| !settled.contains(&groups.name_of(row))) else {
                return homes;
            };
            groups.unite(home, groups.name_of(stray));
        }
    }
}

/// Which parts of archived stories are where.
pub(super) struct Parts {
    /// By group: the stories that go on in it.
    pub(super) at_home: BTreeMap<u32, Vec<StoryId>>,
    /// By group that has documents of the drop, then by story that goes on elsewhere: which archived documents of it are here.
    pub(super) strays: BTreeMap<u32, BTreeMap<StoryId, Part>>,
    /// By story: how many of its archived documents go over to others.
    pub(super) n_gone: HashMap<StoryId, u32>,
}

/// Archived documents of a story that are in one group.
#[derive(Default)]
pub(super) struct Part {
    pub(super) rows: Vec<u32>,
    /// Copies included, ascending.
    pub(super) numbers: Vec<u32>,
    pub(super) first_date: Option<String>,
}

impl Parts {
    pub(super) fn new(
        joint: &Joint<'_>,
        groups: &Groups,
        homes: &BTreeMap<StoryId, u32>,
        stories: &[Story],
    ) -> Self {
        let mut parts = Self { at_home: BTreeMap::new(), strays: BTreeMap::new(), n_gone: HashMap::new() };
        for (&story, &home) in homes {
            parts.at_home.entry(home).or_default().push(story);
        }
        let told: BTreeSet<u32> = stories.iter().map(|story| groups.name_of(story.name.0)).collect();
        let past = &joint.stories.documents;
        for (&story, rows) in &joint.met {
            for &row in rows {
                let name = groups.name_of(row);
                if name == homes[&story] || !told.contains(&name) {
                    continue;
                }
                let part = parts.strays.entry(name).or_default().entry(story).or_default();
                let number = joint.number(row);
                part.rows.push(row);
                part.numbers.push(number);
                if let Ok(place) = past.binary_search_by_key(&number, |past| past.number) {
                    part.numbers.extend_from_slice(&past[place].copies);
                    let date = past[place].document.date.clone();
                    part.first_date = part.first_date.take().into_iter().chain(date).min();
                }
            }
        }
        for (&story, part) in parts.strays.values_mut().flatten() {
            part.numbers.sort_unstable();
            part.numbers.dedup();
            *parts.n_gone.entry(story).or_default() += part.numbers.len() as u32;
        }
        parts
    }
}
