"""The one loop: ask what is owed, record what arrives, fold it."""

from __future__ import annotations

import asyncio
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from selfinstruct.method.errors import BadInput, SelfInstructError, Stopped
from selfinstruct.method.types import Receipt
from selfinstruct.model.base import REWORDED, Answer, TransientError, UnknownRefusal

from .run_status import RunStatus
from .stop_rules import FEW

if TYPE_CHECKING:
    from collections.abc import Callable

    from selfinstruct.method.types import Key, Progress, Request
    from selfinstruct.model.clock import Clock

    from .dispatcher import Dispatcher, Permit
    from .incidents import Incidents
    from .recorder import Recorder
    from .schedule import Schedule
    from .stop_rules import StopRules
    from .stubborn import Stubborn

TICK = 0.25
"""Seconds between looks at what is late and at what the user is shown."""

SYNC = 1.0
"""Seconds between syncs of the journal to the disk: what a power cut can cost (house.md)."""

FAREWELL = 30.0
"""Seconds for which requests still on their way are awaited once the target is met."""

CONTROL_EVERY = 15.0
"""Seconds without any answer after which a prompt that was answered is asked again, and between two
such asks."""

REASONS = 2
"""Reasons of rejections that an observer is shown."""

LOOK_UP_EVERY = 2000
"""Recorded replies folded between two looks at signals."""


class Event(NamedTuple):
    """How an ask ended, or what ends the run; without either, more may have become possible."""

    outcome: Answer | BaseException | None = None
    permit: Permit | None = None


