//! Opens a file, plain or compressed (its first bytes decide, not its name), and never reads more of
//! it than a sane file holds.

use std::fs::File;
use std::io::{self, Chain, Cursor, Read, Write as _};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use rapidhash::v3::{RapidSecrets, RapidStreamHasherV3};

use super::walk::Entry;
use crate::scratch;

/// Bytes looked at before a file's kind is told.
pub(super) const HEAD: usize = 64 << 10;

/// A file that grows beyond this many times its compressed size is taken for a bomb ...
pub(super) const MOST_RATIO: u64 = 500;

/// ... once it has given this many bytes: short files of one repeated letter are no danger.
pub(super) const RATIO_FROM: u64 = 64 << 20;

/// Nor is more than this read from one compressed file.
pub(super) const MOST_BYTES: u64 = 64 << 30;

static SECRETS: RapidSecrets = RapidSecrets::seed(0);

/// A file's content, decompressed. Reading never fails: damage ends the content and is told at the end.
pub(super) struct Opened<'a> {
    /// The first bytes, decompressed.
    head: Vec<u8>,
    taken: usize,
    stream: Stream<'a>,
    /// Bytes that a member of an archive takes in it.
    packed_bytes: Option<u64>,
    given: u64,
    reported: u64,
    damage: Option<String>,
    bomb: Option<String>,
    /// Bytes after whose line reading ends, where only a part is wanted.
    most: Option<u64>,
    is_cut: bool,
}

/// What there is to say once a file has been read.
pub(super) struct End {
    /// Bytes as they lay on disk.
    pub(super) bytes: u64,
    /// Of those bytes that no chunk has reported to the progress listener.
    pub(super) unreported: u64,
    /// Over all of them; stable.
    pub(super) hash: u64,
    /// Why it ended early.
    pub(super) damage: Option<String>,
    /// Why nothing of it may be used.
    pub(super) bomb: Option<String>,
    /// What it was packed with.
    pub(super) compression: Compression,
    /// All bytes of a stream, where a copy was asked for.
    pub(super) copy: Option<io::Result<File>>,
}

type Whole<'a> = Chain<Cursor<Vec<u8>>, Raw<'a>>;

enum Stream<'a> {
    Plain(Box<Whole<'a>>),
    Gzip(Box<MultiGzDecoder<Whole<'a>>>),
    Zstd(Box<zstd::Decoder<'static, io::BufReader<Whole<'a>>>>),
}

impl<'a> Opened<'a> {
    /// Opens a file. A pipe or standard input is copied to a temporary file in the folder `copied` while it is read.
    pub(super) fn open(entry: &Entry, copied: Option<&Path>) -> io::Result<Self> {
        let inner: Box<dyn Read> = if entry.path.as_os_str() == "-" {
            Box::new(io::stdin())
        } else {
            Box::new(File::open(&entry.path)?)
        };
        let copied = copied.filter(|_| entry.stream);
        let copy = copied.map(|folder| scratch::file(folder).map(io::BufWriter::new));
        Self::of(Raw { inner, bytes: 0, hasher: RapidStreamHasherV3::new(&SECRETS), copy })
    }

    /// Opens a member of an archive, which takes `packed_bytes` in it.
    pub(super) fn member(inner: Box<dyn Read + 'a>, packed_bytes: u64) -> io::Result<Self> {
        let mut opened = Self::reopen(inner)?;
        opened.packed_bytes = Some(packed_bytes);
        Ok(opened)
    }

    /// Opens what can be read from its beginning.
    pub(super) fn reopen(inner: Box<dyn Read + 'a>) -> io::Result<Self> {
        Self::of(Raw { inner, bytes: 0, hasher: RapidStreamHasherV3::new(&SECRETS), copy: None })
    }

    fn of(mut raw: Raw<'a>) -> io::Result<Self> {
        let mut magic = Vec::new();
        raw.by_ref().take(HEAD as u64).read_to_end(&mut magic)?;
        let compression = magic.get(..4).map_or(Compression::None, compression);
        let whole = Cursor::new(magic).chain(raw);
        let stream = match compression {
            Compression::None => Stream::Plain(Box::new(whole)),
            Compression::Gzip => Stream::Gzip(Box::new(MultiGzDecoder::new(whole))),
            Compression::Zstd => Stream::Zstd(Box::new(zstd::Decoder::new(whole)?)),
        };
        let mut opened = Self {
            head: Vec::new(),
            taken: 0,
            stream,
            packed_bytes: None,
            given: 0,
            reported: 0,
            damage: None,
            bomb: None,
            most: None,
            is_cut: false,
        };
        let mut head = Vec::new();
        opened.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
        opened.head = head;
        Ok(opened)
    }

    /// The first bytes, still to be read.
    pub(super) fn head(&self) -> &[u8] {
        &self.head
    }

    /// Bytes read from disk since the last call: what a progress listener is told.
    pub(super) fn advanced(&mut self) -> u64 {
        if self.packed_bytes.is_some() {
            // The archive counts its own bytes.
            return 0;
        }
        let bytes = self.raw().bytes;
        let steps = bytes - self.reported;
        self.reported = bytes;
        steps
    }

    /// Leaves what no one asked for; the hash covers what was read.
    pub(super) fn end_here(mut self) -> End {
        self.is_cut = true;
        self.finish()
    }

    /// Reads what no one asked for, so that the hash covers the whole file.
    pub(super) fn finish(mut self) -> End {
        // What is left of a member is for its archive to pass over.
        if self.bomb.is_none() && self.packed_bytes.is_none() && !self.is_cut {
            let rest = io::copy(self.raw_mut(), &mut io::sink());
            if let Err(error) = rest {
                self.damage.get_or_insert_with(|| error.to_string());
            }
        }
        let unreported = self.advanced();
        let raw = self.raw();
        let (bytes, hash) = (raw.bytes, raw.hasher.finish());
        let compression = self.compression();
        let copy = self.raw_mut().copy.take();
        let copy = copy.map(|copy| copy?.into_inner().map_err(io::IntoInnerError::into_error));
        End { bytes, unreported, hash, damage: self.damage, bomb: self.bomb, compression, copy }
    }

    fn raw(&self) -> &Raw<'a> {
        match &self.stream {
            Stream::Plain(whole) => whole.get_ref().1,
            Stream::Gzip(decoder) => decoder.get_ref().get_ref().1,
            Stream::Zstd(decoder) => decoder.get_ref().get_ref().get_ref().1,
        }
    }

    fn raw_mut(&mut self) -> &mut Raw<'a> {
        match &mut self.stream {
            Stream::Plain(whole) => whole.get_mut().1,
            Stream::Gzip(decoder) => decoder.get_mut().get_mut().1,
            Stream::Zstd(decoder) => decoder.get_mut().get_mut().get_mut().1,
        }
    }

    /// Bytes given so far, unpacked.
    pub(super) fn given(&self) -> u64 {
        self.given
    }

    /// Ends reading with the first line that ends after `most` bytes.
    pub(super) fn end_after(&mut self, most: u64) {
        self.most = Some(most.max(self.head.len() as u64));
    }

    /// Was it cut there?
    pub(super) fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Is it a file within a file?
    pub(super) fn is_member(&self) -> bool {
        self.packed_bytes.is_some()
    }

    /// What it is packed with.
    pub(super) fn compression(&self) -> Compression {
        match self.stream {
            Stream::Plain(_) => Compression::None,
            Stream::Gzip(_) => Compression::Gzip,
            Stream::Zstd(_) => Compression::Zstd,
        }
    }

    fn too_much(&self) -> bool {
        let compressed = self.packed_bytes.is_some() || !matches!(self.stream, Stream::Plain(_));
        let ratio = self.given / self.packed_bytes.unwrap_or(self.raw().bytes).max(1);
        compressed && (self.given > MOST_BYTES || (self.given > RATIO_FROM && ratio > MOST_RATIO))
    }
}

