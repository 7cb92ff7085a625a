"""Conversation: what was put to one persona, turn by turn, and what it said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Protocol, assert_never

from pydantic import Field

from domain.personas import Persona
from domain.reactions import Answer, Reaction
from domain.scenarios import Scenario
from domain.values import SegmentId, Value

ConversationId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class Turn(Value):
    """One thing put to a persona, a scenario or a question, and its reply.

    `scenario` is what was reacted to. It stands beside a `question` that changed an earlier
    scenario, such as "and if it were $3 instead?".
    """

    index: Annotated[int, Field(ge=0)]
    scenario: Scenario | None = None
    question: str | None = None
    reply: Reaction | Answer

    @property
    def words(self) -> str:
        """What was said to the persona, as it was said."""
        if self.question is not None:
            return self.question
        return self.scenario.text if self.scenario else ""

    @property
    def reply_text(self) -> str:
        """What the persona said to it."""
        match self.reply:
            case Reaction():
                return f"{self.reply.initial_reaction} {self.reply.sample_verbatim}"
            case Answer():
                return self.reply.text
            case _:
                assert_never(self.reply)

    @property
    def reaction(self) -> Reaction | None:
        """The reply, if it is a reaction."""
        return self.reply if isinstance(self.reply, Reaction) else None


class Conversation(Value):
    """A conversation with one persona. `turns` counts them; it is kept until `expires_at`."""

    id: ConversationId
    persona_id: str
    segment_id: SegmentId
    turns: Annotated[int, Field(ge=0)]
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Retention:
    """How much of a conversation is kept, and for how many seconds after its latest turn."""

    most_turns: int
    seconds: float


class ConversationStore(Protocol):
    """Durable conversations; what is said of SimulationStore holds here too.

    A tenant sees its own only, and none whose time is over.
    """

    def get(self, conversation_id: str, tenant: str) -> Conversation | None:
        """The conversation, or None."""
        ...

    def turns(
        self, conversation_id: str, tenant: str, limit: int, after: int = -1
    ) -> Sequence[Turn]:
        """At most `limit` turns with an index above `after`, by index."""
        ...

    def add(
        self,
        conversation_id: str,
        tenant: str,
        persona: Persona,
        latest: Turn,
        retention: Retention,
    ) -> None:
        """Keep the next turn; the turn 0 opens the conversation. Removes those that are over.

        Raises StateConflict when it is not the next turn: another came in between.
        """
        ...

    def delete(self, conversation_id: str, tenant: str) -> bool:
        """Remove a conversation and its turns; False when there was none."""
        ...

    def expire(self) -> int:
        """Remove conversations whose time is over; how many."""
        ...
