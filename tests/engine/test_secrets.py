"""Planted secrets: no byte that is written or printed holds one, whoever quotes it."""

from __future__ import annotations

import base64
import json
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from selfinstruct.model.rehearsal.answers import answer
from tests.world import ROOT, command, environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WHERE = ("key", "proxy", "netrc", "url", "header", "bearer", "named")
KEY, PROXY, NETRC, IN_URL, HEADER, BEARER, NAMED = (f"sk-planted+{each}/7Gq4" for each in WHERE)


def forms(secret: str) -> list[str]:
    """Return how a secret may stand in a text: as it is, in a URL, in a header's base64."""
    encoded = [base64.b64encode(text.encode()).decode() for text in (secret, f"me:{secret}")]
    return [secret, quote(secret, safe=""), json.dumps(secret)[1:-1], *encoded]


class Handler(BaseHTTPRequestHandler):
    """An endpoint, and a proxy, that quotes all it was sent in whatever it answers."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answer by what the path names."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        sent = "; ".join(f"{name}: {value}" for name, value in self.headers.items())
        quoted = f"{sent}; {quote(KEY, safe='')}; {base64.b64encode(KEY.encode()).decode()}"
        told = {"message": f"Incorrect key: {quoted}", "code": "invalid_api_key"}
        status: int = 401
        row: Any = {"error": told}
        if "/fine/" in self.path:
            status, row = answer(0, body)
            row |= {"model": quoted, "id": quoted, "system_fingerprint": quoted}
        elif "/policy/" in self.path:
            told["code"] = "content_policy_violation"
            status = 400
        elif "/busy/" in self.path:
            told["code"] = "overloaded"
            status = 503
        elif "/odd/" in self.path:
            status, row = 200, {"something": quoted}
        self._send(status, row)

    def do_GET(self) -> None:
        """Refuse."""
        self._send(404, {"error": {"message": str(self.headers)}})

    def _send(self, status: int, row: Any) -> None:
        data = json.dumps(row).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the base has it
        """Print nothing."""


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


class Home:
    """A home with secrets in it, where commands are run and all that they leave is looked at."""

    def __init__(self, path: Path, port: int) -> None:
        self.path, self.url = path, f"http://0.0.0.0:{port}"  # which a proxy is asked for
        proxy = f"http://me:{quote(PROXY, safe='')}@127.0.0.1:{port}"
        (path / ".netrc").write_text(f"default login me password {NETRC}\n", encoding="utf-8")
        (path / ".netrc").chmod(0o600)
        names = ("HOME", "TMPDIR", "XDG_CACHE_HOME")
        self.variables = {
            **dict.fromkeys(names, str(path)),
            "LAB_KEY": KEY,
            "OPENAI_API_KEY": KEY,
            "HTTP_PROXY": proxy,
            "HTTPS_PROXY": proxy,
            "SELFINSTRUCT_HEADERS": f"X-Session: {HEADER}\nX-Team: blue",
        }
        self.printed = ""

    def call(self, *words: str, code: int, **more: str) -> str:
        """Run a command with all secrets at hand; return what it printed."""
        done = subprocess.run(
            command(*words),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            cwd=self.path,
            env=environment(**self.variables) | more,
        )
        self.printed += done.stdout + done.stderr
        assert done.returncode == code, (words, done.returncode, done.stderr[-1500:])
        return done.stdout + done.stderr

    def ask(self, verb: str, place: str, *words: str, code: int, **more: str) -> str:
        """Run a command that asks, with the key named."""
        where = ("--model", "m", "--base-url", f"{self.url}/{place}/v1", "--api-key-env", "LAB_KEY")
        headers = ("--header", f"Gateway: Bearer {BEARER}", f"--header=App-Token: {NAMED}")
        return self.call(verb, *words, *where, *headers, code=code, **more)

    def check(self, *secrets: str) -> None:
        """Look at every byte that was written, and every one that was printed."""
        files = [path for path in self.path.rglob("*") if path.is_file() and path.name != ".netrc"]
        left = {str(path): path.read_bytes().decode("utf-8", "replace") for path in files}
        for secret in secrets or (KEY, PROXY, NETRC, HEADER, BEARER, NAMED):
            for form in forms(secret):
                assert form not in self.printed, self.printed
                assert [name for name, text in left.items() if form in text] == []


@pytest.fixture
def home(tmp_path: Path, port: int) -> Home:
    return Home(tmp_path, port)


def test_a_run_and_its_views(home: Home) -> None:
    """An endpoint that quotes the key and the proxy's login in each answer is asked to the end."""
    home.ask("generate", "fine", "run", "--target", "5", "--protocol", "chat", code=0)
    home.call("status", "run", "--json", code=0)
    home.call("status", "run", code=0)
    home.call("export", "run", "--format", "huggingface", "-o", "data", code=0)
    home.call("report", "run", code=0)
    assert "(the key)" in (home.path / "run" / "journal.jsonl").read_text(encoding="utf-8")
    home.check()


