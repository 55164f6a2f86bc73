//! Words that are alike: equal, or so close that a scanner or a typist explains the difference.

use crate::tokens::{Vocabulary, WordId};

/// Compares words of one vocabulary, with what is needed of each at hand.
#[derive(Debug)]
pub struct WordMatcher<'a> {
    vocabulary: &'a Vocabulary,
    /// By word: which letters it has, a bit each, folded into 32.
    letters: Vec<u32>,
    /// By word: its length in bytes, at most 255; 0 for numbers, which match only if equal.
    lengths: Vec<u8>,
}

impl<'a> WordMatcher<'a> {
    /// Looks at each distinct word once.
    #[must_use]
    pub fn new(vocabulary: &'a Vocabulary) -> Self {
        let words = || (0..vocabulary.len() as u32).map(WordId);
        let letters = words()
            .map(|word| vocabulary.word(word).bytes().fold(0, |mask, byte| mask | 1 << (byte & 31)))
            .collect();
        let lengths = words()
            .map(
                |word| {
                    if vocabulary.is_number(word) { 0 } else { vocabulary.word(word).len().min(255) as u8 }
                },
            )
            .collect();
        Self { vocabulary, letters, lengths }
    }

    /// Is it made of digits only?
    #[must_use]
    pub fn is_number(&self, word: WordId) -> bool {
        self.lengths[word.index()] == 0
    }

    /// Length in bytes, for words that are no numbers.
    #[must_use]
    pub fn length(&self, word: WordId) -> usize {
        usize::from(self.lengths[word.index()])
    }

    /// Are two different words within the edits that their length allows (1, 2, 3 for 3-5, 6-8, 9 and
    /// more letters)?
    #[must_use]
    pub fn is_close(&self, left: WordId, right: WordId) -> bool {
        let (long, short) = (
            self.lengths[left.index()].max(self.lengths[right.index()]),
            self.lengths[left.index()].min(self.lengths[right.index()]),
        );
        let allowed = allowed_edits(usize::from(long));
        if short == 0 || allowed == 0 || usize::from(long - short) > allowed {
            return false;
        }
        // An edit changes the presence of at most two letters.
        let differing = (self.letters[left.index()] ^ self.letters[right.index()]).count_ones() as usize;
        differing <= 2 * allowed
            && edit_distance_within(
                self.vocabulary.word(left).as_bytes(),
                self.vocabulary.word(right).as_bytes(),
                allowed,
            )
    }

    /// Is `whole` the two words written as one, within the edits that its length allows?
    #[must_use]
    pub fn is_joined(&self, whole: WordId, first: WordId, second: WordId) -> bool {
        if self.is_number(whole) {
            return false;
        }
        let (first, second) = (self.vocabulary.word(first), self.vocabulary.word(second));
        let length = first.len() + second.len();
        let whole = self.vocabulary.word(whole).as_bytes();
        let allowed = allowed_edits(whole.len().min(length)).saturating_sub(1);
        if whole.len() < 3 || whole.len().abs_diff(length) > allowed || length > LONGEST {
            return false;
        }
        let mut joined = [0u8; LONGEST];
        joined[..first.len()].copy_from_slice(first.as_bytes());
        joined[first.len()..length].copy_from_slice(second.as_bytes());
        edit_distance_within(whole, &joined[..length], allowed)
    }
}

/// Longest word compared letter by letter, bytes.
const LONGEST: usize = 48;

/// Edits that a word of so many bytes may have suffered and still be the same word.
fn allowed_edits(length: usize) -> usize {
    match length {
        0..=2 => 0,
        3..=5 => 1,
        6..=8 => 2,
        _ => 3,
    }
}

/// Is the Levenshtein distance at most `allowed`? By bytes, in a band of 2 x `allowed` + 1 (Ukkonen 1985).
fn edit_distance_within(left: &[u8], right: &[u8], allowed: usize) -> bool {
    if left.len().abs_diff(right.len()) > allowed || left.len() > LONGEST || right.len() > LONGEST {
        return false;
    }
    let shared = left.iter().zip(right).take_while(|(a, b)| a == b).count();
    let (left, right) = (&left[shared..], &right[shared..]);
    if left.is_empty() || right.is_empty() {
        return left.len().max(right.len()) <= allowed;
    }
    if allowed == 0 {
        return false;
    }
    let mut row = [0u8; LONGEST + 1];
    for (place, cell) in row[..=right.len()].iter_mut().enumerate() {
        *cell = place as u8;
    }
    for (i, &letter) in left.iter().enumerate() {
        let (from, to) = (i.saturating_sub(allowed), (i + allowed + 1).min(right.len()));
        let mut diagonal = row[from];
        row[from] = if from == 0 { (i + 1) as u8 } else { u8::MAX / 2 };
        let mut least = row[from];
        for j in from..to {
            let above = if j + 1 == i + allowed + 1 { u8::MAX / 2 } else { row[j + 1] };
            let substituted = diagonal + u8::from(letter != right[j]);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(above + 1).min(row[j] + 1);
            least = least.min(row[j + 1]);
        }
        if usize::from(least) > allowed {
            return false;
        }
    }
    usize::from(row[right.len()]) <= allowed
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn levenshtein(left: &[u8], right: &[u8]) -> usize {
        let mut row: Vec<usize> = (0..=right.len()).collect();
        for (i, a) in left.iter().enumerate() {
            let mut diagonal = row[0];
            row[0] = i + 1;
            for (j, b) in right.iter().enumerate() {
                let next = (diagonal + usize::from(a != b)).min(row[j] + 1).min(row[j + 1] + 1);
                diagonal = row[j + 1];
                row[j + 1] = next;
            }
        }
        row[right.len()]
    }

    proptest! {
        #[test]
        fn the_banded_distance_agrees_with_the_full_one(left in "[a-c]{0,12}", right in "[a-c]{0,12}", allowed in 0..4usize) {
            prop_assert_eq!(
                edit_distance_within(left.as_bytes(), right.as_bytes(), allowed),
                levenshtein(left.as_bytes(), right.as_bytes()) <= allowed
            );
        }
    }
}
