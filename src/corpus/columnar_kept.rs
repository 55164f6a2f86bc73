//! Rows of a Parquet table passed on: the same columns, types and row groups, without the rows that do not go on, and with a
//! column for each field that is appended.

use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::column::writer::ColumnWriterImpl;
use parquet::data_type::{ByteArray, ByteArrayType, DataType, Int64Type};
use parquet::errors::Result;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::FileReader as _;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{Type, TypePtr};
use serde_json::{Map, Value};

use super::open::Opened;
use super::passing::Call;
use super::{DocId, archive, columnar};

/// Rows of a column held at a time.
const ROWS: usize = 4096;

/// Writes the rows at `kept` (counted from 1, ascending). False when one is not where it was.
pub(super) fn pass_on(
    call: &Call<'_>,
    opened: &mut Opened,
    kept: &[(u64, DocId)],
    output: &mut (impl Write + Send),
) -> io::Result<bool> {
    let file = archive::seekable(call.entry, opened, call.settings.scratch.as_deref())?;
    let reader = columnar::open(file).map_err(|_| io::Error::other("it can no longer be read"))?;
    write(&reader, kept, &|document| call.added(document), output).map_err(io::Error::other)
}

fn write(
    reader: &parquet::file::reader::SerializedFileReader<std::fs::File>,
    kept: &[(u64, DocId)],
    added: &dyn Fn(DocId) -> Map<String, Value>,
    output: &mut (impl Write + Send),
) -> Result<bool> {
    let metadata = reader.metadata();
    let schema = metadata.file_metadata().schema();
    let names: Vec<(String, bool)> = kept
        .first()
        .map(|&(_, document)| {
            added(document).into_iter().map(|(name, value)| (name, value.is_number())).collect()
        })
        .unwrap_or_default();
    let compression = metadata
        .row_groups()
        .first()
        .and_then(|group| group.columns().first())
        .map_or(Compression::UNCOMPRESSED, ColumnChunkMetaData::compression);
    let properties = WriterProperties::builder()
        .set_compression(compression)
        .set_key_value_metadata(metadata.file_metadata().key_value_metadata().map(|pairs| {
            // What Arrow says of the columns says nothing of those that are appended.
            pairs.iter().filter(|pair| pair.key != "ARROW:schema" && pair.key != "pandas").cloned().collect()
        }))
        .build();
    let mut writer = SerializedFileWriter::new(output, with_columns(schema, &names)?, Arc::new(properties))?;
    let (mut rest, mut before) = (kept, 0_u64);
    for place in 0..reader.num_row_groups() {
        let group = reader.get_row_group(place)?;
        let n_rows = u64::try_from(group.metadata().num_rows()).unwrap_or(0);
        let n_here = rest.partition_point(|&(row, _)| row <= before + n_rows);
        let (here, after) = rest.split_at(n_here);
        rest = after;
        if !here.is_empty() {
            // Nothing is read behind the last row that goes on: it may be damaged.
            let last = here.last().map_or(0, |&(row, _)| row - before);
            let mut is_kept = vec![false; last as usize];
            for &(row, _) in here {
                is_kept[(row - before - 1) as usize] = true;
            }
            let mut target = writer.next_row_group()?;
            for column in 0..group.num_columns() {
                copy(group.get_column_reader(column)?, &is_kept, &mut target)?;
            }
            for (name, is_number) in &names {
                let values =
                    here.iter().map(|&(_, document)| added(document).remove(name).unwrap_or_default());
                let Some(mut column) = target.next_column()? else { break };
                if *is_number {
                    let numbers: Vec<i64> = values.map(|value| value.as_i64().unwrap_or_default()).collect();
                    column.typed::<Int64Type>().write_batch(&numbers, None, None)?;
                } else {
                    let text = |value: Value| value.as_str().map(ByteArray::from).unwrap_or_default();
                    let texts: Vec<ByteArray> = values.map(text).collect();
                    column.typed::<ByteArrayType>().write_batch(&texts, None, None)?;
                }
                column.close()?;
            }
            target.close()?;
        }
        before += n_rows;
    }
    writer.close()?;
    Ok(rest.is_empty())
}

