//! `samestory score`: a run's copies, stories and themes held against a truth.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::json;

use samestory::Error;
use samestory::corpus::DocId;
use samestory::evaluation::truth::{BRIDGE, Gold, GoldRecord};
use samestory::evaluation::{
    Contingency, Grouping, Place, Scattered, Scores, Truth, WrongPair, WrongPairs, most_mixed, most_split,
};
use samestory::explanation;
use samestory::past::{PastDocument, PastRun};

use super::arguments::ScoreArguments;
use super::condition::ScoreCondition;
use super::exit::{Exit, Stop};
use super::{gold, judgements, score_table, terminal};

/// Errors of each sort that are listed unless asked for otherwise.
const SHOWN_ERRORS: u16 = 5;

/// Cosines computed from texts, where no table has them: each takes some hundredths of a second.
const MOST_COMPUTED: usize = 50;

/// A column of `documents.csv` that groups documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    /// Copies.
    DuplicateSet,
    /// Stories.
    Story,
    /// Main themes.
    Theme,
}

impl Side {
    pub(crate) const ALL: [Self; 3] = [Self::DuplicateSet, Self::Story, Self::Theme];

    /// Its name in the table.
    pub(crate) fn column(self) -> &'static str {
        match self {
            Self::DuplicateSet => "duplicate_set",
            Self::Story => "story",
            Self::Theme => "theme",
        }
    }

    /// The gold field that it is scored against.
    pub(super) fn gold_field(self) -> &'static str {
        match self {
            Self::DuplicateSet => "dup",
            Self::Story | Self::Theme => "label",
        }
    }

    fn gold(self, record: &GoldRecord) -> &Gold {
        match self {
            Self::DuplicateSet => &record.dup,
            Self::Story | Self::Theme => &record.label,
        }
    }

    fn found(self, document: &PastDocument) -> Option<&str> {
        match self {
            Self::DuplicateSet => document.duplicate_set.as_deref(),
            Self::Story => document.story.as_deref(),
            Self::Theme => document.theme.as_deref(),
        }
    }

    fn was_made_by(self, run: &PastRun) -> bool {
        match self {
            Self::DuplicateSet => true,
            Self::Story => run.has_stories(),
            Self::Theme => run.has_themes(),
        }
    }
}

/// How the documents of a truth and those of the run match.
pub(super) struct Matching {
    /// Records of the truth.
    pub(super) records: u64,
    /// Of these, those whose id the run has.
    pub(super) records_in_run: u64,
    /// Documents of the run that no record speaks of.
    pub(super) documents_without_gold: u64,
    /// Lines of the truth that could not be read.
    pub(super) skipped_lines: u64,
}

/// One grouping with its scores.
pub(super) struct Judged<'t> {
    pub(super) side: Side,
    /// The documents that count, ascending by id; [`Place`] is an index here.
    pub(super) records: Vec<&'t GoldRecord>,
    /// Of these, those that the run does not have: they count as groups of one.
    pub(super) n_missing: u64,
    /// Copies of two originals, which are left out.
    pub(super) n_bridges: u64,
    pub(super) gold: Grouping,
    pub(super) found: Grouping,
    pub(super) scores: Scores,
    /// Labels of found groups by name, where the run shows them.
    pub(super) labels: BTreeMap<String, String>,
    pub(super) errors: Errors,
}

/// The worst of what went wrong, each list worst first.
#[derive(Default)]
pub(super) struct Errors {
    pub(super) split: Vec<Scattered>,
    pub(super) mixed: Vec<Scattered>,
    pub(super) joined: Vec<WrongPair>,
    pub(super) missed: Vec<WrongPair>,
}

