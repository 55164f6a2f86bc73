//! `samestory man`: the manual as one page of roff, on standard output.

use std::io;

use clap::{Command, CommandFactory as _};
use clap_mangen::Man;

use super::arguments::Arguments;
use super::exit::{Exit, Stop};
use super::terminal;

/// Prints the page.
pub(crate) fn man() -> Result<Exit, Stop> {
    let page = page(Arguments::command())
        .map_err(|error| Stop { message: format!("the manual: {error}"), exit: Exit::Bug })?;
    terminal::print_bytes(&page)?;
    Ok(Exit::Done)
}

/// The program's own sections, then one section a command, its parts as subsections.
fn page(mut command: Command) -> io::Result<Vec<u8>> {
    command.build();
    let mut page = Vec::new();
    let program = Man::new(command.clone());
    program.render_title(&mut page)?;
    program.render_name_section(&mut page)?;
    program.render_synopsis_section(&mut page)?;
    program.render_description_section(&mut page)?;
    for subcommand in command.get_subcommands().filter(|subcommand| subcommand.get_name() != "help") {
        let name = subcommand.get_name().to_uppercase();
        let man = Man::new(subcommand.clone());
        let mut section = Vec::new();
        man.render_synopsis_section(&mut section)?;
        man.render_description_section(&mut section)?;
        if subcommand.get_arguments().next().is_some() {
            man.render_options_section(&mut section)?;
        }
        if subcommand.get_after_long_help().is_some() {
            man.render_extra_section(&mut section)?;
        }
        page.extend_from_slice(format!(".SH \"COMMAND {name}\"\n").as_bytes());
        page.extend_from_slice(String::from_utf8_lossy(&section).replace(".SH ", ".SS ").as_bytes());
    }
    program.render_extra_section(&mut page)?;
    program.render_version_section(&mut page)?;
    Ok(page)
}
