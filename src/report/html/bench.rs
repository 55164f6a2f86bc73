//! The page of `bench`: what runs of growing sizes took, how that grows, and what another size would take.

use super::writer::Html;
use crate::measurement::{Bench, Estimate, Growth, Measured, Origin, WHOLE};

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 380.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 170.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 42.0;

/// Stages drawn beside the whole run: those that took longest at the largest size.
const DRAWN: usize = 5;

/// The page, whole.
pub(in super::super) fn page(bench: &Bench) -> String {
    let mut page = Html::default();
    let title = format!("bench of {}", bench.inputs.join(", "));
    super::open(&mut page, &title);
    header(&mut page, bench);
    page.raw("<main id=\"main\">\n");
    sizes(&mut page, bench);
    time(&mut page, bench);
    memory(&mut page, bench);
    forecasts(&mut page, bench);
    stages(&mut page, bench);
    method(&mut page, bench);
    super::end(&mut page);
    page.into_string()
}

fn header(page: &mut Html, bench: &Bench) {
    page.raw("<header>\n<p class=\"kicker\">samestory bench</p>\n<h1>What a run costs, and how that grows</h1>\n<p class=\"lede\">");
    page.text(&bench.inputs.join(", ")).raw(": ").count(bench.n_documents as usize).raw(" documents, ");
    page.measure(bench.text_bytes as f64 / 1e6, 1).raw(" MB of text; ");
    page.count(bench.threads).raw(if bench.threads == 1 { " thread" } else { " threads" });
    page.raw(". The time of the whole run grows with the number of documents to the power of ");
    match bench.growth.iter().find(|stage| stage.stage == WHOLE).and_then(|stage| stage.wall) {
        Some(growth) => exponent(page, growth),
        None => {
            page.raw("(too few sizes to tell)");
        }
    }
    page.raw(".</p>\n");
    if !bench.notes.is_empty() {
        page.raw("<div class=\"warnings\"><h2>What to know</h2><ul>");
        for note in &bench.notes {
            page.raw("<li>").text(note).raw("</li>");
        }
        page.raw("</ul></div>\n");
    }
    page.raw("</header>\n");
}

fn exponent(page: &mut Html, growth: Growth) {
    page.measure(growth.exponent, 2);
    if let Some((low, high)) = growth.interval {
        page.raw(" (").measure(low, 2).raw(" to ").measure(high, 2).raw(")");
    }
}

fn section(page: &mut Html, id: &'static str, title: &'static str) {
    page.raw("<section id=\"").raw(id).raw("\" aria-labelledby=\"h-").raw(id).raw("\">\n<h2 id=\"h-").raw(id);
    page.raw("\">").raw(title).raw("</h2>\n");
}

