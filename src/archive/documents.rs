//! Documents: the table of a segment, one JSON object a line, packed in frames; and beside it, of fixed width, where each
//! text is.

use std::io::{self, Write as _};
use std::ops::Range;

use hashbrown::HashMap;
use rapidhash::v3::rapidhash_v3;
use serde::{Deserialize, Serialize};

use super::section::{Section, SectionRecord, SectionWriter, damaged, numbers};
use super::storage::{ReadAt, Storage};
use super::texts::{Frames, TextPlace, TextWriter, pack, write_index};
use crate::context::{identity, text_hash};
use crate::corpus::{Document, Language, SetAside, Status};
use crate::pairs::identical;

/// Rows of the table in a frame.
pub(super) const FRAME: u32 = 256;

/// Bytes of a row in the section `places`: rank (8), block, begin, length (4 each).
const PLACE: u64 = 20;

/// Bytes of an entry in a sorted list: hash (8), row (4).
const LISTED: u64 = 12;

/// Entries of a sorted list that are read at once.
const READ_AT_ONCE: u64 = 64;

/// A document as it is archived, without its text.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Row {
    pub(super) id: String,
    /// Number of the drop that it came with.
    pub(super) drop: u32,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(super) path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) title: Option<String>,
    /// Bytes of the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) title_span: Option<Range<u32>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) source: Option<String>,
    pub(super) language: String,
    /// `ok`, `empty`, `too_short`, `not_an_article`.
    pub(super) status: String,
    /// Page furniture: bytes of the text.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) set_aside: Vec<Range<u32>>,
    /// rapidhash v3 of the text, 16 hex digits.
    pub(super) text_hash: String,
    /// The archived document that is identical; none where it is the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) original: Option<u32>,
    /// The document that is kept of its duplicate set; none where it is in none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) set: Option<u32>,
    /// The record's other fields.
    #[serde(skip_serializing_if = "serde_json::Map::is_empty")]
    pub(super) extra: serde_json::Map<String, serde_json::Value>,
}

/// Why a stretch of an archived text was set aside is not kept.
const REASON: &str = "set aside when it was archived";

const STATUSES: [(Status, &str); 4] = [
    (Status::Ok, "ok"),
    (Status::Empty, "empty"),
    (Status::TooShort, "too_short"),
    (Status::NotAnArticle, "not_an_article"),
];

impl Row {
    /// Of a document of drop number `drop`.
    pub(super) fn of(document: &Document, text: &str, drop: u32) -> Self {
        let status = STATUSES.iter().find(|entry| entry.0 == document.status).map_or("ok", |entry| entry.1);
        Self {
            id: document.id.clone(),
            drop,
            path: document.path.clone(),
            line: document.line,
            url: document.url.clone(),
            title: document.title.clone(),
            title_span: document.title_span.clone(),
            date: document.date.clone(),
            source: document.source.clone(),
            language: document.language.code().to_owned(),
            status: status.to_owned(),
            set_aside: document.set_aside.iter().map(|aside| aside.bytes.clone()).collect(),
            text_hash: text_hash(text),
            original: None,
            set: None,
            extra: document.extra.clone(),
        }
    }

    /// The document again, but for what is not archived: why stretches were set aside.
    ///
    /// # Errors
    /// Where a range does not lie in `text`.
    pub(super) fn document(&self, text: &str) -> io::Result<Document> {
        let is_within = |range: &Range<u32>| text.get(range.start as usize..range.end as usize).is_some();
        let mut ranges = self.set_aside.iter().chain(&self.title_span);
        if !ranges.all(is_within) || !self.set_aside.is_sorted_by(|left, right| left.end <= right.start) {
            return Err(damaged("a range lies outside its text"));
        }
        let status = STATUSES.iter().find(|entry| entry.1 == self.status);
        Ok(Document {
            id: self.id.clone(),
            path: self.path.clone(),
            line: self.line,
            url: self.url.clone(),
            title: self.title.clone(),
            title_span: self.title_span.clone(),
            date: self.date.clone(),
            source: self.source.clone(),
            language: Language::from_code(&self.language).unwrap_or(Language::UNKNOWN),
            status: status.map_or(Status::Ok, |entry| entry.0),
            set_aside: self
                .set_aside
                .iter()
                .map(|bytes| SetAside { bytes: bytes.clone(), reason: REASON })
                .collect(),
            extra: self.extra.clone(),
        })
    }

    /// May it be compared with others, and is it the first of its text?
    pub(super) fn is_compared(&self) -> bool {
        self.original.is_none() && self.status == "ok"
    }

