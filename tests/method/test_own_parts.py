"""A user's own parts are held to their protocols, with an error that shows how."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from selfinstruct.method.errors import BadInput
from selfinstruct.method.recipe import parse_recipe
from selfinstruct.run.inputs import read_recipe
from selfinstruct.run.user_code import load
from tests.world import built, cli, drive, reply_to

if TYPE_CHECKING:
    from pathlib import Path

    from selfinstruct.method.fold import Fold

FILTER = '\n[[source.filter]]\nuse = "own.py:own"\n'
STEP = '\n[[step]]\nname = "judge"\nuse = "own.py:Own"\n'

HEAD = """
from dataclasses import replace
from selfinstruct.method.types import Again, Asked, Candidates, Key, Message, Rejected
"""

STEP_HEAD = """
class Own:
    parts = 1
    def __init__(self, context):
        self.name, self.context = context.name, context
    def ask(self, task, part, attempt):
        key = Key(self.name, *task.origin, part, attempt)
        return self.context.request(key, (Message("user", task.instruction),))
"""


def files_of(code: str, more: str) -> dict[str, bytes]:
    """Return our recipe with a file of the user's and a place in which it is used."""
    files = dict(read_recipe("self-instruct"))
    text = files["recipe.toml"].decode()
    if more == FILTER:
        first = "\n[[source.filter]]"
        text = text.replace(first, FILTER + first, 1)
    else:
        text += more
    return {**files, "recipe.toml": text.encode(), "own.py": (HEAD + code).encode()}


def fold_of(code: str, more: str = FILTER) -> Fold:
    return built(parse_recipe(files_of(code, more), "mine"))


BAD_FILTERS = {
    "true": (
        "def own():\n    return lambda task: len(task.instruction) > 9\n",
        r"it returned bool True for",
    ),
    "false": ("def own():\n    return lambda task: False\n", r"it returned bool False for"),
    "text": ("def own():\n    return lambda task: 'too long'\n", r"it returned str 'too long'"),
    "pair": ("def own():\n    return lambda task: (True, '')\n", r"it returned tuple \(True, ''\)"),
    "later": (
        "def own():\n    return lambda task: True if task.instruction[0] == 'D' else None\n",
        r"it returned bool True for",
    ),
    "no filter": ("def own():\n    return 3\n", r"it gave int 3 where a filter is needed"),
    "none": ("def own():\n    pass\n", r"it gave NoneType None where a filter is needed"),
    "of a text": (
        "def own():\n    return lambda text: None if text.strip() else None\n",
        r"AttributeError: 'Task' object has no attribute 'strip' \(own\.py, line \d+\)",
    ),
    "of two": ("def own():\n    return lambda task, more: None\n", r"TypeError: .*'more'"),
}


@pytest.mark.parametrize(("code", "why"), BAD_FILTERS.values(), ids=BAD_FILTERS)
def test_a_filter_that_does_not_return_a_rejection_is_refused(code: str, why: str) -> None:
    """Before anything is asked, with what it returned and an example."""
    with pytest.raises(BadInput, match=why) as caught:
        fold_of(code)
    assert "use filter 'own.py:own'" in str(caught.value)
    assert 'return Rejected("a river", word, "none")' in str(caught.value)


def test_a_filter_that_goes_wrong_later_stops_the_run_in_our_form() -> None:
    """What it does not return for the seed tasks it may return for a candidate."""
    seen = "seen = []\ndef own():\n    def check(task):\n        seen.append(1)\n"
    fold = fold_of(seen + "        return True if len(seen) > 25 else None\n    return check\n")
    with pytest.raises(BadInput, match="it returned bool True"):
        drive(fold, 20)


def test_a_good_filter_turns_down_with_its_reason() -> None:
    """One file of the recipe's folder and one line in recipe.toml."""
    code = (
        "def own(letter='e'):\n    def check(task):\n        if letter in task.instruction:\n"
        "            return Rejected('a letter', letter, 'none')\n    return check\n"
    )
    fold = fold_of(code)
    verdicts = [v for _ in range(3) for r in list(fold.owed()) for v in fold.take(reply_to(r))]
    assert "a letter" in {v.rejected.reason for v in verdicts if v.rejected}


