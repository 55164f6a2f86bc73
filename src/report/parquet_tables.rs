//! Every table once more, as Parquet: the same rows in the same order, with types where the CSV has digits. Each is made from the
//! CSV that was written, so that the two cannot differ.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read};
use std::path::Path;
use std::sync::Arc;

use csv::{Reader, StringRecord};
use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical, ZstdLevel};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{Type, TypePtr};
use rayon::prelude::*;

use super::columns::{TABLES, TERMS, Table};
use crate::error::Error;

/// Rows of a group at most ...
const ROWS: usize = 64 << 10;

/// ... and bytes of their fields.
const GROUP_BYTES: usize = 32 << 20;

/// The table whose columns are documents.
const SIMILARITY: &str = "similarity.csv";

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Whole,
    Decimal,
    Truth,
}

struct Column {
    name: String,
    kind: Kind,
    /// May a row have none? An empty text is one; what else is empty is not there.
    is_optional: bool,
}

impl Column {
    /// From the words that `docs/output.md` has for its type.
    fn of(name: &str, words: &str) -> Self {
        let (words, may_be_empty) =
            words.strip_suffix(" or empty").map_or((words, false), |words| (words, true));
        let kind = match words {
            "number" | "bytes" | "words" | "documents" => Kind::Whole,
            "0 to 1" | "0 or more" => Kind::Decimal,
            "true or false" | "true, false" => Kind::Truth,
            _ => Kind::Text,
        };
        Self { name: name.to_owned(), kind, is_optional: may_be_empty && kind != Kind::Text }
    }
}

/// The name of a table as Parquet: `pairs.parquet` for `pairs.csv`.
pub(super) fn name(table: &str) -> String {
    format!("{}.parquet", table.trim_end_matches(".zst").trim_end_matches(".csv"))
}

/// Writes a Parquet table beside each table of `staging`; `target` names it in errors.
///
/// # Errors
/// [`Error::Output`] when writing failed.
pub(super) fn write(staging: &Path, target: &Path) -> std::result::Result<(), Error> {
    let described = TABLES.iter().copied().chain([&TERMS]).map(|table| (table.file, Some(table)));
    let tables: Vec<(&str, Option<&Table>)> = described.chain([(SIMILARITY, None)]).collect();
    tables
        .into_par_iter()
        .filter(|(file, _)| staging.join(file).exists())
        .map(|(file, table)| {
            let name = name(file);
            convert(&staging.join(file), table, &staging.join(&name))
                .map_err(|error| Error::Output { path: target.join(&name), source: io::Error::other(error) })
        })
        .collect()
}

fn convert(from: &Path, table: Option<&Table>, to: &Path) -> Result<()> {
    let file = BufReader::new(File::open(from)?);
    let source: Box<dyn Read> = if from.extension().is_some_and(|extension| extension == "zst") {
        Box::new(zstd::Decoder::with_buffer(file)?)
    } else {
        Box::new(file)
    };
    let mut rows = Reader::from_reader(source);
    let columns: Vec<Column> = if let Some(table) = table {
        table.columns.iter().map(|column| Column::of(column.0, column.1)).collect()
    } else {
        let ids = rows.headers().map_err(unreadable)?.iter().enumerate();
        ids.map(|(place, id)| Column::of(id, if place == 0 { "id" } else { "0 to 1" })).collect()
    };
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_created_by(concat!("samestory ", env!("CARGO_PKG_VERSION")).to_owned())
        .build();
    let sink = BufWriter::new(File::create_new(to)?);
    let mut writer = SerializedFileWriter::new(sink, schema(&columns)?, Arc::new(properties))?;
    loop {
        let group = next_group(&mut rows)?;
        if group.is_empty() {
            break;
        }
        let mut target = writer.next_row_group()?;
        for (place, column) in columns.iter().enumerate() {
            let Some(mut sink) = target.next_column()? else { break };
            let fields: Vec<&str> = group.iter().map(|row| row.get(place).unwrap_or_default()).collect();
            write_column(&mut sink, column, &fields)?;
            sink.close()?;
        }
        target.close()?;
    }
    let sink = writer.into_inner()?;
    sink.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    Ok(())
}

