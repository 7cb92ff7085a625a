"""Exporting: a simulation and its reactions, page by page, as a file of some kind."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Literal

from api.operations.record_pages import record_pages
from api.representations.bodies import reaction_item, simulation_out
from api.services import Services
from domain.errors import Damaged
from domain.simulations import CallRecord, Simulation

Format = Literal["json", "csv", "parquet", "html"]
FORMATS: dict[str, Format] = {
    ".json": "json",
    ".csv": "csv",
    ".parquet": "parquet",
    ".html": "html",
}

RECORDS_AT_ONCE = 200  # bounds the memory of an export; a reaction is some kilobytes


def write_export(services: Services, simulation: Simulation, kind: Format, path: Path) -> None:
    """Write the file aside and put it in its place whole."""
    aside = path.with_name(f".{path.name}.part")
    try:
        with aside.open("wb") as file:
            file.writelines(export_pieces(services, simulation, kind))
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def export_pieces(services: Services, simulation: Simulation, kind: Format) -> Iterator[bytes]:
    """The file in pieces; never empty. Raises Damaged."""
    if simulation.damaged:
        raise Damaged("simulation")
    pages = record_pages(services.store, simulation.id, RECORDS_AT_ONCE)
    records = chain.from_iterable(pages)
    if kind == "json":
        return _json(simulation, records)
    return services.exports[kind].write(simulation, records)


def _json(simulation: Simulation, records: Iterator[CallRecord]) -> Iterator[bytes]:
    yield b'{"simulation":' + simulation_out(simulation).model_dump_json().encode()
    comma = b',"reactions":['
    for record in records:
        yield comma + reaction_item(record).model_dump_json().encode()
        comma = b","
    yield b"]}"