/// Opens a table with these columns, the first of words and the rest of figures.
fn table(page: &mut Html, columns: &[&'static str]) {
    page.raw("<div class=\"table\" tabindex=\"0\" role=\"group\" aria-label=\"Table\"><table><thead><tr>");
    for (place, column) in columns.iter().enumerate() {
        page.raw(if place == 0 { "<th>" } else { "<th class=\"n\">" }).raw(column).raw("</th>");
    }
    page.raw("</tr></thead><tbody>\n");
}

fn end_table(page: &mut Html) {
    page.raw("</tbody></table></div>\n");
}

fn cell(page: &mut Html) -> &mut Html {
    page.raw("<td class=\"n\">")
}

fn sizes(page: &mut Html, bench: &Bench) {
    section(page, "sizes", "Sizes measured");
    page.raw(
        "<p><em>Sampled</em> are documents of the input as they are; <em>grown</em> are drops that the generator made from them, \
         with planted copies, stories and look-alikes, so that it is known what should be found. Copies: pairs of planted copies against \
         pairs in one duplicate set. Stories: B-cubed over the documents of planted stories.</p>\n",
    );
    table(
        page,
        &[
            "Documents", "From", "MB", "Seconds", "Processor seconds", "Documents/s", "MB/s", "Peak MiB",
            "Copies P", "R", "F1", "Stories F1",
        ],
    );
    for measured in &bench.measured {
        let cost = &measured.cost;
        let per_second = |amount: f64| if cost.wall_seconds > 0.0 { amount / cost.wall_seconds } else { 0.0 };
        page.raw("<tr><td>")
            .count(cost.n_documents as usize)
            .raw("</td><td class=\"n\">")
            .raw(measured.origin.name())
            .raw("</td>");
        let megabytes = cost.text_bytes as f64 / 1e6;
        for (value, decimals) in [(megabytes, 1), (cost.wall_seconds, 2), (cost.cpu_seconds(), 2)] {
            cell(page).measure(value, decimals).raw("</td>");
        }
        cell(page).count(per_second(cost.n_documents as f64) as usize).raw("</td>");
        cell(page).measure(per_second(megabytes), 1).raw("</td>");
        cell(page).count((cost.peak_bytes >> 20) as usize).raw("</td>");
        let copies = measured.quality.map(|quality| quality.copies);
        let stories = measured.quality.and_then(|quality| quality.stories);
        for score in [
            copies.map(|scores| scores.precision),
            copies.map(|scores| scores.recall),
            copies.map(|scores| scores.f1),
            stories.map(|scores| scores.f1),
        ] {
            cell(page);
            if let Some(score) = score {
                page.measure(score, 3);
            }
            page.raw("</td>");
        }
        page.raw("</tr>\n");
    }
    end_table(page);
    page.raw("</section>\n");
}

/// One line of a picture.
struct Line {
    name: String,
    /// (documents, value), ascending.
    points: Vec<(f64, f64)>,
    is_dashed: bool,
}

fn time(page: &mut Html, bench: &Bench) {
    section(page, "time", "Time");
    page.raw(
        "<p>Both axes are logarithmic: a line that climbs as steeply as it goes right grows in step with the documents. \
         Dashed is the whole run on sampled documents; the bar is an estimate with its interval.</p>\n",
    );
    let of = |origin: Origin, value: &dyn Fn(&Measured) -> Option<f64>| -> Vec<(f64, f64)> {
        let own = bench.measured.iter().filter(|measured| measured.origin == origin);
        own.filter_map(|measured| Some((measured.cost.n_documents as f64, value(measured)?)))
            .filter(|point| point.1 >= 0.001)
            .collect()
    };
    let origin = main_origin(bench);
    let mut lines = vec![Line {
        name: WHOLE.to_owned(),
        points: of(origin, &|measured| Some(measured.cost.wall_seconds)),
        is_dashed: false,
    }];
    if origin == Origin::Grown {
        lines.push(Line {
            name: "whole run, sampled".to_owned(),
            points: of(Origin::Sampled, &|measured| Some(measured.cost.wall_seconds)),
            is_dashed: true,
        });
    }
    let largest = bench.measured.iter().rfind(|measured| measured.origin == origin);
    let mut stages: Vec<(&str, f64)> = largest
        .into_iter()
        .flat_map(|measured| &measured.cost.stages)
        .map(|stage| (stage.stage.as_str(), stage.wall_seconds))
        .collect();
    stages.sort_by(|one, other| other.1.total_cmp(&one.1));
    for (stage, _) in stages.into_iter().take(DRAWN) {
        let points = of(origin, &|measured| Some(measured.cost.stage(stage)?.wall_seconds));
        lines.push(Line { name: stage.to_owned(), points, is_dashed: false });
    }
    let bars: Vec<(f64, Estimate)> =
        bench.forecasts.iter().map(|forecast| (forecast.n_documents as f64, forecast.wall_seconds)).collect();
    draw(page, "Seconds by documents", &lines, &bars, &seconds);
    page.raw("</section>\n");
}

fn memory(page: &mut Html, bench: &Bench) {
    section(page, "memory", "Memory");
    page.raw("<p>The highest resident memory of each run, a process of its own.</p>\n");
    let lines: Vec<Line> = [Origin::Grown, Origin::Sampled]
        .into_iter()
        .map(|origin| Line {
            name: origin.name().to_owned(),
            points: bench
                .measured
                .iter()
                .filter(|measured| measured.origin == origin && measured.cost.peak_bytes > 0)
                .map(|measured| {
                    (measured.cost.n_documents as f64, measured.cost.peak_bytes as f64 / f64::from(1 << 20))
                })
                .collect(),
            is_dashed: origin == Origin::Sampled && main_origin(bench) == Origin::Grown,
        })
        .collect();
    let mebibytes = |estimate: Estimate| estimate.times(1.0 / f64::from(1 << 20));
    let bars: Vec<(f64, Estimate)> = bench
        .forecasts
        .iter()
        .map(|forecast| (forecast.n_documents as f64, mebibytes(forecast.peak_bytes)))
        .collect();
    draw(page, "Peak MiB by documents", &lines, &bars, &|value| format!("{value:.0} MiB"));
    page.raw("</section>\n");
}

/// The documents of which more sizes were measured.
fn main_origin(bench: &Bench) -> Origin {
    let count = |origin| bench.measured.iter().filter(|measured| measured.origin == origin).count();
    if count(Origin::Grown) >= count(Origin::Sampled) { Origin::Grown } else { Origin::Sampled }
}

/// Lines on two logarithmic axes.
fn draw(
    page: &mut Html,
    title: &'static str,
    lines: &[Line],
    bars: &[(f64, Estimate)],
    shown: &dyn Fn(f64) -> String,
) {
    let points = || lines.iter().flat_map(|line| &line.points);
    let bounds = |values: &mut dyn Iterator<Item = f64>| {
        values.fold((f64::INFINITY, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)))
    };
    let (x_low, x_high) = bounds(&mut points().map(|point| point.0).chain(bars.iter().map(|bar| bar.0)));
    let heights = points().map(|point| point.1);
    let (y_low, y_high) = bounds(&mut heights.chain(bars.iter().flat_map(|bar| [bar.1.low, bar.1.high])));
    if !(x_low > 0.0 && y_low > 0.0 && x_high.is_finite() && y_high.is_finite()) {
        page.raw("<p>Nothing was measured that could be drawn.</p>\n");
        return;
    }
    let scale = |value: f64, low: f64, high: f64| {
        if high > low { (value.ln() - low.ln()) / (high.ln() - low.ln()) } else { 0.5 }
    };
    let x = |value: f64| LEFT + (WIDTH - LEFT - RIGHT) * scale(value, x_low, x_high);
    let y = |value: f64| HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * scale(value, y_low, y_high);

    page.raw("<figure class=\"narrow\"><div class=\"picture\" tabindex=\"0\" role=\"group\" aria-label=\"Picture\"><svg role=\"img\" aria-label=\"");
    page.raw(title)
        .raw("\" viewBox=\"0 0 ")
        .measure(WIDTH, 0)
        .raw(" ")
        .measure(HEIGHT, 0)
        .raw("\">\n<title>");
    page.raw(title).raw("</title>\n");
    for value in ticks(y_low, y_high) {
        page.raw("<line class=\"grid\" x1=\"").measure(LEFT, 0).raw("\" x2=\"").measure(WIDTH - RIGHT, 0);
        page.raw("\" y1=\"").measure(y(value), 1).raw("\" y2=\"").measure(y(value), 1);
        page.raw("\"/><text class=\"label\" x=\"")
            .measure(LEFT - 8.0, 0)
            .raw("\" y=\"")
            .measure(y(value) + 4.0, 1);
        page.raw("\">").text(&shown(value)).raw("</text>\n");
    }
    let mut last = f64::NEG_INFINITY;
    let mut places: Vec<f64> = points().map(|point| point.0).chain(bars.iter().map(|bar| bar.0)).collect();
    places.sort_by(f64::total_cmp);
    places.dedup();
    for value in places {
        // Sizes side by side would print over each other.
        if x(value) - last < 46.0 {
            continue;
        }
        last = x(value);
        page.raw("<text class=\"tick\" x=\"")
            .measure(last, 1)
            .raw("\" y=\"")
            .measure(HEIGHT - BOTTOM + 18.0, 0);
        page.raw("\">").count(value as usize).raw("</text>\n");
    }
    page.raw("<text class=\"tick\" x=\"").measure(f64::midpoint(LEFT, WIDTH - RIGHT), 0).raw("\" y=\"");
    page.measure(HEIGHT - 6.0, 0).raw("\">documents</text>\n");
    let mut labels: Vec<(f64, usize)> = Vec::new();
    for (number, line) in lines.iter().enumerate() {
        line_of(page, line, number, &x, &y);
        labels.extend(line.points.last().map(|point| (y(point.1), number)));
    }
    for (place, estimate) in bars {
        page.raw("<path class=\"line\" d=\"M").measure(x(*place), 1).raw(" ").measure(y(estimate.low), 1);
        page.raw("V").measure(y(estimate.high), 1).raw("\"><title>").text(&shown(estimate.likely)).raw(" (");
        page.text(&shown(estimate.low)).raw(" to ").text(&shown(estimate.high)).raw(")</title></path>");
        page.raw("<circle class=\"first\" r=\"4\" cx=\"").measure(x(*place), 1).raw("\" cy=\"");
        page.measure(y(estimate.likely), 1).raw("\"/>\n");
    }
    legend(page, lines, labels);
    page.raw("</svg></div></figure>\n");
}

