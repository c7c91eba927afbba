"""Derived files that do not fit: an export folds again or refuses, and writes no wrong data set."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest

from selfinstruct.method.errors import BadInput
from selfinstruct.store.folder import RunFolder
from tests.views.recorded import record
from tests.world import reply_to

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.views.conftest import Done


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record(tmp_path_factory.mktemp("whole") / "run", "alpaca", reply_to, replies=6)


@pytest.fixture
def run(whole: Path, tmp_path: Path, call: Callable[..., Done]) -> Path:
    """Return a folded run of its own."""
    shutil.copytree(whole, tmp_path / "run")
    assert call("status", tmp_path / "run").code == 0
    return tmp_path / "run"


def cut(path: Path, size: int) -> None:
    path.write_bytes(path.read_bytes()[:size])


def add(path: Path, data: bytes) -> None:
    path.write_bytes(path.read_bytes() + data)


def lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


def claim(run: Path, **changes: object) -> None:
    """Let progress.json say something else."""
    progress = run / "progress.json"
    progress.write_text(json.dumps(json.loads(progress.read_text("ascii")) | changes), "ascii")


DAMAGE: dict[str, Callable[[Path], object]] = {
    "pool cut in a line": lambda run: cut(run / "pool.jsonl", 1000),
    "pool without its last line": lambda run: cut(
        run / "pool.jsonl", len(b"".join(lines(run / "pool.jsonl")[:-1]))
    ),
    "pool with a line twice": lambda run: add(run / "pool.jsonl", lines(run / "pool.jsonl")[0]),
    "pool with a made-up line": lambda run: add(
        run / "pool.jsonl",
        lines(run / "pool.jsonl")[0].replace(b'"id":"0.0"', b'"id":"99.0"'),
    ),
    "no pool": lambda run: (run / "pool.jsonl").unlink(),
    "rejections cut": lambda run: cut(run / "rejected.jsonl", 10),
    "no rejections": lambda run: (run / "rejected.jsonl").unlink(),
    "no progress": lambda run: (run / "progress.json").unlink(),
    "progress is no JSON": lambda run: (run / "progress.json").write_bytes(b"{"),
    "progress is a list": lambda run: (run / "progress.json").write_bytes(b"[1]"),
    "progress of other sizes": lambda run: claim(run, sizes=[1, 2, 3]),
    "progress of no sizes": lambda run: claim(run, sizes=None),
    "progress of another target": lambda run: claim(run, target=3),
}


HARMLESS = {"progress of another target", "progress of other sizes"}
"""Where the files may be those of a killed process, which are right."""


@pytest.mark.parametrize("damage", DAMAGE)
def test_what_does_not_fit_is_folded_again(
    damage: str, run: Path, call: Callable[..., Done], tmp_path: Path
) -> None:
    """The data set and the files are what they were before the damage."""
    names = ("pool.jsonl", "rejected.jsonl", "progress.json")
    before = {name: (run / name).read_bytes() for name in names}
    call("export", run, "-o", tmp_path / "before.json")
    DAMAGE[damage](run)
    assert call("export", run, "-o", tmp_path / "after.json").code == 0
    assert (tmp_path / "after.json").read_bytes() == (tmp_path / "before.json").read_bytes()
    assert {name: (run / name).read_bytes() for name in names} == before


def test_what_was_spent_outlives_a_rebuild(run: Path, call: Callable[..., Done]) -> None:
    """Only the process that spent it knows the price; folding anew does not forget the sum."""
    claim(run, cost=1.25)
    assert "spent $1.2500" in call("status", run).out
    (run / "pool.jsonl").unlink()
    assert "spent $1.2500" in call("status", run).out
    assert (run / "pool.jsonl").exists()


@pytest.fixture(params=["other method", "nobody may write"])
def fixed(request: pytest.FixtureRequest, run: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a run whose derived files cannot be made anew."""
    if request.param == "other method":
        main = json.loads((run / "run.json").read_text("ascii"))
        (run / "run.json").write_text(json.dumps(main | {"method": 0}), "ascii")
    else:

        def locked(_: RunFolder, timeout: float = 2.0) -> None:
            raise BadInput("write", f"Permission denied (waited {timeout:g} s)", "Mend it.")

        monkeypatch.setattr(RunFolder, "locked", locked)
    return run


@pytest.mark.parametrize("damage", sorted(DAMAGE.keys() - HARMLESS))
def test_what_cannot_be_folded_again_is_refused(
    damage: str, fixed: Path, call: Callable[..., Done], tmp_path: Path
) -> None:
    """Exit code 3, why, and what to do; nothing is written."""
    assert call("export", fixed, "-o", tmp_path / "out.json").code == 0
    (tmp_path / "out.json").unlink()
    DAMAGE[damage](fixed)
    done = call("export", fixed, "-o", tmp_path / "out.json")
    assert done.code == 3
    assert "not what progress.json says" in done.err
    assert "Copy the folder" in done.err
    assert not (tmp_path / "out.json").exists()


def test_a_killed_run_of_another_method_is_read(
    fixed: Path, call: Callable[..., Done], tmp_path: Path
) -> None:
    """What its process wrote after progress.json is right: journal and pool have both grown."""
    progress = json.loads((fixed / "progress.json").read_text("ascii"))
    claim(fixed, sizes=[size - 100 for size in progress["sizes"]])
    assert call("export", fixed, "-o", tmp_path / "out.json").code == 0


def test_a_changed_byte_is_for_verify_to_find(
    run: Path, call: Callable[..., Done], tmp_path: Path
) -> None:
    """Same size, other text: exports do not see it, verify names the line; deleting mends it."""
    data = (run / "pool.jsonl").read_bytes()
    at = data.index(b'"instruction":"') + 16
    (run / "pool.jsonl").write_bytes(data[:at] + b"#" + data[at + 1 :])
    assert call("export", run, "-o", tmp_path / "out.json").code == 0
    done = call("verify", run)
    assert done.code == 3
    assert "line 1 differs" in done.out
    (run / "pool.jsonl").unlink()
    assert call("export", run, "-o", tmp_path / "out.json").code == 0
    assert (run / "pool.jsonl").read_bytes() == data
    assert call("verify", run).code == 0


@pytest.mark.parametrize("command", ["export", "stats", "report", "review"])
@pytest.mark.parametrize("change", [b"}{", b"[]", b"\0\0", b'"",'])
def test_a_line_that_is_none_is_named(
    change: bytes, command: str, run: Path, call: Callable[..., Done], tmp_path: Path
) -> None:
    """On a live run as well, where nothing can be folded again: exit code 3, never a traceback."""
    second = len(lines(run / "pool.jsonl")[0])
    data = (run / "pool.jsonl").read_bytes()
    broken = data[:second] + change + data[second + len(change) :]
    (run / "pool.jsonl").write_bytes(broken)
    more = ["-o", tmp_path / "out"] if command in {"export", "report"} else []
    done = call(command, run, *more)
    assert done.code == 3
    assert "line 2 was damaged or edited" in done.err
    assert "Delete pool.jsonl" in done.err
    with RunFolder(run).locked():
        assert call(command, run, *more).code == 3
    assert not (tmp_path / "out").exists()
