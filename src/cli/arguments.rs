//! The flags as typed. What they mean together is decided in [`super::settings`].
//!
//! A flag that sets a knob is absent unless typed, so that the settings file can fill in; its
//! default stands in [`samestory::Settings`] and, for readers of `--help`, in its text here (a test
//! compares the two).

mod archive;
mod bench;
mod results;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use samestory::generator::Kind;

pub(crate) use archive::{AddArguments, ArchiveArguments, ArchiveCommand, ArchivedPart, TableArgument};
pub(crate) use bench::BenchArguments;
pub(crate) use results::{ExplainArguments, ReportArguments, ScoreArguments};

use super::condition::Condition;
use super::help::{
    ARCHIVE_HELP, BENCH_HELP, CHECK_HELP, EXIT_CODES, EXPLAIN_HELP, GENERATE_HELP, INSPECT_HELP, REPORT_HELP,
    RUN_HELP, SCORE_HELP,
};

/// Finds copies, stories and themes in drops of documents, and shows the evidence for every claim
///
/// Point it at a folder or a file of documents, news above all. It says which of them are the same
/// text (copies, edits, excerpts), which tell the same story, and which themes run through the drop,
/// and writes tables for scripts and a page for people, with the passages that prove each copy.
/// Nothing leaves the machine: there is no network code. The same input gives the same bytes on any
/// number of threads.
#[derive(Debug, Parser)]
#[command(
    name = "samestory",
    version,
    propagate_version = true,
    subcommand_required = true,
    arg_required_else_help = true,
    max_term_width = 100,
    after_long_help = EXIT_CODES
)]
pub(crate) struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What samestory can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Find copies, stories and themes, and write them with their evidence
    #[command(after_long_help = concat_help(RUN_HELP))]
    Run(Box<RunArguments>),
    /// Say which documents an archive knows already; write nothing
    #[command(after_long_help = concat_help(CHECK_HELP))]
    Check(Box<CheckArguments>),
    /// Keep past drops: add to an archive, list, check, compact or export it
    #[command(subcommand_required = true, arg_required_else_help = true, after_long_help = concat_help(ARCHIVE_HELP))]
    Archive(ArchiveArguments),
    /// Say what would be read and what not; write nothing
    #[command(after_long_help = concat_help(INSPECT_HELP))]
    Inspect(Box<InspectArguments>),
    /// Grow a larger corpus with planted copies, and write its truth beside it
    #[command(after_long_help = concat_help(GENERATE_HELP))]
    Generate(Box<GenerateArguments>),
    /// Measure time, memory and quality at growing sizes, on your machine and documents
    #[command(after_long_help = concat_help(BENCH_HELP))]
    Bench(Box<BenchArguments>),
    /// Say why two documents of a run are the same, or why not, with the passages they share
    #[command(after_long_help = concat_help(EXPLAIN_HELP))]
    Explain(Box<ExplainArguments>),
    /// Hold the copies, stories and themes of a run against a truth, or against your judgements
    #[command(after_long_help = concat_help(SCORE_HELP))]
    Score(Box<ScoreArguments>),
    /// Make the report of a run again, also without any document's words, or with its scores against a truth
    #[command(after_long_help = concat_help(REPORT_HELP))]
    Report(Box<ReportArguments>),
    /// Print a script that completes commands and flags in a shell
    #[command(
        after_long_help = "Example:\n  samestory completions bash > ~/.local/share/bash-completion/completions/samestory"
    )]
    Completions(CompletionsArguments),
    /// Print the manual page
    #[command(after_long_help = "Example:\n  samestory man | man --local-file -")]
    Man,
    /// Read one PDF from standard input
    #[cfg(feature = "pdf")]
    #[command(hide = true)]
    ReadPdf,
}

fn concat_help(help: &str) -> String {
    format!("{help}\n{EXIT_CODES}")
}

/// What tables are written as, beside CSV.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum TableFormat {
    /// Columns with types.
    Parquet,
}

/// Flags of `run`.
#[derive(Debug, Args)]
pub(crate) struct RunArguments {
    /// Folders, files, or - for standard input
    #[arg(required = true, value_name = "INPUT")]
    pub(crate) inputs: Vec<PathBuf>,

