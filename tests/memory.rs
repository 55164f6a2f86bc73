//! `--memory`, from outside: the same bytes with texts in a file, and a refusal with a figure where nothing helps.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Drop, Outcome, article, cut_to, lines, record, with_typos, with_wire_lines};

/// Everything the tables have something to say of: copies, excerpts, equal ids, other encodings, pages, furniture.
fn drop() -> Drop {
    let mut records: Vec<Value> = (0..120).map(|n| record(&format!("r{n}"), &article(n))).collect();
    for n in 0..20 {
        records.push(record(&format!("typos{n}"), &with_typos(&article(n), 7)));
        records.push(record(&format!("wire{n}"), &with_wire_lines(&article(n + 20))));
        records.push(record(&format!("cut{n}"), &cut_to(&article(n + 40), 55)));
        records.push(record(&format!("same{n}"), &article(n + 60).to_uppercase()));
    }
    records.extend([
        record("r1", &article(1)),
        record("r2", &article(500)),
        record("empty", ""),
        record("short", "Two words"),
    ]);
    Drop::new()
        .records("all.jsonl", &records)
        .file("array.json", Value::from(records[..9].to_vec()).to_string())
        .file("wide.txt", article(7).encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>())
        .file("page.html", format!("<html><body><article><p>{}</p></article></body></html>", article(8)))
        .file("bad.jsonl", "{\"id\": 1\n")
}

const SPILL: &str = "texts-in-memory = 0.0\n";

fn config(drop: &Drop, text: &str) {
    fs::write(drop.place().join("config.toml"), text).unwrap();
}

