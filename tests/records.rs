//! The README's evidence is rendered from `benches/records/evidence.md`, in which `{FILE COLUMN key=value ...}` stands for the
//! median of a column of a record. `make evidence` writes it.

use std::path::Path;

const BEGIN: &str =
    "<!-- evidence: begin. Rendered from benches/records/evidence.md by `make evidence`. -->\n";
const END: &str = "<!-- evidence: end -->";

#[test]
fn the_readme_shows_what_the_records_hold() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let records = root.join("benches/records");
    let rendered = render(&std::fs::read_to_string(records.join("evidence.md")).unwrap(), &records);
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let (before, rest) = readme.split_once(BEGIN).expect("the line at which the evidence begins");
    let (shown, after) = rest.split_once(END).expect("the line at which it ends");
    if std::env::var_os("WRITE_EVIDENCE").is_some() {
        std::fs::write(root.join("README.md"), format!("{before}{BEGIN}{rendered}{END}{after}")).unwrap();
    } else {
        assert_eq!(shown, rendered, "write it with `make evidence`");
    }
}

#[test]
fn every_figure_of_the_evidence_is_taken_from_a_record_and_names_its_command() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/records");
    let template = std::fs::read_to_string(root.join("evidence.md")).unwrap();
    let mut n_rows = 0;
    let mut how_before = String::new();
    for row in template.lines().filter(|line| line.starts_with("| ")).skip(1) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [what, figure, how] = cells[..] else { panic!("{row}: three columns are wanted") };
        let (mut typed, mut n_taken, mut rest) = (String::new(), 0, figure);
        while let Some((before, after)) = rest.split_once('{') {
            typed.push_str(before);
            (n_taken, rest) = (n_taken + 1, after.split_once('}').expect("a closing brace").1);
        }
        typed.push_str(rest);
        assert!(n_taken > 0, "{what}: no figure is taken from a record");
        assert!(!typed.contains(|c: char| c.is_ascii_digit()), "{what}: {typed:?} was typed");
        assert!(
            how.matches('`').count() >= 2 || (how.starts_with("the same on") && !how_before.is_empty()),
            "{what}: no command is named"
        );
        how.clone_into(&mut how_before);
        n_rows += 1;
    }
    assert!(n_rows >= 10, "{n_rows}");
}

#[test]
fn a_figure_is_the_median_of_the_rows_that_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("runs.csv"),
        "tool,input,wall_seconds,peak_kib\nours,a,1.26,2048\nours,a,9.9,1048576\nours,a,1.24,4096\ntheirs,a,12.4,0\n",
    )
    .unwrap();
    std::fs::write(folder.path().join("score.txt"), "docs=5  P=0.9986  R=1.0000\n  cut  recall=0.5\n")
        .unwrap();
    let template = "{runs.csv wall_seconds tool=ours}, {runs.csv peak_kib tool=ours}, {runs.csv wall_seconds tool=theirs input=a}; \
                    {score.txt P}, {score.txt R}";
    assert_eq!(render(template, folder.path()), "1.3 s, 4 MiB, 12 s; .999, 1.000");
}

fn render(template: &str, records: &Path) -> String {
    let mut rendered = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (asked, after) = after.split_once('}').expect("a closing brace");
        rendered.push_str(before);
        rendered.push_str(&figure(asked, records));
        rest = after;
    }
    rendered + rest
}

/// One figure: `FILE COLUMN key=value ...`.
fn figure(asked: &str, records: &Path) -> String {
    let mut words = asked.split_whitespace();
    let (file, column) = (words.next().expect("a file"), words.next().expect("a column"));
    let text = std::fs::read_to_string(records.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    if Path::new(file).extension().is_none_or(|extension| extension != "csv") {
        let found = text.split_whitespace().find_map(|word| word.strip_prefix(column)?.strip_prefix('='));
        return share(found.unwrap_or_else(|| panic!("{asked}: not there")).parse().expect("a number"));
    }
    let conditions: Vec<(&str, &str)> = words.map(|word| word.split_once('=').expect("key=value")).collect();
    let mut rows = csv::Reader::from_reader(text.as_bytes());
    let header = rows.headers().expect("a header").clone();
    let place = |name: &str| {
        header.iter().position(|cell| cell == name).unwrap_or_else(|| panic!("{asked}: no {name}"))
    };
    let mut figures: Vec<f64> = rows
        .records()
        .map(Result::unwrap)
        .filter(|row| conditions.iter().all(|(key, value)| &row[place(key)] == *value))
        .map(|row| row[place(column)].parse().expect("a number"))
        .collect();
    assert!(!figures.is_empty(), "{asked}: no such row");
    figures.sort_by(f64::total_cmp);
    let median = figures[figures.len() / 2];
    match column {
        _ if column.ends_with("seconds") && median < 1.0 => format!("{median:.2} s"),
        _ if column.ends_with("seconds") && median < 9.95 => format!("{median:.1} s"),
        _ if column.ends_with("seconds") => format!("{median:.0} s"),
        "peak_kib" => format!("{} MiB", thousands((median / 1024.0).round() as u64)),
        _ => share(median),
    }
}

/// .999 for .9986.
fn share(figure: f64) -> String {
    let written = format!("{figure:.3}");
    written.strip_prefix('0').unwrap_or(&written).to_owned()
}

fn thousands(figure: u64) -> String {
    if figure < 1000 { figure.to_string() } else { format!("{},{:03}", figure / 1000, figure % 1000) }
}
