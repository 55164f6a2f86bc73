//! `samestory bench`: time, memory and quality at growing sizes, on the user's machine and documents.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use samestory::evaluation::Truth;
use samestory::generator::{self, Order};
use samestory::measurement::{self, Bench, Forecast, Growth, Measured, Origin, Quality, RunCost, WHOLE};
use samestory::past::PastRun;
use samestory::progress::{Progress, Silent};
use samestory::settings::{Only, ReadFor};
use samestory::{Corpus, DocId, Settings, report};

use super::arguments::BenchArguments;
use super::exit::{self, Exit, Stop};
use super::inspect::grouped;
use super::measure::{self, Sample};
use super::progress::Bars;
use super::score::{self, Side};
use super::{gold, output_folder, settings, terminal};

/// Seconds that all measuring may take, unless said otherwise.
pub(super) const SECONDS: u64 = 60;

/// The smallest size, where it is not given: below, most of the time is that of starting.
const SMALLEST: usize = 200;

/// Sizes are doubled; one is begun only where so many times the last one's time is left.
const NEXT: f64 = 3.0;

/// A run that has less than this of one processor waits for others: alone on a machine, it has one or more.
const BUSY: f64 = 0.8;

/// What was measured of one size, before another is begun.
struct Bencher<'a> {
    corpus: &'a Corpus,
    settings: &'a Settings,
    place: measure::Bench,
    /// When all must be over, where nobody named sizes.
    deadline: Option<Instant>,
    measured: Vec<Measured>,
    notes: Vec<String>,
}

/// Reads, measures size after size, writes, prints.
pub(crate) fn bench(arguments: &BenchArguments) -> Result<Exit, Stop> {
    let begun = Instant::now();
    let mut layered = settings::layer(&arguments.reading, &arguments.knobs)?;
    let inputs = &arguments.inputs;
    let folder = arguments.output.clone().unwrap_or_else(|| default_folder(inputs));
    report::check_bench_target(&folder, inputs, arguments.replace)?;
    let scratch = output_folder::nearest_folder(&folder).unwrap_or_else(std::env::temp_dir);
    layered.settings.scratch = Some(scratch.clone());
    layered.settings.read_for = ReadFor::Look;
    settings::start_threads(&mut layered.settings, arguments.talk.quiet)?;

    let bars = Bars::new(arguments.talk.quiet);
    let corpus = Corpus::read_with(inputs, &layered.settings, &bars)?;
    let budget = Duration::from_secs(arguments.seconds.unwrap_or(SECONDS));
    let mut bencher = Bencher {
        corpus: &corpus,
        settings: &layered.settings,
        place: measure::Bench::begin(&scratch, &layered.settings)?,
        deadline: arguments.sizes.is_none().then(|| begun + budget),
        measured: Vec::new(),
        notes: Vec::new(),
    };
    bencher.measure_all(arguments.sizes.as_deref(), &bars)?;
    bars.clear();
    let (forecasts, forecast_origin) = bencher.forecasts(arguments.estimate.as_deref().unwrap_or_default());
    bencher.note_a_busy_machine();
    let Bencher { measured, notes, .. } = bencher;
    let bench = Bench {
        inputs: inputs.iter().map(|input| input.to_string_lossy().into_owned()).collect(),
        command: super::run::command_as_typed(),
        n_documents: corpus.documents.len() as u64,
        text_bytes: text_bytes(&corpus),
        threads: rayon::current_num_threads(),
        seed: layered.settings.seed,
        growth: Bench::growth_of(&measured),
        measured,
        forecasts,
        forecast_origin,
        notes,
    };
    report::write_bench(&bench, &folder, arguments.replace)?;
    exit::published();
    if arguments.json {
        terminal::print_json(&report::bench_json(&bench))?;
    } else {
        terminal::print(&table(&bench))?;
    }
    if !arguments.talk.quiet {
        for note in &bench.notes {
            terminal::say(&format!("note: {note}"));
        }
        terminal::say(&format!("report: {}", folder.join("bench.html").display()));
    }
    Ok(super::run::skipped_or_done(&corpus))
}

