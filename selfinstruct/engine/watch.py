"""Watches what replies come to: a run that leads nowhere is stopped, with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from selfinstruct.method.errors import Stopped
from selfinstruct.method.plateau import LEAST_CANDIDATES, Curve, below
from selfinstruct.method.readers import cut_thoughts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from selfinstruct.method.types import Progress, Reply, Verdict

FIRST = 20
"""Replies without anything usable after which a run stops (issue 6)."""

SHOWN = 400
"""Characters shown of such a reply."""


class Watch:
    """Watches one process of a run.

    Args:
        floor: the least share of candidates to be accepted; 0 lets a run go on whatever comes.
    """

    def __init__(self, floor: float) -> None:
        self.curve = Curve()
        self._floor = floor
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

    def _note(self, reply: Reply, verdicts: Sequence[Verdict]) -> None:
        for verdict in verdicts:
            if verdict.rejected is not None and reply.key in verdict.replies:
                value = "" if verdict.rejected.value is None else f": {verdict.rejected.value}"
                self._example = _shown(reply), f"{verdict.rejected.reason}{value}"
                return

    def _nothing(self, progress: Progress) -> Stopped | None:
        if progress.complete or progress.open:
            return None
        if progress.read < FIRST and progress.dropped < FIRST:
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


def _shown(reply: Reply) -> str:
    if cut_thoughts(reply.text).strip():
        return reply.text
    if reply.reasoning or reply.text.strip():
        return "(thoughts and no answer; --head-room gives them more tokens)"
    return f"({reply.kind}, empty)"
