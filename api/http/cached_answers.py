"""Cached answers: what a build was asked before is answered without the framework.

Finding a route, its dependencies and their parameters takes several times what sending the answer
does. Only a request that a route has answered from the live build comes past that, and only what
may differ between two of the same target is looked at here: the caller's scope and Accept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http.dependencies import JSON, quality
from api.representations.etag_cache import Tagged, target_of
from domain import callers

if TYPE_CHECKING:
    from api.services import Services


class CachedAnswers:
    """Answers a request whose answer is ready; passes any other on."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass the request on."""
        found = _ready(scope)
        if found is None:
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if _refused(scope, headers):  # the route says why
            await self._app(scope, receive, send)
            return
        scope["route"] = found.route
        await found.response(headers.get("if-none-match"))(scope, receive, send)


def _ready(scope: Scope) -> Tagged | None:
    if scope["type"] != "http" or scope["method"] != "GET":
        return None
    services: Services | None = getattr(scope["app"].state, "services", None)
    return None if services is None else services.etag_cache.ready(target_of(scope))


def _refused(scope: Scope, headers: Headers) -> bool:
    if callers.Scope.READ not in scope["state"]["caller"].scopes:
        return True
    accept = headers.get("accept") or "*/*"
    return accept != "*/*" and not quality(accept, JSON)
