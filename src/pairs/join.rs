//! Similarity join: all pairs of rows with a cosine from a threshold on, none missed.
//! In:  [`TfIdfMatrix`] (rows of length 1, weights not negative).
//! Out: [`CosinePair`]s, `a < b`, once each, sorted. Touches memory only.
//!
//! Two ways give the same pairs. *Sums*: a sweep sums what every pair shares. *Prefixes*: the common terms of a row
//! that together are shorter than the threshold cannot lift any pair over it, so only what remains is
//! indexed and looked up. The higher the threshold, the less remains; which way costs less is told from the
//! document frequencies of what remains.

use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::plan::{Plan, even_sample};
use super::ranks::{NONE, Ranks};
use super::sweep::{Sink, Sweep, clear, scatter, score, slack};
use crate::corpus::DocId;
use crate::progress::Progress;
use crate::vectors::TfIdfMatrix;

/// Rows that a thread takes at a time.
const CHUNK: usize = 64;

/// Places of the order for which one length of a row stands, as a share of all: one in so many.
const BUCKETS: usize = 64;

/// Rows that are held against others, to tell how many pairs a sweep fails to rule out.
const LEFTS: usize = 64;
/// The others.
const RIGHTS: usize = 512;

/// What a multiply-add of the prefixes costs, in those of the sweep: their sums lie far apart in memory.
const PREFIX_COST: f64 = 3.0;

/// Two rows and their cosine, `a < b`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CosinePair {
    /// The row with the smaller number.
    pub a: DocId,
    /// The row with the greater number.
    pub b: DocId,
    /// [`crate::vectors::cosine`] of the two, at least the threshold.
    pub cosine: f32,
}

/// How a join is computed; the result is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Sum what every pair shares, tile by tile.
    Sums,
    /// Look up what remains of a row once its common terms are as long as the threshold.
    Prefixes,
}

/// All pairs of rows with a cosine of `threshold` (over 0, at most 1) or more.
///
/// Time grows with the square of the rows at worst, and with what the chosen [`Way`] leaves of it as a rule;
/// memory is about that of the matrix, and the pairs found.
#[must_use]
pub fn at_least(matrix: &TfIdfMatrix, threshold: f32, progress: &dyn Progress) -> Vec<CosinePair> {
    let join = Join::of(matrix, threshold);
    let remaining = Remaining::of(&join);
    // The sweep can save no more than the terms that it only bounds: a quarter of its products, and more.
    if remaining.products() * PREFIX_COST <= join.ranks.products(u32::MAX) / 4.0 {
        return join.by_prefixes(&remaining, progress);
    }
    let plan = join.sums_plan();
    if remaining.products() * PREFIX_COST / 2.0 <= plan.multiply_adds {
        return join.by_prefixes(&remaining, progress);
    }
    drop(remaining);
    join.by_sums(plan, progress)
}

/// The same by one way, whatever it costs.
#[must_use]
pub fn at_least_by(
    way: Way,
    matrix: &TfIdfMatrix,
    threshold: f32,
    progress: &dyn Progress,
) -> Vec<CosinePair> {
    let join = Join::of(matrix, threshold);
    match way {
        Way::Sums => join.by_sums(join.sums_plan(), progress),
        Way::Prefixes => join.by_prefixes(&Remaining::of(&join), progress),
    }
}

/// A join while it is computed.
struct Join<'a> {
    matrix: &'a TfIdfMatrix,
    threshold: f32,
    /// All rows.
    rows: Vec<u32>,
    ranks: Ranks,
    /// In no order.
    found: Mutex<Vec<CosinePair>>,
}

impl Sink for Join<'_> {
    fn floor(&self, _: u32) -> f32 {
        self.threshold
    }

    fn take(&self, row: u32, found: &[(u32, f32)]) {
        let enough = found.iter().filter(|(_, cosine)| *cosine >= self.threshold);
        let pairs = enough.map(|&(other, cosine)| CosinePair {
            a: DocId(row.min(other)),
            b: DocId(row.max(other)),
            cosine,
        });
        self.found.lock().unwrap_or_else(PoisonError::into_inner).extend(pairs);
    }
}

