"""Measure the readers and rules on recorded replies, against careful readers' labels.

    python benchmarks/replies.py [--data ../shared/data] [--half both] [--labels] [--errors]

Prints the tables of docs/quality.md; benchmarks/labels/README.md tells of the labels. The
reference's rules are written from the facts of its behaviour, to compare with.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import os
import random
import re
import time
import tomllib
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from selfinstruct.method.filters import FILTERS, INSTANCE_FILTERS
from selfinstruct.method.readers import (
    read_blocks,
    read_decision,
    read_input_first,
    read_list,
    read_output_first,
    says_nothing,
)
from selfinstruct.method.readers.truncation import looks_cut
from selfinstruct.method.types import Instance, Origin, Rejected, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

HERE = Path(__file__).resolve().parent
LABELS = HERE / "labels"
RECIPE = HERE.parent / "prompts" / "self-instruct" / "recipe.toml"
STAGES = ("instruction_generation", "classification", "instance_generation")
_LATER = ("second", "third", "fourth", "fifth", "sixth", "rare")
DRAWS = {"first": ""} | {name: f".{name}" for name in _LATER}
"""Label files by their draw; `rare` is no fair sample."""
TUNED_ON = ("third", "fourth", "fifth", "sixth")
"""Draws that were labelled as final, measured, and then used to mend the readers."""
FOLLOWING = 9  # all these prompts show eight tasks

Item = str | tuple[str, str]


class Row(NamedTuple):
    """One recorded reply: `prompt` and `finish` are None where the source kept none."""

    file: str
    stage: str
    reply: str
    prompt: str | None
    finish: str | None
    instruction: str


def cut(row: Row) -> bool | None:
    """Return whether a reply was cut by length; None where the source does not say."""
    return None if row.finish is None else row.finish == "length"


def plain(text: str) -> str:
    """Return a text with its blanks collapsed."""
    return " ".join(text.split())


# --- what was recorded -------------------------------------------------------------------------


def lines(path: Path) -> list[dict[str, Any]]:
    """Return the rows of a JSONL file, plain or compressed."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def rows(data: Path, file: str, stage: str) -> list[Row]:
    """Return a file's rows; those of the other stages too, so that row numbers hold."""
    if not file.startswith("run_"):
        return [
            Row(
                file,
                line["stage"],
                line["reply"],
                line["prompt"],
                line["finish_reason"],
                line.get("instruction", ""),
            )
            for line in lines(data / "replies" / f"{file}.jsonl")
        ]
    patterns = ("machine_generated_instructions", "is_clf_or_not*", "machine_generated_instances")
    pattern = patterns[STAGES.index(stage)]
    (path,) = (data / file).glob(f"{pattern}.jsonl")
    return [_run_row(file, stage, line) for line in lines(path)]


def _run_row(file: str, stage: str, line: dict[str, Any]) -> Row:
    instruction = line["instruction"]
    if stage == "classification":
        return Row(file, stage, line["is_classification"], None, None, instruction)
    meta = line.get("metadata" if stage == STAGES[0] else "instance_metadata")
    if meta is None:
        return Row(file, stage, line.get("raw_instances", ""), None, None, instruction)
    choice = meta["response"]["choices"][0]
    return Row(file, stage, choice["text"], meta["prompt"], choice["finish_reason"], instruction)


def labelled(data: Path, stage: str, draws: Sequence[str]) -> Iterator[tuple[dict[str, Any], Row]]:
    """Yield each label of a stage with its reply, which is checked by digest."""
    for path in sorted(
        path for draw in draws for path in LABELS.glob(f"*.{stage}{DRAWS[draw]}.jsonl")
    ):
        file = path.name.partition(".")[0]
        all_rows = rows(data, file, stage)
        for label in lines(path):
            row = all_rows[label["row"]]
            digest = hashlib.sha256(row.reply.encode("utf-8", "surrogatepass")).hexdigest()
            if label["digest"] != f"sha256:{digest}":
                raise SystemExit(f"{path.name}: row {label['row']} is another reply")
            if path.name.endswith(tuple(f"{DRAWS[draw]}.jsonl" for draw in TUNED_ON)):
                label["half"] = "tune"
            yield label, row


# --- ours, the reference's rules, the careful reader's -------------------------------------------


