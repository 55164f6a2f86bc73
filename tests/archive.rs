//! Drop after drop, through the command line.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command as Process, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{
    self, Chance, Drop, Outcome, Row, article, cut_to, lines, record, table, with_typos, with_wire_lines,
};

/// Writes a drop beside the others.
fn drop_file(place: &Drop, name: &str, records: &[Value]) {
    fs::write(place.place().join(name), lines(records)).unwrap();
}

fn dated(id: &str, day: u32, text: &str) -> Value {
    json!({ "id": id, "title": format!("About {id}"), "date": format!("2026-03-{day:02}"), "source": "Courier", "text": text })
}

/// Three drops: the second and the third have copies of what came before.
fn three_drops() -> Drop {
    let place = Drop::new();
    let (one, two): (Vec<Value>, Vec<Value>) = (
        (0..6).map(|n| dated(&format!("a-{n}"), 1, &article(n))).collect(),
        vec![
            dated("b-new", 2, &article(100)),
            dated("b-wire", 2, &with_wire_lines(&article(1))),
            dated("b-cut", 2, &cut_to(&article(2), 50)),
            dated("b-same", 2, &article(3).to_uppercase()),
        ],
    );
    drop_file(&place, "one.jsonl", &one);
    drop_file(&place, "two.jsonl", &two);
    drop_file(
        &place,
        "three.jsonl",
        &[
            dated("c-typos", 3, &with_typos(&article(100), 6)),
            dated("c-longer", 3, &format!("{}\n\n{}", article(4), article(500))),
            dated("c-new", 3, &article(101)),
            dated("c-wire", 3, &with_wire_lines(&with_typos(&article(1), 9))),
        ],
    );
    place
}

fn run(place: &Drop, drop: &str) -> Outcome {
    place.command(&["run", drop, "--output", "out", "--archive", "past", "--replace"], b"").exits(0)
}

/// id -> what it is known as, best first.
fn known(outcome: &Outcome) -> BTreeMap<String, Row> {
    let mut known = BTreeMap::new();
    for row in outcome.table("known.csv") {
        known.entry(row["id"].clone()).or_insert(row);
    }
    known
}

fn list(place: &Drop) -> Value {
    let listed = place.command(&["archive", "list", "past", "--json"], b"").exits(0);
    serde_json::from_str(&listed.stdout).unwrap()
}

