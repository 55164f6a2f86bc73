//! Staging: the output folder appears whole or not at all, and nothing of anybody else's is deleted.
//!
//! Everything is written to `.<name>.samestory-<pid>` beside the target and then exchanged with it
//! in one step where the system can. Deleting is by name from [`FILES`], never of a whole tree, so that a
//! file we did not write survives every mistake made here. A folder of kept documents holds the list of its own files.

use std::collections::{BTreeSet, HashSet};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::kept;
use crate::corpus::{BENCH_RECORD, KEPT_FILES};
use crate::error::Error;

/// Every file that an output folder may hold, in the order of writing, but the further pages of a large report
/// (`report-2.html`, ...). Nothing else is ever deleted.
pub const FILES: [&str; 34] = [
    "documents.csv", "pairs.csv", "passages.csv", "neighbors.csv", "similarity.csv", "duplicates.csv",
    "keep.txt", "drop.txt", "stories.csv", "borderline.csv", "graph.graphml", "themes.json",
    "problems.jsonl", "texts.jsonl.zst", "terms.csv.zst", "report.html", "report.md", "known.csv",
    "known_passages.csv", "story_events.csv", "report.json.zst", "documents.parquet", "pairs.parquet",
    "passages.parquet", "neighbors.parquet", "similarity.parquet", "duplicates.parquet", "stories.parquet",
    "borderline.parquet", "known.parquet", "known_passages.parquet", "story_events.parquet", "terms.parquet",
    "run.json",
];

/// The same of a folder that tells what sizes cost, its record last.
pub(super) const BENCH_FILES: [&str; 3] = ["bench.csv", "bench.html", BENCH_RECORD];

/// The staging folders of this process. The exchange happens under this lock, so that an
/// interrupt falls before it or after it.
static UNDER_WAY: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

fn under_way() -> MutexGuard<'static, Vec<PathBuf>> {
    UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes what this process has half written, so that it can exit. Call it from a signal handler's
/// thread: a write that is still going on will fail and publish nothing.
pub fn abandon() {
    abandon_where(|_| true);
}

/// [`abandon`], for the staging folders that `chosen` holds for.
pub(super) fn abandon_where(chosen: impl Fn(&Path) -> bool) {
    let mut stagings = under_way();
    for staging in stagings.extract_if(.., |staging| chosen(staging)) {
        // The writer may be creating a file between our listing and our removing.
        for _ in 0..20 {
            if remove_ours(&staging).is_ok() {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }
}

/// Which folder of ours it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The results of a run.
    Result,
    /// Its documents worth keeping.
    Kept,
    /// What runs of growing sizes cost.
    Bench,
}

impl Kind {
    /// The file that tells whose folder it is.
    fn record(self) -> &'static str {
        match self {
            Self::Result => "run.json",
            Self::Kept => KEPT_FILES[0],
            Self::Bench => BENCH_RECORD,
        }
    }

    /// The flag that names the folder.
    fn flag(self) -> &'static str {
        match self {
            Self::Result | Self::Bench => "-o",
            Self::Kept => "--write-kept",
        }
    }
}

/// Says whether `folder` may take the documents of `inputs` that are worth keeping, beside the results in `output`.
///
/// # Errors
/// As [`check_target`]; also when one of the two folders lies in the other.
pub fn check_kept_target(
    folder: &Path,
    output: &Path,
    inputs: &[impl AsRef<Path>],
    replace: bool,
) -> Result<(), Error> {
    check(Kind::Kept, folder, inputs, replace)?;
    let (target, output_target) = (resolve(folder)?, resolve(output)?);
    if target.starts_with(&output_target) || output_target.starts_with(&target) {
        return Err(Error::OutputInTheWay(format!(
            "{} and the output folder {} lie one in the other; name another folder with --write-kept",
            folder.display(),
            output.display()
        )));
    }
    Ok(())
}

/// Says whether `folder` may become the output of `inputs`, before any work is done.
///
/// # Errors
/// [`Error::OutputInTheWay`] when `folder` is one of the inputs or a parent of one, is not a folder, or holds
/// anything but our own results for the same inputs (`replace`: for any inputs).
pub fn check_target(folder: &Path, inputs: &[impl AsRef<Path>], replace: bool) -> Result<(), Error> {
    check(Kind::Result, folder, inputs, replace)
}

