//! Unlike: texts that match word for word and are no copies of each other all the same, and why.
//!
//! News is full of forms. A notice is filled in again every week and for every company, and what tells two fillings apart
//! is the little that stands in the blanks; a reader tells them by the day, by the headline and by whom they are about.
//! The limits below were set on what two collections list as near-copies, read one by one: 21,578 wire stories and 37,554 articles.

use std::ops::Range;
use std::sync::OnceLock;

use super::align::{Alignment, WordMatch};
use super::identical::{HEADED_WORDS, headlines_agree};
use super::messages::Message;
use super::quotes;
use super::words::WordMatcher;
use crate::corpus::{Corpus, DocId, day_number};
use crate::tokens::{Tokens, WordId, article_words};

/// Words between blocks, before the first match or after the last that are held against each other.
const LONGEST_OUTSIDE: usize = 8;

/// Words matched up to which two texts may be fillings of one form that only their day or subject tells apart. Of wire
/// stories that fill one, the longest has 190; longer texts that come again are reprints.
const LONGEST_FORM: u32 = 200;

/// Words of the longer text up to which it fills a form itself, and does not hold one that was brought up to date.
const LONGEST_FILLED: usize = 300;

/// Working days from which a form is filled again, not sent again: what was sent on a Friday or Saturday is sent again on the
/// Monday after, and what was sent on a Monday is not on a Wednesday.
const WORKING_DAYS_APART: i64 = 2;

/// Words that match only closely from which two texts are damaged, if they are a tenth of all that match.
const FEWEST_CLOSE: usize = 5;

/// Share of the matched words that numbers which differ make up at least, for two longer texts to be fillings of one form; chosen,
/// not measured.
const MUCH_DIFFERS: f64 = 0.06;

/// One word in so many is a number in a table.
const NUMBER_IN_A_TABLE: u32 = 4;

/// Words at the head of a table, which say of which place and hour it is.
const HEAD_WORDS: u32 = 8;

/// One blank in so many matched words makes another filling of another day.
const WORDS_A_BLANK: u32 = 100;

/// Why two texts that match are no copies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unlike {
    /// One shares with the other no more than it quotes.
    Quote,
    /// Two messages of different senders on one subject, of which one is an answer.
    Answer,
    /// Two messages that say different things between the same headers and signature.
    OtherBody,
    /// Their numbers and names disagree throughout: two fillings of one form.
    Filling,
    /// The same form, filled on another day with something else.
    OtherDay,
    /// The same form about another: each has, at one place, a name from its headline that the other has nowhere.
    OtherSubject,
    /// Texts of a line or two under headlines that say different things.
    OtherHeadline,
    /// Each opens in words of its own: what they share are boxes of links or of background below two articles.
    OtherOpening,
}

impl Unlike {
    /// In words, for the reason of a pair.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Quote => "one quotes the other, or both the same",
            Self::Answer => "somebody else's answer quotes what they share",
            Self::OtherBody => "two messages that share headers and a signature, and little else",
            Self::Filling => "two fillings of one form",
            Self::OtherDay => "one form, filled again on another day",
            Self::OtherSubject => "one form, filled for another subject",
            Self::OtherHeadline => "their headlines say different things",
            Self::OtherOpening => "each opens in words of its own",
        }
    }
}

/// Words of one kind at the same place of two texts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Facing {
    /// Equal ones.
    pub equal: u32,
    /// Different ones.
    pub different: u32,
}

/// Are two alike texts two fillings of one form? Their numbers disagree throughout, or a third of many do; of a table,
/// where every fourth word is a number, three do. In short texts, where a form has few blanks, a third of the numbers
/// disagree, or numbers and names together as often as they agree, or nothing else does. `longer` is the number of words
/// of the longer text.
pub(super) fn is_another_filling(
    numbers: Facing,
    names: Facing,
    n_matched: u32,
    longer: u32,
    short: u32,
) -> bool {
    let is_much = f64::from(numbers.different) >= MUCH_DIFFERS * f64::from(n_matched);
    let throughout = numbers.different > 0 && numbers.different >= numbers.equal
        || numbers.different >= 4 && 2 * numbers.different >= numbers.equal;
    let is_table = numbers.different >= 3 && 4 * (numbers.equal + numbers.different) >= n_matched;
    let different = numbers.different + names.different;
    is_much && (throughout || is_table)
        || n_matched <= short
            && different > 0
            && (different >= numbers.equal + names.equal
                || longer <= n_matched + different
                || numbers.different > 0 && 2 * numbers.different >= numbers.equal)
}

