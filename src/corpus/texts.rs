//! Texts: in memory, or in a temporary file where there are more than memory is to hold.
//!
//! The file has no name: it is gone when the process is, however that ends. Any thread may ask for any text at any time.
//! Texts are not packed: that would take half the room, and ten times the time (`benches/records/memory.md`).

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufWriter, Seek as _, SeekFrom, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use super::DocId;
use crate::error::Error;
use crate::scratch::{self, GATHERED, lost, read_exact_at};

/// Bytes of a block of texts in memory. More than the C library keeps for itself when they are freed (32 MiB at most,
/// by its own count); of what is not filled, the system gives nothing.
const BLOCK: usize = 33 << 20;

/// All texts, by document. No room may assume that they are all in memory.
#[derive(Debug, Default)]
pub struct TextStore {
    texts: Vec<StoredText>,
    space: TextSpace,
}

impl TextStore {
    /// Keeps `texts` in memory, in the order of the documents.
    #[must_use]
    pub fn in_memory(texts: Vec<Box<str>>) -> Self {
        let mut space = TextSpace::default();
        let texts = texts.into_iter().map(|text| hold(&mut space.blocks, &text)).collect();
        Self { texts, space }
    }

    /// Texts that may not be shown: of these lengths in bytes, and blank.
    #[must_use]
    pub(crate) fn withheld(lengths: impl IntoIterator<Item = u32>) -> Self {
        let texts = lengths.into_iter().map(|n_bytes| StoredText::Withheld { n_bytes });
        Self { texts: texts.collect(), space: TextSpace::default() }
    }

    pub(super) fn new(texts: Vec<StoredText>, space: TextSpace) -> Self {
        Self { texts, space }
    }

    /// One document's extracted text: what passages and set-aside ranges point into.
    ///
    /// # Panics
    /// Where the temporary file cannot be read any more, it unwinds to [`crate::run_with`] or [`crate::report::write`],
    /// which return [`Error::Scratch`].
    #[must_use]
    pub fn text(&self, document: DocId) -> Cow<'_, str> {
        self.space.text(self.texts[document.index()])
    }

    /// Some bytes of one document's text, without reading the others.
    ///
    /// # Panics
    /// Where they are not all in the text or part a letter, and where [`TextStore::text`] does.
    #[must_use]
    pub(crate) fn stretch(&self, document: DocId, bytes: Range<u32>) -> Cow<'_, str> {
        self.space.text(self.texts[document.index()].cut(bytes))
    }

    /// Bytes of one document's text, without reading it.
    #[must_use]
    pub fn n_bytes(&self, document: DocId) -> usize {
        self.texts[document.index()].n_bytes()
    }

    /// Number of texts.
    #[must_use]
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// True without texts.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// Takes one more text, in memory, for the document after the last.
    pub(crate) fn push(&mut self, text: &str) {
        let stored = hold(&mut self.space.blocks, text);
        self.texts.push(stored);
    }

    /// Forgets all texts from document number `n_documents` on.
    pub(crate) fn truncate(&mut self, n_documents: usize) {
        self.texts.truncate(n_documents);
    }

    /// Writes the texts that are in memory to the temporary file, in `folder` if there is none yet.
    ///
    /// # Errors
    /// [`Error::Scratch`] when it cannot be written.
    pub(crate) fn spill(&mut self, folder: Option<&Path>) -> Result<(), Error> {
        let begins = self.space.spill(folder)?;
        for text in &mut self.texts {
            if let StoredText::Held { block, begin, n_bytes } = *text {
                *text = StoredText::Spilled { begin: begins[block as usize] + u64::from(begin), n_bytes };
            }
        }
        Ok(())
    }

    /// Bytes of the texts that are in memory.
    #[must_use]
    pub fn held_bytes(&self) -> u64 {
        self.space.blocks.iter().map(|block| block.len() as u64).sum()
    }

    /// Number of texts in the temporary file.
    #[must_use]
    pub fn n_spilled(&self) -> u64 {
        self.texts.iter().filter(|text| matches!(text, StoredText::Spilled { .. })).count() as u64
    }

    /// Bytes of the temporary file.
    #[must_use]
    pub fn file_bytes(&self) -> u64 {
        self.space.bytes
    }
}

