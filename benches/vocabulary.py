"""How the vocabulary of documents grows, for holding grown drops beside real ones.

    python benches/vocabulary.py FILE.jsonl... > vocabulary.csv

The documents of a file are taken in an order that their ids' hashes decide; words are runs of letters and digits in lower case. At every
doubling from 1,000 on, a line: file, documents, words, distinct words, share of distinct words that one document has, share that two to five have,
the sum over words of document frequency squared by document (what a search of all pairs meets), and the exponent of Heaps' law between
this line and the one before: distinct words = c * words^b.
"""

import hashlib
import json
import math
import pathlib
import re
import sys

WORDS = re.compile(r"\w+")
FIRST = 1000


def read(path):
    with open(path, encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    keyed = [(hashlib.md5(str(record["id"]).encode()).digest(), record.get("text") or "") for record in records]
    return [text for _, text in sorted(keyed)]


def main():
    print("file,documents,words,distinct_words,share_in_one,share_in_two_to_five,squares_by_document,heaps")
    for path in sys.argv[1:]:
        texts = read(path)
        frequencies, n_words, size, before = {}, 0, FIRST, None
        for n, text in enumerate(texts, 1):
            words = WORDS.findall(text.lower())
            n_words += len(words)
            for word in set(words):
                frequencies[word] = frequencies.get(word, 0) + 1
            if n not in (size, len(texts)):
                continue
            size *= 2
            distinct = len(frequencies)
            one = sum(frequency == 1 for frequency in frequencies.values()) / distinct
            few = sum(2 <= frequency <= 5 for frequency in frequencies.values()) / distinct
            squares = sum(frequency**2 for frequency in frequencies.values()) / n
            heaps = math.log(distinct / before[1]) / math.log(n_words / before[0]) if before else math.nan
            row = [n, n_words, distinct, f"{one:.3f}", f"{few:.3f}", f"{squares:.0f}", "" if before is None else f"{heaps:.3f}"]
            print(pathlib.Path(path).name, *row, sep=",", flush=True)
            before = n_words, distinct


if __name__ == "__main__":
    main()