#[track_caller]
fn same_but_for_the_record(left: &Outcome, right: &Outcome) {
    let names = |outcome: &Outcome| {
        let mut names: Vec<_> =
            fs::read_dir(&outcome.folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert_eq!(names(left), names(right));
    for name in names(left).iter().filter_map(|name| name.to_str()).filter(|name| *name != "run.json") {
        assert!(left.bytes(name) == right.bytes(name), "{name} differs");
    }
}

#[test]
fn texts_in_a_file_change_no_byte_of_the_result() {
    let drop = drop();
    let kept = drop.run(&["--write-kept", "kept1"]).exits(3);
    config(&drop, SPILL);
    let mut runs = Vec::new();
    for threads in ["1", "3"] {
        let folder = format!("out{threads}");
        let mut spilled = drop
            .command(
                &[
                    "run", "drop", "--output", &folder, "--memory", "1G", "--config", "config.toml",
                    "--threads", threads, "--write-kept", "kept2", "--replace",
                ],
                b"",
            )
            .exits(3);
        spilled.folder = drop.place().join(folder);
        let memory = &spilled.record()["memory"];
        assert_eq!((&memory["texts"], &memory["ceiling_bytes"]), (&json!("spilled"), &json!(1 << 30)));
        assert!(
            memory["spilled_texts"].as_u64().unwrap() > 200
                && memory["spilled_bytes"].as_u64().unwrap() > 50_000
        );
        same_but_for_the_record(&kept, &spilled);
        runs.push(spilled);
    }
    assert_eq!(kept.record()["memory"]["texts"], "in_memory");
    for name in ["all.jsonl", "page.html", "kept.csv"] {
        let bytes = |folder: &str| fs::read(drop.place().join(folder).join(name)).unwrap();
        assert!(bytes("kept1") == bytes("kept2"), "{name}");
    }
    // Some in memory and some not.
    config(&drop, "texts-in-memory = 0.00005\n");
    let both = drop.run(&["--memory", "1G", "--config", "config.toml"]).exits(3);
    let memory = both.record()["memory"].clone();
    let spilled = memory["spilled_texts"].as_u64().unwrap();
    assert!(spilled > 10 && spilled < 190, "{memory}");
    same_but_for_the_record(&runs[0], &both);
}

#[test]
fn what_would_not_fit_is_refused_with_the_figure_that_it_needs() {
    let drop = drop();
    let outcome = drop.run(&["--memory", "1M"]).exits(8);
    outcome.says_and_publishes_nothing(&["would not fit in memory", "MiB are needed", "--memory is 1 MiB"]);
    assert!(!drop.place().join("out").exists());
    // The figure of a refusal after reading is enough.
    let in_folder = |folder: &str, more: &[&str]| {
        let mut arguments = vec!["run", "drop", "--output", folder];
        arguments.extend(more);
        let mut outcome = drop.command(&arguments, b"").exits(3);
        outcome.folder = drop.place().join(folder);
        outcome
    };
    let expected = |outcome: &Outcome| outcome.record()["memory"]["expected_bytes"].as_u64().unwrap();
    let held = in_folder("held", &[]);
    config(&drop, SPILL);
    let least = expected(&in_folder("spilled", &["--memory", "1G", "--config", "config.toml"]));
    assert!(least < expected(&held));
    let figure = least.div_ceil(1 << 20);
    let refused = drop.run(&["--memory", &(least - 1).to_string()]).exits(8);
    assert!(refused.stderr.contains(&format!("about {figure} MiB are needed")), "{}", refused.stderr);
    // Texts that were in memory while they were read must go, too.
    let run = in_folder("least", &["--memory", &least.to_string()]);
    let memory = run.record()["memory"].clone();
    assert_eq!((&memory["ceiling_from"], &memory["texts"]), (&json!("memory"), &json!("spilled")));
    same_but_for_the_record(&held, &run);
    // To look at the documents takes less.
    drop.command(&["inspect", "drop", "--memory", &(least / 2).to_string()], b"").exits(3);
}

#[test]
fn an_array_longer_than_the_ceiling_is_refused_while_it_is_read() {
    let records: Vec<Value> =
        (0..30_000).map(|n| json!({ "id": n, "text": "", "more": "x".repeat(1000) })).collect();
    let drop = Drop::new().file("all.json", Value::from(records).to_string());
    // Both are less than the array; of the second, much is left beside what any run needs.
    for size in ["20M", "28M"] {
        drop.run(&["--memory", size]).exits(8).says_and_publishes_nothing(&["MiB are needed"]);
    }
}

/// An estimate that is far off would refuse what fits, or let through what does not.
#[cfg(target_os = "linux")]
#[test]
fn what_was_expected_is_about_what_was_taken() {
    let records: Vec<Value> = (0..4_000).map(|n| record(&n.to_string(), &article(n))).collect();
    let drop = Drop::new().records("all.jsonl", &records);
    config(&drop, SPILL);
    for arguments in [&["--only", "duplicates"][..], &[], &["--memory", "4G", "--config", "config.toml"]] {
        let record = drop.run(arguments).exits(0).record();
        let (expected, peak) =
            (record["memory"]["expected_bytes"].as_f64().unwrap(), record["peak_bytes"].as_f64().unwrap());
        assert!((0.8..2.0).contains(&(expected / peak)), "{arguments:?}: expected {expected}, taken {peak}");
    }
}

#[test]
fn a_size_that_is_none_is_a_usage_error() {
    let drop = Drop::new().good();
    for size in ["0", "-1", "many", "1.5G", "64X", "", "99999999999G"] {
        drop.run(&["--memory", size]).exits(2).says_and_publishes_nothing(&["memory", "1 or more"]);
    }
    for (file, says) in [
        ("memory = 0", "memory is 0"),
        ("memory = \"1G\"", "memory"),
        ("texts-in-memory = 2", "from 0 to 1"),
        ("scratch = \"/\"", "scratch"),
    ] {
        config(&drop, file);
        drop.run(&["--config", "config.toml"]).exits(2).says_and_publishes_nothing(&[says]);
    }
    for size in ["512MiB", "2g", "3000000000"] {
        drop.run(&["--memory", size]).exits(0);
    }
}

/// A file that may not grow beyond a limit stands in for a full disk.
#[cfg(unix)]
#[test]
fn a_full_disk_while_spilling_publishes_nothing() {
    let records: Vec<Value> = (0..3_000).map(|n| record(&n.to_string(), &article(n))).collect();
    let drop = Drop::new().records("all.jsonl", &records);
    config(&drop, SPILL);
    let program = assert_cmd::cargo::cargo_bin!("samestory");
    for (input, more) in [("drop", "--memory 4G --config config.toml"), ("-", "--write-kept kept")] {
        let script = format!(
            "ulimit -f 200; exec '{}' run {input} --output out {more} < drop/all.jsonl",
            program.display()
        );
        let output = std::process::Command::new("sh")
            .current_dir(drop.place())
            .args(["-c", &script])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(5), "{said}");
        assert!(said.contains("temporary file") && said.contains("nothing was published"), "{said}");
        let mut left: Vec<_> =
            fs::read_dir(drop.place()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["config.toml", "drop"]);
    }
}

/// Nothing is left of a run that is told to stop while its texts are in a file.
#[cfg(unix)]
#[test]
fn an_interrupted_run_leaves_no_file_behind() {
    use std::io::Write as _;
    use std::process::{Command, Stdio};
    let drop = Drop::new();
    config(&drop, SPILL);
    let mut child = Command::new(assert_cmd::cargo::cargo_bin!("samestory"))
        .current_dir(drop.place())
        .args(["run", "-", "--output", "out", "--memory", "4G", "--config", "config.toml"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // More than a pipe holds: once this is written, the program listens to signals and reads.
    let records: Vec<Value> = (0..2_000).map(|n| record(&n.to_string(), &article(n))).collect();
    stdin.write_all(lines(&records).as_bytes()).unwrap();
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(143));
    let mut left: Vec<_> =
        fs::read_dir(drop.place()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["config.toml", "drop"]);
}
