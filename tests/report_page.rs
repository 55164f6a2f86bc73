//! The report in a browser: it says what the tables say, its links lead where they should, it sorts and searches, asks
//! nothing of a network, runs nothing that a document says, and can be read by everyone. Skipped where there is no Chromium.
#![allow(clippy::print_stdout, reason = "a skipped test says so")]

use std::path::Path;

use serde_json::{Value, json};

use crate::support;
use crate::support::browser::Browser;
use crate::support::{Drop, Outcome, article, record};

/// A drop with copies, excerpts, sources, dates, several stories, and something broken.
fn planted() -> Outcome {
    let mut records = Vec::new();
    for n in 0..12_u64 {
        let text = article(n);
        let words: Vec<&str> = text.split(' ').collect();
        let half = words[..words.len() / 2].join(" ");
        let edited = text.replacen(words[7], "elsewhere", 1).replacen(words[40], "somebody", 1);
        let moved = [&words[words.len() / 2..], &words[..words.len() / 2]].concat().join(" ");
        let made = |name: &str, text: &str, day: u64, source: &str| {
            let mut made = record(&format!("{name}-{n}"), text);
            made["date"] = format!("2024-05-{:02}", 1 + n + day).into();
            made["source"] = source.into();
            made["title"] = words[..6].join(" ").into();
            made
        };
        records.push(made("whole", &text, 0, "Gazette"));
        if n % 2 == 0 {
            records.push(made("edited", &edited, 1, "Courier"));
        }
        if n % 3 == 0 {
            records.push(made("half", &half, 2, "Herald"));
            records.push(made("moved", &moved, 3, "Courier"));
            records.push(made("same", &text, 4, "Mirror"));
        }
    }
    Drop::new().records("drop.jsonl", &records).file("broken.jsonl", "{\"id\": \"cut").run(&[]).exits(3)
}

fn report(outcome: &Outcome) -> std::path::PathBuf {
    outcome.folder.join("report.html")
}

#[test]
fn the_page_says_what_the_tables_say_with_scripts_and_without() {
    let Some(mut browser) = Browser::start() else { return };
    let outcome = planted();
    for scripts in [true, false] {
        browser.scripts(scripts);
        browser.open(&report(&outcome));
        let tiles = browser.value("[...document.querySelectorAll('.totals dt')].map(t => [t.textContent, t.nextSibling.textContent])");
        let shown = |name: &str| {
            let tile = tiles.as_array().unwrap().iter().find(|tile| tile[0] == name);
            tile.unwrap()[1].as_str().unwrap().replace(',', "").parse::<u64>().unwrap()
        };
        assert_eq!(shown("Documents read"), outcome.count("read"));
        assert_eq!(shown("Copies and excerpts"), outcome.count("drop"));
        assert_eq!(shown("Stories"), outcome.count("stories"));
        assert_eq!(shown("Problems"), outcome.count("problems"));
        assert!(outcome.count("drop") >= 10);
        let sets = browser.value("document.querySelectorAll('article.set').length");
        assert_eq!(sets, outcome.count("duplicate_sets"));
        let no_scripts_no_tools =
            browser.value("[...document.querySelectorAll('.tools')].every(t => t.hidden)");
        assert_eq!(no_scripts_no_tools, !scripts);
        let leads_nowhere = "[...document.querySelectorAll('a[href^=\"#\"]')].filter(a => !document.getElementById(decodeURIComponent(a.hash.slice(1)))).map(a => a.hash)";
        assert_eq!(browser.value(leads_nowhere), json!([]));
        assert_eq!(browser.value("document.querySelectorAll('[id]').length - new Set([...document.querySelectorAll('[id]')].map(e => e.id)).size"), 0);
    }
    browser.was_quiet();
}

