//! Duplicate sets: which documents are the same text, which of them to keep, and why.
//!
//! Sets are anchored: the document with most links takes those of its partners that are not taken yet,
//! again and again. No chain of links joins two texts that were not compared.

use std::cmp::Reverse;

use hashbrown::HashMap;
use rayon::prelude::*;

use super::compilations::{self, Compilations};
use super::fullness::{Fullness, KnownWords};
use super::{DuplicateSet, Member, Role};
use crate::corpus::{Corpus, DocId};
use crate::pairs::identical::Originals;
use crate::pairs::verdict::{Judge, Link, SECOND_LOOK, Verdict, judge_all};
use crate::pairs::{Relation, SimilarPair, evidence};
use crate::progress::Silent;
use crate::settings::Settings;
use crate::tokens::{Tokens, WordMask};

/// Documents of a group that are tried as the one to keep, fullest first.
const KEPT_TRIED: usize = 5;

/// What copies a drop holds.
#[derive(Debug, Default)]
pub struct Duplicates {
    /// Ascending by kept document.
    pub sets: Vec<DuplicateSet>,
    /// Each member with its kept document, and all other contained and reused pairs; ascending.
    pub pairs: Vec<SimilarPair>,
    /// Documents that contain two others which are not copies of each other, ascending.
    pub compilations: Vec<DocId>,
}

/// Everything that sets are made from.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// What was read.
    pub corpus: &'a Corpus,
    /// Its words.
    pub tokens: &'a Tokens,
    /// Wording that counts for nothing.
    pub boilerplate: &'a WordMask,
    /// Which documents are identical.
    pub originals: &'a Originals,
    /// Verdicts on distinct texts, ascending.
    pub links: &'a [Link],
    /// To compare members with the document that is kept.
    pub judge: &'a Judge<'a>,
    /// The knobs.
    pub settings: &'a Settings,
}

/// Makes the sets.
#[must_use]
pub fn find(from: Sources) -> Duplicates {
    let more = second_looks(from);
    let mut links = Vec::new();
    let from = if more.is_empty() {
        from
    } else {
        links.extend(from.links.iter().cloned().chain(more));
        links.sort_unstable_by_key(|link: &Link| (link.a, link.b));
        Sources { links: &links, ..from }
    };
    let compilations = compilations::find(from);
    let partners = partners(from, &compilations);
    let mut twins: HashMap<DocId, Vec<DocId>> = HashMap::new();
    for (document, &original) in (0u32..).map(DocId).zip(&from.originals.original) {
        if original != document {
            twins.entry(original).or_default().push(document);
        }
    }
    let known = KnownWords::new(from.corpus, from.tokens);
    let mut found = Duplicates::default();
    let mut kept_of: Vec<Option<DocId>> = vec![None; from.corpus.documents.len()];
    // Members that are no copy of the kept document are left for another round; each round keeps one document a
    // group at least, so there is an end.
    loop {
        let mut groups = anchor(&partners, &kept_of);
        if groups.is_empty() {
            groups = lone_twins(&twins, &kept_of);
        }
        if groups.is_empty() {
            break;
        }
        let made: Vec<(DuplicateSet, Vec<SimilarPair>)> = groups
            .par_chunks(groups.len().div_ceil(8 * rayon::current_num_threads()))
            .flat_map_iter(|groups| {
                let mut fullness = Fullness::new(&known);
                let make = |group| make_set(from, group, &mut fullness, &twins);
                groups.iter().map(make).collect::<Vec<_>>()
            })
            .collect();
        for (set, pairs) in made {
            for member in &set.members {
                kept_of[member.document.index()] = Some(set.kept);
            }
            if set.members.len() > 1 {
                found.sets.push(set);
                found.pairs.extend(pairs);
            }
        }
    }
    found.compilations = compilations.documents;
    found.sets.sort_unstable_by_key(|set| set.kept);
    found.pairs.extend(outside_sets(from, &kept_of));
    found.pairs.sort_unstable_by_key(|pair| (pair.a, pair.b));
    found
}

