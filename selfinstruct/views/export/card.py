"""The card of a data set folder: a README.md whose head the Hugging Face Hub reads.

Its words are in `card.md`; here are the figures and tables that stand in them.
"""

from __future__ import annotations

import json
import shlex
import unicodedata
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from selfinstruct import __version__
from selfinstruct.method.digest import sha256
from selfinstruct.method.recipe import MAIN
from selfinstruct.model.factory import SMALL, has_adapter
from selfinstruct.run.create import access_of
from selfinstruct.run.inputs import fit_recipe, read_recipe, read_seeds, recipe_names
from selfinstruct.views.stats_table import share
from selfinstruct.views.status import status

from .columns import columns
from .options import Choice, ExportOptions, as_typed
from .row import TEXTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from selfinstruct.run.spec import RunSpec
    from selfinstruct.views.view import Run

    from .row import Row

SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (10**6, "100K<n<1M"))
"""The Hub's words for sizes, each below its number of rows."""

STAND_INS = {
    "RECIPE": "the recipe's folder",
    "SEED_TASKS.jsonl": "the seed tasks",
    "MODEL.gguf": "the model's file",
}
"""What stands in the command for files that did not come along with selfinstruct."""
_RECIPE, _SEEDS, _GGUF = STAND_INS

_SMALL = " (SmolLM2-135M-Instruct, Apache-2.0, with selfinstruct's adapter)"
"""What a model's identity stands for that names a file and an adapter."""

_FIELDS = {
    "id": "the task's id and the place of the instance in it",
    "instruction": "what to do",
    "input": "what to do it with; empty where nothing is needed",
    "output": "the answer",
    "is_classification": "whether the answer is one of a few labels; null where it was not asked",
}


def card(
    run: Run,
    rows: Sequence[Row],
    options: ExportOptions,
    splits: Mapping[str, int],
    digests: Mapping[str, str],
) -> str:
    """Return the card of a data set: a YAML head, and what a reader should know.

    Args:
        run: where it comes from.
        rows: all its rows.
        options: how they were chosen, and what the user says of them.
        splits: their number by split.
        digests: of all rows and of each file, by the name that they have in the card.
    """
    spec, state = run.spec, status(run, rest=False)
    table = columns(rows)
    seeds = len({row.task for row in rows if row.seed_task})
    generate, choice = _generate(spec), as_typed(Choice, options)
    export = ["selfinstruct export RUN --format huggingface -o FOLDER"]
    export += as_typed(ExportOptions, replace(options, format=None))
    license_, codes = options.license, options.languages
    told = [f"license: {json.dumps(license_)}"] if license_ else []
    told += ["language:", *(f"- {json.dumps(code)}" for code in codes)] if codes else []
    reasons = [(reason, f"{count:,}") for reason, count in state["reasons"].items()]
    stand_ins = [f"{name} stands for {it}" for name, it in STAND_INS.items() if name in generate]
    values = {
        "pretty_name": json.dumps(options.name),  # which YAML reads as it does a text of its own
        "told": "".join(f"{line}\n" for line in told),
        "size": next((name for below, name in SIZES if len(rows) < below), "1M<n<10M"),
        "data_files": "\n".join(f"  - split: {s}\n    path: data/{s}.jsonl" for s in splits),
        "features": "\n".join(
            f"  - name: {json.dumps(column.name)}\n    dtype: {column.kind}" for column in table
        ),
        "name": options.name,
        "total": len(rows),
        "splits": ", ".join(f"{count:,} in `{split}`" for split, count in splits.items()),
        "tasks": len({row.task for row in rows if not row.seed_task}),
        "by_hand": f" and {seeds:,} seed tasks written by people" if seeds else "",
        "version": __version__,
        "live": "\n\nThe run that it was taken from was still going on." if run.live else "",
        "made": _table(
            "what",
            "value",
            [
                *(
                    (f"model{f' of stage {s}' if s else ''}", m + _SMALL * has_adapter(m))
                    for s, m in state["models"].items()
                ),
                ("requests", state["protocol"]),
                *(("sent otherwise than the recipe asks", o) for o in state["sent_otherwise"]),
                ("recipe", state["recipe"]),
                ("seed of random choices", str(state["seed"])),
                ("seed tasks", spec.identity.seeds),
                ("target", f"{state['target']:,} tasks"),
                ("method number", str(state["method"])),
            ],
        ),
        "counts": _table("what", "value", _counts(rows, splits, state["unanswered"])),
        "fields": _table(
            "field",
            "what it holds",
            [(c.name, _FIELDS.get(c.name, "added by a step of the recipe")) for c in table],
        ),
        "reasons": "The run turned nothing down.",
        "recipe": _fenced(spec.files.get(MAIN, b"").decode("utf-8-sig", "replace"), "toml"),
        "chosen": "all rows",
        "languages": ", ".join(codes) or "not stated",
        "scripts": _shares(scripts(getattr(row, text) for row in rows for text in TEXTS)),
        "licence": f"Licence: {license_}." if license_ else "No licence was stated.",
        "terms": "Terms of the model's maker were not stated; they may limit what may be done with "
        "its outputs.",
        "commands": _fenced(f"{generate}\n{' '.join(export)}", "sh"),
        "stand_ins": f"{', '.join(stand_ins)}: see the digests below. " if stand_ins else "",
        "digests": _table(
            "what",
            "sha256",
            [
                *digests.items(),
                ("seed tasks", spec.identity.seeds),
                *((f"recipe/{path}", digest) for path, digest in spec.identity.files.items()),
            ],
        ),
    }
    if reasons:
        values["reasons"] = "Candidates that the run turned down, by reason:\n\n" + _table(
            "reason", "candidates", reasons
        )
    if choice:
        values["chosen"] = f"the rows that pass {', '.join(f'`{option}`' for option in choice)}"
    if options.terms:
        values["terms"] = f"Terms of the model's maker: {options.terms.rstrip('.')}."
    return Path(__file__).with_suffix(".md").read_text(encoding="utf-8").format_map(values)


