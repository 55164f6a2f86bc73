//! Postings: in which documents of a segment each shingle stands.
//!
//! A shingle is known by the first bits of its hash, as many as tell the shingles of this segment apart but for one in some
//! hundreds: its *key*. Keys are sorted and cut into buckets by their first bits, and where each bucket begins stands at
//! the end of the file. So a lookup reads two short stretches, which the disk is told of ahead of many, and many lookups read the file
//! once from end to end.
//!
//! Of every shingle it is said how many documents hold it. Which they are is said where the shingle proposes them
//! (`crate::pairs::candidates`); where more hold it than the cap, a few of least rank are named, the anchors.

use std::io::{self, Write};
use std::ops::Range;

use rapidhash::v3::rapidhash_v3;
use rayon::prelude::*;

use super::section::{SectionWriter, damaged};
use super::storage::{ReadAt, bytes_at};
use crate::vectors::background::{read_number, write_number};

/// Bits of a key that stand in its bucket. With about [`A_BUCKET`] entries in a bucket, one key in some hundreds is
/// taken for another.
const LOW_BITS: u32 = 15;

/// Entries of a bucket, about, as a power of two.
const A_BUCKET: u32 = 6;

/// Bytes for where a bucket begins.
const OFFSET: usize = 5;

/// At the end of the file: number of keys, bytes of all buckets (8 bytes each), bits that choose the bucket (1 byte).
const FOOTER: u64 = 17;

/// Added to the bits that choose the bucket where each bucket ends with its checksum. Up to version 3 of the format none does.
const CHECKED: u8 = 1 << 7;

/// Bytes of a bucket's checksum.
const CHECKSUM: usize = 2;

/// Buckets between two wanted ones that are read in passing rather than skipped.
const READ_IN_PASSING: u64 = 64;

/// Buckets read at a time, at most.
const READ_AT_ONCE: u64 = 4096;

/// Reads that the disk is told of at a time.
const READS_AHEAD: usize = 1024;

/// A shingle in a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry {
    pub(super) hash: u64,
    /// The row, doubled; and one more where the shingle proposes the document.
    code: u32,
}

impl Entry {
    pub(super) fn new(hash: u64, row: u32, proposes: bool) -> Self {
        Self { hash, code: row << 1 | u32::from(proposes) }
    }

    fn row(self) -> u32 {
        self.code >> 1
    }

    fn proposes(self) -> bool {
        self.code & 1 == 1
    }

    /// As it is put aside in a temporary file.
    pub(super) fn to_bytes(self) -> [u8; 12] {
        let mut bytes = [0; 12];
        bytes[..8].copy_from_slice(&self.hash.to_le_bytes());
        bytes[8..].copy_from_slice(&self.code.to_le_bytes());
        bytes
    }

    pub(super) fn from_bytes(bytes: &[u8; 12]) -> Self {
        let ([hash], rest) = bytes.as_chunks::<8>() else { return Self { hash: 0, code: 0 } };
        let code = rest.first_chunk().map_or(0, |code| u32::from_le_bytes(*code));
        Self { hash: u64::from_le_bytes(*hash), code }
    }
}

/// How lists are cut short.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut<'a> {
    /// Holders up to which all are named.
    pub(super) cap: u32,
    /// How many are named beyond it.
    pub(super) anchors: usize,
    /// By row: those of least rank are.
    pub(super) ranks: &'a [u64],
}

impl Cut<'_> {
    /// All are named.
    pub(super) const NONE: Self = Self { cap: u32::MAX, anchors: 0, ranks: &[] };
}

