//! A feed (RSS 0.9 to 2.0, Atom): one document an item.

use std::borrow::Cow;
use std::ops::Range;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use serde_json::Value;

use super::decode;
use super::fields::{Role, Served};
use super::open::Opened;
use super::page;
use super::read::{Harvest, Met, Reading};
use super::record::Record;
use super::walk::Entry;
use super::whole::{self, Most};
use super::{Action, Problem};

/// Elements within elements beyond which a file is no feed.
const MOST_DEPTH: usize = 500;

/// Fields of one name that an item may have.
const MOST_VALUES: usize = 100;

/// Reads every item of a feed.
pub(super) fn read(
    entry: &Entry,
    opened: &mut Opened,
    reading: &Reading<'_>,
    parallel: bool,
    harvest: &mut Harvest,
) {
    let xml = whole::text(entry, opened, Most::Memory, decode::named_in_markup, reading, harvest);
    let Some(xml) = xml else { return };
    let Items { found: items, site, language, refused } = items(&xml);
    let mut served = Served::default();
    let mut met = Vec::with_capacity(items.len());
    for (number, item) in (1..).zip(items) {
        let record = record(&xml, &item, site.as_deref(), language.as_deref(), reading);
        let mut repairs = Vec::new();
        let draft = record.into_draft(&entry.relative, None, &reading.roles, &mut served, &mut repairs);
        let byte_offset = Some(item.bytes.start as u64);
        met.push(Met { draft, repairs, line: None, byte_offset, record: Some(number) });
    }
    harvest.take_all(met, entry, reading, parallel);
    if let Some((at, why)) = refused {
        harvest.problems.push(Problem {
            path: entry.shown.clone(),
            line: None,
            byte_offset: Some(at as u64),
            code: "bad_xml",
            message: format!("{why}; nothing after this was read: mend it"),
            action: Action::Skipped,
        });
    }
}

/// An item and what stands in it, as bytes of the file.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) bytes: Range<usize>,
    /// By element: its name without prefix, and its content or the attribute that stands for it.
    fields: Vec<(String, Content)>,
}

#[derive(Debug)]
enum Content {
    /// Markup within the element.
    Inner(Range<usize>),
    Attribute(String),
}

/// What a feed holds.
#[derive(Debug, Default)]
pub(super) struct Items {
    pub(super) found: Vec<Item>,
    site: Option<String>,
    language: Option<String>,
    /// Where and why it could not be read on.
    refused: Option<(usize, String)>,
}

/// Finds the items of a feed. They stand at any depth; what stands in one is not looked through for others.
pub(super) fn items(xml: &str) -> Items {
    let mut found = Items::default();
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = false;
    reader.config_mut().allow_unmatched_ends = true;
    let mut depth = 0_usize;
    // The item under way with its depth, and the element within it or within the channel with its depth and begin.
    let mut item: Option<(usize, Item)> = None;
    let mut field: Option<(usize, String, usize)> = None;
    loop {
        let before = reader.buffer_position() as usize;
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(error) => {
                found.refused = Some((before, error.to_string()));
                return found;
            }
        };
        let after = reader.buffer_position() as usize;
        match event {
            Event::Start(start) => {
                depth += 1;
                if depth > MOST_DEPTH {
                    found.refused = Some((before, format!("elements nested more than {MOST_DEPTH} deep")));
                    return found;
                }
                let name = name_of(&start);
                if item.is_none() && matches!(name.as_str(), "item" | "entry") {
                    item = Some((depth, Item { bytes: before..after, fields: Vec::new() }));
                    field = None;
                } else if field.is_none() {
                    if let Some((_, item)) = &mut item {
                        note_attributes(&name, &start, item);
                    }
                    field = Some((depth, name, after));
                    // Lists of fields within the channel are no fields themselves.
                    if item.is_none()
                        && matches!(
                            field.as_ref().map(|field| field.1.as_str()),
                            Some("rss" | "feed" | "channel" | "RDF")
                        )
                    {
                        field = None;
                    }
                }
            }
            Event::Empty(start) => {
                if let (Some((_, item)), None) = (&mut item, &field) {
                    note_attributes(&name_of(&start), &start, item);
                }
            }
            Event::End(_) => {
                if let Some((_, name, begin)) = field.take_if(|field| field.0 == depth) {
                    match &mut item {
                        Some((_, item)) => item.add(name, Content::Inner(begin..before)),
                        None if name == "title" && found.site.is_none() => {
                            found.site = Some(text_of(&xml[begin..before])).filter(|site| !site.is_empty());
                        }
                        None if name == "language" => found.language = Some(text_of(&xml[begin..before])),
                        None => {}
                    }
                } else if let Some((_, mut done)) = item.take_if(|item| item.0 == depth) {
                    done.bytes.end = after;
                    found.found.push(done);
                    field = None;
                }
                depth = depth.saturating_sub(1);
            }
            Event::Eof => {
                if item.is_some() {
                    found.refused = Some((after, "the file ends within an item".to_owned()));
                }
                return found;
            }
            _ => {}
        }
    }
}

fn name_of(start: &BytesStart<'_>) -> String {
    start.local_name().as_ref().to_owned()
}

/// What attributes say: the address of a link, the term of a category.
fn note_attributes(name: &str, start: &BytesStart<'_>, item: &mut Item) {
    let attribute = |wanted: &str| {
        start.attributes().flatten().find_map(|attribute| {
            (attribute.key.as_ref() == wanted)
                .then(|| html_escape::decode_html_entities(&attribute.value).into_owned())
        })
    };
    match name {
        "link" if attribute("rel").is_none_or(|rel| rel == "alternate") => {
            if let Some(address) = attribute("href") {
                item.add("link".to_owned(), Content::Attribute(address));
            }
        }
        "category" => {
            if let Some(term) = attribute("term") {
                item.add("category".to_owned(), Content::Attribute(term));
            }
        }
        _ => {}
    }
}

