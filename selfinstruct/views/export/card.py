"""The card of a data set folder: a README.md whose head the Hugging Face Hub reads."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from selfinstruct.run.identity import Identity

    from .columns import Column
    from .options import ExportOptions

SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (10**6, "100K<n<1M"))
"""The Hub's words for sizes, each below its number of rows."""

RECIPE, SEEDS, GGUF = "RECIPE", "SEED_TASKS.jsonl", "MODEL.gguf"
"""What stands in the command for files that did not come along with selfinstruct."""

_FIELDS = {
    "id": "the task's id and the place of the instance in it",
    "instruction": "what to do",
    "input": "what to do it with; empty where nothing is needed",
    "output": "the answer",
    "is_classification": "whether the answer is one of a few labels; null where it was not asked",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a card tells.

    Attributes:
        options: what the user says of it: its name, licence, terms and languages.
        identity: what the run was begun with.
        method: the run's method number.
        version: version of selfinstruct.
        target: the number of tasks aimed at.
        live: whether the run still goes on.
        tasks: machine-generated tasks among the rows.
        seeds: seed tasks among the rows.
        rows: rows by split.
        classification: rows of classification tasks; None where no step decided any.
        no_input: rows with an empty input.
        words: mean number of words by text, empty texts left out.
        reasons: candidates of the run that were turned down, by reason.
        scripts: letters of the rows by script.
        table: the columns.
        digest: digest of all rows.
        files: digest of each data file.
        recipe: text of the recipe's main file.
        generate: command that makes the run.
        export: command that makes this folder of it.
    """

    options: ExportOptions
    identity: Identity
    method: int
    version: str
    target: int
    live: bool
    tasks: int
    seeds: int
    rows: Mapping[str, int]
    classification: int | None
    no_input: int
    words: Mapping[str, float]
    reasons: Mapping[str, int]
    scripts: Mapping[str, int]
    table: Sequence[Column]
    digest: str
    files: Mapping[str, str]
    recipe: str
    generate: str
    export: str
    choice: Sequence[str] = field(default=())


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


def card(facts: Facts) -> str:
    """Return the card: a YAML head, and what a reader should know."""
    return f"---\n{_head(facts)}---\n\n{_body(facts)}"


def _head(facts: Facts) -> str:
    """Return YAML; texts are quoted as JSON, which YAML reads."""
    total = sum(facts.rows.values())
    size = next((name for below, name in SIZES if total < below), "1M<n<10M")
    lines = [f"pretty_name: {_quoted(facts.options.name)}"]
    if facts.options.license:
        lines.append(f"license: {_quoted(facts.options.license)}")
    if facts.options.languages:
        lines += ["language:", *(f"- {_quoted(code)}" for code in facts.options.languages)]
    lines += ["task_categories:", "- text-generation", "size_categories:", f"- {size}"]
    lines += ["tags:", "- synthetic", "- self-instruct", "- instruction-tuning"]
    lines += ["configs:", "- config_name: default", "  data_files:"]
    for split in facts.rows:
        lines += [f"  - split: {split}", f"    path: data/{split}.jsonl"]
    lines += ["dataset_info:", "  features:"]
    for column in facts.table:
        lines += [f"  - name: {_quoted(column.name)}", f"    dtype: {column.kind}"]
    return "\n".join(lines) + "\n"


def _body(facts: Facts) -> str:
    total = sum(facts.rows.values())
    identity = facts.identity
    splits = ", ".join(f"{count:,} in `{split}`" for split, count in facts.rows.items())
    by_hand = f" and {facts.seeds:,} seed tasks written by people" if facts.seeds else ""
    parts = [
        f"# {facts.options.name}",
        (
            f"{total:,} rows of instruction, input and output ({splits}) from {facts.tasks:,} "
            f"machine-generated tasks{by_hand}, made with selfinstruct {facts.version} by the "
            f"method of Self-Instruct (Wang et al. 2022, arXiv 2212.10560)."
        ),
    ]
    if facts.live:
        parts.append("The run that it was taken from was still going on.")
    parts += [
        "## How it was made",
        _table(
            ("what", "value"),
            [
                *((f"model{f' of stage {s}' if s else ''}", m) for s, m in identity.models.items()),
                ("requests", identity.protocol),
                ("recipe", identity.recipe),
                ("seed of random choices", str(identity.seed)),
                ("seed tasks", identity.seeds),
                ("target", f"{facts.target:,} tasks"),
                ("method number", str(facts.method)),
            ],
        ),
        "## Counts",
        _table(
            ("what", "value"),
            [
                *((f"rows in {split}", f"{count:,}") for split, count in facts.rows.items()),
                (
                    "rows of classification tasks",
                    "not asked"
                    if facts.classification is None
                    else _share(facts.classification, total),
                ),
                ("rows with an empty input", _share(facts.no_input, total)),
                *_unanswered(facts.reasons),
                *(
                    (
                        f"mean words of {name}{', where not empty' * (name == 'input')}",
                        f"{mean:.1f}",
                    )
                    for name, mean in facts.words.items()
                ),
            ],
        ),
        (
            "All rows of a task are in the same split, and the split of a task depends only on its "
            "id and the run's seed."
        ),
        "## Fields",
        _table(
            ("field", "what it holds"),
            [
                (column.name, _FIELDS.get(column.name, "added by a step of the recipe"))
                for column in facts.table
            ],
        ),
        "## Filters",
        (
            "Candidates that the run turned down, by reason:"
            if facts.reasons
            else "The run turned nothing down."
        ),
        *(
            [_table(("reason", "candidates"), [(r, f"{n:,}") for r, n in facts.reasons.items()])]
            if facts.reasons
            else []
        ),
        "The limits are in the recipe:",
        _fenced(facts.recipe, "toml"),
        (
            "Of what was kept, this data set has the rows that pass "
            + ", ".join(f"`{option}`" for option in facts.choice)
            + "."
            if facts.choice
            else "Of what was kept, this data set has all rows."
        ),
        "## Languages",
        _languages(facts),
        "## Terms",
        _terms(facts.options),
        "## What to bear in mind",
        (
            "The texts were written by a language model and checked by rules only: outputs may be "
            "wrong, out of date or biased. The paper's authors found 54 % of 200 reviewed samples "
            "right in all fields."
        ),
        "## How to rebuild it",
        _fenced(f"{facts.generate}\n{facts.export}", "sh"),
        (
            f"{_stand_ins(facts.generate)}The same replies give the same bytes. With the run "
            "folder, whose journal holds every reply, the second command is enough, and asks no "
            "model for anything."
        ),
        "## Digests",
        _table(
            ("what", "sha256"),
            [
                ("all rows", facts.digest),
                *((f"data/{name}", digest) for name, digest in facts.files.items()),
                ("seed tasks", identity.seeds),
                *((f"recipe/{path}", digest) for path, digest in identity.files.items()),
            ],
        ),
    ]
    return "\n\n".join(parts) + "\n"


def _unanswered(reasons: Mapping[str, int]) -> list[tuple[str, str]]:
    count = reasons.get("unanswered", 0)
    return [("prompts that the endpoint never answered", f"{count:,}")] if count else []


def _stand_ins(command: str) -> str:
    """Return what the names in capitals stand for that are files of the user's own."""
    found = {RECIPE: "the recipe's folder", SEEDS: "the seed tasks", GGUF: "the model's file"}
    told = [f"{name} stands for {what}" for name, what in found.items() if name in command]
    return f"{', '.join(told)}: see the digests below. " if told else ""


def _languages(facts: Facts) -> str:
    letters = sum(facts.scripts.values())
    shares = [
        f"{name} {100 * count / letters:.1f} %"
        for name, count in facts.scripts.items()
        if count >= letters / 1000
    ]
    said = ", ".join(facts.options.languages) or "not stated"
    return f"Stated by whoever made it: {said}. Letters by script: {', '.join(shares) or 'none'}."


def _terms(options: ExportOptions) -> str:
    licence = f"Licence: {options.license}." if options.license else "No licence was stated."
    terms = (
        f"Terms of the model's maker: {options.terms.rstrip('.')}."
        if options.terms
        else "Terms of the model's maker were not stated; they may limit what may be done with its "
        "outputs."
    )
    return f"{licence} {terms}"


def _share(count: int, total: int) -> str:
    return f"{count:,} ({100 * count / total:.1f} %)" if total else "0"


def _quoted(text: str) -> str:
    return json.dumps(text)


def _table(head: tuple[str, str], rows: Iterable[tuple[str, str]]) -> str:
    lines = [head, ("---", "---"), *rows]
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
