//! The command line, from outside: exit codes, messages, and what becomes of bad input.

use std::fs;
use std::io::Write as _;
use std::process::{Command as Process, Stdio};
use std::time::Duration;

use serde_json::json;

use crate::support::{Drop, article, cut_to, lines, record, samestory, with_wire_lines};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd_of(bytes: &[u8]) -> Vec<u8> {
    zstd::stream::encode_all(bytes, 3).unwrap()
}

// What was asked.

#[test]
fn help_and_version_are_answers() {
    let drop = Drop::new();
    assert!(drop.command(&["--help"], b"").exits(0).stdout.contains("Exit codes"));
    assert!(drop.command(&["run", "--help"], b"").exits(0).stdout.contains("Limits"));
    assert_eq!(
        drop.command(&["--version"], b"").exits(0).stdout,
        format!("samestory {}\n", env!("CARGO_PKG_VERSION"))
    );
}

#[test]
fn completions_and_the_manual_go_to_standard_output() {
    let drop = Drop::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(drop.command(&["completions", shell], b"").exits(0).stdout.contains("inspect"), "{shell}");
    }
    let manual = drop.command(&["man"], b"").exits(0).stdout;
    for part in [".TH samestory", "COMMAND RUN", "COMMAND INSPECT", "copy\\-threshold", "Exit codes"] {
        assert!(manual.contains(part), "{part}");
    }
}

#[test]
fn a_flag_out_of_its_range_is_a_usage_error_that_states_the_range() {
    let drop = Drop::new().good();
    for (flag, values, range) in [
        ("--copy-threshold", &["NaN", "-1", "2", "0,7", "0", "", "inf"][..], "over 0 and at most 1"),
        ("--story-threshold", &["NaN", "-1", "2", "0,7", "0"], "over 0 and at most 1"),
        ("--max-bad", &["NaN", "-1", "2", "0,7"], "from 0 to 1"),
        ("--themes", &["0", "-1", "1.5", "many"], "1 or more"),
        ("--neighbors", &["0", "-1"], "1 or more"),
        ("--neighbors", &["1001"], "from 1 to 1000"),
        ("--threads", &["0", "-1", "x"], "1 or more"),
        ("--max-document-bytes", &["0", "-1", "64X"], "1 or more"),
        ("--languages", &["english"], "two letters"),
        ("--only", &["copies"], "duplicates, stories, themes"),
        ("--fail-if", &["duplicates", "copies>0", "duplicates>x"], "duplicates>0"),
    ] {
        for value in values {
            let outcome = drop.run(&[flag, value]).exits(2);
            outcome.says_and_publishes_nothing(&[flag.trim_start_matches('-'), range]);
        }
    }
}

#[test]
fn the_ends_of_a_range_are_valid() {
    let drop = Drop::new().good();
    drop.run(&["--copy-threshold", "1", "--max-bad", "0", "--neighbors", "1000", "--themes", "1"]).exits(0);
    drop.run(&["--story-threshold", "1", "--max-bad", "1", "--themes", "50"]).exits(0);
}

#[test]
fn ten_thousand_threads_are_clamped_with_a_note() {
    let outcome = Drop::new().good().run(&["--threads", "10000"]).exits(0).keeps_the_good();
    assert!(outcome.stderr.contains("threads is 10000"), "{}", outcome.stderr);
}

#[test]
fn a_wrong_settings_file_is_a_usage_error() {
    let drop = Drop::new().good();
    drop.run(&["--config", "none.toml"]).exits(2).says_and_publishes_nothing(&["none.toml"]);
    fs::write(drop.place().join("wrong.toml"), "copy-treshold = 0.9\n").unwrap();
    drop.run(&["--config", "wrong.toml"])
        .exits(2)
        .says_and_publishes_nothing(&["wrong.toml", "copy-treshold"]);
}

