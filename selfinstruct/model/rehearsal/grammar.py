"""The grammar of the simulated service: tasks of many shapes, and what is known of each.

`compose` draws an instruction. `is_classification` and `instances` depend on nothing but the text
of an instruction, and have an answer for every text, the grammar's own or not.
"""

from __future__ import annotations

import re
from bisect import bisect
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING

from . import label_tasks, open_tasks, prose, sums, text_tasks
from .dice import Dice
from .frames import Frame, Pair, fill
from .prose import capital

if TYPE_CHECKING:
    from collections.abc import Sequence

_GROUPS: tuple[tuple[float, tuple[Frame, ...]], ...] = (
    (0.25, label_tasks.FRAMES),
    (0.51, open_tasks.FRAMES),
    (0.13, sums.FRAMES),
    (0.11, text_tasks.FRAMES),
)
"""Share of each family of tasks among drawn instructions."""

_TOTALS = [list(accumulate(frame.weight for frame in frames)) for _, frames in _GROUPS]
_SHARES = list(accumulate(share for share, _ in _GROUPS))

LEADS = (
    "You work for {org}.",
    "{name} is {who}.",
    "This comes from a course on {topic}.",
    "After {mishap}, {org} needs help.",
    "The reader is {who}.",
    "Think of {place} {circ}.",
    "Somebody in {place} asks this.",
    "{org} posted a request.",
    "Take {object} as the prize.",
    "A newsletter on {subject} and {subject2} wants this.",
    "I run {org} {circ}.",
    "We met {who} at {place}.",
)
"""Sentences that may stand before a short task; they change nothing about it."""
SHORT = 80
"""Characters; a task below that gets a lead every second time."""


def compose(dice: Dice, *, classification: bool = False) -> str:
    """Return an instruction; with `classification` one that asks for a label."""
    group = 0 if classification else min(bisect(_SHARES, dice.unit()), len(_GROUPS) - 1)
    totals = _TOTALS[group]
    frame = _GROUPS[group][1][min(bisect(totals, dice.unit() * totals[-1]), len(totals) - 1)]
    text = frame.compose(dice)
    if len(text) < SHORT and dice.chance(0.5):
        return f"{capital(fill(dice.pick(LEADS), dice))} {text}"
    return text


def _index() -> list[tuple[int, dict[str, list[Frame]]]]:
    """Return the frames by how their first literal piece is long, then by that piece."""
    table: dict[int, dict[str, list[Frame]]] = {}
    frames = [frame for _, group in _GROUPS for frame in group]
    for frame in sorted(frames, key=lambda frame: -frame.literal):
        start = frame.pieces[0]
        table.setdefault(len(start), {}).setdefault(start, []).append(frame)
    return sorted(table.items(), reverse=True)


_BY_START = _index()


def _match(instruction: str) -> tuple[Frame, dict[str, str]] | None:
    for width, rows in _BY_START:
        for frame in rows.get(instruction[:width], ()):
            slots = frame.match(instruction)
            if slots is not None:
                return frame, slots
    return None


@lru_cache(maxsize=8192)
def recognise(instruction: str) -> tuple[Frame, dict[str, str]] | None:
    """Return the frame and slots that give this instruction, or None when no frame does."""
    found = _match(instruction)
    if found is None and ". " in instruction:
        found = _match(instruction.partition(". ")[2])
    return found


_ASKS_LABEL = re.compile(
    r"^(classify|categori[sz]e|label|tag|assign|decide (whether|if)|determine (whether|if)|"
    r"identify (whether|if)|tell (me )?(whether|if)|detect|does the|is the|are the|which category|"
    r"predict (whether|if)|judge (whether|if))\b|\byes or no\b|\btrue or false\b",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"[\"'\u201c\u2018]([\w -]{2,24})[\"'\u201d\u2019]")
_CHOICE = re.compile(r"\b([\w-]+(?:, [\w-]+)*),? or ([\w-]+)")
_PLAIN = re.compile(r"[A-Za-z]{5,}")


def is_classification(instruction: str) -> bool:
    """Tell whether the instruction is a classification task."""
    found = recognise(instruction)
    if found is not None:
        return found[0].classification
    return bool(_ASKS_LABEL.search(instruction))


def _about(instruction: str) -> str:
    chosen = _PLAIN.findall(instruction)[1:]
    return " ".join(chosen[-3:]).lower() or "the matter at hand"


def _guess(instruction: str, dice: Dice) -> Sequence[Pair]:
    """Return instances for an instruction that no frame gives."""
    about = _about(instruction)
    if is_classification(instruction):
        labels = list(dict.fromkeys(_QUOTED.findall(instruction)))
        if len(labels) < 2:  # noqa: PLR2004
            choice = _CHOICE.search(instruction)
            labels = [*choice.group(1).split(", "), choice.group(2)] if choice else ["Yes", "No"]
        chosen = dice.some(labels, dice.between(1, 2))
        return [Pair(prose.paragraph(about, dice, 2), capital(label)) for label in chosen]
    if dice.chance(0.6):
        return [Pair("", prose.paragraph(about, dice, 3))]
    return [Pair(prose.paragraph(about, dice, 2), prose.story(about, dice))]


@lru_cache(maxsize=8192)
def instances(instruction: str) -> tuple[Pair, ...]:
    """Return one to three instances of the task; no two of them share an input."""
    dice = Dice("instances", instruction)
    found = recognise(instruction)
    pairs = found[0].make(found[1], dice) if found is not None else _guess(instruction, dice)
    different = {pair.input: pair for pair in pairs if pair.input != pair.output}
    return tuple(different.values()) or (Pair("", prose.paragraph(_about(instruction), dice, 3)),)
