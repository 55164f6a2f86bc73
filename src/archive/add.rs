//! Adding: a drop becomes a segment, and then part of the archive.

use std::collections::BTreeMap;
use std::io::{self, Write as _};

use hashbrown::HashMap;
use rayon::prelude::*;

use super::documents::{DocumentWriter, Row};
use super::manifest::{DropRecord, Manifest, SegmentRecord};
use super::postings::{self, Cut, Entry};
use super::recall::beginning_runs;
use super::section::{SectionRecord, SectionWriter};
use super::storage::Storage;
use super::stories::{self, Member, StoryRow};
use super::{ArchiveWriter, Recalled, leads, remove_segment, segment};
use crate::clusters::continued::{Event, StoryEvent};
use crate::clusters::known::JoinedSet;
use crate::context::{KnownBoilerplate, StoryId};
use crate::corpus::{Corpus, DocId, Status};
use crate::error::Error;
use crate::pairs::candidates::sample_of;
use crate::pairs::{identical, shingles};
use crate::progress::Silent;
use crate::run::Run;
use crate::settings::Settings;
use crate::tokens::{self, Tokens, WordMask};
use crate::vectors::{self, InDrop, TermCounts};

/// Entries of postings that are sorted at a time, 16 bytes each.
const SORTED_AT_A_TIME: usize = 8 << 20;

/// Documents that are written and not part of the archive yet. Dropped, they are removed.
#[derive(Debug)]
pub struct Addition {
    writer: ArchiveWriter,
    manifest: Manifest,
    /// The new segment's folder.
    folder: String,
    is_done: bool,
}

impl Addition {
    /// The drop as the archive will list it.
    ///
    /// # Panics
    /// Never: an addition has a drop.
    #[must_use]
    pub fn drop_record(&self) -> &DropRecord {
        self.manifest.drops.last().expect("an addition has a drop")
    }

    /// Makes them part of the archive, in one step.
    ///
    /// # Errors
    /// [`Error::Archive`] where that failed.
    pub fn commit(mut self) -> Result<(), Error> {
        let written = self.manifest.write(&*self.writer.archive.storage);
        // Where the last step failed, the new manifest may be there: then its segment must be, too.
        let is_there = Manifest::read(&*self.writer.archive.storage)
            .is_ok_and(|now| now.as_ref() == Some(&self.manifest));
        self.is_done = written.is_ok() || is_there;
        written.map_err(|source| self.writer.failed(source))
    }
}

impl Drop for Addition {
    fn drop(&mut self) {
        if !self.is_done {
            remove_segment(&*self.writer.archive.storage, &self.folder);
        }
    }
}

/// See [`ArchiveWriter::add`].
pub(super) fn add(writer: ArchiveWriter, run: &Run, recalled: &Recalled) -> Result<Option<Addition>, Error> {
    let corpus = &run.corpus;
    let before = &writer.archive.manifest;
    let added: Vec<DocId> = (0..corpus.documents.len() as u32)
        .map(DocId)
        .filter(|document| recalled.same[document.index()].is_none())
        .collect();
    if added.is_empty() {
        return Ok(None);
    }
    let first_document = before.n_documents();
    let n_after = u64::from(first_document) + added.len() as u64;
    // Rows have a bit less than numbers (`postings::Entry`).
    if n_after > u64::from(u32::MAX >> 1) {
        return Err(Error::Settings(format!(
            "{} would hold {n_after} documents; an archive holds {} at most; begin another",
            writer.archive.place,
            u32::MAX >> 1
        )));
    }
    let number = before.drops.last().map_or(1, |drop| drop.number + 1);
    let dates = || added.iter().filter_map(|document| corpus.documents[document.index()].date.clone());
    let added_at = jiff::Timestamp::now().round(jiff::Unit::Second).unwrap_or_default();
    let drop = DropRecord {
        number,
        name: corpus.inputs.iter().map(|input| input.path.clone()).collect::<Vec<_>>().join(" "),
        added: added_at.to_string(),
        first_document,
        n_documents: added.len() as u32,
        n_archived_before: (corpus.documents.len() - added.len()) as u32,
        n_known: run.known.n_copies() as u32,
        first_date: dates().min(),
        last_date: dates().max(),
        fingerprint: recalled.fingerprint.clone(),
        one_set: run.known.one.clone(),
    };
    let folder = format!("{:06}", before.next_segment);
    let new = NewSegment { run, recalled, added: &added, first_document, drop: number };
    let storage = &*writer.archive.storage;
    let written = new.write(storage, &folder);
    let mut record = match written {
        Ok(record) => record,
        Err(source) => {
            remove_segment(storage, &folder);
            return Err(writer.failed(source));
        }
    };
    record.folder.clone_from(&folder);
    let mut manifest = before.clone();
    manifest.generation += 1;
    env!("CARGO_PKG_VERSION").clone_into(&mut manifest.written_by);
    manifest.drops.push(drop);
    manifest.segments.push(record);
    manifest.next_segment += 1;
    Ok(Some(Addition { writer, manifest, folder, is_done: false }))
}

