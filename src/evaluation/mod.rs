//! Evaluation: how good is a grouping, against a truth?
//! In:  two [`Grouping`]s of the same documents, the truth's and the one to be judged.
//! Out: [`Scores`], the worst errors, recall by kind of edit. Touches nothing.
//!
//! Everything is counted in one table of the groups' overlaps ([`Contingency`]), which grows with the documents and
//! never with their pairs. All numbers are the same whatever order the documents and groups come in.

mod contingency;
mod scores;
mod errors;
mod kinds;
pub mod judgements;
pub mod truth;

use hashbrown::HashMap;

pub use contingency::{Cell, Contingency};
pub use errors::{Part, Scattered, WrongPair, WrongPairs, most_mixed, most_split};
pub use kinds::{KindCount, false_merges, recall_by_kind};
pub use scores::{PrecisionRecall, Scores};
pub use truth::Truth;

/// A group's place in its [`Grouping`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(pub u32);

impl GroupId {
    /// As an index.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A document's place in the two groupings that are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place(pub u32);

impl Place {
    /// As an index.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Which documents belong together: each is in exactly one group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Grouping {
    /// By document: its group.
    pub groups: Vec<GroupId>,
    /// By group: its name; none for a document that is alone because it was given no group.
    pub names: Vec<Option<String>>,
}

impl Grouping {
    /// From the name of each document's group; a document without one is a group of its own.
    #[must_use]
    pub fn from_names<'n>(names: impl IntoIterator<Item = Option<&'n str>>) -> Self {
        let mut ids: HashMap<&str, GroupId> = HashMap::new();
        let mut grouping = Self::default();
        for name in names {
            let next = GroupId(grouping.names.len() as u32);
            let group = name.map_or(next, |name| *ids.entry(name).or_insert(next));
            if group == next {
                grouping.names.push(name.map(str::to_owned));
            }
            grouping.groups.push(group);
        }
        grouping
    }

    /// Number of documents.
    #[must_use]
    pub fn n_documents(&self) -> usize {
        self.groups.len()
    }

    /// Number of groups.
    #[must_use]
    pub fn n_groups(&self) -> usize {
        self.names.len()
    }

    /// One document's group.
    #[must_use]
    pub fn of(&self, document: Place) -> GroupId {
        self.groups[document.index()]
    }

    /// A group's name, if it has one.
    #[must_use]
    pub fn name(&self, group: GroupId) -> Option<&str> {
        self.names[group.index()].as_deref()
    }
}
