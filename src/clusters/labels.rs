//! Labels: the phrases that tell a group of documents from the rest.
//!
//! A phrase scores presence x lift x specificity x form:
//! - presence: mean over the group of tf / (tf + 1), so that one document cannot shout the others down;
//! - lift: ln of its share of documents in the group over its share in the background (the class-based
//!   TF-IDF idea of Grootendorst 2022, with document frequencies), with a floor for drops without a rest;
//! - specificity: how rare its words are in the language, so that words of reporting stay away
//!   ([`super::common`]);
//! - form: phrases of several words and names before single words, and names that stand whole before
//!   pieces of longer ones.

use hashbrown::HashMap;

use super::label_words::Role;
use super::phrases::{Background, Phrases, Place, Word, extend, is_whole, places};
use crate::corpus::{DocId, Language};

/// Members read for one label; the label of a large group does not change with more.
const MEMBERS_READ: usize = 200;

/// Candidates whose spelling is looked up and which are checked for twins, per phrase asked for.
const CANDIDATES: usize = 12;

/// Lift of a phrase that is as common outside as inside.
const LEAST_LIFT: f32 = 0.05;

/// Weight of a phrase by its number of words, 1 to 4.
const BY_LENGTH: [f32; 4] = [1.0, 1.7, 1.9, 1.9];

/// The same for a phrase met once in all the documents read.
const ONCE: [f32; 4] = [1.0, 0.5, 0.3, 0.3];

/// Weight of a phrase written with capitals inside a sentence.
const NAME: f32 = 1.25;

/// A single word must say this much: it stands in less than a sixth of the documents of its language.
const SINGLE_SPECIFICITY: f32 = 0.34;

/// The same for a word at an end of a phrase, unless it has a capital there (New York).
const END_SPECIFICITY: f32 = 0.25;

/// A word that stands directly behind a number in this share of its places is a unit: pct, dlrs, barrels.
const UNIT: f32 = 0.5;

/// Two names joined by *and* are one where the rarer stands with the other in this share of its places.
const JOINED: f32 = 0.7;

/// Weight of a spelling met within a sentence, against one at its head or in a headline.
const SPELLING_IN_PROSE: usize = 50;

/// Documents from which the drop's own counts tell common words well enough for the table to count once.
const FULL_DROP: usize = 1000;

/// A phrase on its way to a label.
#[derive(Debug, Clone)]
struct Candidate {
    key: u64,
    score: f32,
    example: Place,
    stems: Vec<u32>,
}

