//! The vocabulary: each distinct word once, with an id and a stable hash.

use hashbrown::HashTable;
use rapidhash::v3::rapidhash_v3;
use rayon::prelude::*;

/// A distinct word's place in the [`Vocabulary`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WordId(pub u32);

impl WordId {
    /// As an index.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Every distinct word of a drop, ordered by stable hash (then by bytes), so that ids depend on the
/// set of words alone.
#[derive(Debug, Default)]
pub struct Vocabulary {
    /// All words, one after another.
    letters: String,
    /// Where each word begins in `letters`; `len() + 1` long.
    begins: Vec<usize>,
    /// Stable hash of each word (rapidhash v3); ascending.
    hashes: Vec<u64>,
    /// Which words are made of digits only.
    is_number: Vec<bool>,
}

impl Vocabulary {
    /// Number of distinct words.
    #[must_use]
    pub fn len(&self) -> usize {
        self.hashes.len()
    }

    /// True without words.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// A word's letters, folded.
    #[must_use]
    pub fn word(&self, word: WordId) -> &str {
        &self.letters[self.begins[word.index()]..self.begins[word.index() + 1]]
    }

    /// A word's stable hash: the same in every drop and every build.
    #[must_use]
    pub fn hash(&self, word: WordId) -> u64 {
        self.hashes[word.index()]
    }

    /// Is the word made of digits only?
    #[must_use]
    pub fn is_number(&self, word: WordId) -> bool {
        self.is_number[word.index()]
    }

    /// The id of a folded word.
    #[must_use]
    pub fn find(&self, word: &str) -> Option<WordId> {
        let hash = rapidhash_v3(word.as_bytes());
        let first = self.hashes.partition_point(|&other| other < hash);
        (first..self.len())
            .take_while(|&place| self.hashes[place] == hash)
            .map(|place| WordId(place as u32))
            .find(|&id| self.word(id) == word)
    }

    /// One vocabulary from several; beside it, for each of them, its ids' new numbers.
    pub(super) fn merge(parts: &[&VocabularyBuilder]) -> (Self, Vec<Vec<WordId>>) {
        let mut entries: Vec<(u64, u32, u32)> = Vec::new();
        for (part, builder) in (0u32..).zip(parts) {
            entries.extend((0u32..).zip(&builder.hashes).map(|(id, &hash)| (hash, part, id)));
        }
        let letters_of = |&(_, part, id): &(u64, u32, u32)| parts[part as usize].word(id);
        entries.par_sort_unstable_by(|left, right| {
            left.0.cmp(&right.0).then_with(|| letters_of(left).cmp(letters_of(right)))
        });
        let mut merged = Self { begins: vec![0], ..Self::default() };
        let mut renumbered: Vec<Vec<WordId>> =
            parts.iter().map(|part| vec![WordId(0); part.hashes.len()]).collect();
        for entry in &entries {
            let word = letters_of(entry);
            let is_new = merged.hashes.last() != Some(&entry.0)
                || merged.word(WordId(merged.len() as u32 - 1)) != word;
            if is_new {
                merged.letters.push_str(word);
                merged.begins.push(merged.letters.len());
                merged.hashes.push(entry.0);
                merged.is_number.push(word.bytes().all(|byte| byte.is_ascii_digit()));
            }
            renumbered[entry.1 as usize][entry.2 as usize] = WordId(merged.len() as u32 - 1);
        }
        (merged, renumbered)
    }
}

/// A vocabulary while it grows, in one thread; ids in order of first sight.
#[derive(Debug, Default)]
pub(super) struct VocabularyBuilder {
    letters: String,
    ends: Vec<usize>,
    hashes: Vec<u64>,
    /// Words of up to eight bytes, most of any text: found without a look at `letters`.
    short: HashTable<ShortWord>,
    /// All others.
    long: HashTable<u32>,
}

/// The letters of a word of 1..=8 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ShortLetters {
    /// Of four bytes and more: the first four and the last four, which together are the word. Of fewer: the first,
    /// the middle and the last.
    letters: u64,
    length: u8,
}

#[derive(Debug)]
struct ShortWord {
    letters: ShortLetters,
    id: u32,
}

impl ShortLetters {
    fn of(word: &[u8]) -> Option<Self> {
        let length = word.len() as u8;
        let letters = match word {
            [] => return None,
            [first, ..] if word.len() < 4 => {
                let (middle, last) = (word[word.len() / 2], word[word.len() - 1]);
                u64::from(*first) | u64::from(middle) << 8 | u64::from(last) << 16
            }
            _ if word.len() <= 8 => {
                let (first, last) = (word.first_chunk::<4>()?, word.last_chunk::<4>()?);
                u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last))
            }
            _ => return None,
        };
        Some(Self { letters, length })
    }

    /// For this table alone: mixed so that both its ends depend on every letter.
    fn hash(self) -> u64 {
        let mixed = (self.letters ^ u64::from(self.length) << 60).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed ^ mixed >> 32).wrapping_mul(0xd6e8_feb8_6659_fd93)
    }
}

impl VocabularyBuilder {
    pub(super) fn id(&mut self, word: &str) -> WordId {
        if let Some(letters) = ShortLetters::of(word.as_bytes()) {
            let hash = letters.hash();
            if let Some(found) = self.short.find(hash, |other| other.letters == letters) {
                return WordId(found.id);
            }
            let id = self.add(word, rapidhash_v3(word.as_bytes()));
            self.short.insert_unique(hash, ShortWord { letters, id }, |other| other.letters.hash());
            return WordId(id);
        }
        let hash = rapidhash_v3(word.as_bytes());
        let Self { letters, ends, hashes, long, .. } = self;
        let begin = |id: u32| if id == 0 { 0 } else { ends[id as usize - 1] };
        // Equal hashes are not enough: the letters decide.
        let is_same =
            |&id: &u32| hashes[id as usize] == hash && &letters[begin(id)..ends[id as usize]] == word;
        if let Some(&id) = long.find(hash, is_same) {
            return WordId(id);
        }
        let id = self.add(word, hash);
        self.long.insert_unique(hash, id, |&other| self.hashes[other as usize]);
        WordId(id)
    }

    fn add(&mut self, word: &str, hash: u64) -> u32 {
        let id = self.hashes.len() as u32;
        self.hashes.push(hash);
        self.letters.push_str(word);
        self.ends.push(self.letters.len());
        id
    }

    fn word(&self, id: u32) -> &str {
        let begin = if id == 0 { 0 } else { self.ends[id as usize - 1] };
        &self.letters[begin..self.ends[id as usize]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_depend_on_the_words_and_not_on_how_they_were_split() {
        let words: Vec<String> = (0..500).map(|n| format!("w{}", n * 7 % 313)).collect();
        let build = |pieces: usize| {
            let mut parts: Vec<VocabularyBuilder> = Vec::new();
            for piece in words.chunks(words.len() / pieces) {
                let mut part = VocabularyBuilder::default();
                for word in piece {
                    part.id(word);
                }
                parts.push(part);
            }
            let (merged, _) = Vocabulary::merge(&parts.iter().collect::<Vec<_>>());
            words.iter().map(|word| merged.find(word)).collect::<Vec<_>>()
        };
        assert!(build(1).iter().all(Option::is_some));
        assert_eq!(build(1), build(4));
        assert_eq!(build(1), build(7));
    }
}
