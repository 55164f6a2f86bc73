//! The whole flow, one stage a line.

use std::collections::BTreeMap;
use std::path::Path;

use crate::clusters::{DuplicateSet, Story, Themes};
use crate::context::Context;
use crate::corpus::{Corpus, DocId};
use crate::error::Error;
use crate::pairs::{Boilerplate, Neighbors, SimilarPair};
use crate::progress::{Progress, Silent};
use crate::settings::Settings;

/// Everything a run found: what the report room writes.
#[derive(Debug)]
pub struct Run {
    /// What was read.
    pub corpus: Corpus,
    /// By document: number of words of its text, page furniture included.
    pub n_tokens: Vec<u32>,
    /// What repeats across documents.
    pub boilerplate: Boilerplate,
    /// Copies and reuse, with passages; sorted by (a, b). Of a set: each member with its kept document.
    pub pairs: Vec<SimilarPair>,
    /// The similarity table.
    pub neighbors: Neighbors,
    /// The whole cosine matrix, row by row, up to a printed number of documents.
    pub similarity: Option<ndarray::Array2<f32>>,
    /// What is the same text, sorted by kept document.
    pub duplicate_sets: Vec<DuplicateSet>,
    /// Documents that contain two or more others which are not copies of each other.
    pub compilations: Vec<DocId>,
    /// What tells the same story, sorted by name. Empty with `--only duplicates`.
    pub stories: Vec<Story>,
    /// What runs through the drop. Empty with `--only duplicates` or `--only stories`.
    pub themes: Themes,
    /// What a person must know about how this was done: caps hit, approximations, warnings.
    pub warnings: Vec<String>,
    /// Counts for run.json, by name (`candidate_pairs`, `capped_shingles`, ...).
    pub counts: BTreeMap<&'static str, u64>,
    /// Wall seconds and peak memory of each stage, in order.
    pub stages: Vec<StageCost>,
    /// The settings it ran with.
    pub settings: Settings,
    /// [`Context::fingerprint`] of what was known before.
    pub context: String,
}

/// What one stage took.
#[derive(Debug, Clone, serde::Serialize)]
pub struct StageCost {
    /// Its name, as progress bars show it.
    pub stage: &'static str,
    /// Wall seconds.
    pub wall_seconds: f64,
    /// Highest resident memory of the process so far, bytes; 0 where the system does not say.
    pub peak_bytes: u64,
}

/// Runs every stage on `corpus` with no knowledge beyond it.
///
/// # Errors
/// [`Error::Settings`] when a setting is out of range.
pub fn run(corpus: Corpus, settings: &Settings) -> Result<Run, Error> {
    run_with(corpus, settings, &Context::default(), &Silent)
}

/// Runs every stage on `corpus`.
///
/// # Errors
/// [`Error::Settings`] when a setting is out of range.
pub fn run_with(
    _corpus: Corpus,
    settings: &Settings,
    _context: &Context,
    _progress: &dyn Progress,
) -> Result<Run, Error> {
    settings.validate()?;
    todo!()
}

impl Run {
    /// Writes the output folder: beside its target, renamed in place when whole.
    ///
    /// # Errors
    /// [`Error::Output`] or [`Error::OutputInTheWay`]; then nothing was published.
    pub fn write(&self, folder: impl AsRef<Path>) -> Result<(), Error> {
        crate::report::write(self, folder.as_ref(), &crate::report::WriteOptions::default())
    }
}
