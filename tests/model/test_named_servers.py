"""Servers on this machine, named before a model: `ollama:qwen3`."""

from __future__ import annotations

import asyncio
import importlib.util
import socket
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from selfinstruct.engine.run import generate
from selfinstruct.method.errors import BadInput, Stopped
from selfinstruct.model import providers as table
from selfinstruct.model.access import Access
from selfinstruct.model.factory import identify
from selfinstruct.model.local import LlamaServer
from selfinstruct.model.probe import probe_model
from selfinstruct.model.providers import providers, split
from selfinstruct.run.create import knobs_of
from selfinstruct.run.fork import fork
from selfinstruct.run.options import ForkOptions, RunOptions
from selfinstruct.run.spec import load
from selfinstruct.store.folder import RunFolder

if TYPE_CHECKING:
    from pathlib import Path


def at_address(monkeypatch: pytest.MonkeyPatch, base_url: str) -> None:
    """Let Ollama's usual address be another one."""
    row = replace(providers()["ollama"], base_url=base_url)
    rows = {**providers(), "ollama": row}
    monkeypatch.setattr(table, "providers", lambda: rows)


def begin(run: Path, options: RunOptions) -> None:
    """Generate, and show and tell nothing."""
    asyncio.run(generate(run, options, observe=lambda _: None, notice=lambda _: None))


def test_servers_on_this_machine_may_stand_before_a_model() -> None:
    """By the table, and no others: other names may hold a colon."""
    assert split("ollama:qwen3:8b") == ("ollama", "qwen3:8b")
    assert split("lmstudio:qwen/qwen3-4b") == ("lmstudio", "qwen/qwen3-4b")
    for name in ("qwen3:8b", "openai:gpt-4o", "ft:gpt-4o:me", "ollama", "rehearsal:7"):
        assert split(name) == ("", name)
    assert {name for name, row in providers().items() if row.start} >= {"ollama", "lmstudio"}


def test_it_is_the_endpoint_of_that_name() -> None:
    """The same model and the same knobs, so the same run."""
    short, long = (
        RunOptions(model="ollama:qwen3:8b"),
        RunOptions(model="qwen3:8b", endpoint="ollama"),
    )
    assert short.models == long.models
    assert knobs_of(short, {}) == knobs_of(long, {})
    both = RunOptions(model={"": "ollama:a", "classify": "ollama:b"}, endpoint="ollama")
    assert (both.server, both.models) == ("ollama", {"": "a", "classify": "b"})


@pytest.mark.parametrize(
    "options",
    [
        RunOptions(model={"": "ollama:a", "classify": "lmstudio:b"}),
        RunOptions(model="ollama:a", endpoint="groq"),
    ],
    ids=["two servers", "a server and another endpoint"],
)
def test_two_of_them_are_refused(tmp_path: Path, options: RunOptions) -> None:
    """Before there is a folder."""
    with pytest.raises(BadInput, match="cannot ask both"):
        begin(tmp_path / "run", options)
    assert not (tmp_path / "run").exists()


def test_a_server_that_is_not_there_is_told_with_the_command_that_starts_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At once, before there is a folder; `probe` says the same."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    at_address(monkeypatch, f"http://127.0.0.1:{port}/v1")
    with pytest.raises(Stopped, match="no server is there") as caught:
        begin(tmp_path / "run", RunOptions(model="ollama:qwen3"))
    assert str(caught.value).endswith(": ollama serve")
    assert not (tmp_path / "run").exists()
    with pytest.raises(Stopped, match="ollama serve"):
        asyncio.run(probe_model("ollama:qwen3", Access()))


@pytest.mark.skipif(importlib.util.find_spec("xllamacpp") is None, reason="needs the extra local")
def test_a_run_asks_it_and_a_fork_goes_there_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Begun and gone on with; the fork keeps no address of the server before."""
    with LlamaServer(str(identify("tiny")[1])) as server:
        at_address(monkeypatch, server.base_url)
        run, options = (
            tmp_path / "run",
            RunOptions(model="ollama:tiny-one", protocol="chat", target=1),
        )
        begin(run, options)
        begin(run, replace(options, model=None, target=2))
        spec = load(RunFolder(run))
        assert spec.identity.models == {"": "tiny-one"}
        assert spec.knobs["endpoint"] == "ollama"
        begin(run, replace(options, target=2, base_url=server.base_url, endpoint="ollama"))
        fork(run, tmp_path / "new", ForkOptions(model="lmstudio:tiny-one"))
        knobs = load(RunFolder(tmp_path / "new")).knobs
        assert knobs["endpoint"] == "lmstudio"
        assert "base_url" not in knobs
