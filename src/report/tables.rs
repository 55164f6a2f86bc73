//! Tables: what a script loads. UTF-8, commas, quotes where RFC 4180 needs them, lines that end in `\n` (so that `cut`,
//! `sort` and `join` work on them), four decimals, sorted by key.
//!
//! Ids stand as they came, so that tables join with the user's own; what is for people's eyes only (titles, labels,
//! keyphrases, reasons) is one line and cannot start a formula.

use std::io::{self, Write};

use rayon::prelude::*;
use serde::Serialize;

use super::display::{decimal, guarded};
use super::places::{Places, reason_beside};
use super::{columns, html};
use crate::corpus::{DocId, Status};
use crate::run::Run;

/// One row a document.
pub(super) fn documents(places: &Places<'_>, sink: &mut impl Write) -> io::Result<()> {
    let mut table = table(sink);
    table.write_record(columns::DOCUMENTS.header())?;
    for id in places.ids() {
        let document = places.document(id);
        let extra = if document.extra.is_empty() || !places.shows_text() {
            String::new() // other fields may hold a document's words as well as its text does
        } else {
            serde_json::to_string(&document.extra)?
        };
        let [map_x, map_y] = match places.run.themes.map.get(id.index()).copied().flatten() {
            Some(place) => place.map(decimal),
            None => [String::new(), String::new()],
        };
        table.write_record([
            document.id.as_str(),
            &document.path,
            &document.line.map(|line| line.to_string()).unwrap_or_default(),
            document.url.as_deref().unwrap_or_default(),
            &guarded(places.title(id).unwrap_or_default()),
            document.date.as_deref().unwrap_or_default(),
            document.source.as_deref().unwrap_or_default(),
            document.language.code(),
            &places.run.n_tokens.get(id.index()).copied().unwrap_or_default().to_string(),
            status_word(document.status),
            places.kept(id).map(|kept| places.id(kept)).unwrap_or_default(),
            places.role(id),
            places.story(id).map(|story| places.id(story.name)).unwrap_or_default(),
            places.theme(id).map(|theme| theme.name.as_str()).unwrap_or_default(),
            &decimal(places.run.boilerplate.shares.get(id.index()).copied().unwrap_or_default()),
            &extra,
            &map_x,
            &map_y,
        ])?;
    }
    table.flush()
}

/// The word the tables use.
#[must_use]
pub fn status_word(status: Status) -> &'static str {
    match status {
        Status::Ok => "ok",
        Status::Empty => "empty",
        Status::TooShort => "too_short",
        Status::NotAnArticle => "not_an_article",
    }
}

/// One row a pair.
pub(super) fn pairs(places: &Places<'_>, sink: &mut impl Write) -> io::Result<()> {
    let mut table = table(sink);
    table.write_record(columns::PAIRS.header())?;
    for pair in &places.run.pairs {
        table.write_record([
            places.id(pair.a),
            places.id(pair.b),
            pair.relation.name(),
            &pair.cosine.map(decimal).unwrap_or_default(),
            &decimal(pair.jaccard),
            &decimal(pair.coverage_a),
            &decimal(pair.coverage_b),
            &pair.longest_passage.to_string(),
            &guarded(&pair.reason),
            &pair.score.map(decimal).unwrap_or_default(),
        ])?;
    }
    table.flush()
}

/// One row a passage: the evidence of the pairs.
pub(super) fn passages(places: &Places<'_>, sink: &mut impl Write) -> io::Result<()> {
    let mut table = table(sink);
    table.write_record(columns::PASSAGES.header())?;
    for pair in &places.run.pairs {
        for passage in &pair.passages {
            table.write_record([
                places.id(pair.a),
                places.id(pair.b),
                &passage.a.start.to_string(),
                &passage.a.end.to_string(),
                &passage.b.start.to_string(),
                &passage.b.end.to_string(),
                &decimal(passage.similarity),
                if passage.boilerplate { "true" } else { "false" },
            ])?;
        }
    }
    table.flush()
}

/// One row for every document and each of its nearest others.
pub(super) fn neighbors(places: &Places<'_>, sink: &mut impl Write) -> io::Result<()> {
    let mut table = table(sink);
    table.write_record(columns::NEIGHBORS.header())?;
    if places.run.neighbors.begins.len() > places.run.corpus.documents.len() {
        for id in places.ids() {
            for (rank, neighbor) in places.run.neighbors.of(id).iter().enumerate() {
                table.write_record([
                    places.id(id),
                    &(rank + 1).to_string(),
                    places.id(neighbor.document),
                    &decimal(neighbor.cosine),
                ])?;
            }
        }
    }
    table.flush()
}

