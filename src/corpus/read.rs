//! The way from inputs to a corpus, on one page.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rayon::prelude::*;

use super::again::{Shard, Sources};
use super::draft::{Draft, Shelved};
use super::fields::Roles;
use super::format::{self, Format};
use super::language::Detector;
use super::open::{Compression, Opened};
use super::record::{NoDocument, Repairs};
use super::texts::{Shelf, TextSpace};
use super::walk::{self, Entry, Found};
#[cfg(feature = "warc")]
use super::warc;
use super::{Action, Corpus, Document, Problem, ReadCounts, Sample, TextStore};
use super::{
    archive, dates, decode, feed, html, ids, json, jsonl, mail, markdown, plain, record, table, unusable,
};
use crate::error::Error;
use crate::memory::{self, Ceiling, Load};
use crate::progress::{Progress, Silent};
use crate::scratch::{self, to_the_door};
use crate::settings::{ReadFor, Settings};

/// Files that a sample is shared out among, at least.
pub(super) const LOOKED_AT_FILES: u64 = 4;

/// Files below this size are read side by side, each on one thread; larger ones one after the other,
/// each on all threads. Mixing both would nest parallel work as deep as there are files.
const LARGE_FILE: u64 = 1 << 20;

/// What every file is read with.
pub(super) struct Reading<'a> {
    pub(super) settings: &'a Settings,
    pub(super) roles: Roles,
    pub(super) detector: Detector,
    pub(super) progress: &'a dyn Progress,
    pub(super) shelf: Shelf,
    ceiling: Option<Ceiling>,
    was_stopped: AtomicBool,
    n_documents: AtomicU64,
    /// Bytes of their texts.
    text_bytes: AtomicU64,
    /// Bytes of everything else they have.
    field_bytes: AtomicU64,
    /// The last day that a document can have been published on: tomorrow, somewhere on Earth.
    pub(super) last_day: String,
}

impl<'a> Reading<'a> {
    fn new(settings: &'a Settings, progress: &'a dyn Progress) -> Self {
        let ceiling = memory::ceiling(settings);
        let most_held =
            ceiling.map_or(u64::MAX, |ceiling| (ceiling.bytes as f64 * settings.texts_in_memory) as u64);
        Self {
            settings,
            roles: Roles::new(settings),
            detector: Detector::new(&settings.languages),
            progress,
            shelf: Shelf::new(most_held, settings.scratch.as_deref()),
            ceiling,
            was_stopped: AtomicBool::new(false),
            n_documents: AtomicU64::new(0),
            text_bytes: AtomicU64::new(0),
            field_bytes: AtomicU64::new(0),
            last_day: dates::tomorrow(),
        }
    }

    /// Bytes that a file may have which is held whole.
    pub(super) fn most_bytes(&self) -> u64 {
        self.ceiling.map_or(u64::MAX, |ceiling| ceiling.bytes)
    }

    /// Counts a document in.
    pub(super) fn count(&self, document: &Document, text_bytes: usize) {
        self.n_documents.fetch_add(1, Ordering::Relaxed);
        self.text_bytes.fetch_add(text_bytes as u64, Ordering::Relaxed);
        self.field_bytes.fetch_add(super::field_bytes(document), Ordering::Relaxed);
    }

    /// Counts in what has no room beside anything else: there is no use in reading on.
    pub(super) fn cannot_hold(&self, bytes: u64) {
        // As if these were fields: so much is taken at the least.
        self.field_bytes.fetch_add(bytes, Ordering::Relaxed);
        self.was_stopped.store(true, Ordering::Relaxed);
    }

    /// What the documents so far will need at the least, if that is over the ceiling.
    fn needed_over_ceiling(&self) -> Option<(u64, Ceiling)> {
        let ceiling = self.ceiling?;
        let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let load =
            |text_bytes| Load::at_least(count(&self.n_documents), count(&self.field_bytes), text_bytes);
        let needed = match self.settings.read_for {
            ReadFor::Look => load(0).needed_to_read(self.settings),
            ReadFor::Run | ReadFor::RunAndKeep => load(count(&self.text_bytes)).needed(self.settings),
        };
        (needed > ceiling.bytes).then_some((needed, ceiling))
    }

