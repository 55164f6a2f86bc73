//! `samestory explain`, from outside: what the run lists, what it does not, and what cannot be told.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Drop, Outcome, Row, article, cut_to, record, stranger, with_typos, with_wire_lines};

/// Copies of several kinds, an excerpt beside new text, documents with nothing in common, and short ones.
fn drop() -> Drop {
    let original = article(1);
    let titled = |id: &str, title: &str, text: &str| json!({"id": id, "title": title, "text": text});
    Drop::new().records(
        "drop.jsonl",
        &[
            titled("original", "The council votes", &original),
            record("same", &original.to_uppercase()),
            titled("typos", "Another headline", &with_typos(&original, 7)),
            record("wire", &with_wire_lines(&original)),
            record("excerpt", &cut_to(&original, 60)),
            record("quoting", &format!("{}\n\n{}", article(2), cut_to(&original, 35))),
            record("other", &article(3)),
            record("stranger", &stranger(4)),
            record("short", "Just so"),
            record("short-2", "just  so"),
            record("empty", " "),
        ],
    )
}

fn explained(drop: &Drop, a: &str, b: &str) -> Value {
    let outcome = drop.command(&["explain", "out", a, b, "--json"], b"").exits(0);
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error}: {}", outcome.stdout))
}

fn told(drop: &Drop, a: &str, b: &str) -> String {
    drop.command(&["explain", "out", a, b], b"").exits(0).stdout
}

#[test]
fn what_the_run_lists_is_told_as_the_run_lists_it() {
    let drop = drop();
    let run = drop.run(&[]).exits(0);
    let pairs = run.table("pairs.csv");
    let texts = run.texts();
    assert!(pairs.iter().any(|pair| pair["relation"] == "identical"));
    assert!(pairs.iter().any(|pair| pair["relation"] == "contained"));
    for pair in pairs.iter().filter(|pair| pair["relation"] != "same_story") {
        // The order of the two on the command line means nothing.
        let explained = explained(&drop, &pair["b"], &pair["a"]);
        assert_eq!((&explained["a"]["id"], &explained["b"]["id"]), (&json!(pair["a"]), &json!(pair["b"])));
        assert_eq!(explained["relation"], pair["relation"]);
        assert_eq!(explained["judged_from_texts_alone"], Value::Null);
        let listed = &explained["listed"];
        assert_eq!(listed["reason"], pair["reason"]);
        let is = |value: &Value, column: &str| format!("{:.4}", value.as_f64().unwrap()) == pair[column];
        assert!(is(&listed["coverage_a"], "coverage_a") && is(&listed["coverage_b"], "coverage_b"));
        assert!(is(&explained["cosine"], "cosine"), "{explained} {pair:?}");
        assert_passages_are_those_of_the_table(
            &run,
            pair,
            &explained,
            [&texts[&pair["a"]], &texts[&pair["b"]]],
        );
    }
}

fn assert_passages_are_those_of_the_table(run: &Outcome, pair: &Row, explained: &Value, texts: [&String; 2]) {
    let passages = run.table("passages.csv");
    let of_pair = passages.iter().filter(|row| row["a"] == pair["a"] && row["b"] == pair["b"]);
    let listed: Vec<&Row> = of_pair.collect();
    let told = explained["passages"].as_array().unwrap();
    assert!(!told.is_empty() && told.len() == listed.len(), "{pair:?}");
    for (told, listed) in told.iter().zip(listed) {
        for (side, text) in ["a", "b"].into_iter().zip(texts) {
            let byte = |end: &str| {
                assert_eq!(told[format!("{side}_{end}")].to_string(), listed[&format!("{side}_{end}")]);
                told[format!("{side}_{end}")].as_u64().unwrap() as usize
            };
            assert_eq!(told[format!("{side}_text")], text[byte("begin")..byte("end")]);
        }
    }
}

#[test]
fn the_cosine_of_any_pair_is_the_runs_and_its_terms_add_up_to_it() {
    let drop = drop();
    let run = drop.run(&[]).exits(0);
    let matrix = run.table("similarity.csv");
    for (a, b) in [
        ("original", "typos"),
        ("original", "other"),
        ("quoting", "wire"),
        ("other", "stranger"),
        ("empty", "same"),
    ] {
        let explained = explained(&drop, a, b);
        let row = matrix.iter().find(|row| row["id"] == a).unwrap();
        assert_eq!(format!("{:.4}", explained["cosine"].as_f64().unwrap()), row[b], "{a} {b}");
        let shared = explained["likeness"]["shared"].as_array().unwrap();
        let sum: f64 = shared.iter().map(|term| term["share"].as_f64().unwrap()).sum();
        assert!(shared.is_empty() || (sum - 1.0).abs() < 1e-3, "{a} {b}: {sum}");
        let shares: Vec<f64> = shared.iter().map(|term| term["share"].as_f64().unwrap()).collect();
        assert!(shares.is_sorted_by(|left, right| left >= right));
        let documents = run.table("documents.csv").len() as u64;
        assert!(shared.iter().all(|term| (2..=documents).contains(&term["documents"].as_u64().unwrap())));
    }
}

