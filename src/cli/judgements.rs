//! `samestory score --judgements`: what a person said of borderline pairs, held against the run.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs::File;
use std::path::Path;

use serde_json::{Value, json};

use samestory::Error;
use samestory::evaluation::judgements::{
    Agreement, BetterLine, Decision, Judged, Judgement, Judgements, better_line,
};
use samestory::pairs::Relation;
use samestory::past::PastRun;

use super::exit::Stop;
use super::inspect::counted;
use super::terminal::{self, printable_line};

/// So likely by chance at most is a line that is called better.
const CHANCE: f64 = 0.05;

/// Unreadable rows that are shown.
const SHOWN_ROWS: usize = 5;

/// Everything that is said of a file of judgements.
pub(super) struct Verdict {
    n_open: u64,
    n_missing: u64,
    n_unreadable: u64,
    /// By decision, those with judged pairs.
    decisions: Vec<OfDecision>,
}

impl Verdict {
    /// Was every row used or left open by the person?
    pub(super) fn is_whole(&self) -> bool {
        self.n_unreadable == 0
    }
}

struct OfDecision {
    decision: Decision,
    line: f64,
    pairs: Vec<(Judgement, Judged)>,
    agreement: Agreement,
    better: Option<Better>,
}

/// A line that would have served better, and how to get it.
struct Better {
    line: BetterLine,
    /// What to change, as it is typed.
    remedy: String,
}

/// Reads a file of judgements and holds them against the run.
///
/// # Errors
/// When the file is none, says nothing, or speaks of other documents; when a file of the run is damaged.
pub(super) fn judge(run: &PastRun, path: &Path, quiet: bool) -> Result<Verdict, Stop> {
    let wrong = |what: String| Stop::from(Error::Input(format!("{}: {what}", path.display())));
    let file = File::open(path).map_err(|error| wrong(error.to_string()))?;
    let read = Judgements::read(file).map_err(wrong)?;
    if !quiet {
        for (line, why) in read.unreadable.iter().take(SHOWN_ROWS) {
            terminal::say(&format!("{}:{line}: {why} (skipped)", path.display()));
        }
    }
    if read.judged.is_empty() {
        return Err(wrong("no pair has yes or no in the column judgement".to_owned()));
    }
    let n_all = read.judged.len();
    let now = Now::of(run, &read.judged)?;
    let mut decisions = Vec::new();
    let mut n_missing = n_all as u64;
    for decision in Decision::ALL {
        let line = now.line(decision, &read.judged);
        let of_decision = read.judged.iter().filter(|judgement| judgement.decision == decision);
        let pairs: Vec<(Judgement, Judged)> =
            of_decision.filter_map(|judgement| Some((judgement.clone(), now.pair(judgement)?))).collect();
        n_missing -= pairs.len() as u64;
        if pairs.is_empty() {
            continue;
        }
        let judged: Vec<Judged> = pairs.iter().map(|pair| pair.1).collect();
        decisions.push(OfDecision {
            decision,
            line,
            agreement: Agreement::of(&judged),
            better: better_line(&judged, line)
                .map(|better| Better { remedy: remedy(run, decision, line, better.line), line: better }),
            pairs,
        });
    }
    if decisions.is_empty() {
        return Err(wrong(format!(
            "none of its {n_all} judged pairs is in {}: was it made from other documents, or without stories?",
            run.folder().display()
        )));
    }
    Ok(Verdict { n_open: read.n_open, n_missing, n_unreadable: read.unreadable.len() as u64, decisions })
}

/// What the run has of the pairs today; a file of judgements may be of an earlier one.
struct Now<'r> {
    run: &'r PastRun,
    /// Copies that the run lists, and scores by pair.
    listed: HashMap<(String, String), (bool, Option<f32>)>,
    borderline: HashMap<(String, String, String), f64>,
    story_line: Option<f64>,
}

