//! Where a long run stands: one bar at a time on standard error, for a person who watches.

use std::io::{self, IsTerminal as _};
use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use samestory::progress::Progress;
use samestory::stages::StageCost;

use super::terminal;

/// The bar of the current stage, or none when nobody watches.
#[derive(Debug)]
pub(crate) struct Bars {
    /// False when standard error is no terminal, or with `--quiet`.
    shown: bool,
    /// Say of each stage what it took.
    told: bool,
    /// The current stage's bar.
    current: Mutex<Option<ProgressBar>>,
}

impl Bars {
    /// Bars, unless `quiet` or standard error is no terminal. They carry no color, so `NO_COLOR` asks
    /// nothing of them.
    pub(crate) fn new(quiet: bool) -> Self {
        Self { shown: !quiet && io::stderr().is_terminal(), told: false, current: Mutex::new(None) }
    }

    /// The same, and where `verbose` a line for each stage that has ended.
    pub(crate) fn telling(mut self, verbose: bool) -> Self {
        self.told = verbose;
        self
    }

    /// Takes the bar away, so that text can follow.
    pub(crate) fn clear(&self) {
        if let Ok(mut current) = self.current.lock()
            && let Some(bar) = current.take()
        {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        self.clear();
    }
}

impl Progress for Bars {
    fn stage(&self, name: &'static str, total: u64) {
        if !self.shown {
            return;
        }
        self.clear();
        let (length, template) = if total == 0 {
            (None, "{spinner} {msg}  {human_pos}  {elapsed}")
        } else {
            (Some(total), "{msg:<14} [{wide_bar}] {human_pos}/{human_len}  {eta} left")
        };
        let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style.progress_chars("=> "));
        }
        bar.set_message(name);
        bar.enable_steady_tick(Duration::from_millis(200));
        if let Ok(mut current) = self.current.lock() {
            *current = Some(bar);
        }
    }

    fn advance(&self, steps: u64) {
        if self.shown
            && let Ok(current) = self.current.lock()
            && let Some(bar) = current.as_ref()
        {
            bar.inc(steps);
        }
    }

    fn done(&self, cost: &StageCost) {
        if self.told {
            self.clear();
            terminal::say(&format!(
                "{}: {:.1} s, {:.1} s of processors, memory up to {} MiB",
                cost.stage,
                cost.wall_seconds,
                cost.cpu_seconds,
                cost.peak_bytes >> 20
            ));
        }
    }
}
