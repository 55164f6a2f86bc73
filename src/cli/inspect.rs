//! `samestory inspect`: what would be read, and what not.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use samestory::Corpus;
use samestory::corpus::{Action, Problem, Status};
use samestory::settings::ReadFor;

use super::arguments::{InspectArguments, Knobs};
use super::exit::{Exit, Stop};
use super::progress::Bars;
use super::run::skipped_or_done;
use super::terminal::printable_line;
use super::{settings, terminal};

/// Problems shown unless all are asked for.
const SHOWN_PROBLEMS: usize = 10;

/// Reads everything and prints what it found.
pub(crate) fn inspect(arguments: &InspectArguments) -> Result<Exit, Stop> {
    let mut layered = settings::layer(&arguments.reading, &Knobs::default())?;
    layered.settings.read_for = ReadFor::Look;
    settings::start_threads(&mut layered.settings, arguments.talk.quiet)?;
    let bars = Bars::new(arguments.talk.quiet);
    let corpus = Corpus::read_with(&arguments.inputs, &layered.settings, &bars)?;
    bars.clear();
    terminal::print(&describe(&corpus, arguments.talk.verbose))?;
    Ok(skipped_or_done(&corpus))
}

/// What was read, in lines for a person.
pub(crate) fn describe(corpus: &Corpus, all_problems: bool) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    for input in &corpus.inputs {
        let _ = writeln!(
            text,
            "{}: {}, {}, {}",
            printable_line(&input.path),
            counted(input.n_files, "file"),
            counted(input.n_documents, "document"),
            counted(input.bytes, "byte"),
        );
        if !input.fields.is_empty() {
            let _ = writeln!(text, "  fields     {}", printable_line(&input.fields.join(", ")));
        }
        if !input.encodings.is_empty() {
            let _ = writeln!(text, "  encodings  {}", tally(&input.encodings));
        }
    }
    let _ = writeln!(text, "{}", statuses(corpus));
    if corpus.counts.repeated > 0 {
        let _ = writeln!(text, "repeated     {} (same id, same record)", grouped(corpus.counts.repeated));
    }
    let mut languages = BTreeMap::new();
    for document in &corpus.documents {
        *languages.entry(document.language.code().to_owned()).or_default() += 1;
    }
    let _ = writeln!(text, "languages    {}", tally(&languages));
    if !corpus.counts.other_files.is_empty() {
        let _ = writeln!(text, "not read     {}", tally(&corpus.counts.other_files));
    }
    let skipped = corpus.problems.iter().filter(|problem| problem.action == Action::Skipped).count();
    let repaired = corpus.problems.len() - skipped;
    let _ = writeln!(text, "problems     {skipped} skipped, {repaired} repaired");
    let shown = if all_problems { corpus.problems.len() } else { SHOWN_PROBLEMS };
    for problem in corpus.problems.iter().take(shown) {
        let _ = writeln!(text, "  {}", problem_line(problem));
    }
    if corpus.problems.len() > shown {
        let _ = writeln!(text, "  and {} more; --verbose lists all", corpus.problems.len() - shown);
    }
    text
}

/// `may.jsonl:118: bad_json: ... (skipped)`.
pub(crate) fn problem_line(problem: &Problem) -> String {
    let line = problem.line.map(|line| format!(":{line}")).unwrap_or_default();
    let action = match problem.action {
        Action::Skipped => "skipped",
        Action::Repaired => "repaired",
    };
    printable_line(&format!("{}{line}: {}: {} ({action})", problem.path, problem.code, problem.message))
}

fn statuses(corpus: &Corpus) -> String {
    let count = |status| corpus.documents.iter().filter(|document| document.status == status).count() as u64;
    format!(
        "records      {} read: {} ok, {} empty, {} too short, {} not an article, {} skipped",
        grouped(corpus.counts.read),
        grouped(count(Status::Ok)),
        grouped(count(Status::Empty)),
        grouped(count(Status::TooShort)),
        grouped(count(Status::NotAnArticle)),
        grouped(corpus.counts.skipped),
    )
}

/// `UTF-8 5, windows-1252 1`: most first, then by name.
fn tally(counts: &BTreeMap<String, u64>) -> String {
    let mut counts: Vec<(&String, &u64)> = counts.iter().collect();
    counts.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    let counts = counts.iter().map(|(name, count)| format!("{} {}", printable_line(name), grouped(**count)));
    let tally = counts.collect::<Vec<_>>().join(", ");
    if tally.is_empty() { "none".to_owned() } else { tally }
}

pub(crate) fn counted(count: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// `1,234,567`.
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut grouped = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use samestory::corpus::ReadCounts;

    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!((grouped(0), grouped(999)), ("0".to_owned(), "999".to_owned()));
        assert_eq!((grouped(1000), grouped(1_234_567)), ("1,000".to_owned(), "1,234,567".to_owned()));
    }

    #[test]
    fn a_hostile_problem_stays_on_its_line_and_cannot_steer_the_terminal() {
        let problem = Problem {
            path: "a\nb\u{1b}[2J".to_owned(),
            line: Some(7),
            byte_offset: None,
            code: "bad_json",
            message: "no\tend".to_owned(),
            action: Action::Skipped,
        };
        assert_eq!(problem_line(&problem), "a\\nb\\u{1b}[2J:7: bad_json: no end (skipped)");
        let counts = ReadCounts { read: 1, skipped: 1, ..ReadCounts::default() };
        let corpus = Corpus { problems: vec![problem], counts, ..Corpus::default() };
        let text = describe(&corpus, false);
        assert!(text.contains("1 read: 0 ok") && text.contains("1 skipped, 0 repaired"), "{text}");
        assert!(!text.contains('\u{1b}'));
    }
}
