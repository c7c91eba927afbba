"""Where recipes and seed tasks come from: our own, or a path of the user's."""

from __future__ import annotations

import re
from pathlib import Path

from selfinstruct.method.errors import BadInput
from selfinstruct.method.recipe import MAIN

_PACKAGE = Path(__file__).parents[1]

SEEDS, README = "seed_tasks.jsonl", "README.md"
"""Files that may lie beside a recipe's own and are no part of it; a run begun with the recipe has
those seed tasks where none are named."""


def data_root() -> Path:
    """Return the folder of `seed_tasks.jsonl` and `prompts/`.

    In a wheel it is inside the package; in a checkout it is the root of the repository.
    """
    inside = _PACKAGE / "_data"
    return inside if inside.is_dir() else _PACKAGE.parent


def recipe_names() -> list[str]:
    """Return the names of the recipes that come along."""
    return sorted(path.parent.name for path in (data_root() / "prompts").glob(f"*/{MAIN}"))


def read_recipe(name: str) -> dict[str, bytes]:
    """Return the files of a recipe by their path: one of ours by name, or a folder.

    Files whose names begin with a dot, Python's caches, and `README.md` and `seed_tasks.jsonl` at
    the top are left out.

    Raises:
        BadInput: if there is no such recipe, or a file of it cannot be read.
    """
    root = _root_of(name)
    if not (root / MAIN).is_file():
        raise BadInput(
            f"use recipe {name}",
            f"there is no folder of that name with a {MAIN}",
            f"Recipes that come along: {', '.join(recipe_names())}; or name a folder.",
        )
    try:
        return {
            name: path.read_bytes()
            for path in sorted(root.rglob("*"))
            if path.is_file()
            and (name := path.relative_to(root).as_posix()) not in {SEEDS, README}
            and not re.search(r"(^|/)(\.|__pycache__(/|$))", name)
        }
    except OSError as error:
        raise BadInput(
            f"use recipe {name}", f"{error.filename}: {error.strerror}", "Fix its permissions."
        ) from None


def own_seeds(path: str | None, recipe: str | None) -> str | None:
    """Return the user's own seed file: `path`, one in the recipe's folder, or None."""
    if path is None and recipe is not None and (beside := _root_of(recipe) / SEEDS).exists():
        return str(beside)
    return path


def _root_of(recipe: str) -> Path:
    if recipe in recipe_names():
        return data_root() / "prompts" / recipe
    return Path(recipe).expanduser()


def read_seeds(path: str | None) -> tuple[bytes, str]:
    """Return the bytes of a seed file and its name; our own 175 seed tasks for None.

    Raises:
        BadInput: if it cannot be read.
    """
    file = data_root() / SEEDS if path is None else Path(path).expanduser()
    try:
        return file.read_bytes(), file.name if path is None else path
    except OSError as error:
        raise BadInput(
            f"read seed tasks from {path}",
            error.strerror or str(error),
            "Name a JSONL file with one seed task a line.",
        ) from None
