"""Webhooks over HTTP: one signed POST to an address that was looked at before connecting to it."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from adapters.webhooks.signatures import Signatures
from domain.errors import InvalidInput
from domain.webhooks import AddressRefused, DueWebhook, WebhookFailed, WebhookRules

DEADLINE_SECONDS = 10.0  # chosen: for all of a try; a receiver is to answer first and work later
LOOK_UP_SECONDS = 3.0
READ_AHEAD_BYTES = 4_096  # of an answer, which nobody reads
GONE = 410

LookUp = Callable[[str, int], Awaitable[Sequence[tuple[socket.AddressFamily, str]]]]


async def look_up(host: str, port: int) -> Sequence[tuple[socket.AddressFamily, str]]:
    """Every address of a name by the system's resolver, families first. Raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(family, str(place[0])) for family, _, _, _, place in found]


@asynccontextmanager
async def open_webhooks(
    rules: WebhookRules,
    signatures: Signatures,
    *,
    tls: ssl.SSLContext | None = None,
    look_up: LookUp = look_up,
    deadline_seconds: float = DEADLINE_SECONDS,
) -> AsyncIterator[HttpWebhooks]:
    """A sender for the running event loop. `tls` trusts the system's authorities by default."""
    addresses = _AdmittedAddresses(rules, look_up)
    connector = aiohttp.TCPConnector(
        resolver=addresses, use_dns_cache=False, force_close=True, ssl=tls or True
    )
    async with aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=deadline_seconds),
        read_bufsize=READ_AHEAD_BYTES,
        auto_decompress=False,
        trust_env=False,  # a proxy would resolve the name again
    ) as session:
        yield HttpWebhooks(rules, signatures, addresses, session)


class HttpWebhooks:
    """A WebhookSender."""

    def __init__(
        self,
        rules: WebhookRules,
        signatures: Signatures,
        addresses: _AdmittedAddresses,
        session: aiohttp.ClientSession,
    ) -> None:
        self._rules = rules
        self._signatures = signatures
        self._addresses = addresses
        self._session = session

    async def check(self, url: str) -> None:
        """See the port. A name that cannot be resolved now is not held against the URL."""
        destination = self._rules.destination(url)
        try:
            async with asyncio.timeout(LOOK_UP_SECONDS):
                await self._addresses.resolve(destination.host, destination.port)
        except AddressRefused as error:
            raise error.as_input() from error
        except (OSError, TimeoutError, UnicodeError):
            return

    async def send(self, due: DueWebhook) -> None:
        """See the port."""
        try:
            self._rules.destination(due.url)
        except InvalidInput as error:
            remedy = "allow its host again, or start over with another URL"
            raise WebhookFailed("not_allowed", remedy, lasting=True) from error
        status = await self._post(due)
        if status == GONE:
            raise WebhookFailed("gone", "the receiver wants no more of it", lasting=True)
        if not 200 <= status < 300:
            raise WebhookFailed(f"status_{status}", "the receiver has to answer 2xx by itself")

    async def _post(self, due: DueWebhook) -> int:
        body = json.dumps({"id": due.simulation_id, "state": due.state}, separators=(",", ":"))
        headers = {
            **self._signatures.headers(due.message_id, body, datetime.now(UTC)),
            "content-type": "application/json",
            "user-agent": "customer-digital-twin",
        }
        url = URL(due.url, encoded=True)
        try:
            async with self._session.post(
                url, data=body, headers=headers, allow_redirects=False
            ) as response:
                response.close()  # the status is all we want to know
                return response.status
        except (aiohttp.ClientError, OSError, UnicodeError) as error:
            raise WebhookFailed(_code(error), "see that the receiver is up") from error


class _AdmittedAddresses(AbstractResolver):
    """Resolves names for the connector, which connects to these addresses and to no other.

    So a name that leads elsewhere the next time it is asked for leads nowhere. One address that is
    not admitted spoils them all. Raises AddressRefused, and OSError when nothing is found.
    """

    def __init__(self, rules: WebhookRules, look_up: LookUp) -> None:
        self._rules = rules
        self._look_up = look_up

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._look_up(host, port)
        if not found:
            raise OSError(f"no address for {host!r}")
        if not all(self._rules.admits(address) for _, address in found):
            raise AddressRefused
        return [
            ResolveResult(
                hostname=host, host=address, port=port, family=of, proto=0, flags=_NUMERIC
            )
            for of, address in found
            if family in {socket.AF_UNSPEC, of}
        ]

    async def close(self) -> None:
        """Nothing is held."""


_NUMERIC = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV


def _code(error: Exception) -> str:
    """What went wrong, in a word: messages of libraries may quote addresses."""
    match error:
        case TimeoutError():
            return "timeout"
        case aiohttp.ClientConnectorDNSError():
            return "name_not_found"
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return "tls"
        case aiohttp.ClientConnectorError():
            return "not_connected"
        case _:
            return "broken"
