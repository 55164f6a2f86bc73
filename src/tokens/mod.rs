//! Tokens: which words does each document have, in order?
//! In:  [`Corpus`] (texts, page furniture).
//! Out: [`Tokens`] over a [`Vocabulary`] of distinct words; [`Terms`], the stems they count as. Touches memory only.

pub mod scan;
mod unspaced;
pub mod vocabulary;
pub mod terms;

use std::ops::Range;

use rayon::prelude::*;

use crate::corpus::{Corpus, DocId, SetAside};
use crate::progress::Progress;

pub use terms::{TermId, Terms};
pub(crate) use unspaced::is_letter as is_written_without_spaces;
pub use vocabulary::{Vocabulary, WordId};

use vocabulary::VocabularyBuilder;

/// The words of every document, page furniture left out.
#[derive(Debug, Default)]
pub struct Tokens {
    /// The distinct words; ids depend on the words alone, not on threads or input order.
    pub vocabulary: Vocabulary,
    /// Words of the texts.
    pub bodies: WordSequences,
    /// Which words of the texts are written with a capital first letter; places in `bodies`.
    pub capitals: WordMask,
    /// Which words of the texts are the first of a line; places in `bodies`.
    pub line_starts: WordMask,
    /// Which words of the texts stand in lines that quote another text, as replies to mail do; places in `bodies`.
    pub quoted: WordMask,
    /// Words of the titles that are no part of their text.
    pub titles: WordSequences,
    /// By document: words of its text, page furniture included.
    pub n_words: Vec<u32>,
    marks: ByteMarks,
}

/// Words from one mark in a text to the next.
const WORDS_A_MARK: usize = 32;

/// Where some words of each text begin, so that the bytes of any can be found without reading it all.
#[derive(Debug, Default)]
struct ByteMarks {
    /// Where each document's marks begin; `n_documents + 1` long, never falling.
    begins: Vec<usize>,
    /// First byte of every [`WORDS_A_MARK`]-th word of a text.
    bytes: Vec<u32>,
}

impl Tokens {
    /// The bytes of one word of a document, by its place in [`Tokens::bodies`] counted from the document's first.
    ///
    /// # Panics
    /// When the document has no such word.
    #[must_use]
    pub fn word_bytes(&self, corpus: &Corpus, document: DocId, place: usize) -> Range<u32> {
        let marks =
            &self.marks.bytes[self.marks.begins[document.index()]..self.marks.begins[document.index() + 1]];
        let from = marks[place / WORDS_A_MARK];
        let to = marks.get(place / WORDS_A_MARK + 1).copied();
        let to = to.unwrap_or_else(|| corpus.texts.n_bytes(document) as u32);
        let mut left = place % WORDS_A_MARK;
        let mut found = None;
        // A word begins at either end, so that no tag or entity lies across it.
        let stretch = corpus.texts.stretch(document, from..to);
        scan_stretch(&stretch, from, &corpus.documents[document.index()].set_aside, |_, bytes| {
            if left == 0 && found.is_none() {
                found = Some(bytes);
            } else {
                left = left.saturating_sub(1);
            }
        });
        found.expect("a place of one of the document's words")
    }
}

/// A sequence of words for every document, one after another.
#[derive(Debug, Default)]
pub struct WordSequences {
    /// Where each document's words begin; `n_documents + 1` long, never falling.
    pub begins: Vec<usize>,
    /// All words.
    pub words: Vec<WordId>,
}

impl WordSequences {
    /// One document's words.
    #[must_use]
    pub fn of(&self, document: DocId) -> &[WordId] {
        &self.words[self.range(document)]
    }

    /// Where one document's words stand in `words`.
    #[must_use]
    pub fn range(&self, document: DocId) -> Range<usize> {
        self.begins[document.index()]..self.begins[document.index() + 1]
    }

    /// Cuts what stands beside `words`, place by place, into what stands beside each document's words.
    ///
    /// # Panics
    /// When `beside` is not as long as `words`.
    pub fn split<'a, T>(&self, mut beside: &'a mut [T]) -> Vec<(DocId, &'a mut [T])> {
        assert_eq!(beside.len(), self.words.len(), "one for each word");
        let documents = (0..self.begins.len() as u32 - 1).map(DocId);
        documents
            .map(|document| {
                let (own, others) = std::mem::take(&mut beside).split_at_mut(self.range(document).len());
                beside = others;
                (document, own)
            })
            .collect()
    }
}

/// Some words of all documents, marked: a bit for each place in [`WordSequences::words`].
#[derive(Debug, Default, Clone)]
pub struct WordMask {
    bits: Vec<u64>,
}

