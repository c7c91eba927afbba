"""The losses of a training as a small picture (SVG), drawn without any package."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WIDE, HIGH, EDGE = 640, 320, 48
"""Size of the picture and of its margins, in CSS pixels."""
_COLOURS = ("#1f6fb4", "#c0561d", "#3c8a3f", "#7a4aa8")
_LINES = 4


def curve(lines: Mapping[str, Sequence[tuple[int, float]]]) -> str:
    """Return an SVG of lines over the steps of a training.

    Args:
        lines: by name, points of step and value; a line without points is left out.
    """
    lines = {name: points for name, points in lines.items() if points}
    steps = [step for points in lines.values() for step, _ in points] or [0]
    values = [value for points in lines.values() for _, value in points] or [0.0]
    low, high, last = min(values), max(values), max(1, *steps)
    span = (high - low) or 1.0

    def place(step: float, value: float) -> tuple[float, float]:
        across = EDGE + step / last * (WIDE - 2 * EDGE)
        return round(across, 1), round(HIGH - EDGE - (value - low) / span * (HIGH - 2 * EDGE), 1)

    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {HIGH}" '
            'font-family="sans-serif" font-size="12">'
        ),
        f'<rect width="{WIDE}" height="{HIGH}" fill="#fff"/>',
    ]
    for at in range(_LINES + 1):
        value = low + span * at / _LINES
        _, y = place(0, value)
        parts += [
            f'<path d="M{EDGE} {y}H{WIDE - EDGE}" stroke="#ddd"/>',
            f'<text x="{EDGE - 6}" y="{y + 4}" text-anchor="end">{value:.3g}</text>',
        ]
    for step in dict.fromkeys((0, last // 2, last)):
        x, _ = place(step, low)
        y = HIGH - EDGE + 18
        parts.append(f'<text x="{x}" y="{y}" text-anchor="middle">{step}</text>')
    for at, (name, points) in enumerate(lines.items()):
        colour = _COLOURS[at % len(_COLOURS)]
        path = " ".join(f"{x},{y}" for x, y in (place(*point) for point in points))
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [
            f'<circle cx="{x}" cy="{y}" r="2.5" fill="{colour}"/>'
            for x, y in (place(*point) for point in points)
        ]
        parts.append(f'<text x="{EDGE + 150 * at}" y="24" fill="{colour}">{escape(name)}</text>')
    return "\n".join([*parts, "</svg>", ""])
