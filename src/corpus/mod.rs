//! Corpus: what did we read, in which language, and what of a page is not the article?
//! In:  folders, files or standard input.
//! Out: [`Corpus`] (documents sorted by id, their texts, and every problem met). Reads disk.
//!
//! A file walks through the modules in the order below: it is found (`walk`), opened and
//! decompressed (`open`), told by its kind ([`format`]), decoded (`decode`, `whole`), cut into documents
//! by its door (`jsonl`, `json`, `table`, `html`, `markdown`, `feed`, `mail`, `plain`; `archive` opens the files within a
//! file), and each document is finished
//! (`draft`): language, date, furniture. Its text goes to `texts`, in memory or not. `ids` gives every document a name of its own. `again`
//! reads chosen records of a file a second time, as they stand.

mod read;
mod unusable;
mod walk;
mod open;
mod format;
mod decode;
mod whole;
mod fields;
mod record;
mod simple_json;
mod jsonl;
mod json;
mod table;
mod rows;
mod html;
mod page;
mod select;
mod facts;
mod refusal;
mod markdown;
mod feed;
mod mail;
#[cfg(feature = "warc")]
mod warc;
#[cfg(feature = "parquet")]
mod columnar;
#[cfg(feature = "parquet")]
mod columnar_kept;
#[cfg(feature = "pdf")]
pub mod pdf;
mod plain;
mod archive;
mod draft;
mod mojibake;
mod dates;
mod language;
mod function_words;
mod furniture;
mod glance;
mod marks;
mod lexicon;
mod texts;
mod ids;
mod letters;
mod again;
mod passing;
mod objects;

use std::ops::Range;

use crate::interned::{self, Word};

pub use again::Sources;
pub(crate) use again::{Fields, Shard};
pub(crate) use dates::day_number;
pub(crate) use draft::field_bytes;
pub(crate) use open::Compression;
pub use texts::TextStore;
pub(crate) use walk::{BENCH_RECORD, KEPT_FILES, escape_controls};

/// A document's place in the table: 0 is the smallest id, so order never depends on the input's order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct DocId(pub u32);

impl DocId {
    /// As an index into a table of documents.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What was read.
#[derive(Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Corpus {
    /// Sorted by id, each id once. `DocId` is an index here.
    pub documents: Vec<Document>,
    /// The texts of `documents`, in the same order.
    #[serde(skip)]
    pub texts: TextStore,
    /// Everything skipped or repaired, sorted by path, line and offset.
    pub problems: Vec<Problem>,
    /// The inputs as given, with what was found in each.
    pub inputs: Vec<Input>,
    /// How many records and files were met, used and not used.
    pub counts: ReadCounts,
    /// Which file each document came from, so that it can be read again; empty for texts that came from none.
    #[serde(skip)]
    pub sources: Sources,
}

/// One document, without its text.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Document {
    /// As the input said, or the path below the input folder without what is not needed to tell it apart.
    pub id: String,
    /// The file it was read from, relative to its input.
    pub path: String,
    /// The line of that file, counted from 1; none for a whole file.
    pub line: Option<u64>,
    /// Where it was published.
    pub url: Option<String>,
    /// Its headline.
    pub title: Option<String>,
    /// The headline's bytes in the text, where it is part of the text.
    pub title_span: Option<Range<u32>>,
    /// When it was published, normalised to RFC 3339 (UTC) or a plain date `YYYY-MM-DD`.
    pub date: Option<String>,
    /// Who published it.
    pub source: Option<String>,
    /// Its main language.
    pub language: Language,
    /// May it be compared?
    pub status: Status,
    /// Page furniture: byte ranges of the text that are not the article, ascending and disjoint.
    pub set_aside: Vec<SetAside>,
    /// The record's other fields, as they came.
    pub extra: serde_json::Map<String, serde_json::Value>,
}

impl Document {
    /// The title, where it is no part of the text.
    #[must_use]
    pub fn headline(&self) -> Option<&str> {
        self.title.as_deref().filter(|_| self.title_span.is_none())
    }
}

