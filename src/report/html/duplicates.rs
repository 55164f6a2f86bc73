//! Duplicates: every set with its members and their evidence, then wording that is shared without being a copy, then
//! the closest pairs.

use rayon::prelude::*;

use super::pair::{self, View};
use super::writer::Html;
use super::{document, file_name, margins, wording};
use crate::clusters::{DuplicateSet, Member, Role};
use crate::corpus::DocId;
use crate::pairs::{Relation, SimilarPair};
use crate::report::display::{one_line, percent};
use crate::report::places::{Places, reason_beside};

/// Sets shown with their members; the rest is counted.
const SETS: usize = 20_000;
/// Sets in the list on top.
const OVERVIEW: usize = 3_000;
/// Members of one set shown with their passages.
const WITH_EVIDENCE: usize = 40;
/// Members of one set listed.
const LISTED: usize = 400;
/// Pairs shown side by side; the rest stands in the tables. Nobody reads so many, and all pairs of 20,000 articles took as long to
/// write as to find.
const PAIRS: usize = 1_000;
/// Sets whose first evidence is open from the start.
const OPEN: usize = 3;
/// Bytes of text that all pairs may show together, and what one may show at least and at most.
const ALL_TEXT: usize = 6 << 20;
const LEAST_TEXT: usize = 1_500;
const MOST_TEXT: usize = 60_000;
/// Bytes shown of texts that are identical: enough to know them by.
const SAME_TEXT: usize = 1_200;
/// Pairs shown that share wording.
const REUSE: usize = 200;
/// Closest pairs shown.
const CLOSEST: usize = 12;
/// Runs of words shown of one of those.
const RUNS: usize = 3;

/// Bytes of text that one pair may show: whole texts in a small drop, passages and what stands around them in a large one.
fn room(places: &Places<'_>) -> usize {
    (ALL_TEXT / places.run.pairs.len().clamp(1, PAIRS)).clamp(LEAST_TEXT, MOST_TEXT)
}

/// What is shown of a set.
#[derive(Clone, Copy, Default)]
struct Shown {
    /// Members with their texts side by side.
    with_evidence: usize,
    /// The first of them is open from the start.
    is_open: bool,
}

/// By set: what is shown of it.
fn shown(sets: &[&DuplicateSet]) -> Vec<Shown> {
    let (mut pairs_left, mut to_open) = (PAIRS, OPEN);
    sets.iter()
        .take(SETS)
        .map(|set| {
            let with_evidence = (set.members.len() - 1).min(WITH_EVIDENCE).min(pairs_left);
            pairs_left -= with_evidence;
            let differs = set.members.iter().any(|member| member.relation == Some(Relation::NearDuplicate));
            let is_open = to_open > 0 && differs;
            to_open -= usize::from(is_open);
            Shown { with_evidence, is_open }
        })
        .collect()
}

/// Every set by itself, the largest first.
pub(super) fn cards(places: &Places<'_>) -> Vec<Html> {
    let sets = places.largest_sets();
    let room = room(places);
    let shown = shown(&sets);
    sets.par_iter()
        .zip(&shown)
        .enumerate()
        .map(|(index, (set, shown))| {
            let mut card = Html::default();
            write_set(&mut card, places, index, set, *shown, room);
            card
        })
        .collect()
}

