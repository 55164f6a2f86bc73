//! docs/input.md shows recipes; they must run as they stand there.
#![cfg(unix)]

use std::path::Path;
use std::process::Command;

use crate::support;

/// The cargo features that recipes ask for.
fn is_built(feature: &str) -> bool {
    match feature {
        "warc" => cfg!(feature = "warc"),
        "parquet" => cfg!(feature = "parquet"),
        "pdf" => cfg!(feature = "pdf"),
        other => panic!("no feature {other}"),
    }
}

/// The blocks of shell commands in a page that this build can run.
fn recipes(page: &str) -> Vec<String> {
    let mut blocks: Vec<String> = Vec::new();
    let mut inside = false;
    for line in page.lines() {
        match line {
            line if line == "```sh" || line.strip_prefix("```sh ").is_some_and(is_built) => {
                inside = true;
                blocks.push(String::new());
            }
            "```" => inside = false,
            line if inside => {
                let block = blocks.last_mut().unwrap();
                block.push_str(line);
                block.push('\n');
            }
            _ => {}
        }
    }
    blocks
}

#[test]
fn every_recipe_for_input_runs_as_written() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/input.md")).unwrap();
    let recipes = recipes(&page);
    assert!(recipes.len() >= 9, "{}", recipes.len());
    let program = assert_cmd::cargo::cargo_bin!("samestory");
    let paths =
        [program.parent().unwrap().as_os_str().to_owned(), std::env::var_os("PATH").unwrap_or_default()];
    for recipe in recipes {
        assert_eq!(recipe.lines().count(), 3, "{recipe}");
        let place = tempfile::tempdir().unwrap();
        // What a reader of the page is asked to bring along.
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
        for (from, name) in [("parquet/polars.parquet", "news.parquet"), ("pdf/article.pdf", "report.pdf")] {
            std::fs::copy(fixtures.join(from), place.path().join(name)).unwrap();
        }
        let output = Command::new("sh")
            .args(["-e", "-c", &recipe])
            .current_dir(place.path())
            .env("PATH", paths.join(std::ffi::OsStr::new(":")))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{recipe}\n{said}");
        let documents = support::table(&place.path().join("found/documents.csv"));
        assert_eq!(documents.len(), if recipe.contains("news.parquet") { 9 } else { 1 }, "{recipe}");
        assert!(["ok", "too_short"].contains(&documents[0]["status"].as_str()), "{recipe}: {documents:?}");
    }
}
