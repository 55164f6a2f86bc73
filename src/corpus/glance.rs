//! A glance at a line: its first words tell of nearly every line of an article that it is no furniture, a dozen times
//! faster than [`super::marks::recognize`] would say the same.

use std::sync::LazyLock;

use super::lexicon::LEXICON;
use super::marks::{self, SHORT_SHAPE};

/// Entries of [`WORDS`], a power of two: some twenty for each word, so that few words fall on another's.
const N_ENTRIES: usize = 1 << 14;

/// Once seen as the first word, no other need be looked at.
const ALONE: u8 = 1;
/// May be the only word of a line.
const WHOLE: u8 = 16;
/// First of two words that furniture begins with.
const LEADS: u8 = 2;
/// Second of two such words.
const FOLLOWS: u8 = 4;
/// May stand in a line of nothing but the words on buttons.
const COMPANY: u8 = 8;

/// By the hash of a word in ASCII: what it may be. Two words that share an entry cost a look, never a line.
static WORDS: LazyLock<Box<[u8; N_ENTRIES]>> = LazyLock::new(|| {
    let mut entries = Box::new([0; N_ENTRIES]);
    let mut add = |word: &str, flag| {
        if word.is_ascii() {
            let key = word.bytes().fold(0, with_letter);
            entries[entry(key)] |= flag;
        }
    };
    let lexicon = &*LEXICON;
    let phrases = lexicon.phrases.keys().map(|phrase| (phrase.as_str(), WHOLE));
    for (phrase, alone) in phrases.chain(marks::openings().map(|opening| (opening, ALONE))) {
        match marks::beginning(phrase).split_once(' ') {
            None => add(phrase, alone),
            Some((first, second)) => {
                add(first, LEADS);
                add(second, FOLLOWS);
            }
        }
    }
    for word in [&lexicon.company, &lexicon.actions, &lexicon.channels].into_iter().flatten() {
        add(word, COMPANY);
    }
    for name in &lexicon.endonyms {
        add(name.split(' ').next().unwrap_or(name), ALONE);
    }
    entries
});

/// The key of a word with one letter more, in either case.
fn with_letter(key: u64, letter: u8) -> u64 {
    key << 5 | u64::from(letter & 0x1f)
}

/// Where a key's entry stands (Knuth's multiplicative hash).
fn entry(key: u64) -> usize {
    (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 50) as usize
}

/// Glances at the lines of one text, from its first to its last.
pub(super) struct Glance<'a> {
    text: &'a [u8],
    /// Cyrillic letters are looked at as they always were.
    is_cyrillic: bool,
    /// The letters v of the text, ...
    letters_v: memchr::Memchr2<'a>,
    /// ... and the next one that may belong to a claim of rights.
    next_claim: Option<usize>,
    words: &'static [u8; N_ENTRIES],
}

impl<'a> Glance<'a> {
    pub(super) fn at(text: &'a str) -> Self {
        let text = text.as_bytes();
        let is_cyrillic = memchr::memchr2(0xd0, 0xd1, text).is_some();
        let mut letters_v = memchr::memchr2_iter(b'v', b'V', text);
        let next_claim = letters_v.find(|&at| marks::may_claim_rights_at(text, at));
        Self { text, is_cyrillic, letters_v, next_claim, words: &WORDS }
    }

    /// Might the line that begins at byte `start` be furniture by itself? Never false where it is. Lines are asked for ascending.
    pub(super) fn may_tell(&mut self, start: usize, line: &str) -> bool {
        if line.len() > marks::MOST_BYTES {
            return false;
        }
        if self.is_cyrillic {
            return true;
        }
        while let Some(claim) = self.next_claim
            && claim < start + line.len()
        {
            if claim >= start {
                return true;
            }
            let text = self.text;
            self.next_claim = self.letters_v.find(|&at| marks::may_claim_rights_at(text, at));
        }
        let bytes = line.as_bytes();
        self.words_may_tell(bytes) || bytes.len() <= SHORT_SHAPE && marks::has_separator(bytes)
    }

    /// By its first words, and by all of them where each may stand on a button.
    fn words_may_tell(&self, line: &[u8]) -> bool {
        let mut words = Words { line, at: 0 };
        let Ok(first) = words.next() else { return true };
        let Some(first) = first else { return false };
        let flags = self.words[entry(first.key)];
        // Codes of languages are written in small letters or in capitals.
        let may_be_code = first.n_letters == 2 && first.n_capitals != 1 && line.len() <= SHORT_SHAPE;
        if flags & ALONE != 0 || may_be_code {
            return true;
        }
        if flags & (LEADS | COMPANY | WHOLE) == 0 {
            return false;
        }
        let Ok(second) = words.next() else { return true };
        let Some(second) = second else { return flags & WHOLE != 0 };
        let next = self.words[entry(second.key)];
        if flags & LEADS != 0 && next & FOLLOWS != 0 {
            return true;
        }
        let mut in_company = flags & next & COMPANY != 0;
        while in_company {
            match words.next() {
                Ok(Some(word)) => in_company = self.words[entry(word.key)] & COMPANY != 0,
                Ok(None) | Err(NotAscii) => return true,
            }
        }
        false
    }
}

/// A word of ASCII, as [`super::lexicon::fold`] sets words apart.
struct Word {
    key: u64,
    n_letters: u32,
    n_capitals: u32,
}

/// A letter beyond ASCII, or a sign that might be one.
struct NotAscii;

struct Words<'a> {
    line: &'a [u8],
    at: usize,
}

impl Words<'_> {
    /// The next word; none at the end of the line.
    fn next(&mut self) -> Result<Option<Word>, NotAscii> {
        let mut word = Word { key: 0, n_letters: 0, n_capitals: 0 };
        while let Some(&byte) = self.line.get(self.at) {
            if byte.is_ascii_alphabetic() {
                word.key = with_letter(word.key, byte);
                word.n_letters += 1;
                word.n_capitals += u32::from(byte.is_ascii_uppercase());
                self.at += 1;
                continue;
            }
            let (length, is_apostrophe) = match self.line[self.at..] {
                [0..0x80, ..] => (1, byte == b'\''),
                // Quotation marks, dashes, and the apostrophe as printers have it.
                [0xe2, 0x80, sign @ 0x90..=0x9f, ..] => (3, sign == 0x99),
                _ => return Err(NotAscii),
            };
            if !is_apostrophe && word.n_letters > 0 {
                break;
            }
            self.at += length;
        }
        Ok((word.n_letters > 0).then_some(word))
    }
}
