"""Readers: the text of a reply in, its items out. One tolerant reader per format, by one grammar.

Each takes the reply's text and `cut`: whether it was cut by length, or None where nobody knows and
the text itself has to tell. None of them raises, whatever the text; JSON is read alike.
"""

from .blocks import read_blocks
from .choice import read_choice
from .decision import read_decision
from .instances import read_input_first, read_output_first
from .lists import read_list
from .normalise import cut_thoughts
from .score import read_score
from .vocabulary import says_nothing
from .whole import read_answer, read_message, read_rewrite

__all__ = ["cut_thoughts", "read_blocks", "read_decision", "read_input_first", "read_list"]
__all__ += ["read_output_first", "says_nothing"]
__all__ += ["read_answer", "read_choice", "read_message", "read_rewrite", "read_score"]
