"""Replies to the prompts about whole tasks: scores, choices, answers, next turns, rewrites.

How good an answer is depends on its text alone, so that a judge who is not led by anything says the
same of two answers in either order, but for a tenth of the replies, which are noise. A judge can be
told to prefer the answer shown first, or the longer one.
"""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING, Any

from selfinstruct.resources import package_text

from . import grammar
from .rng import Rng
from .stages import texts
from .tasks import prose

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LED, NOISE = 0.8, 0.1
"""Shares of a judge's replies: led by what it prefers, where it does; drawn."""

_SAID: dict[str, Any] = tomllib.loads(package_text("model/rehearsal/judging.toml"))
_QUOTE = r'"""\n(.*?)\n"""'
_TASK = r"<instruction>\n(.*?)\n</instruction>\n<input>\n.*?\n</input>\n"
_JUDGED = (
    rf"{_TASK}<answer>\n(.*)\n</answer>",
    rf"Task:\n{_QUOTE}\n\nAnswer:\n{_QUOTE}\n\nWhich mark",
)
_COMPARED = (
    rf"{_TASK}<answer-a>\n(.*?)\n</answer-a>\n<answer-b>\n(.*)\n</answer-b>",
    rf"Task:\n{_QUOTE}\n\nAnswer A:\n{_QUOTE}\n\nAnswer B:\n{_QUOTE}\n\nWhich answer",
)
_TURN = (r"User: (.*)\n\nWhat does the user say next\?",)
_REWRITTEN = (r"The change: ([^\n]*)\n\n<task>\n(.*)\n</task>",)
_HARDER = (
    r"<first-task>\n(.*)\n</first-task>\n<second-task>\n(.*)\n</second-task>",
    r'Task 1: "(.*)"\n\nTask 2: "(.*)"\n\nIs task 2 harder',
)
_ANSWERS = re.compile(r"\AYou (?:carry out tasks\.|are in a conversation)")
_WORD = re.compile(r"[A-Za-z]{5,}")
_WAYS = (
    *(("one condition", "constraints"), ("concrete", "concrete"), ("two steps", "reasoning")),
    *(("another task", "breadth"), ("", "deeper")),
)
"""Words by which a change is known, and the way that is meant."""


def write(
    body: Mapping[str, Any], schema: object, rng: Rng, *, bad: bool, lean: str = ""
) -> str | None:
    """Return the reply to a prompt about a whole task; None for other prompts.

    Args:
        body: a well-formed request.
        schema: what its answer has to obey, or None.
        rng: the draws of this request.
        bad: nothing can be made of the reply, unless a schema binds it.
        lean: what the judge prefers: one of `options.LEANS`.
    """
    before, tail = texts(body)
    if _ANSWERS.match(before):
        return "" if bad else _answer(tail, rng)
    for patterns, say in _PROMPTS:
        found = next(filter(None, (re.search(each, tail, re.DOTALL) for each in patterns)), None)
        if found is None:
            continue
        content, form = say(*found.groups(), rng, lean)
        if schema is not None:
            return json.dumps(content, ensure_ascii=False)
        return str(rng.pick(_SAID["vague"])) if bad else form
    return None


def _about(text: str) -> str:
    """Return what a text is about: two of its longer words."""
    found = _WORD.findall(text.partition("\n")[0])
    return " ".join(found[-2:]).lower() or "the matter"


def _quality(task: str, answer: str) -> int:
    """Return how good an answer to a task is, 2 to 10, whatever its length."""
    return Rng("quality", task.strip(), answer.strip()).between(2, 10)


def _judged(task: str, answer: str, rng: Rng, lean: str) -> tuple[dict[str, Any], str]:
    score = rng.between(1, 10) if rng.chance(NOISE) else _quality(task, answer)
    if lean == "longer" and rng.chance(LED):
        score = max(1, min(10, 1 + len(answer.split()) // 6))
    kind = "good" if score > 7 else "fair" if score > 4 else "poor"  # noqa: PLR2004
    return _told(kind, "score", task, rng, {"score": score})


def _compared(
    task: str, first: str, second: str, rng: Rng, lean: str
) -> tuple[dict[str, Any], str]:
    one, other = _quality(task, first), _quality(task, second)
    better = "tie" if one == other else "A" if one > other else "B"
    if rng.chance(NOISE):
        better = rng.pick(("A", "B"))
    if lean and rng.chance(LED):
        longer = "A" if len(first.split()) >= len(second.split()) else "B"
        better = "A" if lean == "first" else longer
    return _told("apart", "choice", task, rng, {"better": better})


def _told(
    kind: str, form: str, task: str, rng: Rng, verdict: Mapping[str, object]
) -> tuple[dict[str, Any], str]:
    reason = rng.pick(_SAID[kind]).replace("{x}", _about(task))
    (value,) = verdict.values()
    if value == "tie":
        reason = _SAID["even"].replace("{x}", _about(task))
    text = rng.pick(_SAID[form]).replace("{reason}", reason).replace("{n}", str(value))
    return {"reason": reason, **verdict}, text


def _next_turn(said: str, rng: Rng, _lean: str) -> tuple[dict[str, Any], str]:
    last = said.rpartition("\n\nAssistant: ")[2]
    message = rng.pick(_SAID["asked"]).replace("{x}", _about(last))
    return {"message": message}, message if rng.chance(0.8) else f'"{message}"'


def _rewritten(change: str, task: str, rng: Rng, _lean: str) -> tuple[dict[str, Any], str]:
    way = next(name for words, name in _WAYS if words in change)
    old, _, given = task.partition("\n\n")
    new = grammar.compose(rng)
    made = _SAID["ways"][way].replace("{x}", _about(old))
    made = made.replace("{old}", old).replace("{new}", new)
    if given and way != "breadth":
        made = f"{made}\n\n{given}"
    return {"instruction": made}, made if rng.chance(0.7) else f"New task: {made}"


def _harder(first: str, second: str, rng: Rng, _lean: str) -> tuple[dict[str, Any], str]:
    yes = len(second.split()) > 0 and first.strip() != second.strip() and rng.chance(0.85)
    reason, answer = rng.pick(_SAID["harder" if yes else "same"]), "Yes" if yes else "No"
    text = f"Reason: {reason}\nAnswer: {answer}" if rng.chance(0.7) else answer
    return {"reason": reason, "answer": answer}, text


def _answer(tail: str, rng: Rng) -> str:
    """Return an answer to a user's message: what the grammar knows of it, or prose."""
    instruction, _, given = tail.partition("\n\n")
    known = grammar.instances(instruction)
    same = [pair.output for pair in known if pair.input == given]
    if same and rng.chance(0.7):
        return same[0]
    return prose("paragraph", _about(instruction), rng, rng.between(1, 4))


_PROMPTS: tuple[tuple[tuple[str, ...], Callable[..., tuple[dict[str, Any], str]]], ...] = (
    (_COMPARED, _compared),
    (_JUDGED, _judged),
    (_TURN, _next_turn),
    (_REWRITTEN, _rewritten),
    (_HARDER, _harder),
)
