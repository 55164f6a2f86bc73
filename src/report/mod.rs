//! Report: what does a person read, and a script load?
//! In:  a [`crate::Run`].
//! Out: the output folder, whole or not at all. Writes disk.
//!
//! The tables and pages are functions of the [`crate::Run`] alone and hold no clock, no thread count and no
//! output path, so equal runs give equal bytes; only `run.json` may differ.

mod staging;
mod places;
mod display;
mod tables;
mod themes;
mod record;
mod html;
mod markdown;
mod summary;
#[cfg(test)]
mod sample;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

pub use staging::{FILES, abandon, check_target};
pub use summary::{summary, summary_json};

use crate::error::Error;
use crate::run::Run;
use crate::stages::StageCost;
use places::Places;

/// How a report is written, beyond what the run itself says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WriteOptions {
    /// Replace a folder of ours that holds the results of other inputs.
    pub replace: bool,
    /// The command as typed, for `run.json`; empty when called as a library.
    pub command: Vec<String>,
    /// Setting name (kebab case) -> `default`, `config` or `flag`. Settings not named here are
    /// `default` or, where their value differs from it, `given`.
    pub setting_origins: BTreeMap<String, String>,
    /// The exit code that the process will have.
    pub exit_code: u8,
    /// When the command began; absent: the sum of the stages is what it took.
    pub begun: Option<Instant>,
}

/// Writes the output folder: beside its target, exchanged with it when whole.
///
/// A target that exists is replaced only if it is empty, or carries our own `run.json` for the same
/// inputs (for any inputs with [`WriteOptions::replace`]). Files in it that are not ours move
/// over into the new folder.
///
/// # Errors
/// [`Error::OutputInTheWay`] when the target is not ours to replace, [`Error::Output`] when
/// writing failed; then nothing was published and nothing is left behind.
pub fn write(run: &Run, folder: &Path, options: &WriteOptions) -> Result<(), Error> {
    let inputs: Vec<&str> = run.corpus.inputs.iter().map(|input| input.path.as_str()).collect();
    staging::publish(folder, &inputs, options.replace, |staging| write_files(run, staging, folder, options))
}

/// Every file of the folder, `run.json` last.
fn write_files(run: &Run, staging: &Path, target: &Path, options: &WriteOptions) -> Result<(), Error> {
    let places = Places::of(run);
    let file = |name: &'static str, content: &dyn Fn(&mut Sink) -> std::io::Result<()>| {
        let path = staging.join(name);
        // Named where it was to go: the staging folder is gone by the time anybody reads this.
        write_file(&path, content).map_err(|source| Error::Output { path: target.join(name), source })
    };
    let (written, writing) = StageCost::of("write", || write_results(run, &places, options, &file));
    written?;
    file("run.json", &|sink| record::write(&places, target, options, &writing, sink))
}

/// Writes one file of the folder, by name.
type FileWriter<'a> =
    dyn Fn(&'static str, &dyn Fn(&mut Sink) -> std::io::Result<()>) -> Result<(), Error> + 'a;

/// Every file but `run.json`.
fn write_results(
    run: &Run,
    places: &Places<'_>,
    options: &WriteOptions,
    file: &FileWriter<'_>,
) -> Result<(), Error> {
    let page = html::page(places, options);
    file("documents.csv", &|sink| tables::documents(places, sink))?;
    file("pairs.csv", &|sink| tables::pairs(places, sink))?;
    file("passages.csv", &|sink| tables::passages(places, sink))?;
    file("neighbors.csv", &|sink| tables::neighbors(places, sink))?;
    if let Some(matrix) = &run.similarity {
        file("similarity.csv", &|sink| tables::similarity(places, matrix, sink))?;
    }
    file("duplicates.csv", &|sink| tables::duplicates(places, sink))?;
    file("keep.txt", &|sink| tables::ids(places, false, sink))?;
    file("drop.txt", &|sink| tables::ids(places, true, sink))?;
    file("stories.csv", &|sink| tables::stories(places, sink))?;
    file("themes.json", &|sink| themes::write(places, sink))?;
    file("problems.jsonl", &|sink| tables::problems(run, sink))?;
    if !run.settings.no_text {
        file("texts.jsonl.zst", &|sink| tables::texts(places, sink))?;
    }
    file("report.html", &|sink| sink.write_all(page.as_bytes()))?;
    file("report.md", &|sink| sink.write_all(markdown::page(places, options).as_bytes()))
}

/// A file under way.
type Sink = BufWriter<File>;

/// Writes one file and hands it to the disk before returning.
fn write_file(path: &PathBuf, content: &dyn Fn(&mut Sink) -> std::io::Result<()>) -> std::io::Result<()> {
    let mut sink = BufWriter::with_capacity(1 << 16, File::create_new(path)?);
    content(&mut sink)?;
    sink.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all()
}

#[cfg(test)]
mod tests;
