//! Generated corpora: what is planted is what the truth says, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::hash::{Hash as _, Hasher as _};
use std::path::Path;
use std::sync::LazyLock;

use samestory::generator::{self, Class, Kind, Order};
use samestory::progress::Silent;
use samestory::{Corpus, Settings};
use serde_json::Value;

use crate::support::{self, Chance, Drop, article, lines, record, stranger};

/// A document with its truth.
struct Made {
    text: String,
    truth: Value,
}

impl Made {
    fn get(&self, field: &str) -> &str {
        self.truth[field].as_str().unwrap_or_default()
    }

    fn edit(&self) -> &str {
        self.get("edit")
    }
}

/// An article of about 650 words.
fn long_article(number: u64) -> String {
    (0..3).map(|part| article(number * 3 + part)).collect::<Vec<_>>().join("\n\n")
}

fn input(n: u64) -> Vec<(String, String)> {
    (0..n).map(|number| (format!("in-{number:03}"), long_article(number))).collect()
}

fn read(path: &Path) -> BTreeMap<String, Made> {
    let values = |path: &Path| -> Vec<Value> {
        fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let truths = values(&generator::truth_path(path));
    let documents = values(path);
    assert_eq!(documents.len(), truths.len());
    documents
        .into_iter()
        .zip(truths)
        .map(|(document, truth)| {
            let keys: Vec<&str> = document.as_object().unwrap().keys().map(String::as_str).collect();
            assert_eq!(keys, ["id", "text", "lang"], "nothing else may be published");
            assert_eq!(document["id"], truth["id"]);
            let text = document["text"].as_str().unwrap().to_owned();
            (document["id"].as_str().unwrap().to_owned(), Made { text, truth })
        })
        .collect()
}

fn grow(input: Vec<(String, String)>, order: &Order) -> BTreeMap<String, Made> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("grown.jsonl");
    let corpus = Corpus::from_texts(input);
    let plan =
        generator::grow(&corpus, order, &path, false, &Silent).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(plan.notes, [""; 0]);
    let made = read(&path);
    assert_eq!(made.len(), order.documents as usize);
    made
}

/// The corpus that most tests look at: every kind, half of the originals away.
fn all_kinds() -> &'static BTreeMap<String, Made> {
    &ALL_KINDS
}

static ALL_KINDS: LazyLock<BTreeMap<String, Made>> = LazyLock::new(|| {
    let order = Order {
        documents: 900,
        share: 0.55,
        negatives: 0.2,
        stories: 0.05,
        absent: 0.5,
        seed: 3,
        ..Order::default()
    };
    grow(input(420), &order)
});

fn words(text: &str) -> Vec<String> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

/// The runs of five words, each once, hashed and sorted.
fn shingles(text: &str) -> Vec<u64> {
    let hash = |run: &[String]| {
        let mut hasher = std::hash::DefaultHasher::new();
        run.hash(&mut hasher);
        hasher.finish()
    };
    let hashes: BTreeSet<u64> = words(text).windows(5).map(hash).collect();
    hashes.into_iter().collect()
}

/// Shared shingles as a share of the lesser side's.
fn containment(a: &[u64], b: &[u64]) -> f64 {
    let (mut i, mut j, mut n_shared) = (0, 0, 0);
    while i < a.len() && j < b.len() {
        n_shared += usize::from(a[i] == b[j]);
        (i, j) = (i + usize::from(a[i] <= b[j]), j + usize::from(b[j] <= a[i]));
    }
    f64::from(n_shared as u32) / a.len().min(b.len()).max(1) as f64
}

/// The least number of changed characters between `needle` and any part of `hay` (Sellers 1980).
fn distance_within(needle: &str, hay: &str) -> usize {
    let hay: Vec<char> = hay.chars().collect();
    let mut row = vec![0; hay.len() + 1];
    for (i, x) in needle.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in hay.iter().enumerate() {
            let change = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(row[j + 1] + 1);
        }
    }
    row.into_iter().min().unwrap_or_default()
}

