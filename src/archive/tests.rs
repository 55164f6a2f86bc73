//! An archive in memory that fails at every point, is damaged in every part, and is asked what a run over all would say.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::faults::{Crash, Fault, Memory};
use super::*;
use crate::clusters::known::Known;
use crate::progress::Silent;
use crate::settings::Only;
use crate::{Corpus, run_with};

fn settings() -> Settings {
    Settings { only: Some(Only::Stories), ..Settings::default() }
}

/// Sentences that no other number has.
fn article(number: usize, n_sentences: usize) -> String {
    let sentence = |place: usize| {
        let word = |n: usize| {
            format!("w{:x}", (number * 1009 + place * 31 + n).wrapping_mul(2_654_435_761) % 65_536)
        };
        let words: Vec<String> = (0..12).map(word).collect();
        format!("The {} of {} in {}.", words[0], words[1], words[2..].join(" "))
    };
    (0..n_sentences).map(sentence).collect::<Vec<_>>().join(" ")
}

/// Every sixth word another.
fn edited(text: &str, seed: usize) -> String {
    let other = |(place, word): (usize, &str)| {
        if place % 11 == seed % 11 { format!("other{place}") } else { word.to_owned() }
    };
    text.split(' ').enumerate().map(other).collect::<Vec<_>>().join(" ")
}

/// `n_drops` drops of `n` articles each; a third of the later ones' are edited copies of earlier drops'.
fn drops(n_drops: usize, n: usize) -> Vec<Vec<(String, String)>> {
    (0..n_drops)
        .map(|drop| {
            (0..n)
                .map(|place| {
                    let number = drop * n + place;
                    let id = format!("d{drop}-{place:03}");
                    let n_sentences = 4 + number % 37;
                    if drop > 0 && place % 3 == 0 {
                        let of = (drop - 1) * n + (place + 1) % n;
                        (id, edited(&article(of, 4 + of % 37), number))
                    } else {
                        (id, article(number, n_sentences))
                    }
                })
                .collect()
        })
        .collect()
}

fn open(storage: &Memory) -> Result<ArchiveWriter, Error> {
    ArchiveWriter::open_in(Arc::new(storage.clone()), "past", &settings(), None)
}

/// Adds a drop; what was known of it.
fn add(storage: &Memory, texts: &[(String, String)]) -> Result<Run, Error> {
    let writer = open(storage)?;
    let corpus = Corpus::from_texts(texts.to_vec());
    let recalled = writer.archive().recall(&corpus, &settings(), &Silent)?;
    let run = run_with(corpus, &settings(), &recalled.context, &Silent)?;
    if let Some(addition) = writer.add(&run, &recalled)? {
        addition.commit()?;
    }
    Ok(run)
}

fn compact(storage: &Memory) -> Result<Option<Compaction>, Error> {
    super::compact::compact(storage, "past", &Silent)
}

fn manifest(storage: &Memory) -> Option<Manifest> {
    Manifest::read(storage).unwrap()
}

fn complaints(storage: &Memory) -> Vec<String> {
    check_in(storage, "past", true).unwrap().unwrap_or_default()
}

/// The ids of all archived documents, in the order of their numbers.
fn ids(storage: &Memory) -> Vec<String> {
    let Some(archive) = Archive::open_in(Arc::new(storage.clone()), "past").unwrap() else {
        return Vec::new();
    };
    let all = archive.segments.iter().flat_map(|segment| {
        segment.load(0..segment.record.n_documents).unwrap().into_iter().map(|archived| archived.row.id)
    });
    all.collect()
}

/// Pairs of a new document with an archived one that is the same text.
fn known_pairs(run: &Run) -> BTreeSet<(String, String)> {
    let copies = run.known.rows.iter().filter(|known| known.is_copy());
    let ids = |known: &Known| {
        let past = &run.known.past[known.past].document.id;
        (run.corpus.documents[known.document.index()].id.clone(), past.clone())
    };
    copies.map(ids).collect()
}

