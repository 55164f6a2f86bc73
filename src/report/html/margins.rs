//! Margins: how the scores of the pairs lie around the line that decides, and what another line would change.

use std::cmp::Ordering;

use super::writer::Html;
use crate::pairs::{Relation, SimilarPair};
use crate::report::display::{counted, grouped};
use crate::report::places::Places;

/// Bars of the histogram.
const BARS: usize = 40;
/// Steps of the line that are tried, in hundredths.
const STEPS: [i32; 7] = [-10, -5, -2, 0, 2, 5, 10];
const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 210.0;
const BASE: f64 = 176.0;
const LEFT: f64 = 24.0;
const RIGHT: f64 = 700.0;

/// Pairs whose score was held against the line; identical texts were not.
pub(super) fn scored<'a>(places: &Places<'a>) -> Vec<(&'a SimilarPair, f32)> {
    let judged = places.run.pairs.iter().filter(|pair| pair.relation != Relation::Identical);
    judged.filter_map(|pair| Some((pair, pair.score?))).collect()
}

/// Was the pair found to be the same text, or one text within the other?
pub(super) fn is_copy(pair: &SimilarPair) -> bool {
    matches!(pair.relation, Relation::Identical | Relation::NearDuplicate | Relation::Contained)
}

/// Part "How sure" of the section on duplicates.
pub(super) fn write(page: &mut Html, places: &Places<'_>) {
    let scored = scored(places);
    if scored.is_empty() {
        return;
    }
    let line = places.run.settings.copy_threshold;
    page.raw("<h3 id=\"margins\">How sure</h3>\n<p>A pair's score is the part of a text's words that the other has, too, weighed by how much \
              each word says; of both sides the greater counts. From ");
    page.measure(line, 2).raw(
        " on two texts are the same. Scanning errors, a cut on both sides, and forms that differ in names or numbers alone are judged \
         apart: so a few on the left of the line are copies, and a few on the right are not.</p>\n",
    );
    let mut bars = vec![[0_usize; 2]; BARS];
    for (pair, score) in &scored {
        let bar = ((f64::from(*score) * BARS as f64) as usize).min(BARS - 1);
        bars[bar][usize::from(is_copy(pair))] += 1;
    }
    draw(page, &bars, line);
    what_if(page, places, &scored, line);
}

