//! JSON that is not one object a line: an array of objects, or objects over several lines.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Visitor};

use super::fields::Served;
use super::open::Opened;
use super::read::{Harvest, Met, Reading};
use super::record::{Record, RecordSeed};
use super::walk::Entry;
use super::whole::{self, Most};
use super::{Action, Problem};

/// Reads every object of a file. The file is held in memory; lines are the better format for more.
pub(super) fn read(entry: &Entry, opened: &mut Opened, reading: &Reading<'_>, harvest: &mut Harvest) {
    let text = whole::text(entry, opened, Most::Memory, |_| None, reading, harvest);
    let Some(text) = text else { return };
    let mut array = Objects { entry, reading, harvest, served: Served::default(), n_records: 0 };
    let json = text.as_str();
    let mut deserializer = serde_json::Deserializer::from_str(json);
    let end = if json.trim_start().starts_with('[') {
        deserializer.deserialize_seq(&mut array).and_then(|()| deserializer.end())
    } else {
        loop {
            if deserializer.end().is_ok() {
                break Ok(());
            }
            match RecordSeed(&reading.roles).deserialize(&mut deserializer) {
                Ok(record) => array.take(record),
                Err(error) => break Err(error),
            }
        }
    };
    let served = array.served;
    served.list(&reading.roles, &mut harvest.fields);
    if let Err(error) = end {
        harvest.problems.push(Problem {
            path: entry.shown.clone(),
            line: Some(error.line() as u64),
            byte_offset: offset_of(json, error.line(), error.column()),
            code: "bad_json",
            message: format!("{error}; nothing after this was read: mend it, or give one object a line"),
            action: Action::Skipped,
        });
    }
}

fn offset_of(json: &str, line: usize, column: usize) -> Option<u64> {
    let before: usize = json.split_inclusive('\n').take(line.checked_sub(1)?).map(str::len).sum();
    Some((before + column).min(json.len()) as u64)
}

struct Objects<'a, 'r> {
    entry: &'a Entry,
    reading: &'a Reading<'r>,
    harvest: &'a mut Harvest,
    served: Served,
    n_records: u64,
}

impl Objects<'_, '_> {
    fn take(&mut self, record: Record) {
        self.n_records += 1;
        let mut repairs = Vec::new();
        let draft = record
            .into_draft(&self.entry.relative, None, &self.reading.roles, &mut self.served, &mut repairs);
        let met = Met { draft, repairs, line: None, byte_offset: None, record: Some(self.n_records) };
        self.harvest.take(met, self.entry, self.reading);
    }
}

impl<'de> Visitor<'de> for &mut Objects<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(), A::Error> {
        while let Some(record) = sequence.next_element_seed(RecordSeed(&self.reading.roles))? {
            self.take(record);
        }
        Ok(())
    }
}
