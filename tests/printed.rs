//! PDF, through the command line: the text of pages, and files that do to their reader whatever they can.

use std::fmt::Write as _;

use crate::support::{Drop, Outcome, article};

/// Four pages with a running title and numbers, as a typesetter writes them (reportlab 4: packed streams); the same, for a
/// password only; and the same, encrypted so that anybody may read it.
const ARTICLE: &[u8] = include_bytes!("fixtures/pdf/article.pdf");
const LOCKED: &[u8] = include_bytes!("fixtures/pdf/locked.pdf");
const OWNER: &[u8] = include_bytes!("fixtures/pdf/owner.pdf");

/// A PDF of pages with these lines, 14 points apart.
fn pdf(pages: &[&[&str]]) -> Vec<u8> {
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        String::new(),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned(),
    ];
    let mut kids = String::new();
    for lines in pages {
        let mut content = String::from("BT /F1 12 Tf 60 780 Td 14 TL\n");
        for line in *lines {
            writeln!(content, "({line}) Tj T*").unwrap();
        }
        content.push_str("ET");
        let page = objects.len() + 1;
        write!(kids, "{page} 0 R ").unwrap();
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {} 0 R /Resources << /Font << /F1 3 0 R >> >> >>",
            page + 1
        ));
        objects.push(format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()));
    }
    objects[1] = format!("<< /Type /Pages /Kids [{kids}] /Count {} >>", pages.len());
    of_objects(&objects)
}

fn of_objects(objects: &[String]) -> Vec<u8> {
    let mut file = String::from("%PDF-1.4\n");
    let mut places = String::new();
    for (number, object) in objects.iter().enumerate() {
        writeln!(places, "{:010} 00000 n ", file.len()).unwrap();
        write!(file, "{} 0 obj\n{object}\nendobj\n", number + 1).unwrap();
    }
    let (size, start) = (objects.len() + 1, file.len());
    write!(
        file,
        "xref\n0 {size}\n0000000000 65535 f \n{places}trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    )
    .unwrap();
    file.into_bytes()
}

/// What is said of the one file that is no document.
#[track_caller]
fn refusal(name: &str, bytes: &[u8]) -> (String, String) {
    let outcome: Outcome = Drop::new().good().file(name, bytes).run(&[]).exits(3).keeps_the_good();
    assert_eq!(outcome.ids().len(), 2);
    let problem = outcome.only_problem("skipped");
    let field = |name: &str| problem[name].as_str().unwrap().to_owned();
    (field("code"), field("message"))
}

#[test]
fn pages_are_joined_and_words_that_line_ends_part_are_whole() {
    let (first, second) = (
        [
            "Tram agreed",
            "",
            "The council of the river town met on Monday and agreed on the new tram-",
            "line, which opens in",
        ],
        ["spring. A storm took the roof off the old market hall."],
    );
    let drop = Drop::new()
        .file("tram.pdf", pdf(&[&first, &second]))
        .file("no-name", pdf(&[&["Nobody spoke for or against it."]]));
    let outcome = drop.run(&["--write-kept", "kept"]).exits(0);
    assert_eq!(
        outcome.texts()["tram"],
        "Tram agreed\n\nThe council of the river town met on Monday and agreed on the new tramline, which opens in\nspring. A storm took the roof off the old market hall."
    );
    assert_eq!(outcome.document("tram")["title"], "Tram agreed");
    assert_eq!(outcome.texts()["no-name"], "Nobody spoke for or against it.");
    assert_eq!(
        std::fs::read(drop.place().join("kept/no-name")).unwrap(),
        pdf(&[&["Nobody spoke for or against it."]])
    );
}

#[test]
fn a_typeset_article_is_read_without_its_running_titles() {
    for bytes in [ARTICLE, OWNER] {
        let outcome = Drop::new().good().file("article.pdf", bytes).run(&[]).exits(0);
        let text = &outcome.texts()["article"];
        assert!(!text.contains("The Daily Tram") && !text.contains("\n2\n"), "{text}");
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let sentence = "met on Monday and agreed on the new tram line to the harbor, although the budget was cut by a tenth last year.";
        assert_eq!(words(text).matches(sentence).count(), 48, "{text}");
    }
}

#[test]
fn a_pdf_within_an_archive_and_from_a_pipe_is_one_too() {
    let mut archive = tar::Builder::new(Vec::new());
    let bytes = pdf(&[&[&article(3)[..80]]]);
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes.len() as u64);
    header.set_cksum();
    archive.append_data(&mut header, "in.pdf", bytes.as_slice()).unwrap();
    let drop = Drop::new().file("drop.tar", archive.into_inner().unwrap());
    let outcome = drop.command(&["run", "-", "drop", "--output", "out"], ARTICLE).exits(0);
    assert_eq!(outcome.ids().len(), 2);
    let inspected = drop.command(&["inspect", "drop"], b"").exits(0).stdout;
    assert!(inspected.contains("PDF 1"), "{inspected}");
}

