"""The import law of the house, held by walking every import of the package."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "selfinstruct"

ALLOWED = {
    "method": {"method"},
    "store": {"store", "method"},
    "model": {"model", "method"},
    "run": {"run", "store", "model", "method"},
    "views": {"views", "run", "store", "model", "method"},
    "engine": {"engine", "run", "store", "model", "method"},
    "train": {"train", "views", "run", "store", "model", "method"},
    "cli": {"cli", "train", "engine", "views", "run", "store", "model", "method"},
    "library": {"views", "run", "store", "model", "method"},
    "resources": set(),
}
"""What each room may import: straight down, never up, and nobody the command line."""

VALUES = {"cost", "digest", "errors", "marks", "types"}
"""Modules of `method` that hold values; `store` and `model` know no others."""

READS_DATA = {
    "method/filters/patterns.py",
    "method/readers/verdicts.py",
    "method/readers/vocabulary.py",
    "method/schemas.py",
    "method/verbs/lexicon.py",
    "model/providers.py",
    "model/refusals.py",
    "model/reply_body.py",
    "model/rehearsal/corpus.py",
    "model/rehearsal/judging.py",
    "train/options.py",
}
"""Who may read the package's own data files, through `resources`, when it is imported."""

IMPURE = {
    *("asyncio", "datetime", "importlib", "io", "os", "pathlib", "random", "secrets", "shutil"),
    *("socket", "subprocess", "sys", "tempfile", "threading", "time", "openai", "aiohttp"),
    "httpx2",
}
"""What `method` may not reach for: files, clock, processes, network, chance, other code."""


@cache
def imports(path: Path, *, at_run_time: bool = False) -> frozenset[str]:
    """Return the full names of the modules that a file imports, wherever it does so.

    Args:
        path: the file.
        at_run_time: leave out what only type checkers import.
    """
    here = ["selfinstruct", *path.relative_to(PACKAGE).parts[:-1]]
    names = set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    skipped = {
        inner
        for node in ast.walk(tree)
        if at_run_time and isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = here[: len(here) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            names |= {f"{module}.{alias.name}" for alias in node.names} | {module}
    return frozenset(names)


def room(name: str) -> str:
    """Return the room that a module of ours belongs to; "" for the package itself."""
    parts = name.split(".")
    return parts[1] if parts[0] == "selfinstruct" and len(parts) > 1 else ""


def files() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


@pytest.mark.parametrize("path", files(), ids=name_of)
def test_imports_go_in_the_lawful_direction(path: Path) -> None:
    """A room imports only the rooms that the house allows it; nobody imports the CLI."""
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if own in {"__init__", "__main__"}:
        return
    used = {room(name) for name in imports(path)} & set(ALLOWED)
    allowed = ALLOWED[own] | ({"resources"} if name_of(path) in READS_DATA else set())
    assert used <= allowed


@pytest.mark.parametrize(
    "path", [p for p in files() if name_of(p).startswith(("store/", "model/"))], ids=name_of
)
def test_store_and_model_know_values_only(path: Path) -> None:
    """Of `method` they import values, never stages, readers, filters or the fold."""
    used = {name.split(".")[2] for name in imports(path) if name.startswith("selfinstruct.method.")}
    assert used <= VALUES


@pytest.mark.parametrize("path", sorted((PACKAGE / "method").rglob("*.py")), ids=name_of)
def test_method_is_pure(path: Path) -> None:
    """Nothing in `method` reaches for time, files, processes, other code or global randomness."""
    assert not {name.split(".")[0] for name in imports(path)} & IMPURE
    called = {
        node.func.id
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not called & {"open", "print", "input", "exec", "eval", "compile", "__import__"}


def test_no_two_files_import_each_other() -> None:
    """There is no circle, of whatever length, among what is imported when the program runs."""
    by_name = {
        f"selfinstruct.{name_of(path).removesuffix('.py').replace('/', '.')}".removesuffix(
            ".__init__"
        ): path
        for path in files()
    }
    arrows = {
        name: {
            found
            for found in imports(path, at_run_time=True)
            if found in by_name and found != name and not name.startswith(f"{found}.")
        }
        for name, path in by_name.items()
    }
    left = dict(arrows)
    while ends := [name for name, to in left.items() if not to & left.keys()]:
        for name in ends:
            del left[name]
    assert not left, f"a circle among {sorted(left)}"


def test_every_room_is_walked() -> None:
    """The law speaks of every room there is."""
    rooms = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in files()}
    assert rooms - {"__init__", "__main__"} <= set(ALLOWED)
