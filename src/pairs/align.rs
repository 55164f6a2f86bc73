//! Alignment: which words of one text are which words of another.
//!
//! Seed and extend (the idea of BLAST, Altschul et al. 1990, on words): from a bigram that both texts
//! hold, the longest exact run is taken and stretched both ways over small differences. Each word is used
//! once, and blocks may stand in another order, so moved paragraphs count.

use std::ops::Range;

use super::words::WordMatcher;
use crate::tokens::WordId;

// The scores and limits below were chosen by what they mean, and not measured one by one; the planted drops were scored with all of
// them together.

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
/// Words in the seeds that are tried first: idioms of two words are many, and lead nowhere.
const SURE_SEED: usize = 3;
/// Words in the seeds, one after another, where the longest runs are to come first.
const LONGEST_FIRST: [usize; 4] = [64, 32, 16, SURE_SEED];
/// Places of one bigram that are tried.
const MOST_PLACES: usize = 48;

/// The blocks that two texts share.
#[derive(Debug, Clone, Default)]
pub struct Alignment {
    /// Matched words: place in a, place in b. Ascending in both within a block.
    pub matches: Vec<WordMatch>,
    /// Each block's place in `matches`.
    pub blocks: Vec<Range<u32>>,
}

/// Share of the matched words that match only closely in texts of which one at least is damaged.
const DAMAGED: f64 = 0.1;

impl Alignment {
    /// Words that match only closely.
    pub(super) fn n_close(&self) -> usize {
        self.matches.iter().filter(|matched| !matched.is_exact).count()
    }

    /// Do so many that a scanner or a typist was at work?
    pub(super) fn is_damaged(&self) -> bool {
        self.n_close() as f64 >= DAMAGED * self.matches.len() as f64
    }

    /// The matches of one block after another, none empty.
    pub(super) fn blocks(&self) -> impl Iterator<Item = &[WordMatch]> {
        self.blocks.iter().map(|block| &self.matches[block.start as usize..block.end as usize])
    }
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
    /// Are the two alike, each in one such match at most? Not the further words of one that stands for several, nor a
    /// word that only the run of letters around it vouches for.
    pub is_alike: bool,
}

/// A text made ready to be searched for bigrams: a hash table of the places at which each begins.
#[derive(Debug, Default)]
pub struct BigramIndex {
    /// By the bigram's hash: the first place whose bigram has it, plus 1; a power of two of them.
    firsts: Vec<u32>,
    /// By place: the next place whose bigram has the same hash, plus 1. Ascending.
    nexts: Vec<u32>,
}

impl BigramIndex {
    /// Indexes every pair of consecutive words.
    pub fn fill(&mut self, words: &[WordId]) {
        let n_bigrams = words.len().saturating_sub(1);
        self.firsts.clear();
        self.firsts.resize((2 * n_bigrams).next_power_of_two(), 0);
        self.nexts.clear();
        self.nexts.resize(n_bigrams, 0);
        for place in (0..n_bigrams).rev() {
            let slot = self.slot(words[place], words[place + 1]);
            self.nexts[place] = self.firsts[slot];
            self.firsts[slot] = place as u32 + 1;
        }
    }

    fn slot(&self, first: WordId, second: WordId) -> usize {
        let mixed = (u64::from(first.0) << 32 | u64::from(second.0)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed >> 32) as usize & (self.firsts.len() - 1)
    }

    /// The places of a bigram in the text, and of others that share its hash.
    fn places(&self, first: WordId, second: WordId) -> impl Iterator<Item = usize> {
        let mut next = self.firsts[self.slot(first, second)];
        std::iter::from_fn(move || {
            let place = next.checked_sub(1)? as usize;
            next = self.nexts[place];
            Some(place)
        })
    }
}

/// Which runs are taken first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Those that come first in b, and there the longest.
    AsTheyCome,
    /// The longest: what lies word for word in b is found there, whatever else of b is like it.
    LongestFirst,
}

