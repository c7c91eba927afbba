"""The figures of a run."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from math import ceil
from statistics import fmean
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer

from selfinstruct.method.plain import one_line, plain
from selfinstruct.method.rouge import Match, ascii_tokens, rouge_l
from selfinstruct.method.types import Instance
from selfinstruct.store.journal import read
from selfinstruct.views.compare import as_text as compare_text
from selfinstruct.views.compare import compare
from selfinstruct.views.report import report
from selfinstruct.views.similarity import clusters, similar
from selfinstruct.views.stats import gather, stats
from selfinstruct.views.stats_table import as_text
from selfinstruct.views.view import Record, Run, open_run
from tests.views.recorded import record
from tests.world import reply_to

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from selfinstruct.method.types import Reply, Request

WORDS = st.lists(
    st.sampled_from(["write", "a", "an", "the", "list", "poem", "story", "name", "of"]), max_size=8
)
TEXTS = st.lists(WORDS.map(" ".join), max_size=12)


@given(TEXTS, TEXTS)
def test_nearest_tasks_are_those_a_full_comparison_finds(
    seeds: list[str], tasks: list[str]
) -> None:
    """The nearest seed and earlier tasks have the best ROUGE-L there is; ties go to the older."""
    found = similar(seeds, tasks, ascii_tokens)
    for number, task in enumerate(tasks):
        for others, match in (
            (seeds, found.seed[number]),
            (tasks[:number], found.earlier[number]),
        ):
            scores = [rouge_l(other, task) for other in others]
            best = max(scores, default=0.0)
            assert (match.score if match else 0.0) == best
            if match and best:
                assert match.number == scores.index(best)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.data())
def test_clusters_hang_together(scores: list[float], data: st.DataObject) -> None:
    """Every task with a near enough earlier one is in exactly one cluster, with that one."""
    earlier = [None] + [
        Match(data.draw(st.integers(0, number - 1)), scores[number])
        for number in range(1, len(scores))
    ]
    found = clusters(earlier, 0.6)
    members = [task for group in found for task in group]
    assert len(members) == len(set(members))
    for number, match in enumerate(earlier):
        if match and match.score >= 0.6:
            assert any(number in group and match.number in group for group in found)
    assert all(len(group) > 1 for group in found)


def test_figures_of_a_run(small_run: Path) -> None:
    """Counts, shares and sums are those of the run's own files."""
    run = open_run(small_run)
    tasks, rejected = list(run.tasks()), list(run.rejected())
    found = stats(gather(run))
    counts = found["counts"]
    assert counts["tasks"] == len(tasks)
    assert counts["judged"] == len(tasks) + len(rejected)
    assert counts["instances"] == sum(len(task.instances) for task in tasks)
    assert sum(found["reasons"].values()) == len(rejected)
    assert sum(found["words"]["instruction"]["histogram"]) == len(tasks)
    assert sum(found["rouge"]["seed"]["histogram"]) == len(tasks)
    assert sum(found["rouge"]["earlier"]["histogram"]) == len(tasks) - 1
    assert sum(found["rouge"]["earlier"]["histogram"][14:]) == 0  # nothing above the limit, 0.7
    last = found["curve"][-1]
    assert last["tasks"] == len(tasks)
    assert sum(point["judged"] for point in found["curve"]) == counts["judged"]
    journal = [json.loads(line) for line in (small_run / "journal.jsonl").read_bytes().splitlines()]
    stages = found["tokens"]["stages"]
    for part in ("prompt_tokens", "completion_tokens"):
        assert sum(stage[part] for stage in stages.values()) == sum(row[part] for row in journal)
    assert found["paper"]["words"] == {"instruction": 15.9, "input": 12.7, "output": 18.9}
    assert json.loads(json.dumps(found)) == found


def test_repairs_of_replies_are_counted(tmp_path: Path) -> None:
    """Each reply that needed one counts once for it, in the figures and in their table."""

    def keycaps(request: Request) -> Reply:
        reply = reply_to(request)
        if request.key.stage == "generate":
            return replace(reply, text=reply.text.replace("Task 9:", "9\ufe0f\u20e3 "))
        return reply

    run = open_run(record(tmp_path / "run", "self-instruct", keycaps, replies=40))
    found = stats(gather(run))
    texts = (entry.reply.text for entry in read(run.spec.folder.journal))
    assert found["repairs"]["keycap numbers"] == sum("\u20e3" in text for text in texts) > 0
    assert "keycap numbers" in as_text(found)


