//! Again: the report of an earlier run, from its folder. Its tables stay as they are, byte for byte, unless words are to be left
//! out: then everything is written anew from the run without them.

use std::fs;
use std::path::Path;

use rayon::prelude::*;
use serde_json::{Value, json};

use super::places::Places;
use super::{Files, WriteOptions, results, staging, withheld, write_pages};
use crate::error::Error;
use crate::run::Run;
use crate::scratch::to_the_door;

/// Writes the pages of `run`, which was read back from the folder `from`, and the folder's other files with them to `to`, whole or
/// not at all. Without `run.settings.no_text`, or where `from` holds no text either, the other files go on as they are;
/// else they are written without any document's words. Of `options`, `quality` is used; the command of the run is to stand in it.
///
/// # Errors
/// [`Error::Input`] when `from` lacks a file; [`Error::OutputInTheWay`] when `to` holds anything but results of the same inputs;
/// [`Error::Output`] when writing failed. Then nothing was published.
pub fn rewrite(run: &Run, from: &Path, to: &Path, options: &WriteOptions) -> Result<(), Error> {
    let record = read_record(from)?;
    let held_text = record["settings"]["no-text"]["value"] != true;
    let withheld = run.settings.no_text.then(|| withheld::withhold(run));
    let run = withheld.as_ref().unwrap_or(run);
    let is_in_place = staging::is_same_place(from, to)?;
    if is_in_place && held_text && run.settings.no_text {
        return Err(Error::OutputInTheWay(format!(
            "{} holds texts, which would be lost; name another folder with -o",
            from.display()
        )));
    }
    if !is_in_place {
        staging::check_same_inputs(from, to)?;
    }
    let places = Places::of(run);
    let results = results(run, &places);
    for (name, _) in &results {
        if !from.join(name).is_file() {
            return Err(Error::Input(format!(
                "{} is not whole: {name} is missing; run again",
                from.display()
            )));
        }
    }
    let nothing: [&Path; 0] = [];
    // Whose results lie there was looked at above.
    staging::publish(to, &nothing, true, |staging| {
        let files = Files { staging, target: to };
        to_the_door(|| write_pages(&places, options, files))?;
        if held_text && run.settings.no_text {
            to_the_door(|| files.write_all(&results))?;
            let had_parquet = names_of_parquet().any(|name| from.join(name).is_file());
            // A build that writes none leaves them out: they hold the words.
            files.write_parquet(had_parquet && cfg!(feature = "parquet"))?;
            let record = serde_json::to_vec_pretty(&without_text(record))
                .map_err(|error| Error::Output { path: to.join("run.json"), source: error.into() })?;
            return files.write("run.json", &|sink| {
                use std::io::Write as _;
                sink.write_all(&record)?;
                sink.write_all(b"\n")
            });
        }
        let parquet = names_of_parquet().filter(|name| from.join(name).is_file());
        let names: Vec<&str> =
            results.iter().map(|(name, _)| *name).chain(parquet).chain(["run.json"]).collect();
        names.par_iter().try_for_each(|name| {
            hand_on(&from.join(name), &staging.join(name), is_in_place)
                .map_err(|source| Error::Output { path: to.join(name), source })
        })?;
        staging::hand_to_disk(staging).map_err(|source| Error::Output { path: to.into(), source })
    })
}

/// What a folder has where its run was asked for these tables.
fn names_of_parquet() -> impl Iterator<Item = &'static str> {
    staging::FILES.into_iter().filter(|name| name.ends_with(".parquet"))
}

fn read_record(folder: &Path) -> Result<Value, Error> {
    let path = folder.join("run.json");
    let bytes = fs::read(&path).map_err(|error| Error::Input(format!("{}: {error}", path.display())))?;
    serde_json::from_slice(&bytes).map_err(|error| Error::Input(format!("{}: {error}", path.display())))
}

/// The record of the run, with the setting that says why its words are gone.
fn without_text(mut record: Value) -> Value {
    record["settings"]["no-text"] = json!({ "value": true, "origin": "report" });
    record
}

/// Puts a file into another folder as it is. In place, the file itself goes on (its old name goes away with the old folder); elsewhere a
/// copy of it, so that nobody changes two by changing one.
fn hand_on(from: &Path, to: &Path, is_in_place: bool) -> std::io::Result<()> {
    if is_in_place && fs::hard_link(from, to).is_ok() {
        return Ok(());
    }
    fs::copy(from, to).map(|_| ())
}
