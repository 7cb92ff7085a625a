from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence

import httpx
import pytest

from api.operations import asking
from api.settings import Settings
from domain.personas.persona import Persona
from domain.reactions import Answer, Reaction
from tests.api.conftest import Opened
from tests.fakes.customers import FakeCustomers

pytestmark = pytest.mark.anyio

DISNEY = "Snowmobile is raising prices by $5/month. Disney+ will be included free."


async def test_every_persona_is_listed_in_the_order_of_segments(
    client: httpx.AsyncClient,
) -> None:
    listed = (await client.get("/personas?view=full")).json()
    personas = [Persona.model_validate(item) for item in listed["items"]]
    assert [p.segment_id for p in personas] == [f"S{i}" for i in range(1, 9)]
    assert listed["next_cursor"] is None


async def test_a_list_says_who_there_is_and_leaves_the_rest_to_each_address(
    client: httpx.AsyncClient,
) -> None:
    listed = (await client.get("/personas")).json()["items"]
    whole = (await client.get("/personas?view=full")).json()["items"]
    shown = {"persona_id", "segment_id", "segment_name", "share", "customers", "identity"}
    shown |= {"version", "as_of"}
    assert listed == [{name: each[name] for name in each if name in shown} for each in whole]
    assert listed[2].keys() == shown
    assert (await client.get("/personas/S3")).json() == whole[2]


@pytest.mark.parametrize("path", ["/personas", "/segments"])
async def test_a_view_has_its_own_pages_and_etag(client: httpx.AsyncClient, path: str) -> None:
    short, whole = [await client.get(f"{path}?limit=3&view={view}") for view in ("summary", "full")]
    assert short.content == (await client.get(f"{path}?limit=3")).content
    assert short.headers["etag"] != whole.headers["etag"]
    assert short.json()["next_cursor"] == whole.json()["next_cursor"] is not None
    assert len(short.content) * 2 < len(whole.content)


async def test_a_cursor_leads_to_the_next_personas(client: httpx.AsyncClient) -> None:
    first = (await client.get("/personas?limit=5")).json()
    rest = (await client.get(f"/personas?limit=5&cursor={first['next_cursor']}")).json()
    assert [p["segment_id"] for p in rest["items"]] == ["S6", "S7", "S8"]


async def test_a_persona_is_found_by_its_own_id_and_by_its_segment(
    client: httpx.AsyncClient,
) -> None:
    by_segment = (await client.get("/personas/S3")).json()
    by_id = (await client.get(f"/personas/{by_segment['persona_id']}")).json()
    assert by_id == by_segment


@pytest.mark.parametrize("path", ["/personas", "/personas/S1", "/segments", "/segments/S1"])
@pytest.mark.parametrize("form", ["{}", "W/{}", '"other", {}', "*"])
async def test_what_the_client_has_already_is_not_sent_again(
    client: httpx.AsyncClient, path: str, form: str
) -> None:
    etag = (await client.get(path)).headers["etag"]
    answer = await client.get(path, headers={"If-None-Match": form.format(etag)})
    assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag)


async def test_another_page_has_another_etag(client: httpx.AsyncClient) -> None:
    etag = (await client.get("/personas?limit=1")).headers["etag"]
    answer = await client.get("/personas?limit=2", headers={"If-None-Match": etag})
    assert answer.status_code == 200


async def test_a_scenario_gets_a_reaction(client: httpx.AsyncClient) -> None:
    answer = await client.post("/personas/S1/ask", json={"scenario": DISNEY})
    reaction = Reaction.model_validate(answer.json())
    assert [lever.kind for lever in reaction.levers] == ["price_change", "value_add"]
    assert reaction.provenance.engine == "choice"


async def test_a_string_is_short_for_a_scenario_of_that_text(client: httpx.AsyncClient) -> None:
    short = await client.post("/personas/S1/ask", json={"scenario": DISNEY})
    full = await client.post("/personas/S1/ask", json={"scenario": {"text": DISNEY}})
    assert short.json() == full.json()


async def test_levers_beside_the_scenario_are_used_instead_of_reading_it(
    client: httpx.AsyncClient,
) -> None:
    lever = {"kind": "price_change", "percent": 12}
    answer = await client.post("/personas/S1/ask", json={"scenario": DISNEY, "levers": [lever]})
    (used,) = answer.json()["levers"]
    assert (used["percent"], used["read_from"]) == (12, None)


async def test_the_same_seed_gives_the_same_bytes(client: httpx.AsyncClient) -> None:
    body = {"scenario": DISNEY, "seed": 7}
    first, second = [await client.post("/personas/S2/ask", json=body) for _ in range(2)]
    assert first.content == second.content


async def test_a_question_gets_an_answer_with_its_evidence(client: httpx.AsyncClient) -> None:
    answer = await client.post("/personas/S1/ask", json={"question": "Is coverage a problem?"})
    told = Answer.model_validate(answer.json())
    assert told.segment_id == "S1"
    assert any("Coverage" in piece.text for piece in told.evidence)


async def test_an_answer_that_takes_too_long_is_given_up(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(asking, "ASK_SECONDS", 0.01)
    monkeypatch.setattr("domain.engines.choice.ChoiceReactions.react", never)
    answer = await client.post("/personas/S1/ask", json={"scenario": DISNEY})
    assert answer.status_code == 504


class HeldCustomers(FakeCustomers):
    """A customer base that does not answer before it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = threading.Event()

    def personas(self) -> Sequence[Persona]:
        self.let_go.wait(30)
        return super().personas()


async def test_who_would_only_wait_is_told_to_come_back(settings: Settings, opened: Opened) -> None:
    customers = HeldCustomers()
    async with (
        opened(settings.model_copy(update={"max_computed_asks": 2}), customers) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://twin") as client,
    ):
        asks = [
            asyncio.create_task(client.post("/personas/S1/ask", json={"scenario": DISNEY}))
            for _ in range(5)
        ]
        done, waiting = await asyncio.wait(asks, return_when=asyncio.FIRST_COMPLETED)
        while len(done) < 3:
            done, waiting = await asyncio.wait(asks, timeout=0.05)
        customers.let_go.set()
        answered = await asyncio.gather(*waiting)
        again = await client.post("/personas/S1/ask", json={"scenario": DISNEY})
    refused = [task.result() for task in done]
    assert [answer.status_code for answer in refused] == [503, 503, 503]
    assert {answer.json()["type"] for answer in refused} == {"urn:cdt:problem:busy"}
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in refused)
    assert [answer.status_code for answer in (*answered, again)] == [200, 200, 200]
