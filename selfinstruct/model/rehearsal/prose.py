"""Texts that answer open tasks: paragraphs, steps, lists, letters, verses, dialogues.

Each function takes what the task is about and a stream of draws. The topic stands where a noun
phrase of either number fits, so that every topic of the lists can be used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from .things import THINGS
from .topics import NAMES, words

if TYPE_CHECKING:
    from .dice import Dice

Slots = Mapping[str, str]

_OPENINGS = words("""
There is more to {x} than most people expect; Few things repay attention as much as {x}
A good way into {x} is to begin with one small case
Anyone can learn the essentials of {x} in an afternoon
People disagree about {x}, and often for good reasons
The simplest answer to a question about {x} is also the best one
Most of what is said about {x} goes back to a handful of observations
It helps to meet {x} first and the theory later; Nobody needs special training to make sense of {x}
Interest in {x} tends to grow with experience; At first sight {x} may look dull
Textbooks usually treat {x} too briefly; Every generation rediscovers {x}
""")
_MIDDLES = words("""
Careful people compare two or three sources before they decide
Small changes at the start make a large difference later
Much depends on the season and on who is involved; The costs are modest when the work is shared
Experts point to patience as the deciding factor; A short test at home shows whether the idea holds
Practice matters more than equipment; The usual mistake is to hurry the first step
Those who know {x} well keep notes of what went wrong; A neighbour or a colleague can often help
Old habits explain a good part of it; Some of the details are still debated
The evidence comes from everyday life; Local customs shape the outcome more than rules do
Two hours a week are enough to see progress; Children tend to notice this sooner than adults
What looks like luck is mostly preparation; The main risk lies in ignoring early signs
Plain words do more here than technical terms; One example is worth a page of description
Money plays a smaller part than is often claimed
""")
_ENDINGS = words("""
In the end, {x} rewards those who stay curious; That is why {x} deserves a second look
So treat {x} as a skill that grows with use; With that in mind, {x} becomes far less puzzling
The rest is a matter of trying it out; Start small, and the larger picture of {x} follows by itself
""")
_STEPS = words("""
Write down what you want to reach and by when; Collect everything you need before you begin
Ask someone with experience to check the plan; Start with the easiest part to gain confidence
Set aside twenty quiet minutes for the hardest part; Work slowly and check each result
Take a break before anything important; Keep a short record of what you did
Clear enough space to work in; Test the result on a small scale first
Correct one mistake at a time; Tidy up as you go along; Compare the result with what you planned
Tell the people concerned what will happen; Repeat the step that went worst
Decide what you will leave out; Finish by noting what to do differently next time
Put safety first and wear gloves
""")
_POINTS = words("""
It saves time when the days are full; It costs little to try; It can be shared with friends
It builds on what people already know; It holds up well in bad weather; It leaves room for mistakes
It brings neighbours together; It needs no special equipment; It is easy to explain to a newcomer
It keeps the budget under control; It lowers stress at home; It teaches patience
It makes a dull day better; It draws on local knowledge
It works in small rooms as well as large ones; It can be undone if it goes wrong
It has been tried many times before; It gives quick feedback; It respects the rules
It helps those who come later
""")
_VERSES = words("""
The morning came in silver grey; I kept a promise made last May; The wind had nothing left to say
We laughed and put the doubts away; A lamp was burning by the bay
The clock was slow and so were they; The kettle sang its song of clay
The road went on, the road would stay; And no one asked what it would pay
The stars came out to watch the play; A dog lay dreaming in the hay
The rain had washed the dust away
""")
_LINES = words("""
I would never have guessed that; Could you say a little more about it; That depends on whom you ask
My aunt tells it quite differently; Let me write that down; It took me years to find out
Then we should try it together; You are the first to mention it; I am not so sure
That sounds easier than it is; Give me until Thursday
""")
_BODY = words("""
I am writing about {x}, and I hope you can spare a moment
The matter has been on my mind since last week
Would it be possible to settle it before the end of the month
I would be glad to talk about it by telephone; Please let me know which day suits you
I enclose everything that may help; Your advice has always been worth having
I am sorry for any trouble this may have caused; Thank you for your patience so far
""")


_QUESTIONS = words("""
What drew you to {x}; Who taught you most about {x}; When did {x} first matter to you
What would you change about {x}; How do you explain {x} to a child
Which mistake with {x} taught you most; What is overrated about {x}
Where can a newcomer learn about {x}; What does {x} cost in a year; How will {x} look in ten years
Which rule about {x} would you break; What do outsiders get wrong about {x}
Whom would you trust with {x}
""")
_NAME_FIRST = words("""
The Copper; The Honest; The Quiet; North Gate; Seven Lanes; The Little; Old Harbour; Blue Door
The Brave; Two Rivers; Silver Lane; The Curious; First Light; The Merry; Hill Top
""")
_NAME_SECOND = words("""
Corner; Workshop; Company; Circle; House; Collective; Pantry; Club; Union; Yard; Parlour; Guild
Office; Rooms
""")


def capital(text: str) -> str:
    """Return the text with its first character in upper case and the rest untouched."""
    return text[:1].upper() + text[1:]


def _sentences(lines: list[str], topic: str) -> str:
    return " ".join(capital(line.replace("{x}", topic)) + "." for line in lines)


def paragraph(topic: str, dice: Dice, count: int = 0) -> str:
    """Return a paragraph of `count` sentences (2 to 5 when it is 0) about the topic."""
    count = count or dice.between(2, 5)
    lines = [dice.pick(_OPENINGS)]
    lines += dice.some(_MIDDLES, count - 2)
    if count > 1:
        lines.append(dice.pick(_ENDINGS))
    return _sentences(lines, topic)


def steps(topic: str, dice: Dice, count: int = 0) -> str:
    """Return a numbered list of `count` steps (3 to 6 when it is 0); the first names the topic."""
    chosen = dice.some(_STEPS, (count or dice.between(3, 6)) - 1)
    lines = [f"Read up on how to {topic}", *chosen]
    return "\n".join(f"{number}. {line}." for number, line in enumerate(lines, 1))


def points(topic: str, dice: Dice, count: int = 0) -> str:
    """Return a bulleted list of `count` points (3 to 5 when it is 0) on the topic."""
    chosen = dice.some(_POINTS, count or dice.between(3, 5))
    mark = dice.pick(("-", "*", "•"))
    head = f"{capital(topic)} in short"
    return head + "\n" + "\n".join(f"{mark} {line}" for line in chosen)


def questions(topic: str, dice: Dice, count: int = 0) -> str:
    """Return `count` numbered questions (4 when it is 0) about the topic."""
    chosen = dice.some(_QUESTIONS, count or 4)
    return "\n".join(f"{n}. {line.replace('{x}', topic)}?" for n, line in enumerate(chosen, 1))


def names(_topic: str, dice: Dice, count: int = 0) -> str:
    """Return `count` names (3 when it is 0) for a place of business."""
    first = dice.some(_NAME_FIRST, count or 3)
    return ", ".join(f"{word} {dice.pick(_NAME_SECOND)}" for word in first)


def items(_topic: str, dice: Dice, count: int = 0) -> str:
    """Return a bulleted list of `count` things (4 when it is 0)."""
    return "\n".join(f"- {capital(thing)}" for thing in dice.some(THINGS, count or 4))


def verse(topic: str, dice: Dice, count: int = 0) -> str:
    """Return `count` lines of verse (4 when it is 0), the first one naming the topic."""
    lines = dice.some(_VERSES, (count or 4) - 1)
    return "\n".join([f"I sing of {topic},", *(f"{line}," for line in lines[:-1]), f"{lines[-1]}."])


def letter(topic: str, dice: Dice, _count: int = 0) -> str:
    """Return a short letter about the topic."""
    inner = _sentences(dice.some(_BODY, dice.between(2, 4)), topic)
    return (
        f"Dear {dice.pick(NAMES)},\n\nThis note concerns {topic}. {inner}\n\n"
        f"{dice.pick(('Kind regards', 'With best wishes', 'Yours sincerely'))},\n{dice.pick(NAMES)}"
    )


def dialogue(topic: str, dice: Dice, _count: int = 0) -> str:
    """Return a dialogue of five lines about the topic."""
    first, second = dice.some(NAMES, 2)
    talk = [f"Tell me about {topic}", *dice.some(_LINES, 4)]
    return "\n".join(f"{(first, second)[turn % 2]}: {line}." for turn, line in enumerate(talk))


def story(topic: str, dice: Dice, count: int = 0) -> str:
    """Return the opening of a story that turns on the topic."""
    name = dice.pick(NAMES)
    lines = [f"{name} had never given a thought to {topic}", *dice.some(_MIDDLES, count or 2)]
    return _sentences(lines, topic) + f" That evening {name} walked home smiling."


def short(topic: str, dice: Dice, _count: int = 0) -> str:
    """Return a single line: a slogan, a headline or a title."""
    frame = dice.pick(
        (
            "{x}, and nothing else matters.",
            "A fresh look at {x}.",
            "Nobody does {x} like we do.",
            "The quiet triumph of {x}.",
            "Why {x} will not go away.",
            "Closer to {x} than ever before.",
        )
    )
    return capital(frame.replace("{x}", topic))


WRITERS: Mapping[str, Callable[[str, Dice, int], str]] = {
    "paragraph": paragraph,
    "steps": steps,
    "points": points,
    "questions": questions,
    "names": names,
    "items": items,
    "verse": verse,
    "letter": letter,
    "dialogue": dialogue,
    "story": story,
    "short": short,
}