#[test]
fn run_json_says_where_each_setting_came_from() {
    let drop = Drop::new().good();
    fs::write(drop.place().join("mine.toml"), "neighbors = 3\ncopy-threshold = 0.9\n").unwrap();
    let outcome = drop.run(&["--config", "mine.toml", "--neighbors", "4"]).exits(0);
    let settings = &outcome.record()["settings"];
    assert_eq!(settings["neighbors"], json!({ "value": 4, "origin": "flag" }));
    assert_eq!(settings["copy-threshold"], json!({ "value": 0.9, "origin": "config" }));
    assert_eq!(settings["seed"]["origin"], "default");
}

#[test]
fn what_is_echoed_cannot_steer_the_terminal() {
    let drop = Drop::new();
    for arguments in [
        &["run", "\u{1b}[31mred"][..],
        &["run", "drop", "--\u{1b}[2J"],
        &["run", "x", "--only", "\u{1b}]0;y\u{7}"],
    ] {
        let outcome = drop.command(arguments, b"");
        assert!(matches!(outcome.code, Some(2 | 4)), "{:?}", outcome.code);
        assert!(!outcome.stderr.contains(['\u{1b}', '\u{7}']), "{:?}", outcome.stderr);
    }
}

#[test]
fn talk_goes_to_standard_error_and_quiet_ends_it() {
    let drop = Drop::new().good();
    let outcome = drop.run(&[]).exits(0);
    assert_eq!(outcome.stdout, "");
    assert!(!outcome.stderr.is_empty());
    assert!(!outcome.stderr.contains('\u{1b}'), "no bars and colors where nobody watches");
    assert_eq!(drop.run(&["--quiet"]).exits(0).stderr, "");
    assert!(drop.run(&["--verbose"]).exits(0).stderr.len() > outcome.stderr.len());
}

#[test]
fn json_prints_the_summary_for_scripts() {
    let outcome = Drop::new().good().run(&["--json", "--quiet"]).exits(0);
    let summary: serde_json::Value = serde_json::from_str(&outcome.stdout).unwrap();
    assert!(summary.is_object());
}

#[test]
fn the_output_folder_is_named_for_the_input() {
    let drop = Drop::new().good();
    drop.command(&["run", "drop"], b"").exits(0);
    assert!(drop.place().join("output/drop/run.json").exists());
    drop.command(&["run", "drop/good.jsonl"], b"").exits(0);
    assert!(drop.place().join("output/good/run.json").exists());
    drop.command(&["run", "-"], lines(&[record("piped", &article(1))]).as_bytes()).exits(0);
    assert!(drop.place().join("output/stdin/run.json").exists());
}

#[test]
fn a_dry_run_says_what_inspect_says_and_writes_nothing() {
    let drop = Drop::new().good();
    let planned = drop.run(&["--dry-run"]).exits(0);
    let inspected = drop.command(&["inspect", "drop"], b"").exits(0);
    assert!(planned.stdout.starts_with(&inspected.stdout), "{}", planned.stdout);
    assert!(planned.stdout.contains("would write out"), "{}", planned.stdout);
    assert!(inspected.stdout.contains("2 read: 2 ok"), "{}", inspected.stdout);
    assert!(!planned.folder.exists());
    assert_eq!(fs::read_dir(drop.place()).unwrap().count(), 1);
}

#[test]
fn fail_if_turns_a_count_into_an_exit_code() {
    let text = article(1);
    let drop = Drop::new()
        .good()
        .records("copies.jsonl", &[record("first", &text), record("second", &with_wire_lines(&text))]);
    drop.run(&["--fail-if", "duplicates>1"]).exits(0);
    let outcome = drop.run(&["--fail-if", "duplicates>0"]).exits(1).keeps_the_good();
    assert_eq!(outcome.record()["exit_code"], 1);
    assert_eq!(outcome.text("drop.txt").lines().count(), 1);
    drop.run(&["--fail-if", "documents<4"]).exits(0);
    drop.run(&["--fail-if", "skipped>0", "--fail-if", "documents>=4"]).exits(1);
}

