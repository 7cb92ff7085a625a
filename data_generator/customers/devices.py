"""Devices: the phones customers carry, with the tier and system that follow from the model."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple


class Device(NamedTuple):
    """A phone model; launches are rounded to the month."""

    brand: str
    model: str
    tier: str
    system: str
    has_5g: bool
    launched: date


# In the order of the kinds in segments.DEVICES; models of a kind with their shares.
KINDS: tuple[tuple[tuple[float, Device], ...], ...] = (
    (
        (0.36, Device("Apple", "iPhone 16 Pro", "Flagship", "iOS", True, date(2024, 9, 1))),
        (0.22, Device("Apple", "iPhone 17 Pro", "Flagship", "iOS", True, date(2025, 9, 1))),
        (0.26, Device("Apple", "iPhone 15 Pro", "Flagship", "iOS", True, date(2023, 9, 1))),
        (0.16, Device("Apple", "iPhone 16 Pro Max", "Flagship", "iOS", True, date(2024, 9, 1))),
    ),
    (
        (0.40, Device("Samsung", "Galaxy S24+", "Flagship", "Android", True, date(2024, 1, 1))),
        (0.32, Device("Samsung", "Galaxy S25", "Flagship", "Android", True, date(2025, 2, 1))),
        (0.28, Device("Google", "Pixel 9 Pro", "Flagship", "Android", True, date(2024, 8, 1))),
    ),
    (
        (0.40, Device("Apple", "iPhone 13", "Mid", "iOS", True, date(2021, 9, 1))),
        (0.34, Device("Apple", "iPhone SE", "Mid", "iOS", True, date(2022, 3, 1))),
        (0.26, Device("Apple", "iPhone 11", "Mid", "iOS", False, date(2019, 9, 1))),
    ),
    (
        (0.36, Device("Samsung", "Galaxy A54", "Mid", "Android", True, date(2023, 3, 1))),
        (0.22, Device("Google", "Pixel 7a", "Mid", "Android", True, date(2023, 5, 1))),
        (0.24, Device("Samsung", "Galaxy A52", "Mid", "Android", False, date(2021, 3, 1))),
        (0.18, Device("Motorola", "Moto G Stylus 5G", "Mid", "Android", True, date(2022, 4, 1))),
    ),
    (
        (0.32, Device("Samsung", "Galaxy A15 5G", "Budget", "Android", True, date(2023, 12, 1))),
        (0.28, Device("Motorola", "Moto G Play", "Budget", "Android", False, date(2021, 1, 1))),
        (0.22, Device("Samsung", "Galaxy A13", "Budget", "Android", False, date(2022, 3, 1))),
        (0.18, Device("TCL", "30 XE 5G", "Budget", "Android", True, date(2022, 2, 1))),
    ),
)  # fmt: skip

DEVICES: tuple[Device, ...] = tuple(device for kind in KINDS for _, device in kind)


def weights_by_kind() -> tuple[tuple[float, ...], ...]:
    """For each kind, the share of every device in the order of DEVICES."""
    return tuple(
        tuple(share if other is kind else 0.0 for other in KINDS for share, _ in other)
        for kind in KINDS
    )
