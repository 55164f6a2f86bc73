//! Borderline: the pairs that came nearest to another answer, for a person to judge.

use super::margins::{is_copy, scored};
use super::pair::{self, View};
use super::writer::Html;
use super::{document, duplicates};
use crate::corpus::DocId;
use crate::report::places::Places;

/// Pairs of each decision.
const NEAREST: usize = 50;

/// Farther from the line than this, 0..=1, a pair is no borderline case.
const FAR: f32 = 0.25;
/// Bytes of text shown of a pair.
const TEXT: usize = 2_500;

/// A pair near a decision.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::report) struct Borderline {
    pub(in crate::report) a: DocId,
    pub(in crate::report) b: DocId,
    /// `same_text` or `same_story`.
    pub(in crate::report) decision: &'static str,
    /// What was held against the line, 0 or more; a score is at most 1.
    pub(in crate::report) value: f32,
    /// The line, 0..=1.
    pub(in crate::report) line: f32,
    /// What was found.
    pub(in crate::report) decided: bool,
}

impl Borderline {
    /// How near it came.
    fn margin(&self) -> f32 {
        (self.value - self.line).abs()
    }
}

/// At most [`NEAREST`] pairs of each decision, the nearest first.
pub(in crate::report) fn borderline(places: &Places<'_>) -> Vec<Borderline> {
    let mut all = nearest(same_text(places));
    all.extend(nearest(same_story(places)));
    all
}

fn nearest(mut pairs: Vec<Borderline>) -> Vec<Borderline> {
    pairs.retain(|pair| pair.margin() <= FAR);
    pairs.sort_by(|p, q| p.margin().total_cmp(&q.margin()).then((p.a, p.b).cmp(&(q.a, q.b))));
    pairs.dedup_by_key(|pair| (pair.a, pair.b));
    pairs.truncate(NEAREST);
    pairs
}

fn same_text(places: &Places<'_>) -> Vec<Borderline> {
    let line = places.run.settings.copy_threshold as f32;
    // What matches from end to end is sure, however near the line is.
    let scored = scored(places).into_iter().filter(|&(_, value)| value < 1.0);
    scored
        .map(|(pair, value)| {
            let decided = is_copy(pair);
            Borderline { a: pair.a, b: pair.b, decision: "same_text", value, line, decided }
        })
        .collect()
}

/// Each story and the nearest that was not merged with it: how strongly they are linked, held against the strength from which
/// groups merge; the two representatives stand for them. And of each story the weakest link that it was put together over, with
/// a document of either side.
fn same_story(places: &Places<'_>) -> Vec<Borderline> {
    let mut found = Vec::new();
    for story in &places.run.stories {
        let line = story.needed_strength;
        let mut offer = |one: DocId, other: DocId, value: f32, decided: bool| {
            let (a, b) = (one.min(other), one.max(other));
            found.push(Borderline { a, b, decision: "same_story", value, line, decided });
        };
        if let (Some((name, _)), Some(value)) = (story.nearest, story.nearest_strength) {
            offer(story.representative, name, value, false);
        }
        if let Some((one, other, value)) = story.weakest_joint {
            offer(one, other, value, true);
        }
    }
    found
}

/// Section "Borderline".
pub(super) fn write(page: &mut Html, places: &Places<'_>) {
    let pairs = borderline(places);
    page.raw("<section id=\"borderline\" aria-labelledby=\"h-borderline\">\n<h2 id=\"h-borderline\">Borderline</h2>\n");
    if pairs.is_empty() {
        page.raw("<p>No pair came near another answer.</p>\n</section>\n");
        return;
    }
    page.raw(
        "<p>The pairs that came nearest to another answer. Whoever wants to know how far to trust this report looks here first. Judge \
         them on this page (where scripts run) and download what you said, or fill in the last column of <code>borderline.csv</code>: it has \
         the same columns.</p>\n<div class=\"tools\" data-judge=\"yes\" hidden></div>\n",
    );
    let (texts, stories): (Vec<_>, Vec<_>) = pairs.iter().partition(|pair| pair.decision == "same_text");
    if !texts.is_empty() {
        page.raw("<h3>The same text?</h3>\n<p>Score: matched words by weight, the greater side; the line is the copy threshold.</p>\n");
        table(page, places, &texts, "Score");
    }
    if !stories.is_empty() {
        page.raw(
            "<h3>The same story?</h3>\n<p>Link strength: the mean cosine between two groups of texts, each read together with its nearest, \
             over what texts of these lengths can show of a story. From the line on, two groups become one story. Where the answer \
             was no, these are the representatives of the two; where it was yes, this is the weakest link that the story was put \
             together over, with a document of either side. A small group may join a much larger story below the line.</p>\n",
        );
        table(page, places, &stories, "Strength");
    }
    page.raw("</section>\n");
}

fn table(page: &mut Html, places: &Places<'_>, pairs: &[&Borderline], measure: &'static str) {
    page.raw("<div class=\"table\" tabindex=\"0\" role=\"region\" aria-label=\"Table of borderline pairs\"><table class=\"sortable\">\n<thead><tr><th>Two documents</th><th class=\"n\">");
    page.raw(measure)
        .raw("</th><th class=\"n\">Line</th><th>Found</th><th>Your judgement</th></tr></thead>\n<tbody>\n");
    for (place, pair) in pairs.iter().enumerate() {
        page.raw("<tr").attribute("data-a", places.id(pair.a)).attribute("data-b", places.id(pair.b));
        page.raw(" data-q=\"").raw(pair.decision).raw("\" data-value=\"").measure(pair.value, 4);
        page.raw("\" data-line=\"").measure(pair.line, 4).raw("\" data-decided=\"");
        page.raw(if pair.decided { "yes" } else { "no" }).raw("\"><td>");
        document(page, places, pair.a);
        page.raw("<br>");
        document(page, places, pair.b);
        evidence(page, places, pair, place);
        page.raw("</td><td class=\"n\">")
            .measure(pair.value, 3)
            .raw("</td><td class=\"n\">")
            .measure(pair.line, 3);
        page.raw("</td><td>").raw(if pair.decided { "yes" } else { "no" });
        if let Some(known) = places.pair(pair.a, pair.b) {
            page.raw("<span class=\"why\">").raw(duplicates::relation_words(known.relation)).raw("</span>");
        }
        page.raw("</td><td><span class=\"by\">–</span></td></tr>\n");
    }
    page.raw("</tbody>\n</table></div>\n");
}

/// What a person judges by: the two texts, or the wording that both have.
fn evidence(page: &mut Html, places: &Places<'_>, pair: &Borderline, place: usize) {
    let known = places.pair(pair.a, pair.b).filter(|known| !known.passages.is_empty());
    if let Some(known) = known.filter(|_| pair.decision == "same_text") {
        page.raw("<details class=\"inset\"><summary class=\"by\">the two texts</summary>");
        let anchor = format!("borderline-{}", place + 1);
        pair::write(
            page,
            places,
            known,
            View { anchor: &anchor, left: pair.a, names: ["a", "b"], bytes: TEXT },
        );
        page.raw("</details>");
    } else {
        page.raw("<span class=\"why\">in common: ");
        duplicates::shared_wording(page, places, pair.a, pair.b);
        page.raw("</span>");
    }
}
