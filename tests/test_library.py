"""The library face, and the package as others get it: a bare wheel."""

from __future__ import annotations

import asyncio
import importlib.util
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import pytest

import selfinstruct
from selfinstruct.method.errors import BadInput
from tests.world import ROOT, environment

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """
import asyncio, sys
import selfinstruct

def work():
    outcome = selfinstruct.generate(sys.argv[1], model="rehearsal", target=5)
    assert outcome.reached
    tasks = list(selfinstruct.open(sys.argv[1]).tasks())
    assert len(tasks) == 5 and all(task.instances[0].output for task in tasks)
    print(len(tasks))

async def inside():
    work()

asyncio.run(inside()) if sys.argv[2] == "inside" else work()
"""


def run_program(run: Path, how: str, cwd: Path, **variables: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(run), how],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        timeout=120,
        env=environment(**variables),
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_generate_and_open(tmp_path: Path) -> None:
    """Two calls make a data set and read it."""
    assert run_program(tmp_path / "run", "outside", tmp_path) == "5\n"


def test_numbers_out_of_bounds_are_refused_all_at_once(tmp_path: Path) -> None:
    """As the command line does, and before anything is made."""
    run = tmp_path / "run"
    with pytest.raises(BadInput) as caught:
        selfinstruct.generate(run, model="rehearsal", concurrency=0, rpm=float("nan"), target=-1)
    for name in ("concurrency is 0", "rpm is nan", "target is -1"):
        assert name in str(caught.value)
    assert not run.exists()


def test_inside_a_running_loop(tmp_path: Path) -> None:
    """In a notebook, where a loop is running already, the same calls work."""
    assert run_program(tmp_path / "run", "inside", tmp_path) == "5\n"


def test_open_is_quick_to_import() -> None:
    """Importing the package imports neither the client nor numpy."""
    code = "import selfinstruct, sys; print({'openai', 'numpy'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout == "set()\n"
    assert asyncio.iscoroutinefunction(selfinstruct.generate) is False


@pytest.mark.skipif(importlib.util.find_spec("pip") is None, reason="no pip to install it with")
def test_a_bare_wheel_finds_its_data(tmp_path: Path) -> None:
    """A wheel, unpacked elsewhere, carries seed tasks and prompts and runs."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    made = subprocess.run(
        [*pip, "--target", str(tmp_path / "site"), str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert made.returncode == 0, made.stderr
    site = str(tmp_path / "site")
    code = textwrap.dedent("""
        import selfinstruct, pathlib
        from selfinstruct.run.inputs import data_root, recipe_names
        print(pathlib.Path(selfinstruct.__file__).parent, data_root(), recipe_names())
    """)
    told = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env=environment(PYTHONPATH=site),
    ).stdout
    assert told.count(site) == 2
    assert "self-instruct" in told
    assert run_program(tmp_path / "run", "outside", tmp_path, PYTHONPATH=site) == "5\n"
