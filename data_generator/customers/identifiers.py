"""Identifiers: unique, unguessable from each other, and a pure function of the row.

A customer id is a version 8 UUID (RFC 9562) whose first sixteen free digits are a bijection of the
row, so no two can collide. What belongs to a customer has the customer's id with its last four
digits replaced by the kind of record and its number, so that files of ids compress.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data_generator.draws import Bits, Draws, Rows
from data_generator.schema.columns import characters

Text = NDArray[np.uint8]
HEX = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
UUID_LENGTH = 36
RECORD_KINDS = {"usage": 0xA, "interaction": 0xB, "response": 0xC}

# where the sixteen unique digits, then the fourteen others go; 14 and 19 hold version and variant
UNIQUE_PLACES = (*range(8), *range(9, 13), *range(15, 18), 24)
OTHER_PLACES = (*range(20, 23), *range(25, 36))


def customer_ids(customers: int, seed: int) -> NDArray[np.str_]:
    """Ids of the first customers, in file order."""
    text = customer_id_text(np.arange(customers, dtype=np.uint64), seed)
    return np.asarray(characters(text).to_numpy(zero_copy_only=False), dtype=f"U{UUID_LENGTH}")


def customer_id_text(rows: Rows, seed: int) -> Text:
    """Ids as bytes, shape (rows, 36)."""
    draws = Draws(seed, "customer_ids")
    text = np.full((len(rows), UUID_LENGTH), ord("-"), dtype=np.uint8)
    text[:, 14] = ord("8")
    text[:, 19] = ord("8")
    _write_digits(text, UNIQUE_PLACES, draws.bits("unique", rows))
    _write_digits(text, OTHER_PLACES, draws.bits("other", rows))
    return text


def record_id_text(
    id_text: Text, owner: NDArray[np.intp], kind: str, number: NDArray[np.integer]
) -> Text:
    """Ids of records that belong to customers; `owner` is the place of each one's customer."""
    text = np.take(id_text, owner, axis=0)  # five times as fast as indexing
    text[:, 32] = HEX[RECORD_KINDS[kind]]
    text[:, 33] = ord("0")
    text[:, 34] = HEX[number >> 4]
    text[:, 35] = HEX[number & 15]
    return text


def account_id_text(rows: Rows) -> Text:
    """Account numbers SM-000000000000: a permutation of the rows below 10^12."""
    number = (rows * np.uint64(387_420_489) + np.uint64(271_828_182_845)) % np.uint64(10**12)
    text = np.empty((len(rows), 15), dtype=np.uint8)
    text[:, :3] = np.frombuffer(b"SM-", dtype=np.uint8)
    for place in range(14, 2, -1):
        text[:, place] = HEX[(number % np.uint64(10)).astype(np.intp)]
        number //= np.uint64(10)
    return text


def _write_digits(text: Text, places: tuple[int, ...], bits: Bits) -> None:
    for turn, place in enumerate(places):
        text[:, place] = HEX[((bits >> np.uint64(4 * turn)) & np.uint64(15)).astype(np.intp)]
