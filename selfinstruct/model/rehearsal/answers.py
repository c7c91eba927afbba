"""The pure function of the service: from a request body to a status and a reply."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from . import replies, stages, structured
from .dice import Dice

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

_COMMON = frozenset(
    {
        *("model", "temperature", "top_p", "presence_penalty", "frequency_penalty", "max_tokens"),
        *("stop", "n", "seed", "stream", "user", "logit_bias"),
    }
)
_CHAT = _COMMON | {
    *("messages", "max_completion_tokens", "response_format", "reasoning_effort", "verbosity"),
    *("store", "metadata", "service_tier", "safety_identifier", "prompt_cache_key"),
}
_COMPLETION = _COMMON | {"prompt"}
"""Parameters that this service takes; some change nothing but the digest."""
_RANGES = {
    "temperature": (0.0, 2.0),
    "top_p": (0.0, 1.0),
    "presence_penalty": (-2.0, 2.0),
    "frequency_penalty": (-2.0, 2.0),
}
_MOST_STOPS = 4
_ROLES = frozenset(["developer", "system", "user", "assistant", "tool", "function"])


def canonical(body: object) -> bytes:
    """Return the body as canonical JSON: sorted keys, no blanks, ASCII."""
    return json.dumps(body, sort_keys=True, separators=(",", ":")).encode("ascii")


def digest(body: object) -> str:
    """Return the sha256 of the canonical body, with the name of the algorithm before it."""
    return "sha256:" + hashlib.sha256(canonical(body)).hexdigest()


def error(status: int, message: str, param: str | None = None, code: str | None = None) -> Json:
    """Return OpenAI's error envelope for a status."""
    kinds = {400: "invalid_request_error", 404: "invalid_request_error", 429: "rate_limit_error"}
    kind = kinds.get(status, "server_error")
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def _fault_of_prompt(prompt: object) -> Fault | None:
    if isinstance(prompt, str):
        return None
    if isinstance(prompt, list) and len(prompt) == 1 and isinstance(prompt[0], str):
        return None
    return "prompt", "'prompt' must be a string or a list of one string"


def _fault_of_messages(messages: object) -> Fault | None:
    if not isinstance(messages, list) or not messages:
        return "messages", "'messages' must be a list of at least one message"
    for place, message in enumerate(messages):
        where = f"messages[{place}]"
        if not isinstance(message, dict):
            return where, f"'{where}' must be an object"
        if message.get("role") not in _ROLES:
            return f"{where}.role", f"'{where}.role' must be one of {sorted(_ROLES)}"
        if not isinstance(message.get("content"), str | list):
            return f"{where}.content", f"'{where}.content' must be a string or a list of parts"
    return None


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _fault_of_numbers(body: Json) -> Fault | None:
    for name, (low, high) in _RANGES.items():
        value = body.get(name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int | float):
            return name, f"'{name}' must be a number"
        if not low <= value <= high:
            return name, f"'{name}' must be between {low:g} and {high:g}, not {value}"
    for name in ("max_tokens", "max_completion_tokens"):
        if body.get(name) is not None and not _is_count(body[name]):
            return name, f"'{name}' must be a whole number of at least 1"
    if body.get("n") not in (None, 1) or isinstance(body.get("n"), bool):
        return "n", "this service gives one choice: 'n' must be 1"
    return None


def _fault_of_names(body: Json, form: str) -> Fault | None:
    if not isinstance(body.get("model"), str) or not body["model"]:
        return "model", "you must provide a 'model' parameter"
    for name in body:
        if name not in (_CHAT if form == "chat" else _COMPLETION):
            return name, f"unrecognized request argument supplied: {name}"
    return None


def _fault_of_stop(stop: object) -> Fault | None:
    if stop is None or isinstance(stop, str):
        return None
    if isinstance(stop, list) and 1 <= len(stop) <= _MOST_STOPS:
        if all(isinstance(text, str) for text in stop):
            return None
        return "stop", "'stop' must hold strings only"
    return "stop", f"'stop' must be a string or a list of 1 to {_MOST_STOPS} strings"


def _fault_of_wishes(body: Json) -> Fault | None:
    """Refuse what would change the form of a reply."""
    if body.get("stream"):
        return "stream", "this service does not stream"
    form = body.get("response_format") or {"type": "text"}
    if not isinstance(form, dict) or form.get("type") not in {"text", "json_schema"}:
        return "response_format", "'response_format' must be of the type text or json_schema"
    if form["type"] == "json_schema" and structured.schema_of(body) is None:
        return "response_format", "'response_format' must hold a schema in 'json_schema'"
    return None


def fault(body: object, form: str) -> tuple[str | None, str] | None:
    """Return (parameter, what is wrong with it) of a request body, or None when all is well."""
    if not isinstance(body, dict):
        return None, "the body must be a JSON object"
    if form == "chat":
        asked = _fault_of_messages(body.get("messages"))
    else:
        asked = _fault_of_prompt(body.get("prompt"))
    return (
        _fault_of_names(body, form)
        or asked
        or _fault_of_numbers(body)
        or _fault_of_stop(body.get("stop"))
        or _fault_of_wishes(body)
    )


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


def _mid_word(text: str, dice: Dice) -> str:
    """Return the first part of a text, broken off inside a word where it has a long one."""
    at = dice.between(len(text) // 3, max(len(text) * 9 // 10, len(text) // 3))
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
    dice = Dice(seed, name)
    wish = stages.read(body)
    luck = dice.unit()
    refusal: str | None = None
    if luck < MALFORMED:
        text, finish = _cut(_words(wish, body, seed, dice, right=False), body)
    elif luck < MALFORMED + REFUSED:
        text, finish, refusal = _refuse(form, dice, strict=structured.schema_of(body) is not None)
    elif luck < MALFORMED + REFUSED + CUT:
        text = _mid_word(_cut(_words(wish, body, seed, dice, right=True), body)[0], dice)
        finish = "length"
    else:
        text, finish = _cut(_words(wish, body, seed, dice, right=True), body)
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


def _words(wish: stages.Wish, body: Json, seed: int, dice: Dice, *, right: bool) -> str:
    schema = structured.schema_of(body)
    if schema is not None:
        return structured.write(wish, schema, seed, dice, right=right)
    return replies.good(wish, seed, dice) if right else replies.bad(wish, seed, dice)


def _refuse(form: str, dice: Dice, *, strict: bool) -> tuple[str, str, str | None]:
    """Return text, finish reason and refusal: two in five each way, one in five filtered.

    Where a schema is asked for, no refusal stands in the text, which must obey it.
    """
    way, words = dice.below(5), dice.pick(replies.REFUSALS)
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