class Loop:
    """Runs one run to its target, or until it is stopped: made of its parts."""

    def __init__(  # noqa: PLR0913, PLR0917 - its parts
        self,
        recorder: Recorder,
        dispatcher: Dispatcher,
        schedule: Schedule,
        stop_rules: StopRules,
        stubborn: Stubborn,
        incidents: Incidents,
        clock: Clock,
    ) -> None:
        self._recorder, self._dispatcher, self._schedule = recorder, dispatcher, schedule
        self._stop_rules, self._stubborn, self._incidents = stop_rules, stubborn, incidents
        self._clock = clock
        self._name = recorder.spec.folder.path.resolve().name
        self._inbox: asyncio.Queue[Event] = asyncio.Queue()
        dispatcher.attach(lambda error: self._inbox.put_nowait(Event(error)))
        self._tasks: dict[Key, list[asyncio.Task[Answer | None]]] = {}
        self._live = 0
        self._pausing: set[asyncio.Task[object]] = set()
        self._asked = 0
        self._stopping = self._ending = False
        self._journal_broken = False
        self._error: Exception | None = None
        self._heard = self._controlled = float("-inf")

    def stop(self) -> None:
        """Send nothing more; what is on its way is awaited and recorded."""
        self._stopping = True
        self._end()

    async def run(self, observe: Callable[[RunStatus], None]) -> Progress:
        """Run; return how far the fold is at the end.

        Args:
            observe: is given a status a few times a second.

        Raises:
            SelfInstructError: for what ended the run before its target, after all that was on its
                way has been awaited and recorded.
        """
        await self._refold(observe)
        self._heard = self._clock.now()
        self._stop_rules.heard(self._heard)
        self._stop_rules.resume(self._recorder.fold.state())
        self._schedule.careful = FEW if self._stop_rules.suspect else None
        ticker = asyncio.create_task(self._tick(observe))
        try:
            try:
                await self._work()
            except SelfInstructError as error:  # what is on its way is paid for: it is recorded
                self._error = self._error or error
            self._end()
            await self._drain()
        finally:
            self._end()
            rest = [ticker, *(task for tasks in self._tasks.values() for task in tasks)]
            for task in rest:
                task.cancel()
            await asyncio.gather(*rest, return_exceptions=True)
            self._recorder.derived.flush()
            observe(self.status())
        if self._error is not None:
            raise self._error
        return self._recorder.fold.state()

    def status(self) -> RunStatus:
        """Return what an observer is shown."""
        usage = self._recorder.usage
        return RunStatus(
            progress=self._recorder.fold.state(),
            target=self._schedule.target,
            in_flight=self._schedule.in_flight,
            asked=self._asked,
            spare=usage.spare,
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
            failures=self._incidents.failures.total(),
            newest=tuple(self._recorder.newest),
            reasons=tuple(self._recorder.reasons.most_common(REASONS)),
        )

    def _end(self) -> None:
        """Let nothing more be sent; asks that wait to be tried again are given up."""
        self._ending = True
        self._dispatcher.close()
        for task in self._pausing:
            task.cancel()

    async def _refold(self, observe: Callable[[RunStatus], None]) -> None:
        """Fold what is recorded; nothing that is recorded is asked for again."""
        self._schedule.skip_generation(self._recorder.first_ordinals())
        unasked: list[Request] = []
        for count, verdicts in enumerate(self._recorder.replay(unasked)):
            self._stop_rules.saw(None, verdicts, self._recorder.fold.state())
            if count % LOOK_UP_EVERY == 0:
                observe(self.status())
                await asyncio.sleep(0)  # lets a Ctrl-C through
                if self._stopping:
                    return
        self._recorder.derived.flush()
        self._schedule.owe(unasked)

    async def _work(self) -> None:
        while not self._stopping and self._error is None:
            unasked: list[Request] = []
            deque(self._recorder.replay(unasked), 0)  # adopted, or behind a reply that was missing
            self._schedule.owe(unasked)
            progress = self._recorder.fold.state()
            if progress.complete_prefix >= self._schedule.target or progress.over:
                return
            idle = self._fill(progress) and not self._tasks
            if (stop := self._dispatcher.out_of_budget()) is not None:
                self._error = stop
                return
            if self._schedule.tried:
                return
            if idle:
                raise RuntimeError("nothing is owed and nothing is on its way")
            self._take(await self._inbox.get())
            while not self._inbox.empty():
                self._take(self._inbox.get_nowait())
            self._recorder.derived.flush()

    def _fill(self, progress: Progress) -> bool:
        """Ask what may be asked now; return whether more could be, and nothing is owed."""
        while self._dispatcher.can_admit():
            request = self._schedule.next(self._clock.now(), progress)
            if request is None:
                return True
            self._asked += 1
            permit = self._dispatcher.admit(request)
            self._live += 1
            task = asyncio.create_task(self._ask(permit, self._asked))
            self._tasks.setdefault(request.key, []).append(task)
            task.add_done_callback(partial(self._landed, permit))
        return False

    def _landed(self, permit: Permit, task: asyncio.Task[Answer | None]) -> None:
        self._live -= 1
        outcome = None if task.cancelled() else task.exception() or task.result()
        self._inbox.put_nowait(Event(outcome, permit))

    async def _ask(self, permit: Permit, number: int) -> Answer | None:
        """Ask until there is a final outcome; a passing failure waits, holding its slot.

        A prompt that fails again and again while others are answered has the outcome `unanswered`.

        Returns:
            None where the run ends before.

        Raises:
            SelfInstructError: for what ends the run.
        """
        key = permit.request.key
        begun, failures = self._clock.now(), 0
        self._stubborn.begun(key)
        while True:
            if permit.ticket is None:
                await self._dispatcher.wait(permit)
                self._schedule.sent(key, self._clock.now())
            try:
                return await self._dispatcher.send(permit, f"{self._name}/{key}/{number}")
            except TransientError as error:
                failure, refusal = error, None
            except UnknownRefusal as error:
                failure, refusal = TransientError("refused", error.why), error
            if failure.kind == REWORDED:
                self._dispatcher.done(permit, failure)
                continue
            failures += not failure.throttled
            answer = self._failed(permit, failure, refusal)
            if answer is None and await self._answers_another(key, number):
                answer = self._unanswered(permit.request)
            if answer is None and refusal is None and not self._stubborn.is_suspect(key):
                stop = self._stop_rules.failed(failure, failures, begun, self._clock.now())
                if stop is not None:
                    raise stop
            if answer is not None or self._ending:
                return answer
            await self._pause(permit.pacer.backoff(failure, failures))

    def _failed(
        self, permit: Permit, failure: TransientError, refusal: UnknownRefusal | None
    ) -> Answer | None:
        """Note a failure; return an outcome where it is the prompt that cannot be answered.

        Raises:
            UnknownRefusal: where it is no single prompt that is refused.
        """
        request, now = permit.request, self._clock.now()
        self._incidents.failed(request, failure, now)
        self._dispatcher.done(permit, failure)
        if failure.throttled:
            self._schedule.throttle(now)
        self._stubborn.failed(request.key, failure, now, refused=refusal is not None)
        self._schedule.held_up = self._stubborn.held_up()
        alone = request.key.stage not in self._stubborn.controls and self._is_alone()
        if self._stubborn.is_unanswered(request.key, now, alone=alone):
            return self._unanswered(request)
        key, held_up = request.key, self._stubborn.held_up(1)
        others = any(each.stage == key.stage and each not in held_up for each in self._tasks)
        if refusal is not None and self._stubborn.ends_the_run(key, now, others=others):
            raise refusal
        return None

    def _unanswered(self, request: Request) -> Answer:
        return Answer(self._stubborn.outcome(request), Receipt(time=self._clock.utc()))

    def _is_alone(self, *, or_full: bool = False) -> bool:
        """Tell whether nothing but prompts that fail can be asked; or they fill all places."""
        held_up = self._stubborn.held_up(1)
        alone = all(each in held_up for each in self._tasks)
        full = or_full and self._schedule.full
        return alone and (full or not self._schedule.more(self._recorder.fold.state()))

    async def _answers_another(self, key: Key, number: int) -> bool:
        """Ask a prompt that was answered once more; tell whether it is, while this one is not.

        Only where the others that are answered cannot tell: there are none to be asked, or too few.
        """
        request, now = self._stubborn.controls.get(key.stage), self._clock.now()
        if request is None or self._ending:
            return False
        ripe = self._stubborn.is_ripe(key, now)
        # Where nobody is answered, an answer ends the pacer's rest, whoever it is for.
        early = now - max(self._controlled, self._heard) >= CONTROL_EVERY
        sure = ripe and (self._is_alone(or_full=True) or self._stubborn.lasts(key, now))
        if not (sure or (early and key in self._stubborn.held_up())):
            return False
        self._controlled = now
        permit = self._dispatcher.admit(request)
        try:
            if permit.ticket is None:
                await self._dispatcher.wait(permit, first=True)
            answer = await self._dispatcher.send(permit, f"{self._name}/{request.key}/{number}c")
        except TransientError as failure:
            self._dispatcher.done(permit, failure)
            return False
        except BaseException as error:  # cancelled: nobody waits for it, and it may be paid
            self._dispatcher.done(permit)
            if isinstance(error, SelfInstructError):
                return False
            raise
        self._inbox.put_nowait(Event(answer, permit))  # a spare reply
        return sure

    async def _pause(self, seconds: float) -> None:
        """Wait; cancelled when the run ends."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - only tasks wait
        self._pausing.add(task)
        try:
            await self._clock.sleep(seconds)
        finally:
            self._pausing.discard(task)

    def _take(self, event: Event) -> None:
        outcome, permit = event.outcome, event.permit
        if permit is not None and isinstance(outcome, Answer):
            self._record(permit, outcome)
            return
        if isinstance(outcome, Exception):
            self._error = self._error or outcome
        if permit is not None:
            refused = isinstance(outcome, SelfInstructError)
            self._dispatcher.done(permit, TransientError("refused") if refused else None)

    def _record(self, permit: Permit, answer: Answer) -> None:
        request, reply = permit.request, answer.reply
        try:
            spare = self._recorder.record(reply, answer.receipt)
        except (BadInput, Stopped) as error:
            self._error = error
            self._journal_broken = True
            self._dispatcher.done(permit)
            return
        now, really = self._clock.now(), reply.kind != "unanswered"
        self._dispatcher.done(permit, answer)
        self._incidents.answered(request, reply, answer.receipt)
        if answer.notice:
            self._incidents.odd(request.model, answer.notice)
        if really:
            self._heard = now
            self._stop_rules.heard(now)
        if spare:
            return
        self._schedule.answered(request.key, now, really=really)
        self._stubborn.answered(request.key, really=really)
        if really:
            self._stubborn.controls[request.key.stage] = request
        self._schedule.held_up = self._stubborn.held_up()
        for task in self._tasks.pop(request.key):
            task.cancel()
        verdicts = self._recorder.take(reply)
        stop = self._stop_rules.saw(reply, verdicts, self._recorder.fold.state())
        self._error = self._error or stop
        self._schedule.careful = FEW if self._stop_rules.suspect else None

    async def _drain(self) -> None:
        """Await what is on its way and record it; for the surplus of a full run not too long."""
        full = self._recorder.fold.state().complete_prefix >= self._schedule.target
        until = self._clock.now() + FAREWELL if full else float("inf")
        while self._live and not self._journal_broken and self._clock.now() < until:
            self._take(await self._inbox.get())
        while not self._inbox.empty() and not self._journal_broken:
            self._take(self._inbox.get_nowait())

    async def _tick(self, observe: Callable[[RunStatus], None]) -> None:
        """Look up a few times a second: show, note, and bring the journal to the disk."""
        synced = self._clock.now()
        error: Exception | None = None
        while error is None:
            await self._clock.sleep(TICK)
            now = self._clock.now()
            try:
                self._incidents.look(now)
                observe(self.status())
                error = self._stop_rules.held(self._dispatcher.held())
                if now - synced >= SYNC:
                    unsafe = self._dispatcher.budget.unsafe
                    await asyncio.to_thread(self._recorder.journal.sync)
                    self._dispatcher.synced(unsafe)
                    synced = self._clock.now()
            except Exception as failure:  # noqa: BLE001 - the loop raises it when all is recorded
                error = failure
            self._inbox.put_nowait(Event(error))
