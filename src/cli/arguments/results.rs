//! The flags of what works on the folder of a run: `explain`, `score`, `report`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::condition::ScoreCondition;

/// Flags of `explain`.
#[derive(Debug, Args)]
pub(crate) struct ExplainArguments {
    /// Output folder of `samestory run`
    #[arg(value_name = "RUN")]
    pub(crate) run: PathBuf,

    /// Id of one document, as documents.csv has it
    #[arg(value_name = "A")]
    pub(crate) a: String,

    /// Id of the other
    #[arg(value_name = "B")]
    pub(crate) b: String,

    /// Print the explanation as JSON on standard output
    #[arg(long)]
    pub(crate) json: bool,

    /// Passages quoted, the longest ones: 0 to 1000 [default: 10]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(0..=1000), allow_negative_numbers = true)]
    pub(crate) passages: Option<u16>,
}

/// Flags of `score`.
#[derive(Debug, Args)]
pub(crate) struct ScoreArguments {
    /// Output folder of `samestory run`
    #[arg(value_name = "RUN")]
    pub(crate) run: PathBuf,

    /// File of records that say which documents belong together: id, dup, label
    #[arg(long, value_name = "FILE.jsonl", required_unless_present = "judgements")]
    pub(crate) truth: Option<PathBuf>,

    /// File of your judgements on borderline pairs: the report's download, or borderline.csv with its last column filled in
    #[arg(long, value_name = "FILE.csv")]
    pub(crate) judgements: Option<PathBuf>,

    /// Print the scores as JSON on standard output
    #[arg(long)]
    pub(crate) json: bool,

    /// Errors and disagreements listed of each sort: 0 to 1000 [default: 5]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(0..=1000), allow_negative_numbers = true)]
    pub(crate) errors: Option<u16>,

    /// Exit with 1 if a measure compares so, such as 'f1<0.9'; may be given several times
    ///
    /// A condition is a measure, a comparison and a number. The measure is one of precision, recall, f1 (of pairs), b-cubed-precision,
    /// b-cubed-recall, b-cubed-f1, ari, nmi, homogeneity, completeness, purity; before it may stand the grouping that is meant,
    /// `duplicate_set:`, `story:` or `theme:`, else it is the first of these that is scored. The comparison is one of > >= < <= = !=.
    #[arg(long, value_name = "CONDITION", requires = "truth")]
    pub(crate) fail_if: Vec<ScoreCondition>,

    /// Say nothing on standard error but errors
    #[arg(short, long)]
    pub(crate) quiet: bool,
}

/// Flags of `report`.
#[derive(Debug, Args)]
pub(crate) struct ReportArguments {
    /// Output folder of `samestory run`
    #[arg(value_name = "RUN")]
    pub(crate) run: PathBuf,

    /// Leave every document's words out, to hand on findings without texts
    #[arg(long)]
    pub(crate) no_text: bool,

    /// File of records that say which documents belong together (id, dup, label): the report gets a section Quality
    #[arg(long, value_name = "FILE.jsonl")]
    pub(crate) truth: Option<PathBuf>,

    /// Folder to write [default: RUN itself; with --no-text RUN-no-text beside it]
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,

    /// Say nothing on standard error but errors
    #[arg(short, long)]
    pub(crate) quiet: bool,
}