fn line_of(page: &mut Html, line: &Line, number: usize, x: &dyn Fn(f64) -> f64, y: &dyn Fn(f64) -> f64) {
    if line.points.is_empty() {
        return;
    }
    color(page.raw("<path class=\""), number);
    page.raw("\" stroke-width=\"").raw(if number == 0 { "3" } else { "1.6" });
    page.raw(if line.is_dashed { "\" stroke-dasharray=\"6 5\" d=\"" } else { "\" d=\"" });
    for (place, point) in line.points.iter().enumerate() {
        page.raw(if place == 0 { "M" } else { "L" }).measure(x(point.0), 1).raw(" ").measure(y(point.1), 1);
    }
    page.raw("\"/>\n");
    for point in &line.points {
        color(page.raw("<circle class=\""), number);
        page.raw("\" r=\"2.5\" cx=\"")
            .measure(x(point.0), 1)
            .raw("\" cy=\"")
            .measure(y(point.1), 1)
            .raw("\"/>");
    }
}

/// Names at the right end of their lines, moved apart where they would meet.
fn legend(page: &mut Html, lines: &[Line], mut labels: Vec<(f64, usize)>) {
    labels.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut last = f64::NEG_INFINITY;
    for (height, number) in labels {
        let height = height.max(last + 15.0);
        last = height;
        color(page.raw("<path class=\""), number);
        page.raw("\" stroke-width=\"4\" d=\"M").measure(WIDTH - RIGHT + 10.0, 0).raw(" ").measure(height, 1);
        page.raw("h12\"/><text x=\"")
            .measure(WIDTH - RIGHT + 28.0, 0)
            .raw("\" y=\"")
            .measure(height + 4.0, 1);
        page.raw("\">").text(&lines[number].name).raw("</text>\n");
    }
}

