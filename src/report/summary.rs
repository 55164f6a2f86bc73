//! Summary: a few plain lines for a terminal, and the same as JSON for a script.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use super::display::{clip, counted, one_line, rounded};
use super::places::{Places, Totals};
use super::record;
use crate::clusters::Story;
use crate::run::Run;

/// Labels shown of the largest stories and themes.
const SHOWN: usize = 3;

/// What was found, in a few lines without control characters.
#[must_use]
pub fn summary(run: &Run, folder: Option<&Path>) -> String {
    let places = Places::of(run);
    let totals = &places.totals;
    let mut lines = String::new();
    line(&mut lines, &documents_line(totals));
    line(&mut lines, &copies_line(totals));
    if let Some(known) = known_line(run) {
        line(&mut lines, &known);
    }
    if places.has_stories() {
        line(&mut lines, &stories_line(totals));
        if let Some(continued) = continued_line(run) {
            line(&mut lines, &continued);
        }
        for story in largest_stories(run).into_iter().take(SHOWN).filter(|story| story.n_distinct > 1) {
            let label = clip(places.story_label(story), 70).into_owned();
            line(&mut lines, &format!("  {label} ({} documents)", story.members.len()));
        }
    }
    if places.has_themes() {
        line(&mut lines, &counted(totals.themes, "theme", "themes"));
        for theme in run.themes.themes.iter().take(SHOWN) {
            let label = places.words(&theme.label);
            let label =
                if label.is_empty() { format!("theme {}", theme.name) } else { clip(label, 70).into() };
            let members = counted(theme.documents.len() as u64, "document", "documents");
            line(&mut lines, &format!("  {label} ({members})"));
        }
    }
    if totals.problems > 0 {
        line(&mut lines, &problems_line(totals));
    }
    for warning in &run.warnings {
        line(&mut lines, &format!("warning: {warning}"));
    }
    if let Some(folder) = folder {
        line(&mut lines, &format!("report: {}", folder.join("report.html").display()));
    }
    lines
}

/// What was found, for a script.
#[must_use]
pub fn summary_json(run: &Run) -> Value {
    let places = Places::of(run);
    let stories: Vec<Value> = largest_stories(run)
        .into_iter()
        .take(20)
        .map(|story| {
            json!({
                "story": places.id(story.name),
                "label": places.words(&story.label),
                "size": story.members.len(),
                "n_distinct": story.n_distinct,
                "cohesion": rounded(story.cohesion.into()),
            })
        })
        .collect();
    let themes: Vec<Value> = run
        .themes
        .themes
        .iter()
        .map(|theme| {
            json!({
                "theme": theme.name,
                "label": places.words(&theme.label),
                "documents": theme.documents.len(),
            })
        })
        .collect();
    json!({
        "tool": "samestory",
        "version": env!("CARGO_PKG_VERSION"),
        "counts": record::counts(&places),
        "largest_stories": stories,
        "themes": themes,
        "warnings": run.warnings,
    })
}

/// Most distinct documents first; ties by size, then by name.
pub(super) fn largest_stories(run: &Run) -> Vec<&Story> {
    let mut stories: Vec<&Story> = run.stories.iter().collect();
    stories.sort_by_key(|story| (std::cmp::Reverse((story.n_distinct, story.members.len())), story.name));
    stories
}

/// What was read.
pub(super) fn documents_line(totals: &Totals) -> String {
    let mut said = format!("{} read", counted(totals.read, "document", "documents"));
    let others = [
        (totals.skipped, "skipped"),
        (totals.empty, "empty"),
        (totals.too_short, "too short to compare"),
        (totals.not_an_article, "not an article"),
        (totals.repeated, "repeated"),
    ];
    for (n, what) in others.into_iter().filter(|(n, _)| *n > 0) {
        let _ = write!(said, ", {} {what}", super::display::grouped(n));
    }
    if totals.other_files > 0 {
        let files = counted(totals.other_files, "other file", "other files");
        let _ = write!(said, "; {files} not looked into");
    }
    said
}

/// How many copies there are.
pub(super) fn copies_line(totals: &Totals) -> String {
    let mut said = match (totals.copies, totals.excerpts) {
        (0, 0) => "no copies".to_owned(),
        (copies, 0) => counted(copies, "copy", "copies"),
        (0, excerpts) => counted(excerpts, "excerpt", "excerpts"),
        (copies, excerpts) => {
            format!("{} and {}", counted(copies, "copy", "copies"), counted(excerpts, "excerpt", "excerpts"))
        }
    };
    if totals.duplicate_sets > 0 {
        let _ = write!(said, " in {}", counted(totals.duplicate_sets, "duplicate set", "duplicate sets"));
    }
    if totals.reuse_pairs > 0 {
        let _ = write!(said, "; {} sharing wording", counted(totals.reuse_pairs, "pair", "pairs"));
    }
    said
}

/// How many documents an archive knows; none without one.
pub(super) fn known_line(run: &Run) -> Option<String> {
    let n_archived = run.known.n_archived?;
    let n_known = run.known.n_copies();
    let archived = counted(u64::from(n_archived), "document", "documents");
    Some(match n_known {
        0 => format!("none of them is known: the archive has {archived}"),
        1 => format!("1 document is known, or holds what is: the archive has {archived} (known.csv)"),
        n => {
            let n = super::display::grouped(n);
            format!("{n} documents are known, or hold what is: the archive has {archived} (known.csv)")
        }
    })
}

/// How many stories there are.
pub(super) fn stories_line(totals: &Totals) -> String {
    let stories = counted(totals.stories, "story", "stories");
    match totals.shared_stories {
        0 if totals.copies + totals.excerpts > 0 => {
            format!("{stories}, each told by one document and its copies")
        }
        0 if totals.stories == 1 => format!("{stories}, told by one document"),
        0 => format!("{stories}, each told by one document"),
        1 if totals.stories == 1 => format!("{stories}, told by more than one document"),
        shared => format!("{stories}, {} told by more than one document", super::display::grouped(shared)),
    }
}

/// How many stories go on with those of earlier drops; none without an archive.
pub(super) fn continued_line(run: &Run) -> Option<String> {
    let n_stories = run.known.stories.lines.len() as u64;
    let n_continued = *run.counts.get("stories_continued")?;
    (n_stories > 0 && run.known.n_archived != Some(0)).then(|| {
        let continued = counted(n_continued, "of them goes on", "of them go on");
        format!("  {continued} with a story of earlier drops (story_events.csv)")
    })
}

/// How many problems there were.
pub(super) fn problems_line(totals: &Totals) -> String {
    let problems = counted(totals.problems, "problem", "problems");
    format!("{problems} while reading ({} repaired; see problems.jsonl)", totals.repaired)
}

fn line(lines: &mut String, text: &str) {
    let indent = text.len() - text.trim_start_matches(' ').len();
    lines.push_str(&text[..indent]);
    lines.push_str(&one_line(text));
    lines.push('\n');
}
