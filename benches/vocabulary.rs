//! How the vocabulary of documents grows, for holding grown drops beside real ones:
//!
//!     cargo bench --bench vocabulary -- FILE.jsonl...
//!
//! The documents are taken in an order that their ids' hashes decide. At every doubling from 1,000 on, a line of CSV:
//! `documents,words,distinct_words,share_in_one,share_in_two_to_five,squares,heaps`. `share_in_one` is the share of distinct words that one document
//! has, `squares` the mean over documents of the sum over words of document frequency squared (what a search of all pairs meets), `heaps` the
//! exponent of Heaps' law between this line and the one before: distinct words = c * words^b.

#![allow(clippy::print_stdout, reason = "a tool for the terminal, not the program")]

use std::error::Error;

use samestory::progress::Silent;
use samestory::{Corpus, Settings, measurement, tokens};

const FIRST: usize = 1_000;

fn main() -> Result<(), Box<dyn Error>> {
    let files: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    if files.is_empty() {
        println!("cargo bench --bench vocabulary -- FILE.jsonl...");
        return Ok(());
    }
    let corpus = Corpus::read(&files, &Settings::default())?;
    let tokens = tokens::read(&corpus, &Silent);
    println!("documents,words,distinct_words,share_in_one,share_in_two_to_five,squares,heaps");
    let mut before: Option<(f64, f64)> = None;
    let mut size = FIRST;
    loop {
        let n = size.min(corpus.documents.len());
        let mut frequencies = vec![0_u32; tokens.vocabulary.len()];
        let (mut n_words, mut held) = (0, Vec::new());
        for document in measurement::choose(&corpus, n, 1) {
            held.clear();
            held.extend(tokens.bodies.of(document).iter().map(|word| word.index()));
            n_words += held.len();
            held.sort_unstable();
            held.dedup();
            for &word in &held {
                frequencies[word] += 1;
            }
        }
        let count = |range: std::ops::RangeInclusive<u32>| {
            frequencies.iter().filter(|frequency| range.contains(frequency)).count() as f64
        };
        let distinct = count(1..=u32::MAX);
        let squares: f64 = frequencies.iter().map(|&frequency| f64::from(frequency).powi(2)).sum();
        let heaps = before.map_or(String::new(), |(words, old)| {
            format!("{:.3}", (distinct / old).ln() / (n_words as f64 / words).ln())
        });
        println!(
            "{n},{n_words},{distinct},{:.3},{:.3},{:.0},{heaps}",
            count(1..=1) / distinct,
            count(2..=5) / distinct,
            squares / n as f64
        );
        before = Some((n_words as f64, distinct));
        if n == corpus.documents.len() {
            return Ok(());
        }
        size *= 2;
    }
}
