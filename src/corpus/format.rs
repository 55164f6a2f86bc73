//! What kind of file is this? First bytes win over the name.

use super::fields::Role;
use super::walk::Entry;

/// What is read, in words for messages.
pub(super) const READ: &str = ".txt, .md, .html, .jsonl, .ndjson, .json, .csv, .tsv, .rss, .atom, .xml (feeds), .eml and .mbox, plain, as .gz or \
     .zst, or within a .zip or .tar; .parquet, .pdf and web archives (.warc) where the program was built with the cargo feature of that name";

/// A kind that only a build with the cargo feature reads.
const WITHOUT_WARC: &str = "web archive (this build lacks the feature warc)";
const WITHOUT_PARQUET: &str = "Parquet table (this build lacks the feature parquet)";
const WITHOUT_PDF: &str = "PDF (this build lacks the feature pdf)";

/// The kind of a file without a byte.
pub(super) const EMPTY: &str = "empty file";

/// The doors into the corpus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// One JSON object a line.
    Lines,
    /// One JSON array of objects, or objects over several lines.
    Json,
    /// Rows of fields with a delimiter between.
    Table,
    /// One web page.
    Html,
    /// One text with Markdown's signs.
    Markdown,
    /// RSS or Atom: items of a site.
    Feed,
    /// One message.
    Mail,
    /// Messages one after another.
    Mailbox,
    /// Web archive: what servers answered, one record after another.
    Warc,
    /// A table by columns.
    Parquet,
    /// One printed text.
    Pdf,
    /// One text.
    Plain,
    /// Files one after another.
    Tar,
    /// Files with a table of contents.
    Zip,
    /// Holds no documents; its kind.
    Other(&'static str),
}

impl Format {
    /// What people call a file with documents; none for what only holds such files.
    pub(super) fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::Lines => "JSON lines",
            Self::Json => "JSON",
            Self::Table => "table",
            Self::Html => "web page",
            Self::Markdown => "Markdown",
            Self::Feed => "feed",
            Self::Mail => "message",
            Self::Mailbox => "mailbox",
            Self::Warc => "web archive",
            Self::Parquet => "Parquet table",
            Self::Pdf => "PDF",
            Self::Plain => "text",
            Self::Tar | Self::Zip | Self::Other(_) => return None,
        })
    }

    /// The extension of a file of this format that has no name.
    pub(super) fn extension(self) -> &'static str {
        match self {
            Self::Lines => ".jsonl",
            Self::Json => ".json",
            Self::Table => ".csv",
            Self::Html => ".html",
            Self::Markdown => ".md",
            Self::Feed => ".xml",
            Self::Mail => ".eml",
            Self::Mailbox => ".mbox",
            Self::Warc => ".warc",
            Self::Parquet => ".parquet",
            Self::Pdf => ".pdf",
            Self::Tar => ".tar",
            Self::Zip => ".zip",
            Self::Plain | Self::Other(_) => ".txt",
        }
    }
}

/// Tells a file by its first (decompressed) bytes and its name.
pub(super) fn tell(entry: &Entry, head: &[u8]) -> Format {
    if head.is_empty() {
        return Format::Other(EMPTY);
    }
    let name = without_compression(&entry.relative);
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return zip_or_office(name, head);
    }
    if head.get(257..262) == Some(b"ustar") {
        return Format::Tar;
    }
    if let Some(format) = by_feature(head) {
        return format;
    }
    if let Some(kind) = by_magic(head) {
        return Format::Other(kind);
    }
    if !entry.named && name.ends_with(".truth.jsonl") {
        // Stands beside every generated drop, and holds answers, not documents.
        return Format::Other("truth table");
    }
    let format = match by_name(name) {
        // What a server sent instead of the file that was asked for, or saved under another name.
        Some(
            Format::Plain
            | Format::Markdown
            | Format::Lines
            | Format::Json
            | Format::Table
            | Format::Parquet
            | Format::Pdf,
        ) if is_page(head) => Format::Html,
        Some(Format::Plain) if holds_records(head) => Format::Lines,
        Some(Format::Other("xml")) if is_feed(head) => Format::Feed,
        Some(Format::Feed) if !is_feed(head) => Format::Other("xml"),
        Some(format) => format,
        None => by_content(head),
    };
    if !matches!(format, Format::Other(_) | Format::Parquet | Format::Pdf) && is_binary(head) {
        return Format::Other("binary file");
    }
    match format {
        Format::Json | Format::Lines => json_or_lines(head),
        format => format,
    }
}

/// The name without `.gz` or `.zst`.
pub(super) fn without_compression(name: &str) -> &str {
    ["gz", "zst", "zstd"].iter().find_map(|end| strip_extension(name, end)).unwrap_or(name)
}

