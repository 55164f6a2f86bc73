//! Tables have their columns, pages show what was found, and hostile words stay words.

use std::fs;
use std::path::Path;

use crate::clusters::Theme;
use crate::corpus::DocId;
use crate::report::sample::{copies, hostile, large, made, run, seeds};
use crate::report::{summary, summary_json};
use crate::run::Run;

/// Writes a run and reads files of its folder.
fn written(run: &Run) -> impl Fn(&str) -> String + use<> {
    let place = tempfile::tempdir().unwrap();
    run.write(place.path().join("out")).unwrap();
    move |name| fs::read_to_string(place.path().join("out").join(name)).unwrap()
}

fn rows(table: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(table.as_bytes());
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[test]
fn tables_have_their_columns_in_order() {
    let file = written(&copies());
    for (name, columns) in [
        (
            "documents.csv",
            "id,path,line,url,title,date,source,lang,n_tokens,status,duplicate_set,role,story,theme,\
             boilerplate_share,extra,map_x,map_y",
        ),
        ("pairs.csv", "a,b,relation,cosine,jaccard,coverage_a,coverage_b,longest_passage,reason,score"),
        ("borderline.csv", "a,b,decision,value,line,decided,judgement"),
        ("passages.csv", "a,b,a_begin,a_end,b_begin,b_end,similarity,boilerplate"),
        ("neighbors.csv", "id,rank,neighbor,cosine"),
        ("similarity.csv", "id,a/port-1,a/port-2,b/port-3,c/grain,d/long-1,d/long-2,e/empty"),
        ("duplicates.csv", "set,id,role,coverage,kept,reason"),
        (
            "stories.csv",
            "story,label,size,n_distinct,first_date,last_date,sources,representative,cohesion,theme,keyphrases,\
             weakest_link,nearest,nearest_cosine,shortfall,stable_id,continues,n_archived,first_drop,first_seen",
        ),
    ] {
        let table = file(name);
        assert_eq!(table.lines().next(), Some(columns), "{name}");
        assert!(table.ends_with('\n') && !table.contains('\r'), "{name}");
    }
}

#[test]
fn rows_say_where_a_document_stands_and_are_sorted() {
    let file = written(&copies());
    let documents = rows(&file("documents.csv"));
    assert!(documents[1..].is_sorted_by_key(|row| row[0].clone()));
    assert_eq!(documents[2][10..15], ["a/port-1", "copy", "a/port-1", "1", "0.0000"]);
    assert_eq!(documents[3][11], "excerpt");
    assert_eq!(documents[4][10..12], ["", ""]);
    assert_eq!(documents[7][9..14], ["empty", "", "", "", ""]);
    let pairs = rows(&file("pairs.csv"));
    assert_eq!(pairs[1][..4], ["a/port-1", "a/port-2", "near_duplicate", "0.8123"]);
    assert_eq!(file("drop.txt"), "a/port-2\nb/port-3\nd/long-2\n");
    assert_eq!(file("keep.txt"), "a/port-1\nc/grain\nd/long-1\ne/empty\n");
    assert!(file("problems.jsonl").starts_with("{\"path\":\"port.jsonl\",\"line\":8,\"byte_offset\":4711,"));
    let themes: serde_json::Value = serde_json::from_str(&file("themes.json")).unwrap();
    assert_eq!(themes[0]["coherence"], 0.3126);
    assert_eq!(themes[0]["documents"][0], serde_json::json!({ "id": "a/port-1", "weight": 0.9 }));
}

#[test]
fn a_story_has_the_theme_of_its_documents_where_themes_nest() {
    let mut run = large(60);
    let first = run.themes.themes[0].clone();
    let narrower = |number: usize| Theme { name: format!("1.{number}"), ..first.clone() };
    run.themes.themes[0].children = vec![narrower(1), narrower(2)];
    let file = written(&run);
    let column =
        |table: &[Vec<String>], name: &str| table[0].iter().position(|column| column == name).unwrap();
    let (documents, stories) = (rows(&file("documents.csv")), rows(&file("stories.csv")));
    let (theme, of_story) = (column(&documents, "theme"), column(&stories, "theme"));
    let representative = column(&stories, "representative");
    for story in &stories[1..] {
        let document = documents.iter().find(|row| row[0] == story[representative]).unwrap();
        assert_eq!(story[of_story], document[theme], "{}", story[0]);
    }
    assert!(stories[1..].iter().any(|story| story[of_story] != "1"));
}

#[test]
fn the_command_of_a_report_has_flags_that_there_are_and_names_what_else_it_takes() {
    let mut run = copies();
    run.settings.copy_threshold = 0.7;
    run.settings.anchors = 2;
    run.known.n_archived = Some(5);
    let page = written(&run)("report.md");
    let command = page.lines().find(|line| line.starts_with("    samestory run")).unwrap();
    assert!(
        command.contains(" --copy-threshold 0.7") && command.ends_with(" --config FILE --archive DIR"),
        "{command}"
    );
    assert!(!command.contains("--anchors") && page.contains("anchors = 2; DIR is the archive"), "{page}");
    let plain = written(&copies())("report.md");
    assert!(!plain.contains("FILE") && !plain.contains("DIR"));
}

#[test]
fn texts_come_back_as_they_were() {
    let place = tempfile::tempdir().unwrap();
    let run = copies();
    run.write(place.path().join("out")).unwrap();
    let bytes = zstd::decode_all(fs::File::open(place.path().join("out/texts.jsonl.zst")).unwrap()).unwrap();
    let lines: Vec<serde_json::Value> =
        String::from_utf8(bytes).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 7);
    assert_eq!(lines[0]["text"], *run.corpus.texts.text(DocId(0)));
}

