"""Interview: a persona's answer to a free question, offline, from its figures and its own words.

Nothing here is a language model. The answer says what the segment's data say that bears on the
question, and says so when nothing does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from domain.errors import NotFound
from domain.persona_words import quantity
from domain.personas import Persona
from domain.reactions import Answer, Engine, Evidence, Provenance
from domain.retrieval import BM25, most_relevant, words

MODEL_NAME = "offline retrieval"
STATEMENTS = 3  # figures told in one answer
QUOTES = 2  # verbatims cited in one answer
LONGEST_ANSWER = 2_000  # characters, as domain/reactions.py has it


@dataclass(frozen=True, slots=True)
class Topic:
    """What a persona can say of itself, and the words of a question that call for it.

    `statement` is in the first person with statistics by name; it is said only when the persona
    has them all.
    """

    keywords: frozenset[str]
    statement: str


def find_persona(personas: Sequence[Persona], persona_or_segment_id: str) -> Persona:
    """The persona of this id, or the one that speaks for the segment of this id.

    Raises NotFound, naming the ids there are.
    """
    for persona in personas:
        if persona_or_segment_id in (persona.persona_id, persona.segment_id):
            return persona
    known = ", ".join(f"{p.segment_id} ({p.persona_id})" for p in personas)
    raise NotFound("persona", f"use one of {known}" if known else "build personas first")


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
    evidence = most_relevant(question, verbatims, QUOTES)
    return Answer(
        persona_id=persona.persona_id,
        segment_id=persona.segment_id,
        question=question,
        text=_text(persona, question, evidence),
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


def _text(persona: Persona, question: str, evidence: Sequence[Evidence]) -> str:
    asked = set(words(question.lower().replace("who are you", "introduce yourself")))
    statements = _statements(persona, asked)
    quotes = [f'"{piece.text}"' for piece in evidence]
    if not statements and not quotes:
        return (
            "Nothing I know bears on that: neither the figures nor the words of the "
            f"{persona.customers:,} customers I speak for mention it."
        )
    said = [f"In words of my own segment: {' '.join(quotes)}"] if quotes else []
    return _fitting([*statements, *said])


def _statements(persona: Persona, asked: set[str]) -> list[str]:
    """What the persona says on the topics that share most words with the question."""
    blanks = _blanks(persona)
    bearing = [topic for topic in TOPICS if topic.keywords & asked]
    bearing.sort(key=lambda topic: -len(topic.keywords & asked))
    told = (_filled(topic.statement, blanks) for topic in bearing)
    return [statement for statement in told if statement][:STATEMENTS]


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
    return known | {"name": persona.identity.name, "place": persona.identity.place}


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


def _topic(keywords: str, statement: str) -> Topic:
    return Topic(frozenset(words(keywords)), statement)


TOPICS: tuple[Topic, ...] = (
    _topic(
        "bill pay paying cost costs price prices expensive cheap afford money month spend charge",
        "I pay {avg_monthly_bill} a month for {avg_lines} lines on average, and my price "
        "sensitivity is {avg_price_sensitivity} on a scale from 0 to 1.",
    ),
    _topic(
        "increase raise rise higher hike dearer price sensitive sensitivity budget discount deal",
        "How much I mind a price shows in my price sensitivity, {avg_price_sensitivity} of 1, and "
        "in the {campaign_acceptance_rate} of offers I accept.",
    ),
    _topic(
        "leave leaving switch switching churn quit cancel loyal loyalty stay staying carrier "
        "competitor rival another provider",
        "My churn score is {avg_churn_risk} and my readiness to switch {avg_switching_propensity}, "
        "both on a scale from 0 to 1; I have been here for {avg_tenure_months} on average.",
    ),
    _topic(
        "long tenure years customer history since joined",
        "I have been a customer for {avg_tenure_months} on average.",
    ),
    _topic(
        "data gb gigabyte internet usage use using unlimited throttle throttling slow speed",
        "I use {avg_data_gb} of data a month on average; one in ten of us uses more than "
        "{p90_data_gb}.",
    ),
    _topic(
        "call calls voice talk minutes phone text texts message messages sms",
        "I talk {avg_voice_minutes} minutes and send {avg_sms} texts a month.",
    ),
    _topic(
        "coverage signal network reception tower bars dropped rural country remote service",
        "Of my home market, my coverage gap is {avg_coverage_gap} on a scale from 0 to 1, and "
        "{pct_rural} of us live in rural places.",
    ),
    _topic(
        "stream streaming video netflix disney hulu movie movies show tv music spotify youtube",
        "My streaming affinity is {avg_streaming_affinity} of 1, and {pct_streaming_bundle} of us "
        "have a streaming bundle.",
    ),
    _topic(
        "support help service contact complain complaint complaints problem agent issue fix "
        "satisfied satisfaction happy unhappy frustrated angry",
        "I contact support {avg_contacts_12m} times a year with {avg_complaints_12m} complaints "
        "among them, and the sentiment of those contacts is {avg_support_sentiment} on a scale "
        "from -1 to 1.",
    ),
    _topic(
        "recommend recommendation nps friend satisfied satisfaction happy love like opinion think",
        "Asked whether I would recommend the carrier, I answer {avg_nps} of 10.",
    ),
    _topic(
        "channel contact reach talk app chat store email call social",
        "When I get in touch it is by app in {pct_contacts_app}, by chat in {pct_contacts_chat}, "
        "by call in {pct_contacts_call} and in a store in {pct_contacts_store} of cases.",
    ),
    _topic(
        "app digital online self website",
        "{pct_app_user} of us use the app; my engagement with it scores {avg_app_engagement} of 1.",
    ),
    _topic(
        "device phone iphone android upgrade flagship smartphone model 5g technology tech gadget",
        "My phone is {avg_device_age_months} old; {pct_flagship} of us carry a flagship and "
        "{pct_5g} have 5G. My technology adoption is {avg_tech_adoption} of 1.",
    ),
    _topic(
        "contract commitment bound term lock postpaid prepaid plan",
        "{pct_postpaid} of us are on a postpaid plan and {pct_contract} are under contract.",
    ),
    _topic(
        "offer offers campaign promotion promotions marketing email ad ads advertising deal deals",
        "Of the offers that reach me I respond to {campaign_response_rate} and accept "
        "{campaign_acceptance_rate}.",
    ),
    _topic(
        "pay payment autopay late fee fees overage",
        "{pct_autopay} of us use autopay, {late_payment_rate} of my bills are paid late or in "
        "part, and overage costs me {avg_overage} a month.",
    ),
    _topic(
        "family line lines household kids children spouse",
        "There are {avg_lines} lines on my account on average.",
    ),
    _topic(
        "income earn salary money afford rich poor job",
        "Households in my ZIP codes have a median income of {avg_household_income} a year.",
    ),
    _topic(
        "reward rewards points perk perks tier loyalty", "{pct_rewards} of us are rewards members."
    ),
    _topic(
        "insurance protection protect broken stolen",
        "{pct_device_protection} of us pay for device protection.",
    ),
    _topic(
        "roam roaming travel travelling abroad international trip vacation holiday",
        "I roam {avg_roaming_days} days a month on average.",
    ),
    _topic(
        "angry annoy annoyed annoys upset upsets hate hates bother bothers mad furious frustrate",
        "What makes me angry: {angry}.",
    ),
    _topic(
        "happy please pleased like love enjoy want wish delight excite exciting improve better",
        "What would please me: {happy}.",
    ),
    _topic(
        "matter matters important care value need needs priority prefer choose decide",
        "What matters to me: {drivers}.",
    ),
    _topic("pain problem problems struggle trouble worst difficult issue", "My troubles: {pains}."),
    _topic("ignore indifferent boring skip useless", "What leaves me cold: {ignores}."),
    _topic(
        "old age live living where who yourself name city town you introduce",
        "I am {name}, about {avg_age}, from {place}.",
    ),
)
