//! Memory: how much a run may take, and how much it will need.
//!
//! The estimate is made from what was read, before any document is compared. It covers what grows with the drop, and
//! was fitted to runs measured on eleven drops; what is told of small drops, and the margin, on six more (`benches/records/memory.md`).

use std::path::Path;

use serde::Serialize;

use crate::corpus::{Corpus, DocId};
use crate::error::Error;
use crate::pairs::{candidates, shingles};
use crate::settings::{Only, Settings};
use crate::tokens::scan;

/// What is told beyond what the constants below give, as a share of it: single drops took up to 8 % more than these.
const MARGIN: f64 = 1.05;

/// What the program takes before the first document, bytes.
const BASE: f64 = 1.4e7;

/// The same for what vectors and themes take however few documents there are.
const BASE_VECTORS: f64 = 1.6e7;

/// For each document, beside its fields: its rows in the tables of every stage, bytes.
const PER_DOCUMENT: f64 = 2_000.0;

/// The same where vectors are made: neighbors, and places in a space of a hundred dimensions.
const PER_DOCUMENT_VECTORS: f64 = 2_000.0;

/// For each byte of text in memory.
const PER_TEXT_BYTE: f64 = 1.05;

/// For each word of the texts, bytes.
const PER_WORD: f64 = 9.2;

/// For each shingle that is sorted at a time, bytes.
const PER_SHINGLE: f64 = 14.0;

/// For each word of the texts in vectors, bytes.
const PER_WORD_VECTORS: f64 = 1.5;

/// What is still held of the shingles then, for each that was sorted at a time, bytes.
const PER_SHINGLE_LEFT: f64 = 12.0;

/// What reading takes beside the texts, for each of their bytes, and at most. The C library keeps it for what comes after, and shingles
/// are the first to ask for as much.
const PER_BYTE_READ: f64 = 2.0;
const MOST_FOR_READING: f64 = 3.3e7;

/// The same of copies alone, where no rows of vectors, stories and themes are to come: the base, for each document beside its fields, for each
/// shingle, and at most for reading. Fitted to eleven drops, texts in memory and in a file, and with a margin of its own.
const COPIES_MARGIN: f64 = 1.07;
const BASE_COPIES: f64 = 2.2e7;
const PER_DOCUMENT_COPIES: f64 = 900.0;
const PER_SHINGLE_COPIES: f64 = 8.3;
const MOST_FOR_READING_COPIES: f64 = 2.0e7;

/// The same of a whole run with texts in a file, which lets words and rows go where they are not needed: fitted to nineteen drops,
/// those of 100 MiB and more to within 13 %.
const FILED_MARGIN: f64 = 1.03;
const BASE_FILED: f64 = 3.2e7;
const PER_DOCUMENT_FILED: f64 = 1_800.0;
const PER_WORD_FILED: f64 = 8.6;
const PER_SHINGLE_FILED: f64 = 10.2;
const PER_BYTE_READ_FILED: f64 = 2.4;
const MOST_FOR_READING_FILED: f64 = 4.0e7;

/// Texts that are looked into for how many words they have.
const SAMPLED: usize = 2_000;

/// A word takes at most so many bytes with what parts it from the next, in any script, on the mean of a drop.
const LONGEST_WORD: u64 = 16;

/// Fields of a document that has little more than an id and a title, bytes.
const SHORT_FIELDS: u64 = 400;

/// How much may be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ceiling {
    /// Bytes.
    pub bytes: u64,
    /// `memory` for the setting, `cgroup` for the limit that the system sets this process.
    pub origin: &'static str,
}

/// What was allowed, expected and done: what `run.json` says of memory.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct MemoryUse {
    /// The ceiling, bytes; none where there is none.
    pub ceiling_bytes: Option<u64>,
    /// Where it comes from: [`Ceiling::origin`].
    pub ceiling_from: Option<&'static str>,
    /// What was expected before the work, bytes.
    pub expected_bytes: u64,
    /// `in_memory`, or `spilled` where some of them are in a temporary file.
    pub texts: &'static str,
    /// Texts in that file.
    pub spilled_texts: u64,
    /// Its bytes.
    pub spilled_bytes: u64,
}

