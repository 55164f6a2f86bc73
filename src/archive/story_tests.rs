//! Stories from drop to drop, in an archive in memory: who keeps which name, what became of whom, and why.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::faults::Memory;
use super::*;
use crate::clusters::continued::{Event, StoryEvent};
use crate::context::StoryId;
use crate::corpus::{Document, Language, Status, TextStore};
use crate::progress::Silent;
use crate::settings::Only;
use crate::{Corpus, run_with};

fn settings() -> Settings {
    Settings { only: Some(Only::Stories), ..Settings::default() }
}

/// What `teller` says of a story: two of three words are the story's, in the teller's order.
fn telling(story: usize, teller: usize) -> String {
    let word = |number: usize| format!("w{:x}", number.wrapping_mul(2_654_435_761) % 0xff_ffff);
    let of_story = |n: usize| word(1_000_000 * (story + 1) + (n * (2 * teller + 3)) % 41);
    let of_teller = |n: usize| word(50_000_000 + 1_000 * (100 * story + teller) + n);
    let sentence = |place: usize| {
        let words: Vec<String> = (0..12)
            .map(|n| if n % 3 == 2 { of_teller(4 * place + n / 3) } else { of_story(8 * place + n - n / 3) })
            .collect();
        format!("The {} for {} and {}.", words[0], words[1], words[2..].join(" "))
    };
    (0..10).map(sentence).collect::<Vec<_>>().join(" ")
}

/// A document: its id, day of March, and text.
type Told = (String, u32, String);

/// Some tellings of stories on a day.
fn day(day: u32, tellings: &[(usize, usize)]) -> Vec<Told> {
    let told =
        |&(story, teller): &(usize, usize)| (format!("s{story}-t{teller}"), day, telling(story, teller));
    tellings.iter().map(told).collect()
}

fn corpus(told: &[Told]) -> Corpus {
    let mut told = told.to_vec();
    told.sort();
    let document = |(id, day, _): &Told| Document {
        id: id.clone(),
        path: id.clone(),
        line: None,
        url: None,
        title: None,
        title_span: None,
        date: Some(format!("2026-03-{day:02}")),
        source: None,
        language: Language::from_code("en").unwrap(),
        status: Status::Ok,
        set_aside: Vec::new(),
        extra: serde_json::Map::from_iter([("desk".to_owned(), serde_json::json!(id))]),
    };
    Corpus {
        documents: told.iter().map(document).collect(),
        texts: TextStore::in_memory(told.iter().map(|(_, _, text)| text.clone().into()).collect()),
        ..Corpus::default()
    }
}

/// Runs a drop against the archive and adds it.
fn add(storage: &Memory, told: &[Told]) -> Run {
    let writer = ArchiveWriter::open_in(Arc::new(storage.clone()), "past", &settings(), None).unwrap();
    let corpus = corpus(told);
    let recalled = writer.archive().recall(&corpus, &settings(), &Silent).unwrap();
    let run = run_with(corpus, &settings(), &recalled.context, &Silent).unwrap();
    if let Some(addition) = writer.add(&run, &recalled).unwrap() {
        addition.commit().unwrap();
    }
    run
}

/// By document: the story that it is in, as the archive calls it.
fn ids(run: &Run) -> BTreeMap<String, StoryId> {
    let lines = run.stories.iter().zip(&run.known.stories.lines);
    lines
        .flat_map(|(story, line)| {
            story.members.iter().map(|member| (run.corpus.documents[member.index()].id.clone(), line.id))
        })
        .collect()
}

/// Events with the number of documents, by the story.
fn events(run: &Run) -> BTreeMap<StoryId, Vec<(Event, u32)>> {
    let mut events: BTreeMap<StoryId, Vec<(Event, u32)>> = BTreeMap::new();
    for event in &run.known.stories.events {
        events.entry(event.story).or_default().push((event.event, event.n_documents));
    }
    events
}

fn exported(storage: &Memory, table: ExportTable) -> String {
    let archive = Archive::open_in(Arc::new(storage.clone()), "past").unwrap().unwrap();
    let mut printed = Vec::new();
    archive.export(table, &mut printed).unwrap();
    String::from_utf8(printed).unwrap()
}