/// Writes the postings of `n_entries` entries at most. `entries_of` gives those whose hashes are in one of `n_passes` equal
/// ranges (a power of two), range by range, in any order and each once or more.
pub(super) fn write(
    sink: &mut SectionWriter,
    n_entries: u64,
    n_passes: u32,
    cut: Cut<'_>,
    mut entries_of: impl FnMut(u32) -> io::Result<Vec<Entry>>,
) -> io::Result<()> {
    let bucket_bits = n_entries.max(1).next_power_of_two().trailing_zeros().saturating_sub(A_BUCKET);
    // A range of hashes is a number of whole buckets.
    let bucket_bits = bucket_bits.max(n_passes.trailing_zeros());
    let key_bits = bucket_bits + LOW_BITS;
    let mut begins: Vec<u64> = Vec::with_capacity((1 << bucket_bits) + 1);
    let mut n_keys = 0u64;
    let (mut bytes, mut of_bucket) = (Vec::new(), Vec::new());
    for pass in 0..n_passes {
        let mut entries = entries_of(pass)?;
        entries.par_sort_unstable();
        entries.dedup();
        let mut before = 0;
        for run in
            entries.chunk_by(|left, right| left.hash >> (64 - key_bits) == right.hash >> (64 - key_bits))
        {
            let key = run[0].hash >> (64 - key_bits);
            let bucket = key >> LOW_BITS;
            if bucket >= begins.len() as u64 {
                seal(&mut of_bucket, &mut bytes);
                while bucket >= begins.len() as u64 {
                    begins.push(sink.position() + bytes.len() as u64);
                }
                before = bucket << LOW_BITS;
            }
            write_key(&mut of_bucket, key - before, run, cut);
            before = key;
            n_keys += 1;
            if bytes.len() >= 1 << 16 {
                sink.write_all(&bytes)?;
                bytes.clear();
            }
        }
    }
    seal(&mut of_bucket, &mut bytes);
    sink.write_all(&bytes)?;
    let data_bytes = sink.position();
    begins.resize((1 << bucket_bits) + 1, data_bytes);
    for begin in begins {
        sink.write_all(&begin.to_le_bytes()[..OFFSET])?;
    }
    sink.write_all(&n_keys.to_le_bytes())?;
    sink.write_all(&data_bytes.to_le_bytes())?;
    sink.write_all(&[bucket_bits as u8 | CHECKED])
}

/// Ends a bucket, if there is one under way.
fn seal(of_bucket: &mut Vec<u8>, bytes: &mut Vec<u8>) {
    if !of_bucket.is_empty() {
        let checksum = checksum(of_bucket);
        bytes.append(of_bucket);
        bytes.extend(checksum);
    }
}

/// The lowest bytes of a bucket's rapidhash v3.
fn checksum(of_bucket: &[u8]) -> [u8; CHECKSUM] {
    (rapidhash_v3(of_bucket) as u16).to_le_bytes()
}

/// One key: four times its distance to the one before, and 0: one holder, not named; 1: one holder, named; 2: number of
/// holders follows; 3: number of holders, number of names, and the names' rows follow, ascending, each by its distance to the
/// one before.
fn write_key(bytes: &mut Vec<u8>, distance: u64, run: &[Entry], cut: Cut<'_>) {
    let rows = |entries: &mut dyn Iterator<Item = &Entry>| {
        let mut rows: Vec<u32> = entries.map(|entry| entry.row()).collect();
        rows.sort_unstable();
        rows.dedup();
        rows
    };
    if let [entry] = run {
        write_number(bytes, distance << 2 | u64::from(entry.proposes()));
        if entry.proposes() {
            write_number(bytes, u64::from(entry.row()));
        }
        return;
    }
    let n_holders = rows(&mut run.iter()).len() as u32;
    let mut named = rows(&mut run.iter().filter(|entry| entry.proposes()));
    if n_holders > cut.cap && named.len() > cut.anchors {
        named.sort_unstable_by_key(|&row| (cut.ranks[row as usize], row));
        named.truncate(cut.anchors);
        named.sort_unstable();
    }
    write_number(bytes, distance << 2 | if named.is_empty() { 2 } else { 3 });
    write_number(bytes, u64::from(n_holders));
    if !named.is_empty() {
        write_number(bytes, named.len() as u64);
        let mut before = 0;
        for row in named {
            write_number(bytes, u64::from(row - before));
            before = row;
        }
    }
}

/// Consecutive buckets that are read in one go.
struct Stretch {
    /// Places in what is wanted.
    places: Range<usize>,
    first: u64,
    last: u64,
}

/// Postings to look things up in.
#[derive(Debug)]
pub(super) struct Postings {
    file: Box<dyn ReadAt>,
    data_bytes: u64,
    bucket_bits: u32,
    /// Does each bucket end with its checksum?
    is_checked: bool,
    n_rows: u32,
}