#[test]
fn every_kind_is_planted_and_every_copy_has_its_group() {
    let made = all_kinds();
    let mut groups: BTreeMap<&str, Vec<&Made>> = BTreeMap::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for document in made.values() {
        groups.entry(document.get("dup")).or_default().push(document);
        *counts.entry(document.edit()).or_default() += 1;
    }
    for kind in Kind::ALL {
        assert!(counts.contains_key(kind.name()), "{kind} is missing: {counts:?}");
    }
    assert!(counts["chain2"] > 20 && counts["chain3"] > 3, "{counts:?}");
    let mut n_absent = 0;
    let mut n_groups = 0;
    for (dup, members) in groups {
        let n_originals = members.iter().filter(|member| member.edit() == "orig").count();
        let is_alone = |member: &Made| member.edit() == "story" || member.edit().starts_with("neg_");
        assert!(n_originals <= 1, "{dup}");
        assert!(
            members.len() > 1 || n_originals == 1 || is_alone(members[0]),
            "{dup}: a copy without company"
        );
        assert!(members.len() == 1 || !members.iter().any(|member| is_alone(member)), "{dup}");
        let sources: BTreeSet<&str> = members.iter().map(|member| member.get("orig")).collect();
        assert_eq!(sources.len(), 1, "{dup} is made of one text");
        let of_copies = members.len() > 1 && members.iter().all(|member| member.truth["noise"] == 0.0);
        n_groups += usize::from(of_copies);
        n_absent += usize::from(of_copies && n_originals == 0);
    }
    let share = n_absent as f64 / n_groups as f64;
    assert!((0.4..0.6).contains(&share), "originals are missing from {share} of the groups");
}

#[test]
fn copies_are_what_their_edit_says() {
    let texts: BTreeMap<String, String> = input(420).into_iter().collect();
    let made = all_kinds();
    let mut checked: BTreeMap<String, usize> = BTreeMap::new();
    for document in made.values() {
        let Some(whole) = texts.get(document.get("orig")) else { continue };
        let (edit, text) = (document.edit(), document.text.as_str());
        let (n, n_whole) = (words(text).len() as f64, words(whole).len() as f64);
        let kept = n / n_whole;
        match edit {
            "orig" if document.truth["noise"] == 0.0 => assert_eq!(text, whole),
            "exact" => assert_eq!(text, whole),
            "trunc70" | "trunc50" | "trunc30" => {
                let share = edit["trunc".len()..].parse::<f64>().unwrap() / 100.0;
                assert!((n - n_whole * share).abs() <= 1.0, "{edit}: {n} of {n_whole}");
                assert!(words(whole).starts_with(&words(text)), "{edit}: {text}");
            }
            "excerpt" => {
                assert!((0.49..0.51).contains(&kept), "{kept}");
                assert!(whole.contains(text) && !whole.starts_with(text));
            }
            "paragraphs_dropped" => {
                assert!((0.45..0.9).contains(&kept), "{kept}");
                let paragraphs: Vec<&str> = whole.split("\n\n").collect();
                assert!(text.split("\n\n").all(|paragraph| paragraphs.contains(&paragraph)));
            }
            "paragraphs_moved" => {
                let sorted = |text: &str| {
                    let mut paragraphs: Vec<String> = text.split("\n\n").map(str::to_owned).collect();
                    paragraphs.sort();
                    paragraphs
                };
                assert_eq!(sorted(text), sorted(whole));
                assert_ne!(text, whole);
            }
            "sentence_in" | "update" | "wire" | "byline" | "furniture" | "concat" => {
                assert!(edit == "update" || n > n_whole, "{edit} adds");
                let shared = containment(&shingles(text), &shingles(whole));
                let least = if matches!(edit, "sentence_in" | "update") { 0.75 } else { 0.9 };
                assert!(shared >= least, "{edit}: {shared}");
            }
            "words10" | "words20" => {
                let (before, after) = (words(whole), words(text));
                assert_eq!(before.len(), after.len());
                let n_changed = before.iter().zip(&after).filter(|(a, b)| a != b).count() as f64;
                let share = edit["words".len()..].parse::<f64>().unwrap() / 100.0;
                assert!((n_changed / n_whole - share).abs() < 0.01, "{edit}: {n_changed} of {n_whole}");
            }
            "ocr01" | "ocr03" | "ocr05" | "ocr10" if checked.get(edit).is_none_or(|n| *n < 3) => {
                let rate = edit["ocr".len()..].parse::<f64>().unwrap() / 100.0;
                let share = distance_within(text, whole) as f64 / text.chars().count() as f64;
                assert!((rate * 0.8..rate * 1.35).contains(&share), "{edit}: {share}");
            }
            "typos" => {
                let (before, after) = (words(whole), words(text));
                let n_changed = before.iter().zip(&after).filter(|(a, b)| a != b).count() as f64;
                assert!((0.02..0.035).contains(&(n_changed / n_whole)), "{n_changed} of {n_whole}");
            }
            "quotes" | "wrapped" => {
                let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>();
                assert_eq!(letters(text), letters(whole), "{edit}");
            }
            "capitals" => {
                assert!(text == whole.to_uppercase() || text == whole.to_lowercase());
            }
            "html" => assert!(text.contains('&') || text.contains("<p") || text == whole),
            "headline" => {
                assert_ne!(text, whole);
                assert!(containment(&shingles(text), &shingles(whole)) > 0.9);
            }
            "combo2" | "combo3" => {
                let n_steps = document.truth["steps"].as_array().unwrap().len();
                assert_eq!(n_steps.to_string(), edit["combo".len()..]);
            }
            _ => continue,
        }
        *checked.entry(edit.to_owned()).or_default() += 1;
    }
    let copies = Kind::ALL.into_iter().filter(|kind| kind.class() == Class::Copy);
    for kind in copies {
        assert!(checked.get(kind.name()).is_some_and(|n| *n >= 2), "{kind} was not checked: {checked:?}");
    }
}