fn draw(page: &mut Html, bars: &[[usize; 2]], line: f64) {
    let most = bars.iter().map(|bar| bar[0] + bar[1]).max().unwrap_or(1).max(1) as f64;
    let x = |share: f64| LEFT + (RIGHT - LEFT) * share;
    // The square root lets a few pairs near the line be seen beside the many far from it.
    let height = |count: usize| (BASE - 24.0) * (count as f64 / most).sqrt();
    page.raw("<figure class=\"narrow\"><div class=\"picture\" tabindex=\"0\" role=\"group\" aria-label=\"Picture\"><svg role=\"img\" aria-labelledby=\"t-margins\" viewBox=\"0 0 ");
    page.measure(WIDTH, 0).raw(" ").measure(HEIGHT, 0);
    page.raw(
        "\"><title id=\"t-margins\">Pairs by score, and the line from which two texts are the same</title>\n",
    );
    let width = (RIGHT - LEFT) / bars.len() as f64;
    for (place, bar) in bars.iter().enumerate().filter(|(_, bar)| bar[0] + bar[1] > 0) {
        let all = height(bar[0] + bar[1]).max(1.5);
        let copies = all * bar[1] as f64 / (bar[0] + bar[1]) as f64;
        for (class, top, tall) in
            [("bars two", BASE - all, all - copies), ("bars one", BASE - copies, copies)]
        {
            if tall > 0.0 {
                page.raw("<rect class=\"")
                    .raw(class)
                    .raw("\" x=\"")
                    .measure(x(0.0) + width * place as f64 + 0.5, 1);
                page.raw("\" y=\"").measure(top, 1).raw("\" width=\"").measure(width - 1.0, 1);
                page.raw("\" height=\"").measure(tall, 1).raw("\"/>");
            }
        }
        page.raw("<text class=\"tick\" x=\"")
            .measure(x(0.0) + width * (place as f64 + 0.5), 1)
            .raw("\" y=\"");
        page.measure(BASE - all - 4.0, 1).raw("\">").count(bar[0] + bar[1]).raw("</text>\n");
    }
    page.raw("<line class=\"grid\" x1=\"").measure(LEFT, 0).raw("\" x2=\"").measure(RIGHT, 0).raw("\" y1=\"");
    page.measure(BASE, 0).raw("\" y2=\"").measure(BASE, 0).raw("\"/>");
    for tenth in 0..=10 {
        page.raw("<text class=\"tick\" x=\"").measure(x(f64::from(tenth) / 10.0), 1).raw("\" y=\"");
        page.measure(BASE + 15.0, 0).raw("\">").measure(f64::from(tenth) / 10.0, 1).raw("</text>");
    }
    page.raw("<line class=\"line\" stroke-dasharray=\"5 3\" x1=\"").measure(x(line), 1).raw("\" x2=\"");
    page.measure(x(line), 1).raw("\" y1=\"4\" y2=\"").measure(BASE, 0).raw("\"/><text class=\"label\" x=\"");
    page.measure(x(line) - 6.0, 1)
        .raw("\" y=\"14\">decided here: ")
        .measure(line, 2)
        .raw("</text>\n</svg></div>");
    page.raw("<figcaption>Blue: the same text, or one within the other. Ocher: shared wording only. The height grows with the square root of \
              the number of pairs, which stands above each bar. Identical texts are not counted.</figcaption>\n<details class=\"inset\"><summary>\
              The same as a table</summary><div class=\"table\"><table>\n<thead><tr><th>Score</th><th class=\"n\">Same text</th>\
              <th class=\"n\">Shared wording</th></tr></thead><tbody>\n");
    for (place, bar) in bars.iter().enumerate().filter(|(_, bar)| bar[0] + bar[1] > 0) {
        let from = place as f64 / bars.len() as f64;
        page.raw("<tr><td>").measure(from, 3).raw(" to ").measure(from + 1.0 / bars.len() as f64, 3);
        page.raw("</td><td class=\"n\">")
            .count(bar[1])
            .raw("</td><td class=\"n\">")
            .count(bar[0])
            .raw("</td></tr>\n");
    }
    page.raw("</tbody></table></div></details></figure>\n");
}

/// How many pairs change sides if the line is moved, by their scores alone.
fn what_if(page: &mut Html, places: &Places<'_>, scored: &[(&SimilarPair, f32)], line: f64) {
    page.raw("<h4>What if the line were a little higher or lower?</h4>\n<div class=\"table\"><table>\n<caption>By the scores alone, \
              among the pairs listed. <code>--copy-threshold</code> moves the line.</caption>\n<thead><tr>\
              <th class=\"n\">Line</th><th>Change</th></tr></thead><tbody>\n");
    for step in STEPS {
        let other = line + f64::from(step) / 100.0;
        if !(0.05..=1.0).contains(&other) {
            continue;
        }
        let between = |score: f32, low: f64, high: f64| f64::from(score) >= low && f64::from(score) < high;
        let said = match step.cmp(&0) {
            Ordering::Equal => {
                let n = scored.iter().filter(|(pair, _)| is_copy(pair)).count() as u64;
                format!(
                    "as it is: {} of the same text, or of one within the other",
                    counted(n, "pair", "pairs")
                )
            }
            Ordering::Greater => {
                let lost =
                    scored.iter().filter(|(pair, score)| is_copy(pair) && between(*score, line, other));
                let mut kept: Vec<_> = lost.clone().filter_map(|(pair, _)| places.kept(pair.a)).collect();
                kept.sort_unstable();
                kept.dedup();
                match lost.count() as u64 {
                    0 => "nothing changes".to_owned(),
                    n => format!(
                        "{} would no longer be the same text, in {}",
                        counted(n, "pair", "pairs"),
                        counted(kept.len() as u64, "set", "sets")
                    ),
                }
            }
            Ordering::Less => {
                match scored
                    .iter()
                    .filter(|(pair, score)| !is_copy(pair) && between(*score, other, line))
                    .count() as u64
                {
                    0 => "nothing changes".to_owned(),
                    n => format!(
                        "{} of shared wording would be the same text",
                        grouped(n) + if n == 1 { " pair" } else { " pairs" }
                    ),
                }
            }
        };
        page.raw("<tr><td class=\"n\">").measure(other, 2).raw("</td><td>").text(&said).raw("</td></tr>\n");
    }
    page.raw("</tbody></table></div>\n");
}