#[test]
fn copies_of_earlier_drops_are_found_and_nothing_else_is() {
    let storage = Memory::default();
    let drops = drops(3, 12);
    assert!(known_pairs(&add(&storage, &drops[0]).unwrap()).is_empty());
    for (drop, texts) in drops.iter().enumerate().skip(1) {
        let run = add(&storage, texts).unwrap();
        let expected: BTreeSet<(String, String)> = (0..12)
            .step_by(3)
            .map(|place| (format!("d{drop}-{place:03}"), format!("d{}-{:03}", drop - 1, (place + 1) % 12)))
            .collect();
        assert_eq!(known_pairs(&run), expected);
        for known in run.known.rows.iter().filter(|known| known.is_copy()) {
            assert!(!known.passages.is_empty());
            let text = run.corpus.texts.text(known.document);
            for passage in &known.passages {
                assert!(text.get(passage.a.start as usize..passage.a.end as usize).is_some());
            }
        }
    }
    assert_eq!(ids(&storage).len(), 36);
}

#[test]
fn a_version_with_much_that_is_new_says_something_new() {
    let storage = Memory::default();
    add(&storage, &[("old".to_owned(), article(1, 30)), ("else".to_owned(), article(2, 30))]).unwrap();
    let more = |n_sentences: usize| format!("{} {}", article(1, 30), article(3, n_sentences));
    let drop = [("a line".to_owned(), more(1)), ("a third".to_owned(), more(12))];
    let run = add(&storage, &drop).unwrap();
    let says_nothing_new = |document: u32| run.known.says_nothing_new(crate::DocId(document));
    assert_eq!([0, 1].map(says_nothing_new), [true, false]);
    assert_eq!(run.known.n_copies(), 2);
}

/// By id: the document that is kept of its duplicate set.
fn kept(storage: &Memory) -> BTreeMap<String, String> {
    let archive = Archive::open_in(Arc::new(storage.clone()), "past").unwrap().unwrap();
    let mut printed = Vec::new();
    archive.export(ExportTable::Documents, &mut printed).unwrap();
    let rows: Vec<csv::StringRecord> =
        csv::Reader::from_reader(&*printed).records().map(Result::unwrap).collect();
    let of = |row: &csv::StringRecord| {
        let set = row.get(11).filter(|set| !set.is_empty())?;
        let kept = rows.iter().find(|row| row.get(0) == Some(set))?;
        Some((row.get(1)?.to_owned(), kept.get(1)?.to_owned()))
    };
    rows.iter().filter_map(of).collect()
}

#[test]
fn archived_sets_are_one_where_a_new_document_is_a_copy_of_both() {
    let whole = article(1, 30);
    let sentences: Vec<&str> = whole.split_inclusive(". ").collect();
    // Both are of the same beginning, so that what holds both is no round-up of two texts.
    let left_out = |from: usize, to: usize| [&sentences[..from], &sentences[to..]].concat().concat();
    let (begin, end) = (left_out(17, 29), left_out(5, 17));
    let said = |id: &str, text: &str| (id.to_owned(), text.to_owned());
    let storage = Memory::default();
    let first = [
        said("begin", &begin),
        said("end", &end),
        said("again", &edited(&end, 3)),
        said("else", &article(2, 30)),
    ];
    add(&storage, &first).unwrap();
    let sets = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
        pairs.iter().map(|&(id, kept)| (id.to_owned(), kept.to_owned())).collect()
    };
    let ends = kept(&storage)["end"].clone();
    assert_eq!(kept(&storage), sets(&[("end", &ends), ("again", &ends)]));

    let second = [said("whole", &whole), said("more", &article(3, 30))];
    let run = add(&storage, &second).unwrap();
    assert_eq!((run.known.one.len(), run.counts["archived_sets_merged"]), (1, 1));
    let now = kept(&storage);
    assert_eq!(now.keys().collect::<Vec<_>>(), ["again", "begin", "end", "whole"]);
    assert_eq!(now.values().collect::<BTreeSet<_>>().len(), 1);

    // Told again, it says what it said; and so does what is compacted, and what comes later.
    assert_eq!(add(&storage, &second).unwrap().known.one, run.known.one);
    add(&storage, &[said("late", &edited(&begin, 5)), said("later", &edited(&end, 7))]).unwrap();
    compact(&storage).unwrap();
    let late = kept(&storage);
    assert_eq!(late.len(), 6);
    assert_eq!(late.values().collect::<BTreeSet<_>>(), now.values().collect());
}

