//! Ctrl-C and a polite kill: nothing half-written stays behind, and the exit code says which it was.

use super::exit::{self, Stop};
use super::{measure, terminal};

/// What is left to do when the process is told to stop.
fn leave(code: i32) -> ! {
    samestory::report::abandon();
    samestory::generator::abandon();
    measure::abandon();
    terminal::complain(&format!("interrupted; {}", exit::what_was_published()));
    std::process::exit(code)
}

/// Starts to listen, on a thread of its own: cleaning up is not safe inside a signal handler.
#[cfg(unix)]
pub(crate) fn listen() -> Result<(), Stop> {
    // Not SIGHUP: `nohup` has it ignored, and a handler would undo that.
    use signal_hook::consts::{SIGINT, SIGTERM};

    let cannot = |error: std::io::Error| Stop::usage(format!("cannot listen to signals: {error}"));
    let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM]).map_err(cannot)?;
    std::thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            if let Some(signal) = signals.forever().next() {
                // 130 for Ctrl-C, 143 for SIGTERM: what a shell would say.
                leave(128 + signal);
            }
        })
        .map_err(cannot)?;
    Ok(())
}

/// Starts to listen, on a thread of its own.
#[cfg(not(unix))]
pub(crate) fn listen() -> Result<(), Stop> {
    ctrlc::set_handler(|| leave(130))
        .map_err(|error| Stop::usage(format!("cannot listen to Ctrl-C: {error}")))
}