struct NewSegment<'a> {
    run: &'a Run,
    recalled: &'a Recalled,
    added: &'a [DocId],
    first_document: u32,
    drop: u32,
}

impl NewSegment<'_> {
    fn write(&self, storage: &dyn Storage, folder: &str) -> io::Result<SegmentRecord> {
        let path = format!("{}/{folder}", segment::FOLDER);
        storage.create_folder(&path)?;
        let (corpus, settings) = (&self.run.corpus, &self.run.settings);
        let tokens = tokens::read(corpus, &Silent);
        let (documents, rows) = self.write_documents(storage, &path, &tokens)?;
        let (ranks, text_bytes) = (documents.ranks(), documents.text_bytes());
        let mut sections = documents.finish(storage, &path)?;
        let compared: Vec<(DocId, u32)> = rows
            .iter()
            .zip(0u32..)
            .filter(|((_, row), _)| row.is_compared())
            .map(|((document, _), at)| (*document, at))
            .collect();
        sections.extend(write_postings(storage, &path, &tokens, &compared, &ranks, settings)?);
        sections.extend(self.write_stories(storage, &path, &tokens, &rows)?);
        sections.push(write_boilerplate(storage, &path, &self.run.boilerplate.learnt)?);
        storage.sync_folder(&path)?;
        storage.sync_folder(segment::FOLDER)?;
        storage.sync_folder("")?;
        Ok(SegmentRecord {
            folder: String::new(),
            first_document: self.first_document,
            n_documents: self.added.len() as u32,
            text_bytes,
            sections,
        })
    }

    /// The number of each document of the drop in the archive.
    fn numbers(&self) -> HashMap<DocId, u32> {
        let known = (0u32..).map(DocId).zip(&self.recalled.same);
        let known = known.filter_map(|(document, same)| Some((document, (*same)?)));
        known.chain(self.added.iter().copied().zip(self.first_document..)).collect()
    }

    fn write_documents(
        &self,
        storage: &dyn Storage,
        folder: &str,
        tokens: &Tokens,
    ) -> io::Result<(DocumentWriter, Vec<(DocId, Row)>)> {
        let (corpus, known) = (&self.run.corpus, &self.run.known);
        let originals = identical::find(corpus);
        let numbers = self.numbers();
        let mut writer = DocumentWriter::create(storage, folder)?;
        let mut rows = Vec::with_capacity(self.added.len());
        for &document in self.added {
            let text = corpus.texts.text(document);
            let mut row = Row::of(&corpus.documents[document.index()], &text, self.drop);
            let own = numbers[&document];
            let original = originals.original[document.index()];
            let here = Some(numbers[&original]).filter(|&number| number != own);
            let past = known.identical.get(document.index()).copied().flatten();
            row.original = past.or(here).filter(|_| row.status != "empty");
            row.set = match known.sets.get(document.index()).copied().flatten() {
                Some(JoinedSet::Past(number)) => Some(number),
                Some(JoinedSet::Here(kept)) => Some(numbers[&kept]),
                None => None,
            };
            let same_as = here.filter(|_| corpus.texts.text(original) == text);
            writer.push(&row, &text, rank(tokens, document), own, same_as)?;
            rows.push((document, row));
        }
        Ok((writer, rows))
    }

    /// The sections `terms` and `leads`, and those that tell of stories.
    fn write_stories(
        &self,
        storage: &dyn Storage,
        folder: &str,
        tokens: &Tokens,
        rows: &[(DocId, Row)],
    ) -> io::Result<Vec<SectionRecord>> {
        let (run, context) = (self.run, &self.recalled.context);
        let terms = tokens::terms::learn(tokens, &run.corpus.documents);
        let none = WordMask::none(0);
        let counts = vectors::count(tokens, &terms, &none);
        let in_documents = self.frequencies(&counts);
        drop(counts);
        let leads = vectors::count_leads(tokens, &terms, &none, run.settings.lead_words);
        let in_leads = self.frequencies(&leads);
        let frequencies = in_documents.into_iter().zip(in_leads);
        let terms_record =
            write_terms(storage, folder, terms.names.iter().map(String::as_str).zip(frequencies))?;

        let members = self.members(rows);
        let in_drop = InDrop {
            n_documents: leads.n_documents(),
            names: &terms.names,
            frequencies: leads.document_frequencies(),
        };
        let weights = vectors::learn_lead_weights(in_drop, &terms, context, &HashMap::new(), 0);
        let hashes: Vec<u64> = terms.names.iter().map(|name| leads::hash(name)).collect();
        let speaking: Vec<(usize, u32)> = rows
            .iter()
            .zip(0u32..)
            .filter(|((_, row), at)| row.status == "ok" && members[*at as usize].is_distinct)
            .map(|((document, _), at)| (document.index(), at))
            .collect();
        let n_entries: usize = speaking
            .iter()
            .map(|&(row, _)| (leads.begins[row + 1] - leads.begins[row]).min(leads::TERMS))
            .sum();
        let n_passes = (n_entries / SORTED_AT_A_TIME + 1).next_power_of_two();
        let pass_bits = n_passes.trailing_zeros();
        let mut sink = SectionWriter::create(storage, folder, "leads")?;
        postings::write(&mut sink, n_entries as u64, n_passes as u32, Cut::NONE, |pass| {
            let in_pass = move |entry: &Entry| (entry.hash >> 1) >> (63 - pass_bits) == u64::from(pass);
            let of =
                |&place: &(usize, u32)| leads::entries(&leads, &weights.idf, &hashes, place).filter(in_pass);
            Ok(speaking.par_iter().flat_map_iter(of).collect())
        })?;
        let leads_record = sink.finish()?;
        let [stories, members, events] = self.write_members(storage, folder, &members)?;
        Ok(vec![terms_record, stories, members, events, leads_record])
    }

    /// By term: how many of the added documents have it.
    fn frequencies(&self, counts: &TermCounts) -> Vec<u64> {
        let mut frequencies = vec![0u64; counts.n_terms];
        for &document in self.added {
            let entries = counts.begins[document.index()]..counts.begins[document.index() + 1];
            for &term in &counts.terms[entries] {
                frequencies[term as usize] += 1;
            }
        }
        frequencies
    }

    /// By document of the drop: its story.
    fn stories(&self) -> Vec<Option<StoryId>> {
        let run = self.run;
        let mut stories = vec![None; run.corpus.documents.len()];
        for (story, line) in run.stories.iter().zip(&run.known.stories.lines) {
            for member in &story.members {
                stories[member.index()] = Some(line.id);
            }
        }
        stories
    }

    /// Of each added document. Where no stories were looked for, none is in one.
    fn members(&self, rows: &[(DocId, Row)]) -> Vec<Member> {
        let stories = self.stories();
        rows.iter()
            .zip(self.first_document..)
            .map(|((document, row), number)| {
                let story = stories[document.index()];
                let is_copy = row.original.is_some() || row.set.is_some_and(|kept| kept != number);
                Member::new(story, story.is_some() && !is_copy, row.date.as_deref())
            })
            .collect()
    }

    fn write_members(
        &self,
        storage: &dyn Storage,
        folder: &str,
        members: &[Member],
    ) -> io::Result<[SectionRecord; 3]> {
        let known = &self.run.known.stories;
        let rows: BTreeMap<StoryId, StoryRow> = known
            .lines
            .iter()
            .map(|line| {
                let (label, first_date) = (line.label.clone(), line.first_date.clone());
                (line.id, StoryRow { id: line.id, label, first_drop: line.first_drop, first_date })
            })
            .collect();
        // Births are told by the drop that a story began with.
        let events: Vec<StoryEvent> =
            known.events.iter().filter(|event| event.event != Event::Born).cloned().collect();
        stories::write(storage, folder, &rows, members, &events)
    }
}

