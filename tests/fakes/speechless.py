"""An engine that never comes to an end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from domain.customers.panel import Panel
from domain.personas.persona import Persona
from domain.reactions import Engine, Reaction
from domain.scenarios.scenario import Scenario
from tests.fakes.engines import AsksNoModel


class Speechless(AsksNoModel):
    """A ReactionModel that thinks for ever."""

    engine: Engine = "choice"

    async def react(
        self,
        scenario: Scenario,
        persona: Persona,
        panel: Panel,
        seed: int,
        earlier: Sequence[str] = (),
    ) -> Reaction:
        """Never returns."""
        await asyncio.Event().wait()
        raise AssertionError
