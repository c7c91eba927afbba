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

Table = dict[tuple[str, str], tuple[str, str]]


@dataclass(slots=True)
class Span:
    """One label of a reply and the lines behind it, up to the next.

    Attributes:
        role: the label's role; "start" ahead of the first.
        mark: the label as it stands.
        parts: what stands behind it, line by line.
        number: the label's number.
    """

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


def table(text: str) -> Table:
    """Return the table that a grid of words stands for."""
    head, *rows = [line.split() for line in text.strip().split("\n")]
    found: Table = {}
    for state, *cells in rows:
        for role, cell in zip(head[1:], cells, strict=True):
            action, _, after = cell.partition(">")
            found[state, role] = (action, after or state)
    return found


def fold(
    lines: Sequence[Line], rules: Table, role_in: Callable[[str, int], str], state: str = "start"
) -> tuple[list[list[Span]], int]:
    """Return the groups of spans that some lines make, and how many lines they are.

    Actions: "open" begins a span, "new" one in a new group, "text" adds a line to the last span,
    "value" adds what stands behind its mark, "drop" leaves it out, "end" ends the reply.

    Args:
        lines: the lines.
        rules: the table.
        role_in: the role of a line in a state, by the line's place.
        state: the state ahead of the first line.
    """
    groups = [[Span("start")]]
    last = groups[0][0]
    for place, line in enumerate(lines):
        action, state = rules[state, role_in(state, place)]
        if action == "text":
            last.parts.append(line.raw)
        elif action == "value":
            last.parts.append(line.value)
        elif action == "end":
            return groups, place
        elif action != "drop":
            if action == "new":
                groups.append([])
            last = Span(line.role, line.mark, [line.value], line.number)
            groups[-1].append(last)
    return groups, len(lines)


class ListedTasks:
    """The numbered tasks that an output lists: they begin no other task."""

    def __init__(self) -> None:
        self._numbers: set[int] = set()

    def note(self, value: str) -> None:
        """See what stands behind an output's label."""
        line = line_of(value)
        if line.role == "task" and line.number is not None:
            self._numbers.add(line.number)

    def go_on(self, number: int, before: Line | None) -> bool:
        """Tell whether a task of some number is one of them, behind a line of the output."""
        bare = before is not None and not before.value.strip()
        opened = bare or (before is not None and before.raw.rstrip().endswith(":"))
        inner = opened if number == 1 else number - 1 in self._numbers
        self._numbers.update({number} if inner else ())
        return inner