/// Copies everything as it lies; its bytes and their hash.
pub(super) fn copy(inner: Box<dyn Read + '_>, output: &mut impl io::Write) -> io::Result<(u64, u64)> {
    let mut raw = Raw { inner, bytes: 0, hasher: RapidStreamHasherV3::new(&SECRETS), copy: None };
    io::copy(&mut raw, output)?;
    Ok((raw.bytes, raw.hasher.finish()))
}

impl Read for Opened<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken < self.head.len() {
            let n = (&self.head[self.taken..]).read(buffer)?;
            self.taken += n;
            return Ok(n);
        }
        if self.damage.is_some() || self.bomb.is_some() || self.is_cut {
            return Ok(0);
        }
        let read = match &mut self.stream {
            Stream::Plain(whole) => whole.read(buffer),
            Stream::Gzip(decoder) => decoder.read(buffer),
            Stream::Zstd(decoder) => decoder.read(buffer),
        };
        match read {
            Ok(n) => {
                self.given += n as u64;
                if self.too_much() {
                    self.bomb = Some(format!(
                        "unpacks to more than {MOST_RATIO} times its size; \
                         unpack it yourself and give the plain file if it is meant so"
                    ));
                    return Ok(0);
                }
                if self.most.is_some_and(|most| self.given > most)
                    && let Some(end) = buffer[..n].iter().position(|&byte| byte == b'\n')
                {
                    self.is_cut = true;
                    return Ok(end + 1);
                }
                Ok(n)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => {
                self.damage = Some(match error.kind() {
                    io::ErrorKind::UnexpectedEof => "ends in the middle of its compressed stream".to_owned(),
                    _ => format!("damaged: {error}"),
                });
                Ok(0)
            }
        }
    }
}

/// What a file is packed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Compression {
    /// Nothing.
    #[default]
    None,
    /// gzip, `.gz`.
    Gzip,
    /// Zstandard, `.zst`.
    Zstd,
}

fn compression(magic: &[u8]) -> Compression {
    match magic {
        [0x1f, 0x8b, ..] => Compression::Gzip,
        // The second is a skippable frame, as pzstd writes first.
        [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18] => Compression::Zstd,
        _ => Compression::None,
    }
}

/// The bytes as they lie on disk, counted and hashed on the way.
struct Raw<'a> {
    inner: Box<dyn Read + 'a>,
    bytes: u64,
    hasher: RapidStreamHasherV3<'static>,
    /// Where they are written down as well.
    copy: Option<io::Result<io::BufWriter<File>>>,
}

impl Read for Raw<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.bytes += n as u64;
        self.hasher.write(&buffer[..n]);
        if let Some(Ok(copy)) = &mut self.copy
            && let Err(error) = copy.write_all(&buffer[..n])
        {
            self.copy = Some(Err(error));
        }
        Ok(n)
    }
}
