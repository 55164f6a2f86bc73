//! Identical texts: equal after folding case and white space. Found by hash, decided by the text.

use std::hash::{BuildHasher as _, RandomState};

use hashbrown::HashMap;
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

/// Groups identical texts. Empty documents and pages without an article are nobody's copy: each is its own original, and not distinct.
#[must_use]
pub fn find(corpus: &Corpus) -> Originals {
    // Of another key in every process: nobody can make texts that collide. What is found does not depend on it.
    let keyed = RandomState::new();
    find_by(corpus, |folded| keyed.hash_one(folded))
}

/// The same with a hash of folded texts.
fn find_by(corpus: &Corpus, hash: impl Fn(&str) -> u64 + Sync) -> Originals {
    let n_documents = corpus.documents.len() as u32;
    let sums: Vec<u64> = (0..n_documents)
        .into_par_iter()
        .map(|document| sum_of_letters(corpus.texts.text(DocId(document)).as_bytes()))
        .collect();
    let mut n_of: HashMap<u64, u32> = HashMap::with_capacity(sums.len());
    for &sum in &sums {
        *n_of.entry(sum).or_default() += 1;
    }
    // Only texts of one sum can be identical, so only these are folded.
    let hashes: Vec<Option<u64>> = (0..n_documents)
        .into_par_iter()
        .map_init(String::new, |folded, document| {
            (n_of[&sums[document as usize]] > 1).then(|| {
                folded.clear();
                fold_into(&corpus.texts.text(DocId(document)), folded);
                hash(folded)
            })
        })
        .collect();
    let mut first_of: HashMap<u64, Vec<DocId>> = HashMap::new();
    let mut originals = Originals::default();
    for (document, hash) in (0u32..).map(DocId).zip(hashes) {
        if matches!(corpus.documents[document.index()].status, Status::Empty | Status::NotAnArticle) {
            originals.original.push(document);
            continue;
        }
        let same = hash.and_then(|hash| {
            // More than one first per hash only where different texts collide: the text decides.
            let firsts = first_of.entry(hash).or_default();
            let text = corpus.texts.text(document);
            let is_same = |first: &DocId| {
                let other = corpus.texts.text(*first);
                other == text || fold(&other) == fold(&text)
            };
            let same = firsts.iter().copied().find(is_same);
            if same.is_none() {
                firsts.push(document);
            }
            same
        });
        if same.is_none() {
            originals.distinct.push(document);
        }
        originals.original.push(same.unwrap_or(document));
    }
    originals
}

/// A sum over a text's letters that folding does not change: each ASCII byte but white space counts as a number of its
/// own, both cases alike. Letters beyond ASCII count nothing, nor do `i` and `k`, which two of them become in lower case.
fn sum_of_letters(text: &[u8]) -> u64 {
    // Several sums at once: one alone would wait for each addition.
    let (quads, rest) = text.as_chunks::<4>();
    let mut sums = [0u64; 4];
    for quad in quads {
        for (sum, &byte) in sums.iter_mut().zip(quad) {
            *sum = sum.wrapping_add(LETTER_NUMBERS[byte as usize]);
        }
    }
    let sum = |sum: u64, number: u64| sum.wrapping_add(number);
    sums.into_iter().chain(rest.iter().map(|&byte| LETTER_NUMBERS[byte as usize])).fold(0, sum)
}

static LETTER_NUMBERS: [u64; 256] = {
    let mut numbers = [0; 256];
    let mut byte = 0;
    while byte < 128 {
        let letter = (byte as u8).to_ascii_lowercase();
        if !matches!(letter, b' ' | b'\t'..=b'\r' | b'i' | b'k') {
            // Bits of the golden ratio, multiplied and turned, so that different letters seldom add up alike.
            numbers[byte] =
                (letter as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(letter as u32);
        }
        byte += 1;
    }
    numbers
};

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
    use proptest::prelude::*;

    use super::{find, find_by, fold, sum_of_letters};
    use crate::Corpus;

    proptest! {
        #[test]
        fn texts_that_fold_alike_have_one_sum(text in "([ \t\n\u{a0}\u{2003}]{0,3}[a-kA-Kİıß\u{212a}\u{212b}ÉǅΣ0-9.,]{0,5}){0,8}") {
            let folded = fold(&text);
            prop_assert_eq!(sum_of_letters(text.as_bytes()), sum_of_letters(folded.as_bytes()));
            let shouted = text.to_uppercase();
            if fold(&shouted) == folded {
                prop_assert_eq!(sum_of_letters(shouted.as_bytes()), sum_of_letters(text.as_bytes()));
            }
        }
    }

    #[test]
    fn where_all_hashes_collide_the_text_decides() {
        // Anagrams have one sum, too.
        let texts =
            ["Tame no rats", "Tame on star", "tame NO  rats", "Tame on star", "rats no tame", "TAME on star"];
        let corpus = Corpus::from_texts((0..).map(|n: u32| n.to_string()).zip(texts.map(str::to_owned)));
        let collided = find_by(&corpus, |_| 7);
        let ids =
            |documents: &[crate::DocId]| documents.iter().map(|document| document.0).collect::<Vec<_>>();
        assert_eq!(ids(&collided.original), [0, 1, 0, 1, 4, 1]);
        assert_eq!(ids(&collided.distinct), [0, 1, 4]);
        assert_eq!(ids(&find(&corpus).original), ids(&collided.original));
    }

    #[test]
    fn only_two_letters_beyond_ascii_become_ascii_in_lower_case() {
        let folded: String =
            ('\u{80}'..=char::MAX).flat_map(char::to_lowercase).filter(char::is_ascii).collect();
        assert_eq!(folded, "ik");
    }

    #[test]
    fn case_and_white_space_fold_and_nothing_else() {
        assert_eq!(super::fold("  The\r\n\tÉCOLE\u{a0}of "), "the école of");
        assert_ne!(super::fold("a, b"), super::fold("a b"));
    }
}
