//! Alignment: which words of one text are which words of another.
//!
//! Seed and extend (the idea of BLAST, Altschul et al. 1990, on words): from a bigram that both texts
//! hold, the longest exact run is taken and stretched both ways over small differences. Each word is used
//! once, and blocks may stand in another order, so moved paragraphs count.

use std::ops::Range;

use super::words::WordMatcher;
use crate::tokens::WordId;

/// What an exact word adds to a stretch's score.
const EXACT: f32 = 1.0;
/// What a close word, or one word against two joined, adds.
const CLOSE: f32 = 0.8;
/// What each word passed over on either side takes away.
const SKIPPED: f32 = 0.5;
/// A stretch ends when its score has fallen this far below its best.
const GIVE_UP: f32 = 4.0;
/// Words passed over at most on either side between two matches.
const LONGEST_SKIP: usize = 8;
/// Words matched that make a block.
const SHORTEST_BLOCK: usize = 5;
/// Places of one bigram that are tried.
const MOST_PLACES: usize = 48;

/// The blocks that two texts share, in the order of the second.
#[derive(Debug, Clone, Default)]
pub struct Alignment {
    /// Matched words: place in a, place in b. Ascending in both within a block.
    pub matches: Vec<WordMatch>,
    /// Each block's place in `matches`.
    pub blocks: Vec<Range<u32>>,
}

/// A word of a that is a word of b.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WordMatch {
    /// Place in a.
    pub a: u32,
    /// Place in b.
    pub b: u32,
    /// Are they equal, letter for letter?
    pub is_exact: bool,
}

/// A text made ready to be searched for bigrams.
#[derive(Debug, Default)]
pub struct BigramIndex {
    /// Bigram and place, ascending.
    places: Vec<(u64, u32)>,
}

impl BigramIndex {
    /// Indexes every pair of consecutive words.
    pub fn fill(&mut self, words: &[WordId]) {
        self.places.clear();
        self.places
            .extend((0u32..).zip(words.windows(2)).map(|(place, run)| (bigram(run[0], run[1]), place)));
        self.places.sort_unstable();
    }

    fn of(&self, bigram: u64) -> &[(u64, u32)] {
        let begin = self.places.partition_point(|entry| entry.0 < bigram);
        let length = self.places[begin..].iter().take_while(|entry| entry.0 == bigram).count();
        &self.places[begin..begin + length]
    }
}

fn bigram(first: WordId, second: WordId) -> u64 {
    u64::from(first.0) << 32 | u64::from(second.0)
}

/// Aligns b against a, whose bigrams are in `index`.
#[must_use]
pub fn align(a: &[WordId], b: &[WordId], index: &BigramIndex, words: &WordMatcher) -> Alignment {
    let mut aligner = Aligner {
        a,
        b,
        words,
        used_a: vec![false; a.len()],
        used_b: vec![false; b.len()],
        found: Alignment::default(),
    };
    let mut diagonal = 0i64;
    let mut j = 0;
    while j + 1 < b.len() {
        if aligner.used_b[j] || aligner.used_b[j + 1] {
            j += 1;
            continue;
        }
        let seed = aligner.best_seed(index.of(bigram(b[j], b[j + 1])), j, diagonal);
        let Some((i, length)) = seed else {
            j += 1;
            continue;
        };
        match aligner.stretch(i, j, length) {
            Some((a_end, b_end)) => {
                diagonal = a_end as i64 - b_end as i64;
                j = b_end;
            }
            None => j += 1,
        }
    }
    aligner.found
}

struct Aligner<'a> {
    a: &'a [WordId],
    b: &'a [WordId],
    words: &'a WordMatcher<'a>,
    used_a: Vec<bool>,
    used_b: Vec<bool>,
    found: Alignment,
}