pub(super) fn check(
    kind: Kind,
    folder: &Path,
    inputs: &[impl AsRef<Path>],
    replace: bool,
) -> Result<(), Error> {
    let target = resolve(folder)?;
    let flag = kind.flag();
    let shown = folder.display();
    let in_the_way = |what: String| Err(Error::OutputInTheWay(what));
    if target.file_name().is_none() {
        return in_the_way(format!("{shown} cannot be an output folder; name another with {flag}"));
    }
    for input in inputs {
        let input = input.as_ref();
        if input == Path::new("-") {
            continue;
        }
        let place = real_path(input);
        if place == target {
            return in_the_way(format!(
                "{shown} is the input itself and would be overwritten; name another folder with {flag}"
            ));
        }
        if place.starts_with(&target) {
            return in_the_way(format!(
                "{shown} contains the input {}; name another folder with {flag}",
                input.display()
            ));
        }
    }
    match occupant(kind, &target)? {
        Occupant::Nobody => Ok(()),
        Occupant::File => in_the_way(format!("{shown} is a file, not a folder; name a folder with {flag}")),
        Occupant::Foreign(example) => in_the_way(format!(
            "{shown} exists and is not ours: it holds {example:?} and no {} of samestory; it is never \
             replaced; name another folder with {flag}",
            kind.record()
        )),
        Occupant::Ours(record) if replace || record.is_of(inputs, &target) => Ok(()),
        Occupant::Ours(record) => in_the_way(format!(
            "{shown} holds the results of other inputs ({}); give --replace to replace them, or name another \
             folder with {flag}",
            record.inputs()
        )),
    }
}

/// Are both names of one folder?
pub(super) fn is_same_place(one: &Path, other: &Path) -> Result<bool, Error> {
    Ok(resolve(one)? == resolve(other)?)
}

/// Says whether `to` may be replaced by what was made of the results in `from`: if it holds results, these are of the same inputs.
///
/// # Errors
/// [`Error::OutputInTheWay`] when they are of others. What else may be in the way is told when it is written.
pub(super) fn check_same_inputs(from: &Path, to: &Path) -> Result<(), Error> {
    let [own, there] = [from, to].map(|folder| Record::read(&folder.join(Kind::Result.record())));
    match (own, there) {
        (Some(own), Some(there)) if own.places != there.places => Err(Error::OutputInTheWay(format!(
            "{} holds the results of other inputs ({}); name another folder with -o",
            to.display(),
            there.inputs()
        ))),
        _ => Ok(()),
    }
}

/// Lets `write` fill a staging folder and exchanges it with `folder`.
pub(super) fn publish(
    folder: &Path,
    inputs: &[impl AsRef<Path>],
    replace: bool,
    write: impl FnOnce(&Path) -> Result<(), Error>,
) -> Result<(), Error> {
    let staging = Staging::begin(Kind::Result, folder, inputs, replace)?;
    write(staging.path())?;
    staging.publish()
}

/// A folder that is being filled; removed when dropped unless it was exchanged before.
#[derive(Debug)]
pub(super) struct Staging {
    kind: Kind,
    path: PathBuf,
    /// Where it is to go, as named.
    folder: PathBuf,
    inputs: Vec<PathBuf>,
    replace: bool,
    /// Held while the folder is filled: tells a living writer's folder from a leftover even where
    /// process ids say nothing (containers that share a disk).
    _lock: Option<File>,
}

