"""Every door: each command, option and file of the user's, with what does not belong there.

Whatever comes: no traceback, our error form on stderr, the right exit code; after a refusal each
file that was there is as it was, and none is new.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import typer

import selfinstruct
from selfinstruct.cli import app, main
from selfinstruct.engine import run as engine
from selfinstruct.method.errors import BadInput
from selfinstruct.method.types import Progress
from selfinstruct.run.inputs import write_starter
from tests.world import ROOT, cli, command, environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined] # a group

Tree = dict[str, tuple[int, bytes]]


class Done(NamedTuple):
    """What a command left."""

    code: int
    out: bytes
    err: str


def call(*words: str) -> Done:
    """Run the command line in this process, on streams as a shell gives them."""
    kept = sys.argv, sys.stdin, sys.stdout, sys.stderr
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.TextIOWrapper(io.BytesIO(), "utf-8")
    sys.argv, sys.stdin, sys.stdout, sys.stderr = ["selfinstruct", *words], io.StringIO(), out, err
    try:
        main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 0
    finally:
        sys.argv, sys.stdin, sys.stdout, sys.stderr = kept
    out.flush()
    err.flush()
    return Done(code, out.buffer.getvalue(), err.buffer.getvalue().decode())


def tree(folder: Path) -> Tree:
    """Return what lies in a folder: time of change and bytes by path."""
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file() and path.name != ".lock"
    }


def refused(done: Done, *codes: int) -> str:
    """Return the error of a command that refused, having checked its form."""
    assert done.code in (codes or (2, 3)), (done.code, done.err)
    lines = done.err.splitlines()
    assert any(line.startswith("cannot ") for line in lines), done.err
    assert len(lines) > 1
    assert "Traceback" not in done.err
    assert len(done.err) < 6000
    return done.err


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("finished") / "run"
    selfinstruct.generate(run, model="rehearsal", target=6, concurrency=6)
    return run


@pytest.fixture
def place(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Go to a folder that holds a run, a recipe, and things that are none."""
    monkeypatch.chdir(tmp_path)
    for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    shutil.copytree(finished, "run")
    write_starter(tmp_path / "own", "self-instruct")
    files = {
        "text": b"thesis",
        "empty": b"",
        "binary": bytes(range(256)),
        "mark": b"\xef\xbb\xbfx",
        "utf16": "text\n".encode("utf-16"),
        "nul": b'{"instruction": "\0"}\n',
        "page.gguf": b"<html>",
        "full/thesis": b"x",
        "file.jsonl": b'{"a": 1}\n',
    }
    for name, data in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    (tmp_path / "hollow").mkdir()
    (tmp_path / "folder.gguf").mkdir()
    os.mkfifo("pipe")
    os.mkfifo("pipe.gguf")
    for name in ("loop", "loop.gguf"):
        (tmp_path / name).symlink_to(name)
    (tmp_path / "dangling").symlink_to("nowhere")
    yield tmp_path
    for name in ("loop", "loop.gguf"):  # what walks the folder afterwards need not meet them
        (tmp_path / name).unlink()


