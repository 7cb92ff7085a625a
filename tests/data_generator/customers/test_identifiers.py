from __future__ import annotations

import re
import uuid

import numpy as np

from data_generator.customers.identifiers import (
    account_id_text,
    customer_id_text,
    customer_ids,
    record_id_text,
)
from data_generator.schema.columns import characters

ROWS = np.arange(60_000, dtype=np.uint64)


def test_customer_ids_are_uuids_and_never_collide() -> None:
    ids = customer_ids(60_000, 42)
    assert len(np.unique(ids)) == 60_000
    assert all(uuid.UUID(text).version == 8 for text in ids[:50])


def test_the_unique_digits_alone_tell_customers_apart() -> None:
    unique = customer_id_text(ROWS, 42)[:, [*range(18), 24]]
    assert len(np.unique(unique, axis=0)) == len(ROWS)


def test_a_customer_keeps_the_id_whatever_the_range() -> None:
    some = customer_id_text(ROWS[500:510], 42)
    assert np.array_equal(customer_id_text(ROWS, 42)[500:510], some)


def test_records_of_a_customer_differ_from_each_other_and_between_kinds() -> None:
    customers, owner = customer_id_text(ROWS[:100], 42), np.repeat(np.arange(100), 16)
    number = np.tile(np.arange(16), 100)
    ids = [
        characters(record_id_text(customers, owner, kind, number)).to_pylist()
        for kind in ("usage", "interaction", "response")
    ]
    assert len({text for kind in ids for text in kind}) == 3 * 1600


def test_account_numbers_never_collide_and_show_no_order() -> None:
    accounts = [str(text) for text in characters(account_id_text(ROWS)).to_pylist()]
    assert len(set(accounts)) == len(ROWS)
    assert all(re.fullmatch(r"SM-\d{12}", account) for account in accounts[:100])
    assert accounts != sorted(accounts)
