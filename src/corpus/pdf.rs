//! Printed pages (PDF): the text in reading order, as far as the file tells it.
//!
//! Such files are programs for a printer, often broken and sometimes hostile. So each is read by a process of its own, with limits of time
//! and memory: whatever goes wrong there costs that file and not the run.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::Action;
use super::archive;
use super::draft::Draft;
use super::open::Opened;
use super::read::{Harvest, Met, Reading};
use super::record::NoDocument;
use super::walk::Entry;
use super::whole;

/// The hidden command of our own program that reads one file.
pub const COMMAND: &str = "read-pdf";

/// Seconds of computing that one file may take, and seconds until it is given up in any case.
pub const MOST_COMPUTING: u64 = 30;
const MOST_WAITING: Duration = Duration::from_mins(5);

/// Bytes that one file may take in memory while it is read.
pub const MOST_MEMORY: u64 = 2 << 30;

/// Bytes of stack for a reader: objects within objects are read by recursion.
pub const STACK: usize = 256 << 20;

/// Bytes of a file at most: pictures make most of them.
const LONGEST: u64 = 512 << 20;

/// Running lines above one another, or below.
const MOST_RUNNING: usize = 3;

/// Pages that a line must stand on to be a running title.
const LEAST_PAGES: usize = 3;

/// Fewest letters of a text.
const LEAST_LETTERS: usize = 20;

/// Of the signs of a text, at most one in so many may be none.
const RUBBISH_PART: usize = 20;

/// Longest word of a text on average, signs; Chinese and the like put no space between theirs, and lines only part them.
const LONGEST_MEAN: usize = 60;

/// Reads the one document of a file.
pub(super) fn read(entry: &Entry, opened: &mut Opened, reading: &Reading<'_>, harvest: &mut Harvest) {
    let Some(bytes) = bytes(entry, opened, reading, harvest) else { return };
    let most = usize::try_from(reading.settings.max_document_bytes).unwrap_or(usize::MAX);
    let read = match reading.settings.pdf_reader.as_deref() {
        Some(program) => by_process(program, bytes, most),
        None => by_thread(bytes),
    };
    let draft = read.and_then(|text| readable(&text)).map(|text| {
        let mut draft = Draft::new(text, entry.relative.clone(), None);
        draft.take_title_from_text();
        draft
    });
    match draft {
        Ok(draft) => harvest.take(Met::alone(Ok(draft), Vec::new()), entry, reading),
        Err(NoDocument { code, message }) => harvest.note(entry, code, message, Action::Skipped),
    }
}

/// All of a file, for its table of contents stands at its end; also where of other files a part is looked at.
fn bytes(
    entry: &Entry,
    opened: &mut Opened,
    reading: &Reading<'_>,
    harvest: &mut Harvest,
) -> Option<Vec<u8>> {
    if reading.settings.look_bytes.is_none() {
        return whole::one_document(entry, opened, LONGEST, harvest);
    }
    let file = archive::seekable(entry, opened, reading.settings.scratch.as_deref()).ok()?;
    let mut bytes = Vec::new();
    file.take(LONGEST).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

fn broken(why: &str) -> NoDocument {
    NoDocument { code: "bad_pdf", message: format!("cannot be read as PDF: {why}; give its text instead") }
}

const DAMAGED: &str = "its structure is damaged, or it asks for a password";

fn late() -> NoDocument {
    broken(&format!("it took more than {} seconds", MOST_WAITING.as_secs()))
}

/// Has `program` read a file.
fn by_process(program: &Path, bytes: Vec<u8>, most: usize) -> Result<String, NoDocument> {
    let mut child = Command::new(program)
        .arg(COMMAND)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| broken(&error.to_string()))?;
    let (mut input, output) = (child.stdin.take(), child.stdout.take());
    let writer = thread::spawn(move || {
        // A reader that dies early closes the pipe.
        let _ = input.as_mut().map(|input| input.write_all(&bytes));
    });
    let (sender, receiver) = mpsc::channel();
    let reader = thread::spawn(move || {
        let mut text = Vec::new();
        if let Some(output) = output {
            let _ = output.take(most as u64 + 1).read_to_end(&mut text);
        }
        let _ = sender.send(text);
    });
    let text = receiver.recv_timeout(MOST_WAITING);
    let is_late = text.is_err();
    let is_cut = text.as_ref().is_ok_and(|text| text.len() > most);
    if is_late || is_cut {
        let _ = child.kill();
    }
    let ended = end_of(&mut child);
    let _ = (writer.join(), reader.join());
    let text = text.map_err(|_| late())?;
    if is_cut {
        let message = format!("a text longer than {most} bytes; raise --max-document-bytes");
        return Err(NoDocument { code: "too_long", message });
    }
    ended?;
    String::from_utf8(text).map_err(|_| broken("its text is none"))
}

