//! `--write-kept`, from outside: what is worth keeping comes back in the files and the format it came in.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Drop, article, cut_to, lines, record, table, with_typos};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn unpacked(path: &Path) -> Vec<u8> {
    let bytes = fs::read(path).unwrap();
    let mut plain = Vec::new();
    match path.extension().and_then(|end| end.to_str()) {
        Some("gz") => flate2::read::GzDecoder::new(&*bytes).read_to_end(&mut plain).map(|_| plain).unwrap(),
        Some("zst") => zstd::stream::decode_all(&*bytes).unwrap(),
        _ => bytes,
    }
}

/// Every file that stands in `kept/`, sorted.
fn files(drop: &Drop) -> Vec<String> {
    let top = drop.place().join("kept");
    let mut files = Vec::new();
    let mut folders = vec![top.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.file_type().unwrap().is_dir() {
                folders.push(entry.path());
            } else {
                files.push(entry.path().strip_prefix(&top).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    files.sort();
    files
}

fn kept(drop: &Drop, name: &str) -> String {
    String::from_utf8(unpacked(&drop.place().join("kept").join(name))).unwrap()
}

/// A record's line as it is expected back.
fn with_fields(line: &str, id: &str, size: usize) -> String {
    let brace = line.rfind('}').unwrap();
    let end = line[..brace].trim_end_matches([' ', '\t']).len();
    format!(
        "{},\"samestory_kept_id\":{},\"samestory_set_size\":{size}{}",
        &line[..end],
        Value::from(id),
        &line[end..]
    )
}

/// Records with odd spacing, other fields, and keys in an odd order; `b` is a copy of `a`, `d` an excerpt of `c`.
fn odd_lines() -> Vec<String> {
    let text = |text: &str| Value::from(text).to_string();
    vec![
        format!(
            "{{ \"n\":  1e2 ,\"id\" :\"a\",  \"text\": {} , \"tags\":[ \"x\" , {{}} ] }}  ",
            text(&article(1))
        ),
        format!("{{\"text\":{},\"id\":\"b\"}}", text(&with_typos(&article(1), 9))),
        format!("\t{{\"id\":\"c\",\"text\":{},\"z\":{{\"}}\":\"\\u00e9}}\"}}}}", text(&article(2))),
        format!("{{\"id\":\"d\",\"text\":{}}}", text(&cut_to(&article(2), 60))),
        "{\"id\": broken".to_owned(),
        format!("{{\"id\":\"e\",\"text\":{},\"empty\":\"\"}}", text(&article(3))),
    ]
}

fn joined(lines: &[String], end: &str) -> String {
    lines.join(end) + end
}

#[test]
fn records_come_back_byte_for_byte_with_two_fields_more() {
    let odd = odd_lines();
    let drop = Drop::new().file("odd.jsonl", joined(&odd, "\r\n") + "\r\n");
    let outcome = drop.run(&["--write-kept", "kept"]).exits(3);
    assert_eq!(outcome.text("keep.txt"), "a\nc\ne\n");
    let wanted: Vec<String> = [(0, "a", 2), (2, "c", 2), (5, "e", 1)]
        .iter()
        .map(|&(n, id, size)| with_fields(&odd[n], id, size))
        .collect();
    assert_eq!(kept(&drop, "odd.jsonl"), joined(&wanted, "\r\n"));
    assert_eq!(files(&drop), ["kept.csv", "kept.json", "odd.jsonl"]);
    let index = fs::read_to_string(drop.place().join("kept/kept.csv")).unwrap();
    assert_eq!(index, "id,set_size,path\na,2,odd.jsonl\nc,2,odd.jsonl\ne,1,odd.jsonl\n");
    assert!(outcome.stderr.contains("kept: 3 documents"), "{}", outcome.stderr);
}

#[test]
fn a_packed_shard_stays_packed_and_a_file_without_a_last_line_end_has_none() {
    let odd = odd_lines();
    let plain = joined(&odd[..5], "\n") + &odd[5];
    let drop = Drop::new().file("one/a.jsonl.gz", gzip(plain.as_bytes())).file(
        "two/b.ndjson.zst",
        zstd::stream::encode_all(lines(&[record("f", &article(4))]).as_bytes(), 3).unwrap(),
    );
    drop.run(&["--write-kept", "kept"]).exits(3);
    let wanted = [with_fields(&odd[0], "a", 2), with_fields(&odd[2], "c", 2), with_fields(&odd[5], "e", 1)];
    assert_eq!(kept(&drop, "one/a.jsonl.gz"), wanted.join("\n"));
    assert_eq!(kept(&drop, "two/b.ndjson.zst"), with_fields(&lines(&[record("f", &article(4))]), "f", 1));
    assert_eq!(fs::read(drop.place().join("kept/one/a.jsonl.gz")).unwrap()[..2], [0x1f, 0x8b]);
    assert_eq!(fs::read(drop.place().join("kept/two/b.ndjson.zst")).unwrap()[..4], [0x28, 0xb5, 0x2f, 0xfd]);
}

#[test]
fn an_array_stays_an_array_with_its_white_space() {
    let object = |id: &str, text: &str| {
        format!("{{\n    \"id\": \"{id}\",\n    \"text\": {}\n  }}", Value::from(text))
    };
    let fields = |object: &str, id: &str, size: usize| {
        let end = object.rfind("\n  }").unwrap();
        format!(
            "{},\"samestory_kept_id\":\"{id}\",\"samestory_set_size\":{size}{}",
            &object[..end],
            &object[end..]
        )
    };
    let (a, b, c) = (object("a", &article(1)), object("b", &article(1)), object("c ]},[{", &article(2)));
    let drop = Drop::new().file("all.json", format!("[\n  {a},\n  {b} ,\n  {c}\n]\n"));
    drop.run(&["--write-kept", "kept"]).exits(0);
    let (a2, c2) = (fields(&a, "a", 2), fields(&c, "c ]},[{", 1));
    assert_eq!(kept(&drop, "all.json"), format!("[\n  {a2},\n  {c2}\n]\n"));

    // The first goes: the array still opens well. Objects one after another stay so.
    let drop = Drop::new()
        .file("all.json", format!("[{},{c}]", object("z", &article(1))))
        .file("list.json", format!("{a}\n{c}\n", c = object("d", &article(3))));
    drop.run(&["--write-kept", "kept"]).exits(0);
    assert_eq!(kept(&drop, "all.json"), format!("[{c2}]"));
    assert_eq!(kept(&drop, "list.json"), format!("{a2}\n{}\n", fields(&object("d", &article(3)), "d", 1)));
}

#[test]
fn an_array_that_is_cut_off_is_closed() {
    let drop = Drop::new().file("cut.json", format!("[{}, {{\"id\": \"b\", \"te", record("a", &article(1))));
    drop.run(&["--write-kept", "kept"]).exits(3);
    let array: Value = serde_json::from_str(&kept(&drop, "cut.json")).unwrap();
    assert_eq!(array.as_array().unwrap().len(), 1);
    assert_eq!(array[0]["samestory_kept_id"], "a");
}

#[test]
fn files_that_are_one_text_come_back_as_they_lie() {
    let page = format!(
        "<html><head><title>T</title></head><body><article><p>{}</p></article></body></html>",
        article(5)
    );
    let drop = Drop::new()
        .file("a.txt", article(1))
        .file("deep/er/b.txt", format!("{}\r\n", article(1)))
        .file("c.md.gz", gzip(article(2).as_bytes()))
        .file("d.html", &page)
        .file("e.txt", "")
        .file("picture.png", b"\x89PNG\r\n\x1a\n");
    let outcome = drop.run(&["--write-kept", "kept"]).exits(0);
    assert_eq!(outcome.text("keep.txt"), "a\nc\nd\n");
    assert_eq!(files(&drop), ["a.txt", "c.md.gz", "d.html", "kept.csv", "kept.json"]);
    for name in ["a.txt", "c.md.gz", "d.html"] {
        assert_eq!(
            fs::read(drop.place().join("drop").join(name)).unwrap(),
            fs::read(drop.place().join("kept").join(name)).unwrap()
        );
    }
    let index = table(&drop.place().join("kept/kept.csv"));
    let sizes: Vec<_> = index
        .iter()
        .map(|row| (row["id"].as_str(), row["set_size"].as_str(), row["path"].as_str()))
        .collect();
    assert_eq!(sizes, [("a", "2", "a.txt"), ("c", "1", "c.md.gz"), ("d", "1", "d.html")]);
}

#[test]
fn what_is_written_is_what_keep_txt_says_and_holds_no_copies() {
    let records: Vec<Value> = (0..60)
        .map(|n| {
            record(&format!("r{n}"), &if n % 3 == 2 { with_typos(&article(n / 3), 8) } else { article(n) })
        })
        .collect();
    let drop = Drop::new()
        .records("x.jsonl", &records[..30])
        .file("y.json", Value::from(records[30..].to_vec()).to_string())
        .file("z.txt", article(0));
    let outcome = drop.run(&["--write-kept", "kept"]).exits(0);
    assert!(outcome.count("drop") > 5);
    let keep = outcome.text("keep.txt");
    let mut again = drop.command(&["run", "kept", "--output", "out2"], b"").exits(0);
    again.folder = drop.place().join("out2");
    assert_eq!(again.text("keep.txt"), keep);
    assert_eq!(again.count("drop"), 0);
    // Every field of the input, and the two that were added.
    for line in kept(&drop, "x.jsonl").lines() {
        let mut line: Value = serde_json::from_str(line).unwrap();
        let fields = line.as_object_mut().unwrap();
        assert_eq!(fields.remove("samestory_kept_id").unwrap(), fields["id"]);
        assert!(fields.remove("samestory_set_size").unwrap().as_u64().unwrap() >= 1);
        assert!(records.contains(&line));
    }
}

#[test]
fn records_with_one_id_are_written_once_or_under_their_own_names() {
    let drop = Drop::new().records(
        "ids.jsonl",
        &[
            record("a", &article(1)),
            record("a", &article(1)),
            record("a", &article(2)),
            json!({ "text": article(3) }),
        ],
    );
    let outcome = drop.run(&["--write-kept", "kept"]).exits(0);
    let written: Vec<Value> =
        kept(&drop, "ids.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut ids: Vec<&str> = written.iter().map(|line| line["samestory_kept_id"].as_str().unwrap()).collect();
    assert_eq!(written.len(), 3);
    ids.sort_unstable();
    assert_eq!(ids, outcome.text("keep.txt").lines().collect::<Vec<_>>());
    assert_eq!(ids, ["a", "a#2", "ids.jsonl:4"]);
    assert_eq!(written.iter().filter(|line| line["id"] == "a").count(), 2);
}

#[test]
fn fields_that_were_there_before_keep_their_values() {
    let drop = Drop::new().records(
        "r.jsonl",
        &[json!({ "id": "a", "text": article(1), "samestory_kept_id": "old" }), record("b", &article(2))],
    );
    drop.run(&["--write-kept", "kept"]).exits(0);
    for (line, id) in kept(&drop, "r.jsonl").lines().zip(["a", "b"]) {
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["samestory_kept_id_2"], id);
        assert_eq!(line["samestory_set_size_2"], 1);
        assert_eq!(line["samestory_kept_id"], if id == "a" { json!("old") } else { Value::Null });
    }
}

#[test]
fn other_encodings_stay_what_they_are() {
    let text =
        |records: &[Value]| lines(records).encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
    let records = [record("ä", &article(1)), record("ö", &article(1)), record("ü", &article(2))];
    let mut bytes = b"\xff\xfe".to_vec();
    bytes.extend(text(&records[1..]));
    let drop = Drop::new().file("wide.jsonl", &bytes).records("narrow.jsonl", &records[..1]);
    drop.run(&["--write-kept", "kept"]).exits(0);
    let written = fs::read(drop.place().join("kept/wide.jsonl")).unwrap();
    assert_eq!(written[..2], [0xff, 0xfe]);
    let units: Vec<u16> =
        written[2..].as_chunks::<2>().0.iter().map(|&pair| u16::from_le_bytes(pair)).collect();
    let line: Value = serde_json::from_str(&String::from_utf16(&units).unwrap()).unwrap();
    assert_eq!((&line["id"], &line["samestory_kept_id"]), (&json!("ü"), &json!("ü")));
    assert!(kept(&drop, "narrow.jsonl").contains("\"samestory_kept_id\":\"ä\",\"samestory_set_size\":2"));
}

#[test]
fn standard_input_becomes_one_file() {
    let odd = odd_lines();
    let drop = Drop::new();
    let run = |input: &[u8]| {
        drop.command(&["run", "-", "--output", "out", "--write-kept", "kept"], input).exits(3);
    };
    run(joined(&odd, "\n").as_bytes());
    let wanted = [with_fields(&odd[0], "a", 2), with_fields(&odd[2], "c", 2), with_fields(&odd[5], "e", 1)];
    assert_eq!(files(&drop), ["kept.csv", "kept.json", "stdin.jsonl"]);
    assert_eq!(kept(&drop, "stdin.jsonl"), joined(&wanted, "\n"));
    run(&gzip(joined(&odd, "\n").as_bytes()));
    assert_eq!(files(&drop), ["kept.csv", "kept.json", "stdin.jsonl.gz"]);
    assert_eq!(kept(&drop, "stdin.jsonl.gz"), joined(&wanted, "\n"));
}

#[test]
fn files_of_one_name_do_not_overwrite_each_other() {
    let drop = Drop::new()
        .records("may/a.jsonl", &[record("m", &article(1))])
        .records("june/a.jsonl", &[record("j", &article(2))])
        .records("own/kept.json", &[record("k", &article(3))]);
    let run = |inputs: &[&str]| {
        let mut arguments = vec!["run"];
        arguments.extend(inputs);
        arguments.extend(["--output", "out", "--write-kept", "kept", "--replace"]);
        drop.command(&arguments, b"").exits(0);
    };
    run(&["drop/may/a.jsonl", "drop/june"]);
    assert_eq!(files(&drop), ["1-a.jsonl/a.jsonl", "2-june/a.jsonl", "kept.csv", "kept.json"]);
    assert!(kept(&drop, "2-june/a.jsonl").contains("\"j\""));
    run(&["drop/may", "drop/own"]);
    assert_eq!(files(&drop), ["1-may/a.jsonl", "2-own/kept.json", "kept.csv", "kept.json"]);
    // The folder that was there before left nothing behind.
    run(&["drop"]);
    assert_eq!(files(&drop), ["june/a.jsonl", "kept.csv", "kept.json", "may/a.jsonl", "own/kept.json"]);
}

#[test]
fn only_a_folder_of_ours_is_replaced_and_what_is_not_ours_in_it_stays() {
    let drop = Drop::new().good().file("sub/t.txt", article(7));
    drop.run(&["--write-kept", "kept"]).exits(0);
    fs::write(drop.place().join("kept/notes.txt"), "mine").unwrap();
    fs::write(drop.place().join("kept/sub/notes.txt"), "mine too").unwrap();
    drop.run(&["--write-kept", "kept"]).exits(0);
    assert_eq!(
        files(&drop),
        ["good.jsonl", "kept.csv", "kept.json", "notes.txt", "sub/notes.txt", "sub/t.txt"]
    );
    let mut beside: Vec<_> =
        fs::read_dir(drop.place()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    beside.sort();
    assert_eq!(beside, ["drop", "kept", "out"]);

    let other =
        drop.command(&["run", "drop/good.jsonl", "--output", "out2", "--write-kept", "kept"], b"").exits(2);
    assert!(other.stderr.contains("--replace"), "{}", other.stderr);
    assert!(!drop.place().join("out2").exists());
    fs::create_dir(drop.place().join("foreign")).unwrap();
    fs::write(drop.place().join("foreign/a.txt"), "mine").unwrap();
    for folder in ["foreign", "drop", ".", "drop/good.jsonl", "out", "out/kept"] {
        let outcome = drop.run(&["--write-kept", folder, "--replace"]).exits(2);
        assert!(outcome.stderr.contains("--write-kept"), "{folder}: {}", outcome.stderr);
    }
    assert_eq!(fs::read_dir(drop.place().join("foreign")).unwrap().count(), 1);
}

#[test]
fn kept_documents_below_an_input_are_not_read_again() {
    let drop = Drop::new().good();
    drop.run(&["--write-kept", "drop/kept"]).exits(0);
    let outcome = drop.run(&["--write-kept", "drop/kept"]).exits(0);
    assert_eq!(outcome.ids(), ["good-1", "good-2"]);
    assert_eq!(outcome.count("drop"), 0);
    // Named, they are documents; their index and record are none.
    let outcome = drop.command(&["run", "drop/kept", "--output", "out3"], b"").exits(0);
    assert!(outcome.stderr.starts_with("2 documents"), "{}", outcome.stderr);
}

/// A file that changes between the two readings: pipes are read last, and the program waits for this one.
#[cfg(unix)]
#[test]
fn a_shard_that_changed_is_an_error_and_nothing_is_published() {
    use std::process::{Command, Stdio};
    for (name, before, after) in [
        ("a.jsonl", lines(&[record("a", &article(1))]), lines(&[record("a", &article(2))])),
        ("a.txt", article(1), article(1) + "."),
        ("a.json", format!("[{}]", record("a", &article(1))), "[]".to_owned()),
        ("gone.txt", article(1), String::new()),
    ] {
        let drop = Drop::new().file(name, &before);
        let (file, pipe) = (drop.place().join("drop").join(name), drop.place().join("pipe"));
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let child = Command::new(assert_cmd::cargo::cargo_bin!("samestory"))
            .current_dir(drop.place())
            .args(["run", "drop", "pipe", "--output", "out", "--write-kept", "kept"])
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Opens once the program does.
        let mut writer = fs::File::options().write(true).open(&pipe).unwrap();
        if after.is_empty() {
            fs::remove_file(&file).unwrap();
        } else {
            fs::write(&file, &after).unwrap();
        }
        writer.write_all(lines(&[record("b", &article(8))]).as_bytes()).unwrap();
        std::mem::drop(writer);
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(4), "{said}");
        assert!(said.contains(name) && said.contains("nothing was published"), "{said}");
        assert!(
            said.contains(if after.is_empty() { "second time" } else { "changed since it was read" }),
            "{said}"
        );
        let mut left: Vec<_> =
            fs::read_dir(drop.place()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["drop", "pipe"], "{said}");
    }
}

/// A pipe is copied while it is read, and comes back as a file of its name.
#[cfg(unix)]
#[test]
fn a_pipe_can_be_kept_too() {
    use std::process::Command;
    let drop = Drop::new();
    let pipe = drop.place().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut child = Command::new(assert_cmd::cargo::cargo_bin!("samestory"))
        .current_dir(drop.place())
        .args(["run", "pipe", "--output", "out", "--write-kept", "kept", "--quiet"])
        .spawn()
        .unwrap();
    let line = record("b", &article(8)).to_string();
    fs::write(&pipe, &line).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(kept(&drop, "pipe"), with_fields(&line, "b", 1));
}

#[cfg(unix)]
#[test]
fn names_that_are_no_text_and_ids_that_are_paths_stay_where_they_are() {
    use std::os::unix::ffi::OsStrExt as _;
    let odd = std::ffi::OsStr::from_bytes(b"caf\xe9.txt");
    let drop = Drop::new()
        .records("r.jsonl", &[record("../../outside", &article(1)), record("/etc/x", &article(2))]);
    fs::write(drop.place().join("drop").join(odd), article(3)).unwrap();
    drop.run(&["--write-kept", "kept"]).exits(0);
    assert_eq!(fs::read(drop.place().join("kept").join(odd)).unwrap(), article(3).as_bytes());
    assert_eq!(kept(&drop, "r.jsonl").lines().count(), 2);
    // Replaced, the file whose name is no text is known as ours, too.
    fs::remove_file(drop.place().join("drop").join(odd)).unwrap();
    drop.run(&["--write-kept", "kept"]).exits(0);
    assert_eq!(files(&drop), ["kept.csv", "kept.json", "r.jsonl"]);
    assert!(!drop.place().join("outside").exists());
}