#[test]
fn a_condition_that_holds_wins_over_skipped_input() {
    let drop = Drop::new().good().file("bad.jsonl", "{\"id\": \"bad\", \n");
    assert_eq!(drop.run(&[]).exits(3).record()["exit_code"], 3);
    let outcome = drop.run(&["--fail-if", "skipped>0"]).exits(1).keeps_the_good();
    assert_eq!(outcome.record()["exit_code"], 1);
    assert!(outcome.count("skipped") >= 1);
    assert!(outcome.record()["warnings"].to_string().contains("skipped"), "{}", outcome.record()["warnings"]);
}

// Bad inputs, by the row of the list that they stand in.

#[test]
fn row_1_no_documents_is_an_unusable_input() {
    Drop::new().run(&[]).exits(4).says_and_publishes_nothing(&["drop"]);
    let drop = Drop::new();
    drop.command(&["run", "missing", "--output", "out"], b"")
        .exits(4)
        .says_and_publishes_nothing(&["missing"]);
    drop.command(&["inspect", "missing"], b"").exits(4).says_and_publishes_nothing(&["missing"]);
}

#[test]
fn row_2_one_document_gives_whole_tables() {
    let outcome = Drop::new().records("one.jsonl", &[record("one", &article(1))]).run(&[]).exits(0);
    assert_eq!(outcome.ids(), ["one"]);
    assert!(outcome.table("pairs.csv").is_empty());
    assert_eq!(outcome.text("keep.txt"), "one\n");
    for name in
        ["passages.csv", "neighbors.csv", "duplicates.csv", "stories.csv", "themes.json", "report.html"]
    {
        assert!(outcome.folder.join(name).exists(), "{name}");
    }
}

#[test]
fn row_3_files_of_no_bytes_hold_no_documents() {
    let outcome = Drop::new()
        .good()
        .file("zero.jsonl", "")
        .file("blank.jsonl", "\n\n \n")
        .run(&[])
        .exits(0)
        .keeps_the_good();
    assert_eq!(outcome.ids().len(), 2);
}

#[test]
fn row_4_empty_texts_are_kept_and_are_nobodys_duplicates() {
    let outcome = Drop::new()
        .good()
        .records("empty.jsonl", &[record("e-1", ""), record("e-2", ""), record("e-3", " \n\t\u{a0}")])
        .run(&[])
        .exits(0)
        .keeps_the_good();
    for id in ["e-1", "e-2", "e-3"] {
        let row = outcome.document(id);
        assert_eq!((row["status"].as_str(), row["duplicate_set"].as_str()), ("empty", ""), "{id}");
    }
    assert_eq!(outcome.text("drop.txt"), "");
    assert!(
        outcome
            .table("pairs.csv")
            .iter()
            .all(|row| !row["a"].starts_with("e-") && !row["b"].starts_with("e-"))
    );
}

#[test]
fn row_5_texts_without_a_word_that_says_something_are_too_short() {
    let outcome = Drop::new()
        .good()
        .records(
            "odd.jsonl",
            &[
                record("marks", "?! ... --- !!! ???"),
                record("emoji", "🙂🙂 🎉 🙂"),
                record("function", "the of and"),
            ],
        )
        .run(&[])
        .exits(0)
        .keeps_the_good();
    assert_eq!(
        (outcome.status("marks"), outcome.status("emoji")),
        ("too_short".to_owned(), "too_short".to_owned())
    );
    assert_eq!(outcome.status("function"), "too_short");
    assert_eq!(outcome.relation("marks", "emoji"), "-");
}

