//! What themes promise, on the seeds and on drops made for the purpose.

use samestory::clusters::{Phrases, Theme, Themes, themes};
use samestory::corpus::{Corpus, DocId, Document, Language, SetAside, Status, TextStore};
use samestory::pairs::{Neighbor, Neighbors};
use samestory::progress::Silent;
use samestory::tokens::{self, WordMask};
use samestory::vectors::{self, TfIdfMatrix};
use samestory::{Context, Settings};

/// Page furniture of the seeds, as the corpus room sets it aside.
const FURNITURE: [(usize, u32, u32); 7] = [
    (3, 56, 73),
    (4, 74, 104),
    (4, 6346, 6376),
    (4, 6377, 6393),
    (4, 6395, 6471),
    (4, 6473, 6485),
    (4, 6487, 6553),
];

fn corpus(texts: Vec<String>) -> Corpus {
    let document = |place: usize| Document {
        id: format!("{place:05}"),
        path: String::new(),
        line: None,
        url: None,
        title: None,
        title_span: None,
        date: None,
        source: None,
        language: Language::from_code("en").unwrap(),
        status: Status::Ok,
        set_aside: Vec::new(),
        extra: serde_json::Map::default(),
    };
    Corpus {
        documents: (0..texts.len()).map(document).collect(),
        texts: TextStore::in_memory(texts.into_iter().map(String::into_boxed_str).collect()),
        ..Corpus::default()
    }
}

fn seeds() -> Corpus {
    let mut paths: Vec<_> = std::fs::read_dir("seeds").unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let mut corpus = corpus(paths.iter().map(|path| std::fs::read_to_string(path).unwrap()).collect());
    for (document, begin, end) in FURNITURE {
        corpus.documents[document].set_aside.push(SetAside { bytes: begin..end, reason: "furniture" });
    }
    corpus
}

fn find(corpus: &Corpus, wanted: Option<usize>, kept_of: Option<Vec<DocId>>) -> Themes {
    let tokens = tokens::read(corpus, &Silent);
    let terms = tokens::terms::learn(&tokens, &corpus.documents);
    let mask = WordMask::none(tokens.bodies.words.len());
    let counts = vectors::count(&tokens, &terms, &mask);
    let weights = vectors::learn_weights(&counts, &terms, &Context::default(), 1000);
    let matrix = vectors::weigh(counts, &weights);
    let kept_of = kept_of.unwrap_or_else(|| (0..corpus.documents.len() as u32).map(DocId).collect());
    let phrases = Phrases::learn(corpus, &tokens, &terms, &mask);
    let settings = Settings { themes: wanted, ..Settings::default() };
    let grouped = themes::group(&matrix, &neighbors(&matrix), &kept_of, &settings);
    themes::describe(grouped, &kept_of, &phrases, &settings)
}

fn neighbors(matrix: &TfIdfMatrix) -> Neighbors {
    let mut found = Neighbors { begins: vec![0], ..Neighbors::default() };
    for left in 0..matrix.n_documents() {
        let mut near: Vec<Neighbor> = (0..matrix.n_documents())
            .filter(|&right| right != left)
            .map(|right| Neighbor {
                document: DocId(right as u32),
                cosine: vectors::cosine(matrix.row(left), matrix.row(right)),
            })
            .filter(|neighbor| neighbor.cosine > 0.0)
            .collect();
        near.sort_by(|a, b| b.cosine.total_cmp(&a.cosine).then(a.document.cmp(&b.document)));
        found.neighbors.extend(near.into_iter().take(20));
        found.begins.push(found.neighbors.len());
    }
    found
}

/// A number below `n` that looks drawn by chance.
fn draw(document: usize, place: usize, n: usize) -> usize {
    let mixed = ((document as u64) << 8 | place as u64).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    ((mixed ^ mixed >> 31).wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40) as usize % n
}

