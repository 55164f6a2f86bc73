//! Timeline: the most told stories along the days, as an inline picture.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::writer::Html;
use crate::clusters::Story;
use crate::corpus::Status;
use crate::report::display::{clip, counted, one_line};
use crate::report::places::Places;

/// Stories with a row of their own.
const ROWS: usize = 30;
const WIDTH: f64 = 1060.0;
/// Where the labels end and time begins.
const LEFT: f64 = 330.0;
const RIGHT: f64 = WIDTH - 42.0;
const ROW: f64 = 22.0;
/// Height of the bars that count all documents.
const BARS: f64 = 56.0;
const TOP: f64 = BARS + 34.0;

/// Draws the timeline, or says why there is none.
pub(super) fn write(page: &mut Html, places: &Places<'_>, stories: &[&Story]) {
    let documents = &places.run.corpus.documents;
    let days: Vec<Option<i64>> = documents.iter().map(|document| day(document.date.as_deref()?)).collect();
    let n_dated = days.iter().flatten().count();
    let compared = documents.iter().filter(|document| document.status != Status::Empty).count();
    let (Some(&first), Some(&last)) = (days.iter().flatten().min(), days.iter().flatten().max()) else {
        page.raw("<p class=\"note\">No document has a date of publication (dates within a text are not taken for one), and so there is no timeline.</p>\n");
        return;
    };
    if n_dated < compared {
        page.raw("<p class=\"note\">").count(n_dated).raw(" of ").count(compared);
        page.raw(" documents have a date; only they stand on the timeline.</p>\n");
    }
    let rows: Vec<(&Story, BTreeMap<i64, usize>)> = stories
        .iter()
        .map(|story| {
            let mut counts = BTreeMap::new();
            for day in story.members.iter().filter_map(|id| days[id.index()]) {
                *counts.entry(day).or_insert(0) += 1;
            }
            (*story, counts)
        })
        .filter(|(_, counts)| !counts.is_empty())
        .take(ROWS)
        .collect();
    let scale = Scale { first, span: (last - first).max(1) };
    let height = TOP + ROW * rows.len() as f64 + 10.0;

    page.raw("<figure><svg class=\"timeline\" role=\"img\" aria-label=\"Stories by day\" viewBox=\"0 0 ");
    page.measure(WIDTH, 0).raw(" ").measure(height, 0).raw("\">\n");
    bars(page, &scale, &days);
    ticks(page, &scale, height);
    for (row, (story, counts)) in rows.iter().enumerate() {
        story_row(page, places, &scale, TOP + ROW * (row as f64 + 0.5), story, counts);
    }
    page.raw("</svg>\n<figcaption>");
    page.raw("Bars: documents over time. Below, ");
    page.text(&counted(rows.len() as u64, "story", "stories"))
        .raw(", the most told first: a dot for each day with ");
    page.raw("documents, larger for more.</figcaption></figure>\n");
}

/// Days to places on the line.
struct Scale {
    first: i64,
    /// Days from the first to the last, at least 1.
    span: i64,
}

impl Scale {
    fn x(&self, day: i64) -> f64 {
        LEFT + (RIGHT - LEFT) * (day - self.first) as f64 / self.span as f64
    }
}

fn bars(page: &mut Html, scale: &Scale, days: &[Option<i64>]) {
    let n_bars = (scale.span + 1).min(60);
    let mut counts = vec![0_usize; n_bars as usize];
    for day in days.iter().flatten() {
        counts[((day - scale.first) * n_bars / (scale.span + 1)) as usize] += 1;
    }
    let most = counts.iter().copied().max().unwrap_or(1).max(1) as f64;
    let width = (RIGHT - LEFT) / n_bars as f64;
    for (place, &count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        let height = (BARS * count as f64 / most).max(1.5);
        // The first and last bars stand over the first and last day.
        let x = LEFT + width * place as f64;
        page.raw("<rect class=\"bars\" x=\"")
            .measure(x + width * 0.1, 1)
            .raw("\" y=\"")
            .measure(BARS - height + 4.0, 1);
        page.raw("\" width=\"").measure((width * 0.8).min(40.0), 1).raw("\" height=\"").measure(height, 1);
        page.raw("\"><title>").count(count).raw("</title></rect>\n");
    }
    page.raw("<text class=\"label\" x=\"").measure(LEFT - 14.0, 0).raw("\" y=\"").measure(BARS, 0);
    page.raw("\">all documents</text>\n");
}

