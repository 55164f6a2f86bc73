//! Themes as a script loads them: one tree, `themes.json`.

use std::io::{self, Write};

use serde::Serialize;

use super::display::rounded;
use super::places::Places;
use crate::clusters::Theme;

#[derive(Serialize)]
struct Node<'a> {
    theme: &'a str,
    label: &'a str,
    terms: Vec<Term<'a>>,
    documents: Vec<Weighted<'a>>,
    coherence: f64,
    children: Vec<Node<'a>>,
}

#[derive(Serialize)]
struct Term<'a> {
    term: &'a str,
    weight: f64,
}

#[derive(Serialize)]
struct Weighted<'a> {
    id: &'a str,
    weight: f64,
}

/// The list of top themes, each with its narrower ones.
pub(super) fn write(places: &Places<'_>, sink: &mut impl Write) -> io::Result<()> {
    let nodes: Vec<_> = places.run.themes.themes.iter().map(|theme| node(places, theme)).collect();
    serde_json::to_writer_pretty(&mut *sink, &nodes)?;
    sink.write_all(b"\n")
}

fn node<'a>(places: &Places<'a>, theme: &'a Theme) -> Node<'a> {
    let terms = if places.shows_text() { theme.terms.as_slice() } else { &[] };
    Node {
        theme: &theme.name,
        label: places.words(&theme.label),
        terms: terms.iter().map(|(term, weight)| Term { term, weight: rounded((*weight).into()) }).collect(),
        documents: theme
            .documents
            .iter()
            .map(|&(id, weight)| Weighted { id: places.id(id), weight: rounded(weight.into()) })
            .collect(),
        coherence: rounded(theme.coherence.into()),
        children: theme.children.iter().map(|child| node(places, child)).collect(),
    }
}
