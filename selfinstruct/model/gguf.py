"""What the header of a GGUF file tells of its model, read without loading anything of it."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Mapping

MAGIC = b"GGUF"
"""How each GGUF file begins (ggml, `docs/gguf.md`)."""

_NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q"}
_NUMBERS |= {12: "d"}
_STRING, _ARRAY = 8, 9
"""Types of values by number: those of `struct`, and two of any length (as above)."""

_OLDEST = 2
"""Version 1 had shorter lengths; llama.cpp reads it no more."""

_LONGEST_KEY, _LONGEST_TEXT, _MOST = 65_535, 100_000_000, 100_000
"""Bytes of a key (as above), bytes of a text and number of keys beyond which it is no header."""

HALF = 2
"""Bytes of a number in llama.cpp's cache of keys and values, which is 16-bit."""


@dataclass(frozen=True, slots=True)
class Header:
    """What a GGUF file tells of its model.

    Attributes:
        chat_template: whether it has one.
        context: tokens it was trained for; 0 where it does not tell.
        token_bytes: bytes of cache that llama.cpp keeps for each token of a prompt or an answer;
            0 where it does not tell.
        splits: files that the model lies in, this one too.
    """

    chat_template: bool
    context: int = 0
    token_bytes: int = 0
    splits: int = 1


def header(path: str | Path) -> Header | None:
    """Return what the header of a file tells; None where it cannot be read, or is damaged."""
    try:
        state = Path(path).stat()
        return _header(Path(path), state.st_size, state.st_mtime_ns)
    except (OSError, ValueError):
        return None


@lru_cache
def _header(path: Path, size: int, _changed: int) -> Header | None:
    try:
        with path.open("rb") as file:
            fields = _fields(file, size)
    except (ValueError, struct.error):  # it ends too early, or is no text
        return None
    name = fields.get("general.architecture")

    def number(key: str) -> int:
        value = fields.get(f"{name}.{key}", 0)
        return value if isinstance(value, int) else 0

    heads, width = number("attention.head_count"), number("embedding_length")
    plain = width // heads if heads else 0
    head = [number(f"attention.{each}_length") or plain for each in ("key", "value")]
    shared = number("attention.head_count_kv") or heads
    splits = fields.get("split.count", 1)
    return Header(
        chat_template="tokenizer.chat_template" in fields,
        context=number("context_length"),
        token_bytes=number("block_count") * shared * sum(head) * HALF,
        splits=splits if isinstance(splits, int) and splits else 1,
    )


def _fields(file: BinaryIO, size: int) -> Mapping[str, object]:
    """Return the fields of a header; arrays, which hold the vocabulary, are passed over.

    Raises:
        ValueError: if it is none.
        struct.error: if it ends before its end.
    """
    version, _, count = _take(file, "IQQ") if file.read(4) == MAGIC else (0, 0, 0)
    if version < _OLDEST or count > _MOST:
        raise ValueError(version)
    fields: dict[str, object] = {}
    for _ in range(count):
        key = _text(file, _LONGEST_KEY)
        (kind,) = _take(file, "I")
        if kind == _ARRAY:
            _pass_over(file, size)
        elif kind == _STRING:
            fields[key] = _text(file, _LONGEST_TEXT)
        elif kind in _NUMBERS:
            (fields[key],) = _take(file, _NUMBERS[kind])
        else:
            raise ValueError(kind)
    return fields


def _take(file: BinaryIO, form: str) -> tuple[int, ...]:
    return struct.unpack(f"<{form}", file.read(struct.calcsize(f"<{form}")))


def _text(file: BinaryIO, longest: int) -> str:
    (length,) = _take(file, "Q")
    data = file.read(length) if length <= longest else b""
    if len(data) != length:
        raise ValueError(length)
    return data.decode()


def _pass_over(file: BinaryIO, size: int) -> None:
    kind, count = _take(file, "IQ")
    if kind in _NUMBERS and count <= size:
        file.seek(count * struct.calcsize(_NUMBERS[kind]), 1)
    elif kind == _STRING and count <= size:
        for _ in range(count):
            (length,) = _take(file, "Q")
            file.seek(min(length, size), 1)
    else:  # nested arrays occur in no file
        raise ValueError(kind)
