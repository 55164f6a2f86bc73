//! Stories: which documents tell the same story in other words?
//!
//! Copies are folded first, so that a text carried by a hundred outlets weighs as much as any other. The beginnings
//! of the texts are read together with their nearest ([`super::expansion`]), and groups then grow by average linkage
//! along the neighbor graph ([`super::linkage`]). No number of stories is needed, and nobody is thrown away: a
//! document that is like no other is a story of one.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rayon::prelude::*;

use super::duplicates::kept_of;
use super::expansion::{Dense, ExpandedRows, NearRow, Shelf, expand};
use super::linkage::{Group, Groups, Joint, Leaf, Rows, closeness};
use super::{DuplicateSet, Story};
use crate::corpus::{Corpus, DocId, Document, Language, Status, day_number};
use crate::pairs::Neighbors;
use crate::settings::{ADOPTION, EXPANSION, REACH_TERMS, SMALL_DROP, SMALL_DROP_STRENGTH, Settings};
use crate::tokens::terms::reading_languages;
use crate::vectors::{TermCounts, TermWeights, TfIdfMatrix};

/// Rows that a thread holds against their neighbors, at least.
const HELD_AT_ONCE: usize = 256;

/// The rows that stories are found among: one for each duplicate set (its kept document's), the others empty;
/// documents that may not be compared are empty too. `leads` are counts of the texts' beginnings
/// ([`crate::vectors::count_leads`]).
///
/// weight(d, t) = sqrt(1 + ln tf(d, t)) x idf(t) x (1 - p^3)^3, p = (df(t) - 1) / (n + 1), df and n counted
/// over these rows, each row scaled to length 1. A subject's name, repeated, makes any two documents on the
/// subject alike: the root dampens repetition, and the last factor takes away what runs through the whole
/// drop (p = .8 leaves .12, p = .2 leaves .98).
#[must_use]
pub fn rows(
    leads: TermCounts,
    weights: &TermWeights,
    corpus: &Corpus,
    duplicate_sets: &[DuplicateSet],
) -> TfIdfMatrix {
    let kept = kept_of(corpus.documents.len(), duplicate_sets);
    let takes_part =
        |place: usize| kept[place].index() == place && corpus.documents[place].status == Status::Ok;
    let (leads, n_taking_part) = only(leads, takes_part);
    let frequencies = leads.document_frequencies();
    let rest_of_drop = |term: u32| {
        let others = f64::from(frequencies[term as usize]) - 1.0;
        let share = others / (n_taking_part as f64 + 1.0);
        (1.0 - share.powi(3)).powi(3)
    };
    let TermCounts { begins, terms, mut counts, n_terms } = leads;
    for row in begins.windows(2) {
        let entries = row[0]..row[1];
        let weight = |(&term, &count): (&u32, &u32)| {
            let tf = 1.0 + f64::from(count).ln();
            tf.sqrt() * f64::from(weights.idf[term as usize]) * rest_of_drop(term)
        };
        let row: Vec<f64> = terms[entries.clone()].iter().zip(&counts[entries.clone()]).map(weight).collect();
        let length = row.iter().map(|weight| weight * weight).sum::<f64>().sqrt();
        // Weights stand where counts stood until all are there: both would be as much again.
        for (count, weight) in counts[entries].iter_mut().zip(row) {
            *count = ((weight / length) as f32).to_bits();
        }
    }
    TfIdfMatrix { begins, terms, weights: counts.into_iter().map(f32::from_bits).collect(), n_terms }
}

/// Counts of the documents that take part, rows of the others empty; and how many these are.
fn only(mut leads: TermCounts, takes_part: impl Fn(usize) -> bool) -> (TermCounts, usize) {
    let (mut end, mut n_taking_part) = (0, 0);
    let mut begins = vec![0];
    for place in 0..leads.n_documents() {
        if takes_part(place) {
            let entries = leads.begins[place]..leads.begins[place + 1];
            leads.terms.copy_within(entries.clone(), end);
            leads.counts.copy_within(entries.clone(), end);
            end += entries.len();
            n_taking_part += 1;
        }
        begins.push(end);
    }
    leads.begins = begins;
    leads.terms.truncate(end);
    leads.counts.truncate(end);
    (leads, n_taking_part)
}

