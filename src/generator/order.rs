//! What is asked for.

use std::collections::BTreeSet;

use super::kinds::Kind;
use crate::error::Error;

/// How large a corpus to grow, and of what. The shares are of all documents unless they say otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// Documents in all, 1 or more.
    pub documents: u32,
    /// Share of documents that are edited copies, 0 to below 1. Default .3: in drops of news from
    /// many outlets a quarter to a third of the texts are some agency's.
    pub share: f64,
    /// Share of documents that resemble others without being copies, 0..=1. Default .1.
    pub negatives: f64,
    /// Share of documents that tell an event of another document in other sentences, 0..=1. Default .04.
    pub stories: f64,
    /// Share of the groups of copies whose original is not among the documents, 0..=1. Default .2.
    pub absent: f64,
    /// Copies may be made of copies up to this depth, 1..=3. Default 3.
    pub depth: u8,
    /// Edited copies of one story, beside all other groups; they count towards `share`. 0: no such
    /// group. Default 0.
    pub largest_group: u32,
    /// Words that a document of the input needs to serve as an original, 10 or more. Default 40: shorter ones
    /// are headlines and captions, whose copies nobody can tell from chance.
    pub least_words: u32,
    /// What to plant.
    pub kinds: BTreeSet<Kind>,
    /// Decides everything drawn by chance.
    pub seed: u64,
}

impl Default for Order {
    fn default() -> Self {
        Self {
            documents: 1_000,
            share: 0.3,
            negatives: 0.1,
            stories: 0.04,
            absent: 0.2,
            depth: 3,
            largest_group: 0,
            least_words: 40,
            kinds: Kind::ALL.into_iter().collect(),
            seed: 42,
        }
    }
}

impl Order {
    /// Checks every range.
    ///
    /// # Errors
    /// [`Error::Settings`] naming the flag and its range.
    pub fn validate(&self) -> Result<(), Error> {
        let refuse = |message: &str| Err(Error::Settings(message.to_owned()));
        if self.documents == 0 {
            return refuse("--documents must be 1 or more");
        }
        if !(0.0..1.0).contains(&self.share) {
            return refuse("--share must be a number from 0 to below 1");
        }
        for (flag, share) in
            [("--negatives", self.negatives), ("--stories", self.stories), ("--absent", self.absent)]
        {
            if !(0.0..=1.0).contains(&share) {
                return refuse(&format!("{flag} must be a number from 0 to 1"));
            }
        }
        if self.share + self.negatives + self.stories > 1.0 {
            return refuse("--share, --negatives and --stories add up to more than 1; lower one of them");
        }
        if !(1..=3).contains(&self.depth) {
            return refuse("--depth must be 1, 2 or 3");
        }
        if self.least_words < 10 {
            return refuse("--least-words must be 10 or more");
        }
        if self.largest_group > (self.share * f64::from(self.documents)).round() as u32 {
            return refuse(
                "--largest-group has more copies than --share of --documents allows; raise one of these",
            );
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_group_may_be_all_copies_and_no_more() {
        let order = Order { documents: 20_500, share: 0.02439, largest_group: 500, ..Order::default() };
        assert!(order.validate().is_ok(), "the example of the help: 499.995 copies are 500");
        assert!(Order { largest_group: 501, ..order }.validate().is_err());
    }
}
