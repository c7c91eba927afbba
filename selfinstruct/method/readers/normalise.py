"""A reply as plain text: without thoughts, a chat template's marks, an outer fence; and word forms."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_TAG = r"(?:think|thinking|thought|reasoning|analysis)>"
_CLOSE = re.compile(rf"</{_TAG}", re.IGNORECASE)
_THOUGHT = re.compile(
    rf"(?P<open>^[ \t]*<{_TAG})|^[ \t]*</{_TAG}|</{_TAG}[ \t]*$", re.MULTILINE | re.IGNORECASE
)
_TURN_BEGINS = re.compile(
    r"\A\s*(?:(?:<s>|\[/INST\]|<\|(?:im_start|start_header_id|assistant|begin_of_text)\|>"
    r"|<start_of_turn>)(?:assistant|model)?(?:<\|end_header_id\|>)?\s*)+"
)
_CHANNEL = re.compile(
    r"\A\s*(?:<\|channel\|>(?!final).*?(?:<\|start\|>assistant(?=<\|channel\|>final)|\Z))?"
    r"(?:<\|channel\|>final<\|message\|>)?",
    re.DOTALL,
)
_TURN_ENDS = re.compile(
    r"<\|(?:endoftext|im_end|im_start|eot_id|end_of_text|end|user|start_header_id|return)\|>|</s>"
    r"|<eos>|<end_of_turn>|\[/?INST\]"
)
_USER = re.compile(r"^[ \t]*(?:#{1,4}[ \t]*(?:Human|User)|USER|HUMAN)[ \t]*:", re.MULTILINE)
"""Where a model goes on as the user; a dialogue in the text itself begins with another speaker."""
_SPEAKER = re.compile(
    r"^[ \t]*(?:#{1,4}[ \t]*)?(?:assistant|bot|ai|gpt|agent)\b[^\n]{0,20}:",
    re.MULTILINE | re.IGNORECASE,
)
_FENCE = re.compile(r"\s*(?:```|~~~)[\w+-]*[ \t]*\n")
_PAIRS = {"(": ")", "[": "]", "{": "}"}
_SENTENCE = re.compile(r"[^\n.!?\u3002]*(?:[.!?\u3002]+[ \t]*|\n|\Z)")
_NO_WORD = re.compile(r"[\W_]+")
_ASCII_NO_WORD = {code: " " for code in range(128) if not chr(code).isalnum()}


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


def word_form(text: str) -> str:
    """Return the words alone, so that case, marks and blanks make no difference."""
    if text.isascii():
        return " ".join(text.lower().translate(_ASCII_NO_WORD).split())
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _NO_WORD.sub(" ", folded).strip()


def unbalanced(text: str) -> bool:
    """Tell whether a bracket was opened and never closed."""
    stack: list[str] = []
    for char in text:
        if char in _PAIRS:
            stack.append(_PAIRS[char])
        elif stack and char == stack[-1]:
            stack.pop()
    return bool(stack)


def before_loop(text: str) -> str:
    """Return a text up to the end of the first round, if it ends by going round in circles.

    A loop is a run of sentences or lines, of 12 letters or more, that comes three times or more at
    the end; a last, incomplete round is allowed.
    """
    if sum(map(text.count, "\n.!?\u3002")) < 2:  # noqa: PLR2004 - fewer than three pieces
        return text
    pieces = [piece for piece in _SENTENCE.findall(text) if piece]
    forms = [piece.strip() for piece in pieces]
    count = len(forms)
    for ragged in (0, 1):
        end = count - ragged
        for period in range(1, min(20, end // 3) + 1):
            if forms[end - 1] != forms[end - 1 - period]:
                continue
            rounds = 1
            while _same(forms, end - period * (rounds + 1), end - period * rounds, period):
                rounds += 1
            first = end - period * rounds
            long_enough = sum(map(len, forms[first : first + period])) >= 12  # noqa: PLR2004
            if rounds >= 3 and long_enough:  # noqa: PLR2004
                return "".join(pieces[: first + period]).rstrip()
    return text


def _same(forms: Sequence[str], one: int, other: int, length: int) -> bool:
    return one >= 0 and all(forms[one + i] == forms[other + i] for i in range(length))
