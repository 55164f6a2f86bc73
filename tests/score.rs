//! `samestory score`, from outside: numbers against a look at every pair, messages, exit codes.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;

use serde_json::{Value, json};

use crate::support::{
    self, Drop, Outcome, Row, article, cut_to, record, stranger, with_typos, with_wire_lines,
};

/// Twelve documents, eight of them in three groups of copies, and what is (not quite) true of them.
fn drop() -> (Drop, Vec<Value>) {
    let mut records = Vec::new();
    let mut truth = Vec::new();
    let mut add = |id: &str, text: &str, gold: Value| {
        records.push(record(id, text));
        let mut gold = gold;
        gold["id"] = id.into();
        truth.push(gold);
    };
    let (first, second, third) = (article(1), article(2), stranger(3));
    add("a1", &first, json!({"dup": "a", "label": "town", "edit": "orig"}));
    add("a2", &with_typos(&first, 9), json!({"dup": "a", "label": "town", "edit": "typos"}));
    add("a3", &with_wire_lines(&first), json!({"dup": "a", "label": "town", "edit": "wire"}));
    add("b1", &second, json!({"dup": "b", "label": "town", "edit": "orig"}));
    add("b2", &cut_to(&second, 80), json!({"dup": "b", "label": "town", "edit": "trunc"}));
    // Said to be no copy, which it is; and said to be one, which it is not.
    add("b3", &second, json!({"dup": "other", "label": "sea", "edit": "neg_form"}));
    add("c1", &third, json!({"dup": "c", "label": "sea", "edit": "orig"}));
    add("c2", &stranger(4), json!({"dup": "c", "label": "sea", "edit": "words"}));
    add("d1", &article(5), json!({"dup": "", "label": null}));
    add("d2", &article(6), json!({"dup": " ", "label": 7}));
    add("e1", &format!("{} {first}", article(8)), json!({"dup": "a", "label": "town", "edit": "concat"}));
    add("f1", &stranger(9), json!({"dup": null}));
    (Drop::new().records("drop.jsonl", &records), truth)
}

fn scored(drop: &Drop, truth: &[Value], more: &[&str]) -> Outcome {
    fs::write(drop.place().join("truth.jsonl"), support::lines(truth)).unwrap();
    let mut arguments = vec!["score", "out", "--truth", "truth.jsonl"];
    arguments.extend(more);
    drop.command(&arguments, b"")
}

fn json_of(outcome: &Outcome) -> Value {
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error}: {}", outcome.stdout))
}

/// Pairs right, in the truth and found; B-cubed precision and recall: by a look at every pair.
fn by_hand(documents: &[(String, String)]) -> [f64; 5] {
    let n = documents.len() as f64;
    let mut sums = [0.0; 5];
    for (gold, found) in documents {
        let count = |holds: &dyn Fn(&(String, String)) -> bool| {
            documents.iter().filter(|other| holds(other)).count() as f64
        };
        let both = count(&|other| other.0 == *gold && other.1 == *found);
        let (in_gold, in_found) = (count(&|other| other.0 == *gold), count(&|other| other.1 == *found));
        for (sum, more) in sums.iter_mut().zip([
            (both - 1.0) / 2.0,
            (in_gold - 1.0) / 2.0,
            (in_found - 1.0) / 2.0,
            both / in_found / n,
            both / in_gold / n,
        ]) {
            *sum += more;
        }
    }
    sums
}

/// Each scored document's gold and found group; blanks are named after the document.
fn groups(run: &Outcome, truth: &[Value], field: &str, column: &str) -> Vec<(String, String)> {
    let named = |name: String, id: &str| if name.trim().is_empty() { format!("#{id}") } else { name };
    let counted = truth.iter().filter(|gold| !gold[field].is_null() && gold["edit"] != "concat");
    counted
        .map(|gold| {
            let id = gold["id"].as_str().unwrap();
            let name = gold[field].as_str().map_or_else(|| gold[field].to_string(), str::to_owned);
            (named(name, id), named(run.document(id)[column].clone(), id))
        })
        .collect()
}

