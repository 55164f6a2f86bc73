//! How time grows with size: the exponent b of seconds = c * size^b.
//!
//! Fitted by least squares on logarithms, with one exponent for all points and a level of its own for the documents of
//! each [`Origin`], as sampled documents cost more or less than grown ones of the same number:
//!
//! ```text
//! ln seconds_i = a_origin(i) + b ln size_i + error_i
//! b            = sum (x_i - mean x of its origin) (y_i - mean y of its origin) / S,   S = sum (x_i - mean x of its origin)^2
//! s^2          = sum of squared residuals / (points - origins - 1)
//! interval     = b -+ t(.975; points - origins - 1) s / sqrt(S)
//! ```
//!
//! The interval tells how well a power fits the sizes measured, not how time grows beyond them: a stage may have a
//! fixed cost that hides its growth in small drops.

use super::Origin;

/// Seconds below which a stage is too short to tell anything.
const SHORTEST: f64 = 0.003;

/// One stage of one run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Whose documents.
    pub origin: Origin,
    /// Documents, over 0.
    pub size: f64,
    /// What it took.
    pub seconds: f64,
}

/// A fitted exponent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Growth {
    /// 1 where twice the documents take twice the time.
    pub exponent: f64,
    /// Interval of 95 %; none with fewer than two points more than numbers fitted, where it would say nothing.
    pub interval: Option<(f64, f64)>,
    /// Points used: those of 3 milliseconds and more.
    pub n_points: u32,
}

/// Fits the exponent; none with fewer than two sizes that are long enough to tell.
#[must_use]
pub fn growth(points: &[Point]) -> Option<Growth> {
    let points: Vec<Point> =
        points.iter().copied().filter(|point| point.seconds >= SHORTEST && point.size > 0.0).collect();
    let (mut spread, mut product, mut n_origins) = (0.0, 0.0, 0);
    let mut centered: Vec<(f64, f64)> = Vec::new();
    for origin in [Origin::Sampled, Origin::Grown] {
        let own: Vec<(f64, f64)> = points
            .iter()
            .filter(|point| point.origin == origin)
            .map(|point| (point.size.ln(), point.seconds.ln()))
            .collect();
        if own.is_empty() {
            continue;
        }
        n_origins += 1;
        let n = own.len() as f64;
        let mean = own.iter().fold((0.0, 0.0), |sum, one| (sum.0 + one.0 / n, sum.1 + one.1 / n));
        centered.extend(own.iter().map(|one| (one.0 - mean.0, one.1 - mean.1)));
    }
    for (x, y) in &centered {
        spread += x * x;
        product += x * y;
    }
    if spread <= 1e-9 {
        return None;
    }
    let exponent = product / spread;
    let freedom = centered.len().saturating_sub(n_origins + 1);
    let squares: f64 = centered.iter().map(|(x, y)| (y - exponent * x).powi(2)).sum();
    let interval = (freedom > 1).then(|| {
        let half = t_975(freedom) * (squares / freedom as f64 / spread).sqrt();
        (exponent - half, exponent + half)
    });
    Some(Growth { exponent, interval, n_points: centered.len() as u32 })
}

/// The value that Student's t stays below with probability .975 (tables of any textbook to ten degrees of freedom; beyond, the
/// expansion of Fisher & Cornish 1960 around 1.96, .002 off at most).
pub(super) fn t_975(freedom: usize) -> f64 {
    const FEW: [f64; 10] = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];
    if let Some(value) = freedom.checked_sub(1).and_then(|place| FEW.get(place)) {
        return *value;
    }
    let (z, n) = (1.959_964_f64, freedom.max(1) as f64);
    z + (z.powi(3) + z) / (4.0 * n) + (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / (96.0 * n * n)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(origin: Origin, level: f64, exponent: f64, sizes: &[f64]) -> Vec<Point> {
        sizes.iter().map(|&size| Point { origin, size, seconds: level * size.powf(exponent) }).collect()
    }

    #[test]
    fn a_power_is_found_again_whatever_the_levels() {
        let mut all = points(Origin::Sampled, 0.1, 1.3, &[100.0, 200.0, 400.0]);
        all.extend(points(Origin::Grown, 0.002, 1.3, &[400.0, 1600.0]));
        let fitted = growth(&all).unwrap();
        let (low, high) = fitted.interval.unwrap();
        assert!((fitted.exponent - 1.3).abs() < 1e-9 && (high - low).abs() < 1e-6);
        assert_eq!(fitted.n_points, 5);
    }

    #[test]
    fn the_interval_is_that_of_a_textbook() {
        // scipy.stats.linregress on ln n = 1, 2, 3, 4 and ln t = 1.0, 2.2, 2.9, 4.1: slope 1.0, standard error 0.070711;
        // t(.975; 2) = 4.303.
        let seconds = [1.0_f64, 2.2, 2.9, 4.1];
        let all: Vec<Point> = (1..)
            .zip(seconds)
            .map(|(x, y)| Point { origin: Origin::Grown, size: f64::from(x).exp(), seconds: y.exp() })
            .collect();
        let fitted = growth(&all).unwrap();
        let (low, high) = fitted.interval.unwrap();
        assert!((fitted.exponent - 1.0).abs() < 1e-9);
        assert!((low - (1.0 - 0.3043)).abs() < 1e-3 && (high - (1.0 + 0.3043)).abs() < 1e-3, "{low} {high}");
    }

    #[test]
    fn what_is_too_short_or_too_few_tells_nothing() {
        assert_eq!(growth(&points(Origin::Grown, 1e-6, 1.0, &[100.0, 200.0])), None);
        assert_eq!(growth(&points(Origin::Grown, 1.0, 1.0, &[100.0])), None);
        let one_each: Vec<Point> = [Origin::Sampled, Origin::Grown]
            .into_iter()
            .flat_map(|origin| points(origin, 1.0, 1.0, &[100.0]))
            .collect();
        assert_eq!(growth(&one_each), None);
        assert_eq!(growth(&points(Origin::Grown, 1.0, 1.0, &[100.0, 200.0])).unwrap().interval, None);
    }

    #[test]
    fn t_follows_the_tables() {
        for (freedom, value) in [(1, 12.706), (10, 2.228), (11, 2.201), (20, 2.086), (120, 1.980)] {
            assert!((t_975(freedom) - value).abs() < 2.5e-3, "{freedom}: {}", t_975(freedom));
        }
    }
}
