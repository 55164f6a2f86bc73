//! Texts that stand for themselves: documents of the input of which no two share wording worth the name, and
//! further ones recombined from their sentences.

use std::borrow::Cow;
use std::collections::BTreeMap;

use hashbrown::HashMap;
use rayon::prelude::*;

use super::chance::{Chance, Purpose};
use super::prose;
use super::recombined::{self, Recombined};
use super::words::WordStock;
use crate::corpus::{Corpus, DocId, Language, Status};
use crate::tokens::scan;

/// Words of a shingle: five in a row are rarely shared by chance.
pub(super) const SHINGLE: usize = 5;

/// Share of a document's shingles that may stand in documents taken before it, and that any one later document
/// may share with it. So two of them share at most a fifth of the shorter: a quotation or a page's notices, never a copy.
const MOST_SHARED: f64 = 0.1;

/// Shingles that are remembered, about; above, one in 2, 4, ... is, chosen by its hash.
const MOST_SHINGLES: usize = 8_000_000;

/// A text that serves as an original, or as what another text is made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct SourceId(pub(super) u32);

/// A document of the input.
#[derive(Debug)]
pub(super) struct Natural {
    pub(super) document: DocId,
    /// Of its article: page furniture is not counted.
    pub(super) n_words: u32,
    pub(super) n_sentences: u32,
}

/// All texts that there are to take.
#[derive(Debug)]
pub(super) struct Sources<'a> {
    corpus: &'a Corpus,
    /// In the order in which they are taken.
    pub(super) natural: Vec<Natural>,
    /// Numbered after `natural`.
    pub(super) recombined: Vec<Recombined>,
    /// Places in `natural`.
    by_language: BTreeMap<Language, Vec<u32>>,
    /// The words of `natural`.
    pub(super) stock: WordStock,
    pub(super) seed: u64,
}

impl<'a> Sources<'a> {
    /// Sifts the corpus, in an order that `seed` decides.
    pub(super) fn sift(corpus: &'a Corpus, least_words: u32, seed: u64) -> Self {
        let mut order: Vec<(u64, DocId)> = (0..corpus.documents.len() as u32)
            .filter(|&document| corpus.documents[document as usize].status == Status::Ok)
            .map(|document| (Chance::at(seed, Purpose::Sources, u64::from(document)).next(), DocId(document)))
            .collect();
        order.sort_unstable();
        let bytes: usize = order.iter().map(|&(_, document)| corpus.texts.text(document).len()).sum();
        // Six bytes a word, about; the rate hangs on the corpus alone.
        let rate = (bytes / 6 / MOST_SHINGLES + 1).next_power_of_two() as u64;

        let mut owners: HashMap<u64, u32, foldhash::fast::FixedState> = HashMap::default();
        let mut n_shingles: Vec<u32> = Vec::new();
        let mut natural: Vec<Natural> = Vec::new();
        // In portions, so that not all shingles of all documents are there at once.
        for portion in order.chunks(2_048) {
            let looks: Vec<_> = portion
                .par_iter()
                .map(|&(_, document)| {
                    let text = article(corpus, document);
                    let (n_words, hashes) = shingles(&text, rate);
                    let n_sentences = prose::all_sentences(&text).len() as u32;
                    (Natural { document, n_words, n_sentences }, hashes)
                })
                .collect();
            for (look, hashes) in looks {
                if look.n_words < least_words || !is_new(&hashes, &owners, &n_shingles) {
                    continue;
                }
                for &hash in &hashes {
                    owners.entry(hash).or_insert(natural.len() as u32);
                }
                n_shingles.push(hashes.len() as u32);
                natural.push(look);
            }
        }
        let mut by_language: BTreeMap<Language, Vec<u32>> = BTreeMap::new();
        for (place, source) in (0u32..).zip(&natural) {
            by_language.entry(corpus.documents[source.document.index()].language).or_default().push(place);
        }
        let mut sources =
            Self { corpus, natural, recombined: Vec::new(), by_language, stock: WordStock::default(), seed };
        sources.stock = WordStock::count(&sources);
        sources
    }

    /// Makes further ones, so that there are `wanted` if that can be.
    pub(super) fn recombine(&mut self, wanted: usize) {
        let missing = wanted.saturating_sub(self.natural.len());
        self.recombined = recombined::recombine(self, &self.by_language, missing);
    }

    pub(super) fn len(&self) -> usize {
        self.natural.len() + self.recombined.len()
    }

