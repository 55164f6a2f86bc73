//! The similarity picture: every document against every other in a small drop, themes or stories against each
//! other in a large one.

use super::short_name;
use super::writer::Html;
use crate::corpus::{DocId, Status};
use crate::report::display::{clip, one_line};
use crate::report::places::Places;
use crate::report::summary::largest_stories;

/// Documents that fit one picture.
const DOCUMENTS: usize = 60;
/// Groups that fit one picture.
const GROUPS: usize = 40;
const WIDTH: f64 = 1060.0;
/// Where the labels end and the cells begin.
const LEFT: f64 = 340.0;

/// Rows and columns with a value in each cell.
struct Grid {
    labels: Vec<String>,
    /// Row by row, 0..=1.
    cells: Vec<f32>,
    /// By row: the group it belongs to; a line is drawn where it changes.
    groups: Vec<Option<usize>>,
}

/// Section "Similarity".
pub(super) fn write(page: &mut Html, places: &Places<'_>) {
    page.raw("<section id=\"similarity\">\n<h2>Similarity</h2>\n");
    let compared: Vec<DocId> = places.ids().filter(|&id| places.document(id).status == Status::Ok).collect();
    if places.run.neighbors.begins.len() <= places.run.corpus.documents.len() || compared.len() < 2 {
        page.raw("<p>There are no two documents to compare.</p>\n");
    } else if compared.len() <= DOCUMENTS {
        page.raw("<p>Every document against every other, documents of one theme and story together: the stronger the color, the \
                  more alike (cosine).</p>\n");
        draw(page, &document_grid(places, compared));
    } else if let Some(grid) = theme_grid(places).or_else(|| story_grid(places)) {
        page.raw("<p>Where the nearest neighbors of each row's documents stand: the stronger the color, the larger the share (by cosine) \
                  in that column. A strong diagonal is a drop of separate subjects; strong cells beside it are subjects that \
                  touch. Copies in one set are not counted.</p>\n");
        draw(page, &grid);
    } else {
        page.raw("<p>Too many documents for a picture, and no themes or stories to group them by.</p>\n");
    }
    page.raw("<p class=\"fine\">Every document's nearest others stand in <code>neighbors.csv</code>");
    if places.run.similarity.is_some() {
        page.raw(", the whole matrix in <code>similarity.csv</code>");
    }
    page.raw(".</p>\n</section>\n");
}

fn document_grid(places: &Places<'_>, mut ids: Vec<DocId>) -> Grid {
    ids.sort_by_key(|&id| {
        let (theme, story) = (places.theme_index(id), places.story_index(id));
        (theme.is_none(), theme, story.is_none(), story, id)
    });
    let cosine = |a: DocId, b: DocId| match &places.run.similarity {
        _ if a == b => 1.0,
        Some(matrix) => matrix.get((a.index(), b.index())).copied().unwrap_or_default(),
        None => {
            let near = |a: DocId, b: DocId| places.run.neighbors.of(a).iter().find(|n| n.document == b);
            near(a, b).or_else(|| near(b, a)).map_or(0.0, |neighbor| neighbor.cosine)
        }
    };
    Grid {
        labels: ids.iter().map(|&id| short_name(places, id, 42)).collect(),
        cells: ids
            .iter()
            .flat_map(|&a| ids.iter().map(move |&b| (a, b)))
            .map(|(a, b)| cosine(a, b))
            .collect(),
        groups: ids.iter().map(|&id| places.theme_index(id)).collect(),
    }
}

fn theme_grid(places: &Places<'_>) -> Option<Grid> {
    let themes = &places.run.themes.themes;
    if themes.len() < 3 {
        return None;
    }
    let labels = themes.iter().take(GROUPS).map(|theme| {
        let label = one_line(places.words(&theme.label));
        clip(&format!("{} {label}", theme.name), 42).into_owned()
    });
    let cells = neighbor_shares(places, themes.len().min(GROUPS), |id| places.theme_index(id));
    Some(Grid { labels: labels.collect(), cells, groups: Vec::new() })
}

fn story_grid(places: &Places<'_>) -> Option<Grid> {
    let stories: Vec<_> = largest_stories(places.run)
        .into_iter()
        .filter(|story| story.members.len() > 1)
        .take(GROUPS)
        .collect();
    if stories.len() < 2 {
        return None;
    }
    let mut row_of = vec![None; places.run.stories.len()];
    for (row, story) in stories.iter().enumerate() {
        if let Some(index) = places.story_index(story.name) {
            row_of[index] = Some(row);
        }
    }
    let labels = stories.iter().map(|story| clip(&one_line(places.story_label(story)), 42).into_owned());
    let cells = neighbor_shares(places, stories.len(), |id| row_of[places.story_index(id)?]);
    Some(Grid { labels: labels.collect(), cells, groups: Vec::new() })
}

