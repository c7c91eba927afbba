"""The pieces of an output-first reply: class labels and their inputs, and what is no input."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .scan import line_of
from .trailing import without_tail
from .vocabulary import patterns

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .spans import Span

_WHY_INLINE, _OF_REASONS, _FIELD = patterns("WHY_INLINE REASONS LABEL_FIELD")
_AROUND = ' \t*_`"\u201c\u201d'


def label_pieces(spans: Sequence[Span], instruction: str) -> list[tuple[str, str]]:
    """Return each class label and its input, in the reply's order.

    Labels may stand behind their inputs, and the first may lack its name, because the prompt ended
    with it. Where the reply ends in an input without a label, its label is empty.
    """
    before, *labels = (span.text for span in spans)
    reasons = _OF_REASONS.search(instruction)
    pairs = []
    for text in labels:
        line, _, given = without_tail(text.lstrip(" \t\n")).partition("\n")
        name = line.partition("(")[0].strip(_AROUND)
        if name and "(" in line and name.casefold() in instruction.casefold():
            line = name  # what the task itself calls a label is all of it
        line = line if reasons else _WHY_INLINE.sub("", line) or line
        pairs.append((line.strip(_AROUND), given))
    pairs = _with_lead(before, pairs) if before.strip() else pairs
    split = [_at_reason(given) for _, given in pairs]
    if not reasons and len(pairs) > 1 and all(given for given, _ in split):
        return [(label, given) for (label, _), (given, _) in zip(pairs, split, strict=True)]
    given, behind_blank = split[-1]
    return pairs if reasons or not behind_blank else [*pairs[:-1], (pairs[-1][0], given)]


def row_of(row: Mapping[str, object], labels: Sequence[str]) -> tuple[str, str] | None:
    """Return the class label of a table's row, and its other columns as fields of the input."""
    names = {name: name.strip().casefold().replace(" ", "_") for name in row}
    label = next((str(row[name]) for name, plain in names.items() if plain in labels), None)
    aside = {"", "#", "no", "no.", "number", "id", "index", "example", *labels}
    given = [name for name, plain in names.items() if plain not in aside]
    fields = [f"{name}: {row[name]}" for name in given if line_of(f"{name}:").role != "reason"]
    return None if label is None or not fields else (label, "\n".join(fields))


def _with_lead(before: str, pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the pairs with what stands ahead of the first label: an input, or a label's piece."""
    last = pairs[-1][1].strip()
    inputs = [before, *(given for _, given in pairs[:-1])]
    name = _name(before)
    alike = name and all(_name(given) == name for given in inputs)
    if not last or (alike and name.startswith(_name(last) or last.casefold())):
        behind = [(own, given) for (own, _), given in zip(pairs, inputs, strict=True)]
        return [*behind, ("", last)] if last else behind
    line, _, rest = before.strip().partition("\n")
    bare = len(line.split()) < 4 and line[-1:].isalnum() and not _name(line)  # noqa: PLR2004
    alike = _name(rest) and all(_name(given) == _name(rest) for _, given in pairs)
    return [(line.strip(), rest), *pairs] if bare and alike else pairs


def _name(text: str) -> str:
    """Return the name of the field that a text begins with; none where it begins otherwise."""
    field = _FIELD.match(text.lstrip())
    return "" if field is None else field[1].strip().casefold()


def _at_reason(given: str) -> tuple[str, bool]:
    """Return what stands ahead of a reason, and whether a blank line parts them; else nothing."""
    rows = given.split("\n")
    place = next((k for k, row in enumerate(rows) if k and line_of(row).role == "reason"), 0)
    return "\n".join(rows[:place]).rstrip(), place > 0 and not rows[place - 1].strip()
