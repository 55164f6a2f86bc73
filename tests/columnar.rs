//! Parquet, through the command line: what is read of it, what comes back of it, and tables as Parquet.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use parquet::data_type::{ByteArray, ByteArrayType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::record::{Field, RowAccessor as _};
use parquet::schema::parser::parse_message_type;
use serde_json::{Value, json};

use crate::support::{Drop, Outcome, Row, article, table};

/// Tables that other programs wrote: nine rows each, in groups of four (pyarrow 26, zstd, pages of version 2) and in one (polars 2, zstd).
const PYARROW: &[u8] = include_bytes!("fixtures/parquet/pyarrow.parquet");
const POLARS: &[u8] = include_bytes!("fixtures/parquet/polars.parquet");

/// Reads the text of `article.body`.
const NESTED: [&str; 2] = ["--text-field", "article.body"];

/// A table of texts, `in_group` rows a group, each with the number of its row.
fn texts(texts: &[&str], in_group: usize) -> Vec<u8> {
    let schema = "message drop { required binary text (UTF8); required int64 n; }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let properties = Arc::new(WriterProperties::builder().set_dictionary_enabled(true).build());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, properties).unwrap();
    let mut n = 0;
    for group in texts.chunks(in_group) {
        let mut rows = writer.next_row_group().unwrap();
        let mut column = rows.next_column().unwrap().unwrap();
        let values: Vec<ByteArray> = group.iter().map(|text| ByteArray::from(*text)).collect();
        column.typed::<ByteArrayType>().write_batch(&values, None, None).unwrap();
        column.close().unwrap();
        let mut column = rows.next_column().unwrap().unwrap();
        let numbers: Vec<i64> = (n..).take(group.len()).collect();
        n += group.len() as i64;
        column.typed::<Int64Type>().write_batch(&numbers, None, None).unwrap();
        column.close().unwrap();
        rows.close().unwrap();
    }
    writer.into_inner().unwrap()
}

fn message(outcome: &Outcome, action: &str) -> String {
    let problem = outcome.only_problem(action);
    assert_eq!(problem["code"], "bad_table", "{problem}");
    problem["message"].as_str().unwrap().to_owned()
}

#[test]
fn tables_of_other_programs_are_read_with_their_nested_fields_times_and_lists() {
    for (name, bytes) in [("pyarrow.parquet", PYARROW), ("polars.parquet", POLARS), ("no-name", PYARROW)] {
        let outcome = Drop::new().file(name, bytes).run(&NESTED).exits(0);
        assert_eq!(outcome.ids().len(), 9, "{name}");
        let row = outcome.document("p-3");
        assert_eq!(
            (row["title"].as_str(), row["date"].as_str()),
            ("Story 3", "2020-05-03T10:03:00Z"),
            "{name}"
        );
        assert!(outcome.texts()["p-3"].starts_with("The council of the river town met on Monday"));
        let extra: Value = serde_json::from_str(&row["extra"]).unwrap();
        assert_eq!(
            extra,
            json!({ "article": { "n_words": 23 }, "tags": ["town", "t3"], "day": "2020-05-04" })
        );
        let extra: Value = serde_json::from_str(&outcome.document("p-5")["extra"]).unwrap();
        assert_eq!(extra["score"], json!(1.25), "{name}");
    }
}

#[test]
fn a_table_is_read_from_a_pipe_packed_and_within_archives() {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for name in ["a.txt", "deep/b.parquet"] {
        archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        let bytes = if name == "a.txt" { article(5).into_bytes() } else { POLARS.to_vec() };
        std::io::Write::write_all(&mut archive, &bytes).unwrap();
    }
    let archive = archive.finish().unwrap().into_inner();
    let packed = zstd::encode_all(POLARS, 1).unwrap();
    let drop = Drop::new().file("drop.zip", archive).file("packed.parquet.zst", packed);
    let arguments = ["run", "-", "drop", "--output", "out", NESTED[0], NESTED[1]];
    let outcome = drop.command(&arguments, PYARROW).exits(0);
    // The same nine, three times: with equal text and id, each is one document.
    assert_eq!(outcome.ids().len(), 9 + 1);
    assert_eq!(outcome.count("repeated"), 18);
}

