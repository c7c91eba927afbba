"""The journal: one line for each reply, appended when it arrives; the only paid fact.

A line is ASCII JSON, so that lone surrogates survive. It never holds the prompt, which is a pure
function of the run, and never a header or a key. The first line of a key is its reply; a later
one is a spare reply, paid and ignored. A line that a fork adopted from another run says so, and is
not this run's cost. Lines of kind `reserve` and `settle` carry no key: they are about money (see
`account`).
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast, get_args

from selfinstruct.method.digest import canonical
from selfinstruct.method.errors import Refused, Stopped
from selfinstruct.method.replay import Recorded
from selfinstruct.method.types import Key, Kind, Receipt, Reply

from .account import MONEY, Account

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

KINDS = frozenset(get_args(Kind))

MOST_NAMES = 20
"""Names under which one model may answer; some servers invent a fingerprint for each reply."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a journal: the reply, and what else is known of it."""

    reply: Reply
    receipt: Receipt


def encode(reply: Reply, receipt: Receipt) -> bytes:
    """Return the journal line of a reply."""
    return (
        canonical(
            {
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
                **({"adopted": True} if reply.adopted else {}),
                **(
                    {}
                    if receipt.cached_prompt_tokens is None
                    else {"cached_prompt_tokens": receipt.cached_prompt_tokens}
                ),
            }
        )
        + "\n"
    ).encode("ascii")


def decode(line: bytes) -> Entry:
    """Read a journal line of a reply.

    Raises:
        ValueError: if it is not one.
    """
    return _entry(json.loads(line))


def _entry(row: Any) -> Entry:  # noqa: ANN401 - whatever JSON holds
    try:
        if row["kind"] not in KINDS:
            raise ValueError(f"kind {row['kind']!r} is not known")
        reply = Reply(
            Key.parse(row["key"]),
            row["digest"],
            cast("Kind", row["kind"]),
            row["text"],
            row["reasoning"],
            row["finish"],
            adopted=bool(row.get("adopted")),
        )
        receipt = Receipt(
            row["model"],
            row["fingerprint"],
            row["id"],
            row["prompt_tokens"],
            row["completion_tokens"],
            row["time"],
            row.get("cached_prompt_tokens"),
        )
    except (KeyError, TypeError) as error:
        raise ValueError(f"field {error} is missing or wrong") from None
    return Entry(reply, receipt)


def read(path: Path, account: Account | None = None) -> Iterator[Entry]:
    """Yield the replies of a journal; a torn last line is passed over.

    Args:
        path: the journal.
        account: takes in all lines, those about money too.

    Raises:
        Refused: for any other line that cannot be read, with its number.
    """
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                return
            try:
                entry = _line(json.loads(line), account)
            except ValueError as error:
                raise Refused(
                    f"read {path}",
                    f"line {number}: {error}",
                    "The file was damaged or edited. Put back a copy, or remove that line: its "
                    "reply will be asked for again.",
                ) from None
            if entry is not None:
                yield entry


def _line(row: Any, account: Account | None) -> Entry | None:  # noqa: ANN401 - as above
    """Return a reply's entry, or None for a line about money."""
    if isinstance(row, dict) and row.get("kind") in MONEY:
        try:
            (account or Account()).money(row)
        except (KeyError, TypeError) as error:
            raise ValueError(f"field {error} is missing or wrong") from None
        return None
    entry = _entry(row)
    if account is not None and not entry.reply.adopted:
        account.reply(entry.reply.key.stage, entry.receipt)
    return entry


@dataclass(slots=True)
class Tally:
    """Counts over all lines of a journal: spare replies, and tokens as far as reported.

    Adopted replies are counted apart: another run paid for them.

    `reported` counts, by stage, under which name and fingerprint its model answered, in the order
    in which they were first seen; at most `MOST_NAMES` of them, then all others under two "".
    """

    replies: int = 0
    adopted: int = 0
    spare: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    reported: dict[str, dict[tuple[str, str], int]] = field(default_factory=dict)

    def add(self, stage: str, receipt: Receipt, *, spare: bool) -> None:
        """Count one line."""
        if receipt.model or receipt.fingerprint:
            names = self.reported.setdefault(stage, {})
            name = receipt.model, receipt.fingerprint
            if name not in names and len(names) >= MOST_NAMES:
                name = "", ""
            names[name] = names.get(name, 0) + 1
        self.replies += 1
        self.spare += spare
        self.prompt_tokens += receipt.prompt_tokens or 0
        self.completion_tokens += receipt.completion_tokens or 0


def read_recorded(path: Path, account: Account | None = None) -> tuple[Recorded, Tally]:
    """Return what a journal holds for the fold, and the counts over all lines.

    Args:
        path: the journal.
        account: takes in all lines, those about money too.

    Raises:
        Refused: for a line that cannot be read.
    """
    recorded = Recorded()
    tally = Tally()
    for entry in read(path, account):
        spare = recorded.add(entry.reply)
        if entry.reply.adopted:
            tally.adopted += 1
        else:
            tally.add(entry.reply.key.stage, entry.receipt, spare=spare)
    return recorded, tally


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

    def append(self, reply: Reply, receipt: Receipt) -> None:
        """Append a reply. When this returns, a killed process has not lost it.

        Raises:
            Stopped: if it cannot be written (disk full, file too large); the line is taken back.
        """
        self._write(encode(reply, receipt))

    def note(self, row: Mapping[str, object]) -> None:
        """Append a line about money, and bring it to the disk itself.

        Raises:
            Stopped: if it cannot be written; the line is taken back.
        """
        self._write((canonical(row) + "\n").encode("ascii"))
        self.sync()

    def _write(self, line: bytes) -> None:
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
