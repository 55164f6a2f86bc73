//! Compacting: many segments become one, in memory that does not grow with their texts.
//!
//! Texts are read some at a time. Their shingles go to temporary files, one for each range of hashes, and each range is
//! sorted by itself. So what is written is what adding all documents at once would have written.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read as _, Seek as _, Write as _};
use std::path::Path;
use std::sync::Arc;

use super::add::{Shingled, cuts, is_ok, rank, write_boilerplate, write_terms};
use super::documents::{DocumentWriter, Row};
use super::manifest::{self, Manifest, SegmentRecord};
use super::postings::{self, Cut, Entry};
use super::section::{SectionRecord, SectionWriter, damaged};
use super::segment::{self, Segment};
use super::storage::Storage;
use super::stories::{self, Member, Members, StoryRow};
use super::{check_in, leads, none_in, read_manifest, remove_leftovers, remove_segment, settings};
use crate::clusters::continued::StoryEvent;
use crate::context::{KnownBoilerplate, StoryId};
use crate::corpus::{Corpus, DocId, Document, TextStore};
use crate::error::Error;
use crate::progress::{Progress, Silent};
use crate::scratch;
use crate::settings::Settings;
use crate::tokens::{self, WordMask};
use crate::vectors;

/// Bytes of texts that are read at a time.
const TEXTS: usize = 16 << 20;

/// Entries that are sorted at a time, about.
const SORTED_AT_A_TIME: u64 = 4 << 20;

/// Most ranges of hashes, each a temporary file.
const MOST_RANGES: u64 = 64;

/// Bytes of an entry in a temporary file.
const ENTRY: usize = 12;

/// What compacting did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compaction {
    /// Segments that became one.
    pub n_segments: usize,
    /// Bytes of all segments before.
    pub bytes_before: u64,
    /// Bytes of the one segment.
    pub bytes_after: u64,
}

/// See [`super::compact()`]. The caller holds the lock.
pub(super) fn compact(
    storage: &dyn Storage,
    place: &str,
    progress: &dyn Progress,
) -> Result<Option<Compaction>, Error> {
    let mut manifest = read_manifest(storage, place)?.ok_or_else(|| none_in(place))?;
    let segments = opened(storage, &manifest, place).map(|segment| Ok(Arc::new(segment?)));
    settings::check_words(&manifest, place, segments)?;
    settings::complete(&mut manifest);
    remove_leftovers(storage, &manifest);
    let before = manifest.segments.clone();
    if before.len() < 2 && before.iter().all(segment::has_stories) {
        return Ok(None);
    }
    progress.stage("compact", u64::from(manifest.n_documents()));
    // What is written anew gets checksums of its own, and what was there is removed: it must be whole.
    let complaints = check_in(storage, place, true)?;
    if let Some(complaint) = complaints.into_iter().flatten().next() {
        return Err(Error::ArchiveDamaged(format!(
            "{complaint}; nothing was compacted; bring the archive back from a copy, or make it anew from its drops"
        )));
    }
    let folder = format!("{:06}", manifest.next_segment);
    let merged = Merge { storage, place, manifest: &manifest, folder: &folder, progress }.write();
    let record = match merged {
        Ok(record) => record,
        Err(error) => {
            remove_segment(storage, &folder);
            return Err(error);
        }
    };
    let bytes = |records: &[SegmentRecord]| -> u64 {
        records.iter().flat_map(|record| &record.sections).map(|section| section.bytes).sum()
    };
    let done = Compaction {
        n_segments: before.len(),
        bytes_before: bytes(&before),
        bytes_after: bytes(std::slice::from_ref(&record)),
    };
    manifest.generation += 1;
    env!("CARGO_PKG_VERSION").clone_into(&mut manifest.written_by);
    manifest.segments = vec![record];
    manifest.next_segment += 1;
    let written = manifest.write(storage);
    let is_there = Manifest::read(storage).is_ok_and(|now| now.as_ref() == Some(&manifest));
    if written.is_err() && !is_there {
        remove_segment(storage, &folder);
    }
    written.map_err(|source| Error::Archive { path: place.into(), source })?;
    for old in &before {
        remove_segment(storage, &old.folder);
    }
    Ok(Some(done))
}

