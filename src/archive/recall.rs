//! Recall: what an archive knows that bears on a drop.
//!
//! The drop's shingles are looked up in the archive's postings. As among the documents of one drop, those that share several
//! rare ones are candidates, and so are the anchors of what many hold. Candidates' texts are loaded, and how common the
//! wording of all these texts is in the archive. What follows is what follows in any run: every pair is judged on its texts.
//! A candidate too many costs time and changes no verdict, so the shares that a run asks for are left to it.

use std::sync::Arc;

use hashbrown::{HashMap, HashSet};
use rapidhash::v3::rapidhash_v3;
use rayon::prelude::*;

use super::continued::ArchivedStories;
use super::documents::folded_hash;
use super::lookup::{Met, Table, look_up};
use super::segment::{self, Archived, Segment};
use super::{Archive, manifest, parts, settings as made, words};
use crate::context::{Context, KnownBoilerplate, PastDocument, identity, text_hash};
use crate::corpus::{Corpus, DocId, Status, TextStore};
use crate::error::Error;
use crate::pairs::candidates::sample_of;
use crate::pairs::{identical, shingles};
use crate::progress::{Progress, Silent};
use crate::settings::{Only, Settings};
use crate::tokens::{self, Tokens};

/// Candidates that a thread loads, one after another: neighbors are in the same frames.
const LOADED_AT_ONCE: usize = 256;

/// Share of a document's shingles, about, from which on an archived text may hold it: of an edited article some are lost. Chosen, not
/// measured.
const SEEMS_HELD: f64 = 0.25;

/// What is done where a drop is asked about that was added before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Itself {
    /// It is left out, as if the archive ended before it.
    LeftOut,
    /// It is known.
    Known,
}

/// What an archive knows that bears on a drop.
#[derive(Debug, Clone)]
pub struct Recalled {
    /// For [`crate::run_with`].
    pub context: Context,
    /// By document: the archived document with the same id and, byte for byte, the same text.
    pub same: Vec<Option<u32>>,
    /// Number of the drop that has the same documents: this one, added before.
    pub added_before: Option<u32>,
    /// Documents in the archive; where this drop was added before and is left out, those that were there before it.
    pub n_archived: u32,
    /// Tells the drop by the ids and texts of its documents.
    pub(super) fingerprint: String,
}

/// See [`Archive::recall`].
pub(super) fn recall(
    archive: &Archive,
    corpus: &Corpus,
    settings: &Settings,
    itself: Itself,
    progress: &dyn Progress,
) -> Result<Recalled, Error> {
    made::check(archive, settings)?;
    progress.stage("archive", 0);
    let n_documents = corpus.documents.len() as u32;
    let identities: Vec<u64> = (0..n_documents)
        .into_par_iter()
        .map(DocId)
        .map(|id| identity(&corpus.documents[id.index()].id, &text_hash(&corpus.texts.text(id))))
        .collect();
    let fingerprint = fingerprint(&identities);
    let added_before = archive.drops().iter().find(|drop| drop.fingerprint == fingerprint);
    let n_before = match (itself, added_before) {
        (Itself::LeftOut, Some(drop)) => drop.first_document,
        _ => archive.n_documents(),
    };
    let next = archive.drops().last().map_or(1, |drop| drop.number + 1);
    let drop = match (itself, added_before) {
        (Itself::LeftOut, Some(drop)) => drop.number,
        _ => next,
    };
    let state = archive.manifest.fingerprint(drop, n_before);
    let state = state.map_err(|error| segment::failed(&archive.place, manifest::NAME, &error))?;
    let name = format!("archive {state}, drop {fingerprint}");
    let mut recalled = Recalled {
        context: Context { archive: Some(name), drop, ..Context::default() },
        same: same_documents(archive, corpus, &identities)?,
        added_before: added_before.map(|drop| drop.number),
        n_archived: n_before,
        fingerprint,
    };
    if n_before == 0 {
        return Ok(recalled);
    }
    let past = Past { archive, n_before, drop };
    let tokens = tokens::read(corpus, &Silent);
    let originals = identical::find(corpus);
    let mut search = Search {
        past,
        tokens: &tokens,
        settings,
        found: HashSet::new(),
        held: HashMap::new(),
        wording: HashMap::new(),
    };
    let texts: Vec<DocId> = originals.comparable(corpus);
    search.find_identical(corpus, &originals.distinct)?;
    search.find_by_shingles(&texts)?;
    search.find_by_beginnings(&texts)?;
    let mut documents = search.load()?;
    let (parts, n_left) = parts::find(past, &documents, &search.held, settings)?;
    documents.extend(parts);
    documents.sort_unstable_by_key(|past| past.number);
    search.count_wording_of(&documents)?;

    let context = &mut recalled.context;
    context.shingles = search.wording;
    context.documents = documents;
    context.parts_not_read = n_left;
    context.boilerplate = known_boilerplate(past)?;
    // A question alone is about copies.
    if itself == Itself::LeftOut {
        words::recall(past, corpus, &tokens, context, settings)?;
        if !matches!(settings.only, Some(Only::Duplicates | Only::Themes)) {
            context.stories = Some(Arc::new(ArchivedStories { archive: archive.clone(), n_before, drop }));
        }
    }
    Ok(recalled)
}