#[test]
fn copies_of_copies_are_made_of_the_copy_that_is_named() {
    let made = all_kinds();
    let mut n_checked = 0;
    for document in made.values().filter(|document| document.edit().starts_with("chain")) {
        let steps: Vec<&str> =
            document.truth["steps"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let parent = &made[document.get("parent")];
        assert_eq!(parent.get("dup"), document.get("dup"));
        let depth = |made: &Made| made.truth["depth"].as_u64().unwrap();
        assert_eq!(depth(parent) + 1, depth(document));
        assert_eq!(document.edit(), format!("chain{}", depth(document)));
        let before: Vec<&str> =
            parent.truth["steps"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert!(steps.starts_with(&before) && steps.len() > before.len(), "{before:?} {steps:?}");
        // Edits that touch no letter tell whether the parent's own damage came along.
        if steps.last() == Some(&"trunc70") && steps.len() == before.len() + 1 {
            assert!(words(&parent.text).starts_with(&words(&document.text)), "{steps:?}");
            n_checked += 1;
        }
    }
    assert!(n_checked > 0);
}

#[test]
fn of_two_scans_each_is_misread_on_its_own() {
    let texts: BTreeMap<String, String> = input(420).into_iter().collect();
    let made = all_kinds();
    let mut groups: BTreeMap<&str, Vec<&Made>> = BTreeMap::new();
    for document in made.values().filter(|document| document.truth["noise"] != 0.0) {
        groups.entry(document.get("dup")).or_default().push(document);
    }
    let mut kinds: BTreeSet<&str> = BTreeSet::new();
    let mut n_checked: BTreeMap<&str, u32> = BTreeMap::new();
    for members in groups.values() {
        assert!(members.len() >= 2);
        let kind = members.iter().map(|member| member.edit()).find(|edit| *edit != "orig").unwrap();
        let n_of_kind = n_checked.entry(kind).or_default();
        *n_of_kind += 1;
        if *n_of_kind > 3 {
            continue;
        }
        for member in members {
            let rate = member.truth["noise"].as_f64().unwrap();
            let whole = &texts[member.get("orig")];
            let share = distance_within(&member.text, whole) as f64 / member.text.chars().count() as f64;
            assert!((rate * 0.65..rate * 1.4).contains(&share), "{}: {share}", member.truth);
            if let Some(length) = member.truth["clipping"].as_u64() {
                // Misread words run together or fall apart.
                let n = words(&member.text).len() as f64;
                assert!((0.8..1.25).contains(&(n / length as f64)), "{n} words of {length}");
            }
            kinds.insert(member.edit());
        }
        let (a, b) = (&members[0].text, &members[1].text);
        assert_ne!(a, b);
        // The same part of the text, with both sides' damage between them.
        let apart = distance_within(a, b) as f64 / a.chars().count() as f64;
        let rate = members[0].truth["noise"].as_f64().unwrap();
        assert!((rate..rate * 2.6).contains(&apart), "{apart} at {rate}");
    }
    assert_eq!(kinds.len(), 8, "seven kinds, and the first scans: {kinds:?}");
}

#[test]
fn documents_of_different_groups_are_no_copies_of_each_other() {
    let made = all_kinds();
    let unedited: Vec<(&Made, Vec<u64>)> = made
        .values()
        .filter(|document| {
            document.truth["noise"] == 0.0
                && (document.edit() == "orig"
                    || document.edit() == "story"
                    || document.edit().starts_with("neg_"))
        })
        .map(|document| (document, shingles(&document.text)))
        .collect();
    let mut resembling: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for (place, (a, a_shingles)) in unedited.iter().enumerate() {
        for (b, b_shingles) in &unedited[..place] {
            let shared = containment(a_shingles, b_shingles);
            let are_family = !a.truth["family"].is_null() && a.truth["family"] == b.truth["family"];
            if are_family {
                resembling.entry(a.edit()).or_default().push(shared);
            } else if !(a.edit() == b.edit() && matches!(a.edit(), "neg_form" | "neg_market")) {
                assert!(shared <= 0.25, "{} and {}: {shared}", a.truth, b.truth);
            }
        }
    }
    for (edit, least, most) in [
        ("neg_furniture", 0.01, 0.5),
        ("neg_form", 0.1, 0.6),
        ("neg_market", 0.02, 0.6),
        ("neg_column", 0.02, 0.4),
        ("neg_speech", 0.2, 0.55),
        ("neg_year", 0.15, 0.5),
        ("story", 0.0, 0.02),
    ] {
        let shared = &resembling[edit];
        let mean = shared.iter().sum::<f64>() / shared.len() as f64;
        let greatest = shared.iter().copied().fold(0.0, f64::max);
        assert!(mean >= least && greatest <= most, "{edit}: mean {mean}, greatest {greatest}");
    }
}

#[test]
fn accounts_of_one_event_share_its_names_and_none_of_its_sentences() {
    let made = all_kinds();
    let mut events: BTreeMap<&str, Vec<&Made>> = BTreeMap::new();
    for document in made.values().filter(|document| document.edit() == "story") {
        assert_eq!(document.get("label"), document.get("story"));
        events.entry(document.get("label")).or_default().push(document);
    }
    assert!(events.len() >= 10);
    let names = |text: &str| -> BTreeSet<String> {
        let words = text.split(|c: char| !c.is_alphanumeric());
        words.filter(|word| word.starts_with(char::is_uppercase)).map(str::to_owned).collect()
    };
    for accounts in events.values() {
        assert!((2..=3).contains(&accounts.len()));
        let (a, b) = (&accounts[0].text, &accounts[1].text);
        assert!(names(a).intersection(&names(b)).count() >= 5);
        assert_ne!(accounts[0].get("dup"), accounts[1].get("dup"));
        let sentences = |text: &str| -> BTreeSet<String> {
            text.replace("\n\n", " ").split(". ").map(|s| s.trim_end_matches('.').to_owned()).collect()
        };
        assert_eq!(sentences(a).intersection(&sentences(b)).count(), 0);
    }
}

#[test]
fn recombined_originals_are_distinct_from_each_other_and_from_the_input() {
    let order =
        Order { documents: 100, share: 0.3, negatives: 0.0, stories: 0.0, absent: 0.0, ..Order::default() };
    let made = grow(input(40), &order);
    let originals: Vec<(&Made, Vec<u64>)> = made
        .values()
        .filter(|document| document.edit() == "orig" && document.truth["noise"] == 0.0)
        .map(|document| (document, shingles(&document.text)))
        .collect();
    let n_recombined = originals.iter().filter(|(document, _)| document.truth["orig"].is_null()).count();
    assert!(n_recombined >= 15, "{n_recombined}");
    for (document, own) in &originals {
        let n_sources = document.truth["sources"].as_array().unwrap().len();
        assert_eq!(n_sources > 1, document.truth["orig"].is_null());
        assert!(own.len() > 100);
    }
    assert_share_little(&originals);
}

fn assert_share_little(originals: &[(&Made, Vec<u64>)]) {
    for (place, (a, a_shingles)) in originals.iter().enumerate() {
        for (b, b_shingles) in &originals[..place] {
            let shared = containment(a_shingles, b_shingles);
            assert!(shared <= 0.22, "{} and {}: {shared}", a.truth, b.truth);
        }
    }
}

#[test]
fn passages_that_come_many_times_come_in_other_words() {
    let order =
        Order { documents: 700, share: 0.0, negatives: 0.0, stories: 0.0, absent: 0.0, ..Order::default() };
    let made = grow(input(40), &order);
    let recombined: Vec<(&Made, Vec<u64>)> = made
        .values()
        .filter(|document| document.truth["orig"].is_null())
        .map(|document| (document, shingles(&document.text)))
        .collect();
    let mut n_uses: BTreeMap<&str, usize> = BTreeMap::new();
    for (document, _) in &recombined {
        let sources = document.truth["sources"].as_array().unwrap().iter();
        sources.for_each(|source| *n_uses.entry(source.as_str().unwrap()).or_default() += 1);
    }
    let passages_of_each = input(1)[0].1.split(['.', ';']).count();
    let most = n_uses.into_values().max().unwrap();
    assert!(
        most > 3 * passages_of_each,
        "{most} documents have passages of one that has {passages_of_each} sentences"
    );
    assert_share_little(&recombined);
}

#[test]
fn copies_that_the_input_already_holds_are_not_taken_for_originals() {
    let mut drop = input(20);
    for number in 0..20 {
        let text = long_article(number);
        drop.push((format!("wire-{number}"), support::with_wire_lines(&text)));
        drop.push((format!("half-{number}"), support::cut_to(&text, 50)));
        drop.push((format!("typos-{number}"), support::with_typos(&text, 12)));
    }
    let order = Order { documents: 20, share: 0.0, negatives: 0.0, stories: 0.0, ..Order::default() };
    let made = grow(drop, &order);
    let texts: BTreeSet<String> = made
        .values()
        .map(|document| {
            let id = document.get("orig");
            id.rsplit('-').next().unwrap().parse::<u32>().unwrap_or_default().to_string()
        })
        .collect();
    assert_eq!(texts.len(), 20, "each article once, as it is or as a copy of it");
}

#[test]
fn a_story_in_hundreds_of_copies_is_one_group() {
    let order = Order {
        documents: 700,
        share: 0.4,
        negatives: 0.0,
        stories: 0.0,
        largest_group: 250,
        kinds: Kind::ALL.into_iter().filter(|kind| *kind != Kind::Concat).collect(),
        ..Order::default()
    };
    let made = grow(input(500), &order);
    let mut groups: BTreeMap<&str, usize> = BTreeMap::new();
    for document in made.values() {
        *groups.entry(document.get("dup")).or_default() += 1;
    }
    let mut sizes: Vec<usize> = groups.into_values().collect();
    sizes.sort_unstable();
    assert_eq!(sizes.pop(), Some(251), "the original and its copies");
    assert!(sizes.pop() < Some(60));
    let largest: BTreeSet<&str> = made.values().map(|document| document.text.as_str()).collect();
    assert!(largest.len() > 650, "edited copies differ: {}", largest.len());
}

#[test]
fn scripts_without_capitals_or_spaces_are_served_as_well() {
    let chinese = |number: u64| {
        let mut chance = Chance::new(number + 5);
        let letter = |chance: &mut Chance| char::from_u32(0x4e00 + chance.below(3_000) as u32).unwrap();
        let sentence = |chance: &mut Chance| {
            let n = 12 + chance.below(20);
            (0..n).map(|_| letter(chance)).chain(['。']).collect::<String>()
        };
        let paragraphs = (0..8).map(|_| (0..3).map(|_| sentence(&mut chance)).collect::<String>());
        paragraphs.collect::<Vec<_>>().join("\n\n")
    };
    let russian = |number: u64| {
        let text = stranger(number);
        let to_cyrillic = |c: char| match c {
            'a'..='z' => char::from_u32(0x430 + u32::from(c) - u32::from('a')).unwrap_or(c),
            'A'..='Z' => char::from_u32(0x410 + u32::from(c) - u32::from('A')).unwrap_or(c),
            other => other,
        };
        text.chars().map(to_cyrillic).collect::<String>()
    };
    for (script, text) in [("zh", &chinese as &dyn Fn(u64) -> String), ("ru", &russian)] {
        let drop = (0..150).map(|number| (format!("{script}-{number}"), text(number))).collect();
        let kinds: BTreeSet<Kind> = Kind::ALL
            .into_iter()
            .filter(|kind| !kind.name().ends_with("_400") && *kind != Kind::Story)
            .collect();
        let order = Order { documents: 250, share: 0.45, negatives: 0.15, kinds, ..Order::default() };
        let made = grow(drop, &order);
        let latin = |text: &str| {
            let letters = text.chars().filter(|c| c.is_alphabetic()).count();
            text.chars().filter(char::is_ascii_alphabetic).count() as f64 / letters as f64
        };
        for document in made.values().filter(|document| document.edit() != "html") {
            // Agencies, domains, entities and tags are Latin everywhere.
            let steps = document.truth["steps"].as_array().unwrap();
            if !steps.iter().any(|step| step == "html") {
                assert!(latin(&document.text) < 0.1, "{script} {}: {}", document.truth, document.text);
            }
        }
    }
}

#[test]
fn equal_orders_give_equal_bytes_on_any_threads_and_in_any_order_of_input() {
    let records: Vec<Value> = input(150).iter().map(|(id, text)| record(id, text)).collect();
    let mut shuffled = records.clone();
    Chance::new(4).shuffle(&mut shuffled);
    let drop = Drop::new().file("a.jsonl", lines(&records)).file("b.jsonl", lines(&shuffled));
    let generate = |input: &str, more: &[&str]| {
        let mut arguments =
            vec!["generate", input, "-o", "out.jsonl", "--documents", "300", "--share", "0.5"];
        arguments.extend(["--replace", "--quiet"]);
        arguments.extend(more);
        let outcome = drop.command(&arguments, b"").exits(0);
        assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), ("", ""));
        ["out.jsonl", "out.truth.jsonl"].map(|name| fs::read(drop.place().join(name)).unwrap())
    };
    let one = generate("drop/a.jsonl", &["--threads", "1"]);
    for threads in ["2", "3", "8"] {
        assert!(one == generate("drop/a.jsonl", &["--threads", threads]), "{threads} threads");
    }
    assert!(one == generate("drop/b.jsonl", &[]), "shuffled input");
    assert!(one != generate("drop/a.jsonl", &["--seed", "43"]), "another seed");
    let leftovers = fs::read_dir(drop.place()).unwrap().flatten().map(|entry| entry.file_name());
    let leftovers: Vec<_> = leftovers.filter(|name| name.to_string_lossy().starts_with('.')).collect();
    assert!(leftovers.is_empty(), "{leftovers:?}");
}