impl Phrases<'_> {
    /// Up to `n` phrases that tell `members` from the rest, with their scores, best first. Deterministic;
    /// no two of them share a word, none begins or ends with a stop word or holds a number.
    #[must_use]
    pub fn label(&self, members: &[DocId], n: usize) -> Vec<(String, f32)> {
        self.label_against(members, n, self.whole_drop())
    }

    /// The same against another background than the whole drop.
    pub(super) fn label_against(
        &self,
        members: &[DocId],
        n: usize,
        background: &Background,
    ) -> Vec<(String, f32)> {
        let read: Vec<DocId> = if members.len() <= MEMBERS_READ {
            members.to_vec()
        } else {
            (0..MEMBERS_READ).map(|place| members[place * members.len() / MEMBERS_READ]).collect()
        };
        let words: Vec<Vec<Word>> = read.iter().map(|&document| self.words(document)).collect();
        let mut found: Vec<Place> = Vec::new();
        for (document, words) in (0u32..).zip(&words) {
            places(words, document, |place| found.push(place));
        }
        found.sort_unstable();
        let languages: Vec<Language> = read.iter().map(|&document| self.language(document)).collect();
        let mut candidates = self.candidates(&found, &words, &languages, background);
        candidates.sort_by(|left, right| {
            right.score.total_cmp(&left.score).then_with(|| left.example.cmp(&right.example))
        });
        candidates.truncate(n * CANDIDATES);
        let chosen = self.without_twins(candidates, n);
        let texts: Vec<String> = if chosen.is_empty() {
            Vec::new()
        } else {
            read.iter().map(|&document| self.text(document)).collect()
        };
        chosen
            .into_iter()
            .map(|candidate| (spelling(places_of(candidate.key, &found), &words, &texts), candidate.score))
            .collect()
    }

    fn candidates(
        &self,
        found: &[Place],
        words: &[Vec<Word>],
        languages: &[Language],
        background: &Background,
    ) -> Vec<Candidate> {
        let n_members = words.len() as f32;
        let least_documents = least_documents(words.len());
        let mut candidates = Vec::new();
        for run in found.chunk_by(|left, right| left.key == right.key) {
            let (mut n_documents, mut presence) = (0u32, 0.0f32);
            for places in run.chunk_by(|left, right| left.document == right.document) {
                n_documents += 1;
                presence += places.len() as f32 / (places.len() as f32 + 1.0);
            }
            if n_documents < least_documents {
                continue;
            }
            let example = run[0];
            let phrase = words_of(example, words);
            if !self.can_name(run, phrase, found, words) {
                continue;
            }
            let inside = n_documents as f32 / n_members;
            let outside = background.share(run[0].key, languages[example.document as usize]);
            let lift = (inside / outside).ln().max(0.0) + LEAST_LIFT;
            let content = phrase.iter().filter(|word| word.term.is_some()).count();
            let n_capital = run
                .iter()
                .filter(|place| {
                    let at = words_of(**place, words);
                    at.iter().all(|word| word.is_capital || word.term.is_none()) && !at[0].begins
                })
                .count();
            let is_name = n_capital * 2 > run.len();
            // Two words that stand side by side once are no phrase yet; a name is.
            let lengths = if run.len() > 1 || is_name { BY_LENGTH } else { ONCE };
            let whole = run.iter().filter(|place| is_whole(**place, &words[place.document as usize])).count();
            let form = lengths[content.min(lengths.len()) - 1]
                * if is_name { NAME } else { 1.0 }
                * (whole as f32 / run.len() as f32);
            let specificity = self.specificity(phrase);
            // A large drop tells by itself which words are everywhere (lift).
            let company = if self.n_documents() < FULL_DROP { specificity } else { 1.0 };
            let score = presence / n_members * lift * specificity * company * form;
            let stems = phrase.iter().filter_map(|word| word.term).collect();
            candidates.push(Candidate { key: run[0].key, score, example, stems });
        }
        candidates
    }

    /// Is a phrase neither common talk, nor begun by a unit, nor two names that merely meet?
    fn can_name(&self, run: &[Place], phrase: &[Word], found: &[Place], words: &[Vec<Word>]) -> bool {
        let n_counted = run.iter().filter(|place| words_of(**place, words)[0].after_number).count();
        if n_counted as f32 >= UNIT * run.len() as f32 {
            return false;
        }
        let says = |word: &Word, least| self.specificity(std::slice::from_ref(word)) >= least;
        let (first, last) = (&phrase[0], &phrase[phrase.len() - 1]);
        if phrase.len() == 1 {
            return says(first, SINGLE_SPECIFICITY);
        }
        if ![first, last].iter().all(|word| word.is_capital || says(word, END_SPECIFICITY)) {
            return false;
        }
        let is_joined = run.iter().any(|place| {
            words_of(*place, words).iter().any(|word| word.term.is_none() && word.role == Some(Role::And))
        });
        let count = |word: &Word| word.term.map_or(0, |term| places_of(extend(0, term), found).len());
        !is_joined || (run.len() > 1 && run.len() as f32 >= JOINED * count(first).min(count(last)) as f32)
    }

    /// The best `n`, no two with a word in common: of a phrase and its parts, the better one stands for both.
    fn without_twins(&self, candidates: Vec<Candidate>, n: usize) -> Vec<Candidate> {
        let mut chosen: Vec<Candidate> = Vec::with_capacity(n);
        for candidate in candidates {
            if chosen.len() == n {
                break;
            }
            let is_twin = |other: &Candidate| {
                other.stems.iter().any(|&a| candidate.stems.iter().any(|&b| self.are_twins(a, b)))
            };
            if !chosen.iter().any(is_twin) {
                chosen.push(candidate);
            }
        }
        chosen
    }
}

/// A phrase must stand in this many of the documents read: one in a group of three, a twentieth of many.
fn least_documents(n_read: usize) -> u32 {
    match n_read {
        0..=3 => 1,
        4..=40 => 2,
        _ => (n_read / 20) as u32,
    }
}

pub(super) fn words_of(place: Place, words: &[Vec<Word>]) -> &[Word] {
    let first = usize::from(place.first);
    &words[place.document as usize][first..first + usize::from(place.length)]
}

/// Where a phrase stands; `found` is sorted.
pub(super) fn places_of(key: u64, found: &[Place]) -> &[Place] {
    let first = found.partition_point(|place| place.key < key);
    let n = found[first..].iter().take_while(|place| place.key == key).count();
    &found[first..first + n]
}

/// The phrase as it is written most often, on one line (ties: the first in order of letters).
pub(super) fn spelling(places: &[Place], words: &[Vec<Word>], texts: &[String]) -> String {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for place in places {
        let phrase = words_of(*place, words);
        let (begin, end) = (phrase[0].bytes.start as usize, phrase[phrase.len() - 1].bytes.end as usize);
        let written: Vec<&str> = texts[place.document as usize][begin..end].split_whitespace().collect();
        // A capital at the head of a sentence is the sentence's, not the word's; so in a headline.
        let is_plain = !(phrase[0].in_headline || phrase[0].begins && phrase[0].is_capital);
        let weight = if is_plain { SPELLING_IN_PROSE } else { 1 };
        *counts.entry(written.join(" ")).or_default() += weight;
    }
    counts
        .into_iter()
        .max_by(|left, right| left.1.cmp(&right.1).then_with(|| right.0.cmp(&left.0)))
        .map(|(written, _)| written)
        .unwrap_or_default()
}
