"""Hostile texts and bodies over every operation: no failure, no effect, nothing lost of a text."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.http.ingress import UNFIT_TEXT
from api.settings import Settings
from tests.hostile.corpora import OUR_TEXTS, bodies, texts
from tests.hostile.spots import BATCH_ID, Spot, spots
from tests.hostile.surface import JSON, NOWHERE, THERE, Operation, operations
from tests.long import LONG

pytestmark = pytest.mark.anyio

SPOTS_PER_TEXT = 1
EVERY = 8  # of our own texts, the next spot getting the next ones
OPERATIONS = operations(create_app(Settings(spcs=True)).openapi())
WRITING = [operation for operation in OPERATIONS if operation.body]
VISIBLE = re.compile(r"[!-~]{1,128}")
TELLING_LENGTH = 12  # a longer text in an answer is there because it was sent

ECHOES: dict[str, tuple[Callable[[str], object], Callable[[dict[str, Any]], object]]] = {
    "question": (lambda text: {"question": text}, lambda told: told["question"]),
    "lever": (
        lambda text: {
            "scenario": "Disney+ for all.",
            "levers": [{"kind": "value_add", "name": text, "monthly_worth_dollars": 5}],
        },
        lambda told: told["levers"][0]["name"],
    ),
}


@pytest.mark.parametrize("operation", WRITING, ids=lambda each: each.id)
async def test_no_body_brings_the_service_down(
    client: httpx.AsyncClient, operation: Operation
) -> None:
    path = operation.url({**dict.fromkeys(_blanks(operation), NOWHERE), **THERE}, {})
    for body in bodies():
        headers = {**JSON, BATCH_ID: "batch"}
        answer = await client.post(path, content=body, headers=headers)
        check(answer)
        assert answer.status_code == 400 or _is_json(body) or not body, body


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: each.id)
async def test_our_texts_do_no_harm_in_any_spot(
    client: httpx.AsyncClient, data_dir: Path, operation: Operation
) -> None:
    before = await traces(client, data_dir)
    for position, spot in enumerate(spots(operation)):
        for text in OUR_TEXTS[position % EVERY :: 1 if LONG else EVERY]:
            check_put(spot, text, await spot.put(client, text))
    assert await traces(client, data_dir) == before


async def test_known_texts_do_no_harm(
    client: httpx.AsyncClient, data_dir: Path, record_property: Callable[[str, object], None]
) -> None:
    everywhere = [spot for operation in OPERATIONS for spot in spots(operation)]
    chance = random.Random(20)  # noqa: S311 - not a secret
    before, sent = await traces(client, data_dir), 0
    for text in texts():
        for spot in everywhere if LONG else chance.sample(everywhere, SPOTS_PER_TEXT):
            check_put(spot, text, await spot.put(client, text))
            sent += 1
    assert await traces(client, data_dir) == before
    record_property("texts", f"{len(texts())} in {sent} requests to {len(everywhere)} spots")


@pytest.mark.parametrize("field", ECHOES)
async def test_a_text_that_is_taken_comes_back_to_the_letter(
    client: httpx.AsyncClient, field: str
) -> None:
    taken, (sent, found) = 0, ECHOES[field]
    for text in texts()[:: 1 if LONG else 25]:
        answer = await client.post("/personas/S1/ask", content=json.dumps(sent(text)), headers=JSON)
        check(answer, text)
        if answer.status_code == 200:
            taken += 1
            assert found(answer.json()) == text
    assert taken


async def test_the_texts_of_a_simulation_come_back_to_the_letter(
    client: httpx.AsyncClient,
) -> None:
    fit = [text for text in texts() if text.strip() and not UNFIT_TEXT.search(text)]
    for batch in (fit[i : i + 50] for i in range(0, len(fit), 50)):
        body = {"scenarios": batch, "panel": {"segments": ["S1"]}}
        started = await client.post("/simulations", content=json.dumps(body), headers=JSON)
        assert started.status_code == 202, started.text
        read = (await client.get(started.headers["location"])).json()
        assert [scenario["text"] for scenario in read["request"]["scenarios"]] == batch


async def test_a_request_id_comes_back_only_when_all_of_it_can_be_seen(
    client: httpx.AsyncClient,
) -> None:
    for text in texts():
        sent = text.encode("utf-8", "replace")
        answer = await client.get("/healthz", headers=[(b"X-Request-ID", sent)])
        check(answer, text)
        assert (answer.headers["x-request-id"] == text) is bool(VISIBLE.fullmatch(text))


def check_put(spot: Spot, text: str, answer: httpx.Response) -> None:
    """What holds for an answer to a text in a spot."""
    where = (spot.operation.id, spot.where, spot.name, text[:80])
    check(answer, where)
    if spot.where != "path" and answer.status_code >= 400 and len(text) >= TELLING_LENGTH:
        named = spot.place is not None and spot.place.is_name
        assert named or json.dumps(text)[1:-1] not in answer.text, where


def check(answer: httpx.Response, where: object = None) -> None:
    """What holds for any answer: no failure, nothing a browser would run, no header smuggled in."""
    draining = answer.request.url.path == "/readyz" and answer.status_code == 503
    assert answer.status_code < 500 or draining, (where, answer.text)
    assert VISIBLE.fullmatch(answer.headers["x-request-id"]), where
    assert "x-injected" not in answer.headers, where
    if draining:  # nobody works on the simulations of these tests; it says so in its own words
        assert answer.json()["status"] == "not ready", where
    elif answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json", where
        assert answer.json()["status"] == answer.status_code, where
    elif answer.content:
        assert answer.headers["content-type"].startswith("application/json"), where
        answer.json()


async def traces(client: httpx.AsyncClient, data_dir: Path) -> list[object]:
    """All a text could have changed, but for the simulations that were asked for."""
    told = [(await client.get(path)).text for path in ("/personas", "/segments", "/version")]
    files = {path.name for folder in (data_dir, Path()) for path in folder.iterdir()}
    return [*told, *sorted(files - {".coverage"})]


def _blanks(operation: Operation) -> list[str]:
    return [name for where, name in operation.parameters if where == "path"]


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body.decode())
    except (ValueError, RecursionError):
        return False
    return True
