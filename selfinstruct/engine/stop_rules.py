"""Stop rules: a run that leads nowhere, or is not answered, is stopped, with the reason.

What counts is what becomes complete. Tasks are looked at in their own order, so nothing that is
decided quickly is taken for all there is, whatever the concurrency.
"""

from __future__ import annotations

from collections import Counter, deque
from typing import TYPE_CHECKING

from selfinstruct.method.errors import Stopped
from selfinstruct.method.plateau import LEAST_CANDIDATES, Curve, Point, below, upper
from selfinstruct.method.readers import cut_thoughts
from selfinstruct.run.options import PATIENCE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from selfinstruct.method.types import Key, Progress, Reply, Verdict
    from selfinstruct.model.base import TransientError

FIRST = 20
"""Dead ends with nothing complete after which a run stops (issue 6). A dead end is a task that a
step rejected, or a generation reply of which nothing was accepted."""

FEW = 3
"""Dead ends after which a run stops again that was to be stopped when it was gone on with; until
then it asks no more than as many at a time."""

STEP_TIMES = 3
MOST_OF_A_STEP = 0.1
"""A step that surely lets less than so many times the floor through leads nowhere, though a task in
a hundred may slip past it; told from `FIRST` tasks on. No more is asked of it than the greater of
that share and the floor."""

DROUGHT = 12
"""Divided by the floor: so many tasks in a row without a complete one stop a run of any length. At
one and a half times the floor that happens by chance once in 10 million times."""

RECENT = 200
"""Decided tasks from which the stage, the reason and the example of a stop are taken."""

SHOWN = 400
"""Characters shown of such a reply."""

STUBBORN = 5
"""Failures of one request from which it may be the prompt that cannot be answered (see `stubborn`);
with `patience` over, the run stops although others are answered."""


class _Window:
    """How many of the last ones became something, since the beginning or a restart."""

    def __init__(self) -> None:
        self._curve = Curve()
        self._base = self._last = Point(0, 0)

    def add(self, candidates: int, kept: int) -> None:
        """Take in where the run stands."""
        self._last = Point(candidates, kept)
        self._curve.add(candidates - self._base.candidates, kept - self._base.accepted)

    def restart(self) -> None:
        """Look at nothing that was before."""
        self._base, self._curve = self._last, Curve()

    def below(self, floor: float) -> tuple[int, int] | None:
        """Return how many of how many became something, where that is surely below the floor."""
        candidates, kept = self._curve.recent()
        if candidates < LEAST_CANDIDATES or not below(candidates, kept, floor):
            return None
        return kept, candidates