/// The schema with a column for each name: of whole numbers, or of text.
fn with_columns(schema: &Type, names: &[(String, bool)]) -> Result<TypePtr> {
    let mut fields = schema.get_fields().to_vec();
    for (name, is_number) in names {
        let (physical, logical) = if *is_number {
            (Physical::INT64, None)
        } else {
            (Physical::BYTE_ARRAY, Some(LogicalType::String))
        };
        let column = Type::primitive_type_builder(name, physical)
            .with_repetition(Repetition::REQUIRED)
            .with_logical_type(logical)
            .build()?;
        fields.push(Arc::new(column));
    }
    Ok(Arc::new(Type::group_type_builder(schema.name()).with_fields(fields).build()?))
}

fn copy<W: Write + Send>(
    column: ColumnReader,
    is_kept: &[bool],
    target: &mut SerializedRowGroupWriter<'_, W>,
) -> Result<()> {
    let Some(mut writer) = target.next_column()? else { return Ok(()) };
    match column {
        ColumnReader::BoolColumnReader(reader) => copy_typed(reader, is_kept, writer.typed())?,
        ColumnReader::Int32ColumnReader(reader) => copy_typed(reader, is_kept, writer.typed())?,
        ColumnReader::Int64ColumnReader(reader) => copy_typed(reader, is_kept, writer.typed())?,
        ColumnReader::Int96ColumnReader(reader) => copy_typed(reader, is_kept, writer.typed())?,
        ColumnReader::FloatColumnReader(reader) => copy_typed(reader, is_kept, writer.typed())?,
        ColumnReader::DoubleColumnReader(reader) => copy_typed(reader, is_kept, writer.typed())?,
        ColumnReader::ByteArrayColumnReader(reader) => copy_typed(reader, is_kept, writer.typed())?,
        ColumnReader::FixedLenByteArrayColumnReader(reader) => copy_typed(reader, is_kept, writer.typed())?,
    }
    writer.close()
}

/// A row is a value, or none, or as many levels as follow it up to the next level of 0.
fn copy_typed<T: DataType>(
    mut reader: ColumnReaderImpl<T>,
    is_kept: &[bool],
    writer: &mut ColumnWriterImpl<'_, T>,
) -> Result<()> {
    let descriptor = writer.get_descriptor().clone();
    let (most_defined, most_repeated) = (descriptor.max_def_level(), descriptor.max_rep_level());
    let mut row = 0;
    while row < is_kept.len() {
        let (mut values, mut defined, mut repeated) = (Vec::new(), Vec::new(), Vec::new());
        let (n_rows, _, n_levels) = reader.read_records(
            ROWS.min(is_kept.len() - row),
            (most_defined > 0).then_some(&mut defined),
            (most_repeated > 0).then_some(&mut repeated),
            &mut values,
        )?;
        if n_rows == 0 {
            break;
        }
        let (mut kept_values, mut kept_defined, mut kept_repeated) = (Vec::new(), Vec::new(), Vec::new());
        let mut values = values.into_iter();
        // The first level opens the first row.
        let mut next_row = row;
        for level in 0..n_levels {
            if repeated.get(level).is_none_or(|&level| level == 0) {
                next_row += 1;
            }
            let keep = is_kept.get(next_row - 1).copied().unwrap_or(false);
            let has_value = defined.get(level).is_none_or(|&level| level == most_defined);
            let value = if has_value { values.next() } else { None };
            if keep {
                kept_values.extend(value);
                kept_defined.extend(defined.get(level));
                kept_repeated.extend(repeated.get(level));
            }
        }
        row += n_rows;
        writer.write_batch(
            &kept_values,
            (most_defined > 0).then_some(kept_defined.as_slice()),
            (most_repeated > 0).then_some(kept_repeated.as_slice()),
        )?;
    }
    Ok(())
}
