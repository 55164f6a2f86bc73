//! What the output folder promises.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::staging::{abandon_where, exchange_in_steps, publish};
use super::*;
use crate::corpus::{DocId, Status};
use sample::{copies, hostile, large, seeds};

/// For eyes: `REPORT_SAMPLES=DIR cargo test -- --ignored samples`.
#[test]
#[ignore = "writes reports to look at"]
fn samples_to_look_at() {
    let folder = PathBuf::from(std::env::var_os("REPORT_SAMPLES").unwrap());
    seeds().write(folder.join("seeds")).unwrap();
    copies().write(folder.join("copies")).unwrap();
    large(3000).write(folder.join("large")).unwrap();
    hostile().write(folder.join("hostile")).unwrap();
    let mut silent = copies();
    silent.settings.no_text = true;
    silent.write(folder.join("no_text")).unwrap();
}
