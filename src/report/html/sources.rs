//! Sources: who carries what others carry, and who has it first.

use std::collections::BTreeMap;

use super::writer::Html;
use crate::report::display::percent;
use crate::report::places::Places;

/// Sources listed.
const SOURCES: usize = 60;
/// Pairs of sources listed.
const PAIRS: usize = 60;

/// What is known of one source.
#[derive(Default)]
struct Tally {
    /// Documents.
    documents: usize,
    /// Documents that stand in a duplicate set with a document of another source.
    shared: usize,
    /// Of those sets: this source was the only one of the earliest day.
    first: usize,
    /// Of those sets: another one was.
    after: usize,
}

/// Section "Sources".
pub(super) fn write(page: &mut Html, places: &Places<'_>) {
    page.raw("<section id=\"sources\" aria-labelledby=\"h-sources\">\n<h2 id=\"h-sources\">Sources</h2>\n");
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    for source in places.run.corpus.documents.iter().filter_map(|document| document.source.as_deref()) {
        tallies.entry(source).or_default().documents += 1;
    }
    if tallies.is_empty() {
        page.raw("<p>No document says who published it, so nothing can be said of who copies whom.</p>\n</section>\n");
        return;
    }
    let (after, together) = count(places, &mut tallies);
    table(page, &tallies);
    flows(page, &after, &together);
    page.raw("</section>\n");
}

/// Texts by (who had it first, who had it later), and by two sources where no dates tell.
type Flows<'a> = BTreeMap<(&'a str, &'a str), usize>;

fn count<'a>(places: &Places<'a>, tallies: &mut BTreeMap<&'a str, Tally>) -> (Flows<'a>, Flows<'a>) {
    let (mut after, mut together) = (Flows::new(), Flows::new());
    for set in &places.run.duplicate_sets {
        let documents = set.members.iter().map(|member| places.document(member.document));
        let mut first_days: BTreeMap<&str, Option<&str>> = BTreeMap::new();
        for document in documents.clone() {
            let Some(source) = document.source.as_deref() else { continue };
            let day = document.date.as_deref().and_then(|date| date.get(..10));
            let known = first_days.entry(source).or_insert(day);
            if let (Some(day), Some(before)) = (day, &known) {
                *known = Some(before.min(&day));
            } else {
                *known = known.or(day);
            }
        }
        if first_days.len() < 2 {
            continue;
        }
        for source in documents.filter_map(|document| document.source.as_deref()) {
            tallies.entry(source).or_default().shared += 1;
        }
        let earliest = first_days.values().flatten().min().copied();
        let mut first = first_days.iter().filter(|(_, day)| day.is_some() && **day == earliest);
        if let (Some((&first, _)), None) = (first.next(), first.next()) {
            tallies.entry(first).or_default().first += 1;
            for (&other, _) in first_days.iter().filter(|(source, day)| **source != first && day.is_some()) {
                tallies.entry(other).or_default().after += 1;
                *after.entry((first, other)).or_default() += 1;
            }
        } else {
            let sources: Vec<&str> = first_days.keys().copied().collect();
            for (place, &one) in sources.iter().enumerate() {
                for &other in &sources[place + 1..] {
                    *together.entry((one, other)).or_default() += 1;
                }
            }
        }
    }
    (after, together)
}

fn table(page: &mut Html, tallies: &BTreeMap<&str, Tally>) {
    page.raw(
        "<p>How much of what each source carries stands in others, too, and who had it first. First is who alone published a text on its \
         earliest day; where two did on one day, or no date is known, nobody was. A date says when it was published here, not who wrote \
         it.</p>\n<div class=\"tools\" data-search=\"Search the sources:\" hidden></div>\n<div class=\"table tall\" tabindex=\"0\" role=\"region\" aria-label=\"Table of sources\">\
         <table class=\"sortable searched\">\n<thead><tr><th>Source</th><th class=\"n\">Documents</th><th class=\"n\">In others, too</th>\
         <th class=\"n\">Share</th><th class=\"n\">First</th><th class=\"n\">After another</th></tr></thead>\n<tbody>\n",
    );
    let mut rows: Vec<(&&str, &Tally)> = tallies.iter().collect();
    rows.sort_by_key(|(name, tally)| (std::cmp::Reverse((tally.shared, tally.documents)), **name));
    for (name, tally) in rows.iter().take(SOURCES) {
        page.raw("<tr><td>").quoted(name, 100).raw("</td><td class=\"n\">").count(tally.documents);
        page.raw("</td><td class=\"n\">").count(tally.shared).raw("</td><td class=\"n\">");
        page.show(percent(tally.shared as f32 / tally.documents.max(1) as f32));
        page.raw("</td><td class=\"n\">").count(tally.first).raw("</td><td class=\"n\">").count(tally.after);
        page.raw("</td></tr>\n");
    }
    page.raw("</tbody>\n</table></div>\n");
    super::duplicates::more(page, rows.len(), SOURCES, "documents.csv");
}

fn flows(page: &mut Html, after: &Flows<'_>, together: &Flows<'_>) {
    let mut rows: Vec<(&str, &str, usize, &'static str)> = Vec::new();
    rows.extend(after.iter().map(|(&(one, other), &n)| (one, other, n, "then")));
    rows.extend(together.iter().map(|(&(one, other), &n)| (one, other, n, "and")));
    if rows.is_empty() {
        page.raw("<p>No two sources carry the same text.</p>\n");
        return;
    }
    rows.sort_by_key(|&(one, other, n, order)| (std::cmp::Reverse(n), one, other, order));
    let most = rows[0].2.max(1);
    page.raw(
        "<h3>Who carries whose texts</h3>\n<div class=\"table tall\" tabindex=\"0\" role=\"region\" aria-label=\"Table of pairs of sources\">\
         <table class=\"sortable\">\n<caption>“then”: the first had it on an earlier day than all others; “and”: nobody was first.</caption>\n\
         <thead><tr><th>Source</th><th>Order</th><th>Source</th><th class=\"n\">Texts</th><th class=\"w\"><span class=\"by\">Bar</span></th></tr></thead>\n<tbody>\n",
    );
    for (one, other, n, order) in rows.iter().take(PAIRS) {
        page.raw("<tr><td>").quoted(one, 100).raw("</td><td>").raw(order).raw("</td><td>").quoted(other, 100);
        page.raw("</td><td class=\"n\">").count(*n).raw("</td><td class=\"w\">").bar(*n as f32 / most as f32);
        page.raw("</td></tr>\n");
    }
    page.raw("</tbody>\n</table></div>\n");
    super::duplicates::more(page, rows.len(), PAIRS, "duplicates.csv");
}
