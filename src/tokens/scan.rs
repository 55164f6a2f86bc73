//! The word scanner: text in, words with their bytes out, no allocation per word.

use std::ops::Range;

use super::unspaced;
use unicode_normalization::char::is_combining_mark;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

/// Longest word kept, bytes of its folded form; the rest of a longer run of letters is dropped.
pub const LONGEST_WORD: usize = 256;

/// Marks kept on one letter; more are decoration.
pub(super) const MARKS_PER_LETTER: usize = 4;

/// Longest `<tag ...>` taken for markup in plain text, bytes.
const LONGEST_TAG: usize = 400;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Byte {
    Separator,
    /// Lower-case ASCII letter, digit or `_`: part of a word as it is.
    Plain,
    Upper,
    /// First byte of a longer UTF-8 sequence, or one within it.
    Wide,
    /// `&`: perhaps an entity.
    Ampersand,
    /// `<`: perhaps a tag.
    Less,
}

static BYTES: [Byte; 256] = {
    let mut table = [Byte::Separator; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b'a'..=b'z' | b'0'..=b'9' | b'_' => Byte::Plain,
            b'A'..=b'Z' => Byte::Upper,
            b'&' => Byte::Ampersand,
            b'<' => Byte::Less,
            0x80..=0xff => Byte::Wide,
            _ => Byte::Separator,
        };
        byte += 1;
    }
    table
};

/// Calls `found` with every word of `text` in order: its folded form and its bytes in `text`.
///
/// A word is a longest run of letters, digits, marks and `_` (Python's `\w+`), lower-cased and NFKC-folded.
/// Soft hyphens, zero-width and bidirectional marks are passed over; HTML entities are read as the
/// character they stand for and tags as a gap; scripts without spaces are cut by dictionaries.
pub fn words(text: &str, mut found: impl FnMut(&str, Range<u32>)) {
    let bytes = text.as_bytes();
    let mut buffer = String::new();
    let mut at = 0;
    while at < bytes.len() {
        match BYTES[bytes[at] as usize] {
            Byte::Separator => at += 1,
            Byte::Less => at += tag_length(&bytes[at..]).unwrap_or(1),
            Byte::Plain => {
                let begin = at;
                while at < bytes.len() && BYTES[bytes[at] as usize] == Byte::Plain {
                    at += 1;
                }
                if ends_at(bytes, at) && at - begin <= LONGEST_WORD {
                    found(&text[begin..at], begin as u32..at as u32);
                } else {
                    at = latin_word(text, begin, &mut buffer, &mut found);
                }
            }
            Byte::Wide if gap_length(&bytes[at..]) > 0 => at += gap_length(&bytes[at..]),
            Byte::Upper | Byte::Wide => at = latin_word(text, at, &mut buffer, &mut found),
            Byte::Ampersand => at = slow_word(text, at, &mut buffer, &mut found),
        }
    }
}

/// Does a word that reaches to `at` surely end there?
fn ends_at(bytes: &[u8], at: usize) -> bool {
    at == bytes.len()
        || match BYTES[bytes[at] as usize] {
            Byte::Separator | Byte::Less => true,
            Byte::Wide => gap_length(&bytes[at..]) > 0,
            _ => false,
        }
}

/// Bytes of the character that `rest` begins with, where it is one of the many signs that stand between words
/// (U+00A0 to U+00BF without letters, digits and the soft hyphen; dashes, quotes and dots of U+2010 to U+2027).
fn gap_length(rest: &[u8]) -> usize {
    match rest {
        [0xc2, 0xa0..=0xa9 | 0xab | 0xac | 0xae..=0xb1 | 0xb4 | 0xb6..=0xb8 | 0xbb | 0xbf, ..] => 2,
        [0xe2, 0x80, 0x90..=0xa7, ..] => 3,
        _ => 0,
    }
}

/// A word of ASCII and of the letters U+00C0 to U+00FF, lower-cased in the buffer; anything else goes the slow way.
fn latin_word(
    text: &str,
    begin: usize,
    buffer: &mut String,
    found: &mut impl FnMut(&str, Range<u32>),
) -> usize {
    let bytes = text.as_bytes();
    let mut at = begin;
    buffer.clear();
    loop {
        let from = at;
        while at < bytes.len() && matches!(BYTES[bytes[at] as usize], Byte::Plain | Byte::Upper) {
            at += 1;
        }
        let ascii = buffer.len();
        buffer.push_str(&text[from..at]);
        buffer[ascii..].make_ascii_lowercase();
        match bytes[at..] {
            // A capital's second byte is 0x20 less; the sharp s and the y with two dots have none here.
            [0xc3, second @ (0x80..=0x96 | 0x98..=0x9e), ..] => buffer.push(char::from(second + 0x60)),
            [0xc3, second @ (0x9f..=0xb6 | 0xb8..=0xbf), ..] => buffer.push(char::from(second + 0x40)),
            _ => break,
        }
        at += 2;
    }
    if buffer.is_empty() || buffer.len() > LONGEST_WORD || !ends_at(bytes, at) {
        return slow_word(text, begin, buffer, found);
    }
    found(buffer, begin as u32..at as u32);
    at
}