fn color(page: &mut Html, number: usize) {
    const COLORS: [&str; 8] = ["s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8"];
    page.raw(COLORS[number % COLORS.len()]);
}

/// 1, 2 and 5 times powers of ten between two values; fewer where they are many.
fn ticks(low: f64, high: f64) -> Vec<f64> {
    let powers = low.log10().floor() as i32..=high.log10().ceil() as i32;
    let all = |steps: &'static [f64]| -> Vec<f64> {
        let values = powers.clone().flat_map(|power| steps.iter().map(move |step| step * 10_f64.powi(power)));
        values.filter(|value| (low..=high).contains(value)).collect()
    };
    let fine = all(&[1.0, 2.0, 5.0]);
    if fine.len() > 7 { all(&[1.0]) } else { fine }
}

fn forecasts(page: &mut Html, bench: &Bench) {
    if bench.forecasts.is_empty() {
        return;
    }
    section(page, "estimates", "Estimates");
    table(page, &["Documents", "Text MB", "Time", "from", "to", "Peak MiB", "from", "to"]);
    for forecast in &bench.forecasts {
        page.raw("<tr><td>").count(forecast.n_documents as usize).raw("</td>");
        cell(page).measure(forecast.text_bytes as f64 / 1e6, 0).raw("</td>");
        let time = forecast.wall_seconds;
        for value in [time.likely, time.low, time.high] {
            cell(page).text(&seconds(value)).raw("</td>");
        }
        let memory = forecast.peak_bytes;
        for value in [memory.likely, memory.low, memory.high] {
            cell(page).count((value / f64::from(1 << 20)) as usize).raw("</td>");
        }
        page.raw("</tr>\n");
    }
    end_table(page);
    page.raw(
        "<p class=\"fine\">For documents like these, on this machine, as busy as it was; told from the runs on ",
    );
    page.raw(bench.forecast_origin.name());
    page.raw(" documents. The interval is meant to hold nine times in ten.</p>\n</section>\n");
}

