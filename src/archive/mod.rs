//! Archive: what is already known?
//! In:  a folder of past drops; a drop.
//! Out: a [`crate::Context`] filled with what the past knows of the drop; the folder, one drop richer. Touches its own folder only.
//!
//! A drop becomes a segment: a folder of sections that never change. The manifest names the segments; it is replaced in
//! one step, so that a reader sees the archive as it was or as it is, and a crash leaves one of the two.
//! `docs/archive.md` describes every byte.

mod storage;
mod section;
mod manifest;
mod lock;
mod texts;
mod documents;
mod postings;
mod leads;
mod stories;
mod segment;
mod settings;
mod lookup;
mod recall;
mod parts;
mod words;
mod continued;
mod add;
mod compact;
mod export;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod story_tests;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::Arc;

pub use add::Addition;
pub use compact::Compaction;
pub use export::ExportTable;
pub use manifest::DropRecord;
pub use recall::Recalled;

use crate::corpus::Corpus;
use crate::error::Error;
use crate::progress::Progress;
use crate::run::Run;
use crate::settings::Settings;
use lock::Lock;
use manifest::Manifest;
use segment::Segment;
use storage::{Disk, Storage};

/// How often a reader looks again where what the manifest named was compacted away under it.
const LOOKS: usize = 10;

/// Past drops, to be read. It stays as it was opened, whatever a writer does meanwhile.
#[derive(Debug, Clone)]
pub struct Archive {
    storage: Arc<dyn Storage>,
    /// As it was named, for messages.
    place: String,
    manifest: Manifest,
    segments: Vec<Arc<Segment>>,
}

impl Archive {
    /// Opens the archive in `folder`.
    ///
    /// # Errors
    /// [`Error::Settings`] where there is none; [`Error::ArchiveDamaged`] where it is damaged, or was written by a newer program;
    /// [`Error::OpenFiles`] where it has more segments than can be open at once.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let place = folder.display().to_string();
        Self::open_in(Arc::new(Disk::at(folder)), &place)?.ok_or_else(|| none_in(&place))
    }

    /// None where there is no archive.
    fn open_in(storage: Arc<dyn Storage>, place: &str) -> Result<Option<Self>, Error> {
        let mut gone = None;
        for _ in 0..LOOKS {
            let Some(manifest) = read_manifest(&*storage, place)? else { return Ok(None) };
            let opened: io::Result<Result<Vec<Arc<Segment>>, Error>> = manifest
                .segments
                .iter()
                .map(|record| Ok(Segment::open(&*storage, record.clone(), place)?.map(Arc::new)))
                .collect();
            match opened {
                Ok(segments) => {
                    let (place, segments) = (place.to_owned(), segments?);
                    return Ok(Some(Self { storage, place, manifest, segments }));
                }
                Err(error) if storage::is_out_of_files(&error) => {
                    let n_segments = manifest.segments.len();
                    return Err(Error::OpenFiles(format!(
                        "{place} has {n_segments} segments, and this process may not have all of their files open at once; run \
                         `samestory archive compact {place}`, or raise the limit (`ulimit -n`)"
                    )));
                }
                // A writer may have compacted it away since the manifest was read; the next one names others.
                Err(error) => gone = Some(error),
            }
        }
        let error = gone.unwrap_or_else(|| io::ErrorKind::NotFound.into());
        Err(segment::failed(place, segment::FOLDER, &error))
    }

    /// The drops, oldest first.
    #[must_use]
    pub fn drops(&self) -> &[DropRecord] {
        &self.manifest.drops
    }

    /// Documents of all drops.
    #[must_use]
    pub fn n_documents(&self) -> u32 {
        self.manifest.n_documents()
    }

    /// Number of segments.
    #[must_use]
    pub fn n_segments(&self) -> usize {
        self.segments.len()
    }

    /// Bytes of all texts before they were packed.
    #[must_use]
    pub fn text_bytes(&self) -> u64 {
        self.manifest.segments.iter().map(|segment| segment.text_bytes).sum()
    }

    /// Bytes of all segments by section.
    #[must_use]
    pub fn section_bytes(&self) -> BTreeMap<String, u64> {
        let mut bytes = BTreeMap::new();
        for section in self.manifest.segments.iter().flat_map(|segment| &segment.sections) {
            *bytes.entry(section.name.clone()).or_default() += section.bytes;
        }
        bytes
    }

    /// What the archive knows that bears on a drop: archived documents that may be the same as some of its own, how common
    /// their wording is, what is boilerplate. If the drop was added before, it is left out, and so are those
    /// after it: so that a run repeated says what it said.
    ///
    /// # Errors
    /// [`Error::Settings`] where the archive was made with other settings; [`Error::ArchiveDamaged`] where it cannot be read.
    pub fn recall(
        &self,
        corpus: &Corpus,
        settings: &Settings,
        progress: &dyn Progress,
    ) -> Result<Recalled, Error> {
        recall::recall(self, corpus, settings, recall::Itself::LeftOut, progress)
    }

    /// The same for a question alone: a drop that was added before is known.
    ///
    /// # Errors
    /// As [`Archive::recall`].
    pub fn recall_all(
        &self,
        corpus: &Corpus,
        settings: &Settings,
        progress: &dyn Progress,
    ) -> Result<Recalled, Error> {
        recall::recall(self, corpus, settings, recall::Itself::Known, progress)
    }

    /// Writes a table as CSV. Documents: number, id, drop, drop name, title, date, source, url, lang, status, original, set,
    /// hash of the text, story, other fields. Stories and events: see [`ExportTable`].
    ///
    /// # Errors
    /// [`Error::ArchiveDamaged`] where it cannot be read; [`Error::Output`] where `sink` fails.
    pub fn export(&self, table: ExportTable, sink: &mut dyn io::Write) -> Result<(), Error> {
        export::export(self, table, sink)
    }

    /// Numbers of documents, ascending, in runs of one segment and of `most` at most.
    fn runs<'a>(&self, numbers: &'a [u32], most: usize) -> Vec<&'a [u32]> {
        let segment = |number: u32| self.find(number).map(|(segment, _)| segment.record.first_document);
        let runs = numbers.chunk_by(|&left, &right| segment(left) == segment(right));
        runs.flat_map(|run| run.chunks(most)).collect()
    }

    /// The segment and row of a document.
    fn find(&self, number: u32) -> Option<(&Segment, u32)> {
        self.segments.iter().find_map(|segment| Some((&**segment, segment.row_of(number)?)))
    }
}

