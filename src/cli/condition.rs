//! `--fail-if duplicates>0`: a question to the counts of a run, or to the scores of one, answered by the exit code.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use samestory::Run;
use samestory::clusters::Role;
use samestory::evaluation::Scores;

use super::score::Side;

/// A count, a comparison and a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Condition {
    count: Count,
    test: Test,
}

/// A measure, of one grouping or of the first one that is scored, a comparison and a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ScoreCondition {
    /// Of which grouping.
    pub(crate) side: Option<Side>,
    measure: Measure,
    test: Test,
}

/// A comparison and a number.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Test {
    comparison: Comparison,
    bound: f64,
}

/// What can be asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Count {
    Documents,
    Duplicates,
    Known,
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

const COUNTS: [(&str, Count); 7] = [
    ("documents", Count::Documents),
    ("duplicates", Count::Duplicates),
    ("known", Count::Known),
    ("sets", Count::Sets),
    ("stories", Count::Stories),
    ("themes", Count::Themes),
    ("skipped", Count::Skipped),
];

/// What a score can be asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Measure {
    Precision,
    Recall,
    F1,
    BCubedPrecision,
    BCubedRecall,
    BCubedF1,
    Ari,
    Nmi,
    Homogeneity,
    Completeness,
    Purity,
}

const MEASURES: [(&str, Measure); 11] = [
    ("precision", Measure::Precision),
    ("recall", Measure::Recall),
    ("f1", Measure::F1),
    ("b-cubed-precision", Measure::BCubedPrecision),
    ("b-cubed-recall", Measure::BCubedRecall),
    ("b-cubed-f1", Measure::BCubedF1),
    ("ari", Measure::Ari),
    ("nmi", Measure::Nmi),
    ("homogeneity", Measure::Homogeneity),
    ("completeness", Measure::Completeness),
    ("purity", Measure::Purity),
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

/// Splits a condition into what it asks about and what it asks; `shape` says how one looks.
fn parse<'t>(text: &'t str, shape: &str) -> Result<(&'t str, Test), String> {
    let at = text.find(['>', '<', '=', '!']).ok_or(shape)?;
    let (name, rest) = text.split_at(at);
    let &(sign, comparison) = COMPARISONS.iter().find(|(sign, _)| rest.starts_with(sign)).ok_or(shape)?;
    let number = rest[sign.len()..].trim();
    let bound = number
        .parse()
        .ok()
        .filter(|bound: &f64| bound.is_finite())
        .ok_or_else(|| format!("{number:?} is no number; {shape}"))?;
    Ok((name.trim(), Test { comparison, bound }))
}

impl FromStr for Condition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let shape = "write COUNT, one of > >= < <= = !=, and a number, such as 'duplicates>0'; COUNT is one of \
                     documents, duplicates, known, sets, stories, themes, skipped";
        let (name, test) = parse(text, shape)?;
        let &(_, count) = COUNTS
            .iter()
            .find(|(known, _)| *known == name)
            .ok_or_else(|| format!("no count is named {name:?}; {shape}"))?;
        Ok(Self { count, test })
    }
}

impl FromStr for ScoreCondition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let measures: Vec<&str> = MEASURES.iter().map(|(name, _)| *name).collect();
        let shape = format!(
            "write MEASURE, one of > >= < <= = !=, and a number, such as 'f1<0.9' or 'story:b-cubed-f1<0.8'; MEASURE is \
             one of {}; before it may stand duplicate_set:, story: or theme:",
            measures.join(", ")
        );
        let (name, test) = parse(text, &shape)?;
        let (side, name) = match name.split_once(':') {
            Some((side, name)) => {
                let known = Side::ALL.into_iter().find(|known| known.column() == side.trim());
                (Some(known.ok_or_else(|| format!("no grouping is named {side:?}; {shape}"))?), name.trim())
            }
            None => (None, name),
        };
        let &(_, measure) = MEASURES
            .iter()
            .find(|(known, _)| *known == name)
            .ok_or_else(|| format!("no measure is named {name:?}; {shape}"))?;
        Ok(Self { side, measure, test })
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = COUNTS.iter().find(|(_, count)| *count == self.count).map_or("", |(name, _)| name);
        write!(formatter, "{name}{}", self.test)
    }
}

impl fmt::Display for ScoreCondition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = MEASURES.iter().find(|(_, measure)| *measure == self.measure).map_or("", |(name, _)| name);
        if let Some(side) = self.side {
            write!(formatter, "{}:", side.column())?;
        }
        write!(formatter, "{name}{}", self.test)
    }
}

impl fmt::Display for Test {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = COMPARISONS
            .iter()
            .find(|(_, comparison)| *comparison == self.comparison)
            .map_or("", |(sign, _)| sign);
        write!(formatter, "{sign}{}", self.bound)
    }
}

impl Condition {
    /// The count of `run` that makes the condition hold; none if it does not hold.
    pub(crate) fn met_by(&self, run: &Run) -> Option<u64> {
        let count = self.count.of(run);
        self.test.holds_for(count as f64).then_some(count)
    }
}

impl ScoreCondition {
    /// The measure that makes the condition hold; none if it does not hold.
    pub(crate) fn met_by(&self, scores: &Scores) -> Option<f64> {
        let value = match self.measure {
            Measure::Precision => scores.pairwise.precision,
            Measure::Recall => scores.pairwise.recall,
            Measure::F1 => scores.pairwise.f1,
            Measure::BCubedPrecision => scores.b_cubed.precision,
            Measure::BCubedRecall => scores.b_cubed.recall,
            Measure::BCubedF1 => scores.b_cubed.f1,
            Measure::Ari => scores.ari,
            Measure::Nmi => scores.nmi,
            Measure::Homogeneity => scores.homogeneity,
            Measure::Completeness => scores.completeness,
            Measure::Purity => scores.purity,
        };
        self.test.holds_for(value).then_some(value)
    }
}

impl Test {
    fn holds_for(self, value: f64) -> bool {
        let order = value.partial_cmp(&self.bound);
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
            // What a reader could leave out: everything in a set but what the set keeps, and what is archived.
            Self::Duplicates => {
                let members = run.duplicate_sets.iter().flat_map(|set| &set.members);
                let copies = members.filter(|member| member.role != Role::Kept).map(|member| member.document);
                let archived = run.known.rows.iter().filter(|known| known.says_nothing_new());
                copies.chain(archived.map(|known| known.document)).collect::<BTreeSet<_>>().len() as u64
            }
            Self::Known => run.known.n_copies(),
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

    fn holds(condition: &str, count: u32) -> bool {
        condition.parse::<Condition>().unwrap().test.holds_for(f64::from(count))
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
    fn a_condition_on_scores_names_a_measure_and_maybe_a_grouping() {
        let condition: ScoreCondition = "story : b-cubed-f1 < 0.8".parse().unwrap();
        assert_eq!(condition.side, Some(Side::Story));
        assert_eq!(condition.to_string(), "story:b-cubed-f1<0.8");
        assert_eq!("f1<0.9".parse::<ScoreCondition>().unwrap().side, None);
        for text in ["f1", "f2<0.9", "stories:f1<0.9", "f1<x", "f1<NaN", ":f1<1"] {
            let refusal = text.parse::<ScoreCondition>().unwrap_err();
            assert!(refusal.contains("f1<0.9"), "{text}: {refusal}");
        }
    }

    #[test]
    fn a_condition_shows_itself_as_it_is_written() {
        assert_eq!("skipped >= 2".parse::<Condition>().unwrap().to_string(), "skipped>=2");
        assert_eq!("sets == 0".parse::<Condition>().unwrap().to_string(), "sets==0");
    }
}
