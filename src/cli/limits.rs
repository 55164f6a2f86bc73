//! What the system lets the process have, and what it does where that is used up.

/// Lets the process have as many files open as it may ask for, and has a write beyond the greatest size of a file fail instead of
/// killing it. Where either cannot be had, the work goes on with what there is.
#[cfg(unix)]
pub(crate) fn settle() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    use signal_hook::consts::SIGXFSZ;

    // An archive holds some files of each drop open, and the usual limit is 1,024 in all.
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
    // What it is told is told by the write, too.
    let _ = signal_hook::flag::register(SIGXFSZ, std::sync::Arc::default());
}

#[cfg(not(unix))]
pub(crate) fn settle() {}
