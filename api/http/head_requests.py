"""HEAD requests: answered as GET, without the body."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

NOTHING_MORE: Message = {"type": "http.response.body", "body": b"", "more_body": False}


class HeadRequests:
    """Lets the application see GET where a client sent HEAD, and keeps the body from it.

    The framework routes HEAD nowhere. To the application the client of a stream hangs up as soon
    as the headers are sent.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, as GET if it is HEAD."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
                await send(NOTHING_MORE)

        seen = {**scope, "method": "GET"}
        try:
            await self._app(seen, receive, without_body)
        finally:
            scope.update({**seen, "method": "HEAD"})  # the log asks for the route that was found
