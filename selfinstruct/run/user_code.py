"""A user's own code, looked up and loaded here and nowhere else.

It is named `file.py:Name` (a file of the recipe, in its frozen copy, or a file on the disk) or
`module:Name` (importable; its code is not part of a run's identity).
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from selfinstruct.method.digest import sha256
from selfinstruct.method.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Mapping

    from selfinstruct.method.recipe import Recipe


def load(name: str, files: Mapping[str, bytes] | None, what: str) -> object:
    """Return what a user's name stands for.

    Args:
        name: `file.py:Name` or `module:Name`.
        files: the files in which `file.py` is looked up; None for those on the disk.
        what: verb and thing, for errors, such as `use recipe mine`.

    Raises:
        BadInput: if it cannot be loaded, or not be called.
    """
    return _load(name, files, what, {})


def parts_of(recipe: Recipe) -> dict[str, object]:
    """Return all parts of a recipe that are the user's own, by the name it gives them.

    Raises:
        BadInput: as `load`.
    """
    stages = (recipe.source, *recipe.steps)
    uses = [s.part for s in stages] + [u for s in stages for u in (*s.filters, *s.instance_filters)]
    modules: dict[str, ModuleType] = {}
    return {
        use.use: _load(use.use, recipe.files, f"use recipe {recipe.name}", modules)
        for use in uses
        if ":" in use.use
    }


def _load(
    name: str, files: Mapping[str, bytes] | None, what: str, modules: dict[str, ModuleType]
) -> object:
    place, _, attribute = name.rpartition(":")
    try:
        if not place.endswith(".py"):
            found: object = getattr(importlib.import_module(place), attribute)
        else:
            if place not in modules:
                data = Path(place).expanduser().read_bytes() if files is None else files[place]
                modules[place] = _module(place, data)
            found = getattr(modules[place], attribute)
    except Exception as error:
        why = f"{name!r} cannot be loaded ({type(error).__name__}: {error})"
        raise BadInput(what, why, "Fix that code, or its name.") from error
    if not callable(found):
        raise BadInput(what, f"{name!r} cannot be called", "Name a class or a function.")
    return found


def _module(path: str, data: bytes) -> ModuleType:
    """Return a module made of these very bytes, not of what is on the disk."""
    stem = path.removesuffix(".py").replace("/", ".")
    name = f"selfinstruct_own_{sha256(data)[7:19]}.{stem}"
    module = sys.modules[name] = ModuleType(name)  # what a dataclass of it looks up
    code = compile(data, path, "exec")
    exec(code, module.__dict__)  # noqa: S102 - the user's own code, named by the user
    return module
