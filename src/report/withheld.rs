//! Withheld: a run without any document's words. Whatever is written with `--no-text` is written from this, so what no
//! writer is given, none can let out.
//!
//! Gone are texts, headlines, other fields, addresses (they often spell the headline, and lead to the text), labels, keyphrases,
//! terms, repeated wording, and what a problem quotes of a record. Ids, paths, dates and sources stay, for without them
//! nobody could say what was found: where these tell too much, they have to be changed before the run.

use crate::clusters::continued::{KnownStories, StoryLine};
use crate::clusters::known::KnownDocuments;
use crate::clusters::{Story, Theme, Themes};
use crate::context::{KnownBoilerplate, PastDocument};
use crate::corpus::{Corpus, Document, Problem, Sources, TextStore};
use crate::pairs::{Boilerplate, BoilerplateStretch};
use crate::run::Run;
use crate::settings::Settings;
use crate::vectors::TermTable;

/// What stands where a message may quote a record.
const UNTOLD: &str = "not told without text; samestory inspect says it";

/// The run with none of its documents' words; texts stay as long as they were, in bytes, and are blank.
pub(super) fn withhold(run: &Run) -> Run {
    Run {
        corpus: corpus(&run.corpus),
        n_tokens: run.n_tokens.clone(),
        boilerplate: Boilerplate {
            ranges: run.boilerplate.ranges.clone(),
            shares: run.boilerplate.shares.clone(),
            stretches: run.boilerplate.stretches.iter().map(stretch).collect(),
            learnt: KnownBoilerplate::default(),
        },
        pairs: run.pairs.clone(),
        neighbors: run.neighbors.clone(),
        similarity: run.similarity.clone(),
        terms: TermTable::default(),
        duplicate_sets: run.duplicate_sets.clone(),
        compilations: run.compilations.clone(),
        stories: run.stories.iter().map(story).collect(),
        themes: Themes {
            themes: run.themes.themes.iter().map(theme).collect(),
            main: run.themes.main.clone(),
            map: run.themes.map.clone(),
            method: run.themes.method.clone(),
        },
        warnings: run.warnings.clone(),
        counts: run.counts.clone(),
        stages: run.stages.clone(),
        memory: run.memory.clone(),
        settings: Settings { no_text: true, ..run.settings.clone() },
        context: run.context.clone(),
        known: KnownDocuments {
            rows: run.known.rows.clone(),
            past: run.known.past.iter().map(past).collect(),
            identical: run.known.identical.clone(),
            sets: run.known.sets.clone(),
            one: run.known.one.clone(),
            n_archived: run.known.n_archived,
            stories: KnownStories {
                lines: run.known.stories.lines.iter().map(line).collect(),
                events: run.known.stories.events.clone(),
            },
        },
    }
}

fn corpus(corpus: &Corpus) -> Corpus {
    let ids = (0..corpus.documents.len() as u32).map(crate::corpus::DocId);
    Corpus {
        documents: corpus.documents.iter().map(document).collect(),
        texts: TextStore::withheld(ids.map(|id| corpus.texts.n_bytes(id) as u32)),
        problems: corpus.problems.iter().map(problem).collect(),
        inputs: corpus.inputs.clone(),
        counts: corpus.counts.clone(),
        sources: Sources::default(),
    }
}

fn document(document: &Document) -> Document {
    Document {
        id: document.id.clone(),
        path: document.path.clone(),
        line: document.line,
        url: None,
        title: None,
        title_span: None,
        date: document.date.clone(),
        source: document.source.clone(),
        language: document.language,
        status: document.status,
        set_aside: document.set_aside.clone(),
        extra: serde_json::Map::new(),
    }
}

fn problem(problem: &Problem) -> Problem {
    Problem { message: UNTOLD.to_owned(), ..problem.clone() }
}

fn stretch(stretch: &BoilerplateStretch) -> BoilerplateStretch {
    BoilerplateStretch { text: String::new(), ..stretch.clone() }
}

fn story(story: &Story) -> Story {
    Story { label: String::new(), keyphrases: Vec::new(), ..story.clone() }
}

fn line(line: &StoryLine) -> StoryLine {
    StoryLine { label: String::new(), ..line.clone() }
}

fn theme(theme: &Theme) -> Theme {
    Theme {
        name: theme.name.clone(),
        label: String::new(),
        terms: Vec::new(),
        documents: theme.documents.clone(),
        coherence: theme.coherence,
        children: theme.children.iter().map(self::theme).collect(),
    }
}

fn past(past: &PastDocument) -> PastDocument {
    PastDocument {
        number: past.number,
        drop: past.drop,
        drop_name: past.drop_name.clone(),
        document: document(&past.document),
        text: String::new(),
        set: past.set,
    }
}
