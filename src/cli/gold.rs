//! The truth file: opened, read, and held against the documents of a run.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use samestory::Error;
use samestory::evaluation::Truth;

use super::exit::Stop;
use super::inspect::{counted, grouped};
use super::terminal;

/// Unreadable lines that are shown.
const SHOWN_LINES: usize = 5;

/// Reads a truth, packed or not: the first bytes decide.
pub(super) fn read(path: &Path) -> Result<Truth, Stop> {
    let wrong = |what: &dyn std::fmt::Display| Error::Input(format!("{}: {what}", path.display()));
    if path.is_dir() {
        return Err(wrong(&"a folder; give a file of records with id and dup or label").into());
    }
    let reader = unpacked(path).map_err(|error| wrong(&error))?;
    let truth = Truth::read(BufReader::with_capacity(1 << 16, reader)).map_err(|error| wrong(&error))?;
    if truth.records.is_empty() {
        let first = truth.unreadable.first();
        let first = first.map(|line| format!("; line {}: {}", line.line, line.reason)).unwrap_or_default();
        return Err(wrong(&format!("no record with an id; a truth has one JSON object a line{first}")).into());
    }
    Ok(truth)
}

fn unpacked(path: &Path) -> io::Result<Box<dyn Read>> {
    let mut file = BufReader::with_capacity(1 << 16, File::open(path)?);
    Ok(match file.fill_buf()? {
        [0x1f, 0x8b, ..] => Box::new(MultiGzDecoder::new(file)),
        // The second is a skippable frame, as some packers write first.
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => {
            Box::new(zstd::Decoder::new(file)?)
        }
        _ => Box::new(file),
    })
}

/// Says on standard error what of the file was not used.
pub(super) fn say_what_is_left_out(path: &Path, truth: &Truth) {
    let shown = path.display();
    for line in truth.unreadable.iter().take(SHOWN_LINES) {
        terminal::say(&format!("{shown}:{}: {} (skipped)", line.line, line.reason));
    }
    if truth.unreadable.len() > SHOWN_LINES {
        let more = truth.unreadable.len() - SHOWN_LINES;
        terminal::say(&format!("{shown}: {} more skipped", counted(more as u64, "line")));
    }
    if truth.n_repeated > 0 {
        terminal::say(&format!(
            "{shown}: {} with an id that came before, counted once",
            grouped(truth.n_repeated)
        ));
    }
}
