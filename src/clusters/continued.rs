//! Continued stories: which stories of a drop go on with stories of earlier drops, and what became of those?
//!
//! Documents of earlier drops that are near to some of the drop's stand behind them in one table of rows, and groups grow as among
//! the documents of one drop ([`super::stories`]); only that those of two archived stories are held apart. An archived story goes on
//! where most of its documents are. Where others of them are with documents of the drop, they are of that story from then on: what
//! a few documents made pass for one story, later ones tell apart. Documents that are not read again stay. A copy stands for the archived document in its story.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use super::duplicates::kept_of;
use super::expansion;
use super::homes::{Part, Parts};
use super::known::KnownDocuments;
use super::linkage::{Groups, closeness};
use super::stories::{self, Links};
use super::{DuplicateSet, Story};
use crate::context::{Context, PastDocument, PastStories, PastStory, StoryDocument, StoryId};
use crate::corpus::{Corpus, DocId, Status};
use crate::pairs::Neighbors;
use crate::settings::Settings;
use crate::tokens::Terms;
use crate::vectors::{self, InDrop, TermCounts, TfIdfMatrix, cosine};

/// What a link between parts of two archived stories counts for where either has one archived document: they were told apart before, by
/// the same measure, and names should not change for a hair's breadth. It counts for less where more is known of both: they were told
/// apart again and again. On five collections in ten drops, in three orders each (benches/records/2026-12-01-2core), this loses .0029 of
/// B-cubed F1 to one run over all, and 98.6 % of ids are kept; .6 .0050 and 98.7 %.
const TOLD_APART: f64 = 0.8;

/// What earlier drops have of a drop's stories; nothing without an archive.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct KnownStories {
    /// The stories of the run, in their order, as the archive calls them.
    pub lines: Vec<StoryLine>,
    /// What became of stories with this drop, sorted by story.
    pub events: Vec<StoryEvent>,
}

/// A story as the archive knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoryLine {
    /// What it is called for good.
    pub id: StoryId,
    /// Its label when it was first seen; empty where it has none yet.
    pub label: String,
    /// Number of the drop that it began with.
    pub first_drop: u32,
    /// Earliest date of all its documents.
    pub first_date: Option<String>,
    /// Its documents in earlier drops; those that came over to it count, too, where it begins with this one.
    pub n_archived: u32,
    /// Is it a story of earlier drops, and did not begin with this one?
    pub goes_on: bool,
}

/// Something that became of a story.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoryEvent {
    /// What.
    pub event: Event,
    /// The story; of two that became one, the elder.
    pub story: StoryId,
    /// The story that went into it, that it was told apart from, or that `moved` were in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<StoryId>,
    /// The drop that did it.
    pub drop: u32,
    /// The drop's documents in the story.
    pub n_documents: u32,
    /// The evidence: the document of the drop that is nearest to an archived one of the story (of `from`, where it is named).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
    /// The archived document, by its id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// The cosine of the two, 0..=1; 1 for a copy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cosine: Option<f32>,
    /// Archived documents, copies included, that were in `from` and are in this story from here on: their numbers, ascending.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub moved: Vec<u32>,
}

impl StoryEvent {
    /// A story began with this drop.
    #[must_use]
    pub fn born(story: StoryId, drop: u32) -> Self {
        let (document, of) = (None, None);
        Self {
            event: Event::Born,
            story,
            from: None,
            drop,
            n_documents: 0,
            document,
            of,
            cosine: None,
            moved: Vec::new(),
        }
    }

    /// Its row in tables; empty where there is nothing to say.
    pub(crate) fn fields(&self) -> [String; 9] {
        [
            self.event.name().to_owned(),
            self.story.to_string(),
            self.from.map(|from| from.to_string()).unwrap_or_default(),
            self.drop.to_string(),
            self.n_documents.to_string(),
            self.document.clone().unwrap_or_default(),
            self.of.clone().unwrap_or_default(),
            self.cosine.map(|cosine| format!("{cosine:.4}")).unwrap_or_default(),
            self.moved.len().to_string(),
        ]
    }
}