/// A document's rank among those that share common wording: a hash of its words, so that it depends on nobody else.
pub(super) fn rank(tokens: &Tokens, document: DocId) -> u64 {
    shingles::hash(tokens.bodies.of(document).iter().map(|&word| tokens.vocabulary.hash(word)))
}

/// The section `terms`: a line for each term that occurs, ascending, with how many documents have it and how many have it in
/// their beginnings, tabs between; packed.
pub(super) fn write_terms<'a>(
    storage: &dyn Storage,
    folder: &str,
    terms: impl Iterator<Item = (&'a str, (u64, u64))>,
) -> io::Result<SectionRecord> {
    let sink = SectionWriter::create(storage, folder, "terms")?;
    let mut packer = zstd::stream::write::Encoder::new(sink, 6)?;
    packer.include_checksum(true)?;
    for (term, (n_documents, in_leads)) in terms.filter(|(_, (n_documents, _))| *n_documents > 0) {
        writeln!(packer, "{term}\t{n_documents}\t{in_leads}")?;
    }
    packer.finish()?.finish()
}

/// The section `boilerplate`: the number of runs, then the hashes of runs, then those of lines, each ascending; 8 bytes each.
pub(super) fn write_boilerplate(
    storage: &dyn Storage,
    folder: &str,
    known: &KnownBoilerplate,
) -> io::Result<SectionRecord> {
    let mut sink = SectionWriter::create(storage, folder, "boilerplate")?;
    sink.write_all(&(known.runs.len() as u64).to_le_bytes())?;
    for hashes in [&known.runs, &known.lines] {
        let mut hashes: Vec<u64> = hashes.iter().copied().collect();
        hashes.sort_unstable();
        for hash in hashes {
            sink.write_all(&hash.to_le_bytes())?;
        }
    }
    sink.finish()
}

