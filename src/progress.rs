//! How a long run tells its caller where it stands. The library is silent unless given a listener.

use crate::stages::StageCost;

/// A listener to the stages of a run. Calls come from one thread for [`Progress::stage`] and from
/// many for [`Progress::advance`].
pub trait Progress: Sync {
    /// A stage begins; `total` counts its steps, 0 when unknown.
    fn stage(&self, name: &'static str, total: u64);
    /// `steps` more of the current stage are done.
    fn advance(&self, steps: u64);
    /// A stage has ended.
    fn done(&self, cost: &StageCost) {
        let _ = cost;
    }
}

/// The listener that hears nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn stage(&self, _: &'static str, _: u64) {}
    fn advance(&self, _: u64) {}
}
