//! What an archive knows of stories that a drop may go on with: past documents near to the drop's, and the stories that they are in.
//!
//! Past documents are found by the heaviest terms of their beginnings, less so the further they are in time. How alike two are
//! is not told here: the latest documents of their stories are loaded, and are linked as any two documents are
//! ([`crate::clusters::continued`]).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;
use rayon::prelude::*;

use super::recall::Past;
use super::stories::{Member, Members, StoryRow, read_events};
use super::{Archive, leads, words};
use crate::clusters::continued::Event;
use crate::clusters::linkage::closeness;
use crate::context::{Context, PastStories, PastStory, StoryDocument, StoryId, StoryMemory, StoryQuestion};
use crate::corpus::{Corpus, Document, Status, TextStore};
use crate::error::Error;
use crate::progress::Silent;
use crate::settings::Settings;
use crate::tokens::{self, WordMask};
use crate::vectors::{self, InDrop, TermCounts};

// Those up to LATEST were chosen together on five collections in ten drops, in three orders each:
// benches/records/archive.md and benches/records/2026-12-01-2core.

/// A document's heaviest terms that it is asked by, of those that are archived. 64 gain nothing.
const ASKED_TERMS: usize = 32;

/// Share of them, by squared weight, that a past document must have, less the further it is in time. .08 gains nothing, .18 loses .003.
const SHARED: f32 = 0.12;

/// Past documents whose stories a document of the drop may bring in: those that have nearly as much of it as the nearest. That one
/// alone would do on these collections; of two that are equally near, chance would choose. .7 costs a tenth more time beside 100,000
/// documents.
const AS_NEAR: f32 = 0.95;

/// And so many of them at most: of a form that was filled a thousand times all are as near.
const NEAREST: usize = 4;

/// Distinct documents that speak for a story: its latest. These may leave it, earlier ones stay. 24 lose .0052, 48 .0025, 64 .0011; 200
/// gain nothing.
const LATEST: usize = 96;

/// Postings looked through for a document at most, its rarest terms first: what is in so many documents tells little.
const POSTINGS: usize = 1 << 16;

/// Documents of the drop that a thread asks about, at least.
const ASKED_AT_ONCE: usize = 64;

/// Bytes of a text for each word of its beginning, generously.
const BYTES_A_WORD: usize = 16;

/// Where every document of an archive stands among stories, those that went into others by the elders' names.
pub(super) struct Standing {
    /// By number, as they were written.
    members: Vec<Member>,
    /// The stories of those that went over to others since.
    moved: HashMap<u32, StoryId>,
    /// By segment: its stories, ascending, as they were called.
    ids: Vec<Vec<StoryId>>,
    into: HashMap<StoryId, StoryId>,
}

impl Standing {
    /// As it was before drop number `before`.
    pub(super) fn read(archive: &Archive, before: u32, n_documents: u32) -> Result<Self, Error> {
        let mut standing =
            Self { members: Vec::new(), moved: HashMap::new(), ids: Vec::new(), into: HashMap::new() };
        for segment in &archive.segments {
            let n_rows = segment.record.n_documents;
            let none = Member { story: None, is_distinct: false, day: None };
            let Some(stories) = &segment.stories else {
                standing.members.resize(standing.members.len() + n_rows as usize, none);
                standing.ids.push(Vec::new());
                continue;
            };
            let read = Members::read(&stories.members, n_rows);
            let Members { members, ids } = read.map_err(|error| segment.failed("members", &error))?;
            standing.members.extend(members);
            standing.ids.push(ids);
            let events = read_events(&*stories.events);
            let events = events.map_err(|error| segment.failed("story-events", &error))?;
            // Of several drops in their order, so that the last one tells.
            for event in events.into_iter().filter(|event| event.drop < before) {
                if let (Event::Merged, Some(from)) = (event.event, event.from) {
                    standing.into.insert(from, event.story);
                }
                standing.moved.extend(event.moved.iter().map(|&number| (number, event.story)));
            }
        }
        standing.members.truncate(n_documents as usize);
        Ok(standing)
    }

    /// What a story is called now.
    pub(super) fn name(&self, story: StoryId) -> StoryId {
        let mut name = story;
        // Elders go into no younger ones, so there is an end; a damaged log could have none.
        for _ in 0..self.into.len() {
            match self.into.get(&name) {
                Some(&elder) => name = elder,
                None => break,
            }
        }
        name
    }

    /// The story that a document was in when it was archived.
    pub(super) fn as_written(&self, number: u32) -> Option<StoryId> {
        self.members.get(number as usize)?.story
    }

    /// The story that a document is in.
    pub(super) fn of(&self, number: u32) -> Option<StoryId> {
        let moved = if self.moved.is_empty() { None } else { self.moved.get(&number) };
        Some(self.name(moved.copied().or_else(|| self.as_written(number))?))
    }
}

