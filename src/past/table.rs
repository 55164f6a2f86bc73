//! A table of the output folder, read row by row, its columns by name.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use csv::{Reader, StringRecord};

use super::broken;
use crate::error::Error;

/// A table that is being read for `N` of its columns.
pub(super) struct Table<const N: usize> {
    folder: PathBuf,
    name: &'static str,
    columns: [&'static str; N],
    /// Where each column stands.
    places: [usize; N],
    reader: Reader<File>,
    record: StringRecord,
}

impl<const N: usize> Table<N> {
    /// Finds the columns.
    pub(super) fn open(folder: &Path, name: &'static str, columns: [&'static str; N]) -> Result<Self, Error> {
        let path = folder.join(name);
        let file = File::open(&path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => {
                Error::Input(format!("{} is not whole: {name} is missing; run again", folder.display()))
            }
            _ => Error::Input(format!("{}: {error}", path.display())),
        })?;
        let mut reader = csv::ReaderBuilder::new().buffer_capacity(1 << 16).from_reader(file);
        let header = reader.headers().map_err(|error| broken(folder, name, &error.to_string()))?;
        let mut places = [0; N];
        for (place, column) in places.iter_mut().zip(columns) {
            *place = header
                .iter()
                .position(|found| found == column)
                .ok_or_else(|| broken(folder, name, &format!("it has no column {column}")))?;
        }
        Ok(Self { folder: folder.to_path_buf(), name, columns, places, reader, record: StringRecord::new() })
    }

    /// The next row, none at the end.
    pub(super) fn next_row(&mut self) -> Result<Option<Row<'_, N>>, Error> {
        match self.reader.read_record(&mut self.record) {
            Ok(true) => Ok(Some(Row { table: self })),
            Ok(false) => Ok(None),
            Err(error) => Err(broken(&self.folder, self.name, &error.to_string())),
        }
    }
}

/// A row under a table's reader.
pub(super) struct Row<'t, const N: usize> {
    table: &'t Table<N>,
}

impl<'t, const N: usize> Row<'t, N> {
    /// The cells of the columns asked for, in the order asked for.
    pub(super) fn cells(&self) -> [&'t str; N] {
        self.table.places.map(|place| self.table.record.get(place).unwrap_or_default())
    }

    /// One of these cells as a number.
    pub(super) fn number<T: FromStr>(&self, column: usize) -> Result<T, Error> {
        let cell = self.cells()[column];
        cell.parse()
            .map_err(|_| self.wrong(&format!("{} is {cell:?}, no number", self.table.columns[column])))
    }

    /// The same where an empty cell means none.
    pub(super) fn number_if_any<T: FromStr>(&self, column: usize) -> Result<Option<T>, Error> {
        if self.cells()[column].is_empty() { Ok(None) } else { self.number(column).map(Some) }
    }

    /// Something is wrong with this row.
    pub(super) fn wrong(&self, what: &str) -> Error {
        let line = self.table.record.position().map_or(0, csv::Position::line);
        broken(&self.table.folder, self.table.name, &format!("line {line}: {what}"))
    }
}