#[test]
fn no_cell_for_eyes_can_start_a_formula_and_ids_stay_as_they_are() {
    let file = written(&hostile());
    let documents = rows(&file("documents.csv"));
    assert_eq!(documents[1][0], "\"><script>alert(3)</script>");
    assert_eq!(documents[2][0], "../../etc/passwd");
    for row in &documents[1..] {
        assert!(row[4].starts_with('\'') && !row[4].contains(char::is_control), "{}", row[4]);
    }
    assert!(rows(&file("stories.csv"))[1][1].starts_with("'@SUM"));
    for title in ["=1+1", "+1", "-1", "@x", "\t=1", "\r\n-1", "\u{1b}=1"] {
        assert!(super::super::display::guarded(title).starts_with('\''), "{title:?}");
    }
    assert_eq!(super::super::display::guarded("A plain = title"), "A plain = title");
}

#[test]
fn hostile_words_cannot_run_in_the_page() {
    let page = written(&hostile())("report.html");
    assert_eq!(page.matches("<script").count(), 1);
    for tag in [
        "<script>alert", "<img", "<iframe", "<style>*", "<svg onload", "javascript:alert(5)\"", "\u{1b}",
        "\u{7}",
    ] {
        assert!(!page.contains(tag), "{tag}");
    }
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && page.contains("␛[31mred"));
    assert!(
        page.contains(
            "href=\"https://news.example/a?b=&quot;&gt;&lt;script&gt;alert(6)&lt;/script&gt;&amp;c\""
        )
    );
    assert_eq!(page.matches("</style>").count(), 1);
    assert_eq!(page.matches("</title>").count(), page.matches("<title").count());
    let markdown = written(&hostile())("report.md");
    assert!(!markdown.contains("<script") && !markdown.contains('\u{1b}'));
}

#[test]
fn the_page_needs_nothing_outside_itself() {
    for run in [seeds(), copies(), large(200)] {
        let page = written(&run)("report.html");
        assert!(page.contains("content=\"default-src 'none'; style-src &#39;sha256-"));
        assert!(!page.contains("unsafe") && !page.contains(" style="));
        for outside in [
            "src=", "<link", "@import", "url(", "http://", "https://", " onload", " onerror", " onclick",
            "href=\"//",
        ] {
            let found = page
                .split('<')
                .skip(1)
                .filter_map(|rest| rest.split('>').next())
                .find(|tag| tag.contains(outside));
            assert!(found.is_none(), "{outside} in {found:?}");
        }
    }
}