fn next_group(rows: &mut Reader<Box<dyn Read>>) -> Result<Vec<StringRecord>> {
    let (mut group, mut n_bytes) = (Vec::new(), 0);
    while group.len() < ROWS && n_bytes < GROUP_BYTES {
        let mut row = StringRecord::new();
        if !rows.read_record(&mut row).map_err(unreadable)? {
            break;
        }
        n_bytes += row.as_slice().len();
        group.push(row);
    }
    Ok(group)
}

fn unreadable(error: csv::Error) -> ParquetError {
    ParquetError::External(Box::new(error))
}

fn schema(columns: &[Column]) -> Result<TypePtr> {
    let field = |column: &Column| {
        let (physical, logical) = match column.kind {
            Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Kind::Whole => (Physical::INT64, None),
            Kind::Decimal => (Physical::DOUBLE, None),
            Kind::Truth => (Physical::BOOLEAN, None),
        };
        let repetition = if column.is_optional { Repetition::OPTIONAL } else { Repetition::REQUIRED };
        let builder = Type::primitive_type_builder(&column.name, physical);
        Ok(Arc::new(builder.with_repetition(repetition).with_logical_type(logical).build()?))
    };
    let fields = columns.iter().map(field).collect::<Result<Vec<_>>>()?;
    Ok(Arc::new(Type::group_type_builder("table").with_fields(fields).build()?))
}

fn write_column(sink: &mut SerializedColumnWriter<'_>, column: &Column, fields: &[&str]) -> Result<()> {
    // 1: there is a value.
    let levels: Vec<i16> = fields.iter().map(|field| i16::from(!field.is_empty())).collect();
    let levels = column.is_optional.then_some(levels.as_slice());
    let held = fields.iter().copied().filter(|field| !column.is_optional || !field.is_empty());
    let odd = |field: &str| ParquetError::General(format!("{field:?} in {} is no number", column.name));
    match column.kind {
        Kind::Text => {
            let values: Vec<ByteArray> = held.map(ByteArray::from).collect();
            sink.typed::<ByteArrayType>().write_batch(&values, levels, None)?;
        }
        Kind::Whole => {
            let values = held.map(|field| field.parse().map_err(|_| odd(field)));
            sink.typed::<Int64Type>().write_batch(&values.collect::<Result<Vec<_>>>()?, levels, None)?;
        }
        Kind::Decimal => {
            let values = held.map(|field| field.parse().map_err(|_| odd(field)));
            sink.typed::<DoubleType>().write_batch(&values.collect::<Result<Vec<_>>>()?, levels, None)?;
        }
        Kind::Truth => {
            let values: Vec<bool> = held.map(|field| field == "true").collect();
            sink.typed::<BoolType>().write_batch(&values, levels, None)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_that_the_guide_names_is_known() {
        let texts = ["text", "id", "word", "16 hex digits", "JSON", "yes or no", "yes, no"];
        for table in TABLES {
            for (name, words, _) in table.columns {
                let is_text = texts.contains(&words.strip_suffix(" or empty").unwrap_or(words));
                assert_eq!(
                    Column::of(name, words).kind == Kind::Text,
                    is_text,
                    "{} {name}: {words}",
                    table.file
                );
            }
        }
    }

    #[test]
    fn every_table_has_its_place_among_the_files_of_the_folder() {
        for file in TABLES.iter().map(|table| table.file).chain([TERMS.file, SIMILARITY]) {
            assert!(crate::report::FILES.contains(&file), "{file}");
            assert!(crate::report::FILES.contains(&name(file).as_str()), "{file}");
        }
    }
}
