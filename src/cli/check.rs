//! `samestory check`: is any of this already known?

use std::fmt::Write as _;

use samestory::archive::Archive;
use samestory::clusters::known::Known;
use samestory::report::status_word;
use samestory::settings::Only;
use samestory::{Corpus, DocId, Run};
use serde_json::{Value, json};

use super::arguments::{CheckArguments, Knobs};
use super::exit::{Exit, Stop};
use super::inspect::{counted, grouped};
use super::progress::Bars;
use super::run::skipped_or_done;
use super::terminal::printable_line;
use super::{settings, terminal};

/// Characters shown of the longest passage.
const SHOWN: usize = 100;

/// Holds every document of the input against the archive.
pub(crate) fn check(arguments: &CheckArguments) -> Result<Exit, Stop> {
    let knobs = Knobs { copy_threshold: arguments.copy_threshold, ..Knobs::default() };
    let mut layered = settings::layer(&arguments.reading, &knobs)?;
    layered.settings.only = Some(Only::Duplicates);
    let archive = Archive::open(&arguments.archive)?;
    settings::start_threads(&mut layered.settings, arguments.talk.quiet)?;
    let bars = Bars::new(arguments.talk.quiet);
    let corpus = Corpus::read_with(&arguments.inputs, &layered.settings, &bars)?;
    let recalled = archive.recall_all(&corpus, &layered.settings, &bars)?;
    let run = samestory::run_with(corpus, &layered.settings, &recalled.context, &bars)?;
    bars.clear();

    let answers = (0..run.corpus.documents.len() as u32).map(DocId);
    let text: String = if arguments.json {
        answers.map(|document| as_json(&run, document).to_string() + "\n").collect()
    } else {
        answers.map(|document| in_words(&run, document)).collect()
    };
    terminal::print(&text)?;
    let n_known = run.known.n_copies();
    if !arguments.talk.quiet {
        let n_documents = run.corpus.documents.len() as u64;
        terminal::say(&format!(
            "{} of {} known; the archive has {}",
            grouped(n_known),
            counted(n_documents, "document"),
            counted(recalled.n_archived.into(), "document"),
        ));
        for problem in run.corpus.problems.iter().filter(|_| arguments.talk.verbose) {
            terminal::say(&super::inspect::problem_line(problem));
        }
    }
    Ok(if n_known > 0 { Exit::ConditionMet } else { skipped_or_done(&run.corpus) })
}

/// The best match of a document: copies come first.
fn best(run: &Run, document: DocId) -> Option<&Known> {
    run.known.of(document).first()
}

fn as_json(run: &Run, document: DocId) -> Value {
    let read = &run.corpus.documents[document.index()];
    let status = status_word(read.status);
    let Some(known) = best(run, document) else {
        return json!({
            "id": read.id, "known": false, "status": status, "relation": null, "of": null,
            "coverage": null, "of_coverage": null, "fuller": null, "reason": null, "passages": null,
        });
    };
    let past = &run.known.past[known.past];
    let share = |share: f32| (f64::from(share) * 10_000.0).round() / 10_000.0;
    json!({
        "id": read.id,
        "known": known.is_copy(),
        "status": status,
        "relation": known.relation.name(),
        "of": {
            "id": past.document.id,
            "drop": past.drop,
            "drop_name": past.drop_name,
            "date": past.document.date,
            "title": past.document.title,
            "source": past.document.source,
            "url": past.document.url,
        },
        "coverage": share(known.coverage),
        "of_coverage": share(known.past_coverage),
        "fuller": known.fuller.name(),
        "reason": known.reason,
        "passages": known.passages.iter().map(|passage| json!({
            "begin": passage.a.start,
            "end": passage.a.end,
            "of_begin": passage.b.start,
            "of_end": passage.b.end,
            "similarity": share(passage.similarity),
        })).collect::<Vec<_>>(),
    })
}

/// What is known of a document, in lines for a person; nothing where it is new.
fn in_words(run: &Run, document: DocId) -> String {
    let Some(known) = best(run, document) else { return String::new() };
    let past = &run.known.past[known.past];
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "{}: {} of {} (drop {}{}); {}{}",
        printable_line(&run.corpus.documents[document.index()].id),
        known.relation.name(),
        printable_line(&past.document.id),
        past.drop,
        past.document.date.as_ref().map(|date| format!(", {}", printable_line(date))).unwrap_or_default(),
        known.reason,
        match known.fuller {
            samestory::clusters::known::Fuller::New if known.is_copy() => "; this one is fuller",
            _ => "",
        },
    );
    if let Some(longest) = known.passages.iter().max_by_key(|passage| passage.a.len()) {
        let whole = run.corpus.texts.text(document);
        let passage = whole.get(longest.a.start as usize..longest.a.end as usize).unwrap_or_default();
        let words: Vec<&str> = passage.split_whitespace().collect();
        let words = printable_line(&words.join(" "));
        let shown: String = words.chars().take(SHOWN).collect();
        let rest = if shown.len() < words.len() { " ..." } else { "" };
        let _ = writeln!(text, "    {shown}{rest}");
    }
    text
}
