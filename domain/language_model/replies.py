"""Replies: a language model's reply read strictly, or refused with the fault named.

Numbers travel as integers, which small models keep to better than to fractions. Only what loses
nothing is mended: a code fence or prose around the object. A truncated reply never is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, NoReturn

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from domain.errors import ReplyInvalid
from domain.language_model.chat import Completion, Schema
from domain.reactions import ACTIONS, Action

LONGEST_TEXT = 2_000  # characters, as domain/reactions.py has it
OUT_OF = 100
SUM_SLACK = 10  # of 100: models round; beyond it they did not mean shares
SHORTEST_ECHO = 4  # words: fewer may be said by chance
# What no store or no client takes as text: controls, halves of characters that take two (an emoji
# cut in the middle), and code points that are none and never will be.
UNFIT = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    + "".join(rf"\U{plane:04x}fffe\U{plane:04x}ffff" for plane in range(1, 17))
    + "]"
)
WORD = re.compile(r"\w+")
SENTENCE_ENDS = re.compile(r'[.!?"\n]+')
MARK = (
    "^"  # stands between the words of strangers in a prompt, see domain/language_model/prompts.py
)


def _plain(text: str) -> str:
    """The words without our own marks, should the model quote them."""
    plain = " ".join(words.strip() for words in text.split(MARK)).strip()
    if not plain:
        raise ValueError("must say something")
    if UNFIT.search(plain):
        raise ValueError("must not hold control characters or parts of characters")
    return plain


_Text = Annotated[str, Field(max_length=LONGEST_TEXT), AfterValidator(_plain)]
_OutOf100 = Annotated[int, Field(ge=0, le=OUT_OF)]


class _Wire(BaseModel):
    """A reply as it travels, words before numbers so that the numbers follow from them."""

    model_config = ConfigDict(extra="forbid", strict=True)

    initial_reaction: _Text
    reasoning: _Text
    what_would_change_mind: _Text
    sample_verbatim: _Text
    sentiment: Annotated[int, Field(ge=-100, le=100)]
    likely_action: str
    action_chances: dict[str, _OutOf100]


@dataclass(frozen=True, slots=True)
class ReactionReply:
    """A reaction as a model gave it. `action_probabilities` covers every action, sums to one."""

    initial_reaction: str
    reasoning: str
    what_would_change_mind: str
    sample_verbatim: str
    sentiment_score: float
    likely_action: Action
    action_probabilities: dict[Action, float]


def reaction_schema() -> Schema:
    """The shape of a reply, without the keywords providers refuse (ranges, lengths, patterns)."""
    return _object(
        {
            "initial_reaction": _text("first words on hearing it"),
            "reasoning": _text("why, from bill, use and habits"),
            "what_would_change_mind": _text("what would make it better or worse"),
            "sample_verbatim": _text("what you would say to support"),
            "sentiment": {"type": "integer", "description": "-100 hate it to 100 love it"},
            "likely_action": {"type": "string", "enum": list(ACTIONS)},
            "action_chances": _object(
                {
                    action: {"type": "integer", "description": "of 100 customers like you"}
                    for action in ACTIONS
                }
            ),
        }
    )


def read_reaction(completion: Completion, prompt_sentences: Collection[str]) -> ReactionReply:
    """What the model said. Raises ReplyInvalid.

    `prompt_sentences` are those of the prompt's own text, see sentences_of: a model that hands
    them back has not understood the question.
    """
    wire = _wire(_only_object(completion))
    _refuse_echo(_texts(wire), prompt_sentences)
    chances = _chances(wire)
    return ReactionReply(
        initial_reaction=wire.initial_reaction,
        reasoning=wire.reasoning,
        what_would_change_mind=wire.what_would_change_mind,
        sample_verbatim=wire.sample_verbatim,
        sentiment_score=wire.sentiment / 100,
        likely_action=Action(wire.likely_action),
        action_probabilities=chances,
    )


def text_schema(name: str, description: str) -> Schema:
    """The shape of a reply that is one text."""
    return _object({name: _text(description)})


def read_text(completion: Completion, name: str, prompt_sentences: Collection[str]) -> str:
    """The only text of a reply, in its field `name`. Raises ReplyInvalid; see read_reaction."""
    found = _only_object(completion)
    if not isinstance(found, dict) or set(found) != {name} or not isinstance(found[name], str):
        raise ReplyInvalid(f"it must have the one field {name}, a text")
    try:
        text = _plain(found[name])
    except ValueError as error:
        raise ReplyInvalid(f"{name} {error}") from error
    if len(text) > LONGEST_TEXT:
        raise ReplyInvalid(f"{name} is longer than {LONGEST_TEXT} characters; write less")
    _refuse_echo((text,), prompt_sentences)
    return text


def sentences_of(text: str) -> frozenset[str]:
    """The sentences of a text, reduced to their words, those too short to tell left out."""
    every = (" ".join(WORD.findall(s.lower())) for s in SENTENCE_ENDS.split(text))
    return frozenset(s for s in every if len(s.split()) >= SHORTEST_ECHO)


def _only_object(completion: Completion) -> object:
    """The JSON between the first brace and the last, whatever stands around them."""
    if completion.truncated:
        raise ReplyInvalid("it was cut short; write less", truncated=True)
    if completion.refused is not None:
        raise ReplyInvalid(completion.refused)
    text = completion.text
    start, end = text.find("{"), text.rfind("}")
    if start < 0:
        raise ReplyInvalid("it holds no JSON object")
    try:
        found: object = json.loads(
            text[start : end + 1], object_pairs_hook=_distinct, parse_constant=_no_constant
        )
    except (ValueError, RecursionError) as error:
        raise ReplyInvalid("it is not one whole JSON object") from error
    return found


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ReplyInvalid("it names a field twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ReplyInvalid(f"{name} is not a number")


def _wire(value: object) -> _Wire:
    try:
        return _Wire.model_validate(value)
    except ValidationError as error:
        raise ReplyInvalid("; ".join(_faults(error))) from error


def _faults(error: ValidationError) -> Iterable[str]:
    """Faults in words for the model. A field it made up is not repeated: it may be anything."""
    for fault in error.errors(include_url=False, include_input=False, include_context=False)[:5]:
        names = [name for name in fault["loc"] if name in _Wire.model_fields or name in ACTIONS]
        where = ".".join(str(name) for name in names) or "the reply"
        yield f"{where}: {fault['msg']}"


def _texts(wire: _Wire) -> tuple[str, ...]:
    return (
        wire.initial_reaction,
        wire.reasoning,
        wire.what_would_change_mind,
        wire.sample_verbatim,
    )


def _refuse_echo(texts: Iterable[str], prompt_sentences: Collection[str]) -> None:
    if any(sentence in prompt_sentences for text in texts for sentence in sentences_of(text)):
        raise ReplyInvalid("it repeats a sentence of these instructions; use your own words")


def _chances(wire: _Wire) -> dict[Action, float]:
    """The chances as shares of one. Raises ReplyInvalid when they are not out of a hundred."""
    given = wire.action_chances
    if set(given) != set(ACTIONS):
        raise ReplyInvalid(f"action_chances must name {', '.join(ACTIONS)} and nothing else")
    if wire.likely_action not in ACTIONS:
        raise ReplyInvalid(f"likely_action must be one of {', '.join(ACTIONS)}")
    total = sum(given.values())
    if abs(total - OUT_OF) > SUM_SLACK:
        raise ReplyInvalid(f"action_chances must add up to 100 and add up to {total}")
    if given[wire.likely_action] != max(given.values()):
        raise ReplyInvalid("likely_action must be the action with the highest chance")
    return {action: given[action] / total for action in ACTIONS}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "required": list(properties),
    }


def _text(description: str) -> dict[str, str]:
    return {"type": "string", "description": description}
