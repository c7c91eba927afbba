"""The language rule: scripts by their letters, Latin and Cyrillic languages by common words.

Small profiles of our own; no model, no download. They tell languages apart in a sentence or more
and say nothing of less.
"""

# ruff: noqa: RUF001 - the words of other languages are meant

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING

from selfinstruct.method.types import Rejected

if TYPE_CHECKING:
    from collections.abc import Sequence

    from selfinstruct.method.types import Filter, Task


PROFILES = {
    "en": "the of and to in is that for with this are as be what how from which or an you your"
    " write following given explain describe it on by do does create use list can have why"
    " a who about some was into their any",
    "de": "der die das und ist nicht ein eine einen einer den dem des mit von auf für sie wie"
    " was im zu es auch wird sind welche schreiben erklären beschreiben bei oder ihre ich"
    " wenn",
    "fr": "le la les des une est et dans pour que qui du un sur avec ce cette sont pas au vous"
    " votre comment quel quelle quels expliquez décrivez par plus ou en aux ses entre",
    "es": "el la los las una es en para que del un con por se su como cuál qué escribe describe"
    " explica más al lo sus este esta son cuáles entre",
    "it": "il la le gli una di per che del un con della dei come quale scrivi descrivi spiega"
    " più al lo nel sono questo questa cosa delle tra nella",
    "pt": "os as uma de para que do um com por da como qual escreva descreva explique mais ao"
    " seu sua não em no na dos são este esta entre ou",
    "nl": "de het een en van is niet in op te voor met zijn dat die wat hoe schrijf beschrijf om"
    " aan bij er naar leg uit deze dit welke of",
    "da": "og er det en et at på for af med som ikke den til de hvad hvordan skriv beskriv der"
    " kan eller fra om har forklar denne hvilke",
    "sv": "och är det en ett att på för av med som inte den till de vad hur skriv beskriv från"
    " eller kan om har förklara detta vilka",
    "pl": "na do nie jest to się że jak od po dla co czy napisz opisz jakie które oraz lub przez"
    " tego wyjaśnij",
    "tr": "ve bir bu için ile ne nasıl de da olarak daha gibi en yaz açıkla hangi veya olan",
    "vi": "và của là có trong cho một các được với không những hãy viết như từ để này về mô tả"
    " giải thích",
    "ru": "и в на не что с как это для по из к о или его",
    "uk": "і в на не що з як це для по та до або його є",
}
"""The commonest words of each language, and some that tasks are made of."""

_WORDS = {name: frozenset(text.split()) for name, text in PROFILES.items()}
_LANGUAGES = {
    word: tuple(name for name, words in _WORDS.items() if word in words)
    for words in _WORDS.values()
    for word in words
}
"""The languages that have a word among their commonest."""

_SCRIPTS = {"HANGUL": "ko", "HIRAGANA": "ja", "KATAKANA": "ja", "CJK": "zh", "ARABIC": "ar"}
_SCRIPTS |= {"HEBREW": "he", "GREEK": "el", "THAI": "th", "DEVANAGARI": "hi", "BENGALI": "bn"}
_LETTERED = {"LATIN": "latin", "CYRILLIC": "cyrillic"}
_QUOTED = re.compile(
    r"\"[^\"\n]*\"|\u201c[^\u201d\n]*\u201d|\u00ab[^\u00bb\n]*\u00bb|(?<!\w)'[^'\n]{3,}'(?!\w)"
    r"|\u300c[^\u300d\n]*\u300d|`[^`]*`|```.*?```",
    re.DOTALL,
)
_LANGUAGE_TASK = re.compile(
    r"translat|language|multilingual|foreign|bilingual|etymolog|transliterat|pronounc|dialect"
    r"|\b(?:english|spanish|french|german|italian|portuguese|dutch|danish|swedish|norwegian|finnish"
    r"|polish|russian|ukrainian|turkish|greek|latin|arabic|hebrew|hindi|bengali|urdu|chinese"
    r"|mandarin"
    r"|japanese|korean|vietnamese|thai|indonesian|malay|tagalog|swahili|esperanto|sanskrit)\b"
    r"|übersetz|tradu|翻译|翻訳|번역|из |перевед|\b(?:song|lyrics|poem|name)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+")
