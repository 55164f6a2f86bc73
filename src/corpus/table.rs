//! A table with delimiters (CSV, TSV): one document a row.

use std::borrow::Cow;
use std::io::{Cursor, Read};

use encoding_rs::{ISO_2022_JP, UTF_8, UTF_16BE, UTF_16LE};
use serde_json::Value;

use super::decode::{self, Charset};
use super::fields::{Role, Roles, Served};
use super::open::{HEAD, Opened};
use super::read::{Harvest, Met, Reading};
use super::record::{NoDocument, Record};
use super::rows::{Place, Rows};
use super::walk::Entry;
use super::{Action, whole};
use crate::settings::Settings;

/// Rows finished at a time, side by side.
const BATCH: usize = 2048;

/// Bytes of their texts.
const BATCH_BYTES: usize = 8 << 20;

/// Rows looked at before delimiter and header are told.
const LOOKED_AT: usize = 100;

/// Longest name of a column, characters.
const LONGEST_NAME: usize = 40;

/// The code of a file whose delimiter could not be told.
pub(super) const UNCLEAR: &str = "unclear_table";

/// How a table is laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) delimiter: u8,
    /// Is the first row the header?
    pub(super) has_header: bool,
    /// In order.
    pub(super) columns: Vec<String>,
    /// Which column holds the text, where there are no names to tell by.
    text: Option<usize>,
}

/// Is every byte that looks like a delimiter one, and is each field text by itself?
pub(super) fn is_read_as_it_lies(charset: Charset) -> bool {
    match charset {
        Charset::Utf32Le | Charset::Utf32Be => false,
        Charset::Web(encoding) => ![UTF_16LE, UTF_16BE, ISO_2022_JP].contains(&encoding),
    }
}

/// Reads every row of a table.
pub(super) fn read(
    entry: &Entry,
    opened: &mut Opened,
    reading: &Reading<'_>,
    parallel: bool,
    harvest: &mut Harvest,
) {
    let told = decode::tell(opened.head(), reading.settings.encoding.as_deref(), |_| None);
    let is_tsv = is_tsv(entry);
    if is_read_as_it_lies(told.charset) {
        let name = match told.charset {
            Charset::Web(encoding) => encoding.name(),
            Charset::Utf32Le | Charset::Utf32Be => "UTF-32",
        };
        harvest.note_encoding(entry, name, told.is_guess);
        let layout = sniff(opened.head(), is_tsv, reading.settings, &reading.roles);
        Table { entry, reading, parallel, harvest, charset: told.charset }.read(opened, layout);
    } else {
        let text = whole::text(entry, opened, whole::Most::Memory, |_| None, reading, harvest);
        let Some(text) = text else { return };
        let head = &text.as_bytes()[..text.len().min(HEAD)];
        let layout = sniff(head, is_tsv, reading.settings, &reading.roles);
        let charset = Charset::Web(UTF_8);
        Table { entry, reading, parallel, harvest, charset }.read(Cursor::new(text.as_bytes()), layout);
    }
}

/// Does its name say that tabs stand between fields?
pub(super) fn is_tsv(entry: &Entry) -> bool {
    super::format::without_compression(&entry.relative).to_ascii_lowercase().ends_with(".tsv")
}

struct Table<'a, 'r> {
    entry: &'a Entry,
    reading: &'a Reading<'r>,
    parallel: bool,
    harvest: &'a mut Harvest,
    charset: Charset,
}

