//! Themes: what runs through the drop?
//!
//! Documents are placed in a space of topics (truncated SVD of TF-IDF), moved towards their nearest
//! neighbors, and grouped by spherical k-means; then the words have a second say (`mixture`). Each
//! group is split again where it has parts. Below `HANDFUL` documents, themes are the wording they share.

use std::fmt::Write;

use hashbrown::HashMap;
use ndarray::{Array2, Axis};
use rayon::prelude::*;

use super::kmeans::{self, Grouping, Plan};
use super::naming::labels_apart;
use super::phrases::{Background, Phrases};
use super::space::{self, Graph};
use super::sparse::Sparse;
use super::{Theme, Themes, coherence, handful, map, mixture};
use crate::corpus::DocId;
use crate::pairs::Neighbors;
use crate::settings::{ENOUGH_MODULARITY, SMOOTHING_NEIGHBORS, SMOOTHING_ROUNDS, Settings, THEME_DIRECTIONS};
use crate::vectors::{self, TfIdfMatrix};

/// Starts of k-means.
const STARTS: usize = 8;

/// Starts while the number of themes is looked for; the best by modularity counts.
const TRIAL_STARTS: usize = 3;

/// Rows on which k-means runs until its groups stand; then all rows join.
const SAMPLED: usize = 3000;

/// So many further numbers of themes are tried after the best one.
const PATIENCE: usize = 4;

/// Numbers of themes that are tried.
const TRIED: [usize; 18] = [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 18, 22, 27, 33, 40, 50, 60];

/// A theme is split below only where its parts hang together: modularity at least this (Newman & Girvan 2004
/// call .3 the sign of structure).
const LEAST_MODULARITY: f64 = 0.3;

/// Words times themes up to which the words have a say: 120 MB, and reached by half a million distinct words in 60
/// themes.
const MOST_CELLS: usize = 30_000_000;

/// Documents of a theme that its parts' labels are held against.
const PARENT_DOCUMENTS: usize = 800;

/// Documents from which a theme is split.
const SPLIT_FROM: usize = 60;

/// Parts of a theme, at most.
const MOST_PARTS: usize = 8;

/// A document is also in a theme whose centroid is nearly as near as its main one's: share of that cosine.
const OVERLAP: f32 = 0.75;

/// Phrases of a theme, and those its label shows.
const TERMS: usize = 10;
const LABEL: usize = 3;

/// Documents grouped by what they speak of, before anything is called by a name.
#[derive(Debug)]
pub struct Grouped {
    /// Those that take part, ascending.
    documents: Vec<DocId>,
    by: GroupedBy,
}

#[derive(Debug)]
enum GroupedBy {
    /// A handful is grouped by its wording, which is not looked into yet: their rows.
    Wording(TfIdfMatrix),
    Statistics {
        themes: Vec<Nameless>,
        /// By row the main theme.
        main: Vec<Option<u32>>,
        method: String,
        /// By row.
        map: Vec<map::Place>,
    },
}

/// A theme without terms and label.
#[derive(Debug)]
struct Nameless {
    theme: Theme,
    /// Those whose main theme it is, nearest to the centroid first: labels read the first ones of a large theme.
    own: Vec<DocId>,
    children: Vec<Nameless>,
}

impl Nameless {
    /// Calls it by its phrases, which are told apart from those of `rest`, or of the whole drop.
    fn named(self, phrases: &Phrases<'_>, rest: Option<&Background>) -> Theme {
        let Self { mut theme, own, children } = self;
        theme.terms = match rest {
            None => phrases.label(&own, TERMS),
            Some(rest) => phrases.label_against(&own, TERMS, rest),
        };
        if !children.is_empty() {
            let mut all = own;
            all.sort_unstable();
            let rest = phrases.background(&all, PARENT_DOCUMENTS);
            theme.children = children.into_iter().map(|child| child.named(phrases, Some(&rest))).collect();
            label(&mut theme.children);
        }
        theme
    }
}

/// Groups the documents that are their own `kept_of` (by document: the one that is kept of its duplicate set, itself if alone).
#[must_use]
pub fn group(matrix: &TfIdfMatrix, neighbors: &Neighbors, kept_of: &[DocId], settings: &Settings) -> Grouped {
    let documents: Vec<DocId> = (0..matrix.n_documents() as u32)
        .map(DocId)
        .filter(|&document| {
            kept_of[document.index()] == document && !matrix.row(document.index()).0.is_empty()
        })
        .collect();
    let by = if documents.len() < handful::HANDFUL {
        let rows: Vec<usize> = documents.iter().map(|document| document.index()).collect();
        GroupedBy::Wording(matrix.rows(&rows))
    } else {
        by_statistics(matrix, neighbors, &documents, kept_of, settings)
    };
    Grouped { documents, by }
}