/// Finds the stories of a drop, sorted by name. `rows` come from [`rows()`], `neighbors` are theirs
/// ([`crate::settings::STORY_NEIGHBORS`] each). Labels, keyphrases and themes are left for others to fill.
///
/// Documents of different languages are never in one story: without a dictionary they share names and
/// numbers only. The result depends on the documents alone, not on their order or on threads.
#[must_use]
pub fn find(
    rows: &TfIdfMatrix,
    neighbors: &Neighbors,
    corpus: &Corpus,
    duplicate_sets: &[DuplicateSet],
    settings: &Settings,
) -> Vec<Story> {
    let documents = &corpus.documents;
    let links = links(rows, neighbors, documents, shelf(corpus, settings), settings);
    let cut = links.cut;
    let mut groups = links.into_groups(settings);
    groups.merge_down_to(cut);
    adopt(&mut groups, cut);
    let kept = kept_of(documents.len(), duplicate_sets);
    let sketch = Sketch::of(&groups, documents, &kept);
    // Groups hold much, and all that stories are made of would lie behind it in memory.
    drop(groups);
    describe(sketch, cut, rows, documents, &kept)
}

/// What rows are to their nearest, and how strong a link makes a story.
pub(super) struct Links {
    pub(super) leaves: Vec<Leaf>,
    /// Rows read together with their nearest.
    pub(super) expanded: ExpandedRows,
    n_terms: usize,
    /// Rows with one of their nearest, and the cosine of the expanded rows.
    edges: Vec<(u32, u32, f32)>,
    /// The link strength from which groups merge.
    pub(super) cut: f64,
}

impl Links {
    /// Every row a group of its own.
    pub(super) fn groups(&self, settings: &Settings) -> Groups<'_> {
        let rows = Rows::Lent(&self.expanded);
        Groups::of_one(rows, self.n_terms, &self.leaves, self.edges.iter().copied(), settings.story_days)
    }

    /// The same where rows are of no further use.
    fn into_groups(self, settings: &Settings) -> Groups<'static> {
        let rows = Rows::Given(self.expanded);
        Groups::of_one(rows, self.n_terms, &self.leaves, self.edges.into_iter(), settings.story_days)
    }
}

/// Where even texts are in a file, expanded rows are, too.
pub(super) fn shelf<'a>(corpus: &Corpus, settings: &'a Settings) -> Shelf<'a> {
    if corpus.texts.n_spilled() > 0 { Shelf::File(settings.scratch.as_deref()) } else { Shelf::Memory }
}

pub(super) fn links(
    rows: &TfIdfMatrix,
    neighbors: &Neighbors,
    documents: &[Document],
    shelf: Shelf<'_>,
    settings: &Settings,
) -> Links {
    let leaves: Vec<Leaf> =
        documents.iter().enumerate().map(|(place, document)| leaf(rows, place, document, settings)).collect();
    let languages = reading_languages(documents);
    let near: Vec<Vec<NearRow>> = (0..documents.len())
        .into_par_iter()
        .map(|row| near_rows(row, neighbors, &leaves, &languages, settings.story_days))
        .collect();
    let n_rows = rows.begins.windows(2).filter(|bounds| bounds[0] < bounds[1]).count();
    let (weight, cut) = measure(settings, n_rows);
    let expanded = expand(rows, &near, weight, shelf);
    let edges: Vec<(u32, u32, f32)> = near
        .par_iter()
        .enumerate()
        // Each part begins with a place for every term.
        .with_min_len(HELD_AT_ONCE)
        .map_init(
            || Dense::new(rows.n_terms),
            |dense, (row, near)| {
                dense.with(&expanded.row(row as u32), |dense| {
                    let cosine = |near: &NearRow| dense.cosine(&expanded.row(near.row));
                    near.iter().map(|near| (row as u32, near.row, cosine(near))).collect::<Vec<_>>()
                })
            },
        )
        .flatten_iter()
        .collect();
    Links { leaves, expanded, n_terms: rows.n_terms, edges, cut }
}

