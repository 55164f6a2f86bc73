//! The plan: of every document, what it is made of and what it is a copy of.

use std::collections::BTreeMap;

use super::chance::{Chance, Purpose};
use super::forms;
use super::kinds::{Class, Kind};
use super::order::Order;
use super::shape::{Family, Group, Shape};
use super::sources::{SourceId, Sources};
use super::workshop::Workshop;
use crate::corpus::{Corpus, Language};
use crate::error::Error;

/// Words of the story that is copied most, at least.
const LARGEST_STORY: u32 = 300;

/// Chance that a copy is made of an earlier copy of its group.
const FROM_A_COPY: f64 = 0.35;

/// Share of the original's words that a copy of copies keeps at least, and of words that are damaged at most: beyond,
/// a reader would no longer know it again.
const LEAST_KEPT: f64 = 0.3;
const MOST_DAMAGE: f64 = 0.5;

/// Words that a copy keeps at least.
const LEAST_LEFT: f64 = 30.0;

/// One document to be made.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    pub(super) making: Making,
    /// What it is made of; none for a form of our own.
    pub(super) source: Option<SourceId>,
    /// Group of copies; of a document without copies a group of one.
    pub(super) dup: u32,
    /// The second group of a text that is a copy of two.
    pub(super) dup2: Option<u32>,
    /// What it tells: equal for copies and for accounts of one event.
    pub(super) story: u32,
    /// What it has a page, a form, a speech, a clipping ... in common with.
    pub(super) family: u32,
    /// Edits of edits since the original: 0 for what is no edited copy.
    pub(super) depth: u8,
}

/// How a document is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Making {
    Original,
    /// `parent`: the document that was edited, if not the original. `other`: what it was put together with.
    Edited {
        kind: Kind,
        parent: Option<u32>,
        other: Option<SourceId>,
    },
    Scan {
        kind: Kind,
    },
    StoryPart {
        part: u8,
        of: u8,
    },
    UnderFurniture {
        site: u32,
    },
    Form {
        kind: Kind,
        language: Language,
    },
    Column {
        opening: SourceId,
    },
    Speech {
        part: u8,
    },
    Year {
        background: SourceId,
    },
}

/// Number of documents of each edit, as the truth names them.
pub type Tally = BTreeMap<String, u32>;

/// What will be written: a recipe for every document.
#[derive(Debug)]
pub struct Plan<'a> {
    pub(super) shop: Workshop<'a>,
    /// Group after group.
    pub(super) documents: Vec<Planned>,
    /// The documents in the order of the output.
    pub(super) order: Vec<u32>,
    /// Where each document stands in the output.
    pub(super) places: Vec<u32>,
    /// What was asked for and cannot be had, for people.
    pub notes: Vec<String>,
}

impl<'a> Plan<'a> {
    /// Plans without making anything.
    ///
    /// # Errors
    /// [`Error::Input`] when the corpus cannot give so many distinct documents; [`Error::Settings`] when copies and
    /// negatives leave no place for originals.
    pub fn new(corpus: &'a Corpus, order: &Order) -> Result<Self, Error> {
        let mut sources = Sources::sift(corpus, order.least_words, order.seed);
        if sources.natural.is_empty() {
            return Err(Error::Input(format!(
                "none of {} documents can serve as an original: each is shorter than {} words or in a state that \
                 cannot be compared; lower --least-words",
                corpus.documents.len(),
                order.least_words
            )));
        }
        let mut order = order.clone();
        let mut notes = Vec::new();
        loop {
            let shape = Shape::draw(&order, order.documents)?;
            let own_forms = speaks(&sources).is_some_and(forms::has_forms);
            let wanted = shape.n_sources(own_forms);
            if wanted > sources.len() {
                sources.recombine(wanted);
            }
            if wanted > sources.len() {
                return Err(too_few(&order, &sources, own_forms));
            }
            match Assignment::new(&sources, &order).carry_out(&shape) {
                Ok(documents) => return Ok(Self::ordered(sources, documents, &order, notes)),
                // The kinds left may need other sources, or fewer.
                Err(missing) if order.kinds.remove(&missing) => notes.push(format!(
                    "{missing} is left out: it needs more documents of {} words than there are",
                    missing.least_words()
                )),
                Err(_) => return Err(too_few(&order, &sources, own_forms)),
            }
        }
    }

