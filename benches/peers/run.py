"""samestory and its peers side by side on one file of documents, each in turn, with raw figures.

    python benches/peers/run.py DOCUMENTS.jsonl [--truth TRUTH.jsonl] [--runs 3] [--peers gaoya,minhash,...]

The first call makes a virtual environment in target/peers and installs requirements.txt into it from the package index that pip is set up
with. Everything is run `--runs` times, in turn, so that what else the machine does falls on all alike. Written to
benches/records/<date>-<machine>/: peers-<documents>.csv (a line a run: wall and processor seconds, peak memory, and with a truth precision, recall
and F1 of pairs), and peers-<documents>.md (machine, versions, commands, medians).

samestory is `run --only duplicates` with its defaults, reading, aligning and writing its report included; its pairs are those of documents in one
duplicate set. `minhash` is benches/minhash.rs, a bare search in native code. The others are in peer.py.
A peer's threshold is its documentation's or .7; `--threshold` sets it for all, and `--sweep` tries .3 to .9 and records every cut, the best of
which is then chosen knowing the truth. The truth has `id`, `dup` and perhaps `edit` a line, as `samestory generate` writes it.
"""

import argparse
import csv
import datetime
import json
import os
import pathlib
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
VENV = ROOT / "target" / "peers"
PYTHON = VENV / "bin" / "python"
PEERS = ["samestory", "minhash", "gaoya", "rensa", "datasketch", "tfidf", "sparse_dot_topn"]
CUTS = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
COLUMNS = [
    "peer", "threshold", "input", "run", "wall_seconds", "cpu_seconds", "peak_kib", "pairs", "precision", "recall", "f1",
]


def install():
    if not PYTHON.exists():
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
        subprocess.run([PYTHON, "-m", "pip", "install", "-q", "-r", HERE / "requirements.txt"], check=True)


def build():
    subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=ROOT, check=True)
    said = subprocess.run(
        ["cargo", "bench", "--bench", "minhash", "--no-run", "--message-format=json"],
        cwd=ROOT, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ).stdout
    built = [json.loads(line) for line in said.splitlines()]
    made = [one["executable"] for one in built if one.get("target", {}).get("name") == "minhash" and one.get("executable")]
    return ROOT / "target" / "release" / "samestory", pathlib.Path(made[-1])


def measure(command):
    """Runs a command; wall and processor seconds, and the most memory that it or a process it waited for had."""
    begun = time.monotonic()
    process = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    wall = time.monotonic() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 3):
        raise SystemExit(f"{command[0]} ended with {process.returncode}")
    return wall, used.ru_utime + used.ru_stime, used.ru_maxrss


def command_of(peer, documents, folder, threshold, programs):
    samestory, minhash = programs
    threads = os.cpu_count() or 1
    if peer == "samestory":
        return [samestory, "run", documents, "--output", folder / "samestory", "--only", "duplicates", "--quiet", "--replace"]
    if peer == "minhash":
        return [minhash, documents, "--runs", 1, "--threshold", threshold, "--pairs", folder / "pairs.tsv"]
    return [
        PYTHON, HERE / "peer.py", peer, documents, folder / "pairs.tsv", "--threshold", threshold, "--threads", threads,
    ]


