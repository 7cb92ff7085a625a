"""Heads by h11, the parser in use where httptools cannot be installed; see request_heads.py."""

from __future__ import annotations

from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from api.http.request_heads import MOST_HEAD_BYTES, Refusal, answer_due, refuse_head, too_large

LARGE = 431  # what h11 thinks should be answered


class _Heads(h11.Connection):
    """Counts what stands in a head. h11 itself bounds one that does not end, and any framing."""

    large = False

    def next_event(self) -> Any:  # noqa: ANN401 - as h11 has it
        try:
            event = super().next_event()
        except h11.RemoteProtocolError as error:
            self.large = error.error_status_hint == LARGE
            raise
        if isinstance(event, h11.Request) and too_large(_size(event), len(event.headers)):
            self.large = True
            raise h11.RemoteProtocolError("the head is too large", LARGE)
        return event


class LimitedHttp(H11Protocol):
    """uvicorn's connection, which refuses large heads and bodies that are all framing."""

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - as uvicorn has them
        super().__init__(*arguments, **named)
        self.conn: _Heads = _Heads(h11.SERVER, MOST_HEAD_BYTES)

    _refusal: Refusal | None = None

    def data_received(self, data: bytes) -> None:
        """Read on, as long as what has come makes sense."""
        if self._refusal is None:
            super().data_received(data)
        else:
            self._refusal.drop(data)

    def send_400_response(self, msg: str) -> None:
        """Refuse what came, after the answer that is due to an earlier request."""
        cycle = self.cycle
        if answer_due(cycle):
            cycle.keep_alive = False
        else:
            self._refusal = refuse_head(self.transport, large=self.conn.large)


def _size(event: h11.Request) -> int:
    return len(event.target) + sum(len(name) + len(value) for name, value in event.headers)
