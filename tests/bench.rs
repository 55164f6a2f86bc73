//! `bench` and `run --dry-run`, from outside: what is measured, what is written, what is refused.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{Drop, article, record};

fn drop(n: u64) -> Drop {
    let records: Vec<Value> = (0..n)
        .map(|n| record(&format!("r{n}"), &[article(3 * n), article(3 * n + 1)].join("\n\n")))
        .collect();
    Drop::new().records("all.jsonl", &records)
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn every_size_is_measured_on_sampled_and_on_grown_documents() {
    let drop = drop(60);
    let arguments = ["bench", "drop", "--output", "out", "--sizes", "30,60,120", "--estimate", "600,6000"];
    let outcome = drop.command(&arguments, b"").exits(0);
    assert_eq!(names(&outcome.folder), ["bench.csv", "bench.html", "bench.json"]);
    let bench = json(&outcome.folder.join("bench.json"));
    let measured: Vec<(&str, u64)> = bench["measured"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["origin"].as_str().unwrap(), one["documents"].as_u64().unwrap()))
        .collect();
    // The input has no more than 60 of its own.
    assert_eq!(measured, [("sampled", 30), ("grown", 30), ("sampled", 60), ("grown", 60), ("grown", 120)]);
    for one in bench["measured"].as_array().unwrap() {
        let stages = one["stages"].as_array().unwrap();
        let sum: f64 = stages.iter().map(|stage| stage["wall_seconds"].as_f64().unwrap()).sum();
        assert!((sum - one["wall_seconds"].as_f64().unwrap()).abs() < 0.01, "{one}");
        assert!(stages.iter().any(|stage| stage["stage"] == "neighbors"));
        assert_eq!(one["quality"].is_null(), one["origin"] == "sampled");
        if one["origin"] == "grown" {
            let copies = &one["quality"]["copies_pairwise"];
            assert!(copies["f1"].as_f64().unwrap() > 0.8, "{copies}");
            // A share of .04 plants none in 30 documents.
            let stories = &one["quality"]["stories_b_cubed"];
            assert!(
                one["documents"].as_u64().unwrap() < 120 || stories["f1"].as_f64().unwrap() > 0.0,
                "{one}"
            );
        }
        if cfg!(target_os = "linux") {
            assert!(one["peak_bytes"].as_u64().unwrap() > 1 << 20);
        }
    }
    let forecasts = bench["forecasts"].as_array().unwrap();
    assert_eq!(
        forecasts.iter().map(|one| one["documents"].as_u64().unwrap()).collect::<Vec<_>>(),
        [600, 6000]
    );
    let likely = |place: usize, what: &str| forecasts[place][what]["likely"].as_f64().unwrap();
    assert!(likely(1, "wall_seconds") > likely(0, "wall_seconds"));
    assert!(likely(1, "peak_bytes") > likely(0, "peak_bytes"));
    let growth = bench["growth"].as_array().unwrap();
    assert_eq!(growth.last().unwrap()["stage"], "whole run");
    assert_eq!(growth.last().unwrap()["wall"]["points"], 5);

    let table = fs::read_to_string(outcome.folder.join("bench.csv")).unwrap();
    let rows = csv::Reader::from_reader(table.as_bytes()).into_records().map(Result::unwrap).count();
    assert_eq!(rows, measured.len() * (bench["measured"][0]["stages"].as_array().unwrap().len() + 1));
    assert!(
        outcome.stdout.contains("whole run") && outcome.stdout.contains("estimates"),
        "{}",
        outcome.stdout
    );

    let page = fs::read_to_string(outcome.folder.join("bench.html")).unwrap();
    assert!(page.contains("default-src 'none'") && page.contains("<svg") && !page.contains("http://"));
    // Nothing is left beside it.
    assert_eq!(names(drop.place()), ["drop", "out"]);
}

