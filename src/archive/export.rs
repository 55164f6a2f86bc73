//! Tables for other programs.

use std::collections::BTreeMap;
use std::io;

use hashbrown::{HashMap, HashSet};

use super::Archive;
use super::continued::Standing;
use super::stories::{StoryRow, read_events};
use crate::clusters::continued::{Event, StoryEvent};
use crate::context::StoryId;
use crate::error::Error;
use crate::report::guarded;

/// Which table of an archive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExportTable {
    /// Every document.
    Documents,
    /// Every story: id, label, the drop that it began with, earliest date, documents, the story that it went into.
    Stories,
    /// What became of stories, in the order of drops: as `story_events.csv` of each run has it.
    Events,
}

/// See [`Archive::export`].
pub(super) fn export(archive: &Archive, table: ExportTable, sink: &mut dyn io::Write) -> Result<(), Error> {
    let mut sheet =
        Sheet { writer: csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(sink) };
    match table {
        ExportTable::Documents => documents(archive, &mut sheet)?,
        ExportTable::Stories => stories(archive, &mut sheet)?,
        ExportTable::Events => events(archive, &mut sheet)?,
    }
    sheet.writer.flush().map_err(|source| Error::Output { path: "the table".into(), source })
}

/// A table under way.
struct Sheet<'a> {
    writer: csv::Writer<&'a mut dyn io::Write>,
}

impl Sheet<'_> {
    fn row<const N: usize>(&mut self, fields: [&str; N]) -> Result<(), Error> {
        self.writer
            .write_record(fields)
            .map_err(|error| Error::Output { path: "the table".into(), source: io::Error::other(error) })
    }
}

fn documents(archive: &Archive, sheet: &mut Sheet<'_>) -> Result<(), Error> {
    sheet.row([
        "number", "id", "drop", "drop_name", "title", "date", "source", "url", "lang", "status", "original",
        "set", "text_hash", "story", "extra",
    ])?;
    let standing = Standing::read(archive, u32::MAX, archive.n_documents())?;
    let one_sets = archive.manifest.one_sets(u32::MAX);
    // A document that was alone when it came does not know of the set that it founded since.
    let mut founders: HashSet<u32> = one_sets.values().copied().collect();
    for segment in &archive.segments {
        let mut rows = segment.documents.reader();
        for at in 0..segment.record.n_documents {
            founders.extend(rows.row(at).map_err(|error| segment.failed("documents", &error))?.set);
        }
    }
    for segment in &archive.segments {
        let mut rows = segment.documents.reader();
        for at in 0..segment.record.n_documents {
            let row = rows.row(at).map_err(|error| segment.failed("documents", &error))?;
            let number = segment.record.first_document + at;
            let is_one = founders.contains(&number) || one_sets.contains_key(&number);
            let set = row.set.or_else(|| is_one.then_some(number));
            let reference = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
            let drop = archive.manifest.drop_of(number).map(|drop| drop.name.as_str()).unwrap_or_default();
            let extra = if row.extra.is_empty() {
                String::new()
            } else {
                serde_json::Value::Object(row.extra.clone()).to_string()
            };
            sheet.row([
                &number.to_string(),
                &row.id,
                &row.drop.to_string(),
                drop,
                &guarded(row.title.as_deref().unwrap_or_default()),
                row.date.as_deref().unwrap_or_default(),
                row.source.as_deref().unwrap_or_default(),
                row.url.as_deref().unwrap_or_default(),
                &row.language,
                &row.status,
                &reference(row.original),
                &reference(set.map(|kept| one_sets.get(&kept).copied().unwrap_or(kept))),
                &row.text_hash,
                &standing.of(number).map(|story| story.to_string()).unwrap_or_default(),
                &extra,
            ])?;
        }
    }
    Ok(())
}

/// What is said of all stories, by their names.
fn told(archive: &Archive) -> Result<BTreeMap<StoryId, StoryRow>, Error> {
    let mut told: BTreeMap<StoryId, StoryRow> = BTreeMap::new();
    for segment in &archive.segments {
        let Some(stories) = &segment.stories else { continue };
        for row in stories.table.all().map_err(|error| segment.failed("stories", &error))? {
            told.entry(row.id).and_modify(|known| known.learn_from(&row)).or_insert(row);
        }
    }
    Ok(told)
}

fn stories(archive: &Archive, sheet: &mut Sheet<'_>) -> Result<(), Error> {
    sheet.row(["story", "label", "first_drop", "first_date", "documents", "merged_into"])?;
    let standing = Standing::read(archive, u32::MAX, archive.n_documents())?;
    let mut sizes: HashMap<StoryId, u64> = HashMap::new();
    for story in (0..archive.n_documents()).filter_map(|number| standing.of(number)) {
        *sizes.entry(story).or_default() += 1;
    }
    for (id, row) in told(archive)? {
        let name = standing.name(id);
        sheet.row([
            &id.to_string(),
            &guarded(&row.label),
            &row.first_drop.to_string(),
            row.first_date.as_deref().unwrap_or_default(),
            &sizes.get(&id).copied().unwrap_or_default().to_string(),
            &if name == id { String::new() } else { name.to_string() },
        ])?;
    }
    Ok(())
}

fn events(archive: &Archive, sheet: &mut Sheet<'_>) -> Result<(), Error> {
    sheet.row(["event", "story", "from", "drop", "documents", "document", "of", "cosine", "moved"])?;
    let mut events: Vec<StoryEvent> = Vec::new();
    for segment in &archive.segments {
        let Some(stories) = &segment.stories else { continue };
        events.extend(read_events(&*stories.events).map_err(|error| segment.failed("story-events", &error))?);
    }
    // Births are not written down: they are the first documents of stories that split from no other.
    let split: HashSet<StoryId> =
        events.iter().filter(|event| event.event == Event::Split).map(|event| event.story).collect();
    let standing = Standing::read(archive, u32::MAX, archive.n_documents())?;
    let mut begun: HashMap<(StoryId, u32), u32> = HashMap::new();
    for number in 0..archive.n_documents() {
        let drop = archive.manifest.drop_of(number).map_or(0, |drop| drop.number);
        if let Some(story) = standing.as_written(number) {
            *begun.entry((story, drop)).or_default() += 1;
        }
    }
    let born = told(archive)?.into_values().filter(|row| !split.contains(&row.id));
    events.extend(born.map(|row| StoryEvent {
        n_documents: begun.get(&(row.id, row.first_drop)).copied().unwrap_or_default(),
        ..StoryEvent::born(row.id, row.first_drop)
    }));
    events.sort_by_key(|event| (event.drop, event.story, event.event, event.from));
    for event in events {
        let fields = event.fields();
        sheet.row(fields.each_ref().map(String::as_str))?;
    }
    Ok(())
}