BAD_STEPS = {
    "no read": ("", "it has no method read"),
    "short read": ("    def read(self, task): return task\n", "method read does not take 2"),
    "reads nothing": (
        "    def read(self, task, replies): pass\n",
        "its method read returned NoneType None, not Task, Again, Rejected",
    ),
    "breaks": (
        "    def read(self, task, replies): return task.extra[replies[0].text]\n",
        r"KeyError: '' \(own\.py, line \d+\)",
    ),
    "no parts": (
        "    parts = 0\n    def read(self, task, replies): return task\n",
        "its parts must be an integer of 1 or more",
    ),
    "asks a text": (
        "    def ask(self, *_): return 'x'\n    def read(self, task, _): return task\n",
        "its method ask returned str .*, not Request",
    ),
}


@pytest.mark.parametrize(("code", "why"), BAD_STEPS.values(), ids=BAD_STEPS)
def test_a_step_that_breaks_its_protocol_is_refused(code: str, why: str) -> None:
    """When it is loaded, with what is missing."""
    with pytest.raises(BadInput, match=why) as caught:
        fold_of(STEP_HEAD + code, STEP)
    assert "use step 'own.py:Own'" in str(caught.value)
    assert "read(task, replies) -> Task, Again or Rejected" in str(caught.value)


def test_a_source_of_the_users_own_is_held_to_its_protocol() -> None:
    """One that still reads a reply alone is told of what it is given now."""
    code = (
        "class Own:\n    def __init__(self, context): self.name = context.name\n"
        "    def ask(self, draw, pool, ordinal, attempt): return None\n"
        "    def read(self, reply): return None\n"
    )
    files = files_of(code, "")
    text = files["recipe.toml"].decode().replace('use = "list"', 'use = "own.py:Own"')
    options = text.index("[source.options]")
    text = text[:options] + text[text.index("[source.decoding]") :]
    with pytest.raises(BadInput, match="its method read does not take 2 arguments"):
        built(parse_recipe({**files, "recipe.toml": text.encode()}, "mine"))


def test_check_refuses_it_and_nothing_is_asked(tmp_path: Path) -> None:
    """Through the real command: exit code 2, the error form, and no run folder."""
    own = tmp_path / "own"
    own.mkdir()
    for path, data in files_of(BAD_FILTERS["true"][0], FILTER).items():
        (own / path).parent.mkdir(exist_ok=True)
        (own / path).write_bytes(data)
    found = cli("check", own, "--trust-code", code=2).stderr
    assert found.startswith("cannot use filter 'own.py:own': it returned bool True")
    run = tmp_path / "run"
    more = ("--model", "rehearsal", "--trust-code")
    again = cli("generate", run, "--recipe", own, *more, code=2).stderr
    assert again == found
    assert not run.exists()


def test_what_cannot_be_loaded_is_said() -> None:
    """A file, a name or a module that is not there, and code that does not run."""
    files = {"a.py": b"x = 1\n", "b.py": b"1 / 0\n", "c.py": b"def ("}
    for name, why in {
        "a.py:y": "AttributeError",
        "a.py:x": "cannot be called",
        "b.py:f": "ZeroDivisionError",
        "c.py:f": "SyntaxError",
        "d.py:f": "KeyError",
        "no.such.module:f": "ModuleNotFoundError",
    }.items():
        with pytest.raises(BadInput, match=why):
            load(name, files, "use recipe mine")


def test_a_dataclass_in_a_users_file_works() -> None:
    """Its module is one that the interpreter knows."""
    code = (
        b"from __future__ import annotations\nfrom dataclasses import dataclass\n"
        b"@dataclass\nclass Own:\n    word: str = 'river'\n"
    )
    assert callable(load("own.py:Own", {"own.py": code}, "use it"))