#[test]
fn links_lead_from_a_set_to_its_texts_and_from_a_passage_to_its_twin() {
    let Some(mut browser) = Browser::start() else { return };
    let outcome = planted();
    browser.open(&report(&outcome));
    browser.value("document.querySelector('#duplicates table a[href=\"#set-2\"]').click()");
    browser.wait_for("location.hash === '#set-2' && document.querySelector('#set-2').getBoundingClientRect().top < innerHeight");
    browser.wait_for("document.querySelector('#set-2 > details').open");
    let twin = "(() => { const k = document.querySelector('#set-2 .pair a.k'); k.click(); const other = document.getElementById(k.hash.slice(1)); return other.textContent === k.textContent && other !== k && other.closest('.pair') === k.closest('.pair'); })()";
    assert_eq!(browser.value(twin), true);
    // Both sides of a numbered passage of identical wording are the same words.
    let sides = browser.value(
        "[...document.querySelectorAll('.sides')].flatMap(s => [...s.querySelectorAll('a.k')]).length",
    );
    assert!(sides.as_u64().unwrap() >= 2);
    let moved = browser
        .value("[...document.querySelectorAll('a.k')].filter(k => k.textContent.includes('moved')).length");
    assert!(moved.as_u64().unwrap() >= 2, "halves that changed places are linked");
    browser.was_quiet();
}

#[test]
fn tables_sort_search_narrows_and_judgements_come_out_as_a_file() {
    let Some(mut browser) = Browser::start() else { return };
    let outcome = planted();
    let folder = tempfile::tempdir().unwrap();
    let behavior = json!({ "behavior": "allow", "downloadPath": folder.path() });
    browser.call("Page.setDownloadBehavior", behavior);
    browser.open(&report(&outcome));
    let table = "document.querySelector('#duplicates table.searched')";
    let members = format!("[...{table}.tBodies[0].rows].map(r => Number(r.cells[2].textContent))");
    browser.value(&format!("{table}.tHead.rows[0].cells[2].querySelector('button').click()"));
    let falls = browser.value(&members);
    browser.value(&format!("{table}.tHead.rows[0].cells[2].querySelector('button').click()"));
    let rises = browser.value(&members);
    let numbers =
        |value: &Value| value.as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).collect::<Vec<_>>();
    assert!(numbers(&falls).is_sorted_by(|p, q| p >= q) && numbers(&rises).is_sorted());
    assert!(numbers(&rises).first() < numbers(&rises).last(), "sets of different sizes");
    assert_eq!(
        browser.value(&format!("{table}.tHead.rows[0].cells[2].getAttribute('aria-sort')")),
        "ascending"
    );

    browser.value("(() => { const i = document.querySelector('#duplicates input[type=search]'); i.value = 'edited-4'; i.dispatchEvent(new Event('input')); })()");
    browser.wait_for(
        "[...document.querySelectorAll('#duplicates article.set')].filter(s => !s.hidden).length === 1",
    );
    assert_eq!(
        browser.value(
            "document.querySelector('#duplicates article.set:not([hidden])').textContent.includes('edited-4')"
        ),
        true
    );

    let n_rows = browser.value("document.querySelectorAll('#borderline tr[data-a]').length");
    assert_eq!(n_rows, outcome.table("borderline.csv").len());
    browser.value("document.querySelector('#borderline input[value=no]').click()");
    browser.value("[...document.querySelectorAll('#borderline button')].find(b => b.textContent.startsWith('Download')).click()");
    let file = folder.path().join("judgements.csv");
    let begin = std::time::Instant::now();
    while !file.exists() && begin.elapsed().as_secs() < 20 {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let judged = support::table(&file);
    let asked = outcome.table("borderline.csv");
    assert_eq!(judged.len(), 1);
    assert_eq!(judged[0]["judgement"], "no");
    for column in ["a", "b", "decision", "value", "line", "decided"] {
        assert_eq!(judged[0][column], asked[0][column], "{column}");
    }
    let mut score = support::samestory();
    score.args(["score", "--json", "--judgements"]).arg(&file).arg(&outcome.folder);
    let said: Value = serde_json::from_slice(&score.assert().success().get_output().stdout).unwrap();
    let decision = &said["judgements"]["decisions"][&asked[0]["decision"]];
    assert_eq!(decision["judged"], 1, "{said}");
    let agree = if asked[0]["decided"] == "no" { "right_no" } else { "false_yes" };
    assert_eq!(decision[agree], 1, "{said}");
    browser.was_quiet();
}

