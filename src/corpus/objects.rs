//! Objects of JSON passed on: lines or arrays, byte for byte, whatever the encoding, with fields appended.
//!
//! One record is held at a time, and of a JSON array not even that: its brackets, its white space and
//! its commas are passed on as they come.

use std::io::{self, Read as _, Write};

use super::DocId;
use super::again::Fields;
use super::decode::Charset;
use super::format::Format;
use super::letters::{self, Letters, Units};
use super::open::Opened;

/// Bytes read at a time.
const CHUNK: usize = 64 << 10;

/// False when a record is not where it was.
pub(super) fn pass_on(
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
