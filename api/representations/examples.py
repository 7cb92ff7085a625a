"""Examples: real requests and the answers they got, shortened, to show beside each operation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("examples.json")

Illustrations = dict[str, dict[str, Any]]


def examples() -> dict[str, dict[str, Illustrations]]:
    """By operation: OpenAPI examples of its `request`, if it has a body, and its `response`."""
    found: dict[str, dict[str, Illustrations]] = json.loads(FILE.read_text(encoding="utf-8"))
    return found