    /// Folder to write [default: output/NAME, where NAME is the input's name without extensions]
    ///
    /// It is written beside its place and moved there when whole. A folder that is already there is
    /// replaced only if samestory wrote it for the same inputs; see --replace.
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,

    /// Folder to write the documents worth keeping to, in the files, format and fields they came in
    ///
    /// These are the documents that keep.txt lists. Of a file of records, the records that are kept go on byte for byte, in their
    /// order, packed as before, with two fields more: `samestory_kept_id`, the document's id, and `samestory_set_size`, the number of documents in
    /// its duplicate set. Files that are one text go on as they are. kept.csv lists every kept document with its set's size and its file.
    /// The folder is written whole or not at all; the input is read a second time and must not change. As with --output, a folder
    /// is replaced only if samestory wrote it.
    #[arg(long, value_name = "DIR", conflicts_with = "dry_run")]
    pub(crate) write_kept: Option<PathBuf>,

    /// Write each table as Parquet as well (builds with the cargo feature parquet)
    #[arg(long, value_name = "FORMAT", conflicts_with = "dry_run")]
    pub(crate) tables: Option<TableFormat>,

    /// Replace an output folder that samestory wrote for other inputs
    #[arg(long)]
    pub(crate) replace: bool,

    /// Print what would be read, where it would be written, and what time and memory it would take; write nothing
    ///
    /// The input is read whole; up to 12,000 of its documents are run on as samples in a temporary folder, which takes a
    /// tenth to a third of what the run would take. Where --memory, or the limit that the system sets, does not suffice, the exit code is
    /// 8, as the run's would be.
    #[arg(long)]
    pub(crate) dry_run: bool,

    /// Print a summary of the run as JSON on standard output
    #[arg(long, conflicts_with = "dry_run")]
    pub(crate) json: bool,

    /// Exit with 1 if a count compares so, such as 'duplicates>0'; may be given several times
    ///
    /// A condition is a count, a comparison and a number. The count is one of documents, duplicates (documents that drop.txt lists), known (copies of archived
    /// documents), sets, stories, themes, skipped; the comparison is one of > >= < <= = !=. The output is written all the same.
    #[arg(long, value_name = "CONDITION")]
    pub(crate) fail_if: Vec<Condition>,

    /// Past drops.
    #[command(flatten)]
    pub(crate) past: PastArguments,

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

/// Flags that hold a drop against earlier ones.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Earlier drops")]
pub(crate) struct PastArguments {
    /// Archive of past drops to hold this one against, and to add it to; made if it is not there
    ///
    /// known.csv says which documents are copies of archived ones, `known_passages.csv` where. Such copies and excerpts go to drop.txt.
    /// Stories that go on with archived ones keep their `stable_id` and label in stories.csv; `story_events.csv` says what became of them.
    /// The drop becomes part of the archive once the output is in its place. A drop that was added before is held against
    /// the rest, and not added again.
    #[arg(long, value_name = "DIR", conflicts_with = "dry_run")]
    pub(crate) archive: Option<PathBuf>,

    /// Wait while another process writes the archive
    #[arg(long, requires = "archive")]
    pub(crate) wait: bool,
}

/// Flags that set how documents are compared and grouped.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Finding")]
pub(crate) struct Knobs {
    /// Find only this [default: everything]
    #[arg(long, value_name = "PART")]
    pub(crate) only: Option<Part>,

    /// Share of one text's words that another must have, for them to be copies: over 0, at most 1 [default: 0.8]
    ///
    /// Words that match in aligned passages, each weighed by how much it says; wording that repeats across the drop is
    /// not counted.
    #[arg(long, value_name = "SHARE", value_parser = positive_share, allow_negative_numbers = true)]
    pub(crate) copy_threshold: Option<f64>,

    /// Do excerpts join the set of the text that contains them: true or false [default: true]
    #[arg(long, value_name = "BOOL", hide_possible_values = true)]
    pub(crate) contained_in_sets: Option<bool>,

    /// Mean cosine from which two groups tell one story: over 0, at most 1 [default: chosen from the drop]
    #[arg(long, value_name = "COSINE", value_parser = positive_share, allow_negative_numbers = true)]
    pub(crate) story_threshold: Option<f64>,

    /// Number of themes: 1 or more [default: chosen from the drop]
    #[arg(long, value_name = "K", value_parser = one_or_more, allow_negative_numbers = true)]
    pub(crate) themes: Option<usize>,