#[test]
fn a_damaged_table_gives_the_rows_before_the_damage_and_no_more_is_lost() {
    let articles: Vec<String> = (0..12).map(article).collect();
    let all: Vec<&str> = articles.iter().map(String::as_str).collect();
    let whole = texts(&all, 4);
    // The end is missing, and with it the list of what stands where.
    let cut = Drop::new()
        .good()
        .file("cut.parquet", &whole[..whole.len() - 200])
        .run(&[])
        .exits(3)
        .keeps_the_good();
    assert!(
        message(&cut, "skipped").starts_with("cannot be read as a Parquet table: "),
        "{}",
        message(&cut, "skipped")
    );
    let other =
        Drop::new().good().file("other.parquet", "\u{1}\0no table").run(&[]).exits(3).keeps_the_good();
    assert!(message(&other, "skipped").contains("get the file again"));
    let packed = include_bytes!("fixtures/parquet/brotli.parquet");
    let packed = Drop::new().good().file("packed.parquet", packed).run(&[]).exits(3).keeps_the_good();
    assert!(message(&packed, "skipped").contains("packed with brotli, which is not read; write it again"));
    // A page within is damaged.
    let mut damaged = whole.clone();
    let middle = whole.windows(40).rposition(|window| window == &all[9].as_bytes()[..40]).unwrap();
    damaged[middle - 160..middle - 20].fill(0xff);
    let drop = Drop::new().good().file("damaged.parquet", &damaged);
    let outcome = drop.run(&["--write-kept", "kept"]).exits(3).keeps_the_good();
    let read = outcome.ids().len() - 2;
    assert!((4..=8).contains(&read), "{read}");
    assert!(message(&outcome, "skipped").contains(&format!("damaged after row {read}")));
    assert_eq!(rows_of(&drop.place().join("kept/damaged.parquet")).len(), read);
}

#[test]
fn whatever_stands_in_a_table_costs_no_more_than_its_rows() {
    let articles: Vec<String> = (0..6).map(article).collect();
    let all: Vec<&str> = articles.iter().map(|text| &text[..60]).collect();
    let whole = texts(&all, 3);
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("a.parquet");
    for at in 4..whole.len() {
        for change in [0x01, 0x80, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] ^= change;
            std::fs::write(&path, &bytes).unwrap();
            // Read, or told why not; here a crash would end the test.
            let _ = samestory::Corpus::read(&[&path], &samestory::Settings::default());
        }
    }
}

#[test]
fn a_table_that_unpacks_to_too_much_is_left_out() {
    let long = "The council met and agreed on the tram. ".repeat(1 << 12);
    let many = vec![long.as_str(); 700];
    let outcome =
        Drop::new().good().file("bomb.parquet", texts(&many, 700)).run(&[]).exits(3).keeps_the_good();
    assert_eq!(outcome.only_problem("skipped")["code"], "too_much");
    assert_eq!(outcome.ids().len(), 2);
}

fn rows_of(path: &Path) -> Vec<parquet::record::Row> {
    let reader = SerializedFileReader::new(File::open(path).unwrap()).unwrap();
    reader.get_row_iter(None).unwrap().map(|row| row.unwrap()).collect()
}

#[test]
fn rows_worth_keeping_come_back_with_their_columns_types_and_two_more() {
    let drop = Drop::new().file("drop.parquet", PYARROW).file("again.parquet", copy_of_two_rows());
    let outcome = drop.run(&[NESTED[0], NESTED[1], "--write-kept", "kept"]).exits(0);
    let dropped = outcome.text("drop.txt");
    let kept: Vec<&str> = ["drop.parquet", "again.parquet"]
        .into_iter()
        .filter(|name| drop.place().join("kept").join(name).exists())
        .collect();
    let mut found = Vec::new();
    for name in kept {
        let rows = rows_of(&drop.place().join("kept").join(name));
        for row in &rows {
            let names: Vec<String> = row.get_column_iter().map(|(name, _)| name.clone()).collect();
            assert_eq!(names.last().unwrap(), "samestory_set_size");
            found.push(row.get_string(names.len() - 2).unwrap().clone());
        }
        if name == "drop.parquet" {
            let before = rows_of(&drop.place().join("drop/drop.parquet"));
            for row in &rows {
                let id = row.get_string(0).unwrap();
                let same = before.iter().find(|row| row.get_string(0).unwrap() == id).unwrap();
                // Byte for byte the same fields, nested ones and nulls too.
                let fields = |row: &parquet::record::Row| {
                    row.get_column_iter().take(8).map(|(_, field)| field.clone()).collect::<Vec<Field>>()
                };
                assert_eq!(fields(row), fields(same));
                assert!(row.get_long(9).unwrap() >= 1);
            }
        }
    }
    found.sort();
    let expected: Vec<String> = outcome.text("keep.txt").lines().map(str::to_owned).collect();
    assert_eq!(found, expected);
    assert!(!dropped.is_empty(), "nothing was dropped, so nothing was tested");
}

