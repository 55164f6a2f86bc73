//! An explanation for scripts: one object.

use serde_json::{Value, json};

use samestory::explanation::{Explanation, Judgement};
use samestory::pairs::unlike::Unlike;
use samestory::pairs::{Passage, Relation};
use samestory::past::PastPair;

use super::explain::{Group, Told};

/// The whole explanation.
pub(super) fn json(told: &Told<'_>) -> Value {
    let explanation = &told.explanation;
    let side = |side: usize| {
        let document = told.documents()[side];
        json!({
            "id": document.id,
            "title": document.title,
            "date": document.date,
            "source": document.source,
            "language": document.language.code(),
            "words": document.n_words,
            "status": document.status,
            "role": document.role,
            "boilerplate_share": exact(document.boilerplate_share),
        })
    };
    json!({
        "run": told.run.folder().to_string_lossy(),
        "a": side(0),
        "b": side(1),
        "relation": explanation.relation().map(Relation::name),
        "listed": explanation.listed.as_ref().map(listed),
        "listed_of_kept": explanation.listed_of_kept.as_ref().map(listed_of_kept),
        "judged_from_texts_alone": explanation.judgement.as_ref().map(judged),
        "cosine": explanation.cosine().map(exact),
        "likeness": likeness(explanation),
        "nearness": nearness(explanation),
        "chain": told.groups().iter().map(chain).collect::<Vec<_>>(),
        "passages": explanation.passages.iter().map(|passage| quoted(explanation, passage)).collect::<Vec<_>>(),
    })
}

/// The shortest decimal that is this number, not its long form as a wider one.
fn exact(value: f32) -> f64 {
    value.to_string().parse().unwrap_or_else(|_| f64::from(value))
}

fn listed(pair: &PastPair) -> Value {
    json!({
        "relation": pair.relation.name(),
        "cosine": pair.cosine.map(exact),
        "jaccard": exact(pair.jaccard),
        "coverage_a": exact(pair.coverage_a),
        "coverage_b": exact(pair.coverage_b),
        "longest_passage": pair.longest_passage,
        "reason": pair.reason,
    })
}

fn listed_of_kept(pair: &PastPair) -> Value {
    let mut row = listed(pair);
    row["a"] = pair.a.as_str().into();
    row["b"] = pair.b.as_str().into();
    row
}

fn judged(judgement: &Judgement) -> Value {
    let shortfalls = judgement.shortfalls.iter().map(|shortfall| {
        json!({
            "for": if shortfall.relation == Relation::Reuse { "reuse" } else { "copies" },
            "setting": shortfall.setting,
            "needed": shortfall.needed,
            "found": (shortfall.found * 1e4).round() / 1e4,
        })
    });
    json!({
        "relation": judgement.relation.map(Relation::name),
        "reason": judgement.reason,
        "words": judgement.n_words,
        "matched_share_a": exact(judgement.scores[0]),
        "matched_share_b": exact(judgement.scores[1]),
        "coverage_a": exact(judgement.coverage[0]),
        "coverage_b": exact(judgement.coverage[1]),
        "jaccard": exact(judgement.jaccard),
        "shared_runs_of_three_words": judgement.n_shared_runs,
        "facing_numbers": {"different": judgement.numbers[0], "all": judgement.numbers[1]},
        "facing_names": {"different": judgement.names[0], "all": judgement.names[1]},
        "is_form": judgement.is_form,
        "is_quote": judgement.is_quote,
        "unlike": judgement.unlike.map(Unlike::reason),
        "missing": shortfalls.collect::<Vec<_>>(),
    })
}

fn likeness(explanation: &Explanation) -> Value {
    let Some(likeness) = &explanation.likeness else { return Value::Null };
    let shared = likeness.shared.iter().map(|term| {
        json!({
            "term": term.term,
            "word": term.word,
            "share": exact(term.share),
            "count_a": term.counts[0],
            "count_b": term.counts[1],
            "documents": term.documents,
        })
    });
    json!({
        "cosine": exact(likeness.cosine),
        "terms_a": likeness.n_terms[0],
        "terms_b": likeness.n_terms[1],
        "shared": shared.collect::<Vec<_>>(),
    })
}

fn nearness(explanation: &Explanation) -> Value {
    let [of_a, of_b] = explanation.nearness.map(|nearness| {
        json!({"rank": nearness.rank, "listed": nearness.n_listed, "least_cosine": nearness.least.map(exact)})
    });
    json!({"b_among_nearest_of_a": of_a, "a_among_nearest_of_b": of_b})
}

fn chain(group: &Group<'_>) -> Value {
    let side = |side: usize| json!({"name": group.of[side], "label": group.label(side)});
    json!({"kind": group.name.replace(' ', "_"), "shared": group.is_shared(), "a": side(0), "b": side(1)})
}

fn quoted(explanation: &Explanation, passage: &Passage) -> Value {
    let text = |side: usize| {
        let bytes = [&passage.a, &passage.b][side];
        let texts = explanation.texts.as_ref()?;
        texts[side].text.get(bytes.start as usize..bytes.end as usize)
    };
    json!({
        "a_begin": passage.a.start,
        "a_end": passage.a.end,
        "b_begin": passage.b.start,
        "b_end": passage.b.end,
        "similarity": exact(passage.similarity),
        "boilerplate": passage.boilerplate,
        "a_text": text(0),
        "b_text": text(1),
    })
}
