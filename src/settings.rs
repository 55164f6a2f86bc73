//! Every knob, once: its meaning, unit, range, default, and where the default comes from.

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// Neighbors through which groups of documents may join one story. 20: every figure of
/// `benches/records/stories-tried.md` was taken with it; others were not measured.
pub const STORY_NEIGHBORS: usize = 20;
/// Least cosine of such neighbors, but for the nearest. .12: of seven collections six keep their B-cubed F1 to .0003 and one rises from
/// .915 to .918, and a third of the search is spared; at .15, small ones lose .015 (`benches/records/stories-tried.md`).
pub const STORY_LIKENESS: f32 = 0.12;
/// Neighbors found of each document for themes; copies among them stand for one. 20: so that `SMOOTHING_NEIGHBORS` are left.
pub const THEME_NEIGHBORS: usize = 20;
/// Neighbors towards which a document is moved before themes are sought. 15: with 10 and 30, now and then a bad grouping on
/// bbc, with 30 .01 NMI less on 20 newsgroups (`benches/records/themes-tried.md`, also for the three below).
pub const SMOOTHING_NEIGHBORS: usize = 15;
/// Rounds of moving. 2: without, 20 newsgroups fall from .642 to .517 NMI; a third round costs .06 on bbc.
pub const SMOOTHING_ROUNDS: usize = 2;
/// Directions of the theme space. 100: 150 are no better on any corpus, 60 and 70 worse on 20 newsgroups.
pub const THEME_DIRECTIONS: usize = 100;
/// The fewest themes are taken whose modularity is this share of the best. .96: with .985, bbc (5 topics) gets 7 themes of .81
/// NMI in place of 6 of .85, agnews (4) 8 of .48 in place of 6 of .53, 20 newsgroups 10 of .66 in place of 8 of .64.
pub const ENOUGH_MODULARITY: f64 = 0.96;
/// How a document is read together with its nearest before stories are sought ([`crate::clusters::expansion`]). B-cubed F1,
/// mean over nine collections and parts of them, each with one cut for all: .845 without, .876 with these; 3 to 8 neighbors,
/// a share of .5 to .7 and a weight of 1.5 to 5 stay within half a point (`benches/records/stories-tried.md`).
pub const EXPANSION: Expansion = Expansion { weight: 2.0, neighbors: 5, nearly: 0.6, terms: 512 };
/// Distinct terms at which a text shows half of what a story has to show. 60: of 20, 30, 40, 60 and 80 those from 40
/// on are within half a point, and below it headlines and articles want different cuts.
pub const REACH_TERMS: f64 = 60.0;
/// Documents up to which nobody is read together with his nearest, and stories are asked for `SMALL_DROP_STRENGTH` of the
/// usual link strength, which among plain rows is much. 5: so that five texts on one subject and of five
/// events stay apart; at 10 documents this counts a quarter, at 50 a hundredth.
pub const SMALL_DROP: f64 = 5.0;
/// See [`SMALL_DROP`]. .8: about twice what plain rows want in larger drops.
pub const SMALL_DROP_STRENGTH: f64 = 0.8;
/// How a small group joins a story that average linkage left it out of: what of the strength is let off, how many
/// times larger the story must be, how many times nearer than any other. Without, 11,000 headlines with snippets of 152
/// stories make about 225 stories; with a leniency of .5, .65 and .8, 180, 171 and 165, and in a haystack half a percent
/// more strangers come in.
pub const ADOPTION: Adoption = Adoption { leniency: 0.6, size: 8, margin: 1.1 };

/// See [`EXPANSION`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expansion {
    /// What a neighbor's row counts for, times how alike it is; a document's own counts 1.
    pub weight: f64,
    /// Neighbors at most.
    pub neighbors: usize,
    /// Share of the nearest's likeness that another must have, 0..=1.
    pub nearly: f64,
    /// Terms kept of a row, the heaviest. 512: bounds memory; at 300, .3 points less.
    pub terms: usize,
}

/// See [`ADOPTION`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Adoption {
    /// Share of the strength a merge would need that is let off a text of no reach at all, 0..=1.
    pub leniency: f64,
    /// The story has more than this many times the group's documents.
    pub size: u32,
    /// The next nearest group is this many times weaker linked, 1 or more.
    pub margin: f64,
}

