//! A passage quoted from both texts, with the words around it, and with what matches told from what does not.

use std::ops::Range;

use crate::pairs::Passage;
use crate::tokens::scan;

/// Words shown before and after a passage.
const CONTEXT: usize = 8;

/// Words of a passage that are shown at its beginning and at its end, where it has more than both together.
const HEAD: usize = 60;
const TAIL: usize = 20;

/// Bytes looked through for the words around a passage.
const CONTEXT_BYTES: usize = 400;

/// A stretch of text under one description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Before or after the passage.
    Context(String),
    /// What stands between words of the passage: white space and punctuation.
    Between(String),
    /// Words that both texts have here, in this order.
    Same(String),
    /// Words that the other text does not have here.
    Different(String),
    /// So many words left out.
    Omitted(usize),
}

/// One side of a passage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// Words of the passage.
    pub n_words: usize,
    /// From the words before it to those after it; but for what is omitted, they follow each other without a gap.
    pub pieces: Vec<Piece>,
}

/// A word of a passage.
struct Word {
    folded: String,
    bytes: Range<usize>,
}

/// Quotes a passage that lies within both texts.
///
/// # Panics
/// When it does not.
#[must_use]
pub fn quote(texts: [&str; 2], passage: &Passage) -> [Quote; 2] {
    let bytes = [&passage.a, &passage.b].map(|bytes| bytes.start as usize..bytes.end as usize);
    let words = [0, 1].map(|side| words(texts[side], bytes[side].clone()));
    let is_long = words.iter().any(|words| words.len() > HEAD + TAIL);
    let heads = [0, 1].map(|side| if is_long { words[side].len().min(HEAD) } else { words[side].len() });
    let tails = [0, 1].map(|side| words[side].len().saturating_sub(TAIL).max(heads[side]));
    let same_head = longest_common([0, 1].map(|side| &words[side][..heads[side]]));
    let same_tail = longest_common([0, 1].map(|side| &words[side][tails[side]..]));
    let quote = |side: usize| {
        let (text, words) = (texts[side], &words[side]);
        let mut pieces = Vec::new();
        let before = &text
            [text.floor_char_boundary(bytes[side].start.saturating_sub(CONTEXT_BYTES))..bytes[side].start];
        add_context(&mut pieces, last_words(before).trim_start());
        add_words(&mut pieces, text, &words[..heads[side]], &same_head[side]);
        if tails[side] > heads[side] {
            pieces.push(Piece::Omitted(tails[side] - heads[side]));
        }
        add_words(&mut pieces, text, &words[tails[side]..], &same_tail[side]);
        let after =
            &text[bytes[side].end..text.floor_char_boundary(bytes[side].end.saturating_add(CONTEXT_BYTES))];
        add_context(&mut pieces, first_words(after).trim_end());
        Quote { n_words: words.len(), pieces }
    };
    [quote(0), quote(1)]
}

fn words(text: &str, bytes: Range<usize>) -> Vec<Word> {
    let mut words = Vec::new();
    scan::words(&text[bytes.clone()], |folded, range| {
        let range = bytes.start + range.start as usize..bytes.start + range.end as usize;
        words.push(Word { folded: folded.to_owned(), bytes: range });
    });
    words
}

/// Which words are in a longest sequence that both sides have in this order. Sides are short: see [`HEAD`].
fn longest_common(sides: [&[Word]; 2]) -> [Vec<bool>; 2] {
    let [a, b] = sides;
    let width = b.len() + 1;
    let mut lengths = vec![0u32; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            lengths[i * width + j] = if a[i].folded == b[j].folded {
                lengths[(i + 1) * width + j + 1] + 1
            } else {
                lengths[(i + 1) * width + j].max(lengths[i * width + j + 1])
            };
        }
    }
    let mut same = [vec![false; a.len()], vec![false; b.len()]];
    let (mut i, mut j) = (0, 0);
    while i < a.len() && j < b.len() {
        if a[i].folded == b[j].folded {
            (same[0][i], same[1][j]) = (true, true);
            (i, j) = (i + 1, j + 1);
        } else if lengths[(i + 1) * width + j] >= lengths[i * width + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    same
}

/// Runs of words that match, and of words that do not, with what stands between them.
fn add_words(pieces: &mut Vec<Piece>, text: &str, words: &[Word], same: &[bool]) {
    let places: Vec<usize> = (0..words.len()).collect();
    for run in places.chunk_by(|&left, &right| same[left] == same[right]) {
        let (first, last) = (run[0], run[run.len() - 1]);
        if first > 0 {
            pieces
                .push(Piece::Between(text[words[first - 1].bytes.end..words[first].bytes.start].to_owned()));
        }
        let stretch = text[words[first].bytes.start..words[last].bytes.end].to_owned();
        pieces.push(if same[first] { Piece::Same(stretch) } else { Piece::Different(stretch) });
    }
}

fn add_context(pieces: &mut Vec<Piece>, words: &str) {
    if !words.is_empty() {
        pieces.push(Piece::Context(words.to_owned()));
    }
}

fn last_words(text: &str) -> &str {
    let begin = text.char_indices().rev().filter(|(_, c)| c.is_whitespace()).nth(CONTEXT);
    begin.map_or(text, |(at, _)| &text[at..])
}

fn first_words(text: &str) -> &str {
    let end = text.char_indices().filter(|(_, c)| c.is_whitespace()).nth(CONTEXT);
    end.map_or(text, |(at, _)| &text[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(a: &str, b: &str, passage: [Range<u32>; 2]) -> [Quote; 2] {
        let [of_a, of_b] = passage;
        quote([a, b], &Passage { a: of_a, b: of_b, similarity: 1.0, boilerplate: false })
    }

    #[test]
    fn words_that_match_are_told_from_words_that_do_not() {
        let a = "Before it. The council approved, at last, the budget. After it";
        let b = "THE COUNCIL rejected the budget";
        let [of_a, of_b] = quoted(a, b, [11..52, 0..31]);
        let same = |text: &str| Piece::Same(text.to_owned());
        let different = |text: &str| Piece::Different(text.to_owned());
        let between = |text: &str| Piece::Between(text.to_owned());
        let context = |text: &str| Piece::Context(text.to_owned());
        let expected = [
            context("Before it. "),
            same("The council"),
            between(" "),
            different("approved, at last"),
            between(", "),
            same("the budget"),
            context(". After it"),
        ];
        assert_eq!(of_a.pieces, expected);
        let expected =
            [same("THE COUNCIL"), between(" "), different("rejected"), between(" "), same("the budget")];
        assert_eq!(of_b.pieces, expected);
        assert_eq!((of_a.n_words, of_b.n_words), (7, 5));
    }

    #[test]
    fn a_long_passage_loses_its_middle_and_nothing_else() {
        let words: Vec<String> = (0..500).map(|n| format!("w\u{f6}rd{n}")).collect();
        let (a, b) = (words.join(" "), words[3..].join("\n"));
        let [of_a, of_b] = quoted(&a, &b, [0..a.len() as u32, 0..b.len() as u32]);
        for (quote, n) in [(&of_a, 500), (&of_b, 497)] {
            let shown: usize = quote
                .pieces
                .iter()
                .map(|piece| match piece {
                    Piece::Context(text)
                    | Piece::Between(text)
                    | Piece::Same(text)
                    | Piece::Different(text) => text.split_whitespace().count(),
                    Piece::Omitted(n) => *n,
                })
                .sum();
            assert_eq!((shown, quote.n_words), (n, n));
            assert!(quote.pieces.iter().any(|piece| matches!(piece, Piece::Omitted(_))));
        }
    }
}
