"""Asking: a request to one persona, from what can be checked beforehand to the turn it makes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from api.jobs.deadlines import ASK_SECONDS
from api.representations.bodies import AskBody, as_the_client_wrote
from api.representations.problems import DEADLINE, Refused
from api.services import Services
from domain.callers import Caller, working_for
from domain.customers import Panel
from domain.errors import InvalidInput
from domain.interview import Stimulus, Turn, turns_before
from domain.personas import Persona, find_persona
from domain.simulations import SimulationRequest


@dataclass(frozen=True, slots=True)
class Ask:
    """A request to ask a persona."""

    services: Services
    caller: Caller
    persona_or_segment_id: str
    body: AskBody

    async def next_turn(self, begun: asyncio.Future[None] | None = None) -> Turn:
        """What the persona says, kept when it is part of a conversation.

        `begun` is set once nothing can refuse it any more: it was checked, has a place and is paid.
        """
        try:
            with self.services.admission(self.body.engine).admit():
                async with asyncio.timeout(ASK_SECONDS):
                    persona, before = await self._check_in_thread()
                    await self.services.quota.take(self.caller.tenant, 1)
                    if begun is not None:
                        begun.set_result(None)
                    return await self._taken(persona, before)
        except TimeoutError:
            detail = f"no answer within {ASK_SECONDS:g} s; try again, or start a simulation"
            raise Refused(DEADLINE, detail) from None

    async def begin(self) -> asyncio.Task[Turn]:
        """The next turn under way, after all that refuses it beforehand did not.

        Cancel it when nobody waits for it any more.
        """
        begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        turn = asyncio.create_task(self.next_turn(begun))
        either: set[asyncio.Task[Turn] | asyncio.Future[None]] = {turn, begun}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            turn.cancel()
            raise
        if not begun.done():
            await turn  # raises what refused it
        return turn

    async def _check_in_thread(self) -> tuple[Persona, Sequence[Turn]]:
        try:
            return await asyncio.to_thread(self._check)
        except InvalidInput as error:
            raise as_the_client_wrote(error, _written(self.body)) from error

    def _check(self) -> tuple[Persona, Sequence[Turn]]:
        """Who is asked and what was said before, after all that can be checked beforehand."""
        services, body = self.services, self.body
        persona = find_persona(services.customers.personas(), self.persona_or_segment_id)
        services.reaction_model(body.engine)
        if (scenario := body.full_scenario()) is not None:
            panel = Panel(personas=(persona.persona_id,))
            services.plan(SimulationRequest(scenarios=(scenario,), panel=panel, engine=body.engine))
        if body.conversation_id is None:
            return persona, ()
        conversations, most = services.store.conversations, services.retention.most_turns
        name, tenant = body.conversation_id, self.caller.tenant
        return persona, turns_before(conversations, name, tenant, persona, most)

    async def _taken(self, persona: Persona, before: Sequence[Turn]) -> Turn:
        services, body = self.services, self.body
        stimulus = Stimulus(body.full_scenario(), body.question, body.seed)
        working_for.set(self.caller.tenant)
        try:
            turn = await services.interviewer(body.engine).next_turn(persona, stimulus, before)
        except InvalidInput as error:
            raise as_the_client_wrote(error, _written(body)) from error
        if (name := body.conversation_id) is not None:
            add = services.store.conversations.add
            tenant, retention = self.caller.tenant, services.retention
            await asyncio.to_thread(add, name, tenant, persona, turn, retention)
        return turn


def _written(body: AskBody) -> dict[str, str]:
    """Where the body has what is asked of a panel of one persona; see as_the_client_wrote."""
    levers = {"/scenarios/0/levers": "/levers"} if body.levers is not None else {}
    return {**levers, "/scenarios/0": "/scenario", "/panel": "/scenario"}
