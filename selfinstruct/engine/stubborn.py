"""Stubborn prompts: those that an endpoint cannot answer, while it answers others.

One such prompt would hold a run up for ever: after some asks over some time it is *unanswered*, an
outcome like any other. Where many fail at once it is the endpoint, not the prompt: that is waited
for, as long as the patience lasts. Times are monotonic seconds.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from selfinstruct.method.types import Reply
from selfinstruct.model.error_body import one_line

from .stop_rules import STUBBORN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from selfinstruct.method.types import Key, Request
    from selfinstruct.model.base import TransientError

SPREAD = 120.0
"""Seconds since its first failure from which a prompt may be unanswered; at most half the patience.
It has to have failed `STUBBORN` times."""

REFUSALS = 3
REFUSED_SPREAD = 10.0
"""The same where it is refused each time: the endpoint is there then, and says no."""

OTHERS = 4
OTHERS_REFUSED = 1
"""Others of its stage that have to be answered meanwhile, for each prompt that fails, or is
refused."""

RECORDED = 20
"""Where nothing else can be asked, recorded replies of the stage for each prompt that fails."""

TROUBLED = 2
"""Failures from which a prompt counts as failing: one alone is the weather."""

AT_ONCE = 5
"""Prompts of a stage refused one after another, and none answered, from which it is no prompt's."""

SLOW = {"time-out", "408", "504", "524"}
"""Failures that take long: what was answered while they lasted counts too."""

MOST_WORDS = 300
"""Characters kept of the last error."""


@dataclass(slots=True)
class _Trouble:
    """What is known of a prompt that has failed."""

    since: float
    answers: int  # of its stage, before it failed
    failures: int = 0
    refusals: int = 0
    last: str = ""


class Stubborn:
    """Tells a prompt that cannot be answered from an endpoint that does not answer.

    Args:
        patience: seconds without any answer after which the run stops.
        recorded: replies of each stage that were there at the beginning.

    Attributes:
        controls: the last prompt of each stage that was answered. Where nothing else can be asked,
            or half the patience is over, it is asked again: what answers that one and not the other
            does not answer the other.
    """

    def __init__(self, patience: float, recorded: Mapping[str, int]) -> None:
        self._patience = patience
        self._spread = min(SPREAD, patience / 2)
        self._recorded = recorded
        self._answers: Counter[str] = Counter()
        self._failing: dict[Key, _Trouble] = {}
        self._begun: dict[Key, int] = {}  # answers of its stage when a prompt was first asked
        self.controls: dict[str, Request] = {}

    def begun(self, key: Key) -> None:
        """Note that a prompt is asked."""
        self._begun.setdefault(key, self._answers[key.stage])

    def answered(self, key: Key, *, really: bool) -> None:
        """Note that a prompt has its outcome; `really` unless it is that of being unanswered."""
        self._failing.pop(key, None)
        self._begun.pop(key, None)
        self._answers[key.stage] += really

    def failed(self, key: Key, failure: TransientError, now: float, *, refused: bool) -> None:
        """Note a failure; one for speed says nothing of the prompt."""
        if failure.kind == "429":
            return
        answers = self._answers[key.stage]
        if failure.kind in SLOW:
            answers = self._begun.get(key, answers)
        trouble = self._failing.setdefault(key, _Trouble(now, answers))
        trouble.failures += 1
        trouble.refusals += refused
        trouble.last = str(failure)

    def held_up(self, least: int = TROUBLED) -> set[Key]:
        """Return the prompts that have failed so often, or more."""
        return {key for key, trouble in self._failing.items() if trouble.failures >= least}

    def is_suspect(self, key: Key) -> bool:
        """Tell whether enough others of its stage were answered since a prompt failed first."""
        trouble = self._failing.get(key)
        if trouble is None:
            return False
        each = OTHERS_REFUSED if trouble.refusals else OTHERS
        answers = self._answers[key.stage] - trouble.answers
        return answers >= each * self._many(key.stage)

    def is_ripe(self, key: Key, now: float) -> bool:
        """Tell whether a prompt has failed often enough, for long enough."""
        trouble = self._failing.get(key)
        if trouble is None:
            return False
        if trouble.refusals >= REFUSALS:
            return now - trouble.since >= min(REFUSED_SPREAD, self._spread)
        return trouble.failures >= STUBBORN and now - trouble.since >= self._spread

    def lasts(self, key: Key, now: float) -> bool:
        """Tell whether a prompt has failed for half the patience."""
        return now - self._failing[key].since >= self._patience / 2

    def is_unanswered(self, key: Key, now: float, *, alone: bool) -> bool:
        """Tell whether it is the prompt: asked often enough, for long enough, others answered.

        `alone`: nothing else can be asked. Then what is recorded speaks for the endpoint, and a
        refusal says that it is there; other failures have to last half the patience.
        """
        if not self.is_ripe(key, now):
            return False
        if self.is_suspect(key):
            return True
        stage = key.stage
        total = self._answers[stage] + self._recorded.get(stage, 0)
        there = self._failing[key].refusals >= REFUSALS or self.lasts(key, now)
        return alone and there and total >= RECORDED * self._many(stage)

    def ends_the_run(self, key: Key, now: float, *, others: bool) -> bool:
        """Tell whether a refusal that no table knows is no single prompt's.

        `others`: prompts of its stage are on their way that have not failed.
        """
        trouble = self._failing[key]
        if self.is_suspect(key):
            return False
        known = self._answers[key.stage] + self._recorded.get(key.stage, 0)
        if not known:
            return not others
        answers = self._answers[key.stage]
        refused = sum(
            each.stage == key.stage and bool(of.refusals) and of.answers == answers
            for each, of in self._failing.items()
        )
        if refused >= AT_ONCE and not others:
            return True
        return trouble.failures >= STUBBORN and now - trouble.since >= self._spread

    def outcome(self, request: Request) -> Reply:
        """Return the outcome of an unanswered prompt, with the words of its last error."""
        words = one_line(self._failing[request.key].last)[:MOST_WORDS]
        return Reply(request.key, request.digest, "unanswered", words)

    def _many(self, stage: str) -> int:
        return max(1, sum(key.stage == stage for key in self.held_up()))
