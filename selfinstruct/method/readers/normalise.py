"""A reply as plain text: without thoughts, a chat template's marks, or an outer fence."""

from __future__ import annotations

import json
import re

from selfinstruct.method.marks import TAILS, THOUGHTS, UNSEEN

from .vocabulary import patterns

_CLOSES = {begin: re.compile(re.escape(end), re.IGNORECASE) for begin, end in THOUGHTS}
_OPEN = "|".join(map(re.escape, _CLOSES))
_CLOSE = "|".join(re.escape(end) for _, end in THOUGHTS)
_THOUGHT = re.compile(
    rf"(?P<open>^[ \t]*(?P<mark>{_OPEN}))|^[ \t]*(?:{_CLOSE})|(?:{_CLOSE})[ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)
_TAIL = re.compile(rf"(?:{'|'.join(map(re.escape, TAILS))})\Z", re.IGNORECASE)
_LONGEST_TAIL = max(map(len, TAILS))
_LINE_END = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_UNSEEN = re.compile(
    "(\U0001f3f4[\U000e0030-\U000e007a]{3,6}\U000e007f)"  # the flag of a region, such as Wales
    f"|\x1b\\[[0-9;?]*[ -/]*[@-~]|[{UNSEEN}]"
)
_MOST = 200_000
"""Characters of a reply that are read, whole lines of them: more is no answer to anything here."""
_TURN_BEGINS, _CHANNEL, _TURN_ENDS, _USER, _SPEAKER = patterns(
    "TURN_BEGINS CHANNEL TURN_ENDS USER SPEAKER"
)
_JSON = json.JSONDecoder()
_FENCE = re.compile(r"\s*(?:```|~~~)[\w+-]*[ \t]*\n")


def cut_thoughts(text: str) -> str:
    """Return a reply without its thoughts, by the marks of any model.

    A block counts where its tag begins a line, so that the word inside a sentence stays. One that
    is never closed takes all that follows it; a closing tag alone takes all that precedes it (some
    chat templates put the opening one into the prompt).
    """
    if "<" not in text and "[" not in text and "\u25c1" not in text:
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
        closed = _CLOSES[tag["mark"].lower()].search(text, tag.end())
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
    end = _TURN_ENDS.search(text, _end_of_json(text))
    if end is None or ("</s>" in end.group() and "<s>" in text[: end.start()]):
        return text
    return text[: end.start()].rstrip() + "\n\n"


def _end_of_json(text: str) -> int:
    """Return where the JSON ends that a reply begins with; marks in its strings are its own."""
    start = len(text) - len(text.lstrip())
    try:
        return _JSON.raw_decode(text, start)[1] if text.startswith(("{", "["), start) else 0
    except (ValueError, RecursionError):
        return 0


def _without_tail(text: str) -> str:
    """Return a reply without the marks that chat templates put behind it."""
    end, found = len(text), False
    while True:
        bare = end
        while bare and text[bare - 1].isspace():
            bare -= 1
        tail = _TAIL.search(text, max(0, bare - _LONGEST_TAIL), bare)
        if tail is None:
            return text[:bare] if found else text
        end, found = tail.start(), True


def without_unseen(text: str) -> str:
    """Return a text with plain line ends, without what shows nowhere and may steer a terminal."""
    return text if _is_plain(text) else _UNSEEN.sub(r"\1", _LINE_END.sub("\n", text))


def _is_plain(text: str) -> bool:
    """Tell whether all of a text shows; of most it does, and this is the fast way to know."""
    return text.replace("\n", "").isprintable()


_CLEANED = (
    ("control characters", without_unseen),
    ("a template's marks", lambda text: _own_turn(_without_tail(text))),
    ("thoughts in the text", cut_thoughts),
)


def cleaned(text: str) -> tuple[str, list[str]]:
    """Return a reply with plain line ends and without what is no part of it; and what that was."""
    names = []
    if len(text) > _MOST:
        text, names = text[: text.rfind("\n", 0, _MOST) + 1 or _MOST], ["what is far too long"]
    text = text if _is_plain(text) else _LINE_END.sub("\n", text)
    for name, clean in _CLEANED:
        after = clean(text)
        names += [name] if after != text else []
        text = after
    return text, names


def prepare(text: str) -> str:
    """Return a reply with plain line ends, without thoughts, an outer fence or a next turn."""
    plain = cleaned(text)[0]
    opened = _FENCE.match(plain)
    if opened is None:
        return plain
    inner = plain[opened.end() :]
    bare = inner.rstrip()
    if bare.endswith(("```", "~~~")):
        inner = bare[:-3].rstrip(" \t").removesuffix("\n")
    return plain if "```" in inner or "~~~" in inner else inner