/// The name without the extensions that say how to read it.
pub(super) fn stem(name: &str) -> &str {
    let name = without_compression(name);
    let extension = extension(name);
    match by_extension(&extension) {
        Some(Format::Other(_)) | None => name,
        Some(_) => strip_extension(name, &extension).unwrap_or(name),
    }
}

fn strip_extension<'a>(name: &'a str, end: &str) -> Option<&'a str> {
    let cut = name.len().checked_sub(end.len() + 1)?;
    let matches = name.is_char_boundary(cut)
        && name.as_bytes()[cut] == b'.'
        && name[cut + 1..].eq_ignore_ascii_case(end);
    // A name that begins with its extension has no other name.
    (matches && cut > 0 && !name[..cut].ends_with('/')).then(|| &name[..cut])
}

fn extension(name: &str) -> String {
    let file = name.rsplit('/').next().unwrap_or(name);
    file.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase()).unwrap_or_default()
}

fn by_name(name: &str) -> Option<Format> {
    by_extension(&extension(name))
}

fn by_extension(extension: &str) -> Option<Format> {
    Some(match extension {
        "jsonl" | "ndjson" => Format::Lines,
        "json" => Format::Json,
        "html" | "htm" | "xhtml" => Format::Html,
        "txt" | "text" => Format::Plain,
        "md" | "markdown" => Format::Markdown,
        "csv" | "tsv" => Format::Table,
        "rss" | "atom" => Format::Feed,
        "eml" => Format::Mail,
        "mbox" => Format::Mailbox,
        "tar" => Format::Tar,
        "parquet" if cfg!(feature = "parquet") => Format::Parquet,
        "parquet" => Format::Other(WITHOUT_PARQUET),
        "arrow" | "feather" => Format::Other("table (arrow)"),
        "png" | "jpg" | "jpeg" | "gif" | "webp" | "bmp" | "tif" | "tiff" | "svg" | "ico" | "heic" => {
            Format::Other("image")
        }
        "mp3" | "wav" | "ogg" | "flac" | "m4a" => Format::Other("sound"),
        "mp4" | "mov" | "avi" | "mkv" | "webm" => Format::Other("video"),
        "pdf" if cfg!(feature = "pdf") => Format::Pdf,
        "pdf" => Format::Other(WITHOUT_PDF),
        "doc" | "docx" | "odt" | "rtf" | "xls" | "xlsx" | "ods" | "ppt" | "pptx" | "epub" => {
            Format::Other("office file")
        }
        "zip" | "7z" | "rar" | "bz2" | "xz" | "warc" => Format::Other("archive"),
        "exe" | "dll" | "so" | "dylib" | "o" | "a" | "bin" | "class" | "jar" | "pyc" | "wasm" => {
            Format::Other("program")
        }
        "rs" | "py" | "js" | "ts" | "c" | "h" | "cpp" | "java" | "go" | "sh" | "rb" | "php" | "css" => {
            Format::Other("source code")
        }
        "xml" | "rdf" => Format::Other("xml"),
        "toml" | "yaml" | "yml" | "ini" | "cfg" | "conf" | "lock" => Format::Other("configuration"),
        "db" | "sqlite" | "sqlite3" => Format::Other("database"),
        "ttf" | "otf" | "woff" | "woff2" => Format::Other("font"),
        _ => return None,
    })
}

/// What a cargo feature reads, told by the first bytes.
fn by_feature(head: &[u8]) -> Option<Format> {
    let features: [(&[u8], bool, Format, &str); 3] = [
        (b"WARC/", cfg!(feature = "warc"), Format::Warc, WITHOUT_WARC),
        (b"PAR1", cfg!(feature = "parquet"), Format::Parquet, WITHOUT_PARQUET),
        (b"%PDF-", cfg!(feature = "pdf"), Format::Pdf, WITHOUT_PDF),
    ];
    let (_, is_built, format, kind) = features.into_iter().find(|(magic, ..)| head.starts_with(magic))?;
    Some(if is_built { format } else { Format::Other(kind) })
}

fn by_magic(head: &[u8]) -> Option<&'static str> {
    const MAGIC: [(&[u8], &str); 16] = [
        (b"\x89PNG\r\n", "image"),
        (b"\xff\xd8\xff", "image"),
        (b"GIF87a", "image"),
        (b"GIF89a", "image"),
        (b"II*\0", "image"),
        (b"MM\0*", "image"),
        (b"RIFF", "sound or image"),
        (b"ID3", "sound"),
        (b"7z\xbc\xaf\x27\x1c", "archive"),
        (b"Rar!\x1a", "archive"),
        (b"BZh9", "archive"),
        (b"\xfd7zXZ\0", "archive"),
        (b"\x7fELF", "program"),
        (b"MZ\x90\0", "program"),
        (b"\xcf\xfa\xed\xfe", "program"),
        (b"SQLite format 3\0", "database"),
    ];
    MAGIC.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, kind)| *kind)
}

