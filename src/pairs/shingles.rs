//! Shingles: runs of consecutive words, by stable hash, and in which documents each stands.

use std::ops::Range;

use hashbrown::HashMap;
use rapidhash::v3::rapidhash_v3;
use rayon::prelude::*;

use crate::corpus::DocId;
use crate::progress::Progress;
use crate::tokens::{Tokens, Vocabulary, WordId, WordMask};

/// Words in a shingle that proposes copies and tells common wording.
pub const WORDS: usize = 3;

/// Entries sorted at a time, 8 bytes each and twice that while they are: in a small drop so many, and in a large one a share of
/// its words, so that the memory stays below that of the words and the passes few.
pub(crate) const ENTRIES_A_PASS: usize = 8 << 20;
const WORDS_AN_ENTRY: usize = 12;

/// Parts of a pass that are sorted apart from each other: as many as let one of them stay in a core's cache.
const PARTS: usize = 64;

/// Bits of a hash that tell shingles of one part apart. With the part's and the pass's, two of some millions of
/// shingles in a pass share them all by chance a few times; a pair needs several such chances to be proposed.
const BITS_IN_PART: u32 = 32;

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
#[must_use]
pub fn of<'a>(
    words: &'a [WordId],
    length: usize,
    vocabulary: &'a Vocabulary,
) -> impl ExactSizeIterator<Item = u64> + 'a {
    words.windows(length).map(|run| hash(run.iter().map(|&word| vocabulary.hash(word))))
}

/// The shingles that propose copies and tell common wording, one for each place at which [`WORDS`] words begin.
#[must_use]
pub fn of_document(tokens: &Tokens, document: DocId) -> impl ExactSizeIterator<Item = u64> + '_ {
    let words = tokens.bodies.of(document);
    let (opening, rest) = words.split_at(words.len().min(WORDS - 1));
    let mut run = [0; WORDS];
    for (place, &word) in opening.iter().enumerate() {
        run[place + 1] = tokens.vocabulary.hash(word);
    }
    rest.iter().map(move |&word| {
        run = [run[1], run[2], tokens.vocabulary.hash(word)];
        hash(run)
    })
}

/// Letters that a word's beginning has.
const BEGINNING: usize = 3;

/// By word: the stable hash of its first letters, of numbers that of all digits. A word that was scanned badly more
/// often keeps its beginning than all of its letters.
pub(crate) fn beginnings(vocabulary: &Vocabulary) -> Vec<u64> {
    (0..vocabulary.len() as u32)
        .into_par_iter()
        .map(WordId)
        .map(|word| {
            let letters = vocabulary.word(word);
            let end = letters.char_indices().nth(BEGINNING).map_or(letters.len(), |(end, _)| end);
            if vocabulary.is_number(word) {
                vocabulary.hash(word)
            } else {
                rapidhash_v3(&letters.as_bytes()[..end])
            }
        })
        .collect()
}

/// The first bits of a hash, all that a search by shingles goes by: its part and [`BITS_IN_PART`] more.
pub(crate) fn key(hash: u64) -> u64 {
    hash >> (64 - PARTS.trailing_zeros() - BITS_IN_PART)
}

/// The documents that hold a shingle.
pub(super) struct Held<'a> {
    /// [`key`] of the shingle.
    pub(super) key: u64,
    entries: &'a [u64],
}

impl Held<'_> {
    /// How many hold it.
    pub(super) fn n_holders(&self) -> usize {
        self.entries.len()
    }

    /// The holders, ascending.
    pub(super) fn holders(&self) -> impl Iterator<Item = DocId> {
        self.entries.iter().map(|&entry| DocId(entry as u32))
    }
}

/// Every distinct shingle of some range of hashes with its holders, each once.
pub(super) struct Part {
    place: usize,
    /// The last [`BITS_IN_PART`] of a key, then the document; ascending.
    entries: Vec<u64>,
}

impl Part {
    /// One shingle after another.
    pub(super) fn shingles(&self) -> impl Iterator<Item = Held<'_>> {
        self.entries
            .chunk_by(|left, right| left >> 32 == right >> 32)
            .map(|entries| Held { key: (self.place as u64) << BITS_IN_PART | entries[0] >> 32, entries })
    }
}

/// Passes in which `n_entries` shingles of a drop of `n_words` words are sorted.
pub(crate) fn n_passes(n_entries: usize, n_words: usize) -> u64 {
    let at_a_time = ENTRIES_A_PASS.max(n_words / WORDS_AN_ENTRY);
    n_entries.div_ceil(at_a_time).max(1).next_power_of_two() as u64
}