impl Item {
    fn add(&mut self, name: String, content: Content) {
        if self.fields.iter().filter(|(held, _)| *held == name).count() < MOST_VALUES {
            self.fields.push((name, content));
        }
    }
}

/// The item as a record: fields that came twice become a list.
fn record(
    xml: &str,
    item: &Item,
    site: Option<&str>,
    language: Option<&str>,
    reading: &Reading<'_>,
) -> Record {
    let mut fields: Vec<(&str, Vec<String>)> = Vec::new();
    for (name, content) in &item.fields {
        let text = match content {
            Content::Attribute(value) => value.trim().to_owned(),
            Content::Inner(bytes) if is_body(name) => page::fragment_text(&markup_of(&xml[bytes.clone()])),
            Content::Inner(bytes) => text_of(&xml[bytes.clone()]),
        };
        if text.is_empty() {
            continue;
        }
        match fields.iter_mut().find(|(held, _)| held == name) {
            Some((_, values)) if !values.contains(&text) => values.push(text),
            Some(_) => {}
            None => fields.push((name, vec![text])),
        }
    }
    let roles = &reading.roles;
    // Whole texts stand in `encoded` and `content`, beginnings in the others: the longest is the text.
    let longest = fields
        .iter()
        .filter(|(name, _)| is_body(name))
        .max_by_key(|(name, values)| (values[0].len(), std::cmp::Reverse(*name)))
        .map(|(name, _)| (*name).to_owned());
    let mut record = Record::default();
    let title_alone = longest.is_none() && !roles.is_given(Role::Text);
    for (name, mut values) in fields {
        let role = match name {
            _ if roles.is_given(Role::Text) && roles.of(name).is_some_and(|(role, _)| role == Role::Text) => {
                Some((Role::Text, 0))
            }
            _ if longest.as_deref() == Some(name) && !roles.is_given(Role::Text) => Some((Role::Text, 0)),
            "source" | "encoded" | "content" | "description" | "summary" => None,
            "published" => Some((Role::Date, 0)),
            "pubDate" => Some((Role::Date, 1)),
            "date" => Some((Role::Date, 2)),
            "updated" | "modified" => Some((Role::Date, 3)),
            "guid" | "id" => Some((Role::Id, 0)),
            name => roles.of(name).filter(|(role, _)| *role != Role::Text),
        };
        if title_alone && name == "title" {
            record.put(Cow::Borrowed("text"), Value::String(values[0].clone()), Some((Role::Text, 0)));
        }
        let value = match role {
            None if values.len() > 1 => values.into(),
            _ => Value::String(values.swap_remove(0)),
        };
        record.put(Cow::Borrowed(name), value, role);
    }
    if let Some(site) = site {
        record.put(Cow::Borrowed("feed"), Value::from(site), Some((Role::Source, 31)));
    }
    if let Some(language) = language {
        record.put(Cow::Borrowed("language"), Value::from(language), Some((Role::Language, 31)));
    }
    record
}

/// Elements that hold markup.
fn is_body(name: &str) -> bool {
    matches!(name, "encoded" | "content" | "description" | "summary" | "text" | "body")
}

/// The markup in an element: what was escaped or wrapped in it, unwrapped once.
fn markup_of(inner: &str) -> String {
    let mut markup = String::new();
    let mut rest = inner;
    let is_wrapped = rest.contains("<![CDATA[");
    while let Some((before, wrapped)) = rest.split_once("<![CDATA[") {
        markup.push_str(&html_escape::decode_html_entities(before));
        let (content, after) = wrapped.split_once("]]>").unwrap_or((wrapped, ""));
        markup.push_str(content);
        rest = after;
    }
    // Markup that stands there as it is (xhtml) is not escaped.
    if !is_wrapped && rest.trim_start().starts_with('<') {
        markup.push_str(rest);
    } else {
        markup.push_str(&html_escape::decode_html_entities(rest));
    }
    markup
}

/// The words in an element.
fn text_of(inner: &str) -> String {
    let markup = markup_of(inner);
    if markup.contains(['<', '&']) { page::fragment_text(&markup) } else { markup.trim().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_are_found_with_their_bytes() {
        let xml = "<rss><channel><title>Site</title><language>de</language><item><title>A &amp; b</title>\
                   <description><![CDATA[<p>One.</p><p>Two.</p>]]></description></item><item/></channel></rss>";
        let found = items(xml);
        assert_eq!(
            (found.site.as_deref(), found.language.as_deref(), found.found.len()),
            (Some("Site"), Some("de"), 1)
        );
        assert!(
            xml[found.found[0].bytes.clone()].starts_with("<item>")
                && xml[found.found[0].bytes.clone()].ends_with("</item>")
        );
        let texts: Vec<String> = found.found[0]
            .fields
            .iter()
            .map(|(_, content)| match content {
                Content::Inner(bytes) => text_of(&xml[bytes.clone()]),
                Content::Attribute(value) => value.clone(),
            })
            .collect();
        assert_eq!(texts, ["A & b", "One.\n\nTwo."]);
    }

    #[test]
    fn a_feed_that_ends_in_an_item_says_so() {
        let found = items("<feed><entry><title>A</title></entry><entry><title>B");
        assert_eq!(found.found.len(), 1);
        assert!(found.refused.is_some());
    }
}
