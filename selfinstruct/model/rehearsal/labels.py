"""Families of labels: the wordings in use, and sentences that carry each label."""

from __future__ import annotations

from dataclasses import dataclass

from .topics import words


@dataclass(frozen=True)
class Family:
    """Labels in several wordings, and for each column of them sentences that carry the label."""

    wordings: tuple[tuple[str, ...], ...]
    texts: tuple[tuple[str, ...], ...]


_TABLE = """
= positive/negative; favourable/unfavourable; satisfied/dissatisfied; happy/unhappy;
  praise/criticism
- I loved every minute with {x}; The best day I have had thanks to {x};
  Truly delighted, would do it again; A wonderful surprise from start to finish;
  Everyone smiled when we spoke about {x}
- A complete waste of an evening on {x}; I regret ever getting involved with {x};
  It fell apart and nobody cared; Never again, the worst week of the year;
  The whole business with {x} left me angry
= positive/negative/neutral; upbeat/downbeat/balanced; pleased/annoyed/indifferent
- What a joy to learn about {x}; Brilliant, I told all my friends about {x};
  It made my whole week better
- I was let down by {x}; Dreadful, slow and far too dear;
  The part about {x} was a sore disappointment
- The talk on {x} begins at six; There are two leaflets on {x} in the hall;
  The booklet has forty pages
= urgent/not urgent; high priority/low priority; pressing/can wait; critical/routine
- Please call back within the hour, it is about {x}; The cellar is filling with water right now;
  We need an answer on {x} before noon or we lose the order; Someone is hurt, come at once
- Whenever you find time, send me the leaflet on {x}; No hurry, next month is fine;
  Just a thought about {x} for the autumn; You may answer after your holiday
= formal/informal; official/casual; businesslike/chatty
- I would be grateful if you could inform me about {x};
  We hereby confirm receipt of your letter on {x};
  The committee wishes to express its sincere thanks
- Hey, heard anything about {x} yet; Gonna be late, save me a seat; Wow, {x} again, no way
= fact/opinion; factual/subjective; verifiable/personal view
- A week has seven days, and the course on {x} takes two of them;
  Water boils at a lower temperature on high mountains; The encyclopedia has an entry on {x};
  The meeting on {x} began at nine
- I think {x} should be taught in every school; Nothing is more charming than {x};
  In my view they ask too much; It would be better to forget about {x}
= past/present/future; already happened/happening now/still to come
- Last year we spoke a lot about {x}; Yesterday the old clock stopped;
  They learned about {x} in spring
- We are talking about {x} at this very moment; The kettle is boiling;
  Right now she reads about {x}
- Next summer we will study {x}; Tomorrow the parcel will arrive;
  They are going to publish a book on {x}
= question/statement/command; asking/telling/ordering
- Who first wrote about {x}; Have you seen my notes on {x}; When does the ferry leave
- The shelf holds three books on {x}; My brother knows a lot about {x}; The ferry leaves at four
- Read the chapter on {x} tonight; Close the door behind you; Bring your notes on {x} to class
= spam/genuine; junk/legitimate; unsolicited advertising/ordinary mail
- You have been chosen, claim your prize of 5000 coins now;
  Buy miracle pills about {x}, ninety percent off; Act fast, this secret of {x} makes you rich
- The minutes of Tuesday's talk on {x} are attached; Could you bring the ladder back on Friday;
  Thanks for your help with {x} last week
= sarcastic/sincere; ironic/earnest; mocking/heartfelt
- Oh great, another lecture on {x}, just what I needed;
  Sure, because waiting three hours is such fun;
  Congratulations, you have managed to ruin even {x}
- Thank you, your talk on {x} really helped me; I mean it, this was kind of you;
  I learned a great deal about {x} and I am glad
= complaint/compliment/request; grievance/thanks/enquiry
- The part about {x} was missing and nobody answered my calls; I paid twice and still have nothing;
  Your leaflet on {x} is full of mistakes
- Your staff could not have been kinder; The new display on {x} is splendid;
  Well done, the visit was a delight
- Could you send me the price list for {x}; Please book two seats for the talk on {x};
  May I change my address
= polite/rude; courteous/impolite; respectful/disrespectful
- Would you mind telling me more about {x}; Thank you kindly for waiting;
  Please excuse my late reply about {x}
- Shut up about {x} already; Move, you are in my way; Only a fool would ask about {x}
= active voice/passive voice; active/passive
- The teacher explains {x}; A dog chased the postman; Our neighbours discussed {x} all night
- The lecture on {x} was given by a guest; The postman was chased by a dog;
  Notes on {x} were handed out
= first person/second person/third person; speaker/listener/somebody else
- I wrote a page about {x}; My sister and I missed the bus; I have been fond of {x} since school
- You ought to read about {x}; You left your umbrella here; You know a lot about {x}
- She gave a talk on {x}; They missed the last bus; He has never heard of {x}
= literal/figurative; plain/metaphorical; word for word/idiomatic
- The shop sells a guide to {x}; The bucket is full of rain water;
  The course on {x} costs ten euros
- For me {x} was a door into another life; He kicked the bucket;
  The debate on {x} is a house on fire
= indoors/outdoors; inside/outside; under a roof/in the open air
- We talked about {x} on the sofa; The kitchen smelled of soup;
  The library hall hosts a display on {x}
- On the meadow someone lectured about {x}; We ate on the beach in the wind;
  A hike led us past a sign about {x}
= billing/delivery/technical support; invoices/shipping/help desk;
  payment/transport/troubleshooting
- I was charged twice for the book on {x}; My invoice shows the wrong tax rate;
  Please refund the fee for {x}
- The parcel with the kit on {x} never came; The driver left the box in the rain;
  Where is my shipment
- The app about {x} crashes when I log in; My screen stays black;
  The password for the {x} course is refused
= sports/science/politics; athletics/research/government;
  the playing field/the laboratory/the parliament
- The striker scored twice before half time; The relay team broke the record;
  The coach blamed the referee
- Researchers measured {x} with a new sensor; The experiment on {x} was repeated;
  A telescope found a faint comet
- The minister resigned over a law on {x}; Voters rejected the budget;
  The council argued about {x} for hours
= English/Spanish/French/German; Anglophone/Hispanic/Francophone/Germanophone
- The house by the lake is empty; We are going home on foot; Good morning, how are you
- La casa está cerca del río; Buenos días, me llamo Rosa; Mañana vamos al mercado
- La maison est près de la gare; Je voudrais un café; Nous partons demain matin
- Das Haus steht am See; Ich hätte gern einen Kaffee; Morgen gehen wir auf den Markt
= certain/uncertain; confident/doubtful; sure/hesitant
- There is no doubt at all about {x}; I know for a fact that the train left;
  We have proof concerning {x}
- Perhaps {x} plays a part, I could not say; I might be wrong about the date;
  It is unclear what {x} has to do with it
= joy/anger/sadness/fear; delight/rage/grief/dread
- I danced through the house after the news; Finally a prize for our work on {x};
  What a glorious morning
- How dare they cut the money for {x}; I slammed the door and shouted; This is outrageous
- I wept when the class on {x} ended; The empty chair makes me cry; Nobody came to say goodbye
- My hands shake when I think of {x}; Something moved in the dark; I dare not open the letter
= safe/dangerous; harmless/risky; low risk/high risk
- A supervised workshop on {x} with soft mats; Watering the flowers with a can;
  Reading about {x} at home
- Leaning over the cliff to see {x}; Mixing cleaning fluids in a closed room; Skating on thin ice
= agree/disagree; for/against; in support/opposed
- Yes, money for {x} is well spent; I second the motion; Exactly, we need more of {x}
- No, we cannot afford {x}; I object to this plan; That is wrong, {x} brings us nothing
= booking/cancellation/change; reserve/cancel/reschedule; new appointment/withdrawal/postponement
- I would like two places on the tour about {x}; Please put me down for Friday;
  One ticket for {x}, please
- I can no longer attend the evening on {x}; Please strike my name off the list;
  We call off the visit
- Could we move the {x} session to Monday; I need a later slot;
  Please shift my seat from row two to row nine
= humorous/serious; funny/grave; joking/solemn
- My cat gives better talks on {x} than the mayor; I tripped over my own shoelaces while bowing;
  He sneezed and {x} won the argument
- The court will rule on {x} in May; We remember those who were lost;
  The report on {x} lists grave faults
= cheap/expensive; affordable/costly; budget/luxury
- The leaflet on {x} costs ten cents; Soup and bread for two coins;
  Entry to the {x} hall is free on Mondays
- A private course on {x} for nine thousand euros; The suite has a gold bath;
  Only the rich can pay for it
= advice/anecdote; recommendation/narrative; tip/story
- Always check two sources on {x}; You should oil the chain once a month;
  Try a short course on {x} first
- When I was nine my uncle showed me {x}; Once we slept in the station;
  That night the talk turned to {x}
= morning/afternoon/night; early/midday/late
- At seven, over porridge, we read about {x}; The rooster had just crowed;
  Dew still lay on the grass
- After lunch the class turned to {x}; The three o'clock sun was hot;
  Tea was served at four with a talk on {x}
- By moonlight she wrote about {x}; It was past eleven and the bars closed;
  The owls called in the dark
= spring/summer/autumn/winter; thaw/heat/leaf fall/frost
- The first crocuses opened during the {x} week; Lambs stood on wet grass; Buds covered the twigs
- It was so hot that the {x} fair moved into the shade; The lake was warm in July;
  Bees hummed at noon
- Leaves fell on the stall about {x}; We picked the last grapes;
  Fog and pumpkins everywhere in October
- Snow closed the road to the {x} museum; We skated on the pond; Icicles hung from the roof
= reliable/unreliable; credible/dubious; trustworthy/untrustworthy
- Three independent studies of {x} agree; The table gives its sources;
  A court record confirms the date
- Some guy on a forum swears by {x}; A chain letter says so;
  They won't tell you the truth about {x}
= healthy/unhealthy; wholesome/harmful; good for the body/bad for the body
- We walk an hour a day and talk about {x}; Lentils with fresh greens;
  Eight hours of sleep after the {x} class
- Six sodas while reading about {x}; Smoking two packs a day;
  Sitting until dawn with {x} and crisps
= helpful/unhelpful; useful/useless; informative/empty
- The note on {x} lists times, prices and a phone number; Turn the valve left and wait a minute;
  The guide to {x} answers the three usual questions
- Well, {x} is what it is; Things happen, who knows; Just look it up yourself
"""


