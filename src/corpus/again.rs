//! Reads a file a second time: chosen records go on byte for byte as they stand, with fields appended.

use std::fs::File;
use std::io::{self, Read, Seek as _, Write};
use std::path::{Path, PathBuf};

use super::DocId;
use super::draft::Shelved;
use super::format::Format;
use super::open::{self, Compression, Opened};
use super::passing;
use super::read::Harvest;
use super::walk::Entry;
use crate::error::Error;
use crate::settings::Settings;

/// Which file each document came from.
#[derive(Debug, Default)]
pub struct Sources {
    pub(crate) shards: Vec<Shard>,
    /// By document.
    origins: Vec<Origin>,
}

/// Where a document stood.
#[derive(Debug, Clone, Copy)]
struct Origin {
    /// Which of the shards.
    shard: u32,
    /// Its line, or which record it was, counted from 1; 1 for a whole file.
    place: u64,
}

impl Sources {
    pub(super) fn new(shards: Vec<Shard>) -> Self {
        Self { shards, origins: Vec::new() }
    }

    /// Notes where the next document came from.
    pub(super) fn add(&mut self, draft: &Shelved) {
        self.origins.push(Origin { shard: draft.file, place: draft.place() });
    }

    /// Of the documents for which `is_kept` holds: by shard, their places in it, ascending.
    pub(crate) fn places(&self, is_kept: impl Fn(DocId) -> bool) -> Vec<Vec<(u64, DocId)>> {
        let mut places: Vec<Vec<(u64, DocId)>> = vec![Vec::new(); self.shards.len()];
        for (document, origin) in (0u32..).map(DocId).zip(&self.origins) {
            if is_kept(document) {
                places[origin.shard as usize].push((origin.place, document));
            }
        }
        for places in &mut places {
            places.sort_unstable();
        }
        places
    }

    /// Are the files known? Not so for texts that came from none.
    pub(crate) fn is_known(&self) -> bool {
        !self.origins.is_empty()
    }
}

/// A file that was read, with what tells whether it still is as it was.
#[derive(Debug)]
pub(crate) struct Shard {
    entry: Entry,
    format: Option<Format>,
    compression: Compression,
    bytes: u64,
    hash: u64,
    /// All of a stream, for it cannot be read twice.
    copy: Option<File>,
}

/// What is appended to a record: one or more `"name":value`, between commas.
pub(crate) type Fields<'a> = dyn Fn(DocId) -> String + Sync + 'a;

impl Shard {
    /// Takes what `harvest` knows of the file.
    ///
    /// # Errors
    /// [`Error::Scratch`] when a stream could not be copied.
    pub(super) fn of(entry: Entry, harvest: &mut Harvest) -> Result<Self, Error> {
        let copy = harvest.copy.take().transpose()?;
        let Harvest { format, compression, bytes, hash, .. } = *harvest;
        Ok(Self { entry, format, compression, bytes, hash, copy })
    }

    /// Which of the inputs it belongs to.
    pub(crate) fn input(&self) -> usize {
        self.entry.input
    }

    /// Its path below its input; its name where it is the input.
    pub(crate) fn below(&self) -> PathBuf {
        if self.entry.path.as_os_str() != "-" {
            return self.entry.below.clone();
        }
        let kind = self.format.map_or(".txt", Format::extension);
        let packed = match self.compression {
            Compression::None => "",
            Compression::Gzip => ".gz",
            Compression::Zstd => ".zst",
        };
        PathBuf::from(format!("stdin{kind}{packed}"))
    }

    /// What its records are to be packed with: nothing where the file is passed on as it lies.
    pub(crate) fn packing(&self) -> Compression {
        match self.format {
            Some(format) if passing::is_of_records(format) => self.compression,
            _ => Compression::None,
        }
    }

    /// Writes the records at `kept` (places, ascending) to `output`, each with what `fields` says of it; a file that is
    /// one text as it lies. `target` names the output in errors.
    ///
    /// # Errors
    /// [`Error::Input`] when the file is not what it was when it was read, [`Error::Output`] when `output` fails.
    pub(crate) fn write(
        &self,
        kept: &[(u64, DocId)],
        settings: &Settings,
        fields: &Fields<'_>,
        target: &Path,
        output: &mut (impl Write + Send),
    ) -> Result<(), Error> {
        let unreadable = |error: io::Error| {
            Error::Input(format!(
                "{}: cannot be read a second time: {error}; nothing was published",
                self.entry.shown
            ))
        };
        let failed = |source| Error::Output { path: target.into(), source };
        let inner = self.reopened().map_err(unreadable)?;
        let (written, bytes, hash) = match self.format {
            Some(format) if passing::is_of_records(format) || format == Format::Zip => {
                let mut opened = Opened::reopen(inner).map_err(unreadable)?;
                let call = passing::Call { entry: &self.entry, settings, fields };
                let written = call.pass_on(&mut opened, format, kept, output);
                let end = opened.finish();
                (written, end.bytes, end.hash)
            }
            _ => match open::copy(inner, output) {
                Ok((bytes, hash)) => (Ok(true), bytes, hash),
                Err(error) => (Err(error), self.bytes, self.hash),
            },
        };
        if (bytes, hash) != (self.bytes, self.hash) || matches!(written, Ok(false)) {
            return Err(Error::Input(format!(
                "{}: changed since it was read; run again on files that stay as they are; nothing was published",
                self.entry.shown
            )));
        }
        written.map(|_| ()).map_err(failed)
    }

    fn reopened(&self) -> io::Result<Box<dyn Read>> {
        match &self.copy {
            Some(copy) => {
                let mut copy = copy.try_clone()?;
                copy.rewind()?;
                Ok(Box::new(copy))
            }
            None if self.entry.stream => {
                Err(io::Error::other("it is a pipe, and no copy was made (read_for in the settings)"))
            }
            None => Ok(Box::new(File::open(&self.entry.path)?)),
        }
    }
}
