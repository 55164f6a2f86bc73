//! Fullness: how much content each version of a text has, so that the fullest is kept.

use std::sync::atomic::{AtomicU8, Ordering};

use hashbrown::HashMap;

use super::duplicates::Sources;
use crate::corpus::{Corpus, DocId, Language};
use crate::tokens::terms::Stems;
use crate::tokens::{Tokens, WordId};
use crate::vectors::Background;

/// Which words the background of a language knows, found out as they are asked for.
pub(super) struct KnownWords<'a> {
    tokens: &'a Tokens,
    languages: HashMap<Language, Answers>,
}

/// What was asked of one language.
struct Answers {
    stems: Stems,
    /// By word: [`UNKNOWN`], [`KNOWN`], or not asked yet.
    by_word: Vec<AtomicU8>,
}

const UNKNOWN: u8 = 1;
const KNOWN: u8 = 2;

impl<'a> KnownWords<'a> {
    pub(super) fn new(corpus: &Corpus, tokens: &'a Tokens) -> Self {
        let mut languages = HashMap::new();
        for document in &corpus.documents {
            languages.entry(document.language).or_insert_with(|| Answers {
                stems: Stems::of(document.language),
                by_word: (0..tokens.vocabulary.len()).map(|_| AtomicU8::new(0)).collect(),
            });
        }
        Self { tokens, languages }
    }

    fn is_known(&self, word: WordId, language: Language) -> bool {
        let Some(Answers { stems, by_word }) = self.languages.get(&language) else { return true };
        // Two threads may find out the same at once; they find the same.
        let answer = &by_word[word.index()];
        if answer.load(Ordering::Relaxed) == 0 {
            let stem = stems.stem(self.tokens.vocabulary.word(word));
            let share = stem.and_then(|stem| Background::shipped().share(language, &stem));
            answer.store(if share == Some(0.0) { UNKNOWN } else { KNOWN }, Ordering::Relaxed);
        }
        answer.load(Ordering::Relaxed) == KNOWN
    }
}

/// What one thread needs to count the content of one group after another.
pub(super) struct Fullness<'a> {
    known: &'a KnownWords<'a>,
    /// By word: the text that it was last seen in, and whether another text of the group had it before.
    seen: Vec<(u32, bool)>,
    /// Number of the text under way; a group's numbers are greater than those of the groups before it.
    n_texts: u32,
}

impl<'a> Fullness<'a> {
    pub(super) fn new(known: &'a KnownWords<'a>) -> Self {
        Self { known, seen: Vec::new(), n_texts: 0 }
    }

    /// How much content each of `documents` (one group) has: words that are no boilerplate and no damage. A word is
    /// taken for damage, as a bad scan makes it, where neither another text of the group nor the language's
    /// background has it.
    pub(super) fn of(&mut self, from: Sources, documents: &[DocId]) -> Vec<usize> {
        self.seen.resize(from.tokens.vocabulary.len(), (0, false));
        let before = self.n_texts;
        for &document in documents {
            self.n_texts += 1;
            for word in from.tokens.bodies.of(document) {
                let (last, is_shared) = &mut self.seen[word.index()];
                if *last <= before {
                    (*last, *is_shared) = (self.n_texts, false);
                } else if *last < self.n_texts {
                    (*last, *is_shared) = (self.n_texts, true);
                }
            }
        }
        let language = from.corpus.documents[documents[0].index()].language;
        let content = |&document: &DocId| {
            let places =
                from.tokens.bodies.range(document).filter(|&place| !from.boilerplate.is_marked(place));
            let words = places.map(|place| from.tokens.bodies.words[place]);
            words.filter(|&word| self.seen[word.index()].1 || self.known.is_known(word, language)).count()
        };
        documents.iter().map(content).collect()
    }
}
