//! The whole flow, one stage a line.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::path::Path;

use hashbrown::HashSet;

use crate::clusters::continued::{self, Event};
use crate::clusters::known::{self, KnownDocuments};
use crate::clusters::{self, DuplicateSet, Phrases, Story, Themes, duplicates};
use crate::context::{Context, PastStories, StoryQuestion};
use crate::corpus::{Corpus, DocId, Status};
use crate::error::Error;
use crate::interned;
use crate::memory::{self, MemoryUse};
use crate::pairs::common::WordWeights;
use crate::pairs::shingles::Occurrences;
use crate::pairs::verdict::{Judge, Link};
use crate::pairs::{self, Boilerplate, NeighborMethod, Neighbors, Relation, SimilarPair};
use crate::progress::{Progress, Silent};
use crate::scratch::to_the_door;
use crate::settings::{Only, Settings, THEME_NEIGHBORS};
use crate::stages::{StageCost, Stages};
use crate::tokens;
use crate::vectors::{self, TermTable, TfIdfMatrix};

/// Drift from which a reader is warned. Months of one collection of news are .09 to .11 apart; newsgroups and agency stories
/// are .42 and .47 from it, another language .7.
const MUCH_DRIFT: f32 = 0.3;

/// Pairs whose rows are made at a time: few beside all that a run holds, enough for every thread.
const PAIRS_AT_A_TIME: usize = 20_000;

/// Words up to which a text is looked through for anything but function words: longer ones have something else; chosen, not
/// measured.
const LONGEST_EMPTY_TALK: usize = 30;

/// Everything a run found: what the report room writes.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct Run {
    /// What was read.
    pub corpus: Corpus,
    /// By document: number of words of its text, page furniture included.
    pub n_tokens: Vec<u32>,
    /// What repeats across documents.
    pub boilerplate: Boilerplate,
    /// Copies and reuse, with passages; sorted by (a, b). Of a set: each member with its kept document.
    pub pairs: Vec<SimilarPair>,
    /// The similarity table.
    pub neighbors: Neighbors,
    /// The whole cosine matrix, row by row, up to a printed number of documents.
    pub similarity: Option<ndarray::Array2<f32>>,
    /// What each term weighs. Empty with `--only duplicates` and where no words are shown.
    #[serde(skip)]
    pub terms: TermTable,
    /// What is the same text, sorted by kept document.
    pub duplicate_sets: Vec<DuplicateSet>,
    /// Documents that contain two or more others which are not copies of each other.
    pub compilations: Vec<DocId>,
    /// What tells the same story, sorted by name. Empty with `--only duplicates` or `--only themes`.
    pub stories: Vec<Story>,
    /// What runs through the drop. Empty with `--only duplicates` or `--only stories`.
    pub themes: Themes,
    /// What a person must know about how this was done: caps hit, approximations, warnings.
    pub warnings: Vec<String>,
    /// Counts for run.json, by name (`candidate_pairs`, `capped_shingles`, ...).
    #[serde(deserialize_with = "interned::counts")]
    pub counts: BTreeMap<&'static str, u64>,
    /// Wall seconds and peak memory of each stage, in order.
    #[serde(skip)]
    pub stages: Vec<StageCost>,
    /// What memory was allowed and expected.
    #[serde(skip)]
    pub memory: MemoryUse,
    /// The settings it ran with.
    #[serde(skip)]
    pub settings: Settings,
    /// [`Context::fingerprint`] of what was known before.
    pub context: String,
    /// What earlier drops have of this one; nothing without an archive.
    pub known: KnownDocuments,
}

/// Runs every stage on `corpus` with no knowledge beyond it.
///
/// # Errors
/// As [`run_with`].
pub fn run(corpus: Corpus, settings: &Settings) -> Result<Run, Error> {
    run_with(corpus, settings, &Context::default(), &Silent)
}

