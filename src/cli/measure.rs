//! Runs that are measured, each in a process of its own: this program, called again with the same settings on a drop in a
//! temporary folder.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use samestory::measurement::{self, RunCost};
use samestory::settings::ReadFor;
use samestory::{Corpus, DocId, Error, Settings};
use tempfile::TempDir;

use super::exit::Stop;

/// Between two looks at whether a run has ended.
const PATIENCE: Duration = Duration::from_millis(10);

/// Runs of one size, at most: of so many the least tells what the work takes, and the rest what the machine did beside.
const MOST_RUNS: u32 = 3;

/// What must go when the process is told to stop.
#[derive(Default)]
struct UnderWay {
    child: Option<Child>,
    folders: Vec<PathBuf>,
    /// The process is about to exit: nothing more is begun.
    is_over: bool,
}

static UNDER_WAY: Mutex<UnderWay> = Mutex::new(UnderWay { child: None, folders: Vec::new(), is_over: false });

fn under_way() -> MutexGuard<'static, UnderWay> {
    UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Ends the run that is measured and removes all temporary folders, so that the process can exit.
pub(super) fn abandon() {
    let mut under_way = under_way();
    under_way.is_over = true;
    if let Some(mut child) = under_way.child.take() {
        let _ = child.kill();
        let _ = child.wait();
    }
    for folder in under_way.folders.drain(..) {
        let _ = fs::remove_dir_all(folder);
    }
}

/// A folder for drops, and what runs of them write; it is gone when this is.
pub(super) struct Bench {
    folder: TempDir,
    settings: PathBuf,
}

impl Drop for Bench {
    fn drop(&mut self) {
        under_way().folders.retain(|folder| folder != self.folder.path());
    }
}

/// A drop to run on.
pub(super) struct Sample {
    pub(super) path: PathBuf,
    /// Bytes of its texts.
    pub(super) text_bytes: u64,
}

impl Bench {
    /// Makes the folder within `parent`. Every run will have `settings`, but for how records are read: drops are written in
    /// a form that needs no flag.
    pub(super) fn begin(parent: &Path, settings: &Settings) -> Result<Self, Stop> {
        let failed = |error: &dyn std::fmt::Display| {
            Stop::from(Error::Scratch {
                folder: parent.to_owned(),
                source: std::io::Error::other(error.to_string()),
            })
        };
        let folder = tempfile::Builder::new()
            .prefix(".samestory-bench-")
            .tempdir_in(parent)
            .map_err(|error| failed(&error))?;
        under_way().folders.push(folder.path().to_owned());
        let default = Settings::default();
        let settings = Settings {
            text_field: None,
            title_field: None,
            id_field: None,
            date_field: None,
            source_field: None,
            url_field: None,
            language_field: None,
            delimiter: None,
            columns: Vec::new(),
            encoding: None,
            max_bad: None,
            memory: None,
            read_for: ReadFor::Run,
            look_bytes: default.look_bytes,
            scratch: None,
            ..settings.clone()
        };
        let path = folder.path().join("settings.toml");
        let text = toml::to_string(&settings).map_err(|error| failed(&error))?;
        fs::write(&path, text).map_err(|error| failed(&error))?;
        Ok(Self { folder, settings: path })
    }

    /// Where a drop of this name is to be written.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes some documents as a drop.
    pub(super) fn sample(&self, corpus: &Corpus, documents: &[DocId]) -> Result<Sample, Stop> {
        let path = self.path("sampled.jsonl");
        let written = File::create(&path).and_then(|file| {
            let mut sink = BufWriter::with_capacity(1 << 18, file);
            let text_bytes = measurement::write(corpus, documents, &mut sink)?;
            sink.flush()?;
            Ok(text_bytes)
        });
        let text_bytes =
            written.map_err(|source| Error::Scratch { folder: self.folder.path().to_owned(), source })?;
        Ok(Sample { path, text_bytes })
    }

    /// Runs on a drop, again while all runs of it stay within `budget`; the least that it took, and how many runs there
    /// were. The output of the last is in [`Self::output`].
    pub(super) fn measure(&self, sample: &Sample, budget: Duration) -> Result<(RunCost, u32), Stop> {
        let begun = Instant::now();
        let mut runs = Vec::new();
        loop {
            self.run(&sample.path)?;
            runs.push(RunCost::read(&self.output(), sample.text_bytes)?);
            let n_runs = runs.len() as u32;
            if n_runs == MOST_RUNS || begun.elapsed() / n_runs * (n_runs + 1) > budget {
                let least = RunCost::least(runs);
                return least.map(|least| (least, n_runs)).ok_or_else(|| Stop::usage("no run was measured"));
            }
        }
    }

    /// What the last run wrote.
    pub(super) fn output(&self) -> PathBuf {
        self.path("output")
    }

    fn run(&self, drop: &Path) -> Result<(), Stop> {
        let cannot = |error: std::io::Error| Stop::usage(format!("cannot start a run to measure: {error}"));
        let said = self.path("said.txt");
        let mut command = Command::new(std::env::current_exe().map_err(cannot)?);
        command.arg("run").arg(drop).arg("--output").arg(self.output()).arg("--config").arg(&self.settings);
        command.args(["--quiet", "--replace"]).stdin(Stdio::null()).stdout(Stdio::null());
        command.stderr(File::create(&said).map_err(cannot)?);
        let status = run_to_end(&mut command).map_err(cannot)?;
        // 3: a document longer than is allowed was skipped, say.
        if matches!(status.code(), Some(0 | 3)) {
            return Ok(());
        }
        let said = fs::read_to_string(said).unwrap_or_default();
        let said = said.trim().trim_start_matches("samestory: ");
        let exit = match status.code() {
            Some(code) => super::exit::Exit::Stopped(code as u8),
            None => super::exit::Exit::Bug,
        };
        let message = match status.code() {
            Some(_) => format!("a run that was to be measured ended: {said}"),
            None => {
                format!("a run that was to be measured was killed ({status}), perhaps for want of memory")
            }
        };
        Err(Stop { message, exit })
    }
}

/// Runs a command without holding it, so that it can be ended meanwhile.
fn run_to_end(command: &mut Command) -> std::io::Result<ExitStatus> {
    {
        let mut under_way = under_way();
        if !under_way.is_over {
            under_way.child = Some(command.spawn()?);
        }
    }
    let status = loop {
        // Without a child the process is about to exit, with a code that says why.
        if let Some(child) = &mut under_way().child
            && let Some(status) = child.try_wait()?
        {
            break status;
        }
        std::thread::sleep(PATIENCE);
    };
    under_way().child = None;
    Ok(status)
}