class StopRules:
    """The stop rules of one process of a run. Times are monotonic seconds.

    Args:
        floor: the least share of candidates to be accepted, and to become complete; 0 lets a run go
            on whatever comes.
        patience: seconds without any answer after which the run stops.
        find: returns a recorded reply, to be shown.

    Attributes:
        curve: acceptance so far.
        suspect: whether the run was to be stopped by what is recorded, and nothing has shown
            otherwise since.
    """

    def __init__(
        self,
        floor: float,
        patience: float = PATIENCE,
        find: Callable[[Key], Reply | None] = lambda _key: None,
    ) -> None:
        self.curve = Curve()
        self.suspect = False
        self._floor = floor
        self._step_floor = max(floor, min(STEP_TIMES * floor, MOST_OF_A_STEP))
        self._patience = patience
        self._find = find
        self._last_answer = 0.0
        self._accepted, self._completed = _Window(), _Window()
        self._reached: Counter[str] = Counter()  # tasks, by stage
        self._ended: Counter[str] = Counter()
        self._recent: deque[Verdict] = deque(maxlen=RECENT)
        self._decided = self._complete = self._rejected_by_steps = self._in_vain = 0
        self._fruitful, self._last_fruitful = 0, -1  # generation requests that gave a task
        self._barren = 0  # those, wholly decided, that gave none
        self._mark = 0, 0  # dead ends and complete tasks when the run was gone on with

    def saw(
        self, reply: Reply | None, verdicts: Sequence[Verdict], progress: Progress
    ) -> Stopped | None:
        """Take in a reply and what came of it; return why the run should stop, if it should.

        `reply` is None for a recorded one: what was paid already is no reason to stop.
        """
        self.curve.add(progress.candidates, progress.accepted)
        asks = progress.over is None  # a source that is given its tasks costs nothing
        for verdict in verdicts:
            if verdict.replies:
                self._count(verdict, source=asks)
        if asks:
            closed = progress.first_open_request
            self._barren = closed - self._fruitful + (self._last_fruitful >= closed)
            self._accepted.add(progress.candidates, progress.accepted)
        self._completed.add(self._decided, self._complete)
        if reply is None or not self._floor:
            return None
        found = self._reason(progress)
        if found is None:
            self.suspect = False
            return None
        return None if self.suspect and self._wait_and_see() else self._stop(*found)

    def resume(self, progress: Progress) -> None:
        """Note that all that is recorded has been seen; whatever comes now is paid now."""
        self.suspect = bool(self._floor) and self._reason(progress) is not None
        self._mark = self._dead_ends, self._complete

    def heard(self, now: float) -> None:
        """Note an answer, or the beginning."""
        self._last_answer = now

    def failed(
        self, failure: TransientError, failures: int, begun: float, now: float
    ) -> Stopped | None:
        """Return why to stop after a passing failure, if it is time to.

        `failures` are those of the same request, first asked when `begun`, without those that say
        that too much is asked.
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

    def _count(self, verdict: Verdict, *, source: bool) -> None:
        """Take in a decided task; the tasks of one generation request come one after another.

        `source`: its first reply is the source's.
        """
        stages = _stages(verdict)
        self._decided += 1
        self._reached.update(stages)
        if verdict.rejected:
            self._ended[stages[-1]] += 1
        self._recent.append(verdict)
        self._complete += verdict.rejected is None
        self._in_vain = self._in_vain + 1 if verdict.rejected else 0
        if source and verdict.rejected and len(stages) == 1:  # the source's filters did it
            return
        self._rejected_by_steps += verdict.rejected is not None
        self._fruitful += verdict.origin.ordinal != self._last_fruitful
        self._last_fruitful = verdict.origin.ordinal

    @property
    def _dead_ends(self) -> int:
        return self._rejected_by_steps + self._barren

    def _wait_and_see(self) -> bool:
        """Tell whether a run that was to be stopped may go on, for what has come since."""
        dead_ends, complete = self._dead_ends - self._mark[0], self._complete - self._mark[1]
        if complete > max(FEW, dead_ends):  # whatever it was, it is over
            self._accepted.restart()
            self._completed.restart()
            self._reached.clear()
            self._ended.clear()
            self._in_vain = 0
            self.suspect = False
            return True
        return dead_ends < FEW

    def _reason(self, progress: Progress) -> tuple[str, str] | None:
        """Return kind and words of why the run leads nowhere, if it does."""
        if not self._complete and self._dead_ends >= FIRST:
            if not self._rejected_by_steps:
                return "nothing usable", f"the first {self._barren} replies gave nothing usable"
            why = f"of the first {self._decided} decided tasks not one became complete"
            return "nothing usable", why
        for stage, ended in self._ended.items():
            reached = self._reached[stage]
            is_step = progress.over is not None or stage != next(iter(self._reached))
            if is_step and reached >= FIRST and below(reached, reached - ended, self._step_floor):
                why = f"only {reached - ended:,} of {reached:,} tasks got past stage {stage}"
                return "nothing usable", f"{why}, surely below {self._step_floor:.1%}"
        if self._in_vain >= DROUGHT / self._floor:
            why = f"of the last {self._in_vain:,} decided tasks not one became complete"
            return "plateau", f"{why} ({self._complete:,} before)"
        for window, became in ((self._accepted, "accepted"), (self._completed, "complete")):
            if (found := window.below(self._floor)) is not None:
                kept, candidates = found
                why = f"of the last {candidates:,} candidates only {kept:,} were accepted"
                if became == "complete":
                    why = f"of the last {candidates:,} decided tasks only {kept:,} became complete"
                total = f"{progress.complete:,} complete tasks in all"
                return "plateau", f"{why}, below {self._floor:.1%} ({total})"
        return None

    def _stop(self, kind: str, why: str) -> Stopped:
        """Return the stop, with what it is about and what can be done."""
        if self._recent:
            why += self._example()
        options = {"--dry-run": ""}
        remedy = "Look at what is asked, and try another model or --protocol in a new run folder"
        if kind == "plateau":
            options = {"--min-acceptance": "0"}
            remedy = (
                "What is there can be exported. For more: other or more seed tasks, a higher "
                "temperature in the recipe, or another model, in a new run or a fork of this one "
                "(`selfinstruct fork`)"
            )
        remedy += "; `--min-acceptance 0` goes on all the same."
        return Stopped("go on", why, remedy, kind=kind, options=options)

    def _example(self) -> str:
        """Return the stage where most ends, its most frequent reason, and one of the replies."""
        stage, reached, ended = self._weakest()
        reasons = Counter(each.rejected.reason for each in ended if each.rejected is not None)
        reason, count = reasons.most_common(1)[0]
        value, key = next(
            (each.rejected.value, each.replies[-1])
            for each in reversed(ended)
            if each.rejected is not None and each.rejected.reason == reason
        )
        reply = self._find(key)
        shown = "(a reply of another run)" if reply is None else _shown(reply)
        verdict = reason if value is None else f"{reason}: {value}"
        return (
            f". Stage {stage} turned down {len(ended):,} of {reached:,} lately, most often "
            f"for `{reason}` ({count:,}). One of these replies:\n"
            f"---\n{shown[:SHOWN]}\n---\nverdict: {verdict[:SHOWN]}"
        )

    def _weakest(self) -> tuple[str, int, list[Verdict]]:
        """Return the stage that lets the least through, how many reached it, what ended there."""
        reached: Counter[str] = Counter()
        ended: dict[str, list[Verdict]] = {}
        for each in self._recent:
            reached.update(_stages(each))
            if each.rejected is not None:
                ended.setdefault(each.replies[-1].stage, []).append(each)
        stage = min(ended, key=lambda name: upper(reached[name], reached[name] - len(ended[name])))
        return stage, reached[stage], ended[stage]


def _stages(verdict: Verdict) -> tuple[str, ...]:
    """Return the stages that a task went through."""
    return tuple(dict.fromkeys(key.stage for key in verdict.replies))


def _unanswered(why: str) -> Stopped:
    remedy = "Run the same command again later; all recorded replies are kept."
    return Stopped("go on", why, remedy, kind="no answer")


def _shown(reply: Reply) -> str:
    if cut_thoughts(reply.text).strip():
        return reply.text
    if reply.reasoning or reply.text.strip():
        return "(thoughts and no answer; --head-room gives them more tokens)"
    return f"({reply.kind}, empty)"