/// A time for people: `12 ms`, `0.4 s`, `12 s`, `3.5 min`, `2.1 h`.
#[must_use]
pub fn seconds(value: f64) -> String {
    match value {
        value if value < 0.1 => format!("{:.0} ms", value * 1e3),
        value if value < 10.0 => format!("{value:.1} s"),
        value if value < 120.0 => format!("{value:.0} s"),
        value if value < 7200.0 => format!("{:.1} min", value / 60.0),
        value => format!("{:.1} h", value / 3600.0),
    }
}

fn stages(page: &mut Html, bench: &Bench) {
    section(page, "stages", "By stage");
    let origin = main_origin(bench);
    let own: Vec<&Measured> = bench.measured.iter().filter(|measured| measured.origin == origin).collect();
    page.raw("<p>Wall seconds of each stage of the runs on ").raw(origin.name());
    page.raw(
        " documents, and how they and the processor's seconds grow: the power of the number of documents, with its interval of 95 %. \
         bench.csv has memory and rates of each stage as well.</p>\n",
    );
    page.raw("<div class=\"table\" tabindex=\"0\" role=\"group\" aria-label=\"Table\"><table><thead><tr><th>Stage</th>");
    for measured in &own {
        page.raw("<th class=\"n\">").count(measured.cost.n_documents as usize).raw("</th>");
    }
    page.raw(
        "<th class=\"n\">Grows with</th><th class=\"n\">Processor time with</th><th class=\"n\">Peak MiB so far</th></tr></thead><tbody>\n",
    );
    for stage in &bench.growth {
        page.raw("<tr><td>").text(&stage.stage).raw("</td>");
        let is_whole = stage.stage == WHOLE;
        let of = |measured: &Measured| {
            let cost = &measured.cost;
            match cost.stage(&stage.stage) {
                _ if is_whole => Some((cost.wall_seconds, cost.peak_bytes)),
                found => found.map(|stage| (stage.wall_seconds, stage.peak_bytes)),
            }
        };
        for measured in &own {
            cell(page);
            if let Some((seconds, _)) = of(measured) {
                page.measure(seconds, 3);
            }
            page.raw("</td>");
        }
        for growth in [stage.wall, stage.cpu] {
            cell(page);
            if let Some(growth) = growth {
                exponent(page, growth);
            }
            page.raw("</td>");
        }
        cell(page);
        if let Some((_, peak)) = own.last().and_then(|measured| of(measured)) {
            page.count((peak >> 20) as usize);
        }
        page.raw("</td></tr>\n");
    }
    end_table(page);
    page.raw("</section>\n");
}

fn method(page: &mut Html, bench: &Bench) {
    section(page, "method", "Method");
    page.raw(
        "<p>Each run is a process of its own, so that memory is its own; of up to three runs of a size the least time of each stage \
         counts, since whatever else the machine does only adds to it. Exponents are fitted by least squares on logarithms, with one \
         exponent for sampled and grown documents and a level for each. A time below 3 ms tells nothing and is left out. Planted copies are \
         not natural ones: quality on documents of another kind may differ.</p>\n<p class=\"command\"><code>",
    );
    page.text(&bench.command.join(" "))
        .raw("</code></p>\n<p class=\"fine\">Seed ")
        .number(bench.seed as usize);
    page.raw("; samestory ").raw(env!("CARGO_PKG_VERSION")).raw(".</p>\n</section>\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_few() {
        assert_eq!(ticks(0.9, 5.1), [1.0, 2.0, 5.0]);
        assert_eq!(ticks(1.0, 99_999.0), [1.0, 10.0, 100.0, 1_000.0, 10_000.0]);
    }

    #[test]
    fn seconds_are_shown_as_people_say_them() {
        let shown: Vec<String> = [0.012, 4.25, 61.0, 130.0, 9000.0].into_iter().map(seconds).collect();
        assert_eq!(shown, ["12 ms", "4.2 s", "61 s", "2.2 min", "2.5 h"]);
    }
}
