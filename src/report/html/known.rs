//! Known before: what an archive of earlier drops has of this one.

use std::collections::BTreeMap;

use super::writer::Html;
use super::{document, duplicates, pair};
use crate::clusters::known::{Fuller, Known};
use crate::context::PastDocument;
use crate::pairs::Relation;
use crate::report::display::{counted, one_line, percent};
use crate::report::places::Places;

/// Documents listed that are known.
const KNOWN: usize = 500;
/// Documents listed that share wording with archived ones.
const SHARING: usize = 100;
/// Drops listed.
const DROPS: usize = 60;
/// Passages quoted of one document.
const QUOTED: usize = 2;

/// Section "Known before"; nothing without an archive.
pub(super) fn write(page: &mut Html, places: &Places<'_>) {
    let known = &places.run.known;
    let Some(n_archived) = known.n_archived else { return };
    page.raw("<section id=\"known\" aria-labelledby=\"h-known\">\n<h2 id=\"h-known\">Known before</h2>\n<p>This drop was held against ");
    page.text(&counted(n_archived.into(), "document", "documents")).raw(" of earlier drops.");
    let (copies, sharing): (Vec<&Known>, Vec<&Known>) = known.rows.iter().partition(|row| row.is_copy());
    if copies.is_empty() {
        page.raw(
            " None of its documents is a copy or an excerpt of one of them, and none contains one.</p>\n",
        );
    } else {
        page.raw(" ").text(&counted(known.n_copies(), "document is", "documents are"));
        page.raw(
            " the same text as one of them, or one lies within the other. A document that says nothing new stands in \
             <code>drop.txt</code>; one that holds an archived text and more does not.</p>\n\
             <div class=\"tools\" data-search=\"Search what is known:\" hidden></div>\n",
        );
        by_drop(page, places, &copies);
        table(page, places, &copies, KNOWN, "Table of known documents");
    }
    if !sharing.is_empty() {
        page.raw("<h3>Wording shared with earlier drops</h3>\n<p>These have wording in common with an archived document that says something, and are not the same text.</p>\n");
        table(page, places, &sharing, SHARING, "Table of documents that share wording with archived ones");
    }
    page.raw("</section>\n");
}

fn past<'a>(places: &Places<'a>, row: &Known) -> &'a PastDocument {
    &places.run.known.past[row.past]
}

/// How many documents each earlier drop has of this one.
fn by_drop(page: &mut Html, places: &Places<'_>, copies: &[&Known]) {
    let mut drops: BTreeMap<u32, (&str, Vec<u32>)> = BTreeMap::new();
    for row in copies {
        let past = past(places, row);
        drops.entry(past.drop).or_insert((&past.drop_name, Vec::new())).1.push(row.document.0);
    }
    if drops.len() < 2 {
        return;
    }
    page.raw("<div class=\"table tall\" tabindex=\"0\" role=\"region\" aria-label=\"Table of earlier drops\"><table class=\"sortable\">\n<caption>By earlier drop; a document may be known from several.</caption>\n<thead><tr><th class=\"n\">Drop</th><th>Name</th><th class=\"n\">Documents known from it</th></tr></thead>\n<tbody>\n");
    let n_drops = drops.len();
    for (number, (name, mut documents)) in drops.into_iter().rev().take(DROPS) {
        documents.sort_unstable();
        documents.dedup();
        page.raw("<tr><td class=\"n\">").number(number as usize).raw("</td><td>").quoted(name, 100);
        page.raw("</td><td class=\"n\">").count(documents.len()).raw("</td></tr>\n");
    }
    page.raw("</tbody>\n</table></div>\n");
    duplicates::more(page, n_drops, DROPS, "known.csv");
}

fn table(page: &mut Html, places: &Places<'_>, rows: &[&Known], most: usize, label: &'static str) {
    page.raw("<div class=\"table\" tabindex=\"0\" role=\"region\"").attribute("aria-label", label);
    page.raw("><table class=\"sortable searched known\">\n<thead><tr><th>Document of this drop</th><th>Is</th><th>Archived document</th><th class=\"n\">Drop</th>\
              <th class=\"n\">Of its words shared</th><th class=\"n\">Of the archived one’s</th><th>Fuller</th></tr></thead>\n<tbody>\n");
    for row in rows.iter().take(most) {
        let past = past(places, row);
        page.raw("<tr><td>");
        document(page, places, row.document);
        wording(page, places, row);
        page.raw("</td><td>").raw(relation(row)).raw("</td><td>");
        archived(page, places, past);
        page.raw("</td><td class=\"n\">").number(past.drop as usize).raw("</td><td class=\"n\">");
        page.show(percent(row.coverage)).raw("</td><td class=\"n\">").show(percent(row.past_coverage));
        page.raw("</td><td>").raw(match row.fuller {
            Fuller::New => "this one",
            Fuller::Archived => "the archived one",
            Fuller::Equal => "neither",
        });
        page.raw("</td></tr>\n");
    }
    page.raw("</tbody>\n</table></div>\n");
    duplicates::more(page, rows.len(), most, "known.csv");
}

/// What the document is to the archived one.
fn relation(row: &Known) -> &'static str {
    match row.relation {
        Relation::Contained if row.says_nothing_new() => "an excerpt of",
        Relation::Contained => "more than",
        Relation::Identical => "identical with",
        Relation::NearDuplicate => "a near duplicate of",
        Relation::Reuse | Relation::SameStory => "sharing wording with",
    }
}

/// An archived document as people know it.
fn archived(page: &mut Html, places: &Places<'_>, past: &PastDocument) {
    let document = &past.document;
    let url = document.url.as_deref().filter(|_| places.shows_text()).unwrap_or_default();
    let title =
        document.title.as_deref().map(|title| places.words(title).trim()).filter(|title| !title.is_empty());
    page.raw("<span class=\"doc\">");
    match title {
        Some(title) => {
            page.raw("<span class=\"title\">").link(url, document.language, title);
            page.raw("</span> <span class=\"id\">").quoted(&document.id, 80).raw("</span>");
        }
        None => {
            page.raw("<span class=\"id only\">").quoted(&document.id, 80).raw("</span>");
        }
    }
    if let Some(source) = &document.source {
        page.raw(" <span class=\"by\">").quoted(source, 60).raw("</span>");
    }
    if let Some(date) = &document.date {
        page.raw(" <span class=\"by\">").quoted(date.get(..10).unwrap_or(date), 10).raw("</span>");
    }
    page.raw("</span><span class=\"why\">").quoted(&past.drop_name, 60).raw("</span>");
}

/// The longest passages that both have, as this drop's document writes them.
fn wording(page: &mut Html, places: &Places<'_>, row: &Known) {
    if !places.shows_text() || row.relation == Relation::Identical {
        return;
    }
    let text = places.text(row.document);
    let mut passages: Vec<_> = row.passages.iter().filter(|passage| !passage.boilerplate).collect();
    passages.sort_by_key(|passage| (std::cmp::Reverse(passage.a.len()), passage.a.start));
    if passages.is_empty() {
        return;
    }
    page.raw("<span class=\"why\">in common, first of all: ");
    for (place, passage) in passages.iter().take(QUOTED).enumerate() {
        page.raw(if place > 0 { ", “" } else { "“" });
        page.quoted(&one_line(&text[pair::within(&text, &passage.a)]), 160).raw("”");
    }
    page.raw("</span>");
}
