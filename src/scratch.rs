//! Scratch: temporary files for what memory is not to hold.
//!
//! A file has no name: it is gone when the process is, however that ends. Where one cannot be written or read any more, what asked
//! unwinds to its door ([`to_the_door`]), so that nobody on the way has to think of it.

use std::any::Any;
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};

use crate::error::Error;

/// Bytes gathered before they are written.
pub(crate) const GATHERED: usize = 1 << 20;

/// Where temporary files go: `folder` if it is there, else the system's folder for them.
pub(crate) fn folder(folder: Option<&Path>) -> PathBuf {
    folder.filter(|folder| folder.is_dir()).map_or_else(std::env::temp_dir, Path::to_path_buf)
}

/// A temporary file without a name in `folder`; in the system's folder for such files where `folder` takes none.
pub(crate) fn file(folder: &Path) -> io::Result<File> {
    tempfile::tempfile_in(folder).or_else(|error| tempfile::tempfile().map_err(|_| error))
}

/// A temporary file written once, and read anywhere by any thread.
#[derive(Debug)]
pub(crate) struct Scratch {
    file: File,
    folder: PathBuf,
}

impl Scratch {
    /// Writes what `write` puts into a file in `folder`, or in the system's folder for such files.
    ///
    /// Unwinds to the door where it cannot be written.
    pub(crate) fn written(
        folder: Option<&Path>,
        write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> Self {
        let folder = self::folder(folder);
        let made = file(&folder).and_then(|file| {
            let mut file = BufWriter::with_capacity(GATHERED, file);
            write(&mut file)?;
            file.flush()?;
            file.into_inner().map_err(io::IntoInnerError::into_error)
        });
        match made {
            Ok(file) => Self { file, folder },
            Err(source) => lost(Error::Scratch { folder, source }),
        }
    }

    /// Some of its bytes.
    ///
    /// Unwinds to the door where they cannot be read.
    pub(crate) fn read(&self, begin: u64, n_bytes: usize) -> Vec<u8> {
        let mut bytes = vec![0; n_bytes];
        match read_exact_at(&self.file, &mut bytes, begin) {
            Ok(()) => bytes,
            Err(source) => lost(Error::Scratch { folder: self.folder.clone(), source }),
        }
    }
}

/// What could not be had any more, on its way up.
struct Lost(Error);

/// Ends the work that asked for something that cannot be had any more: see [`to_the_door`].
pub(crate) fn lost(error: Error) -> ! {
    resume_unwind(Box::new(Lost(error)))
}

/// Does `work`; an error if something was lost under it.
pub(crate) fn to_the_door<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    // Nothing that `work` touched is looked at after it was cut short.
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload: Box<dyn Any + Send>| {
        match payload.downcast::<Lost>() {
            Ok(lost) => Err(lost.0),
            Err(other) => resume_unwind(other),
        }
    })
}

#[cfg(unix)]
pub(crate) fn read_exact_at(file: &File, bytes: &mut [u8], begin: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, begin)
}

#[cfg(windows)]
pub(crate) fn read_exact_at(file: &File, mut bytes: &mut [u8], mut begin: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_read(file, bytes, begin)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            n => {
                bytes = &mut bytes[n..];
                begin += n as u64;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_and_nothing_beyond() {
        let place = tempfile::tempdir().unwrap();
        let scratch = Scratch::written(Some(place.path()), |file| file.write_all(b"seven bytes and more"));
        assert_eq!(std::fs::read_dir(place.path()).unwrap().count(), 0, "the file has no name");
        assert_eq!(scratch.read(6, 5), b"bytes");
        let beyond = to_the_door(|| Ok(scratch.read(15, 6)));
        assert!(matches!(&beyond, Err(Error::Scratch { .. })) && beyond.unwrap_err().exit_code() == 5);
    }

    #[test]
    fn a_full_disk_is_an_error_and_another_panic_stays_one() {
        let full = || Scratch::written(None, |_| Err(io::ErrorKind::StorageFull.into()));
        assert!(matches!(to_the_door(|| Ok(full())), Err(Error::Scratch { .. })));
        let other = catch_unwind(|| to_the_door(|| -> Result<(), Error> { panic!("another") }));
        assert!(other.is_err());
    }
}