fn ticks(page: &mut Html, scale: &Scale, height: f64) {
    for (day, words) in tick_days(scale) {
        let x = scale.x(day);
        page.raw("<line class=\"grid\" x1=\"").measure(x, 1).raw("\" x2=\"").measure(x, 1).raw("\" y1=\"");
        page.measure(BARS + 4.0, 0).raw("\" y2=\"").measure(height, 0).raw("\"/><text class=\"tick\" x=\"");
        page.measure(x, 1).raw("\" y=\"").measure(BARS + 20.0, 0).raw("\">").text(&words).raw("</text>\n");
    }
}

/// At most eight days with what to call them: whole years, months or days.
fn tick_days(scale: &Scale) -> Vec<(i64, String)> {
    const MOST: usize = 8;
    let last = scale.first + scale.span;
    let Some((begin, end)) = date(scale.first).zip(date(last)) else { return Vec::new() };
    let months = (i64::from(end.year()) - i64::from(begin.year())) * 12 + i64::from(end.month())
        - i64::from(begin.month());
    let every = |step: usize, all: Vec<(i64, String)>| all.into_iter().step_by(step).collect::<Vec<_>>();
    if months >= 36 {
        let years = (begin.year() + 1..=end.year())
            .filter_map(|year| Some((ordinal(Date::new(year, 1, 1).ok()?), year.to_string())));
        let years: Vec<_> = years.collect();
        every(years.len().div_ceil(MOST).max(1), years)
    } else if months >= 3 {
        let firsts = (1..=months).filter_map(|n| {
            let month = i64::from(begin.month()) - 1 + n;
            let year = i64::from(begin.year()) + month / 12;
            let date = Date::new(i16::try_from(year).ok()?, (month % 12 + 1) as i8, 1).ok()?;
            Some((ordinal(date), date.strftime("%b %Y").to_string()))
        });
        let firsts: Vec<_> = firsts.collect();
        every(firsts.len().div_ceil(MOST).max(1), firsts)
    } else {
        let days: Vec<_> = (scale.first..=last)
            .filter_map(|day| Some((day, date(day)?.strftime("%-d %b %Y").to_string())))
            .collect();
        every(days.len().div_ceil(MOST - 2).max(1), days)
    }
}

fn story_row(
    page: &mut Html,
    places: &Places<'_>,
    scale: &Scale,
    y: f64,
    story: &Story,
    counts: &BTreeMap<i64, usize>,
) {
    let label = one_line(places.story_label(story));
    page.raw("<g><text class=\"label\" x=\"")
        .measure(LEFT - 14.0, 0)
        .raw("\" y=\"")
        .measure(y + 4.0, 1)
        .raw("\">");
    page.text(&clip(&label, 44)).raw("</text>");
    if let (Some((&first, _)), Some((&last, _))) = (counts.first_key_value(), counts.last_key_value()) {
        page.raw("<line class=\"life\" x1=\"")
            .measure(scale.x(first), 1)
            .raw("\" x2=\"")
            .measure(scale.x(last), 1);
        page.raw("\" y1=\"").measure(y, 1).raw("\" y2=\"").measure(y, 1).raw("\"/>");
    }
    for (&day, &count) in counts {
        page.raw("<circle class=\"dot\" cx=\"")
            .measure(scale.x(day), 1)
            .raw("\" cy=\"")
            .measure(y, 1)
            .raw("\" r=\"");
        page.measure((2.2 + (count as f64).sqrt()).min(9.0), 1).raw("\"><title>");
        page.text(&date(day).map(|date| date.to_string()).unwrap_or_default()).raw(": ").count(count);
        page.raw("</title></circle>");
    }
    page.raw("</g>\n");
}

/// Days since 1970-01-01 of a date that starts `YYYY-MM-DD`.
fn day(text: &str) -> Option<i64> {
    text.get(..10)?.parse::<Date>().ok().map(ordinal)
}

fn ordinal(date: Date) -> i64 {
    (date - Date::constant(1970, 1, 1)).get_days().into()
}

fn date(ordinal: i64) -> Option<Date> {
    Date::constant(1970, 1, 1).checked_add(jiff::Span::new().try_days(ordinal).ok()?).ok()
}
