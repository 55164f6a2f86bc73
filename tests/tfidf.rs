//! The vectoriser against scikit-learn's numbers, frozen with its version in `tests/oracles/tfidf.txt`.

use samestory::progress::Silent;
use samestory::tokens::{self, WordMask, terms};
use samestory::{Context, Corpus, DocId, vectors};

#[test]
fn weights_are_those_of_scikit_learn() {
    let oracle = include_str!("oracles/tfidf.txt");
    let texts = oracle.lines().filter_map(|line| line.strip_prefix("document "));
    let corpus =
        Corpus::from_texts(texts.enumerate().map(|(row, text)| (format!("{row:02}"), text.to_owned())));
    let tokens = tokens::read(&corpus, &Silent);
    let terms = terms::learn(&tokens, &corpus.documents);
    let counts = vectors::count(&tokens, &terms, &WordMask::none(0));
    let weights = vectors::learn_weights(&counts, &terms, &Context::default(), 0);
    let matrix = vectors::weigh(counts, &weights);

    let mut n_weights = 0;
    for line in oracle.lines().filter_map(|line| line.strip_prefix("weight ")) {
        let mut fields = line.split(' ');
        let mut next = || fields.next().expect("three fields");
        let (row, name, expected) = (next(), next(), next());
        let document: usize = row.parse().expect("a row");
        let expected: f64 = expected.parse().expect("a weight");
        let (row_terms, row_weights) = matrix.row(document);
        let place = row_terms.iter().position(|&term| terms.names[term as usize] == name).expect("the term");
        assert!(
            (f64::from(row_weights[place]) - expected).abs() < 1e-6,
            "document {document}, {name}: {} instead of {expected}",
            row_weights[place]
        );
        n_weights += 1;
    }
    assert_eq!(n_weights, matrix.weights.len(), "no weight beyond those of the oracle");
    assert!(terms.term(DocId(0), tokens.vocabulary.find("w00").expect("a word")).is_some());
}
