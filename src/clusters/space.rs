//! The theme space: every document as a short dense row, near others that speak of the same things.
//!
//! Latent semantic analysis (Deerwester et al. 1990), then each row averaged with those of its nearest
//! documents (a step of graph diffusion: words that two documents do not share are bridged by a third).

use hashbrown::HashMap;
use ndarray::Array2;
use rayon::prelude::*;

use super::kmeans::unit_rows;
use super::sparse::{ROWS_AT_A_TIME, Sparse};
use super::svd;
use crate::corpus::DocId;
use crate::pairs::Neighbors;

/// A graph over rows: for each, others and how much they weigh.
#[derive(Debug, Default)]
pub(super) struct Graph {
    /// By row: (row, weight over 0), ascending by row; symmetric, without loops.
    pub(super) edges: Vec<Vec<(u32, f32)>>,
}

impl Graph {
    /// The part of the graph between `rows` (ascending), numbered anew.
    pub(super) fn within(&self, rows: &[u32]) -> Self {
        let edges = rows.iter().map(|&row| {
            let inside = self.edges[row as usize].iter();
            inside
                .filter_map(|&(other, weight)| {
                    rows.binary_search(&other).ok().map(|place| (place as u32, weight))
                })
                .collect()
        });
        Self { edges: edges.collect() }
    }
}

/// The graph of the `most` nearest neighbors of `documents`; a copy in a list of neighbors stands for its kept document.
pub(super) fn graph(neighbors: &Neighbors, documents: &[DocId], kept_of: &[DocId], most: usize) -> Graph {
    let rows: HashMap<DocId, u32> = documents.iter().copied().zip(0u32..).collect();
    let mut edges: Vec<Vec<(u32, f32)>> = vec![Vec::new(); documents.len()];
    for (row, &document) in (0u32..).zip(documents) {
        if neighbors.begins.len() <= document.index() + 1 {
            continue;
        }
        let mut taken: Vec<u32> = Vec::with_capacity(most);
        for neighbor in neighbors.of(document) {
            let Some(&other) = rows.get(&kept_of[neighbor.document.index()]) else { continue };
            if taken.len() == most {
                break;
            }
            if other != row && neighbor.cosine > 0.0 && !taken.contains(&other) {
                taken.push(other);
                edges[row as usize].push((other, neighbor.cosine));
                edges[other as usize].push((row, neighbor.cosine));
            }
        }
    }
    edges.par_iter_mut().for_each(|edges| {
        edges.sort_unstable_by(|left, right| left.0.cmp(&right.0).then(right.1.total_cmp(&left.1)));
        edges.dedup_by_key(|edge| edge.0);
    });
    Graph { edges }
}

/// Rows of length 1 (zero for documents without shared words): the `dimensions` strongest directions, each
/// scaled to the square root of its singular value (U S^1/2: a few broad directions do not drown the
/// others; Caron 2001), averaged `rounds` times with the neighbors.
pub(super) fn embed(
    rows: &Sparse<'_>,
    graph: &Graph,
    dimensions: usize,
    rounds: usize,
    seed: u64,
) -> Array2<f32> {
    let mut table = svd::project(rows, dimensions, seed);
    for mut column in table.columns_mut() {
        let length = column.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt();
        if length > 1e-9 {
            column.mapv_inplace(|x| (f64::from(x) / length.sqrt()) as f32);
        }
    }
    unit_rows(&mut table);
    for _ in 0..rounds {
        table = smooth(&table, graph);
    }
    table
}

/// One round: own row plus the mean of the neighbors' rows, weighed by their squared cosines (the nearest say more than
/// those who happen to be fifteenth), scaled to length 1.
fn smooth(table: &Array2<f32>, graph: &Graph) -> Array2<f32> {
    let mut next = table.clone();
    next.outer_iter_mut().into_par_iter().zip(graph.edges.par_iter()).for_each(|(mut row, edges)| {
        let total: f32 = edges.iter().map(|edge| edge.1 * edge.1).sum();
        if total > 0.0 {
            for &(other, weight) in edges {
                row.scaled_add(weight * weight / total, &table.row(other as usize));
            }
        }
    });
    unit_rows(&mut next);
    next
}

/// Modularity of a grouping of the graph's rows (Newman 2004): the share of edge weight inside groups, less
/// the share that chance would put there; at most 1.
pub(super) fn modularity(graph: &Graph, groups: &[u32], k: usize) -> f64 {
    // Pieces of a fixed size, summed in order: the same number on any number of threads.
    let pieces: Vec<(f64, Vec<f64>)> = graph
        .edges
        .par_chunks(ROWS_AT_A_TIME)
        .zip(groups.par_chunks(ROWS_AT_A_TIME))
        .map(|(edges, own)| {
            let (mut inside, mut degrees) = (0.0, vec![0.0; k]);
            for (edges, &group) in edges.iter().zip(own) {
                for &(other, weight) in edges {
                    degrees[group as usize] += f64::from(weight);
                    if groups[other as usize] == group {
                        inside += f64::from(weight);
                    }
                }
            }
            (inside, degrees)
        })
        .collect();
    let (mut inside, mut degrees) = (0.0, vec![0.0; k]);
    for (piece, of_piece) in pieces {
        inside += piece;
        degrees.iter_mut().zip(of_piece).for_each(|(degree, piece)| *degree += piece);
    }
    let total: f64 = degrees.iter().sum();
    if total == 0.0 {
        return 0.0;
    }
    inside / total - degrees.iter().map(|degree| (degree / total).powi(2)).sum::<f64>()
}
