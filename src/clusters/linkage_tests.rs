//! Average linkage, held against its definition.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::expansion::{SparseRow, cosine};
use super::*;

fn matrix(rows: &[Vec<f32>]) -> Vec<SparseRow> {
    let row = |row: &Vec<f32>| {
        let length = row.iter().map(|weight| weight * weight).sum::<f32>().sqrt();
        let held = (0u32..).zip(row).filter(|(_, weight)| **weight > 0.0);
        held.map(|(term, &weight)| (term, weight / length)).collect()
    };
    rows.iter().map(row).collect()
}

fn all_pairs(rows: &[SparseRow]) -> Vec<(u32, u32, f32)> {
    let n = rows.len();
    let pairs = (0..n).flat_map(|left| (left + 1..n).map(move |right| (left, right)));
    let cosines = pairs.map(|(a, b)| (a as u32, b as u32, cosine(&rows[a], &rows[b])));
    cosines.filter(|pair| pair.2 > 0.0).collect()
}

fn of_one(
    rows: &[SparseRow],
    leaves: &[Leaf],
    edges: impl Iterator<Item = (u32, u32, f32)>,
) -> Groups<'static> {
    let rows = Rows::Given(ExpandedRows::Held(rows.to_vec()));
    Groups::of_one(rows, 6, leaves, edges, 8.0)
}

fn groups_of(rows: &[SparseRow], leaves: &[Leaf], cut: f64) -> Vec<Vec<usize>> {
    let mut groups = of_one(rows, leaves, all_pairs(rows).into_iter());
    groups.merge_down_to(cut);
    let mut found: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for row in 0..rows.len() {
        found.entry(groups.name_of(row as u32)).or_default().push(row);
    }
    found.into_values().collect()
}

/// Average linkage from its definition, over all pairs.
fn oracle(rows: &[SparseRow], leaves: &[Leaf], cut: f64) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = (0..rows.len()).map(|row| vec![row]).collect();
    let strength = |left: &[usize], right: &[usize]| {
        let (mut cosines, mut reach) = (0.0, 0.0);
        for &a in left {
            for &b in right {
                cosines += f64::from(cosine(&rows[a], &rows[b]));
                reach += leaves[a].reach * leaves[b].reach;
            }
        }
        cosines / reach
    };
    loop {
        let mut best = (0.0, 0, 0);
        for left in 0..groups.len() {
            for right in left + 1..groups.len() {
                let found = strength(&groups[left], &groups[right]);
                if found > best.0 + 1e-9 {
                    best = (found, left, right);
                }
            }
        }
        if best.0 < cut {
            for group in &mut groups {
                group.sort_unstable();
            }
            groups.sort();
            return groups;
        }
        let part = groups.remove(best.2);
        groups[best.1].extend(part);
    }
}

proptest! {
    #[test]
    fn with_all_pairs_linked_the_groups_are_those_of_average_linkage(
        rows in proptest::collection::vec(proptest::collection::vec(0.0f32..1.0, 6), 1..14),
        cut in 0.3f64..1.2,
    ) {
        let rows: Vec<Vec<f32>> = rows
            .into_iter()
            .map(|row| row.into_iter().map(|weight| if weight < 0.5 { 0.0 } else { weight }).collect())
            .collect();
        let rows = matrix(&rows);
        let leaf = |row: usize| Leaf { reach: 0.5 + 0.03 * row as f64, day: None };
        let leaves: Vec<Leaf> = (0..rows.len()).map(leaf).collect();
        prop_assert_eq!(groups_of(&rows, &leaves, cut), oracle(&rows, &leaves, cut));
    }
}

#[test]
fn rows_of_zeros_stay_alone() {
    let rows = matrix(&[vec![0.0; 4], vec![0.0; 4], vec![1.0, 0.0, 0.0, 1.0], vec![1.0, 0.0, 0.0, 0.9]]);
    let leaves = vec![Leaf { reach: 1.0, day: None }; 4];
    assert_eq!(groups_of(&rows, &leaves, 0.1), [vec![0], vec![1], vec![2, 3]]);
}

#[test]
fn time_parts_what_words_do_not() {
    let rows = matrix(&[vec![1.0, 0.5], vec![1.0, 0.6], vec![1.0, 0.5]]);
    let leaves: Vec<Leaf> = [Some(0.0), Some(1.0), Some(300.0)].map(|day| Leaf { reach: 1.0, day }).into();
    assert_eq!(groups_of(&rows, &leaves, 0.5), [vec![0, 1], vec![2]]);
    let undated: Vec<Leaf> = [Some(0.0), Some(300.0), None].map(|day| Leaf { reach: 1.0, day }).into();
    assert_eq!(groups_of(&rows, &undated, 0.5), [vec![0, 2], vec![1]]);
}

#[test]
fn parts_of_two_things_are_held_apart() {
    // Neighbors on a fan: the first two like each other most.
    let turned = |step: f64| vec![(0.5 * step).cos() as f32, (0.5 * step).sin() as f32];
    let rows = matrix(&[turned(0.0), turned(0.9), turned(2.0)]);
    let leaves = vec![Leaf { reach: 1.0, day: None }; 3];
    let found = |told: &[(u32, u32)]| -> Vec<u32> {
        let mut groups = of_one(&rows, &leaves, all_pairs(&rows).into_iter());
        for &(row, part_of) in told {
            groups.tell_apart(row, part_of, 0.6);
        }
        groups.merge_down_to(0.8);
        (0..3).map(|row| groups.name_of(row)).collect()
    };
    assert_eq!(found(&[]), [0, 0, 2]);
    assert_eq!(found(&[(0, 3), (1, 7), (2, 9)]), [0, 1, 2]);
    // Parts of one thing are as any others, and so is one of which nothing is told.
    assert_eq!(found(&[(0, 7), (1, 7)]), [0, 0, 2]);
    assert_eq!(found(&[(0, 3), (1, 7), (2, 7)]), [0, 1, 1]);
    assert_eq!(found(&[(0, 3), (2, 9)]), [0, 0, 2]);
}

