//! `--fail-if duplicates>0`: a question to the counts of a run, answered by the exit code.

use std::fmt;
use std::str::FromStr;

use samestory::Run;
use samestory::clusters::Role;

/// A count, a comparison and a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Condition {
    count: Count,
    comparison: Comparison,
    bound: f64,
}

/// What can be asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Count {
    Documents,
    Duplicates,
    Sets,
    Stories,
    Themes,
    Skipped,
}

/// How it is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Over,
    AtLeast,
    Under,
    AtMost,
    Equal,
    Different,
}

const COUNTS: [(&str, Count); 6] = [
    ("documents", Count::Documents),
    ("duplicates", Count::Duplicates),
    ("sets", Count::Sets),
    ("stories", Count::Stories),
    ("themes", Count::Themes),
    ("skipped", Count::Skipped),
];

/// Longer signs first, so that `>=` is not read as `>`.
const COMPARISONS: [(&str, Comparison); 7] = [
    (">=", Comparison::AtLeast),
    ("<=", Comparison::AtMost),
    ("==", Comparison::Equal),
    ("!=", Comparison::Different),
    (">", Comparison::Over),
    ("<", Comparison::Under),
    ("=", Comparison::Equal),
];

impl FromStr for Condition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let shape = "write COUNT, one of > >= < <= = !=, and a number, such as 'duplicates>0'; COUNT is one of \
                     documents, duplicates, sets, stories, themes, skipped";
        let at = text.find(['>', '<', '=', '!']).ok_or(shape)?;
        let (name, rest) = text.split_at(at);
        let &(sign, comparison) = COMPARISONS.iter().find(|(sign, _)| rest.starts_with(sign)).ok_or(shape)?;
        let &(_, count) = COUNTS
            .iter()
            .find(|(known, _)| *known == name.trim())
            .ok_or_else(|| format!("no count is named {:?}; {shape}", name.trim()))?;
        let number = rest[sign.len()..].trim();
        let bound = number
            .parse()
            .ok()
            .filter(|bound: &f64| bound.is_finite())
            .ok_or_else(|| format!("{number:?} is no number; {shape}"))?;
        Ok(Self { count, comparison, bound })
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = COUNTS.iter().find(|(_, count)| *count == self.count).map_or("", |(name, _)| name);
        let sign = COMPARISONS
            .iter()
            .find(|(_, comparison)| *comparison == self.comparison)
            .map_or("", |(sign, _)| sign);
        write!(formatter, "{name}{sign}{}", self.bound)
    }
}

impl Condition {
    /// The count of `run` that makes the condition hold; none if it does not hold.
    pub(crate) fn met_by(&self, run: &Run) -> Option<u64> {
        let count = self.count.of(run);
        self.holds_for(count).then_some(count)
    }

    fn holds_for(&self, count: u64) -> bool {
        let order = (count as f64).partial_cmp(&self.bound);
        match self.comparison {
            Comparison::Over => order.is_some_and(std::cmp::Ordering::is_gt),
            Comparison::AtLeast => order.is_some_and(std::cmp::Ordering::is_ge),
            Comparison::Under => order.is_some_and(std::cmp::Ordering::is_lt),
            Comparison::AtMost => order.is_some_and(std::cmp::Ordering::is_le),
            Comparison::Equal => order.is_some_and(std::cmp::Ordering::is_eq),
            Comparison::Different => order.is_some_and(std::cmp::Ordering::is_ne),
        }
    }
}

impl Count {
    fn of(self, run: &Run) -> u64 {
        match self {
            Self::Documents => run.corpus.documents.len() as u64,
            // What a reader could leave out: everything in a set but what the set keeps.
            Self::Duplicates => run
                .duplicate_sets
                .iter()
                .flat_map(|set| &set.members)
                .filter(|member| member.role != Role::Kept)
                .count() as u64,
            Self::Sets => run.duplicate_sets.len() as u64,
            Self::Stories => run.stories.len() as u64,
            // The tree's top; narrower themes are parts of these.
            Self::Themes => run.themes.themes.len() as u64,
            Self::Skipped => run.corpus.counts.skipped,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(condition: &str, count: u64) -> bool {
        condition.parse::<Condition>().unwrap().holds_for(count)
    }

    #[test]
    fn a_condition_compares_a_count_with_a_number() {
        assert!(holds("duplicates>0", 1) && !holds("duplicates>0", 0));
        assert!(holds("skipped >= 2", 2) && !holds("skipped >= 2", 1));
        assert!(holds("documents<1.5", 1) && !holds("documents<1.5", 2));
        assert!(holds("stories<=3", 3) && !holds("stories<=3", 4));
        assert!(holds("sets=0", 0) && holds("sets==0", 0) && !holds("sets=0", 1));
        assert!(holds("themes!=4", 5) && !holds("themes!=4", 4));
    }

    #[test]
    fn what_is_no_condition_says_how_one_looks() {
        for text in
            ["duplicates", "copies>0", "duplicates>", "duplicates>many", ">0", "skipped>NaN", "skipped!3", ""]
        {
            let refusal = text.parse::<Condition>().unwrap_err();
            assert!(refusal.contains("duplicates>0"), "{text}: {refusal}");
        }
    }

    #[test]
    fn a_condition_shows_itself_as_it_is_written() {
        assert_eq!("skipped >= 2".parse::<Condition>().unwrap().to_string(), "skipped>=2");
        assert_eq!("sets == 0".parse::<Condition>().unwrap().to_string(), "sets==0");
    }
}
