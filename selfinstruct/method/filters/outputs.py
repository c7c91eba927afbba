"""Rules against hollow instances: refusals, placeholders, cut or repeated texts, merged tasks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from selfinstruct.method.readers.vocabulary import declines
from selfinstruct.method.text import unbalanced, word_form
from selfinstruct.method.types import Rejected

from .basic import without_options

if TYPE_CHECKING:
    from selfinstruct.method.types import Filter, Task


class Hinted:
    """A pattern that ignores case, with a fast look ahead of it.

    `hints`: each match holds one of these, in lower case, with bars between. Texts beyond ASCII,
    where letters have more forms than two, are always searched.
    """

    def __init__(self, hints: str, pattern: str) -> None:
        self.pattern = re.compile(pattern, re.IGNORECASE)
        self._hints = hints.split("|")

    def may_be_in(self, text: str) -> bool:
        """Tell whether the text needs to be searched."""
        lowered = text.lower()
        return not text.isascii() or any(hint in lowered for hint in self._hints)

    def search(self, text: str) -> re.Match[str] | None:
        """Return the first match in a text."""
        return self.pattern.search(text) if self.may_be_in(text) else None


_AS_AN_AI = Hinted(
    "as a|i'm|i am|my training|my knowledge",
    r"\bas an? (?:ai|artificial intelligence|(?:large |ai )?language model|text[- ]based)\b"
    r"|\bi(?:['\u2019]m| am) (?:just |only )?an? (?:ai|(?:large |ai )?language model|chatbot"
    r"|virtual assistant)\b|\bmy (?:training data|knowledge cutoff)\b",
)
_ABOUT_AI = re.compile(
    r"\b(?:ai|artificial intelligence|chat ?bots?|language models?|assistants?|robots?)\b",
    re.IGNORECASE,
)
_SORRY = re.compile(
    r"\b(?:sorry|afraid|unfortunately|apolog\w+|can['\u2019]?t|cannot|unable)\b", re.IGNORECASE
)
_BOILERPLATE = re.compile(
    r"\W*(?:(?:sure|certainly|of course|absolutely)[!,.]? (?:here|i['\u2019]d be happy|i can help)"
    r"|i['\u2019]d be happy to (?:help|assist)|how (?:can|may) i (?:help|assist) you)",
    re.IGNORECASE,
)
_ASSISTANT_TAIL = Hinted(
    "i hope|let me know|is there anything|feel free",
    r"(?:i hope (?:this|that) helps|let me know if you (?:need|have|would like|want)"
    r"|is there anything else (?:i|you)|feel free to (?:ask|reach out))[^\n]*\Z",
)
_CORRESPONDENCE = re.compile(
    r"\b(?:e-?mails?|letters?|messages?|texts?|notes?|repl(?:y|ies)|respon(?:d|se|ses)|dialogues?"
    r"|dialogs?|conversations?|chat|customers?|scripts?|tweet|post|apolog\w+|declin\w+|refus\w+"
    r"|role-?play|ask|greet\w*|introduc\w+)\b",
    re.IGNORECASE,
)
_PLACEHOLDER = Hinted(
    "[|<|{|lorem|xxx",
    r"[\[<{](?:please )?(?:insert|your|enter|add|fill in|placeholder|type|put|specify|attach|upload"
    r"|(?:an? )?(?:image|photo|picture|audio|video|sound)(?: (?:of|clip|file|here|\w+)[^\]>}\n]*)?"
    r"|(?:company|customer|client|recipient|sender|friend|product|user|person|employee"
    r"|manager)['\u2019]?s? ?\w*|name|date|address|location|link|url|title|text|topic|number|phone"
    r"|email)(?: [^\]>}\n]{0,60})?[\]>}]|\blorem ipsum\b|\bX{3,}\b|<(?:no)?(?:image|audio|video)>",
)
_WANTS_PLACEHOLDER = re.compile(
    r"\b(?:template|placeholder|fill[- ]in|blank|mad ?lib|form letter|brackets?|html|tags?|xml|code"
    r"|function|markup|variable|syntax|regex|program|script|query|mask)\b|[\[<{]",
    re.IGNORECASE,
)
_CODE = re.compile(
    r"```|\b(?:def|class|return|import|function|var|const|SELECT|printf?)\b[ (]|[;{}]\s*$|</",
    re.MULTILINE,
)
_TASK_INSIDE = Hinted(
    "instruction|#",
    r"(?m)(?:^|\s)(?:#{1,4}\s?)?(?:\d{1,3}\s?[.):]?\s?)?(?:\*\*)?Instructions?(?:\*\*)? ?:"
    r"(?:\*\*)?\s?\S[^\n]{0,600}\s(?:\*\*)?(?:Input|Output)\b|^[ \t]{0,4}#{1,4} ?(?:Task"
    r"|Example) ?\d+|(?:^|\s)\d{1,3} ?\. ?Instructions? ?:",
)
_URL = Hinted("://|www.", r"(?:https?://|www\.)\S+")
_ON_URLS = re.compile(
    r"\b(?:urls?|links?|domains?|web ?address(?:es)?|hyperlinks?|uri|http|regex|slug|query"
    r"|citations?|cite|references?|code|function|scrap\w+|api)\b",
    re.IGNORECASE,
)
_REPEATS = re.compile(
    r"\b(?:repeat|copy|echo|say|quote|rewrite|edit|correct|punctuat\w+)\b", re.IGNORECASE
)
_FIRST_WORD = re.compile(r"[^\W_]+")
_OPEN_END = re.compile(
    r"(?:[,(\[{\u2013\u2014&+]|(?<!\w)(?:a|an|and|because|but|for|from|his|her|if|into|is|its|my|of"
    r"|or|our|such as|than|that|the|their|to|was|were|which|with|your))\Z"
)
_SIGNED = re.compile(
    r"(?:#\w+|\b(?:regards|sincerely|yours|love|cheers|thanks|wishes|best|truly)\b.{0,40}"
    r"|[-\u2013\u2014~] ?[\w. ]{2,30})\Z",
    re.IGNORECASE,
)
_PROSE_WORDS = 20
_FEW = 4
_SHORT = 20
_HEAD = 300
_TAIL = 200
_END = 16  # longer than what _OPEN_END looks at


@without_options
def refusal(task: Task) -> Rejected | None:
    """Turn down refusals, "as an AI ..." and an assistant's own talk around an output."""
    instruction, instance = task.instruction, task.instances[0]
    output = instance.output
    head = output[:_HEAD]
    as_an_ai = _AS_AN_AI.search(head)
    declined = declines(head)
    talk = _BOILERPLATE.match(head) or _ASSISTANT_TAIL.search(output[-_TAIL:])
    if not (as_an_ai or declined or talk) or _ABOUT_AI.search(instruction):
        return None
    if as_an_ai is not None:
        return Rejected("refusal", as_an_ai.group(), "an answer")
    if _CORRESPONDENCE.search(instruction):
        return None
    if declined and not _SORRY.search(f"{instruction} {instance.input}"):
        return Rejected("refusal", head[:60], "an answer")
    if talk is not None:
        return Rejected("assistant's talk", talk.group()[:60], "the answer alone")
    return None


