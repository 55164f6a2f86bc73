//! Places: where each document of a run stands: its duplicate set, role, story and theme, and the totals.

use std::borrow::Cow;

use super::display::{clip, one_line};
use crate::clusters::{DuplicateSet, Member, Role, Story, Theme};
use crate::corpus::{Action, DocId, Document, Status};
use crate::pairs::{Relation, SimilarPair};
use crate::run::Run;
use crate::settings::Only;

/// Characters shown of the beginning of a text without a headline.
const OPENING: usize = 70;

/// A run, looked up by document.
pub(super) struct Places<'a> {
    pub(super) run: &'a Run,
    pub(super) totals: Totals,
    /// By document: an index into `run.duplicate_sets`, and what it is there.
    sets: Vec<Option<(u32, Role)>>,
    /// By document: is it a round-up of others?
    compilations: Vec<bool>,
    /// By document: an index into `run.stories`.
    stories: Vec<Option<u32>>,
}

/// Counts of a run. Counts of documents unless named otherwise.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Totals {
    /// Records met.
    pub(super) read: u64,
    pub(super) skipped: u64,
    pub(super) repeated: u64,
    pub(super) documents: u64,
    pub(super) ok: u64,
    pub(super) empty: u64,
    pub(super) too_short: u64,
    pub(super) not_an_article: u64,
    pub(super) other_files: u64,
    pub(super) duplicate_sets: u64,
    pub(super) copies: u64,
    pub(super) excerpts: u64,
    pub(super) compilations: u64,
    /// Copies and excerpts of archived documents alone.
    pub(super) archived: u64,
    pub(super) reuse_pairs: u64,
    pub(super) stories: u64,
    /// Stories told by two distinct documents or more.
    pub(super) shared_stories: u64,
    /// Top-level themes.
    pub(super) themes: u64,
    pub(super) problems: u64,
    pub(super) repaired: u64,
}

impl Totals {
    /// Documents that say nothing the kept ones do not.
    pub(super) fn to_drop(&self) -> u64 {
        self.copies + self.excerpts + self.archived
    }
}

impl<'a> Places<'a> {
    pub(super) fn of(run: &'a Run) -> Self {
        let n_documents = run.corpus.documents.len();
        let mut sets = vec![None; n_documents];
        for (index, set) in run.duplicate_sets.iter().enumerate() {
            for member in &set.members {
                sets[member.document.index()] = Some((index as u32, member.role));
            }
        }
        let mut compilations = vec![false; n_documents];
        for document in &run.compilations {
            compilations[document.index()] = true;
        }
        let mut stories = vec![None; n_documents];
        for (index, story) in run.stories.iter().enumerate() {
            for document in &story.members {
                stories[document.index()] = Some(index as u32);
            }
        }
        Self { run, totals: totals(run), sets, compilations, stories }
    }

    /// All documents, in order of id.
    pub(super) fn ids(&self) -> impl Iterator<Item = DocId> + use<> {
        (0..self.run.corpus.documents.len() as u32).map(DocId)
    }