def our_items(row: Row) -> list[Item]:
    """Return what our readers find."""
    if row.stage == STAGES[0]:
        head, *rest = (row.prompt or "").split("\n")
        shots = [found[1] for line in rest if (found := re.match(r"\d+\. (.+)", line))]
        return [
            plain(item)
            for item in read_list(
                row.reply, cut=cut(row), shots=shots, following=FOLLOWING, headers=[head]
            )
        ]
    if row.stage == STAGES[1]:
        return [{True: "yes", False: "no", None: "undecided"}[read_decision(row.reply)]]
    found = read_input_first(row.reply, cut=cut(row), instruction=row.instruction)
    return [(plain(given), plain(output)) for given, output in found]


def reference_items(row: Row) -> list[Item]:
    """Read as the reference does, from the facts of its behaviour; filters left out."""
    if row.stage == STAGES[1]:
        return ["yes" if row.reply.strip() in {"Yes", "yes", "YES"} else "no"]
    if row.stage == STAGES[0]:
        if row.finish == "length":
            return []
        pieces = re.split(r"\n\d+\s?\. ", row.reply)
        return [plain(piece) for piece in pieces if piece.strip()]
    found: list[Item] = []
    text = row.reply.split("Task:")[0]
    if "Class label:" in text:
        for piece in text.split("Class label:")[1:]:
            label, _, given = piece.strip().partition("\n")
            found.append((plain(given), plain(label)))
    else:
        for piece in re.split(r"Example\s?\d*\.?", text):
            if not piece.strip():
                continue
            given, marker, output = piece.partition("Output:")
            if not marker:
                given, output = "", piece
            given = re.sub(r"^\s*Input\s?:", "", given)
            found.append((plain(given), plain(output.split("Input:")[0])))
    return [item for item in (found[:-1] if row.finish == "length" else found) if item[1]]


def labelled_items(label: dict[str, Any], row: Row) -> list[Item]:
    """Return what a careful reader found."""

    def span(ends: list[int] | None) -> str:
        return "" if ends is None else plain(row.reply[ends[0] : ends[1]])

    if "label" in label:
        return [label["label"]]
    if "items" in label:
        return [span(ends) for ends in label["items"]]
    pairs = [(span(one["input"]), span(one["output"])) for one in label["instances"]]
    return [("" if says_nothing(given) else given, output) for given, output in pairs]


# --- tables ------------------------------------------------------------------------------------


class Count:
    """Items that agree, that are too many, and that are missing; classification counts replies."""

    def __init__(self) -> None:
        self.right = self.extra = self.missing = self.replies = 0

    def add(self, found: list[Item], wanted: list[Item]) -> bool:
        """Count one reply; tell whether all of it agrees."""
        right = sum((Counter(found) & Counter(wanted)).values())
        self.replies += 1
        self.right += right
        self.extra += len(found) - right
        self.missing += len(wanted) - right
        return right == len(found) == len(wanted)

    def __str__(self) -> str:
        found, wanted = self.right + self.extra, self.right + self.missing
        precision = f"{self.right / found:.3f}" if found else "-"
        recall = f"{self.right / wanted:.3f}" if wanted else "-"
        return f"{precision:>6} / {recall:<6}"


def kept(half: str, seen: set[str], label: dict[str, Any], *, unsure: bool) -> bool:
    """Tell whether a label counts in a half, or in both of them."""
    if half not in {label["half"], "both"} or (not unsure and "unsure" in label.get("note", "")):
        return False
    return label["half"] == "tune" or label["digest"] not in seen


