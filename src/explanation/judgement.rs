//! Two texts judged by themselves, as the run would have had it known no others.

use hashbrown::HashSet;
use std::ops::Range;

use crate::corpus::{Corpus, DocId, Document, Language, SetAside, Status, TextStore};
use crate::pairs::common::{CommonShingles, WordWeights};
use crate::pairs::shingles::{self, Occurrences};
use crate::pairs::unlike::Unlike;
use crate::pairs::verdict::{Judge, Verdict};
use crate::pairs::{Passage, Relation, evidence, identical};
use crate::past::{PastRun, PastText};
use crate::progress::Silent;
use crate::tokens::{self, Tokens, WordMask, article_words};

/// A verdict from two texts alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// What they are; none where they share nothing worth telling.
    pub relation: Option<Relation>,
    /// Why, in words; empty where nothing is shared.
    pub reason: String,
    /// Words of each text that are compared: page furniture left out.
    pub n_words: [u32; 2],
    /// Share of each text's weight that is matched, 0..=1: what `copy-threshold` is held against.
    pub scores: [f32; 2],
    /// Share of each text's words in passages, boilerplate not counted, 0..=1.
    pub coverage: [f32; 2],
    /// Jaccard similarity of their sets of 5-word shingles, 0..=1.
    pub jaccard: f32,
    /// Distinct runs of three words that both hold.
    pub n_shared_runs: u32,
    /// Numbers that face each other and differ, of all that face each other.
    pub numbers: [u32; 2],
    /// The same of names.
    pub names: [u32; 2],
    /// What they lack to be copies, then to be reuse; empty where they are.
    pub shortfalls: Vec<Shortfall>,
    /// All that copies need is there, and yet they are none: they fill one form, or other texts stand around what they share.
    pub is_form: bool,
    /// All that copies need is there, and yet they are none: one quotes the other, or both quote the same.
    pub is_quote: bool,
    /// What tells them apart for all that matches; none where nothing does, or too little matches.
    pub unlike: Option<Unlike>,
}

/// What two texts need for a relation and do not reach.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shortfall {
    /// For which relation.
    pub relation: Relation,
    /// The setting that says how much is needed.
    pub setting: &'static str,
    /// What it asks for: a share or a number of words.
    pub needed: f64,
    /// What there is.
    pub found: f64,
}

/// The two documents as a corpus of their own.
pub(super) struct Two {
    pub(super) corpus: Corpus,
    pub(super) tokens: Tokens,
    /// Words that repeat across documents.
    pub(super) boilerplate: WordMask,
}

const A: DocId = DocId(0);
const B: DocId = DocId(1);

impl Two {
    pub(super) fn of(run: &PastRun, ids: [DocId; 2], texts: &[PastText; 2]) -> Self {
        let main = || tokens::terms::main_language(run.documents.iter().map(|document| document.language));
        let documents = ids.iter().zip(texts).map(|(&id, text)| {
            let past = run.document(id);
            Document {
                id: past.id.clone(),
                path: String::new(),
                line: None,
                url: None,
                title: text.title.clone(),
                title_span: None,
                date: Some(past.date.clone()).filter(|date| !date.is_empty()),
                source: None,
                language: if past.language == Language::UNKNOWN { main() } else { past.language },
                status: status(&past.status),
                set_aside: text
                    .set_aside
                    .iter()
                    .map(|bytes| SetAside { bytes: bytes.clone(), reason: "page furniture" })
                    .collect(),
                extra: serde_json::Map::new(),
            }
        });
        let store = TextStore::in_memory(texts.iter().map(|text| text.text.as_str().into()).collect());
        let corpus = Corpus { documents: documents.collect(), texts: store, ..Corpus::default() };
        let tokens = tokens::read(&corpus, &Silent);
        let mut boilerplate = WordMask::none(tokens.bodies.words.len());
        for (id, text) in [A, B].into_iter().zip(texts) {
            let mut place = tokens.bodies.begins[id.index()];
            let mut ahead = text.boilerplate.as_slice();
            article_words(&text.text, &corpus.documents[id.index()].set_aside, |_, bytes: Range<u32>| {
                while ahead.first().is_some_and(|range| range.end <= bytes.start) {
                    ahead = &ahead[1..];
                }
                if ahead.first().is_some_and(|range| range.start <= bytes.start) {
                    boilerplate.mark(place);
                }
                place += 1;
            });
        }
        Self { corpus, tokens, boilerplate }
    }
}

fn status(word: &str) -> Status {
    match word {
        "ok" => Status::Ok,
        "empty" => Status::Empty,
        "too_short" => Status::TooShort,
        _ => Status::NotAnArticle,
    }
}