/// Calls `reduce`, on all threads, with all shingles that `shingles_of` gives for `documents` and their holders,
/// one range of hashes at a time; what it makes of them is returned in the order of the ranges.
///
/// The hashes are cut into `n_passes` ranges (a power of two) that are collected and sorted one after another.
pub(super) fn reduce_holders<T: Send>(
    documents: &[DocId],
    n_passes: u64,
    shingles_of: impl Fn(DocId, &mut Vec<u64>) + Sync,
    progress: &dyn Progress,
    reduce: impl Fn(&Part) -> T + Sync,
) -> Vec<T> {
    let n_shares = 8 * rayon::current_num_threads();
    let mut reduced = Vec::new();
    for pass in 0..n_passes {
        let found: Vec<Vec<Vec<u64>>> = documents
            .par_chunks(documents.len().div_ceil(n_shares).max(1))
            .map(|documents| {
                let mut parts = vec![Vec::new(); PARTS];
                let mut hashes = Vec::new();
                for &document in documents {
                    hashes.clear();
                    shingles_of(document, &mut hashes);
                    for &hash in hashes.iter().filter(|&&hash| hash & (n_passes - 1) == pass) {
                        let key = key(hash);
                        let entry = key << (64 - BITS_IN_PART) | u64::from(document.0);
                        parts[(key >> BITS_IN_PART) as usize].push(entry);
                    }
                }
                progress.advance(documents.len() as u64);
                parts
            })
            .collect();
        let parts = (0..PARTS).into_par_iter().map(|place| {
            let mut entries: Vec<u64> =
                Vec::with_capacity(found.iter().map(|parts| parts[place].len()).sum());
            for parts in &found {
                entries.extend_from_slice(&parts[place]);
            }
            entries.sort_unstable();
            entries.dedup();
            reduce(&Part { place, entries })
        });
        reduced.par_extend(parts);
    }
    reduced
}

/// How often the shingle that begins at each place stands in the drop, never too low.
///
/// A counting sketch with a counter a shingle (the counting filter of Fan et al. 2000): that most shingles are
/// rare is told without a sort. Different shingles may share a counter.
#[derive(Debug)]
pub struct Occurrences {
    /// By place in [`Tokens::bodies`]; [`MOST_COUNTED`] stands for any number from there on.
    counts: Vec<u8>,
}

/// Where a counter stops.
const MOST_COUNTED: u8 = u8::MAX;

/// Fewest and most counters, powers of two; a drop has about as many as words, within these.
const COUNTERS: Range<usize> = 1 << 12..1 << 28;

/// Counters asked for at a time.
const COUNTERS_AT_A_TIME: usize = 256;

impl Occurrences {
    /// Counts the shingles of `documents`, and tells of all documents how often their shingles stand in these.
    #[must_use]
    pub fn count(tokens: &Tokens, documents: &[DocId]) -> Self {
        let counters = counters(tokens, documents);
        let mut counts = vec![0u8; tokens.bodies.words.len()];
        tokens.bodies.split(&mut counts).into_par_iter().for_each(|(document, counts)| {
            // The places first: then many counters are fetched at a time, and hashing does not stand between.
            let mut places = [0; COUNTERS_AT_A_TIME];
            let mut shingles = of_document(tokens, document);
            for counts in counts.chunks_mut(COUNTERS_AT_A_TIME) {
                let mut n_places = 0;
                for (place, hash) in places.iter_mut().zip(shingles.by_ref().take(counts.len())) {
                    *place = counter_of(hash, counters.len());
                    n_places += 1;
                }
                for (count, &place) in counts.iter_mut().zip(&places[..n_places]) {
                    *count = counters[place];
                }
            }
        });
        Self { counts }
    }

    /// Counts the texts of the past, too, in which shingles of these documents stand.
    pub(crate) fn add_past(&mut self, tokens: &Tokens, past: &HashMap<u64, u32>) {
        if past.is_empty() {
            return;
        }
        tokens.bodies.split(&mut self.counts).into_par_iter().for_each(|(document, counts)| {
            for (count, hash) in counts.iter_mut().zip(of_document(tokens, document)) {
                if let Some(&more) = past.get(&key(hash)) {
                    *count = count.saturating_add(u8::try_from(more).unwrap_or(MOST_COUNTED));
                }
            }
        });
    }

    /// Where two texts may be found to agree: at shingles that stand in two places and, at most, in `cap`. One that stands
    /// once is in one text only, and idioms lead nowhere; but a story in hundreds of copies is common wording, too, and goes on.
    pub(super) fn seeds(&self, cap: u32) -> WordMask {
        // No shingle begins at the last words of a text, so that none of the next one is looked at.
        let is_common = |place: usize| self.counts.get(place).is_some_and(|&count| may_exceed(count, cap));
        WordMask::of(self.counts.len(), |place| {
            self.counts[place] > 1 && (!is_common(place) || is_common(place + 1) && is_common(place + 2))
        })
    }

