//! The stages of a run, one by one, on documents composed of words as frequent as in real text.
//!
//!     cargo bench --bench stages

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use samestory::pairs::common::WordWeights;
use samestory::pairs::shingles::Occurrences;
use samestory::pairs::verdict::{self, Judge};
use samestory::pairs::{boilerplate, candidates, identical, neighbors};
use samestory::progress::Silent;
use samestory::tokens::{self, WordMask, terms};
use samestory::{Context, Corpus, Settings, vectors};

const DOCUMENTS: usize = 1_000;
const WORDS: usize = 500;

/// Texts whose word at rank r occurs about 1 / r as often as the commonest; every tenth is a copy of the
/// one before it with every twentieth word changed.
fn corpus() -> Corpus {
    let mut state = 1_u64;
    let mut chance = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / f64::from(1 << 24)
    };
    let mut word = move || format!("w{:x}", (50_000_f64.powf(chance()) * 977.0) as u64);
    let mut texts: Vec<Vec<String>> = Vec::new();
    for document in 0..DOCUMENTS {
        let text = match texts.last() {
            Some(before) if document % 10 == 9 => {
                let edited =
                    |(place, old): (usize, &String)| if place % 20 == 0 { word() } else { old.clone() };
                before.iter().enumerate().map(edited).collect()
            }
            _ => (0..WORDS).map(|_| word()).collect(),
        };
        texts.push(text);
    }
    Corpus::from_texts(
        texts.iter().enumerate().map(|(number, text)| (format!("{number:04}"), text.join(" "))),
    )
}

fn stages(criterion: &mut Criterion) {
    let (corpus, settings, context) = (corpus(), Settings::default(), Context::default());
    let tokens = tokens::read(&corpus, &Silent);
    let originals = identical::find(&corpus);
    let distinct = originals.comparable(&corpus);
    let occurrences = Occurrences::count(&tokens, &distinct);
    let proposed = candidates::find(&tokens, &distinct, &occurrences, &context.shingles, &settings, &Silent);
    let nothing = WordMask::none(0);
    let cap = settings.shingle_cap;
    let evidence = WordWeights::weigh(&tokens, &proposed.common, &occurrences, &nothing, cap);
    let judge = Judge::new(&tokens, &occurrences, &evidence, &settings);
    let terms = terms::learn(&tokens, &corpus.documents);
    let counts = vectors::count(&tokens, &terms, &nothing);
    let weights = vectors::learn_weights(&counts, &terms, &context, 0);
    let matrix = vectors::weigh(&counts, &weights);

    let mut group = criterion.benchmark_group("stages");
    group.sample_size(10).throughput(Throughput::Elements((DOCUMENTS * WORDS) as u64));
    group.bench_function("words", |bench| bench.iter(|| tokens::read(&corpus, &Silent)));
    group.bench_function("identical texts", |bench| bench.iter(|| identical::find(&corpus)));
    group.bench_function("shingles", |bench| bench.iter(|| Occurrences::count(&tokens, &distinct)));
    group.bench_function("candidates", |bench| {
        bench.iter(|| {
            candidates::find(&tokens, &distinct, &occurrences, &context.shingles, &settings, &Silent)
        });
    });
    group.bench_function("boilerplate", |bench| {
        let families = &proposed.families;
        bench.iter(|| {
            let known = &context.boilerplate;
            boilerplate::find(&corpus, &tokens, &distinct, &occurrences, families, known, &settings, &Silent)
        });
    });
    group.bench_function("verdicts", |bench| {
        bench.iter(|| verdict::judge_all(&judge, &proposed.pairs, &Silent));
    });
    group.bench_function("counts and weights", |bench| {
        bench.iter(|| {
            let counts = vectors::count(&tokens, &terms, &nothing);
            vectors::weigh(&counts, &vectors::learn_weights(&counts, &terms, &context, 0))
        });
    });
    group.bench_function("neighbors", |bench| {
        bench.iter(|| neighbors::find(&matrix, settings.neighbors, u64::MAX, &Silent));
    });
    group.finish();
}

criterion_group!(benches, stages);
criterion_main!(benches);
