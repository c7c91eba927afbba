"""Lines to spans: what a line does to the spans so far is one table, {(state, role): action}.

A table's rows are states, its columns the roles of lines, its cells the action and the next state
(the same one where none is named). The order of rules is the table; there is no other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .scan import Line, line_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(slots=True)
class Span:
    """One label of a reply, as it stands, and the lines behind it, up to the next."""

    role: str
    mark: str = ""
    parts: list[str] = field(default_factory=list)
    number: int | None = None

    @property
    def text(self) -> str:
        """What stands behind the label."""
        return "\n".join(self.parts)

    @property
    def whole(self) -> str:
        """The same with the label."""
        return self.mark + self.text


def table(text: str) -> dict[tuple[str, str], tuple[str, str]]:
    """Return the table that a grid of words stands for."""
    (_, *roles), *rows = [line.split() for line in text.strip().split("\n")]
    cells = (
        (state, role, *cell.partition(">")[::2])
        for state, *row in rows
        for role, cell in zip(roles, row, strict=True)
    )
    return {(state, role): (action, after or state) for state, role, action, after in cells}


def fold(
    lines: Sequence[Line],
    rules: dict[tuple[str, str], tuple[str, str]],
    role_in: Callable[[str, int], str],
) -> tuple[list[list[Span]], int]:
    """Return the groups of spans that some lines make, and how many lines they are.

    Actions: "open" begins a span, "new" one in a new group, "text" adds a line to the last span,
    "value" what stands behind its mark, "drop" leaves it out, "end" ends the reply. `role_in` tells
    the role of a line, by its place, in a state; the first one is "start".
    """
    groups, state = [[last := Span("start")]], "start"
    for place, line in enumerate(lines):
        action, state = rules[state, role_in(state, place)]
        if action in {"text", "value"}:
            last.parts.append(line.raw if action == "text" else line.value)
        elif action == "end":
            return groups, place
        elif action != "drop":
            groups += [[]] if action == "new" else []
            groups[-1].append(last := Span(line.role, line.mark, [line.value], line.number))
    return groups, len(lines)


class ListedTasks:
    """The numbered tasks that an output lists: they begin no other task."""

    def __init__(self) -> None:
        self._numbers: set[int | None] = set()

    def note(self, value: str) -> None:
        """See what stands behind an output's label."""
        line = line_of(value)
        self._numbers.update({line.number} if line.role == "task" else ())

    def go_on(self, number: int, before: Line | None) -> bool:
        """Tell whether a task of some number is one of them, behind a line of the output."""
        opened = before and (not before.value.strip() or before.raw.rstrip().endswith(":"))
        inner = bool(opened) if number == 1 else number - 1 in self._numbers
        self._numbers.update({number} if inner else ())
        return inner
