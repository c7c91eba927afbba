"""What type checkers and editors see of the library."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, NotRequired, get_origin, get_type_hints

import pytest
from mypy import api

import selfinstruct
from selfinstruct.library import Run
from selfinstruct.method.errors import Stopped
from selfinstruct.run.fields import options_in
from selfinstruct.run.options import ForkOptions, RunOptions
from selfinstruct.views.export.options import ExportOptions
from selfinstruct.views.stats import Stats
from selfinstruct.views.status import Status
from tests.world import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PROGRAM = """
from pathlib import Path
from typing import assert_type

import selfinstruct

done = selfinstruct.generate("r", model="rehearsal", target=5, prices=("1,2",), max_cost=1.5)
assert_type(done.reached, bool)
selfinstruct.generate(Path("r"), model={"": "a", "instances": "b"}, protocol="schema")
selfinstruct.generate("r", modle="rehearsal")  # call-arg
selfinstruct.generate("r", target="5")  # arg-type
selfinstruct.generate("r", protocol="chatty")  # arg-type
selfinstruct.generate("r", "rehearsal")  # call-arg
selfinstruct.generate()  # call-arg

run = selfinstruct.open("r")
assert_type([task.instances[0].output for task in run.tasks()], list[str])
assert_type(run.status()["complete"], int)
run.status()["compleet"]  # typeddict-item
assert_type(run.stats(prices=("1,2",))["counts"]["tasks"], int)
run.stats(prices="1,2")  # arg-type
assert_type(run.export("x.csv", format="csv", words={"output": (1, 200)}, limit=3).rows, int)
run.export("x.csv", limit="3")  # arg-type
run.export("x.csv", rows=3)  # call-arg
run.export(limit=3)  # call-arg
assert_type(run.verify()[0].problem, str)
assert_type(run.fork("n", recipe="alpaca", target=3).adopted, int)
run.fork("n", concurrency=3)  # call-arg
"""


def test_mypy_knows_every_option_and_result(tmp_path: Path) -> None:
    """A wrong keyword, type or key is an error on its line, and nothing else is."""
    file = tmp_path / "program.py"
    file.write_text(PROGRAM, "utf-8")
    config = ("--config-file", str(ROOT / "pyproject.toml"))
    told, trouble, _ = api.run([*config, "--cache-dir", str(ROOT / ".mypy_cache"), str(file)])
    found = {int(n): kind for n, kind in re.findall(r"program\.py:(\d+): error: .*\[(.+)\]", told)}
    wanted = {
        number: line.partition("  # ")[2]
        for number, line in enumerate(PROGRAM.splitlines(), 1)
        if "  # " in line
    }
    assert found == wanted, told + trouble


@pytest.mark.parametrize(
    ("call", "kind", "own"),
    [
        (selfinstruct.generate, RunOptions, 1),
        (Run.export, ExportOptions, 2),
        (Run.fork, ForkOptions, 2),
    ],
)
def test_signatures_are_those_of_the_options(
    call: Callable[..., object], kind: type, own: int
) -> None:
    """`help` and a notebook's completion show each option with its type and default."""
    parameters = list(inspect.signature(call).parameters.values())[own:]
    assert [(p.name, p.default) for p in parameters] == [
        (p.name, p.default)
        for p in inspect.signature(kind).parameters.values()
        if p.name in options_in(kind)
    ]
    assert {p.kind for p in parameters} == {inspect.Parameter.KEYWORD_ONLY}
    seed = next((p for p in parameters if p.name in {"seed", "shuffle"}), None)
    assert seed is not None
    assert seed.annotation == int | None


@pytest.mark.parametrize("kind", [RunOptions, ExportOptions])
def test_the_page_tells_what_is_called_otherwise_in_python(kind: type) -> None:
    """A keyword that is not the option's name, or has another form, has a row of its own."""
    page = (ROOT / "docs" / "library.md").read_text("utf-8")
    for name, option in options_in(kind).items():
        if option.flags or option.read:
            (flag,) = option.flags_of(name)
            assert f"| `{name}` | `{flag}` |" in page


def test_typed_results_are_what_is_returned(tmp_path: Path) -> None:
    """No key is there that is not declared, and all that must be is there."""
    done, short = tmp_path / "done", tmp_path / "short"
    selfinstruct.generate(done, model="rehearsal", target=8)
    with pytest.raises(Stopped):
        selfinstruct.generate(short, model="rehearsal", target=400, max_requests=500)
    kinds = get_type_hints(Status, include_extras=True)
    required = {name for name, kind in kinds.items() if get_origin(kind) is not NotRequired}
    for path in (done, short):
        status = selfinstruct.open(path).status()
        assert required <= status.keys() <= kinds.keys()
        assert ("rest" in status) is (path == short)
    assert selfinstruct.open(done).stats().keys() == get_type_hints(Stats).keys()