    fn ordered(sources: Sources<'a>, documents: Vec<Planned>, order: &Order, notes: Vec<String>) -> Self {
        let mut shuffled: Vec<u32> = (0..documents.len() as u32).collect();
        Chance::at(order.seed, Purpose::Order, 0).shuffle(&mut shuffled);
        let mut places = vec![0; documents.len()];
        for (place, &number) in (0..).zip(&shuffled) {
            places[number as usize] = place;
        }
        let shop = Workshop { sources, seed: order.seed };
        Self { shop, documents, order: shuffled, places, notes }
    }
}

/// The language that most of the documents are in: that of forms.
fn speaks(sources: &Sources<'_>) -> Option<Language> {
    let mut counts: BTreeMap<Language, usize> = BTreeMap::new();
    for place in 0..sources.natural.len() as u32 {
        *counts.entry(sources.language(SourceId(place))).or_default() += 1;
    }
    counts
        .into_iter()
        .max_by_key(|&(language, count)| (count, std::cmp::Reverse(language)))
        .map(|(language, _)| language)
}

fn too_few(order: &Order, sources: &Sources<'_>, own_forms: bool) -> Error {
    let possible =
        |n: u32| Shape::draw(order, n).is_ok_and(|shape| shape.n_sources(own_forms) <= sources.len());
    // Shares are rounded, so that a number more may need a source less: the search ends near the greatest.
    let (mut least, mut most) = (0, order.documents);
    while most - least > 1 {
        let middle = least + (most - least) / 2;
        if possible(middle) { least = middle } else { most = middle }
    }
    Error::Input(format!(
        "the input gives {} distinct originals ({} documents that share no text to speak of, {} recombined from their \
         sentences), too few for {} documents of which {} are edited copies; with these shares {least} documents are \
         possible: lower --documents, raise --share, or add input",
        sources.len(),
        sources.natural.len(),
        sources.recombined.len(),
        order.documents,
        (order.share * f64::from(order.documents)).round(),
    ))
}

/// Hands sources to the groups of a shape.
struct Assignment<'s, 'a> {
    sources: &'s Sources<'a>,
    order: &'s Order,
    chance: Chance,
    is_taken: Vec<bool>,
    /// By what is asked for: where the next one may be.
    cursors: BTreeMap<(u32, Option<Language>), u32>,
    documents: Vec<Planned>,
    n_groups: u32,
    n_families: u32,
    n_stories: u32,
    /// How often each kind of copy was used.
    used: BTreeMap<Kind, u32>,
    language: Language,
}

impl<'s, 'a> Assignment<'s, 'a> {
    fn new(sources: &'s Sources<'a>, order: &'s Order) -> Self {
        let copies = order.kinds.iter().filter(|kind| kind.class() == Class::Copy);
        Self {
            sources,
            order,
            chance: Chance::at(order.seed, Purpose::Plan, 1),
            is_taken: vec![false; sources.len()],
            cursors: BTreeMap::new(),
            documents: Vec::new(),
            n_groups: 0,
            n_families: 0,
            n_stories: 0,
            used: copies.map(|&kind| (kind, 0)).collect(),
            language: speaks(sources).unwrap_or(Language::UNKNOWN),
        }
    }

    /// Every document of the shape, or the kind that no source was left for. What needs long texts comes first.
    fn carry_out(mut self, shape: &Shape) -> Result<Vec<Planned>, Kind> {
        let n_documents = shape.n_documents();
        let mut scans: Vec<&(Kind, usize)> = shape.scans.iter().collect();
        scans.sort_by_key(|(kind, _)| std::cmp::Reverse(kind.least_words()));
        if shape.largest > 0 {
            let source = self.take(LARGEST_STORY, None).or_else(|| self.take(0, None)).ok_or(Kind::Exact)?;
            self.copies(source, &Group { n_copies: shape.largest, is_absent: false });
        }
        for (kind, n_members) in scans {
            let source = self.take(kind.least_words(), None).ok_or(*kind)?;
            self.scans(*kind, source, *n_members);
        }
        for &n_parts in &shape.stories {
            let source = self.take(Kind::Story.least_words(), None).ok_or(Kind::Story)?;
            self.parts(source, n_parts, |part| Making::StoryPart { part, of: n_parts as u8 });
        }
        for family in &shape.negatives {
            self.negatives(family)?;
        }
        for group in &shape.groups {
            let source = self.take(0, None).ok_or(Kind::Exact)?;
            self.copies(source, group);
        }
        for _ in 0..shape.singles {
            let source = self.take(0, None).ok_or(Kind::Exact)?;
            self.alone(Making::Original, Some(source), 0);
        }
        debug_assert_eq!(self.documents.len(), n_documents);
        self.join_others();
        Ok(self.documents)
    }