    /// The title, where it is no part of the text.
    fn headline(&self) -> Option<&str> {
        self.title.as_deref().filter(|_| self.title_span.is_none())
    }

    /// Tells the same document: the same id and, byte for byte, the same text.
    pub(super) fn identity(&self) -> u64 {
        identity(&self.id, &self.text_hash)
    }
}

/// rapidhash v3 of what identical documents have in common ([`identical::fold_document`]).
pub(super) fn folded_hash(headline: Option<&str>, text: &str) -> u64 {
    rapidhash_v3(identical::fold_document(headline, text).as_bytes())
}

/// The sections of documents and texts under way.
pub(super) struct DocumentWriter {
    table: SectionWriter,
    /// Where each frame of the table begins.
    frames: Vec<u64>,
    /// Lines of the next frame.
    lines: Vec<u8>,
    texts: TextWriter,
    places: Vec<(u64, TextPlace)>,
    identical: Vec<(u64, u32)>,
    identities: Vec<(u64, u32)>,
    /// By number of an original: where its text is, and its hash, so that twins of the very same bytes need no other.
    held: HashMap<u32, (TextPlace, String)>,
}

impl DocumentWriter {
    pub(super) fn create(storage: &dyn Storage, folder: &str) -> io::Result<Self> {
        Ok(Self {
            table: SectionWriter::create(storage, folder, "documents")?,
            frames: Vec::new(),
            lines: Vec::new(),
            texts: TextWriter::new(SectionWriter::create(storage, folder, "texts")?),
            places: Vec::new(),
            identical: Vec::new(),
            identities: Vec::new(),
            held: HashMap::new(),
        })
    }

    /// Rows so far.
    pub(super) fn n_rows(&self) -> u32 {
        self.places.len() as u32
    }

    /// By row.
    pub(super) fn ranks(&self) -> Vec<u64> {
        self.places.iter().map(|place| place.0).collect()
    }

    /// Bytes of all texts so far.
    pub(super) fn text_bytes(&self) -> u64 {
        self.texts.n_bytes()
    }

    /// The hash of an original's text, if it is in this segment.
    pub(super) fn text_hash(&self, original: Option<u32>) -> Option<&String> {
        Some(&self.held.get(&original?)?.1)
    }

    /// Takes the next document. `number` is its own; `same_as` that of an earlier one of this segment whose text is the same byte
    /// for byte.
    pub(super) fn push(
        &mut self,
        row: &Row,
        text: &str,
        rank: u64,
        number: u32,
        same_as: Option<u32>,
    ) -> io::Result<()> {
        let at = self.n_rows();
        let held = same_as.and_then(|number| self.held.get(&number)).map(|held| held.0);
        let place = match held {
            Some(place) => place,
            None => self.texts.push(text)?,
        };
        if row.original.is_none() {
            self.held.insert(number, (place, row.text_hash.clone()));
        }
        self.places.push((rank, place));
        if row.status != "empty" {
            self.identical.push((folded_hash(row.headline(), text), at));
        }
        self.identities.push((row.identity(), at));
        serde_json::to_writer(&mut self.lines, row)?;
        self.lines.push(b'\n');
        if self.n_rows().is_multiple_of(FRAME) {
            self.end_frame()?;
        }
        Ok(())
    }

    fn end_frame(&mut self) -> io::Result<()> {
        self.frames.push(self.table.position());
        self.table.write_all(&pack(&self.lines)?)?;
        self.lines.clear();
        Ok(())
    }

    /// Finishes the sections `documents`, `texts`, `places`, `identical`, `identities`.
    pub(super) fn finish(mut self, storage: &dyn Storage, folder: &str) -> io::Result<Vec<SectionRecord>> {
        if !self.lines.is_empty() {
            self.end_frame()?;
        }
        write_index(&mut self.table, &self.frames)?;
        let mut records = vec![self.table.finish()?, self.texts.finish()?.finish()?];
        let mut places = SectionWriter::create(storage, folder, "places")?;
        for (rank, place) in &self.places {
            places.write_all(&rank.to_le_bytes())?;
            for number in [place.block, place.begin, place.n_bytes] {
                places.write_all(&number.to_le_bytes())?;
            }
        }
        records.push(places.finish()?);
        for (name, mut list) in [("identical", self.identical), ("identities", self.identities)] {
            list.sort_unstable();
            let mut sink = SectionWriter::create(storage, folder, name)?;
            for (hash, row) in list {
                sink.write_all(&hash.to_le_bytes())?;
                sink.write_all(&row.to_le_bytes())?;
            }
            records.push(sink.finish()?);
        }
        Ok(records)
    }
}

