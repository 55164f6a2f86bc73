//! The verdict on two texts: are they the same, is one within the other, do they share wording?
//!
//! Decided from the aligned share of each text. A word weighs 1 as evidence, or less where many
//! documents share the wording that covers it: this tells templates and boilerplate from copies. Texts
//! whose numbers disagree throughout are two fillings of one form, not copies; nor is a reply a copy of what it quotes.

use std::ops::Range;

use rayon::prelude::*;

use super::Relation;
use super::align::{Alignment, BigramIndex, Order, WordMatch, align};
use super::common::{BOILERPLATE, FULL, Total, WordWeights, n_weighing};
use super::damage;
use super::quotes;
use super::shingles::Occurrences;
use super::unlike::{Aligned, Facing, Facts, Unlike, is_another_filling};
use crate::corpus::{Corpus, DocId};
use crate::progress::Progress;
use crate::settings::Settings;
use crate::tokens::{Tokens, WordMask};

/// One in so many words of the smaller text must be found by sure seeds before all seeds are tried; chosen, not measured.
const SURE_SHARE: usize = 8;

/// Share of a text's words that must weigh something for the weights to be used; a text that is common
/// wording from end to end (a story in hundreds of copies) is judged by plain coverage. A quarter; chosen, not measured.
pub(super) const LEAST_WEIGHING: f32 = 0.25;

/// Words of a text that make its opening: an article says in them what it is about, above boxes of links and of background that
/// stand below others, too.
const OPENING_WORDS: u32 = 200;

/// Words of an opening that weigh something at least; where a menu stands on top, it goes on until there are so many.
const FEWEST_OPENING: u64 = 50;

/// Share of an opening that lies in passages, below which it is the text's own. Of copies planted in two drops of articles
/// none has less than half of both openings in common; of 62 near-copies listed among 37,554 articles nine had, eight of them wrong.
const OWN_OPENING: f32 = 0.45;

/// Score from which texts that are no copies are looked at again, in other ways: half of what makes a copy; chosen, not measured.
pub(crate) const SECOND_LOOK: f32 = 0.4;

/// How much longer one of two texts is that may hold the other beside something like it; chosen, not measured.
const LONGER: f32 = 1.25;

/// What every verdict needs at hand.
#[derive(Debug)]
pub struct Judge<'a> {
    tokens: &'a Tokens,
    /// See [`Occurrences::seeds`].
    seeds: WordMask,
    weights: &'a WordWeights,
    settings: &'a Settings,
    facts: Facts<'a>,
    has_quotes: bool,
}

/// A verdict on two texts. The default: they share nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Verdict {
    /// What they are; none where nothing worth telling is shared.
    pub relation: Option<Relation>,
    /// Share of a's weight that is matched, 0..=1.
    pub score_a: f32,
    /// The same of b.
    pub score_b: f32,
    /// Share of a's words that lie in passages, boilerplate not counted, 0..=1.
    pub coverage_a: f32,
    /// The same of b.
    pub coverage_b: f32,
    /// Words of a in the longest passage.
    pub longest_passage: u32,
    /// Numbers that face each other in the alignment.
    pub numbers: Facing,
    /// Names (words with a capital on both sides) that face each other.
    pub names: Facing,
    /// Why they are no copies although enough matches, and where one quotes the other in any case.
    pub unlike: Option<Unlike>,
    /// Words matched exactly and in all, boilerplate not counted.
    pub matched: MatchedWords,
    /// The stretches they share, in no order.
    pub blocks: Vec<Block>,
}

/// A stretch that two texts share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// Places of a's words.
    pub a: Range<u32>,
    /// Places of b's words.
    pub b: Range<u32>,
    /// Words matched in it that are alike, one by one: [`WordMatch::is_alike`].
    pub n_matched: u32,
}

impl Verdict {
    /// Are the two the same text, or is one within the other?
    #[must_use]
    pub fn is_copy(&self) -> bool {
        matches!(self.relation, Some(Relation::Identical | Relation::NearDuplicate | Relation::Contained))
    }

    /// The same of b and a.
    #[must_use]
    pub fn flipped(&self) -> Self {
        let flip =
            |block: &Block| Block { a: block.b.clone(), b: block.a.clone(), n_matched: block.n_matched };
        Self {
            score_a: self.score_b,
            score_b: self.score_a,
            coverage_a: self.coverage_b,
            coverage_b: self.coverage_a,
            longest_passage: self.blocks.iter().map(|block| block.b.len() as u32).max().unwrap_or(0),
            blocks: self.blocks.iter().map(flip).collect(),
            ..self.clone()
        }
    }
}

/// How much matched.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct MatchedWords {
    /// Words matched letter for letter.
    pub exact: u32,
    /// Words matched, close ones included.
    pub all: u32,
    /// Their weight.
    pub weight: f32,
}

