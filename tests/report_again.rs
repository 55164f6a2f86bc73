//! `samestory report`: the same pages again, the folder without a word of any document, and what is said where a folder cannot be used.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Drop, Outcome, article, lines, record, with_typos};

/// Copies, an excerpt, dates, sources, addresses, other fields, furniture, a bad date and a broken record.
fn drop() -> Drop {
    let mut records = Vec::new();
    for n in 0..8_u64 {
        let text = article(n);
        let words: Vec<&str> = text.split(' ').collect();
        let mut made = record(&format!("d{n}"), &text);
        made["title"] = words[..5].join(" ").into();
        made["date"] = format!("2024-05-{:02}", 1 + n).into();
        made["source"] = if n % 2 == 0 { "Gazette" } else { "Courier" }.into();
        made["url"] = format!("https://news.example/{}", words[3..6].join("-").to_lowercase()).into();
        made["summary"] = words[8..14].join(" ").into();
        records.push(made);
        if n % 2 == 0 {
            records.push(record(&format!("d{n}-again"), &with_typos(&text, 9)));
            records.push(record(&format!("d{n}-half"), &words[..words.len() / 2].join(" ")));
        }
    }
    records[0]["date"] = "sometime in Quibblemonth".into();
    records.push(record("empty", ""));
    records.push(json!("a record that is no object but Marzipanwords"));
    let text = lines(&records) + "{\"id\": \"cut\n";
    Drop::new().file("drop.jsonl", text)
}

/// Every file of a folder, what is packed unpacked.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let bytes = fs::read(&path).unwrap();
            let is_packed = path.extension().is_some_and(|extension| extension == "zst");
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, if is_packed { zstd::decode_all(&bytes[..]).unwrap() } else { bytes })
        })
        .collect()
}

#[track_caller]
fn assert_same(one: &Path, other: &Path, but: &[&str]) {
    let (one, other) = (files(one), files(other));
    assert_eq!(one.keys().collect::<Vec<_>>(), other.keys().collect::<Vec<_>>());
    for (name, bytes) in one.iter().filter(|(name, _)| !but.contains(&name.as_str())) {
        assert!(*bytes == other[name], "{name} differs");
    }
}

fn report(drop: &Drop, more: &[&str]) -> Outcome {
    drop.command(&[&["report", "out"], more].concat(), b"")
}

#[test]
fn the_report_again_is_the_report_byte_for_byte() {
    for more in [&[][..], &["--only", "duplicates"], &["--no-text"], &["--only", "themes"]] {
        let drop = drop();
        let run = drop.run(more).exits(3);
        let before = drop.place().join("before");
        copy(&run.folder, &before);
        for lost in ["report.html", "report.md"] {
            fs::remove_file(run.folder.join(lost)).unwrap();
        }
        let again = report(&drop, &[]).exits(0);
        assert!(again.stderr.contains("report: out/report.html"), "{}", again.stderr);
        assert_same(&before, &run.folder, &[]);
        report(&drop, &["-o", "copy"]).exits(0);
        assert_same(&before, &drop.place().join("copy"), &[]);
    }
}

#[test]
fn a_folder_without_text_is_the_one_that_a_run_without_text_writes() {
    let drop = drop();
    let run = drop.run(&[]).exits(3);
    let before = drop.place().join("before");
    copy(&run.folder, &before);
    let said = report(&drop, &["--no-text"]).exits(0);
    assert!(said.stderr.contains("out-no-text/report.html"), "{}", said.stderr);
    assert_same(&before, &run.folder, &[]);
    let direct = drop.command(&["run", "drop", "--no-text", "-o", "direct"], b"").exits(3);
    let made = drop.place().join("out-no-text");
    assert_same(&drop.place().join("direct"), &made, &["run.json"]);
    let record: Value = serde_json::from_slice(&fs::read(made.join("run.json")).unwrap()).unwrap();
    assert_eq!(record["settings"]["no-text"], json!({"value": true, "origin": "report"}));
    assert_eq!(record["counts"], direct.command_record("direct")["counts"]);
    // Once without, it stays so, and can be read as any folder can.
    drop.command(&["report", "out-no-text"], b"").exits(0);
    assert_same(&drop.place().join("direct"), &made, &["run.json"]);
    drop.command(&["explain", "out-no-text", "d0", "d0-again"], b"").exits(0);
}

/// What a record of a run says, by folder.
trait Recorded {
    fn command_record(&self, folder: &str) -> Value;
}

impl Recorded for Outcome {
    fn command_record(&self, folder: &str) -> Value {
        let path = self.folder.parent().unwrap().join(folder).join("run.json");
        serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
    }
}

/// Words of five letters and more, in lower case.
fn words(text: &str) -> BTreeSet<String> {
    let letters = text.split(|c: char| !c.is_alphabetic());
    letters.filter(|word| word.chars().count() > 4).map(str::to_lowercase).collect()
}

