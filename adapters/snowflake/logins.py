"""Logins: the connector arguments that authenticate a new connection."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import SecretStr

from domain.errors import Unavailable

Authenticator = Literal["oauth", "PROGRAMMATIC_ACCESS_TOKEN"]


class Login(Protocol):
    """Whoever connects. Raises Unavailable when it has nothing to show."""

    def arguments(self) -> dict[str, object]:
        """Arguments of `snowflake.connector.connect` for one new connection; they hold secrets."""
        ...


@dataclass(frozen=True, slots=True)
class KeyPairLogin:
    """A user and the private key whose public half Snowflake knows."""

    user: str
    key: RSAPrivateKey = field(repr=False)

    def arguments(self) -> dict[str, object]:
        """See Login."""
        der = self.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        return {"user": self.user, "private_key": der, "authenticator": "SNOWFLAKE_JWT"}


@dataclass(frozen=True, slots=True)
class TokenLogin:
    """A programmatic access token, or an OAuth token that someone else keeps fresh."""

    token: SecretStr
    authenticator: Authenticator
    user: str | None = None

    def arguments(self) -> dict[str, object]:
        """See Login."""
        named = {"user": self.user} if self.user else {}
        token = self.token.get_secret_value()
        return {"token": token, "authenticator": self.authenticator, **named}


@dataclass(frozen=True, slots=True)
class TokenFileLogin:
    """The token of a container, in a file that Snowflake rewrites every few minutes.

    An open session outlives its token, so the file is read for each new connection only.
    """

    path: Path

    def arguments(self) -> dict[str, object]:
        """See Login."""
        try:
            token = self.path.read_text().strip()
        except OSError as error:
            raise Unavailable(
                "the token file",
                "run as a Snowflake service, or choose another CDT_SNOWFLAKE_AUTH",
            ) from error
        return {"token": token, "authenticator": "oauth"}
