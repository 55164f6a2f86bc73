//! One JSON object a line: read in chunks, each parsed on all threads.

use std::io::Read;

use rayon::prelude::*;

use super::decode::{self, Charset};
use super::draft::Shelved;
use super::fields::Served;
use super::open::Opened;
use super::read::{Harvest, Reading};
use super::record;
use super::walk::Entry;
use super::whole::{self, Most};
use super::{Action, Problem};

/// Bytes read before they are parsed: enough to keep every thread busy, little beside the texts.
const CHUNK: usize = 16 << 20;

/// Bytes that one thread parses at a time.
const PIECE: usize = 256 << 10;

/// Reads every record of a file.
pub(super) fn read(
    entry: &Entry,
    opened: &mut Opened,
    reading: &Reading<'_>,
    parallel: bool,
    harvest: &mut Harvest,
) {
    let charset = decode::charset(opened.head(), reading.settings.encoding.as_deref());
    if charset != Charset::Web(encoding_rs::UTF_8) {
        read_transcoded(entry, opened, reading, harvest);
        return;
    }
    harvest.note_encoding(entry, "UTF-8", false);
    let mut lines = Lines { entry, reading, harvest, served: Served::default(), n_before: 0, offset: 0 };
    // JSON escapes make a text up to six times as long.
    let longest =
        usize::try_from(reading.settings.max_document_bytes.saturating_mul(6)).unwrap_or(usize::MAX);
    let wanted = if parallel { CHUNK } else { CHUNK / 16 };
    let mut buffer = Buffer::default();
    loop {
        // What was left from before has no line end.
        let new = buffer.filled;
        let n = buffer.fill(opened, wanted);
        reading.progress.advance(opened.advanced());
        if n == 0 || reading.is_over() {
            break;
        }
        let Some(end) = memchr::memrchr(b'\n', &buffer.bytes()[new..]).map(|place| new + place + 1) else {
            if buffer.filled > longest {
                let dropped = drop_line(opened, &mut buffer);
                lines.too_long(dropped);
            }
            continue;
        };
        lines.read(&buffer.bytes()[..end], parallel);
        buffer.drop_first(end);
    }
    lines.read(buffer.bytes(), parallel);
    let served = lines.served;
    served.list(&reading.roles, &mut harvest.fields);
}

/// Room that is made once and filled again and again.
#[derive(Default)]
struct Buffer {
    room: Vec<u8>,
    /// Bytes of it that were read.
    filled: usize,
}

impl Buffer {
    fn bytes(&self) -> &[u8] {
        &self.room[..self.filled]
    }

