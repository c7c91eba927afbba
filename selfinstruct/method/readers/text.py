"""What all readers share: thoughts, fences, small talk, loops, and ends that look cut."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_TAGS = ("think", "thinking", "thought", "reasoning", "analysis")
_OPEN = re.compile(rf"^[ \t]*<({'|'.join(_TAGS)})>", re.MULTILINE | re.IGNORECASE)
_CLOSE = re.compile(rf"</(?:{'|'.join(_TAGS)})>", re.IGNORECASE)
_CLOSE_ALONE = re.compile(
    rf"^[ \t]*{_CLOSE.pattern}|{_CLOSE.pattern}[ \t]*$", re.MULTILINE | re.IGNORECASE
)
_TURN_BEGINS = re.compile(
    r"\A\s*(?:(?:<s>|\[/INST\]|<\|(?:im_start|start_header_id|assistant|begin_of_text)\|>"
    r"|<start_of_turn>)(?:assistant|model)?(?:<\|end_header_id\|>)?\s*)+"
)
_ANALYSIS = re.compile(
    r"\A\s*(?:<\|channel\|>(?!final).*?(?:<\|start\|>assistant(?=<\|channel\|>final)|\Z))?"
    r"(?:<\|channel\|>final<\|message\|>)?",
    re.DOTALL,
)
"""Thoughts in a channel of their own, and the mark of the answer's channel."""
_TURN_ENDS = re.compile(
    r"<\|(?:endoftext|im_end|im_start|eot_id|end_of_text|end|user|start_header_id|return)\|>|</s>"
    r"|<eos>|<end_of_turn>|\[/?INST\]"
)
_ROLE = re.compile(r"^[ \t]*(?:#{1,4}[ \t]*(?:Human|User)|USER|HUMAN)[ \t]*:", re.MULTILINE)
"""Where a model goes on as the user; a dialogue in the text itself begins with another speaker."""
_SPEAKER = re.compile(
    r"^[ \t]*(?:#{1,4}[ \t]*)?(?:assistant|bot|ai|gpt|agent)\b[^\n]{0,20}:",
    re.MULTILINE | re.IGNORECASE,
)
_FENCE = re.compile(r"\s*(?:```|~~~)[\w+-]*[ \t]*\n(.*?)\n?[ \t]*(?:```|~~~)?\s*\Z", re.DOTALL)

_OPENER = re.compile(
    r"\W*(?:sure\b|certainly\b|of course\b|absolutely\b|okay\b|ok\b|alright\b|great\b[!,]"
    r"|no problem"
    r"|gladly|happy to|here (?:are|is)\b|here['\u2019]s\b|below (?:are|is)\b|these are\b"
    r"|the following (?:are|is|tasks)\b|i(?:['\u2019]ll| will|['\u2019]d| would| can) (?:be |do )?"
    r"(?:happy|glad|love|my best|help|continue|go on|provide|write|add|give|respond|answer|complete"
    r"|try)"
    r"|it (?:seems|looks) like|let['\u2019]s\b|let me\b|thank you|continuing\b|to continue\b"
    r"|voici\b|bien sûr|hier (?:sind|ist)\b|natürlich\b|gerne\b|claro\b|por supuesto"
    r"|aquí (?:están?|tienes?)\b|aqui estão\b|ecco\b|certo\b|конечно"
    r"|вот |当然|好的|以下|下面是|다음은"
    r"|물론|はい\u3001|承知)",
    re.IGNORECASE,
)
"""How assistants open a reply before they come to the point."""

