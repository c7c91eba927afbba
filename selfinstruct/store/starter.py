"""A recipe of the user's own to begin with: a copy of one of ours, and a seed file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from selfinstruct.method.errors import BadInput

from .data import README, SEEDS, read_recipe
from .folder import replace_file

if TYPE_CHECKING:
    from pathlib import Path

_TASKS = (
    {
        "id": "own-001",
        "name": "tomato_frost",
        "instruction": "When can tomato plants move outdoors, and how are they prepared for it?",
        "instances": [
            {
                "input": "",
                "output": "Move them out once no more frost is expected and the nights stay above "
                "10 °C. In the week before, put them outside for a few hours a day, longer each "
                "time, so that they get used to sun and wind.",
            }
        ],
        "is_classification": False,
    },
    {
        "id": "own-002",
        "name": "shorten_notice",
        "instruction": "Shorten the notice to one sentence without losing the date.",
        "instances": [
            {
                "input": "Dear neighbours, the water will be turned off on 4 June between 9 and 11 "
                "in the morning because a pipe in the cellar has to be replaced. Please fill a "
                "few bottles beforehand.",
                "output": "On 4 June the water is off from 9 to 11 a.m. while a pipe is replaced, "
                "so please fill some bottles beforehand.",
            }
        ],
        "is_classification": False,
    },
    {
        "id": "own-003",
        "name": "parcel_complaint",
        "instruction": "Is the customer's message about delivery, payment or the product itself?",
        "instances": [
            {
                "input": "The kettle arrived on time, but its lid does not close.",
                "output": "product",
            },
            {"input": "I was charged twice for the same order.", "output": "payment"},
        ],
        "is_classification": True,
    },
)

_GUIDE = """\
# Your own recipe

A copy of the recipe `{recipe}`. Everything here may be edited; a run keeps its own copy of what it
was begun with.

| file | what it is |
|---|---|
| `recipe.toml` | the stages, their options and decoding, the filters and their limits |
| `*.chat.txt` | prompts for chat models; `=== system` and `=== user` begin a message |
| `*.completion.txt` | prompts for base models; the prompt ends where the model goes on |
| `*.examples.jsonl` | worked examples that a step shows, if the recipe has such steps |
| `{seeds}` | your seed tasks, one JSON object a line: replace ours |

`{{{{shots}}}}`, `{{{{instruction}}}}` and the like are filled in; `selfinstruct check` names those
that a prompt can use. This file and `{seeds}` are no part of the recipe.

## The seed tasks

The three examples show the three kinds: a task that needs no input (`"input": ""`), one with an
input, and a classification task (its outputs are class labels). `id` and `name` may be left out.
Eight tasks or more are advisable, as different from each other as what you want made; write each
output the way a model should answer.

## Commands

```
selfinstruct check {folder}
selfinstruct generate RUN --recipe {folder} --seeds {folder}/{seeds} --dry-run
selfinstruct generate RUN --recipe {folder} --seeds {folder}/{seeds} --model rehearsal --target 100
```
"""


def write_starter(folder: Path, recipe: str) -> list[str]:
    """Write an editable copy of a recipe with a seed file and a README; return the files' names.

    Raises:
        BadInput: if there is no such recipe, or the folder holds anything or cannot be written to.
    """
    files = read_recipe(recipe)
    what = f"write a recipe to {folder}"
    seeds = "".join(json.dumps(task, ensure_ascii=False) + "\n" for task in _TASKS)
    guide = _GUIDE.format(recipe=recipe, folder=folder, seeds=SEEDS)
    files |= {SEEDS: seeds.encode(), README: guide.encode()}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        present = sorted(entry.name for entry in folder.iterdir())
        if present:
            raise BadInput(what, f"it holds {present[0]}", "Name a new or empty folder.")
        for path, data in sorted(files.items()):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            replace_file(folder / path, data)
    except OSError as error:
        raise BadInput(
            what, error.strerror or str(error), "Name a folder that can be written to."
        ) from None
    return sorted(files)
