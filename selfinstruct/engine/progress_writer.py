"""What a run shows and writes down while it goes on."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING

from selfinstruct.run.rebuild import counts, kept
from selfinstruct.store.progress import read_progress, write_dialects, write_progress

if TYPE_CHECKING:
    from collections.abc import Mapping

    from selfinstruct.method.plateau import Curve
    from selfinstruct.method.types import Progress
    from selfinstruct.model.budget import Budget
    from selfinstruct.model.factory import Models

    from .incidents import Incidents
    from .recorder import Recorder
    from .run import Parts
    from .run_status import RunStatus

TOKENLESS = 0.01
TOKENLESS_AFTER = 20
"""Share of candidates without tokens over which the user is warned, and the least number seen."""

PROGRESS_EVERY = 1.0
"""Seconds between two writes of `progress.json`."""


class ProgressWriter:
    """Shows the user's observer how a run stands, and writes `progress.json` now and then.

    `curve` is acceptance so far; what is learnt of `models` is kept.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what it writes down
        self,
        recorder: Recorder,
        models: Models,
        budget: Budget,
        curve: Curve,
        incidents: Incidents,
        parts: Parts,
    ) -> None:
        self._recorder, self._models, self._budget = recorder, models, budget
        self._curve, self._incidents, self._parts = curve, incidents, parts
        self._kept = kept(read_progress(recorder.spec.folder))
        self._dialects: Mapping[str, Mapping[str, object]] = models.dialects()
        self._warned = False
        self._written = float("-inf")

    def observe(self, status: RunStatus) -> None:
        """Pass a status on; warn and write where it is time."""
        self._parts.observe(status)
        self._warn(status.progress)
        if self._parts.clock.now() - self._written >= PROGRESS_EVERY:
            self.write(status)

    def _warn(self, progress: Progress) -> None:
        """Warn once when the near-duplicate filter cannot see over 1 % of the candidates."""
        few = progress.without_tokens <= TOKENLESS * progress.candidates
        if self._warned or few or progress.candidates < TOKENLESS_AFTER:
            return
        self._warned = True
        tokenizer = self._recorder.spec.recipe.similarity.tokenizer
        self._parts.notice(
            f"WARNING: the near-duplicate filter is off for {progress.without_tokens:,} of "
            f"{progress.candidates:,} candidates: tokenizer {tokenizer!r} finds no token in them. "
            'Write tokenizer = "unicode" under [similarity] in recipe.toml, in a new run.'
        )

    def write(self, status: RunStatus) -> None:
        """Write `progress.json`, and what was learnt of endpoints if that changed."""
        self._written = self._parts.clock.now()
        spec, usage = self._recorder.spec, self._recorder.usage
        journal, derived = self._recorder.journal, self._recorder.derived
        row = counts(status.progress, derived.complete, usage)
        row |= {"pace": usage.pace, "cost": self._budget.used.cost, "curve": self._curve.points}
        if served := self._models.served:
            row |= {"served": {model: asdict(how) for model, how in served.items()}}
        fresh = {"failures": self._incidents.failures, "flaws": self._incidents.flaws}
        row |= {name: dict(Counter(self._kept.get(name, {})) + fresh[name]) for name in fresh}
        if (dialects := self._models.dialects()) != self._dialects:
            for model, dialect in dialects.items():
                self._incidents.adapted(model, self._dialects[model], dialect)
            self._dialects = dialects
            write_dialects(spec.folder, dialects)
        write_progress(spec.folder, row, (journal.size, *derived.sizes), spec.target)
