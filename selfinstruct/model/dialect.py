"""Dialect: how one endpoint wants a request put. It is learnt once and is not in the digest."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from .refusals import row_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from selfinstruct.method.types import Request

HEAD_ROOM = 2048
"""Tokens a model that reasons may use for thoughts, beyond the recipe's longest answer."""


STREAM: Mapping[str, Any] = {"stream": True, "stream_options": {"include_usage": True}}
"""Fields that have an answer sent in pieces (OpenAI's API reference, "Streaming")."""

FORM = {200, 400, 422}
"""Statuses of refusals of a request's form; 200: an error as an answer."""


class Change(NamedTuple):
    """One value that an endpoint refused, and what is sent in its place.

    Attributes:
        stage: where it was refused; "" for everywhere.
        parameter: its name.
        asked: the value that the recipe asks for; None stands for any.
        sent: what is sent; None: it is left out.
    """

    stage: str
    parameter: str
    asked: object
    sent: object


@dataclass(slots=True)
class Dialect:
    """How an endpoint wants requests put. What is learnt is kept with the run, never unlearnt.

    Attributes:
        token_parameter: the name under which it takes the longest reply.
        changes: values that it refused, by stage and parameter.
        demands: fields that it wants in every request.
        merged_roles: whether it takes no system role: its text then opens the user's message.
        reasons: whether the model thinks before it answers: it takes no sampling parameters and no
            stop texts, and gets head-room for its thoughts.
        head_room: tokens of that; a user's choice, not learnt.
        given: fields of the user's own, not learnt.
    """

    token_parameter: str = "max_tokens"  # noqa: S105 - a parameter's name
    changes: dict[tuple[str, str], Change] = field(default_factory=dict)
    demands: dict[str, Any] = field(default_factory=dict)
    merged_roles: bool = False
    reasons: bool = False
    head_room: int = HEAD_ROOM
    given: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, object]:
        """Return it as the run keeps it."""
        return {
            "changes": [self.changes[key]._asdict() for key in sorted(self.changes)],
            "demands": dict(self.demands),
            "merged_roles": self.merged_roles,
            "reasons": self.reasons,
            "token_parameter": self.token_parameter,
        }

    @classmethod
    def from_json(
        cls,
        row: Mapping[str, Any],
        head_room: int = HEAD_ROOM,
        given: Mapping[str, Any] | None = None,
    ) -> Dialect:
        """Read what `to_json` gave; what is missing, or no such thing, is learnt again."""
        try:
            changes = [Change(**each) for each in row.get("changes", ())]
            # Before changes were kept by stage, a run knew names that are left out everywhere.
            changes += [Change("", str(name), None, None) for name in row.get("dropped", ())]
            demands = dict(row.get("demands", {}))
        except (AttributeError, TypeError, ValueError):
            return cls(head_room=head_room, given=given or {})
        return cls(
            token_parameter=str(row.get("token_parameter", cls().token_parameter)),
            changes={(each.stage, each.parameter): each for each in changes},
            demands=demands,
            merged_roles=bool(row.get("merged_roles", False)),
            reasons=bool(row.get("reasons", False)),
            head_room=head_room,
            given=given or {},
        )

    def longest(self, request: Request) -> int:
        """Return the most tokens that an answer can have, thoughts included."""
        most = request.decoding.max_tokens + (self.head_room if self.reasons else 0)
        change = self.changes.get((request.key.stage, self.token_parameter))
        if change is not None and change.asked == most and isinstance(change.sent, int):
            return change.sent
        return most

    def body(self, request: Request, model: str) -> dict[str, Any]:
        """Return the body of a request in this dialect."""
        body: dict[str, Any] = {"model": model}
        if request.protocol == "completion":
            body["prompt"] = request.messages[0].content
        else:
            body["messages"] = self._messages(request)
        body |= {**self._decoding(request), **self.demands, **self.given}
        return self.changed(body, request.key.stage)

    def changed(self, body: dict[str, Any], stage: str) -> dict[str, Any]:
        """Return a stage's body with other values in place of those that were refused."""
        for change in self.changes.values():
            refused = change.asked in (None, body.get(change.parameter))
            if refused and change.stage in ("", stage):
                body[change.parameter] = change.sent
                if change.sent is None:
                    del body[change.parameter]
        return body

    def _decoding(self, request: Request) -> dict[str, Any]:
        decoding = request.decoding
        fields: dict[str, Any] = {
            "temperature": decoding.temperature,
            "top_p": None if decoding.top_p == 1 else decoding.top_p,
            "frequency_penalty": decoding.frequency_penalty or None,
            "presence_penalty": decoding.presence_penalty or None,
            self.token_parameter: self.longest(request),
            "stop": list(decoding.stop) or None,
        }
        if request.protocol == "schema":
            fields["response_format"] = {
                "type": "json_schema",
                "json_schema": {
                    "name": request.key.stage.replace("-", "_"),
                    "strict": True,
                    "schema": json.loads(request.schema),
                },
            }
        if self.reasons:
            fields |= dict.fromkeys(_SAMPLING)
        return {name: value for name, value in fields.items() if value is not None}

    def _messages(self, request: Request) -> list[dict[str, str]]:
        rows = [{"role": each.role, "content": each.content} for each in request.messages]
        if self.merged_roles and rows[0]["role"] == "system" and len(rows) > 1:
            first = rows.pop(0)["content"]
            rows[0] = {"role": rows[0]["role"], "content": f"{first}\n\n{rows[0]['content']}"}
        return rows

    def notice(self) -> bool:
        """Learn from an answer that ended in the model's thoughts; return whether that is new."""
        known, self.reasons = self.reasons, True
        return not known

    def adapt(
        self, status: int, error: Mapping[str, Any], body: Mapping[str, Any], stage: str
    ) -> bool:
        """Learn from a refused request.

        Args:
            status: of the response.
            error: what it says (see `error_body.envelope`).
            body: what was sent.
            stage: of the request; a value that is refused is changed there alone.

        Returns:
            Whether the next such request will be put another way.
        """
        if status not in FORM:
            return False
        row = row_of(status, error)
        if row is not None and not row.body.items() <= body.items():
            self.demands |= row.body
            return not row.body.keys() <= self.given.keys()
        return self._adapt(error, body, stage)

    def _adapt(self, error: Mapping[str, Any], body: Mapping[str, Any], stage: str) -> bool:
        words = " ".join(str(error.get(name) or "") for name in ("code", "type", "message"))
        if "messages" in body and not self.merged_roles and _ROLES.search(words):
            self.merged_roles = True
            return True
        if self.token_parameter in body and "max_completion_tokens" in words:
            if self.token_parameter == "max_tokens":  # noqa: S105 - a parameter's name
                self.token_parameter = "max_completion_tokens"  # noqa: S105 - as above
                # Of OpenAI's models only those that reason refuse `max_tokens`.
                self.reasons = True
                return True
            return self._change(stage, self.token_parameter, body, words)
        # The parameter that is named first; in quotes before others, as "stop" is also a word.
        sent = [name for name in (*_SAMPLING, self.token_parameter, _USAGE) if name in body]
        for form in (r"[`'\"]{}[`'\"]", r"\b{}\b"):
            places = {
                name: found.start()
                for name in sent
                if (found := re.search(form.format(name), f"'{error.get('param')}' {words}"))
            }
            if places:
                return self._change(stage, min(places, key=places.__getitem__), body, words)
        # Gemini names neither of its penalties.
        unnamed = [each for each in sent if each.endswith("penalty") and _PENALTY.search(words)]
        for name in unnamed:
            self._change(stage, name, body, "")
        return bool(unnamed)

    def _change(self, stage: str, name: str, body: Mapping[str, Any], words: str) -> bool:
        """Send another value than the refused one, else none; return whether that can be."""
        before, value = self.changes.get((stage, name)), body[name]
        clamped = before is not None and before.sent == value
        asked = before.asked if before is not None and clamped else value
        sent: object
        about = words.partition(name)[2] or words
        if name == self.token_parameter:
            # A longest answer of the whole context would leave no room for a prompt.
            sent = None if clamped or _CONTEXT.search(words) else _tokens(value, about)
            if sent is None:
                return False
        else:
            sent = None if clamped else allowed(value, about)
        self.changes[stage, name] = Change(stage, name, asked, sent)
        return True


