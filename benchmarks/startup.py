"""How long the command line takes to say something, beside a bare Python.

Usage: python benchmarks/startup.py [ROUNDS] (10). Every round starts each command once, so that a
slow minute of the machine hits all of them; medians, and ratios to a bare `python -c pass`.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
TASKS = 200


def seconds(*arguments: str) -> float:
    """Run Python with these arguments; return the seconds it took."""
    begun = time.monotonic()
    subprocess.run(
        [sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True, env=ENVIRONMENT
    )
    return time.monotonic() - begun


def main() -> None:
    """Print the table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    with tempfile.TemporaryDirectory() as work:
        run = str(Path(work) / "run")
        ours = ("-m", "selfinstruct")
        make = ("generate", run, "--model", "rehearsal", "--target", str(TASKS))
        subprocess.run([sys.executable, *ours, *make], check=True, env=ENVIRONMENT)
        ways = {
            "python -c pass": ("-c", "pass"),
            "python -c 'import typer'": ("-c", "import typer"),
            "selfinstruct --help": (*ours, "--help"),
            "selfinstruct generate --help": (*ours, "generate", "--help"),
            f"selfinstruct status RUN, {TASKS} tasks": (*ours, "status", run),
        }
        found: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(rounds):
            for name, arguments in ways.items():
                found[name].append(seconds(*arguments))
    bare = statistics.median(found["python -c pass"])
    print(f"| command, median of {rounds} | seconds | ratio |\n|---|---:|---:|")
    for name, times in found.items():
        median = statistics.median(times)
        print(f"| `{name}` | {median:.3f} | {median / bare:.1f} |")


if __name__ == "__main__":
    main()