/// What can become of a story.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Event {
    /// It has no document in an earlier drop.
    Born,
    /// It has some, and got more.
    Grew,
    /// Another went into it.
    Merged,
    /// It began with some of another's documents, or alone near enough to it; and stayed apart from what that has become.
    Split,
    /// Some of another's documents came over to it.
    Moved,
}

impl Event {
    /// The word the tables use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Born => "born",
            Self::Grew => "grew",
            Self::Merged => "merged",
            Self::Split => "split",
            Self::Moved => "moved",
        }
    }
}

/// What earlier drops know of one.
#[derive(Debug, Clone, Copy)]
pub struct Past<'a> {
    /// Of its words and copies.
    pub context: &'a Context,
    /// Of its stories.
    pub stories: &'a PastStories,
}

/// The rows that a drop's stories are found among: its own and those of earlier drops.
#[derive(Debug)]
pub struct Joint<'a> {
    /// The drop's rows, then the past ones ([`stories::rows`]).
    pub rows: TfIdfMatrix,
    /// Documents by row, without texts; none where they are the drop's alone.
    documents: Option<Corpus>,
    /// Past documents by row, from the first behind the drop's.
    pub(super) past: Vec<&'a StoryDocument>,
    pub(super) stories: &'a PastStories,
    /// The rows of each archived story that is met, at least one each.
    pub(super) met: BTreeMap<StoryId, Vec<u32>>,
    /// Of a kept document that is a copy: the archived document's number.
    pub(super) copies: HashMap<u32, u32>,
    /// Of the same documents: the id of the archived document that each was found to be a copy of.
    copied: HashMap<u32, String>,
}

/// Puts past documents behind those of a drop. `leads` are counts of the beginnings of the drop's texts.
#[must_use]
pub fn join<'a>(
    leads: TermCounts,
    terms: &Terms,
    corpus: &Corpus,
    duplicate_sets: &[DuplicateSet],
    known: &KnownDocuments,
    past: Past<'a>,
    settings: &Settings,
) -> Joint<'a> {
    let Past { context, stories } = past;
    let n_drop = corpus.documents.len();
    let copies = copies(n_drop, duplicate_sets, known, past);
    let mut met: BTreeMap<StoryId, Vec<u32>> = BTreeMap::new();
    for (&row, number) in &copies {
        met.entry(stories.of[number]).or_default().push(row);
    }
    let copied = copies.iter().map(|(&row, &number)| (row, copied_id(row, number, known, context))).collect();
    // A copy stands for the archived document.
    let stood_for: BTreeSet<u32> = copies.values().copied().collect();
    let speaks = |place: &usize| !stood_for.contains(&stories.documents[*place].number);
    let places: Vec<usize> = (0..stories.documents.len()).filter(speaks).collect();
    let past: Vec<&StoryDocument> = places.iter().map(|&place| &stories.documents[place]).collect();
    for (past, row) in past.iter().zip(n_drop as u32..) {
        met.entry(past.story).or_default().push(row);
    }
    for rows in met.values_mut() {
        rows.sort_unstable();
    }

    let in_drop = leads.document_frequencies();
    let (names, leads, documents) = if past.is_empty() {
        (None, leads, None)
    } else {
        let (names, leads) = append((&terms.names, leads), (&stories.names, &stories.leads), &places);
        let documents = past.iter().map(|past| &past.document);
        let documents = corpus.documents.iter().chain(documents).cloned().collect();
        (Some(names), leads, Some(Corpus { documents, ..Corpus::default() }))
    };
    let names = names.as_deref().unwrap_or(&terms.names);
    // Past documents are counted where all that are archived are.
    let mut frequencies = in_drop;
    if names.len() > terms.names.len() {
        let of_drop: Vec<u32> = std::mem::replace(&mut frequencies, vec![0; names.len()]);
        for (name, frequency) in terms.names.iter().zip(of_drop) {
            if let Ok(place) = names.binary_search(name) {
                frequencies[place] = frequency;
            }
        }
    }
    let in_drop = InDrop { n_documents: n_drop, names, frequencies };
    let weights = vectors::learn_lead_weights(
        in_drop, terms, context, &stories.lead_frequencies, settings.story_full_drop,
    );
    let rows = stories::rows(leads, &weights, documents.as_ref().unwrap_or(corpus), duplicate_sets);
    Joint { rows, documents, past, stories, met, copies, copied }
}