impl WordMask {
    /// No word marked.
    #[must_use]
    pub fn none(n_words: usize) -> Self {
        Self { bits: vec![0; n_words.div_ceil(64)] }
    }

    /// The places of `n_words` at which `is_marked` holds, asked on all threads.
    pub(crate) fn of(n_words: usize, is_marked: impl Fn(usize) -> bool + Sync) -> Self {
        let bits_of = |at: usize| {
            let places = 64 * at..n_words.min(64 * (at + 1));
            places.rev().fold(0, |bits, place| bits << 1 | u64::from(is_marked(place)))
        };
        Self { bits: (0..n_words.div_ceil(64)).into_par_iter().with_min_len(1 << 10).map(bits_of).collect() }
    }

    /// Marks one place.
    pub fn mark(&mut self, place: usize) {
        self.bits[place / 64] |= 1 << (place % 64);
    }

    /// Marks one place, however far it is.
    fn mark_beyond(&mut self, place: usize) {
        if place / 64 >= self.bits.len() {
            self.bits.resize(place / 64 + 1, 0);
        }
        self.mark(place);
    }

    /// The places marked, ascending.
    fn places(&self) -> impl Iterator<Item = usize> {
        let bits_of = |mut bits: u64| {
            std::iter::from_fn(move || {
                let bit = (bits != 0).then_some(bits.trailing_zeros() as usize)?;
                bits &= bits - 1;
                Some(bit)
            })
        };
        self.bits.iter().enumerate().flat_map(move |(at, &bits)| bits_of(bits).map(move |bit| 64 * at + bit))
    }

    /// Marks whatever `other` marks.
    pub fn add(&mut self, other: &Self) {
        for (bits, more) in self.bits.iter_mut().zip(&other.bits) {
            *bits |= more;
        }
    }

    /// Is no place marked?
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.bits.iter().all(|&bits| bits == 0)
    }

    /// The first of these places that is marked.
    #[must_use]
    pub fn first_marked(&self, places: Range<usize>) -> Option<usize> {
        let mut place = places.start;
        while place < places.end {
            let bits = self.bits.get(place / 64)? >> (place % 64);
            if bits != 0 {
                place += bits.trailing_zeros() as usize;
                return (place < places.end).then_some(place);
            }
            place = (place / 64 + 1) * 64;
        }
        None
    }

    /// Is this place marked?
    #[must_use]
    pub fn is_marked(&self, place: usize) -> bool {
        self.bits.get(place / 64).is_some_and(|bits| bits >> (place % 64) & 1 == 1)
    }
}

/// Scans every text and title.
#[must_use]
pub fn read(corpus: &Corpus, progress: &dyn Progress) -> Tokens {
    let parts: Vec<Part> =
        even_ranges(corpus).into_par_iter().map(|range| scan_part(corpus, range, progress)).collect();
    let (vocabulary, renumbered) =
        Vocabulary::merge(parts.iter().map(|part| &part.vocabulary).collect::<Vec<_>>().as_slice());
    let n_words = parts.iter().flat_map(|part| part.n_words.iter().copied()).collect();
    let capitals = marked(&parts, |part| &part.capitals);
    let line_starts = marked(&parts, |part| &part.line_starts);
    let quoted = marked(&parts, |part| &part.quoted);
    let mut marks = ByteMarks { begins: vec![0], bytes: Vec::new() };
    for part in &parts {
        let before = marks.bytes.len();
        marks.begins.extend(part.marks.begins.iter().map(|begin| before + begin));
        marks.bytes.extend_from_slice(&part.marks.bytes);
    }
    let (bodies, titles): (Vec<_>, Vec<_>) = parts.into_iter().map(|part| (part.bodies, part.titles)).unzip();
    Tokens {
        vocabulary,
        bodies: concatenate(bodies, &renumbered),
        capitals,
        line_starts,
        quoted,
        titles: concatenate(titles, &renumbered),
        n_words,
        marks,
    }
}

/// The words of `text` outside `set_aside`, with their bytes: what [`Tokens::bodies`] holds, place by place.
pub fn article_words(text: &str, set_aside: &[SetAside], found: impl FnMut(&str, Range<u32>)) {
    scan_stretch(text, 0, set_aside, found);
}

