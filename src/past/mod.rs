//! Past: what did an earlier run write?
//! In:  an output folder.
//! Out: [`PastRun`]: its settings and documents, and what else of its tables is asked for. Reads disk.
//!
//! Columns are found by name, and whatever is not known is passed over, so that a later version may add to a table. A
//! folder that is not whole, or was changed by hand, is refused with what is wrong and where.

mod table;
mod rows;
mod frames;
mod texts;
mod whole;

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::corpus::{DocId, Language, escape_controls};
use crate::error::Error;
use crate::report::SCHEMA_VERSION;
use crate::settings::{Only, Settings};
use table::Table;

pub use rows::{Nearness, PastBorderline, PastPair};
pub use texts::{PastTerm, PastText};

/// An output folder, read back.
#[derive(Debug)]
pub struct PastRun {
    folder: PathBuf,
    /// The version of samestory that wrote it.
    pub version: String,
    /// The command as it was typed; empty where a library made the run.
    pub command: Vec<String>,
    /// What it ran with. Settings that this version does not know are left out.
    pub settings: Settings,
    /// Its documents, ascending by id; [`DocId`] is an index here, and the same as in the run.
    pub documents: Vec<PastDocument>,
}

/// A row of `documents.csv`.
#[derive(Debug, Clone, PartialEq)]
pub struct PastDocument {
    /// As in the input.
    pub id: String,
    /// The headline, on one line; empty without one, or where the run shows no words.
    pub title: String,
    /// When it was published; empty where nobody says.
    pub date: String,
    /// Who published it; empty where nobody says.
    pub source: String,
    /// Its main language.
    pub language: Language,
    /// Words of its text, page furniture included.
    pub n_words: u32,
    /// `ok`, or why it is not compared.
    pub status: String,
    /// The kept document of its duplicate set.
    pub duplicate_set: Option<String>,
    /// `kept`, `copy`, `excerpt`, `compilation`, or nothing.
    pub role: String,
    /// The story's name.
    pub story: Option<String>,
    /// The main theme's name.
    pub theme: Option<String>,
    /// Share of its words that repeat across documents, 0..=1.
    pub boilerplate_share: f32,
}

/// What `run.json` is read for.
#[derive(Deserialize)]
struct Record {
    #[serde(default)]
    tool: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    command: Vec<String>,
    schema_version: Option<u64>,
    #[serde(default)]
    settings: Map<String, Value>,
    #[serde(default)]
    counts: Map<String, Value>,
}

impl PastRun {
    /// Reads the record and the table of documents.
    ///
    /// # Errors
    /// [`Error::Input`] when the folder is no result of a run, is not whole, or has another schema version.
    pub fn open(folder: &Path) -> Result<Self, Error> {
        let record = read_record(folder)?;
        let settings = settings(&record.settings)
            .map_err(|error| broken(folder, "run.json", &format!("its settings: {error}")))?;
        let mut run = Self {
            folder: folder.to_path_buf(),
            version: record.version,
            command: record.command,
            settings,
            documents: Vec::new(),
        };
        run.documents = run.read_documents()?;
        let n_listed = record.counts.get("documents").and_then(Value::as_u64);
        if n_listed.is_some_and(|n| n != run.documents.len() as u64) {
            let found = run.documents.len();
            let what =
                format!("it has {found} rows, run.json speaks of {} documents", n_listed.unwrap_or_default());
            return Err(broken(folder, "documents.csv", &what));
        }
        Ok(run)
    }

    /// Where it lies, as named.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Did the run look for stories?
    #[must_use]
    pub fn has_stories(&self) -> bool {
        matches!(self.settings.only, None | Some(Only::Stories))
    }

    /// Did the run look for themes?
    #[must_use]
    pub fn has_themes(&self) -> bool {
        matches!(self.settings.only, None | Some(Only::Themes))
    }

