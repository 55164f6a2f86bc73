//! Parquet: a table by columns, one document a row. Columns within columns are fields within fields.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use parquet::basic::{LogicalType, TimeUnit};
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::record::Field;
use parquet::schema::types::Type;
use serde_json::Value;

use super::Action;
use super::archive;
use super::fields::{Role, Roles, Served};
use super::open::{MOST_RATIO, Opened, RATIO_FROM};
use super::read::{Harvest, Met, Reading};
use super::record::Record;
use super::walk::Entry;

/// Rows finished at a time, side by side ...
const BATCH: usize = 2048;

/// ... and bytes of their fields, about.
const BATCH_BYTES: usize = 8 << 20;

/// Bytes that a field takes beside its text, about: where all columns are short, a row costs more than its bytes.
const FIELD_BYTES: usize = 32;

/// Opens a table for reading; why not, if it is none.
pub(super) fn open(file: File) -> Result<SerializedFileReader<File>, Ended> {
    guarded(|| SerializedFileReader::new(file))
}

/// Reads every row of a table.
pub(super) fn read(
    entry: &Entry,
    opened: &mut Opened,
    reading: &Reading<'_>,
    parallel: bool,
    harvest: &mut Harvest,
) {
    harvest.note_encoding(entry, "UTF-8", false);
    let mut served = Served::default();
    let mut table = Table { entry, reading, parallel, harvest, batch: Vec::new(), batch_bytes: 0, n_rows: 0 };
    let file = archive::seekable(entry, opened, reading.settings.scratch.as_deref());
    let ended = match file {
        Ok(file) => table.read(file, &mut served),
        Err(error) => Err(Ended::Damaged(error.to_string())),
    };
    table.finish_batch();
    let n_rows = table.n_rows;
    match ended {
        Ok(()) => {}
        Err(Ended::TooMuch) => {
            let message = format!(
                "unpacks to more than {MOST_RATIO} times its size; give its rows another way if it is meant so"
            );
            harvest.note_damage(entry, Some(message), None);
        }
        Err(Ended::Packed(packing)) => {
            let message = format!(
                "its pages are packed with {packing}, which is not read; write it again with zstd, snappy, lz4 or gzip"
            );
            harvest.note(entry, "bad_table", message, Action::Skipped);
        }
        Err(Ended::Damaged(why)) if n_rows == 0 => {
            let message = format!("cannot be read as a Parquet table: {why}; get the file again");
            harvest.note(entry, "bad_table", message, Action::Skipped);
        }
        // Rows of one column are gone with those of all others from here on.
        Err(Ended::Damaged(why)) => {
            let message = format!(
                "damaged after row {n_rows}: {why}; the rows before it were read: get the file again"
            );
            harvest.note(entry, "bad_table", message, Action::Skipped);
        }
    }
    served.list(&reading.roles, &mut harvest.fields);
}

/// Why a table was not read to its end.
pub(super) enum Ended {
    Damaged(String),
    /// Its pages are packed in a way that is not read.
    Packed(String),
    TooMuch,
}

/// Calls the reader of tables, which a hostile file may make panic: that must cost this file only.
fn guarded<T>(call: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, Ended> {
    let why = match catch_unwind(AssertUnwindSafe(call)) {
        Ok(Ok(value)) => return Ok(value),
        Ok(Err(ParquetError::EOF(_))) => "it ends too early".to_owned(),
        Ok(Err(ParquetError::General(what))) => match what.strip_prefix("Disabled feature at compile time: ")
        {
            Some(packing) => return Err(Ended::Packed(packing.to_owned())),
            None => what,
        },
        Ok(Err(error)) => error.to_string(),
        Err(_) => "its pages are damaged".to_owned(),
    };
    Err(Ended::Damaged(why))
}

struct Table<'a, 'r> {
    entry: &'a Entry,
    reading: &'a Reading<'r>,
    parallel: bool,
    harvest: &'a mut Harvest,
    batch: Vec<Met>,
    batch_bytes: usize,
    n_rows: u64,
}

/// How a column is taken.
struct Column {
    role: Option<(Role, u8)>,
    sense: Sense,
}

/// What the fields of a column mean, where the reader of tables does not say so itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sense {
    Nanoseconds,
    Uuid,
    Plain,
}

impl Column {
    fn of(column: &Type, roles: &Roles) -> Self {
        let sense = match column.get_basic_info().logical_type_ref() {
            Some(LogicalType::Timestamp(time)) if time.unit == TimeUnit::NANOS => Sense::Nanoseconds,
            Some(LogicalType::Uuid) => Sense::Uuid,
            _ => Sense::Plain,
        };
        Self { role: roles.of(column.name()), sense }
    }
}

