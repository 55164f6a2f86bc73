//! Every kind of file that users hand over, through the command line: what is read of it, and what comes back of it.

use std::io::{Read as _, Write as _};

use serde_json::{Value, json};

use crate::support::{self, Drop, Outcome, article, lines, record};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn tar_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        // `set_path` refuses what an attacker would write.
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_mode(0o644);
        header.set_cksum();
        builder.append(&header, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

fn extra(outcome: &Outcome, id: &str) -> Value {
    serde_json::from_str(&outcome.document(id)["extra"]).unwrap()
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

fn kept(drop: &Drop, name: &str) -> Vec<u8> {
    std::fs::read(drop.place().join("kept").join(name)).unwrap()
}

fn problem(outcome: &Outcome, code: &str) -> Value {
    let found: Vec<Value> =
        outcome.problems().into_iter().filter(|problem| problem["code"] == code).collect();
    assert_eq!(found.len(), 1, "{code}: {:?}", outcome.problems());
    found[0].clone()
}

// Tables.

#[test]
fn a_table_is_read_by_its_header_and_what_else_it_has_travels_along() {
    let text = format!("{}\n\n\"Quoted\", he said.", article(1));
    let drop = Drop::new().file(
        "a.csv",
        format!(
            "id,headline,Body,published,section\n7,Tram agreed,{},2020-05-03 10:00,city\n8,Other,{},,\n",
            quoted(&text),
            quoted(&article(2))
        ),
    );
    let outcome = drop.run(&[]).exits(0);
    let row = outcome.document("7");
    assert_eq!((row["title"].as_str(), row["date"].as_str()), ("Tram agreed", "2020-05-03T10:00:00Z"));
    assert_eq!((row["path"].as_str(), row["line"].as_str()), ("a.csv", "2"));
    assert_eq!(extra(&outcome, "7"), json!({ "section": "city" }));
    assert_eq!(outcome.texts()["7"], text);
    assert_eq!(outcome.document("8")["extra"], "");
    // The text of the first goes over many lines.
    assert!(outcome.document("8")["line"].parse::<u64>().unwrap() > 3);
}

#[test]
fn delimiters_are_told_and_can_be_given() {
    for (name, delimiter) in
        [("a.csv", ";"), ("a.csv", "\t"), ("a.tsv", "\t"), ("a.csv", "|"), ("a.csv", ",")]
    {
        let row = |fields: [&str; 3]| fields.join(delimiter) + "\n";
        let table = row(["id", "text", "n"])
            + &row(["one", &quoted(&article(1)), "1"])
            + &row(["two", &quoted(&article(2)), "2"]);
        let outcome = Drop::new().file(name, table).run(&[]).exits(0);
        assert_eq!(outcome.ids(), ["one", "two"], "{delimiter:?}");
        assert_eq!(outcome.texts()["two"], article(2));
    }
    let odd = format!("id~text\none~{}\n", quoted(&article(1)));
    let outcome = Drop::new().file("a.csv", odd.clone()).run(&["--delimiter", "~"]).exits(0);
    assert_eq!(outcome.texts()["one"], article(1));
    Drop::new()
        .file("a.csv", odd)
        .run(&["--delimiter", "~~"])
        .exits(2)
        .says_and_publishes_nothing(&["delimiter", "one character"]);
}

#[test]
fn a_table_without_header_can_be_given_its_names() {
    let table = format!("1,{},x\n2,{},y\n", quoted(&article(1)), quoted(&article(2)));
    let drop = Drop::new().file("a.csv", table);
    let outcome = drop.run(&["--columns", "id,text,tag"]).exits(0);
    assert_eq!(outcome.ids(), ["1", "2"]);
    assert_eq!(extra(&outcome, "2"), json!({ "tag": "y" }));
    // Without them the longest column is the text, and it is said.
    let outcome = drop.run(&[]).exits(0);
    assert_eq!(outcome.texts()["a.csv:1"], article(1));
    assert!(problem(&outcome, "no_header")["message"].as_str().unwrap().contains("column2"));
    assert_eq!(outcome.record()["inputs"][0]["fields"], json!(["text=column2"]));
}

/// An article that needs no quotes.
fn plain(number: u64) -> String {
    article(number).replace(['\n', ';'], " ")
}

#[test]
fn row_34_a_ragged_row_and_a_stray_quote_cost_their_line_alone() {
    let (one, two, three) = (plain(1), plain(2), article(3));
    let table = format!(
        "id;text;tag\n1;{one};a\n2;too;few;and;many\n3;\"stray;{two}\n4;{two};b\n5;{};c\n6;{two} again;d\n7;only\n",
        quoted(&three)
    );
    let drop = Drop::new().file("a.csv", table);
    let outcome = drop.run(&["--write-kept", "kept"]).exits(3);
    assert_eq!(outcome.texts().len(), 4);
    assert_eq!(outcome.texts()["5"], three);
    assert_eq!(outcome.texts()["1"], one);
    let lines: Vec<u64> = outcome
        .problems()
        .iter()
        .filter(|problem| problem["code"] == "bad_row")
        .map(|problem| problem["line"].as_u64().unwrap())
        .collect();
    assert_eq!(lines.len(), 3, "{:?}", outcome.problems());
    assert_eq!(lines[..2], [3, 4]);
    assert!(problem_at(&outcome, 4).contains("a quote opened here"));
    // What is worth keeping comes back as it stood, with two fields more.
    let table = String::from_utf8(kept(&drop, "a.csv")).unwrap();
    assert!(table.starts_with("id;text;tag;samestory_kept_id;samestory_set_size\n1;"), "{}", &table[..80]);
    assert!(table.contains(&format!("5;{};c;5;1\n", quoted(&three))));
    assert!(!table.contains("stray"));
}

fn problem_at(outcome: &Outcome, line: u64) -> String {
    let found = outcome.problems().into_iter().find(|problem| problem["line"] == line).unwrap();
    found["message"].as_str().unwrap().to_owned()
}

#[test]
fn row_34_a_table_whose_delimiter_is_unclear_is_refused_with_the_flag_that_helps() {
    let text = "nur ein wort\nEin Satz.\nNoch einer, mit Komma; und mehr.\n";
    let drop = Drop::new().file("a.csv", text);
    drop.run(&[]).exits(2).says_and_publishes_nothing(&["--delimiter", "a.csv"]);
    // Beside good files it is one that was skipped.
    let outcome = Drop::new().good().file("a.csv", text).run(&[]).exits(3).keeps_the_good();
    assert_eq!(outcome.only_problem("skipped")["code"], "unclear_table");
}

#[test]
fn tables_in_other_encodings_come_back_in_them() {
    let (one, two) = (
        "Der Bürgermeister von Zürich fährt früh los. ".repeat(20),
        "Die Straßenbahn hält künftig öfter am Rathaus. ".repeat(20),
    );
    let table = format!("id;text\r\n1;{one}\r\n2;{two}\r\n3;{two}\r\n");
    let (latin, _, _) = encoding_rs::WINDOWS_1252.encode(&table);
    let wide: Vec<u8> = format!("\u{feff}{table}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (bytes, encoding) in [(latin.to_vec(), "windows-1252"), (wide, "UTF-16LE")] {
        let drop = Drop::new().file("a.csv", &bytes);
        let outcome = drop.run(&["--write-kept", "kept"]).exits(0);
        assert_eq!(outcome.texts()["1"], one);
        assert_eq!(outcome.record()["inputs"][0]["encodings"], json!({ encoding: 1 }));
        let back = kept(&drop, "a.csv");
        let back = match encoding {
            "UTF-16LE" => encoding_rs::UTF_16LE.decode(&back).0.into_owned(),
            _ => encoding_rs::WINDOWS_1252.decode(&back).0.into_owned(),
        };
        assert_eq!(
            back,
            format!("id;text;samestory_kept_id;samestory_set_size\r\n1;{one};1;1\r\n2;{two};2;2\r\n")
        );
    }
}

#[test]
fn a_table_comes_through_a_pipe() {
    let table = format!("id,text\n1,{}\n2,{}\n", quoted(&article(1)), quoted(&article(2)));
    let drop = Drop::new();
    let outcome = drop.command(&["run", "-", "--output", "out"], table.as_bytes()).exits(0);
    assert_eq!(outcome.ids(), ["1", "2"]);
}

// Records.

#[test]
fn fields_within_fields_and_several_fields_are_texts() {
    let records: Vec<Value> = (1..=3)
        .map(|number| {
            json!({
                "article": { "head": format!("Head {number}"), "body": [{ "p": article(number) }, { "p": "The end." }], "desk": 4 },
                "lead": format!("Lead {number} of the paper."),
                "site": { "name": "The Paper", "url": format!("https://paper.example/{number}") },
            })
        })
        .collect();
    let drop = Drop::new()
        .records("a.jsonl", &records)
        .file("b.json", Value::from(records[..1].to_vec()).to_string());
    let outcome = drop
        .run(&[
            "--text-field", "lead,article.body.p", "--title-field", "article.head", "--source-field",
            "site.name", "--url-field", "site.url",
        ])
        .exits(0);
    let id = "https://paper.example/2";
    assert_eq!(outcome.texts()[id], format!("Lead 2 of the paper.\n\n{}\n\nThe end.", article(2)));
    let row = outcome.document(id);
    assert_eq!(
        (row["title"].as_str(), row["source"].as_str(), row["url"].as_str()),
        ("Head 2", "The Paper", id)
    );
    assert_eq!(extra(&outcome, id), json!({ "article": { "desk": 4 } }));
    let fields = outcome.record()["inputs"][0]["fields"].to_string();
    assert!(fields.contains("text=lead,article.body.p") && fields.contains("source=site.name"), "{fields}");
    // Who does not know the names is told them.
    let refused = drop.command(&["run", "drop", "--output", "out2", "--text-field", "body"], b"").exits(4);
    assert!(
        refused.stderr.contains("\"article.body\"") && refused.stderr.contains("--text-field"),
        "{}",
        refused.stderr
    );
}

#[test]
fn records_under_the_name_of_a_text_are_records_and_a_text_with_a_brace_is_a_text() {
    let drop = Drop::new()
        .file("records.txt", lines(&[record("a", &article(1)), record("b", &article(2))]))
        .file("array.txt", format!("[{},\n{}]", record("c", &article(3)), record("d", &article(4))))
        .file("text.txt", format!("{{sic}} said the board.\n\n{}", article(5)))
        // A line that tells of the text below it, and one over several lines.
        .file("told.txt", format!("{{\"url\": \"u\", \"text\": \"t\"}}\n{}", article(6)))
        .file("untold.txt", format!("{{\n  \"title\": \"t\"\n}}\n{}", article(7)))
        // Another kind of object.
        .file("object.txt", "{\"width\": 3}\n{\"width\": 4}\n")
        // What only begins as records do.
        .file("said.txt", format!("{{\"Hello\": \"they said. {}", article(8).replace('\n', " ")))
        .file("log.txt", format!("[{{\"text\": 3}}] is what the log said.\n{}", article(9)))
        .file("note.txt", format!("[ {{\"note\": 1}} ]\n{}", article(10)));
    let ids = drop.run(&[]).exits(0).ids();
    assert_eq!(ids, ["a", "b", "c", "d", "log", "note", "object", "said", "text", "told", "untold"]);
}

#[test]
fn row_29_an_array_is_read_and_deep_nesting_is_skipped() {
    let deep =
        format!("{{\"id\":\"deep\",\"text\":\"x\",\"y\":{}{}}}\n", "[".repeat(100_000), "]".repeat(100_000));
    let drop = Drop::new()
        .file("a.json", Value::from(vec![record("1", &article(1)), record("2", &article(2))]).to_string())
        .file("deep.jsonl", deep)
        .good();
    let outcome = drop.run(&[]).exits(3).keeps_the_good();
    assert_eq!(outcome.status("2"), "ok");
    assert_eq!(outcome.only_problem("skipped")["code"], "bad_json");
}

#[test]
fn row_31_keys_that_come_twice_are_counted_and_the_last_wins() {
    let drop = Drop::new()
        .good()
        .file("a.jsonl", format!("{{\"id\":\"x\",\"text\":\"old\",\"text\":{}}}\n", Value::from(article(1))));
    let outcome = drop.run(&[]).exits(0).keeps_the_good();
    assert_eq!(outcome.texts()["x"], article(1));
    assert_eq!(outcome.only_problem("repaired")["code"], "repeated_key");
}

// Texts with signs, feeds, mail.

#[test]
fn markdown_is_read_without_its_signs_and_with_its_header() {
    let drop = Drop::new().good().file(
        "posts/a.md",
        format!("---\ntitle: Tram agreed\ndate: 2020-05-03\ntags: [city, rail]\n---\n# Heading\n\n**Bold** and [a link](https://x.example).\n\n{}\n", article(1)),
    );
    let outcome = drop.run(&[]).exits(0);
    let row = outcome.document("posts/a");
    assert_eq!((row["title"].as_str(), row["date"].as_str()), ("Tram agreed", "2020-05-03"));
    assert!(outcome.texts()["posts/a"].starts_with("Heading\n\nBold and a link.\n\n"));
    assert_eq!(extra(&outcome, "posts/a"), json!({ "tags": ["city", "rail"] }));
}

fn rss() -> String {
    let item = |number: u64| {
        format!(
            "<item><title>Story {number} &amp; more</title><link>https://site.example/{number}</link><guid>g{number}</guid>\
             <pubDate>Sun, 03 May 2020 10:0{number}:00 +0200</pubDate><category>city</category><category>rail</category>\
             <dc:creator>Ann Painter</dc:creator><description>Short.</description>\
             <content:encoded><![CDATA[<p>{}</p>]]></content:encoded></item>\n",
            article(number).replace("\n\n", "</p><p>")
        )
    };
    format!(
        "<?xml version=\"1.0\"?>\n<rss version=\"2.0\"><channel><title>The Site</title><language>en-us</language>\n{}{}{}</channel></rss>\n",
        item(1),
        item(2),
        item(1).replace("g1<", "g3<")
    )
}

#[test]
fn items_of_a_feed_are_documents() {
    let drop = Drop::new().file("feed.xml", rss());
    let outcome = drop.run(&["--write-kept", "kept"]).exits(0);
    assert_eq!(outcome.ids(), ["g1", "g2", "g3"]);
    let row = outcome.document("g2");
    assert_eq!((row["title"].as_str(), row["date"].as_str()), ("Story 2 & more", "2020-05-03T08:02:00Z"));
    assert_eq!(
        (row["source"].as_str(), row["url"].as_str(), row["lang"].as_str()),
        ("The Site", "https://site.example/2", "en")
    );
    assert_eq!(outcome.texts()["g2"], article(2));
    assert_eq!(
        extra(&outcome, "g2"),
        json!({ "category": ["city", "rail"], "creator": "Ann Painter", "description": "Short." })
    );
    assert_eq!(outcome.relation("g1", "g3"), "identical");
    // The feed comes back without the copy.
    let back = String::from_utf8(kept(&drop, "feed.xml")).unwrap();
    assert!(back.contains("<guid>g1<") && back.contains("<guid>g2<") && !back.contains("<guid>g3<"));
    assert!(back.starts_with("<?xml version=\"1.0\"?>\n<rss") && back.ends_with("</channel></rss>\n"));
}

#[test]
fn atom_is_a_feed_and_a_broken_one_gives_what_stands_before_the_break() {
    let entry = |number: u64, close: &str| {
        format!(
            "<entry><title>Story {number}</title><id>tag:{number}</id><link rel=\"self\" href=\"x\"/><link href=\"https://site.example/{number}\"/>\
             <updated>2020-05-03T10:00:00Z</updated><published>2020-05-02T10:00:00Z</published>\
             <content type=\"xhtml\"><div xmlns=\"http://www.w3.org/1999/xhtml\"><p>{}</p></div></content>{close}",
            article(number).replace("\n\n", "</p><p>")
        )
    };
    let feed = format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>Site</title>{}{}",
        entry(1, "</entry>"),
        entry(2, "")
    );
    let outcome = Drop::new().good().file("a.atom", feed).run(&[]).exits(3).keeps_the_good();
    let row = outcome.document("tag:1");
    assert_eq!(
        (row["date"].as_str(), row["url"].as_str()),
        ("2020-05-02T10:00:00Z", "https://site.example/1")
    );
    assert_eq!(outcome.texts()["tag:1"], article(1));
    assert_eq!(outcome.only_problem("skipped")["code"], "bad_xml");
}

fn message(number: u64, subject: &str) -> String {
    format!(
        "From: Ann Painter <ann@paper.example>\nTo: desk@paper.example\nSubject: {subject}\nMessage-ID: <m{number}@paper.example>\n\
         Date: Sun, 3 May 2020 10:00:00 +0200\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n{}\n\n>From the desk\n",
        article(number)
    )
}

#[test]
fn messages_are_documents_alone_and_in_a_box() {
    let from = "From ann@paper.example Sun May  3 10:00:00 2020\n";
    let mailbox = format!(
        "{from}{}\n{from}{}\n{from}{}",
        message(1, "One"),
        message(2, "=?utf-8?q?Z=C3=BCrich?="),
        message(1, "Again").replace("<m1@", "<m4@")
    );
    let html = "From: a@b.example\nDate: Sun, 3 May 2020 10:00:00 +0000\nSubject: Page\nMessage-ID: <h@b>\nContent-Type: text/html; charset=iso-8859-1\n\
                Content-Transfer-Encoding: quoted-printable\n\n<p>Gr=FC=DFe aus Z=FCrich und mehr als das.</p><script>x()</script>\n";
    let drop = Drop::new().file("box.mbox", &mailbox).file("page.eml", html);
    let outcome = drop.run(&["--write-kept", "kept"]).exits(0);
    let row = outcome.document("m2@paper.example");
    assert_eq!(
        (row["title"].as_str(), row["source"].as_str(), row["date"].as_str()),
        ("Zürich", "Ann Painter", "2020-05-03T08:00:00Z")
    );
    assert!(outcome.texts()["m2@paper.example"].starts_with(&article(2)));
    assert_eq!(outcome.texts()["h@b"], "Grüße aus Zürich und mehr als das.");
    assert_eq!(outcome.relation("m1@paper.example", "m4@paper.example"), "identical");
    let back = String::from_utf8(kept(&drop, "box.mbox")).unwrap();
    assert_eq!(back, mailbox[..mailbox.rfind(from).unwrap()]);
}

// Files within files.

#[test]
fn files_in_a_zip_and_in_a_tar_are_read_and_come_back_in_one() {
    let records = lines(&[record("r1", &article(1)), record("r2", &article(2))]);
    let copy = lines(&[record("r3", &article(1)), record("r4", &article(4))]);
    let fifth = article(5);
    let copies = gzip(copy.as_bytes());
    let files: [(&str, &[u8]); 4] = [
        ("in/a.jsonl", records.as_bytes()),
        ("in/b.jsonl.gz", &copies),
        ("c.txt", fifth.as_bytes()),
        ("d.png", b"\x89PNG\r\n\x1a\n"),
    ];
    let tarball = tar_of(&files);
    let packed = gzip(&tarball);
    let zstd = zstd::stream::encode_all(tarball.as_slice(), 3).unwrap();
    for (name, bytes) in [
        ("drop.zip", zip_of(&files)),
        ("drop.tar", tarball),
        ("drop.tar.gz", packed.clone()),
        ("drop.tgz", packed),
        ("nameless", zstd),
    ] {
        let drop = Drop::new().file(name, bytes);
        let outcome = drop.run(&["--write-kept", "kept"]).exits(0);
        assert_eq!(
            outcome.ids(),
            [&format!("{name}/c"), "r1", "r2", "r3", "r4"].map(ToString::to_string),
            "{name}"
        );
        assert_eq!(outcome.document("r4")["path"], format!("{name}/in/b.jsonl.gz"));
        assert_eq!(outcome.count("other_files"), 1);
        assert_eq!(outcome.relation("r1", "r3"), "identical");
        // What came back is an archive that reads as one.
        let again = drop.command(&["run", "kept", "--output", "out", "--replace"], b"").exits(0);
        assert_eq!(again.ids(), [&format!("{name}/c"), "r1", "r2", "r4"].map(ToString::to_string), "{name}");
        assert_eq!(extra(&again, "r4"), json!({ "samestory_kept_id": "r4", "samestory_set_size": 1 }));
    }
}

#[test]
fn a_zip_comes_through_a_pipe_and_an_archive_in_an_archive_is_told() {
    let inner = zip_of(&[("a.txt", article(1).as_bytes())]);
    let outer = zip_of(&[("inner.zip", &inner), ("b.txt", article(2).as_bytes())]);
    let drop = Drop::new();
    let outcome = drop.command(&["run", "-", "--output", "out"], &outer).exits(3);
    assert_eq!(outcome.ids(), ["-/b"]);
    assert_eq!(outcome.only_problem("skipped")["code"], "nested_archive");
}

#[test]
fn names_that_lead_out_of_an_archive_lead_nowhere() {
    let text = article(1);
    let files: [(&str, &[u8]); 2] =
        [("../../etc/passwd.txt", text.as_bytes()), ("/abs.txt", text.as_bytes())];
    let drop = Drop::new().good().file("a.tar", tar_of(&files)).file("b.zip", zip_of(&files[..1]));
    let outcome = drop.run(&["--write-kept", "kept"]).exits(0).keeps_the_good();
    assert!(outcome.ids().contains(&"a.tar/etc/passwd".to_owned()), "{:?}", outcome.ids());
    assert!(outcome.ids().contains(&"b.zip/etc/passwd".to_owned()));
    let n_unsafe = outcome.problems().iter().filter(|problem| problem["code"] == "unsafe_name").count();
    assert_eq!(n_unsafe, 3);
    // Nothing was written outside of the folders asked for.
    let mut made: Vec<_> =
        std::fs::read_dir(drop.place()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    made.sort();
    assert_eq!(made, ["drop", "kept", "out"]);
}

#[test]
fn row_35_broken_archives_give_what_is_whole() {
    let (one, two) = (article(1), article(2));
    let files: [(&str, &[u8]); 2] = [("a.txt", one.as_bytes()), ("b.txt", two.as_bytes())];
    let tarball = tar_of(&files);
    let cut = &tarball[..tarball.len() / 2 - 200];
    let drop = Drop::new()
        .good()
        .file("cut.tar", cut)
        .file("cut.zip", &zip_of(&files)[..200])
        .file("wrong.html", gzip(&lines(&[record("w", &article(3))]).into_bytes()));
    let outcome = drop.run(&[]).exits(3).keeps_the_good();
    assert!(outcome.ids().contains(&"cut.tar/a".to_owned()), "{:?}", outcome.ids());
    assert_eq!(outcome.problems().iter().filter(|problem| problem["code"] == "bad_archive").count(), 2);
}

#[test]
fn row_36_bombs_of_every_kind_are_skipped() {
    let zeros = vec![b' '; 80 << 20];
    let drop = Drop::new()
        .good()
        .file("bomb.zip", zip_of(&[("a.txt", &zeros)]))
        .file("bomb.jsonl.gz", gzip(&zeros))
        .file("bomb.tar.gz", gzip(&tar_of(&[("a.txt", &zeros)])));
    let outcome = drop.run(&["--max-document-bytes", "100M"]).exits(3).keeps_the_good();
    assert_eq!(outcome.ids().len(), 2, "{:?}", outcome.ids());
    assert_eq!(
        outcome.problems().iter().filter(|problem| problem["code"] == "too_much").count(),
        3,
        "{:?}",
        outcome.problems()
    );
}

// Encodings.

#[test]
fn row_9_and_10_encodings_are_told_and_recorded_by_file() {
    let russian = "Городской совет обсудил во вторник новую трамвайную линию. ".repeat(6);
    let german = "Der Rat der Stadt Zürich hat über die neue Straßenbahn beraten. ".repeat(6);
    let chinese = "市议会周二讨论了新的有轨电车线路。该线路将于春季开通，票价保持不变。\n".repeat(6);
    let japanese = "市議会は火曜日に新しい路面電車について話し合った。来春に開通する。\n".repeat(6);
    let wide: Vec<u8> = chinese.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let marked: Vec<u8> = format!("\u{feff}{russian}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let drop = Drop::new()
        .file("cp1251.txt", encoding_rs::WINDOWS_1251.encode(&russian).0)
        .file("cp1252.txt", encoding_rs::WINDOWS_1252.encode(&german).0)
        .file("gb.txt", encoding_rs::GB18030.encode(&chinese).0)
        .file("sjis.txt", encoding_rs::SHIFT_JIS.encode(&japanese).0)
        .file("wide.txt", wide)
        .file("marked.txt", marked);
    let outcome = drop.run(&[]).exits(0);
    let texts = outcome.texts();
    for (id, text) in [
        ("cp1251", &russian),
        ("cp1252", &german),
        ("gb", &chinese),
        ("sjis", &japanese),
        ("wide", &chinese),
        ("marked", &russian),
    ] {
        assert_eq!(&texts[id], text, "{id}");
    }
    let languages: Vec<String> =
        outcome.ids().iter().map(|id| outcome.document(id)["lang"].clone()).collect();
    assert_eq!(languages, ["ru", "de", "zh", "ru", "ja", "zh"]);
    let guesses: Vec<String> = outcome
        .problems()
        .iter()
        .filter(|problem| problem["code"] == "guessed_encoding" && problem["action"] == "noted")
        .map(|problem| problem["path"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        guesses,
        ["drop/cp1251.txt", "drop/cp1252.txt", "drop/gb.txt", "drop/sjis.txt", "drop/wide.txt"]
    );
    assert_eq!(outcome.record()["inputs"][0]["encodings"]["windows-1251"], 1);
    // A guess can be overruled.
    let outcome = Drop::new()
        .file("a.txt", encoding_rs::KOI8_U.encode(&russian).0)
        .run(&["--encoding", "koi8-u"])
        .exits(0);
    assert_eq!(outcome.texts()["a"], russian);
}

#[test]
fn text_that_was_read_wrongly_before_is_told() {
    let french = "Le maire a été réélu à Évreux, où l’élection s’était déroulée sans incident. ".repeat(4);
    let (wrong, _, _) = encoding_rs::WINDOWS_1252.decode(french.as_bytes());
    let drop = Drop::new().good().records("a.jsonl", &[record("wrong", &wrong), record("right", &french)]);
    let outcome = drop.run(&[]).exits(0).keeps_the_good();
    let told = outcome.only_problem("noted");
    assert_eq!((told["code"].as_str(), told["line"].as_u64()), (Some("mojibake"), Some(1)));
    assert_eq!(outcome.texts()["wrong"], wrong);
}

// Other rows.

#[test]
fn row_15_halves_of_characters_are_mended() {
    let drop = Drop::new()
        .good()
        .file("a.jsonl", "{\"id\":\"x\",\"text\":\"It is \\ud83d so and \\ud83d\\ude00 so.\"}\n");
    let outcome = drop.run(&[]).exits(0).keeps_the_good();
    assert_eq!(outcome.texts()["x"], "It is \u{fffd} so and 😀 so.");
    assert_eq!(outcome.only_problem("repaired")["code"], "lone_surrogate");
}

#[test]
fn row_18_a_line_and_a_document_beyond_the_limit_are_skipped() {
    let long = "tram ".repeat(60_000);
    let drop = Drop::new()
        .good()
        .records("a.jsonl", &[record("long", &long)])
        .file("long.txt", &long)
        .file("long.csv", format!("id,text\nlong,{long}\nx,{}\n", quoted(&article(3))))
        .file("long.mbox", format!("From a@b Sun May  3 10:00:00 2020\nFrom: a@b\nSubject: x\n\n{long}\n\nFrom a@b Sun May  3 10:00:00 2020\n{}", message(4, "Short")));
    let outcome = drop.run(&["--max-document-bytes", "50000"]).exits(3).keeps_the_good();
    assert_eq!(
        outcome.problems().iter().filter(|problem| problem["code"] == "too_long").count(),
        4,
        "{:?}",
        outcome.problems()
    );
    assert_eq!(outcome.texts()["x"], article(3));
    assert!(outcome.ids().contains(&"m4@paper.example".to_owned()));
}

#[test]
fn row_33_ids_name_no_file_and_are_shown_safely() {
    let ids = ["../../etc/passwd", "CON", "a/b", "", "x\ny"];
    let records: Vec<Value> = (1..).zip(ids).map(|(number, id)| record(id, &article(number))).collect();
    let huge = "h".repeat(1 << 20);
    let drop = Drop::new().records("a.jsonl", &records).records("b.jsonl", &[record(&huge, &article(77))]);
    let outcome = drop.run(&["--write-kept", "kept"]).exits(0);
    let mut expected = vec![
        "../../etc/passwd".to_owned(),
        "CON".into(),
        "a.jsonl:4".into(),
        "a/b".into(),
        "x%0Ay".into(),
        huge,
    ];
    expected.sort();
    assert_eq!(outcome.ids(), expected);
    let made: Vec<_> = std::fs::read_dir(drop.place().join("kept"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(made.len(), 4, "{made:?}");
}

#[test]
fn row_37_other_kinds_are_counted_and_skipped_only_when_named() {
    let word = zip_of(&[("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<w/>")]);
    let drop = Drop::new()
        .good()
        .file("a.png", b"\x89PNG\r\n\x1a\n")
        .file("b.exe", b"MZ\x90\0")
        .file("c.docx", &word)
        .file("d", &word)
        .file("e.xml", "<?xml version='1.0'?><stock/>");
    drop.run(&[]).exits(0).keeps_the_good();
    let inspected = drop.command(&["inspect", "drop"], b"").exits(0).stdout;
    assert!(inspected.contains("not read     office file 2, image 1, program 1, xml 1\n"), "{inspected}");
    let named = drop.command(&["run", "drop/a.png", "drop/good.jsonl", "--output", "out2"], b"").exits(3);
    assert!(named.stderr.contains("1 skipped") || named.code == Some(3));
}

#[test]
fn row_38_dates_that_cannot_be_are_left_out_and_counted() {
    let dates = [
        "2020-05-03T23:30:00-05:00", "2020-02-30", "9999-12-31", "2190-01-01", "3 mai 2020",
        "2098-06-01T00:00:00Z", "3 May 2020, 10:15 PM",
    ];
    let records: Vec<Value> = (1..)
        .zip(dates)
        .map(|(number, date)| json!({ "id": format!("d{number}"), "text": article(number), "date": date }))
        .collect();
    let outcome = Drop::new().records("a.jsonl", &records).run(&[]).exits(0);
    let found: Vec<String> =
        outcome.table("documents.csv").into_iter().map(|row| row["date"].clone()).collect();
    assert_eq!(found, ["2020-05-04T04:30:00Z", "", "", "", "2020-05-03", "", "2020-05-03T22:15:00Z"]);
    let codes: Vec<String> =
        outcome.problems().iter().map(|problem| problem["code"].as_str().unwrap().to_owned()).collect();
    assert_eq!(codes, ["bad_date", "bad_date", "bad_date", "future_date"]);
}

#[cfg(unix)]
#[test]
fn row_39_to_41_odd_files_are_read_once_or_counted() {
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::symlink;
    let drop = Drop::new().good().file("-v.txt", article(1)).file("new\nline.txt", article(2));
    let folder = drop.place().join("drop");
    std::fs::write(folder.join(std::ffi::OsStr::from_bytes(b"bad\xff.txt")), article(3)).unwrap();
    symlink(&folder, folder.join("loop")).unwrap();
    symlink("nowhere", folder.join("broken")).unwrap();
    std::fs::hard_link(folder.join("-v.txt"), folder.join("twin.txt")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(folder.join("pipe")).status().unwrap().success());
    let mut deep = folder.clone();
    (0..300).for_each(|_| deep.push("d"));
    std::fs::create_dir_all(&deep).unwrap();
    std::fs::write(deep.join("deep.txt"), article(4)).unwrap();
    let outcome = drop.run(&[]).exits(0).keeps_the_good();
    for id in ["-v", "new%0Aline", "bad%FF"] {
        assert_eq!(outcome.status(id), "ok");
    }
    assert_eq!(outcome.ids().len(), 6);
    let inspected = drop.command(&["inspect", "drop"], b"").exits(0).stdout;
    assert!(inspected.contains("not read     link 2, pipe 1, second name of a file 1\n"), "{inspected}");
    let named = drop.command(&["run", "--output", "out2", "--", "drop/-v.txt"], b"").exits(0);
    assert!(named.stderr.contains("out2"));
}

#[test]
fn row_42_files_that_change_or_vanish_while_others_are_read_are_told() {
    let many: Vec<Value> = (0..1200).map(|number| record(&format!("m{number}"), &article(number))).collect();
    let drop = Drop::new().records("changes.jsonl", &many).records("vanishes.jsonl", &many);
    let folder = drop.place().join("drop");
    assert!(std::fs::metadata(folder.join("changes.jsonl")).unwrap().len() > 1 << 20);
    let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin!("samestory"))
        .current_dir(drop.place())
        .args([
            "run", "-", "drop/changes.jsonl", "drop/vanishes.jsonl", "--output", "out", "--only",
            "duplicates",
        ])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // More than a pipe holds: once it is gone, all files were found, and large ones are read after this.
    let white = vec![b'\n'; 1 << 20];
    stdin.write_all(&white).unwrap();
    stdin.write_all(lines(&[record("p", &article(5000))]).as_bytes()).unwrap();
    std::fs::remove_file(folder.join("vanishes.jsonl")).unwrap();
    let more = lines(&[record("late", &article(5001))]);
    std::fs::OpenOptions::new()
        .append(true)
        .open(folder.join("changes.jsonl"))
        .unwrap()
        .write_all(more.as_bytes())
        .unwrap();
    drop_pipe(stdin);
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(3), "{said}");
    let problems = std::fs::read_to_string(drop.place().join("out/problems.jsonl")).unwrap();
    let codes: Vec<String> = problems
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["code"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(codes, ["changed", "unreadable"]);
    assert_eq!(support::table(&drop.place().join("out/documents.csv")).len(), 1202);
}

fn drop_pipe(pipe: impl Sized) {
    std::mem::drop(pipe);
}

/// A record of a web archive.
fn warc_record(number: u64, headers: &str, block: &str) -> Vec<u8> {
    format!(
        "WARC/1.0\r\nWARC-Record-ID: <urn:uuid:{number}>\r\nWARC-Date: 2026-05-03T10:00:00Z\r\n{headers}Content-Length: {}\r\n\r\n{block}\r\n\r\n",
        block.len()
    )
    .into_bytes()
}

/// An answer of HTTP as a record.
fn warc_answer(number: u64, head: &str, body: &str) -> Vec<u8> {
    let headers = format!(
        "WARC-Type: response\r\nWARC-Target-URI: https://www.tram.example/{number}?x=1\r\nContent-Type: application/http; msgtype=response\r\n"
    );
    warc_record(number, &headers, &format!("HTTP/1.1 {head}\r\n\r\n{body}"))
}

fn warc_page(number: u64) -> String {
    format!(
        "<!doctype html><html lang=en><head><title>Page {number}</title></head><body><nav><a href=/>Home</a></nav><article><h1>Page {number}</h1><p>{}</p></article></body></html>",
        article(number)
    )
}

/// Its records, one a member of gzip.
fn web_archive() -> Vec<Vec<u8>> {
    let text =
        "WARC-Type: conversion\r\nWARC-Target-URI: https://tram.example/text\r\nContent-Type: text/plain\r\n";
    let page = warc_page(12);
    let chunked =
        format!("{:x}\r\n{}\r\n{:x}\r\n{}\r\n0\r\n\r\n", 20, &page[..20], page.len() - 20, &page[20..]);
    vec![
        warc_record(
            1,
            "WARC-Type: warcinfo\r\nContent-Type: application/warc-fields\r\n",
            "software: a crawler",
        ),
        warc_record(
            2,
            "WARC-Type: request\r\nContent-Type: application/http; msgtype=request\r\n",
            "GET / HTTP/1.1\r\n\r\n",
        ),
        warc_answer(3, "200 OK\r\nContent-Type: text/html; charset=utf-8", &warc_page(11)),
        warc_answer(4, "200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked", &chunked),
        warc_answer(5, "404 Not Found\r\nContent-Type: text/html", &warc_page(13)),
        warc_answer(6, "200 OK\r\nContent-Type: image/png", "PNG"),
        warc_answer(7, "200 OK\r\nContent-Type: text/html", &warc_page(11)),
        warc_record(8, text, &article(14)),
    ]
}

#[cfg(feature = "warc")]
#[test]
fn pages_in_a_web_archive_are_documents_and_those_worth_keeping_come_back_in_one() {
    let records = web_archive();
    let packed: Vec<u8> = records.iter().flat_map(|record| gzip(record)).collect();
    let drop = Drop::new().good().file("crawl.warc.gz", &packed);
    let outcome = drop.run(&["--write-kept", "kept"]).exits(0).keeps_the_good();
    let found: Vec<String> = outcome.ids().into_iter().filter(|id| id.starts_with("urn:")).collect();
    assert_eq!(found.len(), 4, "{found:?}");
    let page = outcome.document("urn:uuid:4");
    assert_eq!((page["title"].as_str(), page["source"].as_str()), ("Page 12", "tram.example"));
    assert_eq!((page["url"].as_str(), page["date"].as_str()), ("https://www.tram.example/4?x=1", ""));
    assert_eq!(extra(&outcome, "urn:uuid:4")["fetched"], "2026-05-03T10:00:00Z");
    // A page's line ends are spaces.
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words(&outcome.texts()["urn:uuid:4"]).contains(&words(&article(12))));
    assert!(!outcome.texts()["urn:uuid:4"].contains("Home"));
    assert_eq!(outcome.texts()["urn:uuid:8"], article(14));
    assert_eq!(outcome.relation("urn:uuid:3", "urn:uuid:7"), "identical");
    let inspected = drop.command(&["inspect", "drop/crawl.warc.gz"], b"").exits(0).stdout;
    for said in
        ["web archive 1", "record without a page 2", "answer other than 200 1", "answer that is no text 1"]
    {
        assert!(inspected.contains(said), "{said}: {inspected}");
    }
    let mut text = String::new();
    std::io::Read::read_to_string(
        &mut flate2::read::MultiGzDecoder::new(kept(&drop, "crawl.warc.gz").as_slice()),
        &mut text,
    )
    .unwrap();
    let expected: Vec<u8> = [0, 2, 3, 7].iter().flat_map(|&place: &usize| records[place].clone()).collect();
    assert_eq!(text.as_bytes(), expected);
}

#[cfg(feature = "warc")]
#[test]
fn a_web_archive_that_is_cut_off_gives_what_stands_before() {
    let whole: Vec<u8> = web_archive().concat();
    let outcome =
        Drop::new().good().file("cut.warc", &whole[..whole.len() - 60]).run(&[]).exits(3).keeps_the_good();
    assert_eq!(outcome.ids().len(), 2 + 3);
    assert!(problem(&outcome, "bad_archive")["message"].as_str().unwrap().contains("is cut off"));
    let lying = b"WARC/1.0\r\nContent-Length: 99999999999999999999\r\n\r\nx".to_vec();
    let outcome = Drop::new().good().file("lying.warc", lying).run(&[]).exits(3).keeps_the_good();
    assert!(problem(&outcome, "bad_archive")["message"].as_str().unwrap().contains("how long it is"));
}

#[cfg(not(feature = "parquet"))]
#[test]
fn a_parquet_table_is_counted_and_the_feature_that_reads_it_is_named() {
    let table = include_bytes!("fixtures/parquet/polars.parquet");
    let drop = Drop::new().good().file("table.parquet", table).file("unnamed", table);
    drop.run(&[]).exits(0).keeps_the_good();
    let inspected = drop.command(&["inspect", "drop"], b"").exits(0).stdout;
    assert!(inspected.contains("Parquet table (this build lacks the feature parquet) 2"), "{inspected}");
    let drop = Drop::new().good();
    let refused = drop.run(&["--tables", "parquet"]).exits(2);
    refused.says_and_publishes_nothing(&["--tables parquet", "--features parquet"]);
}

#[cfg(not(feature = "pdf"))]
#[test]
fn a_pdf_is_counted_and_the_feature_that_reads_it_is_named() {
    let article = include_bytes!("fixtures/pdf/article.pdf");
    let drop = Drop::new().good().file("article.pdf", article).file("unnamed", article);
    drop.run(&[]).exits(0).keeps_the_good();
    let inspected = drop.command(&["inspect", "drop"], b"").exits(0).stdout;
    assert!(inspected.contains("PDF (this build lacks the feature pdf) 2"), "{inspected}");
}

#[cfg(not(feature = "warc"))]
#[test]
fn a_web_archive_is_counted_and_the_feature_that_reads_it_is_named() {
    let archive = gzip(&web_archive().concat());
    let drop = Drop::new().good().file("crawl.warc.gz", &archive);
    let outcome = drop.run(&[]).exits(0).keeps_the_good();
    assert_eq!(outcome.count("other_files"), 1);
    let inspected = drop.command(&["inspect", "drop"], b"").exits(0).stdout;
    assert!(inspected.contains("web archive (this build lacks the feature warc) 1"), "{inspected}");
    let drop = Drop::new().good().file("crawl.warc.gz", &archive);
    let named =
        drop.command(&["run", "drop/crawl.warc.gz", "drop/good.jsonl", "--output", "out"], b"").exits(3);
    assert!(named.only_problem("skipped")["message"].as_str().unwrap().contains("lacks the feature warc"));
}

// What is only looked at.

#[test]
fn a_trouble_that_a_file_has_many_times_is_told_once() {
    let records: Vec<Value> = (0..30).map(|n| json!({ "id": n.to_string(), "text": n })).collect();
    let drop = Drop::new().good().records("numbers.jsonl", &records).file("cut.json", "{\"text\": \"The co");
    let inspected = drop.command(&["inspect", "drop"], b"").exits(3).stdout;
    assert_eq!(inspected.matches("numbers.jsonl").count(), 1, "{inspected}");
    assert!(
        inspected.contains("numbers.jsonl:1: no_text: ")
            && inspected.contains("; and 29 more like it in this file")
    );
    assert!(inspected.contains("cut.json"), "{inspected}");
    let all = drop.command(&["inspect", "drop", "--verbose"], b"").exits(3).stdout;
    assert_eq!(all.matches("numbers.jsonl").count(), 30);
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_no_document_is_not_read_by_who_only_looks() {
    let drop = Drop::new().good().file("film.mp4", b"\0\0\0\x20ftypisom");
    let film = std::fs::OpenOptions::new().write(true).open(drop.place().join("drop/film.mp4")).unwrap();
    // Nobody reads so much before the test is ended.
    film.set_len(1 << 40).unwrap();
    let inspected = drop.command(&["inspect", "drop"], b"").exits(0).stdout;
    assert!(inspected.contains("video 1") && !inspected.contains("a sample"), "{inspected}");
}

#[test]
fn what_is_packed_small_and_unpacks_large_is_sampled_and_that_is_said() {
    let records: Vec<Value> = (0..6_500).map(|n| record(&n.to_string(), &article(n % 7))).collect();
    let lines = lines(&records);
    assert!(lines.len() > 7_000_000, "{}", lines.len());
    let part = &lines.as_bytes()[..=lines[..1_500_000].rfind('\n').unwrap()];
    let parts: Vec<(String, &[u8])> = (0..20).map(|n| (format!("{n}.jsonl"), part)).collect();
    let parts: Vec<(&str, &[u8])> = parts.iter().map(|(name, part)| (name.as_str(), *part)).collect();
    for (name, bytes) in [
        ("lines.jsonl.gz", gzip(lines.as_bytes())),
        ("one.zip", zip_of(&[("lines.jsonl", lines.as_bytes())])),
        ("many.zip", zip_of(&parts)),
        ("many.tar.gz", gzip(&tar_of(&parts))),
    ] {
        let drop = Drop::new().file(name, bytes);
        let inspect = |more: &[&str]| {
            let arguments = [&["inspect", "drop"], more].concat();
            drop.command(&arguments, b"").stdout
        };
        let sampled = inspect(&[]);
        let first = sampled.lines().next().unwrap();
        assert!(
            first.starts_with("a sample: ") && first.contains("1 file, which was not read to its end"),
            "{name}: {first}"
        );
        assert!(
            sampled.contains("problems     0 skipped"),
            "{name}: a cut is no trouble of the file: {sampled}"
        );
        if name == "lines.jsonl.gz" {
            let whole = inspect(&["--whole"]);
            assert!(!whole.contains("a sample"), "{whole}");
        }
    }
    let drop = Drop::new().file("small.jsonl.gz", gzip(part)).file("small.zip", zip_of(&[("a.jsonl", part)]));
    let inspected = drop.command(&["inspect", "drop"], b"").stdout;
    assert!(!inspected.contains("a sample"), "{inspected}");
}
