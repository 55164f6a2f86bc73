//! The input's own words, from which edits and pages in any language are made: words by frequency, names,
//! headlines.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use rayon::prelude::*;

use super::chance::Chance;
use super::prose;
use super::sources::{SourceId, Sources};
use crate::corpus::Language;
use crate::tokens::scan;

/// Words counted, about: the commonest stand firm after some millions.
const COUNTED_WORDS: u64 = 3_000_000;

/// Of so many words, the commonest are particles, which no editor exchanges: one in so many is that common.
const PARTICLE: u64 = 400;

/// Headlines kept of a language.
const MOST_HEADLINES: usize = 4_000;

/// Words of a headline that is made from a text's first sentence.
const HEADLINE_WORDS: usize = 9;

/// The words of every language of the input.
#[derive(Debug, Default)]
pub(super) struct WordStock {
    by_language: BTreeMap<Language, Words>,
    /// For languages of too few words.
    all: Words,
}

/// The words of one language.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// Words of the frequency class, sorted; class c holds what was counted 2^c to 2^(c+1) - 1 times. Particles
    /// and numbers are left out.
    classes: Vec<Vec<Box<str>>>,
    class_of: HashMap<Box<str>, u8>,
    /// Words with a capital amid a sentence, sorted; where a script has none, rarer words.
    pub(super) names: Vec<Box<str>>,
    /// Headlines, as the input has them or made of first sentences.
    pub(super) headlines: Vec<String>,
    /// Words of three letters and more that are no particles and not rare: what menus are made of.
    pub(super) topics: Vec<Box<str>>,
}

/// Below so many distinct words a language borrows from all.
const ENOUGH_WORDS: usize = 200;

impl WordStock {
    pub(super) fn count(sources: &Sources<'_>) -> Self {
        let mut counted = 0;
        let sample: Vec<u32> = (0..sources.natural.len() as u32)
            .take_while(|&place| {
                counted += u64::from(sources.natural[place as usize].n_words);
                counted <= COUNTED_WORDS + u64::from(sources.natural[0].n_words)
            })
            .collect();
        let tallies: Vec<BTreeMap<Language, Tally>> = sample
            .par_chunks(256)
            .map(|places| {
                let mut tallies: BTreeMap<Language, Tally> = BTreeMap::new();
                for &place in places {
                    let source = SourceId(place);
                    let tally = tallies.entry(sources.language(source)).or_default();
                    tally.add(&sources.text(source), sources.title(source));
                }
                tallies
            })
            .collect();
        let mut by_language: BTreeMap<Language, Tally> = BTreeMap::new();
        let mut all = Tally::default();
        for (language, tally) in tallies.into_iter().flatten() {
            all.merge(&tally);
            by_language.entry(language).or_default().merge(&tally);
        }
        Self {
            by_language: by_language
                .into_iter()
                .map(|(language, tally)| (language, tally.sorted()))
                .collect(),
            all: all.sorted(),
        }
    }

    pub(super) fn of(&self, language: Language) -> &Words {
        let enough = |words: &&Words| words.class_of.len() >= ENOUGH_WORDS && !words.names.is_empty();
        self.by_language.get(&language).filter(enough).unwrap_or(&self.all)
    }
}

impl Words {
    /// Of these texts alone.
    #[cfg(test)]
    pub(super) fn of_texts(texts: &[&str]) -> Self {
        let mut tally = Tally::default();
        for text in texts {
            tally.add(text, None);
        }
        tally.sorted()
    }

    /// Another word of the same frequency, written as `word` is; none for particles, numbers and words nobody counted.
    pub(super) fn alike(&self, word: &str, chance: &mut Chance) -> Option<String> {
        let folded = word.to_lowercase();
        let class = &self.classes[usize::from(*self.class_of.get(folded.as_str())?)];
        // A few draws, should it be the word itself.
        let other = (0..8).map(|_| chance.word(class)).find(|other| *other != folded)?;
        Some(if word.starts_with(char::is_uppercase) { capitalized(other) } else { other.to_owned() })
    }

    /// The two words of a text that say most of it: how often they stand in it times how rare they are. Empty where there are none.
    pub(super) fn tellings(&self, text: &str) -> [String; 2] {
        let mut counts: BTreeMap<String, u64> = BTreeMap::new();
        scan::words(text, |word, _| {
            if self.class_of.contains_key(word) {
                *counts.entry(word.to_owned()).or_default() += 1;
            }
        });
        let most = self.classes.len() as u64;
        let weight = |word: &str, count: u64| count * (most - u64::from(self.class_of[word]));
        let mut weighed: Vec<(u64, String)> =
            counts.into_iter().map(|(word, count)| (weight(&word, count), word)).collect();
        weighed.sort_unstable_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        let mut words = weighed.into_iter().map(|(_, word)| word);
        [words.next().unwrap_or_default(), words.next().unwrap_or_default()]
    }

    /// Is it a name, written as names are?
    pub(super) fn is_name(&self, word: &str) -> bool {
        word.starts_with(char::is_uppercase)
            && word.chars().any(char::is_lowercase)
            && self.names.binary_search_by(|name| name.as_ref().cmp(word)).is_ok()
    }