impl Staging {
    /// Makes the folder to be filled.
    pub(super) fn begin(
        kind: Kind,
        folder: &Path,
        inputs: &[impl AsRef<Path>],
        replace: bool,
    ) -> Result<Self, Error> {
        check(kind, folder, inputs, replace)?;
        let target = resolve(folder)?;
        let (Some(parent), Some(name)) = (target.parent(), target.file_name()) else {
            return Err(Error::OutputInTheWay(format!("{} cannot be an output folder", folder.display())));
        };
        fs::create_dir_all(parent).map_err(|source| Error::Output { path: parent.into(), source })?;
        remove_leftovers(parent, name.as_encoded_bytes(), &target);

        let path = staging_path(&target);
        let mut stagings = under_way();
        if !stagings.contains(&path) && path.exists() {
            // Our process id, but not ours: a dead process had the same one.
            remove_ours(&path).map_err(|source| Error::Output { path: path.clone(), source })?;
        }
        fs::create_dir(&path).map_err(|source| Error::Output { path: path.clone(), source })?;
        stagings.push(path.clone());
        let lock = File::open(&path).ok().filter(|folder| folder.try_lock().is_ok());
        let inputs = inputs.iter().map(|input| input.as_ref().to_path_buf()).collect();
        Ok(Self { kind, path, folder: folder.to_path_buf(), inputs, replace, _lock: lock })
    }

    /// Where to write.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Exchanges it with its target.
    pub(super) fn publish(self) -> Result<(), Error> {
        let failed = |source| Error::Output { path: self.folder.clone(), source };
        sync_folder(&self.path);
        let mut stagings = under_way();
        let Some(place) = stagings.iter().position(|path| *path == self.path) else {
            drop(stagings);
            return Err(failed(io::Error::from(io::ErrorKind::Interrupted)));
        };
        // Somebody may have put something there while the files were written.
        let exchanged = check(self.kind, &self.folder, &self.inputs, self.replace).and_then(|()| {
            let target = resolve(&self.folder)?;
            exchange(&self.path, &target).map_err(failed)?;
            Ok(target)
        });
        if exchanged.is_ok() {
            stagings.swap_remove(place);
        }
        // Dropping what was not exchanged takes the same lock.
        drop(stagings);
        let target = exchanged?;
        if let Some(parent) = target.parent() {
            sync_folder(parent);
        }
        retire(&self.path, &target);
        Ok(())
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        let mut stagings = under_way();
        if let Some(place) = stagings.iter().position(|path| *path == self.path) {
            stagings.swap_remove(place);
            let _ = remove_ours(&self.path);
        }
    }
}

/// What stands where the output is to go.
enum Occupant {
    Nobody,
    File,
    /// Something else's folder; one of its entries.
    Foreign(String),
    Ours(Record),
}

fn occupant(kind: Kind, target: &Path) -> Result<Occupant, Error> {
    let failed = |source| Error::Output { path: target.into(), source };
    match fs::metadata(target) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Occupant::Nobody),
        // A part of the path is a file: creating the folder will say so.
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => return Ok(Occupant::Nobody),
        Err(error) => return Err(failed(error)),
        Ok(found) if !found.is_dir() => return Ok(Occupant::File),
        Ok(_) => {}
    }
    let mut names = Vec::new();
    for entry in fs::read_dir(target).map_err(failed)? {
        names.push(entry.map_err(failed)?.file_name().to_string_lossy().into_owned());
    }
    let Some(example) = names.into_iter().min() else { return Ok(Occupant::Nobody) };
    Ok(Record::read(&target.join(kind.record())).map_or(Occupant::Foreign(example), Occupant::Ours))
}

/// What an earlier run says of itself in its `run.json`, or of its kept documents.
struct Record {
    paths: Vec<String>,
    /// By input: [`input_place`].
    places: Vec<String>,
    output_place: String,
}

impl Record {
    /// None unless the file is our own.
    fn read(path: &Path) -> Option<Self> {
        let json: serde_json::Value = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
        if json.get("tool")?.as_str()? != "samestory" {
            return None;
        }
        let inputs = json.get("inputs").and_then(serde_json::Value::as_array);
        let strings = |key: &str| {
            let fields = inputs.into_iter().flatten().filter_map(|input| input.get(key)?.as_str());
            sorted(fields.map(str::to_owned).collect())
        };
        let output_place = json.get("output_place").and_then(serde_json::Value::as_str).unwrap_or_default();
        Some(Self { paths: strings("path"), places: strings("place"), output_place: output_place.to_owned() })
    }