    /// Neighbors listed for each document: 1 to 1000 [default: 10]
    #[arg(long, value_name = "N", value_parser = one_or_more, allow_negative_numbers = true)]
    pub(crate) neighbors: Option<usize>,

    /// Seed of everything drawn by chance: a whole number from 0 [default: 42]
    #[arg(long, value_name = "NUMBER")]
    pub(crate) seed: Option<u64>,

    /// Leave every document's words out of the output, to hand on findings without texts
    #[arg(long)]
    pub(crate) no_text: bool,
}

/// Flags of `check`.
#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// Folders, files, or - for standard input
    #[arg(required = true, value_name = "INPUT")]
    pub(crate) inputs: Vec<PathBuf>,

    /// The archive
    #[arg(long, value_name = "DIR")]
    pub(crate) archive: PathBuf,

    /// Print one JSON object for each document on standard output
    #[arg(long)]
    pub(crate) json: bool,

    /// Share of one text's words that another must have, for them to be copies: over 0, at most 1 [default: 0.8]
    #[arg(long, value_name = "SHARE", value_parser = positive_share, allow_negative_numbers = true)]
    pub(crate) copy_threshold: Option<f64>,

    /// How records are read.
    #[command(flatten)]
    pub(crate) reading: ReadingArguments,

    /// How much to say.
    #[command(flatten)]
    pub(crate) talk: TalkArguments,
}

/// Flags of `inspect`.
#[derive(Debug, Args)]
pub(crate) struct InspectArguments {
    /// Folders, files, or - for standard input
    #[arg(required = true, value_name = "INPUT")]
    pub(crate) inputs: Vec<PathBuf>,

    /// Read everything, however much it is [default: of more than 24 MB a sample, and it is said]
    #[arg(long)]
    pub(crate) whole: bool,

    /// How records are read.
    #[command(flatten)]
    pub(crate) reading: ReadingArguments,

    /// How much to say.
    #[command(flatten)]
    pub(crate) talk: TalkArguments,
}

/// Flags that set how records are read.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Reading")]
pub(crate) struct ReadingArguments {
    /// Settings file (TOML), with the long names of the flags as keys; flags win over it
    ///
    /// For example `copy-threshold = 0.9`. In the file, max-document-bytes is a plain number.
    #[arg(long, value_name = "FILE.toml")]
    pub(crate) config: Option<PathBuf>,

    /// Threads: 1 or more, at most 256 are started [default: one a core]; no result depends on it
    #[arg(long, value_name = "N", value_parser = one_or_more, allow_negative_numbers = true)]
    pub(crate) threads: Option<usize>,

    /// Memory that the process may take: bytes, or with K, M or G (powers of 1024), such as 512MiB; 1 or more [default: the limit of its cgroup, if any]
    ///
    /// Texts beyond a quarter of it go to a temporary file without a name beside the output, all of them where the rest
    /// would not fit otherwise. What would not fit even so is refused before the work, with what it needs (exit 8). The
    /// ceiling covers what grows with the documents: fields, texts, words, shingles, vectors, themes, by an estimate. It
    /// does not cover files that the system keeps in memory as long as nobody asks for it. A file of one JSON array is
    /// held whole while it is read. No result depends on it.
    #[arg(long, value_name = "SIZE", value_parser = byte_count, allow_negative_numbers = true)]
    pub(crate) memory: Option<u64>,

    /// Languages that documents may be in: two-letter codes, such as en,fr [default: any]
    #[arg(long, value_name = "CODES", value_delimiter = ',')]
    pub(crate) languages: Option<Vec<String>>,

    /// Character encoding of all input, such as windows-1251 [default: detected for each file]
    #[arg(long, value_name = "LABEL")]
    pub(crate) encoding: Option<String>,

    /// Record field that holds the text [default: sniffed; inspect prints the choice]
    ///
    /// A field within fields is named with dots, such as article.body; what a list holds is joined. Several fields with
    /// commas between, such as lead,body, are joined by blank lines. The other --*-field flags take dots, too.
    #[arg(long, value_name = "NAME")]
    pub(crate) text_field: Option<String>,

    /// Record field that holds the headline [default: sniffed]
    #[arg(long, value_name = "NAME")]
    pub(crate) title_field: Option<String>,

