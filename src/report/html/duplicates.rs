//! Duplicates: every set with its members and their evidence, then wording that is shared without being a copy, then
//! the closest pairs.

use super::writer::Html;
use super::{FULL, document, passages, wording};
use crate::clusters::{DuplicateSet, Member, Role};
use crate::corpus::DocId;
use crate::pairs::{Relation, SimilarPair};
use crate::report::display::{one_line, percent};
use crate::report::places::{Places, reason_beside};

/// Sets shown in full; the rest is counted.
const SETS: usize = 200;
/// Members of one set shown with their passages.
const WITH_EVIDENCE: usize = 8;
/// Members of one set listed.
const LISTED: usize = 60;
/// Sets whose first evidence is open from the start.
const OPEN: usize = 5;
/// Pairs shown that share wording.
const REUSE: usize = 60;
/// Closest pairs shown.
const CLOSEST: usize = 12;
/// Runs of words shown of one of those.
const RUNS: usize = 3;

/// Section "Duplicates".
pub(super) fn write(page: &mut Html, places: &Places<'_>) {
    let sets = places.largest_sets();
    page.raw("<section id=\"duplicates\">\n<h2>Duplicates</h2>\n");
    if sets.is_empty() {
        page.raw("<p>No document is a copy or an excerpt of another.</p>\n");
    } else {
        page.raw(
            "<p>Each set is the same text, the largest set first. The document to keep stands on top: the one with the \
             fullest content. Every other member was checked word by word. What is <em>shared</em> is the part of a \
             document's words that lies in passages which both have, small differences within them included; what \
             is <em>matched</em> counts only the words that are the same, or nearly. In the evidence, ",
        );
        page.raw(if places.shows_text() {
            "<mark>marked</mark> passages stand in both, with <mark><b>differing words</b></mark> told apart.</p>\n"
        } else {
            "the passages in both are named by their bytes, for this report shows no document's words.</p>\n"
        });
    }
    let mut shown = 0;
    let mut to_open = OPEN;
    for (index, set) in sets.iter().take(SETS).enumerate() {
        if page.len() > FULL {
            break;
        }
        write_set(page, places, index, set, &mut to_open);
        shown += 1;
    }
    if shown < sets.len() {
        page.raw("<p class=\"more\">").count(sets.len() - shown).raw(" more of ").count(sets.len());
        page.raw(
            " sets stand in <code>duplicates.csv</code>, their passages in <code>passages.csv</code>.</p>\n",
        );
    }
    if !places.run.compilations.is_empty() {
        page.raw("<h3>Round-ups</h3>\n<p>These contain two or more documents that are not copies of each ");
        page.raw("other, and so join no set:</p>\n<ul>\n");
        for &id in places.run.compilations.iter().take(LISTED) {
            page.raw("<li>");
            document(page, places, id);
            page.raw("</li>\n");
        }
        page.raw("</ul>\n");
        more(page, places.run.compilations.len(), LISTED, "documents.csv");
    }
    page.raw("</section>\n");
}

/// `to_open` counts down the sets whose evidence is shown from the start: not where the texts are identical, for that
/// shows nothing.
fn write_set(page: &mut Html, places: &Places<'_>, index: usize, set: &DuplicateSet, to_open: &mut usize) {
    page.raw("<article class=\"set\" id=\"set-")
        .number(index + 1)
        .raw("\">\n<h3><span class=\"role kept\">keep</span> ");
    document(page, places, set.kept);
    page.raw("</h3>\n");
    let others: Vec<&Member> = set.members.iter().filter(|member| member.document != set.kept).collect();
    for (place, member) in others.iter().take(LISTED).enumerate() {
        let pair = places.pair(set.kept, member.document);
        let evidence = pair.filter(|pair| place < WITH_EVIDENCE && !pair.passages.is_empty());
        if let Some(pair) = evidence {
            let opens = *to_open > 0 && place == 0 && member.relation != Some(Relation::Identical);
            *to_open -= usize::from(opens);
            page.raw(if opens { "<details open><summary>" } else { "<details><summary>" });
            member_line(page, places, set.kept, member);
            page.raw("</summary>\n");
            passages::write(page, places, pair, set.kept);
            page.raw("</details>\n");
        } else {
            page.raw("<div class=\"plain\">");
            member_line(page, places, set.kept, member);
            page.raw("</div>\n");
        }
    }
    if others.len() > WITH_EVIDENCE {
        page.raw("<p class=\"fine\">Passages are shown for the first ").count(WITH_EVIDENCE).raw(" of ");
        page.count(others.len()).raw(" members");
        if others.len() > LISTED {
            page.raw("; ")
                .count(others.len() - LISTED)
                .raw(" more members stand in <code>duplicates.csv</code>");
        }
        page.raw(".</p>\n");
    }
    page.raw("</article>\n");
}

