//! What is known beyond this drop. Empty without an archive.

use hashbrown::{HashMap, HashSet};

use crate::corpus::Document;

/// Knowledge from outside the drop that shapes weights and verdicts: a verdict is a function of two
/// texts and this.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// Documents counted into `document_frequencies`.
    pub n_documents: u64,
    /// In how many of those documents a term (a stem) occurs.
    pub document_frequencies: HashMap<String, u64>,
    /// Wording known to be boilerplate.
    pub boilerplate: KnownBoilerplate,
    /// In how many past texts a 3-word shingle stands, [`Context::documents`] not counted; by the shingle's key. Shingles that so
    /// few texts hold that it makes no difference are left out.
    pub shingles: HashMap<u64, u32>,
    /// Past documents that may be the same as documents of the drop, ascending by number.
    pub documents: Vec<PastDocument>,
    /// A stable name for an archive's state and the drop it was asked about.
    pub archive: Option<String>,
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
        format!("{:016x}", rapidhash::v3::rapidhash_v3(&bytes))
    }
}