    /// Record field that holds the id [default: sniffed, else made from file and line]
    #[arg(long, value_name = "NAME")]
    pub(crate) id_field: Option<String>,

    /// Record field that holds the date of publication [default: sniffed]
    #[arg(long, value_name = "NAME")]
    pub(crate) date_field: Option<String>,

    /// Record field that holds the publisher [default: sniffed]
    #[arg(long, value_name = "NAME")]
    pub(crate) source_field: Option<String>,

    /// Record field that holds the address [default: sniffed]
    #[arg(long, value_name = "NAME")]
    pub(crate) url_field: Option<String>,

    /// Record field that holds the language's code [default: sniffed]
    #[arg(long, value_name = "NAME")]
    pub(crate) language_field: Option<String>,

    /// What stands between the fields of tables: one character, or the word tab [default: sniffed among , ; tab |]
    #[arg(long, value_name = "CHARACTER", allow_hyphen_values = true)]
    pub(crate) delimiter: Option<String>,

    /// Names of the columns of tables that have no header, with commas between [default: the first row, if it looks like names]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) columns: Option<Vec<String>>,

    /// Longest document to read: bytes, or with K, M or G (powers of 1024); 1 or more [default: 64M]
    ///
    /// A longer document is skipped and listed in problems.jsonl.
    #[arg(long, value_name = "BYTES", value_parser = byte_count, allow_negative_numbers = true)]
    pub(crate) max_document_bytes: Option<u64>,

    /// Stop if more than this share of records is bad: 0 to 1 [default: never stop]
    #[arg(long, value_name = "SHARE", value_parser = share, allow_negative_numbers = true)]
    pub(crate) max_bad: Option<f64>,
}

/// Flags that set how much is said on standard error.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Talking")]
pub(crate) struct TalkArguments {
    /// Say nothing but errors
    #[arg(short, long)]
    pub(crate) quiet: bool,

    /// Say more: fields found, time and memory of each stage, every warning and problem
    #[arg(short, long, conflicts_with = "quiet")]
    pub(crate) verbose: bool,
}

/// Flags of `generate`.
#[derive(Debug, Args)]
pub(crate) struct GenerateArguments {
    /// Folders, files, or - for standard input
    #[arg(required = true, value_name = "INPUT")]
    pub(crate) inputs: Vec<PathBuf>,

    /// File to write; it ends in .jsonl, and its truth in .truth.jsonl stands beside it
    #[arg(short, long, value_name = "FILE.jsonl")]
    pub(crate) output: PathBuf,

    /// Replace the file and its truth if they are there
    #[arg(long)]
    pub(crate) replace: bool,

    /// Documents to write: 1 or more
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), allow_negative_numbers = true)]
    pub(crate) documents: u32,

    /// Share of documents that are edited copies: 0 to below 1 [default: 0.3]
    #[arg(long, value_name = "SHARE", value_parser = share_below_one, allow_negative_numbers = true)]
    pub(crate) share: Option<f64>,

    /// Share of documents that resemble others without being copies: 0 to 1 [default: 0.1]
    #[arg(long, value_name = "SHARE", value_parser = share, allow_negative_numbers = true)]
    pub(crate) negatives: Option<f64>,

    /// Share of documents that tell the event of another in other sentences: 0 to 1 [default: 0.04]
    #[arg(long, value_name = "SHARE", value_parser = share, allow_negative_numbers = true)]
    pub(crate) stories: Option<f64>,

    /// Share of the groups of copies whose original is left out: 0 to 1 [default: 0.2]
    #[arg(long, value_name = "SHARE", value_parser = share, allow_negative_numbers = true)]
    pub(crate) absent: Option<f64>,

    /// Copies are made of copies down to this depth: 1 to 3 [default: 3]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=3), allow_negative_numbers = true)]
    pub(crate) depth: Option<u8>,

    /// Edited copies of one story, as part of --share: 0 or more [default: 0, no such group]
    #[arg(long, value_name = "N", allow_negative_numbers = true)]
    pub(crate) largest_group: Option<u32>,

    /// Words that a document of the input needs to serve as an original: 10 or more [default: 40]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(10..), allow_negative_numbers = true)]
    pub(crate) least_words: Option<u32>,

    /// Kinds to plant, with commas between [default: all that are listed below]
    #[arg(long, value_name = "KINDS", value_delimiter = ',')]
    pub(crate) kinds: Option<Vec<Kind>>,

    /// Kinds to leave out, with commas between [default: none]
    #[arg(long, value_name = "KINDS", value_delimiter = ',')]
    pub(crate) without: Option<Vec<Kind>>,

    /// Seed of everything drawn by chance: a whole number from 0 [default: 42]
    #[arg(long, value_name = "NUMBER")]
    pub(crate) seed: Option<u64>,

    /// How records are read.
    #[command(flatten)]
    pub(crate) reading: ReadingArguments,

    /// How much to say.
    #[command(flatten)]
    pub(crate) talk: TalkArguments,
}

