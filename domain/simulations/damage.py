"""Damage: what is kept and cannot be read any more, and how that is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

DAMAGED = "damaged"  # code of the failure of a simulation or call that cannot be read


@dataclass(frozen=True, slots=True)
class Damage:
    """A row that cannot be read: what it is, how it is known, and which columns are to blame."""

    what: str
    name: str
    columns: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Never with anything of what is in the row."""
        columns = f" ({', '.join(self.columns)})" if self.columns else ""
        return f"{self.what} {self.name}{columns}"


def reason(columns: Sequence[str]) -> str:
    """Why a simulation or a call has failed, without anything of what is in its row."""
    return f"what is stored of it cannot be read any more: {', '.join(columns)}"
