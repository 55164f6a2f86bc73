//! `samestory archive`: keep past drops.

use std::fmt::Write as _;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use samestory::archive::{self, Addition, Archive, ArchiveWriter, ExportTable, Recalled};
use samestory::settings::Only;
use samestory::{Corpus, Error, Run, Settings};
use serde_json::json;

use super::arguments::{AddArguments, ArchiveCommand, Knobs, TableArgument, TalkArguments};
use super::exit::{self, Exit, Stop};
use super::inspect::{counted, grouped};
use super::progress::Bars;
use super::run::skipped_or_done;
use super::terminal::printable_line;
use super::{settings, terminal};

/// What is asked of an archive.
pub(crate) fn archive(command: ArchiveCommand) -> Result<Exit, Stop> {
    match command {
        ArchiveCommand::Add(arguments) => add(&arguments),
        ArchiveCommand::List { archive, json } => list(&archive, json),
        ArchiveCommand::Check { archive, read_data } => check(&archive, read_data),
        ArchiveCommand::Compact { archive, wait, talk } => compact(&archive, wait, &talk),
        ArchiveCommand::Export { archive, table, output } => {
            let table = match table {
                TableArgument::Documents => ExportTable::Documents,
                TableArgument::Stories => ExportTable::Stories,
                TableArgument::Events => ExportTable::Events,
            };
            export(&archive, table, output.as_deref())
        }
    }
}

/// An archive that a drop is held against, and added to.
pub(crate) struct Past {
    writer: ArchiveWriter,
    pub(crate) recalled: Recalled,
}

impl Past {
    /// Asks the archive what it knows.
    pub(crate) fn ask(
        writer: ArchiveWriter,
        corpus: &Corpus,
        settings: &Settings,
        bars: &Bars,
    ) -> Result<Self, Error> {
        let recalled = writer.archive().recall(corpus, settings, bars)?;
        Ok(Self { writer, recalled })
    }

    /// Writes the drop beside the archive.
    pub(crate) fn write(self, run: &Run) -> Result<Written, Error> {
        let n_same = self.recalled.same.iter().flatten().count() as u64;
        let before = self.recalled.added_before.and_then(|number| {
            let drop = self.writer.archive().drops().iter().find(|drop| drop.number == number)?;
            Some(format!("drop {} ({}, added {})", drop.number, printable_line(&drop.name), drop.added))
        });
        Ok(Written { addition: self.writer.add(run, &self.recalled)?, n_same, before })
    }
}

/// A drop that is written and not part of the archive yet.
pub(crate) struct Written {
    /// None where all of it is archived.
    addition: Option<Addition>,
    n_same: u64,
    /// The drop that it is, where it was added before.
    before: Option<String>,
}

impl Written {
    /// Makes it part of the archive; a line on what was added.
    pub(crate) fn commit(self) -> Result<String, Stop> {
        let Some(addition) = self.addition else {
            return Ok(match self.before {
                Some(drop) => format!("archive: nothing was added; this is {drop}"),
                None => "archive: nothing was added; it has every one of these documents".to_owned(),
            });
        };
        let drop = addition.drop_record().clone();
        addition.commit().map_err(|error| {
            let stop = Stop::from(error);
            let message = format!("{}; {}, the drop was not added", stop.message, exit::what_was_published());
            Stop { message, ..stop }
        })?;
        let mut line = format!(
            "archive: added {} as drop {}",
            counted(drop.n_documents.into(), "document"),
            drop.number
        );
        if self.n_same > 0 {
            let _ = write!(line, "; {} archived before", grouped(self.n_same));
        }
        Ok(line)
    }
}

fn add(arguments: &AddArguments) -> Result<Exit, Stop> {
    let mut layered = settings::layer(&arguments.reading, &Knobs::default())?;
    layered.settings.only = Some(arguments.only.map_or(Only::Stories, Only::from));
    layered.settings.scratch = super::output_folder::nearest_folder(&arguments.archive);
    settings::start_threads(&mut layered.settings, arguments.talk.quiet)?;
    let writer = ArchiveWriter::open(&arguments.archive, &layered.settings, arguments.wait)?;
    let bars = Bars::new(arguments.talk.quiet);
    let corpus = Corpus::read_with(&arguments.inputs, &layered.settings, &bars)?;
    let past = Past::ask(writer, &corpus, &layered.settings, &bars)?;
    let run = samestory::run_with(corpus, &layered.settings, &past.recalled.context, &bars)?;
    let n_known = run.known.n_copies();
    let added = past.write(&run)?.commit()?;
    bars.clear();
    if !arguments.talk.quiet {
        terminal::say(&format!("{added}; {} known", grouped(n_known)));
        for warning in run.warnings.iter().filter(|_| arguments.talk.verbose) {
            terminal::say(&format!("warning: {warning}"));
        }
    }
    Ok(skipped_or_done(&run.corpus))
}

