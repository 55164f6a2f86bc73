//! output/example/ is what the program makes of the seeds today: what a reader of the repository sees is true.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::support;

const REBUILD: &str = "run `make example` and read the difference before you commit it";

fn names(folder: &Path) -> BTreeSet<String> {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}; {REBUILD}", folder.display()));
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn the_committed_example_is_what_the_program_makes_of_the_seeds() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let committed = root.join("output/example");
    let place = tempfile::tempdir().unwrap();
    let fresh = place.path().join("example");
    let mut command = support::samestory();
    command.current_dir(root).args(["run", "seeds", "--quiet", "--output"]).arg(&fresh).assert().success();

    assert_eq!(names(&committed), names(&fresh), "files of output/example; {REBUILD}");
    for name in names(&fresh) {
        let read = |folder: &Path| fs::read(folder.join(&name)).unwrap();
        let (mut old, mut new) = (read(&committed), read(&fresh));
        if name == "run.json" {
            continue; // times differ; looked at below
        }
        if Path::new(&name).extension().is_some_and(|extension| extension == "zst") {
            // What is compressed must not differ; how it is may, with the library's version.
            old = zstd::decode_all(&old[..]).unwrap();
            new = zstd::decode_all(&new[..]).unwrap();
        }
        assert!(old == new, "output/example/{name} is not what the program writes now; {REBUILD}");
    }
}

#[test]
fn the_example_names_no_folder_of_the_machine_it_was_made_on() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let record = fs::read_to_string(root.join("output/example/run.json")).unwrap();
    let json: serde_json::Value = serde_json::from_str(&record).unwrap();
    assert_eq!(json["tool"], "samestory");
    assert!(json["schema_version"].is_u64());
    assert_eq!(json["inputs"][0]["path"], "seeds");
    assert_eq!(json["output"], "output/example");
    for command_word in json["command"].as_array().unwrap() {
        assert!(!command_word.as_str().unwrap().contains(['/', '\\']) || command_word == "output/example");
    }
    assert!(!record.contains("\"/"), "an absolute path stands in run.json; {REBUILD}");
}
