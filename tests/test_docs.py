"""The documents say what is there, and what they show runs."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from selfinstruct.cli import app
from selfinstruct.method.errors import BadInput
from selfinstruct.method.filters import FILTERS, INSTANCE_FILTERS
from selfinstruct.method.recipe import MAIN, parse_recipe
from selfinstruct.method.registry import SOURCES, STEPS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import ModuleType

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
README = ROOT / "README.md"
MADE = DOCS / "cli.md"
PORT = "8765"
"""The port of the tutorial; the test takes a free one in its place."""

_FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<body>.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?P<target>[^)\s]+)\)|!\[[^\]]*\]\((?P<image>[^)\s]+)\)")


def written_pages() -> list[Path]:
    return [README, *(page for page in sorted(DOCS.glob("*.md")) if page != MADE)]


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def blocks(page: Path) -> Iterator[tuple[str, str]]:
    """Yield info line and body of each fenced block."""
    for found in _FENCE.finditer(text_of(page)):
        yield found["info"].strip(), found["body"]


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    heads = re.findall(r"^#{1,6} +(.+)$", _FENCE.sub("", text_of(page)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def known_keys(toml: str) -> list[str]:
    """Return the keys that a recipe with an unknown one says are known."""
    with pytest.raises(BadInput) as caught:
        parse_recipe({MAIN: toml.encode()}, "probe")
    known = re.search(
        r"unheard is not known.*?Known there: (.*?)\.$", str(caught.value), re.DOTALL | re.MULTILINE
    )
    assert known is not None
    return known[1].split(", ")


def cli_docs() -> ModuleType:
    spec = importlib.util.spec_from_file_location("cli_docs", ROOT / "tools" / "cli_docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_help_page_is_up_to_date() -> None:
    """`docs/cli.md` holds the help of every command as it is now."""
    made = cli_docs()
    assert text_of(MADE) == made.page(), "run python tools/cli_docs.py"


@pytest.mark.parametrize("command", cli_docs().command_names())
def test_command_is_documented(command: str) -> None:
    """Each command is shown in a page that a person wrote, not only in the made one."""
    shown = re.compile(rf"\bselfinstruct {command}\b|`{command}[ `]")
    assert any(shown.search(text_of(page)) for page in written_pages())
    assert app.registered_commands


@pytest.mark.parametrize("page", [*written_pages(), MADE], ids=lambda page: page.name)
def test_relative_links_resolve(page: Path) -> None:
    """Each link to a file or heading of this repository finds it."""
    for found in _LINK.finditer(_FENCE.sub("", text_of(page))):
        target = found["target"] or found["image"]
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        place = (page.parent / path).resolve() if path else page
        assert place.exists(), f"{page.name}: {target}"
        if anchor:
            assert anchor in anchors(place), f"{page.name}: {target}"


def test_readme_names_every_file_of_the_package() -> None:
    """The README's file map has a line for each module, or for its folder, and none that is gone.

    An `__init__.py` counts as named where another file of its folder is.
    """
    named = set(re.findall(r"`(selfinstruct/[\w./-]*)`", text_of(README)))
    assert not [path for path in sorted(named) if not (ROOT / path).exists()]
    missing = []
    for path in sorted((ROOT / "selfinstruct").rglob("*.py")):
        file = path.relative_to(ROOT)
        folders = [f"{folder.as_posix()}/" for folder in file.parents[:-2]]
        beside = [path for path in named if Path(path).parent == file.parent]
        if (
            file.as_posix() not in named
            and named.isdisjoint(folders)
            and not (file.name == "__init__.py" and beside)
        ):
            missing.append(file.as_posix())
    assert not missing


@pytest.mark.parametrize(
    "toml",
    [
        "unheard = 1",
        'name = "a"\n[source]\nunheard = 1',
        'name = "a"\n[source]\nname = "a"\nuse = "list"\n[[step]]\nunheard = 1',
        'name = "a"\n[source]\nname = "a"\nuse = "list"\n[source.decoding]\nunheard = 1',
        'name = "a"\n[source]\nname = "a"\nuse = "list"\n[similarity]\nunheard = 1',
        'name = "a"\n[source]\nname = "a"\nuse = "list"\n[lag]\nunheard = 1',
        'name = "a"\n[source]\nname = "a"\nuse = "list"\n[end]\nunheard = 1',
    ],
    ids=["top", "source", "step", "decoding", "similarity", "lag", "end"],
)
def test_every_key_of_a_recipe_is_documented(toml: str) -> None:
    """Each key that `recipe.toml` may hold stands in the reference."""
    page = text_of(DOCS / "recipes.md")
    for key in known_keys(toml):
        assert re.search(rf"`\[*{key}\]*`", page), key


@pytest.mark.parametrize("built_in", [SOURCES, STEPS, FILTERS, INSTANCE_FILTERS])
def test_every_built_in_part_is_documented(built_in: Mapping[str, Callable[..., object]]) -> None:
    """Each built-in source, step and filter stands in the reference, with all its options."""
    rows = [line for line in text_of(DOCS / "recipes.md").splitlines() if line.startswith("|")]
    for name, factory in built_in.items():
        options = set(inspect.signature(factory).parameters) - {"context"}
        found = [row for row in rows if f"`{name}`" in row.split("|")[1]]
        assert any(all(re.search(rf"`{option}\b", row) for option in options) for row in found), (
            f"{name}: {sorted(options)}"
        )


def test_every_reason_is_documented() -> None:
    """Each reason for a rejection that the code can give stands in the reference."""
    page = text_of(DOCS / "recipes.md")
    reasons = {
        call.args[0].value
        for path in (ROOT / "selfinstruct" / "method").rglob("*.py")
        for call in ast.walk(ast.parse(text_of(path)))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in {"Rejected", "Again", "Nothing"}
        and call.args
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    }
    assert len(reasons) > 10
    assert not [reason for reason in sorted(reasons) if f"`{reason}`" not in page]


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def test_the_page_on_the_library_runs(tmp_path: Path) -> None:
    """Its programs run as they stand, as one, in one folder."""
    programs = [body for info, body in blocks(DOCS / "library.md") if info == "python run"]
    assert len(programs) > 4
    assert len(programs) == text_of(DOCS / "library.md").count("```python")
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    run_block("python", "\n".join(programs), tmp_path, env)


@pytest.mark.slow
def test_the_tutorial_runs(tmp_path: Path) -> None:
    """The blocks marked `run` succeed one after the other, with the files marked `file=`."""
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    for name, arguments in (("selfinstruct", "-m selfinstruct "), ("python", "")):
        script = bin_ / name
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments}"$@"\n', "utf-8")
        script.chmod(0o755)
    work = tmp_path / "work"
    work.mkdir()
    kept = {k: v for k, v in os.environ.items() if not k.startswith("OPENAI_")}
    env = {**kept, "PATH": f"{bin_}{os.pathsep}{kept['PATH']}", "PYTHONPATH": str(ROOT)}
    port = free_port()
    ran = 0
    try:
        for info, shown in blocks(DOCS / "tutorial.md"):
            language, _, mark = info.partition(" ")
            body = shown.replace(PORT, port)
            if mark.startswith("file="):
                file = work / mark.removeprefix("file=")
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(body, "utf-8", newline="\n")
            elif mark == "run":
                run_block(language, body, work, env)
                ran += 1
    finally:
        pid = work / "service.pid"
        if pid.exists():
            subprocess.run(["kill", pid.read_text().strip()], check=False)
    assert ran > 5
    assert '"score":' in (work / "judged" / "pool.jsonl").read_text("utf-8")
    assert '"low score"' in (work / "judged" / "rejected.jsonl").read_text("utf-8")


def run_block(language: str, body: str, work: Path, env: dict[str, str]) -> None:
    command = ["bash", "-euc", body] if language == "sh" else [sys.executable, "-c", body]
    told = work / "told.txt"
    with told.open("w", encoding="utf-8") as file:
        done = subprocess.run(
            command,
            cwd=work,
            env=env,
            stdout=file,
            stderr=subprocess.STDOUT,
            check=False,
            timeout=300,
        )
    assert done.returncode == 0, f"{body}\n{told.read_text('utf-8')}"