#[test]
fn neither_ids_nor_order_give_the_groups_away() {
    let made = all_kinds();
    let groups: Vec<&str> = made.values().map(|document| document.get("dup")).collect();
    let n_beside = groups.windows(2).filter(|pair| pair[0] == pair[1]).count();
    let mut sizes: BTreeMap<&str, usize> = BTreeMap::new();
    for group in &groups {
        *sizes.entry(group).or_default() += 1;
    }
    let n_pairs: usize = sizes.values().map(|size| size * (size - 1)).sum();
    let expected = n_pairs as f64 / groups.len() as f64;
    assert!((n_beside as f64) < expected + 4.0 * expected.sqrt() + 1.0, "{n_beside}, by chance {expected}");
}

#[test]
fn the_seeds_give_their_copies_and_no_more_than_they_can() {
    let seeds = concat!(env!("CARGO_MANIFEST_DIR"), "/seeds");
    let drop = Drop::new();
    let none_else = ["--negatives", "0", "--stories", "0", "--absent", "0", "--share", "0.8"];
    let generate = |documents: &str| {
        let mut arguments = vec!["generate", seeds, "--output", "grown/out.jsonl", "--documents", documents];
        arguments.extend(none_else);
        drop.command(&arguments, b"")
    };
    let outcome = generate("60").exits(4);
    outcome
        .says_and_publishes_nothing(&["5 distinct originals", "with these shares 27 documents are possible"]);
    assert!(!drop.place().join("grown").exists());
    generate("28").exits(4);
    let outcome = generate("27").exits(0);
    assert!(outcome.stderr.contains("22 edited copies"), "{}", outcome.stderr);
    let made = read(&drop.place().join("grown/out.jsonl"));
    assert_eq!(made.len(), 27);
    let originals: BTreeSet<&str> = made.values().map(|document| document.get("orig")).collect();
    assert_eq!(originals.len(), 5);
}

