//! Quality: how well the run agrees with a truth, where one was given.

use super::super::quality::{Quality, Scattered, Scored, WrongPair};
use super::document;
use super::writer::Html;
use crate::corpus::DocId;
use crate::report::display::{counted, percent};
use crate::report::places::Places;

/// Parts of a group that are named.
const PARTS: usize = 4;

/// Section "Quality".
pub(super) fn write(page: &mut Html, places: &Places<'_>, quality: &Quality) {
    page.raw("<section id=\"quality\" aria-labelledby=\"h-quality\">\n<h2 id=\"h-quality\">Quality</h2>\n<p>Held against ");
    page.raw("<code>").quoted(&quality.truth, 120).raw("</code>, which says of ");
    page.text(&counted(quality.n_records, "document", "documents")).raw(" which belong together");
    let absent = quality.n_records - quality.n_records_in_run;
    if absent > 0 {
        page.raw("; ").text(&counted(absent, "of them is", "of them are"));
        page.raw(" not in this drop and count as found by nobody");
    }
    if quality.n_unjudged > 0 {
        page.raw("; of ").text(&counted(quality.n_unjudged, "document", "documents"));
        page.raw(" of this drop it says nothing");
    }
    page.raw(
        ". Precision is the share of what was joined that belongs together, recall the share of what belongs together that was \
         joined, F1 the balance of both: over pairs, where a large group counts for much, or document by document (B-cubed), where it \
         does not.</p>\n",
    );
    measures(page, quality);
    for scored in &quality.scored {
        kinds(page, scored);
        errors(page, places, scored);
    }
    page.raw("</section>\n");
}

fn words(grouping: &str) -> &'static str {
    match grouping {
        "duplicate_set" => "Copies",
        "story" => "Stories",
        _ => "Themes",
    }
}

fn measures(page: &mut Html, quality: &Quality) {
    page.raw("<div class=\"table\" tabindex=\"0\" role=\"region\" aria-label=\"Table of measures\"><table class=\"scores\">\n<thead><tr><th></th>");
    for scored in &quality.scored {
        page.raw("<th class=\"n\">").raw(words(scored.grouping)).raw("</th>");
    }
    page.raw("</tr></thead>\n<tbody>\n");
    let mut row = |name: &str, cell: &dyn Fn(&mut Html, &Scored)| {
        page.raw("<tr><th scope=\"row\">").text(name).raw("</th>");
        for scored in &quality.scored {
            page.raw("<td class=\"n\">");
            cell(page, scored);
            page.raw("</td>");
        }
        page.raw("</tr>\n");
    };
    row("Held against the field", &|page, scored| {
        page.raw("<code>").raw(scored.gold_field).raw("</code>");
    });
    for (name, count) in [
        ("Documents", (|scored| scored.n_documents) as fn(&Scored) -> u64),
        ("Groups in the truth", |scored| scored.n_gold_groups),
        ("Groups found", |scored| scored.n_found_groups),
        ("Pairs joined rightly", |scored| scored.n_right_pairs),
        ("Pairs joined falsely", |scored| scored.n_false_pairs),
        ("Pairs missed", |scored| scored.n_missed_pairs),
    ] {
        row(name, &|page, scored| {
            page.count(count(scored) as usize);
        });
    }
    let names = quality.scored.first().map(|scored| scored.measures.clone()).unwrap_or_default();
    for (place, (name, _)) in names.into_iter().enumerate() {
        row(name, &|page, scored| {
            let value = scored.measures.get(place).map_or(0.0, |measure| measure.1);
            // Never 1 unless it is exactly that.
            page.text(&if (0.99995..1.0).contains(&value) {
                "<1.0000".to_owned()
            } else {
                format!("{value:.4}")
            });
        });
    }
    page.raw("</tbody>\n</table></div>\n");
}

