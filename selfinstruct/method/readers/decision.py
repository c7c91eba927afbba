"""The reader of yes-or-no replies."""

from __future__ import annotations

import re

from selfinstruct.method.text import word_form

from .normalise import prepare
from .structured import find_value
from .vocabulary import patterns, words

_MEANING = {word: role == "yes" for role in ("yes", "no") for word in words(role)}
_WORD = re.compile(
    "(" + "|".join(sorted(map(re.escape, _MEANING), key=len, reverse=True)) + r")[*_\"'`)\]\u201d"
    r"\u300d]*[ \t]*(?P<end>[.,;:!?\u3002\uff0c\uff01\uff1f\u3001\n(\u2013\u2014-]|\Z)?",
    re.IGNORECASE,
)
_ECHO, _BOXED, _LEAD, _LAST, _STATEMENT, _NOT_ONE, _NO_DECISION, _OFFER, _ABSENT = patterns(
    "DECISION_ECHO BOXED DECISION_LEAD DECISION_LAST STATEMENT NOT_ONE NO_DECISION OFFER ABSENT"
)
_YES_OR_NO, _REASON, _ABOUT = patterns("YES_OR_NO CLASSES ABOUT")


def read_decision(text: str, *, instruction: str = "") -> bool | None:
    """Return whether a reply says yes or no; None where it does not decide.

    The first word counts, in the vocabulary's languages, behind marks and a label such as
    "Answer:"; or a last one behind its reasons. What runs on after it does not, nor does a decision
    on another task. A word that goes on into something else ("Yes, I can help. What ...?", "No
    problem", "Yes and no") is no decision.

    Args:
        text: the reply.
        instruction: the task that was asked about.
    """
    body = prepare(text)
    value = find_value(body, ("is_classification", "classification", "answer"))
    if isinstance(value, bool):
        return value
    body = (value if isinstance(value, str) else body)[:4000]
    echo = _ECHO.match(body)
    if echo is not None and word_form(instruction) not in word_form(echo.group()):
        return None  # what is said of another task is no decision
    body = _BOXED.sub(r"\1", body[echo.end() if echo else 0 :][:600])
    lead = _LEAD.match(body)
    start = 0 if lead is None else lead.end()
    found = _WORD.match(body, start)
    rest = "" if found is None else body[found.end(1) :].lstrip("'\u2019-")
    part = found is not None and ord(found[1][0]) < 0x2E80 and re.match(r"\w", rest)  # noqa: PLR2004 - no Chinese
    if found is None or part:
        last = _LAST.search(body)
        return _stated(body[start:]) if last is None else _MEANING[last[1].casefold()]
    word = found[1].casefold()
    decision = _MEANING.get(word)
    answers = _YES_OR_NO.match(instruction) is not None
    if word in {"true", "false"} and (answers or word in instruction.casefold()):
        return None  # the task's own answer
    line = body[found.end() :].partition("\n")[0]
    about = _REASON.search(line) or _ABOUT.match(line)
    if answers and found["end"] == ",":
        return None
    return decision if _stands(body, line, found, decision, about=bool(about)) else None


def _stands(
    body: str,
    line: str,
    found: re.Match[str],
    decision: bool | None,  # noqa: FBT001 - as read
    *,
    about: bool,
) -> bool:
    """Tell whether what comes behind the word leaves it a decision."""
    if found["end"] == "?" or _OFFER.search(body) or _ABSENT.match(line):
        return False
    if line.startswith("```") or _stated(line.lstrip()) not in {None, decision}:
        return line.startswith("```")
    repeats = {part.strip(".,!").casefold() for part in line.split()} <= {found[1].casefold()}
    asks_back = line.rstrip().endswith(("?", "\uff1f"))
    if asks_back or not (found["end"] is not None or repeats or about):
        return False
    return found["end"] in {"\n", ".", "\u3002"} or _NO_DECISION.match(line) is None


def _stated(body: str) -> bool | None:
    """Return what a whole sentence says: "This is (not) a classification task"."""
    found = _STATEMENT.search(body.partition("\n")[0])
    if _NOT_ONE.match(body) or found is None or found.start() > 40:  # noqa: PLR2004 - it comes first
        return False if _NOT_ONE.match(body) else None
    return found["not"] is None
