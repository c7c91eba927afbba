"""How a run stands, as an observer is shown it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from selfinstruct.method.types import Progress, Task


@dataclass(frozen=True, slots=True)
class RunStatus:
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
        newest: the newest complete tasks, the newest last.
        reasons: the most frequent reasons of rejections, and how often.
    """

    progress: Progress
    target: int
    in_flight: int
    asked: int
    spare: int
    prompt_tokens: int
    completion_tokens: int
    failures: int
    newest: tuple[Task, ...] = ()
    reasons: tuple[tuple[str, int], ...] = ()