/// Numbers of the archived documents that documents of a drop are copies of, and of those that stand for them, ascending.
#[must_use]
pub fn copied(known: &KnownDocuments, context: &Context) -> Vec<u32> {
    let copied = (0..known.sets.len()).filter_map(|document| known.copy_of(document));
    let mut copied: Vec<u32> = copied.flat_map(|number| [number, kept_past(context, number)]).collect();
    copied.sort_unstable();
    copied.dedup();
    copied
}

/// The id of the archived document that a document was found to be a copy of, in the set of document `number`: often not the one that
/// stands for that set.
fn copied_id(document: u32, number: u32, known: &KnownDocuments, context: &Context) -> String {
    let set = kept_past(context, number);
    let rows = known.of(DocId(document)).iter().filter(|row| row.is_copy());
    let of_set = rows.map(|row| &known.past[row.past]).find(|past| past.kept() == set);
    let past = of_set.or_else(|| context.document(number));
    past.map(|past| past.document.id.clone()).unwrap_or_default()
}

/// The number of the archived document that stands for one and its copies.
fn kept_past(context: &Context, number: u32) -> u32 {
    context.document(number).map_or(number, PastDocument::kept)
}

/// By the kept document of a set, or the document itself: the number of the archived document that it is a copy of, where that is in
/// a story.
fn copies(
    n_drop: usize,
    duplicate_sets: &[DuplicateSet],
    known: &KnownDocuments,
    Past { context, stories }: Past<'_>,
) -> HashMap<u32, u32> {
    let kept = kept_of(n_drop, duplicate_sets);
    // The one that stands for it and its copies, where that is in a story, too.
    let stands_for = |number: u32| {
        let kept = kept_past(context, number);
        if stories.of.contains_key(&kept) { kept } else { number }
    };
    let mut numbers: BTreeMap<u32, BTreeMap<u32, u32>> = BTreeMap::new();
    for (document, kept) in kept.iter().enumerate() {
        if let Some(number) =
            known.copy_of(document).map(stands_for).filter(|number| stories.of.contains_key(number))
        {
            *numbers.entry(kept.0).or_default().entry(number).or_default() += 1;
        }
    }
    // What most copies say; of several, the eldest.
    let most = |votes: BTreeMap<u32, u32>| votes.into_iter().max_by_key(|&(number, n)| (n, !number));
    numbers.into_iter().filter_map(|(kept, votes)| Some((kept, most(votes)?.0))).collect()
}

/// A table of counts, and some rows of another behind it, over the terms of both.
fn append(
    (names, mut leads): (&[String], TermCounts),
    (past_names, past): (&[String], &TermCounts),
    rows: &[usize],
) -> (Vec<String>, TermCounts) {
    let mut all: Vec<String> = names.iter().chain(past_names).cloned().collect();
    all.sort_unstable();
    all.dedup();
    let columns = |names: &[String]| -> Vec<u32> {
        names.iter().map(|name| all.partition_point(|other| other < name) as u32).collect()
    };
    let (columns, past_columns) = (columns(names), columns(past_names));
    leads.terms.iter_mut().for_each(|term| *term = columns[*term as usize]);
    for &row in rows {
        let entries = past.begins[row]..past.begins[row + 1];
        leads.terms.extend(past.terms[entries.clone()].iter().map(|&term| past_columns[term as usize]));
        leads.counts.extend_from_slice(&past.counts[entries]);
        leads.begins.push(leads.terms.len());
    }
    leads.n_terms = all.len();
    (all, leads)
}