/// `output/may-bench` for `drops/may.jsonl`.
fn default_folder(inputs: &[PathBuf]) -> PathBuf {
    let folder = output_folder::default_folder(inputs);
    let mut name = folder.file_name().unwrap_or_default().to_owned();
    name.push("-bench");
    folder.with_file_name(name)
}

pub(super) fn text_bytes(corpus: &Corpus) -> u64 {
    (0..corpus.documents.len() as u32).map(|place| corpus.texts.n_bytes(DocId(place)) as u64).sum()
}

impl Bencher<'_> {
    fn measure_all(&mut self, asked: Option<&[usize]>, bars: &Bars) -> Result<(), Stop> {
        let n_own = self.corpus.documents.len();
        let mut sizes = match asked {
            Some(asked) => {
                let mut asked = asked.to_vec();
                asked.sort_unstable();
                asked.dedup();
                asked
            }
            None => vec![smallest(n_own)],
        };
        let mut place = 0;
        while let Some(&size) = sizes.get(place) {
            bars.stage("bench", 0);
            let begun = Instant::now();
            if !self.measure_size(size)? {
                break;
            }
            place += 1;
            if place == sizes.len()
                && let Some(deadline) = self.deadline
            {
                let next = begun.elapsed().mul_f64(NEXT);
                if Instant::now() + next <= deadline {
                    sizes.push(next_size(size, n_own));
                }
            }
        }
        let grown = self.measured.iter().filter(|measured| measured.origin == Origin::Grown).count();
        if grown < 3 {
            self.notes.push(format!(
                "only {grown} sizes were measured on grown documents; exponents and estimates want three or more: give more \
                 --seconds, or name --sizes"
            ));
        }
        Ok(())
    }

    /// Measures one size; false where no larger one can be had.
    fn measure_size(&mut self, size: usize) -> Result<bool, Stop> {
        if size <= self.corpus.documents.len() {
            let documents = measurement::choose(self.corpus, size, self.settings.seed);
            let sample = self.place.sample(self.corpus, &documents)?;
            let (cost, n_runs) = self.place.measure(&sample, self.share())?;
            self.measured.push(Measured { origin: Origin::Sampled, cost, n_runs, quality: None });
        }
        let path = self.place.path("grown.jsonl");
        let order = Order {
            documents: u32::try_from(size).unwrap_or(u32::MAX),
            seed: self.settings.seed,
            ..Order::default()
        };
        match generator::grow(self.corpus, &order, &path, true, &Silent) {
            Ok(_) => {}
            Err(samestory::Error::Input(message)) => {
                self.notes.push(format!(
                    "{} documents cannot be grown from these: {message}",
                    grouped(size as u64)
                ));
                return Ok(size < self.corpus.documents.len());
            }
            Err(error) => return Err(error.into()),
        }
        let sample = Sample { text_bytes: texts_of(&path)?, path };
        let (cost, n_runs) = self.place.measure(&sample, self.share())?;
        let quality = Some(self.quality(&sample.path)?);
        self.measured.push(Measured { origin: Origin::Grown, cost, n_runs, quality });
        Ok(true)
    }

    /// What the runs of one size may take together: a run that takes longer is done once.
    fn share(&self) -> Duration {
        let left = self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        left.map_or(Duration::from_secs(5), |left| left / 12)
    }

    fn quality(&self, drop: &Path) -> Result<Quality, Stop> {
        let run = PastRun::open(&self.place.output())?;
        let truth: Truth = gold::read(&generator::truth_path(drop))?;
        let scores = |side: Side| score::judge(side, &run, &truth).map(|judged| judged.scores);
        // Every document has a group of copies in the truth, if of one.
        let copies =
            scores(Side::DuplicateSet).ok_or_else(|| Stop::usage("the truth has no copies"))?.pairwise;
        let has_stories = !matches!(self.settings.only, Some(Only::Duplicates | Only::Themes));
        let stories = if has_stories { scores(Side::Story).map(|scores| scores.b_cubed) } else { None };
        Ok(Quality { copies, stories })
    }

    /// Estimates for the user's whole input, for ten times as many documents, and for the numbers asked for.
    fn forecasts(&mut self, asked: &[u64]) -> (Vec<Forecast>, Origin) {
        let n_own = self.corpus.documents.len() as u64;
        let mut sizes: Vec<u64> = if asked.is_empty() { vec![10 * n_own] } else { asked.to_vec() };
        sizes.sort_unstable();
        sizes.dedup();
        let costs = |origin: Origin| -> Vec<RunCost> {
            let own = self.measured.iter().filter(|measured| measured.origin == origin);
            own.map(|measured| measured.cost.clone()).collect()
        };
        let (sampled, grown) = (costs(Origin::Sampled), costs(Origin::Grown));
        // The user's own documents where there are enough sizes of them to see how they grow.
        let (basis, origin) =
            if sampled.len() >= 3 { (sampled, Origin::Sampled) } else { (grown, Origin::Grown) };
        let found: Vec<Forecast> = sizes
            .into_iter()
            .filter_map(|size| measurement::forecast(&basis, size, None, self.settings))
            .collect();
        if found.is_empty() {
            self.notes.push("no estimate: fewer than two sizes were measured".to_owned());
        }
        (found, origin)
    }

    /// Says where the runs did not have the processors for themselves.
    fn note_a_busy_machine(&mut self) {
        let Some(largest) = self.measured.last() else { return };
        let had = largest.cost.cpu_seconds() / largest.cost.wall_seconds;
        if had > 0.0 && had < BUSY {
            self.notes.push(format!(
                "the machine was busy: the largest run had {:.0} % of one processor while it ran, so that seconds and estimates are \
                 worse than on a calm machine; processor seconds are not",
                had * 100.0
            ));
        }
    }
}