/// Flags of `completions`.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArguments {
    /// Which shell
    #[arg(value_name = "SHELL")]
    pub(crate) shell: clap_complete::Shell,
}

/// What `--only` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Copies, edits, excerpts and reuse
    Duplicates,
    /// Copies and stories
    Stories,
    /// Copies and themes
    Themes,
}

fn positive_share(text: &str) -> Result<f64, String> {
    in_range(text, |share| share > 0.0 && share <= 1.0, "a number over 0 and at most 1, such as 0.7")
}

fn share_below_one(text: &str) -> Result<f64, String> {
    in_range(text, |share| (0.0..1.0).contains(&share), "a number from 0 to below 1, such as 0.3")
}

fn share(text: &str) -> Result<f64, String> {
    in_range(text, |share| (0.0..=1.0).contains(&share), "a number from 0 to 1, such as 0.05")
}

fn in_range(text: &str, holds: impl Fn(f64) -> bool, range: &str) -> Result<f64, String> {
    text.parse().ok().filter(|&number| holds(number)).ok_or_else(|| format!("it must be {range}"))
}

fn one_or_more(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|&n| n >= 1).ok_or_else(|| "it must be a whole number, 1 or more".to_owned())
}

fn byte_count(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let shift = match text[digits.len()..].to_ascii_uppercase().as_str() {
        "" | "B" => Some(0),
        "K" | "KB" | "KIB" => Some(10),
        "M" | "MB" | "MIB" => Some(20),
        "G" | "GB" | "GIB" => Some(30),
        _ => None,
    };
    shift
        .and_then(|shift| digits.parse::<u64>().ok()?.checked_mul(1 << shift))
        .filter(|&bytes| bytes >= 1)
        .ok_or_else(|| "it must be a whole number of bytes, 1 or more, such as 500000, 64M or 1G".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;
    use samestory::Settings;

    use super::*;

    #[test]
    fn the_flags_do_not_contradict_each_other() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn help_states_the_defaults_of_the_settings() {
        let mut command = Arguments::command();
        let help = command.find_subcommand_mut("run").unwrap().render_help().to_string();
        let defaults = Settings::default();
        let line_of = |flag: &str| {
            let begin =
                help.find(&format!("--{flag} ")).unwrap_or_else(|| panic!("{flag} is not in the help"));
            let rest = &help[begin + 2..];
            rest[..rest.find("\n      --").unwrap_or(rest.len())]
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
        };
        for (flag, default) in [
            ("copy-threshold", defaults.copy_threshold.to_string()),
            ("contained-in-sets", defaults.contained_in_sets.to_string()),
            ("neighbors", defaults.neighbors.to_string()),
            ("seed", defaults.seed.to_string()),
            ("max-document-bytes", format!("{}M", defaults.max_document_bytes >> 20)),
        ] {
            let line = line_of(flag);
            assert!(line.contains(&format!("[default: {default}]")), "{line}");
        }
    }

    #[test]
    fn every_flag_says_what_it_does() {
        for command in Arguments::command().get_subcommands() {
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "{} {}", command.get_name(), argument.get_id());
            }
        }
    }

    #[test]
    fn bytes_may_have_a_unit() {
        assert_eq!(byte_count("500000"), Ok(500_000));
        assert_eq!(byte_count("64M"), Ok(64 << 20));
        assert_eq!(byte_count("64MiB"), Ok(64 << 20));
        assert_eq!(byte_count("1g"), Ok(1 << 30));
        for wrong in ["", "M", "0", "-1", "1.5G", "64X", "99999999999G", "6 4", "é"] {
            assert!(byte_count(wrong).is_err(), "{wrong}");
        }
    }
}