impl Table<'_, '_> {
    fn read(&mut self, source: impl Read, layout: Option<Layout>) {
        let Some(layout) = layout else {
            let message = "no delimiter gives its rows the same number of fields; name it with --delimiter";
            return self.harvest.note(self.entry, UNCLEAR, message.to_owned(), Action::Skipped);
        };
        let roles = &self.reading.roles;
        let columns: Vec<(&str, Option<(Role, u8)>)> = layout
            .columns
            .iter()
            .enumerate()
            .map(|(place, name)| match layout.text {
                Some(text) => (name.as_str(), (text == place).then_some((Role::Text, 0))),
                None => (name.as_str(), roles.of(name)),
            })
            .collect();
        if let Some(text) = layout.text {
            self.harvest.fields.insert(format!("text={}", layout.columns[text]));
            let message = format!(
                "no row of names at its top; {} was taken for the text: name all columns with --columns",
                layout.columns[text]
            );
            self.harvest.note(self.entry, "no_header", message, Action::Noted);
        }
        // Quotes make a text up to twice as long.
        let longest = self.reading.settings.max_document_bytes.saturating_mul(2).max(1 << 20);
        let longest = usize::try_from(longest).unwrap_or(usize::MAX);
        let mut rows = Rows::new(source, layout.delimiter);
        let mut served = Served::default();
        let (mut batch, mut batch_bytes, mut n_records) = (Vec::new(), 0, 0);
        let mut is_header = layout.has_header;
        while rows.next(longest) {
            if std::mem::take(&mut is_header) {
                continue;
            }
            n_records += 1;
            batch_bytes += rows.raw().len();
            let mut repairs = Vec::new();
            let draft = match misfit(&mut rows, columns.len(), longest) {
                Some(refused) => Err(refused),
                None => self.record(&rows, &columns, &mut repairs).into_draft(
                    &self.entry.relative,
                    Some(rows.place().line),
                    roles,
                    &mut served,
                    &mut repairs,
                ),
            };
            let Place { line, byte_offset, .. } = rows.place();
            let (line, byte_offset) = (Some(line), Some(byte_offset));
            batch.push(Met { draft, repairs, line, byte_offset, record: Some(n_records) });
            if batch.len() == BATCH || batch_bytes > BATCH_BYTES {
                batch_bytes = 0;
                self.harvest.take_all(std::mem::take(&mut batch), self.entry, self.reading, self.parallel);
                if self.reading.is_over() {
                    return;
                }
            }
        }
        self.harvest.take_all(batch, self.entry, self.reading, self.parallel);
        if layout.text.is_none() {
            served.list(roles, &mut self.harvest.fields);
        }
    }

