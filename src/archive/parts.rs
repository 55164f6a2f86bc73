//! Parts: what else is archived of a text that may hold some of a drop.
//!
//! A round-up of two articles may be archived before either. The first article that comes is an excerpt of it, as far as anybody
//! knows; the second shows what it is, and is no copy of the first. For that to be seen the first must be there to be compared, and
//! it shares nothing with the drop: it is found by what it shares with the round-up.

use hashbrown::{HashMap, HashSet};

use super::lookup::{Met, Table, look_up};
use super::recall::{Past, load_all};
use crate::context::PastDocument;
use crate::corpus::{Corpus, DocId, TextStore};
use crate::error::Error;
use crate::pairs::shingles;
use crate::progress::Silent;
use crate::settings::Settings;
use crate::tokens;

/// How much longer than what it holds a text is that may hold another article, too: its lesser part makes up a fifth at least
/// (`crate::clusters::compilations`).
const LONGER: f64 = 1.25;

/// Share of a whole's rare shingles that a part has: fewer than a lesser part's, for scans lose some, and fewer than a copy of all.
const LEAST_PART: f64 = 0.1;
const MOST_PART: f64 = 0.8;

/// Archived documents that are looked at for each whole, those that share most.
const MOST_LOOKED_AT: usize = 16;

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
/// returned again. Ascending by number.
pub(super) fn find(
    past: Past<'_>,
    documents: &[PastDocument],
    held: &HashMap<u32, usize>,
    settings: &Settings,
) -> Result<Vec<PastDocument>, Error> {
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
        return Ok(Vec::new());
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
    let mut candidates: HashMap<DocId, Vec<(u32, u32)>> = HashMap::new();
    for ((whole, number), n) in shared.with {
        let own = f64::from(shared.own.get(&whole).copied().unwrap_or(0));
        let is_part = (LEAST_PART * own..=MOST_PART * own).contains(&f64::from(n));
        if is_part && n >= settings.shared_shingles && !here.contains(&number) {
            candidates.entry(whole).or_default().push((n, number));
        }
    }
    let mut wanted: Vec<u32> = Vec::new();
    for of_whole in candidates.values_mut() {
        of_whole.sort_unstable_by_key(|&(n, number)| (std::cmp::Reverse(n), number));
        wanted.extend(of_whole.iter().take(MOST_LOOKED_AT).map(|entry| entry.1));
    }
    wanted.sort_unstable();
    wanted.dedup();
    let longer: HashSet<u32> = longer.iter().map(|whole| wholes[whole.index()].number).collect();
    let mut parts = load_all(past, &wanted)?;
    parts.retain(|part| longer.contains(&part.kept()));
    Ok(parts)
}