/// Segments, one after another: only one's files are open at a time, however many there are.
fn opened(
    storage: &dyn Storage,
    manifest: &Manifest,
    place: &str,
) -> impl Iterator<Item = Result<Segment, Error>> {
    manifest.segments.iter().map(move |record| {
        let opened = Segment::open(storage, record.clone(), place);
        opened.map_err(|error| segment::failed(place, segment::FOLDER, &error))?
    })
}

struct Merge<'a> {
    storage: &'a dyn Storage,
    /// How the archive is called in messages.
    place: &'a str,
    manifest: &'a Manifest,
    folder: &'a str,
    progress: &'a dyn Progress,
}

/// Some documents with their rows in the new segment.
#[derive(Default)]
struct Batch {
    documents: Vec<Document>,
    texts: Vec<Box<str>>,
    rows: Vec<(u32, Row)>,
    n_bytes: usize,
}

/// What is told of stories.
#[derive(Default)]
struct Told {
    rows: BTreeMap<StoryId, StoryRow>,
    /// By document.
    members: Vec<Member>,
    events: Vec<StoryEvent>,
}

/// A term, with its numbers of documents and of beginnings.
type Counted = (String, (u64, u64));

/// What documents are weighed with, all of the archive counted: so compacting weighs them anew.
struct Weighed {
    /// Ascending, with their numbers of documents and of beginnings.
    terms: Vec<Counted>,
    n_documents: f64,
}

impl Weighed {
    /// Inverse document frequencies in beginnings of some terms.
    fn idf(&self, names: &[String]) -> Vec<f32> {
        let in_leads = |name: &String| {
            let place = self.terms.binary_search_by(|term| term.0.cmp(name));
            place.map_or(0, |place| self.terms[place].1.1)
        };
        names.iter().map(|name| vectors::weights::idf(self.n_documents, in_leads(name) as f64)).collect()
    }
}

/// What goes on with every batch.
struct UnderWay<'a> {
    settings: Settings,
    documents: DocumentWriter,
    /// Of shingles, of beginnings, of leads.
    spills: [Spill; 3],
    weighed: Weighed,
    members: &'a [Member],
}