/// Where one text is.
#[derive(Debug, Clone, Copy)]
pub(super) enum StoredText {
    Held {
        block: u32,
        /// First byte in the block.
        begin: u32,
        n_bytes: u32,
    },
    Spilled {
        /// First byte in the file.
        begin: u64,
        n_bytes: u32,
    },
    /// Nowhere: blanks stand for it.
    Withheld { n_bytes: u32 },
}

impl StoredText {
    /// These bytes of it.
    fn cut(self, bytes: Range<u32>) -> Self {
        assert!(bytes.end as usize <= self.n_bytes(), "bytes of the text");
        let cut = bytes.end - bytes.start;
        match self {
            Self::Held { block, begin, .. } => Self::Held { block, begin: begin + bytes.start, n_bytes: cut },
            Self::Spilled { begin, .. } => {
                Self::Spilled { begin: begin + u64::from(bytes.start), n_bytes: cut }
            }
            Self::Withheld { .. } => Self::Withheld { n_bytes: cut },
        }
    }

    pub(super) fn n_bytes(self) -> usize {
        match self {
            Self::Held { n_bytes, .. } | Self::Spilled { n_bytes, .. } | Self::Withheld { n_bytes } => {
                n_bytes as usize
            }
        }
    }
}

/// What texts stand in: blocks of memory, and a temporary file where memory is not to hold all.
#[derive(Debug, Default)]
pub(super) struct TextSpace {
    blocks: Vec<String>,
    file: Option<File>,
    /// Where the file is; named in errors.
    folder: PathBuf,
    /// Of the file.
    bytes: u64,
}

impl TextSpace {
    /// See [`TextStore::text`].
    pub(super) fn text(&self, text: StoredText) -> Cow<'_, str> {
        match text {
            StoredText::Held { block, begin, n_bytes } => {
                let begin = begin as usize;
                Cow::Borrowed(&self.blocks[block as usize][begin..begin + n_bytes as usize])
            }
            StoredText::Spilled { begin, n_bytes } => {
                let read = self.read(begin, n_bytes as usize);
                Cow::Owned(read.unwrap_or_else(|source| lost(self.failed(source))))
            }
            StoredText::Withheld { n_bytes } => Cow::Owned(" ".repeat(n_bytes as usize)),
        }
    }

    fn read(&self, begin: u64, n_bytes: usize) -> io::Result<String> {
        let file = self.file.as_ref().ok_or(io::ErrorKind::NotFound)?;
        let mut text = vec![0; n_bytes];
        read_exact_at(file, &mut text, begin)?;
        String::from_utf8(text).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }

    /// Writes all blocks to the file and frees them; where each begins in it.
    fn spill(&mut self, folder: Option<&Path>) -> Result<Vec<u64>, Error> {
        if self.file.is_none() {
            self.folder = scratch::folder(folder);
        }
        let mut begins = Vec::new();
        let mut write = || {
            let mut file = self.file.take().map_or_else(|| scratch::file(&self.folder), Ok)?;
            file.seek(SeekFrom::Start(self.bytes))?;
            for block in std::mem::take(&mut self.blocks) {
                file.write_all(block.as_bytes())?;
                begins.push(self.bytes);
                self.bytes += block.len() as u64;
            }
            Ok(file)
        };
        let written = write();
        self.file = Some(written.map_err(|source| self.failed(source))?);
        Ok(begins)
    }

    fn failed(&self, source: io::Error) -> Error {
        Error::Scratch { folder: self.folder.clone(), source }
    }
}

/// Appends a text to the last block, or to a new one.
fn hold(blocks: &mut Vec<String>, text: &str) -> StoredText {
    let has_room = blocks.last().is_some_and(|block| block.capacity() - block.len() >= text.len());
    if !has_room {
        blocks.push(String::with_capacity(BLOCK.max(text.len())));
    }
    let block = blocks.len() - 1;
    let begin = blocks[block].len() as u32;
    blocks[block].push_str(text);
    // No text is as long as 4 GiB: `Draft::checked` sees to it.
    StoredText::Held { block: block as u32, begin, n_bytes: text.len() as u32 }
}

/// Where texts go while documents are read, from many threads.
#[derive(Debug)]
pub(super) struct Shelf {
    /// Bytes of texts that memory is to hold.
    most_held: u64,
    held: AtomicU64,
    blocks: Mutex<Vec<String>>,
    folder: PathBuf,
    file: Mutex<Option<Spill>>,
    failed: OnceLock<io::Error>,
}

#[derive(Debug)]
struct Spill {
    file: BufWriter<File>,
    at: u64,
}

