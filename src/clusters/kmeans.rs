//! Spherical k-means: groups of rows of length 1 around centroids of length 1 (Dhillon & Modha 2001),
//! begun by k-means++ (Arthur & Vassilvitskii 2007), best of several starts.

use ndarray::{Array2, ArrayView1, ArrayView2, Axis};
use rayon::prelude::*;

use super::sparse::ROWS_AT_A_TIME;
use crate::random::Random;

/// A round that raises the mean cosine by less is the last.
const STANDS_STILL: f64 = 1e-5;

/// Rows in `k` groups.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Grouping {
    /// Each row's group, below `k`.
    pub(super) groups: Vec<u32>,
    /// k x dimensions, rows of length 1 (or zero for a group without rows).
    pub(super) centroids: Array2<f32>,
    /// Mean cosine of a row to its centroid, -1..=1.
    pub(super) objective: f64,
}

/// The best of `starts` runs by `quality` (greater is better), which may still move rows. `rows` have length 1 or are all zero (those
/// join the first group). The starts run on at most `sampled` rows, spread evenly, and each is settled on all.
#[must_use]
pub(super) fn group(
    rows: &Array2<f32>,
    k: usize,
    plan: Plan,
    quality: impl Fn(&mut Grouping) -> f64,
) -> (Grouping, f64) {
    let k = k.clamp(1, rows.nrows().max(1));
    let step = rows.nrows().div_ceil(plan.sampled.max(k)).max(1);
    let sample = rows.select(Axis(0), &(0..rows.nrows()).step_by(step).collect::<Vec<_>>());
    let mut best: Option<(Grouping, f64)> = None;
    for start in 0..plan.starts.max(1) as u64 {
        let mut random = Random::new(plan.seed ^ (start + 1).wrapping_mul(0xd6e8_feb8_6659_fd93));
        let mut found = refine(&sample, plus_plus(&sample, k, &mut random), plan.rounds).0;
        if step > 1 {
            found = refine(rows, found.centroids, plan.last_rounds).0;
        }
        let value = quality(&mut found);
        if best.as_ref().is_none_or(|best| value > best.1) {
            best = Some((found, value));
        }
    }
    best.unwrap_or_else(|| {
        let centroids = Array2::zeros((k, rows.ncols()));
        (Grouping { groups: Vec::new(), centroids, objective: 0.0 }, 0.0)
    })
}

/// How hard to look.
#[derive(Debug, Clone, Copy)]
pub(super) struct Plan {
    /// Runs from different beginnings.
    pub(super) starts: usize,
    /// Rows that take part until the groups stand.
    pub(super) sampled: usize,
    /// Rounds at most, on those rows.
    pub(super) rounds: usize,
    /// Rounds at most on all rows, if there are more.
    pub(super) last_rounds: usize,
    /// Decides every draw.
    pub(super) seed: u64,
}

/// Assigns and averages until nothing moves; beside it, the objective after every round (never falling).
pub(super) fn refine(rows: &Array2<f32>, mut centroids: Array2<f32>, rounds: usize) -> (Grouping, Vec<f64>) {
    let mut objectives: Vec<f64> = Vec::new();
    let (mut groups, mut cosines) = assign(rows, &centroids);
    for _ in 0..rounds {
        let objective = mean(&cosines);
        let is_still = objectives.last().is_some_and(|last| objective - last < STANDS_STILL);
        objectives.push(objective);
        if is_still {
            break;
        }
        centroids = average(rows, &groups, &cosines, centroids.nrows());
        (groups, cosines) = assign(rows, &centroids);
    }
    let objective = mean(&cosines);
    (Grouping { groups, centroids, objective }, objectives)
}

/// Each row's nearest centroid (the first of equals) and the cosine to it.
pub(super) fn assign(rows: &Array2<f32>, centroids: &Array2<f32>) -> (Vec<u32>, Vec<f32>) {
    let pieces: Vec<Vec<(u32, f32)>> = rows
        .axis_chunks_iter(Axis(0), ROWS_AT_A_TIME)
        .into_par_iter()
        .map(|rows: ArrayView2<f32>| {
            let cosines = rows.dot(&centroids.t());
            cosines.outer_iter().map(|cosines| best_of(&cosines)).collect()
        })
        .collect();
    pieces.into_iter().flatten().unzip()
}

/// The greatest of some values (the first of equals) and its place.
pub(super) fn best_of(values: &ArrayView1<f32>) -> (u32, f32) {
    let mut best = (0u32, f32::NEG_INFINITY);
    for (place, &value) in (0u32..).zip(values) {
        if value > best.1 {
            best = (place, value);
        }
    }
    best
}

