"""llama.cpp's own server with a key, and killed and started anew; what the probe says of it."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from selfinstruct.run.verify import verify
from selfinstruct.store.journal import read
from selfinstruct.views.status import status
from selfinstruct.views.view import open_run
from tests.engine.runs import lines
from tests.servers.between import between
from tests.servers.starting import files_with, llamacpp, needs_llamacpp, running
from tests.world import cli, command, environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.starting import Server

pytestmark = needs_llamacpp

RIGHT = "sk-the-right-and-very-secret-key"
WRONG = "sk-a-wrong-but-no-less-secret-key"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("guarded")
    with running(llamacpp(folder, api_keys=[RIGHT])) as started:
        yield started


@pytest.mark.parametrize(
    ("options", "variables"),
    [
        (("--api-key-env", "LLAMA_KEY"), {"LLAMA_KEY": WRONG}),
        ((), {}),
        ((), {"OPENAI_API_KEY": RIGHT}),
    ],
    ids=["wrong", "none", "OpenAI's, which is not sent to this machine"],
)
def test_a_bad_key_stops_the_run(
    tmp_path: Path, guarded: Server, options: tuple[str, ...], variables: dict[str, str]
) -> None:
    """Exit 2 in our error form; no key is written or shown; a right key goes on in the folder."""
    run = tmp_path / "run"
    told = ("--model", "served", "--base-url", guarded.url, "--target", "1", "--protocol", "chat")
    stopped = cli("generate", run, *told, *options, code=2, **variables)
    assert "cannot ask served: the endpoint says 401: Invalid API Key." in stopped.stderr
    assert "`--api-key-env NAME` names the variable" in stopped.stderr
    assert not lines(run / "journal.jsonl")
    said = stopped.stderr + stopped.stdout
    if options:
        going = cli("generate", run, *options, LLAMA_KEY=RIGHT)
        said += going.stderr + going.stdout
        assert status(open_run(run))["state"] == "done"
    for key in (RIGHT, WRONG):
        assert not files_with(run, key)
        assert key not in said


def test_the_probe_is_refused_without_the_key(guarded: Server) -> None:
    """Exit 2 and what to check; the key that was given is not shown."""
    told = ("probe", "--model", "served", "--base-url", guarded.url)
    wrong = cli(*told, "--api-key-env", "LLAMA_KEY", code=2, LLAMA_KEY=WRONG)
    assert "401: Invalid API Key" in wrong.stderr
    assert WRONG not in wrong.stderr + wrong.stdout


def test_a_server_that_is_killed_and_comes_back(tmp_path: Path) -> None:
    """The run outlives the server's `kill -9`, records no failure, and goes on by itself."""
    run = tmp_path / "run"
    server = llamacpp(tmp_path)
    with running(server):
        told = ("--model", "served", "--base-url", server.url, "--protocol", "chat")
        process = subprocess.Popen(
            command("generate", run, *told, "--target", "12"),
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            until = time.monotonic() + 60
            while lines(run / "journal.jsonl") < 10 and time.monotonic() < until:
                time.sleep(0.01)
            server.kill()
            kept = lines(run / "journal.jsonl")
            assert kept >= 10
            time.sleep(2)
            assert process.poll() is None
            assert lines(run / "journal.jsonl") <= kept + 1
            server.start()
            _, stderr = process.communicate(timeout=120)
        finally:
            process.kill()
            process.wait()
    assert process.returncode == 0, stderr
    assert "done: 12 complete tasks" in stderr
    replies = [entry.reply for entry in read(run / "journal.jsonl")]
    assert {reply.kind for reply in replies} == {"text"}
    assert len({reply.key for reply in replies}) == len(replies)
    assert not [check for check in verify(run) if check.problem]


def ask(url: str, **body: Any) -> tuple[int, Any]:
    """Ask without any code of ours."""
    data = json.dumps({"model": "any", **body}).encode() if body else None
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def test_the_probe_says_what_the_server_does(tmp_path: Path) -> None:
    """Each line is what the server does when it is asked by hand; 20 requests at most."""
    say = [{"role": "user", "content": "Say yes."}]
    with running(llamacpp(tmp_path, context=1024)) as server:
        with between(server.port) as seen:
            table = cli("probe", "--model", "served", "--base-url", seen.url).stdout
            asked = len(seen.passed)
            told = json.loads(
                cli("probe", "--model", "served", "--base-url", seen.url, "--json").stdout
            )
            assert asked <= 20
            assert len(seen.passed) == 2 * asked
        chat, text = f"{server.url}/chat/completions", f"{server.url}/completions"
        by_hand = {
            "chat": ask(chat, messages=say)[0] == 200,
            "max_tokens": ask(chat, messages=say, max_tokens=3)[1]["usage"]["completion_tokens"]
            == 3,
            "completions": ask(text, prompt="1 2 3", max_tokens=3)[0] == 200,
            "usage": "usage" in ask(chat, messages=say, max_tokens=3)[1],
            "rate headers": False,
            "reasons before it answers": False,
            "stop": " " not in ask(text, prompt="Task 1:", stop=[" "])[1]["choices"][0]["text"],
            "seed": drawn(text, 5) == drawn(text, 5) != drawn(text, 6),
            "json_schema": ask(
                chat,
                messages=say,
                response_format={
                    "type": "json_schema",
                    "json_schema": {"name": "a", "schema": {"enum": ["a fixed answer"]}},
                },
            )[1]["choices"][0]["message"]["content"]
            == '"a fixed answer"',
            "logprobs": bool(ask(chat, messages=say, logprobs=True)[1]["choices"][0]["logprobs"]),
            "system role": ask(chat, messages=[{"role": "system", "content": "a"}, *say])[0] == 200,
            "context": ask(text, prompt="word " * 2000)[1]["error"]["n_ctx"] == 1024,
            "prompts of 3,000 words": ask(text, prompt="and " * 3000)[0] == 200,
            "options to use": True,
            "Files": ask(f"{server.url}/files")[0] == 200,
            "Batches": ask(f"{server.url}/batches")[0] == 200,
        }
    assert {name: row["supported"] for name, row in told.items()} == by_hand
    assert told["context"]["note"] == "1,024 tokens"
    rows = {" ".join(line[:26].split()): line[27:].split()[0] for line in table.splitlines()}
    assert rows == {name: "yes" if given else "no" for name, given in by_hand.items()}


def drawn(url: str, seed: int) -> str:
    told = ask(url, prompt="Task 1:", seed=seed, temperature=1.0, max_tokens=24)
    text: str = told[1]["choices"][0]["text"]
    return text


def test_the_probe_of_a_model_that_nobody_has(tmp_path: Path) -> None:
    """Where neither chat nor completions is answered there is no table full of `no`."""
    with running(llamacpp(tmp_path, embedding=True)) as server:
        told = cli("probe", "--model", "served", "--base-url", f"{server.root}/nothing", code=2)
    assert "it answers neither chat nor completions of served (404: File Not Found)" in told.stderr
    assert not told.stdout