/// The stories of a drop, sorted by name, and what earlier drops have of them. `neighbors` are those of the joint rows. Labels,
/// keyphrases and themes are left for others to fill; [`keep_labels`] brings those back that stories have.
#[must_use]
pub fn find(
    joint: &Joint<'_>,
    neighbors: &Neighbors,
    corpus: &Corpus,
    duplicate_sets: &[DuplicateSet],
    context: &Context,
    settings: &Settings,
) -> (Vec<Story>, KnownStories) {
    if context.archive.is_none() {
        let stories = stories::find(&joint.rows, neighbors, corpus, duplicate_sets, settings);
        return (stories, KnownStories::default());
    }
    let n_drop = corpus.documents.len();
    let documents = joint.documents.as_ref().unwrap_or(corpus);
    let shelf = stories::shelf(corpus, settings);
    let links = stories::links(&joint.rows, neighbors, &documents.documents, shelf, settings);
    let mut groups = links.groups(settings);
    for (rows, part_of) in joint.met.values().zip(0..) {
        // By archived document: the first row that is it, or stands for it.
        let mut firsts: BTreeMap<u32, u32> = BTreeMap::new();
        for &row in rows {
            let first = *firsts.entry(joint.number(row)).or_insert(row);
            if first != row {
                groups.unite(groups.name_of(first), groups.name_of(row));
            }
        }
        for &row in rows {
            groups.tell_apart(row, part_of, TOLD_APART);
        }
    }
    groups.merge_down_to(links.cut);
    stories::adopt(&mut groups, links.cut);
    let kept = kept_of(n_drop, duplicate_sets);
    let is_new = |row: u32| {
        let place = row as usize;
        kept[place].0 == row
            && corpus.documents[place].status != Status::Empty
            && !joint.copies.contains_key(&row)
    };
    let homes = joint.homes(&mut groups, is_new);
    let sketch = stories::Sketch::of(&groups, &corpus.documents, &kept);
    let stories = stories::describe(sketch, links.cut, &joint.rows, &corpus.documents, &kept);
    let parts = Parts::new(joint, &groups, &homes, &stories);
    let evidence = Evidence { joint, neighbors, links: &links, corpus, kept: &kept, settings };
    let known = evidence.known(&groups, &stories, &parts, context);
    (stories, known)
}

/// Gives stories that go on the labels that they had.
pub fn keep_labels(stories: &mut [Story], known: &mut KnownStories) {
    for (story, line) in stories.iter_mut().zip(&mut known.lines) {
        if line.label.is_empty() {
            line.label.clone_from(&story.label);
        } else {
            story.label.clone_from(&line.label);
        }
    }
}

/// What tells what became of stories.
struct Evidence<'a> {
    joint: &'a Joint<'a>,
    neighbors: &'a Neighbors,
    links: &'a Links,
    corpus: &'a Corpus,
    kept: &'a [DocId],
    settings: &'a Settings,
}

/// A document of the drop and one of an archived story, with their cosine.
struct Nearest {
    cosine: f32,
    document: String,
    of: String,
}

