//! Judgements: what a person said of pairs near a decision, held against a run.
//!
//! The pairs are those that came nearest to another answer, so a share of right ones says nothing of the run as a whole, and much of
//! where its line should be.

use std::io::Read;

/// A pair that a person judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// One document, by id.
    pub a: String,
    /// The other.
    pub b: String,
    /// What was asked of them.
    pub decision: Decision,
    /// What the run that was judged held against its line.
    pub value: f64,
    /// That line.
    pub line: f64,
    /// What that run had found.
    pub decided: bool,
    /// What the person says.
    pub judged: bool,
}

/// A question about two documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Decision {
    /// Are they the same text, or one within the other?
    SameText,
    /// Do they tell one story?
    SameStory,
}

impl Decision {
    /// Both, in the order of the report.
    pub const ALL: [Self; 2] = [Self::SameText, Self::SameStory];

    /// The word that the tables use.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SameText => "same_text",
            Self::SameStory => "same_story",
        }
    }
}

/// The columns of a file of judgements, in any order; others are passed over.
pub const COLUMNS: [&str; 7] = ["a", "b", "decision", "value", "line", "decided", "judgement"];

/// A file of judgements, read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Judgements {
    /// As the file has them.
    pub judged: Vec<Judgement>,
    /// Rows that say neither yes nor no.
    pub n_open: u64,
    /// Rows that could not be read: line and why.
    pub unreadable: Vec<(u64, String)>,
}

impl Judgements {
    /// Reads the report's download, or a `borderline.csv` whose last column was filled in.
    ///
    /// # Errors
    /// When it lacks a column, in words.
    pub fn read(file: impl Read) -> Result<Self, String> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(file);
        let header = reader.headers().map_err(|error| error.to_string())?.clone();
        let mut places = [0; COLUMNS.len()];
        for (place, column) in places.iter_mut().zip(COLUMNS) {
            // A spreadsheet may have put a byte order mark before the first name.
            *place =
                header.iter().position(|name| name.trim_start_matches('\u{feff}') == column).ok_or_else(
                    || format!("it has no column {column}; a file of judgements has {}", COLUMNS.join(",")),
                )?;
        }
        let mut read = Self::default();
        for row in reader.records() {
            let row = row.map_err(|error| error.to_string())?;
            let line = row.position().map_or(0, csv::Position::line);
            match judgement(places.map(|place| row.get(place).unwrap_or_default())) {
                Ok(Some(judgement)) => read.judged.push(judgement),
                Ok(None) => read.n_open += 1,
                Err(why) => read.unreadable.push((line, why)),
            }
        }
        Ok(read)
    }
}

/// A row as the columns have it; none where nothing was judged.
fn judgement(cells: [&str; COLUMNS.len()]) -> Result<Option<Judgement>, String> {
    let [a, b, decision, value, line, decided, judged] = cells;
    let Some(judged) = answer(judged)? else { return Ok(None) };
    let decided = answer(decided)?.ok_or("decided is empty; it is yes or no")?;
    let decision = Decision::ALL
        .into_iter()
        .find(|known| known.name() == decision)
        .ok_or_else(|| format!("decision is {decision:?}; it is same_text or same_story"))?;
    let number = |name: &str, cell: &str| {
        // A spreadsheet of another country writes a comma.
        let number = cell.trim().replace(',', ".").parse().ok().filter(|number: &f64| number.is_finite());
        number.ok_or_else(|| format!("{name} is {cell:?}, no number"))
    };
    let (value, line) = (number("value", value)?, number("line", line)?);
    Ok(Some(Judgement { a: a.to_owned(), b: b.to_owned(), decision, value, line, decided, judged }))
}

fn answer(cell: &str) -> Result<Option<bool>, String> {
    match cell.trim().to_ascii_lowercase().as_str() {
        "" => Ok(None),
        "yes" | "y" | "true" | "1" => Ok(Some(true)),
        "no" | "n" | "false" | "0" => Ok(Some(false)),
        other => Err(format!("{other:?} is neither yes nor no")),
    }
}

/// A judged pair as a run has it now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judged {
    /// What was held against the line, 0 or more.
    pub value: f64,
    /// What was found.
    pub found: bool,
    /// What the person says.
    pub judged: bool,
}

