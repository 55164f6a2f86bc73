//! Damage: stretches between two matches that a bad scan left unlike word by word, and alike letter by letter.
//!
//! A scanner joins words, splits them and misreads several letters of one, so that none of its words is close to
//! the true one; the run of letters still is. How much of a run may
//! differ is `MOST_WRONG`; with it, of 2,160 planted look-alikes none is taken for a copy.

use std::ops::Range;

use super::align::{Alignment, WordMatch};
use super::words::{WordMatcher, is_within};
use crate::tokens::WordId;

/// Share of the letters of a gap that may differ.
const MOST_WRONG: f64 = 0.42;

/// Letters that a gap has at least on either side; fewer agree by chance.
const FEWEST_LETTERS: usize = 3;

/// Letters of a gap that are compared at most: about a paragraph.
const MOST_LETTERS: usize = 600;

/// Matches what stands between matches where its letters agree, and joins blocks that are one then.
#[must_use]
pub fn mend(alignment: &Alignment, a: &[WordId], b: &[WordId], words: &WordMatcher) -> Alignment {
    let mut blocks: Vec<&[WordMatch]> = alignment
        .blocks
        .iter()
        .map(|block| &alignment.matches[block.start as usize..block.end as usize])
        .collect();
    blocks.sort_unstable_by_key(|block| block[0].a);
    let mut mended = Mended { a, b, words, found: Alignment::default(), row: Vec::new() };
    let mut begin = 0;
    let mut last: Option<WordMatch> = None;
    for block in blocks {
        let first = block[0];
        match last {
            Some(last) if mended.bridges(last.a + 1..first.a, last.b + 1..first.b) => {}
            None if mended.bridges(0..first.a, 0..first.b) => {}
            _ => {
                mended.close(begin);
                begin = mended.found.matches.len() as u32;
            }
        }
        for &matched in block {
            if let Some(before) = mended.last_of(begin) {
                mended.bridges(before.a + 1..matched.a, before.b + 1..matched.b);
            }
            mended.found.matches.push(matched);
        }
        last = block.last().copied();
    }
    if let Some(last) = last {
        mended.bridges(last.a + 1..a.len() as u32, last.b + 1..b.len() as u32);
    }
    mended.close(begin);
    mended.found
}

struct Mended<'a> {
    a: &'a [WordId],
    b: &'a [WordId],
    words: &'a WordMatcher<'a>,
    found: Alignment,
    /// Room for edit distances.
    row: Vec<u16>,
}

impl Mended<'_> {
    /// Ends the block that began at this match, if there is any in it.
    fn close(&mut self, begin: u32) {
        let end = self.found.matches.len() as u32;
        if end > begin {
            self.found.blocks.push(begin..end);
        }
    }

    /// The last match of the block that began at `begin`.
    fn last_of(&self, begin: u32) -> Option<WordMatch> {
        self.found.matches[begin as usize..].last().copied()
    }

    /// Matches two facing gaps whose letters agree. True also where nothing stands between.
    fn bridges(&mut self, gap_a: Range<u32>, gap_b: Range<u32>) -> bool {
        if gap_a.start > gap_a.end || gap_b.start > gap_b.end {
            return false;
        }
        if gap_a.is_empty() && gap_b.is_empty() {
            return true;
        }
        let words_a = &self.a[gap_a.start as usize..gap_a.end as usize];
        let words_b = &self.b[gap_b.start as usize..gap_b.end as usize];
        // A number that faces none of its kind is another number, not a damaged one.
        let is_new = |word: &WordId, others: &[WordId]| self.words.is_number(*word) && !others.contains(word);
        if words_a.iter().any(|word| is_new(word, words_b))
            || words_b.iter().any(|word| is_new(word, words_a))
        {
            return false;
        }
        let letters = |words: &[WordId]| -> usize {
            words.iter().map(|&word| self.words.letters(word).chars().count()).sum()
        };
        let (n_a, n_b) = (letters(words_a), letters(words_b));
        let allowed = (MOST_WRONG * n_a.max(n_b) as f64) as usize;
        if n_a.min(n_b) < FEWEST_LETTERS || n_a.max(n_b) > MOST_LETTERS || n_a.abs_diff(n_b) > allowed {
            return false;
        }
        let join = |words: &[WordId]| -> Vec<char> {
            words.iter().flat_map(|&word| self.words.letters(word).chars()).collect()
        };
        let (letters_a, letters_b) = (join(words_a), join(words_b));
        self.row.resize(MOST_LETTERS + 1, 0);
        if !is_within(&letters_a, &letters_b, allowed, &mut self.row) {
            return false;
        }
        let steps = gap_a.len().max(gap_b.len()) as u32;
        for step in 0..steps {
            let (a, b) = ((gap_a.start + step).min(gap_a.end - 1), (gap_b.start + step).min(gap_b.end - 1));
            let is_of_both = (step as usize) < gap_a.len().min(gap_b.len());
            let is_alike = is_of_both && self.is_half(self.a[a as usize], self.b[b as usize]);
            self.found.matches.push(WordMatch { a, b, is_exact: false, is_alike });
        }
        true
    }

    /// Do two words share half of their letters, in order?
    fn is_half(&mut self, left: WordId, right: WordId) -> bool {
        let [left, right] = [left, right].map(|word| self.words.letters(word).chars().collect::<Vec<char>>());
        let allowed = left.len().max(right.len()) / 2;
        left.len().max(right.len()) <= MOST_LETTERS && is_within(&left, &right, allowed, &mut self.row)
    }
}
