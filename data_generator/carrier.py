"""The carrier's configuration, read from a TOML file."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from domain.catalog import Carrier

REFERENCE = Path(__file__).parent / "snowmobile.toml"


@cache
def reference_carrier() -> Carrier:
    """The fictional carrier every generated data set belongs to."""
    return read_carrier(REFERENCE)


def read_carrier(path: Path) -> Carrier:
    """The carrier described in a TOML file.

    Raises OSError when it cannot be read, tomllib.TOMLDecodeError or pydantic.ValidationError when
    it does not describe a carrier.
    """
    return Carrier.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
