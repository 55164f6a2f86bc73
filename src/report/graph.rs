//! Graph: documents and their relations as `GraphML`, for programs that draw and measure networks.

use std::io::{self, Write};

use super::display::{clip, decimal, one_line};
use super::places::Places;
use crate::pairs::Relation;

/// Attributes: of what, name, type.
const KEYS: [(&str, &str, &str); 13] = [
    ("node", "document", "string"),
    ("node", "title", "string"),
    ("node", "date", "string"),
    ("node", "source", "string"),
    ("node", "lang", "string"),
    ("node", "role", "string"),
    ("node", "duplicate_set", "string"),
    ("node", "story", "string"),
    ("node", "theme", "string"),
    ("edge", "relation", "string"),
    ("edge", "cosine", "double"),
    ("edge", "coverage_a", "double"),
    ("edge", "coverage_b", "double"),
];

/// Writes `graph.graphml`.
pub(super) fn write(places: &Places<'_>, sink: &mut impl Write) -> io::Result<()> {
    sink.write_all(
        b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n",
    )?;
    for (of, name, kind) in KEYS {
        writeln!(sink, "<key id=\"{name}\" for=\"{of}\" attr.name=\"{name}\" attr.type=\"{kind}\"/>")?;
    }
    sink.write_all(b"<graph id=\"documents\" edgedefault=\"undirected\">\n")?;
    for id in places.ids() {
        let document = places.document(id);
        write!(sink, "<node id=\"n{}\">", id.0)?;
        entry(sink, "document", &document.id)?;
        entry(sink, "title", &clip(&one_line(places.title(id).unwrap_or_default()), 300))?;
        entry(sink, "date", document.date.as_deref().unwrap_or_default())?;
        entry(sink, "source", document.source.as_deref().unwrap_or_default())?;
        entry(sink, "lang", document.language.code())?;
        entry(sink, "role", places.role(id))?;
        entry(sink, "duplicate_set", places.kept(id).map(|kept| places.id(kept)).unwrap_or_default())?;
        entry(sink, "story", places.story(id).map(|story| places.id(story.name)).unwrap_or_default())?;
        entry(sink, "theme", places.theme(id).map(|theme| theme.name.as_str()).unwrap_or_default())?;
        sink.write_all(b"</node>\n")?;
    }
    for pair in &places.run.pairs {
        write!(sink, "<edge source=\"n{}\" target=\"n{}\">", pair.a.0, pair.b.0)?;
        entry(sink, "relation", pair.relation.name())?;
        entry(sink, "cosine", &pair.cosine.map(decimal).unwrap_or_default())?;
        if pair.relation != Relation::SameStory {
            entry(sink, "coverage_a", &decimal(pair.coverage_a))?;
            entry(sink, "coverage_b", &decimal(pair.coverage_b))?;
        }
        sink.write_all(b"</edge>\n")?;
    }
    sink.write_all(b"</graph>\n</graphml>\n")
}

/// One attribute, left out where it is empty.
fn entry(sink: &mut impl Write, key: &str, value: &str) -> io::Result<()> {
    if value.is_empty() {
        return Ok(());
    }
    write!(sink, "<data key=\"{key}\">")?;
    sink.write_all(escaped(value).as_bytes())?;
    sink.write_all(b"</data>")
}

/// Characters that XML 1.0 knows, its markup escaped.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' | '\r' => {
                out.push_str("&#");
                out.push_str(&(c as u32).to_string());
                out.push(';');
            }
            '\0'..='\x1f' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(c),
        }
    }
    out
}