fn is_whole(place: &Path) -> bool {
    let output = support::samestory()
        .current_dir(place)
        .args(["archive", "check", "past", "--read-data"])
        .output()
        .unwrap();
    assert!(output.status.code() == Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    true
}

#[test]
fn a_copy_of_an_earlier_drop_says_of_what_with_its_passages() {
    let place = three_drops();
    assert!(known(&run(&place, "one.jsonl")).is_empty());
    let second = run(&place, "two.jsonl");
    let found = known(&second);
    let shown = |found: &BTreeMap<String, Row>, id: &str| {
        let row = &found[id];
        ["relation", "of", "of_drop", "of_date"].map(|column| row[column].clone()).join(" ")
    };
    assert_eq!(found.len(), 3);
    assert_eq!(shown(&found, "b-wire"), "near_duplicate a-1 1 2026-03-01");
    assert_eq!(shown(&found, "b-cut"), "contained a-2 1 2026-03-01");
    assert_eq!(shown(&found, "b-same"), "identical a-3 1 2026-03-01");
    assert_eq!(found["b-cut"]["fuller"], "archived");
    assert_eq!(second.text("drop.txt"), "b-cut\nb-same\nb-wire\n");
    assert_eq!(second.text("keep.txt"), "b-new\n");
    assert_eq!((second.count("known"), second.count("drop"), second.count("keep")), (3, 3, 1));
    assert!(second.stderr.contains("3 documents are known"), "{}", second.stderr);
    assert!(
        second.text("report.md").contains("| About b-wire | near_duplicate | a-1 | 1 |"),
        "{}",
        second.text("report.md")
    );

    let third = run(&place, "three.jsonl");
    let found = known(&third);
    assert_eq!(shown(&found, "c-typos"), "near_duplicate b-new 2 2026-03-02");
    // Of a set, the document that was archived first and kept speaks.
    assert_eq!(shown(&found, "c-wire"), "near_duplicate a-1 1 2026-03-01");
    assert_eq!((found["c-longer"]["of"].as_str(), found["c-longer"]["fuller"].as_str()), ("a-4", "new"));
    assert!(!found.contains_key("c-new"));
    // What holds an archived text and more is worth keeping.
    assert_eq!(third.text("keep.txt"), "c-longer\nc-new\n");

    // The passages say the same on both sides.
    let text: BTreeMap<String, String> = (0..6).map(|n| (format!("a-{n}"), article(n))).collect();
    let own = third.texts();
    let mut n_passages = 0;
    for row in third.table("known_passages.csv").iter().filter(|row| row["of"].starts_with("a-")) {
        let at = |name: &str| row[name].parse::<usize>().unwrap();
        let here = &own[&row["id"]][at("begin")..at("end")];
        let there = &text[&row["of"]][at("of_begin")..at("of_end")];
        // Word for word, but for planted typos.
        let (here, there) = (here.to_lowercase(), there.to_lowercase());
        let words = here.split_whitespace().zip(there.split_whitespace());
        let n_words = here.split_whitespace().count();
        assert!(3 * words.filter(|(here, there)| here == there).count() >= 2 * n_words, "{here}\n{there}");
        n_passages += 1;
    }
    assert!(n_passages >= 2);
    assert_eq!(list(&place)["documents"], 14);
    assert!(is_whole(place.place()));
}

#[test]
fn a_drop_run_twice_says_so_adds_nothing_and_finds_the_same() {
    let place = three_drops();
    run(&place, "one.jsonl");
    let first = run(&place, "two.jsonl");
    let tables = |outcome: &Outcome| {
        [
            "documents.csv", "known.csv", "known_passages.csv", "pairs.csv", "keep.txt", "stories.csv",
            "report.md", "report.html", "report.json.zst",
        ]
        .map(|name| outcome.bytes(name))
    };
    let before = (tables(&first), list(&place));
    let again = run(&place, "two.jsonl");
    assert!(again.stderr.contains("nothing was added; this is drop 2 (two.jsonl"), "{}", again.stderr);
    assert_eq!((tables(&again), list(&place)), before);
}

#[test]
fn check_answers_scripts_and_leaves_the_archive_alone() {
    let place = three_drops();
    place.command(&["archive", "add", "past", "one.jsonl"], b"").exits(0);
    place.command(&["archive", "add", "past", "two.jsonl"], b"").exits(0);
    let new = lines(&[record("x", &article(777))]);
    let asked = place.command(&["check", "-", "--archive", "past", "--json"], new.as_bytes()).exits(0);
    let answer: Value = serde_json::from_str(&asked.stdout).unwrap();
    assert_eq!(answer["known"], false);
    assert!(answer["of"].is_null() && answer["relation"].is_null());

    let both = lines(&[record("x", &article(777)), record("y", &with_typos(&article(5), 6))]);
    let asked = place.command(&["check", "-", "--archive", "past", "--json"], both.as_bytes()).exits(1);
    let answers: Vec<Value> = asked.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), 2);
    assert_eq!((answers[0]["id"].as_str(), answers[0]["known"].as_bool()), (Some("x"), Some(false)));
    assert_eq!((answers[1]["id"].as_str(), answers[1]["known"].as_bool()), (Some("y"), Some(true)));
    assert_eq!(answers[1]["of"]["id"], "a-5");
    assert_eq!(
        (answers[1]["of"]["drop"].as_u64(), answers[1]["of"]["date"].as_str()),
        (Some(1), Some("2026-03-01"))
    );
    assert!(answers[1]["coverage"].as_f64().unwrap() > 0.7);
    assert!(!answers[1]["passages"].as_array().unwrap().is_empty());

    let run =
        ["run", "two.jsonl", "--output", "out", "--archive", "past", "--only", "duplicates", "--fail-if"];
    place.command(&[&run[..], &["known>3", "--quiet"]].concat(), b"").exits(0);
    let typed = lines(&[record("y", &with_typos(&article(5), 6))]);
    fs::write(place.place().join("known.jsonl"), typed).unwrap();
    let run =
        ["run", "known.jsonl", "--output", "out2", "--archive", "past", "--only", "duplicates", "--fail-if"];
    place.command(&[&run[..], &["known>0", "--fail-if", "duplicates>0"]].concat(), b"").exits(1);
    let before = fs::read(place.place().join("past/manifest")).unwrap();

    // What was added is known; in words, too.
    let asked = place.command(&["check", "one.jsonl", "--archive", "past"], b"").exits(1);
    assert!(asked.stdout.contains("a-0: identical of a-0 (drop 1, 2026-03-01)"), "{}", asked.stdout);
    assert!(asked.stderr.contains("6 of 6 documents known"), "{}", asked.stderr);
    assert_eq!(fs::read(place.place().join("past/manifest")).unwrap(), before);
    place.command(&["check", "one.jsonl", "--archive", "nowhere"], b"").exits(2);
}