impl<'r> Now<'r> {
    fn of(run: &'r PastRun, judged: &[Judgement]) -> Result<Self, Stop> {
        let wanted: std::collections::HashSet<(&str, &str)> =
            judged.iter().map(|judgement| (judgement.a.as_str(), judgement.b.as_str())).collect();
        let mut listed = HashMap::new();
        run.each_pair(
            |a, b| wanted.contains(&(a, b)),
            |pair| {
                let is_copy = matches!(
                    pair.relation,
                    Relation::Identical | Relation::NearDuplicate | Relation::Contained
                );
                listed.insert((pair.a, pair.b), (is_copy, pair.score));
            },
        )?;
        let (mut borderline, mut story_line) = (HashMap::new(), None);
        for pair in run.borderline()? {
            if pair.decision == Decision::SameStory.name() {
                story_line = Some(pair.line);
            }
            borderline.insert((pair.a, pair.b, pair.decision), pair.value);
        }
        Ok(Self { run, listed, borderline, story_line })
    }

    /// The line of the run; of stories that of the file, where the run has no borderline pair.
    fn line(&self, decision: Decision, judged: &[Judgement]) -> f64 {
        match decision {
            Decision::SameText => self.run.settings.copy_threshold,
            Decision::SameStory => self
                .story_line
                .or_else(|| judged.iter().find(|one| one.decision == decision).map(|one| one.line))
                .unwrap_or(self.run.settings.story_strength),
        }
    }

    /// None where the run lacks a document, or did not ask the question.
    fn pair(&self, judgement: &Judgement) -> Option<Judged> {
        let [a, b] = [&judgement.a, &judgement.b].map(|id| self.run.find(id).map(|id| self.run.document(id)));
        let (a, b) = (a?, b?);
        let key = (judgement.a.clone(), judgement.b.clone());
        let listed = self.listed.get(&key);
        let near = self.borderline.get(&(key.0, key.1, judgement.decision.name().to_owned()));
        let found = match judgement.decision {
            Decision::SameText => {
                let same_set = a.duplicate_set.is_some() && a.duplicate_set == b.duplicate_set;
                same_set || listed.is_some_and(|listed| listed.0)
            }
            Decision::SameStory if !self.run.has_stories() => return None,
            Decision::SameStory => a.story.is_some() && a.story == b.story,
        };
        let score = listed.and_then(|listed| listed.1).filter(|_| judgement.decision == Decision::SameText);
        let value = near.copied().or_else(|| score.map(f64::from)).unwrap_or(judgement.value);
        Some(Judged { value, found, judged: judgement.judged })
    }
}

/// What to type to get another line.
fn remedy(run: &PastRun, decision: Decision, line: f64, better: f64) -> String {
    match (decision, run.settings.story_threshold) {
        (Decision::SameText, _) => format!("--copy-threshold {:.3}", better.clamp(0.001, 1.0)),
        (Decision::SameStory, Some(_)) => format!("--story-threshold {:.3}", better.clamp(0.001, 1.0)),
        // In a handful of documents the line is lower than the setting, in proportion.
        (Decision::SameStory, None) => format!(
            "story-strength = {:.3} in the file given with --config",
            (run.settings.story_strength * better / line).clamp(0.001, 1.0)
        ),
    }
}