/// Settings that the command line has a flag of the same name for; all others stand in a settings file alone.
pub const WITH_FLAGS: [&str; 23] = [
    "columns", "contained-in-sets", "copy-threshold", "date-field", "delimiter", "encoding", "id-field",
    "language-field", "languages", "max-bad", "max-document-bytes", "memory", "neighbors", "no-text", "only",
    "seed", "source-field", "story-threshold", "text-field", "themes", "threads", "title-field", "url-field",
];

/// What shapes a run. `Settings::default()` is meant for every drop; a TOML file given with
/// `--config` has these names, and flags of the same names in kebab case override it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    // Reading
    /// Record field that holds the text; sniffed from a printed list when absent. A field within fields has dots
    /// (`article.body`), and several fields with commas between (`lead,body`) are joined by blank lines.
    pub text_field: Option<String>,
    /// Record field that holds the title.
    pub title_field: Option<String>,
    /// Record field that holds the id.
    pub id_field: Option<String>,
    /// Record field that holds the date.
    pub date_field: Option<String>,
    /// Record field that holds the source.
    pub source_field: Option<String>,
    /// Record field that holds the address.
    pub url_field: Option<String>,
    /// Record field that holds the language's code.
    pub language_field: Option<String>,
    /// What stands between the fields of tables: one character of ASCII; sniffed when absent.
    pub delimiter: Option<String>,
    /// Names of the columns of tables that have no header, in order; sniffed when empty.
    pub columns: Vec<String>,
    /// Character encoding of all inputs (a WHATWG label); detected when absent.
    pub encoding: Option<String>,
    /// Longest document read, bytes of text; longer ones are skipped. 1 or more. Default 64 MiB: a
    /// thousand times a long article.
    pub max_document_bytes: u64,
    /// Languages (ISO 639-1) that documents may be in; detection chooses among them. Empty: any.
    pub languages: Vec<String>,
    /// Stop when more than this share of records is bad, 0..=1; absent: never.
    pub max_bad: Option<f64>,

    // Running
    /// What to find.
    pub only: Option<Only>,
    /// Threads, 1 or more; absent: one a core. Never changes a result.
    pub threads: Option<usize>,
    /// Ceiling of the memory that the process may take, bytes, 1 or more; absent: the limit of its cgroup, if there is
    /// one. Texts beyond `texts-in-memory` go to a temporary file, all of them where the rest would not fit otherwise, and
    /// what would not fit even so is refused before the work.
    /// It covers everything that grows with the drop, by an estimate from the documents read: fields, texts, words,
    /// shingles, vectors, themes. It does not cover the pages of files that the system keeps in memory as long as
    /// nobody else asks for it. Never changes a result.
    pub memory: Option<u64>,
    /// Share of the ceiling that texts may take before the rest of them goes to a temporary file, 0..=1. Default .25:
    /// words and shingles take about as much as texts do, twice.
    pub texts_in_memory: f64,
    /// Seed of everything drawn by chance. Default 42.
    pub seed: u64,

    // Similarity
    /// Neighbors listed for each document, 1..=1000. Default 10: as many as a reader looks at; chosen, not measured.
    pub neighbors: usize,
    /// Share of one text's words, each by its weight, that another has, from which they are the same text (boilerplate not
    /// counted), over 0 and at most 1. Default .8: F1 of copies in six planted drops is the same within .0033 at .85, lower in four
    /// at .7, in three at .75 and in three at .9; of hard edits more is found below it (`benches/records/2026-11-30-2core/settings.csv`, also for what is said to be measured there below).
    pub copy_threshold: f64,
    /// Documents (distinct texts) that may hold a 3-word shingle before it counts as common wording,
    /// 2..=1000. Default 20: pairs that share four shingles below it are 27,635 on 20,000 articles and hold
    /// 99.97 % of 10,608 true ones.
    pub shingle_cap: u32,
    /// Share of all distinct texts, earlier drops included, that may hold a shingle before its words weigh less as evidence, if
    /// that is more than `shingle-cap`; 0..=1. Default .001: an idiom stands in ten times as many texts of a drop ten times
    /// as large and says as much as before. With the cap alone, a text with one word in five exchanged is
    /// found 84 % of the time among 10,000 texts and 24 % among 100,000; with this, 94 %.
    pub common_share: f64,
    /// One shingle in so many proposes pairs of long texts, chosen by its hash; a power of two, 1..=64. Default 4:
    /// measured there, 2 and 8 find the same copies within .0007 of recall; 8 would leave an excerpt of forty words too few.
    pub shingle_sample: u64,
    /// Texts of less than twice so many words propose with every shingle, texts of less than four times so many with
    /// one in two, and so on to `shingle_sample`; 1 or more. Default 200: so two scans of one text, one letter in
    /// ten wrong in each, share ten proposing shingles at any length from there on.
    pub short_words: u32,
    /// Texts up to this many words propose with the beginnings of their words, too; 0 or more. Default 200: two
    /// scans of 150 words, one letter in ten wrong in each, share 7 runs of three words and 22 of three beginnings.
    pub damaged_words: u32,
    /// Runs of three beginnings that a pair must share, 1 or more. Default 6: measured there, only texts of a sentence or two want
    /// fewer (4: .005 more recall among them).
    pub shared_beginnings: u32,
    /// Share of the smaller side's rare runs of beginnings that a pair must share, 0..=1. Default .05: measured
    /// there, .02 is the same and .1 loses scans.
    pub beginnings_share: f64,
    /// Proposing shingles that a pair must share, 1 or more. Default 4: measured there, 6 loses .002 of recall among hard edits, 3
    /// gains .001 among texts of a sentence or two.
    pub shared_shingles: u32,
    /// Anchors that each holder of a common shingle is linked to, 1 or more. Default 3: measured there, 2 and 5 are the same.
    pub anchors: usize,
    /// Share of the smaller side's common shingles that must link a pair to propose it, 0..=1. Default .08: measured there,
    /// .04 and .16 are the same.
    pub anchor_share: f64,
    /// Families of documents (versions of one text are one family) from which a repeated line or run of
    /// words is boilerplate; 2 or more. Default 5: measured there, 8 is the same; at 3 the wording of a widely copied text counts
    /// as boilerplate, and hard edits lose .001 of precision.
    pub boilerplate_documents: u32,
    /// The same for texts that are common wording from end to end, where no word weighs anything.
    /// Over 0 and at most 1. Default .85: templates reach .81 to .86 of plain coverage.
    pub plain_copy_threshold: f64,
    /// Share of both sides from which two texts are versions of one text, where neither reaches the threshold alone
    /// (one was cut, something was added to the other) and few of their facing numbers differ; over 0 and at most 1.
    /// Default .68: of planted copies of copies it regains 125 with one false pair, in 8,000 wire stories
    /// its false pairs are stories sent twice.
    pub both_sides_threshold: f64,
    /// The same for texts that are common wording from end to end, whose facing names must agree, too; over 0 and at most 1. Default .7: with one
    /// word in five exchanged for another, two copies cover three quarters of each other.
    pub plain_both_sides_threshold: f64,
    /// Share of each side's words, boilerplate not counted, that lie in passages from which two texts are alike throughout; over 0
    /// and at most 1. Default .75: of texts in which one word in five was exchanged and something was cut or added besides, half of
    /// those that all else misses, and of other texts none in four planted sets.
    pub throughout_coverage: f64,
    /// Share of both sides from which such texts are versions of one text, where few of their facing numbers and names differ; over
    /// 0 and at most 1. Default .5: measured there, .4 is the same and .6 loses .0015 of recall among hard edits.
    pub throughout_threshold: f64,
    /// The same share of one side from which it may be an excerpt whose words were exchanged; over 0 and at most 1. Default .9.
    pub excerpt_coverage: f64,
    /// Share of that side from which it is one, where few of the facing numbers and names differ; over 0 and at most 1. Default .7:
    /// copies of copies of copies in a generated drop are found with a recall of .97, and of .94 without it, and of
    /// 21,578 wire stories three more pairs, all right.
    pub excerpt_threshold: f64,
    /// How much of the copy threshold closely matched words make up for, as a multiple of their share of the
    /// matched words, 0..=1: a damaged copy has both close matches and words beyond recognition. Default .5:
    /// of 161, 100 and 57 true pairs below the threshold (three planted sets) 73, 62 and 19 are regained, with
    /// three false ones in all.
    pub noise_credit: f64,
    /// At most so much is made up for, 0..=1. Default .2: measured there, .3 is the same within .0001 and .1 loses .0009 of recall
    /// among hard edits.
    pub most_noise_credit: f64,
    /// Matched words up to which two texts are fillings of one form where their numbers and names disagree as
    /// often as they agree. Default 60: measured there, 40 finds .013 more copies of texts of a sentence or two, and of 14 pairs read
    /// that it adds in wire stories seven are notices of other days.
    pub short_form_words: u32,
    /// Share of the lesser side from which two same texts are near-duplicates; below it, one is contained
    /// in the other. Over 0 and at most 1. Default .6; chosen, not measured: it names a relation and decides none.
    pub near_duplicate_share: f64,
    /// Weight of matched words that a copy has at least, words. Default 8: measured there, 5 costs .0007 of precision in wire
    /// stories, 12 costs .01 of recall among texts of a sentence or two.
    pub shortest_copy: u32,
    /// Weight of matched words from which shared wording is reuse, words. Default 25: a long sentence; chosen, not measured.
    pub reuse_words: u32,
    /// Words of the longest passage of a reuse at least. Default 12; chosen, not measured.
    pub reuse_passage_words: u32,
    /// A document that contains two others is a compilation where those two are less similar than this
    /// (cosine of their sets of words, weighed by rarity; of texts of 150 words, more of longer ones and less of
    /// shorter), 0..=1. Default .08: of unrelated parts of 120 to 250 words in four collections 95 % are below it,
    /// and so are 5 % of two parts of one article; at .05, .06, .08 and .1 a generated drop has 20, 10, 0 and 0
    /// sets that a round-up makes wrong.
    pub compilation_similarity: f64,
    /// Multiply-adds up to which neighbors are searched exactly. Default 4e11: some minutes on two cores,
    /// about 150,000 articles; any number. Past it, most of the neighbors are found, for ten times the work at most, and the report says what share.
    pub exact_work: u64,
    /// Documents from which a drop's own document frequencies speak for themselves; below, a background
    /// stands in for the missing ones. 0: never. Default 2,000; chosen, not measured.
    pub full_drop: usize,
    /// Documents up to which the whole similarity matrix is written. Default 500: a picture of more says nothing, and a table of more
    /// is not opened.
    pub whole_matrix: usize,
    /// Do excerpts join the set of the text that contains them? Default true: they say nothing that it does not.
    pub contained_in_sets: bool,

    // Clusters
    /// Mean cosine from which two groups of documents tell one story, over 0 and at most 1; absent:
    /// `story-strength` and the documents' lengths say it.
    pub story_threshold: Option<f64>,
    /// Link strength (mean cosine, of texts read together with their nearest, over what documents of these lengths can
    /// show of a story) from which two groups tell one story, over 0 and at most 1. Default .85: B-cubed F1 moves by
    /// less than a hundredth between .8 and .9 on most news of 6 to 300 terms a document
    /// (`benches/records/stories-tried.md`).
    pub story_strength: f64,
    /// Days after which the same likeness counts e^-0.5 = 0.61 as much, over 0. Default 8: between 4 and 16
    /// all gain where stories of one kind follow each other, and nothing is lost elsewhere.
    pub story_days: f64,
    /// Words from the beginning of a text that tell its story, 1 or more. Default 400: up to 5 points of
    /// B-cubed F1 over whole texts on long articles, nothing lost on short ones.
    pub lead_words: usize,
    /// Documents from which a drop knows by itself what its terms weigh for stories; a background stands in for those that
    /// a smaller one lacks, 0 or more. Default 100000: at 10000, 1.2 points of B-cubed F1 less on 11,000 short
    /// texts of 152 stories, where the stories' own words would pass for common.
    pub story_full_drop: usize,
    /// Number of themes, 1 or more; absent: chosen from the drop.
    pub themes: Option<usize>,

    /// What documents are read for. Set by the command, not by a settings file.
    #[serde(skip)]
    pub read_for: ReadFor,
    /// Bytes that are looked at where documents are read to be looked at only; of more, a sample is. Set by the command.
    #[serde(skip)]
    pub look_bytes: Option<u64>,
    /// Folder for temporary files; absent: the system's. Set by the command, which takes one beside the output, for the
    /// system's may lie in memory.
    #[serde(skip)]
    pub scratch: Option<std::path::PathBuf>,

    /// Our own program, which reads each PDF in a process of its own; absent: they are read in this one. Set by the command.
    #[serde(skip)]
    pub pdf_reader: Option<std::path::PathBuf>,

    // Report
    /// Leave every document's words out of the output.
    pub no_text: bool,
}

