from __future__ import annotations

import httpx
import pytest

from domain.customers.segments import Segment
from tests.fakes.customers import FakeCustomers

pytestmark = pytest.mark.anyio


async def test_every_segment_is_listed_with_its_figures(
    client: httpx.AsyncClient, customers: FakeCustomers
) -> None:
    listed = (await client.get("/segments?view=full")).json()["items"]
    assert [Segment.model_validate(item) for item in listed] == list(customers.segments())


async def test_a_list_leaves_figures_to_the_address_of_each(client: httpx.AsyncClient) -> None:
    listed = (await client.get("/segments")).json()["items"]
    assert {frozenset(item) for item in listed} == {
        frozenset({"id", "name", "tagline", "customers", "share", "as_of"})
    }
    for item in listed:
        assert item.items() <= (await client.get(f"/segments/{item['id']}")).json().items()


async def test_a_segment_is_found_by_its_id(client: httpx.AsyncClient) -> None:
    segment = (await client.get("/segments/S6")).json()
    assert segment["name"] == "Rural Reliables"


async def test_an_unknown_segment_is_told_which_there_are(client: httpx.AsyncClient) -> None:
    answer = await client.get("/segments/S9")
    assert answer.status_code == 404
    assert "S1, S2, S3" in answer.json()["detail"]