/// Documents that try to run, to break the page or to overflow it.
fn hostile(long: usize) -> Outcome {
    let attack =
        "</script><script>alert(1)</script><img src=x onerror=alert(2)><style>*{display:none}</style>";
    let zalgo = format!("z{}algo", "\u{0301}\u{0316}\u{0489}".repeat(300));
    let text = format!("{attack} {zalgo} {} \u{202e}backwards\u{202c}", article(1));
    let arabic =
        "اجتمع مجلس الوزراء صباح اليوم في العاصمة لبحث أسعار الخبز والوقود بعد احتجاجات في مدن الجنوب "
            .repeat(8);
    let book: String = (0..)
        .map(article)
        .scan(0, |length, text| {
            *length += text.len();
            (*length < long + 10_000).then_some(text + "\n\n")
        })
        .collect();
    let mut records = vec![
        record("\"quoted\" <b>id</b>\nwith a line", &text),
        record("'single' & more, with commas", &format!("{text} and a few words more")),
        record("arabic-1", &arabic),
        record("arabic-2", &format!("{arabic} وقال الوزير")),
        record("long-title", &article(2)),
        record("long-word", &format!("{} {}", "x".repeat(60_000), article(3))),
        record("long", &book[..long]),
        record("long-again", &book[..long / 50 * 49]),
    ];
    records[0]["title"] = format!("{attack}=HYPERLINK(\"http://evil.example\")").into();
    records[0]["url"] = "javascript:alert(3)".into();
    records[0]["source"] = attack.into();
    records[4]["title"] = "A title without an end ".repeat(4500).into();
    records[5]["title"] = "y".repeat(100_000).into();
    Drop::new().records("hostile.jsonl", &records).run(&[])
}

#[test]
fn hostile_documents_run_nothing_and_overflow_nothing() {
    let Some(mut browser) = Browser::start() else { return };
    let nothing = Drop::new().file("empty.jsonl", "").file("one.jsonl", format!("{}\n", record("only", "")));
    let one = Drop::new().records("one.jsonl", &[record("only", &article(5))]).run(&[]).exits(0);
    for outcome in [hostile(5_000_000), nothing.run(&[]).exits(0), one] {
        for width in [1280, 390] {
            browser.screen(width, 900, "light");
            browser.open(&report(&outcome));
            let wide =
                browser.value("document.documentElement.scrollWidth - document.documentElement.clientWidth");
            assert!(wide.as_i64().unwrap() <= 0, "{wide} pixels too wide at {width}");
            assert_eq!(browser.value("document.scripts.length"), 1);
            assert_eq!(browser.value("document.querySelectorAll('img, iframe, object, embed, link, form, [onerror], [onload]').length"), 0);
            assert_eq!(
                browser.value("[...document.links].filter(a => !/^(https?|file):/.test(a.protocol)).length"),
                0
            );
        }
        let length = std::fs::metadata(report(&outcome)).unwrap().len();
        assert!(length < 3 << 20, "{length} bytes");
    }
    browser.was_quiet();
}

/// The accessibility checker's own file: `AXE`, or where `.ci/run` puts it.
fn axe() -> Option<String> {
    let named = std::env::var_os("AXE").map(std::path::PathBuf::from);
    let usual = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/axe/node_modules/axe-core/axe.min.js");
    let script = std::fs::read_to_string(named.unwrap_or(usual)).ok();
    if script.is_none() {
        println!("skipped: no axe-core (npm install --prefix target/axe axe-core)");
    }
    script
}

#[test]
fn everybody_can_read_it_in_light_and_dark_wide_and_narrow() {
    let (Some(axe), Some(mut browser)) = (axe(), Browser::start()) else { return };
    for outcome in [planted(), hostile(100_000)] {
        for (width, scheme) in [(1280, "light"), (1280, "dark"), (390, "light")] {
            browser.screen(width, 900, scheme);
            browser.open(&report(&outcome));
            // What is not drawn yet has no colors to check.
            browser.value(
                "document.querySelectorAll('.set, .table').forEach(s => { s.style.contentVisibility = 'visible'; })",
            );
            browser.value("document.querySelectorAll('details').forEach(d => { d.open = true; })");
            browser.value(&axe);
            let found = browser.value(
                "axe.run(document, { resultTypes: ['violations'] }).then(r => r.violations.filter(v => ['serious', 'critical'].includes(v.impact)).map(v => [v.id, v.help, v.nodes.length, v.nodes[0].html.slice(0, 300), v.nodes[0].failureSummary]))",
            );
            assert_eq!(found, json!([]), "{width} {scheme}: {found:#}");
        }
    }
}
