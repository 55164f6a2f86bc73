//! Which files are there? Walks with all subfolders, follows no links, skips our own results.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Write as _;
use std::fs::{self, FileType, Metadata};
use std::path::{Path, PathBuf};

use super::{Action, Input, Problem};
use crate::error::Error;

/// One file to read.
#[derive(Debug)]
pub(super) struct Entry {
    /// Where it lies; `-` for standard input.
    pub(super) path: PathBuf,
    /// As people find it: the input as given, and the path below it.
    pub(super) shown: String,
    /// Below its input; the file's name when it is the input itself.
    pub(super) relative: String,
    /// The same as a path: what it is called where a copy of the input is laid out.
    pub(super) below: PathBuf,
    /// Which input it came from.
    pub(super) input: usize,
    /// Was this very file asked for?
    pub(super) named: bool,
    /// Pipes and devices: nobody knows their length.
    pub(super) stream: bool,
    /// Its length when it was found.
    pub(super) bytes: u64,
}

/// What lies below the inputs, sorted by input and relative path.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) inputs: Vec<Input>,
    pub(super) entries: Vec<Entry>,
    pub(super) problems: Vec<Problem>,
    /// Links, pipes, devices and our own results met on the way, by kind.
    pub(super) other_files: BTreeMap<String, u64>,
}

/// Finds every file below `inputs`.
pub(super) fn find(inputs: &[impl AsRef<Path>]) -> Result<Found, Error> {
    let mut found = Found::default();
    let mut seen = HashSet::new();
    if inputs.is_empty() {
        return Err(Error::Input("no input given; give a folder, a file or - for standard input".to_owned()));
    }
    for (index, path) in inputs.iter().enumerate() {
        let path = path.as_ref();
        found.inputs.push(Input {
            path: printable(path),
            n_files: 0,
            n_documents: 0,
            bytes: 0,
            hash: String::new(),
            fields: Vec::new(),
            kinds: BTreeMap::new(),
            encodings: BTreeMap::new(),
        });
        if path == Path::new("-") {
            found.entries.push(Entry {
                path: path.to_owned(),
                shown: "-".to_owned(),
                relative: "-".to_owned(),
                below: PathBuf::from("stdin"),
                input: index,
                named: true,
                stream: true,
                bytes: 0,
            });
            continue;
        }
        // Follows a link: who names one means what it points to.
        let metadata = fs::metadata(path).map_err(|error| {
            let path = printable(path);
            Error::Input(format!("{path}: {error}; give a folder, a file or - for standard input"))
        })?;
        if metadata.is_dir() {
            walk_folder(path, index, &mut found, &mut seen)?;
        } else if seen.insert(identity(path, &metadata)) {
            let name = path.file_name().map_or_else(|| printable(path), |name| printable(Path::new(name)));
            found.entries.push(Entry {
                path: path.to_owned(),
                shown: printable(path),
                below: PathBuf::from(path.file_name().unwrap_or(std::ffi::OsStr::new(&name))),
                relative: name,
                input: index,
                named: true,
                stream: !metadata.is_file(),
                bytes: if metadata.is_file() { metadata.len() } else { 0 },
            });
        }
    }
    Ok(found)
}

fn walk_folder(
    folder: &Path,
    input: usize,
    found: &mut Found,
    seen: &mut HashSet<Identity>,
) -> Result<(), Error> {
    if is_our_result(folder) {
        let folder = printable(folder);
        return Err(Error::Input(format!(
            "{folder}: a result of samestory, not documents; give the folder it was made from"
        )));
    }
    // Who names a folder of kept documents wants them read; the index and the record in it are none.
    let is_kept = is_kept_folder(folder);
    let first = found.entries.len();
    // Joining nothing ends the path in a separator, so that a link to a folder is entered.
    let mut builder = ignore::WalkBuilder::new(folder.join(""));
    builder.standard_filters(false).follow_links(false);
    let (results, results_met) = std::sync::mpsc::channel();
    builder.filter_entry(move |entry| {
        let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
        let ours = (entry.depth() > 0
            && is_folder
            && (is_unfinished_result(entry.path())
                || is_our_result(entry.path())
                || is_kept_folder(entry.path())))
            || (entry.depth() == 1 && is_kept && KEPT_FILES.iter().any(|name| entry.file_name() == *name));
        if ours {
            // Nobody listens any more only when the walk is over.
            let _ = results.send(());
        }
        !ours
    });
    for entry in builder.build() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                found.problems.push(unreadable(folder, &error.to_string()));
                continue;
            }
        };
        let Some(kind) = entry.file_type().filter(|kind| !kind.is_dir()) else { continue };
        if !kind.is_file() {
            *found.other_files.entry(special(kind).to_owned()).or_default() += 1;
            continue;
        }
        let metadata = match fs::metadata(entry.path()) {
            Ok(metadata) => metadata,
            Err(error) => {
                found.problems.push(unreadable(entry.path(), &error.to_string()));
                continue;
            }
        };
        let below = entry.path().strip_prefix(folder).unwrap_or(entry.path());
        found.entries.push(Entry {
            path: entry.path().to_owned(),
            shown: printable(&folder.join(below)),
            relative: printable(below),
            below: below.to_owned(),
            input,
            named: false,
            stream: false,
            bytes: metadata.len(),
        });
    }
    let n_results = results_met.try_iter().count() as u64;
    if n_results > 0 {
        *found.other_files.entry("result of samestory".to_owned()).or_default() += n_results;
    }
    found.entries[first..].sort_by(|a, b| a.relative.cmp(&b.relative));
    // After sorting, so that of two names of one inode the smaller stays.
    let walked = found.entries.split_off(first);
    for entry in walked {
        let id = fs::metadata(&entry.path).map(|metadata| identity(&entry.path, &metadata));
        if id.map_or(true, |id| seen.insert(id)) {
            found.entries.push(entry);
        } else {
            *found.other_files.entry("second name of a file".to_owned()).or_default() += 1;
        }
    }
    Ok(())
}

