"""An option, written once: a dataclass field, and what is known of it beside its type.

The command line (`cli/options.py`) makes its options of the fields, and the library its signatures:
a function that `takes(RunOptions)` has a keyword for each field, which type checkers and editors
see too.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, cast, get_type_hints

from selfinstruct.method.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable

First = TypeVar("First")
Second = TypeVar("Second")
Fields = ParamSpec("Fields")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Option:
    """What is known of a field besides its type and its default.

    Attributes:
        help: what it is, without a full stop.
        default: what None stands for, in words.
        flags: its names on the command line, where they are not the field's.
        least: the smallest number allowed.
        most: the largest number allowed.
        read: makes the field's value of the texts that were typed there, where it is not of a plain
            type, a tuple of texts, or `bool | None`, which is typed as yes or no.
    """

    help: str
    default: str = ""
    flags: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    read: Callable[[list[str]], Any] | None = None

    def flags_of(self, name: str) -> tuple[str, ...]:
        """Return what the field of that name is called on the command line."""
        return self.flags or (f"--{name.replace('_', '-')}",)


def options_in(kind: type) -> dict[str, Option]:
    """Return the options among a dataclass's fields, by name; others are the program's own."""
    return {
        name: found
        for name, hint in get_type_hints(kind, include_extras=True).items()
        for found in getattr(hint, "__metadata__", ())
        if isinstance(found, Option)
    }


def check_values(options: object) -> None:
    """Hold the numbers and texts among a dataclass's options against what is allowed.

    Raises:
        BadInput: for numbers that are too small, too large or none, texts that are empty, and
            what JSON or UTF-8 cannot hold, so that neither run nor request could; all at once.
    """
    defects = []
    for name, option in options_in(type(options)).items():
        value = getattr(options, name)
        if isinstance(value, str) and not value.strip():
            defects.append(f"{name} is empty")
        elif isinstance(value, str | tuple | Mapping) and not _can_be_sent(value):
            defects.append(f"{name} holds what UTF-8 or JSON cannot: {value!r}")
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        too_small = option.least is not None and not value >= option.least
        too_large = option.most is not None and not value <= option.most
        if too_small or too_large or value != value:  # noqa: PLR0124 - NaN
            bounds = [f"{option.least:g} or more"] if option.least is not None else ["a number"]
            bounds += [f"{option.most:g} or less"] if option.most is not None else []
            defects.append(f"{name} is {value:g} and must be {' and '.join(bounds)}")
    if defects:
        raise BadInput("use these options", "; ".join(defects), "Give other values.")


def _can_be_sent(value: object) -> bool:
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, TypeError, RecursionError):  # a lone surrogate is a ValueError
        return False
    return True


def takes(
    kind: Callable[Fields, object],
) -> Callable[
    [Callable[Concatenate[First, ...], Result]], Callable[Concatenate[First, Fields], Result]
]:
    """Give a function of one argument and `**options` the fields of a dataclass as keywords."""
    return lambda call: cast("Any", _signed(call, kind))


def method_takes(
    kind: Callable[Fields, object],
) -> Callable[
    [Callable[Concatenate[First, Second, ...], Result]],
    Callable[Concatenate[First, Second, Fields], Result],
]:
    """Give a method of one argument and `**options` the fields of a dataclass as keywords."""
    return lambda call: cast("Any", _signed(call, kind))


def _signed(call: Any, kind: Any) -> Any:  # noqa: ANN401 - any function, and any dataclass
    """Return a function that shows the fields in place of its `**options` to whoever looks."""
    hints = get_type_hints(kind)
    offered = options_in(kind)  # the rest is the program's own
    fields = [p for p in inspect.signature(kind).parameters.values() if p.name in offered]
    own = inspect.signature(call)
    kept = [p for p in own.parameters.values() if p.kind is not inspect.Parameter.VAR_KEYWORD]
    added = [field.replace(annotation=hints[field.name]) for field in fields]
    call.__signature__ = own.replace(parameters=[*kept, *added])
    return call
