//! The stages of a run, one by one, on documents composed of words as frequent as in real text; every room has one at
//! least.
//!
//!     cargo bench --bench stages

use std::path::Path;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use samestory::archive::{Archive, ArchiveWriter};
use samestory::clusters::{self, Phrases, duplicates};
use samestory::pairs::common::WordWeights;
use samestory::pairs::neighbors::Search;
use samestory::pairs::shingles::Occurrences;
use samestory::pairs::verdict::{self, Judge};
use samestory::pairs::{boilerplate, candidates, identical, neighbors};
use samestory::progress::Silent;
use samestory::settings::Only;
use samestory::tokens::{self, WordMask, terms};
use samestory::{Context, Corpus, DocId, Settings, vectors};

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
    let judge = Judge::new(&corpus, &tokens, &occurrences, &evidence, &settings);
    let terms = terms::learn(&tokens, &corpus.documents);
    let counts = vectors::count(&tokens, &terms, &nothing);
    let weights = vectors::learn_weights(&counts, &terms, &context, 0);
    let matrix = vectors::weigh(counts.clone(), &weights);

    let mut group = criterion.benchmark_group("stages");
    group.sample_size(10).throughput(Throughput::Elements((DOCUMENTS * WORDS) as u64));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let drop = folder.path().join("drop.jsonl");
    std::fs::write(&drop, lines(&corpus)).expect("a file in it");
    group.bench_function("read", |bench| bench.iter(|| Corpus::read(&[&drop], &settings)));
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
            let weights = vectors::learn_weights(&counts, &terms, &context, 0);
            vectors::weigh(counts, &weights)
        });
    });
    let all = Search { k: settings.neighbors, least: 0.0, work_limit: u64::MAX };
    group.bench_function("neighbors", |bench| {
        bench.iter(|| neighbors::find(&matrix, all, None, &Silent));
    });
    let near = neighbors::find(&matrix, Search::for_stories(&settings), None, &Silent);
    let links = verdict::judge_all(&judge, &proposed.pairs, &Silent);
    let sources = duplicates::Sources {
        corpus: &corpus,
        tokens: &tokens,
        boilerplate: &nothing,
        originals: &originals,
        links: &links,
        judge: &judge,
        settings: &settings,
    };
    group.bench_function("duplicate sets", |bench| bench.iter(|| duplicates::find(sources)));
    let sets = duplicates::find(sources).sets;
    let kept_of = duplicates::kept_of(corpus.documents.len(), &sets);
    let phrases = Phrases::learn(&corpus, &tokens, &terms, &nothing);
    group.bench_function("themes", |bench| {
        bench.iter(|| {
            let grouped = clusters::themes::group(&matrix, &near, &kept_of, &settings);
            clusters::themes::describe(grouped, &kept_of, &phrases, &settings)
        });
    });
    let rows = clusters::stories::rows(counts, &weights, &corpus, &sets);
    group.bench_function("stories", |bench| {
        bench.iter(|| clusters::stories::find(&rows, &near, &corpus, &sets, &settings));
    });
    written(&mut group, &drop, folder.path());
    group.finish();
}

/// What a run writes: its output folder, and an archive that is asked for its documents afterwards.
fn written(group: &mut BenchmarkGroup<'_, WallTime>, drop: &Path, folder: &Path) {
    let settings = Settings { only: Some(Only::Duplicates), ..Settings::default() };
    let read = || Corpus::read(&[drop], &settings).expect("the drop");
    let run = samestory::run(read(), &settings).expect("a run");
    let output = folder.join("output");
    group.bench_function("report", |bench| bench.iter(|| run.write(&output)));

    let past = folder.join("past");
    let writer = ArchiveWriter::open(&past, &settings, false).expect("a new archive");
    let recalled = writer.archive().recall(&read(), &settings, &Silent).expect("nothing");
    group.bench_function("archive add", |bench| {
        let mut n_added = 0;
        bench.iter(|| {
            // Each addition goes to an archive of its own.
            n_added += 1;
            let past = folder.join(format!("past-{n_added}"));
            let writer = ArchiveWriter::open(&past, &settings, false).expect("a new archive");
            let addition = writer.add(&run, &recalled).expect("an addition");
            addition.map(samestory::archive::Addition::commit)
        });
    });
    let addition = writer.add(&run, &recalled).expect("an addition").expect("new documents");
    addition.commit().expect("the archive");
    let archive = Archive::open(&past).expect("the archive");
    let corpus = read();
    group.bench_function("archive recall", |bench| {
        bench.iter(|| archive.recall_all(&corpus, &settings, &Silent));
    });
}

/// The documents as records.
fn lines(corpus: &Corpus) -> String {
    let record = |place: usize| {
        let id = &corpus.documents[place].id;
        let text = corpus.texts.text(DocId(place as u32));
        format!("{}\n", serde_json::json!({ "id": id, "text": text }))
    };
    (0..corpus.documents.len()).map(record).collect()
}

criterion_group!(benches, stages);
criterion_main!(benches);
