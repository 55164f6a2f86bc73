//! Terms: what each stem weighs in the drop, so that a cosine can be told term by term later. `terms.csv.zst`, a packed table.

use std::io::{self, Write};

use super::places::Places;
use super::tables::table;

/// One row a term, ascending.
pub(super) fn write(places: &Places<'_>, sink: &mut impl Write) -> io::Result<()> {
    let mut packed = zstd::stream::write::Encoder::new(sink, 1)?;
    packed.include_checksum(true)?;
    let terms = &places.run.terms;
    let mut rows = table(&mut packed);
    rows.write_record(super::columns::TERMS.header())?;
    for ((name, documents), idf) in terms.names.iter().zip(&terms.documents).zip(&terms.idf) {
        // As many digits as tell the number from its neighbors: weights read back are weights.
        rows.write_record([name.as_str(), &documents.to_string(), &idf.to_string()])?;
    }
    rows.flush()?;
    drop(rows);
    packed.finish().map(|_| ())
}
