//! What sizes measured cost: a table, a page and a record, in a folder of their own.

use std::io::{self, Write};
use std::path::Path;

use serde_json::{Value, json};

use super::display::rounded;
use super::staging::{self, BENCH_FILES, Kind, Staging, input_place, output_place};
use super::{html, write_file};
use crate::error::Error;
use crate::evaluation::PrecisionRecall;
use crate::measurement::{Bench, Estimate, Forecast, Growth, Measured, Quality, StageTotal, WHOLE};

/// Version of the folder's layout.
const SCHEMA_VERSION: u32 = 1;

/// Says whether `folder` may take what sizes of `inputs` cost, before any work is done.
///
/// # Errors
/// As [`super::check_target`].
pub fn check_bench_target(folder: &Path, inputs: &[impl AsRef<Path>], replace: bool) -> Result<(), Error> {
    staging::check(Kind::Bench, folder, inputs, replace)
}

/// Writes `bench.csv`, `bench.html` and `bench.json`: the folder appears whole or not at all.
///
/// # Errors
/// [`Error::OutputInTheWay`] when the folder is not ours to replace, [`Error::Output`] when writing failed; then nothing
/// was published.
pub fn write_bench(bench: &Bench, folder: &Path, replace: bool) -> Result<(), Error> {
    let staging = Staging::begin(Kind::Bench, folder, &bench.inputs, replace)?;
    let [table, page, record] = BENCH_FILES;
    let file = |name: &str, content: &dyn Fn(&mut super::Sink) -> io::Result<()>| {
        write_file(&staging.path().join(name), content)
            .map_err(|source| Error::Output { path: folder.join(name), source })
    };
    file(table, &|sink| write_table(bench, sink))?;
    file(page, &|sink| sink.write_all(html::bench_page(bench).as_bytes()))?;
    file(record, &|sink| {
        let mut json = bench_json(bench);
        json["output_place"] = output_place(folder).into();
        serde_json::to_writer_pretty(&mut *sink, &json)?;
        sink.write_all(b"\n")
    })?;
    staging.publish()
}

/// All of it for scripts.
#[must_use]
pub fn bench_json(bench: &Bench) -> Value {
    let inputs: Vec<Value> = bench
        .inputs
        .iter()
        .map(|path| json!({ "path": path, "place": input_place(Path::new(path)) }))
        .collect();
    json!({
        "schema_version": SCHEMA_VERSION,
        "tool": "samestory",
        "version": env!("CARGO_PKG_VERSION"),
        "command": bench.command,
        "inputs": inputs,
        "documents": bench.n_documents,
        "text_bytes": bench.text_bytes,
        "threads": bench.threads,
        "seed": bench.seed,
        "measured": bench.measured.iter().map(measured_json).collect::<Vec<_>>(),
        "growth": bench.growth.iter().map(|stage| json!({
            "stage": stage.stage,
            "wall": stage.wall.map(growth_json),
            "cpu": stage.cpu.map(growth_json),
        })).collect::<Vec<_>>(),
        "forecasts_from": bench.forecast_origin.name(),
        "forecasts": bench.forecasts.iter().map(forecast_json).collect::<Vec<_>>(),
        "notes": bench.notes,
    })
}

fn measured_json(measured: &Measured) -> Value {
    let cost = &measured.cost;
    json!({
        "origin": measured.origin.name(),
        "documents": cost.n_documents,
        "text_bytes": cost.text_bytes,
        "runs": measured.n_runs,
        "wall_seconds": rounded(cost.wall_seconds),
        "cpu_seconds": rounded(cost.cpu_seconds()),
        "peak_bytes": cost.peak_bytes,
        "expected_bytes": cost.expected_bytes,
        "quality": measured.quality.map(quality_json),
        "stages": cost.stages.iter().map(|stage| json!({
            "stage": stage.stage,
            "wall_seconds": rounded(stage.wall_seconds),
            "cpu_seconds": rounded(stage.cpu_seconds),
            "peak_bytes": stage.peak_bytes,
        })).collect::<Vec<_>>(),
    })
}

fn quality_json(quality: Quality) -> Value {
    let scores = |scores: PrecisionRecall| {
        json!({
            "precision": rounded(scores.precision),
            "recall": rounded(scores.recall),
            "f1": rounded(scores.f1),
        })
    };
    json!({ "copies_pairwise": scores(quality.copies), "stories_b_cubed": quality.stories.map(scores) })
}

fn growth_json(growth: Growth) -> Value {
    json!({
        "exponent": rounded(growth.exponent),
        "low": growth.interval.map(|interval| rounded(interval.0)),
        "high": growth.interval.map(|interval| rounded(interval.1)),
        "points": growth.n_points,
    })
}

/// What runs of another size would take.
#[must_use]
pub fn forecast_json(forecast: &Forecast) -> Value {
    let estimate = |estimate: Estimate| json!({ "likely": rounded(estimate.likely), "low": rounded(estimate.low), "high": rounded(estimate.high) });
    json!({
        "documents": forecast.n_documents,
        "text_bytes": forecast.text_bytes,
        "wall_seconds": estimate(forecast.wall_seconds),
        "cpu_seconds": estimate(forecast.cpu_seconds),
        "peak_bytes": estimate(forecast.peak_bytes),
        "stages": forecast.stages.iter().map(|(stage, seconds)| json!({
            "stage": stage, "wall_seconds": estimate(*seconds),
        })).collect::<Vec<_>>(),
    })
}

/// A line for every stage of every size, and one for the whole run.
fn write_table(bench: &Bench, sink: &mut impl Write) -> io::Result<()> {
    writeln!(
        sink,
        "origin,documents,text_bytes,runs,stage,wall_seconds,cpu_seconds,peak_bytes,documents_per_second,mb_per_second,\
         copies_precision,copies_recall,copies_f1,stories_precision,stories_recall,stories_f1"
    )?;
    for measured in &bench.measured {
        let cost = &measured.cost;
        let whole = StageTotal {
            stage: WHOLE.to_owned(),
            wall_seconds: cost.wall_seconds,
            cpu_seconds: cost.cpu_seconds(),
            peak_bytes: cost.peak_bytes,
        };
        for stage in cost.stages.iter().chain([&whole]) {
            let rate = |amount: f64| match stage.wall_seconds {
                seconds if seconds > 0.0 => format!("{:.4}", amount / seconds),
                _ => String::new(),
            };
            write!(
                sink,
                "{},{},{},{},{},{:.4},{:.4},{},{},{}",
                measured.origin.name(),
                cost.n_documents,
                cost.text_bytes,
                measured.n_runs,
                stage.stage,
                stage.wall_seconds,
                stage.cpu_seconds,
                stage.peak_bytes,
                rate(cost.n_documents as f64),
                rate(cost.text_bytes as f64 / 1e6),
            )?;
            let quality = measured.quality.filter(|_| stage.stage == WHOLE);
            for scores in [quality.map(|quality| quality.copies), quality.and_then(|quality| quality.stories)]
            {
                match scores {
                    Some(scores) => {
                        write!(sink, ",{:.4},{:.4},{:.4}", scores.precision, scores.recall, scores.f1)?;
                    }
                    None => write!(sink, ",,,")?,
                }
            }
            writeln!(sink)?;
        }
    }
    Ok(())
}
