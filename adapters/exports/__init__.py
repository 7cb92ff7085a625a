"""Exports: a finished simulation as a file for a spreadsheet, a data tool or a reader."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.exports.parquet import Parquet
from adapters.exports.report import Report
from adapters.exports.spreadsheet import Spreadsheet
from domain.simulations import Export

EXPORTS: Mapping[str, Export] = {each.suffix: each for each in (Spreadsheet(), Parquet(), Report())}
