//! Quality: how good a run is against a truth, as the report shows it. Made by whoever scored the run.

/// How well a run agrees with a truth.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Quality {
    /// What the truth is called.
    pub truth: String,
    /// Documents that it speaks of.
    pub n_records: u64,
    /// Of these, those that the run has.
    pub n_records_in_run: u64,
    /// Documents of the run that it does not speak of.
    pub n_unjudged: u64,
    /// Each grouping that could be scored: copies, stories, themes.
    pub scored: Vec<Scored>,
}

/// One grouping of the run, scored.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scored {
    /// The column of `documents.csv`: `duplicate_set`, `story` or `theme`.
    pub grouping: &'static str,
    /// The field of the truth that it was held against.
    pub gold_field: &'static str,
    /// Documents that count.
    pub n_documents: u64,
    /// Groups of the truth.
    pub n_gold_groups: u64,
    /// Groups that were found.
    pub n_found_groups: u64,
    /// Pairs of documents that were joined and belong together.
    pub n_right_pairs: u64,
    /// Pairs that were joined and do not belong together.
    pub n_false_pairs: u64,
    /// Pairs that belong together and were not joined.
    pub n_missed_pairs: u64,
    /// Precision, recall and F1 over pairs, 0..=1.
    pub pairwise: (f64, f64, f64),
    /// F1 document by document, 0..=1.
    pub b_cubed_f1: f64,
    /// All measures by name, 0..=1 (ARI from -1).
    pub measures: Vec<(&'static str, f64)>,
    /// Kinds of planted copies: how many were found, of how many.
    pub kinds: Vec<(String, u32, u32)>,
    /// Groups of the truth that were found in several, the worst first.
    pub split: Vec<Scattered>,
    /// Found groups that hold several of the truth, the worst first.
    pub mixed: Vec<Scattered>,
    /// Pairs joined falsely, the least alike first.
    pub joined: Vec<WrongPair>,
    /// Pairs missed, the most alike first.
    pub missed: Vec<WrongPair>,
}

/// A group of one side that lies in several of the other.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scattered {
    /// Its name; empty for a document alone.
    pub name: String,
    /// Its documents.
    pub n_documents: u32,
    /// Where they are, most first.
    pub parts: Vec<Part>,
}

/// A part of a [`Scattered`] group.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Part {
    /// The other side's group; empty for a document alone.
    pub name: String,
    /// Documents of the group in it.
    pub n_documents: u32,
}

/// Two documents that were told wrong.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct WrongPair {
    /// By id.
    pub a: String,
    /// The other.
    pub b: String,
    /// Their cosine, where it is known.
    pub cosine: Option<f32>,
}
