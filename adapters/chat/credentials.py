"""Credentials: how a request to Snowflake says who asks. No secret is in a repr or an error."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from pydantic import SecretStr

from adapters.chat.wire import bearer
from adapters.snowflake.keys import account_name, fingerprint
from domain.errors import ChatRefused

TokenType = Literal["OAUTH", "PROGRAMMATIC_ACCESS_TOKEN"]

TOKEN_TYPE = "x-snowflake-authorization-token-type"  # noqa: S105 - the name of a header
LIFE_SECONDS = 3_600  # the server takes no JWT for longer
RENEWED_AFTER_SECONDS = 3_240  # 54 minutes, so that one in flight is never stale


class Credentials(Protocol):
    """Whoever asks. Raises ChatRefused when it has nothing to show."""

    def headers(self) -> dict[str, str]:
        """The headers of one request, to be asked for anew with each."""
        ...

    def renewed(self) -> bool:
        """After a refusal: whether the next headers may fare better."""
        ...


@dataclass(frozen=True, slots=True)
class Token:
    """A programmatic access token, or an OAuth token that someone else keeps fresh."""

    token: SecretStr
    token_type: TokenType

    def headers(self) -> dict[str, str]:
        """See Credentials."""
        return _bearer(self.token.get_secret_value(), self.token_type)

    def renewed(self) -> bool:
        """Never: it is all there is."""
        return False


@dataclass(frozen=True, slots=True)
class TokenFile:
    """The token a container gets from Snowflake, in a file that is rewritten every few minutes.

    Read for each request on the event loop: the file is in memory, and a thread would cost more.
    """

    path: Path

    def headers(self) -> dict[str, str]:
        """See Credentials."""
        try:
            token = self.path.read_text().strip()
        except OSError as error:
            remedy = "run as a Snowflake service, or choose another CDT_SNOWFLAKE_AUTH"
            raise ChatRefused("the token file cannot be read", remedy, lasting=True) from error
        return _bearer(token, "OAUTH")

    def renewed(self) -> bool:
        """Always: the file may have been rewritten since."""
        return True


@dataclass(slots=True)
class KeyPair:
    """A user's private key, which signs a token for an hour at a time (RS256).

    `clock` gives seconds since 1970.
    """

    account: str
    user: str
    key: RSAPrivateKey = field(repr=False)
    clock: Callable[[], float] = time.time
    _token: str = field(default="", init=False, repr=False)
    _signed_at: float = field(default=0.0, init=False, repr=False)

    def headers(self) -> dict[str, str]:
        """See Credentials."""
        now = self.clock()
        if not self._token or not 0 <= now - self._signed_at < RENEWED_AFTER_SECONDS:
            self._token, self._signed_at = self._signed(now), now
        return _bearer(self._token, "KEYPAIR_JWT")

    def renewed(self) -> bool:
        """Always: the next request signs anew."""
        self._token = ""
        return True

    def _signed(self, now: float) -> str:
        subject = f"{account_name(self.account)}.{self.user.upper()}"
        claims = {
            "iss": f"{subject}.{fingerprint(self.key)}",
            "sub": subject,
            "iat": int(now),
            "exp": int(now) + LIFE_SECONDS,
        }
        return jwt.encode(claims, self.key, algorithm="RS256")


@dataclass(frozen=True, slots=True)
class Noted:
    """Credentials that tell of every token they show."""

    credentials: Credentials
    note: Callable[[str], None]

    def headers(self) -> dict[str, str]:
        """See Credentials."""
        headers = self.credentials.headers()
        self.note(headers["authorization"].removeprefix("Bearer "))
        return headers

    def renewed(self) -> bool:
        """See Credentials."""
        return self.credentials.renewed()


def _bearer(token: str, token_type: str) -> dict[str, str]:
    return {"authorization": bearer(token), TOKEN_TYPE: token_type}