/// Judges the two, and finds where they share wording.
pub(super) fn judge(run: &PastRun, two: &Two) -> (Judgement, Vec<Passage>) {
    let Two { corpus, tokens, boilerplate } = two;
    let settings = &run.settings;
    let mut judgement = Judgement {
        relation: None,
        reason: String::new(),
        n_words: [A, B].map(|id| tokens.bodies.range(id).len() as u32),
        scores: [0.0; 2],
        coverage: [0.0; 2],
        jaccard: evidence::jaccard(tokens, A, B),
        n_shared_runs: n_shared_runs(tokens),
        numbers: [0; 2],
        names: [0; 2],
        shortfalls: Vec::new(),
        is_form: false,
        is_quote: false,
        unlike: None,
    };
    let is_empty = corpus.documents.iter().any(|document| document.status == Status::Empty);
    if !is_empty && identical::find(corpus).original[B.index()] == A {
        let pair = evidence::describe_identical(corpus, A, B);
        judgement.relation = Some(Relation::Identical);
        judgement.reason = pair.reason;
        (judgement.scores, judgement.coverage) = ([1.0; 2], [1.0; 2]);
        return (judgement, pair.passages);
    }
    if corpus.documents.iter().any(|document| document.status != Status::Ok) {
        return (judgement, Vec::new());
    }
    let occurrences = Occurrences::count(tokens, &[A, B]);
    let common = CommonShingles::default();
    let weights = WordWeights::weigh(tokens, &common, &occurrences, boilerplate, settings.shingle_cap);
    let judge = Judge::new(corpus, tokens, &occurrences, &weights, settings);
    let verdict = judge.compare(&judge.prepare(A), B);
    judgement.relation = verdict.relation;
    judgement.scores = [verdict.score_a, verdict.score_b];
    judgement.coverage = [verdict.coverage_a, verdict.coverage_b];
    judgement.numbers = [verdict.numbers.different, verdict.numbers.equal + verdict.numbers.different];
    judgement.names = [verdict.names.different, verdict.names.equal + verdict.names.different];
    let lacks_nothing;
    (judgement.shortfalls, lacks_nothing) = shortfalls(run, &verdict);
    // What else tells two texts apart is looked at only where enough matches, with one side's score or with both.
    judgement.unlike = verdict.unlike.filter(|unlike| lacks_nothing || *unlike != Unlike::Quote);
    judgement.is_quote = judgement.unlike == Some(Unlike::Quote);
    judgement.is_form = !judgement.is_quote && (lacks_nothing || judgement.unlike.is_some());
    if judgement.is_form {
        judgement.shortfalls.retain(|shortfall| shortfall.relation == Relation::Reuse);
    }
    if verdict.blocks.is_empty() {
        return (judgement, Vec::new());
    }
    let pair = evidence::describe(corpus, tokens, &judge, (A, B), &verdict);
    judgement.reason = pair.reason;
    (judgement, pair.passages)
}

/// What the verdict lacks, and whether it lacks nothing and is no copy for all that.
fn shortfalls(run: &PastRun, verdict: &Verdict) -> (Vec<Shortfall>, bool) {
    let settings = &run.settings;
    let is_copy = matches!(verdict.relation, Some(Relation::NearDuplicate | Relation::Contained));
    if is_copy {
        return (Vec::new(), false);
    }
    let weight = f64::from(verdict.matched.weight);
    let score = f64::from(verdict.score_a.max(verdict.score_b));
    let of = |relation| move |(setting, needed, found)| Shortfall { relation, setting, needed, found };
    let is_short = |&(_, needed, found): &(&str, f64, f64)| found < needed;
    let mut shortfalls: Vec<Shortfall> = [
        ("copy-threshold", settings.copy_threshold, score),
        ("shortest-copy", f64::from(settings.shortest_copy), weight),
    ]
    .into_iter()
    .filter(is_short)
    .map(of(Relation::NearDuplicate))
    .collect();
    let lacks_nothing = shortfalls.is_empty();
    if verdict.relation.is_none() {
        let reuse = [
            ("reuse-words", f64::from(settings.reuse_words), weight),
            (
                "reuse-passage-words",
                f64::from(settings.reuse_passage_words),
                f64::from(verdict.longest_passage),
            ),
        ];
        shortfalls.extend(reuse.into_iter().filter(is_short).map(of(Relation::Reuse)));
    }
    (shortfalls, lacks_nothing)
}

fn n_shared_runs(tokens: &Tokens) -> u32 {
    let of_a: HashSet<u64> = shingles::of_document(tokens, A).collect();
    let of_b: HashSet<u64> = shingles::of_document(tokens, B).collect();
    of_a.intersection(&of_b).count() as u32
}