#[test]
fn archived_sets_are_no_chain_of_what_lies_between_them() {
    let sentences: Vec<String> = (0..60).map(|number| article(100 + number, 1)).collect();
    let window = |from: usize| sentences[from..from + 20].join(" ");
    let said = |id: String, text: String| (id, text);
    let storage = Memory::default();
    let ends = [0, 8, 16, 24, 32, 40].map(|from| said(format!("{from}"), window(from)));
    add(&storage, &ends).unwrap();
    // Each is a copy of the two on either side of it, of which no two are copies of each other.
    for from in [4, 12, 20, 28, 36] {
        add(
            &storage,
            &[said(format!("{from}"), window(from)), said(format!("else {from}"), article(from, 20))],
        )
        .unwrap();
    }
    let mut spread: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for (id, kept) in kept(&storage) {
        let from: usize = id.parse().unwrap();
        let ends = spread.entry(kept).or_insert((from, from));
        *ends = (ends.0.min(from), ends.1.max(from));
    }
    assert!(spread.len() >= 3, "{spread:?}");
    // Two links at most lead to what is kept, one to either side of it.
    assert!(spread.values().all(|(least, most)| most - least <= 16), "{spread:?}");
}

#[test]
fn a_box_makes_no_set_of_the_archived_articles_that_it_stands_in() {
    let notice = article(1, 6);
    let with_box = |number: usize| (format!("article {number}"), format!("{} {notice}", article(number, 20)));
    let storage = Memory::default();
    let notice_itself = ("notice".to_owned(), notice.clone());
    add(&storage, &[with_box(2), with_box(3), with_box(4)]).unwrap();
    let run = add(&storage, &[notice_itself.clone(), ("else".to_owned(), article(5, 20))]).unwrap();
    assert_eq!(run.known.one, []);
    assert_eq!(kept(&storage).len(), 2);

    // The same where it comes first: what holds it next goes on with it, and nothing else does.
    let storage = Memory::default();
    add(&storage, &[notice_itself, ("else".to_owned(), article(5, 20))]).unwrap();
    for number in 2..5 {
        add(&storage, &[with_box(number), (format!("more {number}"), article(10 * number, 20))]).unwrap();
    }
    assert_eq!(kept(&storage).keys().collect::<Vec<_>>(), ["article 2", "notice"]);
    add(&storage, &[("again".to_owned(), edited(&with_box(3).1, 5))]).unwrap();
    let late = kept(&storage);
    assert_eq!(late["again"], "article 3");
}

#[test]
fn articles_of_a_round_up_that_came_before_them_are_not_one_text() {
    let (first, second) = (article(1, 20), article(2, 24));
    let said = |id: &str, text: &str| (id.to_owned(), text.to_owned());
    let storage = Memory::default();
    add(&storage, &[said("round-up", &format!("{first}\n\n{second}")), said("else", &article(3, 20))])
        .unwrap();
    // So far it could be a longer version of the first.
    add(&storage, &[said("first", &first), said("more", &article(4, 20))]).unwrap();
    let so_far = kept(&storage);
    assert_eq!(so_far.keys().collect::<Vec<_>>(), ["first", "round-up"]);

    let run = add(&storage, &[said("second", &second), said("yet more", &article(5, 20))]).unwrap();
    assert!(known_pairs(&run).contains(&("second".to_owned(), "round-up".to_owned())));
    assert_eq!(kept(&storage), so_far);
    add(&storage, &[said("late", &edited(&second, 3)), said("later", &edited(&first, 7))]).unwrap();
    let late = kept(&storage);
    assert_eq!(late["late"], "second");
    assert_eq!(late["second"], "second");
    assert_eq!(late["later"], so_far["first"]);
}