/// What is known of words and documents that tells whether two are unlike.
#[derive(Debug)]
pub(super) struct Facts<'a> {
    corpus: &'a Corpus,
    tokens: &'a Tokens,
    pub(super) words: WordMatcher<'a>,
    /// By document: [`working_days`] of its date, where it has one.
    working_days: Vec<Option<i64>>,
    /// By document: what its headers say, where it is a message and anybody asked, and the places of its body's words.
    messages: Vec<OnceLock<Option<Box<Told>>>>,
}

/// A message, and the places of its body's words, where they are known.
type Told = (Message, Option<Range<u32>>);

/// Two aligned documents.
#[derive(Clone, Copy)]
pub(super) struct Aligned<'a> {
    pub(super) a: DocId,
    pub(super) b: DocId,
    pub(super) alignment: &'a Alignment,
}

impl<'a> Facts<'a> {
    pub(super) fn new(corpus: &'a Corpus, tokens: &'a Tokens) -> Self {
        let day = |date: &Option<String>| day_number(date.as_deref()?).map(working_days);
        let working_days = corpus.documents.iter().map(|document| day(&document.date)).collect();
        let messages = corpus.documents.iter().map(|_| OnceLock::new()).collect();
        Self { corpus, tokens, words: WordMatcher::new(&tokens.vocabulary), working_days, messages }
    }

    /// Numbers and names that are matched, and those that face each other in gaps.
    pub(super) fn facing(&self, aligned: Aligned) -> (Facing, Facing) {
        let (begin_a, begin_b) = self.begins(aligned);
        let words = &self.tokens.bodies.words;
        let (mut numbers, mut names) = (Facing::default(), Facing::default());
        for matched in aligned.alignment.blocks().flatten() {
            let (place_a, place_b) = (begin_a + matched.a as usize, begin_b + matched.b as usize);
            numbers.equal += u32::from(matched.is_exact && self.words.is_number(words[place_a]));
            names.equal += u32::from(self.is_name(place_a) && self.is_name(place_b));
        }
        self.each_gap(aligned, |gap_a, gap_b| {
            let facing = |is_kind| {
                let (own_a, own_b) = self.apart(aligned, &gap_a, &gap_b, is_kind);
                own_a.min(own_b)
            };
            numbers.different += facing(Self::is_amount);
            names.different += facing(Self::is_name);
        });
        (numbers, names)
    }

    /// Words of one kind in two gaps that are not the same on both sides, in order: how many there are on either. What words were
    /// exchanged around them says nothing.
    fn apart(
        &self,
        aligned: Aligned,
        gap_a: &Range<u32>,
        gap_b: &Range<u32>,
        is_kind: fn(&Self, usize) -> bool,
    ) -> (u32, u32) {
        let (begin_a, begin_b) = self.begins(aligned);
        let of_kind = |begin: usize, gap: &Range<u32>| -> Vec<WordId> {
            let places =
                gap.clone().map(|place| begin + place as usize).filter(|&place| is_kind(self, place));
            places.map(|place| self.tokens.bodies.words[place]).collect()
        };
        let (words_a, words_b) = (of_kind(begin_a, gap_a), of_kind(begin_b, gap_b));
        let n_same = n_in_order(&words_a, &words_b);
        ((words_a.len() - n_same) as u32, (words_b.len() - n_same) as u32)
    }

    /// Why two texts that match well enough are no copies, if day, subject or headline says so. What stands in the blanks of
    /// damaged texts says nothing.
    pub(super) fn tell(&self, aligned: Aligned, numbers: Facing) -> Option<Unlike> {
        if let Some(unlike) = self.messages_differ(aligned) {
            return Some(unlike);
        }
        if self.headlines_differ(aligned.a, aligned.b) {
            return Some(Unlike::OtherHeadline);
        }
        let n_matched = aligned.alignment.matches.len() as u32;
        let n_close = aligned.alignment.n_close();
        let is_damaged = n_close >= FEWEST_CLOSE && aligned.alignment.is_damaged();
        let n_words = |document: DocId| self.tokens.bodies.range(document).len();
        let is_long = n_matched > LONGEST_FORM || n_words(aligned.a).max(n_words(aligned.b)) > LONGEST_FILLED;
        if is_long || is_damaged {
            return None;
        }
        if self.subjects_differ(aligned) {
            return Some(Unlike::OtherSubject);
        }
        if NUMBER_IN_A_TABLE * (numbers.equal + numbers.different) >= n_matched && self.heads_differ(aligned)
        {
            return Some(Unlike::Filling);
        }
        let is_other_day = self.working_days_apart(aligned).is_some_and(|days| days >= WORKING_DAYS_APART)
            && WORDS_A_BLANK * self.n_blanks(aligned) >= n_matched;
        is_other_day.then_some(Unlike::OtherDay)
    }

