"""What servers say when they refuse, whichever envelope it comes in."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_INSIDE = (
    *("error", "Error", "errors", "base_resp", "Response", "ResponseMetadata", "header", "fault"),
    *("status", "err"),
)
"""Names under which an error lies: OpenAI's first, then gateways' and Chinese and Korean ones."""

_WORDS = (
    *("message", "msg", "Message", "error_msg", "errorMessage", "error_message", "status_msg"),
    *("faultstring", "err_msg", "detail", "title", "reason"),
)
_CODES = ("code", "Code", "error_code", "errorCode", "status_code", "err_code", "ret", "statusCode")
_TYPES = ("type", "__type", "error_type", "status")
_FINE = {"", "0", "200", "20000", "00000", "none", "ok", "success", "succeeded", "false", "true"}
"""Codes that say that nothing is wrong."""

_ANSWERS = {"content", "candidates", "output", "result", "response", "data", "generated_text"}
"""Names of answers: words beside one of them are no error, unless a code says so."""

_MOST = 2000
"""Characters of words that are looked at."""

_PAGE = re.compile(r"\s*<(?:!|html|head|body|\?xml)", re.IGNORECASE)
_HIDDEN = re.compile(r"<(script|style)\b.*?</\1\s*>|<!--.*?-->|<[^>]*>", re.DOTALL | re.IGNORECASE)


def envelope(body: object) -> dict[str, Any]:
    """Return what an error's body says: a message always, code and type where it has them.

    OpenAI's form is `{"error": {"message": ...}}`; Gemini puts that into a list, Ollama and TGI
    give a text as `error`, FastAPI a `detail`, MiniMax a `base_resp`.
    """
    outer: dict[str, Any] = {}
    if isinstance(body, list) and body:
        body = body[0]
    while isinstance(body, dict) and (inner := _inside(body)) is not None:
        outer, body = body, inner
        if isinstance(body, list):
            body = body[0]
    if not isinstance(body, dict):
        return {**_named(outer), "message": _plain(str(body))}
    return {**body, **_named(outer), **_named(body), "message": _message(body)}


def error_in(row: object) -> dict[str, Any] | None:
    """Return the error that a body with status 200 holds at its top, if it does."""
    if isinstance(row, list) and len(row) == 1:
        row = row[0]
    if not isinstance(row, dict):
        return None
    fault = row.get("error")
    if fault and not (isinstance(fault, dict) and str(fault.get("code")) in {"0", "200"}):
        return envelope(row)
    if row.get("choices") is not None:
        return None
    inner = _inside(row)
    if inner is not None and _is_wrong(inner):
        return envelope(row)
    words = next((row[name] for name in _WORDS if isinstance(row.get(name), str | list)), None)
    coded = str(_named(row).get("code", "")).lower() not in _FINE
    marked = row.get("success") is False or "error" in (row.get("object"), row.get("type"))
    if marked or (words and (coded or _ANSWERS.isdisjoint(row))):
        return envelope(row)
    return None


def told_by(content: bytes) -> dict[str, Any]:
    """Return what the body of a refused request says; a web page's text where it is one."""
    try:
        return envelope(json.loads(content))
    except (ValueError, RecursionError):
        return {"message": _plain(content.decode("utf-8", "replace"))}


def words_of(told: Mapping[str, Any]) -> str:
    """Return code, type, parameter and message of an error as one text in lower case."""
    names = ("code", "type", "param", "message")
    return " ".join(str(told.get(name) or "") for name in names).lower()


def one_line(words: str) -> str:
    """Return words on one line, with nothing in them that steers a terminal."""
    plain = "".join(char if char.isprintable() else " " for char in words)
    return " ".join(plain.split())


def _inside(body: dict[str, Any]) -> object:
    """Return what lies within: an error's node or text; None where this node is the error."""
    fault = body.get("error")
    if fault and not isinstance(fault, bool | int):
        return fault
    if any(body.get(name) for name in _WORDS):
        return None
    for name in _INSIDE[1:]:
        inner = body.get(name)
        if isinstance(inner, list) and inner:
            inner = inner[0]
        if isinstance(inner, dict) and inner:
            return inner
        if name == "errors" and isinstance(inner, str):
            return inner
    return None


def _is_wrong(node: object) -> bool:
    """Tell whether a node under a name of errors tells of one."""
    if not isinstance(node, dict):
        return bool(node)
    if (inner := _inside(node)) is not None:
        return _is_wrong(inner)
    code = _named(node).get("code")
    if code is not None:
        return str(code).lower() not in _FINE
    return any(isinstance(node.get(name), str) for name in _WORDS)


def _named(node: dict[str, Any]) -> dict[str, Any]:
    """Return code and type of a node under our names, where it has them."""
    found: dict[str, Any] = {}
    for ours, theirs in (("code", _CODES), ("type", _TYPES)):
        given = (node[name] for name in theirs if node.get(name) not in (None, ""))
        if (value := next(given, None)) is not None:
            found[ours] = value
    return found


def _message(node: dict[str, Any]) -> str:
    """Return an error's words, with those of the provider behind a gateway."""
    words = next((node[name] for name in _WORDS if node.get(name)), node)
    text = _detail(words)
    more = node.get("metadata")
    raw = more.get("raw") if isinstance(more, dict) else None  # OpenRouter
    if raw and str(raw) not in text:
        text += f": {raw}"
    return _plain(text)


def _plain(text: str) -> str:
    """Return a text without the tags of a web page, if it is one."""
    text = text[: 20 * _MOST]
    if _PAGE.match(text):
        text = " ".join(html.unescape(_HIDDEN.sub(" ", text)).split())
    return text[:_MOST]


def _detail(told: object) -> str:
    """Return FastAPI's detail in words: where something is wrong, and what."""
    if not isinstance(told, list):
        return str(told)
    rows = [row for row in told if isinstance(row, dict)]
    if not rows:
        return "; ".join(map(str, told))
    return "; ".join(f"{'.'.join(map(str, row.get('loc', ())))}: {row.get('msg')}" for row in rows)