@pytest.fixture
def unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a run that may begin end at once: what stands before it is what is tried."""

    async def ended(spec: Any, _parts: Any) -> engine.Outcome:
        return engine.Outcome(Progress(complete_prefix=spec.target), spec.target)

    monkeypatch.setattr(engine, "_run", ended)


LONG = "x" * 70_000
NO_PATHS = [LONG, "a\0b", "loop", "~nobody-of-that-name/x"]
NO_FILES = ["", " ", "hollow", "full", "nowhere", "text/x", "dangling", "pipe", "empty", *NO_PATHS]
NO_SEEDS = [*NO_FILES, "binary", "nul", "file.jsonl", os.devnull, "/dev/full"]
NO_RECIPES = [*NO_FILES, "text", "run", "self-instuct", os.devnull]
NO_RUNS = [*NO_FILES, "text", "own", os.devnull]
NO_COUNTS = ["0", "-1", "1.5", "nan", "inf", "", " ", "x", "½", "9" * 5000]
NO_NUMBERS = ["-1", "nan", "-inf", "", "x", "1,5", "\udcff"]
NO_CHOICES = ["", "x", "chat ", "\0", LONG]
NO_OUTPUTS = ["hollow", "text/x", "nowhere/x", "/", ".", *NO_PATHS]
OF_A_RUN = ["run/journal.jsonl", "run/run.json", "run/recipe/recipe.toml", "run/recipe/more"]
NO_PRICES = ["", "1", "1,", "-1,1", "nan,1", "inf,1", "1,2,3", "9" * 400 + ",1", "m=", LONG]
NO_BOUNDS = ["", "x", "x=", "x=1", "=1:2", "x=2:1", "x=nan:", "x=a:b", LONG]
NO_PARTS = [":", "x.py:", "nowhere.py:f", "nowhere:f", "os:environ", ".:x", "text:x", "xml", LONG]
ANYTHING = ["", " ", "\0", "\udcff", "\x1b[31m", "٣", LONG]

OPTIONS: dict[str, tuple[list[str], list[str]]] = {
    "--model": (
        [
            *("x y=z", "rehearsal:x", "rehearsal:²", "rehearsal:" + "9" * 99, "no.gguf"),
            *("page.gguf", "folder.gguf", "loop.gguf", "pipe.gguf", "a\0.gguf"),
        ],
        [],
    ),
    "--target": (NO_COUNTS, [str(10**30)]),
    "--seed": (["-1", "1.5", "x", ""], ["0"]),
    "--recipe": (NO_RECIPES, []),
    "--seeds": (NO_SEEDS, []),
    "--from": (NO_SEEDS, []),
    "--fit": (["smal", "../small", "", "\0", LONG], ["none"]),
    "--protocol": (NO_CHOICES, ["chat", "auto"]),
    "--context": ([*NO_COUNTS, "7"], []),
    "--trust-code": ([], [""]),
    "--concurrency": (NO_COUNTS, [str(10**30)]),
    "--endpoint": ([], ["openruter", *ANYTHING]),
    "--base-url": ([], ANYTHING),
    "--api-key-env": ([], ANYTHING),
    "--header": ([], ["x", ": x", "x: a\nb", *ANYTHING]),
    "--body": (["", "x", "=1", "x=", "x={", "x=NaN", "model=1", LONG], ["x=1", "x=null"]),
    "--stream": ([], [""]),
    "--yes": ([], [""]),
    "--deadline": ([*NO_NUMBERS, "0", "inf", "1e308"], ["1"]),
    "--patience": ([*NO_NUMBERS, "0"], ["inf"]),
    "--head-room": (["-1", "1.5", "nan", ""], ["0", str(10**30)]),
    "--min-acceptance": ([*NO_NUMBERS, "1.1", "inf"], ["0"]),
    "--rpm": ([*NO_NUMBERS, "0"], ["inf"]),
    "--tpm": ([*NO_NUMBERS, "0"], ["1e308"]),
    "--max-cost": ([*NO_NUMBERS, "0"], ["inf", "1e-300"]),
    "--max-tokens": ([*NO_NUMBERS, "0"], ["1e308"]),
    "--max-requests": ([*NO_NUMBERS, "0"], ["inf"]),
    "--max-hours": ([*NO_NUMBERS, "0"], ["1e308"]),
    "--price": (NO_PRICES, ["0,0", "٣,٣"]),
    "--rehearsal": (["", "x", "latenz=1", "latency=", "latency=nan", "e429=2", LONG], []),
    "--dry-run": ([], [""]),
    "--quiet": ([], [""]),
    "--json": ([], [""]),
    "--fix": (NO_OUTPUTS, ["new.jsonl"]),
    "--output": ([*NO_OUTPUTS, *OF_A_RUN], [os.devnull]),
    "--one-per-task": ([], [""]),
    "--escape-formulas": ([], [""]),
    "--include-seeds": ([], [""]),
    "--words": ([*NO_BOUNDS, "nothing=1:"], ["output=:1e308"]),
    "--classification": (NO_CHOICES, ["yes"]),
    "--score": (NO_BOUNDS, ["nothing=1:"]),
    "--reviewed": ([], [""]),
    "--per-verb": (NO_COUNTS, [str(10**30)]),
    "--shuffle": (["-1", "1.5", "x", ""], [str(10**30)]),
    "--limit": (["-1", "1.5", "x", ""], ["0"]),
    "--format": (NO_PARTS, ["huggingfce"]),
    "--validation": ([*NO_NUMBERS, "1.1"], ["0"]),
    "--license": ([], ANYTHING),
    "--terms": ([], ANYTHING),
    "--language": ([], ANYTHING),
    "--push-to-hub": ([], []),  # tests/views/export/test_hub.py: it goes out
    "--public": ([""], []),
    "--sample": (NO_COUNTS, [str(10**30)]),
    "--show": ([], [""]),
    "--ask-unanswered": ([], [""]),
    "--stages": (["", "x", "1,2", "0,0,0", "-1,2,3", "nan,1,1", "inf,1,1", LONG], ["1e308,1,1"]),
    "--method": (NO_CHOICES, ["ppo"]),
    "--base": (["nowhere.gguf", *NO_PATHS], ["hollow"]),
    "--preset": (NO_CHOICES, ["dpo"]),
    "--reward": (NO_PATHS, ["hollow"]),
    "--epochs": (NO_NUMBERS, ["1e308"]),
    "--steps": (NO_COUNTS, [str(10**30)]),
    "--rate": (NO_NUMBERS, ["0"]),
    "--batch": (NO_COUNTS, [str(10**30)]),
    "--at-once": (NO_COUNTS, ["3"]),
    "--cutoff": ([*NO_COUNTS, "7"], []),
    "--warmup": (NO_NUMBERS, ["1e308"]),
    "--rank": (NO_COUNTS, []),
    "--alpha": (NO_COUNTS, []),
    "--beta": (NO_NUMBERS, []),
    "--kl": (NO_NUMBERS, []),
    "--reply": (NO_COUNTS, []),
}
"""What each option must refuse, and what it may take but must not fall over; a flag takes ""."""

ARGUMENTS: dict[tuple[str, str], list[str]] = {
    ("generate", "run"): ["text", "full", "text/x", *NO_PATHS],
    ("plan", "run"): ["text", "full", "text/x", *NO_PATHS],
    ("fork", "new"): ["text", "full", "text/x", "run", *NO_PATHS],
    ("init", "folder"): ["text", "full", "text/x", "run", "own", *NO_PATHS],
    ("check", "path"): NO_SEEDS,
}
"""What each argument must refuse; where it is not here, all that is no run."""

RIGHT = {
    "generate": ["run", "--trust-code"],
    "plan": ["run"],
    "probe": ["--model", "no.gguf"],
    "export": ["run", "--output", "text"],
    "report": ["run", "--output", "text"],
    "compare": ["run", "run"],
    "fork": ["run", "new"],
    "check": ["own/seed_tasks.jsonl"],
    "init": ["new"],
    "train": ["run", "--base", "hollow", "--output", "new"],
}
"""Words with which a command is right, or for `probe` asks nothing; `run` where it is not here."""


def rows() -> Iterator[tuple[str, tuple[str, ...], bool]]:
    """Yield command, words, and whether they must be refused."""
    for name, found in COMMANDS.items():
        words = RIGHT.get(name, ["run"])
        places = [each.name for each in found.params if each.param_type_name == "argument"]
        for place in places:
            for value in ARGUMENTS.get((name, place), NO_RUNS):
                mine = [
                    value if places[i] == place else word
                    for i, word in enumerate(words[: len(places)])
                ]
                yield name, (*words[len(places) :], "--", *mine), True
        for option in found.params:
            if option.param_type_name != "option":
                continue
            flag = option.opts[-1]
            wrong, odd = OPTIONS[flag]
            few = 3 if name in {"plan", "fork"} else None  # their options are those of generate
            for value in (*wrong[:few], *odd[:few]):
                given = f"{flag}={value}" if value or flag not in _FLAGS else flag
                yield name, (*words, given), value in wrong
            if flag in _FLAGS:
                yield name, (*words, f"{flag}=yes"), True


_FLAGS = {flag for flag, (wrong, odd) in OPTIONS.items() if [*wrong, *odd] == [""]}
TABLE = list(rows())


@pytest.mark.usefixtures("unasked")
@pytest.mark.parametrize("name", COMMANDS)
def test_every_argument_and_option(name: str, place: Path, finished: Path) -> None:
    """A new option without a row is a KeyError; a new argument is tried as a run."""
    before = tree(place)
    for _, words, must_refuse in (row for row in TABLE if row[0] == name):
        done = call(name, *words)
        told = f"{name} {' '.join(words)[:80]!r}: {done.code} {done.err[:300]}"
        assert not (must_refuse and done.code == 0), told
        if done.code:
            assert refused(done), told
            after = tree(place)
            assert after == before, (told, {k for k in after if after[k] != before.get(k)})
        else:
            shutil.rmtree(place / "new", ignore_errors=True)
            shutil.rmtree(place / "run")
            shutil.copytree(finished, place / "run")
            (place / "text").write_bytes(b"thesis")
            before = tree(place)


MAIN = (ROOT / "prompts" / "self-instruct" / "recipe.toml").read_text(encoding="utf-8")
BARE = 'name = "a"\n[source]\nname = "generate"\nuse = "list"\n'

RECIPES: dict[str, tuple[str | bytes, str]] = {
    "nothing": ("", "name is missing"),
    "not UTF-8": (b'name = "\xe9"', "UTF-8"),
    "UTF-16": (MAIN.encode("utf-16"), "UTF-8"),
    "binary": (bytes(range(256)), "UTF-8"),
    "NUL": (b'name = "a\0"', "Illegal character"),
    "deep": ("a = " + "[" * 5000, "recursion"),
    "long number": ("name = " + "9" * 5000, "digits"),
    "key twice": ('name = "a"\nname = "b"\n', "overwrite"),
    "name of a number": ("name = 3\n" + BARE[10:], "name is missing or not a text"),
    "name of escapes": ('name = "\\u001b[31m"\n' + BARE[10:], "name is not a name"),
    "name too long": (f'name = "{"x" * 5000}"\n' + BARE[10:], "name is not a name"),
    "source is a text": ('name = "a"\nsource = "x"', "source is not a table"),
    "source is a list": (BARE.replace("[source]", "[[source]]"), "source is not a table"),
    "no source": ('name = "a"', "source is missing"),
    "step is a table": (BARE + '[step]\nname = "x"', "step is not a list of tables"),
    "steps are numbers": ("step = [1, 2]\n" + BARE, "step is not a list of tables"),
    "step twice": (MAIN + '[[step]]\nname = "classify"\nuse = "classify"', "used twice"),
    "options are a number": (BARE + "options = 3", "source.options is not a table"),
    "prompt is a number": (BARE + "prompt = 3", "source.prompt is missing or not a text"),
    "filters are a text": (BARE + 'filter = "words"', "source.filter is not a list of tables"),
    "unknown part": (BARE.replace("list", "lists"), "no source 'lists'; the nearest is 'list'"),
    "unknown file": (BARE.replace("list", "generate.chat.tx:f"), "generate.chat.tx"),
    "missing prompt": (BARE.replace("generate", "generat"), "the nearest is 'generate.chat.txt'"),
}
CHANGED: list[tuple[str, str, str]] = [
    ("[similarity]", "[similarty]", "similarty is not known; the nearest is 'similarity'"),
    ("threshold = 0.7", "treshold = 0.7", "the nearest is 'threshold'"),
    ("temperature = 0.7", "temprature = 1", "the nearest is 'temperature'"),
    ("shots = 8", "shot = 8", "no option 'shot'; the nearest is 'shots'"),
    ("least = 4", "leest = 4", "no option 'leest'; the nearest is 'least'"),
    ('use = "words"', 'use = "word"', "no filter 'word'; the nearest is 'words'"),
    ('"rouge-score"', '"rouge"', "no tokenizer 'rouge'; the nearest is 'rouge-score'"),
    ("classify.examples.jsonl", "clasify.examples.jsonl", "nearest is 'classify.examples.jsonl'"),
    ("threshold = 0.7", "threshold = nan", "similarity.threshold is nan"),
    ("threshold = 0.7", "threshold = 1.5", "a number of 0 to 1"),
    ("threshold = 0.7", "threshold = true", "not of type float"),
    ("keep = 0", "keep = -1", "similarity.keep is -1"),
    ("keep = 0", "keep = 1.5", "not of type int"),
    ("divisor = 2", "divisor = -1", "lag.divisor is -1"),
    ("temperature = 0.7", "temperature = inf", "temperature is inf"),
    ("temperature = 0.7", "temperature = -1", "temperature is -1"),
    ("top_p = 0.5", "top_p = 2", "top_p is 2"),
    ("max_tokens = 1024", "max_tokens = 0", "max_tokens is 0"),
    ("stop = [", "stop = [3, ", "stop is not a list of texts"),
    ("stop = [", 'stop = ["", ', "stop is not a list of texts"),
    ("shots = 8", "shots = 0", "begin at 1"),
    ("shots = 8", 'shots = "8"', "an integer of 0 or more"),
    ("shots = 8", "only = 3", "only = 3 must be a text"),
    ("least = 4", "least = -4", "an integer of 0 or more"),
    ('use = "first_character"', 'use = "first_character"\nascii_only = "x"', "true or false"),
    ('texts = ["Write a program"]', "texts = [1]", "a list of texts"),
    ('texts = ["Write a program"]', 'texts = "a"', "a list of texts"),
    ('use = "language"', 'use = "language"\nonly = 1', "only = 1 must be a text"),
]
FILES: list[tuple[str, bytes | None, str]] = [
    ("classify.chat.txt", None, "no prompt file classify.chat.txt"),
    ("classify.chat.txt", b"", "section line"),
    ("classify.chat.txt", bytes(range(256)), "UTF-8"),
    ("classify.chat.txt", "=== user\n".encode("utf-16"), "UTF-8"),
    ("generate.chat.txt", b"=== user\n{{shotts}}", "{{shotts}}; the nearest is 'shots'"),
    ("classify.examples.jsonl", None, "no file classify.examples.jsonl"),
    ("classify.examples.jsonl", b"", "none in it"),
    ("classify.examples.jsonl", b"\x00\xff\n", "line 1"),
]


def check_in(place: Path, why: str) -> None:
    """Check the recipe `own`: refused in our form, for that reason, with nothing written."""
    before = tree(place)
    for words in (["check", "own"], ["generate", "new", "--recipe=own", "--model=rehearsal"]):
        assert why in refused(call(*words), 2)
    assert tree(place) == before
    assert not (place / "new").exists()


@pytest.mark.parametrize("kind", RECIPES)
def test_every_defect_of_a_recipe(kind: str, place: Path) -> None:
    """It is named, with the nearest right name where there is one."""
    data, why = RECIPES[kind]
    (place / "own" / "recipe.toml").write_bytes(data if isinstance(data, bytes) else data.encode())
    check_in(place, why)


def test_all_defects_of_a_recipe_at_once(place: Path) -> None:
    """Of all tables, each with its remedy."""
    wrong = "{top_p = 2, max_tokens = 'x', temprature = 1}"
    text = f"colour = 1\n{BARE}decoding = {wrong}\n[lag]\nkeep = 1"
    (place / "own" / "recipe.toml").write_text(text, encoding="utf-8")
    told = refused(call("check", "own"), 2)
    assert "recipe.toml has 5 defects" in told
    for why in ("colour is not", "top_p is 2", "max_tokens is not", "'temperature'", "lag.keep is"):
        assert why in told


def test_every_change_of_a_recipe(place: Path) -> None:
    """Unknown keys, parts and options; numbers and texts out of bounds or of another type."""
    for old, new, why in CHANGED:
        assert old in MAIN, old
        (place / "own" / "recipe.toml").write_text(MAIN.replace(old, new, 1), encoding="utf-8")
        check_in(place, why)


def test_every_file_of_a_recipe(place: Path) -> None:
    """Missing, empty, not UTF-8, with a placeholder that nothing fills."""
    for name, data, why in FILES:
        file = place / "own" / name
        kept = file.read_bytes()
        file.unlink() if data is None else file.write_bytes(data)
        check_in(place, why)
        file.write_bytes(kept)


def test_all_broken_lines_of_a_seed_file_are_named_at_once(place: Path) -> None:
    """Of several kinds; with very many only the first are shown, and the rest counted."""
    good = {"instruction": "Name a tree.", "instances": [{"input": "", "output": "Oak."}]}
    rows: list[tuple[object, str]] = [
        (good, ""),
        (b"\xff\xfe", "encoding is not UTF-8"),
        (b"{", "line is not JSON"),
        (b"[1]", "is not a JSON object"),
        (b"9" * 5000, "too many digits"),
        (b"[" * 100_000, "too many"),
        (b'{"instruction": "\\ud800"}', "one \\u of a pair"),
        ({**good, "instruction": 7}, "instruction is not a text"),
        ({"instruction": "Sing.", "instances": []}, "instances is not a list"),
        ({"instruction": "Sing.", "instances": [3]}, "instances[0] is not an object"),
        ({"instruction": "Sing.", "instances": [{"output": 4}]}, "instances[0].output is not a"),
        ({**good, "instruction": "Hum.", "is_classification": 1}, "not true or false"),
        (b"x" * 1_000_000, "line is not JSON"),
    ]
    data = b"\n".join(
        row if isinstance(row, bytes) else json.dumps(row).encode() for row, _ in rows
    )
    (place / "seeds.jsonl").write_bytes(data)
    before = tree(place)
    for words in (["check", "seeds.jsonl"], ["fork", "run", "new", "--seeds=seeds.jsonl"]):
        told = refused(call(*words), 2)
        assert "12 lines are wrong" in told
        for number, (_, why) in enumerate(rows, 1):
            assert not why or any(f"line {number}:" in t and why in t for t in told.splitlines())
    (place / "seeds.jsonl").write_bytes(b"{\n" * 50_000)
    told = refused(call("check", "seeds.jsonl"), 2)
    assert "50,000 lines are wrong" in told
    assert told.endswith("and 49,980 more\n")
    assert tree(place).items() >= {k: v for k, v in before.items() if k != "seeds.jsonl"}.items()


def no_runs() -> dict[str, Callable[[Path], object]]:
    def spoilt(**changes: object) -> Callable[[Path], object]:
        def spoil(run: Path) -> None:
            row = json.loads((run / "run.json").read_bytes())
            (run / "run.json").write_text(json.dumps({**row, **changes}))

        return spoil

    def folder(name: str) -> Callable[[Path], object]:
        def spoil(run: Path) -> None:
            (run / name).unlink()
            (run / name).mkdir()

        return spoil

    return {
        "half-written": lambda run: os.truncate(run / "run.json", 100),
        "empty": lambda run: os.truncate(run / "run.json", 0),
        "binary": lambda run: (run / "run.json").write_bytes(bytes(range(256))),
        "a list": lambda run: (run / "run.json").write_text("[1]"),
        "deep": lambda run: (run / "run.json").write_text("[" * 100_000),
        "newer": spoilt(format=2),
        "format of a text": spoilt(format="x" * 9999),
        "no identity": spoilt(identity=None),
        "identity of texts": spoilt(identity={"recipe": 3}),
        "knobs of a list": spoilt(knobs=[1]),
        "method of a text": spoilt(method="x"),
        "no recipe": lambda run: shutil.rmtree(run / "recipe"),
        "changed recipe": lambda run: (run / "recipe" / "recipe.toml").write_text(BARE),
        "no seed tasks": lambda run: (run / "seed_tasks.jsonl").unlink(),
        "seed tasks a folder": folder("seed_tasks.jsonl"),
        "run.json a folder": folder("run.json"),
        "journal a folder": folder("journal.jsonl"),
        "pool a folder": folder("pool.jsonl"),
        "journal of others": lambda run: (run / "journal.jsonl").write_bytes(b"\xff\n[1]\n{}\n"),
    }


@pytest.mark.usefixtures("unasked")
@pytest.mark.parametrize("kind", no_runs())
def test_every_folder_that_is_no_run(kind: str, place: Path) -> None:
    """Not one command takes it, or changes a byte of it."""
    no_runs()[kind](place / "run")
    before = tree(place)
    for name in COMMANDS:
        if "run" not in RIGHT.get(name, ["run"]):
            continue
        if name in {"generate", "plan"} and kind.startswith(("journal", "pool")):
            continue  # they read it when they ask, which they do not here
        if name == "fork" and kind.startswith("pool"):
            continue  # it reads the journal alone
        refused(call(name, *RIGHT.get(name, ["run"])), 2, 3, 4)
        assert tree(place) == before, name


def test_wrong_types_from_python(place: Path) -> None:
    """The library's face has the same doors."""
    before = tree(place)
    for options in (
        {"recipe": ""},
        {"seeds": " "},
        {"base_url": ""},
        {"target": 0, "deadline": float("nan")},
        {"recipe": "a\0b"},
        {"seeds": LONG},
        {"model": {"generat": "rehearsal", "": "rehearsal"}},
    ):
        with pytest.raises(BadInput, match=r"^cannot "):
            selfinstruct.generate("new", **{"model": "rehearsal", **options})  # type: ignore[arg-type]
    for run in ("a\0b", LONG, "loop"):
        with pytest.raises(BadInput, match=r"^cannot "):
            selfinstruct.open(run)
    assert tree(place) == before


