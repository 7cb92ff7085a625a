"""The first market: what is made where there are no customers yet."""

from __future__ import annotations

CUSTOMERS = 20_000  # what `make run` starts with: segments are clear and it takes seconds
SEED = 42
DATASET = "dataset"  # folder of generated files in the data directory
