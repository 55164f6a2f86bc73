//! The lock of writers: one at a time, told by the operating system, so that none outlives its process. Readers take none.

use std::fs::{File, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;

use crate::error::Error;

/// The locked file. Only its lock says anything; what it holds is for the message of who waits.
pub(super) const NAME: &str = "lock";

/// Held while an archive is written.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock; `wait`: as soon as whoever has it lets go.
    ///
    /// # Errors
    /// [`Error::ArchiveLocked`] names the holder; [`Error::Archive`] where the file cannot be made.
    pub(super) fn take(folder: &Path, wait: bool) -> Result<Self, Error> {
        let path = folder.join(NAME);
        let failed = |source| Error::Archive { path: path.clone(), source };
        let mut file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) if wait => file.lock().map_err(failed)?,
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // Where another system forbids reading what is locked, nobody is named.
                let _ = (&file).take(1000).read_to_string(&mut holder);
                let holder = if holder.trim().is_empty() { "another process" } else { holder.trim() };
                return Err(Error::ArchiveLocked(format!(
                    "{} is being written by {holder}; wait for it with --wait, or try again later",
                    folder.display()
                )));
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        let since = jiff::Timestamp::now().round(jiff::Unit::Second).unwrap_or_default();
        let holder = format!("process {} since {since}\n", std::process::id());
        // For people; the lock holds without it.
        let _ = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(holder.as_bytes()));
        Ok(Self { _file: file })
    }
}
