//! An explanation for people: plain lines, with color where it goes to a terminal.

use std::fmt::Write as _;

use samestory::explanation::{Judgement, Piece, Quote, Shortfall, quote};
use samestory::pairs::unlike::Unlike;
use samestory::pairs::{Passage, Relation};
use samestory::past::{Nearness, PastDocument};

use super::explain::{Group, Told};
use super::inspect::{counted, grouped};
use super::terminal::printable_line;

/// Columns that quotations are wrapped at.
const WIDTH: usize = 100;

/// Shared terms that are listed.
const SHOWN_TERMS: usize = 12;

/// Characters of a headline, label or id that are shown.
const LONGEST: usize = 90;

/// What the terminal is told.
const GREEN: &str = "\u{1b}[1;32m";
const DIM: &str = "\u{1b}[2m";
const BOLD: &str = "\u{1b}[1m";
const PLAIN: &str = "\u{1b}[0m";

/// The whole explanation.
pub(super) fn text(told: &Told<'_>, has_color: bool) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    for (name, document) in ["a", "b"].iter().zip(told.documents()) {
        let _ = writeln!(text, "{name}  {}", document_line(document));
        if !document.title.is_empty() {
            let _ = writeln!(text, "   {}", shown(&document.title));
        }
    }
    let (verdict, reason) = verdict(told);
    let bold = |words: &str| if has_color { format!("{BOLD}{words}{PLAIN}") } else { words.to_owned() };
    let _ = writeln!(text, "\n{}: {reason}", bold(&verdict));
    if let Some(pair) = &told.explanation.listed_of_kept {
        let (a, b, relation) = (shown(&pair.a), shown(&pair.b), pair.relation.name());
        let _ = writeln!(
            text,
            "Of a duplicate set the run tells relations by its kept document: of {a} and {b} it says {relation}."
        );
    }
    if let Some(judgement) = &told.explanation.judgement {
        text.push_str(&judged(told, judgement));
    } else if told.explanation.texts.is_none() && told.explanation.listed.is_none() {
        text.push_str("The run keeps no texts (--no-text): what the two lack to be copies cannot be told.\n");
    }
    text.push_str(&facts(told));
    text.push_str(&chain(told));
    text.push_str(&terms(told));
    text.push_str(&passages(told, has_color));
    text
}

fn document_line(document: &PastDocument) -> String {
    let mut parts = vec![counted(u64::from(document.n_words), "word"), document.language.code().to_owned()];
    parts.extend(
        [&document.date, &document.source]
            .into_iter()
            .filter(|part| !part.is_empty())
            .map(|part| shown(part)),
    );
    if document.status != "ok" {
        parts.push(format!("{}: compared exactly only", shown(&document.status)));
    }
    format!("{}: {}", shown(&document.id), parts.join(", "))
}

/// The verdict and its reason, as the run has them.
fn verdict(told: &Told<'_>) -> (String, String) {
    let [set, story, _] = told.groups();
    if let Some(pair) = &told.explanation.listed {
        return (
            pair.relation.name().to_owned(),
            format!("{} (as the run lists it)", shown_long(&pair.reason)),
        );
    }
    if set.is_shared() {
        let kept = shown(set.of[0].unwrap_or_default());
        let reason = format!("the run verified both against the set of {kept}, and not against each other");
        return ("in one duplicate set".to_owned(), reason);
    }
    if story.is_shared() {
        return (
            "in one story".to_owned(),
            "the run pairs a story's documents with its representative only".to_owned(),
        );
    }
    ("no relation".to_owned(), "the run lists no pair of the two".to_owned())
}

