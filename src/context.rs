//! What is known beyond this drop. Empty without an archive.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use hashbrown::{HashMap, HashSet};
use rapidhash::v3::rapidhash_v3;

use crate::corpus::{Corpus, Document};
use crate::error::Error;
use crate::settings::Settings;
use crate::tokens::{Terms, Tokens};
use crate::vectors::TermCounts;

/// Knowledge from outside the drop that shapes weights and verdicts: a verdict is a function of two
/// texts and this.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// Documents counted into `document_frequencies`.
    pub n_documents: u64,
    /// In how many of those documents a term (a stem) occurs.
    pub document_frequencies: HashMap<String, u64>,
    /// The same of the documents' beginnings ([`crate::settings::Settings::lead_words`]), which tell stories.
    pub lead_frequencies: HashMap<String, u64>,
    /// Wording known to be boilerplate.
    pub boilerplate: KnownBoilerplate,
    /// In how many past texts a 3-word shingle stands, [`Context::documents`] not counted; by the shingle's key. Shingles that so
    /// few texts hold that it makes no difference are left out.
    pub shingles: HashMap<u64, u32>,
    /// Past documents that may be the same as documents of the drop, ascending by number.
    pub documents: Vec<PastDocument>,
    /// Past parts of past round-ups that would have been among them, had not others been read first.
    pub parts_not_read: u64,
    /// How far the drop's document frequencies are from those of earlier drops, 0 (the same) to 1 (none of its terms is
    /// in them); none where either has too few documents to tell.
    pub drift: Option<f32>,
    /// Who tells of past stories; nobody without an archive, or where stories are not looked for.
    pub stories: Option<Arc<dyn StoryMemory>>,
    /// A stable name for an archive's state and the drop it was asked about.
    pub archive: Option<String>,
    /// Number of the drop, counted from 1, as the archive will count it; 0 without one.
    pub drop: u32,
}

/// What a story is called for good: made from its first document when it is first archived, and carried from drop to drop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoryId(pub u64);

impl serde::Serialize for StoryId {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for StoryId {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let digits = <std::borrow::Cow<'de, str>>::deserialize(from)?;
        u64::from_str_radix(&digits, 16).map(Self).map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for StoryId {
    /// 16 hex digits.
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(text, "{:016x}", self.0)
    }
}

impl StoryId {
    /// Of a story that begins with this document: a stable hash of its id and text, so that it depends on no other document, on
    /// no order and on no thread.
    #[must_use]
    pub fn begun_by(document_id: &str, text: &str) -> Self {
        Self(identity(document_id, &text_hash(text)))
    }
}

/// rapidhash v3 of a text, 16 hex digits.
pub(crate) fn text_hash(text: &str) -> String {
    format!("{:016x}", rapidhash_v3(text.as_bytes()))
}

/// rapidhash v3 of an id, a NUL byte and the hash of a text: tells the same document.
pub(crate) fn identity(id: &str, text_hash: &str) -> u64 {
    rapidhash_v3(format!("{id}\0{text_hash}").as_bytes())
}

/// Remembers past stories. It is asked once the drop's copies are known: which stories bear on a drop depends on them.
pub trait StoryMemory: fmt::Debug + Send + Sync {
    /// The stories that the drop may go on with.
    ///
    /// # Errors
    /// [`Error::ArchiveDamaged`] where they cannot be read.
    fn recall(
        &self,
        drop: StoryQuestion<'_>,
        context: &Context,
        settings: &Settings,
    ) -> Result<PastStories, Error>;
}

/// A drop whose past stories are asked for.
#[derive(Debug, Clone, Copy)]
pub struct StoryQuestion<'a> {
    /// Its documents.
    pub corpus: &'a Corpus,
    /// Their words.
    pub tokens: &'a Tokens,
    /// Their terms.
    pub terms: &'a Terms,
    /// Numbers of the archived documents that some of them are copies of, ascending.
    pub copied: &'a [u32],
}