/// Section "Duplicates" of the first page; `page_of` has the page of each set's card.
pub(super) fn write(page: &mut Html, places: &Places<'_>, cards: &[&Html], page_of: &[usize]) {
    let sets = places.largest_sets();
    page.raw("<section id=\"duplicates\" aria-labelledby=\"h-duplicates\">\n<h2 id=\"h-duplicates\">Duplicates</h2>\n");
    if sets.is_empty() {
        page.raw("<p>No document is a copy or an excerpt of another.</p>\n");
    } else {
        page.raw(
            "<p>Each set is the same text, the largest set first. The document to keep stands on top: the one with the \
             fullest content, or where some are no copies of that, the one of which most are. Every other member was checked word by word. What is <em>shared</em> is the part of a \
             document's words that lies in passages which both have, small differences within them included; what \
             is <em>matched</em> counts only the words that are the same, or nearly.</p>\n",
        );
        legend(page, places);
        page.raw("<div class=\"tools\" data-search=\"Search the sets:\" hidden></div>\n");
        overview(page, places, &sets, page_of);
    }
    margins::write(page, places);
    if !cards.is_empty() {
        page.raw("<h3>Set by set</h3>\n");
    }
    for card in cards {
        page.append(card);
    }
    left_out(page, &sets);
    let n_pages = page_of.last().copied().unwrap_or(1);
    if n_pages > 1 {
        page.raw("<p class=\"more\">")
            .count(page_of.len() - cards.len())
            .raw(" more sets stand on further pages:");
        for number in 2..=n_pages {
            page.raw(" <a href=\"").text(&file_name(number)).raw("\">").number(number).raw("</a>");
        }
        page.raw(".</p>\n");
    }
    if page_of.len() < sets.len() {
        page.raw("<p class=\"more\">").count(sets.len() - page_of.len()).raw(" more of ").count(sets.len());
        page.raw(
            " sets stand in <code>duplicates.csv</code>, their passages in <code>passages.csv</code>.</p>\n",
        );
    }
    if !places.run.compilations.is_empty() {
        page.raw("<h3>Round-ups</h3>\n<p>These contain two or more documents that are not copies of each ");
        page.raw("other, and so join no set of theirs:</p>\n<ul>\n");
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

/// Says of how many pairs the texts stand side by side, where not of all, and how to see any other.
fn left_out(page: &mut Html, sets: &[&DuplicateSet]) {
    let differing = |set: &&DuplicateSet| {
        let differs =
            |member: &&Member| member.relation.is_some_and(|relation| relation != Relation::Identical);
        set.members.iter().filter(differs).count()
    };
    let n_differing: usize = sets.iter().map(differing).sum();
    let n_shown =
        sets.iter().zip(shown(sets)).map(|(set, shown)| differing(set).min(shown.with_evidence)).sum();
    if n_differing <= n_shown {
        return;
    }
    page.raw("<p class=\"more\">Texts stand side by side for ").count(n_shown).raw(" of ").count(n_differing);
    page.raw(" copies and excerpts that are not identical, in the largest sets first. Any other two are shown by <code>samestory explain</code> with \
              this folder and their ids, word for word.</p>\n");
}

/// The sets of a further page.
pub(super) fn write_further(page: &mut Html, cards: &[&Html], number: usize, n_pages: usize) {
    page.raw("<section id=\"duplicates\" aria-labelledby=\"h-duplicates\">\n<h2 id=\"h-duplicates\">Duplicates, page ");
    page.number(number).raw(" of ").number(n_pages).raw("</h2>\n");
    page.raw("<div class=\"tools\" data-search=\"Search the sets of this page:\" hidden></div>\n");
    for card in cards {
        page.append(card);
    }
    page.raw("</section>\n");
}

/// How to read two texts side by side.
fn legend(page: &mut Html, places: &Places<'_>) {
    if !places.shows_text() {
        page.raw("<p class=\"legend\">Passages are named by their bytes, for this report shows no document's words.</p>\n");
        return;
    }
    page.raw(
        "<p class=\"legend\">How to read the texts side by side: <mark class=\"p1\"><span class=\"k\">1</span> a passage that both \
         have</mark> with its number, which leads to it in the other text; <mark class=\"p1\"><b>words that differ</b></mark> \
         within it; <mark class=\"p1\"><i class=\"gap\">‸</i></mark> where words are missing; <span class=\"boiler\">what counts for \
         nothing</span> (page furniture, wording that repeats across the drop); everything else stands in one text only.</p>\n",
    );
}

/// All sets, one row each.
fn overview(page: &mut Html, places: &Places<'_>, sets: &[&DuplicateSet], page_of: &[usize]) {
    page.raw(
        "<h3>All sets</h3>\n<div class=\"table tall\" tabindex=\"0\" role=\"region\" aria-label=\"Table of all sets\">\
         <table class=\"sortable searched\">\n<thead><tr><th class=\"n\">Set</th>\
         <th>Document to keep</th><th class=\"n\">Members</th><th class=\"n\">Sources</th>\
         <th class=\"n\">Least shared</th><th>Relations</th></tr></thead>\n<tbody>\n",
    );
    for (index, set) in sets.iter().enumerate().take(OVERVIEW) {
        page.raw("<tr><td class=\"n\">");
        match page_of.get(index) {
            Some(1) => page.raw("<a href=\"#set-").number(index + 1).raw("\">").number(index + 1).raw("</a>"),
            Some(&at) => {
                page.raw("<a href=\"").text(&file_name(at)).raw("#set-").number(index + 1).raw("\">");
                page.number(index + 1).raw("</a>")
            }
            None => page.number(index + 1),
        };
        page.raw("</td><td>");
        document(page, places, set.kept);
        page.raw("</td><td class=\"n\">").count(set.members.len()).raw("</td><td class=\"n\">");
        let mut sources: Vec<&str> = set
            .members
            .iter()
            .filter_map(|member| places.document(member.document).source.as_deref())
            .collect();
        sources.sort_unstable();
        sources.dedup();
        if sources.is_empty() {
            page.raw("–")
        } else {
            page.count(sources.len())
        };
        page.raw("</td><td class=\"n\">");
        let least = set.members.iter().map(|member| member.coverage).fold(1.0, f32::min);
        page.show(percent(least)).raw("</td><td>");
        let mut relations: Vec<Relation> = set.members.iter().filter_map(|member| member.relation).collect();
        relations.sort_unstable();
        relations.dedup();
        for (place, relation) in relations.into_iter().enumerate() {
            page.raw(if place > 0 { ", " } else { "" }).raw(relation_words(relation));
        }
        page.raw("</td></tr>\n");
    }
    page.raw("</tbody>\n</table></div>\n");
    more(page, sets.len(), OVERVIEW, "duplicates.csv");
}

fn write_set(
    page: &mut Html,
    places: &Places<'_>,
    index: usize,
    set: &DuplicateSet,
    shown: Shown,
    room: usize,
) {
    page.raw("<article class=\"set\" id=\"set-").number(index + 1).raw("\">\n<h3><span class=\"no\">");
    page.number(index + 1).raw("</span> <span class=\"role kept\">keep</span> ");
    document(page, places, set.kept);
    page.raw("</h3>\n");
    let reason =
        set.members.iter().find(|member| member.document == set.kept).map(|member| member.reason.as_str());
    if let Some(reason) = reason.filter(|reason| !reason.is_empty()) {
        page.raw("<p class=\"why\">Kept because it is ").quoted(&one_line(reason), 200).raw(".</p>\n");
    }
    let mut others: Vec<&Member> = set.members.iter().filter(|member| member.document != set.kept).collect();
    // What was changed most says most; what is identical comes last.
    others.sort_by_key(|member| (member.relation == Some(Relation::Identical), member.document));
    let weakest = others.iter().map(|member| member.coverage).fold(1.0, f32::min);
    let mut opens = shown.is_open;
    for (place, member) in others.iter().take(LISTED).enumerate() {
        let is_weakest = others.len() > 1 && weakest < 0.95 && member.coverage <= weakest;
        let pair = places.pair(set.kept, member.document);
        let is_identical = member.relation == Some(Relation::Identical);
        let evidence = pair.filter(|pair| place < shown.with_evidence && !pair.passages.is_empty());
        if let Some(pair) = evidence.filter(|_| !is_identical || place == 0) {
            page.raw(if opens { "<details open><summary>" } else { "<details><summary>" });
            opens = false;
            member_line(page, places, set.kept, member, is_weakest);
            page.raw("</summary>\n");
            let view = View {
                anchor: &format!("set-{}-{}", index + 1, place + 1),
                left: set.kept,
                names: ["keep", member.role.name()],
                bytes: if is_identical { SAME_TEXT } else { room },
            };
            pair::write(page, places, pair, view);
            page.raw("</details>\n");
        } else {
            page.raw("<div class=\"plain\">");
            member_line(page, places, set.kept, member, is_weakest);
            page.raw("</div>\n");
        }
    }
    let n_differing = others.iter().filter(|member| member.relation != Some(Relation::Identical)).count();
    if n_differing > shown.with_evidence || others.len() > LISTED {
        page.raw("<p class=\"fine\">Texts stand side by side for the first ")
            .count(shown.with_evidence)
            .raw(" of ");
        page.count(others.len()).raw(" members");
        if others.len() > LISTED {
            page.raw("; ")
                .count(others.len() - LISTED)
                .raw(" more members stand in <code>duplicates.csv</code>");
        }
        page.raw("; <code>passages.csv</code> has the passages of all, <code>samestory explain</code> shows any two.</p>\n");
    }
    page.raw("</article>\n");
}

fn member_line(page: &mut Html, places: &Places<'_>, kept: DocId, member: &Member, is_weakest: bool) {
    page.raw(match member.role {
        Role::Kept => "<span class=\"role kept\">keep</span> ",
        Role::Copy => "<span class=\"role copy\">copy</span> ",
        Role::Excerpt => "<span class=\"role excerpt\">excerpt</span> ",
    });
    document(page, places, member.document);
    if is_weakest {
        page.raw(" <span class=\"role warn\">weakest member</span>");
    }
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

/// Is there a section "Shared wording"?
pub(super) fn has_reuse(places: &Places<'_>) -> bool {
    let is_reuse =
        |pair: &SimilarPair| pair.relation != Relation::SameStory && !places.same_set(pair.a, pair.b);
    places.run.pairs.iter().any(is_reuse)
}

/// Section "Shared wording".
pub(super) fn write_reuse(page: &mut Html, places: &Places<'_>) {
    let pairs = reuse_pairs(places);
    if pairs.is_empty() {
        return;
    }
    page.raw("<section id=\"reuse\" aria-labelledby=\"h-reuse\">\n<h2 id=\"h-reuse\">Shared wording</h2>\n<p>These pairs have wording in \
              common that says something, and are not the same text. The pairs that share most stand first; a is the left text, b the \
              right one.</p>\n<div class=\"tools\" data-search=\"Search these pairs:\" hidden></div>\n<div class=\"list\">\n");
    let room = room(places).min(12_000);
    for (place, pair) in pairs.iter().take(REUSE).enumerate() {
        page.raw(if place < OPEN { "<details open><summary>" } else { "<details><summary>" });
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
        let anchor = format!("reuse-{}", place + 1);
        pair::write(
            page,
            places,
            pair,
            View { anchor: &anchor, left: pair.a, names: ["a", "b"], bytes: room },
        );
        page.raw("</details>\n");
    }
    page.raw("</div>\n");
    more(page, pairs.len(), REUSE, "pairs.csv");
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
    page.raw(
        "<section id=\"closest\" aria-labelledby=\"h-closest\">\n<h2 id=\"h-closest\">Closest pairs</h2>\n",
    );
    if closest.is_empty() {
        page.raw(
            "<p>No two documents that are kept have a word in common that says anything.</p>\n</section>\n",
        );
        return;
    }
    page.raw(
        "<p>The nearest documents that are not copies of each other. Cosine compares the words of two documents by how much \
         they say: 1 is the same words, 0 none in common. Beside it, the longest runs of words that both have, as the first \
         of the two writes them.</p>\n<div class=\"table\" tabindex=\"0\" role=\"region\" aria-label=\"Table of closest pairs\"><table class=\"pairs\">\n<thead><tr>\
         <th>Cosine</th><th>Documents</th><th>Wording in common</th></tr></thead>\n<tbody>\n",
    );
    for (a, b, cosine) in closest {
        page.raw("<tr><td>").measure(cosine, 3).bar(cosine).raw("</td><td>");
        document(page, places, a);
        page.raw("<br>");
        document(page, places, b);
        page.raw("</td><td>");
        shared_wording(page, places, a, b);
        page.raw("</td></tr>\n");
    }
    page.raw("</tbody>\n</table></div>\n</section>\n");
}

/// The longest shared passages of a pair, as one of the two has them.
pub(super) fn shared_wording(page: &mut Html, places: &Places<'_>, a: DocId, b: DocId) {
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
        page.raw("<br>“").quoted(&one_line(&text[pair::within(&text, &passage.a)]), 110).raw("”");
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
