//! The documents worth keeping, in the files and format they came in: every document that `keep.txt` names.
//!
//! A file of records goes on with the records that are kept, byte for byte, and two fields more in each: the
//! document's id and how many documents its set holds. A file that is one text goes on as it lies. `kept.csv` says
//! where each kept document stands; `kept.json`, written first, says which files of the folder are ours.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Component, Path, PathBuf};

use hashbrown::HashSet;
use rayon::prelude::*;
use serde_json::{Value, json};

use super::places::Places;
use super::staging::{self, Kind, Staging, input_place, output_place};
use crate::corpus::{Compression, DocId, KEPT_FILES, Shard};
use crate::error::Error;
use crate::run::Run;

/// What the fields that are added to a record are called. Where a record has such a field, all records get
/// `samestory_kept_id_2`, and so on.
const FIELDS: [&str; 2] = ["samestory_kept_id", "samestory_set_size"];

const RECORD: &str = KEPT_FILES[0];
const INDEX: &str = KEPT_FILES[1];

/// Kept documents, written and not yet in their place. Dropped, they are removed.
#[derive(Debug)]
pub struct KeptDocuments {
    staging: Staging,
    /// Documents written.
    pub n_documents: u64,
}

/// Writes the documents that are worth keeping beside `folder`; [`KeptDocuments::publish`] puts them there. The input is
/// read a second time.
///
/// # Errors
/// [`Error::Input`] when the input is not what it was when it was read, or was no file; [`Error::Output`] when writing
/// failed; [`Error::OutputInTheWay`] when `folder` is not ours to replace. Nothing is left behind.
pub fn write_kept(run: &Run, folder: &Path, replace: bool) -> Result<KeptDocuments, Error> {
    let sources = &run.corpus.sources;
    if !sources.is_known() && !run.corpus.documents.is_empty() {
        return Err(Error::Input(
            "these documents came from no file; there is nothing to write again".to_owned(),
        ));
    }
    let inputs: Vec<String> = run.corpus.inputs.iter().map(|input| input.path.clone()).collect();
    let staging = Staging::begin(Kind::Kept, folder, &inputs, replace)?;
    let places = Places::of(run);
    let kept = sources.places(|document| !places.is_dropped(document));
    let paths = layout(&sources.shards, &kept, &inputs);
    let n_documents = kept.iter().map(|places| places.len() as u64).sum();
    let names = field_names(run);

    let output = |name: &str, write: &dyn Fn(&mut BufWriter<File>) -> io::Result<()>| {
        let written = create(&staging.path().join(name)).and_then(|mut sink| {
            write(&mut sink)?;
            sink.flush()
        });
        written.map_err(|source| Error::Output { path: folder.join(name), source })
    };
    output(RECORD, &|sink| write_record(folder, &inputs, &paths, &names, n_documents, sink))?;
    let fields = |document: DocId| {
        let id = Value::from(places.id(document));
        format!("\"{}\":{id},\"{}\":{}", names[0], names[1], places.set_size(document))
    };
    // All are tried and the first in order is told, so that the message does not depend on threads.
    let written: Vec<Result<(), Error>> = (0..paths.len())
        .into_par_iter()
        .map(|place| match &paths[place] {
            Some(path) => {
                let (beside, target) = (staging.path().join(path), folder.join(path));
                write_shard(&sources.shards[place], &kept[place], run, &fields, &beside, &target)
            }
            None => Ok(()),
        })
        .collect();
    written.into_iter().collect::<Result<(), Error>>()?;
    output(INDEX, &|sink| write_index(&places, &kept, &paths, sink))?;
    staging::hand_to_disk(staging.path()).map_err(|source| Error::Output { path: folder.into(), source })?;
    Ok(KeptDocuments { staging, n_documents })
}

impl KeptDocuments {
    /// Puts the folder in its place.
    ///
    /// # Errors
    /// [`Error::OutputInTheWay`] or [`Error::Output`]; then the place is as it was, and nothing is left behind.
    pub fn publish(self) -> Result<(), Error> {
        self.staging.publish()
    }
}