/// The themes of documents that were grouped, with their names; copies get what their kept document gets.
#[must_use]
pub fn describe(grouped: Grouped, kept_of: &[DocId], phrases: &Phrases<'_>, settings: &Settings) -> Themes {
    let Grouped { documents, by } = grouped;
    let n = documents.len();
    if n == 0 {
        let method = "no document has words".to_owned();
        return Themes { main: vec![None; kept_of.len()], method, ..Themes::default() };
    }
    let (mut themes, main, mut method, placed) = match by {
        GroupedBy::Wording(rows) => {
            by_wording(&rows, &documents, phrases, settings.themes.map(|k| k.clamp(1, n)))
        }
        GroupedBy::Statistics { themes, main, method, map } => {
            let mut themes: Vec<Theme> =
                themes.into_par_iter().map(|theme| theme.named(phrases, None)).collect();
            label(&mut themes);
            (themes, main, method, map)
        }
    };
    if let Some(asked) = settings.themes.filter(|&asked| asked > themes.len()) {
        let found = themes.len();
        let _ = write!(method, "; {asked} were asked for, and these documents have {found}");
    }
    let rows: HashMap<DocId, u32> = documents.iter().copied().zip(0u32..).collect();
    let main: Vec<Option<u32>> =
        kept_of.iter().map(|kept| rows.get(kept).and_then(|&row| main[row as usize])).collect();
    let mut copies: HashMap<DocId, Vec<DocId>> = HashMap::new();
    for (document, &kept) in (0u32..).map(DocId).zip(kept_of) {
        if document != kept {
            copies.entry(kept).or_default().push(document);
        }
    }
    for theme in &mut themes {
        add_copies(theme, &copies);
    }
    let mut order: Vec<u32> = (0..themes.len() as u32).collect();
    order.sort_by_key(|&place| std::cmp::Reverse(themes[place as usize].documents.len()));
    let mut places = vec![0u32; order.len()];
    for (place, &before) in (0u32..).zip(&order) {
        places[before as usize] = place;
    }
    let main = main.into_iter().map(|theme| theme.map(|theme| places[theme as usize])).collect();
    let mut themes: Vec<Theme> = order.iter().map(|&place| themes[place as usize].clone()).collect();
    for (number, theme) in themes.iter_mut().enumerate() {
        name(theme, (number + 1).to_string());
    }
    let mut map = vec![None; kept_of.len()];
    for (document, place) in documents.iter().zip(placed) {
        map[document.index()] = Some(place);
    }
    Themes { themes, main, map, method }
}

/// Names a theme and those below it.
fn name(theme: &mut Theme, name_of_theme: String) {
    for (number, child) in theme.children.iter_mut().enumerate() {
        name(child, format!("{name_of_theme}.{}", number + 1));
    }
    theme.name = name_of_theme;
}

/// Adds the copies of a theme's documents to it and to those below it.
fn add_copies(theme: &mut Theme, copies: &HashMap<DocId, Vec<DocId>>) {
    let of_copies: Vec<(DocId, f32)> = theme
        .documents
        .iter()
        .flat_map(|&(document, weight)| {
            copies.get(&document).into_iter().flatten().map(move |&copy| (copy, weight))
        })
        .collect();
    theme.documents.extend(of_copies);
    theme.documents.sort_by(|left, right| right.1.total_cmp(&left.1).then(left.0.cmp(&right.0)));
    for child in &mut theme.children {
        add_copies(child, copies);
    }
}

/// Themes, by row the main one, how they were found, and by row a place on the map.
type Found = (Vec<Theme>, Vec<Option<u32>>, String, Vec<map::Place>);

fn by_wording(
    rows: &TfIdfMatrix,
    documents: &[DocId],
    phrases: &Phrases<'_>,
    wanted: Option<usize>,
) -> Found {
    let n = documents.len();
    let (mut themes, main) = handful::find(phrases, documents, wanted);
    let row = |document: DocId| DocId(documents.partition_point(|&other| other < document) as u32);
    let groups: Vec<Vec<DocId>> =
        themes.iter().map(|theme| members(theme).into_iter().map(row).collect()).collect();
    let all: Vec<DocId> = (0..n as u32).map(DocId).collect();
    for (theme, coherence) in themes.iter_mut().zip(coherence::of_groups(rows, &all, &groups)) {
        theme.coherence = coherence;
    }
    let method = format!(
        "{} themes: wording that several of the {n} documents share (fewer than {} documents)",
        themes.len(),
        handful::HANDFUL
    );
    let cosines =
        Array2::from_shape_fn((n, n), |(one, other)| vectors::cosine(rows.row(one), rows.row(other)));
    (themes, main, method, map::of_cosines(&cosines))
}