/// A word by characters, whatever they are. Returns where it ends, always past `begin`.
fn slow_word(
    text: &str,
    begin: usize,
    buffer: &mut String,
    found: &mut impl FnMut(&str, Range<u32>),
) -> usize {
    buffer.clear();
    let mut at = begin;
    let mut end = begin; // after the last letter: trailing marks of other kinds do not belong to the word
    let mut marks = 0;
    let mut is_ascii = true;
    while let Some((piece, length)) = next_piece(&text[at..]) {
        match piece {
            Piece::Ignored => {}
            Piece::Alone(_) if buffer.is_empty() => return unspaced::words(text, at, found),
            Piece::Gap | Piece::Alone(_) => break,
            Piece::Letter(letter) => {
                let is_mark = is_combining_mark(letter);
                marks = if is_mark { marks + 1 } else { 0 };
                if is_mark && buffer.is_empty() {
                    // a mark on nothing
                } else if marks <= MARKS_PER_LETTER && buffer.len() < LONGEST_WORD {
                    is_ascii &= letter.is_ascii();
                    buffer.extend(letter.to_lowercase());
                }
                end = at + length;
            }
        }
        at += length;
    }
    if buffer.is_empty() {
        let first = next_piece(&text[begin..]).map_or(1, |(_, length)| length);
        return at.max(begin + first);
    }
    if is_ascii || is_nfkc_quick(buffer.chars()) == IsNormalized::Yes {
        found(buffer, begin as u32..end as u32);
    } else {
        // Folding may open up letters (ligatures, full width) or capitals of its own.
        let folded: String = buffer.nfkc().flat_map(char::to_lowercase).nfc().collect();
        found(&folded, begin as u32..end as u32);
    }
    at
}

pub(super) enum Piece {
    Letter(char),
    /// Of a script without spaces.
    Alone(char),
    Ignored,
    Gap,
}

/// What stands first in `rest`, and how many bytes it takes.
pub(super) fn next_piece(rest: &str) -> Option<(Piece, usize)> {
    let first = rest.chars().next()?;
    if first == '&' {
        if let Some((letter, length)) = entity(rest) {
            return Some((classify(letter), length));
        }
        return Some((Piece::Gap, 1));
    }
    Some((classify(first), first.len_utf8()))
}

fn classify(letter: char) -> Piece {
    match letter {
        // Invisible marks; Hebrew points, Arabic vowel signs and the stroke that lengthens a word: most texts do without.
        '\u{ad}'
        | '\u{591}'..='\u{5bd}'
        | '\u{5bf}'
        | '\u{5c1}'
        | '\u{5c2}'
        | '\u{5c4}'
        | '\u{5c5}'
        | '\u{5c7}'
        | '\u{640}'
        | '\u{64b}'..='\u{65f}'
        | '\u{670}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}'
        | '\u{2066}'..='\u{2069}'
        | '\u{feff}' => Piece::Ignored,
        // Ways to write one Arabic letter.
        '\u{622}' | '\u{623}' | '\u{625}' | '\u{671}' => Piece::Letter('\u{627}'),
        '\u{649}' => Piece::Letter('\u{64a}'),
        '_' => Piece::Letter(letter),
        _ if unspaced::is_letter(letter) => Piece::Alone(letter),
        _ if letter.is_alphanumeric() || is_combining_mark(letter) => Piece::Letter(letter),
        _ => Piece::Gap,
    }
}

/// The character an HTML entity at the start of `rest` stands for, and the entity's length in bytes.
fn entity(rest: &str) -> Option<(char, usize)> {
    let bytes = rest.as_bytes();
    let inner = bytes[1..].iter().take(10).position(|&byte| byte == b';')?;
    let name = &bytes[1..=inner];
    if inner < 2 || !name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'#') {
        return None;
    }
    let written = &rest[..inner + 2];
    let decoded = html_escape::decode_html_entities(written);
    let mut letters = decoded.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) => Some((letter, written.len())),
        _ => None,
    }
}