def allowed(value: object, words: str) -> object:
    """Return the value nearest to a refused one that the words of the refusal allow.

    The numbers in them are taken for bounds. One that is the value itself is a bound that is not
    allowed itself, where the words say so, or an echo of what was sent. A list is shortened.

    Returns:
        None where the words name no bound.
    """
    numbers = _numbers(words)
    if isinstance(value, list):
        fits = [int(each) for each in numbers if 1 <= each < len(value)]
        return value[: max(fits)] if fits else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    others = [each for each in numbers if each != value]
    open_bound = _OPEN.search(words) is not None
    echo = len(others) > 1 and not others[0] < value < others[-1]
    if open_bound and (not others or (value in numbers and not echo)):
        up = others[0] > value if others else value <= 0
        return _step(value, up=up)
    if not others:
        return None
    nearest = min(others, key=lambda each: abs(each - value))
    return _step(nearest, up=nearest > value) if open_bound else nearest


def _tokens(value: int, words: str) -> int | None:
    """Return the nearest length below a refused one, or above where there is none, if told."""
    numbers = [int(each) for each in _numbers(words) if each >= 1 and each != value]
    below = [each for each in numbers if each < value]
    above = numbers if not below and _LEAST.search(words) else []
    return max(below) if below else min(above, default=None)


