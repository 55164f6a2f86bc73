//! `samestory run --dry-run`: what would be read, and what the run would take; nothing is written.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use samestory::corpus::Corpus;
use samestory::measurement::{self, RunCost};
use samestory::memory;
use samestory::progress::Progress;
use samestory::settings::ReadFor;
use samestory::stages::StageCost;
use samestory::{Error, Settings};

use super::arguments::RunArguments;
use super::exit::{Exit, Stop};
use super::inspect::{self, grouped};
use super::measure::Bench;
use super::progress::Bars;
use super::run::{shown, skipped_or_done};
use super::{bench, terminal};

/// The largest sample is one document in so many, within the two numbers below; the others are halves of it.
const ONE_IN: usize = 6;

/// Documents of the largest sample: fewer tell too little, more take too long.
const LEAST_SAMPLED: usize = 1_000;
const MOST_SAMPLED: usize = 12_000;

/// Samples.
const N_SAMPLES: u32 = 3;

/// What the runs of one sample may take together: a run that takes longer is done once.
const A_WHILE: Duration = Duration::from_secs(3);

/// Reads everything, runs on samples of it, prints.
pub(super) fn dry_run(
    arguments: &RunArguments,
    mut settings: Settings,
    folder: &Path,
    bars: &Bars,
) -> Result<Exit, Stop> {
    settings.read_for = ReadFor::Look;
    settings.scratch = None;
    let (corpus, reading) = StageCost::of("read", || Corpus::read_with(&arguments.inputs, &settings, bars));
    let mut corpus = corpus?;
    let exit = skipped_or_done(&corpus);
    let mut plan = inspect::describe(&corpus, arguments.talk.verbose);
    // Writing to a string cannot fail.
    let _ = writeln!(plan, "would write {}", shown(folder));

    settings.read_for = ReadFor::Run;
    let costs = measure(&corpus, &settings, bars)?;
    let n_documents = corpus.documents.len() as u64;
    let ceiling = memory::ceiling(&settings);
    let (expected_bytes, refusal) = match memory::check(&mut corpus, &settings) {
        Ok(used) => (Some(used.expected_bytes), None),
        Err(Error::Memory(message)) => (None, Some(message)),
        Err(error) => return Err(error.into()),
    };
    bars.clear();
    let known = measurement::Known { text_bytes: super::bench::text_bytes(&corpus), reading, expected_bytes };
    let Some(forecast) = measurement::forecast(&costs, n_documents, Some(&known), &settings) else {
        terminal::print(&plan)?;
        return Ok(exit);
    };
    let _ = writeln!(plan, "would take  {}", bench::estimate(&forecast));
    let samples: Vec<String> = costs.iter().map(|cost| grouped(cost.n_documents)).collect();
    let _ = writeln!(
        plan,
        "            told from runs of {} of the documents; in brackets, what should hold nine times in ten",
        samples.join(", ")
    );
    let mut slowest: Vec<_> = forecast.stages.iter().collect();
    slowest.sort_by(|one, other| other.1.likely.total_cmp(&one.1.likely));
    let slowest: Vec<String> = slowest
        .iter()
        .take(4)
        .map(|(stage, seconds)| format!("{stage} {}", samestory::report::seconds(seconds.likely)))
        .collect();
    let _ = writeln!(plan, "            of it {}", slowest.join(", "));
    if let Some(ceiling) = ceiling {
        let whose = if ceiling.origin == "memory" { "--memory" } else { "the system's limit" };
        let mebibytes = ceiling.bytes >> 20;
        let _ = match &refusal {
            None => writeln!(plan, "memory      {whose} of {mebibytes} MiB suffices"),
            Some(_) => writeln!(plan, "memory      {whose} of {mebibytes} MiB does not suffice"),
        };
    }
    terminal::print(&plan)?;
    match refusal {
        Some(message) => Err(Error::Memory(message).into()),
        None => Ok(exit),
    }
}

/// Runs samples of growing size, the largest last.
fn measure(corpus: &Corpus, settings: &Settings, bars: &Bars) -> Result<Vec<RunCost>, Stop> {
    let n = corpus.documents.len();
    let largest = (n / ONE_IN).clamp(LEAST_SAMPLED, MOST_SAMPLED).min(n);
    let place = Bench::begin(&std::env::temp_dir(), settings)?;
    let mut costs = Vec::new();
    bars.stage("samples", u64::from(N_SAMPLES));
    for halvings in (0..N_SAMPLES).rev() {
        let size = largest >> halvings;
        if size == 0 {
            continue;
        }
        let begun = Instant::now();
        let documents = measurement::choose(corpus, size, settings.seed);
        let sample = place.sample(corpus, &documents)?;
        costs.push(place.measure(&sample, A_WHILE.saturating_sub(begun.elapsed()))?.0);
        bars.advance(1);
    }
    Ok(costs)
}
