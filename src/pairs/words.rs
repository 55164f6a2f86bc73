//! Words that are alike: equal, or so close that a scanner or a typist explains the difference.

use rayon::prelude::*;

use crate::tokens::{Vocabulary, WordId, is_written_without_spaces};

/// Compares words of one vocabulary, with what is needed of each at hand.
#[derive(Debug)]
pub struct WordMatcher<'a> {
    vocabulary: &'a Vocabulary,
    /// By word.
    shapes: Vec<Shape>,
}

/// What tells most words apart without a look at their letters.
#[derive(Debug, Clone, Copy)]
struct Shape {
    /// Which letters it has, a bit each, folded into 32.
    letters: u32,
    /// Its length in letters, at most 255.
    length: u8,
    /// Is a letter a byte?
    is_ascii: bool,
    kind: Kind,
    /// See [`WordMatcher::is_long`].
    is_long: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Word,
    /// Of digits alone.
    Number,
    /// A number written as a word.
    Numeral,
}

/// Letters of a word that few texts have in common by chance; and of one in a script without spaces, whose letters say more. Chosen,
/// not measured.
const LONG: usize = 7;
const LONG_WITHOUT_SPACES: usize = 3;

/// Numbers as words, in the languages that news come in most: where two fillings of one form differ, "six" faces "10".
/// Left out are those that are more often another word ("once", "sei", "un").
const NUMERALS: &[&str] = &[
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", // English
    "zwei", "drei", "vier", "f\u{fc}nf", "sechs", "sieben", "acht", "neun", "zehn", "elf",
    "zw\u{f6}lf", // German
    "deux", "trois", "quatre", "cinq", "sept", "huit", "neuf", "dix", "onze", "douze", // French
    "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "doce", // Spanish
    "due", "tre", "quattro", "cinque", "sette", "otto", "nove", "dieci", "undici", "dodici", // Italian
    "dois", "duas", "quatro", "sete", "oito", "dez", "doze", // Portuguese
    "twee", "drie", "vijf", "zes", "zeven", "negen", "tien", "twaalf", // Dutch
];

impl<'a> WordMatcher<'a> {
    /// Looks at each distinct word once.
    #[must_use]
    pub fn new(vocabulary: &'a Vocabulary) -> Self {
        let shape = |id| {
            let word = vocabulary.word(WordId(id));
            let (n_letters, is_number) = (word.chars().count(), vocabulary.is_number(WordId(id)));
            let long = if word.starts_with(is_written_without_spaces) { LONG_WITHOUT_SPACES } else { LONG };
            Shape {
                letters: word.chars().fold(0, |mask, letter| mask | 1 << (u32::from(letter) & 31)),
                length: n_letters.min(255) as u8,
                is_ascii: word.is_ascii(),
                kind: match () {
                    () if is_number => Kind::Number,
                    () if NUMERALS.contains(&word) => Kind::Numeral,
                    () => Kind::Word,
                },
                is_long: n_letters >= long && !is_number,
            }
        };
        Self { vocabulary, shapes: (0..vocabulary.len() as u32).into_par_iter().map(shape).collect() }
    }

    /// Its letters, folded.
    #[must_use]
    pub fn letters(&self, word: WordId) -> &str {
        self.vocabulary.word(word)
    }

    /// Is it made of digits only?
    #[must_use]
    pub fn is_number(&self, word: WordId) -> bool {
        self.shapes[word.index()].kind == Kind::Number
    }

    /// Is it a number written as a word?
    #[must_use]
    pub fn is_numeral(&self, word: WordId) -> bool {
        self.shapes[word.index()].kind == Kind::Numeral
    }

    /// Is it a word of seven letters and more (of three, in a script without spaces), and no number?
    #[must_use]
    pub fn is_long(&self, word: WordId) -> bool {
        self.shapes[word.index()].is_long
    }

    /// Are two different words within the edits that their length allows (1, 2, 3 for 3-5, 6-8, 9 and
    /// more letters)?
    #[must_use]
    pub fn is_close(&self, left: WordId, right: WordId) -> bool {
        let (a, b) = (self.shapes[left.index()], self.shapes[right.index()]);
        let (longer, shorter) = if a.length < b.length { (b, a) } else { (a, b) };
        let allowed = allowed_edits(usize::from(longer.length));
        let more = usize::from(longer.length - shorter.length);
        let n_missing = |of: Shape, from: Shape| (of.letters & !from.letters).count_ones() as usize;
        // An edit takes one letter of the longer word away at most; those that leave fewer letters bring none of the shorter one.
        allowed > 0
            && more <= allowed
            && n_missing(longer, shorter) <= allowed
            && n_missing(shorter, longer) <= allowed - more
            && a.kind != Kind::Number
            && b.kind != Kind::Number
            && self.distance_within(a.is_ascii && b.is_ascii, [left, right], None, allowed)
    }

