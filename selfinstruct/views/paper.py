"""What the paper reports of its own data set (Wang et al. 2022, arXiv 2212.10560)."""

from __future__ import annotations

from typing import Final

SEEDS: Final = 175
"""Seed tasks (section 2.2)."""
SEED_CLASSIFICATION: Final = 25
"""Seed classification tasks (section 2.2; the published file has 26)."""

INSTRUCTIONS: Final = 52_445
"""Instructions (table 1)."""
CLASSIFICATION: Final = 11_584
"""Classification instructions (table 1)."""
INSTANCES: Final = 82_439
"""Instances (table 1)."""
EMPTY_INPUTS: Final = 35_878
"""Instances with an empty input (table 1)."""

WORDS: Final = {"instruction": 15.9, "input": 12.7, "output": 18.9}
"""Mean words of instructions, inputs that are not empty, and outputs (table 1)."""

WITH_STRUCTURE: Final = 26_559
"""Instructions with a root verb and a direct noun (section 3.2)."""
ROOT_VERBS: Final = 20
"""Most common root verbs shown (figure 3)."""
NOUNS: Final = 4
"""Most common direct nouns shown of each (figure 3)."""
SHOWN: Final = 0.14
"""Share of all instructions that these pairs make up (section 3.2)."""

REVIEWED: Final = 200
"""Instances reviewed, one of each of so many instructions (section 3.3)."""
REVIEW: Final = {"task": 0.92, "input": 0.79, "output": 0.58, "all": 0.54}
"""Shares of yes (table 2): valid task, input fits, output right, all three."""

DOLLARS: Final = 600
"""What generation cost with GPT-3 (appendix A)."""
