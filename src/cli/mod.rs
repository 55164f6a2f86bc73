//! The command line: what does the user want?
//! In:  arguments, a settings file, signals.
//! Out: data on standard output, talk and progress on standard error, an exit code.
//!
//! Arguments pass two gates: typed flags ([`arguments`]), then what they mean ([`settings`]). One
//! file a command follows.

mod arguments;
mod help;
mod settings;
mod run;
mod check;
mod archive;
mod inspect;
mod generate;
mod measure;
mod bench;
mod dry_run;
mod score;
mod gold;
mod score_table;
mod judgements;
mod report;
mod explain;
mod explain_text;
mod explain_json;
mod completions;
mod man;
#[cfg(feature = "pdf")]
mod read_pdf;
mod condition;
mod output_folder;
mod terminal;
mod progress;
mod signals;
mod limits;
mod exit;

use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};
use exit::Exit;

/// Runs the command that the process was started with.
pub(crate) fn main() -> ExitCode {
    exit::remember_panics();
    limits::settle();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(refusal) => return exit::refuse(&refusal).into(),
    };
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| dispatch(arguments.command)));
    match outcome {
        Ok(Ok(exit)) => exit.into(),
        Ok(Err(stop)) => {
            terminal::complain(&stop.message);
            stop.exit.into()
        }
        Err(_) => {
            samestory::report::abandon();
            samestory::generator::abandon();
            measure::abandon();
            exit::report_panic();
            Exit::Bug.into()
        }
    }
}

fn dispatch(command: Command) -> Result<Exit, exit::Stop> {
    match command {
        Command::Run(arguments) => {
            signals::listen()?;
            run::run(&arguments)
        }
        Command::Check(arguments) => {
            signals::listen()?;
            check::check(&arguments)
        }
        Command::Archive(arguments) => {
            signals::listen()?;
            archive::archive(arguments.command)
        }
        Command::Inspect(arguments) => {
            signals::listen()?;
            inspect::inspect(&arguments)
        }
        Command::Generate(arguments) => {
            signals::listen()?;
            generate::generate(&arguments)
        }
        Command::Bench(arguments) => {
            signals::listen()?;
            bench::bench(&arguments)
        }
        Command::Explain(arguments) => explain::explain(&arguments),
        Command::Score(arguments) => score::score(&arguments),
        Command::Report(arguments) => {
            signals::listen()?;
            report::report(&arguments)
        }
        Command::Completions(arguments) => completions::completions(&arguments),
        Command::Man => man::man(),
        #[cfg(feature = "pdf")]
        Command::ReadPdf => read_pdf::read_pdf(),
    }
}