#[cfg(unix)]
#[test]
fn a_read_only_archive_can_be_asked() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = three_drops();
    place.command(&["archive", "add", "past", "one.jsonl"], b"").exits(0);
    let past = place.place().join("past");
    fs::remove_file(past.join("lock")).unwrap();
    fs::set_permissions(&past, fs::Permissions::from_mode(0o555)).unwrap();
    let asked = place.command(&["check", "two.jsonl", "--archive", "past", "--quiet"], b"");
    let is_left_alone = !past.join("lock").exists();
    fs::set_permissions(&past, fs::Permissions::from_mode(0o755)).unwrap();
    asked.exits(1);
    assert!(is_left_alone);
}

#[test]
fn two_writers_do_not_meet() {
    let place = three_drops();
    place.command(&["archive", "add", "past", "one.jsonl"], b"").exits(0);
    let lock = fs::File::options().read(true).write(true).open(place.place().join("past/lock")).unwrap();
    lock.lock().unwrap();
    fs::write(place.place().join("past/lock"), "process 4711 since yesterday\n").unwrap();
    let refused = place.command(&["run", "two.jsonl", "--output", "out", "--archive", "past"], b"").exits(6);
    refused.says_and_publishes_nothing(&["process 4711 since yesterday", "--wait"]);
    // Readers do not wait.
    place.command(&["check", "two.jsonl", "--archive", "past"], b"").exits(1);
    place.command(&["archive", "list", "past"], b"").exits(0);

    let mut waiting = Process::new(assert_cmd::cargo::cargo_bin!("samestory"))
        .current_dir(place.place())
        .args(["archive", "add", "past", "two.jsonl", "--wait", "--quiet"])
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(700));
    assert!(waiting.try_wait().unwrap().is_none(), "it did not wait");
    lock.unlock().unwrap();
    assert_eq!(waiting.wait().unwrap().code(), Some(0));
    assert_eq!(list(&place)["documents"], 10);
}

