//! Known documents: which documents of a drop are the same text as documents of earlier drops, and which of both is fuller.
//!
//! Documents of earlier drops stand behind those of the drop in one corpus, and were judged in the same way. Each is
//! spoken for by the document that is kept of its duplicate set, where the new one is a copy of that, too.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use hashbrown::{HashMap, HashSet};
use rayon::prelude::*;

use super::DuplicateSet;
use super::continued::KnownStories;
use super::duplicates::{Agreement, Sources};
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

/// Share of a version's words that lie in no passage, above which the fuller one of two says something new. A byline or a line of the wire is
/// less; chosen, not measured.
const MUCH_NEW: f32 = 0.1;

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
        match self.relation {
            Relation::Identical => true,
            Relation::NearDuplicate => self.fuller != Fuller::New || self.coverage >= 1.0 - MUCH_NEW,
            Relation::Contained => self.coverage >= self.past_coverage,
            _ => false,
        }
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

/// An archived set goes into another: a new document is a copy of what is kept of both.
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
/// duplicate sets of all of them together, `sets_here` those of the drop alone.
#[must_use]
pub fn find(
    from: Sources,
    n_drop: usize,
    past: &[PastDocument],
    sets: &[DuplicateSet],
    sets_here: &[DuplicateSet],
) -> KnownDocuments {
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
    let (sets, one) = archived.joined_sets(sets, sets_here);
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

    /// Where the document is of an earlier drop: what is known of it.
    fn guest(&self, document: DocId) -> Option<&PastDocument> {
        self.past.get(document.index().checked_sub(self.n_drop)?)
    }

    /// The set of each document of the drop: an archived one where there is such among the members of its own, for archived sets keep
    /// what they kept. And the archived sets that are one from now on.
    ///
    /// No chain of sets joins two texts: a set joins an archived one only where what it is gathered around is a copy of what that
    /// one keeps.
    fn joined_sets(
        &self,
        sets: &[DuplicateSet],
        sets_here: &[DuplicateSet],
    ) -> (Vec<Option<JoinedSet>>, Vec<OneSet>) {
        let mut joined = vec![None; self.n_drop];
        let mut one = Vec::new();
        let mut left_out: HashSet<DocId> = HashSet::new();
        let is_new = |document: DocId| document.index() < self.n_drop;
        for set in sets.iter().filter(|set| set.members.iter().any(|member| is_new(member.document))) {
            let members = set.members.iter().map(|member| member.document);
            let here = members.clone().filter(|&document| is_new(document));
            let mut votes: BTreeMap<u32, usize> = BTreeMap::new();
            for past in members.clone().filter_map(|document| self.guest(document)) {
                *votes.entry(past.kept()).or_default() += 1;
            }
            // That of what it is gathered around, then the one that most archived members are in; of several, the eldest.
            let own = self.guest(set.kept).map(PastDocument::kept);
            let mut archived: Vec<u32> = votes.keys().copied().collect();
            archived.sort_by_key(|kept| (own != Some(*kept), Reverse(votes[kept]), *kept));
            let into = archived.into_iter().find(|&kept| self.goes_on(set.kept, kept));
            // One that is new and goes on with nothing is no set.
            let is_set_here = is_new(set.kept) && here.clone().count() > 1;
            let own = into.map(JoinedSet::Past).or(is_set_here.then_some(JoinedSet::Here(set.kept)));
            match own {
                Some(_) => here.for_each(|document| joined[document.index()] = own),
                None => left_out.extend(here),
            }
            let Some(into) = into else { continue };
            let guests = members.filter_map(|document| self.guest(document));
            let others = guests.filter(|past| past.number == past.kept() && past.number != into);
            let others = others.filter(|other| self.are_one(set.kept, other.number, into));
            one.extend(others.map(|past| OneSet { from: past.number, into }));
        }
        // What goes on with no archived set is left to the sets of the drop alone.
        for set in sets_here {
            let members = set.members.iter().map(|member| member.document);
            let left: Vec<DocId> = members.filter(|document| left_out.contains(document)).collect();
            match joined[set.kept.index()] {
                Some(JoinedSet::Past(kept)) => {
                    for document in left.into_iter().filter(|&document| self.goes_on(document, kept)) {
                        joined[document.index()] = Some(JoinedSet::Past(kept));
                    }
                }
                None if left.len() > 1 && left.contains(&set.kept) => {
                    for document in left {
                        joined[document.index()] = Some(JoinedSet::Here(set.kept));
                    }
                }
                _ => {}
            }
        }
        one.sort_unstable_by_key(|one| one.from);
        // Two may go into each other, by two new documents: the first of them does.
        let mut gone: HashMap<u32, u32> = HashMap::new();
        one.retain(|one| {
            let mut end = one.into;
            while let Some(&next) = gone.get(&end) {
                end = next;
            }
            end != one.from && gone.insert(one.from, one.into).is_none()
        });
        (joined, one)
    }

    /// Does what is gathered around `anchor` go on with the archived set that keeps document number `kept`? Where that is a piece of it
    /// only, it must be a copy of whatever else of the set holds it so: a box that came first is no set of all that it stands in.
    fn goes_on(&self, anchor: DocId, kept: u32) -> bool {
        let Some(&kept_document) = self.by_number.get(&kept) else { return false };
        let Some(agreement) = self.from.agreement(anchor, kept_document) else { return false };
        let holds_piece = |&document: &DocId| {
            self.from.agreement(document, kept_document).is_some_and(Agreement::is_of_a_piece)
        };
        let of_set = (self.n_drop as u32..).map(DocId).zip(self.past);
        let mut others =
            of_set.filter(|(_, past)| past.kept() == kept && past.number != kept).map(|entry| entry.0);
        anchor == kept_document
            || !agreement.is_of_a_piece()
            || others.all(|other| !holds_piece(&other) || self.from.agreement(anchor, other).is_some())
    }

    /// Are what two archived sets keep one text, if both are copies of `anchor`? Not for a piece of both.
    fn are_one(&self, anchor: DocId, one: u32, other: u32) -> bool {
        let documents = (self.by_number.get(&one), self.by_number.get(&other));
        let (Some(&one), Some(&other)) = documents else { return false };
        let is_whole = |document: DocId| {
            self.from.agreement(document, anchor).is_some_and(|agreement| !agreement.is_of_a_piece())
        };
        is_whole(one) && is_whole(other) || self.from.agreement(one, other).is_some()
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
