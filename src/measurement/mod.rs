//! Measurement: what does a run cost at growing sizes, and what would it cost at another?
//! In:  a [`Corpus`] to take samples from, and the records that runs of them left.
//! Out: sample files, [`RunCost`]s, [`Growth`] exponents, [`Forecast`]s. Writes the sample files only.
//!
//! Every run that is measured is a process of its own: the highest memory of a process never falls, so of two runs in
//! one process the second would show the first one's. A sample is a file as any other, so that nothing is measured but what a user would run.

mod cost;
mod samples;
mod growth;
mod forecast;

pub use cost::{BETWEEN, RunCost, StageTotal};
pub use forecast::{Estimate, Forecast, Known, forecast};
pub use growth::{Growth, Point, growth};
pub use samples::{choose, write};

#[cfg(doc)]
use crate::corpus::Corpus;
use crate::evaluation::PrecisionRecall;

/// Where the documents of a measured run come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// Drawn from the user's own.
    Sampled,
    /// Grown from the user's own by [`crate::generator`], with planted copies.
    Grown,
}

impl Origin {
    /// `sampled` or `grown`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sampled => "sampled",
            Self::Grown => "grown",
        }
    }
}

/// How well a run did on a drop whose truth is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quality {
    /// Pairs of planted copies, held against duplicate sets.
    pub copies: PrecisionRecall,
    /// Documents of planted stories, held against stories: B-cubed. None where no stories were sought, or none planted in so
    /// few documents.
    pub stories: Option<PrecisionRecall>,
}

/// One size, measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// Where the documents come from.
    pub origin: Origin,
    /// What the run took: of several, the least by stage.
    pub cost: RunCost,
    /// Runs of this size.
    pub n_runs: u32,
    /// Of grown documents only.
    pub quality: Option<Quality>,
}

/// How the time of one stage grows.
#[derive(Debug, Clone, PartialEq)]
pub struct StageGrowth {
    /// Its name; `whole run` for all of them.
    pub stage: String,
    /// Of wall seconds.
    pub wall: Option<Growth>,
    /// Of processor seconds.
    pub cpu: Option<Growth>,
}

/// The name under which the sum of all stages stands.
pub const WHOLE: &str = "whole run";

/// Sizes measured, and what follows from them.
#[derive(Debug, Clone, PartialEq)]
pub struct Bench {
    /// The inputs as given.
    pub inputs: Vec<String>,
    /// The command as typed.
    pub command: Vec<String>,
    /// The user's documents, and bytes of their texts.
    pub n_documents: u64,
    /// See `n_documents`.
    pub text_bytes: u64,
    /// Threads of every run.
    pub threads: usize,
    /// Seed of samples and of what is planted.
    pub seed: u64,
    /// By size, ascending; of one size the sampled documents first.
    pub measured: Vec<Measured>,
    /// By stage in the order of a run, the whole run last.
    pub growth: Vec<StageGrowth>,
    /// What runs of other sizes would take.
    pub forecasts: Vec<Forecast>,
    /// Which documents that was told from.
    pub forecast_origin: Origin,
    /// What a reader must know.
    pub notes: Vec<String>,
}

impl Bench {
    /// Fits the growth of every stage to the sizes measured.
    #[must_use]
    pub fn growth_of(measured: &[Measured]) -> Vec<StageGrowth> {
        let mut stages: Vec<&str> = Vec::new();
        for stage in measured.iter().flat_map(|one| &one.cost.stages) {
            if !stages.contains(&stage.stage.as_str()) {
                stages.push(&stage.stage);
            }
        }
        let fitted = |seconds: &dyn Fn(&RunCost) -> Option<f64>| {
            let point = |one: &Measured| {
                let seconds = seconds(&one.cost)?;
                Some(Point { origin: one.origin, size: one.cost.n_documents as f64, seconds })
            };
            growth(&measured.iter().filter_map(point).collect::<Vec<_>>())
        };
        let of_stage = |stage: &str| StageGrowth {
            stage: stage.to_owned(),
            wall: fitted(&|cost| Some(cost.stage(stage)?.wall_seconds)),
            cpu: fitted(&|cost| Some(cost.stage(stage)?.cpu_seconds)),
        };
        let whole = StageGrowth {
            stage: WHOLE.to_owned(),
            wall: fitted(&|cost| Some(cost.wall_seconds)),
            cpu: fitted(&|cost| Some(cost.cpu_seconds())),
        };
        stages.into_iter().map(of_stage).chain([whole]).collect()
    }
}
