"""ROUGE-L between instructions, and an index that finds the most similar one exactly and fast.

Every decision equals `rouge-score`'s, bit for bit. Read the files in this order:

* `tokenizers`: a text becomes a list of tokens; the one place that depends on the language.
* `score`: an LCS becomes an F measure, in `rouge-score`'s own float arithmetic.
* `index`: `RougeIndex`, which the rest of the program uses.
* `bitmaps`: how it avoids almost all comparisons, with the proof that none is missed.
* `standing`: what an accepted task keeps of its older ones (the most similar, the mean).
"""

from __future__ import annotations

from .index import RougeIndex
from .score import Match, f_measure, rouge_l
from .standing import Standing
from .tokenizers import TOKENIZERS, Tokenizer, ascii_tokens, unicode_tokens

__all__ = [
    "TOKENIZERS", "Match", "RougeIndex", "Standing", "Tokenizer", "ascii_tokens", "f_measure",
    "rouge_l", "unicode_tokens",
]  # fmt: skip