#[test]
fn what_gives_no_text_is_skipped_and_it_is_said_why() {
    assert_eq!(refusal("scan.pdf", &pdf(&[&[], &[]])).0, "no_text");
    assert!(refusal("scan.pdf", &pdf(&[&["1"], &["2"]])).1.contains("(scanned?)"));
    let (code, message) = refusal("locked.pdf", LOCKED);
    assert_eq!(code, "bad_pdf");
    assert!(message.contains("password"), "{message}");
    for cut in [9, ARTICLE.len() / 2] {
        assert_eq!(refusal("cut.pdf", &ARTICLE[..cut]).0, "bad_pdf");
    }
    assert_eq!(refusal("no.pdf", b"\x01\0\x02 no such thing").0, "bad_pdf");
    let signs = "#$%&!#$%&! ".repeat(4);
    assert_eq!(
        refusal("signs.pdf", &pdf(&[&[&signs, &signs, "abcdefghijklmnopqrstuvwx"]])).0,
        "unreadable_text"
    );
}

#[test]
fn a_hostile_file_costs_itself_only() {
    // Objects as deep as no stack; a page tree that is its own child; a stream that unpacks to more than there is.
    let deep = "[".repeat(4_000_000) + &"]".repeat(4_000_000);
    let text = "<< /Type /Catalog /Pages 2 0 R >>".to_owned();
    let nested = of_objects(&[text.clone(), format!("<< /Type /Pages /Kids {deep} /Count 1 >>")]);
    assert!(["bad_pdf", "no_text"].contains(&refusal("deep.pdf", &nested).0.as_str()));
    let circle = of_objects(&[text, "<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2 >>".to_owned()]);
    assert!(["bad_pdf", "no_text"].contains(&refusal("circle.pdf", &circle).0.as_str()));
}

#[cfg(unix)]
#[test]
fn a_library_without_the_program_reads_them_too_and_a_reader_that_fails_is_told() {
    let drop = Drop::new().good().file("tram.pdf", pdf(&[&["The council met on Monday and agreed."]]));
    let read = |pdf_reader: Option<&str>| {
        let settings = samestory::Settings { pdf_reader: pdf_reader.map(Into::into), ..Default::default() };
        samestory::Corpus::read(&[drop.place().join("drop")], &settings).unwrap()
    };
    assert_eq!(read(None).documents.len(), 3);
    let failed = read(Some("/bin/false"));
    assert_eq!((failed.documents.len(), failed.problems[0].code), (2, "bad_pdf"));
    assert_eq!(read(Some("/no/such/program")).documents.len(), 2);
}

#[test]
fn no_byte_of_a_pdf_ends_the_reader_that_runs_in_this_process() {
    let whole = pdf(&[&["The council met on Monday and agreed on the tram."]]);
    let place = tempfile::tempdir().unwrap();
    for at in (9..whole.len()).step_by(7) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x15;
        std::fs::write(place.path().join("a.pdf"), &bytes).unwrap();
        // Read, or told why not; here a crash would end the test.
        let _ = samestory::Corpus::read(&[place.path()], &samestory::Settings::default());
    }
}
