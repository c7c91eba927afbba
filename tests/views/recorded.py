"""Runs of every kind, recorded without a model: their journals are written reply by reply."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

from selfinstruct.method.digest import sha256
from selfinstruct.method.recipe import parse_recipe
from selfinstruct.method.types import Receipt
from selfinstruct.run.inputs import read_recipe, read_seeds
from selfinstruct.run.spec import Identity, RunSpec, beginning
from selfinstruct.run.user_code import code_of
from selfinstruct.store.folder import RunFolder
from selfinstruct.store.journal import Entry, Journal
from tests.engine.test_toy_recipe import MORE, STEPS
from tests.world import ROOT, own_seeds, reply_to

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from selfinstruct.method.types import Reply, Request

MODEL = "someone/model-1"


def record(
    path: Path,
    recipe: str,
    answer: Callable[[Request], Reply],
    *,
    replies: int,
    target: int = 30,
) -> Path:
    """Begin a run and record so many replies, one a second, as a killed process leaves them."""
    files = read_recipe(recipe)
    seeds, _ = read_seeds(None)
    parsed = parse_recipe(files, recipe)
    identity = Identity(parsed.name, parsed.digests(), sha256(seeds), {"": MODEL}, "chat", 0)
    folder = RunFolder(path)
    with folder.locked():
        knobs = {"target": target, "trusted": code_of(parsed)}
        with beginning(RunSpec(folder, identity, knobs, files, seeds)) as begun:
            fold = begun.fold()
        if not replies:
            return path
        journal = Journal(folder.journal)
        waiting: list[Request] = []
        for second in range(replies):
            waiting += fold.owed()
            waiting.sort(key=lambda request: request.key.item < 0)  # what is begun comes first
            request = waiting.pop(0)
            reply = answer(request)
            time = f"2026-11-23T22:{second // 60:02}:{second % 60:02}.000Z"
            length = sum(len(message.content) for message in request.messages)
            receipt = Receipt(MODEL, "", "", length // 4, len(reply.text) // 4, time)
            journal.append(Entry(reply, receipt))
            fold.take(reply)
        journal.close()
    return path


def repeat_seeds(request: Request) -> Reply:
    """Answer with nothing that can be read, or with a seed task."""
    seed = own_seeds()[request.key.ordinal]
    text = f" {seed.instruction}\nInput: (none)\nOutput: nothing new\n"
    return replace(reply_to(request), text=text if request.key.ordinal % 2 else "")


def other_scripts(request: Request) -> Reply:
    """Answer with four tasks in Chinese, Arabic, Russian and what no script is."""
    n = request.key.ordinal
    tasks = [
        (f"把第{n}个句子翻译成英文并说明理由。", "今天天气很好。", f"The weather is fine: {n}."),
        (f"اكتب قصيدة قصيرة عن القمر رقم {n}", "(none)", "قمر \u202e جميل"),
        (f"Назови {n} причин читать книги вслух детям.", "(none)", "Дети \ud800 слушают \x1b[31m."),
        (f"🙂🙃 {n} ➜ <b>?</b> & ♞ ≠ ♘", "a\tb", "=1+1"),
    ]
    blocks = [f"Instruction: {a}\nInput: {b}\nOutput: {c}\n" for a, b, c in tasks]
    heads = [f"### Task {4 + place}\n" for place in range(len(blocks))]
    text = "".join(head + block for head, block in zip(heads, blocks, strict=True))
    return replace(reply_to(request), text=text.removeprefix("### Task 4\nInstruction:"))


def own_recipe(path: Path) -> str:
    """Write a recipe of a user's own: Alpaca's source, a judge with a score, a pair of answers."""
    shutil.copytree(ROOT / "prompts" / "alpaca", path)
    (path / "steps.py").write_text(STEPS, encoding="utf-8")
    with (path / "recipe.toml").open("a", encoding="utf-8") as file:
        file.write(MORE)
    return str(path)


def open_recipe(path: Path) -> str:
    """Write a recipe for any script, without filters."""
    shutil.copytree(ROOT / "prompts" / "alpaca", path)
    main = path / "recipe.toml"
    text = main.read_text(encoding="utf-8").partition("[[source.filter]]")[0]
    main.write_text(text.replace('"rouge-score"', '"unicode"'), encoding="utf-8")
    return str(path)


def spare(path: Path) -> None:
    """Record the first reply of a run once more: a spare reply."""
    journal = RunFolder(path).journal
    first = journal.read_bytes().splitlines(keepends=True)[0]
    with journal.open("ab") as file:
        file.write(first)


def torn(path: Path) -> None:
    """Leave a torn last line, as a killed process does."""
    journal = RunFolder(path).journal
    first = journal.read_bytes().splitlines()[0]
    with journal.open("ab") as file:
        file.write(first[: len(first) // 2])
