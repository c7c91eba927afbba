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
from .frames import Frame, Pair
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

_SUMS = [list(accumulate(frame.weight for frame in frames)) for _, frames in _GROUPS]
_SHARES = list(accumulate(share for share, _ in _GROUPS))


def _draw_frame(group: int, dice: Dice) -> Frame:
    totals = _SUMS[group]
    return _GROUPS[group][1][bisect(totals, dice.below(totals[-1]))]


def compose(dice: Dice, *, classification: bool = False) -> str:
    """Return an instruction; with `classification` one that asks for a label."""
    group = 0 if classification else min(bisect(_SHARES, dice.unit()), len(_GROUPS) - 1)
    return _draw_frame(group, dice).compose(dice)


def _index() -> dict[str, list[Frame]]:
    table: dict[str, list[Frame]] = {}
    frames = [frame for _, group in _GROUPS for frame in group]
    for frame in sorted(frames, key=lambda frame: -frame.literal):
        start = frame.pieces[0]
        table.setdefault(start[:4] if len(start) >= 4 else "", []).append(frame)  # noqa: PLR2004
    return table


_BY_START = _index()


@lru_cache(maxsize=8192)
def recognise(instruction: str) -> tuple[Frame, dict[str, str]] | None:
    """Return the frame and slots that give this instruction, or None when no frame does."""
    for start in (instruction[:4], ""):
        for frame in _BY_START.get(start, ()):
            slots = frame.match(instruction)
            if slots is not None:
                return frame, slots
    return None


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
