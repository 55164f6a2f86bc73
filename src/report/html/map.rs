//! The map: every text in the plane, what is alike near each other, the most told stories in color.

use super::short_name;
use super::writer::Html;
use crate::clusters::Story;
use crate::clusters::map::Place;
use crate::corpus::DocId;
use crate::report::display::{clip, one_line};
use crate::report::places::Places;
use crate::report::summary::largest_stories;

const WIDTH: f64 = 1060.0;
const HEIGHT: f64 = 760.0;
const EDGE: f64 = 60.0;
/// Stories with a color of their own.
const COLORED: usize = 8;
/// Themes with a label.
const LABELED: usize = 24;
/// Texts up to which each has a dot of its own with its name, and up to which the name is written beside it.
const NAMED: usize = 800;
const WRITTEN: usize = 40;
/// Dots at most; of more texts every n-th is shown.
const DOTS: usize = 30_000;

/// Is there a map?
pub(super) fn is_shown(places: &Places<'_>) -> bool {
    places.run.themes.map.iter().flatten().count() > 1
}

/// Section "Map".
pub(super) fn write(page: &mut Html, places: &Places<'_>) {
    if !is_shown(places) {
        return;
    }
    let placed: Vec<(DocId, Place)> =
        places.ids().zip(&places.run.themes.map).filter_map(|(id, place)| Some((id, (*place)?))).collect();
    let stories: Vec<&Story> =
        largest_stories(places.run).into_iter().filter(|story| story.n_distinct > 1).take(COLORED).collect();
    let few = placed.len() <= WRITTEN;
    page.raw("<section id=\"map\" aria-labelledby=\"h-map\">\n<h2 id=\"h-map\">Map</h2>\n<p>");
    page.raw(if placed.len() < 30 {
        "Each dot is a text; those with many telling words in common lie near each other."
    } else {
        "Each dot is a text (copies folded). Each theme has an area as large as its share; a text leans towards other themes that it is \
         like, and what differs most within a theme lies at opposite sides of it."
    });
    page.raw(" Two dimensions cannot keep every distance: nothing was decided from this picture.</p>\n<figure><div class=\"picture\" tabindex=\"0\" role=\"group\" aria-label=\"Picture\">");
    page.raw("<svg role=\"img\" aria-labelledby=\"t-map\" viewBox=\"0 0 ")
        .measure(WIDTH, 0)
        .raw(" ")
        .measure(HEIGHT, 0);
    page.raw("\"><title id=\"t-map\">Texts by likeness, stories in color</title>\n");
    dots(page, places, &placed, &stories);
    let mut labels = Labels::default();
    if few {
        for &(id, place) in &placed {
            let (x, y) = at(place);
            labels.put(page, &short_name(places, id, 44), x, y - 12.0, false);
        }
    } else {
        theme_labels(page, places, &placed, &mut labels);
        for story in &stories {
            // Above one of its dots: between the dots there may be none of them.
            let center = placed.iter().find(|(id, _)| *id == story.representative);
            if let Some(&(_, place)) = center {
                let (x, y) = at(place);
                labels.put(page, &clip(&one_line(places.story_label(story)), 32), x, y - 13.0, true);
            }
        }
    }
    page.raw("</svg></div>\n");
    if !stories.is_empty() {
        page.raw("<figcaption>In color: the ")
            .count(stories.len())
            .raw(" stories that most texts tell.</figcaption>\n");
        legend(page, places, &stories);
    }
    page.raw("</figure>\n<p class=\"fine\">The places stand in <code>documents.csv</code> (<code>map_x</code>, <code>map_y</code>).</p>\n</section>\n");
}

fn at(place: Place) -> (f64, f64) {
    // The plane is square and the picture is wide: what a screen has room for is used.
    let x = EDGE + f64::from(place[0]) * (WIDTH - 2.0 * EDGE);
    let y = EDGE + f64::from(place[1]) * (HEIGHT - 2.0 * EDGE);
    (x, y)
}

fn middle(places: impl Iterator<Item = Place>) -> Option<(f64, f64)> {
    let (mut sum, mut n) = ((0.0, 0.0), 0_usize);
    for place in places {
        let (x, y) = at(place);
        sum = (sum.0 + x, sum.1 + y);
        n += 1;
    }
    (n > 0).then(|| (sum.0 / n as f64, sum.1 / n as f64))
}

