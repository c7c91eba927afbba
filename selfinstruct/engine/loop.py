"""The one loop: ask what is owed, record what arrives, fold it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from selfinstruct.method.errors import SelfInstructError, Stopped
from selfinstruct.method.replay import replay
from selfinstruct.model.pacing import TICKET
from selfinstruct.model.seam import REWORDED, Passing
from selfinstruct.store.journal import Entry

from .gate import Gate
from .watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable

    from selfinstruct.method.fold import Fold
    from selfinstruct.method.replay import Recorded
    from selfinstruct.method.types import Key, Progress, Receipt, Reply, Request
    from selfinstruct.model.seam import Model
    from selfinstruct.run.usage import Usage
    from selfinstruct.store.derived import Derived
    from selfinstruct.store.journal import Journal

    from .gate import Pass
    from .news import News
    from .schedule import Schedule

TICK = 0.25
"""Seconds between looks at what is late and at what the user is shown."""

SYNC = 1.0
"""Seconds between syncs of the journal to the disk: what a power cut can cost (house.md)."""

FAREWELL = 30.0
"""Seconds for which requests still on their way are awaited once the target is met."""

LOOK_UP_EVERY = 2000
"""Recorded replies folded between two looks at signals."""

STUBBORN = 5
"""Failures of one request after which, with `patience` over, the run stops although others are
answered."""


def _stopped(why: str) -> Stopped:
    remedy = "Run the same command again later; all recorded replies are kept."
    return Stopped("go on", why, remedy, kind="no answer")


class _Wake:
    """Something may have become possible."""


@dataclass(slots=True)
class _Hold:
    """The pass of an ask that is on its way."""

    let: Pass | None


@dataclass(frozen=True, slots=True)
class Beat:
    """What an observer is shown, a few times a second.

    Attributes:
        progress: how far the fold is.
        target: complete tasks wanted.
        in_flight: asks on their way.
        asked: asks of this process.
        spare: spare replies, paid and ignored.
        prompt_tokens: tokens of all prompts of the run, as far as reported.
        completion_tokens: tokens of all answers.
        failures: passing failures of this process.
    """

    progress: Progress
    target: int
    in_flight: int
    asked: int
    spare: int
    prompt_tokens: int
    completion_tokens: int
    failures: int


class Loop:
    """Runs one run to its target, or until it is stopped.

    Args:
        fold: the fold, at its beginning.
        model: who answers.
        journal: where replies are recorded.
        derived: the derived files.
        recorded: the replies of the journal; emptied on the way.
        schedule: when to ask.
        target: complete tasks wanted.
        concurrency: asks at a time, at most.
        patience: seconds without any answer after which the run stops.
        run_name: first part of the client ids that go along with requests.
        usage: what the journal already holds.
        observe: is given a beat a few times a second.
        gate: lets requests through, as pacing and budget allow; None: `concurrency` alone counts.
        watch: stops a run that leads nowhere; None: nothing does.
        news: is told what happens to requests.
    """

    def __init__(  # noqa: PLR0913 - its parts, each needed
        self,
        *,
        fold: Fold,
        model: Model,
        journal: Journal,
        derived: Derived,
        recorded: Recorded,
        schedule: Schedule,
        target: int,
        concurrency: int,
        patience: float,
        run_name: str,
        usage: Usage,
        observe: Callable[[Beat], None],
        news: News,
        gate: Gate | None = None,
        watch: Watch | None = None,
    ) -> None:
        self._fold = fold
        self._model = model
        self._journal = journal
        self._derived = derived
        self._recorded = recorded
        self._schedule = schedule
        self._target = target
        self._concurrency = concurrency
        self._patience = patience
        self._run_name = run_name
        self._usage = usage
        self._observe = observe
        self._news = news

        self._arrived: asyncio.Queue[
            tuple[Request, Reply, Receipt, Pass] | Exception | _Wake | None
        ] = asyncio.Queue()
        self._gate = gate or Gate({}, concurrency)
        self._watch = watch or Watch(0.0)
        self._gate.attach(lambda: self._arrived.put_nowait(_Wake()), schedule.sent)
        self._tasks: dict[Key, list[asyncio.Task[None]]] = {}
        self._answered: set[Key] = set()
        self._asked = 0
        self._last_answer = time.monotonic()
        self._live = 0
        self._stopping = False
        self._ending = asyncio.Event()
        self._journal_broken = False
        self._error: Exception | None = None

    def stop(self) -> None:
        """Send nothing more; what is on its way is awaited and recorded."""
        self._stopping = True
        self._end()

    async def run(self) -> Progress:
        """Run; return how far the fold is at the end.

        Raises:
            SelfInstructError: for what ended the run before its target, after all that was on its
                way has been awaited and recorded.
        """
        await self._refold()
        self._last_answer = time.monotonic()
        ticker = asyncio.create_task(self._tick())
        try:
            await self._work()
            self._end()
            await self._drain()
        finally:
            self._end()
            rest = [ticker, *(task for tasks in self._tasks.values() for task in tasks)]
            for task in rest:
                task.cancel()
            await asyncio.gather(*rest, return_exceptions=True)
            self._derived.flush()
            self._observe(self.beat())
        if self._error is not None:
            raise self._error
        return self._fold.state()

    def _end(self) -> None:
        self._ending.set()
        self._gate.close()

    def beat(self) -> Beat:
        """Return what an observer is shown."""
        return Beat(
            progress=self._fold.state(),
            target=self._target,
            in_flight=self._schedule.in_flight,
            asked=self._asked,
            spare=self._usage.spare,
            prompt_tokens=self._usage.prompt_tokens,
            completion_tokens=self._usage.completion_tokens,
            failures=self._news.failures.total(),
        )

    async def _refold(self) -> None:
        """Fold what is recorded; nothing that is recorded is asked for again."""
        self._answered = set(self._recorded.replies)
        self._schedule.skip_generation(
            [key.ordinal for key in self._answered if key.item < 0 and key.attempt == 0]
        )
        unasked: list[Request] = []
        for count, verdicts in enumerate(replay(self._fold, self._recorded, unasked)):
            self._derived.add(verdicts)
            self._watch.saw(None, verdicts, self._fold.state())
            if count % LOOK_UP_EVERY == 0:
                self._observe(self.beat())
                await asyncio.sleep(0)  # lets a Ctrl-C through
                if self._stopping:
                    return
        self._derived.flush()
        self._schedule.owe(unasked)

    async def _work(self) -> None:
        while not self._stopping and self._error is None:
            progress = self._fold.state()
            if progress.in_line >= self._target:
                return
            self._schedule.owe(self._unrecorded())
            idle = self._fill(progress) and not self._tasks
            if (stop := self._gate.out_of_budget()) is not None:
                self._error = stop
                return
            if self._schedule.tried:
                return
            if idle:
                raise RuntimeError("nothing is owed and nothing is on its way")
            self._take(await self._arrived.get())
            while not self._arrived.empty():
                self._take(self._arrived.get_nowait())
            self._derived.flush()

    def _unrecorded(self) -> list[Request]:
        """Return what is newly owed, having folded what is recorded of it."""
        unasked: list[Request] = []
        if not self._recorded:
            return list(self._fold.owed())
        for verdicts in replay(self._fold, self._recorded, unasked):
            self._derived.add(verdicts)
        return unasked

    def _fill(self, progress: Progress) -> bool:
        """Ask what may be asked now; return whether the gate is open and nothing is owed."""
        now = time.monotonic()
        while self._schedule.in_flight < self._concurrency and self._gate.open(now):
            request = self._schedule.next(now, progress)
            if request is None:
                return True
            self._asked += 1
            hold = _Hold(self._gate.admit(request, now))
            task = asyncio.create_task(self._ask(request, self._asked, hold))
            self._tasks.setdefault(request.key, []).append(task)
            self._live += 1
            task.add_done_callback(partial(self._landed, hold))
        return False

    def _landed(self, hold: _Hold, _task: asyncio.Task[None]) -> None:
        self._live -= 1
        if hold.let is not None:
            self._gate.dropped(hold.let)
        self._arrived.put_nowait(_Wake())

    async def _ask(self, request: Request, number: int, hold: _Hold) -> None:
        """Ask until there is a final outcome; a passing failure waits, holding its slot."""
        client_id = f"{self._run_name}/{request.key}/{number}"
        begun, failures = time.monotonic(), 0
        while True:
            let = hold.let = hold.let or await self._gate.wait(request)
            try:
                reply, receipt = await self._send(let, client_id)
            except Passing as passing:
                hold.let = None
                if passing.kind != REWORDED:
                    self._note(request, passing)
                self._gate.failed(let, passing)
                if passing.kind == REWORDED:
                    continue
                failures += not passing.throttled
                stop = self._out_of_patience(passing, begun, failures)
                if stop is not None:
                    self._arrived.put_nowait(stop)
                    return
                await self._pause(let.pacer.backoff(passing, failures))
                if self._ending.is_set():
                    return
            except SelfInstructError as error:
                hold.let = None
                self._gate.failed(let, Passing("refused"))
                self._arrived.put_nowait(error)
                return
            except Exception as error:  # noqa: BLE001 - the loop raises it when all is recorded
                self._arrived.put_nowait(error)
                return
            else:
                hold.let = None
                self._arrived.put_nowait((request, reply, receipt, let))
                return

    async def _send(self, let: Pass, client_id: str) -> tuple[Reply, Receipt]:
        if self._gate.outgrown(let):
            raise Passing(REWORDED, "the answer may be longer than what was held for it")
        TICKET.set(let.ticket)
        return await self._model.ask(let.request, client_id)

    async def _pause(self, seconds: float) -> None:
        """Wait, but not longer than the run goes on."""
        if seconds > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), seconds)

    def _note(self, request: Request, passing: Passing) -> None:
        now = time.monotonic()
        self._news.failed(request, passing, now)
        if passing.throttled:
            self._schedule.throttle(now)

    def _out_of_patience(self, passing: Passing, begun: float, failures: int) -> Stopped | None:
        """Return why to stop, if it is time to; a request that failed since `begun` counts too."""
        now = time.monotonic()
        if now - self._last_answer > self._patience:
            why = f"the endpoint has not answered for {self._patience:.0f} s (last: {passing})"
        elif passing.retry_after is not None and passing.retry_after > self._patience:
            why = f"the endpoint asks to wait {passing.retry_after:,.0f} s ({passing})"
        elif failures >= STUBBORN and now - begun > self._patience:
            why = f"one request has failed {failures} times, others are answered (last: {passing})"
        else:
            return None
        return _stopped(why)

    def _take(
        self, arrived: tuple[Request, Reply, Receipt, Pass] | Exception | _Wake | None
    ) -> None:
        if arrived is None:
            now = time.monotonic()
            self._news.look(now)
            self._observe(self.beat())
            if (wait := self._gate.held(now)) > self._patience:
                self._error = self._error or _stopped(
                    f"the endpoint's rate headers leave nothing for {wait:,.0f} s"
                )
            return
        if isinstance(arrived, _Wake):
            return
        if isinstance(arrived, Exception):
            self._error = self._error or arrived
            return
        request, reply, receipt, let = arrived
        spare = request.key in self._answered
        entry = Entry(reply, receipt)
        try:
            self._journal.append(entry)
        except Stopped as error:
            self._error = error
            self._journal_broken = True
            self._gate.dropped(let)
            return
        self._gate.answered(let, receipt)
        self._usage.add(entry)
        self._news.answered(request, reply, receipt)
        self._last_answer = time.monotonic()
        if spare:
            return
        self._answered.add(request.key)
        self._schedule.answered(request.key, self._last_answer)
        for task in self._tasks.pop(request.key):
            task.cancel()
        verdicts = self._fold.take(reply)
        self._derived.add(verdicts)
        self._error = self._error or self._watch.saw(reply, verdicts, self._fold.state())

    async def _drain(self) -> None:
        """Await what is on its way and record it; for the surplus of a full run not too long."""
        full = self._fold.state().in_line >= self._target
        until = time.monotonic() + FAREWELL if full else float("inf")
        while self._live and not self._journal_broken and time.monotonic() < until:
            self._take(await self._arrived.get())
        while not self._arrived.empty() and not self._journal_broken:
            self._take(self._arrived.get_nowait())

    async def _tick(self) -> None:
        synced = time.monotonic()
        while True:
            await asyncio.sleep(TICK)
            self._arrived.put_nowait(None)
            if time.monotonic() - synced >= SYNC:
                unsafe = self._gate.unsafe
                await asyncio.to_thread(self._journal.sync)
                self._gate.synced(unsafe)
                synced = time.monotonic()
