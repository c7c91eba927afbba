"""What a small model can do as a judge and as an answerer: `--model small`, or another.

    python -m benchmarks.small_judge [N] [--model small] [--keep DIR]

N of our seed tasks are judged with their own outputs (good) and with those of other tasks (bad), so
that each pair differs in nothing else; N are answered anew; of N a second answer is sampled and the
judge prefers one, in both orders. Printed are the figures of docs/quality.md.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from selfinstruct.views.stats import gather, stats
from selfinstruct.views.stats_table import judge_lines
from selfinstruct.views.view import open_run

if TYPE_CHECKING:
    from collections.abc import Iterable

SEEDS = Path(__file__).resolve().parents[1] / "seed_tasks.jsonl"


def seeds(count: int) -> list[dict[str, str]]:
    """Return seed tasks, spread evenly over the file, as rows of Alpaca's form."""
    lines = [json.loads(line) for line in SEEDS.read_text(encoding="utf-8").splitlines()]
    chosen = [lines[i * len(lines) // count] for i in range(count)]
    return [{"instruction": line["instruction"], **line["instances"][0]} for line in chosen]


def write(path: Path, rows: Iterable[dict[str, str]]) -> Path:
    """Write rows as JSON lines."""
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    path.write_text(text, encoding="utf-8")
    return path


def generate(run: Path, recipe: str, given: Path, model: str) -> float:
    """Run a recipe on given tasks to its end; return the seconds it took."""
    words = ["--recipe", recipe, "--from", str(given), "--model", model, "--min-acceptance", "0"]
    begun = time.monotonic()
    command = [sys.executable, "-m", "selfinstruct", "generate", str(run), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{recipe} ended with {done.returncode}: {done.stderr[-2000:]}")
    return time.monotonic() - begun


def records(run: Path) -> tuple[list[dict[str, Any]], Counter[str]]:
    """Return the complete tasks of a run, and its rejections by reason."""
    read = [
        [json.loads(line) for line in (run / name).read_text(encoding="utf-8").splitlines()]
        for name in ("pool.jsonl", "rejected.jsonl")
    ]
    return read[0], Counter(row["reason"] for row in read[1])


def judged(folder: Path, rows: list[dict[str, str]], model: str) -> None:
    """Judge good and bad answers and print how the scores tell them apart."""
    others = [*rows[len(rows) // 2 :], *rows[: len(rows) // 2]]
    bad = [{**row, "output": other["output"]} for row, other in zip(rows, others, strict=True)]
    given = write(folder / "judged.jsonl", [*rows, *bad])
    spent = generate(folder / "judge", "judge", given, model)
    pool, reasons = records(folder / "judge")
    scores = {
        (task["instruction"], task["instances"][0]["output"]): task["extra"]["score"]
        for task in pool
    }
    print(f"judge: {len(pool)} of {2 * len(rows)} read, rejected {dict(reasons)}, {spent:.0f} s")
    pairs = []
    for name, some in (("good", rows), ("bad", bad)):
        found = [scores.get((row["instruction"], row["output"])) for row in some]
        read = sorted(score for score in found if score is not None)
        pairs.append(found)
        mean = sum(read) / len(read) if read else float("nan")
        print(f"  {name}: mean {mean:.2f}, scores {dict(sorted(Counter(read).items()))}")
    both = [(a, b) for a, b in zip(*pairs, strict=True) if a is not None and b is not None]
    better, worse = sum(a > b for a, b in both), sum(a < b for a, b in both)
    print(f"  good above bad in {better}, below in {worse}, the same in ", end="")
    print(f"{len(both) - better - worse} of {len(both)} pairs")
    led(folder / "judge")


def led(run: Path) -> None:
    """Print what `stats` says that the judge was led by."""
    print("\n".join(judge_lines(stats(gather(open_run(run))))))


def answered(folder: Path, rows: list[dict[str, str]], model: str) -> None:
    """Answer tasks anew and print how many are kept, and equal to ours."""
    spent = generate(folder / "answers", "answers", write(folder / "a.jsonl", rows), model)
    pool, reasons = records(folder / "answers")
    print(f"answers: {len(pool)} of {len(rows)} kept, rejected {dict(reasons)}, {spent:.0f} s")
    wanted = {row["instruction"]: row["output"] for row in rows}
    short = [task for task in pool if len(wanted[task["instruction"]].split()) <= _SHORT]
    same = sum(_alike(t["instances"][0]["output"], wanted[t["instruction"]]) for t in short)
    print(f"  of {len(short)} tasks with an output of up to three words, {same} have the same one")


_SHORT = 3
"""Words of an output that can be compared: labels and numbers."""


def _alike(one: str, other: str) -> bool:
    return one.casefold().strip(". ") == other.casefold().strip(". ")


def preferred(folder: Path, rows: list[dict[str, str]], model: str) -> None:
    """Let the model prefer its own second answer or ours, and print what led it."""
    spent = generate(folder / "prefer", "preferences", write(folder / "p.jsonl", rows), model)
    pool, reasons = records(folder / "prefer")
    print(f"preferences: {len(pool)} of {len(rows)}, rejected {dict(reasons)}, {spent:.0f} s")
    chosen = Counter(
        "ours" if not t["extra"]["preference"]["chosen_model"] else "its" for t in pool
    )
    print(f"  chosen: {dict(chosen)}")
    led(folder / "prefer")


def main() -> None:
    """Print all of it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("count", type=int, nargs="?", default=40)
    parser.add_argument("--model", default="small")
    parser.add_argument("--keep", type=Path, help="an empty folder for the runs")
    options = parser.parse_args()
    where = nullcontext(options.keep) if options.keep else tempfile.TemporaryDirectory()
    with where as folder:
        rows = seeds(options.count)
        for part in (judged, answered, preferred):
            part(Path(folder), rows, options.model)
            sys.stdout.flush()


if __name__ == "__main__":
    main()
