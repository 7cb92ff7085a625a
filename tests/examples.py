"""Examples of the OpenAPI document: what a service over the reference market answers, shortened.

    python -m tests.examples      or `make examples`: asks one and writes
    api/representations/examples.json

Requests and summaries are written in the file by hand; only answers are captured.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from api.app import create_app
from api.representations.examples import FILE, Illustrations, examples
from api.settings import Settings
from tests.e2e.conftest import make_market
from tests.fakes.function_batches import BATCH_ID

CALLER = {"Sf-Context-Current-User": "ANALYST"}
DECIMALS, DECIMALS_OF_CHANCES = 4, 8  # chances must add up to one within a millionth
CHANCES = ("action_probability", "action_probabilities")
SHOWN = {"levers": 2, "drivers": 2, "statistics": 2}  # entries; of other lists of objects one

Operations = dict[str, dict[str, Illustrations]]
Answer = dict[str, Any]


async def captured(data_dir: Path) -> Operations:
    """The examples with the answers that a service over this data directory gives now."""
    shown = examples()
    async with _service(data_dir) as client:
        for name, answer in (await _answers(client, shown)).items():
            operation, example = name.split("/")
            shown[operation]["response"][example]["value"] = shortened(answer)
    return shown


def shortened(value: object, name: str = "", decimals: int = DECIMALS) -> object:
    """With few entries and decimals; a simulation's request stays whole."""
    if isinstance(value, dict):
        kept = list(value.items())[: SHOWN.get(name, len(value))]
        return {
            key: inner
            if key == "request"
            else shortened(inner, key, DECIMALS_OF_CHANCES if key in CHANCES else decimals)
            for key, inner in kept
        }
    if isinstance(value, list):
        most = SHOWN.get(name, 1) if value and isinstance(value[0], dict) else len(value)
        return [shortened(item, decimals=decimals) for item in value[:most]]
    return round(value, decimals) if isinstance(value, float) else value


@asynccontextmanager
async def _service(data_dir: Path) -> AsyncIterator[httpx.AsyncClient]:
    """One that also answers service functions, without a network, with a store of its own."""
    with tempfile.TemporaryDirectory() as folder:
        store = SecretStr(f"sqlite:///{folder}/store")
        app = create_app(Settings(data_dir=data_dir, database_url=store, spcs=True))
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(
                transport=httpx.ASGITransport(app),
                base_url="http://twin",
                headers=CALLER,
                timeout=60,
            ) as client,
        ):
            yield client


async def _answers(client: httpx.AsyncClient, shown: Operations) -> dict[str, Answer]:
    """The answer to each example, by `operation/example`."""

    async def get(path: str, **headers: str) -> Answer:
        answer = await client.get(path, headers=headers)
        return dict(answer.raise_for_status().json())

    async def post(path: str, operation: str, example: str, **headers: str) -> Answer:
        body = shown[operation]["request"][example]["value"]
        answer = await client.post(path, json=body, headers=headers)
        return dict(answer.raise_for_status().json())

    started = await post("/simulations", "start_simulation", "compare")
    simulation = f"/simulations/{started['id']}"
    asked, simulated = {BATCH_ID: "asked"}, {BATCH_ID: "simulated"}
    return {
        "start_simulation/compare": started,
        "get_simulation/compare": await _ended(client, simulation),
        "estimate_simulation/one": await post(
            "/simulations/estimate", "estimate_simulation", "one"
        ),
        "list_simulations/one": await get("/simulations"),
        "list_reactions/first": await get(f"{simulation}/reactions?limit=1"),
        "list_personas/first": await get("/personas?limit=1"),
        "get_persona/S1": await get("/personas/S1"),
        **{
            f"ask_persona/{example}": await post("/personas/S1/ask", "ask_persona", example)
            for example in shown["ask_persona"]["response"]
        },
        "list_segments/first": await get("/segments?limit=1"),
        "get_segment/S1": await get("/segments/S1"),
        "list_scenario_templates/first": await get("/scenario-templates?limit=1"),
        "render_scenario_template/competitor-discount": await post(
            "/scenario-templates/competitor-discount/render",
            "render_scenario_template",
            "competitor-discount",
        ),
        "read_levers/disney": await post("/scenarios/levers", "read_levers", "disney"),
        "ask_rows/rows": await post("/sf/ask", "ask_rows", "rows", **asked),
        "poll_ask_rows/rows": await get("/sf/ask", **asked),
        "simulate_rows/rows": await post("/sf/simulate", "simulate_rows", "rows", **simulated),
        "poll_simulate_rows/rows": await get("/sf/simulate", **simulated),
        "question_rows/rows": await post("/sf/question", "question_rows", "rows", **asked),
        "check_health/alive": await get("/healthz"),
        "check_readiness/ready": await get("/readyz"),
        "get_version/version": await get("/version"),
    }


async def _ended(client: httpx.AsyncClient, path: str) -> Answer:
    while True:
        simulation: Answer = (await client.get(path)).raise_for_status().json()
        if simulation["ended_at"]:
            return simulation
        await asyncio.sleep(0.05)


def main() -> None:
    """Make the reference market and write the file."""
    with tempfile.TemporaryDirectory() as folder:
        files, data_dir = Path(folder) / "files", Path(folder) / "data"
        files.mkdir()
        data_dir.mkdir()
        make_market(files, data_dir)
        found = asyncio.run(captured(data_dir))
    FILE.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
