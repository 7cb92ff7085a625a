"""Proxies: whose word is taken for where a request came from, and whether it came over TLS.

`X-Forwarded-For` is a text anybody may send. It counts where a proxy that the operator named sent
it, and then from its right: every proxy adds the address that it saw itself, and what stands left
of the first one nobody vouches for is the client's own invention. `Forwarded` and `X-Real-IP` are
never read: a proxy that does not write them hands them on as it got them.
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.addresses import Address, Network, address_in


class TrustedProxies:
    """Puts the client's address and scheme into a request that comes by a trusted proxy."""

    def __init__(self, app: ASGIApp, networks: Sequence[Network]) -> None:
        self._app = app
        self._networks = tuple(networks)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, with what its proxy said of the client."""
        if scope["type"] == "http" and self._networks:
            self._believe(scope)
        await self._app(scope, receive, send)

    def _believe(self, scope: Scope) -> None:
        peer = address_in((scope.get("client") or ("", 0))[0])
        if peer is None or not self._trusted(peer):
            return
        headers = Headers(scope=scope)
        scope["client"] = (str(self._client(peer, headers.getlist("x-forwarded-for"))), 0)
        schemes = headers.getlist("x-forwarded-proto")
        if schemes in (["http"], ["https"]):
            scope["scheme"] = schemes[0]

    def _client(self, peer: Address, forwarded: Sequence[str]) -> Address:
        """The right-most address that is no proxy of ours, or the last one before no address."""
        client = peer
        for text in reversed(",".join(forwarded).split(",")):
            address = address_in(text)
            if address is None or not self._trusted(client):
                break
            client = address
        return client

    def _trusted(self, address: Address) -> bool:
        return any(address in network for network in self._networks)
