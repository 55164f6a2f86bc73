//! A tree over a few hundred documents by average linkage (Sokal & Michener 1958), to put a picture of their likeness in
//! order. Found by chains of nearest neighbors (Murtagh 1983) in n^2 steps; nothing is decided from it.

use ndarray::Array2;

/// One merge of two groups.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Merge {
    /// The two groups: below n a row, from n on the merge of that number less n. The one with the smallest row comes first.
    pub parts: [usize; 2],
    /// Mean likeness of the rows of one with those of the other, 0..=1.
    pub likeness: f64,
}

/// The tree.
#[derive(Debug, Clone, PartialEq)]
pub struct Dendrogram {
    /// n - 1 merges, the most alike first; none for fewer than two rows.
    pub merges: Vec<Merge>,
    /// The rows in the order of the leaves.
    pub order: Vec<usize>,
}

/// Builds the tree of a symmetric table of likenesses, 0..=1.
#[must_use]
pub fn of(likeness: &Array2<f32>) -> Dendrogram {
    let n = likeness.nrows();
    let mut mean = likeness.mapv(f64::from);
    let mut sizes = vec![1.0_f64; n];
    let mut alive: Vec<bool> = vec![true; n];
    let mut found: Vec<(usize, usize, f64)> = Vec::new();
    let mut chain: Vec<usize> = Vec::new();
    while found.len() + 1 < n {
        let Some(&last) = chain.last() else {
            chain.extend((0..n).find(|&row| alive[row]));
            continue;
        };
        let before = chain.len().checked_sub(2).map(|place| chain[place]);
        // The row before is preferred among equals, or the chain would run in circles.
        let nearest = (0..n).filter(|&row| alive[row] && row != last).max_by(|&p, &q| {
            mean[(last, p)]
                .total_cmp(&mean[(last, q)])
                .then((Some(p) == before).cmp(&(Some(q) == before)))
                .then(q.cmp(&p))
        });
        let Some(nearest) = nearest else { break };
        if Some(nearest) != before {
            chain.push(nearest);
            continue;
        }
        chain.truncate(chain.len() - 2);
        let (stays, goes) = (last.min(nearest), last.max(nearest));
        found.push((stays, goes, mean[(stays, goes)]));
        for row in (0..n).filter(|&row| alive[row] && row != stays && row != goes) {
            let both = (sizes[stays] * mean[(stays, row)] + sizes[goes] * mean[(goes, row)])
                / (sizes[stays] + sizes[goes]);
            mean[(stays, row)] = both;
            mean[(row, stays)] = both;
        }
        sizes[stays] += sizes[goes];
        alive[goes] = false;
    }
    named(found, n)
}

/// Merges in order of likeness, groups by their numbers, leaves in order.
fn named(mut found: Vec<(usize, usize, f64)>, n: usize) -> Dendrogram {
    found.sort_by(|p, q| q.2.total_cmp(&p.2).then((p.0, p.1).cmp(&(q.0, q.1))));
    // By row: the group that it stands in now, found through the rows that stay.
    let mut root: Vec<usize> = (0..n).collect();
    let mut group: Vec<usize> = (0..n).collect();
    let mut leaves: Vec<Vec<usize>> = (0..n).map(|row| vec![row]).collect();
    let mut merges = Vec::with_capacity(found.len());
    for (one, other, likeness) in found {
        let (one, other) = (root_of(&mut root, one), root_of(&mut root, other));
        let (first, second) = (one.min(other), one.max(other));
        merges.push(Merge { parts: [group[first], group[second]], likeness: likeness.clamp(0.0, 1.0) });
        root[second] = first;
        group[first] = n + merges.len() - 1;
        let moved = std::mem::take(&mut leaves[second]);
        leaves[first].extend(moved);
    }
    Dendrogram { merges, order: leaves.into_iter().flatten().collect() }
}

/// The smallest row of the group that a row stands in.
fn root_of(root: &mut [usize], mut row: usize) -> usize {
    while root[row] != row {
        root[row] = root[root[row]];
        row = root[row];
    }
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    /// Merges the two most alike groups, again and again, by the mean over all their pairs.
    fn slow(likeness: &Array2<f32>) -> Vec<(Vec<usize>, f64)> {
        let mut groups: Vec<Vec<usize>> = (0..likeness.nrows()).map(|row| vec![row]).collect();
        let mut merged = Vec::new();
        while groups.len() > 1 {
            let mut best = (f64::MIN, 0, 0);
            for i in 0..groups.len() {
                for j in i + 1..groups.len() {
                    let pairs = groups[i].iter().flat_map(|&p| groups[j].iter().map(move |&q| (p, q)));
                    let sum: f64 = pairs.map(|at| f64::from(likeness[at])).sum();
                    let mean = sum / (groups[i].len() * groups[j].len()) as f64;
                    if mean > best.0 {
                        best = (mean, i, j);
                    }
                }
            }
            let other = groups.remove(best.2);
            groups[best.1].extend(other);
            groups[best.1].sort_unstable();
            merged.push((groups[best.1].clone(), best.0));
        }
        merged
    }

    #[test]
    fn the_tree_is_the_one_that_the_slow_way_finds() {
        let mut random = Random::new(11);
        for n in [2, 3, 7, 20, 40] {
            let mut table = Array2::zeros((n, n));
            for i in 0..n {
                table[(i, i)] = 1.0;
                for j in 0..i {
                    table[(i, j)] = random.unit() as f32;
                    table[(j, i)] = table[(i, j)];
                }
            }
            let tree = of(&table);
            let mut members: Vec<Vec<usize>> = (0..n).map(|row| vec![row]).collect();
            for (merge, (group, likeness)) in tree.merges.iter().zip(slow(&table)) {
                let mut own = [members[merge.parts[0]].clone(), members[merge.parts[1]].clone()].concat();
                own.sort_unstable();
                assert_eq!(own, group);
                assert!((merge.likeness - likeness).abs() < 1e-9);
                members.push(own);
            }
            assert_eq!(tree.merges.len(), n - 1);
            let mut order = tree.order.clone();
            order.sort_unstable();
            assert_eq!(order, (0..n).collect::<Vec<_>>());
        }
    }

    #[test]
    fn equal_likenesses_and_few_rows_end() {
        assert_eq!(of(&Array2::from_elem((30, 30), 0.5)).merges.len(), 29);
        assert_eq!(of(&Array2::zeros((30, 30))).merges.len(), 29);
        assert!(of(&Array2::zeros((0, 0))).order.is_empty());
        assert_eq!(of(&Array2::ones((1, 1))).order, [0]);
    }
}
