//! Evidence: what of two passages is the same, word by word, and what of it is shown.

use std::ops::Range;

use hashbrown::HashMap;

/// Bytes of `a` and of `b` that belong together. Ranges of a sequence ascend and leave only white space between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    /// The same words on both sides.
    Same(Range<usize>, Range<usize>),
    /// Different words; one side may be empty.
    Differs(Range<usize>, Range<usize>),
    /// Not shown, to keep it short.
    LeftOut(Range<usize>, Range<usize>),
}

/// How much of a passage is shown.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    /// Words of an unbroken same stretch; the middle of longer ones is left out.
    pub(super) same: usize,
    /// Bytes of both sides.
    pub(super) bytes: usize,
}

/// Most word edits that are looked for; past them, a passage is shown unmarked.
const MAX_EDITS: usize = 500;

/// Bytes of both sides past which words are not compared: a report must not cost more than the run.
const MAX_BYTES: usize = 2 << 20;

/// Aligns two passages word by word and shortens them. None where they are too long or differ too much for that to help.
pub(super) fn align(a: &str, b: &str, room: Room) -> Option<Vec<Piece>> {
    if a.len() + b.len() > MAX_BYTES {
        return None;
    }
    let (words_a, words_b) = (words(a), words(b));
    let mut ids: HashMap<String, u32> = HashMap::new();
    let mut letters = String::new();
    let mut number = |text: &str, words: &[Range<usize>]| -> Vec<u32> {
        words
            .iter()
            .map(|word| {
                fold(&text[word.clone()], &mut letters);
                let next = ids.len() as u32;
                *ids.entry_ref(letters.as_str()).or_insert(next)
            })
            .collect()
    };
    let (keys_a, keys_b) = (number(a, &words_a), number(b, &words_b));
    let same = matches(&keys_a, &keys_b)?;
    Some(shortened(pieces(&same, &words_a, &words_b, room.same), room.bytes))
}

/// Head and tail of two passages that could not be aligned.
pub(super) fn unaligned(a: &str, b: &str) -> Vec<Piece> {
    const SIDE: usize = 900;
    if a.len() <= 2 * SIDE && b.len() <= 2 * SIDE {
        return vec![Piece::Same(0..a.len(), 0..b.len())];
    }
    let ends = |text: &str| {
        let head = text.floor_char_boundary(SIDE.min(text.len() / 2));
        let tail = text.ceil_char_boundary(text.len() - SIDE.min(text.len() / 2));
        (head, tail.max(head))
    };
    let ((head_a, tail_a), (head_b, tail_b)) = (ends(a), ends(b));
    vec![
        Piece::Same(0..head_a, 0..head_b),
        Piece::LeftOut(head_a..tail_a, head_b..tail_b),
        Piece::Same(tail_a..a.len(), tail_b..b.len()),
    ]
}

/// Words as the eye sees them: between white space; in scripts without spaces, each character.
fn words(text: &str) -> Vec<Range<usize>> {
    const LONGEST: usize = 60; // bytes: a word without an end must not grow without one
    let mut words: Vec<Range<usize>> = Vec::new();
    let mut open: Option<usize> = None;
    for (place, c) in text.char_indices() {
        let alone = matches!(c, '\u{2e80}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}');
        if let Some(begin) = open
            && (c.is_whitespace() || alone || place - begin >= LONGEST)
        {
            words.push(begin..place);
            open = None;
        }
        if alone {
            words.push(place..place + c.len_utf8());
        } else if !c.is_whitespace() && open.is_none() {
            open = Some(place);
        }
    }
    words.extend(open.map(|begin| begin..text.len()));
    words
}

/// Puts into `letters` a word without case and punctuation; punctuation alone stays as it is.
fn fold(word: &str, letters: &mut String) {
    letters.clear();
    if word.is_ascii() {
        letters.extend(
            word.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase() as char),
        );
    } else {
        letters.extend(word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase));
    }
    if letters.is_empty() {
        letters.push_str(word);
    }
}

/// The longest common subsequence of both as pairs of places, by Myers' greedy algorithm (1986); none past
/// [`MAX_EDITS`].
fn matches(a: &[u32], b: &[u32]) -> Option<Vec<(usize, usize)>> {
    let head = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let tail = a[head..].iter().rev().zip(b[head..].iter().rev()).take_while(|(x, y)| x == y).count();
    let inner = middle_matches(&a[head..a.len() - tail], &b[head..b.len() - tail])?;
    let mut same: Vec<_> = (0..head).map(|place| (place, place)).collect();
    same.extend(inner.into_iter().map(|(x, y)| (x + head, y + head)));
    same.extend((0..tail).rev().map(|back| (a.len() - 1 - back, b.len() - 1 - back)));
    Some(same)
}

