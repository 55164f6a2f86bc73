//! Parts: what else is archived of a text that may hold some of a drop.
//!
//! A round-up of two articles may be archived before either. The first article that comes is an excerpt of it, as far as anybody
//! knows; the second shows what it is, and is no copy of the first. For that to be seen the first must be there to be compared, and
//! it shares nothing with the drop: it is found by what it shares with the round-up.

use hashbrown::{HashMap, HashSet};

use super::lookup::{Met, Table, look_up};
use super::recall::{Past, load_all, set_now};
use crate::clusters::LESSER_PART;
use crate::context::PastDocument;
use crate::corpus::{Corpus, DocId, TextStore};
use crate::error::Error;
use crate::pairs::shingles;
use crate::progress::Silent;
use crate::settings::Settings;
use crate::tokens;

/// How much longer than what it holds a text is that may hold another article, too.
const LONGER: f64 = 1.0 / (1.0 - LESSER_PART);

/// Share of a whole's rare shingles that a part has: fewer than a lesser part's, for scans lose some, and fewer than a copy of all. Chosen,
/// not measured.
const LEAST_PART: f64 = 0.1;
const MOST_PART: f64 = 0.8;

/// Parts of each whole that are read, those that share most; chosen, not measured.
const MOST_READ: usize = 16;

/// What some of the wholes' shingles say.
#[derive(Default)]
struct Shared {
    /// By whole: shingles that propose it.
    own: HashMap<DocId, u32>,
    /// By whole and number of an archived document: shingles that both have.
    with: HashMap<(DocId, u32), u32>,
}

/// The archived documents of a duplicate set that lie within the one that is kept of it, where this is among `documents`
/// and seems to hold a document of the drop; `held` tells, by number, of how many words the shortest such is. None of `documents` is
/// returned again. Ascending by number; and how many more were met than are read of one.
pub(super) fn find(
    past: Past<'_>,
    documents: &[PastDocument],
    held: &HashMap<u32, usize>,
    settings: &Settings,
) -> Result<(Vec<PastDocument>, u64), Error> {
    let wholes: Vec<&PastDocument> = documents
        .iter()
        .filter(|past| past.number == past.kept() && held.contains_key(&past.number))
        .collect();
    let corpus = Corpus {
        documents: wholes.iter().map(|past| past.document.clone()).collect(),
        texts: TextStore::in_memory(wholes.iter().map(|past| past.text.clone().into()).collect()),
        ..Corpus::default()
    };
    let tokens = tokens::read(&corpus, &Silent);
    let is_longer = |whole: &DocId| {
        let n_held = held[&wholes[whole.index()].number];
        tokens.bodies.range(*whole).len() as f64 >= LONGER * n_held as f64
    };
    let longer: Vec<DocId> = (0..wholes.len() as u32).map(DocId).filter(is_longer).collect();
    if longer.is_empty() {
        return Ok((Vec::new(), 0));
    }
    let hashes_of = |document, found: &mut Vec<u64>| found.extend(shingles::of_document(&tokens, document));
    let met = |shared: &mut Shared, met: &Met<'_>| {
        if met.n_archived > settings.shingle_cap {
            return Ok(());
        }
        for &whole in met.holders {
            let own = wholes[whole.index()].number;
            // Texts of other lengths propose with other shingles; those that propose both are told.
            if !met.named.contains(&own) {
                continue;
            }
            *shared.own.entry(whole).or_default() += 1;
            for &number in met.named.iter().filter(|&&number| number != own && number < past.n_before) {
                *shared.with.entry((whole, number)).or_default() += 1;
            }
        }
        Ok(())
    };
    let mut shared = Shared::default();
    for part in look_up(past, Table::Shingles, &tokens, &longer, hashes_of, met)? {
        part.own.into_iter().for_each(|(whole, n)| *shared.own.entry(whole).or_default() += n);
        part.with.into_iter().for_each(|(pair, n)| *shared.with.entry(pair).or_default() += n);
    }
    let here: HashSet<u32> = documents.iter().map(|past| past.number).collect();
    shared.with.retain(|&(whole, number), n| {
        let own = f64::from(shared.own.get(&whole).copied().unwrap_or(0));
        let is_part = (LEAST_PART * own..=MOST_PART * own).contains(&f64::from(*n));
        is_part && *n >= settings.shared_shingles && !here.contains(&number)
    });
    let kept = kept_of(past, shared.with.keys().map(|pair| pair.1).collect())?;
    let mut parts: HashMap<DocId, Vec<(u32, u32)>> = HashMap::new();
    for ((whole, number), n) in shared.with {
        if kept.get(&number) == Some(&wholes[whole.index()].number) {
            parts.entry(whole).or_default().push((n, number));
        }
    }
    let (mut wanted, mut n_left): (Vec<u32>, usize) = (Vec::new(), 0);
    for of_whole in parts.values_mut() {
        of_whole.sort_unstable_by_key(|&(n, number)| (std::cmp::Reverse(n), number));
        n_left += of_whole.len().saturating_sub(MOST_READ);
        wanted.extend(of_whole.iter().take(MOST_READ).map(|entry| entry.1));
    }
    wanted.sort_unstable();
    wanted.dedup();
    Ok((load_all(past, &wanted)?, n_left as u64))
}

/// By number: the document that is kept of an archived one's duplicate set, where it is in one.
fn kept_of(past: Past<'_>, mut numbers: Vec<u32>) -> Result<HashMap<u32, u32>, Error> {
    numbers.sort_unstable();
    numbers.dedup();
    let Past { archive, drop, .. } = past;
    let one_sets = archive.manifest.one_sets(drop);
    let mut kept = HashMap::new();
    for run in archive.runs(&numbers, usize::MAX) {
        let Some((segment, _)) = archive.find(run[0]) else { continue };
        let mut rows = segment.documents.reader();
        for &number in run {
            let Some(at) = segment.row_of(number) else { continue };
            let row = rows.row(at).map_err(|error| segment.failed("documents", &error))?;
            kept.extend(set_now(&one_sets, number, row.set).map(|kept| (number, kept)));
        }
    }
    Ok(kept)
}