#[test]
fn the_same_seed_plants_the_same_copies() {
    let drop = drop(40);
    let quality = |folder: &str, seed: &str| {
        let arguments =
            ["bench", "drop", "--output", folder, "--sizes", "40,80", "--seed", seed, "--only", "duplicates"];
        drop.command(&arguments, b"").exits(0);
        let bench = json(&drop.place().join(folder).join("bench.json"));
        let ones = bench["measured"].as_array().unwrap();
        ones.iter().map(|one| (one["text_bytes"].clone(), one["quality"].clone())).collect::<Vec<_>>()
    };
    let first = quality("one", "7");
    assert_eq!(first, quality("two", "7"));
    assert_ne!(first, quality("three", "8"));
    assert!(first.iter().all(|(_, quality)| quality["stories_b_cubed"].is_null()));
}

#[test]
fn sizes_that_cannot_be_grown_are_said_and_the_rest_is_measured() {
    let drop = drop(12);
    let arguments = ["bench", "drop", "--output", "out", "--sizes", "12,1000000"];
    let outcome = drop.command(&arguments, b"").exits(0);
    let bench = json(&outcome.folder.join("bench.json"));
    assert_eq!(bench["measured"].as_array().unwrap().len(), 2);
    let notes = bench["notes"].to_string();
    assert!(notes.contains("1,000,000 documents cannot be grown"), "{notes}");
}

#[test]
fn a_bench_is_replaced_for_the_same_inputs_only_and_never_read_as_input() {
    let drop = drop(12);
    let bench = |more: &[&str]| {
        let mut arguments = vec!["bench", "--output", "drop/out", "--sizes", "6", "--only", "duplicates"];
        arguments.extend(more);
        drop.command(&arguments, b"")
    };
    bench(&["drop"]).exits(0);
    bench(&["drop"]).exits(0);
    bench(&["drop/all.jsonl"]).exits(2);
    bench(&["drop/all.jsonl", "--replace"]).exits(0);
    let inspected = drop.command(&["inspect", "drop"], b"").exits(0);
    assert!(inspected.stdout.contains("drop: 1 file, 12 documents"), "{}", inspected.stdout);
    // A run's folder is no bench's, and the other way round.
    drop.command(&["run", "drop", "--output", "drop/out"], b"").exits(2);
    fs::create_dir(drop.place().join("mine")).unwrap();
    fs::write(drop.place().join("mine/letter.txt"), "mine").unwrap();
    drop.command(&["bench", "drop", "--output", "mine", "--sizes", "6"], b"").exits(2);
    assert_eq!(names(&drop.place().join("mine")), ["letter.txt"]);
}

#[test]
fn a_dry_run_estimates_and_writes_nothing() {
    let drop = drop(60);
    let outcome = drop.run(&["--dry-run"]).exits(0);
    assert!(outcome.stdout.contains("would take  60 documents"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("runs of 15, 30, 60"), "{}", outcome.stdout);
    assert_eq!(names(drop.place()), ["drop"]);
}

#[test]
fn a_dry_run_says_whether_the_ceiling_suffices() {
    let drop = drop(60);
    let enough = drop.run(&["--dry-run", "--memory", "1G"]).exits(0);
    assert!(enough.stdout.contains("--memory of 1024 MiB suffices"), "{}", enough.stdout);
    let little = drop.run(&["--dry-run", "--memory", "20M"]).exits(8);
    assert!(little.stdout.contains("--memory of 20 MiB does not suffice"), "{}", little.stdout);
    assert!(little.stderr.contains("would not fit"), "{}", little.stderr);
    assert_eq!(names(drop.place()), ["drop"]);
}

#[cfg(unix)]
#[test]
fn an_interrupted_bench_leaves_nothing() {
    use std::time::{Duration, Instant};

    let drop = drop(300);
    let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin!("samestory"))
        .current_dir(drop.place())
        .args(["bench", "drop", "--output", "out", "--seconds", "600", "--quiet"])
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    // Wait until a run is under way.
    let begun = Instant::now();
    while names(drop.place()).len() < 2 && begun.elapsed() < Duration::from_mins(1) {
        std::thread::sleep(Duration::from_millis(20));
    }
    std::thread::sleep(Duration::from_millis(300));
    let killed = std::process::Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert!(killed.success());
    assert_eq!(child.wait().unwrap().code(), Some(143));
    assert_eq!(names(drop.place()), ["drop"]);
}
