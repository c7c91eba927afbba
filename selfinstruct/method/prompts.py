"""Prompt texts: a template with `{{names}}`, filled into the messages of a request.

A chat template is cut into messages by lines `=== system`, `=== user` or `=== assistant`; a
completion template is one text and ends where the model goes on.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from .errors import BadInput, nearest
from .marks import TAILS, THOUGHTS
from .types import Message

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .types import ProtocolName

T = TypeVar("T")

_SECTION = re.compile(r"^=== (system|user|assistant)[ \t]*\n", re.MULTILINE)
_NAME = re.compile(r"\{\{(\w+)\}\}")
_WORD = re.compile(r"[^\W\d_]+|\d+")
_MARKS = (*TAILS, *(mark for pair in THOUGHTS for mark in pair))
_BEGINS = frozenset(mark[0] for mark in _MARKS)
_TOKEN = re.compile(
    "|".join(map(re.escape, _MARKS)) + r"|<[|\uff5c][^<>\n]{1,40}[|\uff5c]>|<</?sys>>|<s>|<bos>",
    re.IGNORECASE,
)
"""What a server may take for a token of its chat template, wherever it stands."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A template: messages of a role and pieces, where every second piece is a name."""

    messages: tuple[tuple[str, tuple[str, ...]], ...]

    def names(self) -> frozenset[str]:
        """Return the names that are still to be filled."""
        return frozenset(name for _, pieces in self.messages for name in pieces[1::2])

    def fill(self, values: Mapping[str, str]) -> Prompt:
        """Return the prompt with some names filled once and for all."""
        return Prompt(tuple((role, _fill(pieces, values)) for role, pieces in self.messages))

    def render(self, values: Mapping[str, str]) -> tuple[Message, ...]:
        """Return the messages with every name filled; tokens of chat templates in it are broken.

        Raises:
            KeyError: for a name that `values` lacks.
        """
        return tuple([Message(role, _joined(pieces, values)) for role, pieces in self.messages])


def parse_prompt(
    data: bytes, source: str, protocol: ProtocolName, allowed: frozenset[str]
) -> Prompt:
    """Return the prompt of a template file.

    Args:
        data: the file's bytes, UTF-8; line ends are unified, blanks at its end are cut.
        source: the file's name, for errors.
        protocol: chat templates have sections, completion templates have none.
        allowed: the names that its stage can fill.

    Raises:
        BadInput: if it is not UTF-8, has no text, lacks sections or holds an unknown name.
    """
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n").rstrip()
    except UnicodeDecodeError:
        raise BadInput(
            f"read prompt {source}", "it is not UTF-8", "Save the file as UTF-8."
        ) from None
    parts = _SECTION.split(text)
    if protocol == "completion":
        parts = ["", "prompt", text]
    if parts[0].strip() or len(parts) == 1 or not text:
        raise BadInput(
            f"read prompt {source}",
            "it does not begin with a section line",
            'Begin it with "=== system" or "=== user" on a line of its own.',
        )
    unknown = sorted(set(_NAME.findall(text)) - allowed)
    if unknown:
        raise BadInput(
            f"read prompt {source}",
            f"nothing fills {{{{{unknown[0]}}}}}{nearest(unknown[0], allowed)}",
            f"Names that can be used there: {', '.join(sorted(allowed))}.",
        )
    return Prompt(
        tuple(
            (role, tuple(_NAME.split(body.strip("\n"))))
            for role, body in zip(parts[1::2], parts[2::2], strict=True)
        )
    )


def clean(instruction: str) -> str:
    """Return an instruction as a shot shows it: one line, without a trailing colon (paper)."""
    return " ".join(instruction.split()).rstrip(":")


def evenly(items: Sequence[T], count: int | None) -> Sequence[T]:
    """Return `count` items spread evenly over the list, in order; all of them for None."""
    if count is None or count >= len(items):
        return items
    return [items[place * len(items) // count] for place in range(count)]


def _joined(pieces: tuple[str, ...], values: Mapping[str, str]) -> str:
    if len(pieces) == 1:
        return pieces[0]  # the very same text each time, so that it is hashed once
    filled = list(pieces)
    filled[1::2] = [_fenced(values[name]) for name in pieces[1::2]]
    return "".join(filled)


def _fenced(text: str) -> str:
    """Return a text with a blank in each token, so that none is one: `< |im_end|>`."""
    if _BEGINS.isdisjoint(text):
        return text
    return _TOKEN.sub(lambda token: f"{token[0][0]} {token[0][1:]}", text)


def own_marks(shown: str) -> Callable[[str], bool]:
    """Return a test of whether a text holds marks like those of a shot that is shown as `shown`.

    A mark is what stands ahead of each line's text: words with a number ("Task 3"), or words with a
    colon ("Input:"). It counts anywhere, in any case, whatever signs are around its words.

    Args:
        shown: a shot without any text of its own.
    """
    heads = (_WORD.findall(line.partition(":")[0]) for line in shown.split("\n"))
    marks = {
        r"[\W_]{0,4}".join(r"\d+" if word.isdecimal() else word for word in head)
        + r"[\W_]{0,4}:" * (not head[-1].isdecimal())
        for head in heads
        if head
    }
    found = re.compile(rf"(?<![^\W_])(?:{'|'.join(sorted(marks))})", re.IGNORECASE)
    return lambda text: found.search(unicodedata.normalize("NFKC", text)) is not None


def _fill(pieces: tuple[str, ...], values: Mapping[str, str]) -> tuple[str, ...]:
    filled = [pieces[0]]
    for name, literal in zip(pieces[1::2], pieces[2::2], strict=True):
        if name in values:
            filled[-1] += values[name] + literal
        else:
            filled += [name, literal]
    return tuple(filled)