_TAIL = re.compile(
    r"\W*(?:let me know\b|i hope\b|hope (?:this|these|that)\b|feel free\b|please (?:let me"
    r"|feel free)"
    r"|would you like (?:me|more)\b|do you (?:want|need) me\b|is there anything else\b"
    r"|if you (?:need|would like|['\u2019]d like|want|have any)\b.*\b(?:let me|tell me|ask|know)\b"
    r"|these (?:tasks|instructions|examples|prompts)\b|this list\b"
    r"|(?:this|the) task (?:needs|requires|has|does|is)\b[^\n]*\binput"
    r"|note:[^\n]*\b(?:tasks|remaining|the (?:list|rest)|verbs|as requested)\b"
    r"|n['\u2019]hésitez pas à me demander|si vous (?:voulez|souhaitez) d['\u2019]autres"
    r"|(?:wenn|falls) (?:du|sie) (?:noch )?(?:weitere|mehr|andere) (?:aufgaben|beispiele)"
    r"|si (?:quieres|necesitas) (?:más|otr[ao]s) (?:tareas|ejemplos)|如果(?:你|您)(?:还)?需要更多"
    r"|(?:happy|glad) to (?:help|provide|write|assist))",
    re.IGNORECASE,
)
"""How assistants close a reply."""

_WORK = (
    r"(?:help|assist|provide|fulfil?l|comply|continue|answer|generate|give|complete|see|access"
    r"|open|do"
    r"|create|write|perform|determine|process|view|offer|recommend|browse|watch|listen|read"
    r"|carry|produce"
    r"|draw|display|engage|support|share)"
)
_DECLINES = re.compile(
    rf"\W*(?:(?:however|but|unfortunately|sorry|apologies),? )*(?:(?:i['\u2019]?m|i am"
    rf"|we are) (?:(?:very |so |truly )?sorry,?"
    rf" (?:but|i|we|there|that|for)\b|afraid (?:i|that|there)|(?:unable|not able|ready"
    rf"|here) to {_WORK}|ready to\b"
    r"|(?:just |only )?an? (?:ai|artificial|(?:large )?language|text|virtual|assistant))"
    rf"|(?:i|we) (?:cannot|can['\u2019]?t|could(?: not|n['\u2019]t)|won['\u2019]t|will not"
    rf"|am not able to"
    rf"|am unable to|do(?: not|n['\u2019]t) (?:know how to|have the ability to))"
    rf" (?:\w+ly )?(?:be able to )?{_WORK}"
    r"|(?:i|we) do(?:n['\u2019]t| not) (?:have|see) (?:any|enough|access|the|a specific|personal"
    r"|information)"
    r"|i apologi[sz]e\b|my apologies|as an? (?:ai|artificial|(?:large )?language|text-based"
    r"|virtual)\b"
    r"|sorry,? (?:but )?(?:i|we|there|that|this)\b|unfortunately,? (?:i|we|there|you|no|it|the"
    r"|this|as)\b"
    r"|(?:it (?:seems|looks|appears)|i (?:see|notice|think)) (?:like |that )?(?:you|i)\b"
    r"|you (?:didn['\u2019]?t|did not|haven['\u2019]?t|have not) (?:provide|finish|specif|give"
    r"|includ|share|mention)\w*"
    r"|i(?:['\u2019]d| would) be (?:glad|happy) to\b[^.\n]{0,80}\bbut\b"
    r"|the (?:task|instruction|prompt|request) does(?:n['\u2019]t| not) (?:say|specify|include)"
    r"|no (?:input|text|sentence|image|data|file|passage|article|context) (?:was|is|has been"
    r"|were) (?:provided|given))",
    re.IGNORECASE,
)
"""How assistants decline, or say that something is missing."""

_PAIRS = {"(": ")", "[": "]", "{": "}"}
_SENTENCE = re.compile(r"[^\n.!?\u3002]*(?:[.!?\u3002]+[ \t]*|\n|\Z)")
_ENDS = "\n.!?\u3002"


