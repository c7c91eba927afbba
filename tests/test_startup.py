"""What makes `--help` quick: nothing heavy is imported before it is needed."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.world import environment

HEAVY = {"aiohttp", "numpy", "openai", "rapidfuzz", "rouge_score", "tqdm", "xllamacpp"}

_HELP = """
import contextlib, io, json, sys
sys.argv = ["selfinstruct", *json.loads(sys.argv[1])]
from selfinstruct.cli import main
with contextlib.redirect_stdout(io.StringIO()) as told, contextlib.suppress(SystemExit):
    main()
print(json.dumps([told.getvalue(), sorted(sys.modules)]))
"""


@pytest.mark.parametrize("command", [[], ["generate"], ["status"], ["export"], ["fork"]])
def test_help_imports_nothing_heavy(command: list[str]) -> None:
    """Neither importing the command line nor any help needs a client, numpy or a model."""
    told = subprocess.run(
        [sys.executable, "-c", _HELP, json.dumps([*command, "--help"])],
        capture_output=True,
        text=True,
        check=True,
        env=environment(),
    )
    text, modules = json.loads(told.stdout)
    assert text.startswith("Usage: ")
    assert "selfinstruct.cli" in modules
    assert not HEAVY & set(modules)
