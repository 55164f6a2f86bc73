//! The flags of `bench`.

use std::path::PathBuf;

use clap::Args;

use super::{Knobs, ReadingArguments, TalkArguments, one_or_more};

/// Flags of `bench`.
#[derive(Debug, Args)]
pub(crate) struct BenchArguments {
    /// Folders, files, or - for standard input
    #[arg(required = true, value_name = "INPUT")]
    pub(crate) inputs: Vec<PathBuf>,

    /// Folder to write [default: output/NAME-bench, where NAME is the input's name without extensions]
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,

    /// Replace a folder that bench wrote for other inputs
    #[arg(long)]
    pub(crate) replace: bool,

    /// Numbers of documents to measure, such as 500,1000,2000; each 1 or more [default: doubled from some hundreds on while there is time]
    ///
    /// Up to the input's own number its documents are sampled, and at every size a drop is grown from them with planted copies. Sizes
    /// named here are all measured, however long that takes.
    #[arg(long, value_name = "NUMBERS", value_delimiter = ',', value_parser = one_or_more)]
    pub(crate) sizes: Option<Vec<usize>>,

    /// Seconds that measuring may take, about, where sizes are not named: 1 or more [default: 60]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..), conflicts_with = "sizes")]
    pub(crate) seconds: Option<u64>,

    /// Numbers of documents to estimate time and memory for, such as 100000,1000000 [default: ten times the input's]
    #[arg(long, value_name = "NUMBERS", value_delimiter = ',', value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) estimate: Option<Vec<u64>>,

    /// Print everything as JSON on standard output, in place of tables
    #[arg(long)]
    pub(crate) json: bool,

    /// Which knobs were turned.
    #[command(flatten)]
    pub(crate) knobs: Knobs,

    /// How records are read.
    #[command(flatten)]
    pub(crate) reading: ReadingArguments,

    /// How much to say.
    #[command(flatten)]
    pub(crate) talk: TalkArguments,
}
