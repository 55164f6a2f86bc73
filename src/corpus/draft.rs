//! A document on its way into the corpus: read, but not yet sure of its name.

use super::furniture;
use super::language::{Detector, Told};
use super::mojibake;
use super::plain;
use super::read::Reading;
use super::record::{NoDocument, Repairs};
use super::texts::{Shelf, StoredText};
use super::{Document, Language, Status};

/// A document with its text. The id is what the record said, or empty.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) document: Document,
    pub(super) text: Box<str>,
    /// The file it came from, as an index into the files found. Set when all are read.
    pub(super) file: u32,
    /// Which record of its file it was, counted from 1, where records are not lines.
    pub(super) record: Option<u64>,
    /// Which member of an archive it was in, counted from 1; 0 outside of archives. Set when the member is read.
    pub(super) member: u32,
}

/// A finished draft whose text has gone to where texts are kept.
#[derive(Debug)]
pub(super) struct Shelved {
    pub(super) document: Document,
    pub(super) text: StoredText,
    /// Stable. Of texts that share an id, once these are told apart; 0 before, and of all others.
    pub(super) text_hash: u64,
    /// As in [`Draft`].
    pub(super) file: u32,
    pub(super) record: Option<u64>,
    pub(super) member: u32,
}

impl Shelved {
    /// Which part of its file it was: the record or the line or the whole, counted from 1, and above that which member
    /// of an archive.
    pub(super) fn place(&self) -> u64 {
        u64::from(self.member) << MEMBER_SHIFT | self.record.or(self.document.line).unwrap_or(1)
    }
}

/// Bits of a place that tell the record; those above tell the member of an archive.
pub(super) const MEMBER_SHIFT: u32 = 40;

/// About how many bytes a document takes without its text.
pub(crate) fn field_bytes(document: &Document) -> u64 {
    let Document { id, path, url, title, date, source, set_aside, extra, .. } = document;
    let texts = [url, title, date, source].into_iter().flatten().map(String::len).sum::<usize>();
    let other = extra.iter().map(|(key, value)| 64 + key.len() + value_bytes(value)).sum::<usize>();
    let bytes = size_of::<Document>() + id.len() + path.len() + texts + other;
    (bytes + set_aside.len() * size_of::<super::SetAside>()) as u64
}

