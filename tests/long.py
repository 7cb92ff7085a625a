"""What takes minutes and rarely breaks: left to `make test-long`."""

from __future__ import annotations

import os

import pytest

LONG = os.environ.get("CDT_LONG") == "1"

in_the_long_run = pytest.mark.skipif(not LONG, reason="takes minutes: `make test-long` runs it")
