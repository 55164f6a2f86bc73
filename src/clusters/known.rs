//! Known documents: which documents of a drop are the same text as documents of earlier drops, and which of both is fuller.
//!
//! Documents of earlier drops stand behind those of the drop in one corpus, and were judged in the same way. Each is
//! spoken for by the document that is kept of its duplicate set, where the new one is a copy of that, too.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use hashbrown::HashMap;
use rayon::prelude::*;

use super::DuplicateSet;
use super::continued::KnownStories;
use super::duplicates::Sources;
use super::fullness::{Fullness, KnownWords};
use crate::context::PastDocument;
use crate::corpus::{DocId, Status};
use crate::pairs::verdict::{Link, Verdict};
use crate::pairs::{Passage, Relation, SimilarPair, evidence};

/// What earlier drops have of a drop.
#[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize)]
pub struct KnownDocuments {
    /// Sorted by document; of one document, copies first, best first.
    pub rows: Vec<Known>,
    /// The documents of earlier drops that were compared, without their texts.
    pub past: Vec<PastDocument>,
    /// By document: number of the first archived document that is identical.
    pub identical: Vec<Option<u32>>,
    /// By document: the duplicate set that it joins.
    pub sets: Vec<Option<JoinedSet>>,
    /// Archived duplicate sets that documents of the drop show to be one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub one: Vec<OneSet>,
    /// Documents of earlier drops in all; none without an archive.
    pub n_archived: Option<u32>,
    /// What they have of its stories.
    #[serde(default)]
    pub stories: KnownStories,
}

/// A document that shares wording with one of an earlier drop.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Known {
    /// The document of the drop.
    pub document: DocId,
    /// The other: an index into [`KnownDocuments::past`].
    pub past: usize,
    /// What they are to each other.
    pub relation: Relation,
    /// Share of the document's words that lie in shared passages, boilerplate not counted, 0..=1.
    pub coverage: f32,
    /// The same of the archived document.
    pub past_coverage: f32,
    /// Jaccard similarity of their sets of 5-word shingles, 0..=1.
    pub jaccard: f32,
    /// Words of the document in the longest passage.
    pub longest_passage: u32,
    /// Which of them has more content.
    pub fuller: Fuller,
    /// Why the relation holds, in words.
    pub reason: String,
    /// Where: `a` in the document, `b` in the archived one.
    pub passages: Vec<Passage>,
}

impl Known {
    /// Are they the same text, or one within the other?
    #[must_use]
    pub fn is_copy(&self) -> bool {
        self.relation <= Relation::Contained
    }

    /// Does the document say nothing that the archived one does not? True of copies and excerpts; not of a text that holds the
    /// archived one and more.
    #[must_use]
    pub fn says_nothing_new(&self) -> bool {
        self.relation < Relation::Contained
            || self.relation == Relation::Contained && self.coverage >= self.past_coverage
    }
}

/// Which of two texts has more words that are neither boilerplate nor damage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Fuller {
    /// The document of the drop.
    New,
    /// The archived one.
    Archived,
    /// Neither.
    Equal,
}

impl Fuller {
    /// The word the tables use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Archived => "archived",
            Self::Equal => "equal",
        }
    }
}

/// A duplicate set that a document joins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum JoinedSet {
    /// Of an archived document, by its number.
    Past(u32),
    /// Of a document of the drop.
    Here(DocId),
}

/// An archived set goes into another: what is kept of it, a new document, and some of the other are the same text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct OneSet {
    /// Number of the document that was kept of it.
    pub from: u32,
    /// Number of the one that is kept of both.
    pub into: u32,
}

impl KnownDocuments {
    /// By document: is it a copy or an excerpt of an archived one?
    #[must_use]
    pub fn says_nothing_new(&self, document: DocId) -> bool {
        self.of(document).iter().any(Known::says_nothing_new)
    }

    /// The rows of one document.
    #[must_use]
    pub fn of(&self, document: DocId) -> &[Known] {
        let begin = self.rows.partition_point(|row| row.document < document);
        let end = self.rows.partition_point(|row| row.document <= document);
        &self.rows[begin..end]
    }

    /// Number of the archived document that is kept of the set that a document joins, or that is identical; none where it joins
    /// none.
    #[must_use]
    pub fn copy_of(&self, document: usize) -> Option<u32> {
        match self.sets.get(document).copied().flatten() {
            Some(JoinedSet::Past(number)) => Some(number),
            _ => self.identical.get(document).copied().flatten(),
        }
    }

    /// Documents that are copies of archived ones, or contain or lie within them.
    #[must_use]
    pub fn n_copies(&self) -> u64 {
        let copies = self.rows.iter().filter(|row| row.is_copy());
        copies.map(|row| row.document).collect::<std::collections::BTreeSet<_>>().len() as u64
    }
}

