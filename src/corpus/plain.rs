//! One text a file. The text stays as the file has it, so that offsets point into the file.

use std::ops::Range;

use super::draft::Draft;
use super::furniture;
use super::open::Opened;
use super::read::{Harvest, Met, Reading};
use super::walk::Entry;
use super::whole::{self, Most};

/// Longest headline that is believed, characters.
const MOST_CHARACTERS: usize = 120;

/// And in words.
const MOST_WORDS: usize = 20;

/// Reads the one document of a file.
pub(super) fn read(entry: &Entry, opened: &mut Opened, reading: &Reading<'_>, harvest: &mut Harvest) {
    let text = whole::text(entry, opened, Most::OneDocument, |_| None, reading, harvest);
    let Some(text) = text else { return };
    let mut draft = Draft::new(text, entry.relative.clone(), None);
    draft.take_title_from_text();
    harvest.take(Met::alone(Ok(draft), Vec::new()), entry, reading);
}

/// The headline of a text: its first line, if it looks like one and a blank line follows.
/// Navigation above it is passed over.
pub(super) fn headline(text: &str) -> Option<Range<u32>> {
    let mut begin = 0;
    for line in text.split_inclusive('\n').take(12) {
        let after = begin + line.len();
        let trimmed = line.trim();
        if trimmed.is_empty() || furniture::is_navigation(trimmed) {
            begin = after;
            continue;
        }
        let next = text[after..].split('\n').next()?;
        let alone = next.trim().is_empty() && !text[after..].trim().is_empty();
        if !alone || !could_be_headline(trimmed) {
            return None;
        }
        let start = begin + line.find(trimmed).unwrap_or(0);
        return Some(start as u32..(start + trimmed.len()) as u32);
    }
    None
}

fn could_be_headline(line: &str) -> bool {
    let n_words = line.split_whitespace().take(MOST_WORDS + 1).count();
    let last = line.trim_end_matches(['"', '”', '’', '»', ')']).chars().next_back();
    // One word says nothing, except where words are not set apart.
    let long_enough = n_words >= 2 || (line.chars().count() >= 6 && !line.is_ascii());
    long_enough
        && n_words <= MOST_WORDS
        && line.len() <= MOST_CHARACTERS * 4
        && line.chars().count() <= MOST_CHARACTERS
        && !matches!(last, None | Some('.' | ',' | ';' | ':' | '。' | '…' | '，' | '；' | '：'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn title(text: &str) -> Option<&str> {
        headline(text).map(|span| &text[span.start as usize..span.end as usize])
    }

    #[test]
    fn a_short_first_line_before_a_blank_one_is_the_headline() {
        assert_eq!(title("Council agrees on tram\n\nIt met."), Some("Council agrees on tram"));
        assert_eq!(title("\r\n  Is the tram back?\r\n\r\nIt is."), Some("Is the tram back?"));
        assert_eq!(
            title("Skip to content\n\nCouncil agrees on tram\n\nIt met."),
            Some("Council agrees on tram")
        );
    }

    #[test]
    fn a_sentence_a_word_or_a_line_in_a_paragraph_is_none() {
        assert_eq!(title("The council met.\n\nIt agreed."), None);
        assert_eq!(title("Tram\n\nIt agreed."), None);
        assert_eq!(title("Council agrees on tram\nIt met."), None);
        assert_eq!(title("Council agrees on tram"), None);
    }
}