#[test]
fn a_part_of_a_round_up_is_read_however_many_texts_share_more_with_it() {
    let [first, second, third] = [1, 2, 3].map(|number| article(number, 20));
    let said = |id: &str, text: &str| (id.to_owned(), text.to_owned());
    let round_up = [&*first, &*second, &*third].join(" ");
    let storage = Memory::default();
    add(&storage, &[said("round-up", &round_up), said("else", &article(4, 20))]).unwrap();
    add(&storage, &[said("first", &first), said("more", &article(5, 20))]).unwrap();
    // They quote much of what the round-up has, and are of no set.
    let quotes = |number: usize| {
        let own = [100, 200].map(|of| article(of + number, 24));
        (format!("quotes {number}"), [&*own[0], &*third, &*article(1, 12), &*own[1]].join(" "))
    };
    add(&storage, &(0..20).map(quotes).collect::<Vec<_>>()).unwrap();
    let so_far = kept(&storage);
    add(&storage, &[said("second", &second), said("yet more", &article(6, 20))]).unwrap();
    assert_eq!(kept(&storage), so_far);
}

#[test]
fn an_archive_answers_alike_on_any_number_of_threads() {
    // Enough words that lookups are shared out among threads.
    let texts = drops(3, 240);
    let told = |n_threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        pool.install(|| {
            let storage = Memory::default();
            let told = |run: Run| serde_json::to_string(&(run.known, run.stories, run.pairs)).unwrap();
            let runs: Vec<String> = texts.iter().map(|drop| told(add(&storage, drop).unwrap())).collect();
            let mut files = storage.files();
            // It says at what time the drops were added.
            files.remove("manifest");
            (runs, files)
        })
    };
    let (runs, files) = told(1);
    for n_threads in [2, 5] {
        let (found, others) = told(n_threads);
        assert!(found == runs, "the same is told");
        assert_eq!(files.keys().collect::<Vec<_>>(), others.keys().collect::<Vec<_>>());
        assert!(files == others, "the same bytes");
    }
}

#[test]
fn a_drop_added_twice_adds_nothing_and_is_told_the_same() {
    let storage = Memory::default();
    let drops = drops(3, 9);
    let runs: Vec<Run> = drops.iter().map(|drop| add(&storage, drop).unwrap()).collect();
    let before = manifest(&storage);
    let again = add(&storage, &drops[1]).unwrap();
    assert_eq!(manifest(&storage), before);
    // All but what a later drop has of it.
    let earlier: BTreeSet<_> =
        known_pairs(&again).into_iter().filter(|(_, of)| of.starts_with("d0")).collect();
    assert_eq!(earlier, known_pairs(&runs[1]));
    assert!(known_pairs(&again).iter().all(|(id, of)| id != of));

    // Part of a drop is no drop: what is archived is known, and not added again.
    let mut part = drops[1][..4].to_vec();
    part.push(("new".to_owned(), article(9_000, 9)));
    let run = add(&storage, &part).unwrap();
    assert!(drops[1][..4].iter().all(|(id, _)| known_pairs(&run).contains(&(id.clone(), id.clone()))));
    assert_eq!(ids(&storage).len(), 28);
}

