//! Records passed on from a file that is read a second time, one way for each format.

use std::io::{self, Cursor, Read, Write};

use encoding_rs::UTF_8;
use serde_json::{Map, Value};

use super::again::Fields;
use super::archive;
use super::decode::{self, Charset};
use super::fields::Roles;
use super::format::{self, Format};
use super::open::{Compression, HEAD, Opened};
use super::rows::Rows;
use super::table::{self, Layout};
use super::walk::Entry;
use super::{DocId, feed, letters, mail, objects};
use crate::settings::Settings;

/// Is such a file taken apart into its records? Others go on as they lie.
pub(super) fn is_of_records(format: Format) -> bool {
    matches!(
        format,
        Format::Lines
            | Format::Json
            | Format::Table
            | Format::Feed
            | Format::Mailbox
            | Format::Warc
            | Format::Parquet
            | Format::Tar
    )
}

/// What one file is read again with.
pub(super) struct Call<'a> {
    pub(super) entry: &'a Entry,
    pub(super) settings: &'a Settings,
    pub(super) fields: &'a Fields<'a>,
}

/// Documents that go on, by their places in the file, ascending.
type Kept<'a> = &'a [(u64, DocId)];

impl Call<'_> {
    /// Writes the records at `kept` to `output`. False when one is not where it was.
    pub(super) fn pass_on(
        &self,
        opened: &mut Opened,
        format: Format,
        kept: Kept<'_>,
        output: &mut (impl Write + Send),
    ) -> io::Result<bool> {
        let charset = decode::charset(opened.head(), self.settings.encoding.as_deref());
        match format {
            Format::Lines | Format::Json => {
                objects::pass_on(opened, format, charset, kept, self.fields, output)
            }
            Format::Table => self.table(opened, charset, kept, output),
            Format::Feed => self.feed(opened, kept, output),
            Format::Mailbox => mailbox(opened, kept, output),
            #[cfg(feature = "parquet")]
            Format::Parquet => super::columnar_kept::pass_on(self, opened, kept, output),
            #[cfg(feature = "warc")]
            Format::Warc => {
                super::warc::pass_on(opened, self.settings.max_document_bytes.saturating_mul(4), kept, output)
            }
            Format::Tar => self.tar(opened, kept, output),
            Format::Zip => self.zip(opened, kept, output),
            _ => io::copy(opened, output).map(|_| true),
        }
    }

    /// Rows go on with two fields more; so does the header.
    fn table(
        &self,
        opened: &mut Opened,
        charset: Charset,
        kept: Kept<'_>,
        output: &mut impl Write,
    ) -> io::Result<bool> {
        let roles = Roles::new(self.settings);
        let is_tsv = table::is_tsv(self.entry);
        let mark = opened.head()[..letters::mark_length(opened.head())].to_vec();
        output.write_all(&mark)?;
        if table::is_read_as_it_lies(charset) {
            let head = opened.head().to_vec();
            let Some(layout) = table::sniff(&head, is_tsv, self.settings, &roles) else { return Ok(false) };
            return self.rows(opened, &head, &layout, charset, kept, output);
        }
        let mut bytes = Vec::new();
        opened.read_to_end(&mut bytes)?;
        let text = decode::decode(&bytes, charset).text;
        let head = &text.as_bytes()[..text.len().min(HEAD)];
        let Some(layout) = table::sniff(head, is_tsv, self.settings, &roles) else { return Ok(false) };
        let mut rows = Vec::new();
        let source = Cursor::new(text.as_bytes());
        let written = self.rows(source, head, &layout, Charset::Web(UTF_8), kept, &mut rows)?;
        output.write_all(&decode::encode(&String::from_utf8_lossy(&rows), charset))?;
        Ok(written)
    }

    fn rows(
        &self,
        source: impl Read,
        head: &[u8],
        layout: &Layout,
        charset: Charset,
        kept: Kept<'_>,
        output: &mut impl Write,
    ) -> io::Result<bool> {
        let line_end: &[u8] = match head.iter().position(|byte| matches!(byte, b'\r' | b'\n')) {
            Some(at) if head[at..].starts_with(b"\r\n") => b"\r\n",
            Some(at) if head[at] == b'\r' => b"\r",
            _ => b"\n",
        };
        let delimiter = layout.delimiter;
        let mut write = |raw: &[u8], more: &mut dyn Iterator<Item = String>| {
            let is_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
            let end = raw.iter().rposition(|byte| !is_end(byte)).map_or(0, |last| last + 1);
            output.write_all(&raw[..end])?;
            for field in more {
                output.write_all(&[delimiter])?;
                output.write_all(&decode::encode(&quoted(&field, delimiter), charset))?;
            }
            output.write_all(line_end)
        };
        let longest = usize::try_from(self.settings.max_document_bytes.saturating_mul(2).max(1 << 20));
        let longest = longest.unwrap_or(usize::MAX);
        let mut rows = Rows::new(source, delimiter);
        let (mut number, mut rest) = (0, kept);
        let mut is_header = layout.has_header;
        while rows.next(longest) {
            if std::mem::take(&mut is_header) {
                let names = kept.first().map(|&(_, document)| self.added(document)).unwrap_or_default();
                write(rows.raw(), &mut names.into_iter().map(|(name, _)| name))?;
                continue;
            }
            number += 1;
            // A bad row is as long as it was the first time.
            let _ = table::misfit(&mut rows, layout.columns.len(), longest);
            if let [(place, document), after @ ..] = rest
                && *place == number
            {
                rest = after;
                let values = self.added(*document);
                write(
                    rows.raw(),
                    &mut values.into_iter().map(|(_, value)| match value {
                        Value::String(text) => text,
                        other => other.to_string(),
                    }),
                )?;
            }
        }
        Ok(rest.is_empty())
    }

    /// What is added to a document's record.
    pub(super) fn added(&self, document: DocId) -> Map<String, Value> {
        serde_json::from_str(&format!("{{{}}}", (self.fields)(document))).unwrap_or_default()
    }

    /// All of the feed but the items that do not go on.
    fn feed(&self, opened: &mut Opened, kept: Kept<'_>, output: &mut impl Write) -> io::Result<bool> {
        let label = self.settings.encoding.as_deref();
        let charset = decode::tell(opened.head(), label, decode::named_in_markup).charset;
        let mark = opened.head()[..letters::mark_length(opened.head())].to_vec();
        output.write_all(&mark)?;
        let mut bytes = Vec::new();
        opened.read_to_end(&mut bytes)?;
        let xml = decode::owned(bytes, charset).text;
        let mut write = |text: &str| match charset {
            Charset::Web(encoding) if encoding == UTF_8 => output.write_all(text.as_bytes()),
            _ => output.write_all(&decode::encode(text, charset)),
        };
        let (mut at, mut rest) = (0, kept);
        for (number, item) in (1..).zip(feed::items(&xml).found) {
            if let [(place, _), after @ ..] = rest
                && *place == number
            {
                rest = after;
            } else {
                write(&xml[at..item.bytes.start])?;
                at = item.bytes.end;
            }
        }
        write(&xml[at..])?;
        Ok(rest.is_empty())
    }

    fn tar(&self, opened: &mut Opened, kept: Kept<'_>, output: &mut impl Write) -> io::Result<bool> {
        let mut builder = tar::Builder::new(output);
        let mut n_left = kept.len();
        let walked = archive::each_of_tar(opened, |member, header| {
            let kept = archive::of_member(kept, member.number);
            if kept.is_empty() {
                return Ok(true);
            }
            n_left -= kept.len();
            let (name, mut header) = (member.name.clone(), header.clone());
            let Some(bytes) = self.member(member, &kept)? else { return Ok(false) };
            header.set_size(bytes.len() as u64);
            builder.append_data(&mut header, name, bytes.as_slice())?;
            Ok(true)
        })?;
        builder.finish()?;
        Ok(n_left == 0 && walked.is_ok())
    }

    fn zip(&self, opened: &mut Opened, kept: Kept<'_>, output: &mut impl Write) -> io::Result<bool> {
        let file = archive::seekable(self.entry, opened, self.settings.scratch.as_deref())?;
        let mut writer = zip::ZipWriter::new_stream(output);
        let mut n_left = kept.len();
        // A name may stand twice in an archive that is read, not in one that is written.
        let mut names = hashbrown::HashSet::new();
        let walked = archive::each_of_zip(io::BufReader::new(file), |member| {
            let Ok(member) = member else { return Ok(true) };
            let kept = archive::of_member(kept, member.number);
            if kept.is_empty() {
                return Ok(true);
            }
            n_left -= kept.len();
            let mut name = member.name.clone();
            while !names.insert(name.clone()) {
                name.insert(0, '_');
            }
            let Some(bytes) = self.member(member, &kept)? else { return Ok(false) };
            let options = zip::write::SimpleFileOptions::default()
                .compression_method(zip::CompressionMethod::Deflated)
                .large_file(u32::try_from(bytes.len()).is_err());
            writer.start_file(name, options).map_err(io::Error::other)?;
            writer.write_all(&bytes)?;
            Ok(true)
        })?;
        writer.finish().map_err(io::Error::other)?;
        Ok(n_left == 0 && walked.is_ok())
    }

    /// What goes on of a member, packed as it was; none when a record is not where it was.
    fn member(&self, member: archive::Member<'_>, kept: Kept<'_>) -> io::Result<Option<Vec<u8>>> {
        let entry = member.entry(self.entry);
        let mut opened = member.open()?;
        let compression = opened.compression();
        let format = format::tell(&entry, opened.head());
        let call = Call { entry: &entry, settings: self.settings, fields: self.fields };
        let mut bytes = Vec::new();
        let is_whole = call.pass_on(&mut opened, format, kept, &mut bytes)?;
        Ok(if is_whole { Some(packed(bytes, compression)?) } else { None })
    }
}

/// Messages go on as they stand.
fn mailbox(opened: &mut Opened, kept: Kept<'_>, output: &mut impl Write) -> io::Result<bool> {
    let (mut number, mut rest) = (0, kept);
    let mut written = Ok(());
    mail::messages(opened, usize::MAX, |raw| {
        number += 1;
        if let [(place, _), after @ ..] = rest
            && *place == number
        {
            rest = after;
            written = output.write_all(raw.bytes);
        }
        written.is_ok()
    });
    written?;
    Ok(rest.is_empty())
}

fn packed(bytes: Vec<u8>, compression: Compression) -> io::Result<Vec<u8>> {
    match compression {
        Compression::None => Ok(bytes),
        Compression::Gzip => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(&bytes)?;
            encoder.finish()
        }
        Compression::Zstd => zstd::encode_all(bytes.as_slice(), 3),
    }
}

fn quoted(field: &str, delimiter: u8) -> String {
    if field.contains(['"', '\r', '\n', char::from(delimiter)]) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}
