//! The map: a place in the plane for every document, for a picture that shows what lies near what.
//!
//! In a large drop, themes are laid out first (stress majorization of the distances between their centroids: SMACOF,
//! de Leeuw 1977) and moved apart until they do not overlap, each with room by its size. A document stands with its
//! theme, drawn towards others it is like, and the two strongest directions within the theme spread its documents.
//! In a handful, the documents themselves are laid out by their cosines. Two dimensions cannot keep every distance: the
//! map is a picture, and nothing is decided from it.
//!
//! Every sum runs in a fixed order, so the same map comes out on any number of threads.

use ndarray::{Array1, Array2, ArrayView1};
use rayon::prelude::*;

use super::kmeans::Grouping;

/// Rounds of majorization; the stress of sixty points stands still long before.
const ROUNDS: usize = 300;
/// Rounds of moving discs apart.
const APART: usize = 400;
/// Room between two discs, as a share of the greatest radius.
const GAP: f64 = 0.12;
/// Rounds of power iteration for the directions within a theme.
const POWER: usize = 12;

/// A place in the unit square.
pub type Place = [f32; 2];

/// Places of the rows of a table of themes; `table` has rows of length 1 (or zero).
pub(super) fn of_table(table: &Array2<f32>, grouping: &Grouping) -> Vec<Place> {
    let k = grouping.centroids.nrows();
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); k];
    for (row, &group) in grouping.groups.iter().enumerate() {
        members[group as usize].push(row);
    }
    let n = grouping.groups.len().max(1) as f64;
    let radii: Vec<f64> = members.iter().map(|rows| (rows.len() as f64 / n).sqrt()).collect();
    let centers = discs(&centroid_distances(&grouping.centroids), &radii);
    let placed: Vec<Vec<(usize, [f64; 2])>> = members
        .par_iter()
        .enumerate()
        .map(|(group, rows)| {
            let spread = within(table, rows, &grouping.centroids.row(group));
            let place = |(&row, offset): (&usize, &[f64; 2])| {
                let pulled = pull(&table.row(row), grouping, &centers, group);
                let center = centers[group];
                let reach = 0.9 * radii[group];
                let at = [0, 1].map(|axis| center[axis] + 0.35 * pulled[axis] + reach * offset[axis]);
                (row, at)
            };
            rows.iter().zip(&spread).map(place).collect()
        })
        .collect();
    let mut places = vec![[0.0; 2]; grouping.groups.len()];
    for (row, place) in placed.into_iter().flatten() {
        places[row] = place;
    }
    squared(&places)
}

/// Places of documents by their cosines, 0..=1; the table is symmetric.
pub(super) fn of_cosines(cosines: &Array2<f32>) -> Vec<Place> {
    let n = cosines.nrows();
    let distances = Array2::from_shape_fn((n, n), |at| {
        if at.0 == at.1 { 0.0 } else { (2.0 * (1.0 - f64::from(cosines[at]).clamp(0.0, 1.0))).sqrt() }
    });
    squared(&majorize(&distances))
}

/// Distances between rows of length 1.
fn centroid_distances(centroids: &Array2<f32>) -> Array2<f64> {
    let k = centroids.nrows();
    Array2::from_shape_fn((k, k), |(i, j)| {
        let cosine =
            centroids.row(i).iter().zip(centroids.row(j)).map(|(x, y)| f64::from(x * y)).sum::<f64>();
        if i == j { 0.0 } else { (2.0 * (1.0 - cosine.clamp(-1.0, 1.0))).sqrt() }
    })
}

/// Points in the plane whose distances come close to those given.
fn majorize(distances: &Array2<f64>) -> Vec<[f64; 2]> {
    let n = distances.nrows();
    let mut points = beginning(n);
    for _ in 0..if n < 2 { 0 } else { ROUNDS } {
        // The Guttman transform with equal weights: each point goes where the others would have it, on average.
        points = (0..n)
            .map(|i| {
                let mut sum = [0.0; 2];
                for j in (0..n).filter(|&j| j != i) {
                    let apart = length(difference(points[i], points[j])).max(1e-9);
                    for axis in 0..2 {
                        sum[axis] +=
                            points[j][axis] + distances[(i, j)] * (points[i][axis] - points[j][axis]) / apart;
                    }
                }
                sum.map(|x| x / (n as f64 - 1.0))
            })
            .collect();
    }
    points
}

/// Points on a sunflower: all different, no two directions alike, and no sine whose last bit a system rounds its own way.
fn beginning(n: usize) -> Vec<[f64; 2]> {
    // Cosine and sine of the golden angle: each point is the one before, turned.
    let turn = [-0.737_368_878_078_320_2, 0.675_490_294_261_523_9];
    let mut direction = [1.0, 0.0];
    (0..n)
        .map(|place| {
            let [x, y] = direction;
            direction = [x * turn[0] - y * turn[1], x * turn[1] + y * turn[0]];
            let reach = ((place as f64 + 0.5) / n as f64).sqrt();
            [x * reach, y * reach]
        })
        .collect()
}

