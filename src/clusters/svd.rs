//! The strongest directions of a sparse matrix: truncated singular value decomposition by randomized
//! subspace iteration (Halko, Martinsson & Tropp 2011, algorithm 4.4).
//!
//! Every sum runs in a fixed order over fixed pieces, so the same bytes come out on any number of threads.

use ndarray::{Array1, Array2, ArrayView2, Axis};
use rayon::prelude::*;

use super::sparse::{ROWS_AT_A_TIME, Sparse};
use crate::random::Random;

/// Further directions carried along while iterating, so that the wanted ones settle.
const OVERSAMPLING: usize = 10;

/// Rounds of A A^T. Two bring the sketch within a percent of the best subspace even where singular values
/// fall as slowly as those of word counts (Halko et al., sec. 4.5).
const POWER_ROUNDS: usize = 2;

/// Sweeps of Jacobi rotations; ten are plenty for double precision at these sizes.
const JACOBI_SWEEPS: usize = 30;

/// The rows of `matrix` in its `rank` strongest directions: U S of the truncated decomposition
/// A ~ U S V^T, strongest first; at most as many columns as the smaller side has, none for an empty matrix.
#[must_use]
pub(super) fn project(matrix: &Sparse<'_>, rank: usize, seed: u64) -> Array2<f32> {
    let limit = matrix.n_rows().min(matrix.n_columns());
    let rank = rank.min(limit);
    if rank == 0 {
        return Array2::zeros((matrix.n_rows(), 0));
    }
    let width = (rank + OVERSAMPLING).min(limit);
    let mut random = Random::new(seed);
    let sketch = Array2::from_shape_simple_fn((matrix.n_columns(), width), || random.normal());
    let mut basis = orthonormal(matrix.times(&sketch));
    drop(sketch);
    for _ in 0..POWER_ROUNDS {
        let terms = orthonormal(matrix.transposed_times(&basis));
        // Three such tables side by side would be the most that themes take.
        drop(basis);
        basis = orthonormal(matrix.times(&terms));
    }
    // A ~ Q B, B = Q^T A; B B^T = W S^2 W^T, so U S = Q W S.
    let (values, vectors) = eigen(gram(&matrix.transposed_times(&basis)));
    let mut turn = Array2::zeros((width, rank));
    for (place, &(value, column)) in descending(&values).iter().take(rank).enumerate() {
        let length = value.max(0.0).sqrt();
        turn.column_mut(place).assign(&vectors.column(column).mapv(|x| (x * length) as f32));
    }
    fix_signs(multiply(&basis, &turn))
}

/// The same columns' space with columns of length 1 at right angles; columns that add nothing are zero.
fn orthonormal(mut table: Array2<f32>) -> Array2<f32> {
    let (values, vectors) = eigen(gram(&table));
    let order = descending(&values);
    let floor = order.first().map_or(0.0, |top| top.0) * 1e-10;
    let mut turn = Array2::zeros((table.ncols(), table.ncols()));
    for (place, &(value, column)) in order.iter().enumerate() {
        if value > floor && value > 0.0 {
            turn.column_mut(place).assign(&vectors.column(column).mapv(|x| (x / value.sqrt()) as f32));
        }
    }
    table.axis_chunks_iter_mut(Axis(0), ROWS_AT_A_TIME).into_par_iter().for_each(|mut rows| {
        let turned = rows.dot(&turn);
        rows.assign(&turned);
    });
    table
}

/// Dense product, row pieces in parallel.
fn multiply(left: &Array2<f32>, right: &Array2<f32>) -> Array2<f32> {
    let mut product = Array2::zeros((left.nrows(), right.ncols()));
    product
        .axis_chunks_iter_mut(Axis(0), ROWS_AT_A_TIME)
        .into_par_iter()
        .zip(left.axis_chunks_iter(Axis(0), ROWS_AT_A_TIME))
        .for_each(|(mut out, rows)| ndarray::linalg::general_mat_mul(1.0, &rows, right, 0.0, &mut out));
    product
}

/// X^T X in double precision, pieces summed in order.
fn gram(table: &Array2<f32>) -> Array2<f64> {
    let pieces: Vec<Array2<f64>> = table
        .axis_chunks_iter(Axis(0), ROWS_AT_A_TIME * 16)
        .into_par_iter()
        .map(|rows: ArrayView2<f32>| {
            let rows = rows.mapv(f64::from);
            rows.t().dot(&rows)
        })
        .collect();
    pieces.into_iter().fold(Array2::zeros((table.ncols(), table.ncols())), |sum, piece| sum + piece)
}

/// Each direction's largest entry is made positive: a decomposition leaves the sign open.
fn fix_signs(mut table: Array2<f32>) -> Array2<f32> {
    for mut column in table.columns_mut() {
        let largest = column.iter().fold(0.0f32, |best, &x| if x.abs() > best.abs() { x } else { best });
        if largest < 0.0 {
            column.mapv_inplace(|x| -x);
        }
    }
    table
}

/// (value, column), greatest value first.
fn descending(values: &Array1<f64>) -> Vec<(f64, usize)> {
    let mut order: Vec<(f64, usize)> = values.iter().copied().zip(0..).collect();
    order.sort_by(|left, right| right.0.total_cmp(&left.0).then(left.1.cmp(&right.1)));
    order
}