impl Postings {
    /// Of a segment of `n_rows` documents.
    pub(super) fn open(file: Box<dyn ReadAt>, n_rows: u32) -> io::Result<Self> {
        let too_short = || damaged("it is too short");
        let at = file.n_bytes().checked_sub(FOOTER).ok_or_else(too_short)?;
        let footer = bytes_at(&*file, at, FOOTER)?;
        let data_bytes = super::section::numbers(&footer[8..16]).next().ok_or_else(too_short)?;
        let bucket_bits = u32::from(footer[16] & !CHECKED);
        let is_checked = footer[16] & CHECKED != 0;
        let index_bytes = 1u64.checked_shl(bucket_bits).and_then(|n| (n + 1).checked_mul(OFFSET as u64));
        let is_whole = bucket_bits + LOW_BITS < 64
            && index_bytes.and_then(|index| index.checked_add(data_bytes)) == Some(at);
        if !is_whole {
            return Err(damaged("its parts do not add up to its length"));
        }
        Ok(Self { file, data_bytes, bucket_bits, is_checked, n_rows })
    }

    /// Calls `found` with the place in `wanted` (hashes, ascending), the number of holders and the rows named, for every hash
    /// that is there.
    pub(super) fn look_up(
        &self,
        wanted: &[u64],
        mut found: impl FnMut(usize, u32, &[u32]),
    ) -> io::Result<()> {
        let mut rows = Vec::new();
        let stretches = self.stretches(wanted);
        // The disk is told of many reads before the first is waited for: it serves them side by side.
        for stretches in stretches.chunks(READS_AHEAD) {
            for stretch in stretches {
                let (at, n_bytes) = self.offsets_of(stretch);
                self.file.expect(at, n_bytes);
            }
            let begins: Vec<Vec<u64>> =
                stretches.iter().map(|stretch| self.begins(stretch)).collect::<io::Result<_>>()?;
            for begins in &begins {
                self.file.expect(begins[0], begins[begins.len() - 1] - begins[0]);
            }
            for (stretch, begins) in stretches.iter().zip(&begins) {
                let (begin, n_bytes) = (begins[0], begins[begins.len() - 1] - begins[0]);
                let bytes = bytes_at(&*self.file, begin, n_bytes)?;
                let mut place = stretch.places.start;
                let wanted = &wanted[stretch.places.clone()];
                for run in wanted.chunk_by(|left, right| self.bucket_of(*left) == self.bucket_of(*right)) {
                    let bucket = self.bucket_of(run[0]);
                    let slot = (bucket - stretch.first) as usize;
                    let of_bucket =
                        &bytes[(begins[slot] - begin) as usize..(begins[slot + 1] - begin) as usize];
                    self.look_in(bucket, of_bucket, run, place, &mut rows, &mut found)?;
                    place += run.len();
                }
            }
        }
        Ok(())
    }

    fn bucket_of(&self, hash: u64) -> u64 {
        (hash >> 1) >> (63 - self.bucket_bits)
    }

    /// Which buckets to read in one go: wanted ones that lie close to each other.
    fn stretches(&self, wanted: &[u64]) -> Vec<Stretch> {
        let mut stretches: Vec<Stretch> = Vec::new();
        for (place, &hash) in wanted.iter().enumerate() {
            let bucket = self.bucket_of(hash);
            match stretches.last_mut() {
                Some(last) if bucket - last.last <= READ_IN_PASSING && bucket - last.first < READ_AT_ONCE => {
                    last.last = bucket;
                    last.places.end = place + 1;
                }
                _ => stretches.push(Stretch { places: place..place + 1, first: bucket, last: bucket }),
            }
        }
        stretches
    }

    /// Where it stands where the buckets of a stretch begin, and in how many bytes.
    fn offsets_of(&self, stretch: &Stretch) -> (u64, u64) {
        let n_offsets = stretch.last - stretch.first + 2;
        (self.data_bytes + stretch.first * OFFSET as u64, n_offsets * OFFSET as u64)
    }

    /// Where the buckets of a stretch begin, and where the last one ends.
    fn begins(&self, stretch: &Stretch) -> io::Result<Vec<u64>> {
        let (at, n_bytes) = self.offsets_of(stretch);
        let bytes = bytes_at(&*self.file, at, n_bytes)?;
        let begins: Vec<u64> = bytes
            .as_chunks::<OFFSET>()
            .0
            .iter()
            .map(|offset| {
                let mut wide = [0; 8];
                wide[..OFFSET].copy_from_slice(offset);
                u64::from_le_bytes(wide)
            })
            .collect();
        if begins.is_sorted() && begins.last().is_some_and(|&end| end <= self.data_bytes) {
            Ok(begins)
        } else {
            Err(damaged("its buckets are in no order"))
        }
    }

