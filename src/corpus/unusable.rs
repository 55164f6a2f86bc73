//! What is said of input that no run can be made of.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::format;
use super::{Action, Input, Problem};

/// Nothing was found to read.
pub(super) fn no_documents(
    inputs: &[Input],
    problems: &[Problem],
    other_files: &BTreeMap<String, u64>,
) -> String {
    let places: Vec<&str> = inputs.iter().map(|input| input.path.as_str()).collect();
    let mut message = format!("{}: no documents found", places.join(", "));
    // Where something was of a kind that is read, what is wrong with it tells more.
    if problems.is_empty() {
        let _ = write!(message, "; looked for {}", format::READ);
    }
    if !other_files.is_empty() {
        let kinds: Vec<String> = other_files.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        // Writing to a String cannot fail.
        let _ = write!(message, "; met and left alone: {}", kinds.join(", "));
    }
    for problem in problems.iter().take(5) {
        let _ = write!(message, "\n  {}", in_one_line(problem));
    }
    message
}

/// More was skipped than is allowed.
pub(super) fn too_many_bad(skipped: u64, read: u64, most: f64, problems: &[Problem]) -> String {
    let mut message = format!(
        "{skipped} of {read} records cannot be used, more than the share of {most} that --max-bad allows; \
         mend them or raise it. The first:"
    );
    for problem in problems.iter().filter(|problem| problem.action == Action::Skipped).take(5) {
        let _ = write!(message, "\n  {}", in_one_line(problem));
    }
    message
}

fn in_one_line(problem: &Problem) -> String {
    match problem.line {
        Some(line) => format!("{}:{line}: {}", problem.path, problem.message),
        None => format!("{}: {}", problem.path, problem.message),
    }
}