/// Runs every stage on `corpus`, with what `context` knows, and tells `progress` how far it is.
///
/// # Errors
/// [`Error::Settings`] when a setting is out of range; [`Error::Memory`] when it would not fit, before any work;
/// [`Error::Scratch`] when a temporary file cannot be read.
pub fn run_with(
    corpus: Corpus,
    settings: &Settings,
    context: &Context,
    progress: &dyn Progress,
) -> Result<Run, Error> {
    to_the_door(|| run_stages(corpus, settings, context, progress))
}

fn run_stages(
    mut corpus: Corpus,
    settings: &Settings,
    context: &Context,
    progress: &dyn Progress,
) -> Result<Run, Error> {
    settings.validate()?;
    let n_drop = corpus.documents.len();
    let n = n_drop as u64;
    // Documents of earlier drops stand behind those of this one while copies are sought.
    for past in &context.documents {
        corpus.documents.push(past.document.clone());
        corpus.texts.push(&past.text);
    }
    let memory = memory::check(&mut corpus, settings)?;
    let mut stages = Stages::new(progress);

    let Copies { tokens, set_aside, boilerplate, duplicates, counts, known } =
        find_copies(&mut corpus, n_drop, settings, context, &mut stages);
    let mut words = Words { tokens, are_let_go: memory.spilled_texts > 0 };
    if corpus.documents.len() > n_drop {
        corpus.documents.truncate(n_drop);
        corpus.texts.truncate(n_drop);
        // The same words at the same places, and no others in the vocabulary.
        words.read(&corpus, &mut stages);
    }
    let mut run = Run {
        memory,
        settings: settings.clone(),
        context: context.fingerprint(),
        ..Run::of_copies(&words.tokens, boilerplate, duplicates, counts, known)
    };
    if settings.only != Some(Only::Duplicates) {
        let terms = stages.run("terms", 0, || tokens::terms::learn(&words.tokens, &corpus.documents));
        let (matrix, weights, frequencies) = stages.run("weights", 0, || {
            let counts = vectors::count(&words.tokens, &terms, &set_aside);
            let weights = vectors::learn_weights(&counts, &terms, context, settings.full_drop);
            let frequencies = counts.document_frequencies();
            (vectors::weigh(counts, &weights), weights, frequencies)
        });
        words.let_go();
        let near = stages.run("neighbors", n, || {
            let k = settings.neighbors.max(THEME_NEIGHBORS);
            let search = pairs::neighbors::Search { k, least: 0.0, work_limit: settings.exact_work };
            pairs::neighbors::find(&matrix, search, None, progress)
        });
        run.warn_of("neighbors", near.method);
        run.neighbors = near.nearest(settings.neighbors);
        if corpus.documents.len() <= settings.whole_matrix {
            run.similarity = Some(pairs::neighbors::matrix_of(&matrix));
        }
        let kept_of = duplicates::kept_of(corpus.documents.len(), &run.duplicate_sets);
        let grouped = (settings.only != Some(Only::Stories))
            .then(|| stages.run("themes", 0, || clusters::themes::group(&matrix, &near, &kept_of, settings)));
        drop(matrix);
        words.bring_back(&corpus, &mut stages);
        let phrases = Phrases::learn(&corpus, &words.tokens, &terms, &set_aside);
        if let Some(grouped) = grouped {
            run.themes = stages
                .run("theme labels", 0, || clusters::themes::describe(grouped, &kept_of, &phrases, settings));
        }
        if settings.only != Some(Only::Themes) {
            let phrase_counts = phrases.into_counts();
            let copied = continued::copied(&run.known, context);
            let question =
                StoryQuestion { corpus: &corpus, tokens: &words.tokens, terms: &terms, copied: &copied };
            let past_stories = ask_for_stories(question, context, settings, &mut stages)?;
            let joint = stages.run("story weights", 0, || {
                let past = continued::Past { context, stories: &past_stories };
                let leads = vectors::count_leads(&words.tokens, &terms, &set_aside, settings.lead_words);
                words.let_go();
                continued::join(leads, &terms, &corpus, &run.duplicate_sets, &run.known, past, settings)
            });
            let story_near = stages.run("story neighbors", n, || {
                // Rows of earlier drops have no neighbors yet.
                let guesses = (joint.rows.n_documents() == corpus.documents.len()).then_some(&near);
                let search = pairs::neighbors::Search::for_stories(settings);
                pairs::neighbors::find(&joint.rows, search, guesses, progress)
            });
            drop(near);
            run.warn_of("neighbors of stories", story_near.method);
            (run.stories, run.known.stories) = stages.run("stories", 0, || {
                continued::find(&joint, &story_near, &corpus, &run.duplicate_sets, context, settings)
            });
            drop((joint, story_near));
            words.bring_back(&corpus, &mut stages);
            run.add_story_pairs(&words.tokens, &kept_of);
            let phrases = phrase_counts.over(&corpus, &words.tokens, &terms, &set_aside);
            stages.run("labels", run.stories.len() as u64, || {
                clusters::naming::name_stories(&mut run.stories, &phrases, progress);
                continued::keep_labels(&mut run.stories, &mut run.known.stories);
                place_in_themes(&mut run.stories, &run.themes);
            });
            run.count_stories();
        }
        stages.run("cosines of pairs", 0, || {
            run.add_cosines(|documents| {
                vectors::weigh(vectors::count_of(documents, &words.tokens, &terms, &set_aside), &weights)
            });
        });
        run.warn_of_languages(&terms);
        if !settings.no_text {
            run.terms = TermTable { names: terms.names, documents: frequencies, idf: weights.idf };
        }
    }
    run.tell_drift(context);
    run.warn_of_copies(&corpus);
    run.stages = stages.costs;
    run.corpus = corpus;
    Ok(run)
}

