//! Web archives (WARC 1.0 and 1.1): the pages that servers answered with, and the texts of WET files.
//!
//! A record is headers, a blank line, and as many bytes as `Content-Length` says. Records are read one after another; what holds no page is
//! passed over without being held.

use std::borrow::Cow;
use std::io::{self, BufRead as _, BufReader, Read, Write};

use encoding_rs::Encoding;
use rayon::prelude::*;
use serde_json::Value;

use super::draft::Draft;
use super::html;
use super::open::Opened;
use super::read::{Harvest, Met, Reading};
use super::record::{NoDocument, Repairs};
use super::walk::Entry;
use super::{Action, DocId, decode};

/// Bytes read at a time.
const CHUNK: usize = 256 << 10;

/// Longest line of a header, bytes.
const LONGEST_LINE: u64 = 64 << 10;

/// Lines of headers at most.
const MOST_HEADERS: usize = 1_000;

/// Bytes held of a record without a page: what such a file says of itself is shorter.
const MOST_OF_OTHERS: u64 = 64 << 10;

/// Pages parsed at a time, side by side ...
const BATCH: usize = 256;

/// ... and bytes of them.
const BATCH_BYTES: usize = 32 << 20;

/// What is counted of an archive and not read.
const WITHOUT_PAGE: &str = "web archive's record without a page";
const NO_SUCCESS: &str = "web archive's answer other than 200";
const NO_TEXT: &str = "web archive's answer that is no text";

/// A record as it stands.
#[derive(Debug)]
struct Record {
    /// Counted from 1.
    number: u64,
    /// Of its first byte, decompressed.
    byte_offset: u64,
    headers: Headers,
    /// Its headers as they stand, with the blank line.
    head: Vec<u8>,
    /// As many bytes as were asked for.
    block: Vec<u8>,
    /// As many as there are.
    n_bytes: u64,
}

/// Names in lower case, and values.
#[derive(Debug, Default)]
struct Headers(Vec<(String, String)>);

impl Headers {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(held, _)| held == name).map(|(_, value)| value.as_str())
    }

    /// A line that begins with white space goes on with the one before it.
    fn add(&mut self, line: &str) {
        if line.starts_with([' ', '\t'])
            && let Some((_, value)) = self.0.last_mut()
        {
            value.push(' ');
            value.push_str(line.trim());
        } else if let Some((name, value)) = line.split_once(':') {
            self.0.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
}

/// What a record holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    /// An answer of HTTP.
    Answer,
    /// A page's text, extracted by somebody else.
    Text,
    Nothing,
}

fn content(headers: &Headers) -> Content {
    let says = |name: &str, what: &str| {
        headers.get(name).is_some_and(|value| value.to_ascii_lowercase().starts_with(what))
    };
    if says("warc-type", "response") && says("content-type", "application/http") {
        Content::Answer
    } else if says("warc-type", "conversion") && says("content-type", "text/plain") {
        Content::Text
    } else {
        Content::Nothing
    }
}

/// Calls `found` with every record until it says false. Of a block that may hold a page no more than `longest` bytes are held, of
/// others [`MOST_OF_OTHERS`].
fn records(source: impl Read, longest: u64, mut found: impl FnMut(Result<Record, String>) -> bool) {
    let mut source = Counted { source: BufReader::with_capacity(CHUNK, source), bytes: 0 };
    let mut number = 0;
    loop {
        let record = match next(&mut source, longest, number + 1) {
            Ok(Some(record)) => Ok(record),
            Ok(None) => return,
            Err(why) => Err(why),
        };
        number += 1;
        let is_broken = record.is_err();
        if !found(record) || is_broken {
            return;
        }
    }
}

struct Counted<R> {
    source: BufReader<R>,
    /// Read so far.
    bytes: u64,
}

impl<R: Read> Counted<R> {
    /// The next line with its end; empty at the end of the file.
    fn line(&mut self, line: &mut Vec<u8>) {
        line.clear();
        // The source reports damage at its end and never fails.
        let n = self.source.by_ref().take(LONGEST_LINE).read_until(b'\n', line).unwrap_or(0);
        self.bytes += n as u64;
    }
}