def scripts(texts: Iterable[str]) -> dict[str, int]:
    """Count letters by script, the first word of their Unicode names; most frequent first."""
    letters: Counter[str] = Counter()
    for text in texts:
        letters.update(text)
    found: Counter[str] = Counter()
    for letter, count in letters.items():
        if letter.isalpha():
            found[unicodedata.name(letter, "UNNAMED").split()[0].title()] += count
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _shares(letters: Mapping[str, int]) -> str:
    total = sum(letters.values())
    shown = {name: count for name, count in letters.items() if count >= total / 1000}
    shares = (f"{name} {100 * count / total:.1f} %" for name, count in shown.items())
    return ", ".join(shares) or "none"


def _counts(
    rows: Sequence[Row], splits: Mapping[str, int], unanswered: int
) -> list[tuple[str, str]]:
    total, classes = len(rows), [row.is_classification for row in rows]
    asked = not rows or {*classes} != {None}
    found = [(f"rows in {split}", f"{count:,}") for split, count in splits.items()]
    positive = share(sum(map(bool, classes)), total) if asked else "not asked"
    found.append(("rows of classification tasks", positive))
    found.append(("rows with an empty input", share(sum(not row.input for row in rows), total)))
    if unanswered:
        found.append(("prompts that the endpoint never answered", f"{unanswered:,}"))
    for name in TEXTS:
        words = [count for row in rows if (count := len(getattr(row, name).split()))]
        mean = sum(words) / len(words) if words else 0.0
        found.append(
            (f"mean words of {name}{', where not empty' * (name == 'input')}", f"{mean:.1f}")
        )
    return found


def _generate(spec: RunSpec) -> str:
    """Return the command that makes the run; a name in capitals stands for what has no name."""
    identity = spec.identity
    fit = str(spec.knobs.get("fit", ""))
    files = read_recipe(identity.recipe) if identity.recipe in recipe_names() else {}
    files = fit_recipe(files, fit, asked=False)
    ours = files and identity.files == {path: sha256(data) for path, data in files.items()}
    words = [f"selfinstruct generate RUN --recipe {identity.recipe if ours else _RECIPE}"]
    words += [f"--fit {fit}"] if fit else []
    words += [f"--seeds {_SEEDS}"] if identity.seeds != sha256(read_seeds(None)[0]) else []
    for stage, model in identity.models.items():
        name = SMALL if has_adapter(model) else _GGUF if model.startswith("gguf:") else model
        typed = f"{stage}={name}" if stage or "=" in name else name
        words.append(f"--model {shlex.quote(typed)}")
    words.append(f"--seed {identity.seed} --target {spec.target}")
    words += [f"--protocol {identity.protocol}"] if identity.protocol != "chat" else []
    words += [f"--context {identity.context}"] if identity.context else []
    for name, value in access_of(spec).body.items():
        words.append(f"--body {shlex.quote(f'{name}={json.dumps(value)}')}")
    return " ".join(words)


def _table(first: str, second: str, rows: Iterable[tuple[str, str]]) -> str:
    lines = [(first, second), ("---", "---"), *rows]
    return "\n".join(f"| {_escaped(a)} | {_escaped(b)} |" for a, b in lines)


def _escaped(text: str) -> str:
    """Return a text that cannot leave its cell of a Markdown table, nor bring HTML along."""
    text = " ".join(text.split()).replace("\\", "\\\\").replace("|", "\\|")
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("`", "\\`")


def _fenced(text: str, language: str) -> str:
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"