/// The part of a run that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Only {
    /// Copies and reuse.
    Duplicates,
    /// Copies and stories.
    Stories,
    /// Copies and themes.
    Themes,
}

/// What documents are read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReadFor {
    /// To be compared.
    #[default]
    Run,
    /// The same, and then to be read again and written: pipes and standard input are copied to a temporary file while
    /// they are read.
    RunAndKeep,
    /// To be looked at: a ceiling of memory need leave no room for anything else.
    Look,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            text_field: None,
            title_field: None,
            id_field: None,
            date_field: None,
            source_field: None,
            url_field: None,
            language_field: None,
            delimiter: None,
            columns: Vec::new(),
            encoding: None,
            max_document_bytes: 64 << 20,
            languages: Vec::new(),
            max_bad: None,
            only: None,
            threads: None,
            memory: None,
            texts_in_memory: 0.25,
            seed: 42,
            neighbors: 10,
            copy_threshold: 0.8,
            shingle_cap: 20,
            common_share: 0.001,
            shingle_sample: 4,
            short_words: 200,
            damaged_words: 200,
            shared_beginnings: 6,
            beginnings_share: 0.05,
            shared_shingles: 4,
            anchors: 3,
            anchor_share: 0.08,
            boilerplate_documents: 5,
            plain_copy_threshold: 0.85,
            both_sides_threshold: 0.68,
            plain_both_sides_threshold: 0.7,
            throughout_coverage: 0.75,
            throughout_threshold: 0.5,
            excerpt_coverage: 0.9,
            excerpt_threshold: 0.7,
            noise_credit: 0.5,
            most_noise_credit: 0.2,
            short_form_words: 60,
            near_duplicate_share: 0.6,
            shortest_copy: 8,
            reuse_words: 25,
            reuse_passage_words: 12,
            compilation_similarity: 0.08,
            exact_work: 400_000_000_000,
            full_drop: 2_000,
            whole_matrix: 500,
            contained_in_sets: true,
            story_threshold: None,
            story_strength: 0.85,
            story_days: 8.0,
            lead_words: 400,
            story_full_drop: 100_000,
            themes: None,
            read_for: ReadFor::Run,
            look_bytes: None,
            scratch: None,
            pdf_reader: None,
            no_text: false,
        }
    }
}

