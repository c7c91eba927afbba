"""The tasks that the tiny model is trained on, made from our own words.

`tiny_words.toml` holds the words of some fields of life, `tiny_tasks.toml` the families of tasks
that are filled with them. Everything is drawn from one `random.Random`, so a seed gives a text.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import random

HERE = Path(__file__).resolve().parent

Kind = Literal["free", "given", "labels"]

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(?:(a|A|low):)?(?:([bc])\.)?([A-Za-z]+)(\d?)\}")
_NUMBERS = {"two": 2, "three": 3, "four": 4, "five": 5}
_CODE_WORDS = "orders books rooms boats tickets lessons invoices hens letters members parcels"
_VIRTUES = "patient careful curious punctual honest calm brave friendly tidy quick"
_ACT = {"do": 0, "does": 1, "did": 2, "done": 3}


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _article(noun: str) -> str:
    vowel = noun[:1].lower() in "aeiou" and not noun.startswith(("uni", "one"))
    return f"{'an' if vowel else 'a'} {noun}"


class Words:
    """The word lists and the families of tasks."""

    def __init__(self) -> None:
        rows = tomllib.loads((HERE / "tiny_words.toml").read_text("utf-8"))
        tasks = tomllib.loads((HERE / "tiny_tasks.toml").read_text("utf-8"))
        self.fields: dict[str, dict[str, list[str]]] = {
            name: {key: self._parts(value) for key, value in row.items()}
            for name, row in rows.items()
        }
        self.common: dict[str, list[str]] = {
            key: self._parts(value) for key, value in tasks.items() if isinstance(value, str)
        }
        self.single = sorted(
            {
                word
                for row in self.fields.values()
                for entries in row.values()
                for entry in entries
                for word in re.split("[ /]", entry)
            }
        )
        self.families: list[tuple[Kind, dict[str, str]]] = [
            (kind, family) for kind in ("free", "given", "labels") for family in tasks[kind]
        ]

    @staticmethod
    def _parts(value: str) -> list[str]:
        return [part.strip() for part in value.split(";")]


@dataclass(frozen=True, slots=True)
class Made:
    """A task that was made: its instruction, its kind and pairs of input and output."""

    instruction: str
    kind: Kind
    instances: tuple[tuple[str, str], ...]


class Scene:
    """What the slots of one task stand for; each is drawn when it is first met."""

    def __init__(self, words: Words, rng: random.Random) -> None:
        self._words = words
        self._rng = rng
        self._fields = rng.sample(sorted(words.fields), 3)
        self._orders: dict[tuple[str, str], list[str]] = {}
        self._values: dict[str, str] = {}

    def again(self, fixed: str) -> Scene:
        """Return a scene of the same fields that keeps what the template `fixed` uses."""
        scene = Scene(self._words, self._rng)
        scene._fields = self._fields
        for _, field, name, number in _SLOT.findall(fixed):
            lists = self._lists(name.lower())
            for key in ((field, one) for one in lists):
                if key in self._orders:
                    scene._orders[key] = self._orders[key]
            value = name.lower() + number
            if value in self._values:
                scene._values[value] = self._values[value]
        if "n" in self._values:
            scene._values["n"] = self._values["n"]
        return scene

    @staticmethod
    def _lists(name: str) -> tuple[str, ...]:
        known = {"thing": "things", "topic": "topics", "deed": "deeds", "snag": "snags"}
        known |= {"place": "places", "fact": "facts", "tip": "tips", "who": "who", "qual": "qual"}
        known |= dict.fromkeys((*_ACT, "obj", "was"), "acts")
        known |= {"people": "people", "tone": "tones", "mood": "moods", "limit": "limits"}
        known |= {"name": "names", "town": "towns", "day": "days", "month": "months"}
        known |= {"good": "good", "bad": "bad"}
        return (known[name],) if name in known else ()

    def fill(self, template: str) -> str:
        """Return the template with its choices made and its slots filled."""
        text = _CHOICE.sub(lambda found: self._rng.choice(found[1].split("|")), template)
        return " ".join(_SLOT.sub(self._slot, text).split(" ")).strip()

    def _slot(self, found: re.Match[str]) -> str:
        form, field, name, number = found.groups()
        value = self.value(name.lower(), field or "", int(number or 1))
        if form in {"a", "A"}:
            value = _article(value)
        elif form == "low":
            value = value[:1].lower() + value[1:]
        return _capital(value) if form == "A" or name[0].isupper() else value

    def value(self, name: str, field: str = "", number: int = 1) -> str:
        """Return what a slot stands for."""
        if name == "label":
            return self._fields["abc".index(field or "a")]
        lists = self._lists(name)
        if not lists:
            return self._other(name)
        order = self._orders.get((field, lists[0]))
        if order is None:
            table = self._words.fields[self._fields["abc".index(field or "a")]]
            entries = table.get(lists[0]) or self._words.common[lists[0]]
            order = self._rng.sample(entries, min(5, len(entries)))
            self._orders[field, lists[0]] = order
        entry = order[(number - 1) % len(order)]
        if lists[0] != "acts":
            return entry
        parts = entry.split("/")
        if name == "obj":
            return parts[4]
        if name == "was":
            plural = parts[4].endswith("s") and not parts[4].endswith("ss")
            return "were" if plural else "was"
        verb = parts[_ACT[name]]
        return f"{verb}" if name == "done" else f"{verb} {parts[4]}"

    def _other(self, name: str) -> str:
        if name not in self._values:
            self._values[name] = self._draw(name)
        return self._values[name]

    def _draw(self, name: str) -> str:  # noqa: C901, PLR0911, PLR0912 - one line a slot
        rng = self._rng
        match name:
            case "n":
                return rng.choice(sorted(_NUMBERS))
            case "k" | "p":
                return str(rng.randint(2, 9))
            case "total":
                return str(int(self._other("k")) * int(self._other("p")))
            case "offtotal":
                return str(int(self._other("total")) + rng.choice((-3, -2, -1, 1, 2, 3)))
            case "hour":
                return str(rng.randint(8, 19))
            case "sql":
                return rng.choice(_CODE_WORDS.split())
            case "plus" | "minus":
                pair = rng.choice((("positive", "negative"), ("good", "bad"), ("happy", "unhappy")))
                self._values["plus"], self._values["minus"] = pair
                return self._values[name]
            case "wrong" | "right":
                right = _capital(self.fill("the {who} {did} on {day} {place}."))
                self._values["right"], self._values["wrong"] = right, self._misspell(right)
                return self._values[name]
            case "tips":
                return self._numbered("{Tip%d}.")
            case "facts":
                return self._numbered("{Fact%d}.")
            case "checks":
                return self._numbered("Is {a:thing%d} at hand?", "Could there be {snag%d}?")
            case "titles":
                return self._numbered("The {Qual%d} {Thing%d}", "{Label} in {town%d}")
            case "qualities":
                virtues = rng.sample(_VIRTUES.split(), 5)
                lines = [f"{_capital(virtue)}, because of {{snag%d}}." for virtue in virtues]
                return self._numbered(*lines)
            case "quiz":
                return self._numbered("Is it true that {low:fact%d}? Yes.")
            case "links":
                return self._numbered(
                    "Both need care: {low:tip}.",
                    "Both have their troubles, such as {snag} and {b.snag}.",
                    "Both have their experts, such as {a:who} and {a:b.who}.",
                    "Both need tools, such as {a:thing} and {a:b.thing}.",
                    "Both can be learned by {people}.",
                )
        raise KeyError(name)

    def _numbered(self, *lines: str) -> str:
        count = _NUMBERS[self._other("n")]
        return "\n".join(
            f"{place}. " + self.fill(lines[(place - 1) % len(lines)].replace("%d", str(place)))
            for place in range(1, count + 1)
        )

    def _misspell(self, text: str) -> str:
        words = text.lower().split(" ")
        long = [place for place, word in enumerate(words) if len(word) > 4]
        for place in self._rng.sample(long, min(2, len(long))):
            word = words[place]
            at = self._rng.randint(1, len(word) - 3)
            words[place] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        return " ".join(words)


def make(words: Words, rng: random.Random, kind: Kind, family: dict[str, str]) -> Made:
    """Return a task of a family with one to three instances."""
    scene = Scene(words, rng)
    ask = _CHOICE.sub(lambda found: rng.choice(found[1].split("|")), family["ask"])
    instruction = _capital(scene.fill(ask))
    if kind == "free":
        return Made(instruction, kind, (("", _capital(scene.fill(family["say"]))),))
    pairs = []
    if kind == "given":
        for _ in range(rng.choice((1, 2, 2, 3))):
            one = scene.again(ask)
            given = f"{family['field']}: {_capital(one.fill(family['input']))}"
            pairs.append((given, _capital(one.fill(family["say"]))))
        return Made(instruction, kind, tuple(dict.fromkeys(pairs)))
    labels = [label for label in family if label not in {"ask", "field"}]
    rng.shuffle(labels)
    for label in labels:
        one = scene.again(ask)
        given = one.fill(rng.choice(family[label].split(";;")))
        given = f"{family['field']}: {_capital(given)}" if given else ""
        pairs.append((given, one.fill(label)))
    return Made(instruction, kind, tuple(pairs))


def show_instances(task: Made) -> str:
    """Return a task as the instances stage shows its worked examples."""
    if task.kind == "labels":
        body = "\n\n".join(
            f"Class label: {output}\n{given}".rstrip("\n") for given, output in task.instances
        )
    elif task.kind == "free":
        body = f"Output: {task.instances[0][1]}"
    else:
        body = "\n\n".join(
            f"Example {number}\nInput: {given}\nOutput: {output}"
            for number, (given, output) in enumerate(task.instances, 1)
        )
    return f"Task: {task.instruction}\n{body}"
