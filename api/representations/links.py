"""Links: where to go on from a simulation, as far as its state allows."""

from __future__ import annotations

from pydantic import BaseModel, Field

from domain.simulations import Simulation


class SimulationLinks(BaseModel):
    """Where to look next, and what can be done now: null is what the state does not allow."""

    self: str
    reactions: str = Field(description="What was had so far, also while it runs.")
    events: str = Field(description="Server-sent events, those that were included.")
    export: str | None = Field(description="A file of it, `?format=`; once it is final.")
    cancel: str | None = Field(description="POST: stop it; until it is final.")
    retry: str | None = Field(description="POST: ask again for what failed or was cancelled.")
    replay: str | None = Field(description="POST: ask all of it once more; once it is final.")


def links_of(simulation: Simulation) -> SimulationLinks:
    """The links of a simulation as it is now."""
    here, final = f"/simulations/{simulation.id}", simulation.state.final
    missing = simulation.counts.failed + simulation.counts.cancelled
    return SimulationLinks(
        self=here,
        reactions=f"{here}/reactions",
        events=f"{here}/events",
        export=f"{here}/export" if final else None,
        cancel=None if final else f"{here}/cancel",
        retry=f"{here}/retry" if final and missing else None,
        replay=f"{here}/replay" if final else None,
    )
