"""What the simulated service can be told: how slow, how faulty, how many at once."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

FAULTS = ("e429", "e429_bare", "e500", "e503", "killed", "half", "cut_json", "html", "stall")
"""Kinds of fault, in the order in which one draw decides between them."""

_LIMITS = (
    (FAULTS, "a rate from 0 to 1"),
    (("latency", "sigma", "clock", "stall_seconds", "retry_after"), "0 or more"),
    (("slots", "limit", "rpm", "tpm"), "0 (no limit) or more"),
)


@dataclass(frozen=True)
class RehearsalOptions:
    """Options of the service. All times are seconds before `clock` scales them.

    Args:
        latency: Median time to an answer; 0 answers at once.
        sigma: Standard deviation of the logarithm of the time (0: always the median).
        uniform: (low, high): times drawn evenly between them, in place of the lognormal.
        tails: Pairs (rate, extra seconds), e.g. ((0.01, 30.0), (0.001, 300.0)).
        clock: Factor on every time: 0.01 makes a second ten milliseconds.
        salt: Another salt gives other times and faults for the same requests.
        e429: Rate of 429 with Retry-After.
        e429_bare: Rate of 429 without Retry-After.
        e500: Rate of 500.
        e503: Rate of 503.
        killed: Rate of connections closed before any answer.
        half: Rate of answers broken off half way, full length announced.
        cut_json: Rate of answers of which half is sent as if it were all.
        html: Rate of HTML pages with status 200.
        stall: Rate of answers that come `stall_seconds` late.
        stall_seconds: How late a stalled answer comes.
        retry_after: What Retry-After says (not scaled: it is what a client reads).
        slots: At most this many requests are worked on at once, the others wait (0: no limit).
        limit: With more than this many requests at once the newest gets 429 (0: no limit).
        rpm: Requests a minute, over which 429 is the answer (0: no limit).
        tpm: Tokens a minute, prompt and completion, likewise (0: no limit).
    """

    latency: float = 0.0
    sigma: float = 0.5
    uniform: tuple[float, float] | None = None
    tails: tuple[tuple[float, float], ...] = ()
    clock: float = 1.0
    salt: int = 0
    e429: float = 0.0
    e429_bare: float = 0.0
    e500: float = 0.0
    e503: float = 0.0
    killed: float = 0.0
    half: float = 0.0
    cut_json: float = 0.0
    html: float = 0.0
    stall: float = 0.0
    stall_seconds: float = 30.0
    retry_after: float = 1.0
    slots: int = 0
    limit: int = 0
    rpm: int = 0
    tpm: int = 0

    def __post_init__(self) -> None:
        """Check every value.

        Raises:
            ValueError: A value is out of its range; the text names it and says what is allowed.
        """
        for names, wanted in _LIMITS:
            for name in names:
                value = getattr(self, name)
                _check(value >= 0 and (names != FAULTS or value <= 1), name, value, wanted)
        in_all = sum(getattr(self, name) for name in FAULTS)
        _check(in_all <= 1, "faults", "rates", "at most 1 in all")
        if self.uniform is not None:
            low, high = self.uniform
            wanted = "LOW:HIGH with 0 <= LOW <= HIGH"
            _check(0 <= low <= high, "uniform", f"{low:g}:{high:g}", wanted)
        for rate, extra in self.tails:
            wanted = "RATE:SECONDS with a rate from 0 to 1 and 0 or more seconds"
            _check(0 <= rate <= 1 and extra >= 0, "tails", f"{rate:g}:{extra:g}", wanted)

    def words(self) -> list[str]:
        """Return the options that differ from the defaults as `key=value` texts."""
        given = ((each.name, getattr(self, each.name), each.default) for each in fields(self))
        return [f"{name}={_write(value)}" for name, value, usual in given if value != usual]


def _check(right: bool, name: str, value: object, wanted: str) -> None:  # noqa: FBT001
    if not right:
        message = f"{name}={value} will not do, it must be {wanted}"
        raise ValueError(message)


def _write(value: object) -> str:
    if isinstance(value, tuple):
        pairs = value if value and isinstance(value[0], tuple) else (value,)
        return ",".join(f"{low!r}:{high!r}" for low, high in pairs)
    return repr(value)


def _pair(text: str) -> tuple[float, float]:
    low, mark, high = text.partition(":")
    if not mark:
        raise ValueError(text)
    return float(low), float(high)


def _tails(text: str) -> tuple[tuple[float, float], ...]:
    return tuple(_pair(part) for part in text.split(",") if part)


_READ: Mapping[str, tuple[Callable[[str], object], str]] = {
    "uniform": (_pair, "LOW:HIGH in seconds, for example uniform=0.05:0.5"),
    "tails": (_tails, "RATE:SECONDS pairs, for example tails=0.01:30,0.001:300"),
}
"""How a value of several numbers is read, and what it looks like."""


def parse(texts: Iterable[str]) -> RehearsalOptions:
    """Return the options that texts such as "latency=1.0" or "tails=0.01:30,0.001:300" describe.

    Raises:
        ValueError: A text is no `key=value`, the key is unknown or given twice, or the value does
            not fit. The text says which and what is possible.
    """
    kinds = {each.name: type(each.default) for each in fields(RehearsalOptions)}
    found: dict[str, Any] = {}
    for text in texts:
        name, mark, value = text.partition("=")
        name = name.strip()
        if not mark:
            message = f"{text!r} is not key=value"
            raise ValueError(message)
        if name not in kinds:
            raise ValueError(f"there is no option {name!r}; choose from {', '.join(kinds)}")
        if name in found:
            raise ValueError(f"{name} is given twice")
        numbers = (int, "an integer") if kinds[name] is int else (float, "a number")
        read, wanted = _READ.get(name, numbers)
        try:
            found[name] = read(value)
        except ValueError:
            raise ValueError(f"{text} will not do, {name} takes {wanted}") from None
    return RehearsalOptions(**found)
