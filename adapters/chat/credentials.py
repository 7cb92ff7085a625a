"""Credentials: how a request to Snowflake says who asks. No secret is in a repr or an error."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from pydantic import SecretStr

from adapters.chat.wire import bearer
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


def read_key(path: Path, passphrase: SecretStr | None = None) -> RSAPrivateKey:
    """The private key in a PEM file. Raises ChatRefused, with what to do, when there is none."""
    secret = passphrase.get_secret_value().encode() if passphrase else None
    try:
        key = load_pem_private_key(path.read_bytes(), secret)
    except (OSError, ValueError, TypeError) as error:
        remedy = "point CDT_SNOWFLAKE_PRIVATE_KEY_FILE at a PEM file, with its passphrase if any"
        raise ChatRefused("the private key cannot be read", remedy, lasting=True) from error
    if not isinstance(key, RSAPrivateKey):
        raise ChatRefused("the private key is not RSA", "make one of 2048 bits", lasting=True)
    return key


def account_name(account: str) -> str:
    """The account as a JWT names it: upper case, no region (Snowflake, key-pair authentication)."""
    name, _, region = account.upper().partition(".")
    return name.partition("-")[0] if region.startswith("GLOBAL") else name


def fingerprint(key: RSAPrivateKey) -> str:
    """Of the public key, as `desc user` shows it."""
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"SHA256:{base64.b64encode(hashlib.sha256(public).digest()).decode()}"


def _bearer(token: str, token_type: str) -> dict[str, str]:
    return {"authorization": bearer(token), TOKEN_TYPE: token_type}