/// What earlier drops know of its stories.
fn ask_for_stories(
    question: StoryQuestion<'_>,
    context: &Context,
    settings: &Settings,
    stages: &mut Stages<'_>,
) -> Result<PastStories, Error> {
    let Some(memory) = &context.stories else { return Ok(PastStories::default()) };
    stages.run("archived stories", 0, || memory.recall(question, context, settings))
}

/// The words of a drop. Where even texts are in a file they are let go of while they are not needed, and read again: beside rows and
/// neighbors they would be too much.
struct Words {
    tokens: tokens::Tokens,
    are_let_go: bool,
}

impl Words {
    fn let_go(&mut self) {
        if self.are_let_go {
            self.tokens = tokens::Tokens::default();
        }
    }

    fn bring_back(&mut self, corpus: &Corpus, stages: &mut Stages<'_>) {
        if self.are_let_go {
            self.read(corpus, stages);
        }
    }

    fn read(&mut self, corpus: &Corpus, stages: &mut Stages<'_>) {
        let progress = stages.progress;
        let n = corpus.documents.len() as u64;
        self.tokens = stages.run("words", n, || tokens::read(corpus, progress));
    }
}

/// What copies a drop holds, and what was made on the way to them that later stages need.
struct Copies {
    tokens: tokens::Tokens,
    set_aside: tokens::WordMask,
    boilerplate: Boilerplate,
    duplicates: duplicates::Duplicates,
    counts: BTreeMap<&'static str, u64>,
    known: KnownDocuments,
}

