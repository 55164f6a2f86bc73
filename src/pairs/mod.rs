//! Pairs: which documents resemble each other, how, and where?
//! In:  `Tokens`, `TfIdfMatrix`, the texts.
//! Out: [`Boilerplate`], [`SimilarPair`]s with [`Passage`]s (left < right, once each, sorted), [`Neighbors`]. Touches memory only.

use std::ops::Range;

use crate::context::KnownBoilerplate;
use crate::corpus::DocId;

pub mod identical;
pub mod shingles;
pub mod common;
pub mod candidates;
pub mod boilerplate;
pub mod words;
pub mod align;
pub mod damage;
mod quotes;
mod messages;
pub mod unlike;
pub mod verdict;
pub mod evidence;
pub mod neighbors;
pub mod join;
mod tally;
mod twins;
mod plan;
mod ranks;
mod rare;
mod descent;
mod sweep;
mod top;

/// Two documents that resemble each other, `a < b`.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct SimilarPair {
    /// The document with the smaller id.
    pub a: DocId,
    /// The document with the greater id.
    pub b: DocId,
    /// What they are to each other.
    pub relation: Relation,
    /// Cosine of their TF-IDF rows, 0..=1; none where vectors were not made.
    pub cosine: Option<f32>,
    /// Jaccard similarity of their sets of 5-word shingles, 0..=1.
    pub jaccard: f32,
    /// Share of a's words that lie in aligned passages, boilerplate not counted, 0..=1.
    pub coverage_a: f32,
    /// The same of b.
    pub coverage_b: f32,
    /// What `copy-threshold` is held against: the greater of the two sides' shares of matched words, by weight,
    /// 0..=1; none where the texts were not aligned.
    pub score: Option<f32>,
    /// Words of a in the longest passage.
    pub longest_passage: u32,
    /// Why the relation holds, in words.
    pub reason: String,
    /// Where: ascending by place in a.
    pub passages: Vec<Passage>,
}

/// What two documents are to each other: the first that holds, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Relation {
    /// Equal after folding case and white space; of texts of at most 25 words the headlines say the same, too.
    Identical,
    /// The same text with edits; both sides are covered.
    NearDuplicate,
    /// One lies within the other, all but a little.
    Contained,
    /// They share wording that says something, and are not the same text.
    Reuse,
    /// They tell the same story in other words.
    SameStory,
}

impl Relation {
    /// The word the tables use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Identical => "identical",
            Self::NearDuplicate => "near_duplicate",
            Self::Contained => "contained",
            Self::Reuse => "reuse",
            Self::SameStory => "same_story",
        }
    }
}

/// A stretch of text that two documents share.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Passage {
    /// Bytes of a's extracted text.
    pub a: Range<u32>,
    /// Bytes of b's extracted text.
    pub b: Range<u32>,
    /// Matched share of the words of its longer side, 0..=1; at 1 each word faces an equal one, or one that differs in a few letters.
    pub similarity: f32,
    /// True where all but a quarter of its words, or more, repeat across many documents and count for little or nothing.
    pub boilerplate: bool,
}

/// Every document's nearest others by cosine, best first (ties: smaller id first).
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
pub struct Neighbors {
    /// Where each document's neighbors begin; `n_documents + 1` long.
    pub begins: Vec<usize>,
    /// Neighbors of all documents, one document after another.
    pub neighbors: Vec<Neighbor>,
    /// How they were found: exactly, or with the recall that was sampled.
    pub method: NeighborMethod,
}

/// One document near another.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Neighbor {
    /// The near document.
    pub document: DocId,
    /// Cosine of the two TF-IDF rows, over 0 and at most 1.
    pub cosine: f32,
}

/// How neighbors were found.
#[derive(Debug, Clone, Copy, PartialEq, Default, serde::Serialize, serde::Deserialize)]
#[serde(tag = "method", rename_all = "snake_case", try_from = "MethodRecord")]
pub enum NeighborMethod {
    /// No neighbor missed.
    #[default]
    Exact,
    /// Cosines are exact, but some neighbors may be missed.
    Approximate {
        /// Documents whose exact neighbors were computed for comparison.
        sampled_documents: u32,
        /// Share of their exact neighbors that were found, 0..=1.
        sampled_recall: f32,
    },
}

/// A [`NeighborMethod`] as it is written down: a tag beside numbers, which `serde_json` reads only so where numbers stay as written.
#[derive(serde::Deserialize)]
struct MethodRecord {
    method: String,
    sampled_documents: Option<u32>,
    sampled_recall: Option<f32>,
}

impl TryFrom<MethodRecord> for NeighborMethod {
    type Error = String;

    fn try_from(record: MethodRecord) -> Result<Self, String> {
        match (record.method.as_str(), record.sampled_documents, record.sampled_recall) {
            ("exact", ..) => Ok(Self::Exact),
            ("approximate", Some(sampled_documents), Some(sampled_recall)) => {
                Ok(Self::Approximate { sampled_documents, sampled_recall })
            }
            (method, ..) => Err(format!("no way to find neighbors: {method}")),
        }
    }
}

impl Neighbors {
    /// Nobody has a neighbor.
    #[must_use]
    pub fn none(n_documents: usize) -> Self {
        Self { begins: vec![0; n_documents + 1], ..Self::default() }
    }

    /// The same table with at most `k` neighbors a document.
    #[must_use]
    pub fn nearest(&self, k: usize) -> Self {
        let mut table = Self { begins: vec![0], neighbors: Vec::new(), method: self.method };
        for bounds in self.begins.windows(2) {
            let near = &self.neighbors[bounds[0]..bounds[1]];
            table.neighbors.extend_from_slice(&near[..k.min(near.len())]);
            table.begins.push(table.neighbors.len());
        }
        table
    }

    /// One document's neighbors, best first.
    #[must_use]
    pub fn of(&self, document: DocId) -> &[Neighbor] {
        &self.neighbors[self.begins[document.index()]..self.begins[document.index() + 1]]
    }
}

/// Wording that repeats across documents which are not copies of each other.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
pub struct Boilerplate {
    /// By document: byte ranges of its text, ascending and disjoint.
    pub ranges: Vec<Vec<Range<u32>>>,
    /// By document: share of its words in those ranges, 0..=1.
    pub shares: Vec<f32>,
    /// The commonest stretches, for the report, most documents first.
    pub stretches: Vec<BoilerplateStretch>,
    /// What was found here, for drops to come.
    #[serde(skip)]
    pub learnt: KnownBoilerplate,
}

/// One wording that repeats.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct BoilerplateStretch {
    /// The words as one of the documents has them.
    pub text: String,
    /// In how many documents (distinct texts) it stands.
    pub n_documents: u32,
    /// The sources that carry it, sorted; at most a few.
    pub sources: Vec<String>,
}
