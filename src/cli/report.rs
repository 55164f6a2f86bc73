//! `samestory report`: the report of a run again, also without words, or with its scores against a truth.

use std::path::{Path, PathBuf};

use samestory::evaluation::{GroupId, Grouping, Place};
use samestory::past::PastRun;
use samestory::report::{self, Part, Quality, Scattered, Scored, WriteOptions, WrongPair};

use super::arguments::ReportArguments;
use super::exit::{self, Exit, Stop};
use super::score::{Judged, compare};
use super::score_table::kind_counts;
use super::{gold, terminal};

/// Errors of each sort that the page shows.
const SHOWN_ERRORS: usize = 20;

/// Reads the run, writes its pages.
pub(crate) fn report(arguments: &ReportArguments) -> Result<Exit, Stop> {
    let past = PastRun::open(&arguments.run)?;
    let withholds = arguments.no_text && past.has_texts();
    let quality = match &arguments.truth {
        Some(truth) => Some(quality(&past, truth, withholds, arguments.quiet)?),
        None => None,
    };
    let mut run = past.whole()?;
    run.settings.no_text |= arguments.no_text;
    let to = match &arguments.output {
        Some(folder) => folder.clone(),
        None if withholds => without_text(&arguments.run),
        None => arguments.run.clone(),
    };
    let options = WriteOptions { command: past.command.clone(), quality, ..WriteOptions::default() };
    report::rewrite(&run, &arguments.run, &to, &options)?;
    exit::published();
    if !arguments.quiet {
        let page = to.join("report.html");
        terminal::say(&format!("report: {}", terminal::printable_line(&page.to_string_lossy())));
    }
    Ok(Exit::Done)
}

/// `output/may-no-text` for `output/may`.
fn without_text(run: &Path) -> PathBuf {
    let resolved = run.canonicalize().unwrap_or_else(|_| run.to_path_buf());
    let mut name = resolved.file_name().unwrap_or_default().to_os_string();
    name.push("-no-text");
    match (run.file_name(), run.parent()) {
        (Some(_), Some(parent)) => parent.join(name),
        // `.` and `..` have no name of their own.
        _ => resolved.with_file_name(name),
    }
}

fn quality(run: &PastRun, path: &Path, withholds: bool, quiet: bool) -> Result<Quality, Stop> {
    let truth = gold::read(path)?;
    if !quiet {
        gold::say_what_is_left_out(path, &truth);
    }
    let (matching, judged) = compare(run, &truth, path, SHOWN_ERRORS)?;
    Ok(Quality {
        // Where it lies is nobody's business who is handed the report.
        truth: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        n_records: matching.records,
        n_records_in_run: matching.records_in_run,
        n_unjudged: matching.documents_without_gold,
        scored: judged.iter().map(|judged| scored(judged, withholds || !run.has_texts())).collect(),
    })
}

fn scored(judged: &Judged<'_>, withholds: bool) -> Scored {
    let (scores, errors) = (&judged.scores, &judged.errors);
    let gold = |group| name(&judged.gold, group);
    let found = |group| {
        let name = name(&judged.found, group);
        let label = judged.labels.get(&name).filter(|label| !withholds && !label.is_empty());
        label.map_or(name.clone(), |label| format!("{name} ({label})"))
    };
    let scattered = |groups: &[samestory::evaluation::Scattered],
                     own: &dyn Fn(GroupId) -> String,
                     other: &dyn Fn(GroupId) -> String| {
        let part = |part: &samestory::evaluation::Part| Part {
            name: other(part.group),
            n_documents: part.n_documents,
        };
        let one = |group: &samestory::evaluation::Scattered| Scattered {
            name: own(group.group),
            n_documents: group.n_documents,
            parts: group.parts.iter().map(part).collect(),
        };
        groups.iter().map(one).collect()
    };
    let id = |place: Place| judged.records[place.index()].id.clone();
    let pairs = |pairs: &[samestory::evaluation::WrongPair]| {
        let pair = |pair: &samestory::evaluation::WrongPair| WrongPair {
            a: id(pair.a),
            b: id(pair.b),
            cosine: pair.cosine,
        };
        pairs.iter().map(pair).collect()
    };
    let kinds = kind_counts(judged).0.into_iter();
    Scored {
        grouping: judged.side.column(),
        gold_field: judged.side.gold_field(),
        n_documents: scores.n_documents.into(),
        n_gold_groups: scores.n_gold_groups.into(),
        n_found_groups: scores.n_found_groups.into(),
        n_right_pairs: scores.n_right_pairs,
        n_false_pairs: scores.n_false_pairs(),
        n_missed_pairs: scores.n_missed_pairs(),
        pairwise: (scores.pairwise.precision, scores.pairwise.recall, scores.pairwise.f1),
        b_cubed_f1: scores.b_cubed.f1,
        measures: vec![
            ("Precision of pairs", scores.pairwise.precision),
            ("Recall of pairs", scores.pairwise.recall),
            ("F1 of pairs", scores.pairwise.f1),
            ("B-cubed precision", scores.b_cubed.precision),
            ("B-cubed recall", scores.b_cubed.recall),
            ("B-cubed F1", scores.b_cubed.f1),
            ("ARI", scores.ari),
            ("NMI (equals V)", scores.nmi),
            ("Homogeneity", scores.homogeneity),
            ("Completeness", scores.completeness),
            ("Purity", scores.purity),
        ],
        kinds: kinds.map(|(kind, count)| (kind.to_owned(), count.n_counted, count.n_documents)).collect(),
        split: scattered(&errors.split, &gold, &found),
        mixed: scattered(&errors.mixed, &found, &gold),
        joined: pairs(&errors.joined),
        missed: pairs(&errors.missed),
    }
}

fn name(grouping: &Grouping, group: GroupId) -> String {
    grouping.name(group).unwrap_or_default().to_owned()
}