/// How far a run and a person agree on pairs near one decision.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Agreement {
    /// Found, and judged so.
    pub right_yes: u64,
    /// Not found, and judged so.
    pub right_no: u64,
    /// Found, and judged not.
    pub false_yes: u64,
    /// Not found, and judged so.
    pub false_no: u64,
}

impl Agreement {
    /// Counts pairs.
    #[must_use]
    pub fn of(pairs: &[Judged]) -> Self {
        let mut agreement = Self::default();
        for pair in pairs {
            *match (pair.found, pair.judged) {
                (true, true) => &mut agreement.right_yes,
                (false, false) => &mut agreement.right_no,
                (true, false) => &mut agreement.false_yes,
                (false, true) => &mut agreement.false_no,
            } += 1;
        }
        agreement
    }

    /// Pairs in all.
    #[must_use]
    pub fn n(self) -> u64 {
        self.right_yes + self.right_no + self.false_yes + self.false_no
    }

    /// Share of pairs on which both agree, 0..=1; none without pairs.
    #[must_use]
    pub fn share(self) -> Option<f64> {
        share(self.right_yes + self.right_no, self.n())
    }

    /// Share of what was found that is right, 0..=1; none where nothing was found.
    #[must_use]
    pub fn precision(self) -> Option<f64> {
        share(self.right_yes, self.right_yes + self.false_yes)
    }

