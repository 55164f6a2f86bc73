//! Instructions of every stage of a run on a small fixed drop, counted by valgrind, so that the noise of a machine drowns no change:
//!
//!     cargo bench --bench instructions               # beside the record
//!     cargo bench --bench instructions -- --write    # write the record: benches/records/instructions.csv
//!
//! The harness calls itself once for each stage and ends when the next one begins; what the counts of two such calls differ by is
//! what the stage between took. One thread, no network, no file but the output folder; two counts of one build differ by less than a thousandth in the
//! stages that matter. Counts are of one compiler and machine: after an update of the compiler, write the record anew
//! from the commit before. What waits, for memory or for a disk, is not seen in instructions.

#![allow(clippy::print_stdout, reason = "a tool for the terminal, not the program")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use samestory::progress::Progress;
use samestory::{Context, Corpus, Settings};

const DOCUMENTS: usize = 150;
const WORDS: usize = 250;
const RECORD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/records/instructions.csv");

/// A change of less than this share says nothing.
const SAME: f64 = 0.005;

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["--until", stage, folder] => run(&Until::stage(stage.parse()?), Path::new(folder)),
        ["--list", folder] => {
            run(&Until { stage: usize::MAX, met: AtomicUsize::new(0), is_listing: true }, Path::new(folder))
        }
        ["--write"] => compare(true),
        _ => compare(false),
    }
}

/// Ends the process when a stage begins.
struct Until {
    /// Counted from 0.
    stage: usize,
    met: AtomicUsize,
    is_listing: bool,
}

impl Until {
    fn stage(stage: usize) -> Self {
        Self { stage, met: AtomicUsize::new(0), is_listing: false }
    }
}

impl Progress for Until {
    fn stage(&self, name: &'static str, _: u64) {
        if self.is_listing {
            println!("{name}");
        }
        if self.met.fetch_add(1, Ordering::Relaxed) == self.stage {
            std::process::exit(0);
        }
    }

    fn advance(&self, _: u64) {}
}

/// Everything that a run does, on this thread alone.
fn run(until: &Until, folder: &Path) -> Result<(), Box<dyn Error>> {
    rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build_global()?;
    let input = folder.join("drop.jsonl");
    let settings = Settings::default();
    let corpus = Corpus::read_with(&[&input], &settings, until)?;
    let run = samestory::run_with(corpus, &settings, &Context::default(), until)?;
    until.stage("write", 0);
    let output = folder.join(format!("output-{}", std::process::id()));
    run.write(&output)?;
    until.stage("end", 0);
    Ok(())
}

/// Counts, and prints the counts beside those of the record.
fn compare(is_writing: bool) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("drop.jsonl"), drop())?;
    let listed = call(&[], &["--list"], folder.path())?;
    let stages: Vec<&str> = listed.lines().collect();
    let record = read_record()?;
    let mut counts: Vec<(String, i64)> = Vec::new();
    let mut before = None;
    println!("{:<18} {:>14} {:>14} {:>8}", "stage", "instructions", "record", "change");
    for (place, next) in stages.iter().enumerate() {
        let until = count(place, folder.path())?;
        if let Some(before) = before {
            let stage = stages[place - 1].to_owned();
            show(&stage, until - before, record.get(&stage).copied());
            counts.push((stage, until - before));
        }
        before = (*next != "end").then_some(until);
    }
    let whole = counts.iter().map(|(_, count)| count).sum();
    show("whole run", whole, record.get("whole run").copied());
    counts.push(("whole run".to_owned(), whole));
    if is_writing {
        let mut rows = "stage,instructions\n".to_owned();
        for (stage, count) in &counts {
            writeln!(rows, "{stage},{count}")?;
        }
        std::fs::write(RECORD, rows)?;
        println!("written to {RECORD}");
    }
    Ok(())
}

fn show(stage: &str, count: i64, record: Option<i64>) {
    let change = match record {
        Some(record) if record > 0 => {
            let share = count as f64 / record as f64 - 1.0;
            if share.abs() < SAME { "same".to_owned() } else { format!("{:+.1} %", share * 100.0) }
        }
        _ => "new".to_owned(),
    };
    let record = record.map_or(String::new(), |record| record.to_string());
    println!("{stage:<18} {count:>14} {record:>14} {change:>8}");
}

fn read_record() -> Result<BTreeMap<String, i64>, Box<dyn Error>> {
    let Ok(text) = std::fs::read_to_string(RECORD) else { return Ok(BTreeMap::new()) };
    let rows = text.lines().skip(1).filter_map(|line| line.rsplit_once(','));
    rows.map(|(stage, count)| Ok((stage.to_owned(), count.parse()?))).collect()
}

/// Instructions from the start of the process until stage number `stage` begins.
fn count(stage: usize, folder: &Path) -> Result<i64, Box<dyn Error>> {
    let valgrind =
        ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null", "--log-fd=1"];
    let said = call(&valgrind, &["--until", &stage.to_string()], folder)?;
    let line = said.lines().find(|line| line.contains("I refs:") || line.contains("I   refs:"));
    let digits: String = line
        .and_then(|line| line.rsplit(':').next())
        .unwrap_or_default()
        .chars()
        .filter(char::is_ascii_digit)
        .collect();
    digits.parse().map_err(|_| format!("valgrind gave no count: {said}").into())
}

/// Calls this program again, under another one if any is named; what it printed.
fn call(under: &[&str], words: &[&str], folder: &Path) -> Result<String, Box<dyn Error>> {
    let this = std::env::current_exe()?;
    let mut command = match under {
        [program, rest @ ..] => {
            let mut command = Command::new(program);
            command.args(rest).arg(&this);
            command
        }
        [] => Command::new(&this),
    };
    command.args(words).arg(folder).env_remove("RAYON_NUM_THREADS").stderr(Stdio::inherit());
    let output = command.output().map_err(|error| format!("{command:?}: {error}; is valgrind installed?"))?;
    if !output.status.success() {
        return Err(format!("{command:?}: {}", output.status).into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Records whose words are as frequent as in real text; every tenth is a copy of the one before it with every twentieth
/// word changed, and every fifteenth begins under the same page furniture.
fn drop() -> String {
    let mut state = 1_u64;
    let mut chance = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / f64::from(1 << 24)
    };
    let mut word = move || format!("w{:x}", (20_000_f64.powf(chance()) * 977.0) as u64);
    let mut texts: Vec<Vec<String>> = Vec::new();
    let mut lines = String::new();
    for document in 0..DOCUMENTS {
        let text: Vec<String> = match texts.last() {
            Some(before) if document % 10 == 9 => before
                .iter()
                .enumerate()
                .map(|(place, old)| if place % 20 == 0 { word() } else { old.clone() })
                .collect(),
            _ => (0..WORDS).map(|_| word()).collect(),
        };
        let furniture =
            if document % 15 == 14 { "Subscribe to our letter for more of the same.\\n" } else { "" };
        let sentences: Vec<String> = text.chunks(12).map(|words| format!("{}.", words.join(" "))).collect();
        // Writing to a string cannot fail.
        let _ = writeln!(
            lines,
            "{{\"id\": \"{document:04}\", \"title\": \"{}\", \"text\": \"{furniture}{}\", \"lang\": \"en\"}}",
            text[..6].join(" "),
            sentences.join(" ")
        );
        texts.push(text);
    }
    lines
}
