//! Runs made by hand, for the tests of this room.

use std::collections::BTreeMap;

use ndarray::Array2;

use crate::clusters::known::KnownDocuments;
use crate::clusters::{DuplicateSet, Member, Role, Story, Theme, Themes};
use crate::corpus::{
    Action, Corpus, DocId, Document, Input, Language, Problem, ReadCounts, SetAside, Status, TextStore,
};
use crate::pairs::{
    Boilerplate, BoilerplateStretch, Neighbor, NeighborMethod, Neighbors, Passage, Relation, SimilarPair,
};
use crate::run::Run;
use crate::settings::Settings;
use crate::stages::StageCost;

/// A document to be: its id, its text, its theme and its story, both by number.
pub(super) struct Made {
    pub(super) id: String,
    pub(super) text: String,
    pub(super) theme: usize,
    pub(super) story: usize,
    pub(super) title: Option<String>,
    pub(super) date: Option<String>,
    pub(super) source: Option<String>,
}

pub(super) fn made(id: &str, text: &str, theme: usize, story: usize) -> Made {
    Made { id: id.into(), text: text.into(), theme, story, title: None, date: None, source: None }
}

/// The five seeds, as a run would find them.
pub(super) fn seeds() -> Run {
    let mut all = Vec::new();
    let mut entries: Vec<_> =
        std::fs::read_dir("seeds").unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for (place, path) in entries.iter().enumerate() {
        let text = std::fs::read_to_string(path).unwrap();
        let mut one = made(path.file_stem().unwrap().to_str().unwrap(), &text, [0, 0, 1, 1, 2][place], place);
        if place >= 2 {
            one.title = text.lines().next().map(str::to_owned);
        }
        all.push(one);
    }
    let mut run = run(all, "seeds");
    let text = run.corpus.texts.text(DocId(4)).into_owned();
    let range = |wording: &str| {
        let begin = text.find(wording).unwrap() as u32;
        begin..begin + wording.len() as u32
    };
    run.corpus.documents[4].set_aside = vec![
        SetAside { bytes: range("No time to read?"), reason: "a page's button" },
        SetAside { bytes: range("Previous Article"), reason: "link to another article" },
    ];
    let wording = "stability and security in the region";
    let place = |document| run.corpus.texts.text(DocId(document)).find(wording).unwrap() as u32;
    let (a, b) = (place(0), place(1));
    let length = wording.len() as u32;
    run.pairs.push(SimilarPair {
        passages: vec![Passage { a: a..a + length, b: b..b + length, similarity: 1.0, boilerplate: false }],
        ..pair(0, 1, Relation::Reuse, 0.02)
    });
    run
}