/// The stages that copies need. The drop is the first `n_drop` documents; those behind them are of earlier drops.
fn find_copies(
    corpus: &mut Corpus,
    n_drop: usize,
    settings: &Settings,
    context: &Context,
    stages: &mut Stages<'_>,
) -> Copies {
    let progress = stages.progress;
    let n = corpus.documents.len() as u64;
    let tokens = stages.run("words", n, || tokens::read(corpus, progress));
    mark_too_short(corpus, &tokens);
    let originals = stages.run("identical texts", n, || pairs::identical::find(corpus));
    let distinct = originals.comparable(corpus);
    let occurrences = stages.run("shingles", 0, || {
        let mut occurrences = Occurrences::count(&tokens, &distinct);
        occurrences.add_past(&tokens, &context.shingles);
        occurrences
    });
    let mut candidates = stages.run("candidates", distinct.len() as u64, || {
        pairs::candidates::find(&tokens, &distinct, &occurrences, &context.shingles, settings, progress)
    });
    // Two archived sets were held against each other when the later of them came.
    let set_of = |document: DocId| Some(context.documents.get(document.index().checked_sub(n_drop)?)?.kept());
    candidates.pairs.retain(|&(a, b)| set_of(a).is_none() || set_of(a) == set_of(b));
    let (mut boilerplate, set_aside) = stages.run("boilerplate", distinct.len() as u64, || {
        let (families, known) = (&candidates.families, &context.boilerplate);
        pairs::boilerplate::find(
            corpus, &tokens, &distinct, &occurrences, families, known, settings, progress,
        )
    });
    let weights = stages.run("evidence weights", 0, || {
        let n_texts = distinct.len() as u64 + context.n_documents;
        let cap = settings.common_cap(n_texts);
        WordWeights::weigh(&tokens, &candidates.common, &occurrences, &set_aside, cap)
    });
    let judge = Judge::new(corpus, &tokens, &occurrences, &weights, settings);
    let links = stages.run("verdicts", candidates.pairs.len() as u64, || {
        pairs::verdict::judge_all(&judge, &candidates.pairs, progress)
    });
    let sources = duplicates::Sources {
        corpus,
        tokens: &tokens,
        boilerplate: &set_aside,
        originals: &originals,
        links: &links,
        judge: &judge,
        settings,
    };
    let duplicates = stages.run("duplicate sets", 0, || find_sets(sources, n_drop));
    let known = stages.run("known documents", 0, || find_known(sources, n_drop, context, &duplicates.sets));
    boilerplate.ranges.truncate(n_drop);
    boilerplate.shares.truncate(n_drop);
    let n_distinct = originals.distinct.iter().filter(|document| document.index() < n_drop).count();
    let mut counts = BTreeMap::from([
        ("distinct_texts", n_distinct as u64),
        ("candidate_pairs", candidates.pairs.len() as u64),
        ("capped_shingles", candidates.common.n_shingles() as u64),
        ("words", tokens.bodies.words.len() as u64),
        ("distinct_words", tokens.vocabulary.len() as u64),
    ]);
    if context.archive.is_some() {
        counts.insert("archived_compared", context.documents.len() as u64);
        counts.insert("known", known.n_copies());
        counts.insert("archived_sets_merged", known.one.len() as u64);
        counts.insert("archived_parts_not_read", context.parts_not_read);
    }
    Copies { tokens, set_aside, boilerplate, duplicates, counts, known }
}

/// The duplicate sets of the first `n_drop` documents alone.
fn find_sets(sources: duplicates::Sources<'_>, n_drop: usize) -> duplicates::Duplicates {
    if sources.corpus.documents.len() == n_drop {
        return duplicates::find(sources);
    }
    let is_here = |document: DocId| document.index() < n_drop;
    let mut originals = sources.originals.clone();
    originals.original.truncate(n_drop);
    originals.distinct.retain(|&document| is_here(document));
    let links: Vec<Link> = sources.links.iter().filter(|link| is_here(link.b)).cloned().collect();
    duplicates::find(duplicates::Sources { originals: &originals, links: &links, ..sources })
}

/// What earlier drops have of this one.
fn find_known(
    sources: duplicates::Sources<'_>,
    n_drop: usize,
    context: &Context,
    sets_here: &[DuplicateSet],
) -> KnownDocuments {
    if context.archive.is_none() && context.documents.is_empty() {
        return KnownDocuments::default();
    }
    if context.documents.is_empty() {
        return known::find(sources, n_drop, &[], sets_here, sets_here);
    }
    known::find(sources, n_drop, &context.documents, &duplicates::find(sources).sets, sets_here)
}