#[test]
fn a_story_that_goes_on_keeps_its_id_and_label() {
    let storage = Memory::default();
    let first = add(&storage, &day(1, &[(1, 1), (1, 2), (2, 1), (2, 2), (3, 1)]));
    let before = ids(&first);
    assert_eq!(before["s1-t1"], before["s1-t2"]);
    assert_eq!(before.values().collect::<BTreeSet<_>>().len(), 3);
    assert!(first.known.stories.events.iter().all(|event| event.event == Event::Born));

    // Story 1 goes on with two documents, story 3 with one; story 4 is new.
    let second = add(&storage, &day(3, &[(1, 3), (1, 4), (3, 2), (4, 1)]));
    let now = ids(&second);
    assert_eq!((now["s1-t3"], now["s1-t4"]), (before["s1-t1"], before["s1-t1"]));
    assert_eq!(now["s3-t2"], before["s3-t1"]);
    assert!(!before.values().any(|id| *id == now["s4-t1"]));
    // Story 3 was brought together over a link with an archived document, which the drop's tables cannot name.
    let joints = second.stories.iter().filter_map(|story| story.weakest_joint);
    let named: Vec<&str> = joints
        .flat_map(|(one, other, _)| [one, other])
        .map(|row| second.corpus.documents[row.index()].id.as_str())
        .collect();
    assert!(!named.contains(&"s3-t2"), "{named:?}");
    let told = events(&second);
    assert_eq!(told[&now["s1-t3"]], [(Event::Grew, 2)]);
    assert_eq!(told[&now["s4-t1"]], [(Event::Born, 1)]);
    let grew: Vec<&StoryEvent> =
        second.known.stories.events.iter().filter(|event| event.event == Event::Grew).collect();
    for event in grew {
        let (document, of) = (event.document.as_ref().unwrap(), event.of.as_ref().unwrap());
        assert_eq!(document[..2], of[..2], "evidence is of one story: {event:?}");
        assert!(event.cosine.unwrap() > 0.1 && event.drop == 2, "{event:?}");
    }
    let label = |run: &Run, id: StoryId| {
        let place = run.known.stories.lines.iter().position(|line| line.id == id).unwrap();
        run.stories[place].label.clone()
    };
    assert_eq!(label(&second, now["s1-t3"]), label(&first, before["s1-t1"]));
    let line =
        |run: &Run, id: StoryId| run.known.stories.lines.iter().find(|line| line.id == id).unwrap().clone();
    let one = line(&second, now["s1-t3"]);
    assert_eq!((one.n_archived, one.first_drop, one.first_date.as_deref()), (2, 1, Some("2026-03-01")));

    // And once more, after compacting.
    let compacted = storage.after(super::faults::Crash::Killed);
    super::compact::compact(&compacted, "past", &Silent).unwrap();
    let drop = day(5, &[(1, 5), (4, 2), (2, 3)]);
    let (third, of_compacted) = (add(&storage, &drop), add(&compacted, &drop));
    assert_eq!(ids(&third), ids(&of_compacted));
    assert_eq!(third.known.stories, of_compacted.known.stories);
    let third = ids(&third);
    assert_eq!(
        (third["s1-t5"], third["s4-t2"], third["s2-t3"]),
        (before["s1-t1"], now["s4-t1"], before["s2-t1"])
    );
    for table in [ExportTable::Stories, ExportTable::Events, ExportTable::Documents] {
        assert_eq!(exported(&storage, table), exported(&compacted, table));
    }
    let stories = exported(&storage, ExportTable::Stories);
    assert!(
        stories
            .lines()
            .any(|line| line.starts_with(&before["s1-t1"].to_string()) && line.ends_with(",1,2026-03-01,5,")),
        "{stories}"
    );
    assert!(exported(&storage, ExportTable::Documents).contains(r#""{""desk"":""s1-t5""}""#));
}

#[test]
fn ids_do_not_depend_on_the_order_of_documents() {
    let tellings = [(1, 1), (1, 2), (2, 1), (2, 2), (3, 1)];
    let turned: Vec<(usize, usize)> = tellings.iter().rev().copied().collect();
    let (one, other) = (Memory::default(), Memory::default());
    assert_eq!(ids(&add(&one, &day(1, &tellings))), ids(&add(&other, &day(1, &turned))));
    let (left, right) = (add(&one, &day(2, &[(2, 3), (1, 3)])), add(&other, &day(2, &[(1, 3), (2, 3)])));
    assert_eq!(left.known.stories, right.known.stories);
}

#[test]
fn a_copy_is_in_the_story_of_what_it_copies() {
    let storage = Memory::default();
    let before = ids(&add(&storage, &day(1, &[(1, 1), (2, 1), (3, 1)])));
    // Long after, so that nothing else links the two.
    let mut drop = day(30, &[(5, 1)]);
    drop.push(("copy".to_owned(), 30, telling(2, 1).replace("The w", "Again the w")));
    drop.push(("same".to_owned(), 30, telling(3, 1)));
    let run = add(&storage, &drop);
    let now = ids(&run);
    assert_eq!((now["copy"], now["same"]), (before["s2-t1"], before["s3-t1"]));
    let event = run.known.stories.events.iter().find(|event| event.story == now["same"]).unwrap();
    assert_eq!((event.event, event.of.as_deref(), event.cosine), (Event::Grew, Some("s3-t1"), Some(1.0)));
    // What is told of long after is another story.
    let later = ids(&add(&storage, &[("later".to_owned(), 30, telling(1, 9))]));
    assert_ne!(later["later"], before["s1-t1"]);
}

#[test]
fn stories_that_become_one_keep_the_elders_id() {
    let storage = Memory::default();
    // Other news of the day, so that no story's words run through a whole drop.
    let news = |of: u32, first: usize| day(of, &(first..first + 20).map(|n| (n, 1)).collect::<Vec<_>>());
    // Two sides of one event that share nothing yet.
    let side = |side: usize, teller: usize| -> Told {
        (format!("side{side}-t{teller}"), 1, telling(10 + side, teller))
    };
    let before = ids(&add(&storage, &[news(1, 20), vec![side(0, 1), side(0, 2)]].concat()));
    let younger = ids(&add(&storage, &[news(1, 40), vec![side(1, 1), side(1, 2)]].concat()));
    assert_ne!(before["side0-t1"], younger["side1-t1"]);
    // Then everybody tells both in one breath.
    let both = |teller: usize| -> Told {
        let (left, right) = (telling(10, teller), telling(11, teller));
        let sentences = left.split_inclusive('.').zip(right.split_inclusive('.'));
        (format!("both-t{teller}"), 2, sentences.flat_map(|(left, right)| [left, right]).collect())
    };
    let run = add(&storage, &[news(2, 60), (3..12).map(both).collect()].concat());
    let now = ids(&run);
    let id = now["both-t3"];
    assert!(
        (3..12).all(|teller| now[&format!("both-t{teller}")] == id),
        "{now:?} {:?}",
        run.known.stories.events
    );
    assert_eq!(id, before["side0-t1"]);
    let merged: Vec<&StoryEvent> =
        run.known.stories.events.iter().filter(|event| event.event == Event::Merged).collect();
    assert_eq!(merged.len(), 1, "{:?}", run.known.stories.events);
    assert_eq!((merged[0].story, merged[0].from), (id, Some(younger["side1-t1"])));
    assert!(merged[0].of.as_ref().unwrap().starts_with("side1"), "{merged:?}");

    // From then on the younger's documents are the elder's.
    let table = exported(&storage, ExportTable::Documents);
    assert!(table.lines().filter(|line| line.contains("side1")).all(|line| line.contains(&id.to_string())));
    assert!(exported(&storage, ExportTable::Stories).contains(&format!("0,{id}\n")));
    assert!(
        exported(&storage, ExportTable::Events)
            .contains(&format!("merged,{id},{},3,9,", younger["side1-t1"]))
    );
    let late = ("side1-t20".to_owned(), 2, telling(11, 20));
    let after = ids(&add(&storage, &[news(2, 80), vec![late]].concat()));
    assert_eq!(after["side1-t20"], id);
}

#[test]
fn what_a_few_documents_made_pass_for_one_story_comes_apart_with_its_copies() {
    let storage = Memory::default();
    let news = |of: u32, first: usize| day(of, &(first..first + 20).map(|n| (n, 1)).collect::<Vec<_>>());
    let side = |side: usize, teller: usize, of: u32| -> Told {
        (format!("side{side}-t{teller}"), of, telling(10 + side, teller))
    };
    // One telling of each side is like the one that tells both, and like nothing else.
    let (left, right) = (telling(10, 3), telling(11, 3));
    let sentences = left.split_inclusive('.').zip(right.split_inclusive('.'));
    let both = ("both".to_owned(), 1, sentences.flat_map(|(left, right)| [left, right]).collect());
    let copy = ("copy".to_owned(), 1, telling(11, 1).replace("The w", "Again the w"));
    let first = [news(1, 20), vec![side(0, 1, 1), side(0, 2, 1), both, side(1, 1, 1), copy]].concat();
    let before = ids(&add(&storage, &first));
    let id = before["side0-t1"];
    for of in ["side0-t2", "both", "side1-t1", "copy"] {
        assert_eq!(before[of], id, "{of}");
    }

    // Then one side is told by many.
    let told: Vec<Told> = (4..12).map(|teller| side(1, teller, 2)).collect();
    let drop = [news(2, 40), told].concat();
    let run = add(&storage, &drop);
    let now = ids(&run);
    let begun = now["side1-t4"];
    assert_ne!(begun, id);
    let event = run.known.stories.events.iter().find(|event| event.story == begun).unwrap();
    assert_eq!((event.event, event.from, event.n_documents), (Event::Split, Some(id), 8));
    let number = |of: &str| {
        let mut all: Vec<&str> = first.iter().map(|told| told.0.as_str()).collect();
        all.sort_unstable();
        all.iter().position(|other| *other == of).unwrap() as u32
    };
    let moved = [number("copy"), number("side1-t1")];
    assert_eq!(event.moved, moved, "{event:?}");
    // Of the two, the archive keeps the first.
    assert_eq!(event.of.as_deref(), Some("copy"));
    let line = run.known.stories.lines.iter().find(|line| line.id == begun).unwrap();
    assert_eq!((line.n_archived, line.first_drop, line.first_date.as_deref()), (2, 2, Some("2026-03-01")));
    let go_on: BTreeSet<StoryId> =
        run.known.stories.lines.iter().filter(|line| line.goes_on).map(|line| line.id).collect();
    assert!(!go_on.contains(&begun));
    let told = |name: &str| run.counts[name] as usize;
    assert_eq!((told("stories_continued"), told("stories_split")), (go_on.len(), 1));
    assert_eq!(
        told("stories_continued") + told("stories_split") + told("stories_born"),
        run.known.stories.lines.len()
    );

    // The archive says so of all of them, also when it is compacted, and when the drop runs again.
    let table = exported(&storage, ExportTable::Documents);
    let of = |name: &str| {
        table.lines().find(|line| line.split(',').any(|field| field == name)).unwrap().to_owned()
    };
    for name in ["side1-t1", "copy", "side1-t11"] {
        assert!(of(name).contains(&begun.to_string()), "{}", of(name));
    }
    for name in ["side0-t1", "side0-t2", "both"] {
        assert!(of(name).contains(&id.to_string()), "{}", of(name));
    }
    assert!(exported(&storage, ExportTable::Stories).contains(",2026-03-01,10,"));
    assert!(exported(&storage, ExportTable::Events).contains(&format!("split,{begun},{id},2,8,")));
    assert_eq!(add(&storage, &drop).known.stories, run.known.stories);
    let compacted = storage.after(super::faults::Crash::Killed);
    super::compact::compact(&compacted, "past", &Silent).unwrap();
    for table in [ExportTable::Stories, ExportTable::Events, ExportTable::Documents] {
        assert_eq!(exported(&storage, table), exported(&compacted, table));
    }

    // What comes later goes on with either, and a copy with the document that it copies.
    let again = ("again".to_owned(), 3, telling(11, 1).replace("The w", "Once more the w"));
    let later = [news(3, 60), vec![side(0, 20, 3), side(1, 20, 3), again]].concat();
    for storage in [storage, compacted] {
        let after = ids(&add(&storage, &later));
        assert_eq!((after["side0-t20"], after["side1-t20"], after["again"]), (id, begun, begun));
    }
}

#[test]
fn a_drop_that_runs_again_is_told_the_same_stories() {
    let storage = Memory::default();
    add(&storage, &day(1, &[(1, 1), (1, 2), (2, 1)]));
    let drop = day(2, &[(1, 3), (3, 1), (3, 2)]);
    let first = add(&storage, &drop);
    let again = add(&storage, &drop);
    assert_eq!(again.known.stories, first.known.stories);
    // What came after has no part in it.
    add(&storage, &day(3, &[(3, 3), (1, 4), (2, 2)]));
    let again = add(&storage, &drop);
    let of = |run: &Run| (ids(run), events(run));
    assert_eq!(of(&again), of(&first));
    let archive = Archive::open_in(Arc::new(storage.clone()), "past").unwrap().unwrap();
    assert_eq!(archive.n_documents(), 9);
}

#[test]
fn documents_that_were_added_without_stories_are_in_none() {
    let storage = Memory::default();
    let only_copies = Settings { only: Some(Only::Duplicates), ..settings() };
    let writer = ArchiveWriter::open_in(Arc::new(storage.clone()), "past", &only_copies, None).unwrap();
    let corpus = corpus(&day(1, &[(1, 1), (1, 2)]));
    let recalled = writer.archive().recall(&corpus, &only_copies, &Silent).unwrap();
    let run = run_with(corpus, &only_copies, &recalled.context, &Silent).unwrap();
    writer.add(&run, &recalled).unwrap().unwrap().commit().unwrap();
    let later = add(&storage, &day(2, &[(1, 3), (1, 4)]));
    assert!(later.known.stories.events.iter().all(|event| event.event == Event::Born));
    assert_eq!(exported(&storage, ExportTable::Stories).lines().count(), 2);
}