/// Reads both sides, compares them, prints.
pub(crate) fn score(arguments: &ScoreArguments) -> Result<Exit, Stop> {
    let run = PastRun::open(&arguments.run)?;
    let most = usize::from(arguments.errors.unwrap_or(SHOWN_ERRORS));
    let (mut said, mut json) = (String::new(), json!({"run": arguments.run.to_string_lossy()}));
    let mut exit = Exit::Done;
    if let Some(path) = &arguments.truth {
        let truth = gold::read(path)?;
        if !arguments.quiet {
            gold::say_what_is_left_out(path, &truth);
        }
        let (matching, judged) = compare(&run, &truth, path, most)?;
        let met = met(&arguments.fail_if, &judged)?;
        let not_made = Side::ALL.into_iter().filter(|side| !side.was_made_by(&run)).collect::<Vec<_>>();
        said = score_table::table(&matching, &judged, &not_made);
        score_table::add_json(&mut json, path, &matching, &judged);
        for (condition, value) in &met {
            terminal::complain(&format!("--fail-if {condition} holds: it is {value:.4}"));
        }
        exit = match (met.is_empty(), truth.unreadable.is_empty()) {
            (false, _) => Exit::ConditionMet,
            (true, false) => Exit::Skipped,
            (true, true) => Exit::Done,
        };
    }
    if let Some(path) = &arguments.judgements {
        let verdict = judgements::judge(&run, path, arguments.quiet)?;
        if !said.is_empty() {
            said.push('\n');
        }
        said.push_str(&judgements::table(&verdict, most));
        json["judgements"] = judgements::json(&verdict);
        if exit == Exit::Done && !verdict.is_whole() {
            exit = Exit::Skipped;
        }
    }
    if arguments.json {
        terminal::print_json(&json)?;
    } else {
        terminal::print(&said)?;
    }
    Ok(exit)
}

/// Scores every grouping that the run has and the truth speaks of, with at most so many errors of each sort.
///
/// # Errors
/// When no document or no field of the truth says anything of the run, or a file of the run is damaged.
pub(super) fn compare<'t>(
    run: &PastRun,
    truth: &'t Truth,
    path: &Path,
    most: usize,
) -> Result<(Matching, Vec<Judged<'t>>), Stop> {
    let matching = match_documents(run, truth);
    if matching.records_in_run == 0 {
        return Err(input(format!(
            "{}: none of its {} ids is in {}: was that run made from other documents, or with another --id-field?",
            path.display(),
            matching.records,
            run.folder().display()
        )));
    }
    let mut judged: Vec<Judged> = Side::ALL
        .into_iter()
        .filter(|side| side.was_made_by(run))
        .filter_map(|side| judge(side, run, truth))
        .collect();
    if judged.is_empty() {
        return Err(input(nothing_to_score(path, run, truth)));
    }
    find_errors(&mut judged, run, most)?;
    Ok((matching, judged))
}

fn input(message: String) -> Stop {
    Error::Input(message).into()
}

fn match_documents(run: &PastRun, truth: &Truth) -> Matching {
    let records_in_run = truth.records.iter().filter(|record| run.find(&record.id).is_some()).count() as u64;
    Matching {
        records: truth.records.len() as u64,
        records_in_run,
        documents_without_gold: run.documents.len() as u64 - records_in_run,
        skipped_lines: truth.unreadable.len() as u64,
    }
}

/// Scores one grouping; none where no document has gold for it.
pub(super) fn judge<'t>(side: Side, run: &PastRun, truth: &'t Truth) -> Option<Judged<'t>> {
    let known = truth.records.iter().filter(|record| *side.gold(record) != Gold::Unknown);
    let (bridges, records): (Vec<_>, Vec<&GoldRecord>) =
        known.partition(|record| record.kind.as_deref() == Some(BRIDGE));
    if records.is_empty() {
        return None;
    }
    let documents: Vec<Option<&PastDocument>> =
        records.iter().map(|record| run.find(&record.id).map(|id| run.document(id))).collect();
    let gold = Grouping::from_names(records.iter().map(|record| side.gold(record).name()));
    let found = Grouping::from_names(documents.iter().map(|document| side.found((*document)?)));
    Some(Judged {
        side,
        n_missing: documents.iter().filter(|document| document.is_none()).count() as u64,
        n_bridges: bridges.len() as u64,
        scores: Scores::of(&gold, &found),
        gold,
        found,
        records,
        labels: BTreeMap::new(),
        errors: Errors::default(),
    })
}

