from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from adapters.warehouse.load.load import load_files, read_manifest
from adapters.warehouse.load_report import LoadRefused
from domain.errors import DatasetRejected

Offer = Callable[[str], Path]

Spoil = Callable[[str], str]

# What was done to which file, and the fault as (column, kind, line, value).
SPOILT: dict[str, tuple[str, Spoil, tuple[str | None, str, int, str | None]]] = {
    "a word for a number": (
        "customers.csv",
        lambda text: text.replace(",12,", ",twelve,", 1),
        ("tenure_months", "type", 2, "twelve"),
    ),
    "a fraction of a month": (
        "customers.csv",
        lambda text: text.replace(",12,", ",12.5,", 1),
        ("tenure_months", "type", 2, "12.5"),
    ),
    "a tenth of a cent": (
        "monthly_usage.csv",
        lambda text: text.replace("35.50", "35.505", 1),
        ("total_bill", "type", 2, "35.505"),
    ),
    "an impossible day": (
        "monthly_usage.csv",
        lambda text: text.replace("2025-01-01", "2025-02-30", 1),
        ("billing_month", "type", 2, "2025-02-30"),
    ),
    "a required field left empty": (
        "customers.csv",
        lambda text: text.replace(",59715,", ",,", 1),
        ("zip_code", "required", 2, None),
    ),
    "a word longer than the column": (
        "customers.csv",
        lambda text: text.replace('Basic ""S"", small', "Basic" * 7, 1),
        ("plan_name", "length", 2, "Basic" * 7),
    ),
    "a key that is there twice": (
        "monthly_usage.csv",
        lambda text: text.replace("u-c2", "u-c1"),
        ("usage_id", "duplicate", 3, "u-c1"),
    ),
    "a customer nobody knows": (
        "support_interactions.csv",
        lambda text: text.replace("c1", "c7"),
        ("customer_id", "orphan", 2, "c7"),
    ),
    "a price below nothing": (
        "customers.csv",
        lambda text: text.replace(",35.00,", ",-35.00,", 1),
        ("plan_price", "range", 2, "-35.00"),
    ),
    "a row that lost its end": (
        "monthly_usage.csv",
        lambda text: text + "u9,c1\n",
        (None, "fields", 5, "u9,c1"),
    ),
}


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_every_row_that_comes_in_is_loaded(offer: Offer, tmp_path: Path, kind: str) -> None:
    report = load_files(offer(kind), tmp_path / "data")

    customers = pq.read_table(tmp_path / "data/raw/current/internal/customers.parquet")
    assert report.rows["customers"] == customers.num_rows == 3
    assert customers["plan_name"][0].as_py() == 'Basic "S", small'
    assert read_manifest(tmp_path / "data/raw/current").rows == report.rows


def test_files_may_lie_in_internal_and_external(offer: Offer, tmp_path: Path) -> None:
    folder = offer("parquet")
    for part in ("internal", "external"):
        (folder / part).mkdir()
    for name in ("customers", "monthly_usage", "support_interactions", "campaign_responses"):
        (folder / f"{name}.parquet").rename(folder / "internal" / f"{name}.parquet")
    (folder / "zip_demographics.parquet").rename(folder / "external/zip_demographics.parquet")

    assert load_files(folder, tmp_path / "data").rows["zip_demographics"] == 1


def test_a_file_written_again_after_the_load_changes_nothing(offer: Offer, tmp_path: Path) -> None:
    folder = offer("parquet")
    load_files(folder, tmp_path / "data")

    with (folder / "customers.parquet").open("wb") as again:
        again.write(b"half of another file")

    loaded = tmp_path / "data/raw/current/internal/customers.parquet"
    assert pq.read_metadata(loaded).num_rows == 3


@pytest.mark.parametrize("done", SPOILT)
def test_a_fault_is_named_with_its_file_column_line_and_value(
    offer: Offer, tmp_path: Path, done: str
) -> None:
    file, spoil, named = SPOILT[done]
    path = offer("csv") / file
    path.write_text(spoil(path.read_text()))

    with pytest.raises(LoadRefused) as refusal:
        load_files(path.parent, tmp_path / "data")

    (fault,) = [fault for table in refusal.value.report.tables for fault in table.faults]
    (place,) = fault.places
    assert fault.file == file
    assert (fault.column, fault.kind, place.number, place.value) == named