    /// Is the Levenshtein distance of two words at most `allowed`? By letters. To the second one, a third may be joined.
    fn distance_within(
        &self,
        are_ascii: bool,
        [left, right]: [WordId; 2],
        joined: Option<WordId>,
        allowed: usize,
    ) -> bool {
        let word = |word| self.vocabulary.word(word);
        let (left, right, joined) = (word(left), word(right), joined.map_or("", word));
        if are_ascii && joined.is_empty() {
            return edit_distance_within(left.as_bytes(), right.as_bytes(), allowed);
        }
        if are_ascii {
            are_within(left.bytes(), right.bytes().chain(joined.bytes()), allowed)
        } else {
            are_within(left.chars(), right.chars().chain(joined.chars()), allowed)
        }
    }

    /// Is `whole` the two words written as one, within the edits that its length allows? Not where one of them is
    /// `whole` already: then the other is a word more.
    #[must_use]
    pub fn is_joined(&self, whole: WordId, first: WordId, second: WordId) -> bool {
        if whole == first || whole == second {
            return false;
        }
        let shapes = [whole, first, second].map(|word| self.shapes[word.index()]);
        let length = usize::from(shapes[1].length) + usize::from(shapes[2].length);
        let whole_length = usize::from(shapes[0].length);
        let allowed = allowed_edits(whole_length.min(length)).saturating_sub(1);
        if whole_length < 3
            || whole_length.abs_diff(length) > allowed
            || length > LONGEST
            || shapes[0].kind == Kind::Number
            || (shapes[0].letters ^ (shapes[1].letters | shapes[2].letters)).count_ones() as usize
                > 2 * allowed
        {
            return false;
        }
        let are_ascii = shapes.iter().all(|shape| shape.is_ascii);
        self.distance_within(are_ascii, [whole, first], Some(second), allowed)
    }
}

/// Letters of the longest word compared letter by letter.
const LONGEST: usize = 48;

/// Is the Levenshtein distance of two words, given letter by letter, at most `allowed`?
fn are_within<T: Copy + Default + PartialEq>(
    left: impl Iterator<Item = T>,
    right: impl Iterator<Item = T>,
    allowed: usize,
) -> bool {
    let (mut left_letters, mut right_letters) = ([T::default(); LONGEST], [T::default(); LONGEST]);
    let left = lay_out(left, &mut left_letters);
    let right = lay_out(right, &mut right_letters);
    left.zip(right).is_some_and(|(left, right)| edit_distance_within(left, right, allowed))
}

/// Puts letters into `place`, and returns them; none where there is no room.
fn lay_out<T>(letters: impl Iterator<Item = T>, place: &mut [T; LONGEST]) -> Option<&[T]> {
    let mut n = 0;
    for letter in letters {
        *place.get_mut(n)? = letter;
        n += 1;
    }
    Some(&place[..n])
}

/// Edits that a word of so many letters may have suffered and still be the same word.
fn allowed_edits(length: usize) -> usize {
    match length {
        0..=2 => 0,
        3..=5 => 1,
        6..=8 => 2,
        _ => 3,
    }
}

/// Is the Levenshtein distance of two words at most `allowed`?
fn edit_distance_within<T: PartialEq>(left: &[T], right: &[T], allowed: usize) -> bool {
    left.len().max(right.len()) <= LONGEST && is_within(left, right, allowed, &mut [0; LONGEST + 1])
}

