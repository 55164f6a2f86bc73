//! Shingles: runs of consecutive words, by stable hash, and in how many documents each stands.

use hashbrown::HashMap;
use rayon::prelude::*;

use crate::context::Context;
use crate::corpus::DocId;
use crate::progress::Progress;
use crate::tokens::{Vocabulary, WordId};

/// Words in a shingle that proposes copies and tells common wording.
pub const WORDS: usize = 3;

/// Entries sorted at a time, 16 bytes each: what bounds the memory of a search over any drop.
const ENTRIES_A_PASS: usize = 8 << 20;

/// The stable hash of a run of words, from the words' stable hashes.
#[must_use]
pub fn hash(word_hashes: impl IntoIterator<Item = u64>) -> u64 {
    let mut mixed = 0x9e37_79b9_7f4a_7c15_u64;
    for word in word_hashes {
        mixed = (mixed.rotate_left(23) ^ word).wrapping_mul(0xd6e8_feb8_6659_fd93);
    }
    // The last bits choose the sample and the first bits the pass: both must be well mixed.
    mixed ^= mixed >> 32;
    mixed = mixed.wrapping_mul(0xd6e8_feb8_6659_fd93);
    mixed ^ (mixed >> 29)
}

/// The shingles of a sequence, one for each place at which a run of `length` words begins.
pub fn of<'a>(
    words: &'a [WordId],
    length: usize,
    vocabulary: &'a Vocabulary,
) -> impl Iterator<Item = u64> + 'a {
    words.windows(length).map(|run| hash(run.iter().map(|&word| vocabulary.hash(word))))
}

/// A shingle in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    pub(super) hash: u64,
    pub(super) document: DocId,
}

/// Calls `holders` once for every distinct shingle that `shingles_of` gives for `documents`, with its holders
/// ascending, each once.
///
/// The hashes are cut into ranges that are collected and sorted one after another, so that about
/// `n_expected` shingles in all take no more memory than [`ENTRIES_A_PASS`].
pub(super) fn for_each_shingle(
    documents: &[DocId],
    n_expected: usize,
    shingles_of: impl Fn(DocId, &mut Vec<u64>) + Sync,
    progress: &dyn Progress,
    mut holders: impl FnMut(&[Entry]),
) {
    let n_passes = (n_expected / ENTRIES_A_PASS + 1).next_power_of_two() as u64;
    for pass in 0..n_passes {
        let mut entries: Vec<Entry> = documents
            .par_chunks(64)
            .flat_map_iter(|documents| {
                let (mut found, mut hashes) = (Vec::new(), Vec::new());
                for &document in documents {
                    let begin = found.len();
                    hashes.clear();
                    shingles_of(document, &mut hashes);
                    let in_pass = hashes.iter().filter(|hash| hash.rotate_left(16) % n_passes == pass);
                    found.extend(in_pass.map(|&hash| Entry { hash, document }));
                    found[begin..].sort_unstable();
                    let mut kept = begin;
                    for place in begin..found.len() {
                        if place == begin || found[place] != found[kept - 1] {
                            found[kept] = found[place];
                            kept += 1;
                        }
                    }
                    found.truncate(kept);
                }
                progress.advance(documents.len() as u64);
                found
            })
            .collect();
        entries.par_sort_unstable();
        for run in entries.chunk_by(|left, right| left.hash == right.hash) {
            holders(run);
        }
    }
}

/// Shingles that so many documents hold that they tell little about any of them.
#[derive(Debug, Clone, Default)]
pub struct CommonShingles {
    /// Document frequency, over distinct texts, of the shingles above the cap.
    pub(super) frequencies: HashMap<u64, u32>,
}

impl CommonShingles {
    /// How much each word of a sequence weighs as evidence, 0..=1: 1, or (cap / df)^2 where df over the
    /// cap is the document frequency of the commonest shingle that covers the word. Known boilerplate
    /// weighs nothing.
    pub(super) fn word_weights(
        &self,
        words: &[WordId],
        vocabulary: &Vocabulary,
        context: &Context,
        cap: u32,
    ) -> Vec<f32> {
        let mut weights = vec![1.0f32; words.len()];
        for (place, hash) in of(words, WORDS, vocabulary).enumerate() {
            let weight = match self.frequencies.get(&hash) {
                _ if context.boilerplate.contains(&hash) => 0.0,
                Some(&df) => (cap as f32 / df as f32).powi(2),
                None => continue,
            };
            for covered in &mut weights[place..place + WORDS] {
                *covered = covered.min(weight);
            }
        }
        weights
    }
}