#[test]
fn what_is_there_is_replaced_only_when_asked_and_no_input_ever_is() {
    let drop = Drop::new().file("in.jsonl", lines(&[record("a", &article(1)), record("b", &article(2))]));
    let generate = |output: &str, more: &[&str]| {
        let mut arguments = vec!["generate", "drop", "-o", output, "--documents", "2", "--share", "0"];
        arguments.extend(more);
        drop.command(&arguments, b"")
    };
    generate("out.jsonl", &[]).exits(0);
    generate("out.jsonl", &[])
        .exits(2)
        .says_and_publishes_nothing(&["out.jsonl is already there", "--replace"]);
    generate("out.jsonl", &["--replace"]).exits(0);
    fs::remove_file(drop.place().join("out.jsonl")).unwrap();
    generate("out.jsonl", &[]).exits(2).says_and_publishes_nothing(&["out.truth.jsonl is already there"]);
    generate("drop/in.jsonl", &["--replace"])
        .exits(2)
        .says_and_publishes_nothing(&["lies in the input drop"]);
    generate("drop/new.jsonl", &[]).exits(2).says_and_publishes_nothing(&["lies in the input drop"]);
    generate("out.csv", &[]).exits(2).says_and_publishes_nothing(&[".jsonl"]);
    assert_eq!(fs::read_to_string(drop.place().join("drop/in.jsonl")).unwrap().lines().count(), 2);
}