def _numbers(words: str) -> list[float]:
    return sorted({float(each) for each in _NUMBER.findall(_THOUSANDS.sub("", words))})


def _step(value: float, *, up: bool) -> float:
    """Return a number a little within an open bound."""
    return round(value + (0.01 if up else -0.01), 6)


def told(row: Mapping[str, Any]) -> list[str]:
    """Return, in words, where what is sent is not what the recipe asks for.

    Args:
        row: what `Dialect.to_json` gave.
    """
    dialect = Dialect.from_json(row)
    lines = []
    for change in dialect.changes.values():
        where = f"{change.stage}: " if change.stage else ""
        asked = "" if change.asked is None else f" {_short(change.asked)}"
        if change.sent is None:
            lines.append(f"{where}{change.parameter}{asked} left out")
        else:
            lines.append(f"{where}{change.parameter} {_short(change.sent)} in place of{asked}")
    lines += [f"{name} {_short(value)} added" for name, value in dialect.demands.items()]
    if dialect.merged_roles:
        lines.append("system message joined to the user's")
    if dialect.reasons:
        lines.append("no sampling parameters and no stop texts, as the model reasons")
    return lines


def _short(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


_SAMPLING = ("temperature", "top_p", "frequency_penalty", "presence_penalty", "stop")
_USAGE = "stream_options"
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w]|\.\d)")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
_LEAST = re.compile(r"at least|minimum|greater|below|small|>=|≥|\[", re.IGNORECASE)
_CONTEXT = re.compile(r"context|model_?len", re.IGNORECASE)
_OPEN = re.compile(
    r"strictly|exclusive|\bpositive|(?:greater|more|larger|bigger|less|smaller|lower) than"
    r"(?! or equal)|[<>](?!=)|\(\s*-?\d[\d.]*\s*,|,\s*-?\d[\d.]*\s*\)|"
    r"[大小]于(?!或?等于)",
    re.IGNORECASE,
)
"""Words and signs of a bound that is not allowed itself."""

_PENALTY = re.compile(r"\bpenalty is not (?:enabled|supported)", re.IGNORECASE)
_ROLES = re.compile(
    r"(?:system|developer)(?: role| message| instruction)s? (?:is|are) not (?:supported|enabled|"
    r"allowed)|does not support (?:the )?['\"]?(?:system|developer)|system role not supported|"
    r"roles must alternate|only user and assistant roles|unsupported role|invalid role",
    re.IGNORECASE,
)