#[test]
fn what_was_compacted_answers_the_same() {
    let storage = Memory::default();
    let mut drops = drops(5, 10);
    // Twins within a drop, and of an earlier one, in other letters.
    let twin = drops[0][3].1.clone();
    drops[2].push(("twin-1".to_owned(), twin.clone()));
    drops[2].push(("twin-2".to_owned(), twin.clone()));
    drops[3].push(("twin-3".to_owned(), twin.to_uppercase()));
    for drop in &drops[..4] {
        add(&storage, drop).unwrap();
    }
    let ask = |storage: &Memory| {
        let archive = Archive::open_in(Arc::new(storage.clone()), "past").unwrap().unwrap();
        let mut asked = drops[4].clone();
        asked.push(("asked".to_owned(), twin.clone()));
        let corpus = Corpus::from_texts(asked);
        let recalled = archive.recall_all(&corpus, &settings(), &Silent).unwrap();
        let run = run_with(corpus, &settings(), &recalled.context, &Silent).unwrap();
        (run.known.rows.clone(), run.known.past.clone())
    };
    let (before, archived, opened) =
        (ask(&storage), ids(&storage), Archive::open_in(Arc::new(storage.clone()), "past").unwrap().unwrap());
    assert_eq!(compact(&storage).unwrap().unwrap().n_segments, 4);
    assert_eq!(manifest(&storage).unwrap().segments.len(), 1);
    assert_eq!(ids(&storage), archived);
    assert_eq!(ask(&storage), before);
    assert_eq!(complaints(&storage), Vec::<String>::new());
    assert!(storage.names().iter().all(|name| !name.contains("000001")), "{:?}", storage.names());
    // A reader that had it open goes on.
    assert_eq!(opened.segments[0].load([3]).unwrap()[0].text, twin);
    assert_eq!(compact(&storage).unwrap(), None);
}

#[test]
fn compacting_writes_what_adding_all_at_once_would_have() {
    let (one_by_one, at_once) = (Memory::default(), Memory::default());
    // Without copies, since sets are found as drops come in.
    let texts = |drop: usize| -> Vec<(String, String)> {
        (0..40).map(|n| (format!("d{drop}-{n:03}"), article(drop * 40 + n, 3 + n))).collect()
    };
    let mut all = Vec::new();
    for drop in 0..3 {
        add(&one_by_one, &texts(drop)).unwrap();
        all.extend(texts(drop));
    }
    add(&at_once, &all).unwrap();
    compact(&one_by_one).unwrap();
    let sections = |storage: &Memory| -> BTreeMap<String, (u64, String)> {
        let segment = manifest(storage).unwrap().segments.remove(0);
        segment
            .sections
            .into_iter()
            .map(|section| (section.name, (section.bytes, section.checksum)))
            .collect()
    };
    let (left, right) = (sections(&one_by_one), sections(&at_once));
    for name in segment::SECTIONS.into_iter().chain(segment::STORY_SECTIONS) {
        // Rows name their drop, stories the one that they began with.
        if !["documents", "stories"].contains(&name) {
            assert_eq!(left[name], right[name], "{name}");
        }
    }
}

/// Two drops are there; `work` does something at every write point of which something goes wrong. Afterwards the archive is
/// `before` or `after`, whole, and the next writer succeeds.
fn survives(work: impl Fn(&Memory) -> Result<(), Error>) {
    let drops = drops(3, 4);
    let prepared = Memory::default();
    add(&prepared, &drops[0]).unwrap();
    add(&prepared, &drops[1]).unwrap();
    let begin = || prepared.after(Crash::Killed);
    let clean = begin();
    let first = clean.n_points();
    let before = manifest(&clean).unwrap();
    work(&clean).unwrap();
    let n_points = clean.n_points() - first;
    let after = manifest(&clean).unwrap();
    assert!(n_points > 20, "{n_points}");
    // Times of day differ.
    let shape = |manifest: &Manifest| (manifest.n_documents(), manifest.segments.len(), manifest.drops.len());
    let mut ends = BTreeSet::new();
    for point in 0..n_points {
        for fault in [Fault::Stop, Fault::Full, Fault::Short, Fault::Device] {
            let storage = begin();
            storage.fail_at(point, fault);
            let outcome = work(&storage);
            let left = if fault == Fault::Stop {
                [Crash::Killed, Crash::PowerLost, Crash::NamesFirst]
                    .map(|crash| storage.after(crash))
                    .to_vec()
            } else {
                storage.mend();
                vec![storage]
            };
            for storage in left {
                let what = format!("point {point}, {fault:?}: {outcome:?}");
                let now = manifest(&storage).unwrap_or_else(|| panic!("no archive: {what}"));
                assert!([shape(&before), shape(&after)].contains(&shape(&now)), "{what}");
                if outcome.is_ok() {
                    assert_eq!(shape(&now), shape(&after), "{what}");
                }
                assert_eq!(complaints(&storage), Vec::<String>::new(), "{what}");
                assert_eq!(ids(&storage).len(), now.n_documents() as usize, "{what}");
                work(&storage).unwrap_or_else(|error| panic!("{what}; then {error}"));
                assert_eq!(shape(&manifest(&storage).unwrap()), shape(&after), "{what}");
                let folders: BTreeSet<String> = manifest(&storage)
                    .unwrap()
                    .segments
                    .iter()
                    .map(|segment| format!("{}/{}", segment::FOLDER, segment.folder))
                    .collect();
                open(&storage).unwrap();
                let is_named = |name: &String| {
                    name == manifest::NAME
                        || name.rsplit_once('/').is_some_and(|(folder, _)| folders.contains(folder))
                };
                assert!(storage.names().iter().all(is_named), "{what}: {:?}", storage.names());
                ends.insert(shape(&now));
            }
        }
    }
    assert_eq!(ends.len(), 2, "both ends were met: {ends:?}");
}

