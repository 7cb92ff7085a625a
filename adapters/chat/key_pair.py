"""Key pair: signs the tokens of a Snowflake user, each for an hour."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from adapters.chat.credentials import token_headers
from adapters.snowflake.keys import account_name, fingerprint

LIFE_SECONDS = 3_600  # the server takes no JWT for longer
RENEWED_AFTER_SECONDS = 3_240  # 54 minutes, so that one in flight is never stale


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
        return token_headers(self._token, "KEYPAIR_JWT")

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
