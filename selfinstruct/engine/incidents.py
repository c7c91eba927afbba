"""What happens to a run's requests: counted by kind, noted among the events, told to the user.

Nothing here decides anything, and nothing of it reaches a derived file. Times are monotonic
seconds.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from selfinstruct.model import dialect
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
    """What happens in one process of a run: passing `failures` and `flaws` of replies, by kind.

    Args:
        events: where it is noted.
        notice: is given a line for the user.
        patience: seconds without any answer after which the run stops.
        base_urls: of each model.
    """

    def __init__(
        self,
        events: Events,
        notice: Callable[[str], None],
        patience: float,
        base_urls: Mapping[str, str] | None = None,
    ) -> None:
        self.failures: Counter[str] = Counter()
        self.flaws: Counter[str] = Counter()
        self._events = events
        self._notice = notice
        self._patience = patience
        self._base_urls = base_urls or {}
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
            self._notice(f"{self._address(model)} answers again")
        is_text, told = reply.kind == "text", (receipt.prompt_tokens, receipt.completion_tokens)
        flaws = {
            reply.kind: not is_text,
            "no usage": is_text and None in told,
            "stop text left in": is_text and any(s in reply.text for s in request.decoding.stop),
            "empty": is_text and not reply.text.strip(),
            "cut at the longest answer": is_text and reply.cut,
        }
        self.flaws.update(flaw for flaw, there in flaws.items() if there)
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
        known = dialect.told(before)
        if learnt := [words for words in dialect.told(now) if words not in known]:
            self._events.note("adapted", model=model, now=learnt)
            words = "; ".join(learnt)
            self._notice(f"requests to {model} are put another way from now on: {words}")

    def look(self, now: float = float("inf")) -> None:
        """Note what is over; without a time, the end of all that still lasts."""
        for model, stretch in list(self._stretches.items()):
            if now - stretch.last >= QUIET:
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
        address = self._address(model)
        words = (
            f"no connection to {address} ({reason})"
            if kind == "no connection"
            else f"{address} gives nothing but failures (last: {why})"
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
        model, key = request.model, str(request.key)
        self._events.note("model changed", model=model, key=key, before=before, now=name)
        self._notice(
            f"WARNING: {model} now answers as {' '.join(name).strip()}, before as "
            f"{' '.join(before).strip()}: the run goes on with both; `selfinstruct status` counts "
            "them"
        )

    def _address(self, model: str) -> str:
        return self._base_urls.get(model, model)
