"""Stop rules: a run that leads nowhere, or is not answered, is stopped, with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from selfinstruct.method.errors import Stopped
from selfinstruct.method.plateau import LEAST_CANDIDATES, Curve, below
from selfinstruct.method.readers import cut_thoughts
from selfinstruct.run.options import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from selfinstruct.method.types import Progress, Reply, Verdict
    from selfinstruct.model.base import TransientError

FIRST = 20
"""Replies without anything usable after which a run stops (issue 6)."""

SHOWN = 400
"""Characters shown of such a reply."""

STUBBORN = 5
"""Failures of one request after which, with `patience` over, the run stops although others are
answered."""


class StopRules:
    """The stop rules of one process of a run. Times are monotonic seconds.

    Args:
        floor: the least share of candidates to be accepted; 0 lets a run go on whatever comes.
        patience: seconds without any answer after which the run stops.
    """

    def __init__(self, floor: float, patience: float = PATIENCE) -> None:
        self.curve = Curve()
        self._floor = floor
        self._patience = patience
        self._last_answer = 0.0
        self._example: tuple[str, str] | None = None
        self._text = ""

    def saw(
        self, reply: Reply | None, verdicts: Sequence[Verdict], progress: Progress
    ) -> Stopped | None:
        """Take in a reply and what came of it; return why the run should stop, if it should.

        Args:
            reply: None for a recorded one: what was paid already is no reason to stop.
            verdicts: what it decided.
            progress: where that leaves the run.
        """
        self.curve.add(progress.candidates, progress.accepted)
        if reply is None or not self._floor:
            return None
        if self._example is None and not progress.complete:
            self._note(reply, verdicts)
        return self._nothing(progress) or self._plateau(progress)

    def heard(self, now: float) -> None:
        """Note an answer, or the beginning."""
        self._last_answer = now

    def failed(
        self, failure: TransientError, failures: int, begun: float, now: float
    ) -> Stopped | None:
        """Return why to stop after a passing failure, if it is time to.

        Args:
            failure: what failed.
            failures: of the same request, those that say it is asked too much not counted.
            begun: when that was first asked.
            now: the time.
        """
        if now - self._last_answer > self._patience:
            why = f"the endpoint has not answered for {self._patience:.0f} s (last: {failure})"
        elif failure.retry_after is not None and failure.retry_after > self._patience:
            why = f"the endpoint asks to wait {failure.retry_after:,.0f} s ({failure})"
        elif failures >= STUBBORN and now - begun > self._patience:
            why = f"one request has failed {failures} times, others are answered (last: {failure})"
        else:
            return None
        return _unanswered(why)

    def held(self, seconds: float) -> Stopped | None:
        """Return why to stop where an endpoint's figures allow nothing for so long, if it is."""
        if seconds <= self._patience:
            return None
        return _unanswered(f"the endpoint's rate headers leave nothing for {seconds:,.0f} s")

    def _note(self, reply: Reply, verdicts: Sequence[Verdict]) -> None:
        for verdict in verdicts:
            if verdict.rejected is not None and reply.key in verdict.replies:
                value = "" if verdict.rejected.value is None else f": {verdict.rejected.value}"
                self._example = _shown(reply), f"{verdict.rejected.reason}{value}"
                return

    def _nothing(self, progress: Progress) -> Stopped | None:
        if progress.complete or progress.open:
            return None
        if progress.read < FIRST and progress.rejected_by_steps < FIRST:
            return None
        text, reason = self._example or ("(none)", "nothing usable")
        what = "replies" if progress.read >= FIRST else "accepted tasks"
        return Stopped(
            "go on",
            f"the first {FIRST} {what} gave nothing usable. One of them:\n"
            f"---\n{text[:SHOWN]}\n---\nverdict: {reason[:SHOWN]}",
            "Look at what is asked, and try another model or --protocol in a new run folder; "
            "`--min-acceptance 0` goes on all the same.",
            kind="nothing usable",
            options={"--dry-run": ""},
        )

    def _plateau(self, progress: Progress) -> Stopped | None:
        candidates, accepted = self.curve.recent()
        if candidates < LEAST_CANDIDATES or not below(candidates, accepted, self._floor):
            return None
        return Stopped(
            "go on",
            f"of the last {candidates:,} candidates only {accepted:,} were accepted, below "
            f"{self._floor:.1%}: the pool is full of what this model has to say "
            f"({progress.complete:,} complete tasks)",
            "What is there can be exported. For more: other or more seed tasks, a higher "
            "temperature in the recipe, or another model, in a new run or a fork of this one "
            "(`selfinstruct fork`); `--min-acceptance 0` goes on all the same.",
            kind="plateau",
            options={"--min-acceptance": "0"},
        )


def _unanswered(why: str) -> Stopped:
    remedy = "Run the same command again later; all recorded replies are kept."
    return Stopped("go on", why, remedy, kind="no answer")


def _shown(reply: Reply) -> str:
    if cut_thoughts(reply.text).strip():
        return reply.text
    if reply.reasoning or reply.text.strip():
        return "(thoughts and no answer; --head-room gives them more tokens)"
    return f"({reply.kind}, empty)"