/// The next record; none at the end of the file.
fn next<R: Read>(source: &mut Counted<R>, longest: u64, number: u64) -> Result<Option<Record>, String> {
    let mut line = Vec::new();
    // Two line ends stand between records; some writers leave more.
    let byte_offset = loop {
        let begin = source.bytes;
        source.line(&mut line);
        if line.is_empty() {
            return Ok(None);
        }
        if !line.trim_ascii().is_empty() {
            break begin;
        }
    };
    if !line.starts_with(b"WARC/") {
        return Err(format!("no record of a web archive begins at byte {byte_offset}"));
    }
    let mut head = line.clone();
    let mut headers = Headers::default();
    for n_lines in 0.. {
        source.line(&mut line);
        head.extend_from_slice(&line);
        if line.is_empty() || n_lines == MOST_HEADERS {
            return Err(format!("the record at byte {byte_offset} ends within its headers"));
        }
        if line.trim_ascii().is_empty() {
            break;
        }
        headers.add(&String::from_utf8_lossy(&line));
    }
    let Some(n_bytes) = headers.get("content-length").and_then(|length| length.parse::<u64>().ok()) else {
        return Err(format!("the record at byte {byte_offset} does not say how long it is"));
    };
    let wanted = if content(&headers) == Content::Nothing { longest.min(MOST_OF_OTHERS) } else { longest };
    let mut block = Vec::new();
    let _ = source.source.by_ref().take(n_bytes.min(wanted)).read_to_end(&mut block);
    let rest = n_bytes - block.len() as u64;
    let passed = io::copy(&mut source.source.by_ref().take(rest), &mut io::sink()).unwrap_or(0);
    source.bytes += block.len() as u64 + passed;
    if (block.len() as u64) + passed < n_bytes {
        return Err(format!("the record at byte {byte_offset} is cut off"));
    }
    Ok(Some(Record { number, byte_offset, headers, head, block, n_bytes }))
}

/// Reads every page.
pub(super) fn read(
    entry: &Entry,
    opened: &mut Opened,
    reading: &Reading<'_>,
    parallel: bool,
    harvest: &mut Harvest,
) {
    harvest.note_encoding(entry, "as each page says", false);
    let longest = reading.settings.max_document_bytes.saturating_mul(4);
    let (mut batch, mut batch_bytes, mut broken) = (Vec::new(), 0, None);
    records(opened, longest, |record| {
        match record {
            Ok(record) if content(&record.headers) == Content::Nothing => {
                *harvest.other_records.entry(WITHOUT_PAGE).or_default() += 1;
            }
            Ok(record) => {
                batch_bytes += record.block.len();
                batch.push(record);
            }
            Err(why) => broken = Some(why),
        }
        if batch.len() == BATCH || batch_bytes > BATCH_BYTES {
            batch_bytes = 0;
            take(std::mem::take(&mut batch), entry, reading, parallel, harvest);
        }
        !reading.is_over()
    });
    take(batch, entry, reading, parallel, harvest);
    if let Some(why) = broken {
        let message = format!("{why}; nothing after this was read: get the file again");
        harvest.note(entry, "bad_archive", message, Action::Skipped);
    }
}

/// Records go on as they stand, and with them what the archive says of itself.
pub(super) fn pass_on(
    opened: &mut Opened,
    longest: u64,
    kept: &[(u64, DocId)],
    output: &mut impl Write,
) -> io::Result<bool> {
    let (mut rest, mut written) = (kept, Ok(()));
    records(opened, longest, |record| {
        let Ok(record) = record else { return false };
        let is_kept = rest.first().is_some_and(|&(place, _)| place == record.number);
        if is_kept {
            rest = &rest[1..];
        }
        let is_about = record.headers.get("warc-type") == Some("warcinfo");
        if (is_kept || is_about) && record.n_bytes == record.block.len() as u64 {
            written = [&record.head, &record.block, &b"\r\n\r\n"[..]]
                .iter()
                .try_for_each(|part| output.write_all(part));
        }
        written.is_ok()
    });
    written?;
    Ok(rest.is_empty())
}

fn take(batch: Vec<Record>, entry: &Entry, reading: &Reading<'_>, parallel: bool, harvest: &mut Harvest) {
    let read: Vec<Result<Met, &'static str>> = if parallel {
        batch.into_par_iter().map(|record| page(record, entry, reading)).collect()
    } else {
        batch.into_iter().map(|record| page(record, entry, reading)).collect()
    };
    let mut met = Vec::with_capacity(read.len());
    for page in read {
        match page {
            Ok(page) => met.push(page),
            Err(kind) => *harvest.other_records.entry(kind).or_default() += 1,
        }
    }
    harvest.take_all(met, entry, reading, parallel);
}

