//! What a run of another size would take, told from runs of samples.
//!
//! Each stage is carried on in the way its work grows, and the stages are added up:
//!
//! - What is done for each text: `a + b x`, x = bytes of text.
//! - What is done for what texts share: of a share f of the documents a share f^2 of the pairs is left, and a term's list of
//!   documents meets itself (the sum over terms of the squares of their document frequencies), so `b x + c x^2`, x = documents. But
//!   searches are bounded and lists are capped, so that less is done the more there is: `c x^b`, fitted to the
//!   sizes measured, where the square does not show yet. The first is too much and the second too little; the middle of both is
//!   taken, in logarithms, and they are held to lie two standard deviations off it.
//! - Themes: `c x^b`; of a large drop, a sample of some power of its number is looked at there.
//!
//! The processor's seconds are carried on so, which another program beside hardly moves, and multiplied by what a second of them
//! took on the clock in the same stage of the samples. Coefficients are never below nothing and minimise the squares of relative errors, so that the small sizes count as
//! much as the large. Memory is what the program itself expects for the whole ([`crate::memory`]), times the root of what the
//! largest sample took over what was expected for it: half of the deviation in logarithms, since part of it is of what
//! does not grow.

use crate::memory::Load;
use crate::settings::Settings;
use crate::stages::StageCost;

use super::cost::{BETWEEN, RunCost, StageTotal};

/// Stages whose work is done for each text; of a stage that is not named here, what texts share is thought to count.
const OF_TEXTS: [&str; 9] = [
    "read", "words", "identical texts", "terms", "theme labels", "story weights", "labels", "write", BETWEEN,
];

/// The stage that follows a power of its own.
const OF_A_POWER: &str = "themes";

/// Seconds that count as nothing beside the clock's noise.
const NOISE: f64 = 0.002;

/// What is not known of growth beyond the sizes measured, for each factor of e between them and the one asked for:
/// standard deviation of the logarithm of a stage's time.
const DRIFT: f64 = 0.05;

/// The same for what one run differs from the next by.
const BETWEEN_RUNS: f64 = 0.06;

/// The same for memory: between runs, and for each factor of e.
const MEMORY_BETWEEN_RUNS: f64 = 0.05;
const MEMORY_DRIFT: f64 = 0.03;

/// Of a normal distribution, nine tenths lie within so many standard deviations.
const NINE_TENTHS: f64 = 1.645;

/// A figure, and the interval that should hold it nine times in ten.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The middle of the interval, in logarithms.
    pub likely: f64,
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

impl Estimate {
    fn around(likely: f64, deviation: f64) -> Self {
        let factor = (NINE_TENTHS * deviation).exp();
        Self { likely, low: likely / factor, high: likely * factor }
    }

    /// In another unit.
    #[must_use]
    pub fn times(self, factor: f64) -> Self {
        Self { likely: self.likely * factor, low: self.low * factor, high: self.high * factor }
    }
}

/// What a run would take.
#[derive(Debug, Clone, PartialEq)]
pub struct Forecast {
    /// Of so many documents.
    pub n_documents: u64,
    /// Bytes of their texts.
    pub text_bytes: u64,
    /// From start to end.
    pub wall_seconds: Estimate,
    /// Of all threads together.
    pub cpu_seconds: Estimate,
    /// Highest resident memory, bytes.
    pub peak_bytes: Estimate,
    /// By stage, in order: wall seconds.
    pub stages: Vec<(String, Estimate)>,
}

/// What is known of the documents asked about, where they were read.
#[derive(Debug, Clone)]
pub struct Known {
    /// Bytes of all texts.
    pub text_bytes: u64,
    /// What reading them took.
    pub reading: StageCost,
    /// What the run itself would expect to need, bytes; none where it would refuse.
    pub expected_bytes: Option<u64>,
}

/// How a stage's work grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// With each text.
    Texts,
    /// With what texts share.
    Shared,
    /// By a power of the number of documents.
    Power,
}

fn form_of(stage: &str) -> Form {
    match stage {
        OF_A_POWER => Form::Power,
        stage if OF_TEXTS.contains(&stage) => Form::Texts,
        _ => Form::Shared,
    }
}

