//! The head of the page: what was read and found in plain words, warnings first, and how to get the same again.

use std::fmt::Write as _;

use super::duplicates::closest_pairs;
use super::file_name;
use super::method::command;
use super::writer::Html;
use crate::report::WriteOptions;
use crate::report::display::{clip, counted, grouped, one_line};
use crate::report::places::Places;
use crate::report::summary::{copies_line, documents_line, stories_line};

/// Sections: anchor, name, and whether the run has it.
fn sections(places: &Places<'_>, options: &WriteOptions) -> Vec<(&'static str, &'static str)> {
    let all = [
        ("duplicates", "Duplicates", true),
        ("known", "Known before", places.run.known.n_archived.is_some()),
        ("reuse", "Shared wording", super::duplicates::has_reuse(places)),
        ("closest", "Closest pairs", true),
        ("stories", "Stories", places.has_stories()),
        ("themes", "Themes", places.has_themes()),
        ("map", "Map", super::map::is_shown(places)),
        ("similarity", "Similarity", true),
        ("borderline", "Borderline", true),
        ("quality", "Quality", options.quality.is_some()),
        ("sources", "Sources", true),
        ("problems", "Problems", true),
        ("furniture", "Set aside", true),
        ("documents", "Documents", true),
        ("method", "Method", true),
    ];
    all.into_iter().filter(|section| section.2).map(|(anchor, name, _)| (anchor, name)).collect()
}

/// The inputs in a few words.
pub(in crate::report) fn input_names(places: &Places<'_>) -> String {
    let names: Vec<&str> = places.run.corpus.inputs.iter().map(|input| input.path.as_str()).collect();
    let shown = names.iter().take(3).map(|name| one_line(name)).collect::<Vec<_>>().join(", ");
    match names.len() {
        0 => "documents".to_owned(),
        n if n > 3 => format!("{shown} and {} more", n - 3),
        _ => shown,
    }
}

/// Head of the first page.
pub(super) fn write(page: &mut Html, places: &Places<'_>, options: &WriteOptions) {
    page.raw("<header>\n<p class=\"kicker\">samestory report</p>\n<h1>").quoted(&input_names(places), 120);
    page.raw("</h1>\n<p class=\"lede\">").text(&found(places)).raw("</p>\n");
    let warnings = &places.run.warnings;
    if !warnings.is_empty() {
        page.raw("<div class=\"warnings\"><h2>What to know first</h2>\n<ul>\n");
        for warning in warnings {
            page.raw("<li>").quoted(warning, 600).raw("</li>\n");
        }
        page.raw("</ul></div>\n");
    }
    tiles(page, places);
    page.raw(
        "<p class=\"fine\">The command that makes this report again:</p>\n<pre class=\"command\"><code>",
    );
    let (command, note) = command(places);
    page.text(&command).raw("</code></pre>\n");
    if let Some(note) = note {
        page.raw("<p class=\"fine\">").text(&note).raw(".</p>\n");
    }
    page.raw("</header>\n<nav aria-label=\"Sections\">");
    for (anchor, name) in sections(places, options) {
        page.raw("<a href=\"#").raw(anchor).raw("\">").raw(name).raw("</a>");
    }
    page.raw("</nav>\n");
}

/// Head of a further page.
pub(super) fn write_further(page: &mut Html, places: &Places<'_>, number: usize, n_pages: usize) {
    page.raw("<header>\n<p class=\"kicker\">samestory report, page ")
        .number(number)
        .raw(" of ")
        .number(n_pages);
    page.raw("</p>\n<h1>")
        .quoted(&input_names(places), 120)
        .raw("</h1>\n</header>\n<nav aria-label=\"Pages\">");
    page.raw("<a href=\"report.html\">Summary</a>");
    for other in (1..=n_pages).filter(|&other| other != number) {
        page.raw("<a href=\"").text(&file_name(other)).raw("#duplicates\">Page ").number(other).raw("</a>");
    }
    page.raw("</nav>\n");
}

