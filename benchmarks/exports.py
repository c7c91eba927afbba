"""Time and memory of every export of a run, and whether loaders read back what went in.

    python benchmarks/exports.py RUN

Each export runs in a process of its own (wall time and peak memory, interpreter included), which
must end within 20 s and 1 GB. Then it is read by loaders that are not ours: `json`, `csv`,
`pyarrow`, `pandas`, `datasets`, where installed. What they read is counted, and compared, text by
text, with the run's pool.jsonl.
"""

from __future__ import annotations

import csv
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Triple = tuple[str, str, str]

FILES = {
    "alpaca": "alpaca.json",
    "messages": "messages.jsonl",
    "openai": "openai.jsonl",
    "sharegpt": "sharegpt.json",
    "prompt-completion": "prompt-completion.jsonl",
    "csv": "table.csv",
    "parquet": "table.parquet",
    "huggingface": "folder",
}

SECONDS, KILOBYTES = 20, 1_000_000
"""What an export of 52,000 tasks may take."""


def main() -> None:
    """Print a table; end with 1 if a loader differs or an export takes too much."""
    run = Path(sys.argv[1])
    wrong = 0
    with tempfile.TemporaryDirectory() as beside:
        # All exports come first: a child's peak counts what this process held when it forked.
        spent = {form: _export(run, form, Path(beside) / name) for form, name in FILES.items()}
        expected = list(_pool(run))
        print(f"{len(expected):,} instances in {run / 'pool.jsonl'}\n")
        print(f"{'format':18} {'seconds':>8} {'peak MB':>8} {'MB':>6}  rows read back equal by")
        for form, name in FILES.items():
            path = Path(beside) / name
            files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
            size = sum(file.stat().st_size for file in files)
            said = []
            for loader, load in _loaders(form, path, Path(beside) / "cache"):
                rows = load()
                equal = _same(form, rows, expected)
                wrong += not equal
                said.append(f"{loader} {len(rows):,}{'' if equal else ' DIFFERS'}")
            seconds, peak = spent[form]
            if seconds > SECONDS or peak > KILOBYTES:
                wrong += 1
                said.append("TOO MUCH")
            print(
                f"{form:18} {seconds:8.1f} {peak / 1e3:8.0f} {size / 1e6:6.1f}  {', '.join(said)}",
                flush=True,
            )
    sys.exit(1 if wrong else 0)


def _pool(run: Path) -> Iterable[Triple]:
    with (run / "pool.jsonl").open(encoding="ascii") as file:
        for task in map(json.loads, file):
            for instance in task["instances"]:
                yield task["instruction"], instance["input"], instance["output"]


def _export(run: Path, form: str, path: Path) -> tuple[float, int]:
    """Return wall seconds and peak kilobytes."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "selfinstruct", "export", run, "--format", form, "-o", path],
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"the export as {form} failed")
    return time.perf_counter() - begun, usage.ru_maxrss


def _loaders(form: str, path: Path, cache: Path) -> Iterable[tuple[str, Callable[[], Any]]]:
    if path.suffix == ".json":
        yield "json", lambda: json.loads(path.read_text("utf-8"))
    elif path.suffix == ".jsonl":
        yield "json", lambda: [json.loads(line) for line in path.open(encoding="utf-8")]
    elif form == "csv":
        yield "csv", lambda: list(csv.DictReader(path.open(encoding="utf-8", newline="")))
    elif form == "parquet":
        from pyarrow import parquet  # noqa: PLC0415 - an extra

        yield "pyarrow", lambda: parquet.read_table(path).to_pylist()
    if path.is_file() and importlib.util.find_spec("pandas"):
        yield "pandas", lambda: _with_pandas(path)
    if importlib.util.find_spec("datasets"):
        yield "datasets", lambda: _with_datasets(path, cache)


def _with_pandas(path: Path) -> list[Any]:
    import pandas as pd  # noqa: PLC0415 - comes with an extra

    if path.suffix == ".csv":
        frame = pd.read_csv(path, keep_default_na=False)
    elif path.suffix == ".parquet":
        frame = pd.read_parquet(path)
    else:
        lines = path.suffix == ".jsonl"
        frame = pd.read_json(path, lines=lines, dtype=False)
    return list(frame.to_dict("records"))


def _with_datasets(path: Path, cache: Path) -> list[Any]:
    from datasets import (  # noqa: PLC0415 - an extra
        concatenate_datasets,
        disable_progress_bars,
        load_dataset,
    )

    disable_progress_bars()
    if path.is_dir():
        parts = load_dataset(str(path), cache_dir=str(cache))
        return list(concatenate_datasets(list(parts.values())))
    kind = {".csv": "csv", ".parquet": "parquet"}.get(path.suffix, "json")
    more = {"keep_default_na": False} if kind == "csv" else {}
    return list(
        load_dataset(kind, data_files=str(path), split="train", cache_dir=str(cache), **more)
    )


def _same(form: str, rows: list[Any], expected: list[Triple]) -> bool:
    """Compare texts; a folder's two splits together, in any order."""
    if form in {"alpaca", "csv", "parquet", "huggingface"}:
        found: list[Any] = [(row["instruction"], row["input"], row["output"]) for row in rows]
        wanted: list[Any] = expected
        if form == "huggingface":
            return len({row["id"] for row in rows}) == len(rows) and sorted(found) == sorted(wanted)
        return found == wanted
    asked = [f"{one}\n\n{two}" if two else one for one, two, _ in expected]
    outputs = [output for _, _, output in expected]
    if form == "sharegpt":
        chats = [[turn["value"] for turn in row["conversations"]] for row in rows]
    elif form == "prompt-completion":
        return len(rows) == len(expected) and all(
            row["completion"] in {output, f" {output}"}
            and one in row["prompt"]
            and two in row["prompt"]
            for row, (one, two, output) in zip(rows, expected, strict=True)
        )
    else:
        chats = [[message["content"] for message in row["messages"]] for row in rows]
    return chats == [list(pair) for pair in zip(asked, outputs, strict=True)]


if __name__ == "__main__":
    main()
