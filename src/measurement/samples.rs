//! Samples: some of the documents that were read, as a file that a run can read.

use std::io::{self, Write};

use rapidhash::v3::rapidhash_v3;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::corpus::{Corpus, DocId, Document};
use crate::random::mix;

/// `n` documents at most, drawn by a hash of their ids and of `seed`, ascending: the same for any order of the input, and each
/// sample within every larger one.
#[must_use]
pub fn choose(corpus: &Corpus, n: usize, seed: u64) -> Vec<DocId> {
    let mut drawn: Vec<(u64, DocId)> = (0u32..)
        .zip(&corpus.documents)
        .map(|(place, document)| (mix(rapidhash_v3(document.id.as_bytes()) ^ mix(seed)), DocId(place)))
        .collect();
    drawn.sort_unstable();
    drawn.truncate(n);
    let mut documents: Vec<DocId> = drawn.into_iter().map(|(_, document)| document).collect();
    documents.sort_unstable();
    documents
}

/// A record under the names that are sniffed first.
#[derive(Serialize)]
struct Record<'a> {
    id: &'a str,
    text: &'a str,
    title: Option<&'a str>,
    date: Option<&'a str>,
    source: Option<&'a str>,
    url: Option<&'a str>,
    lang: Option<&'a str>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    other: &'a Map<String, Value>,
}

/// Writes documents as JSON lines; what a page shows around its article is left out. Returns the bytes of their texts.
///
/// # Errors
/// When `sink` fails.
pub fn write(corpus: &Corpus, documents: &[DocId], sink: &mut impl Write) -> io::Result<u64> {
    let mut text_bytes = 0;
    for &id in documents {
        let document = &corpus.documents[id.index()];
        let text = corpus.texts.text(id);
        let text = article(&text, document);
        text_bytes += text.len() as u64;
        let code = document.language.code();
        let record = Record {
            id: &document.id,
            text: &text,
            // A headline within the text is found there again.
            title: document.title.as_deref().filter(|_| document.title_span.is_none()),
            date: document.date.as_deref(),
            source: document.source.as_deref(),
            url: document.url.as_deref(),
            lang: (code != "und").then_some(code),
            other: &document.extra,
        };
        serde_json::to_writer(&mut *sink, &record)?;
        sink.write_all(b"\n")?;
    }
    Ok(text_bytes)
}

/// A text without what is set aside.
fn article(text: &str, document: &Document) -> String {
    let mut article = String::with_capacity(text.len());
    let mut at = 0;
    for aside in &document.set_aside {
        article.push_str(&text[at..aside.bytes.start as usize]);
        at = aside.bytes.end as usize;
    }
    article.push_str(&text[at..]);
    article
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corpus(n: usize) -> Corpus {
        Corpus::from_texts((0..n).map(|n| (format!("d{n:03}"), format!("Text number {n} of some length."))))
    }

    #[test]
    fn a_sample_lies_within_every_larger_one_and_hangs_on_the_seed() {
        let corpus = corpus(200);
        let (few, more) = (choose(&corpus, 20, 7), choose(&corpus, 60, 7));
        assert_eq!((few.len(), more.len()), (20, 60));
        assert!(few.iter().all(|document| more.contains(document)));
        assert_ne!(few, choose(&corpus, 20, 8));
        assert_eq!(choose(&corpus, 999, 7).len(), 200);
        // Not the first ones, nor the last.
        assert!(few[0].0 < 60 && few[19].0 > 140 && few[10].0.abs_diff(100) < 70);
    }

    #[test]
    fn a_sample_is_read_as_the_documents_were() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("in.jsonl");
        let records = [
            r#"{"id": "a", "headline": "A title", "body": "One text of several words.", "date": "2024-05-01", "source": "Post", "section": "world", "lang": "en"}"#,
            r#"{"id": "b", "headline": "Ein Titel", "body": "Ein Text aus einigen Wörtern.", "date": null, "lang": "de"}"#,
        ];
        std::fs::write(&path, records.join("\n")).unwrap();
        let settings = crate::Settings::default();
        let corpus = Corpus::read(&[&path], &settings).unwrap();
        let sample = folder.path().join("sample.jsonl");
        let mut bytes = Vec::new();
        let text_bytes = write(&corpus, &choose(&corpus, 2, 1), &mut bytes).unwrap();
        std::fs::write(&sample, bytes).unwrap();
        let again = Corpus::read(&[&sample], &settings).unwrap();
        assert_eq!(text_bytes, (0..2).map(|place| corpus.texts.n_bytes(DocId(place)) as u64).sum::<u64>());
        for place in 0..2 {
            let (one, other) = (&corpus.documents[place], &again.documents[place]);
            assert_eq!(corpus.texts.text(DocId(place as u32)), again.texts.text(DocId(place as u32)));
            assert_eq!(
                (&one.id, &one.title, &one.date, &one.source, one.language, one.status),
                (&other.id, &other.title, &other.date, &other.source, other.language, other.status)
            );
        }
        assert!(corpus.documents[0].extra.contains_key("section"));
    }
}