/// A pair that shares something.
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// The document with the smaller id.
    pub a: DocId,
    /// The document with the greater id.
    pub b: DocId,
    /// Why it is one.
    pub verdict: Verdict,
}

impl Link {
    /// The greater of the two sides' scores.
    #[must_use]
    pub fn score(&self) -> f32 {
        self.verdict.score_a.max(self.verdict.score_b)
    }

    /// Are the two the same text, or one within the other?
    #[must_use]
    pub fn is_copy(&self) -> bool {
        self.verdict.is_copy()
    }
}

/// Judges every candidate pair; those that share nothing worth telling are left out. Ascending by (a, b).
#[must_use]
pub fn judge_all(judge: &Judge, candidates: &[(DocId, DocId)], progress: &dyn Progress) -> Vec<Link> {
    candidates
        .par_chunk_by(|left, right| left.0 == right.0)
        .flat_map_iter(|pairs| {
            let a = judge.prepare(pairs[0].0);
            progress.advance(pairs.len() as u64);
            let links = pairs.iter().filter_map(|&(_, b)| {
                let verdict = judge.compare(&a, b);
                verdict.relation.is_some().then_some(Link { a: a.document, b, verdict })
            });
            links.collect::<Vec<_>>()
        })
        .collect()
}

/// A document made ready to be compared with many.
#[derive(Debug)]
pub struct Prepared {
    /// Which.
    pub document: DocId,
    index: BigramIndex,
}

impl<'a> Judge<'a> {
    /// Looks at each distinct word once.
    #[must_use]
    pub fn new(
        corpus: &'a Corpus,
        tokens: &'a Tokens,
        occurrences: &Occurrences,
        weights: &'a WordWeights,
        settings: &'a Settings,
    ) -> Self {
        let has_quotes = !tokens.quoted.is_blank();
        let seeds = occurrences.seeds(settings.shingle_cap);
        Self { tokens, seeds, weights, settings, facts: Facts::new(corpus, tokens), has_quotes }
    }

    /// Indexes a document's bigrams.
    #[must_use]
    pub fn prepare(&self, document: DocId) -> Prepared {
        let mut index = BigramIndex::default();
        index.fill(self.tokens.bodies.of(document));
        Prepared { document, index }
    }

    /// How much each word of a document weighs as evidence, in parts of [`FULL`].
    #[must_use]
    pub fn weights(&self, document: DocId) -> &[u8] {
        self.weights.of(self.tokens, document)
    }

    /// Aligns two texts and judges them.
    #[must_use]
    pub fn compare(&self, a: &Prepared, b: DocId) -> Verdict {
        let (words_a, words_b) = (self.tokens.bodies.of(a.document), self.tokens.bodies.of(b));
        let least = self.settings.shortest_copy.min(self.settings.reuse_words) as usize;
        let enough = least.max(words_a.len().min(words_b.len()) / SURE_SHARE);
        let is_plain = self.is_plain(a.document, b);
        let places_b = self.tokens.bodies.range(b);
        let next_seed = |place: usize| {
            let seed = self.seeds.first_marked(places_b.start + place..places_b.end);
            seed.map(|seed| seed - places_b.start)
        };
        let aligned =
            |order: Order| align(order, (words_a, words_b), &a.index, &self.facts.words, next_seed, enough);
        let alignment = aligned(Order::AsTheyCome);
        // Most candidates end here: what so few words could weigh decides nothing.
        if alignment.matches.len() < least {
            return Verdict::default();
        }
        let mut verdict = self.judge(&alignment, a.document, b, is_plain);
        if alignment.is_damaged() && !verdict.is_copy() {
            let mended = damage::mend(&alignment, words_a, words_b, &self.facts.words);
            verdict = self.judge(&mended, a.document, b, is_plain);
        }
        // Where the longer says one thing twice in like words, the first of them may have taken what is the other's.
        let has_more =
            words_a.len().max(words_b.len()) as f32 >= LONGER * words_a.len().min(words_b.len()) as f32;
        if verdict.is_copy() || !has_more || verdict.score_a.max(verdict.score_b) < SECOND_LOOK {
            return verdict;
        }
        let again = self.judge(&aligned(Order::LongestFirst), a.document, b, is_plain);
        if again.is_copy() { again } else { verdict }
    }

