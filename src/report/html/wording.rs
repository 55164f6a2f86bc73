//! Wording in common: the longest runs of words that two documents share, for pairs too unlike to be judged.

use std::cmp::Reverse;
use std::ops::Range;

use hashbrown::HashMap;

use crate::corpus::DocId;
use crate::report::places::Places;
use crate::tokens::article_words;
use crate::tokens::terms::stop_words;

/// Words of a run, at least.
const SHORTEST: usize = 3;
/// Words of a run that are no function words, at least.
const TELLING: usize = 2;
/// Words read of each document: the page is no place for an exhaustive search.
const READ: usize = 20_000;
/// Words of a run, at most: a text that repeats itself has runs without an end.
const LONGEST: usize = 100;
/// Places of one beginning that are tried.
const MOST_PLACES: usize = 32;

/// At most `most` runs, those that say most first, as bytes of `a`'s text; each has a word that says something and that no
/// run before it has.
pub(super) fn in_common(places: &Places<'_>, a: DocId, b: DocId, most: usize) -> Vec<Range<usize>> {
    let mut numbers: HashMap<String, u32> = HashMap::new();
    let of_a = words(places, a, &mut numbers);
    let of_b = words(places, b, &mut numbers);
    let stop_words = stop_words(places.document(a).language);
    let mut tells = vec![true; numbers.len()];
    for (word, &number) in &numbers {
        tells[number as usize] = !stop_words.contains(word);
    }
    let mut beginnings: HashMap<[u32; SHORTEST], Vec<usize>> = HashMap::new();
    for at in 0..(of_b.len() + 1).saturating_sub(SHORTEST) {
        beginnings.entry(beginning(&of_b, at)).or_default().push(at);
    }
    let mut runs: Vec<Range<usize>> = Vec::new();
    for at in 0..(of_a.len() + 1).saturating_sub(SHORTEST) {
        let others = beginnings.get(&beginning(&of_a, at)).map_or(&[][..], Vec::as_slice);
        let length = |&other: &usize| {
            of_a[at..]
                .iter()
                .zip(&of_b[other..])
                .take(LONGEST)
                .take_while(|(left, right)| left.0 == right.0)
                .count()
        };
        if let Some(longest) = others.iter().take(MOST_PLACES).map(length).max() {
            runs.push(at..at + longest);
        }
    }
    let telling = |run: &Range<usize>| of_a[run.clone()].iter().filter(|word| tells[word.0 as usize]).count();
    runs.retain(|run| telling(run) >= TELLING);
    runs.sort_by_key(|run| (Reverse(telling(run)), Reverse(run.len()), run.start));
    let mut chosen: Vec<Range<usize>> = Vec::new();
    let mut said: Vec<u32> = Vec::new();
    for run in runs {
        let mut telling = of_a[run.clone()].iter().map(|word| word.0).filter(|&word| tells[word as usize]);
        if telling.any(|word| !said.contains(&word)) {
            said.extend(of_a[run.clone()].iter().map(|word| word.0));
            chosen.push(run);
        }
        if chosen.len() == most {
            break;
        }
    }
    let bytes = |run: &Range<usize>| of_a[run.start].1.start as usize..of_a[run.end - 1].1.end as usize;
    chosen.iter().map(bytes).collect()
}

/// A document's words by number, with their bytes; `numbers` grows.
fn words(places: &Places<'_>, id: DocId, numbers: &mut HashMap<String, u32>) -> Vec<(u32, Range<u32>)> {
    let mut words = Vec::new();
    article_words(&places.text(id), &places.document(id).set_aside, |word, bytes| {
        if words.len() < READ {
            let next = numbers.len() as u32;
            let number = *numbers.entry_ref(word).or_insert(next);
            words.push((number, bytes));
        }
    });
    words
}

fn beginning(words: &[(u32, Range<u32>)], at: usize) -> [u32; SHORTEST] {
    std::array::from_fn(|place| words[at + place].0)
}