/// The shingles of some documents with their rows, as `shingles` and `beginnings` have them.
pub(super) struct Shingled<'a> {
    tokens: &'a Tokens,
    settings: &'a Settings,
    beginnings: Vec<u64>,
}

impl<'a> Shingled<'a> {
    pub(super) fn new(tokens: &'a Tokens, settings: &'a Settings) -> Self {
        Self { tokens, settings, beginnings: shingles::beginnings(&tokens.vocabulary) }
    }

    /// Of the section `shingles`.
    pub(super) fn shingles(&self, (document, row): (DocId, u32)) -> impl Iterator<Item = Entry> {
        let sample = sample_of(self.tokens.bodies.range(document).len(), self.settings);
        shingles::of_document(self.tokens, document)
            .map(move |hash| Entry::new(hash, row, shingles::key(hash).is_multiple_of(sample)))
    }

    /// Of the section `beginnings`: of short texts only.
    pub(super) fn beginnings(&self, (document, row): (DocId, u32)) -> impl Iterator<Item = Entry> {
        let mut hashes = Vec::new();
        if self.tokens.bodies.range(document).len() <= self.settings.damaged_words as usize {
            beginning_runs(self.tokens, &self.beginnings, document, &mut hashes);
        }
        hashes.into_iter().map(move |hash| Entry::new(hash, row, true))
    }
}

/// How the lists of both postings are cut.
pub(super) fn cuts<'a>(settings: &Settings, ranks: &'a [u64]) -> [(&'static str, Cut<'a>); 2] {
    let cut = Cut { cap: settings.shingle_cap, anchors: settings.anchors, ranks };
    // What many short texts begin alike proposes nobody.
    [("shingles", cut), ("beginnings", Cut { anchors: 0, ..cut })]
}

/// The sections `shingles` and `beginnings` of documents with their rows.
fn write_postings(
    storage: &dyn Storage,
    folder: &str,
    tokens: &Tokens,
    documents: &[(DocId, u32)],
    ranks: &[u64],
    settings: &Settings,
) -> io::Result<Vec<SectionRecord>> {
    let shingled = Shingled::new(tokens, settings);
    let mut records = Vec::new();
    for (name, cut) in cuts(settings, ranks) {
        let is_beginnings = name == "beginnings";
        let n_words = |&(document, _): &(DocId, u32)| {
            let n_words = tokens.bodies.range(document).len();
            if is_beginnings && n_words > settings.damaged_words as usize { 0 } else { n_words }
        };
        let n_entries: usize = documents.iter().map(n_words).sum();
        let n_passes = (n_entries / SORTED_AT_A_TIME + 1).next_power_of_two();
        let pass_bits = n_passes.trailing_zeros();
        let mut sink = SectionWriter::create(storage, folder, name)?;
        postings::write(&mut sink, n_entries as u64, n_passes as u32, cut, |pass| {
            let in_pass = |entry: &Entry| (entry.hash >> 1) >> (63 - pass_bits) == u64::from(pass);
            let of = |&document: &(DocId, u32)| -> Vec<Entry> {
                if is_beginnings {
                    shingled.beginnings(document).filter(in_pass).collect()
                } else {
                    shingled.shingles(document).filter(in_pass).collect()
                }
            };
            Ok(documents.par_iter().flat_map_iter(of).collect())
        })?;
        records.push(sink.finish()?);
    }
    Ok(records)
}

/// Documents that may be compared: as [`Row::is_compared`] has it of rows.
pub(super) fn is_ok(corpus: &Corpus, document: DocId) -> bool {
    corpus.documents[document.index()].status == Status::Ok
}
