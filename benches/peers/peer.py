"""One search for near-copies by another package: reads documents, writes the pairs it finds.

    python peer.py PEER DOCUMENTS.jsonl PAIRS.tsv [--threshold T] [--threads N]

DOCUMENTS has a JSON object a line with `id` and `text`. PAIRS gets two ids a line, the smaller first. Every peer gets the same
texts and does what its own documentation shows, with 128 permutations and word shingles of three where it has such things. What a package has
no parallel way for runs on one thread. `run.py` calls this for each peer in turn and measures it.
"""

import argparse
import json
import re

PERMUTATIONS = 128
WORDS = re.compile(r"\w+")


def read(path):
    ids, texts = [], []
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            ids.append(str(record["id"]))
            texts.append(record.get("text") or "")
    return ids, texts


def shingles(text):
    words = WORDS.findall(text.lower())
    return {" ".join(words[at : at + 3]) for at in range(len(words) - 2)}


def gaoya(ids, texts, threshold, threads):
    from gaoya.minhash import MinHashStringIndex

    index = MinHashStringIndex(
        hash_size=32,
        jaccard_threshold=threshold,
        num_bands=16,
        band_size=8,
        num_hashes=PERMUTATIONS,
        analyzer="word",
        lowercase=True,
        ngram_range=(3, 3),
    )
    numbers = list(range(len(ids)))
    index.par_bulk_insert_docs(numbers, texts)
    for number, found in zip(numbers, index.par_bulk_query(texts, return_similarity=False)):
        for other in found:
            if number < other:
                yield number, other


def rensa(ids, texts, threshold, threads):
    from rensa import RMinHash, RMinHashLSH

    index = RMinHashLSH(threshold=threshold, num_perm=PERMUTATIONS, num_bands=16)
    signatures = []
    for number, text in enumerate(texts):
        signature = RMinHash(num_perm=PERMUTATIONS, seed=42)
        signature.update(list(shingles(text)))
        signatures.append(signature)
        index.insert(number, signature)
    for number, signature in enumerate(signatures):
        for other in index.query(signature):
            # A bucket proposes; the estimate decides.
            if number < other and signature.jaccard(signatures[other]) >= threshold:
                yield number, other


def datasketch(ids, texts, threshold, threads):
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=threshold, num_perm=PERMUTATIONS)
    signatures = MinHash.bulk(
        [[shingle.encode() for shingle in shingles(text)] for text in texts], num_perm=PERMUTATIONS
    )
    for number, signature in enumerate(signatures):
        index.insert(number, signature)
    for number, signature in enumerate(signatures):
        for other in index.query(signature):
            if number < other and signature.jaccard(signatures[other]) >= threshold:
                yield number, other


def tfidf(ids, texts, threshold, threads):
    """scikit-learn's vectors; every cosine from the threshold on, by a plain product in blocks of rows."""
    rows = vectors(texts)
    columns = rows.T.tocsr()
    for begin in range(0, rows.shape[0], 1000):
        block = (rows[begin : begin + 1000] @ columns).tocoo()
        for row, other, cosine in zip(block.row, block.col, block.data):
            if begin + row < other and cosine >= threshold:
                yield begin + int(row), int(other)


def sparse_dot_topn(ids, texts, threshold, threads):
    """The same vectors; the package's product, which keeps the largest of each row."""
    from sparse_dot_topn import sp_matmul_topn

    rows = vectors(texts)
    near = sp_matmul_topn(rows, rows.T.tocsr(), top_n=100, threshold=threshold, n_threads=threads).tocoo()
    for row, other in zip(near.row, near.col):
        if row < other:
            yield int(row), int(other)


def vectors(texts):
    from numpy import float32
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(sublinear_tf=True, stop_words="english", dtype=float32).fit_transform(texts)


PEERS = {peer.__name__: peer for peer in [gaoya, rensa, datasketch, tfidf, sparse_dot_topn]}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("peer", choices=sorted(PEERS))
    parser.add_argument("documents")
    parser.add_argument("pairs")
    parser.add_argument("--threshold", type=float, default=0.7)
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    ids, texts = read(options.documents)
    with open(options.pairs, "w", encoding="utf-8") as out:
        for one, other in PEERS[options.peer](ids, texts, options.threshold, options.threads):
            print(*sorted([ids[one], ids[other]]), sep="\t", file=out)


if __name__ == "__main__":
    main()
