"""Canonical JSON and digests: equal values give equal bytes on every machine."""

from __future__ import annotations

import hashlib
import json

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
