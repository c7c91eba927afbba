"""The reader of yes-or-no replies."""

# ruff: noqa: RUF001 - the words of other languages are meant

from __future__ import annotations

import re

from .structured import find_value
from .normalise import prepare, word_form
from .vocabulary import words

_MEANING = {word: meaning for role, meaning in (("yes", True), ("no", False)) for word in words(role)}
_ECHO = re.compile(
    r"\A\s*[*_#]{0,3}\s*task[ \t]*\d{0,2}[*_]{0,3}[:\uff1a](?:[^\n]*\n){1,40}?"
    r"(?=[ \t*_]*(?:is[ \t_]+)?classification[ \t*_]*[:?])",
    re.IGNORECASE,
)
"""The task said again, ahead of the decision's own label."""
_LEAD = re.compile(
    r"[\W_]*(?:\d[.)]\s+)?"
    r"(?:i(?:['\u2019]d|\s+would)\s+(?:have\s+to\s+)?(?:say|answer)[\s:,*\"'\u201c]*(?:that\s+)?)?"
    r"(?:(?:(?:the\s+)?(?:(?:final|correct)\s+)?answer"
    r"|(?:is[\s_]+(?:(?:it|this|the\s+task)\s+(?:a\s+)?)?)?classification(?:\s+task)?|output|label"
    r"|class\s+label|decision|result|答案|回答|답|antwort|réponse|respuesta)"
    r"[\s*_]*(?:[:?=\uff1a]|\bis\b)[\s*_\"'`:]*)*",
    re.IGNORECASE,
)
_BOXED = re.compile(r"\$*\\boxed\{\s*(?:\\text\w*\{\s*)?([^{}\n]{1,20})\}+\$*")
_WORD = re.compile(
    "("
    + "|".join(sorted(map(re.escape, _MEANING), key=len, reverse=True))
    + r")[*_\"'`)\]\u201d\u300d]*[ \t]*"
    r"(?P<end>[.,;:!?\u3002\uff0c\uff01\uff1f\u3001\n(\u2013\u2014-]|\Z)?",
    re.IGNORECASE,
)
_LATIN = re.compile(r"['\u2019-]?\w")
_STATEMENT = re.compile(
    r"(?:the\s+(?:given\s+|above\s+)?task|this(?:\s+task)?|it|that|the\s+instruction)"
    r"(?:\s+is|['\u2019]s|\s+(?:can|would|should)\s+be(?:\s+(?:considered|seen\s+as))?)"
    r"(?P<not>\s+not|n['\u2019]t)?(?:\s+(?:clearly|definitely|really|indeed|likely))?"
    r"\s+(?:considered\s+)?(?:an?\s+)?(?:\w+\s+){0,2}?classification",
    re.IGNORECASE,
)
_HEDGE = re.compile(
    r"\W*(?:and|or|und|oder|et|ou|y|o|maybe|perhaps|not\s+(?:sure|certain)|it\s+depends|depending"
    r"|probably\s+not\s+sure|和|或)\b",
    re.IGNORECASE,
)
_OTHER_TALK = re.compile(
    r"\W*(?:i\b|i['\u2019](?:m|d|ll|ve)|we\b|how\b|what\b|which\b|please\b|thank|thanks\b|let\b"
    r"|sure\b"
    r"|of\s+course|you\b|problem\b|idea\b|one\b|worries|input\b|here\b|go\s+ahead|sorry\b"
    r"|more\b|further\b|longer\b|matter\b|doubt\b|need\b)",
    re.IGNORECASE,
)
_REASON = re.compile(r"classif|categor|label|分类|분류|分類", re.IGNORECASE)
_OFFER = re.compile(
    r"\b(?:how|what) (?:can|may|would|do|should) (?:i|you)\b[^.?!\n]{0,60}\b(?:help|assist|like"
    r"|want|need|ask)"
    r"|\bplease (?:provide|share|tell me|let me know)"
    r"|\bi(?: would|['\u2019]d)? need (?:to|the|more)\b",
    re.IGNORECASE,
)
_ABSENT = re.compile(
    r"\s*(?:\w+ ){1,3}(?:was|were|is|are|has been|have been)"
    r" (?:provided|given|included|attached|shown)",
    re.IGNORECASE,
)
_FINALLY = re.compile(
    r"(?:\A|[.!?\n]\s*)[*_]*(?:therefore|thus|hence|so|in conclusion|conclusion|(?:the |my )?"
    r"(?:final )?(?:answer|verdict|decision|classification))\b[*_,:]*\s*"
    r"(?:(?:the )?(?:final )?answer\s*)?(?:is\b)?[\s:*_\"']*"
    r"(yes|no)[\s*_\"'.!]*\Z",
    re.IGNORECASE,
)
"""A decision behind its reasons."""
_ABOUT = re.compile(r"\s*(?:it|this|that|the\s+task|because|since|as)\b", re.IGNORECASE)
_YES_OR_NO = re.compile(
    r"\W*(?:do|does|did|is|are|was|were|can|could|will|would|should|has|have|may|must)\b",
    re.IGNORECASE,
)
"""Tasks that can be answered with the word themselves."""
_NOT_ONE = re.compile(r"(?:not|no|non)[\s-]+(?:an?\s+)?classification", re.IGNORECASE)


