//! Reads a file a second time: chosen records go on byte for byte as they stand, with fields appended.
//!
//! One record is held at a time, and of a JSON array not even that: its brackets, its white space and
//! its commas are passed on as they come.

use std::fs::File;
use std::io::{self, Read, Seek as _, Write};
use std::path::{Path, PathBuf};

use super::decode::{self, Charset};
use super::draft::Shelved;
use super::format::Format;
use super::open::{self, Compression, Opened};
use super::read::Harvest;
use super::walk::Entry;
use super::{DocId, letters};
use crate::error::Error;
use letters::{Letters, Units};

/// Bytes read at a time.
const CHUNK: usize = 64 << 10;

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
        let kind = match self.format {
            Some(Format::Lines) => ".jsonl",
            Some(Format::Json) => ".json",
            Some(Format::Html) => ".html",
            _ => ".txt",
        };
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
            Some(Format::Lines | Format::Json) => self.compression,
            _ => Compression::None,
        }
    }

    /// Writes the records at `kept` (places, ascending) to `output`, each with what `fields` says of it; a file that is
    /// one text as it lies. `label`: the encoding that the run was told. `target` names the output in errors.
    ///
    /// # Errors
    /// [`Error::Input`] when the file is not what it was when it was read, [`Error::Output`] when `output` fails.
    pub(crate) fn write(
        &self,
        kept: &[(u64, DocId)],
        label: Option<&str>,
        fields: &Fields<'_>,
        target: &Path,
        output: &mut impl Write,
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
            Some(format @ (Format::Lines | Format::Json)) => {
                let mut opened = Opened::reopen(inner).map_err(unreadable)?;
                let charset = decode::charset(opened.head(), label);
                let written = pass_on(&mut opened, format, charset, kept, fields, output);
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

    fn reopened(&self) -> io::Result<Box<dyn Read + Send>> {
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

/// False when a record is not where it was.
fn pass_on(
    opened: &mut Opened,
    format: Format,
    charset: Charset,
    kept: &[(u64, DocId)],
    fields: &Fields<'_>,
    output: &mut impl Write,
) -> io::Result<bool> {
    let units = Units::of(charset);
    // Without its mark, a file whose first record goes might be taken for another encoding.
    let mut mark = vec![0; letters::mark_length(opened.head())];
    opened.read_exact(&mut mark)?;
    output.write_all(&mark)?;
    let mut passage = Passage { kept, fields, output, units };
    if format == Format::Json {
        let mut objects = Objects::new(passage);
        for_each(opened, units, |unit, letter| objects.take(unit, letter))?;
        objects.end()
    } else {
        lines(opened, &mut passage)?;
        Ok(passage.kept.is_empty())
    }
}

/// Calls `found` for every unit with its letter; see [`Letters::letter`].
fn for_each(
    opened: &mut Opened,
    units: Units,
    mut found: impl FnMut(&[u8], u8) -> io::Result<()>,
) -> io::Result<()> {
    let mut letters = Letters::new(units);
    let mut buffer = Vec::with_capacity(CHUNK + 4);
    loop {
        let n = opened.by_ref().take(CHUNK as u64).read_to_end(&mut buffer)?;
        let whole = buffer.len() - buffer.len() % units.width;
        for unit in buffer[..whole].chunks_exact(units.width) {
            found(unit, letters.letter(unit))?;
        }
        buffer.drain(..whole);
        if n == 0 {
            // Half a unit at the end of a file that was cut off.
            return if buffer.is_empty() { Ok(()) } else { found(&buffer, letters::OTHER) };
        }
    }
}

/// What is still to be passed on, and where to.
struct Passage<'a, W: Write> {
    kept: &'a [(u64, DocId)],
    fields: &'a Fields<'a>,
    output: &'a mut W,
    units: Units,
}

impl<W: Write> Passage<'_, W> {
    /// The document at this place, if it is to be passed on. Places are asked for ascending.
    fn at(&mut self, place: u64) -> Option<DocId> {
        let &(next, document) = self.kept.first()?;
        (next == place).then(|| {
            self.kept = &self.kept[1..];
            document
        })
    }

    fn write_fields(&mut self, document: DocId) -> io::Result<()> {
        let fields = self.units.encode(&format!(",{}", (self.fields)(document)));
        self.output.write_all(&fields)
    }
}

/// One object a line: lines go on with their ends, fields stand before the last brace.
fn lines<W: Write>(opened: &mut Opened, passage: &mut Passage<'_, W>) -> io::Result<()> {
    let units = passage.units;
    let mut number = 1;
    let mut wanted = passage.at(number);
    let mut line = Vec::new();
    for_each(opened, units, |unit, _| {
        if wanted.is_some() {
            line.extend_from_slice(unit);
        }
        // Not the letter that `for_each` gives: a reader of lines knows no state before a line's end.
        if units.ascii(unit) == b'\n' {
            if let Some(document) = wanted {
                write_line(&line, document, passage)?;
                line.clear();
            }
            number += 1;
            wanted = passage.at(number);
        }
        Ok(())
    })?;
    match wanted {
        Some(document) => write_line(&line, document, passage),
        None => Ok(()),
    }
}

fn write_line<W: Write>(line: &[u8], document: DocId, passage: &mut Passage<'_, W>) -> io::Result<()> {
    let units = passage.units;
    let last = |end: usize, holds: &dyn Fn(u8) -> bool| {
        line[..end].chunks_exact(units.width).rposition(|unit| holds(units.ascii(unit)))
    };
    let brace = last(line.len(), &|letter| letter == b'}').map(|place| place * units.width);
    let Some(brace) = brace else {
        // No object ends here: the file is another, and its hash will say so.
        return Ok(());
    };
    let end = last(brace, &|letter| !is_white(letter)).map_or(0, |place| (place + 1) * units.width);
    passage.output.write_all(&line[..end])?;
    passage.write_fields(document)?;
    passage.output.write_all(&line[end..])
}

/// An array of objects, or objects one after another.
struct Objects<'a, W: Write> {
    passage: Passage<'a, W>,
    state: State,
    is_array: bool,
    /// Objects begun.
    n_begun: u64,
    /// The object under way, or the last one; none if it does not go on.
    wanted: Option<DocId>,
    /// Has any gone on?
    any: bool,
    /// White space since the last bracket, comma or object.
    between: Vec<u8>,
    /// White space within an object that may stand before its last brace.
    pending: Vec<u8>,
    nesting: Nesting,
}