/// The same of a stretch of the text that begins and ends where words begin: its first byte is the text's byte `begin`.
fn scan_stretch(stretch: &str, begin: u32, set_aside: &[SetAside], mut found: impl FnMut(&str, Range<u32>)) {
    let mut ahead = set_aside;
    scan::words(stretch, |word, range| {
        let range = begin + range.start..begin + range.end;
        while ahead.first().is_some_and(|aside| aside.bytes.end <= range.start) {
            ahead = &ahead[1..];
        }
        if ahead.first().is_none_or(|aside| range.end <= aside.bytes.start) {
            found(word, range);
        }
    });
}

/// Some consecutive documents, with word ids of their own.
struct Part {
    vocabulary: VocabularyBuilder,
    bodies: WordSequences,
    /// Places in `bodies`.
    capitals: WordMask,
    /// Places in `bodies`.
    line_starts: WordMask,
    /// Places in `bodies`.
    quoted: WordMask,
    titles: WordSequences,
    n_words: Vec<u32>,
    /// `begins` without its first, 0.
    marks: ByteMarks,
}

/// As many runs of documents as there are threads, about equal in bytes.
fn even_ranges(corpus: &Corpus) -> Vec<Range<u32>> {
    let n_documents = corpus.documents.len() as u32;
    let lengths = (0..n_documents).map(|document| corpus.texts.n_bytes(DocId(document)));
    let share = lengths.clone().sum::<usize>() / rayon::current_num_threads() + 1;
    let mut ranges = Vec::new();
    let (mut begin, mut bytes) = (0, 0);
    for (document, length) in (0u32..).zip(lengths) {
        bytes += length;
        if bytes >= share {
            ranges.push(begin..document + 1);
            (begin, bytes) = (document + 1, 0);
        }
    }
    ranges.push(begin..n_documents);
    ranges
}

fn scan_part(corpus: &Corpus, documents: Range<u32>, progress: &dyn Progress) -> Part {
    let empty = || WordSequences { begins: vec![0], words: Vec::new() };
    let mut part = Part {
        vocabulary: VocabularyBuilder::default(),
        bodies: empty(),
        capitals: WordMask::default(),
        line_starts: WordMask::default(),
        quoted: WordMask::default(),
        titles: empty(),
        n_words: Vec::new(),
        marks: ByteMarks::default(),
    };
    for id in documents {
        let document = &corpus.documents[id as usize];
        let text = corpus.texts.text(DocId(id));
        let before = part.bodies.words.len();
        let mut end = None;
        let mut is_quoted = false;
        article_words(&text, &document.set_aside, |word, range| {
            let place = part.bodies.words.len();
            if is_capital(&text, range.start as usize) {
                part.capitals.mark_beyond(place);
            }
            let breaks = |byte: &u8| matches!(byte, b'\n' | b'\r');
            let gap = &text[end.unwrap_or(0)..range.start as usize];
            if end.is_none() || gap.bytes().any(|byte| breaks(&byte)) {
                part.line_starts.mark_beyond(place);
                is_quoted = begins_quote(gap);
            }
            if is_quoted {
                part.quoted.mark_beyond(place);
            }
            end = Some(range.end as usize);
            if (place - before).is_multiple_of(WORDS_A_MARK) {
                part.marks.bytes.push(range.start);
            }
            part.bodies.words.push(part.vocabulary.id(word));
        });
        let mut n_words = (part.bodies.words.len() - before) as u32;
        for aside in &document.set_aside {
            scan::words(&text[aside.bytes.start as usize..aside.bytes.end as usize], |_, _| n_words += 1);
        }
        if let Some(headline) = document.headline() {
            scan::words(headline, |word, _| part.titles.words.push(part.vocabulary.id(word)));
        }
        part.n_words.push(n_words);
        part.marks.begins.push(part.marks.bytes.len());
        part.bodies.begins.push(part.bodies.words.len());
        part.titles.begins.push(part.titles.words.len());
        progress.advance(1);
    }
    part
}

/// Does a line that begins with what stands before its first word quote another text? Tags may open it.
fn begins_quote(before: &str) -> bool {
    let line = before.rsplit(['\n', '\r']).next().unwrap_or(before);
    let mut line = line.trim_start();
    while let Some((_, after)) = line.strip_prefix('<').and_then(|tag| tag.split_once('>')) {
        line = after.trim_start();
    }
    line.starts_with(": ")
        || line.trim_start_matches([' ', '|', ':']).starts_with('>')
        || line.starts_with("&gt;")
}

/// Is the letter at this byte a capital?
fn is_capital(text: &str, at: usize) -> bool {
    let byte = text.as_bytes()[at];
    byte.is_ascii_uppercase() || !byte.is_ascii() && text[at..].chars().next().is_some_and(char::is_uppercase)
}

