"""Callers: who sent a request, as far as somebody we trust vouches for it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from starlette.datastructures import Headers

INGRESS_USER = "sf-context-current-user"  # added by Snowflake's proxy and by service functions
USER_NAME = re.compile(r"[ -~]{1,255}")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. `user` is None where nobody vouches for a name."""

    user: str | None = None


ANYONE = Caller()


def vouched_by_snowflake(headers: Headers) -> Caller:
    """The user Snowflake's proxy names. Call it only where no request comes past that proxy.

    A name given twice is nobody's: one of the two may be the client's own.
    """
    names = headers.getlist(INGRESS_USER)
    if len(names) == 1 and USER_NAME.fullmatch(names[0]):
        return Caller(user=names[0])
    return ANYONE
