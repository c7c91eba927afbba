"""What stops a run tells what to type next; what cannot begin leaves no folder."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

from selfinstruct.cli.common import rerun_command
from selfinstruct.method.cost import Amount
from selfinstruct.model.budget import Budget, Caps
from tests.world import cli

if TYPE_CHECKING:
    from pathlib import Path

REHEARSAL = ("--model", "rehearsal", "--target", "8")


def next_of(stderr: str) -> list[str]:
    """Return the command on the last line, as a shell reads it."""
    last = stderr.strip().splitlines()[-1]
    assert last.startswith("next: selfinstruct "), last
    return shlex.split(last.removeprefix("next: selfinstruct "))


def test_a_cap_names_itself_and_the_next_line_works(tmp_path: Path) -> None:
    """The command that was typed, with that cap doubled, goes on when it is typed."""
    run = tmp_path / "my run"
    options = (*REHEARSAL, "--max-requests=25", "--max-hours", "9")
    typed = next_of(cli("generate", run, *options, code=4).stderr)
    assert typed == ["generate", str(run), *REHEARSAL, "--max-hours", "9", "--max-requests", "50"]
    assert "selfinstruct export" in cli(*typed).stderr


@pytest.mark.parametrize(
    ("caps", "used", "words", "options"),
    [
        (Caps(cost=1.5), Amount(9, 9, 1.4), "--max-cost 1.5 (used at most: 1.4000)", {"cost": "3"}),
        (Caps(tokens=1e7), Amount(9, 10**7), "--max-tokens 10,000,000", {"tokens": "20000000"}),
        (Caps(requests=9), Amount(12), "--max-requests 9 (used at most: 12)", {"requests": "24"}),
        (
            Caps(cost=1, requests=9),
            Amount(9, 0, 1.0),
            "--max-requests 9 (used at most: 9) and --max-cost 1",
            {"requests": "18", "cost": "2"},
        ),
        (Caps(cost=1, requests=9), Amount(0, 0, 1.0), "--max-cost 1", {"cost": "2"}),
        (Caps(tokens=10), Amount(), "--max-tokens 10 (used at most: 0)", {"tokens": "100"}),
        (Caps(cost=0.001), Amount(3, 0, 0.0009), "--max-cost 0.001", {"cost": "0.201"}),
    ],
)
def test_the_cap_that_is_reached_is_the_one_to_raise(
    caps: Caps, used: Amount, words: str, options: dict[str, str]
) -> None:
    """Others are not named; the new value is above what was used."""
    stop = Budget(caps, used, 0.0, lambda _: None).reached(0.0, Amount(1, 100, 0.2))
    assert words in str(stop)
    assert dict(stop.options) == {f"--max-{name}": value for name, value in options.items()}
    assert stop.kind == "cap reached"


@pytest.mark.parametrize(
    ("typed", "options", "expected"),
    [
        ("generate r", {}, "generate r"),
        ("generate r --max-cost 1 --yes", {"--max-cost": "2"}, "generate r --yes --max-cost 2"),
        ("generate r --max-cost=1", {"--max-cost": "2"}, "generate r --max-cost 2"),
        ("generate 'a b' --dry-run", {"--dry-run": ""}, "generate 'a b' --dry-run"),
        ("generate r --max-cost 1 --max-cost 2", {"--max-cost": "4"}, "generate r --max-cost 4"),
    ],
)
def test_the_next_command_is_the_typed_one_with_changes(
    typed: str, options: dict[str, str], expected: str
) -> None:
    """What was given is replaced, not given twice; it can be pasted into a shell."""
    assert rerun_command(options, shlex.split(typed)) == f"selfinstruct {expected}"


@pytest.mark.parametrize(
    ("typed", "options"),
    [("plan r --yes --json", {}), ("plan r --json --yes", {"--dry-run": ""})],
)
def test_after_a_plan_comes_generate(typed: str, options: dict[str, str]) -> None:
    """With the same options: not all of them are kept with the run. Only it has a dry run."""
    said = rerun_command(options, shlex.split(typed), generate=not options)
    assert said.startswith("selfinstruct generate r --yes")
    assert "--json" not in said


def test_an_endpoint_that_is_away_says_to_type_the_same_again(tmp_path: Path) -> None:
    """All of it: options that a run does not keep would be lost with the folder alone."""
    run = tmp_path / "r"
    options = ("--base-url", "http://127.0.0.1:9/v1", "--model", "m", "--patience", "1")
    done = cli("generate", run, *options, code=4)
    assert next_of(done.stderr) == ["generate", str(run), *options]
    assert "no connection to http://127.0.0.1:9/v1 (connection refused)" in done.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((), "no model is named"),
        (("--model", "m", "--yes"), "OPENAI_API_KEY holds no key"),
        (("--model", "m"), "it may cost money"),
        (("--model", "m", "--base-url", "http://127.0.0.1:9", "--api-key-env", "NO_KEY"), "NO_KEY"),
        (("--model", "m", "--base-url", "https://x.example/v1", "--max-cost", "1"), "price of m"),
        (("--model", "rehearsal", "--max-cost", "0"), "not above 0"),
        (("--model", "rehearsal", "--rehearsal", "e429=7"), "cannot use --rehearsal"),
        (("--model", "rehearsal", "--price", "much"), "cannot use --price"),
        (("--model", "nowhere.gguf"), "nowhere.gguf"),
        (("--model", "m", "--base-url", "localhost:8000/v1"), "no address of a server"),
        (("--model", "m", "--base-url", "http://h:99999/v1", "--yes"), "no address of a server"),
        (("--model", "m", "--base-url", "http://[x/v1"), "no address of a server"),
        (("--model", "m", "--base-url", "http://me:hush@h/v1"), "holds a name or password"),
    ],
)
def test_what_cannot_begin_leaves_no_folder(
    options: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    """Key, price, model and options are checked before anything is written."""
    for command in ("generate", "plan"):
        assert words in cli(command, tmp_path / "r", *options, code=2).stderr
    assert not (tmp_path / "r").exists()


def test_what_cannot_go_on_changes_nothing(tmp_path: Path) -> None:
    """A cap without a price is refused, and not kept."""
    run = tmp_path / "r"
    options = ("--base-url", "http://127.0.0.1:9/v1", "--model", "m", "--patience", "1")
    cli("generate", run, *options, code=4)
    before = (run / "run.json").read_bytes()
    changed = ("--base-url", "https://x.example/v1", "--max-cost", "3", "--target", "9")
    assert "price of m" in cli("generate", run, *changed, code=2).stderr
    assert (run / "run.json").read_bytes() == before
