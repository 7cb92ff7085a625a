"""Reaction model: the port of engines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from domain.customers import Panel
from domain.personas import Persona
from domain.reactions import Answer, Engine, Reaction
from domain.scenarios import Scenario


class ReactionModel(Protocol):
    """An engine: how a persona comes to its reaction to a scenario and its answer to a question.

    All that anybody may want to know of an engine is here, and nobody asks of what class one is:
    it may be wrapped. A wrapper has all of it, or it does not pass for an engine.
    """

    @property
    def engine(self) -> Engine:
        """The name reactions carry in their provenance."""
        ...

    @property
    def asks(self) -> str | None:
        """The language model it asks, as its provider spells it; None when it asks none."""
        ...

    async def react(
        self,
        scenario: Scenario,
        persona: Persona,
        panel: Panel,
        seed: int,
        earlier: Sequence[str] = (),
    ) -> Reaction:
        """The persona's reaction, speaking for its segment's customers that the panel admits.

        `earlier` are the lines of a conversation before; an engine that asks a language model shows
        them to it. Raises InvalidInput when the panel admits no customer of the segment, and
        ChatFailed when it needs a language model and that fails.
        """
        ...

    async def answer(
        self, persona: Persona, known: Answer, seed: int, earlier: Sequence[str] = ()
    ) -> Answer:
        """The persona's answer, `known` being what its figures and its segment's words say to it.

        An engine that asks no language model has nothing to add to `known`. Raises as `react` does.
        """
        ...
