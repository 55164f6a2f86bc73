//! Mail: one message a file (`.eml`), or many (`.mbox`).

use std::borrow::Cow;
use std::io::Read as _;

use mail_parser::{Address, MessageParser};
use serde_json::Value;

use super::fields::{Role, Served};
use super::open::Opened;
use super::page;
use super::read::{Harvest, Met, Reading};
use super::record::{NoDocument, Record};
use super::walk::Entry;
use super::whole;

/// Bytes read at a time.
const CHUNK: usize = 1 << 20;

/// Messages parsed at a time, side by side.
const BATCH: usize = 512;

/// Reads the one message of a file.
pub(super) fn read(entry: &Entry, opened: &mut Opened, reading: &Reading<'_>, harvest: &mut Harvest) {
    let limit = reading.settings.max_document_bytes.saturating_mul(4);
    let Some(bytes) = whole::one_document(entry, opened, limit, harvest) else { return };
    let mut served = Served::default();
    let met = message(&bytes, entry, reading, &mut served);
    harvest.note_encoding(entry, "as each message says", false);
    harvest.take(met, entry, reading);
    served.list(&reading.roles, &mut harvest.fields);
}

/// Reads every message of a mailbox.
pub(super) fn read_box(
    entry: &Entry,
    opened: &mut Opened,
    reading: &Reading<'_>,
    parallel: bool,
    harvest: &mut Harvest,
) {
    harvest.note_encoding(entry, "as each message says", false);
    let limit = usize::try_from(reading.settings.max_document_bytes.saturating_mul(4)).unwrap_or(usize::MAX);
    let (mut served, mut batch, mut number) = (Served::default(), Vec::new(), 0);
    let take = |batch: &mut Vec<Met>, harvest: &mut Harvest| {
        harvest.take_all(std::mem::take(batch), entry, reading, parallel);
    };
    messages(opened, limit, |raw| {
        number += 1;
        let Raw { bytes, line, byte_offset, n_bytes } = raw;
        let mut met = if n_bytes > bytes.len() as u64 {
            let message =
                format!("a message of {n_bytes} bytes, longer than {limit}; raise --max-document-bytes");
            Met::alone(Err(NoDocument { code: "too_long", message }), Vec::new())
        } else {
            message(without_from_line(bytes), entry, reading, &mut served)
        };
        met.line = Some(line);
        met.byte_offset = Some(byte_offset);
        met.record = Some(number);
        if let Ok(draft) = &mut met.draft {
            draft.document.line = Some(line);
        }
        batch.push(met);
        if batch.len() == BATCH {
            take(&mut batch, harvest);
        }
        !reading.is_over()
    });
    take(&mut batch, harvest);
    served.list(&reading.roles, &mut harvest.fields);
}

/// A message of a mailbox as it stands, with its `From ` line.
pub(super) struct Raw<'a> {
    /// At most as many as were asked for.
    pub(super) bytes: &'a [u8],
    pub(super) line: u64,
    pub(super) byte_offset: u64,
    /// How many there are.
    pub(super) n_bytes: u64,
}

