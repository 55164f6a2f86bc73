//! A storage in memory that fails where it is told to, and then shows what a disk would have kept.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::storage::{ReadAt, Sink, Storage};

/// How a write point fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// No room is left, now and for everything that takes room after it.
    Full,
    /// Half of the bytes are written, and then no room is left.
    Short,
    /// The device fails, once.
    Device,
    /// The process is gone: nothing happens any more.
    Stop,
}

/// What is left after the process is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Crash {
    /// All that was written: the process was killed, the system was not.
    Killed,
    /// Only what was handed to the disk.
    PowerLost,
    /// Names as they were last, with only those bytes that were handed to the disk.
    NamesFirst,
}

type File = Arc<Mutex<Content>>;

#[derive(Debug, Default)]
struct Content {
    written: Vec<u8>,
    on_disk: Vec<u8>,
}

#[derive(Debug, Default)]
struct State {
    names: BTreeMap<String, File>,
    names_on_disk: BTreeMap<String, File>,
    n_points: usize,
    plan: Option<(usize, Fault)>,
    is_full: bool,
    is_stopped: bool,
}

/// Files in memory. Folders need not be made, and are there as long as a name lies in them.
#[derive(Debug, Clone, Default)]
pub(super) struct Memory {
    state: Arc<Mutex<State>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The folder of a name, as [`Storage::sync_folder`] has it.
fn folder_of(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(folder, _)| folder)
}

impl Memory {
    /// The write point of this number, counted from now on and from 0, fails.
    pub(super) fn fail_at(&self, point: usize, fault: Fault) {
        let mut state = lock(&self.state);
        state.plan = Some((state.n_points + point, fault));
    }

    /// Write points so far.
    pub(super) fn n_points(&self) -> usize {
        lock(&self.state).n_points
    }

    /// Room again, and no more faults.
    pub(super) fn mend(&self) {
        let mut state = lock(&self.state);
        (state.plan, state.is_full, state.is_stopped) = (None, false, false);
    }

    /// What the next process finds.
    pub(super) fn after(&self, crash: Crash) -> Self {
        let state = lock(&self.state);
        let names = if crash == Crash::PowerLost { &state.names_on_disk } else { &state.names };
        let kept = |file: &File| {
            let content = lock(file);
            let bytes = if crash == Crash::Killed { &content.written } else { &content.on_disk };
            Arc::new(Mutex::new(Content { written: bytes.clone(), on_disk: bytes.clone() }))
        };
        let names: BTreeMap<String, File> =
            names.iter().map(|(name, file)| (name.clone(), kept(file))).collect();
        let state = State { names_on_disk: names.clone(), names, ..State::default() };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    /// All names.
    pub(super) fn names(&self) -> Vec<String> {
        lock(&self.state).names.keys().cloned().collect()
    }

    /// What was written, by name.
    pub(super) fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let state = lock(&self.state);
        state.names.iter().map(|(name, file)| (name.clone(), lock(file).written.clone())).collect()
    }

    /// Changes the bytes of a file behind everybody's back.
    pub(super) fn damage(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let file = Arc::clone(&lock(&self.state).names[name]);
        change(&mut lock(&file).written);
    }

    /// Passes a write point, or fails; `takes_room`: it needs room on the disk.
    fn point(&self, takes_room: bool) -> io::Result<Option<Fault>> {
        let mut state = lock(&self.state);
        let fault = state.plan.filter(|plan| plan.0 == state.n_points).map(|plan| plan.1);
        state.n_points += 1;
        match fault {
            Some(Fault::Stop) => state.is_stopped = true,
            Some(Fault::Full | Fault::Short) => state.is_full = true,
            Some(Fault::Device) => return Err(io::Error::other("input/output error")),
            None => {}
        }
        if state.is_stopped {
            return Err(io::Error::other("the process is gone"));
        }
        if fault == Some(Fault::Short) && takes_room {
            return Ok(fault);
        }
        if state.is_full && takes_room {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(None)
    }
}

impl Storage for Memory {
    fn create_folder(&self, _: &str) -> io::Result<()> {
        self.point(true).map(|_| ())
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn Sink>> {
        self.point(true)?;
        let file = File::default();
        let mut state = lock(&self.state);
        if state.names.contains_key(name) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        state.names.insert(name.to_owned(), Arc::clone(&file));
        Ok(Box::new(MemoryFile { storage: self.clone(), file }))
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn ReadAt>> {
        let state = lock(&self.state);
        let file = state.names.get(name).ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(MemoryFile { storage: self.clone(), file: Arc::clone(file) }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.point(false)?;
        let mut state = lock(&self.state);
        let file = state.names.remove(from).ok_or(io::ErrorKind::NotFound)?;
        state.names.insert(to.to_owned(), file);
        Ok(())
    }

    fn sync_folder(&self, name: &str) -> io::Result<()> {
        self.point(false)?;
        let mut state = lock(&self.state);
        let now: Vec<(String, File)> =
            state.names.iter().map(|(name, file)| (name.clone(), Arc::clone(file))).collect();
        state.names_on_disk.retain(|other, _| folder_of(other) != name);
        state.names_on_disk.extend(now.into_iter().filter(|(other, _)| folder_of(other) == name));
        Ok(())
    }

    fn remove_file(&self, name: &str) -> io::Result<()> {
        self.point(false)?;
        lock(&self.state).names.remove(name).map(|_| ()).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn remove_folder(&self, _: &str) -> io::Result<()> {
        self.point(false).map(|_| ())
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let within = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let mut names: Vec<String> = lock(&self.state)
            .names
            .keys()
            .filter_map(|name| Some(name.strip_prefix(&within)?.split('/').next()?.to_owned()))
            .collect();
        names.dedup();
        Ok(names)
    }
}

#[derive(Debug)]
struct MemoryFile {
    storage: Memory,
    file: File,
}

impl Write for MemoryFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let fault = self.storage.point(true)?;
        let n_bytes = if fault.is_some() { bytes.len() / 2 } else { bytes.len() };
        lock(&self.file).written.extend_from_slice(&bytes[..n_bytes]);
        Ok(n_bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink for MemoryFile {
    fn sync(&mut self) -> io::Result<()> {
        self.storage.point(true)?;
        let mut content = lock(&self.file);
        content.on_disk = content.written.clone();
        Ok(())
    }
}

impl ReadAt for MemoryFile {
    fn read_exact_at(&self, bytes: &mut [u8], begin: u64) -> io::Result<()> {
        let content = lock(&self.file);
        let begin = begin as usize;
        let found = content.written.get(begin..begin + bytes.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        bytes.copy_from_slice(found);
        Ok(())
    }

    fn n_bytes(&self) -> u64 {
        lock(&self.file).written.len() as u64
    }
}
