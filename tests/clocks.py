"""Clocks of the tests' own."""

from __future__ import annotations

from selfinstruct.model.clock import SYSTEM, Clock


class FastClock(Clock):
    """Runs so many times as fast as the machine's; what it says of UTC is true all the same."""

    def __init__(self, speed: float) -> None:
        self.speed = speed

    def now(self) -> float:
        """See `Clock`."""
        return SYSTEM.now() * self.speed

    def utc(self) -> str:
        """See `Clock`."""
        return SYSTEM.utc()

    async def sleep(self, seconds: float) -> None:
        """See `Clock`."""
        await SYSTEM.sleep(seconds / self.speed)