/// Tells from runs of samples, of growing size, what `n_documents` like theirs would take; none from fewer than two sizes
/// unless one of them is the size asked for.
#[must_use]
pub fn forecast(
    costs: &[RunCost],
    n_documents: u64,
    known: Option<&Known>,
    settings: &Settings,
) -> Option<Forecast> {
    let largest = costs.iter().max_by_key(|cost| cost.n_documents)?;
    let is_measured = largest.n_documents == n_documents;
    if largest.n_documents == 0 || (costs.len() < 2 && !is_measured) {
        return None;
    }
    let per_document = largest.text_bytes as f64 / largest.n_documents as f64;
    let text_bytes = known.map_or((per_document * n_documents as f64) as u64, |known| known.text_bytes);
    let beyond = (n_documents as f64 / largest.n_documents as f64).ln().max(0.0);
    let size = |form: Form, n_documents: u64, text_bytes: u64| match form {
        Form::Texts => text_bytes as f64,
        Form::Shared | Form::Power => n_documents as f64,
    };
    let mut stages: Vec<(String, Estimate)> = Vec::new();
    let (mut wall_seconds, mut cpu_seconds, mut doubts) = (0.0, 0.0, 0.0);
    for stage in &largest.stages {
        let form = form_of(&stage.stage);
        let carried = |seconds: &dyn Fn(&StageTotal) -> f64| {
            let seconds = |cost: &RunCost| cost.stage(&stage.stage).map_or(0.0, seconds);
            let points: Vec<(f64, f64)> = costs
                .iter()
                .map(|cost| (size(form, cost.n_documents, cost.text_bytes), seconds(cost)))
                .collect();
            let total: f64 = points.iter().map(|point| point.1).sum();
            (total, carry_on(&points, size(form, n_documents, text_bytes), form))
        };
        let (wall_in_all, (wall_carried, wall_doubt)) = carried(&|stage| stage.wall_seconds);
        let (cpu_in_all, (cpu_carried, cpu_doubt)) = carried(&|stage| stage.cpu_seconds);
        let (wall, cpu, doubt) = match known.filter(|_| stage.stage == "read") {
            Some(known) => (known.reading.wall_seconds, known.reading.cpu_seconds, 0.0),
            None if is_measured => (stage.wall_seconds, stage.cpu_seconds, 0.0),
            None if cpu_in_all > 0.0 => (cpu_carried * wall_in_all / cpu_in_all, cpu_carried, cpu_doubt),
            None => (wall_carried, 0.0, wall_doubt),
        };
        let deviation = (DRIFT * beyond).hypot(doubt);
        wall_seconds += wall;
        cpu_seconds += cpu;
        // Added up as they are: what bends more than thought bends so in all stages.
        doubts += wall * deviation;
        stages.push((stage.stage.clone(), Estimate::around(wall, deviation.hypot(BETWEEN_RUNS))));
    }
    let deviation = if wall_seconds > 0.0 { doubts / wall_seconds } else { 0.0 };
    let whole = |seconds| Estimate::around(seconds, deviation.hypot(BETWEEN_RUNS));
    Some(Forecast {
        n_documents,
        text_bytes,
        wall_seconds: whole(wall_seconds),
        cpu_seconds: whole(cpu_seconds),
        peak_bytes: memory(largest, n_documents, text_bytes, known, settings, beyond),
        stages,
    })
}

/// A stage's seconds at another size, and the standard deviation of their logarithm that the form leaves.
fn carry_on(points: &[(f64, f64)], at: f64, form: Form) -> (f64, f64) {
    match form {
        Form::Texts => (fit(points, |_| 1.0, |x| x).map_or(0.0, |(a, b)| a + b * at), 0.0),
        Form::Power => (power(points, at), 0.0),
        Form::Shared => {
            let square = fit(points, |x| x, |x| x * x).map_or(0.0, |(b, c)| b * at + c * at * at);
            let (low, high) = (power(points, at) + NOISE, square + NOISE);
            ((low * high).sqrt(), (high / low).ln().abs() / 4.0)
        }
    }
}

/// Coefficients of two forms, neither below nothing, with the least sum of squared relative errors. None without a
/// point.
fn fit(points: &[(f64, f64)], first: impl Fn(f64) -> f64, second: impl Fn(f64) -> f64) -> Option<(f64, f64)> {
    let weigh = |seconds: f64| (seconds + NOISE).powi(-2);
    let (mut aa, mut ab, mut bb, mut ay, mut by) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for &(x, y) in points {
        let (weight, a, b) = (weigh(y), first(x), second(x));
        aa += weight * a * a;
        ab += weight * a * b;
        bb += weight * b * b;
        ay += weight * a * y;
        by += weight * b * y;
    }
    let determinant = aa * bb - ab * ab;
    let both = (determinant > 1e-9 * aa * bb)
        .then(|| ((ay * bb - by * ab) / determinant, (aa * by - ab * ay) / determinant));
    let error = |(a, b): (f64, f64)| -> f64 {
        points.iter().map(|&(x, y)| weigh(y) * (y - a * first(x) - b * second(x)).powi(2)).sum()
    };
    let alone = [(aa > 0.0).then(|| (ay / aa, 0.0)), (bb > 0.0).then(|| (0.0, by / bb))];
    both.into_iter()
        .chain(alone.into_iter().flatten())
        .filter(|(a, b)| *a >= 0.0 && *b >= 0.0)
        .min_by(|one, other| error(*one).total_cmp(&error(*other)))
}