def table(
    data: Path, stage: str, half: str, draws: Sequence[str] = ("first",), *, errors: bool = False
) -> None:
    """Print one stage's table for one half; `final` leaves out those of tune, or looked at."""
    all_labels = list(labelled(data, stage, draws))
    seen = {
        label["digest"]
        for label, _ in labelled(data, stage, tuple(DRAWS))
        if label["half"] == "tune"
    }
    seen.update((LABELS / "looked_at.txt").read_text(encoding="utf-8").split())
    if stage == STAGES[1]:
        seen = set()  # nearly all of these replies are one word: all are counted
    ours: dict[str, Count] = defaultdict(Count)
    theirs: dict[str, Count] = defaultdict(Count)
    for label, row in all_labels:
        if not kept(half, seen, label, unsure=True):
            continue
        wanted = labelled_items(label, row)
        names = [row.file, "all"]
        if kept(half, seen, label, unsure=False):
            names.append("all without unsure")
        for name in names:
            good = ours[name].add(our_items(row), wanted)
            theirs[name].add(_alike(reference_items(row), wanted), wanted)
        if errors and not good:
            print(f"  {row.file} row {label['row']} {label.get('note', '')}")
            print(f"    found  {our_items(row)}\n    wanted {wanted}")
    if not ours:
        return
    print(f"\n{stage}, {' and '.join(draws)} draw, {half} half{'s' * (half == 'both')}")
    print(f"{'file':<36} {'replies':>7} {'items':>6}  {'ours P / R':^15}  {'reference P / R':^15}")
    for name, count in ours.items():
        items = count.right + count.missing
        print(f"{name:<36} {count.replies:>7} {items:>6}  {count}  {theirs[name]}")


def _alike(found: list[Item], wanted: list[Item]) -> list[Item]:
    """Return items as the labels have them where they differ in letter case only."""
    by_form = {str(item).casefold(): item for item in wanted}
    return [by_form.get(str(item).casefold(), item) for item in found]