    /// One to three names side by side, such as a person or a firm has; a place when one.
    pub(super) fn name(&self, n: usize, chance: &mut Chance) -> String {
        let names: Vec<&str> = (0..n).map(|_| chance.word(&self.names)).collect();
        let spaced = names.iter().all(|name| name.chars().any(char::is_lowercase));
        names.join(if spaced { " " } else { "" })
    }
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// What is counted of a language. Sums and lists do not hang on the number of threads: portions are fixed and
/// merged in order.
#[derive(Debug, Default)]
struct Tally {
    /// By folded word.
    counts: HashMap<Box<str>, u64>,
    /// By name as written.
    capitals: HashMap<Box<str>, u64>,
    headlines: Vec<String>,
    total: u64,
}

impl Tally {
    fn add(&mut self, text: &str, title: Option<&str>) {
        let mut end_before = 0;
        scan::words(text, |word, bytes| {
            self.total += 1;
            add(&mut self.counts, word, 1);
            let bytes = bytes.start as usize..bytes.end as usize;
            let written = &text[bytes.clone()];
            let amid_sentence = matches!(&text[end_before..bytes.start], " " | ", ") && end_before > 0;
            if amid_sentence && is_name(written) {
                add(&mut self.capitals, written, 1);
            }
            end_before = bytes.end;
        });
        let headline =
            title.map(str::trim).filter(|title| !title.is_empty()).map(str::to_owned).or_else(|| {
                let first = prose::all_sentences(text).into_iter().next()?;
                Some(prose::first_words(&first, HEADLINE_WORDS).to_owned())
            });
        let headline = headline.map(|headline| headline.split_whitespace().collect::<Vec<_>>().join(" "));
        self.headlines.extend(headline.filter(|headline| headline.chars().count() <= 160));
    }

    fn merge(&mut self, other: &Self) {
        for (word, count) in &other.counts {
            add(&mut self.counts, word, *count);
        }
        for (name, count) in &other.capitals {
            add(&mut self.capitals, name, *count);
        }
        let room = MOST_HEADLINES.saturating_sub(self.headlines.len());
        self.headlines.extend(other.headlines.iter().take(room).cloned());
        self.total += other.total;
    }

    fn sorted(self) -> Words {
        // A small input has no statistics; its words of three counts are no particles yet.
        let particle = (self.total / PARTICLE).max(4);
        let mut words: Vec<(&Box<str>, u64)> = self
            .counts
            .iter()
            .filter(|&(word, &count)| count < particle && word.chars().all(char::is_alphabetic))
            .filter(|&(word, _)| word.chars().count() >= 3 || !word.is_ascii())
            .map(|(word, &count)| (word, count))
            .collect();
        words.sort_unstable();
        let mut sorted = Words { headlines: self.headlines, ..Words::default() };
        for &(word, count) in &words {
            let class = count.ilog2() as usize;
            if sorted.classes.len() <= class {
                sorted.classes.resize_with(class + 1, Vec::new);
            }
            sorted.classes[class].push(word.clone());
            sorted.class_of.insert(word.clone(), class as u8);
            if count >= particle / 64 && word.chars().count() >= 3 {
                sorted.topics.push(word.clone());
            }
        }
        // A name is written large more often than not.
        let written_large = |name: &str, count: u64| {
            self.counts.get(name.to_lowercase().as_str()).is_none_or(|all| count * 2 > *all)
        };
        sorted.names = self
            .capitals
            .iter()
            .filter(|&(name, &count)| written_large(name, count))
            .map(|(name, _)| name.clone())
            .collect();
        sorted.names.sort_unstable();
        if sorted.names.is_empty() {
            sorted.names = words.iter().map(|(word, _)| (*word).clone()).collect();
        }
        if sorted.topics.is_empty() {
            sorted.topics.clone_from(&sorted.names);
        }
        sorted
    }
}

fn add(counts: &mut HashMap<Box<str>, u64>, word: &str, count: u64) {
    match counts.get_mut(word) {
        Some(before) => *before += count,
        None => {
            counts.insert(word.into(), count);
        }
    }
}

/// A capital, then small letters, three and more in all.
fn is_name(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_uppercase)
        && word.chars().count() >= 3
        && letters.all(char::is_lowercase)
}

#[cfg(test)]
mod tests {
    use super::super::chance::Purpose;
    use super::*;

    fn words(texts: &[&str]) -> Words {
        Words::of_texts(texts)
    }

    #[test]
    fn names_are_written_large_amid_a_sentence() {
        let words = words(&[
            "Yesterday the mayor of Arlen, Petra Novak, spoke. Then Novak left Arlen for The Hague. the",
        ]);
        let names: Vec<&str> = words.names.iter().map(AsRef::as_ref).collect();
        assert_eq!(names, ["Arlen", "Hague", "Novak", "Petra"]);
    }

    #[test]
    fn a_word_is_replaced_by_another_as_frequent_and_written_alike() {
        let words = words(&["apple pear plum fig apple pear apple pear 1999"]);
        let mut chance = Chance::at(1, Purpose::Text, 0);
        assert_eq!(words.alike("apple", &mut chance).as_deref(), Some("pear"));
        assert_eq!(words.alike("Plum", &mut chance).as_deref(), Some("Fig"));
        assert_eq!(words.alike("1999", &mut chance), None);
        assert_eq!(words.alike("unheard", &mut chance), None);
    }

    #[test]
    fn the_rare_and_often_repeated_words_say_most() {
        let words = words(&["the a an no the a an no tax tax tax vote vote harvest orchard"]);
        assert_eq!(words.tellings("A tax, a vote, an orchard: the orchard pays no tax"), ["orchard", "tax"]);
        assert_eq!(words.tellings("unheard 1999"), ["", ""]);
    }
}
