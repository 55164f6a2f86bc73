use super::*;
use crate::clusters::{Member, Role};
use crate::corpus::Language;
use crate::corpus::TextStore;
use crate::pairs::neighbors;
use crate::progress::Silent;
use crate::tokens::{self, WordMask};
use crate::vectors;
use crate::{Context, pairs};

/// A text with the date, source, language and status it is read with.
struct Text<'a>(&'a str, Option<&'a str>, &'a str, Status);

fn plain(text: &str) -> Text<'_> {
    Text(text, None, "en", Status::Ok)
}

fn find_in(texts: &[Text], sets: &[DuplicateSet], settings: &Settings) -> Vec<Story> {
    let document = |(place, text): (usize, &Text)| Document {
        id: format!("{place:03}"),
        path: String::new(),
        line: None,
        url: None,
        title: None,
        title_span: None,
        date: text.1.map(str::to_owned),
        source: Some(format!("source {}", place % 2)),
        language: Language::from_code(text.2).unwrap(),
        status: text.3,
        set_aside: Vec::new(),
        extra: serde_json::Map::default(),
    };
    let corpus = Corpus {
        documents: texts.iter().enumerate().map(document).collect(),
        texts: TextStore::in_memory(texts.iter().map(|text| text.0.into()).collect()),
        ..Corpus::default()
    };
    let tokens = tokens::read(&corpus, &Silent);
    let terms = tokens::terms::learn(&tokens, &corpus.documents);
    let none = WordMask::none(tokens.bodies.words.len());
    let counts = vectors::count(&tokens, &terms, &none);
    let weights = vectors::learn_weights(&counts, &terms, &Context::default(), settings.story_full_drop);
    let leads = vectors::count_leads(&tokens, &terms, &none, settings.lead_words);
    let rows = rows(&leads, &weights, &corpus, sets);
    let neighbors = neighbors::find(&rows, crate::settings::STORY_NEIGHBORS, u64::MAX, &Silent);
    find(&rows, &neighbors, &corpus, sets, settings)
}

fn members(stories: &[Story]) -> Vec<Vec<u32>> {
    stories.iter().map(|story| story.members.iter().map(|member| member.0).collect()).collect()
}

const QUAKE: [&str; 3] = [
    "A strong earthquake of magnitude seven shook the port of Antofagasta; rescuers searched the rubble.",
    "Rescuers in Antofagasta dug through rubble after a magnitude seven earthquake shook the port.",
    "Earthquake: port of Antofagasta shaken, magnitude seven, rescuers search rubble for survivors.",
];
const ELECTION: [&str; 3] = [
    "Voters in Slovenia elected a new parliament on Sunday; turnout in Ljubljana was the highest in a decade.",
    "Slovenia elected its parliament on Sunday, with the highest turnout in Ljubljana for a decade.",
    "Highest turnout in a decade as Slovenia elects parliament, polling stations in Ljubljana say.",
];

#[test]
fn documents_of_two_events_make_two_stories_and_a_stranger_stays_alone() {
    let mut texts: Vec<Text> = QUAKE.iter().chain(&ELECTION).map(|text| plain(text)).collect();
    texts.push(plain("The violinist recorded sonatas by Brahms in a wooden church outside Oslo."));
    let stories = find_in(&texts, &[], &Settings::default());
    let mut found = members(&stories);
    found.sort();
    assert_eq!(found, [vec![0, 1, 2], vec![3, 4, 5], vec![6]]);
    for story in &stories {
        assert_eq!(story.name, story.representative);
        assert!(story.members.contains(&story.name));
        assert!(story.weakest_link <= story.cohesion + 1e-6);
    }
    assert!(stories.is_sorted_by_key(|story| story.name));
    let alone = stories.iter().find(|story| story.members.len() == 1).unwrap();
    assert_eq!((alone.cohesion, alone.weakest_link, alone.n_distinct), (1.0, 1.0, 1));
}

#[test]
fn copies_follow_their_kept_document_and_count_once() {
    let texts: Vec<Text> =
        [QUAKE[0], QUAKE[1], QUAKE[0], QUAKE[0], ELECTION[0]].into_iter().map(plain).collect();
    let member = |document: u32, role| Member {
        document: DocId(document),
        role,
        coverage: 1.0,
        relation: (role == Role::Copy).then_some(pairs::Relation::Identical),
        reason: String::new(),
    };
    let set = DuplicateSet {
        kept: DocId(2),
        members: vec![member(0, Role::Copy), member(2, Role::Kept), member(3, Role::Copy)],
    };
    let stories = find_in(&texts, &[set], &Settings { story_threshold: Some(0.3), ..Settings::default() });
    assert_eq!(members(&stories), [vec![0, 1, 2, 3], vec![4]]);
    assert_eq!(stories[0].n_distinct, 2);
    assert_eq!(stories[0].sources, ["source 0", "source 1"]);
    assert!([DocId(1), DocId(2)].contains(&stories[0].representative));
}

#[test]
fn the_same_words_in_another_language_or_years_later_are_another_story() {
    let text = |date, language| Text(QUAKE[0], Some(date), language, Status::Ok);
    let settings = Settings { story_threshold: Some(0.5), ..Settings::default() };
    let spanish = [text("2020-01-01", "en"), text("2020-01-01", "es")];
    assert_eq!(members(&find_in(&spanish, &[], &settings)), [vec![0], vec![1]]);
    let later = [text("2020-01-01", "en"), text("2020-01-02T10:00:00Z", "en"), text("2024-01-01", "en")];
    let stories = find_in(&later, &[], &settings);
    assert_eq!(members(&stories), [vec![0, 1], vec![2]]);
    assert_eq!(stories[0].first_date.as_deref(), Some("2020-01-01"));
    assert_eq!(stories[0].last_date.as_deref(), Some("2020-01-02T10:00:00Z"));
    assert_eq!(stories[0].nearest.map(|(name, _)| name), Some(DocId(2)));
}

#[test]
fn every_text_is_in_one_story_and_an_empty_document_in_none() {
    let texts = [
        plain(QUAKE[0]),
        Text("", None, "en", Status::Empty),
        Text("Earthquake Antofagasta", None, "en", Status::TooShort),
        plain("of the and"),
        Text("broken", Some("no date"), "en", Status::NotAnArticle),
    ];
    assert_eq!(members(&find_in(&texts, &[], &Settings::default())), [vec![0], vec![2], vec![3], vec![4]]);
    assert!(find_in(&[], &[], &Settings::default()).is_empty());
    assert_eq!(members(&find_in(&texts[..1], &[], &Settings::default())), [vec![0]]);
    assert!(find_in(&texts[1..2], &[], &Settings::default()).is_empty());
}

#[test]
fn documents_all_alike_are_one_story() {
    let texts: Vec<Text> = (0..30).map(|_| plain(QUAKE[0])).collect();
    let stories = find_in(&texts, &[], &Settings::default());
    assert_eq!(stories.len(), 1);
    assert!((stories[0].cohesion - 1.0).abs() < 1e-5);
    assert_eq!(stories[0].name, DocId(0));
}

#[test]
fn the_five_seeds_are_five_stories() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/seeds");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let texts: Vec<String> = paths.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    let texts: Vec<Text> = texts.iter().map(|text| plain(text)).collect();
    let stories = find_in(&texts, &[], &Settings::default());
    assert_eq!(stories.len(), 5);
    assert_eq!(stories[0].nearest.map(|(name, _)| name), Some(DocId(1)));
}