#[test]
fn adding_that_fails_anywhere_leaves_the_archive_as_it_was_or_as_it_was_to_be() {
    let drops = drops(3, 4);
    survives(|storage| add(storage, &drops[2]).map(|_| ()));
}

#[test]
fn compacting_that_fails_anywhere_leaves_the_archive_as_it_was_or_as_it_was_to_be() {
    survives(|storage| compact(storage).map(|_| ()));
}

#[test]
fn a_flipped_bit_in_any_file_is_named() {
    let storage = Memory::default();
    for drop in drops(2, 6) {
        add(&storage, &drop).unwrap();
    }
    let sound = add(&storage.after(Crash::Killed), &drops(3, 6)[2]).unwrap();
    for name in storage.names() {
        let n_bytes = storage.open(&name).unwrap().n_bytes();
        for place in [0, n_bytes / 3, n_bytes / 2, n_bytes - 1] {
            let damaged = storage.after(Crash::Killed);
            damaged.damage(&name, |bytes| bytes[place as usize] ^= 1 << (place % 8));
            match check_in(&damaged, "past", true) {
                Ok(complaints) => {
                    let complaints = complaints.unwrap();
                    assert_eq!(complaints.len(), 1, "{name} at {place}: {complaints:?}");
                    assert!(complaints[0].contains(&name), "{complaints:?}");
                }
                Err(error) => {
                    assert_eq!((error.exit_code(), name.as_str()), (7, "manifest"));
                    assert!(error.to_string().contains("past/manifest"), "{error}");
                }
            }
            // Whoever uses it either names the damage or is not touched by it; nobody panics.
            match add(&damaged, &drops(3, 6)[2]) {
                Ok(run) => assert_eq!(
                    (known_pairs(&run), run.known.stories),
                    (known_pairs(&sound), sound.known.stories.clone()),
                    "{name} at {place}"
                ),
                Err(error) => {
                    assert_eq!(error.exit_code(), 7, "{name} at {place}: {error}");
                    assert!(error.to_string().contains(&name), "{name} at {place}: {error}");
                }
            }
        }
    }
}

#[test]
fn damage_is_not_compacted_into_something_whole() {
    let storage = Memory::default();
    for drop in drops(2, 6) {
        add(&storage, &drop).unwrap();
    }
    let sections = storage.files().into_iter().filter(|(name, _)| name.starts_with("segments/"));
    for (name, bytes) in sections.filter(|(_, bytes)| !bytes.is_empty()) {
        let damaged = storage.after(Crash::Killed);
        damaged.damage(&name, |written| written[bytes.len() / 2] ^= 4);
        let error = compact(&damaged).unwrap_err();
        assert_eq!(error.exit_code(), 7, "{name}");
        assert!(!complaints(&damaged).is_empty(), "{name} stays as it was");
    }
}