/// Is the Levenshtein distance at most `allowed`? In a band of 2 x `allowed` + 1 (Ukkonen 1985); `row`, of any content,
/// has a place more than `right`.
pub(super) fn is_within<T: PartialEq>(left: &[T], right: &[T], allowed: usize, row: &mut [u16]) -> bool {
    const FAR: u16 = u16::MAX / 2;
    if left.len().abs_diff(right.len()) > allowed {
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
    for (place, cell) in row[..=right.len()].iter_mut().enumerate() {
        *cell = place as u16;
    }
    for (i, letter) in left.iter().enumerate() {
        let (from, to) = (i.saturating_sub(allowed), (i + allowed + 1).min(right.len()));
        let mut diagonal = row[from];
        row[from] = if from == 0 { (i + 1) as u16 } else { FAR };
        let mut least = row[from];
        for j in from..to {
            let above = if j + 1 == i + allowed + 1 { FAR } else { row[j + 1] };
            let substituted = diagonal + u16::from(*letter != right[j]);
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

    #[test]
    fn a_word_beside_itself_and_a_short_one_is_not_written_as_one() {
        let corpus = crate::Corpus::from_texts([("one".to_owned(), "reviewed a review ed".to_owned())]);
        let tokens = crate::tokens::read(&corpus, &crate::progress::Silent);
        let vocabulary = &tokens.vocabulary;
        let [reviewed, a, review, ed] = ["reviewed", "a", "review", "ed"].map(|letters| {
            let ids = (0..vocabulary.len() as u32).map(WordId);
            ids.into_iter().find(|&id| vocabulary.word(id) == letters).unwrap()
        });
        let words = WordMatcher::new(vocabulary);
        assert!(words.is_joined(reviewed, review, ed));
        assert!(!words.is_joined(reviewed, reviewed, a));
        assert!(!words.is_joined(reviewed, a, reviewed));
    }

    #[test]
    fn letters_count_and_not_the_bytes_that_write_them() {
        // Five letters, of which two differ; five of which one does; seven as two words; two, of which one differs.
        let text = "\u{43f}\u{440}\u{430}\u{432}\u{43e} \u{43f}\u{440}\u{430}\u{43d}\u{430} \u{43f}\u{440}\u{430}\u{432}\u{430} \
            \u{433}\u{43e}\u{440}\u{43e}\u{434}\u{43e}\u{43a} \u{433}\u{43e}\u{440}\u{43e} \u{434}\u{43e}\u{43a} \u{43e}\u{43d} \u{43e}\u{442}";
        let corpus = crate::Corpus::from_texts([("one".to_owned(), text.to_owned())]);
        let tokens = crate::tokens::read(&corpus, &crate::progress::Silent);
        let words = WordMatcher::new(&tokens.vocabulary);
        let place: Vec<WordId> = tokens.bodies.of(crate::corpus::DocId(0)).to_vec();
        assert_eq!(place.len(), 8);
        assert!(!words.is_close(place[0], place[1]));
        assert!(words.is_close(place[0], place[2]));
        assert!(words.is_joined(place[3], place[4], place[5]));
        assert!(!words.is_close(place[6], place[7]));
        assert!(!words.is_long(place[0]) && words.is_long(place[3]));
    }

    #[test]
    fn of_a_script_without_spaces_three_letters_are_a_long_word() {
        let text = "\u{5e02}\u{8bae}\u{4f1a}\u{661f}\u{671f}\u{4e8c}\u{5f00}\u{4f1a}\u{8ba8}\u{8bba}\u{4e86}\u{65b0}\u{7684}\u{6709}\u{8f68}\u{7535}\u{8f66}";
        let corpus = crate::Corpus::from_texts([("one".to_owned(), text.to_owned())]);
        let tokens = crate::tokens::read(&corpus, &crate::progress::Silent);
        let words = WordMatcher::new(&tokens.vocabulary);
        let ids: Vec<WordId> = (0..tokens.vocabulary.len() as u32).map(WordId).collect();
        let is_three = |id: &WordId| tokens.vocabulary.word(*id).chars().count() >= 3;
        assert!(ids.iter().any(is_three) && !ids.iter().all(is_three));
        assert!(ids.iter().all(|id| words.is_long(*id) == is_three(id)));
    }

    proptest! {
        #[test]
        fn words_are_close_where_few_edits_lie_between_them(left in "[a-e]{1,12}", right in "[a-e]{1,12}") {
            let corpus = crate::Corpus::from_texts([("one".to_owned(), format!("{left} {right}"))]);
            let tokens = crate::tokens::read(&corpus, &crate::progress::Silent);
            let ids = tokens.bodies.of(crate::corpus::DocId(0));
            let allowed = allowed_edits(left.len().max(right.len()));
            let distance = levenshtein(left.as_bytes(), right.as_bytes());
            let is_close = WordMatcher::new(&tokens.vocabulary).is_close(ids[0], ids[1]);
            prop_assert_eq!(is_close, allowed > 0 && distance <= allowed);
        }

        #[test]
        fn the_banded_distance_agrees_with_the_full_one(left in "[a-c]{0,12}", right in "[a-c]{0,12}", allowed in 0..4usize) {
            prop_assert_eq!(
                edit_distance_within(left.as_bytes(), right.as_bytes(), allowed),
                levenshtein(left.as_bytes(), right.as_bytes()) <= allowed
            );
        }
    }
}