impl Shelf {
    /// Keeps up to `most_held` bytes of texts in memory and the rest in a temporary file in `folder`.
    pub(super) fn new(most_held: u64, folder: Option<&Path>) -> Self {
        Self {
            most_held,
            held: AtomicU64::new(0),
            blocks: Mutex::new(Vec::new()),
            folder: scratch::folder(folder),
            file: Mutex::new(None),
            failed: OnceLock::new(),
        }
    }

    /// Takes a text. Where it cannot be written, [`Shelf::finish`] fails.
    pub(super) fn put(&self, text: &str) -> StoredText {
        let n_bytes = text.len() as u64;
        if self.held.fetch_add(n_bytes, Ordering::Relaxed) + n_bytes <= self.most_held {
            return hold(&mut self.blocks.lock().unwrap_or_else(PoisonError::into_inner), text);
        }
        self.held.fetch_sub(n_bytes, Ordering::Relaxed);
        self.spill(text).unwrap_or_else(|error| {
            // The first error is the one to tell.
            let _ = self.failed.set(error);
            StoredText::Spilled { begin: 0, n_bytes: 0 }
        })
    }

    fn spill(&self, text: &str) -> io::Result<StoredText> {
        if self.has_failed() {
            return Err(io::ErrorKind::Other.into());
        }
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if file.is_none() {
            *file =
                Some(Spill { file: BufWriter::with_capacity(GATHERED, scratch::file(&self.folder)?), at: 0 });
        }
        let spill = file.as_mut().ok_or(io::ErrorKind::NotFound)?;
        spill.file.write_all(text.as_bytes())?;
        let begin = spill.at;
        spill.at += text.len() as u64;
        Ok(StoredText::Spilled { begin, n_bytes: text.len() as u32 })
    }

    /// True once a text could not be written: there is no use in reading on.
    pub(super) fn has_failed(&self) -> bool {
        self.failed.get().is_some()
    }

    /// All that was put, to be read.
    ///
    /// # Errors
    /// [`Error::Scratch`] when a text could not be written.
    pub(super) fn finish(self) -> Result<TextSpace, Error> {
        let Self { folder, blocks, file, mut failed, .. } = self;
        let blocks = blocks.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut space = TextSpace { blocks, folder, ..TextSpace::default() };
        if let Some(error) = failed.take() {
            return Err(space.failed(error));
        }
        if let Some(spill) = file.into_inner().unwrap_or_else(PoisonError::into_inner) {
            let file = spill.file.into_inner().map_err(|error| space.failed(error.into_error()))?;
            space.file = Some(file);
            space.bytes = spill.at;
        }
        Ok(space)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts() -> Vec<String> {
        (0..500).map(|n| format!("Täxt {n} ").repeat(n % 37)).collect()
    }

    #[test]
    fn a_text_reads_the_same_wherever_it_is() {
        for most_held in [0, 1, 2_000, u64::MAX] {
            let folder = tempfile::tempdir().unwrap();
            let shelf = Shelf::new(most_held, Some(folder.path()));
            let stored: Vec<StoredText> = texts().iter().map(|text| shelf.put(text)).collect();
            let mut store = TextStore::new(stored, shelf.finish().unwrap());
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "the file has no name");
            for (document, text) in (0..).map(DocId).zip(texts()) {
                assert_eq!(store.text(document), text);
                assert_eq!(store.n_bytes(document), text.len());
                let cut = text.char_indices().nth(3).map_or(0, |(place, _)| place)..text.len();
                assert_eq!(store.stretch(document, cut.start as u32..cut.end as u32), text[cut]);
            }
            assert_eq!(store.n_spilled() > 0, most_held < 3_000);
            assert!(store.held_bytes() <= most_held);
            store.spill(Some(folder.path())).unwrap();
            assert_eq!((store.held_bytes(), store.n_spilled()), (0, 500));
            for (document, text) in (0..).map(DocId).zip(texts()) {
                assert_eq!(store.text(document), text);
            }
        }
    }

    #[test]
    fn a_lost_text_is_an_error() {
        let lost = StoredText::Spilled { begin: 0, n_bytes: 4 };
        let space = TextSpace { file: Some(tempfile::tempfile().unwrap()), ..TextSpace::default() };
        let result = scratch::to_the_door(|| Ok(space.text(lost).len()));
        assert!(matches!(&result, Err(Error::Scratch { .. })) && result.unwrap_err().exit_code() == 5);
    }
}
