"""Heads too large or too many to be kept, by both parsers, against a real process."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPResponse
from itertools import repeat
from pathlib import Path

import pytest

from tests.hostile.process import Served, request, serving, status_on

MEGABYTE = b"x" * 1024 * 1024
BEGUN = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n"
CHUNKED = request("POST", "/scenarios/levers", Transfer_Encoding="chunked")

# What is sent first, and what then, again and again, as long as the service takes it.
ENDLESS = {
    "a value": (BEGUN + b"A: ", MEGABYTE),
    "a name": (BEGUN, MEGABYTE),
    "a target": (b"GET /", MEGABYTE),
    "a query": (b"GET /healthz?", b"a=b&" * 1000),
    "a method's spaces": (BEGUN + b"A:", b" " * 1000),
    "headers of no letters": (BEGUN, b"a:\r\n" * 1000),
    "headers that differ": (BEGUN, b"".join(b"h%d: v\r\n" % n for n in range(1000))),
    "cookies": (BEGUN, b"Cookie: a=b\r\n" * 100),
    "an extension of a chunk": (CHUNKED + b"1;", MEGABYTE),
    "values of extensions": (CHUNKED + b"1;", b"name=value;" * 1000),
    "a trailer": (CHUNKED + b"0\r\nTrailer: ", MEGABYTE),
    "trailers": (CHUNKED + b"0\r\n", b"a: b\r\n" * 1000),
}
UNREADABLE = {
    "a method": (b"", MEGABYTE),
    "folded lines": (BEGUN + b"A: b\r\n", b" folded\r\n" * 1000),
    "a size of a chunk": (CHUNKED, b"0" * 100_000),
    "a version": (b"GET / HTTP/", b"1" * 1000),
    "a header without a name": (BEGUN, b": v\r\n" * 1000),
    "a NUL": (BEGUN + b"A: ", b"\0" * 1000),
}


@pytest.fixture(scope="module", params=["", "httptools"], ids=["httptools", "h11"])
def service(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """One that finds its usual parser, and one that finds the other only."""
    with serving(tmp_path_factory.mktemp("data"), without=request.param) as served:
        yield served
        assert served.alive()


@pytest.mark.parametrize(("first", "then"), ENDLESS.values(), ids=ENDLESS)
def test_what_does_not_end_in_a_head_is_refused_before_it_is_gathered(
    service: Served, first: bytes, then: bytes
) -> None:
    with service.connect() as connection:
        sent = _send_without_end(connection, first, then)
        assert status_on(connection) == 431
    assert sent < 8 * 1024 * 1024  # what the kernel holds between us


@pytest.mark.parametrize(("first", "then"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_no_head_is_refused_before_it_is_gathered(
    service: Served, first: bytes, then: bytes
) -> None:
    with service.connect() as connection:
        sent = _send_without_end(connection, first, then)
        assert status_on(connection) in {400, 431}
    assert sent < 8 * 1024 * 1024


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (BEGUN + b"a: b\r\n" * 199, 200),
        (BEGUN + b"a: b\r\n" * 200, 431),
        (BEGUN + b"a: " + b"x" * 60_000 + b"\r\n", 200),
        (BEGUN + b"a: " + b"x" * 66_000 + b"\r\n", 431),
        (BEGUN + (b"a: " + b"x" * 600 + b"\r\n") * 150, 431),
        (b"GET /" + b"x" * 60_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n", 404),
        (b"GET /" + b"x" * 66_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n", 431),
    ],
    ids=range(7),
)
@pytest.mark.parametrize("piece", [1_000, 1_000_000])
def test_a_head_may_have_so_much(service: Served, head: bytes, status: int, piece: int) -> None:
    whole = head + b"\r\n"
    assert service.answer_to(*(whole[n : n + piece] for n in range(0, len(whole), piece))) == status


def test_a_refused_head_is_told_as_a_problem_and_the_connection_ends(service: Served) -> None:
    with service.connect() as connection:
        connection.sendall(BEGUN + b"a: b\r\n" * 300 + b"\r\n")
        answer = HTTPResponse(connection)
        answer.begin()
        told = json.loads(answer.read())
        assert connection.recv(1) == b""
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["connection"] == "close"
    assert told["type"] == "urn:cdt:problem:head-too-large"
    assert told["status"] == 431
    assert told["request_id"] == answer.headers["x-request-id"]


def test_large_heads_one_after_the_other_do_not_add_up(service: Served) -> None:
    with service.connect() as connection:
        whole = BEGUN + b"a: " + b"x" * 30_000 + b"\r\n\r\n"
        for _ in range(10):
            connection.sendall(whole)
            assert status_on(connection) == 200


def test_a_large_body_in_small_chunks_is_no_head(service: Served) -> None:
    body = json.dumps({"text": "Prices go up by $5.", "pad": "x" * 200_000}).encode()
    chunks = [b"1\r\n%c\r\n" % byte for byte in body]
    assert service.answer_to(CHUNKED, b"".join(chunks) + b"0\r\n\r\n") == 422


@pytest.mark.parametrize("earlier", [1, 5])
def test_earlier_requests_are_answered_before_a_head_is_refused(
    service: Served, earlier: int
) -> None:
    with service.connect() as connection:
        first = (BEGUN + b"\r\n") * earlier + BEGUN + b"A: "
        _send_without_end(connection, first, MEGABYTE, times=1)
        told = _all_told(connection)
    statuses = re.findall(rb"HTTP/1.1 (\d+)", told)
    assert statuses[:earlier] == [b"200"] * earlier
    assert statuses[earlier:] in ([], [b"431"])


def test_what_follows_a_body_becomes_no_header(service: Served) -> None:
    body = b'{"text": "Prices go up by $5."}'
    sent = CHUNKED + b"%x\r\n%b\r\n0\r\nX-Request-ID: smuggled\r\n\r\n" % (len(body), body)
    with service.connect() as connection:
        connection.sendall(sent)
        answer = HTTPResponse(connection)
        answer.begin()
        assert answer.headers["x-request-id"] != "smuggled"


def test_forty_heads_of_twenty_megabytes_keep_nobody_waiting(service: Served) -> None:
    before = _resident_megabytes(service)
    waits: list[float] = []
    with ThreadPoolExecutor(40) as clients:
        flood = partial_flood(service)
        sent = [clients.submit(flood) for _ in range(40)]
        while not all(each.done() for each in sent) or not waits:
            asked = time.monotonic()
            assert service.alive()
            waits.append(time.monotonic() - asked)
    assert [each.result() for each in sent] == [431] * 40
    assert max(waits) < 1
    assert _resident_megabytes(service) - before < 16


def partial_flood(service: Served) -> Callable[[], int]:
    """A client that sends twenty megabytes of one header before it reads."""

    def flood() -> int:
        with service.connect() as connection:
            _send_without_end(connection, BEGUN + b"A: ", MEGABYTE, times=20)
            return status_on(connection)

    return flood


def _send_without_end(
    connection: socket.socket, first: bytes, then: bytes, times: int = 20_000
) -> int:
    """Bytes sent until the service hung up. A gigabyte is without end."""
    sent = 0
    with suppress(ConnectionError):
        for part in (first, *repeat(then, min(times, 2**30 // len(then)))):
            connection.sendall(part)
            sent += len(part)
    return sent


def _all_told(connection: socket.socket) -> bytes:
    told = b""
    with suppress(ConnectionResetError):
        while more := connection.recv(65536):
            told += more
    return told


def _resident_megabytes(service: Served) -> float:
    status = Path(f"/proc/{service.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024