    /// The verdict that an alignment gives.
    fn judge(&self, alignment: &Alignment, a: DocId, b: DocId, is_plain: bool) -> Verdict {
        let side_a = self.side(a, is_plain);
        let side_b = self.side(b, is_plain);
        let aligned = Aligned { a, b, alignment };
        let (numbers, names) = self.facts.facing(aligned);
        let mut verdict = Verdict { numbers, names, ..Verdict::default() };
        let mut weight_matched = 0;
        for matched in &alignment.matches {
            let weight = side_a.weight(matched.a).min(side_b.weight(matched.b));
            weight_matched += u64::from(weight);
            if weight >= BOILERPLATE {
                verdict.matched.all += 1;
                verdict.matched.exact += u32::from(matched.is_exact);
            }
        }
        verdict.matched.weight = weight_matched as f32 / f32::from(FULL);
        verdict.score_a = side_a.matched_share(alignment.matches.iter().map(|matched| matched.a));
        verdict.score_b = side_b.matched_share(alignment.matches.iter().map(|matched| matched.b));
        verdict.blocks = alignment
            .blocks()
            .map(|matches| {
                let (first, last) = (matches[0], matches[matches.len() - 1]);
                let n_matched = matches.iter().filter(|matched| matched.is_alike).count() as u32;
                Block { a: first.a..last.a + 1, b: first.b..last.b + 1, n_matched }
            })
            .collect();
        let blocks = &verdict.blocks;
        verdict.longest_passage = blocks.iter().map(|block| block.a.len() as u32).max().unwrap_or(0);
        verdict.coverage_a = side_a.covered_share(blocks.iter().map(|block| &block.a));
        verdict.coverage_b = side_b.covered_share(blocks.iter().map(|block| &block.b));
        let is_quote = |document: DocId, side: &Side, place: fn(&WordMatch) -> u32| {
            let shared = alignment.matches.iter().map(place);
            quotes::are_all_that_is_shared(self.tokens, document, shared, |place| side.weight(place))
        };
        let is_quote = self.has_quotes
            && (is_quote(a, &side_a, |matched| matched.a) || is_quote(b, &side_b, |matched| matched.b));
        let matches_enough = self.matches_enough(&verdict, is_plain, alignment.matches.len());
        if is_quote {
            verdict.unlike = Some(Unlike::Quote);
        } else if matches_enough {
            verdict.unlike = self.unlike(&verdict, aligned, &side_a, &side_b);
        }
        verdict.relation = self.relation(&verdict, matches_enough);
        verdict
    }

    /// Is one of two texts common wording from end to end, so that every word of both counts?
    #[must_use]
    pub fn is_plain(&self, a: DocId, b: DocId) -> bool {
        self.weighs_too_little(a) || self.weighs_too_little(b)
    }

    /// Is a text common wording from end to end?
    fn weighs_too_little(&self, document: DocId) -> bool {
        let n_words = self.tokens.bodies.range(document).len();
        self.weights.total(document).n_weighing as f32 <= LEAST_WEIGHING * n_words as f32
    }

    fn side(&self, document: DocId, is_plain: bool) -> Side<'_> {
        let n_words = self.tokens.bodies.range(document).len();
        if is_plain {
            Side::Plain { n_words }
        } else {
            Side::Weighed { weights: self.weights(document), total: self.weights.total(document) }
        }
    }

    /// Does so much match that two texts are copies, if nothing tells them apart?
    fn matches_enough(&self, verdict: &Verdict, plain: bool, n_matched: usize) -> bool {
        let settings = self.settings;
        let threshold = if plain { settings.plain_copy_threshold } else { settings.copy_threshold } as f32;
        let greater = verdict.score_a.max(verdict.score_b);
        let lesser = verdict.score_a.min(verdict.score_b);
        // Damage leaves two traces, words that still match closely and words that do not match at all: the
        // first tells how many of the second a scanner explains.
        let close_share = 1.0 - f64::from(verdict.matched.exact) / f64::from(verdict.matched.all.max(1));
        let explained = (settings.noise_credit * close_share).min(settings.most_noise_credit) as f32;
        // A short text has too few numbers and names to tell a version from another filling of its form.
        let is_long = n_matched > settings.short_form_words as usize;
        let few_differ = is_long && 3 * verdict.numbers.different <= verdict.numbers.equal;
        // A text that is common from end to end may be a form: its names must agree, too, and more of it.
        let few_names_differ = 3 * verdict.names.different <= verdict.names.equal;
        let both_sides =
            if plain { settings.plain_both_sides_threshold } else { settings.both_sides_threshold };
        let is_much = lesser >= both_sides as f32 && (few_names_differ || !plain);
        // One word in five exchanged leaves short runs all through both texts; what other texts share, they share in one place.
        let covered = verdict.coverage_a.min(verdict.coverage_b);
        let is_throughout = covered >= settings.throughout_coverage as f32
            && lesser >= settings.throughout_threshold as f32
            && few_names_differ;
        // The same of what is left of a text that was cut.
        let is_all_through = |covered: f32, score: f32| {
            covered >= settings.excerpt_coverage as f32 && score >= settings.excerpt_threshold as f32
        };
        let is_excerpt = (is_all_through(verdict.coverage_a, verdict.score_a)
            || is_all_through(verdict.coverage_b, verdict.score_b))
            && few_names_differ
            && !plain;
        let are_versions = few_differ && (is_much || is_throughout || is_excerpt);
        (greater + explained >= threshold || are_versions)
            && verdict.matched.weight >= settings.shortest_copy as f32
    }

    /// What tells two texts apart that match enough.
    fn unlike(&self, verdict: &Verdict, aligned: Aligned, side_a: &Side, side_b: &Side) -> Option<Unlike> {
        let matches = &aligned.alignment.matches;
        let n_words = |document: DocId| self.tokens.bodies.range(document).len() as u32;
        let longer = n_words(aligned.a).max(n_words(aligned.b));
        let (n_matched, short) = (matches.len() as u32, self.settings.short_form_words);
        if is_another_filling(verdict.numbers, verdict.names, n_matched, longer, short) {
            return Some(Unlike::Filling);
        }
        let is_own = |shared: f32| shared < OWN_OPENING;
        if is_own(side_a.opening_covered(verdict.blocks.iter().map(|block| &block.a)))
            && is_own(side_b.opening_covered(verdict.blocks.iter().map(|block| &block.b)))
        {
            return Some(Unlike::OtherOpening);
        }
        self.facts.tell(aligned, verdict.numbers)
    }

    fn relation(&self, verdict: &Verdict, matches_enough: bool) -> Option<Relation> {
        let settings = self.settings;
        let lesser = verdict.score_a.min(verdict.score_b);
        if matches_enough && verdict.unlike.is_none() {
            return Some(if lesser >= settings.near_duplicate_share as f32 {
                Relation::NearDuplicate
            } else {
                Relation::Contained
            });
        }
        let is_reuse = verdict.matched.weight >= settings.reuse_words as f32
            && verdict.longest_passage >= settings.reuse_passage_words;
        is_reuse.then_some(Relation::Reuse)
    }
}

