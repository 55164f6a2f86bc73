//! What is promised of every run, whatever the drop.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::{Value, json};

use crate::support::{
    Chance, Drop, Outcome, article, cut_to, lines, record, stranger, with_typos, with_wire_lines,
};

/// Twelve articles with a copy each, of four kinds; a round-up, an excerpt, a reused paragraph; and three
/// documents that cannot be compared.
fn planted() -> Vec<Value> {
    let mut records = Vec::new();
    for number in 0..12_u64 {
        let text = article(number);
        records.push(json!({
            "id": format!("a-{number:02}"),
            "title": format!("Article number {number}"),
            "date": format!("2026-03-{:02}", number + 1),
            "source": if number % 2 == 0 { "Courier" } else { "Gazette" },
            "text": text,
        }));
        let copy = match number % 4 {
            0 => with_wire_lines(&text),
            1 => cut_to(&text, 85),
            2 => with_typos(&text, 6),
            _ => text.to_uppercase(),
        };
        records.push(record(&format!("b-{number:02}"), &copy));
    }
    records.push(record("c-elsewhere", &stranger(900)));
    records.push(record("c-roundup", &format!("{}\n\n{}", article(0), stranger(900))));
    records.push(record("c-excerpt", &cut_to(&article(5), 40)));
    let paragraph = article(6).split("\n\n").next().unwrap_or_default().to_owned();
    records.push(record("c-reuse", &format!("{}\n\n{paragraph}\n\n{}", article(500), article(501))));
    records.push(record("d-empty-1", ""));
    records.push(record("d-empty-2", " \n "));
    records.push(record("d-short", "Storm warning"));
    records
}

fn run(records: &[Value], more: &[&str]) -> (Drop, Outcome) {
    let drop = Drop::new().records("drop.jsonl", records);
    let outcome = drop.run(more).exits(0);
    (drop, outcome)
}

/// (a, b) -> relation, of pairs that share wording.
fn copies(outcome: &Outcome) -> BTreeMap<(String, String), String> {
    let pairs = outcome.table("pairs.csv").into_iter().filter(|row| row["relation"] != "same_story");
    pairs.map(|row| ((row["a"].clone(), row["b"].clone()), row["relation"].clone())).collect()
}

#[test]
fn every_record_read_is_accounted_for() {
    let drop = Drop::new()
        .records("drop.jsonl", &planted())
        .file("bad.jsonl", "{\"id\": 1\n{\"id\": \"x\", \"text\": null}\n{\"id\": \"y\", \"text\": \"\"}\n")
        .file("page.html", "<html><body><nav>Home</nav></body></html>");
    let outcome = drop.run(&[]).exits(3);
    let parts = ["ok", "empty", "too_short", "not_an_article", "skipped"];
    let sum: u64 = parts.iter().map(|part| outcome.count(part)).sum();
    assert_eq!(outcome.count("read"), sum + repeated(&outcome));
    assert_eq!(outcome.count("skipped"), 2);
    let mut by_status: BTreeMap<String, u64> = BTreeMap::new();
    for row in outcome.table("documents.csv") {
        *by_status.entry(row["status"].clone()).or_default() += 1;
    }
    for part in &parts[..4] {
        assert_eq!(by_status.get(*part).copied().unwrap_or_default(), outcome.count(part), "{part}");
    }
}

/// Records folded into an equal one, where the record counts them apart from the parts.
fn repeated(outcome: &Outcome) -> u64 {
    let record = outcome.record();
    let repeated = record["counts"]["repeated"].as_u64().unwrap_or_default();
    assert_eq!(repeated, 0, "this drop repeats no id");
    repeated
}

#[test]
fn what_was_planted_is_found() {
    let (_drop, outcome) = run(&planted(), &[]);
    let found = copies(&outcome);
    for number in 0..12 {
        let pair = (format!("a-{number:02}"), format!("b-{number:02}"));
        let relation = found.get(&pair).map_or("-", String::as_str);
        let expected: &[&str] = match number % 4 {
            0 | 1 => &["near_duplicate", "contained"],
            2 => &["near_duplicate"],
            _ => &["identical"],
        };
        assert!(expected.contains(&relation), "{pair:?}: {relation}");
    }
}

#[test]
fn threads_change_no_byte() {
    let drop = Drop::new().records("drop.jsonl", &planted());
    let mut first: Option<BTreeMap<String, Vec<u8>>> = None;
    for threads in ["1", "2", "3", "8"] {
        let output = format!("out-{threads}");
        drop.command(&["run", "drop", "--output", &output, "--threads", threads], b"").exits(0);
        let mut files = BTreeMap::new();
        for entry in fs::read_dir(drop.place().join(&output)).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            if name != "run.json" {
                files.insert(name, fs::read(entry.path()).unwrap());
            }
        }
        let Some(first) = &first else {
            assert!(files.len() > 10, "{:?}", files.keys());
            first = Some(files);
            continue;
        };
        assert_eq!(first.keys().collect::<Vec<_>>(), files.keys().collect::<Vec<_>>());
        for (name, bytes) in &files {
            assert!(first[name] == *bytes, "{name} differs on {threads} threads");
        }
    }
}

#[test]
fn the_order_of_the_input_changes_only_line_numbers() {
    let records = planted();
    let (_drop, in_order) = run(&records, &[]);
    for seed in 1..3 {
        let mut shuffled = records.clone();
        Chance::new(seed).shuffle(&mut shuffled);
        assert_ne!(lines(&records), lines(&shuffled));
        let (_drop, outcome) = run(&shuffled, &[]);
        for name in
            ["pairs.csv", "passages.csv", "neighbors.csv", "similarity.csv", "duplicates.csv", "stories.csv"]
        {
            assert_eq!(in_order.text(name), outcome.text(name), "{name}");
        }
        for name in ["keep.txt", "drop.txt", "themes.json"] {
            assert_eq!(in_order.text(name), outcome.text(name), "{name}");
        }
        assert_eq!(in_order.texts(), outcome.texts());
        let without_line = |outcome: &Outcome| {
            let mut rows = outcome.table("documents.csv");
            for row in &mut rows {
                assert!(row.remove("line").is_some());
            }
            rows
        };
        assert_eq!(without_line(&in_order), without_line(&outcome));
    }
}

