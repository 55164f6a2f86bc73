//! The bare search that others build on, for comparison: minima of hashes (`MinHash`) with 128 permutations and banded LSH, one pass, in native code,
//! nothing verified on the texts.
//!
//!     cargo bench --bench minhash -- FILE.jsonl... [--runs N] [--threshold J] [--pairs OUT.tsv]
//!
//! Broder 1997: of a random order of all shingles, the chance that two sets have the same first one is their Jaccard
//! similarity. A word shingle is three words in lower case; a permutation is a multiplication by an odd number and an addition on the
//! shingle's 64-bit hash, as in every such library. Sixteen bands of eight rows meet at a similarity of about (1/16)^(1/8) = .71; a pair that
//! meets in a band counts if at least the threshold (.7 unless said) of its 128 minima are equal. Each band has a
//! bucket for each value and all pairs of a bucket are looked at, but for buckets of more than 1,000, where each is
//! held against the first. Prints `step,median_seconds,least_seconds,cpu_seconds,runs,count,what`; `--pairs` writes the pairs' ids.

#![allow(clippy::print_stdout, reason = "a tool for the terminal, not the program")]

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write as _};

use rapidhash::v3::rapidhash_v3;
use rayon::prelude::*;
use samestory::stages::StageCost;

const PERMUTATIONS: usize = 128;
const ROWS: usize = 8;
const SHINGLE: usize = 3;
/// Documents of a bucket that are held against each other.
const BUCKET: usize = 1_000;

type Signature = [u64; PERMUTATIONS];

fn main() -> Result<(), Box<dyn Error>> {
    let mut files: Vec<String> = Vec::new();
    let (mut n_runs, mut threshold, mut output) = (3usize, 0.7f64, None);
    let mut words = std::env::args().skip(1).filter(|word| word != "--bench");
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} needs a value"));
        match word.as_str() {
            "--runs" => n_runs = value()?.parse::<usize>()?.max(1),
            "--threshold" => threshold = value()?.parse()?,
            "--pairs" => output = Some(value()?),
            _ => files.push(word),
        }
    }
    if files.is_empty() {
        println!("cargo bench --bench minhash -- FILE.jsonl... [--runs N] [--threshold J] [--pairs OUT.tsv]");
        return Ok(());
    }
    let permutations = permutations();
    println!("step,median_seconds,least_seconds,cpu_seconds,runs,count,what");
    let (mut whole, mut found, mut ids) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..n_runs {
        let (result, took) = StageCost::of("minhash", || -> Result<_, Box<dyn Error>> {
            let (names, texts) = read(&files)?;
            let signatures: Vec<Option<Signature>> =
                texts.par_iter().map(|text| signature(text, &permutations)).collect();
            Ok((names, search(&signatures, threshold)))
        });
        (ids, found) = result?;
        whole.push((took.wall_seconds, took.cpu_seconds));
    }
    whole.sort_by(|one, other| one.0.total_cmp(&other.0));
    let least_cpu = whole.iter().map(|run| run.1).fold(f64::INFINITY, f64::min);
    println!(
        "minhash,{:.4},{:.4},{least_cpu:.2},{n_runs},{},pairs from {threshold} on among {} documents",
        whole[whole.len() / 2].0,
        whole[0].0,
        found.len(),
        ids.len()
    );
    if let Some(path) = output {
        let mut sink = BufWriter::new(File::create(path)?);
        for (a, b) in found {
            writeln!(sink, "{}\t{}", ids[a as usize], ids[b as usize])?;
        }
        sink.flush()?;
    }
    Ok(())
}

/// Ids and texts.
fn read(files: &[String]) -> Result<(Vec<String>, Vec<String>), Box<dyn Error>> {
    let (mut ids, mut texts) = (Vec::new(), Vec::new());
    for file in files {
        let bytes = std::fs::read(file)?;
        let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
        let records: Vec<(String, String)> = lines
            .par_iter()
            .map(|line| {
                let record: serde_json::Value = serde_json::from_slice(line)?;
                let field = |name: &str| record[name].as_str().unwrap_or_default().to_owned();
                Ok((field("id"), field("text")))
            })
            .collect::<Result<_, serde_json::Error>>()?;
        for (id, text) in records {
            ids.push(id);
            texts.push(text);
        }
    }
    Ok((ids, texts))
}

/// An odd factor and a summand each.
fn permutations() -> Vec<(u64, u64)> {
    let mut state = 1_u64;
    let mut next = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    };
    (0..PERMUTATIONS).map(|_| (next() | 1, next())).collect()
}

/// The least hash of every permutation; none for a text shorter than a shingle.
fn signature(text: &str, permutations: &[(u64, u64)]) -> Option<Signature> {
    let lower = text.to_lowercase();
    let words: Vec<u64> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(|word| rapidhash_v3(word.as_bytes()))
        .collect();
    if words.len() < SHINGLE {
        return None;
    }
    let mut least = [u64::MAX; PERMUTATIONS];
    for shingle in words.windows(SHINGLE) {
        let mixed = |hash: u64, word: &u64| (hash.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let hash = shingle.iter().fold(0, mixed);
        let hash = hash ^ (hash >> 31);
        for (least, (factor, summand)) in least.iter_mut().zip(permutations) {
            *least = (*least).min(hash.wrapping_mul(*factor).wrapping_add(*summand));
        }
    }
    Some(least)
}

/// Pairs that meet in a band and agree in enough permutations, once each, sorted.
fn search(signatures: &[Option<Signature>], threshold: f64) -> Vec<(u32, u32)> {
    let enough = (threshold * PERMUTATIONS as f64).ceil() as usize;
    let agree = |a: u32, b: u32| {
        let (Some(a), Some(b)) = (&signatures[a as usize], &signatures[b as usize]) else { return false };
        a.iter().zip(b).filter(|(a, b)| a == b).count() >= enough
    };
    let mut pairs: Vec<(u32, u32)> = (0..PERMUTATIONS / ROWS)
        .into_par_iter()
        .flat_map_iter(|band| {
            let mut keys: Vec<(u64, u32)> = (0u32..)
                .zip(signatures)
                .filter_map(|(document, signature)| {
                    let rows = &signature.as_ref()?[band * ROWS..][..ROWS];
                    let key = rows.iter().fold(0_u64, |key, row| {
                        (key.rotate_left(5) ^ row).wrapping_mul(0x9e37_79b9_7f4a_7c15)
                    });
                    Some((key, document))
                })
                .collect();
            keys.sort_unstable();
            let mut met = Vec::new();
            for bucket in keys.chunk_by(|one, other| one.0 == other.0) {
                let against = if bucket.len() > BUCKET { 1 } else { bucket.len() };
                for (place, &(_, a)) in bucket[..against].iter().enumerate() {
                    met.extend(bucket[place + 1..].iter().map(|&(_, b)| (a, b)));
                }
            }
            met
        })
        .collect();
    pairs.par_sort_unstable();
    pairs.dedup();
    pairs.into_par_iter().filter(|&(a, b)| agree(a, b)).collect()
}