/// The stories of an archive, as they were before a drop.
#[derive(Debug)]
pub(super) struct ArchivedStories {
    pub(super) archive: Archive,
    /// Documents that were archived before the drop.
    pub(super) n_before: u32,
    /// The drop's number in the archive.
    pub(super) drop: u32,
}

impl StoryMemory for ArchivedStories {
    fn recall(
        &self,
        drop: StoryQuestion<'_>,
        context: &Context,
        settings: &Settings,
    ) -> Result<PastStories, Error> {
        let archive = &self.archive;
        let StoryQuestion { corpus, tokens, terms, copied } = drop;
        let standing = Standing::read(archive, self.drop, self.n_before)?;
        let leads = vectors::count_leads(tokens, terms, &WordMask::none(0), settings.lead_words);
        let in_drop = InDrop {
            n_documents: corpus.documents.len(),
            names: &terms.names,
            frequencies: leads.document_frequencies(),
        };
        let weights = vectors::learn_lead_weights(in_drop, terms, context, &HashMap::new(), 0);
        let archived = |name| context.lead_frequencies.get(name).copied().unwrap_or(0);
        let archived: Vec<u64> = terms.names.iter().map(archived).collect();
        let asked = Asked {
            corpus,
            leads: &leads,
            names: &terms.names,
            idf: &weights.idf,
            archived: &archived,
            n_before: self.n_before,
        };
        let near = nearest(archive, &asked, &standing, settings)?;
        let of: HashMap<u32, StoryId> =
            copied.iter().filter_map(|&number| Some((number, standing.of(number)?))).collect();
        let met: BTreeSet<StoryId> =
            near.iter().filter_map(|&number| standing.of(number)).chain(of.values().copied()).collect();
        let found = look_through(&standing, &met);
        let facts = facts(archive, &standing, &met)?;
        let mut speakers: Vec<u32> = found.values().flat_map(Told::speakers).copied().collect();
        speakers.sort_unstable();
        let (mut documents, texts): (Vec<StoryDocument>, Vec<Box<str>>) =
            load(archive, &standing, &speakers, settings)?.into_iter().unzip();
        tell_copies(archive, &found, &mut documents)?;
        let stories = found
            .into_iter()
            .map(|(id, told)| {
                let row = facts.get(&id);
                let story = PastStory {
                    label: row.map(|row| row.label.clone()).unwrap_or_default(),
                    first_drop: row.map_or(0, |row| row.first_drop),
                    first_date: row.and_then(|row| row.first_date.clone()),
                    first_document: told.first,
                    n_documents: told.n_documents,
                };
                (id, story)
            })
            .collect();
        let (names, leads) = count(&documents, texts, settings);
        let elsewhere: Vec<String> =
            names.iter().filter(|name| terms.names.binary_search(name).is_err()).cloned().collect();
        let counts = words::count(Past { archive, n_before: self.n_before, drop: self.drop }, &elsewhere)?;
        let lead_frequencies =
            elsewhere.into_iter().zip(counts).map(|(name, counts)| (name, counts.n_leads)).collect();
        Ok(PastStories { documents, leads, names, lead_frequencies, stories, of })
    }
}

/// The drop, as far as its stories are concerned.
struct Asked<'a> {
    corpus: &'a Corpus,
    /// Counts of the beginnings of its texts.
    leads: &'a TermCounts,
    /// The names of their terms.
    names: &'a [String],
    idf: &'a [f32],
    /// By term: in how many beginnings of archived documents it occurs.
    archived: &'a [u64],
    /// Documents that were archived before it.
    n_before: u32,
}

/// The terms of the beginnings of some texts.
fn count(
    documents: &[StoryDocument],
    texts: Vec<Box<str>>,
    settings: &Settings,
) -> (Vec<String>, TermCounts) {
    let corpus = Corpus {
        documents: documents.iter().map(|past| past.document.clone()).collect(),
        texts: TextStore::in_memory(texts),
        ..Corpus::default()
    };
    let tokens = tokens::read(&corpus, &Silent);
    let terms = tokens::terms::learn(&tokens, &corpus.documents);
    let leads = vectors::count_leads(&tokens, &terms, &WordMask::none(0), settings.lead_words);
    (terms.names, leads)
}