/// `n` documents on `k` subjects, each subject with words of its own among words of all.
fn blocks(n: usize, k: usize) -> Vec<String> {
    let word = |subject: usize, number: usize| {
        let letter = |x: usize| char::from(b'a' + (x % 26) as u8);
        format!(
            "{}{}r{}{}x",
            letter(subject),
            letter(subject * 7 + 3),
            letter(number),
            letter(number * 5 + 1)
        )
    };
    (0..n)
        .map(|document| {
            let subject = document % k;
            let own = (0..12).map(|x| word(subject, draw(document, x, 23)));
            let common = (0..8).map(|x| word(25, draw(document, x + 50, 24)));
            own.zip(common.cycle())
                .map(|(own, common)| format!("{own} and {common}"))
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect()
}

fn members(theme: &Theme) -> Vec<u32> {
    let mut members: Vec<u32> = theme.documents.iter().map(|entry| entry.0.0).collect();
    members.sort_unstable();
    members
}

#[test]
fn the_seeds_have_the_themes_a_reader_sees() {
    let found = find(&seeds(), None, None);
    let expected: [(&[&str], &[u32]); 4] = [
        (&["ASEAN", "Asia-Pacific"], &[0, 1, 2, 3]),
        (&["security architecture"], &[1, 2, 3]),
        (&["Kolokoltsev", "law enforcement"], &[0, 1, 4]),
        (&["Interpol"], &[0, 4]),
    ];
    for (phrases, documents) in expected {
        let is_it = |theme: &&Theme| {
            phrases.iter().all(|phrase| theme.label.contains(phrase)) && members(theme) == documents
        };
        assert!(found.themes.iter().any(|theme| is_it(&theme)), "no theme {phrases:?} of {documents:?}");
    }
    let main: Vec<u32> = found.main.iter().map(|main| main.unwrap()).collect();
    assert!(main[0] == main[1] && main[2] == main[3] && main[4] != main[2], "{main:?}");
    let forbidden = [
        "volleyball", "olympics", "donetsk", "tank", "summary", "article", "dear", "said", "according", "gb1",
    ];
    for theme in &found.themes {
        for (term, _) in &theme.terms {
            let folded = term.to_lowercase();
            assert!(!folded.split(' ').any(|word| forbidden.contains(&word)), "{term}");
        }
    }
}

#[test]
fn a_label_has_no_twins_and_no_function_words_at_its_ends() {
    let corpus = seeds();
    let tokens = tokens::read(&corpus, &Silent);
    let terms = tokens::terms::learn(&tokens, &corpus.documents);
    let mask = WordMask::none(tokens.bodies.words.len());
    let phrases = Phrases::learn(&corpus, &tokens, &terms, &mask);
    let stop_words = tokens::terms::stop_words(Language::from_code("en").unwrap());
    for members in [vec![0], vec![4], vec![0, 1], vec![0, 1, 2, 3, 4]] {
        let members: Vec<DocId> = members.into_iter().map(DocId).collect();
        let label = phrases.label(&members, 6);
        assert_eq!(label, phrases.label(&members, 6));
        assert!(!label.is_empty() && label.windows(2).all(|pair| pair[0].1 >= pair[1].1));
        let mut seen: Vec<String> = Vec::new();
        for (phrase, _) in &label {
            let words: Vec<String> = phrase.split([' ', '-']).map(str::to_lowercase).collect();
            assert!(
                !stop_words.contains(&words[0]) && !stop_words.contains(&words[words.len() - 1]),
                "{phrase}"
            );
            for word in words.into_iter().filter(|word| !stop_words.contains(word)) {
                assert!(!seen.contains(&word), "{word} twice in {label:?}");
                seen.push(word);
            }
        }
    }
}

#[test]
fn separate_subjects_are_separate_themes_and_their_number_is_found() {
    let found = find(&corpus(blocks(120, 4)), None, None);
    assert_eq!(found.themes.len(), 4, "{}", found.method);
    for document in 4..120 {
        assert_eq!(found.main[document], found.main[document % 4]);
    }
    assert!(found.themes.iter().all(|theme| theme.coherence > 0.0 && !theme.label.is_empty()));
}

#[test]
fn as_many_themes_as_asked() {
    let drop = corpus(blocks(90, 3));
    for k in [1, 2, 7, 90] {
        assert_eq!(find(&drop, Some(k), None).themes.len(), k);
    }
    let found = find(&drop, Some(1000), None);
    assert!(found.themes.len() <= 90 && found.method.contains("1000 were asked for"), "{}", found.method);
    assert_eq!(find(&seeds(), Some(2), None).themes.len(), 2);
    assert_eq!(find(&seeds(), Some(1), None).main, vec![Some(0); 5]);
}

#[test]
fn nothing_at_all_alone_and_all_alike_do_no_harm() {
    let none = find(&corpus(vec![String::new(); 40]), None, None);
    assert!(none.themes.is_empty() && none.main == vec![None; 40]);
    let one =
        find(&corpus(vec!["The harbor bridge in Aberdeen was closed on Monday.".to_owned()]), None, None);
    assert_eq!((one.themes.len(), one.main), (1, vec![Some(0)]));
    let alike = find(&corpus(vec!["The harbor bridge in Aberdeen was closed.".to_owned(); 50]), None, None);
    assert!(alike.main.iter().all(Option::is_some) && !alike.themes.is_empty());
    let alike = corpus(vec!["The harbor bridge in Aberdeen was closed.".to_owned(); 50]);
    assert!(find(&alike, Some(7), None).main.iter().all(Option::is_some));
}

#[test]
fn documents_without_terms_are_in_no_theme_and_change_nothing_for_the_others() {
    let texts = blocks(90, 3);
    let alone = find(&corpus(texts.clone()), None, None);
    let with_empty = find(
        &corpus(
            texts
                .into_iter()
                .chain(vec!["It is not what they were, and so it was.".to_owned(); 20])
                .collect(),
        ),
        None,
        None,
    );
    assert_eq!(with_empty.main[90..], vec![None; 20]);
    assert_eq!(with_empty.themes.len(), alone.themes.len());
    assert!(with_empty.themes.iter().all(|theme| theme.documents.iter().all(|entry| entry.1.is_finite())));
}

#[test]
fn themes_do_not_cross_languages_for_a_few_shared_names() {
    let mut texts = blocks(60, 2);
    // The same subjects in other words: only the names are common to both languages.
    texts.extend(blocks(60, 2).into_iter().map(|text| {
        text.split(' ')
            .map(|word| if word == "and" { "y".to_owned() } else { format!("{word}dad") })
            .collect::<Vec<_>>()
            .join(" ")
    }));
    for (document, text) in texts.iter_mut().enumerate() {
        text.push_str(["; Zurbaran", "; Okonkwo"][document % 2]);
    }
    let mut drop = corpus(texts);
    for document in &mut drop.documents[60..] {
        document.language = Language::from_code("es").unwrap();
    }
    let found = find(&drop, None, None);
    assert_eq!(found.themes.len(), 4, "{}", found.method);
    for theme in &found.themes {
        let spanish = theme.documents.iter().filter(|entry| entry.0.index() >= 60).count();
        assert!(spanish == 0 || spanish == theme.documents.len(), "{}", theme.label);
        let in_language = |term: &str| {
            ["zurbaran", "okonkwo"].contains(&term.to_lowercase().as_str())
                || term.contains("dad") == (spanish > 0)
        };
        assert!(theme.terms.iter().all(|(term, _)| in_language(term)), "{:?}", theme.terms);
    }
}

#[test]
fn a_copy_gets_the_themes_of_the_document_that_is_kept() {
    let mut texts = blocks(60, 3);
    texts.push(texts[5].clone());
    let mut kept_of: Vec<DocId> = (0..61).map(DocId).collect();
    kept_of[60] = DocId(5);
    let found = find(&corpus(texts), Some(3), Some(kept_of));
    assert_eq!(found.main[60], found.main[5]);
    let theme = &found.themes[found.main[5].unwrap() as usize];
    let weight =
        |document| theme.documents.iter().find(|entry| entry.0 == DocId(document)).map(|entry| entry.1);
    assert!(weight(60).is_some() && weight(60) == weight(5));
}

#[test]
fn one_thread_and_many_find_the_same_themes() {
    let drop = corpus(blocks(700, 6));
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| find(&drop, None, None))
    };
    assert_eq!(on(1), on(3));
}

