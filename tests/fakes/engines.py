"""What engines have in common that tests are not about."""

from __future__ import annotations

from collections.abc import Sequence

from domain.customers.panel import Panel
from domain.personas.persona import Persona
from domain.reactions import Answer, Engine, Reaction
from domain.scenarios.scenario import Scenario
from tests.fakes.simulations import a_reaction


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


class Echo(AsksNoModel):
    """An engine that says its seed."""

    engine: Engine = "choice"

    async def react(
        self,
        scenario: Scenario,
        persona: Persona,
        panel: Panel,
        seed: int,
        earlier: Sequence[str] = (),
    ) -> Reaction:
        """The same for whomever it is put to."""
        return a_reaction(seed=seed)