#[expect(clippy::many_single_char_names, reason = "the paper's own names")]
fn middle_matches(a: &[u32], b: &[u32]) -> Option<Vec<(usize, usize)>> {
    let (n, m) = (a.len().cast_signed(), b.len().cast_signed());
    // reach[k + d]: how far in `a` a path with d edits gets on diagonal k; one row a number of edits.
    let mut rows: Vec<Vec<isize>> = Vec::new();
    let most = MAX_EDITS.min(a.len() + b.len()).cast_signed();
    for d in 0..=most {
        let before = |k: isize| -> isize {
            let Some(row) = rows.last() else { return 0 };
            let down = k == -d || (k != d && at(row, k - 1, d - 1) < at(row, k + 1, d - 1));
            if down { at(row, k + 1, d - 1) } else { at(row, k - 1, d - 1) + 1 }
        };
        let mut row = vec![-1; 2 * d as usize + 1];
        let mut done = false;
        for k in (-d..=d).step_by(2) {
            let mut x = before(k);
            while x < n && x - k < m && x - k >= 0 && a[x as usize] == b[(x - k) as usize] {
                x += 1;
            }
            row[(k + d) as usize] = x;
            done |= x >= n && x - k >= m;
        }
        rows.push(row);
        if done {
            return Some(walk_back(&rows, n, m));
        }
    }
    None
}

/// The reach on diagonal `k` of the row with `d` edits; out of the row, nowhere.
fn at(row: &[isize], k: isize, d: isize) -> isize {
    usize::try_from(k + d).ok().and_then(|place| row.get(place)).copied().unwrap_or(-1)
}

#[expect(clippy::many_single_char_names, reason = "the paper's own names")]
fn walk_back(rows: &[Vec<isize>], n: isize, m: isize) -> Vec<(usize, usize)> {
    let mut same = Vec::new();
    let (mut x, mut y) = (n, m);
    for d in (0..rows.len().cast_signed()).rev() {
        let k = x - y;
        let (from_x, from_y) = if d == 0 {
            (0, 0)
        } else {
            let row = &rows[d as usize - 1];
            let down = k == -d || (k != d && at(row, k - 1, d - 1) < at(row, k + 1, d - 1));
            let from_k = if down { k + 1 } else { k - 1 };
            let from_x = at(row, from_k, d - 1);
            (from_x, from_x - from_k)
        };
        while x > from_x && y > from_y {
            x -= 1;
            y -= 1;
            same.push((x as usize, y as usize));
        }
        (x, y) = (from_x, from_y);
    }
    same.reverse();
    same
}

/// Runs of matched and unmatched words, as bytes; long same runs without their middle.
fn pieces(
    same: &[(usize, usize)],
    words_a: &[Range<usize>],
    words_b: &[Range<usize>],
    most: usize,
) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let bytes = |words: &[Range<usize>], range: Range<usize>, at: usize| match (
        words.get(range.start),
        range.end.checked_sub(1).and_then(|last| words.get(last)),
    ) {
        (Some(first), Some(last)) if range.start < range.end => first.start..last.end,
        _ => at..at,
    };
    let (mut next_a, mut next_b) = (0, 0);
    let (mut end_a, mut end_b) = (0, 0);
    let mut rest = same;
    loop {
        let (x, y) = rest.first().copied().unwrap_or((words_a.len(), words_b.len()));
        if x > next_a || y > next_b {
            let (a, b) = (bytes(words_a, next_a..x, end_a), bytes(words_b, next_b..y, end_b));
            (end_a, end_b) = (a.end, b.end);
            pieces.push(Piece::Differs(a, b));
        }
        if rest.is_empty() {
            return pieces;
        }
        let run = rest.iter().enumerate().take_while(|(i, pair)| **pair == (x + i, y + i)).count();
        let mut push = |piece: fn(Range<usize>, Range<usize>) -> Piece, range: Range<usize>| {
            let a = bytes(words_a, x + range.start..x + range.end, end_a);
            let b = bytes(words_b, y + range.start..y + range.end, end_b);
            (end_a, end_b) = (a.end, b.end);
            pieces.push(piece(a, b));
        };
        if run > most {
            push(Piece::Same, 0..most / 2);
            push(Piece::LeftOut, most / 2..run - most / 2);
            push(Piece::Same, run - most / 2..run);
        } else {
            push(Piece::Same, 0..run);
        }
        (next_a, next_b) = (x + run, y + run);
        rest = &rest[run..];
    }
}