/// The terms of some of the drop's documents, with the past documents that have each.
fn nearest(
    archive: &Archive,
    asked: &Asked<'_>,
    standing: &Standing,
    settings: &Settings,
) -> Result<Vec<u32>, Error> {
    let rows: Vec<Vec<(u32, f32)>> = (0..asked.leads.n_documents())
        .into_par_iter()
        .map(|row| match asked.corpus.documents[row].status {
            Status::Ok => {
                let is_archived = |term: u32| asked.archived[term as usize] > 0;
                leads::heaviest(asked.leads, asked.idf, row, ASKED_TERMS, is_archived)
            }
            _ => Vec::new(),
        })
        .collect();
    let mut wanted: Vec<(u64, u32)> =
        rows.iter().flatten().map(|&(term, _)| (leads::hash(&asked.names[term as usize]), term)).collect();
    wanted.par_sort_unstable();
    wanted.dedup();
    let hashes: Vec<u64> = wanted.iter().map(|entry| entry.0).collect();
    // By term: past documents, ascending.
    let mut holders: HashMap<u32, Vec<u32>> = HashMap::new();
    for segment in &archive.segments {
        let Some(postings) = &segment.leads else { continue };
        let first = segment.record.first_document;
        let looked_up = postings.look_up(&hashes, |place, _, rows| {
            let numbers = rows.iter().map(|row| first + row).filter(|&number| number < asked.n_before);
            let held = holders.entry(wanted[place].1).or_default();
            // What is in more documents than are looked through finds none.
            if held.len() <= POSTINGS {
                held.extend(numbers);
            }
        });
        looked_up.map_err(|error| segment.failed("leads", &error))?;
    }
    let days: Vec<Option<i32>> = asked
        .corpus
        .documents
        .iter()
        .map(|document| Member::new(None, false, document.date.as_deref()).day)
        .collect();
    let found: Vec<Vec<u32>> = rows
        .par_iter()
        .zip(&days)
        // Each part begins with a share for every archived document.
        .with_min_len(ASKED_AT_ONCE)
        .map_init(
            || vec![0.0f32; standing.members.len()],
            |shares, (terms, &day)| {
                let mut terms: Vec<(&[u32], f32)> = terms
                    .iter()
                    .filter_map(|(term, weight)| Some((holders.get(term)?.as_slice(), weight * weight)))
                    .collect();
                terms.sort_unstable_by_key(|(numbers, _)| numbers.len());
                let mut touched: Vec<u32> = Vec::new();
                let mut left = POSTINGS;
                for (numbers, share) in terms {
                    let Some(rest) = left.checked_sub(numbers.len()) else { break };
                    left = rest;
                    for &number in numbers {
                        let sum = &mut shares[number as usize];
                        if *sum == 0.0 {
                            touched.push(number);
                        }
                        *sum += share;
                    }
                }
                let near = touched.into_iter().filter_map(|number| {
                    let share = std::mem::take(&mut shares[number as usize]);
                    // Time only takes away, and is dear for as many as these.
                    if share < SHARED {
                        return None;
                    }
                    let past = standing.members[number as usize].day;
                    let time = closeness(day.map(f64::from), past.map(f64::from), settings.story_days);
                    let share = share * time as f32;
                    (share >= SHARED).then_some((share, number))
                });
                let mut near: Vec<(f32, u32)> = near.collect();
                near.sort_unstable_by(|left, right| right.0.total_cmp(&left.0).then(left.1.cmp(&right.1)));
                let least = near.first().map_or(0.0, |nearest| AS_NEAR * nearest.0);
                // By reference: collected in place, each list would keep the room of all that were looked at.
                let nearest = near.iter().take(NEAREST).take_while(|near| near.0 >= least);
                nearest.map(|near| near.1).collect()
            },
        )
        .collect();
    let mut found: Vec<u32> = found.into_iter().flatten().collect();
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

/// What all members tell of a story.
struct Told {
    /// Number of its first document.
    first: u32,
    n_documents: u32,
    /// Those that are no copies, the latest first.
    distinct: Vec<u32>,
    /// The others, ascending.
    copies: Vec<u32>,
}

impl Told {
    /// Those that speak for it. Not those that were found: the nearest of a large story would make all of it seem near.
    fn speakers(&self) -> &[u32] {
        &self.distinct[..self.distinct.len().min(LATEST)]
    }
}

/// Looks through all members for those of some stories.
fn look_through(standing: &Standing, met: &BTreeSet<StoryId>) -> BTreeMap<StoryId, Told> {
    // A story that went into another is met by its own name, too.
    let mut names: HashMap<StoryId, StoryId> = met.iter().map(|&story| (story, story)).collect();
    for &gone in standing.into.keys() {
        let name = standing.name(gone);
        if met.contains(&name) {
            names.insert(gone, name);
        }
    }
    let mut found: BTreeMap<StoryId, Told> = BTreeMap::new();
    for (member, number) in standing.members.iter().zip(0u32..) {
        let Some(story) = standing.moved.get(&number).copied().or(member.story) else { continue };
        let Some(&name) = names.get(&story) else { continue };
        let told = found.entry(name).or_insert(Told {
            first: number,
            n_documents: 0,
            distinct: Vec::new(),
            copies: Vec::new(),
        });
        told.n_documents += 1;
        if member.is_distinct {
            told.distinct.push(number);
        } else {
            told.copies.push(number);
        }
    }
    for told in found.values_mut() {
        told.distinct
            .sort_unstable_by_key(|&number| Reverse((standing.members[number as usize].day, number)));
    }
    found
}

/// Tells documents of their copies, which go where they go. A story of one document has no other place to go to.
fn tell_copies(
    archive: &Archive,
    found: &BTreeMap<StoryId, Told>,
    documents: &mut [StoryDocument],
) -> Result<(), Error> {
    let several = found.values().filter(|told| told.distinct.len() > 1);
    let mut copies: Vec<u32> = several.flat_map(|told| &told.copies).copied().collect();
    copies.sort_unstable();
    for run in archive.runs(&copies, usize::MAX) {
        let Some((segment, _)) = archive.find(run[0]) else { continue };
        let mut rows = segment.documents.reader();
        for &number in run {
            let Some(at) = segment.row_of(number) else { continue };
            let row = rows.row(at).map_err(|error| segment.failed("documents", &error))?;
            let kept = row.set.or(row.original);
            let place = kept.and_then(|kept| documents.binary_search_by_key(&kept, |past| past.number).ok());
            if let Some(place) = place {
                documents[place].copies.push(number);
            }
        }
    }
    Ok(())
}

/// What is said of some stories: as they were first told of.
fn facts(
    archive: &Archive,
    standing: &Standing,
    met: &BTreeSet<StoryId>,
) -> Result<HashMap<StoryId, StoryRow>, Error> {
    let mut facts: HashMap<StoryId, StoryRow> = HashMap::new();
    for (segment, ids) in archive.segments.iter().zip(&standing.ids) {
        let Some(stories) = &segment.stories else { continue };
        let places = met.iter().filter_map(|story| ids.binary_search(story).ok());
        for row in stories.table.rows(places).map_err(|error| segment.failed("stories", &error))? {
            facts.entry(row.id).and_modify(|known| known.learn_from(&row)).or_insert(row);
        }
    }
    Ok(facts)
}

/// A document with the beginning of its text.
type Loaded = (StoryDocument, Box<str>);

/// Loads documents by their numbers, ascending, with the beginnings of their texts.
fn load(
    archive: &Archive,
    standing: &Standing,
    numbers: &[u32],
    settings: &Settings,
) -> Result<Vec<Loaded>, Error> {
    let runs = archive.runs(numbers, LOADED_AT_ONCE);
    let loaded: Result<Vec<Vec<Loaded>>, Error> =
        runs.into_par_iter().map(|run| load_run(archive, standing, run, settings)).collect();
    Ok(loaded?.into_iter().flatten().collect())
}

/// Documents that a thread loads, one after another: neighbors are in the same frames.
const LOADED_AT_ONCE: usize = 512;

/// The same of documents of one segment.
fn load_run(
    archive: &Archive,
    standing: &Standing,
    run: &[u32],
    settings: &Settings,
) -> Result<Vec<Loaded>, Error> {
    let Some((segment, _)) = run.first().and_then(|&number| archive.find(number)) else {
        return Ok(Vec::new());
    };
    let (mut rows, mut texts) = (segment.documents.reader(), segment.texts.reader());
    let mut documents = Vec::with_capacity(run.len());
    for &number in run {
        let (Some(at), Some(story)) = (segment.row_of(number), standing.of(number)) else { continue };
        let row = rows.row(at).map_err(|error| segment.failed("documents", &error))?;
        let text = segment.text(at, &row, &mut texts)?;
        let document = row.document(&text).map_err(|error| segment.failed("documents", &error))?;
        let (document, lead) = lead(document, text, settings.lead_words);
        documents.push((StoryDocument { number, story, copies: Vec::new(), document }, lead.into()));
    }
    Ok(documents)
}

/// A document and its text, cut where its beginning certainly ends.
fn lead(mut document: Document, mut text: String, n_words: usize) -> (Document, String) {
    let aside: usize = document.set_aside.iter().map(|aside| aside.bytes.len()).sum();
    let end = text.floor_char_boundary(n_words.saturating_mul(BYTES_A_WORD).saturating_add(aside));
    if end < text.len() {
        text.truncate(end);
        let end = end as u32;
        document.set_aside.retain(|aside| aside.bytes.start < end);
        if let Some(last) = document.set_aside.last_mut() {
            last.bytes.end = last.bytes.end.min(end);
        }
        document.title_span = document.title_span.filter(|span| span.end <= end);
    }
    document.extra.clear();
    (document, text)
}
