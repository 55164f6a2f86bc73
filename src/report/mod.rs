//! Report: what does a person read, and a script load?
//! In:  a [`crate::Run`].
//! Out: the output folder, whole or not at all. Writes disk.
//!
//! The tables and pages are functions of the [`crate::Run`] alone and hold no clock, no thread count and no
//! output path, so equal runs give equal bytes; only `run.json` may differ.

mod staging;
mod places;
mod display;
mod columns;
mod tables;
#[cfg(feature = "parquet")]
mod parquet_tables;
mod graph;
mod terms;
mod kept;
mod themes;
mod record;
mod html;
mod bench;
mod markdown;
mod summary;
mod withheld;
mod state;
mod again;
mod quality;
#[cfg(test)]
mod sample;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::time::Instant;

pub use again::rewrite;
pub use bench::{bench_json, check_bench_target, forecast_json, write_bench};
pub use columns::guide;
pub(crate) use display::guarded;
pub use html::seconds;
pub use kept::{KeptDocuments, write_kept};
pub use quality::{Part, Quality, Scattered, Scored, WrongPair};
pub(crate) use record::SCHEMA_VERSION;
pub use staging::{FILES, abandon, check_kept_target, check_target};
pub(crate) use state::{FILE as STATE, Unusable, read as read_state};
pub use summary::{summary, summary_json};
pub use tables::status_word;

use rayon::prelude::*;

use crate::error::Error;
use crate::run::Run;
use crate::scratch::to_the_door;
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
    /// How good the run is against a truth, for the report.
    pub quality: Option<Quality>,
    /// Write each table as Parquet as well. Without the cargo feature `parquet` this is an error, and nothing is published.
    pub parquet_tables: bool,
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
/// writing failed, [`Error::Scratch`] when texts that lie in a temporary file could not be read, [`Error::Settings`] when tables are
/// asked for as Parquet of a build that has none; then nothing was published and nothing is left behind.
pub fn write(run: &Run, folder: &Path, options: &WriteOptions) -> Result<(), Error> {
    let withheld = run.settings.no_text.then(|| withheld::withhold(run));
    let run = withheld.as_ref().unwrap_or(run);
    let inputs: Vec<&str> = run.corpus.inputs.iter().map(|input| input.path.as_str()).collect();
    staging::publish(folder, &inputs, options.replace, |staging| {
        to_the_door(|| write_files(run, staging, folder, options))
    })
}

/// Every file of the folder, `run.json` last.
fn write_files(run: &Run, staging: &Path, target: &Path, options: &WriteOptions) -> Result<(), Error> {
    let places = Places::of(run);
    let files = Files { staging, target };
    let (written, writing) = StageCost::of("write", || {
        let results = results(run, &places);
        let (tables, pages) =
            rayon::join(|| files.write_all(&results), || write_pages(&places, options, files));
        tables.and(pages).and_then(|()| files.write_parquet(options.parquet_tables))
    });
    written?;
    files.write("run.json", &|sink| record::write(&places, target, options, &writing, sink))
}

/// The pages for people, one after another ready and then written together.
fn write_pages(places: &Places<'_>, options: &WriteOptions, files: Files<'_>) -> Result<(), Error> {
    files.write("report.md", &|sink| sink.write_all(markdown::page(places, options).as_bytes()))?;
    html::pages(places, options)
        .par_iter()
        .map(|page| files.write(&page.name, &|sink| sink.write_all(page.content.as_bytes())))
        .collect()
}

/// Where files are written, and where they are to go.
#[derive(Clone, Copy)]
struct Files<'f> {
    staging: &'f Path,
    target: &'f Path,
}

impl Files<'_> {
    fn write(self, name: &str, content: &dyn Fn(&mut Sink) -> std::io::Result<()>) -> Result<(), Error> {
        // Named where it was to go: the staging folder is gone by the time anybody reads this.
        write_file(&self.staging.join(name), content)
            .map_err(|source| Error::Output { path: self.target.join(name), source })
    }

    fn write_all(self, files: &[(&'static str, Content<'_>)]) -> Result<(), Error> {
        files.par_iter().map(|(name, content)| self.write(name, content)).collect()
    }

    /// Each table that was written, as Parquet, if it is wanted; an error where this build cannot.
    fn write_parquet(self, is_wanted: bool) -> Result<(), Error> {
        if !is_wanted {
            return Ok(());
        }
        #[cfg(feature = "parquet")]
        {
            parquet_tables::write(self.staging, self.target)
        }
        #[cfg(not(feature = "parquet"))]
        {
            let folder = self.target.display();
            Err(Error::Settings(format!(
                "{folder}: tables as Parquet need a build with the cargo feature parquet"
            )))
        }
    }
}

/// What writes one file.
type Content<'a> = Box<dyn Fn(&mut Sink) -> std::io::Result<()> + Sync + 'a>;

/// Every file but `run.json` and the pages, the longest work first.
fn results<'a>(run: &'a Run, places: &'a Places<'a>) -> Vec<(&'static str, Content<'a>)> {
    let mut files: Vec<(&'static str, Content<'a>)> = Vec::new();
    if !run.settings.no_text {
        files.push(("texts.jsonl.zst", Box::new(|sink| tables::texts(places, sink))));
        files.push(("terms.csv.zst", Box::new(|sink| terms::write(places, sink))));
    }
    files.push((state::FILE, Box::new(|sink| state::write(places, sink))));
    files.push(("documents.csv", Box::new(|sink| tables::documents(places, sink))));
    files.push(("pairs.csv", Box::new(|sink| tables::pairs(places, sink))));
    files.push(("passages.csv", Box::new(|sink| tables::passages(places, sink))));
    files.push(("neighbors.csv", Box::new(|sink| tables::neighbors(places, sink))));
    if let Some(matrix) = &run.similarity {
        files.push(("similarity.csv", Box::new(|sink| tables::similarity(places, matrix, sink))));
    }
    files.push(("graph.graphml", Box::new(|sink| graph::write(places, sink))));
    files.push(("duplicates.csv", Box::new(|sink| tables::duplicates(places, sink))));
    if run.known.n_archived.is_some() {
        files.push(("known.csv", Box::new(|sink| tables::known(places, sink))));
        files.push(("known_passages.csv", Box::new(|sink| tables::known_passages(places, sink))));
        files.push(("story_events.csv", Box::new(|sink| tables::story_events(places, sink))));
    }
    files.push(("keep.txt", Box::new(|sink| tables::ids(places, false, sink))));
    files.push(("drop.txt", Box::new(|sink| tables::ids(places, true, sink))));
    files.push(("stories.csv", Box::new(|sink| tables::stories(places, sink))));
    files.push(("borderline.csv", Box::new(|sink| tables::borderline(places, sink))));
    files.push(("themes.json", Box::new(|sink| themes::write(places, sink))));
    files.push(("problems.jsonl", Box::new(|sink| tables::problems(run, sink))));
    files
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
