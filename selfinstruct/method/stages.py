"""What sources and steps are built with, and the built-in sources: the paper's, and Alpaca's."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from . import readers
from .errors import BadInput, nearest
from .filters import keep_instances
from .prompts import clean, own_marks
from .schemas import BLOCKS, LIST
from .seeds import parse_seeds
from .types import (
    Again,
    Asked,
    Candidate,
    Candidates,
    Instance,
    Key,
    Nothing,
    Origin,
    Request,
    Shot,
    Task,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from .interfaces import Filter
    from .prompts import Prompt
    from .sampling import Draw
    from .schemas import AnswerSchema
    from .types import Decoding, Message, ProtocolName, Reply, SeedTask, Snapshot


@dataclass(frozen=True, slots=True)
class Context:
    """What a source or step is built with.

    Attributes:
        name: the stage's name.
        prompt_name: first part of the names of its prompt files.
        find_prompt: gives the parsed prompt file of a name, or None where there is none;
            takes the names that can be filled.
        files: the recipe's files.
        decoding: how its requests are sampled.
        protocol: how its requests are put.
        model: the model that is asked.
        seed: the run's seed.
        seeds: the seed tasks.
        instance_filters: its filters of instances.
    """

    name: str
    prompt_name: str
    find_prompt: Callable[[str, Sequence[str]], Prompt | None]
    files: Mapping[str, bytes]
    decoding: Decoding
    protocol: ProtocolName
    model: str
    seed: int
    seeds: tuple[SeedTask, ...]
    instance_filters: tuple[Filter, ...]

    def prompt(self, name: str, allowed: Sequence[str]) -> Prompt:
        """Return a prompt that must be there.

        Raises:
            BadInput: if the recipe has no such file.
        """
        found = self.find_prompt(name, allowed)
        if found is None:
            raise BadInput(
                f"use stage {self.name}",
                f"the recipe has no prompt file {name}.{self.protocol}.txt"
                + nearest(f"{name}.{self.protocol}.txt", self.files),
                f"Add it, or use another protocol than {self.protocol}.",
            )
        return found

    def examples(self, path: str, *, with_instances: bool) -> tuple[SeedTask, ...]:
        """Return the worked examples of a JSONL file of the recipe.

        Raises:
            BadInput: if it is missing or broken.
        """
        if path not in self.files:
            raise BadInput(
                f"use stage {self.name}",
                f"the recipe has no file {path}{nearest(path, self.files)}",
                "Add it to the recipe.",
            )
        found = parse_seeds(self.files[path], path)
        if with_instances:
            require_outputs(found, f"use stage {self.name}", f"Write them into {path}.")
        return found

    def request(
        self, key: Key, messages: tuple[Message, ...], schema: AnswerSchema | None = None
    ) -> Request:
        """Return a request of this stage; with protocol schema it asks for JSON by that schema.

        A step of a user's own that has none is asked in a chat then.
        """
        if self.protocol != "schema" or schema is None:
            protocol = "chat" if self.protocol == "schema" else self.protocol
            return Request(key, messages, self.decoding, protocol, self.model)
        last = messages[-1]
        messages = (*messages[:-1], last._replace(content=f"{last.content}\n\n{schema.note}"))
        decoding = replace(
            self.decoding, stop=(), max_tokens=max(self.decoding.max_tokens, _LEAST_JSON_TOKENS)
        )
        return Request(key, messages, decoding, self.protocol, self.model, schema.schema)


_LEAST_JSON_TOKENS = 32


def require_outputs(tasks: Sequence[SeedTask], what: str, remedy: str) -> None:
    """Refuse tasks that are not answered, where their outputs are shown.

    Raises:
        BadInput: naming the first ones.
    """
    bare = [task.id for task in tasks if not all(instance.output for instance in task.instances)]
    if bare:
        named = ", ".join(bare[:5]) + (f" and {len(bare) - 5:,} more" if len(bare) > 5 else "")  # noqa: PLR2004 - as told
        raise BadInput(what, f"it shows outputs, and tasks have none: {named}", remedy)


def cut(reply: Reply) -> bool | None:
    """Return whether a reply was cut by length; None where the endpoint did not say."""
    return reply.cut if reply.finish else None


def fewer(count: int, attempt: int) -> int:
    """Return how many shots or worked examples form `attempt` shows: half as many each time.

    A reply that says that the context overflowed is asked again with fewer.
    """
    return max(1, count >> attempt)


class _PoolSource:
    """What both sources share: shots from the seed tasks and from the pool.

    Args:
        context: what the stage is built with.
        shots: tasks shown in a prompt.
        machine_shots: at most so many of them are machine-generated.
        items: new tasks asked for in one request.
        only: "classification" shows classification seed tasks and no others (paper), in the prompt
            `<prompt>.classification` where the recipe has one.

    Raises:
        ValueError: for another `only`.
    """

    schema: AnswerSchema
    shows_outputs = False

    def __init__(
        self, context: Context, shots: int, machine_shots: int, items: int, only: str = ""
    ) -> None:
        self.name = context.name
        self._context = context
        self._shots = shots
        self._machine_shots = machine_shots
        self._items = items
        if not shots or not items:
            raise ValueError("shots and items begin at 1")
        if only not in {"", "classification"}:
            raise ValueError(f'only = "{only}" is not known; it can be "classification"')
        self._seeds = [
            task for task in context.seeds if only != "classification" or task.is_classification
        ]
        if not self._seeds:
            raise BadInput(
                f"use stage {self.name}",
                "there is no classification task among the seed tasks",
                'Add some, or leave out only = "classification".',
            )
        names, usual = ("shots", "next", "last"), context.prompt_name
        special = context.find_prompt(f"{usual}.{only}", names) if only else None
        self._prompt = special or context.prompt(usual, names)
        if self.shows_outputs:
            remedy = "`generate NEW --recipe answers --from FILE` has a model write them."
            require_outputs(self._seeds, f"use stage {self.name}", remedy)
        blank = Task(Origin(0, 0), "", instances=(Instance("", ""),))
        self._has_marks = own_marks(self.show(0, blank))

    def ask(self, draw: Draw, pool: Snapshot, ordinal: int, attempt: int) -> Asked:
        shots = self._draw_shots(draw, pool, fewer(self._shots, attempt))
        following = len(shots) + 1
        messages = self._prompt.render(
            {
                "shots": "\n".join(self.show(number, shot) for number, shot in enumerate(shots, 1)),
                "next": str(following),
                "last": str(len(shots) + self._items),
            }
        )
        key = Key(self.name, ordinal, attempt=attempt)
        return Asked(
            self._context.request(key, messages, self.schema),
            tuple(Shot(_id(shot), clean(shot.instruction)) for shot in shots),
            following,
        )

    def read(self, asked: Asked, reply: Reply) -> Candidates | Again | Nothing:
        if reply.kind == "overflow":
            return Again("context overflow")
        if reply.kind != "text":
            return Nothing(reply.kind, reply.text[:200])
        items = self.candidates(asked, reply)
        if not items:
            return Nothing("nothing read", reply.text[:200])
        return Candidates(tuple(items))

    def show(self, number: int, shot: SeedTask | Task) -> str:
        raise NotImplementedError

    def candidates(self, asked: Asked, reply: Reply) -> list[Candidate]:
        raise NotImplementedError

    def _imitates(self, task: Task) -> bool:
        """Tell whether a text of a task holds marks like those by which shots are told apart."""
        texts = (task.instruction, *task.instances[0]) if task.instances else (task.instruction,)
        return any(map(self._has_marks, texts))

    def _draw_shots(self, draw: Draw, pool: Snapshot, count: int) -> list[SeedTask | Task]:
        """Draw shots; in place of a task that would read as more than one, a seed task."""
        drawn = draw.sample(pool, min(self._machine_shots, len(pool), count - 1))
        machine = [task for task in drawn if not self._imitates(task)]
        seeds = draw.sample(self._seeds, min(count - len(machine), len(self._seeds)))
        return draw.shuffled([*machine, *seeds])


class ListSource(_PoolSource):
    """The paper's source: a numbered list of instructions that the model goes on with.

    8 shots, at most 2 of them machine-generated, up to 7 new items (paper, section 2.2).
    """

    schema = LIST

    def __init__(
        self,
        context: Context,
        shots: int = 8,
        machine_shots: int = 2,
        items: int = 7,
        only: str = "",
    ) -> None:
        super().__init__(context, shots, machine_shots, items, only)
        self._headers = tuple(
            line
            for _, pieces in self._prompt.messages
            for piece in pieces[::2]
            for line in piece.split("\n")
            if line.strip()
        )

    def show(self, number: int, shot: SeedTask | Task) -> str:
        """Return one line of the list."""
        return f"Task {number}: {clean(shot.instruction)}"

    def candidates(self, asked: Asked, reply: Reply) -> list[Candidate]:
        """Read instructions; echoes of the prompt are none."""
        items = readers.read_list(
            reply.text,
            cut=cut(reply),
            shots=_shown(asked),
            following=asked.following,
            headers=self._headers,
        )
        return [Candidate(item) for item in items]


class BlockSource(_PoolSource):
    """Alpaca's source: complete tasks in blocks, from seed tasks only unless asked otherwise.

    3 shots, tasks 4 to 19 of 20 (Alpaca).
    """

    schema = BLOCKS
    shows_outputs = True

    def __init__(
        self,
        context: Context,
        shots: int = 3,
        machine_shots: int = 0,
        items: int = 16,
        only: str = "",
    ) -> None:
        super().__init__(context, shots, machine_shots, items, only)

    def show(self, number: int, shot: SeedTask | Task) -> str:
        """Return one block with the shot's first instance."""
        instance = shot.instances[0]
        return (
            f"### Task {number}\nInstruction: {clean(shot.instruction)}\n"
            f"Input: {instance.input or '(none)'}\nOutput: {instance.output}\n"
        )

    def candidates(self, asked: Asked, reply: Reply) -> list[Candidate]:
        """Read complete tasks; the stage's instance filters decide on each one's instance."""
        found = []
        read = readers.read_blocks(reply.text, cut=cut(reply), shots=_shown(asked))
        for item, candidate in enumerate(read):
            task = Task(Origin(reply.key.ordinal, item), candidate.instruction)
            kept, rejected = keep_instances(
                task, candidate.instances, self._context.instance_filters
            )
            found.append(replace(candidate, instances=kept, defect=candidate.defect or rejected))
        return found


def _id(shot: SeedTask | Task) -> str:
    return str(shot.origin) if isinstance(shot, Task) else shot.id


def _shown(asked: Asked) -> tuple[str, ...]:
    return tuple(shot.instruction for shot in asked.shots)