/// One text of a comparison, with what its words weigh.
enum Side<'a> {
    /// Every word counts in full.
    Plain {
        n_words: usize,
    },
    Weighed {
        weights: &'a [u8],
        total: Total,
    },
}

impl Side<'_> {
    fn weight(&self, place: u32) -> u8 {
        match self {
            Self::Plain { .. } => FULL,
            Self::Weighed { weights, .. } => weights[place as usize],
        }
    }

    fn total(&self) -> Total {
        match self {
            Self::Plain { n_words } => {
                Total { weight: u64::from(FULL) * *n_words as u64, n_weighing: *n_words as u32 }
            }
            Self::Weighed { total, .. } => *total,
        }
    }

    /// Share of the weight that the matched places hold; a place matched twice counts once.
    fn matched_share(&self, places: impl Iterator<Item = u32>) -> f32 {
        // A word matched twice is one against two joined: its two matches follow each other.
        let mut last = None;
        let mut matched = 0;
        for place in places {
            if last != Some(place) {
                matched += u64::from(self.weight(place));
            }
            last = Some(place);
        }
        share(matched, self.total().weight)
    }

    /// Share of the opening's words, boilerplate not counted, that lie in the spans.
    fn opening_covered<'r>(&self, spans: impl Iterator<Item = &'r Range<u32>>) -> f32 {
        let mut spans: Vec<&Range<u32>> = spans.collect();
        spans.sort_unstable_by_key(|span| span.start);
        let (mut n_words, mut n_covered, mut reached) = (0, 0, 0);
        let mut ahead = spans.into_iter().peekable();
        for place in (0..self.n_words()).filter(|&place| self.weight(place) >= BOILERPLATE) {
            if place >= OPENING_WORDS && n_words >= FEWEST_OPENING {
                break;
            }
            while let Some(span) = ahead.next_if(|span| span.start <= place) {
                reached = span.end.max(reached);
            }
            n_words += 1;
            n_covered += u64::from(place < reached);
        }
        share(n_covered, n_words)
    }

    fn n_words(&self) -> u32 {
        match self {
            Self::Plain { n_words } => *n_words as u32,
            Self::Weighed { weights, .. } => weights.len() as u32,
        }
    }

    /// Share of the words, boilerplate not counted, that lie in the spans.
    fn covered_share<'r>(&self, spans: impl Iterator<Item = &'r Range<u32>>) -> f32 {
        let covered = spans.map(|span| match self {
            Self::Plain { .. } => span.len() as u64,
            Self::Weighed { weights, .. } => {
                u64::from(n_weighing(&weights[span.start as usize..span.end as usize]))
            }
        });
        share(covered.sum(), u64::from(self.total().n_weighing))
    }
}

fn share(part: u64, whole: u64) -> f32 {
    if whole > 0 { (part as f32 / whole as f32).min(1.0) } else { 0.0 }
}
