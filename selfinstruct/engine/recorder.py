"""What a run has recorded: its journal, what that folds to, and the files made of it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from selfinstruct.method.replay import replay
from selfinstruct.run.usage import read_recorded
from selfinstruct.store.derived import Derived
from selfinstruct.store.journal import Entry, Journal, read

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from selfinstruct.method.fold import Fold
    from selfinstruct.method.replay import Recorded
    from selfinstruct.method.types import Key, Receipt, Reply, Request, Verdict
    from selfinstruct.run.spec import RunSpec
    from selfinstruct.run.usage import Usage


@dataclass(slots=True)
class Recorder:
    """Records replies, and folds them.

    Attributes:
        spec: the run.
        fold: its fold, at its beginning.
        journal: where replies are recorded.
        derived: the files of verdicts.
        recorded: replies of the journal that the fold has not asked for yet.
        usage: what the journal's lines come to.
    """

    spec: RunSpec
    fold: Fold
    journal: Journal
    derived: Derived
    recorded: Recorded
    usage: Usage

    def first_ordinals(self) -> list[int]:
        """Return the ordinals of generation requests whose replies are recorded."""
        keys = self.recorded.replies
        return [key.ordinal for key in keys if key.item < 0 and key.attempt == 0]

    def replay(self, unasked: list[Request]) -> Iterator[Sequence[Verdict]]:
        """Fold what is recorded of what is owed; yield verdicts.

        Args:
            unasked: gets the owed requests that have no recorded reply.

        Raises:
            Refused: if a recorded reply answers another request than the one owed under its key.
        """
        if not self.recorded:
            unasked.extend(self.fold.owed())
            return
        for verdicts in replay(self.fold, self.recorded, unasked):
            self.derived.add(verdicts)
            yield verdicts

    def find(self, key: Key) -> Reply | None:
        """Return the recorded reply of a key, to be shown; None where another run was asked."""
        entries = read(self.spec.folder.journal)
        return next((entry.reply for entry in entries if entry.reply.key == key), None)

    def record(self, reply: Reply, receipt: Receipt) -> bool:
        """Append a reply to the journal, unread; return whether it is a spare one.

        Raises:
            Stopped: if it cannot be written.
        """
        entry = Entry(reply, receipt)
        self.journal.append(entry)
        return self.usage.add(entry)

    def take(self, reply: Reply) -> Sequence[Verdict]:
        """Fold a reply that has just been recorded; return what it decided."""
        verdicts = self.fold.take(reply)
        self.derived.add(verdicts)
        return verdicts


@contextmanager
def open_recorder(spec: RunSpec) -> Iterator[Recorder]:
    """Open what a run has recorded; the caller holds its lock.

    Raises:
        BadInput: if a file cannot be read.
        Refused: for a line that cannot be read.
    """
    fold = spec.fold()
    journal = Journal(spec.folder.journal)
    derived = Derived(spec.folder, spec.target)
    try:
        yield Recorder(spec, fold, journal, derived, *read_recorded(spec.folder.journal))
    finally:
        derived.close()
        journal.close()