    /// A document by its id, as the input or as the tables write it: these have control characters percent-encoded.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<DocId> {
        if id.contains(char::is_control) {
            let mut escaped = String::with_capacity(id.len());
            escape_controls(id, &mut escaped);
            return self.find(&escaped);
        }
        let place = self.documents.binary_search_by(|document| document.id.as_str().cmp(id)).ok()?;
        Some(DocId(place as u32))
    }

    /// One document's row.
    #[must_use]
    pub fn document(&self, id: DocId) -> &PastDocument {
        &self.documents[id.index()]
    }

    fn read_documents(&self) -> Result<Vec<PastDocument>, Error> {
        let mut documents: Vec<PastDocument> = Vec::new();
        let columns = [
            "id", "title", "date", "source", "lang", "n_tokens", "status", "duplicate_set", "role", "story",
            "theme", "boilerplate_share",
        ];
        let mut table = Table::open(&self.folder, "documents.csv", columns)?;
        while let Some(row) = table.next_row()? {
            let [id, title, date, source, language, _, status, duplicate_set, role, story, theme, _] =
                row.cells();
            let named = |name: &str| (!name.is_empty()).then(|| name.to_owned());
            let document = PastDocument {
                id: id.to_owned(),
                title: title.to_owned(),
                date: date.to_owned(),
                source: source.to_owned(),
                language: Language::from_code(language).unwrap_or(Language::UNKNOWN),
                n_words: row.number(5)?,
                status: status.to_owned(),
                duplicate_set: named(duplicate_set),
                role: role.to_owned(),
                story: named(story),
                theme: named(theme),
                boilerplate_share: row.number(11)?,
            };
            if documents.last().is_some_and(|last| last.id >= document.id) {
                return Err(row.wrong("its id is not after the id of the row before"));
            }
            documents.push(document);
        }
        Ok(documents)
    }
}

fn read_record(folder: &Path) -> Result<Record, Error> {
    let shown = folder.display();
    let remedy = "give an output folder of samestory run";
    if !folder.is_dir() {
        let what = if folder.exists() { "is no folder" } else { "is not there" };
        return Err(Error::Input(format!("{shown} {what}; {remedy}")));
    }
    let path = folder.join("run.json");
    let bytes = std::fs::read(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Error::Input(format!(
            "{shown} holds no run.json: it is no result of samestory run, or of one that did not end; {remedy}"
        )),
        _ => Error::Input(format!("{}: {error}", path.display())),
    })?;
    let record: Record = serde_json::from_slice(&bytes)
        .map_err(|error| broken(folder, "run.json", &format!("no record: {error}")))?;
    if record.tool != "samestory" {
        return Err(Error::Input(format!("{}: not written by samestory; {remedy}", path.display())));
    }
    match record.schema_version {
        Some(version) if version == u64::from(SCHEMA_VERSION) => Ok(record),
        version => {
            let version = version.map_or("none".to_owned(), |version| version.to_string());
            let (writer, own) = (&record.version, env!("CARGO_PKG_VERSION"));
            Err(Error::Input(format!(
                "{shown} has schema version {version}, written by samestory {writer}; this is samestory {own}, which \
                 reads version {SCHEMA_VERSION}: use the version that wrote it, or run again"
            )))
        }
    }
}

/// The settings of run.json, which gives for each its value and where that came from.
fn settings(recorded: &Map<String, Value>) -> serde_json::Result<Settings> {
    let Value::Object(known) = serde_json::to_value(Settings::default())? else {
        return Ok(Settings::default());
    };
    let values = recorded
        .iter()
        .filter(|(name, _)| known.contains_key(name.as_str()))
        .filter_map(|(name, setting)| Some((name.clone(), setting.get("value")?.clone())));
    serde_json::from_value(Value::Object(values.collect()))
}

/// A file of the folder is not as a run leaves it.
fn broken(folder: &Path, file: &str, what: &str) -> Error {
    let path = folder.join(file);
    Error::Input(format!("{}: {what}; the folder is damaged or was changed: run again", path.display()))
}