/// What the two texts say by themselves.
fn judged(told: &Told<'_>, judgement: &Judgement) -> String {
    let mut text = String::from(
        "Judged now from the two texts alone; how common their wording is in the drop is not known here:\n",
    );
    let relation = judgement.relation.map_or("no copies", Relation::name);
    let reason = if judgement.reason.is_empty() { "no passage is shared" } else { &judgement.reason };
    let _ = writeln!(text, "  {relation}: {reason}");
    for shortfall in &judgement.shortfalls {
        let _ = writeln!(text, "  {}", shortfall_line(shortfall, judgement));
    }
    match judgement.unlike {
        Some(unlike) if !matches!(unlike, Unlike::Filling | Unlike::Quote) => {
            let _ = writeln!(text, "  enough is matched, and they are no copies: {}", unlike.reason());
        }
        _ if judgement.is_form => {
            let _ = writeln!(
                text,
                "  enough is matched, but {} of {} facing numbers and {} of {} facing names differ: two fillings of one form, or too few agree",
                judgement.numbers[0], judgement.numbers[1], judgement.names[0], judgement.names[1]
            );
        }
        _ => {}
    }
    if judgement.is_quote {
        text.push_str("  enough is matched, but a text's own words are not: it quotes the other, or both quote the same\n");
    }
    let is_copy = judgement.relation.is_some_and(|relation| relation < Relation::Reuse);
    if is_copy && told.explanation.listed.is_none() && !told.groups()[0].is_shared() {
        text.push_str(
            "  the run has not found them so: wording that many texts of the drop share counts for less in it, and proposes fewer pairs\n",
        );
    }
    let (n_shared, needed) = (judgement.n_shared_runs, told.run.settings.shared_shingles);
    let runs = counted(u64::from(n_shared), "run");
    let _ = if n_shared < needed {
        writeln!(
            text,
            "  {runs} of three words in both; two texts are held against each other from {needed} rare ones on (shared-shingles)"
        )
    } else {
        writeln!(
            text,
            "  {runs} of three words in both; {needed} rare ones make two texts candidates (shared-shingles)"
        )
    };
    text
}

fn shortfall_line(shortfall: &Shortfall, judgement: &Judgement) -> String {
    let Shortfall { setting, needed, found, .. } = *shortfall;
    let aim = if shortfall.relation == Relation::Reuse { "to be reuse" } else { "to be copies" };
    if setting == "copy-threshold" {
        let side = usize::from(judgement.scores[1] > judgement.scores[0]);
        return format!(
            "{aim}, {} of one side must be matched ({setting}); of {}'s {} it is {}: {:.1} points short",
            percent(needed),
            ["a", "b"][side],
            counted(u64::from(judgement.n_words[side]), "word"),
            percent(found),
            100.0 * (needed - found)
        );
    }
    let what = match setting {
        "reuse-passage-words" => "the longest passage must have",
        _ => "matched words must weigh",
    };
    format!("{aim}, {what} {needed:.0} words ({setting}); there are {found:.0}")
}

/// Cosine, coverage, boilerplate, nearness.
fn facts(told: &Told<'_>) -> String {
    let explanation = &told.explanation;
    let mut text = String::from("\n");
    let mut fact = |name: &str, value: String| {
        let _ = writeln!(text, "{name:<15} {value}");
    };
    let coverage = match (&explanation.judgement, &explanation.listed) {
        (Some(judgement), _) => Some((judgement.coverage, judgement.jaccard)),
        (None, Some(pair)) => Some(([pair.coverage_a, pair.coverage_b], pair.jaccard)),
        (None, None) => None,
    };
    if let Some(([a, b], jaccard)) = coverage {
        fact(
            "coverage",
            format!("{} of a's words and {} of b's lie in passages", percent(a.into()), percent(b.into())),
        );
        fact("jaccard", format!("{jaccard:.4} of 5-word runs"));
    }
    let [a, b] = told.documents().map(|document| f64::from(document.boilerplate_share));
    if a + b > 0.0 {
        let repeats = format!("{} of a's words and {} of b's repeat across the drop", percent(a), percent(b));
        fact("boilerplate", format!("{repeats}, and count for nothing"));
    }
    if let Some(texts) = &explanation.texts {
        let n_set_aside = texts.iter().map(|text| text.set_aside.len()).sum::<usize>();
        if n_set_aside > 0 {
            let bytes = [0, 1].map(|side| texts[side].set_aside.iter().map(|bytes| bytes.len() as u64).sum());
            fact(
                "page furniture",
                format!("{} bytes of a and {} of b, not compared", grouped(bytes[0]), grouped(bytes[1])),
            );
        }
    }
    let cosine = match explanation.cosine() {
        Some(cosine) => format!("{cosine:.4}"),
        None if !told.run.has_stories() && !told.run.has_themes() => {
            "not known: the run was made with --only duplicates".to_owned()
        }
        None => "not known: the run keeps no texts (--no-text)".to_owned(),
    };
    fact("cosine", cosine);
    let [of_a, of_b] = explanation.nearness;
    for place in [nearest(of_a, "a", "b"), nearest(of_b, "b", "a")].into_iter().flatten() {
        fact("", place);
    }
    text
}

