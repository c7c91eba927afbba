"""What servers say when they refuse, whichever envelope it comes in."""

from __future__ import annotations

from typing import Any


def envelope(body: object) -> dict[str, Any]:
    """Return what an error's body says: a message always, other fields where it has them.

    OpenAI's form is `{"error": {"message": ...}}`; Gemini puts that into a list, Ollama and TGI
    give a text as `error`, FastAPI a `detail`.
    """
    if isinstance(body, list) and body:
        body = body[0]
    if isinstance(body, dict):
        body = body.get("error") or body
    if not isinstance(body, dict):
        return {"message": str(body)}
    if body.get("message"):
        return body
    return {**body, "message": _detail(body.get("detail", body))}


def one_line(words: str) -> str:
    """Return words on one line, with nothing in them that steers a terminal."""
    plain = "".join(char if char.isprintable() else " " for char in words)
    return " ".join(plain.split())


def _detail(told: object) -> str:
    """Return FastAPI's detail in words: where something is wrong, and what."""
    if not isinstance(told, list):
        return str(told)
    rows = [row for row in told if isinstance(row, dict)]
    return "; ".join(f"{'.'.join(map(str, row.get('loc', ())))}: {row.get('msg')}" for row in rows)
