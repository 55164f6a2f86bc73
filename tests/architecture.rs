//! ARCHITECTURE.md names places in the source; they must be there.

use std::path::Path;

#[test]
fn every_path_in_the_architecture_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    let in_a_path = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    let mut n_paths = 0;
    for word in page.split(|c| !in_a_path(c)) {
        let path = word.trim_end_matches('.');
        if ["src/", "tests/", "benches/"].iter().any(|folder| path.starts_with(folder) && path != *folder) {
            assert!(root.join(path).exists(), "ARCHITECTURE.md speaks of {path}, which is not there");
            n_paths += 1;
        }
    }
    assert!(n_paths >= 10, "only {n_paths} paths found");
}

#[test]
fn the_readme_shows_the_library_as_its_own_documentation_runs_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let library = std::fs::read_to_string(root.join("src/lib.rs")).unwrap();
    let shown: Vec<&str> = readme
        .lines()
        .skip_while(|line| *line != "```rust")
        .skip(1)
        .take_while(|line| *line != "```")
        .collect();
    let run: Vec<&str> = library
        .lines()
        .filter_map(|line| line.strip_prefix("//!"))
        .map(|line| line.strip_prefix(' ').unwrap_or(line))
        .skip_while(|line| !line.starts_with("```"))
        .skip(1)
        .take_while(|line| *line != "```")
        .filter(|line| !line.starts_with("# "))
        .collect();
    assert!(shown.len() >= 8);
    assert_eq!(shown, run);
}