impl<'a> Join<'a> {
    fn of(matrix: &'a TfIdfMatrix, threshold: f32) -> Self {
        let rows: Vec<u32> = (0..matrix.n_documents() as u32).collect();
        let ranks = Ranks::of_rows(matrix, &rows);
        Self { matrix, threshold, rows, ranks, found: Mutex::default() }
    }

    /// Hands out what was found.
    fn sorted(&self) -> Vec<CosinePair> {
        let mut pairs = std::mem::take(&mut *self.found.lock().unwrap_or_else(PoisonError::into_inner));
        pairs.par_sort_unstable_by_key(|pair| (pair.a, pair.b));
        pairs
    }

    /// The cheapest sweep, told from some pairs.
    fn sums_plan(&self) -> Plan {
        let [lefts, rights] =
            [(LEFTS, 0), (RIGHTS, 1)].map(|(size, phase)| even_sample(self.rows.len(), size, phase));
        Plan::exact(self.matrix, &self.rows, &self.ranks, [&lefts, &rights], self)
    }

    fn by_sums(&self, plan: Plan, progress: &dyn Progress) -> Vec<CosinePair> {
        Sweep::over(self.matrix, &self.rows, &self.ranks, plan).all_pairs(self, progress);
        self.sorted()
    }

    fn by_prefixes(&self, remaining: &Remaining, progress: &dyn Progress) -> Vec<CosinePair> {
        let order = remaining.latest_cut_first();
        let postings = Postings::of(remaining, &order);
        let n_rows = order.len();
        let bucket = n_rows.div_ceil(BUCKETS).max(1);
        let scratch = || Scratch {
            sums: vec![0.0; n_rows],
            touched: Vec::new(),
            lengths: Vec::new(),
            full: vec![0.0; self.matrix.n_terms],
            found: Vec::new(),
        };
        let pool: Vec<Mutex<Scratch>> =
            (0..rayon::current_num_threads()).map(|_| Mutex::new(scratch())).collect();
        (0..n_rows).into_par_iter().step_by(CHUNK).for_each(|first| {
            let thread = rayon::current_thread_index().unwrap_or(0) % pool.len();
            let mut scratch = pool[thread].lock().unwrap_or_else(PoisonError::into_inner);
            let end = (first + CHUNK).min(n_rows);
            for place in first..end {
                let row = order[place] as usize;
                postings.accumulate(remaining.row(row), place as u32, &mut scratch);
                let latest =
                    order[..=place].iter().step_by(bucket).map(|&row| remaining.cuts[row as usize].rank);
                scratch.lengths.clear();
                scratch.lengths.extend(latest.map(|rank| remaining.length_before(row, rank)));
                self.pick(row, bucket, &postings, &mut scratch);
            }
            progress.advance((end - first) as u64);
        });
        self.sorted()
    }

    /// Let x be the row at hand and y one whose cut r is not before x's. Terms from r on remain in both, and the
    /// sum at hand is over all that they share. The terms before r are y's prefix, whose length p is known, and
    /// a part of x, whose length q is known for each of a few ranks: that of the first rank not before r
    /// will do. By Cauchy and Schwarz x.y <= sum + p q, so a pair for which this stays under the threshold is none
    /// (Anastasiu & Karypis 2014, L2AP, the l2 bound). Rows taken in order of falling cuts meet each pair once.
    fn pick(&self, row: usize, bucket: usize, postings: &Postings, scratch: &mut Scratch) {
        let Scratch { sums, touched, lengths, full, found } = scratch;
        let own = self.matrix.row(row);
        let floor = self.threshold - slack(own.0.len());
        let mut is_spread = false;
        found.clear();
        for &place in touched.iter() {
            let place = place as usize;
            let sum = std::mem::take(&mut sums[place]);
            if sum + postings.cut_lengths[place] * lengths[place / bucket] < floor {
                continue;
            }
            if !is_spread {
                scatter(own, full);
                is_spread = true;
            }
            let other = postings.rows[place];
            found.push((other, score(self.matrix.row(other as usize), full)));
        }
        touched.clear();
        if is_spread {
            clear(own.0, full);
            self.take(row as u32, found);
        }
    }
}