/// Copies, excerpts and reuse.
pub(super) fn copies() -> Run {
    let one = "The harbor of Port Anselm was closed on Monday after a freighter struck the northern pier. \
        Officials said nobody was hurt, but that repairs would take weeks. The freighter, carrying grain from \
        the plains, had lost power in the night.\n\nThe mayor, Ada Holm, asked for help from the capital. \
        \u{201c}We have one pier left,\u{201d} she said, \u{201c}and the harvest is coming in.\u{201d}";
    let edited = one
        .replace("Monday", "Tuesday")
        .replace("nobody was hurt, but that ", "")
        .replace("Ada Holm", "Ada M. Holm, 54");
    let excerpt = &one[..one.find("\n\n").unwrap()];
    let other = "Grain prices rose on the exchange. The freighter, carrying grain from the plains, had lost \
        power in the night. Traders expect a shortage of berths and higher freight rates until the spring.";
    let sentence = |n| format!("Sentence number {n} says what was said before it.");
    let long = (0..700).map(sentence).collect::<Vec<_>>().join(" ");
    let long_edited = long.replace("number 350 says", "number 350 denies");
    let mut all = vec![
        made("a/port-1", one, 0, 0),
        made("a/port-2", &edited, 0, 0),
        made("b/port-3", excerpt, 0, 0),
        made("c/grain", other, 1, 1),
        made("d/long-1", &long, 2, 2),
        made("d/long-2", &long_edited, 2, 2),
        made("e/empty", "", 3, 3),
    ];
    for (place, one) in all.iter_mut().enumerate().filter(|(place, _)| *place != 6) {
        one.title = one.text.get(..40).map(str::to_owned);
        one.date = Some(format!("2024-03-{:02}", 4 + 3 * place));
        one.source = Some(["Harbor Gazette", "The Plains Courier"][place % 2].to_owned());
    }
    let mut run = run(all, "drops/port");
    let whole = |run: &Run, document: u32| 0..run.corpus.texts.text(DocId(document)).len() as u32;
    let passage = |a: std::ops::Range<u32>, b: std::ops::Range<u32>, similarity| Passage {
        a,
        b,
        similarity,
        boilerplate: false,
    };
    let sentence = "The freighter, carrying grain from the plains, had lost power in the night.";
    let find = |document: u32| {
        let begin = run.corpus.texts.text(DocId(document)).find(sentence).unwrap() as u32;
        begin..begin + sentence.len() as u32
    };
    run.pairs = vec![
        SimilarPair {
            passages: vec![passage(whole(&run, 0), whole(&run, 1), 0.93)],
            ..pair(0, 1, Relation::NearDuplicate, 0.93)
        },
        SimilarPair {
            passages: vec![passage(whole(&run, 2), whole(&run, 2), 1.0)],
            ..pair(0, 2, Relation::Contained, 1.0)
        },
        SimilarPair { passages: vec![passage(find(0), find(3), 1.0)], ..pair(0, 3, Relation::Reuse, 0.42) },
        SimilarPair {
            passages: vec![passage(whole(&run, 4), whole(&run, 5), 0.999)],
            ..pair(4, 5, Relation::NearDuplicate, 0.999)
        },
    ];
    let member = |document, role, coverage, relation, reason: &str| Member {
        document: DocId(document),
        role,
        coverage,
        relation,
        reason: reason.into(),
    };
    run.duplicate_sets = vec![
        DuplicateSet {
            kept: DocId(0),
            members: vec![
                member(0, Role::Kept, 1.0, None, "fullest content"),
                member(1, Role::Copy, 0.93, Some(Relation::NearDuplicate), "93 % of both texts is shared"),
                member(2, Role::Excerpt, 1.0, Some(Relation::Contained), "lies within the kept text"),
            ],
        },
        DuplicateSet {
            kept: DocId(4),
            members: vec![
                member(4, Role::Kept, 1.0, None, "fullest content"),
                member(5, Role::Copy, 0.999, Some(Relation::NearDuplicate), "one word differs"),
            ],
        },
    ];
    run.stories[0].n_distinct = 1;
    run.stories[2].n_distinct = 1;
    run.corpus.problems.push(Problem {
        path: "port.jsonl".into(),
        line: Some(8),
        byte_offset: Some(4711),
        code: "bad_json",
        message: "the line ends within a string; mend it or leave it out".into(),
        action: Action::Skipped,
    });
    run.corpus.counts.skipped = 1;
    run.corpus.counts.read += 1;
    run
}