/// Centers of discs with these radii, near where the distances want them, none over another.
fn discs(distances: &Array2<f64>, radii: &[f64]) -> Vec<[f64; 2]> {
    let mut centers = majorize(distances);
    let greatest = radii.iter().copied().fold(0.0, f64::max);
    let gap = GAP * greatest;
    for _ in 0..APART {
        let mut moved = false;
        for i in 0..centers.len() {
            for j in i + 1..centers.len() {
                let apart = difference(centers[j], centers[i]);
                let far = length(apart).max(1e-9);
                let missing = radii[i] + radii[j] + gap - far;
                if missing > 1e-6 {
                    moved = true;
                    let step = apart.map(|x| 0.5 * missing * x / far);
                    for axis in 0..2 {
                        centers[i][axis] -= step[axis];
                        centers[j][axis] += step[axis];
                    }
                }
            }
        }
        if !moved {
            break;
        }
    }
    centers
}

/// Where other themes draw a document: the mean of the ways to them, weighed by how like them it is.
fn pull(row: &ArrayView1<'_, f32>, grouping: &Grouping, centers: &[[f64; 2]], own: usize) -> [f64; 2] {
    let mut total = 0.0;
    let mut sum = [0.0; 2];
    for (group, centroid) in grouping.centroids.outer_iter().enumerate() {
        let cosine = f64::from(row.dot(&centroid)).max(0.0);
        let weight = cosine.powi(8);
        total += weight;
        if group != own {
            let way = difference(centers[group], centers[own]);
            for axis in 0..2 {
                sum[axis] += weight * way[axis];
            }
        }
    }
    if total > 0.0 { sum.map(|x| x / total) } else { sum }
}

/// Offsets within the unit disc: the two strongest directions among the rows of a theme, the mean in the middle.
fn within(table: &Array2<f32>, rows: &[usize], centroid: &ArrayView1<'_, f32>) -> Vec<[f64; 2]> {
    let n = rows.len();
    let mean = table.select(ndarray::Axis(0), rows).mean_axis(ndarray::Axis(0));
    let mean = mean.unwrap_or_else(|| centroid.to_owned());
    let mut found: Vec<Array1<f32>> = Vec::new();
    let mut coordinates = vec![[0.0; 2]; n];
    for axis in 0..2 {
        // Begins with the row farthest from the mean, which the wanted direction is seldom square to.
        let far = rows.iter().max_by(|p, q| {
            let away = |row: usize| (&table.row(row) - &mean).mapv(|x| x * x).sum();
            away(**p).total_cmp(&away(**q)).then(q.cmp(p))
        });
        let Some(&far) = far else { break };
        let mut direction = &table.row(far) - &mean;
        for _ in 0..POWER {
            if !square_to(&found, &mut direction) {
                break;
            }
            let mut next = Array1::zeros(direction.len());
            for &row in rows {
                let away = &table.row(row) - &mean;
                next.scaled_add(away.dot(&direction), &away);
            }
            direction = next;
        }
        if !square_to(&found, &mut direction) {
            break;
        }
        // A direction and its opposite are one: the greatest part points up.
        let greatest =
            direction.iter().copied().fold(0.0_f32, |most, x| if x.abs() > most.abs() { x } else { most });
        if greatest < 0.0 {
            direction.mapv_inplace(|x| -x);
        }
        for (coordinate, &row) in coordinates.iter_mut().zip(rows) {
            coordinate[axis] = f64::from((&table.row(row) - &mean).dot(&direction));
        }
        found.push(direction);
    }
    let deviation = |axis: usize| {
        (coordinates.iter().map(|at| at[axis] * at[axis]).sum::<f64>() / n.max(1) as f64).sqrt().max(1e-9)
    };
    let deviations = [deviation(0), deviation(1)];
    coordinates
        .iter()
        .map(|at| {
            let unit = [at[0] / deviations[0], at[1] / deviations[1]];
            unit.map(|x| x / (1.0 + length(unit)))
        })
        .collect()
}

/// Makes a direction square to those before it, and of length 1; false where nothing is left of it.
fn square_to(before: &[Array1<f32>], direction: &mut Array1<f32>) -> bool {
    for other in before {
        let along = direction.dot(other);
        direction.scaled_add(-along, other);
    }
    let long = direction.dot(direction).sqrt();
    if long >= 1e-9 {
        *direction /= long;
    }
    long >= 1e-9
}

