//! How fast documents of your own are read and cleaned, from each kind of file:
//!
//!     cargo bench --bench reading -- FILE... [--runs N]
//!
//! The documents of the files are written to a temporary folder as JSON lines, CSV, gzip and web pages (in one tar), and each is read
//! N times (5 unless said) on one thread. Lines of CSV go to standard output: `kind,bytes,documents,cpu_seconds,megabytes_a_second`, with the
//! least processor seconds of all runs, user and system together; bytes are unpacked ones. `inflate` is what unpacking the gzip file takes by itself.

#![allow(clippy::print_stdout, reason = "a tool for the terminal, not the program")]

use std::error::Error;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::Path;

use samestory::settings::ReadFor;
use samestory::stages::StageCost;
use samestory::{Corpus, DocId, Settings};
use serde_json::json;

/// What stands around an article: about as much as its words, as on a lean page.
const MENU: &str = "<li class=\"menu-item\"><a href=\"/section/news?from=menu\" data-track=\"nav\">News of the day</a></li>\n";
const SCRIPT: &str = "window.dataLayer=window.dataLayer||[];function gtag(){dataLayer.push(arguments)}gtag('js',new Date());\n";

fn main() -> Result<(), Box<dyn Error>> {
    let (mut files, mut n_runs) = (Vec::new(), 5_usize);
    let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
    while let Some(word) = words.next() {
        match word.as_str() {
            "--runs" => n_runs = words.next().ok_or("--runs needs a number")?.parse()?,
            _ => files.push(word),
        }
    }
    if files.is_empty() {
        println!("cargo bench --bench reading -- FILE... [--runs N]");
        return Ok(());
    }
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global()?;
    let settings = Settings { read_for: ReadFor::Look, ..Settings::default() };
    let corpus = Corpus::read(&files, &Settings::default())?;
    let folder = tempfile::tempdir()?;
    let place = |name: &str| folder.path().join(name);
    let lines = json_lines(&corpus, true);
    fs::write(place("lines.jsonl"), &lines)?;
    fs::write(place("no-language.jsonl"), json_lines(&corpus, false))?;
    fs::write(place("table.csv"), table(&corpus)?)?;
    let mut packed =
        flate2::write::GzEncoder::new(File::create(place("lines.jsonl.gz"))?, flate2::Compression::default());
    packed.write_all(&lines)?;
    packed.finish()?;
    let n_page_bytes = pages(&corpus, &place("pages.tar"))?;

    println!("kind,bytes,documents,cpu_seconds,megabytes_a_second");
    let unpacked = lines.len() as u64;
    let size = |name: &str| fs::metadata(place(name)).map(|file| file.len());
    let kinds = [
        ("JSON lines", "lines.jsonl", unpacked),
        ("JSON lines without languages", "no-language.jsonl", size("no-language.jsonl")?),
        ("CSV without languages", "table.csv", size("table.csv")?),
        ("web pages", "pages.tar", n_page_bytes),
        ("JSON lines in gzip", "lines.jsonl.gz", unpacked),
    ];
    for (kind, name, n_bytes) in kinds {
        let mut n_documents = 0;
        let seconds = least(n_runs, || {
            n_documents = Corpus::read(&[place(name)], &settings).map_or(0, |corpus| corpus.documents.len());
        });
        line(kind, n_bytes, n_documents, seconds);
    }
    let packed = fs::read(place("lines.jsonl.gz"))?;
    let mut buffer = vec![0; 1 << 16];
    let seconds = least(n_runs, || {
        let mut unpacked = flate2::read::MultiGzDecoder::new(packed.as_slice());
        while unpacked.read(&mut buffer).is_ok_and(|n| n > 0) {}
    });
    line("inflate", unpacked, 0, seconds);
    Ok(())
}

fn least(n_runs: usize, mut work: impl FnMut()) -> f64 {
    let runs = (0..n_runs.max(1)).map(|_| StageCost::of("read", &mut work).1.cpu_seconds);
    runs.fold(f64::INFINITY, f64::min)
}

fn line(kind: &str, n_bytes: u64, n_documents: usize, seconds: f64) {
    println!("{kind},{n_bytes},{n_documents},{seconds:.3},{:.0}", n_bytes as f64 / 1e6 / seconds);
}

fn each(corpus: &Corpus) -> impl Iterator<Item = (&samestory::Document, std::borrow::Cow<'_, str>)> {
    (0..).map(DocId).zip(&corpus.documents).map(|(id, document)| (document, corpus.texts.text(id)))
}

fn json_lines(corpus: &Corpus, with_language: bool) -> Vec<u8> {
    let mut lines = Vec::new();
    for (document, text) in each(corpus) {
        let mut record = json!({ "id": document.id, "title": document.title, "text": text });
        if with_language {
            record["lang"] = document.language.code().into();
        }
        lines.extend_from_slice(record.to_string().as_bytes());
        lines.push(b'\n');
    }
    lines
}

fn table(corpus: &Corpus) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(["id", "title", "text"])?;
    for (document, text) in each(corpus) {
        table.write_record([document.id.as_str(), document.title.as_deref().unwrap_or_default(), &text])?;
    }
    Ok(table.into_inner()?)
}

/// Writes every document as a page; the bytes of all pages.
fn pages(corpus: &Corpus, path: &Path) -> io::Result<u64> {
    let mut archive = tar::Builder::new(File::create(path)?);
    let mut n_bytes = 0;
    for (number, (document, text)) in each(corpus).enumerate() {
        let title = html_escape::encode_text(document.title.as_deref().unwrap_or("Untitled")).into_owned();
        let mut page = format!(
            "<!doctype html>\n<html lang=\"{}\"><head><title>{title} | The Site</title>\n<meta property=\"og:site_name\" content=\"The Site\">\n<script>{}</script></head>\n<body><nav><ul>{}</ul></nav>\n<main><article><h1>{title}</h1>\n",
            document.language.code(),
            SCRIPT.repeat(8),
            MENU.repeat(12),
        );
        for paragraph in text.split("\n\n") {
            // Writing to a String cannot fail.
            let _ = writeln!(page, "<p>{}</p>", html_escape::encode_text(paragraph));
        }
        let _ =
            write!(page, "</article></main>\n<footer><ul>{}</ul></footer></body></html>\n", MENU.repeat(12));
        let mut header = tar::Header::new_gnu();
        header.set_size(page.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        archive.append_data(&mut header, format!("{number}.html"), page.as_bytes())?;
        n_bytes += page.len() as u64;
    }
    archive.finish()?;
    Ok(n_bytes)
}