    /// Reads up to `wanted` bytes more; how many there were.
    fn fill(&mut self, opened: &mut Opened, wanted: usize) -> usize {
        let (begin, end) = (self.filled, self.filled + wanted);
        if self.room.is_empty() {
            // The system has zeros for nothing, and small files touch little of them.
            self.room = vec![0; end];
        } else if self.room.len() < end {
            self.room.resize(end, 0);
        }
        while self.filled < end {
            match opened.read(&mut self.room[self.filled..end]) {
                Ok(0) => break,
                Ok(n) => self.filled += n,
                // `Opened` reports damage at its end and never fails: it was interrupted.
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        self.filled - begin
    }

    fn drop_first(&mut self, n: usize) {
        self.room.copy_within(n..self.filled, 0);
        self.filled -= n;
    }
}

/// Reads on to the end of a line nobody wants; what follows is left in `buffer`. Returns its length.
fn drop_line(opened: &mut Opened, buffer: &mut Buffer) -> u64 {
    let mut dropped = buffer.filled as u64;
    loop {
        buffer.filled = 0;
        let n = buffer.fill(opened, CHUNK);
        match memchr::memchr(b'\n', buffer.bytes()) {
            Some(end) => {
                dropped += end as u64 + 1;
                buffer.drop_first(end + 1);
                return dropped;
            }
            None if n == 0 => return dropped,
            None => dropped += n as u64,
        }
    }
}

fn read_transcoded(entry: &Entry, opened: &mut Opened, reading: &Reading<'_>, harvest: &mut Harvest) {
    let text = whole::text(entry, opened, Most::Memory, |_| None, reading, harvest);
    let Some(text) = text else { return };
    let mut lines = Lines { entry, reading, harvest, served: Served::default(), n_before: 0, offset: 0 };
    lines.read(text.as_bytes(), false);
    let served = lines.served;
    served.list(&reading.roles, &mut harvest.fields);
}

/// Where reading stands in a file.
struct Lines<'a, 'r> {
    entry: &'a Entry,
    reading: &'a Reading<'r>,
    harvest: &'a mut Harvest,
    served: Served,
    /// Lines before the next byte.
    n_before: u64,
    /// Bytes before it, decompressed.
    offset: u64,
}

impl Lines<'_, '_> {
    /// Reads whole lines.
    fn read(&mut self, chunk: &[u8], parallel: bool) {
        let pieces = cut(chunk);
        let (entry, reading) = (self.entry, self.reading);
        let parsed: Vec<Piece> = if parallel {
            pieces.into_par_iter().map(|piece| parse(piece, entry, reading)).collect()
        } else {
            pieces.into_iter().map(|piece| parse(piece, entry, reading)).collect()
        };
        for mut piece in parsed {
            for draft in &mut piece.drafts {
                draft.document.line = draft.document.line.map(|line| line + self.n_before);
            }
            for problem in &mut piece.problems {
                problem.line = problem.line.map(|line| line + self.n_before);
                problem.byte_offset = problem.byte_offset.map(|offset| offset + self.offset);
            }
            self.n_before += piece.n_lines;
            self.offset += piece.n_bytes;
            self.served.merge(piece.served);
            self.harvest.drafts.append(&mut piece.drafts);
            self.harvest.problems.append(&mut piece.problems);
        }
    }

    fn too_long(&mut self, n_bytes: u64) {
        self.n_before += 1;
        let most = self.reading.settings.max_document_bytes;
        self.harvest.problems.push(Problem {
            path: self.entry.shown.clone(),
            line: Some(self.n_before),
            byte_offset: Some(self.offset),
            code: "too_long",
            message: format!(
                "a line of {n_bytes} bytes cannot hold a text of at most {most}; raise --max-document-bytes"
            ),
            action: Action::Skipped,
        });
        self.offset += n_bytes;
    }
}

/// Cuts at line ends into pieces of about [`PIECE`] bytes.
fn cut(mut chunk: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    while chunk.len() > PIECE {
        let Some(end) = memchr::memchr(b'\n', &chunk[PIECE..]) else { break };
        let (piece, rest) = chunk.split_at(PIECE + end + 1);
        pieces.push(piece);
        chunk = rest;
    }
    pieces.push(chunk);
    pieces
}

/// What one piece gave; lines and offsets are counted from its start.
struct Piece {
    drafts: Vec<Shelved>,
    problems: Vec<Problem>,
    served: Served,
    n_lines: u64,
    n_bytes: u64,
}

fn parse(piece: &[u8], entry: &Entry, reading: &Reading<'_>) -> Piece {
    let mut parsed = Piece {
        drafts: Vec::new(),
        problems: Vec::new(),
        served: Served::default(),
        n_lines: 0,
        n_bytes: piece.len() as u64,
    };
    let mut begin = 0;
    while begin < piece.len() {
        let end = memchr::memchr(b'\n', &piece[begin..]).map_or(piece.len(), |place| begin + place + 1);
        parsed.n_lines += 1;
        parse_line(&piece[begin..end], begin as u64, entry, reading, &mut parsed);
        begin = end;
    }
    parsed
}

fn parse_line(line: &[u8], offset: u64, entry: &Entry, reading: &Reading<'_>, parsed: &mut Piece) {
    let decoded = decode::utf8(line);
    let json = decoded.text.trim();
    if json.is_empty() {
        return;
    }
    let number = parsed.n_lines;
    let mut repairs = Vec::new();
    if decoded.n_bad > 0 {
        repairs.push(("bad_encoding", format!("{} bad UTF-8 sequences became U+FFFD", decoded.n_bad)));
    }
    let draft = record::parse(json, &reading.roles, &mut repairs)
        .and_then(|record| {
            record.into_draft(&entry.relative, Some(number), &reading.roles, &mut parsed.served, &mut repairs)
        })
        .and_then(|draft| draft.checked(reading, &mut repairs));
    let mut note = |code, message, action| {
        let (line, byte_offset) = (Some(number), Some(offset));
        parsed.problems.push(Problem { path: entry.shown.clone(), line, byte_offset, code, message, action });
    };
    match draft {
        Ok(mut draft) => {
            draft.finish(&reading.detector, &mut repairs);
            parsed.drafts.push(draft.shelve(reading));
            for (code, message) in repairs {
                note(code, message, record::action(code));
            }
        }
        Err(refused) => note(refused.code, refused.message, Action::Skipped),
    }
}
