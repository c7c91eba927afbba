"""The readers of replies that are one text as a whole: an answer, a message, a rewritten task."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .normalise import cleaned, prepare
from .structured import find_tagged, find_value
from .vocabulary import declines, is_opener, is_tail, patterns, role_of

if TYPE_CHECKING:
    from collections.abc import Sequence

(_EXPLAINS,) = patterns("EXPLAINS")
_LABEL = re.compile(
    r"[\s*_#>`]{0,8}((?:[^\W\d_]+[ \t]){0,3}[^\W\d_]+)[\s*_`]{0,4}[:\uff1a][*_`]{0,3}"
)
_QUOTED = re.compile(
    r'"([^"]+)"|\u201c([^\u201c\u201d]+)\u201d|\u201e([^\u201e\u201c]+)\u201c|\u300c([^\u300c\u300d]+)\u300d'
    r"|\u00ab\s?([^\u00ab\u00bb]+?)\s?\u00bb|\*\*([^*]+)\*\*"
)
_TASKS = {"task", "item", "instruction"}


def read_answer(text: str) -> str:
    """Return a reply that is an answer as a whole: without thoughts, marks or a next turn."""
    return cleaned(text)[0].strip()


def read_message(text: str, names: Sequence[str]) -> str:
    """Return a message, of JSON what stands under one of some names, without quotes around it."""
    body = prepare(text)
    value = find_value(body, names)
    return unquoted(value if isinstance(value, str) else body)


def unquoted(text: str) -> str:
    """Return a text without quotes or emphasis around the whole of it."""
    bare = text.strip()
    quoted = _QUOTED.fullmatch(bare)
    return next(filter(None, quoted.groups())).strip() if quoted else bare


def read_rewrite(text: str, names: Sequence[str]) -> str:
    """Return a rewritten task; "" where a reply declines or has none.

    It is JSON with one of some names, stands in a tag, or is the whole reply without small talk and
    remarks on it, a label ("New task:") and quotes.
    """
    body = prepare(text).strip()
    value = find_value(body, names)
    if isinstance(value, str):
        return unquoted(value)
    tagged = find_tagged(body, ("second-task", "new-task", "task", "instruction"))
    if tagged and isinstance(tagged[-1], str):
        return unquoted(tagged[-1])
    first, _, rest = body.partition("\n")
    if rest.strip() and is_opener(first) and first.rstrip().endswith((":", "\uff1a", ".", "!")):
        body = rest.strip()
    label = _LABEL.match(body)
    if label is not None and role_of(label[1].rpartition(" ")[2]) in _TASKS:
        body = body[label.end() :].strip()
    body, _, last = body.rpartition("\n\n") if "\n\n" in body else ("", "", body)
    about = last.lstrip(" (*_[")
    if not body or not (is_tail(about) or _EXPLAINS.match(about)):
        body = f"{body}\n\n{last}"
    body = unquoted(body)
    return "" if declines(body) else body