/// Eigenvalues and eigenvectors (columns) of a symmetric matrix: cyclic Jacobi rotations
/// (Golub & Van Loan, 4th ed., algorithm 8.5.3; the names are theirs).
#[allow(clippy::many_single_char_names)]
fn eigen(mut matrix: Array2<f64>) -> (Array1<f64>, Array2<f64>) {
    let n = matrix.nrows();
    let mut vectors: Array2<f64> = Array2::eye(n); // by row here: rows are contiguous
    let total: f64 = matrix.iter().map(|x| x * x).sum();
    for _ in 0..JACOBI_SWEEPS {
        let off: f64 =
            (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j))).map(|place| matrix[place].powi(2)).sum();
        if off <= total * 1e-22 {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                let apq = matrix[[p, q]];
                if apq.abs() <= f64::EPSILON * (matrix[[p, p]] * matrix[[q, q]]).abs().sqrt() * 0.01
                    || apq == 0.0
                {
                    continue;
                }
                let theta = (matrix[[q, q]] - matrix[[p, p]]) / (2.0 * apq);
                let t = theta.signum() / (theta.abs() + theta.hypot(1.0));
                let c = 1.0 / t.hypot(1.0);
                let s = t * c;
                rotate_rows(&mut matrix, p, q, c, s);
                for k in 0..n {
                    let (x, y) = (matrix[[k, p]], matrix[[k, q]]);
                    matrix[[k, p]] = c * x - s * y;
                    matrix[[k, q]] = s * x + c * y;
                }
                rotate_rows(&mut vectors, p, q, c, s);
            }
        }
    }
    (matrix.diag().to_owned(), vectors.reversed_axes())
}

fn rotate_rows(matrix: &mut Array2<f64>, p: usize, q: usize, c: f64, s: f64) {
    let (mut upper, mut lower) = matrix.view_mut().split_at(Axis(0), q);
    for (x, y) in upper.row_mut(p).iter_mut().zip(lower.row_mut(0).iter_mut()) {
        (*x, *y) = (c * *x - s * *y, s * *x + c * *y);
    }
}

#[cfg(test)]
mod tests {
    use super::super::sparse::tests::matrix_of;
    use super::*;

    fn matrix() -> (Vec<Vec<(u32, f32)>>, Array2<f64>) {
        let mut random = Random::new(5);
        let mut dense = Array2::<f64>::zeros((30, 18));
        let mut rows = vec![Vec::new(); 30];
        for (number, row) in rows.iter_mut().enumerate() {
            for column in 0..18u32 {
                if random.below(3) == 0 || column as usize == number % 4 {
                    let weight = random.unit() as f32 + if column as usize == number % 4 { 3.0 } else { 0.0 };
                    row.push((column, weight));
                    dense[[number, column as usize]] = f64::from(weight);
                }
            }
        }
        (rows, dense)
    }

    #[test]
    fn the_strongest_directions_are_those_of_the_full_decomposition() {
        let (rows, dense) = matrix();
        let (matrix, documents) = matrix_of(&rows);
        let found = project(&Sparse::new(&matrix, &documents), 4, 1);
        let (values, _) = eigen(dense.t().dot(&dense));
        for (place, &(value, _)) in descending(&values).iter().take(4).enumerate() {
            let length = found.column(place).mapv(|x| f64::from(x) * f64::from(x)).sum();
            assert!((length / value - 1.0).abs() < 2e-3, "direction {place}: {length} is not {value}");
        }
    }

    #[test]
    fn eigenvectors_rebuild_their_matrix() {
        let (_, dense) = matrix();
        let square = dense.t().dot(&dense);
        let (values, vectors) = eigen(square.clone());
        let rebuilt = vectors.dot(&Array2::from_diag(&values)).dot(&vectors.t());
        assert!((&rebuilt - &square).iter().all(|x| x.abs() < 1e-9));
    }

    #[test]
    fn a_matrix_of_less_rank_than_asked_gives_zero_columns_and_no_nan() {
        let rows: Vec<Vec<(u32, f32)>> = (0..20).map(|_| vec![(0, 1.0), (3, 1.0)]).collect();
        let (matrix, documents) = matrix_of(&rows);
        let found = project(&Sparse::new(&matrix, &documents), 5, 1);
        assert!(found.iter().all(|x| x.is_finite()));
        assert!((found.row(0).dot(&found.row(19)) - 2.0).abs() < 1e-4);
        let (matrix, documents) = matrix_of(&[vec![], vec![]]);
        assert_eq!(project(&Sparse::new(&matrix, &documents), 5, 1).dim(), (2, 0));
    }

    #[test]
    fn one_thread_and_many_give_the_same_numbers() {
        let (rows, _) = matrix();
        let rows: Vec<_> = rows.into_iter().cycle().take(3000).collect();
        let (matrix, documents) = matrix_of(&rows);
        let matrix = Sparse::new(&matrix, &documents);
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| project(&matrix, 8, 1))
        };
        assert_eq!(on(1), on(3));
    }
}
