"""The budget: no request is sent whose worst case could break a cap."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from selfinstruct.method.cost import Amount
from selfinstruct.method.errors import Stopped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

AT_ONCE = 4
"""A reservation is made for so many requests like the one that needs it."""


@dataclass(frozen=True, slots=True)
class Caps:
    """What a run may use in all, all of its processes together; infinite where nothing is said.

    Attributes:
        cost: US dollars.
        tokens: tokens of prompts and answers.
        requests: requests that reach the endpoint, refused ones too.
        hours: time at work.
    """

    cost: float = math.inf
    tokens: float = math.inf
    requests: float = math.inf
    hours: float = math.inf

    @property
    def any(self) -> bool:
        """Whether there is a cap at all."""
        return self != Caps()


class Budget:
    """What this process may still spend.

    Spent is what recorded replies and settled blocks used. Lost is what this process used without
    a recorded reply. Held is the worst case of all that is outstanding: sent and not answered, or
    answered and not yet safe on the disk (`unsafe`). Always `spent + lost + held <= cap`, and
    `lost + held` is at most what was reserved in the journal before.

    `reserve` writes a reservation and brings it to the disk; `spent` and `seconds` are what earlier
    processes used.
    """

    def __init__(
        self, caps: Caps, spent: Amount, seconds: float, reserve: Callable[[Amount], None]
    ) -> None:
        self.caps = caps
        self.spent = spent
        self.lost = Amount()
        self._seconds, self._reserve = seconds, reserve
        self._reserved = self._held = self.unsafe = Amount()

    def take(self, worst: Amount) -> bool:
        """Hold a request's worst case; False if a cap forbids it, for now or for good."""
        outstanding = self.lost.plus(self._held).plus(worst)
        if not self._allows(self.spent.plus(outstanding)):
            return False
        if not outstanding.within(self._reserved):
            missing = outstanding.minus(self._reserved)
            more = missing.at_least(worst.times(AT_ONCE))
            if not self._allows(self.spent.plus(self._reserved).plus(more)):
                more = missing
            self._reserve(more)
            self._reserved = self._reserved.plus(more)
        self._held = self._held.plus(worst)
        return True

    def recorded(self, worst: Amount, used: Amount | None) -> None:
        """Note that a reply was recorded, and what it used; None: the endpoint does not say."""
        if used is None:
            self.failed(worst, spent=True)
            self.spent = self.spent.plus(Amount(1))  # its line counts as a request
            self.lost = self.lost.minus(Amount(1))
            return
        self.spent = self.spent.plus(used)
        self.unsafe = self.unsafe.plus(worst)

    def failed(self, worst: Amount, *, spent: bool) -> None:
        """Note a request without a reply; `spent`: it may have been paid all the same."""
        self._held = self._held.minus(worst)
        self.lost = self.lost.plus(worst if spent else Amount(worst.requests))

    def synced(self, unsafe: Amount) -> None:
        """Note that replies whose worst cases add up to `unsafe` are safe on the disk."""
        self._held = self._held.minus(unsafe)
        self.unsafe = self.unsafe.minus(unsafe)

    @property
    def used(self) -> Amount:
        """All that the run has used, as far as is known."""
        return self.spent.plus(self.lost)

    def close(self) -> Amount:
        """Return what this process used without a recorded reply, for the journal."""
        return self.lost.plus(self._held.minus(self.unsafe))

    def reached(self, seconds: float, following: Amount) -> Stopped:
        """Return which cap stops the run, once nothing more can be sent.

        `following` is the worst case of the request that may not be, `seconds` this process's age.
        """
        caps = self.caps
        if self.out_of_time(seconds):
            why = f"--max-hours {caps.hours:g} is used up"
            used_hours = (self._seconds + seconds) / 3600
            return _cap_reached(why, {"--max-hours": _higher(2 * max(caps.hours, used_hours))})
        used, wanted = self.used, self.used.plus(following)
        words, options = [], {}
        for name in Amount._fields:
            cap, so_far = getattr(caps, name), getattr(used, name)
            if getattr(wanted, name) > cap:
                digits = "," if name != "cost" else ",.4f"
                words.append(f"--max-{name} {cap:,.10g} (used at most: {so_far:{digits}})")
                options[f"--max-{name}"] = _higher(max(2 * max(cap, so_far), getattr(wanted, name)))
        return _cap_reached(f"the next request could go beyond {' and '.join(words)}", options)

    def out_of_time(self, seconds: float) -> bool:
        """Tell whether `--max-hours` is over."""
        return self._seconds + seconds >= self.caps.hours * 3600

    def _allows(self, amount: Amount) -> bool:
        return all(part <= getattr(self.caps, name) for name, part in amount._asdict().items())


def _higher(value: float) -> str:
    """Return a number rounded up to three digits, to be typed."""
    unit = 10.0 ** (math.floor(math.log10(value)) - 2)
    return f"{math.ceil(value / unit - 1e-9) * unit:.10g}"


def _cap_reached(why: str, options: Mapping[str, str]) -> Stopped:
    remedy = "Raise the cap to go on; nothing is lost."
    return Stopped("go on", why, remedy, kind="cap reached", options=options)
