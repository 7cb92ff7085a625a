from __future__ import annotations

from collections.abc import Sequence

import httpx
import pytest

from api.settings import Settings
from domain.errors import StateConflict, Unavailable
from domain.personas.persona import Persona
from tests.api.conftest import Opened
from tests.fakes.customers import FakeCustomers

pytestmark = pytest.mark.anyio

UNSAID = "zebra-crossing"
LONG = "x" * 20_001


@pytest.mark.parametrize(
    ("path", "body", "pointer", "code"),
    [
        ("/simulations", {}, None, "value_error"),
        ("/simulations", {"scenario": ""}, "/scenario", "string_too_short"),
        ("/simulations", {"scenario": " "}, "/scenario", "value_error"),
        ("/simulations", {"scenario": LONG}, "/scenario", "string_too_long"),
        ("/simulations", {"scenario": {}}, "/scenario/text", "missing"),
        ("/simulations", {"scenario": {"text": LONG}}, "/scenario/text", "string_too_long"),
        ("/simulations", {"scenarios": []}, "/scenarios", "too_short"),
        ("/simulations", {"scenarios": ["a", {"txt": "b"}]}, "/scenarios/1/txt", "extra_forbidden"),
        ("/simulations", {"scenario": "a", "a/~b": 1}, "/a~1~0b", "extra_forbidden"),
        ("/simulations", {"scenario": "a", "scenarios": ["b"]}, None, "value_error"),
        ("/simulations", {"scenario": "a", "seed": -1}, "/seed", "greater_than_equal"),
        ("/simulations", {"scenario": "a", "engine": UNSAID}, "/engine", "literal_error"),
        ("/simulations", {"scenario": "a", "engine": "llm"}, "/engine", "engine_unavailable"),
        (
            "/simulations",
            {"scenario": "a", "panel": {"segments": ["S1", "S99"]}},
            "/panel/segments/1",
            "unknown_segment",
        ),
        (
            "/simulations",
            {"scenario": {"text": "a", "audience": {"plans": [UNSAID]}}},
            "/scenario/audience/plans/0",
            "unknown_plan",
        ),
        (
            "/simulations",
            {"scenarios": ["b", {"text": "a", "audience": {"segments": [UNSAID]}}]},
            "/scenarios/1/audience/segments/0",
            "unknown_segment",
        ),
        (
            "/simulations",
            {"scenario": {"text": "a", "levers": [{"kind": UNSAID}]}},
            "/scenario/levers/0",
            "union_tag_invalid",
        ),
        (
            "/simulations",
            {"scenario": {"text": "a", "levers": [{"kind": "price_change", "percent": 999}]}},
            "/scenario/levers/0/percent",
            "less_than_equal",
        ),
        ("/simulations", {"scenario": "a", "labels": {"a": UNSAID + "!"}}, "/labels/a", None),
        ("/personas/S1/ask", {}, None, "value_error"),
        ("/personas/S1/ask", {"scenario": "a", "question": "b"}, None, "value_error"),
        ("/personas/S1/ask", {"question": "a", "levers": []}, None, "value_error"),
        ("/personas/S1/ask", {"question": "\t"}, "/question", "value_error"),
        ("/personas/S1/ask", {"question": "a", "engine": "grounded"}, "/engine", None),
        (
            "/personas/S1/ask",
            {"scenario": "a", "levers": [{"kind": "value_removal", "name": "x"}]},
            "/levers/0/monthly_worth_dollars",
            "missing",
        ),
        (
            "/personas/S1/ask",
            {
                "scenario": "a",
                "levers": [{"kind": "credit", "amount_dollars": 5, "plans": [UNSAID]}],
            },
            "/levers/0/plans/0",
            "unknown_plan",
        ),
        (
            "/personas/S1/ask",
            {"scenario": {"text": "a", "audience": {"min_tenure_months": 600}}},
            "/scenario/audience",
            None,
        ),
        ("/scenarios/levers", {"text": LONG}, "/text", "string_too_long"),
        (
            "/scenario-templates/price-increase/render",
            {"parameters": {"zebra": UNSAID}},
            "/parameters/zebra",
            None,
        ),
    ],
)
async def test_a_fault_names_its_field_and_never_repeats_the_value(
    client: httpx.AsyncClient, path: str, body: object, pointer: str | None, code: str | None
) -> None:
    answer = await client.post(path, json=body)
    problem = answer.json()
    assert (answer.status_code, problem["status"]) == (422, 422)
    faults = {fault.get("pointer") or None: fault for fault in problem["errors"]}
    assert pointer in faults
    assert code in {None, faults[pointer]["code"]}
    assert UNSAID not in answer.text
    assert LONG not in answer.text


