//! Rows of a table with delimiters, one at a time, whatever the quotes in it are worth.

use std::io::Read;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

/// Bytes read at a time.
const CHUNK: usize = 256 << 10;

/// Bytes that may be read anew, beyond what the file has four times, after quotes that were never closed.
const MOST_ANEW: u64 = 64 << 20;

/// Reads rows. Never fails: `csv_core` finds some reading of any bytes.
pub(super) struct Rows<R> {
    source: R,
    core: Reader,
    delimiter: u8,
    /// What was read and not yet given on: from `begin` on a row that is under way.
    buffer: Vec<u8>,
    begin: usize,
    at: usize,
    /// The row's fields, one after another, without quotes.
    fields: Vec<u8>,
    /// Where each ends.
    ends: Vec<usize>,
    n_fields: usize,
    /// Of the byte at `begin`.
    line: u64,
    offset: u64,
    /// Of the row.
    place: Place,
    n_anew: u64,
    is_done: bool,
    /// Was the row cut off within a line, whose rest nobody wants?
    is_cut: bool,
}

/// Where a row begins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// Counted from 1.
    pub(super) line: u64,
    pub(super) byte_offset: u64,
    /// Lines that the row goes over.
    pub(super) n_lines: u64,
}

impl<R: Read> Rows<R> {
    pub(super) fn new(source: R, delimiter: u8) -> Self {
        Self {
            source,
            core: ReaderBuilder::new().delimiter(delimiter).build(),
            delimiter,
            buffer: Vec::new(),
            begin: 0,
            at: 0,
            fields: vec![0; 1 << 12],
            ends: vec![0; 64],
            n_fields: 0,
            line: 1,
            offset: 0,
            place: Place::default(),
            n_anew: 0,
            is_done: false,
            is_cut: false,
        }
    }

