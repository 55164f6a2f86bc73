//! `generate` at its limits: shares of nothing, fewer documents than the input, no room on the disk, an interrupt, and
//! seeds that are nearly the same.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{self, Drop, article, record};

fn drop(n: u64) -> Drop {
    let records: Vec<Value> = (0..n).map(|n| record(&format!("a{n}"), &article(n))).collect();
    Drop::new().records("in.jsonl", &records)
}

fn records(path: &Path) -> Vec<Value> {
    fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Documents of each edit.
fn edits(truth: &Path) -> BTreeMap<String, usize> {
    let mut edits = BTreeMap::new();
    for record in records(truth) {
        *edits.entry(record["edit"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    edits
}

fn generate(drop: &Drop, output: &str, more: &[&str]) -> support::Outcome {
    let mut arguments = vec!["generate", "drop", "--output", output];
    arguments.extend(more);
    drop.command(&arguments, b"")
}

#[test]
fn a_share_of_nothing_gives_originals_alone_and_one_of_all_is_refused() {
    let drop = drop(40);
    let nothing = ["--share", "0", "--negatives", "0", "--stories", "0", "--documents", "30"];
    generate(&drop, "plain.jsonl", &nothing).exits(0);
    let truth = drop.place().join("plain.truth.jsonl");
    assert_eq!(edits(&truth), BTreeMap::from([("orig".to_owned(), 30)]));
    let groups: std::collections::BTreeSet<String> =
        records(&truth).iter().map(|record| record["dup"].to_string()).collect();
    assert_eq!(groups.len(), 30, "each is a group of its own");

    let all = ["--share", "1", "--negatives", "0", "--stories", "0", "--documents", "30"];
    generate(&drop, "copies.jsonl", &all).exits(2).says_and_publishes_nothing(&["from 0 to below 1"]);
    let nearly =
        ["--share", "0.9", "--negatives", "0", "--stories", "0", "--absent", "0", "--documents", "30"];
    generate(&drop, "copies.jsonl", &nearly).exits(0);
    assert_eq!(edits(&drop.place().join("copies.truth.jsonl"))["orig"], 3);
}

#[test]
fn fewer_documents_than_the_input_has_can_be_asked_for() {
    let drop = drop(80);
    for n in [1, 2, 20] {
        let output = format!("few{n}.jsonl");
        generate(&drop, &output, &["--documents", &n.to_string(), "--replace"]).exits(0);
        let made = records(&drop.place().join(&output));
        assert_eq!(made.len(), n);
        let truth = drop.place().join(format!("few{n}.truth.jsonl"));
        assert_eq!(records(&truth).len(), n);
    }
    let twenty = edits(&drop.place().join("few20.truth.jsonl"));
    assert!(twenty["orig"] < 20, "{twenty:?}");
}

#[test]
fn seeds_that_differ_in_one_bit_give_other_corpora_and_equal_seeds_the_same() {
    let drop = drop(120);
    let texts = |output: &str, seed: u64| {
        let seed = seed.to_string();
        generate(&drop, output, &["--documents", "100", "--seed", &seed]).exits(0);
        let bytes = |name: &str| fs::read(drop.place().join(name)).unwrap();
        (bytes(output), bytes(&output.replace(".jsonl", ".truth.jsonl")))
    };
    let seed = 42;
    let first = texts("one.jsonl", seed);
    assert!(first == texts("again.jsonl", seed), "equal seeds, equal bytes");
    for bit in [0, 1, 31, 63] {
        let other = texts(&format!("bit{bit}.jsonl"), seed ^ (1 << bit));
        let lines =
            |bytes: &[u8]| String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect::<Vec<_>>();
        let same = lines(&first.0).iter().zip(lines(&other.0)).filter(|(one, other)| *one == other).count();
        assert!(same <= 5, "bit {bit}: {same} of 100 documents are the same at the same place");
        assert!(first.1 != other.1);
    }
}

/// A limit on the size of files stands for a full disk: the system refuses to write on.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_ends_with_5_and_leaves_nothing() {
    let drop = drop(120);
    let program = assert_cmd::cargo::cargo_bin!("samestory");
    // Blocks of 1,024 bytes; without the trap, the signal would end the process before it can tidy up.
    let script = format!(
        "trap '' XFSZ; ulimit -f 64; exec {} generate drop --output out.jsonl --documents 400",
        program.display()
    );
    let output =
        std::process::Command::new("bash").current_dir(drop.place()).args(["-c", &script]).output().unwrap();
    let talk = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(5), "{talk}");
    assert!(talk.contains("out.jsonl") && talk.contains("nothing was published"), "{talk}");
    let left: Vec<_> = fs::read_dir(drop.place()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["drop"]);
}

#[cfg(unix)]
#[test]
fn an_interrupted_generate_leaves_no_half_file() {
    use std::time::{Duration, Instant};

    let drop = drop(400);
    let names = || -> Vec<String> {
        let entries = fs::read_dir(drop.place()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin!("samestory"))
            .current_dir(drop.place())
            .args(["generate", "drop", "--output", "out.jsonl", "--documents", "4000", "--share", "0.95"])
            .args(["--negatives", "0", "--stories", "0", "--threads", "1", "--quiet"])
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        // Until the files are there, half written.
        let begun = Instant::now();
        while names().len() < 3 && begun.elapsed() < Duration::from_mins(1) {
            std::thread::sleep(Duration::from_millis(1));
        }
        let sent =
            std::process::Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        assert_eq!(child.wait().unwrap().code(), Some(code));
        assert_eq!(names(), ["drop"]);
    }
}
