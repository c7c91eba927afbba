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
from typing import TYPE_CHECKING, Literal, get_args

import msgspec

from selfinstruct.method.cost import Amount
from selfinstruct.method.digest import canonical
from selfinstruct.method.errors import BadInput, Refused, Stopped
from selfinstruct.method.types import Key, Kind, Receipt, Reply, Shot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MoneyKind = Literal["reserve", "settle"]


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

    kind: MoneyKind
    block: int
    amount: Amount
    time: str

    def encode(self) -> bytes:
        """Return the line."""
        row = {"block": self.block, "kind": self.kind, "time": self.time}
        return _line({**row, **self.amount._asdict()})


class _ReplyLine(msgspec.Struct):
    """The fields of a reply's line and their types."""

    key: str
    digest: str
    kind: Kind
    text: str
    reasoning: str
    finish: str
    model: str
    fingerprint: str
    id: str
    prompt_tokens: int | None
    completion_tokens: int | None
    time: str
    cached_prompt_tokens: int | None = None
    adopted: bool = False
    shots: list[str | tuple[str, str]] | None = None


class _MoneyFields(msgspec.Struct):
    """The fields of a line about money."""

    kind: MoneyKind
    block: int
    requests: int
    tokens: int
    cost: float
    time: str


_DECODER = msgspec.json.Decoder(_ReplyLine)


def decode(line: bytes) -> Entry | MoneyLine:
    """Read a line.

    Raises:
        ValueError: if it is none; with what is wrong.
    """
    try:
        return _entry(_DECODER.decode(line))
    except msgspec.MsgspecError:  # about money, damaged, or with half a surrogate pair
        pass
    try:
        row = json.loads(line)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    if isinstance(row, dict) and row.get("kind") in get_args(MoneyKind):
        found = msgspec.convert(row, _MoneyFields)
        amount = Amount(found.requests, found.tokens, found.cost)
        return MoneyLine(found.kind, found.block, amount, found.time)
    return _entry(msgspec.convert(row, _ReplyLine))


def _entry(row: _ReplyLine) -> Entry:
    shots = None
    if row.shots is not None:
        shots = tuple(Shot(s, "") if isinstance(s, str) else Shot(*s) for s in row.shots)
    return Entry(
        Reply(
            Key.parse(row.key),
            row.digest,
            row.kind,
            row.text,
            row.reasoning,
            row.finish,
            adopted=row.adopted,
            shots=shots,
        ),
        Receipt(
            row.model,
            row.fingerprint,
            row.id,
            row.prompt_tokens,
            row.completion_tokens,
            row.time,
            row.cached_prompt_tokens,
        ),
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