#[test]
fn every_tag_that_opens_closes() {
    for run in [seeds(), copies(), large(200), hostile(), run(Vec::new(), "nothing")] {
        let page = written(&run)("report.html");
        let mut open = Vec::new();
        for tag in page.split('<').skip(1).map(|rest| rest.split('>').next().unwrap()) {
            let name = tag.split([' ', '\n']).next().unwrap();
            if let Some(name) = name.strip_prefix('/') {
                assert_eq!(open.pop(), Some(name));
            } else if !tag.ends_with('/') && !["!doctype", "meta", "br"].contains(&name) {
                open.push(name);
            }
        }
        assert!(open.is_empty(), "{open:?}");
    }
}

#[test]
fn copies_stand_side_by_side_with_what_differs_marked() {
    let page = written(&copies())("report.html");
    assert!(page.contains("<b>Monday</b>") && page.contains("<b>Tuesday</b>"));
    assert!(page.contains("<b>says</b>") && page.contains("<b>denies</b>"));
    assert!(page.contains("words left out"));
    assert!(page.contains("near duplicate, 93 % of its words shared"));
}

#[test]
fn the_seeds_have_no_copies_and_no_timeline_and_the_report_says_so() {
    let page = written(&seeds())("report.html");
    assert!(page.contains("No document is a copy or an excerpt of another."));
    assert!(page.contains("No document has a date of publication (dates within a text are not taken for one), and so there is no timeline."));
    assert!(page.contains("</a>stability and"));
    assert!(page.contains("<q class=\"exact\">No time to read?</q>"));
    assert!(page.contains("class=\"matrix\""));
}

#[test]
fn dated_documents_stand_on_a_timeline() {
    let page = written(&copies())("report.html");
    assert!(page.contains("class=\"timeline\"") && page.contains("4 Mar 2024"));
    let mut odd = copies();
    odd.corpus.documents[0].date = Some("soon".into());
    odd.corpus.documents[1].date = Some("0001-01-01".into());
    odd.corpus.documents[2].date = Some("9999-12-31T00:00:00Z".into());
    assert!(written(&odd)("report.html").contains("of 6 documents have a date"));
}

#[test]
fn a_large_drop_has_all_its_sets_on_pages_of_bounded_size() {
    let place = tempfile::tempdir().unwrap();
    let run = large(1000);
    run.write(place.path().join("out")).unwrap();
    let mut sets = 0;
    for entry in fs::read_dir(place.path().join("out")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.starts_with("report") && path.extension().is_some_and(|extension| extension == "html") {
            let page = fs::read_to_string(&path).unwrap();
            assert!(page.len() < 20 << 20, "{name}");
            sets += page.matches("<article class=\"set\"").count();
        }
    }
    assert_eq!(sets, run.duplicate_sets.len());
}

#[test]
fn further_pages_go_when_a_later_run_needs_them_no_more() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    let run = copies();
    run.write(&out).unwrap();
    fs::write(out.join("report-99.html"), "of a run before").unwrap();
    fs::write(out.join("report-notes.html"), "the user's").unwrap();
    run.write(&out).unwrap();
    assert!(!out.join("report-99.html").exists());
    assert_eq!(fs::read_to_string(out.join("report-notes.html")).unwrap(), "the user's");
}

#[test]
fn the_graph_is_xml_whatever_the_documents_say() {
    let graph = written(&hostile())("graph.graphml");
    assert!(!graph.contains("<script") && !graph.contains('\u{1b}') && !graph.contains('\u{7}'));
    assert!(graph.contains("&quot;&gt;&lt;script&gt;alert(3)&lt;/script&gt;"));
    let graph = written(&copies())("graph.graphml");
    assert_eq!(graph.matches("<node ").count(), 7);
    assert_eq!(graph.matches("<edge ").count(), 4);
    assert!(graph.contains("<edge source=\"n0\" target=\"n1\"><data key=\"relation\">near_duplicate</data>"));
    assert!(graph.ends_with("</graph>\n</graphml>\n"));
}

#[test]
fn marks_that_turn_or_bury_a_line_are_shown_or_dropped() {
    let mut run = copies();
    run.corpus.documents[0].title = Some(format!("a\u{202e}b z{}", "\u{301}".repeat(200)));
    let page = written(&run)("report.html");
    assert!(page.contains("a‹U+202E›b") && !page.contains('\u{202e}'));
    assert!(page.contains(&format!("z{}", "\u{301}".repeat(4))) && !page.contains(&"\u{301}".repeat(5)));
}