/// Where `other` stands among `own`'s nearest.
fn nearest(nearness: Nearness, own: &str, other: &str) -> Option<String> {
    match (nearness.rank, nearness.least) {
        (Some(rank), _) => Some(format!("{other} is number {rank} of {own}'s nearest")),
        (None, Some(least)) => {
            let n_listed = nearness.n_listed;
            Some(format!(
                "{other} is not among the {n_listed} nearest of {own}, which reach down to {least:.4}"
            ))
        }
        (None, None) => None,
    }
}

/// Duplicate set, story and theme of both.
fn chain(told: &Told<'_>) -> String {
    let mut text = String::new();
    let documents = told.documents();
    for (place, group) in told.groups().iter().enumerate() {
        let role = |side: usize| match documents[side].role.as_str() {
            role if place == 0 && !role.is_empty() => format!(", {}", shown(role)),
            _ => String::new(),
        };
        let line = if group.is_shared() {
            let roles = if place == 0 { format!(" (a{}; b{})", role(0), role(1)) } else { String::new() };
            format!("both in {}{roles}", named(group, 0))
        } else {
            let side = |side: usize| match group.of[side] {
                Some(_) => format!("{} in {}{}", ["a", "b"][side], named(group, side), role(side)),
                None => format!("{} in none{}", ["a", "b"][side], role(side)),
            };
            if group.of == [None, None] && role(0).is_empty() && role(1).is_empty() {
                "neither is in one".to_owned()
            } else {
                format!("{}; {}", side(0), side(1))
            }
        };
        let _ = writeln!(text, "{:<15} {line}", group.name);
    }
    let are_apart = told.groups()[1].of[0] != told.groups()[1].of[1];
    if are_apart && documents[0].language != documents[1].language {
        let _ = writeln!(text, "{:<15} documents of different languages are never in one story", "");
    }
    text
}

fn named(group: &Group<'_>, side: usize) -> String {
    let name = shown(group.of[side].unwrap_or_default());
    match group.label(side) {
        Some(label) => format!("{name} \"{}\"", shown(label)),
        None => name,
    }
}

fn terms(told: &Told<'_>) -> String {
    let Some(likeness) = &told.explanation.likeness else { return String::new() };
    let [n_a, n_b] = likeness.n_terms.map(|n| grouped(u64::from(n)));
    let mut text =
        format!("\nShared terms: {} of a's {n_a} and b's {n_b}", grouped(likeness.shared.len() as u64));
    if likeness.shared.is_empty() {
        return text + "\n";
    }
    text.push_str("; the share of the cosine that each makes\n");
    for term in likeness.shared.iter().take(SHOWN_TERMS) {
        let [in_a, in_b] = term.counts;
        let documents = counted(u64::from(term.documents), "document");
        let _ = writeln!(
            text,
            "  {:>5.1} %  {:<24} {in_a} in a, {in_b} in b, in {documents} of the drop",
            term.share * 100.0,
            shown(&term.word)
        );
    }
    let rest: f32 = likeness.shared.iter().skip(SHOWN_TERMS).map(|term| term.share).sum();
    if likeness.shared.len() > SHOWN_TERMS {
        let n_more = grouped((likeness.shared.len() - SHOWN_TERMS) as u64);
        let _ = writeln!(text, "  {:>5.1} %  {n_more} others", rest * 100.0);
    }
    text
}