impl Aligner<'_> {
    /// The place in a that begins the longest exact run from `j`, nearest to the last diagonal on ties.
    fn best_seed(&self, places: &[(u64, u32)], j: usize, diagonal: i64) -> Option<(usize, usize)> {
        let mut best: Option<(usize, usize, i64)> = None;
        for &(_, place) in places.iter().take(MOST_PLACES) {
            let i = place as usize;
            let length = self.a[i..]
                .iter()
                .zip(&self.b[j..])
                .zip(self.used_a[i..].iter().zip(&self.used_b[j..]))
                .take_while(|((a, b), (used_a, used_b))| a == b && !**used_a && !**used_b)
                .count();
            let off = (i as i64 - j as i64 - diagonal).abs();
            if length >= 2
                && best.is_none_or(|(_, most, nearest)| length > most || length == most && off < nearest)
            {
                best = Some((i, length, off));
            }
        }
        best.map(|(i, length, _)| (i, length))
    }

    /// Stretches an exact run both ways; keeps it if enough words match. Returns where it ends.
    fn stretch(&mut self, i: usize, j: usize, length: usize) -> Option<(usize, usize)> {
        let mut matches: Vec<WordMatch> = self.extend::<false>(i, j);
        matches.reverse();
        matches.extend((0..length).map(|step| WordMatch {
            a: (i + step) as u32,
            b: (j + step) as u32,
            is_exact: true,
        }));
        matches.extend(self.extend::<true>(i + length, j + length));
        if matches.len() < SHORTEST_BLOCK {
            return None;
        }
        for matched in &matches {
            self.used_a[matched.a as usize] = true;
            self.used_b[matched.b as usize] = true;
        }
        let last = matches[matches.len() - 1];
        let begin = self.found.matches.len() as u32;
        self.found.matches.extend(matches);
        self.found.blocks.push(begin..self.found.matches.len() as u32);
        Some((last.a as usize + 1, last.b as usize + 1))
    }

    /// Matches beyond a run: after (i, j) when FORWARD, else before it, nearest first.
    fn extend<const FORWARD: bool>(&self, i: usize, j: usize) -> Vec<WordMatch> {
        let (text_a, text_b) =
            (Side::<FORWARD>::new(self.a, &self.used_a, i), Side::<FORWARD>::new(self.b, &self.used_b, j));
        let mut matches = Vec::new();
        let (mut p, mut q) = (0, 0);
        let (mut score, mut best, mut kept) = (0.0f32, 0.0f32, 0);
        while let (Some(left), Some(right)) = (text_a.get(p), text_b.get(q)) {
            let exact = left == right;
            if exact || self.words.is_close(left, right) {
                matches.push(WordMatch { a: text_a.place(p), b: text_b.place(q), is_exact: exact });
                score += if exact { EXACT } else { CLOSE };
                (p, q) = (p + 1, q + 1);
            } else if let Some(next) =
                text_b.get(q + 1).filter(|&next| self.is_joined::<FORWARD>(left, right, next))
            {
                let _ = next;
                matches.push(WordMatch { a: text_a.place(p), b: text_b.place(q), is_exact: false });
                matches.push(WordMatch { a: text_a.place(p), b: text_b.place(q + 1), is_exact: false });
                score += CLOSE;
                (p, q) = (p + 1, q + 2);
            } else if let Some(next) =
                text_a.get(p + 1).filter(|&next| self.is_joined::<FORWARD>(right, left, next))
            {
                let _ = next;
                matches.push(WordMatch { a: text_a.place(p), b: text_b.place(q), is_exact: false });
                matches.push(WordMatch { a: text_a.place(p + 1), b: text_b.place(q), is_exact: false });
                score += CLOSE;
                (p, q) = (p + 2, q + 1);
            } else if let Some((skip_a, skip_b)) = self.skip(&text_a, &text_b, p, q) {
                score -= SKIPPED * (skip_a + skip_b) as f32;
                (p, q) = (p + skip_a, q + skip_b);
            } else {
                break;
            }
            if score > best {
                (best, kept) = (score, matches.len());
            }
            if score < best - GIVE_UP {
                break;
            }
        }
        matches.truncate(kept);
        matches
    }

    fn is_joined<const FORWARD: bool>(&self, whole: WordId, near: WordId, far: WordId) -> bool {
        if FORWARD { self.words.is_joined(whole, near, far) } else { self.words.is_joined(whole, far, near) }
    }

    /// The fewest words to pass over until the texts agree again for two words, or for one long one.
    fn skip<const FORWARD: bool>(
        &self,
        a: &Side<FORWARD>,
        b: &Side<FORWARD>,
        p: usize,
        q: usize,
    ) -> Option<(usize, usize)> {
        for total in 1..=2 * LONGEST_SKIP {
            let from = total.saturating_sub(LONGEST_SKIP);
            for skip_a in from..=total.min(LONGEST_SKIP) {
                let skip_b = total - skip_a;
                let (Some(left), Some(right)) = (a.get(p + skip_a), b.get(q + skip_b)) else { continue };
                if left != right {
                    continue;
                }
                let follows = match (a.get(p + skip_a + 1), b.get(q + skip_b + 1)) {
                    (Some(left), Some(right)) => left == right || self.words.is_close(left, right),
                    _ => false,
                };
                if follows || self.words.length(left) >= 7 {
                    return Some((skip_a, skip_b));
                }
            }
        }
        None
    }
}

/// One text, read forward from a place or backward from before it.
struct Side<'a, const FORWARD: bool> {
    words: &'a [WordId],
    used: &'a [bool],
    from: usize,
}

impl<'a, const FORWARD: bool> Side<'a, FORWARD> {
    fn new(words: &'a [WordId], used: &'a [bool], from: usize) -> Self {
        Self { words, used, from }
    }

    /// The word `steps` on; none at the end of the text and at words that an earlier block used.
    fn get(&self, steps: usize) -> Option<WordId> {
        let place = if FORWARD { self.from + steps } else { self.from.checked_sub(steps + 1)? };
        (place < self.words.len() && !self.used[place]).then(|| self.words[place])
    }

    fn place(&self, steps: usize) -> u32 {
        (if FORWARD { self.from + steps } else { self.from - steps - 1 }) as u32
    }
}