impl Merge<'_> {
    fn failed(&self, source: io::Error) -> Error {
        Error::Archive { path: self.place.into(), source }
    }

    fn segments(&self) -> impl Iterator<Item = Result<Segment, Error>> {
        opened(self.storage, self.manifest, self.place)
    }

    fn write(&self) -> Result<SegmentRecord, Error> {
        let Self { storage, manifest, .. } = *self;
        let path = format!("{}/{}", segment::FOLDER, self.folder);
        storage.create_folder(&path).map_err(|error| self.failed(error))?;
        let settings = settings_of(manifest)
            .ok_or_else(|| segment::failed(self.place, manifest::NAME, &damaged("a setting is no number")))?;
        // A shingle a word, of which texts have one for every few bytes.
        let text_bytes: u64 = manifest.segments.iter().map(|segment| segment.text_bytes).sum();
        let n_ranges = (text_bytes / 5 / SORTED_AT_A_TIME + 1).next_power_of_two().min(MOST_RANGES);
        let scratch = Path::new(self.place);
        let spill = || Spill::new(scratch, n_ranges);
        let told = self.stories()?;
        let mut under_way = UnderWay {
            settings,
            documents: DocumentWriter::create(storage, &path).map_err(|error| self.failed(error))?,
            spills: [spill()?, spill()?, spill()?],
            weighed: Weighed { terms: self.terms()?, n_documents: f64::from(manifest.n_documents()) },
            members: &told.members,
        };
        let mut batch = Batch::default();
        for segment in self.segments() {
            let segment = segment?;
            self.read(&segment, |row, text| {
                let document = row.document(&text).map_err(|error| segment.failed("documents", &error))?;
                batch.n_bytes += text.len();
                batch.documents.push(document);
                batch.rows.push((under_way.documents.n_rows() + batch.rows.len() as u32, row));
                batch.texts.push(text.into());
                if batch.n_bytes >= TEXTS {
                    self.take(std::mem::take(&mut batch), &mut under_way)?;
                }
                Ok(())
            })?;
        }
        self.take(batch, &mut under_way)?;
        let UnderWay { settings, documents, mut spills, weighed, .. } = under_way;

        let (ranks, text_bytes) = (documents.ranks(), documents.text_bytes());
        let mut sections = documents.finish(storage, &path).map_err(|error| self.failed(error))?;
        let cuts = cuts(&settings, &ranks).into_iter().chain([("leads", Cut::NONE)]);
        for ((name, cut), spill) in cuts.zip(&mut spills) {
            let n_entries = spill.n_entries;
            let mut lost = None;
            let mut write = || {
                let mut sink = SectionWriter::create(storage, &path, name)?;
                postings::write(&mut sink, n_entries, n_ranges as u32, cut, |range| {
                    spill.read(range).map_err(|error| {
                        lost = Some(error);
                        io::Error::other("a temporary file is lost")
                    })
                })?;
                sink.finish()
            };
            let written = write();
            if let Some(error) = lost {
                return Err(error);
            }
            sections.push(written.map_err(|error| self.failed(error))?);
        }
        sections.extend(self.write_rest(storage, &path, &weighed.terms)?);
        let told = stories::write(storage, &path, &told.rows, &told.members, &told.events);
        sections.extend(told.map_err(|error| self.failed(error))?);
        let sync = || {
            storage.sync_folder(&path)?;
            storage.sync_folder(segment::FOLDER)
        };
        sync().map_err(|error| self.failed(error))?;
        Ok(SegmentRecord {
            folder: self.folder.to_owned(),
            first_document: 0,
            n_documents: manifest.n_documents(),
            text_bytes,
            sections,
        })
    }

    /// The rows and texts of a segment, one after another.
    fn read(
        &self,
        segment: &Segment,
        mut found: impl FnMut(Row, String) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let (mut rows, mut texts) = (segment.documents.reader(), segment.texts.reader());
        for at in 0..segment.record.n_documents {
            let row = rows.row(at).map_err(|error| segment.failed("documents", &error))?;
            let text = segment.text(at, &row, &mut texts)?;
            found(row, text)?;
            self.progress.advance(1);
        }
        Ok(())
    }

    /// Writes some documents, and puts their shingles and heaviest terms aside.
    fn take(&self, batch: Batch, under_way: &mut UnderWay<'_>) -> Result<(), Error> {
        let UnderWay { settings, documents, spills, weighed, members } = under_way;
        let corpus = Corpus {
            documents: batch.documents,
            texts: TextStore::in_memory(batch.texts),
            ..Corpus::default()
        };
        let tokens = tokens::read(&corpus, &Silent);
        let shingled = Shingled::new(&tokens, settings);
        let terms = tokens::terms::learn(&tokens, &corpus.documents);
        let leads = vectors::count_leads(&tokens, &terms, &WordMask::none(0), settings.lead_words);
        let idf = weighed.idf(&terms.names);
        let hashes: Vec<u64> = terms.names.iter().map(|name| leads::hash(name)).collect();
        for (document, (at, row)) in (0..).map(DocId).zip(batch.rows) {
            let text = corpus.texts.text(document);
            // Equal hashes of texts that are the same but for case and white space: equal texts.
            let original = row.original.filter(|_| documents.text_hash(row.original) == Some(&row.text_hash));
            documents
                .push(&row, &text, rank(&tokens, document), at, original)
                .map_err(|error| self.failed(error))?;
            if row.is_compared() && is_ok(&corpus, document) {
                spills[0].take(shingled.shingles((document, at)))?;
                spills[1].take(shingled.beginnings((document, at)))?;
            }
            if row.status == "ok" && members[at as usize].is_distinct {
                spills[2].take(leads::entries(&leads, &idf, &hashes, (document.index(), at)))?;
            }
        }
        Ok(())
    }

    /// The terms of all documents, ascending, with their numbers of documents and of beginnings.
    fn terms(&self) -> Result<Vec<Counted>, Error> {
        let mut terms: Vec<Counted> = Vec::new();
        for segment in self.segments() {
            segment?.for_terms(|term, n_documents, in_leads| {
                terms.push((term.to_owned(), (n_documents, in_leads)));
            })?;
            // Each term once, so that memory grows with the terms and not with the segments.
            terms.sort_unstable();
            terms.dedup_by(|later, earlier| {
                let is_same = later.0 == earlier.0;
                if is_same {
                    earlier.1.0 += later.1.0;
                    earlier.1.1 += later.1.1;
                }
                is_same
            });
        }
        Ok(terms)
    }

    /// Which stories the documents are in, and what became of them: as the segments have it.
    fn stories(&self) -> Result<Told, Error> {
        let Told { mut rows, mut members, mut events } = Told::default();
        for segment in self.segments() {
            let segment = segment?;
            let Some(stories) = &segment.stories else {
                // Version 1 of the format had no stories.
                let none = Member::new(None, false, None);
                members.resize(members.len() + segment.record.n_documents as usize, none);
                continue;
            };
            let read = Members::read(&stories.members, segment.record.n_documents);
            let read = read.map_err(|error| segment.failed("members", &error))?;
            for row in stories.table.all().map_err(|error| segment.failed("stories", &error))? {
                rows.entry(row.id).and_modify(|known| known.learn_from(&row)).or_insert(row);
            }
            members.extend(read.members);
            let log = stories::read_events(&*stories.events);
            events.extend(log.map_err(|error| segment.failed("story-events", &error))?);
        }
        Ok(Told { rows, members, events })
    }

    /// The sections `terms` and `boilerplate`.
    fn write_rest(
        &self,
        storage: &dyn Storage,
        path: &str,
        terms: &[Counted],
    ) -> Result<[SectionRecord; 2], Error> {
        let mut known = KnownBoilerplate::default();
        for segment in self.segments() {
            let (runs, lines) = segment?.boilerplate()?;
            known.runs.extend(runs);
            known.lines.extend(lines);
        }
        let terms = terms.iter().map(|(term, counts)| (term.as_str(), *counts));
        let write = || Ok([write_terms(storage, path, terms)?, write_boilerplate(storage, path, &known)?]);
        write().map_err(|error| self.failed(error))
    }
}

