"""What stands behind an output, or a class label, and is no part of it; and fences."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .scan import line_of
from .vocabulary import is_tail, patterns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .spans import Span

_REMARK, _NO_LABEL, _FENCED, _PROGRAM, _WHY = patterns("REMARK NO_LABEL FENCED ANY_CODE WHY_INLINE")
_AROUND = ' \t*_`"\u201c\u201d'
_RULE = re.compile(r"[ \t]*(?:-{3,}|\*{3,}|_{3,}|#{1,6})")


def own_output(output: str) -> str:
    """Return an output without what stands behind it, and without a fence round plain words."""
    remark = _REMARK.search(output)
    output = _NO_LABEL.sub("", output.strip() if remark is None else output[: remark.start()])
    return own_input(without_tail(without_rules(output)))


def own_input(given: str) -> str:
    """Return an input without a rule behind it, or a fence round plain words."""
    given = without_rules("\n" + given.strip())
    fenced = _FENCED.fullmatch(given)
    return given if fenced is None or _PROGRAM.search(fenced[1]) else fenced[1].strip()


def without_tail(text: str) -> str:
    """Return a text without the paragraphs of small talk behind it."""
    rest, blank, last = text.rpartition("\n\n")
    while blank and is_tail(last):
        text = rest.rstrip()
        rest, blank, last = text.rpartition("\n\n")
    return text


def without_rules(text: str) -> str:
    """Return a text without the rules below it; one that has a single line stays."""
    lines = text.rstrip().split("\n")
    while len(lines) > 1 and (_RULE.fullmatch(lines[-1]) or not lines[-1].strip()):
        lines.pop()
    return "\n".join(lines).strip()


def label_pieces(spans: Sequence[Span]) -> list[tuple[str, str]]:
    """Return each class label and its input, in the reply's order.

    Labels may stand behind their inputs. What explains a label is no input, where each has it.
    """
    before, *labels = (span.text for span in spans)
    pieces = [without_tail(text.lstrip(" \t\n")).partition("\n") for text in labels]
    names = [(_WHY.sub("", line) or line).strip(_AROUND) for line, _, _ in pieces]
    inputs = [given for _, _, given in pieces]
    if inputs and before.strip() and not inputs[-1].strip():
        inputs = [before, *inputs[:-1]]
    plain = [_ahead_of_reason(given) for given in inputs]
    return list(zip(names, plain if all(plain) else inputs, strict=True))


def _ahead_of_reason(given: str) -> str:
    """Return what stands ahead of a reason; nothing where there is none."""
    rows = given.split("\n")
    place = next((k for k, row in enumerate(rows) if line_of(row).role == "reason"), 0)
    return "\n".join(rows[:place]).rstrip()
