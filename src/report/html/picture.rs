//! The similarity picture: every document against every other in a small drop, in the order of a tree of likeness; stories
//! or themes against each other in a large one.

use ndarray::Array2;

use super::short_name;
use super::writer::Html;
use crate::clusters::dendrogram::{self, Dendrogram};
use crate::corpus::{DocId, Status};
use crate::report::display::{clip, one_line};
use crate::report::places::Places;
use crate::report::summary::largest_stories;

/// Documents whose cells stand by themselves, with names and figures; of more, each shade is one shape.
const NAMED: usize = 60;
/// Documents that fit one picture.
const DOCUMENTS: usize = 500;
/// Groups that fit one picture.
const GROUPS: usize = 40;
/// Shades of a cell where documents are many.
const SHADES: usize = 12;
/// Pairs in the table below.
const LISTED: usize = 30;
const WIDTH: f64 = 1060.0;
/// Where the labels end and the cells begin.
const LEFT: f64 = 340.0;
/// Room for the tree, between labels and cells.
const TREE: f64 = 110.0;

/// Rows and columns with a value in each cell.
struct Grid {
    labels: Vec<String>,
    /// Row by row, 0..=1.
    cells: Vec<f32>,
    /// The tree whose leaves the rows are, in its order.
    tree: Option<Dendrogram>,
    /// What the picture shows, in a few words.
    title: &'static str,
}

/// Section "Similarity".
pub(super) fn write(page: &mut Html, places: &Places<'_>) {
    page.raw("<section id=\"similarity\" aria-labelledby=\"h-similarity\">\n<h2 id=\"h-similarity\">Similarity</h2>\n");
    let compared: Vec<DocId> = places.ids().filter(|&id| places.document(id).status == Status::Ok).collect();
    if places.run.neighbors.begins.len() <= places.run.corpus.documents.len() || compared.len() < 2 {
        page.raw("<p>There are no two documents to compare.</p>\n");
    } else if let Some(matrix) = places.run.similarity.as_ref().filter(|_| compared.len() <= DOCUMENTS) {
        page.raw("<p>Every document against every other: the stronger the color, the more alike (cosine). The tree on the left joins what \
                  is most alike first (average linkage), and puts the rows in order; the farther to the left two branches meet, the less \
                  alike they are.</p>\n");
        let (grid, ordered) = document_grid(places, matrix, &compared);
        draw(page, &grid);
        pair_table(page, places, matrix, &ordered);
    } else {
        let grids: Vec<Grid> = [story_grid(places), theme_grid(places)].into_iter().flatten().collect();
        if grids.is_empty() {
            page.raw("<p>Too many documents for a picture, and no themes or stories to group them by.</p>\n");
        } else {
            page.raw("<p>Where the nearest neighbors of each row's documents stand: the stronger the color, the larger the share (by \
                      cosine) in that column. A strong diagonal is a drop of separate subjects; strong cells beside it are subjects \
                      that touch. Copies in one set are not counted.</p>\n");
        }
        for grid in &grids {
            page.raw("<h3>").raw(grid.title).raw("</h3>\n");
            draw(page, grid);
            group_table(page, grid);
        }
    }
    page.raw("<p class=\"fine\">Every document's nearest others stand in <code>neighbors.csv</code>");
    if places.run.similarity.is_some() {
        page.raw(", the whole matrix in <code>similarity.csv</code>");
    }
    page.raw(".</p>\n</section>\n");
}

/// The documents in the order of their tree.
fn document_grid(places: &Places<'_>, matrix: &Array2<f32>, ids: &[DocId]) -> (Grid, Vec<DocId>) {
    let cosine = |a: DocId, b: DocId| {
        let value = matrix.get((a.index(), b.index())).copied().unwrap_or_default();
        if a == b { 1.0 } else { value }
    };
    let likeness =
        Array2::from_shape_fn((ids.len(), ids.len()), |(row, column)| cosine(ids[row], ids[column]));
    let tree = dendrogram::of(&likeness);
    let ordered: Vec<DocId> = tree.order.iter().map(|&row| ids[row]).collect();
    let grid = Grid {
        labels: ordered.iter().map(|&id| short_name(places, id, 42)).collect(),
        cells: ordered
            .iter()
            .flat_map(|&a| ordered.iter().map(move |&b| (a, b)))
            .map(|(a, b)| cosine(a, b))
            .collect(),
        tree: Some(tree),
        title: "Every document against every other",
    };
    (grid, ordered)
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
    Some(Grid { labels: labels.collect(), cells, tree: None, title: "Themes" })
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
    Some(Grid { labels: labels.collect(), cells, tree: None, title: "The most told stories" })
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
    let is_named = n <= NAMED;
    let labels = if is_named { LEFT } else { 20.0 };
    let left = if grid.tree.is_some() { labels + TREE } else { labels };
    let side = ((WIDTH - left - 10.0) / n as f64).min(54.0);
    let top = if is_named { 20.0 } else { 4.0 };
    let height = top + side * n as f64 + 6.0;
    page.raw("<figure><div class=\"picture\" tabindex=\"0\" role=\"group\" aria-label=\"Picture\"><svg class=\"matrix\" role=\"img\" aria-label=\"").raw(grid.title);
    page.raw("\" viewBox=\"0 0 ")
        .measure(WIDTH, 0)
        .raw(" ")
        .measure(height, 0)
        .raw("\">\n<title>")
        .raw(grid.title);
    page.raw("</title>\n");
    if is_named {
        for (row, label) in grid.labels.iter().enumerate() {
            let y = top + side * (row as f64 + 0.5) + 4.0;
            page.raw("<text class=\"label\" x=\"").measure(labels - 34.0, 0).raw("\" y=\"").measure(y, 1);
            page.raw("\">").text(label).raw("</text><text class=\"tick\" x=\"").measure(labels - 14.0, 0);
            page.raw("\" y=\"")
                .measure(y, 1)
                .raw("\">")
                .number(row + 1)
                .raw("</text><text class=\"tick\" x=\"");
            page.measure(left + side * (row as f64 + 0.5), 1)
                .raw("\" y=\"13\">")
                .number(row + 1)
                .raw("</text>\n");
            for column in 0..n {
                cell(page, grid, (row, column), (left + side * column as f64, top + side * row as f64), side);
            }
        }
    } else {
        shades(page, grid, left, top, side);
    }
    if let Some(tree) = &grid.tree {
        branches(page, tree, (labels + 4.0, left - 4.0), top, side);
    }
    page.raw("</svg></div></figure>\n");
}

