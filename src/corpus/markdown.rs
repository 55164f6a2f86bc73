//! One text with Markdown's signs a file: its words without the signs, and what stands before it between lines of dashes.

use std::borrow::Cow;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use serde_json::{Map, Value};

use super::fields::{Role, Served};
use super::open::Opened;
use super::page;
use super::read::{Harvest, Met, Reading};
use super::record::Record;
use super::walk::Entry;
use super::whole::{self, Most};

/// Reads the one document of a file.
pub(super) fn read(entry: &Entry, opened: &mut Opened, reading: &Reading<'_>, harvest: &mut Harvest) {
    let text = whole::text(entry, opened, Most::OneDocument, |_| None, reading, harvest);
    let Some(text) = text else { return };
    let (fields, rest) = front_matter(&text);
    let Plain { text: words, heading } = plain(rest);
    let roles = &reading.roles;
    let mut record = Record::default();
    for (key, value) in fields {
        let role = roles.of(&key).filter(|(role, _)| *role != Role::Text);
        record.put(Cow::Owned(key), value, role);
    }
    if let Some(heading) = heading {
        // Below any name in the list: what the file says of itself goes first.
        record.put(Cow::Borrowed("heading"), Value::String(heading), Some((Role::Title, u8::MAX)));
    }
    record.put(Cow::Borrowed("text"), Value::String(words), Some((Role::Text, 0)));
    let mut repairs = Vec::new();
    let mut draft = record.into_draft(&entry.relative, None, roles, &mut Served::default(), &mut repairs);
    if let Ok(draft) = &mut draft {
        draft.document.extra.shift_remove("heading");
    }
    harvest.take(Met::alone(draft, repairs), entry, reading);
}

/// The fields between two lines of `---` (YAML) or `+++` (TOML) at the top, and what follows. Of YAML, what such
/// headers have: `key: value`, and lists.
fn front_matter(text: &str) -> (Map<String, Value>, &str) {
    let fence = ["---", "+++"].into_iter().find(|fence| {
        text.strip_prefix(fence).is_some_and(|rest| rest.starts_with('\n') || rest.starts_with("\r\n"))
    });
    let Some(fence) = fence else { return (Map::new(), text) };
    let mut at = text.find('\n').map_or(text.len(), |end| end + 1);
    let begin = at;
    for line in text[begin..].split_inclusive('\n') {
        let after = at + line.len();
        if line.trim_end() == fence || fence == "---" && line.trim_end() == "..." {
            let header = &text[begin..at];
            let fields = if fence == "+++" { toml_fields(header) } else { yaml_fields(header) };
            // A rule above a text is no header.
            return match fields {
                Some(fields) => (fields, &text[after..]),
                None => (Map::new(), text),
            };
        }
        at = after;
    }
    (Map::new(), text)
}

fn toml_fields(header: &str) -> Option<Map<String, Value>> {
    let table: toml::Table = header.parse().ok()?;
    let plain = |value: toml::Value| match value {
        toml::Value::Datetime(date) => Value::String(date.to_string()),
        value => serde_json::to_value(value).unwrap_or_default(),
    };
    Some(table.into_iter().map(|(key, value)| (key, plain(value))).collect())
}

fn yaml_fields(header: &str) -> Option<Map<String, Value>> {
    let mut fields = Map::new();
    let mut last: Option<String> = None;
    for line in header.lines() {
        let trimmed = line.trim();
        if trimmed.is_empty() || trimmed.starts_with('#') {
            continue;
        }
        let within = line.starts_with([' ', '\t']) || trimmed.starts_with("- ");
        if let (Some(key), true) = (&last, within) {
            let item = Value::String(unquoted(trimmed.trim_start_matches("- ")));
            match fields.get_mut(key) {
                Some(Value::Array(items)) => items.push(item),
                // Text that goes on in the next line.
                Some(Value::String(text)) if !text.is_empty() && !trimmed.starts_with("- ") => {
                    if matches!(text.as_str(), ">" | "|" | ">-" | "|-") {
                        text.clear();
                    } else {
                        text.push(' ');
                    }
                    text.push_str(trimmed);
                }
                _ => {
                    fields.insert(key.clone(), Value::Array(vec![item]));
                }
            }
        } else {
            let (key, value) = trimmed.split_once(':')?;
            let value = value.trim();
            let list = value.strip_prefix('[').and_then(|value| value.strip_suffix(']'));
            let value = match list {
                Some(list) => list.split(',').map(|item| Value::String(unquoted(item.trim()))).collect(),
                None => Value::String(unquoted(value)),
            };
            fields.insert(key.trim().to_owned(), value);
            last = Some(key.trim().to_owned());
        }
    }
    Some(fields)
}