/// Labels of the first `n` of some texts.
fn label_of(texts: &[&str], n: usize) -> Vec<String> {
    let corpus = corpus(texts.iter().map(|text| (*text).to_owned()).collect());
    let tokens = tokens::read(&corpus, &Silent);
    let terms = tokens::terms::learn(&tokens, &corpus.documents);
    let mask = WordMask::none(tokens.bodies.words.len());
    let phrases = Phrases::learn(&corpus, &tokens, &terms, &mask);
    let members: Vec<DocId> = (0..n as u32).map(DocId).collect();
    phrases.label(&members, 8).into_iter().map(|(phrase, _)| phrase).collect()
}

const BROKERS: [&str; 5] = [
    "The brokers at Drexel Burnham Lambert raised their stake by 12 pct on Monday, the firm told regulators.",
    "A lawyer for Drexel Burnham Lambert said that the Japanese brokers had paid 30 pct of the fine in March.",
    "In Japan the former head of Drexel Burnham Lambert met Mr Takeshita, and shares fell 4 pct on the day.",
    "The orchestra played in the old town hall, and the choir sang until late in the evening.",
    "Farmers in the valley wait for rain, and the harvest of barley may fail for a second year.",
];

#[test]
fn a_name_stands_whole_in_a_label_and_units_titles_and_dates_do_not_stand_in_it() {
    let label = label_of(&BROKERS, 3);
    assert!(label.contains(&"Drexel Burnham Lambert".to_owned()), "{label:?}");
    for word in ["Mr", "pct", "Monday", "March", "Burnham Lambert", "Lambert"] {
        assert!(
            !label.iter().any(|phrase| phrase == word || phrase.ends_with(" pct")),
            "{word} in {label:?}"
        );
    }
}

#[test]
fn forms_of_one_word_stand_once_in_a_label() {
    let label = label_of(&BROKERS, 3);
    assert_eq!(label.iter().filter(|phrase| phrase.contains("Japan")).count(), 1, "{label:?}");
}

#[test]
fn two_names_that_merely_meet_are_no_name() {
    let texts = [
        "Talks between Thailand and Cambodia went on for a week; Thailand wants peace, and Cambodia wants a line.",
        "Soldiers of Thailand stood on the hill. Later Cambodia sent soldiers of its own to that hill.",
        "The buyers at Smith and Wesson like wool. Last year Smith and Wesson sold more of it than ever.",
        "A shop of Smith and Wesson opened in the town, and buyers came for wool and tea.",
    ];
    let label = label_of(&texts, 2);
    assert!(
        label.iter().any(|phrase| phrase == "Cambodia")
            && label.iter().all(|phrase| !phrase.contains(" and ")),
        "{label:?}"
    );
    assert!(label_of(&[texts[2], texts[3], texts[0], texts[1]], 2).contains(&"Smith and Wesson".to_owned()));
}
