"""What a run shows and writes down while it goes on."""

from __future__ import annotations

import time
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
    from selfinstruct.model.opening import Models
    from selfinstruct.run.spec import RunSpec
    from selfinstruct.run.usage import Usage
    from selfinstruct.store.derived import Derived
    from selfinstruct.store.journal import Journal

    from .loop import Beat
    from .news import News

TOKENLESS = 0.01
TOKENLESS_AFTER = 20
"""Share of candidates without tokens over which the user is warned, and the least number seen."""

PROGRESS_EVERY = 1.0
"""Seconds between two writes of `progress.json`."""


class Keeper:
    """Shows beats to the user's observer, and writes `progress.json` now and then."""

    def __init__(  # noqa: PLR0913, PLR0917 - its parts
        self,
        spec: RunSpec,
        journal: Journal,
        usage: Usage,
        derived: Derived,
        observe: Callable[[Beat], None],
        notice: Callable[[str], None],
        news: News,
    ) -> None:
        self._news = news
        self._kept = kept(read_progress(spec.folder))
        self._notice = notice
        self._warned = False
        self._spec = spec
        self._journal = journal
        self._usage = usage
        self._derived = derived
        self._observe = observe
        self._written = float("-inf")
        self._parts: tuple[Models, Budget, Curve] | None = None
        self._dialects: Mapping[str, Mapping[str, object]] = {}

    def keep(self, models: Models, budget: Budget, curve: Curve) -> None:
        """Write down also what is learnt of these endpoints, spent, and seen of acceptance."""
        self._parts = models, budget, curve
        self._dialects = models.dialects()

    def observe(self, beat: Beat) -> None:
        """Pass a beat on; warn and write where it is time."""
        self._observe(beat)
        self._warn(beat.progress)
        if time.monotonic() - self._written >= PROGRESS_EVERY:
            self.write(beat)

    def _warn(self, progress: Progress) -> None:
        """Warn once when the near-duplicate filter cannot see over 1 % of the candidates."""
        few = progress.tokenless <= TOKENLESS * progress.candidates
        if self._warned or few or progress.candidates < TOKENLESS_AFTER:
            return
        self._warned = True
        tokenizer = self._spec.recipe.similarity.tokenizer
        self._notice(
            f"WARNING: the near-duplicate filter is off for {progress.tokenless:,} of "
            f"{progress.candidates:,} candidates: tokenizer {tokenizer!r} finds no token in them. "
            'Write tokenizer = "unicode" under [similarity] in recipe.toml, in a new run.'
        )

    def write(self, beat: Beat) -> None:
        """Write `progress.json`, and what was learnt of endpoints if that changed."""
        self._written = time.monotonic()
        row = counts(beat.progress, self._derived.complete, self._usage)
        for name, fresh in (("failures", self._news.failures), ("flaws", self._news.flaws)):
            row[name] = dict(Counter(self._kept.get(name, {})) + fresh)
        row["pace"] = self._usage.pace
        if self._parts is not None:
            models, budget, curve = self._parts
            row |= {"cost": budget.used.cost, "curve": curve.points}
            if (dialects := models.dialects()) != self._dialects:
                for model, dialect in dialects.items():
                    self._news.adapted(model, self._dialects[model], dialect)
                self._dialects = dialects
                write_dialects(self._spec.folder, dialects)
        write_progress(
            self._spec.folder,
            row,
            (self._journal.size, *self._derived.sizes),
            self._spec.target,
        )
