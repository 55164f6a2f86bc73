//! Method: how everything on the page was decided, and what one must know to trust it.

use serde_json::Value;

use super::writer::Html;
use crate::pairs::NeighborMethod;
use crate::report::places::Places;
use crate::report::record::by_name;
use crate::settings::{Settings, WITH_FLAGS};

/// Settings that change no result, and so stand in `run.json` only.
const SILENT: [&str; 3] = ["threads", "memory", "texts-in-memory"];

/// What one would type to get this result again: the command with its inputs and the settings that differ from their defaults; and,
/// where it names a settings file or an archive, what these are. Made from the run, not from what was typed, so that equal runs say
/// the same.
pub(in crate::report) fn command(places: &Places<'_>) -> (String, Option<String>) {
    let mut words = vec!["samestory".to_owned(), "run".to_owned()];
    words.extend(places.run.corpus.inputs.iter().map(|input| quoted(&input.path)));
    let changed = changed(&places.run.settings);
    let (flags, others): (Vec<_>, Vec<_>) =
        changed.iter().partition(|(name, _)| WITH_FLAGS.contains(&name.as_str()));
    for (name, value) in flags {
        words.push(format!("--{name}"));
        match value {
            Value::Bool(true) => {}
            Value::Array(items) => {
                words.push(quoted(&items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",")));
            }
            Value::String(text) => words.push(quoted(text)),
            other => words.push(other.to_string()),
        }
    }
    let mut notes = Vec::new();
    if !others.is_empty() {
        words.push("--config FILE".to_owned());
        let lines: Vec<String> = others.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        notes.push(format!("FILE is a settings file that says {}", lines.join(" and ")));
    }
    if places.run.known.n_archived.is_some() {
        words.push("--archive DIR".to_owned());
        notes.push("DIR is the archive as it was before this drop".to_owned());
    }
    (words.join(" "), (!notes.is_empty()).then(|| notes.join("; ")))
}

/// Settings that differ from their defaults and may change a result.
fn changed(settings: &Settings) -> Vec<(String, Value)> {
    let (Ok(all), Ok(defaults)) = (by_name(settings), by_name(&Settings::default())) else {
        return Vec::new();
    };
    all.into_iter()
        .filter(|(name, value)| !SILENT.contains(&name.as_str()) && defaults.get(name) != Some(value))
        .collect()
}

/// A word as a shell would need it.
fn quoted(word: &str) -> String {
    let word = crate::report::display::one_line(word);
    let plain = |c: char| c.is_alphanumeric() || "-_./,:+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Section "Method".
pub(super) fn write(page: &mut Html, places: &Places<'_>) {
    let run = places.run;
    let settings = &run.settings;
    page.raw("<section id=\"method\" aria-labelledby=\"h-method\">\n<h2 id=\"h-method\">Method</h2>\n");
    page.raw(
        "<dl class=\"method\">\n<dt>Copies</dt><dd>Documents that share rare wording are compared on the text itself, word by \
         word and tolerant of small errors. Two are the same text if one has at least ",
    );
    page.show(crate::report::display::percent(settings.copy_threshold as f32));
    page.raw(
        " of the other's words, each weighed by how much it says: so a text and its excerpt are. Scanning errors, a cut on both \
         sides, exchanged words, and forms that differ in names or numbers alone are judged apart. Wording that repeats \
         everywhere counts for nothing. Every member of a set was checked against the document that is kept, never through a \
         chain of others.</dd>\n<dt>Which one to keep</dt><dd>The fullest content, then the earliest, then the smallest id; where some of \
         a set are no copies of that, the one of the fullest few of which most are. ",
    );
    page.raw(if settings.contained_in_sets {
        "Excerpts join the set of the text that contains them."
    } else {
        "Excerpts are listed as pairs and join no set."
    });
    page.raw("</dd>\n<dt>Nearest documents</dt><dd>Cosine of TF-IDF weights. ");
    match run.neighbors.method {
        NeighborMethod::Exact => {
            page.raw("Every pair was considered; none was missed.");
        }
        NeighborMethod::Approximate { sampled_documents, sampled_recall } => {
            page.raw("The drop is too large to rule out every pair that is not scored: what common words add to a pair was reckoned lower than it can be. Of ");
            page.count(sampled_documents as usize).raw(" documents compared with all others as a check, ");
            page.show(crate::report::display::percent(sampled_recall))
                .raw(" of the true neighbors were found.");
        }
    }
    page.raw("</dd>\n");
    if places.has_stories() {
        page.raw("<dt>Stories</dt><dd>Documents are grouped after copies are folded into one; ");
        match settings.story_threshold {
            Some(threshold) => {
                page.raw("groups join from a mean cosine of ").measure(threshold, 2);
            }
            None => {
                page.raw("each text is read together with its nearest, and groups join where they are alike enough for texts of their length");
            }
        }
        page.raw(". A document that resembles no other is a story of one; none is left out.</dd>\n");
    }
    if places.has_themes() {
        page.raw("<dt>Themes</dt><dd>").quoted(&run.themes.method, 600).raw(".</dd>\n");
    }
    page.raw("<dt>What is approximate</dt><dd>Pairs that share too few rare runs of words are never compared as copies; the score of a pair depends on how \
              common its wording is in this drop. ");
    let capped = run.counts.get("capped_shingles").copied().unwrap_or_default();
    if capped > 0 {
        page.count(capped as usize)
            .raw(" runs of words were too common to compare all their texts with each other. ");
    }
    page.raw("Themes begin from chance with a fixed seed. The map and the tree of likeness are pictures; nothing is decided from them.</dd>\n\
              <dt>Known before</dt><dd>");
    if run.context.is_empty() || run.context == "empty" {
        page.raw("Nothing: this drop was read on its own.");
    } else {
        page.raw("An archive of earlier drops, fingerprint <code>").text(&run.context).raw("</code>.");
    }
    page.raw("</dd>\n<dt>Settings changed</dt><dd>");
    let changed = changed(settings);
    if changed.is_empty() {
        page.raw("None.");
    }
    for (name, value) in &changed {
        page.raw("<code>").text(name).raw(" = ").text(&value.to_string()).raw("</code> ");
    }
    page.raw("</dd>\n<dt>Inputs</dt><dd>");
    for input in &run.corpus.inputs {
        page.raw("<div><code>").quoted(&input.path, 200).raw("</code>, ").count(input.n_documents as usize);
        page.raw(" documents in ").count(input.n_files as usize).raw(if input.n_files == 1 {
            " file"
        } else {
            " files"
        });
        if !input.fields.is_empty() {
            page.raw(", fields ").quoted(&input.fields.join(", "), 200);
        }
        page.raw("</div>");
    }
    page.raw("</dd>\n<dt>Files</dt><dd><code>run.json</code> has every setting, count and cost; <code>documents.csv</code>, \
              <code>pairs.csv</code>, <code>passages.csv</code> and <code>neighbors.csv</code> hold what this page shows, \
              complete; <code>keep.txt</code> and <code>drop.txt</code> list ids.</dd>\n</dl>\n</section>\n");
}
