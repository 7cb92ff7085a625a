"""Authentication: nobody comes in without a key where keys are in use, and nobody unnamed.

Pure ASGI and the first to decide, before any of a body is read.
"""

from __future__ import annotations

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.admission.rates import Rates
from api.http.callers import ANYBODY, NOBODY, key_shown, named_by_snowflake, user_of_snowflake
from api.http.errors import as_problem
from api.representations.problems import FORBIDDEN, UNAUTHENTICATED, Refused
from api.services import Services
from api.settings import Settings, is_loopback
from api.telemetry.metrics import Stranger
from domain.callers import Caller, key_at_hand
from domain.errors import TwinError

# What tells nothing of anybody: probes, what runs here, and how to use it.
OPEN_PATHS = frozenset(
    {"/", "/healthz", "/readyz", "/version", "/openapi.json", "/docs", "/docs/oauth2-redirect"}
)
OPEN_FILES = "/static-offline-docs/"  # the scripts of the documentation

REALM = 'realm="customer-digital-twin"'

log = structlog.stdlib.get_logger()


class Authentication:
    """Puts the caller into the state of a request, or answers 401, 403 or 429."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._in_spcs = settings.in_spcs
        self._rates = Rates(settings.requests_per_minute, settings.wrong_keys_per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with its `caller`, or answer it with a problem."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        state["caller"] = NOBODY
        if is_open(scope["path"]):
            await self._app(scope, receive, send)
            return
        try:
            state["caller"] = caller = await self._caller(scope)
            headers = await self._count(caller)
        except (Refused, TwinError) as error:
            await as_problem(scope, error)(scope, receive, send)
        else:
            await self._app(scope, receive, _adding(headers, send))

    async def _caller(self, scope: Scope) -> Caller:
        headers = Headers(scope=scope)
        user = named_by_snowflake(headers) if self._in_spcs else None
        shown = key_shown(headers, behind_snowflake=self._in_spcs)
        keyring = _services(scope).keyring
        if shown is not None and (self._in_spcs or await keyring.in_use()):
            return await self._caller_with(shown, scope, user)
        if user is not None:
            return user_of_snowflake(user, self._settings)
        if self._in_spcs:
            _count_stranger(scope, "no_user")
            raise self._unauthenticated("Snowflake named no user; send a key as X-API-Key")
        if await keyring.in_use():
            _count_stranger(scope, "no_key")
            raise self._unauthenticated("send a key as X-API-Key or Authorization: Bearer")
        self._refuse_strangers(scope, headers)
        return ANYBODY

    async def _caller_with(self, shown: str, scope: Scope, user: str | None) -> Caller:
        """Whoever has shown too many wrong keys is not looked up, so that guessing costs us little.

        Keys that were good here before pass: behind a proxy all clients have one address.
        """
        keyring = _services(scope).keyring
        address = _client(scope)
        if not keyring.knows(shown):
            await self._refuse_guessing(scope, address)
        caller = await keyring.caller_of(shown)
        if caller is None:
            await self._rates.count_wrong_key(address)
            _count_stranger(scope, "wrong_key")
            log.warning("wrong key", address=address)
            raise self._unauthenticated("the key is wrong, expired or revoked; ask for a new one")
        key_at_hand.set(shown)
        return Caller(caller.tenant, caller.scopes, caller.key_id, user)

    async def _refuse_guessing(self, scope: Scope, address: str) -> None:
        try:
            await self._rates.refuse_guessing(address)
        except Refused:
            _count_stranger(scope, "guessing")
            raise

    async def _count(self, caller: Caller) -> dict[str, str]:
        """Only keys are counted: Snowflake would give up a query whose batches are refused."""
        return {} if caller.key_id is None else await self._rates.count_request(caller.key_id)

    def _refuse_strangers(self, scope: Scope, headers: Headers) -> None:
        """Without keys only this machine is served, whatever address a server was bound to.

        A name with a dot in Host is somebody's domain: that of a proxy which lets others in, or
        of a page in a browser here that has its name lead to this machine (DNS rebinding). A client
        that is not here comes by a trusted proxy that is.
        """
        server = (scope.get("server") or ("localhost", 0))[0]
        met = (server, _client(scope), _host(headers.get("host", "")))
        if self._settings.allow_unauthenticated or all(map(_is_here, met)):
            return
        _count_stranger(scope, "not_local")
        detail = (
            "it has no API keys yet: make one with `twin keys create`, reach it on loopback, or "
            "set CDT_ALLOW_UNAUTHENTICATED=1 where something in front of it decides who may come in"
        )
        raise Refused(FORBIDDEN, detail)

    def _unauthenticated(self, detail: str) -> Refused:
        scheme = "ApiKey" if self._in_spcs else "Bearer"
        return Refused(UNAUTHENTICATED, detail, headers={"WWW-Authenticate": f"{scheme} {REALM}"})


def is_open(path: str) -> bool:
    """Whether anybody may come in here, with a key or without."""
    return path in OPEN_PATHS or path.startswith(OPEN_FILES)


def _client(scope: Scope) -> str:
    """The client's address; whoever comes by a socket of this machine has none."""
    return (scope.get("client") or ("localhost", 0))[0]


def _services(scope: Scope) -> Services:
    services: Services = scope["app"].state.services
    return services


def _count_stranger(scope: Scope, reason: Stranger) -> None:
    _services(scope).metrics.strangers.refuse(reason)


def _adding(headers: dict[str, str], send: Send) -> Send:
    """Sends with these headers, and tells caches that share what they keep to keep nothing."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            sent = MutableHeaders(scope=message)
            sent.update(headers)
            sent.setdefault("Cache-Control", "private, no-cache")
        await send(message)

    return sending


def _host(header: str) -> str:
    """The name or address in a Host header, without its port."""
    name, _, port = header.rpartition(":")
    return (name if port.isdigit() else header).strip("[]")


def _is_here(host: str) -> bool:
    return is_loopback(host) or not ("." in host or ":" in host)
