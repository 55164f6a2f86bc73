//! How many groups of which size, before anything is taken for them.

use super::chance::{Chance, Purpose};
use super::kinds::{Class, Kind};
use super::order::Order;
use crate::error::Error;

/// Copies of one original.
#[derive(Debug, Clone, Copy)]
pub(super) struct Group {
    pub(super) n_copies: usize,
    /// Is the original missing?
    pub(super) is_absent: bool,
}

/// Documents that look alike and are no copies.
#[derive(Debug, Clone, Copy)]
pub(super) struct Family {
    pub(super) kind: Kind,
    pub(super) n_members: usize,
}

/// The plan's numbers.
#[derive(Debug)]
pub(super) struct Shape {
    /// Copies in the largest group.
    pub(super) largest: usize,
    /// Scans of one text: kind and members.
    pub(super) scans: Vec<(Kind, usize)>,
    /// Accounts of each event, 2 or 3.
    pub(super) stories: Vec<usize>,
    pub(super) negatives: Vec<Family>,
    pub(super) groups: Vec<Group>,
    /// Documents that nothing is made of.
    pub(super) singles: usize,
}

impl Shape {
    /// Draws the numbers for `n` documents. The same order gives the same shape.
    pub(super) fn draw(order: &Order, n: u32) -> Result<Self, Error> {
        let chance = &mut Chance::at(order.seed, Purpose::Plan, 0);
        let n = n as usize;
        let share = |share: f64| (n as f64 * share).round() as usize;
        let of_class = |class| -> Vec<Kind> {
            order.kinds.iter().copied().filter(|kind| kind.class() == class).collect()
        };
        let (copy_kinds, scan_kinds) = (of_class(Class::Copy), of_class(Class::Scans));
        let has_stories = order.kinds.contains(&Kind::Story);
        let stories = if has_stories { stories(share(order.stories), chance) } else { Vec::new() };
        let negatives = negatives(share(order.negatives), &of_class(Class::Negative), chance);
        let n_kinds = copy_kinds.len() + scan_kinds.len();
        let n_copies = if n_kinds == 0 { 0 } else { share(order.share) };
        let largest = (order.largest_group as usize).min(if copy_kinds.is_empty() { 0 } else { n_copies });
        let n_others = stories.iter().sum::<usize>() + negatives.iter().map(|f| f.n_members).sum::<usize>();
        let mut room = n.saturating_sub(n_copies + n_others + usize::from(largest > 0));
        let left = n_copies - largest;
        if n_copies > 0 && n_copies + n_others + usize::from(largest > 0) > n {
            return Err(no_room(n));
        }

        let for_scans = (left * scan_kinds.len()).checked_div(n_kinds).unwrap_or(0);
        let for_scans = if copy_kinds.is_empty() { left } else { for_scans };
        let mut scan_sizes =
            sizes(for_scans, |chance| *chance.one_of(&[1, 1, 1, 1, 1, 1, 1, 2, 2, 3]).unwrap_or(&1), chance);
        let most_scans = if copy_kinds.is_empty() { room } else { room / 2 };
        // No room for a group is room for no copy of that kind.
        let in_scans = if most_scans == 0 { 0 } else { for_scans };
        fold(&mut scan_sizes, most_scans);
        room -= scan_sizes.len();
        let scans: Vec<(Kind, usize)> = scan_sizes
            .iter()
            .enumerate()
            .map(|(place, n_copies)| (scan_kinds[place % scan_kinds.len()], n_copies + 1))
            .collect();

        let groups = if copy_kinds.is_empty() {
            Vec::new()
        } else {
            groups(left - in_scans, room, order.absent, chance)
        };
        let placed: usize = groups.iter().map(|group| group.n_copies).sum::<usize>() + in_scans;
        if placed < left {
            return Err(no_room(n));
        }
        let singles = room - groups.iter().filter(|group| !group.is_absent).count();
        Ok(Self { largest, scans, stories, negatives, groups, singles })
    }

    pub(super) fn n_documents(&self) -> usize {
        let largest = if self.largest > 0 { self.largest + 1 } else { 0 };
        let groups = self.groups.iter().map(|group| group.n_copies + usize::from(!group.is_absent));
        largest
            + self.scans.iter().map(|(_, members)| members).sum::<usize>()
            + self.stories.iter().sum::<usize>()
            + self.negatives.iter().map(|family| family.n_members).sum::<usize>()
            + groups.sum::<usize>()
            + self.singles
    }

    /// Distinct texts that it takes. `own_forms`: forms need no article of the input.
    pub(super) fn n_sources(&self, own_forms: bool) -> usize {
        let of_family = |family: &Family| match family.kind {
            Kind::NegForm | Kind::NegMarket => usize::from(!own_forms),
            Kind::NegSpeech => 1,
            Kind::NegColumn => family.n_members + 1,
            _ => family.n_members,
        };
        usize::from(self.largest > 0)
            + self.scans.len()
            + self.stories.len()
            + self.negatives.iter().map(of_family).sum::<usize>()
            + self.groups.len()
            + self.singles
    }
}

