//! Linkage: groups of documents merged by their mean cosine, along the neighbor graph.
//!
//! Average linkage (Sokal & Michener 1958) needs no number of groups and, unlike single linkage, is not
//! chained into one giant by a few bridges. All pairs would be quadratic: here two groups may merge only
//! where a document of one is among the nearest of a document of the other. Their likeness is exact for
//! all that, from the groups' sums of rows: the mean of cos(a, b) over all a in A and b in B is
//! `sum_A . sum_B / (|A| |B|)`, rows being of length 1.
//!
//! Short texts of one story share less than long ones: if a text shows a share p of what its story has to
//! show, two of them have cosine sqrt(p q). So what is compared with the cut is the *link strength*
//!
//! strength(A, B) = sum of cos(a, b) / (sum of reach(a) x sum of reach(b)) x time(A, B),
//!
//! reach = sqrt(p); with reach 1 it is the mean cosine. time is exp(-d^2 / (2 s^2)) of the days between the
//! two groups' mean dates, or 1 where one has none.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BinaryHeap;

use rayon::prelude::*;

use super::expansion::{Dense, ExpandedRows};

/// A document as linkage sees it, beside its row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Leaf {
    /// What a cosine with this document is measured by, over 0 and at most 1.
    pub reach: f64,
    /// When it was published, in days; the origin does not matter.
    pub day: Option<f64>,
}

/// Groups of rows, each known by the smallest row in it.
#[derive(Debug)]
pub struct Groups<'a> {
    rows: Rows<'a>,
    /// By name; none where a group was merged into another.
    standing: Vec<Option<Group>>,
    /// The group each row was merged into, itself where it stands.
    merged_into: Vec<u32>,
    /// Days at which time counts exp(-1/2).
    spread: f64,
    dense: Dense,
    /// See [`Groups::tell_apart`].
    told_apart: f64,
    /// Rows from which on a group takes in many others at a time ([`Groups::take_in`]).
    many: u32,
}

/// [`Groups::many`]: far above any story that labels know of.
const MANY: u32 = 2048;

/// Share of its own reach that such a group takes in at a time, at most: by no more does what it is like change between two looks.
const AT_A_TIME: f64 = 1.0 / 16.0;

/// Which share of its strength is left of a link between parts of two things that were told apart before: 1 - f (1 - `of_one` x 2 /
/// (n + 1)), n the rows that were told in the group with fewer of them, f the geometric mean of the shares of such rows in both
/// groups: what new rows say was not known when they were told apart.
fn told_apart(of_one: f64, left: &Group, right: &Group) -> f64 {
    let [one, other] = [left, right].map(|group| f64::from(group.n_told));
    let share = of_one * 2.0 / (one.min(other) + 1.0);
    let known = (one * other / (f64::from(left.size) * f64::from(right.size))).sqrt();
    1.0 - known * (1.0 - share)
}

/// The rows that groups begin with.
#[derive(Debug)]
pub enum Rows<'a> {
    /// Needed elsewhere.
    Lent(&'a ExpandedRows),
    /// Of no further use: each is freed once its group is merged.
    Given(ExpandedRows),
}

impl<'a> Rows<'a> {
    fn row(&self, row: u32) -> Cow<'_, [(u32, f32)]> {
        match self {
            Self::Lent(rows) => rows.row(row),
            Self::Given(rows) => rows.row(row),
        }
    }

    /// A row that groups ask for no more.
    fn take(&mut self, row: u32) -> Cow<'a, [(u32, f32)]> {
        match self {
            Self::Lent(rows) => rows.row(row),
            Self::Given(rows) => Cow::Owned(rows.take(row)),
        }
    }
}

