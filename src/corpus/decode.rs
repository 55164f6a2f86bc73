//! From bytes to text: byte order marks, labels, and what cannot be decoded.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
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

/// A file's encoding, and whether nothing but the look of its bytes told it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) charset: Charset,
    pub(super) is_guess: bool,
}

/// Tells the encoding by its byte order mark, else by `label`, else by the look of the first bytes.
pub(super) fn charset(head: &[u8], label: Option<&str>) -> Charset {
    tell(head, label, |_| None).charset
}

/// Tells the encoding by its byte order mark, else by `label`, else by what the file names itself (`declared`), else by
/// the look of the first bytes. Bytes that are UTF-8 are read as such, whatever the file says of itself.
pub(super) fn tell(
    head: &[u8],
    label: Option<&str>,
    declared: impl Fn(&[u8]) -> Option<&'static Encoding>,
) -> Told {
    let sure = |charset| Told { charset, is_guess: false };
    if head.starts_with(b"\xff\xfe\0\0") {
        return sure(Charset::Utf32Le);
    }
    if head.starts_with(b"\0\0\xfe\xff") {
        return sure(Charset::Utf32Be);
    }
    if let Some((encoding, _)) = Encoding::for_bom(head) {
        return sure(Charset::Web(encoding));
    }
    if let Some(encoding) = label.and_then(|label| Encoding::for_label(label.as_bytes())) {
        return sure(Charset::Web(encoding));
    }
    if let Some(encoding) = wide_encoding(head) {
        return Told { charset: Charset::Web(encoding), is_guess: true };
    }
    // A file that could be read so far is not in UTF-16, whatever it says.
    let declared = declared(head).filter(|encoding| encoding.is_ascii_compatible() && *encoding != UTF_8);
    let sequences = Sequences::count(head);
    if sequences.n_bad == 0 && !sequences.has_escape && (declared.is_none() || sequences.n_good > 0) {
        return sure(Charset::Web(UTF_8));
    }
    if let Some(encoding) = declared {
        return sure(Charset::Web(encoding));
    }
    match older_encoding(head, sequences) {
        Some(encoding) => Told { charset: Charset::Web(encoding), is_guess: true },
        None => sure(Charset::Web(UTF_8)),
    }
}

/// What a file's first bytes are if they are taken for UTF-8.
#[derive(Debug, Clone, Copy)]
struct Sequences {
    /// Characters beyond ASCII.
    n_good: usize,
    n_bad: usize,
    /// Is there an escape of ISO-2022-JP?
    has_escape: bool,
}

impl Sequences {
    fn count(head: &[u8]) -> Self {
        let has_escape = memchr::memmem::find(head, b"\x1b$").is_some();
        let (mut n_good, mut n_bad, mut at) = (0, 0, 0);
        for chunk in head.utf8_chunks() {
            n_good += chunk.valid().bytes().filter(|byte| *byte >= 0xc0).count();
            at += chunk.valid().len() + chunk.invalid().len();
            // The head of a longer file may end within a character.
            let is_cut = at == head.len() && head.len() >= super::open::HEAD && chunk.invalid().len() < 4;
            n_bad += usize::from(!chunk.invalid().is_empty() && !is_cut);
        }
        Self { n_good, n_bad, has_escape }
    }
}

/// An encoding from before UTF-8, where the bytes look like one: more is bad than good UTF-8, and what it decodes to are
/// letters.
fn older_encoding(head: &[u8], sequences: Sequences) -> Option<&'static Encoding> {
    if !sequences.has_escape && sequences.n_bad <= sequences.n_good {
        return None;
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(head, true);
    let guess = detector.guess(None, Utf8Detection::Deny);
    let (text, _) = guess.decode_without_bom_handling(head);
    let count = |holds: fn(char) -> bool| text.chars().filter(|&letter| holds(letter)).count();
    let n_letters = count(|letter| !letter.is_ascii() && letter.is_alphabetic());
    // Controls, and what 0xfe and 0xff become in Western encodings: letters that no language has much of.
    let n_signs = count(|letter| matches!(letter, '\u{80}'..='\u{9f}' | '\u{fffd}' | 'ÿ' | 'þ'));
    (n_letters > 0 && n_signs * 20 <= n_letters).then_some(guess)
}

/// The encoding that a web page or an XML file names in its first bytes.
pub(super) fn named_in_markup(head: &[u8]) -> Option<&'static Encoding> {
    let start = String::from_utf8_lossy(&head[..head.len().min(2048)]).to_ascii_lowercase();
    let xml = start.trim_start().strip_prefix("<?xml").and_then(|rest| rest.split("?>").next());
    let named = xml.and_then(|xml| xml.split_once("encoding=")).or_else(|| start.split_once("charset="));
    let name = named?.1.trim_start_matches(['"', '\'', ' ']).split(['"', '\'', ' ', '>', ';', '/']).next()?;
    Encoding::for_label(name.as_bytes())
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
        [UTF_16LE, UTF_16BE].into_iter().find(|encoding| is_wide_east_asian(head, encoding))
    }
}

