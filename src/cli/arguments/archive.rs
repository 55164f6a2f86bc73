//! Flags of `archive` and its commands.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{ReadingArguments, TalkArguments};

/// What is done with an archive.
#[derive(Debug, Args)]
pub(crate) struct ArchiveArguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: ArchiveCommand,
}

/// Commands of `archive`.
#[derive(Debug, Subcommand)]
pub(crate) enum ArchiveCommand {
    /// Add a drop, as `run --archive` does, and write nothing else
    Add(Box<AddArguments>),
    /// List the drops with their documents and dates, and what the archive's parts take on disk
    List {
        /// The archive
        #[arg(value_name = "DIR")]
        archive: PathBuf,
        /// Print it as JSON
        #[arg(long)]
        json: bool,
    },
    /// Look whether an archive is whole
    Check {
        /// The archive
        #[arg(value_name = "DIR")]
        archive: PathBuf,
        /// Read every byte and hold it against its checksum
        #[arg(long)]
        read_data: bool,
    },
    /// Make one segment of all: lookups are faster, and the archive is smaller; readers are not disturbed
    Compact {
        /// The archive
        #[arg(value_name = "DIR")]
        archive: PathBuf,
        /// Wait while another process writes the archive
        #[arg(long)]
        wait: bool,
        /// How much to say.
        #[command(flatten)]
        talk: TalkArguments,
    },
    /// Print the table of all archived documents as CSV
    Export {
        /// The archive
        #[arg(value_name = "DIR")]
        archive: PathBuf,
        /// File to write, which must not be there [default: standard output]
        #[arg(short, long, value_name = "FILE.csv")]
        output: Option<PathBuf>,
    },
}

/// Flags of `archive add`.
#[derive(Debug, Args)]
pub(crate) struct AddArguments {
    /// The archive; made if it is not there
    #[arg(value_name = "DIR")]
    pub(crate) archive: PathBuf,

    /// Folders, files, or - for standard input: together one drop
    #[arg(required = true, value_name = "INPUT")]
    pub(crate) inputs: Vec<PathBuf>,

    /// Wait while another process writes the archive
    #[arg(long)]
    pub(crate) wait: bool,

    /// How records are read.
    #[command(flatten)]
    pub(crate) reading: ReadingArguments,

    /// How much to say.
    #[command(flatten)]
    pub(crate) talk: TalkArguments,
}