fn difference(p: [f64; 2], q: [f64; 2]) -> [f64; 2] {
    [p[0] - q[0], p[1] - q[1]]
}

fn length(p: [f64; 2]) -> f64 {
    (p[0] * p[0] + p[1] * p[1]).sqrt()
}

/// The same picture in the unit square; its longer side fills it, its shorter one stands in the middle.
fn squared(points: &[[f64; 2]]) -> Vec<Place> {
    let bound = |axis: usize| {
        let values = points.iter().map(|point| point[axis]);
        values.fold((f64::MAX, f64::MIN), |(low, high), x| (low.min(x), high.max(x)))
    };
    let bounds = [bound(0), bound(1)];
    let span = bounds.iter().map(|(low, high)| high - low).fold(1e-9, f64::max);
    points
        .iter()
        .map(|point| {
            [0, 1].map(|axis| {
                let (low, high) = bounds[axis];
                (0.5 + (point[axis] - 0.5 * (low + high)) / span).clamp(0.0, 1.0) as f32
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apart(p: Place, q: Place) -> f32 {
        ((p[0] - q[0]).powi(2) + (p[1] - q[1]).powi(2)).sqrt()
    }

    #[test]
    fn documents_that_are_alike_lie_near_each_other() {
        // Two pairs of near copies and one stranger.
        let cosine = |i: usize, j: usize| {
            if i == j {
                1.0
            } else if i / 2 == j / 2 {
                0.9
            } else {
                0.05
            }
        };
        let places = of_cosines(&Array2::from_shape_fn((5, 5), |(i, j)| cosine(i, j)));
        for (one, other) in [(0, 1), (2, 3)] {
            for stranger in (0..5).filter(|&at| at != one && at != other) {
                assert!(apart(places[one], places[other]) < 0.6 * apart(places[one], places[stranger]));
            }
        }
        assert!(places.iter().flatten().all(|x| (0.0..=1.0).contains(x)));
    }

    #[test]
    fn three_points_keep_their_distances() {
        let distances = ndarray::array![[0.0, 3.0, 4.0], [3.0, 0.0, 5.0], [4.0, 5.0, 0.0]];
        let points = majorize(&distances);
        for (i, j) in [(0, 1), (0, 2), (1, 2)] {
            assert!((length(difference(points[i], points[j])) - distances[(i, j)]).abs() < 1e-3);
        }
    }

    #[test]
    fn discs_do_not_overlap_and_stay_in_order() {
        let k = 12;
        let distances = Array2::from_shape_fn((k, k), |(i, j)| (i as f64 - j as f64).abs() * 0.01);
        let radii: Vec<f64> = (0..k).map(|i| 0.1 + 0.02 * i as f64).collect();
        let centers = discs(&distances, &radii);
        for i in 0..k {
            for j in i + 1..k {
                assert!(length(difference(centers[i], centers[j])) > 0.97 * (radii[i] + radii[j]), "{i} {j}");
            }
        }
    }

    #[test]
    fn few_or_equal_rows_have_places_too() {
        assert!(of_cosines(&Array2::zeros((0, 0))).is_empty());
        assert_eq!(of_cosines(&ndarray::array![[1.0]]), [[0.5, 0.5]]);
        let table = Array2::from_elem((4, 3), 0.577_350_26);
        let grouping = Grouping {
            groups: vec![0; 4],
            centroids: Array2::from_elem((1, 3), 0.577_350_26),
            objective: 1.0,
        };
        assert!(of_table(&table, &grouping).iter().flatten().all(|x| x.is_finite()));
    }

    #[test]
    fn a_document_stands_with_its_theme() {
        let mut random = crate::random::Random::new(3);
        let mut table = Array2::from_shape_fn((300, 8), |(row, column)| {
            (if row % 3 == column { 4.0 } else { 0.0 }) + random.normal()
        });
        super::super::kmeans::unit_rows(&mut table);
        let mut centroids = Array2::zeros((3, 8));
        for (row, place) in table.outer_iter().enumerate() {
            centroids.row_mut(row % 3).scaled_add(1.0, &place);
        }
        super::super::kmeans::unit_rows(&mut centroids);
        let grouping = Grouping { groups: (0..300).map(|row| row % 3).collect(), centroids, objective: 0.9 };
        let places = of_table(&table, &grouping);
        let center = |group: usize| {
            let own: Vec<Place> = places.iter().copied().skip(group).step_by(3).collect();
            [0, 1].map(|axis| own.iter().map(|at| at[axis]).sum::<f32>() / own.len() as f32)
        };
        let centers = [center(0), center(1), center(2)];
        let at_home = places.iter().enumerate().filter(|(row, place)| {
            (0..3).all(|other| apart(**place, centers[row % 3]) <= apart(**place, centers[other]))
        });
        assert!(at_home.count() > 270);
    }
}
