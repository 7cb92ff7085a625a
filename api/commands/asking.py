"""`twin personas`, `ask`, `simulate` and `export`: a service for one command."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated

import typer

from api.asking import Ask
from api.bootstrap import open_services
from api.commands.options import AsJson, SeedOption
from api.commands.screen import print_json
from api.console import (
    answer_card,
    console,
    persona_card,
    personas_table,
    reaction_card,
    simulation_report,
    whose,
)
from api.exporting import FORMATS, Format, write_export
from api.prepare import SEED
from api.schemas import AskBody
from api.services import Services
from api.settings import Settings
from domain.callers import Caller
from domain.errors import NotFound, StateConflict
from domain.interview import find_persona
from domain.reactions import Answer
from domain.scenarios import Scenario
from domain.simulations import Panel, SimulationRequest

app = typer.Typer()


@app.command()
def personas(
    who: Annotated[str | None, typer.Argument(help="One persona or segment id.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the personas, or show one."""

    async def show(services: Services) -> None:
        known = services.customers.personas()
        if who is not None:
            persona = find_persona(known, who)
            print_json(persona) if as_json else console().print(persona_card(persona))
        elif as_json:
            print_json(known)
        else:
            console().print(whose(services.customers.carrier), personas_table(known))

    with_services(show)


@app.command()
def ask(
    who: Annotated[str, typer.Argument(help="A persona id or a segment id, such as S1.")],
    text: Annotated[str, typer.Argument(help="The scenario, or the question.")],
    question: Annotated[bool, typer.Option("--question", help="Ask a free question.")] = False,
    conversation: Annotated[
        str | None, typer.Option(help="A name of your own: its turns are remembered.")
    ] = None,
    seed: SeedOption = SEED,
    as_json: AsJson = False,
) -> None:
    """Put a scenario, or a question, to one persona."""
    body = AskBody(
        scenario=None if question else Scenario(text=text),
        question=text if question else None,
        conversation_id=conversation,
        seed=seed,
    )

    async def put(services: Services) -> None:
        told = (await Ask(services, Caller(), who, body).next_turn()).reply
        persona = find_persona(services.customers.personas(), who)
        if as_json:
            print_json(told)
        elif isinstance(told, Answer):
            console().print(answer_card(persona, told))
        else:
            console().print(reaction_card(persona, told))

    with_services(put)


@app.command()
def simulate(
    texts: Annotated[list[str], typer.Argument(help="One scenario, or several to compare.")],
    segments: Annotated[
        list[str] | None, typer.Option("--segment", help="Only this segment; repeatable.")
    ] = None,
    respondents: Annotated[
        int | None, typer.Option(min=30, help="Customers asked per segment; default: all.")
    ] = None,
    seed: SeedOption = SEED,
    out: Annotated[
        Path | None, typer.Option("--export", help="Also write .json, .csv, .parquet or .html.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Put scenarios to the whole market; the simulation is kept like any other."""
    kind = None if out is None else format_of(out)

    async def run(services: Services) -> None:
        request = SimulationRequest(
            scenarios=tuple(Scenario(text=text) for text in texts),
            panel=Panel(segments=tuple(segments or ()), respondents_per_segment=respondents),
            seed=seed,
        )
        services.supervisor.start()
        try:
            simulation = await services.simulate(request)
        finally:
            await services.supervisor.stop(0)
        if out is not None and kind is not None:
            write_export(services, simulation, kind, out)
        print_json(simulation) if as_json else console().print(simulation_report(simulation))

    with_services(run)


@app.command()
def export(
    simulation_id: Annotated[str, typer.Argument(help="The id of a simulation that is over.")],
    out: Annotated[Path, typer.Argument(help="Ends in .json, .csv, .parquet or .html.")],
) -> None:
    """Write a simulation of this data directory to a file."""
    kind = format_of(out)

    async def run(services: Services) -> None:
        simulation = services.store.get(simulation_id)
        if simulation is None:
            raise NotFound("simulation", "its id is in what started it")
        if not simulation.state.final:
            raise StateConflict(f"the simulation is {simulation.state}; wait until it is over")
        write_export(services, simulation, kind, out)

    with_services(run)


def format_of(path: Path) -> Format:
    """The kind of file that a name asks for. Raises BadParameter."""
    if path.suffix not in FORMATS:
        raise typer.BadParameter(f"{path} must end in {', '.join(FORMATS)}")
    return FORMATS[path.suffix]


def with_services(use: Callable[[Services], Awaitable[None]]) -> None:
    """Run something over opened services."""

    async def run() -> None:
        async with open_services(Settings()) as services:
            await use(services)

    asyncio.run(run())
