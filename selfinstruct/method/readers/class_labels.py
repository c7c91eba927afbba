"""The pieces of an output-first reply: class labels and their inputs, and what is no input."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .trailing import without_tail

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .spans import Span

_FIELD = re.compile(r"[ \t]*[*_]{0,3}(?P<name>[^\W\d_][\w' -]{0,30})[*_]{0,3}[:\uff1a]")
_WHY = re.compile(
    r"\n[ \t]*[*_(]*(?:explanation|reason(?:ing)?|rationale|justification)[*_]*[ \t]*[:\uff1a].*\Z",
    re.DOTALL | re.IGNORECASE,
)
_WHY_INLINE = re.compile(
    r"\s*\((?:because|since|as|for|reason|explanation)\b[^)\n]*\)?\.?\s*\Z"
    r"|\s*(?:,?\s+because\b|\s[-\u2013\u2014]\s(?=(?:\S+\s+){3})).*\Z",
    re.IGNORECASE,
)
"""Why a label is right, on the label's own line."""
_AROUND = ' \t*_`"\u201c\u201d'
_OF_REASONS = re.compile(r"\b(?:expla|reason|rational|justif|argu|why\b)", re.IGNORECASE)
_NO_INPUT = re.compile(
    r"(?:#|no\.?|number|id|index|example|explanation|reason(?:ing)?|)", re.IGNORECASE
)
_LABEL_WORDS = 3
"""Words that a class label without its name has at most."""


def label_pieces(tokens: Sequence[Span], instruction: str) -> list[tuple[str, str]]:
    """Return each class label and its input, in the reply's order.

    Labels may stand behind their inputs, and the first may lack its name, because the prompt ended
    with it. Where the reply ends in an input without a label, its label is empty.
    """
    before = ""
    pairs: list[tuple[str, str]] = []
    for token in tokens:
        if token.role == "label":
            line, _, rest = token.text.lstrip(" \t\n").partition("\n")
            line = _bare(line, instruction)
            pairs.append((line.strip(_AROUND), rest))
        elif token.role in {"start", "input", "example"}:
            text = token.text
            if pairs:
                label, given = pairs[-1]
                pairs[-1] = label, f"{given}\n{text}" if given.strip() else text
            else:
                before += text
    label, last = pairs[-1]
    pairs[-1] = label, without_tail(last)
    return _without_reasons(_with_lead(before, pairs), instruction)


def _bare(line: str, instruction: str) -> str:
    """Return a label without its reasons; what the task itself calls a label is all of one."""
    name = line.partition("(")[0].strip(_AROUND)
    if name and name.casefold() in instruction.casefold():
        line = name if "(" in line else line
    return line if _OF_REASONS.search(instruction) else _WHY_INLINE.sub("", line) or line


def row_of(row: Mapping[str, object], labels: Sequence[str]) -> tuple[str, str] | None:
    """Return the class label of a table's row, and its other columns as fields of the input."""
    names = {name: name.strip().casefold().replace(" ", "_") for name in row}
    label = next((str(row[name]) for name, plain in names.items() if plain in labels), None)
    given = [
        f"{name}: {row[name]}"
        for name, plain in names.items()
        if plain not in labels and not _NO_INPUT.fullmatch(plain)
    ]
    return None if label is None or not given else (label, "\n".join(given))


def _with_lead(before: str, pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the pairs with what stands ahead of the first label: an input, or a label's piece."""
    if not before.strip():
        return pairs
    last = pairs[-1][1]
    inputs = [before, *(given for _, given in pairs[:-1])]
    if not last.strip() or _are_alike(inputs, last):
        behind = [(own, given) for (own, _), given in zip(pairs, inputs, strict=True)]
        return [*behind, ("", last)] if last.strip() else behind
    line, _, rest = before.strip().partition("\n")
    bare = len(line.split()) <= _LABEL_WORDS and line[-1:].isalnum() and not _name(line)
    inputs = [rest, *(given for _, given in pairs)]
    if bare and all(given.strip() and _name(given) == _name(rest) for given in inputs):
        return [(line.strip(), rest), *pairs]
    return pairs


def _are_alike(inputs: Sequence[str], last: str) -> bool:
    """Tell whether all inputs begin with one field's name, and the last with a part of it."""
    name = _name(inputs[0])
    begun = _name(last) or last.strip().casefold()
    return bool(name) and all(_name(given) == name for given in inputs) and name.startswith(begun)


def _name(text: str) -> str:
    """Return the name of the field that a text begins with; none where it begins otherwise."""
    field = _FIELD.match(text.lstrip())
    return "" if field is None else field["name"].strip().casefold()


def _without_reasons(pairs: list[tuple[str, str]], instruction: str) -> list[tuple[str, str]]:
    """Return the pairs without what explains a label: in each piece, or behind a blank line."""
    if _OF_REASONS.search(instruction):
        return pairs
    found = [_WHY.search(given) for _, given in pairs]
    ends = [
        0 if why is None else len(given[: why.start()].rstrip())
        for why, (_, given) in zip(found, pairs, strict=True)
    ]
    if len(pairs) > 1 and all(ends):
        return [(label, given[:end]) for (label, given), end in zip(pairs, ends, strict=True)]
    label, given = pairs[-1]
    if ends[-1] and given[ends[-1] :].lstrip(" \t").startswith("\n\n"):
        return [*pairs[:-1], (label, given[: ends[-1]])]
    return pairs
