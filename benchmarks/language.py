"""The language rule against libraries that name languages, at the rule's own job.

Usage: python benchmarks/language.py

The job: turn down instructions in another language than the run's. The data are English
instructions (every third line) and instructions in other languages. A library may stay silent as
our rule does: its guess counts from the least confidence at which it turns down at most one English
instruction in 10,000 of the even lines. All figures are of the odd lines. Each is shown the text
without quotations, as ours looks at it, and knows the same languages. Those that are not installed
are left out (`pip install py3langid lingua-language-detector`).
"""

from __future__ import annotations

import gzip
import importlib.metadata
import json
import os
import resource
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from selfinstruct.method.filters.language import KNOWN, Wanted, unquoted

if TYPE_CHECKING:
    from collections.abc import Callable

    Guess = Callable[[str], tuple[str, float]]

ROOT = Path(__file__).parents[1]
SHARED = Path(os.environ.get("SELFINSTRUCT_SHARED_DATA", ROOT.parent / "shared" / "data"))
EVERY = 3
MOST = 1e-4
"""Share of English instructions that a library may turn down on the even lines."""


def texts() -> list[tuple[str, str]]:
    """Return (language, instruction): the English ones, then the others."""
    rows = []
    for name, step in (("en", EVERY), ("multi", 1)):
        with gzip.open(SHARED / f"instructions_{name}.jsonl.gz", "rt", encoding="utf-8") as file:
            lines = [json.loads(line) for line in file][::step]
        rows += [(line.get("lang", "en"), line["instruction"]) for line in lines]
    return rows


def ours() -> Guess:
    """Return the rule's own verdict in an English run, without its quick way; sure or silent."""
    english = Wanted((), "en")
    return lambda text: (english.other(text), 1.0)


def py3langid() -> Guess:
    """Return the guess of py3langid, a naive Bayes model on byte n-grams."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 - may be missing

    model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    model.set_languages(sorted(KNOWN))
    return lambda text: model.classify(unquoted(text))


def lingua() -> Guess:
    """Return the guess of lingua, n-gram models of one to five letters."""
    import lingua as library  # noqa: PLC0415 - may be missing

    codes = [each.iso_code_639_1 for each in library.Language.all()]
    chosen = [code for code in codes if code.name.lower() in KNOWN]
    model = library.LanguageDetectorBuilder.from_iso_codes_639_1(*chosen).build()

    def guess(text: str) -> tuple[str, float]:
        best = model.compute_language_confidence_values(unquoted(text))[0]
        return best.language.iso_code_639_1.name.lower(), best.value

    return guess


GUESSES = {"ours": ours, "py3langid": py3langid, "lingua": lingua}
PACKAGES = {"py3langid": "py3langid", "lingua": "lingua-language-detector"}


def memory() -> float:
    """Return the most memory that this process has had, in MB."""
    scale = 1024 if sys.platform == "darwin" else 1
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 / scale


def guesses(name: str) -> dict[str, Any]:
    """Return what one of them says of every text, and what that takes; run in its own process."""
    rows = texts()
    before, start = memory(), time.perf_counter()
    guess = GUESSES[name]()
    guess("Write a short poem about the sea.")
    load, begun = time.perf_counter() - start, time.process_time()
    said = [guess(text) for _, text in rows]
    taken = (time.process_time() - begun) / len(rows)
    again = [guess(text) for _, text in rows[::50]] == said[::50]
    return {"said": said, "load": load, "cpu": taken, "memory": memory() - before, "again": again}


def size(name: str) -> float:
    """Return how large a library is on the disk, in MB."""
    if name not in PACKAGES:
        return 0.0
    files = importlib.metadata.files(PACKAGES[name]) or []
    return sum(file.size or 0 for file in files) / 1e6


def turned_down(rows: list[Any], run: str, language: str, least: float) -> tuple[int, int]:
    """Return how many of a language's instructions a run in a language turns down, of how many."""
    mine = [(said, sure) for (truth, _), (said, sure) in rows if truth == language]
    return sum(bool(said) and said != run and sure >= least for said, sure in mine), len(mine)


def share(rows: list[Any], pairs: list[tuple[str, str]], least: float) -> float:
    """Return the share turned down over pairs of a run's language and an instruction's."""
    counts = [turned_down(rows, run, language, least) for run, language in pairs]
    return sum(bad for bad, _ in counts) / sum(all_ for _, all_ in counts)


def confidence(rows: list[Any]) -> float:
    """Return the least confidence at which few enough English instructions are turned down."""
    english = [(said, sure) for (truth, _), (said, sure) in rows if truth == "en"]
    wrong = sorted((sure for said, sure in english if said != "en"), reverse=True)
    most = int(MOST * len(english))
    return 0.0 if len(wrong) <= most else wrong[most] + 1e-12


def main() -> None:
    """Print the table, and for each language what is turned down."""
    rows, found = texts(), {}
    for name in GUESSES:
        ended = subprocess.run(
            [sys.executable, __file__, name], stdout=subprocess.PIPE, text=True, check=False
        )
        if ended.returncode == 0:
            found[name] = json.loads(ended.stdout)
        else:
            print(f"{name}: not installed")
    others = sorted({language for language, _ in rows} - {"en"})
    counts = Counter(language for language, _ in rows)
    print(", ".join(f"{language} {counts[language]}" for language in ["en", *others]))
    for name, each in found.items():
        both = list(zip(rows, each["said"], strict=True))
        least = confidence(both[::2]) if name != "ours" else 0.0
        odd = both[1::2]
        figures = {
            "others in an English run, turned down": [("en", other) for other in others],
            "English in an English run, false alarms": [("en", "en")],
            "their own in other runs, false alarms": [(other, other) for other in others],
            "English in other runs, turned down": [(other, "en") for other in others],
        }
        print(f"\n{name}: confidence from {least:.6f}; the same again: {each['again']}")
        for what, pairs in figures.items():
            print(f"  {what} {share(odd, pairs, least):.3%}")
        print(
            f"  {each['cpu'] * 1e6:.0f} us of CPU each, loads in {each['load']:.2f} s,"
            f" {each['memory']:.0f} MB of memory, {size(name):.1f} MB on disk"
        )
        print("  ", *(f"{o} {share(odd, [('en', o)], least):.1%}" for o in others))


if __name__ == "__main__":
    if sys.argv[1:]:
        print(json.dumps(guesses(sys.argv[1])))
    else:
        main()
