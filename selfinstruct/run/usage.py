"""What a run has used up: one fold over the lines of its journal, for caps, status, plan and stats.

Where a run has a cap, a process may only have so much outstanding as it has reserved before, in
lines of its journal (`reserve`). Recorded replies carry what they used. What was used without a
reply (a time-out, an answer nobody waited for) is summed up in a line when the process ends
(`settle`). A block without that line ended uncleanly: all that it reserved counts as used.

Replies that a fork adopted were paid for by another run: they are counted apart.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from selfinstruct.method.cost import FREE, NOTHING, Amount
from selfinstruct.method.replay import Recorded
from selfinstruct.store.journal import Entry, MoneyLine, read_lines

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from selfinstruct.method.cost import Price
    from selfinstruct.method.types import Key, Receipt

MOST_NAMES = 20
"""Names under which one model may answer; some servers invent a fingerprint for each reply."""


@dataclass(slots=True)
class StageUsage:
    """Of one stage: replies recorded, spare ones among them, and their tokens as far as told.

    `told` counts the replies whose tokens the endpoint told; the three sums of products over these
    (prompt x prompt, prompt x answer, answer x answer) give how far single requests differ.
    `cached_prompt_tokens` is None where no endpoint told of a cache.
    """

    replies: int = 0
    spare: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cached_prompt_tokens: int | None = None
    told: int = 0
    prompt_squares: int = 0
    products: int = 0
    completion_squares: int = 0

    def add(self, receipt: Receipt, *, spare: bool) -> None:
        """Take in a recorded reply."""
        prompt, answer = receipt.prompt_tokens, receipt.completion_tokens
        self.replies += 1
        self.spare += spare
        self.prompt_tokens += prompt or 0
        self.completion_tokens += answer or 0
        if receipt.cached_prompt_tokens is not None:
            before = self.cached_prompt_tokens or 0
            self.cached_prompt_tokens = before + receipt.cached_prompt_tokens
        if prompt is not None and answer is not None:
            self.told += 1
            self.prompt_squares += prompt * prompt
            self.products += prompt * answer
            self.completion_squares += answer * answer

    def cost(self, price: Price) -> float:
        """Return US dollars."""
        return price.of(self.prompt_tokens, self.completion_tokens)

    def each(self, price: Price) -> tuple[float, float]:
        """Return mean and standard deviation of what a reply with told tokens costs."""
        if not self.told:
            return 0.0, 0.0
        mean = self.cost(price) / self.told
        square = (
            price.prompt**2 * self.prompt_squares
            + 2 * price.prompt * price.answer * self.products
            + price.answer**2 * self.completion_squares
        ) / (1e12 * self.told)
        return mean, max(0.0, square - mean**2) ** 0.5


class Taken(NamedTuple):
    """One recorded reply of this run's own, for who looks at times and places."""

    second: float  # since 1970, UTC
    stage: str
    ordinal: int
    receipt: Receipt