/// A row's neighbors in its own language, less alike where time parts them.
fn near_rows(
    row: usize,
    neighbors: &Neighbors,
    leaves: &[Leaf],
    languages: &[Language],
    spread: f64,
) -> Vec<NearRow> {
    let near = neighbors.of(DocId(row as u32)).iter();
    near.filter(|near| languages[row] == languages[near.document.index()])
        .map(|near| {
            let time = closeness(leaves[row].day, leaves[near.document.index()].day, spread);
            NearRow { row: near.document.0, likeness: f64::from(near.cosine) * time }
        })
        .collect()
}

/// What a neighbor's row weighs, and the link strength from which groups merge.
fn measure(settings: &Settings, n_rows: usize) -> (f64, f64) {
    if let Some(cosine) = settings.story_threshold {
        // A threshold that was given is a mean cosine of the texts as they are.
        return (0.0, cosine);
    }
    let few = fewness(n_rows);
    (EXPANSION.weight * (1.0 - few), settings.story_strength * (1.0 - few * (1.0 - SMALL_DROP_STRENGTH)))
}

/// How much a drop is a handful: 1 up to `SMALL_DROP` documents, then (`SMALL_DROP` / n)^2. In a handful even a
/// document's nearest may have nothing to do with it, and among few documents, mostly on one subject, nothing
/// tells the subject's words from a story's.
fn fewness(n_documents: usize) -> f64 {
    (SMALL_DROP / n_documents.max(1) as f64).min(1.0).powi(2)
}

fn leaf(rows: &TfIdfMatrix, place: usize, document: &Document, settings: &Settings) -> Leaf {
    let n_terms = rows.row(place).0.len() as f64;
    // A given threshold holds whatever the lengths.
    let reach = match settings.story_threshold {
        Some(_) => 1.0,
        None => (n_terms.max(1.0) / (n_terms.max(1.0) + REACH_TERMS)).sqrt(),
    };
    Leaf { reach, day: document.date.as_deref().and_then(day_number).map(|day| day as f64) }
}

/// Lets large stories take in the small groups at their edge. A short text that says little of its story has a
/// low mean cosine with all of it, and average linkage leaves it outside for ever; it joins where one story
/// is much larger, and clearly nearer than everything else around. The less a text could show (its reach), the
/// weaker its link may be; a long text has had every chance.
pub(super) fn adopt(groups: &mut Groups, cut: f64) {
    let enough = |group: &Group| cut * (1.0 - ADOPTION.leniency * (1.0 - group.mean_reach().powi(2)));
    let mut adoptions: Vec<(f64, u32, u32)> = Vec::new();
    for (name, group) in groups.iter() {
        let mut best: Option<(f64, u32)> = None;
        let mut second = 0.0;
        for (other, strength) in groups.links(name) {
            match best {
                Some((most, _)) if strength <= most => second = strength.max(second),
                _ => {
                    second = best.map_or(0.0, |(most, _)| most);
                    best = Some((strength, other));
                }
            }
        }
        let Some((strength, story)) = best else { continue };
        let is_large = groups.group(story).is_some_and(|story| story.size > ADOPTION.size * group.size);
        if is_large && strength >= enough(group) && strength >= ADOPTION.margin * second {
            adoptions.push((strength, name, story));
        }
    }
    adoptions.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| (a.1, a.2).cmp(&(b.1, b.2))));
    for (_, name, story) in adoptions {
        let (name, story) = (groups.name_of(name), groups.name_of(story));
        // Others may have joined meanwhile, and with them their days.
        if groups.group(name).is_some_and(|group| groups.strength(name, story) >= enough(group)) {
            groups.merge(name, story);
        }
    }
}

/// What stories are made of: who is in which group, and what the groups are to each other.
pub(super) struct Sketch {
    /// Documents with text and the name of their group, both ascending.
    members: Vec<(u32, DocId)>,
    /// By name of a group that has documents: what it is to the others.
    groups: BTreeMap<u32, Standing>,
}

/// See [`Sketch`].
struct Standing {
    weakest: Option<Joint>,
    /// The most strongly linked group that has documents, and how strongly.
    nearest: Option<(u32, f64)>,
}