    /// Was it made from the same inputs? Their places tell, since `.` means another folder tomorrow; where the
    /// results were moved together with their inputs, the paths as given do.
    fn is_of(&self, inputs: &[impl AsRef<Path>], target: &Path) -> bool {
        let paths = inputs.iter().map(|input| input.as_ref().to_string_lossy().into_owned()).collect();
        let places = inputs.iter().map(|input| input_place(input.as_ref())).collect();
        self.places == sorted(places) || (self.paths == sorted(paths) && self.output_place != hashed(target))
    }

    fn inputs(&self) -> String {
        match self.paths.as_slice() {
            [] => "none named".to_owned(),
            [one] => one.clone(),
            [one, rest @ ..] => format!("{one} and {} more", rest.len()),
        }
    }
}

fn sorted(mut strings: Vec<String>) -> Vec<String> {
    strings.sort_unstable();
    strings
}

/// Where an input lies, as `run.json` records it: a hash of its absolute path, so that results handed on do not
/// name the folders of the machine they were made on; `-` stays.
pub(super) fn input_place(input: &Path) -> String {
    if input == Path::new("-") { "-".to_owned() } else { hashed(&real_path(input)) }
}

/// The same of the output folder.
pub(super) fn output_place(folder: &Path) -> String {
    hashed(&resolve(folder).unwrap_or_else(|_| folder.to_path_buf()))
}

/// A stable hash of a path.
fn hashed(path: &Path) -> String {
    format!("{:016x}", rapidhash::v3::rapidhash_v3(path.as_os_str().as_encoded_bytes()))
}

/// Where an output folder really lies: links are followed, so that they stay.
fn resolve(folder: &Path) -> Result<PathBuf, Error> {
    if fs::symlink_metadata(folder).is_ok_and(|found| found.is_symlink()) && !folder.exists() {
        return Err(Error::OutputInTheWay(format!(
            "{} is a link to nothing; remove it or name another folder with -o",
            folder.display()
        )));
    }
    Ok(real_path(folder))
}

/// The absolute path without links, of a path whose last parts may not exist yet.
fn real_path(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let mut missing = Vec::new();
    let mut existing = absolute.as_path();
    loop {
        if let Ok(real) = existing.canonicalize() {
            return missing.iter().rev().fold(real, |path, part| path.join(part));
        }
        let (Some(parent), Some(name)) = (existing.parent(), existing.file_name()) else {
            return absolute;
        };
        missing.push(name);
        existing = parent;
    }
}

fn staging_path(target: &Path) -> PathBuf {
    let mut name = staging_prefix(target.file_name().unwrap_or_default().as_encoded_bytes());
    name.push_str(&std::process::id().to_string());
    target.with_file_name(name)
}

fn staging_prefix(name: &[u8]) -> String {
    format!(".{}.samestory-", String::from_utf8_lossy(name))
}

/// Ends the name of the folder that a target waits in where an exchange takes two steps.
const OLD: &str = "-old";

/// Removes what processes that are no more left beside the target. Trouble here is no reason to stop.
fn remove_leftovers(parent: &Path, name: &[u8], target: &Path) {
    let prefix = staging_prefix(name);
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        let file_name = entry.file_name();
        let Some(rest) = file_name.to_str().and_then(|name| name.strip_prefix(&prefix)) else { continue };
        let Ok(pid) = rest.strip_suffix(OLD).unwrap_or(rest).parse::<u32>() else { continue };
        let path = entry.path();
        let under_way_here = under_way().contains(&path);
        if under_way_here || (pid != std::process::id() && is_alive(pid)) || is_locked(&path) {
            continue;
        }
        if rest.ends_with(OLD) && !target.exists() {
            let _ = fs::rename(&path, target); // died between the two steps: the old results come back
        } else {
            retire(&path, target);
        }
    }
}

/// Does the process exist? Where the system has no `/proc`, the lock alone decides.
fn is_alive(pid: u32) -> bool {
    Path::new("/proc/self").exists() && Path::new("/proc").join(pid.to_string()).exists()
}

fn is_locked(folder: &Path) -> bool {
    File::open(folder).is_ok_and(|folder| matches!(folder.try_lock(), Err(fs::TryLockError::WouldBlock)))
}

