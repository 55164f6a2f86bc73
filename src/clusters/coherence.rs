//! Coherence: do the heaviest terms of a theme occur together?
//!
//! Normalised pointwise mutual information (Bouma 2009; Aletras & Stevenson 2013), from the number of
//! documents that hold both terms: npmi(a, b) = ln(p(a, b) / (p(a) p(b))) / -ln p(a, b), -1 for terms
//! that never meet, 1 for terms that never part.

use rayon::prelude::*;

use crate::corpus::DocId;
use crate::vectors::TfIdfMatrix;

/// Terms of a theme that are held against each other.
const TERMS: usize = 10;

/// For each group of documents, the mean NPMI of all pairs of its ten heaviest terms: those with the
/// greatest mean weight inside over the drop's mean. 0 where there are no two terms.
pub(super) fn of_groups(matrix: &TfIdfMatrix, documents: &[DocId], groups: &[Vec<DocId>]) -> Vec<f32> {
    let everywhere = mean_row(matrix, documents);
    let tops: Vec<Vec<u32>> = groups.par_iter().map(|group| heaviest(matrix, group, &everywhere)).collect();
    let mut slots = vec![u32::MAX; matrix.n_terms];
    let mut n_slots = 0u32;
    for &term in tops.iter().flatten() {
        if slots[term as usize] == u32::MAX {
            slots[term as usize] = n_slots;
            n_slots += 1;
        }
    }
    let mut postings: Vec<Vec<u32>> = vec![Vec::new(); n_slots as usize];
    for (row, document) in (0u32..).zip(documents) {
        for &term in matrix.row(document.index()).0 {
            if slots[term as usize] != u32::MAX {
                postings[slots[term as usize] as usize].push(row);
            }
        }
    }
    tops.par_iter()
        .map(|top| {
            let lists: Vec<&[u32]> =
                top.iter().map(|&term| postings[slots[term as usize] as usize].as_slice()).collect();
            let (mut sum, mut n_pairs) = (0.0f64, 0u32);
            for (place, left) in lists.iter().enumerate() {
                for right in &lists[..place] {
                    sum += npmi(left, right, documents.len());
                    n_pairs += 1;
                }
            }
            (sum / f64::from(n_pairs.max(1))) as f32
        })
        .collect()
}

fn npmi(left: &[u32], right: &[u32], n_documents: usize) -> f64 {
    let both = left.iter().filter(|row| right.binary_search(row).is_ok()).count() as f64;
    let n = n_documents as f64;
    if both == 0.0 {
        return -1.0;
    }
    if both >= n {
        return 1.0;
    }
    (both * n / (left.len() as f64 * right.len() as f64)).ln() / -(both / n).ln()
}

fn mean_row(matrix: &TfIdfMatrix, documents: &[DocId]) -> Vec<f32> {
    let mut sums = vec![0.0f32; matrix.n_terms];
    for document in documents {
        let (terms, weights) = matrix.row(document.index());
        for (&term, &weight) in terms.iter().zip(weights) {
            sums[term as usize] += weight;
        }
    }
    let n = documents.len().max(1) as f32;
    for sum in &mut sums {
        *sum /= n;
    }
    sums
}

fn heaviest(matrix: &TfIdfMatrix, group: &[DocId], everywhere: &[f32]) -> Vec<u32> {
    let inside = mean_row(matrix, group);
    let mut terms: Vec<(f32, u32)> = (0u32..)
        .zip(inside.iter().zip(everywhere))
        .filter(|(_, (inside, _))| **inside > 0.0)
        .map(|(term, (&inside, &everywhere))| (inside - 0.5 * everywhere, term))
        .collect();
    terms.sort_unstable_by(|left, right| right.0.total_cmp(&left.0).then(left.1.cmp(&right.1)));
    terms.into_iter().take(TERMS).map(|(_, term)| term).collect()
}

#[cfg(test)]
mod tests {
    use super::npmi;

    #[test]
    fn terms_that_never_part_score_one_and_terms_that_never_meet_minus_one() {
        assert!((npmi(&[0, 1], &[0, 1], 8) - 1.0).abs() < 1e-12);
        assert!((npmi(&[0, 1], &[2, 3], 8) + 1.0).abs() < 1e-12);
        assert!(npmi(&[0, 1, 2, 3], &[2, 3, 4, 5], 8).abs() < 1e-12);
    }
}
