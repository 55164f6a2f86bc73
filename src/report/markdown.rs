//! The report in short, for a terminal or a pull request: `report.md`.

use std::fmt::Write as _;

use super::WriteOptions;
use super::display::{clip, counted, one_line, percent};
use super::html;
use super::places::{Places, reason_beside};
use super::quality::Quality;
use super::summary::{known_line, largest_stories, problems_line};
use crate::corpus::DocId;

/// Rows of each list; the tables have the rest.
const ROWS: usize = 10;

/// The whole text.
pub(super) fn page(places: &Places<'_>, options: &WriteOptions) -> String {
    let mut page = String::new();
    let _ = writeln!(page, "# samestory: {}\n", escaped(&html::input_names(places), 120));
    let _ = writeln!(page, "{}\n", escaped(&html::found(places), 2000));
    let (command, note) = html::command(places);
    let _ = writeln!(page, "    {}\n", one_line(&command));
    if let Some(note) = note {
        let _ = writeln!(page, "{}.\n", escaped(&note, 2000));
    }
    if !places.run.warnings.is_empty() {
        page.push_str("## What to know\n\n");
        for warning in &places.run.warnings {
            let _ = writeln!(page, "- {}", escaped(warning, 600));
        }
        page.push('\n');
    }
    duplicates(&mut page, places);
    known(&mut page, places);
    closest(&mut page, places);
    stories(&mut page, places);
    themes(&mut page, places);
    let n_furniture = places.ids().filter(|&id| !places.document(id).set_aside.is_empty()).count() as u64;
    if n_furniture > 0 {
        let documents = counted(n_furniture, "document", "documents");
        let _ = writeln!(
            page,
            "## Set aside\n\nPage furniture around the article in {documents}: counted neither as copy nor as theme.\n"
        );
    }
    if places.totals.problems > 0 {
        let _ = writeln!(page, "## Problems\n\n{}\n", problems_line(&places.totals));
    }
    let n_borderline = html::borderline(places).len() as u64;
    if n_borderline > 0 {
        let pairs = counted(n_borderline, "pair", "pairs");
        let _ = writeln!(
            page,
            "## Borderline\n\n{pairs} came nearest to another answer; they stand in `borderline.csv`, with a column for your judgement.\n"
        );
    }
    if let Some(quality) = &options.quality {
        self::quality(&mut page, quality);
    }
    page.push_str("`report.html` has the evidence side by side, the tables everything.\n");
    page
}

fn duplicates(page: &mut String, places: &Places<'_>) {
    page.push_str("## Duplicates\n\n");
    let sets = places.largest_sets();
    if sets.is_empty() {
        page.push_str("No document is a copy or an excerpt of another.\n\n");
        return;
    }
    page.push_str("| keep | role | document | of its words shared | reason |\n|---|---|---|---:|---|\n");
    let rows = sets.iter().flat_map(|set| {
        let members = set.members.iter().filter(|member| member.document != set.kept);
        members.map(|member| (set.kept, member))
    });
    for (kept, member) in rows.clone().take(2 * ROWS) {
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} | {} |",
            name(places, kept),
            member.role.name(),
            name(places, member.document),
            percent(member.coverage),
            escaped(&reason_beside(kept, member), 160),
        );
    }
    more(page, rows.count(), 2 * ROWS, "duplicates.csv");
}

/// What the archive has of the drop.
fn known(page: &mut String, places: &Places<'_>) {
    let Some(line) = known_line(places.run) else { return };
    let _ = writeln!(page, "## Known from earlier drops\n\nOf the documents of this drop, {line}.\n");
    let rows = places.run.known.rows.iter().filter(|known| known.is_copy());
    if rows.clone().next().is_none() {
        return;
    }
    page.push_str(
        "| document | relation | archived document | drop | date | of its words shared | fuller |\n",
    );
    page.push_str("|---|---|---|---|---|---:|---|\n");
    for known in rows.clone().take(2 * ROWS) {
        let past = &places.run.known.past[known.past];
        let _ = writeln!(
            page,
            "| {} | {} | {} | {} | {} | {} | {} |",
            name(places, known.document),
            known.relation.name(),
            escaped(&past.document.id, 80),
            past.drop,
            escaped(past.document.date.as_deref().unwrap_or_default(), 40),
            percent(known.coverage),
            known.fuller.name(),
        );
    }
    more(page, rows.count(), 2 * ROWS, "known.csv");
}