/// What takes memory.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Load {
    pub(crate) n_documents: u64,
    /// Bytes of all fields but the text.
    pub(crate) field_bytes: u64,
    /// Bytes of texts in memory.
    pub(crate) held_bytes: u64,
    /// Bytes of all texts, wherever they are.
    pub(crate) text_bytes: u64,
    /// Words of all texts.
    pub(crate) n_words: u64,
    /// Shingles that are sorted at a time.
    pub(crate) n_sorted: u64,
}

impl Load {
    /// The least that `text_bytes` of texts can be.
    pub(crate) fn at_least(n_documents: u64, field_bytes: u64, text_bytes: u64) -> Self {
        Self { n_documents, field_bytes, n_words: text_bytes / LONGEST_WORD, ..Self::default() }
    }

    /// Of a corpus; its words are counted in a sample of its texts.
    fn of(corpus: &Corpus, settings: &Settings) -> Self {
        let n_documents = corpus.documents.len();
        let lengths = || (0..n_documents as u32).map(|id| corpus.texts.n_bytes(DocId(id)) as u64);
        let text_bytes = lengths().sum::<u64>();
        let (mut bytes, mut words) = (0_u64, 0_u64);
        for place in 0..n_documents.min(SAMPLED) {
            let text = corpus.texts.text(DocId((place * n_documents / n_documents.min(SAMPLED)) as u32));
            bytes += text.len() as u64;
            scan::words(&text, |_, _| words += 1);
        }
        let words_in = |n_bytes: u64| (words as f64 * n_bytes as f64 / bytes.max(1) as f64) as u64;
        let n_words = words_in(text_bytes);
        let n_shingles = lengths().map(|n_bytes| n_proposing(words_in(n_bytes), settings)).sum();
        Self {
            n_documents: n_documents as u64,
            field_bytes: corpus.documents.iter().map(crate::corpus::field_bytes).sum(),
            held_bytes: corpus.texts.held_bytes(),
            text_bytes,
            n_words,
            n_sorted: sorted_at_a_time(n_shingles, n_words),
        }
    }

    /// Of documents that are not there, with short fields and their texts in memory.
    pub(crate) fn in_memory(n_documents: u64, text_bytes: u64, n_words: u64, settings: &Settings) -> Self {
        let field_bytes = SHORT_FIELDS * n_documents;
        let n_shingles = n_documents * n_proposing(n_words / n_documents.max(1), settings);
        let n_sorted = sorted_at_a_time(n_shingles, n_words);
        Self { n_documents, field_bytes, held_bytes: text_bytes, text_bytes, n_words, n_sorted }
    }

    /// What the documents take once they are read and counted, bytes.
    pub(crate) fn needed_to_read(&self, settings: &Settings) -> u64 {
        let is_for_copies = settings.only == Some(Only::Duplicates);
        let per_document = if is_for_copies { PER_DOCUMENT_COPIES } else { PER_DOCUMENT };
        let documents = self.field_bytes as f64 + per_document * self.n_documents as f64;
        (BASE + documents + PER_TEXT_BYTE * self.held_bytes as f64 + PER_WORD * self.n_words as f64) as u64
    }

    /// The highest that memory will stand in a run, bytes.
    pub(crate) fn needed(&self, settings: &Settings) -> u64 {
        if settings.only == Some(Only::Duplicates) {
            return self.needed_for_copies();
        }
        let in_a_file = self.needed_with_texts_in_a_file();
        if self.held_bytes == 0 {
            return in_a_file;
        }
        let (read, words) = (self.needed_to_read(settings) as f64, self.n_words as f64);
        let (documents, sorted) = (self.n_documents as f64, self.n_sorted as f64);
        let for_reading = (PER_BYTE_READ * self.text_bytes as f64).min(MOST_FOR_READING);
        let for_copies = for_reading.max(PER_SHINGLE * sorted);
        let left = for_reading.max(PER_SHINGLE_LEFT * sorted);
        let for_vectors = PER_DOCUMENT_VECTORS * documents + PER_WORD_VECTORS * words + left;
        let with_texts = in_a_file + (PER_TEXT_BYTE * self.held_bytes as f64) as u64;
        with_texts.max((MARGIN * (read + BASE_VECTORS + for_copies.max(for_vectors))) as u64)
    }