/// Two texts of the other table, under other ids.
fn copy_of_two_rows() -> Vec<u8> {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("a.parquet");
    std::fs::write(&path, PYARROW).unwrap();
    let rows = rows_of(&path);
    let texts: Vec<String> =
        rows[1..3].iter().map(|row| row.get_group(2).unwrap().get_string(0).unwrap().clone()).collect();
    let schema = "message drop { required group article { required binary body (UTF8); } }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let values: Vec<ByteArray> = texts.iter().map(|text| ByteArray::from(text.as_str())).collect();
    column.typed::<ByteArrayType>().write_batch(&values, None, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.into_inner().unwrap()
}

/// A Parquet table as a CSV reader would give it.
fn as_text(path: &Path) -> Vec<Row> {
    let field = |field: &Field| match field {
        Field::Null => String::new(),
        Field::Str(text) => text.clone(),
        Field::Double(number) => format!("{number:.4}"),
        other => other.to_string(),
    };
    rows_of(path)
        .iter()
        .map(|row| row.get_column_iter().map(|(name, value)| (name.clone(), field(value))).collect())
        .collect()
}

#[test]
fn each_table_as_parquet_says_what_the_csv_says_and_a_report_made_again_keeps_them() {
    let drop = Drop::new().good().records(
        "more.jsonl",
        &[
            json!({ "id": "007", "text": article(1), "title": "=1+1", "date": "2020-05-03" }),
            json!({ "id": "8", "text": article(1), "more": { "a": [1, 2] } }),
            json!({ "id": "9", "text": format!("{} {}", article(1), article(2)) }),
        ],
    );
    let outcome = drop.run(&["--tables", "parquet", "--archive", "archive"]).exits(0);
    let tables = [
        "documents", "pairs", "passages", "neighbors", "similarity", "duplicates", "stories", "borderline",
        "known", "known_passages", "story_events",
    ];
    for name in tables {
        let expected = table(&outcome.folder.join(format!("{name}.csv")));
        assert_eq!(as_text(&outcome.folder.join(format!("{name}.parquet"))), expected, "{name}");
    }
    assert!(rows_of(&outcome.folder.join("terms.parquet")).len() > 20);
    let first = &rows_of(&outcome.folder.join("documents.parquet"))[0];
    assert_eq!((first.get_string(0).unwrap().as_str(), first.get_long(8).is_ok()), ("007", true));

    let bytes = outcome.bytes("pairs.parquet");
    let again = drop.command(&["report", "out"], b"").exits(0);
    assert_eq!(again.bytes("pairs.parquet"), bytes);
    drop.command(&["report", "out", "--no-text", "-o", "bare"], b"").exits(0);
    let bare = drop.place().join("bare");
    assert_eq!(as_text(&bare.join("documents.parquet")), table(&bare.join("documents.csv")));
    assert!(as_text(&bare.join("documents.parquet")).iter().all(|row| row["title"].is_empty()));
    assert!(!bare.join("terms.parquet").exists());
    // A run without the flag has none of them left.
    let plain = drop.run(&[]).exits(0);
    assert!(!plain.folder.join("pairs.parquet").exists());
}

#[test]
fn tables_as_parquet_are_the_same_on_any_number_of_threads() {
    let drop = Drop::new().file("drop.parquet", PYARROW);
    let names = ["documents.parquet", "neighbors.parquet", "similarity.parquet"];
    let run = |threads: &str| {
        let outcome = drop.run(&[NESTED[0], NESTED[1], "--tables", "parquet", "--threads", threads]).exits(0);
        names.map(|name| outcome.bytes(name))
    };
    assert_eq!(run("1"), run("3"));
}
