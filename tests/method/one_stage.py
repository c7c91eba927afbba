"""One stage of a recipe that comes along, by itself: what it asks, and what it makes of replies."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from selfinstruct.method.filters import INSTANCE_FILTERS
from selfinstruct.method.prompts import parse_prompt
from selfinstruct.method.registry import SOURCES, STEPS
from selfinstruct.method.stages import Context
from selfinstruct.method.types import Decoding, Instance, Key, Origin, Reply, Task
from tests.world import ROOT, own_seeds

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from selfinstruct.method.interfaces import Step
    from selfinstruct.method.prompts import Prompt
    from selfinstruct.method.types import Kind, ProtocolName, SeedTask

TASK = Task(Origin(3, 1), "Name a big river.", instances=(Instance("In Africa", "Rhine"),))


def stage(
    recipe: str,
    name: str,
    *,
    protocol: ProtocolName = "chat",
    seed: int = 1,
    seeds: Sequence[SeedTask] | None = None,
    without: Sequence[str] = (),
    files: Mapping[str, bytes] | None = None,
    **options: Any,
) -> Any:
    """Return a stage of a recipe, with its options changed; `without` leaves out prompts."""
    folder = ROOT / "prompts" / recipe
    read = {path.name: path.read_bytes() for path in folder.iterdir()} | dict(files or {})
    table = tomllib.loads(read["recipe.toml"].decode())
    rows = {row["name"]: row for row in (table["source"], *table["step"])}
    row = rows[name]

    def find(prompt: str, allowed: Sequence[str]) -> Prompt | None:
        path = f"{prompt}.chat.txt"
        if path not in read or prompt in without:
            return None
        return parse_prompt(read[path], path, "chat", frozenset(allowed))

    language = tuple(task.instruction for task in own_seeds())
    filters = tuple(
        INSTANCE_FILTERS[each["use"]](**({"seeds": language} if each["use"] == "language" else {}))
        for each in row.get("instance_filter", ())
    )
    context = Context(
        name=name,
        prompt_name=row.get("prompt", name),
        find_prompt=find,
        files=read,
        decoding=Decoding(**row.get("decoding", {})),
        protocol=protocol,
        model="m",
        seed=seed,
        seeds=tuple(seeds or own_seeds()),
        instance_filters=filters,
    )
    part: Any = (SOURCES if row is table["source"] else STEPS)[row["use"]]
    return part(context, **{**row.get("options", {}), **options})


def reply(text: str, attempt: int = 0, part: int = 0, finish: str = "stop") -> Reply:
    return Reply(Key("s", 3, 1, part, attempt), "", "text", text, finish=finish)


def other(kind: Kind) -> Reply:
    return Reply(Key("s", 3, 1), "", kind, "I would rather not.")


def told(step: Step, task: Task, *texts: str, attempt: int = 0) -> Any:
    """Return what a step makes of such replies, one a part."""
    return step.read(task, [reply(text, attempt, part) for part, text in enumerate(texts)])