/// By shard: its path in the folder; none where nothing of it is kept.
///
/// Files have the paths they have below their inputs. Where those of two inputs would meet, or one would take the
/// place of the index, every input gets a folder of its own: `1-may`, `2-june`.
fn layout(shards: &[Shard], kept: &[Vec<(u64, DocId)>], inputs: &[String]) -> Vec<Option<PathBuf>> {
    let below: Vec<Option<PathBuf>> =
        shards.iter().zip(kept).map(|(shard, kept)| (!kept.is_empty()).then(|| shard.below())).collect();
    let plain: Vec<(usize, &Path)> = shards
        .iter()
        .zip(&below)
        .filter_map(|(shard, path)| Some((shard.input(), path.as_deref()?)))
        .collect();
    if !paths_meet(&plain) {
        return below;
    }
    let own = |input: usize| {
        let name = match inputs[input].as_str() {
            "-" => "stdin",
            path => Path::new(path).file_name().and_then(|name| name.to_str()).unwrap_or("drop"),
        };
        PathBuf::from(format!("{}-{name}", input + 1))
    };
    shards.iter().zip(below).map(|(shard, path)| Some(own(shard.input()).join(path?))).collect()
}

/// Would a file take the place of a file of another input, of a folder, or of our own? Small letters and capitals are
/// the same here, as they are to many file systems.
fn paths_meet(paths: &[(usize, &Path)]) -> bool {
    let fold = |path: &Path| path.to_string_lossy().to_lowercase();
    let mut files: hashbrown::HashMap<String, usize> = hashbrown::HashMap::with_capacity(paths.len());
    for &(input, path) in paths {
        let path = fold(path);
        if KEPT_FILES.contains(&path.as_str()) || *files.entry(path).or_insert(input) != input {
            return true;
        }
    }
    paths.iter().any(|&(input, path)| {
        path.ancestors().skip(1).any(|folder| files.get(&fold(folder)).is_some_and(|&other| other != input))
    })
}

/// Names for the two fields that no record has.
fn field_names(run: &Run) -> [String; 2] {
    let settings = &run.settings;
    let named = [
        &settings.text_field, &settings.title_field, &settings.id_field, &settings.date_field,
        &settings.source_field, &settings.url_field, &settings.language_field,
    ];
    let mut taken: HashSet<&str> = named.into_iter().flatten().map(String::as_str).collect();
    for document in &run.corpus.documents {
        taken.extend(document.extra.keys().map(String::as_str).filter(|key| key.starts_with("samestory_")));
    }
    let mut names = FIELDS.map(str::to_owned);
    let mut number = 1;
    while names.iter().any(|name| taken.contains(name.as_str())) {
        number += 1;
        names = FIELDS.map(|name| format!("{name}_{number}"));
    }
    names
}

fn create(path: &Path) -> io::Result<BufWriter<File>> {
    Ok(BufWriter::with_capacity(1 << 16, File::create_new(path)?))
}

fn write_shard(
    shard: &Shard,
    kept: &[(u64, DocId)],
    run: &Run,
    fields: &crate::corpus::Fields<'_>,
    path: &Path,
    target: &Path,
) -> Result<(), Error> {
    let failed = |source| Error::Output { path: target.into(), source };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let mut packer = Packer::new(create(path).map_err(failed)?, shard.packing()).map_err(failed)?;
    shard.write(kept, &run.settings, fields, target, &mut packer)?;
    packer.finish().map_err(failed)
}

/// A file under way, packed as the one it comes from.
enum Packer {
    Plain(BufWriter<File>),
    Gzip(flate2::write::GzEncoder<BufWriter<File>>),
    Zstd(zstd::stream::write::Encoder<'static, BufWriter<File>>),
}

impl Packer {
    fn new(file: BufWriter<File>, packing: Compression) -> io::Result<Self> {
        Ok(match packing {
            Compression::None => Self::Plain(file),
            Compression::Gzip => {
                Self::Gzip(flate2::write::GzEncoder::new(file, flate2::Compression::default()))
            }
            Compression::Zstd => {
                let mut encoder = zstd::stream::write::Encoder::new(file, 3)?;
                encoder.include_checksum(true)?;
                Self::Zstd(encoder)
            }
        })
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Self::Plain(mut file) => file.flush(),
            Self::Gzip(encoder) => encoder.finish()?.flush(),
            Self::Zstd(encoder) => encoder.finish()?.flush(),
        }
    }
}