fn unquoted(value: &str) -> String {
    let inner = ['"', '\''].into_iter().find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote));
    inner.unwrap_or(value).to_owned()
}

/// A text without signs.
#[derive(Debug, Default)]
struct Plain {
    text: String,
    /// The first heading of the first order, where nothing stands above it.
    heading: Option<String>,
}

fn plain(markdown: &str) -> Plain {
    let mut plain = Plain::default();
    let mut html = String::new();
    let (mut in_heading, mut in_image) = (false, false);
    let blank_line = |text: &mut String| {
        let end = text.trim_end().len();
        text.truncate(end);
        if !text.is_empty() {
            text.push_str("\n\n");
        }
    };
    for event in Parser::new_ext(
        markdown,
        Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES | Options::ENABLE_STRIKETHROUGH,
    ) {
        match event {
            Event::Text(_) if in_image => {}
            Event::Text(text) | Event::Code(text) => plain.text.push_str(&text),
            Event::Html(text) => html.push_str(&text),
            Event::SoftBreak | Event::End(TagEnd::TableCell) => plain.text.push(' '),
            Event::HardBreak => plain.text.push('\n'),
            Event::Start(Tag::Image { .. }) => in_image = true,
            Event::End(TagEnd::Image) => in_image = false,
            Event::Start(Tag::Heading { level: pulldown_cmark::HeadingLevel::H1, .. }) => {
                blank_line(&mut plain.text);
                in_heading = plain.text.is_empty();
            }
            Event::End(TagEnd::Heading(_)) => {
                if std::mem::take(&mut in_heading) {
                    plain.heading = Some(plain.text.trim().to_owned()).filter(|heading| !heading.is_empty());
                }
                blank_line(&mut plain.text);
            }
            Event::End(TagEnd::HtmlBlock) => {
                plain.text.push_str(&page::fragment_text(&std::mem::take(&mut html)));
                blank_line(&mut plain.text);
            }
            Event::Start(Tag::Item) | Event::End(TagEnd::Item | TagEnd::TableRow | TagEnd::TableHead) => {
                let end = plain.text.trim_end_matches([' ', '\t']).len();
                plain.text.truncate(end);
                if !plain.text.is_empty() && !plain.text.ends_with('\n') {
                    plain.text.push('\n');
                }
            }
            Event::End(
                TagEnd::Paragraph
                | TagEnd::CodeBlock
                | TagEnd::List(_)
                | TagEnd::BlockQuote(_)
                | TagEnd::Table,
            ) => {
                blank_line(&mut plain.text);
            }
            _ => {}
        }
    }
    let end = plain.text.trim_end().len();
    plain.text.truncate(end);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_go_and_words_stay() {
        let text = "# Council *agrees*\n\nIt met on **Tuesday** and\nagreed, see [the plan](http://a.b/c).\n\n\
                    - one\n- two\n\n<p>More &amp; more</p>\n\n![a picture](x.png)\n";
        let Plain { text, heading } = plain(text);
        assert_eq!(heading.as_deref(), Some("Council agrees"));
        assert_eq!(
            text,
            "Council agrees\n\nIt met on Tuesday and agreed, see the plan.\n\none\ntwo\n\nMore & more"
        );
    }

    #[test]
    fn a_header_has_fields() {
        let (fields, rest) = front_matter(
            "---\ntitle: \"A: b\"\ndate: 2020-05-03\ntags: [x, 'y']\nauthors:\n  - Ann\n---\nText",
        );
        assert_eq!(rest, "Text");
        assert_eq!(
            Value::Object(fields).to_string(),
            r#"{"title":"A: b","date":"2020-05-03","tags":["x","y"],"authors":["Ann"]}"#
        );
        let (fields, rest) = front_matter("+++\ntitle = 'A'\ndate = 2020-05-03\n+++\nText");
        assert_eq!(
            (Value::Object(fields).to_string().as_str(), rest),
            (r#"{"date":"2020-05-03","title":"A"}"#, "Text")
        );
        assert_eq!(front_matter("---\nOnly a rule\n---\nText").1, "---\nOnly a rule\n---\nText");
    }
}