impl Evidence<'_> {
    fn known(&self, groups: &Groups, stories: &[Story], parts: &Parts, context: &Context) -> KnownStories {
        let nothing = PastStory::default();
        let facts = |story: StoryId| self.joint.stories.stories.get(&story).unwrap_or(&nothing);
        let mut known = KnownStories::default();
        for story in stories {
            let rows: Vec<u32> = self.rows_of(story);
            let name = groups.name_of(self.kept[story.name.index()].0);
            let mut archived = parts.at_home.get(&name).cloned().unwrap_or_default();
            archived.sort_unstable_by_key(|&story| (facts(story).first_document, story));
            let mut strays: Vec<(StoryId, &Part)> =
                parts.strays.get(&name).into_iter().flatten().map(|(&from, part)| (from, part)).collect();
            // What most of it was before comes first.
            strays.sort_by_key(|&(from, part)| (Reverse(part.numbers.len()), from));
            let event = |event, story_id, from, nearest: Option<Nearest>, moved: &[u32]| StoryEvent {
                event,
                story: story_id,
                from,
                drop: context.drop,
                n_documents: story.members.len() as u32,
                cosine: nearest.as_ref().map(|nearest| nearest.cosine),
                document: nearest.as_ref().map(|nearest| nearest.document.clone()),
                of: nearest.map(|nearest| nearest.of),
                moved: moved.to_vec(),
            };
            let evidence = |from: StoryId, others: &[u32]| self.evidence(&rows, from, others);
            let dates = strays.iter().filter_map(|(_, part)| part.first_date.clone());
            let first_date = dates.chain(story.first_date.clone()).min();
            let n_moved: u32 = strays.iter().map(|(_, part)| part.numbers.len() as u32).sum();
            let line = if let Some((&eldest, others)) = archived.split_first() {
                let grew = evidence(eldest, &self.joint.met[&eldest]);
                known.events.push(event(Event::Grew, eldest, None, grew, &[]));
                for &other in others {
                    let nearest = evidence(other, &self.joint.met[&other]);
                    known.events.push(event(Event::Merged, eldest, Some(other), nearest, &[]));
                }
                let dates = archived.iter().filter_map(|&story| facts(story).first_date.clone());
                let n_stayed = |story: &StoryId| {
                    facts(*story).n_documents.saturating_sub(parts.n_gone.get(story).copied().unwrap_or(0))
                };
                StoryLine {
                    id: eldest,
                    label: facts(eldest).label.clone(),
                    first_drop: facts(eldest).first_drop,
                    first_date: dates.chain(first_date).min(),
                    n_archived: archived.iter().map(n_stayed).sum::<u32>() + n_moved,
                    goes_on: true,
                }
            } else {
                let id = self.begun(story);
                if strays.is_empty() {
                    known.events.push(match self.apart_from(&rows) {
                        Some((from, nearest)) => event(Event::Split, id, Some(from), nearest, &[]),
                        None => event(Event::Born, id, None, None, &[]),
                    });
                } else {
                    let (from, part) = strays.remove(0);
                    let nearest = evidence(from, &part.rows);
                    known.events.push(event(Event::Split, id, Some(from), nearest, &part.numbers));
                }
                let (label, first_drop) = (String::new(), context.drop);
                StoryLine { id, label, first_drop, first_date, n_archived: n_moved, goes_on: false }
            };
            for (from, part) in strays {
                let nearest = evidence(from, &part.rows);
                known.events.push(event(Event::Moved, line.id, Some(from), nearest, &part.numbers));
            }
            known.lines.push(line);
        }
        known.events.sort_by_key(|event| (event.story, event.event, event.from));
        known
    }

    /// The rows of a story's distinct documents.
    fn rows_of(&self, story: &Story) -> Vec<u32> {
        let is_distinct = |member: &&DocId| self.kept[member.index()] == **member;
        story.members.iter().filter(is_distinct).map(|member| member.0).collect()
    }

    /// What a story is called that begins here: after the earliest of its distinct documents, of several the one with the least id.
    fn begun(&self, story: &Story) -> StoryId {
        let documents = &self.corpus.documents;
        let date = |row: u32| documents[row as usize].date.as_ref();
        // A copy of an archived document begins nothing.
        let rows = self.rows_of(story).into_iter().filter(|row| !self.joint.copies.contains_key(row));
        let first = rows.min_by_key(|&row| (date(row).is_none(), date(row), row)).unwrap_or(story.name.0);
        StoryId::begun_by(&documents[first as usize].id, &self.corpus.texts.text(DocId(first)))
    }

    /// The best evidence that rows of the drop belong to an archived story, or to `others` of its rows: a copy, or else the nearest two.
    fn evidence(&self, rows: &[u32], story: StoryId, others: &[u32]) -> Option<Nearest> {
        let copy = rows.iter().find_map(|row| {
            self.joint.copies.get(row).filter(|number| self.joint.stories.of[*number] == story)?;
            Some(Nearest { cosine: 1.0, document: self.id(*row), of: self.joint.copied[row].clone() })
        });
        copy.or_else(|| self.nearest(rows, others))
    }

    fn id(&self, row: u32) -> String {
        match row.checked_sub(self.kept.len() as u32) {
            Some(past) => self.joint.past[past as usize].document.id.clone(),
            None => self.corpus.documents[row as usize].id.clone(),
        }
    }

    /// The nearest of some of an archived story's rows, ascending, to some of the drop's.
    fn nearest(&self, rows: &[u32], met: &[u32]) -> Option<Nearest> {
        let n_drop = self.kept.len() as u32;
        let ours: BTreeSet<u32> = rows.iter().copied().collect();
        let mut best: Option<(f32, u32, u32)> = None;
        let mut look = |row: u32, other: u32| {
            let found = cosine(self.joint.rows.row(row as usize), self.joint.rows.row(other as usize));
            if best.is_none_or(|best| (found, best.1, best.2) > (best.0, row, other)) {
                best = Some((found, row, other));
            }
        };
        for &other in met.iter().filter(|&&other| other >= n_drop) {
            let near = self.neighbors.of(DocId(other)).iter();
            near.filter(|near| ours.contains(&near.document.0)).for_each(|near| look(near.document.0, other));
        }
        for &row in rows {
            let near = self.neighbors.of(DocId(row)).iter().map(|near| near.document.0);
            near.filter(|other| *other >= n_drop && met.binary_search(other).is_ok())
                .for_each(|other| look(row, other));
        }
        best.map(|(cosine, row, other)| Nearest { cosine, document: self.id(row), of: self.id(other) })
    }

    /// The archived story that rows of the drop are linked with strongly enough to have gone on with it, had it stayed what it was.
    fn apart_from(&self, rows: &[u32]) -> Option<(StoryId, Option<Nearest>)> {
        let n_drop = self.kept.len() as u32;
        let near = rows.iter().flat_map(|&row| self.neighbors.of(DocId(row)));
        let stories: BTreeSet<StoryId> = near
            .filter_map(|near| Some(self.joint.past[near.document.0.checked_sub(n_drop)? as usize].story))
            .collect();
        let strengths = stories.into_iter().map(|story| (self.strength(rows, story), story));
        let (strength, story) =
            strengths.max_by(|left, right| left.0.total_cmp(&right.0).then(right.1.cmp(&left.1)))?;
        (strength >= self.links.cut).then(|| (story, self.nearest(rows, &self.joint.met[&story])))
    }

    /// The link strength of rows of the drop with the archived documents of a story alone ([`super::linkage`]).
    fn strength(&self, rows: &[u32], story: StoryId) -> f64 {
        let n_drop = self.kept.len() as u32;
        let past: Vec<u32> = self.joint.met[&story].iter().copied().filter(|&row| row >= n_drop).collect();
        let expanded = |row: u32| self.links.expanded.row(row);
        let cosines: f64 = rows
            .iter()
            .flat_map(|&row| {
                past.iter().map(move |&other| f64::from(expansion::cosine(&expanded(row), &expanded(other))))
            })
            .sum();
        let leaf = |row: &u32| self.links.leaves[*row as usize];
        let reach = |rows: &[u32]| rows.iter().map(|row| leaf(row).reach).sum::<f64>();
        let mean_day = |rows: &[u32]| {
            let days: Vec<f64> = rows.iter().filter_map(|row| leaf(row).day).collect();
            (!days.is_empty()).then(|| days.iter().sum::<f64>() / days.len() as f64)
        };
        cosines / (reach(rows) * reach(&past))
            * closeness(mean_day(rows), mean_day(&past), self.settings.story_days)
    }
}
