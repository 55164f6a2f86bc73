//! How scores are shown: a table with the worst errors below it for people, one object for scripts.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Map, Value, json};

use samestory::evaluation::{
    GroupId, Grouping, KindCount, Place, PrecisionRecall, Scattered, Scores, WrongPair, false_merges,
    recall_by_kind,
};

use super::inspect::{counted, grouped};
use super::score::{Judged, Matching, Side};
use super::terminal::printable_line;

/// Parts of a group that are shown; the rest are counted.
const SHOWN_PARTS: usize = 4;

/// Characters of an id or a name that are shown.
const LONGEST_NAME: usize = 48;

/// What a group of one is called that has no name.
const ALONE: &str = "alone";

/// A measure's name, and how to come by it.
type Measure = (&'static str, fn(&Scores) -> f64);

const MEASURES: [Measure; 11] = [
    ("pairs      precision", |scores| scores.pairwise.precision),
    ("           recall", |scores| scores.pairwise.recall),
    ("           F1", |scores| scores.pairwise.f1),
    ("B-cubed    precision", |scores| scores.b_cubed.precision),
    ("           recall", |scores| scores.b_cubed.recall),
    ("           F1", |scores| scores.b_cubed.f1),
    ("ARI", |scores| scores.ari),
    ("NMI (= V)", |scores| scores.nmi),
    ("homogeneity", |scores| scores.homogeneity),
    ("completeness", |scores| scores.completeness),
    ("purity", |scores| scores.purity),
];

/// For people.
pub(super) fn table(matching: &Matching, judged: &[Judged<'_>], not_made: &[Side]) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{}", matching_lines(matching, judged, not_made));
    let mut row = |name: &str, cell: &dyn Fn(&Judged<'_>) -> String| {
        let _ = write!(text, "{name:<24}");
        for judged in judged {
            let _ = write!(text, "{:>16}", cell(judged));
        }
        text.push('\n');
    };
    row("found", &|judged| judged.side.column().to_owned());
    row("scored against", &|judged| judged.side.gold_field().to_owned());
    row("documents", &|judged| grouped(u64::from(judged.scores.n_documents)));
    row("groups     in the truth", &|judged| grouped(u64::from(judged.scores.n_gold_groups)));
    row("           found", &|judged| grouped(u64::from(judged.scores.n_found_groups)));
    for (name, measure) in MEASURES {
        row(name, &|judged| decimals(measure(&judged.scores)));
    }
    row("pairs      joined falsely", &|judged| grouped(judged.scores.n_false_pairs()));
    row("           missed", &|judged| grouped(judged.scores.n_missed_pairs()));
    for judged in judged {
        text.push_str(&kinds(judged));
        text.push_str(&errors(judged));
    }
    text
}

/// Four decimals; never 1 unless it is exactly that.
fn decimals(value: f64) -> String {
    let text = format!("{value:.4}");
    if text == "1.0000" && value < 1.0 { "<1.0000".to_owned() } else { text }
}

fn matching_lines(matching: &Matching, judged: &[Judged<'_>], not_made: &[Side]) -> String {
    let mut lines = format!("{} of the truth", counted(matching.records, "record"));
    let absent = matching.records - matching.records_in_run;
    // Writing to a string cannot fail.
    let _ = match absent {
        0 => write!(lines, ", all in the run"),
        _ => write!(lines, ", {} not in the run: each counts as a group of one", grouped(absent)),
    };
    if matching.documents_without_gold > 0 {
        let _ = write!(
            lines,
            "; the run has {} that the truth does not speak of",
            counted(matching.documents_without_gold, "document")
        );
    }
    lines.push('\n');
    let n_bridges = judged.iter().map(|judged| judged.n_bridges).max().unwrap_or(0);
    if n_bridges > 0 {
        let of_kind = counted(n_bridges, "document");
        let _ = writeln!(lines, "left out: {of_kind} of the kind concat, copies of two originals");
    }
    for side in not_made {
        let _ = writeln!(lines, "not scored: {}, which the run was not asked for (--only)", side.column());
    }
    lines
}

/// Recall by kind of copy and false merges, where the truth has kinds.
fn kinds(judged: &Judged<'_>) -> String {
    let (recall, merges) = kind_counts(judged);
    let mut text = String::new();
    let mut list = |title: &str, counts: &BTreeMap<&str, KindCount>, line: &dyn Fn(KindCount) -> String| {
        if !counts.is_empty() {
            let _ = writeln!(text, "\n{title}");
        }
        for (kind, &count) in counts {
            let _ = writeln!(text, "  {:<20} {}", shown(kind), line(count));
        }
    };
    list("Copies found with their original, by kind", &recall, &|count| {
        let (n, of) = (grouped(u64::from(count.n_counted)), grouped(u64::from(count.n_documents)));
        format!("{:.4}  {n} of {of}", count.share())
    });
    list("In a set with documents of another group, by kind", &merges, &|count| {
        format!("{} of {}", grouped(u64::from(count.n_counted)), grouped(u64::from(count.n_documents)))
    });
    text
}

/// Kinds of planted copies say something of copies only.
pub(super) fn kind_counts<'j>(
    judged: &'j Judged<'_>,
) -> (BTreeMap<&'j str, KindCount>, BTreeMap<&'j str, KindCount>) {
    if judged.side != Side::DuplicateSet {
        return (BTreeMap::new(), BTreeMap::new());
    }
    let kinds: Vec<Option<&str>> = judged.records.iter().map(|record| record.kind.as_deref()).collect();
    (recall_by_kind(&judged.gold, &judged.found, &kinds), false_merges(&judged.gold, &judged.found, &kinds))
}

fn errors(judged: &Judged<'_>) -> String {
    let (found, gold) = (judged.side.column(), judged.side.gold_field());
    let mut text = String::new();
    let mut list = |title: String, lines: Vec<String>| {
        if !lines.is_empty() {
            let _ = writeln!(text, "\n{title}");
            for line in lines {
                let _ = writeln!(text, "  {line}");
            }
        }
    };
    let errors = &judged.errors;
    let name_gold = |group| group_name(&judged.gold, group, &BTreeMap::new());
    let name_found = |group| group_name(&judged.found, group, &judged.labels);
    list(
        format!("Most split: groups of {gold} that are in several of {found}"),
        errors.split.iter().map(|group| scattered_line(group, &name_gold, &name_found, "missed")).collect(),
    );
    list(
        format!("Most mixed: groups of {found} that hold several of {gold}"),
        errors.mixed.iter().map(|group| scattered_line(group, &name_found, &name_gold, "false")).collect(),
    );
    let id = |place: Place| shown(&judged.records[place.index()].id);
    let cosine = |pair: &WrongPair| match pair.cosine {
        Some(cosine) => format!("cosine {cosine:.4}"),
        None => "cosine unknown".to_owned(),
    };
    // A label for one of many lines is enough; here names tell the groups.
    let name_only = |group| group_name(&judged.found, group, &BTreeMap::new());
    list(
        format!("Joined falsely, least alike first, with the {gold} of each"),
        pair_lines(&errors.joined, |pair| {
            let of = |place| format!("{} ({})", id(place), name_gold(judged.gold.of(place)));
            format!(
                "{}  {} and {}, both in {}",
                cosine(pair),
                of(pair.a),
                of(pair.b),
                name_found(judged.found.of(pair.a))
            )
        }),
    );
    list(
        format!("Missed, most alike first, with the {found} of each"),
        pair_lines(&errors.missed, |pair| {
            let of = |place| format!("{} ({})", id(place), name_only(judged.found.of(place)));
            format!(
                "{}  {} and {}, both in {}",
                cosine(pair),
                of(pair.a),
                of(pair.b),
                name_gold(judged.gold.of(pair.a))
            )
        }),
    );
    text
}

fn pair_lines(pairs: &[WrongPair], line: impl Fn(&WrongPair) -> String) -> Vec<String> {
    pairs.iter().map(line).collect()
}

fn scattered_line(
    group: &Scattered,
    own: &dyn Fn(GroupId) -> String,
    other: &dyn Fn(GroupId) -> String,
    wrong: &str,
) -> String {
    let n_parts = grouped(group.parts.len() as u64);
    let named: Vec<(u32, String)> =
        group.parts.iter().map(|part| (part.n_documents, other(part.group))).collect();
    let n_alone = named.iter().filter(|(_, name)| name == ALONE).count();
    let in_groups = named.iter().filter(|(_, name)| name != ALONE);
    let n_more = (named.len() - n_alone).saturating_sub(SHOWN_PARTS);
    let mut parts: Vec<String> = in_groups
        .take(SHOWN_PARTS)
        .map(|(n, name)| format!("{} in {name}", grouped(u64::from(*n))))
        .collect();
    if n_more > 0 {
        parts.push(format!("and {} more", grouped(n_more as u64)));
    }
    if n_alone > 0 {
        parts.push(format!("{} alone", grouped(n_alone as u64)));
    }
    format!(
        "{}: {} in {n_parts} groups, {wrong} {}: {}",
        own(group.group),
        counted(u64::from(group.n_documents), "document"),
        counted(group.n_wrong_pairs, "pair"),
        parts.join(", ")
    )
}

fn group_name(grouping: &Grouping, group: GroupId, labels: &BTreeMap<String, String>) -> String {
    let Some(name) = grouping.name(group) else { return ALONE.to_owned() };
    match labels.get(name).filter(|label| !label.is_empty()) {
        Some(label) => format!("{} {:?}", shown(name), shown(label)),
        None => shown(name),
    }
}

/// An id or a name on one line, long ones without their middle.
fn shown(name: &str) -> String {
    let line = printable_line(name);
    let n = line.chars().count();
    if n <= LONGEST_NAME {
        return line;
    }
    let begin: String = line.chars().take(LONGEST_NAME / 2).collect();
    let end: String = line.chars().skip(n - LONGEST_NAME / 2).collect();
    format!("{begin}…{end}")
}

/// For scripts: fills in what was scored.
pub(super) fn add_json(json: &mut Value, truth: &Path, matching: &Matching, judged: &[Judged<'_>]) {
    let groupings: Map<String, Value> =
        judged.iter().map(|judged| (judged.side.column().to_owned(), judged_json(judged))).collect();
    json["truth"] = truth.to_string_lossy().into();
    json["records"] = matching.records.into();
    json["records_in_run"] = matching.records_in_run.into();
    json["documents_without_gold"] = matching.documents_without_gold.into();
    json["lines_skipped"] = matching.skipped_lines.into();
    json["groupings"] = groupings.into();
}

fn judged_json(judged: &Judged<'_>) -> Value {
    let scores = &judged.scores;
    let triple = |of: PrecisionRecall| json!({"precision": of.precision, "recall": of.recall, "f1": of.f1});
    let (recall, merges) = kind_counts(judged);
    let counts = |counts: BTreeMap<&str, KindCount>, counted: &str, share: &str| -> Value {
        let of_kind = |count: KindCount| json!({"documents": count.n_documents, counted: count.n_counted, share: count.share()});
        counts
            .into_iter()
            .map(|(kind, count)| (kind.to_owned(), of_kind(count)))
            .collect::<Map<_, _>>()
            .into()
    };
    let errors = &judged.errors;
    let groups = |groups: &[Scattered], own: &Grouping, other: &Grouping| -> Value {
        groups.iter().map(|group| scattered_json(group, own, other)).collect()
    };
    let pairs = |pairs: &[WrongPair]| -> Value { pairs.iter().map(|pair| pair_json(judged, pair)).collect() };
    json!({
        "scored_against": judged.side.gold_field(),
        "documents": scores.n_documents,
        "documents_not_in_run": judged.n_missing,
        "copies_of_two_left_out": judged.n_bridges,
        "gold_groups": scores.n_gold_groups,
        "found_groups": scores.n_found_groups,
        "gold_pairs": scores.n_gold_pairs,
        "found_pairs": scores.n_found_pairs,
        "right_pairs": scores.n_right_pairs,
        "pairwise": triple(scores.pairwise),
        "b_cubed": triple(scores.b_cubed),
        "ari": scores.ari,
        "nmi": scores.nmi,
        "homogeneity": scores.homogeneity,
        "completeness": scores.completeness,
        "purity": scores.purity,
        "recall_by_kind": counts(recall, "found", "recall"),
        "false_merges_by_kind": counts(merges, "merged", "share"),
        "errors": {
            "split": groups(&errors.split, &judged.gold, &judged.found),
            "mixed": groups(&errors.mixed, &judged.found, &judged.gold),
            "joined_falsely": pairs(&errors.joined),
            "missed": pairs(&errors.missed),
        },
    })
}

fn scattered_json(group: &Scattered, own: &Grouping, other: &Grouping) -> Value {
    let parts: Vec<Value> = group
        .parts
        .iter()
        .map(|part| json!({"group": other.name(part.group), "documents": part.n_documents}))
        .collect();
    json!({
        "group": own.name(group.group),
        "documents": group.n_documents,
        "wrong_pairs": group.n_wrong_pairs,
        "parts": parts,
    })
}

fn pair_json(judged: &Judged<'_>, pair: &WrongPair) -> Value {
    let group = |grouping: &Grouping, place: Place| grouping.name(grouping.of(place)).map(str::to_owned);
    json!({
        "a": judged.records[pair.a.index()].id,
        "b": judged.records[pair.b.index()].id,
        // As the tables give it.
        "cosine": pair.cosine.map(|cosine| (f64::from(cosine) * 1e4).round() / 1e4),
        "gold_a": group(&judged.gold, pair.a),
        "gold_b": group(&judged.gold, pair.b),
        "found_a": group(&judged.found, pair.a),
        "found_b": group(&judged.found, pair.b),
    })
}
