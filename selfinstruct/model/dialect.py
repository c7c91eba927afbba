"""Dialect: how one endpoint wants a request put. It is learnt once and is not in the digest."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from selfinstruct.method.types import Request

_PENALTY = re.compile(r"\bpenalty is not (?:enabled|supported)", re.IGNORECASE)


HEAD_ROOM = 2048
"""Tokens a model that reasons may use for thoughts, beyond the recipe's longest answer."""


@dataclass(slots=True)
class Dialect:
    """How an endpoint wants requests put. What is learnt is kept with the run, never unlearnt.

    Attributes:
        token_parameter: the name under which it takes the longest reply.
        dropped: parameters that it refused and that are left out since.
        merged_roles: whether it takes no system role: its text then opens the user's message.
        reasons: whether the model thinks before it answers: it takes no sampling parameters and no
            stop texts, and gets head-room for its thoughts.
        head_room: tokens of that; a user's choice, not learnt.
    """

    token_parameter: str = "max_tokens"  # noqa: S105 - a parameter's name
    dropped: set[str] = field(default_factory=set)
    merged_roles: bool = False
    reasons: bool = False
    head_room: int = HEAD_ROOM

    def to_json(self) -> dict[str, object]:
        """Return it as the run keeps it."""
        return {
            "dropped": sorted(self.dropped),
            "merged_roles": self.merged_roles,
            "reasons": self.reasons,
            "token_parameter": self.token_parameter,
        }

    @classmethod
    def from_json(cls, row: Mapping[str, Any], head_room: int = HEAD_ROOM) -> Dialect:
        """Read what `to_json` gave; what is missing has its default."""
        plain = cls()
        return cls(
            token_parameter=str(row.get("token_parameter", plain.token_parameter)),
            dropped={str(name) for name in row.get("dropped", ())},
            merged_roles=bool(row.get("merged_roles", False)),
            reasons=bool(row.get("reasons", False)),
            head_room=head_room,
        )

    def longest(self, request: Request) -> int:
        """Return the most tokens that an answer can have, thoughts included."""
        return request.decoding.max_tokens + (self.head_room if self.reasons else 0)

    def body(self, request: Request, model: str) -> dict[str, Any]:
        """Return the body of a request in this dialect."""
        decoding = request.decoding
        body: dict[str, Any] = {"model": model}
        if request.protocol == "completion":
            body["prompt"] = request.messages[0].content
        else:
            body["messages"] = self._messages(request)
        body["temperature"] = decoding.temperature
        if decoding.top_p != 1:
            body["top_p"] = decoding.top_p
        if decoding.frequency_penalty:
            body["frequency_penalty"] = decoding.frequency_penalty
        if decoding.presence_penalty:
            body["presence_penalty"] = decoding.presence_penalty
        body[self.token_parameter] = self.longest(request)
        if decoding.stop:
            body["stop"] = list(decoding.stop)
        if request.protocol == "schema":
            body["response_format"] = {
                "type": "json_schema",
                "json_schema": {
                    "name": request.key.stage.replace("-", "_"),
                    "strict": True,
                    "schema": json.loads(request.schema),
                },
            }
        for name in self.dropped:
            body.pop(name, None)
        if self.reasons:
            for name in _SAMPLING:
                body.pop(name, None)
        return body

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

    def adapt(self, status: int, error: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
        """Learn from a refused request; return whether the next one will be put another way."""
        if status not in {400, 422}:
            return False
        words = _message(error)
        if "messages" in body and not self.merged_roles and _ROLES.search(words):
            self.merged_roles = True
            return True
        if self.token_parameter in body and "max_completion_tokens" in words:
            if self.token_parameter == "max_tokens":  # noqa: S105 - a parameter's name
                self.token_parameter = "max_completion_tokens"  # noqa: S105 - as above
                # Of OpenAI's models only those that reason refuse `max_tokens`.
                self.reasons = True
                return True
            return False
        sent = [name for name in _SAMPLING if name in body]
        # The parameter that is named first; in quotes before others, as "stop" is also a word.
        for form in (r"[`'\"]{}[`'\"]", r"\b{}\b"):
            places = {
                name: found.start()
                for name in sent
                if (found := re.search(form.format(name), f"'{error.get('param')}' {words}"))
            }
            if places:
                self.dropped.add(min(places, key=places.__getitem__))
                return True
        if _PENALTY.search(words):  # Gemini names neither
            self.dropped.update(name for name in sent if name.endswith("penalty"))
        return any(name in self.dropped for name in sent)


_SAMPLING = ("temperature", "top_p", "frequency_penalty", "presence_penalty", "stop")
_ROLES = re.compile(
    r"(?:system|developer)(?: role| message| instruction)s? (?:is|are) not (?:supported|enabled|"
    r"allowed)|does not support (?:the )?['\"]?(?:system|developer)|system role not supported|"
    r"roles must alternate|only user and assistant roles|unsupported role|invalid role",
    re.IGNORECASE,
)


def _message(error: Mapping[str, Any]) -> str:
    return " ".join(str(error.get(name) or "") for name in ("code", "type", "message"))
