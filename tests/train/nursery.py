"""Import all that a training needs once, then run commands in forks, so that each begins warm.

Reads a JSON line for each command: `words`, `at` (its folder) and `log` (where it writes). Answers
with two lines: the process's number when it begins, its exit code when it has ended.
"""

from __future__ import annotations

import json
import os
import sys
import traceback

import gguf
import peft
import trl
from datasets import Dataset
from transformers import AutoModelForSequenceClassification
from trl import DPOTrainer, KTOTrainer, RewardTrainer, SFTTrainer
from trl.experimental.ppo import PPOTrainer

from selfinstruct.cli import main

WARM = (gguf, peft, trl, Dataset, AutoModelForSequenceClassification)
WARM_TRAINERS = (DPOTrainer, KTOTrainer, PPOTrainer, RewardTrainer, SFTTrainer)


def run(words: list[str], at: str, log: str) -> None:
    """Be the command; does not return."""
    code = 1
    try:
        os.chdir(at)
        file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, 1)
        os.dup2(file, 2)
        sys.argv = ["selfinstruct", *words]
        main()
    except SystemExit as ended:
        code = int(ended.code or 0)
    except BaseException:  # noqa: BLE001 - the log is all that is left of it
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


for line in sys.stdin:
    asked = json.loads(line)
    child = os.fork()
    if not child:
        run(asked["words"], asked["at"], asked["log"])