impl Table<'_, '_> {
    /// Row group after row group; of each column no more than a page is unpacked at a time.
    fn read(&mut self, file: File, served: &mut Served) -> Result<(), Ended> {
        let packed = file.metadata().map_or(0, |metadata| metadata.len());
        let reader = open(file)?;
        let roles = &self.reading.roles;
        let schema = reader.metadata().file_metadata().schema();
        let columns: Vec<Column> =
            schema.get_fields().iter().map(|column| Column::of(column, roles)).collect();
        let most = self.reading.settings.look_bytes.unwrap_or(u64::MAX);
        let mut given = 0;
        let mut rows = guarded(|| reader.get_row_iter(None))?;
        while let Some(row) = guarded(|| rows.next().transpose())? {
            self.n_rows += 1;
            let mut record = Record::default();
            let before = self.batch_bytes;
            for ((name, field), column) in row.into_columns().into_iter().zip(&columns) {
                let value = value(field, column.sense);
                self.batch_bytes += FIELD_BYTES + value.as_str().map_or(0, str::len);
                // As in any table: an empty field is one that the row does not have.
                if !value.is_null() || matches!(column.role, Some((Role::Text, _))) {
                    record.put(Cow::Owned(name), value, column.role);
                }
            }
            given += (self.batch_bytes - before) as u64;
            let mut repairs = Vec::new();
            let draft = record.into_draft(&self.entry.relative, None, roles, served, &mut repairs);
            self.batch.push(Met { draft, repairs, line: None, byte_offset: None, record: Some(self.n_rows) });
            // A dictionary may give one long field to any number of rows.
            if given > RATIO_FROM && given / packed.max(1) > MOST_RATIO {
                return Err(Ended::TooMuch);
            }
            if self.batch.len() == BATCH || self.batch_bytes > BATCH_BYTES {
                self.finish_batch();
                self.harvest.is_cut = given > most;
                if self.reading.is_over() || given > most {
                    break;
                }
            }
        }
        Ok(())
    }

    fn finish_batch(&mut self) {
        self.batch_bytes = 0;
        let batch = std::mem::take(&mut self.batch);
        self.harvest.take_all(batch, self.entry, self.reading, self.parallel);
    }
}

/// What JSON would say of a field. Numbers are as long as they were, as in any record.
fn value(field: Field, sense: Sense) -> Value {
    match field {
        Field::Long(time) if sense == Sense::Nanoseconds => moment(Timestamp::from_nanosecond(time.into())),
        Field::Bytes(bytes) if sense == Sense::Uuid && bytes.data().len() == 16 => uuid(bytes.data()),
        Field::Str(text) => Value::String(text),
        // Some writers leave out that a column is text.
        Field::Bytes(bytes) => std::str::from_utf8(bytes.data()).map_or(Value::Null, Value::from),
        Field::Bool(is_so) => Value::Bool(is_so),
        Field::Date(days) => Date::new(1970, 1, 1)
            .and_then(|day| day.checked_add(days.days()))
            .map_or(Value::Null, |day| Value::from(day.to_string())),
        Field::TimestampMillis(time) => moment(Timestamp::from_millisecond(time)),
        Field::TimestampMicros(time) => moment(Timestamp::from_microsecond(time)),
        Field::Group(row) => {
            let fields = row.into_columns().into_iter();
            Value::Object(fields.map(|(name, field)| (name, value(field, Sense::Plain))).collect())
        }
        Field::ListInternal(list) => {
            list.elements().iter().map(|field| value(field.clone(), Sense::Plain)).collect()
        }
        Field::MapInternal(map) => {
            let key = |key: &Field| match value(key.clone(), Sense::Plain) {
                Value::String(key) => key,
                other => other.to_string(),
            };
            map.entries().iter().map(|(name, held)| (key(name), value(held.clone(), Sense::Plain))).collect()
        }
        Field::Null => Value::Null,
        // Times of day are text, and what is no number (NaN) is nothing.
        Field::TimeMillis(_) | Field::TimeMicros(_) => Value::from(field.to_string()),
        // The shortest form that tells the number from its neighbors.
        Field::Float(number) => format!("{number:?}").parse().map_or(Value::Null, Value::Number),
        Field::Double(number) => format!("{number:?}").parse().map_or(Value::Null, Value::Number),
        number => number.to_string().parse().map_or(Value::Null, Value::Number),
    }
}

fn moment(time: Result<Timestamp, jiff::Error>) -> Value {
    time.map_or(Value::Null, |time| Value::from(time.to_string()))
}

/// As it is written everywhere: 8, 4, 4, 4 and 12 hexadecimal digits.
fn uuid(bytes: &[u8]) -> Value {
    let mut text = String::with_capacity(36);
    for (place, byte) in bytes.iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    Value::from(text)
}
