//! What each stage of a run costs.

use std::time::Instant;

use crate::progress::Progress;

/// What one stage took.
#[derive(Debug, Clone, serde::Serialize)]
pub struct StageCost {
    /// Its name, as progress bars show it.
    pub stage: &'static str,
    /// Wall seconds.
    pub wall_seconds: f64,
    /// Seconds of all threads together; 0 where the system does not say.
    pub cpu_seconds: f64,
    /// Highest resident memory of the process so far, bytes; 0 where the system does not say.
    pub peak_bytes: u64,
}

impl StageCost {
    /// Does the work of a stage and tells what it took.
    pub fn of<T>(stage: &'static str, work: impl FnOnce() -> T) -> (T, Self) {
        let (begin, cpu_before) = (Instant::now(), cpu_seconds());
        let result = work();
        let wall_seconds = begin.elapsed().as_secs_f64();
        let cpu_seconds = cpu_seconds() - cpu_before;
        (result, Self { stage, wall_seconds, cpu_seconds, peak_bytes: peak_bytes() })
    }
}

/// Runs stages and keeps what each took.
pub(crate) struct Stages<'a> {
    pub(crate) progress: &'a dyn Progress,
    pub(crate) costs: Vec<StageCost>,
}

impl<'a> Stages<'a> {
    pub(crate) fn new(progress: &'a dyn Progress) -> Self {
        Self { progress, costs: Vec::new() }
    }

    /// Does the work of a stage of `total` steps.
    pub(crate) fn run<T>(&mut self, stage: &'static str, total: u64, work: impl FnOnce() -> T) -> T {
        self.progress.stage(stage, total);
        let (result, cost) = StageCost::of(stage, work);
        self.progress.done(&cost);
        self.costs.push(cost);
        result
    }
}

/// Highest resident memory of this process so far.
fn peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kibibytes.unwrap_or(0) * 1024
}

/// Time that this process has had on all processors, in user and in system mode.
#[cfg(unix)]
fn cpu_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 * 1e-9
}

/// Not told here.
#[cfg(not(unix))]
fn cpu_seconds() -> f64 {
    0.0
}
