//! Words that a label does not end with, and words that stand inside names.
//!
//! Silent are titles before names, forms of companies, weekdays, months, number words, and what most lists of stop
//! words lack: they tell when, how many and who is polite, not what a text is about. Where a month or a
//! number is also another common word of the language, it is left out.

use hashbrown::HashMap;

use crate::corpus::Language;

/// By line: `language kind words...`.
const TABLE: &str = include_str!("label_words.txt");

/// What a function word or a silent word may do in a phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Stands in no phrase.
    Silent,
    /// Stands inside names: Ministry *of* Internal Affairs.
    Inside,
    /// Joins two names, or two halves of one: Marks *and* Spencer.
    And,
}

/// The words of one language.
#[derive(Debug, Default)]
pub(super) struct LabelWords {
    roles: HashMap<&'static str, Role>,
}

impl LabelWords {
    /// Those of `language`; none where it is not in the table.
    pub(super) fn of(language: Language) -> Self {
        let mut roles = HashMap::new();
        for line in TABLE.lines() {
            let mut fields = line.split(' ');
            if fields.next() != Some(language.code()) {
                continue;
            }
            let role = match fields.next() {
                Some("silent") => Role::Silent,
                Some("inside") => Role::Inside,
                _ => Role::And,
            };
            roles.extend(fields.map(|word| (word, role)));
        }
        Self { roles }
    }

    /// What `word` (as the scanner gives it) is; none for all others.
    pub(super) fn role(&self, word: &str) -> Option<Role> {
        self.roles.get(word).copied()
    }

    /// Is the language in the table?
    pub(super) fn is_known(&self) -> bool {
        !self.roles.is_empty()
    }
}

/// Do two stems stand for one thing in a label, as "terror" and "terrorist", or "Japan" and "Japanese"? They begin
/// alike in four letters and more, three quarters of the shorter one, and neither goes on for more than three.
pub(super) fn are_twins(left: &str, right: &str) -> bool {
    let (n_left, n_right) = (left.chars().count(), right.chars().count());
    let shared = left.chars().zip(right.chars()).take_while(|(a, b)| a == b).count();
    left == right
        || (shared >= 4 && 4 * shared >= 3 * n_left.min(n_right) && n_left.max(n_right) <= shared + 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_one_word_are_twins_and_words_that_begin_alike_are_not() {
        for (left, right) in [
            ("bank", "bank"),
            ("terror", "terrorist"),
            ("japan", "japanes"),
            ("greec", "greek"),
            ("invest", "investor"),
        ] {
            assert!(are_twins(left, right) && are_twins(right, left), "{left} {right}");
        }
        for (left, right) in
            [("bank", "bankruptci"), ("comput", "compani"), ("un", "union"), ("film", "firm")]
        {
            assert!(!are_twins(left, right) && !are_twins(right, left), "{left} {right}");
        }
    }

    #[test]
    fn a_language_has_words_of_its_own() {
        let role = |code: &str, word| LabelWords::of(Language::from_code(code).unwrap()).role(word);
        assert_eq!(role("en", "mr"), Some(Role::Silent));
        assert_eq!(role("en", "dos"), None);
        assert_eq!(role("es", "dos"), Some(Role::Silent));
        assert_eq!(role("fr", "du"), Some(Role::Inside));
        assert_eq!(role("en", "and"), Some(Role::And));
        assert!(!LabelWords::of(Language::from_code("fi").unwrap()).is_known());
    }
}