impl Sketch {
    /// There may be more rows than documents: those behind them are not told of.
    pub(super) fn of(groups: &Groups<'_>, documents: &[Document], kept: &[DocId]) -> Self {
        let with_text = (0..documents.len()).filter(|&place| documents[place].status != Status::Empty);
        let mut members: Vec<(u32, DocId)> =
            with_text.map(|place| (groups.name_of(kept[place].0), DocId(place as u32))).collect();
        members.par_sort_unstable();
        let is_distinct = |&&(_, document): &&(u32, DocId)| kept[document.index()] == document;
        let mut names: Vec<u32> = members.iter().filter(is_distinct).map(|member| member.0).collect();
        names.dedup();
        let standing = |&name: &u32| {
            // Where time leaves nothing of any link, the wording tells.
            let nearest = groups
                .links(name)
                .filter(|(other, _)| names.binary_search(other).is_ok())
                .filter_map(|(other, strength)| Some((strength, groups.mean_cosine(name, other)?, other)))
                .max_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)).then(b.2.cmp(&a.2)))
                .map(|(strength, _, other)| (other, strength));
            (name, Standing { weakest: groups.group(name).and_then(|group| group.weakest), nearest })
        };
        let groups = names.par_iter().map(standing).collect();
        Self { members, groups }
    }
}

/// Fills in what is known of each group of some of `documents`, and brings the copies back. What is said in cosines is
/// said of the texts as they are (`rows`).
pub(super) fn describe(
    sketch: Sketch,
    cut: f64,
    rows: &TfIdfMatrix,
    documents: &[Document],
    kept: &[DocId],
) -> Vec<Story> {
    let Sketch { members: of_groups, groups } = sketch;
    let mut members: BTreeMap<u32, Vec<DocId>> = BTreeMap::new();
    for group in of_groups.chunk_by(|left, right| left.0 == right.0) {
        members.insert(group[0].0, group.iter().map(|member| member.1).collect());
    }
    let outlines: BTreeMap<u32, Outline<'_>> = members
        .par_iter()
        .filter_map(|(&name, members)| {
            let distinct = members.iter().copied().filter(|&member| kept[member.index()] == member);
            Some((name, Outline::of(rows, documents, &distinct.collect::<Vec<_>>())?))
        })
        .collect();
    let mut stories: Vec<Story> = outlines
        .iter()
        .map(|(&name, outline)| {
            let members = members.remove(&name).unwrap_or_default();
            let field = |field: fn(&Document) -> Option<&String>| {
                let mut values: Vec<String> =
                    members.iter().filter_map(|member| field(&documents[member.index()]).cloned()).collect();
                values.sort_unstable();
                values.dedup();
                values
            };
            let dates = field(|document| document.date.as_ref());
            let standing = groups.get(&name);
            let nearest = standing.and_then(|standing| standing.nearest);
            let nearest = nearest.and_then(|(other, strength)| Some((outlines.get(&other)?, strength)));
            Story {
                name: outline.representative,
                label: String::new(),
                n_distinct: outline.n_distinct,
                first_date: dates.first().cloned(),
                last_date: dates.last().cloned(),
                sources: field(|document| document.source.as_ref()),
                representative: outline.representative,
                cohesion: outline.cohesion,
                weakest_link: outline.weakest_link,
                nearest: nearest.map(|(other, _)| (other.representative, outline.mean_cosine(other))),
                shortfall: nearest.map(|(_, strength)| (1.0 - strength / cut).clamp(0.0, 1.0) as f32),
                nearest_strength: nearest.map(|(_, strength)| strength as f32),
                weakest_joint: standing.and_then(|standing| standing.weakest).and_then(|joint| {
                    let [one, other] = joint.rows.map(DocId);
                    // That between rows that are not told of is another drop's matter.
                    let is_here = |row: DocId| row.index() < documents.len();
                    (is_here(one) && is_here(other)).then_some((one, other, joint.strength as f32))
                }),
                needed_strength: cut as f32,
                theme: None,
                keyphrases: Vec::new(),
                members,
            }
        })
        .collect();
    stories.sort_unstable_by_key(|story| story.name);
    stories
}