def all_replies(data: Path) -> None:
    """Read every reply; print how long the slowest took, best of three, and what was read."""
    slowest: list[tuple[float, str]] = []
    items: Counter[str] = Counter()
    for path in sorted((data / "replies").glob("*.jsonl")):
        for number, row in enumerate(rows(data, path.stem, "")):
            best = float("inf")
            for _ in range(3):
                begun = time.perf_counter()
                found = our_items(row)
                if row.stage == STAGES[2]:
                    read_output_first(row.reply, cut=cut(row))
                best = min(best, time.perf_counter() - begun)
            items[row.stage] += len(found)
            slowest.append((best, f"{path.stem} row {number}, {len(row.reply)} characters"))
    slowest.sort(reverse=True)
    print(f"\nall {len(slowest)} replies read; items by stage: {dict(items)}")
    print(f"slowest: {slowest[0][0] * 1000:.1f} ms ({slowest[0][1]})")
    middle = slowest[len(slowest) // 2][0]
    print(f"median: {middle * 1000:.3f} ms; over 10 ms: {sum(t > 0.01 for t, _ in slowest)}")


def long_reply() -> None:
    """Print how long the slowest reader takes for 2 MB of "Output:" lines."""
    text = "Output:\n" * 250_000
    spent = []
    for read in (read_list, read_blocks, read_input_first, read_output_first, read_decision):
        begun = time.process_time()
        read(text)
        spent.append((time.process_time() - begun, read.__name__))
    print(f"\n2 MB of Output lines: at most {max(spent)[0]:.2f} s of CPU ({max(spent)[1]})")


def cuts(data: Path) -> None:
    """Print how well cuts are told by the end: of complete outputs, and of those cut in a word."""
    found = (
        line["output"].strip()
        for name in ("parsed_records_alpaca_libre", "parsed_records_alpaca_regen")
        for line in lines(data / f"{name}.jsonl.gz")
        if line.get("status", "ok") == "ok"
    )
    outputs = list(dict.fromkeys(filter(None, found)))
    draw = random.Random(3)
    places = [(text, draw.randrange(4, len(text) - 1)) for text in outputs if len(text) >= 8]
    parts = [text[:end] for text, end in places if text[end - 1 : end + 1].isalnum()]
    told = sum(map(looks_cut, outputs)), sum(map(looks_cut, parts))
    print(f"\ntaken for cut: {told[0]} of {len(outputs)} complete outputs")
    print(f"taken for cut: {told[1]} of {len(parts)} outputs cut inside a word")
    files = ("davinci_leadawon", "gpt35turbo1106_yi34b_mxk1")
    real = [row for file in files for row in rows(data, file, "") if row.stage == STAGES[2]]
    for finish in ("stop", "length"):
        ends = [row.reply for row in real if row.finish == finish and row.reply.strip()]
        print(
            f"taken for cut: {sum(map(looks_cut, ends))} of {len(ends)} replies ended by {finish}"
        )


# --- rules -------------------------------------------------------------------------------------


def rules(kind: str) -> list[tuple[str, Callable[..., Rejected | None]]]:
    """Return the shipped recipe's rules of one kind, by name."""
    recipe = tomllib.loads(RECIPE.read_text(encoding="utf-8"))
    uses = (
        recipe["source"]["filter"]
        if kind == "filter"
        else next(step for step in recipe["step"] if "instance_filter" in step)["instance_filter"]
    )
    made = []
    for use in uses:
        options = {key: value for key, value in use.items() if key != "use"}
        if use["use"] == "language":
            options["only"] = "en"
        made.append(
            (use["use"], (FILTERS if kind == "filter" else INSTANCE_FILTERS)[use["use"]](**options))
        )
    return made


def alpaca_lines(data: Path) -> None:
    """Print the share of the Alpaca instructions that each rule rejects, and the judged ones."""
    judged_rules = rules("filter")
    share: Counter[str] = Counter()
    rejected: list[int] = []
    total = 0
    for number, line in enumerate(lines(data / "instructions_en.jsonl.gz"), 1):
        if "alpaca-chinese" not in line["source"]:
            continue
        total += 1
        hits = [
            (name, hit) for name, rule in judged_rules if (hit := rule(task(line["instruction"])))
        ]
        share.update(name for name, _ in hits)
        if hits:
            rejected.append(number)
    print(f"\nAlpaca instructions: {len(rejected)} of {total} rejected")
    for name, _ in judged_rules:
        print(f"  {name:<20} {share[name]:>6} {100 * share[name] / total:7.3f} %")
    words = {one["line"]: one["word"] for one in lines(LABELS / "rejections_alpaca.jsonl")}
    still = [words[number] for number in rejected if number in words]
    print(f"  {len(words)} judged: {dict(Counter(words.values()))}")
    print(f"  of these still rejected: {dict(Counter(still))}")


def task(instruction: str, *instances: Instance) -> Task:
    """Return a task as a filter is given it."""
    return Task(Origin(0, 0), instruction, instances=instances)


def alpaca_libre(data: Path) -> None:
    """Print how the rules agree with the source's own verdicts on complete records."""
    by_status: dict[str, Counter[str]] = defaultdict(Counter)
    of_instructions, of_instances = rules("filter"), rules("instance_filter")
    for line in lines(data / "parsed_records_alpaca_libre.jsonl.gz"):
        instruction = plain(line["instruction"])
        given = line["input"].strip()
        instance = Instance("" if says_nothing(given) else given, line["output"].strip())
        found = (rule(task(instruction)) for _, rule in of_instructions)
        hit = next(filter(None, found), None)
        if hit is None:
            found = (rule(task(instruction, instance)) for _, rule in of_instances)
            hit = next(filter(None, found), None)
        by_status[line["status"]][hit.reason if hit else "kept"] += 1
    print("\nalpaca-libre records: the source's verdict, and ours")
    for status, counts in by_status.items():
        parts = ", ".join(f"{reason} {count}" for reason, count in counts.most_common())
        print(f"  {status:<12} {sum(counts.values()):>5}: {parts}")


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    default = os.environ.get("SELFINSTRUCT_SHARED_DATA", str(HERE.parents[1] / "shared" / "data"))
    parser.add_argument("--data", type=Path, default=Path(default))
    parser.add_argument("--half", choices=("tune", "final", "both"), default="tune")
    parser.add_argument("--errors", action="store_true", help="show each disagreement")
    parser.add_argument("--labels", action="store_true", help="only the labels' tables")
    options = parser.parse_args()
    for half in ("tune", "final", "both") if options.half == "both" else (options.half,):
        for stage in STAGES:
            table(options.data, stage, half, errors=options.errors)
        for stage in STAGES[1:]:
            table(options.data, stage, half, ("rare",), errors=options.errors)
        for draws in (("second",), ("first", "second"), *((draw,) for draw in TUNED_ON)):
            table(options.data, STAGES[2], half, draws, errors=options.errors)
    if not options.labels:
        all_replies(options.data)
        long_reply()
        cuts(options.data)
        alpaca_libre(options.data)
        alpaca_lines(options.data)


if __name__ == "__main__":
    main()