fn kinds(page: &mut Html, scored: &Scored) {
    if scored.kinds.is_empty() {
        return;
    }
    page.raw("<details class=\"inset\"><summary>Copies found with their original, by kind of edit</summary><div class=\"table\"><table class=\"bars\">\n<thead><tr><th>Kind</th><th class=\"w\"><span class=\"by\">Share</span></th><th class=\"n\">Found</th><th class=\"n\">Of</th></tr></thead><tbody>\n");
    for (kind, found, of) in &scored.kinds {
        let share = *found as f32 / (*of).max(1) as f32;
        page.raw("<tr><td>").quoted(kind, 60).raw("</td><td class=\"w\">").bar(share);
        page.raw("</td><td class=\"n\">")
            .count(*found as usize)
            .raw("</td><td class=\"n\">")
            .count(*of as usize);
        page.raw("</td></tr>\n");
    }
    page.raw("</tbody></table></div></details>\n");
}

fn errors(page: &mut Html, places: &Places<'_>, scored: &Scored) {
    let lists = [&scored.split, &scored.mixed];
    if lists.iter().all(|list| list.is_empty()) && scored.joined.is_empty() && scored.missed.is_empty() {
        return;
    }
    page.raw("<h3>").raw(words(scored.grouping)).raw(": what went wrong, the worst first</h3>\n");
    scattered(page, "Groups of the truth that were found in several", &scored.split);
    scattered(page, "Found groups that hold several of the truth", &scored.mixed);
    pairs(page, places, "Joined, and do not belong together; the least alike first", &scored.joined);
    pairs(page, places, "Missed, and belong together; the most alike first", &scored.missed);
}

fn scattered(page: &mut Html, title: &'static str, groups: &[Scattered]) {
    if groups.is_empty() {
        return;
    }
    page.raw("<details class=\"inset\"><summary>").raw(title).raw("</summary><ul>\n");
    for group in groups {
        page.raw("<li>");
        named(page, &group.name);
        page.raw(" (").text(&counted(group.n_documents.into(), "document", "documents")).raw("): ");
        for (place, part) in group.parts.iter().take(PARTS).enumerate() {
            page.raw(if place > 0 { ", " } else { "" }).count(part.n_documents as usize).raw(" in ");
            named(page, &part.name);
        }
        if group.parts.len() > PARTS {
            page.raw(" and ").count(group.parts.len() - PARTS).raw(" more");
        }
        page.raw("</li>\n");
    }
    page.raw("</ul></details>\n");
}

fn named(page: &mut Html, name: &str) {
    if name.is_empty() {
        page.raw("<span class=\"by\">no group</span>");
    } else {
        page.raw("<span class=\"id\">").quoted(name, 90).raw("</span>");
    }
}

fn pairs(page: &mut Html, places: &Places<'_>, title: &'static str, pairs: &[WrongPair]) {
    if pairs.is_empty() {
        return;
    }
    page.raw("<details class=\"inset\"><summary>").raw(title).raw("</summary><div class=\"table\"><table>\n<thead><tr><th>Two documents</th><th class=\"n\">Cosine</th><th>Told as</th></tr></thead><tbody>\n");
    for pair in pairs {
        let ids = [&pair.a, &pair.b].map(|id| find(places, id));
        page.raw("<tr><td>");
        for (place, (name, id)) in [&pair.a, &pair.b].into_iter().zip(ids).enumerate() {
            page.raw(if place > 0 { "<br>" } else { "" });
            match id {
                Some(id) => document(page, places, id),
                None => named(page, name),
            }
        }
        page.raw("</td><td class=\"n\">");
        match pair.cosine {
            Some(cosine) => page.measure(cosine, 3),
            None => page.raw("–"),
        };
        page.raw("</td><td>");
        let known = ids[0].zip(ids[1]).and_then(|(a, b)| places.pair(a, b));
        match known {
            Some(known) => {
                page.raw(super::duplicates::relation_words(known.relation)).raw("<span class=\"why\">");
                page.show(percent(known.coverage_a)).raw(" and ").show(percent(known.coverage_b));
                page.raw(" of their words shared</span>")
            }
            None => page.raw("<span class=\"by\">no pair</span>"),
        };
        page.raw("</td></tr>\n");
    }
    page.raw("</tbody></table></div></details>\n");
}

fn find(places: &Places<'_>, id: &str) -> Option<DocId> {
    let documents = &places.run.corpus.documents;
    let place = documents.binary_search_by(|document| document.id.as_str().cmp(id)).ok()?;
    Some(DocId(place as u32))
}
