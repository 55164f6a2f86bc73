//! Interned: words of our own that were written down and are read back. In a running program they are literals; each that
//! is read is kept once, until the process ends.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Mutex, PoisonError};

use serde::de::{Deserialize, Deserializer, Error as _};

/// A word of ours. (Serde would have a field of `&'static str` borrow from what is read.)
pub(crate) type Word = &'static str;

/// Longer than any word of ours, bytes.
const LONGEST: usize = 300;
/// More than we have.
const MOST: usize = 10_000;

static WORDS: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);

/// Reads one word.
///
/// # Errors
/// When it is longer, or one more, than words of ours are: a damaged file must not fill memory for good.
pub(crate) fn word<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Word, D::Error> {
    intern(String::deserialize(deserializer)?).ok_or_else(|| D::Error::custom("no word of this program"))
}

/// Reads counts by name.
///
/// # Errors
/// As [`word`].
pub(crate) fn counts<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<&'static str, u64>, D::Error> {
    let counts = BTreeMap::<String, u64>::deserialize(deserializer)?;
    let counts: Option<_> = counts.into_iter().map(|(name, n)| Some((intern(name)?, n))).collect();
    counts.ok_or_else(|| D::Error::custom("no count of this program"))
}

fn intern(word: String) -> Option<&'static str> {
    let mut words = WORDS.lock().unwrap_or_else(PoisonError::into_inner);
    let words = words.get_or_insert_default();
    if let Some(known) = words.get(word.as_str()) {
        return Some(known);
    }
    if word.len() > LONGEST || words.len() >= MOST {
        return None;
    }
    let kept: &'static str = Box::leak(word.into_boxed_str());
    words.insert(kept);
    Some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_kept_once_and_what_is_no_word_of_ours_is_refused() {
        let [one, two] = [(); 2].map(|()| intern("a page's button".to_owned()).unwrap());
        assert!(std::ptr::eq(one, two));
        assert_eq!(intern("x".repeat(LONGEST + 1)), None);
    }
}
