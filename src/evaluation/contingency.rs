//! How two groupings overlap.

use super::{GroupId, Grouping};

/// The documents that a group of the truth and a found group share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    /// The truth's group.
    pub gold: GroupId,
    /// The found one.
    pub found: GroupId,
    /// Documents in both, 1 or more.
    pub n_documents: u32,
}

/// Every overlap of two groupings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contingency {
    /// Number of documents.
    pub n_documents: u32,
    /// Overlaps, ascending by gold group, then by found one; no more than there are documents.
    pub cells: Vec<Cell>,
    /// By gold group: its documents.
    pub gold_sizes: Vec<u32>,
    /// By found group: its documents.
    pub found_sizes: Vec<u32>,
}

impl Contingency {
    /// Counts the overlaps of two groupings of the same documents. One sort of the documents.
    ///
    /// # Panics
    /// When the two do not group equally many documents.
    #[must_use]
    pub fn count(gold: &Grouping, found: &Grouping) -> Self {
        assert_eq!(gold.n_documents(), found.n_documents(), "two groupings of the same documents");
        let mut both: Vec<(GroupId, GroupId)> =
            gold.groups.iter().copied().zip(found.groups.iter().copied()).collect();
        both.sort_unstable();
        let cells = both.chunk_by(|left, right| left == right).map(|same| Cell {
            gold: same[0].0,
            found: same[0].1,
            n_documents: same.len() as u32,
        });
        Self {
            n_documents: both.len() as u32,
            cells: cells.collect(),
            gold_sizes: sizes(gold),
            found_sizes: sizes(found),
        }
    }
}

fn sizes(grouping: &Grouping) -> Vec<u32> {
    let mut sizes = vec![0; grouping.n_groups()];
    for group in &grouping.groups {
        sizes[group.index()] += 1;
    }
    sizes
}
