"""Conversation: what was put to one persona, turn by turn, and what it said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field

from domain.reactions import Answer, Reaction
from domain.scenarios.scenario import Scenario
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
    def said(self) -> str:
        """What the persona said to it."""
        if isinstance(self.reply, Reaction):
            return f"{self.reply.initial_reaction} {self.reply.sample_verbatim}"
        return self.reply.text

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
class Keeping:
    """How much of a conversation is kept, and for how many seconds after its latest turn."""

    most_turns: int
    seconds: float
