//! Identical texts: equal after folding case and white space. Found by hash, decided by the text.

use hashbrown::HashMap;
use rapidhash::v3::rapidhash_v3;
use rayon::prelude::*;

use crate::corpus::{Corpus, DocId, Status};

/// Which documents stand for all that are identical to them.
#[derive(Debug, Clone, Default)]
pub struct Originals {
    /// By document: the smallest document with the same folded text; itself if there is none smaller.
    pub original: Vec<DocId>,
    /// The documents that are their own original and have text, ascending.
    pub distinct: Vec<DocId>,
}

impl Originals {
    /// The distinct texts that are long enough to be aligned.
    #[must_use]
    pub fn comparable(&self, corpus: &Corpus) -> Vec<DocId> {
        let is_ok = |document: &&DocId| corpus.documents[document.index()].status == Status::Ok;
        self.distinct.iter().filter(is_ok).copied().collect()
    }
}

/// Groups identical texts. Empty documents are nobody's copy: each is its own original, and not distinct.
#[must_use]
pub fn find(corpus: &Corpus) -> Originals {
    let n_documents = corpus.documents.len() as u32;
    let hashes: Vec<u64> = (0..n_documents)
        .into_par_iter()
        .map_init(String::new, |folded, document| {
            folded.clear();
            fold_into(&corpus.texts.text(DocId(document)), folded);
            rapidhash_v3(folded.as_bytes())
        })
        .collect();
    let mut first_of: HashMap<u64, Vec<DocId>> = HashMap::with_capacity(hashes.len());
    let mut originals = Originals::default();
    for (document, hash) in (0u32..).map(DocId).zip(hashes) {
        if corpus.documents[document.index()].status == Status::Empty {
            originals.original.push(document);
            continue;
        }
        // More than one first per hash only where different texts collide: the text decides.
        let firsts = first_of.entry(hash).or_default();
        let same = firsts
            .iter()
            .copied()
            .find(|&first| fold(&corpus.texts.text(first)) == fold(&corpus.texts.text(document)));
        if same.is_none() {
            firsts.push(document);
            originals.distinct.push(document);
        }
        originals.original.push(same.unwrap_or(document));
    }
    originals
}

/// A text in lower case, its runs of white space one space each, none at either end.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    fold_into(text, &mut folded);
    folded
}

fn fold_into(text: &str, folded: &mut String) {
    folded.reserve(text.len());
    let mut rest = text;
    loop {
        let n_ascii = rest.bytes().take_while(u8::is_ascii).count();
        let (ascii, others) = rest.split_at(n_ascii);
        for letter in ascii.bytes() {
            // As `char::is_whitespace` has it: vertical tabs are white space, too.
            if matches!(letter, b' ' | b'\t'..=b'\r') {
                put_space(folded);
            } else {
                folded.push(char::from(letter.to_ascii_lowercase()));
            }
        }
        let mut letters = others.chars();
        let Some(letter) = letters.next() else { break };
        if letter.is_whitespace() {
            put_space(folded);
        } else {
            folded.extend(letter.to_lowercase());
        }
        rest = letters.as_str();
    }
    if folded.ends_with(' ') {
        folded.pop();
    }
}

fn put_space(folded: &mut String) {
    if !folded.is_empty() && !folded.ends_with(' ') {
        folded.push(' ');
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn case_and_white_space_fold_and_nothing_else() {
        assert_eq!(super::fold("  The\r\n\tÉCOLE\u{a0}of "), "the école of");
        assert_ne!(super::fold("a, b"), super::fold("a b"));
    }
}
