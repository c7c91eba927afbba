"""From the body of any reply to its text, thoughts, finish reason and error (`shapes.toml`).

The shapes are one tree that is walked down along known names: those of OpenAI's chat and text
completions first, then what other servers and gateways make of them.
"""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from selfinstruct.resources import package_text

from .error_body import envelope, error_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from selfinstruct.method.types import Kind

_SHAPES = tomllib.loads(package_text("model/shapes.toml"))
_WAY, _THOUGHT, _FINISH = (tuple(_SHAPES[name].split()) for name in ("text", "thoughts", "finish"))
_COMMON = frozenset(_SHAPES["common"].split())
_TEXT_TYPES, _THOUGHT_TYPES, _NO_TEXT_TYPES = (
    frozenset(_SHAPES["types"][name].split()) for name in ("text", "thoughts", "neither")
)

Ending = Literal["done", "cut", "failed", "filtered", "unknown"]

CUT = "length"
"""How an answer that was cut is recorded, however the server spells it."""

_THOUGHT_TYPES_OWN = ("summary",)
"""Names that a thought of its own type has besides."""

_ONLY_NODES = {"message", "delta", "data"}
"""Names under which a bare text is something else: an error's words, a picture."""

_BARE_ANSWER = {"content", "role", "refusal"}
"""Names that make a node without text an empty answer."""

_OBJECTS = {"content", "response"}
"""Names under which an answer that is to be JSON comes as an object from some servers."""

_FIRST_OF = {"choices", "candidates", "results", "outputs"}
"""Lists of which the first is the answer: one is asked for."""


class NoAnswer(Exception):  # noqa: N818 - it is judged, not shown
    """The body has a known shape, and no answer in it; `kind` is the short name of why."""

    def __init__(self, kind: str, why: str) -> None:
        super().__init__(why)
        self.kind = kind


class UnknownShape(NoAnswer):
    """The body has a shape that nothing here knows."""

    def __init__(self, why: str = "the reply has no answer in it") -> None:
        super().__init__("no choice", why)


@dataclass(slots=True)
class Body:
    """What a reply's body says.

    Attributes:
        row: its fields other than the answer: `usage`, `model`, `id`, ...
        text: the answer.
        reasoning: the model's thoughts.
        refusal: the model's words where it refuses.
        finish: the finish reason as the server spells it.
        error: what it says of an error (see `error_body.envelope`), or None.
        beside: whether that error lies beside an answer, or a part of one.
    """

    row: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    finish: str = ""
    error: Mapping[str, Any] | None = None
    beside: bool = False

    @property
    def kind(self) -> Kind:
        """What kind of outcome it is, the finish reason aside."""
        return "refusal" if self.refusal else "text"


def read_body(content: bytes, *, structured: bool = False) -> Body:
    """Read the body of a reply with status 200.

    Args:
        content: its bytes: JSON, or events although none were asked for.
        structured: whether the answer is to be JSON, which some servers give as an object.

    Raises:
        NoAnswer: for a body without an answer and without an error.
        UnknownShape: for one in none of the known shapes.
    """
    try:
        row = json.loads(content)
    except (ValueError, RecursionError) as error:
        return _read_events(content, error, structured=structured)
    return _read_row(row, structured=structured)


def _read_row(row: object, *, structured: bool) -> Body:
    if (body := _read_plain(row)) is not None:
        return body
    body = Body(row if isinstance(row, dict) else {})
    told = error_in(row)
    if told is not None:
        body.error, body.beside = told, bool(body.row.get("choices"))
        return body
    if body.row.get("choices", True) in ([], None):
        raise NoAnswer("no choice", "the reply has no answer in it")
    if body.row.get("object") == "response":  # its `text` and `reasoning` are what was asked for
        row = {name: body.row.get(name) for name in ("output", "incomplete_details")}
    walk = _Walk(body, structured=structured)
    try:
        found = isinstance(row, dict | list) and bool(row) and walk.down(row)
    except RecursionError as error:
        raise UnknownShape from error
    if not found:
        raise UnknownShape
    return body


def _read_plain(row: Any) -> Body | None:  # noqa: ANN401 - any JSON
    """Read the commonest shape, the short way; None for any other."""
    try:
        (choice,) = row["choices"]
        message = choice["message"]
        text, finish = message["content"], choice["finish_reason"]
        thoughts = message.get("reasoning_content") or ""
        odd = row.get("error") or choice.get("error") or message.get("refusal")
    except (KeyError, ValueError, TypeError, AttributeError):
        return None
    texts = type(text) is str and type(finish) is str and type(thoughts) is str
    if not texts or not text or odd or not message.keys() <= _COMMON:
        return None
    return Body(row, text, thoughts, finish=finish)


def _read_events(content: bytes, broken: Exception, *, structured: bool) -> Body:
    """Join server-sent events, or lines of JSON each (Ollama)."""
    rows, ended = _events(content)
    if not rows:
        start = content.lstrip()[:1]
        if start == b"<":
            raise NoAnswer(
                "not JSON", "it answers with a web page; is --base-url right?"
            ) from broken
        if start and start not in b'{["\xef':
            raise UnknownShape("what it answers is not JSON") from broken
        raise NoAnswer("broken JSON", str(broken)) from broken
    body = Body()
    walk = _Walk(body, structured=structured, pieces=True)
    merged: dict[str, Any] = {}
    for row in rows:
        merged |= {name: value for name, value in row.items() if value is not None}
        if (told := error_in(row)) is not None:
            body.error = told
        else:
            walk.down(row)
    body.row = merged
    body.beside = bool(body.text)
    if body.error is None and not (ended or body.finish or merged.get("done") is True):
        raise NoAnswer("broken JSON", "the stream of events broke off")
    return body


