"""The check of a seed file or a recipe folder, before a run is begun with it."""

from __future__ import annotations

from pathlib import Path

from selfinstruct.method.check import Findings, check_recipe, check_seeds
from selfinstruct.method.errors import BadInput
from selfinstruct.method.recipe import parse_recipe
from selfinstruct.method.seeds import parse_seeds

from .inputs import own_seeds, read_recipe, read_seeds, recipe_names
from .user_code import parts_of


def check(name: str, recipe: str) -> Findings:
    """Check a seed file (against a recipe's filters), a recipe folder with its own, or one of ours.

    Raises:
        BadInput: for the first thing that is wrong.
    """
    path = Path(name).expanduser()
    if path.is_file():
        tasks = parse_seeds(*read_seeds(name))
        against = parse_recipe(read_recipe(recipe), recipe)
        return check_seeds(tasks, against, parts_of(against))
    if not path.is_dir() and name not in recipe_names():
        raise BadInput(
            f"check {name}",
            "there is no such file or folder",
            f"Name a seed file (JSONL), a recipe folder, or one of: {', '.join(recipe_names())}.",
        )
    found = parse_recipe(read_recipe(name), name)
    own = own_seeds(None, name)
    tasks = parse_seeds(*read_seeds(own))
    parts = parts_of(found)
    findings = check_recipe(found, tasks, parts)
    return findings + check_seeds(tasks, found, parts) if own else findings


def as_text(findings: Findings) -> str:
    """Return findings as lines: facts, then warnings, then what it comes to."""
    warnings = [f"warning: {line}" for line in findings.warnings]
    count = len(warnings)
    end = f"usable, {count} warning{'' if count == 1 else 's'}" if count else "all right"
    return "\n".join([*findings.facts, *warnings, end])
