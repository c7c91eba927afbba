"""What the simulated service can be told: how slow, how faulty, how many at once."""

from __future__ import annotations

from dataclasses import dataclass, fields
from math import inf
from typing import TYPE_CHECKING, Any

from selfinstruct.method.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

LEANS = ("", "first", "longer")
"""What the service's judge can be told to prefer."""
FAULTS = ("e429", "e429_bare", "e500", "e503", "killed", "half", "cut_json", "html", "stall")
"""Kinds of fault, in the order in which one draw decides between them."""

_LIMITS = (
    (FAULTS, 1.0, "a rate from 0 to 1"),
    (("latency", "sigma", "clock", "stall_seconds", "retry_after"), inf, "0 or more"),
    (("slots", "limit", "rpm", "tpm"), inf, "0 (no limit) or more"),
)
Pair = tuple[float, float]


@dataclass(frozen=True)
class RehearsalOptions:
    """Options of the service. All times are seconds before `clock` scales them.

    Raises:
        ValueError: A value is out of its range; the text names it and says what is allowed.
    """

    latency: float = 0.0  # median time to an answer; 0 answers at once
    sigma: float = 0.5  # standard deviation of the time's logarithm (0: always the median)
    uniform: Pair | None = None  # times drawn evenly from low to high, in place of the lognormal
    tails: tuple[Pair, ...] = ()  # (rate, extra seconds), e.g. ((0.01, 30.0), (0.001, 300.0))
    clock: float = 1.0  # factor on every time: 0.01 makes a second ten milliseconds
    salt: int = 0  # another salt gives other times and faults for the same requests
    e429: float = 0.0  # rate of 429 with Retry-After
    e429_bare: float = 0.0  # rate of 429 without Retry-After
    e500: float = 0.0
    e503: float = 0.0
    killed: float = 0.0  # rate of connections closed before any answer
    half: float = 0.0  # rate of answers broken off half way, full length announced
    cut_json: float = 0.0  # rate of answers of which half is sent as if it were all
    html: float = 0.0  # rate of HTML pages with status 200
    stall: float = 0.0  # rate of answers that come `stall_seconds` late
    stall_seconds: float = 30.0
    retry_after: float = 1.0  # what Retry-After says (not scaled: it is what a client reads)
    slots: int = 0  # this many requests are worked on at once, the others wait (0: no limit)
    limit: int = 0  # with more than this many at once the newest gets 429 (0: no limit)
    rpm: int = 0  # requests a minute, over which 429 is the answer (0: no limit)
    tpm: int = 0  # tokens a minute, prompt and completion, likewise
    judge_bias: str = ""  # "first" or "longer": its judge prefers that in four of five replies

    def __post_init__(self) -> None:
        for names, most, wanted in _LIMITS:
            for name in names:
                value = getattr(self, name)
                _check(0 <= value <= most, f"{name}={value}", wanted)
        leans = "first or longer"
        _check(self.judge_bias in LEANS, f"judge_bias={self.judge_bias}", leans)
        in_all = sum(getattr(self, name) for name in FAULTS)
        _check(in_all <= 1, "faults=rates", "at most 1 in all")
        low, high = self.uniform or (0, 0)
        _check(0 <= low <= high, f"uniform={low:g}:{high:g}", "LOW:HIGH with 0 <= LOW <= HIGH")
        for rate, extra in self.tails:
            wanted = "RATE:SECONDS with a rate from 0 to 1 and 0 or more seconds"
            _check(0 <= rate <= 1 and extra >= 0, f"tails={rate:g}:{extra:g}", wanted)

    def words(self) -> list[str]:
        """Return the options that differ from the defaults as `key=value` texts."""
        given = ((each.name, getattr(self, each.name), each.default) for each in fields(self))
        return [f"{name}={_write(value)}" for name, value, usual in given if value != usual]


def _check(right: bool, given: str, wanted: str) -> None:  # noqa: FBT001
    if not right:
        raise ValueError(f"{given} will not do, it must be {wanted}")


def _write(value: object) -> str:
    if isinstance(value, tuple):
        pairs = value if isinstance(value[0], tuple) else (value,)
        return ",".join(f"{low!r}:{high!r}" for low, high in pairs)
    return value if isinstance(value, str) else repr(value)


def _pair(text: str) -> Pair:
    low, high = text.split(":")
    return float(low), float(high)


_READ: dict[object, tuple[Callable[[str], object], str]] = {
    "uniform": (_pair, "LOW:HIGH in seconds, for example uniform=0.05:0.5"),
    "tails": (
        lambda text: tuple(_pair(part) for part in text.split(",") if part),
        "RATE:SECONDS pairs, for example tails=0.01:30,0.001:300",
    ),
    int: (int, "an integer"),
    float: (float, "a number"),
    str: (str, "a word"),
}
"""How a value is read, by the option's name or type, and what it looks like."""


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
            raise ValueError(f"{text!r} is not key=value")
        if name not in kinds:
            why = f"there is no option {name!r}{nearest(name, kinds)}"
            raise ValueError(f"{why}; choose from {', '.join(kinds)}")
        if name in found:
            raise ValueError(f"{name} is given twice")
        read, wanted = _READ[name if name in _READ else kinds[name]]
        try:
            found[name] = read(value)
        except ValueError:
            raise ValueError(f"{text} will not do, {name} takes {wanted}") from None
    return RehearsalOptions(**found)