/// Looks through the links of `from`, in whose corpus the documents from `n_drop` on are `past`, in this order. `sets` are the
/// duplicate sets of all of them together.
#[must_use]
pub fn find(from: Sources, n_drop: usize, past: &[PastDocument], sets: &[DuplicateSet]) -> KnownDocuments {
    let guest = |document: DocId| document.index().checked_sub(n_drop);
    // By original: the archived documents with that text.
    let mut twins: HashMap<DocId, Vec<DocId>> = HashMap::new();
    for (document, &original) in (0u32..).map(DocId).zip(&from.originals.original).skip(n_drop) {
        twins.entry(original).or_default().push(document);
    }
    let mut links: HashMap<DocId, Vec<&Link>> = HashMap::new();
    for link in from.links {
        links.entry(link.a).or_default().push(link);
        links.entry(link.b).or_default().push(link);
    }
    let by_number: HashMap<u32, DocId> =
        past.iter().zip(n_drop as u32..).map(|(past, document)| (past.number, DocId(document))).collect();
    let archived = Archived { from, n_drop, past, twins, links, by_number };
    let known_words = KnownWords::new(from.corpus, from.tokens);
    let documents: Vec<DocId> = (0..n_drop as u32).map(DocId).collect();
    let rows: Vec<Known> = documents
        .par_chunks(documents.len().div_ceil(8 * rayon::current_num_threads()).max(1))
        .flat_map_iter(|documents| {
            let mut fullness = Fullness::new(&known_words);
            documents.iter().flat_map(|&document| archived.rows(document, &mut fullness)).collect::<Vec<_>>()
        })
        .collect();
    let identical = documents
        .iter()
        .map(|document| {
            let same = archived.twins.get(&from.originals.original[document.index()])?;
            same.iter().filter_map(|&other| Some(past[guest(other)?].number)).min()
        })
        .collect();
    let (sets, one) = joined_sets(n_drop, past, sets);
    KnownDocuments {
        rows,
        past: past.iter().map(|past| PastDocument { text: String::new(), ..past.clone() }).collect(),
        identical,
        sets,
        one,
        n_archived: None,
        stories: KnownStories::default(),
    }
}

/// The set of each document: that of an archived document where there is one among its members, for archived sets keep what they
/// kept. And the archived sets that are one from now on: where what is kept of one is in the set of a
/// new document that joins another.
fn joined_sets(
    n_drop: usize,
    past: &[PastDocument],
    sets: &[DuplicateSet],
) -> (Vec<Option<JoinedSet>>, Vec<OneSet>) {
    let mut joined = vec![None; n_drop];
    let mut one = Vec::new();
    let is_new = |document: DocId| document.index() < n_drop;
    for set in sets {
        let guest = |document: DocId| past.get(document.index().checked_sub(n_drop)?);
        let archived = |document: DocId| Some(guest(document)?.kept());
        // The one that most archived members are in; of several, the eldest.
        let mut votes: BTreeMap<u32, usize> = BTreeMap::new();
        for kept in set.members.iter().filter_map(|member| archived(member.document)) {
            *votes.entry(kept).or_default() += 1;
        }
        let most = votes.iter().max_by_key(|&(&kept, &n)| (n, Reverse(kept))).map(|(&kept, _)| kept);
        let own = archived(set.kept).or(most).map_or(JoinedSet::Here(set.kept), JoinedSet::Past);
        for member in set.members.iter().filter(|member| is_new(member.document)) {
            joined[member.document.index()] = Some(own);
        }
        if let JoinedSet::Past(into) = own
            && set.members.iter().any(|member| is_new(member.document))
        {
            let guests = set.members.iter().filter_map(|member| guest(member.document));
            let others = guests.filter(|past| past.number == past.kept() && past.number != into);
            one.extend(others.map(|past| OneSet { from: past.number, into }));
        }
    }
    one.sort_unstable_by_key(|one| one.from);
    (joined, one)
}

/// The documents of earlier drops, behind those of the drop.
struct Archived<'a> {
    from: Sources<'a>,
    n_drop: usize,
    past: &'a [PastDocument],
    twins: HashMap<DocId, Vec<DocId>>,
    links: HashMap<DocId, Vec<&'a Link>>,
    by_number: HashMap<u32, DocId>,
}

/// An archived document that shares something with a new one.
struct Found {
    document: DocId,
    /// Told from the new document's side; none where the texts are identical.
    verdict: Option<Verdict>,
}

