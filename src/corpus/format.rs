//! What kind of file is this? First bytes win over the name.

use super::walk::Entry;

/// What is read, in words for messages.
pub(super) const READ: &str = ".txt, .md, .html, .jsonl, .ndjson and .json, plain or as .gz or .zst";

/// The kind of a file without a byte.
pub(super) const EMPTY: &str = "empty file";

/// The doors into the corpus.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// One JSON object a line.
    Lines,
    /// One JSON array of objects, or objects over several lines.
    Json,
    /// One web page.
    Html,
    /// One text.
    Plain,
    /// Holds no documents; its kind.
    Other(&'static str),
}

/// Tells a file by its first (decompressed) bytes and its name.
pub(super) fn tell(entry: &Entry, head: &[u8]) -> Format {
    if head.is_empty() {
        return Format::Other(EMPTY);
    }
    if let Some(kind) = by_magic(head) {
        return Format::Other(kind);
    }
    let name = without_compression(&entry.relative);
    if !entry.named && name.ends_with(".truth.jsonl") {
        // Stands beside every generated drop, and holds answers, not documents.
        return Format::Other("truth table");
    }
    let format = by_name(name).unwrap_or_else(|| by_content(head));
    if !matches!(format, Format::Other(_)) && is_binary(head) {
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
        "txt" | "text" | "md" | "markdown" => Format::Plain,
        "csv" | "tsv" => Format::Other("table (csv)"),
        "parquet" | "arrow" | "feather" => Format::Other("table (parquet)"),
        "png" | "jpg" | "jpeg" | "gif" | "webp" | "bmp" | "tif" | "tiff" | "svg" | "ico" | "heic" => {
            Format::Other("image")
        }
        "mp3" | "wav" | "ogg" | "flac" | "m4a" => Format::Other("sound"),
        "mp4" | "mov" | "avi" | "mkv" | "webm" => Format::Other("video"),
        "pdf" => Format::Other("pdf"),
        "doc" | "docx" | "odt" | "rtf" | "xls" | "xlsx" | "ods" | "ppt" | "pptx" | "epub" => {
            Format::Other("office file")
        }
        "zip" | "tar" | "tgz" | "7z" | "rar" | "bz2" | "xz" | "warc" => Format::Other("archive"),
        "exe" | "dll" | "so" | "dylib" | "o" | "a" | "bin" | "class" | "jar" | "pyc" | "wasm" => {
            Format::Other("program")
        }
        "rs" | "py" | "js" | "ts" | "c" | "h" | "cpp" | "java" | "go" | "sh" | "rb" | "php" | "css" => {
            Format::Other("source code")
        }
        "xml" | "rss" | "atom" => Format::Other("xml"),
        "toml" | "yaml" | "yml" | "ini" | "cfg" | "conf" | "lock" => Format::Other("configuration"),
        "db" | "sqlite" | "sqlite3" => Format::Other("database"),
        "ttf" | "otf" | "woff" | "woff2" => Format::Other("font"),
        _ => return None,
    })
}

fn by_magic(head: &[u8]) -> Option<&'static str> {
    const MAGIC: [(&[u8], &str); 19] = [
        (b"%PDF-", "pdf"),
        (b"\x89PNG\r\n", "image"),
        (b"\xff\xd8\xff", "image"),
        (b"GIF87a", "image"),
        (b"GIF89a", "image"),
        (b"II*\0", "image"),
        (b"MM\0*", "image"),
        (b"RIFF", "sound or image"),
        (b"ID3", "sound"),
        (b"PK\x03\x04", "archive"),
        (b"7z\xbc\xaf\x27\x1c", "archive"),
        (b"Rar!\x1a", "archive"),
        (b"BZh9", "archive"),
        (b"\xfd7zXZ\0", "archive"),
        (b"\x7fELF", "program"),
        (b"MZ\x90\0", "program"),
        (b"\xcf\xfa\xed\xfe", "program"),
        (b"PAR1", "table (parquet)"),
        (b"SQLite format 3\0", "database"),
    ];
    MAGIC.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, kind)| *kind)
}

/// For names that say nothing, standard input among them.
fn by_content(head: &[u8]) -> Format {
    let start = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let opening = &start[..start.len().min(15)];
    let begins = |tag: &[u8]| opening.len() >= tag.len() && opening[..tag.len()].eq_ignore_ascii_case(tag);
    if begins(b"<!doctype html") || begins(b"<html") {
        Format::Html
    } else if (begins(b"{") && !begins(b"{\\rtf")) || is_array_of_objects(start) {
        Format::Lines
    } else {
        Format::Plain
    }
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
