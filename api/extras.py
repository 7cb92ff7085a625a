"""Extras: packages that only some installations have, and what to do where they are missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from domain.errors import TwinError

Extra = Literal["snowflake", "telemetry"]


class ExtraMissing(TwinError):
    """A setting asks for something whose packages are not installed."""

    def __init__(self, extra: Extra, setting: str) -> None:
        super().__init__(
            f"{setting} asks for what is not installed; run `make full` in a checkout, "
            f"or pip install 'customer-digital-twin[{extra}]'"
        )


@contextmanager
def needing(extra: Extra, setting: str) -> Iterator[None]:
    """Import an extra's packages inside. Raises ExtraMissing, which names the setting."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise ExtraMissing(extra, setting) from error