#[test]
fn row_6_texts_shorter_than_a_shingle_are_compared_exactly() {
    let outcome = Drop::new()
        .good()
        .records(
            "short.jsonl",
            &[record("s-1", "Storm warning"), record("s-2", "Storm warning"), record("s-3", "Storm over")],
        )
        .run(&[])
        .exits(0)
        .keeps_the_good();
    for id in ["s-1", "s-2", "s-3"] {
        assert_eq!(outcome.status(id), "too_short");
    }
    assert!(["identical", "-"].contains(&outcome.relation("s-1", "s-2").as_str()));
    assert_eq!(outcome.relation("s-1", "s-3"), "-");
    assert!(!outcome.text("drop.txt").contains("s-3"));
}

#[test]
fn row_7_a_few_nul_bytes_are_repaired_and_a_binary_is_skipped() {
    let text = article(1);
    let with_nul = text.replacen(' ', " \0", 2);
    let outcome = Drop::new()
        .good()
        .records("nul.jsonl", &[record("nul", &with_nul)])
        .run(&[])
        .exits(0)
        .keeps_the_good();
    assert_eq!(outcome.status("nul"), "ok");
    assert!(!outcome.texts()["nul"].contains('\0'));
    assert!(
        outcome.problems().iter().any(|problem| problem["action"] == "repaired"),
        "{:?}",
        outcome.problems()
    );

    let mut binary = vec![0_u8; 5000];
    binary[..4].copy_from_slice(b"word");
    let drop = Drop::new().good().file("binary.txt", binary);
    let outcome = drop.run(&[]);
    assert!(matches!(outcome.code, Some(0 | 3)), "{}", outcome.stderr);
    assert_eq!(outcome.keeps_the_good().ids().len(), 2);
}

#[test]
fn row_8_bad_bytes_become_one_mark_each_and_the_rest_is_read() {
    let text = format!("{} Żółć, naïve café — “quoted”. {}", article(1), article(2));
    let mut bytes = lines(&[record("before", &article(3))]).into_bytes();
    let bad = lines(&[record("bad", &text.replacen("the ", "the @@ ", 1))]);
    let at = bad.find("@@").unwrap();
    bytes.extend_from_slice(&bad.as_bytes()[..at]);
    bytes.extend_from_slice(b"\xff");
    bytes.extend_from_slice(&bad.as_bytes()[at + 2..]);
    bytes.extend_from_slice(lines(&[record("after", &article(4))]).as_bytes());
    let outcome =
        Drop::new().good().file("bytes.jsonl", bytes).run(&["--encoding", "utf-8"]).exits(0).keeps_the_good();
    assert!(outcome.texts()["bad"].contains('\u{fffd}'));
    assert!(outcome.texts()["bad"].contains("Żółć, naïve café"));
    assert_eq!((outcome.status("before"), outcome.status("after")), ("ok".to_owned(), "ok".to_owned()));
    assert!(outcome.only_problem("repaired")["path"].as_str().unwrap().contains("bytes.jsonl"));
}

#[test]
fn row_11_line_ends_make_no_difference() {
    let text = article(1);
    let ends = ["\n", "\r\n", "\r", "\u{2028}"];
    let texts: Vec<_> = ends
        .iter()
        .enumerate()
        .map(|(place, end)| record(&format!("ends-{place}"), &text.replace('\n', end)))
        .collect();
    let outcome = Drop::new().good().records("ends.jsonl", &texts).run(&[]).exits(0).keeps_the_good();
    let pairs = outcome.table("pairs.csv");
    let identical = pairs.iter().filter(|row| row["relation"] == "identical").count();
    assert_eq!(identical, 3, "{pairs:?}");
    assert_eq!(outcome.text("drop.txt").lines().count(), 3);
}

