"""What engines have in common that tests are not about."""

from __future__ import annotations

from collections.abc import Sequence

from domain.personas.persona import Persona
from domain.reactions import Answer


class AsksNoModel:
    """The rest of a ReactionModel whose `react` is all that matters."""

    @property
    def asks(self) -> str | None:
        """No language model."""
        return None

    async def answer(
        self, persona: Persona, known: Answer, seed: int, earlier: Sequence[str] = ()
    ) -> Answer:
        """What is known."""
        return known
