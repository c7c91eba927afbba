"""Rules against hollow instances: refusals, placeholders, cut or repeated texts, merged tasks."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from selfinstruct.method.readers.text import declines, unbalanced, word_form
from selfinstruct.method.types import Rejected

if TYPE_CHECKING:
    from selfinstruct.method.types import Instance

    from .basic import InstanceFilter, InstructionFilter

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


def refusal() -> InstanceFilter:
    """Turn down refusals, "as an AI ..." and an assistant's own talk around an output."""

    def rule(instruction: str, instance: Instance) -> Rejected | None:
        output = instance.output
        head = output[:_HEAD]
        if _ABOUT_AI.search(instruction):
            return None
        own_talk = not _CORRESPONDENCE.search(instruction)
        found = _AS_AN_AI.search(head)
        if found is not None:
            return Rejected("refusal", found.group(), "an answer")
        asked = f"{instruction} {instance.input}"
        if own_talk and declines(head) and not _SORRY.search(asked):
            return Rejected("refusal", head[:60], "an answer")
        found = _BOILERPLATE.match(head) or _ASSISTANT_TAIL.search(output[-200:])
        if own_talk and found is not None:
            return Rejected("assistant's talk", found.group()[:60], "the answer alone")
        return None

    return rule


def placeholder() -> InstanceFilter:
    """Turn down gaps left to be filled, such as "[insert name]" or "<image>"."""

    def rule(instruction: str, instance: Instance) -> Rejected | None:
        if _WANTS_PLACEHOLDER.search(instruction) or _CODE.search(instance.output):
            return None
        for text in instance:
            found = _PLACEHOLDER.search(text)
            if found is not None:
                return Rejected("placeholder", found.group()[:60], "a text without gaps")
        return None

    return rule


def truncated_output() -> InstanceFilter:
    """Turn down outputs that stop in the middle: an open end, or a sentence without its mark.

    The latter counts in prose of 20 words or more whose other sentences have theirs; verse, lists
    and code may end as they like.
    """

    def rule(_instruction: str, instance: Instance) -> Rejected | None:
        output = instance.output.rstrip()
        last = output[output.rfind("\n") + 1 :]
        tail = " ".join(last.split()[-5:])
        if _CODE.search(output):
            if output.count("```") % 2:
                return Rejected("truncated output", tail, "a whole text")
            return None
        if len(output.split()) > _FEW and (
            _OPEN_END.search(last) or (len(last) > _SHORT and unbalanced(last))
        ):
            return Rejected("truncated output", tail, "a whole text")
        others = re.findall(r"[.!?](?=\s)", output)
        prose = len(last.split()) >= _PROSE_WORDS and len(others) > 1 and not _SIGNED.search(last)
        if (
            prose
            and last[-1:].isalpha()
            and not re.match(r"\s*(?:[-*\u2022\d|]|[^:]{1,40}:)", last)
        ):
            return Rejected("truncated output", tail, "a whole text")
        return None

    return rule


def repeats_instruction(least: int = 4) -> InstanceFilter:
    """Turn down outputs that are, or begin by, the instruction itself, of `least` words or more."""

    def rule(instruction: str, instance: Instance) -> Rejected | None:
        asked, given = word_form(instruction), word_form(instance.output)
        if len(asked.split()) < least or _REPEATS.search(instruction):
            return None
        if given == asked or given.startswith(f"{asked} "):
            return Rejected("output repeats instruction", instruction[:60], "an answer")
        return None

    return rule


def merged_tasks() -> InstructionFilter:
    """Turn down instructions that hold another task ("... 18. Instruction: ...")."""

    def rule(instruction: str) -> Rejected | None:
        found = _TASK_INSIDE.search(instruction)
        return Rejected("several tasks", found.group()[:60], "one task") if found else None

    return rule


def merged_instances() -> InstanceFilter:
    """Turn down instances whose input or output holds another task."""

    def rule(_instruction: str, instance: Instance) -> Rejected | None:
        for text in instance:
            found = _TASK_INSIDE.search(text)
            if found is not None:
                return Rejected("several tasks", found.group()[:60], "one task")
        return None

    return rule


def url_input(most: int = 5) -> InstanceFilter:
    """Turn down inputs that are an address and at most `most` words: no model can read it there.

    Tasks about addresses themselves pass.
    """

    def rule(instruction: str, instance: Instance) -> Rejected | None:
        if _ON_URLS.search(instruction):
            return None
        for text in (instance.input, instruction):
            found = _URL.search(text)
            if found is None:
                continue
            if text is instruction or len(_URL.sub("", text).split()) <= most:
                return Rejected("address as input", found.group()[:80], "a text")
        return None

    return rule
