//! Columns: every table of the output folder, column by column, in one place. The tables take their headers from here, and
//! `docs/output.md` is made from here.

use std::fmt::Write as _;

/// A table of the output folder.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) file: &'static str,
    /// What a row is.
    row: &'static str,
    /// What it is sorted by.
    order: &'static str,
    pub(super) columns: &'static [Column],
}

/// A column: its name, its type and unit, what it says.
pub(super) type Column = (&'static str, &'static str, &'static str);

impl Table {
    /// The names of its columns.
    pub(super) fn header(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.columns.iter().map(|column| column.0)
    }
}

pub(super) const DOCUMENTS: Table = Table {
    file: "documents.csv",
    row: "a document that was read",
    order: "id",
    columns: &[
        ("id", "text", "as the input said; where it says none, the path or the record's place. Unique"),
        ("path", "text", "the file it was read from, below its input"),
        ("line", "number or empty", "line of that file, from 1; empty for a whole file"),
        (
            "url",
            "text or empty",
            "where it was published; empty with `--no-text`, for it often spells the headline",
        ),
        (
            "title",
            "text or empty",
            "headline, for people's eyes: one line, guarded against spreadsheet formulas; empty with `--no-text`",
        ),
        ("date", "text or empty", "RFC 3339 time in UTC, or `YYYY-MM-DD`"),
        ("source", "text or empty", "who published it"),
        ("lang", "text", "ISO 639-1 code of its main language, `und` where unknown"),
        ("n_tokens", "number", "words of its text, page furniture included"),
        (
            "status",
            "word",
            "`ok`; `too_short`: identical ones alone are found; `empty`, `not_an_article`: not compared",
        ),
        (
            "duplicate_set",
            "id or empty",
            "the document that is kept of its duplicate set; empty without copies",
        ),
        (
            "role",
            "word or empty",
            "`kept`, `copy`, `excerpt` in its set; `compilation` for a round-up of others",
        ),
        ("story", "id or empty", "its story, named by the representative document"),
        ("theme", "text or empty", "its main theme: `1`, `2`, ..."),
        ("boilerplate_share", "0 to 1", "share of its words that repeat across the drop"),
        ("extra", "JSON or empty", "the record's other fields; empty with `--no-text`"),
        (
            "map_x",
            "0 to 1 or empty",
            "its place on the map, from the left; a copy stands where its kept document does, and has none",
        ),
        ("map_y", "0 to 1 or empty", "the same from the top"),
    ],
};

pub(super) const PAIRS: Table = Table {
    file: "pairs.csv",
    row: "two documents that resemble each other; of a duplicate set, each member with the kept one",
    order: "a, b",
    columns: &[
        ("a", "id", "the document with the smaller id"),
        ("b", "id", "the other"),
        (
            "relation",
            "word",
            "the first that holds: `identical` (equal but for case and white space; of texts of at most 25 words the headline says the same, too), `near_duplicate`, `contained`, `reuse`, `same_story`",
        ),
        ("cosine", "0 to 1 or empty", "of the TF-IDF rows; empty with `--only duplicates`"),
        ("jaccard", "0 to 1", "of the sets of 5-word shingles"),
        ("coverage_a", "0 to 1", "share of a's words that lie in aligned passages, boilerplate not counted"),
        ("coverage_b", "0 to 1", "the same of b"),
        ("longest_passage", "words", "words of a in the longest passage"),
        ("reason", "text", "why, in words"),
        (
            "score",
            "0 to 1 or empty",
            "what the copy threshold is held against: share of matched words by weight, the greater side; empty where texts were not aligned",
        ),
    ],
};

pub(super) const PASSAGES: Table = Table {
    file: "passages.csv",
    row: "a passage that both documents of a pair have",
    order: "a, b, a_begin",
    columns: &[
        ("a", "id", "as in `pairs.csv`"),
        ("b", "id", "as in `pairs.csv`"),
        ("a_begin", "bytes", "where it begins in a's text (UTF-8, from 0), as `texts.jsonl.zst` has it"),
        ("a_end", "bytes", "where it ends, not included"),
        ("b_begin", "bytes", "the same in b"),
        ("b_end", "bytes", "the same in b"),
        (
            "similarity",
            "0 to 1",
            "matched share of its words; at 1 each word faces an equal one, or one that differs in a few letters",
        ),
        (
            "boilerplate",
            "true or false",
            "true where no more than a quarter of its words count: the others repeat across the drop",
        ),
    ],
};

pub(super) const NEIGHBORS: Table = Table {
    file: "neighbors.csv",
    row: "one of a document's nearest others",
    order: "id, rank",
    columns: &[
        ("id", "id", "the document"),
        ("rank", "number", "1 is the nearest"),
        ("neighbor", "id", "the other"),
        ("cosine", "0 to 1", "of the TF-IDF rows"),
    ],
};

pub(super) const DUPLICATES: Table = Table {
    file: "duplicates.csv",
    row: "a member of a duplicate set",
    order: "set, id",
    columns: &[
        ("set", "id", "the set, named by the document that is kept"),
        ("id", "id", "the member"),
        ("role", "word", "`kept`, `copy` or `excerpt`"),
        ("coverage", "0 to 1", "share of its words that lie in passages shared with the kept document"),
        ("kept", "id", "the document that is kept"),
        ("reason", "text", "why it is here"),
    ],
};

pub(super) const STORIES: Table = Table {
    file: "stories.csv",
    row: "a story",
    order: "story",
    columns: &[
        ("story", "id", "its name: the id of its representative document"),
        ("label", "text", "phrases that set it apart; empty with `--no-text`"),
        ("size", "documents", "copies included"),
        ("n_distinct", "documents", "a text and its copies counted once"),
        ("first_date", "text or empty", "earliest date of its documents"),
        ("last_date", "text or empty", "latest date"),
        ("sources", "text", "who carried it, joined by `; `"),
        (
            "representative",
            "id",
            "the document nearest to the middle of the story; of equally near ones the earliest",
        ),
        ("cohesion", "0 to 1", "mean cosine of its distinct documents to each other; 1 for a story of one"),
        ("theme", "text or empty", "the main theme of most of its documents: a name in `themes.json`"),
        ("keyphrases", "text", "joined by `; `; empty with `--no-text`"),
        ("weakest_link", "0 to 1", "mean cosine of its loosest document to the rest; 1 for a story of one"),
        ("nearest", "id or empty", "the nearest story that it was not merged with"),
        ("nearest_cosine", "0 to 1 or empty", "mean cosine of the documents of both"),
        ("shortfall", "0 to 1 or empty", "share of the link strength needed that was missing to merge them"),
        (
            "stable_id",
            "16 hex digits or empty",
            "what the archive calls it from drop to drop; this and what follows only with `--archive`",
        ),
        (
            "continues",
            "true, false or empty",
            "is it a story of earlier drops, and did not begin with this one?",
        ),
        (
            "n_archived",
            "documents or empty",
            "its documents in earlier drops, copies included; also of a story that split off with this one",
        ),
        ("first_drop", "number or empty", "the drop that it began with"),
        ("first_seen", "text or empty", "earliest date of all its documents, archived ones included"),
    ],
};

pub(super) const STORY_EVENTS: Table = Table {
    file: "story_events.csv",
    row: "something that became of a story with this drop; only with `--archive`",
    order: "story, event, from",
    columns: &[
        (
            "event",
            "word",
            "`born`; `grew`: it has documents in earlier drops; `merged`: another went into it; `split`: born with some of another's documents, or near enough to an archived one to go on with it, and apart from what that has become; `moved`: some of another's documents came over to it",
        ),
        ("story", "16 hex digits", "`stable_id` of `stories.csv`; of two that became one, the elder"),
        (
            "from",
            "16 hex digits or empty",
            "the story that went into it, that it was told apart from, or whose documents came over to it",
        ),
        ("drop", "number", "this drop, as the archive counts it"),
        ("documents", "documents", "this drop's documents in the story, copies included"),
        (
            "document",
            "id or empty",
            "the evidence: of this drop's documents the nearest to an archived one of the story, or of `from`",
        ),
        ("of", "id or empty", "the archived one, by its id in its own drop"),
        ("cosine", "0 to 1 or empty", "of the two documents' beginnings; 1 for a copy"),
        (
            "moved",
            "documents",
            "of `split` and `moved`: documents of earlier drops, copies included, that were in `from` and are in this story from here on; 0 of others",
        ),
    ],
};

pub(super) const BORDERLINE: Table = Table {
    file: "borderline.csv",
    row: "a pair that came near to another answer, for a person to judge; at most 50 for each decision",
    order: "decision, then the nearest first",
    columns: &[
        ("a", "id", "the document with the smaller id"),
        ("b", "id", "the other"),
        (
            "decision",
            "word",
            "what was asked: `same_text` (of the two), or `same_story` (of their two groups)",
        ),
        (
            "value",
            "0 or more",
            "what was held against the line: the score of `pairs.csv`, or the link strength of two groups of documents (may pass 1)",
        ),
        (
            "line",
            "0 to 1",
            "where the answer changes: the copy threshold, or the strength from which groups become one story",
        ),
        ("decided", "yes or no", "what was found"),
        ("judgement", "yes, no or empty", "yours; the report's download fills it in"),
    ],
};

pub(super) const KNOWN: Table = Table {
    file: "known.csv",
    row: "a document and an archived one that it is a copy of, or shares wording with; only with `--archive`",
    order: "id, then copies before reuse, the best first",
    columns: &[
        ("id", "id", "the document of this drop"),
        ("of", "id", "the archived one, by its id in its own drop"),
        ("of_drop", "number", "the drop it came with, from 1"),
        ("of_drop_name", "text", "that drop's name"),
        ("of_date", "text or empty", "date of the archived document"),
        ("of_source", "text or empty", "who published it"),
        ("of_url", "text or empty", "where; empty with `--no-text`"),
        ("of_title", "text or empty", "its headline; empty with `--no-text`"),
        ("relation", "word", "`identical`, `near_duplicate`, `contained`, `reuse`"),
        ("coverage", "0 to 1", "share of this document's words that lie in shared passages"),
        ("of_coverage", "0 to 1", "the same of the archived one"),
        ("jaccard", "0 to 1", "of the sets of 5-word shingles"),
        ("longest_passage", "words", "words in the longest passage"),
        ("fuller", "word", "which of both says more"),
        ("reason", "text", "why, in words"),
    ],
};

pub(super) const KNOWN_PASSAGES: Table = Table {
    file: "known_passages.csv",
    row: "a passage that a document has from an archived one; only with `--archive`",
    order: "the order of `known.csv`, then begin",
    columns: &[
        ("id", "id", "as in `known.csv`"),
        ("of", "id", "as in `known.csv`"),
        ("of_drop", "number", "as in `known.csv`"),
        ("begin", "bytes", "where it begins in this document's text"),
        ("end", "bytes", "where it ends, not included"),
        ("of_begin", "bytes", "the same in the archived text"),
        ("of_end", "bytes", "the same in the archived text"),
        (
            "similarity",
            "0 to 1",
            "matched share of its words; at 1 each word faces an equal one, or one that differs in a few letters",
        ),
        (
            "boilerplate",
            "true or false",
            "true where no more than a quarter of its words count: the others repeat across drops",
        ),
    ],
};

/// Packed, and for programs rather than for people; told below with the other files.
pub(super) const TERMS: Table = Table {
    file: "terms.csv.zst",
    row: "a stem",
    order: "term",
    columns: &[
        ("term", "text", "the stem"),
        ("documents", "number", "documents that have it"),
        ("idf", "0 or more", "its inverse document frequency"),
    ],
};

pub(super) const TABLES: [&Table; 10] = [
    &DOCUMENTS, &DUPLICATES, &PAIRS, &PASSAGES, &STORIES, &NEIGHBORS, &BORDERLINE, &KNOWN, &KNOWN_PASSAGES,
    &STORY_EVENTS,
];

const BEGINNING: &str = "# The output folder, column by column

This page is made from the program (`src/report/columns.rs`); `make guide` writes it again, and a test compares.

Tables are UTF-8, with commas, quotes where RFC 4180 asks for them, lines that end in a line feed, four decimals, sorted by key. Ids stand
byte for byte as the input had them (control characters percent-encoded), so tables join with each other and with yours. Equal runs give
equal bytes; only `run.json` differs. New columns come at the end: a reader should go by names.

";

const END: &str = "## Other files

| file | content |
|---|---|
| `documents.parquet`, ... | with `--tables parquet`, in a build with the cargo feature `parquet`: each table above, `similarity` and `terms` once more, with the same rows; numbers are numbers (an empty one is null), and everything else is text |
| `similarity.csv` | up to 500 documents: the whole cosine matrix, ids across and down |
| `keep.txt`, `drop.txt` | ids, one a line: what to keep, and the copies and excerpts that say nothing more |
| `themes.json` | a list of themes: `theme`, `label`, `terms` (`term`, `weight`), `documents` (`id`, `weight` 0 to 1), `coherence`, `children` (narrower themes, of the same form) |
| `problems.jsonl` | one object for everything skipped or repaired: `path`, `line`, `byte_offset`, `code`, `message`, `action` (`skipped`, `repaired`, `noted`); with `--no-text` the message says nothing of the record, for it may quote it |
| `graph.graphml` | documents as nodes, relations of `pairs.csv` as edges (`relation`, `cosine`, `coverage_a`, `coverage_b`), for Gephi, Cytoscape, yEd, networkx, igraph. A node's id is its place; the document's own is its attribute `document` |
| `texts.jsonl.zst` | one object a document: `id`, `text` (what passages point into), `title`, and the bytes that are `set_aside` and `boilerplate`; not with `--no-text` |
| `terms.csv.zst` | each stem, the number of documents that have it, its inverse document frequency; not with `--no-text`, nor with `--only duplicates` |
| `report.json.zst` | what the report is made of to the last digit, for `samestory report`; its form may change with any version |
| `report.html`, `report-2.html`, ... | for people; further pages only where duplicate sets are many |
| `report.md` | the same in short |
| `run.json` | schema version, tool version, command, settings and where each came from, inputs with hashes, counts, seconds and peak memory by stage, warnings |

## Without text

`run --no-text` and `report --no-text` write the same folder: no text, headline, other field, address, label, keyphrase, term, repeated wording, or message of a
problem. Ids, file names, dates, sources, languages, counts of words and the places of passages stay, and groups are named by ids. An id or a file name
that says too much has to be changed before the run.

## Loading

Ids may look like numbers and must stay text, or `007` loses its zeros: each of these says so. Tried on `output/example` as written here, with pandas 3.1,
DuckDB 2.0, R 4.2, LibreOffice 7.4, networkx 3.6 and igraph 1.0.

pandas:

```python
import pandas as pd
read = lambda name: pd.read_csv(f\"output/example/{name}.csv\", dtype={c: str for c in (\"id\", \"a\", \"b\", \"set\", \"kept\", \"story\", \"theme\", \"neighbor\", \"duplicate_set\")}, keep_default_na=False, na_values=[\"\"])
print(read(\"documents\").groupby(\"theme\").size())
```

DuckDB:

```sql
create table documents as from read_csv('output/example/documents.csv', header = true, all_varchar = true);
create table neighbors as select id, neighbor, rank::int as rank, cosine::float as cosine from read_csv('output/example/neighbors.csv', header = true, all_varchar = true);
select d.title, n.neighbor, n.cosine from documents d join neighbors n using (id) where n.rank = 1 order by n.cosine desc;
```

R:

```r
documents <- read.csv(\"output/example/documents.csv\", colClasses = \"character\", encoding = \"UTF-8\")
neighbors <- transform(read.csv(\"output/example/neighbors.csv\", colClasses = \"character\"), cosine = as.numeric(cosine))
head(merge(documents, neighbors, by = \"id\")[c(\"title\", \"neighbor\", \"cosine\")])
```

A graph, with networkx, and with igraph:

```python
import networkx as nx, igraph
print(nx.number_connected_components(nx.read_graphml(\"output/example/graph.graphml\")))
print(igraph.Graph.Read_GraphML(\"output/example/graph.graphml\").vs[\"document\"])
```

A spreadsheet: open an empty sheet, import the file as text (LibreOffice: Insert, Sheet from File; Excel: Data, From Text/CSV), choose UTF-8 and
comma, and set the columns of ids to *Text*. Titles, labels and reasons cannot start a formula. From a terminal, LibreOffice makes a
workbook; in its filter, 44 is the comma, 34 the quote, 76 UTF-8, and 2 after a column's number makes that column text:

```sh
soffice --headless --convert-to xlsx --infilter='CSV:44,34,76,1,1/2/3/2' output/example/neighbors.csv
```
";

/// `docs/output.md`: every table, column by column.
#[must_use]
pub fn guide() -> String {
    let mut guide = BEGINNING.to_owned();
    for table in TABLES {
        let _ =
            writeln!(guide, "## `{}`\n\nOne row: {}. Sorted by {}.\n", table.file, table.row, table.order);
        guide += "| column | type | meaning |\n|---|---|---|\n";
        for (name, kind, meaning) in table.columns {
            let _ = writeln!(guide, "| `{name}` | {kind} | {meaning} |");
        }
        guide.push('\n');
    }
    guide + END
}
