//! `samestory inspect`: what would be read, and what not.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use hashbrown::HashMap;
use samestory::corpus::{Action, Problem, Sample, Status};
use samestory::settings::ReadFor;
use samestory::{Corpus, DocId};

use super::arguments::{InspectArguments, Knobs};
use super::exit::{Exit, Stop};
use super::progress::Bars;
use super::run::skipped_or_done;
use super::terminal::printable_line;
use super::{settings, terminal};

/// Problems shown unless all are asked for.
const SHOWN_PROBLEMS: usize = 10;

/// Other fields shown, the most frequent.
const SHOWN_FIELDS: usize = 20;

/// Characters of an example.
const EXAMPLE: usize = 60;

/// Bytes that are looked at unless all are asked for: about a second's work.
const LOOKED_AT: u64 = 24_000_000;

/// Reads the input, or a sample of it, and prints what it found.
pub(crate) fn inspect(arguments: &InspectArguments) -> Result<Exit, Stop> {
    let mut layered = settings::layer(&arguments.reading, &Knobs::default())?;
    layered.settings.read_for = ReadFor::Look;
    layered.settings.look_bytes = (!arguments.whole).then_some(LOOKED_AT);
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
    if let Some(sample) = &corpus.counts.sample {
        text.push_str(&sampled(sample));
    }
    for input in &corpus.inputs {
        let _ = writeln!(
            text,
            "{}: {}, {}, {}",
            printable_line(&input.path),
            counted(input.n_files, "file"),
            counted(input.n_documents, "document"),
            counted(input.bytes, "byte"),
        );
        if !input.kinds.is_empty() {
            let _ = writeln!(text, "  kinds      {}", tally(&input.kinds));
        }
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
    text.push_str(&dates(corpus));
    text.push_str(&sizes(corpus));
    text.push_str(&examples(corpus));
    if !corpus.counts.other_files.is_empty() {
        let _ = writeln!(text, "not read     {}", tally(&corpus.counts.other_files));
    }
    if !corpus.counts.other_records.is_empty() {
        let _ = writeln!(text, "no page      {}", tally(&corpus.counts.other_records));
    }
    text.push_str(&problems(corpus, all_problems));
    text
}

/// How much was looked at. Of a packed file all bytes may be read, and only a part of what they unpack to.
fn sampled(sample: &Sample) -> String {
    let bytes = if sample.bytes < sample.of_bytes {
        format!("{} of {} bytes, ", grouped(sample.bytes), grouped(sample.of_bytes))
    } else {
        String::new()
    };
    let files = match (sample.of_files, sample.n_cut) {
        (1, 0) => "of 1 file".to_owned(),
        (1, _) => "of 1 file, which was not read to its end".to_owned(),
        (of_files, 0) => format!("{} of {} files", grouped(sample.n_files), grouped(of_files)),
        (of_files, n_cut) => format!(
            "{} of {} files, {} of them not read to the end",
            grouped(sample.n_files),
            grouped(of_files),
            grouped(n_cut)
        ),
    };
    format!("a sample: {bytes}{files}; all figures are of what was looked at (--whole reads everything)\n")
}

fn dates(corpus: &Corpus) -> String {
    let mut dates: Vec<&str> =
        corpus.documents.iter().filter_map(|document| document.date.as_deref()).collect();
    dates.sort_unstable();
    let n_without = (corpus.documents.len() - dates.len()) as u64;
    match (dates.first(), dates.last()) {
        (Some(first), Some(last)) => {
            let without =
                if n_without > 0 { format!("; {} without", grouped(n_without)) } else { String::new() };
            format!("dates        {first} to {last}, {} documents{without}\n", grouped(dates.len() as u64))
        }
        _ => "dates        none\n".to_owned(),
    }
}

fn sizes(corpus: &Corpus) -> String {
    let mut sizes: Vec<usize> =
        (0..corpus.documents.len() as u32).map(|place| corpus.texts.n_bytes(DocId(place))).collect();
    sizes.sort_unstable();
    let of = |part: usize| grouped(sizes.get((sizes.len() - 1) * part / 2).copied().unwrap_or(0) as u64);
    if sizes.is_empty() {
        return String::new();
    }
    format!(
        "texts        {} to {} bytes, half of them up to {}; {} in all\n",
        of(0),
        of(2),
        of(1),
        grouped(sizes.iter().sum::<usize>() as u64)
    )
}

/// Each field with how many documents have it, and the first one's.
fn examples(corpus: &Corpus) -> String {
    let mut text = String::new();
    let mut row = |name: &str, count: u64, example: &str| {
        if count > 0 || name.starts_with('+') {
            let example: String = example.split_whitespace().collect::<Vec<_>>().join(" ");
            let cut = match example.char_indices().nth(EXAMPLE) {
                Some((end, _)) => format!("{}...", &example[..end]),
                None => example,
            };
            let _ = writeln!(
                text,
                "  {:<18} {:>9}  {}",
                printable_line(name),
                grouped(count),
                printable_line(&cut)
            );
        }
    };
    let documents = &corpus.documents;
    row("id", documents.len() as u64, documents.first().map_or("", |document| document.id.as_str()));
    let mut column = |name: &str, of: &dyn Fn(&samestory::Document) -> Option<&str>| {
        let count = documents.iter().filter(|document| of(document).is_some()).count();
        row(name, count as u64, documents.iter().find_map(of).unwrap_or_default());
    };
    column("title", &|document| document.title.as_deref());
    column("date", &|document| document.date.as_deref());
    column("source", &|document| document.source.as_deref());
    column("url", &|document| document.url.as_deref());
    let with_text =
        (0..documents.len() as u32).map(DocId).find(|&document| corpus.texts.n_bytes(document) > 0);
    let first =
        with_text.map(|document| corpus.texts.text(document).chars().take(EXAMPLE * 4).collect::<String>());
    let n_texts = (0..documents.len() as u32).filter(|&place| corpus.texts.n_bytes(DocId(place)) > 0).count();
    row("text", n_texts as u64, first.as_deref().unwrap_or_default());
    // By name: the documents that have it, and the first one's; a field that is null says nothing.
    let mut others: HashMap<&str, (u64, Option<String>)> = HashMap::new();
    for (key, value) in documents.iter().flat_map(|document| &document.extra) {
        let held = others.entry(key).or_default();
        if !value.is_null() {
            held.0 += 1;
            held.1.get_or_insert_with(|| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        }
    }
    let mut others: Vec<_> = others.into_iter().collect();
    others.sort_by(|a, b| b.1.0.cmp(&a.1.0).then(a.0.cmp(b.0)));
    for (key, (count, example)) in others.iter().take(SHOWN_FIELDS) {
        row(&format!("+ {key}"), *count, example.as_deref().unwrap_or("(null wherever it is)"));
    }
    let mut text = format!(
        "examples     field, documents that have it, the first of them (+: goes to the column extra)\n{text}"
    );
    if others.len() > SHOWN_FIELDS {
        let _ = writeln!(text, "  and {} more fields", others.len() - SHOWN_FIELDS);
    }
    text
}

/// What would be skipped, repaired or is worth knowing: how often for which reason, and the first ones.
fn problems(corpus: &Corpus, all: bool) -> String {
    let count = |action| corpus.problems.iter().filter(|problem| problem.action == action).count();
    let mut text =
        format!("problems     {} skipped, {} repaired", count(Action::Skipped), count(Action::Repaired));
    let n_noted = count(Action::Noted);
    if n_noted > 0 {
        let _ = write!(text, ", {n_noted} noted");
    }
    text.push('\n');
    let mut reasons: BTreeMap<String, u64> = BTreeMap::new();
    for problem in &corpus.problems {
        *reasons.entry(format!("{} ({})", problem.code, action(problem.action))).or_default() += 1;
    }
    if corpus.problems.len() > SHOWN_PROBLEMS {
        let _ = writeln!(text, "  {}", tally(&reasons));
    }
    let shown = if all { corpus.problems.len() } else { SHOWN_PROBLEMS };
    // What is lost goes first, and of a file that has one trouble many times the first stands for all.
    let mut order: Vec<(&Problem, usize)> = Vec::new();
    let mut places: BTreeMap<(Action, &str, &str), usize> = BTreeMap::new();
    for problem in &corpus.problems {
        let key = (problem.action, problem.path.as_str(), problem.code);
        match places.get(&key) {
            Some(&place) if !all => order[place].1 += 1,
            _ => {
                places.insert(key, order.len());
                order.push((problem, 0));
            }
        }
    }
    order.sort_by_key(|(problem, _)| problem.action);
    let n_left: usize = order.iter().skip(shown).map(|(_, n_more)| 1 + n_more).sum();
    for (problem, n_more) in order.into_iter().take(shown) {
        let more =
            if n_more > 0 { format!("; and {n_more} more like it in this file") } else { String::new() };
        let _ = writeln!(text, "  {}{more}", problem_line(problem));
    }
    if n_left > 0 {
        let _ = writeln!(text, "  and {n_left} more; --verbose lists all");
    }
    text
}

fn action(action: Action) -> &'static str {
    match action {
        Action::Skipped => "skipped",
        Action::Repaired => "repaired",
        Action::Noted => "noted",
    }
}

/// `may.jsonl:118: bad_json: ... (skipped)`.
pub(crate) fn problem_line(problem: &Problem) -> String {
    let line = problem.line.map(|line| format!(":{line}")).unwrap_or_default();
    let action = action(problem.action);
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
