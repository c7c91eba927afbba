"""The commands that write files beside `generate`: killed at each step, and on a failing disk.

Usage: python -m tests.crash.commands [--every K] [--seed S]

Each step of each command is killed before and after it, and fails by an error of a disk; then the
same command is typed again; where it then says that another made this folder, all must be there. It
prints a table like that of the campaign, and ends with 1 if anything came out otherwise than
undisturbed, or was said badly.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.crash.campaign import ERRORS, Table, check_words
from tests.crash.faults import Plan
from tests.crash.lives import Nursery

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True)
class Command:
    """A command line, and what it leaves, by name; times in it are left out."""

    words: Callable[[Path], list[str]]
    leaves: Callable[[Path], Mapping[str, bytes]]


def _files(*names: str) -> Callable[[Path], Mapping[str, bytes]]:
    """Return a function that reads files and folders below a place, by name."""

    def read(place: Path) -> Mapping[str, bytes]:
        found = {}
        for name in names:
            top = place / name
            for path in [top] if top.is_file() else sorted(top.rglob("*")):
                if path.is_file() and not path.name.startswith("."):
                    found[path.relative_to(place).as_posix()] = path.read_bytes()
        return found

    return read


def _fork(place: Path) -> Mapping[str, bytes]:
    names = ("journal.jsonl", "pool.jsonl", "rejected.jsonl", "recipe", "seed_tasks.jsonl")
    return _files(*(f"new/{name}" for name in names))(place)


def _export(form: str, name: str) -> Command:
    return Command(
        lambda place: ["export", f"{place}/run", "--format", form, "-o", f"{place}/{name}"],
        _files(name),
    )


COMMANDS = {
    "fork": Command(lambda place: ["fork", f"{place}/run", f"{place}/new"], _fork),
    "init": Command(lambda place: ["init", f"{place}/own"], _files("own")),
    "export to a file": _export("alpaca", "out.json"),
    "export to a folder": _export("huggingface", "out"),
    "report": Command(
        lambda place: ["report", f"{place}/run", "-o", f"{place}/out.html"], _files("out.html")
    ),
    "status of a killed run": Command(
        lambda place: ["status", f"{place}/run"],
        _files("run/pool.jsonl", "run/rejected.jsonl", "run/progress.json"),
    ),
}


def disturb(nursery: Nursery, name: str, table: Table, every: int) -> None:
    """Disturb a command at every `every`-th step, in each way."""
    command, place = COMMANDS[name], nursery.runs / "place"
    run = nursery.root / "run"

    def fresh() -> None:
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        shutil.copytree(run, place / "run")

    fresh()
    undisturbed = nursery.live(command.words(place))
    wanted = command.leaves(place)
    assert undisturbed.code == 0, undisturbed.said
    assert wanted
    ways = [("SIGKILL", "before"), ("SIGKILL", "after"), *((error, "error") for error in ERRORS)]
    turn = 0
    for step, count in sorted(undisturbed.steps.items()):
        for nth in sorted({1, count}):
            for action, when in ways:
                turn += 1
                if turn % every or (step, action) == (".lock lock", "EACCES"):
                    continue
                fresh()
                plan = Plan(action, step, when, nth, lasting=turn % 2 == 0)
                life = nursery.live(command.words(place), plan)
                what = f"{name}: {plan}"
                check_words(table, what, life, plan, "place", "own", "/out")
                whole = command.leaves(place) == wanted
                again = nursery.live(command.words(place)) if life.code else life
                table.lives += 2
                lost = 0 if command.leaves(place) == wanted else 1
                if lost or (again.code and not (whole and "it holds other things" in again.said)):
                    table.problem(f"{what}: ends with {again.code}: {again.said[-1500:]}")
                if life.hits:
                    table.add(action, f"{name}: {step}", lost)


def main() -> int:
    """Disturb all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--only", default="", help="name of one command")
    arguments = parser.parse_args()
    table = Table()
    with tempfile.TemporaryDirectory() as folder, Nursery(Path(folder) / "n") as nursery:
        run = nursery.root / "run"
        made = nursery.live(nursery.generate(run))
        assert made.code == 0, made.said
        (run / "progress.json").unlink()
        (run / "pool.jsonl").write_bytes(b"")
        for name in COMMANDS:
            if arguments.only in {"", name}:
                disturb(nursery, name, table, arguments.every)
        sys.stdout.write(table.show() + "\n")
    return bool(table.problems)


if __name__ == "__main__":
    sys.exit(main())
