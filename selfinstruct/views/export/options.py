"""What a user asks of an export, written once: the command line and the library follow."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, NamedTuple

from selfinstruct.method.errors import BadInput
from selfinstruct.run.fields import Option, options_in

from .formats import FORMATS

SHARE = 0.05
"""Share of tasks for validation, unless another is asked for."""


class Bounds(NamedTuple):
    """A closed range of numbers."""

    least: float = -math.inf
    most: float = math.inf

    def hold(self, value: float) -> bool:
        """Tell whether the value lies within."""
        return self.least <= value <= self.most

    def __str__(self) -> str:
        return ":".join("" if math.isinf(end) else f"{end:g}" for end in self)


def read_bounds(option: str, texts: Iterable[str]) -> dict[str, Bounds]:
    """Read `name=least:most` options; either end may be left out.

    Raises:
        BadInput: for one that does not read so, or a name given twice.
    """
    found: dict[str, Bounds] = {}
    for text in texts:
        name, equals, ends = text.rpartition("=")
        least, colon, most = ends.partition(":")
        try:
            bounds = Bounds(float(least.strip() or -math.inf), float(most.strip() or math.inf))
        except ValueError:
            bounds = Bounds(math.nan)
        if not (name and equals and colon and bounds.least <= bounds.most):
            raise BadInput(
                f"use {option} {text}",
                "it is not a name with its least and most",
                f"Write {option} NAME=LEAST:MOST; one end may be left out, as in output=:200.",
            )
        if name in found:
            raise BadInput(f"use {option} {text}", f"{name} is given twice", "Give it once.")
        found[name] = bounds
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which rows are wanted. Nothing is asked of a model and nothing in the run changes.

    Filters come first, in the order of the fields, then shuffle, cap per verb and limit. Words are
    what stands between blanks. A score is a number that a step added, found by its name, or by its
    path (`judge.score`) in an object; a task without it is left out, but seed tasks are not. Bounds
    are pairs of least and most, both held. Where an instruction has no root verb there is no cap.
    """

    one_per_task: Annotated[bool, Option("Only the first instance of each task")] = False
    include_seeds: Annotated[bool, Option("The seed tasks first")] = False
    words: Annotated[
        Mapping[str, tuple[float, float]],
        Option(
            "Words that instruction, input or output may have: output=3:200",
            read=partial(read_bounds, "--words"),
        ),
    ] = field(default_factory=dict)
    is_classification: Annotated[
        bool | None,
        Option("Only classification tasks, or only the others", flags=("--classification",)),
    ] = None
    scores: Annotated[
        Mapping[str, tuple[float, float]],
        Option(
            "Bounds of a number that a step of the recipe added: quality=4:",
            flags=("--score",),
            read=partial(read_bounds, "--score"),
        ),
    ] = field(default_factory=dict)
    reviewed: Annotated[bool, Option("Without the tasks that a review turned down")] = False
    per_verb: Annotated[int | None, Option("At most so many rows for each root verb", least=1)] = (
        None
    )
    shuffle: Annotated[int | None, Option("Shuffle the rows with this seed", least=0)] = None
    limit: Annotated[int | None, Option("At most so many rows", least=0)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions(Choice):
    """Which rows are wanted, in which form, and what the card of a data set folder says.

    `license` is the licence's name on the Hub, `languages` are ISO 639 codes, and `name` is that of
    the data set, the folder's if empty.
    """

    format: Annotated[
        str | None,
        Option(
            f"{', '.join(FORMATS)}; or file.py:Name or module:Name of your own",
            default="alpaca; huggingface with --push-to-hub",
        ),
    ] = None
    validation: Annotated[
        float, Option("Share held back for validation (folders)", least=0, most=1)
    ] = SHARE
    stages: Annotated[
        str, Option("Shares of SFT, reward (or DPO, KTO) and PPO (folders of trainers)")
    ] = "2,4,4"
    escape_formulas: Annotated[
        bool, Option("An apostrophe ahead of cells that a spreadsheet would work out (csv)")
    ] = False
    license: Annotated[str, Option("Licence of the data set, for its card: cc-by-4.0")] = ""
    terms: Annotated[
        str, Option("Terms of the model's maker that bind its outputs, for the card")
    ] = ""
    languages: Annotated[
        tuple[str, ...], Option("Language of the data set, for its card: en", flags=("--language",))
    ] = ()
    name: str = ""


def as_typed(kind: type[Choice], given: Choice) -> list[str]:
    """Return the fields that are not at their defaults, as options of a shell command."""
    said = []
    default = kind()
    for name, option in options_in(kind).items():
        value, flag = getattr(given, name), option.flags_of(name)[0]
        if value == getattr(default, name):
            continue
        if isinstance(value, Mapping):
            texts = [f"{key}={Bounds(*bounds)}" for key, bounds in sorted(value.items())]
        elif isinstance(value, tuple):
            texts = [*value]
        elif isinstance(value, bool):
            texts = ["" if getattr(default, name) is False else ("no", "yes")[value]]
        else:
            texts = [f"{value:g}" if isinstance(value, float) else str(value)]
        said += [f"{flag} {shlex.quote(text)}" if text else flag for text in texts]
    return said