/// Rows that belong together.
#[derive(Debug, Clone)]
pub struct Group {
    /// Rows in it.
    pub size: u32,
    /// The sum of its rows: terms, ascending, with weights. None for a row by itself.
    sum: Option<Vec<(u32, f32)>>,
    links: Links,
    /// The weakest link that it was merged over.
    pub weakest: Option<Joint>,
    reach: f64,
    /// Sum of known days, and how many.
    days: (f64, u32),
    /// What it was told to be part of ([`Groups::tell_apart`]); of two that merge, what the larger was.
    part_of: Option<u32>,
    /// Its rows that were told to be part of something.
    n_told: u32,
}

impl Group {
    /// Mean of its leaves' reach.
    #[must_use]
    pub fn mean_reach(&self) -> f64 {
        self.reach / f64::from(self.size)
    }
}

/// Groups that are held against another one after another; more are shared among threads.
const FEW: usize = 64;

/// Groups that hold a neighbor of another, by name, ascending, each with the sum of the cosines between all rows of the two.
type Links = Vec<(u32, f64)>;

/// Where a name stands in links, or would.
fn place(links: &Links, name: u32) -> Result<usize, usize> {
    links.binary_search_by_key(&name, |link| link.0)
}

/// Takes a name out of links.
fn forget(links: &mut Links, name: u32) {
    if let Ok(place) = place(links, name) {
        links.remove(place);
    }
}

/// Where two groups were merged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Joint {
    /// The smallest row of either.
    pub rows: [u32; 2],
    /// How strongly they were linked.
    pub strength: f64,
}

/// Two groups that may merge, as strong as they were when it was noted.
struct Merge {
    strength: f64,
    left: u32,
    right: u32,
    sizes: (u32, u32),
    /// The group whose strongest it is, and its size then; none where all of a group's were noted.
    noted_by: Option<(u32, u32)>,
}

impl Ord for Merge {
    fn cmp(&self, other: &Self) -> Ordering {
        let places = |merge: &Self| (merge.left, merge.right);
        self.strength.total_cmp(&other.strength).then_with(|| places(other).cmp(&places(self)))
    }
}

impl PartialOrd for Merge {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Merge {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Merge {}

impl<'a> Groups<'a> {
    /// Every row a group of its own, with terms below `n_terms`. `edges` are pairs of rows with their cosines, either way round and as
    /// often as they like.
    #[must_use]
    pub fn of_one(
        rows: Rows<'a>,
        n_terms: usize,
        leaves: &[Leaf],
        edges: impl Iterator<Item = (u32, u32, f32)>,
        spread: f64,
    ) -> Self {
        let group = |leaf: &Leaf| {
            Some(Group {
                size: 1,
                sum: None,
                links: Links::new(),
                weakest: None,
                reach: leaf.reach,
                days: leaf.day.map_or((0.0, 0), |day| (day, 1)),
                part_of: None,
                n_told: 0,
            })
        };
        let mut groups: Vec<_> = leaves.iter().map(group).collect();
        for (left, right, cosine) in edges.filter(|&(left, right, _)| left != right) {
            for (from, to) in [(left, right), (right, left)] {
                if let Some(group) = &mut groups[from as usize] {
                    group.links.push((to, f64::from(cosine)));
                }
            }
        }
        groups.par_iter_mut().flatten().for_each(|group| {
            group.links.sort_by_key(|link| link.0);
            group.links.dedup_by_key(|link| link.0);
            group.links.shrink_to_fit();
        });
        let merged_into = (0..leaves.len() as u32).collect();
        let dense = Dense::new(n_terms);
        Self { rows, standing: groups, merged_into, spread, dense, told_apart: 1.0, many: MANY }
    }

