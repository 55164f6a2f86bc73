//! The five seeds from end to end, through the library: what a careful reader would say of exactly these documents.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use samestory::clusters::Theme;
use samestory::corpus::Status;
use samestory::pairs::{NeighborMethod, Relation};
use samestory::{Corpus, DocId, Run, Settings};

const IDS: [&str; 5] = [
    "000_0025b1bf28a8db73", "001_ab595d31eba652bd", "002_a042c7e17330f192", "003_291597897957832c",
    "004_805edcfbf3506a1d",
];

/// The run, and the folder it wrote: file name to content.
static SEEDS: LazyLock<(Run, BTreeMap<String, String>)> = LazyLock::new(|| {
    let settings = Settings::default();
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds");
    let run = samestory::run(Corpus::read(&[seeds], &settings).unwrap(), &settings).unwrap();
    let folder = tempfile::tempdir().unwrap();
    run.write(folder.path().join("seeds")).unwrap();
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder.path().join("seeds")).unwrap() {
        let path = entry.unwrap().path();
        if let Ok(text) = std::fs::read_to_string(&path) {
            files.insert(path.file_name().unwrap().to_str().unwrap().to_owned(), text);
        }
    }
    (run, files)
});

fn run() -> &'static Run {
    &SEEDS.0
}

fn file(name: &str) -> &'static str {
    &SEEDS.1[name]
}

/// The seeds by number.
fn numbers(documents: impl IntoIterator<Item = DocId>) -> BTreeSet<u32> {
    documents.into_iter().map(|document| document.0).collect()
}

#[test]
fn five_documents_are_read_and_all_are_compared() {
    let corpus = &run().corpus;
    assert_eq!(corpus.documents.iter().map(|document| document.id.as_str()).collect::<Vec<_>>(), IDS);
    assert!(corpus.documents.iter().all(|document| document.status == Status::Ok));
    assert!(corpus.documents.iter().all(|document| document.language.code() == "en"));
    assert_eq!((corpus.counts.read, corpus.counts.skipped, corpus.counts.repeated), (5, 0, 0));
    assert_eq!(run().n_tokens, [339, 565, 317, 369, 949]);
    assert!(corpus.problems.is_empty());
    assert_eq!(file("problems.jsonl"), "");
    assert!(run().warnings.is_empty(), "{:?}", run().warnings);
}

#[test]
fn titles_are_the_first_lines_of_those_that_have_one() {
    let titles: Vec<_> = run().corpus.documents.iter().map(|document| document.title.as_deref()).collect();
    assert_eq!(
        titles,
        [
            None,
            None,
            Some("ASEAN notes the improvement in relationships with Russia"),
            Some("Press release on Foreign Ministry Collegium meeting"),
            Some("Russia presses Interpol cooperation as bans and access questions surface"),
        ]
    );
}

#[test]
fn nothing_is_a_copy_and_everything_is_kept() {
    assert!(run().duplicate_sets.is_empty());
    assert!(run().compilations.is_empty());
    let listed: Vec<_> =
        run().pairs.iter().filter(|pair| pair.relation != Relation::SameStory).map(|p| (p.a, p.b)).collect();
    assert!(listed.is_empty(), "{listed:?}");
    assert_eq!(file("keep.txt"), IDS.map(|id| format!("{id}\n")).concat());
    assert_eq!(file("drop.txt"), "");
    assert_eq!(file("duplicates.csv").lines().count(), 1);
}

#[test]
fn five_stories_of_one_document_each() {
    assert_eq!(run().stories.len(), 5);
    for story in &run().stories {
        assert_eq!((story.members.len(), story.n_distinct), (1, 1));
        assert_eq!(story.members, [story.name]);
        assert!(!story.label.is_empty());
    }
    // Two events of one ministry: near, and not the same.
    for (story, nearest) in [(0, 1), (1, 0)] {
        if let Some((name, _)) = run().stories[story].nearest {
            assert_eq!(name, DocId(nearest));
        }
    }
}

#[test]
fn the_ten_cosines_stand_in_their_order() {
    assert_eq!(run().neighbors.method, NeighborMethod::Exact);
    let matrix = run().similarity.as_ref().expect("five documents have a matrix");
    let mut pairs: Vec<(usize, usize)> = (0..5).flat_map(|a| (a + 1..5).map(move |b| (a, b))).collect();
    pairs.sort_by(|p, q| matrix[*q].total_cmp(&matrix[*p]));
    assert_eq!(pairs[0], (0, 1), "{pairs:?}");
    assert_eq!(BTreeSet::from([pairs[6], pairs[7]]), BTreeSet::from([(0, 4), (1, 4)]), "{pairs:?}");
    assert_eq!(&pairs[8..], [(3, 4), (2, 4)], "{pairs:?}");
    // Nobody is left without his nearest others.
    assert!((0..5).all(|id| run().neighbors.of(DocId(id)).len() == 4));
}

fn all_themes() -> Vec<&'static Theme> {
    fn collect(themes: &'static [Theme], all: &mut Vec<&'static Theme>) {
        for theme in themes {
            all.push(theme);
            collect(&theme.children, all);
        }
    }
    let mut all = Vec::new();
    collect(&run().themes.themes, &mut all);
    all
}