fn list(folder: &Path, as_json: bool) -> Result<Exit, Stop> {
    let archive = Archive::open(folder)?;
    let sections = archive.section_bytes();
    let bytes: u64 = sections.values().sum();
    if as_json {
        let listed = json!({
            "documents": archive.n_documents(),
            "drops": archive.drops().iter().map(|drop| json!({
                "number": drop.number,
                "name": drop.name,
                "added": drop.added,
                "documents": drop.n_documents,
                "archived_before": drop.n_archived_before,
                "known": drop.n_known,
                "first_date": drop.first_date,
                "last_date": drop.last_date,
            })).collect::<Vec<_>>(),
            "segments": archive.n_segments(),
            "text_bytes": archive.text_bytes(),
            "bytes": bytes,
            "section_bytes": sections,
        });
        terminal::print(&format!("{listed:#}\n"))?;
        return Ok(Exit::Done);
    }
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "{:>5}  {:>10}  {:>7}  {:<10}  {:<10}  {:<20}  name",
        "drop", "documents", "known", "first", "last", "added"
    );
    for drop in archive.drops() {
        let day = |date: &Option<String>| date.as_deref().unwrap_or("-").chars().take(10).collect::<String>();
        let _ = writeln!(
            text,
            "{:>5}  {:>10}  {:>7}  {:<10}  {:<10}  {:<20}  {}",
            drop.number,
            grouped(drop.n_documents.into()),
            grouped(drop.n_known.into()),
            day(&drop.first_date),
            day(&drop.last_date),
            drop.added,
            printable_line(&drop.name),
        );
    }
    let _ = writeln!(
        text,
        "{} in {}: {} on disk for {} of text",
        counted(archive.n_documents().into(), "document"),
        counted(archive.n_segments() as u64, "segment"),
        counted(bytes, "byte"),
        grouped(archive.text_bytes()),
    );
    for (name, bytes) in sections {
        let _ = writeln!(text, "  {name:<12}{:>16}", grouped(bytes));
    }
    terminal::print(&text)?;
    Ok(Exit::Done)
}

fn check(folder: &Path, read_data: bool) -> Result<Exit, Stop> {
    let complaints = archive::check(folder, read_data)?;
    if complaints.is_empty() {
        let how = if read_data { "every byte was read" } else { "--read-data reads every byte" };
        terminal::print(&format!("{} is whole ({how})\n", printable_line(&folder.to_string_lossy())))?;
        return Ok(Exit::Done);
    }
    Err(Stop {
        message: format!(
            "damaged: {}\nbring the archive back from a copy, or make it anew from its drops",
            complaints.join("\n")
        ),
        exit: Exit::Stopped(7),
    })
}

fn compact(folder: &Path, wait: bool, talk: &TalkArguments) -> Result<Exit, Stop> {
    let bars = Bars::new(talk.quiet);
    let done = archive::compact(folder, wait, &bars)?;
    bars.clear();
    if !talk.quiet {
        terminal::say(&match done {
            None => "nothing to do: the archive has one segment".to_owned(),
            Some(done) => format!(
                "{} became one: {} before, {} now",
                counted(done.n_segments as u64, "segment"),
                counted(done.bytes_before, "byte"),
                counted(done.bytes_after, "byte"),
            ),
        });
    }
    Ok(Exit::Done)
}

fn export(folder: &Path, table: ExportTable, output: Option<&Path>) -> Result<Exit, Stop> {
    let archive = Archive::open(folder)?;
    let Some(path) = output else {
        let mut printed = Vec::new();
        archive.export(table, &mut printed)?;
        terminal::print_bytes(&printed)?;
        return Ok(Exit::Done);
    };
    let failed = |source| Error::Output { path: path.to_path_buf(), source };
    let mut sink = BufWriter::new(File::create_new(path).map_err(failed)?);
    let written = archive.export(table, &mut sink).and_then(|()| {
        sink.into_inner()
            .map_err(std::io::IntoInnerError::into_error)
            .and_then(|file| file.sync_all())
            .map_err(failed)
    });
    if written.is_err() {
        // Half a table is none.
        let _ = std::fs::remove_file(path);
    }
    written?;
    Ok(Exit::Done)
}
