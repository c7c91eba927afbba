"""Rules against hollow instances: refusals, placeholders, cut or repeated texts, merged tasks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from selfinstruct.method.readers.vocabulary import declines
from selfinstruct.method.text import unbalanced, word_form
from selfinstruct.method.types import Rejected

if TYPE_CHECKING:
    from collections.abc import Sequence

    from selfinstruct.method.types import Filter, Task


_AS_AN_AI = re.compile(
    r"\bas an? (?:ai|artificial intelligence|(?:large |ai )?language model|text[- ]based)\b"
    r"|\bi(?:['\u2019]m| am) (?:just |only )?an? (?:ai|(?:large |ai )?language model|chatbot"
    r"|virtual"
    r" assistant)\b|\bmy (?:training data|knowledge cutoff)\b",
    re.IGNORECASE,
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
_ASSISTANT_TAIL = re.compile(
    r"(?:i hope (?:this|that) helps|let me know if you (?:need|have|would like|want)"
    r"|is there anything else (?:i|you)|feel free to (?:ask|reach out))[^\n]*\Z",
    re.IGNORECASE,
)
_CORRESPONDENCE = re.compile(
    r"\b(?:e-?mails?|letters?|messages?|texts?|notes?|repl(?:y|ies)|respon(?:d|se|ses)"
    r"|dialogues?|dialogs?"
    r"|conversations?|chat|customers?|scripts?|tweet|post|apolog\w+|declin\w+|refus\w+"
    r"|role-?play|ask"
    r"|greet\w*|introduc\w+)\b",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"[\[<{](?:please )?(?:insert|your|enter|add|fill in|placeholder|type|put|specify|attach|upload"
    r"|(?:an? )?(?:image|photo|picture|audio|video|sound)(?: (?:of|clip|file|here|\w+)[^\]>}\n]*)?"
    r"|(?:company|customer|client|recipient|sender|friend|product|user|person|employee"
    r"|manager)['\u2019]?s?"
    r" ?\w*|name|date|address|location|link|url|title|text|topic|number|phone|email)"
    r"(?: [^\]>}\n]{0,60})?[\]>}]|\blorem ipsum\b|\bX{3,}\b|<(?:no)?(?:image|audio|video)>",
    re.IGNORECASE,
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
_TASK_INSIDE = re.compile(
    r"(?:^|\s)(?:#{1,4}\s?)?(?:\d{1,3}\s?[.):]?\s?)?(?:\*\*)?Instructions?(?:\*\*)?"
    r" ?:(?:\*\*)?\s?\S"
    r"[^\n]{0,600}\s(?:\*\*)?(?:Input|Output)\b"
    r"|^[ \t]{0,4}#{1,4} ?(?:Task|Example) ?\d+"
    r"|(?:^|\s)\d{1,3} ?\. ?Instructions? ?:",
    re.IGNORECASE | re.MULTILINE,
)
_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_ON_URLS = re.compile(
    r"\b(?:urls?|links?|domains?|web ?address(?:es)?|hyperlinks?|uri|http|regex|slug|query"
    r"|citations?"
    r"|cite|references?|code|function|scrap\w+|api)\b",
    re.IGNORECASE,
)
_REPEATS = re.compile(
    r"\b(?:repeat|copy|echo|say|quote|rewrite|edit|correct|punctuat\w+)\b", re.IGNORECASE
)
_FIRST_WORD = re.compile(r"[^\W_]+")
_OPEN_END = re.compile(
    r"(?:[,(\[{\u2013\u2014&+]|(?<!\w)(?:a|an|and|because|but|for|from|his|her|if|into|is|its|my"
    r"|of|or|our|such as"
    r"|than|that|the|their|to|was|were|which|with|your))\Z"
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

# What a text has in lower case wherever the pattern finds something; see `may_hold`.
_AI_HINTS = ("as a", "i'm", "i am", "my training", "my knowledge")
_TAIL_HINTS = ("i hope", "let me know", "is there anything", "feel free")
_TASK_HINTS = ("instruction", "#")
_URL_HINTS = ("://", "www.")
_GAP_HINTS = ("[", "<", "{", "lorem", "xxx")


def may_hold(text: str, hints: Sequence[str]) -> bool:
    """Tell whether a pattern that ignores case needs to be searched for: a fast look ahead of it.

    Args:
        text: the text.
        hints: each match holds one of these, in lower case; texts beyond ASCII, where letters have
            more forms than two, are always to be searched.
    """
    if not text.isascii():
        return True
    lowered = text.lower()
    return any(hint in lowered for hint in hints)


def refusal() -> Filter:
    """Turn down refusals, "as an AI ..." and an assistant's own talk around an output."""

    def check(task: Task) -> Rejected | None:
        instruction, instance = task.instruction, task.instances[0]
        output = instance.output
        head = output[:_HEAD]
        as_an_ai = _AS_AN_AI.search(head) if may_hold(head, _AI_HINTS) else None
        declined = declines(head)
        talk = _BOILERPLATE.match(head)
        if talk is None and may_hold(tail := output[-_TAIL:], _TAIL_HINTS):
            talk = _ASSISTANT_TAIL.search(tail)
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

    return check