    fn needed_with_texts_in_a_file(&self) -> u64 {
        let documents = self.field_bytes as f64 + PER_DOCUMENT_FILED * self.n_documents as f64;
        let for_reading = (PER_BYTE_READ_FILED * self.text_bytes as f64).min(MOST_FOR_READING_FILED);
        let passing = for_reading + PER_SHINGLE_FILED * self.n_sorted as f64;
        let whole = BASE_FILED + documents + PER_WORD_FILED * self.n_words as f64 + passing;
        self.needed_for_copies().max((FILED_MARGIN * whole) as u64)
    }

    fn needed_for_copies(&self) -> u64 {
        let documents = self.field_bytes as f64 + PER_DOCUMENT_COPIES * self.n_documents as f64;
        let texts = PER_TEXT_BYTE * self.held_bytes as f64 + PER_WORD * self.n_words as f64;
        let for_reading = (PER_BYTE_READ * self.text_bytes as f64).min(MOST_FOR_READING_COPIES);
        let passing = for_reading.max(PER_SHINGLE_COPIES * self.n_sorted as f64);
        (COPIES_MARGIN * (BASE_COPIES + documents + texts + passing)) as u64
    }
}

/// Shingles with which a text of so many words proposes pairs.
fn n_proposing(n_words: u64, settings: &Settings) -> u64 {
    n_words / candidates::sample_of(n_words as usize, settings)
}

/// Shingles, of so many, that are sorted at a time.
fn sorted_at_a_time(n_shingles: u64, n_words: u64) -> u64 {
    n_shingles / shingles::n_passes(n_shingles as usize, n_words as usize)
}

/// The ceiling of this process: the setting, or the limit of its cgroup where that is lower or nothing is set.
#[must_use]
pub fn ceiling(settings: &Settings) -> Option<Ceiling> {
    let set = settings.memory.map(|bytes| Ceiling { bytes, origin: "memory" });
    let limit = cgroup_limit(Path::new("/")).map(|bytes| Ceiling { bytes, origin: "cgroup" });
    set.into_iter().chain(limit).min_by_key(|ceiling| ceiling.bytes)
}

/// Says what a run of `corpus` will need. Where it fits only without texts in memory, they go to a temporary file.
///
/// # Errors
/// [`Error::Memory`] where that is still more than the ceiling, [`Error::Scratch`] where the file cannot be written.
pub fn check(corpus: &mut Corpus, settings: &Settings) -> Result<MemoryUse, Error> {
    let ceiling = ceiling(settings);
    let mut load = Load::of(corpus, settings);
    if let Some(ceiling) = ceiling
        && load.needed(settings) > ceiling.bytes
    {
        load.held_bytes = 0;
        if load.needed(settings) > ceiling.bytes {
            return Err(too_little(load.needed(settings), ceiling, None));
        }
        corpus.texts.spill(settings.scratch.as_deref())?;
    }
    let expected_bytes = load.needed(settings);
    let spilled_texts = corpus.texts.n_spilled();
    Ok(MemoryUse {
        ceiling_bytes: ceiling.map(|ceiling| ceiling.bytes),
        ceiling_from: ceiling.map(|ceiling| ceiling.origin),
        expected_bytes,
        texts: if spilled_texts > 0 { "spilled" } else { "in_memory" },
        spilled_texts,
        spilled_bytes: corpus.texts.file_bytes(),
    })
}