/// Length of the markup tag that `rest` begins with.
fn tag_length(rest: &[u8]) -> Option<usize> {
    let name_at = if rest.get(1) == Some(&b'/') { 2 } else { 1 };
    if !rest.get(name_at)?.is_ascii_alphabetic() {
        return None;
    }
    let name = rest[name_at..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    if name > 10 || !matches!(rest.get(name_at + name)?, b'>' | b' ' | b'/' | b'\n' | b'\t' | b'\r') {
        return None;
    }
    let close = rest[1..].iter().take(LONGEST_TAG).position(|&byte| byte == b'>' || byte == b'<')? + 1;
    (rest[close] == b'>').then_some(close + 1)
}

#[cfg(test)]
mod tests {
    use super::words;
    use proptest::prelude::*;

    fn scan(text: &str) -> Vec<String> {
        let mut out = Vec::new();
        words(text, |word, _| out.push(word.to_owned()));
        out
    }

    /// The same definition, a character at a time and with nothing clever.
    fn oracle(text: &str) -> Vec<String> {
        text.split(|letter: char| !letter.is_alphanumeric() && letter != '_')
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect()
    }

    /// Every word by characters, normalized without a quick check.
    fn slow(text: &str) -> Vec<String> {
        use unicode_normalization::UnicodeNormalization as _;
        let mut out: Vec<String> = Vec::new();
        let mut at = 0;
        while at < text.len() {
            let mut buffer = String::new();
            let next = super::slow_word(text, at, &mut buffer, &mut |word, _| out.push(word.to_owned()));
            assert!(next > at);
            at = next;
        }
        out.iter().map(|word| word.nfkc().flat_map(char::to_lowercase).nfc().collect()).collect()
    }

    #[test]
    fn words_are_runs_of_letters_and_digits_lower_cased() {
        assert_eq!(scan("Don't re-elect_me 3.5%!"), ["don", "t", "re", "elect_me", "3", "5"]);
    }

    #[test]
    fn composed_and_decomposed_full_width_and_ligatures_match_alike() {
        assert_eq!(scan("caf\u{e9}"), scan("cafe\u{301}"));
        assert_eq!(scan("ＡＢＣ１"), ["abc1"]);
        assert_eq!(scan("ﬁnd"), ["find"]);
    }

    #[test]
    fn invisible_marks_are_passed_over_and_stay_in_the_range() {
        let mut ranges = Vec::new();
        words("co\u{ad}operate now", |word, range| ranges.push((word.to_owned(), range)));
        assert_eq!(ranges, [("cooperate".to_owned(), 0..11), ("now".to_owned(), 12..15)]);
    }

    #[test]
    fn entities_are_read_and_tags_are_gaps() {
        assert_eq!(
            scan("caf&eacute; AT&amp;T <p>Don&#39;t</p> a<b"),
            ["café", "at", "t", "don", "t", "a", "b"]
        );
    }

    #[test]
    fn scripts_without_spaces_are_cut_into_words() {
        assert_eq!(scan("北京 says"), ["北京", "says"]);
        assert_eq!(
            scan("市議会は2024年、新しい路面電車"),
            ["市議会", "は", "2024", "年", "新しい", "路面", "電車"]
        );
        assert_eq!(scan("奴隶\u{200b}制度&#x7684;<b>形式</b>"), ["奴隶", "制度", "的", "形式"]);
        assert_eq!(scan("มนุษย์มีอิสระ"), ["มนุษย์", "มี", "อิสระ"]);
        assert_eq!(scan("人々のガイド ｶﾞｲﾄﾞ"), ["人々", "の", "ガイド", "ガイド"]);
    }

    #[test]
    fn a_run_without_end_is_cut_in_bounded_pieces() {
        let found = scan(&"ア".repeat(10_000));
        assert_eq!(found.iter().map(|word| word.chars().count()).sum::<usize>(), 10_000);
        assert!(found.iter().all(|word| word.len() <= super::LONGEST_WORD));
        assert_eq!(scan(&"任何人不得".repeat(1_000)), ["任何人", "不得"].repeat(1_000));
    }

    #[test]
    fn a_huge_word_is_cut() {
        let found = scan(&"x".repeat(10_000));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].len(), super::LONGEST_WORD);
    }

    proptest! {
        #[test]
        fn ascii_without_markup_is_what_the_definition_says(text in "[ -%'-;=-~\n]{0,200}") {
            prop_assert_eq!(scan(&text), oracle(&text));
        }

        #[test]
        fn latin_text_is_what_the_slow_way_says(text in "[ a-dA-D0-2éÉßÿŸñÑ×÷ªµº¼·\u{a0}\u{ad}‘’“”–…\u{200b}łŁо\u{301}]{0,60}") {
            prop_assert_eq!(scan(&text), slow(&text));
        }

        #[test]
        fn a_scan_that_begins_and_ends_with_a_word_finds_the_same_words(
            text in "(([ab ،。]|[和良心人权有性理生的身安全自由]|[のはにしてすべ]|[アガー\u{3099}]|[กรุงเทพฯมา\u{e48}]|[ကမ\u{103a}ြ]|[ក្រុម]|[ລາວ]|[\u{200b}々]){1,9}){0,200}",
            places in (0_usize..500, 0_usize..500),
        ) {
            let mut all = Vec::new();
            words(&text, |word, range| all.push((word.to_owned(), range)));
            prop_assume!(!all.is_empty());
            let (from, to) = (places.0.min(places.1) % all.len(), places.0.max(places.1) % all.len());
            prop_assume!(from <= to);
            let (begin, end) = (all[from].1.start, all[to].1.end);
            let mut part = Vec::new();
            words(&text[begin as usize..end as usize], |word, range| {
                part.push((word.to_owned(), begin + range.start..begin + range.end));
            });
            prop_assert_eq!(&part, &all[from..=to]);
        }

        #[test]
        fn any_text_is_scanned_in_order_and_on_character_borders(text in ".{0,80}") {
            let mut last = 0;
            words(&text, |word, range| {
                assert!(!word.is_empty() && range.start >= last && range.start < range.end);
                assert!(text.is_char_boundary(range.start as usize) && text.is_char_boundary(range.end as usize));
                last = range.end;
            });
        }
    }
}
