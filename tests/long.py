"""What takes minutes and rarely breaks: left to `make test-long`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

import pytest

Case = TypeVar("Case")

LONG = os.environ.get("CDT_LONG") == "1"

in_the_long_run = pytest.mark.skipif(not LONG, reason="takes minutes: `make test-long` runs it")


def every(step: int, cases: Sequence[Case]) -> Sequence[Case]:
    """All cases in the long run, else one in so many."""
    return cases if LONG else cases[::step]