#[test]
fn an_order_out_of_range_is_refused_with_the_range() {
    let drop = Drop::new().good();
    for (flag, value, says) in [
        ("--share", "1", "from 0 to below 1"),
        ("--share", "NaN", "from 0 to below 1"),
        ("--negatives", "-0.1", "from 0 to 1"),
        ("--negatives", "0.9", "add up to more than 1"),
        ("--depth", "4", "1..=3"),
        ("--depth", "0", "1..=3"),
        ("--largest-group", "90", "--largest-group has more copies"),
        ("--least-words", "3", "10.."),
        ("--kinds", "exact,photocopy", "no kind is called \"photocopy\"; there are exact, trunc70"),
        ("--without", "exactly", "no kind is called"),
    ] {
        let arguments = ["generate", "drop", "-o", "x.jsonl", "--documents", "10", flag, value];
        drop.command(&arguments, b"").exits(2).says_and_publishes_nothing(&[says]);
    }
    drop.command(&["generate", "drop", "-o", "x.jsonl", "--documents", "0"], b"").exits(2);
    let long = ["generate", "drop", "-o", "x.jsonl", "--documents", "2", "--least-words", "100000"];
    drop.command(&long, b"")
        .exits(4)
        .says_and_publishes_nothing(&["can serve as an original", "--least-words"]);
    let crowded = ["generate", "drop", "-o", "x.jsonl", "--documents", "2", "--share", "0.8"];
    let crowded = [&crowded[..], &["--negatives", "0", "--stories", "0", "--absent", "0"]].concat();
    drop.command(&crowded, b"").exits(2).says_and_publishes_nothing(&["no place for the originals"]);
    assert!(!drop.place().join("x.jsonl").exists());
}