/// An archive as it was before a drop. Where it was compacted since, what is counted by segment (how many documents hold a shingle
/// or a term) counts later documents, too; none of those is met for all that.
#[derive(Clone, Copy)]
pub(super) struct Past<'a> {
    pub(super) archive: &'a Archive,
    /// Documents that were there.
    pub(super) n_before: u32,
    /// Number of the drop, as the archive counts it.
    pub(super) drop: u32,
}

impl<'a> Past<'a> {
    pub(super) fn segments(self) -> impl Iterator<Item = &'a Segment> {
        let segments = self.archive.segments.iter().map(Arc::as_ref);
        segments.filter(move |segment| segment.record.first_document < self.n_before)
    }

    /// Documents of those segments.
    pub(super) fn n_counted(self) -> u32 {
        self.segments().map(|segment| segment.record.n_documents).sum()
    }

    /// Is the drop itself counted with those before it?
    pub(super) fn counts_itself(self) -> bool {
        self.n_counted() > self.n_before
    }
}

fn fingerprint(identities: &[u64]) -> String {
    let mut sorted = identities.to_vec();
    sorted.sort_unstable();
    let bytes: Vec<u8> = sorted.iter().flat_map(|identity| identity.to_le_bytes()).collect();
    format!("{:016x}", rapidhash_v3(&bytes))
}

/// By document: the archived one with the same id and text.
fn same_documents(archive: &Archive, corpus: &Corpus, identities: &[u64]) -> Result<Vec<Option<u32>>, Error> {
    let mut same = vec![None; identities.len()];
    for segment in &archive.segments {
        let mut rows: Vec<(u32, usize)> = Vec::new();
        for (place, &identity) in identities.iter().enumerate().filter(|(place, _)| same[*place].is_none()) {
            let row = segment.identities.first(identity);
            if let Some(row) = row.map_err(|error| segment.failed("identities", &error))? {
                rows.push((row, place));
            }
        }
        // In their order, so that each frame is unpacked once.
        rows.sort_unstable();
        let mut reader = segment.documents.reader();
        let mut found: Vec<(usize, u32)> = Vec::new();
        for (at, place) in rows {
            let row = reader.row(at).map_err(|error| segment.failed("documents", &error))?;
            if row.id == corpus.documents[place].id {
                found.push((place, segment.record.first_document + at));
            }
        }
        for (place, number) in found {
            same[place] = Some(number);
        }
    }
    Ok(same)
}

/// What of the archive's wording is boilerplate.
fn known_boilerplate(past: Past<'_>) -> Result<KnownBoilerplate, Error> {
    let mut known = KnownBoilerplate::default();
    for segment in past.segments() {
        let (runs, lines) = segment.boilerplate()?;
        known.runs.extend(runs);
        known.lines.extend(lines);
    }
    Ok(known)
}

/// What is shared by a document of the drop and an archived one.
#[derive(Debug, Default, Clone, Copy)]
struct Shared {
    rare: u32,
    common: u32,
}

