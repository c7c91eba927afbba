"""The source `evolve`: seed tasks rewritten; and the step `harder`: is the new task worth it?"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from . import readers
from .asking import as_prompt, forms, not_a_text
from .errors import nearest
from .prompts import clean
from .schemas import HARDER, REWRITE
from .types import Again, Asked, Candidate, Candidates, Key, Nothing, Rejected, Shot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .sampling import Draw
    from .stages import Context
    from .types import Reply, Request, SeedTask, Snapshot, Task

WAYS = ("constraints", "concrete", "reasoning", "deeper", "breadth")
NAMES = ("instruction", "new_instruction", "task", "new_task", "rewritten_task", "prompt")


class Evolve:
    """Rewrites one seed task in one way; gives one candidate, an instruction alone.

    Request i rewrites seed task i modulo n, and each round over the seed tasks takes the next way
    for each: after as many rounds as there are ways, each task was rewritten in every one.

    Args:
        context: what the stage is built with.
        ways: names of the ways, in turn.
        words: the recipe's file that says what each way asks for, in TOML.

    Raises:
        ValueError: if the file is not there or not TOML, or does not say what a way asks for.
    """

    def __init__(
        self, context: Context, ways: Sequence[str] = WAYS, words: str = "ways.toml"
    ) -> None:
        self.name = context.name
        self._context = context
        said = _words(context.files, words)
        if not ways:
            raise ValueError("ways names none")
        if unknown := [way for way in ways if way not in said]:
            raise ValueError(f"{words} has no text {unknown[0]}{nearest(unknown[0], said)}")
        self._ways = [(way, said[way]) for way in ways]
        self._seeds = {seed.id: seed for seed in context.seeds}
        self._prompt = context.prompt(
            context.prompt_name, ("way", "prompt", "instruction", "input")
        )

    def ask(self, draw: Draw, pool: Snapshot, ordinal: int, attempt: int) -> Asked:  # noqa: ARG002 - as a source is asked
        """Ask for one seed task in another form."""
        seeds = self._context.seeds
        seed = seeds[ordinal % len(seeds)]
        first = seed.instances[0].input if seed.instances else ""
        messages = self._prompt.render(
            {
                "way": self._way(ordinal)[1],
                "prompt": as_prompt(seed.instruction, first),
                "instruction": seed.instruction,
                "input": first,
            }
        )
        request = self._context.request(Key(self.name, ordinal, attempt=attempt), messages, REWRITE)
        return Asked(request, (Shot(seed.id, clean(seed.instruction)),), 1)

    def read(self, asked: Asked, reply: Reply) -> Candidates | Again | Nothing:
        """Read the new instruction; it carries what it was made from."""
        if (rejected := not_a_text(reply)) is not None:
            return Nothing(rejected.reason, rejected.value)
        instruction = readers.read_rewrite(reply.text, NAMES)
        if not instruction:
            return Nothing("nothing read", reply.text[:200])
        defect = None
        if reply.cut:
            defect = Rejected("cut by length", instruction[-60:], "a whole instruction")
        evolved = {
            "way": self._way(reply.key.ordinal)[0],
            "from": asked.shots[0].id if asked.shots else "",
            "instruction": self._original(asked.shots[0]) if asked.shots else "",
        }
        return Candidates((Candidate(instruction, defect=defect, extra={"evolved": evolved}),))

    def _way(self, ordinal: int) -> tuple[str, str]:
        rounds, place = divmod(ordinal, len(self._context.seeds))
        return self._ways[(place + rounds) % len(self._ways)]

    def _original(self, shot: Shot) -> str:
        seed: SeedTask | None = self._seeds.get(shot.id)
        if seed is None:  # an adopted reply, made from another run's seed task
            return shot.instruction
        return as_prompt(seed.instruction, seed.instances[0].input if seed.instances else "")


def _words(files: Mapping[str, bytes], path: str) -> dict[str, str]:
    if path not in files:
        raise ValueError(f"the recipe has no file {path}{nearest(path, files)}")
    said = tomllib.loads(files[path].decode("utf-8-sig").replace("\r\n", "\n"))
    if wrong := [name for name, text in said.items() if not isinstance(text, str)]:
        raise ValueError(f"{path}: {wrong[0]} is not a text")
    return said


class Harder:
    """Asks whether a rewritten task is really harder or different, and can be answered.

    It is shown both. No, or no decision after a second form (`<prompt>.again`), rejects the task.
    """

    parts = 1

    def __init__(self, context: Context) -> None:
        self.name = context.name
        self._context = context
        self._prompts = forms(context, "original", "instruction")

    def ask(self, task: Task, part: int, attempt: int) -> Request:
        """Ask about a task and what it was made from."""
        values = {"original": _original_of(task), "instruction": task.instruction}
        messages = self._prompts[attempt > 0].render(values)
        return self._context.request(Key(self.name, *task.origin, part, attempt), messages, HARDER)

    def read(self, task: Task, replies: Sequence[Reply]) -> Task | Again | Rejected:
        """Read yes or no."""
        reply = replies[0]
        if (rejected := not_a_text(reply)) is not None:
            return rejected
        if not _original_of(task):
            return Rejected("not a rewritten task", None, "source evolve")
        decision = _decision(reply.text)
        if decision is None:
            told = Rejected("undecided", reply.text[:200], "yes or no")
            return told if reply.key.attempt else Again("undecided")
        told = Rejected("not harder", reply.text[:200], "harder or different, and answerable")
        return task if decision else told


def _original_of(task: Task) -> str:
    """Return what a rewritten task was made from; "" for other tasks."""
    evolved = task.extra.get("evolved")
    return str(evolved.get("instruction", "")) if isinstance(evolved, Mapping) else ""


def _decision(text: str) -> bool | None:
    """Return what a reply decides: on a last line of its own behind its reason, or at once."""
    last = text.rstrip().rpartition("\n")[2]
    said = readers.read_decision(last) if len(last) < _SHORT else None
    return readers.read_decision(text) if said is None else said


_SHORT = 40