    /// Reads the next row that is not blank; false at the end. A row longer than `longest` bytes ends there.
    pub(super) fn next(&mut self, longest: usize) -> bool {
        self.step_over();
        if std::mem::take(&mut self.is_cut) {
            self.drop_line();
        }
        if !self.skip_blank() {
            return false;
        }
        let (mut n_bytes, mut n_ends) = (0, 0);
        loop {
            if self.at == self.buffer.len() && !self.is_done {
                self.fill();
            }
            let input = &self.buffer[self.at..];
            let (result, n_in, n_out, n_more) =
                self.core.read_record(input, &mut self.fields[n_bytes..], &mut self.ends[n_ends..]);
            self.at += n_in;
            n_bytes += n_out;
            n_ends += n_more;
            match result {
                ReadRecordResult::End if n_ends == 0 => return false,
                ReadRecordResult::Record | ReadRecordResult::End => break,
                ReadRecordResult::OutputFull => self.fields.resize(self.fields.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::InputEmpty if self.at - self.begin > longest => {
                    self.reset();
                    self.is_cut = !self.raw().contains(&b'\n');
                    break;
                }
                ReadRecordResult::InputEmpty => {}
            }
        }
        self.n_fields = n_ends;
        let n_lines = count_lines(&self.raw()[..self.raw().len().saturating_sub(1)]) + 1;
        self.place = Place { line: self.line, byte_offset: self.offset, n_lines };
        true
    }

    /// Takes back all of the row but its first line, where a quote was opened and not closed. False where the row has no
    /// further line, or too much was read anew already.
    pub(super) fn keep_first_line(&mut self) -> bool {
        let Some(end) = self.raw().iter().position(|&byte| byte == b'\n').map(|place| self.begin + place + 1)
        else {
            return false;
        };
        let anew = (self.at - end) as u64;
        if anew == 0 || self.n_anew + anew > MOST_ANEW + self.offset * 4 {
            return false;
        }
        self.n_anew += anew;
        self.at = end;
        self.place.n_lines = 1;
        self.reset();
        true
    }

    /// The row's fields.
    pub(super) fn fields(&self) -> impl Iterator<Item = &[u8]> {
        let begins = std::iter::once(0).chain(self.ends.iter().copied());
        begins.zip(&self.ends[..self.n_fields]).map(|(begin, &end)| &self.fields[begin..end])
    }

    pub(super) fn n_fields(&self) -> usize {
        self.n_fields
    }

    /// Where the row begins.
    pub(super) fn place(&self) -> Place {
        self.place
    }

    /// The row as it stands, with its line end if it has one.
    pub(super) fn raw(&self) -> &[u8] {
        &self.buffer[self.begin..self.at]
    }

    fn reset(&mut self) {
        self.core = ReaderBuilder::new().delimiter(self.delimiter).build();
    }

    /// Counts the row that was read and lets it go.
    fn step_over(&mut self) {
        self.line += count_lines(self.raw());
        self.offset += (self.at - self.begin) as u64;
        self.begin = self.at;
        if self.begin >= CHUNK {
            self.buffer.drain(..self.begin);
            (self.at, self.begin) = (0, 0);
        }
    }

    /// Passes over the rest of a line.
    fn drop_line(&mut self) {
        while !self.is_done || self.at < self.buffer.len() {
            if let Some(end) = self.buffer[self.at..].iter().position(|&byte| byte == b'\n') {
                self.at += end + 1;
                return self.step_over();
            }
            self.at = self.buffer.len();
            self.step_over();
            self.fill();
        }
    }

    /// Passes over line ends, and the mark at the beginning of a file.
    fn skip_blank(&mut self) -> bool {
        loop {
            if self.at == self.buffer.len() && !self.is_done {
                self.fill();
            }
            if self.offset == 0 && self.at == 0 && self.buffer.starts_with(b"\xef\xbb\xbf") {
                self.at = 3;
            }
            while self.buffer.get(self.at).is_some_and(|byte| matches!(byte, b'\r' | b'\n')) {
                self.at += 1;
            }
            let is_over = self.at == self.buffer.len();
            self.step_over();
            if !is_over {
                return true;
            }
            if self.is_done {
                return false;
            }
        }
    }

    fn fill(&mut self) {
        // The source reports damage at its end and never fails.
        let n = self.source.by_ref().take(CHUNK as u64).read_to_end(&mut self.buffer).unwrap_or(0);
        self.is_done = n == 0;
    }
}

fn count_lines(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(table: &str) -> Vec<(u64, u64, Vec<String>)> {
        let mut rows = Rows::new(table.as_bytes(), b',');
        let mut found = Vec::new();
        while rows.next(usize::MAX) {
            let fields = rows.fields().map(|field| String::from_utf8_lossy(field).into_owned()).collect();
            found.push((rows.place().line, rows.place().byte_offset, fields));
        }
        found
    }

    #[test]
    fn rows_know_where_they_begin() {
        let found = read("\u{feff}a,b\r\n\r\n1,\"x\ny\"\r\n2,z");
        let places: Vec<(u64, u64)> = found.iter().map(|row| (row.0, row.1)).collect();
        assert_eq!(places, [(1, 3), (3, 10), (5, 19)]);
        assert_eq!(found[1].2, ["1", "x\ny"]);
        assert_eq!(found[2].2, ["2", "z"]);
    }

    #[test]
    fn a_quote_never_closed_costs_a_line() {
        let mut rows = Rows::new(&b"1,\"a\n2,b\n3,c\n"[..], b',');
        assert!(rows.next(usize::MAX));
        assert_eq!(rows.place().n_lines, 3);
        assert!(rows.keep_first_line());
        assert!(rows.next(usize::MAX));
        assert_eq!((rows.place().line, rows.fields().next()), (2, Some(&b"2"[..])));
    }

    proptest! {
        #[test]
        fn fields_are_those_of_the_csv_crate(table in "[ab,\"\n\r]{0,40}") {
            let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(table.as_bytes());
            let expected: Vec<Vec<String>> = reader
                .records()
                .map(|record| record.unwrap().iter().map(str::to_owned).collect())
                .collect();
            let found: Vec<Vec<String>> = read(&table).into_iter().map(|row| row.2).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