    pub(super) fn document(&self, id: DocId) -> &'a Document {
        &self.run.corpus.documents[id.index()]
    }

    /// The document's own id.
    pub(super) fn id(&self, id: DocId) -> &'a str {
        &self.document(id).id
    }

    pub(super) fn text(&self, id: DocId) -> Cow<'a, str> {
        self.run.corpus.texts.text(id)
    }

    /// False where no word of a document may be shown.
    pub(super) fn shows_text(&self) -> bool {
        !self.run.settings.no_text
    }

    /// Words of documents or made from them: empty where none may be shown.
    pub(super) fn words<'t>(&self, words: &'t str) -> &'t str {
        if self.shows_text() { words } else { "" }
    }

    /// The headline, if there is one and it may be shown.
    pub(super) fn title(&self, id: DocId) -> Option<&'a str> {
        self.document(id).title.as_deref().filter(|title| self.shows_text() && !title.trim().is_empty())
    }

    /// The kept document of its duplicate set.
    pub(super) fn kept(&self, id: DocId) -> Option<DocId> {
        let (set, _) = self.sets[id.index()]?;
        Some(self.run.duplicate_sets[set as usize].kept)
    }

    /// Documents of its duplicate set; 1 for a document without copies.
    pub(super) fn set_size(&self, id: DocId) -> usize {
        self.sets[id.index()].map_or(1, |(set, _)| self.run.duplicate_sets[set as usize].members.len())
    }

    /// `kept`, `copy`, `excerpt`, `compilation`, or nothing.
    pub(super) fn role(&self, id: DocId) -> &'static str {
        match self.sets[id.index()] {
            Some((_, role)) => role.name(),
            None if self.compilations[id.index()] => "compilation",
            None => "",
        }
    }

    /// True for what says nothing that a kept document or an archived one does not: copies and excerpts.
    pub(super) fn is_dropped(&self, id: DocId) -> bool {
        matches!(self.sets[id.index()], Some((_, Role::Copy | Role::Excerpt)))
            || self.run.known.says_nothing_new(id)
    }

    /// An index into the stories.
    pub(super) fn story_index(&self, id: DocId) -> Option<usize> {
        self.stories[id.index()].map(|index| index as usize)
    }

    pub(super) fn story(&self, id: DocId) -> Option<&'a Story> {
        self.story_index(id).map(|index| &self.run.stories[index])
    }

    /// An index into the top-level themes: the document's main one.
    pub(super) fn theme_index(&self, id: DocId) -> Option<usize> {
        let index = (*self.run.themes.main.get(id.index())?)? as usize;
        (index < self.run.themes.themes.len()).then_some(index)
    }

    /// The document's main theme.
    pub(super) fn theme(&self, id: DocId) -> Option<&'a Theme> {
        self.theme_index(id).map(|index| &self.run.themes.themes[index])
    }

    /// A story's main theme, one at the top of the tree, too.
    pub(super) fn story_theme(&self, story: &Story) -> Option<&'a Theme> {
        self.run.themes.themes.get(story.theme? as usize)
    }

    /// How a text begins, page furniture passed over: what tells a document without a headline from others.
    /// None where there is a headline, or no word may be shown.
    pub(super) fn opening(&self, id: DocId) -> Option<String> {
        if !self.shows_text() || self.title(id).is_some() {
            return None;
        }
        let text = self.text(id);
        let mut begin = 0;
        for aside in &self.document(id).set_aside {
            let between = text.get(begin..aside.bytes.start as usize).unwrap_or_default();
            if !between.trim().is_empty() {
                break;
            }
            begin = aside.bytes.end as usize;
        }
        let rest = text.get(begin..).unwrap_or_default();
        // Far more than is shown, so that a book is not copied for its first words.
        let line = one_line(&rest[..rest.floor_char_boundary(1000)]);
        (!line.is_empty()).then(|| clip(&line, OPENING).into_owned())
    }

    /// Duplicate sets in the order of a reader's interest: the largest first, then as in the tables.
    pub(super) fn largest_sets(&self) -> Vec<&'a DuplicateSet> {
        let mut sets: Vec<&DuplicateSet> = self.run.duplicate_sets.iter().collect();
        sets.sort_by_key(|set| std::cmp::Reverse(set.members.len()));
        sets
    }

    /// False where no document has a date, and a column of dates would be empty.
    pub(super) fn has_dates(&self) -> bool {
        self.run.corpus.documents.iter().any(|document| document.date.is_some())
    }

    /// What a story is called: where one document tells it, that document's headline if there is one; else
    /// its label, else its representative's headline, else that document's id.
    pub(super) fn story_label(&self, story: &'a Story) -> &'a str {
        let label = self.words(&story.label).trim();
        if label.is_empty() || story.n_distinct <= 1 && self.title(story.representative).is_some() {
            self.title(story.representative).unwrap_or_else(|| self.id(story.representative))
        } else {
            label
        }
    }

    /// What is known of two documents, in either order.
    pub(super) fn pair(&self, one: DocId, other: DocId) -> Option<&'a SimilarPair> {
        let key = (one.min(other), one.max(other));
        let place = self.run.pairs.binary_search_by_key(&key, |pair| (pair.a, pair.b)).ok()?;
        Some(&self.run.pairs[place])
    }

    /// True if both stand in one duplicate set.
    pub(super) fn same_set(&self, one: DocId, other: DocId) -> bool {
        self.kept(one).is_some_and(|kept| self.kept(other) == Some(kept))
    }

    /// False when stories were not asked for.
    pub(super) fn has_stories(&self) -> bool {
        !matches!(self.run.settings.only, Some(Only::Duplicates | Only::Themes))
            || !self.run.stories.is_empty()
    }

    /// False when themes were not asked for.
    pub(super) fn has_themes(&self) -> bool {
        !matches!(self.run.settings.only, Some(Only::Duplicates | Only::Stories))
            || !self.run.themes.themes.is_empty()
    }
}