fn member_line(page: &mut Html, places: &Places<'_>, kept: DocId, member: &Member) {
    page.raw(match member.role {
        Role::Kept => "<span class=\"role kept\">keep</span> ",
        Role::Copy => "<span class=\"role copy\">copy</span> ",
        Role::Excerpt => "<span class=\"role excerpt\">excerpt</span> ",
    });
    document(page, places, member.document);
    page.raw("<span class=\"why\">");
    if let Some(relation) = member.relation {
        page.raw(relation_words(relation)).raw(", ");
    }
    page.show(percent(member.coverage)).raw(" of its words shared");
    if !member.reason.is_empty() {
        page.raw(": ").quoted(&one_line(&reason_beside(kept, member)), 300);
    }
    page.raw("</span>");
}

/// A relation in words.
pub(super) fn relation_words(relation: Relation) -> &'static str {
    match relation {
        Relation::Identical => "identical",
        Relation::NearDuplicate => "near duplicate",
        Relation::Contained => "contained",
        Relation::Reuse => "shared wording",
        Relation::SameStory => "same story",
    }
}

/// Pairs that share wording without standing in one set, most shared first.
pub(in crate::report) fn reuse_pairs<'a>(places: &Places<'a>) -> Vec<&'a SimilarPair> {
    let mut pairs: Vec<&SimilarPair> = places
        .run
        .pairs
        .iter()
        .filter(|pair| pair.relation != Relation::SameStory && !places.same_set(pair.a, pair.b))
        .collect();
    let most = |pair: &SimilarPair| pair.coverage_a.max(pair.coverage_b);
    pairs.sort_by(|p, q| {
        most(q)
            .total_cmp(&most(p))
            .then(q.longest_passage.cmp(&p.longest_passage))
            .then((p.a, p.b).cmp(&(q.a, q.b)))
    });
    pairs
}

/// Section "Shared wording".
pub(super) fn write_reuse(page: &mut Html, places: &Places<'_>) {
    let pairs = reuse_pairs(places);
    if pairs.is_empty() {
        return;
    }
    page.raw("<section id=\"reuse\">\n<h2>Shared wording</h2>\n<p>These pairs have wording in common that says something, \
              and are not the same text. The pairs that share most stand first; a and b are the two in the order shown.</p>\n");
    let mut shown = 0;
    for pair in pairs.iter().take(REUSE) {
        if page.len() > FULL {
            break;
        }
        page.raw(if shown < OPEN { "<details open><summary>" } else { "<details><summary>" });
        page.raw("<span class=\"role\">").raw(relation_words(pair.relation)).raw("</span> ");
        document(page, places, pair.a);
        page.raw(" <span class=\"by\">and</span> ");
        document(page, places, pair.b);
        page.raw("<span class=\"why\">").show(percent(pair.coverage_a)).raw(" and ");
        page.show(percent(pair.coverage_b)).raw(" of their words shared");
        if !pair.reason.is_empty() {
            page.raw(": ").quoted(&one_line(&pair.reason), 300);
        }
        page.raw("</span></summary>\n");
        passages::write(page, places, pair, pair.a);
        page.raw("</details>\n");
        shown += 1;
    }
    more(page, pairs.len(), shown, "pairs.csv");
    page.raw("</section>\n");
}

