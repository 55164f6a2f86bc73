//! What `--help` says of each command below its flags.

/// The exit codes, as every page of help shows them.
pub(super) const EXIT_CODES: &str = "\
Exit codes:
    0  done
    1  done, and a condition given with --fail-if holds, or check found something known (wins over 3)
    2  wrong flag or setting, or an output folder that is not ours to replace; nothing done
    3  done, but some input was skipped: problems.jsonl says what, where and why
    4  the input cannot be used: it is not there, or holds no document
    5  something could not be written; the message says whether the output was published before
    6  another process writes the archive (--wait waits for it); nothing done
    7  the archive is damaged, or a newer samestory wrote it; nothing done
    8  it would not fit in memory (--memory, or the system's limit), or in the limit of open files; nothing done
   70  a bug in samestory
  130, 143  interrupted by Ctrl-C, by SIGTERM; the message says whether the output was published before";

pub(super) const RUN_HELP: &str = "\
Examples:
  samestory run seeds
      reads the folder seeds/ and writes output/seeds/
  samestory run drops/may.jsonl.zst --output may --only duplicates
      copies alone: duplicates.csv, keep.txt, drop.txt
  samestory run a.jsonl b.jsonl --text-field body --languages en,fr
      two files of records whose text stands in the field body
  zcat feed.jsonl.gz | samestory run - --output feed --json --quiet
      from a pipe, a summary for scripts on standard output
  samestory run shards --only duplicates --write-kept shards-distinct
      the same shards without copies and excerpts
  samestory run drop --fail-if 'duplicates>0' --fail-if 'skipped>10'
      exit 1 if a copy or more than ten unreadable records were found

  samestory run drops/june.jsonl --archive past
      holds the drop against all that were archived in past/ before, and adds it; known.csv says what it copies

What is read:
  .txt .md .html .jsonl .ndjson .json .csv .tsv .rss .atom .xml (feeds) .eml .mbox, .gz and .zst of
  each, and all of these within a .zip or .tar; packed files are told by their first bytes under any
  name, web pages and JSON with a text of a usual name also under that of a text. Other kinds of file
  are counted, not read. An output folder of samestory is never read as input.

What is written, whole or not at all:
  run.json documents.csv pairs.csv passages.csv neighbors.csv similarity.csv duplicates.csv
  keep.txt drop.txt stories.csv themes.json problems.jsonl report.html report.md texts.jsonl.zst
  terms.csv.zst borderline.csv graph.graphml report.json.zst
  With --archive also known.csv known_passages.csv story_events.csv.

Limits:
  Everything but the texts is held in memory; texts too unless --memory, or the limit that the
  system sets the process (its cgroup), leaves no room for them; then the rows among
  which stories are sought are in a file, too. A drop has fewer than 4,294,967,296 documents. A document is at
  most --max-document-bytes long; a longer one is skipped and listed. similarity.csv, the whole
  matrix, is written up to 500 documents. Where a search for copies or neighbors was cut short, a
  warning in the report says by how much.
";

pub(super) const CHECK_HELP: &str = "\
Examples:
  samestory check drop.jsonl --archive past
      which documents of the drop are copies of archived ones; exit 1 if there are any
  echo '{\"id\": \"x\", \"text\": \"...\"}' | samestory check - --archive past --json
      one document from a pipe; one JSON object for it on standard output

What --json prints, one object a line for every document, in order of id:
  id, status (ok, too_short, empty, not_an_article), known (true if it is the same text as an archived one, or one lies within
  the other), relation, of (id, drop, drop_name,
  date, title, source, url of the archived document), coverage and of_coverage (shares of their words that both have, 0..1), fuller
  (which has more content: new, archived, equal), reason, passages (begin, end, of_begin, of_end: bytes of the two texts;
  similarity). Without a match all but id, known and status is null. A relation reuse is told and is not known.

Limits:
  The archive is not written, and may lie on a read-only disk. Each document is held against archived ones only, not against
  the others of the input; `run` does both.
";

pub(super) const ARCHIVE_HELP: &str = "\
Examples:
  samestory archive add past may.jsonl june.jsonl
      adds the two files as one drop; makes the archive if there is none
  samestory archive list past
  samestory archive check past --read-data
      reads every byte; exit 7 and the file's name if one is damaged
  samestory archive compact past
  samestory archive export past --output past.csv
  samestory archive export past --table events
      what became of every story, drop by drop
";

pub(super) const INSPECT_HELP: &str = "\
Examples:
  samestory inspect drops/may.jsonl.zst
      how many documents, in which languages, and which fields hold text, title, id and date
  samestory inspect drops --verbose
      the same with every record that would be skipped or repaired
  samestory inspect vendor.csv --text-field body
      what these flags would make of it
";

pub(super) const GENERATE_HELP: &str = "\
Examples:
  samestory generate drops/may.jsonl --output may20k.jsonl --documents 20000
      20,000 documents, three in ten of them edited copies; the truth in may20k.truth.jsonl
  samestory generate seeds --output grown.jsonl --documents 25 --share 0.8 --negatives 0 --stories 0 --absent 0
      five documents and 20 copies of them
  samestory generate drop --output big.jsonl --documents 20500 --share 0.02439 --largest-group 500 --without concat
      one story in 500 edited copies among 20,000 others

Kinds of edited copy:
  exact, trunc70, trunc50, trunc30 (the first so many percent of the words), excerpt, paragraphs_dropped,
  paragraphs_moved, sentence_in, update, words10, words20 (percent of words replaced), concat, ocr01, ocr03,
  ocr05, ocr10 (percent of characters misread), typos, quotes, capitals, headline, wire, byline, furniture,
  html, wrapped, combo2, combo3 (two or three edits)
Kinds of scan, where every member of the group is misread on its own (5 or 10 percent of characters; whole, or a
clipping of so many words):
  scans05, scans05_400, scans05_150, scans05_60, scans10, scans10_400, scans10_150
One event in other sentences:
  story
Kinds that resemble each other and are no copies:
  neg_furniture (one page around other texts), neg_form (one form, other names and numbers), neg_market (one stock
  of sentences), neg_column (same opening and sign-off), neg_speech (same quotations), neg_year (same background)

The truth has a record for each document: id, dup (its group of copies), edit (orig, a kind, chain2 or chain3 for
copies of copies), orig (the input's id), depth, label (its planted story), and more that people may ask for.

Limits:
  The documents of the input are held in memory, the output is not. Originals share at most a fifth of their
  five-word runs; past what the input gives, more are recombined from its sentences, and past twice their number
  with other words in them; past that, it stops and says how many documents are possible.
";

pub(super) const BENCH_HELP: &str = "\
Examples:
  samestory bench drops/may.jsonl
      a minute of runs at growing sizes; a table, and output/may-bench/bench.html with pictures
  samestory bench drops --only duplicates --sizes 1000,2000,4000,8000 --estimate 1000000
      copies alone, at these sizes, and what a million such documents would take
  samestory bench drop --seconds 600 --json | jq .forecasts
      ten minutes, for scripts

What is measured:
  Every run is a process of its own with the settings given, so that peak memory is that of its size. Up to the input's own
  number, its documents are sampled as they are; at every size, a drop is grown from them by the generator, with planted copies,
  stories and look-alikes. Of up to three runs of a size the least time counts. Quality is that of the grown drops: precision, recall and F1 of pairs of
  copies, B-cubed F1 of the documents of planted stories. The same --seed gives the same drops.

What is fitted:
  The exponent b of seconds = c * documents^b by least squares on logarithms, with its interval of 95 %; by stage and of
  the whole run. Estimates add up what each stage would take as its work grows (with the texts, or with pairs of them); their interval
  covers the noise of the runs and what the sizes measured cannot tell of larger ones.

What is written, whole or not at all:
  bench.csv (every stage of every size), bench.html (tables and pictures, offline), bench.json
";

pub(super) const EXPLAIN_HELP: &str = "\
Examples:
  samestory explain output/may 2026-05-03/a17 2026-05-04/b02
      the verdict on these two and its reason, cosine with the terms that make it, shared passages word for word
  samestory explain output/may a17 b02 --json | jq .listed.reason
      the same for scripts
  samestory explain output/may -- -7 b02
      an id that begins with a dash

What is said:
  The relation that pairs.csv lists, with coverage and reason; the passages on both sides with
  some words around them; duplicate set, story and theme of both. Where the run lists no relation,
  or only that the two tell one story, they are judged anew from their two texts alone, and what
  they lack to be copies is said with the setting that asks for it. That judgement knows the page
  furniture and boilerplate that the run found, and not how common their wording is in the drop.

Limits:
  Without texts (run --no-text) what the tables hold is told: relation, coverage, passages as
  bytes. The cosine is not known of runs made with --only duplicates. Of a passage of more than 80
  words the first 60 and the last 20 are quoted; --json has all of them.
";

pub(super) const REPORT_HELP: &str = "\
Examples:
  samestory report output/may
      writes report.html and report.md again, where they were lost or a newer samestory shows more
  samestory report output/may --no-text
      a copy of the folder in output/may-no-text without any document's words, to hand on
  samestory report output/may --truth may.truth.jsonl
      the same report with a section Quality: how well the run agrees with the file

What is written, whole or not at all:
  The pages, byte for byte those of the run where nothing was withheld or added. All other files stay as they are. With -o they are copied
  to that folder; one that is there is replaced only if it holds results of the same inputs.

What --no-text leaves out, as run --no-text does:
  texts, headlines, other fields, addresses, labels, keyphrases, terms, repeated wording, and the messages of problems, which may
  quote a record. What stays: ids, file names, dates, sources, languages, numbers of words, where passages begin and end,
  and names of groups, which are ids. Where an id or a file name says too much, change it before the run. A folder with
  texts is never replaced by one without.

Limits:
  The folder must be whole, and of a version whose layout is known; else it is said what is missing. All texts are read; beyond a
  quarter of the memory that the system allows they go to a temporary file.
";

pub(super) const SCORE_HELP: &str = "\
Examples:
  samestory score output/may --truth may.truth.jsonl
      how well the copies, stories and themes of output/may agree with what the file says
  samestory score output/may --truth may.truth.jsonl --json
      the same for scripts
  samestory score output/may --truth may.truth.jsonl --fail-if 'f1<0.9' --fail-if 'story:b-cubed-f1<0.8'
      exit 1 if copies or stories are found less well
  samestory score output/may --judgements judgements.csv
      how far you and the run agree on its borderline pairs, and whether another line would serve you better

What is compared:
  The truth has a record a line with id and with dup, label or both. The column duplicate_set of
  documents.csv is scored against dup, story and theme against label. A blank is a group of one; a
  document whose gold field is null or absent does not count, nor does a planted copy of the kind
  concat, which is a copy of two. Fields that are not known are passed over. The file may be
  packed (.gz, .zst).

What is said:
  Pairwise and B-cubed precision, recall and F1; ARI; NMI by the mean of both entropies, which
  equals V; homogeneity, completeness, purity; how many groups there are on both sides. Where the
  truth has edit, the recall of each kind of copy, and of originals and kinds that begin with neg_
  how many were merged with another group. Then the worst errors: gold groups that were split,
  found groups that are mixed, pairs falsely joined or missed, with their cosine from the run's
  tables or texts. A wrong pair stands for all between the same two groups.

  Of judgements: on how many pairs of each decision (same_text, same_story) the run and you agree, the pairs on which you do
  not and on which side of the line they lie, and the line that would have told most of them right, with
  the setting that moves it; one that chance alone might do as well is not advised. The file may be of an earlier run
  of the same documents: what counts is what RUN says of the pairs. Rows without yes or no are passed over.

Limits:
  Time and memory grow with the documents, not with their pairs.
";