/// Does this folder hold a result of ours?
fn is_our_result(folder: &Path) -> bool {
    ["run.json", BENCH_RECORD].iter().any(|record| is_signed(&folder.join(record)))
}

/// The record in a folder that tells what runs of growing sizes cost.
pub(crate) const BENCH_RECORD: &str = "bench.json";

/// What stands in a folder of kept documents beside them: the record and the index.
pub(crate) const KEPT_FILES: [&str; 2] = ["kept.json", "kept.csv"];

/// Does this folder hold the kept documents of a run?
fn is_kept_folder(folder: &Path) -> bool {
    is_signed(&folder.join(KEPT_FILES[0]))
}

/// Is this a record that we wrote?
fn is_signed(record: &Path) -> bool {
    #[derive(serde::Deserialize)]
    struct Head {
        tool: Option<String>,
    }
    let Ok(file) = fs::File::open(record) else { return false };
    if !file.metadata().is_ok_and(|metadata| metadata.is_file()) {
        return false;
    }
    let head: Result<Head, _> = serde_json::from_reader(std::io::BufReader::new(file));
    head.is_ok_and(|head| head.tool.as_deref() == Some("samestory"))
}

/// Is this the folder that a run of ours is filling, or was when it was killed? Such a one has no `run.json` yet, but
/// already holds texts: `.<name>.samestory-<pid>`, `-old` where an exchange took two steps.
fn is_unfinished_result(folder: &Path) -> bool {
    let Some(name) = folder.file_name().and_then(|name| name.to_str()) else { return false };
    let Some((output, rest)) = name.strip_prefix('.').and_then(|name| name.rsplit_once(".samestory-")) else {
        return false;
    };
    let pid = rest.strip_suffix("-old").unwrap_or(rest);
    !output.is_empty() && !pid.is_empty() && pid.bytes().all(|byte| byte.is_ascii_digit())
}

fn unreadable(path: &Path, error: &str) -> Problem {
    Problem {
        path: printable(path),
        line: None,
        byte_offset: None,
        code: "unreadable",
        message: format!("cannot be read: {error}; check its permissions"),
        action: Action::Skipped,
    }
}

#[cfg(unix)]
type Identity = (u64, u64);

#[cfg(unix)]
fn identity(_: &Path, metadata: &Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
type Identity = PathBuf;

#[cfg(not(unix))]
fn identity(path: &Path, _: &Metadata) -> Identity {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

fn special(kind: FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return "pipe";
        }
        if kind.is_socket() {
            return "socket";
        }
        if kind.is_block_device() || kind.is_char_device() {
            return "device";
        }
    }
    if kind.is_symlink() { "link" } else { "special file" }
}

/// A path as text that can be shown and told apart from every other: bytes that are no UTF-8 and
/// control characters are percent-encoded.
pub(super) fn printable(path: &Path) -> String {
    let shown = printable_bytes(path.as_os_str().as_encoded_bytes());
    if cfg!(windows) { shown.replace('\\', "/") } else { shown }
}

/// The same of the bytes of a name.
pub(super) fn printable_bytes(bytes: &[u8]) -> String {
    let mut shown = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        escape_controls(chunk.valid(), &mut shown);
        for byte in chunk.invalid() {
            // Writing to a String cannot fail.
            let _ = write!(shown, "%{byte:02X}");
        }
    }
    shown
}

/// Appends `text` to `shown` with control characters percent-encoded.
pub(crate) fn escape_controls(text: &str, shown: &mut String) {
    for character in text.chars() {
        if character.is_control() {
            let mut bytes = [0; 4];
            for byte in character.encode_utf8(&mut bytes).bytes() {
                let _ = write!(shown, "%{byte:02X}");
            }
        } else {
            shown.push(character);
        }
    }
}