/// The page of a record, or what it holds instead.
fn page(record: Record, entry: &Entry, reading: &Reading<'_>) -> Result<Met, &'static str> {
    let Record { number, byte_offset, headers, block, n_bytes, .. } = record;
    let mut repairs = Vec::new();
    let draft = if n_bytes > block.len() as u64 {
        let message = format!("a record of {n_bytes} bytes, too long for a text; raise --max-document-bytes");
        Err(NoDocument { code: "too_long", message })
    } else if content(&headers) == Content::Text {
        let decoded = decode::utf8(&block);
        note_bad(decoded.n_bad, decoded.encoding, &mut repairs);
        let mut draft = Draft::new(decoded.text.into_owned(), entry.relative.clone(), None);
        draft.take_title_from_text();
        Ok(draft)
    } else {
        answer(&block, entry, reading, &mut repairs)?
    };
    let draft = draft.map(|mut draft| {
        describe(&mut draft, &headers);
        draft
    });
    Ok(Met { draft, repairs, line: None, byte_offset: Some(byte_offset), record: Some(number) })
}

/// What the archive says of a page, where the page does not.
fn describe(draft: &mut Draft, headers: &Headers) {
    let document = &mut draft.document;
    if let Some(id) = headers.get("warc-record-id") {
        id.trim_matches(['<', '>']).clone_into(&mut document.id);
    }
    let url = headers.get("warc-target-uri").map(|url| url.trim_matches(['<', '>']));
    if let Some(url) = url {
        if document.source.is_none() {
            document.source = host(url);
        }
        if document.url.is_none() {
            document.url = Some(url.to_owned());
        } else if document.url.as_deref() != Some(url) {
            document.extra.insert("fetched_from".to_owned(), Value::from(url));
        }
    }
    // When it was fetched, not when it was published.
    if let Some(fetched) = headers.get("warc-date") {
        document.extra.insert("fetched".to_owned(), Value::from(fetched));
    }
}

fn host(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?.rsplit('@').next()?;
    let host = host.split(':').next()?.to_ascii_lowercase();
    let host = host.strip_prefix("www.").unwrap_or(&host);
    (!host.is_empty()).then(|| host.to_owned())
}

/// The document in an answer of HTTP, or why there is none; `Err` with a kind where it holds no text.
fn answer(
    block: &[u8],
    entry: &Entry,
    reading: &Reading<'_>,
    repairs: &mut Repairs,
) -> Result<Result<Draft, NoDocument>, &'static str> {
    let Some((head, body)) = split_head(block) else { return Err(NO_SUCCESS) };
    let head = String::from_utf8_lossy(head);
    let mut lines = head.lines();
    if lines.next().and_then(|status| status.split_whitespace().nth(1)) != Some("200") {
        return Err(NO_SUCCESS);
    }
    let mut headers = Headers::default();
    lines.for_each(|line| headers.add(line));
    let kind = headers.get("content-type").unwrap_or_default().to_ascii_lowercase();
    let media = kind.split(';').next().unwrap_or_default().trim();
    let is_page = matches!(media, "text/html" | "application/xhtml+xml");
    if !is_page && !matches!(media, "text/plain" | "") {
        return Err(NO_TEXT);
    }
    let longest = reading.settings.max_document_bytes.saturating_mul(4);
    let body = match unpacked(body, &headers, longest) {
        Ok(body) => body,
        Err(refused) => return Ok(Err(refused)),
    };
    let is_page = is_page || super::format::is_page(&body);
    if body.is_empty() || (media.is_empty() && !is_page) {
        return Err(NO_TEXT);
    }
    let declared = kind.split(';').find_map(|part| {
        let label = part.trim().strip_prefix("charset=")?.trim_matches(['"', '\'']);
        Encoding::for_label(label.as_bytes())
    });
    let told = decode::tell(
        &body[..body.len().min(super::open::HEAD)],
        reading.settings.encoding.as_deref(),
        |head| declared.or_else(|| decode::named_in_markup(head)),
    );
    let decoded = decode::owned(body.into_owned(), told.charset);
    note_bad(decoded.n_bad, decoded.encoding, repairs);
    if is_page {
        return Ok(html::article(&decoded.text, &entry.relative, &reading.detector, repairs));
    }
    let mut draft = Draft::new(decoded.text.into_owned(), entry.relative.clone(), None);
    draft.take_title_from_text();
    Ok(Ok(draft))
}