#[test]
fn row_12_forms_of_a_letter_match_alike_and_are_shown_as_they_were() {
    let composed = format!("Café Zürich office: {} Café Zürich, naïve élan.", article(1));
    let decomposed = composed
        .replace('é', "e\u{301}")
        .replace('ü', "u\u{308}")
        .replace('ï', "i\u{308}")
        .replace("office", "o\u{fb03}ce");
    assert_ne!(composed, decomposed);
    let outcome = Drop::new()
        .good()
        .records("forms.jsonl", &[record("composed", &composed), record("decomposed", &decomposed)])
        .run(&[])
        .exits(0)
        .keeps_the_good();
    let relation = outcome.relation("composed", "decomposed");
    assert!(["identical", "near_duplicate"].contains(&relation.as_str()), "{relation}");
    assert!(outcome.texts()["decomposed"].contains("e\u{301}"), "the original is shown");
    let pair = &outcome.table("pairs.csv")[0];
    assert!(pair["coverage_a"].parse::<f64>().unwrap() > 0.99, "{pair:?}");
}

#[test]
fn row_27_a_broken_line_costs_that_line_alone() {
    let first = lines(&[record("one", &article(1))]);
    let broken = "{\"id\": \"two\", \"text\": \"no end\n";
    let third = lines(&[record("three", &article(3))]);
    let cut_off = "{\"id\": \"four\", \"te";
    let file = [first.as_str(), broken, &third, cut_off].concat();
    let outcome = Drop::new().good().file("may.jsonl", file).run(&[]).exits(3).keeps_the_good();
    assert_eq!((outcome.status("one"), outcome.status("three")), ("ok".to_owned(), "ok".to_owned()));
    let problems = outcome.problems();
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert_eq!((&problems[0]["line"], &problems[0]["byte_offset"]), (&json!(2), &json!(first.len())));
    let last = first.len() + broken.len() + third.len();
    assert_eq!((&problems[1]["line"], &problems[1]["byte_offset"]), (&json!(4), &json!(last)));
    for problem in &problems {
        assert!(problem["path"].as_str().unwrap().ends_with("may.jsonl"));
        assert_eq!(problem["action"], "skipped");
        assert!(problem["code"].is_string() && !problem["message"].as_str().unwrap().is_empty());
    }
}

#[test]
fn row_28_more_bad_records_than_allowed_stop_the_run() {
    let drop = Drop::new().good().file("bad.jsonl", "{\n{\n{\n");
    drop.run(&["--max-bad", "0.1"]).exits(4).says_and_publishes_nothing(&["bad.jsonl"]);
    drop.run(&["--max-bad", "0.9"]).exits(3).keeps_the_good();
}

#[test]
fn row_30_a_record_without_text_is_skipped_and_its_keys_are_listed() {
    let outcome = Drop::new()
        .good()
        .records(
            "odd.jsonl",
            &[
                record("whole", &article(1)),
                json!({ "id": "missing", "headline": "Storm", "page": 4 }),
                json!({ "id": "null", "text": null }),
                json!({ "id": "number", "text": 7 }),
                json!({ "id": "list", "text": ["a", "b"] }),
            ],
        )
        .run(&[])
        .exits(3)
        .keeps_the_good();
    assert_eq!(outcome.status("whole"), "ok");
    assert_eq!(outcome.ids().len(), 3);
    assert_eq!(outcome.count("skipped"), 4);
    let problems = outcome.problems();
    let places: Vec<_> = problems.iter().map(|problem| problem["line"].as_u64().unwrap()).collect();
    assert_eq!(places, [2, 3, 4, 5]);
    let message = problems[0]["message"].as_str().unwrap();
    assert!(message.contains("headline") && message.contains("page"), "{message}");
}

#[test]
fn row_32_equal_ids_are_one_document_or_are_told_apart() {
    let outcome = Drop::new()
        .good()
        .records(
            "ids.jsonl",
            &[
                record("same", &article(1)),
                record("same", &article(1)),
                record("differs", &article(2)),
                record("differs", &article(3)),
            ],
        )
        .run(&[])
        .exits(0)
        .keeps_the_good();
    let ids = outcome.ids();
    assert_eq!(ids.iter().filter(|id| id.starts_with("same")).count(), 1, "{ids:?}");
    assert_eq!(ids.iter().filter(|id| id.starts_with("differs")).count(), 2, "{ids:?}");
    assert!(
        outcome.problems().iter().any(|problem| problem["action"] == "repaired"),
        "{:?}",
        outcome.problems()
    );
}