#[test]
fn settings_versions_and_damage_are_told_apart() {
    let place = three_drops();
    place.command(&["archive", "add", "past", "one.jsonl"], b"").exits(0);
    fs::write(place.place().join("other.toml"), "shingle-cap = 10\n").unwrap();
    let refused = place
        .command(&["run", "two.jsonl", "--output", "out", "--archive", "past", "--config", "other.toml"], b"")
        .exits(2);
    refused.says_and_publishes_nothing(&["shingle-cap was 20 and is 10 now"]);
    place.command(&["check", "two.jsonl", "--archive", "past", "--config", "other.toml"], b"").exits(2);

    let texts = place.place().join("past/segments/000001/texts");
    let mut bytes = fs::read(&texts).unwrap();
    bytes[20] ^= 4;
    fs::write(&texts, &bytes).unwrap();
    let damaged = place.command(&["archive", "check", "past", "--read-data"], b"").exits(7);
    assert!(damaged.stderr.contains("past/segments/000001/texts"), "{}", damaged.stderr);
    // Without reading all, only lengths are looked at.
    place.command(&["archive", "check", "past"], b"").exits(0);
    let refused = place.command(&["run", "two.jsonl", "--output", "out", "--archive", "past"], b"").exits(7);
    refused.says_and_publishes_nothing(&["past/segments/000001/texts", "archive check --read-data"]);

    let manifest = place.place().join("past/manifest");
    let text = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, text.replacen("archive 4 ", "archive 9 ", 1)).unwrap();
    let newer = place.command(&["archive", "list", "past"], b"").exits(7);
    assert!(
        newer.stderr.contains("version 9") && newer.stderr.trim_end().ends_with("use a newer samestory"),
        "{}",
        newer.stderr
    );
}

/// What the program does where the system lets it have less (`flags` and `limit` as `ulimit` takes them).
#[cfg(unix)]
fn limited(place: &Drop, flags: &str, limit: u32, arguments: &str) -> std::process::Output {
    let program = support::samestory();
    let line = format!("ulimit {flags} {limit} && exec '{}' {arguments}", program.get_program().display());
    Process::new("sh").current_dir(place.place()).args(["-c", &line]).output().unwrap()
}

