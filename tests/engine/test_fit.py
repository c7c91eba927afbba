"""A recipe that fits a kind of model: numbers of examples and lengths, frozen with the run."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from selfinstruct.engine.run import generate
from selfinstruct.method.errors import BadInput, Refused
from selfinstruct.method.recipe import FIT, parse_recipe
from selfinstruct.run.create import SMALL_FILE, new_run
from selfinstruct.run.fork import fork
from selfinstruct.run.inputs import fit_recipe, read_recipe
from selfinstruct.run.options import ForkOptions, RunOptions
from selfinstruct.store.folder import RunFolder
from selfinstruct.views.status import as_text, status
from selfinstruct.views.view import open_run

if TYPE_CHECKING:
    from pathlib import Path

FILES = read_recipe("self-instruct")


def test_a_fit_changes_options_and_decoding_of_stages_alone() -> None:
    """What it does not name stays."""
    plain = parse_recipe(fit_recipe(FILES, "", asked=True), "x")
    small = parse_recipe(fit_recipe(FILES, "small", asked=True), "x")
    paper = parse_recipe(fit_recipe(FILES, "paper", asked=True), "x")
    demos = [[step.part.options["demos"] for step in each.steps] for each in (plain, small, paper)]
    assert demos == [[12, 5], [6, 3], [31, 17]]
    assert small.source.decoding.max_tokens < plain.source.decoding.max_tokens
    assert small.source.decoding.temperature == plain.source.decoding.temperature
    assert small.similarity == plain.similarity
    assert FIT not in plain.files
    assert set(paper.files) == {*plain.files, FIT}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[nothing.options]\ndemos = 1", "nothing is not known"),
        ("[classify]\nprompt = 'x'", "classify.prompt is not known"),
        ("[classify.decoding]\nmax_tokens = 'x'", "max_tokens is not of type int"),
        ("classify = 1", "classify is not a table"),
        ("[classify", "Expected"),
    ],
)
def test_a_defect_of_a_fit_is_named(text: str, why: str) -> None:
    """With the file."""
    with pytest.raises(BadInput) as caught:
        parse_recipe({**FILES, FIT: text.encode()}, "x")
    assert why in str(caught.value)
    assert FIT in str(caught.value)


def test_an_unknown_fit_names_those_there_are() -> None:
    """Only where it was asked for."""
    with pytest.raises(BadInput, match="paper, small"):
        fit_recipe(FILES, "huge", asked=True)
    assert FIT not in fit_recipe(FILES, "huge", asked=False)


def test_a_fit_is_frozen_with_the_run_and_told(tmp_path: Path) -> None:
    """Going on needs no option; another fit is another run."""
    folder = tmp_path / "run"

    def go(**options: object) -> None:
        asked = RunOptions(**{"target": 3, **options})  # type: ignore[arg-type]
        asyncio.run(generate(folder, asked, observe=lambda _: None, notice=lambda _: None))

    go(model="rehearsal", fit="paper")
    assert (folder / "recipe" / FIT).read_bytes() == FILES["fit/paper.toml"]
    go(target=5)
    go(target=6, fit="paper")
    assert "(fit paper)" in as_text(status(open_run(folder)))
    assert fork(folder, tmp_path / "fork", ForkOptions()).adopted
    assert "(fit paper)" in as_text(status(open_run(tmp_path / "fork")))
    with pytest.raises(Refused, match=r"fit\.toml differs"):
        go(fit="small")
    assert json.loads((folder / "run.json").read_text("utf-8"))["knobs"]["fit"] == "paper"


def test_a_small_file_has_the_small_fit(tmp_path: Path) -> None:
    """By its size, unless another one is asked for; large ones and endpoints have none."""
    file = tmp_path / "m.gguf"
    file.write_bytes(b"GGUF" + bytes(1000))
    new = RunFolder(tmp_path / "run")

    def fit(**options: object) -> object:
        asked = RunOptions(**{"model": str(file), **options})  # type: ignore[arg-type]
        return new_run(new, asked).spec.knobs.get("fit")

    assert fit() == "small"
    assert fit(fit="paper") == "paper"
    assert fit(fit="none") is None
    assert fit(model="gpt-x") is None
    assert fit(model="tiny") is None
    with file.open("r+b") as out:
        out.truncate(SMALL_FILE + 1)
