"""Measure the verb-noun analysis on instructions labelled by hand.

Usage: python benchmarks/verb_noun.py [tune|final] [--misses]
"""

from __future__ import annotations

import gzip
import json
import os
import sys
import time
from pathlib import Path

from selfinstruct.method.verbs import verb_noun

ROOT = Path(__file__).parents[1]
SHARED = Path(os.environ.get("SELFINSTRUCT_SHARED_DATA", ROOT.parent / "shared" / "data"))
LABELS = ROOT / "benchmarks" / "labels" / "verb_noun.jsonl"


def measure(half: str) -> tuple[int, int, int, list[str]]:
    """Return how many labels there are, verbs and nouns that are right, and what was missed."""
    labels = [json.loads(line) for line in LABELS.read_text("utf-8").splitlines()]
    labels = labels[half == "final" :: 2]
    with gzip.open(SHARED / "instructions_en.jsonl.gz", "rt", encoding="utf-8") as file:
        texts = [json.loads(line)["instruction"] for line in file]
    verbs = nouns = 0
    misses = []
    for label in labels:
        found = verb_noun(texts[label["line"]])
        verbs += found.verb == label["verb"]
        nouns += found.noun == label["noun"]
        if found != (label["verb"], label["noun"]):
            wanted = f"{label['verb']} {label['noun']}"
            misses.append(f"{found.verb} {found.noun} not {wanted}: {texts[label['line']][:150]!r}")
    return len(labels), verbs, nouns, misses


def main() -> None:
    """Print the figures of one half."""
    half = "final" if "final" in sys.argv[1:] else "tune"
    start = time.perf_counter()
    count, verbs, nouns, misses = measure(half)
    print(f"{half}: {count} instructions, root verb right {verbs}, noun right {nouns}")
    print(f"{time.perf_counter() - start:.1f} s with reading the file")
    if "--misses" in sys.argv[1:]:
        print(*misses, sep="\n")


if __name__ == "__main__":
    main()