/// Waits for a process to end; why it failed, if it did.
fn end_of(child: &mut Child) -> Result<(), NoDocument> {
    match child.wait() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(broken(&match status.code() {
            Some(NO_TEXT) => DAMAGED.to_owned(),
            _ => "its reader ran out of time or memory, or crashed".to_owned(),
        })),
        Err(error) => Err(broken(&error.to_string())),
    }
}

/// What the reading process ends with where a file gives no text.
pub const NO_TEXT: i32 = 4;

/// In this process, for programs that are not ours: a crash that is no panic ends them.
fn by_thread(bytes: Vec<u8>) -> Result<String, NoDocument> {
    let (sender, receiver) = mpsc::channel();
    let reader = thread::Builder::new().stack_size(STACK).spawn(move || {
        let _ = sender.send(text(&bytes));
    });
    reader.map_err(|error| broken(&error.to_string()))?;
    match receiver.recv_timeout(MOST_WAITING) {
        Ok(Some(text)) => Ok(text),
        Ok(None) => Err(broken(DAMAGED)),
        Err(mpsc::RecvTimeoutError::Timeout) => Err(late()),
        Err(mpsc::RecvTimeoutError::Disconnected) => Err(broken("its reader crashed")),
    }
}

/// The pages of a PDF, with a form feed between; none where it cannot be read. May panic, or take any time and memory.
#[must_use]
pub fn text(bytes: &[u8]) -> Option<String> {
    pdf_extract::extract_text_from_mem_by_pages(bytes).ok().map(|pages| pages.join("\u{c}"))
}

/// The text as paragraphs, if it is one: a scan holds pictures of letters, and letters without a key are rubbish.
fn readable(printed: &str) -> Result<String, NoDocument> {
    let (mut n_letters, mut n_signs, mut n_rubbish) = (0, 0, 0);
    for letter in printed.chars().filter(|letter| !letter.is_whitespace()) {
        n_signs += 1;
        n_letters += usize::from(letter.is_alphabetic());
        let is_private = matches!(letter, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..);
        n_rubbish += usize::from(letter.is_control() || is_private || letter == char::REPLACEMENT_CHARACTER);
    }
    if n_letters < LEAST_LETTERS {
        let message = "no text (scanned?); have its letters recognized, or give its text";
        return Err(NoDocument { code: "no_text", message: message.to_owned() });
    }
    let n_words = printed.split_whitespace().count();
    if n_rubbish * RUBBISH_PART > n_signs || n_letters * 3 < n_signs || n_signs > n_words * LONGEST_MEAN {
        let message = "its letters cannot be told (fonts without a key); give its text instead".to_owned();
        return Err(NoDocument { code: "unreadable_text", message });
    }
    Ok(joined_lines(printed))
}

/// Lines as wide as the paper become paragraphs, over the ends of pages, too, and words that a line end parted are whole again.
fn joined_lines(printed: &str) -> String {
    let mut pages: Vec<Vec<&str>> =
        printed.split('\u{c}').map(|page| page.lines().map(str::trim).collect()).collect();
    pages.iter_mut().for_each(trim);
    // A running title and a number may stand above one another.
    for _ in 0..MOST_RUNNING {
        let running = running_lines(&pages);
        let is_running =
            |line: Option<&&str>| line.is_some_and(|line| running.contains(&without_numbers(line)));
        for page in &mut pages {
            if is_running(page.first()) {
                page.remove(0);
            }
            if is_running(page.last()) {
                page.pop();
            }
            trim(page);
        }
    }
    let mut text = String::with_capacity(printed.len());
    // Lines that stand between this one and the text before.
    let mut n_empty = 0;
    for page in &pages {
        for line in page {
            if line.is_empty() {
                n_empty += 1;
            } else {
                append(&mut text, line, n_empty > 0);
                n_empty = 0;
            }
        }
        n_empty += 1;
    }
    text
}

