//! Compilations: documents within which others lie that are not copies of each other.

use hashbrown::{HashMap, HashSet};
use rayon::prelude::*;
use std::collections::BTreeMap;

use super::duplicates::Sources;
use crate::corpus::DocId;
use crate::pairs::verdict::Link;
use crate::tokens::terms::Stems;
use crate::vectors::Background;

/// Share of documents that a word unknown to the background is taken to occur in.
const RAREST_SHARE: f64 = 1e-4;

/// Parts of one document, each in another place, that are held against each other. A few are enough to tell; hundreds of excerpts are
/// excerpts of one text.
const MOST_PARTS: usize = 8;

/// Share of a document that its lesser part makes up at least for it to be a compilation; with less, it is the greater
/// part's text with something added.
pub(crate) const LESSER_PART: f64 = 0.2;

/// Words of the shorter of two parts for which the similarity that is asked for stands as it is. Unrelated texts share the more words the
/// longer they are: halves of 4,400 articles of four collections are told from parts of two best where similarity is divided by
/// this power of the length. Without it, 27 % of unrelated texts of a thousand words and more are too similar, and 3 % of a hundred.
const USUAL_WORDS: f64 = 150.0;
const LENGTH_POWER: f64 = 0.2;

/// What documents hold of others that are not copies of each other.
#[derive(Debug, Default)]
pub(super) struct Compilations {
    /// Those that are no copy of any part, ascending.
    pub(super) documents: Vec<DocId>,
    /// Documents with a part that is only added to their text, ascending, the smaller first.
    pub(super) added: Vec<(DocId, DocId)>,
}

/// Finds documents that hold two others.
pub(super) fn find(from: Sources) -> Compilations {
    let mut parts_of: HashMap<DocId, Vec<&Link>> = HashMap::new();
    let linked: HashSet<(DocId, DocId)> = from.links.iter().map(|link| (link.a, link.b)).collect();
    for link in from.links.iter().filter(|link| link.is_copy()) {
        let a_is_part = link.verdict.score_a > link.verdict.score_b;
        parts_of.entry(if a_is_part { link.b } else { link.a }).or_default().push(link);
    }
    let mut wholes: Vec<(DocId, Vec<&Link>)> =
        parts_of.into_iter().filter(|entry| entry.1.len() > 1).collect();
    wholes.sort_unstable_by_key(|entry| entry.0);
    let found: Vec<Compilations> = wholes
        .into_par_iter()
        .map(|(whole, links)| {
            let mut found = Compilations::default();
            let n_words = from.tokens.bodies.range(whole).len();
            let mut parts: Vec<Part> = links.iter().map(|link| Part::of(link, whole, n_words)).collect();
            parts.sort_by_key(|part| (std::cmp::Reverse(part.n_places), part.document));
            let parts = of_different_places(parts);
            for (place, lesser) in parts.iter().enumerate() {
                let is_unlike = |greater: &Part| {
                    let (left, right) = (greater.document, lesser.document);
                    !linked.contains(&(left.min(right), left.max(right)))
                        && greater.is_apart_from(lesser)
                        && word_similarity(from, left, right) < least_similarity(from, left, right)
                        && !parts.iter().any(|part| part.bridges(greater, lesser))
                };
                if !parts[..place].iter().any(is_unlike) {
                    continue;
                }
                if lesser.n_places as f64 >= LESSER_PART * n_words as f64 {
                    found.documents = vec![whole];
                } else {
                    let added = lesser.twins.iter().chain([&lesser.document]);
                    found.added.extend(added.map(|&part| (whole.min(part), whole.max(part))));
                }
            }
            found
        })
        .collect();
    let mut all = Compilations::default();
    for compilations in found {
        all.documents.extend(compilations.documents);
        all.added.extend(compilations.added);
    }
    all.added.sort_unstable();
    all
}

/// A document that lies within another.
struct Part {
    document: DocId,
    /// Others that lie in the same place.
    twins: Vec<DocId>,
    /// Which of the whole's words lie in passages of it.
    places: Vec<bool>,
    n_places: usize,
}

impl Part {
    fn of(link: &Link, whole: DocId, n_words: usize) -> Self {
        let mut places = vec![false; n_words];
        for block in &link.verdict.blocks {
            let span = if link.a == whole { &block.a } else { &block.b };
            places[span.start as usize..span.end as usize].fill(true);
        }
        let document = if link.a == whole { link.b } else { link.a };
        Self { document, twins: Vec::new(), n_places: places.iter().filter(|&&place| place).count(), places }
    }

    /// Do two parts lie in different places?
    fn is_apart_from(&self, other: &Self) -> bool {
        5 * self.n_shared(other) < self.n_places.min(other.n_places)
    }

    /// Does one hold some of two others, and not nearly all of both? Then these are excerpts of one text. What holds all of both may
    /// be the same compilation, or a shorter one.
    fn bridges(&self, left: &Self, right: &Self) -> bool {
        let holds = |part: &Self| 5 * self.n_shared(part) >= 4 * part.n_places;
        let holds_both = holds(left) && holds(right);
        let is_beside_one = self.is_apart_from(left) || self.is_apart_from(right);
        !is_beside_one && !holds_both
    }

    /// Do two parts lie in the same place, all but a little?
    fn is_where(&self, other: &Self) -> bool {
        5 * self.n_shared(other) >= 4 * self.n_places.max(other.n_places)
    }

    fn n_shared(&self, other: &Self) -> usize {
        self.places.iter().zip(&other.places).filter(|(left, right)| **left && **right).count()
    }
}

/// The greatest parts, one for each place: of a widely copied part, one copy speaks for all.
fn of_different_places(parts: Vec<Part>) -> Vec<Part> {
    let mut chosen: Vec<Part> = Vec::new();
    for part in parts {
        if let Some(other) = chosen.iter_mut().find(|other| other.is_where(&part)) {
            other.twins.push(part.document);
        } else if chosen.len() < MOST_PARTS {
            chosen.push(part);
        }
    }
    chosen
}

/// Below this, two texts are no parts of one.
fn least_similarity(from: Sources, left: DocId, right: DocId) -> f64 {
    let n_words = |document: DocId| from.tokens.bodies.range(document).len();
    let shorter = n_words(left).min(n_words(right)) as f64;
    from.settings.compilation_similarity * (shorter / USUAL_WORDS).powf(LENGTH_POWER)
}

/// Cosine of two texts' sets of words, each weighed by its rarity in the background of their language, so
/// that the answer depends on the two texts alone.
fn word_similarity(from: Sources, left: DocId, right: DocId) -> f64 {
    let language = from.corpus.documents[left.index()].language;
    let stems = Stems::of(language);
    let weights = |document: DocId| -> BTreeMap<String, f64> {
        let words = from.tokens.bodies.of(document).iter();
        words
            .filter_map(|&word| stems.stem(from.tokens.vocabulary.word(word)))
            .map(|stem| {
                let share = Background::shipped().share(language, &stem).unwrap_or(0.0).max(RAREST_SHARE);
                (stem, (1.0 / share).ln().powi(2))
            })
            .collect()
    };
    let (left, right) = (weights(left), weights(right));
    let length = |weights: &BTreeMap<String, f64>| weights.values().sum::<f64>().sqrt();
    let shared: f64 = left.iter().filter(|entry| right.contains_key(entry.0)).map(|entry| entry.1).sum();
    let lengths = length(&left) * length(&right);
    if lengths > 0.0 { shared / lengths } else { 0.0 }
}
