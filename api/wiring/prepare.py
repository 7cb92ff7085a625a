"""Makes twins live: from loaded data, or from nothing at all."""

from __future__ import annotations

from collections.abc import Callable

from api.settings import Settings
from api.wiring.first_market import CUSTOMERS, DATASET, SEED
from api.wiring.open_carrier import carrier_of
from api.wiring.open_warehouse import (
    has_loaded,
    load_into_warehouse,
    open_customers,
    open_twin_build,
)
from data_generator.generate.generate import generate
from data_generator.io.recipe import AS_OF
from domain.build_twins import BuildReport, build_twins
from domain.errors import DatasetMissing

Show = Callable[[str, int, int], None]  # hears a stage's name, its place and how many there are


def has_twins(settings: Settings) -> bool:
    """Whether a build is live. Raises Unavailable when it is another carrier's than the file's."""
    try:
        with open_customers(settings) as (customers, _):
            return bool(customers.carrier)
    except DatasetMissing:
        return False


def prepare(settings: Settings, show: Show) -> None:
    """From nothing to live personas, on the embedded warehouse of a generated customer base.

    What was loaded already is built, not replaced: it may be a carrier's own customers. In
    Snowflake nothing is generated for the same reason.
    """
    if settings.warehouse == "duckdb" and not has_loaded(settings):
        dataset = settings.data_dir / DATASET
        generate(dataset, CUSTOMERS, SEED, format="parquet", as_of=AS_OF, progress=show)
        load_into_warehouse(dataset, settings, show)
    build_live(settings, SEED, show)


def build_live(
    settings: Settings, seed: int, show: Show, *, ignore_plans: bool = False
) -> BuildReport:
    """Build segments, personas and part-worths from the loaded data and make them live."""
    carrier = carrier_of(settings)
    with open_twin_build(settings, carrier) as build:
        return build_twins(build, seed=seed, progress=show, ignore_plans=ignore_plans)