/// A language by its ISO 639-1 code (two lower-case letters), or unknown (`und`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Language([u8; 3]);

impl Language {
    /// Not known.
    pub const UNKNOWN: Self = Self(*b"und");

    /// From a code of two ASCII letters in any case (a region after `-` or `_` is ignored).
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        match code.split(['-', '_']).next()?.as_bytes() {
            [a, b] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() => {
                Some(Self([a.to_ascii_lowercase(), b.to_ascii_lowercase(), 0]))
            }
            _ => None,
        }
    }

    /// `en`, `fr`, ..., or `und`.
    #[must_use]
    pub fn code(&self) -> &str {
        let length = if self.0[2] == 0 { 2 } else { 3 };
        std::str::from_utf8(&self.0[..length]).unwrap_or("und")
    }
}

/// May a document be compared, and if not, why?
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Status {
    /// Compared in every way.
    Ok,
    /// No text; nobody's duplicate.
    Empty,
    /// Fewer words than one shingle, or nothing but stop words: compared exactly only.
    TooShort,
    /// A page without an article: an error, a demand to pay, sign in or agree, or nothing but links.
    NotAnArticle,
}

/// Bytes of a text that are not the article.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SetAside {
    /// Bytes of the extracted text.
    pub bytes: Range<u32>,
    /// What told it from the article, in words.
    #[serde(deserialize_with = "interned::word")]
    pub reason: Word,
}

/// Something skipped or repaired.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Problem {
    /// The file.
    pub path: String,
    /// Its line, counted from 1.
    pub line: Option<u64>,
    /// Byte offset in the (decompressed) file.
    pub byte_offset: Option<u64>,
    /// A stable word for scripts, such as `bad_json`.
    #[serde(deserialize_with = "interned::word")]
    pub code: Word,
    /// What, and what to do.
    pub message: String,
    /// `skipped`, `repaired` or `noted`.
    pub action: Action,
}

/// What was done about a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Not used; counts as skipped input (exit code 3).
    Skipped,
    /// Used after a repair.
    Repaired,
    /// Used as it is; worth knowing.
    Noted,
}

/// One input as given on the command line.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Input {
    /// As given.
    pub path: String,
    /// Files read below it.
    pub n_files: u64,
    /// Documents found in it.
    pub n_documents: u64,
    /// Bytes read, compressed as they lay.
    pub bytes: u64,
    /// Stable hash over its files' bytes (rapidhash v3, 16 hex digits), independent of the order of reading.
    pub hash: String,
    /// Which record fields served as text, title, id, ...: `text=body`.
    pub fields: Vec<String>,
    /// Kinds of file that were read, with their number; the files within an archive are counted, too.
    pub kinds: std::collections::BTreeMap<String, u64>,
    /// Encodings met, with the number of files.
    pub encodings: std::collections::BTreeMap<String, u64>,
}

/// read = ok + empty + `too_short` + `not_an_article` + skipped.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ReadCounts {
    /// Records met, but for those that are counted as repeated.
    pub read: u64,
    /// Records that became no document.
    pub skipped: u64,
    /// Records folded into an equal one with the same id.
    pub repeated: u64,
    /// Files that are not documents, by kind (`image`, `program`, ...).
    pub other_files: std::collections::BTreeMap<String, u64>,
    /// Records of web archives that hold no page, by kind (`record without a page`, ...).
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub other_records: std::collections::BTreeMap<String, u64>,
    /// Where only a sample was looked at: how much of what there is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample: Option<Sample>,
}

/// How much of the input was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Sample {
    /// Files opened.
    pub n_files: u64,
    /// Files found.
    pub of_files: u64,
    /// Files opened of which only a part was read. A packed one may lie in the bytes read as a whole.
    pub n_cut: u64,
    /// Bytes read, compressed as they lay.
    pub bytes: u64,
    /// Bytes of all files.
    pub of_bytes: u64,
}
