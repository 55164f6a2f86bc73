//! Lookup: which shingles of a drop are archived, in how many documents, and which of them do they propose?
//!
//! All of a drop's shingles are sorted and looked up part by part, the parts side by side: what is read of the archive's postings is
//! read in their order.

use rayon::prelude::*;

use super::postings::Postings;
use super::recall::Past;
use super::segment::Segment;
use crate::corpus::DocId;
use crate::error::Error;
use crate::tokens::Tokens;

/// Shingles looked up at a time, 16 bytes each.
const AT_A_TIME: usize = 8 << 20;

/// Shingles that a thread looks up, at least: fewer are looked up sooner than they are shared out.
const LEAST_PIECE: usize = 4096;

/// Which postings.
#[derive(Debug, Clone, Copy)]
pub(super) enum Table {
    Shingles,
    Beginnings,
}

impl Table {
    fn of(self, segment: &Segment) -> (&Postings, &'static str) {
        match self {
            Self::Shingles => (&segment.shingles, "shingles"),
            Self::Beginnings => (&segment.beginnings, "beginnings"),
        }
    }
}

/// A shingle of the drop that is archived.
pub(super) struct Met<'a> {
    pub(super) hash: u64,
    /// Documents of the drop that hold it, ascending.
    pub(super) holders: &'a [DocId],
    /// Archived documents that do.
    pub(super) n_archived: u32,
    /// Numbers of those that it proposes, ascending.
    pub(super) named: &'a [u32],
}

/// Looks up all shingles that `hashes_of` gives for `documents`, and tells `met` of each that is archived: a part of them with each of
/// the states that come back.
pub(super) fn look_up<S: Default + Send>(
    past: Past<'_>,
    table: Table,
    tokens: &Tokens,
    documents: &[DocId],
    hashes_of: impl Fn(DocId, &mut Vec<u64>) + Sync,
    met: impl Fn(&mut S, &Met<'_>) -> Result<(), Error> + Sync,
) -> Result<Vec<S>, Error> {
    if past.n_before == 0 {
        return Ok(Vec::new());
    }
    let n_words: usize = documents.iter().map(|&document| tokens.bodies.range(document).len()).sum();
    let pass_bits = (n_words / AT_A_TIME + 1).next_power_of_two().trailing_zeros();
    let mut states = Vec::new();
    for pass in 0..1u64 << pass_bits {
        let mut entries: Vec<(u64, DocId)> = documents
            .par_iter()
            .flat_map_iter(|&document| {
                let mut hashes = Vec::new();
                hashes_of(document, &mut hashes);
                hashes.retain(|hash| (hash >> 1) >> (63 - pass_bits) == pass);
                hashes.into_iter().map(move |hash| (hash, document))
            })
            .collect();
        entries.par_sort_unstable();
        entries.dedup();
        let n_each = entries.len().div_ceil(4 * rayon::current_num_threads()).max(LEAST_PIECE);
        let of_pass: Result<Vec<S>, Error> = pieces(&entries, n_each)
            .into_par_iter()
            .map(|entries| {
                let mut state = S::default();
                look_up_piece(past, table, entries, |shingle| met(&mut state, shingle))?;
                Ok(state)
            })
            .collect();
        states.extend(of_pass?);
    }
    Ok(states)
}

/// Parts of sorted entries of about `n_each`, none of which shares a shingle with another.
fn pieces(mut entries: &[(u64, DocId)], n_each: usize) -> Vec<&[(u64, DocId)]> {
    let mut pieces = Vec::new();
    while let Some(&(hash, _)) = entries.get(n_each) {
        let end = entries.partition_point(|entry| entry.0 < hash);
        // Where one shingle is all of it, it ends behind that.
        let end = if end > 0 { end } else { entries.partition_point(|entry| entry.0 <= hash) };
        let (piece, rest) = entries.split_at(end);
        pieces.push(piece);
        entries = rest;
    }
    if !entries.is_empty() {
        pieces.push(entries);
    }
    pieces
}

/// The same for some entries, ascending.
fn look_up_piece(
    past: Past<'_>,
    table: Table,
    entries: &[(u64, DocId)],
    mut met: impl FnMut(&Met<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut wanted: Vec<u64> = entries.iter().map(|entry| entry.0).collect();
    wanted.dedup();
    let mut counts = vec![0u32; wanted.len()];
    let mut named: Vec<(u32, u32)> = Vec::new();
    for segment in past.segments() {
        let (postings, section) = table.of(segment);
        let first = segment.record.first_document;
        postings
            .look_up(&wanted, |place, n_holders, rows| {
                counts[place] = counts[place].saturating_add(n_holders);
                named.extend(rows.iter().map(|&row| (place as u32, first + row)));
            })
            .map_err(|error| segment.failed(section, &error))?;
    }
    named.sort_unstable();
    let (mut holders, mut numbers): (Vec<DocId>, Vec<u32>) = (Vec::new(), Vec::new());
    let mut left = named.as_slice();
    for (place, run) in entries.chunk_by(|left, right| left.0 == right.0).enumerate() {
        let n_named = left.iter().take_while(|entry| entry.0 as usize == place).count();
        let (now, later) = left.split_at(n_named);
        left = later;
        if counts[place] == 0 {
            continue;
        }
        holders.clear();
        holders.extend(run.iter().map(|entry| entry.1));
        numbers.clear();
        numbers.extend(now.iter().map(|entry| entry.1));
        met(&Met { hash: wanted[place], holders: &holders, n_archived: counts[place], named: &numbers })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pieces_are_all_entries_and_share_no_shingle(
            mut hashes in proptest::collection::vec(0..40u64, 0..200),
            n_each in 1..30usize,
        ) {
            hashes.sort_unstable();
            let entries: Vec<(u64, DocId)> = hashes.into_iter().zip((0..).map(DocId)).collect();
            let pieces = pieces(&entries, n_each);
            prop_assert_eq!(&pieces.concat(), &entries);
            for two in pieces.windows(2) {
                prop_assert!(two[0].last().map(|entry| entry.0) < two[1].first().map(|entry| entry.0));
            }
            prop_assert!(pieces.iter().all(|piece| piece.len() <= n_each || piece[0].0 == piece[piece.len() - 1].0));
        }
    }
}