fn by_statistics(
    matrix: &TfIdfMatrix,
    neighbors: &Neighbors,
    documents: &[DocId],
    kept_of: &[DocId],
    settings: &Settings,
) -> GroupedBy {
    let (n, seed) = (documents.len(), settings.seed);
    let graph = space::graph(neighbors, documents, kept_of, SMOOTHING_NEIGHBORS.min(n / 10).max(3));
    let dimensions = THEME_DIRECTIONS.min(n / 3).max(2);
    let words = Sparse::new(matrix, documents);
    let table = space::embed(&words, &graph, dimensions, SMOOTHING_ROUNDS, seed);
    let (k, modularity) = if let Some(k) = settings.themes {
        (k.clamp(1, n), None)
    } else {
        let (grouping, modularity) = choose(&table, &graph, n / 5, seed);
        (grouping.centroids.nrows(), Some(modularity))
    };
    let plan = Plan { starts: STARTS, ..plan(seed) };
    let (grouping, _) = kmeans::group(&table, k, plan, |found| settle(&table, &words, found));
    let rows: Vec<u32> = (0..n as u32).collect();
    let groups = by_size(&rows, &grouping);
    let mut main = vec![None; n];
    for (number, (group, _)) in (0u32..).zip(&groups) {
        for &row in group {
            main[row as usize] = Some(number);
        }
    }
    let mut themes: Vec<Nameless> = groups
        .par_iter()
        .map(|(group, centroid)| Nameless {
            theme: theme(memberships(&table, &grouping, *centroid, &rows, documents)),
            own: heaviest_first(group, documents, &table, *centroid, &grouping),
            children: parts(&table, &graph, group, documents, seed),
        })
        .collect();
    let cohere = |themes: &mut [Nameless]| {
        let groups: Vec<Vec<DocId>> = themes.iter().map(|nameless| members(&nameless.theme)).collect();
        for (nameless, coherence) in themes.iter_mut().zip(coherence::of_groups(matrix, documents, &groups)) {
            nameless.theme.coherence = coherence;
        }
    };
    cohere(&mut themes);
    for theme in &mut themes {
        cohere(&mut theme.children);
    }
    let method = match modularity {
        None => format!("{} themes, as asked", themes.len()),
        Some(modularity) => format!(
            "{} themes: the fewest whose modularity on the neighbor graph is within {:.1} % of the best ({modularity:.3})",
            themes.len(),
            (1.0 - ENOUGH_MODULARITY) * 100.0
        ),
    };
    GroupedBy::Statistics { themes, main, method, map: map::of_table(&table, &grouping) }
}

fn members(theme: &Theme) -> Vec<DocId> {
    theme.documents.iter().map(|entry| entry.0).collect()
}

fn theme(documents: Vec<(DocId, f32)>) -> Theme {
    Theme {
        name: String::new(),
        label: String::new(),
        terms: Vec::new(),
        documents,
        coherence: 0.0,
        children: Vec::new(),
    }
}

/// Labels for themes side by side, from their terms.
fn label(themes: &mut [Theme]) {
    let terms: Vec<Vec<(String, f32)>> = themes.iter().map(|theme| theme.terms.clone()).collect();
    for (theme, label) in themes.iter_mut().zip(labels_apart(&terms, LABEL)) {
        theme.label = label;
    }
}

/// The fewest groups that are nearly as good as the best number of groups, and their modularity.
fn choose(table: &Array2<f32>, graph: &Graph, most: usize, seed: u64) -> (Grouping, f64) {
    let mut tried: Vec<(Grouping, f64)> = Vec::new();
    let mut best = (0.0f64, 0);
    for k in TRIED.into_iter().filter(|&k| k == 1 || k <= most.min(table.nrows())) {
        let found = kmeans::group(table, k, plan(seed), |found| space::modularity(graph, &found.groups, k));
        if found.1 > best.0 {
            best = (found.1, tried.len());
        }
        tried.push(found);
        if tried.len() > best.1 + PATIENCE {
            break;
        }
    }
    let best = best.0;
    let mut enough = tried.into_iter().filter(|entry| entry.1 >= best * ENOUGH_MODULARITY);
    enough.next().unwrap_or_else(|| kmeans::group(table, 1, plan(seed), |_| 0.0))
}

