"""Callers: who asks, for which tenant, and what they may do."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum

PUBLIC = "public"  # the tenant of everybody where no keys are in use


class Scope(StrEnum):
    """What a caller may do: look, have work done, or operate the service. None includes another."""

    READ = "read"
    RUN = "run"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. `key_id` and `user` are None where nobody vouches for one."""

    tenant: str = PUBLIC
    scopes: frozenset[Scope] = frozenset(Scope)
    key_id: str | None = None
    user: str | None = None


# The tenant that work is done for. It concerns wrappers of a language model only, which keep what
# they remember apart; engines and prompts in between know no tenants.
working_for: ContextVar[str] = ContextVar("working_for", default=PUBLIC)

# The key that the request at hand shows. What a language model says is searched for it.
key_at_hand: ContextVar[str | None] = ContextVar("key_at_hand", default=None)
