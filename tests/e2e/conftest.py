"""The market `make run` starts with: twenty thousand customers, generated, loaded and built."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters.warehouse.build.duckdb import open_build
from adapters.warehouse.load.load import load_files
from data_generator.carrier import reference_carrier
from data_generator.generate.generate import generate
from domain.build_twins import BuildReport, build_twins

CUSTOMERS, SEED = 20_000, 42


@dataclass(frozen=True, slots=True)
class ReferenceMarket:
    """A data directory with live twins, and what their build reported."""

    data_dir: Path
    report: BuildReport


def make_market(files: Path, data_dir: Path) -> BuildReport:
    """Generate, load and build it; `files` takes the data set, `data_dir` the twins."""
    generate(files, CUSTOMERS, SEED)
    load_files(files, data_dir)
    carrier = reference_carrier()
    with open_build(data_dir, carrier) as build:
        return build_twins(build, seed=SEED)


@pytest.fixture(scope="session")
def reference_market(tmp_path_factory: pytest.TempPathFactory) -> ReferenceMarket:
    files, data_dir = tmp_path_factory.mktemp("dataset"), tmp_path_factory.mktemp("data")
    return ReferenceMarket(data_dir, make_market(files, data_dir))