/// `GUIDE=write cargo test the_guide` writes it again.
#[test]
fn the_guide_to_the_tables_is_what_the_program_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/output.md");
    if std::env::var_os("GUIDE").is_some_and(|what| what == "write") {
        fs::write(&path, crate::report::guide()).unwrap();
    }
    assert!(
        fs::read_to_string(&path).unwrap() == crate::report::guide(),
        "docs/output.md is old; run `make guide`"
    );
    // What the guide says of a table is what the table has.
    let file = written(&copies());
    for name in ["documents", "duplicates", "pairs", "passages", "stories", "neighbors", "borderline"] {
        let name = format!("{name}.csv");
        let guide = crate::report::guide();
        let part = guide.split("\n## ").find(|part| part.starts_with(&format!("`{name}`"))).unwrap();
        let said: Vec<&str> =
            part.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
        assert_eq!(rows(&file(&name))[0], said, "{name}");
    }
}

#[test]
fn without_text_no_word_of_a_document_is_written() {
    let mut run = run(
        vec![
            made("one", "zyxwords quibblefish harborlight marzipan foxglove tumbledown", 0, 0),
            made("two", "zyxwords quibblefish harborlight marzipan foxglove lanternjaw", 0, 0),
        ],
        "in",
    );
    run.pairs = copies().pairs.into_iter().take(1).collect();
    run.corpus.documents[0].title = Some("marzipan headline".into());
    run.corpus.documents[0].extra.insert("summary".into(), "foxglove".into());
    run.corpus.documents[1].set_aside =
        vec![crate::corpus::SetAside { bytes: 0..8, reason: "a page's button" }];
    run.boilerplate.shares[0] = 0.5;
    run.boilerplate.stretches = vec![crate::pairs::BoilerplateStretch {
        text: "tumbledown".into(),
        n_documents: 2,
        sources: Vec::new(),
    }];
    run.settings.no_text = true;
    let place = tempfile::tempdir().unwrap();
    run.write(place.path().join("out")).unwrap();
    let leaks = |text: &str| {
        ["zyxwords", "quibblefish", "harborlight", "marzipan", "foxglove", "tumbledown", "lanternjaw"]
            .into_iter()
            .find(|word| text.contains(word))
            .map(str::to_owned)
    };
    for entry in fs::read_dir(place.path().join("out")).unwrap() {
        let path = entry.unwrap().path();
        assert_ne!(path.file_name(), Path::new("texts.jsonl.zst").file_name());
        let bytes = fs::read(&path).unwrap();
        let is_packed = path.extension().is_some_and(|extension| extension == "zst");
        let bytes = if is_packed { zstd::decode_all(&bytes[..]).unwrap() } else { bytes };
        assert_eq!(leaks(&String::from_utf8(bytes).unwrap()), None, "{}", path.display());
    }
    assert_eq!(leaks(&summary(&run, None)), None);
    assert_eq!(leaks(&summary_json(&run).to_string()), None);
}

#[test]
fn the_summary_is_short_plain_and_safe_on_a_terminal() {
    let said = summary(&copies(), Some(Path::new("out")));
    assert!(
        said.starts_with("8 documents read, 1 skipped, 1 empty\n2 copies and 1 excerpt in 2 duplicate sets")
    );
    assert!(said.ends_with("report: out/report.html\n"));
    let said = summary(&hostile(), Some(Path::new("\u{1b}[2Jout")));
    assert!(said.chars().all(|c| c == '\n' || !c.is_control()), "{said:?}");
    let json = summary_json(&copies());
    assert_eq!(json["counts"]["drop"], 3);
    assert_eq!(json["counts"]["read"], 8);
}

#[test]
fn tables_may_be_wrong_and_the_page_still_stands() {
    let mut run = copies();
    run.pairs[0].passages[0].a = 5..4_000_000;
    run.pairs[0].passages[0].b = std::ops::Range { start: 90, end: 13 };
    run.pairs[2].passages[0].a = 0..1;
    run.themes.main.clear();
    run.neighbors = crate::pairs::Neighbors::default();
    run.n_tokens.clear();
    run.boilerplate.shares.clear();
    assert!(written(&run)("report.html").contains("</html>"));
}
