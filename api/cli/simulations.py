"""`twin simulations`: those there are, and what HTTP may do with one of them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.command import Command, Group, body_of
from api.cli.options import AsJson, MaxCalls, MaxCostDollars, MaxTokens, labels_of
from api.cli.session import with_services
from api.cli.settings import settings_of

if TYPE_CHECKING:
    from api.services import Services, Store
    from domain.simulations import Simulation

HELP = "List, show, cancel, retry, replay or delete simulations."
SimulationId = Annotated[str, typer.Argument(metavar="ID", help="See `twin simulations list`.")]

app = typer.Typer(name="simulations", cls=Group, help=HELP, rich_markup_mode=None)


@app.command("list", cls=Command)
def list_simulations(
    state: Annotated[str | None, typer.Option(help="Only those in this state.")] = None,
    label: Annotated[
        str | None, typer.Option(metavar="NAME:VALUE", help="Only those with this label.")
    ] = None,
    tenant: Annotated[str | None, typer.Option(help="Only those of this tenant.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List simulations, the newest first."""
    from api.cli.console import console, simulations_table
    from api.cli.listing import Wanted, newest
    from api.wiring.open_store import open_database

    labels = labels_of([label] if label is not None else [])
    wanted = body_of(Wanted, state=state, labels=labels, tenant=tenant)
    with closing(open_database(settings_of())) as store:
        known = newest(store, wanted, limit)
    if as_json:
        _print_all(known)
    else:
        console().print(simulations_table(known))


def _print_all(known: Sequence[Simulation]) -> None:
    from api.cli.screen import print_json
    from api.representations.bodies import simulation_out

    print_json([simulation_out(simulation) for simulation in known])


@app.command(cls=Command)
def show(simulation_id: SimulationId, as_json: AsJson = False) -> None:
    """Show how far a simulation is and, once it is over, what it found."""
    from api.wiring.open_store import open_database

    with closing(open_database(settings_of())) as store:
        simulation = found(store, simulation_id)
    tell(simulation, as_json=as_json)


@app.command(cls=Command)
def cancel(simulation_id: SimulationId) -> None:
    """Begin no more reactions of a simulation; what was had stays, and is summarized."""

    async def call_off(services: Services) -> None:
        found(services.store, simulation_id)
        ended = await services.call_off(simulation_id)
        sys.stdout.write(f"{ended.id}: {ended.state}\n")

    with_services(call_off)


@app.command(cls=Command)
def retry(
    simulation_id: SimulationId,
    max_calls: MaxCalls = None,
    max_tokens: MaxTokens = None,
    max_cost_dollars: MaxCostDollars = None,
    as_json: AsJson = False,
) -> None:
    """Ask again for the reactions of a simulation that failed or were cancelled."""
    from api.representations.bodies import RetryBody

    budget = {
        "max_calls": max_calls,
        "max_tokens": max_tokens,
        "max_cost_dollars": max_cost_dollars,
    }
    body = body_of(RetryBody, budget=budget)

    async def go_on(services: Services) -> None:
        await services.retry(found(services.store, simulation_id), body.budget)
        tell(await worked_on(services, simulation_id), as_json=as_json)

    with_services(go_on)


@app.command(cls=Command)
def replay(simulation_id: SimulationId, as_json: AsJson = False) -> None:
    """Ask all of a simulation once more, and tell whether the same came out."""

    async def repeat(services: Services) -> None:
        again, _ = await services.replay(found(services.store, simulation_id))
        tell(await worked_on(services, again.id), as_json=as_json)

    with_services(repeat)


@app.command(cls=Command)
def delete(simulation_id: SimulationId) -> None:
    """Remove a simulation that is over, and all its reactions, for good."""
    from api.wiring.open_store import open_database

    with closing(open_database(settings_of())) as store:
        store.delete(found(store, simulation_id).id)
    sys.stdout.write(f"{simulation_id}: deleted\n")


async def worked_on(services: Services, simulation_id: str) -> Simulation:
    """A simulation once it is over; when told to stop, it is called off and one can go on later."""
    import asyncio

    try:
        return await services.work_on(simulation_id)
    except asyncio.CancelledError:
        going_on = f"`twin simulations retry {simulation_id}` goes on with it"
        sys.stderr.write(f"twin: {simulation_id} is cancelled; {going_on}\n")
        raise


def found(store: Store, simulation_id: str) -> Simulation:
    """The simulation, whichever tenant's it is. Raises NotFound, and Gone when it was there."""
    from domain.errors import Gone, NotFound

    simulation = store.get(simulation_id)
    if simulation is not None:
        return simulation
    if store.is_gone(simulation_id):
        raise Gone("simulation", "put its scenarios again with `twin simulate`")
    raise NotFound("simulation", "see `twin simulations list`")


def tell(simulation: Simulation, *, as_json: bool) -> None:
    """Print a simulation as HTTP has it, or as a report."""
    from api.cli.console import console, simulation_report
    from api.cli.screen import print_json
    from api.representations.bodies import simulation_out

    if as_json:
        print_json(simulation_out(simulation))
    else:
        console().print(simulation_report(simulation))
