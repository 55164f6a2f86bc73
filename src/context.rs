//! What is known beyond this drop. Empty without an archive.

use hashbrown::{HashMap, HashSet};

/// Knowledge from outside the drop that shapes weights and verdicts: a verdict is a function of two
/// texts and this.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// Documents counted into `document_frequencies`.
    pub n_documents: u64,
    /// In how many of those documents a term (a stem) occurs.
    pub document_frequencies: HashMap<String, u64>,
    /// Stable hashes of 3-word shingles known to be boilerplate.
    pub boilerplate: HashSet<u64>,
}

impl Context {
    /// A stable name for this knowledge, written to `run.json`: equal fingerprints give equal verdicts.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut terms: Vec<_> = self.document_frequencies.iter().collect();
        terms.sort();
        let mut shingles: Vec<_> = self.boilerplate.iter().collect();
        shingles.sort();
        let mut bytes = self.n_documents.to_le_bytes().to_vec();
        for (term, count) in terms {
            bytes.extend_from_slice(term.as_bytes());
            bytes.push(0);
            bytes.extend_from_slice(&count.to_le_bytes());
        }
        bytes.extend(shingles.iter().flat_map(|shingle| shingle.to_le_bytes()));
        if self.n_documents == 0 && self.boilerplate.is_empty() {
            return "empty".to_owned();
        }
        format!("{:016x}", rapidhash::v3::rapidhash_v3(&bytes))
    }
}
