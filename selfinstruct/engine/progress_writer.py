"""What a run shows and writes down while it goes on."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from selfinstruct.run.rebuild import counts, kept
from selfinstruct.store.dialects import write_dialects
from selfinstruct.store.progress import read_progress, write_progress

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from selfinstruct.method.plateau import Curve
    from selfinstruct.method.types import Progress
    from selfinstruct.model.budget import Budget
    from selfinstruct.model.clock import Clock
    from selfinstruct.model.factory import Models

    from .incidents import Incidents
    from .loop import RunStatus
    from .recorder import Recorder

TOKENLESS = 0.01
TOKENLESS_AFTER = 20
"""Share of candidates without tokens over which the user is warned, and the least number seen."""

PROGRESS_EVERY = 1.0
"""Seconds between two writes of `progress.json`."""


class ProgressWriter:
    """Shows the user's observer how a run stands, and writes `progress.json` now and then.

    Args:
        recorder: what the run has recorded.
        models: who answers; what is learnt of them is kept.
        budget: what is spent.
        curve: acceptance so far.
        incidents: what happened to requests.
        observe: is given a status.
        notice: is given a line for the user.
        clock: the time.
    """

    def __init__(  # noqa: PLR0913 - what it writes down
        self,
        recorder: Recorder,
        *,
        models: Models,
        budget: Budget,
        curve: Curve,
        incidents: Incidents,
        observe: Callable[[RunStatus], None],
        notice: Callable[[str], None],
        clock: Clock,
    ) -> None:
        self._recorder = recorder
        self._models = models
        self._budget = budget
        self._curve = curve
        self._incidents = incidents
        self._observe = observe
        self._notice = notice
        self._clock = clock
        self._kept = kept(read_progress(recorder.spec.folder))
        self._dialects: Mapping[str, Mapping[str, object]] = models.dialects()
        self._warned = False
        self._written = float("-inf")

    def observe(self, status: RunStatus) -> None:
        """Pass a status on; warn and write where it is time."""
        self._observe(status)
        self._warn(status.progress)
        if self._clock.now() - self._written >= PROGRESS_EVERY:
            self.write(status)

    def _warn(self, progress: Progress) -> None:
        """Warn once when the near-duplicate filter cannot see over 1 % of the candidates."""
        few = progress.without_tokens <= TOKENLESS * progress.candidates
        if self._warned or few or progress.candidates < TOKENLESS_AFTER:
            return
        self._warned = True
        tokenizer = self._recorder.spec.recipe.similarity.tokenizer
        self._notice(
            f"WARNING: the near-duplicate filter is off for {progress.without_tokens:,} of "
            f"{progress.candidates:,} candidates: tokenizer {tokenizer!r} finds no token in them. "
            'Write tokenizer = "unicode" under [similarity] in recipe.toml, in a new run.'
        )

    def write(self, status: RunStatus) -> None:
        """Write `progress.json`, and what was learnt of endpoints if that changed."""
        self._written = self._clock.now()
        spec, usage = self._recorder.spec, self._recorder.usage
        journal, derived = self._recorder.journal, self._recorder.derived
        row = counts(status.progress, derived.complete, usage)
        for name, fresh in (
            ("failures", self._incidents.failures),
            ("flaws", self._incidents.flaws),
        ):
            row[name] = dict(Counter(self._kept.get(name, {})) + fresh)
        row |= {
            "pace": usage.pace,
            "cost": self._budget.used.cost,
            "curve": self._curve.points,
        }
        if (dialects := self._models.dialects()) != self._dialects:
            for model, dialect in dialects.items():
                self._incidents.adapted(model, self._dialects[model], dialect)
            self._dialects = dialects
            write_dialects(spec.folder, dialects)
        write_progress(spec.folder, row, (journal.size, *derived.sizes), spec.target)
