//! Themes: the tree, with what each is about and who is in it.

use super::duplicates::more;
use super::writer::Html;
use super::{document, timeline};
use crate::clusters::Theme;
use crate::report::display::{counted, percent};
use crate::report::places::Places;

/// Terms shown of one theme.
const TERMS: usize = 10;
/// Documents shown of one theme.
const DOCUMENTS: usize = 12;

/// Section "Themes".
pub(super) fn write(page: &mut Html, places: &Places<'_>) {
    if !places.has_themes() {
        return;
    }
    let themes = &places.run.themes;
    page.raw("<section id=\"themes\" aria-labelledby=\"h-themes\">\n<h2 id=\"h-themes\">Themes</h2>\n");
    if themes.themes.is_empty() {
        page.raw("<p>No theme runs through these documents.</p>\n");
    } else {
        page.raw("<p>A document may be in several themes. Under each, on the left the terms that set it apart with their weights, on the \
                  right its documents, with how strongly each belongs to it (at most 1). Coherence says how often its terms \
                  occur together: 1 always, 0 as often as by chance.</p>\n<p class=\"note\">");
        page.quoted(&themes.method, 400).raw(".</p>\n");
        overview(page, places);
        page.raw("<h3>Theme by theme</h3>\n");
    }
    for (place, theme) in themes.themes.iter().enumerate() {
        page.raw("<div id=\"theme-").number(place + 1).raw("\">");
        write_theme(page, places, theme, themes.themes.len() <= 12, 0);
        page.raw("</div>\n");
    }
    page.raw("</section>\n");
}

/// All themes, one row each, with their share over time.
fn overview(page: &mut Html, places: &Places<'_>) {
    let n_documents = places.run.themes.main.iter().flatten().count().max(1);
    let shares = timeline::theme_shares(places);
    page.raw("<div class=\"table\" tabindex=\"0\" role=\"region\" aria-label=\"Table of themes\"><table class=\"sortable\">\n<thead><tr><th class=\"n\">Theme</th><th>About</th><th class=\"n\">Documents</th>\
              <th class=\"n\">Main theme of</th><th class=\"n\">Share</th><th class=\"n\">Coherence</th>");
    if let Some(shares) = &shares {
        page.raw("<th>Share over time, ").text(&shares.from).raw(" to ").text(&shares.to).raw("</th>");
    }
    page.raw("</tr></thead>\n<tbody>\n");
    for (index, theme) in places.run.themes.themes.iter().enumerate() {
        let n_main = places.run.themes.main.iter().filter(|main| **main == Some(index as u32)).count();
        page.raw("<tr><td class=\"n\"><a href=\"#theme-")
            .number(index + 1)
            .raw("\">")
            .text(&theme.name)
            .raw("</a></td><td>");
        page.quoted(places.words(&theme.label), 120)
            .raw("</td><td class=\"n\">")
            .count(theme.documents.len());
        page.raw("</td><td class=\"n\">").count(n_main).raw("</td><td class=\"n\">");
        page.show(percent(n_main as f32 / n_documents as f32))
            .raw("</td><td class=\"n\">")
            .measure(theme.coherence, 2);
        if let Some(shares) = &shares {
            page.raw("</td><td>");
            timeline::spark(page, &shares.by_theme[index]);
        }
        page.raw("</td></tr>\n");
    }
    page.raw("</tbody>\n</table></div>\n");
}

fn write_theme(page: &mut Html, places: &Places<'_>, theme: &Theme, open: bool, depth: usize) {
    page.raw(if open {
        "<details class=\"theme\" open><summary>"
    } else {
        "<details class=\"theme\"><summary>"
    });
    page.raw("<span class=\"no\">").text(&theme.name).raw("</span> <strong>");
    let label = places.words(&theme.label);
    if label.is_empty() {
        page.raw("Theme ").text(&theme.name);
    } else {
        page.quoted(label, 160);
    }
    page.raw("</strong> <span class=\"by\">");
    page.text(&counted(theme.documents.len() as u64, "document", "documents")).raw(", coherence ");
    page.measure(theme.coherence, 2).raw("</span></summary>\n<div class=\"columns\">");
    if places.shows_text() && !theme.terms.is_empty() {
        page.raw("<table class=\"bars\"><tbody>\n");
        let heaviest = theme.terms.iter().map(|term| term.1).fold(f32::EPSILON, f32::max);
        for (term, weight) in theme.terms.iter().take(TERMS) {
            page.raw("<tr><td>").quoted(term, 60).raw("</td>");
            bar(page, weight / heaviest, *weight);
        }
        page.raw("</tbody></table>");
    }
    page.raw("<div><table class=\"bars\"><tbody>\n");
    for &(id, weight) in theme.documents.iter().take(DOCUMENTS) {
        page.raw("<tr><td>");
        document(page, places, id);
        page.raw("</td>");
        bar(page, weight, weight);
    }
    page.raw("</tbody></table>");
    more(page, theme.documents.len(), DOCUMENTS, "themes.json");
    page.raw("</div></div>\n");
    if depth < 8 {
        for child in &theme.children {
            write_theme(page, places, child, false, depth + 1);
        }
    }
    page.raw("</details>\n");
}

/// Two cells: a bar and its figure.
fn bar(page: &mut Html, share: f32, weight: f32) {
    page.raw("<td class=\"w\">")
        .bar(share)
        .raw("</td><td class=\"n\">")
        .measure(weight, 2)
        .raw("</td></tr>\n");
}
