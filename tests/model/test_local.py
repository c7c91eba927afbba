"""llama.cpp inside our process."""

from __future__ import annotations

import importlib.util
import json
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from selfinstruct.method.errors import BadInput
from selfinstruct.model.factory import identify
from selfinstruct.model.local import LlamaServer
from tests.world import cli

if TYPE_CHECKING:
    from collections.abc import Callable

TINY = str(identify("tiny")[1])

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("xllamacpp") is None, reason="the extra `local` is not installed"
)


def complete(server: LlamaServer, prompt: str) -> int:
    """Return the status of a completion of at most two tokens."""
    body = json.dumps({"model": "local", "prompt": prompt, "max_tokens": 2}).encode()
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{server.base_url}/completions", body, {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - loopback
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_llama_cpp_writes_nothing_of_its_own(capfd: pytest.CaptureFixture[str]) -> None:
    """Neither when it starts and ends, nor for an answer, nor for a prompt that is too long."""
    with LlamaServer(TINY) as server:
        assert complete(server, "Task 1:") == 200
        assert complete(server, "Task 1: " * 2000) == 400
    assert capfd.readouterr() == ("", "")


def test_the_command_tells_of_the_run_and_nothing_of_llama_cpp(tmp_path: Path) -> None:
    """What a run on a GGUF writes to the terminal is what any other run writes."""
    said = cli("generate", tmp_path / "run", "--model", "tiny", "--target", "1").stderr
    told = [line for line in said.splitlines() if "/1 complete, " not in line]  # if it takes long
    assert [line.partition(" ")[0] for line in told if line[0] != " "] == [
        *("new", "done:", "the", "next:", "then:")
    ]


def test_status_tells_how_a_file_is_served(tmp_path: Path) -> None:
    """In a line, and as data; nothing of it where others serve the model."""
    cli("generate", tmp_path / "run", "--model", "tiny", "--target", "1")
    line = "llama.cpp serves its file in 4 slots of 2,304 tokens, with one thread, "
    assert line in cli("status", tmp_path / "run").stdout
    (served,) = json.loads(cli("status", tmp_path / "run", "--json").stdout)["served"].values()
    numbers = {"slots": 4, "context": 2304, "threads": 1, "trained": 2304}
    assert served == numbers | {"chat_template": True}
    cli("generate", tmp_path / "other", "--model", "rehearsal", "--target", "1")
    assert "llama.cpp" not in cli("status", tmp_path / "other").stdout


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda data: data[:100_000], "key-value"),
        (lambda data: data[:-100_000], "not within the file bounds"),
        (lambda data: data.replace(b"llama", b"lamma", 1), "architecture: 'lamma'"),
    ],
    ids=["cut within its header", "cut within its weights", "an unknown form"],
)
def test_a_broken_file_is_named_with_llama_cpps_own_reason(
    tmp_path: Path, change: Callable[[bytes], bytes], reason: str
) -> None:
    """Exit code 2, and our two lines alone, whatever is wrong with the file."""
    path = tmp_path / "broken.gguf"
    path.write_bytes(change(Path(TINY).read_bytes()))
    said = cli("generate", tmp_path / "run", "--model", path, "--target", "1", code=2).stderr
    begun, error, remedy = said.strip().splitlines()
    assert begun.startswith("new run in ")
    assert error.startswith(f"cannot serve {path}: llama.cpp cannot load it (")
    assert reason in error
    assert error.isprintable()
    assert remedy.startswith("Name a GGUF file")


def test_without_a_second_try_the_first_reason_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no other process can be started, the error has its form all the same."""
    path = tmp_path / "broken.gguf"
    path.write_bytes(b"no GGUF")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nothing here"))
    with pytest.raises(BadInput, match=r"cannot load it \(Failed to init server"):
        LlamaServer(str(path)).__enter__()


def test_what_is_no_gguf_is_refused_before_there_is_a_folder(tmp_path: Path) -> None:
    """Such as the web page or the pointer that a download may leave in a model's place."""
    path = tmp_path / "model.gguf"
    path.write_text("version https://git-lfs.github.com/spec/v1\n", encoding="utf-8")
    said = cli("generate", tmp_path / "run", "--model", path, "--target", "1", code=2).stderr
    assert said.startswith(f"cannot read model {path}: it does not begin as a GGUF file does")
    assert not (tmp_path / "run").exists()


def test_a_base_url_that_nothing_is_asked_at_is_refused(tmp_path: Path) -> None:
    """The tiny model is served here: who names a server too means another model."""
    url = "http://127.0.0.1:8000/v1"
    words = ("--model", "tiny", "--base-url", url, "--target", "1")
    said = cli("generate", tmp_path / "run", *words, code=2).stderr
    assert said.startswith(f"cannot use --base-url {url}: no model of this run is asked there")
    assert not (tmp_path / "run").exists()