    /// Is there no use in reading on? Nothing of what was read will be used then.
    pub(super) fn is_over(&self) -> bool {
        let is_over = self.shelf.has_failed() || self.needed_over_ceiling().is_some();
        self.was_stopped.fetch_or(is_over, Ordering::Relaxed);
        is_over
    }

    /// The error where there was no use in reading on; `of_bytes` are those of all input.
    fn ended(&self, n_bytes: u64, of_bytes: u64) -> Result<(), Error> {
        match self.needed_over_ceiling() {
            Some((needed, ceiling)) if self.was_stopped.load(Ordering::Relaxed) => {
                let read = n_bytes as f64 / of_bytes.max(n_bytes).max(1) as f64;
                Err(memory::too_little(needed, ceiling, Some(read)))
            }
            // What was read is counted with more care before the first stage.
            _ => Ok(()),
        }
    }
}

/// What one file gave.
#[derive(Default)]
pub(super) struct Harvest {
    pub(super) drafts: Vec<Shelved>,
    pub(super) problems: Vec<Problem>,
    /// `text=body`, ...
    pub(super) fields: BTreeSet<String>,
    /// Files of text, by encoding: the file itself, or those in it.
    pub(super) encodings: BTreeMap<String, u64>,
    /// Files that were read, by kind.
    pub(super) kinds: BTreeMap<&'static str, u64>,
    /// Files that hold no documents, by kind.
    pub(super) others: BTreeMap<&'static str, u64>,
    /// Records that hold no page, by kind.
    pub(super) other_records: BTreeMap<&'static str, u64>,
    /// Bytes as they lay on disk.
    pub(super) bytes: u64,
    /// Of those bytes; stable.
    pub(super) hash: u64,
    /// How its content was told to be read; none where it could not be opened.
    pub(super) format: Option<Format>,
    /// Was a part of it, or of a file in it, enough for who only looks?
    pub(super) is_cut: bool,
    /// What it was packed with.
    pub(super) compression: Compression,
    /// A copy of a stream, where one was asked for.
    pub(super) copy: Option<Result<std::fs::File, Error>>,
}

/// A record as its door met it: a draft, or why there is none; and where.
pub(super) struct Met {
    pub(super) draft: Result<Draft, NoDocument>,
    pub(super) repairs: Repairs,
    /// Counted from 1, where records have lines.
    pub(super) line: Option<u64>,
    /// Of the file, decompressed.
    pub(super) byte_offset: Option<u64>,
    /// Which record of the file it is, counted from 1, where there are several.
    pub(super) record: Option<u64>,
}

impl Met {
    /// The one document of a file.
    pub(super) fn alone(draft: Result<Draft, NoDocument>, repairs: Repairs) -> Self {
        Self { draft, repairs, line: None, byte_offset: None, record: None }
    }

    /// Finishes the document, or says why there is none.
    fn finish(self, entry: &Entry, reading: &Reading<'_>) -> (Option<Shelved>, Vec<Problem>) {
        let Self { draft, mut repairs, line, byte_offset, record } = self;
        let place = match record {
            Some(record) if line.is_none() => format!("record {record}: "),
            _ => String::new(),
        };
        let problem = |code, message: String, action| Problem {
            path: entry.shown.clone(),
            line,
            byte_offset,
            code,
            message: place.clone() + &message,
            action,
        };
        match draft.and_then(|draft| draft.checked(reading, &mut repairs)) {
            Ok(mut draft) => {
                draft.record = record;
                draft.finish(&reading.detector, &mut repairs);
                let problems = repairs
                    .into_iter()
                    .map(|(code, message)| problem(code, message, record::action(code)))
                    .collect();
                (Some(draft.shelve(reading)), problems)
            }
            Err(NoDocument { code, message }) => (None, vec![problem(code, message, Action::Skipped)]),
        }
    }
}

impl Harvest {
    /// Finishes a record and takes it in.
    pub(super) fn take(&mut self, met: Met, entry: &Entry, reading: &Reading<'_>) {
        let (draft, mut problems) = met.finish(entry, reading);
        self.drafts.extend(draft);
        self.problems.append(&mut problems);
    }

