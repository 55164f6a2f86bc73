//! Themes of a handful of documents: wording that several of them share.
//!
//! Statistics need many documents; a handful is read as a person would, by what recurs. Every word, phrase
//! and pair of words near each other in a clause that two documents have is a feature. Features with exactly the same
//! documents are one theme (a formal concept: Wille 1982), the better the more its features say.

use std::collections::BTreeMap;

use super::Theme;
use super::labels::{places_of, spelling, words_of};
use super::phrases::{Phrases, Place, Word, extend, is_whole, places};
use crate::corpus::DocId;

/// Documents from which themes are found by statistics instead; at most 32, the bits of a set.
pub(super) const HANDFUL: usize = 30;

/// Words a pair spans at most, so that "security architecture" is also found in "architecture of
/// equal and indivisible security".
const WINDOW: usize = 6;

/// A pair whose words never stand this close cannot be named in the documents' own words.
const LONGEST_LABEL: u8 = 3;

/// Features that make up a theme and its label.
const FEATURES: usize = 6;

/// Weight of each further feature of a theme.
const FURTHER: f32 = 0.5;

/// A feature must score this share of its theme's best.
const LEAST_FEATURE: f32 = 0.35;

/// Weight of a pair whose words never stand side by side.
const APART: f32 = 0.7;

/// Weight of phrases and pairs, and of names.
const SEVERAL_WORDS: f32 = 2.0;
const SINGLE: f32 = 0.6;
const NAME: f32 = 1.5;

/// A theme must score this share of the best one.
const LEAST_SCORE: f32 = 0.3;

/// Themes kept at most.
const MOST_THEMES: usize = 12;

/// Weight of a phrase all of whose words are also elsewhere.
const CHANCE: f32 = 0.3;

/// Two stems are one word here where one goes on from the other after so many letters ("terror", "terrorist"), and
/// both are as rare in the language as this.
const SAME_LETTERS: usize = 6;
const SAME_SPECIFICITY: f32 = 0.5;

/// Salt that tells a pair in any order from a phrase.
const PAIR: u64 = 0x5bd1_e995;

#[derive(Debug, Clone)]
struct Feature {
    stems: Vec<u32>,
    score: f32,
    /// tf / (tf + 1) by document of the handful.
    presence: Vec<f32>,
    label: Place,
    /// Two words near each other, not a phrase.
    is_pair: bool,
}

#[derive(Debug)]
struct Concept {
    documents: u32,
    features: Vec<Feature>,
    score: f32,
}

/// Themes of `documents`, best first, and each one's main theme.
pub(super) fn find(
    phrases: &Phrases<'_>,
    documents: &[DocId],
    wanted: Option<usize>,
) -> (Vec<Theme>, Vec<Option<u32>>) {
    let mut words: Vec<Vec<Word>> =
        documents.iter().map(|&document| phrases.first_words(document, usize::from(u16::MAX))).collect();
    join_forms(phrases, &mut words);
    let texts: Vec<String> = documents.iter().map(|&document| phrases.text(document)).collect();
    let mut found: Vec<Place> = Vec::new();
    for (document, words) in (0u32..).zip(&words) {
        places(words, document, |place| found.push(place));
        pairs(words, document, |place| found.push(place));
    }
    found.sort_unstable();
    let concepts = select(concepts(phrases, &found, &words), documents.len(), wanted);
    let mut themes: Vec<Theme> = Vec::new();
    for concept in &concepts {
        let weights = concept.weights(documents.len());
        let terms: Vec<(String, f32)> = concept
            .features
            .iter()
            .map(|feature| {
                // A pair is written as where its words stand closest; a phrase as most do.
                let places = if feature.is_pair {
                    std::slice::from_ref(&feature.label)
                } else {
                    places_of(feature.label.key, &found)
                };
                (spelling(places, &words, &texts), feature.score)
            })
            .collect();
        themes.push(theme(terms, &weights, documents));
    }
    let mut main = cover(&concepts, documents.len());
    // Nobody is left out: a document that shares nothing is a theme of its own, or joins the nearest.
    for (place, words) in words.iter().enumerate() {
        if main[place].is_some() || words.iter().all(|word| word.term.is_none()) {
            continue;
        }
        if wanted.is_some_and(|wanted| themes.len() >= wanted) {
            main[place] = Some(0);
            themes[0].documents.push((documents[place], 0.01));
        } else {
            main[place] = Some(themes.len() as u32);
            let mut weights = vec![0.0; documents.len()];
            weights[place] = 1.0;
            themes.push(theme(phrases.label(&documents[place..=place], 4), &weights, documents));
        }
    }
    (themes, main)
}

