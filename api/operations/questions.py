"""Questions: those of one batch of a service function, put to personas side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from api.jobs.deadlines import ASK_SECONDS
from domain.batches import Asked
from domain.errors import TwinError
from domain.interview import Interviewer, Stimulus
from domain.reactions import Answer, Reaction
from domain.simulations import Failure

SEED = 42  # as other requests have it that name none
LATE = Failure(
    code="timeout", detail=f"no answer within {ASK_SECONDS:g} s; send fewer rows at once"
)

Outcome = Answer | Reaction | Failure


@dataclass(frozen=True, slots=True)
class Questions:
    """Puts questions to personas, `at_once` of them under way, all within ASK_SECONDS."""

    interviewer: Interviewer
    at_once: int

    async def answers(self, rows: Sequence[Asked | Failure]) -> list[Outcome]:
        """What comes of each row, in their order; one that fails spoils no other.

        Rows that ask the same are asked once.
        """
        turns = asyncio.Semaphore(self.at_once)
        ends = asyncio.get_running_loop().time() + ASK_SECONDS

        async def outcome(asked: Asked) -> Outcome:
            try:
                async with asyncio.timeout_at(ends), turns:
                    stimulus = Stimulus(None, asked.text, SEED)
                    return (await self.interviewer.next_turn(asked.persona, stimulus)).reply
            except TimeoutError:
                return LATE
            except TwinError as error:
                return Failure(code=error.code, detail=str(error))

        distinct = {_key(row): row for row in rows if isinstance(row, Asked)}
        outcomes = await asyncio.gather(*map(outcome, distinct.values()))
        known = dict(zip(distinct, outcomes, strict=True))
        return [row if isinstance(row, Failure) else known[_key(row)] for row in rows]


def _key(asked: Asked) -> tuple[str, str]:
    return asked.persona.persona_id, asked.text