#[test]
fn without_text_no_word_of_any_document_is_in_any_file() {
    let drop = drop();
    let run = drop.run(&[]).exits(3);
    report(&drop, &["--no-text"]).exits(0);
    let input = fs::read_to_string(drop.place().join("drop/drop.jsonl")).unwrap();
    let read_only = drop.command(&["run", "drop", "-o", "other", "--no-text"], b"").exits(3);
    drop_of_nothing(&drop);
    // What our own pages say of any drop, and what was given as ids, sources and names, is no document's.
    let own: String = files(&drop.place().join("nothing"))
        .into_values()
        .chain(std::iter::once(b"Gazette Courier drop jsonl again empty extra config default".to_vec()))
        .map(|bytes| String::from_utf8(bytes).unwrap())
        .collect();
    let (own, documents) = (words(&own), words(&input));
    let telling: BTreeSet<&String> = documents.difference(&own).collect();
    assert!(telling.len() > 300 && telling.contains(&"quibblemonth".to_owned()), "{}", telling.len());
    for folder in [drop.place().join("out-no-text"), read_only.folder.parent().unwrap().join("other")] {
        for (name, bytes) in files(&folder) {
            let said = words(&String::from_utf8(bytes).unwrap());
            let leaks: Vec<_> = said.iter().filter(|word| telling.contains(word)).collect();
            assert!(leaks.is_empty(), "{} says {leaks:?}", folder.join(name).display());
        }
        assert!(!folder.join("texts.jsonl.zst").exists() && !folder.join("terms.csv.zst").exists());
    }
    // The same look at the folder with texts finds them: it can see.
    let whole =
        files(&run.folder).into_values().map(|bytes| String::from_utf8(bytes).unwrap()).collect::<String>();
    let said = words(&whole);
    assert!(telling.iter().filter(|word| said.contains(**word)).count() > 300);
}

/// A run of the same settings on documents that say nothing of the others' words.
fn drop_of_nothing(drop: &Drop) {
    let other = Drop::new()
        .records(
            "drop.jsonl",
            &[
                record("zq1", &"zzqa zzqb zzqc zzqd zzqe ".repeat(9)),
                record("zq2", &"zzqa zzqb zzqc zzqd zzqe ".repeat(9)),
            ],
        )
        .file("broken.jsonl", "[1\n");
    let run = other.run(&[]);
    copy(&run.folder, &drop.place().join("nothing"));
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}

#[test]
fn texts_are_never_lost_and_what_a_person_wrote_stays() {
    let drop = drop();
    let run = drop.run(&[]).exits(3);
    let refused = report(&drop, &["--no-text", "-o", "out"]).exits(2);
    assert!(refused.stderr.contains("would be lost"), "{}", refused.stderr);
    assert!(run.folder.join("texts.jsonl.zst").exists());
    fs::write(run.folder.join("notes.txt"), "mine").unwrap();
    let judged = run.text("borderline.csv").replacen(",no,\n", ",no,yes\n", 1);
    fs::write(run.folder.join("borderline.csv"), &judged).unwrap();
    report(&drop, &[]).exits(0);
    assert_eq!(run.text("notes.txt"), "mine");
    assert_eq!(run.text("borderline.csv"), judged);
    assert_eq!(fs::read_dir(drop.place()).unwrap().count(), 2, "nothing but drop/ and out/");
    // A copy is a copy: who changes it changes nothing here.
    report(&drop, &["-o", "copy"]).exits(0);
    fs::write(drop.place().join("copy/pairs.csv"), "").unwrap();
    assert!(!run.text("pairs.csv").is_empty());
}

#[test]
fn a_folder_in_the_way_is_not_replaced() {
    let drop = drop();
    drop.run(&[]).exits(3);
    fs::create_dir(drop.place().join("thesis")).unwrap();
    fs::write(drop.place().join("thesis/one.txt"), "ten years").unwrap();
    let refused = report(&drop, &["-o", "thesis"]).exits(2);
    assert!(refused.stderr.contains("not ours"), "{}", refused.stderr);
    fs::write(drop.place().join("other.jsonl"), lines(&[record("x", &article(77))])).unwrap();
    drop.command(&["run", "other.jsonl", "-o", "others"], b"").exits(0);
    let refused = report(&drop, &["-o", "others"]).exits(2);
    assert!(refused.stderr.contains("other inputs (other.jsonl)"), "{}", refused.stderr);
    report(&drop, &["-o", "mine"]).exits(0);
    report(&drop, &["--no-text", "-o", "mine"]).exits(0);
    assert!(!drop.place().join("mine/texts.jsonl.zst").exists(), "nothing of the folder before is left");
}

