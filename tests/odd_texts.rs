//! Texts and files as nobody should write them, through the command line: invisible marks, heaped marks, lines and words without end,
//! and things in a folder that are no files.

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};

use crate::support::{Drop, article, record};

/// Puts `marks` into every word of a text, one after another in turn.
fn strewn(text: &str, marks: &[char]) -> String {
    let mut marks = marks.iter().cycle();
    text.split(' ')
        .map(|word| match word.char_indices().nth(1) {
            Some((at, _)) => format!("{}{}{}", &word[..at], marks.next().unwrap(), &word[at..]),
            None => word.to_owned(),
        })
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn row_13_invisible_marks_do_not_hide_a_copy_and_are_seen_in_the_report() {
    let plain = article(1);
    let marks = ['\u{ad}', '\u{200b}', '\u{200d}', '\u{202e}', '\u{2060}', '\u{2067}'];
    let strewn = strewn(&plain, &marks);
    let outcome = Drop::new()
        .records(
            "a.jsonl",
            &[record("plain", &plain), record("strewn", &strewn), record("other", &article(2))],
        )
        .run(&[])
        .exits(0);
    assert_eq!(outcome.relation("plain", "strewn"), "near_duplicate");
    let pair = outcome.table("pairs.csv").into_iter().find(|row| row["b"] == "strewn").unwrap();
    assert_eq!((pair["coverage_a"].as_str(), pair["coverage_b"].as_str()), ("1.0000", "1.0000"));
    assert_eq!(outcome.texts()["strewn"], strewn, "the text stays as it was");
    let page = outcome.text("report.html");
    for seen in ["‹U+00AD›", "‹U+200B›", "‹U+202E›"] {
        assert!(page.contains(seen), "{seen} cannot be seen");
    }
    assert!(!page.contains(['\u{ad}', '\u{200b}', '\u{202e}', '\u{2067}']));
}

#[test]
fn row_14_writing_from_the_right_is_kept_to_itself_and_heaped_marks_are_capped() {
    let arabic = "يولد جميع الناس أحرارا متساوين في الكرامة والحقوق. وقد وهبوا عقلا وضميرا وعليهم أن يعامل بعضهم بعضا بروح الإخاء. لكل فرد الحق في الحياة والحرية وسلامة شخصه.";
    let plain = article(1);
    let heaped: String = plain
        .chars()
        .flat_map(|letter| {
            let n_marks = if letter == 'e' { 60 } else { 0 };
            std::iter::once(letter).chain(std::iter::repeat_n('\u{353}', n_marks))
        })
        .collect();
    let outcome = Drop::new()
        .records(
            "a.jsonl",
            &[
                record("rtl-1", arabic),
                record("rtl-2", &format!("{arabic} لا يعرض أي إنسان للتعذيب.")),
                record("zalgo-1", &heaped),
                record("zalgo-2", &heaped),
            ],
        )
        .run(&[])
        .exits(0);
    assert!(["near_duplicate", "contained"].contains(&outcome.relation("rtl-1", "rtl-2").as_str()));
    assert_eq!(outcome.relation("zalgo-1", "zalgo-2"), "identical");
    let page = outcome.text("report.html");
    assert!(
        page.contains("<bdi lang=\"ar\"") || page.contains("dir=\"auto\""),
        "the direction is kept to itself"
    );
    let (mut longest, mut run) = (0, 0);
    for letter in page.chars() {
        run = if letter == '\u{353}' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    assert!((1..=4).contains(&longest), "{longest} marks on one letter");
}

#[test]
fn row_16_texts_without_spaces_are_compared_by_words() {
    let chinese = "市议会星期二开会讨论了新的有轨电车线路，并同意在春季开通。市长对记者说，工程将持续两年，费用由国家和城市共同承担。";
    let japanese = "市議会は火曜日に新しい路面電車の路線について話し合い、春に開業することを決めた。市長は記者団に対し、工事は二年間続くと述べた。";
    let thai = "สภาเมืองประชุมเมื่อวันอังคารและเห็นชอบกับเส้นทางรถรางสายใหม่ที่จะเปิดในฤดูใบไม้ผลิ นายกเทศมนตรีกล่าวกับผู้สื่อข่าวว่างานจะใช้เวลาสองปี";
    let outcome = Drop::new()
        .records("a.jsonl", &[record("zh", chinese), record("ja", japanese), record("th", thai)])
        .run(&[])
        .exits(0);
    for (id, text, word) in [("zh", chinese, "有轨电车"), ("ja", japanese, "路面"), ("th", thai, "เทศมนตรี")]
    {
        let n_tokens: usize = outcome.document(id)["n_tokens"].parse().unwrap();
        let n_letters = text.chars().filter(|letter| letter.is_alphanumeric()).count();
        assert!(
            n_tokens > 15 && n_tokens * 4 < n_letters * 3,
            "{id}: {n_tokens} words of {n_letters} letters"
        );
        let mut terms = String::new();
        zstd::Decoder::new(outcome.bytes("terms.csv.zst").as_slice())
            .unwrap()
            .read_to_string(&mut terms)
            .unwrap();
        assert!(terms.lines().any(|line| line.starts_with(&format!("{word},"))), "{word} is no term");
    }
}

/// Feeds a record whose text is `piece` many times over through a pipe, as it is made.
fn run_on_a_pipe(n_bytes: usize, piece: &str, more: &[&str]) -> (Option<i32>, serde_json::Value, String) {
    let drop = Drop::new();
    let mut child = Command::new(assert_cmd::cargo::cargo_bin!("samestory"))
        .args(["run", "-", "--output", "out", "--only", "duplicates", "--threads", "2"])
        .args(more)
        .current_dir(drop.place())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let good = serde_json::to_string(&record("good", &article(1))).unwrap();
    writeln!(input, "{good}").unwrap();
    write!(input, "{{\"id\":\"long\",\"text\":\"").unwrap();
    let block = piece.repeat((1 << 20) / piece.len());
    for _ in 0..n_bytes.div_ceil(block.len()) {
        input.write_all(block.as_bytes()).unwrap();
    }
    writeln!(input, "\"}}").unwrap();
    writeln!(input, "{}", serde_json::to_string(&record("after", &article(2))).unwrap()).unwrap();
    drop_pipe(input);
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let bytes = std::fs::read(drop.place().join("out/run.json"));
    let record = bytes.map_or(serde_json::Value::Null, |bytes| serde_json::from_slice(&bytes).unwrap());
    (output.status.code(), record, stderr)
}

/// Closes a pipe.
fn drop_pipe(pipe: impl Sized) {
    std::mem::drop(pipe);
}

/// The most memory any stage took, bytes.
fn peak(record: &serde_json::Value) -> u64 {
    record["stages"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|stage| stage["peak_bytes"].as_u64())
        .max()
        .unwrap()
}

#[test]
fn row_18_a_line_of_a_gibibyte_is_passed_over_in_bounded_memory() {
    let (code, record, stderr) = run_on_a_pipe(1 << 30, "tram ", &["--max-document-bytes", "20000000"]);
    assert_eq!(code, Some(3), "{stderr}");
    assert_eq!(
        (record["counts"]["ok"].as_u64(), record["counts"]["skipped"].as_u64()),
        (Some(2), Some(1)),
        "{record}"
    );
    assert!(peak(&record) < 700 << 20, "{} bytes", peak(&record));
}

#[test]
fn row_18_a_document_of_millions_of_words_is_read() {
    // 5 bytes a word.
    let (code, record, stderr) = run_on_a_pipe(50_000_000, "tram ", &[]);
    assert_eq!(code, Some(0), "{stderr}");
    assert_eq!(record["counts"]["ok"].as_u64(), Some(3), "{record}");
}

#[test]
fn row_18_a_word_of_a_hundred_megabytes_is_cut() {
    for (piece, n_bytes) in [("tram", 100_000_000), ("ア", 20_000_000), ("任何人不得", 20_000_000)] {
        let (code, record, stderr) = run_on_a_pipe(n_bytes, piece, &["--max-document-bytes", "200000000"]);
        assert_eq!(code, Some(0), "{piece}: {stderr}");
        assert_eq!(record["counts"]["read"].as_u64(), Some(3), "{record}");
    }
}

#[cfg(unix)]
#[test]
fn row_40_sockets_and_devices_are_counted_and_locked_folders_are_skipped() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    use std::os::unix::net::UnixListener;

    let drop = Drop::new().good().file("locked/a.txt", article(5));
    let folder = drop.place().join("drop");
    let _listener = UnixListener::bind(folder.join("socket")).unwrap();
    symlink("/dev/null", folder.join("null")).unwrap();
    let inspected = drop.command(&["inspect", "drop"], b"").exits(0).stdout;
    assert!(inspected.contains("not read     link 1, socket 1\n"), "{inspected}");
    // Named, a device is read: an empty one, here.
    let named = drop.command(&["inspect", "drop", "/dev/null"], b"").exits(0).stdout;
    assert!(named.contains("empty file 1"), "{named}");
    let named = drop.command(&["run", "drop", "drop/socket", "--output", "named"], b"").exits(3);
    assert!(named.stderr.contains("4 documents read, 1 skipped"), "{}", named.stderr);

    let locked = folder.join("locked");
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o000)).unwrap();
    let is_locked = std::fs::read_dir(&locked).is_err();
    let outcome = drop.run(&[]);
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o755)).unwrap();
    if is_locked {
        let outcome = outcome.exits(3).keeps_the_good();
        assert!(outcome.only_problem("skipped")["path"].as_str().unwrap().contains("locked"));
    } else {
        // Nothing is locked to this user.
        outcome.exits(0).keeps_the_good();
    }
}
