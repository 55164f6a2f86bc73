//! The document table for other programs.

use std::io;

use hashbrown::HashSet;

use super::Archive;
use crate::error::Error;

/// See [`Archive::export`].
pub(super) fn documents(archive: &Archive, sink: &mut dyn io::Write) -> Result<(), Error> {
    let failed =
        |error: csv::Error| Error::Output { path: "the table".into(), source: io::Error::other(error) };
    let mut table = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(sink);
    table
        .write_record([
            "number", "id", "drop", "drop_name", "title", "date", "source", "url", "lang", "status",
            "original", "set", "text_hash",
        ])
        .map_err(failed)?;
    // A document that was alone when it came does not know of the set that it founded since.
    let mut founders: HashSet<u32> = HashSet::new();
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
            let text = |field: &Option<String>| field.clone().unwrap_or_default();
            let reference = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
            let drop = archive.manifest.drop_of(number).map(|drop| drop.name.clone()).unwrap_or_default();
            let title = crate::report::guarded(&text(&row.title));
            table
                .write_record([
                    number.to_string(),
                    row.id,
                    row.drop.to_string(),
                    drop,
                    title,
                    text(&row.date),
                    text(&row.source),
                    text(&row.url),
                    row.language,
                    row.status,
                    reference(row.original),
                    reference(row.set.or_else(|| founders.contains(&number).then_some(number))),
                    row.text_hash,
                ])
                .map_err(failed)?;
        }
    }
    table.flush().map_err(|source| Error::Output { path: "the table".into(), source })
}
