//! What one run took, from the record it left.

use std::path::Path;

use serde::Deserialize;

use crate::error::Error;

/// What is counted as a stage though it is none: starting, and what a run does between its stages.
pub const BETWEEN: &str = "between stages";

/// What one stage took.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct StageTotal {
    /// Its name, as in `run.json`; [`BETWEEN`] for the rest.
    pub stage: String,
    /// Wall seconds.
    pub wall_seconds: f64,
    /// Seconds of all threads together; 0 where the system does not say, and for [`BETWEEN`].
    pub cpu_seconds: f64,
    /// Highest resident memory of the process up to the end of the stage, bytes; 0 where the system does not say.
    pub peak_bytes: u64,
}

/// What one run took.
#[derive(Debug, Clone, PartialEq)]
pub struct RunCost {
    /// Documents read.
    pub n_documents: u64,
    /// Bytes of their texts.
    pub text_bytes: u64,
    /// Words of their texts.
    pub n_words: u64,
    /// In order; a stage that runs twice is counted together.
    pub stages: Vec<StageTotal>,
    /// From the start of the process to its record.
    pub wall_seconds: f64,
    /// Highest resident memory, bytes; 0 where the system does not say.
    pub peak_bytes: u64,
    /// What the run itself expected that to be, bytes ([`crate::memory`]).
    pub expected_bytes: u64,
}

/// What `run.json` is read for.
#[derive(Deserialize)]
struct Record {
    counts: Counts,
    stages: Vec<StageTotal>,
    wall_seconds: f64,
    peak_bytes: u64,
    memory: Memory,
}

#[derive(Deserialize)]
struct Counts {
    documents: u64,
    words: u64,
}

#[derive(Deserialize)]
struct Memory {
    expected_bytes: u64,
}

impl RunCost {
    /// From the folder that a run wrote; `text_bytes` are those of its documents.
    ///
    /// # Errors
    /// [`Error::Input`] when there is no record of a run.
    pub fn read(folder: &Path, text_bytes: u64) -> Result<Self, Error> {
        let path = folder.join("run.json");
        let wrong = |error: &dyn std::fmt::Display| Error::Input(format!("{}: {error}", path.display()));
        let text = std::fs::read(&path).map_err(|error| wrong(&error))?;
        let record: Record = serde_json::from_slice(&text).map_err(|error| wrong(&error))?;
        Ok(Self::of(record, text_bytes))
    }

    fn of(record: Record, text_bytes: u64) -> Self {
        let mut stages: Vec<StageTotal> = Vec::new();
        for stage in record.stages {
            match stages.iter_mut().find(|total| total.stage == stage.stage) {
                Some(total) => {
                    total.wall_seconds += stage.wall_seconds;
                    total.cpu_seconds += stage.cpu_seconds;
                    total.peak_bytes = total.peak_bytes.max(stage.peak_bytes);
                }
                None => stages.push(stage),
            }
        }
        let in_stages: f64 = stages.iter().map(|stage| stage.wall_seconds).sum();
        stages.push(StageTotal {
            stage: BETWEEN.to_owned(),
            wall_seconds: (record.wall_seconds - in_stages).max(0.0),
            cpu_seconds: 0.0,
            peak_bytes: record.peak_bytes,
        });
        Self {
            n_documents: record.counts.documents,
            text_bytes,
            n_words: record.counts.words,
            stages,
            wall_seconds: record.wall_seconds,
            peak_bytes: record.peak_bytes,
            expected_bytes: record.memory.expected_bytes,
        }
    }

    /// Of several runs of the same documents: of each stage the least time, since whatever else a machine does
    /// only adds to it, and the most memory.
    #[must_use]
    pub fn least(mut runs: Vec<Self>) -> Option<Self> {
        let mut least = runs.pop()?;
        for run in runs {
            for stage in &mut least.stages {
                if let Some(other) = run.stage(&stage.stage) {
                    stage.wall_seconds = stage.wall_seconds.min(other.wall_seconds);
                    stage.cpu_seconds = stage.cpu_seconds.min(other.cpu_seconds);
                    stage.peak_bytes = stage.peak_bytes.max(other.peak_bytes);
                }
            }
            least.peak_bytes = least.peak_bytes.max(run.peak_bytes);
        }
        least.wall_seconds = least.stages.iter().map(|stage| stage.wall_seconds).sum();
        Some(least)
    }

    /// One stage.
    #[must_use]
    pub fn stage(&self, name: &str) -> Option<&StageTotal> {
        self.stages.iter().find(|stage| stage.stage == name)
    }

    /// Seconds of all threads together, of all stages.
    #[must_use]
    pub fn cpu_seconds(&self) -> f64 {
        self.stages.iter().map(|stage| stage.cpu_seconds).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(wall: [f64; 3], total: f64, peak: u64) -> RunCost {
        let text = format!(
            r#"{{"tool": "samestory", "counts": {{"documents": 9, "read": 10, "words": 20}}, "wall_seconds": {total}, "peak_bytes": {peak},
                "memory": {{"expected_bytes": 70}},
                "stages": [{{"stage": "words", "wall_seconds": {}, "cpu_seconds": 1.0, "peak_bytes": 5}},
                           {{"stage": "pairs", "wall_seconds": {}, "cpu_seconds": 2.0, "peak_bytes": 6}},
                           {{"stage": "words", "wall_seconds": {}, "cpu_seconds": 0.5, "peak_bytes": {peak}}}]}}"#,
            wall[0], wall[1], wall[2]
        );
        RunCost::of(serde_json::from_str(&text).unwrap(), 100)
    }

    /// Wall seconds of a stage, milliseconds.
    fn millis(cost: &RunCost, stage: &str) -> i64 {
        (cost.stage(stage).unwrap().wall_seconds * 1e3).round() as i64
    }

    #[test]
    fn a_stage_that_runs_twice_is_one_and_the_rest_has_a_name() {
        let cost = record([1.0, 2.0, 0.5], 4.0, 8);
        assert_eq!(
            (millis(&cost, "words"), millis(&cost, "pairs"), millis(&cost, BETWEEN)),
            (1500, 2000, 500)
        );
        assert_eq!(cost.stage("words").unwrap().peak_bytes, 8);
        assert_eq!((cost.n_documents, cost.text_bytes, cost.n_words, cost.expected_bytes), (9, 100, 20, 70));
        assert!((cost.cpu_seconds() - 3.5).abs() < 1e-9);
    }

    #[test]
    fn of_several_runs_the_least_time_and_the_most_memory_count() {
        let least =
            RunCost::least(vec![record([1.0, 2.0, 0.0], 4.0, 8), record([3.0, 1.0, 0.0], 4.5, 7)]).unwrap();
        assert_eq!(
            (millis(&least, "words"), millis(&least, "pairs"), millis(&least, BETWEEN)),
            (1000, 1000, 500)
        );
        assert!((least.wall_seconds - 2.5).abs() < 1e-9);
        assert_eq!(least.peak_bytes, 8);
        assert_eq!(RunCost::least(Vec::new()), None);
    }
}
