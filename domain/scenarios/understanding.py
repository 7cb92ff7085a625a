"""Understanding: how far a scenario's text was read, and what of it no lever accounts for."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from domain.values import Text, Value

UnreadReason = Literal[
    "money",
    "percentage",
    "quantity",
    "limit",
    "condition",
    "negation",
    "alternative",
    "range",
    "time_span",
    "actor",
    "language",
]
ReadingStatus = Literal["read", "partial", "nothing"]
NothingBecause = Literal["no_move", "question", "past", "considered", "cancelled", "not_english"]

WHY_NOTHING: dict[NothingBecause, str] = {
    "no_move": "no move was found in it",
    "question": "it asks a question and makes no move; put questions to a persona instead",
    "past": "it tells of the past, and customers are asked about what is to come",
    "considered": "it tells of a move that was only considered",
    "cancelled": "it tells of a move that is not to be made",
    "not_english": "it does not look like English, the one language that is read; translate it",
}


class UnreadSpan(Value):
    """Words that bear on a move and that no lever accounts for, with a question that would tell.

    `start` and `end` count characters of the scenario's text.
    """

    text: Text
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]
    reason: UnreadReason
    question: Text


class Understanding(Value):
    """How far a text was read.

    `partial`: its levers do not account for `unread`. `nothing`: it has no lever, for the reason
    `nothing_because`.
    """

    status: ReadingStatus
    unread: tuple[UnreadSpan, ...] = ()
    nothing_because: NothingBecause | None = None

    @property
    def partial(self) -> bool:
        """Whether figures made of it are figures of a part of the text."""
        return self.status == "partial"

    def lines(self) -> list[str]:
        """What a person is told of it, a line each; none when all of it was read."""
        told = [f'Not understood: "{span.text}". {span.question}' for span in self.unread]
        if self.nothing_because is not None:
            told.insert(0, f"No lever was read: {WHY_NOTHING[self.nothing_because]}.")
        return told