/// Office files and programs come as zip, too; their names or first members tell.
fn zip_or_office(name: &str, head: &[u8]) -> Format {
    if let Some(Format::Other(kind @ ("office file" | "program"))) = by_name(name) {
        return Format::Other(kind);
    }
    let first = &head[..head.len().min(200)];
    let says = |word: &[u8]| first.windows(word.len()).any(|window| window == word);
    if says(b"[Content_Types].xml") || says(b"mimetypeapplication/") {
        return Format::Other("office file");
    }
    if says(b"META-INF/") { Format::Other("program") } else { Format::Zip }
}

/// Without the mark and the white space before it.
fn start(head: &[u8]) -> &[u8] {
    head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start()
}

fn begins(start: &[u8], tag: &str) -> bool {
    start.get(..tag.len()).is_some_and(|opening| opening.eq_ignore_ascii_case(tag.as_bytes()))
}

pub(super) fn is_page(head: &[u8]) -> bool {
    let start = start(head);
    if begins(start, "<?xml") {
        let opening = String::from_utf8_lossy(&start[..start.len().min(600)]).to_ascii_lowercase();
        return opening.contains("<!doctype html") || opening.contains("<html");
    }
    begins(start, "<!doctype html") || begins(start, "<html")
}

/// RSS or Atom: told by the first element.
fn is_feed(head: &[u8]) -> bool {
    let start = start(head);
    let opening = String::from_utf8_lossy(&start[..start.len().min(4096)]);
    let mut rest = opening.as_ref();
    // Declarations and comments may stand before it.
    while rest.starts_with("<?") || rest.starts_with("<!") {
        let end = if rest.starts_with("<!--") { "-->" } else { ">" };
        let Some((_, after)) = rest.split_once(end) else { return false };
        rest = after.trim_start();
    }
    let Some(name) = rest
        .strip_prefix('<')
        .and_then(|rest| rest.split(|sign: char| sign.is_whitespace() || sign == '>').next())
    else {
        return false;
    };
    matches!(name, "rss" | "feed" | "rdf:RDF" | "atom:feed")
}

/// A mailbox opens with `From `, an address and a date, and a header in the next line.
fn is_mailbox(start: &[u8]) -> bool {
    let mut lines = start.split(|&byte| byte == b'\n');
    let first = lines.next().unwrap_or_default();
    let opens = first.starts_with(b"From ") && first.len() < 200 && first.iter().any(u8::is_ascii_digit);
    opens && lines.next().is_some_and(|line| is_header(line).is_some())
}

/// A message opens with headers, of which one says who sent it and another when or which.
fn is_message(start: &[u8]) -> bool {
    let (mut from, mut others) = (false, 0);
    for line in start.split(|&byte| byte == b'\n').take(60) {
        if line.first().is_some_and(|byte| matches!(byte, b' ' | b'\t')) {
            continue;
        }
        let Some(name) = is_header(line) else { break };
        from |= name == "from";
        others += usize::from(matches!(
            name.as_str(),
            "date" | "message-id" | "received" | "mime-version" | "return-path" | "subject"
        ));
    }
    from && others >= 2
}

/// The name of a header, in lower case.
fn is_header(line: &[u8]) -> Option<String> {
    let end = line.iter().take(60).position(|&byte| byte == b':')?;
    let name = &line[..end];
    let is_name = !name.is_empty() && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    is_name.then(|| String::from_utf8_lossy(name).to_ascii_lowercase())
}

/// A table opens with a row of names, one of which is a text's.
fn is_table(start: &[u8]) -> bool {
    let Some(end) = start.iter().position(|&byte| byte == b'\n').filter(|&end| end < 2000) else {
        return false;
    };
    let first = String::from_utf8_lossy(&start[..end]);
    [',', ';', '\t', '|'].into_iter().any(|delimiter| {
        let mut cells = first.split(delimiter).map(|cell| cell.trim().trim_matches('"'));
        first.contains(delimiter)
            && cells.any(|cell| Role::Text.names().iter().any(|name| cell.eq_ignore_ascii_case(name)))
    })
}

