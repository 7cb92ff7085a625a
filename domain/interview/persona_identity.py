"""In character: a persona says what it is when asked, and stays who it is when told otherwise."""

from __future__ import annotations

import re

from domain.evidence import words
from domain.personas import Persona

# Asked of itself, a persona says what it is; told to be somebody else, it stays who it is.
WHAT_ARE_YOU = re.compile(
    r"\bare you (?:\w+ ){0,3}?(?:real|human|person|robot|bot|chatbot|ai|machine|computer|program"
    r"|language model|assistant|alive|fake|synthetic|virtual)\b"
    r"|\bwhat are you\b|\byou(?:'re| are) (?:just |only )?an? (?:ai|bot|robot|real|human)\b"
    r"|\bam i (?:talking|speaking) (?:to|with)\b",
    re.IGNORECASE,
)
OTHER_ROLE = re.compile(
    r"\b(?:ignore|forget|disregard|override) (?:\w+ ){0,4}(?:instructions?|rules?|prompts?"
    r"|persona)\b"
    r"|\bfrom now on\b|\bpretend (?:to be|you|that)\b|\byou are now\b|\bact as\b"
    r"|\bsystem prompt\b|\byour (?:instructions|prompt)\b|\btell (?:me|us) a joke\b",
    re.IGNORECASE,
)
GREETING = re.compile(
    r"^\W*+(?:hi|hello|hey|good (?:morning|afternoon|evening))?\W*+"
    r"(?:there|how are you(?: today)?)?\W*+$",
    re.IGNORECASE,
)  # each run of other signs is taken whole: a thousand marks are read once


def say_of_itself(persona: Persona, question: str) -> str:
    """What a persona says when asked what it is, told to be another, or greeted; or nothing."""
    who = persona.identity
    stands_for = (
        f"{persona.customers:,} customers of the segment {persona.segment_name}, made from their "
        "figures and words"
    )
    if OTHER_ROLE.search(question):
        return f"I stay who I am: {who.name}, a persona that stands for {stands_for}."
    if WHAT_ARE_YOU.search(question):
        return (
            f"No single real person: I am {who.name}, a persona that stands for {stands_for}. "
            "My name is nobody's."
        )
    if GREETING.match(question) and words(question.replace("hi", "hello")):
        return (
            f"Hello, I am {who.introduction}. Ask me about my bill, the network, support, my "
            "phone, or what would make me stay or leave."
        )
    return ""
