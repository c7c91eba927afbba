"""Exports appear whole or not at all."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, BinaryIO

import pytest

from selfinstruct.method.errors import BadInput
from selfinstruct.store.disk import fresh_file, fresh_folder, write

if TYPE_CHECKING:
    from pathlib import Path

MARKS = frozenset({"README.md", "data"})


class Oops(Exception):  # noqa: N818 - it stands for any
    """Something that goes wrong in the midst of writing."""


def _write_and_fail(file: BinaryIO) -> None:
    file.write(b"new")
    raise Oops


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    """Until all is written the old file is there, and nothing else is left after."""
    path = tmp_path / "a.json"
    path.write_text("old")
    with fresh_file(path) as file:
        file.write(b"new")
        assert path.read_text() == "old"
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["a.json"]  # noqa: PTH208 - names only


def test_a_failed_file_leaves_the_old_one(tmp_path: Path) -> None:
    """Whatever goes wrong, nothing half-written stays."""
    path = tmp_path / "a.json"
    path.write_text("old")
    with pytest.raises(Oops), fresh_file(path) as file:
        _write_and_fail(file)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["a.json"]  # noqa: PTH208 - names only


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_killed_process_leaves_the_old_file(tmp_path: Path) -> None:
    """What it had written lies hidden beside it."""
    path = tmp_path / "a.json"
    path.write_text("old")
    program = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from selfinstruct.store.disk import fresh_file\n"
        "with fresh_file(Path(sys.argv[1])) as file:\n"
        "    file.write(b'new')\n"
        "    file.flush()\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", program, path], check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.read_text() == "old"
    assert [other.name[0] for other in tmp_path.iterdir() if other != path] == ["."]


def test_text_in_pieces_is_written_as_utf8(tmp_path: Path) -> None:
    """The size is that of the file, in bytes."""
    size = write(tmp_path / "a.html", ["größer ", "als"])
    assert (tmp_path / "a.html").read_bytes() == "größer als".encode()
    assert size == (tmp_path / "a.html").stat().st_size == 12


def test_a_link_is_followed(tmp_path: Path) -> None:
    """The file behind a link is replaced, not the link."""
    (tmp_path / "real.json").write_text("old")
    (tmp_path / "link.json").symlink_to(tmp_path / "real.json")
    with fresh_file(tmp_path / "link.json") as file:
        file.write(b"new")
    assert (tmp_path / "link.json").is_symlink()
    assert (tmp_path / "real.json").read_text() == "new"


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path: Path) -> None:
    """`-o` may name a pipe or a device, which must never be replaced by a file."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(path.read_bytes()))
    reader.start()
    with fresh_file(path) as file:
        file.write(b"new")
    reader.join(10)
    assert got == [b"new"]
    assert stat.S_ISFIFO(path.stat().st_mode)


@pytest.mark.parametrize("name", ["missing/a.json", ".", "file/a.json"])
def test_where_no_file_can_be_is_an_error(tmp_path: Path, name: str) -> None:
    """The error names the place and the reason."""
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="cannot write"), fresh_file(tmp_path / name) as file:
        file.write(b"")


def test_a_folder_of_ours_is_replaced_whole(tmp_path: Path) -> None:
    """What an earlier export left in it is gone."""
    path = tmp_path / "set"
    for text in ("old", "new"):
        with fresh_folder(path, MARKS) as fresh:
            (fresh / "data").mkdir()
            (fresh / "data" / f"{text}.jsonl").write_text(text)
    assert [file.name for file in path.rglob("*.jsonl")] == ["new.jsonl"]
    assert os.listdir(tmp_path) == ["set"]  # noqa: PTH208 - names only


def test_a_failed_folder_leaves_the_old_one(tmp_path: Path) -> None:
    """Whatever goes wrong, nothing half-written stays."""
    path = tmp_path / "set"
    path.mkdir()
    (path / "README.md").write_text("old")
    with pytest.raises(Oops), fresh_folder(path, MARKS) as fresh, (fresh / "a").open("wb") as file:
        _write_and_fail(file)
    assert (path / "README.md").read_text() == "old"
    assert os.listdir(tmp_path) == ["set"]  # noqa: PTH208 - names only


def test_a_folder_with_other_things_is_never_replaced(tmp_path: Path) -> None:
    """A slip of the keyboard must not cost a home folder."""
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(BadInput, match=r"thesis\.tex"), fresh_folder(tmp_path, MARKS):
        pass
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_dev_stdout_can_be_a_pipe() -> None:
    """`-o /dev/stdout` names a pipe that has no path of its own."""
    program = (
        "from pathlib import Path\n"
        "from selfinstruct.store.disk import fresh_file\n"
        "with fresh_file(Path('/dev/stdout')) as file:\n"
        "    file.write(b'new')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout == b"new"