/// Many documents made from the seeds' sentences.
pub(super) fn large(n: usize) -> Run {
    let mut seed_files: Vec<_> =
        std::fs::read_dir("seeds").unwrap().map(|entry| entry.unwrap().path()).collect();
    seed_files.sort();
    let sentences: Vec<Vec<String>> = seed_files
        .iter()
        .map(|path| {
            std::fs::read_to_string(path)
                .unwrap()
                .split(". ")
                .map(|sentence| sentence.trim().to_owned())
                .collect()
        })
        .collect();
    let mut state = 42_u64;
    let mut draw = |n: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % n
    };
    let mut all = Vec::new();
    for place in 0..n {
        let theme = draw(8);
        let story = if draw(3) == 0 { 60 + place } else { draw(60) };
        let pool = &sentences[theme % 5];
        let text: Vec<_> = (0..4 + draw(8)).map(|_| pool[draw(pool.len())].clone()).collect();
        let mut one = made(&format!("doc-{place:05}"), &text.join(". "), theme, story);
        one.title = Some(text[0].chars().take(70).collect());
        one.date =
            Some(format!("20{:02}-{:02}-{:02}", 22 + story % 3, 1 + (story + draw(3)) % 12, 1 + draw(28)));
        one.source = Some(format!("Outlet {}", draw(40)));
        all.push(one);
    }
    let mut run = run(all, "drops/large");
    for place in (0..n as u32 - 1).step_by(10) {
        let whole = |document| 0..run.corpus.texts.text(DocId(document)).len() as u32;
        run.pairs.push(SimilarPair {
            passages: vec![Passage {
                a: whole(place),
                b: whole(place + 1),
                similarity: 0.9,
                boilerplate: false,
            }],
            ..pair(place, place + 1, Relation::NearDuplicate, 0.9)
        });
        let member = |document, role, relation| Member {
            document: DocId(document),
            role,
            coverage: 0.9,
            relation,
            reason: "90 % of both texts is shared".into(),
        };
        run.duplicate_sets.push(DuplicateSet {
            kept: DocId(place),
            members: vec![
                member(place, Role::Kept, None),
                member(place + 1, Role::Copy, Some(Relation::NearDuplicate)),
            ],
        });
    }
    run.boilerplate.stretches = vec![BoilerplateStretch {
        text: "Sign up for our newsletter and never miss a story".into(),
        n_documents: 412,
        sources: vec!["Outlet 1".into(), "Outlet 7".into()],
    }];
    run
}

/// Words that try to be more than words.
pub(super) fn hostile() -> Run {
    let text = "</script><script>alert(1)</script> \u{1b}[31mred\u{1b}[0m <img src=x onerror=alert(2)> & \"quoted\" 'single' \
                <!-- --> ]]> {{7*7}} plus enough words to be a text of its own kind";
    let mut one = made("\"><script>alert(3)</script>", text, 0, 0);
    one.title = Some("=HYPERLINK(\"http://evil.example\",\"<b>click</b>\")\u{1b}]0;owned\u{7}".into());
    one.source = Some("<style>*{display:none}</style>".into());
    let mut two = made("../../etc/passwd", &format!("{text} again"), 0, 0);
    two.title = Some("+cmd|' /C calc'!A0\r\nsecond line".into());
    let mut run = run(vec![one, two], "<svg onload=alert(4)>");
    // The documents were sorted by id.
    run.corpus.documents[0].url = Some("javascript:alert(5)".into());
    run.corpus.documents[1].url = Some("https://news.example/a?b=\"><script>alert(6)</script>&c".into());
    let lengths: Vec<u32> =
        (0..2).map(|document| run.corpus.texts.text(DocId(document)).len() as u32).collect();
    run.pairs.push(SimilarPair {
        reason: "<script>alert(7)</script>\u{1b}[2J".into(),
        passages: vec![Passage { a: 0..lengths[0], b: 0..lengths[1], similarity: 0.9, boilerplate: false }],
        ..pair(0, 1, Relation::Reuse, 0.9)
    });
    run.stories[0].label = "@SUM(1+1)*cmd <script>alert(8)</script>\u{1b}[1m".into();
    run.themes.themes[0].label = "</title><script>alert(9)</script>".into();
    run.corpus.problems.push(Problem {
        path: "<script>alert(10)</script>".into(),
        line: None,
        byte_offset: None,
        code: "bad_json",
        message: "\u{1b}[31m<iframe src=//evil.example>".into(),
        action: Action::Repaired,
    });
    run.warnings.push("<script>alert(11)</script>\u{1b}[31m".into());
    run
}

fn pair(a: u32, b: u32, relation: Relation, coverage: f32) -> SimilarPair {
    SimilarPair {
        a: DocId(a),
        b: DocId(b),
        relation,
        cosine: Some(0.812_34),
        jaccard: 0.5,
        coverage_a: coverage,
        coverage_b: coverage,
        score: Some(coverage),
        longest_passage: 17,
        reason: "shared passages cover both".into(),
        passages: Vec::new(),
    }
}

