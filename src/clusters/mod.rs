//! Clusters: what belongs together, and what is it called?
//! In:  `SimilarPair`s, `Neighbors`, `TfIdfMatrix`, `Tokens`.
//! Out: [`DuplicateSet`]s, [`Story`]s, [`Theme`]s. Touches memory only.

mod compilations;
mod fullness;
pub mod duplicates;
pub mod known;
pub mod linkage;
pub mod expansion;
pub mod stories;
pub mod continued;
mod homes;
pub mod phrases;
mod labels;
pub mod naming;
mod common;
mod label_words;
mod sparse;
mod svd;
mod kmeans;
mod mixture;
mod space;
mod coherence;
pub mod map;
pub mod dendrogram;
mod handful;
pub mod themes;

pub(crate) use compilations::LESSER_PART;
pub use phrases::Phrases;

use crate::corpus::DocId;
use crate::pairs::Relation;

/// Documents that are the same text. Every member was verified against the kept document; the set is named by its id.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct DuplicateSet {
    /// The document to keep: the fullest content, then the earliest, then the smallest id; where some members are no copies of
    /// that, the one of the fullest few of which most are.
    pub kept: DocId,
    /// All documents of the set, `kept` included, ascending.
    pub members: Vec<Member>,
}

/// A document in a duplicate set.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Member {
    /// Which.
    pub document: DocId,
    /// What it is in the set.
    pub role: Role,
    /// Share of its words that the kept document has too, 0..=1; 1 for the kept one.
    pub coverage: f32,
    /// What it is to the kept document; none for the kept one itself.
    pub relation: Option<Relation>,
    /// Why it is here, in words.
    pub reason: String,
}

/// What a document is in its duplicate set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Role {
    /// The one to keep.
    Kept,
    /// The same text.
    Copy,
    /// A part of the kept text.
    Excerpt,
}

impl Role {
    /// The word the tables use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Kept => "kept",
            Self::Copy => "copy",
            Self::Excerpt => "excerpt",
        }
    }
}

/// Documents that tell one story; every comparable document is in exactly one.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Story {
    /// The id of its representative document.
    pub name: DocId,
    /// A phrase that tells it from the others.
    pub label: String,
    /// All documents, copies included, ascending.
    pub members: Vec<DocId>,
    /// Documents left after copies are folded.
    pub n_distinct: u32,
    /// Earliest document date.
    pub first_date: Option<String>,
    /// Latest document date.
    pub last_date: Option<String>,
    /// Who carried it, sorted, each once.
    pub sources: Vec<String>,
    /// The document nearest to the story's centroid.
    pub representative: DocId,
    /// Mean cosine of its distinct documents to each other, 0..=1; 1 for a story of one.
    pub cohesion: f32,
    /// The loosest member: its mean cosine to the rest of the story, 0..=1; 1 for a story of one.
    pub weakest_link: f32,
    /// The nearest story that was not merged (its `name`), with the mean cosine between the two.
    pub nearest: Option<(DocId, f32)>,
    /// The share that the link with `nearest` lacks of the strength that would have merged them, 0..=1.
    pub shortfall: Option<f32>,
    /// How strongly it is linked with `nearest`: a mean cosine, of texts read together with their nearest, over what documents
    /// of these lengths can show of a story; 0 or more.
    pub nearest_strength: Option<f32>,
    /// The weakest of the links that its documents were brought together over: one document of either side, and the
    /// strength; none for a story of one, or where that link was with a document of an earlier drop.
    pub weakest_joint: Option<(DocId, DocId, f32)>,
    /// The link strength from which groups merge: the same for all stories of a run. A small group may join a much larger
    /// story below it.
    pub needed_strength: f32,
    /// The main theme of most of its documents: an index into [`Themes::themes`], if any has one.
    pub theme: Option<u32>,
    /// Phrases that tell it from the rest, best first.
    pub keyphrases: Vec<String>,
}

/// What runs through the drop. Documents may be in several themes.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Theme {
    /// `1`, `2`, ...; below a theme `1.1`, `1.2`, ...
    pub name: String,
    /// A few phrases, joined by commas.
    pub label: String,
    /// Phrases or terms with their weights, heaviest first.
    pub terms: Vec<(String, f32)>,
    /// Members with their weights 0..=1 (cosine to the centroid, of a handful the share of the wording), heaviest first (ties by
    /// id): the first is the medoid.
    pub documents: Vec<(DocId, f32)>,
    /// How often its terms occur together: normalised pointwise mutual information, -1..=1.
    pub coherence: f32,
    /// Narrower themes within this one.
    pub children: Vec<Theme>,
}

/// All themes of a drop.
#[derive(Debug, Clone, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Themes {
    /// The top of the tree, largest first.
    pub themes: Vec<Theme>,
    /// Each document's main theme: an index into `themes`; none for documents without words.
    pub main: Vec<Option<u32>>,
    /// By document: its place on the map ([`map`]); none for copies (they stand where their kept document does), and
    /// for documents without words. Empty where no map was made.
    pub map: Vec<Option<map::Place>>,
    /// How the number of themes was chosen, in words.
    pub method: String,
}