/// What is wrong with an archive, one line each; nothing where all is well. `read_data`: every byte is held against its
/// checksum.
///
/// # Errors
/// [`Error::Settings`] where there is no archive; [`Error::ArchiveDamaged`] where its manifest is damaged or too new.
pub fn check(folder: &Path, read_data: bool) -> Result<Vec<String>, Error> {
    let place = folder.display().to_string();
    check_in(&Disk::at(folder), &place, read_data)?.ok_or_else(|| none_in(&place))
}

fn check_in(storage: &dyn Storage, place: &str, read_data: bool) -> Result<Option<Vec<String>>, Error> {
    let Some(manifest) = read_manifest(storage, place)? else { return Ok(None) };
    let complaints =
        manifest.segments.iter().flat_map(|record| segment::check(storage, record, place, read_data));
    Ok(Some(complaints.collect()))
}

/// An archive that this process alone may write.
#[derive(Debug)]
pub struct ArchiveWriter {
    archive: Archive,
    /// None in tests in memory.
    _lock: Option<Lock>,
}

impl ArchiveWriter {
    /// Opens the archive in `folder` to add to it, or makes an empty one there. `wait`: until no other process writes it.
    /// What a process that is no more left half written is removed.
    ///
    /// # Errors
    /// [`Error::ArchiveLocked`] where another process writes it; [`Error::Settings`] where it was made with other settings, or
    /// `folder` holds other things; else as [`Archive::open`].
    pub fn open(folder: &Path, settings: &Settings, wait: bool) -> Result<Self, Error> {
        let failed = |source| Error::Archive { path: folder.to_path_buf(), source };
        let storage: Arc<dyn Storage> = Arc::new(Disk::at(folder));
        let names = match storage.list("") {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            listed => listed.map_err(failed)?,
        };
        let is_ours = |name: &String| {
            [manifest::NAME, manifest::NEW, segment::FOLDER, lock::NAME].contains(&name.as_str())
        };
        if !names.iter().any(|name| name == manifest::NAME)
            && let Some(other) = names.iter().find(|name| !is_ours(name))
        {
            return Err(Error::Settings(format!(
                "{} holds {other:?} and no archive; name an empty folder, or one that is not there yet",
                folder.display()
            )));
        }
        storage.create_folder("").map_err(failed)?;
        let lock = Lock::take(folder, wait)?;
        let place = folder.display().to_string();
        Self::open_in(storage, &place, settings, Some(lock))
    }