#[test]
fn scores_are_what_a_look_at_every_pair_of_the_tables_gives() {
    let (drop, truth) = drop();
    let run = drop.run(&[]).exits(0);
    let scores = json_of(&scored(&drop, &truth, &["--json"]).exits(0));
    assert_eq!(scores["records"], 12);
    for (column, field) in [("duplicate_set", "dup"), ("story", "label"), ("theme", "label")] {
        let groups = groups(&run, &truth, field, column);
        let [right, gold, found, precision, recall] = by_hand(&groups);
        let side = &scores["groupings"][column];
        let number = |value: &Value| value.as_f64().unwrap();
        assert_eq!(side["scored_against"], field);
        assert_eq!(side["documents"], groups.len());
        assert_eq!(side["copies_of_two_left_out"], 1);
        for (ours, by_hand) in [
            (number(&side["right_pairs"]), right),
            (number(&side["gold_pairs"]), gold),
            (number(&side["found_pairs"]), found),
            (number(&side["pairwise"]["precision"]), right / found),
            (number(&side["pairwise"]["recall"]), right / gold),
            (number(&side["pairwise"]["f1"]), 2.0 * right / (found + gold)),
            (number(&side["b_cubed"]["precision"]), precision),
            (number(&side["b_cubed"]["recall"]), recall),
        ] {
            assert!((ours - by_hand).abs() < 1e-12, "{column}: {ours} is not {by_hand}");
        }
    }
}

#[test]
fn errors_are_listed_with_their_groups_and_cosines_and_kinds_with_their_recall() {
    let (drop, truth) = drop();
    let run = drop.run(&[]).exits(0);
    let scores = json_of(&scored(&drop, &truth, &["--json"]).exits(0));
    let copies = &scores["groupings"]["duplicate_set"];
    assert_eq!(copies["errors"]["split"][0]["group"], "c");
    assert_eq!(copies["errors"]["mixed"][0]["documents"], 3);
    let cosine = |left: &str, right: &str| {
        let matrix = run.table("similarity.csv");
        let row = matrix.iter().find(|row| row["id"] == left).unwrap();
        row[right].parse::<f64>().unwrap()
    };
    let missed = &copies["errors"]["missed"][0];
    assert_eq!((&missed["a"], &missed["b"]), (&json!("c1"), &json!("c2")));
    assert!((missed["cosine"].as_f64().unwrap() - cosine("c1", "c2")).abs() < 1e-6);
    let joined = &copies["errors"]["joined_falsely"];
    assert_eq!(joined.as_array().unwrap().len(), 1, "one for the two groups: {joined}");
    let (a, b) = (joined[0]["a"].as_str().unwrap(), joined[0]["b"].as_str().unwrap());
    assert_eq!((a, b), ("b2", "b3"), "of b1 and b2, the one less like b3");
    assert!((joined[0]["cosine"].as_f64().unwrap() - cosine(a, b)).abs() < 1e-6);

    let recall = |kind: &str| copies["recall_by_kind"][kind]["recall"].as_f64();
    assert_eq!((recall("typos"), recall("wire"), recall("words")), (Some(1.0), Some(1.0), Some(0.0)));
    assert_eq!(recall("concat"), None);
    assert_eq!(copies["false_merges_by_kind"]["neg_form"]["merged"], 1);
    assert_eq!(
        copies["false_merges_by_kind"]["orig"],
        json!({"documents": 3, "merged": 1, "share": 1.0 / 3.0})
    );

    let table = scored(&drop, &truth, &[]).exits(0).stdout;
    for line in
        ["scored against", "B-cubed", "c: 2 documents in 2 groups, missed 1 pair: 2 alone", "c1", "neg_form"]
    {
        assert!(table.contains(line), "{line}: {table}");
    }
    let short = scored(&drop, &truth, &["--errors", "0"]).exits(0).stdout;
    assert!(table.starts_with(short.split("\nCopies found").next().unwrap()) && !short.contains("Missed"));
}