/// `read`: the share of the input that was read when this was known, 0..=1.
pub(crate) fn too_little(needed: u64, ceiling: Ceiling, read: Option<f64>) -> Error {
    // Upwards, so that the figure is enough when given.
    let mebibytes = |bytes: u64| bytes.div_ceil(1 << 20);
    let needed = match read {
        None => format!("about {} MiB are needed", mebibytes(needed)),
        Some(share) => format!(
            "at least {} MiB are needed, told after {:.0} % of the input",
            mebibytes(needed),
            share * 100.0
        ),
    };
    let from = match ceiling.origin {
        "cgroup" => "the limit that the system sets this process (its cgroup)",
        _ => "the ceiling of --memory",
    };
    Error::Memory(format!(
        "this would not fit in memory: {needed}, and {from} is {} MiB; allow more, or give the documents in parts; \
         nothing was published",
        ceiling.bytes >> 20
    ))
}

/// The lowest limit on the way from this process's cgroup to the root, bytes; none where there is none. `root` has
/// the system's `/proc` and `/sys`.
fn cgroup_limit(root: &Path) -> Option<u64> {
    let groups = std::fs::read_to_string(root.join("proc/self/cgroup")).ok()?;
    let mounts = root.join("sys/fs/cgroup");
    let limits = groups.lines().flat_map(|line| {
        let mut parts = line.splitn(3, ':').skip(1);
        let (controllers, group) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let (mount, file) = if controllers.is_empty() {
            (mounts.clone(), "memory.max")
        } else if controllers.split(',').any(|controller| controller == "memory") {
            (mounts.join("memory"), "memory.limit_in_bytes")
        } else {
            return Vec::new();
        };
        // In a container the group may be named as the host sees it, and its limit stands at the root.
        let below = Path::new(group.trim_start_matches('/'));
        let folders = below.ancestors().map(|folder| mount.join(folder));
        folders.filter_map(|folder| std::fs::read_to_string(folder.join(file)).ok()).collect()
    });
    // Without a limit there stands `max`, or a number near 2^63.
    limits.filter_map(|limit| limit.trim().parse::<u64>().ok()).filter(|&bytes| bytes < 1 << 50).min()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn limit_of(group: &str, files: &[(&str, &str)]) -> Option<u64> {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in [("proc/self/cgroup", group)].iter().chain(files) {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        cgroup_limit(root.path())
    }

    #[test]
    fn the_lowest_limit_on_the_way_up_counts() {
        let two = "0::/user.slice/job\n";
        let at = "sys/fs/cgroup";
        let path = |below: &str| format!("{at}/{below}");
        assert_eq!(limit_of(two, &[(&path("user.slice/job/memory.max"), "max\n")]), None);
        assert_eq!(
            limit_of(
                two,
                &[
                    (&path("user.slice/job/memory.max"), "8000000000\n"),
                    (&path("user.slice/memory.max"), "500000000\n"),
                ]
            ),
            Some(500_000_000)
        );
        let one = "5:cpu:/x\n4:memory,hugetlb:/docker/abc\n0::/\n";
        assert_eq!(
            limit_of(one, &[(&path("memory/memory.limit_in_bytes"), "600000000\n")]),
            Some(600_000_000),
            "the group as the host names it is not there"
        );
        assert_eq!(
            limit_of(one, &[(&path("memory/docker/abc/memory.limit_in_bytes"), "9223372036854771712")]),
            None
        );
        assert_eq!(limit_of("", &[]), None);
    }

    #[test]
    fn more_of_anything_needs_more() {
        let load = Load {
            n_documents: 1_000,
            field_bytes: 100_000,
            held_bytes: 5_000_000,
            text_bytes: 5_000_000,
            n_words: 1_000_000,
            n_sorted: 1_000_000,
        };
        let settings = Settings::default();
        for held_bytes in [5_000_000, 0] {
            let load = Load { held_bytes, ..load };
            let needed = load.needed(&settings);
            for more in [
                Load { n_documents: 2_000, ..load },
                Load { field_bytes: 200_000, ..load },
                Load { held_bytes: 6_000_000, ..load },
                Load { text_bytes: 50_000_000, ..load },
                Load { n_words: 2_000_000, ..load },
                Load { n_sorted: 2_000_000, ..load },
            ] {
                assert!(more.needed(&settings) >= needed);
            }
            let fewer = Settings { only: Some(Only::Duplicates), ..settings.clone() };
            assert!(load.needed(&fewer) <= needed);
        }
    }
}