    /// Finishes records, side by side if `parallel`, and takes them in, in their order.
    pub(super) fn take_all(&mut self, met: Vec<Met>, entry: &Entry, reading: &Reading<'_>, parallel: bool) {
        if !parallel {
            return met.into_iter().for_each(|met| self.take(met, entry, reading));
        }
        let finished: Vec<_> = met.into_par_iter().map(|met| met.finish(entry, reading)).collect();
        for (draft, mut problems) in finished {
            self.drafts.extend(draft);
            self.problems.append(&mut problems);
        }
    }

    /// Adds what a file within this one gave.
    pub(super) fn add(&mut self, mut inner: Self) {
        self.drafts.append(&mut inner.drafts);
        self.problems.append(&mut inner.problems);
        self.fields.append(&mut inner.fields);
        self.is_cut |= inner.is_cut;
        for (encoding, count) in inner.encodings {
            *self.encodings.entry(encoding).or_default() += count;
        }
        for (kind, count) in inner.kinds {
            *self.kinds.entry(kind).or_default() += count;
        }
        for (kind, count) in inner.others {
            *self.others.entry(kind).or_default() += count;
        }
        for (kind, count) in inner.other_records {
            *self.other_records.entry(kind).or_default() += count;
        }
    }

    /// Was it opened once more to be read here and there, or not read at all?
    fn is_read_by_places(&self) -> bool {
        matches!(self.format, Some(Format::Other(_) | Format::Zip | Format::Parquet | Format::Pdf))
    }

    /// Takes back what was said because a file was looked at in part only.
    pub(super) fn forget_the_cut(&mut self) {
        let of_cut =
            |problem: &Problem| matches!(problem.code, "bad_json" | "bad_xml" | "bad_archive" | "bad_row");
        // Lines are never cut, so a bad one is bad.
        if self.format != Some(Format::Lines)
            && let Some(last) = self.problems.iter().rposition(of_cut)
        {
            self.problems.remove(last);
        }
    }

    /// Notes why a file ended early, or why nothing of it may be used.
    pub(super) fn note_damage(&mut self, entry: &Entry, bomb: Option<String>, damage: Option<String>) {
        if let Some(message) = bomb {
            self.drafts.clear();
            self.problems.clear();
            self.note(entry, "too_much", message, Action::Skipped);
        } else if let Some(damage) = damage {
            if self.drafts.is_empty() {
                // Not a byte, or no whole record, came out: it is no empty file.
                self.others.clear();
                self.other_records.clear();
                let message = format!("{damage}; nothing could be read: get the file again");
                self.note(entry, "truncated", message, Action::Skipped);
            } else {
                let message = format!("{damage}; what came before was read: get the file again");
                self.note(entry, "truncated", message, Action::Repaired);
            }
        }
    }

    /// Notes a file's encoding, and that it was guessed.
    pub(super) fn note_encoding(&mut self, entry: &Entry, encoding: &str, is_guess: bool) {
        *self.encodings.entry(encoding.to_owned()).or_default() += 1;
        if is_guess {
            let message = format!("read as {encoding}, told by its bytes; name another with --encoding");
            self.note(entry, "guessed_encoding", message, Action::Noted);
        }
    }

    /// Notes something about the file as a whole.
    pub(super) fn note(&mut self, entry: &Entry, code: &'static str, message: String, action: Action) {
        self.problems.push(Problem {
            path: entry.shown.clone(),
            line: None,
            byte_offset: None,
            code,
            message,
            action,
        });
    }
}

impl Corpus {
    /// Reads every document below `inputs`: folders, files, or `-` for standard input.
    ///
    /// # Errors
    /// [`Error::Input`] when an input is not there or no document was found, or when more records
    /// are bad than `settings.max_bad` allows; [`Error::Settings`] for an encoding nobody knows.
    pub fn read(inputs: &[impl AsRef<Path>], settings: &Settings) -> Result<Self, Error> {
        Self::read_with(inputs, settings, &Silent)
    }