/// At most about `most` bytes of both sides: the middle of what is longer is left out.
fn shortened(pieces: Vec<Piece>, most: usize) -> Vec<Piece> {
    let shown = |piece: &Piece| match piece {
        Piece::Same(a, b) | Piece::Differs(a, b) => a.len() + b.len(),
        Piece::LeftOut(..) => 0,
    };
    if pieces.iter().map(shown).sum::<usize>() <= most {
        return pieces;
    }
    let within = |lengths: &mut dyn Iterator<Item = usize>| {
        lengths
            .scan(0, |sum, length| {
                *sum += length;
                Some(*sum)
            })
            .take_while(|sum| *sum <= most / 2)
            .count()
    };
    let head = within(&mut pieces.iter().map(shown)).max(1);
    let tail = within(&mut pieces.iter().rev().map(shown)).max(1).min(pieces.len() - head);
    let middle = &pieces[head..pieces.len() - tail];
    let mut short = pieces[..head].to_vec();
    if let (Some(first), Some(last)) = (middle.first(), middle.last()) {
        let ((a, b), (c, d)) = (sides(first), sides(last));
        short.push(Piece::LeftOut(a.start..c.end, b.start..d.end));
    }
    short.extend_from_slice(&pieces[pieces.len() - tail..]);
    short
}

/// Both sides of a piece.
pub(super) fn sides(piece: &Piece) -> (&Range<usize>, &Range<usize>) {
    match piece {
        Piece::Same(a, b) | Piece::Differs(a, b) | Piece::LeftOut(a, b) => (a, b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: Room = Room { same: 60, bytes: 5000 };

    fn align(a: &str, b: &str) -> Option<Vec<Piece>> {
        super::align(a, b, ROOM)
    }

    #[test]
    fn the_same_words_match_and_the_others_are_told() {
        let (a, b) = ("The ship left, at dawn.", "the ship sailed at dawn");
        let pieces = align(a, b).unwrap();
        assert_eq!(
            pieces,
            [Piece::Same(0..8, 0..8), Piece::Differs(9..14, 9..15), Piece::Same(15..23, 16..23)]
        );
    }

    #[test]
    fn words_on_one_side_only_leave_the_other_empty() {
        let pieces = align("one two three", "one three").unwrap();
        assert_eq!(pieces, [Piece::Same(0..3, 0..3), Piece::Differs(4..7, 3..3), Piece::Same(8..13, 4..9)]);
        assert_eq!(align("", "").unwrap(), []);
        assert_eq!(align("", "a").unwrap(), [Piece::Differs(0..0, 0..1)]);
    }

    #[test]
    fn matching_finds_a_longest_common_subsequence() {
        let mut state = 7_u32;
        let mut draw = |n: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) % n
        };
        for _ in 0..300 {
            let a: Vec<u32> = (0..draw(20)).map(|_| draw(4)).collect();
            let b: Vec<u32> = (0..draw(20)).map(|_| draw(4)).collect();
            let same = matches(&a, &b).unwrap();
            assert!(same.iter().all(|&(x, y)| a[x] == b[y]));
            assert!(same.is_sorted_by(|p, q| p.0 < q.0 && p.1 < q.1));
            let mut table = vec![vec![0; b.len() + 1]; a.len() + 1];
            for (x, p) in a.iter().enumerate() {
                for (y, q) in b.iter().enumerate() {
                    table[x + 1][y + 1] =
                        if p == q { table[x][y] + 1 } else { table[x][y + 1].max(table[x + 1][y]) };
                }
            }
            assert_eq!(same.len(), table[a.len()][b.len()], "{a:?} {b:?}");
        }
    }

    #[test]
    fn a_long_passage_says_what_it_leaves_out() {
        let a = (0..900).map(|n| format!("word{n}")).collect::<Vec<_>>().join(" ");
        let pieces = align(&a, &a).unwrap();
        assert!(matches!(pieces.as_slice(), [Piece::Same(..), Piece::LeftOut(..), Piece::Same(..)]));
        let long = "x".repeat(200_000);
        assert!(align(&long, &long).unwrap().len() <= 3);
    }

    #[test]
    fn texts_that_share_nothing_are_not_aligned() {
        let a = (0..900).map(|n| format!("a{n}")).collect::<Vec<_>>().join(" ");
        let b = (0..900).map(|n| format!("b{n}")).collect::<Vec<_>>().join(" ");
        assert_eq!(align(&a, &b), None);
        assert_eq!(unaligned(&a, &b).len(), 3);
    }
}