/// Everything that follows from the documents: plain cosines of word counts, themes and stories as told.
pub(super) fn run(mut all: Vec<Made>, input: &str) -> Run {
    all.sort_by(|p, q| p.id.cmp(&q.id));
    let n = all.len();
    let documents = all.iter().map(document).collect();
    let texts: Vec<Box<str>> = all.iter().map(|one| one.text.clone().into_boxed_str()).collect();
    let n_tokens = all.iter().map(|one| one.text.split_whitespace().count() as u32).collect();
    let (neighbors, similarity) = neighbors(&all);
    let stories = stories(&all);
    let themes = themes(&all);
    Run {
        corpus: Corpus {
            documents,
            texts: TextStore::in_memory(texts),
            problems: Vec::new(),
            inputs: vec![Input {
                path: input.into(),
                n_files: 1,
                n_documents: n as u64,
                bytes: 12_345,
                hash: "0123456789abcdef".into(),
                fields: vec!["text=body".into()],
                kinds: BTreeMap::from([("JSON lines".into(), 1)]),
                encodings: BTreeMap::from([("utf-8".into(), 1)]),
            }],
            counts: ReadCounts { read: n as u64, ..ReadCounts::default() },
            ..Corpus::default()
        },
        n_tokens,
        boilerplate: Boilerplate {
            ranges: vec![Vec::new(); n],
            shares: vec![0.0; n],
            stretches: Vec::new(),
            ..Boilerplate::default()
        },
        pairs: Vec::new(),
        neighbors,
        similarity,
        terms: crate::vectors::TermTable::default(),
        duplicate_sets: Vec::new(),
        compilations: Vec::new(),
        stories,
        themes,
        warnings: Vec::new(),
        counts: BTreeMap::from([("candidate_pairs", 7)]),
        stages: vec![StageCost { stage: "read", wall_seconds: 0.25, cpu_seconds: 0.5, peak_bytes: 1 << 20 }],
        memory: crate::memory::MemoryUse::default(),
        settings: Settings::default(),
        context: "empty".into(),
        known: KnownDocuments::default(),
    }
}

fn document(one: &Made) -> Document {
    Document {
        id: one.id.clone(),
        path: "file.jsonl".into(),
        line: Some(1),
        url: None,
        title: one.title.clone(),
        title_span: None,
        date: one.date.clone(),
        source: one.source.clone(),
        language: Language::from_code("en").unwrap(),
        status: if one.text.is_empty() { Status::Empty } else { Status::Ok },
        set_aside: Vec::new(),
        extra: serde_json::Map::new(),
    }
}

fn neighbors(all: &[Made]) -> (Neighbors, Option<Array2<f32>>) {
    const STOP: [&str; 12] = ["the", "of", "and", "in", "to", "a", "on", "for", "is", "that", "with", "as"];
    let vectors: Vec<BTreeMap<String, f32>> = all
        .iter()
        .map(|one| {
            let mut counts = BTreeMap::new();
            let words = one.text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
            for word in words.map(str::to_lowercase).filter(|word| !STOP.contains(&word.as_str())) {
                *counts.entry(word).or_insert(0.0) += 1.0;
            }
            counts
        })
        .collect();
    let norm = |v: &BTreeMap<String, f32>| v.values().map(|x| x * x).sum::<f32>().sqrt().max(1e-9);
    let norms: Vec<f32> = vectors.iter().map(norm).collect();
    let n = all.len();
    let mut method = Neighbors { begins: vec![0], neighbors: Vec::new(), method: NeighborMethod::Exact };
    let mut matrix = Array2::zeros((n.min(500), n.min(500)));
    for i in 0..n {
        let near = if n > 500 { i.saturating_sub(15)..(i + 15).min(n) } else { 0..n };
        let mut found: Vec<Neighbor> = near
            .filter(|&j| j != i)
            .map(|j| {
                let dot: f32 =
                    vectors[i].iter().filter_map(|(word, x)| Some(x * vectors[j].get(word)?)).sum();
                Neighbor { document: DocId(j as u32), cosine: (dot / norms[i] / norms[j]).min(1.0) }
            })
            .filter(|neighbor| neighbor.cosine > 0.0)
            .collect();
        if n <= 500 {
            matrix[(i, i)] = 1.0;
            for neighbor in &found {
                matrix[(i, neighbor.document.index())] = neighbor.cosine;
            }
        }
        found.sort_by(|p, q| q.cosine.total_cmp(&p.cosine).then(p.document.cmp(&q.document)));
        found.truncate(10);
        method.neighbors.extend(found);
        method.begins.push(method.neighbors.len());
    }
    (method, (n <= 500).then_some(matrix))
}