/// Many cells: one shape for each shade, rows of equal neighbors in one piece.
fn shades(page: &mut Html, grid: &Grid, left: f64, top: f64, side: f64) {
    let n = grid.labels.len();
    // Most pairs of many documents are a little alike: only what stands out is to be seen.
    let shade = |value: f32| (value.clamp(0.0, 1.0) * SHADES as f32).round() as usize;
    page.raw("<g transform=\"translate(")
        .measure(left, 1)
        .raw(" ")
        .measure(top, 1)
        .raw(") scale(")
        .measure(side, 4);
    page.raw(")\">");
    for wanted in 1..=SHADES {
        page.raw("<path class=\"cell\" fill-opacity=\"")
            .measure(wanted as f64 / SHADES as f64, 2)
            .raw("\" d=\"");
        for (row, cells) in grid.cells.chunks(n).enumerate() {
            let mut column = 0;
            while column < n {
                let long = cells[column..].iter().take_while(|value| shade(**value) == wanted).count();
                if long > 0 {
                    page.raw("M").number(column).raw(" ").number(row).raw("h").number(long).raw("v1h-");
                    page.number(long).raw("z");
                }
                column += long.max(1);
            }
        }
        page.raw("\"/>\n");
    }
    page.raw("</g>\n");
}

/// The tree: leaves at `right`, the root at `left`.
fn branches(page: &mut Html, tree: &Dendrogram, (left, right): (f64, f64), top: f64, side: f64) {
    let n = tree.order.len();
    let mut places = vec![(0.0, 0.0); n];
    for (row, &leaf) in tree.order.iter().enumerate() {
        places[leaf] = (right, top + side * (row as f64 + 0.5));
    }
    page.raw("<path class=\"tree\" d=\"");
    for merge in &tree.merges {
        let [(x, y), (other_x, other_y)] = merge.parts.map(|part| places[part]);
        let here = left + (right - left) * merge.likeness;
        page.raw("M")
            .measure(x, 1)
            .raw(" ")
            .measure(y, 1)
            .raw("H")
            .measure(here, 1)
            .raw("V")
            .measure(other_y, 1);
        page.raw("H").measure(other_x, 1);
        places.push((here, 0.5 * (y + other_y)));
    }
    page.raw("\"/>\n");
}

/// The most alike pairs, as a table.
fn pair_table(page: &mut Html, places: &Places<'_>, matrix: &Array2<f32>, ids: &[DocId]) {
    let mut pairs: Vec<(DocId, DocId, f32)> = Vec::new();
    for (place, &one) in ids.iter().enumerate() {
        pairs.extend(ids[place + 1..].iter().map(|&other| {
            (
                one.min(other),
                one.max(other),
                matrix.get((one.index(), other.index())).copied().unwrap_or_default(),
            )
        }));
    }
    pairs.sort_by(|p, q| q.2.total_cmp(&p.2).then((p.0, p.1).cmp(&(q.0, q.1))));
    page.raw("<details class=\"inset\"><summary>The most alike pairs as a table</summary><div class=\"table\" tabindex=\"0\" role=\"group\" aria-label=\"Table\"><table class=\"sortable\">\n\
              <thead><tr><th>Document</th><th>Document</th><th class=\"n\">Cosine</th></tr></thead><tbody>\n");
    for &(a, b, cosine) in pairs.iter().take(LISTED) {
        page.raw("<tr><td>")
            .quoted(&short_name(places, a, 80), 80)
            .raw("</td><td>")
            .quoted(&short_name(places, b, 80), 80);
        page.raw("</td><td class=\"n\">").measure(cosine, 3).raw("</td></tr>\n");
    }
    page.raw("</tbody></table></div></details>\n");
}

/// The strongest cells beside the diagonal, as a table.
fn group_table(page: &mut Html, grid: &Grid) {
    let n = grid.labels.len();
    let mut cells: Vec<(usize, f32)> = grid
        .cells
        .iter()
        .copied()
        .enumerate()
        .filter(|(at, value)| at / n != at % n && *value > 0.0)
        .collect();
    cells.sort_by(|p, q| q.1.total_cmp(&p.1).then(p.0.cmp(&q.0)));
    page.raw("<details class=\"inset\"><summary>The strongest cells as a table</summary><div class=\"table\" tabindex=\"0\" role=\"group\" aria-label=\"Table\"><table class=\"sortable\">\n\
              <thead><tr><th>Of</th><th>Nearest in</th><th class=\"n\">Share</th></tr></thead><tbody>\n");
    for &(at, value) in cells.iter().take(LISTED) {
        page.raw("<tr><td>")
            .quoted(&grid.labels[at / n], 80)
            .raw("</td><td>")
            .quoted(&grid.labels[at % n], 80);
        page.raw("</td><td class=\"n\">").measure(value, 3).raw("</td></tr>\n");
    }
    page.raw("</tbody></table></div></details>\n");
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
