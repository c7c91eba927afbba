"""The journal: one line for each reply, appended when it arrives; the only paid fact.

A line is ASCII JSON, so that lone surrogates survive. It never holds the prompt, which is a pure
function of the run, and never a header or a key. The first line of a key is its reply; a later
one is a spare reply, paid and ignored. A line that a fork adopted from another run says so, and is
not this run's cost. Lines of kind `reserve` and `settle` carry no key: they are about money (see
`run/usage.py`).
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

from selfinstruct.method.cost import Amount
from selfinstruct.method.digest import canonical
from selfinstruct.method.errors import BadInput, Refused, Stopped
from selfinstruct.method.types import Key, Kind, Receipt, Reply, Shot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KINDS = frozenset(get_args(Kind))


@dataclass(frozen=True, slots=True)
class Entry:
    """The line of a reply: the reply, and what else is known of it."""

    reply: Reply
    receipt: Receipt

    def encode(self) -> bytes:
        """Return the line."""
        reply, receipt = self.reply, self.receipt
        row: dict[str, object] = {
            "completion_tokens": receipt.completion_tokens,
            "digest": reply.digest,
            "fingerprint": receipt.fingerprint,
            "finish": reply.finish,
            "id": receipt.provider_id,
            "key": str(reply.key),
            "kind": reply.kind,
            "model": receipt.model,
            "prompt_tokens": receipt.prompt_tokens,
            "reasoning": reply.reasoning,
            "text": reply.text,
            "time": receipt.time,
        }
        if reply.adopted:
            row["adopted"] = True
        if reply.shots is not None:
            row["shots"] = [list(s) if s.instruction else s.id for s in reply.shots]
        if receipt.cached_prompt_tokens is not None:
            row["cached_prompt_tokens"] = receipt.cached_prompt_tokens
        return _line(row)


@dataclass(frozen=True, slots=True)
class MoneyLine:
    """A line about money.

    Attributes:
        kind: `reserve` before requests are sent, `settle` when their process ends.
        block: number of the process among those with a cap.
        amount: what may be used, or was used without a recorded reply.
        time: UTC, ISO 8601.
    """

    kind: Literal["reserve", "settle"]
    block: int
    amount: Amount
    time: str

    def encode(self) -> bytes:
        """Return the line."""
        row = {"block": self.block, "kind": self.kind, "time": self.time}
        return _line({**row, **self.amount._asdict()})


def decode(line: bytes) -> Entry | MoneyLine:
    """Read a line.

    Raises:
        ValueError: if it is none; with what is wrong.
    """
    try:
        row = json.loads(line)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    if not isinstance(row, dict):
        raise ValueError("it is not an object")  # noqa: TRY004 - the file is at fault
    try:
        kind = row["kind"]
        if kind in {"reserve", "settle"}:
            _check(row, _MONEY_FIELDS)
            amount = Amount(row["requests"], row["tokens"], float(row["cost"]))
            return MoneyLine(kind, row["block"], amount, row["time"])
        if kind not in KINDS:
            raise ValueError(f"kind {kind!r} is not known")
        _check(row, _REPLY_FIELDS)
        return Entry(_reply(row), _receipt(row))
    except KeyError as error:
        raise ValueError(f"field {error} is missing") from None
    except TypeError:
        raise ValueError("field 'kind' is wrong") from None


_COUNT = (int, type(None))
_REPLY_FIELDS: tuple[tuple[str, Any], ...] = (
    *((name, str) for name in ("key", "digest", "text", "reasoning", "finish")),
    *((name, str) for name in ("model", "fingerprint", "id", "time")),
    *((name, _COUNT) for name in ("prompt_tokens", "completion_tokens")),
)
_MONEY_FIELDS: tuple[tuple[str, Any], ...] = (
    *(("block", int), ("requests", int), ("tokens", int), ("cost", (int, float)), ("time", str)),
)


def _check(row: dict[str, Any], fields: tuple[tuple[str, Any], ...]) -> None:
    for name, kind in fields:
        if not isinstance(row[name], kind) or isinstance(row[name], bool):
            raise ValueError(f"field {name!r} is wrong")  # noqa: TRY004 - as above


def _reply(row: dict[str, Any]) -> Reply:
    shots = row.get("shots")
    try:
        if shots is not None:
            shots = tuple(Shot(s, "") if isinstance(s, str) else Shot(*s) for s in shots)
    except TypeError:
        raise ValueError("field 'shots' is wrong") from None
    return Reply(
        Key.parse(row["key"]),
        row["digest"],
        cast("Kind", row["kind"]),
        row["text"],
        row["reasoning"],
        row["finish"],
        adopted=bool(row.get("adopted")),
        shots=shots,
    )


def _receipt(row: dict[str, Any]) -> Receipt:
    cached = row.get("cached_prompt_tokens")
    if not isinstance(cached, _COUNT):
        raise ValueError("field 'cached_prompt_tokens' is wrong")  # noqa: TRY004 - as above
    return Receipt(
        row["model"],
        row["fingerprint"],
        row["id"],
        row["prompt_tokens"],
        row["completion_tokens"],
        row["time"],
        cached,
    )


def _line(row: dict[str, object]) -> bytes:
    return (canonical(row) + "\n").encode("ascii")


def read_lines(path: Path) -> Iterator[Entry | MoneyLine]:
    """Yield the lines of a journal; a torn last line is passed over.

    Raises:
        BadInput: if it cannot be read.
        Refused: for any other line that cannot be read, with its number.
    """
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    except OSError as error:
        raise BadInput(
            f"read {path}", error.strerror or str(error), "Fix its permissions."
        ) from None
    with file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                return
            try:
                found = decode(line)
            except ValueError as error:
                raise Refused(
                    f"read {path}",
                    f"line {number}: {error}",
                    "The file was damaged or edited. Put back a copy, or remove that line: its "
                    "reply will be asked for again.",
                ) from None
            yield found


def read(path: Path) -> Iterator[Entry]:
    """Yield the replies of a journal (errors as for `read_lines`)."""
    return (line for line in read_lines(path) if isinstance(line, Entry))


class Journal:
    """The journal of the one process that holds the run's lock, open for appending.

    Opening it cuts a torn last line: what a killed process had not finished writing.

    Attributes:
        size: bytes written so far, whole lines.
        torn: bytes that were cut when it was opened.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            length = os.fstat(self._file).st_size
            self.size = _whole(self._file, length)
            self.torn = length - self.size
            if self.torn:
                os.ftruncate(self._file, self.size)
        except OSError:
            os.close(self._file)
            raise
        self._synced = self.size

    def append(self, entry: Entry | MoneyLine) -> None:
        """Append a line. When this returns, a killed process has not lost it.

        Raises:
            Stopped: if it cannot be written (disk full, file too large); the line is taken back.
        """
        line = entry.encode()
        written = 0
        try:
            while written < len(line):
                written += os.write(self._file, line[written:])
        except OSError as error:
            if written:
                os.ftruncate(self._file, self.size)
            raise Stopped(
                f"write {self._path}",
                error.strerror or str(error),
                "Make room and run the same command again; all recorded replies are kept.",
                kind="not written",
            ) from error
        self.size += len(line)

    def sync(self) -> None:
        """Bring everything to the disk itself; after this a power cut has not lost it."""
        if self._synced != self.size:
            size = self.size
            os.fsync(self._file)
            self._synced = size

    def close(self) -> None:
        """Sync and close."""
        try:
            self.sync()
        finally:
            os.close(self._file)


def _whole(file: int, length: int) -> int:
    """Return the length up to and including the last line end."""
    end = length
    while end:
        start = max(0, end - 65536)
        block = os.pread(file, end - start, start)
        found = block.rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0
