"""`--protocol auto`: a schema, else chat, else completion; found once and frozen."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from selfinstruct.method.errors import BadInput, Refused
from tests.engine.endpoint import Ran, refusal
from tests.world import ROOT

if TYPE_CHECKING:
    from pathlib import Path

NOT_FOUND = {"detail": "Not Found"}
NO_TEMPLATE = "As of transformers v4.44, default chat template is no longer allowed."


def only_completions(number: int, path: str, _body: dict[str, Any]) -> tuple[int, Any] | None:
    del number
    return None if path == "/v1/completions" else (404, NOT_FOUND)


def frozen(run: Ran) -> tuple[str, str | None]:
    row = json.loads((run.folder / "run.json").read_text())
    return row["identity"]["protocol"], row["knobs"].get("protocol")


@pytest.mark.parametrize("given", [None, "auto"])
@pytest.mark.parametrize(
    "answer", [(404, NOT_FOUND), (404, "404 page not found"), (405, ""), (501, ""), (400, None)]
)
def test_a_server_without_chat_is_asked_for_completions(
    given: str | None, answer: tuple[int, Any], tmp_path: Path
) -> None:
    """No request but the run's own is made to find out, and the choice is frozen."""

    def twist(_number: int, path: str, _body: dict[str, Any]) -> tuple[int, Any] | None:
        if path == "/v1/completions":
            return None
        return answer if answer[1] is not None else refusal(400, NO_TEMPLATE)

    run = Ran(tmp_path / "r").go(twist, protocol=given, target=4)
    assert run.outcome is not None
    assert run.outcome.reached
    assert frozen(run) == ("completion", "auto")
    assert len(run.told("the run goes on with --protocol completion")) == 1
    assert [row["now"] for row in run.events("protocol changed")] == ["chat", "completion"]
    chats = [path for path in run.asked if path != "/v1/completions"]
    assert run.asked[: len(chats)] == chats
    assert len(chats) <= 16  # what was on its way when the first was refused, a schema and chat
    run.go(protocol="auto", target=40)  # chat would do now: what was found stays
    assert set(run.asked) == {"/v1/completions"}
    with pytest.raises(Refused, match="the protocol was completion, not chat"):
        run.go(protocol="chat")


def test_what_was_found_is_kept_once_a_reply_is_recorded(tmp_path: Path) -> None:
    """A server that loses its chat later stops the run; the frozen protocol stays."""
    run = Ran(tmp_path / "r").go(target=4)
    assert frozen(run) == ("schema", "auto")
    with pytest.raises(BadInput, match="404"):
        run.go(only_completions, target=20)
    assert frozen(run) == ("schema", "auto")
    assert set(run.asked) == {"/v1/chat/completions"}


def test_a_protocol_that_was_named_is_kept(tmp_path: Path) -> None:
    """The user's word is not doubted."""
    run = Ran(tmp_path / "r")
    with pytest.raises(BadInput, match="404"):
        run.go(only_completions, protocol="chat")
    assert frozen(run) == ("chat", None)
    assert set(run.asked) == {"/v1/chat/completions"}


def test_a_model_that_nobody_knows_leaves_the_choice_open(tmp_path: Path) -> None:
    """Where every protocol is refused, the first error is told; a schema is tried first again."""
    run = Ran(tmp_path / "r")
    with pytest.raises(BadInput, match="no model m-typo here"):
        run.go(lambda *_: refusal(404, "no model m-typo here"))
    assert set(run.asked) == {"/v1/chat/completions", "/v1/completions"}
    assert frozen(run) == ("schema", "auto")
    assert run.go(model=None).outcome
    assert set(run.asked) == {"/v1/chat/completions"}


SCHEMA_REFUSED = [
    (400, "'response_format.type' must be 'text' or 'json_object'", None),
    (400, "Invalid parameter: this model does not support it.", "response_format"),
    (422, "json_schema: extra fields not permitted", None),
    (400, "Structured outputs are not available for this model.", None),
    (400, "Failed to compile grammar", None),
    (404, "No endpoints found that can handle the requested parameters.", None),
]


@pytest.mark.parametrize(("status", "message", "param"), SCHEMA_REFUSED)
def test_a_server_that_binds_no_schema_is_asked_in_chat(
    status: int, message: str, param: str | None, tmp_path: Path
) -> None:
    """The first requests find it out, nothing is asked beside them, and chat is frozen."""

    def twist(_number: int, _path: str, body: dict[str, Any]) -> tuple[int, Any] | None:
        error = {"error": {"message": message, "param": param}}
        return (status, error) if "response_format" in body else None

    run = Ran(tmp_path / "r").go(twist, target=4)
    assert run.outcome is not None
    assert run.outcome.reached
    assert frozen(run) == ("chat", "auto")
    assert len(run.told("the run goes on with --protocol chat")) == 1
    assert set(run.asked) == {"/v1/chat/completions"}
    run.go(target=20)  # a schema would do now: what was found stays
    assert frozen(run) == ("chat", "auto")


def test_a_schema_is_the_first_choice(tmp_path: Path) -> None:
    """Where the endpoint takes it, every request carries a schema."""
    bodies: list[dict[str, Any]] = []

    def twist(_number: int, _path: str, body: dict[str, Any]) -> None:
        bodies.append(body)

    run = Ran(tmp_path / "r").go(twist, target=4)
    assert frozen(run) == ("schema", "auto")
    assert not run.told("the run goes on with")
    assert all(body["response_format"]["type"] == "json_schema" for body in bodies)


def test_a_server_without_chat_is_told_from_a_recipe_of_chats(tmp_path: Path) -> None:
    """A recipe that has chat prompts only stops with the server's word; nothing is recorded."""
    run = Ran(tmp_path / "r")
    with pytest.raises(BadInput, match="404") as told:
        run.go(only_completions, recipe="judge", given=str(ROOT / "seed_tasks.jsonl"), target=None)
    assert "Traceback" not in str(told.value)
    assert "/v1/completions" not in run.asked
    assert (tmp_path / "r" / "journal.jsonl").read_bytes() == b""