/// For people; `most` disagreements are listed of each decision.
pub(super) fn table(verdict: &Verdict, most: usize) -> String {
    let mut text = String::new();
    let n_judged: u64 = verdict.decisions.iter().map(|of| of.agreement.n()).sum();
    // Writing to a string cannot fail.
    let _ = write!(text, "{} judged", counted(n_judged, "borderline pair"));
    for (n, what) in [
        (verdict.n_open, "left open"),
        (verdict.n_missing, "that the run cannot be asked about"),
        (verdict.n_unreadable, "unreadable"),
    ] {
        if n > 0 {
            let _ = write!(text, ", {n} {what}");
        }
    }
    text.push_str(
        "\nThey came nearest to another answer: what follows holds for such pairs, not for the run.\n\n",
    );
    let mut row = |name: &str, cell: &dyn Fn(&OfDecision) -> String| {
        let _ = write!(text, "{name:<32}");
        for of in &verdict.decisions {
            let _ = write!(text, "{:>12}", cell(of));
        }
        text.push('\n');
    };
    let share = |share: Option<f64>| share.map_or("-".to_owned(), |share| format!("{share:.3}"));
    row("asked", &|of| of.decision.name().to_owned());
    row("line", &|of| format!("{:.3}", of.line));
    row("pairs judged", &|of| of.agreement.n().to_string());
    row("yes by run and by you", &|of| of.agreement.right_yes.to_string());
    row("no by run and by you", &|of| of.agreement.right_no.to_string());
    row("yes by the run, no by you", &|of| of.agreement.false_yes.to_string());
    row("no by the run, yes by you", &|of| of.agreement.false_no.to_string());
    row("agreement", &|of| share(of.agreement.share()));
    row("precision of the run's yes", &|of| share(of.agreement.precision()));
    row("recall of your yes", &|of| share(of.agreement.recall()));
    for of in &verdict.decisions {
        disagreements(&mut text, of, most);
        let name = of.decision.name();
        let Some(better) = &of.better else {
            let _ = writeln!(text, "\n{name}: no other line tells more of these pairs right.");
            continue;
        };
        let BetterLine { line, n_mended, n_broken, chance } = better.line;
        let _ = write!(
            text,
            "\n{name}: a line at {line:.3} instead of {:.3} mends {n_mended} and breaks {n_broken} of these pairs",
            of.line
        );
        if chance <= CHANCE {
            let _ = writeln!(text, ": run again with {}.", better.remedy);
        } else {
            let _ = writeln!(
                text,
                ", which chance alone does {:.0} times in 100: judge more pairs before you move it.",
                chance * 100.0
            );
        }
    }
    text
}

fn disagreements(text: &mut String, of: &OfDecision, most: usize) {
    let mut wrong: Vec<&(Judgement, Judged)> =
        of.pairs.iter().filter(|(_, pair)| pair.found != pair.judged).collect();
    if wrong.is_empty() || most == 0 {
        return;
    }
    let far = |pair: &Judged| (pair.value - of.line).abs();
    wrong.sort_by(|one, other| far(&other.1).total_cmp(&far(&one.1)));
    let _ = writeln!(text, "\n{}: you disagree on, the farthest from the line first", of.decision.name());
    for (judgement, pair) in wrong.iter().take(most) {
        let _ = writeln!(
            text,
            "  {:.4}, {} the line; the run says {}, you {}  {} and {}",
            pair.value,
            side(pair.value, of.line),
            word(pair.found),
            word(pair.judged),
            printable_line(&judgement.a),
            printable_line(&judgement.b)
        );
    }
    if wrong.len() > most {
        let _ = writeln!(text, "  and {} more (--errors)", wrong.len() - most);
    }
}

fn side(value: f64, line: f64) -> &'static str {
    if value >= line { "above" } else { "below" }
}

fn word(answer: bool) -> &'static str {
    if answer { "yes" } else { "no" }
}

/// For scripts.
pub(super) fn json(verdict: &Verdict) -> Value {
    let decisions: serde_json::Map<String, Value> = verdict
        .decisions
        .iter()
        .map(|of| {
            let agreement = of.agreement;
            let disagreements: Vec<Value> = of
                .pairs
                .iter()
                .filter(|(_, pair)| pair.found != pair.judged)
                .map(|(judgement, pair)| {
                    json!({
                        "a": judgement.a, "b": judgement.b, "value": pair.value, "side": side(pair.value, of.line),
                        "found": pair.found, "judged": pair.judged,
                    })
                })
                .collect();
            let better = of.better.as_ref().map(|better| {
                json!({
                    "line": better.line.line, "mended": better.line.n_mended, "broken": better.line.n_broken,
                    "chance": better.line.chance, "setting": better.remedy,
                })
            });
            let value = json!({
                "line": of.line,
                "judged": agreement.n(),
                "right_yes": agreement.right_yes,
                "right_no": agreement.right_no,
                "false_yes": agreement.false_yes,
                "false_no": agreement.false_no,
                "agreement": agreement.share(),
                "precision": agreement.precision(),
                "recall": agreement.recall(),
                "better_line": better,
                "disagreements": disagreements,
            });
            (of.decision.name().to_owned(), value)
        })
        .collect();
    json!({
        "left_open": verdict.n_open,
        "not_in_run": verdict.n_missing,
        "unreadable": verdict.n_unreadable,
        "decisions": decisions,
    })
}
