//! `samestory generate`: a larger corpus out of the user's documents, with its truth.

use std::fmt::Write as _;
use std::path::Path;

use samestory::generator::{self, Kind, Order, Plan};
use samestory::{Corpus, Error};

use super::arguments::{GenerateArguments, Knobs};
use super::exit::{self, Exit, Stop};
use super::progress::Bars;
use super::run::skipped_or_done;
use super::{settings, terminal};

/// Reads, plans, writes, and says what was planted.
pub(crate) fn generate(arguments: &GenerateArguments) -> Result<Exit, Stop> {
    let mut layered = settings::layer(&arguments.reading, &Knobs::default())?;
    let order = order(arguments);
    order.validate()?;
    generator::check_target(&arguments.output, arguments.replace)?;
    keep_apart(&arguments.inputs, &arguments.output)?;
    settings::start_threads(&mut layered.settings, arguments.talk.quiet)?;

    let bars = Bars::new(arguments.talk.quiet);
    let corpus = Corpus::read_with(&arguments.inputs, &layered.settings, &bars)?;
    let plan = generator::grow(&corpus, &order, &arguments.output, arguments.replace, &bars)?;
    exit::published();
    bars.clear();
    if !arguments.talk.quiet {
        terminal::say(&summary(&plan, &arguments.output, arguments.talk.verbose));
    }
    Ok(skipped_or_done(&corpus))
}

fn order(arguments: &GenerateArguments) -> Order {
    let default = Order::default();
    let kinds = arguments.kinds.as_ref().map_or(default.kinds, |kinds| kinds.iter().copied().collect());
    let without = arguments.without.as_deref().unwrap_or_default();
    Order {
        documents: arguments.documents,
        share: arguments.share.unwrap_or(default.share),
        negatives: arguments.negatives.unwrap_or(default.negatives),
        stories: arguments.stories.unwrap_or(default.stories),
        absent: arguments.absent.unwrap_or(default.absent),
        depth: arguments.depth.unwrap_or(default.depth),
        largest_group: arguments.largest_group.unwrap_or(default.largest_group),
        least_words: arguments.least_words.unwrap_or(default.least_words),
        kinds: kinds.into_iter().filter(|kind: &Kind| !without.contains(kind)).collect(),
        seed: arguments.seed.unwrap_or(default.seed),
    }
}

/// The output may be no input, nor be read as one the next time.
fn keep_apart(inputs: &[impl AsRef<Path>], output: &Path) -> Result<(), Error> {
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // A folder that is not there yet lies in no input.
    let Ok(folder) = folder.canonicalize() else { return Ok(()) };
    let output_place = folder.join(output.file_name().unwrap_or_default());
    for input in inputs.iter().map(AsRef::as_ref) {
        let Ok(place) = input.canonicalize() else { continue };
        if output_place.starts_with(&place) || generator::truth_path(&output_place) == place {
            return Err(Error::OutputInTheWay(format!(
                "{} is or lies in the input {}; name a file elsewhere",
                output.display(),
                input.display()
            )));
        }
    }
    Ok(())
}

fn summary(plan: &Plan<'_>, output: &Path, all_kinds: bool) -> String {
    let tally = plan.tally();
    let sum = |holds: &dyn Fn(&str) -> bool| -> u32 {
        tally.iter().filter(|(edit, _)| holds(edit)).map(|(_, count)| count).sum()
    };
    let is_negative = |edit: &str| edit.starts_with("neg_");
    let is_copy = |edit: &str| edit != "orig" && edit != "story" && !is_negative(edit);
    let mut text = format!(
        "wrote {} documents to {}: {} edited copies, {} that resemble others and are no copies, {} of planted stories; \
         the truth is in {}\n",
        plan.n_documents(),
        output.display(),
        sum(&is_copy),
        sum(&is_negative),
        sum(&|edit| edit == "story"),
        generator::truth_path(output).display(),
    );
    // Writing to a string cannot fail.
    if plan.n_recombined() > 0 {
        let _ = writeln!(
            text,
            "note: {} of them are made of texts recombined from sentences of many documents, as the input's own were too few",
            plan.n_recombined()
        );
    }
    for note in &plan.notes {
        let _ = writeln!(text, "note: {note}");
    }
    if all_kinds {
        for (edit, count) in &tally {
            let _ = writeln!(text, "{edit:<20} {count:>9}");
        }
    }
    text
}