/// The centroids of the groups; one left empty takes the row farthest from its own.
pub(super) fn average(rows: &Array2<f32>, groups: &[u32], cosines: &[f32], k: usize) -> Array2<f32> {
    let pieces: Vec<Array2<f32>> = rows
        .axis_chunks_iter(Axis(0), ROWS_AT_A_TIME * 8)
        .into_par_iter()
        .zip(groups.par_chunks(ROWS_AT_A_TIME * 8))
        .map(|(rows, groups)| {
            let mut sums = Array2::zeros((k, rows.ncols()));
            for (row, &group) in rows.outer_iter().zip(groups) {
                sums.row_mut(group as usize).scaled_add(1.0, &row);
            }
            sums
        })
        .collect();
    let mut sums = pieces.into_iter().fold(Array2::zeros((k, rows.ncols())), |sum, piece| sum + piece);
    let mut taken = vec![false; rows.nrows()];
    for mut sum in sums.outer_iter_mut() {
        if sum.iter().all(|&x| x == 0.0) {
            let farthest = (0..rows.nrows())
                .filter(|&row| !taken[row] && rows.row(row).iter().any(|&x| x != 0.0))
                .min_by(|&left, &right| cosines[left].total_cmp(&cosines[right]));
            if let Some(row) = farthest {
                taken[row] = true;
                sum.assign(&rows.row(row));
            }
        }
    }
    unit_rows(&mut sums);
    sums
}

/// k rows far from each other, drawn with chance proportional to 1 - cosine to the nearest drawn before.
fn plus_plus(rows: &Array2<f32>, k: usize, random: &mut Random) -> Array2<f32> {
    let n = rows.nrows();
    let mut centroids = Array2::zeros((k, rows.ncols()));
    if n == 0 {
        return centroids;
    }
    let mut distances = vec![1.0f32; n];
    for place in 0..k {
        let total: f64 = distances.iter().map(|&x| f64::from(x)).sum();
        let chosen = if place == 0 || total <= 0.0 {
            random.below(n)
        } else {
            let mut left = random.unit() * total;
            distances
                .iter()
                .position(|&distance| {
                    left -= f64::from(distance);
                    left < 0.0
                })
                .unwrap_or(n - 1)
        };
        centroids.row_mut(place).assign(&rows.row(chosen));
        let cosines = rows.dot(&rows.row(chosen));
        for (distance, &cosine) in distances.iter_mut().zip(&cosines) {
            *distance = distance.min((1.0 - cosine).max(0.0));
        }
    }
    centroids
}

/// Scales every row to length 1; zero rows stay.
pub(super) fn unit_rows(table: &mut Array2<f32>) {
    table.axis_iter_mut(Axis(0)).into_par_iter().for_each(|mut row| {
        let length = row.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt();
        if length > 1e-12 {
            row.mapv_inplace(|x| (f64::from(x) / length) as f32);
        } else {
            row.fill(0.0);
        }
    });
}

fn mean(cosines: &[f32]) -> f64 {
    cosines.iter().map(|&x| f64::from(x)).sum::<f64>() / cosines.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows around `k` axes.
    fn blobs(n: usize, k: usize, dimensions: usize) -> Array2<f32> {
        let mut random = Random::new(9);
        let mut rows = Array2::from_shape_simple_fn((n, dimensions), || random.normal() * 0.2);
        for row in 0..n {
            rows[[row, row % k]] += 1.0;
        }
        unit_rows(&mut rows);
        rows
    }

    fn best(rows: &Array2<f32>, k: usize) -> Grouping {
        let plan = Plan { starts: 4, sampled: 400, rounds: 100, last_rounds: 100, seed: 42 };
        group(rows, k, plan, |found| found.objective).0
    }

    #[test]
    fn the_objective_never_falls() {
        let rows = blobs(400, 7, 12);
        let (_, objectives) = refine(&rows, plus_plus(&rows, 7, &mut Random::new(3)), 100);
        assert!(objectives.len() > 1 && objectives.windows(2).all(|pair| pair[1] >= pair[0] - 1e-6));
    }

    #[test]
    fn groups_are_found_and_do_not_depend_on_threads() {
        let rows = blobs(1500, 5, 12);
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| best(&rows, 5))
        };
        let found = on(1);
        assert_eq!(found, on(3));
        let right = (0..1500).filter(|&row| found.groups[row] == found.groups[row % 5]).count();
        assert!(right > 1470, "{right} of 1500");
    }

    #[test]
    fn odd_sizes_do_no_harm() {
        assert_eq!(best(&Array2::zeros((0, 4)), 3).groups.len(), 0);
        assert_eq!(best(&Array2::zeros((6, 4)), 3).groups, vec![0; 6]);
        assert_eq!(best(&blobs(3, 3, 4), 10).centroids.nrows(), 3);
        assert_eq!(best(&blobs(30, 3, 4), 1).groups, vec![0; 30]);
    }
}
