//! `samestory explain`: why two documents of a run are, or are not, the same.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _};

use samestory::corpus::DocId;
use samestory::explanation::Explanation;
use samestory::past::{PastDocument, PastRun};

use super::arguments::ExplainArguments;
use super::exit::{Exit, Stop};
use super::terminal::printable_line;
use super::{explain_json, explain_text, terminal};

/// Ids suggested in place of one that is not there.
const SUGGESTED: usize = 3;

/// Passages quoted unless asked for otherwise.
const SHOWN_PASSAGES: u16 = 10;

/// An explanation with what its groups are called.
pub(super) struct Told<'r> {
    pub(super) run: &'r PastRun,
    pub(super) explanation: Explanation,
    pub(super) story_labels: BTreeMap<String, String>,
    pub(super) theme_labels: BTreeMap<String, String>,
    /// Passages to quote at most.
    pub(super) most_passages: usize,
}

impl Told<'_> {
    /// Both documents, the one with the smaller id first.
    pub(super) fn documents(&self) -> [&PastDocument; 2] {
        [self.explanation.a, self.explanation.b].map(|id| self.run.document(id))
    }

    /// A kind of group: what it is called, where each document is in it, and labels by name.
    pub(super) fn groups(&self) -> [Group<'_>; 3] {
        let [a, b] = self.documents();
        let of = |column: fn(&PastDocument) -> Option<&str>| [column(a), column(b)];
        [
            Group {
                name: "duplicate set",
                labels: None,
                of: of(|document| document.duplicate_set.as_deref()),
            },
            Group {
                name: "story",
                labels: Some(&self.story_labels),
                of: of(|document| document.story.as_deref()),
            },
            Group {
                name: "theme",
                labels: Some(&self.theme_labels),
                of: of(|document| document.theme.as_deref()),
            },
        ]
    }
}

/// The groups of one kind that two documents are in.
pub(super) struct Group<'t> {
    pub(super) name: &'static str,
    /// By document: its group's name.
    pub(super) of: [Option<&'t str>; 2],
    labels: Option<&'t BTreeMap<String, String>>,
}

impl Group<'_> {
    /// The label of one document's group, where there is one.
    pub(super) fn label(&self, side: usize) -> Option<&str> {
        let label = self.labels?.get(self.of[side]?)?;
        (!label.is_empty()).then_some(label.as_str())
    }

    /// Are both in one?
    pub(super) fn is_shared(&self) -> bool {
        self.of[0].is_some() && self.of[0] == self.of[1]
    }
}

/// Reads the run, explains, prints.
pub(crate) fn explain(arguments: &ExplainArguments) -> Result<Exit, Stop> {
    let run = PastRun::open(&arguments.run)?;
    let [left, right] = [find(&run, &arguments.a)?, find(&run, &arguments.b)?];
    if left == right {
        let id = printable_line(&arguments.a);
        return Err(Stop::usage(format!("{id} is given twice; give the ids of two different documents")));
    }
    let told = Told {
        explanation: Explanation::of(&run, left, right)?,
        story_labels: if run.has_stories() { run.story_labels()? } else { BTreeMap::new() },
        theme_labels: if run.has_themes() { run.theme_labels()? } else { BTreeMap::new() },
        most_passages: usize::from(arguments.passages.unwrap_or(SHOWN_PASSAGES)),
        run: &run,
    };
    if arguments.json {
        terminal::print_json(&explain_json::json(&told))?;
    } else {
        // Made of pieces that were each made printable, and of color codes of our own.
        let has_color =
            io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        terminal::print_bytes(explain_text::text(&told, has_color).as_bytes())?;
    }
    Ok(Exit::Done)
}

fn find(run: &PastRun, id: &str) -> Result<DocId, Stop> {
    run.find(id).ok_or_else(|| {
        let nearest: Vec<String> = nearest(id, run.documents.iter().map(|document| document.id.as_str()))
            .map(printable_line)
            .collect();
        let nearest = match nearest.as_slice() {
            [] => "it has no documents".to_owned(),
            ids => format!("the nearest ids are {}", ids.join(", ")),
        };
        Stop::usage(format!("{} has no document {}; {nearest}", run.folder().display(), printable_line(id)))
    })
}

/// The ids that differ least: by the letters between what they begin and end with in common. One look at each.
fn nearest<'i>(id: &str, ids: impl Iterator<Item = &'i str>) -> impl Iterator<Item = &'i str> {
    let sought: Vec<char> = id.to_lowercase().chars().collect();
    let distance = |other: &str| {
        let other: Vec<char> = other.to_lowercase().chars().collect();
        let begin = sought.iter().zip(&other).take_while(|(left, right)| left == right).count();
        let ends = sought[begin..].iter().rev().zip(other[begin..].iter().rev());
        let end = ends.take_while(|(left, right)| left == right).count();
        sought.len().max(other.len()) - begin - end
    };
    let mut ranked: Vec<(usize, &str)> = Vec::new();
    for other in ids {
        let ranking = (distance(other), other);
        let place = ranked.partition_point(|known| *known < ranking);
        ranked.insert(place, ranking);
        ranked.truncate(SUGGESTED);
    }
    ranked.into_iter().map(|(_, id)| id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_ids_differ_by_few_letters() {
        let ids = ["p0001", "p0010", "p0100", "q7", "P0011x", "\u{e9}t\u{e9}"];
        assert_eq!(nearest("p0011", ids.into_iter()).collect::<Vec<_>>(), ["P0011x", "p0001", "p0010"]);
        assert_eq!(nearest("\u{c9}T\u{c9}S", ids.into_iter()).next(), Some("\u{e9}t\u{e9}"));
        assert_eq!(nearest("", [].into_iter()).next(), None);
    }
}
