//! One JSON object, sorted into roles while it is parsed.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize as _;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::draft::Draft;
use super::fields::{ROLES, Role, Roles, Served};
use super::{Action, Language, dates, simple_json};

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

/// What was done about a problem with this code that did not cost the document.
pub(super) fn action(code: &str) -> Action {
    match code {
        "mojibake" | "mixed_languages" | "not_an_article" | "no_header" => Action::Noted,
        _ => Action::Repaired,
    }
}

/// Parses one record. Escapes of half a character and NUL bytes do not cost the record; they are
/// mended and told in `repairs`.
pub(super) fn parse(json: &str, roles: &Roles, repairs: &mut Repairs) -> Result<Record, NoDocument> {
    if let Some(record) = simple_json::parse(json, roles) {
        return Ok(record);
    }
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
    if !json.trim_start().starts_with('{') {
        let begin: String = json.trim_start().chars().take(20).collect();
        let message = format!("no JSON object: it begins with {begin:?}; mend the record");
        return Err(NoDocument { code: "bad_json", message });
    }
    // serde_json counts lines within what it is given; here the column is what helps.
    let text = error.to_string();
    let reason = text.split(" at line ").next().unwrap_or(&text);
    Err(NoDocument {
        code: "bad_json",
        message: format!("no JSON object: {reason} at column {}; mend the record", error.column()),
    })
}

/// Parses one record or says what is wrong with it.
pub(super) fn parse_strictly(json: &str, roles: &Roles) -> Result<Record, serde_json::Error> {
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
    /// Takes a field. Of fields with one role the first in the list of names serves, if it can.
    pub(super) fn put(&mut self, key: Cow<'_, str>, value: Value, role: Option<(Role, u8)>) {
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
        let slots = self.slots.iter().flatten().map(|slot| (slot.key.as_str(), &slot.value));
        let fields = slots.chain(self.extra.iter().map(|(key, value)| (key.as_str(), value)));
        // Fields within fields have names, too.
        let mut keys: Vec<String> = fields
            .flat_map(|(key, value)| match value {
                Value::Object(inner) if !inner.is_empty() => {
                    inner.keys().map(|within| shown_key(&format!("{key}.{within}"))).collect()
                }
                _ => vec![shown_key(key)],
            })
            .collect();
        keys.sort();
        let n_more = keys.len().saturating_sub(12);
        keys.truncate(12);
        match (keys.is_empty(), n_more) {
            (true, _) => "none".to_owned(),
            (false, 0) => keys.join(", "),
            (false, _) => format!("{} and {n_more} more", keys.join(", ")),
        }
    }

    /// Fills the roles whose fields the settings name and that no field of this very name has: fields within fields, and
    /// several joined.
    fn follow_paths(&mut self, roles: &Roles) {
        for (role, paths) in roles.paths() {
            let role = *role;
            let serves = self.slots[role as usize].as_ref().is_some_and(|slot| match role {
                Role::Text => slot.value.is_string(),
                _ => !slot.value.is_null(),
            });
            if serves {
                continue;
            }
            let mut pieces = Vec::new();
            for path in paths {
                let [first, rest @ ..] = path.as_slice() else { continue };
                // What has a role of its own keeps it.
                if let Some(named) = self.slots.iter().flatten().find(|slot| slot.key == *first) {
                    gather(&mut named.value.clone(), rest, &mut pieces);
                    continue;
                }
                let Some(value) = self.extra.get_mut(first) else { continue };
                let before = pieces.len();
                gather(value, rest, &mut pieces);
                // What was used is no further field of the document.
                if pieces.len() > before && is_used_up(value) {
                    self.extra.shift_remove(first);
                }
            }
            if pieces.is_empty() {
                continue;
            }
            let value = match role {
                Role::Text => {
                    Value::from(pieces.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n\n"))
                }
                _ => pieces.swap_remove(0),
            };
            let key = paths.iter().map(|path| path.join(".")).collect::<Vec<_>>().join(",");
            self.slots[role as usize] = Some(Slot { place: 0, key, value });
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
        self.follow_paths(roles);
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
                let message = format!(
                    "{:?} is {:.60}, which is no date, or could be two; left out",
                    slot.key,
                    slot.value.to_string()
                );
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

/// The texts and numbers that a path leads to. Texts are taken out of where they stood.
fn gather(value: &mut Value, path: &[String], pieces: &mut Vec<Value>) {
    match (value, path) {
        (Value::Array(items), [index, rest @ ..]) if index.bytes().all(|byte| byte.is_ascii_digit()) => {
            let item = index.parse().ok().and_then(|index: usize| items.get_mut(index));
            if let Some(item) = item {
                gather(item, rest, pieces);
            }
        }
        (Value::Array(items), path) => items.iter_mut().for_each(|item| gather(item, path, pieces)),
        (Value::Object(fields), [key, rest @ ..]) => {
            if let Some(inner) = fields.get_mut(key) {
                let before = pieces.len();
                gather(inner, rest, pieces);
                if pieces.len() > before && is_used_up(inner) {
                    fields.shift_remove(key);
                }
            }
        }
        (Value::String(text), []) if !text.trim().is_empty() => {
            pieces.push(Value::String(std::mem::take(text)));
        }
        (value @ (Value::Number(_) | Value::Bool(_)), []) => pieces.push(value.clone()),
        _ => {}
    }
}

/// Is nothing left where texts were taken out?
fn is_used_up(value: &Value) -> bool {
    match value {
        Value::String(text) => text.trim().is_empty(),
        Value::Array(items) => items.iter().all(is_used_up),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
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
    fn a_path_leads_into_fields_and_several_are_joined() {
        let read = |json: &str, text_field: &str| {
            let settings = Settings {
                text_field: Some(text_field.into()),
                title_field: Some("article.head".into()),
                ..Settings::default()
            };
            let (roles, mut repairs) = (Roles::new(&settings), Vec::new());
            let record = parse(json, &roles, &mut repairs).unwrap();
            let draft = record.into_draft("a.jsonl", Some(1), &roles, &mut Served::default(), &mut repairs);
            draft.map(|draft| {
                (draft.text, draft.document.title, Value::Object(draft.document.extra).to_string())
            })
        };
        let json =
            r#"{"article":{"head":"T","body":"B","n":1},"lead":"L","parts":[{"p":"one"},{"p":"two"}]}"#;
        let (text, title, extra) = read(json, "article.body").unwrap();
        assert_eq!((&*text, title.as_deref()), ("B", Some("T")));
        assert_eq!(extra, r#"{"article":{"n":1},"lead":"L","parts":[{"p":"one"},{"p":"two"}]}"#);
        assert_eq!(&*read(json, "lead,article.body").unwrap().0, "L\n\nB");
        assert_eq!(&*read(json, "parts.p").unwrap().0, "one\n\ntwo");
        assert_eq!(&*read(json, "parts.1.p").unwrap().0, "two");
        let refused = read(json, "body").unwrap_err();
        assert!(refused.message.contains("\"article.body\""), "{}", refused.message);
    }

    #[test]
    fn deep_nesting_is_refused() {
        let json = format!("{{\"text\":\"a\",\"x\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(draft(&json).0.unwrap_err().code, "bad_json");
    }
}
