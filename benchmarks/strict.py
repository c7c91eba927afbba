"""Hold the strict recipes, and those they are based on, against what other runs decided.

    python -m benchmarks.strict [--data ../shared/data] [--show]

Recorded runs of the reference and of Alpaca's code tell what they kept. Each recipe decides on the
same replies, instances and records, with the same pool; printed are the tables of
docs/differences.md, and with --show each decision that differs. What the reference says of a text
is written from the facts of its behaviour, to tell why.
"""

from __future__ import annotations

import argparse
import os
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.replies import STAGES, lines, plain, reference_items, rows
from selfinstruct.method.filters import keep_instances
from selfinstruct.method.recipe import parse_recipe
from selfinstruct.method.registry import index_of, parts
from selfinstruct.method.seeds import parse_seeds
from selfinstruct.method.types import (
    Asked,
    Candidates,
    Decoding,
    Instance,
    Key,
    Origin,
    Reply,
    Request,
    Shot,
    Task,
)
from selfinstruct.run.inputs import fit_recipe, read_recipe, read_seeds

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.replies import Row
    from selfinstruct.method.recipe import Recipe
    from selfinstruct.method.registry import Parts
    from selfinstruct.method.rouge import RougeIndex

HERE = Path(__file__).resolve().parent
FILES = (
    "davinci_leadawon",
    "davinci_eztableai",
    "llama3_8b_kissshhot",
    "llama31_8b_instruct_thegame2102",
    "gpt35turbo1106_yi34b_mxk1",
    "falcon7b_han_shanshan",
)
"""Replies of English runs that tell what was kept; the Korean run had rules of its own."""
RUNS = {"run_davinci_leadawon": False, "run_qwen15_qwen_self_instruct": True}
"""Complete runs, and whether a model wrote their inputs."""


class Made(NamedTuple):
    """A recipe and its parts, for completion as the recorded runs were."""

    recipe: Recipe
    parts: Parts


class Given(NamedTuple):
    """A recorded reply, and what its source kept of it, as `alike` gives it."""

    row: Row
    kept: set[str]


def made(name: str) -> Made:
    """Return a recipe by its name."""
    recipe = parse_recipe(fit_recipe(read_recipe(name), "", asked=False), name)
    data, source = read_seeds(None)
    return Made(recipe, parts(recipe, parse_seeds(data, source), protocol="completion"))


def alike(text: str) -> str:
    """Return the form in which a text is the same for both: the reference changes letter case."""
    return plain(text).casefold()


