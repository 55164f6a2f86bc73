//! Chance that is the same everywhere and for every document on its own: a stream ([`crate::random`]) begun anew
//! at each place of the plan, so that no document's luck hangs on the order of the work.

use crate::random::{INCREMENT, Random, mix};

/// What a stream of numbers is drawn for; streams of different purposes are independent.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    /// The order in which documents of the input are taken.
    Sources = 1,
    /// Group sizes, kinds, parents.
    Plan,
    /// The order of the output.
    Order,
    /// One document's text.
    Text,
    /// Which edits a combination has.
    Steps,
    /// What the members of one group or family have in common.
    Family,
    /// A site's page.
    Site,
    /// What stands for a word in some recombined documents.
    Recombined,
}

/// A stream of numbers that seed, purpose and number alone decide.
#[derive(Debug, Clone)]
pub(super) struct Chance {
    stream: Random,
}

impl Chance {
    pub(super) fn at(seed: u64, purpose: Purpose, number: u64) -> Self {
        let begun = mix(seed.wrapping_add(INCREMENT)) ^ mix((purpose as u64) << 56 | number);
        Self { stream: Random::new(mix(begun)) }
    }

    pub(super) fn next(&mut self) -> u64 {
        self.stream.next()
    }

    /// From 0 up to, not including, 1.
    pub(super) fn unit(&mut self) -> f64 {
        self.stream.unit()
    }

    /// From 0 up to, not including, `n`; 0 when there is nothing to choose.
    pub(super) fn below(&mut self, n: usize) -> usize {
        self.stream.below(n)
    }

    /// From `least` to `most`, both included.
    pub(super) fn between(&mut self, least: usize, most: usize) -> usize {
        least + self.below(most.saturating_sub(least) + 1)
    }

    /// True with this probability.
    pub(super) fn holds(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// One of a list; none of an empty one.
    pub(super) fn one_of<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        list.get(self.below(list.len()))
    }

    /// One of a list of words; an empty word of an empty one.
    pub(super) fn word<'a, S: AsRef<str>>(&mut self, list: &'a [S]) -> &'a str {
        self.one_of(list).map_or("", AsRef::as_ref)
    }

    /// Another order (Fisher & Yates).
    pub(super) fn shuffle<T>(&mut self, list: &mut [T]) {
        for last in (1..list.len()).rev() {
            list.swap(last, self.below(last + 1));
        }
    }

    /// `k` of the first `n` numbers, ascending (Fan, Muller & Rezucha 1962).
    pub(super) fn some_of(&mut self, n: usize, k: usize) -> Vec<usize> {
        let mut chosen = Vec::with_capacity(k.min(n));
        for place in 0..n {
            if self.below(n - place) < k.saturating_sub(chosen.len()) {
                chosen.push(place);
            }
        }
        chosen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_of_chooses_so_many_each_as_often_as_any_other() {
        let mut counts = [0; 10];
        for number in 0..2_000 {
            let chosen = Chance::at(7, Purpose::Text, number).some_of(10, 3);
            assert_eq!(chosen.len(), 3);
            assert!(chosen.is_sorted());
            for place in chosen {
                counts[place] += 1;
            }
        }
        assert!(counts.iter().all(|count| (500..700).contains(count)), "{counts:?}");
        assert_eq!(Chance::at(7, Purpose::Text, 0).some_of(2, 5), [0, 1]);
    }

    #[test]
    fn streams_differ_by_seed_purpose_and_number() {
        let first = |seed, purpose, number| Chance::at(seed, purpose, number).next();
        let all = [
            first(1, Purpose::Text, 1),
            first(2, Purpose::Text, 1),
            first(1, Purpose::Steps, 1),
            first(1, Purpose::Text, 2),
        ];
        let distinct: std::collections::BTreeSet<u64> = all.into_iter().collect();
        assert_eq!(distinct.len(), 4);
        assert_eq!(first(1, Purpose::Text, 1), first(1, Purpose::Text, 1));
    }
}
