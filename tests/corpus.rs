//! What the corpus room makes of good and bad inputs, through its public door.

#![allow(clippy::unwrap_used, clippy::format_collect, clippy::single_range_in_vec_init)]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use samestory::corpus::{Action, Corpus, Problem, Status};
use samestory::{DocId, Error, Settings};
use tempfile::TempDir;

/// A folder with these files in it.
fn drop_of(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

fn read(path: &Path) -> Corpus {
    let corpus = Corpus::read(&[path], &Settings::default()).unwrap();
    check_promises(&corpus);
    corpus
}

fn read_one(name: &str, bytes: &[u8]) -> Corpus {
    let folder = drop_of(&[(name, bytes)]);
    read(folder.path())
}

fn refusal(path: &Path) -> String {
    match Corpus::read(&[path], &Settings::default()) {
        Err(Error::Input(message)) => message,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

/// What holds of every corpus.
fn check_promises(corpus: &Corpus) {
    assert_eq!(corpus.counts.read, corpus.documents.len() as u64 + corpus.counts.skipped);
    let skipped = corpus.problems.iter().filter(|problem| problem.action == Action::Skipped).count();
    assert_eq!(corpus.counts.skipped, skipped as u64);
    assert!(corpus.documents.is_sorted_by(|a, b| a.id < b.id), "ids are sorted and unique");
    assert!(corpus.problems.is_sorted());
    assert_eq!(corpus.texts.len(), corpus.documents.len());
    for (place, document) in corpus.documents.iter().enumerate() {
        let text = corpus.texts.text(DocId(place as u32));
        let mut end = 0;
        for range in document.set_aside.iter().map(|aside| &aside.bytes) {
            assert!(range.start >= end && range.start < range.end);
            assert!(text.get(range.start as usize..range.end as usize).is_some(), "ranges lie on characters");
            end = range.end;
        }
    }
}

fn ids(corpus: &Corpus) -> Vec<&str> {
    corpus.documents.iter().map(|document| document.id.as_str()).collect()
}

fn text(corpus: &Corpus, place: u32) -> String {
    corpus.texts.text(DocId(place)).into_owned()
}

fn codes(corpus: &Corpus) -> Vec<&str> {
    corpus.problems.iter().map(|problem| problem.code).collect()
}

fn only_problem(corpus: &Corpus) -> &Problem {
    assert_eq!(corpus.problems.len(), 1, "{:?}", corpus.problems);
    &corpus.problems[0]
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstandard(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

// Nothing, and next to nothing

#[test]
fn a_folder_without_documents_is_refused_with_what_was_looked_for() {
    let folder = drop_of(&[("picture.png", b"\x89PNG\r\n\x1a\n")]);
    let message = refusal(folder.path());
    for words in [folder.path().to_str().unwrap(), ".jsonl", ".txt", "1 image"] {
        assert!(message.contains(words), "{message}");
    }
    assert!(refusal(&folder.path().join("not_there")).contains("not_there"));
}

#[test]
fn one_document_is_a_corpus() {
    let corpus = read_one("one.txt", b"The council met on Tuesday and agreed on the new tram line.");
    assert_eq!(ids(&corpus), ["one"]);
    assert_eq!(corpus.documents[0].language.code(), "en");
    assert_eq!(corpus.inputs[0].encodings["UTF-8"], 1);
    assert_eq!(corpus.inputs[0].hash.len(), 16);
}

#[test]
fn empty_files_are_counted_and_hold_no_document() {
    let folder = drop_of(&[("a.txt", b""), ("b.jsonl", b""), ("c.jsonl", b"\n\n"), ("d.txt", b"Something.")]);
    let corpus = read(folder.path());
    assert_eq!(ids(&corpus), ["d"]);
    assert_eq!(corpus.counts.other_files["empty file"], 2);
    assert!(corpus.problems.is_empty());
}

#[test]
fn white_space_is_an_empty_document() {
    let corpus = read_one(
        "a.jsonl",
        b"{\"id\":\"1\",\"text\":\"\"}\n{\"id\":\"2\",\"text\":\" \\n\\t\"}\n\
          {\"id\":\"3\",\"text\":\"\\u200b\\u00ad \\u2060\"}\n",
    );
    assert!(corpus.documents.iter().all(|document| document.status == Status::Empty));
    assert_eq!(corpus.counts.read, 3);
}

// Bytes that are no text

#[test]
fn a_few_nul_bytes_are_replaced_and_many_make_a_binary() {
    let mut few = b"The council met on Tuesday. ".repeat(20);
    few.push(0);
    let mut many = b"abc".repeat(10);
    many.extend([0; 10]);
    let folder = drop_of(&[("few.txt", &few), ("many.txt", &many)]);
    let corpus = read(folder.path());
    assert_eq!(ids(&corpus), ["few"]);
    assert!(text(&corpus, 0).ends_with('\u{fffd}'));
    assert_eq!(only_problem(&corpus).code, "nul_bytes");
    assert_eq!(corpus.counts.other_files["binary file"], 1);
    let record = read_one("a.jsonl", b"{\"text\":\"ok\"}\n{\"text\":\"a\\u0000\\u0000b\"}\n");
    assert_eq!(codes(&record), ["binary"]);
}

#[test]
fn bad_utf_8_costs_a_sign_not_the_file() {
    let folder = drop_of(&[
        ("a.jsonl", b"{\"id\":\"1\",\"text\":\"a\xffb\"}\n{\"id\":\"2\",\"text\":\"c\"}\n"),
        ("b.txt", b"Z\xc3\xbcrich and \xe2\x82 and \xff."),
    ]);
    let corpus = read(folder.path());
    assert_eq!(text(&corpus, 0), "a\u{fffd}b");
    assert_eq!(text(&corpus, 2), "Zürich and \u{fffd} and \u{fffd}.");
    assert_eq!(codes(&corpus), ["bad_encoding", "bad_encoding"]);
    assert!(corpus.problems[1].message.starts_with("2 "));
    assert_eq!(corpus.counts.skipped, 0);
}

#[test]
fn byte_order_marks_are_dropped() {
    let json = "\u{feff}{\"id\":\"1\",\"text\":\"Zürich\"}\n\u{feff}{\"id\":\"2\",\"text\":\"Bern\"}\n";
    let wide: Vec<u8> = json.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [json.as_bytes(), &wide] {
        let corpus = read_one("a.jsonl", bytes);
        assert_eq!(ids(&corpus), ["1", "2"]);
        assert_eq!(text(&corpus, 0), "Zürich");
    }
    assert_eq!(text(&read_one("a.txt", b"\xff\xfeZ\0\xfc\0"), 0), "Zü");
}

#[test]
fn a_given_encoding_is_used() {
    let folder = drop_of(&[("a.txt", b"Z\xfcrich")]);
    let settings = Settings { encoding: Some("latin1".into()), ..Settings::default() };
    let corpus = Corpus::read(&[folder.path()], &settings).unwrap();
    assert_eq!(text(&corpus, 0), "Zürich");
    let settings = Settings { encoding: Some("klingon".into()), ..Settings::default() };
    assert!(matches!(Corpus::read(&[folder.path()], &settings), Err(Error::Settings(_))));
}

#[test]
fn line_ends_stay_as_they_are_so_that_offsets_are_true() {
    let written = "Council agrees on tram\r\n\r\nIt met.\rIt agreed.\u{2028}It left.\r\n";
    let corpus = read_one("a.txt", written.as_bytes());
    assert_eq!(text(&corpus, 0), written);
    assert_eq!(corpus.documents[0].title.as_deref(), Some("Council agrees on tram"));
    assert_eq!(corpus.documents[0].title_span, Some(0..22));
}

// Records

#[test]
fn a_bad_line_is_told_by_line_and_offset_and_the_rest_is_read() {
    let corpus = read_one(
        "a.jsonl",
        b"{\"id\":\"1\",\"text\":\"a\"}\n{\"id\":2,,}\n\n{\"id\":\"3\",\"text\":\"c\"}\n{\"id\":\"4\",\"te",
    );
    assert_eq!(ids(&corpus), ["1", "3"]);
    let places: Vec<_> = corpus.problems.iter().map(|problem| (problem.line, problem.byte_offset)).collect();
    assert_eq!(places, [(Some(2), Some(22)), (Some(5), Some(56))]);
    assert!(corpus.problems.iter().all(|problem| problem.code == "bad_json"));
    assert_eq!(corpus.counts.read, 4);
}

#[test]
fn lines_and_offsets_are_true_far_into_a_large_file() {
    let mut bytes = Vec::new();
    let mut bad = Vec::new();
    for line in 1..=60_000_u64 {
        if line % 19_997 == 0 {
            bad.push((Some(line), Some(bytes.len() as u64)));
            bytes.extend_from_slice(b"{\"id\":\n");
        } else {
            writeln!(bytes, "{{\"id\":\"{line:06}\",\"text\":\"{}\"}}", "word ".repeat(60)).unwrap();
        }
    }
    let corpus = read_one("a.jsonl", &bytes);
    let places: Vec<_> = corpus.problems.iter().map(|problem| (problem.line, problem.byte_offset)).collect();
    assert_eq!(places, bad);
    assert!(corpus.documents.iter().all(|document| document.line == document.id.parse().ok()));
}

#[test]
fn too_many_bad_records_stop_the_run_where_a_share_is_given() {
    let folder = drop_of(&[("a.jsonl", b"{\"text\":\"a\"}\n{\"text\":1}\n{\"text\":2}\n")]);
    let settings = Settings { max_bad: Some(0.5), ..Settings::default() };
    let Err(Error::Input(message)) = Corpus::read(&[folder.path()], &settings) else { panic!("not refused") };
    assert!(message.contains("a.jsonl:2:") && message.contains("--max-bad"), "{message}");
    assert!(Corpus::read(&[folder.path()], &Settings { max_bad: Some(0.7), ..Settings::default() }).is_ok());
}

#[test]
fn arrays_and_objects_over_many_lines_are_read() {
    let corpus = read_one("a.json", b"[\n {\"id\":\"1\",\"text\":\"a\"},\n {\"text\":\"b\"}, {\"x\":1}\n]\n");
    assert_eq!(ids(&corpus), ["1", "a.json:2"]);
    assert!(only_problem(&corpus).message.starts_with("record 3"));
    let corpus = read_one("a.json", b"{\n  \"id\": \"1\",\n  \"text\": \"a\"\n}\n");
    assert_eq!(ids(&corpus), ["1"]);
    let deep = format!("[{{\"text\":\"a\"}},{}{}]", "[".repeat(100_000), "]".repeat(100_000));
    let corpus = read_one("a.json", deep.as_bytes());
    assert_eq!((corpus.documents.len(), codes(&corpus)), (1, vec!["bad_json"]));
}

#[test]
fn a_bad_first_line_does_not_cost_those_after_it() {
    for first in ["{\"id\":\"a\",", "{", "[1,2]"] {
        let lines = format!("{first}\n{{\"id\":\"b\",\"text\":\"b\"}}\n{{\"id\":\"c\",\"text\":\"c\"}}\n");
        let corpus = read_one("a.jsonl", lines.as_bytes());
        assert_eq!(ids(&corpus), ["b", "c"], "{first}");
        assert_eq!((only_problem(&corpus).line, only_problem(&corpus).code), (Some(1), "bad_json"));
    }
}

#[test]
fn an_array_is_told_by_its_first_signs_where_a_name_says_nothing() {
    let corpus =
        read_one("feed", b"[\n  {\"id\":\"1\",\"text\":\"a\"},\n  {\"id\":\"2\",\"text\":\"b\"}\n]\n");
    assert_eq!(ids(&corpus), ["1", "2"]);
}

#[test]
fn ids_that_are_numbers_stay_as_they_were_written() {
    let corpus = read_one(
        "a.jsonl",
        b"{\"id\":12345678901234567890123,\"text\":\"a\"}\n{\"id\":12345678901234567890124,\"text\":\"b\",\"x\":1.10}\n",
    );
    assert_eq!(ids(&corpus), ["12345678901234567890123", "12345678901234567890124"]);
    assert_eq!(corpus.documents[1].extra["x"].to_string(), "1.10");
}

#[test]
fn messages_do_not_repeat_a_megabyte() {
    let long = "x".repeat(1 << 20);
    let lines = format!(
        "{{\"id\":\"{long}\",\"text\":\"a\"}}\n{{\"id\":\"{long}\",\"text\":\"b\"}}\n\
         {{\"id\":\"{long}\",\"text\":\"b\"}}\n{{\"{long}\":1}}\n"
    );
    let corpus = read_one("a.jsonl", lines.as_bytes());
    assert_eq!(corpus.documents[0].id.len(), long.len());
    assert_eq!(codes(&corpus), ["shared_id", "repeated", "no_text"]);
    assert!(corpus.problems.iter().all(|problem| problem.message.len() < 400));
}

#[test]
fn a_record_without_text_is_skipped_and_its_keys_are_named() {
    let corpus = read_one(
        "a.jsonl",
        b"{\"text\":\"a\"}\n{\"words\":\"b\"}\n{\"text\":null}\n{\"text\":7}\n{\"text\":[\"a\"]}\n{}\n[1]\n",
    );
    assert_eq!(corpus.counts.skipped, 6);
    let first = &corpus.problems[0];
    assert!(first.message.contains("\"words\"") && first.message.contains("--text-field"), "{first:?}");
}

#[test]
fn the_fields_used_are_recorded_and_can_be_given() {
    let json = b"{\"uuid\":\"u\",\"headline\":\"H\",\"body\":\"B\",\"publisher\":\"P\",\"published\":\"2011-01-26\",\"label\":\"x\"}\n";
    let folder = drop_of(&[("a.jsonl", json)]);
    let corpus = read(folder.path());
    let used = ["date=published", "id=uuid", "source=publisher", "text=body", "title=headline"];
    assert_eq!(corpus.inputs[0].fields, used);
    let document = &corpus.documents[0];
    assert_eq!((document.title.as_deref(), document.date.as_deref()), (Some("H"), Some("2011-01-26")));
    assert_eq!(document.extra["label"], "x");
    let settings = Settings { text_field: Some("headline".into()), ..Settings::default() };
    assert_eq!(text(&Corpus::read(&[folder.path()], &settings).unwrap(), 0), "H");
    let settings = Settings { text_field: Some("story_text".into()), ..Settings::default() };
    let Err(Error::Input(message)) = Corpus::read(&[folder.path()], &settings) else { panic!("not refused") };
    assert!(message.contains("\"story_text\"") && message.contains("\"body\""), "{message}");
}

#[test]
fn keys_that_come_twice_are_counted_and_the_last_wins() {
    let corpus = read_one("a.jsonl", b"{\"text\":\"one\",\"text\":\"two\"}\n");
    assert_eq!((text(&corpus, 0).as_str(), only_problem(&corpus).code), ("two", "repeated_key"));
}

#[test]
fn shuffled_records_give_the_same_documents() {
    let lines: Vec<String> = (0..200)
        .map(|n| format!("{{\"id\":\"d{}\",\"text\":\"text {}\",\"n\":{}}}\n", n % 90, n % 120, n % 7))
        .collect();
    let mut turned = lines.clone();
    turned.reverse();
    turned.swap(3, 150);
    let [straight, turned] = [lines, turned].map(|lines| {
        let mut corpus = read_one("a.jsonl", lines.concat().as_bytes());
        for document in &mut corpus.documents {
            document.line = None;
        }
        corpus
    });
    assert_eq!(straight.documents, turned.documents);
    assert_eq!(straight.counts, turned.counts);
    let texts =
        |corpus: &Corpus| (0..corpus.documents.len() as u32).map(|at| text(corpus, at)).collect::<Vec<_>>();
    assert_eq!(texts(&straight), texts(&turned));
}

#[test]
fn ids_stay_as_they_are_but_for_control_characters() {
    let long = "x".repeat(1 << 20);
    let json = format!(
        "{{\"id\":\"../../etc/passwd\",\"text\":\"a\"}}\n{{\"id\":\"CON\",\"text\":\"b\"}}\n{{\"id\":\"a\\nb\",\"text\":\"c\"}}\n\
         {{\"id\":\"\",\"text\":\"d\"}}\n{{\"id\":\"{long}\",\"text\":\"e\"}}\n{{\"id\":12,\"text\":\"f\"}}\n"
    );
    let corpus = read_one("s.jsonl", json.as_bytes());
    assert_eq!(ids(&corpus), ["../../etc/passwd", "12", "CON", "a%0Ab", "s.jsonl:4", &long]);
    assert_eq!(codes(&corpus), ["id_escaped", "empty_id"]);
}

#[test]
fn impossible_dates_are_left_out_and_told() {
    let corpus =
        read_one("a.jsonl", b"{\"text\":\"a\",\"date\":\"2011-02-30\"}\n{\"text\":\"b\",\"date\":null}\n");
    assert!(corpus.documents.iter().all(|document| document.date.is_none()));
    assert_eq!(only_problem(&corpus).code, "bad_date");
}

// Files

#[test]
fn compressed_files_are_told_by_their_bytes_and_all_members_are_read() {
    let line = |id: &str| format!("{{\"id\":\"{id}\",\"text\":\"text {id}\"}}\n").into_bytes();
    let members = [gzip(&line("a")), gzip(&line("b"))].concat();
    let frames = [zstandard(&line("c")), zstandard(&line("d"))].concat();
    let folder = drop_of(&[("1.jsonl.gz", &members), ("2.jsonl", &frames), ("3.jsonl.gz", &line("e"))]);
    let corpus = read(folder.path());
    assert_eq!(ids(&corpus), ["a", "b", "c", "d", "e"]);
    assert!(corpus.problems.is_empty());
}

#[test]
fn what_a_broken_archive_still_holds_is_read() {
    let lines: String =
        (0..5_000_u64).map(|n| format!("{{\"id\":\"{n:05}\",\"text\":\"{}\"}}\n", n * n * 7_919)).collect();
    for (name, bytes) in
        [("a.jsonl.gz", gzip(lines.as_bytes())), ("a.jsonl.zst", zstandard(lines.as_bytes()))]
    {
        let corpus = read_one(name, &bytes[..bytes.len() * 3 / 4]);
        assert!(corpus.problems.iter().any(|problem| problem.code == "truncated"), "{name}");
        assert!(corpus.documents.len() < 5_000);
        // A block of zstd is all or nothing, and this file has few.
        assert!(name.ends_with("zst") || corpus.documents.len() > 2_000, "{}", corpus.documents.len());
    }
}

#[test]
fn a_broken_archive_that_gives_nothing_is_skipped_and_is_no_empty_file() {
    let folder = drop_of(&[
        ("a.txt", b"a"),
        ("b.jsonl.gz", b"\x1f\x8b\x08 no gzip"),
        ("c.zst", b"\x28\xb5\x2f\xfdnone"),
    ]);
    let corpus = read(folder.path());
    assert_eq!((ids(&corpus), corpus.counts.skipped), (vec!["a"], 2));
    assert!(corpus.counts.other_files.is_empty());
    assert!(corpus.problems.iter().all(|problem| problem.message.contains("nothing could be read")));
}

#[test]
fn a_bomb_is_skipped() {
    let line = format!("{}\n", " ".repeat(1 << 20)).repeat(100);
    let bomb = zstandard(line.as_bytes());
    let folder = drop_of(&[("bomb.jsonl.zst", &bomb), ("good.txt", b"Something.")]);
    let corpus = read(folder.path());
    assert_eq!((ids(&corpus), codes(&corpus)), (vec!["good"], vec!["too_much"]));
}

#[test]
fn a_line_or_a_text_over_the_limit_is_skipped() {
    let long = "x".repeat(5_000);
    let json = format!("{{\"id\":\"1\",\"text\":\"{long}\"}}\n{{\"id\":\"2\",\"text\":\"b\"}}\n");
    let folder = drop_of(&[("a.jsonl", json.as_bytes()), ("b.txt", long.as_bytes())]);
    let settings = Settings { max_document_bytes: 1_000, ..Settings::default() };
    let corpus = Corpus::read(&[folder.path()], &settings).unwrap();
    assert_eq!((ids(&corpus), codes(&corpus)), (vec!["2"], vec!["too_long", "too_long"]));
}

#[test]
fn other_kinds_of_file_are_counted_and_skipped_only_when_named() {
    let folder = drop_of(&[
        ("a.txt", b"Something."),
        ("b.txt", b"\x89PNG\r\n\x1a\n"),
        ("c.docx", b"PK\x03\x04"),
        ("d.arrow", b"ARROW1\0\0"),
        ("e", b"\x7fELF\x02\x01"),
    ]);
    let corpus = read(folder.path());
    assert_eq!(ids(&corpus), ["a"]);
    assert!(corpus.problems.is_empty());
    let kinds: Vec<_> = corpus.counts.other_files.keys().map(String::as_str).collect();
    assert_eq!(kinds, ["image", "office file", "program", "table (arrow)"]);
    let inputs = [folder.path().join("a.txt"), folder.path().join("d.arrow")];
    let corpus = Corpus::read(&inputs, &Settings::default()).unwrap();
    check_promises(&corpus);
    assert_eq!(only_problem(&corpus).code, "not_read");
    assert_eq!(corpus.counts.read, 2);
}

#[test]
fn files_are_called_by_their_path_and_by_their_extension_where_they_must() {
    let folder = drop_of(&[
        ("a/one.txt", b"1"),
        ("a/one.md", b"2"),
        ("b/one.txt.gz", &gzip(b"3")),
        ("v1.2 notes", b"4"),
        (".hidden.txt", b"5"),
    ]);
    fs::write(folder.path().join(".gitignore"), "*").unwrap();
    let corpus = read(folder.path());
    assert_eq!(ids(&corpus), [".gitignore", ".hidden", "a/one.md", "a/one.txt", "b/one", "v1.2 notes"]);
}

#[test]
fn files_that_lie_alike_below_two_inputs_are_two_files() {
    let folder = drop_of(&[
        ("may/a.txt", b"one"),
        ("june/a.txt", b"one"),
        ("may/b.jsonl", b"{\"text\":\"two\"}\n"),
        ("june/b.jsonl", b"{\"text\":\"two\"}\n"),
        ("may/c.json", b"[{\"text\":\"three\"}]"),
        ("june/c.json", b"[{\"text\":\"three\"}]"),
        ("june/d.txt", b"four"),
    ]);
    let path = |name: &str| folder.path().join(name);
    let corpus = Corpus::read(&[path("may"), path("june")], &Settings::default()).unwrap();
    check_promises(&corpus);
    let shown = |name: &str| path(name).display().to_string();
    let mut expected: Vec<String> =
        ["june/a", "june/b.jsonl:1", "june/c.json:1", "may/a", "may/b.jsonl:1", "may/c.json:1"]
            .map(shown)
            .to_vec();
    expected.push("d".to_owned());
    expected.sort();
    assert_eq!(ids(&corpus), expected);
    assert_eq!((corpus.counts.repeated, corpus.problems.len()), (0, 0));
}

#[test]
fn what_a_killed_run_left_is_never_read() {
    let folder = drop_of(&[
        ("a.txt", b"Something."),
        (".out.samestory-123/texts.jsonl", b"{\"id\":\"x\",\"text\":\"b\"}\n"),
        (".out.samestory-123-old/report.md", b"words"),
        (".notes.samestory-later/b.txt", b"Mine."),
    ]);
    assert_eq!(ids(&read(folder.path())), [".notes.samestory-later/b", "a"]);
}

#[test]
fn results_of_ours_are_never_read() {
    let folder = drop_of(&[
        ("a.txt", b"Something."),
        ("out/run.json", b"{\"tool\":\"samestory\",\"schema\":1}"),
        ("out/report.md", b"words"),
        ("drop.jsonl", b"{\"id\":\"x\",\"text\":\"b\"}\n"),
        ("drop.truth.jsonl", b"{\"id\":\"x\",\"dup\":\"1\"}\n"),
        ("theirs/run.json", b"{\"tool\":\"another\",\"text\":\"mine\"}"),
    ]);
    let corpus = read(folder.path());
    assert_eq!(ids(&corpus), ["a", "theirs/run.json:1", "x"]);
    assert!(refusal(&folder.path().join("out")).contains("result of samestory"));
}

#[test]
fn a_page_gives_its_article_and_a_page_without_one_is_marked() {
    let paragraph =
        "The council met on Tuesday and, after a long debate, agreed on the new tram line. ".repeat(4);
    let article = format!(
        "<!doctype html><html lang=en><head><title>Council agrees on tram</title></head><body><nav><a href=/>Home</a></nav>\
         <article><h1>Council agrees on tram</h1><p>{paragraph}</p><p>{paragraph}</p></article></body></html>"
    );
    let folder = drop_of(&[
        ("a.html", article.as_bytes()),
        ("b.html", b"<html><body><nav><a href=/>Home</a></nav></body></html>"),
    ]);
    let corpus = read(folder.path());
    assert_eq!(corpus.documents[0].status, Status::Ok);
    assert!(text(&corpus, 0).contains("new tram line") && !text(&corpus, 0).contains('<'));
    assert_eq!(corpus.documents[0].title.as_deref(), Some("Council agrees on tram"));
    assert_eq!(corpus.documents[1].status, Status::NotAnArticle);
    let deep = format!("{}text", "<div>".repeat(100_000));
    let folder = drop_of(&[("a.txt", b"Something."), ("deep.html", deep.as_bytes())]);
    assert_eq!(codes(&read(folder.path())), ["too_deep"]);
}

#[cfg(unix)]
mod unix {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn links_are_not_followed_and_a_file_with_two_names_is_read_once() {
        let folder = drop_of(&[("a.txt", b"Something."), ("deep/b.txt", b"Else.")]);
        symlink("nowhere", folder.path().join("broken.txt")).unwrap();
        symlink(folder.path(), folder.path().join("deep/loop")).unwrap();
        fs::hard_link(folder.path().join("a.txt"), folder.path().join("second.txt")).unwrap();
        let corpus = read(folder.path());
        assert_eq!(ids(&corpus), ["a", "deep/b"]);
        assert_eq!(corpus.counts.other_files["link"], 2);
        assert_eq!(corpus.counts.other_files["second name of a file"], 1);
        let outside = tempfile::tempdir().unwrap();
        symlink(folder.path(), outside.path().join("named")).unwrap();
        assert_eq!(ids(&read(&outside.path().join("named"))), ["a", "deep/b"]);
    }

    #[test]
    fn a_pipe_in_a_folder_is_counted_and_not_opened() {
        let folder = drop_of(&[("a.txt", b"Something.")]);
        let made = std::process::Command::new("mkfifo").arg(folder.path().join("pipe.txt")).status();
        assert!(made.unwrap().success());
        let corpus = read(folder.path());
        assert_eq!(ids(&corpus), ["a"]);
        assert_eq!(corpus.counts.other_files["pipe"], 1);
    }

    #[test]
    fn names_of_any_bytes_are_read_and_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let names: [&[u8]; 4] = [b"a\xff.txt", b"a\xfe.txt", b"b\nc.txt", b"-v.txt"];
        for (name, text) in names.iter().zip(["1", "2", "3", "4"]) {
            fs::write(folder.path().join(OsStr::from_bytes(name)), text).unwrap();
        }
        assert_eq!(ids(&read(folder.path())), ["-v", "a%FE", "a%FF", "b%0Ac"]);
    }

    #[test]
    fn folders_are_walked_without_recursion() {
        let folder = tempfile::tempdir().unwrap();
        let mut path: PathBuf = folder.path().to_owned();
        for _ in 0..400 {
            path.push("d");
        }
        fs::create_dir_all(&path).unwrap();
        fs::write(path.join("a.txt"), "Something.").unwrap();
        assert_eq!(read(folder.path()).documents.len(), 1);
    }
}

// The seeds

#[test]
fn the_furniture_of_the_seeds_is_set_aside_exactly() {
    let corpus = read(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/seeds")));
    assert_eq!(
        ids(&corpus),
        [
            "000_0025b1bf28a8db73", "001_ab595d31eba652bd", "002_a042c7e17330f192", "003_291597897957832c",
            "004_805edcfbf3506a1d"
        ]
    );
    let ranges: Vec<Vec<_>> = corpus
        .documents
        .iter()
        .map(|document| document.set_aside.iter().map(|aside| aside.bytes.clone()).collect())
        .collect();
    let fourth = vec![74..104, 6346..6376, 6377..6393, 6395..6471, 6473..6485, 6487..6553];
    assert_eq!(ranges, [vec![], vec![], vec![], vec![56..73], fourth]);
    let titled: Vec<bool> = corpus.documents.iter().map(|document| document.title.is_some()).collect();
    assert_eq!(titled, [false, false, true, true, true]);
    assert!(
        corpus.documents.iter().all(|document| document.language.code() == "en" && document.date.is_none())
    );
    assert!(corpus.problems.is_empty());
    assert_eq!((corpus.counts.read, corpus.counts.skipped), (5, 0));
}

#[test]
fn texts_in_memory_are_a_corpus_too() {
    let texts = [("b", "Council agrees on tram\n\nIt met."), ("a", "words"), ("a", "words"), ("a", "more")];
    let corpus = Corpus::from_texts(texts.map(|(id, text)| (id.to_owned(), text.to_owned())));
    check_promises(&corpus);
    assert_eq!(ids(&corpus), ["a", "a#2", "b"]);
    assert_eq!(corpus.counts.repeated, 1);
    assert_eq!(corpus.documents[2].title.as_deref(), Some("Council agrees on tram"));
}
