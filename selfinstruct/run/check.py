"""The check of a seed file or a recipe folder, before a run is begun with it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from selfinstruct.method.check import Findings, check_recipe, check_seeds
from selfinstruct.method.errors import BadInput, nearest
from selfinstruct.method.recipe import parse_recipe
from selfinstruct.method.seeds import as_lines, checked, take_in
from selfinstruct.store.disk import place, write

from .inputs import fit_recipe, fits_of, own_seeds, read_recipe, read_seeds, recipe_names
from .user_code import code_of, parts_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from selfinstruct.method.recipe import Recipe
    from selfinstruct.method.types import SeedTask


def check(name: str, recipe: str, *, trust_code: bool = False) -> Findings:
    """Check a seed file (against a recipe's filters), a recipe folder with its own, or one of ours.

    Raises:
        BadInput: for the first thing that is wrong; for code that the recipe brings, unless
            `trust_code`.
    """
    path = place(name, f"check {name}")
    if path.exists() and not path.is_dir():
        tasks, read = _tasks(name)
        return _held(tasks, recipe, trust_code=trust_code) + read
    if not path.is_dir() and name not in recipe_names():
        raise BadInput(
            f"check {name}",
            f"there is no such file or folder{nearest(name, recipe_names())}",
            f"Name a seed file (JSONL), a recipe folder, or one of: {', '.join(recipe_names())}.",
        )
    files = read_recipe(name)
    found = parse_recipe(fit_recipe(files, "", asked=False), name)
    own = own_seeds(None, name)
    tasks, read = _tasks(own)
    parts = _parts(found, trust_code=trust_code)
    findings = check_recipe(found, tasks, parts)
    for fit in fits_of(files):
        parse_recipe(fit_recipe(files, fit, asked=True), name)
    return findings + check_seeds(tasks, found, parts) + read if own else findings


def fix(name: str, output: Path, recipe: str, *, trust_code: bool = False) -> Findings:
    """Write what a seed file holds as a clean one, our own form; what `check` says of that.

    Rows that cannot be read are left out, a warning each.

    Raises:
        BadInput: for a file that holds no task, an output that is the file itself or cannot be
            written, and as `check`.
    """
    path, out = place(name, f"check {name}"), place(output, f"write {output}")
    if not path.is_file():
        raise BadInput(f"fix {name}", "it is not a file", "Name a file of seed tasks.")
    if out.resolve() == path.resolve():
        raise BadInput(f"write {output}", "it is the file that is read", "Name another file.")
    data, source = read_seeds(name)
    found = take_in(data)
    tasks = checked(replace(found, defects=()) if found.tasks else found, source)
    findings = _held(tasks, recipe, trust_code=trust_code)
    write(out, [as_lines(tasks).decode("utf-8")])
    left = tuple(f"left out, {found.unit} {each.number}: {each.why}" for each in found.defects)
    read = Findings((f"read as {found.form}, written to {output}",), (*found.notes, *left))
    return findings + read


def _held(tasks: Sequence[SeedTask], recipe: str, *, trust_code: bool) -> Findings:
    """Hold tasks against the filters of a recipe."""
    against = parse_recipe(fit_recipe(read_recipe(recipe), "", asked=False), recipe)
    return check_seeds(tasks, against, _parts(against, trust_code=trust_code))


def _tasks(path: str | None) -> tuple[tuple[SeedTask, ...], Findings]:
    """Return the tasks of a seed file, and what it was read as."""
    data, name = read_seeds(path)
    found = take_in(data)
    return checked(found, name), Findings((f"read as {found.form}",), found.notes)


def _parts(recipe: Recipe, *, trust_code: bool) -> dict[str, object]:
    return parts_of(recipe, code_of(recipe) if trust_code else None)


def as_text(findings: Findings) -> str:
    """Return findings as lines: facts, then warnings, then what it comes to."""
    warnings = [f"warning: {line}" for line in findings.warnings]
    count = len(warnings)
    end = f"usable, {count} warning{'' if count == 1 else 's'}" if count else "all right"
    return "\n".join([*findings.facts, *warnings, end])