    /// Merges the two strongest linked groups, then the next, while their strength is `cut` or more. Ties
    /// go to the smaller rows. A group of many thousands of rows takes in several others before strengths are told anew, so that
    /// texts of one form take time with their number and not with its square.
    pub fn merge_down_to(&mut self, cut: f64) {
        let mut ahead: BinaryHeap<Merge> = BinaryHeap::new();
        for (name, group) in self.iter() {
            let later = group.links.iter().map(|link| link.0).filter(|&other| other > name);
            ahead.extend(later.map(|other| self.merge_of(name, other)).filter(|merge| merge.strength >= cut));
        }
        while let Some(merge) = ahead.pop() {
            // A group only ever grows: equal sizes mean the same groups.
            let is_as_noted = |name: u32, size: u32| self.size(name) == size;
            let seeker = if is_as_noted(merge.left, merge.sizes.0) && is_as_noted(merge.right, merge.sizes.1)
            {
                Some(self.take_in(merge.left, merge.right, cut))
            } else {
                merge.noted_by.filter(|&(name, size)| is_as_noted(name, size)).map(|noted_by| noted_by.0)
            };
            ahead.extend(seeker.and_then(|name| self.best_merge(name, cut)));
        }
    }

    fn merge_of(&self, name: u32, other: u32) -> Merge {
        self.merge_over(name, other, self.cosines(name, other).unwrap_or_default())
    }

    fn merge_over(&self, name: u32, other: u32, cosines: f64) -> Merge {
        let (left, right) = (name.min(other), name.max(other));
        let strength = self.strength_over(left, right, cosines);
        Merge { strength, left, right, sizes: (self.size(left), self.size(right)), noted_by: None }
    }

    /// The strongest merge of a group that came of one, with a strength of `cut` or more. Its others can wait until this one is done, or
    /// the other group of it is not what it was: then it looks again. So a large group notes one merge, and not one for each of its links.
    fn best_merge(&self, name: u32, cut: f64) -> Option<Merge> {
        let links = &self.group(name)?.links;
        let best = links.iter().map(|&(other, cosines)| self.merge_over(name, other, cosines)).max()?;
        let noted_by = Some((name, self.size(name)));
        (best.strength >= cut).then_some(Merge { noted_by, ..best })
    }

    /// Merges two groups over the strongest link of all. Where one has many rows, it takes in others as well: those that are linked with
    /// nothing more strongly than with it, and that strongly at least, the strongest first.
    fn take_in(&mut self, left: u32, right: u32, cut: f64) -> u32 {
        let (many, other) = if self.size(left) < self.size(right) { (right, left) } else { (left, right) };
        if self.size(many) < self.many {
            return self.merge(left, right);
        }
        let reach = |name: u32| self.group(name).map_or(0.0, |group| group.reach);
        let links_of = |name: u32| self.group(name).map(|group| group.links.as_slice()).unwrap_or_default();
        let is_strongest = |merge: &Merge, name: u32| {
            let mut strengths =
                links_of(name).iter().map(|&(next, cosines)| self.strength_over(name, next, cosines));
            strengths.all(|strength| strength <= merge.strength)
        };
        let mut near: Vec<(Merge, u32)> = links_of(many)
            .par_iter()
            .map(|&(name, cosines)| (self.merge_over(many, name, cosines), name))
            .filter(|(merge, name)| *name != other && merge.strength >= cut && is_strongest(merge, *name))
            .collect();
        near.sort_unstable_by(|one, next| next.0.cmp(&one.0));
        let mut room = reach(many) * AT_A_TIME - reach(other);
        near.retain(|(_, name)| {
            room -= reach(*name);
            room >= 0.0
        });
        let weakest =
            near.last().map(|(merge, _)| Joint { rows: [merge.left, merge.right], strength: merge.strength });
        // Among each other first, two and two: their links are few.
        let mut parts: Vec<u32> = near.iter().map(|(_, name)| *name).collect();
        while parts.len() > 1 {
            parts = parts
                .chunks(2)
                .map(|two| two.iter().copied().reduce(|one, next| self.unite(one, next)).unwrap_or(many))
                .collect();
        }
        let whole = self.merge(left, right);
        match parts.first() {
            Some(&part) => self.join(whole, part, weakest),
            None => whole,
        }
    }

