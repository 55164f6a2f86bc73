//! Texts: packed in blocks of whole texts, so that one of them is had by unpacking a few others with it.

use std::io::{self, Write as _};

use rayon::prelude::*;

use super::section::{SectionWriter, damaged, numbers};
use super::storage::{ReadAt, bytes_at};

/// Text in a block, bytes; a block ends with the text that reaches this.
const BLOCK: usize = 32 << 10;

/// Blocks that are packed at once.
const PACKED_AT_ONCE: usize = 64;

/// How hard zstd tries.
const LEVEL: i32 = 6;

/// Where one text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct TextPlace {
    pub(super) block: u32,
    /// First byte in the unpacked block.
    pub(super) begin: u32,
    pub(super) n_bytes: u32,
}

/// Texts under way.
pub(super) struct TextWriter {
    sink: SectionWriter,
    blocks: Vec<Vec<u8>>,
    begins: Vec<u64>,
    n_bytes: u64,
}

impl TextWriter {
    pub(super) fn new(sink: SectionWriter) -> Self {
        Self { sink, blocks: Vec::new(), begins: Vec::new(), n_bytes: 0 }
    }

    /// Bytes of all texts so far.
    pub(super) fn n_bytes(&self) -> u64 {
        self.n_bytes
    }

    pub(super) fn push(&mut self, text: &str) -> io::Result<TextPlace> {
        if self.blocks.last().is_none_or(|block| block.len() >= BLOCK) {
            if self.blocks.len() == PACKED_AT_ONCE {
                self.pack()?;
            }
            self.blocks.push(Vec::with_capacity(BLOCK));
        }
        let block = self.blocks.len() - 1;
        let place = TextPlace {
            block: (self.begins.len() + block) as u32,
            begin: self.blocks[block].len() as u32,
            n_bytes: text.len() as u32,
        };
        self.blocks[block].extend_from_slice(text.as_bytes());
        self.n_bytes += text.len() as u64;
        Ok(place)
    }

    fn pack(&mut self) -> io::Result<()> {
        let packed: Vec<io::Result<Vec<u8>>> = self.blocks.par_iter().map(|block| pack(block)).collect();
        self.blocks.clear();
        for block in packed {
            self.begins.push(self.sink.position());
            self.sink.write_all(&block?)?;
        }
        Ok(())
    }

    /// The section, with where each block begins and their number at its end (8 bytes each).
    pub(super) fn finish(mut self) -> io::Result<SectionWriter> {
        self.pack()?;
        write_index(&mut self.sink, &self.begins)?;
        Ok(self.sink)
    }
}

/// A zstd frame with its content's size and checksum.
pub(super) fn pack(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut packer = zstd::bulk::Compressor::new(LEVEL)?;
    packer.include_checksum(true)?;
    packer.include_contentsize(true)?;
    packer.compress(bytes)
}

/// Where each frame of a section begins, and how many there are.
pub(super) fn write_index(sink: &mut SectionWriter, begins: &[u64]) -> io::Result<()> {
    for begin in begins.iter().chain([&(begins.len() as u64)]) {
        sink.write_all(&begin.to_le_bytes())?;
    }
    Ok(())
}

/// A section of frames with an index at its end.
#[derive(Debug)]
pub(super) struct Frames {
    file: Box<dyn ReadAt>,
    n_blocks: u64,
    /// Where the index begins.
    index: u64,
}

impl Frames {
    pub(super) fn open(file: Box<dyn ReadAt>) -> io::Result<Self> {
        let too_short = || damaged("it is too short");
        let at = file.n_bytes().checked_sub(8).ok_or_else(too_short)?;
        let n_frames = numbers(&bytes_at(&*file, at, 8)?).next().ok_or_else(too_short)?;
        let index = n_frames.checked_mul(8).and_then(|n| at.checked_sub(n)).ok_or_else(too_short)?;
        Ok(Self { file, n_blocks: n_frames, index })
    }

    pub(super) fn n_frames(&self) -> u64 {
        self.n_blocks
    }

    /// One frame, unpacked.
    pub(super) fn frame(&self, number: u64) -> io::Result<Vec<u8>> {
        if number >= self.n_blocks {
            return Err(damaged("a frame is asked for that is not there"));
        }
        // The index of the next one; of the last, the end of all.
        let bounds = bytes_at(&*self.file, self.index + number * 8, 16)?;
        let mut bounds = numbers(&bounds);
        let begin = bounds.next().unwrap_or_default();
        let end = if number + 1 == self.n_blocks { self.index } else { bounds.next().unwrap_or_default() };
        let n_bytes = end.checked_sub(begin).ok_or_else(|| damaged("its frames are in no order"))?;
        if end > self.index {
            return Err(damaged("its frames are in no order"));
        }
        zstd::stream::decode_all(bytes_at(&*self.file, begin, n_bytes)?.as_slice())
    }
}

/// Texts to be read.
#[derive(Debug)]
pub(super) struct Texts {
    frames: Frames,
}

impl Texts {
    pub(super) fn open(file: Box<dyn ReadAt>) -> io::Result<Self> {
        Ok(Self { frames: Frames::open(file)? })
    }

    /// One text after another; best in the order of their blocks.
    pub(super) fn reader(&self) -> TextReader<'_> {
        TextReader { frames: &self.frames, block: None }
    }
}

/// Keeps the block that was unpacked last.
pub(super) struct TextReader<'a> {
    frames: &'a Frames,
    block: Option<(u32, Vec<u8>)>,
}

impl TextReader<'_> {
    /// The text at a place. An error of kind `InvalidInput` is the fault of the place.
    pub(super) fn text(&mut self, place: TextPlace) -> io::Result<String> {
        let misplaced = |what: &str| io::Error::new(io::ErrorKind::InvalidInput, what.to_owned());
        if u64::from(place.block) >= self.frames.n_frames() {
            return Err(misplaced("a text lies in a frame that is not there"));
        }
        if self.block.as_ref().is_none_or(|(number, _)| *number != place.block) {
            self.block = Some((place.block, self.frames.frame(u64::from(place.block))?));
        }
        let block = self.block.as_ref().map(|(_, bytes)| bytes.as_slice()).unwrap_or_default();
        let end = place.begin as usize + place.n_bytes as usize;
        let bytes =
            block.get(place.begin as usize..end).ok_or_else(|| misplaced("a text lies outside its frame"))?;
        String::from_utf8(bytes.to_vec()).map_err(|_| misplaced("a text begins or ends within a letter"))
    }
}