fn passages(told: &Told<'_>, has_color: bool) -> String {
    let passages = &told.explanation.passages;
    if passages.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{}", counted(passages.len() as u64, "passage"));
    if passages.len() > told.most_passages {
        let _ = write!(text, ", the longest {} of them", told.most_passages);
    }
    if told.explanation.texts.is_some() && told.most_passages > 0 {
        text.push_str(if has_color {
            "; words that match in color"
        } else {
            "; words that match between « and »"
        });
    }
    text.push('\n');
    let mut chosen: Vec<(usize, &Passage)> = passages.iter().enumerate().collect();
    chosen.sort_by_key(|(place, passage)| (std::cmp::Reverse(passage.a.len()), *place));
    chosen.truncate(told.most_passages);
    chosen.sort_by_key(|(place, _)| *place);
    for (place, passage) in chosen {
        let boilerplate = if passage.boilerplate { "; boilerplate, counts for nothing" } else { "" };
        let _ = writeln!(
            text,
            "\n{}  bytes {}-{} of a, {}-{} of b; {} of the words match{boilerplate}",
            place + 1,
            passage.a.start,
            passage.a.end,
            passage.b.start,
            passage.b.end,
            percent(passage.similarity.into())
        );
        if let Some([a, b]) = &told.explanation.texts {
            for (name, quote) in ["a", "b"].iter().zip(quote([&a.text, &b.text], passage)) {
                text.push_str(&quotation(name, &quote, has_color));
            }
        }
    }
    text
}

/// One side of a passage, wrapped.
fn quotation(name: &str, quote: &Quote, has_color: bool) -> String {
    let mut text = format!("   {name}  ");
    let mut column = 0;
    // White space stands before the next word.
    let mut is_apart = false;
    let mut put = |style: &str, piece: &str, opening: &str, closing: &str| {
        is_apart |= piece.starts_with(char::is_whitespace);
        let words = printable_words(piece);
        for (place, word) in words.iter().enumerate() {
            let opening = if place == 0 { opening } else { "" };
            let closing = if place + 1 == words.len() { closing } else { "" };
            let word = format!("{opening}{word}{closing}");
            let length = word.chars().count();
            if column > 0 && is_apart && column + 1 + length > WIDTH {
                text.push_str("\n      ");
                column = 0;
            } else if column > 0 && is_apart {
                text.push(' ');
                column += 1;
            }
            let _ =
                if style.is_empty() { write!(text, "{word}") } else { write!(text, "{style}{word}{PLAIN}") };
            column += length;
            is_apart = place + 1 < words.len();
        }
        is_apart |= piece.ends_with(char::is_whitespace);
    };
    let (dim, green, marks) = if has_color { (DIM, GREEN, ["", ""]) } else { ("", "", ["«", "»"]) };
    for piece in &quote.pieces {
        match piece {
            Piece::Context(words) => put(dim, words, "", ""),
            Piece::Between(words) | Piece::Different(words) => put("", words, "", ""),
            Piece::Same(words) => put(green, words, marks[0], marks[1]),
            Piece::Omitted(n) => put(dim, &format!(" [… {} …] ", counted(*n as u64, "word")), "", ""),
        }
    }
    text.push('\n');
    text
}

/// Words as they stand between white space, unable to steer a terminal.
fn printable_words(text: &str) -> Vec<String> {
    text.split_whitespace().map(printable_line).collect()
}

/// `12.3 %`; never 0 or 100 unless it is exactly that.
fn percent(share: f64) -> String {
    let text = format!("{:.1} %", share * 100.0);
    match text.as_str() {
        "0.0 %" if share > 0.0 => "<0.1 %".to_owned(),
        "100.0 %" if share < 1.0 => ">99.9 %".to_owned(),
        _ => text,
    }
}

fn shown(text: &str) -> String {
    clipped(text, LONGEST)
}

fn shown_long(text: &str) -> String {
    clipped(text, 5 * LONGEST)
}

fn clipped(text: &str, most: usize) -> String {
    let line = printable_line(text);
    match line.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}
