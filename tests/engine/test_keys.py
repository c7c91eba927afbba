"""Which key reaches which server, and which model which stage; seen from the server's side."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

import selfinstruct
from selfinstruct.method.errors import SelfInstructError
from selfinstruct.model.providers import is_local
from selfinstruct.model.rehearsal.answers import answer
from selfinstruct.run.options import models_by_stage
from tests.world import cli

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRET, OTHER = "sk-the-usual-secret", "sk-another-secret"


class Server(ThreadingHTTPServer):
    """Answers as the rehearsal service does, and keeps the headers and models it was sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.headers: list[dict[str, str]] = []
        self.asked: list[tuple[str, str]] = []

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"http://127.0.0.1:{self.server_port}/v1"


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    server: Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answer a request."""
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.headers.append({k.lower(): v for k, v in self.headers.items()})
        self.server.asked.append((body["model"], json.dumps(body["messages"])))
        status, row = answer(0, body)
        data = json.dumps(row).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as the base has it
        """Print nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def written(run: Path) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in run.rglob("*") if path.is_file())


def refusal(run: Path, **wishes: Any) -> SelfInstructError:
    with pytest.raises(SelfInstructError) as caught:
        selfinstruct.generate(run, **wishes)
    return caught.value


def test_no_key_is_needed_or_sent_on_this_machine(server: Server, tmp_path: Path) -> None:
    """OPENAI_API_KEY stays at home when the server is on loopback, also by OPENAI_BASE_URL."""
    options = ("--model", "m", "--target", "5")
    done = cli(
        *("generate", tmp_path / "run", *options),
        OPENAI_API_KEY=SECRET,
        OPENAI_BASE_URL=server.url,
    )
    assert len(server.headers) > 5
    assert SECRET not in json.dumps(server.headers)
    assert SECRET not in done.stdout + done.stderr + written(tmp_path / "run")


def test_a_key_that_is_named_is_sent_and_written_nowhere(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the variable's name is kept, so going on needs no option."""
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    monkeypatch.setenv("LAB_KEY", OTHER)
    run = tmp_path / "run"
    selfinstruct.generate(run, model="m", target=5, base_url=server.url, api_key_env="LAB_KEY")
    first = len(server.headers)
    selfinstruct.generate(run, target=60)
    assert len(server.headers) > first > 0
    assert {headers["authorization"] for headers in server.headers} == {f"Bearer {OTHER}"}
    assert OTHER not in written(run)
    assert "LAB_KEY" in (run / "run.json").read_text(encoding="utf-8")


def test_a_named_variable_without_a_key_is_an_error(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is asked, the usual key is not taken instead, and ways to go on are given."""
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    monkeypatch.delenv("LAB_KEY", raising=False)
    error = refusal(tmp_path / "run", model="m", base_url=server.url, api_key_env="LAB_KEY")
    assert "the environment variable LAB_KEY holds no key" in str(error)
    assert "--api-key-env" in error.remedy
    assert not server.headers


def test_a_public_endpoint_needs_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the variable and the ways that need none."""
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    error = refusal(tmp_path / "run", model="m", may_cost=True)
    assert "OPENAI_API_KEY holds no key" in str(error)
    for way in ("--model rehearsal", "--model tiny or PATH.gguf", "--base-url"):
        assert way in error.remedy


def test_no_model_is_an_error_with_three_ways_to_go_on(tmp_path: Path) -> None:
    """Before any folder is made."""
    done = cli("generate", tmp_path / "run", code=2)
    first, second = done.stderr.splitlines()
    assert first == "cannot generate: no model is named."
    for way in ("--model rehearsal", "--model tiny or PATH.gguf", "--model NAME with --base-url"):
        assert way in second
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://localhost:8000/v1", True),
        ("http://127.0.0.2/v1", True),
        ("http://[::1]:8080/v1", True),
        ("http://192.168.1.20:11434/v1", True),
        ("http://10.1.2.3/v1", True),
        ("http://gpu-box:8000/v1", True),
        ("http://gpu.internal/v1", True),
        ("https://api.openai.com/v1", False),
        ("https://localhost.example.com/v1", False),
        ("http://8.8.8.8/v1", False),
        ("http://10.1.2.3.example.com/v1", False),
        ("http://localhost@example.com/v1", False),
    ],
)
def test_what_counts_as_local(url: str, *, local: bool) -> None:
    """Loopback, private networks and bare names; never a public name that only looks so."""
    assert is_local(url) is local


