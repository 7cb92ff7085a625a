"""Times with a zone are stored as the same UTC on every machine, whatever zone it is in."""

from __future__ import annotations

import csv
import datetime
import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from adapters.warehouse.load.load import load_files
from adapters.warehouse.load_report import LoadRefused

Offer = Callable[[str], Path]

ZONES = ["UTC", "America/Los_Angeles", "Asia/Kolkata", "Pacific/Kiritimati"]
LOAD = """
import pathlib, sys
from adapters.warehouse.load.load import load_files
load_files(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
"""
INSTANT = datetime.datetime(2025, 1, 3, 16, 9, 54, tzinfo=datetime.UTC)
STORED = INSTANT.replace(tzinfo=None)


def stored_in(zone: str, folder: Path, data_dir: Path) -> list[datetime.datetime | None]:
    """The times of contacts as a process in a zone stores them."""
    command = [sys.executable, "-c", LOAD, str(folder), str(data_dir)]
    subprocess.run(command, env=os.environ | {"TZ": zone}, check=True, timeout=120)
    return times_of(data_dir)


def times_of(data_dir: Path) -> list[datetime.datetime | None]:
    stored = pq.read_table(data_dir / "raw/current/internal/support_interactions.parquet")
    return stored["interaction_date"].to_pylist()


def with_times(path: Path, times: pa.Array[Any]) -> None:
    """The contacts of a Parquet file with another column of times."""
    table = pq.read_table(path).slice(0, len(times))
    place = table.column_names.index("interaction_date")
    pq.write_table(table.set_column(place, "interaction_date", times), path)


def with_text(path: Path, text: str) -> None:
    """The first contact of a CSV file with another time."""
    header, *rows = csv.reader(io.StringIO(path.read_text()))
    for row in rows:
        row[header.index("interaction_date")] = text
    content = io.StringIO()
    csv.writer(content, lineterminator="\n").writerows([header, *rows])
    path.write_text(content.getvalue())


@pytest.mark.parametrize("zone", ZONES)
def test_parquet_times_with_a_zone_are_the_same_wherever_they_are_loaded(
    offer: Offer, tmp_path: Path, zone: str
) -> None:
    folder = offer("parquet")
    times = pa.array([INSTANT], pa.timestamp("us", "Asia/Tokyo"))
    with_times(folder / "support_interactions.parquet", times)

    assert stored_in(zone, folder, tmp_path / "data") == [STORED]


@pytest.mark.parametrize("zone", ZONES)
def test_texts_with_an_offset_are_the_same_wherever_they_are_loaded(
    offer: Offer, tmp_path: Path, zone: str
) -> None:
    folder = offer("csv")
    with_text(folder / "support_interactions.csv", "2025-01-03T17:09:54+01:00")

    assert set(stored_in(zone, folder, tmp_path / "data")) == {STORED}


@pytest.mark.parametrize(
    "kind", [pa.timestamp("s"), pa.timestamp("ms"), pa.timestamp("ns")], ids=str
)
@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "+05:30"])
def test_times_of_any_unit_and_zone_are_taken(
    offer: Offer, tmp_path: Path, kind: pa.TimestampType[Any, Any], zone: str
) -> None:
    folder = offer("parquet")
    times = pa.array([INSTANT], pa.timestamp(kind.unit, zone))
    with_times(folder / "support_interactions.parquet", times)

    load_files(folder, tmp_path / "data")

    assert times_of(tmp_path / "data") == [STORED]


@pytest.mark.parametrize(
    "text",
    [
        *("2025-01-03 16:09:54Z", "2025-01-03T16:09:54Z", "2025-01-03 16:09:54 Z"),
        *("2025-01-03 17:09:54+01", "2025-01-03 17:09:54+0100", "2025-01-03 17:09:54 +01:00"),
        *("2025-01-03T08:09:54-08:00", "2025-01-03T21:39:54.000+05:30", "2025-01-04T06:09:54+14"),
        "2025-01-03 16:09:54",
    ],
)
def test_a_text_with_a_zone_is_stored_as_utc(offer: Offer, tmp_path: Path, text: str) -> None:
    folder = offer("csv")
    with_text(folder / "support_interactions.csv", text)

    load_files(folder, tmp_path / "data")

    assert set(times_of(tmp_path / "data")) == {STORED}


@pytest.mark.parametrize(
    "text",
    [
        *("2025-01-03 16:09:54 CET", "2025-01-03 16:09:54 Europe/Berlin", "2025-01-03Z"),
        *("2025-01-03 16:09:54+25:00", "2025-01-03 16:09:54+1", "2025-01-03+01:00"),
        *("2025-01-03 16:09:54.1234567Z", "2025-01-03 16:09:54++01", "2025-01-03 16:09:54 - 08"),
    ],
)
def test_a_zone_that_is_no_offset_is_a_fault(offer: Offer, tmp_path: Path, text: str) -> None:
    folder = offer("csv")
    with_text(folder / "support_interactions.csv", text)

    with pytest.raises(LoadRefused, match="interaction_date must be a time like"):
        load_files(folder, tmp_path / "data")


def test_a_time_with_a_zone_is_no_day_unless_it_is_midnight_utc(
    offer: Offer, tmp_path: Path
) -> None:
    folder = offer("parquet")
    path = folder / "customers.parquet"
    table = pq.read_table(path)
    place = table.column_names.index("customer_since")
    midnight = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
    for hour, taken in ((0, True), (5, False)):
        times = [midnight.replace(hour=hour)] * len(table)
        since = pa.array(times, pa.timestamp("us", "America/New_York"))
        pq.write_table(table.set_column(place, "customer_since", since), path)
        if taken:
            load_files(folder, tmp_path / "data")
            continue
        with pytest.raises(LoadRefused, match="customer_since must be a day"):
            load_files(folder, tmp_path / "data")