URL = "http://127.0.0.1:9/v1"
NO_ENDPOINTS = [
    *(f"--base-url={url}" for url in ("x", "http://", "http://[", "ftp://x", "http://a b/")),
    *(f"--base-url=http://{host}/" for host in ("\udcff", "x" * 70_000, "é" * 80, "a\nb", "a:x")),
    *(f"--header={line}" for line in ("x", ": x", "x: a\nb", "é: x", "x: \udcff", LONG)),
    *(f"--body={field}" for field in ("x=1e400", 'x="\\ud800"', "\udcff=1", "x=" + "[" * 9999)),
    *("--api-key-env=A=B", "--api-key-env=\0", f"--api-key-env={LONG}", "--endpoint=openruter"),
    *("--model=\udcff", f"--endpoint={LONG}"),
]


def test_every_wrong_endpoint(place: Path) -> None:
    """Refused before a run is begun, and by a probe; a provider with the nearest name."""
    before = tree(place)
    for given in NO_ENDPOINTS:
        words = [] if given.startswith("--model") else ["--model=m"]
        words += [] if given.startswith(("--base-url", "--endpoint")) else [f"--base-url={URL}"]
        for command_of in (["probe"], ["generate", "new", "--yes"]):
            told = refused(call(*command_of, *words, given), 2)
            assert "openruter" not in given or "'openrouter'" in told
    assert tree(place) == before


