//! `samestory run`: read, find, write, say what was found.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use samestory::archive::ArchiveWriter;
use samestory::corpus::Action;
use samestory::progress::Progress as _;
use samestory::report::{self, KeptDocuments, WriteOptions};
use samestory::settings::ReadFor;
use samestory::stages::StageCost;
use samestory::{Context, Corpus, Run};

use super::archive::Past;
use super::arguments::RunArguments;
use super::condition::Condition;
use super::exit::{self, Exit, Stop};
use super::progress::Bars;
use super::{dry_run, inspect, output_folder, settings, terminal};

/// The main job.
pub(crate) fn run(arguments: &RunArguments) -> Result<Exit, Stop> {
    let begun = Instant::now();
    if arguments.tables.is_some() && !cfg!(feature = "parquet") {
        return Err(Stop::usage(
            "--tables parquet needs a program built with cargo build --release --features parquet; this one is not",
        ));
    }
    let mut layered = settings::layer(&arguments.reading, &arguments.knobs)?;
    let inputs = &arguments.inputs;
    let folder = arguments.output.clone().unwrap_or_else(|| output_folder::default_folder(inputs));
    report::check_target(&folder, inputs, arguments.replace)?;
    if let Some(kept) = &arguments.write_kept {
        report::check_kept_target(kept, &folder, inputs, arguments.replace)?;
        layered.settings.read_for = ReadFor::RunAndKeep;
    }
    layered.settings.scratch = output_folder::nearest_folder(&folder);
    settings::start_threads(&mut layered.settings, arguments.talk.quiet)?;

    // Before the input is read: where the archive cannot be used, nothing is done.
    let writer = match &arguments.past.archive {
        Some(folder) => Some(ArchiveWriter::open(folder, &layered.settings, arguments.past.wait)?),
        None => None,
    };

    let bars = Bars::new(arguments.talk.quiet).telling(arguments.talk.verbose);
    if arguments.dry_run {
        return dry_run::dry_run(arguments, layered.settings, &folder, &bars);
    }
    let (corpus, reading) = StageCost::of("read", || Corpus::read_with(inputs, &layered.settings, &bars));
    bars.done(&reading);
    let corpus = corpus?;

    let (past, asking) = match writer {
        Some(writer) => {
            let ask = || Past::ask(writer, &corpus, &layered.settings, &bars);
            let (past, asking) = StageCost::of("archive lookup", ask);
            bars.done(&asking);
            (Some(past?), Some(asking))
        }
        None => (None, None),
    };
    let nothing = Context::default();
    let context = past.as_ref().map_or(&nothing, |past| &past.recalled.context);
    let mut run = samestory::run_with(corpus, &layered.settings, context, &bars)?;
    run.stages.splice(0..0, [reading].into_iter().chain(asking));
    if let Some(past) = &past {
        run.known.n_archived = Some(past.recalled.n_archived);
    }
    let exit = judge(&mut run, &arguments.fail_if);
    let options = WriteOptions {
        replace: arguments.replace,
        command: command_as_typed(),
        setting_origins: layered.origins,
        exit_code: exit.code(),
        quality: None,
        parquet_tables: arguments.tables.is_some(),
        begun: Some(begun),
    };
    // Both are written before either is in its place.
    let kept = match &arguments.write_kept {
        Some(kept) => Some((kept, report::write_kept(&run, kept, arguments.replace)?)),
        None => None,
    };
    // The drop is written beside the archive before the report is in its place, and becomes part of it after: so the
    // archive never has a drop whose report nobody has.
    let addition = match past {
        Some(past) => {
            let (written, writing) = StageCost::of("archive writing", || past.write(&run));
            run.stages.push(writing);
            Some(written?)
        }
        None => None,
    };
    report::write(&run, &folder, &options)?;
    exit::published();
    let n_kept = publish_kept(kept)?;
    let added = match addition {
        Some(addition) => Some(addition.commit()?),
        None => None,
    };
    bars.clear();

    if !arguments.talk.quiet {
        terminal::say(&report::summary(&run, Some(&folder)));
        if let Some((kept, n_kept)) = n_kept {
            let documents = if n_kept == 1 { "document" } else { "documents" };
            terminal::say(&format!("kept: {n_kept} {documents} in {}", shown(kept)));
        }
        if let Some(added) = added {
            terminal::say(&added);
        }
        if arguments.talk.verbose {
            terminal::say(&details(&run));
        }
    }
    if arguments.json {
        terminal::print(&format!("{:#}\n", report::summary_json(&run)))?;
    }
    Ok(exit)
}

/// Puts the kept documents in their place; how many there are.
fn publish_kept(kept: Option<(&PathBuf, KeptDocuments)>) -> Result<Option<(&PathBuf, u64)>, Stop> {
    let Some((folder, kept)) = kept else { return Ok(None) };
    let n_kept = kept.n_documents;
    kept.publish().map_err(|error| {
        let stop = Stop::from(error);
        // It knows of the kept documents alone.
        let failure = stop.message.trim_end_matches("; nothing was published");
        let message = format!("the report was published, the kept documents were not: {failure}");
        Stop { message, ..stop }
    })?;
    Ok(Some((folder, n_kept)))
}

/// [`Exit::Skipped`] if any input was left out.
pub(crate) fn skipped_or_done(corpus: &Corpus) -> Exit {
    if corpus.problems.iter().any(|problem| problem.action == Action::Skipped) {
        Exit::Skipped
    } else {
        Exit::Done
    }
}

/// What to exit with. Conditions that hold are noted in the run's warnings, so that run.json says why.
fn judge(run: &mut Run, conditions: &[Condition]) -> Exit {
    let otherwise = skipped_or_done(&run.corpus);
    let met: Vec<String> = conditions
        .iter()
        .filter_map(|condition| {
            let count = condition.met_by(run)?;
            Some(format!("--fail-if {condition} holds: the count is {count}"))
        })
        .collect();
    if met.is_empty() {
        return otherwise;
    }
    run.warnings.extend(met);
    if otherwise == Exit::Skipped {
        run.warnings.push("some input was skipped as well; exit code 1 wins over 3".to_owned());
    }
    Exit::ConditionMet
}

/// What `--verbose` adds to the summary; what stages took was told as they ended.
fn details(run: &Run) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    for input in &run.corpus.inputs {
        if !input.fields.is_empty() {
            let _ = writeln!(text, "fields of {}: {}", input.path, input.fields.join(", "));
        }
    }
    for warning in &run.warnings {
        let _ = writeln!(text, "warning: {warning}");
    }
    for problem in &run.corpus.problems {
        let _ = writeln!(text, "{}", inspect::problem_line(problem));
    }
    text
}

/// The command as typed, with the program's own name first.
pub(super) fn command_as_typed() -> Vec<String> {
    let words = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
    std::iter::once("samestory".to_owned()).chain(words).collect()
}

pub(super) fn shown(path: &Path) -> String {
    terminal::printable_line(&path.to_string_lossy())
}
