"""The import law of the house, held by walking every import of the package."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "selfinstruct"

ALLOWED = {
    "method": {"method"},
    "store": {"store", "method"},
    "model": {"model", "method"},
    "output": {"output", "method", "store"},
    "engine": {"engine", "method", "store", "model"},
    "cli": {"cli", "engine", "output", "method", "store", "model"},
}
IMPURE = {
    *("asyncio", "datetime", "os", "pathlib", "random", "secrets", "shutil", "socket"),
    *("subprocess", "sys", "tempfile", "threading", "time", "openai", "aiohttp", "httpx2"),
}


def imports(path: Path) -> set[str]:
    """Return the full names of the modules that a file imports, wherever it does so."""
    here = ["selfinstruct", *path.relative_to(PACKAGE).parts[:-1]]
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = here[: len(here) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            names |= {f"{module}.{alias.name}" for alias in node.names} | {module}
    return names


def room(name: str) -> str:
    """Return the room that a module of ours belongs to; "" for the package itself."""
    parts = name.split(".")
    return parts[1] if parts[0] == "selfinstruct" and len(parts) > 1 else ""


def files() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", files(), ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_go_in_the_lawful_direction(path: Path) -> None:
    """A room imports only the rooms that the house allows it; nobody imports the CLI."""
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if own in {"__init__", "__main__"}:
        return
    used = {room(name) for name in imports(path)} & set(ALLOWED)
    assert used <= ALLOWED[own]


@pytest.mark.parametrize("path", sorted((PACKAGE / "method").rglob("*.py")), ids=lambda p: p.stem)
def test_method_is_pure(path: Path) -> None:
    """Nothing in `method` reaches for time, files, processes, the network or global randomness."""
    assert not {name.split(".")[0] for name in imports(path)} & IMPURE
    called = {
        node.func.id
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not called & {"open", "print", "input"}


def test_every_room_is_walked() -> None:
    """The law speaks of every room there is."""
    rooms = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in files()}
    assert rooms - {"__init__", "__main__"} <= set(ALLOWED)