    /// Merges two groups over their link; returns the name of the whole.
    pub fn merge(&mut self, one: u32, other: u32) -> u32 {
        let rows = [one.min(other), one.max(other)];
        let joint = Joint { rows, strength: self.strength(one, other) };
        self.join(one, other, Some(joint))
    }

    /// Merges two groups that belong together whatever links them; returns the name of the whole.
    pub fn unite(&mut self, one: u32, other: u32) -> u32 {
        self.join(one, other, None)
    }

    fn join(&mut self, one: u32, other: u32, joint: Option<Joint>) -> u32 {
        let (name, gone) = (one.min(other), one.max(other));
        let (Some(mut whole), Some(mut part)) =
            (self.standing[name as usize].take(), self.standing[gone as usize].take())
        else {
            return name;
        };
        let mut links = std::mem::take(&mut whole.links);
        let mut part_links = std::mem::take(&mut part.links);
        forget(&mut links, gone);
        forget(&mut part_links, name);
        let sums = [(name, whole.sum), (gone, part.sum)];
        let [whole_sum, part_sum] =
            sums.map(|(row, sum)| sum.map_or_else(|| self.rows.take(row), Cow::Owned));
        self.complete(&whole_sum, &part_links, &mut links);
        self.complete(&part_sum, &links, &mut part_links);
        for ((_, cosines), (_, of_part)) in links.iter_mut().zip(part_links) {
            *cosines += of_part;
        }
        for &(neighbor, cosines) in &links {
            if let Some(neighbor) = &mut self.standing[neighbor as usize] {
                forget(&mut neighbor.links, gone);
                match place(&neighbor.links, name) {
                    Ok(place) => neighbor.links[place].1 = cosines,
                    Err(place) => neighbor.links.insert(place, (name, cosines)),
                }
            }
        }
        self.merged_into[gone as usize] = name;
        let part_of = if part.size > whole.size {
            part.part_of.or(whole.part_of)
        } else {
            whole.part_of.or(part.part_of)
        };
        self.standing[name as usize] = Some(Group {
            size: whole.size + part.size,
            sum: Some(add(&whole_sum, &part_sum)),
            links,
            weakest: [whole.weakest, part.weakest, joint]
                .into_iter()
                .flatten()
                .min_by(|one, other| one.strength.total_cmp(&other.strength)),
            reach: whole.reach + part.reach,
            days: (whole.days.0 + part.days.0, whole.days.1 + part.days.1),
            part_of,
            n_told: whole.n_told + part.n_told,
        });
        name
    }

    /// Says of a row's group that it is part of something, and was told apart from the parts of anything else: what links it with
    /// one of those counts for a share of its strength from here on: for `of_one`, 0..=1, where such rows are all of both and one of either,
    /// for less where both have more of them, and for more where they are fewer of all.
    pub fn tell_apart(&mut self, row: u32, part_of: u32, of_one: f64) {
        self.told_apart = of_one;
        let name = self.name_of(row);
        if let Some(group) = &mut self.standing[name as usize] {
            group.part_of = Some(part_of);
            group.n_told += 1;
        }
    }

    /// Adds to `links` of a group with the sum `sum` its cosines with those that only `others` knows.
    fn complete(&mut self, sum: &[(u32, f32)], others: &Links, links: &mut Links) {
        let unknown: Vec<u32> =
            others.iter().map(|link| link.0).filter(|&name| place(links, name).is_err()).collect();
        if unknown.is_empty() {
            return;
        }
        let Self { dense, standing, rows, .. } = self;
        dense.with(sum, |dense| {
            let product = |name: u32| {
                let sum = standing[name as usize].as_ref().and_then(|other| other.sum.as_deref());
                let sum = sum.map_or_else(|| rows.row(name), Cow::Borrowed);
                (name, dense.products(&sum).map(f64::from).sum())
            };
            if unknown.len() < FEW {
                links.extend(unknown.into_iter().map(product));
            } else {
                links.par_extend(unknown.into_par_iter().map(product));
            }
        });
        links.sort_unstable_by_key(|link| link.0);
    }

