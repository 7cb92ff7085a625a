from __future__ import annotations

import csv
import io
import re
import threading

import httpx
import pyarrow.parquet as pq
import pytest

from api.settings import Settings
from domain.customers.respondents import Respondents
from tests.api.conftest import Opened
from tests.api.simulating import final, start
from tests.fakes.customers import FakeCustomers

pytestmark = pytest.mark.anyio

RISE = "Prices rise by $5 a month."
HOSTILE = """=cmd|' /C calc'!A0 raises prices by $5 a month <script>alert("x")</script>
 '"><svg onload=alert(1)>"""


@pytest.fixture
async def location(client: httpx.AsyncClient) -> str:
    return await _finished(client, scenarios=[RISE, HOSTILE])


async def _finished(client: httpx.AsyncClient, **body: object) -> str:
    location = await start(client, **body)
    await final(client, location)
    return location


async def test_json_holds_the_simulation_and_every_reaction(
    client: httpx.AsyncClient, location: str
) -> None:
    whole = (await client.get(f"{location}/export")).json()
    assert whole["simulation"] == (await client.get(location)).json()
    assert (
        whole["reactions"] == (await client.get(f"{location}/reactions?limit=100")).json()["items"]
    )


async def test_every_tabular_file_has_the_figures_of_the_reactions(
    client: httpx.AsyncClient, location: str
) -> None:
    items = (await client.get(f"{location}/reactions?limit=100")).json()["items"]
    sheet = (await client.get(f"{location}/export?format=csv")).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(sheet, newline="")))
    file = (await client.get(f"{location}/export?format=parquet")).content
    columns = pq.read_table(io.BytesIO(file)).to_pylist()
    for item, row, column in zip(items, rows, columns, strict=True):
        sentiment = item["reaction"]["sentiment_score"]
        leaving = item["reaction"]["action_probabilities"]["CHURN"]
        assert (float(row["sentiment_score"]), float(row["p_churn"])) == (sentiment, leaving)
        assert (column["sentiment_score"], column["p_churn"]) == (sentiment, leaving)
        assert column["churn_uplift_points"] == item["reaction"]["effects"]["churn_uplift"]["value"]


async def test_no_spreadsheet_runs_what_a_scenario_says(
    client: httpx.AsyncClient, location: str
) -> None:
    sheet = (await client.get(f"{location}/export?format=csv")).content.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(sheet, newline="")))
    assert rows[-1]["scenario_text"] == f"'{HOSTILE}"
    assert rows[0]["scenario_text"] == RISE
    assert not any(
        cell.startswith(("=", "@", "+")) for row in rows for cell in row.values() if cell
    )


async def test_a_report_shows_hostile_words_and_runs_none(
    client: httpx.AsyncClient, location: str
) -> None:
    page = (await client.get(f"{location}/export?format=html")).text
    assert "&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt;" in page
    assert not re.search(r"<script|<svg onload|\bon\w+=\"", page)
    assert "default-src 'none'" in page


async def test_a_report_asks_nothing_of_the_network(
    client: httpx.AsyncClient, location: str
) -> None:
    page = (await client.get(f"{location}/export?format=html")).text
    assert not re.search(r"https?:|//[a-z]|url\(|<link|<img|<iframe|@import", page)


async def test_a_report_says_who_spoke_and_what_it_comes_to(
    client: httpx.AsyncClient, location: str
) -> None:
    summary = (await client.get(location)).json()["summary"]["scenarios"][0]
    page = (await client.get(f"{location}/export?format=html")).text
    assert "No language model spoke" in page
    assert "Side by side" in page
    assert summary["recommendation"].split(".")[0] in page
    assert page.count("<svg role") == 3 + 2 * 4
    assert all(segment["segment_name"] in page for segment in summary["segments"])


async def test_a_report_says_who_was_not_asked(client: httpx.AsyncClient) -> None:
    panel = {"audience": {"min_tenure_months": 114}}  # months nobody of S3 has been here
    location = await _finished(client, scenario=RISE, panel=panel)
    page = (await client.get(f"{location}/export?format=html")).text
    assert "Not asked: no customer of S3 is in the audience." in page


async def test_a_file_is_named_and_sniffed_by_nobody(
    client: httpx.AsyncClient, location: str
) -> None:
    answer = await client.get(f"{location}/export?format=csv")
    name = location.rpartition("/")[2]
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}.csv"'
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("query", "accept", "status"),
    [
        ("format=xlsx", "*/*", 422),
        ("format=csv", "image/png", 406),
        ("format=csv", "application/json", 200),
    ],
)
async def test_what_cannot_be_made_is_refused(
    client: httpx.AsyncClient, location: str, query: str, accept: str, status: int
) -> None:
    answer = await client.get(f"{location}/export?{query}", headers={"accept": accept})
    assert answer.status_code == status


class HeldCustomers(FakeCustomers):
    """Customers nobody can ask yet."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = threading.Event()

    def respondents(self) -> Respondents:
        self.let_go.wait(30)
        return super().respondents()


async def test_what_still_runs_is_not_handed_on(settings: Settings, opened: Opened) -> None:
    customers = HeldCustomers()
    async with (
        opened(settings, customers) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://twin") as client,
    ):
        started = await client.post("/simulations", json={"scenario": RISE})
        answer = await client.get(f"{started.headers['location']}/export?format=csv")
        customers.let_go.set()
    assert answer.status_code == 409
    assert "poll" in answer.json()["detail"]


async def test_a_report_of_a_text_read_in_part_is_marked_and_has_no_verdict(
    client: httpx.AsyncClient,
) -> None:
    location = await _finished(client, scenarios=["Prices rise by $5 a month in Ohio.", RISE])
    partial, whole = (await client.get(location)).json()["summary"]["scenarios"]
    assert (partial["reading"]["status"], whole["reading"]["status"]) == ("partial", "read")
    assert partial["recommendation"].startswith("No verdict")
    assert not whole["recommendation"].startswith("No verdict")
    page = (await client.get(f"{location}/export?format=html")).text
    assert page.count("Not all of the text was read: every figure below") == 1
    assert "everyone, or only customers in Ohio?" in page
    sheet = (await client.get(f"{location}/export?format=csv")).content.decode("utf-8-sig")
    rows = csv.DictReader(io.StringIO(sheet, newline=""))
    assert {(row["scenario_index"], row["reading"]) for row in rows} == {
        ("0", "partial"),
        ("1", "read"),
    }
