//! The other tables, as far as later commands ask for them.

use std::collections::BTreeMap;
use std::path::Path;

use hashbrown::HashMap;
use serde::Deserialize;

use super::table::Table;
use super::{PastRun, broken};
use crate::corpus::DocId;
use crate::error::Error;
use crate::pairs::{Passage, Relation};

/// A row of `pairs.csv`.
#[derive(Debug, Clone, PartialEq)]
pub struct PastPair {
    /// The document with the smaller id.
    pub a: String,
    /// The other.
    pub b: String,
    /// What they are to each other.
    pub relation: Relation,
    /// Cosine of their TF-IDF rows, 0..=1; none where the run made no vectors.
    pub cosine: Option<f32>,
    /// Jaccard similarity of their sets of 5-word shingles, 0..=1.
    pub jaccard: f32,
    /// Share of a's words in aligned passages, boilerplate not counted, 0..=1.
    pub coverage_a: f32,
    /// The same of b.
    pub coverage_b: f32,
    /// Words of a in the longest passage.
    pub longest_passage: u32,
    /// Why the relation holds, in words.
    pub reason: String,
    /// What the copy threshold was held against, 0..=1; none where texts were not aligned.
    pub score: Option<f32>,
}

/// A row of `borderline.csv`, without a person's judgement.
#[derive(Debug, Clone, PartialEq)]
pub struct PastBorderline {
    /// The document with the smaller id.
    pub a: String,
    /// The other.
    pub b: String,
    /// `same_text` or `same_story`.
    pub decision: String,
    /// What was held against the line, 0 or more.
    pub value: f64,
    /// The line.
    pub line: f64,
}

/// One document's list of nearest others, asked for a certain one.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Nearness {
    /// Documents in the list.
    pub n_listed: u32,
    /// The cosine of the last of them, 0..=1.
    pub least: Option<f32>,
    /// The other's place in the list, from 1; none where it is not among the nearest.
    pub rank: Option<u32>,
    /// Its cosine, 0..=1.
    pub cosine: Option<f32>,
}

const RELATIONS: [Relation; 5] =
    [Relation::Identical, Relation::NearDuplicate, Relation::Contained, Relation::Reuse, Relation::SameStory];

impl PastRun {
    /// Shows each row of `pairs.csv` that `is_wanted` holds for, given the ids of both documents.
    ///
    /// # Errors
    /// [`Error::Input`] when the table is missing or damaged.
    pub fn each_pair(
        &self,
        mut is_wanted: impl FnMut(&str, &str) -> bool,
        mut visit: impl FnMut(PastPair),
    ) -> Result<(), Error> {
        let columns = [
            "a", "b", "relation", "cosine", "jaccard", "coverage_a", "coverage_b", "longest_passage",
            "reason", "score",
        ];
        let mut table = Table::open(self.folder(), "pairs.csv", columns)?;
        while let Some(row) = table.next_row()? {
            let [a, b, relation, _, _, _, _, _, reason, _] = row.cells();
            if !is_wanted(a, b) {
                continue;
            }
            let relation = RELATIONS.into_iter().find(|known| known.name() == relation);
            visit(PastPair {
                a: a.to_owned(),
                b: b.to_owned(),
                relation: relation
                    .ok_or_else(|| row.wrong("its relation is none that this version knows"))?,
                cosine: row.number_if_any(3)?,
                jaccard: row.number(4)?,
                coverage_a: row.number(5)?,
                coverage_b: row.number(6)?,
                longest_passage: row.number(7)?,
                reason: reason.to_owned(),
                score: row.number_if_any(9)?,
            });
        }
        Ok(())
    }

    /// Shows every cosine that the tables hold, with both documents; a pair may come several times.
    ///
    /// # Errors
    /// [`Error::Input`] when a table is missing or damaged.
    pub fn each_cosine(&self, mut visit_known: impl FnMut(DocId, DocId, f32)) -> Result<(), Error> {
        let places: HashMap<&str, DocId> = (0u32..)
            .zip(&self.documents)
            .map(|(place, document)| (document.id.as_str(), DocId(place)))
            .collect();
        let mut visit = |a: &str, b: &str, cosine| {
            if let (Some(&a), Some(&b)) = (places.get(a), places.get(b)) {
                visit_known(a, b, cosine);
            }
        };
        let mut table = Table::open(self.folder(), "pairs.csv", ["a", "b", "cosine"])?;
        while let Some(row) = table.next_row()? {
            let [a, b, _] = row.cells();
            if let Some(cosine) = row.number_if_any(2)? {
                visit(a, b, cosine);
            }
        }
        if self.folder().join("similarity.csv").is_file() {
            return self.each_cosine_of_the_matrix(visit);
        }
        let mut table = Table::open(self.folder(), "neighbors.csv", ["id", "neighbor", "cosine"])?;
        while let Some(row) = table.next_row()? {
            let [id, neighbor, _] = row.cells();
            visit(id, neighbor, row.number(2)?);
        }
        Ok(())
    }