    /// Looks for `run`, all of one bucket; the first of them is at `place`.
    fn look_in(
        &self,
        bucket: u64,
        mut bytes: &[u8],
        run: &[u64],
        place: usize,
        rows: &mut Vec<u32>,
        found: &mut impl FnMut(usize, u32, &[u32]),
    ) -> io::Result<()> {
        if self.is_checked && !bytes.is_empty() {
            let sealed = bytes.split_last_chunk().filter(|(keys, sum)| checksum(keys) == **sum);
            bytes = sealed.ok_or_else(|| damaged("a bucket is not as it was written"))?.0;
        }
        let key_bits = self.bucket_bits + LOW_BITS;
        let cut_off = || damaged("a bucket ends too early");
        let mut key = bucket << LOW_BITS;
        let mut next = 0;
        while !bytes.is_empty() && next < run.len() {
            let code = read_number(&mut bytes).ok_or_else(cut_off)?;
            key = key.checked_add(code >> 2).ok_or_else(cut_off)?;
            rows.clear();
            let mut n_holders = 1;
            match code & 3 {
                0 => {}
                1 => rows.push(read_number(&mut bytes).ok_or_else(cut_off)? as u32),
                kind => {
                    n_holders = read_number(&mut bytes).ok_or_else(cut_off)?;
                    let n_named = if kind == 3 { read_number(&mut bytes).ok_or_else(cut_off)? } else { 0 };
                    let mut row = 0u32;
                    for _ in 0..n_named {
                        row = row.saturating_add(read_number(&mut bytes).ok_or_else(cut_off)? as u32);
                        rows.push(row);
                    }
                }
            }
            if rows.iter().any(|&row| row >= self.n_rows) || n_holders > u64::from(self.n_rows) {
                return Err(damaged("it names a document that is not there"));
            }
            while let Some(&hash) = run.get(next).filter(|&&hash| hash >> (64 - key_bits) <= key) {
                if hash >> (64 - key_bits) == key {
                    found(place + next, n_holders as u32, rows);
                }
                next += 1;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::super::faults::Memory;
    use super::super::storage::Storage;
    use super::*;

    proptest! {
        #[test]
        fn a_lookup_gives_what_a_map_gives(
            entries in proptest::collection::vec((0..400u64, 0..50u32, any::<bool>()), 0..900),
            pass_bits in 0..4u32,
            asked in proptest::collection::vec(0..600u64, 0..80),
        ) {
            // All of them differ in the bits that a key has at least.
            let hash = |number: u64| number << 50 | number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 16;
            let ranks: Vec<u64> = (0..50u64).map(|row| row.wrapping_mul(0x2545_f491_4f6c_dd1d)).collect();
            let mut holders: BTreeMap<u64, BTreeMap<u32, bool>> = BTreeMap::new();
            for &(number, row, proposes) in &entries {
                *holders.entry(hash(number)).or_default().entry(row).or_default() |= proposes;
            }
            let all: Vec<Entry> = holders.iter()
                .flat_map(|(&hash, rows)| rows.iter().map(move |(&row, &named)| Entry::new(hash, row, named)))
                .collect();
            let storage = Memory::default();
            let mut sink = SectionWriter::create(&storage, "s", "postings").unwrap();
            let cut = Cut { cap: 5, anchors: 2, ranks: &ranks };
            write(&mut sink, all.len() as u64, 1 << pass_bits, cut, |pass| {
                let in_pass = |entry: &&Entry| (entry.hash >> 1) >> (63 - pass_bits) == u64::from(pass);
                Ok(all.iter().filter(in_pass).copied().collect())
            }).unwrap();
            sink.finish().unwrap();
            let postings = Postings::open(storage.open("s/postings").unwrap(), 50).unwrap();
            let wanted: Vec<u64> = asked.iter().map(|&number| hash(number)).collect::<BTreeSet<_>>().into_iter().collect();
            let mut found: BTreeMap<u64, (u32, Vec<u32>)> = BTreeMap::new();
            postings.look_up(&wanted, |place, n, rows| {
                found.insert(wanted[place], (n, rows.to_vec()));
            }).unwrap();
            for hash in wanted {
                let expected = holders.get(&hash).map(|rows| {
                    let mut named: Vec<u32> = rows.iter().filter(|entry| *entry.1).map(|entry| *entry.0).collect();
                    if rows.len() > 5 && named.len() > 2 {
                        named.sort_by_key(|&row| ranks[row as usize]);
                        named.truncate(2);
                        named.sort_unstable();
                    }
                    (rows.len() as u32, named)
                });
                prop_assert_eq!(found.get(&hash), expected.as_ref());
            }
        }
    }
}