/// Gives forms of one word that the stemmer keeps apart the term of the shortest: in a handful of documents, each may
/// have written it in its own way.
fn join_forms(phrases: &Phrases<'_>, words: &mut [Vec<Word>]) {
    let mut terms: Vec<u32> = words.iter().flatten().filter_map(|word| word.term).collect();
    terms.sort_unstable();
    terms.dedup();
    terms.retain(|&term| phrases.term_specificity(term) >= SAME_SPECIFICITY);
    // Terms are in the order of their stems: those that go on from one follow it.
    let mut first_form: BTreeMap<u32, u32> = BTreeMap::new();
    for (place, &term) in terms.iter().enumerate() {
        let stem = phrases.stem(term);
        if stem.chars().count() < SAME_LETTERS || first_form.contains_key(&term) {
            continue;
        }
        for &longer in terms[place + 1..].iter().take_while(|&&longer| phrases.stem(longer).starts_with(stem))
        {
            if phrases.are_twins(term, longer) {
                first_form.entry(longer).or_insert(term);
            }
        }
    }
    for word in words.iter_mut().flatten() {
        word.term = word.term.map(|term| first_form.get(&term).copied().unwrap_or(term));
    }
}

/// One theme for each document: again and again the theme that says most about the documents still
/// without one (greedy cover), so that documents that belong together stay together.
fn cover(concepts: &[Concept], n: usize) -> Vec<Option<u32>> {
    let mut main = vec![None; n];
    loop {
        let mut best: (f32, usize) = (0.0, 0);
        for (number, concept) in concepts.iter().enumerate() {
            let weights = concept.weights(n);
            let left: f32 =
                weights.iter().zip(&main).filter(|(_, main)| main.is_none()).map(|(weight, _)| weight).sum();
            if left * concept.score > best.0 {
                best = (left * concept.score, number);
            }
        }
        if best.0 <= 0.0 {
            return main;
        }
        for (place, entry) in main.iter_mut().enumerate() {
            if concepts[best.1].documents >> place & 1 == 1 {
                entry.get_or_insert(best.1 as u32);
            }
        }
    }
}

fn theme(terms: Vec<(String, f32)>, weights: &[f32], documents: &[DocId]) -> Theme {
    let mut members: Vec<(DocId, f32)> =
        documents.iter().copied().zip(weights.iter().copied()).filter(|entry| entry.1 > 0.0).collect();
    members.sort_by(|left, right| right.1.total_cmp(&left.1).then(left.0.cmp(&right.0)));
    let label = terms.iter().take(3).map(|term| term.0.as_str()).collect::<Vec<_>>().join(", ");
    Theme { name: String::new(), label, terms, documents: members, coherence: 0.0, children: Vec::new() }
}

/// Two content words near each other in one clause, whichever comes first.
fn pairs(words: &[Word], document: u32, mut found: impl FnMut(Place)) {
    for (first, word) in words.iter().enumerate() {
        let Some(left) = word.term else { continue };
        for (length, next) in (2u8..).zip(words[first + 1..].iter().take(WINDOW - 1)) {
            if next.begins {
                break;
            }
            let Some(right) = next.term.filter(|&right| right != left) else { continue };
            let key = extend(extend(PAIR, left.min(right)), left.max(right));
            found(Place { key, document, first: first as u16, length });
        }
    }
}

