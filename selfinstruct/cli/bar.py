"""What `generate` shows on stderr: a bar, and the newest tasks; plain lines without a terminal."""

from __future__ import annotations

import shutil
import sys
import time
from typing import TYPE_CHECKING, Any, Self

from tqdm import tqdm

from selfinstruct.method.plain import one_line, plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from selfinstruct.engine.run_status import RunStatus
    from selfinstruct.method.types import Task

LINE_EVERY = 10.0
TASK_EVERY = 1.5
"""Seconds between two plain lines, and between two tasks in a terminal."""

WIDEST = 100
"""Characters of a line with a task, at most."""


class Bar:
    """Shows a run: complete/target, accepted, rejected, in flight, tokens, time to go, tasks.

    Args:
        quiet: show notes alone.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._terminal = sys.stderr.isatty()
        self._bar: Any = None
        self._last_line = self._last_task = time.monotonic()
        self._shown: Task | None = None
        self._start: tuple[float, int] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def note(self, line: str) -> None:
        """Show a line of its own."""
        tqdm.write(plain(line), file=sys.stderr)

    def show(self, status: RunStatus) -> None:
        """Show how far the run is."""
        if self._quiet:
            return
        complete, now = min(status.progress.complete, status.target), time.monotonic()
        if self._terminal:
            if self._bar is None:
                self._bar = tqdm(
                    total=status.target,
                    initial=complete,
                    unit="task",
                    file=sys.stderr,
                    smoothing=0.05,
                )
            self._bar.set_postfix_str(_words(status), refresh=False)
            self._bar.n = complete
            self._bar.refresh()
            self._pass_by(status.newest, now, TASK_EVERY)
            return
        if self._start is None and status.in_flight:
            self._start = now, complete
        if now - self._last_line >= LINE_EVERY:
            self._last_line = now
            to_go = self._to_go(now, complete, status.target)
            self.note(f"{complete:,}/{status.target:,} complete, {_words(status)}, {to_go} to go")
            self._pass_by(status.newest, now, 0.0)

    def _pass_by(self, newest: tuple[Task, ...], now: float, every: float) -> None:
        """Show the newest task, if it is another one and it is time."""
        if newest and newest[-1] is not self._shown and now - self._last_task >= every:
            self._shown, self._last_task = newest[-1], now
            for line in shown([newest[-1]]):
                self.note(line)

    def _to_go(self, now: float, complete: int, target: int) -> str:
        if self._start is None or complete <= self._start[1]:
            return "unknown time"
        since, first = self._start
        seconds = (now - since) * (target - complete) / (complete - first)
        return tqdm.format_interval(seconds)


def shown(tasks: Iterable[Task]) -> list[str]:
    """Return tasks as a terminal shows them: instruction, input, answer, a line each."""
    width = min(WIDEST, shutil.get_terminal_size().columns - 1)
    lines = []
    for task in tasks:
        lines.append(f"  {one_line(f'* {task.instruction}', width - 2)}")
        for instance in task.instances[:1]:
            texts = (("on", instance.input), ("->", instance.output))
            lines += [
                f"    {one_line(f'{mark} {text}', width - 4)}" for mark, text in texts if text
            ]
    return lines


def _words(status: RunStatus) -> str:
    reasons = ", ".join(f"{count:,} {one_line(reason, 40)}" for reason, count in status.reasons)
    return (
        f"accepted {status.progress.accepted:,}, rejected {status.progress.rejected:,}"
        + (f" ({reasons})" if reasons else "")
        + f", in flight {status.in_flight}, "
        f"tokens {status.prompt_tokens + status.completion_tokens:,}"
        + (f", failures {status.failures:,}" if status.failures else "")
    )
