"""Verify a run against its journal: every promise that can be checked after the fact."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
from rapidfuzz.distance import LCSseq
from rapidfuzz.process import cdist
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
    from collections.abc import Sequence
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
    with folder.locked(timeout=0):
        recorded, usage = read_recorded(folder.journal)
        checks = [Check("keys with one reply in force", len(recorded.replies))]
        try:
            made = refold(spec, recorded, usage)
        except Refused as refused:
            require_same_tasks(spec)
            return [*checks, Check("digests match re-rendered requests", 0, refused.why)]
        require_same_tasks(spec, made)
        missing = made.missing
        stages = {spec.recipe.source.name, *(step.name for step in spec.recipe.steps)}
        waiting = (
            key
            for key, reply in recorded.replies.items()
            if not reply.adopted and not (missing and key.stage in stages)
        )
        never = next((f"{key} is never asked for" for key in waiting), "")
        checks += [
            Check("digests match re-rendered requests", len(made.used)),
            Check("replies are owed by the run", len(made.used), never),
            Check("replies missing, asked for where the target needs them", missing),
            Check("spare replies, ignored", usage.spare),
        ]
        within = made.within(spec.target)
        pool, rejected = derived_lines(within)
        checks += [
            _derived(folder.pool, pool),
            _derived(folder.rejected, rejected),
            _traced(within, made.used, given=spec.parts.count is not None),
            *([] if spec.recipe.similarity.repeats else [_scored_again(spec, made.verdicts)]),
        ]
        return checks


def _derived(path: Path, lines: Sequence[bytes]) -> Check:
    name = f"{path.name} equals the refold"
    data = path.read_bytes() if path.exists() else b""
    if data == b"".join(lines):
        return Check(name, len(lines))
    found = data.splitlines(keepends=True)
    pairs = enumerate(zip_longest(found, lines), 1)
    differs = next((number for number, (a, b) in pairs if a != b), 0)
    return Check(
        name,
        len(lines),
        f"line {differs} differs ({len(found)} lines there, {len(lines)} in the refold); "
        "`selfinstruct generate` or `export` rebuilds it",
    )


def _traced(verdicts: Sequence[Verdict], keys: set[Key], *, given: bool) -> Check:
    bad = (v.origin for v in verdicts if not (v.replies or given) or not keys.issuperset(v.replies))
    problem = next((f"record {origin} names a reply not recorded" for origin in bad), "")
    return Check("records trace to recorded replies", len(verdicts), problem)


def _scored_again(spec: RunSpec, verdicts: Sequence[Verdict]) -> Check:
    """Hold sampled decisions of the ROUGE-L filter against `rouge-score` itself.

    For each, the most similar earlier instructions are found by comparing it with every one of
    them (a plain LCS, no index), and `rouge-score` scores these.
    """
    name = "decisions scored again with rouge-score"
    similarity = spec.recipe.similarity
    tokenizer = TOKENIZERS[similarity.tokenizer]
    scorer = RougeScorer(["rougeL"], tokenizer=SimpleNamespace(tokenize=tokenizer))
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
    letters: dict[str, str] = {}

    def spelt(text: str) -> str:
        """Return a text with one letter for each of its tokens."""
        return "".join(letters.setdefault(token, chr(len(letters))) for token in tokenizer(text))

    entries = [spelt(text) for text in instructions]
    lengths = np.array([len(entry) for entry in entries])
    draw = Draw(spec.identity.seed, "verify")
    sampled = draw.sample(decisions, min(SAMPLE, len(decisions)))
    for text, before, accepted in sampled:
        query = spelt(text)
        common = cdist([query], entries[:before], scorer=LCSseq.similarity, dtype=np.int64)[0]
        alike = common / np.maximum(lengths[:before] + len(query), 1)
        close = np.argsort(-alike, kind="stable")[:LOOKED_AT]
        scores = [scorer.score(instructions[n], text)["rougeL"].fmeasure for n in close]
        best = max(scores, default=0.0)
        if (best > similarity.threshold) == accepted:
            said = "accepted" if accepted else "rejected"
            return Check(name, len(sampled), f"{said} at ROUGE-L {best}: {text[:80]!r}")
    return Check(name, len(sampled))