#[test]
fn an_empty_document_is_nobodys_duplicate() {
    let (_drop, outcome) = run(&planted(), &[]);
    for table in ["pairs.csv", "duplicates.csv"] {
        for row in outcome.table(table) {
            assert!(row.values().all(|value| !value.starts_with("d-empty")), "{table}: {row:?}");
        }
    }
    assert!(!outcome.text("drop.txt").contains("d-empty"));
    assert!(outcome.text("keep.txt").contains("d-empty-1") || outcome.status("d-empty-1") == "empty");
}

#[test]
fn every_reported_copy_has_its_passages() {
    let (_drop, outcome) = run(&planted(), &[]);
    let shown: BTreeSet<_> =
        outcome.table("passages.csv").iter().map(|row| (row["a"].clone(), row["b"].clone())).collect();
    let copies = copies(&outcome);
    assert!(copies.len() >= 12);
    for (pair, relation) in &copies {
        assert!(shown.contains(pair), "{pair:?} is {relation} without a passage");
    }
}

#[test]
fn passages_point_into_the_texts() {
    let (_drop, outcome) = run(&planted(), &[]);
    let texts = outcome.texts();
    for row in outcome.table("passages.csv") {
        for side in ["a", "b"] {
            let place = |end: &str| row[&format!("{side}_{end}")].parse::<usize>().unwrap();
            let stretch = texts[&row[side]].get(place("begin")..place("end"));
            assert!(stretch.is_some_and(|stretch| !stretch.trim().is_empty()), "{row:?}");
        }
    }
}

#[test]
fn strangers_lose_no_copy_and_change_no_verdict() {
    let mut records = planted();
    records.retain(|record| record["id"] != "c-roundup");
    check_with_strangers(&records);
}

#[test]
fn strangers_change_nothing_about_a_round_up() {
    check_with_strangers(&planted());
}

fn check_with_strangers(records: &[Value]) {
    let (_drop, alone) = run(records, &["--only", "duplicates"]);
    let expected = copies(&alone);
    assert!(expected.len() >= 12);
    for share in [1, 10, 100] {
        let mut crowd = records.to_vec();
        let n_strangers = (records.len() * share).div_ceil(100);
        crowd.extend(
            (0..n_strangers as u64).map(|number| record(&format!("z-{number:03}"), &stranger(number))),
        );
        let (_drop, outcome) = run(&crowd, &["--only", "duplicates"]);
        let (of_strangers, of_ours): (BTreeMap<_, _>, BTreeMap<_, _>) =
            copies(&outcome).into_iter().partition(|((a, b), _)| a.starts_with("z-") || b.starts_with("z-"));
        assert_eq!(expected, of_ours, "with {share} % strangers");
        assert_eq!(of_strangers, BTreeMap::new(), "strangers resemble nobody");
    }
}

#[test]
fn hostile_text_is_escaped_in_the_page_and_guarded_in_tables() {
    let script = "<script>alert(1)</script><img src=x onerror=alert(2)>";
    let hostile = |number: u64| {
        format!("{script} \u{1b}[31m =HYPERLINK(\"javascript:alert(3)\") {} </script><!--", article(number))
    };
    let titles = ["=HYPERLINK(\"http://x\")", "+1+1", "@SUM(A1)", script];
    let records: Vec<Value> = (0..)
        .zip(titles)
        .map(|(number, title)| {
            json!({
                "id": format!("h-{number}"),
                "title": title,
                "url": "javascript:alert(4)",
                "source": script,
                "text": hostile(number / 2),
            })
        })
        .collect();
    let (_drop, outcome) = run(&records, &[]);
    let page = outcome.text("report.html");
    for tag in ["<script>alert", "<img src=x", "href=\"javascript:", "href='javascript:"] {
        assert!(!page.contains(tag), "{tag}");
    }
    assert!(!page.contains('\u{1b}'));
    assert!(page.contains("&lt;script"), "it is shown, as text");
    assert!(page.contains("Content-Security-Policy"));
    assert!(!outcome.text("report.md").contains('\u{1b}'));

    let starts_a_formula = |cell: &str| cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    for row in outcome.table("documents.csv") {
        assert!(!starts_a_formula(&row["title"]), "{row:?}");
    }
    for row in outcome.table("stories.csv") {
        assert!(!starts_a_formula(&row["label"]) && !starts_a_formula(&row["keyphrases"]), "{row:?}");
    }
}

#[test]
fn each_distinct_document_of_a_story_is_paired_with_its_representative() {
    let (_drop, outcome) = run(&planted(), &["--story-threshold", "0.05"]);
    let pairs: BTreeMap<_, _> = outcome
        .table("pairs.csv")
        .into_iter()
        .map(|row| ((row["a"].clone(), row["b"].clone()), row["relation"].clone()))
        .collect();
    let mut n_same_story = 0;
    for row in outcome.table("documents.csv") {
        let (id, story) = (row["id"].clone(), row["story"].clone());
        if story.is_empty() || story == id || ["copy", "excerpt"].contains(&row["role"].as_str()) {
            continue;
        }
        let relation = &pairs[&(id.clone().min(story.clone()), id.max(story))];
        n_same_story += usize::from(relation == "same_story");
    }
    assert!(n_same_story > 0);
}