/// The pairs with the highest cosine, copies and excerpts left out.
pub(in crate::report) fn closest_pairs(places: &Places<'_>) -> Vec<(DocId, DocId, f32)> {
    let neighbors = &places.run.neighbors;
    let mut closest: Vec<(DocId, DocId, f32)> = Vec::new();
    if neighbors.begins.len() <= places.run.corpus.documents.len() {
        return closest;
    }
    let order = |p: &(DocId, DocId, f32), q: &(DocId, DocId, f32)| {
        q.2.total_cmp(&p.2).then((p.0, p.1).cmp(&(q.0, q.1)))
    };
    let shorten = |closest: &mut Vec<(DocId, DocId, f32)>| {
        closest.sort_by(order);
        closest.dedup_by_key(|pair| (pair.0, pair.1));
        closest.truncate(CLOSEST);
    };
    for id in places.ids() {
        for neighbor in neighbors.of(id) {
            // A copy is as near to everything as the kept text is: it would only repeat the row.
            if !places.is_dropped(id) && !places.is_dropped(neighbor.document) {
                closest.push((id.min(neighbor.document), id.max(neighbor.document), neighbor.cosine));
            }
        }
        if closest.len() > 10_000 {
            shorten(&mut closest);
        }
    }
    shorten(&mut closest);
    closest
}

/// Section "Closest pairs".
pub(super) fn write_closest(page: &mut Html, places: &Places<'_>) {
    let closest = closest_pairs(places);
    page.raw("<section id=\"closest\">\n<h2>Closest pairs</h2>\n");
    if closest.is_empty() {
        page.raw("<p>No two documents have a word in common that says anything.</p>\n</section>\n");
        return;
    }
    page.raw(
        "<p>The nearest documents that are not copies of each other. Cosine compares the words of two documents by how much \
         they say: 1 is the same words, 0 none in common. Beside it, the longest runs of words that both have, as the first \
         of the two writes them.</p>\n<table class=\"pairs\">\n<thead><tr>\
         <th>Cosine</th><th>Documents</th><th>Wording in common</th></tr></thead>\n<tbody>\n",
    );
    for (a, b, cosine) in closest {
        page.raw("<tr><td>").measure(cosine, 3);
        page.raw("<span class=\"bar\"><i style=\"width:").measure(cosine.clamp(0.0, 1.0) * 100.0, 1);
        page.raw("%\"></i></span></td><td>");
        document(page, places, a);
        page.raw("<br>");
        document(page, places, b);
        page.raw("</td><td>");
        shared_wording(page, places, a, b);
        page.raw("</td></tr>\n");
    }
    page.raw("</tbody>\n</table>\n</section>\n");
}

/// The longest shared passages of a pair, as one of the two has them.
fn shared_wording(page: &mut Html, places: &Places<'_>, a: DocId, b: DocId) {
    let Some(pair) = places.pair(a, b) else {
        runs_in_common(page, places, a, b);
        return;
    };
    page.raw(relation_words(pair.relation));
    if !places.shows_text() {
        return;
    }
    let text = places.text(pair.a);
    let mut passages: Vec<_> = pair.passages.iter().filter(|passage| !passage.boilerplate).collect();
    passages.sort_by_key(|passage| (std::cmp::Reverse(passage.a.len()), passage.a.start));
    for passage in passages.iter().take(3) {
        page.raw("<br>“").quoted(&one_line(&text[passages::within(&text, &passage.a)]), 110).raw("”");
    }
}

/// The longest runs of words of a pair that shares too little to be listed as one.
fn runs_in_common(page: &mut Html, places: &Places<'_>, a: DocId, b: DocId) {
    if !places.shows_text() {
        page.raw("<span class=\"by\">–</span>");
        return;
    }
    let text = places.text(a);
    let runs = wording::in_common(places, a, b, RUNS);
    if runs.is_empty() {
        page.raw("<span class=\"by\">no run of three words that says something</span>");
    }
    for (place, run) in runs.into_iter().enumerate() {
        page.raw(if place == 0 { "“" } else { "<br>“" }).quoted(&one_line(&text[run]), 110).raw("”");
    }
}

/// Says how many rows are not shown and where they stand.
pub(super) fn more(page: &mut Html, all: usize, shown: usize, file: &'static str) {
    if all > shown {
        page.raw("<p class=\"more\">").count(all - shown).raw(" more of ").count(all).raw(" stand in <code>");
        page.raw(file).raw("</code>.</p>\n");
    }
}