#[test]
fn row_33_ids_are_never_file_names() {
    let ids = ["../../etc/passwd", "CON", "a/b", "tab\there", "line\nend", "\u{1b}[31m"];
    let mut records: Vec<_> = ids.iter().zip(1..).map(|(id, number)| record(id, &article(number))).collect();
    records.push(record("", &article(50)));
    records.push(record(&"x".repeat(1 << 20), &article(51)));
    let drop = Drop::new().good().records("ids.jsonl", &records);
    let outcome = drop.run(&[]);
    assert!(matches!(outcome.code, Some(0 | 3)), "{}", outcome.stderr);
    let outcome = outcome.keeps_the_good();
    let found = outcome.ids();
    for id in ["../../etc/passwd", "CON", "a/b"] {
        assert!(found.iter().any(|found| found == id), "{id} stays as it is");
    }
    assert!(found.iter().all(|id| !id.chars().any(char::is_control) && !id.is_empty()));
    assert!(!outcome.stderr.contains('\u{1b}'));
    for entry in fs::read_dir(&outcome.folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(name.contains('.') && !name.contains("CON") && name.len() < 40, "{name}");
    }
    assert_eq!(fs::read_dir(drop.place()).unwrap().count(), 2, "drop and out");
}

#[test]
fn row_35_of_a_truncated_archive_the_readable_part_is_kept() {
    for (name, packed) in
        [("cut.jsonl.gz", gzip as fn(&[u8]) -> Vec<u8>), ("cut.jsonl.zst", zstd_of as fn(&[u8]) -> Vec<u8>)]
    {
        let records: Vec<_> =
            (0..400).map(|number| record(&format!("r-{number:03}"), &article(number))).collect();
        let mut bytes = packed(lines(&records).as_bytes());
        bytes.truncate(bytes.len() * 3 / 4);
        let outcome =
            Drop::new().good().file(name, bytes).run(&["--only", "duplicates"]).exits(3).keeps_the_good();
        let n_documents = outcome.ids().len();
        assert!(n_documents > 50 && n_documents < 402, "{name}: {n_documents}");
        assert!(outcome.problems().iter().any(|problem| problem["path"].as_str().unwrap().ends_with(name)));
    }
}

#[test]
fn row_35_all_members_are_read_and_first_bytes_win_over_names() {
    let one = lines(&[record("m-1", &article(1))]);
    let two = lines(&[record("m-2", &article(2))]);
    let outcome = Drop::new()
        .good()
        .file("members.jsonl.gz", [gzip(one.as_bytes()), gzip(two.as_bytes())].concat())
        .file(
            "frames.jsonl.zst",
            [
                zstd_of(lines(&[record("f-1", &article(3))]).as_bytes()),
                zstd_of(lines(&[record("f-2", &article(4))]).as_bytes()),
            ]
            .concat(),
        )
        .file("not-packed.jsonl.gz", lines(&[record("plain", &article(5))]))
        .file("packed.jsonl", gzip(lines(&[record("hidden", &article(6))]).as_bytes()))
        .run(&[])
        .exits(0)
        .keeps_the_good();
    for id in ["m-1", "m-2", "f-1", "f-2", "plain", "hidden"] {
        assert_eq!(outcome.status(id), "ok", "{id}");
    }
}

