"""Measure ROUGE-L: the reference way, the usual faster ways and ours, side by side in one run.

    python benchmarks/rouge.py ../shared/data
    python benchmarks/rouge.py ../shared/data --sizes 1000 10000

One thread. Prints Markdown: times per candidate, memory, a whole run, other languages. Some ten
minutes with all sizes, most of them for the reference way.
"""

from __future__ import annotations

import argparse
import gzip
import json
import platform
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from random import Random
from statistics import fmean, median
from time import perf_counter, process_time
from typing import TYPE_CHECKING

from rapidfuzz.distance import Indel
from rapidfuzz.process import extractOne
from rouge_score import rouge_scorer

from selfinstruct.method.rouge import RougeIndex, ascii_tokens, unicode_tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

SIZES = (1_000, 10_000, 52_000, 200_000, 1_000_000)
CANDIDATES = 1_000  # real lines that are in no pool
ROUNDS = 5  # each round runs every way, so that a slow minute of the machine hits all
REFERENCE_ENTRIES = 500  # the slow ways compare with so many entries; the time is scaled up
ALPACA = "open-chinese/alpaca-chinese-dataset"  # the English half of these lines is Alpaca's


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="the folder with instructions_en.jsonl.gz")
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    options = parser.parse_args()

    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "rapidfuzz"))
    print(f"Python {platform.python_version()}, {packages}, {platform.machine()}, one thread.\n")
    english = rows(options.data, "instructions_en.jsonl.gz")
    speed(english, options.sizes)
    whole_run(english, rows(options.data, "stream_gpt4o_mini.jsonl.gz"))
    languages(rows(options.data, "instructions_multi.jsonl.gz"))


def rows(folder: Path, name: str) -> list[dict[str, str]]:
    """Return the lines of a gzipped JSON Lines file."""
    with gzip.open(folder / name, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


# --- Time and memory at every size ---


@dataclass
class Way:
    """A way to compare a candidate with a pool, and what it took.

    Attributes:
        name: as printed.
        compare: called with each candidate.
        each: candidates in a round.
        scale: multiplies the times: the pool's size over the number of entries compared with.
        cpu: CPU seconds per candidate, one value a round.
        wall: wall seconds, one value a candidate.
    """

    name: str
    compare: Callable[[str], object]
    each: int
    scale: float = 1.0
    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)

    def run(self, candidates: Sequence[str]) -> None:
        """Compare with these candidates and note the times."""
        cpu = process_time()
        for candidate in candidates:
            wall = perf_counter()
            self.compare(candidate)
            self.wall.append((perf_counter() - wall) * self.scale)
        self.cpu.append((process_time() - cpu) / len(candidates) * self.scale)


def speed(english: list[dict[str, str]], sizes: Sequence[int]) -> None:
    """Print times and memory by size; all sources mixed, and once Alpaca's lines alone."""
    times, memory = [], []
    random = Random(1)
    mixed = [row["instruction"] for row in english]
    alpaca = [row["instruction"] for row in english if row["source"].startswith(ALPACA)]
    random.shuffle(mixed)
    random.shuffle(alpaca)
    pools = [(f"{size:,}", mixed, size) for size in sizes]
    if 52_000 in sizes:
        pools.append(("Alpaca's 50,992", alpaca, len(alpaca) - CANDIDATES))
    for name, lines, size in pools:
        candidates, real = lines[:CANDIDATES], lines[CANDIDATES:]
        pool = [*real[:size], *spliced(real, size - len(real), random)]
        index = RougeIndex()
        start = process_time()
        index.extend(pool)
        build = process_time() - start
        bytes_of = index.memory()
        memory.append(
            f"| {name} | {min(size, len(real)):,} | {fmean(len(ascii_tokens(x)) for x in pool):.1f}"
            f" | {build:.2f} s | {bytes_of.entries / size:.0f}"
            f" | {bytes_of.vocabulary / 2**20:.1f} MiB |"
        )
        ways = [*usual_ways(pool), *our_ways(index)]
        for number in range(ROUNDS):
            for way in ways:
                way.run(candidates[number * way.each : (number + 1) * way.each])
        ours = median(next(way.cpu for way in ways if way.name.startswith("**")))
        times += [
            f"| {name} | {way.name} | {duration(median(way.cpu))} | {duration(median(way.wall))}"
            f" | {median(way.cpu) / ours:,.1f} | {len(way.wall)} |"
            for way in ways
        ]
    print("| entries | way | CPU per candidate | median wall | ratio | candidates |")
    print("|---|---|---:|---:|---:|---:|", *times, sep="\n")
    print(
        f"\nReference and pre-tokenised were measured on {REFERENCE_ENTRIES} entries of each pool"
        " and scaled to its size.\nCPU is the median over five rounds of the mean in a round.\n"
    )
    print(
        "| entries | of these real | tokens, mean | building, CPU | bytes an entry | vocabulary |"
    )
    print("|---|---:|---:|---:|---:|---:|", *memory, sep="\n")
    print()