#[cfg(unix)]
#[test]
fn an_archive_of_many_drops_needs_no_more_open_files_than_there_are() {
    let place = Drop::new();
    for n in 0..12 {
        drop_file(&place, "drop.jsonl", &[dated(&format!("a-{n}"), 1, &article(n))]);
        place.command(&["archive", "add", "past", "drop.jsonl"], b"").exits(0);
    }
    drop_file(&place, "copy.jsonl", &[dated("copy", 2, &with_wire_lines(&article(7)))]);
    let check = "check copy.jsonl --archive past --json";
    let said = |output: &std::process::Output| String::from_utf8_lossy(&output.stderr).into_owned();
    // A usual limit that may be raised is raised.
    let raised = limited(&place, "-S -n", 64, check);
    assert_eq!(raised.status.code(), Some(1), "{}", said(&raised));
    let refused = limited(&place, "-n", 64, check);
    assert_eq!(refused.status.code(), Some(8), "{}", said(&refused));
    for part in ["12 segments", "archive compact past", "ulimit -n"] {
        assert!(said(&refused).contains(part), "{}", said(&refused));
    }
    let compacted = limited(&place, "-n", 64, "archive compact past");
    assert_eq!(compacted.status.code(), Some(0), "{}", said(&compacted));
    let asked = limited(&place, "-n", 64, check);
    assert_eq!((asked.status.code(), asked.stdout), (Some(1), raised.stdout), "{}", said(&refused));
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_grow_further_is_told_and_no_end_without_a_word() {
    let place = three_drops();
    let full = limited(&place, "-f", 1, "run one.jsonl --output out");
    let said = String::from_utf8_lossy(&full.stderr);
    assert_eq!(full.status.code(), Some(5), "{said}");
    assert!(said.contains("nothing was published") && !place.place().join("out").exists(), "{said}");
}

#[test]
fn a_folder_of_other_things_becomes_no_archive() {
    let place = three_drops();
    // An empty folder does.
    place.command(&["archive", "add", "drop", "one.jsonl"], b"").exits(0);
    fs::write(place.place().join("mine"), "a file").unwrap();
    place.command(&["archive", "add", ".", "one.jsonl"], b"").exits(2);
    assert!(place.place().join("mine").exists());
}

#[test]
fn the_archive_is_listed_compacted_and_exported() {
    let place = three_drops();
    for drop in ["one.jsonl", "two.jsonl", "three.jsonl"] {
        place.command(&["archive", "add", "past", drop], b"").exits(0);
    }
    let listed = place.command(&["archive", "list", "past"], b"").exits(0).stdout;
    assert!(listed.contains("14 documents in 3 segments"), "{listed}");
    assert!(listed.contains("2026-03-02") && listed.contains("two.jsonl"), "{listed}");
    place.command(&["archive", "export", "past", "--output", "before.csv"], b"").exits(0);
    let asked =
        |place: &Drop| place.command(&["check", "three.jsonl", "--archive", "past", "--json"], b"").stdout;
    let before = asked(&place);
    let compacted = place.command(&["archive", "compact", "past"], b"").exits(0);
    assert!(compacted.stderr.contains("3 segments became one"), "{}", compacted.stderr);
    assert_eq!(list(&place)["segments"], 1);
    assert_eq!(asked(&place), before);
    place.command(&["archive", "export", "past", "--output", "after.csv"], b"").exits(0);
    let rows = table(&place.place().join("after.csv"));
    assert_eq!(rows, table(&place.place().join("before.csv")));
    assert_eq!(rows.len(), 14);
    let row = |id: &str| rows.iter().find(|row| row["id"] == id).unwrap();
    assert_eq!((row("b-same")["original"].as_str(), row("b-wire")["set"].as_str()), ("3", "1"));
    assert_eq!((row("c-new")["drop"].as_str(), row("c-new")["drop_name"].as_str()), ("3", "three.jsonl"));
    assert!(
        place.command(&["archive", "export", "past"], b"").exits(0).stdout.starts_with("number,id,drop,")
    );
    place.command(&["archive", "export", "past", "--output", "after.csv"], b"").exits(5);
    assert!(is_whole(place.place()));
}

/// A generated corpus of planted copies, dealt into drops.
fn planted(place: &Drop, n_documents: &str, n_drops: usize, order: u64) -> Vec<String> {
    let originals: Vec<Value> = (0..90).map(|n| record(&format!("o-{n:02}"), &article(n))).collect();
    drop_file(place, "originals.jsonl", &originals);
    let generate = [
        "generate", "originals.jsonl", "--output", "all.jsonl", "--documents", n_documents, "--share", "0.5",
        "--replace", "--quiet",
    ];
    place.command(&generate, b"").exits(0);
    let all = fs::read_to_string(place.place().join("all.jsonl")).unwrap();
    let mut records: Vec<&str> = all.lines().collect();
    Chance::new(order).shuffle(&mut records);
    let names = records.chunks(records.len().div_ceil(n_drops)).enumerate().map(|(number, records)| {
        let name = format!("drop-{number}.jsonl");
        fs::write(place.place().join(&name), records.join("\n")).unwrap();
        name
    });
    names.collect()
}

/// Pairs of documents that are copies of one text, by the truth that was planted.
fn truth(place: &Drop) -> BTreeMap<String, String> {
    let truth = fs::read_to_string(place.place().join("all.truth.jsonl")).unwrap();
    let records = truth.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let group = |record: &Value| {
        let word = |name: &str| record[name].as_str().map_or_else(|| record[name].to_string(), str::to_owned);
        (word("id"), word("dup"))
    };
    records.map(|record| group(&record)).collect()
}

/// Pairs within the groups.
fn pairs_of(groups: &BTreeMap<String, String>) -> BTreeSet<(String, String)> {
    let mut members: BTreeMap<&String, Vec<&String>> = BTreeMap::new();
    for (id, group) in groups.iter().filter(|(_, group)| !["", "null"].contains(&group.as_str())) {
        members.entry(group).or_default().push(id);
    }
    let mut pairs = BTreeSet::new();
    for members in members.values() {
        for (place, &b) in members.iter().enumerate() {
            pairs.extend(members[..place].iter().map(|&a| (a.min(b).clone(), a.max(b).clone())));
        }
    }
    pairs
}

#[test]
fn drops_one_after_another_find_the_copies_that_one_run_over_all_finds() {
    let place = Drop::new();
    for order in [1, 2, 3] {
        let drops = planted(&place, "160", 5, order);
        place
            .command(&["run", "all.jsonl", "--output", "out", "--only", "duplicates", "--replace"], b"")
            .exits(0);
        let at_once: BTreeMap<String, String> = table(&place.place().join("out/documents.csv"))
            .into_iter()
            .map(|row| (row["id"].clone(), row["duplicate_set"].clone()))
            .collect();
        let archive = format!("past-{order}");
        for drop in &drops {
            place.command(&["archive", "add", &archive, drop, "--quiet"], b"").exits(0);
        }
        let table_name = format!("table-{order}.csv");
        place.command(&["archive", "export", &archive, "--output", &table_name], b"").exits(0);
        let one_by_one: BTreeMap<String, String> = table(&place.place().join(&table_name))
            .into_iter()
            .map(|row| (row["id"].clone(), row["set"].clone()))
            .collect();
        let (at_once, one_by_one, gold) =
            (pairs_of(&at_once), pairs_of(&one_by_one), pairs_of(&truth(&place)));
        assert!(at_once.len() > 60, "{}", at_once.len());
        let right = |pairs: &BTreeSet<(String, String)>| pairs.intersection(&gold).count();
        let (right_at_once, right_one_by_one) = (right(&at_once), right(&one_by_one));
        // A set keeps the document that it was founded with, so sets of many may be cut otherwise.
        let both = at_once.intersection(&one_by_one).count();
        let shown = format!(
            "order {order}: {} pairs at once ({right_at_once} right), {} one by one ({right_one_by_one} right), {both} in both",
            at_once.len(),
            one_by_one.len()
        );
        assert!(100 * both >= 95 * at_once.len(), "{shown}");
        assert!(100 * right_one_by_one >= 97 * right_at_once, "{shown}");
        assert!(one_by_one.len() - right_one_by_one <= at_once.len() - right_at_once + 3, "{shown}");
    }
}

/// Kills `archive add` and `archive compact` at random moments; the archive is whole each time, and has all of a drop or nothing.
fn killed(n_times: usize, seed: u64) {
    let place = three_drops();
    place.command(&["archive", "add", "past", "one.jsonl"], b"").exits(0);
    place.command(&["archive", "add", "past", "two.jsonl"], b"").exits(0);
    let mut chance = Chance::new(seed);
    let mut n_killed = 0;
    for round in 0..n_times {
        let documents = list(&place)["documents"].as_u64().unwrap();
        let mut arguments = vec!["archive", "add", "past", "many.jsonl", "--quiet"];
        let mut n_added = 60;
        if round % 3 == 2 {
            arguments = vec!["archive", "compact", "past", "--quiet"];
            n_added = 0;
        }
        // Each time another drop, so that there is always something to add.
        let many: Vec<Value> = (0..60)
            .map(|n| dated(&format!("m-{n:02}"), 4, &article(3_000 + round as u64 * 60 + n)))
            .collect();
        drop_file(&place, "many.jsonl", &many);
        let mut child = Process::new(assert_cmd::cargo::cargo_bin!("samestory"))
            .current_dir(place.place())
            .args(&arguments)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_micros(chance.below(160_000) as u64));
        let is_done = child.try_wait().unwrap().is_some();
        child.kill().unwrap();
        child.wait().unwrap();
        n_killed += usize::from(!is_done);
        let now = list(&place)["documents"].as_u64().unwrap();
        assert!(now == documents || now == documents + n_added, "{documents}, then {now}");
        assert!(is_whole(place.place()));
    }
    // A writer that is not killed cleans up, and finds all.
    place.command(&["archive", "compact", "past", "--quiet"], b"").exits(0);
    let folders = fs::read_dir(place.place().join("past/segments")).unwrap().count();
    assert_eq!((folders as u64, list(&place)["segments"].as_u64().unwrap()), (1, 1));
    place.command(&["check", "one.jsonl", "--archive", "past", "--quiet"], b"").exits(1);
    assert!(n_killed * 4 >= n_times, "only {n_killed} of {n_times} were killed under way");
}

