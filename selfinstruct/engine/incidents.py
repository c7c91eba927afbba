"""What happens to a run's requests: counted by kind, noted among the events, told to the user.

Nothing here decides anything, and nothing of it reaches a derived file. Times are monotonic
seconds.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from selfinstruct.run.usage import MOST_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from selfinstruct.method.types import Receipt, Reply, Request
    from selfinstruct.model.base import TransientError
    from selfinstruct.store.events import Events

    Name = tuple[str, str]
    """Model and fingerprint, as an endpoint reports them."""

QUIET = 30.0
"""Seconds without a refusal for speed after which a stretch of them is over."""


@dataclass(slots=True)
class _Stretch:
    """A stretch of refusals for speed."""

    since: float
    last: float
    count: int = 0


class Incidents:
    """What happens in one process of a run.

    Args:
        events: where they are noted.
        notice: is given a line for the user.
        patience: seconds without any answer after which the run stops.
        places: base URL of each model.

    Attributes:
        failures: passing failures of this process, by kind.
        flaws: flaws of replies recorded by this process, by kind.
    """

    def __init__(
        self,
        events: Events,
        notice: Callable[[str], None],
        patience: float,
        places: Mapping[str, str] | None = None,
    ) -> None:
        self.failures: Counter[str] = Counter()
        self.flaws: Counter[str] = Counter()
        self._events = events
        self._notice = notice
        self._patience = patience
        self._places = places or {}
        self._stretches: dict[str, _Stretch] = {}
        self._last: dict[str, str] = {}
        self._away: dict[str, set[str]] = {}
        self._answered: set[str] = set()
        self._names: dict[str, dict[Name, None]] = {}

    def recall(self, model: str, names: Iterable[Name]) -> None:
        """Take in under which names a model has answered in earlier processes, oldest first."""
        self._names.setdefault(model, {}).update(dict.fromkeys(names))

    def failed(self, request: Request, failure: TransientError, now: float) -> None:
        """Note a passing failure."""
        model = request.model
        self.failures[failure.kind] += 1
        self._last[model] = str(failure)
        if failure.throttled:
            self._limited(model, failure, now)
        elif failure.kind == "no connection" and model not in self._answered:
            self._is_away(model)

    def answered(self, request: Request, reply: Reply, receipt: Receipt) -> None:
        """Note a recorded reply."""
        if reply.kind == "unanswered":
            self.flaws[reply.kind] += 1
            self._events.note("unanswered", key=str(request.key), last=reply.text)
            self._notice(f"no answer to {request.key}, asked again and again: {reply.text}")
            return
        model = request.model
        self._answered.add(model)
        if model in self._away and model not in self._stretches:
            del self._away[model]
            self._events.note("answers again", model=model)
            self._notice(f"{self._place(model)} answers again")
        if reply.kind != "text":
            self.flaws[reply.kind] += 1
        else:
            if receipt.prompt_tokens is None or receipt.completion_tokens is None:
                self.flaws["no usage"] += 1
            if any(stop in reply.text for stop in request.decoding.stop):
                self.flaws["stop text left in"] += 1
            if not reply.text.strip():
                self.flaws["empty"] += 1
            if reply.cut:
                self.flaws["cut at the longest answer"] += 1
        if receipt.model or receipt.fingerprint:
            self._named(request, (receipt.model, receipt.fingerprint))

    def paced(self, model: str, what: str, seconds: float) -> None:
        """Note what the breaker of a model's endpoint does (see `Pacer.tell`)."""
        why = self._last.get(model, "")
        self._events.note(what, model=model, last=why, seconds=seconds)
        if what == "parked":
            self._is_away(model)

    def odd(self, model: str, why: str) -> None:
        """Tell what is odd in an answer that is taken all the same."""
        self._events.note("odd answer", model=model, why=why)
        self._notice(why)

    def adapted(self, model: str, before: Mapping[str, object], now: Mapping[str, object]) -> None:
        """Note that more is known of how an endpoint wants requests put."""
        learnt = {name: value for name, value in now.items() if value != before.get(name)}
        if learnt:
            self._events.note("adapted", model=model, **learnt)
            words = ", ".join(f"{name} {_readable(value)}" for name, value in learnt.items())
            self._notice(f"requests to {model} are put another way from now on: {words}")

    def look(self, now: float) -> None:
        """Note what is over."""
        for model, stretch in list(self._stretches.items()):
            if now - stretch.last >= QUIET:
                self._calm(model)

    def close(self) -> None:
        """Note the end of what still lasts."""
        for model in list(self._stretches):
            self._calm(model)

    def _limited(self, model: str, failure: TransientError, now: float) -> None:
        stretch = self._stretches.get(model)
        if stretch is None:
            stretch = self._stretches[model] = _Stretch(now, now)
            wait = failure.retry_after
            self._events.note("limit hit", model=model, why=str(failure), retry_after=wait)
        stretch.last = now
        stretch.count += 1

    def _calm(self, model: str) -> None:
        stretch = self._stretches.pop(model)
        self._away.pop(model, None)
        seconds = round(stretch.last - stretch.since, 3)
        self._events.note("limit over", model=model, count=stretch.count, seconds=seconds)

    def _is_away(self, model: str) -> None:
        """Tell of an endpoint that is away, once for each reason until it is back."""
        why, told = self._last.get(model, ""), self._away.setdefault(model, set())
        if why in told:
            return
        told.add(why)
        self._events.note("away", model=model, why=why)
        kind, _, reason = why.partition(": ")
        place = self._place(model)
        words = (
            f"no connection to {place} ({reason})"
            if kind == "no connection"
            else f"{place} gives nothing but failures (last: {why})"
        )
        self._notice(f"{words}: trying again; stops after {self._patience:,.0f} s")

    def _named(self, request: Request, name: Name) -> None:
        names = self._names.setdefault(request.model, {})
        if name in names:
            return
        before = next(reversed(names), None)
        names[name] = None
        if before is None or len(names) > MOST_NAMES:
            return
        self._events.note(
            "model changed",
            model=request.model,
            key=str(request.key),
            before=list(before),
            now=list(name),
        )
        self._notice(
            f"WARNING: {request.model} now answers as {' '.join(name).strip()}, before as "
            f"{' '.join(before).strip()}: the run goes on with both; `selfinstruct status` counts "
            "them"
        )

    def _place(self, model: str) -> str:
        return self._places.get(model, model)


def _readable(value: object) -> str:
    if isinstance(value, list):
        return " and ".join(map(str, value))
    return "yes" if value is True else str(value)