@pytest.mark.parametrize("repeated", ["u-c1", "u-c2"])
def test_keys_of_many_rows_are_compared_in_several_passes(
    offer: Offer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, repeated: str
) -> None:
    monkeypatch.setattr("adapters.warehouse.validation.duplicate_keys.SORTED_ROWS", 1)
    path = offer("csv") / "monthly_usage.csv"
    path.write_text(path.read_text().replace("u-c3", repeated))

    with pytest.raises(LoadRefused, match="usage_id must not repeat that of an earlier row"):
        load_files(path.parent, tmp_path / "data")


def test_a_fault_is_told_in_one_sentence(offer: Offer, tmp_path: Path) -> None:
    path = offer("csv") / "customers.csv"
    path.write_text(path.read_text().replace(",12,", ",twelve,"))

    with pytest.raises(LoadRefused) as refusal:
        load_files(path.parent, tmp_path / "data")

    (sentence,) = refusal.value.report.sentences(values=True)
    assert sentence == (
        "customers.csv: tenure_months must be a whole number; 3 rows break this, such as "
        "line 2 ('twelve'), line 3 ('twelve'), line 4 ('twelve'); mend or remove them"
    )


def test_a_missing_column_is_named(offer: Offer, tmp_path: Path) -> None:
    path = offer("csv") / "monthly_usage.csv"
    path.write_text(path.read_text().replace("total_bill", "total"))

    with pytest.raises(LoadRefused, match=r"monthly_usage\.csv: total_bill must be a column"):
        load_files(path.parent, tmp_path / "data")


def test_an_error_names_places_and_no_values(offer: Offer, tmp_path: Path) -> None:
    path = offer("csv") / "customers.csv"
    path.write_text(path.read_text().replace("c1,", "c1,,twelve,", 1).replace(",12,", ",private,"))

    with pytest.raises(LoadRefused, match=r"such as line 3, line 4; mend") as refusal:
        load_files(path.parent, tmp_path / "data")

    assert "private" not in str(refusal.value)
    assert "twelve" not in str(refusal.value)


def test_a_refused_load_leaves_what_was_live(offer: Offer, tmp_path: Path) -> None:
    folder = offer("parquet")
    live = load_files(folder, tmp_path / "data").version
    (folder / "customers.parquet").write_bytes(b"this is no Parquet file")

    with pytest.raises(LoadRefused, match=r"customers\.parquet: must be whole Parquet"):
        load_files(folder, tmp_path / "data")

    assert (tmp_path / "data/raw/current").readlink() == Path(str(live))
    assert read_manifest(tmp_path / "data/raw/current").rows["customers"] == 3


def test_all_missing_files_are_named_at_once(offer: Offer, tmp_path: Path) -> None:
    folder = offer("parquet")
    (folder / "customers.parquet").unlink()
    (folder / "lifestyle_segments.parquet").unlink()

    with pytest.raises(DatasetRejected) as refusal:
        load_files(folder, tmp_path / "data")

    assert "customers" in refusal.value.reasons[0]
    assert "lifestyle_segments" in refusal.value.reasons[1]


def test_every_fault_of_every_file_is_reported_at_once(offer: Offer, tmp_path: Path) -> None:
    folder = offer("csv")
    for name, word in (("customers", "long ago"), ("monthly_usage", "2024-01-01")):
        path = folder / f"{name}.csv"
        path.write_text(path.read_text().replace("2024-01-01", word).replace("35.50", "cheap"))

    with pytest.raises(DatasetRejected) as refusal:
        load_files(folder, tmp_path / "data")

    assert [reason.split(" must")[0] for reason in refusal.value.reasons] == [
        "customers.csv: customer_since",
        "monthly_usage.csv: total_bill",
    ]


def test_progress_is_told_step_by_step(offer: Offer, tmp_path: Path) -> None:
    heard: list[tuple[str, int, int]] = []

    load_files(offer("parquet"), tmp_path / "data", lambda *step: heard.append(step))

    assert [done for _, done, _ in heard] == list(range(9))
    assert {total for _, _, total in heard} == {9}
