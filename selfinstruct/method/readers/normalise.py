"""A reply as plain text: without thoughts, a chat template's marks, or an outer fence."""

from __future__ import annotations

import re

from .vocabulary import patterns

_TAG = r"(?:think|thinking|thought|reasoning|analysis)>"
_CLOSE = re.compile(rf"</{_TAG}", re.IGNORECASE)
_THOUGHT = re.compile(
    rf"(?P<open>^[ \t]*<{_TAG})|^[ \t]*</{_TAG}|</{_TAG}[ \t]*$", re.MULTILINE | re.IGNORECASE
)
_TURN_BEGINS, _CHANNEL, _TURN_ENDS, _USER, _SPEAKER = patterns(
    "TURN_BEGINS CHANNEL TURN_ENDS USER SPEAKER"
)
_FENCE = re.compile(r"\s*(?:```|~~~)[\w+-]*[ \t]*\n")


def cut_thoughts(text: str) -> str:
    """Return a reply without its `<think>` blocks.

    A block counts where its tag begins a line, so that the word inside a sentence stays. One that
    is never closed takes all that follows it; a closing tag alone takes all that precedes it (some
    chat templates put the opening one into the prompt).
    """
    if "<" not in text:
        return text
    kept: list[str] = []
    place = 0
    for tag in _THOUGHT.finditer(text):
        if tag.start() < place:
            continue
        if tag["open"] is None:
            kept, place = [], tag.end()
            continue
        kept.append(text[place : tag.start()])
        closed = _CLOSE.search(text, tag.end())
        if closed is None:
            return "".join(kept)
        place = closed.end()
    return "".join([*kept, text[place:]])


def _own_turn(text: str) -> str:
    """Return a reply up to where its turn ends, by a chat template's marks that were left in it."""
    user = _USER.search(text)
    if user is not None and text[: user.start()].strip() and _SPEAKER.search(text, user.end()):
        text = text if _SPEAKER.search(text, 0, user.start()) else text[: user.start()]
    if "<" not in text and "[/INST]" not in text:
        return text
    text = _TURN_BEGINS.sub("", _CHANNEL.sub("", text, count=1), count=1)
    end = _TURN_ENDS.search(text)
    if end is None or ("</s>" in end.group() and "<s>" in text[: end.start()]):
        return text
    return text[: end.start()].rstrip() + "\n\n"


def prepare(text: str) -> str:
    """Return a reply with plain line ends, without thoughts, an outer fence or a next turn."""
    plain = cut_thoughts(_own_turn(text.replace("\r\n", "\n").replace("\r", "\n")))
    opened = _FENCE.match(plain)
    if opened is None:
        return plain
    inner = plain[opened.end() :]
    bare = inner.rstrip()
    if bare.endswith(("```", "~~~")):
        inner = bare[:-3].rstrip(" \t").removesuffix("\n")
    return plain if "```" in inner or "~~~" in inner else inner