/// Past stories, as far as they bear on a drop.
#[derive(Debug, Clone, Default)]
pub struct PastStories {
    /// Past documents near to some of the drop's, copies folded, ascending by number.
    pub documents: Vec<StoryDocument>,
    /// Counts of the beginnings of their texts, a row each.
    pub leads: TermCounts,
    /// The names of the terms of `leads`, ascending.
    pub names: Vec<String>,
    /// In how many beginnings of past documents a term occurs that `names` has and the drop has not.
    pub lead_frequencies: HashMap<String, u64>,
    /// By name: each story of one of `documents` or of those in `of`.
    pub stories: BTreeMap<StoryId, PastStory>,
    /// By number: the stories of the archived documents that some of the drop are copies of.
    pub of: HashMap<u32, StoryId>,
}

/// A past document that speaks for its story.
#[derive(Debug, Clone, PartialEq)]
pub struct StoryDocument {
    /// Its number in the archive.
    pub number: u32,
    /// The story that it is in.
    pub story: StoryId,
    /// Numbers of the archived documents of the story that are copies of it, ascending.
    pub copies: Vec<u32>,
    /// What was read.
    pub document: Document,
}

/// A story of earlier drops.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PastStory {
    /// Its label when it was first seen, kept since; empty where it has none.
    pub label: String,
    /// The drop that it began with.
    pub first_drop: u32,
    /// Number of its first document.
    pub first_document: u32,
    /// Earliest date of its documents.
    pub first_date: Option<String>,
    /// Documents that are archived, copies included.
    pub n_documents: u32,
}

/// Wording that was found to repeat without being copied: stable hashes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KnownBoilerplate {
    /// Runs of words.
    pub runs: HashSet<u64>,
    /// Whole lines, numbers set aside.
    pub lines: HashSet<u64>,
}

/// A document of an earlier drop.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct PastDocument {
    /// Its number in the archive.
    pub number: u32,
    /// The number of the drop that it came with.
    pub drop: u32,
    /// What that drop was called.
    pub drop_name: String,
    /// What was read.
    pub document: Document,
    /// Its text; empty once it was compared.
    pub text: String,
    /// Number of the document that is kept of its duplicate set; none where it is in none.
    pub set: Option<u32>,
}

impl PastDocument {
    /// The number of the document that stands for it and its copies.
    #[must_use]
    pub fn kept(&self) -> u32 {
        self.set.unwrap_or(self.number)
    }
}

impl Context {
    /// One of [`Context::documents`], by its number.
    pub(crate) fn document(&self, number: u32) -> Option<&PastDocument> {
        let place = self.documents.binary_search_by_key(&number, |past| past.number).ok()?;
        Some(&self.documents[place])
    }

    /// A stable name for this knowledge, written to `run.json`: equal fingerprints give equal verdicts.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        if let Some(archive) = &self.archive {
            return archive.clone();
        }
        let mut terms: Vec<_> = self.document_frequencies.iter().collect();
        terms.sort();
        let mut shingles: Vec<_> = self.boilerplate.runs.iter().chain(&self.boilerplate.lines).collect();
        shingles.sort();
        let mut past: Vec<_> = self.shingles.iter().collect();
        past.sort();
        let mut bytes = self.n_documents.to_le_bytes().to_vec();
        for (term, count) in terms {
            bytes.extend_from_slice(term.as_bytes());
            bytes.push(0);
            bytes.extend_from_slice(&count.to_le_bytes());
        }
        bytes.extend(shingles.iter().flat_map(|shingle| shingle.to_le_bytes()));
        for (shingle, documents) in past {
            bytes.extend_from_slice(&shingle.to_le_bytes());
            bytes.extend_from_slice(&documents.to_le_bytes());
        }
        for past in &self.documents {
            bytes.extend_from_slice(past.document.id.as_bytes());
            bytes.push(0);
            bytes.extend_from_slice(past.text.as_bytes());
        }
        if bytes == [0; 8] {
            return "empty".to_owned();
        }
        format!("{:016x}", rapidhash_v3(&bytes))
    }
}
