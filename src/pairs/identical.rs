//! Identical texts: equal after folding case and white space. Found by hash, decided by the text. Of a text that is no more
//! than a line or two, the headline counts, too: news flashes are headlines above one and the same line of filler.

use std::collections::BTreeSet;
use std::hash::{BuildHasher as _, RandomState};

use hashbrown::HashMap;
use rayon::prelude::*;

use crate::corpus::{Corpus, DocId, Status};
use crate::tokens::scan;

/// Words up to which a text says so little that its headline is part of what it says. Notices of a dividend have 12 to 22, and
/// name the company in the headline alone; short news that stands under another headline elsewhere has 26 and more.
pub(crate) const HEADED_WORDS: usize = 25;

/// A text of more bytes has more words in any script.
const HEADED_BYTES: usize = 400;

/// Words below which it says nothing: headlines above such lines must be equal, and above longer ones say the same.
const FLASH_WORDS: usize = 8;

/// Different headlines above one text that others are held against, at most; further ones must be equal.
const MOST_HEADLINES: usize = 16;

/// Which documents stand for all that are identical to them.
#[derive(Debug, Clone, Default)]
pub struct Originals {
    /// By document: the first document that is identical; itself if there is none before it.
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
    let headline = |document: DocId| corpus.documents[document.index()].headline();
    let text = |document: DocId| corpus.texts.text(document);
    // Only texts of one sum can be identical, so only these are folded.
    let hashes: Vec<Option<Hashes>> = (0..n_documents)
        .into_par_iter()
        .map_init(String::new, |folded, document| {
            (n_of[&sums[document as usize]] > 1).then(|| {
                let document = DocId(document);
                let text = text(document);
                folded.clear();
                fold_into(&text, folded);
                let n_words = headline(document).map_or(usize::MAX, |_| short_words(&text));
                let is_notice = (FLASH_WORDS..=HEADED_WORDS).contains(&n_words);
                let of_notice = is_notice.then(|| hash(folded));
                if let Some(headline) = headline(document).filter(|_| n_words <= HEADED_WORDS) {
                    add_headline(headline, folded);
                }
                Hashes { exact: hash(folded), of_notice }
            })
        })
        .collect();
    // More than one first per hash only where different texts collide: the text decides.
    let mut firsts: HashMap<u64, Vec<DocId>> = HashMap::new();
    let mut notices: HashMap<u64, Vec<DocId>> = HashMap::new();
    let is_equal = |a: DocId, b: DocId| {
        let folded = |document| fold_document(headline(document), &text(document));
        headline(a) == headline(b) && text(a) == text(b) || folded(a) == folded(b)
    };
    let is_alike = |a: DocId, b: DocId| {
        headlines_agree(headline(a), headline(b)) == Some(true) && fold(&text(a)) == fold(&text(b))
    };
    let mut originals = Originals::default();
    for (document, hashes) in (0u32..).map(DocId).zip(hashes) {
        if matches!(corpus.documents[document.index()].status, Status::Empty | Status::NotAnArticle) {
            originals.original.push(document);
            continue;
        }
        let same = hashes.and_then(|hashes| {
            let firsts = firsts.entry(hashes.exact).or_default();
            let equal = firsts.iter().copied().find(|&first| is_equal(first, document));
            let of_notice = hashes.of_notice.map(|hash| notices.entry(hash).or_default());
            let alike = || of_notice.as_ref()?.iter().copied().find(|&first| is_alike(first, document));
            let same = equal.or_else(alike);
            if same.is_none() {
                firsts.push(document);
                if let Some(notices) = of_notice.filter(|notices| notices.len() < MOST_HEADLINES) {
                    notices.push(document);
                }
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

/// What a document is found by.
struct Hashes {
    /// Of what [`fold_document`] gives.
    exact: u64,
    /// Of the text alone, where it is a notice.
    of_notice: Option<u64>,
}

/// Words of a text, where they may be few; otherwise more than any.
fn short_words(text: &str) -> usize {
    if text.len() > HEADED_BYTES {
        return usize::MAX;
    }
    let mut n_words = 0;
    scan::words(text, |_, _| n_words += 1);
    n_words
}

/// Do two headlines say the same of the same? They share more than half of the words of the one that has fewer, and the first of
/// one, which is mostly whom it is about, stands in the other or ends a word there: some of it may be lost. Nor has each a number
/// that the other lacks. Nobody knows where there is none, or one of a single word.
pub(crate) fn headlines_agree(a: Option<&str>, b: Option<&str>) -> Option<bool> {
    let (a, b) = (fold(a?), fold(b?));
    let words = |headline| -> Vec<&str> {
        let words = str::split(headline, |letter: char| !letter.is_alphanumeric());
        words.filter(|word| !word.is_empty()).collect()
    };
    let (words_a, words_b) = (words(&a), words(&b));
    let all_a: BTreeSet<&str> = words_a.iter().copied().collect();
    let all_b: BTreeSet<&str> = words_b.iter().copied().collect();
    let n_fewer = all_a.len().min(all_b.len());
    if n_fewer <= 1 {
        return None;
    }
    let has_subject = stands_in(subject(&words_a), &words_b) || stands_in(subject(&words_b), &words_a);
    let mut only_a = all_a.difference(&all_b);
    let mut only_b = all_b.difference(&all_a);
    // However they are written: `1,000` is `1000`, and `Q4` is `4Q`.
    let digits =
        |words: &[&str]| words.concat().chars().filter(|letter| letter.is_numeric()).collect::<String>();
    let numbers_differ =
        only_a.any(has_digit) && only_b.any(has_digit) && digits(&words_a) != digits(&words_b);
    Some(has_subject && !numbers_differ && 2 * all_a.intersection(&all_b).count() > n_fewer)
}

fn has_digit(word: &&str) -> bool {
    word.chars().any(char::is_numeric)
}

/// The first word that is no initial; many names begin with these.
fn subject<'a>(words: &[&'a str]) -> &'a str {
    words.iter().copied().find(|word| word.chars().count() > 2).unwrap_or_default()
}

fn stands_in(subject: &str, words: &[&str]) -> bool {
    words.iter().any(|word| word.ends_with(subject))
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

/// What documents have in common that are equal: the text in lower case, its runs of white space one space each, none at either
/// end; and of a text of at most 25 words, after a line break, the headline that is no part of it, folded in the same way.
#[must_use]
pub fn fold_document(headline: Option<&str>, text: &str) -> String {
    let mut folded = fold(text);
    if let Some(headline) = headline.filter(|_| is_headed(text)) {
        add_headline(headline, &mut folded);
    }
    folded
}

/// Is a text so short that a headline above it is part of what it says?
pub(crate) fn is_headed(text: &str) -> bool {
    short_words(text) <= HEADED_WORDS
}

fn add_headline(headline: &str, folded: &mut String) {
    folded.push('\n');
    folded.push_str(&fold(headline));
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
    fn a_flash_is_told_by_its_headline_and_an_article_is_not() {
        let long = "word ".repeat(30);
        let notice = "Quarterly 12 cents, as before. Payable April 1, record March 16.";
        let documents = [
            (notice, None),
            ("***** Filler.", Some("Stocks rise")),
            ("***** FILLER.", Some("STOCKS  rise")),
            ("***** Filler.", Some("Bank raises its rate")),
            ("***** Filler.", None),
            (long.as_str(), Some("One headline")),
            (long.as_str(), Some("Another")),
            (notice, Some("Miller Corp declares a dividend")),
            (notice, Some("Smith & Sons Inc sets payout")),
            (notice, Some("CORRECTED - Miller Corp declares dividend")),
            (notice, None),
            (notice, Some("U.S. Purolator Inc declares a dividend")),
            (notice, Some("East Harbour declares a dividend")),
            (notice, Some("Cape Town declares a dividend")),
            (notice, Some("Ast Harbour declares dividend")),
            (notice, Some("Fund 7 declares a dividend")),
            (notice, Some("Fund 8 declares a dividend")),
            (notice, Some("Fund 8 declares a 12 cent dividend")),
            (notice, Some("Fund-8 declares a dividend of 1,000")),
            (notice, Some("Fund 8 declares a dividend of 1000")),
        ];
        let texts = documents.map(|(text, _)| text.to_owned());
        let mut corpus = Corpus::from_texts((10..).map(|n: u32| n.to_string()).zip(texts));
        for (document, (_, title)) in corpus.documents.iter_mut().zip(documents) {
            document.title = title.map(str::to_owned);
            document.title_span = None;
        }
        for originals in [find(&corpus), find_by(&corpus, |_| 7)] {
            let original: Vec<u32> = originals.original.iter().map(|document| document.0).collect();
            assert_eq!(original, [0, 1, 1, 3, 4, 5, 5, 7, 8, 7, 0, 11, 12, 13, 12, 15, 16, 16, 16, 16]);
        }
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
