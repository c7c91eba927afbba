"""Lines to spans: what a line does to the spans so far is one table, {(state, role): action}.

A table's rows are states, its columns the roles of lines, its cells the action and the next state
(the same one where none is named). The order of rules is the table; there is no other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .scan import Line, line_of

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(slots=True)
class Span:
    """One label of a reply, as it stands, and the lines behind it, up to the next."""

    role: str
    mark: str = ""
    parts: list[str] = field(default_factory=list)

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
    roles: Sequence[str],
) -> tuple[list[list[Span]], int]:
    """Return the groups of spans that some lines make, and how many lines they are.

    Actions: "open" begins a span, "new" one in a new group, "text" adds a line to the last span,
    "value" what stands behind its mark, "drop" leaves it out, "end" ends the reply. The first state
    is "start"; what a role has behind ">" is no part of a span's.
    """
    groups, state = [[last := Span("start")]], "start"
    for place, (line, role) in enumerate(zip(lines, roles, strict=True)):
        action, state = rules[state, role]
        if action in {"text", "value"}:
            last.parts.append(line.raw if action == "text" else line.value)
        elif action == "end":
            return groups, place
        elif action != "drop":
            groups += [[]] if action == "new" else []
            groups[-1].append(last := Span(role.partition(">")[0], line.mark, [line.value]))
    return groups, len(lines)


def listed_tasks(lines: Sequence[Line]) -> set[int]:
    """Return the places of the numbered tasks that an output lists: they begin no other task.

    The first one is behind the output's label, a colon or a blank line; the others count on.
    """
    numbers: set[int | None] = set()
    places: set[int] = set()
    answered = False
    for place, line in enumerate(lines):
        if line.role == "output":
            answered, inner = True, line_of(line.value)
            numbers.update({inner.number} if inner.role == "task" else ())
        if line.role != "task" or line.number is None or not line.value.strip() or not answered:
            continue
        before = lines[place - 1]
        opened = not before.value.strip() or before.raw.rstrip().endswith(":")
        if opened if line.number == 1 else line.number - 1 in numbers:
            numbers.add(line.number)
            places.add(place)
    return places
