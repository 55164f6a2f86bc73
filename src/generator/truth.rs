//! The two records of a document: what a program may read, and what is true of it.

use serde::Serialize;

use super::groups::{Making, Plan, Planned, Tally};
use super::kinds::Kind;

/// What is published: nothing that gives a group away.
#[derive(Debug, Serialize)]
struct Published<'t> {
    id: &'t str,
    text: &'t str,
    lang: Option<&'t str>,
}

/// What is true of one document. Scores read `id`, `dup`, `edit` and `label`; people the rest.
#[derive(Debug, Serialize)]
struct Truth<'t> {
    id: &'t str,
    /// The group of copies; a document without copies is a group of its own.
    dup: String,
    /// `orig`, the kind of edit, `chain2` and `chain3` for copies of copies, `story`, or the negative kind.
    edit: &'static str,
    /// The input's id of the document that it was made from; none for recombined ones and forms.
    orig: Option<&'t str>,
    /// Edits of edits since the original, 0..=3.
    depth: u8,
    /// The event, for the documents of planted stories only.
    label: Option<String>,
    /// What it tells, for every document.
    story: String,
    /// The second group of a copy of two.
    dup2: Option<String>,
    /// The document of the output that was edited; none where that is not among them.
    parent: Option<String>,
    /// All edits since the original, in order.
    steps: Vec<&'static str>,
    /// Share of the characters that were misread where all of the group are scans; 0 otherwise.
    noise: f64,
    /// Words of the clipping that was scanned.
    clipping: Option<u32>,
    /// Look-alikes of one make: a page, a form, a column, a speech.
    family: Option<u32>,
    /// All documents of the input that text was taken from.
    sources: Vec<&'t str>,
}

impl Plan<'_> {
    /// Number of documents.
    #[must_use]
    pub fn n_documents(&self) -> usize {
        self.documents.len()
    }

    /// Number of documents made of recombined text: the input's own were too few.
    #[must_use]
    pub fn n_recombined(&self) -> usize {
        let is_recombined =
            |planned: &&Planned| planned.source.is_some_and(|source| !self.shop.sources.is_natural(source));
        self.documents.iter().filter(is_recombined).count()
    }

    /// Number of documents of each edit.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let mut tally = Tally::new();
        for planned in &self.documents {
            *tally.entry(edit(planned).to_owned()).or_default() += 1;
        }
        tally
    }

    /// Its id: its place in the output, which says nothing of its group.
    fn id(&self, number: u32) -> String {
        format!("d{:07}", self.places[number as usize])
    }

    /// Appends the two lines of a document, each with its line end.
    ///
    /// # Errors
    /// None in practice: strings and numbers always have a JSON form.
    pub(super) fn put(
        &self,
        number: u32,
        documents: &mut Vec<u8>,
        truths: &mut Vec<u8>,
    ) -> serde_json::Result<()> {
        let planned = &self.documents[number as usize];
        let id = self.id(number);
        let text = self.shop.text(&self.documents, number);
        let language = match (planned.making, planned.source) {
            (Making::Form { language, .. }, _) => Some(language),
            (_, source) => source.map(|source| self.shop.sources.language(source)),
        };
        let lang = language.as_ref().map(crate::corpus::Language::code).filter(|code| *code != "und");
        serde_json::to_writer(&mut *documents, &Published { id: &id, text: &text, lang })?;
        documents.push(b'\n');
        serde_json::to_writer(&mut *truths, &self.truth(number, &id))?;
        truths.push(b'\n');
        Ok(())
    }

    fn truth<'t>(&'t self, number: u32, id: &'t str) -> Truth<'t> {
        let planned = &self.documents[number as usize];
        let sources = &self.shop.sources;
        let orig = planned.source.filter(|&source| sources.is_natural(source));
        let others = match planned.making {
            Making::Edited { other, .. } => other,
            Making::Column { opening } => Some(opening),
            Making::Year { background } => Some(background),
            _ => None,
        };
        let mut taken: Vec<&str> =
            planned.source.into_iter().chain(others).flat_map(|source| sources.ids(source)).collect();
        taken.dedup();
        let parent = match planned.making {
            Making::Edited { parent: Some(parent), .. } => Some(parent),
            Making::Edited { parent: None, .. } => self.original_of(number),
            _ => None,
        };
        let is_planted = matches!(planned.making, Making::StoryPart { .. } | Making::Speech { .. });
        let scan = match planned.making {
            Making::Scan { kind } => Some(kind),
            _ => None,
        };
        Truth {
            id,
            dup: group(planned.dup),
            edit: edit(planned),
            orig: orig.and_then(|source| sources.ids(source).first().copied()),
            depth: planned.depth,
            label: is_planted.then(|| format!("s{:07}", planned.story)),
            story: format!("s{:07}", planned.story),
            dup2: planned.dup2.map(group),
            parent: parent.map(|parent| self.id(parent)),
            steps: self.steps_since_original(number).iter().map(|kind| kind.name()).collect(),
            noise: scan.map_or(0.0, Kind::noise),
            clipping: scan.and_then(Kind::clipping),
            family: (planned.family > 0).then_some(planned.family),
            sources: taken,
        }
    }

    /// The unedited document of a copy's group, which is planned first.
    fn original_of(&self, number: u32) -> Option<u32> {
        let dup = self.documents[number as usize].dup;
        let first =
            (0..=number).rev().take_while(|&other| self.documents[other as usize].dup == dup).last()?;
        (self.documents[first as usize].making == Making::Original).then_some(first)
    }

    fn steps_since_original(&self, number: u32) -> Vec<Kind> {
        match self.documents[number as usize].making {
            Making::Edited { kind, parent, .. } => {
                let mut steps = parent.map_or_else(Vec::new, |parent| self.steps_since_original(parent));
                steps.extend(self.shop.steps(kind, number));
                steps
            }
            Making::Scan { kind } => vec![kind],
            _ => Vec::new(),
        }
    }
}

fn group(dup: u32) -> String {
    format!("g{dup:07}")
}

/// The name under which a score counts it. Of several scans of one text the first stands for the original, which
/// nobody has.
fn edit(planned: &Planned) -> &'static str {
    match planned.making {
        Making::Edited { .. } if planned.depth == 2 => "chain2",
        Making::Edited { .. } if planned.depth >= 3 => "chain3",
        Making::Edited { kind, .. } | Making::Form { kind, .. } => kind.name(),
        Making::Scan { kind } if planned.depth > 0 => kind.name(),
        Making::Original | Making::Scan { .. } => "orig",
        Making::StoryPart { .. } => Kind::Story.name(),
        Making::UnderFurniture { .. } => Kind::NegFurniture.name(),
        Making::Column { .. } => Kind::NegColumn.name(),
        Making::Speech { .. } => Kind::NegSpeech.name(),
        Making::Year { .. } => Kind::NegYear.name(),
    }
}
