//! Flags of `archive` and its commands.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

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
    /// Print the table of all archived documents, of all stories, or of what became of stories, as CSV
    Export {
        /// The archive
        #[arg(value_name = "DIR")]
        archive: PathBuf,
        /// Which table
        #[arg(long, value_name = "TABLE", default_value = "documents")]
        table: TableArgument,
        /// File to write, which must not be there [default: standard output]
        #[arg(short, long, value_name = "FILE.csv")]
        output: Option<PathBuf>,
    },
}

/// What `archive export` prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum TableArgument {
    /// Every document
    Documents,
    /// Every story, those that went into others included
    Stories,
    /// What became of stories: born, grew, merged, split, moved
    Events,
}

/// What is found in a drop before it is archived.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ArchivedPart {
    /// Copies, edits, excerpts and reuse
    Duplicates,
    /// Copies and stories
    Stories,
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

    /// Find copies, or copies and stories [default: stories]
    ///
    /// Without stories a drop is added in half the time, and later drops cannot go on with its stories.
    #[arg(long, value_name = "PART")]
    pub(crate) only: Option<ArchivedPart>,

    /// How records are read.
    #[command(flatten)]
    pub(crate) reading: ReadingArguments,

    /// How much to say.
    #[command(flatten)]
    pub(crate) talk: TalkArguments,
}
