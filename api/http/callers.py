"""Callers: who sent a request, by the key it shows or the user a proxy we trust vouches for."""

from __future__ import annotations

import hashlib
import re
from typing import assert_never

from starlette.datastructures import Headers

from api.settings import Settings, SpcsTenants
from domain.callers import PUBLIC, Caller

INGRESS_USER = "sf-context-current-user"  # added by Snowflake's proxy and by service functions
KEY_HEADER = "x-api-key"
USER_NAME = re.compile(r"[ -~]{1,255}")
BEARER = re.compile(r"bearer +(\S+)", re.IGNORECASE)

NOBODY = Caller(scopes=frozenset())
ANYBODY = Caller()


def named_by_snowflake(headers: Headers) -> str | None:
    """The user Snowflake's proxy names. Call it only where no request comes past that proxy.

    A name given twice is nobody's: one of the two may be the client's own.
    """
    names = headers.getlist(INGRESS_USER)
    return names[0] if len(names) == 1 and USER_NAME.fullmatch(names[0]) else None


def user_of_snowflake(user: str, settings: Settings) -> Caller:
    """The caller a user of the account is. No key can be made for the tenant of one user."""
    return Caller(_tenant_of(user, settings.spcs_tenants), settings.spcs_scopes, user=user)


def _tenant_of(user: str, tenants: SpcsTenants) -> str:
    match tenants:
        case "account":
            return PUBLIC
        case "user":
            return f"user:{hashlib.sha256(user.encode()).hexdigest()[:40]}"
        case _:
            assert_never(tenants)


def key_shown(headers: Headers, *, behind_snowflake: bool) -> str | None:
    """What is shown as a key, good or not. Snowflake's proxy keeps Authorization for itself."""
    keys = headers.getlist(KEY_HEADER)
    if keys:
        return keys[0] if len(keys) == 1 else ""
    authorization = headers.getlist("authorization")
    bearer = BEARER.fullmatch(authorization[0]) if len(authorization) == 1 else None
    return None if behind_snowflake or bearer is None else bearer[1]