    /// The next source of so many words, and language, that nobody took.
    fn take(&mut self, least_words: u32, language: Option<Language>) -> Option<SourceId> {
        let cursor = self.cursors.entry((least_words, language)).or_default();
        while (*cursor as usize) < self.is_taken.len() {
            let source = SourceId(*cursor);
            *cursor += 1;
            let fits = !self.is_taken[source.0 as usize]
                && self.sources.size(source).0 >= least_words
                && language.is_none_or(|language| self.sources.language(source) == language);
            if fits {
                self.is_taken[source.0 as usize] = true;
                return Some(source);
            }
        }
        None
    }

    fn new_family(&mut self) -> u32 {
        self.n_families += 1;
        self.n_families
    }

    /// Adds a document of a group of its own. Family 0 is none.
    fn alone(&mut self, making: Making, source: Option<SourceId>, family: u32) {
        let planned = Planned {
            making,
            source,
            dup: self.n_groups,
            dup2: None,
            story: self.n_stories,
            family,
            depth: 0,
        };
        self.n_groups += 1;
        self.n_stories += 1;
        self.documents.push(planned);
    }

    /// Accounts of one event: groups of their own, one story.
    fn parts(&mut self, source: SourceId, n: usize, making: impl Fn(u8) -> Making) {
        let (family, story) = (self.new_family(), self.n_stories);
        for part in 0..n as u8 {
            self.alone(making(part), Some(source), family);
            if let Some(last) = self.documents.last_mut() {
                last.story = story;
            }
        }
    }

    fn scans(&mut self, kind: Kind, source: SourceId, n_members: usize) {
        let family = self.new_family();
        for member in 0..n_members {
            self.documents.push(Planned {
                making: Making::Scan { kind },
                source: Some(source),
                dup: self.n_groups,
                dup2: None,
                story: self.n_stories,
                family,
                depth: u8::from(member > 0),
            });
        }
        self.n_groups += 1;
        self.n_stories += 1;
    }

    fn negatives(&mut self, family: &Family) -> Result<(), Kind> {
        let kind = family.kind;
        let least = kind.least_words();
        let number = self.new_family();
        match kind {
            Kind::NegForm | Kind::NegMarket => {
                let language = self.language;
                let template = if forms::has_forms(language) {
                    None
                } else {
                    Some(self.take(150, Some(language)).ok_or(kind)?)
                };
                for _ in 0..family.n_members {
                    self.alone(Making::Form { kind, language }, template, number);
                }
            }
            Kind::NegSpeech => {
                let source = self.take(least, None).ok_or(kind)?;
                self.parts(source, 2, |part| Making::Speech { part });
            }
            _ => {
                let first = self.take(least, None).ok_or(kind)?;
                // A column's opening, or the earlier report.
                let language = Some(self.sources.language(first));
                let making = match kind {
                    Kind::NegColumn => Making::Column { opening: first },
                    Kind::NegYear => Making::Year { background: first },
                    _ => Making::UnderFurniture { site: 1_000 + number },
                };
                let n_more = family.n_members - usize::from(kind != Kind::NegColumn);
                if kind != Kind::NegColumn {
                    self.alone(making, Some(first), number);
                }
                for _ in 0..n_more {
                    let source = self.take(least, language).or_else(|| self.take(least, None)).ok_or(kind)?;
                    self.alone(making, Some(source), number);
                }
            }
        }
        Ok(())
    }

