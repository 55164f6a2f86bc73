//! A record of JSON as nearly all are written, read straight into its fields: a text is written down once, where
//! `serde_json` writes it twice and looks at it four times.
//!
//! What is at all unusual is left to `serde_json`, which alone says what is wrong with a record.

use std::borrow::Cow;

use serde_json::Value;

use super::fields::Roles;
use super::record::Record;

/// Values nested deeper are left to `serde_json`, which counts from the record itself.
const MOST_DEPTH: usize = 64;

/// Reads a record; none where it is not simple, or no record at all.
pub(super) fn parse(json: &str, roles: &Roles) -> Option<Record> {
    if has_controls(json.as_bytes()) {
        return None;
    }
    let mut record = Record::default();
    let mut reader = Reader { json, at: 0 };
    reader.sign(b'{')?;
    loop {
        reader.sign(b'"')?;
        let key = reader.plain_text()?;
        let role = roles.of(key);
        reader.sign(b':')?;
        let value = reader.value()?;
        record.put(Cow::Borrowed(key), value, role);
        match reader.next_sign()? {
            b',' => {}
            b'}' => break,
            _ => return None,
        }
    }
    reader.skip_white();
    (reader.at == json.len()).then_some(record)
}

struct Reader<'a> {
    json: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn bytes(&self) -> &'a [u8] {
        self.json.as_bytes()
    }

    fn skip_white(&mut self) {
        while let Some(b' ') = self.bytes().get(self.at) {
            self.at += 1;
        }
    }

    /// The next byte that is no white space.
    fn next_sign(&mut self) -> Option<u8> {
        self.skip_white();
        let sign = *self.bytes().get(self.at)?;
        self.at += 1;
        Some(sign)
    }

    fn sign(&mut self, wanted: u8) -> Option<()> {
        (self.next_sign()? == wanted).then_some(())
    }

    /// The rest of a string without escapes, and its end.
    fn plain_text(&mut self) -> Option<&'a str> {
        let text = &self.json[self.at..];
        let end = memchr::memchr2(b'"', b'\\', text.as_bytes())?;
        if text.as_bytes()[end] != b'"' {
            return None;
        }
        self.at += end + 1;
        Some(&text[..end])
    }

    /// The rest of a string, and its end.
    fn text(&mut self) -> Option<String> {
        let begin = self.at;
        let mut text = String::new();
        let mut copied = begin;
        loop {
            self.at += memchr::memchr2(b'"', b'\\', &self.bytes()[self.at..])?;
            let piece = &self.json[copied..self.at];
            let is_end = self.bytes()[self.at] == b'"';
            if is_end && copied == begin {
                self.at += 1;
                return Some(piece.to_owned());
            }
            if copied == begin {
                // No text is longer than what is left of its record; what is too much is given back.
                text.reserve_exact(self.json.len() - begin);
            }
            text.push_str(piece);
            self.at += 1;
            if is_end {
                text.shrink_to_fit();
                return Some(text);
            }
            text.push(self.escaped()?);
            copied = self.at;
        }
    }

    /// What stands after a backslash.
    fn escaped(&mut self) -> Option<char> {
        let letter = *self.bytes().get(self.at)?;
        self.at += 1;
        Some(match letter {
            b'n' => '\n',
            b'"' | b'\\' | b'/' => letter.into(),
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'u' => {
                let unit = self.unit()?;
                if !(0xd800..=0xdfff).contains(&unit) {
                    return char::from_u32(unit);
                }
                if !self.bytes()[self.at..].starts_with(b"\\u") {
                    return None;
                }
                self.at += 2;
                let low = self.unit()?;
                char::decode_utf16([unit as u16, low as u16]).next()?.ok()?
            }
            _ => return None,
        })
    }

    /// Four hexadecimal digits.
    fn unit(&mut self) -> Option<u32> {
        let digits = self.bytes().get(self.at..self.at + 4)?;
        self.at += 4;
        digits.iter().try_fold(0, |unit, &digit| Some(unit << 4 | char::from(digit).to_digit(16)?))
    }

    fn value(&mut self) -> Option<Value> {
        self.skip_white();
        let rest = &self.json[self.at..];
        let literal = match *rest.as_bytes().first()? {
            b'"' => {
                self.at += 1;
                return self.text().map(Value::String);
            }
            b'n' => ("null", Value::Null),
            b't' => ("true", Value::Bool(true)),
            b'f' => ("false", Value::Bool(false)),
            _ => return self.other_value(),
        };
        rest.starts_with(literal.0).then(|| {
            self.at += literal.0.len();
            literal.1
        })
    }

    /// Numbers, arrays and objects are for `serde_json` to read.
    fn other_value(&mut self) -> Option<Value> {
        let mut values = serde_json::Deserializer::from_str(&self.json[self.at..]).into_iter::<Value>();
        let value = values.next()?.ok()?;
        self.at += values.byte_offset();
        is_flat(&value, MOST_DEPTH).then_some(value)
    }
}