_ASCII_WORD = re.compile("[a-z]+")
_LEAST_LETTERS = 8
_LEAST_WORDS = 4
_LEAST_DIFFERENT = 3


KNOWN = frozenset(_WORDS) | frozenset(_SCRIPTS.values())
"""The languages that the rule can name."""


@lru_cache(maxsize=4096)
def _script(char: str) -> str:
    name = unicodedata.name(char, "").partition(" ")[0]
    return _SCRIPTS.get(name, _LETTERED.get(name, ""))


def unquoted(text: str) -> str:
    """Return the text without its quotations and code, which may be in any language."""
    return _QUOTED.sub(" ", text)


def guess_language(text: str) -> str:
    """Return the language a text is plainly in, as its two letters; "" where it does not show.

    A script of one language decides by most letters (Japanese by any tenth of kana). Among
    languages of one script the common words do: four of them at least, three different ones, and
    half as many again as of any other language.
    """
    if not text.isascii() or '"' in text or "'" in text or "`" in text:
        text = unquoted(text)
    if text.isascii():
        words = _ASCII_WORD.findall(text.lower())
        return _by_words(words) if sum(map(len, words)) >= _LEAST_LETTERS else ""
    letters = Counter(_script(char) for char in text if char.isalpha())
    total = sum(letters.values())
    if total < _LEAST_LETTERS and not letters.keys() - {"latin", "cyrillic", ""}:
        return ""
    script, count = max(letters.items(), key=lambda item: (item[1], item[0]), default=("", 0))
    if 2 * count <= total or not script:
        return ""
    if script == "zh" and letters["ja"] * 10 >= total:
        return "ja"
    if script not in _LETTERED.values():
        return script
    return _by_words(_WORD.findall(text.casefold()))


def _by_words(words: Sequence[str]) -> str:
    """Return the language that plainly has most of some words among its commonest."""
    known = [word for word in words if word in _LANGUAGES]
    if len(known) < _LEAST_WORDS:
        return ""
    hits = Counter(chain.from_iterable([_LANGUAGES[word] for word in known]))
    (best, most), *others = sorted(hits.items(), key=lambda item: (-item[1], item[0]))
    if most < _LEAST_WORDS or len(_WORDS[best].intersection(known)) < _LEAST_DIFFERENT:
        return ""
    return best if not others or 2 * most >= 3 * others[0][1] else ""


def language_of(seeds: Sequence[str]) -> str:
    """Return the language of most seed tasks; "" where none shows."""
    found = Counter(guess for seed in seeds if (guess := guess_language(seed)))
    if not found:
        return guess_language("\n".join(seeds))
    return max(found.items(), key=lambda item: (item[1], item[0]))[0]


def language(seeds: Sequence[str] = (), only: str = "") -> Filter:
    """Turn down instructions that are plainly in another language than the run's.

    Args:
        seeds: the seed tasks' instructions; most of them set the run's language.
        only: the run's language, as two letters, if the seed tasks are not to set it.
    """
    wanted = only or language_of(seeds)

    def check(task: Task) -> Rejected | None:
        instruction = task.instruction
        found = guess_language(instruction)
        if found and wanted and found != wanted:
            return Rejected("another language", found, wanted)
        return None

    return check


def instance_language(seeds: Sequence[str] = (), only: str = "") -> Filter:
    """Turn down outputs in another language than the run's, unless task or input call for it.

    The arguments are those of `language`.
    """
    wanted = only or language_of(seeds)

    def check(task: Task) -> Rejected | None:
        instruction, instance = task.instruction, task.instances[0]
        found = guess_language(instance.output)
        if not found or not wanted or found == wanted or _LANGUAGE_TASK.search(instruction):
            return None
        if guess_language(instance.input) == found or guess_language(instruction) == found:
            return None
        return Rejected("another language", found, wanted)

    return check
