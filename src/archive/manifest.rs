//! The manifest: what an archive holds, in one small file that is replaced as a whole. Whatever it does not name is not there.

use std::collections::BTreeMap;
use std::io::{self, Write as _};

use hashbrown::HashMap;
use rapidhash::v3::rapidhash_v3;
use serde::{Deserialize, Serialize};

use super::section::{SectionRecord, damaged};
use super::storage::{Storage, bytes_at};
use crate::clusters::known::OneSet;

/// Version of the format: rises when an older program could misread a newer archive.
pub(super) const VERSION: u32 = 4;

/// What the file is called.
pub(super) const NAME: &str = "manifest";

/// What it is called before it is whole.
pub(super) const NEW: &str = "manifest.new";

/// How its first line begins; the version and a checksum of all that follows the line come next.
const TITLE: &str = "samestory archive";

/// What an archive holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    /// How often it was replaced.
    pub(super) generation: u64,
    /// Version of the program that wrote it.
    pub(super) written_by: String,
    /// Everything that shaped what is stored: two archives can be merged, and a drop be added, only where all of it is
    /// equal.
    pub(super) made_with: BTreeMap<String, String>,
    /// Oldest first.
    pub(super) drops: Vec<DropRecord>,
    /// In the order of their documents.
    pub(super) segments: Vec<SegmentRecord>,
    /// Number of the next segment's folder.
    pub(super) next_segment: u64,
}

/// A drop that was added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DropRecord {
    /// Counted from 1.
    pub number: u32,
    /// Its inputs as they were named.
    pub name: String,
    /// When it was added, RFC 3339 (UTC).
    pub added: String,
    /// Number of its first document in the archive.
    pub first_document: u32,
    /// Documents added.
    pub n_documents: u32,
    /// Documents of the drop that were archived before, by id and text, and not added again.
    pub n_archived_before: u32,
    /// Documents of the drop that are copies of archived ones.
    pub n_known: u32,
    /// Earliest date of its documents.
    pub first_date: Option<String>,
    /// Latest date of its documents.
    pub last_date: Option<String>,
    /// Stable hash of the ids and texts of all its documents, 16 hex digits: tells the same drop.
    pub fingerprint: String,
    /// Duplicate sets of earlier drops that it showed to be one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub one_set: Vec<OneSet>,
}

/// A segment: the documents of one drop, or of several that were compacted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SegmentRecord {
    /// Its folder below `segments/`.
    pub(super) folder: String,
    /// Number of its first document in the archive; the others follow.
    pub(super) first_document: u32,
    pub(super) n_documents: u32,
    /// Bytes of its texts before they were packed.
    pub(super) text_bytes: u64,
    pub(super) sections: Vec<SectionRecord>,
}

impl Manifest {
    /// Documents in all segments.
    pub(super) fn n_documents(&self) -> u32 {
        self.segments.iter().map(|segment| segment.n_documents).sum()
    }

    /// By number of the document that was kept of a duplicate set: the number of the one that is kept of it and others, as it was
    /// before drop number `before`.
    pub(super) fn one_sets(&self, before: u32) -> HashMap<u32, u32> {
        let drops = self.drops.iter().filter(|drop| drop.number < before);
        let into: HashMap<u32, u32> =
            drops.flat_map(|drop| &drop.one_set).map(|one| (one.from, one.into)).collect();
        let last = |mut kept: u32| {
            // What went into another is kept of nothing any more, so there is an end; a damaged manifest could have none.
            for _ in 0..into.len() {
                match into.get(&kept) {
                    Some(&next) => kept = next,
                    None => break,
                }
            }
            kept
        };
        into.keys().map(|&from| (from, last(from))).collect()
    }

    /// The drop that a document came with.
    pub(super) fn drop_of(&self, document: u32) -> Option<&DropRecord> {
        let after = self.drops.partition_point(|drop| drop.first_document <= document);
        // A drop that added nothing begins where the next one does.
        self.drops[..after].iter().rev().find(|drop| drop.n_documents > 0)
    }

    /// Stable hash of what drop number `before` is held against, which begins behind `n_before` documents; 16 hex digits. When that
    /// was written, and by which program, does not count.
    pub(super) fn fingerprint(&self, before: u32, n_before: u32) -> io::Result<String> {
        let drops = self.drops.iter().filter(|drop| drop.number < before);
        let drops: Vec<_> = drops.map(|drop| DropRecord { added: String::new(), ..drop.clone() }).collect();
        let segments: Vec<_> = self
            .segments
            .iter()
            .filter(|segment| segment.first_document < n_before)
            .map(|segment| (segment.first_document, &segment.sections))
            .collect();
        let bytes = serde_json::to_vec(&(&self.made_with, drops, segments))?;
        Ok(format!("{:016x}", rapidhash_v3(&bytes)))
    }

    /// Puts it in the place of the one before, in one step: after any crash one of the two is there, whole.
    pub(super) fn write(&self, storage: &dyn Storage) -> io::Result<()> {
        let mut body = serde_json::to_vec_pretty(self)?;
        body.push(b'\n');
        let mut sink = storage.create(NEW)?;
        sink.write_all(format!("{TITLE} {VERSION} {:016x}\n", rapidhash_v3(&body)).as_bytes())?;
        sink.write_all(&body)?;
        sink.sync()?;
        drop(sink);
        storage.rename(NEW, NAME)?;
        storage.sync_folder("")
    }

    /// None where there is no archive.
    pub(super) fn read(storage: &dyn Storage) -> io::Result<Option<Self>> {
        let file = match storage.open(NAME) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened?,
        };
        let bytes = bytes_at(&*file, 0, file.n_bytes())?;
        let end =
            bytes.iter().position(|&byte| byte == b'\n').ok_or_else(|| damaged("it has no first line"))?;
        let title = std::str::from_utf8(&bytes[..end]).unwrap_or_default();
        let mut words = title.strip_prefix(TITLE).unwrap_or_default().split_ascii_whitespace();
        let version = words.next().and_then(|version| version.parse::<u32>().ok());
        let version = version.ok_or_else(|| damaged("its first line is not that of an archive"))?;
        if version > VERSION {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                format!(
                    "the archive has version {version} of the format, and this program knows up to {VERSION}; \
                     use a newer samestory"
                ),
            ));
        }
        let body = &bytes[end + 1..];
        if words.next() != Some(format!("{:016x}", rapidhash_v3(body)).as_str()) {
            return Err(damaged("its checksum is not that of its content"));
        }
        Ok(Some(serde_json::from_slice(body)?))
    }
}
