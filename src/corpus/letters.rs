//! Where the signs of JSON stand among the bytes of a file, whatever its encoding.

use std::fmt::Write as _;

use encoding_rs::{BIG5, GB18030, GBK, ISO_2022_JP, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE};

use super::decode::Charset;

/// Stands for everything that is no ASCII.
pub(super) const OTHER: u8 = 0xff;

/// How an encoding lays out its letters.
#[derive(Debug, Clone, Copy)]
pub(super) struct Units {
    /// Bytes of a unit: 1, 2 or 4.
    pub(super) width: usize,
    low_first: bool,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Every unit that looks like ASCII is.
    Plain,
    /// The same, and what is no ASCII is written as UTF-8.
    Utf8,
    /// A byte after one of 0x81 and more may look like ASCII and is none.
    Leads,
    /// As [`Kind::Leads`], with letters of one byte from 0xa0 to 0xdf.
    ShiftJis,
    /// Escapes turn ASCII off and on.
    Escapes,
}

impl Units {
    pub(super) fn of(charset: Charset) -> Self {
        let plain = |width, low_first| Self { width, low_first, kind: Kind::Plain };
        let of_kind = |kind| Self { width: 1, low_first: true, kind };
        match charset {
            Charset::Utf32Le => plain(4, true),
            Charset::Utf32Be => plain(4, false),
            Charset::Web(encoding) if encoding == UTF_16LE => plain(2, true),
            Charset::Web(encoding) if encoding == UTF_16BE => plain(2, false),
            Charset::Web(encoding) if encoding == UTF_8 => of_kind(Kind::Utf8),
            Charset::Web(encoding) if encoding == SHIFT_JIS => of_kind(Kind::ShiftJis),
            Charset::Web(encoding) if [GBK, GB18030, BIG5].contains(&encoding) => of_kind(Kind::Leads),
            Charset::Web(encoding) if encoding == ISO_2022_JP => of_kind(Kind::Escapes),
            Charset::Web(_) => plain(1, true),
        }
    }

    /// The ASCII letter of one unit, by itself; [`OTHER`] for everything else.
    pub(super) fn ascii(self, unit: &[u8]) -> u8 {
        let (letter, rest) = match unit {
            [letter] => return if letter.is_ascii() { *letter } else { OTHER },
            [letter, rest @ ..] if self.low_first => (*letter, rest),
            [rest @ .., letter] => (*letter, rest),
            [] => return OTHER,
        };
        if letter.is_ascii() && unit.len() == self.width && rest.iter().all(|&byte| byte == 0) {
            letter
        } else {
            OTHER
        }
    }

    /// JSON in this encoding: what is no ASCII is escaped unless the file is UTF-8.
    pub(super) fn encode(self, json: &str) -> Vec<u8> {
        if self.kind == Kind::Utf8 {
            return json.as_bytes().to_vec();
        }
        let mut ascii = String::with_capacity(json.len());
        for letter in json.chars() {
            if letter.is_ascii() {
                ascii.push(letter);
            } else {
                for half in letter.encode_utf16(&mut [0; 2]) {
                    // Writing to a string cannot fail.
                    let _ = write!(ascii, "\\u{half:04x}");
                }
            }
        }
        let mut bytes = Vec::with_capacity(ascii.len() * self.width);
        for letter in ascii.bytes() {
            let at = bytes.len() + if self.low_first { 0 } else { self.width - 1 };
            bytes.resize(bytes.len() + self.width, 0);
            bytes[at] = letter;
        }
        bytes
    }
}

/// Reads units from the beginning of a file.
#[derive(Debug)]
pub(super) struct Letters {
    units: Units,
    after_lead: bool,
    /// Bytes of an escape seen so far.
    n_escape: u8,
    is_shifted: bool,
}

impl Letters {
    pub(super) fn new(units: Units) -> Self {
        Self { units, after_lead: false, n_escape: 0, is_shifted: false }
    }

    /// The ASCII letter that this unit is where it stands; [`OTHER`] for everything else.
    pub(super) fn letter(&mut self, unit: &[u8]) -> u8 {
        let letter = self.units.ascii(unit);
        match (self.units.kind, unit) {
            (Kind::Plain | Kind::Utf8, _) => letter,
            (Kind::Escapes, &[byte]) => self.escaped(byte, letter),
            (kind, &[byte]) => {
                let is_lead =
                    byte > 0x80 && byte != 0xff && !(kind == Kind::ShiftJis && (0xa0..=0xdf).contains(&byte));
                if std::mem::replace(&mut self.after_lead, false) && byte >= 0x40 {
                    return OTHER;
                }
                self.after_lead = is_lead;
                letter
            }
            _ => OTHER,
        }
    }

    /// `ESC $ @`, `ESC $ B` and the like turn ASCII off, `ESC ( B` and `ESC ( J` on.
    fn escaped(&mut self, byte: u8, letter: u8) -> u8 {
        match (self.n_escape, byte) {
            (_, 0x1b) => self.n_escape = 1,
            (1, b'$' | b'(') => {
                self.is_shifted = byte == b'$';
                self.n_escape = 2;
            }
            (2, _) => self.n_escape = 0,
            _ if self.is_shifted => {}
            _ => return letter,
        }
        OTHER
    }
}

/// Bytes of the mark that a file begins with, if any.
pub(super) fn mark_length(head: &[u8]) -> usize {
    if head.starts_with(b"\xff\xfe\0\0") || head.starts_with(b"\0\0\xfe\xff") {
        return 4;
    }
    encoding_rs::Encoding::for_bom(head).map_or(0, |(_, length)| length)
}

#[cfg(test)]
mod tests {
    use encoding_rs::Encoding;

    use super::*;

    /// What `Letters` sees must be what the decoder sees.
    #[test]
    fn signs_stand_where_the_decoder_finds_them() {
        let json = "{\"本能 表\": \"ソ十予\\\"\", \"x\": [1, {\"貼構\": \"申曾\"}]}";
        let signs =
            |text: &str| -> Vec<u8> { text.bytes().filter(|byte| b"{}[]\"\\,".contains(byte)).collect() };
        for label in ["shift_jis", "gbk", "gb18030", "big5", "iso-2022-jp", "euc-jp", "utf-8"] {
            let encoding = Encoding::for_label(label.as_bytes()).unwrap();
            let (bytes, _, had_errors) = encoding.encode(json);
            let text = if had_errors { encoding.decode(&bytes).0 } else { json.into() };
            let mut letters = Letters::new(Units::of(Charset::Web(encoding)));
            let seen: Vec<u8> = bytes
                .iter()
                .map(|&byte| letters.letter(&[byte]))
                .filter(|letter| b"{}[]\"\\,".contains(letter))
                .collect();
            assert_eq!(seen, signs(&text), "{label}");
        }
    }

    #[test]
    fn what_is_appended_reads_the_same_in_every_encoding() {
        let fields = "\"samestory_kept_id\":\"Zürich 😀\"";
        let value = |json: &str| serde_json::from_str::<serde_json::Value>(&format!("{{{json}}}")).unwrap();
        for charset in [
            Charset::Utf32Le,
            Charset::Utf32Be,
            Charset::Web(UTF_16LE),
            Charset::Web(UTF_16BE),
            Charset::Web(UTF_8),
            Charset::Web(encoding_rs::WINDOWS_1252),
        ] {
            let bytes = Units::of(charset).encode(fields);
            assert_eq!(value(&super::super::decode::decode(&bytes, charset).text), value(fields));
        }
    }
}
