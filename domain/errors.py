"""Everything that can go wrong and that a caller can act on.

    TwinError
    ├── InvalidInput            the caller's words cannot be used; carries one FieldError per fault
    ├── NotFound                no such persona, segment, template or simulation
    ├── Gone                    there was one, and it was deleted or has expired
    ├── DatasetMissing          there is no customer data to speak from yet
    ├── DatasetRejected         files offered for loading break the schema; nothing was replaced
    ├── IdempotencyConflict     the same key came with a different body
    ├── QueueFull               too much unfinished work; nothing was accepted
    ├── QuotaExceeded           the tenant has had what it may have today
    ├── StateConflict           the thing exists but is in a state that forbids this
    │   └── Damaged             what is kept of it cannot be read any more
    ├── BudgetSpent             a simulation's budget has no request to the language model left
    ├── NotStorable             a value cannot be kept as it is; keeping it again does not help
    ├── EngineUnavailable       the engine asked for is not configured here
    ├── ChatFailed              the language model gave nothing to work with
    │   ├── ChatThrottled       too many requests or tokens for now; waiting helps
    │   ├── ChatRefused         not allowed, not paid for or not known; only an operator can help
    │   ├── ChatTimedOut        no whole reply within the deadline
    │   ├── ChatBroken          the connection or the provider failed; trying again may help
    │   └── ReplyInvalid        a reply came, and it is not what was asked for
    └── Unavailable             a database or file cannot be used now; trying again may help

Each error says what happened and what to do next. Status codes are not known here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

BETWEEN_WORDS = re.compile(r"(?<!^)(?=[A-Z])")


class TwinError(Exception):
    """Root of the tree: `str(error)` is safe to show and names the way out."""

    @property
    def code(self) -> str:
        """Its name for machines: that of InvalidInput is invalid_input."""
        return BETWEEN_WORDS.sub("_", type(self).__name__).lower()


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


class Gone(TwinError):
    """A thing of this `kind` was here; it was deleted or kept for as long as was promised."""

    def __init__(self, kind: str, remedy: str) -> None:
        super().__init__(f"this {kind} was deleted or has expired; {remedy}")
        self.kind = kind


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


class QuotaExceeded(TwinError):
    """The tenant's reactions of the day are used up; nothing was accepted."""

    def __init__(self, most: int, retry_after_seconds: int) -> None:
        super().__init__(
            f"this would be more than the {most:,} reactions a day of your tenant; ask for fewer, "
            f"or come back in {retry_after_seconds} s, when the next day begins (UTC)"
        )
        self.retry_after_seconds = retry_after_seconds


class StateConflict(TwinError):
    """The thing is in a state in which this cannot be done."""


class Damaged(StateConflict):
    """What is kept of a thing of this `kind` cannot be read any more."""

    def __init__(self, kind: str) -> None:
        super().__init__(
            f"what is stored of this {kind} cannot be read any more; delete it and start anew"
        )
        self.kind = kind


class BudgetSpent(TwinError):
    """A request to the language model that the simulation's budget does not have; none was made."""

    def __init__(self) -> None:
        super().__init__("the budget has no further request; retry with a larger budget")


class NotStorable(TwinError):
    """The store cannot hold a value: a number too large, a text in no encoding it knows."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"this cannot be stored ({kind}); nothing was kept of it")


class EngineUnavailable(TwinError):
    """The engine named in the request is not configured in this service."""

    def __init__(self, engine: str, available: Sequence[str]) -> None:
        super().__init__(
            f"engine {engine!r} is not configured here; use one of {', '.join(available)}"
        )
        self.engine = engine
        self.available = tuple(available)


class ChatFailed(TwinError):
    """The language model gave nothing to work with.

    `reached`: its provider got the request. `may_cost`: it may have worked on it, and bill that.
    """

    reached = True
    may_cost = False


class ChatThrottled(ChatFailed):
    """The provider takes no more for now. `retry_after_seconds` is its own advice, if any."""

    def __init__(self, retry_after_seconds: float | None = None) -> None:
        super().__init__("the language model is throttled; try again later or ask for less at once")
        self.retry_after_seconds = retry_after_seconds


class ChatRefused(ChatFailed):
    """The provider will not do this. `lasting`: it would refuse every other call as well."""

    def __init__(self, reason: str, remedy: str, *, lasting: bool) -> None:
        super().__init__(f"the language model refused: {reason}; {remedy}")
        self.reason = reason
        self.remedy = remedy
        self.lasting = lasting


class ChatTimedOut(ChatFailed):
    """No whole reply came in time."""

    may_cost = True

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"no whole reply of the language model within {seconds:.0f} s; "
            "try again, or allow more time"
        )


class ChatBroken(ChatFailed):
    """The connection or the provider failed, through no fault of the request."""

    def __init__(self, what: str, *, reached: bool = True, may_cost: bool = False) -> None:
        super().__init__(f"the language model cannot be reached at the moment: {what}; try again")
        self.reached = reached
        self.may_cost = may_cost


class ReplyInvalid(ChatFailed):
    """A reply that cannot be used. `fault` says why, in words fit for the model."""

    may_cost = True

    def __init__(self, fault: str, *, truncated: bool = False) -> None:
        super().__init__(f"the language model's reply cannot be used: {fault}")
        self.fault = fault
        self.truncated = truncated


class Unavailable(TwinError):
    """A part we depend on cannot be used at the moment."""

    def __init__(self, part: str, remedy: str) -> None:
        super().__init__(f"{part} cannot be used at the moment; {remedy}")
        self.part = part