#[test]
fn a_packed_truth_is_read_as_it_is_and_in_any_order() {
    let (drop, mut truth) = drop();
    drop.run(&[]).exits(0);
    let plain = json_of(&scored(&drop, &truth, &["--json"]).exits(0));
    truth.reverse();
    let lines = support::lines(&truth);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(lines.as_bytes()).unwrap();
    fs::write(drop.place().join("truth.jsonl.gz"), gzip.finish().unwrap()).unwrap();
    // The first bytes tell, not the name.
    fs::write(drop.place().join("truth.zst.jsonl"), zstd::stream::encode_all(lines.as_bytes(), 3).unwrap())
        .unwrap();
    for file in ["truth.jsonl.gz", "truth.zst.jsonl"] {
        let packed = json_of(&drop.command(&["score", "out", "--truth", file, "--json"], b"").exits(0));
        assert_eq!(packed["groupings"], plain["groupings"], "{file}");
    }
}

#[test]
fn ids_that_the_run_does_not_have_are_groups_of_one_and_said() {
    let (drop, mut truth) = drop();
    drop.run(&[]).exits(0);
    truth.push(json!({"id": "a9", "dup": "a"}));
    let outcome = scored(&drop, &truth, &["--json"]).exits(0);
    let copies = &json_of(&outcome)["groupings"]["duplicate_set"];
    assert_eq!(copies["documents_not_in_run"], 1);
    assert_eq!(copies["gold_pairs"], 6 + 1 + 1);
    truth.retain(|gold| gold["id"] != "d1");
    let table = scored(&drop, &truth, &[]).exits(0).stdout;
    assert!(table.starts_with("12 records of the truth, 1 not in the run"), "{table}");
    assert!(table.contains("the run has 1 document that the truth does not speak of"), "{table}");
}