/// New links of documents that are in no set, and share much with a member of one, with that set's anchor: of a text
/// in hundreds of copies, a document is compared with a few only, and those may be damaged or cut themselves.
fn second_looks(from: Sources) -> Vec<Link> {
    let groups = anchor(&partners(from, &Compilations::default()), &vec![None; from.corpus.documents.len()]);
    let mut anchor_of: Vec<Option<DocId>> = vec![None; from.corpus.documents.len()];
    for group in &groups {
        for member in &group.members {
            anchor_of[member.index()] = Some(group.anchor);
        }
    }
    let shares_much = |link: &&Link| !link.is_copy() && link.score() >= SECOND_LOOK;
    let mut pairs: Vec<(DocId, DocId)> = from
        .links
        .iter()
        .filter(shares_much)
        .filter_map(|link| match (anchor_of[link.a.index()], anchor_of[link.b.index()]) {
            (None, Some(anchor)) => Some((link.a.min(anchor), link.a.max(anchor))),
            (Some(anchor), None) => Some((link.b.min(anchor), link.b.max(anchor))),
            _ => None,
        })
        .filter(|pair| from.links.binary_search_by_key(pair, |link| (link.a, link.b)).is_err())
        .collect();
    pairs.sort_unstable();
    pairs.dedup();
    let mut links = judge_all(from.judge, &pairs, &Silent);
    links.retain(Link::is_copy);
    links
}

/// By document: the kept document of its set; itself where it is in none.
#[must_use]
pub fn kept_of(n_documents: usize, sets: &[DuplicateSet]) -> Vec<DocId> {
    let mut kept: Vec<DocId> = (0..n_documents as u32).map(DocId).collect();
    for set in sets {
        for member in &set.members {
            kept[member.document.index()] = set.kept;
        }
    }
    kept
}

/// Links that no set tells: reuse, and containment of or in documents that stand alone. Of a set,
/// only the kept document speaks, so that the table stays linear in the drop.
fn outside_sets(from: Sources, kept_of: &[Option<DocId>]) -> Vec<SimilarPair> {
    let speaks = |document: DocId| kept_of[document.index()].is_none_or(|kept| kept == document);
    let told: Vec<&Link> = from.links.iter().filter(|link| speaks(link.a) && speaks(link.b)).collect();
    told.into_par_iter().map(|link| describe(from, (link.a, link.b), &link.verdict)).collect()
}

fn describe(from: Sources, pair: (DocId, DocId), verdict: &Verdict) -> SimilarPair {
    evidence::describe(from.corpus, from.tokens, from.judge, pair, verdict)
}

/// By document: the documents that may join its set.
fn partners(from: Sources, compilations: &Compilations) -> HashMap<DocId, Vec<DocId>> {
    let is_compilation = |document: DocId| compilations.documents.binary_search(&document).is_ok();
    let joins = |link: &&Link| {
        let is_contained = link.verdict.relation == Some(Relation::Contained);
        // A compilation is a copy of none of its parts, but may be one of another compilation.
        let may_join = match [link.a, link.b].map(is_compilation) {
            [false, false] => true,
            [true, true] => !is_contained,
            _ => false,
        };
        link.is_copy()
            && may_join
            && (from.settings.contained_in_sets || !is_contained)
            && compilations.added.binary_search(&(link.a, link.b)).is_err()
    };
    let mut partners: HashMap<DocId, Vec<DocId>> = HashMap::new();
    for link in from.links.iter().filter(joins) {
        partners.entry(link.a).or_default().push(link.b);
        partners.entry(link.b).or_default().push(link.a);
    }
    partners
}

/// An anchor and its partners, distinct texts.
struct Group {
    anchor: DocId,
    /// The anchor included, ascending.
    members: Vec<DocId>,
}

/// Groups of two and more documents that are in no set yet, each around the one that has most partners.
fn anchor(partners: &HashMap<DocId, Vec<DocId>>, kept_of: &[Option<DocId>]) -> Vec<Group> {
    let mut is_taken: Vec<bool> = kept_of.iter().map(Option::is_some).collect();
    let free = |document: DocId, is_taken: &[bool]| -> Vec<DocId> {
        partners[&document].iter().copied().filter(|partner| !is_taken[partner.index()]).collect()
    };
    let mut order: Vec<(Reverse<usize>, DocId)> = partners
        .keys()
        .filter(|document| !is_taken[document.index()])
        .map(|&document| (Reverse(free(document, &is_taken).len()), document))
        .collect();
    order.sort_unstable();
    let mut groups = Vec::new();
    for (_, anchor) in order {
        let mut members = free(anchor, &is_taken);
        if is_taken[anchor.index()] || members.is_empty() {
            continue;
        }
        members.push(anchor);
        members.sort_unstable();
        for member in &members {
            is_taken[member.index()] = true;
        }
        groups.push(Group { anchor, members });
    }
    groups
}

