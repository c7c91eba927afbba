"""The pure function of the service: from a request body to a status and a reply."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, ValidationError, convert

from selfinstruct.method.digest import canonical, sha256

from . import judging, replies, stages
from .rng import Rng

MALFORMED = 0.03
REFUSED = 0.01
CUT = 0.01
"""Shares of replies; what is left is right."""

CHARS_PER_TOKEN = 4
"""How many characters count as one token, everywhere in this service."""

FINGERPRINT = "fp_rehearsal_1"

Json = dict[str, Any]

Limited = Annotated[int, Meta(ge=1)] | None
Penalty = Annotated[float, Meta(ge=-2, le=2)] | None


class _Message(Struct):
    role: Literal["assistant", "developer", "function", "system", "tool", "user"]
    content: str | list[Any]


class _Common(Struct, forbid_unknown_fields=True):
    """What this service takes in either form and heeds."""

    model: Annotated[str, Meta(min_length=1)]
    temperature: Annotated[float, Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, Meta(ge=0, le=1)] | None = None
    presence_penalty: Penalty = None
    frequency_penalty: Penalty = None
    max_tokens: Limited = None
    stop: str | Annotated[list[str], Meta(min_length=1, max_length=4)] | None = None
    n: Literal[1] | None = None
    stream: bool | None = None

    def __post_init__(self) -> None:
        if self.stream:
            raise ValueError("the field `stream` must be false: this service does not stream")


class _Completion(_Common, kw_only=True):
    prompt: str | Annotated[list[str], Meta(min_length=1, max_length=1)]


class _Chat(_Common, kw_only=True):
    messages: Annotated[list[_Message], Meta(min_length=1)]
    max_completion_tokens: Limited = None
    response_format: dict[str, Any] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        form = self.response_format or {"type": "text"}
        schema = replies.schema_of({"response_format": form})
        if form.get("type") != ("text" if schema is None else "json_schema"):
            wanted = "text, or json_schema with a schema in it"
            raise ValueError(f"the field `response_format` must be {wanted}")


_FORMS: dict[str, type[_Common]] = {"chat": _Chat, "completion": _Completion}
_UNHEEDED = {
    *("seed", "stream_options", "user", "logit_bias", "reasoning_effort", "verbosity", "store"),
    *("metadata", "service_tier", "safety_identifier", "prompt_cache_key", "enable_thinking"),
}
"""What changes nothing but the digest; the last is Qwen's own, for gateways that pass it on."""

_UNKNOWN = "unrecognized request argument supplied:"
_PLACE = re.compile(r"(?:field `| - at `\$\.?)([^`]+)`")
"""Where msgspec names the parameter that is wrong."""


def digest(body: object) -> str:
    """Return the sha256 of the canonical body, with the name of the algorithm before it."""
    return sha256(canonical(body))


def error(status: int, message: str, param: str | None = None, code: str | None = None) -> Json:
    """Return OpenAI's error envelope for a status."""
    kinds = {400: "invalid_request_error", 404: "invalid_request_error", 429: "rate_limit_error"}
    kind = kinds.get(status, "server_error")
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def fault(body: object, form: str) -> tuple[str | None, str] | None:
    """Return (parameter, what is wrong with it) of a request body, or None when all is well."""
    if isinstance(body, dict):
        body = {name: value for name, value in body.items() if name not in _UNHEEDED}
    try:
        convert(body, _FORMS[form])
    except ValidationError as problem:
        named = _PLACE.search(str(problem))
        said = str(problem).replace("Object contains unknown field", _UNKNOWN)
        return named and named.group(1), said
    return None


def _cut(text: str, body: Json) -> tuple[str, str]:
    """Return the text as far as stop texts and the token limit let it go, and how it ended."""
    stop = body.get("stop") or ()
    ends = [text.find(mark) for mark in ([stop] if isinstance(stop, str) else stop) if mark]
    ends = [end for end in ends if end >= 0]
    if ends:
        text = text[: min(ends)]
    limit = body.get("max_completion_tokens") or body.get("max_tokens")
    if limit is not None and len(text) > limit * CHARS_PER_TOKEN:
        return text[: limit * CHARS_PER_TOKEN], "length"
    return text, "stop"


def _tokens(text: str) -> int:
    return -(-len(text) // CHARS_PER_TOKEN)


def _mid_word(text: str, rng: Rng) -> str:
    """Return the first part of a text, broken off inside a word where it has a long one."""
    at = rng.between(len(text) // 3, max(len(text) * 9 // 10, len(text) // 3))
    while at < len(text) and not (text[at - 1 : at].isalpha() and text[at : at + 1].isalpha()):
        at += 1
    return text[:at] if at < len(text) else text[: max(len(text) - 2, 1)]


def answer(seed: int, body: Any, form: str | None = None, lean: str = "") -> tuple[int, Json]:  # noqa: ANN401
    """Return (HTTP status, reply) for a request body.

    It depends on nothing but the service's seed, the sha256 of the canonical body, and what its
    judge prefers (`lean`, see `options`). `form` is "chat" or "completion", as the address asked
    says; without it the body decides. Of the reply, `id` and `created` are stand-ins (taken from
    the digest, and 0) that the server replaces.
    """
    if form is None:
        form = "chat" if isinstance(body, dict) and "messages" in body else "completion"
    wrong = fault(body, form)
    if wrong:
        return 400, error(400, f"{wrong[1]}.", wrong[0])
    name = digest(body)
    rng = Rng(seed, name)
    schema = replies.schema_of(body)
    luck = rng.unit() - MALFORMED
    refusal: str | None = None
    if 0 <= luck < REFUSED:
        text, finish, refusal = _refuse(form, rng, strict=schema is not None)
    else:
        words = judging.write(body, schema, rng, bad=luck < 0, lean=lean)
        if words is None:
            words = replies.write(stages.read(body), schema, seed, rng, bad=luck < 0)
        text, finish = _cut(words, body)
        if REFUSED <= luck < REFUSED + CUT:
            text, finish = _mid_word(text, rng), "length"
    before, tail = stages.texts(body)
    asked = _tokens(before + tail if form == "chat" else tail)
    given = _tokens(text or refusal or "")
    chat = form == "chat"
    content = None if refusal is not None else text
    message = {"role": "assistant", "content": content, "refusal": refusal}
    said: Json = {"message": message} if chat else {"text": text}
    return 200, {
        "id": f"{'chatcmpl' if chat else 'cmpl'}-{name[7:31]}",
        "object": "chat.completion" if chat else "text_completion",
        "created": 0,
        "model": body["model"],
        "choices": [{"index": 0, "logprobs": None, "finish_reason": finish, **said}],
        "usage": {
            "prompt_tokens": asked,
            "completion_tokens": given,
            "total_tokens": asked + given,
        },
        "system_fingerprint": FINGERPRINT,
    }


def _refuse(form: str, rng: Rng, *, strict: bool) -> tuple[str, str, str | None]:
    """Return text, finish reason and refusal: two in five each way, one in five filtered.

    Where a schema is asked for, no refusal stands in the text, which must obey it.
    """
    way, words = rng.below(5), rng.pick(replies.REFUSALS)
    if way == 0:
        return "", "content_filter", None
    if form == "chat" and (strict or way <= 2):  # noqa: PLR2004
        return "", "stop", words
    return words, "stop", None