@pytest.mark.parametrize(
    ("method", "path", "status", "slug"),
    [
        ("GET", "/nowhere", 404, "not-found"),
        ("GET", "/personas/S99", 404, "not-found"),
        ("GET", "/personas/S1/", 404, "not-found"),
        ("GET", "/segments/zebra", 404, "not-found"),
        ("GET", "/simulations/sim_0", 404, "not-found"),
        ("GET", "/simulations/sim_0/reactions", 404, "not-found"),
        ("GET", "/simulations?state=asleep", 422, "invalid-request"),
        ("GET", "/simulations?label=zebra", 422, "invalid-request"),
        ("GET", "/personas?limit=101", 422, "invalid-request"),
        ("GET", "/personas?cursor=!", 422, "invalid-request"),
        ("GET", "/simulations?cursor=YQ", 422, "invalid-request"),
    ],
)
async def test_what_cannot_be_found_or_listed_is_a_problem(
    client: httpx.AsyncClient, method: str, path: str, status: int, slug: str
) -> None:
    answer = await client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == f"urn:cdt:problem:{slug}"
    assert answer.json()["instance"] == path.partition("?")[0]


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", "/simulations", "GET, POST, HEAD, OPTIONS"),
        ("POST", "/simulations/sim_0", "GET, DELETE, HEAD, OPTIONS"),
        ("PUT", "/personas/S1/ask", "POST, OPTIONS"),
        ("GET", "/scenarios/levers", "POST, OPTIONS"),
        ("TRACE", "/personas", "GET, HEAD, OPTIONS"),
    ],
)
async def test_a_method_that_is_not_there_is_told_all_that_are(
    client: httpx.AsyncClient, method: str, path: str, allow: str
) -> None:
    answer = await client.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allow)


@pytest.mark.parametrize("path", ["/personas", "/segments/S1", "/simulations", "/version"])
async def test_a_client_that_cannot_take_json_is_told(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path, headers={"Accept": "text/csv"})
    assert answer.status_code == 406


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/personas", None),
        ("GET", "/segments/S1", None),
        ("POST", "/personas/S1/ask", {"scenario": "a"}),
        ("POST", "/simulations", {"scenario": "a"}),
    ],
)
async def test_without_a_data_set_the_way_out_is_named(
    client: httpx.AsyncClient, customers: FakeCustomers, method: str, path: str, body: object
) -> None:
    customers.built = False
    answer = await client.request(method, path, json=body)
    assert answer.status_code == 503
    assert answer.json()["type"] == "urn:cdt:problem:dataset-missing"
    assert "`twin " in answer.json()["detail"]
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize(
    ("error", "status", "slug"),
    [
        (Unavailable("the customer base", "try again"), 503, "unavailable"),
        (StateConflict("busy"), 409, "state-conflict"),
        (RuntimeError(UNSAID), 500, "internal"),
        (ValueError(UNSAID), 500, "internal"),
    ],
)
async def test_an_error_behind_the_service_shows_no_more_than_it_may(
    settings: Settings, opened: Opened, error: Exception, status: int, slug: str
) -> None:
    async with opened(settings, BrokenCustomers(error)) as app:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://twin") as client:
            answer = await client.get("/personas", headers={"X-Request-ID": "mine"})
    assert answer.status_code == status
    assert answer.json()["type"] == f"urn:cdt:problem:{slug}"
    assert answer.json()["request_id"] == answer.headers["x-request-id"] == "mine"
    assert UNSAID not in answer.text


async def test_a_body_with_thousands_of_faults_is_told_of_the_first(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.post("/simulations", json={str(i): i for i in range(5000)})
    assert answer.status_code == 422
    assert len(answer.json()["errors"]) == 50


async def test_a_field_with_an_endless_name_is_pointed_at_briefly(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.post("/simulations", json={"scenario": "a", "x" * 60_000: 1})
    assert answer.status_code == 422
    assert len(answer.text) < 2_000


class BrokenCustomers(FakeCustomers):
    """Raises one error whenever personas are wanted."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def personas(self) -> Sequence[Persona]:
        raise self._error