#[test]
fn a_bad_line_of_the_truth_is_skipped_and_said() {
    let (drop, truth) = drop();
    drop.run(&[]).exits(0);
    let mut lines = support::lines(&truth);
    lines.push_str("{\"id\": \"a1\"\n{\"dup\": \"a\"}\n");
    let good = json_of(&scored(&drop, &truth, &["--json"]).exits(0));
    fs::write(drop.place().join("bad.jsonl"), lines).unwrap();
    let outcome = drop.command(&["score", "out", "--truth", "bad.jsonl", "--json"], b"").exits(3);
    assert!(outcome.stderr.contains("bad.jsonl:13: no JSON object"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("bad.jsonl:14: it has no id"), "{}", outcome.stderr);
    assert_eq!(json_of(&outcome)["groupings"], good["groupings"]);
    assert_eq!(json_of(&outcome)["lines_skipped"], 2);
}

#[test]
fn conditions_on_measures_decide_the_exit_code() {
    let (drop, truth) = drop();
    drop.run(&["--only", "duplicates"]).exits(0);
    let failed = scored(&drop, &truth, &["--fail-if", "f1<0.9"]).exits(1);
    assert!(failed.stderr.contains("f1<0.9 holds: it is 0.7273"), "{}", failed.stderr);
    assert!(
        failed.stdout.contains("not scored: story, which the run was not asked for"),
        "{}",
        failed.stdout
    );
    scored(&drop, &truth, &["--fail-if", "duplicate_set:recall<0.5", "--fail-if", "ari<0"]).exits(0);
    let refused = scored(&drop, &truth, &["--fail-if", "story:f1<0.9"]).exits(2);
    assert!(refused.stderr.contains("not scored"), "{}", refused.stderr);
    let unknown = scored(&drop, &truth, &["--fail-if", "f2<0.9"]).exits(2);
    assert!(unknown.stderr.contains("b-cubed-f1"), "{}", unknown.stderr);
}

#[test]
fn what_cannot_be_scored_says_why() {
    let (drop, truth) = drop();
    let refused = |outcome: Outcome, says: &[&str]| {
        let outcome = outcome.exits(4);
        assert!(outcome.stderr.starts_with("samestory: ") && outcome.stdout.is_empty(), "{}", outcome.stderr);
        for words in says {
            assert!(outcome.stderr.contains(words), "{words}: {}", outcome.stderr);
        }
    };
    refused(scored(&drop, &truth, &[]), &["out is not there", "samestory run"]);
    drop.run(&["--only", "duplicates"]).exits(0);
    let none = |gold: &Value| json!({"id": gold["id"], "group": "x"});
    refused(
        scored(&drop, &truth.iter().map(none).collect::<Vec<_>>(), &[]),
        &["truth.jsonl", "dup", "label"],
    );
    let label_only = |gold: &Value| json!({"id": gold["id"], "label": "x"});
    refused(scored(&drop, &truth.iter().map(label_only).collect::<Vec<_>>(), &[]), &["--only duplicates"]);
    refused(scored(&drop, &[json!({"id": "zz", "dup": "a"})], &[]), &["none of its 1 ids is in out"]);
    refused(scored(&drop, &[], &[]), &["no record with an id"]);
    refused(drop.command(&["score", "out", "--truth", "nowhere.jsonl"], b""), &["nowhere.jsonl"]);
    refused(drop.command(&["score", "drop", "--truth", "truth.jsonl"], b""), &["drop holds no run.json"]);

    let out = drop.place().join("out");
    let documents = fs::read_to_string(out.join("documents.csv")).unwrap();
    for (changed, says) in [
        (documents.replace("duplicate_set", "duplicates"), "it has no column duplicate_set"),
        (documents.lines().take(4).fold(String::new(), |text, line| text + line + "\n"), "it has 3 rows"),
        (documents.replace(",ok,", ",ok"), "line"),
        (documents.replacen("a1,", "zz,", 1), "not after the id"),
    ] {
        fs::write(out.join("documents.csv"), changed).unwrap();
        refused(scored(&drop, &truth, &[]), &["documents.csv", says, "run again"]);
    }
    fs::remove_file(out.join("documents.csv")).unwrap();
    refused(scored(&drop, &truth, &[]), &["documents.csv is missing"]);
    let run = fs::read_to_string(out.join("run.json")).unwrap();
    fs::write(out.join("run.json"), run.replace("\"schema_version\": 1", "\"schema_version\": 99")).unwrap();
    refused(scored(&drop, &truth, &[]), &["schema version 99", "reads version 1"]);
    fs::write(out.join("run.json"), "{\"tool\": \"another\"}").unwrap();
    refused(scored(&drop, &truth, &[]), &["not written by samestory"]);
    fs::write(out.join("run.json"), &run[..100]).unwrap();
    refused(scored(&drop, &truth, &[]), &["run.json", "damaged"]);
}

#[test]
fn ids_and_names_do_not_steer_a_terminal_and_match_however_the_run_wrote_them() {
    let hostile = "x\u{1b}[31m\u{9b}y";
    let drop = Drop::new().records(
        "drop.jsonl",
        &[record(hostile, &article(1)), json!({"id": 12, "text": article(1)}), record("other", &article(2))],
    );
    drop.run(&[]).exits(0);
    let truth = [
        json!({"id": hostile, "dup": hostile}),
        json!({"id": 12, "dup": format!("{hostile}2")}),
        json!({"id": "other", "dup": hostile}),
    ];
    let outcome = scored(&drop, &truth, &[]).exits(0);
    assert!(outcome.stdout.starts_with("3 records of the truth, all in the run"), "{}", outcome.stdout);
    assert!(outcome.stdout.contains("\\u{1b}[31m"), "{}", outcome.stdout);
    let steers = |text: &str| text.chars().any(|c| c.is_control() && c != '\n');
    assert!(!steers(&outcome.stdout) && !steers(&outcome.stderr));
    let outcome = scored(&drop, &truth, &["--json"]).exits(0);
    assert!(!steers(&outcome.stdout), "{}", outcome.stdout);
    let split = json_of(&outcome)["groupings"]["duplicate_set"]["errors"]["split"][0]["group"].clone();
    assert_eq!(split, hostile);
}

/// No two documents with one row, whatever the order of the rows; a check on the drop above.
#[test]
fn the_drop_has_what_its_truth_says_of_it() {
    let (drop, truth) = drop();
    let run = drop.run(&["--only", "duplicates"]).exits(0);
    let sets: BTreeMap<String, String> = run
        .table("documents.csv")
        .into_iter()
        .map(|row| (row["id"].clone(), row["duplicate_set"].clone()))
        .collect();
    assert_eq!(sets.len(), truth.len());
    assert!(sets["a1"] == sets["a2"] && sets["a1"] == sets["a3"] && !sets["a1"].is_empty());
    assert!(
        sets["b1"] == sets["b2"]
            && sets["b1"] == sets["b3"]
            && sets["c1"].is_empty()
            && sets["c2"].is_empty()
    );
}

/// The run's borderline pairs with a judgement each, as a file.
fn judged(drop: &Drop, run: &Outcome, judgement: impl Fn(usize, &Row) -> &'static str) -> Vec<Row> {
    let rows = run.table("borderline.csv");
    let mut file = csv::Writer::from_path(drop.place().join("judgements.csv")).unwrap();
    let columns = ["a", "b", "decision", "value", "line", "decided", "judgement"];
    file.write_record(columns).unwrap();
    for (place, row) in rows.iter().enumerate() {
        let mut cells: Vec<&str> = columns.iter().map(|column| row[*column].as_str()).collect();
        cells[6] = judgement(place, row);
        file.write_record(cells).unwrap();
    }
    file.flush().unwrap();
    rows
}

/// Copies of which ever more words were replaced: pairs on both sides of the line.
fn near_the_line() -> Drop {
    let mut records = Vec::new();
    for n in 0..16_u64 {
        let (own, other) = (article(n), stranger(n));
        let (own_words, other_words): (Vec<&str>, Vec<&str>) =
            (own.split(' ').collect(), other.split(' ').collect());
        let n_other = own_words.len() * (10 + 2 * n as usize) / 100;
        let mixed = [&own_words[..own_words.len() - n_other], &other_words[..n_other * 2]].concat().join(" ");
        records.push(record(&format!("x{n:02}"), &own));
        records.push(record(&format!("y{n:02}, \"{n}\""), &mixed));
    }
    Drop::new().records("drop.jsonl", &records)
}

#[test]
fn judgements_say_where_the_run_and_a_person_disagree_and_which_line_would_serve() {
    let drop = near_the_line();
    let run = drop.run(&[]).exits(0);
    let is_text = |row: &Row| row["decision"] == "same_text";
    // A person who calls them all the same text.
    let rows = judged(&drop, &run, |_, row| if is_text(row) { "yes" } else { "" });
    let asked: Vec<&Row> = rows.iter().filter(|row| is_text(row)).collect();
    let n_yes = asked.iter().filter(|row| row["decided"] == "yes").count() as u64;
    let n_no = asked.len() as u64 - n_yes;
    assert!(n_yes >= 2 && n_no >= 2, "{rows:?}");
    let outcome = drop.command(&["score", "out", "--judgements", "judgements.csv", "--json"], b"").exits(0);
    let json = json_of(&outcome);
    let of = &json["judgements"]["decisions"]["same_text"];
    assert_eq!(
        [&of["right_yes"], &of["false_no"], &of["false_yes"], &of["right_no"]],
        [n_yes, n_no, 0, 0].map(|n| json!(n)).each_ref()
    );
    assert_eq!(of["line"], 0.8);
    assert_eq!(of["disagreements"].as_array().unwrap().len() as u64, n_no);
    assert_eq!(json["judgements"]["left_open"].as_u64().unwrap(), (rows.len() - asked.len()) as u64);
    // What lies below the line and would be found at the line advised, by the file itself.
    let better = &of["better_line"];
    let at = better["line"].as_f64().unwrap();
    let between = |row: &&&Row| {
        let value: f64 = row["value"].parse().unwrap();
        row["decided"] == "no" && value < 0.8 && value >= at
    };
    assert_eq!(better["mended"].as_u64().unwrap(), asked.iter().filter(between).count() as u64);
    assert_eq!(better["broken"], 0);
    let said = drop.command(&["score", "out", "--judgements", "judgements.csv"], b"").exits(0).stdout;
    for words in ["you disagree on", "below the line", "came nearest to another answer"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    // Run again with that line, the person is agreed with: the file holds for the new run.
    let line = format!("{at:.3}");
    drop.run(&["--copy-threshold", &line]).exits(0);
    let again =
        json_of(&drop.command(&["score", "out", "--judgements", "judgements.csv", "--json"], b"").exits(0));
    let again = &again["judgements"]["decisions"]["same_text"];
    assert!(again["false_no"].as_u64() < of["false_no"].as_u64(), "{again}");
    assert_eq!(
        again["line"].as_f64().unwrap().to_string(),
        at.mul_add(1000.0, 0.0).round().mul_add(1e-3, 0.0).to_string()
    );
}

#[test]
fn agreement_with_everything_advises_nothing() {
    let drop = near_the_line();
    let run = drop.run(&[]).exits(0);
    judged(&drop, &run, |_, row| if row["decided"] == "yes" { "yes" } else { "no" });
    let said = drop.command(&["score", "out", "--judgements", "judgements.csv"], b"").exits(0).stdout;
    assert!(said.contains("agreement                              1.000"), "{said}");
    assert!(
        said.contains("no other line tells more of these pairs right") && !said.contains("you disagree"),
        "{said}"
    );
}

#[test]
fn what_is_no_file_of_judgements_says_why() {
    let drop = near_the_line();
    let run = drop.run(&[]).exits(0);
    let header = "a,b,decision,value,line,decided,judgement\n";
    for (text, code, says) in [
        ("id,dup\n", 4, "no column a"),
        (header, 4, "no pair has yes or no"),
        (&format!("{header}x,y,same_text,.7,.8,no,yes\n"), 4, "none of its 1 judged pairs is in out"),
        (
            &format!("{header}x00,x01,same_text,.7,.8,no,perhaps\nx00,x02,same_text,.7,.8,no,no\n"),
            3,
            ":2: \"perhaps\"",
        ),
    ] {
        fs::write(drop.place().join("judgements.csv"), text).unwrap();
        let outcome = drop.command(&["score", "out", "--judgements", "judgements.csv"], b"").exits(code);
        assert!(outcome.stderr.contains(says), "{says}: {}", outcome.stderr);
    }
    drop.command(&["score", "out"], b"").exits(2);
    drop.command(&["score", "out", "--judgements", "nowhere.csv"], b"").exits(4);
    // With a truth as well, both are said.
    judged(&drop, &run, |_, _| "yes");
    let truth: Vec<Value> = run.ids().iter().map(|id| json!({"id": id, "dup": &id[1..3]})).collect();
    fs::write(drop.place().join("truth.jsonl"), support::lines(&truth)).unwrap();
    let both = ["score", "out", "--truth", "truth.jsonl", "--judgements", "judgements.csv"];
    let said = drop.command(&both, b"").exits(0).stdout;
    assert!(said.contains("B-cubed") && said.contains("agreement"), "{said}");
}