def placeholder() -> Filter:
    """Turn down gaps left to be filled, such as "[insert name]" or "<image>"."""

    def check(task: Task) -> Rejected | None:
        instruction, instance = task.instruction, task.instances[0]
        for text in instance:
            found = _PLACEHOLDER.search(text) if may_hold(text, _GAP_HINTS) else None
            if found is None:
                continue
            if _WANTS_PLACEHOLDER.search(instruction) or _CODE.search(instance.output):
                return None
            return Rejected("placeholder", found.group()[:60], "a text without gaps")
        return None

    return check


def truncated_output() -> Filter:
    """Turn down outputs that stop in the middle: an open end, or a sentence without its mark.

    The latter counts in prose of 20 words or more whose other sentences have theirs; verse, lists
    and code may end as they like.
    """

    def check(task: Task) -> Rejected | None:
        instance = task.instances[0]
        output = instance.output.rstrip()
        last = output[output.rfind("\n") + 1 :]
        open_fence = output.count("```") % 2 == 1
        if not open_fence:
            open_end = _stops_openly(output, last) or _is_open_prose(output, last)
            if not open_end or _CODE.search(output):
                return None
        return Rejected("truncated output", " ".join(last.split()[-5:]), "a whole text")

    return check


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


def merged_tasks() -> Filter:
    """Turn down instructions that hold another task ("... 18. Instruction: ...")."""

    def check(task: Task) -> Rejected | None:
        instruction = task.instruction
        found = _task_inside(instruction)
        return Rejected("several tasks", found[:60], "one task") if found else None

    return check


def merged_instances() -> Filter:
    """Turn down instances whose input or output holds another task."""

    def check(task: Task) -> Rejected | None:
        instance = task.instances[0]
        for text in instance:
            found = _task_inside(text)
            if found:
                return Rejected("several tasks", found[:60], "one task")
        return None

    return check


def _task_inside(text: str) -> str:
    """Return where another task begins in a text; "" if none does."""
    found = _TASK_INSIDE.search(text) if may_hold(text, _TASK_HINTS) else None
    return found.group() if found is not None else ""


def url_input(most: int = 5) -> Filter:
    """Turn down inputs that are an address and at most `most` words: no model can read it there.

    Tasks about addresses themselves pass.
    """

    def check(task: Task) -> Rejected | None:
        instruction, instance = task.instruction, task.instances[0]
        for text in (instance.input, instruction):
            found = _URL.search(text) if may_hold(text, _URL_HINTS) else None
            if found is None:
                continue
            if text is instruction or len(_URL.sub("", text).split()) <= most:
                if _ON_URLS.search(instruction):
                    return None
                return Rejected("address as input", found.group()[:80], "a text")
        return None

    return check
