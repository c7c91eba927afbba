"""A user's own code, looked up and loaded here and nowhere else.

It is named `file.py:Name` (a file of the recipe, in its frozen copy, or a file on the disk) or
`module:Name` (importable; its code is not part of a run's identity).
"""

from __future__ import annotations

import importlib
import sys
from importlib.machinery import PathFinder
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from selfinstruct.method.digest import sha256
from selfinstruct.method.errors import BadInput, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from selfinstruct.method.recipe import Recipe


def load(
    name: str,
    files: Mapping[str, bytes] | None,
    what: str,
    modules: dict[str, ModuleType] | None = None,
) -> object:
    """Return what a user's name stands for.

    Args:
        name: `file.py:Name` or `module:Name`.
        files: the files in which `file.py` is looked up; None for those on the disk.
        what: verb and thing, for errors, such as `use recipe mine`.
        modules: those that were made of files before, which it adds to.

    Raises:
        BadInput: if it cannot be loaded, or not be called.
    """
    modules = {} if modules is None else modules
    place, _, attribute = name.rpartition(":")
    try:
        if not place.endswith(".py"):
            found: object = getattr(importlib.import_module(place), attribute)
        else:
            if place not in modules:
                data = Path(place).expanduser().read_bytes() if files is None else files[place]
                modules[place] = _module(place, data)
            found = getattr(modules[place], attribute)
    except (Exception, SystemExit) as error:
        why = f"{name!r} cannot be loaded ({type(error).__name__}: {error})"
        raise BadInput(what, why, "Fix that code, or its name.") from error
    if not callable(found):
        raise BadInput(what, f"{name!r} cannot be called", "Name a class or a function.")
    return found


def code_of(recipe: Recipe) -> dict[str, str]:
    """Return the digest of each file and module that a recipe runs; "" for one that is not found.

    Raises:
        BadInput: if the recipe has no such file.
    """
    found: dict[str, str] = {}
    for name in _own_names(recipe):
        place = name.rpartition(":")[0]
        if not place.endswith(".py"):
            found[place] = _digest_of_module(place)
        elif place in recipe.files:
            found[place] = sha256(recipe.files[place])
        else:
            why = f"it has no file {place!r}{nearest(place, recipe.files)}"
            raise BadInput(f"use recipe {recipe.name}", why, "Add it, or fix the name.")
    return found


def parts_of(recipe: Recipe, trusted: object) -> dict[str, object]:
    """Return all parts of a recipe that are the user's own, by the name it gives them.

    Args:
        recipe: the recipe.
        trusted: what `code_of` gave when the user said that it may run; None for nothing.

    Raises:
        BadInput: as `load`; and if the recipe runs code that is not trusted, before any of it runs.
    """
    require_trust(recipe, trusted)
    modules: dict[str, ModuleType] = {}
    what = f"use recipe {recipe.name}"
    return {name: load(name, recipe.files, what, modules) for name in _own_names(recipe)}


def require_trust(recipe: Recipe, trusted: object) -> None:
    """Refuse a recipe that runs code that is not trusted (arguments as of `parts_of`).

    Raises:
        BadInput: if so, with all the code that it runs.
    """
    known = trusted if isinstance(trusted, dict) else {}
    told = []
    for place, digest in code_of(recipe).items():
        if known.get(place) != digest:
            names = [name.removeprefix(f"{place}:") for name in _own_names(recipe)]
            told.append(f"{place} ({', '.join(name for name in names if ':' not in name)})")
            told[-1] += ", changed since it was trusted" if place in known else ""
    if told:
        raise BadInput(
            f"use recipe {recipe.name}",
            f"it brings code that would run with your rights: {'; '.join(told)}",
            "Read that code. If you trust it, say so once with --trust-code (in Python "
            "trust_code=True); a run keeps that word.",
        )


def _own_names(recipe: Recipe) -> list[str]:
    stages = (recipe.source, *recipe.steps)
    uses = [s.part for s in stages] + [u for s in stages for u in (*s.filters, *s.instance_filters)]
    return list(dict.fromkeys(use.use for use in uses if ":" in use.use))


def _digest_of_module(name: str) -> str:
    """Return the digest of a module's file, found without running any of it or of its packages."""
    found, places = None, None
    try:
        for end in range(1, name.count(".") + 2):
            found = PathFinder.find_spec(".".join(name.split(".")[:end]), places)
            places = found.submodule_search_locations if found else ()
        return sha256(Path(found.origin).read_bytes()) if found and found.origin else ""
    except (OSError, ValueError, ImportError):
        return ""


def _module(path: str, data: bytes) -> ModuleType:
    """Return a module made of these very bytes, not of what is on the disk."""
    stem = path.removesuffix(".py").replace("/", ".")
    name = f"selfinstruct_own_{sha256(data)[7:19]}.{stem}"
    module = sys.modules[name] = ModuleType(name)  # what a dataclass of it looks up
    code = compile(data, path, "exec")
    exec(code, module.__dict__)  # noqa: S102 - the user's own code, named by the user
    return module
