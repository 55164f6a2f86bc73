//! Explanation: why are two documents of a run what they are to each other, or why not?
//! In:  a [`PastRun`] and two of its documents.
//! Out: an [`Explanation`]. Reads the run's folder.
//!
//! What the run lists is told as it stands. What it does not list is judged here, from the two texts alone: with the page furniture
//! and boilerplate that the run found, and without what else the run knew of the drop (how common their wording is in it).

mod likeness;
mod judgement;
mod quote;

use crate::corpus::DocId;
use crate::error::Error;
use crate::pairs::{Passage, Relation};
use crate::past::{Nearness, PastPair, PastRun, PastText};

pub use judgement::{Judgement, Shortfall};
pub use likeness::{Likeness, SharedTerm};
pub use quote::{Piece, Quote, quote};

/// What there is to say of two documents.
#[derive(Debug)]
pub struct Explanation {
    /// The document with the smaller id.
    pub a: DocId,
    /// The other.
    pub b: DocId,
    /// What the run says of them, where it lists them as a pair.
    pub listed: Option<PastPair>,
    /// What the run says of the kept documents of their duplicate sets, where one of the two is not itself kept: of a set,
    /// relations to others are told by the kept document.
    pub listed_of_kept: Option<PastPair>,
    /// What their two texts say, where the run says no more than that they tell one story, and keeps texts.
    pub judgement: Option<Judgement>,
    /// Where they share wording, ascending by place in a: as the run lists it, or as it was found now.
    pub passages: Vec<Passage>,
    /// Cosine and shared terms; none where the run keeps no texts or made no vectors.
    pub likeness: Option<Likeness>,
    /// b in the list of a's nearest, and a in that of b's.
    pub nearness: [Nearness; 2],
    /// Their texts, where the run keeps them.
    pub texts: Option<[PastText; 2]>,
}

/// Cosine of two documents from their texts, 0..=1; none where the run keeps no texts or made no vectors.
///
/// # Errors
/// [`Error::Input`] when a file of the run is missing or damaged.
pub fn cosine(run: &PastRun, a: DocId, b: DocId) -> Result<Option<f32>, Error> {
    let Some(texts) = run.texts([a, b])? else { return Ok(None) };
    let likeness = likeness::of(run, &judgement::Two::of(run, [a, b], &texts))?;
    Ok(likeness.map(|likeness| likeness.cosine))
}

impl Explanation {
    /// Explains two different documents.
    ///
    /// # Errors
    /// [`Error::Input`] when a file of the run is missing or damaged.
    pub fn of(run: &PastRun, left: DocId, right: DocId) -> Result<Self, Error> {
        let (a, b) = (left.min(right), left.max(right));
        let ids = [a, b].map(|id| run.document(id).id.as_str());
        let kept = [a, b].map(|id| {
            let document = run.document(id);
            document.duplicate_set.as_deref().unwrap_or(&document.id)
        });
        let is_of = |pair: [&str; 2], sought: [&str; 2]| pair == sought || pair == [sought[1], sought[0]];
        let (mut listed, mut listed_of_kept) = (None, None);
        run.each_pair(
            |of_a, of_b| is_of([of_a, of_b], ids) || is_of([of_a, of_b], kept),
            |pair| {
                let own = is_of([&pair.a, &pair.b], ids);
                *(if own { &mut listed } else { &mut listed_of_kept }) = Some(pair);
            },
        )?;
        let texts = run.texts([a, b])?;
        let mut explanation = Self {
            a,
            b,
            judgement: None,
            passages: run.passages(a, b)?,
            likeness: None,
            nearness: run.nearness(a, b)?,
            listed,
            listed_of_kept,
            texts,
        };
        if let Some(texts) = &explanation.texts {
            let two = judgement::Two::of(run, [a, b], texts);
            explanation.likeness = likeness::of(run, &two)?;
            if explanation.relation().is_none_or(|relation| relation == Relation::SameStory) {
                let (judgement, passages) = judgement::judge(run, &two);
                explanation.judgement = Some(judgement);
                explanation.passages = passages;
            }
            explanation.check_passages(run)?;
        }
        Ok(explanation)
    }

    /// What the run lists them as.
    #[must_use]
    pub fn relation(&self) -> Option<Relation> {
        self.listed.as_ref().map(|pair| pair.relation)
    }

    /// Cosine of the two, 0..=1: from their texts, or as a table of the run has it.
    #[must_use]
    pub fn cosine(&self) -> Option<f32> {
        let computed = self.likeness.as_ref().map(|likeness| likeness.cosine);
        computed
            .or_else(|| self.listed.as_ref()?.cosine)
            .or_else(|| self.nearness.iter().find_map(|nearness| nearness.cosine))
    }

    fn check_passages(&self, run: &PastRun) -> Result<(), Error> {
        let Some(texts) = &self.texts else { return Ok(()) };
        for passage in &self.passages {
            for (text, bytes) in texts.iter().zip([&passage.a, &passage.b]) {
                if text.text.get(bytes.start as usize..bytes.end as usize).is_none() {
                    return Err(Error::Input(format!(
                        "{}: passages.csv speaks of bytes {bytes:?}, which are no part of the text; run again",
                        run.folder().display()
                    )));
                }
            }
        }
        Ok(())
    }
}