fn stories(all: &[Made]) -> Vec<Story> {
    let mut groups: BTreeMap<usize, Vec<DocId>> = BTreeMap::new();
    for (place, one) in all.iter().enumerate().filter(|(_, one)| !one.text.is_empty()) {
        groups.entry(one.story).or_default().push(DocId(place as u32));
    }
    let mut stories: Vec<Story> = groups
        .into_values()
        .map(|members| {
            let of = |f: &dyn Fn(&Made) -> Option<String>| {
                let mut found: Vec<String> = members.iter().filter_map(|id| f(&all[id.index()])).collect();
                found.sort();
                found.dedup();
                found
            };
            let dates = of(&|one| one.date.clone());
            let first = &all[members[0].index()];
            Story {
                name: members[0],
                label: first.text.split_whitespace().skip(1).take(4).collect::<Vec<_>>().join(" "),
                n_distinct: members.len() as u32,
                first_date: dates.first().cloned(),
                last_date: dates.last().cloned(),
                sources: of(&|one| one.source.clone()),
                representative: members[0],
                cohesion: if members.len() == 1 { 1.0 } else { 0.61 },
                weakest_link: 0.5,
                nearest: None,
                shortfall: None,
                nearest_strength: None,
                weakest_joint: None,
                needed_strength: 0.85,
                theme: Some(first.theme as u32),
                keyphrases: first.text.split_whitespace().take(6).map(str::to_owned).collect(),
                members,
            }
        })
        .collect();
    stories.sort_by_key(|story| story.name);
    let names: Vec<DocId> = stories.iter().map(|story| story.name).collect();
    for (place, story) in stories.iter_mut().enumerate() {
        story.nearest =
            names.get((place + 1) % names.len()).filter(|name| **name != story.name).map(|n| (*n, 0.12));
        story.shortfall = story.nearest.map(|_| 0.5);
    }
    stories
}

fn themes(all: &[Made]) -> Themes {
    let n = all.len();
    let n_themes = all.iter().map(|one| one.theme + 1).max().unwrap_or(0);
    let theme = |number: usize| {
        let documents: Vec<_> = all
            .iter()
            .enumerate()
            .filter(|(_, one)| one.theme == number && !one.text.is_empty())
            .map(|(place, _)| (DocId(place as u32), 0.9 - 0.01 * (place % 60) as f32))
            .collect();
        let words: Vec<String> = documents
            .first()
            .map(|(id, _)| {
                all[id.index()].text.split_whitespace().skip(2).take(8).map(str::to_owned).collect()
            })
            .unwrap_or_default();
        Theme {
            name: (number + 1).to_string(),
            label: words.iter().take(3).cloned().collect::<Vec<_>>().join(", "),
            terms: words
                .into_iter()
                .enumerate()
                .map(|(place, word)| (word, 0.9 - 0.1 * place as f32))
                .collect(),
            documents,
            coherence: 0.312_56,
            children: Vec::new(),
        }
    };
    Themes {
        themes: (0..n_themes).map(theme).collect(),
        main: all.iter().map(|one| (!one.text.is_empty()).then_some(one.theme as u32)).collect(),
        map: (0..n).map(|place| Some([place as f32 / n.max(1) as f32, (place % 7) as f32 / 7.0])).collect(),
        method: "The number of themes was chosen by how stable they are.".into(),
    }
}