/// Texts that have identical twins and are in no set yet.
fn lone_twins(twins: &HashMap<DocId, Vec<DocId>>, kept_of: &[Option<DocId>]) -> Vec<Group> {
    let mut originals: Vec<DocId> =
        twins.keys().copied().filter(|original| kept_of[original.index()].is_none()).collect();
    originals.sort_unstable();
    originals.into_iter().map(|anchor| Group { anchor, members: vec![anchor] }).collect()
}

/// Makes a set of a group, around the fullest of its texts of which all others are copies; where none of the fullest
/// few is, around the one of which most are, and without those that are not.
fn make_set(
    from: Sources,
    group: &Group,
    fullness: &mut Fullness,
    twins: &HashMap<DocId, Vec<DocId>>,
) -> (DuplicateSet, Vec<SimilarPair>) {
    let with_twins = |original: DocId| {
        std::iter::once(original).chain(twins.get(&original).into_iter().flatten().copied())
    };
    let date = |document: DocId| from.corpus.documents[document.index()].date.as_deref().unwrap_or("9999");
    let all: Vec<DocId> = group.members.iter().flat_map(|&original| with_twins(original)).collect();
    // Twins of a text differ from it in case and space only, if not in headline and date: they are as full, and one of them is tried.
    let mut by_fullness: Vec<(Reverse<usize>, &str, DocId)> = group
        .members
        .iter()
        .zip(fullness.of(from, &group.members))
        .filter_map(|(&original, full)| {
            let first = with_twins(original).min_by_key(|&document| (date(document), document))?;
            Some((Reverse(full), date(first), first))
        })
        .collect();
    by_fullness.sort_unstable();
    let pairs_with = |kept: DocId| -> Vec<SimilarPair> {
        all.iter().filter(|&&document| document != kept).map(|&other| pair_of(from, kept, other)).collect()
    };
    let is_copy = |pair: &SimilarPair| {
        pair.relation < Relation::Contained
            || pair.relation == Relation::Contained && from.settings.contained_in_sets
    };
    // The anchor is tried, too: of hundreds of versions the fullest may be far from many.
    let fullest = by_fullness.iter().map(|entry| entry.2);
    let tried = fullest.clone().take(KEPT_TRIED).chain(fullest.filter(|&first| first == group.anchor));
    let mut kept = group.anchor;
    let mut pairs: Vec<SimilarPair> = Vec::new();
    for (n_before, document) in tried.enumerate() {
        let mut copies = pairs_with(document);
        copies.retain(is_copy);
        leave_strangers_out(from, document, &mut copies);
        if copies.len() > pairs.len() || n_before == 0 {
            (kept, pairs) = (document, copies);
        }
        if pairs.len() + 1 == all.len() {
            break;
        }
    }
    let mut members: Vec<Member> = pairs.iter().map(|pair| member(pair, kept)).collect();
    let n_members = pairs.len() + 1;
    let reason = if by_fullness.first().is_some_and(|entry| entry.2 == kept) {
        format!("the fullest of {n_members} (then the earliest, then the smallest id)")
    } else {
        "the one of which most others are copies, of the fullest that were tried".to_owned()
    };
    members.push(Member { document: kept, role: Role::Kept, coverage: 1.0, relation: None, reason });
    members.sort_unstable_by_key(|member| member.document);
    (DuplicateSet { kept, members }, pairs)
}

/// Share of a text, below which a text that lies within it is a piece of it only; chosen, not measured.
const PIECE: f32 = 0.5;

/// How much two texts that are copies have in common: shares of their words that lie in passages.
#[derive(Debug, Clone, Copy)]
pub(super) struct Agreement {
    relation: Relation,
    first: f32,
    second: f32,
}

impl Agreement {
    /// Is the second a piece of the first, and no more?
    pub(super) fn is_of_a_piece(self) -> bool {
        self.relation == Relation::Contained && self.first < self.second && self.first < PIECE
    }
}

