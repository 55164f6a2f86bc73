//! The record: `run.json`, what was done with what, and what it cost. The only file that differs between equal runs.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::WriteOptions;
use super::display::rounded;
use super::places::Places;
use super::staging::{input_place, output_place};
use crate::corpus::Input;
use crate::memory::MemoryUse;
use crate::pairs::{NeighborMethod, Relation};
use crate::settings::Settings;
use crate::stages::StageCost;

/// Version of the output folder's layout. Goes up when a column or file changes its meaning, not when one is added.
pub(crate) const SCHEMA_VERSION: u32 = 1;

#[derive(Serialize)]
struct Record<'a> {
    schema_version: u32,
    tool: &'static str,
    version: &'static str,
    command: &'a [String],
    /// As it was given.
    output: String,
    output_place: String,
    exit_code: u8,
    settings: BTreeMap<String, Setting>,
    inputs: Vec<RecordedInput<'a>>,
    counts: Map<String, Value>,
    context: &'a str,
    neighbors: NeighborMethod,
    themes: &'a str,
    warnings: &'a [String],
    wall_seconds: f64,
    peak_bytes: u64,
    stages: Vec<Value>,
    memory: &'a MemoryUse,
}

#[derive(Serialize)]
struct Setting {
    value: Value,
    origin: String,
}

#[derive(Serialize)]
struct RecordedInput<'a> {
    #[serde(flatten)]
    input: &'a Input,
    /// Hash of the absolute path: tells a later run whether this is its input, and nobody where it lies.
    place: String,
}

/// Writes `run.json`.
pub(super) fn write(
    places: &Places<'_>,
    target: &Path,
    options: &WriteOptions,
    writing: &StageCost,
    sink: &mut impl Write,
) -> io::Result<()> {
    let run = places.run;
    let stages = || run.stages.iter().chain(std::iter::once(writing));
    let wall_seconds = match options.begun {
        Some(begun) => begun.elapsed().as_secs_f64(),
        None => stages().map(|stage| stage.wall_seconds).sum(),
    };
    let record = Record {
        schema_version: SCHEMA_VERSION,
        tool: "samestory",
        version: env!("CARGO_PKG_VERSION"),
        command: &options.command,
        output: target.to_string_lossy().into_owned(),
        output_place: output_place(target),
        exit_code: options.exit_code,
        settings: settings(&run.settings, &options.setting_origins)?,
        inputs: run
            .corpus
            .inputs
            .iter()
            .map(|input| RecordedInput { input, place: input_place(Path::new(&input.path)) })
            .collect(),
        counts: counts(places),
        context: &run.context,
        neighbors: run.neighbors.method,
        themes: &run.themes.method,
        warnings: &run.warnings,
        wall_seconds: rounded(wall_seconds),
        peak_bytes: stages().map(|stage| stage.peak_bytes).max().unwrap_or_default(),
        stages: stages()
            .map(|stage| {
                json!({
                    "stage": stage.stage,
                    "wall_seconds": rounded(stage.wall_seconds),
                    "cpu_seconds": rounded(stage.cpu_seconds),
                    "peak_bytes": stage.peak_bytes,
                })
            })
            .collect(),
        memory: &run.memory,
    };
    serde_json::to_writer_pretty(&mut *sink, &record)?;
    sink.write_all(b"\n")
}

/// Every setting by its name in the config file, with its value and where that came from.
fn settings(
    settings: &Settings,
    origins: &BTreeMap<String, String>,
) -> io::Result<BTreeMap<String, Setting>> {
    let defaults = by_name(&Settings::default())?;
    let named = by_name(settings)?.into_iter().map(|(name, value)| {
        let origin = match origins.get(&name).or_else(|| origins.get(&name.replace('-', "_"))) {
            Some(origin) => origin.clone(),
            None if defaults.get(&name) == Some(&value) => "default".to_owned(),
            None => "given".to_owned(),
        };
        (name, Setting { value, origin })
    });
    Ok(named.collect())
}

/// Settings by name.
pub(super) fn by_name(settings: &Settings) -> io::Result<Map<String, Value>> {
    match serde_json::to_value(settings)? {
        Value::Object(fields) => Ok(fields),
        _ => Ok(Map::new()),
    }
}

/// Every count, by name, in a fixed order: what was read, then what was found, then what the stages counted.
pub(super) fn counts(places: &Places<'_>) -> Map<String, Value> {
    let totals = &places.totals;
    let relation = |relation| places.run.pairs.iter().filter(|pair| pair.relation == relation).count() as u64;
    let known: [(&str, u64); 25] = [
        ("read", totals.read),
        ("ok", totals.ok),
        ("empty", totals.empty),
        ("too_short", totals.too_short),
        ("not_an_article", totals.not_an_article),
        ("skipped", totals.skipped),
        ("repeated", totals.repeated),
        ("other_files", totals.other_files),
        ("documents", totals.documents),
        ("duplicate_sets", totals.duplicate_sets),
        ("copies", totals.copies),
        ("excerpts", totals.excerpts),
        ("compilations", totals.compilations),
        ("keep", totals.documents - totals.to_drop()),
        ("drop", totals.to_drop()),
        ("pairs_identical", relation(Relation::Identical)),
        ("pairs_near_duplicate", relation(Relation::NearDuplicate)),
        ("pairs_contained", relation(Relation::Contained)),
        ("pairs_reuse", relation(Relation::Reuse)),
        ("pairs_same_story", relation(Relation::SameStory)),
        ("stories", totals.stories),
        ("shared_stories", totals.shared_stories),
        ("themes", totals.themes),
        ("problems", totals.problems),
        ("repaired", totals.repaired),
    ];
    let mut counts: Map<String, Value> =
        known.into_iter().map(|(name, count)| (name.to_owned(), count.into())).collect();
    for (name, count) in &places.run.counts {
        counts.entry(*name).or_insert_with(|| (*count).into());
    }
    counts
}