@dataclass(slots=True)
class Usage:
    """The fold.

    Attributes:
        stages: what recorded replies used, by stage, in the order in which they first replied.
        adopted: replies that another run paid for.
        reported: by stage, under which name and fingerprint its model answered how often, in the
            order in which they were first seen; at most `MOST_NAMES`, all others under two "".
        blocks: number of the last block of reservations.
        seconds: how long processes with a cap were at work, as far as their lines tell.
        first: when the first reply was recorded, UTC, "" if there is none; `last` the last one.
        taken: every reply, where `detailed`.
    """

    stages: dict[str, StageUsage] = field(default_factory=dict)
    adopted: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    reported: dict[str, dict[tuple[str, str], int]] = field(default_factory=dict)
    blocks: int = 0
    seconds: float = 0.0
    first: str = ""
    last: str = ""
    detailed: bool = False
    taken: list[Taken] = field(default_factory=list)
    _seen: set[Key] = field(default_factory=set)
    _settled: Amount = NOTHING
    _open: Amount = NOTHING
    _marked: tuple[str, int] = ("", 0)  # time of the first reply since `finish`; replies before it
    _block: tuple[str, str] | None = None  # times of the first and last line of the open block

    def add(self, line: Entry | MoneyLine) -> bool:
        """Take in a line; return whether it is a spare reply."""
        if isinstance(line, MoneyLine):
            self._money(line)
            return False
        reply, receipt = line.reply, line.receipt
        key = reply.key
        spare = key in self._seen
        if not reply.adopted or key.item < 0:  # an adopted step's is found by the digest, not by it
            self._seen.add(key)
        if reply.adopted:
            self.adopted += 1
            return spare
        self.stages.setdefault(key.stage, StageUsage()).add(receipt, spare=spare)
        self.kinds[reply.kind] += 1
        self._name(key.stage, receipt)
        if self._block is not None:
            self._block = self._block[0], receipt.time or self._block[1]
        if not self._marked[0]:
            self._marked = receipt.time, self._marked[1]
        self.first = min(self.first or receipt.time, receipt.time)
        self.last = max(self.last, receipt.time)
        if self.detailed:
            second = _second(receipt.time)
            if second is None:
                second = self.taken[-1].second if self.taken else 0.0
            self.taken.append(Taken(second, key.stage, key.ordinal, receipt))
        return spare

    def finish(self) -> Usage:
        """Note that the journal ends here: an open block ended uncleanly; return itself.

        What comes from now on is of this process, and sets the pace.
        """
        self._end_block()
        self._marked = "", self.replies
        return self

    @property
    def replies(self) -> int:
        """Replies recorded by this run itself, spare ones too."""
        return sum(stage.replies for stage in self.stages.values())

    @property
    def spare(self) -> int:
        """Spare replies among them."""
        return sum(stage.spare for stage in self.stages.values())

    @property
    def prompt_tokens(self) -> int:
        """Tokens of all prompts, as far as told."""
        return sum(stage.prompt_tokens for stage in self.stages.values())

    @property
    def completion_tokens(self) -> int:
        """Tokens of all answers, as far as told."""
        return sum(stage.completion_tokens for stage in self.stages.values())

    def lost(self) -> Amount:
        """Return what was used, or counts as used, without a recorded reply."""
        return self._settled.plus(self._open)

    def spent(self, prices: Mapping[str, Price]) -> Amount:
        """Return all that was used; prices by stage, a stage without one costs nothing."""
        total = self.lost()
        for name, stage in self.stages.items():
            tokens = stage.prompt_tokens + stage.completion_tokens
            cost = stage.cost(prices.get(name, FREE))
            total = total.plus(Amount(stage.replies, tokens, cost))
        return total

    @property
    def pace(self) -> float | None:
        """Seconds from one reply to the next since `finish`; None for fewer than two replies."""
        since, before = self._marked
        first, last, count = _second(since), _second(self.last), self.replies - before
        if count <= 1 or first is None or last is None:
            return None
        return (last - first) / (count - 1)

    def to_json(self) -> dict[str, Any]:
        """Return the counts that `progress.json` holds."""
        return {
            "adopted": self.adopted,
            "completion_tokens": self.completion_tokens,
            "prompt_tokens": self.prompt_tokens,
            "replies": self.replies,
            "reported": {
                stage: [[*name, count] for name, count in names.items()]
                for stage, names in sorted(self.reported.items())
            },
            "spare": self.spare,
            "stages": {name: asdict(stage) for name, stage in self.stages.items()},
        }

    def _name(self, stage: str, receipt: Receipt) -> None:
        name = receipt.model, receipt.fingerprint
        if any(name):
            names = self.reported.setdefault(stage, {})
            if name not in names and len(names) >= MOST_NAMES:
                name = "", ""
            names[name] = names.get(name, 0) + 1

    def _money(self, line: MoneyLine) -> None:
        if line.block != self.blocks or self._block is None:
            self._end_block()
            self._block = line.time, line.time
        self.blocks, self._block = line.block, (self._block[0], line.time)
        if line.kind == "settle":
            self._open = line.amount
            self._end_block()
            return
        self._open = self._open.plus(line.amount)

    def _end_block(self) -> None:
        self._settled = self._settled.plus(self._open)
        self._open = NOTHING
        if self._block is not None:
            begun, last = map(_second, self._block)
            self.seconds += max(0.0, last - begun) if begun and last else 0.0
            self._block = None


def read_recorded(path: Path, *, detailed: bool = False) -> tuple[Recorded, Usage]:
    """Return what a journal holds for the fold, and what its lines come to.

    Raises:
        BadInput: if it cannot be read.
        Refused: for a line that cannot be read.
    """
    recorded, usage = Recorded(), Usage(detailed=detailed)
    for line in read_lines(path):
        usage.add(line)
        if isinstance(line, Entry):
            recorded.add(line.reply)
    return recorded, usage


def _second(time: str) -> float | None:
    try:
        return datetime.fromisoformat(time).timestamp()
    except (ValueError, OverflowError):
        return None
