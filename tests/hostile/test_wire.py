"""Our texts and bodies as bytes on the wire, to the service as a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from tests.hostile.corpora import OUR_BODIES, OUR_TEXTS
from tests.hostile.process import Served, request, serving

HEADERS = ("Idempotency-Key", "X-Request-ID", "If-None-Match", "Accept", "Host", "Content-Length")
REFUSED = {400, 404, 406, 413, 415, 422}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Without customers; what is sent here needs none."""
    with serving(tmp_path_factory.mktemp("data")) as served:
        yield served
        assert served.alive()


@pytest.mark.parametrize("name", HEADERS)
def test_no_bytes_in_a_header_bring_the_process_down(service: Served, name: str) -> None:
    for text in OUR_TEXTS:
        sent = b"GET /scenario-templates HTTP/1.1\r\nConnection: close\r\n"
        sent += name.encode() + b": " + text.encode() + b"\r\n\r\n"
        # A Host that is not this machine's is a stranger's: 403, for there are no keys.
        allowed = REFUSED | {200} | ({403} if name == "Host" else set())
        assert service.answer_to(sent) in allowed, text


@pytest.mark.parametrize("path", ["/nowhere/", "/simulations/", "/scenario-templates?cursor="])
@pytest.mark.parametrize("encoded", [True, False])
def test_no_bytes_in_a_target_bring_the_process_down(
    service: Served, path: str, encoded: bool
) -> None:
    for text in OUR_TEXTS:
        target = path + (quote(text, safe="") if encoded else text)
        assert service.answer_to(request("GET", target)) in REFUSED | {200}, text


@pytest.mark.parametrize("body", OUR_BODIES, ids=range(len(OUR_BODIES)))
def test_no_bytes_in_a_body_bring_the_process_down(service: Served, body: bytes) -> None:
    assert service.answer_to(request("POST", "/scenarios/levers", body)) in REFUSED
