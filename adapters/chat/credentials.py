"""Credentials: the headers that authenticate a request to Snowflake; no secret is in a repr."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from pydantic import SecretStr

from adapters.chat.http_transport import bearer
from domain.errors import ChatRefused

TokenType = Literal["KEYPAIR_JWT", "OAUTH", "PROGRAMMATIC_ACCESS_TOKEN"]

TOKEN_TYPE = "x-snowflake-authorization-token-type"  # noqa: S105 - the name of a header


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
        return token_headers(self.token.get_secret_value(), self.token_type)

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
        return token_headers(token, "OAUTH")

    def renewed(self) -> bool:
        """Always: the file may have been rewritten since."""
        return True


@dataclass(frozen=True, slots=True)
class RecordedCredentials:
    """Credentials that report every token they send to `note`."""

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


def token_headers(token: str, token_type: TokenType) -> dict[str, str]:
    """The headers of a request that shows a token."""
    return {"authorization": bearer(token), TOKEN_TYPE: token_type}