/// Takes the empty lines around a page away.
fn trim(page: &mut Vec<&str>) {
    let end = page.iter().rposition(|line| !line.is_empty()).map_or(0, |last| last + 1);
    page.truncate(end);
    let first = page.iter().position(|line| !line.is_empty()).unwrap_or(0);
    page.drain(..first);
}

/// What opens or closes most pages, but for its number: a running title, or the number itself.
fn running_lines(pages: &[Vec<&str>]) -> BTreeSet<String> {
    let mut n_pages: BTreeMap<String, usize> = BTreeMap::new();
    for page in pages {
        let edges = [page.first(), page.last()].into_iter().flatten();
        for line in edges.map(|line| without_numbers(line)).collect::<BTreeSet<_>>() {
            *n_pages.entry(line).or_default() += 1;
        }
    }
    n_pages.retain(|_, n_with| *n_with >= LEAST_PAGES && *n_with * 2 > pages.len());
    n_pages.into_keys().collect()
}

fn without_numbers(line: &str) -> String {
    line.split(|letter: char| letter.is_ascii_digit()).filter(|part| !part.is_empty()).collect()
}

/// Appends a line, as far from the text before as the words tell: wide lines and ends of pages part no sentence.
fn append(text: &mut String, line: &str, is_apart: bool) {
    let goes_on = line.starts_with(char::is_lowercase);
    let is_parted =
        text.strip_suffix(['-', '\u{ad}', '\u{2010}']).is_some_and(|word| word.ends_with(char::is_lowercase));
    if is_parted && goes_on {
        text.pop();
    } else if text.ends_with(|sign: char| sign.is_lowercase() || sign == ',') && goes_on {
        text.push('\n');
    } else if !text.is_empty() {
        text.push_str(if is_apart { "\n\n" } else { "\n" });
    }
    text.extend(line.chars().map(|letter| if letter.is_control() { ' ' } else { letter }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_a_line_end_parted_are_whole_again() {
        let printed = "The council\n\nThe council agreed on the new tram-\nline, which opens in Stoke-\nOn-Trent.\n\n\n\nIt met.\n";
        assert_eq!(
            joined_lines(printed),
            "The council\n\nThe council agreed on the new tramline, which opens in Stoke-\nOn-Trent.\n\nIt met."
        );
    }

    #[test]
    fn pages_are_joined_without_their_running_titles_and_numbers() {
        let page = |number: u32, text: &str| format!("\n\nThe Daily Tram\n\n{text}\n\n{number}\n");
        let first = page(9, "The council met and agreed on the new");
        let printed =
            [first, page(10, "tram. It opens in spring.\n\n1999"), page(11, "Nobody spoke.")].join("\u{c}");
        assert_eq!(
            joined_lines(&printed),
            "The council met and agreed on the new\ntram. It opens in spring.\n\n1999\n\nNobody spoke."
        );
        // Two pages tell nothing of what runs through all.
        let two = [page(1, "One."), page(2, "Two.")].join("\u{c}");
        assert_eq!(joined_lines(&two).matches("The Daily Tram").count(), 2);
    }

    #[test]
    fn rubbish_is_told_from_text() {
        let code = |text: &str| readable(text).err().map(|refused| refused.code);
        assert_eq!(code("The council met on Tuesday and agreed on the tram."), None);
        assert_eq!(code("市議会は火曜日に新しい路面電車について話し合い、春に開業することを決めた。"), None);
        assert_eq!(code(" 1 2 \n"), Some("no_text"));
        assert_eq!(code(&"\u{f021}\u{f034}ab ".repeat(30)), Some("unreadable_text"));
        assert_eq!(code(&"!\"#$%&'()*+,-./ ab ".repeat(30)), Some("unreadable_text"));
    }
}