fn value_bytes(value: &serde_json::Value) -> usize {
    use serde_json::Value;
    // A header of three words, and the allocator's share.
    48 + match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(value_bytes).sum(),
        Value::Object(fields) => fields.iter().map(|(key, value)| 64 + key.len() + value_bytes(value)).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

impl Draft {
    /// Counts the document in, and hands its text over.
    pub(super) fn shelve(self, reading: &Reading<'_>) -> Shelved {
        reading.count(&self.document, self.text.len());
        self.shelve_on(&reading.shelf)
    }

    /// Hands the text over.
    pub(super) fn shelve_on(self, shelf: &Shelf) -> Shelved {
        let Self { document, text, file, record, member } = self;
        Shelved { document, text: shelf.put(&text), text_hash: 0, file, record, member }
    }

    pub(super) fn new(text: String, path: String, line: Option<u64>) -> Self {
        let text = match text.strip_prefix('\u{feff}') {
            Some(rest) => rest.to_owned(),
            None => text,
        };
        let document = Document {
            id: String::new(),
            path,
            line,
            url: None,
            title: None,
            title_span: None,
            date: None,
            source: None,
            language: Language::UNKNOWN,
            status: Status::Ok,
            set_aside: Vec::new(),
            extra: serde_json::Map::new(),
        };
        Self { document, text: text.into_boxed_str(), file: 0, record: None, member: 0 }
    }

    /// Refuses what is no text or too long, and mends what can be mended.
    pub(super) fn checked(
        mut self,
        reading: &Reading<'_>,
        repairs: &mut Repairs,
    ) -> Result<Self, NoDocument> {
        // Offsets are 32 bits wide, whatever the setting says.
        let most_bytes = reading.settings.max_document_bytes.min(u64::from(u32::MAX));
        if self.text.len() as u64 > most_bytes {
            let message = format!(
                "a text of {} bytes, longer than {most_bytes}; raise --max-document-bytes",
                self.text.len()
            );
            return Err(NoDocument { code: "too_long", message });
        }
        // Most texts of English have neither a NUL nor what opens mojibake: one look tells.
        let is_suspicious = memchr::memchr2(0, mojibake::FIRST_BYTE, self.text.as_bytes()).is_some();
        if is_suspicious && memchr::memchr(0, self.text.as_bytes()).is_some() {
            let n_nuls = self.text.matches('\0').count();
            if n_nuls * 100 > self.text.len() {
                let message = format!("{n_nuls} NUL bytes among {}: no text", self.text.len());
                return Err(NoDocument { code: "binary", message });
            }
            self.text = self.text.replace('\0', "\u{fffd}").into_boxed_str();
            repairs.push(("nul_bytes", format!("{n_nuls} NUL bytes became U+FFFD")));
            if let Some(title) = self.document.title.as_deref() {
                self.document.title = Some(title.replace('\0', "\u{fffd}"));
                self.document.title_span = None;
                self.find_title_in_text();
            }
        }
        if is_suspicious && let Some(n_runs) = mojibake::count(&self.text) {
            let message = format!(
                "{n_runs} runs of letters look like UTF-8 that was read as windows-1252 (\"Ã©\" for \"é\"); kept as they are: \
                 mend the file where it was written"
            );
            repairs.push(("mojibake", message));
        }
        let is_future = |date: &String| date.get(..10).is_some_and(|day| day > reading.last_day.as_str());
        if let Some(date) = self.document.date.take_if(|date| is_future(date)) {
            repairs.push(("future_date", format!("the date {date} is in the future; left out")));
        }
        let id = &self.document.id;
        if id.chars().any(char::is_control) {
            let mut escaped = String::with_capacity(id.len());
            super::walk::escape_controls(id, &mut escaped);
            self.document.id = escaped;
            repairs.push(("id_escaped", "control characters of the id were percent-encoded".to_owned()));
        }
        Ok(self)
    }

    /// Takes the first line of the text as its title, if it looks like one.
    pub(super) fn take_title_from_text(&mut self) {
        if let Some(span) = plain::headline(&self.text) {
            self.document.title = Some(self.text[span.start as usize..span.end as usize].to_owned());
            self.document.title_span = Some(span);
        }
    }

    /// Notes where a title that came in its own field opens the text.
    pub(super) fn find_title_in_text(&mut self) {
        let Some(title) = self.document.title.as_deref().map(str::trim) else { return };
        let start = self.text.len() - self.text.trim_start().len();
        let rest = &self.text[start..];
        if rest.starts_with(title) && rest[title.len()..].starts_with(['\n', '\r']) {
            self.document.title_span = Some(start as u32..(start + title.len()) as u32);
        }
    }

    /// Language, furniture and status: everything that follows from the text alone.
    pub(super) fn finish(&mut self, detector: &Detector, repairs: &mut Repairs) {
        let Document { title_span, language, status, set_aside, .. } = &mut self.document;
        if self.text.chars().all(shows_nothing) {
            if *status == Status::Ok {
                *status = Status::Empty;
            }
            return;
        }
        *set_aside = furniture::find(&self.text, title_span.as_ref());
        if *language == Language::UNKNOWN {
            let body = title_span.as_ref().map_or(0, |span| span.end as usize);
            let told = detector.tell(&self.text[body..]);
            *language = told.main;
            self.note_mix(told, repairs);
        }
    }

    /// Notes a language that much of the text is in beside its main one.
    pub(super) fn note_mix(&mut self, told: Told, repairs: &mut Repairs) {
        let Told { main, beside: Some(beside) } = told else { return };
        repairs.push((
            "mixed_languages",
            format!(
                "much of the text is in {}; read as {}: give its parts apart",
                beside.code(),
                main.code()
            ),
        ));
        self.document.extra.entry("also_in").or_insert_with(|| beside.code().into());
    }
}

/// White space, or a mark that only shapes what stands around it.
fn shows_nothing(letter: char) -> bool {
    letter.is_whitespace()
        || matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