def _read(table: str) -> tuple[Family, ...]:
    """Read a table: a row of wordings after "=", then a row of sentences a label after "-"."""
    families = []
    for block in table.split("\n= ")[1:]:
        wordings, *texts = block.split("\n- ")
        rows = tuple(tuple(row.split("/")) for row in words(wordings))
        families.append(Family(rows, tuple(words(text) for text in texts)))
    return tuple(families)


FAMILIES = _read(_TABLE)


def phrase(labels: tuple[str, ...]) -> str:
    """Return the labels as words in a sentence: "a or b", "a, b or c"."""
    return f"{', '.join(labels[:-1])} or {labels[-1]}"


_NOT_ADJECTIVES = frozenset(
    words("""
praise; criticism; fact; opinion; for; against; spam; junk; advice; anecdote; recommendation
narrative; tip; story; budget; luxury; agree; disagree; inside; outside; indoors; outdoors; active
passive; routine
""")
)

PHRASES: dict[str, tuple[Family, tuple[str, ...]]] = {}
TRAITS: dict[str, tuple[Family, int]] = {}
for _each in FAMILIES:
    for _row in _each.wordings:
        for _order in (_row, _row[::-1], _row[1:] + _row[:1]):
            PHRASES[phrase(_order)] = (_each, _order)
        for _column, _label in enumerate(_row):
            if len(_row) == 2 and " " not in _label and _label not in _NOT_ADJECTIVES:  # noqa: PLR2004
                TRAITS.setdefault(_label, (_each, _column))


def column(family: Family, label: str) -> int:
    """Return which column of the family's texts carries the label."""
    return next(row.index(label) for row in family.wordings if label in row)