fn is_flat(value: &Value, most_depth: usize) -> bool {
    match value {
        Value::Array(items) => most_depth > 0 && items.iter().all(|item| is_flat(item, most_depth - 1)),
        Value::Object(fields) => {
            most_depth > 0 && fields.values().all(|field| is_flat(field, most_depth - 1))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
    }
}

/// Are there letters that JSON wants escaped, or white space other than blanks?
fn has_controls(bytes: &[u8]) -> bool {
    // Without an early end it is done sixteen bytes at a time.
    bytes.iter().fold(u8::MAX, |least, &byte| least.min(byte)) < b' '
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::record::parse_strictly;
    use super::*;
    use crate::settings::Settings;

    /// Reads a record in both ways; was it simple?
    fn check(json: &str) -> bool {
        let roles = Roles::new(&Settings::default());
        let simple = parse(json, &roles);
        if let Some(simple) = &simple {
            let strict = parse_strictly(json, &roles);
            assert_eq!(format!("{simple:?}"), format!("{:?}", strict.unwrap()), "{json}");
        }
        simple.is_some()
    }

    #[test]
    fn common_records_are_simple_and_read_as_ever() {
        for json in [
            r#"{"text":"a","title":"b"}"#,
            r#" { "text" : "Zürich \n \"x\" \\ \/ \b\f\t\r" , "n" : -1.50e+7 , "x":null,"y":true,"z":false } "#,
            r#"{"text":"\u00e9\u4e2d\ud83d\ude00.","a":[1,{"b":"c"}],"o":{},"text":"again","id":12345678901234567890}"#,
            "{\"text\":\"\u{7f}\"}",
        ] {
            assert!(check(json), "{json}");
        }
    }

    #[test]
    fn what_is_unusual_or_wrong_is_not_simple() {
        let deep = format!(r#"{{"text":"a","x":{}{}}}"#, "[".repeat(70), "]".repeat(70));
        for json in [
            "", "{}", r#"{"text":"a"}x"#, r#"{"text":"a",}"#, r#"{"text":"a"#, r#"{"text":"\ud800"}"#,
            r#"{"text":"\udc00\ud800"}"#, r#"{"text":"\ud800\u0041"}"#, r#"{"te\u0078t":"a"}"#,
            "{\"text\":\"a\tb\"}", "{\"a\tb\":\"c\"}", r#"{"text":nul}"#, r#"{"text":01}"#,
            r#"{"text":"\x"}"#, r#"{"text":"\u00g0"}"#, r#"{"text" "a"}"#, r#"[{"text":"a"}]"#, &deep,
        ] {
            assert!(!check(json), "{json}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_simple_is_what_serde_json_reads(
            pieces in prop::collection::vec(
                prop_oneof![
                    prop::sample::select(vec![
                        "{", "}", "\"", "\"text\":", "\"title\":", "\"x\":", ",", "\"a b\"", "\\n", "\\u00e9", "\\ud83d\\ude00",
                        "\\ud83d", "\\\"", "1", "-0.5e3", "null", "true", "[1,2]", "{\"y\":\"z\"}", " ", "\t", "\u{1}", "é", ":",
                    ]).prop_map(str::to_owned),
                    any::<char>().prop_map(String::from),
                ],
                0..9,
            ),
        ) {
            let middle = pieces.concat();
            check(&middle);
            check(&format!("{{\"text\":\"{middle}\"}}"));
            check(&format!("{{\"x\":{middle}}}"));
        }
    }
}
