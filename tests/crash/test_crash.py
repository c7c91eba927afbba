"""The campaign in short, what only short tests can show, and damage of every kind.

The long form is `make crash N=25`; docs/reliability.md has its tables.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from selfinstruct.method.errors import Refused
from selfinstruct.run.rebuild import refold
from selfinstruct.run.spec import load
from selfinstruct.run.usage import read_recorded
from selfinstruct.run.verify import verify
from selfinstruct.store.folder import RunFolder
from selfinstruct.store.journal import read
from selfinstruct.views.status import as_text, status
from selfinstruct.views.view import open_run
from tests.crash.recipes import RECIPES
from tests.views.recorded import record
from tests.world import ROOT, cli, environment, reply_to

if TYPE_CHECKING:
    from pathlib import Path


def campaign(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout


def test_the_campaign_in_short() -> None:
    """Nothing is lost, asked twice, or said badly; final files are those of an undisturbed run."""
    table = campaign("tests.crash.campaign", "1", "--minutes", "0.04")
    assert "| 0 | 0 |" in table
    assert " 0 problems" in table


def test_other_commands_in_short() -> None:
    """A fork or an `init` that was killed or met a full disk goes on when it is typed again."""
    assert " 0 problems" in campaign("tests.crash.commands", "--every", "80")


@pytest.mark.slow
def test_recipes_on_given_tasks_in_short() -> None:
    """Killed and gone on with, each gives the same bytes and asks nothing twice."""
    table = campaign("tests.crash.recipes", "60", "--kills", "2")
    assert table.count(" | 0 | 0 | yes | none |") == len(RECIPES)


def test_a_full_disk_stops_a_rehearsal(tmp_path: Path) -> None:
    """What cannot be noted in the ledger is not answered: exit 4, the ledger named, no waiting."""
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "ledger.jsonl").symlink_to("/dev/full")
    done = cli("generate", tmp_path / "run", "--model", "rehearsal", "--target", "4", code=4)
    assert "ledger.jsonl: No space left on device" in done.stderr
    (tmp_path / "run" / "ledger.jsonl").unlink()
    assert "done" in cli("generate", tmp_path / "run", "--model", "rehearsal").stderr


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record(tmp_path_factory.mktemp("damage") / "run", "self-instruct", reply_to, replies=40)


def changed(line: bytes, **values: Any) -> bytes:
    return json.dumps({**json.loads(line), **values}).encode() + b"\n"


MONEY = '{"kind":"reserve","block":%s,"requests":1,"tokens":1,"cost":%s,"time":"2026"}\n'

DAMAGE: dict[str, Any] = {
    "a number for a text": lambda line: changed(line, text=5),
    "null for a text": lambda line: changed(line, text=None),
    "a text for a number": lambda line: changed(line, prompt_tokens="5"),
    "a fraction of a token": lambda line: changed(line, prompt_tokens=1.5),
    "fewer than no tokens": lambda line: changed(line, completion_tokens=-1),
    "a number of 400 digits": lambda line: changed(line, prompt_tokens=10**400),
    "infinity": lambda line: changed(line, prompt_tokens=float("inf")),
    "not a number": lambda line: changed(line, prompt_tokens=float("nan")),
    "an unknown kind": lambda line: changed(line, kind="other"),
    "no key": lambda line: changed(line, key="\x1b[2J" * 4000),
    "a key of 5,000 digits": lambda line: changed(line, key=f"generate/{'9' * 5000}/0"),
    "a digest that is none": lambda line: changed(line, digest="\x1b[2J"),
    "shots that are none": lambda line: changed(line, shots=[[1]]),
    "a list": lambda _: b"[]\n",
    "null": lambda _: b"null\n",
    "nothing": lambda _: b"\n",
    "10,000 brackets": lambda _: b"[" * 10_000 + b"\n",
    "100,000 objects": lambda _: b'{"a":' * 100_000 + b"\n",
    "brackets in a field": lambda line: line[:-2] + b',"x":' + b"[" * 10_000 + b"\n",
    "NUL": lambda _: bytes(4096) + b"\n",
    "NUL in the midst": lambda line: line[:20] + bytes(40) + line[60:],
    "not UTF-8": lambda line: line.replace(b'"text":"', b'"text":"\xff'),
    "UTF-16": lambda line: line.decode().encode("utf-16"),
    "a byte order mark": lambda line: b"\xef\xbb\xbf" + line,
    "10 MB": lambda _: b"x" * 10_000_000 + b"\n",
    "half a line": lambda line: line[:40] + b"\n",
    "two lines in one": lambda line: line[:-1] + line,
    "infinite cost": lambda _: (MONEY % (1, "1e999")).encode(),
    "cost that is no number": lambda _: (MONEY % (1, "NaN")).encode(),
    "a block below 0": lambda _: (MONEY % (-1, 0)).encode(),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_line_is_named(damage: str, recorded: Path, tmp_path: Path) -> None:
    """File, number and what is wrong, in few words that steer no terminal; exit code 3."""
    lines = recorded.joinpath("journal.jsonl").read_bytes().splitlines(keepends=True)
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b"".join([*lines[:3], DAMAGE[damage](lines[3]), *lines[4:]]))
    with pytest.raises(Refused, match=r"journal\.jsonl: line 4 is damaged: \S") as caught:
        list(read(path))
    assert caught.value.code == 3
    assert len(str(caught.value)) < 800
    assert "\x1b" not in str(caught.value)


def test_a_missing_line_is_told_and_asked_for(recorded: Path, tmp_path: Path) -> None:
    """Whichever line is missing: views tell how many are, and it is among what is owed."""
    lines = recorded.joinpath("journal.jsonl").read_bytes().splitlines(keepends=True)
    keys = [json.loads(line)["key"] for line in lines]
    places = [place for place, key in enumerate(keys) if key.endswith("/0")]
    for place in places[: -len(places) // 4 : 6]:
        run = tmp_path / str(place)
        shutil.copytree(recorded, run)
        (run / "journal.jsonl").write_bytes(b"".join(lines[:place] + lines[place + 1 :]))
        made = refold(load(RunFolder(run)), *read_recorded(run / "journal.jsonl"))
        assert keys[place] in {str(request.key) for request in made.owed}
        state = status(open_run(run))
        assert state["missing"] == 1, keys[place]
        assert "missing from the journal: 1" in as_text(state)
        assert not [check for check in verify(run) if check.problem]


@pytest.mark.parametrize("content", [b"", b"12345\n", bytes(100)])
def test_a_stale_lock_is_no_lock(content: bytes, recorded: Path, tmp_path: Path) -> None:
    """The file of a process that is gone holds nobody up, whatever is in it."""
    shutil.copytree(recorded, tmp_path / "run")
    (tmp_path / "run" / ".lock").write_bytes(content)
    with RunFolder(tmp_path / "run").locked():
        assert open_run(tmp_path / "run").live
    assert not open_run(tmp_path / "run").live
