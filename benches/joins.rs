//! How long the vectoriser and the two cosine searches take on documents of your own:
//!
//!     cargo bench --bench joins -- FILE.jsonl... [--runs N] [--threshold T] [--neighbors K]
//!
//! Each step runs N times (5 unless said); lines of CSV go to standard output: `step,median_seconds,least_seconds,
//! cpu_seconds,runs,count,what` (the processor's seconds are the least of all runs, 0 where the system does not
//! tell them). Nothing is masked and idf comes from the drop alone, as in scikit-learn's `TfidfVectorizer`,
//! so that the figures stand beside a peer's.

#![allow(clippy::print_stdout, reason = "a tool for the terminal, not the program")]

use std::error::Error;

use samestory::pairs::neighbors::Search;
use samestory::pairs::{join, neighbors};
use samestory::progress::Silent;
use samestory::stages::StageCost;
use samestory::tokens::{self, WordMask, terms};
use samestory::{Context, Corpus, Settings, vectors};

fn main() -> Result<(), Box<dyn Error>> {
    let mut files: Vec<String> = Vec::new();
    let (mut n_runs, mut threshold, mut k) = (5usize, 0.7f32, 10usize);
    let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} needs a number"));
        match word.as_str() {
            "--runs" => n_runs = value()?.parse()?,
            "--threshold" => threshold = value()?.parse()?,
            "--neighbors" => k = value()?.parse()?,
            _ => files.push(word),
        }
    }
    if files.is_empty() {
        println!("cargo bench --bench joins -- FILE.jsonl... [--runs N] [--threshold T] [--neighbors K]");
        return Ok(());
    }
    let settings = Settings::default();
    let context = Context::default();
    println!("step,median_seconds,least_seconds,cpu_seconds,runs,count,what");

    let inputs: Vec<&str> = files.iter().map(String::as_str).collect();
    let (cost, corpus) = time(1, || Corpus::read(&inputs, &settings));
    let corpus = corpus?;
    line("read", cost, corpus.documents.len(), "documents");

    let (cost, tokens) = time(n_runs, || tokens::read(&corpus, &Silent));
    line("tokens", cost, tokens.bodies.words.len(), "words");

    let nothing = WordMask::none(0);
    let (cost, terms) = time(n_runs, || terms::learn(&tokens, &corpus.documents));
    line("terms", cost, terms.len(), "terms");
    let (cost, matrix) = time(n_runs, || {
        let counts = vectors::count(&tokens, &terms, &nothing);
        let weights = vectors::learn_weights(&counts, &terms, &context, 0);
        vectors::weigh(counts, &weights)
    });
    line("counts and weights", cost, matrix.n_documents(), "rows");

    let (cost, pairs) = time(n_runs, || join::at_least(&matrix, threshold, &Silent));
    line("join", cost, pairs.len(), &format!("pairs from {threshold} on"));
    let search = Search { k, least: 0.0, work_limit: settings.exact_work };
    let (cost, near) = time(n_runs, || neighbors::find(&matrix, search, None, &Silent));
    line("neighbors", cost, near.neighbors.len(), &format!("{:?}", near.method).replace(',', ""));
    let (cost, near) =
        time(n_runs, || neighbors::find(&matrix, Search { work_limit: u64::MAX, ..search }, None, &Silent));
    line("neighbors_exact", cost, near.neighbors.len(), "neighbors");
    Ok(())
}

/// What several runs of one step took.
#[derive(Default)]
struct Cost {
    /// Wall seconds of each run.
    wall: Vec<f64>,
    /// Processor seconds of each run, all threads together.
    cpu: Vec<f64>,
}

/// Runs `work` several times; what each run took, and what the last one gave.
fn time<T>(n_runs: usize, mut work: impl FnMut() -> T) -> (Cost, T) {
    let mut cost = Cost::default();
    loop {
        let (result, took) = StageCost::of("", &mut work);
        cost.wall.push(took.wall_seconds);
        cost.cpu.push(took.cpu_seconds);
        if cost.wall.len() >= n_runs {
            return (cost, result);
        }
    }
}

fn line(step: &str, mut cost: Cost, count: usize, what: &str) {
    cost.wall.sort_unstable_by(f64::total_cmp);
    println!(
        "{step},{:.4},{:.4},{:.2},{},{count},{what}",
        cost.wall[cost.wall.len() / 2],
        cost.wall[0],
        cost.cpu.iter().copied().fold(f64::INFINITY, f64::min),
        cost.wall.len()
    );
}