/// Where within an object.
#[derive(Default)]
struct Nesting {
    depth: u32,
    in_text: bool,
    is_escaped: bool,
}

enum State {
    Between,
    Within,
    /// After the array's end.
    Closed,
    /// After something that is neither: nothing beyond it was read.
    Stopped,
}

impl<'a, W: Write> Objects<'a, W> {
    fn new(passage: Passage<'a, W>) -> Self {
        Self {
            passage,
            state: State::Between,
            is_array: false,
            n_begun: 0,
            wanted: None,
            any: false,
            between: Vec::new(),
            pending: Vec::new(),
            nesting: Nesting::default(),
        }
    }

    fn take(&mut self, unit: &[u8], letter: u8) -> io::Result<()> {
        match self.state {
            State::Within => return self.take_within(unit, letter),
            State::Between => {}
            State::Closed if is_white(letter) => return self.passage.output.write_all(unit),
            State::Closed | State::Stopped => {
                self.state = State::Stopped;
                return Ok(());
            }
        }
        match letter {
            b'{' => return self.begin(unit),
            b'[' if !self.is_array && self.n_begun == 0 => {
                self.is_array = true;
                self.flush_between()?;
                self.passage.output.write_all(unit)?;
            }
            b',' if self.is_array && self.wanted.is_some() => self.flush_between()?,
            b',' if self.is_array => self.between.clear(),
            b']' if self.is_array => {
                self.flush_between()?;
                self.passage.output.write_all(unit)?;
                self.state = State::Closed;
            }
            _ if is_white(letter) => self.between.extend_from_slice(unit),
            _ => self.state = State::Stopped,
        }
        Ok(())
    }

    fn begin(&mut self, unit: &[u8]) -> io::Result<()> {
        self.n_begun += 1;
        self.wanted = self.passage.at(self.n_begun);
        if self.wanted.is_some() {
            if self.is_array && self.any {
                let comma = self.passage.units.encode(",");
                self.passage.output.write_all(&comma)?;
            }
            if self.is_array || self.any || self.n_begun == 1 {
                self.flush_between()?;
            }
            self.passage.output.write_all(unit)?;
            self.any = true;
        }
        self.between.clear();
        self.nesting = Nesting { depth: 1, ..Nesting::default() };
        self.state = State::Within;
        Ok(())
    }

    fn take_within(&mut self, unit: &[u8], letter: u8) -> io::Result<()> {
        let is_white = is_white(letter) && !self.nesting.in_text;
        self.nesting.take(letter);
        let ends = self.nesting.depth == 0;
        if ends {
            self.state = State::Between;
        }
        let Some(document) = self.wanted else { return Ok(()) };
        if is_white {
            self.pending.extend_from_slice(unit);
            return Ok(());
        }
        if ends {
            self.passage.write_fields(document)?;
        }
        self.passage.output.write_all(&self.pending)?;
        self.pending.clear();
        self.passage.output.write_all(unit)
    }

    fn flush_between(&mut self) -> io::Result<()> {
        self.passage.output.write_all(&self.between)?;
        self.between.clear();
        Ok(())
    }

    /// Closes an array that was cut off. False when an object is not where it was.
    fn end(mut self) -> io::Result<bool> {
        if self.is_array && !matches!(self.state, State::Closed) {
            let end = self.passage.units.encode("]\n");
            self.passage.output.write_all(&end)?;
        } else if !self.is_array {
            self.flush_between()?;
        }
        Ok(self.passage.kept.is_empty())
    }
}

impl Nesting {
    fn take(&mut self, letter: u8) {
        if self.in_text {
            let ends = letter == b'"' && !self.is_escaped;
            self.is_escaped = letter == b'\\' && !self.is_escaped;
            self.in_text = !ends;
            return;
        }
        match letter {
            b'"' => self.in_text = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth -= 1,
            _ => {}
        }
    }
}

/// White space as JSON has it.
fn is_white(letter: u8) -> bool {
    matches!(letter, b' ' | b'\t' | b'\n' | b'\r')
}
