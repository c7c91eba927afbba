"""What the paper reports of its own data set (Wang et al. 2022, arXiv 2212.10560)."""

from __future__ import annotations

from typing import Any, Final

ROOT_VERBS: Final = 20
"""Most common root verbs shown (figure 3)."""
NOUNS: Final = 4
"""Most common direct nouns shown of each (figure 3)."""

FIGURES: Final[dict[str, Any]] = {
    "seeds": 175,  # section 2.2
    "seed_classification": 25,  # section 2.2; the published file has 26
    "tasks": 52_445,  # instructions (table 1)
    "classification": 11_584,  # classification instructions (table 1)
    "instances": 82_439,  # table 1
    "empty_inputs": 35_878,  # instances with an empty input (table 1)
    # Mean words of instructions, inputs that are not empty, and outputs (table 1).
    "words": {"instruction": 15.9, "input": 12.7, "output": 18.9},
    "with_noun": 26_559,  # instructions with a root verb and a direct noun (section 3.2)
    "shown": 0.14,  # share of all instructions that the pairs of figure 3 make up (section 3.2)
    # Shares of yes among 200 instances (table 2): valid task, input fits, output right, all three.
    "review": {"task": 0.92, "input": 0.79, "output": 0.58, "all": 0.54},
    "dollars": 600,  # what generation cost with GPT-3 (appendix A)
    "dollars_each": 600 / 52_445,
}
