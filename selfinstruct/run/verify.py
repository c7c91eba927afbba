"""Verify a run against its journal: every promise that can be checked after the fact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rapidfuzz.distance import LCSseq
from rouge_score.rouge_scorer import RougeScorer

from selfinstruct.method.errors import Refused
from selfinstruct.method.rouge import TOKENIZERS
from selfinstruct.method.sampling import Draw
from selfinstruct.store.derived import derived_lines
from selfinstruct.store.folder import RunFolder

from .create import require_same_tasks
from .rebuild import refold
from .spec import load
from .usage import read_recorded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from selfinstruct.method.types import Key, Verdict

    from .spec import RunSpec

SAMPLE = 200
"""Decisions that are scored again."""

LOOKED_AT = 20
"""Most similar earlier instructions, by a brute-force LCS, that `rouge-score` scores for each."""


@dataclass(frozen=True, slots=True)
class Check:
    """One promise: what was checked, how many, and what was wrong ("" for nothing)."""

    name: str
    count: int
    problem: str = ""


def verify(path: Path) -> list[Check]:
    """Check a run that nobody is working on.

    Raises:
        BadInput: if the folder is not a run.
        Refused: if it is damaged, worked on, or folds to other tasks than it did by the method that
            began it.
    """
    spec = load(RunFolder(path))
    folder = spec.folder
    require_same_tasks(spec)
    with folder.locked(timeout=0):
        recorded, usage = read_recorded(folder.journal)
        checks = [Check("keys with one reply in force", len(recorded.replies))]
        try:
            made = refold(spec, recorded, usage)
        except Refused as refused:
            return [*checks, Check("digests match re-rendered requests", 0, refused.why)]
        waiting = [key for key, reply in recorded.replies.items() if not reply.adopted]
        checks += [
            Check("digests match re-rendered requests", len(made.used)),
            Check(
                "replies are owed by the run",
                len(made.used),
                f"{waiting[0]} is never asked for" if waiting else "",
            ),
            Check("spare replies, ignored", usage.spare),
        ]
        within = made.within(spec.target)
        pool, rejected = derived_lines(within)
        checks += [
            _derived(folder.pool, pool),
            _derived(folder.rejected, rejected),
            _traced(within, made.used),
            _scored_again(spec, made.verdicts),
        ]
        return checks


def _derived(path: Path, lines: Sequence[bytes]) -> Check:
    name = f"{path.name} equals the refold"
    data = path.read_bytes() if path.exists() else b""
    if data == b"".join(lines):
        return Check(name, len(lines))
    found = data.splitlines(keepends=True)
    differs = next(
        (i for i, (a, b) in enumerate(zip(found, lines, strict=False)) if a != b),
        min(len(found), len(lines)),
    )
    return Check(
        name,
        len(lines),
        f"line {differs + 1} differs ({len(found)} lines there, {len(lines)} in the refold); "
        "`selfinstruct generate` or `export` rebuilds it",
    )


def _traced(verdicts: Sequence[Verdict], keys: set[Key]) -> Check:
    name = "records trace to recorded replies"
    for verdict in verdicts:
        if not verdict.replies or not keys.issuperset(verdict.replies):
            return Check(name, len(verdicts), f"record {verdict.origin} names a reply not recorded")
    return Check(name, len(verdicts))


def _scored_again(spec: RunSpec, verdicts: Sequence[Verdict]) -> Check:
    """Hold sampled decisions of the ROUGE-L filter against `rouge-score` itself.

    For each, the most similar earlier instructions are found by comparing it with every one of
    them (a plain LCS, no index), and `rouge-score` scores these.
    """
    similarity = spec.recipe.similarity
    tokenizer = TOKENIZERS[similarity.tokenizer]
    scorer = RougeScorer(["rougeL"], tokenizer=_Tokenizer(tokenizer))
    instructions = [task.instruction for task in spec.seed_tasks]
    decisions: list[tuple[str, int, bool]] = []  # text, instructions before it, accepted
    for verdict in verdicts:
        if verdict.task is None:
            continue
        reason = verdict.rejected.reason if verdict.rejected else ""
        accepted = verdict.rejected is None or len(verdict.replies) > 1
        if accepted or reason == "near-duplicate":
            decisions.append((verdict.task.instruction, len(instructions), accepted))
        if accepted:
            instructions.append(verdict.task.instruction)
    tokens = [tokenizer(text) for text in instructions]
    draw = Draw(spec.identity.seed, "verify")
    sampled = draw.sample(decisions, min(SAMPLE, len(decisions)))
    for text, before, accepted in sampled:
        query = tokenizer(text)
        close = sorted(range(before), key=lambda n: -_similar(query, tokens[n]))[:LOOKED_AT]
        best = max(
            (scorer.score(instructions[n], text)["rougeL"].fmeasure for n in close), default=0.0
        )
        if (best > similarity.threshold) == accepted:
            said = "accepted" if accepted else "rejected"
            return Check(
                "decisions scored again with rouge-score",
                len(sampled),
                f"{said} at ROUGE-L {best}: {text[:80]!r}",
            )
    return Check("decisions scored again with rouge-score", len(sampled))


def _similar(query: list[str], entry: list[str]) -> float:
    total = len(query) + len(entry)
    return 2 * LCSseq.similarity(query, entry) / total if total else 0.0


class _Tokenizer:
    """A tokenizer in the form that `rouge-score` takes."""

    def __init__(self, tokenize: Callable[[str], list[str]]) -> None:
        self.tokenize = tokenize