/// Chinese and Japanese in UTF-16 have few zeros; nearly all units are their letters, and some their full stops and commas.
fn is_wide_east_asian(head: &[u8], encoding: &'static Encoding) -> bool {
    if head.len() < 40 || std::str::from_utf8(head).is_ok() {
        return false;
    }
    let (mut n_letters, mut n_stops, mut n_units) = (0, 0, 0);
    for pair in head.as_chunks::<2>().0 {
        let unit = if encoding == UTF_16LE { u16::from_le_bytes(*pair) } else { u16::from_be_bytes(*pair) };
        n_units += 1;
        match unit {
            0x0a | 0x0d | 0x20 | 0x3000..=0x3002 | 0xff01..=0xff1f => n_stops += 1,
            0x30..=0x39 | 0x3003..=0x30ff | 0x4e00..=0x9fff => n_letters += 1,
            _ => {}
        }
    }
    n_stops * 50 >= n_units && (n_letters + n_stops) * 20 >= n_units * 19
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

/// Decodes a whole file that is needed no more.
pub(super) fn owned(mut bytes: Vec<u8>, charset: Charset) -> Decoded<'static> {
    if charset == Charset::Web(UTF_8) {
        if bytes.starts_with(b"\xef\xbb\xbf") {
            bytes.drain(..3);
        }
        match String::from_utf8(bytes) {
            Ok(text) => return Decoded { text: Cow::Owned(text), encoding: "UTF-8", n_bad: 0 },
            Err(refused) => bytes = refused.into_bytes(),
        }
    }
    let Decoded { text, encoding, n_bad } = decode(&bytes, charset);
    Decoded { text: Cow::Owned(text.into_owned()), encoding, n_bad }
}

/// The bytes of `text` in an encoding, without a mark. What the encoding lacks is written as the web does: `&#9731;`.
pub(super) fn encode(text: &str, charset: Charset) -> Vec<u8> {
    match charset {
        Charset::Utf32Le => text.chars().flat_map(|letter| u32::from(letter).to_le_bytes()).collect(),
        Charset::Utf32Be => text.chars().flat_map(|letter| u32::from(letter).to_be_bytes()).collect(),
        Charset::Web(encoding) if encoding == UTF_16LE => {
            text.encode_utf16().flat_map(u16::to_le_bytes).collect()
        }
        Charset::Web(encoding) if encoding == UTF_16BE => {
            text.encode_utf16().flat_map(u16::to_be_bytes).collect()
        }
        Charset::Web(encoding) => encoding.encode(text).0.into_owned(),
    }
}

/// Decodes UTF-8, one U+FFFD for each bad sequence.
pub(super) fn utf8(bytes: &[u8]) -> Decoded<'_> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if let Ok(text) = simdutf8::basic::from_utf8(bytes) {
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
    fn chinese_in_utf_16_is_told_by_its_letters_and_stops() {
        let text = "市议会周二讨论了新的有轨电车线路。该线路将于春季开通，票价保持不变。\n".repeat(4);
        for join in [u16::to_le_bytes, u16::to_be_bytes] {
            let bytes: Vec<u8> = text.encode_utf16().flat_map(join).collect();
            assert_eq!(read(&bytes).0, text);
        }
        let (older, _, _) = encoding_rs::GBK.encode(&text);
        assert_eq!(read(&older), (text, "GBK", 0));
    }

    #[test]
    fn older_encodings_are_told_by_the_letters_they_give() {
        for (encoding, text) in [
            (encoding_rs::WINDOWS_1251, "Городской совет обсудил во вторник новую трамвайную линию."),
            (encoding_rs::WINDOWS_1252, "Der Rat der Stadt Zürich hat über die neue Straßenbahn beraten."),
            (encoding_rs::SHIFT_JIS, "市議会は火曜日に新しい路面電車について話し合った。来春に開通する。"),
            (encoding_rs::ISO_2022_JP, "市議会は火曜日に新しい路面電車について話し合った。"),
            (encoding_rs::EUC_KR, "시의회는 화요일에 새 노면전차 노선에 대해 논의했다. 내년 봄에 개통한다."),
        ] {
            let (bytes, _, _) = encoding.encode(text);
            assert_eq!(read(&bytes), (text.to_owned(), encoding.name(), 0));
            assert_eq!(encode(text, Charset::Web(encoding)), bytes.as_ref());
        }
    }

    #[test]
    fn a_file_that_is_utf_8_is_read_as_such_whatever_it_says() {
        let says = |_: &[u8]| Some(encoding_rs::WINDOWS_1252);
        let charset = |bytes: &[u8]| tell(bytes, None, says).charset;
        assert_eq!(charset("Zürich".as_bytes()), Charset::Web(UTF_8));
        assert_eq!(charset(b"Z\xfcrich"), Charset::Web(encoding_rs::WINDOWS_1252));
    }

    #[test]
    fn markup_names_its_encoding() {
        let named = |head: &[u8]| named_in_markup(head).map(Encoding::name);
        assert_eq!(named(b"<html><head><meta charset=\"iso-8859-1\">"), Some("windows-1252"));
        assert_eq!(named(b"<?xml version='1.0' encoding='koi8-r'?><rss>"), Some("KOI8-R"));
        assert_eq!(named(b"<html><p>none"), None);
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