#[test]
fn a_folder_that_cannot_be_used_is_named_with_what_is_wrong_and_stays() {
    let drop = drop();
    let run = drop.run(&[]).exits(3);
    let whole = drop.place().join("whole");
    copy(&run.folder, &whole);
    let reset = || {
        fs::remove_dir_all(&run.folder).unwrap();
        copy(&whole, &run.folder);
    };
    let check = |code: i32, says: &[&str]| {
        let refused = report(&drop, &[]).exits(code);
        for word in says {
            assert!(refused.stderr.contains(word), "{word:?} is not said: {}", refused.stderr);
        }
        assert!(!refused.stderr.contains("bug"), "{}", refused.stderr);
    };
    for name in files(&whole).keys().filter(|name| !name.starts_with("report.html") && *name != "report.md") {
        fs::remove_file(run.folder.join(name)).unwrap();
        let page = fs::read(run.folder.join("report.html")).unwrap();
        if name == "run.json" {
            check(4, &["no result of samestory run"]);
        } else {
            check(4, &["is not whole", name]);
        }
        assert_eq!(fs::read(run.folder.join("report.html")).unwrap(), page);
        reset();
    }
    for name in ["report.json.zst", "texts.jsonl.zst"] {
        let bytes = fs::read(whole.join(name)).unwrap();
        for damaged in [&bytes[..bytes.len() / 2], b"", b"no zstd"] {
            fs::write(run.folder.join(name), damaged).unwrap();
            check(4, &[name, "run again"]);
        }
        let mut flipped = bytes.clone();
        flipped[bytes.len() / 2] ^= 0x10;
        fs::write(run.folder.join(name), flipped).unwrap();
        check(4, &[name]);
        reset();
    }
    let state = String::from_utf8(files(&whole)["report.json.zst"].clone()).unwrap();
    for (from, to, says) in [
        ("\"layout\":2", "\"layout\":3", &["samestory 0.", "cannot make again"][..]),
        ("\"text_bytes\":[", "\"text_bytes\":[7,", &["report.json.zst", "do not fit together"]),
        ("\"d0\"", "\"d0x\"", &["of another run"]),
    ] {
        assert!(state.contains(from), "{from}");
        let packed = zstd::encode_all(state.replacen(from, to, 1).as_bytes(), 1).unwrap();
        fs::write(run.folder.join("report.json.zst"), packed).unwrap();
        check(4, says);
        reset();
    }
    let later = run.text("run.json").replacen("\"schema_version\": 1", "\"schema_version\": 9", 1);
    fs::write(run.folder.join("run.json"), later).unwrap();
    check(4, &["schema version 9", "run again"]);
    let missing = drop.command(&["report", "nowhere"], b"").exits(4);
    assert!(missing.stderr.contains("nowhere is not there"), "{}", missing.stderr);
}

#[test]
fn a_truth_adds_quality_and_its_absence_takes_it_away() {
    let drop = drop();
    let run = drop.run(&[]).exits(3);
    let before = run.text("report.html");
    let truth: Vec<Value> = run
        .ids()
        .iter()
        .map(|id| json!({"id": id, "dup": id.split('-').next().unwrap(), "label": format!("L{}", id.len())}))
        .collect();
    fs::write(drop.place().join("gold.jsonl"), lines(&truth)).unwrap();
    report(&drop, &["--truth", "gold.jsonl"]).exits(0);
    let scored = drop.command(&["score", "out", "--truth", "gold.jsonl", "--json"], b"").exits(0);
    let scores: Value = serde_json::from_str(&scored.stdout).unwrap();
    let f1 = scores["groupings"]["duplicate_set"]["pairwise"]["f1"].as_f64().unwrap();
    assert!(f1 > 0.5, "{f1}");
    let page = run.text("report.html");
    for said in ["<section id=\"quality\"", "href=\"#quality\"", "gold.jsonl", &format!("{f1:.4}")] {
        assert!(page.contains(said), "{said}");
    }
    assert!(run.text("report.md").contains("## Quality"));
    report(&drop, &[]).exits(0);
    assert_eq!(run.text("report.html"), before);
    // A gold of other documents is no gold.
    fs::write(drop.place().join("gold.jsonl"), "{\"id\": \"stranger\", \"dup\": \"x\"}\n").unwrap();
    let refused = report(&drop, &["--truth", "gold.jsonl"]).exits(4);
    assert!(refused.stderr.contains("none of its 1 ids"), "{}", refused.stderr);
    assert_eq!(run.text("report.html"), before);
}

