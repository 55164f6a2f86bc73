//! Sections: the files of a segment, each with its length and a stable checksum in the manifest.

use std::io::{self, Write};
use std::sync::OnceLock;

use rapidhash::v3::rapidhash_v3;
use serde::{Deserialize, Serialize};

use super::storage::{ReadAt, Sink, Storage, bytes_at};

/// Bytes that are hashed at a time. Part of the format.
const CHUNK: usize = 1 << 20;

/// What the manifest says of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SectionRecord {
    pub(super) name: String,
    pub(super) bytes: u64,
    /// 16 hex digits; see [`Checksum`].
    pub(super) checksum: String,
}

/// The checksum of a file: rapidhash v3 of the rapidhashes v3 (8 bytes each, little-endian) of its chunks of 1 MiB, the
/// last one shorter. So it is made while a file is written or read, in little memory.
#[derive(Debug, Default)]
pub(super) struct Checksum {
    pending: Vec<u8>,
    hashes: Vec<u8>,
}

impl Checksum {
    fn add(&mut self, mut bytes: &[u8]) {
        while self.pending.len() + bytes.len() >= CHUNK {
            let (now, later) = bytes.split_at(CHUNK - self.pending.len());
            self.pending.extend_from_slice(now);
            self.hash_pending();
            bytes = later;
        }
        self.pending.extend_from_slice(bytes);
    }

    fn hash_pending(&mut self) {
        self.hashes.extend_from_slice(&rapidhash_v3(&self.pending).to_le_bytes());
        self.pending.clear();
    }

    fn finish(mut self) -> String {
        if !self.pending.is_empty() {
            self.hash_pending();
        }
        format!("{:016x}", rapidhash_v3(&self.hashes))
    }

    /// An error where a file has another one than this.
    pub(super) fn hold(file: &dyn ReadAt, expected: &str) -> io::Result<()> {
        let checksum = Self::of(file)?;
        if checksum == expected {
            Ok(())
        } else {
            Err(damaged(&format!("its checksum is {checksum} instead of {expected}")))
        }
    }

    fn of(file: &dyn ReadAt) -> io::Result<String> {
        let mut checksum = Self::default();
        let mut begin = 0;
        while begin < file.n_bytes() {
            let n_bytes = (file.n_bytes() - begin).min(CHUNK as u64);
            checksum.add(&bytes_at(file, begin, n_bytes)?);
            begin += n_bytes;
        }
        Ok(checksum.finish())
    }
}

/// A section to be read, held against its checksum before any of it is believed.
#[derive(Debug)]
pub(super) struct Section {
    file: Box<dyn ReadAt>,
    /// 16 hex digits; see [`Checksum`].
    checksum: String,
    is_whole: OnceLock<()>,
}

impl Section {
    pub(super) fn new(file: Box<dyn ReadAt>, record: &SectionRecord) -> Self {
        Self { file, checksum: record.checksum.clone(), is_whole: OnceLock::new() }
    }

    /// The file alone, for sections whose parts have checksums of their own, so that not all of it need be read.
    pub(super) fn in_parts(self) -> Box<dyn ReadAt> {
        self.file
    }

    pub(super) fn n_bytes(&self) -> u64 {
        self.file.n_bytes()
    }

    /// Some of its bytes. The first time, all are read.
    pub(super) fn bytes_at(&self, begin: u64, n_bytes: u64) -> io::Result<Vec<u8>> {
        if self.is_whole.get().is_none() {
            Checksum::hold(&*self.file, &self.checksum)?;
            let _ = self.is_whole.set(());
        }
        bytes_at(&*self.file, begin, n_bytes)
    }

    /// All of its bytes.
    pub(super) fn bytes(&self) -> io::Result<Vec<u8>> {
        self.bytes_at(0, self.n_bytes())
    }
}

/// A section under way. Writes reach the file in pieces of a chunk.
pub(super) struct SectionWriter {
    name: String,
    sink: Box<dyn Sink>,
    buffer: Vec<u8>,
    checksum: Checksum,
    bytes: u64,
}

impl SectionWriter {
    pub(super) fn create(storage: &dyn Storage, folder: &str, name: &str) -> io::Result<Self> {
        let sink = storage.create(&format!("{folder}/{name}"))?;
        let name = name.to_owned();
        Ok(Self { name, sink, buffer: Vec::new(), checksum: Checksum::default(), bytes: 0 })
    }

    /// Bytes so far.
    pub(super) fn position(&self) -> u64 {
        self.bytes
    }

    fn hand_over(&mut self) -> io::Result<()> {
        self.sink.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }

    /// Returns when the file is on the disk.
    pub(super) fn finish(mut self) -> io::Result<SectionRecord> {
        self.hand_over()?;
        self.sink.sync()?;
        Ok(SectionRecord { name: self.name, bytes: self.bytes, checksum: self.checksum.finish() })
    }
}

impl Write for SectionWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.buffer.extend_from_slice(bytes);
        self.checksum.add(bytes);
        self.bytes += bytes.len() as u64;
        if self.buffer.len() >= CHUNK {
            self.hand_over()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.hand_over()
    }
}

/// The error of a file that is not what it should be.
pub(super) fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

/// Numbers of 8 bytes, little-endian.
pub(super) fn numbers(bytes: &[u8]) -> impl Iterator<Item = u64> + '_ {
    bytes.as_chunks().0.iter().map(|number| u64::from_le_bytes(*number))
}
