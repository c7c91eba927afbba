"""Dialect: how one endpoint wants a request put. It is learnt once and is not in the digest."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from selfinstruct.method.types import Request

_OVERFLOW = re.compile(
    r"context[ _](?:length|size|window)|maximum context|exceeds? the (?:available )?context|"
    r"too many (?:input )?tokens|prompt is too long",
    re.IGNORECASE,
)
_POLICY = re.compile(r"content[ _](?:policy|filter|management)|safety system", re.IGNORECASE)
_QUOTED = re.compile(r"[`'\"](\w+)[`'\"]")


def overflows(status: int, error: Mapping[str, Any]) -> bool:
    """Tell whether an error says that the prompt does not fit the context."""
    return status in {400, 413, 422} and _OVERFLOW.search(_words(error)) is not None


def forbids(status: int, error: Mapping[str, Any]) -> bool:
    """Tell whether an error says that the provider's policy forbids this prompt."""
    return status in {400, 403, 422} and _POLICY.search(_words(error)) is not None


@dataclass(slots=True)
class Dialect:
    """What has been learnt of an endpoint.

    Attributes:
        token_parameter: the name under which it takes the longest reply.
        dropped: parameters that it refused and that are left out since.
    """

    token_parameter: str = "max_tokens"  # noqa: S105 - a parameter's name
    dropped: set[str] = field(default_factory=set)

    def body(self, request: Request, model: str) -> dict[str, Any]:
        """Return the body of a request in this dialect."""
        decoding = request.decoding
        body: dict[str, Any] = {"model": model}
        if request.protocol == "completion":
            body["prompt"] = request.messages[0].content
        else:
            body["messages"] = [
                {"role": message.role, "content": message.content} for message in request.messages
            ]
        body["temperature"] = decoding.temperature
        if decoding.top_p != 1:
            body["top_p"] = decoding.top_p
        if decoding.frequency_penalty:
            body["frequency_penalty"] = decoding.frequency_penalty
        if decoding.presence_penalty:
            body["presence_penalty"] = decoding.presence_penalty
        body[self.token_parameter] = decoding.max_tokens
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
        return body

    def adapt(self, status: int, error: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
        """Learn from a refused request; return whether the next one will be put another way."""
        if status not in {400, 422}:
            return False
        words = _words(error)
        if self.token_parameter in body and "max_completion_tokens" in words:
            if self.token_parameter == "max_tokens":  # noqa: S105 - a parameter's name
                self.token_parameter = "max_completion_tokens"  # noqa: S105 - as above
                return True
            return False
        named = [error.get("param"), *_QUOTED.findall(words)]
        for name in named:
            if name in body and name in _OPTIONAL and name not in self.dropped:
                self.dropped.add(name)
                return True
        return False


_OPTIONAL = {"temperature", "top_p", "frequency_penalty", "presence_penalty", "stop"}


def _words(error: Mapping[str, Any]) -> str:
    return " ".join(str(error.get(name) or "") for name in ("code", "type", "message"))
