"""Clients that send too much, too deep, too slowly or nothing at all, against a real process."""

from __future__ import annotations

import resource
import select
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from itertools import repeat

import pytest

from tests.hostile.process import PATIENCE_SECONDS, Served, closed, request, serving, status_on

LEVERS = "/scenarios/levers"
HUNDRED_MEGABYTES = 100 * 1024 * 1024
MEGABYTE = b"x" * 1024 * 1024
BIT = b'{"text": "'


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One that waits a second for a head or a body; it needs no customers for this."""
    with serving(tmp_path_factory.mktemp("data"), CDT_RECEIVE_SECONDS="1") as served:
        yield served
        assert served.alive()


def test_a_hundred_megabytes_that_are_announced_are_refused(service: Served) -> None:
    head = request("POST", LEVERS, Content_Length=str(HUNDRED_MEGABYTES))
    assert _status_of_endless(service, head, MEGABYTE) == 413


def test_a_hundred_megabytes_in_chunks_are_refused(service: Served) -> None:
    head = request("POST", LEVERS, Transfer_Encoding="chunked")
    assert _status_of_endless(service, head, b"100000\r\n" + MEGABYTE + b"\r\n") == 413


@pytest.mark.parametrize("nest", [b"[", b'{"text":'])
def test_a_hundred_thousand_levels_are_refused(service: Served, nest: bytes) -> None:
    assert service.answer_to(request("POST", LEVERS, nest * 100_000)) == 400


def test_a_body_that_trickles_is_given_up(service: Served) -> None:
    with service.connect() as connection:
        connection.sendall(request("POST", LEVERS, Content_Length="1000") + BIT)
        _trickle(connection)
        assert status_on(connection) == 408


@pytest.mark.parametrize(
    "begun",
    [b"", b"GET /healthz HTTP/1.1\r\nHost: ", request("GET", "/healthz") + b"GET "],
    ids=["nothing", "a head", "a second head"],
)
def test_a_head_that_trickles_is_given_up(service: Served, begun: bytes) -> None:
    with service.connect() as connection:
        connection.sendall(begun)
        if b"\r\n\r\n" in begun:
            assert status_on(connection) == 200
        if begun:
            _trickle(connection)
        assert closed(connection)


@pytest.mark.parametrize(("half_open", "most_files"), [(600, 256), (5_000, 0)])
def test_half_open_connections_leave_room_for_those_who_ask(
    tmp_path_factory: pytest.TempPathFactory, half_open: int, most_files: int
) -> None:
    if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < half_open + 100:
        pytest.skip(f"this needs `ulimit -n` of {half_open + 100}")
    with serving(tmp_path_factory.mktemp("data"), most_files) as served, ExitStack() as held:
        for _ in range(half_open):
            held.enter_context(served.connect()).sendall(b"POST / HTTP/1.1\r\n")
        assert served.alive()


def _status_of_endless(service: Served, head: bytes, piece: bytes) -> int:
    """The status a client finds that writes a hundred of the pieces before it reads."""
    with service.connect() as connection:
        with suppress(ConnectionError):
            for part in (head, *repeat(piece, HUNDRED_MEGABYTES // len(MEGABYTE))):
                connection.sendall(part)
        return status_on(connection)


def _trickle(connection: socket.socket) -> None:
    """Send a byte now and then until the service has something to say, or hangs up."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while not select.select([connection], [], [], 0.1)[0]:
        assert time.monotonic() < ends, "the service waits without end"
        connection.send(b"x")