    /// Share of what is so that was found, 0..=1, among the judged pairs; none where nothing is so.
    #[must_use]
    pub fn recall(self) -> Option<f64> {
        share(self.right_yes, self.right_yes + self.false_no)
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Another line than the one that decided.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BetterLine {
    /// Where it lies.
    pub line: f64,
    /// Pairs that it would tell right and the run told wrong.
    pub n_mended: u64,
    /// Pairs that it would tell wrong and the run told right.
    pub n_broken: u64,
    /// How likely so much more mended than broken is if both were as likely: one-sided, 0..=1 (an exact sign test).
    pub chance: f64,
}

/// The line that would have told most of these pairs right, if one is better than `line`: halfway between two values, the one
/// nearest to `line` of equals. What it would change is what lies between the two lines; pairs that were not decided by the line
/// stay as they are.
#[must_use]
pub fn better_line(pairs: &[Judged], line: f64) -> Option<BetterLine> {
    let mut values: Vec<f64> = pairs.iter().map(|pair| pair.value).collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    let mut lines: Vec<f64> = values.windows(2).map(|two| f64::midpoint(two[0], two[1])).collect();
    // Beyond all of them: everything is found, or nothing.
    lines.extend(values.first().map(|least| (least - 0.01).max(0.0)));
    lines.extend(values.last().map(|most| most + 0.01));
    lines.sort_by(|one, other| (one - line).abs().total_cmp(&(other - line).abs()));
    let mut best: Option<BetterLine> = None;
    for other in lines {
        let moved = |pair: &&Judged| (pair.value >= line) != (pair.value >= other);
        let by_line = |pair: &&Judged| pair.found == (pair.value >= line);
        let changed = || pairs.iter().filter(moved).filter(by_line);
        let n_mended = changed().filter(|pair| pair.found != pair.judged).count() as u64;
        let n_broken = changed().count() as u64 - n_mended;
        let gain = |mended: u64, broken: u64| mended as i64 - broken as i64;
        let most = best.map_or(0, |best| gain(best.n_mended, best.n_broken));
        if gain(n_mended, n_broken) > most {
            best =
                Some(BetterLine { line: other, n_mended, n_broken, chance: sign_test(n_mended, n_broken) });
        }
    }
    best
}

/// P(X >= `more`) for X of `more + fewer` tosses of a fair coin.
fn sign_test(more: u64, fewer: u64) -> f64 {
    let n = more + fewer;
    let mut ways = 1.0; // n over k, from k = n down
    let mut sum = 0.0;
    for k in (more..=n).rev() {
        sum += ways;
        ways *= k as f64 / (n - k + 1) as f64;
    }
    sum / 2f64.powi(n as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_download_and_a_filled_in_table_are_read_and_the_rest_is_told() {
        let file = "a,b,decision,value,line,decided,judgement\n\
                    x,y,same_text,0.7812,0.8,no,yes\n\
                    \"q \"\"1\"\"\",z,same_story,\"0,9\",0.85,yes, No \n\
                    x,z,same_text,0.9,0.8,yes,\n\
                    x,w,same_text,0.9,0.8,yes,perhaps\n\
                    x,v,other,0.9,0.8,yes,no\n";
        let read = Judgements::read(file.as_bytes()).unwrap();
        assert_eq!(read.judged.len(), 2);
        assert_eq!((read.judged[1].a.as_str(), read.judged[1].judged), ("q \"1\"", false));
        assert!((read.judged[1].value - 0.9).abs() < 1e-12);
        assert_eq!(read.n_open, 1);
        assert_eq!(read.unreadable.iter().map(|line| line.0).collect::<Vec<_>>(), [5, 6]);
        assert!(Judgements::read("id,dup\n".as_bytes()).unwrap_err().contains("no column a"));
        assert!(Judgements::read("\u{feff}a,b,decision,value,line,decided,judgement\n".as_bytes()).is_ok());
    }

    fn pair(value: f64, found: bool, judged: bool) -> Judged {
        Judged { value, found, judged }
    }

    #[test]
    fn agreement_counts_each_of_four_cases() {
        let pairs =
            [pair(0.9, true, true), pair(0.9, true, false), pair(0.7, false, false), pair(0.7, false, true)];
        let agreement = Agreement::of(&[pairs.as_slice(), &pairs[..1]].concat());
        assert_eq!(
            (agreement.right_yes, agreement.right_no, agreement.false_yes, agreement.false_no),
            (2, 1, 1, 1)
        );
        assert_eq!(agreement.precision(), Some(2.0 / 3.0));
        assert_eq!(agreement.recall(), Some(2.0 / 3.0));
        assert_eq!(agreement.share(), Some(0.6));
        assert_eq!(Agreement::of(&[]).share(), None);
    }

    #[test]
    fn a_better_line_mends_more_than_it_breaks_and_lies_nearest() {
        let mut pairs: Vec<Judged> = (0..6).map(|n| pair(0.70 + 0.01 * f64::from(n), false, true)).collect();
        pairs.push(pair(0.60, false, false));
        pairs.push(pair(0.90, true, true));
        let better = better_line(&pairs, 0.8).unwrap();
        assert!(better.line > 0.60 && better.line <= 0.70, "{better:?}");
        assert_eq!((better.n_mended, better.n_broken), (6, 0));
        assert!((better.chance - 1.0 / 64.0).abs() < 1e-12);
        assert_eq!(better_line(&[pair(0.9, true, true), pair(0.7, false, false)], 0.8), None);
        assert_eq!(better_line(&[], 0.8), None);
        // What the line did not decide, no other line mends.
        assert_eq!(better_line(&[pair(0.9, false, true), pair(0.7, true, false)], 0.8), None);
    }

    #[test]
    fn no_line_of_any_value_does_better() {
        let mut state = 11_u32;
        let mut draw = |n: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 16) % n
        };
        for _ in 0..200 {
            let pairs: Vec<Judged> = (0..draw(9))
                .map(|_| {
                    let value = f64::from(draw(12)) / 12.0;
                    pair(value, value >= 0.5, draw(2) == 1)
                })
                .collect();
            let wrong = |line: f64| pairs.iter().filter(|pair| (pair.value >= line) != pair.judged).count();
            let least = (0..=130).map(|step| wrong(f64::from(step) / 120.0)).min().unwrap();
            let found = better_line(&pairs, 0.5).map_or(wrong(0.5), |better| wrong(better.line));
            assert_eq!(found, least, "{pairs:?}");
        }
    }

    #[test]
    fn the_sign_test_is_the_binomial_tail() {
        assert!((sign_test(0, 0) - 1.0).abs() < 1e-12);
        assert!((sign_test(3, 1) - 5.0 / 16.0).abs() < 1e-12);
        assert!((sign_test(5, 0) - 1.0 / 32.0).abs() < 1e-12);
        assert!((sign_test(2, 2) - 11.0 / 16.0).abs() < 1e-12);
    }
}