class Tally:
    """Decisions on things that both could keep, and why those that differ do."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.both = self.neither = 0
        self.differ: Counter[str] = Counter()
        self.shown: dict[str, list[str]] = defaultdict(list)

    def add(self, theirs: str, ours: str, what: str) -> None:
        """Count one: each side is "" for what is kept, else its reason."""
        if bool(theirs) == bool(ours):
            self.both += not ours
            self.neither += bool(ours)
            return
        why = f"kept by us alone: {theirs}" if theirs else f"kept by them alone: {ours}"
        self.differ[why] += 1
        self.shown[why].append(what)

    def show(self, *, texts: bool) -> str:
        """Return lines of the table, one for each way of differing."""
        total = self.both + self.neither + sum(self.differ.values())
        figures = (total, self.both, self.neither, sum(self.differ.values()))
        said = [f"| {self.name} |" + "".join(f" {figure:,} |" for figure in figures)]
        for why, count in self.differ.most_common():
            said.append(f"    {count:>5} {why}")
            said += [f"          {what[-150:]!r}" for what in self.shown[why]] if texts else []
        return "\n".join(said)


# --- instructions ------------------------------------------------------------------------------


def said_by_rules(one: Made, text: str) -> str:
    """Return why filters of instructions turn a text down, or ""."""
    task = Task(Origin(0, 0), text)
    found = next(filter(None, (rule(task) for rule in one.parts.filters)), None)
    return found.reason if found else ""


def near(index: RougeIndex, text: str) -> str:
    """Return why ROUGE-L turns a text down, or ""."""
    match = index.nearest(text)
    return "near-duplicate" if match is not None and match.score > index.threshold else ""


def nearest(index: RougeIndex, text: str) -> str:
    """Return how near the nearest of the pool is."""
    match = index.nearest(text)
    return "" if match is None else f"{match.score:.3f}"


def shots_of(row: Row) -> list[str]:
    """Return the instructions that a recorded prompt shows."""
    pieces = [line.partition(". ") for line in (row.prompt or "").split("\n")]
    return [text for number, dot, text in pieces if number.isdigit() and dot]


def instructions(data: Path, one: Made, strict: Made) -> Iterable[Tally]:
    """Decide on the items of each reply with the pool as its source had it."""
    public = [
        line["instruction"]
        for line in lines(data / "instructions_en.jsonl.gz")
        if line["source"].endswith("seed_tasks.jsonl")
    ]
    for file in FILES:
        tally = Tally(file)
        recorded = lines(data / "replies" / f"{file}.jsonl")
        both = [
            (row, {alike(text) for text in line["accepted_by_source"]}, line["source"])
            for row, line in zip(rows(data, file, STAGES[0]), recorded, strict=True)
            if row.stage == STAGES[0]
        ]
        for source in dict.fromkeys(source for *_, source in both):
            mine = [(row, accepted) for row, accepted, of in both if of == source]
            machine = {text for _, accepted in mine for text in accepted}
            shots = {alike(shot): shot for row, _ in mine for shot in shots_of(row)}
            index = index_of(one.recipe)
            index.extend([*public, *(shots[form] for form in shots if form not in machine)])
            for row, accepted in mine:
                decide(tally, (one, strict), Given(row, accepted), index)
        yield tally


def decide(tally: Tally, recipes: tuple[Made, Made], reply: Given, index: RougeIndex) -> None:
    """Decide on what either side reads in a reply; then the pool grows by what the source kept."""
    (one, strict), (row, accepted) = recipes, reply
    theirs = {alike(str(item)): str(item) for item in reference_items(row)}
    request = Request(Key("generate", 0), (), Decoding(), "completion", "")
    asked = Asked(request, tuple(Shot("", shot) for shot in shots_of(row)), 9)
    answer = Reply(Key("generate", 0), "", "text", row.reply, finish=row.finish or "")
    read = one.parts.source.read(asked, answer)
    items = read.items if isinstance(read, Candidates) else ()
    ours = {alike(item.instruction): item.instruction for item in items}
    mine: set[str] = set()
    for form in dict.fromkeys([*theirs, *ours, *sorted(accepted)]):
        text = ours.get(form) or theirs.get(form) or form
        verdict = said_by_rules(one, text) or near(index, text) if form in ours else "not read so"
        if form in accepted:
            reason = ""
        elif form not in theirs:
            reason = "read otherwise"
        else:
            said = said_by_rules(strict, text) or near(index, text)
            reason = said or "a rule or seed task that the run does not tell"
        tally.add(reason, verdict, f"{text} [{nearest(index, text)}]")
        if form in accepted and form not in mine:
            index.add(text)
            mine.add(form)


# --- instances ---------------------------------------------------------------------------------


def instances(data: Path, one: Made) -> Iterable[Tally]:
    """Decide on the instances of each instruction, against what the run kept for training.

    The first tally of a run is of rules alone, on what it kept; the second of reading too, where
    the model wrote its inputs.
    """
    step = one.parts.steps[1]
    for run, own_inputs in RUNS.items():
        kept = defaultdict(set)
        for line in lines(data / run / "finetuning_data" / "all_generated_instances.jsonl"):
            kept[line["instruction"]].add(Instance(line["input"].strip(), line["output"].strip()))
        rules = Tally(f"{run}, what it kept")
        for instruction, pairs in kept.items():
            for pair in pairs:
                task = Task(Origin(0, 0), instruction)
                _, turned = keep_instances(task, [pair], one.parts.instance_filters)
                rules.add("", turned.reason if turned else "", shown(instruction, pair))
        yield rules
        if not own_inputs:
            continue
        tally = Tally(f"{run}, read anew")
        kinds = {row.instruction: row.reply for row in rows(data, run, STAGES[1])}
        for row in rows(data, run, STAGES[2]):
            kind = kinds.get(row.instruction, "").strip().lower() == "yes"
            task = Task(Origin(0, 0), row.instruction, is_classification=kind)
            reply = Reply(Key("instances", 0), "", "text", row.reply, finish=row.finish or "")
            found = step.read(task, (reply,))
            reason = getattr(found, "reason", "no instance")
            ours = {bare(each) for each in getattr(found, "instances", ())}
            theirs = {bare(each) for each in kept[row.instruction]}
            as_they_read = {item for item in reference_items(row) if isinstance(item, tuple)}
            for pair in sorted(ours | theirs):
                said = "not told" if pair in as_they_read else "read otherwise"
                tally.add(
                    "" if pair in theirs else said,
                    "" if pair in ours else "read otherwise" if reason == "no instance" else reason,
                    shown(row.instruction, pair),
                )
            if not ours | theirs:
                tally.add("none", "none", row.instruction)
        yield tally


def bare(pair: Instance) -> Instance:
    """Return an instance with its blanks collapsed."""
    return Instance(*map(plain, pair))


def shown(instruction: str, pair: Instance) -> str:
    """Return an instance on one line."""
    return plain(" | ".join((instruction, *pair)))


# --- complete records --------------------------------------------------------------------------


def records(data: Path, one: Made) -> Iterable[Tally]:
    """Decide on complete records as their sources parsed them, in their order.

    Those of alpaca-libre are not in the order of its decisions: ROUGE-L is left out there, with
    what it found too similar.
    """
    for name, order in (("alpaca_regen", True), ("alpaca_libre", False)):
        tallies: dict[str, Tally] = {}
        indexes: dict[str, RougeIndex] = {}
        for line in lines(data / f"parsed_records_{name}.jsonl.gz"):
            text, status = plain(line["instruction"]), line.get("status", "ok")
            if status == "too similar":
                continue
            tally = tallies.setdefault(line["source"], Tally(line["source"]))
            index = indexes.setdefault(line["source"], index_of(one.recipe))
            pair = Instance(line["input"].strip(), line["output"].strip())
            verdict = said_by_rules(one, text)
            if not verdict:
                task = Task(Origin(0, 0), text)
                _, turned = keep_instances(task, [pair], one.parts.instance_filters)
                verdict = turned.reason if turned else near(index, text)
            what = f"{shown(text, pair)} [{nearest(index, text)}]"
            tally.add("" if status == "ok" else status, verdict, what)
            if order:
                index.add(text)
        yield from tallies.values()


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    default = os.environ.get("SELFINSTRUCT_SHARED_DATA", str(HERE.parents[1] / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=Path(default))
    parser.add_argument("--show", action="store_true", help="each decision that differs")
    options = parser.parse_args()
    strict = made("self-instruct-strict")
    head = "|---|--:|--:|--:|--:|"
    for name in ("self-instruct-strict", "self-instruct"):
        one = made(name)
        for what, tallies in (
            ("instructions", instructions(options.data, one, strict)),
            ("instances", instances(options.data, one)),
        ):
            print(f"\n| {name}: {what} | all | both keep | neither | differ |\n{head}")
            for tally in tallies:
                print(tally.show(texts=options.show))
    for name in ("alpaca-strict", "alpaca"):
        print(f"\n| {name}: records | all | both keep | neither | differ |\n{head}")
        for tally in records(options.data, made(name)):
            print(tally.show(texts=options.show))


if __name__ == "__main__":
    main()