/// For names that say nothing, standard input among them.
fn by_content(head: &[u8]) -> Format {
    let start = start(head);
    if is_page(head) {
        Format::Html
    } else if is_feed(head) {
        Format::Feed
    } else if (start.starts_with(b"{") && !begins(start, "{\\rtf")) || is_array_of_objects(start) {
        Format::Lines
    } else if is_mailbox(head) {
        Format::Mailbox
    } else if is_message(head) {
        Format::Mail
    } else if is_table(start) {
        Format::Table
    } else {
        Format::Plain
    }
}

/// Is it records for sure? An array that begins with an object with a text, or a first line that is one, and then another or nothing; or
/// the beginning of an object that is longer than what is looked at. A text may begin with a brace, or with a line that tells of it.
fn holds_records(head: &[u8]) -> bool {
    let start = start(head);
    let is_cut = head.len() >= super::open::HEAD;
    let is_record = |record: &serde_json::Map<String, serde_json::Value>| {
        let is_text = |name: &String| Role::Text.names().iter().any(|text| name.eq_ignore_ascii_case(text));
        record.keys().any(is_text)
    };
    if let Some(first) = start.strip_prefix(b"[").map(<[u8]>::trim_ascii_start) {
        let mut objects = serde_json::Deserializer::from_slice(first).into_iter();
        let Some(Ok(record)) = objects.next() else { return is_cut && begins_with_a_name(first) };
        let after = first[objects.byte_offset()..].trim_ascii_start();
        return is_record(&record)
            && match after.split_first() {
                Some((b',', next)) => next.trim_ascii_start().first().is_none_or(|&byte| byte == b'{'),
                Some((b']', rest)) => rest.trim_ascii_start().is_empty(),
                Some(_) => false,
                None => is_cut,
            };
    }
    if !start.starts_with(b"{") {
        return false;
    }
    let (line, after) = start.split_at(start.iter().position(|&byte| byte == b'\n').unwrap_or(start.len()));
    match serde_json::from_str(&String::from_utf8_lossy(line)) {
        Ok(record) => {
            let next = after.trim_ascii_start().first();
            is_record(&record) && next.is_none_or(|&byte| byte == b'{')
        }
        Err(_) => is_cut && after.is_empty() && begins_with_a_name(start),
    }
}

/// An object of JSON: a name in quotes, a colon, and the beginning of a value.
fn begins_with_a_name(bytes: &[u8]) -> bool {
    let Some(rest) = bytes.strip_prefix(b"{").map(<[u8]>::trim_ascii_start) else { return false };
    let Some(rest) = rest.strip_prefix(b"\"") else { return false };
    let Some(end) = rest.iter().take(200).position(|&byte| byte == b'"') else { return false };
    let after = rest[end + 1..].trim_ascii_start();
    after.strip_prefix(b":").is_some_and(|value| {
        value.trim_ascii_start().first().is_none_or(|byte| b"\"[{-0123456789tfn".contains(byte))
    })
}

fn is_array_of_objects(start: &[u8]) -> bool {
    start.strip_prefix(b"[").is_some_and(|rest| rest.trim_ascii_start().starts_with(b"{"))
}

/// Objects a line each, or anything else JSON allows?
fn json_or_lines(head: &[u8]) -> Format {
    let start = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    if begins_with_a_bad_line(start) {
        return Format::Lines;
    }
    if start.starts_with(b"[") {
        return Format::Json;
    }
    match start.iter().position(|&byte| byte == b'\n') {
        // An object that goes on after its first line.
        Some(end) if !start[..end].trim_ascii_end().ends_with(b"}") && start.starts_with(b"{") => {
            let first = start[..end].trim_ascii();
            if first == b"{" || first.ends_with(b",") || first.ends_with(b"[") || first.ends_with(b"{") {
                Format::Json
            } else {
                Format::Lines
            }
        }
        _ => Format::Lines,
    }
}

/// A first line that is cut off, or is an array of its own, before a line that opens an object: no JSON over several
/// lines goes on so, and one bad line must not cost those after it.
fn begins_with_a_bad_line(start: &[u8]) -> bool {
    let Some(end) = start.iter().position(|&byte| byte == b'\n') else { return false };
    let first = start[..end].trim_ascii_end();
    if !start[end..].trim_ascii_start().starts_with(b"{") {
        return false;
    }
    match first.first() {
        // Within an object a key follows, unless a list was opened.
        Some(b'{') => !first.ends_with(b"[") && !first.ends_with(b":"),
        Some(b'[') => first.ends_with(b"]"),
        _ => false,
    }
}

/// One byte in a hundred is a NUL, and they do not lie as UTF-16 or UTF-32 would have them.
fn is_binary(head: &[u8]) -> bool {
    let n_nuls = head.split(|&byte| byte == 0).count() - 1;
    n_nuls * 100 > head.len() && super::decode::wide_encoding(head).is_none()
}