    fn each_cosine_of_the_matrix(&self, mut visit: impl FnMut(&str, &str, f32)) -> Result<(), Error> {
        let wrong = |what: &str| broken(self.folder(), "similarity.csv", what);
        let path = self.folder().join("similarity.csv");
        let mut reader = csv::Reader::from_path(path).map_err(|error| wrong(&error.to_string()))?;
        let ids = reader.headers().map_err(|error| wrong(&error.to_string()))?.clone();
        for (place, row) in reader.records().enumerate() {
            let row = row.map_err(|error| wrong(&error.to_string()))?;
            // Above the diagonal: each pair once.
            for (neighbor, cosine) in ids.iter().zip(row.iter()).skip(place + 2) {
                visit(
                    &row[0],
                    neighbor,
                    cosine.parse().map_err(|_| wrong(&format!("{cosine:?} is no number")))?,
                );
            }
        }
        Ok(())
    }

    /// The passages of two documents, as `passages.csv` lists them: ascending by place in a.
    ///
    /// # Errors
    /// [`Error::Input`] when the table is missing or damaged.
    pub fn passages(&self, a: DocId, b: DocId) -> Result<Vec<Passage>, Error> {
        let (a, b) = (self.document(a).id.as_str(), self.document(b).id.as_str());
        let columns = ["a", "b", "a_begin", "a_end", "b_begin", "b_end", "similarity", "boilerplate"];
        let mut table = Table::open(self.folder(), "passages.csv", columns)?;
        let mut passages = Vec::new();
        while let Some(row) = table.next_row()? {
            let [of_a, of_b, .., boilerplate] = row.cells();
            if of_a == a && of_b == b {
                passages.push(Passage {
                    a: row.number(2)?..row.number(3)?,
                    b: row.number(4)?..row.number(5)?,
                    similarity: row.number(6)?,
                    boilerplate: boilerplate == "true",
                });
            }
        }
        Ok(passages)
    }

    /// How near two documents are by `neighbors.csv`: each in the list of the other.
    ///
    /// # Errors
    /// [`Error::Input`] when the table is missing or damaged.
    pub fn nearness(&self, a: DocId, b: DocId) -> Result<[Nearness; 2], Error> {
        let ids = [a, b].map(|id| self.document(id).id.as_str());
        let mut nearness = [Nearness::default(); 2];
        let mut table = Table::open(self.folder(), "neighbors.csv", ["id", "rank", "neighbor", "cosine"])?;
        while let Some(row) = table.next_row()? {
            let [id, _, neighbor, _] = row.cells();
            let Some(side) = ids.iter().position(|sought| *sought == id) else { continue };
            let cosine = row.number(3)?;
            nearness[side].n_listed += 1;
            nearness[side].least = Some(cosine);
            if neighbor == ids[1 - side] {
                nearness[side].rank = Some(row.number(1)?);
                nearness[side].cosine = Some(cosine);
            }
        }
        Ok(nearness)
    }

    /// The pairs near a decision: both ids, what was asked, what was held against the line, and the line.
    ///
    /// # Errors
    /// [`Error::Input`] when the table is missing or damaged.
    pub fn borderline(&self) -> Result<Vec<PastBorderline>, Error> {
        let mut table =
            Table::open(self.folder(), "borderline.csv", ["a", "b", "decision", "value", "line"])?;
        let mut pairs = Vec::new();
        while let Some(row) = table.next_row()? {
            let [a, b, decision, ..] = row.cells();
            pairs.push(PastBorderline {
                a: a.to_owned(),
                b: b.to_owned(),
                decision: decision.to_owned(),
                value: row.number(3)?,
                line: row.number(4)?,
            });
        }
        Ok(pairs)
    }

    /// Labels of the stories by name.
    ///
    /// # Errors
    /// [`Error::Input`] when the table is missing or damaged.
    pub fn story_labels(&self) -> Result<BTreeMap<String, String>, Error> {
        let mut labels = BTreeMap::new();
        let mut table = Table::open(self.folder(), "stories.csv", ["story", "label"])?;
        while let Some(row) = table.next_row()? {
            let [story, label] = row.cells();
            labels.insert(story.to_owned(), label.to_owned());
        }
        Ok(labels)
    }

    /// Labels of the themes by name, narrower ones included.
    ///
    /// # Errors
    /// [`Error::Input`] when the file is missing or damaged.
    pub fn theme_labels(&self) -> Result<BTreeMap<String, String>, Error> {
        let mut labels = BTreeMap::new();
        let mut to_visit = read_themes(self.folder())?;
        while let Some(theme) = to_visit.pop() {
            labels.insert(theme.theme, theme.label);
            to_visit.extend(theme.children);
        }
        Ok(labels)
    }
}

/// A theme of `themes.json`, without its terms and documents.
#[derive(Deserialize)]
struct ThemeNode {
    theme: String,
    label: String,
    #[serde(default)]
    children: Vec<ThemeNode>,
}

fn read_themes(folder: &Path) -> Result<Vec<ThemeNode>, Error> {
    let bytes = std::fs::read(folder.join("themes.json")).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            Error::Input(format!("{} is not whole: themes.json is missing; run again", folder.display()))
        }
        _ => broken(folder, "themes.json", &error.to_string()),
    })?;
    serde_json::from_slice(&bytes).map_err(|error| broken(folder, "themes.json", &error.to_string()))
}
