"""The paper's and Alpaca's filters: their rules and figures, in our words (design notes)."""

from __future__ import annotations

import re
import string
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING

from selfinstruct.method.types import Instance, Rejected

from .patterns import patterns

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from selfinstruct.method.interfaces import Filter
    from selfinstruct.method.types import Task


KEYWORDS = (
    *("image", "images", "graph", "graphs", "picture", "pictures", "file", "files"),
    *("map", "maps", "draw", "plot", "go to"),
)
"""What a text model cannot take or give (Self-Instruct)."""


(_NO_OUTPUT,) = patterns("NO_OUTPUT")


def normal_form(instruction: str) -> str:
    """Return the form in which exact repeats are equal: NFKC, casefold, blanks collapsed."""
    return " ".join(unicodedata.normalize("NFKC", instruction).casefold().split())


def without_options(check: Filter) -> Callable[[], Filter]:
    """Return the factory of a filter that takes no options."""

    def factory() -> Filter:
        return check

    factory.__doc__ = check.__doc__
    return factory


def words(least: int = 4, most: int = 150) -> Filter:
    """Keep instructions of `least` to `most` words, split at blanks."""

    def check(task: Task) -> Rejected | None:
        count = len(task.instruction.split())
        if count < least:
            return Rejected("too few words", count, least)
        return Rejected("too many words", count, most) if count > most else None

    return check


def keywords(words: Sequence[str] = KEYWORDS) -> Filter:
    """Turn down instructions that hold one of these as whole words, in any case."""
    pattern = re.compile(
        r"\b(?:" + "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in words) + r")\b",
        re.IGNORECASE,
    )

    def check(task: Task) -> Rejected | None:
        found = pattern.search(task.instruction)
        return Rejected("keyword", found.group().lower(), "none of the list") if found else None

    return check


def beginning(texts: Sequence[str] = ("Write a program",)) -> Filter:
    """Turn down instructions that begin with one of these, in this very case."""

    def check(task: Task) -> Rejected | None:
        found = next(filter(task.instruction.startswith, texts), None)
        return None if found is None else Rejected("beginning", found, "none of the list")

    return check


def first_character(*, ascii_only: bool = True) -> Filter:
    """Turn down instructions that begin with ASCII punctuation or a character beyond ASCII.

    `ascii_only = false` lets instructions in other scripts pass.
    """

    def check(task: Task) -> Rejected | None:
        first = task.instruction[:1]
        if first in string.punctuation:
            return Rejected("first character", first, "no punctuation")
        if ascii_only and not first.isascii():
            return Rejected("first character", first, "ASCII")
        return None

    return check


@without_options
def empty_output(task: Task) -> Rejected | None:
    """Turn down an empty output, and one that only says that there is none."""
    output = task.instances[0].output
    empty = not output.strip() or _NO_OUTPUT.fullmatch(output)
    return Rejected("empty output", output, "some text") if empty else None


@without_options
def output_repeats_input(task: Task) -> Rejected | None:
    """Turn down an output that is its own input; a change of case is a change."""
    instance = task.instances[0]
    same = instance.input.split() == instance.output.split()
    return Rejected("output repeats input", "equal", "different") if same else None


@without_options
def ends_in_colon(task: Task) -> Rejected | None:
    """Turn down an instance whose input or output ends in a colon: something is missing."""
    instance = task.instances[0]
    named = zip(Instance._fields, instance, strict=True)
    found = next((name for name, value in named if value.endswith(":")), None)
    return Rejected("ends in a colon", found, "no colon") if found else None


def keep_instances(
    task: Task, instances: Sequence[Instance], filters: Sequence[Filter]
) -> tuple[tuple[Instance, ...], Rejected | None]:
    """Return the instances that may stay, and why there is none if there is none.

    Each filter first, given the task with that one instance; then exact duplicates go; then two
    instances with the same non-empty input and different outputs make all of them unreliable
    (paper, section 2.3).
    """
    kept: dict[Instance, None] = {}
    first: Rejected | None = None
    for instance in instances:
        alone = replace(task, instances=(instance,))
        for each in filters:
            if (rejected := each(alone)) is not None:
                first = first or rejected
                break
        else:
            kept[instance] = None
    outputs: dict[str, str] = {}
    for instance in kept:
        given, output = instance
        if given and outputs.setdefault(given, output) != output:
            return (), Rejected("contradiction", given, "one output for each input")
    if not kept:
        return (), first or Rejected("no instance", 0, 1)
    return tuple(kept), None
