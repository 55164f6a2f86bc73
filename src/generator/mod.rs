//! Generator: what would be found in a larger corpus, where the truth is known?
//! In:  [`Corpus`] (the user's own documents) and an [`Order`] (how many, of which kinds).
//! Out: a file of documents (id, text, lang) and beside it the truth, one record a document. Writes disk.
//!
//! The input's documents are sifted to those that share no wording worth the name (`sources`), and recombined
//! into further ones where they do not suffice. A plan (`groups`) says of every document what it is made of;
//! nothing is written yet. Then each document is made from the plan alone, so that any number of
//! threads make the same bytes, and no more than a few at a time are in memory (`output`).
//!
//! What is planted follows what happens to news and not what a program finds: copies pass through feeds, pages,
//! scanners and editors ([`Kind`]), and texts that resemble each other without being copies stand beside them.

mod order;
mod kinds;
mod chance;
mod prose;
mod sources;
mod recombined;
mod words;
mod wording;
mod shape;
mod groups;
mod workshop;
mod edits;
mod dress;
mod noise;
mod forms;
mod lookalikes;
mod truth;
mod output;

pub use groups::{Plan, Tally};
pub use kinds::{Class, Kind};
pub use order::Order;
pub use output::{abandon, check_target, truth_path};

use std::path::Path;

use crate::corpus::Corpus;
use crate::error::Error;
use crate::progress::Progress;

/// Grows `order` from `corpus` into `path` (JSON lines) and [`truth_path`] beside it. Returns the plan that
/// was carried out. Tells `progress` about the stages `sources` (no steps) and `generate` (documents).
///
/// Equal corpora, orders and builds give equal bytes, on any number of threads and for any order of the input's files.
///
/// # Errors
/// [`Error::Settings`] when the order is out of range, [`Error::Input`] when the corpus cannot give so many
/// distinct documents (the message says how many it can), [`Error::OutputInTheWay`] when a file is there and
/// `replace` is not asked for, [`Error::Output`] when writing fails; then nothing is published.
pub fn grow<'a>(
    corpus: &'a Corpus,
    order: &Order,
    path: &Path,
    replace: bool,
    progress: &dyn Progress,
) -> Result<Plan<'a>, Error> {
    order.validate()?;
    output::check_target(path, replace)?;
    progress.stage("sources", 0);
    let plan = Plan::new(corpus, order)?;
    output::write(&plan, path, replace, progress)?;
    Ok(plan)
}