/// The settings that shaped the archive; none where one of them is no number.
fn settings_of(manifest: &Manifest) -> Option<Settings> {
    let number = |name: &str| manifest.made_with.get(name)?.parse::<u32>().ok();
    Some(Settings {
        shingle_cap: number("shingle-cap")?,
        shingle_sample: u64::from(number("shingle-sample")?),
        short_words: number("short-words")?.max(1),
        damaged_words: number("damaged-words")?,
        anchors: number("anchors")? as usize,
        lead_words: number("lead-words")?.max(1) as usize,
        ..Settings::default()
    })
}

/// Entries put aside, by range of hashes.
struct Spill {
    folder: std::path::PathBuf,
    ranges: Vec<BufWriter<File>>,
    range_bits: u32,
    n_entries: u64,
}

impl Spill {
    fn new(folder: &Path, n_ranges: u64) -> Result<Self, Error> {
        let folder = scratch::folder(Some(folder));
        let file = |_| scratch::file(&folder).map(BufWriter::new);
        let ranges: io::Result<Vec<_>> = (0..n_ranges).map(file).collect();
        let ranges = ranges.map_err(|source| Error::Scratch { folder: folder.clone(), source })?;
        Ok(Self { ranges, range_bits: n_ranges.trailing_zeros(), n_entries: 0, folder })
    }

    fn take(&mut self, entries: impl Iterator<Item = Entry>) -> Result<(), Error> {
        for entry in entries {
            let range = (entry.hash >> 1) >> (63 - self.range_bits);
            let written = self.ranges[range as usize].write_all(&entry.to_bytes());
            written.map_err(|source| Error::Scratch { folder: self.folder.clone(), source })?;
            self.n_entries += 1;
        }
        Ok(())
    }

    fn read(&mut self, range: u32) -> Result<Vec<Entry>, Error> {
        let writer = &mut self.ranges[range as usize];
        let mut read = || {
            writer.flush()?;
            let file = writer.get_mut();
            file.rewind()?;
            let mut bytes = Vec::new();
            BufReader::new(file).read_to_end(&mut bytes)?;
            Ok(bytes.as_chunks::<ENTRY>().0.iter().map(Entry::from_bytes).collect())
        };
        read().map_err(|source| Error::Scratch { folder: self.folder.clone(), source })
    }
}
