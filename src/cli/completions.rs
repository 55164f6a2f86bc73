//! `samestory completions SHELL`: a script that completes commands and flags, on standard output.

use clap::CommandFactory as _;

use super::arguments::{Arguments, CompletionsArguments};
use super::exit::{Exit, Stop};
use super::terminal;

/// Prints the script.
pub(crate) fn completions(arguments: &CompletionsArguments) -> Result<Exit, Stop> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Arguments::command(), "samestory", &mut script);
    terminal::print_bytes(&script)?;
    Ok(Exit::Done)
}
