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
    let rows = rows(leads, &weights, &corpus, sets);
    let neighbors =
        neighbors::find(&rows, neighbors::Search::for_stories(&Settings::default()), None, &Silent);
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
fn of_two_equally_central_documents_the_earlier_speaks_for_the_story() {
    let cases = [
        ([Some("2020-01-02"), Some("2020-01-01")], 1),
        ([Some("2020-01-01"), Some("2020-01-02")], 0),
        ([None, Some("2020-01-02")], 1),
        ([None, None], 0),
    ];
    for (dates, expected) in cases {
        let texts: Vec<Text> =
            QUAKE.iter().zip(dates).map(|(text, date)| Text(text, date, "en", Status::Ok)).collect();
        let stories = find_in(&texts, &[], &Settings::default());
        assert_eq!(members(&stories), [vec![0, 1]]);
        assert_eq!(stories[0].representative, DocId(expected), "{dates:?}");
    }
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
fn texts_without_a_word_that_counts_are_stories_of_one() {
    let texts: Vec<Text> = ["of the and", "of the and", "it was", "!!!"].into_iter().map(plain).collect();
    let stories = find_in(&texts, &[], &Settings::default());
    assert_eq!(members(&stories), [vec![0], vec![1], vec![2], vec![3]]);
    for story in &stories {
        assert_eq!((story.cohesion, story.weakest_link), (1.0, 1.0));
        assert_eq!((story.nearest, story.shortfall), (None, None));
    }
}

#[test]
fn a_date_that_is_missing_or_in_the_year_9999_breaks_nothing() {
    let dated = |date| Text(QUAKE[0], date, "en", Status::Ok);
    let texts = [
        dated(Some("2020-01-01")),
        dated(None),
        dated(Some("9999-12-31")),
        dated(Some("9999-12-31T23:59:59Z")),
        dated(Some("0001-01-01")),
        dated(Some("2020-02-31")),
        dated(Some("soon")),
    ];
    let settings = Settings { story_threshold: Some(0.5), ..Settings::default() };
    let stories = find_in(&texts, &[], &settings);
    let together = |a: u32, b: u32| {
        stories.iter().any(|story| [a, b].iter().all(|&place| story.members.contains(&DocId(place))))
    };
    assert!(together(2, 3), "one day");
    assert!(!together(0, 2) && !together(0, 4) && !together(2, 4), "eight thousand years apart");
    assert!([0, 2, 4].iter().any(|&dated| together(1, dated)), "a text without a date goes with its like");
    for story in &stories {
        assert!(story.cohesion.is_finite() && story.weakest_link.is_finite());
        assert!(story.shortfall.is_none_or(|shortfall| (0.0..=1.0).contains(&shortfall)));
    }
}

#[test]
fn half_empty_documents_change_nothing_for_the_rest() {
    let full: Vec<Text> = QUAKE.iter().chain(&ELECTION).map(|text| plain(text)).collect();
    let alone = members(&find_in(&full, &[], &Settings::default()));
    let half: Vec<Text> = QUAKE
        .iter()
        .chain(&ELECTION)
        .flat_map(|text| [plain(text), Text("", None, "en", Status::Empty)])
        .collect();
    let doubled: Vec<Vec<u32>> =
        alone.iter().map(|story| story.iter().map(|place| 2 * place).collect()).collect();
    assert_eq!(members(&find_in(&half, &[], &Settings::default())), doubled);
}

#[test]
fn names_in_common_do_not_join_two_languages() {
    const SPANISH: [&str; 3] = [
        "Un terremoto de magnitud siete sacudió Antofagasta; rescatistas de Antofagasta buscan entre escombros.",
        "Rescatistas buscan sobrevivientes en Antofagasta tras un terremoto de magnitud siete.",
        "Antofagasta: terremoto de magnitud siete, rescatistas entre los escombros.",
    ];
    let mut texts: Vec<Text> = QUAKE.iter().map(|text| plain(text)).collect();
    texts.extend(SPANISH.map(|text| Text(text, None, "es", Status::Ok)));
    let mut found = members(&find_in(&texts, &[], &Settings::default()));
    found.sort();
    assert_eq!(found, [vec![0, 1, 2], vec![3, 4, 5]]);
}

#[test]
fn the_nearest_story_is_told_with_what_the_link_lacks() {
    let mut texts: Vec<Text> = QUAKE.iter().chain(&ELECTION).map(|text| plain(text)).collect();
    texts.push(plain("The violinist recorded seven sonatas by Brahms in a wooden church outside Oslo."));
    let stories = find_in(&texts, &[], &Settings::default());
    let of = |place: u32| stories.iter().find(|story| story.members.contains(&DocId(place))).unwrap();
    assert_eq!(of(6).members, [DocId(6)]);
    let (name, cosine) = of(6).nearest.unwrap();
    assert_eq!(name, of(0).name);
    assert!(cosine > 0.0 && cosine < of(0).weakest_link);
    let shortfall = of(6).shortfall.unwrap();
    assert!(shortfall > 0.0 && shortfall < 1.0, "{shortfall}");
    // Where the cut is a mean cosine, the two figures say the same.
    let settings = Settings { story_threshold: Some(0.4), ..Settings::default() };
    let stories = find_in(&texts, &[], &settings);
    for story in stories.iter().filter(|story| story.members.len() == 1) {
        let ((_, cosine), shortfall) = (story.nearest.unwrap(), story.shortfall.unwrap());
        assert!((f64::from(cosine) - 0.4 * (1.0 - f64::from(shortfall))).abs() < 1e-3);
    }
}

#[test]
fn what_time_parts_does_not_meet_in_a_story_without_dates() {
    // Ten undated texts of one story take in short texts at their edge, but none that is years from another.
    let mut texts: Vec<Text> = (0..10).map(|place| plain(QUAKE[place % 3])).collect();
    let edges = ["2012-06-01", "2018-06-29", "2019-08-15"].map(|date| {
        let of_its_own: Vec<String> = (0..3).map(|word| format!("w{}x{word}", &date[..4])).collect();
        (date, format!("rubble {}", of_its_own.join(" ")))
    });
    texts.extend(edges.iter().map(|(date, text)| Text(text, Some(date), "en", Status::Ok)));
    texts.extend(ELECTION.map(plain));
    let stories = find_in(&texts, &[], &Settings::default());
    let quake = stories.iter().find(|story| story.members.contains(&DocId(0))).unwrap();
    let dated = quake.members.iter().filter(|member| (10..13).contains(&member.0)).count();
    assert_eq!((quake.members.len() - dated, dated), (10, 1));
}

#[test]
fn the_order_of_the_documents_does_not_matter() {
    let texts: Vec<&str> = QUAKE.iter().chain(&ELECTION).copied().collect();
    let in_order = |order: &[usize]| {
        let mixed: Vec<Text> = order.iter().map(|&place| plain(texts[place])).collect();
        let stories = find_in(&mixed, &[], &Settings::default());
        let mut found: Vec<(Vec<usize>, String)> = stories
            .iter()
            .map(|story| {
                let mut members: Vec<usize> =
                    story.members.iter().map(|member| order[member.index()]).collect();
                members.sort_unstable();
                (members, format!("{:.4} {:.4} {:.3?}", story.cohesion, story.weakest_link, story.shortfall))
            })
            .collect();
        found.sort();
        found
    };
    let expected = in_order(&[0, 1, 2, 3, 4, 5]);
    for order in [[5, 4, 3, 2, 1, 0], [2, 5, 0, 3, 1, 4], [3, 0, 4, 1, 5, 2]] {
        assert_eq!(in_order(&order), expected);
    }
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
