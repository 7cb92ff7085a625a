"""Everything that can go wrong and that a caller can act on.

    TwinError
    ├── InvalidInput            the caller's words cannot be used; carries one FieldError per fault
    ├── NotFound                no such persona, segment, template or simulation
    ├── DatasetMissing          there is no customer data to speak from yet
    ├── DatasetRejected         files offered for loading break the schema; nothing was replaced
    ├── IdempotencyConflict     the same key came with a different body
    ├── QueueFull               too much unfinished work; nothing was accepted
    ├── StateConflict           the thing exists but is in a state that forbids this
    ├── EngineUnavailable       the engine asked for is not configured here
    └── Unavailable             a database or file cannot be used now; trying again may help

Each error says what happened and what to do next. Status codes are not known here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class TwinError(Exception):
    """Root of the tree: `str(error)` is safe to show and names the way out."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One fault in the caller's input. `pointer` is an RFC 6901 JSON pointer into the body."""

    pointer: str
    detail: str
    code: str


class InvalidInput(TwinError):
    """The request is well formed but says something that cannot be used."""

    def __init__(self, faults: Sequence[FieldError]) -> None:
        if not faults:
            raise ValueError("InvalidInput needs at least one fault")
        super().__init__("; ".join(f"{fault.pointer or '/'}: {fault.detail}" for fault in faults))
        self.faults = tuple(faults)


class NotFound(TwinError):
    """Nothing of this `kind` has the identifier asked for."""

    def __init__(self, kind: str, remedy: str) -> None:
        super().__init__(f"no such {kind}; {remedy}")
        self.kind = kind
        self.remedy = remedy


class DatasetMissing(TwinError):
    """There is no usable data set in the data directory."""

    def __init__(self, missing: str, remedy: str) -> None:
        super().__init__(f"{missing} is missing; {remedy}")
        self.missing = missing
        self.remedy = remedy


class DatasetRejected(TwinError):
    """Files offered for loading were refused as a whole; what was live before still is."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = tuple(reasons)


class IdempotencyConflict(TwinError):
    """An idempotency key was used again with a different request."""


class QueueFull(TwinError):
    """Accepting more would break promises already made."""

    def __init__(self, waiting: int, limit: int, retry_after_seconds: int) -> None:
        super().__init__(
            f"{waiting} reactions are waiting and the limit is {limit}; "
            f"try again in {retry_after_seconds} s"
        )
        self.retry_after_seconds = retry_after_seconds


class StateConflict(TwinError):
    """The thing is in a state in which this cannot be done."""


class EngineUnavailable(TwinError):
    """The engine named in the request is not configured in this service."""

    def __init__(self, engine: str, available: Sequence[str]) -> None:
        super().__init__(
            f"engine {engine!r} is not configured here; use one of {', '.join(available)}"
        )
        self.engine = engine
        self.available = tuple(available)


class Unavailable(TwinError):
    """A part we depend on cannot be used at the moment."""

    def __init__(self, part: str, remedy: str) -> None:
        super().__init__(f"{part} cannot be used at the moment; {remedy}")
        self.part = part
