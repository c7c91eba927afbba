"""Where recipes and seed tasks come from: ours, a path of the user's, or a copy to begin with."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from selfinstruct.method.errors import BadInput, nearest
from selfinstruct.method.recipe import FIT, MAIN
from selfinstruct.store.disk import fresh_folder, named, place

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    the top are left out. A recipe with a `base`, one of ours, has the files of that too; of two
    with the same path its own counts.

    Raises:
        BadInput: if there is no such recipe or base, or a file of it cannot be read.
    """
    root = _root_of(name)
    if not place(root / MAIN, f"use recipe {name}").is_file():
        raise BadInput(
            f"use recipe {name}",
            f"there is no folder of that name with a {MAIN}{nearest(name, recipe_names())}",
            f"Recipes that come along: {', '.join(recipe_names())}; or name a folder.",
        )
    try:
        own = {
            name: read_whole(path)
            for path in sorted(root.rglob("*"))
            if path.is_file()
            and (name := path.relative_to(root).as_posix()) not in {SEEDS, README}
            and not re.search(r"(^|/)(\.|__pycache__(/|$))", name)
        }
    except OSError as error:
        raise BadInput(
            f"use recipe {name}", f"{error.filename}: {error.strerror}", "Mend or move that file."
        ) from None
    base = _base_of(own[MAIN])
    if base is None:
        return own
    if base not in recipe_names():
        raise BadInput(
            f"use recipe {name}",
            f"{MAIN}: base = {base!r} is no recipe that comes along{nearest(base, recipe_names())}",
            f"Recipes that come along: {', '.join(recipe_names())}.",
        )
    return {**read_recipe(base), **own}


def _base_of(main: bytes) -> str | None:
    """Return the recipe whose files serve one too; what is broken is told where it is parsed."""
    try:
        base = tomllib.loads(main.decode("utf-8-sig")).get("base")
    except (ValueError, RecursionError):
        return None
    return None if base is None else str(base)


def fits_of(files: Mapping[str, bytes]) -> list[str]:
    """Return the names of a recipe's fits."""
    return [found[1] for path in files if (found := re.fullmatch(r"fit/([^/]+)\.toml", path))]


def fit_recipe(files: Mapping[str, bytes], fit: str, *, asked: bool) -> dict[str, bytes]:
    """Return the files of a recipe with one of its `fit/NAME.toml` as its `fit.toml`.

    Args:
        files: as `read_recipe` gives them.
        fit: the name; "" for none.
        asked: whether it has to be there.

    Raises:
        BadInput: if it has to be there and is not.
    """
    found = {path: data for path, data in files.items() if not path.startswith("fit/")}
    if (chosen := files.get(f"fit/{fit}.toml")) is not None:
        return {**found, FIT: chosen}
    if asked and fit:
        names = fits_of(files)
        raise BadInput(
            f"use --fit {fit}",
            f"the recipe has no such fit{nearest(fit, names)}",
            f"It has: {', '.join(names) or 'none'}.",
        )
    return found


def own_seeds(path: str | None, recipe: str | None) -> str | None:
    """Return the user's own seed file: `path`, one in the recipe's folder, or None."""
    if path is None and recipe is not None and (beside := _root_of(recipe) / SEEDS).exists():
        return str(beside)
    return path


def _root_of(recipe: str) -> Path:
    if recipe in recipe_names():
        return data_root() / "prompts" / recipe
    return place(recipe, f"use recipe {recipe}")


def read_seeds(path: str | None) -> tuple[bytes, str]:
    """Return the bytes of a seed file and its name; our own 175 seed tasks for None.

    Raises:
        BadInput: if it cannot be read.
    """
    what = f"read seed tasks from {path}"
    file = data_root() / SEEDS if path is None else place(path, what)
    try:
        return read_whole(file), file.name if path is None else path
    except OSError as error:
        raise BadInput(
            what,
            error.strerror or str(error),
            "Name a JSONL file with one seed task a line.",
        ) from None


def read_whole(path: Path) -> bytes:
    """Return the bytes of a file, or of a pipe that is being written to.

    Raises:
        OSError: if it cannot be read, or is larger than LARGEST, as a device without an end is.
    """
    wait = getattr(os, "O_NONBLOCK", 0)  # a pipe that nobody writes to is empty, and not awaited
    number = os.open(path, os.O_RDONLY | wait | getattr(os, "O_BINARY", 0))
    with os.fdopen(number, "rb") as file:
        if wait:
            os.set_blocking(number, True)
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise OSError(0, f"it is larger than {LARGEST:,} bytes", str(path))
    return data


LARGEST = 2**28


def write_starter(folder: Path, recipe: str) -> list[str]:
    """Write an editable copy of a recipe, our seed tasks and a README; return the files' names.

    The copy is called as its folder is, so that its runs can be told from those of the original.

    Raises:
        BadInput: if there is no such recipe, or the folder holds anything or cannot be written to.
        Stopped: if the disk is full, or fails.
    """
    folder, files = place(folder, f"write a recipe to {folder}"), read_recipe(recipe)
    guide = (data_root() / "prompts" / "starter" / README).read_text(encoding="utf-8")
    guide = guide.replace("{{recipe}}", recipe).replace("{{folder}}", str(folder))
    name = re.sub(r"[^\w.-]+", "-", folder.resolve().name) or recipe
    main = _BASE.sub(b"", files[MAIN], count=1)  # its files are copied too
    files[MAIN] = _NAME.sub(f'name = "{name}"'.encode(), main, count=1)
    files |= {SEEDS: read_seeds(None)[0], README: guide.encode(errors="replace")}
    with named(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
    with fresh_folder(folder, frozenset()) as fresh:
        for parent in sorted({(fresh / path).parent for path in files} - {fresh}):
            parent.mkdir(parents=True)
        for path, data in sorted(files.items()):
            (fresh / path).write_bytes(data)
    return sorted(files)


_NAME = re.compile(rb"^name *= *.*$", re.MULTILINE)
_BASE = re.compile(rb"^base *= *.*\n", re.MULTILINE)