/// What each part marks, as one mask.
fn marked(parts: &[Part], mask_of: impl Fn(&Part) -> &WordMask) -> WordMask {
    let mut mask = WordMask::none(parts.iter().map(|part| part.bodies.words.len()).sum());
    let mut begin = 0;
    for part in parts {
        for place in mask_of(part).places() {
            mask.mark(begin + place);
        }
        begin += part.bodies.words.len();
    }
    mask
}

fn concatenate(parts: Vec<WordSequences>, renumbered: &[Vec<WordId>]) -> WordSequences {
    let n_words: usize = parts.iter().map(|part| part.words.len()).sum();
    let mut whole = WordSequences { begins: vec![0], words: Vec::new() };
    for (mut part, ids) in parts.into_iter().zip(renumbered) {
        let base = whole.words.len();
        whole.begins.extend(part.begins[1..].iter().map(|begin| base + begin));
        part.words.par_iter_mut().for_each(|word| *word = ids[word.index()]);
        if base == 0 {
            // The first grows into the whole: so all words are not held twice.
            whole.words = part.words;
            whole.words.reserve_exact(n_words - whole.words.len());
        } else {
            whole.words.append(&mut part.words);
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::progress::Silent;

    proptest! {
        #[test]
        fn the_first_place_marked_is_the_first_that_a_look_at_each_finds(
            bits in proptest::collection::vec(proptest::bool::weighted(0.02), 0..300), from in 0..300usize, to in 0..300usize
        ) {
            let mask = WordMask::of(bits.len(), |place| bits[place]);
            prop_assert!((0..bits.len()).all(|place| mask.is_marked(place) == bits[place]));
            let expected = (from..to).find(|&place| bits.get(place) == Some(&true));
            prop_assert_eq!(mask.first_marked(from..to), expected);
        }
    }

    #[test]
    fn a_line_quotes_by_its_margin_and_by_no_tag() {
        for before in ["> ", "\n  >", "\n| > ", "\r\n: ", "end.\n\n<p>&gt; ", "\n>> \"", "&gt;"] {
            assert!(begins_quote(before), "{before:?}");
        }
        for before in ["", "\n", "\n<p>", "\n<b><i> ", "> \n", "\n- ", "\n| ", "\n:-) ", "\n<p \n"] {
            assert!(!begins_quote(before), "{before:?}");
        }
        let corpus =
            Corpus::from_texts([("a".to_owned(), "He wrote:\n> one two\n>three\nfour > five".to_owned())]);
        let tokens = read(&corpus, &Silent);
        let quoted: Vec<bool> = (0..7).map(|place| tokens.quoted.is_marked(place)).collect();
        assert_eq!(quoted, [false, false, true, true, true, false, false]);
    }

    #[test]
    fn what_is_marked_stands_where_it_does_however_many_threads_scan() {
        let text = |n: usize| "He wrote:\n> one Two three\nfour Five six seven\n".repeat(n % 9 + 1);
        let corpus = Corpus::from_texts((0..40).map(|n| (format!("{n:02}"), text(n))));
        let marked = |n_threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
            let tokens = pool.install(|| read(&corpus, &Silent));
            let masks = [&tokens.capitals, &tokens.line_starts, &tokens.quoted];
            masks.map(|mask| mask.places().collect::<Vec<usize>>())
        };
        let expected = marked(1);
        assert_eq!(expected[0][..4], [0, 3, 6, 9]);
        assert_eq!(expected[1][..4], [0, 2, 5, 9]);
        assert_eq!(expected[2][..4], [2, 3, 4, 11]);
        assert!([2, 3, 8].into_iter().all(|n_threads| marked(n_threads) == expected));
    }

    #[test]
    fn the_bytes_of_any_word_are_those_that_a_scan_of_the_whole_text_gives() {
        let words: Vec<String> =
            (0..200).map(|n| format!("w\u{f6}rd{n}{}", ["", ",", " <b>", " &amp;", "\n"][n % 5])).collect();
        let corpus =
            Corpus::from_texts([("a".to_owned(), words.join(" ")), ("b".to_owned(), "one".to_owned())]);
        let tokens = read(&corpus, &Silent);
        for document in [DocId(0), DocId(1)] {
            let mut place = 0;
            let set_aside = &corpus.documents[document.index()].set_aside;
            article_words(&corpus.texts.text(document), set_aside, |_, bytes| {
                assert_eq!(tokens.word_bytes(&corpus, document, place), bytes);
                place += 1;
            });
            assert_eq!(place, tokens.bodies.of(document).len());
        }
    }
}
