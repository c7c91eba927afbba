"""The rule against instructions that a text model cannot carry out, by what they ask for.

A keyword alone says little: "map the values to a dictionary" and "graph theory" are text. So the
rule looks for what is asked: to make a picture or sound, to see or hear one that is not there, or
to act in the world. Code, captions and descriptions to be written are text, and so is a work of
art that can be named.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from selfinstruct.method.types import Rejected

if TYPE_CHECKING:
    from selfinstruct.method.types import Filter, Task

_SEEN = (
    r"(?:images?|photos?|photographs?|pictures?|drawings?(?! (?:an?|the|two|three|from|\d))"
    r"|illustrations?|logos?|posters?|infographics?"
    r"|collages?|gifs?|videos?|animations?|screenshots?|selfies?|wallpapers?"
    r"|(?:bar|pie|line|area|scatter|bubble|donut)[ -](?:charts?|graphs?|plots?)|histograms?"
    r"|3d models?)"
)
_HEARD = r"(?:audio(?: clips?| files?)?|sound(?: clips?| effects?)|recordings?|music videos?)"
_CHARTED = r"(?:graphs?|charts?|diagrams?|maps?)"
_MAKE = (
    r"(?:create|make|generate|design|produce|draw|sketch|paint|render|construct|compose|build"
    r"|develop"
    r"|edit|crop|resize|rotate|retouch|take|capture|shoot|record|find|retrieve|insert|attach"
    r"|show(?: me)?"
    r"|display|post|share|upload|download|film|modify|enhance|colou?ri[sz]e|print)"
)
_START = (
    r"(?:\A|(?<=[.!?;:]\s)"
    r"|\b(?:and|then|please|can you|could you|will you|would you"
    r"|(?:have|asked|required|want you|need you) to)\s)"
)
_TEXT_AFTER = (
    r"(?![ -]*(?:scripts?|descriptions?|captions?|titles?|prompts?|ideas?|concepts?|names?"
    r"|slogans?|taglines?"
    r"|games?|store|shop|galler(?:y|ies)|albums?|frames?|books?|editing|editor|blog|essays?|recognition"
    r"|processing"
    r"|classif\w+|compan\w+|campaigns?|industry|platform|app|websites?|sharing|tutorials?"
    r"|guides?|series"
    r"|conferenc\w+|calls?|cards?|lessons?|storyboards?|series|quality|copy|text|tags?|links?"
    r"|urls?|library"
    r"|generator|dataset|data|classifier|detection|compression|search|of the (?:future|day|year)))"
)
_MAKES = re.compile(
    rf"{_START}{_MAKE}\s+(?:(?:me|us)\s+)?(?:(?:an?|the|some|your|my|two|three|four|five|\d+|this"
    rf"|these)\s+)?"
    rf"(?:[\w'-]+\s+){{0,3}}?(?:{_SEEN}|{_HEARD})\b{_TEXT_AFTER}",
    re.IGNORECASE,
)
_DRAWS = re.compile(
    rf"{_START}(?:draw|sketch|paint|doodle|photograph)\s+(?:(?:me|us)\s+)?(?:an?|the|some|two"
    rf"|three|your|this|out an?)\s+"
    r"(?!(?:[\w-]+\s+){0,2}?(?:conclusions?|comparisons?|parallels?|inferences?|distinctions?"
    r"|lessons?|analog(?:y|ies)"
    r"|connections?|attention|inspiration|contrasts?|line\b|links?|plan|plot|outline|story"
    r"|argument|winner"
    r"|character|vivid|verbal|word|insights?|card|name|number|ball|triangle of|similarit\w+"
    r"|relationship"
    r"|association|correlation|portrait in words|implication|table|diagrams? (?:in|of) (?:text"
    r"|ascii)))",
    re.IGNORECASE,
)
_SEES = re.compile(
    rf"\b(?:this|these|following|given|attached|provided|supplied|accompanying|enclosed|uploaded"
    rf"|displayed)\s+"
    rf"(?:[\w'-]+\s+){{0,2}}?(?:{_SEEN}|{_HEARD})\b{_TEXT_AFTER}"
    rf"|\b(?:{_SEEN}|{_HEARD})\s+(?:below|above|attached|provided|shown|i gave)\b"
    rf"|\b(?:in|of|from|on)\s+(?:the|this|an?)\s+(?:given\s+)?(?:image|picture|photo|photograph"
    rf"|video|audio|screenshot)"
    rf"\s*[.?!]?\s*\Z",
    re.IGNORECASE,
)
_LOOKS = re.compile(
    rf"\b(?:look(?:ing)? at|view|watch|listen(?:ing)? to|interpret|describe|analy[sz]e|explain"
    rf"|read)\s+"
    rf"(?:this|these|the (?:following|given|attached|provided))\s+(?:[\w'-]+\s+){{0,2}}?"
    rf"(?:{_SEEN}|{_HEARD}|{_CHARTED}|songs?|sounds?|clips?|movies?|films?)\b(?=\s*(?:[.,?!]|\Z"
    rf"|and\b|to\b|below|above))"
    rf"(?<!the following song)(?<!the following movie)(?<!the given song)(?<!the given movie)"
    rf"(?<!the following film)(?<!the given film)",
    re.IGNORECASE,
)
_ACTS = re.compile(
    r"(?:please\s+|can you\s+|could you\s+)?(?:"
    r"(?:upload|download|install|unzip)\s+(?:this|the|an?|my|these)\b"
    r"|(?:print|open|save|delete|close|attach)\s+(?:out\s+)?(?:this|the|my"
    r"|an?)\s+(?:\w+\s+)?(?:files?|documents?|pdf|folder|attachment"
    r"|browser|app|application|door|window|lights?)\b"
    r"|(?:send|forward)\s+(?:an?|the|this|my)\s+(?:\w+\s+)?(?:e-?mails?|message|text|letter"
    r"|package|invitation)\s+to\b"
    r"|(?:call|phone|ring|text|e-?mail)\s+(?:my|your|his|her|mom|dad|the (?:doctor|police|store"
    r"|restaurant))\b"
    r"|make\s+an?\s+(?:phone|telephone|video|api)\s+call\b|take\s+(?:an?|the)\s+(?:photo|picture"
    r"|screenshot|selfie|video)"
    r"|play\s+(?:me\s+)?(?:an?|the|some|my)\s+(?:\w+\s+)?(?:song|music|video|movie|playlist|sound)"
    r"|(?:set|create)\s+(?:an?|the|my)\s+(?:alarm|timer|reminder)\b|remind\s+me\b|wake\s+me\b"
    r"|(?:book|order|buy|purchase|reserve)\s+(?:me\s+)?(?:an?|the|some"
    r"|two)\s+(?:[\w-]+\s+){0,2}?(?:flights?|hotel|room|tables?|tickets?"
    r"|taxi|cab|pizza|food|meal|appointment|car)\b"
    r"|schedule\s+(?:me\s+)?an?\s+(?:\w+\s+)?(?:meeting|appointment|call)\b|turn\s+(?:on"
    r"|off)\s+(?:the|my)\b"
    r"|(?:click|tap|go\s+to|visit|navigate\s+to)\s+(?:on\s+)?(?:this|the (?:following|given|link"
    r"|url|website|web\s?site|page|button)|https?:|www\.)"
    r"|(?:perform|do|run|conduct)\s+an?\s+(?:google|web|internet|online)\s+search\b"
    r"|(?:search|browse)\s+(?:the\s+(?:web|internet)|online|google|the\s+site)\b|google\s+(?:the"
    r"|for)\b"
    r"|sing\s+(?:me\s+)?an?\s+song\b|record\s+(?:an?|the|your(?:self)?|my)\s+(?:\w+\s+)?(?:song"
    r"|video|audio|message|voice|podcast)"
    r")",
    re.IGNORECASE,
)
"""Matched at the beginning of each sentence."""
_NOW = re.compile(
    r"what(?:['\u2019]s| is)\s+(?:the\s+)?(?:current\s+|exact\s+)?(?:time|date|day|weather"
    r"|temperature)"
    r"(?:\s+(?:like|is it|in [\w ,]+))?\s*(?:right now|now|today|outside|currently)?\s*\?*\Z"
    r"|what\s+(?:time|day)\s+is\s+it\b|(?:what(?:['\u2019]s| is)|find|tell me|give me|check"
    r"|show me|get)\s+(?:me\s+)?(?:out\s+)?(?:the\s+)?"
    r"(?:current|today['\u2019]s|live|real[- ]time)\s+(?:weather|temperature|stock prices?"
    r"|exchange rates?|traffic|news headlines?)\b",
    re.IGNORECASE,
)
"""Matched at the beginning of the instruction."""
_TEXT_WORK = re.compile(
    r"\b(?:code|program(?:me)?|python|java(?:script)?|html|css|svg|sql|latex|matplotlib|tikz"
    r"|ascii|emojis?|function|script"
    r"|algorithm|api|class|regex|query|pseudo-?code|react|php|ruby|swift|bash|shell|command"
    r"|excel|formula|gui"
    r"|software|neural network|model that|machine learning|app|in words|verbal(?:ly)?"
    r"|text[- ]based|c\+\+|c#|haiku|poem"
    r"|story|how to|how (?:do|can|would|does|did|should)|steps|tips|instructions|procedure"
    r"|graph theory)\b",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?]\s")
_QUOTED = re.compile(r"\"[^\"\n]*\"|\u201c[^\u201d\n]*\u201d|(?<!\w)'[^'\n]{4,}'(?!\w)")
_WORD = re.compile("[a-z0-9]+")
_TELLING = frozenset(
    word
    for words in (
        "image images photo photos photograph photographs picture pictures drawing drawings",
        "illustration illustrations logo logos poster posters infographic infographics collage",
        "collages gif gifs video videos animation animations screenshot screenshots selfie selfies",
        "wallpaper wallpapers histogram histograms model models audio sound sounds recording",
        "recordings graph graphs chart charts plot plots diagram diagrams map maps song songs clip",
        "clips movie movies film films draw sketch paint doodle",
    )
    for word in words.split()
)
"""One of these stands in every text in which `_MAKES`, `_DRAWS`, `_SEES` or `_LOOKS` finds
something: a look at them spares the search of most texts."""


def beyond_text() -> Filter:
    """Turn down what a text model cannot do: draw, see, hear, act, or know the present moment."""

    def check(task: Task) -> Rejected | None:
        instruction = task.instruction
        plain = instruction
        if not plain.isascii() or '"' in plain or "'" in plain:
            plain = _QUOTED.sub('""', plain)
        found = _acts(plain) or _NOW.match(plain) or _works_on_things(plain)
        if found is None:
            return None
        return Rejected("beyond text", " ".join(found.group().split())[:80], "text alone")

    return check


def _acts(text: str) -> re.Match[str] | None:
    """Return where a sentence asks to act in the world."""
    starts = [0, *(end.end() for end in _SENTENCE_END.finditer(text))]
    return next((found for start in starts if (found := _ACTS.match(text, start))), None)


def _works_on_things(text: str) -> re.Match[str] | None:
    """Return where a picture or sound is made, seen or heard; None where text is made of it."""
    if text.isascii() and _TELLING.isdisjoint(_WORD.findall(text.lower())):
        return None
    searches = (pattern.search(text) for pattern in (_MAKES, _DRAWS, _SEES, _LOOKS))
    found = next((hit for hit in searches if hit is not None), None)
    return None if found is None or _TEXT_WORK.search(text) else found