/// The user's number, halved until it is small: so that his own number is among the sizes.
fn smallest(n_own: usize) -> usize {
    let mut size = n_own.max(1);
    while size / 2 >= SMALLEST {
        size = size.div_ceil(2);
    }
    size
}

/// Twice as many, or the user's number where that is about twice as many.
fn next_size(size: usize, n_own: usize) -> usize {
    let twice = 2 * size;
    if twice.abs_diff(n_own) * 10 < n_own { n_own } else { twice }
}

/// Bytes of the texts of a grown drop.
fn texts_of(drop: &Path) -> Result<u64, Stop> {
    #[derive(serde::Deserialize)]
    struct Record<'a> {
        #[serde(borrow)]
        text: std::borrow::Cow<'a, str>,
    }
    let bytes = std::fs::read(drop)
        .map_err(|source| samestory::Error::Scratch { folder: drop.to_owned(), source })?;
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    Ok(lines
        .filter_map(|line| serde_json::from_slice::<Record>(line).ok())
        .map(|record| record.text.len() as u64)
        .sum())
}

/// For a terminal.
fn table(bench: &Bench) -> String {
    let mut text = format!(
        "{:>10}  {:<8} {:>8} {:>9} {:>9} {:>8} {:>7} {:>9}  {:>6} {:>6} {:>6}  {:>10}\n",
        "documents",
        "from",
        "MB",
        "seconds",
        "cpu s",
        "docs/s",
        "MB/s",
        "peak MiB",
        "copies P",
        "R",
        "F1",
        "stories F1"
    );
    // Writing to a string cannot fail.
    for measured in &bench.measured {
        let cost = &measured.cost;
        let megabytes = cost.text_bytes as f64 / 1e6;
        let _ = write!(
            text,
            "{:>10}  {:<8} {megabytes:>8.1} {:>9.2} {:>9.2} {:>8.0} {:>7.1} {:>9}",
            grouped(cost.n_documents),
            measured.origin.name(),
            cost.wall_seconds,
            cost.cpu_seconds(),
            cost.n_documents as f64 / cost.wall_seconds,
            megabytes / cost.wall_seconds,
            grouped(cost.peak_bytes >> 20),
        );
        if let Some(quality) = measured.quality {
            let copies = quality.copies;
            let _ = write!(text, "  {:>8.3} {:>6.3} {:>6.3}", copies.precision, copies.recall, copies.f1);
            if let Some(stories) = quality.stories {
                let _ = write!(text, "  {:>10.3}", stories.f1);
            }
        }
        text.push('\n');
    }
    text.push('\n');
    stages(&mut text, bench);
    if !bench.forecasts.is_empty() {
        let _ = writeln!(
            text,
            "\nestimates from {} documents, with the interval that should hold nine times in ten:",
            bench.forecast_origin.name()
        );
        for forecast in &bench.forecasts {
            let _ = writeln!(text, "{}", estimate(forecast));
        }
    }
    text
}

