//! One JSON object, sorted into roles while it is parsed.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize as _;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::draft::Draft;
use super::fields::{ROLES, Role, Roles, Served};
use super::{Language, dates};

/// A record's fields.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// By role: the best field so far.
    slots: [Option<Slot>; 7],
    /// Every other field.
    extra: Map<String, Value>,
    /// Keys that came twice; the last one won.
    n_repeated_keys: u32,
}

#[derive(Debug)]
struct Slot {
    place: u8,
    key: String,
    value: Value,
}

/// A record that became no document.
#[derive(Debug)]
pub(super) struct NoDocument {
    pub(super) code: &'static str,
    pub(super) message: String,
}

/// What had to be mended in a record: code and message.
pub(super) type Repairs = Vec<(&'static str, String)>;

/// Parses one record. Escapes of half a character and NUL bytes do not cost the record; they are
/// mended and told in `repairs`.
pub(super) fn parse(json: &str, roles: &Roles, repairs: &mut Repairs) -> Result<Record, NoDocument> {
    let error = match parse_strictly(json, roles) {
        Ok(record) => return Ok(record),
        Err(error) => error,
    };
    let (mended, n_halves) = mend_surrogates(json);
    let n_nuls = mended.matches('\0').count();
    if n_halves + n_nuls > 0
        && let Ok(record) = parse_strictly(&mended.replace('\0', "\u{fffd}"), roles)
    {
        if n_halves > 0 {
            let message = format!("{n_halves} escapes of half a character (surrogates) became U+FFFD");
            repairs.push(("lone_surrogate", message));
        }
        if n_nuls > 0 {
            repairs.push(("nul_bytes", format!("{n_nuls} NUL bytes became U+FFFD")));
        }
        return Ok(record);
    }
    // serde_json counts lines within what it is given; here the column is what helps.
    let text = error.to_string();
    let reason = text.split(" at line ").next().unwrap_or(&text);
    Err(NoDocument {
        code: "bad_json",
        message: format!("no JSON object: {reason} at column {}; mend the record", error.column()),
    })
}

fn parse_strictly(json: &str, roles: &Roles) -> Result<Record, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let record = RecordSeed(roles).deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(record)
}

/// Replaces `\ud83d` without its other half by `\ufffd`.
fn mend_surrogates(json: &str) -> (String, usize) {
    let bytes = json.as_bytes();
    let unit = |at: usize| -> Option<u32> {
        (bytes.get(at..at + 2)? == b"\\u").then_some(())?;
        u32::from_str_radix(json.get(at + 2..at + 6)?, 16).ok()
    };
    let mut mended = String::with_capacity(json.len());
    let (mut at, mut copied, mut n_halves) = (0, 0, 0);
    while at < bytes.len() {
        if bytes[at] != b'\\' {
            at += 1;
            continue;
        }
        match unit(at) {
            Some(0xd800..=0xdbff) if matches!(unit(at + 6), Some(0xdc00..=0xdfff)) => at += 12,
            Some(0xd800..=0xdfff) => {
                mended.push_str(&json[copied..at]);
                mended.push_str("\\ufffd");
                at += 6;
                copied = at;
                n_halves += 1;
            }
            Some(_) => at += 6,
            // An escaped backslash must not make the next character an escape.
            None => at += 2,
        }
    }
    mended.push_str(&json[copied..]);
    (mended, n_halves)
}

impl Record {
    fn put(&mut self, key: Cow<'_, str>, value: Value, role: Option<(Role, u8)>) {
        let Some((role, place)) = role else {
            self.n_repeated_keys += u32::from(self.extra.insert(key.into_owned(), value).is_some());
            return;
        };
        let slot = &mut self.slots[role as usize];
        // What cannot serve gives way to what can, wherever it stands in the list.
        let rank = |place: u8, value: &Value| {
            let serves = match role {
                Role::Text => value.is_string(),
                _ => !value.is_null(),
            };
            (!serves, place)
        };
        match slot {
            Some(held) if held.key == *key => {
                self.n_repeated_keys += 1;
                held.value = value;
            }
            Some(held) if rank(held.place, &held.value) <= rank(place, &value) => {
                self.n_repeated_keys += u32::from(self.extra.insert(key.into_owned(), value).is_some());
            }
            _ => {
                let new = Slot { place, key: key.into_owned(), value };
                if let Some(old) = slot.replace(new) {
                    self.n_repeated_keys += u32::from(self.extra.insert(old.key, old.value).is_some());
                }
            }
        }
    }

