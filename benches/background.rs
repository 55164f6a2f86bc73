//! Makes the background table shipped with the program (`src/vectors/background.zst`) from JSONL corpora:
//!
//!     cargo bench --bench background -- OUT FILES.jsonl...
//!
//! Fields `text`, `title` and `lang` are read. Documents that mostly repeat earlier sentences are passed over,
//! so that copies do not count twice. Counts alone are written, no text.

#![allow(clippy::print_stdout, reason = "a tool for the terminal, not the program")]

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader};

use hashbrown::HashSet;
use rapidhash::v3::rapidhash_v3;
use samestory::corpus::{Corpus, Document, Language, Status, TextStore};
use samestory::progress::Silent;
use samestory::tokens::{self, WordMask};
use samestory::vectors::{self, background::BackgroundCounts};

/// Languages shipped.
const LANGUAGES: [&str; 5] = ["en", "es", "fr", "it", "pt"];
/// Fewest documents a term must occur in to be listed: the table stays below half a megabyte, and rarer terms
/// would weigh within a few hundredths of what they weigh unlisted.
const FLOOR: u32 = 5;
/// Documents counted at a time.
const BATCH: usize = 10_000;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let Some((out, files)) = arguments.split_first() else {
        println!("cargo bench --bench background -- OUT FILES.jsonl...");
        return Ok(());
    };
    let mut counts = BackgroundCounts::default();
    let mut known = HashSet::new();
    for file in files {
        let mut batch = Vec::new();
        for line in BufReader::new(File::open(file)?).lines() {
            let record: serde_json::Value = serde_json::from_str(&line?)?;
            let field = |name| record[name].as_str().unwrap_or_default().to_owned();
            let text = field("text");
            if is_new(&text, &mut known) {
                batch.push((text, field("title"), field("lang")));
            }
            if batch.len() == BATCH {
                add(&mut counts, std::mem::take(&mut batch));
            }
        }
        add(&mut counts, batch);
    }
    let languages = LANGUAGES.map(|code| Language::from_code(code).unwrap_or(Language::UNKNOWN));
    let table = counts.finish(&languages, FLOOR);
    let bytes = table.encode()?;
    for (language, n_documents, n_terms) in table.languages() {
        println!("{} {n_documents} documents, {n_terms} terms", language.code());
    }
    println!("{} bytes", bytes.len());
    std::fs::write(out, bytes)?;
    Ok(())
}

/// Are at least half of a text's sentences (or its only one) met for the first time?
fn is_new(text: &str, known: &mut HashSet<u64>) -> bool {
    let sentences: Vec<u64> = text
        .split(['.', '\n', '!', '?'])
        .map(str::trim)
        .filter(|sentence| sentence.len() >= 30)
        .map(|sentence| rapidhash_v3(sentence.to_lowercase().as_bytes()))
        .collect();
    let n_new = sentences.iter().filter(|&&sentence| known.insert(sentence)).count();
    !text.is_empty() && (sentences.is_empty() || 2 * n_new >= sentences.len())
}

fn add(counts: &mut BackgroundCounts, batch: Vec<(String, String, String)>) {
    let mut corpus = Corpus::default();
    let mut texts: Vec<Box<str>> = Vec::new();
    for (text, title, language) in batch {
        corpus.documents.push(document(title, &language));
        texts.push(text.into_boxed_str());
    }
    corpus.texts = TextStore::in_memory(texts);
    let tokens = tokens::read(&corpus, &Silent);
    let terms = tokens::terms::learn(&tokens, &corpus.documents);
    let table = vectors::count(&tokens, &terms, &WordMask::none(tokens.bodies.words.len()));
    counts.add(&table, &terms);
}

fn document(title: String, language: &str) -> Document {
    Document {
        id: String::new(),
        path: String::new(),
        line: None,
        url: None,
        title: (!title.is_empty()).then_some(title),
        title_span: None,
        date: None,
        source: None,
        language: Language::from_code(language).unwrap_or(Language::UNKNOWN),
        status: Status::Ok,
        set_aside: Vec::new(),
        extra: serde_json::Map::default(),
    }
}
