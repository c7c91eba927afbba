"""The progress bar on stderr; plain lines where stderr is not a terminal."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any, Self

from tqdm import tqdm

if TYPE_CHECKING:
    from types import TracebackType

    from selfinstruct.engine.loop import RunStatus

LINE_EVERY = 10.0
"""Seconds between two plain lines."""


class Bar:
    """Shows a run: complete/target, accepted, rejected, in flight, tokens, time to go."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._bar: Any = None
        self._last_line = time.monotonic()
        self._start: tuple[float, int] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.close()

    def note(self, line: str) -> None:
        """Show a line of its own."""
        tqdm.write(line, file=sys.stderr)

    def show(self, status: RunStatus) -> None:
        """Show how far the run is."""
        complete = min(status.progress.complete, status.target)
        if self._terminal:
            self._draw(status, complete)
            return
        now = time.monotonic()
        if self._start is None and status.in_flight:
            self._start = now, complete
        if now - self._last_line >= LINE_EVERY:
            self._last_line = now
            to_go = self._to_go(now, complete, status.target)
            tqdm.write(
                f"{complete:,}/{status.target:,} complete, {_words(status)}, {to_go} to go",
                file=sys.stderr,
            )

    def _draw(self, status: RunStatus, complete: int) -> None:
        if self._bar is None:
            self._bar = tqdm(
                total=status.target, initial=complete, unit="task", file=sys.stderr, smoothing=0.05
            )
        self._bar.set_postfix_str(_words(status), refresh=False)
        self._bar.n = complete
        self._bar.refresh()

    def _to_go(self, now: float, complete: int, target: int) -> str:
        if self._start is None or complete <= self._start[1]:
            return "unknown time"
        since, first = self._start
        seconds = (now - since) * (target - complete) / (complete - first)
        return tqdm.format_interval(seconds)


def _words(status: RunStatus) -> str:
    return (
        f"accepted {status.progress.accepted:,}, rejected {status.progress.rejected:,}, "
        f"in flight {status.in_flight}, tokens {status.prompt_tokens + status.completion_tokens:,}"
        + (f", failures {status.failures:,}" if status.failures else "")
    )