    fn open_in(
        storage: Arc<dyn Storage>,
        place: &str,
        settings: &Settings,
        lock: Option<Lock>,
    ) -> Result<Self, Error> {
        let mut archive = match Archive::open_in(Arc::clone(&storage), place)? {
            Some(archive) => archive,
            None => Archive {
                storage,
                place: place.to_owned(),
                manifest: Manifest {
                    made_with: settings::made_with(settings),
                    next_segment: 1,
                    ..Manifest::default()
                },
                segments: Vec::new(),
            },
        };
        settings::check(&archive, settings)?;
        settings::complete(&mut archive.manifest);
        remove_leftovers(&*archive.storage, &archive.manifest);
        Ok(Self { archive, _lock: lock })
    }

    /// What it holds.
    #[must_use]
    pub fn archive(&self) -> &Archive {
        &self.archive
    }

    /// Writes the documents of a run that are not archived yet; [`Addition::commit`] makes them part of the archive. None where
    /// there are none: all of them are archived.
    ///
    /// # Errors
    /// [`Error::Archive`] where it cannot be written. The archive is as before then.
    pub fn add(self, run: &Run, recalled: &Recalled) -> Result<Option<Addition>, Error> {
        add::add(self, run, recalled)
    }

    fn failed(&self, source: io::Error) -> Error {
        Error::Archive { path: self.archive.place.clone().into(), source }
    }
}

/// Makes one segment of all of an archive's, with the settings that it was made with. Readers go on with what they opened. None where
/// there is one already. `wait`: until no other process writes it.
///
/// # Errors
/// [`Error::Settings`] where there is no archive, or the program takes other things for words than when it was made;
/// [`Error::ArchiveLocked`] where another process writes it; [`Error::Archive`] where it cannot be written,
/// [`Error::ArchiveDamaged`] where it cannot be read, [`Error::Scratch`] where a temporary file cannot be written. The archive is
/// as before then.
pub fn compact(folder: &Path, wait: bool, progress: &dyn Progress) -> Result<Option<Compaction>, Error> {
    let (storage, place) = (Disk::at(folder), folder.display().to_string());
    // What is not there is not made.
    read_manifest(&storage, &place)?.ok_or_else(|| none_in(&place))?;
    let _lock = Lock::take(folder, wait)?;
    compact::compact(&storage, &place, progress)
}

fn read_manifest(storage: &dyn Storage, place: &str) -> Result<Option<Manifest>, Error> {
    Manifest::read(storage).map_err(|error| segment::failed(place, manifest::NAME, &error))
}

fn none_in(place: &str) -> Error {
    Error::Settings(format!(
        "there is no archive in {place}; make one with `samestory archive add` or `samestory run --archive`"
    ))
}

/// Removes what no manifest names. Trouble here is no reason to stop: the next writer tries again.
fn remove_leftovers(storage: &dyn Storage, manifest: &Manifest) {
    let _ = storage.remove_file(manifest::NEW);
    for folder in storage.list(segment::FOLDER).unwrap_or_default() {
        if !manifest.segments.iter().any(|segment| segment.folder == folder) {
            remove_segment(storage, &folder);
        }
    }
}

/// Removes a segment's folder, as far as it can be.
fn remove_segment(storage: &dyn Storage, folder: &str) {
    let folder = format!("{}/{folder}", segment::FOLDER);
    for name in storage.list(&folder).unwrap_or_default() {
        // By name, never a whole tree.
        if segment::SECTIONS.iter().chain(&segment::STORY_SECTIONS).any(|section| *section == name) {
            let _ = storage.remove_file(&format!("{folder}/{name}"));
        }
    }
    let _ = storage.remove_folder(&folder);
}
