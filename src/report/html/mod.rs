//! The page: one file that opens anywhere, offline, without scripts, in light and dark and on paper.

mod writer;
mod style;
mod evidence;
mod passages;
mod wording;
mod duplicates;
mod stories;
mod timeline;
mod themes;
mod picture;
mod documents;
mod method;

use super::WriteOptions;
use super::display::counted;
use super::places::Places;
use super::summary::{copies_line, documents_line, stories_line};
use crate::corpus::DocId;
use writer::Html;

pub(super) use duplicates::closest_pairs;
pub(super) use method::command;

/// Past this many bytes, the rest of the evidence stays in the tables, and the page says so.
const FULL: usize = 4 << 20;

/// The whole page.
pub(super) fn page(places: &Places<'_>, options: &WriteOptions) -> String {
    let mut page = Html::default();
    page.raw(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>samestory: ",
    );
    page.text(&input_names(places))
        .raw("</title>\n<style>\n")
        .raw(style::SHEET)
        .raw("</style>\n</head>\n<body>\n");
    header(&mut page, places, options);
    page.raw("<main>\n");
    duplicates::write(&mut page, places);
    duplicates::write_reuse(&mut page, places);
    duplicates::write_closest(&mut page, places);
    stories::write(&mut page, places);
    themes::write(&mut page, places);
    picture::write(&mut page, places);
    documents::write(&mut page, places);
    documents::write_furniture(&mut page, places);
    documents::write_problems(&mut page, places);
    method::write(&mut page, places);
    page.raw("</main>\n<footer>Made by samestory ").raw(env!("CARGO_PKG_VERSION"));
    page.raw(". Everything on this page comes from the tables beside it.</footer>\n</body>\n</html>\n");
    page.into_string()
}

/// The inputs in a few words.
pub(super) fn input_names(places: &Places<'_>) -> String {
    let names: Vec<&str> = places.run.corpus.inputs.iter().map(|input| input.path.as_str()).collect();
    let shown =
        names.iter().take(3).map(|name| super::display::one_line(name)).collect::<Vec<_>>().join(", ");
    match names.len() {
        0 => "documents".to_owned(),
        n if n > 3 => format!("{shown} and {} more", n - 3),
        _ => shown,
    }
}

fn header(page: &mut Html, places: &Places<'_>, options: &WriteOptions) {
    let totals = &places.totals;
    page.raw("<header>\n<p class=\"kicker\">samestory report</p>\n<h1>").quoted(&input_names(places), 120);
    page.raw("</h1>\n<p class=\"lede\">").text(&found(places)).raw("</p>\n<dl class=\"totals\">\n");
    let mut tile = |label: &'static str, n: u64, note: String| {
        page.raw("<div><dt>").raw(label).raw("</dt><dd>").count(n as usize).raw("</dd><dd class=\"note\">");
        page.text(&note).raw("</dd></div>\n");
    };
    let left_out = totals.documents - totals.ok;
    let note = match (left_out, totals.skipped) {
        (0, 0) => "all of them compared".to_owned(),
        (0, skipped) => format!("{} compared, {skipped} skipped", totals.ok),
        (n, skipped) => format!("{} compared, {} not", totals.ok, n + skipped),
    };
    tile("Documents read", totals.read, note);
    tile(
        "Copies and excerpts",
        totals.copies + totals.excerpts,
        if totals.duplicate_sets == 0 {
            "no duplicate set".to_owned()
        } else {
            format!("in {}", counted(totals.duplicate_sets, "duplicate set", "duplicate sets"))
        },
    );
    if places.has_stories() {
        let alone = totals.stories - totals.shared_stories;
        tile("Stories", totals.stories, format!("{} told by one document", super::display::grouped(alone)));
    }
    if places.has_themes() {
        tile("Themes", totals.themes, "documents may be in several".to_owned());
    }
    tile(
        "Problems",
        totals.problems,
        if totals.problems == 0 { "none".into() } else { "listed below".into() },
    );
    page.raw("</dl>\n<pre class=\"command\"><code>").text(&command(places, options)).raw("</code></pre>\n");
    page.raw("<nav><a href=\"#duplicates\">Duplicates</a><a href=\"#closest\">Closest pairs</a>");
    if places.has_stories() {
        page.raw("<a href=\"#stories\">Stories</a>");
    }
    if places.has_themes() {
        page.raw("<a href=\"#themes\">Themes</a>");
    }
    page.raw("<a href=\"#similarity\">Similarity</a><a href=\"#documents\">Documents</a>");
    page.raw("<a href=\"#furniture\">Set aside</a><a href=\"#problems\">Problems</a>");
    page.raw("<a href=\"#method\">Method</a></nav>\n</header>\n");
}

/// What was found, in a paragraph.
pub(super) fn found(places: &Places<'_>) -> String {
    let totals = &places.totals;
    let mut said = format!("{}. ", documents_line(totals));
    said.push_str(&capitalised(&copies_line(totals)));
    said.push_str(". ");
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
            let labels: Vec<_> = labels.iter().map(|l| super::display::clip(l, 80)).collect();
            said.push_str(&labels.join("; "));
        }
        said.push('.');
    }
    said.trim_end().to_owned()
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map(|c| c.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

/// A document as people know it: its headline (a link where it has an address), its id, its source and date.
fn document(page: &mut Html, places: &Places<'_>, id: DocId) {
    let document = places.document(id);
    page.raw("<span class=\"doc\">");
    if let Some(title) = places.title(id) {
        page.raw("<span class=\"title\">")
            .link(document.url.as_deref().unwrap_or_default(), title)
            .raw("</span> ");
        page.raw("<span class=\"id\">").quoted(places.id(id), 80).raw("</span>");
    } else {
        page.raw("<span class=\"id only\">").link(document.url.as_deref().unwrap_or_default(), places.id(id));
        page.raw("</span>");
        if let Some(opening) = places.opening(id) {
            page.raw(" <span class=\"opening\">“").text(&opening).raw("”</span>");
        }
    }
    if let Some(source) = &document.source {
        page.raw(" <span class=\"by\">").quoted(source, 60).raw("</span>");
    }
    if let Some(date) = &document.date {
        page.raw(" <span class=\"by\">").quoted(date.get(..10).unwrap_or(date), 10).raw("</span>");
    }
    page.raw("</span>");
}

/// A document in a word or two, for a picture's edge.
fn short_name(places: &Places<'_>, id: DocId, max: usize) -> String {
    let name = places.title(id).unwrap_or_else(|| places.id(id));
    super::display::clip(&super::display::one_line(name), max).into_owned()
}