def _events(content: bytes) -> tuple[list[dict[str, Any]], bool]:
    """Return the rows of a stream, and whether it says that it has ended; none for no stream."""
    rows: list[dict[str, Any]] = []
    ended = False
    for line in content.decode("utf-8", "replace").splitlines():
        name, mark, data = line.partition(":")
        if line.lstrip().startswith("{"):
            data = line
        elif not mark or name != "data":
            if name.strip() not in {"", "event", "id", "retry"}:
                return [], False
            ended = ended or line.replace(" ", "") in {"event:message_stop", "event:done"}
            continue
        if data.strip() == "[DONE]":
            ended = True
            continue
        try:
            row = json.loads(data)
        except (ValueError, RecursionError):
            return rows, False  # broken off within a line
        if isinstance(row, dict):
            rows.append(row)
    return rows, ended


class _Walk:
    """Walks down a body and gathers what it meets."""

    def __init__(self, body: Body, *, structured: bool, pieces: bool = False) -> None:
        self._body = body
        self._structured = structured
        self._pieces = pieces

    def down(self, value: object, *, thinks: bool = False) -> bool:
        """Gather from a value; return whether anything known was met, be it empty.

        Raises:
            UnknownShape: for what is no text.
        """
        if isinstance(value, str):
            if thinks:
                self._body.reasoning += value
            else:
                self._body.text += value
            return True
        if isinstance(value, list):
            met = [self.down(each, thinks=thinks) for each in value]
            return any(met) or not value
        if isinstance(value, dict):
            return self._node(value, thinks=thinks)
        if value is None or thinks:
            return False
        raise UnknownShape

    def _node(self, node: dict[str, Any], *, thinks: bool) -> bool:
        body, kind = self._body, str(node.get("type") or "")
        if kind in _NO_TEXT_TYPES:
            return True
        thinks = thinks or kind in _THOUGHT_TYPES or node.get("thought") is True
        if kind and kind not in _TEXT_TYPES and not thinks:
            if self._pieces:
                return True
            raise UnknownShape
        if kind == "refusal" or node.get("refusal"):
            body.refusal += str(node.get("refusal") or node.get("text") or "")
            return True
        if node.get("error") and body.error is None:
            body.error, body.beside = envelope(node), True
        met = self._finished(node) or self._pieces or not _BARE_ANSWER.isdisjoint(node)
        if thinks:
            return self._first(node, _WAY + _THOUGHT + _THOUGHT_TYPES_OWN, thinks=True) or met
        met = self._first(node, _THOUGHT, thinks=True) or met
        met = self._first(node, _WAY, thinks=False) or met
        if node and not met:
            raise UnknownShape
        return met

    def _first(self, node: Mapping[str, Any], names: Iterable[str], *, thinks: bool) -> bool:
        """Go down along the names until one has given something; return whether any was known."""
        before, met = self._size(thinks=thinks), False
        for name in names:
            value = node.get(name)
            if value is None or value is True or value is False:
                continue
            if name in _ONLY_NODES and not isinstance(value, dict):
                continue
            if name in _FIRST_OF and isinstance(value, list):
                value = value[0] if value else None
            if self._structured and name in _OBJECTS and _is_object(value):
                value = json.dumps(value, ensure_ascii=False)
            met = self.down(value, thinks=thinks) or met
            if self._size(thinks=thinks) > before:
                break
        return met

    def _size(self, *, thinks: bool) -> int:
        return len(self._body.reasoning if thinks else self._body.text)

    def _finished(self, node: Mapping[str, Any]) -> bool:
        """Take in a node's finish reason; return whether it has one."""
        for name in _FINISH:
            value = node.get(name)
            if isinstance(value, dict):  # SGLang's own
                value = value.get("type")
            if value:
                self._body.finish = str(value)
                return True
            if name in node and name == _FINISH[0]:
                return False  # vLLM: `stop_reason` is then the text or token that stopped it
        details = node.get("incomplete_details")
        if isinstance(details, dict) and details.get("reason"):
            self._body.finish = str(details["reason"])
            return True
        return False


def _is_object(value: object) -> bool:
    """Tell whether a value is an answer of its own, no part that holds one."""
    return (
        isinstance(value, dict)
        and value.get("type") not in _TEXT_TYPES
        and not {"text", "content", "parts", "choices", *_FINISH} & set(value)
    )


def _plain(reason: str) -> str:
    # Gemini's libraries write `FinishReason.MAX_TOKENS`.
    return re.sub(r"[\W_]+", "", reason).casefold().removeprefix("finishreason")


_ENDINGS = {
    _plain(word): end for end, words in _SHAPES["endings"].items() for word in words.split()
}


@lru_cache(maxsize=256)
def ending(reason: str) -> Ending:
    """Return what a finish reason means; none at all counts as done: some servers give none."""
    return _ENDINGS.get(_plain(reason), "unknown") if reason else "done"
