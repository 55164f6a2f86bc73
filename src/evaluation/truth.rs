//! A truth: what somebody who knows says of the documents.
//!
//! One JSON object a line with `id`, and `dup` (its group of copies), `label` (its story or theme), or both; `edit`, where
//! there is one, is the kind of planted copy. Other fields are passed over, so that a file of documents with gold fields
//! is a truth as it is.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, BufRead};

use hashbrown::HashMap;
use hashbrown::hash_map::Entry;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

/// The kind of a copy of two originals: it belongs to both groups, and no grouping can say so.
pub const BRIDGE: &str = "concat";

/// What is true of the documents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Truth {
    /// One record a document, sorted by id.
    pub records: Vec<GoldRecord>,
    /// Lines that are no such record, ascending.
    pub unreadable: Vec<UnreadableLine>,
    /// Records left out because an earlier one has their id.
    pub n_repeated: u64,
}

/// What is true of one document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct GoldRecord {
    /// The document's id.
    pub id: String,
    /// Its group of copies.
    pub dup: Gold,
    /// Its story or theme.
    pub label: Gold,
    /// What was done to it, where it was planted: `orig`, the kind of edit, a kind that begins with `neg_` for what is no copy.
    pub kind: Option<String>,
}

/// A gold field of a document.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Gold {
    /// Absent or null: nobody says; the document does not count.
    #[default]
    Unknown,
    /// Blank: the document is a group of one.
    Alone,
    /// The group it is in.
    Group(String),
}

impl Gold {
    /// The group's name; none for a group of one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Group(name) => Some(name),
            Self::Alone | Self::Unknown => None,
        }
    }
}

/// A line that is no record of a truth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnreadableLine {
    /// Counted from 1.
    pub line: u64,
    /// What is wrong with it.
    pub reason: String,
}

impl Truth {
    /// Reads lines until the end. Blank lines are passed over; a line that is no record is listed, and costs nothing else.
    ///
    /// # Errors
    /// Those of the reader.
    pub fn read(mut reader: impl BufRead) -> io::Result<Self> {
        let mut truth = Self::default();
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut bytes = Vec::new();
        for line in 1u64.. {
            bytes.clear();
            if reader.read_until(b'\n', &mut bytes)? == 0 {
                break;
            }
            let text = String::from_utf8_lossy(&bytes);
            let text = text.trim_start_matches('\u{feff}').trim();
            if text.is_empty() {
                continue;
            }
            match record(text) {
                Err(reason) => truth.unreadable.push(UnreadableLine { line, reason }),
                Ok(record) => match places.entry(record.id.clone()) {
                    Entry::Occupied(first) if truth.records[*first.get()] == record => truth.n_repeated += 1,
                    Entry::Occupied(_) => {
                        let reason = format!("an earlier line says otherwise of the id {:?}", record.id);
                        truth.unreadable.push(UnreadableLine { line, reason });
                    }
                    Entry::Vacant(place) => {
                        place.insert(truth.records.len());
                        truth.records.push(record);
                    }
                },
            }
        }
        truth.records.sort_unstable();
        Ok(truth)
    }
}

/// A line's fields, as they came. Of a key that comes twice, the last wins.
#[derive(Default)]
struct Fields {
    id: Value,
    dup: Value,
    label: Value,
    edit: Value,
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FieldsVisitor;
        impl<'de> Visitor<'de> for FieldsVisitor {
            type Value = Fields;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Fields::default();
                while let Some(key) = map.next_key::<Cow<'_, str>>()? {
                    match &*key {
                        "id" => fields.id = map.next_value()?,
                        "dup" => fields.dup = map.next_value()?,
                        "label" => fields.label = map.next_value()?,
                        "edit" => fields.edit = map.next_value()?,
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                        }
                    }
                }
                Ok(fields)
            }
        }
        deserializer.deserialize_map(FieldsVisitor)
    }
}

fn record(text: &str) -> Result<GoldRecord, String> {
    let fields: Fields = serde_json::from_str(text).map_err(|error| format!("no JSON object: {error}"))?;
    let id = match scalar(fields.id, "id")? {
        Gold::Group(id) => id,
        Gold::Unknown | Gold::Alone => return Err("it has no id".to_owned()),
    };
    let dup = scalar(fields.dup, "dup")?;
    let label = scalar(fields.label, "label")?;
    let kind = scalar(fields.edit, "edit")?.name().map(str::to_owned);
    Ok(GoldRecord { id, dup, label, kind })
}

/// Numbers stand for their digits as written.
fn scalar(value: Value, field: &str) -> Result<Gold, String> {
    match value {
        Value::Null => Ok(Gold::Unknown),
        Value::String(text) if text.trim().is_empty() => Ok(Gold::Alone),
        Value::String(text) => Ok(Gold::Group(text)),
        Value::Number(number) => Ok(Gold::Group(number.to_string())),
        Value::Bool(truth) => Ok(Gold::Group(truth.to_string())),
        Value::Array(_) | Value::Object(_) => {
            Err(format!("{field:?} is a list or an object; a document is scored in one group"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_truth_has_a_record_for_each_id_and_lists_what_it_cannot_read() {
        let lines = "\u{feff}{\"id\":\"b\",\"dup\":\"g\",\"text\":\"no field of ours\",\"edit\":\"orig\"}\n\n\
                     {\"id\":7,\"label\":null,\"label\":3}\r\n{\"dup\":\"g\"}\nnonsense\n\
                     {\"id\":\"c\",\"dup\":\" \"}\n{\"id\":\"c\",\"dup\":\"\"}\n{\"id\":\"c\",\"dup\":\"g\"}\n\
                     {\"id\":\"d\",\"label\":[\"x\"]}";
        let truth = Truth::read(lines.as_bytes()).unwrap();
        let record = |id: &str, dup, label, kind: Option<&str>| GoldRecord {
            id: id.to_owned(),
            dup,
            label,
            kind: kind.map(str::to_owned),
        };
        let group = |name: &str| Gold::Group(name.to_owned());
        assert_eq!(
            truth.records,
            [
                record("7", Gold::Unknown, group("3"), None),
                record("b", group("g"), Gold::Unknown, Some("orig")),
                record("c", Gold::Alone, Gold::Unknown, None),
            ]
        );
        assert_eq!(truth.n_repeated, 1);
        assert_eq!(truth.unreadable.iter().map(|line| line.line).collect::<Vec<_>>(), [4, 5, 8, 9]);
    }
}