#[test]
fn the_more_is_known_of_two_things_the_further_they_are_held_apart() {
    // Two pairs, as strongly linked as two rows that merge.
    let rows = matrix(&[vec![1.0, 0.0], vec![1.0, 0.0], vec![1.0, 1.0], vec![1.0, 1.0]]);
    let leaves = vec![Leaf { reach: 1.0, day: None }; 4];
    let is_one = |told: &[(u32, u32)]| {
        let mut groups = of_one(&rows, &leaves, all_pairs(&rows).into_iter());
        for &(row, part_of) in told {
            groups.tell_apart(row, part_of, 0.9);
        }
        groups.merge_down_to(0.5);
        groups.name_of(0) == groups.name_of(3)
    };
    assert!(is_one(&[]) && is_one(&[(0, 0), (2, 2)]));
    // Rows that nothing was told of count for nothing.
    assert!(is_one(&[(0, 0), (1, 0), (2, 2)]));
    assert!(!is_one(&[(0, 0), (1, 0), (2, 2), (3, 2)]));
}

#[test]
fn links_of_merged_groups_are_the_sums_of_all_their_cosines() {
    let rows = matrix(&[vec![1.0, 0.2, 0.0], vec![0.9, 0.3, 0.1], vec![0.1, 0.3, 1.0]]);
    let leaves = vec![Leaf { reach: 1.0, day: None }; 3];
    // Only 1-2 is a neighbor pair: 0-2 is computed when 0 and 1 merge.
    let pairs = all_pairs(&rows).into_iter().filter(|pair| (pair.0, pair.1) != (0, 2));
    let mut groups = of_one(&rows, &leaves, pairs);
    groups.merge(0, 1);
    let mean = f32::midpoint(cosine(&rows[0], &rows[2]), cosine(&rows[1], &rows[2]));
    assert!((groups.mean_cosine(0, 2).unwrap() - f64::from(mean)).abs() < 1e-6);
}

#[test]
fn many_links_are_completed_as_few_are() {
    // Two rows in the middle, each near to many that the other does not know.
    let turned = |step: usize| vec![(0.01 * step as f32).cos(), (0.01 * step as f32).sin()];
    let rows = matrix(&(0..2 + 3 * FEW).map(turned).collect::<Vec<_>>());
    let leaves = vec![Leaf { reach: 1.0, day: None }; rows.len()];
    let others = 2..rows.len() as u32;
    let known = others
        .clone()
        .map(|other| (other % 2, other, cosine(&rows[other as usize % 2], &rows[other as usize])));
    let mut groups = of_one(&rows, &leaves, known.chain([(0, 1, cosine(&rows[0], &rows[1]))]));
    groups.merge(0, 1);
    for other in others {
        let mean =
            [0, 1].map(|row: usize| f64::from(cosine(&rows[row], &rows[other as usize]))).iter().sum::<f64>()
                / 2.0;
        assert!((groups.mean_cosine(0, other).unwrap() - mean).abs() < 1e-6);
    }
}

/// Rows around two centers, each with some noise of its own, in turn.
fn two_crowds(n_rows: usize) -> Vec<SparseRow> {
    let noise = |row: usize, place: usize| ((row * 31 + place * 17) * 2_654_435_761 % 97) as f32 / 97.0;
    let row = |row: usize| {
        let mut weights: Vec<f32> = (0..6).map(|place| 0.6 * noise(row, place)).collect();
        weights[row % 2] += 3.0;
        weights
    };
    matrix(&(0..n_rows).map(row).collect::<Vec<_>>())
}

#[test]
fn a_group_of_many_rows_takes_in_others_together_and_the_groups_are_the_same() {
    let rows = two_crowds(3_000);
    let leaves = vec![Leaf { reach: 1.0, day: None }; rows.len()];
    let edges = || {
        (0..3_000u32)
            .flat_map(|row| [1, 2, 4, 6, 64, 366].map(|ahead| (row, (row + ahead) % 3_000)))
            .map(|(left, right)| (left, right, cosine(&rows[left as usize], &rows[right as usize])))
    };
    let merged = |many: u32, cut: f64| {
        let mut groups = of_one(&rows, &leaves, edges());
        groups.many = many;
        groups.merge_down_to(cut);
        let names: Vec<u32> = (0..3_000).map(|row| groups.name_of(row)).collect();
        let weakest: Vec<f64> =
            groups.iter().filter_map(|(_, group)| Some(group.weakest?.strength)).collect();
        (names, weakest)
    };
    // Each crowd is one from some size on, whichever way it grew; nothing crossed over, and nothing was merged below the cut.
    for cut in [0.5, 0.9] {
        let ((one_by_one, _), (together, weakest)) = (merged(u32::MAX, cut), merged(32, cut));
        assert_eq!(one_by_one, together, "{cut}");
        assert_eq!(together.iter().collect::<std::collections::BTreeSet<_>>().len(), 2);
        assert!(weakest.iter().all(|&strength| strength >= cut), "{weakest:?}");
    }
    // Into one where the cut lets them.
    let (together, weakest) = merged(32, 0.01);
    assert!(together.iter().all(|&name| name == 0));
    assert!(weakest[0] >= 0.01 && weakest[0] < 0.5, "{weakest:?}");
}
