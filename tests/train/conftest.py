"""A rehearsed run to train on."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def rehearsed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run folder with 30 tasks of the rehearsal service."""
    folder = tmp_path_factory.mktemp("rehearsed") / "run"
    words = ("generate", str(folder), "--model", "rehearsal", "--target", "30", "--quiet")
    subprocess.run([sys.executable, "-m", "selfinstruct", *words], check=True, capture_output=True)
    return folder