impl Found {
    fn is_copy(&self) -> bool {
        let relation = self.verdict.as_ref().map(|verdict| verdict.relation);
        relation.is_none_or(|relation| relation.is_some_and(|relation| relation <= Relation::Contained))
    }

    fn score(&self) -> f32 {
        self.verdict.as_ref().map_or(2.0, |verdict| verdict.score_a.max(verdict.score_b))
    }
}

impl Archived<'_> {
    fn past(&self, document: DocId) -> &PastDocument {
        &self.past[document.index() - self.n_drop]
    }

    /// What is known of one document: the best of each archived set.
    fn rows(&self, document: DocId, fullness: &mut Fullness) -> Vec<Known> {
        if self.from.corpus.documents[document.index()].status == Status::Empty {
            return Vec::new();
        }
        let own = self.from.originals.original[document.index()];
        let mut found: Vec<Found> = Vec::new();
        for &twin in self.twins.get(&own).into_iter().flatten() {
            found.push(Found { document: twin, verdict: None });
        }
        for link in self.links.get(&own).into_iter().flatten() {
            let (other, verdict) =
                if link.a == own { (link.b, link.verdict.clone()) } else { (link.a, link.verdict.flipped()) };
            // A text of the drop that is archived, too, speaks for the archived one.
            for &twin in self.twins.get(&other).into_iter().flatten() {
                found.push(Found { document: twin, verdict: Some(verdict.clone()) });
            }
        }
        let mut of_set: BTreeMap<u32, Found> = BTreeMap::new();
        for found in found {
            let past = self.past(found.document);
            let rank = |found: &Found| {
                let past = self.past(found.document);
                (found.is_copy(), found.verdict.is_none(), past.number == past.kept(), found.score())
            };
            match of_set.get(&past.kept()) {
                Some(before) if rank(&found) <= rank(before) => {}
                _ => {
                    of_set.insert(past.kept(), found);
                }
            }
        }
        let mut rows: Vec<(bool, f32, Known)> = of_set
            .into_iter()
            .map(|(kept, found)| self.spoken_for(document, kept, found))
            .map(|found| (found.is_copy(), found.score(), self.known(document, &found, fullness)))
            .collect();
        rows.sort_by(|left, right| {
            (right.0.cmp(&left.0))
                .then(right.1.total_cmp(&left.1))
                .then(self.past[left.2.past].number.cmp(&self.past[right.2.past].number))
        });
        rows.into_iter().map(|row| row.2).collect()
    }

    /// The document that is kept of the set, where the new one is a copy of that, too.
    fn spoken_for(&self, document: DocId, kept: u32, found: Found) -> Found {
        if self.past(found.document).number == kept || !found.is_copy() || found.verdict.is_none() {
            return found;
        }
        let Some(&kept) = self.by_number.get(&kept) else { return found };
        let judge = self.from.judge;
        let of_kept = Found { document: kept, verdict: Some(judge.compare(&judge.prepare(document), kept)) };
        if of_kept.is_copy() { of_kept } else { found }
    }

    fn known(&self, document: DocId, found: &Found, fullness: &mut Fullness) -> Known {
        let Sources { corpus, tokens, judge, .. } = self.from;
        let other = found.document;
        let pair = match &found.verdict {
            None => evidence::describe_identical(corpus, document, other),
            Some(verdict) => {
                if self.from.is_judged_as_its_original(document) && self.from.is_judged_as_its_original(other)
                {
                    evidence::describe(corpus, tokens, judge, (document, other), verdict)
                } else {
                    let verdict = judge.compare(&judge.prepare(document), other);
                    evidence::describe(corpus, tokens, judge, (document, other), &verdict)
                }
            }
        };
        let fuller = match fullness.of(self.from, &[document, other])[..] {
            [new, archived] if new > archived => Fuller::New,
            [new, archived] if new < archived => Fuller::Archived,
            _ => Fuller::Equal,
        };
        Known {
            document,
            past: other.index() - self.n_drop,
            reason: reason(&pair),
            relation: pair.relation,
            coverage: pair.coverage_a,
            past_coverage: pair.coverage_b,
            jaccard: pair.jaccard,
            longest_passage: pair.longest_passage,
            fuller,
            passages: pair.passages,
        }
    }
}

/// Why the relation holds, told from the new document's side.
fn reason(pair: &SimilarPair) -> String {
    if pair.relation == Relation::Identical {
        return pair.reason.clone();
    }
    format!(
        "{:.0} % of its words and {:.0} % of the archived document's lie in {} shared passage{}",
        pair.coverage_a * 100.0,
        pair.coverage_b * 100.0,
        pair.passages.len(),
        if pair.passages.len() == 1 { "" } else { "s" }
    )
}
