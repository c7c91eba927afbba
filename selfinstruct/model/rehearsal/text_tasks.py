"""Tasks on a given text: rewrite, correct, extract, summarise, answer, translate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import prose, things, topics
from .frames import Frame, Pair, frames
from .prose import Slots, capital
from .slots import an

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .dice import Dice
    from .frames import Maker

_VERBS = (
    ("repair", "repairs", "repaired", "repairing"),
    ("carry", "carries", "carried", "carrying"),
    ("paint", "paints", "painted", "painting"),
    ("clean", "cleans", "cleaned", "cleaning"),
    ("hide", "hides", "hid", "hiding"),
    ("sell", "sells", "sold", "selling"),
    ("lift", "lifts", "lifted", "lifting"),
    ("borrow", "borrows", "borrowed", "borrowing"),
    ("describe", "describes", "described", "describing"),
    ("find", "finds", "found", "finding"),
    ("want", "wants", "wanted", "wanting"),
    ("buy", "buys", "bought", "buying"),
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_LINES = (
    ("The house is old.", "La casa es vieja.", "La maison est vieille.", "Das Haus ist alt."),
    ("I am hungry.", "Tengo hambre.", "J'ai faim.", "Ich habe Hunger."),
    (
        "Where is the station?",
        "¿Dónde está la estación?",
        "Où est la gare ?",
        "Wo ist der Bahnhof?",
    ),
    ("The dog is sleeping.", "El perro duerme.", "Le chien dort.", "Der Hund schläft."),
    ("We need bread.", "Necesitamos pan.", "Nous avons besoin de pain.", "Wir brauchen Brot."),
    ("It is raining today.", "Hoy llueve.", "Il pleut aujourd'hui.", "Heute regnet es."),
    ("My sister sings.", "Mi hermana canta.", "Ma sœur chante.", "Meine Schwester singt."),
    (
        "The book is on the table.",
        "El libro está en la mesa.",
        "Le livre est sur la table.",
        "Das Buch liegt auf dem Tisch.",
    ),
    ("See you tomorrow.", "Hasta mañana.", "À demain.", "Bis morgen."),
    ("The water is cold.", "El agua está fría.", "L'eau est froide.", "Das Wasser ist kalt."),
    ("How much does it cost?", "¿Cuánto cuesta?", "Combien ça coûte ?", "Wie viel kostet es?"),
    (
        "She lives in the city.",
        "Ella vive en la ciudad.",
        "Elle habite en ville.",
        "Sie wohnt in der Stadt.",
    ),
)


def _sentence(change: Callable[[str, tuple[str, str, str, str], str], str]) -> Maker:
    def make(_slots: Slots, dice: Dice) -> Sequence[Pair]:
        pairs = []
        for verb in dice.some(_VERBS, dice.between(1, 3)):
            subject = f"The {dice.pick(topics.JOBS)}"
            thing = dice.pick(things.THINGS)
            given = f"{subject} {verb[1]} {thing}."
            pairs.append(Pair(given, change(subject, verb, thing), "Sentence"))
        return pairs

    return make


def _low(subject: str) -> str:
    return "t" + subject[1:]


def _note(ask: int) -> Maker:
    def make(_slots: Slots, dice: Dice) -> Sequence[Pair]:
        pairs = []
        for day in dice.some(_DAYS, dice.between(1, 3)):
            name, thing, place = (
                dice.pick(topics.NAMES),
                dice.pick(things.THINGS),
                dice.pick(things.PLACES),
            )
            hour = f"{dice.between(6, 21)}:{dice.between(10, 59)}"
            text = f"On {day} at {hour}, {name} took {thing} to {place}."
            pairs.append(Pair(text, (day, hour, name, capital(thing), capital(place))[ask], "Note"))
        return pairs

    return make


def _summary(slots: Slots, dice: Dice) -> Sequence[Pair]:
    about = slots.get("subject") or slots["topic"]
    text = prose.paragraph(about, dice, dice.between(4, 6))
    first = text.split(". ")[0]
    return [Pair(text, f"{first}. The text asks for a patient look at {about}.", "Passage")]


def _question(slots: Slots, dice: Dice) -> Sequence[Pair]:
    about = slots.get("subject") or slots["topic"]
    text = prose.paragraph(about, dice, 4)
    return [
        Pair(f"{text}\nQuestion: What does the text say about {about}?", text.split(". ")[0] + ".")
    ]


_LONG = 6
"""Words of so many letters may get two of them swapped."""


def _spelling(slots: Slots, dice: Dice) -> Sequence[Pair]:
    about = slots.get("subject") or slots["topic"]
    pairs = []
    for _ in range(dice.between(1, 2)):
        right = prose.paragraph(about, dice, 2)
        parts = right.split(" ")
        long = [place for place, word in enumerate(parts) if len(word) >= _LONG and word.isalpha()]
        for place in dice.some(long, 2):
            word = parts[place]
            parts[place] = word[:2] + word[3] + word[2] + word[4:]
        wrong = " ".join(parts)
        if wrong != right:
            pairs.append(Pair(wrong, right, "Draft"))
    return pairs or [Pair(f"We talkde about {about}.", f"We talked about {about}.", "Draft")]


def _title(slots: Slots, dice: Dice) -> Sequence[Pair]:
    about = slots.get("subject") or slots["topic"]
    return [Pair(prose.paragraph(about, dice, 4), capital(f"{about}: a second look"), "Article")]


def _reply(slots: Slots, dice: Dice) -> Sequence[Pair]:
    about = slots["mishap"]
    name = dice.pick(topics.NAMES)
    given = f"Hello, I am {name} and I write because of {about}. Please tell me what you will do."
    answer = (
        f"Dear {name}, thank you for telling us about {about}. We are sorry. {dice.pick(_REMEDIES)}"
    )
    return [Pair(given, answer, "Message")]


_REMEDIES = (
    "A colleague will call you tomorrow before noon.",
    "We will pay for the damage and send flowers.",
    "You will hear from us by Friday, and this will not happen again.",
    "Please visit us at any time so that we can settle it in person.",
)


def _language(place: int) -> Maker:
    def make(_slots: Slots, dice: Dice) -> Sequence[Pair]:
        lines = dice.some(_LINES, dice.between(1, 3))
        return [Pair(line[0], line[place], "Sentence") for line in lines]

    return make


def _gap(_slots: Slots, dice: Dice) -> Sequence[Pair]:
    pairs = []
    for verb in dice.some(_VERBS, dice.between(1, 2)):
        job, thing = dice.pick(topics.JOBS), dice.pick(things.THINGS)
        pairs.append(Pair(f"Yesterday {an(job)} ____ {thing} ({verb[0]}).", verb[2], "Sentence"))
    return pairs


def _rows(maker: Maker, *templates: str) -> list[Frame]:
    return [frame for template in templates for frame in frames(template, maker, 2)]


FRAMES = (
    *_rows(
        _sentence(lambda s, v, t: f"{s} {v[2]} {t}."),
        "<Rewrite|Put> the sentence {who} <scribbled|found> on {object} in the past tense.",
        "<Put|Turn> the sentence {who} <sent|read> to {org} into the past tense.",
    ),
    *_rows(
        _sentence(lambda s, v, t: f"{s} will {v[0]} {t}."),
        "<Change|Shift> the sentence <spoken|written> by {who} in {place} to the future tense.",
    ),
    *_rows(
        _sentence(lambda s, v, t: f"Does {_low(s)} {v[0]} {t}?"),
        "<Turn|Make> the statement {who} made to {org} about {subject} into a question.",
        "<Make|Form> a yes-or-no question from the words {who} <read out|heard> in {place}.",
    ),
    *_rows(
        _sentence(lambda s, v, t: f"{s} does not {v[0]} {t}."),
        "<Negate|Deny> the sentence that {who} <wrote|sent> to {org} about {object}.",
    ),
    *_rows(
        _sentence(lambda s, v, t: f"{s} is {v[3]} {t}."),
        "<Rephrase|Recast> what {who} says to {org} {circ} in the continuous form.",
    ),
    *_rows(
        _sentence(lambda s, v, t: f"{len(f'{s} {v[1]} {t}.'.split())} words"),
        "<Count|Give the number of> words in the sentence {who} <carved into|stuck on> {object}.",
    ),
    *_rows(
        _note(0),
        "<On which weekday|Which day> was it, <going by|says> the note on {topic} from {who}?",
    ),
    *_rows(_note(1), "<Find|Give> the time of day in the note {who} pinned to {object}."),
    *_rows(_note(2), "Whose name <is|stands> in the record on {topic} that {who} keeps?"),
    *_rows(_note(3), "Which <object|item> is named in the report on {topic} {who} sent?"),
    *_rows(
        _note(4),
        "<Say|Tell> where the errand of {who} ended, from the note <left for|sent to> {org}.",
    ),
    *_rows(
        _summary,
        "<Summarise|Sum up|Abridge> the passage <about|on> {topic} for {who}{tail}.",
        "<Condense|Cut> the text on {subject} that {org} gave {who} to two sentences.",
        "<Shorten|Reduce> the lecture by {who} on {topic} <to its main point|to the gist>.",
    ),
    *_rows(
        _question,
        "<Use|Take> the passage on {topic} to answer {who}{tail}.",
        "Answer {who} about {subject} from the text <printed|kept> by {org}{tail}.",
    ),
    *_rows(
        _spelling,
        "<Correct|Fix|Check> the spelling in the draft on {topic} by {who}.",
        "<Fix|Remove> the typing errors in what {who} wrote on {subject} for {org}.",
    ),
    *_rows(
        _title,
        "<Suggest|Find> a title for the <article|essay> on {topic} by {who}.",
        "Give the text on {subject} a heading <that suits|worthy of> {org} and {who}.",
    ),
    *_rows(
        _reply,
        "<Reply|Respond> to the message <about|on> {mishap} in the name of {org}{tail}.",
        "Help {who} answer a <message|letter> from {org} about {mishap} {circ}.",
    ),
    *_rows(
        _language(1), "<Translate|Put> the sentence {who} needs to {deed} in {place} into Spanish."
    ),
    *_rows(
        _language(2),
        "<Put|Render|Translate> the sentence printed on {object} into French for {who}.",
    ),
    *_rows(_language(3), "How <would|might> {who} say the sentence on {topic} in German {circ}?"),
    *_rows(
        _gap,
        "<Fill in|Supply> the missing verb in the sentence {who} <left|wrote> at {org} {circ}.",
    ),
)