impl Write for Packer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(file) => file.write(bytes),
            Self::Gzip(encoder) => encoder.write(bytes),
            Self::Zstd(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(file) => file.flush(),
            Self::Gzip(encoder) => encoder.flush(),
            Self::Zstd(encoder) => encoder.flush(),
        }
    }
}

/// `kept.json`: whose folder this is, from which inputs, and which files in it are ours.
fn write_record(
    folder: &Path,
    inputs: &[String],
    paths: &[Option<PathBuf>],
    names: &[String; 2],
    n_documents: u64,
    sink: &mut impl Write,
) -> io::Result<()> {
    let inputs: Vec<Value> =
        inputs.iter().map(|path| json!({ "path": path, "place": input_place(Path::new(path)) })).collect();
    let record = json!({
        "schema_version": 1,
        "tool": "samestory",
        "version": env!("CARGO_PKG_VERSION"),
        "content": "documents worth keeping",
        "inputs": inputs,
        "output_place": output_place(folder),
        "fields": names,
        "n_documents": n_documents,
        "files": paths.iter().flatten().map(|path| spelled(path)).collect::<Vec<Value>>(),
    });
    serde_json::to_writer_pretty(&mut *sink, &record)?;
    sink.write_all(b"\n")
}

/// `kept.csv`: one row a kept document, sorted by id.
fn write_index(
    places: &Places<'_>,
    kept: &[Vec<(u64, DocId)>],
    paths: &[Option<PathBuf>],
    sink: &mut impl Write,
) -> io::Result<()> {
    let mut rows: Vec<(DocId, &Path)> = kept
        .iter()
        .zip(paths)
        .filter_map(|(kept, path)| Some((kept, path.as_deref()?)))
        .flat_map(|(kept, path)| kept.iter().map(move |&(_, document)| (document, path)))
        .collect();
    rows.sort_unstable();
    let mut table = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(sink);
    table.write_record(["id", "set_size", "path"])?;
    for (document, path) in rows {
        let path = path.as_os_str().as_encoded_bytes();
        let path = if cfg!(windows) { path.escape_ascii().collect() } else { path.to_vec() };
        table.write_record([
            places.id(document).as_bytes(),
            places.set_size(document).to_string().as_bytes(),
            &path,
        ])?;
    }
    table.flush()
}

/// A path as JSON: text, or its bytes where it is none.
fn spelled(path: &Path) -> Value {
    match path.to_str() {
        Some(text) => text.into(),
        None => path.as_os_str().as_encoded_bytes().into(),
    }
}

fn path_of(spelled: &Value) -> Option<PathBuf> {
    let path = match spelled {
        Value::String(text) => PathBuf::from(text),
        Value::Array(bytes) => {
            let bytes = bytes.iter().map(|byte| u8::try_from(byte.as_u64()?).ok());
            PathBuf::from(from_bytes(bytes.collect::<Option<Vec<u8>>>()?)?)
        }
        _ => return None,
    };
    // Nothing outside the folder is ours, whatever the record says.
    let stays = path.components().all(|part| matches!(part, Component::Normal(_)));
    (stays && path.file_name().is_some()).then_some(path)
}

/// None where the system has no such name.
fn from_bytes(bytes: Vec<u8>) -> Option<OsString> {
    #[cfg(unix)]
    let name = Some(std::os::unix::ffi::OsStringExt::from_vec(bytes));
    #[cfg(not(unix))]
    let name = String::from_utf8(bytes).ok().map(OsString::from);
    name
}

/// The files in a folder of kept documents that we wrote, our record last; none if it is no such folder.
pub(super) fn files_of(folder: &Path) -> Option<Vec<PathBuf>> {
    let record: Value = serde_json::from_slice(&fs::read(folder.join(RECORD)).ok()?).ok()?;
    if record.get("tool")?.as_str()? != "samestory" {
        return None;
    }
    let mut files: Vec<PathBuf> = record.get("files")?.as_array()?.iter().filter_map(path_of).collect();
    files.extend([INDEX, RECORD].map(PathBuf::from));
    Some(files)
}