/// Seconds of the stages that matter at the largest size, and how they grow.
fn stages(text: &mut String, bench: &Bench) {
    let Some(largest) = bench.measured.last() else { return };
    let whole = largest.cost.wall_seconds;
    let _ = writeln!(
        text,
        "{:<18} {:>9} {:>9} {:>6} {:>9} {:>7} {:>9}   {:<20} processor time with",
        format!("at {}", grouped(largest.cost.n_documents)),
        "seconds",
        "cpu s",
        "share",
        "docs/s",
        "MB/s",
        "peak MiB",
        "grows with",
    );
    for stage in &bench.growth {
        let (seconds, cpu, peak) = match largest.cost.stage(&stage.stage) {
            Some(found) => (found.wall_seconds, found.cpu_seconds, found.peak_bytes),
            None if stage.stage == WHOLE => (whole, largest.cost.cpu_seconds(), largest.cost.peak_bytes),
            None => continue,
        };
        let rate = |amount: f64| if seconds > 0.0 { amount / seconds } else { 0.0 };
        let _ = writeln!(
            text,
            "{:<18} {seconds:>9.3} {cpu:>9.3} {:>5.0}% {:>9.0} {:>7.1} {:>9}   {:<20} {}",
            stage.stage,
            seconds / whole * 100.0,
            rate(largest.cost.n_documents as f64),
            rate(largest.cost.text_bytes as f64 / 1e6),
            grouped(peak >> 20),
            stage.wall.map_or_else(|| "too short to tell".to_owned(), exponent),
            stage.cpu.map(exponent).unwrap_or_default(),
        );
    }
}

fn exponent(growth: Growth) -> String {
    match growth.interval {
        Some((low, high)) => format!("{:.2} ({low:.2} to {high:.2})", growth.exponent),
        None => format!("{:.2}", growth.exponent),
    }
}

/// One estimate, on a line.
pub(super) fn estimate(forecast: &Forecast) -> String {
    let (time, memory) = (forecast.wall_seconds, forecast.peak_bytes);
    let mebibytes = |bytes: f64| grouped((bytes / f64::from(1 << 20)) as u64);
    format!(
        "{} documents, {:.0} MB: {} ({} to {}), {} of processor; {} MiB ({} to {})",
        grouped(forecast.n_documents),
        forecast.text_bytes as f64 / 1e6,
        report::seconds(time.likely),
        report::seconds(time.low),
        report::seconds(time.high),
        report::seconds(forecast.cpu_seconds.likely),
        mebibytes(memory.likely),
        mebibytes(memory.low),
        mebibytes(memory.high),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_users_own_number_is_among_the_sizes() {
        for n_own in [5, 199, 400, 2_225, 37_554] {
            let mut sizes = vec![smallest(n_own)];
            while sizes.last().is_some_and(|size| *size < n_own) {
                sizes.push(next_size(sizes[sizes.len() - 1], n_own));
            }
            assert_eq!(sizes.last(), Some(&n_own), "{sizes:?}");
            assert!(sizes[0] < 2 * SMALLEST.max(n_own.min(SMALLEST)), "{sizes:?}");
        }
        assert_eq!(next_size(2_225, 2_225), 4_450);
    }

    #[test]
    fn the_folder_is_named_for_the_input() {
        assert_eq!(default_folder(&[PathBuf::from("drops/may.jsonl.zst")]), Path::new("output/may-bench"));
    }
}