def test_numbers_without_an_end_are_lived_with(tmp_path: Path) -> None:
    """A real process at the largest numbers that are taken."""
    huge = str(10**30)
    cli(
        *("generate", tmp_path / "run", "--model", "rehearsal", "--target", "4", "--context", huge),
        *("--seed", huge, "--concurrency", huge, "--head-room", huge, "--patience", "inf"),
        *("--rpm", "1e308", "--tpm", "inf", "--max-hours", "1e308", "--max-tokens", "inf"),
    )
    assert "going on" in cli("generate", tmp_path / "run").stderr


def test_odd_streams(finished: Path, tmp_path: Path) -> None:
    """Bytes that are no text on the command line, a narrow encoding, closed and full streams."""
    odd = os.fsdecode(b"no\xff\x1b[31mrun")
    done = subprocess.run(
        [*command("status"), odd], capture_output=True, env=environment(), check=False
    )
    assert done.returncode == 2
    assert b"cannot read no\\udcff" in done.stderr or b"cannot read no<U+DCFF>" in done.stderr
    assert b"\x1b" not in done.stderr
    shown = cli("generate", "x", "--dry-run", PYTHONIOENCODING="ascii").stdout
    assert shown.isascii()
    run = " ".join(command("export", finished))
    for redirection, code in (("2>&-", 0), (">&-", 0), (">/dev/full", 2), ("<&-", 0)):
        told = subprocess.run(
            ["sh", "-c", f"cd {tmp_path} && exec {run} {redirection}"],
            capture_output=True,
            env=environment(),
            check=False,
        )
        assert told.returncode == code, (redirection, told.stderr)
        assert b"Traceback" not in told.stderr