/// Where the remaining part of a row begins.
#[derive(Debug, Clone, Copy)]
struct Cut {
    /// The first rank that remains.
    rank: u32,
    /// Length of the prefix, rounded up.
    length: f32,
    /// Length of the whole row as far as any other shares its terms, rounded up.
    whole: f32,
}

/// What remains of every row: the rarest terms, from the one with which the prefix would reach the threshold.
///
/// Let x' and y' be the prefixes of two rows, over the ranks before their cuts, and y's cut the later one. If
/// the rows share no remaining term, every shared rank lies before y's cut: x.y <= |x| |y'| by Cauchy and
/// Schwarz. With |y'| < t / max |x|, which is the choice of the cut, no such pair reaches t. So pairs that do
/// share a remaining term of both (Bayardo, Ma & Srikant 2007, for maximum weights; lengths: L2AP).
struct Remaining {
    cuts: Vec<Cut>,
    /// Length of the longest row as far as others share its terms, rounded up.
    longest: f32,
    /// Where each row's entries begin; `n_rows + 1` long.
    begins: Vec<usize>,
    /// Rank, ascending within a row.
    ranks: Vec<u32>,
    weights: Vec<f32>,
    /// Length of the row before each entry, rounded up.
    lengths: Vec<f32>,
    n_ranks: usize,
}

impl Remaining {
    fn of(join: &Join) -> Self {
        let Join { matrix, ranks, .. } = join;
        let squares = |row: usize| -> f64 {
            let (terms, weights) = matrix.row(row);
            let shared = terms.iter().zip(weights).filter(|entry| ranks.of(*entry.0) != NONE);
            shared.map(|(_, &weight)| f64::from(weight) * f64::from(weight)).sum()
        };
        let longest = (0..matrix.n_documents()).into_par_iter().map(squares).reduce(|| 0.0, f64::max).sqrt();
        let mut whole = Self {
            cuts: Vec::new(),
            longest: (longest as f32).next_up(),
            begins: vec![0],
            ranks: Vec::new(),
            weights: Vec::new(),
            lengths: Vec::new(),
            n_ranks: ranks.len(),
        };
        let parts: Vec<Self> = join
            .rows
            .par_chunks(1024)
            .map(|rows| {
                let mut part = Self {
                    cuts: Vec::new(),
                    longest: whole.longest,
                    begins: Vec::new(),
                    ranks: Vec::new(),
                    weights: Vec::new(),
                    lengths: Vec::new(),
                    n_ranks: 0,
                };
                let mut sorted: Vec<(u32, f32)> = Vec::new();
                for &row in rows {
                    let (terms, weights) = matrix.row(row as usize);
                    sorted.clear();
                    let ranked = terms.iter().zip(weights).map(|(&term, &weight)| (ranks.of(term), weight));
                    sorted.extend(ranked.filter(|&(rank, _)| rank != NONE));
                    sorted.sort_unstable_by_key(|&(rank, _)| rank);
                    let floor = f64::from(join.threshold - slack(terms.len()));
                    part.push_row(&sorted, floor);
                }
                part
            })
            .collect();
        for part in parts {
            let base = whole.ranks.len();
            whole.cuts.extend_from_slice(&part.cuts);
            whole.begins.extend(part.begins.iter().map(|end| base + end));
            whole.ranks.extend_from_slice(&part.ranks);
            whole.weights.extend_from_slice(&part.weights);
            whole.lengths.extend_from_slice(&part.lengths);
        }
        whole
    }

    fn push_row(&mut self, sorted: &[(u32, f32)], floor: f64) {
        let longest = f64::from(self.longest);
        let mut squares = 0.0f64;
        let mut cut = None;
        for &(rank, weight) in sorted {
            let length = (squares.sqrt() as f32).next_up();
            squares += f64::from(weight) * f64::from(weight);
            // A few units above, for the roundings of this very comparison.
            if cut.is_none() && squares.sqrt() * longest * (1.0 + 1e-6) >= floor {
                cut = Some(Cut { rank, length, whole: 0.0 });
            }
            if cut.is_some() {
                self.ranks.push(rank);
                self.weights.push(weight);
                self.lengths.push(length);
            }
        }
        let whole = (squares.sqrt() as f32).next_up();
        let cut = cut.unwrap_or(Cut { rank: u32::MAX, length: whole, whole });
        self.cuts.push(Cut { whole, ..cut });
        self.begins.push(self.ranks.len());
    }