    fn keys(&self) -> String {
        let slots = self.slots.iter().flatten().map(|slot| slot.key.as_str());
        let mut keys: Vec<String> =
            slots.chain(self.extra.keys().map(String::as_str)).map(shown_key).collect();
        keys.sort();
        let n_more = keys.len().saturating_sub(12);
        keys.truncate(12);
        match (keys.is_empty(), n_more) {
            (true, _) => "none".to_owned(),
            (false, 0) => keys.join(", "),
            (false, _) => format!("{} and {n_more} more", keys.join(", ")),
        }
    }

    /// The document in this record.
    pub(super) fn into_draft(
        mut self,
        path: &str,
        line: Option<u64>,
        roles: &Roles,
        served: &mut Served,
        repairs: &mut Repairs,
    ) -> Result<Draft, NoDocument> {
        match &self.slots[Role::Text as usize] {
            Some(Slot { value: Value::String(_), .. }) => {}
            Some(Slot { key, value, .. }) => {
                let kind = kind(value);
                let message = format!(
                    "{} is {kind}, not text; its keys are {}; name the text field with --text-field",
                    shown_key(key),
                    self.keys()
                );
                return Err(NoDocument { code: "no_text", message });
            }
            None => {
                let message = format!(
                    "no text field ({}); its keys are {}; name the text field with --text-field",
                    roles.wanted_text(),
                    self.keys()
                );
                return Err(NoDocument { code: "no_text", message });
            }
        }
        if self.n_repeated_keys > 0 {
            let message =
                format!("{} keys came twice; the last value of each was used", self.n_repeated_keys);
            repairs.push(("repeated_key", message));
        }
        for role in ROLES {
            if let Some(Slot { place, value, .. }) = &self.slots[role as usize]
                && !value.is_null()
            {
                served.add(role, *place);
            }
        }
        let [text, title, id, date, source, url, language] = self.slots;
        let Some(Slot { value: Value::String(text), .. }) = text else {
            // Told above; a record without text never comes here.
            return Err(NoDocument { code: "no_text", message: String::new() });
        };
        let had_title = title.is_some();
        let mut draft = Draft::new(text, path.to_owned(), line);
        draft.document.title = scalar(title, &mut self.extra).filter(|title| !title.trim().is_empty());
        draft.document.url = scalar(url, &mut self.extra).filter(|url| !url.is_empty());
        draft.document.source = publisher(source, &mut self.extra);
        draft.document.date = date.and_then(|slot| {
            let date = dates::from_value(&slot.value);
            if date.is_none() && !slot.value.is_null() && slot.value.as_str() != Some("") {
                let message =
                    format!("{:?} is {:.60}, which is no date; left out", slot.key, slot.value.to_string());
                repairs.push(("bad_date", message));
                self.extra.insert(slot.key, slot.value);
            }
            date
        });
        draft.document.language = language
            .and_then(|slot| {
                let known = slot.value.as_str().and_then(Language::known);
                if known.is_none() && !slot.value.is_null() {
                    self.extra.insert(slot.key, slot.value);
                }
                known
            })
            .unwrap_or(Language::UNKNOWN);
        let id_given = id.as_ref().is_some_and(|slot| !slot.value.is_null());
        let id = scalar(id, &mut self.extra).unwrap_or_default();
        if id_given && id.is_empty() {
            repairs.push(("empty_id", "the id is empty or no text; made from file and line".to_owned()));
        }
        draft.document.id = match (&draft.document.url, id_given) {
            // A record's address names it as well as an id would, and survives a shuffle of the lines.
            (Some(url), false) => url.clone(),
            _ => id,
        };
        draft.document.extra = self.extra;
        if had_title {
            draft.find_title_in_text();
        } else {
            draft.take_title_from_text();
        }
        Ok(draft)
    }
}

