"""Language model: the port, the prompts, and replies that are checked before they are believed."""

from domain.language_model.answer import answer_in_words, fallback_answer
from domain.language_model.chat import ChatModel, Completion, KeepingChat, Prompt, Schema
from domain.language_model.metering import Meter, metered_by
from domain.language_model.prompts import (
    INSTRUCTIONS,
    MOST_TOKENS,
    OWN_SENTENCES,
    PROMPT_HASH,
    QUOTES,
    SHAPE,
    Question,
    reaction_prompt,
)
from domain.language_model.replies import ReactionReply, read_reaction
from domain.language_model.validated_reply import ATTEMPTS, DEADLINE_SECONDS, Exchange

__all__ = [
    "ATTEMPTS",
    "DEADLINE_SECONDS",
    "INSTRUCTIONS",
    "MOST_TOKENS",
    "OWN_SENTENCES",
    "PROMPT_HASH",
    "QUOTES",
    "SHAPE",
    "ChatModel",
    "Completion",
    "Exchange",
    "KeepingChat",
    "Meter",
    "Prompt",
    "Question",
    "ReactionReply",
    "Schema",
    "answer_in_words",
    "fallback_answer",
    "metered_by",
    "reaction_prompt",
    "read_reaction",
]