#[test]
fn row_37_other_kinds_of_file_are_counted() {
    let image = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89";
    let program = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0>\0\x01\0\0\0";
    let drop = Drop::new().good().file("picture.png", image).file("tool", program);
    let outcome = drop.run(&[]).exits(0).keeps_the_good();
    assert_eq!(outcome.ids().len(), 2);
    assert_eq!(outcome.count("other_files"), 2);
    let inspected = drop.command(&["inspect", "drop"], b"").exits(0);
    assert!(inspected.stdout.contains("not read"), "{}", inspected.stdout);

    let named = drop.command(&["run", "drop/good.jsonl", "drop/picture.png", "--output", "out"], b"");
    let named = if named.code == Some(2) {
        drop.command(&["run", "drop/good.jsonl", "drop/picture.png", "--output", "out", "--replace"], b"")
    } else {
        named
    };
    let named = named.exits(3).keeps_the_good();
    assert!(named.only_problem("skipped")["path"].as_str().unwrap().contains("picture.png"));
}

#[cfg(unix)]
#[test]
fn row_40_what_cannot_be_read_is_skipped() {
    use std::os::unix::fs::PermissionsExt as _;

    let drop = Drop::new().good().records("locked.jsonl", &[record("locked", &article(1))]);
    let path = drop.place().join("drop/locked.jsonl");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(&path).is_ok() {
        return; // Nothing is locked to this user.
    }
    let outcome = drop.run(&[]).exits(3).keeps_the_good();
    assert!(outcome.only_problem("skipped")["path"].as_str().unwrap().contains("locked.jsonl"));
}

#[cfg(unix)]
#[test]
fn row_40_a_pipe_in_a_folder_is_not_waited_for() {
    let drop = Drop::new().good();
    let made = Process::new("mkfifo").arg(drop.place().join("drop/pipe")).status();
    if !made.is_ok_and(|status| status.success()) {
        return; // No pipes on this system.
    }
    let outcome = drop.run(&[]);
    assert!(matches!(outcome.code, Some(0 | 3)), "{}", outcome.stderr);
    assert_eq!(outcome.keeps_the_good().ids().len(), 2);
}

#[test]
fn row_43_an_output_folder_that_is_not_ours_is_left_alone() {
    let drop = Drop::new().good();
    drop.command(&["run", "drop", "--output", "drop"], b"").exits(2).says_and_publishes_nothing(&["drop"]);
    drop.command(&["run", "drop", "--output", "."], b"").exits(2).says_and_publishes_nothing(&[]);
    assert!(drop.place().join("drop/good.jsonl").exists());

    let theirs = drop.place().join("out");
    fs::create_dir(&theirs).unwrap();
    fs::write(theirs.join("diary.txt"), "mine").unwrap();
    drop.run(&[]).exits(2).says_and_publishes_nothing(&["out"]);
    drop.run(&["--replace"]).exits(2).says_and_publishes_nothing(&["out"]);
    assert_eq!(fs::read_to_string(theirs.join("diary.txt")).unwrap(), "mine");
}

#[test]
fn row_43_ours_is_replaced_for_the_same_inputs_and_on_request_for_others() {
    let drop = Drop::new().good().records("more/more.jsonl", &[record("more", &article(1))]);
    drop.run(&[]).exits(0).keeps_the_good();
    drop.run(&[]).exits(0).keeps_the_good();
    let others = ["run", "drop/more", "--output", "out"];
    let refused = drop.command(&others, b"").exits(2);
    assert!(refused.stderr.contains("--replace"), "{}", refused.stderr);
    assert_eq!(refused.keeps_the_good().ids().len(), 3);
    let replaced = drop.command(&[&others[..], &["--replace"]].concat(), b"").exits(0);
    assert_eq!(replaced.ids(), ["more"]);
}

#[test]
fn row_43_output_within_the_input_is_not_read_the_next_time() {
    let drop = Drop::new().good();
    let arguments = ["run", "drop", "--output", "drop/results"];
    for _ in 0..2 {
        let mut outcome = drop.command(&arguments, b"").exits(0);
        outcome.folder = drop.place().join("drop/results");
        assert_eq!(outcome.keeps_the_good().ids().len(), 2);
    }
}

