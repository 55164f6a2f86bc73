//! Every knob, once: its meaning, unit, range, default, and where the default comes from.

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// What shapes a run. `Settings::default()` is meant for every drop; a TOML file given with
/// `--config` has these names, and flags of the same names in kebab case override it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    // Reading
    /// Record field that holds the text; sniffed from a printed list when absent.
    pub text_field: Option<String>,
    /// Record field that holds the title.
    pub title_field: Option<String>,
    /// Record field that holds the id.
    pub id_field: Option<String>,
    /// Record field that holds the date.
    pub date_field: Option<String>,
    /// Record field that holds the source.
    pub source_field: Option<String>,
    /// Character encoding of all inputs (a WHATWG label); detected when absent.
    pub encoding: Option<String>,
    /// Longest document read, bytes of text; longer ones are skipped. 1 or more. Default 64 MiB: a
    /// thousand times a long article.
    pub max_document_bytes: u64,
    /// Languages (ISO 639-1) that documents may be in; detection chooses among them. Empty: any.
    pub languages: Vec<String>,
    /// Stop when more than this share of records is bad, 0..=1; absent: never.
    pub max_bad: Option<f64>,

    // Running
    /// What to find.
    pub only: Option<Only>,
    /// Threads, 1 or more; absent: one a core. Never changes a result.
    pub threads: Option<usize>,
    /// Seed of everything drawn by chance.
    pub seed: u64,

    // Similarity
    /// Neighbors listed for each document, 1..=1000.
    pub neighbors: usize,
    /// Covered share from which two texts are the same (boilerplate not counted), over 0 and at most 1.
    pub copy_threshold: f64,
    /// Do excerpts join the set of the text that contains them?
    pub contained_in_sets: bool,

    // Clusters
    /// Mean cosine from which two groups of documents tell one story, over 0 and at most 1; absent:
    /// chosen from the drop.
    pub story_threshold: Option<f64>,
    /// Number of themes, 1 or more; absent: chosen from the drop.
    pub themes: Option<usize>,

    // Report
    /// Leave every document's words out of the output.
    pub no_text: bool,
}

/// The part of a run that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Only {
    /// Copies and reuse.
    Duplicates,
    /// Copies and stories.
    Stories,
    /// Copies and themes.
    Themes,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            text_field: None,
            title_field: None,
            id_field: None,
            date_field: None,
            source_field: None,
            encoding: None,
            max_document_bytes: 64 << 20,
            languages: Vec::new(),
            max_bad: None,
            only: None,
            threads: None,
            seed: 42,
            neighbors: 10,
            copy_threshold: 0.8,
            contained_in_sets: true,
            story_threshold: None,
            themes: None,
            no_text: false,
        }
    }
}

impl Settings {
    /// Checks every range.
    ///
    /// # Errors
    /// [`Error::Settings`] names the setting, its value and its range.
    pub fn validate(&self) -> Result<(), Error> {
        let share = |name: &str, value: Option<f64>, low_open: bool| match value {
            Some(v) if !(0.0..=1.0).contains(&v) || (low_open && v <= 0.0) => {
                let range = if low_open { "over 0 and at most 1" } else { "from 0 to 1" };
                Err(Error::Settings(format!("{name} is {v}; it must be {range}")))
            }
            _ => Ok(()),
        };
        let at_least_one = |name: &str, value: Option<u64>| match value {
            Some(0) => Err(Error::Settings(format!("{name} is 0; it must be 1 or more"))),
            _ => Ok(()),
        };
        share("copy-threshold", Some(self.copy_threshold), true)?;
        share("story-threshold", self.story_threshold, true)?;
        share("max-bad", self.max_bad, false)?;
        at_least_one("themes", self.themes.map(|k| k as u64))?;
        at_least_one("threads", self.threads.map(|n| n as u64))?;
        at_least_one("max-document-bytes", Some(self.max_document_bytes))?;
        if !(1..=1000).contains(&self.neighbors) {
            return Err(Error::Settings(format!(
                "neighbors is {}; it must be from 1 to 1000",
                self.neighbors
            )));
        }
        for code in &self.languages {
            if crate::corpus::Language::from_code(code).is_none() {
                return Err(Error::Settings(format!(
                    "languages: {code:?} is no ISO 639-1 code; give two letters, such as en"
                )));
            }
        }
        Ok(())
    }
}
