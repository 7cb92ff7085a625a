"""Answer: a persona's answer to a free question, offline, from its figures and its own words.

Nothing here is a language model. The answer says what the segment's data say that bears on the
question, and says so when nothing does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from domain.evidence import BM25, most_relevant, words
from domain.interview.persona_identity import say_of_itself
from domain.interview.topics import TOPICS
from domain.personas import UNKNOWN, Persona, quantity
from domain.reactions import Answer, Engine, Evidence, Provenance

MODEL_NAME = "offline retrieval"
STATEMENTS = 3  # figures given in one answer
QUOTES = 2  # verbatims cited in one answer
LONGEST_ANSWER = 2_000  # characters, as domain/reactions.py has it

# What is asked in many words, in the words that topics have.
PHRASES = (
    (re.compile(r"\bwho are you\b"), "introduce yourself"),
    (re.compile(r"\bhow old\b"), "age"),
    (re.compile(r"\bfor a living\b"), "job"),
    (re.compile(r"\bcustomer service\b"), "support"),
    (
        re.compile(r"\b(?:would you (?:change|do differently)|if you (?:ran|were running))\b"),
        "improve",
    ),
    (
        re.compile(
            r"\bthink (?:of|about) (?:us|our (?:service|company|network)|the (?:carrier|company))\b"
        ),
        "recommend",
    ),
    (re.compile(r"\bdo you plan to\b"), "will you"),
)
# Words that say too little to choose a quote by.
SENTENCE_END = re.compile(r"(?<=[.!?])\s")
WEAK = frozenset(
    """month old home thing service plan use change person live point feel make question good much
    best worst time people company way day year yourself introduce age switch switching another
    long since stay staying history""".split()  # noqa: SIM905
)


def answer(
    persona: Persona,
    question: str,
    verbatims: Sequence[Evidence],
    *,
    engine: Engine = "choice",
    data_as_of: str,
) -> Answer:
    """What the persona's figures and its segment's own words say to a question.

    The same persona, question and verbatims give the same answer. `verbatims` are the segment's;
    those the answer leans on are its evidence.
    """
    plain = _plain(question)
    of_itself = say_of_itself(persona, question)
    evidence = () if of_itself else _quotes(plain, verbatims)
    return Answer(
        persona_id=persona.persona_id,
        segment_id=persona.segment_id,
        question=question,
        text=of_itself or _text(persona, plain, evidence),
        evidence=evidence,
        provenance=Provenance(
            engine=engine,
            model=MODEL_NAME,
            seed=0,
            persona_version=persona.version,
            data_as_of=data_as_of,
            customers_asked=persona.customers,
            evidence=evidence,
            evidence_by=BM25,
        ),
    )


def _plain(question: str) -> str:
    """The question in lower case and in the words that topics have."""
    plain = question.lower()
    for phrase, instead in PHRASES:
        plain = phrase.sub(instead, plain)
    return plain


def _quotes(plain: str, verbatims: Sequence[Evidence]) -> tuple[Evidence, ...]:
    """Verbatims on what the question asks, no two that begin with the same sentence."""
    telling = set(words(plain)) - WEAK
    topic = max(TOPICS, key=lambda topic: len(topic.keywords & telling))
    sought = telling | (topic.keywords - WEAK if topic.keywords & telling else set())
    chosen: dict[str, Evidence] = {}
    for piece in most_relevant(" ".join(sorted(sought)), verbatims, 10 * QUOTES):
        chosen.setdefault(SENTENCE_END.split(piece.text)[0], piece)
    return tuple(chosen.values())[:QUOTES]


def _text(persona: Persona, plain: str, evidence: Sequence[Evidence]) -> str:
    asked = set(words(plain))
    statements = _statements(persona, asked)
    quotes = [f'"{piece.text}"' for piece in evidence]
    if not statements and not quotes:
        return (
            "Nothing I know bears on that: neither the figures nor the words of the "
            f"{persona.customers:,} customers I speak for mention it."
        )
    quoted = [f"In words of my own segment: {' '.join(quotes)}"] if quotes else []
    return _fitting([*statements, *quoted])


def _statements(persona: Persona, asked: set[str]) -> list[str]:
    """What the persona says on the topics that share most words with the question."""
    blanks = _blanks(persona)
    bearing = [topic for topic in TOPICS if topic.keywords & asked]
    bearing.sort(key=lambda topic: -len(topic.keywords & asked))
    statements = (_filled(topic.statement, blanks) for topic in bearing)
    return [statement for statement in statements if statement][:STATEMENTS]


def _blanks(persona: Persona) -> dict[str, str]:
    """Everything of the persona that is known, in words."""
    buttons, profile = persona.narrative.hot_buttons, persona.profile
    lists = {
        "happy": buttons.happy,
        "angry": buttons.angry,
        "ignores": buttons.ignores,
        "pains": profile.pain_points,
        "drivers": profile.value_drivers,
    }
    known = {name: quantity(f.value, f.unit) for name, f in persona.statistics.items()}
    known |= {name: "; ".join(phrases) for name, phrases in lists.items() if phrases}
    known["introduction"] = persona.identity.introduction
    return known if persona.composite.plan == UNKNOWN else known | {"plan": persona.composite.plan}


def _filled(statement: str, blanks: dict[str, str]) -> str:
    """The statement, or nothing when the data lack one of its figures."""
    try:
        return statement.format(**blanks)
    except KeyError:
        return ""


def _fitting(pieces: Sequence[str]) -> str:
    """The pieces as one text within what an answer may hold, cut between pieces."""
    text = ""
    for piece in pieces:
        longer = f"{text} {piece}".strip()
        text = longer if len(longer) <= LONGEST_ANSWER else text
    return text or pieces[0][:LONGEST_ANSWER]
