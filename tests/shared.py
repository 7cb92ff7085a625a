"""Where data that is not ours to keep in this repository lies, when it is at hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("CDT_SHARED", Path(__file__).parents[2] / "shared"))


def needs(relative: str) -> pytest.MarkDecorator:
    """Skips a test, saying what is missing, unless the shared folder has a file."""
    missing = not (SHARED / relative).exists()
    return pytest.mark.skipif(missing, reason=f"{relative} is not at hand; set CDT_SHARED")