    fn row(&self, row: usize) -> (&[u32], &[f32]) {
        let range = self.begins[row]..self.begins[row + 1];
        (&self.ranks[range.clone()], &self.weights[range])
    }

    /// The rows, those with the latest cut first.
    fn latest_cut_first(&self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.cuts.len() as u32).collect();
        order.par_sort_unstable_by_key(|&row| (!self.cuts[row as usize].rank, row));
        order
    }

    /// Length of a row's terms before a rank that is not before its cut, rounded up.
    fn length_before(&self, row: usize, rank: u32) -> f32 {
        let range = self.begins[row]..self.begins[row + 1];
        let place = self.ranks[range.clone()].partition_point(|&other| other < rank);
        self.lengths[range].get(place).copied().unwrap_or(self.cuts[row].whole)
    }

    /// Products of all ordered pairs of rows over what remains of them.
    fn products(&self) -> f64 {
        let mut frequencies = vec![0u32; self.n_ranks];
        for &rank in &self.ranks {
            frequencies[rank as usize] += 1;
        }
        frequencies.iter().map(|&df| f64::from(df) * f64::from(df)).sum()
    }
}

/// Which rows hold what remains of each term; rows are told by their place in an order.
struct Postings<'a> {
    /// Where each rank's entries begin; one more than ranks.
    begins: Vec<usize>,
    /// Place and weight of each entry, by rank, then by place.
    entries: Vec<(u32, f32)>,
    /// By place: the row.
    rows: &'a [u32],
    /// By place: length of the row's prefix.
    cut_lengths: Vec<f32>,
}

impl<'a> Postings<'a> {
    fn of(remaining: &Remaining, rows: &'a [u32]) -> Self {
        let mut begins = vec![0usize; remaining.n_ranks + 1];
        for &rank in &remaining.ranks {
            begins[rank as usize + 1] += 1;
        }
        for rank in 0..remaining.n_ranks {
            begins[rank + 1] += begins[rank];
        }
        let mut next = begins.clone();
        let mut entries = vec![(0, 0.0); remaining.ranks.len()];
        for (place, &row) in (0u32..).zip(rows) {
            let (ranks, weights) = remaining.row(row as usize);
            for (&rank, &weight) in ranks.iter().zip(weights) {
                entries[next[rank as usize]] = (place, weight);
                next[rank as usize] += 1;
            }
        }
        let cut_lengths = rows.iter().map(|&row| remaining.cuts[row as usize].length).collect();
        Self { begins, entries, rows, cut_lengths }
    }

    /// Adds what a row shares with each row before its place.
    fn accumulate(&self, remaining: (&[u32], &[f32]), place: u32, scratch: &mut Scratch) {
        let Scratch { sums, touched, .. } = scratch;
        for (&rank, &weight) in remaining.0.iter().zip(remaining.1) {
            let range = self.begins[rank as usize]..self.begins[rank as usize + 1];
            for &(other, other_weight) in self.entries[range].iter().take_while(|entry| entry.0 < place) {
                let sum = &mut sums[other as usize];
                if *sum == 0.0 {
                    touched.push(other);
                }
                *sum += weight * other_weight;
            }
        }
    }
}

/// What a thread needs for one row.
struct Scratch {
    /// By place: what is shared so far.
    sums: Vec<f32>,
    /// Places with a sum.
    touched: Vec<u32>,
    /// By bucket of places: length of the row before the latest cut there.
    lengths: Vec<f32>,
    full: Vec<f32>,
    found: Vec<(u32, f32)>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pairs::neighbors::tests::matrix;
    use crate::progress::Silent;
    use crate::vectors::cosine;
    use proptest::prelude::*;

    fn brute_force(matrix: &TfIdfMatrix, threshold: f32) -> Vec<CosinePair> {
        let n = matrix.n_documents();
        let all = (0..n).flat_map(|a| (a + 1..n).map(move |b| (a, b)));
        all.map(|(a, b)| CosinePair {
            a: DocId(a as u32),
            b: DocId(b as u32),
            cosine: cosine(matrix.row(a), matrix.row(b)),
        })
        .filter(|pair| pair.cosine >= threshold)
        .collect()
    }

