//! From bytes to text: byte order marks, labels, and what cannot be decoded.

use std::borrow::Cow;

use encoding_rs::{DecoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};

use crate::error::Error;

/// Text, how it was encoded, and how many bad sequences became U+FFFD.
#[derive(Debug)]
pub(super) struct Decoded<'a> {
    pub(super) text: Cow<'a, str>,
    pub(super) encoding: &'static str,
    pub(super) n_bad: u64,
}

/// How a file is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Charset {
    /// What the web knows.
    Web(&'static Encoding),
    /// Four bytes a character, the low byte first; the web has given it up.
    Utf32Le,
    /// Four bytes a character, the high byte first.
    Utf32Be,
}

/// Refuses a label that names no encoding.
pub(super) fn check_label(label: Option<&str>) -> Result<(), Error> {
    match label {
        Some(label) if Encoding::for_label(label.as_bytes()).is_none() => Err(Error::Settings(format!(
            "encoding is {label:?}, which is no WHATWG label; give one such as utf-8, windows-1252 or gb18030"
        ))),
        _ => Ok(()),
    }
}

/// Tells the encoding by its byte order mark, else by `label`, else by the look of the first bytes.
pub(super) fn charset(head: &[u8], label: Option<&str>) -> Charset {
    if head.starts_with(b"\xff\xfe\0\0") {
        return Charset::Utf32Le;
    }
    if head.starts_with(b"\0\0\xfe\xff") {
        return Charset::Utf32Be;
    }
    if let Some((encoding, _)) = Encoding::for_bom(head) {
        return Charset::Web(encoding);
    }
    let labeled = label.and_then(|label| Encoding::for_label(label.as_bytes()));
    Charset::Web(labeled.or_else(|| wide_encoding(head)).unwrap_or(UTF_8))
}

/// UTF-16 without a mark: in most scripts of the news every second byte of the spaces, digits and
/// signs is zero.
pub(super) fn wide_encoding(head: &[u8]) -> Option<&'static Encoding> {
    if let Some((encoding, _)) = Encoding::for_bom(head) {
        return (encoding != UTF_8).then_some(encoding);
    }
    if head.starts_with(b"\0\0\xfe\xff") {
        return Some(UTF_16BE); // UTF-32; told apart by `charset`.
    }
    let head = &head[..head.len().min(4096) & !1];
    let zeros = |odd: usize| head.iter().skip(odd).step_by(2).filter(|&&byte| byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let many = (head.len() / 2 / 8).max(2);
    let few = head.len() / 2 / 100;
    if odd >= many && even <= few {
        Some(UTF_16LE)
    } else if even >= many && odd <= few {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// Decodes a whole file. Marks are dropped.
pub(super) fn decode(bytes: &[u8], charset: Charset) -> Decoded<'_> {
    match charset {
        Charset::Web(encoding) if encoding == UTF_8 => utf8(bytes),
        Charset::Web(encoding) => web(bytes, encoding),
        Charset::Utf32Le => utf32(bytes, "UTF-32LE", u32::from_le_bytes),
        Charset::Utf32Be => utf32(bytes, "UTF-32BE", u32::from_be_bytes),
    }
}

/// Decodes UTF-8, one U+FFFD for each bad sequence.
pub(super) fn utf8(bytes: &[u8]) -> Decoded<'_> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Decoded { text: Cow::Borrowed(text), encoding: "UTF-8", n_bad: 0 };
    }
    let mut text = String::with_capacity(bytes.len());
    let mut n_bad = 0;
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
            n_bad += 1;
        }
    }
    Decoded { text: Cow::Owned(text), encoding: "UTF-8", n_bad }
}

fn web(bytes: &[u8], encoding: &'static Encoding) -> Decoded<'static> {
    let mut decoder = encoding.new_decoder_with_bom_removal();
    let mut text = String::new();
    let (mut done, mut n_bad) = (0, 0);
    loop {
        let rest = &bytes[done..];
        text.reserve(
            decoder.max_utf8_buffer_length_without_replacement(rest.len()).unwrap_or(rest.len() * 3),
        );
        let (result, n_read) = decoder.decode_to_string_without_replacement(rest, &mut text, true);
        done += n_read;
        match result {
            DecoderResult::InputEmpty => break,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => {
                text.push(char::REPLACEMENT_CHARACTER);
                n_bad += 1;
            }
        }
    }
    Decoded { text: Cow::Owned(text), encoding: encoding.name(), n_bad }
}

fn utf32(bytes: &[u8], name: &'static str, join: fn([u8; 4]) -> u32) -> Decoded<'static> {
    let mut text = String::with_capacity(bytes.len() / 4);
    let mut n_bad = 0;
    let (units, rest) = bytes.as_chunks::<4>();
    for (place, &unit) in units.iter().enumerate() {
        match char::from_u32(join(unit)) {
            Some('\u{feff}') if place == 0 => {}
            Some(character) => text.push(character),
            None => {
                text.push(char::REPLACEMENT_CHARACTER);
                n_bad += 1;
            }
        }
    }
    if !rest.is_empty() {
        text.push(char::REPLACEMENT_CHARACTER);
        n_bad += 1;
    }
    Decoded { text: Cow::Owned(text), encoding: name, n_bad }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> (String, &'static str, u64) {
        let decoded = decode(bytes, charset(bytes, None));
        (decoded.text.into_owned(), decoded.encoding, decoded.n_bad)
    }

    #[test]
    fn every_byte_order_mark_is_understood_and_dropped() {
        assert_eq!(read(b"\xef\xbb\xbfZ\xc3\xbcrich"), ("Zürich".into(), "UTF-8", 0));
        let wide =
            |join: fn(u16) -> [u8; 2]| "\u{feff}Zürich".encode_utf16().flat_map(join).collect::<Vec<_>>();
        assert_eq!(read(&wide(u16::to_le_bytes)), ("Zürich".into(), "UTF-16LE", 0));
        assert_eq!(read(&wide(u16::to_be_bytes)), ("Zürich".into(), "UTF-16BE", 0));
        let wider = |join: fn(u32) -> [u8; 4]| {
            "\u{feff}Zürich".chars().flat_map(|c| join(u32::from(c))).collect::<Vec<_>>()
        };
        assert_eq!(read(&wider(u32::to_le_bytes)), ("Zürich".into(), "UTF-32LE", 0));
        assert_eq!(read(&wider(u32::to_be_bytes)), ("Zürich".into(), "UTF-32BE", 0));
    }

    #[test]
    fn utf_16_without_a_mark_is_told_by_its_zeros() {
        let text = "The council met on Tuesday and agreed.";
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(read(&bytes), (text.into(), "UTF-16LE", 0));
    }

    #[test]
    fn each_bad_sequence_is_one_replacement_character() {
        assert_eq!(read(b"a\xffb\xe2\x82c"), ("a\u{fffd}b\u{fffd}c".into(), "UTF-8", 2));
    }

    #[test]
    fn a_label_decides_without_a_mark() {
        let bytes = b"Z\xfcrich";
        let decoded = decode(bytes, charset(bytes, Some("windows-1252")));
        assert_eq!((decoded.text.as_ref(), decoded.n_bad), ("Zürich", 0));
        assert!(check_label(Some("klingon")).is_err());
    }
}
