"""Runs on given tasks, killed at random moments and gone on with, for each recipe that takes any.

Usage: python -m tests.crash.recipes [N] [--kills K] [--seed S]

A rehearsal run of N tasks is made, and each recipe works on them (`--from`), once undisturbed and
once killed K times with SIGKILL: in turn soon after its start, and when its journal has grown to
some length. It prints a table, and ends with 1 if a whole line of the journal was lost, something
recorded was asked again by a later process, or `pool.jsonl` or `rejected.jsonl` came out otherwise.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from selfinstruct.run.verify import verify
from selfinstruct.store.journal import read
from tests.engine.runs import derived, key_of, ledger, lines
from tests.world import command, environment

RECIPES = ("judge", "answers", "evol", "follow-up", "preferences")


class Row(NamedTuple):
    """What came of one recipe; `lost` and `again` are counts of journal lines and of keys."""

    recipe: str
    replies: int
    complete: int
    rejected: int
    kills: int
    lost: int
    again: int
    same: bool
    problems: list[str]

    def show(self) -> str:
        """Return a line of the table."""
        figures = "".join(f" {figure:,} |" for figure in self[1:7])
        said = "; ".join(self.problems) or "none"
        return f"| {self.recipe} |{figures} {'yes' if self.same else 'NO'} | {said} |"


def begin(run: Path, *words: str | Path) -> subprocess.Popen[bytes]:
    """Begin a run, or go on with it."""
    arguments = command("generate", run, "--model", "rehearsal", *words)
    null = subprocess.DEVNULL
    return subprocess.Popen(arguments, env=environment(), stdout=null, stderr=null)


def end(run: Path, *words: str | Path) -> None:
    """Let a run come to its end.

    Raises:
        AssertionError: if it ends otherwise than with 0.
    """
    code = begin(run, *words).wait()
    assert code == 0, f"{run.name} ended with {code}"


def kill(run: Path, dice: random.Random, reply: int, words: list[str | Path]) -> bool:
    """Kill a run a moment after its journal has so many lines, or its start; False if it ended."""
    process = begin(run, *words)
    while process.poll() is None and lines(run / "journal.jsonl") < reply:
        time.sleep(0.002)
    time.sleep(dice.uniform(0.0, 0.1 if reply else 2.0))
    alive = process.poll() is None
    process.kill()
    process.wait()
    return alive


def whole_lines(run: Path) -> list[bytes]:
    """Return the whole lines of a run's journal."""
    path = run / "journal.jsonl"
    found = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    return [line for line in found if line.endswith(b"\n")]


def asked_later(run: Path) -> list[str]:
    """Return the keys that were asked for by a process that began after their reply was recorded.

    Within one process a late request is asked a second time, and the first answer may come while
    the second request is on its way: that is no fault.
    """
    events = map(json.loads, (run / "events.jsonl").read_bytes().splitlines())
    begun = [_seconds(row["time"]) for row in events if row["event"] in {"started", "resumed"}]
    recorded: dict[str, float] = {}
    for entry in read(run / "journal.jsonl"):
        recorded.setdefault(str(entry.reply.key), _seconds(entry.receipt.time))
    rows = [(key_of(row), row["time"]) for row in ledger(run)]
    return [
        key
        for key, asked in rows
        if key in recorded and any(recorded[key] < start <= asked for start in begun)
    ]


def _seconds(time: str) -> float:
    return datetime.fromisoformat(time).timestamp()


def disturb(base: Path, recipe: str, count: int, kills: int, dice: random.Random) -> Row:
    """Run a recipe on the tasks of a run, undisturbed and disturbed."""
    whole, killed = base.parent / recipe, base.parent / f"{recipe}-killed"
    words: list[str | Path] = ["--recipe", recipe, "--from", base]
    words += ["--target", str(count)] if recipe == "evol" else []
    end(whole, *words)
    replies = lines(whole / "journal.jsonl")
    at = sorted(dice.randint(1, replies) for _ in range(kills))
    hits = lost = 0
    for reply in (point if turn % 2 else 0 for turn, point in enumerate(at)):
        before = whole_lines(killed)
        hits += kill(killed, dice, reply, words)
        lost += sum(a != b for a, b in zip(before, whole_lines(killed), strict=False))
        lost += max(0, len(before) - len(whole_lines(killed)))
    end(killed, *words)
    found = derived(killed)
    complete, rejected = (data.count(b"\n") for data in found)
    return Row(
        recipe,
        replies,
        complete,
        rejected,
        hits,
        lost,
        len(asked_later(killed)),
        found == derived(whole),
        [check.problem for check in verify(killed) if check.problem],
    )


def main() -> int:
    """Disturb all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=2000)
    parser.add_argument("--kills", type=int, default=8)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    dice, bad = random.Random(arguments.seed), False
    head = "recipe", "replies", "complete", "rejected", "kills", "lost", "asked again", "same bytes"
    sys.stdout.write(f"| {' | '.join(head)} | verify found |\n|---|{'--:|' * 6}---|---|\n")
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder) / "base"
        end(base, "--target", str(arguments.count))
        for recipe in RECIPES:
            row = disturb(base, recipe, arguments.count, arguments.kills, dice)
            bad |= bool(row.lost or row.again or row.problems) or not row.same
            sys.stdout.write(row.show() + "\n")
            sys.stdout.flush()
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