    /// How strongly two groups are linked; 0 where no document of one is near one of the other.
    #[must_use]
    pub fn strength(&self, left: u32, right: u32) -> f64 {
        self.cosines(left, right).map_or(0.0, |cosines| self.strength_over(left, right, cosines))
    }

    /// The same where the sum of the cosines between all rows of the two is at hand.
    fn strength_over(&self, left: u32, right: u32, cosines: f64) -> f64 {
        let (Some(left), Some(right)) = (self.group(left), self.group(right)) else { return 0.0 };
        let mean_day = |group: &Group| (group.days.1 > 0).then(|| group.days.0 / f64::from(group.days.1));
        let time = closeness(mean_day(left), mean_day(right), self.spread);
        let told = match (left.part_of, right.part_of) {
            (Some(one), Some(other)) if one != other => told_apart(self.told_apart, left, right),
            _ => 1.0,
        };
        cosines / (left.reach * right.reach) * time * told
    }

    /// Mean cosine between the rows of two groups; none where no document of one is near one of the other.
    #[must_use]
    pub fn mean_cosine(&self, left: u32, right: u32) -> Option<f64> {
        let pairs = f64::from(self.size(left)) * f64::from(self.size(right));
        Some(self.cosines(left, right)? / pairs)
    }

    fn cosines(&self, left: u32, right: u32) -> Option<f64> {
        let links = &self.group(left)?.links;
        Some(links[place(links, right).ok()?].1)
    }

    /// The groups, each with its name, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &Group)> {
        (0u32..).zip(&self.standing).filter_map(|(name, group)| Some((name, group.as_ref()?)))
    }

    /// A group by its name.
    #[must_use]
    pub fn group(&self, name: u32) -> Option<&Group> {
        self.standing.get(name as usize)?.as_ref()
    }

    /// Groups linked with one, ascending, with their strengths.
    pub fn links(&self, name: u32) -> impl Iterator<Item = (u32, f64)> + '_ {
        let others = self.group(name).into_iter().flat_map(|group| group.links.iter().map(|link| link.0));
        others.map(move |other| (other, self.strength(name, other)))
    }

    /// The group a row is in now.
    #[must_use]
    pub fn name_of(&self, row: u32) -> u32 {
        let mut name = row;
        while self.merged_into[name as usize] != name {
            name = self.merged_into[name as usize];
        }
        name
    }

    fn size(&self, name: u32) -> u32 {
        self.group(name).map_or(0, |group| group.size)
    }
}

/// What time leaves of a likeness: exp(-d^2 / (2 spread^2)) of the days d between, 1 where a day is not known.
#[must_use]
pub fn closeness(left: Option<f64>, right: Option<f64>, spread: f64) -> f64 {
    let (Some(left), Some(right)) = (left, right) else { return 1.0 };
    let apart = (left - right) / spread;
    (-0.5 * apart * apart).exp()
}

/// The sum of two sparse vectors: terms, ascending, with weights.
fn add(left: &[(u32, f32)], right: &[(u32, f32)]) -> Vec<(u32, f32)> {
    let mut sum = Vec::with_capacity(left.len() + right.len());
    let (mut i, mut j) = (0, 0);
    while i < left.len() && j < right.len() {
        let entry = match left[i].0.cmp(&right[j].0) {
            Ordering::Less => left[i],
            Ordering::Greater => right[j],
            Ordering::Equal => (left[i].0, left[i].1 + right[j].1),
        };
        i += usize::from(left[i].0 == entry.0);
        j += usize::from(right[j].0 == entry.0);
        sum.push(entry);
    }
    sum.extend_from_slice(&left[i..]);
    sum.extend_from_slice(&right[j..]);
    sum.shrink_to_fit();
    sum
}

#[cfg(test)]
#[path = "linkage_tests.rs"]
mod tests;