    /// A group of edited copies, with or without its original.
    fn copies(&mut self, source: SourceId, group: &Group) {
        let (dup, story) = (self.n_groups, self.n_stories);
        let begin = self.documents.len() as u32;
        if group.is_absent {
            self.n_groups += 1;
            self.n_stories += 1;
        } else {
            self.alone(Making::Original, Some(source), 0);
        }
        // By copy: share of the words kept, share damaged.
        let mut states: BTreeMap<u32, (f64, f64)> = BTreeMap::new();
        for _ in 0..group.n_copies {
            let parent = self.parent(&states, begin);
            let before = parent.and_then(|parent| states.get(&parent).copied()).unwrap_or((1.0, 0.0));
            let kind = self.next_kind(source, before, parent.is_some(), group.is_absent);
            let number = self.documents.len() as u32;
            if !matches!(kind, Kind::Concat | Kind::Excerpt) {
                states.insert(number, (before.0 * kind.kept(), before.1 + kind.damage()));
            }
            self.documents.push(Planned {
                making: Making::Edited { kind, parent, other: None },
                source: Some(source),
                dup,
                dup2: None,
                story,
                family: 0,
                depth: parent.map_or(1, |parent| self.documents[parent as usize].depth + 1),
            });
        }
    }

    /// An earlier copy of the group to edit again, or none for the original.
    fn parent(&mut self, states: &BTreeMap<u32, (f64, f64)>, begin: u32) -> Option<u32> {
        if !self.chance.holds(FROM_A_COPY) || self.order.depth < 2 || states.is_empty() {
            return None;
        }
        let n = self.documents.len() as u32 - begin;
        (0..8).map(|_| begin + self.chance.below(n as usize) as u32).find(|number| {
            states.contains_key(number) && self.documents[*number as usize].depth < self.order.depth
        })
    }

    /// The kind that was used least among those that leave a reader something to know again.
    fn next_kind(&mut self, source: SourceId, before: (f64, f64), is_chain: bool, is_absent: bool) -> Kind {
        let (n_words, n_sentences) = self.sources.size(source);
        let words_before = f64::from(n_words) * before.0;
        let fits = |kind: Kind| {
            let kept = before.0 * kind.kept();
            let needs_sentences = matches!(
                kind,
                Kind::ParagraphsDropped | Kind::ParagraphsMoved | Kind::SentenceIn | Kind::Update
            );
            words_before >= f64::from(kind.least_words())
                && kept >= LEAST_KEPT
                && f64::from(n_words) * kept >= LEAST_LEFT.min(words_before)
                && (before.1 == 0.0 || before.1 + kind.damage() <= MOST_DAMAGE)
                && (!needs_sentences || n_sentences >= 4)
                // The middle and the beginning of a text may have nothing in common; only the original shows it.
                && !(kind == Kind::Excerpt && (is_chain || is_absent))
                && !(kind == Kind::Concat && (is_chain || is_absent))
        };
        let least = self.used.iter().filter(|(kind, _)| fits(**kind)).map(|(_, n)| *n).min();
        let open: Vec<Kind> = self
            .used
            .iter()
            .filter(|(kind, n)| fits(**kind) && Some(**n) == least)
            .map(|(kind, _)| *kind)
            .collect();
        let kind = self.chance.one_of(&open).copied().unwrap_or(Kind::Exact);
        *self.used.entry(kind).or_default() += 1;
        kind
    }

    /// Gives every copy of two its second: another document of the plan, unedited and in the same language where there
    /// is one. Without any, it is a copy of one.
    fn join_others(&mut self) {
        let mut originals: BTreeMap<Language, Vec<(SourceId, u32)>> = BTreeMap::new();
        for planned in &self.documents {
            if let (Making::Original, Some(source)) = (planned.making, planned.source) {
                originals.entry(self.sources.language(source)).or_default().push((source, planned.dup));
            }
        }
        for planned in &mut self.documents {
            let Making::Edited { kind: Kind::Concat, other, .. } = &mut planned.making else { continue };
            let Some(language) = planned.source.map(|source| self.sources.language(source)) else { continue };
            let others = originals.get(&language).map_or(&[][..], Vec::as_slice);
            let drawn =
                (0..8).filter_map(|_| self.chance.one_of(others)).find(|(_, dup)| *dup != planned.dup);
            match drawn {
                Some(&(source, dup)) => (*other, planned.dup2) = (Some(source), Some(dup)),
                None => planned.making = Making::Edited { kind: Kind::Exact, parent: None, other: None },
            }
        }
    }
}