/// By row and column: the share, by cosine, of the row's nearest neighbors that stand in the column.
fn neighbor_shares(places: &Places<'_>, n: usize, group: impl Fn(DocId) -> Option<usize>) -> Vec<f32> {
    let mut sums = vec![0.0_f64; n * n];
    let mut totals = vec![0.0_f64; n];
    for id in places.ids() {
        let Some(row) = group(id).filter(|row| *row < n) else { continue };
        for neighbor in places.run.neighbors.of(id).iter().filter(|n| !places.same_set(id, n.document)) {
            totals[row] += f64::from(neighbor.cosine);
            if let Some(column) = group(neighbor.document).filter(|column| *column < n) {
                sums[row * n + column] += f64::from(neighbor.cosine);
            }
        }
    }
    let share =
        |(cell, sum): (usize, &f64)| if totals[cell / n] > 0.0 { sum / totals[cell / n] } else { 0.0 };
    sums.iter().enumerate().map(|cell| share(cell) as f32).collect()
}

fn draw(page: &mut Html, grid: &Grid) {
    let n = grid.labels.len();
    let side = ((WIDTH - LEFT - 10.0) / n as f64).clamp(10.0, 54.0);
    let top = 20.0;
    let height = top + side * n as f64 + 6.0;
    page.raw("<figure><svg class=\"matrix\" role=\"img\" aria-label=\"Similarity\" viewBox=\"0 0 ");
    page.measure(WIDTH, 0).raw(" ").measure(height, 0).raw("\">\n");
    for (row, label) in grid.labels.iter().enumerate() {
        let y = top + side * row as f64;
        page.raw("<text class=\"label\" x=\"").measure(LEFT - 34.0, 0).raw("\" y=\"");
        page.measure(y + side / 2.0 + 4.0, 1).raw("\">").text(label).raw("</text><text class=\"tick\" x=\"");
        page.measure(LEFT - 14.0, 0)
            .raw("\" y=\"")
            .measure(y + side / 2.0 + 4.0, 1)
            .raw("\">")
            .number(row + 1);
        page.raw("</text>");
        page.raw("<text class=\"tick\" x=\"")
            .measure(LEFT + side * (row as f64 + 0.5), 1)
            .raw("\" y=\"13\">");
        page.number(row + 1).raw("</text>\n");
        for column in 0..n {
            cell(page, grid, (row, column), (LEFT + side * column as f64, y), side);
        }
    }
    for row in 1..grid.groups.len() {
        if grid.groups[row] != grid.groups[row - 1] {
            let place = side * row as f64;
            page.raw("<path class=\"divide\" d=\"M")
                .measure(LEFT, 1)
                .raw(" ")
                .measure(top + place, 1)
                .raw("h");
            page.measure(side * n as f64, 1)
                .raw("M")
                .measure(LEFT + place, 1)
                .raw(" ")
                .measure(top, 1)
                .raw("v");
            page.measure(side * n as f64, 1).raw("\"/>");
        }
    }
    page.raw("</svg></figure>\n");
}

fn cell(page: &mut Html, grid: &Grid, (row, column): (usize, usize), (x, y): (f64, f64), side: f64) {
    let n = grid.labels.len();
    let value = grid.cells.get(row * n + column).copied().unwrap_or_default().clamp(0.0, 1.0);
    if value >= 0.005 {
        // The square root lets the eye tell .05 from .2, where most pairs are.
        page.raw("<rect class=\"cell\" x=\"").measure(x, 1).raw("\" y=\"").measure(y, 1).raw("\" width=\"");
        page.measure(side - 1.0, 1).raw("\" height=\"").measure(side - 1.0, 1).raw("\" fill-opacity=\"");
        page.measure(value.sqrt(), 2).raw("\"><title>").number(row + 1).raw(", ").number(column + 1);
        page.raw(": ").measure(value, 3).raw("</title></rect>");
    }
    if side >= 30.0 {
        page.raw(if value > 0.5 { "<text class=\"value over\" x=\"" } else { "<text class=\"value\" x=\"" });
        page.measure(x + side / 2.0 - 0.5, 1).raw("\" y=\"").measure(y + side / 2.0 + 3.5, 1).raw("\">");
        page.measure(value, 2).raw("</text>");
    }
}