/// Shared features, by exactly the documents that have them.
fn concepts(phrases: &Phrases<'_>, found: &[Place], words: &[Vec<Word>]) -> Vec<Concept> {
    let n = words.len();
    let mut by_documents: BTreeMap<u32, Vec<Feature>> = BTreeMap::new();
    let mut sets: BTreeMap<u32, u32> = BTreeMap::new();
    for (document, words) in words.iter().enumerate() {
        for term in words.iter().filter_map(|word| word.term) {
            *sets.entry(term).or_default() |= 1 << document;
        }
    }
    for run in found.chunk_by(|left, right| left.key == right.key) {
        let mut presence = vec![0.0f32; n];
        let mut set = 0u32;
        for places in run.chunk_by(|left, right| left.document == right.document) {
            presence[places[0].document as usize] = places.len() as f32 / (places.len() as f32 + 1.0);
            set |= 1 << places[0].document;
        }
        if set.count_ones() < 2 {
            continue;
        }
        // The shortest way the feature is written is its label.
        let Some(&label) = run.iter().min_by_key(|place| (place.length, place.document, place.first)) else {
            continue;
        };
        let ends = words_of(label, words);
        let is_pair = is_pair(run, words);
        if label.length > LONGEST_LABEL && is_pair {
            continue;
        }
        let phrase =
            if is_pair { vec![ends[0].clone(), ends[ends.len() - 1].clone()] } else { ends.to_vec() };
        let n_capital = run.iter().filter(|place| {
            let at = words_of(**place, words);
            at.iter().all(|word| word.is_capital || word.term.is_none())
        });
        let is_name = n_capital.count() * 2 > run.len();
        // Vladimir is a name where it stands alone, and a piece of one in Vladimir Putin.
        let n_whole = run.iter().filter(|place| is_whole(**place, &words[place.document as usize])).count();
        let stems: Vec<u32> = phrase.iter().filter_map(|word| word.term).collect();
        let form = if stems.len() > 1 { SEVERAL_WORDS } else { SINGLE }
            * if is_name { NAME / if stems.len() == 1 { SINGLE } else { 1.0 } } else { 1.0 }
            * if phrase.len() < ends.len() { APART } else { 1.0 }
            * n_whole as f32
            / run.len() as f32;
        // The rarest word makes a phrase; its company counts as much as itself.
        let rarest =
            phrase.iter().map(|word| phrases.specificity(std::slice::from_ref(word))).fold(0.0, f32::max);
        let specificity = f32::midpoint(phrases.specificity(&phrase), rarest);
        let lift = 0.5 + (n as f32 / set.count_ones() as f32).ln();
        let mut score = presence.iter().sum::<f32>() * lift * specificity * specificity * form;
        // Two things that meet by chance are no third: one of the words must be of these documents alone.
        if stems.len() > 1 && !stems.iter().any(|stem| sets.get(stem) == Some(&set)) {
            score *= CHANCE;
        }
        by_documents.entry(set).or_default().push(Feature { stems, score, presence, label, is_pair });
    }
    by_documents.into_iter().map(|(documents, features)| Concept::new(documents, features)).collect()
}

/// Pairs are keyed apart from phrases: the key of the label's own words tells which this is.
fn is_pair(run: &[Place], words: &[Vec<Word>]) -> bool {
    let phrase = words_of(run[0], words);
    let key = phrase.iter().filter_map(|word| word.term).fold(0, extend);
    key != run[0].key
}

impl Concept {
    /// The best features without twins; the score is theirs, each further one counting less.
    fn new(documents: u32, mut features: Vec<Feature>) -> Self {
        features.sort_by(|left, right| right.score.total_cmp(&left.score).then(left.label.cmp(&right.label)));
        let mut chosen: Vec<Feature> = Vec::new();
        for feature in features {
            let is_weak = chosen.first().is_some_and(|best| feature.score < LEAST_FEATURE * best.score);
            if chosen.len() == FEATURES || is_weak {
                break;
            }
            if !chosen.iter().any(|other| other.stems.iter().any(|stem| feature.stems.contains(stem))) {
                chosen.push(feature);
            }
        }
        let mut factor = 1.0;
        let mut score = 0.0;
        for feature in &chosen {
            score += feature.score * factor;
            factor *= FURTHER;
        }
        Self { documents, features: chosen, score }
    }

    /// How much each document has of the features, the most one being 1.
    fn weights(&self, n: usize) -> Vec<f32> {
        let mut weights = vec![0.0f32; n];
        for feature in &self.features {
            for (weight, presence) in weights.iter_mut().zip(&feature.presence) {
                *weight += feature.score * presence;
            }
        }
        let most = weights.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
        for weight in &mut weights {
            *weight /= most;
        }
        weights
    }
}

/// The best concepts; `wanted` of them, or as many as say something beside the best one.
fn select(mut concepts: Vec<Concept>, n: usize, wanted: Option<usize>) -> Vec<Concept> {
    concepts
        .sort_by(|left, right| right.score.total_cmp(&left.score).then(left.documents.cmp(&right.documents)));
    let best = concepts.first().map_or(0.0, |concept| concept.score);
    let most = wanted.unwrap_or(MOST_THEMES.min(2 * n));
    concepts.retain(|concept| wanted.is_some() || concept.score >= LEAST_SCORE * best);
    concepts.truncate(most);
    concepts
}