#[test]
fn a_missing_or_shortened_file_is_named() {
    let storage = Memory::default();
    add(&storage, &drops(1, 6)[0]).unwrap();
    for name in storage.names().into_iter().filter(|name| name != manifest::NAME) {
        let damaged = storage.after(Crash::Killed);
        damaged.damage(&name, |bytes| bytes.truncate(bytes.len() / 2));
        assert!(complaints(&damaged)[0].contains(&name));
        let error = open(&damaged).unwrap_err();
        assert!(error.exit_code() == 7 && error.to_string().contains(&name), "{error}");
        let damaged = storage.after(Crash::Killed);
        damaged.remove_file(&name).unwrap();
        assert!(complaints(&damaged)[0].contains(&name));
        let error = open(&damaged).unwrap_err();
        let (_, within) = name.split_once('/').unwrap();
        assert!(error.exit_code() == 7 && error.to_string().contains(within), "{error}");
    }
}

#[test]
fn a_newer_archive_and_one_of_other_settings_are_refused_with_the_reason() {
    let storage = Memory::default();
    add(&storage, &drops(1, 6)[0]).unwrap();
    let other = Settings { shingle_cap: 10, anchors: 5, ..settings() };
    let error = ArchiveWriter::open_in(Arc::new(storage.clone()), "past", &other, None).unwrap_err();
    assert_eq!(error.exit_code(), 2);
    for words in ["shingle-cap was 20 and is 10 now", "anchors was 3 and is 5 now"] {
        assert!(error.to_string().contains(words), "{error}");
    }
    storage.damage(manifest::NAME, |bytes| {
        let text = String::from_utf8(bytes.clone()).unwrap();
        *bytes = text.replacen("archive 4 ", "archive 5 ", 1).into_bytes();
    });
    let error = open(&storage).unwrap_err();
    assert_eq!(error.exit_code(), 7);
    assert!(error.to_string().contains("version 5") && error.to_string().contains("newer"), "{error}");
}

#[test]
fn an_archive_from_before_words_without_spaces_is_taken_as_long_as_it_holds_none_of_their_languages() {
    let name = "words-without-spaces";
    let as_before = |texts: &[(String, String)]| {
        let storage = Memory::default();
        add(&storage, texts).unwrap();
        let mut manifest = manifest(&storage).unwrap();
        assert!(manifest.made_with.remove(name).is_some());
        manifest.write(&storage).unwrap();
        storage
    };
    let chinese = "市议会星期二开会讨论了新的有轨电车线路，并同意在春季开通。市长对记者说，工程将持续两年，费用由国家和城市共同承担。";
    let chinese = [("zh".to_owned(), chinese.to_owned())];
    let english = drops(2, 6);

    let storage = as_before(&english[0]);
    add(&storage, &english[1]).unwrap();
    assert!(manifest(&storage).unwrap().made_with.contains_key(name), "what follows is cut into words");
    add(&storage, &chinese).unwrap();
    assert_eq!(ids(&storage).len(), 13);
    assert!(open(&storage).is_ok());

    let storage = as_before(&chinese);
    let error = open(&storage).unwrap_err();
    assert_eq!(error.exit_code(), 2);
    assert!(error.to_string().contains("\"zh\" into letters"), "{error}");
    let archive = Archive::open_in(Arc::new(storage), "past").unwrap().unwrap();
    let corpus = Corpus::from_texts(english[0].clone());
    assert_eq!(archive.recall(&corpus, &settings(), &Silent).unwrap_err().exit_code(), 2);
}