#[test]
fn what_an_archive_knows_is_in_the_report_and_without_text_its_words_are_not() {
    let place = Drop::new();
    fs::write(
        place.place().join("may.jsonl"),
        lines(&[record("old", &article(1)), record("other", &article(2))]),
    )
    .unwrap();
    let mut copy = record("new", &with_typos(&article(1), 9));
    copy["title"] = "A headline".into();
    fs::write(place.place().join("june.jsonl"), lines(&[copy, record("fresh", &article(3))])).unwrap();
    place.command(&["run", "may.jsonl", "-o", "out-may", "--archive", "past"], b"").exits(0);
    let run = place.command(&["run", "june.jsonl", "-o", "out", "--archive", "past"], b"").exits(0);
    let page = run.text("report.html");
    let section = page.split("<section id=\"known\"").nth(1).unwrap().split("</section>").next().unwrap();
    for said in ["held against 2 documents", "a near duplicate of", ">old<", "may.jsonl", "in common"] {
        assert!(section.contains(said), "{said}: {section}");
    }
    assert!(page.contains("href=\"#known\"") && page.contains("1 document is known"));
    assert!(run.text("report.md").contains("## Known from earlier drops"));
    let first = fs::read_to_string(place.place().join("out-may/report.html")).unwrap();
    assert!(first.contains("None of its documents is a copy"));
    report(&place, &[]).exits(0);
    assert_eq!(run.text("report.html"), page);
    report(&place, &["--no-text"]).exits(0);
    let hidden = fs::read_to_string(place.place().join("out-no-text/report.html")).unwrap();
    assert!(hidden.contains("a near duplicate of") && !hidden.contains("A headline"));
    assert!(!hidden.contains("in common, first"));
}

/// Texts of every awkward sort, ids too.
fn awkward() -> Vec<Value> {
    let zalgo = format!("z{}algo", "\u{0301}\u{0316}\u{0489}".repeat(300));
    let arabic =
        "اجتمع مجلس الوزراء صباح اليوم في العاصمة لبحث أسعار الخبز والوقود بعد احتجاجات في مدن الجنوب "
            .repeat(8);
    let book: String = (100..4300).map(article).collect::<Vec<_>>().join("\n\n");
    let long: String = book.chars().take(5_000_000).collect();
    let mut records = vec![
        record("\"quoted\" <b>id</b>\nwith a line", &format!("{zalgo} {}", article(1))),
        record("'single' & more, with commas", &format!("{zalgo} {} and a few words", article(1))),
        record("arabic-1", &arabic),
        record("arabic-2", &format!("{arabic} وقال الوزير")),
        record("long", &long),
        record("long-again", &long[..long.len() / 50 * 49]),
        record("titled", &article(2)),
    ];
    records[6]["title"] = "A title without an end ".repeat(4500).into();
    records
}

#[test]
fn awkward_documents_are_reported_again_and_explained() {
    let drop = Drop::new().records("drop.jsonl", &awkward());
    let run = drop.run(&[]).exits(0);
    let page = run.text("report.html");
    assert!(page.len() < 3 << 20 && page.contains("lang=\"ar\"") && page.contains("dir=\"auto\""));
    let title = page.matches("A title without an end").count();
    assert!(title < 100, "{title} times a part of one title");
    report(&drop, &[]).exits(0);
    assert_eq!(run.text("report.html"), page);
    for (a, b, relation) in [
        ("\"quoted\" <b>id</b>\nwith a line", "'single' & more, with commas", "near_duplicate"),
        ("arabic-1", "arabic-2", "near_duplicate"),
        ("long", "long-again", "near_duplicate"),
    ] {
        let told = drop.command(&["explain", "out", a, b], b"").exits(0);
        assert!(told.stdout.len() < 1 << 20, "{} bytes on {a}", told.stdout.len());
        assert!(!told.stdout.contains('\u{1b}') && !told.stdout.contains('\u{202e}'));
        let told = drop.command(&["explain", "out", a, b, "--json"], b"").exits(0);
        let told: Value = serde_json::from_str(&told.stdout).unwrap();
        assert_eq!(told["listed"]["relation"], relation, "{a}");
    }
}

#[test]
fn no_document_and_one_document_make_a_report_again_and_explain_says_what_is_missing() {
    for records in [vec![record("empty", "")], vec![record("only", &article(5))]] {
        let drop = Drop::new().records("one.jsonl", &records).file("none.jsonl", "");
        let run = drop.run(&[]).exits(0);
        let page = run.text("report.html");
        report(&drop, &[]).exits(0);
        assert_eq!(run.text("report.html"), page);
        report(&drop, &["--no-text"]).exits(0);
        let refused = drop.command(&["explain", "out", "only", "second"], b"").exits(2);
        assert!(refused.stderr.contains("has no document"), "{}", refused.stderr);
    }
    let nothing = Drop::new().file("none.jsonl", "").file("two.jsonl", "{\"id\": 1}\n");
    let run = nothing.run(&[]);
    if run.folder.join("run.json").exists() {
        let page = run.text("report.html");
        report(&nothing, &[]).exits(0);
        assert_eq!(run.text("report.html"), page);
    }
}