/// Aligns b against a, whose bigrams are in `index`: first from runs of three words that begin at those places of
/// b of which `next_seed` gives the first from any place on, then, where those found as many as `enough` words, from any bigram.
#[must_use]
pub fn align(
    order: Order,
    (a, b): (&[WordId], &[WordId]),
    index: &BigramIndex,
    words: &WordMatcher,
    next_seed: impl Fn(usize) -> Option<usize>,
    enough: usize,
) -> Alignment {
    let mut aligner = Aligner {
        a,
        b,
        words,
        used_a: vec![false; a.len()],
        used_b: vec![false; b.len()],
        before: Vec::new(),
        after: Vec::new(),
        found: Alignment::default(),
    };
    let seeds: &[usize] = if order == Order::LongestFirst { &LONGEST_FIRST } else { &[SURE_SEED] };
    for &shortest in seeds {
        aligner.sweep(index, shortest, &next_seed);
    }
    if aligner.found.matches.len() >= enough {
        aligner.sweep(index, 2, Some);
    }
    aligner.found
}

struct Aligner<'a> {
    a: &'a [WordId],
    b: &'a [WordId],
    words: &'a WordMatcher<'a>,
    used_a: Vec<bool>,
    used_b: Vec<bool>,
    /// Matches of the stretch under way, before its seed (nearest first) and from it on.
    before: Vec<WordMatch>,
    after: Vec<WordMatch>,
    found: Alignment,
}

