//! Staging: the output folder appears whole or not at all, and nothing of anybody else's is deleted.
//!
//! Everything is written to `.<name>.samestory-<pid>` beside the target and then exchanged with it
//! in one step where the system can. Deleting is by name from [`FILES`], never of a whole tree, so that a
//! file we did not write survives every mistake made here.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::error::Error;

/// Every file that an output folder may hold, in the order of writing. Nothing else is ever deleted.
pub const FILES: [&str; 15] = [
    "documents.csv", "pairs.csv", "passages.csv", "neighbors.csv", "similarity.csv", "duplicates.csv",
    "keep.txt", "drop.txt", "stories.csv", "themes.json", "problems.jsonl", "texts.jsonl.zst", "report.html",
    "report.md", "run.json",
];

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

/// Says whether `folder` may become the output of `inputs`, before any work is done.
///
/// # Errors
/// [`Error::OutputInTheWay`] when `folder` is one of the inputs or a parent of one, is not a folder, or holds
/// anything but our own results for the same inputs (`replace`: for any inputs).
pub fn check_target(folder: &Path, inputs: &[impl AsRef<Path>], replace: bool) -> Result<(), Error> {
    let target = resolve(folder)?;
    let shown = folder.display();
    let in_the_way = |what: String| Err(Error::OutputInTheWay(what));
    if target.file_name().is_none() {
        return in_the_way(format!("{shown} cannot be an output folder; name another with -o"));
    }
    for input in inputs {
        let input = input.as_ref();
        if input == Path::new("-") {
            continue;
        }
        let place = real_path(input);
        if place == target {
            return in_the_way(format!(
                "{shown} is the input itself and would be overwritten; name another folder with -o"
            ));
        }
        if place.starts_with(&target) {
            return in_the_way(format!(
                "{shown} contains the input {}; name another folder with -o",
                input.display()
            ));
        }
    }
    match occupant(&target)? {
        Occupant::Nobody => Ok(()),
        Occupant::File => in_the_way(format!("{shown} is a file, not a folder; name a folder with -o")),
        Occupant::Foreign(example) => in_the_way(format!(
            "{shown} exists and is not ours: it holds {example:?} and no run.json of samestory; it is never \
             replaced; name another folder with -o"
        )),
        Occupant::Ours(record) if replace || record.is_of(inputs, &target) => Ok(()),
        Occupant::Ours(record) => in_the_way(format!(
            "{shown} holds the results of other inputs ({}); give --replace to replace them, or name another \
             folder with -o",
            record.inputs()
        )),
    }
}

/// Lets `write` fill a staging folder and exchanges it with `folder`.
pub(super) fn publish(
    folder: &Path,
    inputs: &[impl AsRef<Path>],
    replace: bool,
    write: impl FnOnce(&Path) -> Result<(), Error>,
) -> Result<(), Error> {
    check_target(folder, inputs, replace)?;
    let target = resolve(folder)?;
    let (Some(parent), Some(name)) = (target.parent(), target.file_name()) else {
        return Err(Error::OutputInTheWay(format!("{} cannot be an output folder", folder.display())));
    };
    fs::create_dir_all(parent).map_err(|source| Error::Output { path: parent.into(), source })?;
    remove_leftovers(parent, name.as_encoded_bytes(), &target);

    let staging = Staging::begin(staging_path(&target))?;
    write(&staging.path)?;
    sync_folder(&staging.path);

    let mut stagings = under_way();
    let Some(place) = stagings.iter().position(|path| *path == staging.path) else {
        return Err(Error::Output {
            path: folder.into(),
            source: io::Error::from(io::ErrorKind::Interrupted),
        });
    };
    // Somebody may have put something there while the files were written.
    check_target(folder, inputs, replace)?;
    exchange(&staging.path, &target).map_err(|source| Error::Output { path: folder.into(), source })?;
    stagings.swap_remove(place);
    sync_folder(parent);
    retire(&staging.path, &target);
    Ok(())
}

/// A folder that is being filled; removed when dropped unless it was exchanged before.
struct Staging {
    path: PathBuf,
    /// Held while the folder is filled: tells a living writer's folder from a leftover even where
    /// process ids say nothing (containers that share a disk).
    _lock: Option<File>,
}

impl Staging {
    fn begin(path: PathBuf) -> Result<Self, Error> {
        let mut stagings = under_way();
        if !stagings.contains(&path) && path.exists() {
            // Our process id, but not ours: a dead process had the same one.
            remove_ours(&path).map_err(|source| Error::Output { path: path.clone(), source })?;
        }
        fs::create_dir(&path).map_err(|source| Error::Output { path: path.clone(), source })?;
        stagings.push(path.clone());
        let lock = File::open(&path).ok().filter(|folder| folder.try_lock().is_ok());
        Ok(Self { path, _lock: lock })
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

fn occupant(target: &Path) -> Result<Occupant, Error> {
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
    Ok(Record::read(target).map_or(Occupant::Foreign(example), Occupant::Ours))
}

/// What an earlier run says of itself in its `run.json`.
struct Record {
    paths: Vec<String>,
    /// By input: [`input_place`].
    places: Vec<String>,
    output_place: String,
}

impl Record {
    /// None unless the folder carries our own `run.json`.
    fn read(folder: &Path) -> Option<Self> {
        let json: serde_json::Value =
            serde_json::from_slice(&fs::read(folder.join("run.json")).ok()?).ok()?;
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

/// Removes an old folder; whatever in it is not ours moves to `target` first, or stays where it is.
fn retire(old: &Path, target: &Path) {
    for entry in fs::read_dir(old).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let new = target.join(&name);
        if !FILES.iter().any(|ours| name == *ours) && target.is_dir() && !new.exists() {
            let _ = fs::rename(entry.path(), new);
        }
    }
    let _ = remove_ours(old);
}

/// Deletes our files in a folder, then the folder if that left it empty.
fn remove_ours(folder: &Path) -> io::Result<()> {
    for name in FILES {
        match fs::remove_file(folder.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    match fs::remove_dir(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
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

/// Asks the system to write a folder's entries down. Not every file system can, and none must.
fn sync_folder(folder: &Path) {
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}
