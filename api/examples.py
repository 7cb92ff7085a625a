"""Examples: real requests and the answers they got, shown beside each operation."""

from __future__ import annotations

from typing import Any

Illustrations = dict[str, dict[str, Any]]

EXAMPLES: dict[str, tuple[Illustrations, Illustrations]] = {}