    /// Reads like [`Corpus::read`] and tells `progress` about stage `read`, whose steps are bytes.
    ///
    /// # Errors
    /// As [`Corpus::read`].
    pub fn read_with(
        inputs: &[impl AsRef<Path>],
        settings: &Settings,
        progress: &dyn Progress,
    ) -> Result<Self, Error> {
        decode::check_label(settings.encoding.as_deref())?;
        let reading = Reading::new(settings, progress);
        let found = walk::find(inputs)?;
        let there_is =
            (found.entries.len() as u64, found.entries.iter().map(|entry| entry.bytes).sum::<u64>());
        progress.stage("read", found.entries.iter().map(|entry| entry.bytes).sum());
        let found = sampled(found, &reading);
        let harvests = harvest_all(&found.entries, &reading);
        let n_bytes = harvests.iter().map(|harvest| harvest.bytes).sum();
        reading.ended(n_bytes, found.entries.iter().map(|entry| entry.bytes).sum())?;
        let texts = reading.shelf.finish()?;
        let n_files = found.entries.len() as u64;
        let n_cut = harvests.iter().filter(|harvest| harvest.is_cut).count() as u64;
        let mut corpus = to_the_door(|| assemble(found, harvests, texts, settings))?;
        if (n_cut > 0 || n_bytes < there_is.1) && settings.look_bytes.is_some() {
            corpus.counts.sample =
                Some(Sample { n_files, of_files: there_is.0, n_cut, bytes: n_bytes, of_bytes: there_is.1 });
        }
        Ok(corpus)
    }

    /// A corpus of texts that are in memory already, as `(id, text)`; for users of the library.
    /// Titles, languages and furniture are found as they are in files.
    #[must_use]
    pub fn from_texts(texts: impl IntoIterator<Item = (String, String)>) -> Self {
        let detector = Detector::new(&[]);
        let shelf = Shelf::new(u64::MAX, None);
        let texts: Vec<_> = texts.into_iter().collect();
        let drafts = texts
            .into_par_iter()
            .enumerate()
            .map(|(place, (id, text))| {
                let mut draft = Draft::new(text, String::new(), None);
                draft.document.id = if id.is_empty() { format!("#{}", place + 1) } else { id };
                draft.take_title_from_text();
                // Where there is no report, nobody reads notes.
                draft.finish(&detector, &mut Vec::new());
                draft.shelve_on(&shelf)
            })
            .collect();
        let mut problems = Vec::new();
        // Nothing is spilled, so nothing can fail.
        let space = shelf.finish().unwrap_or_default();
        let named = ids::resolve(drafts, &space, &[], &mut problems);
        problems.sort();
        let (documents, texts): (Vec<_>, Vec<_>) =
            named.documents.into_iter().map(|draft| (draft.document, draft.text)).unzip();
        let counts =
            ReadCounts { read: documents.len() as u64, repeated: named.repeated, ..ReadCounts::default() };
        Self { documents, texts: TextStore::new(texts, space), problems, counts, ..Self::default() }
    }
}

/// Of many files, where only so much is to be looked at: those at even steps, as many as are likely to be as much.
fn sampled(mut found: Found, reading: &Reading<'_>) -> Found {
    let Some(most) = reading.settings.look_bytes else { return found };
    // A large file is looked at in part.
    let share = most / LOOKED_AT_FILES;
    let bytes: u64 = found.entries.iter().map(|entry| entry.bytes.min(share)).sum();
    let step = bytes.div_ceil(most.max(1)).max(1) as usize;
    let mut place = 0;
    found.entries.retain(|_| {
        place += 1;
        (place - 1) % step == 0
    });
    found
}

fn harvest_all(entries: &[Entry], reading: &Reading<'_>) -> Vec<Harvest> {
    let mut harvests: Vec<Option<Harvest>> = entries
        .par_iter()
        .map(|entry| (entry.bytes < LARGE_FILE && !entry.stream).then(|| harvest_one(entry, reading, false)))
        .collect();
    for (slot, entry) in harvests.iter_mut().zip(entries) {
        if slot.is_none() {
            *slot = Some(harvest_one(entry, reading, true));
        }
    }
    harvests.into_iter().flatten().collect()
}