    fn record(
        &self,
        rows: &Rows<impl Read>,
        columns: &[(&str, Option<(Role, u8)>)],
        repairs: &mut Vec<(&'static str, String)>,
    ) -> Record {
        let mut record = Record::default();
        let mut n_bad = 0;
        for (field, (name, role)) in rows.fields().zip(columns) {
            // An empty field is one that the record does not have; an empty text is an empty document.
            let is_text = matches!(role, Some((Role::Text, _)));
            if field.is_empty() && !is_text {
                continue;
            }
            let decoded = decode::decode(field, self.charset);
            n_bad += decoded.n_bad;
            record.put(Cow::Borrowed(name), Value::String(decoded.text.into_owned()), *role);
        }
        if n_bad > 0 {
            repairs.push(("bad_encoding", format!("{n_bad} bad sequences became U+FFFD; see --encoding")));
        }
        record
    }
}

/// Why a row is no record of this table. Where a quote was opened and not closed, only its first line is lost.
pub(super) fn misfit(rows: &mut Rows<impl Read>, n_columns: usize, longest: usize) -> Option<NoDocument> {
    let n_fields = rows.n_fields();
    // Some programs end every row with a delimiter.
    let rest_is_empty = n_fields > n_columns && rows.fields().skip(n_columns).all(<[u8]>::is_empty);
    let is_too_long = rows.raw().len() > longest;
    if (n_fields == n_columns || rest_is_empty) && !is_too_long {
        return None;
    }
    let n_lines = rows.place().n_lines;
    let goes_on = n_lines > 1 && rows.keep_first_line();
    let why = match () {
        () if goes_on => {
            format!("a quote opened here runs over {n_lines} lines; only this line was passed over: ")
        }
        () if is_too_long => "too long: ".to_owned(),
        () => String::new(),
    };
    let message =
        format!("{why}{n_fields} fields where the table has {n_columns}; mend the row, or see --delimiter");
    Some(NoDocument { code: "bad_row", message })
}

/// Tells how a table is laid out from its first bytes; none where no delimiter fits.
pub(super) fn sniff(head: &[u8], is_tsv: bool, settings: &Settings, roles: &Roles) -> Option<Layout> {
    // The last row of the head may be cut off.
    let whole = match head.iter().rposition(|&byte| byte == b'\n') {
        Some(end) if head.len() >= HEAD => &head[..=end],
        _ => head,
    };
    let delimiter = settings.delimiter_byte().or_else(|| delimiter(whole, is_tsv, roles))?;
    let rows = first_rows(whole, delimiter);
    let first = rows.first()?;
    if !settings.columns.is_empty() {
        return Some(Layout { delimiter, has_header: false, columns: settings.columns.clone(), text: None });
    }
    if is_header(first, &rows[1..], roles) {
        let columns = first.iter().map(|name| name.trim().to_owned()).collect();
        return Some(Layout { delimiter, has_header: true, columns, text: None });
    }
    let columns: Vec<String> = (1..=first.len()).map(|place| format!("column{place}")).collect();
    let named = columns.iter().any(|name| roles.knows(name));
    let n_characters =
        |place: usize| rows.iter().filter_map(|row| row.get(place)).map(String::len).sum::<usize>();
    let longest = (0..columns.len()).max_by_key(|&place| (n_characters(place), std::cmp::Reverse(place)));
    Some(Layout { delimiter, has_header: false, columns, text: longest.filter(|_| !named) })
}

fn first_rows(head: &[u8], delimiter: u8) -> Vec<Vec<String>> {
    let mut rows = Rows::new(head, delimiter);
    let mut found = Vec::new();
    while found.len() < LOOKED_AT && rows.next(usize::MAX) {
        found.push(rows.fields().map(|field| String::from_utf8_lossy(field).into_owned()).collect());
    }
    found
}

/// The delimiter with which most rows have the same number of fields, and more than one.
fn delimiter(head: &[u8], is_tsv: bool, roles: &Roles) -> Option<u8> {
    let candidates = if is_tsv { [b'\t', b',', b';', b'|'] } else { [b',', b';', b'\t', b'|'] };
    let mut best: Option<(usize, usize, u8)> = None;
    let mut single = false;
    for delimiter in candidates {
        let rows = first_rows(head, delimiter);
        let Some(n_columns) = rows.first().map(Vec::len) else { continue };
        single |= n_columns == 1 && rows[0].first().is_some_and(|name| roles.knows(name.trim()));
        if n_columns < 2 {
            continue;
        }
        let n_alike = rows.iter().filter(|row| row.len() == n_columns).count();
        // In hundredths, so that a few bad rows do not give way to chance.
        let share = n_alike * 10 / rows.len();
        let knows = usize::from(rows[0].iter().any(|name| roles.knows(name.trim())));
        if (share >= 5 || knows > 0)
            && best.is_none_or(|held| (knows, share * 100 + n_columns) > (held.0, held.1))
        {
            best = Some((knows, share * 100 + n_columns, delimiter));
        }
    }
    // One column has no delimiter; any that does not stand in the header will do.
    best.map(|(_, _, delimiter)| delimiter).or(single.then_some(if is_tsv { b'\t' } else { b',' }))
}

/// Is the first row one of names? Surely if it has one that we look for; else if it looks like names and the rows below
/// do not.
fn is_header(first: &[String], rest: &[Vec<String>], roles: &Roles) -> bool {
    if first.iter().any(|name| roles.knows(name.trim())) {
        return true;
    }
    let is_name = |cell: &String| {
        let cell = cell.trim();
        cell.chars().count() <= LONGEST_NAME
            && cell.chars().next().is_some_and(|letter| letter.is_alphabetic() || letter == '_')
            && !cell.ends_with(['.', '!', '?'])
    };
    let below_differs = rest.iter().any(|row| row.iter().any(|cell| !is_name(cell)));
    first.iter().all(is_name) && below_differs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(table: &str) -> Option<Layout> {
        let settings = Settings::default();
        sniff(table.as_bytes(), false, &settings, &Roles::new(&settings))
    }

    #[test]
    fn delimiter_and_header_are_told_from_the_first_rows() {
        let told = layout("id;title;text\n1;A, B;One, two, three\n2;C;Four\n").unwrap();
        assert_eq!((told.delimiter, told.has_header), (b';', true));
        assert_eq!(told.columns, ["id", "title", "text"]);
        assert_eq!(layout("id\ttext\n1\tA, b, c\n").unwrap().delimiter, b'\t');
        assert_eq!(layout("text\n\"One, two\"\nThree\n").unwrap().columns, ["text"]);
        assert_eq!(layout("nur\nEin Satz.\nNoch einer; mehr.\n"), None);
    }

    #[test]
    fn a_table_without_header_has_its_longest_column_for_text() {
        let told = layout("1,\"The council met on Tuesday, and agreed.\",x\n2,It met again.,y\n").unwrap();
        assert!(!told.has_header);
        assert_eq!((told.columns.len(), told.text), (3, Some(1)));
    }
}
