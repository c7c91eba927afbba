"""The rule against wrong sums: short calculations in an output are worked out."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

from selfinstruct.method.types import Rejected

if TYPE_CHECKING:
    from selfinstruct.method.types import Filter, Task


_MONEY = r"(?:[$\u20ac\u00a3]\s?)?"
_NUMBER = rf"{_MONEY}-?\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?|{_MONEY}-?\d{{1,12}}(?:\.\d{{1,6}})?"
_SIGN = r"[-+*/\u00d7\u00f7\u2212x]"
_SUM = rf"(?:{_NUMBER})(?:\s?{_SIGN}\s?(?:{_NUMBER})|\s{_SIGN}\s(?:{_NUMBER})){{1,7}}"
_EQUATION = re.compile(
    rf"(?<![\w.,^)\]}}=+*/\u00d7\u00f7\u2212%:(\[-])(?<![x)=+*/\u00d7\u00f7\u2212^-]\s)(?<!of\s)(?P<left>{_SUM})\s?=\s?"
    rf"(?P<right>{_NUMBER})(?![\w^/*]|[.,:]\d|\s?[-+*/\u00d7\u00f7\u2212^=(%!]|\s?(?:remainder"
    rf"|r\d|mod|and a|or |\d))",
    re.IGNORECASE,
)
_ASKED = re.compile(
    rf"(?:what(?:['\u2019]s| is)|calculate|compute|evaluate|solve|work out"
    rf"|find(?: the value of)?|add|simplify)?"
    rf"(?: the (?:following )?(?:sum|product|expression|equation|problem"
    rf"|calculation)(?: of)?)?[:\s]*"
    rf"(?P<left>{_SUM})\s*=?\s*\??\.?\s*",
    re.IGNORECASE,
)
_ALONE = re.compile(
    rf"\W*(?:(?:the )?(?:answer|result|sum|product|difference)(?: is| ="
    rf"|:)?\s*)?(?P<right>{_NUMBER})\.?\s*",
    re.IGNORECASE,
)
_PIECE = re.compile(rf"(?P<number>{_NUMBER})|(?P<sign>{_SIGN})")


def wrong_arithmetic() -> Filter:
    """Turn down outputs with a sum that is wrong: "12 x 3 = 35", or 35 as the answer to "12 x 3".

    Sums of up to eight plain numbers are worked out exactly; a right side may be rounded or cut
    after its last digit. A sum that the instruction or input itself shows is not judged.
    """

    def check(task: Task) -> Rejected | None:
        instruction, instance = task.instruction, task.instances[0]
        asked = f"{instruction}\n{instance.input}"
        sums = _EQUATION.finditer(instance.output) if "=" in instance.output else ()
        for found in sums:
            if found.group() in asked:
                continue
            rejected = _judge(found["left"], found["right"], found.group())
            if rejected is not None:
                return rejected
        answer = _ALONE.fullmatch(instance.output)
        if answer is not None:
            for text in (instruction, instance.input):
                question = _ASKED.fullmatch(text.strip())
                if question is not None:
                    return _judge(question["left"], answer["right"], answer.group().strip())
        return None

    return check


def _judge(left: str, right: str, shown: str) -> Rejected | None:
    value = work_out(left)
    if value is None:
        return None
    given = _number(right)
    decimals = len(right.partition(".")[2])
    if abs(value - given) < Fraction(1, 10**decimals) and (decimals or value.denominator > 1):
        return None
    if value == given:
        return None
    return Rejected("wrong arithmetic", shown, _plain(value))


def work_out(text: str) -> Fraction | None:
    """Return the value of a sum of plain numbers, products and quotients first.

    None where it divides by zero.
    """
    total, term, sign = Fraction(0), Fraction(0), "+"
    wants_number = True
    place = 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        found = _PIECE.match(text, place)
        if found is None or (found["number"] is None) == wants_number:
            if found is not None and not wants_number:  # "5 -3": the minus is a sign here
                found = re.compile(_SIGN).match(text, place)
            if found is None or wants_number:
                return None
            sign, place, wants_number = found.group(), found.end(), True
            continue
        place = found.end()
        if not wants_number:
            sign, wants_number = found.group(), True
            continue
        number, wants_number = _number(found.group()), False
        if sign in "+-\u2212":
            total += term
            term = number if sign == "+" else -number
        elif sign in "/\u00f7":
            if number == 0:
                return None
            term /= number
        else:
            term *= number
    return None if wants_number else total + term


def _number(text: str) -> Fraction:
    return Fraction(re.sub(r"[,$\u20ac\u00a3\s]", "", text))


def _plain(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f"{float(value):.6g}"