/// One file, from its path to its documents.
fn harvest_one(entry: &Entry, reading: &Reading<'_>, parallel: bool) -> Harvest {
    let mut harvest = Harvest::default();
    if reading.is_over() {
        return harvest;
    }
    let copied = (reading.settings.read_for == ReadFor::RunAndKeep)
        .then(|| scratch::folder(reading.settings.scratch.as_deref()));
    let mut opened = match Opened::open(entry, copied.as_deref()) {
        Ok(opened) => opened,
        Err(error) => {
            let message = format!("cannot be opened: {error}; check that it is there and may be read");
            harvest.note(entry, "unreadable", message, Action::Skipped);
            return harvest;
        }
    };
    if let Some(most) = reading.settings.look_bytes {
        opened.end_after(most / LOOKED_AT_FILES);
    }
    read_as_its_format(entry, &mut opened, reading, parallel, &mut harvest);
    let is_cut = opened.is_cut();
    if is_cut {
        harvest.forget_the_cut();
    }
    // Whoever only looks need not read what no door asked for.
    let is_left =
        reading.settings.look_bytes.filter(|_| !entry.stream && !is_cut && harvest.is_read_by_places());
    let end = if is_left.is_some() { opened.end_here() } else { opened.finish() };
    reading.progress.advance(end.unreported);
    harvest.bytes = match is_left {
        Some(most) if harvest.is_cut => entry.bytes.min(most),
        Some(_) => entry.bytes,
        None => end.bytes,
    };
    harvest.is_cut |= is_cut;
    harvest.hash = end.hash;
    harvest.compression = end.compression;
    harvest.copy = end
        .copy
        .map(|copy| copy.map_err(|source| Error::Scratch { folder: copied.unwrap_or_default(), source }));
    if end.bomb.is_some() || end.damage.is_some() {
        harvest.note_damage(entry, end.bomb, end.damage);
    } else if !entry.stream && !is_cut && is_left.is_none() && end.bytes != entry.bytes {
        let message = format!("changed while read: {} bytes, then {}; run again", entry.bytes, end.bytes);
        harvest.note(entry, "changed", message, Action::Repaired);
    }
    harvest
}

/// Reads one file, or one member of an archive, by its door.
pub(super) fn read_as_its_format(
    entry: &Entry,
    opened: &mut Opened,
    reading: &Reading<'_>,
    parallel: bool,
    harvest: &mut Harvest,
) {
    // A further format is one more arm here, one in `Shard::write`, and its names in `format`.
    let format = format::tell(entry, opened.head());
    harvest.format = Some(format);
    if let Some(name) = format.name() {
        *harvest.kinds.entry(name).or_default() += 1;
    }
    match format {
        Format::Lines => jsonl::read(entry, opened, reading, parallel, harvest),
        Format::Json => json::read(entry, opened, reading, harvest),
        Format::Table => table::read(entry, opened, reading, parallel, harvest),
        Format::Html => html::read(entry, opened, reading, harvest),
        Format::Markdown => markdown::read(entry, opened, reading, harvest),
        Format::Feed => feed::read(entry, opened, reading, parallel, harvest),
        Format::Mail => mail::read(entry, opened, reading, harvest),
        Format::Mailbox => mail::read_box(entry, opened, reading, parallel, harvest),
        #[cfg(feature = "warc")]
        Format::Warc => warc::read(entry, opened, reading, parallel, harvest),
        // `format::tell` gives none that was not built.
        #[cfg(not(feature = "warc"))]
        Format::Warc => {}
        #[cfg(feature = "parquet")]
        Format::Parquet => super::columnar::read(entry, opened, reading, parallel, harvest),
        #[cfg(not(feature = "parquet"))]
        Format::Parquet => {}
        #[cfg(feature = "pdf")]
        Format::Pdf => super::pdf::read(entry, opened, reading, harvest),
        #[cfg(not(feature = "pdf"))]
        Format::Pdf => {}
        Format::Plain => plain::read(entry, opened, reading, harvest),
        Format::Tar => archive::read_tar(entry, opened, reading, parallel, harvest),
        Format::Zip => archive::read_zip(entry, opened, reading, parallel, harvest),
        Format::Other(kind) => {
            *harvest.others.entry(kind).or_default() += 1;
            if entry.named && kind != format::EMPTY {
                let message = format!("{kind}: not a kind of file that is read; read are {}", format::READ);
                harvest.note(entry, "not_read", message, Action::Skipped);
            }
        }
    }
}