    /// Are these two messages, of which one quotes the other, or that share only what stands around them?
    fn messages_differ(&self, aligned: Aligned) -> Option<Unlike> {
        let ((a, body_a), (b, body_b)) = (self.message(aligned.a)?, self.message(aligned.b)?);
        if a.is_of_another(b) {
            return Some(Unlike::Answer);
        }
        let (body_a, body_b) = (body_a.as_ref()?, body_b.as_ref()?);
        let matches = &aligned.alignment.matches;
        // Headers and signature are a text's own words, too, and the same in all that its sender writes.
        let quotes = |document: DocId, body: &Range<u32>, place: fn(&WordMatch) -> u32| {
            let shared = matches.iter().map(place);
            quotes::are_all_that_is_shared(self.tokens, document, shared, |place| {
                u8::from(body.contains(&place))
            })
        };
        if quotes(aligned.a, body_a, |matched| matched.a) || quotes(aligned.b, body_b, |matched| matched.b) {
            return Some(Unlike::Quote);
        }
        let is_shared = |matched: &&WordMatch| body_a.contains(&matched.a) && body_b.contains(&matched.b);
        let n_shared = matches.iter().filter(is_shared).count();
        (2 * n_shared < body_a.len().min(body_b.len())).then_some(Unlike::OtherBody)
    }

    /// What a document's headers say, if it is a message; its text is read once at most.
    fn message(&self, document: DocId) -> Option<&Told> {
        let read = || {
            let text = self.corpus.texts.text(document);
            let message = Message::of(&text)?;
            let body = message.body.as_ref().map(|bytes| self.places_of(document, &text, bytes));
            Some(Box::new((message, body)))
        };
        self.messages[document.index()].get_or_init(read).as_deref()
    }

    /// The places of the words that begin in some bytes of a document's text.
    fn places_of(&self, document: DocId, text: &str, bytes: &Range<usize>) -> Range<u32> {
        let (mut n_before, mut n_within) = (0, 0);
        article_words(text, &self.corpus.documents[document.index()].set_aside, |_, word| {
            let begin = word.start as usize;
            n_before += u32::from(begin < bytes.start);
            n_within += u32::from(bytes.contains(&begin));
        });
        n_before..n_before + n_within
    }

    fn working_days_apart(&self, aligned: Aligned) -> Option<i64> {
        Some((self.working_days[aligned.a.index()]? - self.working_days[aligned.b.index()]?).abs())
    }

    /// Does something face another number in the first words? Under headlines that give the same numbers, or say the same
    /// without any, it is a correction.
    fn heads_differ(&self, aligned: Aligned) -> bool {
        let [a, b] = [aligned.a, aligned.b];
        let numbers = |document: DocId| -> Vec<WordId> {
            let title = self.tokens.titles.of(document).iter().copied();
            title.filter(|&word| self.words.is_number(word)).collect()
        };
        let headline = |document: DocId| self.corpus.documents[document.index()].headline();
        let (in_a, in_b) = (numbers(a), numbers(b));
        let is_same = headlines_agree(headline(a), headline(b)) == Some(true) || headline(a) == headline(b);
        let is_correction = headline(a).is_some() && in_a == in_b && (!in_a.is_empty() || is_same);
        if is_correction {
            return false;
        }
        let mut differ = false;
        self.each_blank(aligned, |gap_a, gap_b| {
            let is_in_head = gap_a.start.max(gap_b.start) < HEAD_WORDS;
            differ |= is_in_head && self.apart(aligned, &gap_a, &gap_b, Self::is_amount) != (0, 0);
        });
        differ
    }

    /// Gaps with a number that the other side has not, or a name on both.
    fn n_blanks(&self, aligned: Aligned) -> u32 {
        let mut n_blanks = 0;
        self.each_blank(aligned, |gap_a, gap_b| {
            let numbers = self.apart(aligned, &gap_a, &gap_b, Self::is_amount);
            let names = self.apart(aligned, &gap_a, &gap_b, Self::is_name);
            n_blanks += u32::from(numbers != (0, 0) || names.0 > 0 && names.1 > 0);
        });
        n_blanks
    }

    /// Does a name of one headline face a name of the other, and neither text know the other's?
    fn subjects_differ(&self, aligned: Aligned) -> bool {
        let Aligned { a, b, .. } = aligned;
        let (title_a, title_b) = (self.tokens.titles.of(a), self.tokens.titles.of(b));
        if title_a.is_empty() || title_b.is_empty() {
            return false;
        }
        let (begin_a, begin_b) = self.begins(aligned);
        let has_own_name = |begin: usize, gap: Range<u32>, own: &[WordId], title: &[WordId], other: DocId| {
            gap.map(|place| begin + place as usize).any(|place| {
                let word = self.tokens.bodies.words[place];
                self.is_name(place)
                    && own.contains(&word)
                    && !title.contains(&word)
                    && !self.tokens.bodies.of(other).contains(&word)
            })
        };
        let mut differ = false;
        self.each_blank(aligned, |gap_a, gap_b| {
            differ = differ
                || has_own_name(begin_a, gap_a, title_a, title_b, b)
                    && has_own_name(begin_b, gap_b, title_b, title_a, a);
        });
        differ
    }