def cut_thoughts(text: str) -> str:
    """Return a reply without its `<think>` blocks.

    A block counts where its tag begins a line, so that the word inside a sentence stays. One that
    is never closed takes all that follows it; a closing tag alone takes all that precedes it (some
    chat templates put the opening one into the prompt).
    """
    if "<" not in text:
        return text
    while True:
        opened = _OPEN.search(text)
        alone = _CLOSE_ALONE.search(text)
        if alone is not None and (opened is None or alone.end() <= opened.start()):
            text = text[alone.end() :]
        elif opened is not None:
            closed = _CLOSE.search(text, opened.end())
            text = text[: opened.start()] + (text[closed.end() :] if closed is not None else "")
        else:
            return text


def _own_turn(text: str) -> str:
    """Return a reply up to where its turn ends, by a chat template's marks that were left in it."""
    role = _ROLE.search(text)
    if role is not None and text[: role.start()].strip() and _SPEAKER.search(text[role.end() :]):
        text = text[: role.start()] if _SPEAKER.search(text[: role.start()]) is None else text
    if "<" not in text and "[/INST]" not in text:
        return text
    text = _TURN_BEGINS.sub("", _ANALYSIS.sub("", text, count=1), count=1)
    end = _TURN_ENDS.search(text)
    if end is None or ("</s>" in end.group() and "<s>" in text[: end.start()]):
        return text
    return text[: end.start()].rstrip() + "\n\n"


def prepare(text: str) -> str:
    """Return a reply with plain line ends, without thoughts, an outer fence or a next turn."""
    plain = cut_thoughts(_own_turn(text.replace("\r\n", "\n").replace("\r", "\n")))
    fenced = _FENCE.fullmatch(plain)
    if fenced is not None and "```" not in fenced.group(1) and "~~~" not in fenced.group(1):
        return fenced.group(1)
    return plain


def is_opener(text: str) -> bool:
    """Tell whether a line is small talk before the point, such as "Here are the tasks:"."""
    return _OPENER.match(text) is not None


def is_tail(text: str) -> bool:
    """Tell whether a line is small talk after the point, such as "Let me know ..."."""
    return _TAIL.match(text) is not None


def declines(text: str) -> bool:
    """Tell whether a text begins by declining, or by asking back."""
    return _DECLINES.match(text) is not None


_NO_WORD = re.compile(r"[\W_]+")
_ASCII_NO_WORD = {code: " " for code in range(128) if not chr(code).isalnum()}


def word_form(text: str) -> str:
    """Return the words alone, so that case, marks and blanks make no difference."""
    if text.isascii():
        return " ".join(text.lower().translate(_ASCII_NO_WORD).split())
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _NO_WORD.sub(" ", folded).strip()


def unbalanced(text: str) -> bool:
    """Tell whether a bracket was opened and never closed."""
    stack: list[str] = []
    for char in text:
        if char in _PAIRS:
            stack.append(_PAIRS[char])
        elif stack and char == stack[-1]:
            stack.pop()
    return bool(stack)


def before_loop(text: str) -> str:
    """Return a text up to the end of the first round, if it ends by going round in circles.

    A loop is a run of sentences or lines, of 12 letters or more, that comes three times or more at
    the end; a last, incomplete round is allowed.
    """
    if sum(map(text.count, _ENDS)) < 2:  # noqa: PLR2004 - fewer than three pieces
        return text
    pieces = [piece for piece in _SENTENCE.findall(text) if piece]
    forms = [piece.strip() for piece in pieces]
    count = len(forms)
    for ragged in (0, 1):
        end = count - ragged
        for period in range(1, min(20, end // 3) + 1):
            if forms[end - 1] != forms[end - 1 - period]:
                continue
            rounds = 1
            while _same(forms, end - period * (rounds + 1), end - period * rounds, period):
                rounds += 1
            first = end - period * rounds
            long_enough = sum(map(len, forms[first : first + period])) >= 12  # noqa: PLR2004
            if rounds >= 3 and long_enough:  # noqa: PLR2004
                return "".join(pieces[: first + period]).rstrip()
    return text


def _same(forms: Sequence[str], one: int, other: int, length: int) -> bool:
    return one >= 0 and all(forms[one + i] == forms[other + i] for i in range(length))