/// The last point carried on by the power that fits all of them.
fn power(points: &[(f64, f64)], at: f64) -> f64 {
    let Some(&(last_x, last_y)) = points.iter().max_by(|one, other| one.0.total_cmp(&other.0)) else {
        return 0.0;
    };
    let logs: Vec<(f64, f64)> =
        points.iter().filter(|point| point.0 > 0.0).map(|&(x, y)| (x.ln(), (y + NOISE).ln())).collect();
    let n = logs.len() as f64;
    let mean = logs.iter().fold((0.0, 0.0), |sum, one| (sum.0 + one.0 / n, sum.1 + one.1 / n));
    let (mut spread, mut product) = (0.0, 0.0);
    for (x, y) in &logs {
        spread += (x - mean.0).powi(2);
        product += (x - mean.0) * (y - mean.1);
    }
    let exponent = if spread > 0.0 { (product / spread).clamp(0.0, 2.0) } else { 1.0 };
    last_y * (at / last_x).powf(exponent)
}

fn memory(
    largest: &RunCost,
    n_documents: u64,
    text_bytes: u64,
    known: Option<&Known>,
    settings: &Settings,
    beyond: f64,
) -> Estimate {
    let expected = known.and_then(|known| known.expected_bytes).unwrap_or_else(|| {
        let words = largest.n_words as f64 / largest.text_bytes.max(1) as f64 * text_bytes as f64;
        Load::in_memory(n_documents, text_bytes, words as u64, settings).needed(settings)
    });
    let ratio = if largest.expected_bytes > 0 && largest.peak_bytes > 0 {
        largest.peak_bytes as f64 / largest.expected_bytes as f64
    } else {
        1.0
    };
    let likely = if largest.n_documents == n_documents && largest.peak_bytes > 0 {
        largest.peak_bytes as f64
    } else {
        expected as f64 * ratio.sqrt()
    };
    let doubt = 0.5 * ratio.ln().abs().min(1.0) * beyond.min(1.0);
    Estimate::around(likely, MEMORY_BETWEEN_RUNS.hypot(MEMORY_DRIFT * beyond).hypot(0.5 * doubt))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run of `n` documents of 1,000 bytes whose stages take what `seconds` says.
    fn cost(n: u64, seconds: &dyn Fn(f64) -> [(&'static str, f64); 3]) -> RunCost {
        let stages: Vec<StageTotal> = seconds(n as f64)
            .into_iter()
            .map(|(stage, seconds)| StageTotal {
                stage: stage.to_owned(),
                wall_seconds: seconds,
                cpu_seconds: 2.0 * seconds,
                peak_bytes: 50_000 * n,
            })
            .collect();
        RunCost {
            n_documents: n,
            text_bytes: 1_000 * n,
            n_words: 160 * n,
            wall_seconds: stages.iter().map(|stage| stage.wall_seconds).sum(),
            stages,
            peak_bytes: 50_000 * n,
            expected_bytes: 50_000 * n,
        }
    }

    fn costs(seconds: &dyn Fn(f64) -> [(&'static str, f64); 3]) -> Vec<RunCost> {
        [1_000, 2_000, 4_000].into_iter().map(|n| cost(n, seconds)).collect()
    }

    fn law(n: f64) -> [(&'static str, f64); 3] {
        [("words", 0.3 + 1e-4 * n), ("themes", 1e-2 * n.powf(0.7)), ("neighbors", 2e-5 * n + 3e-8 * n * n)]
    }

    #[test]
    fn stages_are_carried_on_in_the_way_their_work_grows() {
        let found = forecast(&costs(&law), 40_000, None, &Settings::default()).unwrap();
        let truth = law(40_000.0);
        let of = |stage: &str| found.stages.iter().find(|(name, _)| name == stage).unwrap().1;
        let near = |found: f64, truth: f64, share: f64| (found / truth - 1.0).abs() < share;
        assert!(near(of("words").likely, truth[0].1, 0.01), "{:?}", of("words"));
        assert!(near(of("themes").likely, truth[1].1, 0.01), "{:?}", of("themes"));
        // The square is one of two ways held against each other, and lies within the interval.
        let neighbors = of("neighbors");
        assert!(neighbors.low < truth[2].1 && truth[2].1 < neighbors.high, "{neighbors:?} {truth:?}");
        assert!(neighbors.likely < truth[2].1);
        let whole: f64 = truth.iter().map(|stage| stage.1).sum();
        assert!(found.wall_seconds.low < whole && whole < found.wall_seconds.high, "{found:?} {whole}");
        assert!(near(found.cpu_seconds.likely, 2.0 * found.wall_seconds.likely, 0.01));
        assert_eq!((found.n_documents, found.text_bytes), (40_000, 40_000_000));
    }

    #[test]
    fn the_interval_grows_with_the_distance() {
        let width = |n| {
            let time = forecast(&costs(&law), n, None, &Settings::default()).unwrap().wall_seconds;
            time.high / time.low
        };
        assert!(width(5_000) < width(50_000) && width(50_000) < width(500_000));
    }

    #[test]
    fn what_was_measured_is_told_as_it_was() {
        let costs = costs(&law);
        let found = forecast(&costs, 4_000, None, &Settings::default()).unwrap();
        assert!((found.wall_seconds.likely - costs[2].wall_seconds).abs() < 1e-9);
        assert!((found.peak_bytes.likely - 2e8).abs() < 1.0);
        assert_eq!(forecast(&costs[..1], 4_000, None, &Settings::default()), None);
        assert!(forecast(&costs[..1], 1_000, None, &Settings::default()).is_some());
        assert_eq!(forecast(&[], 4_000, None, &Settings::default()), None);
    }

    #[test]
    fn what_is_known_of_the_input_wins_over_what_samples_tell() {
        let reading = StageCost { stage: "read", wall_seconds: 7.5, cpu_seconds: 8.0, peak_bytes: 0 };
        let known = Known { text_bytes: 80_000_000, reading, expected_bytes: Some(4_000_000_000) };
        let with_reading = |n: f64| [("read", 1e-6 * n), ("words", 1e-4 * n), ("themes", 0.0)];
        let found = forecast(&costs(&with_reading), 40_000, Some(&known), &Settings::default()).unwrap();
        assert!((found.stages[0].1.likely - 7.5).abs() < 1e-9);
        // Twice the text a document has in the samples.
        assert!((found.stages[1].1.likely - 8.0).abs() < 0.1, "{:?}", found.stages);
        assert!((found.peak_bytes.likely - 4e9).abs() < 1e3, "the largest sample took what was expected");
    }

    #[test]
    fn memory_moves_half_of_the_way_that_the_sample_did() {
        let mut costs = costs(&law);
        costs[2].peak_bytes /= 4;
        let reading = StageCost { stage: "read", wall_seconds: 0.0, cpu_seconds: 0.0, peak_bytes: 0 };
        let known = Known { text_bytes: 40_000_000, reading, expected_bytes: Some(1_000_000) };
        let found = forecast(&costs, 40_000, Some(&known), &Settings::default()).unwrap();
        assert!((found.peak_bytes.likely - 500_000.0).abs() < 1.0, "{:?}", found.peak_bytes);
    }

    #[test]
    fn it_is_known_of_every_stage_of_a_run_how_it_grows() {
        let shared = [
            "shingles", "candidates", "boilerplate", "evidence weights", "verdicts", "duplicate sets",
            "known documents", "weights", "neighbors", "story neighbors", "stories", "cosines of pairs",
        ];
        let texts = (0..4).map(|n| (n.to_string(), format!("The council of town {n} met on bridge {n}.")));
        let run = crate::run(crate::Corpus::from_texts(texts), &Settings::default()).unwrap();
        let mut of_run: Vec<&str> = run.stages.iter().map(|cost| cost.stage).collect();
        // Before and after what the library does, and between.
        of_run.extend(["read", "write", BETWEEN]);
        let mut thought_of: Vec<&str> = shared.into_iter().chain(OF_TEXTS).chain([OF_A_POWER]).collect();
        of_run.sort_unstable();
        thought_of.sort_unstable();
        assert_eq!(of_run, thought_of);
    }

    #[test]
    fn coefficients_are_never_below_nothing() {
        // Falls with size: the best line would fall, too.
        let falling = [(1.0, 3.0), (2.0, 2.0), (3.0, 1.0)];
        let (a, b) = fit(&falling, |_| 1.0, |x| x).unwrap();
        assert!(a > 0.0 && b == 0.0);
        assert_eq!(fit(&[], |_| 1.0, |x| x), None);
    }
}
