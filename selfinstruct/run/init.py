"""A recipe of the user's own to begin with: a copy of one of ours, and of our seed tasks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from selfinstruct.method.errors import BadInput
from selfinstruct.method.recipe import MAIN
from selfinstruct.store.folder import replace_file

from .inputs import README, SEEDS, data_root, read_recipe, read_seeds

if TYPE_CHECKING:
    from pathlib import Path


def write_starter(folder: Path, recipe: str) -> list[str]:
    """Write an editable copy of a recipe, our seed tasks and a README; return the files' names.

    The copy is called as its folder is, so that its runs can be told from those of the original.

    Raises:
        BadInput: if there is no such recipe, or the folder holds anything or cannot be written to.
    """
    files = read_recipe(recipe)
    what = f"write a recipe to {folder}"
    guide = (data_root() / "prompts" / "starter" / README).read_text(encoding="utf-8")
    guide = guide.replace("{{recipe}}", recipe).replace("{{folder}}", str(folder))
    name = re.sub(r"[^\w.-]+", "-", folder.resolve().name) or recipe
    files[MAIN] = _NAME.sub(f'name = "{name}"'.encode(), files[MAIN], count=1)
    files |= {SEEDS: read_seeds(None)[0], README: guide.encode()}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        present = sorted(entry.name for entry in folder.iterdir())
        if present:
            raise BadInput(what, f"it holds {present[0]}", "Name a new or empty folder.")
        for path, data in sorted(files.items()):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            replace_file(folder / path, data)
    except OSError as error:
        remedy = "Name a folder that can be written to."
        raise BadInput(what, error.strerror or str(error), remedy) from None
    return sorted(files)


_NAME = re.compile(rb"^name *= *.*$", re.MULTILINE)