impl Aligner<'_> {
    /// Takes every seed of at least so many words, in b's order.
    fn sweep(
        &mut self,
        index: &BigramIndex,
        shortest_seed: usize,
        next_seed: impl Fn(usize) -> Option<usize>,
    ) {
        let mut diagonal = 0i64;
        let mut next = 0;
        while let Some(j) = next_seed(next).filter(|j| j + shortest_seed <= self.b.len()) {
            let seed = self.best_seed(index, j, diagonal, shortest_seed);
            next = j + 1;
            if let Some((a_end, b_end)) = seed.and_then(|(i, length)| self.stretch(i, j, length)) {
                diagonal = a_end as i64 - b_end as i64;
                next = b_end;
            }
        }
    }

    /// The place in a that begins the longest exact run from `j` of at least `shortest` words, nearest to the last diagonal on ties.
    fn best_seed(
        &self,
        index: &BigramIndex,
        j: usize,
        diagonal: i64,
        shortest: usize,
    ) -> Option<(usize, usize)> {
        if self.used_b[j] || self.used_b[j + 1] {
            return None;
        }
        let mut best: Option<(usize, usize, i64)> = None;
        let last = shortest - 1;
        let may_do = |i: &usize| self.a.get(i + last) == Some(&self.b[j + last]);
        for i in index.places(self.b[j], self.b[j + 1]).take(MOST_PLACES).filter(may_do) {
            let length = self.a[i..]
                .iter()
                .zip(&self.b[j..])
                .zip(self.used_a[i..].iter().zip(&self.used_b[j..]))
                .take_while(|((a, b), (used_a, used_b))| a == b && !**used_a && !**used_b)
                .count();
            let off = (i as i64 - j as i64 - diagonal).abs();
            if length >= shortest
                && best.is_none_or(|(_, most, nearest)| length > most || length == most && off < nearest)
            {
                best = Some((i, length, off));
            }
        }
        best.map(|(i, length, _)| (i, length))
    }

    /// Stretches an exact run both ways; keeps it if enough words match. Returns where it ends.
    fn stretch(&mut self, i: usize, j: usize, length: usize) -> Option<(usize, usize)> {
        let (mut before, mut after) = (std::mem::take(&mut self.before), std::mem::take(&mut self.after));
        before.clear();
        self.extend::<false>(i, j, &mut before);
        after.clear();
        let run = (i as u32..).zip(j as u32..).take(length);
        after.extend(run.map(|(a, b)| WordMatch { a, b, is_exact: true, is_alike: true }));
        self.extend::<true>(i + length, j + length, &mut after);
        let end = (before.len() + after.len() >= SHORTEST_BLOCK).then(|| {
            let begin = self.found.matches.len();
            self.found.matches.extend(before.iter().rev().chain(&after));
            for matched in &self.found.matches[begin..] {
                self.used_a[matched.a as usize] = true;
                self.used_b[matched.b as usize] = true;
            }
            self.found.blocks.push(begin as u32..self.found.matches.len() as u32);
            let last = after[after.len() - 1];
            (last.a as usize + 1, last.b as usize + 1)
        });
        (self.before, self.after) = (before, after);
        end
    }

    /// Adds the matches beyond a run: after (i, j) when FORWARD, else before it, nearest first.
    fn extend<const FORWARD: bool>(&self, i: usize, j: usize, matches: &mut Vec<WordMatch>) {
        let (text_a, text_b) =
            (Side::<FORWARD>::new(self.a, &self.used_a, i), Side::<FORWARD>::new(self.b, &self.used_b, j));
        let facing = |p: usize, q: usize, is_exact, is_alike| WordMatch {
            a: text_a.place(p),
            b: text_b.place(q),
            is_exact,
            is_alike,
        };
        let (mut p, mut q) = (0, 0);
        let (mut score, mut best, mut kept) = (0.0f32, 0.0f32, matches.len());
        while let (Some(left), Some(right)) = (text_a.get(p), text_b.get(q)) {
            let exact = left == right;
            if exact || self.words.is_close(left, right) {
                matches.push(facing(p, q, exact, true));
                score += if exact { EXACT } else { CLOSE };
                (p, q) = (p + 1, q + 1);
            } else if text_b.get(q + 1).is_some_and(|next| self.is_joined::<FORWARD>(left, right, next)) {
                matches.push(facing(p, q, false, true));
                matches.push(facing(p, q + 1, false, false));
                score += CLOSE;
                (p, q) = (p + 1, q + 2);
            } else if text_a.get(p + 1).is_some_and(|next| self.is_joined::<FORWARD>(right, left, next)) {
                matches.push(facing(p, q, false, true));
                matches.push(facing(p + 1, q, false, false));
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
        let (ahead_a, n_a) = a.ahead(p);
        let (ahead_b, n_b) = b.ahead(q);
        // Most often no word ahead is the same: every one against every one is quick, and settles it.
        let n_same = |word: &WordId| ahead_a.iter().map(|other| u32::from(other == word)).sum::<u32>();
        if ahead_b[..n_b].iter().map(n_same).sum::<u32>() == 0 {
            return None;
        }
        for total in 1..=2 * LONGEST_SKIP {
            let first = total.saturating_sub(LONGEST_SKIP.min(n_b.saturating_sub(1)));
            for skip_a in first..=total.min(LONGEST_SKIP).min(n_a.saturating_sub(1)) {
                let skip_b = total - skip_a;
                if ahead_a[skip_a] != ahead_b[skip_b] {
                    continue;
                }
                let follows = skip_a + 1 < n_a && skip_b + 1 < n_b && {
                    let (left, right) = (ahead_a[skip_a + 1], ahead_b[skip_b + 1]);
                    left == right || self.words.is_close(left, right)
                };
                // A long word is enough, alone, for two texts to agree again.
                if follows || self.words.is_long(ahead_a[skip_a]) {
                    return Some((skip_a, skip_b));
                }
            }
        }
        None
    }
}

/// Fills `ahead` with words up to the first that is used, and says how many they are.
fn fill<'a>(ahead: &mut [WordId], words: impl Iterator<Item = (&'a WordId, &'a bool)>) -> usize {
    let mut n_words = 0;
    for (place, (word, _)) in ahead.iter_mut().zip(words.take_while(|(_, is_used)| !**is_used)) {
        *place = *word;
        n_words += 1;
    }
    n_words
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

    /// The words from `steps` on that a skip may look at, and how many they are.
    fn ahead(&self, steps: usize) -> ([WordId; LONGEST_SKIP + 2], usize) {
        let mut ahead = [WordId(u32::MAX); LONGEST_SKIP + 2];
        let (begin, end) = if FORWARD {
            (self.from + steps, self.words.len().min(self.from + steps + ahead.len()))
        } else {
            let end = self.from - steps;
            (end.saturating_sub(ahead.len()), end)
        };
        let (words, used) = (&self.words[begin..end], &self.used[begin..end]);
        let n_words = if FORWARD {
            fill(&mut ahead, words.iter().zip(used))
        } else {
            fill(&mut ahead, words.iter().zip(used).rev())
        };
        (ahead, n_words)
    }

    fn place(&self, steps: usize) -> u32 {
        (if FORWARD { self.from + steps } else { self.from - steps - 1 }) as u32
    }
}
