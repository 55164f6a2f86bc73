//! Stories of a segment: which story each document is in, what the stories are called, and what became of them.

use std::collections::BTreeMap;
use std::io::{self, Write as _};

use serde::{Deserialize, Serialize};

use super::section::{Section, SectionRecord, SectionWriter, damaged, numbers};
use super::storage::{ReadAt, Storage, bytes_at};
use super::texts::{Frames, pack, write_index};
use crate::clusters::continued::StoryEvent;
use crate::context::StoryId;
use crate::corpus::day_number;

/// Stories in a frame.
const FRAME: usize = 256;

/// Bytes of a row in the section `members`: story (4), day (4).
const MEMBER: u64 = 8;

/// In place of a story where a document is in none, and of a day where it has no date.
const NONE: u32 = u32::MAX;
const NO_DAY: i32 = i32::MIN;

/// What is said of a story: as it was when the segment's first documents of it came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StoryRow {
    pub(super) id: StoryId,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) label: String,
    /// The drop that it began with.
    pub(super) first_drop: u32,
    /// Earliest date of its documents then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) first_date: Option<String>,
}

impl StoryRow {
    /// What an older row does not say yet.
    pub(super) fn learn_from(&mut self, later: &Self) {
        if self.label.is_empty() {
            self.label.clone_from(&later.label);
        }
    }
}

/// Where a document stands among stories.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Member {
    pub(super) story: Option<StoryId>,
    /// Is it no copy of another? Then it speaks for its story.
    pub(super) is_distinct: bool,
    /// Days since 1970.
    pub(super) day: Option<i32>,
}

impl Member {
    pub(super) fn new(story: Option<StoryId>, is_distinct: bool, date: Option<&str>) -> Self {
        // A day is a whole number of some millions at most.
        Self { story, is_distinct, day: date.and_then(day_number).map(|day| day as i32) }
    }
}

/// Writes the sections `stories`, `members` and `story-events`. Stories that no member is in are left out.
pub(super) fn write(
    storage: &dyn Storage,
    folder: &str,
    stories: &BTreeMap<StoryId, StoryRow>,
    members: &[Member],
    events: &[StoryEvent],
) -> io::Result<[SectionRecord; 3]> {
    let mut ids: Vec<StoryId> = members.iter().filter_map(|member| member.story).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut table = SectionWriter::create(storage, folder, "stories")?;
    let mut begins = Vec::new();
    for ids in ids.chunks(FRAME) {
        let mut lines = Vec::new();
        for id in ids {
            let row = stories
                .get(id)
                .ok_or_else(|| io::Error::other("a document is in a story that is not told of"))?;
            serde_json::to_writer(&mut lines, row)?;
            lines.push(b'\n');
        }
        begins.push(table.position());
        table.write_all(&pack(&lines)?)?;
    }
    write_index(&mut table, &begins)?;

    let mut sink = SectionWriter::create(storage, folder, "members")?;
    for member in members {
        let place = member.story.and_then(|story| ids.binary_search(&story).ok());
        let code = place.map_or(NONE, |place| (place as u32) << 1 | u32::from(member.is_distinct));
        sink.write_all(&code.to_le_bytes())?;
        sink.write_all(&member.day.unwrap_or(NO_DAY).to_le_bytes())?;
    }
    for id in ids {
        sink.write_all(&id.0.to_le_bytes())?;
    }

    let mut log = SectionWriter::create(storage, folder, "story-events")?;
    let mut lines = Vec::new();
    for event in events {
        serde_json::to_writer(&mut lines, event)?;
        lines.push(b'\n');
    }
    log.write_all(&pack(&lines)?)?;
    Ok([table.finish()?, sink.finish()?, log.finish()?])
}

/// Stories to be read.
#[derive(Debug)]
pub(super) struct Stories {
    pub(super) table: StoryTable,
    pub(super) members: Section,
    pub(super) events: Box<dyn ReadAt>,
}

/// The section `stories`.
#[derive(Debug)]
pub(super) struct StoryTable {
    frames: Frames,
}

impl StoryTable {
    pub(super) fn open(file: Box<dyn ReadAt>) -> io::Result<Self> {
        Ok(Self { frames: Frames::open(file)? })
    }

    /// All stories.
    pub(super) fn all(&self) -> io::Result<Vec<StoryRow>> {
        let mut rows = Vec::new();
        for number in 0..self.frames.n_frames() {
            let frame = self.frames.frame(number)?;
            for line in frame.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
                rows.push(serde_json::from_slice(line)?);
            }
        }
        Ok(rows)
    }

    /// Some stories by their places, ascending.
    pub(super) fn rows(&self, places: impl Iterator<Item = usize>) -> io::Result<Vec<StoryRow>> {
        let mut frame: Option<(usize, Vec<u8>)> = None;
        let mut rows = Vec::new();
        for place in places {
            let number = place / FRAME;
            if frame.as_ref().is_none_or(|frame| frame.0 != number) {
                frame = Some((number, self.frames.frame(number as u64)?));
            }
            let lines = frame.as_ref().map(|frame| frame.1.as_slice()).unwrap_or_default();
            let line = lines.split(|&byte| byte == b'\n').nth(place % FRAME);
            rows.push(serde_json::from_slice(line.ok_or_else(|| damaged("a story is missing"))?)?);
        }
        Ok(rows)
    }
}

/// The section `members`, read.
#[derive(Debug, Default)]
pub(super) struct Members {
    pub(super) members: Vec<Member>,
    /// The segment's stories, ascending: in the order of the section `stories`.
    pub(super) ids: Vec<StoryId>,
}

impl Members {
    pub(super) fn read(section: &Section, n_rows: u32) -> io::Result<Self> {
        let bytes = section.bytes()?;
        let Some((rows, ids)) = bytes.split_at_checked((u64::from(n_rows) * MEMBER) as usize) else {
            return Err(damaged("it has not as many rows as it should"));
        };
        let ids: Vec<StoryId> = numbers(ids).map(StoryId).collect();
        let member = |[a, b, c, d, e, f, g, h]: &[u8; 8]| {
            let code = u32::from_le_bytes([*a, *b, *c, *d]);
            let day = i32::from_le_bytes([*e, *f, *g, *h]);
            let story = if code == NONE {
                None
            } else {
                let story = ids.get((code >> 1) as usize);
                Some(*story.ok_or_else(|| damaged("it names a story that is not there"))?)
            };
            Ok(Member {
                story,
                is_distinct: story.is_some() && code & 1 == 1,
                day: (day != NO_DAY).then_some(day),
            })
        };
        let members =
            rows.as_chunks::<{ MEMBER as usize }>().0.iter().map(member).collect::<io::Result<_>>()?;
        if !ids.is_sorted() {
            return Err(damaged("its stories are in no order"));
        }
        Ok(Self { members, ids })
    }
}

/// The section `story-events`, read.
pub(super) fn read_events(file: &dyn ReadAt) -> io::Result<Vec<StoryEvent>> {
    let lines = zstd::stream::decode_all(bytes_at(file, 0, file.n_bytes())?.as_slice())?;
    let lines = lines.split(|&byte| byte == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| Ok(serde_json::from_slice(line)?)).collect()
}
