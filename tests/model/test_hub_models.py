"""Models of the Hub, fetched by huggingface_hub itself from a stand-in for the Hub."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from selfinstruct.method.errors import BadInput
from selfinstruct.model import hub as hub_module
from selfinstruct.model.factory import identify
from selfinstruct.model.hub import choose, fetch

if TYPE_CHECKING:
    from collections.abc import Iterator

DATA = Path(str(identify("tiny")[1])).read_bytes() + bytes(16 << 20)
"""Our tiny model, with zeros behind it: huggingface_hub keeps pieces of 10 MiB, so that less than
one would be fetched from its beginning again."""
BREAK = 13 << 20
COMMIT = "a" * 40

FILES = ("README.md", "m-Q4_K_M.gguf", "m-Q4_K_S.gguf", "m-Q8_0.gguf", "mmproj-m-Q8_0.gguf")
SPLIT = tuple(f"F16/m-F16-{n:05}-of-00002.gguf" for n in (1, 2))


def chosen(which: str, files: tuple[str, ...] = FILES + SPLIT) -> str:
    return choose("use it", "me/m-GGUF", files, which)


def test_a_file_is_meant_by_its_name_or_its_quantization() -> None:
    """A quantization in any case, as a whole word; the only file without either."""
    assert chosen("m-Q8_0.gguf") == "m-Q8_0.gguf"
    assert chosen("q4_k_m") == "m-Q4_K_M.gguf"
    assert chosen("Q8_0") == "m-Q8_0.gguf"
    assert chosen("", ("README.md", "one.gguf", "mmproj.gguf")) == "one.gguf"
    assert chosen("deep.gguf", ("sub/deep.gguf", "b.gguf")) == "sub/deep.gguf"


@pytest.mark.parametrize(
    ("which", "why"),
    [
        ("", "4 of its files are meant"),
        ("Q4_K", "no file of its is 'Q4_K'"),
        ("Q5_0", "no file of its is 'Q5_0'"),
        ("none.gguf", "no file of its is 'none.gguf'"),
    ],
)
def test_what_leaves_the_file_open_lists_the_choices(which: str, why: str) -> None:
    """A projector for pictures and the second file of a split model are none."""
    with pytest.raises(BadInput) as told:
        chosen(which)
    assert told.value.why == why
    listed = told.value.remedy.partition("There are: ")[2]
    assert listed == f"{SPLIT[0]}, m-Q4_K_M.gguf, m-Q4_K_S.gguf, m-Q8_0.gguf"


def test_a_split_model_and_a_repository_without_one_are_told() -> None:
    """Before anything is fetched."""
    with pytest.raises(BadInput, match=r"is one of 2 files.*\n.*--merge"):
        chosen("F16")
    with pytest.raises(BadInput, match="has no GGUF file"):
        chosen("", ("model.safetensors",))


@pytest.mark.parametrize("name", ["hf:", "hf:me", "hf:me/x/y", "hf:me/x:", "hf:../x y"])
def test_what_is_no_name_is_told(name: str) -> None:
    """With the three forms that are."""
    with pytest.raises(BadInput, match=r"no name of the Hub's.*\n.*hf:OWNER/NAME:Q4_K_M"):
        fetch(name)


@pytest.mark.parametrize(
    ("there", "extras"),
    [({"xllamacpp"}, "hub"), ({"huggingface_hub"}, "local"), (set(), "hub,local")],
)
def test_a_missing_extra_is_named_in_one_command(
    monkeypatch: pytest.MonkeyPatch, there: set[str], extras: str
) -> None:
    """That which serves the file too, before it is fetched."""
    monkeypatch.setattr(hub_module, "find_spec", lambda name: name in there or None)
    with pytest.raises(BadInput, match=re.escape(f"pip install 'selfinstruct[{extras}]'")):
        fetch(f"hf:me/tiny:{extras}")


class Hub(ThreadingHTTPServer):
    """What the Hub's public API does for one repository with our tiny model.

    Attributes:
        breaks: bytes after which the first answers break off, one by one.
        asked: method and range of each request for the file.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.breaks: list[int] = []
        self.asked: list[tuple[str, str]] = []

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Hub
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        """Tell of the file."""
        self._resolve(b"")

    def do_GET(self) -> None:
        """Tell of the repository, or give the file."""
        if self.path.startswith("/api/models/me/tiny-GGUF"):
            siblings = [{"rfilename": name} for name in FILES]
            body = {"id": "me/tiny-GGUF", "sha": COMMIT, "siblings": siblings}
            self._answer(200, json.dumps(body).encode())
        elif self.path.startswith("/api/"):
            self._answer(404, b"{}", {"X-Error-Code": "RepoNotFound"})
        else:
            self._resolve(DATA)

    def _resolve(self, data: bytes) -> None:
        asked = self.headers.get("Range", "")
        self.server.asked.append((self.command, asked))
        if self.path != "/me/tiny-GGUF/resolve/main/m-Q8_0.gguf":
            self._answer(404, b"", {"X-Error-Code": "EntryNotFound"})
            return
        start = int(asked.removeprefix("bytes=").partition("-")[0] or 0)
        ends = {"X-Repo-Commit": COMMIT, "ETag": f'"{hashlib.sha256(DATA).hexdigest()}"'}
        if asked:
            ends["Content-Range"] = f"bytes {start}-{len(DATA) - 1}/{len(DATA)}"
        length = {"Content-Length": str(len(DATA) - start)}
        if data and self.server.breaks:
            self._answer(
                206 if asked else 200, data[start:][: self.server.breaks.pop(0)], ends | length
            )
            self.close_connection = True
        else:
            self._answer(206 if asked else 200, data[start:], ends | length)

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def hub() -> Iterator[Hub]:
    pytest.importorskip("huggingface_hub", reason="needs the extra hub")
    if find_spec("xllamacpp") is None:
        pytest.skip("the extra `local` is not installed")
    with Hub() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def run(url: str, home: Path, *words: str | Path, code: int = 0, offline: str = "0") -> str:
    """Run our command with the stand-in in place of the Hub; return what it writes to stderr."""
    unset = {"HF_TOKEN", "HF_TOKEN_PATH", "HUGGING_FACE_HUB_TOKEN", "HF_HUB_OFFLINE"}
    env = {name: value for name, value in os.environ.items() if name not in unset}
    env |= {"HF_ENDPOINT": url, "HF_HOME": str(home), "HF_HUB_DISABLE_XET": "1"} | {
        "HF_HUB_OFFLINE": offline
    }
    done = subprocess.run(
        [sys.executable, "-m", "selfinstruct", *words],
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=300,
        env=env,
    )
    assert done.returncode == code, done.stderr
    return done.stderr


