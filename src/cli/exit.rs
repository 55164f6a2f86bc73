//! Exit codes, and the ways to leave before the end.

use std::panic;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::error::ErrorKind;

use samestory::Error;

use super::terminal;

/// What the process tells the script that called it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All done.
    Done,
    /// A condition given with `--fail-if` holds. Wins over `Skipped`.
    ConditionMet,
    /// Done, but some input was skipped.
    Skipped,
    /// A flag, a setting, an input or the output stopped it; see [`Error::exit_code`].
    Stopped(u8),
    /// A defect of the program.
    Bug,
}

impl Exit {
    /// The number.
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::ConditionMet => 1,
            Self::Skipped => 3,
            Self::Stopped(code) => code,
            Self::Bug => 70,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Why a command ended early: a message for people, a code for scripts.
#[derive(Debug)]
pub(crate) struct Stop {
    /// What, where, and what to do.
    pub(crate) message: String,
    /// The code to leave with.
    pub(crate) exit: Exit,
}

impl Stop {
    /// A wrong flag or setting: nothing was done.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { message: message.into(), exit: Exit::Stopped(2) }
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self { message: error.to_string(), exit: Exit::Stopped(error.exit_code()) }
    }
}

/// Prints what clap has to say: help and version are answers, everything else is a usage error.
pub(crate) fn refuse(refusal: &clap::Error) -> Exit {
    if !refusal.use_stderr() {
        // A reader that has gone away (`| head`) has what it wanted.
        let _ = refusal.print();
        return Exit::Done;
    }
    // Without clap's colors, since the arguments it quotes may hold escape sequences.
    let message = refusal.to_string();
    if refusal.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        terminal::say(&message);
        return Exit::Stopped(2);
    }
    terminal::complain(message.strip_prefix("error: ").unwrap_or(&message).trim_end());
    Exit::Stopped(2)
}

/// True once the output folder is in its place.
static PUBLISHED: AtomicBool = AtomicBool::new(false);

/// Notes that the output is whole and in its place.
pub(crate) fn published() {
    PUBLISHED.store(true, Ordering::SeqCst);
}

/// What a run that ends early leaves behind.
pub(crate) fn what_was_published() -> &'static str {
    if PUBLISHED.load(Ordering::SeqCst) {
        "the output was already published"
    } else {
        "nothing was published"
    }
}

/// The last panic, with its place: printed only if nobody caught it on the way up.
static LAST_PANIC: Mutex<Option<String>> = Mutex::new(None);

/// Keeps panics from printing. A panic that the library catches (in a stemmer, say) is none of the
/// user's business; one that reaches the top is reported by [`report_panic`].
pub(crate) fn remember_panics() {
    panic::set_hook(Box::new(|panic| {
        if let Ok(mut last) = LAST_PANIC.lock() {
            *last = Some(panic.to_string());
        }
    }));
}

/// Says that this was a defect, and what a report of it should hold.
pub(crate) fn report_panic() {
    let last = LAST_PANIC.lock().ok().and_then(|mut last| last.take());
    terminal::complain(&format!(
        "this is a bug in samestory {}, not a fault of yours; {}\n  {}\n  \
         please report it, with the lines above, the command you gave and, if you may share it, the input",
        env!("CARGO_PKG_VERSION"),
        what_was_published(),
        last.as_deref().unwrap_or("no message").replace('\n', "\n  "),
    ));
}
