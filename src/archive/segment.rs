//! A segment: some consecutive documents of an archive, in a folder that is never changed once it is whole.

use std::io;

use super::documents::{Documents, Places, Row, SortedList};
use super::manifest::SegmentRecord;
use super::postings::Postings;
use super::section::{Checksum, Section, SectionRecord, damaged, numbers};
use super::storage::{ReadAt, Storage, bytes_at, is_out_of_files};
use super::stories::{Stories, StoryTable};
use super::texts::{TextReader, Texts};
use crate::context::text_hash;
use crate::corpus::Document;
use crate::error::Error;

/// The sections that every segment has, in the order in which they are checked.
pub(super) const SECTIONS: [&str; 9] = [
    "documents", "texts", "places", "identical", "identities", "shingles", "beginnings", "terms",
    "boilerplate",
];

/// The sections that segments of version 1 of the format have not.
pub(super) const STORY_SECTIONS: [&str; 4] = ["stories", "members", "story-events", "leads"];

/// Where segments are, below an archive's folder.
pub(super) const FOLDER: &str = "segments";

/// A segment, opened: its files stay readable when it is compacted away.
#[derive(Debug)]
pub(super) struct Segment {
    pub(super) record: SegmentRecord,
    /// For messages.
    place: String,
    pub(super) documents: Documents,
    pub(super) texts: Texts,
    pub(super) places: Places,
    pub(super) identical: SortedList,
    pub(super) identities: SortedList,
    pub(super) shingles: Postings,
    pub(super) beginnings: Postings,
    terms: Box<dyn ReadAt>,
    boilerplate: Section,
    /// None where version 1 of the format wrote it.
    pub(super) stories: Option<Stories>,
    /// The same.
    pub(super) leads: Option<Postings>,
}

/// An archived document with its text.
#[derive(Debug, Clone)]
pub(super) struct Archived {
    pub(super) row: Row,
    pub(super) document: Document,
    pub(super) text: String,
}

impl Segment {
    /// `archive`: how the archive is called in messages. Where a file cannot be opened, the outer error says why: the segment may
    /// have been compacted away, or too many files may be open ([`is_out_of_files`]).
    pub(super) fn open(
        storage: &dyn Storage,
        record: SegmentRecord,
        archive: &str,
    ) -> io::Result<Result<Self, Error>> {
        let place = format!("{archive}/{FOLDER}/{}", record.folder);
        let n_rows = record.n_documents;
        let mut files = Vec::new();
        let has_stories = has_stories(&record);
        let later = STORY_SECTIONS.into_iter().filter(|_| has_stories);
        for name in SECTIONS.into_iter().chain(later) {
            let file = storage.open(&format!("{FOLDER}/{}/{name}", record.folder)).map_err(|error| {
                if is_out_of_files(&error) {
                    return error;
                }
                io::Error::new(error.kind(), format!("{}/{name}: {error}", record.folder))
            })?;
            let Some(expected) = record.sections.iter().find(|section| section.name == name) else {
                return Ok(Err(failed(&place, name, &damaged("the manifest does not name it"))));
            };
            if file.n_bytes() != expected.bytes {
                let what = format!("it has {} bytes instead of {}", file.n_bytes(), expected.bytes);
                return Ok(Err(failed(&place, name, &damaged(&what))));
            }
            files.push(Section::new(file, expected));
        }
        let later = files.split_off(SECTIONS.len());
        let Ok([documents, texts, places, identical, identities, shingles, beginnings, terms, boilerplate]) =
            <[Section; 9]>::try_from(files)
        else {
            return Err(io::ErrorKind::InvalidData.into());
        };
        let named = |name: &'static str| {
            let place = place.clone();
            move |error: io::Error| failed(&place, name, &error)
        };
        let opened = || {
            let (stories, leads) = match <[Section; 4]>::try_from(later) {
                Ok([table, members, events, leads]) => {
                    let table = StoryTable::open(table.in_parts()).map_err(named("stories"))?;
                    let leads = Postings::open(leads.in_parts(), n_rows).map_err(named("leads"))?;
                    (Some(Stories { table, members, events: events.in_parts() }), Some(leads))
                }
                Err(_) => (None, None),
            };
            Ok(Self {
                documents: Documents::open(documents.in_parts(), n_rows).map_err(named("documents"))?,
                texts: Texts::open(texts.in_parts()).map_err(named("texts"))?,
                places: Places::open(places, n_rows).map_err(named("places"))?,
                identical: SortedList::open(identical, n_rows).map_err(named("identical"))?,
                identities: SortedList::open(identities, n_rows).map_err(named("identities"))?,
                shingles: Postings::open(shingles.in_parts(), n_rows).map_err(named("shingles"))?,
                beginnings: Postings::open(beginnings.in_parts(), n_rows).map_err(named("beginnings"))?,
                terms: terms.in_parts(),
                boilerplate,
                stories,
                leads,
                record,
                place: place.clone(),
            })
        };
        Ok(opened())
    }

    /// The error of one of its sections.
    pub(super) fn failed(&self, section: &str, error: &io::Error) -> Error {
        failed(&self.place, section, error)
    }

    /// Does it hold this document of the archive? Then its row.
    pub(super) fn row_of(&self, number: u32) -> Option<u32> {
        let row = number.checked_sub(self.record.first_document)?;
        (row < self.record.n_documents).then_some(row)
    }

    /// Documents in the order asked for.
    pub(super) fn load(&self, rows: impl IntoIterator<Item = u32>) -> Result<Vec<Archived>, Error> {
        let mut documents = self.documents.reader();
        let mut texts = self.texts.reader();
        rows.into_iter()
            .map(|at| {
                let row = documents.row(at).map_err(|error| self.failed("documents", &error))?;
                let text = self.text(at, &row, &mut texts)?;
                let document = row.document(&text).map_err(|error| self.failed("documents", &error))?;
                Ok(Archived { row, document, text })
            })
            .collect()
    }

    /// The text of a row.
    pub(super) fn text(&self, at: u32, row: &Row, texts: &mut TextReader<'_>) -> Result<String, Error> {
        let (_, place) = self.places.of(at).map_err(|error| self.failed("places", &error))?;
        let text = texts.text(place).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidInput => self.failed("places", &error),
            _ => self.failed("texts", &error),
        })?;
        // Frames have checksums of their own, so it can only be another text than it should.
        if text_hash(&text) != row.text_hash {
            return Err(self.failed("places", &damaged("a text is not the one that was archived")));
        }
        Ok(text)
    }

    /// Calls `found` with each term, ascending, in how many of its documents it occurs, and in the beginnings of how many.
    pub(super) fn for_terms(&self, mut found: impl FnMut(&str, u64, u64)) -> Result<(), Error> {
        let mut read = || -> io::Result<()> {
            let packed = bytes_at(&*self.terms, 0, self.terms.n_bytes())?;
            let lines = String::from_utf8(zstd::stream::decode_all(packed.as_slice())?);
            let lines = lines.map_err(|_| damaged("it is not UTF-8"))?;
            for line in lines.lines() {
                let (term, counts) = line.split_once('\t').ok_or_else(|| damaged("a line has no count"))?;
                // Version 1 did not tell beginnings apart.
                let (n, in_leads) = counts.split_once('\t').unwrap_or((counts, counts));
                let number = |count: &str| count.parse().map_err(|_| damaged("a count is no number"));
                found(term, number(n)?, number(in_leads)?);
            }
            Ok(())
        };
        read().map_err(|error| self.failed("terms", &error))
    }

    /// Hashes of runs of words and of lines that were found to be boilerplate.
    pub(super) fn boilerplate(&self) -> Result<(Vec<u64>, Vec<u64>), Error> {
        let read = || {
            let bytes = self.boilerplate.bytes()?;
            let mut hashes = numbers(&bytes);
            let n_runs = hashes.next().ok_or_else(|| damaged("it is too short"))? as usize;
            let hashes: Vec<u64> = hashes.collect();
            let (runs, lines) = hashes.split_at_checked(n_runs).ok_or_else(|| damaged("it is too short"))?;
            Ok((runs.to_vec(), lines.to_vec()))
        };
        read().map_err(|error: io::Error| self.failed("boilerplate", &error))
    }
}