struct Search<'a> {
    past: Past<'a>,
    tokens: &'a Tokens,
    settings: &'a Settings,
    /// Numbers of candidates.
    found: HashSet<u32>,
    /// By number of those that seem to hold documents of the drop: words of the shortest of these.
    held: HashMap<u32, usize>,
    /// See [`Context::shingles`].
    wording: HashMap<u64, u32>,
}

impl Search<'_> {
    /// Archived documents that are equal, headlines of short texts included, and those of the same text alone, which is what drops
    /// were listed by that were added before headlines counted: the first of each. Notices whose headlines only say the same are
    /// met by their shingles.
    fn find_identical(&mut self, corpus: &Corpus, distinct: &[DocId]) -> Result<(), Error> {
        let mut hashes: Vec<u64> = distinct
            .par_iter()
            .flat_map_iter(|&document| {
                let text = corpus.texts.text(document);
                let headline = corpus.documents[document.index()].headline();
                let headed = headline.filter(|_| identical::is_headed(&text));
                headed.map(|_| folded_hash(headed, &text)).into_iter().chain([folded_hash(None, &text)])
            })
            .collect();
        hashes.par_sort_unstable();
        hashes.dedup();
        for hash in hashes {
            for segment in self.past.segments() {
                let row =
                    segment.identical.first(hash).map_err(|error| segment.failed("identical", &error))?;
                let number = row.map(|row| segment.record.first_document + row);
                if let Some(number) = number.filter(|&number| number < self.past.n_before) {
                    self.found.insert(number);
                    break;
                }
            }
        }
        Ok(())
    }

    /// Archived documents that share enough proposing shingles, as [`crate::pairs::candidates`] has it.
    fn find_by_shingles(&mut self, documents: &[DocId]) -> Result<(), Error> {
        let (settings, tokens) = (self.settings, self.tokens);
        let samples: Vec<u64> = (0..tokens.n_words.len() as u32)
            .map(|document| sample_of(tokens.bodies.range(DocId(document)).len(), settings))
            .collect();
        // From here on a shingle makes a difference to weights, or to what is looked at for boilerplate.
        let matters = (settings.shingle_cap + 1).min(settings.boilerplate_documents);
        let Past { archive, n_before, .. } = self.past;
        let counts_itself = self.past.counts_itself();
        let hashes_of =
            |document, found: &mut Vec<u64>| found.extend(shingles::of_document(tokens, document));
        let met = |found: &mut FoundShingles, met: &Met<'_>| {
            let key = shingles::key(met.hash);
            let n_holders = met.holders.len() as u32;
            // Of the drop itself, added before, they are as many.
            let n_archived =
                if counts_itself { met.n_archived.saturating_sub(n_holders) } else { met.n_archived };
            if n_archived + n_holders >= matters {
                found.wording.push((key, n_archived));
            }
            let named = met.named.iter().copied().filter(|&number| number < n_before);
            let is_rare = n_archived + n_holders <= settings.shingle_cap;
            let named: Vec<u32> = if is_rare {
                named.collect()
            } else if key.is_multiple_of(settings.shingle_sample) {
                found.ranks.least(archive, named, settings.anchors)?
            } else {
                return Ok(());
            };
            for &holder in met.holders.iter().filter(|holder| key.is_multiple_of(samples[holder.index()])) {
                for &number in &named {
                    let shared = found.shared.entry((holder, number)).or_default();
                    if is_rare {
                        shared.rare += 1;
                    } else {
                        shared.common += 1;
                    }
                }
            }
            Ok(())
        };
        let found = look_up(self.past, Table::Shingles, tokens, documents, hashes_of, met)?;
        let mut shared: HashMap<(DocId, u32), Shared> = HashMap::new();
        for part in found {
            for (pair, part) in part.shared {
                let whole = shared.entry(pair).or_default();
                whole.rare += part.rare;
                whole.common += part.common;
            }
            self.wording.extend(part.wording);
        }
        for ((document, number), Shared { rare, common }) in shared {
            let n_shared = rare.max(common);
            if n_shared < settings.shared_shingles {
                continue;
            }
            self.found.insert(number);
            let n_words = tokens.bodies.range(document).len();
            // A text that holds another is longer, and proposes with no more than one in so many.
            if f64::from(n_shared) * settings.shingle_sample as f64 >= SEEMS_HELD * n_words as f64 {
                let shortest = self.held.entry(number).or_insert(n_words);
                *shortest = n_words.min(*shortest);
            }
        }
        Ok(())
    }

    /// Archived short texts that share runs of words' beginnings with short texts of the drop.
    fn find_by_beginnings(&mut self, documents: &[DocId]) -> Result<(), Error> {
        let (settings, tokens) = (self.settings, self.tokens);
        let is_short =
            |&&document: &&DocId| tokens.bodies.range(document).len() <= settings.damaged_words as usize;
        let short: Vec<DocId> = documents.iter().filter(is_short).copied().collect();
        if short.is_empty() {
            return Ok(());
        }
        let beginnings = shingles::beginnings(&tokens.vocabulary);
        let hashes_of = |document, found: &mut Vec<u64>| beginning_runs(tokens, &beginnings, document, found);
        let (n_before, counts_itself) = (self.past.n_before, self.past.counts_itself());
        let met = |shared: &mut HashMap<(DocId, u32), u32>, met: &Met<'_>| {
            let n_holders = met.holders.len() as u32;
            let n_archived =
                if counts_itself { met.n_archived.saturating_sub(n_holders) } else { met.n_archived };
            if n_archived + n_holders <= settings.shingle_cap {
                for &holder in met.holders {
                    for &number in met.named.iter().filter(|&&number| number < n_before) {
                        *shared.entry((holder, number)).or_default() += 1;
                    }
                }
            }
            Ok(())
        };
        let mut shared: HashMap<(DocId, u32), u32> = HashMap::new();
        for part in look_up(self.past, Table::Beginnings, tokens, &short, hashes_of, met)? {
            for (pair, n) in part {
                *shared.entry(pair).or_default() += n;
            }
        }
        let enough = shared.iter().filter(|&(_, &n)| n >= settings.shared_beginnings);
        self.found.extend(enough.map(|(&(_, number), _)| number));
        Ok(())
    }

    /// The candidates, and the documents that are kept of their sets.
    fn load(&mut self) -> Result<Vec<PastDocument>, Error> {
        let mut loaded: Vec<PastDocument> = Vec::new();
        let mut wanted: Vec<u32> = self.found.iter().copied().collect();
        while !wanted.is_empty() {
            wanted.sort_unstable();
            wanted.dedup();
            loaded.extend(load_all(self.past, &wanted)?);
            self.found.extend(wanted.drain(..));
            let kept = loaded.iter().filter_map(|past| past.set);
            wanted.extend(kept.filter(|number| !self.found.contains(number) && *number < self.past.n_before));
        }
        Ok(loaded)
    }

    /// Counts how common the candidates' wording is, they themselves not counted.
    fn count_wording_of(&mut self, documents: &[PastDocument]) -> Result<(), Error> {
        if documents.is_empty() {
            return Ok(());
        }
        let corpus = Corpus {
            documents: documents.iter().map(|past| past.document.clone()).collect(),
            texts: TextStore::in_memory(documents.iter().map(|past| past.text.clone().into()).collect()),
            ..Corpus::default()
        };
        let tokens = tokens::read(&corpus, &Silent);
        // As in the archive: the first of identical texts stands for all.
        let compared: Vec<DocId> = identical::find(&corpus)
            .distinct
            .into_iter()
            .filter(|document| corpus.documents[document.index()].status == Status::Ok)
            .collect();
        let hashes_of =
            |document, found: &mut Vec<u64>| found.extend(shingles::of_document(&tokens, document));
        let matters = (self.settings.shingle_cap + 1).min(self.settings.boilerplate_documents);
        let of_drop = &self.wording;
        let met = |wording: &mut Vec<(u64, u32)>, met: &Met<'_>| {
            let key = shingles::key(met.hash);
            let known = of_drop.get(&key).copied();
            let n_archived = known.or((met.n_archived >= matters).then_some(met.n_archived));
            let n_elsewhere = n_archived.map(|n| n.saturating_sub(met.holders.len() as u32));
            wording.extend(n_elsewhere.map(|n| (key, n)));
            Ok(())
        };
        let wording = look_up(self.past, Table::Shingles, &tokens, &compared, hashes_of, met)?;
        self.wording.extend(wording.into_iter().flatten());
        Ok(())
    }
}