/// Texts shorter than a shingle, or of function words alone, are compared exactly only.
fn mark_too_short(corpus: &mut Corpus, tokens: &tokens::Tokens) {
    for (place, document) in corpus.documents.iter_mut().enumerate() {
        let words = tokens.bodies.of(DocId(place as u32));
        let is_short = words.len() < pairs::shingles::WORDS
            || words.len() < LONGEST_EMPTY_TALK
                && tokens::terms::says_nothing(&tokens.vocabulary, words, document.language);
        if document.status == Status::Ok && is_short {
            document.status = Status::TooShort;
        }
    }
}

/// Gives each story its theme: the one that most of its documents have for main theme.
fn place_in_themes(stories: &mut [Story], themes: &Themes) {
    for story in stories {
        let mut votes: BTreeMap<u32, usize> = BTreeMap::new();
        for theme in story.members.iter().filter_map(|member| themes.main[member.index()]) {
            *votes.entry(theme).or_default() += 1;
        }
        story.theme = votes.into_iter().max_by_key(|&(theme, n)| (n, Reverse(theme))).map(|(theme, _)| theme);
    }
}

impl Run {
    /// What is known once copies are found.
    fn of_copies(
        tokens: &tokens::Tokens,
        boilerplate: Boilerplate,
        duplicates: duplicates::Duplicates,
        counts: BTreeMap<&'static str, u64>,
        known: KnownDocuments,
    ) -> Self {
        let n = tokens.n_words.len();
        Self {
            n_tokens: tokens.n_words.clone(),
            boilerplate,
            pairs: duplicates.pairs,
            neighbors: Neighbors::none(n),
            similarity: None,
            terms: TermTable::default(),
            duplicate_sets: duplicates.sets,
            compilations: duplicates.compilations,
            stories: Vec::new(),
            themes: Themes { main: vec![None; n], ..Themes::default() },
            warnings: Vec::new(),
            counts,
            stages: Vec::new(),
            memory: MemoryUse::default(),
            settings: Settings::default(),
            context: String::new(),
            known,
            corpus: Corpus::default(),
        }
    }

    /// Pairs each distinct document of a story with the story's representative, where no closer relation is
    /// told: what tells the same story in other words.
    fn add_story_pairs(&mut self, tokens: &tokens::Tokens, kept_of: &[DocId]) {
        let told: HashSet<(DocId, DocId)> = self.pairs.iter().map(|pair| (pair.a, pair.b)).collect();
        let mut found: Vec<SimilarPair> = Vec::new();
        for story in &self.stories {
            let center = story.representative;
            let distinct =
                |document: &&DocId| kept_of[document.index()] == **document && **document != center;
            for &document in story.members.iter().filter(distinct) {
                let (a, b) = (center.min(document), center.max(document));
                if !told.contains(&(a, b)) {
                    found.push(SimilarPair {
                        a,
                        b,
                        relation: Relation::SameStory,
                        cosine: None,
                        jaccard: pairs::evidence::jaccard(tokens, a, b),
                        coverage_a: 0.0,
                        coverage_b: 0.0,
                        score: None,
                        longest_passage: 0,
                        reason: "in one story with its representative; no shared passage to speak of"
                            .to_owned(),
                        passages: Vec::new(),
                    });
                }
            }
        }
        self.pairs.extend(found);
        self.pairs.sort_unstable_by_key(|pair| (pair.a, pair.b));
    }

