"""The alpaca recipe: complete tasks from one request each, with the promises of any recipe."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

import selfinstruct
from selfinstruct.method.recipe import parse_recipe
from selfinstruct.method.types import Key, Reply
from selfinstruct.run.inputs import read_recipe
from tests.world import ROOT, built, command, drive, environment, own_seeds, reply_to

if TYPE_CHECKING:
    from pathlib import Path

    from selfinstruct.method.fold import Fold
    from selfinstruct.method.types import Request

TARGET = 200


def alpaca(old: str = "", new: str = "") -> Fold:
    files = dict(read_recipe("alpaca"))
    text = files["recipe.toml"].decode()
    assert old in text
    files["recipe.toml"] = text.replace(old, new, 1).encode()
    return built(parse_recipe(files, "alpaca"))


def data(run: Path) -> tuple[bytes, bytes]:
    return (run / "pool.jsonl").read_bytes(), (run / "rejected.jsonl").read_bytes()


def generate(run: Path, **wishes: Any) -> None:
    selfinstruct.generate(run, model="rehearsal", recipe="alpaca", target=TARGET, **wishes)


@cache
def _asked() -> list[Request]:
    asked: list[Request] = []

    def answer(request: Request) -> Reply:
        asked.append(request)
        return reply_to(request)

    drive(alpaca(), TARGET, answer_to=answer)
    return asked


@pytest.mark.slow
def test_the_same_bytes_at_any_concurrency_and_after_a_kill(tmp_path: Path) -> None:
    """One at a time, 64 at a time, or killed with SIGKILL half way: the data set is the same."""
    one, many, killed = tmp_path / "one", tmp_path / "many", tmp_path / "killed"
    generate(one, concurrency=1)
    generate(many, concurrency=64, rehearsal=("latency=0.02",))
    assert data(one) == data(many)
    records = [json.loads(line) for line in data(one)[0].splitlines()]
    assert len(records) == TARGET
    assert all(record["instances"][0]["output"] for record in records)

    process = subprocess.Popen(
        command(
            *("generate", killed, "--recipe", "alpaca", "--model", "rehearsal"),
            *("--target", str(TARGET), "--concurrency", "64", "--rehearsal", "latency=0.3"),
        ),
        stderr=subprocess.DEVNULL,
        env=environment(),
    )
    journal, end = killed / "journal.jsonl", time.monotonic() + 60
    while not (journal.exists() and journal.read_bytes().count(b"\n") >= 5):
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < end
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    paid = journal.read_bytes()
    paid = paid[: paid.rindex(b"\n") + 1]
    assert data(killed)[0] != data(one)[0]
    generate(killed, concurrency=64)
    assert journal.read_bytes().startswith(paid)
    assert data(killed) == data(one)


def test_a_request_goes_on_from_three_seed_tasks_with_input_and_output() -> None:
    """Items 4 to 19 are asked for; all shots are seed tasks; an empty input is shown as such."""
    seeds = {task.instruction.rstrip(":"): task.instances[0] for task in own_seeds()}
    for request in _asked():
        system, user = request.messages
        assert system == _asked()[0].messages[0]
        assert "up to Task 19" in user.content
        assert user.content.endswith("\n\n### Task 4\nInstruction:")
        shots = [line[13:] for line in user.content.split("\n") if line.startswith("Instruction: ")]
        assert len(shots) == 3
        for shot in shots:
            instance = seeds[shot]
            shown = f"{shot}\nInput: {instance.input or '(none)'}\nOutput: {instance.output}\n"
            assert shown in user.content
    assert any("Input: (none)\n" in request.messages[1].content for request in _asked())


def test_decoding_is_alpacas_and_the_stop_is_a_heading_of_its_own() -> None:
    """A year or a number in a text can never end a reply."""
    decoding = _asked()[0].decoding
    assert (decoding.temperature, decoding.top_p, decoding.max_tokens) == (1.0, 1.0, 3072)
    assert decoding.stop == ("\n### Task 20",)


def test_the_pool_feeds_back_when_the_recipe_says_so() -> None:
    """With machine_shots = 1 later prompts show machine-generated tasks, with their instances."""
    shown: list[str] = []

    def answer(request: Request) -> Reply:
        shown.append(request.messages[-1].content)
        return reply_to(request)

    verdicts = drive(alpaca("machine_shots = 0", "machine_shots = 1"), TARGET, answer_to=answer)
    made = [v.task for v in verdicts if v.task and not v.rejected]
    blocks = [
        f"Instruction: {t.instruction.rstrip(':')}\nInput: {t.instances[0].input or '(none)'}\n"
        f"Output: {t.instances[0].output}\n"
        for t in made
    ]
    assert not any(block in request.messages[1].content for request in _asked() for block in blocks)
    assert sum(any(block in text for block in blocks) for text in shown[9:]) > len(shown[9:]) / 2


def test_alpacas_keywords_and_our_filters_of_instances_are_on() -> None:
    """Each rejection names its rule; what is fine stays, whatever its number."""
    text = (
        "Compose a flowchart of the morning in words.\nInput: (none)\nOutput: Get up.\n\n"
        "### Task 5\nInstruction: Name the capital of the country given.\nInput: Peru\nOutput:\n\n"
        "### Task 5\nInstruction: Say in one word what bees collect.\nInput: (none)\n"
        "Output: Nectar.\n\n### Task 9\nInstruction: Give the year in which the fair was held.\n"
        "Input: The fair of 2016.\nOutput: 2016.\n"
    )
    state = alpaca()
    next(state.owed())
    found = state.take(Reply(Key("generate", 0), "", "text", text, "", "stop"))
    assert [v.rejected and v.rejected.reason for v in found] == [
        *("keyword", "empty output", None, None)
    ]
    assert found[-1].task
    assert found[-1].task.instances == (("The fair of 2016.", "2016."),)


def test_an_overflow_is_asked_again_with_fewer_shots() -> None:
    """One shot in place of three, and the open number follows."""
    state = alpaca()
    first = next(state.owed())
    state.take(Reply(first.key, first.digest, "overflow", "too long"))
    again = next(r for r in state.owed() if r.key.attempt == 1)
    assert again.messages[1].content.count("Instruction: ") == 1
    assert again.messages[1].content.endswith("### Task 2\nInstruction:")


def test_engine_and_fold_know_nothing_of_it() -> None:
    """The recipe is data and a source from the table."""
    for path in (*(ROOT / "selfinstruct" / "engine").glob("*.py"), *_fold_files()):
        assert "alpaca" not in path.read_text(encoding="utf-8").lower()


def _fold_files() -> list[Path]:
    return [ROOT / "selfinstruct" / "method" / name for name in ("fold.py", "replay.py")]