def test_each_stage_asks_its_own_model(server: Server, tmp_path: Path) -> None:
    """`--model M --model instances=M2`, and the same named again goes on."""
    run = tmp_path / "run"
    options = ("--model", "m", "--model", "instances=m2")
    cli("generate", run, *options, "--target", "5", "--base-url", server.url)
    by_model = {name: [text for n, text in server.asked if n == name] for name in ("m", "m2")}
    assert len(by_model["m"]) + len(by_model["m2"]) == len(server.asked)
    assert by_model["m2"]
    assert all("Output:" in text or "Class label:" in text for text in by_model["m2"])
    assert any("Classification:" in text for text in by_model["m"])
    assert not any("Class label:" in text for text in by_model["m"])
    selfinstruct.generate(run, model={"": "m", "instances": "m2"})
    error = refusal(run, model={"": "m", "classify": "m2"})
    assert error.code == 3
    assert "the model of stage classify was the general one, not m2" in str(error)
    error = refusal(run, model="m")
    assert "the model of stage instances was m2, not the general one" in str(error)


def test_two_rehearsal_models_serve_one_run(tmp_path: Path) -> None:
    """A stage on another service than the rest; both are named in the run."""
    mixed, plain = tmp_path / "mixed", tmp_path / "plain"
    models = {"": "rehearsal:0", "instances": "rehearsal:1"}
    selfinstruct.generate(mixed, model=models, target=8)
    selfinstruct.generate(plain, model="rehearsal:0", target=8)
    asked = [
        {json.loads(line)["pid"] for line in (run / "ledger.jsonl").read_bytes().splitlines()}
        for run in (mixed, plain)
    ]
    assert [len(services) for services in asked] == [2, 1]
    assert json.loads((mixed / "run.json").read_bytes())["identity"]["models"] == models


@pytest.mark.parametrize(
    ("given", "models"),
    [
        ((), {}),
        (("m",), {"": "m"}),
        (("=a=b",), {"": "a=b"}),
        (("=m", "instances=a=b"), {"": "m", "instances": "a=b"}),
        (("m", "my-step=n"), {"": "m", "my-step": "n"}),
    ],
)
def test_the_first_equals_sign_ends_the_stage(
    given: tuple[str, ...], models: dict[str, str]
) -> None:
    """One rule: what stands before it is a stage, nothing before it is all stages."""
    assert models_by_stage(given) == models


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (("instances=m2",), "no model is named for the other stages"),
        (("m", "n"), "there are two models for all stages"),
        (("m", "instances=a", "instances=b"), "there are two models for stage instances"),
        (("rehearsal", "instanzes=rehearsal"), "recipe self-instruct has no such stage"),
        (("models/q=4.gguf",), "'models/q' is not a stage.*\\nWrite --model =models/q=4.gguf"),
        (("=a=b", "c"), "there are two models for all stages"),
    ],
)
def test_models_that_do_not_fit_are_an_error(
    given: tuple[str, ...], why: str, tmp_path: Path
) -> None:
    """Exit code 2, with what to give instead; no folder is made."""
    with pytest.raises(SelfInstructError, match=why) as caught:
        selfinstruct.generate(tmp_path / "run", model=models_by_stage(given))
    assert caught.value.code == 2
    assert not (tmp_path / "run").exists()
