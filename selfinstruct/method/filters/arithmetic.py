"""The rule against wrong sums: short calculations in an output are worked out."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

from selfinstruct.method.types import Rejected

from .basic import without_options
from .patterns import patterns

if TYPE_CHECKING:
    from selfinstruct.method.types import Task


_EQUATION, _ASKED, _ALONE, _STEP = patterns("EQUATION ASKED ALONE STEP")


@without_options
def wrong_arithmetic(task: Task) -> Rejected | None:
    """Turn down outputs with a sum that is wrong: "12 x 3 = 35", or 35 as the answer to "12 x 3".

    Sums of up to eight plain numbers are worked out exactly; a right side may be rounded or cut
    after its last digit. A sum that the instruction or input itself shows is not judged.
    """
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


def _judge(left: str, right: str, shown: str) -> Rejected | None:
    value, given = work_out(left), _number(right)
    if value is None or value == given:
        return None
    decimals = len(right.partition(".")[2])
    rounded = decimals or value.denominator > 1
    if rounded and abs(value - given) < Fraction(1, 10**decimals):
        return None
    plain = str(value.numerator) if value.denominator == 1 else f"{float(value):.6g}"
    return Rejected("wrong arithmetic", shown, plain)


def work_out(text: str) -> Fraction | None:
    """Return the value of a sum of plain numbers, products and quotients first.

    None where it divides by zero, or where there is more in it.
    """
    if _STEP.sub("", text).strip():
        return None
    total = term = Fraction(0)
    for sign, digits in _STEP.findall(text):
        number = _number(digits)
        if sign and sign in "*x\u00d7":
            term *= number
        elif sign and sign in "/\u00f7":
            if number == 0:
                return None
            term /= number
        else:
            total += term
            term = -number if sign and sign in "-\u2212" else number
    return total + term


def _number(text: str) -> Fraction:
    return Fraction(re.sub(r"[,$\u20ac\u00a3\s]", "", text))
