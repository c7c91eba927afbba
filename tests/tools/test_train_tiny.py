"""The training of the tiny model."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).resolve().parents[2] / "tools"
MISSING = [
    name for name in ("torch", "tokenizers", "gguf") if importlib.util.find_spec(name) is None
]


@pytest.mark.slow
@pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")
def test_training_twice_gives_the_same_file(tmp_path: Path) -> None:
    """Text, tokenizer, first weights and steps depend on nothing but the script."""
    files = []
    for name in ("first.gguf", "second.gguf"):
        script = [sys.executable, str(TOOLS / "train_tiny.py"), str(tmp_path / name)]
        subprocess.run([*script, "--steps", "3"], check=True, capture_output=True)
        files.append((tmp_path / name).read_bytes())
    assert files[0][:4] == b"GGUF"
    assert files[0] == files[1]