#[test]
fn an_archive_says_how_many_words_tell_a_story_and_one_from_before_learns_it() {
    let name = "lead-words";
    let storage = Memory::default();
    let texts = drops(2, 6);
    add(&storage, &texts[0]).unwrap();
    let mut before = manifest(&storage).unwrap();
    assert_eq!(before.made_with.remove(name).as_deref(), Some("400"));
    before.write(&storage).unwrap();
    // It was told by as many as are usual, and by no others.
    let fewer = Settings { lead_words: 50, ..settings() };
    let refused = ArchiveWriter::open_in(Arc::new(storage.clone()), "past", &fewer, None).unwrap_err();
    assert!(refused.to_string().contains("lead-words was 400 and is 50 now"), "{refused}");
    add(&storage, &texts[1]).unwrap();
    let mut other = manifest(&storage).unwrap();
    assert_eq!(other.made_with[name], "400");
    other.made_with.insert(name.to_owned(), "50".to_owned());
    other.write(&storage).unwrap();
    let error = add(&storage, &texts[1]).unwrap_err();
    assert_eq!(error.exit_code(), 2);
    assert!(error.to_string().contains("lead-words was 50 and is 400 now"), "{error}");
}

#[test]
fn compacting_counts_the_words_that_tell_a_story_as_adding_did() {
    let settings = Settings { lead_words: 20, ..settings() };
    let storage = Memory::default();
    let open = || ArchiveWriter::open_in(Arc::new(storage.clone()), "past", &settings, None).unwrap();
    for texts in drops(2, 6) {
        let writer = open();
        let corpus = Corpus::from_texts(texts);
        let recalled = writer.archive().recall(&corpus, &settings, &Silent).unwrap();
        let run = run_with(corpus, &settings, &recalled.context, &Silent).unwrap();
        writer.add(&run, &recalled).unwrap().unwrap().commit().unwrap();
    }
    let counts = || {
        let mut counts: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        for segment in &open().archive().segments {
            let mut count = |term: &str, n_documents, in_leads| {
                let (all, leads) = counts.entry(term.to_owned()).or_default();
                *all += n_documents;
                *leads += in_leads;
            };
            segment.for_terms(&mut count).unwrap();
        }
        counts
    };
    let before = counts();
    assert!(before.values().any(|(all, leads)| leads < all));
    assert!(compact(&storage).unwrap().is_some());
    assert_eq!(counts(), before);
    assert_eq!(manifest(&storage).unwrap().made_with["lead-words"], "20");
}

#[test]
fn what_a_drop_is_held_against_is_named_by_what_it_is_and_not_by_when() {
    let storage = Memory::default();
    for drop in drops(2, 6) {
        add(&storage, &drop).unwrap();
    }
    let archive = manifest(&storage).unwrap();
    let name = |archive: &Manifest, before| archive.fingerprint(before, 6 * (before - 1)).unwrap();
    let mut later = archive.clone();
    later.generation += 5;
    later.written_by.push('x');
    later.drops[0].added.push('x');
    assert_eq!(name(&later, 3), name(&archive, 3));
    // And by nothing that came later.
    later.drops[1].fingerprint.push('x');
    assert_eq!(name(&later, 2), name(&archive, 2));
    assert_ne!(name(&later, 3), name(&archive, 3));
    later.segments[0].sections[0].checksum.push('x');
    assert_ne!(name(&later, 2), name(&archive, 2));
}

#[test]
fn what_stands_once_in_each_of_many_drops_is_common_in_the_next() {
    // One form with other names: in one drop it would weigh little, and so it must where it came drop by drop.
    let form = article(77, 12);
    let text = |n: usize| format!("{form} {}", article(1_000 + n, 3));
    let all: Vec<(String, String)> = (0..30).map(|n| (format!("f{n:02}"), text(n))).collect();
    let storage = Memory::default();
    for one in &all[..29] {
        add(&storage, std::slice::from_ref(one)).unwrap();
    }
    let corpus = Corpus::from_texts([all[29].clone()]);
    let archive = Archive::open_in(Arc::new(storage), "past").unwrap().unwrap();
    let recalled = archive.recall_all(&corpus, &settings(), &Silent).unwrap();
    let n_common = recalled
        .context
        .shingles
        .values()
        .filter(|&&n| n as usize + recalled.context.documents.len() > 20)
        .count();
    assert!(n_common > 100, "{n_common}");
    assert!(recalled.context.documents.len() <= 29);
}
