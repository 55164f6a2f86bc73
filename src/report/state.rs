//! State: everything that the report is made of and no table holds to the last digit: `report.json.zst`. From it, and the texts,
//! `samestory report` makes the same pages again.
//!
//! Two lines of JSON, packed: who wrote it in which layout, then the run. Texts and terms have files of their own; settings and
//! what a run cost stand in `run.json`.

use std::io::{self, BufRead, BufReader, Read, Write};

use serde::{Deserialize, Serialize};

use super::places::Places;
use crate::corpus::{DocId, TextStore};
use crate::run::Run;

/// What it is called.
pub(crate) const FILE: &str = "report.json.zst";

/// Goes up when a file of an earlier layout cannot be read any more.
const LAYOUT: u32 = 2;

#[derive(Serialize, Deserialize)]
struct Head {
    tool: String,
    version: String,
    layout: u32,
}

#[derive(Serialize)]
struct State<'a> {
    /// By document.
    text_bytes: Vec<u32>,
    run: &'a Run,
}

#[derive(Deserialize)]
struct StateRead {
    text_bytes: Vec<u32>,
    run: Run,
}

/// Why a state cannot be used.
#[derive(Debug)]
pub(crate) enum Unusable {
    /// Another version wrote it; its name.
    Version(String),
    /// It is damaged; how.
    Damaged(String),
}

/// Writes `report.json.zst`.
pub(super) fn write(places: &Places<'_>, sink: &mut impl Write) -> io::Result<()> {
    let mut packed = zstd::stream::write::Encoder::new(sink, 1)?;
    packed.include_checksum(true)?;
    let mut lines = io::BufWriter::with_capacity(1 << 16, packed);
    let head = Head { tool: "samestory".into(), version: env!("CARGO_PKG_VERSION").into(), layout: LAYOUT };
    let texts = &places.run.corpus.texts;
    let text_bytes = places.ids().map(|id| texts.n_bytes(id) as u32).collect();
    serde_json::to_writer(&mut lines, &head)?;
    lines.write_all(b"\n")?;
    serde_json::to_writer(&mut lines, &State { text_bytes, run: places.run })?;
    lines.write_all(b"\n")?;
    lines.into_inner().map_err(io::IntoInnerError::into_error)?.finish().map(|_| ())
}

/// Reads what [`write`] wrote: the run with blank texts, without terms.
pub(crate) fn read(file: impl Read) -> Result<Run, Unusable> {
    let damaged = |error: &dyn std::fmt::Display| Unusable::Damaged(error.to_string());
    let mut lines = BufReader::new(zstd::Decoder::new(file).map_err(|error| damaged(&error))?);
    let mut line = Vec::new();
    lines.read_until(b'\n', &mut line).map_err(|error| damaged(&error))?;
    let head: Head = serde_json::from_slice(&line).map_err(|error| damaged(&error))?;
    if head.tool != "samestory" || head.layout != LAYOUT {
        return Err(Unusable::Version(head.version));
    }
    line.clear();
    lines.read_to_end(&mut line).map_err(|error| damaged(&error))?;
    let StateRead { text_bytes, mut run } = serde_json::from_slice(&line).map_err(|error| damaged(&error))?;
    if let Some(what) = out_of_range(&run, text_bytes.len()) {
        return Err(Unusable::Damaged(what));
    }
    run.corpus.texts = TextStore::withheld(text_bytes);
    Ok(run)
}

/// What of the run speaks of a document that there is not: writers look documents up by their places.
fn out_of_range(run: &Run, n_texts: usize) -> Option<String> {
    let n = run.corpus.documents.len();
    let is_here = |id: &DocId| id.index() < n;
    let begins = &run.neighbors.begins;
    let neighbors_are_whole = begins.is_sorted()
        && begins.first().is_none_or(|first| *first == 0)
        && begins.last().copied().unwrap_or_default() == run.neighbors.neighbors.len()
        && (begins.is_empty() || begins.len() == n + 1);
    let checks = [
        ("texts", n_texts == n),
        ("pairs", run.pairs.iter().all(|pair| is_here(&pair.a) && is_here(&pair.b))),
        ("pairs", run.pairs.is_sorted_by_key(|pair| (pair.a, pair.b))),
        ("neighbors", neighbors_are_whole),
        ("neighbors", run.neighbors.neighbors.iter().all(|near| is_here(&near.document))),
        ("similarity", run.similarity.as_ref().is_none_or(|matrix| matrix.dim() == (n, n))),
        (
            "duplicate sets",
            run.duplicate_sets.iter().all(|set| {
                is_here(&set.kept)
                    && !set.members.is_empty()
                    && set.members.iter().all(|member| is_here(&member.document))
            }),
        ),
        ("compilations", run.compilations.iter().all(is_here)),
        (
            "stories",
            run.stories.iter().all(|story| {
                let nearest = story.nearest.map(|(name, _)| name);
                is_here(&story.name)
                    && is_here(&story.representative)
                    && nearest.iter().chain(&story.members).all(is_here)
            }),
        ),
        ("themes", themes_are_here(&run.themes.themes, n)),
        (
            "known documents",
            run.known.rows.iter().all(|row| is_here(&row.document) && row.past < run.known.past.len()),
        ),
    ];
    let wrong = checks.into_iter().find(|(_, holds)| !holds)?;
    Some(format!("its {} and its documents do not fit together", wrong.0))
}

fn themes_are_here(themes: &[crate::clusters::Theme], n_documents: usize) -> bool {
    themes.iter().all(|theme| {
        theme.documents.iter().all(|(id, _)| id.index() < n_documents)
            && themes_are_here(&theme.children, n_documents)
    })
}
