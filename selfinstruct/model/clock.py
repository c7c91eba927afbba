"""The clock: what a process knows of time. It is made once and handed on; tests hand in their own.

Nothing of it reaches a request, the fold or a derived file.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Time, and waiting."""

    def now(self) -> float:
        """Return seconds that only ever grow, from some point in time."""
        ...

    def utc(self) -> str:
        """Return UTC time, ISO 8601 to the millisecond, as a run's files hold it."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait so many seconds of this clock."""
        ...


class SystemClock:
    """The machine's own."""

    def now(self) -> float:
        """See `Clock`."""
        return time.monotonic()

    def utc(self) -> str:
        """See `Clock`."""
        return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    async def sleep(self, seconds: float) -> None:
        """See `Clock`."""
        await asyncio.sleep(seconds)


SYSTEM: Clock = SystemClock()