def test_similarity_is_that_of_rouge_score(small_run: Path) -> None:
    """Means, bars and drift are those of `rouge-score`; the first task has no earlier one."""
    facts = gather(open_run(small_run))
    found = stats(facts)["rouge"]
    scorer = RougeScorer(["rougeL"])
    instructions = [task.instruction for task in facts.tasks]

    def nearest(text: str, others: list[str]) -> float:
        score: float = max(scorer.score(other, text)["rougeL"].fmeasure for other in others)
        return score

    seed = [nearest(text, [some.instruction for some in facts.seeds]) for text in instructions]
    earlier = [nearest(text, instructions[:n]) for n, text in enumerate(instructions) if n]
    for name, scores in (("seed", seed), ("earlier", earlier)):
        assert found[name]["mean"] == pytest.approx(fmean(scores))
        exact = Counter(ceil(Fraction(score).limit_denominator(400) * 20) - 1 for score in scores)
        assert found[name]["histogram"] == [exact[bar] for bar in range(20)]
    assert [point["earlier"] for point in found["drift"]] == [None, *map(pytest.approx, earlier)]


def test_a_bar_holds_its_upper_edge(plant: Callable[..., Run]) -> None:
    """Also where floats make 0.20000000000000004 of 0.2."""
    texts = ["a b c d e", "a f g h i"]
    tasks = [Record(f"0.{n}", text, (Instance("", "x"),), None) for n, text in enumerate(texts)]
    found = stats(gather(plant(tasks)))["rouge"]["earlier"]
    assert found["mean"] > 0.2
    assert found["histogram"][3] == 1


def test_a_run_without_any_task(plant: Callable[..., Run]) -> None:
    """All views of a run that has nothing yet work."""
    facts = gather(plant([]))
    found = stats(facts)
    assert found["words"]["output"]["mean"] is None
    assert "tasks" in as_text(found)
    assert "Nothing to show yet" in report(facts)
    assert "only of" in compare_text(compare(facts, facts))


def test_text_of_a_model_cannot_steer_the_terminal(plant: Callable[..., Run]) -> None:
    """Escapes in instructions and reasons show as pictures in the printed figures."""
    nasty = "Write a \x1b[31mred\x1b]0;title\x07 poem about \u202e lamps and lights"
    tasks = [Record(f"0.{n}", nasty, (Instance("", f"{n}"),), None) for n in range(3)]
    row = {"id": "1.0", "instruction": nasty, "reason": "odd\x1b[2J", "value": 1, "limit": 2}
    shown = as_text(stats(gather(plant(tasks, [row]))))
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "\u202e" not in shown


@given(st.text())
def test_plain_text_holds_no_control_characters(text: str) -> None:
    """Only line ends are left of what a terminal would obey."""
    assert all(c >= " " or c == "\n" for c in plain(text))
    assert not set(plain(text)) & set("\x7f\x9b\u200b\u202e\u2066\ufeff")
    assert len(one_line(text, 20)) <= 20
    assert "\n" not in one_line(text, 20)


def test_what_hides_is_shown_and_words_stay_whole() -> None:
    """Marks of no width are shown; a joiner stays in a Persian word and in an emoji of three."""
    assert plain("a\u200db\u00ad\u061c\U000e0041") == "a<U+200D>b<U+00AD><U+061C><U+E0041>"
    assert plain("\u200d\u200d") == "<U+200D><U+200D>"
    for word in ("\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\U0001f469\u200d\U0001f52c"):
        assert plain(word) == word


def test_a_run_compared_with_itself(small_run: Path) -> None:
    """Everything of it is in it, and all common verbs are common to both."""
    facts = gather(open_run(small_run))
    overlap = compare(facts, facts)["overlap"]
    assert overlap["same"] == overlap["near"] == len(facts.tasks)
    assert overlap["nearest"] == 1.0
    assert overlap["verbs_of_a"] == overlap["verbs_of_b"] == []
    shown = compare_text(compare(facts, facts))
    assert "tasks of small (B) that stand in small (A) word for word" in shown


def test_commands(small_run: Path, tmp_path: Path) -> None:
    """Stats, compare and report run from the command line; data goes to stdout."""

    def call(*given: str) -> str:
        command = [sys.executable, "-m", "selfinstruct", *given]
        return subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout

    assert json.loads(call("stats", str(small_run), "--json"))["counts"]["seeds"] == 175
    assert "paper" in call("stats", str(small_run))
    assert "paper" in call("compare", str(small_run), str(small_run))
    assert not call("report", str(small_run), "-o", str(tmp_path / "r.html"))
    assert (tmp_path / "r.html").read_text("utf-8").startswith("<!doctype html>")
