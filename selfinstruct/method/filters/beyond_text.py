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
    r"|illustrations?|logos?|posters?|infographics?|collages?|gifs?|videos?|animations?"
    r"|screenshots?|selfies?|wallpapers?|(?:bar|pie|line|area|scatter|bubble|donut)[ -](?:charts?"
    r"|graphs?|plots?)|histograms?|3d models?)"
)
_HEARD = r"(?:audio(?: clips?| files?)?|sound(?: clips?| effects?)|recordings?|music videos?)"
_CHARTED = r"(?:graphs?|charts?|diagrams?|maps?)"
_MAKE = (
    r"(?:create|make|generate|design|produce|draw|sketch|paint|render|construct|compose|build"
    r"|develop|edit|crop|resize|rotate|retouch|take|capture|shoot|record|find|retrieve|insert"
    r"|attach|show(?: me)?|display|post|share|upload|download|film|modify|enhance|colou?ri[sz]e"
    r"|print)"
)
_START = (
    r"(?:\A|(?<=[.!?;:]\s)|\b(?:and|then|please|can you|could you|will you|would you|(?:have|asked"
    r"|required|want you|need you) to)\s)"
)
_TEXT_AFTER = (
    r"(?![ -]*(?:scripts?|descriptions?|captions?|titles?|prompts?|ideas?|concepts?|names?|slogans?"
    r"|taglines?|games?|store|shop|galler(?:y|ies)|albums?|frames?|books?|editing|editor|blog"
    r"|essays?|recognition|processing|classif\w+|compan\w+|campaigns?|industry|platform|app"
    r"|websites?|sharing|tutorials?|guides?|series|conferenc\w+|calls?|cards?|lessons?|storyboards?"
    r"|series|quality|copy|text|tags?|links?|urls?|library|generator|dataset|data|classifier"
    r"|detection|compression|search|of the (?:future|day|year)))"
)
_MAKES = re.compile(
    rf"{_START}{_MAKE}\s+(?:(?:me|us)\s+)?(?:(?:an?|the|some|your|my|two|three|four|five|\d+|this"
    rf"|these)\s+)?(?:[\w'-]+\s+){{0,3}}?(?:{_SEEN}|{_HEARD})\b{_TEXT_AFTER}",
    re.IGNORECASE,
)
_DRAWS = re.compile(
    rf"{_START}(?:draw|sketch|paint|doodle|photograph)\s+(?:(?:me|us)\s+)?(?:an?|the|some|two|three"
    r"|your|this|out an?)\s+(?!(?:[\w-]+\s+){0,2}?(?:conclusions?|comparisons?|parallels?"
    r"|inferences?|distinctions?|lessons?|analog(?:y|ies)|connections?|attention|inspiration"
    r"|contrasts?|line\b|links?|plan|plot|outline|story|argument|winner|character|vivid|verbal"
    r"|word|insights?|card|name|number|ball|triangle of|similarit\w+|relationship|association"
    r"|correlation|portrait in words|implication|table|diagrams? (?:in|of) (?:text|ascii)))",
    re.IGNORECASE,
)
_SEES = re.compile(
    r"\b(?:this|these|following|given|attached|provided|supplied|accompanying|enclosed|uploaded"
    rf"|displayed)\s+(?:[\w'-]+\s+){{0,2}}?(?:{_SEEN}|{_HEARD})\b{_TEXT_AFTER}|\b(?:{_SEEN}"
    rf"|{_HEARD})\s+(?:below|above|attached|provided|shown|i gave)\b|\b(?:in|of|from|on)\s+(?:the"
    r"|this|an?)\s+(?:given\s+)?(?:image|picture|photo|photograph|video|audio"
    r"|screenshot)\s*[.?!]?\s*\Z",
    re.IGNORECASE,
)
_LOOKS = re.compile(
    r"\b(?:look(?:ing)? at|view|watch|listen(?:ing)? to|interpret|describe|analy[sz]e|explain"
    r"|read)\s+(?:this|these|the (?:following|given|attached|provided))\s+(?:[\w'-]+\s+){0,2}?"
    rf"(?:{_SEEN}|{_HEARD}|{_CHARTED}|songs?|sounds?|clips?|movies?|films?)\b(?=\s*(?:[.,?!]|\Z"
    r"|and\b|to\b|below|above))(?<!the following song)(?<!the following movie)(?<!the given song)"
    r"(?<!the given movie)(?<!the following film)(?<!the given film)",
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
    r"|temperature)(?:\s+(?:like|is it|in [\w ,]+))?\s*(?:right now|now|today|outside"
    r"|currently)?\s*\?*\Z|what\s+(?:time|day)\s+is\s+it\b|(?:what(?:['\u2019]s| is)|find|tell me"
    r"|give me|check|show me|get)\s+(?:me\s+)?(?:out\s+)?(?:the\s+)?(?:current|today['\u2019]s|live"
    r"|real[- ]time)\s+(?:weather|temperature|stock prices?|exchange rates?|traffic"
    r"|news headlines?)\b",
    re.IGNORECASE,
)
"""Matched at the beginning of the instruction."""
_TEXT_WORK = re.compile(
    r"\b(?:code|program(?:me)?|python|java(?:script)?|html|css|svg|sql|latex|matplotlib|tikz|ascii"
    r"|emojis?|function|script|algorithm|api|class|regex|query|pseudo-?code|react|php|ruby|swift"
    r"|bash|shell|command|excel|formula|gui|software|neural network|model that|machine learning|app"
    r"|in words|verbal(?:ly)?|text[- ]based|c\+\+|c#|haiku|poem|story|how to|how (?:do|can|would"
    r"|does|did|should)|steps|tips|instructions|procedure|graph theory)\b",
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
