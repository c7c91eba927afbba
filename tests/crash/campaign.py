"""Kills, signals and failing disks at each named step, and what they cost: it must be nothing.

Usage: python -m tests.crash.campaign [N] [--seed S] [--minutes M]

Each step is hit at least N times by SIGKILL, SIGTERM, SIGINT, and the latter two twice, before and
after it; 5 N processes are hit by each of these at random moments, and by power cuts, and each step
fails by each error of a disk at least once. No part takes longer than M minutes. It prints a table,
and ends with 1 if anything was lost, asked twice, said badly, or came out otherwise than in a run
that nothing disturbed.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from selfinstruct.store.journal import Entry, decode
from tests.crash.faults import Plan
from tests.crash.lives import Nursery

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.crash.lives import Life

KILLS = {"SIGKILL": ("SIGKILL", 0), "SIGTERM": ("SIGTERM", 0), "SIGINT": ("SIGINT", 0)}
SIGNALS = {**KILLS, "SIGINT twice": ("SIGINT", 1), "SIGTERM twice": ("SIGTERM", 1)}
ERRORS = ("ENOSPC", "EIO", "EROFS", "EACCES", "EFBIG", "EDQUOT")
DERIVED = ("pool.jsonl", "rejected.jsonl")
CODES = {"SIGKILL": {-9}, "SIGINT": {130, 0}, "SIGTERM": {143, 0, -15}, "": {0}}
"""How a life may end, by what happened to it; 0 where it was at its end already."""


@dataclass
class Table:
    """What was tried and what came of it, by (fault, step)."""

    hits: Counter[tuple[str, str]] = field(default_factory=Counter)
    lost: Counter[tuple[str, str]] = field(default_factory=Counter)
    twice: Counter[tuple[str, str]] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    lives: int = 0

    def add(self, fault: str, step: str, lost: int = 0, twice: int = 0) -> None:
        """Count a hit."""
        self.hits[fault, step] += 1
        self.lost[fault, step] += lost
        self.twice[fault, step] += twice

    def problem(self, what: str) -> None:
        """Note what is wrong, and tell it at once."""
        self.problems.append(what)
        sys.stderr.write(f"PROBLEM {what}\n")

    def show(self) -> str:
        """Return the table: a line for each fault and step, and sums."""
        lines = ["| fault | step | times hit | lost | asked twice |", "|---|---|--:|--:|--:|"]
        lines += [
            f"| {fault} | {step} | {count:,} | {self.lost[fault, step]} | "
            f"{self.twice[fault, step]} |"
            for (fault, step), count in sorted(self.hits.items())
        ]
        lines += ["", "| fault | steps | times hit | lost | asked twice |", "|---|--:|--:|--:|--:|"]
        for fault in sorted({fault for fault, _ in self.hits}):
            rows = [row for row in self.hits if row[0] == fault]
            lines.append(
                f"| {fault} | {len(rows)} | {sum(self.hits[row] for row in rows):,} | "
                f"{sum(self.lost[row] for row in rows)} | {sum(self.twice[row] for row in rows)} |"
            )
        lines.append("")
        lines.append(f"{self.lives:,} processes, {len(self.problems)} problems")
        return "\n".join(lines)


class Campaign:
    """Runs that are begun, disturbed, gone on with, and held against one that nothing disturbed."""

    def __init__(self, nursery: Nursery, dice: random.Random, texts: Sequence[str] = ("",)) -> None:
        self.nursery = nursery
        self.texts = texts
        self.dice = dice
        self.table = Table()
        self.number = 0
        self.run = self._fresh()
        first = nursery.live(nursery.generate(self.run))
        again = nursery.live(nursery.generate(self.run))
        assert (first.code, again.code) == (0, 0), first.said + again.said
        self.wanted = [(self.run / name).read_bytes() for name in DERIVED]
        self.steps = first.steps | again.steps
        self.run = self._fresh()
        nursery.live(nursery.generate(self.run), Plan("SIGKILL", "journal.jsonl write", nth=5))
        later = nursery.live(nursery.generate(self.run)).steps
        self.steps |= later
        self.first = set(first.steps - later)
        self.run = self._fresh()
        self.left = 0
        self.synced = 0
        self.until = math.inf
        self.offset = nursery.asked(0)[1]

    def wants(self, step: str) -> bool:
        """Tell whether a step is one of those asked for."""
        return any(text in step for text in self.texts)

    def _fresh(self) -> Path:
        self.number += 1
        self.left = self.dice.randint(1, 4)
        self.synced = 0
        return self.nursery.runs / f"run{self.number}"

    def live(
        self,
        fault: str,
        plan: Plan | None = None,
        signals: tuple[tuple[float, int], ...] = (),
        *,
        jumps: bool = False,
        power: bool = False,
    ) -> bool:
        """Live once in the run at hand, and check it; return whether the fault hit."""
        nursery, run, table = self.nursery, self.run, self.table
        if time.monotonic() > self.until:
            raise TimeoutError
        before = _whole(run / "journal.jsonl")
        recorded = _keys(before)
        life = nursery.live(nursery.generate(run), plan, signals, jumps=jumps)
        table.lives += 1
        self.last = life
        self.steps |= life.steps
        asked, self.offset = nursery.asked(self.offset)
        ours = [key for name, key in asked if name == run.name]
        after = _whole(run / "journal.jsonl")
        lost = 0 if after.startswith(before) else len(recorded - _keys(after)) or 1
        twice = sum(key in recorded for key in ours)
        twice += sum(count - 1 for count in Counter(ours).values())
        hit = bool(life.hits) or (bool(signals) and life.code != 0)
        what = f"{fault} at {plan or signals} in {run.name}"
        if lost or twice:
            table.problem(f"{what}: {lost} lost, {twice} asked twice")
        check_words(table, what, life, plan, run.name)
        if hit:
            table.add(fault, life.hits[0][0] if life.hits else "any moment", lost, twice)
        self.synced = max(self.synced, life.synced.get("journal.jsonl", 0))
        if power:
            self._cut()
        return hit

    def end(self, why: str) -> None:
        """Go on undisturbed to the end, compare, and take the next run."""
        run, table = self.run, self.table
        self.live(f"end of {why}")
        found = [_bytes(run / name) for name in DERIVED]
        if self.last.code or found != self.wanted:
            said = self.last.said[-1500:]
            table.problem(f"{why}: {run.name} ends with {self.last.code}: {said}")
        else:
            shutil.rmtree(run)
        self.run = self._fresh()

    def next(self, why: str) -> None:
        """Count a life of the run at hand; end it when it had enough."""
        self.left -= 1
        if self.left <= 0:
            self.end(why)

    def _cut(self) -> None:
        """Take away what a power cut may take: all that was not synced, in part or whole."""
        journal = self.run / "journal.jsonl"
        if journal.exists():
            size = journal.stat().st_size
            keep = self.dice.randint(min(self.synced, size), size)
            with journal.open("r+b") as file:
                file.truncate(keep)
                if self.dice.random() < 0.5:
                    file.truncate(size)  # its length was written, its bytes were not
        for name in (*DERIVED, "progress.json", "events.jsonl"):
            path = self.run / name
            if path.exists():
                data = path.read_bytes()
                keep = self.dice.randint(0, len(data))
                path.write_bytes(data[:keep] + bytes(self.dice.choice((0, len(data) - keep))))


def check_words(
    table: Table, what: str, life: Life, plan: Plan | None, folder: str, *others: str
) -> None:
    """Hold what a life said and its exit code against what is promised.

    Args:
        table: gets the problems.
        what: was done to it.
        life: as it ended.
        plan: what was planned for it.
        folder: name of the folder in which it worked.
        others: what may be named in place of a file below it.
    """
    for word in ("Traceback", "Exception ignored", "never retrieved", "never awaited"):
        if word in life.said:
            table.problem(f"{what}: {word}: {life.said[-1500:]}")
            return
    if plan is None or plan.action.startswith("SIG") or not life.hits:
        return
    if life.code == 3 and "neither can be made anew" in life.said:
        return  # the run's own files are damaged where nobody may write
    if life.code not in {0, 2, 4}:
        table.problem(f"{what}: exit {life.code}: {life.said[-1500:]}")
    elif life.code:
        name = plan.step.split()[0].removesuffix(".new").partition("/")[0]
        name = folder if name == "folder" else name
        if "cannot " not in life.said or not any(each in life.said for each in (name, *others)):
            table.problem(f"{what}: does not name {name}: {life.said[-1500:]}")


def _bytes(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def _whole(journal: Path) -> bytes:
    data = _bytes(journal)
    return data[: data.rfind(b"\n") + 1]


def _keys(data: bytes) -> set[str]:
    lines = map(decode, data.splitlines(keepends=True))
    return {str(line.reply.key) for line in lines if isinstance(line, Entry)}


SELDOM = 3
"""Misses of a step one after another from which a kill at another step of its file goes before."""


def at_each_step(campaign: Campaign, count: int) -> None:
    """Send each signal at each step, before and after, `count` times in all."""
    dice, count = campaign.dice, max(1, count // len(SIGNALS))
    owed: Counter[tuple[str, str]] = Counter()
    missed: Counter[tuple[str, str]] = Counter()
    known: set[str] = set()
    for step in sorted(step for step in campaign.steps if step.endswith((" create", " write"))):
        campaign.live("SIGKILL", Plan("SIGKILL", step, "after"))
        campaign.end("what a kill leaves")  # which shows the steps that only lead there
    while True:
        for step in filter(campaign.wants, campaign.steps.keys() - known):
            owed.update({(fault, step): count for fault in SIGNALS})
            known.add(step)
        waiting = sorted(row for row, left in owed.items() if left and missed[row] < 40 + count)
        if not waiting:
            break
        fresh = not campaign.run.exists()
        apt = [row for row in waiting if (row[1] in campaign.first) == fresh]
        if not apt and not fresh:
            campaign.end("kills")
        fault, step = dice.choice(apt or waiting)
        action, more = SIGNALS[fault]
        nth = dice.randint(1, min(3, campaign.steps[step]))
        when = ("before", "after")[owed[fault, step] % 2]
        if missed[fault, step] > SELDOM:  # what a kill leaves behind may lead there
            file = step.rpartition(" ")[0]
            same = sorted(each for each in campaign.steps if each.rpartition(" ")[0] == file)
            campaign.live("SIGKILL", Plan("SIGKILL", dice.choice(same), "after"))
            nth = 1
        if campaign.live(fault, Plan(action, step, when, nth, more)):
            owed[fault, step] -= 1
            missed[fault, step] = 0
        else:
            missed[fault, step] += 1
        campaign.next("kills")
    for row, left in owed.items():
        if left:
            campaign.table.problem(f"{row} was hit {count - left} times of {count}")


def at_random(campaign: Campaign, count: int) -> None:
    """Send each signal at random moments, once or twice."""
    for _ in range(count):
        for fault, (action, more) in SIGNALS.items():
            number = getattr(signal, action)
            for _ in range(20):
                first = (campaign.dice.uniform(0.0, 0.5), number)
                then = ((campaign.dice.expovariate(50), number),) * more
                if campaign.live(fault, None, (first, *then)):
                    break
                campaign.next("random kills")
            campaign.next("random kills")


def failing_disk(campaign: Campaign, count: int) -> None:
    """Let each call fail, once or from then on, by each error."""
    steps = sorted(campaign.steps)
    campaign.dice.shuffle(steps)
    for _ in range(count):
        for step in steps:
            for error in ERRORS:
                if (step, error) == (".lock lock", "EACCES"):
                    continue  # so some file systems say that another process holds it
                for _ in range(8):
                    nth = campaign.dice.randint(1, min(3, campaign.steps[step]))
                    lasting = campaign.dice.random() < 0.5
                    if campaign.live(error, Plan(error, step, "error", nth, lasting=lasting)):
                        break
                    campaign.end("errors")
                campaign.next("errors")


def power_cuts(campaign: Campaign, count: int) -> None:
    """Kill at random moments and steps, and take away what was not synced."""
    steps = sorted(step for step in campaign.steps if step.split()[1] in {"write", "fsync"})
    for turn in range(count):
        if turn % 2:
            campaign.live(
                "power cut", None, ((campaign.dice.uniform(0.1, 0.4), signal.SIGKILL),), power=True
            )
        else:
            step = campaign.dice.choice(steps)
            nth = campaign.dice.randint(1, campaign.steps[step])
            campaign.live("power cut", Plan("SIGKILL", step, "after", nth), power=True)
        campaign.next("power cuts")


def jumping_clock(campaign: Campaign, count: int) -> None:
    """Kill at random moments under a clock that jumps."""
    for _ in range(count):
        delay = campaign.dice.uniform(0.1, 0.5)
        campaign.live("clock jumps", None, ((delay, signal.SIGKILL),), jumps=True)
        campaign.next("jumps")


def live_views(campaign: Campaign, count: int) -> None:
    """Look at runs while they go on: each look is whole, and a beginning of the end."""
    nursery, table = campaign.nursery, campaign.table
    looks: dict[str, list[str]] = {}
    for turn in range(count):
        run, out = campaign.run, nursery.root / "seen.json"
        looks = {
            "status": ["status", str(run), "--json"],
            "export": ["export", str(run), "-o", str(out)],
            "stats": ["stats", str(run), "--json"],
        }
        child = nursery.begin(
            nursery.generate(run), None, nursery.root / "log2", nursery.root / "out2"
        )
        seen: list[list[object]] = []
        ended = 0
        while not ended:
            for name, words in looks.items():
                if not (run / "journal.jsonl").exists():
                    continue
                life = nursery.live(words)
                table.lives += 1
                check_words(table, f"live {name}", life, None, run.name)
                table.add("looked at while it went on", name, int(life.code != 0))
                if life.code:
                    table.problem(f"live {name}: {life.code}: {life.said[-1500:]}")
                elif name == "export":
                    seen.append(json.loads(out.read_bytes()))
            ended, code = os.waitpid(child, os.WNOHANG)
        table.lives += 1
        campaign.offset = nursery.asked(campaign.offset)[1]
        nursery.live(looks["export"])
        whole = json.loads(out.read_bytes())
        if code or any(rows != whole[: len(rows)] for rows in seen):
            table.problem(f"look {turn}: {run.name} ended with {code}, or an export was no prefix")
        campaign.end("looks")


def main() -> int:
    """Run it all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=24 * 60.0)
    parser.add_argument("--only", default="", help="names of parts, separated by commas")
    parser.add_argument("--steps", default="", help="parts of the steps' names, as above")
    arguments = parser.parse_args()
    count, begun = arguments.count, time.monotonic()
    with tempfile.TemporaryDirectory() as folder, Nursery(Path(folder) / "n") as nursery:
        texts = arguments.steps.split(",")
        campaign = Campaign(nursery, random.Random(arguments.seed), texts)
        for part, times in (
            (at_each_step, count),
            (power_cuts, 5 * count),
            (jumping_clock, 2 * count),
            (failing_disk, -(-count // 20)),
            (live_views, count),
            (at_random, 5 * count),
        ):
            if not arguments.only or part.__name__ in arguments.only.split(","):
                campaign.until = time.monotonic() + 60 * arguments.minutes
                with contextlib.suppress(TimeoutError):
                    part(campaign, times)
                campaign.until = math.inf
                campaign.end(part.__name__)
                sys.stderr.write(f"{part.__name__}: {time.monotonic() - begun:.0f} s\n")
        sys.stdout.write(campaign.table.show() + "\n")
    return bool(campaign.table.problems)


if __name__ == "__main__":
    sys.exit(main())