@without_options
def placeholder(task: Task) -> Rejected | None:
    """Turn down gaps left to be filled, such as "[insert name]" or "<image>"."""
    instruction, instance = task.instruction, task.instances[0]
    for text in instance:
        if found := _PLACEHOLDER.search(text):
            if _WANTS_PLACEHOLDER.search(instruction) or _CODE.search(instance.output):
                return None
            return Rejected("placeholder", found.group()[:60], "a text without gaps")
    return None


@without_options
def truncated_output(task: Task) -> Rejected | None:
    """Turn down outputs that stop in the middle: an open end, or a sentence without its mark.

    The latter counts in prose of 20 words or more whose other sentences have theirs; verse, lists
    and code may end as they like.
    """
    output = task.instances[0].output.rstrip()
    last = output[output.rfind("\n") + 1 :]
    open_fence = output.count("```") % 2 == 1
    if not open_fence:
        open_end = _stops_openly(output, last) or _is_open_prose(output, last)
        if not open_end or _CODE.search(output):
            return None
    return Rejected("truncated output", " ".join(last.split()[-5:]), "a whole text")


def _stops_openly(output: str, last: str) -> bool:
    if not _OPEN_END.search(last[-_END:]) and not (len(last) > _SHORT and unbalanced(last)):
        return False
    return len(output.split()) > _FEW


def _is_open_prose(output: str, last: str) -> bool:
    if not last[-1:].isalpha() or len(last.split()) < _PROSE_WORDS:
        return False
    if len(re.findall(r"[.!?](?=\s)", output)) <= 1 or _SIGNED.search(last):
        return False
    return not re.match(r"\s*(?:[-*\u2022\d|]|[^:]{1,40}:)", last)


def repeats_instruction(least: int = 4) -> Filter:
    """Turn down outputs that are, or begin by, the instruction itself, of `least` words or more."""

    def check(task: Task) -> Rejected | None:
        instruction, instance = task.instruction, task.instances[0]
        output = instance.output
        if instruction.isascii() and output.isascii():
            first, other = _FIRST_WORD.search(instruction), _FIRST_WORD.search(output)
            if first and other and first.group().lower() != other.group().lower():
                return None
        asked, given = word_form(instruction), word_form(output)
        if len(asked.split()) < least or not (given == asked or given.startswith(f"{asked} ")):
            return None
        if _REPEATS.search(instruction):
            return None
        return Rejected("output repeats instruction", instruction[:60], "an answer")

    return check


@without_options
def merged_tasks(task: Task) -> Rejected | None:
    """Turn down instructions that hold another task ("... 18. Instruction: ...")."""
    return _task_inside(task.instruction)


@without_options
def merged_instances(task: Task) -> Rejected | None:
    """Turn down instances whose input or output holds another task."""
    return _task_inside(task.instances[0].input) or _task_inside(task.instances[0].output)


def _task_inside(text: str) -> Rejected | None:
    found = _TASK_INSIDE.search(text)
    return Rejected("several tasks", found.group()[:60], "one task") if found else None


def url_input(most: int = 5) -> Filter:
    """Turn down inputs that are an address and at most `most` words: no model can read it there.

    Tasks about addresses themselves pass.
    """

    def check(task: Task) -> Rejected | None:
        instruction, instance = task.instruction, task.instances[0]
        for text in (instance.input, instruction):
            found = _URL.search(text)
            if found and (text is instruction or len(_URL.pattern.sub("", text).split()) <= most):
                if _ON_URLS.search(instruction):
                    return None
                return Rejected("address as input", found.group()[:80], "a text")
        return None

    return check