fn no_room(n: usize) -> Error {
    Error::Settings(format!(
        "with {n} documents the shares of copies, negatives and stories leave no place for the originals of the copies; \
         lower --share, --negatives or --stories, or raise --documents"
    ))
}

/// Copies of an original in a drop: mostly one or two, now and then many.
fn group_size(chance: &mut Chance) -> usize {
    match chance.below(100) {
        0..55 => 1,
        55..77 => 2,
        77..87 => 3,
        87..96 => chance.between(4, 6),
        _ => chance.between(7, 20),
    }
}

fn sizes(total: usize, size: impl Fn(&mut Chance) -> usize, chance: &mut Chance) -> Vec<usize> {
    let mut sizes = Vec::new();
    let mut left = total;
    while left > 0 {
        let next = size(chance).min(left);
        sizes.push(next);
        left -= next;
    }
    sizes
}

/// Makes `most` groups of more, handing the copies of the last ones to the first.
fn fold(sizes: &mut Vec<usize>, most: usize) {
    let Some(beyond) = sizes.len().checked_sub(most).filter(|&beyond| beyond > 0) else { return };
    let orphans: usize = sizes.drain(sizes.len() - beyond..).sum();
    for orphan in 0..orphans {
        if most > 0 {
            sizes[orphan % most] += 1;
        }
    }
}

/// Groups of copies whose originals find room; those without theirs have two copies and more.
fn groups(n_copies: usize, room: usize, absent: f64, chance: &mut Chance) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut left = n_copies;
    while left > 0 {
        let is_absent = left >= 2 && chance.holds(absent);
        let n_copies = group_size(chance).max(1 + usize::from(is_absent)).min(left);
        groups.push(Group { n_copies, is_absent });
        left -= n_copies;
    }
    // Originals beyond the room stay away; a group of one copy that has lost its original joins another.
    let mut n_present = 0;
    let mut orphans = 0;
    groups.retain(|group| {
        n_present += usize::from(!group.is_absent);
        let stays = group.is_absent || n_present <= room;
        orphans += if stays { 0 } else { group.n_copies };
        stays
    });
    let n_groups = groups.len();
    if n_groups > 0 {
        (0..orphans).for_each(|orphan| groups[orphan % n_groups].n_copies += 1);
    }
    groups
}

/// Families of the negative kinds, each kind with about as many documents.
fn negatives(total: usize, kinds: &[Kind], chance: &mut Chance) -> Vec<Family> {
    let mut families = Vec::new();
    let Some(each) = total.checked_div(kinds.len()) else { return families };
    for (place, &kind) in kinds.iter().enumerate() {
        let mut left = each + usize::from(place < total % kinds.len());
        while left >= 2 {
            let n_members = match kind {
                Kind::NegSpeech | Kind::NegYear => 2,
                Kind::NegColumn => chance.between(6, 30),
                _ => chance.between(10, 50),
            };
            let mut n_members = n_members.min(left);
            // Nobody is left over alone, except of pairs.
            if left - n_members == 1 && n_members > 2 {
                n_members = left;
            }
            families.push(Family { kind, n_members });
            left -= n_members;
        }
    }
    families
}

/// Events of two accounts, every fourth of three.
fn stories(total: usize, chance: &mut Chance) -> Vec<usize> {
    let mut stories = Vec::new();
    let mut left = total;
    while left >= 2 {
        let n = if left >= 3 && (left == 3 || chance.holds(0.25)) { 3 } else { 2 };
        stories.push(n);
        left -= n;
    }
    stories
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_shape_has_as_many_documents_as_were_asked_for(
            n in 1u32..3_000, share in 0.0..0.9f64, negatives in 0.0..0.2f64, stories in 0.0..0.2f64,
            absent in 0.0..=1.0f64, seed in 0u64..50,
        ) {
            let order = Order { documents: n, share, negatives, stories, absent, seed, ..Order::default() };
            if share + negatives + stories <= 1.0 && let Ok(shape) = Shape::draw(&order, n) {
                prop_assert_eq!(shape.n_documents(), n as usize);
                prop_assert!(shape.groups.iter().all(|group| !group.is_absent || group.n_copies >= 2));
                let copies = shape.largest
                    + shape.groups.iter().map(|group| group.n_copies).sum::<usize>()
                    + shape.scans.iter().map(|(_, members)| members - 1).sum::<usize>();
                prop_assert_eq!(copies, (f64::from(n) * share).round() as usize);
            }
        }
    }

    #[test]
    fn a_tight_share_makes_larger_groups() {
        let order = Order { documents: 50, share: 0.9, negatives: 0.0, stories: 0.0, ..Order::default() };
        let shape = Shape::draw(&order, 50).unwrap();
        assert_eq!(shape.n_documents(), 50);
        assert!(shape.n_sources(true) <= 50, "{shape:?}");
    }
}
