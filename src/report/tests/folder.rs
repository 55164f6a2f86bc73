//! The folder appears whole or not at all, and nothing of anybody else's is deleted.

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::report::sample::{copies, seeds};
use crate::report::staging::{abandon_where, exchange_in_steps, publish};
use crate::report::{FILES, WriteOptions, check_target, write};
use crate::run::Run;

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// What a run without an archive writes, where tables are not asked for as Parquet: nothing is known.
fn without_archive() -> impl Iterator<Item = &'static str> {
    let is_always = |name: &&str| {
        !name.starts_with("known") && *name != "story_events.csv" && !name.ends_with(".parquet")
    };
    FILES.into_iter().filter(is_always)
}

fn try_write(run: &Run, folder: &Path, replace: bool) -> Result<(), Error> {
    write(run, folder, &WriteOptions { replace, ..WriteOptions::default() })
}

#[test]
fn every_file_is_there_and_nothing_else() {
    let place = tempfile::tempdir().unwrap();
    seeds().write(place.path().join("deep/er/out")).unwrap();
    let mut expected: Vec<_> = without_archive().map(str::to_owned).collect();
    expected.sort();
    assert_eq!(names(&place.path().join("deep/er/out")), expected);
    assert_eq!(names(&place.path().join("deep/er")), ["out"]);
}

#[test]
fn a_run_of_the_same_inputs_replaces_its_results_and_drops_what_it_no_longer_writes() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    let mut run = seeds();
    run.write(&out).unwrap();
    run.similarity = None;
    run.settings.no_text = true;
    run.write(&out).unwrap();
    assert!(!out.join("similarity.csv").exists() && !out.join("texts.jsonl.zst").exists());
    assert_eq!(names(place.path()), ["out"]);
}

#[test]
fn results_of_other_inputs_are_replaced_only_when_asked() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    seeds().write(&out).unwrap();
    let before = fs::read(out.join("run.json")).unwrap();
    let error = try_write(&copies(), &out, false).unwrap_err();
    assert!(
        matches!(&error, Error::OutputInTheWay(what) if what.contains("--replace") && what.contains("seeds"))
    );
    assert_eq!(error.exit_code(), 2);
    assert_eq!(fs::read(out.join("run.json")).unwrap(), before);
    try_write(&copies(), &out, true).unwrap();
    assert_ne!(fs::read(out.join("run.json")).unwrap(), before);
}

#[test]
fn a_foreign_folder_is_never_replaced() {
    for run_json in [None, Some("{}"), Some("{\"tool\": \"another\"}"), Some("not json")] {
        let place = tempfile::tempdir().unwrap();
        let out = place.path().join("out");
        fs::create_dir(&out).unwrap();
        fs::write(out.join("thesis.txt"), "ten years of work").unwrap();
        if let Some(json) = run_json {
            fs::write(out.join("run.json"), json).unwrap();
        }
        let before = names(&out);
        for replace in [false, true] {
            let error = try_write(&seeds(), &out, replace).unwrap_err();
            assert!(matches!(error, Error::OutputInTheWay(_)), "{error}");
        }
        assert_eq!(names(&out), before);
        assert_eq!(names(place.path()), ["out"]);
    }
}

#[test]
fn an_empty_folder_is_filled_and_a_file_is_refused() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    fs::create_dir(&out).unwrap();
    seeds().write(&out).unwrap();
    assert!(out.join("run.json").exists());
    let file = place.path().join("file");
    fs::write(&file, "mine").unwrap();
    assert!(matches!(try_write(&seeds(), &file, true), Err(Error::OutputInTheWay(_))));
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
}

#[test]
fn what_a_person_put_beside_our_files_stays() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    seeds().write(&out).unwrap();
    fs::write(out.join("notes.txt"), "call the mayor").unwrap();
    fs::create_dir(out.join("kept")).unwrap();
    fs::write(out.join("kept/a.jsonl"), "{}").unwrap();
    seeds().write(&out).unwrap();
    assert_eq!(fs::read_to_string(out.join("notes.txt")).unwrap(), "call the mayor");
    assert!(out.join("kept/a.jsonl").exists());
    assert_eq!(names(place.path()), ["out"]);
}

#[test]
fn an_error_leaves_nothing_behind_and_the_old_results_in_place() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    seeds().write(&out).unwrap();
    let before = fs::read(out.join("run.json")).unwrap();
    let result = publish(&out, &["seeds"], false, |staging| {
        fs::write(staging.join("documents.csv"), "half a").unwrap();
        Err(Error::Output {
            path: staging.join("pairs.csv"),
            source: std::io::Error::from(std::io::ErrorKind::StorageFull),
        })
    });
    assert_eq!(result.unwrap_err().exit_code(), 5);
    assert_eq!(names(place.path()), ["out"]);
    assert_eq!(fs::read(out.join("run.json")).unwrap(), before);
}

#[test]
fn a_parent_that_cannot_be_made_is_an_output_error() {
    let place = tempfile::tempdir().unwrap();
    fs::write(place.path().join("file"), "").unwrap();
    let error = seeds().write(place.path().join("file/out")).unwrap_err();
    assert_eq!(error.exit_code(), 5, "{error}");
}