#[test]
fn a_kill_at_any_moment_leaves_the_archive_whole() {
    killed(12, 1);
}

#[test]
#[ignore = "minutes: 200 random moments"]
fn a_kill_at_any_of_200_moments_leaves_the_archive_whole() {
    killed(200, 2);
}

/// The archives that each version of the format made of the seeds; they must be readable for good.
#[test]
fn the_archives_of_all_versions_are_read() {
    for fixture in ["archive-1", "archive-2", "archive-3", "archive-4"] {
        is_read(fixture);
    }
}

fn is_read(fixture: &str) {
    let place = Drop::new();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(fixture);
    copy_folder(&fixture, &place.place().join("past"));
    assert!(is_whole(place.place()));
    let listed = list(&place);
    assert_eq!((listed["documents"].as_u64(), listed["drops"][0]["name"].as_str()), (Some(5), Some("seeds")));
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
    let asked =
        place.command(&["check", seeds.to_str().unwrap(), "--archive", "past", "--json"], b"").exits(1);
    let answers: Vec<Value> = asked.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), 5);
    for answer in answers {
        assert_eq!((answer["relation"].as_str(), &answer["of"]["id"]), (Some("identical"), &answer["id"]));
    }
    // A part of one, with other words around it, is found through the stored shingles.
    let text = fs::read_to_string(seeds.join("000_0025b1bf28a8db73.txt")).unwrap();
    let part = lines(&[record("part", &cut_to(&text, 60))]);
    let asked = place.command(&["check", "-", "--archive", "past", "--json"], part.as_bytes()).exits(1);
    assert!(asked.stdout.contains("000_0025b1bf28a8db73"), "{}", asked.stdout);
}