/// The whole matrix: ids across and down.
pub(super) fn similarity(
    places: &Places<'_>,
    matrix: &ndarray::Array2<f32>,
    sink: &mut impl Write,
) -> io::Result<()> {
    let mut table = table(sink);
    table.write_record(std::iter::once("id").chain(places.ids().map(|id| places.id(id))))?;
    for (id, row) in places.ids().zip(matrix.rows()) {
        table.write_field(places.id(id))?;
        for &cosine in row {
            table.write_field(decimal(cosine))?;
        }
        table.write_record(None::<&[u8]>)?;
    }
    table.flush()
}

/// One row a member of a duplicate set.
pub(super) fn duplicates(places: &Places<'_>, sink: &mut impl Write) -> io::Result<()> {
    let mut table = table(sink);
    table.write_record(columns::DUPLICATES.header())?;
    for set in &places.run.duplicate_sets {
        let kept = places.id(set.kept);
        for member in &set.members {
            table.write_record([
                kept,
                places.id(member.document),
                member.role.name(),
                &decimal(member.coverage),
                kept,
                &guarded(&reason_beside(set.kept, member)),
            ])?;
        }
    }
    table.flush()
}

/// One row for every document of the drop and each archived document (of a set: one) that shares wording with it.
pub(super) fn known(places: &Places<'_>, sink: &mut impl Write) -> io::Result<()> {
    let mut table = table(sink);
    table.write_record(columns::KNOWN.header())?;
    for known in &places.run.known.rows {
        let past = &places.run.known.past[known.past];
        let text = |field: &Option<String>| field.clone().unwrap_or_default();
        table.write_record([
            places.id(known.document),
            &past.document.id,
            &past.drop.to_string(),
            &past.drop_name,
            &text(&past.document.date),
            &text(&past.document.source),
            &text(&past.document.url),
            &guarded(places.words(&text(&past.document.title))),
            known.relation.name(),
            &decimal(known.coverage),
            &decimal(known.past_coverage),
            &decimal(known.jaccard),
            &known.longest_passage.to_string(),
            known.fuller.name(),
            &guarded(&known.reason),
        ])?;
    }
    table.flush()
}

/// One row a passage that a document shares with an archived one.
pub(super) fn known_passages(places: &Places<'_>, sink: &mut impl Write) -> io::Result<()> {
    let mut table = table(sink);
    table.write_record(columns::KNOWN_PASSAGES.header())?;
    for known in &places.run.known.rows {
        let past = &places.run.known.past[known.past];
        for passage in &known.passages {
            table.write_record([
                places.id(known.document),
                &past.document.id,
                &past.drop.to_string(),
                &passage.a.start.to_string(),
                &passage.a.end.to_string(),
                &passage.b.start.to_string(),
                &passage.b.end.to_string(),
                &decimal(passage.similarity),
                if passage.boilerplate { "true" } else { "false" },
            ])?;
        }
    }
    table.flush()
}

/// Ids, one a line: what may be dropped, or everything else.
pub(super) fn ids(places: &Places<'_>, dropped: bool, sink: &mut impl Write) -> io::Result<()> {
    for id in places.ids().filter(|&id| places.is_dropped(id) == dropped) {
        writeln!(sink, "{}", places.id(id))?;
    }
    Ok(())
}

/// One row a story.
pub(super) fn stories(places: &Places<'_>, sink: &mut impl Write) -> io::Result<()> {
    let mut table = table(sink);
    table.write_record(columns::STORIES.header())?;
    for (place, story) in places.run.stories.iter().enumerate() {
        let known = |value: Option<f32>| value.map(decimal).unwrap_or_default();
        let archived = match places.run.known.stories.lines.get(place) {
            Some(line) => [
                line.id.to_string(),
                line.goes_on.to_string(),
                line.n_archived.to_string(),
                line.first_drop.to_string(),
                line.first_date.clone().unwrap_or_default(),
            ],
            None => Default::default(),
        };
        let [stable_id, continues, n_archived, first_drop, first_seen] = archived;
        table.write_record([
            places.id(story.name),
            &guarded(places.words(&story.label)),
            &story.members.len().to_string(),
            &story.n_distinct.to_string(),
            story.first_date.as_deref().unwrap_or_default(),
            story.last_date.as_deref().unwrap_or_default(),
            &story.sources.join("; "),
            places.id(story.representative),
            &decimal(story.cohesion),
            places.story_theme(story).map(|theme| theme.name.as_str()).unwrap_or_default(),
            &guarded(places.words(&story.keyphrases.join("; "))),
            &decimal(story.weakest_link),
            story.nearest.map(|(name, _)| places.id(name)).unwrap_or_default(),
            &known(story.nearest.map(|(_, cosine)| cosine)),
            &known(story.shortfall),
            &stable_id,
            &continues,
            &n_archived,
            &first_drop,
            &first_seen,
        ])?;
    }
    table.flush()
}

