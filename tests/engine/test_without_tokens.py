"""A near-duplicate filter that sees nothing is told of."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import TYPE_CHECKING

from selfinstruct.engine.run import generate
from selfinstruct.model.factory import Models
from selfinstruct.run.inputs import read_recipe
from selfinstruct.run.options import RunOptions

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from selfinstruct.method.types import Request
    from selfinstruct.model.base import Answer

NUMERALS = "\u4e00\u4e8c\u4e09\u56db\u4e94\u516d\u4e03\u516b\u4e5d"


def test_tasks_without_tokens_are_warned_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tasks in Chinese under rouge-score's tokenizer: one loud warning that names the option."""
    asked = Models.ask

    async def in_chinese(self: Models, request: Request, client_id: str) -> Answer:
        answer = await asked(self, request, client_id)
        if request.key.stage == "generate":
            digits = [NUMERALS[int(d) % 9] for d in f"{request.key.ordinal:04}"]
            text = "\n".join(
                f"Task {n}: \u8bf7 \u5199\u4e00\u9996 {''.join(digits)}{NUMERALS[n - 9]} \u8bd7"
                for n in range(9, 16)
            )
            reply = replace(answer.reply, text=text, kind="text", finish="stop")
            answer = replace(answer, reply=reply)
        return answer

    monkeypatch.setattr(Models, "ask", in_chinese)
    seeds = tmp_path / "seeds.jsonl"
    row = {
        "instruction": "\u8bf7 \u8bf4 \u4e00\u4e2a \u6545\u4e8b",
        "instances": [{"input": "", "output": "\u597d"}],
    }
    seeds.write_text(json.dumps(row), encoding="utf-8")
    recipe = tmp_path / "open"
    recipe.mkdir()
    for name, data in read_recipe("self-instruct").items():
        (recipe / name).parent.mkdir(exist_ok=True)
        (recipe / name).write_bytes(data)
    toml = (recipe / "recipe.toml").read_text(encoding="utf-8")
    head, _, rest = toml.partition("[[source.filter]]")
    _, _, steps = rest.partition("[[step]]")
    steps = steps.partition("[[step.instance_filter]]")[0]
    (recipe / "recipe.toml").write_text(f"{head}[[step]]{steps}", encoding="utf-8")
    notices: list[str] = []
    wish = RunOptions(model="rehearsal", target=30, seeds=str(seeds), recipe=str(recipe))
    asyncio.run(generate(tmp_path / "r", wish, observe=lambda _: None, notice=notices.append))
    warnings = [line for line in notices if line.startswith("WARNING")]
    assert len(warnings) == 1
    assert "unicode" in warnings[0]