fn note_bad(n_bad: u64, encoding: &str, repairs: &mut Repairs) {
    if n_bad > 0 {
        repairs.push(("bad_encoding", format!("{n_bad} bad {encoding} sequences became U+FFFD")));
    }
}

/// Headers of HTTP and what follows the blank line.
fn split_head(block: &[u8]) -> Option<(&[u8], &[u8])> {
    if !block.starts_with(b"HTTP/") {
        return None;
    }
    let ends = [&b"\r\n\r\n"[..], b"\n\n"];
    let (at, length) = ends
        .iter()
        .filter_map(|end| memchr::memmem::find(block, end).map(|at| (at, end.len())))
        .min_by_key(|&(at, _)| at)?;
    Some((&block[..at], &block[at + length..]))
}

/// A body without what it was packed in on its way. Many archives hold it unpacked and leave the headers as they were.
fn unpacked<'b>(body: &'b [u8], headers: &Headers, longest: u64) -> Result<Cow<'b, [u8]>, NoDocument> {
    let says = |name: &str, what: &str| {
        headers.get(name).is_some_and(|value| value.to_ascii_lowercase().contains(what))
    };
    let mut body = Cow::Borrowed(body);
    if says("transfer-encoding", "chunked")
        && let Some(joined) = joined_chunks(&body)
    {
        body = Cow::Owned(joined);
    }
    let mut unpacked = Vec::new();
    let result = match body.get(..4) {
        Some([0x1f, 0x8b, ..]) => {
            flate2::read::MultiGzDecoder::new(&body[..]).take(longest + 1).read_to_end(&mut unpacked)
        }
        Some([0x28, 0xb5, 0x2f, 0xfd]) => zstd::Decoder::new(&body[..])
            .and_then(|decoder| decoder.take(longest + 1).read_to_end(&mut unpacked)),
        Some([0x78, 0x01 | 0x5e | 0x9c | 0xda, ..]) if says("content-encoding", "deflate") => {
            flate2::read::ZlibDecoder::new(&body[..]).take(longest + 1).read_to_end(&mut unpacked)
        }
        _ => return Ok(body),
    };
    match result {
        Ok(_) if unpacked.len() as u64 > longest => {
            let message = format!("unpacks to more than {longest} bytes; raise --max-document-bytes");
            Err(NoDocument { code: "too_long", message })
        }
        Err(error) if unpacked.is_empty() => {
            let message = format!("the answer cannot be unpacked: {error}; fetch the page again");
            Err(NoDocument { code: "unreadable_member", message })
        }
        // What came before the damage is a page still.
        _ => Ok(Cow::Owned(unpacked)),
    }
}

/// A body sent in chunks: each is its length in hexadecimal digits, a line end, its bytes, and a line end.
fn joined_chunks(body: &[u8]) -> Option<Vec<u8>> {
    let (mut joined, mut at) = (Vec::with_capacity(body.len()), 0);
    loop {
        let end = at + memchr::memchr(b'\n', body.get(at..)?)?;
        let line = std::str::from_utf8(&body[at..end]).ok()?;
        let length = usize::from_str_radix(line.split(';').next()?.trim(), 16).ok()?;
        at = end + 1;
        if length == 0 {
            return Some(joined);
        }
        let chunk = body.get(at..at.checked_add(length)?)?;
        joined.extend_from_slice(chunk);
        at += length;
        at += body[at..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count().min(2);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn chunks_are_joined_and_what_is_not_chunked_is_left() {
        assert_eq!(
            joined_chunks(b"4\r\nThe \r\n7;x=1\r\ncouncil\r\n0\r\n\r\n").as_deref(),
            Some(&b"The council"[..])
        );
        assert_eq!(joined_chunks(b"<html>"), None);
        assert_eq!(joined_chunks(b"ffffffffffffffff\r\nx"), None);
    }

    #[test]
    fn a_host_is_told_without_what_stands_around_it() {
        assert_eq!(host("https://user@www.Tram.example:80/a?b").as_deref(), Some("tram.example"));
        assert_eq!(host("dns:tram.example"), None);
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_much(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut archive = b"WARC/1.0\r\nContent-Length: 3\r\n\r\nabc\r\n\r\n".to_vec();
            archive.extend_from_slice(&bytes);
            let mut n_found = 0;
            records(archive.as_slice(), 100, |record| { n_found += u32::from(record.is_ok()); true });
            prop_assert!(n_found >= 1);
            let _ = (joined_chunks(&bytes), split_head(&bytes));
        }
    }
}