/// Calls `found` with every message until it says false. A message begins with a line that opens with `From `, after a
/// blank one; of one longer than `longest` the beginning is handed on.
pub(super) fn messages(opened: &mut Opened, longest: usize, mut found: impl FnMut(Raw<'_>) -> bool) {
    let mut buffer: Vec<u8> = Vec::new();
    let mut message: Vec<u8> = Vec::new();
    let (mut n_bytes, mut begin_line, mut begin_offset) = (0_u64, 1_u64, 0_u64);
    let (mut line, mut offset) = (1_u64, 0_u64);
    let mut after_blank = true;
    loop {
        // `Opened` reports damage at its end and never fails.
        let n = opened.by_ref().take(CHUNK as u64).read_to_end(&mut buffer).unwrap_or(0);
        let mut at = 0;
        while at < buffer.len() {
            let end = buffer[at..].iter().position(|&byte| byte == b'\n').map(|place| at + place + 1);
            // The last line has no end; a line that is longer than all is cut into pieces.
            let is_whole = end.is_some() || n == 0 || buffer.len() - at > CHUNK;
            if !is_whole {
                break;
            }
            let end = end.unwrap_or(buffer.len());
            let piece = &buffer[at..end];
            if after_blank && piece.starts_with(b"From ") {
                let raw = Raw { bytes: &message, line: begin_line, byte_offset: begin_offset, n_bytes };
                if n_bytes > 0 && !found(raw) {
                    return;
                }
                message.clear();
                (n_bytes, begin_line, begin_offset) = (0, line, offset);
            }
            n_bytes += piece.len() as u64;
            let room = longest.saturating_sub(message.len());
            message.extend_from_slice(&piece[..piece.len().min(room)]);
            after_blank = piece.iter().all(|byte| matches!(byte, b'\r' | b'\n'));
            line += u64::from(piece.ends_with(b"\n"));
            offset += piece.len() as u64;
            at = end;
        }
        buffer.drain(..at);
        if n == 0 {
            break;
        }
    }
    if n_bytes > 0 {
        found(Raw { bytes: &message, line: begin_line, byte_offset: begin_offset, n_bytes });
    }
}

fn without_from_line(message: &[u8]) -> &[u8] {
    let end = message.iter().position(|&byte| byte == b'\n').map_or(0, |end| end + 1);
    if message.starts_with(b"From ") { &message[end..] } else { message }
}

/// A message as a record: subject, sender, date, what it says, and further headers.
fn message(bytes: &[u8], entry: &Entry, reading: &Reading<'_>, served: &mut Served) -> Met {
    let Some(message) = MessageParser::default().parse(bytes) else {
        let message = "no mail: it has no headers".to_owned();
        return Met::alone(Err(NoDocument { code: "bad_mail", message }), Vec::new());
    };
    let mut texts: Vec<Cow<'_, str>> = Vec::new();
    for place in 0..message.text_body_count() as u32 {
        let Some(part) = message.text_part(place) else { continue };
        match part.text_contents() {
            Some(text) if part.is_text_html() => texts.push(Cow::Owned(page::fragment_text(text))),
            Some(text) => texts.push(Cow::Borrowed(text)),
            None => {}
        }
    }
    let text = texts.iter().map(|text| text.trim()).filter(|text| !text.is_empty()).collect::<Vec<_>>();
    let mut record = Record::default();
    let mut put = |name: &'static str, value: Option<String>, role: Option<Role>| {
        if let Some(value) = value {
            record.put(Cow::Borrowed(name), Value::String(value), role.map(|role| (role, 0)));
        }
    };
    put("text", Some(text.join("\n\n")), Some(Role::Text));
    put("subject", message.subject().map(str::to_owned), Some(Role::Title));
    put("message_id", message.message_id().map(str::to_owned), Some(Role::Id));
    put("date", message.date().map(mail_parser::DateTime::to_rfc3339), Some(Role::Date));
    put("from", message.from().and_then(names), Some(Role::Source));
    put("to", message.to().and_then(names), None);
    let list = message.list_id().as_text().map(str::to_owned);
    put("list", list, None);
    if message.attachment_count() > 0 {
        put("attachments", Some(message.attachment_count().to_string()), None);
    }
    let mut repairs = Vec::new();
    let draft = record.into_draft(&entry.relative, None, &reading.roles, served, &mut repairs);
    Met::alone(draft, repairs)
}

/// Names, or addresses of those that have none.
fn names(address: &Address<'_>) -> Option<String> {
    let names: Vec<&str> =
        address.iter().filter_map(|one| one.name.as_deref().or(one.address.as_deref())).take(20).collect();
    (!names.is_empty()).then(|| names.join(", "))
}
