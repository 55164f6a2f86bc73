//! Writing: the documents and their truth, both or none, a few at a time in memory.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use super::groups::Plan;
use crate::error::Error;
use crate::progress::Progress;

/// Documents made side by side before they are written: some megabytes.
const PORTION: usize = 512;

/// Half-written files of this process.
static UNDER_WAY: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn under_way() -> MutexGuard<'static, Vec<PathBuf>> {
    UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes what this process has half written, so that it can exit.
pub fn abandon() {
    for path in under_way().drain(..) {
        let _ = fs::remove_file(path);
    }
}

/// `may.truth.jsonl` for `may.jsonl`.
#[must_use]
pub fn truth_path(documents: &Path) -> PathBuf {
    documents.with_extension("truth.jsonl")
}

/// Says whether `path` may be written, before any work is done.
///
/// # Errors
/// [`Error::OutputInTheWay`] when it does not end in `.jsonl`, or it or its truth is a folder, or is there and `replace`
/// is not asked for.
pub fn check_target(path: &Path, replace: bool) -> Result<(), Error> {
    let shown = path.display();
    let in_the_way = |what: String| Err(Error::OutputInTheWay(what));
    if path.extension().is_none_or(|extension| extension != "jsonl") {
        return in_the_way(format!("{shown}: the output is JSON lines; name a file that ends in .jsonl"));
    }
    for target in [path, &truth_path(path)] {
        if target.is_dir() {
            return in_the_way(format!("{} is a folder; name another file", target.display()));
        }
        if target.exists() && !replace {
            return in_the_way(format!(
                "{} is already there; give --replace to replace it, or name another file",
                target.display()
            ));
        }
    }
    Ok(())
}

/// Makes every document of the plan, in the order of the output.
pub(super) fn write(
    plan: &Plan<'_>,
    path: &Path,
    replace: bool,
    progress: &dyn Progress,
) -> Result<(), Error> {
    let truth = truth_path(path);
    let failed = |source| Error::Output { path: path.into(), source };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut documents = Draft::create(path).map_err(failed)?;
    let mut truths = Draft::create(&truth).map_err(failed)?;
    progress.stage("generate", plan.order.len() as u64);
    for portion in plan.order.chunks(PORTION) {
        let lines: Vec<(Vec<u8>, Vec<u8>)> = portion
            .par_iter()
            .map(|&number| {
                let (mut document, mut truth) = (Vec::new(), Vec::new());
                plan.put(number, &mut document, &mut truth).map(|()| (document, truth))
            })
            .collect::<Result<_, _>>()
            .map_err(|error| failed(io::Error::from(error)))?;
        for (document, truth) in lines {
            documents.file.write_all(&document).map_err(failed)?;
            truths.file.write_all(&truth).map_err(failed)?;
        }
        progress.advance(portion.len() as u64);
    }
    documents.finish().map_err(failed)?;
    truths.finish().map_err(failed)?;
    // Somebody may have put something there while the documents were made.
    check_target(path, replace)?;
    // The documents come last and go first: they never stand beside the truth of others.
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
        _ => {}
    }
    truths.publish(&truth).and_then(|()| documents.publish(path)).map_err(failed)
}

/// A file beside its target; removed when dropped before it is published.
struct Draft {
    path: PathBuf,
    file: BufWriter<File>,
}

impl Draft {
    fn create(target: &Path) -> io::Result<Self> {
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let path = target.with_file_name(format!(".{name}.samestory-{}", std::process::id()));
        let file = File::create(&path)?;
        under_way().push(path.clone());
        Ok(Self { path, file: BufWriter::with_capacity(1 << 20, file) })
    }

    fn finish(&mut self) -> io::Result<()> {
        self.file.flush()?;
        self.file.get_ref().sync_all()
    }

    fn publish(self, target: &Path) -> io::Result<()> {
        fs::rename(&self.path, target)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        under_way().retain(|path| *path != self.path);
        // Gone already once it was published.
        let _ = fs::remove_file(&self.path);
    }
}
