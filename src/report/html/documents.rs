//! What was read: the documents of a small drop, what was set aside in them, and what went wrong.

use std::collections::BTreeMap;

use super::document;
use super::duplicates::more;
use super::pair::within;
use super::writer::Html;
use crate::corpus::{Action, DocId, Problem};
use crate::report::display::{counted, one_line, percent};
use crate::report::places::Places;
use crate::report::tables::status_word;

/// Documents listed.
const LISTED: usize = 300;
/// Problems listed.
const PROBLEMS: usize = 300;
/// Rows of the other lists.
const ROWS: usize = 30;
/// Documents whose page furniture is shown one by one.
const ONE_BY_ONE: usize = 20;

/// Section "Documents".
pub(super) fn write(page: &mut Html, places: &Places<'_>) {
    let n_documents = places.run.corpus.documents.len();
    page.raw("<section id=\"documents\" aria-labelledby=\"h-documents\">\n<h2 id=\"h-documents\">Documents</h2>\n<div class=\"tools\" data-search=\"Search the documents:\" hidden></div>\n<div class=\"table\" tabindex=\"0\" role=\"region\" aria-label=\"Table of documents\"><table class=\"sortable searched\">\n<thead><tr><th>Document</th><th>Language</th>\
              <th class=\"n\">Words</th><th>Status</th><th>Role</th><th>Story</th><th>Theme</th></tr></thead>\n<tbody>\n");
    for id in places.ids().take(LISTED) {
        page.raw("<tr><td>");
        document(page, places, id);
        page.raw("</td><td>").text(places.document(id).language.code()).raw("</td><td class=\"n\">");
        page.count(places.run.n_tokens.get(id.index()).copied().unwrap_or_default() as usize);
        page.raw("</td><td>")
            .text(&status_word(places.document(id).status).replace('_', " "))
            .raw("</td><td>");
        page.raw(places.role(id)).raw("</td><td>");
        if let Some(story) = places.story(id) {
            page.quoted(places.story_label(story), 48);
        }
        page.raw("</td><td>");
        if let Some(theme) = places.theme(id) {
            page.text(&theme.name);
        }
        page.raw("</td></tr>\n");
    }
    page.raw("</tbody>\n</table></div>\n");
    more(page, n_documents, LISTED, "documents.csv");
    page.raw("</section>\n");
}

/// Section "Set aside".
pub(super) fn write_furniture(page: &mut Html, places: &Places<'_>) {
    let with_furniture: Vec<DocId> =
        places.ids().filter(|&id| !places.document(id).set_aside.is_empty()).collect();
    page.raw(
        "<section id=\"furniture\" aria-labelledby=\"h-furniture\">\n<h2 id=\"h-furniture\">Set aside</h2>\n",
    );
    if with_furniture.is_empty() {
        page.raw("<p>No page furniture was found around the articles.</p>\n");
    } else {
        page.raw(
            "<p>Page furniture around the article (buttons, links to other articles, language switches) in ",
        );
        page.text(&counted(with_furniture.len() as u64, "document", "documents"));
        page.raw(". It counts neither as copy nor as theme; the texts keep it.</p>\n");
        if with_furniture.len() <= ONE_BY_ONE {
            by_document(page, places, &with_furniture);
        } else {
            by_wording(page, places, &with_furniture);
        }
    }
    stretches(page, places);
    page.raw("</section>\n");
}

fn by_document(page: &mut Html, places: &Places<'_>, ids: &[DocId]) {
    page.raw("<div class=\"table\"><table>\n<thead><tr><th>Document</th><th class=\"n\">Bytes</th><th>What</th><th>Why</th></tr></thead>\n<tbody>\n");
    for &id in ids {
        let text = places.text(id);
        for aside in places.document(id).set_aside.iter().take(ROWS) {
            page.raw("<tr><td><span class=\"id only\">")
                .quoted(places.id(id), 60)
                .raw("</span></td><td class=\"n\">");
            page.number(aside.bytes.start as usize)
                .raw("–")
                .number(aside.bytes.end as usize)
                .raw("</td><td dir=\"auto\"><q class=\"exact\">");
            page.text(&super::super::display::clip(places.words(&text[within(&text, &aside.bytes)]), 300));
            page.raw("</q></td><td>").text(aside.reason).raw("</td></tr>\n");
        }
    }
    page.raw("</tbody>\n</table></div>\n");
}