/// Our files in a folder of ours, the record last.
fn ours_in(folder: &Path) -> Vec<PathBuf> {
    if !folder.join(Kind::Result.record()).exists()
        && BENCH_FILES.iter().any(|name| folder.join(name).exists())
    {
        return BENCH_FILES.map(PathBuf::from).to_vec();
    }
    kept::files_of(folder).unwrap_or_else(|| {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let pages = names.filter(|name| super::html::is_further_page(name)).map(PathBuf::from);
        pages.chain(FILES.map(PathBuf::from)).collect()
    })
}

/// Removes an old folder; whatever in it is not ours moves to `target` first, or stays where it is.
fn retire(old: &Path, target: &Path) {
    if target.is_dir() {
        let ours = ours_in(old);
        let folders: HashSet<&Path> = ours.iter().flat_map(|file| file.ancestors().skip(1)).collect();
        let files: HashSet<&Path> = ours.iter().map(PathBuf::as_path).collect();
        let mut to_visit = vec![PathBuf::new()];
        while let Some(folder) = to_visit.pop() {
            for entry in fs::read_dir(old.join(&folder)).into_iter().flatten().flatten() {
                let below = folder.join(entry.file_name());
                let new = target.join(&below);
                if folders.contains(below.as_path()) {
                    to_visit.push(below);
                } else if !files.contains(below.as_path()) && fs::symlink_metadata(&new).is_err() {
                    let _ = fs::create_dir_all(target.join(&folder));
                    let _ = fs::rename(entry.path(), new);
                }
            }
        }
    }
    let _ = remove_ours(old);
}

/// Deletes our files in a folder, the folders that this leaves empty, then the folder itself if it is.
fn remove_ours(folder: &Path) -> io::Result<()> {
    let ours = ours_in(folder);
    for (place, name) in ours.iter().enumerate() {
        if place + 1 == ours.len() {
            // Deepest first. One that holds what is not ours stays.
            let within: BTreeSet<&Path> =
                ours.iter().filter_map(|file| file.parent()).flat_map(Path::ancestors).collect();
            for part in within.into_iter().rev().filter(|part| !part.as_os_str().is_empty()) {
                let _ = fs::remove_dir(folder.join(part));
            }
        }
        match fs::remove_file(folder.join(name)) {
            Err(error) if !is_gone(&error) => return Err(error),
            _ => {}
        }
    }
    match fs::remove_dir(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn is_gone(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Puts `staging` where `target` is; what was there is then at `staging`, or nowhere if there was nothing.
fn exchange(staging: &Path, target: &Path) -> io::Result<()> {
    if !target.exists() {
        return fs::rename(staging, target);
    }
    if exchange_at_once(staging, target) { Ok(()) } else { exchange_in_steps(staging, target) }
}

/// True if the system exchanged both in one step.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn exchange_at_once(staging: &Path, target: &Path) -> bool {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    renameat_with(CWD, staging, CWD, target, RenameFlags::EXCHANGE).is_ok()
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn exchange_at_once(_staging: &Path, _target: &Path) -> bool {
    false
}

/// For file systems without exchange: the target steps aside and comes back if its place is not taken.
pub(super) fn exchange_in_steps(staging: &Path, target: &Path) -> io::Result<()> {
    let mut aside = staging.as_os_str().to_owned();
    aside.push(OLD);
    let aside = PathBuf::from(aside);
    fs::rename(target, &aside)?;
    if let Err(error) = fs::rename(staging, target) {
        fs::rename(&aside, target)?;
        return Err(error);
    }
    fs::rename(&aside, staging)
}

/// Has the system write down every file of a folder, when there may be a million of them.
pub(super) fn hand_to_disk(folder: &Path) -> io::Result<()> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    rustix::fs::syncfs(File::open(folder)?)?;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    for name in ours_in(folder) {
        match File::open(folder.join(name)) {
            Ok(file) => file.sync_all()?,
            Err(error) if is_gone(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Asks the system to write a folder's entries down. Not every file system can, and none must.
fn sync_folder(folder: &Path) {
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}
