//! The whole run, as its report needs it.

use std::fs::File;
use std::io::{BufRead as _, BufReader};

use serde::Deserialize;

use super::{PastRun, broken};
use crate::corpus::{DocId, TextStore};
use crate::error::Error;
use crate::memory;
use crate::report::{STATE, Unusable, read_state};
use crate::run::Run;

#[derive(Deserialize)]
struct Line {
    id: String,
    text: String,
}

impl PastRun {
    /// Everything that the run found, as it was when it was written; without its terms, and with blank texts where the folder holds none.
    /// Texts beyond a quarter of the ceiling of memory go to a temporary file, as they did in the run.
    ///
    /// # Errors
    /// [`Error::Input`] when a file is missing or damaged, or another version wrote it; [`Error::Scratch`] when the temporary file
    /// cannot be written.
    pub fn whole(&self) -> Result<Run, Error> {
        let path = self.path_of(STATE)?;
        let file = File::open(&path).map_err(|error| broken(self.folder(), STATE, &error.to_string()))?;
        let mut run = read_state(file).map_err(|unusable| match unusable {
            Unusable::Damaged(what) => broken(self.folder(), STATE, &what),
            Unusable::Version(version) => Error::Input(format!(
                "{} was written by samestory {version}, whose report samestory {} cannot make again: use the version that \
                 wrote it, or run again",
                self.folder().display(),
                env!("CARGO_PKG_VERSION")
            )),
        })?;
        // Some change no result and differ between equal runs, so they stand in run.json alone.
        run.settings = self.settings.clone();
        let is_of_this_run = run.corpus.documents.len() == self.documents.len()
            && run.corpus.documents.iter().zip(&self.documents).all(|(one, other)| one.id == other.id);
        if !is_of_this_run {
            return Err(broken(self.folder(), STATE, "it is of another run than run.json and documents.csv"));
        }
        if self.has_texts() {
            run.corpus.texts = self.all_texts(&run)?;
        }
        Ok(run)
    }

    fn all_texts(&self, run: &Run) -> Result<TextStore, Error> {
        const TEXTS: &str = "texts.jsonl.zst";
        let wrong = |what: &dyn std::fmt::Display| broken(self.folder(), TEXTS, &what.to_string());
        let file = File::open(self.path_of(TEXTS)?).map_err(|error| wrong(&error))?;
        let most_held = memory::ceiling(&run.settings).map(|ceiling| ceiling.bytes / 4);
        let mut lines =
            BufReader::with_capacity(1 << 16, zstd::Decoder::new(file).map_err(|error| wrong(&error))?);
        let (mut texts, mut line, mut held) = (TextStore::default(), Vec::new(), 0);
        for (place, document) in (0u32..).zip(&run.corpus.documents) {
            line.clear();
            lines.read_until(b'\n', &mut line).map_err(|error| wrong(&error))?;
            let read: Line = serde_json::from_slice(&line)
                .map_err(|error| wrong(&format!("line {}: {error}", place + 1)))?;
            if read.id != document.id || read.text.len() != run.corpus.texts.n_bytes(DocId(place)) {
                return Err(wrong(&format!("line {} is not the text of {:?}", place + 1, document.id)));
            }
            texts.push(&read.text);
            held += read.text.len() as u64;
            if most_held.is_some_and(|most| held > most) {
                texts.spill(None)?;
                held = 0;
            }
        }
        Ok(texts)
    }
}
