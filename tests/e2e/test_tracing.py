"""Spans as a collector gets them, over real OTLP on loopback, from a real process."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from api.telemetry.tracing import traced
from tests.e2e.processes import serving_made_up
from tests.fakes.chat_server import ChatServer, refusing, serving

pytestmark = pytest.mark.anyio

WORDS = f"canary{uuid.uuid4().hex}"
PARENT = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def spans(tmp_path_factory: pytest.TempPathFactory) -> list[Span]:
    """What a collector got of an ask, a failed ask and a simulation."""
    model = ChatServer(token=None)
    model.script.extend([model.text, refusing(400, WORDS)])
    ask = {"scenario": f"Prices rise by $5. {WORDS}", "engine": "llm"}
    async with serving(model), collecting() as (endpoint, received):
        environment = {
            "CDT_DATA_DIR": str(tmp_path_factory.mktemp("tracing")),
            "CDT_MODEL_URL": f"{model.address}/v1",
            "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
        }
        async with serving_made_up(environment) as service:
            headers = {"traceparent": f"00-{PARENT}-b7ad6b7169203331-01"}
            await service.client.post("/personas/S1/ask", json=ask, headers=headers)
            await service.client.post("/personas/S1/ask", json=ask)
            await service.client.get(f"/{WORDS}?{WORDS}={WORDS}", headers={"host": WORDS})
            job = {"scenario": WORDS, "engine": "choice", "panel": {"segments": ["S1"]}}
            where = (await service.client.post("/simulations", json=job)).headers["location"]
            while not (await service.client.get(where)).json()["ended_at"]:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    return received


@asynccontextmanager
async def collecting() -> AsyncIterator[tuple[str, list[Span]]]:
    """An OTLP receiver: its address, and the spans it has got so far."""
    received: list[Span] = []

    async def take(request: web.Request) -> web.Response:
        sent = ExportTraceServiceRequest.FromString(await request.read())
        for resource in sent.resource_spans:
            for scope in resource.scope_spans:
                received.extend(scope.spans)
        return web.Response(content_type="application/x-protobuf")

    app = web.Application()
    app.router.add_post("/v1/traces", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", received
    finally:
        await runner.cleanup()


def told(span: Span) -> dict[str, Any]:
    return {pair.key: pair.value.string_value or pair.value.int_value for pair in span.attributes}


async def test_an_ask_is_one_trace_from_the_caller_to_the_model(spans: list[Span]) -> None:
    trace = {span.name: span for span in spans if span.trace_id.hex() == PARENT}
    request = trace["POST /personas/{persona_or_segment_id}/ask"]
    assert told(request)["http.response.status_code"] == 200
    assert trace["react"].parent_span_id == request.span_id
    assert told(trace["react"]) == {"cdt.engine": "llm", "cdt.segment_id": "S1"}
    assert trace["chat"].parent_span_id == trace["react"].span_id
    assert told(trace["chat"])["gen_ai.usage.output_tokens"] == 20


async def test_a_failure_is_told_by_its_kind(spans: list[Span]) -> None:
    failed = {told(span).get("error.type") for span in spans if span.name in {"chat", "react"}}
    assert failed == {None, "ChatRefused"}


async def test_a_reaction_of_a_simulation_names_it(spans: list[Span]) -> None:
    jobs = [told(span) for span in spans if "cdt.simulation_id" in told(span)]
    assert [job["cdt.engine"] for job in jobs] == ["choice"]


async def test_no_span_holds_what_a_client_wrote(spans: list[Span]) -> None:
    assert any(told(span).get("url.query") for span in spans)
    assert WORDS not in "".join(map(str, spans))


def test_nothing_is_traced_unless_a_collector_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not traced()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")
    assert traced()
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    assert not traced()