    /// How often the shingle at each of a document's places stands in the drop at most.
    pub(super) fn of(&self, tokens: &Tokens, document: DocId) -> &[u8] {
        &self.counts[tokens.bodies.range(document)]
    }
}

/// May a shingle that was counted so often stand in more than `n` places?
pub(super) fn may_exceed(count: u8, n: u32) -> bool {
    u32::from(count) > n || count == MOST_COUNTED
}

/// The counters after all shingles of `documents`. Their places are sorted into parts first, each small enough to
/// stay in a core's cache while it is counted.
fn counters(tokens: &Tokens, documents: &[DocId]) -> Vec<u8> {
    let n_words: usize = documents.iter().map(|&document| tokens.bodies.range(document).len()).sum();
    let mut counters = vec![0u8; n_words.clamp(COUNTERS.start, COUNTERS.end).next_power_of_two()];
    let n_counters = counters.len();
    let part_length = n_counters / PARTS;
    for documents in batches(tokens, documents) {
        let found: Vec<Vec<Vec<u32>>> = documents
            .par_chunks(documents.len().div_ceil(8 * rayon::current_num_threads()))
            .map(|documents| {
                let n_words: usize =
                    documents.iter().map(|&document| tokens.bodies.range(document).len()).sum();
                let room = n_words / PARTS * 9 / 8;
                let mut parts: Vec<Vec<u32>> = (0..PARTS).map(|_| Vec::with_capacity(room)).collect();
                for hash in documents.iter().flat_map(|&document| of_document(tokens, document)) {
                    let counter = counter_of(hash, n_counters);
                    parts[counter / part_length].push((counter % part_length) as u32);
                }
                parts
            })
            .collect();
        counters.par_chunks_mut(part_length).enumerate().for_each(|(part, counters)| {
            for &place in found.iter().flat_map(|parts| &parts[part]) {
                let counter = &mut counters[place as usize];
                *counter = counter.saturating_add(1);
            }
        });
    }
    counters
}

/// Cuts documents where their words fill a pass: of each word, 4 bytes are held.
fn batches<'a>(tokens: &Tokens, mut documents: &'a [DocId]) -> Vec<&'a [DocId]> {
    let mut batches = Vec::new();
    while !documents.is_empty() {
        let mut n_words = 0;
        let fits = |document: &&DocId| {
            let fits = n_words < ENTRIES_A_PASS;
            n_words += tokens.bodies.range(**document).len();
            fits
        };
        let (batch, left) = documents.split_at(documents.iter().take_while(fits).count());
        batches.push(batch);
        documents = left;
    }
    batches
}

fn counter_of(hash: u64, n_counters: usize) -> usize {
    (hash >> (64 - n_counters.trailing_zeros())) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Corpus;
    use crate::progress::Silent;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn tokens(texts: &[Vec<u8>]) -> Tokens {
        let named = texts.iter().enumerate().map(|(number, words)| {
            let words: Vec<String> = words.iter().map(|word| format!("w{word}")).collect();
            (number.to_string(), words.join(" "))
        });
        crate::tokens::read(&Corpus::from_texts(named), &Silent)
    }

    proptest! {
        #[test]
        fn a_count_is_never_too_low_and_holders_are_what_a_map_gives(
            texts in proptest::collection::vec(proptest::collection::vec(0..6u8, 1..40), 1..30)
        ) {
            let tokens = tokens(&texts);
            let documents: Vec<DocId> = (0..tokens.n_words.len() as u32).map(DocId).collect();
            let mut counts: BTreeMap<u64, u32> = BTreeMap::new();
            let mut holders: BTreeMap<u64, Vec<DocId>> = BTreeMap::new();
            for &document in &documents {
                for hash in of_document(&tokens, document) {
                    *counts.entry(hash).or_default() += 1;
                    holders.entry(key(hash)).or_default().push(document);
                }
            }
            holders.values_mut().for_each(Vec::dedup);
            let occurrences = Occurrences::count(&tokens, &documents);
            for &document in &documents {
                let told = occurrences.of(&tokens, document);
                for (hash, &count) in of_document(&tokens, document).zip(told) {
                    prop_assert!(u32::from(count) >= counts[&hash].min(u32::from(MOST_COUNTED)));
                }
            }
            let shingles_of = |document, found: &mut Vec<u64>| found.extend(of_document(&tokens, document));
            // One pass, and as many as a large drop takes.
            for n_passes in [1, 4] {
                let found = reduce_holders(&documents, n_passes, shingles_of, &Silent, |part| {
                    part.shingles().map(|held| (held.key, held.holders().collect())).collect::<Vec<_>>()
                });
                let found: BTreeMap<u64, Vec<DocId>> = found.into_iter().flatten().collect();
                prop_assert_eq!(&found, &holders);
            }
        }
    }
}