#[test]
fn an_abandoned_write_publishes_nothing() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    let mine = place.path().canonicalize().unwrap();
    let result = publish(&out, &["seeds"], false, |staging| {
        fs::write(staging.join("documents.csv"), "half a").unwrap();
        abandon_where(|path| path.starts_with(&mine));
        assert!(!staging.exists());
        Ok(())
    });
    assert!(result.is_err());
    assert_eq!(names(place.path()), [""; 0]);
}

#[test]
fn what_a_dead_process_left_is_removed_and_what_a_living_one_writes_is_not() {
    let place = tempfile::tempdir().unwrap();
    let beside = |name: &str| {
        let folder = place.path().join(name);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("documents.csv"), "half a").unwrap();
        folder
    };
    let dead = beside(".out.samestory-4294967");
    let ours_before = beside(&format!(".out.samestory-{}", std::process::id()));
    let living = beside(".out.samestory-1");
    let other_target = beside(".other.samestory-4294967");
    let locked = beside(".out.samestory-4294966");
    let lock = fs::File::open(&locked).unwrap();
    lock.lock().unwrap();
    let with_notes = beside(".out.samestory-4294965");
    fs::write(with_notes.join("notes.txt"), "mine").unwrap();
    seeds().write(place.path().join("out")).unwrap();
    assert!(!dead.exists() && !ours_before.exists());
    assert!(living.exists() || !Path::new("/proc/self").exists());
    assert!(other_target.exists() && locked.exists());
    assert_eq!(fs::read_to_string(with_notes.join("notes.txt")).unwrap(), "mine");
}

#[test]
fn results_that_a_dead_process_had_set_aside_come_back() {
    let place = tempfile::tempdir().unwrap();
    let out = place.path().join("out");
    seeds().write(&out).unwrap();
    fs::rename(&out, place.path().join(".out.samestory-4294967-old")).unwrap();
    let result = publish(&out, &["seeds"], false, |_| {
        assert!(out.join("run.json").exists());
        Err(Error::Input("enough".into()))
    });
    assert!(result.is_err());
    assert_eq!(names(place.path()), ["out"]);
}

#[test]
fn folders_change_places_also_in_steps() {
    let place = tempfile::tempdir().unwrap();
    let (staging, target) = (place.path().join("staging"), place.path().join("target"));
    for (folder, word) in [(&staging, "new"), (&target, "old")] {
        fs::create_dir(folder).unwrap();
        fs::write(folder.join("word"), word).unwrap();
    }
    exchange_in_steps(&staging, &target).unwrap();
    assert_eq!(fs::read_to_string(target.join("word")).unwrap(), "new");
    assert_eq!(fs::read_to_string(staging.join("word")).unwrap(), "old");
    assert_eq!(names(place.path()), ["staging", "target"]);
    fs::remove_dir_all(&staging).unwrap();
    assert!(exchange_in_steps(&staging, &target).is_err());
    assert_eq!(fs::read_to_string(target.join("word")).unwrap(), "new");
}

#[test]
fn an_output_on_or_above_its_input_is_refused_and_one_inside_is_fine() {
    let place = tempfile::tempdir().unwrap();
    let input = place.path().join("drops/may");
    fs::create_dir_all(&input).unwrap();
    let check = |folder: PathBuf| check_target(&folder, &[&input], true);
    for refused in [input.clone(), input.join("."), input.join("../may"), input.join("..")] {
        assert!(matches!(check(refused.clone()), Err(Error::OutputInTheWay(_))), "{}", refused.display());
    }
    check(input.join("out")).unwrap();
    check(place.path().join("drops/may-out")).unwrap();
    check_target(&place.path().join("out"), &["-"], false).unwrap();
    assert!(check(PathBuf::from("/")).is_err());
}

#[cfg(unix)]
#[test]
fn a_link_to_an_output_folder_stays_a_link() {
    let place = tempfile::tempdir().unwrap();
    let (real, link) = (place.path().join("real"), place.path().join("link"));
    fs::create_dir(&real).unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    seeds().write(&link).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(real.join("run.json").exists());
    fs::remove_file(&link).unwrap();
    std::os::unix::fs::symlink(place.path().join("nowhere"), &link).unwrap();
    assert!(matches!(try_write(&seeds(), &link, true), Err(Error::OutputInTheWay(_))));
}

#[test]
fn only_the_record_may_differ_between_equal_runs() {
    let place = tempfile::tempdir().unwrap();
    let (one, two) = (place.path().join("one"), place.path().join("two"));
    copies().write(&one).unwrap();
    let mut again = copies();
    again.settings.threads = Some(3);
    again.stages[0].wall_seconds = 99.0;
    let options = WriteOptions {
        command: ["samestory", "run", "drops/port", "--threads", "3", "-o", "two"].map(String::from).to_vec(),
        ..WriteOptions::default()
    };
    write(&again, &two, &options).unwrap();
    for name in without_archive().filter(|name| *name != "run.json") {
        assert_eq!(fs::read(one.join(name)).unwrap(), fs::read(two.join(name)).unwrap(), "{name}");
    }
    let record: serde_json::Value = serde_json::from_slice(&fs::read(two.join("run.json")).unwrap()).unwrap();
    assert_eq!(record["settings"]["threads"], serde_json::json!({ "value": 3, "origin": "given" }));
    assert_eq!(record["settings"]["seed"]["origin"], "default");
    assert_eq!(record["tool"], "samestory");
    assert_eq!(record["counts"]["candidate_pairs"], 7);
    assert_eq!(record["command"][3], "--threads");
    assert_eq!(record["stages"][0]["wall_seconds"], 99.0);
}
