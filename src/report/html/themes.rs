//! Themes: the tree, with what each is about and who is in it.

use super::duplicates::more;
use super::writer::Html;
use super::{FULL, document};
use crate::clusters::Theme;
use crate::report::display::counted;
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
    page.raw("<section id=\"themes\">\n<h2>Themes</h2>\n");
    if themes.themes.is_empty() {
        page.raw("<p>No theme runs through these documents.</p>\n");
    } else {
        page.raw("<p>A document may be in several themes. Under each, on the left the terms that set it apart with their weights, on the \
                  right its documents, with how strongly each belongs to it (at most 1). Coherence says how often its terms \
                  occur together: 1 always, 0 as often as by chance.</p>\n<p class=\"note\">");
        page.quoted(&themes.method, 400).raw(".</p>\n");
    }
    for (place, theme) in themes.themes.iter().enumerate() {
        if page.len() > FULL + (FULL >> 1) {
            more(page, themes.themes.len(), place, "themes.json");
            break;
        }
        page.raw("<div id=\"theme-").number(place + 1).raw("\"></div>");
        write_theme(page, places, theme, themes.themes.len() <= 12, 0);
    }
    page.raw("</section>\n");
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
    page.raw("<td class=\"w\"><span class=\"bar\"><i style=\"width:");
    page.measure(share.clamp(0.0, 1.0) * 100.0, 1).raw("%\"></i></span></td><td class=\"n\">");
    page.measure(weight, 2).raw("</td></tr>\n");
}
