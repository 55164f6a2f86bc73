//! Texts and the weights of their terms, where the run keeps words.

use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::PathBuf;

use hashbrown::HashMap;
use serde::Deserialize;

use super::frames::Frames;
use super::{PastRun, broken};
use crate::corpus::DocId;
use crate::error::Error;

/// A document's text, as the run compared it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PastText {
    /// What passages point into.
    pub text: String,
    /// Bytes of it that are page furniture, ascending and disjoint.
    pub set_aside: Vec<Range<u32>>,
    /// Bytes of it that repeat across documents, ascending and disjoint.
    pub boilerplate: Vec<Range<u32>>,
    /// The headline, where it is no part of the text.
    pub title: Option<String>,
}

/// What a term weighs in the run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PastTerm {
    /// In how many documents it occurs, 1 or more.
    pub documents: u32,
    /// Its inverse document frequency, 1 or more.
    pub idf: f32,
}

#[derive(Deserialize)]
struct Line {
    text: String,
    #[serde(default)]
    set_aside: Vec<[u32; 2]>,
    #[serde(default)]
    boilerplate: Vec<[u32; 2]>,
    title: Option<String>,
}

const TEXTS: &str = "texts.jsonl.zst";
const TERMS: &str = "terms.csv.zst";

impl PastRun {
    /// Does the run keep texts (it was not made with `--no-text`)?
    #[must_use]
    pub fn has_texts(&self) -> bool {
        !self.settings.no_text
    }

    /// The texts of some documents, in the order asked for; none where the run keeps no words. Unpacks some four million
    /// bytes for each.
    ///
    /// # Errors
    /// [`Error::Input`] when the file is missing or damaged, or lacks a document.
    pub fn texts<const N: usize>(&self, documents: [DocId; N]) -> Result<Option<[PastText; N]>, Error> {
        if !self.has_texts() {
            return Ok(None);
        }
        let wrong = |what: &str| broken(self.folder(), TEXTS, what);
        let mut frames = Frames::open(&self.path_of(TEXTS)?).map_err(|error| wrong(&error.to_string()))?;
        let mut texts = documents.map(|_| PastText::default());
        for (text, document) in texts.iter_mut().zip(documents) {
            let id = &self.document(document).id;
            let line = frames.line(id).map_err(|error| wrong(&error.to_string()))?;
            let line = line.ok_or_else(|| wrong(&format!("it has no text of {id:?}")))?;
            let line: Line = serde_json::from_slice(&line).map_err(|error| wrong(&error.to_string()))?;
            let ranges = |pairs: &[[u32; 2]]| -> Result<Vec<Range<u32>>, Error> {
                let ranges = pairs.iter().map(|&[begin, end]| begin..end);
                let is_within =
                    |range: &Range<u32>| line.text.get(range.start as usize..range.end as usize).is_some();
                let outside =
                    |range: Range<u32>| wrong(&format!("bytes {range:?} are no part of the text of {id:?}"));
                ranges.map(|range| if is_within(&range) { Ok(range) } else { Err(outside(range)) }).collect()
            };
            *text = PastText {
                set_aside: ranges(&line.set_aside)?,
                boilerplate: ranges(&line.boilerplate)?,
                title: line.title,
                text: line.text,
            };
        }
        Ok(Some(texts))
    }

    /// What terms weigh in the run, of those asked for; none where the run made no vectors or keeps no words.
    ///
    /// # Errors
    /// [`Error::Input`] when the table is missing or damaged.
    pub fn terms(&self, wanted: &HashSet<&str>) -> Result<Option<HashMap<String, PastTerm>>, Error> {
        if !self.has_texts() || !(self.has_stories() || self.has_themes()) {
            return Ok(None);
        }
        let wrong = |what: &dyn std::fmt::Display| broken(self.folder(), TERMS, &what.to_string());
        let file = File::open(self.path_of(TERMS)?).map_err(|error| wrong(&error))?;
        let mut rows = csv::Reader::from_reader(zstd::Decoder::new(file).map_err(|error| wrong(&error))?);
        let mut terms = HashMap::new();
        let mut row = csv::StringRecord::new();
        while rows.read_record(&mut row).map_err(|error| wrong(&error))? {
            let Some(name) = row.get(0).filter(|name| wanted.contains(name)) else { continue };
            let number = |column| row.get(column).unwrap_or_default();
            let (documents, idf) = (number(1).parse().ok(), number(2).parse().ok());
            let (Some(documents), Some(idf)) = (documents, idf) else {
                return Err(wrong(&format!("the row of {name:?} lacks a number")));
            };
            terms.insert(name.to_owned(), PastTerm { documents, idf });
        }
        Ok(Some(terms))
    }

    pub(super) fn path_of(&self, name: &str) -> Result<PathBuf, Error> {
        let path = self.folder().join(name);
        match std::fs::metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Error::Input(format!(
                "{} is not whole: {name} is missing; run again",
                self.folder().display()
            ))),
            _ => Ok(path),
        }
    }
}