fn by_wording(page: &mut Html, places: &Places<'_>, ids: &[DocId]) {
    if !places.shows_text() {
        return;
    }
    let mut counts: BTreeMap<String, (usize, &'static str)> = BTreeMap::new();
    for &id in ids {
        let text = places.text(id);
        for aside in &places.document(id).set_aside {
            let wording = one_line(&text[within(&text, &aside.bytes)]);
            counts.entry(wording).or_insert((0, aside.reason)).0 += 1;
        }
    }
    let mut rows: Vec<_> = counts.into_iter().collect();
    rows.sort_by(|p, q| q.1.0.cmp(&p.1.0).then_with(|| p.0.cmp(&q.0)));
    page.raw(
        "<div class=\"table\"><table>\n<thead><tr><th class=\"n\">Times</th><th>What</th><th>Why</th></tr></thead>\n<tbody>\n",
    );
    for (wording, (times, reason)) in rows.iter().take(ROWS) {
        page.raw("<tr><td class=\"n\">").count(*times).raw("</td><td>").quoted(wording, 200).raw("</td><td>");
        page.text(reason).raw("</td></tr>\n");
    }
    page.raw("</tbody>\n</table></div>\n");
    if rows.len() > ROWS {
        page.raw("<p class=\"more\">")
            .count(rows.len() - ROWS)
            .raw(" more wordings, less common, are not shown.</p>\n");
    }
}

/// What repeats across documents.
fn stretches(page: &mut Html, places: &Places<'_>) {
    let stretches = &places.run.boilerplate.stretches;
    let shares = &places.run.boilerplate.shares;
    let n_touched = shares.iter().filter(|share| **share > 0.0).count();
    if n_touched == 0 && stretches.is_empty() {
        page.raw("<p>No wording repeats across documents that are not copies of each other.</p>\n");
        return;
    }
    page.raw("<h3>Wording that repeats</h3>\n<p>Wording that stands in many documents which are not copies of each other. ");
    page.raw("It was found in ").text(&counted(n_touched as u64, "document", "documents"));
    let most = shares.iter().copied().fold(0.0, f32::max);
    page.raw(", at most ").show(percent(most)).raw(" of one document's words.</p>\n");
    if !places.shows_text() || stretches.is_empty() {
        return;
    }
    page.raw("<div class=\"table\"><table>\n<thead><tr><th class=\"n\">Documents</th><th>Wording</th><th>Sources</th></tr></thead>\n<tbody>\n");
    for stretch in stretches.iter().take(ROWS) {
        page.raw("<tr><td class=\"n\">").count(stretch.n_documents as usize).raw("</td><td>");
        page.quoted(&one_line(&stretch.text), 240).raw("</td><td>").quoted(&stretch.sources.join(", "), 120);
        page.raw("</td></tr>\n");
    }
    page.raw("</tbody>\n</table></div>\n");
    if stretches.len() > ROWS {
        page.raw("<p class=\"more\">").count(stretches.len() - ROWS).raw(" more are not shown.</p>\n");
    }
}

/// How often each reason, what was done, and an example.
fn by_reason(page: &mut Html, places: &Places<'_>) {
    let mut reasons: BTreeMap<(&str, &'static str), (usize, &Problem)> = BTreeMap::new();
    for problem in &places.run.corpus.problems {
        reasons.entry((problem.code, done(problem))).or_insert((0, problem)).0 += 1;
    }
    let mut rows: Vec<_> = reasons.into_iter().collect();
    rows.sort_by(|p, q| q.1.0.cmp(&p.1.0).then(p.0.cmp(&q.0)));
    page.raw("<div class=\"table\" tabindex=\"0\" role=\"group\" aria-label=\"Table\"><table class=\"sortable\">\n<thead><tr><th>Reason</th><th>Done</th><th class=\"n\">Times</th><th>For example</th></tr></thead>\n<tbody>\n");
    for ((code, done), (times, example)) in rows {
        page.raw("<tr><td>")
            .text(&code.replace('_', " "))
            .raw("</td><td>")
            .raw(done)
            .raw("</td><td class=\"n\">");
        page.count(times).raw("</td><td>").quoted(&one_line(&example.message), 300).raw("</td></tr>\n");
    }
    page.raw("</tbody>\n</table></div>\n");
}

fn done(problem: &Problem) -> &'static str {
    match problem.action {
        Action::Skipped => "skipped",
        Action::Repaired => "repaired",
        Action::Noted => "noted",
    }
}

/// Section "Problems".
pub(super) fn write_problems(page: &mut Html, places: &Places<'_>) {
    let problems = &places.run.corpus.problems;
    page.raw(
        "<section id=\"problems\" aria-labelledby=\"h-problems\">\n<h2 id=\"h-problems\">Problems</h2>\n",
    );
    if problems.is_empty() {
        page.raw("<p>None: everything was read as it came.</p>\n");
    } else {
        by_reason(page, places);
        page.raw(
            "<h3>One by one</h3>\n<div class=\"tools\" data-search=\"Search the problems:\" hidden></div>\n",
        );
        page.raw("<div class=\"table\" tabindex=\"0\" role=\"region\" aria-label=\"Table of problems\"><table class=\"sortable searched\">\n<thead><tr><th>Where</th><th>Reason</th><th>What</th><th>Done</th></tr></thead>\n<tbody>\n");
        for problem in problems.iter().take(PROBLEMS) {
            page.raw("<tr><td>").quoted(&one_line(&problem.path), 100);
            if let Some(line) = problem.line {
                page.raw(":").show(line);
            }
            page.raw("</td><td>").text(&problem.code.replace('_', " "));
            page.raw("</td><td>").quoted(&one_line(&problem.message), 300).raw("</td><td>");
            page.raw(done(problem));
            page.raw("</td></tr>\n");
        }
        page.raw("</tbody>\n</table></div>\n");
        more(page, problems.len(), PROBLEMS, "problems.jsonl");
    }
    let other: Vec<String> =
        places.run.corpus.counts.other_files.iter().map(|(kind, n)| format!("{kind} {n}")).collect();
    if !other.is_empty() {
        page.raw("<p>Files of kinds that are not read: ").text(&other.join(", ")).raw(".</p>\n");
    }
    page.raw("</section>\n");
}