/// The document table, to be read.
#[derive(Debug)]
pub(super) struct Documents {
    frames: Frames,
    n_rows: u32,
}

impl Documents {
    pub(super) fn open(file: Box<dyn ReadAt>, n_rows: u32) -> io::Result<Self> {
        let frames = Frames::open(file)?;
        if frames.n_frames() != u64::from(n_rows.div_ceil(FRAME)) {
            return Err(damaged("it has not as many rows as it should"));
        }
        Ok(Self { frames, n_rows })
    }

    /// One row after another; best in ascending order.
    pub(super) fn reader(&self) -> RowReader<'_> {
        RowReader { documents: self, frame: None, ends: Vec::new() }
    }
}

/// Keeps the frame that was unpacked last.
pub(super) struct RowReader<'a> {
    documents: &'a Documents,
    frame: Option<(u32, Vec<u8>)>,
    /// Where its lines end.
    ends: Vec<usize>,
}

impl RowReader<'_> {
    pub(super) fn row(&mut self, row: u32) -> io::Result<Row> {
        if row >= self.documents.n_rows {
            return Err(damaged("a row is asked for that is not there"));
        }
        let number = row / FRAME;
        if self.frame.as_ref().is_none_or(|frame| frame.0 != number) {
            let lines = self.documents.frames.frame(u64::from(number))?;
            self.ends.clear();
            self.ends.extend(lines.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at));
            if lines.last().is_some_and(|byte| *byte != b'\n') {
                self.ends.push(lines.len());
            }
            self.frame = Some((number, lines));
        }
        let lines = self.frame.as_ref().map(|frame| frame.1.as_slice()).unwrap_or_default();
        let at = (row % FRAME) as usize;
        let begin = at.checked_sub(1).map_or(Some(0), |before| Some(self.ends.get(before)? + 1));
        let line = begin.zip(self.ends.get(at)).and_then(|(begin, &end)| lines.get(begin..end));
        Ok(serde_json::from_slice(line.ok_or_else(|| damaged("a row is missing"))?)?)
    }
}

/// Where texts are, and the documents' ranks.
#[derive(Debug)]
pub(super) struct Places {
    file: Section,
}

impl Places {
    pub(super) fn open(file: Section, n_rows: u32) -> io::Result<Self> {
        if file.n_bytes() == u64::from(n_rows) * PLACE {
            Ok(Self { file })
        } else {
            Err(damaged("it has not as many rows as it should"))
        }
    }

    pub(super) fn of(&self, row: u32) -> io::Result<(u64, TextPlace)> {
        let bytes = self.file.bytes_at(u64::from(row) * PLACE, PLACE)?;
        let number = |at: usize| bytes[at..].first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
        let rank = numbers(&bytes[..8]).next().unwrap_or_default();
        Ok((rank, TextPlace { block: number(8), begin: number(12), n_bytes: number(16) }))
    }
}

/// Rows by a hash, sorted.
#[derive(Debug)]
pub(super) struct SortedList {
    file: Section,
    n_rows: u32,
}

impl SortedList {
    pub(super) fn open(file: Section, n_rows: u32) -> io::Result<Self> {
        if file.n_bytes().is_multiple_of(LISTED) && file.n_bytes() <= u64::from(n_rows) * LISTED {
            Ok(Self { file, n_rows })
        } else {
            Err(damaged("it has not as many entries as it should"))
        }
    }

    /// The smallest row with this hash.
    pub(super) fn first(&self, hash: u64) -> io::Result<Option<u32>> {
        let entry = |bytes: &[u8]| {
            let row = bytes[8..].first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
            (numbers(&bytes[..8]).next().unwrap_or_default(), row)
        };
        let n_entries = self.file.n_bytes() / LISTED;
        // All before `low` are less, and none from `high` on.
        let (mut low, mut high) = (0, n_entries);
        while high - low > READ_AT_ONCE {
            let middle = u64::midpoint(low, high);
            if entry(&self.file.bytes_at(middle * LISTED, LISTED)?).0 < hash {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let end = (high + 1).min(n_entries);
        let bytes = self.file.bytes_at(low * LISTED, (end - low) * LISTED)?;
        let mut entries = bytes.as_chunks::<{ LISTED as usize }>().0.iter().map(|bytes| entry(bytes));
        match entries.find(|entry| entry.0 == hash) {
            Some((_, row)) if row >= self.n_rows => Err(damaged("it names a document that is not there")),
            found => Ok(found.map(|entry| entry.1)),
        }
    }
}
