"""A push to the Hub, by huggingface_hub itself, to a stand-in for the Hub on this machine."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytest.importorskip("huggingface_hub", reason="needs the extra hub")

TOKEN = "hf_" + "a" * 34
LARGE = 4_000
"""Bytes from which the stand-in asks for the large-file protocol."""


class Hub(ThreadingHTTPServer):
    """What the Hub's public API does for one upload: repositories, commits, large files.

    Attributes:
        files: contents by repository and path.
        private: whether each repository is.
        large: contents of large files by digest.
        fail: status to answer everything with, if not 0.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, dict[str, bytes]] = {}
        self.private: dict[str, bool] = {}
        self.large: dict[str, bytes] = {}
        self.commits: list[str] = []
        self.fail = 0

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: Hub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """List a repository."""
        found = re.fullmatch(r"/api/datasets/(\w+/\w+)/tree/main\?.*", self.path)
        if self._refused():
            return
        if found is None:
            self._answer({"error": "Not found"}, 404)
            return
        files = self.server.files[found[1]]
        self._answer(
            [{"type": "file", "path": p, "size": len(d), "oid": _sha1(d)} for p, d in files.items()]
        )

    def do_PUT(self) -> None:
        """Take a large file."""
        body = self._body()
        self.server.large[self.path.rpartition("/")[2]] = body
        self._answer({})

    def do_POST(self) -> None:
        """Do everything else."""
        body = self._body()
        if self._refused():
            return
        for pattern, answer in (
            (r"/api/repos/create", self._create),
            (r"/api/validate-yaml", self._validate),
            (r"/api/datasets/(\w+/\w+)/preupload/main", self._preupload),
            (r"/datasets/(\w+/\w+)\.git/info/lfs/objects/batch", self._batch),
            (r"/api/datasets/(\w+/\w+)/commit/main", self._commit),
        ):
            if found := re.fullmatch(pattern, self.path):
                answer(body, *found.groups())
                return
        self._answer({"error": "Not found"}, 404)

    def _refused(self) -> bool:
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            self._answer({"error": "Invalid username or password."}, 401)
            return True
        if self.server.fail:
            self._answer({"error": "Out of order"}, self.server.fail)
            return True
        return False

    def _create(self, body: bytes) -> None:
        wish = json.loads(body)
        name = f"{wish['organization'] or 'me'}/{wish['name']}"
        url = f"{self.server.url}/datasets/{name}"
        if name in self.server.files:
            self._answer({"error": "You already created this dataset repo", "url": url}, 409)
            return
        self.server.files[name] = {".gitattributes": b"", "data/old.jsonl": b"{}\n"}
        self.server.private[name] = wish["visibility"] == "private"
        self._answer({"url": url, "name": name})

    def _validate(self, body: bytes) -> None:
        content = json.loads(body)["content"]
        wrong = 'license: "no-such-licence"' in content
        errors = [{"message": '"license" must be one of a list'}] if wrong else []
        self._answer({"errors": errors, "warnings": []}, 400 if wrong else 200)

    def _preupload(self, body: bytes, _name: str) -> None:
        files = [
            {
                "path": file["path"],
                "uploadMode": "lfs" if file["size"] >= LARGE else "regular",
                "shouldIgnore": False,
            }
            for file in json.loads(body)["files"]
        ]
        self._answer({"files": files})

    def _batch(self, body: bytes, _name: str) -> None:
        objects = [
            {**found, "actions": {"upload": {"href": f"{self.server.url}/large/{found['oid']}"}}}
            for found in json.loads(body)["objects"]
        ]
        self._answer({"transfer": "basic", "objects": objects})

    def _commit(self, body: bytes, name: str) -> None:
        files = self.server.files[name]
        for line in body.splitlines():
            step = json.loads(line)
            value = step["value"]
            if step["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif step["key"] == "lfsFile":
                files[value["path"]] = self.server.large[value["oid"]]
            elif step["key"] == "deletedFile":
                files.pop(value["path"])
            else:
                self.server.commits.append(value["summary"])
        self._answer({"commitUrl": f"{self.server.url}/c/0", "commitOid": "0" * 40})

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    def _answer(self, value: Any, status: int = 200) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


def _sha1(data: bytes) -> str:
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()


@pytest.fixture
def hub() -> Iterator[Hub]:
    with Hub() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def push(
    server: Hub, run: Path, home: Path, *options: str | Path, token: str = TOKEN, url: str = ""
) -> subprocess.CompletedProcess[str]:
    """Push as a user would, with the stand-in's address in place of the Hub's."""
    unset = {"HF_TOKEN", "HF_TOKEN_PATH", "HUGGING_FACE_HUB_TOKEN"}
    env = {name: value for name, value in os.environ.items() if name not in unset}
    env |= {"HF_ENDPOINT": url or server.url, "HF_HOME": str(home), "HF_HUB_DISABLE_XET": "1"}
    return subprocess.run(
        [sys.executable, "-m", "selfinstruct", "export", run, *options],
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=120,
        env=env | ({"HF_TOKEN": token} if token else {}),
    )


def test_a_push_brings_the_folder_as_one_commit(hub: Hub, rehearsed: Path, tmp_path: Path) -> None:
    """What lies on the Hub is the folder, byte for byte; a new repository is private."""
    folder = tmp_path / "rivers"
    done = push(hub, rehearsed, tmp_path, "--push-to-hub", "me/rivers", "-o", folder)
    assert done.returncode == 0, done.stderr
    there = hub.files["me/rivers"]
    here = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
    assert there.keys() - {".gitattributes"} == here.keys()
    assert all(there[name] == path.read_bytes() for name, path in here.items())
    assert len(there["data/train.jsonl"]) > LARGE > len(there["data/validation.jsonl"])
    assert b'pretty_name: "rivers"' in there["README.md"]
    assert hub.private == {"me/rivers": True}
    assert len(hub.commits) == 1
    assert f"rows in {hub.url}/datasets/me/rivers" in done.stderr


def test_a_second_push_replaces_what_the_first_left(
    hub: Hub, rehearsed: Path, tmp_path: Path
) -> None:
    """Files of `data/` that are no longer there go; the user's own files stay."""
    options = ("--push-to-hub", "me/rivers", "--public")
    assert push(hub, rehearsed, tmp_path, *options).returncode == 0
    hub.files["me/rivers"]["LICENSE"] = b"own"
    done = push(hub, rehearsed, tmp_path, *options, "--validation", "0")
    assert done.returncode == 0, done.stderr
    names = {".gitattributes", "LICENSE", "README.md", "data/train.jsonl"}
    assert hub.files["me/rivers"].keys() == names
    assert hub.private == {"me/rivers": False}


@pytest.mark.parametrize(
    ("token", "options", "said"),
    [
        ("", [], "hf auth login"),
        ("hf_" + "b" * 34, [], "the Hub said 401"),
        (TOKEN, ["--license", "no-such-licence"], '"license" must be one of'),
    ],
)
def test_a_refusal_is_told_with_what_to_do(
    hub: Hub, rehearsed: Path, tmp_path: Path, *, token: str, options: list[str], said: str
) -> None:
    """Exit code 2, the Hub's reason, no traceback, and never the token."""
    done = push(hub, rehearsed, tmp_path, "--push-to-hub", "me/rivers", *options, token=token)
    assert done.returncode == 2, done.stderr
    assert "cannot push to me/rivers: " in done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not token or token not in done.stderr


def test_a_bad_name_is_told(hub: Hub, rehearsed: Path, tmp_path: Path) -> None:
    """The Hub's rules for names are applied before anything is sent."""
    done = push(hub, rehearsed, tmp_path, "--push-to-hub", "me/a b")
    assert done.returncode == 2
    assert "OWNER/NAME" in done.stderr


def test_an_outage_can_be_tried_again(hub: Hub, rehearsed: Path, tmp_path: Path) -> None:
    """A Hub that fails, or is not there, is exit code 4: nothing is lost."""
    hub.fail = 500
    done = push(hub, rehearsed, tmp_path, "--push-to-hub", "me/rivers")
    assert (done.returncode, "the Hub said 500" in done.stderr) == (4, True), done.stderr
    done = push(hub, rehearsed, tmp_path, "--push-to-hub", "me/rivers", url="http://127.0.0.1:9")
    assert (done.returncode, "Traceback" in done.stderr) == (4, False), done.stderr
