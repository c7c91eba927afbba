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
from typing import TYPE_CHECKING, Annotated, Literal, get_args

import msgspec

from selfinstruct.method.cost import Amount
from selfinstruct.method.digest import canonical
from selfinstruct.method.errors import Refused
from selfinstruct.method.types import Key, Kind, Receipt, Reply, Shot

from .disk import failed, named, sync_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MoneyKind = Literal["reserve", "settle"]
MOST_WORDS = 200
"""Characters that are told of what is wrong with a line."""

Count = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
"""A number of requests or tokens; a larger one is no number that a server counts to."""


@dataclass(frozen=True, slots=True)
class Entry:
    """The line of a reply: the reply, and what else is known of it."""

    reply: Reply
    receipt: Receipt

    def encode(self) -> bytes:
        """Return the line."""
        reply, receipt, shots = self.reply, self.receipt, self.reply.shots
        row = _ReplyLine(
            key=str(reply.key),
            digest=reply.digest,
            kind=reply.kind,
            text=reply.text,
            reasoning=reply.reasoning,
            finish=reply.finish,
            model=receipt.model,
            fingerprint=receipt.fingerprint,
            id=receipt.provider_id,
            prompt_tokens=receipt.prompt_tokens,
            completion_tokens=receipt.completion_tokens,
            time=receipt.time,
            cached_prompt_tokens=receipt.cached_prompt_tokens,
            adopted=reply.adopted,
            shots=None if shots is None else [each if each[1] else each.id for each in shots],
        )
        return _line(msgspec.to_builtins(row))


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


class _ReplyLine(msgspec.Struct, omit_defaults=True):
    """The fields of a reply's line and their types."""

    key: str
    digest: Annotated[str, msgspec.Meta(pattern=r"\Asha256:[0-9a-f]+\Z")]
    kind: Kind
    text: str
    reasoning: str
    finish: str
    model: str
    fingerprint: str
    id: str
    prompt_tokens: Count | None
    completion_tokens: Count | None
    time: str
    cached_prompt_tokens: Count | None = None
    adopted: bool = False
    shots: list[str | tuple[str, str]] | None = None


class _MoneyFields(msgspec.Struct):
    """The fields of a line about money."""

    kind: MoneyKind
    block: Count
    requests: Count
    tokens: Count
    cost: Annotated[float, msgspec.Meta(ge=0, le=2**53)]
    time: str


_DECODER = msgspec.json.Decoder(_ReplyLine)


def decode(line: bytes) -> Entry | MoneyLine:
    """Read a line.

    Raises:
        ValueError: if it is none; with what is wrong.
    """
    try:
        try:
            return _entry(_DECODER.decode(line))
        except msgspec.MsgspecError:  # about money, damaged, or with half a surrogate pair
            if b"\0" in line:
                raise ValueError("it holds NUL bytes, as a power cut leaves them") from None
        row = json.loads(line.decode("utf-8"))
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
        raise failed(f"read {path}", error) from error
    with file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                return
            try:
                found = decode(line)
            except ValueError as error:
                raise Refused(
                    f"read {path}",
                    f"line {number} is damaged: {str(error)[:MOST_WORDS]}",
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
        with named(path):
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
            try:
                length = os.fstat(self._file).st_size
                self.size = _whole(self._file, length)
                self.torn = length - self.size
                self._take_back()
                sync_folder(path.parent)
            except OSError:
                os.close(self._file)
                raise
        self._synced = 0  # whether a killed process had synced what it wrote is not known

    def append(self, entry: Entry | MoneyLine) -> None:
        """Append a line. When this returns, a killed process has not lost it.

        Where it cannot be written (errors as for `named`), what was written of it is taken back,
        before another one or at the end.
        """
        line = left = entry.encode()
        with named(self._path):
            self._take_back()
            while left:
                left = left[os.write(self._file, left) :]
        self.size += len(line)

    def sync(self) -> None:
        """Bring all to the disk itself: a power cut loses none of it (errors as for `named`)."""
        if self._synced != self.size:
            size = self.size
            with named(self._path):
                os.fsync(self._file)
            self._synced = size

    def close(self) -> None:
        """Sync and close (errors as for `sync`)."""
        with named(self._path):
            try:
                self._take_back()
                self.sync()
            finally:
                os.close(self._file)

    def _take_back(self) -> None:
        """Cut off what had been begun and is no whole line."""
        if os.fstat(self._file).st_size > self.size:
            os.ftruncate(self._file, self.size)


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