    /// Are both texts no more than a line or two, under headlines that say different things?
    fn headlines_differ(&self, a: DocId, b: DocId) -> bool {
        let is_short = |document: DocId| self.tokens.bodies.range(document).len() <= HEADED_WORDS;
        let headline = |document: DocId| self.corpus.documents[document.index()].headline();
        is_short(a) && is_short(b) && headlines_agree(headline(a), headline(b)) == Some(false)
    }

    /// Calls `face` with what stands between two consecutive matches of a block, on both sides, and with short ends: a form
    /// may begin or end with a blank.
    fn each_gap(&self, aligned: Aligned, mut face: impl FnMut(Range<u32>, Range<u32>)) {
        for block in aligned.alignment.blocks() {
            for step in block.windows(2) {
                face_both(step[0].a + 1..step[1].a, step[0].b + 1..step[1].b, &mut face);
            }
            let [first, last] = [block[0], block[block.len() - 1]];
            let n_words = |document: DocId| self.tokens.bodies.range(document).len() as u32;
            face_short(0..first.a, 0..first.b, &mut face);
            face_short(last.a + 1..n_words(aligned.a), last.b + 1..n_words(aligned.b), &mut face);
        }
    }

    /// The same, and what stands between blocks, where it is short. A copy whose paragraphs were moved has such gaps, too.
    fn each_blank(&self, aligned: Aligned, mut face: impl FnMut(Range<u32>, Range<u32>)) {
        self.each_gap(aligned, &mut face);
        let mut blocks: Vec<&[WordMatch]> = aligned.alignment.blocks().collect();
        blocks.sort_unstable_by_key(|block| block[0].a);
        for step in blocks.windows(2) {
            let (last, next) = (step[0][step[0].len() - 1], step[1][0]);
            face_short(last.a + 1..next.a, last.b + 1..next.b, &mut face);
        }
    }

    fn begins(&self, aligned: Aligned) -> (usize, usize) {
        let begin = |document: DocId| self.tokens.bodies.range(document).start;
        (begin(aligned.a), begin(aligned.b))
    }

    fn is_amount(&self, place: usize) -> bool {
        let word = self.tokens.bodies.words[place];
        self.words.is_number(word) || self.words.is_numeral(word)
    }

    fn is_name(&self, place: usize) -> bool {
        !self.words.is_number(self.tokens.bodies.words[place]) && self.tokens.capitals.is_marked(place)
    }
}

/// How many words two lists have in common, in order (the length of their longest common subsequence).
fn n_in_order(a: &[WordId], b: &[WordId]) -> usize {
    if a.is_empty() || b.is_empty() {
        return 0;
    }
    let mut row = vec![0; b.len() + 1];
    for left in a {
        let mut diagonal = 0;
        for (place, right) in b.iter().enumerate() {
            let above = row[place + 1];
            row[place + 1] = if left == right { diagonal + 1 } else { above.max(row[place]) };
            diagonal = above;
        }
    }
    row[b.len()]
}

fn face_both(a: Range<u32>, b: Range<u32>, face: &mut impl FnMut(Range<u32>, Range<u32>)) {
    if !a.is_empty() && !b.is_empty() {
        face(a, b);
    }
}

fn face_short(a: Range<u32>, b: Range<u32>, face: &mut impl FnMut(Range<u32>, Range<u32>)) {
    if a.len().max(b.len()) <= LONGEST_OUTSIDE {
        face_both(a, b, face);
    }
}

/// Mondays to Fridays from the first Monday before 1970 to a day since 1970.
fn working_days(day: i64) -> i64 {
    // The first of January of 1970 was a Thursday.
    let since_monday = day + 3;
    5 * since_monday.div_euclid(7) + since_monday.rem_euclid(7).min(5)
}

#[cfg(test)]
mod tests {
    use super::{day_number, working_days};

    #[test]
    fn saturdays_and_sundays_are_no_working_days() {
        let apart = |from: &str, to: &str| {
            let of = |date| day_number(date).map(working_days).expect("a date");
            of(to) - of(from)
        };
        // The 13th of March 1987 was a Friday.
        assert_eq!(apart("1987-03-13", "1987-03-16"), 1);
        assert_eq!(apart("1987-03-14", "1987-03-16"), 0);
        assert_eq!(apart("1987-03-16", "1987-03-18"), 2);
        assert_eq!(apart("1987-03-13", "1987-03-27"), 10);
        assert_eq!(apart("1969-12-26", "1970-01-02"), 5);
    }
}