impl Settings {
    /// How many of `n_texts` distinct texts may hold a shingle before its words weigh less as evidence.
    #[must_use]
    pub fn common_cap(&self, n_texts: u64) -> u32 {
        self.shingle_cap.max((self.common_share * n_texts as f64) as u32)
    }

    /// Checks every range.
    ///
    /// # Errors
    /// [`Error::Settings`] names the setting, its value and its range.
    pub fn validate(&self) -> Result<(), Error> {
        let wrong = |name: &str, value: &dyn std::fmt::Display, range: &str| {
            Err(Error::Settings(format!("{name} is {value}; it must be {range}")))
        };
        let shares_over_zero = [
            ("copy-threshold", Some(self.copy_threshold)),
            ("plain-copy-threshold", Some(self.plain_copy_threshold)),
            ("both-sides-threshold", Some(self.both_sides_threshold)),
            ("plain-both-sides-threshold", Some(self.plain_both_sides_threshold)),
            ("throughout-coverage", Some(self.throughout_coverage)),
            ("throughout-threshold", Some(self.throughout_threshold)),
            ("excerpt-coverage", Some(self.excerpt_coverage)),
            ("excerpt-threshold", Some(self.excerpt_threshold)),
            ("near-duplicate-share", Some(self.near_duplicate_share)),
            ("story-threshold", self.story_threshold),
            ("story-strength", Some(self.story_strength)),
        ];
        for (name, value) in shares_over_zero {
            if let Some(value) = value.filter(|value| !(*value > 0.0 && *value <= 1.0)) {
                return wrong(name, &value, "over 0 and at most 1");
            }
        }
        let shares = [
            ("common-share", Some(self.common_share)),
            ("beginnings-share", Some(self.beginnings_share)),
            ("anchor-share", Some(self.anchor_share)),
            ("noise-credit", Some(self.noise_credit)),
            ("most-noise-credit", Some(self.most_noise_credit)),
            ("compilation-similarity", Some(self.compilation_similarity)),
            ("texts-in-memory", Some(self.texts_in_memory)),
            ("max-bad", self.max_bad),
        ];
        for (name, value) in shares {
            if let Some(value) = value.filter(|value| !(0.0..=1.0).contains(value)) {
                return wrong(name, &value, "from 0 to 1");
            }
        }
        if self.story_days.is_nan() || self.story_days <= 0.0 {
            return wrong("story-days", &self.story_days, "over 0");
        }
        let one_or_more = [
            ("memory", self.memory),
            ("threads", self.threads.map(|n| n as u64)),
            ("themes", self.themes.map(|n| n as u64)),
            ("lead-words", Some(self.lead_words as u64)),
            ("max-document-bytes", Some(self.max_document_bytes)),
            ("short-words", Some(u64::from(self.short_words))),
            ("shared-beginnings", Some(u64::from(self.shared_beginnings))),
            ("shared-shingles", Some(u64::from(self.shared_shingles))),
            ("anchors", Some(self.anchors as u64)),
        ];
        if let Some((name, _)) = one_or_more.iter().find(|(_, value)| *value == Some(0)) {
            return wrong(name, &0, "1 or more");
        }
        if !self.shingle_sample.is_power_of_two() || self.shingle_sample > 64 {
            return wrong("shingle-sample", &self.shingle_sample, "a power of two up to 64");
        }
        if !(2..=1000).contains(&self.shingle_cap) {
            return wrong("shingle-cap", &self.shingle_cap, "from 2 to 1000");
        }
        if self.boilerplate_documents < 2 {
            return wrong("boilerplate-documents", &self.boilerplate_documents, "2 or more");
        }
        if !(1..=1000).contains(&self.neighbors) {
            return wrong("neighbors", &self.neighbors, "from 1 to 1000");
        }
        if let Some(given) = &self.delimiter
            && self.delimiter_byte().is_none()
        {
            return Err(Error::Settings(format!(
                "delimiter is {given:?}; it must be one character of ASCII other than a letter, digit or quote, \
                 such as ; or the word tab"
            )));
        }
        for code in &self.languages {
            if crate::corpus::Language::from_code(code).is_none() {
                return Err(Error::Settings(format!(
                    "languages: {code:?} is no ISO 639-1 code; give two letters, such as en"
                )));
            }
        }
        Ok(())
    }