/// One row for everything that became of a story.
pub(super) fn story_events(places: &Places<'_>, sink: &mut impl Write) -> io::Result<()> {
    let mut table = table(sink);
    table.write_record(columns::STORY_EVENTS.header())?;
    for event in &places.run.known.stories.events {
        table.write_record(event.fields())?;
    }
    table.flush()
}

/// One row a pair near another answer, with room for a person's judgement.
pub(super) fn borderline(places: &Places<'_>, sink: &mut impl Write) -> io::Result<()> {
    let mut table = table(sink);
    table.write_record(columns::BORDERLINE.header())?;
    for pair in html::borderline(places) {
        table.write_record([
            places.id(pair.a),
            places.id(pair.b),
            pair.decision,
            &decimal(pair.value),
            &decimal(pair.line),
            if pair.decided { "yes" } else { "no" },
            "",
        ])?;
    }
    table.flush()
}

/// One JSON object a line for everything skipped or repaired.
pub(super) fn problems(run: &Run, sink: &mut impl Write) -> io::Result<()> {
    for problem in &run.corpus.problems {
        serde_json::to_writer(&mut *sink, problem)?;
        sink.write_all(b"\n")?;
    }
    Ok(())
}

/// Text that is compressed apart from the rest, bytes: enough to be worth a frame of its own.
const FRAME: usize = 4 << 20;

/// Every document's extracted text, compressed: what passages point into. A zstd frame for every few documents, so that
/// all threads compress.
pub(super) fn texts(places: &Places<'_>, sink: &mut impl Write) -> io::Result<()> {
    let mut frames: Vec<Vec<DocId>> = Vec::new();
    let mut room = 0;
    for id in places.ids() {
        if room == 0 {
            frames.push(Vec::new());
            room = FRAME;
        }
        if let Some(frame) = frames.last_mut() {
            frame.push(id);
        }
        room = room.saturating_sub(places.run.corpus.texts.n_bytes(id));
    }
    for frames in frames.chunks(2 * rayon::current_num_threads()) {
        let compressed: Vec<io::Result<Vec<u8>>> =
            frames.par_iter().map(|documents| text_frame(places, documents)).collect();
        for frame in compressed {
            sink.write_all(&frame?)?;
        }
    }
    Ok(())
}

fn text_frame(places: &Places<'_>, documents: &[DocId]) -> io::Result<Vec<u8>> {
    #[derive(Serialize)]
    struct Line<'a> {
        id: &'a str,
        text: &'a str,
        /// Bytes of the text that are page furniture.
        set_aside: Vec<[u32; 2]>,
        /// Bytes of the text that repeat across documents.
        boilerplate: Vec<[u32; 2]>,
        /// The headline, where it is no part of the text.
        title: Option<&'a str>,
    }
    let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 1)?;
    encoder.include_checksum(true)?;
    let mut lines = io::BufWriter::with_capacity(1 << 16, encoder);
    for &id in documents {
        let document = places.document(id);
        let repeated = places.run.boilerplate.ranges.get(id.index()).map(Vec::as_slice).unwrap_or_default();
        let line = Line {
            id: places.id(id),
            text: &places.text(id),
            set_aside: document.set_aside.iter().map(|aside| [aside.bytes.start, aside.bytes.end]).collect(),
            boilerplate: repeated.iter().map(|bytes| [bytes.start, bytes.end]).collect(),
            title: document.title.as_deref().filter(|_| document.title_span.is_none()),
        };
        write_line(&mut lines, &line)?;
    }
    lines.into_inner().map_err(io::IntoInnerError::into_error)?.finish()
}

fn write_line(sink: &mut impl Write, line: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *sink, line)?;
    sink.write_all(b"\n")
}

pub(super) fn table<W: Write>(sink: W) -> csv::Writer<W> {
    csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(sink)
}
