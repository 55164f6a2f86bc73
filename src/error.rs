//! What can stop a run. A bad record never does: it is a [`crate::corpus::Problem`].

use std::path::PathBuf;

/// Why nothing was published. Each message says what, where, and what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting is out of its range, or two settings contradict each other.
    #[error("{0}")]
    Settings(String),
    /// The input cannot be used at all: it is not there, or holds no document.
    #[error("{0}")]
    Input(String),
    /// The output folder could not be written. Nothing was published.
    #[error("{path}: {source}; nothing was published", path = path.display())]
    Output {
        /// The file or folder that failed.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// A temporary file could not be written or read. Nothing was published.
    #[error("a temporary file in {folder}: {source}; make room there; nothing was published", folder = folder.display())]
    Scratch {
        /// The folder it is in.
        folder: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The work would not fit in memory. Nothing was done.
    #[error("{0}")]
    Memory(String),
    /// More files would have to be open at once than the system lets the process have. Nothing was done.
    #[error("{0}")]
    OpenFiles(String),
    /// The archive could not be written. It is whole all the same: as it was, or with all of what was to be added.
    #[error("{path}: {source}; the archive is whole: make room there, or mend the disk, and try again", path = path.display())]
    Archive {
        /// The archive.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// Another process writes the archive.
    #[error("{0}")]
    ArchiveLocked(String),
    /// The archive is damaged, or was written by a newer program.
    #[error("{0}")]
    ArchiveDamaged(String),
    /// The output folder exists and is not ours to replace.
    #[error("{0}")]
    OutputInTheWay(String),
}

impl Error {
    /// The process exit code of this error, as the command-line contract has it.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Settings(_) | Self::OutputInTheWay(_) => 2,
            Self::Input(_) => 4,
            Self::Output { .. } | Self::Scratch { .. } | Self::Archive { .. } => 5,
            Self::ArchiveLocked(_) => 6,
            Self::ArchiveDamaged(_) => 7,
            Self::Memory(_) | Self::OpenFiles(_) => 8,
        }
    }
}