    /// Says of each pair how alike its TF-IDF rows are, which `rows_of` makes of some documents, in their order.
    fn add_cosines(&mut self, rows_of: impl Fn(&[DocId]) -> TfIdfMatrix) {
        for pairs in self.pairs.chunks_mut(PAIRS_AT_A_TIME) {
            let mut documents: Vec<DocId> = pairs.iter().flat_map(|pair| [pair.a, pair.b]).collect();
            documents.sort_unstable();
            documents.dedup();
            let rows = rows_of(&documents);
            let row = |document: DocId| rows.row(documents.partition_point(|&other| other < document));
            for pair in pairs {
                pair.cosine = Some(vectors::cosine(row(pair.a), row(pair.b)));
            }
        }
    }

    /// Counts what became of stories, where there is an archive to tell.
    fn count_stories(&mut self) {
        if self.known.stories.lines.is_empty() {
            return;
        }
        let events = &self.known.stories.events;
        let count = |event: Event| events.iter().filter(|found| found.event == event).count() as u64;
        self.counts.extend([
            ("stories_born", count(Event::Born)),
            ("stories_continued", count(Event::Grew)),
            ("stories_merged", count(Event::Merged)),
            ("stories_split", count(Event::Split)),
        ]);
    }

    /// Says how far the drop's words are from those of earlier drops, and warns where that is far.
    fn tell_drift(&mut self, context: &Context) {
        let Some(drift) = context.drift else { return };
        self.counts.insert("drift_permille", (drift * 1000.0).round() as u64);
        if drift >= MUCH_DRIFT {
            self.warnings.push(format!(
                "this drop's words are far from the archive's (drift {drift:.2} of 1): weights from the archive say little of \
                 it; drops of another kind are better kept in an archive of their own"
            ));
        }
    }

    /// Says where a language's words were told apart by the drop alone.
    fn warn_of_languages(&mut self, terms: &tokens::terms::Terms) {
        self.warnings.extend(terms.learnt.iter().map(|(language, n_words, n_documents)| {
            format!(
                "{}: {n_words} function words were learnt from {n_documents} documents, for there is no list of them; words are not stemmed",
                language.code()
            )
        }));
    }

    /// Warns where neighbors were not searched exactly.
    fn warn_of(&mut self, table: &str, method: NeighborMethod) {
        if let NeighborMethod::Approximate { sampled_documents, sampled_recall } = method {
            self.warnings.push(format!(
                "some {table} may be missed: the exact search is past {:.0e} multiply-adds; of the exact neighbors of \
                 {sampled_documents} sampled documents {:.1} % were found",
                self.settings.exact_work as f64,
                sampled_recall * 100.0
            ));
        }
    }

    /// What a reader must know before he trusts the tables of copies.
    fn warn_of_copies(&mut self, corpus: &Corpus) {
        let mut warnings = Vec::new();
        let capped = self.counts["capped_shingles"];
        if capped > 0 {
            warnings.push(format!(
                "{capped} runs of three words stand in more than {} texts each: of these, one in {} is looked at, and each text \
                 held against {} of the texts that share it instead of all; what else two texts share still makes them candidates",
                self.settings.shingle_cap, self.settings.shingle_sample, self.settings.anchors
            ));
        }
        let one_percent = corpus.documents.len() / 100;
        for set in self.duplicate_sets.iter().filter(|set| set.members.len() > one_percent.max(50)) {
            warnings.push(format!(
                "one duplicate set holds {} of {} documents (kept: {}); a template that fills a drop looks like this",
                set.members.len(),
                corpus.documents.len(),
                corpus.documents[set.kept.index()].id
            ));
        }
        self.warnings.splice(0..0, warnings);
    }

    /// Writes the output folder: beside its target, renamed in place when whole.
    ///
    /// # Errors
    /// [`Error::Output`], [`Error::OutputInTheWay`] or [`Error::Scratch`] (texts that lie in a temporary file could not be read);
    /// then nothing was published.
    pub fn write(&self, folder: impl AsRef<Path>) -> Result<(), Error> {
        crate::report::write(self, folder.as_ref(), &crate::report::WriteOptions::default())
    }
}
