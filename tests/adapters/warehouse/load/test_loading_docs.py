"""The mapping file that docs/loading.md shows makes of each word what stands beside it."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from adapters.warehouse.load.load import load_files
from adapters.warehouse.mapping.columns import ColumnMapping
from adapters.warehouse.mapping.mapping import TableMapping, read_mapping

DOCS = (Path(__file__).parents[4] / "docs/loading.md").read_text(encoding="utf-8")
(SHOWN,) = re.findall(r"```toml\n(.*?)```", DOCS, re.DOTALL)
BESIDE = re.findall(r"^(\w+) = .*# (?:.*: )?(.+?) -> (.+)$", SHOWN, re.MULTILINE)


@pytest.fixture
def stored(tmp_path: Path) -> dict[str, object]:
    """The customer of the words on the left, as loaded."""
    (tmp_path / "mapping.toml").write_text(SHOWN)
    mapping = read_mapping(tmp_path / "mapping.toml")
    columns = mapping.tables["customers"].columns
    fields = {
        name: word
        for column, words, _ in BESIDE
        for name, word in zip(columns[column].sources, words.split(", "), strict=True)
    }
    people = f"{','.join([*fields, 'Remark'])}\n{','.join([*fields.values(), 'x'])}\n"
    (tmp_path / "people.csv").write_text(people)
    report = load_files(tmp_path, tmp_path / "data", mapping=mapping)
    assert report.tables[0].notes == ()
    (row,) = pq.read_table(tmp_path / "data/raw/current/internal/customers.parquet").to_pylist()
    return dict(row)


def test_every_option_is_shown() -> None:
    models = (ColumnMapping, TableMapping)
    options = {
        field.alias or name for model in models for name, field in model.model_fields.items()
    }

    assert options - {"columns"} <= set(re.findall(r"(\w+) = ", SHOWN))


def test_the_mapping_that_is_shown_makes_what_stands_beside_it(stored: dict[str, object]) -> None:
    assert len(BESIDE) >= 12
    for column, _, made in BESIDE:
        assert str(stored[column]) == made.replace("nothing", "None"), column