#[test]
fn kinds_can_be_chosen_and_those_that_find_no_text_are_named() {
    let drop = Drop::new()
        .file("in.jsonl", lines(&(0..60).map(|n| record(&format!("a{n}"), &article(n))).collect::<Vec<_>>()));
    let arguments =
        ["generate", "drop", "-o", "x.jsonl", "--documents", "60", "--share", "0.5", "--negatives", "0"];
    let some = [&arguments[..], &["--kinds", "exact,wire,scans05_400", "--verbose"]].concat();
    let outcome = drop.command(&some, b"").exits(0);
    assert!(outcome.stderr.contains("note: scans05_400 is left out"), "{}", outcome.stderr);
    let edits: BTreeSet<String> =
        read(&drop.place().join("x.jsonl")).values().map(|made| made.edit().to_owned()).collect();
    let allowed = ["chain2", "chain3", "exact", "orig", "wire"];
    assert!(edits.iter().all(|edit| allowed.contains(&edit.as_str())), "{edits:?}");
    assert!(edits.contains("exact") && edits.contains("wire"));
}

#[test]
fn the_help_states_the_defaults_of_an_order() {
    let help = Drop::new().command(&["generate", "--help"], b"").exits(0).stdout;
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    let default = Order::default();
    for (flag, value) in [
        ("--share <SHARE>", default.share.to_string()),
        ("--negatives <SHARE>", default.negatives.to_string()),
        ("--stories <SHARE>", default.stories.to_string()),
        ("--absent <SHARE>", default.absent.to_string()),
        ("--depth <N>", default.depth.to_string()),
        ("--largest-group <N>", default.largest_group.to_string()),
        ("--least-words <N>", default.least_words.to_string()),
        ("--seed <NUMBER>", default.seed.to_string()),
    ] {
        let after = &help[help.find(flag).unwrap_or_else(|| panic!("{flag}"))..];
        let stated = &after[after.find("[default: ").unwrap() + "[default: ".len()..];
        assert!(stated.starts_with(&value), "{flag}: {}", &stated[..20]);
    }
    for kind in Kind::ALL {
        assert!(help.contains(kind.name()), "{kind} is not in the help");
    }
    assert_eq!(Order::default().kinds.len(), Kind::ALL.len());
    assert_eq!(Settings::default().seed, default.seed, "one default seed");
}