/// Does the manifest name the sections of stories?
pub(super) fn has_stories(record: &SegmentRecord) -> bool {
    record.sections.iter().any(|section| STORY_SECTIONS.contains(&section.name.as_str()))
}

/// Says which file of an archive is damaged, or cannot be read.
pub(super) fn failed(place: &str, section: &str, error: &io::Error) -> Error {
    let what = match error.kind() {
        io::ErrorKind::UnexpectedEof => "it ends too early".to_owned(),
        // Nothing is wrong with it.
        io::ErrorKind::Unsupported => return Error::ArchiveDamaged(format!("{place}/{section}: {error}")),
        _ => error.to_string(),
    };
    Error::ArchiveDamaged(format!(
        "{place}/{section} cannot be read: {what}; run `samestory archive check --read-data`, and bring the archive back \
         from a copy, or make it anew from its drops"
    ))
}

/// What is wrong with the files of a segment, one line each; nothing where all is well. `read_data`: every byte is read.
pub(super) fn check(
    storage: &dyn Storage,
    record: &SegmentRecord,
    archive: &str,
    read_data: bool,
) -> Vec<String> {
    let mut complaints = Vec::new();
    let later = STORY_SECTIONS.into_iter().filter(|_| has_stories(record));
    for name in SECTIONS.into_iter().chain(later) {
        let path = format!("{FOLDER}/{}/{name}", record.folder);
        let wrong = match record.sections.iter().find(|section| section.name == name) {
            None => Some("the manifest does not name it".to_owned()),
            Some(expected) => is_as_expected(storage, &path, expected, read_data).err(),
        };
        complaints.extend(wrong.map(|what| format!("{archive}/{path}: {what}")));
    }
    complaints
}

fn is_as_expected(
    storage: &dyn Storage,
    path: &str,
    expected: &SectionRecord,
    read_data: bool,
) -> Result<(), String> {
    let file = storage.open(path).map_err(|error| error.to_string())?;
    if file.n_bytes() != expected.bytes {
        return Err(format!("it has {} bytes instead of {}", file.n_bytes(), expected.bytes));
    }
    if !read_data {
        return Ok(());
    }
    Checksum::hold(&*file, &expected.checksum).map_err(|error| error.to_string())
}