def pairs_of_sets(table):
    """Pairs of documents in one duplicate set."""
    sets = defaultdict(list)
    with open(table, encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            if row["duplicate_set"]:
                sets[row["duplicate_set"]].append(row["id"])
    for members in sets.values():
        for place, one in enumerate(members):
            for other in members[place + 1 :]:
                yield tuple(sorted((one, other)))


def pairs_of_file(path):
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            yield tuple(line.rstrip("\n").split("\t"))


def read_truth(path):
    """By id: its group. Copies of two originals belong to two groups and are left out, as `samestory score` does."""
    with open(path, encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    return {
        str(record["id"]): str(record["dup"])
        for record in records
        if record.get("dup") is not None and record.get("edit") != "concat"
    }


def score(pairs, truth):
    found = {pair for pair in pairs if pair[0] in truth and pair[1] in truth}
    right = sum(truth[one] == truth[other] for one, other in found)
    gold = sum(n * (n - 1) // 2 for n in Counter(truth.values()).values())
    precision = right / len(found) if found else 1.0
    recall = right / gold if gold else 1.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return precision, recall, f1


def versions():
    listed = subprocess.run(
        [PYTHON, "-m", "pip", "list", "--format=json"], check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    wanted = {re.split("[=<>]", line)[0].strip().replace("_", "-") for line in open(HERE / "requirements.txt")}
    named = {one["name"].replace("_", "-"): one["version"] for one in json.loads(listed)}
    return {name: named[name] for name in sorted(wanted) if name in named}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("documents", type=pathlib.Path)
    parser.add_argument("--truth", type=pathlib.Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--threshold", type=float, default=0.7)
    parser.add_argument("--sweep", action="store_true")
    parser.add_argument("--peers", default=",".join(PEERS))
    parser.add_argument("--machine", default=f"{os.cpu_count()}core")
    options = parser.parse_args()
    chosen = [peer for peer in options.peers.split(",") if peer]
    for peer in chosen:
        if peer not in PEERS:
            parser.error(f"{peer}: there are {', '.join(PEERS)}")
    install()
    programs = build()
    truth = read_truth(options.truth) if options.truth else None
    name = options.documents.name.split(".jsonl")[0]
    target = ROOT / "benches" / "records" / f"{datetime.date.today()}-{options.machine}"
    target.mkdir(parents=True, exist_ok=True)
    rows = []
    with tempfile.TemporaryDirectory(dir=ROOT / "target") as scratch:
        scratch = pathlib.Path(scratch)
        for run in range(1, options.runs + 1):
            for peer in chosen:
                cuts = CUTS if options.sweep and peer != "samestory" else [options.threshold]
                for cut in cuts:
                    command = command_of(peer, options.documents, scratch, cut, programs)
                    wall, cpu, peak = measure(command)
                    if peer == "samestory":
                        pairs = set(pairs_of_sets(scratch / "samestory" / "documents.csv"))
                    else:
                        pairs = set(pairs_of_file(scratch / "pairs.tsv"))
                    scores = [f"{value:.4f}" for value in score(pairs, truth)] if truth else ["", "", ""]
                    shown = "" if peer == "samestory" else cut
                    rows.append([peer, shown, name, run, f"{wall:.3f}", f"{cpu:.3f}", peak, len(pairs), *scores])
                    print(*rows[-1], sep="\t", flush=True)
                    if peer == "samestory":
                        shutil.rmtree(scratch / "samestory")
    with open(target / f"peers-{name}.csv", "w", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows([COLUMNS, *rows])
    (target / f"peers-{name}.md").write_text(page(options, name, rows, programs[0]), encoding="utf-8")
    print(f"written: {target}/peers-{name}.csv and .md")


def page(options, name, rows, samestory):
    """Machine, versions, command and medians, in words."""
    said = subprocess.run([samestory, "--version"], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    lines = [
        f"# samestory and its peers on {name}",
        "",
        f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}; Python {platform.python_version()}; {said}; "
        + ", ".join(f"{package} {version}" for package, version in versions().items())
        + ".",
        "",
        f"    python benches/peers/run.py {options.documents.name}"
        + (f" --truth {options.truth.name}" if options.truth else "")
        + f" --runs {options.runs} --threshold {options.threshold}"
        + (" --sweep" if options.sweep else "")
        + f" --peers {options.peers}",
        "",
        f"Medians of {options.runs} runs in turn; raw figures in peers-{name}.csv. METHOD.md says what biases them.",
        "",
        "| peer | threshold | wall s | processor s | peak MiB | pairs | precision | recall | F1 |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    groups = defaultdict(list)
    for row in rows:
        groups[row[0], row[1]].append(row)
    for (peer, cut), runs in groups.items():
        middle = [statistics.median(float(run[column]) for run in runs) for column in (4, 5, 6)]
        lines.append(
            f"| {peer} | {cut} | {middle[0]:.1f} | {middle[1]:.1f} | {middle[2] / 1024:.0f} | {runs[0][7]:,} | "
            + " | ".join(runs[0][8:11])
            + " |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
