//! Common wording: shingles that so many documents hold that they say little about any of them, and what each
//! word weighs as evidence for it.

use hashbrown::HashMap;
use rayon::prelude::*;

use super::shingles::{self, Occurrences, WORDS};
use crate::corpus::DocId;
use crate::tokens::{Tokens, WordMask};

/// Shingles that more documents hold than the cap.
#[derive(Debug, Clone, Default)]
pub struct CommonShingles {
    /// Document frequency, over distinct texts, by [`shingles::key`].
    pub(super) frequencies: HashMap<u64, u32>,
}

impl CommonShingles {
    /// How many there are.
    #[must_use]
    pub fn n_shingles(&self) -> usize {
        self.frequencies.len()
    }
}

/// Weight of a word that counts in full.
pub const FULL: u8 = u8::MAX;

/// Weight under which a word counts as boilerplate: a quarter.
pub const BOILERPLATE: u8 = FULL / 4 + 1;

/// How much each word of every document weighs as evidence, in parts of [`FULL`]: all of it, or (cap / df)^2 where
/// df over the cap is the document frequency of the commonest shingle that covers the word. Boilerplate
/// weighs nothing.
#[derive(Debug)]
pub struct WordWeights {
    /// By place in [`Tokens::bodies`].
    weights: Vec<u8>,
    /// By document.
    totals: Vec<Total>,
}

/// What a document weighs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Total {
    /// Sum of its words' weights.
    pub weight: u64,
    /// Words that are no boilerplate.
    pub n_weighing: u32,
}

impl WordWeights {
    /// Weighs the words of all documents.
    #[must_use]
    pub fn weigh(
        tokens: &Tokens,
        common: &CommonShingles,
        occurrences: &Occurrences,
        boilerplate: &WordMask,
        cap: u32,
    ) -> Self {
        let weight_of = |hash: u64| {
            let df = common.frequencies.get(&shingles::key(hash));
            df.map_or(FULL, |&df| (f32::from(FULL) * (cap as f32 / df as f32).powi(2)).round() as u8)
        };
        let mut weights = vec![FULL; tokens.bodies.words.len()];
        let totals = tokens
            .bodies
            .split(&mut weights)
            .into_par_iter()
            .map(|(document, weights)| {
                let counts = occurrences.of(tokens, document);
                let words = tokens.bodies.of(document);
                for (place, shingle) in words.windows(WORDS).enumerate() {
                    if !shingles::may_exceed(counts[place], cap) {
                        continue;
                    }
                    let weight =
                        weight_of(shingles::hash(shingle.iter().map(|&word| tokens.vocabulary.hash(word))));
                    if weight < FULL {
                        for covered in &mut weights[place..place + WORDS] {
                            *covered = weight.min(*covered);
                        }
                    }
                }
                for (place, weight) in tokens.bodies.range(document).zip(weights.iter_mut()) {
                    if boilerplate.is_marked(place) {
                        *weight = 0;
                    }
                }
                Total {
                    weight: weights.iter().map(|&weight| u64::from(weight)).sum(),
                    n_weighing: n_weighing(weights),
                }
            })
            .collect();
        Self { weights, totals }
    }

    /// The weights of one document's words.
    #[must_use]
    pub fn of(&self, tokens: &Tokens, document: DocId) -> &[u8] {
        &self.weights[tokens.bodies.range(document)]
    }

    /// What one document weighs in all.
    #[must_use]
    pub fn total(&self, document: DocId) -> Total {
        self.totals[document.index()]
    }
}

/// Words of these weights that are no boilerplate.
pub(super) fn n_weighing(weights: &[u8]) -> u32 {
    weights.iter().map(|&weight| u32::from(weight >= BOILERPLATE)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Corpus;
    use crate::progress::Silent;

    #[test]
    fn words_weigh_less_the_commoner_a_shingle_that_covers_them() {
        let texts =
            (0..8).map(|n| (n.to_string(), format!("said on monday that {n}{n} reasons of his own {n}")));
        let corpus = Corpus::from_texts(texts);
        let tokens = crate::tokens::read(&corpus, &Silent);
        let distinct: Vec<DocId> = (0..8).map(DocId).collect();
        let occurrences = Occurrences::count(&tokens, &distinct);
        let keys = |document| shingles::of_document(&tokens, document).map(shingles::key).collect::<Vec<_>>();
        let common = |cap: usize| {
            let mut frequencies: HashMap<u64, u32> = HashMap::new();
            for &document in &distinct {
                for key in keys(document) {
                    *frequencies.entry(key).or_default() += 1;
                }
            }
            frequencies.retain(|_, df| *df as usize > cap);
            CommonShingles { frequencies }
        };
        let blank = WordMask::none(tokens.bodies.words.len());
        let weigh = |cap: u32| WordWeights::weigh(&tokens, &common(2), &occurrences, &blank, cap);

        let halved = (f32::from(FULL) / 4.0).round() as u8;
        for &document in &distinct {
            // "said on monday", "on monday that" and "reasons of his", "of his own" stand in all eight texts.
            let expected = [halved, halved, halved, halved, FULL, halved, halved, halved, halved, FULL];
            assert_eq!(weigh(4).of(&tokens, document), expected);
            assert_eq!(weigh(8).of(&tokens, document), [FULL; 10]);
            assert_eq!(weigh(8).total(document), Total { weight: 10 * u64::from(FULL), n_weighing: 10 });
        }

        let mut boilerplate = WordMask::none(tokens.bodies.words.len());
        boilerplate.mark(tokens.bodies.range(DocId(3)).start);
        let weights = WordWeights::weigh(&tokens, &common(2), &occurrences, &boilerplate, 8);
        assert_eq!((weights.of(&tokens, DocId(3))[0], weights.of(&tokens, DocId(2))[0]), (0, FULL));
        assert_eq!(weights.total(DocId(3)).n_weighing, 9);
    }
}
