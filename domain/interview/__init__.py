"""Interview: one persona asked about scenarios and questions, turn by turn."""

from domain.interview.conversations import (
    Conversation,
    ConversationId,
    ConversationStore,
    Retention,
    Turn,
)
from domain.interview.converse import Interviewer, Stimulus, turns_before

__all__ = [
    "Conversation",
    "ConversationId",
    "ConversationStore",
    "Interviewer",
    "Retention",
    "Stimulus",
    "Turn",
    "turns_before",
]