def spliced(real: Sequence[str], count: int, random: Random) -> Iterator[str]:
    """Yield made-up lines: the first half of one real line, the second half of another."""
    words = [line.split() for line in real] if count > 0 else []
    for _ in range(count):
        head, tail = random.choice(words), random.choice(words)
        yield " ".join([*head[: len(head) // 2], *tail[len(tail) // 2 :]])


def usual_ways(pool: Sequence[str]) -> list[Way]:
    """Return what is used elsewhere, each as its users write it."""
    scorer = rouge_scorer.RougeScorer(["rougeL"], use_stemmer=False)
    few = pool[:REFERENCE_ENTRIES]
    scale = len(pool) / len(few)
    tokens = [ascii_tokens(entry) for entry in few]

    def reference(text: str) -> float:
        return max(scorer.score(entry, text)["rougeL"].fmeasure for entry in few)

    def pre_tokenised(text: str) -> float:
        own = ascii_tokens(text)
        return max(rouge_scorer._score_lcs(own, entry).fmeasure for entry in tokens)  # noqa: SLF001 - as Alpaca's code calls it

    characters: dict[str, str] = {}

    def code(text: str) -> str:
        return "".join(
            [characters.setdefault(t, chr(len(characters) + 0xE000)) for t in ascii_tokens(text)]
        )

    codes = [code(entry) for entry in pool]

    def extract_one(text: str) -> object:
        return extractOne(code(text), codes, scorer=Indel.normalized_similarity, score_cutoff=0.7)

    return [
        Way("`scorer.score` per pair (Self-Instruct)", reference, 20, scale),
        Way("pre-tokenised (Alpaca)", pre_tokenised, 20, scale),
        Way("rapidfuzz `extractOne`, cutoff 0.7", extract_one, 10),
    ]


def our_ways(index: RougeIndex) -> list[Way]:
    """Return the decision and the top-10."""
    return [
        Way("**ours: decision, nearest, score**", index.nearest, 200),
        Way("ours: exact top-10", index.top, 100),
    ]


def duration(seconds: float) -> str:
    """Return a time with three figures and its unit."""
    for unit, factor in (("s", 1), ("ms", 1e3)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e6:.3g} us"


# --- A whole run ---


def whole_run(english: list[dict[str, str]], stream: list[dict[str, str]]) -> None:
    """Print the CPU time of all decisions of a run of 52K, and of what accepted tasks keep."""
    alpaca = [row for row in english if row["source"].startswith(ALPACA)]
    candidates = [row["instruction"] for row in (*alpaca, *stream)]
    index = RougeIndex()
    start = process_time()
    for text in candidates:
        if index.nearest(text) is None:
            index.add(text)
    decided = process_time() - start
    print(
        f"A whole run: {len(candidates):,} real candidates (Alpaca's lines, then a gpt-4o-mini run"
        f" as it came), {len(index):,} kept, {decided:.1f} s of CPU with tokenising."
    )
    last = range(len(index) - 640, len(index))
    start = process_time()
    for _ in index.standings(last):
        pass
    each = (process_time() - start) / len(last)
    print(
        f"Top-10 and mean of accepted tasks, in blocks: {each * 1e3:.2f} ms each for the last"
        f" {len(last)}, so some {each * len(index) / 2:.0f} s for all {len(index):,}.\n"
    )


# --- Other languages ---


def languages(multi: list[dict[str, str]]) -> None:
    """Print what each tokenizer misses, and what it takes for a near-duplicate, by language."""
    by_language: dict[str, list[str]] = {}
    for row in multi:
        by_language.setdefault(row["lang"], []).append(row["instruction"])
    print(
        "| language | lines | no tokens | repeats missed | edits missed | only this one rejects |"
    )
    print("|---|---:|---:|---:|---:|---:|")
    for language, lines in by_language.items():
        indexes = [RougeIndex(tokenizer=rule) for rule in (ascii_tokens, unicode_tokens)]
        for index in indexes:
            index.extend(lines)
        edits = [without_a_letter(line) for line in lines]
        cells = [
            [sum(not index.has_tokens(line) for line in lines) for index in indexes],
            [sum(index.nearest(line) is None for line in lines) for index in indexes],
            [sum(index.nearest(edit) is None for edit in edits) for index in indexes],
            only_one_rejects(lines, indexes),
        ]
        print(f"| {language} | {len(lines):,} |", end="")
        print(*(f" {ascii_only:,} / {unicode:,} |" for ascii_only, unicode in cells), sep="")
    print(
        "\nEach cell: `rouge-score` / `unicode`. An edit drops one letter from the middle; in a"
        " text of three\ntokens or fewer that is a different text. The last column: lines that are"
        " a near-duplicate of\nan earlier line under this tokenizer and not under the other."
    )


def without_a_letter(line: str) -> str:
    """Return the line without the letter nearest after its middle."""
    middle = len(line) // 2
    place = next((i for i in range(middle, len(line)) if line[i].isalpha()), 0)
    return line[:place] + line[place + 1 :]


def only_one_rejects(lines: Sequence[str], indexes: Sequence[RougeIndex]) -> list[int]:
    """Return, for each of two indexes of these lines, what it alone takes for near-duplicates."""
    rejected = [
        {number for number, line in enumerate(lines) if index.nearest(line, number) is not None}
        for index in indexes
    ]
    return [len(rejected[0] - rejected[1]), len(rejected[1] - rejected[0])]


if __name__ == "__main__":
    main()