#[test]
fn archives_of_earlier_versions_are_added_to_and_upgraded() {
    // What the first version wrote is in no story.
    for (fixture, n_in_none) in [("archive-1", 5), ("archive-2", 0), ("archive-3", 0)] {
        is_upgraded(fixture, n_in_none);
    }
}

fn is_upgraded(fixture: &str, n_in_none: usize) {
    let place = three_drops();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(fixture);
    copy_folder(&fixture, &place.place().join("past"));
    place.command(&["archive", "add", "past", "one.jsonl"], b"").exits(0);
    let version = |place: &Drop| {
        let manifest = fs::read_to_string(place.place().join("past/manifest")).unwrap();
        manifest.split(' ').nth(2).unwrap().to_owned()
    };
    assert_eq!(version(&place), "4");
    assert!(is_whole(place.place()));
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
    let seeds = seeds.to_str().unwrap();
    place.command(&["check", seeds, "--archive", "past"], b"").exits(1);
    place.command(&["archive", "compact", "past"], b"").exits(0);
    assert!(is_whole(place.place()));
    assert!(place.place().join("past/segments/000003/leads").exists());
    place.command(&["check", seeds, "--archive", "past"], b"").exits(1);
    place.command(&["archive", "export", "past", "--output", "table.csv"], b"").exits(0);
    let rows = table(&place.place().join("table.csv"));
    let in_none = rows.iter().filter(|row| row["story"].is_empty());
    assert_eq!((rows.len(), in_none.count()), (11, n_in_none));
    // Alone, it is upgraded, too.
    copy_folder(&fixture, &place.place().join("alone"));
    place.command(&["archive", "compact", "alone"], b"").exits(0);
    place.command(&["check", seeds, "--archive", "alone"], b"").exits(1);
    place.command(&["archive", "compact", "alone"], b"").exits(0);
}

/// A telling of a story in words of its own, but for the names.
fn told(id: &str, day: u32, names: &str, teller: u64) -> Value {
    let own = article(7_000 + teller);
    let sentences: Vec<String> =
        own.split_inclusive('.').take(6).map(|sentence| format!("{names} {sentence}")).collect();
    dated(id, day, &sentences.join(" "))
}