/// A key for a message, quoted; of a long one the beginning.
fn shown_key(key: &str) -> String {
    match key.char_indices().nth(40) {
        Some((end, _)) => format!("{:?}...", &key[..end]),
        None => format!("{key:?}"),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// A field's value as text; what is neither text nor number goes to the other fields.
fn scalar(slot: Option<Slot>, extra: &mut Map<String, Value>) -> Option<String> {
    let Slot { key, value, .. } = slot?;
    match value {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Null => None,
        other => {
            extra.insert(key, other);
            None
        }
    }
}

/// A source is a name, or an object that has one.
fn publisher(slot: Option<Slot>, extra: &mut Map<String, Value>) -> Option<String> {
    let slot = slot?;
    let name = match &slot.value {
        Value::Object(fields) => fields.get("name").and_then(Value::as_str).map(str::to_owned),
        _ => None,
    };
    name.or_else(|| scalar(Some(slot), extra)).filter(|source| !source.trim().is_empty())
}

/// Parses an object into a [`Record`].
pub(super) struct RecordSeed<'r>(pub(super) &'r Roles);

impl<'de> DeserializeSeed<'de> for RecordSeed<'_> {
    type Value = Record;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Record, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for RecordSeed<'_> {
    type Value = Record;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Record, A::Error> {
        let mut record = Record::default();
        while let Some(Key(key)) = map.next_key_seed(KeySeed)? {
            let role = self.0.of(&key);
            let value = map.next_value_seed(ValueSeed)?;
            record.put(key, value, role);
        }
        Ok(record)
    }
}

struct Key<'de>(Cow<'de, str>);

struct KeySeed;

impl<'de> DeserializeSeed<'de> for KeySeed {
    type Value = Key<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Key<'de>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for KeySeed {
    type Value = Key<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Borrowed(key)))
    }

    fn visit_str<E>(self, key: &str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Owned(key.to_owned())))
    }
}

struct ValueSeed;

impl<'de> DeserializeSeed<'de> for ValueSeed {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        Value::deserialize(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;

    fn draft(json: &str) -> (Result<Draft, NoDocument>, Repairs) {
        let roles = Roles::new(&Settings::default());
        let mut repairs = Vec::new();
        let draft = parse(json, &roles, &mut repairs).and_then(|record| {
            record.into_draft("a.jsonl", Some(1), &roles, &mut Served::default(), &mut repairs)
        });
        (draft, repairs)
    }

    #[test]
    fn the_first_name_with_a_text_serves_and_the_rest_is_kept() {
        let (read, repairs) = draft(r#"{"body":"b","content":"c","text":null,"dup":"7","id":12}"#);
        let read = read.unwrap();
        assert_eq!(&*read.text, "b");
        assert_eq!(read.document.id, "12");
        let extra: Vec<_> = read.document.extra.keys().collect();
        assert_eq!(extra, ["content", "text", "dup"]);
        assert!(repairs.is_empty());
    }

    #[test]
    fn half_characters_are_mended_and_counted() {
        let (read, repairs) = draft(r#"{"text":"a\ud800b \ud83d\ude00 \\ud800 \udc00"}"#);
        assert_eq!(&*read.unwrap().text, "a\u{fffd}b 😀 \\ud800 \u{fffd}");
        assert_eq!(repairs[0].0, "lone_surrogate");
        assert!(repairs[0].1.starts_with("2 "));
    }

    #[test]
    fn the_last_of_equal_keys_wins() {
        let (read, repairs) = draft(r#"{"text":"one","text":"two","x":1,"x":2}"#);
        assert_eq!(&*read.unwrap().text, "two");
        assert_eq!(repairs[0], ("repeated_key", "2 keys came twice; the last value of each was used".into()));
    }

    #[test]
    fn a_text_that_is_none_is_refused_with_the_keys_found() {
        for json in [r#"{"text":null,"z":1}"#, r#"{"text":3,"z":1}"#, r#"{"text":["a"],"z":1}"#, r#"{"z":1}"#]
        {
            let refused = draft(json).0.unwrap_err();
            assert_eq!(refused.code, "no_text");
            assert!(
                refused.message.contains("\"z\"") && refused.message.contains("--text-field"),
                "{refused:?}"
            );
        }
    }

    #[test]
    fn deep_nesting_is_refused() {
        let json = format!("{{\"text\":\"a\",\"x\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(draft(&json).0.unwrap_err().code, "bad_json");
    }
}
