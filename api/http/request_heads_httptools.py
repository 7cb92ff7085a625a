"""Heads by httptools, the parser in use where it can be installed; see request_heads.py."""

from __future__ import annotations

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.http.request_heads import MOST_HEAD_BYTES, Refusal, answer_due, refuse_head, too_large

PIECE = 16 * 1024  # bytes; so much more than it may have is held of a head that does not end
FRAMING = 16  # bytes around a chunk of a body that count as no waste: its size, two line ends


class HeadRefused(Exception):
    """Stops the parser in the middle of a head."""


class LimitedHttp(HttpToolsProtocol):
    """uvicorn's connection, which refuses large heads and bodies that are all framing."""

    _refused = False
    _refusal: Refusal | None = None
    _large = False
    _in_head = False
    _begun_here = False
    _head_bytes = 0
    _unused_bytes = 0  # of the request that is being read, all that was not body

    def data_received(self, data: bytes) -> None:
        """Read on in pieces, as long as what has come makes sense."""
        if self._refusal is not None:
            self._refusal.drop(data)
            return
        for start in range(0, len(data), PIECE):
            if self._refused or self.transport.is_closing():
                return
            self._read(data[start : start + PIECE])

    def _read(self, piece: bytes) -> None:
        super().data_received(piece)
        if self._begun_here:  # where in the piece is not known
            self._begun_here, self._unused_bytes = False, 0
            return
        self._unused_bytes += len(piece)
        if self._unused_bytes > MOST_HEAD_BYTES and not self._refused:
            self._large = True
            self.send_400_response("")

    def on_message_begin(self) -> None:
        """Begin a head."""
        super().on_message_begin()
        self._in_head = self._begun_here = True
        self._head_bytes = 0

    def on_url(self, url: bytes) -> None:
        """Take a part of the target."""
        super().on_url(url)
        self._count(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header. One that follows a body is none: the application has read the head."""
        if self._in_head:
            super().on_header(name, value)
            self._count(name, value)

    def on_headers_complete(self) -> None:
        """Hand the request to the application."""
        self._in_head = False
        super().on_headers_complete()

    def on_chunk_header(self) -> None:
        """Forgive a chunk its framing."""
        self._unused_bytes -= FRAMING

    def on_body(self, body: bytes) -> None:
        """Take a part of a body."""
        self._unused_bytes -= len(body)
        super().on_body(body)

    def send_400_response(self, msg: str) -> None:
        """Refuse what came, after the answers that are due to earlier requests."""
        self._refused = True
        cycle = self.cycle
        if self.pipeline or answer_due(cycle):
            cycle.keep_alive = False
        else:
            self._refusal = refuse_head(self.transport, large=self._large)

    def _count(self, *parts: bytes) -> None:
        self._head_bytes += sum(map(len, parts))
        if too_large(self._head_bytes, len(self.headers)):
            self._large = True
            raise HeadRefused