/// Documents are equally near to the middle of a story where their mean cosines differ by no more: two of a story always are, and
/// differ in the last bits of a sum alone.
const EQUALLY_NEAR: f64 = 1e-5;

/// A story's shape: what its distinct documents are to each other.
struct Outline<'a> {
    representative: DocId,
    n_distinct: u32,
    cohesion: f32,
    weakest_link: f32,
    /// Terms, ascending, of the sum of its rows, and their weights.
    terms: Cow<'a, [u32]>,
    weights: Cow<'a, [f32]>,
}

impl<'a> Outline<'a> {
    /// With S the sum of n rows of length 1: the mean cosine of row r to the others is (r . S - 1) / (n - 1), and
    /// cohesion, the mean of that over all rows, is the mean cosine of all pairs.
    fn of(rows: &'a TfIdfMatrix, documents: &[Document], distinct: &[DocId]) -> Option<Self> {
        let (&first, n) = (distinct.first()?, distinct.len());
        let (terms, weights) = sum_of(rows, distinct);
        let mut outline = Self {
            representative: first,
            n_distinct: n as u32,
            cohesion: 1.0,
            weakest_link: 1.0,
            terms,
            weights,
        };
        if n == 1 {
            return Some(outline);
        }
        let mean_to_others = |&document: &DocId| {
            let mean = (outline.dot(rows.row(document.index())) - 1.0) / (n - 1) as f64;
            mean.clamp(0.0, 1.0)
        };
        let means: Vec<f64> = distinct.iter().map(mean_to_others).collect();
        let greatest = means.iter().copied().fold(0.0, f64::max);
        let is_central = |mean: f64| mean >= greatest - EQUALLY_NEAR;
        let central = distinct.iter().zip(&means).filter(|&(_, &mean)| is_central(mean)).map(|(id, _)| *id);
        let date = |id: DocId| documents[id.index()].date.as_deref();
        // The first to tell it, of those whose day is known.
        outline.representative =
            central.min_by_key(|&id| (date(id).is_none(), date(id), id)).unwrap_or(first);
        outline.weakest_link = means.iter().fold(1.0, |least: f32, &mean| least.min(mean as f32));
        outline.cohesion = (means.iter().sum::<f64>() / n as f64) as f32;
        Some(outline)
    }

    /// Mean cosine of the documents of one with those of the other.
    fn mean_cosine(&self, other: &Self) -> f32 {
        let pairs = f64::from(self.n_distinct) * f64::from(other.n_distinct);
        (other.dot((&self.terms, &self.weights)) / pairs).clamp(0.0, 1.0) as f32
    }

    /// Product of a row with the sum of its rows.
    fn dot(&self, (terms, weights): (&[u32], &[f32])) -> f64 {
        let in_sum = |term: &u32| self.terms.binary_search(term).map_or(0.0, |place| self.weights[place]);
        terms.iter().zip(weights).map(|(term, &weight)| f64::from(weight * in_sum(term))).sum()
    }
}

/// The sum of some rows: terms, ascending, with weights.
fn sum_of<'a>(rows: &'a TfIdfMatrix, documents: &[DocId]) -> (Cow<'a, [u32]>, Cow<'a, [f32]>) {
    if let [document] = documents {
        let (terms, weights) = rows.row(document.index());
        return (Cow::Borrowed(terms), Cow::Borrowed(weights));
    }
    let row = |document: &DocId| {
        let (terms, weights) = rows.row(document.index());
        terms.iter().copied().zip(weights.iter().copied())
    };
    let mut sum: Vec<(u32, f32)> = documents.iter().flat_map(row).collect();
    sum.sort_by_key(|entry| entry.0);
    sum.dedup_by(|next, sum| {
        let is_same = next.0 == sum.0;
        if is_same {
            sum.1 += next.1;
        }
        is_same
    });
    let (terms, weights): (Vec<u32>, Vec<f32>) = sum.into_iter().unzip();
    (Cow::Owned(terms), Cow::Owned(weights))
}

#[cfg(test)]
#[path = "stories_tests.rs"]
mod tests;