#[cfg(unix)]
#[test]
fn row_44_an_output_that_cannot_be_written_leaves_nothing() {
    let drop = Drop::new().good();
    fs::write(drop.place().join("blocked"), "a file").unwrap();
    let outcome = drop.command(&["run", "drop", "--output", "blocked/out"], b"");
    assert!(matches!(outcome.code, Some(2 | 5)), "{:?} {}", outcome.code, outcome.stderr);
    assert_eq!(fs::read_to_string(drop.place().join("blocked")).unwrap(), "a file");
}

#[test]
fn row_45_a_reader_that_goes_away_costs_nothing() {
    let drop = Drop::new().good();
    for arguments in
        [&["run", "drop", "--output", "out", "--json"][..], &["inspect", "drop"], &["man"], &["--help"]]
    {
        let mut child = Process::new(assert_cmd::cargo::cargo_bin!("samestory"))
            .args(arguments)
            .current_dir(drop.place())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        std::mem::drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let talk = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{arguments:?} {talk}");
        assert!(!talk.contains("panicked") && !talk.contains("roken pipe"), "{arguments:?} {talk}");
    }
    assert!(drop.place().join("out/run.json").exists());
}

#[cfg(unix)]
#[test]
fn row_47_an_interrupted_run_leaves_nothing() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let drop = Drop::new();
        let mut child = Process::new(assert_cmd::cargo::cargo_bin!("samestory"))
            .args(["run", "-", "--output", "out"])
            .current_dir(drop.place())
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // It waits for standard input, which stays open.
        std::thread::sleep(Duration::from_millis(700));
        let sent = Process::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let input = child.stdin.take();
        let output = child.wait_with_output().unwrap();
        std::mem::drop(input);
        let talk = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{talk}");
        assert!(talk.contains("nothing was published"), "{talk}");
        assert_eq!(fs::read_dir(drop.place()).unwrap().count(), 1, "only drop/");
    }
}

#[test]
fn row_50_hostile_text_does_not_reach_the_terminal() {
    let hostile = format!("\u{1b}]0;owned\u{7}\u{1b}[2J {} \u{9b}31m\u{202e}", article(1));
    let drop = Drop::new().good().records(
        "hostile.jsonl",
        &[json!({ "id": "h\u{1b}[31m", "title": "\u{1b}[2Jtitle", "text": hostile })],
    );
    for arguments in [&["run", "drop", "--output", "out", "--verbose"][..], &["inspect", "drop", "--verbose"]]
    {
        let outcome = drop.command(arguments, b"").exits(0);
        for said in [&outcome.stdout, &outcome.stderr] {
            assert!(!said.contains(['\u{1b}', '\u{7}', '\u{9b}', '\u{202e}']), "{said:?}");
        }
    }
    drop.run(&[]).exits(0).keeps_the_good();
}

#[test]
fn a_document_over_the_limit_is_skipped() {
    let drop = Drop::new().good().records("long.jsonl", &[record("long", &article(1).repeat(20))]);
    let outcome = drop.run(&["--max-document-bytes", "8K"]).exits(3).keeps_the_good();
    assert_eq!(outcome.ids().len(), 2);
    assert!(outcome.only_problem("skipped")["message"].as_str().unwrap().contains("max-document-bytes"));
}

#[test]
fn without_text_no_words_of_a_document_are_written() {
    let text = article(1);
    let drop = Drop::new()
        .good()
        .records("copies.jsonl", &[record("first", &text), record("second", &cut_to(&text, 80))]);
    let outcome = drop.run(&["--no-text"]).exits(0).keeps_the_good();
    assert!(!outcome.folder.join("texts.jsonl.zst").exists());
    let sentence: String = text.split(' ').take(8).collect::<Vec<_>>().join(" ");
    for entry in fs::read_dir(&outcome.folder).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains(&sentence));
    }
}

#[test]
fn the_program_needs_a_command() {
    samestory().assert().code(2);
    samestory().arg("cluster").assert().code(2);
}