#[test]
fn a_no_says_what_is_missing_and_by_how_much() {
    let drop = drop();
    drop.run(&[]).exits(0);
    let explained = explained(&drop, "original", "other");
    assert_eq!((&explained["relation"], &explained["listed"]), (&Value::Null, &Value::Null));
    let judged = &explained["judged_from_texts_alone"];
    assert_eq!(judged["relation"], Value::Null);
    let settings: Vec<&str> = judged["missing"]
        .as_array()
        .unwrap()
        .iter()
        .map(|missing| missing["setting"].as_str().unwrap())
        .collect();
    assert_eq!(settings, ["copy-threshold", "shortest-copy", "reuse-words", "reuse-passage-words"]);
    assert_eq!(judged["missing"][0]["needed"], 0.8);
    let text = told(&drop, "original", "other");
    for part in [
        "no relation: the run lists no pair of the two",
        "from the two texts alone",
        "to be copies, 80.0 % of one side must be matched (copy-threshold)",
        "points short",
        "rare ones",
        "The council votes",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn a_reuse_judged_alone_lacks_only_what_copies_need_and_the_kept_document_tells_it() {
    let drop = drop();
    let run = drop.run(&[]).exits(0);
    let kept = run.document("original")["duplicate_set"].clone();
    assert!(kept != "original" && run.relation(&kept, "quoting") == "reuse");
    let explained = explained(&drop, "original", "quoting");
    assert_eq!(explained["listed"], Value::Null);
    let judged = &explained["judged_from_texts_alone"];
    assert_eq!(judged["relation"], "reuse");
    let missing = judged["missing"].as_array().unwrap();
    assert_eq!(missing.len(), 1);
    assert_eq!((&missing[0]["for"], &missing[0]["setting"]), (&json!("copies"), &json!("copy-threshold")));
    assert_eq!(explained["listed_of_kept"]["relation"], "reuse");
    let text = told(&drop, "original", "quoting");
    assert!(text.contains(&format!("of quoting and {kept} it says reuse")), "{text}");
}

#[test]
fn two_copies_of_one_kept_document_are_told_to_be_in_its_set() {
    let drop = drop();
    let run = drop.run(&[]).exits(0);
    let kept = run.document("typos")["duplicate_set"].clone();
    let others: Vec<&str> =
        ["original", "same", "typos", "wire"].into_iter().filter(|id| **id != kept).collect();
    let (a, b) = (others[0], others[1]);
    assert_eq!(run.relation(a, b), "-");
    let text = told(&drop, a, b);
    assert!(
        text.contains(&format!("in one duplicate set: the run verified both against the set of {kept}")),
        "{text}"
    );
    assert!(text.contains("duplicate set   both in "), "{text}");
    let judged = explained(&drop, a, b)["judged_from_texts_alone"].clone();
    assert!(["identical", "near_duplicate"].contains(&judged["relation"].as_str().unwrap()), "{judged}");
    assert_eq!(judged["missing"], json!([]));
}

#[test]
fn matching_words_are_marked_and_nothing_is_colored_where_no_terminal_listens() {
    let drop = Drop::new().records(
        "drop.jsonl",
        &[
            record("a", &article(1)),
            record("b", &article(1).replacen(" the ", " zzzzzzzz ", 1)),
            record("c", &article(2)),
        ],
    );
    drop.run(&[]).exits(0);
    let text = told(&drop, "a", "b");
    assert!(!text.contains('\u{1b}'));
    assert_eq!(text.matches('«').count(), text.matches('»').count());
    assert!(text.contains("» the «") && text.contains("» zzzzzzzz «"), "{text}");
    let long = told(&drop, "a", "b");
    assert!(long.contains(" words …]"), "a long passage is quoted in part: {long}");
    let none = drop.command(&["explain", "out", "a", "b", "--passages", "0"], b"").exits(0).stdout;
    assert!(!none.contains('«'), "{none}");
}

#[test]
fn texts_that_are_compared_exactly_only_are_explained_as_such() {
    let drop = drop();
    drop.run(&[]).exits(0);
    assert!(told(&drop, "short", "short-2").contains("identical"));
    let text = told(&drop, "short", "original");
    assert!(
        text.contains("too_short: compared exactly only") && text.contains("no passage is shared"),
        "{text}"
    );
    let text = told(&drop, "empty", "original");
    assert!(text.contains("empty: compared exactly only"), "{text}");
}

#[test]
fn without_texts_the_tables_are_told() {
    let drop = drop();
    let run = drop.run(&["--no-text"]).exits(0);
    assert!(!run.folder.join("terms.csv.zst").exists());
    let text = told(&drop, "original", "wire");
    assert!(text.contains("near_duplicate: ") && text.contains("bytes ") && !text.contains('«'), "{text}");
    let listed = explained(&drop, "original", "wire");
    assert!(listed["cosine"].as_f64().unwrap() > 0.5 && listed["passages"][0]["a_text"].is_null());
    let text = told(&drop, "original", "stranger");
    assert!(text.contains("The run keeps no texts (--no-text)"), "{text}");
    drop.run(&["--only", "duplicates"]).exits(0);
    let text = told(&drop, "original", "wire");
    assert!(text.contains("cosine          not known: the run was made with --only duplicates"), "{text}");
    assert!(text.contains('«'), "{text}");
}

#[test]
fn an_id_that_is_not_there_gets_the_nearest() {
    let drop = drop();
    drop.run(&["--only", "duplicates"]).exits(0);
    let outcome = drop.command(&["explain", "out", "orginal", "typos"], b"").exits(2);
    assert!(
        outcome.stderr.contains("no document orginal; the nearest ids are original"),
        "{}",
        outcome.stderr
    );
    let outcome = drop.command(&["explain", "out", "typos", "typos"], b"").exits(2);
    assert!(outcome.stderr.contains("twice"), "{}", outcome.stderr);
    let outcome = drop.command(&["explain", "drop", "a", "b"], b"").exits(4);
    assert!(outcome.stderr.contains("no run.json"), "{}", outcome.stderr);
}

#[test]
fn a_damaged_folder_is_refused_with_the_file() {
    let drop = drop();
    let run = drop.run(&[]).exits(0);
    let refused = |file: &str, bytes: Option<&[u8]>| {
        let whole = run.bytes(file);
        match bytes {
            Some(bytes) => fs::write(run.folder.join(file), bytes).unwrap(),
            None => fs::remove_file(run.folder.join(file)).unwrap(),
        }
        let outcome = drop.command(&["explain", "out", "original", "wire"], b"").exits(4);
        assert!(outcome.stderr.contains(file) && outcome.stderr.contains("run again"), "{}", outcome.stderr);
        fs::write(run.folder.join(file), whole).unwrap();
    };
    let texts = run.bytes("texts.jsonl.zst");
    refused("texts.jsonl.zst", None);
    refused("texts.jsonl.zst", Some(&texts[..texts.len() / 2]));
    refused("texts.jsonl.zst", Some(b"plain"));
    refused(
        "texts.jsonl.zst",
        Some(&zstd::stream::encode_all(&b"{\"id\":\"zz\",\"text\":\"\"}\n"[..], 1).unwrap()),
    );
    refused("terms.csv.zst", Some(&run.bytes("terms.csv.zst")[..20]));
    refused("pairs.csv", Some(b"a,b\n"));
    let passages = run.text("passages.csv");
    let beyond: String = passages.lines().map(|line| line.replacen(",0,", ",999999,", 1) + "\n").collect();
    refused("passages.csv", Some(beyond.as_bytes()));
    refused("neighbors.csv", None);
}

#[test]
fn hostile_text_does_not_steer_the_terminal() {
    let steering = "\u{1b}[2J\u{9b}31m\u{202e}evil\u{2066} \r\u{7}";
    let text = |n: u64| article(n).replace("the ", &format!("the {steering} "));
    let hostile = |id: &str, n: u64| json!({"id": format!("{id}{steering}"), "title": format!("T{steering}"), "source": steering, "text": text(n)});
    let drop = Drop::new().records("drop.jsonl", &[hostile("a", 1), hostile("b", 1), hostile("c", 2)]);
    let run = drop.run(&[]).exits(0);
    let ids = run.ids();
    for more in [&[][..], &["--json"]] {
        for (a, b) in [(&ids[0], &ids[1]), (&ids[0], &ids[2])] {
            let mut arguments = vec!["explain", "out", a, b];
            arguments.extend(more);
            let outcome = drop.command(&arguments, b"").exits(0);
            let steers = |c: char| {
                c.is_control() && c != '\n' || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            };
            assert!(!outcome.stdout.contains(steers), "{}", outcome.stdout);
            if !more.is_empty() {
                let explained: Value = serde_json::from_str(&outcome.stdout).unwrap();
                assert_eq!(explained["a"]["id"], **a);
            }
        }
    }
    let outcome = drop.command(&["explain", "out", &format!("z{steering}"), "x"], b"").exits(2);
    assert!(!outcome.stderr.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{}", outcome.stderr);
}
