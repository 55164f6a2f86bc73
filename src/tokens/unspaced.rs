//! Words of scripts that put no space between them: Han, kana, Thai, Lao, Khmer, Myanmar.
//!
//! A run of such letters is cut by the dictionaries of ICU, the longest word first, from the left. What a word is depends on
//! nothing before it and on at most [`LONGEST`] letters after its first, so a scan that begins or ends where a word does finds the same words.

use std::ops::Range;
use std::sync::LazyLock;

use icu_segmenter::options::WordBreakInvariantOptions;
use icu_segmenter::{WordSegmenter, WordSegmenterBorrowed};
use unicode_normalization::char::is_combining_mark;
use unicode_normalization::{IsNormalized, UnicodeNormalization as _, is_nfkc_quick};

use super::scan::{MARKS_PER_LETTER, Piece, next_piece};

/// Letters cut at a time.
const WINDOW: usize = 1024;

/// Letters of a word at most; a longer one (of katakana, say) becomes several. No dictionary has one as long.
const LONGEST: usize = 64;

static SEGMENTER: LazyLock<WordSegmenterBorrowed<'static>> =
    LazyLock::new(|| WordSegmenter::new_dictionary(WordBreakInvariantOptions::default()));

/// Is this a letter of such a script?
pub(crate) fn is_letter(letter: char) -> bool {
    matches!(letter,
        '\u{0e00}'..='\u{0e4f}' | '\u{0e80}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3134f}')
        && letter.is_alphabetic()
}

/// Calls `found` with the words of the run of letters that begins at `begin`; of a long run, with the first of them. Returns
/// where the next word may begin, always past `begin`.
pub(super) fn words(text: &str, begin: usize, found: &mut impl FnMut(&str, Range<u32>)) -> usize {
    let mut run = Run::read(text, begin);
    if run.is_whole {
        run.letters.extend(stranger(&run.letters));
    }
    let mut first = 0;
    for border in SEGMENTER.segment_str(&run.letters).skip(1) {
        let border = border.min(run.n_bytes);
        while run.byte(first) < border {
            if !run.is_whole && first + LONGEST > WINDOW {
                return run.places[first].bytes.start as usize;
            }
            let mut end = first + 1;
            while run.byte(end) < border && end - first < LONGEST {
                end += 1;
            }
            // A mark of another script may be cut off from its letter; alone it would be nothing.
            while run.places.get(end).is_some_and(|place| place.is_mark) {
                end += 1;
            }
            let bytes = run.places[first].bytes.start..run.places[end - 1].bytes.end;
            let word = &run.letters[run.byte(first)..run.byte(end)];
            if is_nfkc_quick(word.chars()) == IsNormalized::Yes {
                found(word, bytes);
            } else {
                let folded: String = word.nfkc().collect();
                found(&folded, bytes);
            }
            first = end;
        }
    }
    run.end
}

/// A letter of the same script that no word has: what is still to be cut cannot go on with it, and so does not depend on
/// where the run ends.
fn stranger(letters: &str) -> Option<char> {
    Some(match letters.chars().next_back()? {
        '\u{0e00}'..='\u{0e7f}' => '\u{0e03}',
        '\u{0e80}'..='\u{0eff}' => '\u{0ede}',
        '\u{1000}'..='\u{109f}' => '\u{1075}',
        '\u{1780}'..='\u{17ff}' => '\u{17a3}',
        _ => '\u{3134a}',
    })
}

/// Letters that follow each other, at most [`WINDOW`] and their marks.
struct Run {
    /// Without what is passed over between them.
    letters: String,
    /// Bytes of them, without the stranger at their end.
    n_bytes: usize,
    /// Of each letter and mark.
    places: Vec<Place>,
    /// Where it ends in the text.
    end: usize,
    /// Is it followed by something else?
    is_whole: bool,
}

struct Place {
    /// In [`Run::letters`].
    at: u32,
    /// In the text.
    bytes: Range<u32>,
    is_mark: bool,
}

impl Run {
    fn read(text: &str, begin: usize) -> Self {
        let mut run =
            Self { letters: String::new(), n_bytes: 0, places: Vec::new(), end: begin, is_whole: true };
        let (mut n_letters, mut n_marks) = (0, 0);
        while let Some((piece, length)) = next_piece(&text[run.end..]) {
            let (letter, is_mark) = match piece {
                Piece::Ignored => {
                    run.end += length;
                    continue;
                }
                Piece::Alone(letter) => (letter, false),
                Piece::Letter(mark) if is_combining_mark(mark) => (mark, true),
                Piece::Letter(_) | Piece::Gap => break,
            };
            if !is_mark && n_letters == WINDOW {
                run.is_whole = false;
                break;
            }
            n_letters += usize::from(!is_mark);
            n_marks = if is_mark { n_marks + 1 } else { 0 };
            if n_marks <= MARKS_PER_LETTER {
                let bytes = run.end as u32..(run.end + length) as u32;
                run.places.push(Place { at: run.letters.len() as u32, bytes, is_mark });
                run.letters.push(letter);
            }
            run.end += length;
        }
        run.n_bytes = run.letters.len();
        run
    }

    /// Where a letter begins in `letters`.
    fn byte(&self, place: usize) -> usize {
        self.places.get(place).map_or(self.n_bytes, |place| place.at as usize)
    }
}