/// The runs of words' beginnings of a document.
pub(super) fn beginning_runs(tokens: &Tokens, beginnings: &[u64], document: DocId, found: &mut Vec<u64>) {
    let runs = tokens.bodies.of(document).windows(shingles::WORDS);
    found.extend(runs.map(|run| shingles::hash(run.iter().map(|word| beginnings[word.index()]))));
}

/// Documents by their numbers, ascending.
pub(super) fn load_all(past: Past<'_>, numbers: &[u32]) -> Result<Vec<PastDocument>, Error> {
    let Past { archive, drop, .. } = past;
    let one_sets = archive.manifest.one_sets(drop);
    let runs = archive.runs(numbers, LOADED_AT_ONCE).into_par_iter();
    let loaded: Result<Vec<Vec<PastDocument>>, Error> =
        runs.map(|run| load_run(archive, run, &one_sets)).collect();
    Ok(loaded?.into_iter().flatten().collect())
}

/// Documents of one segment, by their numbers, ascending; `one_sets`: see [`super::manifest::Manifest::one_sets`].
fn load_run(
    archive: &Archive,
    run: &[u32],
    one_sets: &HashMap<u32, u32>,
) -> Result<Vec<PastDocument>, Error> {
    let Some((segment, _)) = run.first().and_then(|&number| archive.find(number)) else {
        return Ok(Vec::new());
    };
    let rows = run.iter().filter_map(|&number| segment.row_of(number));
    let past = |(archived, &number): (Archived, &u32)| PastDocument {
        number,
        drop: archived.row.drop,
        drop_name: archive.manifest.drop_of(number).map(|drop| drop.name.clone()).unwrap_or_default(),
        document: archived.document,
        text: archived.text,
        set: set_now(one_sets, number, archived.row.set),
    };
    Ok(segment.load(rows)?.into_iter().zip(run).map(past).collect())
}