    /// Common and rare terms, as text has them: the term at place p stands in about one row of p / 2 + 2.
    fn rows(n_terms: usize) -> impl Strategy<Value = Vec<Vec<u8>>> {
        let row = (0..n_terms)
            .map(|place| {
                let weight = place as u32 / 2 + 1;
                prop_oneof![weight => Just(0u8), 1 => 1..4u8]
            })
            .collect::<Vec<_>>();
        let kinds = prop::collection::vec(row, 1..40);
        // Some rows are repeated, so that equal ones occur.
        (kinds, prop::collection::vec(any::<prop::sample::Index>(), 1..60)).prop_map(|(kinds, picks)| {
            picks.iter().map(|pick| kinds[pick.index(kinds.len())].clone()).collect()
        })
    }

    proptest! {
        #[test]
        fn no_pair_is_missed_by_either_way(rows in rows(14), threshold in 0.1f32..0.95) {
            let matrix = matrix(&rows);
            let expected = brute_force(&matrix, threshold);
            for way in [Way::Sums, Way::Prefixes] {
                prop_assert_eq!(&at_least_by(way, &matrix, threshold, &Silent), &expected);
            }
            prop_assert_eq!(&at_least(&matrix, threshold, &Silent), &expected);
        }

        #[test]
        fn a_cosine_that_equals_the_threshold_is_enough(rows in rows(10), pick in any::<prop::sample::Index>()) {
            let matrix = matrix(&rows);
            let all = brute_force(&matrix, f32::MIN_POSITIVE);
            prop_assume!(!all.is_empty());
            let threshold = all[pick.index(all.len())].cosine;
            let expected = brute_force(&matrix, threshold);
            for way in [Way::Sums, Way::Prefixes] {
                prop_assert_eq!(&at_least_by(way, &matrix, threshold, &Silent), &expected);
            }
        }

        #[test]
        fn every_cap_of_the_sweep_finds_all(rows in rows(14), threshold in 0.1f32..0.95, cap in 1..60u32) {
            let matrix = matrix(&rows);
            let found = Join::of(&matrix, threshold).by_sums(Plan { cap, believed: 1.0, multiply_adds: 0.0 }, &Silent);
            prop_assert_eq!(found, brute_force(&matrix, threshold));
        }
    }

    /// Rows of 24 terms, some common and some rare, enough for several tiles.
    fn many_rows() -> TfIdfMatrix {
        let holds = |row: u32, term: u32| {
            let draw = row.wrapping_mul(2_654_435_761).wrapping_add(term.wrapping_mul(40_503 * 65_537)) >> 7;
            draw.is_multiple_of(2 + term / 2)
        };
        let rows: Vec<Vec<u8>> =
            (0..9_000u32).map(|row| (0..24).map(|term| u8::from(holds(row, term))).collect()).collect();
        matrix(&rows)
    }

    #[test]
    fn both_ways_agree_across_tiles_and_threads() {
        let matrix = many_rows();
        let sums = at_least_by(Way::Sums, &matrix, 0.93, &Silent);
        assert!(sums.len() > 1_000, "{}", sums.len());
        assert!(sums.windows(2).all(|pair| (pair[0].a, pair[0].b) < (pair[1].a, pair[1].b)));
        assert_eq!(sums, at_least_by(Way::Prefixes, &matrix, 0.93, &Silent));
        let sample: Vec<CosinePair> = sums.iter().filter(|pair| pair.a.0 < 3).copied().collect();
        let n = matrix.n_documents();
        let expected = (0..3).flat_map(|a| (a + 1..n).map(move |b| (a, b)));
        let expected = expected.filter(|&(a, b)| cosine(matrix.row(a), matrix.row(b)) >= 0.93).count();
        assert_eq!(sample.len(), expected);
        let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a pool of one thread");
        assert_eq!(alone.install(|| at_least(&matrix, 0.93, &Silent)), sums);
    }

    #[test]
    fn nothing_in_gives_nothing_out() {
        assert_eq!(at_least(&TfIdfMatrix::default(), 0.5, &Silent), []);
        assert_eq!(at_least(&matrix(&[vec![0, 0], vec![0, 0]]), 0.5, &Silent), []);
    }
}
