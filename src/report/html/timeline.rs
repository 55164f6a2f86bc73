//! Timeline: the most told stories along the days, as an inline picture.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::writer::Html;
use crate::clusters::Story;
use crate::corpus::{Status, day_number};
use crate::report::display::{clip, counted, one_line, percent};
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
    let days: Vec<Option<i64>> =
        documents.iter().map(|document| day_number(document.date.as_deref()?)).collect();
    let n_dated = days.iter().flatten().count();
    let compared = documents.iter().filter(|document| document.status != Status::Empty).count();
    let (Some(&first), Some(&last)) = (days.iter().flatten().min(), days.iter().flatten().max()) else {
        page.raw("<p class=\"note\">No document has a date of publication (dates within a text are not taken for one), and so there is no timeline.</p>\n");
        return;
    };
    if first == last {
        page.raw("<p class=\"note\">All documents with a date are of ");
        page.text(&date(first).map(|date| date.to_string()).unwrap_or_default());
        page.raw(", and so there is no timeline.</p>\n");
        return;
    }
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

    page.raw("<figure><div class=\"picture\" tabindex=\"0\" role=\"group\" aria-label=\"Picture\"><svg class=\"timeline\" role=\"img\" aria-labelledby=\"t-timeline\" viewBox=\"0 0 ");
    page.measure(WIDTH, 0).raw(" ").measure(height, 0);
    page.raw("\">\n<title id=\"t-timeline\">Documents and stories by day</title>\n");
    bars(page, &scale, &days);
    ticks(page, &scale, height);
    for (row, (story, counts)) in rows.iter().enumerate() {
        story_row(page, places, &scale, TOP + ROW * (row as f64 + 0.5), story, counts);
    }
    page.raw("</svg></div>\n<figcaption>");
    page.raw("Bars: documents over time. Below, ");
    page.text(&counted(rows.len() as u64, "story", "stories"))
        .raw(", the most told first: a dot for each day with ");
    page.raw("documents, larger for more; a ring for the first. The table below has the same dates.</figcaption></figure>\n");
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
        let is_first = counts.first_key_value().is_some_and(|(first, _)| *first == day);
        page.raw(if is_first { "<circle class=\"first\" cx=\"" } else { "<circle class=\"dot\" cx=\"" })
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

/// Pieces of time that shares are counted in.
const PIECES: usize = 24;

/// Shares of themes over time.
pub(super) struct Shares {
    pub(super) from: String,
    pub(super) to: String,
    /// By theme and piece of time: the share of its documents, 0..=1; none where no document has a date.
    pub(super) by_theme: Vec<Vec<Option<f32>>>,
}

/// Which part of the documents of each piece of time has which main theme. None where less than two days are known.
pub(super) fn theme_shares(places: &Places<'_>) -> Option<Shares> {
    let dated: Vec<(i64, usize)> = places
        .ids()
        .filter_map(|id| Some((day_number(places.document(id).date.as_deref()?)?, places.theme_index(id)?)))
        .collect();
    let (first, last) = (dated.iter().map(|one| one.0).min()?, dated.iter().map(|one| one.0).max()?);
    if first == last {
        return None;
    }
    let n_pieces = PIECES.min((last - first + 1) as usize);
    let mut counts = vec![vec![0_usize; n_pieces]; places.run.themes.themes.len()];
    let mut totals = vec![0_usize; n_pieces];
    for (day, theme) in dated {
        let piece = ((day - first) as usize * n_pieces / (last - first + 1) as usize).min(n_pieces - 1);
        counts[theme][piece] += 1;
        totals[piece] += 1;
    }
    let share = |(count, total): (&usize, &usize)| (*total > 0).then(|| *count as f32 / *total as f32);
    Some(Shares {
        from: date(first)?.to_string(),
        to: date(last)?.to_string(),
        by_theme: counts.iter().map(|counts| counts.iter().zip(&totals).map(share).collect()).collect(),
    })
}

/// Bars of a theme's share; the greatest fills the height, and its figure stands in the title.
pub(super) fn spark(page: &mut Html, shares: &[Option<f32>]) {
    let most = shares.iter().flatten().copied().fold(0.0, f32::max);
    page.raw("<svg class=\"spark\" role=\"img\" preserveAspectRatio=\"none\" viewBox=\"0 0 ")
        .number(shares.len() * 4);
    page.raw(" 20\"><title>at most ").show(percent(most)).raw(" of a time's documents</title>");
    for (place, share) in shares.iter().enumerate() {
        let height = share.map_or(0.0, |share| 20.0 * share / most.max(f32::EPSILON));
        if height > 0.0 {
            page.raw("<rect width=\"3\" x=\"").number(place * 4).raw("\" y=\"").measure(20.0 - height, 1);
            page.raw("\" height=\"").measure(height, 1).raw("\"/>");
        }
    }
    page.raw("</svg>");
}

/// Days since 1970-01-01.
fn ordinal(date: Date) -> i64 {
    (date - Date::constant(1970, 1, 1)).get_days().into()
}

fn date(ordinal: i64) -> Option<Date> {
    Date::constant(1970, 1, 1).checked_add(jiff::Span::new().try_days(ordinal).ok()?).ok()
}