def test_a_model_is_fetched_used_and_then_needs_no_hub(hub: Hub, tmp_path: Path) -> None:
    """A connection that breaks half way goes on there; the identity is the file's own digest."""
    hub.breaks = [BREAK]
    home, name = tmp_path / "home", "hf:me/tiny-GGUF:q8_0"
    said = run(hub.url, home, "generate", tmp_path / "run", "--model", name, "--target", "3")
    assert "done: 3 complete tasks" in said
    gets = [asked for method, asked in hub.asked if method == "GET"]
    assert gets[0] == ""
    taken_up = int(gets[1].removeprefix("bytes=").rstrip("-"))
    assert 0 < taken_up <= BREAK
    main = json.loads((tmp_path / "run" / "run.json").read_text("utf-8"))
    assert main["identity"]["models"] == {"": f"gguf:sha256:{hashlib.sha256(DATA).hexdigest()}"}
    (path,) = main["knobs"]["paths"].values()
    assert path.endswith("/m-Q8_0.gguf")
    assert Path(path).read_bytes() == DATA

    hub.asked.clear()
    run(hub.url, home, "generate", tmp_path / "dry", "--model", name, "--dry-run")
    assert not hub.asked
    run(hub.url, home, "generate", tmp_path / "run", "--model", name, "--target", "4")
    assert {method for method, _ in hub.asked} == {"HEAD"}
    nowhere = "http://127.0.0.1:9"
    for where, offline in ((nowhere, "0"), (hub.url, "1")):
        hub.asked.clear()
        words = ("generate", tmp_path / "run", "--model", name, "--target", "4")
        assert "done: 4 complete tasks" in run(where, home, *words, offline=offline)
        assert not hub.asked


def test_what_the_hub_does_not_have_is_told_and_leaves_no_folder(hub: Hub, tmp_path: Path) -> None:
    """A repository that is not there; a file that is not; a Hub that is not, with nothing here."""
    words = ("generate", tmp_path / "run", "--target", "1", "--model")
    said = run(hub.url, tmp_path, *words, "hf:me/other", code=2)
    assert said.startswith("cannot use model hf:me/other: the Hub said 404: ")
    assert "hf auth login" in said
    said = run(hub.url, tmp_path, *words, "hf:me/tiny-GGUF", code=2)
    assert "There are: m-Q4_K_M.gguf, m-Q4_K_S.gguf, m-Q8_0.gguf" in said
    said = run("http://127.0.0.1:9", tmp_path, *words, "hf:me/tiny-GGUF", code=4)
    assert said.startswith("cannot use model hf:me/tiny-GGUF: ")
    assert not (tmp_path / "run").exists()


def test_a_dry_run_fetches_nothing(hub: Hub, tmp_path: Path) -> None:
    """As it sends nothing, whatever is named."""
    for name in ("hf:me/tiny-GGUF:q8_0", "hf:me/tiny-GGUF", "hf:nothing"):
        run(hub.url, tmp_path, "generate", tmp_path / "run", "--model", name, "--dry-run")
    assert not hub.asked