def read_decision(text: str, *, instruction: str = "") -> bool | None:
    """Return whether a reply says yes or no; None where it does not decide.

    The first word counts, in some 20 languages, behind marks and a label such as "Answer:"; or a
    last one behind its reasons. What runs on after it does not, nor does a decision on another
    task. A word that goes on into something else ("Yes, I can help. What ...?", "No problem",
    "Yes and no") is no decision.

    Args:
        text: the reply.
        instruction: the task that was asked about.
    """
    body = prepare(text)
    value = find_value(body, ("is_classification", "classification", "answer"))
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        body = value
    body = _BOXED.sub(r"\1", _without_echo(body[:4000], instruction)[:600])
    lead = _LEAD.match(body)
    start = lead.end() if lead is not None else 0
    found = _WORD.match(body, start)
    if found is None or _runs_into_a_word(body, found):
        last = _FINALLY.search(body)
        return _stated(body[start:]) if last is None else _MEANING[last.group(1).casefold()]
    word = found.group(1).casefold()
    may_be_true = word in instruction.casefold() or _YES_OR_NO.match(instruction)
    if word in {"true", "false"} and may_be_true:
        return None  # the task's own answer
    decision = _MEANING.get(word)
    if decision is None or not _stands(body, found, decision=decision):
        return None
    line = body[found.end() :].partition("\n")[0]
    answers = found.group("end") == "," and _YES_OR_NO.match(instruction) is not None
    return None if answers and not _goes_on(line) else decision


def _stands(body: str, found: re.Match[str], *, decision: bool) -> bool:
    """Tell whether what comes behind the word leaves it a decision."""
    line = body[found.end() :].partition("\n")[0]
    if found.group("end") == "?" or _OFFER.search(body) or _ABSENT.match(line):
        return False
    if _stated(line.lstrip()) not in {None, decision}:
        return False
    if line.startswith("```"):
        return True
    if found.group("end") in {"", "\n", ".", "\u3002"} or not line.strip():
        return not _asks_back(line)
    if _HEDGE.match(line) or _OTHER_TALK.match(line) or _asks_back(line):
        return False
    return found.group("end") is not None or _goes_on(line) or _repeats(line, found.group(1))


def _repeats(line: str, word: str) -> bool:
    """Tell whether a line says one word again and again."""
    return {part.strip(".,!").casefold() for part in line.split()} == {word.casefold()}


def _without_echo(body: str, instruction: str) -> str:
    """Return a reply without the task said again; what is said of another task is no decision."""
    echo = _ECHO.match(body)
    if echo is None:
        return body
    same = not instruction or word_form(instruction) in word_form(echo.group())
    return body[echo.end() :] if same else ""


def _runs_into_a_word(body: str, found: re.Match[str]) -> bool:
    """Tell whether the word is only the beginning of another, in scripts that part words."""
    word, end = found.group(1), found.end(1)
    return ord(word[0]) < 0x2E80 and _LATIN.match(body, end) is not None  # noqa: PLR2004


def _goes_on(line: str) -> bool:
    """Tell whether words right behind the decision are about it ("No this is no ...")."""
    return _REASON.search(line) is not None or _ABOUT.match(line) is not None


def _asks_back(line: str) -> bool:
    return line.rstrip().endswith(("?", "\uff1f")) and _REASON.search(line) is None


def _stated(body: str) -> bool | None:
    """Return what a whole sentence says: "This is (not) a classification task"."""
    if _NOT_ONE.match(body):
        return False
    found = _STATEMENT.search(body.partition("\n")[0])
    if found is None or found.start() > 40:  # noqa: PLR2004 - a decision comes first
        return None
    return found.group("not") is None