/// There is a theme with exactly these members whose label has one of these words; `perhaps` may be a member too.
fn check_theme(words: &[&str], members: &[u32], perhaps: &[u32]) {
    let wanted: BTreeSet<u32> = members.iter().copied().collect();
    let found = all_themes().into_iter().any(|theme| {
        let label = theme.label.to_lowercase();
        let mut others = numbers(theme.documents.iter().map(|(document, _)| *document));
        others.retain(|number| wanted.contains(number) || !perhaps.contains(number));
        words.iter().any(|word| label.contains(word)) && others == wanted
    });
    let themes: Vec<_> = all_themes()
        .into_iter()
        .map(|theme| (&theme.label, numbers(theme.documents.iter().map(|(document, _)| *document))))
        .collect();
    assert!(found, "no theme on {words:?} with members {wanted:?} among {themes:#?}");
}

#[test]
fn the_four_great_themes_are_found_with_their_members() {
    check_theme(&["asia-pacific", "asean-russia", "russia-asean", "asean"], &[0, 1, 2, 3], &[]);
    check_theme(&["security architecture"], &[1, 2, 3], &[0]);
    check_theme(&["police", "law enforcement", "law-enforcement", "kolokoltsev"], &[0, 1, 4], &[]);
    check_theme(&["interpol"], &[0, 4], &[]);
}

#[test]
fn main_themes_divide_the_documents_as_a_reader_would() {
    let mut groups: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for (document, theme) in (0..).zip(&run().themes.main) {
        groups.entry(theme.expect("every seed has a main theme")).or_default().insert(document);
    }
    let found: BTreeSet<BTreeSet<u32>> = groups.into_values().collect();
    let acceptable: [&[&[u32]]; 3] =
        [&[&[0, 1, 2, 3], &[4]], &[&[0, 1], &[2, 3], &[4]], &[&[0, 1, 4], &[2, 3]]];
    let is_acceptable = acceptable.iter().any(|groups| {
        groups.iter().map(|group| group.iter().copied().collect()).collect::<BTreeSet<BTreeSet<u32>>>()
            == found
    });
    assert!(is_acceptable, "{found:?}");
}

#[test]
fn no_label_is_made_of_furniture_or_of_words_of_reporting() {
    const NEVER: [&str; 10] = [
        "volleyball", "olympics", "donetsk", "tank", "summary", "article", "dear", "said",
        "according to him", "gb1",
    ];
    let stories = run().stories.iter().flat_map(|story| story.keyphrases.iter().chain([&story.label]));
    let themes = all_themes()
        .into_iter()
        .flat_map(|theme| theme.terms.iter().map(|term| &term.0).chain([&theme.label]));
    for label in stories.chain(themes) {
        let words: Vec<String> = label
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect();
        let line = format!(" {} ", words.join(" "));
        for never in NEVER {
            assert!(!line.contains(&format!(" {never} ")), "{label:?} has {never:?}");
        }
    }
}

#[test]
fn furniture_is_set_aside_byte_for_byte_and_shown() {
    let set_aside = |document: usize| -> Vec<(std::ops::Range<u32>, String)> {
        let text = run().corpus.texts.text(DocId(document as u32));
        run().corpus.documents[document]
            .set_aside
            .iter()
            .map(|aside| {
                (aside.bytes.clone(), text[aside.bytes.start as usize..aside.bytes.end as usize].to_owned())
            })
            .collect()
    };
    let of = |range, text: &str| (range, text.to_owned());
    for document in 0..3 {
        assert_eq!(set_aside(document), []);
    }
    assert_eq!(set_aside(3), [of(56..73, "• en-GB1 ru-RU1")]);
    let headline = "Dutch volleyball player to compete in Paris Olympics despite past conviction";
    assert_eq!(
        set_aside(4),
        [
            of(74..104, "No time to read?\nGet a summary"),
            of(6346..6376, "No time to read?\nGet a summary"),
            of(6377..6393, "Previous Article"),
            of(6395..6471, headline),
            of(6473..6485, "Next Article"),
            of(6487..6553, "South Donetsk Front: Tank-Enabled Advances and Regional Operations"),
        ]
    );
    assert!(file("report.html").contains(headline), "a reader can see what was not counted");
}

#[test]
fn the_report_says_why_there_is_no_timeline() {
    assert!(run().corpus.documents.iter().all(|document| document.date.is_none()));
    for page in ["report.html", "report.md"] {
        assert!(file(page).contains("No document has a date"), "{page}");
        assert!(file(page).contains("no timeline"), "{page}");
    }
}

#[test]
fn the_report_shows_the_wording_of_the_closest_pairs() {
    let page = file("report.html");
    for wording in [
        "peaceful settlement of disputes and", "stability and security in the region",
        "equal and indivisible security",
    ] {
        assert!(page.contains(wording), "{wording}");
    }
    // A document without a headline is known by its first words.
    let opening: String = run().corpus.texts.text(DocId(1)).chars().take(30).collect();
    assert!(page.contains(opening.trim()), "{opening}");
}
