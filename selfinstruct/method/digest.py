"""Canonical JSON and digests: equal values give equal bytes on every machine."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .types import Decoding, Message, Request

_ENCODER = json.JSONEncoder(
    ensure_ascii=True, sort_keys=True, separators=(",", ":"), allow_nan=False
)


def canonical(value: object) -> str:
    """Return the one JSON text of `value`: sorted keys, no blanks, ASCII only.

    ASCII escapes keep lone surrogates, which some replies hold, alive.

    Raises:
        ValueError: for NaN and infinities, which JSON does not have.
    """
    return _ENCODER.encode(value)


def sha256(data: str | bytes) -> str:
    """Return `sha256:<hex>` of bytes, or of a text's UTF-8 form."""
    raw = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    return "sha256:" + hashlib.sha256(raw).hexdigest()


def request_digest(request: Request) -> str:
    """Return the digest of the canonical JSON of all that can change a reply.

    All requests of a stage begin alike: what comes before their last message is encoded and hashed
    once. `schema` is left out where it is empty.
    """
    state = _opening(request.key.attempt, request.decoding, request.messages[:-1]).copy()
    last = ",".join(map(canonical, request.messages[-1:]))
    end = _closing(request.model, request.protocol, request.schema, request.key.stage)
    state.update((last + end).encode("ascii"))
    return "sha256:" + state.hexdigest()


@lru_cache(maxsize=256)
def _opening(attempt: int, decoding: Decoding, messages: tuple[Message, ...]) -> hashlib._Hash:
    """Return the state of the hash behind all messages but the last."""
    text = canonical(
        {
            "attempt": attempt,
            "decoding": {
                "frequency_penalty": float(decoding.frequency_penalty),
                "max_tokens": decoding.max_tokens,
                "presence_penalty": float(decoding.presence_penalty),
                "stop": decoding.stop,
                "temperature": float(decoding.temperature),
                "top_p": float(decoding.top_p),
            },
            "messages": messages,
        }
    )
    comma = "," if messages else ""
    return hashlib.sha256((text.removesuffix("]}") + comma).encode("ascii"))


@lru_cache(maxsize=256)
def _closing(model: str, protocol: str, schema: str, stage: str) -> str:
    """Return the text behind the last message."""
    row = {"model": model, "protocol": protocol, "stage": stage}
    return "]," + canonical(row | {"schema": schema} if schema else row).removeprefix("{")