@pytest.mark.parametrize(
    ("place", "code", "words"),
    [
        ("denied", 2, "401: Incorrect key"),
        ("odd", 2, "no answer"),
        ("busy", 4, "503"),
        ("policy", 4, "policy"),
    ],
)
def test_refusals_that_quote_the_key(home: Home, place: str, code: int, words: str) -> None:
    """Whatever the endpoint says, in what is told, noted and recorded."""
    options = ("--patience", "1", "--concurrency", "2", "--protocol", "chat")
    said = home.ask("generate", place, "run", *options, code=code)
    assert words in said
    home.check()


def test_a_probe_and_a_plan(home: Home) -> None:
    """Their findings quote what the endpoint says."""
    assert "Incorrect key" in home.ask("probe", "denied", code=2)
    home.ask("probe", "fine", "--json", code=0)
    assert "Incorrect key" in home.ask("plan", "denied", "run", "--json", code=2)
    home.check()


def test_nobody_there(home: Home) -> None:
    """Neither the proxy's login nor the key is in what says that there is no connection."""
    home.variables["HTTP_PROXY"] = f"http://me:{quote(PROXY, safe='')}@127.0.0.1:9"
    said = home.ask("generate", "fine", "run", "--patience", "1", code=4)
    assert "at the proxy" in said
    home.check()


def test_a_crash(home: Home) -> None:
    """A bug's traceback, in the midst of an answer, holds no secret either."""
    code = (
        "from selfinstruct.model.endpoint import EndpointModel\n"
        "def crash(self, request, response, sent):\n"
        "    raise RuntimeError(f'a bug at {response!r}: {response.text}')\n"
        "EndpointModel._read = crash\n"
    )
    (home.path / "sitecustomize.py").write_text(code, encoding="utf-8")
    said = home.ask(
        *("generate", "fine", "run"), code=1, PYTHONPATH=f"{home.path}:{ROOT}", PYTHONWARNINGS=""
    )
    assert "Traceback" in said
    assert "a bug at" in said
    home.check()


@pytest.mark.parametrize(
    ("model", "url"),
    [
        ("rehearsal", f"http://me:{quote(IN_URL, safe='')}@gpu-box/v1"),
        ("m", f"http://{quote(IN_URL, safe='')}@gpu-box/v1"),
        ("m", f"http://me:{quote(IN_URL, safe='')}@gpu-box:99999/v1"),
        ("m", f"http://gpu-box/v1?api-version=1&api-key={quote(IN_URL, safe='')}"),
        ("m", f"ftp://gpu-box/v1?sig={quote(IN_URL, safe='')}"),
        ("m", f"http://gpu-box/v1?subscription_token={quote(IN_URL, safe='')}"),
    ],
)
def test_a_secret_in_the_base_url(home: Home, model: str, url: str) -> None:
    """It would be kept with the run, so it is refused, unsaid, before there is one."""
    said = home.call("generate", "run", "--model", model, "--base-url", url, code=2)
    assert "base URL" in said or "no address" in said
    assert not (home.path / "run").exists()
    home.check(IN_URL)