/// Puts the harvests of all files together: names, order, counts.
fn assemble(
    found: Found,
    harvests: Vec<Harvest>,
    file: TextSpace,
    settings: &Settings,
) -> Result<Corpus, Error> {
    let Found { mut inputs, entries, mut problems, mut other_files } = found;
    let mut other_records: BTreeMap<String, u64> = BTreeMap::new();
    let mut hashes: Vec<Vec<u64>> = vec![Vec::new(); inputs.len()];
    let mut fields: Vec<BTreeSet<String>> = vec![BTreeSet::new(); inputs.len()];
    let mut drafts = Vec::with_capacity(harvests.iter().map(|harvest| harvest.drafts.len()).sum());
    let names: Vec<(String, String)> =
        entries.iter().map(|entry| (entry.shown.clone(), entry.relative.clone())).collect();
    let mut shards = Vec::with_capacity(entries.len());
    for (file, (entry, mut harvest)) in entries.into_iter().zip(harvests).enumerate() {
        for draft in &mut harvest.drafts {
            draft.file = file as u32;
        }
        let input = &mut inputs[entry.input];
        // A file that could not be opened is one of no kind.
        let n_files = harvest.kinds.values().sum::<u64>();
        input.n_files += n_files.max(u64::from(harvest.others.is_empty()));
        for (&kind, count) in &harvest.others {
            *other_files.entry(kind.to_owned()).or_default() += count;
        }
        for (&kind, count) in &harvest.other_records {
            *other_records.entry(kind.to_owned()).or_default() += count;
        }
        for (&kind, count) in &harvest.kinds {
            *input.kinds.entry(kind.to_owned()).or_default() += count;
        }
        for (encoding, count) in std::mem::take(&mut harvest.encodings) {
            *input.encodings.entry(encoding).or_default() += count;
        }
        input.n_documents += harvest.drafts.len() as u64;
        input.bytes += harvest.bytes;
        hashes[entry.input].push(harvest.hash);
        fields[entry.input].append(&mut harvest.fields);
        problems.append(&mut harvest.problems);
        drafts.append(&mut harvest.drafts);
        shards.push(Shard::of(entry, &mut harvest)?);
    }
    for ((input, hashes), fields) in inputs.iter_mut().zip(&mut hashes).zip(fields) {
        hashes.sort_unstable();
        let bytes: Vec<u8> = hashes.iter().flat_map(|hash| hash.to_le_bytes()).collect();
        input.hash = format!("{:016x}", rapidhash::v3::rapidhash_v3(&bytes));
        input.fields = fields.into_iter().collect();
    }

    let named = ids::resolve(drafts, &file, &names, &mut problems);
    problems.sort();
    let skipped = problems.iter().filter(|problem| problem.action == Action::Skipped).count() as u64;
    let read = named.documents.len() as u64 + skipped;
    if named.documents.is_empty() {
        let message = unusable::no_documents(&inputs, &problems, &other_files);
        // A flag mends this, so it is no fault of the input.
        let is_unclear = problems.iter().any(|problem| problem.code == table::UNCLEAR);
        return Err(if is_unclear { Error::Settings(message) } else { Error::Input(message) });
    }
    if let Some(most) = settings.max_bad
        && skipped as f64 > most * read as f64
    {
        return Err(Error::Input(unusable::too_many_bad(skipped, read, most, &problems)));
    }
    u32::try_from(named.documents.len()).map_err(|_| {
        Error::Input("more than 4,294,967,295 documents; give the drop in several runs".to_owned())
    })?;
    let mut sources = Sources::new(shards);
    let (mut documents, mut texts) = (Vec::new(), Vec::new());
    for draft in named.documents {
        sources.add(&draft);
        documents.push(draft.document);
        texts.push(draft.text);
    }
    let counts =
        ReadCounts { read, skipped, repeated: named.repeated, other_files, other_records, sample: None };
    Ok(Corpus { documents, texts: TextStore::new(texts, file), problems, inputs, counts, sources })
}
