//! Names that tell groups from each other: labels of stories and of sibling themes.
//!
//! A label that is best for each of two groups alone names neither. Where stories come out with the same label, they
//! are held against each other; themes side by side share no phrase in their labels.

use std::collections::BTreeMap;

use hashbrown::HashSet;
use rayon::prelude::*;

use super::Story;
use super::phrases::Phrases;
use crate::corpus::DocId;
use crate::progress::Progress;

/// Phrases listed with a story, and how many of them are its label.
const KEYPHRASES: usize = 5;
const LABEL_PHRASES: usize = 2;

/// Documents of other stories that a label is held against where the first labels are the same.
const RIVAL_DOCUMENTS: usize = 400;

/// Words of a title or text that stand for a label where no phrase does.
const FIRST_WORDS: usize = 10;

/// Gives each story its keyphrases and a label that no other has, as far as the texts tell them apart: two phrases;
/// of stories with the same two, the first and what tells them from each other; else the representative's first words;
/// else these with the story's first date.
pub fn name_stories(stories: &mut [Story], phrases: &Phrases<'_>, progress: &dyn Progress) {
    stories.par_iter_mut().for_each(|story| {
        let best = phrases.label(&story.members, KEYPHRASES);
        story.keyphrases = best.into_iter().map(|(phrase, _)| phrase).collect();
        story.label = join(story.keyphrases.iter().take(LABEL_PHRASES));
        progress.advance(1);
    });
    rename_equals(stories, |story, rivals| {
        let own = story.keyphrases.first()?;
        let rest = phrases.background(rivals, RIVAL_DOCUMENTS);
        let apart = phrases.label_against(&story.members, KEYPHRASES, &rest);
        let apart = apart.iter().map(|(phrase, _)| phrase).find(|&phrase| !overlap(phrase, own))?;
        Some(join([own, apart].into_iter()))
    });
    let first_words = |story: &Story| {
        let first = phrases.first_line(story.representative, FIRST_WORDS);
        (!first.is_empty()).then_some(first)
    };
    rename_equals(stories, |story, _| first_words(story));
    rename_equals(stories, |story, _| {
        let day = story.first_date.as_ref()?.get(..10)?;
        Some(format!("{}, {day}", story.label))
    });
}

/// Calls `rename` for each story whose label another has too, or that has none, with the others' documents.
fn rename_equals(stories: &mut [Story], rename: impl Fn(&Story, &[DocId]) -> Option<String> + Sync) {
    let mut by_label: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (place, story) in stories.iter().enumerate() {
        by_label.entry(story.label.to_lowercase()).or_default().push(place);
    }
    let equals: Vec<(usize, &[usize])> = by_label
        .iter()
        .filter(|(label, places)| places.len() > 1 || label.is_empty())
        .flat_map(|(_, places)| places.iter().map(move |&place| (place, places.as_slice())))
        .collect();
    let renamed: Vec<(usize, String)> = equals
        .into_par_iter()
        .filter_map(|(place, places)| {
            let others = places.iter().filter(|&&other| other != place);
            let rivals: Vec<DocId> = others
                .flat_map(|&other| stories[other].members.iter().copied())
                .take(2 * RIVAL_DOCUMENTS)
                .collect();
            Some((place, rename(&stories[place], &rivals)?))
        })
        .collect();
    for (place, label) in renamed {
        stories[place].label = label;
    }
}

fn join<'s>(phrases: impl Iterator<Item = &'s String>) -> String {
    phrases.map(String::as_str).collect::<Vec<_>>().join(", ")
}

/// Do two phrases have a word in common?
fn overlap(left: &str, right: &str) -> bool {
    let words = |phrase: &str| -> HashSet<String> {
        phrase.split(|letter: char| !letter.is_alphanumeric()).map(str::to_lowercase).collect()
    };
    !words(left).is_disjoint(&words(right))
}

/// One label for each of several groups side by side, from their phrases (best first): up to `n` phrases each, none in two
/// labels. A phrase goes to the group in which it comes nearest to the best one's score; a group left without
/// any keeps its own best.
pub(super) fn labels_apart(terms: &[Vec<(String, f32)>], n: usize) -> Vec<String> {
    let mut offers: Vec<(f32, usize, usize)> = Vec::new();
    for (group, terms) in terms.iter().enumerate() {
        let best = terms.first().map_or(0.0, |term| term.1).max(f32::MIN_POSITIVE);
        offers.extend(terms.iter().enumerate().map(|(place, term)| (term.1 / best, group, place)));
    }
    // What stands first in its own group goes first; ties by group.
    offers.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.2, a.1).cmp(&(b.2, b.1))));
    let mut taken: HashSet<String> = HashSet::new();
    let mut chosen: Vec<Vec<usize>> = vec![Vec::new(); terms.len()];
    for (_, group, place) in offers {
        if chosen[group].len() < n && taken.insert(terms[group][place].0.to_lowercase()) {
            chosen[group].push(place);
        }
    }
    chosen
        .into_iter()
        .zip(terms)
        .map(|(mut places, terms)| {
            if places.is_empty() {
                places.extend(0..n.min(terms.len()));
            }
            places.sort_unstable();
            join(places.into_iter().map(|place| &terms[place].0))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn themes_side_by_side_share_no_phrase() {
        let terms =
            |list: &[(&str, f32)]| list.iter().map(|&(term, x)| (term.to_owned(), x)).collect::<Vec<_>>();
        let labels = labels_apart(
            &[
                terms(&[("shares", 4.0), ("oil", 3.0), ("rate", 1.0)]),
                terms(&[("wheat", 2.0), ("Oil", 1.9), ("crop", 0.5)]),
                terms(&[]),
            ],
            2,
        );
        assert_eq!(labels, ["shares, rate", "wheat, Oil", ""]);
    }
}
