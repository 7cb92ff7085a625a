"""Streams: answers without an end known beforehand, which never wait for a client for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

STALLED_SECONDS = 60.0  # chosen: a client that takes nothing for so long is not there


class Stream(StreamingResponse):
    """What a generator yields, which is closed when the client is gone or takes no more."""

    def __init__(
        self,
        content: AsyncGenerator[bytes, None],
        media_type: str,
        headers: Mapping[str, str] | None = None,
        *,
        stalled_seconds: float = STALLED_SECONDS,
    ) -> None:
        # No proxy may keep back what is to be seen at once.
        unbuffered = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(content, media_type=media_type, headers={**unbuffered, **(headers or {})})
        self._content = content
        self._stalled_seconds = stalled_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it all, or as much as the client takes."""

        async def send_in_time(message: Message) -> None:
            async with asyncio.timeout(self._stalled_seconds):
                await send(message)

        async with aclosing(self._content):
            try:
                await super().__call__(scope, receive, send_in_time)
            except TimeoutError:
                return  # the server hangs up on an answer left without its end
