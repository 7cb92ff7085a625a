from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from adapters.warehouse.load import load_files, read_manifest
from domain.errors import DatasetRejected

Offer = Callable[[str], Path]

SPOILT: dict[str, tuple[str, Callable[[str], str], str]] = {
    "a missing column": (
        "monthly_usage.csv",
        lambda text: text.replace("total_bill", "total"),
        r"monthly_usage\.csv: no column total_bill",
    ),
    "a word for a number": (
        "customers.csv",
        lambda text: text.replace(",12,", ",twelve,", 1),
        r"customers\.csv: tenure_months is not INTEGER in 1 rows, such as line 2 \('twelve'\)",
    ),
    "an impossible day": (
        "monthly_usage.csv",
        lambda text: text.replace("2025-01-01", "2025-02-30"),
        r"monthly_usage\.csv: billing_month is not DATE in 3 rows, such as line 2",
    ),
    "a required field left empty": (
        "customers.csv",
        lambda text: text.replace(",59715,", ",,", 1),
        r"customers\.csv: zip_code is empty in 1 rows, such as line 2",
    ),
    "a key that is there twice": (
        "monthly_usage.csv",
        lambda text: text.replace("u-c2", "u-c1"),
        r"usage_id is not the only one of its kind in 2 rows, such as line 2 \('u-c1'\), line 3",
    ),
    "a customer nobody knows": (
        "support_interactions.csv",
        lambda text: text.replace("c1", "c7"),
        r"customer_id is no customer of the customers file in 1 rows, such as line 2 \('c7'\)",
    ),
    "a row that lost its end": (
        "monthly_usage.csv",
        lambda text: text + "u9,c1\n",
        r"monthly_usage\.csv: line 5 has too few or too many fields",
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


def test_parquet_is_linked_rather_than_copied(offer: Offer, tmp_path: Path) -> None:
    folder = offer("parquet")

    load_files(folder, tmp_path / "data")

    loaded = tmp_path / "data/raw/current/internal/customers.parquet"
    assert loaded.samefile(folder / "customers.parquet")


@pytest.mark.parametrize("fault", SPOILT)
def test_a_fault_is_named_with_its_file_column_and_line(
    offer: Offer, tmp_path: Path, fault: str
) -> None:
    file, spoil, sentence = SPOILT[fault]
    path = offer("csv") / file
    path.write_text(spoil(path.read_text()))

    with pytest.raises(DatasetRejected, match=sentence):
        load_files(path.parent, tmp_path / "data")


def test_a_refused_load_leaves_what_was_live(offer: Offer, tmp_path: Path) -> None:
    folder = offer("parquet")
    live = load_files(folder, tmp_path / "data").version
    (folder / "customers.parquet").write_bytes(b"this is no Parquet file")

    with pytest.raises(DatasetRejected, match=r"customers\.parquet: this is not Parquet"):
        load_files(folder, tmp_path / "data")

    assert (tmp_path / "data/raw/current").readlink() == Path(live)
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

    assert [reason.split(" is not")[0] for reason in refusal.value.reasons] == [
        "customers.csv: customer_since",
        "monthly_usage.csv: total_bill",
    ]


def test_progress_is_told_step_by_step(offer: Offer, tmp_path: Path) -> None:
    heard: list[tuple[str, int, int]] = []

    load_files(offer("parquet"), tmp_path / "data", lambda *step: heard.append(step))

    assert [done for _, done, _ in heard] == list(range(17))
    assert {total for _, _, total in heard} == {17}