fn nothing_to_score(path: &Path, run: &PastRun, truth: &Truth) -> String {
    let path = path.display();
    let has_label = truth.records.iter().any(|record| record.label != Gold::Unknown);
    if has_label && !run.has_stories() && !run.has_themes() {
        return format!(
            "{path} has label, for stories and themes, and {} was made with --only duplicates; it has no dup to score copies with",
            run.folder().display()
        );
    }
    format!("{path}: no record has the field dup (its group of copies) or label (its story or theme)")
}

/// Fills in the errors and what they are called by.
fn find_errors(judged: &mut [Judged<'_>], run: &PastRun, most: usize) -> Result<(), Stop> {
    if most == 0 {
        return Ok(());
    }
    for judged in judged.iter_mut() {
        let table = Contingency::count(&judged.gold, &judged.found);
        judged.errors.split = most_split(&table, &judged.gold, &judged.found, most);
        judged.errors.mixed = most_mixed(&table, &judged.gold, &judged.found, most);
        judged.labels = match judged.side {
            Side::DuplicateSet => BTreeMap::new(),
            Side::Story => run.story_labels()?,
            Side::Theme => run.theme_labels()?,
        };
    }
    let places: Vec<Vec<Option<Place>>> = judged.iter().map(|judged| places(judged, run)).collect();
    let mut wrong: Vec<WrongPairs> =
        judged.iter().map(|judged| WrongPairs::new(&judged.gold, &judged.found)).collect();
    run.each_cosine(|a: DocId, b: DocId, cosine| {
        for (wrong, places) in wrong.iter_mut().zip(&places) {
            if let (Some(a), Some(b)) = (places[a.index()], places[b.index()]) {
                wrong.offer(a, b, Some(cosine));
            }
        }
    })?;
    let pairs: Vec<[Vec<WrongPair>; 2]> = wrong
        .iter_mut()
        .zip(judged.iter())
        .map(|(wrong, judged)| {
            wrong.offer_examples(&judged.errors.split, &judged.errors.mixed, most);
            [wrong.joined(most), wrong.missed(most)]
        })
        .collect();
    let mut to_compute = MOST_COMPUTED;
    for (judged, [mut joined, mut missed]) in judged.iter_mut().zip(pairs) {
        for pair in joined.iter_mut().chain(&mut missed).filter(|pair| pair.cosine.is_none()).take(to_compute)
        {
            let id = |place: Place| run.find(&judged.records[place.index()].id);
            if let (Some(a), Some(b)) = (id(pair.a), id(pair.b)) {
                pair.cosine = explanation::cosine(run, a, b)?;
                to_compute -= 1;
            }
        }
        (judged.errors.joined, judged.errors.missed) = (joined, missed);
    }
    Ok(())
}

/// By document of the run: its place among those that count.
fn places(judged: &Judged<'_>, run: &PastRun) -> Vec<Option<Place>> {
    let mut places = vec![None; run.documents.len()];
    for (place, record) in (0u32..).zip(&judged.records) {
        if let Some(id) = run.find(&record.id) {
            places[id.index()] = Some(Place(place));
        }
    }
    places
}

/// The conditions that hold, with the measure that makes them.
fn met<'c>(
    conditions: &'c [ScoreCondition],
    judged: &[Judged<'_>],
) -> Result<Vec<(&'c ScoreCondition, f64)>, Stop> {
    let mut met = Vec::new();
    for condition in conditions {
        let asked = judged.iter().find(|judged| condition.side.is_none_or(|side| side == judged.side));
        let asked = asked.ok_or_else(|| {
            Stop::usage(format!(
                "--fail-if {condition}: that grouping is not scored here; the truth or the run lacks it"
            ))
        })?;
        met.extend(condition.met_by(&asked.scores).map(|value| (condition, value)));
    }
    Ok(met)
}