fn closest(page: &mut String, places: &Places<'_>) {
    let pairs = html::closest_pairs(places);
    if pairs.is_empty() {
        return;
    }
    page.push_str(
        "## Closest pairs that are not copies\n\n| cosine | document | document |\n|---:|---|---|\n",
    );
    for (a, b, cosine) in pairs.into_iter().take(ROWS) {
        let _ = writeln!(page, "| {cosine:.3} | {} | {} |", name(places, a), name(places, b));
    }
    page.push('\n');
}

fn stories(page: &mut String, places: &Places<'_>) {
    if !places.has_stories() || places.run.stories.is_empty() {
        return;
    }
    page.push_str("## Stories\n\n");
    let has_dates = places.has_dates();
    if !has_dates {
        page.push_str("No document has a date, and so there is no timeline.\n\n");
    }
    page.push_str("| story | for example | documents | distinct |");
    page.push_str(if has_dates { " dates |\n|---|---|---:|---:|---|\n" } else { "\n|---|---|---:|---:|\n" });
    let stories = largest_stories(places.run);
    for story in stories.iter().take(ROWS) {
        let day = |date: &Option<String>| {
            date.as_deref().map(|date| one_line(date.get(..10).unwrap_or(date))).unwrap_or_default()
        };
        let (first, last) = (day(&story.first_date), day(&story.last_date));
        let dates = if first == last { first } else { format!("{first} to {last}") };
        let label = escaped(places.story_label(story), 90);
        let is_headline = places.title(story.representative) == Some(places.story_label(story));
        let example = if is_headline { String::new() } else { name(places, story.representative) };
        let _ = write!(page, "| {label} | {example} | {} | {} |", story.members.len(), story.n_distinct);
        if has_dates {
            let _ = write!(page, " {dates} |");
        }
        page.push('\n');
    }
    more(page, stories.len(), ROWS, "stories.csv");
}

fn themes(page: &mut String, places: &Places<'_>) {
    let themes = &places.run.themes.themes;
    if !places.has_themes() || themes.is_empty() {
        return;
    }
    page.push_str("## Themes\n\n");
    for theme in themes.iter().take(2 * ROWS) {
        let label = escaped(places.words(&theme.label), 120);
        let documents = counted(theme.documents.len() as u64, "document", "documents");
        let _ = writeln!(page, "- {} {label} ({documents})", theme.name);
    }
    more(page, themes.len(), 2 * ROWS, "themes.json");
}

fn quality(page: &mut String, quality: &Quality) {
    let records = counted(quality.n_records, "document", "documents");
    let _ = writeln!(page, "## Quality\n\nHeld against {} on {records}.\n", escaped(&quality.truth, 120));
    page.push_str("| grouping | held against | pairs precision | recall | F1 | B-cubed F1 | joined falsely | missed |\n");
    page.push_str("|---|---|---:|---:|---:|---:|---:|---:|\n");
    for scored in &quality.scored {
        let _ = writeln!(
            page,
            "| {} | {} | {:.4} | {:.4} | {:.4} | {:.4} | {} | {} |",
            escaped(scored.grouping, 40),
            scored.gold_field,
            scored.pairwise.0,
            scored.pairwise.1,
            scored.pairwise.2,
            scored.b_cubed_f1,
            scored.n_false_pairs,
            scored.n_missed_pairs,
        );
    }
    page.push('\n');
}

/// Says how many rows are not shown, and ends a list.
fn more(page: &mut String, all: usize, shown: usize, file: &str) {
    if all > shown {
        let _ = write!(page, "\n{} more of {} stand in `{file}`.\n", all - shown, all);
    }
    page.push('\n');
}

/// A document's headline, or its id and how it begins.
fn name(places: &Places<'_>, id: DocId) -> String {
    match (places.title(id), places.opening(id)) {
        (Some(title), _) => escaped(title, 80),
        (None, Some(opening)) => format!("{} “{}”", escaped(places.id(id), 80), escaped(&opening, 80)),
        (None, None) => escaped(places.id(id), 80),
    }
}

/// One line in which nothing is markup: neither Markdown's nor HTML's.
fn escaped(text: &str, max: usize) -> String {
    let line = one_line(text);
    let mut out = String::with_capacity(line.len());
    for c in clip(&line, max).chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '!' | '~' | '@' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}