/// The document that is kept of an archived one's set, as far as it is in one; `written`: as it was when it was archived.
pub(super) fn set_now(one_sets: &HashMap<u32, u32>, number: u32, written: Option<u32>) -> Option<u32> {
    one_sets.get(&written.unwrap_or(number)).copied().or(written)
}

/// What was met of some shingles.
#[derive(Default)]
struct FoundShingles {
    /// By document of the drop and number of an archived one.
    shared: HashMap<(DocId, u32), Shared>,
    /// See [`Context::shingles`].
    wording: Vec<(u64, u32)>,
    ranks: Ranks,
}

/// Ranks of archived documents, read once for each part of a lookup.
#[derive(Default)]
struct Ranks {
    known: HashMap<u32, u64>,
}

impl Ranks {
    fn of(&mut self, archive: &Archive, number: u32) -> Result<u64, Error> {
        if let Some(&rank) = self.known.get(&number) {
            return Ok(rank);
        }
        let rank = match archive.find(number) {
            Some((segment, row)) => {
                segment.places.of(row).map_err(|error| segment.failed("places", &error))?.0
            }
            None => u64::MAX,
        };
        self.known.insert(number, rank);
        Ok(rank)
    }

    /// The `n` of them that have the least rank.
    fn least(
        &mut self,
        archive: &Archive,
        numbers: impl Iterator<Item = u32>,
        n: usize,
    ) -> Result<Vec<u32>, Error> {
        let mut numbers: Vec<u32> = numbers.collect();
        if numbers.len() > n {
            let mut ranked = numbers
                .iter()
                .map(|&number| Ok((self.of(archive, number)?, number)))
                .collect::<Result<Vec<_>, Error>>()?;
            ranked.sort_unstable();
            numbers = ranked.iter().take(n).map(|entry| entry.1).collect();
        }
        Ok(numbers)
    }
}