    /// What stands between the fields of tables, where it is given; none, too, where it can be none.
    pub(crate) fn delimiter_byte(&self) -> Option<u8> {
        match self.delimiter.as_deref()?.as_bytes() {
            b"tab" | b"\\t" => Some(b'\t'),
            [byte] if byte.is_ascii() && !byte.is_ascii_alphanumeric() && !b"\"\r\n\0".contains(byte) => {
                Some(*byte)
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that may be anything.
    const BOUNDLESS: [&str; 10] = [
        "seed", "damaged-words", "exact-work", "full-drop", "reuse-passage-words", "reuse-words",
        "short-form-words", "shortest-copy", "story-full-drop", "whole-matrix",
    ];

    /// The default settings but for one of them, given by its name in a settings file.
    fn with(name: &str, value: serde_json::Value) -> Result<(), Error> {
        let mut all = serde_json::to_value(Settings::default()).expect("settings are plain");
        all[name] = value;
        serde_json::from_value::<Settings>(all).expect("a setting of this kind").validate()
    }

    #[test]
    fn every_number_out_of_its_range_is_refused_by_name() {
        let all = serde_json::to_value(Settings::default()).expect("settings are plain");
        let all = all.as_object().expect("settings have names");
        let numbers: Vec<&String> =
            all.iter().filter(|(_, value)| value.is_number()).map(|(name, _)| name).collect();
        assert!(numbers.len() > 30 && BOUNDLESS.iter().all(|name| all.contains_key(*name)));
        for name in numbers {
            let wrong: serde_json::Value = if all[name].is_f64() { (-0.5).into() } else { 0.into() };
            let refused =
                with(name, wrong).is_err_and(|error| error.to_string().contains(&format!("{name} is ")));
            assert_eq!(refused, !BOUNDLESS.contains(&name.as_str()), "{name}");
            assert!(with(name, all[name].clone()).is_ok(), "{name}");
        }
        assert!(Settings { copy_threshold: f64::NAN, ..Settings::default() }.validate().is_err());
        assert!(Settings { noise_credit: f64::NAN, ..Settings::default() }.validate().is_err());
        for (name, wrong) in [("story-threshold", 0.0), ("copy-threshold", 1.5), ("max-bad", 2.0)] {
            assert!(with(name, wrong.into()).is_err(), "{name}");
        }
        for (name, wrong) in
            [("memory", 0), ("threads", 0), ("themes", 0), ("shingle-cap", 1001), ("neighbors", 1001)]
        {
            assert!(with(name, wrong.into()).is_err(), "{name}");
        }
    }

    #[test]
    fn wording_is_common_by_its_share_of_a_large_drop_and_by_its_count_in_a_small_one() {
        let settings = Settings { shingle_cap: 20, common_share: 0.001, ..Settings::default() };
        let caps = [0, 1_000, 20_000, 21_000, 1_000_000].map(|n_texts| settings.common_cap(n_texts));
        assert_eq!(caps, [20, 20, 20, 21, 1_000]);
    }
}
