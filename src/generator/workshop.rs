//! What every document is made with, and the making: a plan's entry in, a text out, by itself.

use std::borrow::Cow;

use super::chance::{Chance, Purpose};
use super::groups::{Making, Planned};
use super::kinds::{COMBINABLE, Kind};
use super::sources::{SourceId, Sources};
use super::words::Words;
use super::{dress, edits, forms, lookalikes, noise, prose};
use crate::corpus::Language;

/// Sources and words, and the seed of all chance.
#[derive(Debug)]
pub(super) struct Workshop<'a> {
    pub(super) sources: Sources<'a>,
    pub(super) seed: u64,
}

/// Words of a sentence that others may take over.
const SENTENCE_WORDS: std::ops::RangeInclusive<usize> = 7..=45;

impl<'a> Workshop<'a> {
    pub(super) fn chance(&self, purpose: Purpose, number: u64) -> Chance {
        Chance::at(self.seed, purpose, number)
    }

    pub(super) fn words(&self, language: Language) -> &Words {
        self.sources.stock.of(language)
    }

    /// A sentence of some other document in the same language; none where there is no other.
    pub(super) fn sentence_of_others(&self, source: SourceId, chance: &mut Chance) -> Option<String> {
        let others = self.sources.in_language(self.sources.language(source));
        (0..8).find_map(|_| {
            let other = SourceId(*chance.one_of(others)?);
            if other == source {
                return None;
            }
            let sentences = prose::all_sentences(&self.sources.text(other));
            let sentence = chance.one_of(&sentences)?;
            SENTENCE_WORDS.contains(&prose::n_words(sentence)).then(|| sentence.clone())
        })
    }

    /// The text of a document of the plan.
    pub(super) fn text(&self, plan: &[Planned], number: u32) -> Cow<'a, str> {
        let planned = &plan[number as usize];
        let mut chance = self.chance(Purpose::Text, u64::from(number));
        let mut family = self.chance(Purpose::Family, u64::from(planned.family));
        let source = match (planned.making, planned.source) {
            (Making::Form { kind, language }, template) => {
                return Cow::Owned(forms::filled(self, kind, template, language, &mut family, &mut chance));
            }
            (_, Some(source)) => source,
            (_, None) => return Cow::Borrowed(""),
        };
        let text = || self.sources.text(source);
        match planned.making {
            Making::Original | Making::Form { .. } => text(),
            Making::Edited { kind, parent, other } => {
                let before = parent.map_or_else(text, |parent| self.text(plan, parent));
                if kind == Kind::Exact {
                    return before;
                }
                let mut text = before.into_owned();
                for step in self.steps(kind, number) {
                    text = self.edited(step, &text, source, other, &mut chance);
                }
                Cow::Owned(text)
            }
            Making::Scan { kind } => {
                Cow::Owned(noise::misread(clipping(&text(), kind, &mut family), kind.noise(), &mut chance))
            }
            Making::StoryPart { part, of } => {
                Cow::Owned(lookalikes::story_part(&text(), part, of, &mut family))
            }
            Making::UnderFurniture { site } => {
                let page = dress::Page::of_site(self, site, self.sources.language(source)).heavy();
                Cow::Owned(page.around(&text(), &mut chance))
            }
            Making::Column { opening } => {
                Cow::Owned(lookalikes::column(self, source, opening, &mut family, &mut chance))
            }
            Making::Speech { part } => {
                Cow::Owned(lookalikes::speech(&text(), part, &mut family, &mut chance))
            }
            Making::Year { background } => {
                Cow::Owned(lookalikes::year(&text(), &self.sources.text(background), source == background))
            }
        }
    }

    /// The edits that a kind stands for: of a combination some, in their natural order.
    pub(super) fn steps(&self, kind: Kind, number: u32) -> Vec<Kind> {
        let n = match kind {
            Kind::Combo2 => 2,
            Kind::Combo3 => 3,
            single => return vec![single],
        };
        let mut chance = self.chance(Purpose::Steps, u64::from(number));
        chance.some_of(COMBINABLE.len(), n).into_iter().map(|place| COMBINABLE[place]).collect()
    }

    fn edited(
        &self,
        kind: Kind,
        text: &str,
        source: SourceId,
        other: Option<SourceId>,
        chance: &mut Chance,
    ) -> String {
        let words = self.words(self.sources.language(source));
        match kind {
            Kind::Trunc70 => edits::cut_off(text, 0.7, chance),
            Kind::Trunc50 => edits::cut_off(text, 0.5, chance),
            Kind::Trunc30 => edits::cut_off(text, 0.3, chance),
            Kind::Excerpt => edits::excerpt(text, 0.5, chance),
            Kind::ParagraphsDropped => edits::paragraphs_dropped(text, chance),
            Kind::ParagraphsMoved => edits::paragraphs_moved(text, chance),
            Kind::SentenceIn => edits::sentences_in(text, self, source, chance),
            Kind::Update => edits::update(text, self, source, chance),
            Kind::Words10 => edits::other_words(text, 0.1, words, chance),
            Kind::Words20 => edits::other_words(text, 0.2, words, chance),
            Kind::Concat => match other.map(|other| self.sources.text(other)) {
                Some(other) if chance.holds(0.5) => format!("{other}\n\n{text}"),
                Some(other) => format!("{text}\n\n{other}"),
                None => text.to_owned(),
            },
            Kind::Ocr01 | Kind::Ocr03 | Kind::Ocr05 | Kind::Ocr10 => {
                noise::misread(text, kind.noise(), chance)
            }
            Kind::Typos => noise::typos(text, 0.03, chance),
            Kind::Quotes => edits::quotes(text, chance),
            Kind::Capitals if chance.holds(0.5) => text.to_uppercase(),
            Kind::Capitals => text.to_lowercase(),
            Kind::Headline => dress::headline(text, self, source, chance),
            Kind::Wire => dress::wire(text, self, source, chance),
            Kind::Byline => dress::byline(text, self, source, chance),
            Kind::Furniture => dress::furniture(text, self, source, chance),
            Kind::Html => dress::html(text, chance),
            Kind::Wrapped => dress::wrapped(text, chance),
            _ => text.to_owned(),
        }
    }
}

/// What is scanned: the text, or so many words of it from its beginning or from anywhere.
pub(super) fn clipping<'t>(text: &'t str, kind: Kind, family: &mut Chance) -> &'t str {
    let Some(length) = kind.clipping().map(|length| length as usize) else { return text };
    let words = prose::words(text);
    let latest = words.len().saturating_sub(length);
    let begin = if family.holds(0.5) { 0 } else { family.between(0, latest) };
    let end = (begin + length).min(words.len());
    if end == begin { text } else { &text[words[begin].start..words[end - 1].end] }
}
