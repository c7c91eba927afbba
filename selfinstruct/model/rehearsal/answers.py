"""The pure function of the service: from a request body to a status and a reply."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from selfinstruct.method.digest import canonical, sha256

from . import replies, stages
from .rng import Rng

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Check = Callable[[Any], bool]

MALFORMED = 0.03
REFUSED = 0.01
CUT = 0.01
"""Shares of replies; what is left is right."""

CHARS_PER_TOKEN = 4
"""How many characters count as one token, everywhere in this service."""

FINGERPRINT = "fp_rehearsal_1"

Json = dict[str, Any]
Fault = tuple[str, str]
"""A parameter, and what is wrong with it."""

_COMMON = (
    "model temperature top_p presence_penalty frequency_penalty max_tokens stop n seed stream user"
    " logit_bias "
)
_TAKEN = {
    "completion": frozenset((_COMMON + "prompt").split()),
    "chat": frozenset(
        (
            _COMMON + "messages max_completion_tokens response_format reasoning_effort verbosity"
            " store metadata service_tier safety_identifier prompt_cache_key"
        ).split()
    ),
}
"""Parameters that this service takes, by the form; some change nothing but the digest."""
_ROLES = ("assistant", "developer", "function", "system", "tool", "user")
_MOST_STOPS = 4


def _within(low: float, high: float) -> tuple[Check, str]:
    def check(value: object) -> bool:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return number and low <= cast("float", value) <= high

    return check, f"a number from {low} to {high}"


def _is_prompt(value: object) -> bool:
    texts = value if isinstance(value, list) else [value]
    return len(texts) == 1 and isinstance(texts[0], str)


def _is_stop(value: object) -> bool:
    texts = value if isinstance(value, list) else [value]
    return 1 <= len(texts) <= _MOST_STOPS and all(isinstance(text, str) for text in texts)


def _is_form(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    if value.get("type") == "json_schema":
        return replies.schema_of({"response_format": value}) is not None
    return not value or value.get("type") == "text"


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


_COUNT = (_is_count, "an integer of 1 or more")
_CHECKS: Mapping[str, tuple[Check, str]] = {
    "model": (lambda value: isinstance(value, str) and value != "", "the name of a model"),
    "messages": (
        lambda value: isinstance(value, list) and value != [],
        "a list of at least one message",
    ),
    "prompt": (_is_prompt, "a string or a list of one string"),
    "temperature": _within(0, 2),
    "top_p": _within(0, 1),
    "presence_penalty": _within(-2, 2),
    "frequency_penalty": _within(-2, 2),
    "max_tokens": _COUNT,
    "max_completion_tokens": _COUNT,
    "n": (lambda value: type(value) is int and value == 1, "1: this service gives one choice"),
    "stop": (_is_stop, f"a string or a list of 1 to {_MOST_STOPS} strings"),
    "stream": (lambda value: not value, "false: this service does not stream"),
    "response_format": (_is_form, "of the type text, or json_schema with a schema in it"),
}
"""What a parameter must be; one that is missing or null is none, but for model and prompt."""


def digest(body: object) -> str:
    """Return the sha256 of the canonical body, with the name of the algorithm before it."""
    return sha256(canonical(body))


def error(status: int, message: str, param: str | None = None, code: str | None = None) -> Json:
    """Return OpenAI's error envelope for a status."""
    kinds = {400: "invalid_request_error", 404: "invalid_request_error", 429: "rate_limit_error"}
    kind = kinds.get(status, "server_error")
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def _in_messages(messages: Sequence[object]) -> Iterator[Fault]:
    for place, message in enumerate(messages):
        where = f"messages[{place}]"
        if not isinstance(message, dict):
            yield where, f"'{where}' must be an object"
        elif message.get("role") not in _ROLES:
            yield f"{where}.role", f"'{where}.role' must be one of {list(_ROLES)}"
        elif not isinstance(message.get("content"), str | list):
            yield f"{where}.content", f"'{where}.content' must be a string or a list of parts"


def _faults(body: Json, form: str) -> Iterator[Fault]:
    for name in body:
        if name not in _TAKEN[form]:
            yield name, f"unrecognized request argument supplied: {name}"
    asked = "messages" if form == "chat" else "prompt"
    for name, (check, wanted) in _CHECKS.items():
        value = body.get(name)
        if (value is not None or name in ("model", asked)) and not check(value):
            yield name, f"'{name}' must be {wanted}"
    if form == "chat":
        yield from _in_messages(body["messages"])


def fault(body: object, form: str) -> tuple[str | None, str] | None:
    """Return (parameter, what is wrong with it) of a request body, or None when all is well."""
    if not isinstance(body, dict):
        return None, "the body must be a JSON object"
    return next(_faults(body, form), None)


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


def answer(seed: int, body: Any, form: str | None = None) -> tuple[int, Json]:  # noqa: ANN401
    """Return (HTTP status, reply) for a request body.

    It depends on nothing but the service's seed and the sha256 of the canonical body. `form` is
    "chat" or "completion", as the address asked says; without it the body decides. Of the reply,
    `id` and `created` are stand-ins (taken from the digest, and 0) that the server replaces.
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
        text = replies.write(stages.read(body), schema, seed, rng, bad=luck < 0)
        text, finish = _cut(text, body)
        if REFUSED <= luck < REFUSED + CUT:
            text, finish = _mid_word(text, rng), "length"
    before, tail = stages.texts(body)
    asked = _tokens(before + tail if form == "chat" else tail)
    given = _tokens(text or refusal or "")
    reply: Json = {
        "id": f"{'chatcmpl' if form == 'chat' else 'cmpl'}-{name[7:31]}",
        "object": "chat.completion" if form == "chat" else "text_completion",
        "created": 0,
        "model": body["model"],
        "choices": [_choice(form, text, finish, refusal)],
        "usage": {
            "prompt_tokens": asked,
            "completion_tokens": given,
            "total_tokens": asked + given,
        },
        "system_fingerprint": FINGERPRINT,
    }
    return 200, reply


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


def _choice(form: str, text: str, finish: str, refusal: str | None) -> Json:
    choice: Json = {"index": 0, "logprobs": None, "finish_reason": finish}
    if form == "chat":
        content = None if refusal is not None else text
        choice["message"] = {"role": "assistant", "content": content, "refusal": refusal}
    else:
        choice["text"] = text
    return choice
