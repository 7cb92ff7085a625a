"""`twin simulate` and `export`: scenarios put to the market, and what came of them as a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.command import body_of
from api.cli.options import (
    AsJson,
    Engine,
    MaxCalls,
    MaxCostDollars,
    MaxTokens,
    Seed,
    labels_of,
)
from api.cli.session import with_services
from api.cli.simulations import found, tell, worked_on

if TYPE_CHECKING:
    from api.operations.exporting import Format
    from api.services import Services


def simulate(  # noqa: PLR0913, PLR0917 - what HTTP takes in the body of a simulation
    texts: Annotated[list[str], typer.Argument(help="One scenario, or several to compare.")],
    segments: Annotated[
        list[str] | None, typer.Option("--segment", help="Only this segment; repeatable.")
    ] = None,
    personas: Annotated[
        list[str] | None, typer.Option("--persona", help="Only this persona; repeatable.")
    ] = None,
    respondents: Annotated[
        int | None,
        typer.Option(
            "--respondents-per-segment",
            "--respondents",
            help="Customers asked per segment; default: all.",
        ),
    ] = None,
    plans: Annotated[
        list[str] | None,
        typer.Option("--plan", help="Audience: customers of this plan; repeatable."),
    ] = None,
    states: Annotated[
        list[str] | None,
        typer.Option("--state", help="Audience: of this state, such as MT; repeatable."),
    ] = None,
    min_tenure_months: Annotated[
        int | None, typer.Option(help="Audience: customers for at least so long.")
    ] = None,
    max_tenure_months: Annotated[
        int | None, typer.Option(help="Audience: customers for at most so long.")
    ] = None,
    engine: Engine = None,
    seed: Seed = None,
    repeats: Annotated[
        int | None, typer.Option(help="How often each persona is asked; default: once.")
    ] = None,
    labels: Annotated[
        list[str] | None,
        typer.Option("--label", metavar="NAME:VALUE", help="To find it by; repeatable."),
    ] = None,
    max_calls: MaxCalls = None,
    max_tokens: MaxTokens = None,
    max_cost_dollars: MaxCostDollars = None,
    out: Annotated[
        Path | None, typer.Option("--export", help="Also write .json, .csv, .parquet or .html.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Put scenarios to the whole market; the simulation is kept like any other."""
    from api.representations.bodies import SimulationBody

    kind = None if out is None else format_of(out, "'--export'")
    body = body_of(
        SimulationBody,
        scenarios=texts,
        panel={
            "segments": segments,
            "personas": personas,
            "audience": {
                "plans": plans,
                "states": states,
                "min_tenure_months": min_tenure_months,
                "max_tenure_months": max_tenure_months,
            },
            "respondents_per_segment": respondents,
        },
        engine=engine,
        seed=seed,
        repeats=repeats,
        labels=labels_of(labels or ()),
        budget={
            "max_calls": max_calls,
            "max_tokens": max_tokens,
            "max_cost_dollars": max_cost_dollars,
        },
    )

    async def run(services: Services) -> None:
        from api.operations.exporting import write_export

        accepted, _ = await services.submit(body.to_request())
        simulation = await worked_on(services, accepted.id)
        if out is not None and kind is not None:
            write_export(services, simulation, kind, out)
        tell(simulation, as_json=as_json)

    with_services(run)


def export(
    simulation_id: Annotated[str, typer.Argument(help="The id of a simulation that is over.")],
    out: Annotated[Path, typer.Argument(help="Ends in .json, .csv, .parquet or .html.")],
) -> None:
    """Write a simulation of this data directory to a file."""
    kind = format_of(out, "'OUT'")

    async def run(services: Services) -> None:
        from api.operations.exporting import write_export
        from domain.errors import StateConflict

        simulation = found(services.store, simulation_id)
        if not simulation.state.final:
            raise StateConflict(f"the simulation is {simulation.state}; wait until it is over")
        write_export(services, simulation, kind, out)

    with_services(run)


def format_of(path: Path, given_by: str) -> Format:
    """The kind of file a name asks for, in a folder that is there. Raises BadParameter."""
    from api.operations.exporting import FORMATS

    if path.suffix not in FORMATS:
        raise typer.BadParameter(f"{path} must end in {', '.join(FORMATS)}", param_hint=given_by)
    if not path.parent.is_dir():
        detail = f"there is no folder {path.parent}; make it first"
        raise typer.BadParameter(detail, param_hint=given_by)
    return FORMATS[path.suffix]
