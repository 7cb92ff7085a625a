"""Interview: questions and scenarios put to one persona, turn by turn."""

from domain.interview.conversations import (
    Conversation,
    ConversationId,
    ConversationStore,
    Keeping,
    Turn,
)
from domain.interview.converse import Interviewer, Put, turns_before

__all__ = [
    "Conversation",
    "ConversationId",
    "ConversationStore",
    "Interviewer",
    "Keeping",
    "Put",
    "Turn",
    "turns_before",
]