/// Moves documents where their words are most likely, and says how likely the words are then. Where the table of words
/// by groups would be too large, the places decide alone.
fn settle(table: &Array2<f32>, words: &Sparse<'_>, found: &mut Grouping) -> f64 {
    if words.n_columns() * found.centroids.nrows() > MOST_CELLS {
        return found.objective;
    }
    let (groups, likelihood) = mixture::settle(words, found);
    let nearest = kmeans::assign(table, &found.centroids).1;
    found.centroids = kmeans::average(table, &groups, &nearest, found.centroids.nrows());
    found.groups = groups;
    likelihood
}

fn plan(seed: u64) -> Plan {
    Plan { starts: TRIAL_STARTS, sampled: SAMPLED, rounds: 30, last_rounds: 8, seed }
}

/// Groups with rows, largest first (ties: the one with the first row), each with its centroid's number.
fn by_size(rows: &[u32], grouping: &Grouping) -> Vec<(Vec<u32>, usize)> {
    let mut groups: Vec<(Vec<u32>, usize)> =
        (0..grouping.centroids.nrows()).map(|number| (Vec::new(), number)).collect();
    for (&row, &group) in rows.iter().zip(&grouping.groups) {
        groups[group as usize].0.push(row);
    }
    groups.retain(|group| !group.0.is_empty());
    groups.sort_by(|left, right| right.0.len().cmp(&left.0.len()).then(left.0[0].cmp(&right.0[0])));
    groups
}

/// Documents of one theme with their weights: the cosine to its centroid, for those to whom it is nearly
/// as near as their main one.
fn memberships(
    table: &Array2<f32>,
    grouping: &Grouping,
    centroid: usize,
    rows: &[u32],
    documents: &[DocId],
) -> Vec<(DocId, f32)> {
    let own = grouping.centroids.row(centroid);
    let mut members: Vec<(DocId, f32)> = Vec::new();
    for (&row, &main) in rows.iter().zip(&grouping.groups) {
        let place = table.row(row as usize);
        let cosine = place.dot(&own);
        let is_main = main as usize == centroid;
        let main_cosine = place.dot(&grouping.centroids.row(main as usize));
        if is_main || (cosine > 0.0 && cosine >= OVERLAP * main_cosine) {
            // The words may have decided for another main theme than the place: it still weighs most.
            members.push((documents[row as usize], cosine.min(main_cosine).clamp(0.0, 1.0)));
        }
    }
    members
}

/// Members of a theme, nearest to the centroid first.
fn heaviest_first(
    group: &[u32],
    documents: &[DocId],
    table: &Array2<f32>,
    centroid: usize,
    grouping: &Grouping,
) -> Vec<DocId> {
    let centroid = grouping.centroids.row(centroid);
    let mut members: Vec<(f32, DocId)> =
        group.iter().map(|&row| (table.row(row as usize).dot(&centroid), documents[row as usize])).collect();
    members.sort_by(|left, right| right.0.total_cmp(&left.0).then(left.1.cmp(&right.1)));
    members.into_iter().map(|entry| entry.1).collect()
}

/// The narrower themes within a group, if it has parts.
fn parts(table: &Array2<f32>, graph: &Graph, group: &[u32], documents: &[DocId], seed: u64) -> Vec<Nameless> {
    if group.len() < SPLIT_FROM {
        return Vec::new();
    }
    let rows: Vec<usize> = group.iter().map(|&row| row as usize).collect();
    let inner = table.select(Axis(0), &rows);
    let inner_graph = graph.within(group);
    let (grouping, modularity) = choose(&inner, &inner_graph, MOST_PARTS.min(group.len() / 20), seed);
    if modularity < LEAST_MODULARITY {
        return Vec::new();
    }
    let inner_documents: Vec<DocId> = rows.iter().map(|&row| documents[row]).collect();
    let inner_rows: Vec<u32> = (0..group.len() as u32).collect();
    by_size(&inner_rows, &grouping)
        .into_iter()
        .map(|(part, centroid)| Nameless {
            theme: theme(memberships(&inner, &grouping, centroid, &inner_rows, &inner_documents)),
            own: heaviest_first(&part, &inner_documents, &inner, centroid, &grouping),
            children: Vec::new(),
        })
        .collect()
}