    fn natural_of(&self, source: SourceId) -> Option<&Natural> {
        self.natural.get(source.0 as usize)
    }

    fn recombined_of(&self, source: SourceId) -> &Recombined {
        &self.recombined[source.0 as usize - self.natural.len()]
    }

    /// Words and sentences.
    pub(super) fn size(&self, source: SourceId) -> (u32, u32) {
        match self.natural_of(source) {
            Some(natural) => (natural.n_words, natural.n_sentences),
            None => (self.recombined_of(source).n_words, self.recombined_of(source).pieces.len() as u32),
        }
    }

    /// Is it one of the input's own documents?
    pub(super) fn is_natural(&self, source: SourceId) -> bool {
        (source.0 as usize) < self.natural.len()
    }

    /// The text: of a document of the input its article, without what the page shows around it.
    pub(super) fn text(&self, source: SourceId) -> Cow<'a, str> {
        match self.natural_of(source) {
            Some(natural) => article(self.corpus, natural.document),
            None => Cow::Owned(self.recombined_of(source).text(self)),
        }
    }

    pub(super) fn language(&self, source: SourceId) -> Language {
        let is_natural = self.is_natural(source);
        self.language_of(if is_natural { source.0 } else { self.recombined_of(source).pieces[0].natural })
    }

    /// The language of the document at a place in `natural`.
    pub(super) fn language_of(&self, place: u32) -> Language {
        self.corpus.documents[self.natural[place as usize].document.index()].language
    }

    /// The headline that the input gives, if any.
    pub(super) fn title(&self, source: SourceId) -> Option<&'a str> {
        let natural = self.natural_of(source)?;
        self.corpus.documents[natural.document.index()].title.as_deref()
    }

    /// The input's ids of the documents that it is made of.
    pub(super) fn ids(&self, source: SourceId) -> Vec<&'a str> {
        let id = |natural: &Natural| self.corpus.documents[natural.document.index()].id.as_str();
        if let Some(natural) = self.natural_of(source) {
            return vec![id(natural)];
        }
        let mut places: Vec<u32> =
            self.recombined_of(source).pieces.iter().map(|piece| piece.natural).collect();
        places.sort_unstable();
        places.dedup();
        places.into_iter().map(|place| id(&self.natural[place as usize])).collect()
    }

    /// The input's documents in a language.
    pub(super) fn in_language(&self, language: Language) -> &[u32] {
        self.by_language.get(&language).map_or(&[], Vec::as_slice)
    }
}

/// Does a document say enough that nobody said before, and does it leave those before it their own?
fn is_new(
    hashes: &[u64],
    owners: &HashMap<u64, u32, foldhash::fast::FixedState>,
    n_shingles: &[u32],
) -> bool {
    let most = |n: usize| (n as f64 * MOST_SHARED) as usize;
    let mut seen: Vec<u32> = hashes.iter().filter_map(|hash| owners.get(hash).copied()).collect();
    if hashes.is_empty() || seen.len() > most(hashes.len()) {
        return false;
    }
    seen.sort_unstable();
    seen.chunk_by(|a, b| a == b).all(|run| run.len() <= most(n_shingles[run[0] as usize] as usize))
}

/// Number of words, and the distinct hashes of five words in a row, one in `rate` of them.
fn shingles(text: &str, rate: u64) -> (u32, Vec<u64>) {
    let mut words = Vec::with_capacity(text.len() / 6);
    scan::words(text, |word, _| words.push(rapidhash::v3::rapidhash_v3(word.as_bytes())));
    let hash = |window: &[u64]| {
        window
            .iter()
            .fold(0u64, |hash, word| (hash.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    };
    let mut hashes: Vec<u64> =
        words.windows(SHINGLE).map(hash).filter(|hash| (hash >> 20).is_multiple_of(rate)).collect();
    hashes.sort_unstable();
    hashes.dedup();
    (words.len() as u32, hashes)
}

fn article(corpus: &Corpus, document: DocId) -> Cow<'_, str> {
    let text = corpus.texts.text(document);
    let set_aside = &corpus.documents[document.index()].set_aside;
    if set_aside.is_empty() {
        return text;
    }
    let mut article = String::with_capacity(text.len());
    let mut at = 0;
    for aside in set_aside {
        article.push_str(&text[at..aside.bytes.start as usize]);
        at = aside.bytes.end as usize;
    }
    article.push_str(&text[at..]);
    Cow::Owned(article.trim().to_owned())
}