/// Leaves out of `copies`, each with `kept`, what only holds `kept` as a piece and is no copy of another that does: a box that stands in
/// many articles makes them no copies. The one of which `kept` is the smallest piece stays, and its copies.
fn leave_strangers_out(from: Sources, kept: DocId, copies: &mut Vec<SimilarPair>) {
    let holder = |pair: &SimilarPair| {
        let (other, own, within) = sides(pair, kept);
        let agreement = Agreement { relation: pair.relation, first: own, second: within };
        agreement.is_of_a_piece().then_some((other, own))
    };
    let smaller =
        |left: &(DocId, f32), right: &(DocId, f32)| left.1.total_cmp(&right.1).then(left.0.cmp(&right.0));
    let Some((first, _)) = copies.iter().filter_map(holder).min_by(smaller) else { return };
    let stays = |other: DocId| other == first || from.agreement(first, other).is_some();
    copies.retain(|pair| holder(pair).is_none_or(|(other, _)| stays(other)));
}

/// The other document of a pair with `kept`; the shares of its words and of the kept one's that lie in passages.
fn sides(pair: &SimilarPair, kept: DocId) -> (DocId, f32, f32) {
    if pair.a == kept {
        (pair.b, pair.coverage_b, pair.coverage_a)
    } else {
        (pair.a, pair.coverage_a, pair.coverage_b)
    }
}

impl Sources<'_> {
    /// What two documents have in common, if their texts are the same or one lies within the other.
    pub(super) fn agreement(&self, first: DocId, second: DocId) -> Option<Agreement> {
        let [a, b] = [first, second].map(|document| self.originals.original[document.index()]);
        if a == b {
            return Some(Agreement { relation: Relation::Identical, first: 1.0, second: 1.0 });
        }
        let of = |verdict: &Verdict| {
            let relation = verdict.relation.filter(|&relation| relation <= Relation::Contained)?;
            let shares = (verdict.coverage_a, verdict.coverage_b);
            let (first, second) = if a < b { shares } else { (shares.1, shares.0) };
            Some(Agreement { relation, first, second })
        };
        let ends = (a.min(b), a.max(b));
        match self.links.binary_search_by_key(&ends, |link| (link.a, link.b)) {
            Ok(place) => of(&self.links[place].verdict),
            Err(_) => of(&self.judge.compare(&self.judge.prepare(ends.0), ends.1)),
        }
    }

    /// Does a verdict on a document's original hold for it, too? Twins may differ in what was set aside of their pages, in their
    /// headlines and in their dates.
    pub(super) fn is_judged_as_its_original(&self, document: DocId) -> bool {
        let original = self.originals.original[document.index()];
        let words = |document: DocId| self.tokens.bodies.of(document);
        let [own, first] = [document, original].map(|document| &self.corpus.documents[document.index()]);
        words(document) == words(original) && own.date == first.date && own.headline() == first.headline()
    }
}

/// Two documents of one group, described.
fn pair_of(from: Sources, left: DocId, right: DocId) -> SimilarPair {
    let (a, b) = (left.min(right), left.max(right));
    let original = |document: DocId| from.originals.original[document.index()];
    let (original_a, original_b) = (original(a), original(b));
    if original_a == original_b {
        return evidence::describe_identical(from.corpus, a, b);
    }
    let ends = (original_a.min(original_b), original_a.max(original_b));
    let link = from.links.binary_search_by_key(&ends, |link| (link.a, link.b));
    if let Ok(place) = link
        && from.is_judged_as_its_original(a)
        && from.is_judged_as_its_original(b)
    {
        let verdict = &from.links[place].verdict;
        if ends.0 == original_a {
            return describe(from, (a, b), verdict);
        }
        return describe(from, (a, b), &verdict.flipped());
    }
    describe(from, (a, b), &from.judge.compare(&from.judge.prepare(a), b))
}

/// A member from its pair with the kept document.
fn member(pair: &SimilarPair, kept: DocId) -> Member {
    let (document, own, others) = sides(pair, kept);
    let is_excerpt = pair.relation == Relation::Contained && own > others;
    Member {
        document,
        role: if is_excerpt { Role::Excerpt } else { Role::Copy },
        coverage: own,
        relation: Some(pair.relation),
        reason: member_reason(pair, own, others),
    }
}

/// Why a document is in a set, told from its side.
fn member_reason(pair: &SimilarPair, own: f32, kept: f32) -> String {
    if pair.relation == Relation::Identical {
        return pair.reason.clone();
    }
    format!(
        "{:.0} % of its words and {:.0} % of the kept document's lie in {} shared passage{}",
        own * 100.0,
        kept * 100.0,
        pair.passages.len(),
        if pair.passages.len() == 1 { "" } else { "s" }
    )
}
