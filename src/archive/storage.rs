//! Storage: the few things an archive asks of a file system, so that tests can put a failing one in its place.
//!
//! Every method that changes something is a *write point*: a process may be killed, or the power may fail, before or
//! after any of them. Names are relative to the archive's folder, with `/` between their parts.

use std::fmt::Debug;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::scratch::read_exact_at;

/// Where an archive lies.
pub(super) trait Storage: Debug + Send + Sync {
    /// Makes a folder and those above it; one that is there is no error.
    fn create_folder(&self, name: &str) -> io::Result<()>;
    /// Makes a file that was not there.
    fn create(&self, name: &str) -> io::Result<Box<dyn Sink>>;
    /// Opens a file that is never changed after it was written.
    fn open(&self, name: &str) -> io::Result<Box<dyn ReadAt>>;
    /// Gives a file another name, in place of what had that name.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;
    /// Returns when the names in a folder are on the disk.
    fn sync_folder(&self, name: &str) -> io::Result<()>;
    /// Removes a file.
    fn remove_file(&self, name: &str) -> io::Result<()>;
    /// Removes an empty folder.
    fn remove_folder(&self, name: &str) -> io::Result<()>;
    /// Names in a folder, in no order.
    fn list(&self, folder: &str) -> io::Result<Vec<String>>;
}

/// A file under way.
pub(super) trait Sink: Write + Send {
    /// Returns when what was written is on the disk.
    fn sync(&mut self) -> io::Result<()>;
}

/// A file that any thread may read any part of at any time. It stays readable when its name is gone.
pub(super) trait ReadAt: Debug + Send + Sync {
    /// Fills `bytes` from `begin` on.
    fn read_exact_at(&self, bytes: &mut [u8], begin: u64) -> io::Result<()>;
    /// Says that so many bytes from `begin` on will be read soon. Whatever comes of it, reads work as before.
    fn expect(&self, _begin: u64, _n_bytes: u64) {}
    /// How long it is.
    fn n_bytes(&self) -> u64;
}

/// Some bytes of a file.
pub(super) fn bytes_at(file: &dyn ReadAt, begin: u64, n_bytes: u64) -> io::Result<Vec<u8>> {
    if begin.checked_add(n_bytes).is_none_or(|end| end > file.n_bytes()) {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let mut bytes = vec![0; usize::try_from(n_bytes).map_err(io::Error::other)?];
    file.read_exact_at(&mut bytes, begin)?;
    Ok(bytes)
}

/// Has the process, or the system, as many files open as it may?
#[cfg(unix)]
pub(super) fn is_out_of_files(error: &io::Error) -> bool {
    use rustix::io::Errno;
    [Errno::MFILE, Errno::NFILE].iter().any(|limit| error.raw_os_error() == Some(limit.raw_os_error()))
}

#[cfg(not(unix))]
pub(super) fn is_out_of_files(_: &io::Error) -> bool {
    false
}

/// A folder on a disk.
#[derive(Debug)]
pub(super) struct Disk {
    folder: PathBuf,
}

impl Disk {
    pub(super) fn at(folder: &Path) -> Self {
        Self { folder: folder.to_path_buf() }
    }

    fn path(&self, name: &str) -> PathBuf {
        if name.is_empty() { self.folder.clone() } else { self.folder.join(name) }
    }
}

impl Storage for Disk {
    fn create_folder(&self, name: &str) -> io::Result<()> {
        fs::create_dir_all(self.path(name))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn Sink>> {
        Ok(Box::new(File::create_new(self.path(name))?))
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn ReadAt>> {
        let file = File::open(self.path(name))?;
        let n_bytes = file.metadata()?.len();
        Ok(Box::new(DiskFile { file, n_bytes }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path(from), self.path(to))
    }

    #[cfg(unix)]
    fn sync_folder(&self, name: &str) -> io::Result<()> {
        File::open(self.path(name))?.sync_all()
    }

    /// Windows keeps names without being asked, and opens no folder as a file.
    #[cfg(not(unix))]
    fn sync_folder(&self, _: &str) -> io::Result<()> {
        Ok(())
    }

    fn remove_file(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path(name))
    }

    fn remove_folder(&self, name: &str) -> io::Result<()> {
        fs::remove_dir(self.path(name))
    }

    fn list(&self, folder: &str) -> io::Result<Vec<String>> {
        let entries = fs::read_dir(self.path(folder))?;
        entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
    }
}

impl Sink for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}

#[derive(Debug)]
struct DiskFile {
    file: File,
    n_bytes: u64,
}

impl ReadAt for DiskFile {
    fn read_exact_at(&self, bytes: &mut [u8], begin: u64) -> io::Result<()> {
        read_exact_at(&self.file, bytes, begin)
    }

    #[cfg(target_os = "linux")]
    fn expect(&self, begin: u64, n_bytes: u64) {
        let n_bytes = std::num::NonZeroU64::new(n_bytes);
        // Advice only: where it is not taken, the read itself waits.
        let _ = rustix::fs::fadvise(&self.file, begin, n_bytes, rustix::fs::Advice::WillNeed);
    }

    fn n_bytes(&self) -> u64 {
        self.n_bytes
    }
}