fn tiles(page: &mut Html, places: &Places<'_>) {
    let totals = &places.totals;
    page.raw("<dl class=\"totals\">\n");
    let mut tile = |label: &'static str, n: u64, note: String| {
        page.raw("<div><dt>").raw(label).raw("</dt><dd>").count(n as usize).raw("</dd><dd class=\"note\">");
        page.text(&note).raw("</dd></div>\n");
    };
    let left_out = totals.documents - totals.ok;
    let note = match (left_out, totals.skipped) {
        (0, 0) => "all of them compared".to_owned(),
        (0, skipped) => format!("{} compared, {} skipped", grouped(totals.ok), grouped(skipped)),
        (n, skipped) => format!("{} compared, {} not", grouped(totals.ok), grouped(n + skipped)),
    };
    tile("Documents read", totals.read, note);
    tile(
        "Copies and excerpts",
        totals.to_drop(),
        if totals.duplicate_sets == 0 {
            "no duplicate set".to_owned()
        } else {
            format!("in {}", counted(totals.duplicate_sets, "duplicate set", "duplicate sets"))
        },
    );
    if let Some(n_archived) = places.run.known.n_archived {
        let note = format!("of {} of earlier drops", counted(n_archived.into(), "document", "documents"));
        tile("Known before", places.run.known.n_copies(), note);
    }
    if places.has_stories() {
        let alone = totals.stories - totals.shared_stories;
        tile("Stories", totals.stories, format!("{} told by one document", grouped(alone)));
    }
    if places.has_themes() {
        tile("Themes", totals.themes, "documents may be in several".to_owned());
    }
    tile(
        "Problems",
        totals.problems,
        if totals.problems == 0 { "none".into() } else { "listed by reason below".into() },
    );
    page.raw("</dl>\n");
}

/// What was found, in a paragraph.
pub(in crate::report) fn found(places: &Places<'_>) -> String {
    let totals = &places.totals;
    let mut said = format!("{}. ", documents_line(totals));
    said.push_str(&capitalised(&copies_line(totals)));
    said.push_str(". ");
    if let Some(known) = known_words(places) {
        said.push_str(&known);
    }
    if totals.copies + totals.excerpts == 0
        && let Some(&(a, b, cosine)) = closest_pairs(places).first()
    {
        let [a, b] = [a, b].map(|id| super::short_name(places, id, 90));
        // Writing to a string cannot fail.
        let _ = write!(said, "The two most alike are “{a}” and “{b}” (cosine {cosine:.2}). ");
    }
    if places.has_stories() {
        said.push_str(&capitalised(&stories_line(totals)));
        said.push_str(". ");
    }
    let labels: Vec<&str> = places
        .run
        .themes
        .themes
        .iter()
        .map(|theme| places.words(&theme.label))
        .filter(|label| !label.is_empty())
        .take(3)
        .collect();
    if places.has_themes() && totals.themes > 0 {
        said.push_str(&counted(totals.themes, "theme runs", "themes run"));
        said.push_str(" through the drop");
        if !labels.is_empty() {
            said.push_str(if labels.len() as u64 == totals.themes { ": " } else { ", first of all: " });
            let labels: Vec<_> = labels.iter().map(|label| clip(label, 80)).collect();
            said.push_str(&labels.join("; "));
        }
        said.push('.');
    }
    said.trim_end().to_owned()
}

/// What an archive knows of the drop; nothing without one.
fn known_words(places: &Places<'_>) -> Option<String> {
    let archived = counted(places.run.known.n_archived?.into(), "document", "documents");
    Some(match places.run.known.n_copies() {
        0 => format!("None is known from the {archived} of earlier drops. "),
        n => format!(
            "{} known, or hold what is, from the {archived} of earlier drops. ",
            counted(n, "document is", "documents are")
        ),
    })
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|c| c.to_uppercase().chain(characters).collect()).unwrap_or_default()
}