#[test]
fn stories_keep_their_names_from_drop_to_drop() {
    let place = Drop::new();
    let (fire, vote) = (
        "Harbor warehouse fire in Portavance, Captain Elvira Quillon and brigade chief Osric Tamm said.",
        "Mayor Brannoch Yelland lost the Dunmarrow council vote over the tramway, clerk Ines Vautrin said.",
    );
    drop_file(
        &place,
        "one.jsonl",
        &[told("fire-1", 1, fire, 1), told("fire-2", 1, fire, 2), told("vote-1", 1, vote, 3)],
    );
    drop_file(&place, "two.jsonl", &[told("fire-3", 2, fire, 4), dated("else", 2, &article(9_000))]);
    let run = |name: &str| {
        let output = format!("out-{name}");
        let input = format!("{name}.jsonl");
        place.command(&["run", &input, "--output", &output, "--archive", "past"], b"").exits(0);
        table(&place.place().join(output).join("stories.csv"))
    };
    let one = run("one");
    let of = |rows: &[Row], start: &str| {
        rows.iter().find(|row| row["representative"].starts_with(start)).unwrap().clone()
    };
    assert_eq!(of(&one, "fire")["continues"], "false");
    let two = run("two");
    let (before, now) = (of(&one, "fire"), of(&two, "fire"));
    assert_eq!(
        (now["stable_id"].as_str(), now["label"].as_str()),
        (before["stable_id"].as_str(), before["label"].as_str())
    );
    assert_eq!(
        (
            now["continues"].as_str(),
            now["n_archived"].as_str(),
            now["first_drop"].as_str(),
            now["first_seen"].as_str()
        ),
        ("true", "2", "1", "2026-03-01")
    );
    assert_eq!(
        (of(&two, "else")["continues"].as_str(), of(&two, "else")["first_drop"].as_str()),
        ("false", "2")
    );
    let events = table(&place.place().join("out-two/story_events.csv"));
    let grew: Vec<_> = events.iter().filter(|row| row["event"] == "grew").collect();
    assert_eq!(grew.len(), 1);
    assert_eq!(
        (
            grew[0]["story"].as_str(),
            grew[0]["document"].as_str(),
            grew[0]["drop"].as_str(),
            grew[0]["documents"].as_str()
        ),
        (before["stable_id"].as_str(), "fire-3", "2", "1")
    );
    assert!(grew[0]["of"].starts_with("fire-"));
    let log = place.command(&["archive", "export", "past", "--table", "events"], b"").exits(0).stdout;
    assert_eq!(log.lines().filter(|line| line.starts_with("born,")).count(), 3, "{log}");
    assert_eq!(log.lines().filter(|line| line.starts_with("grew,")).count(), 1, "{log}");
    let stories = place.command(&["archive", "export", "past", "--table", "stories"], b"").exits(0).stdout;
    assert!(stories.contains(&format!("{},", before["stable_id"])), "{stories}");
}

/// Each is near to all archived ones: what is kept of that may not grow with the product of both.
#[test]
fn a_form_filled_again_drop_after_drop_takes_no_more_memory() {
    let place = Drop::new();
    let peak = |name: &str, first: usize| {
        let flash = |n: usize| {
            json!({ "id": n.to_string(), "title": "Fire in harbour",
                    "text": format!("Fire in house number {n} of the old harbour street injures two") })
        };
        drop_file(&place, name, &(first..first + 4_000).map(flash).collect::<Vec<_>>());
        let run =
            place.command(&["run", name, "--output", "out", "--archive", "past", "--replace"], b"").exits(0);
        let record: Value = serde_json::from_slice(&run.bytes("run.json")).unwrap();
        record["peak_bytes"].as_u64().unwrap()
    };
    let (first, second) = (peak("one.jsonl", 0), peak("two.jsonl", 4_000));
    assert!(second < first + (40 << 20), "{first} and then {second} bytes");
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
