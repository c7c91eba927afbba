"""What a run has recorded: its journal, what that folds to, and the files made of it."""

from __future__ import annotations

from collections import Counter, deque
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from selfinstruct.method.replay import replay
from selfinstruct.run.usage import read_recorded
from selfinstruct.store.derived import Derived
from selfinstruct.store.journal import Entry, Journal, read

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from selfinstruct.method.fold import Fold
    from selfinstruct.method.replay import Recorded
    from selfinstruct.method.types import Key, Receipt, Reply, Request, Task, Verdict
    from selfinstruct.run.spec import RunSpec
    from selfinstruct.run.usage import Usage

NEWEST = 3
"""Complete tasks that are kept, to be shown."""


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
        newest: the newest complete tasks.
        reasons: candidates that were turned down, by reason.
    """

    spec: RunSpec
    fold: Fold
    journal: Journal
    derived: Derived
    recorded: Recorded
    usage: Usage
    newest: deque[Task] = field(default_factory=lambda: deque(maxlen=NEWEST))
    reasons: Counter[str] = field(default_factory=Counter)

    def first_ordinals(self) -> list[int]:
        """Return the ordinals of generation requests whose replies are recorded."""
        keys = self.recorded.replies
        return [key.ordinal for key in keys if key.item < 0 and key.attempt == 0]

    def replay(self, unasked: list[Request]) -> Iterator[Sequence[Verdict]]:
        """Fold what is recorded of what is owed; yield verdicts (see `method.replay.replay`)."""
        if not self.recorded and self.fold.state().read:
            unasked.extend(self.fold.owed())
            return
        for verdicts in replay(self.fold, self.recorded, unasked):
            self._add(verdicts)
            yield verdicts

    def find(self, key: Key) -> Reply | None:
        """Return the recorded reply of a key, to be shown; None where another run was asked."""
        entries = read(self.spec.folder.journal)
        return next((entry.reply for entry in entries if entry.reply.key == key), None)

    def record(self, reply: Reply, receipt: Receipt) -> bool:
        """Append a reply, unread; tell whether it is a spare one (errors as for the journal)."""
        entry = Entry(reply, receipt)
        self.journal.append(entry)
        return self.usage.add(entry)

    def take(self, reply: Reply) -> Sequence[Verdict]:
        """Fold a reply that has just been recorded; return what it decided."""
        verdicts = self.fold.take(reply)
        self._add(verdicts)
        return verdicts

    def _add(self, verdicts: Sequence[Verdict]) -> None:
        self.derived.add(verdicts)
        for verdict in verdicts:
            if verdict.rejected is not None:
                self.reasons[verdict.rejected.reason] += 1
            elif verdict.task is not None:
                self.newest.append(verdict.task)


@contextmanager
def open_recorder(spec: RunSpec) -> Iterator[Recorder]:
    """Open what a run has recorded; the caller holds its lock (errors as for the journal)."""
    fold = spec.fold()
    with (
        closing(Journal(spec.folder.journal)) as journal,
        closing(Derived(spec.folder, spec.target)) as derived,
    ):
        yield Recorder(spec, fold, journal, derived, *read_recorded(spec.folder.journal))