/// A pair's reason with its sides named for a reader who sees the kept text first: in the tables of pairs they
/// are `a` and `b`.
pub(super) fn reason_beside(kept: DocId, member: &Member) -> String {
    let (a, b) =
        if kept < member.document { ("the kept text", "this one") } else { ("this one", "the kept text") };
    let mut reason = member.reason.clone();
    for (letter, name) in [("a", a), ("b", b)] {
        reason = reason.replace(&format!(" of {letter}'s words"), &format!(" of {name}'s words"));
        reason = reason.replace(&format!(" of {letter}'s are"), &format!(" of {name}'s are"));
        reason = reason.replace(&format!("; {letter} lies within "), &format!("; {name} lies within "));
        if let Some(head) = reason.strip_suffix(&format!(" lies within {letter}")) {
            reason = format!("{head} lies within {name}");
        }
    }
    reason
}

/// Documents that are copies or excerpts of archived ones, and of none of the drop.
fn archived_alone(run: &Run) -> u64 {
    let mut archived: Vec<DocId> =
        run.known.rows.iter().filter(|known| known.says_nothing_new()).map(|known| known.document).collect();
    archived.dedup();
    let dropped: std::collections::BTreeSet<DocId> = run
        .duplicate_sets
        .iter()
        .flat_map(|set| &set.members)
        .filter(|member| member.role != Role::Kept)
        .map(|member| member.document)
        .collect();
    archived.iter().filter(|document| !dropped.contains(document)).count() as u64
}

fn totals(run: &Run) -> Totals {
    let corpus = &run.corpus;
    let with_status =
        |status| corpus.documents.iter().filter(|document| document.status == status).count() as u64;
    let with_role = |role| {
        let members = run.duplicate_sets.iter().flat_map(|set| &set.members);
        members.filter(|member| member.role == role).count() as u64
    };
    Totals {
        read: corpus.counts.read,
        skipped: corpus.counts.skipped,
        repeated: corpus.counts.repeated,
        documents: corpus.documents.len() as u64,
        ok: with_status(Status::Ok),
        empty: with_status(Status::Empty),
        too_short: with_status(Status::TooShort),
        not_an_article: with_status(Status::NotAnArticle),
        other_files: corpus.counts.other_files.values().sum(),
        duplicate_sets: run.duplicate_sets.len() as u64,
        copies: with_role(Role::Copy),
        excerpts: with_role(Role::Excerpt),
        compilations: run.compilations.len() as u64,
        archived: archived_alone(run),
        reuse_pairs: run.pairs.iter().filter(|pair| pair.relation == Relation::Reuse).count() as u64,
        stories: run.stories.len() as u64,
        shared_stories: run.stories.iter().filter(|story| story.n_distinct > 1).count() as u64,
        themes: run.themes.themes.len() as u64,
        problems: corpus.problems.len() as u64,
        repaired: corpus.problems.iter().filter(|problem| problem.action == Action::Repaired).count() as u64,
    }
}
