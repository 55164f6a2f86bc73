//! What the output folder promises.

mod folder;
mod words;

use std::path::PathBuf;

use super::sample;

/// For eyes: `REPORT_SAMPLES=DIR cargo test -- --ignored samples`.
#[test]
#[ignore = "writes reports to look at"]
fn samples_to_look_at() {
    let folder = PathBuf::from(std::env::var_os("REPORT_SAMPLES").unwrap());
    sample::seeds().write(folder.join("seeds")).unwrap();
    sample::copies().write(folder.join("copies")).unwrap();
    sample::large(3000).write(folder.join("large")).unwrap();
    sample::hostile().write(folder.join("hostile")).unwrap();
    let mut silent = sample::copies();
    silent.settings.no_text = true;
    silent.write(folder.join("no_text")).unwrap();
}