fn dots(page: &mut Html, places: &Places<'_>, placed: &[(DocId, Place)], stories: &[&Story]) {
    let n = placed.len();
    let size = if n <= WRITTEN { 11.0 } else { (130.0 / (n as f64).sqrt()).clamp(2.2, 8.0) };
    let step = n.div_ceil(DOTS).max(1);
    let mut color_of = vec![0_usize; places.run.stories.len()];
    for (place, story) in stories.iter().enumerate() {
        if let Some(index) = places.story_index(story.name) {
            color_of[index] = place + 1;
        }
    }
    let color = |id: DocId| places.story_index(id).map_or(0, |index| color_of[index]);
    for wanted in 0..=stories.len() {
        let own: Vec<&(DocId, Place)> = placed
            .iter()
            .filter(|(id, _)| color(*id) == wanted)
            .step_by(if wanted == 0 { step } else { 1 })
            .collect();
        if own.is_empty() {
            continue;
        }
        let size = if wanted == 0 { size } else { size + 2.0 };
        page.raw("<g class=\"");
        match wanted {
            0 if n <= WRITTEN => page.raw("few"),
            0 => page.raw("rest"),
            _ => page.raw("s").number(wanted),
        };
        page.raw("\" stroke-width=\"").measure(size, 1).raw("\">");
        if n <= NAMED {
            for &&(id, place) in &own {
                let (x, y) = at(place);
                page.raw("<path d=\"M").measure(x, 1).raw(" ").measure(y, 1).raw("h0\"><title>");
                page.text(&short_name(places, id, 90)).raw("</title></path>");
            }
        } else {
            page.raw("<path d=\"");
            for &&(_, place) in &own {
                let (x, y) = at(place);
                page.raw("M").measure(x, 1).raw(" ").measure(y, 1).raw("h0");
            }
            page.raw("\"/>");
        }
        page.raw("</g>\n");
    }
}

fn theme_labels(page: &mut Html, places: &Places<'_>, placed: &[(DocId, Place)], labels: &mut Labels) {
    for (index, theme) in places.run.themes.themes.iter().enumerate().take(LABELED) {
        let own =
            placed.iter().filter(|(id, _)| places.theme_index(*id) == Some(index)).map(|&(_, place)| place);
        let Some((x, y)) = middle(own) else { continue };
        let label = one_line(places.words(&theme.label));
        let label = if label.is_empty() {
            format!("theme {}", theme.name)
        } else {
            format!("{} {label}", theme.name)
        };
        labels.put(page, &clip(&label, 34), x, y, false);
    }
}

/// Labels that do not stand on each other.
#[derive(Default)]
struct Labels {
    /// Middle, half width and half height of each.
    taken: Vec<(f64, f64, f64, f64)>,
}

impl Labels {
    /// Writes a label near a place, or leaves it out where there is no room.
    fn put(&mut self, page: &mut Html, label: &str, x: f64, y: f64, is_small: bool) {
        let half = if is_small { 3.2 } else { 3.8 } * label.chars().count() as f64 + 4.0;
        let x = x.clamp(half, (WIDTH - half).max(half));
        let free = [0.0, 15.0, -15.0, 30.0, -30.0, 45.0, -45.0].into_iter().map(|step| y + step).find(|&y| {
            let apart = |&(other_x, other_y, other_half, tall): &(f64, f64, f64, f64)| {
                (x - other_x).abs() > half + other_half || (y - other_y).abs() > 7.0 + tall
            };
            (10.0..HEIGHT - 6.0).contains(&y) && self.taken.iter().all(apart)
        });
        if let Some(y) = free {
            self.taken.push((x, y, half, 7.0));
            page.raw(if is_small { "<text class=\"on small\" x=\"" } else { "<text class=\"on\" x=\"" });
            page.measure(x, 1).raw("\" y=\"").measure(y + 4.0, 1).raw("\">").text(label).raw("</text>\n");
        }
    }
}

fn legend(page: &mut Html, places: &Places<'_>, stories: &[&Story]) {
    page.raw("<div class=\"table\"><table>\n<thead><tr><th>Color</th><th>Story</th><th class=\"n\">Texts</th><th class=\"n\">Documents</th></tr></thead><tbody>\n");
    for (place, story) in stories.iter().enumerate() {
        page.raw("<tr><td><svg width=\"22\" height=\"14\" aria-hidden=\"true\"><path class=\"s")
            .number(place + 1);
        page.raw("\" stroke-width=\"11\" d=\"M11 7h0\"/></svg></td><td>")
            .quoted(places.story_label(story), 120);
        page.raw("</td><td class=\"n\">").count(story.n_distinct as usize).raw("</td><td class=\"n\">");
        page.count(story.members.len()).raw("</td></tr>\n");
    }
    page.raw("</tbody></table></div>\n");
}
