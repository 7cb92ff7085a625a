"""Doctor: checks what the service needs, each with what to do when it is missing."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable

import httpx
from pydantic import BaseModel

from api.cli.console import whose
from api.services import Services
from api.settings import Settings
from api.wiring.bootstrap import open_services
from api.wiring.open_models import open_chat
from domain.build_twins import say_unknown
from domain.errors import TwinError
from domain.language_model import Prompt

MODEL_SECONDS = 30.0
MOST_DAMAGE = 20  # rows named; whoever has more restores a backup
ONE_WORD = Prompt(
    system="Reply with one word.", user=("Are you there?",), max_tokens=64, temperature=0
)
SMALLEST_FREE_BYTES = 1_000_000_000  # chosen: room for a million customers as Parquet


class Finding(BaseModel):
    """One thing checked: whether it is well, and what to do or what was found."""

    part: str
    ok: bool
    detail: str


async def diagnose(settings: Settings) -> list[Finding]:
    """Everything checked, in the order in which to mend it."""
    findings = [_folder(settings), _room(settings)]
    if all(finding.ok for finding in findings):
        findings += await asyncio.to_thread(_snowflake, settings)
        findings += await _services(settings)
        findings += await _model(settings)
    return [*findings, await _service(settings)]


def _folder(settings: Settings) -> Finding:
    folder = settings.data_dir
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return Finding(part="data directory", ok=False, detail=f"cannot create {folder}")
    writable = os.access(folder, os.W_OK | os.X_OK)
    detail = f"{folder}" if writable else f"make {folder} writable, or set CDT_DATA_DIR"
    return Finding(part="data directory", ok=writable, detail=detail)


def _room(settings: Settings) -> Finding:
    free = shutil.disk_usage(settings.data_dir if settings.data_dir.exists() else ".").free
    ok = free >= SMALLEST_FREE_BYTES
    advice = "" if ok else "; free some, or set CDT_DATA_DIR to a larger disk"
    return Finding(part="disk", ok=ok, detail=f"{free / 1e9:.1f} GB free{advice}")


def _snowflake(settings: Settings) -> list[Finding]:
    """Login, role, grants, region and models of the account, where it is the warehouse."""
    if settings.warehouse != "snowflake":
        return []
    from api.wiring.open_snowflake import check_snowflake

    try:
        return [
            Finding(part=check.part, ok=check.ok, detail=check.detail)
            for check in check_snowflake(settings)
        ]
    except TwinError as error:
        return [Finding(part="Snowflake login", ok=False, detail=str(error))]


async def _model(settings: Settings) -> list[Finding]:
    """Whether the language model answers, by asking it for one word."""
    if settings.model_provider is None:
        return []
    try:
        async with open_chat(settings, afresh=True) as chat:
            if chat is None:
                return []
            completion = await chat.complete(ONE_WORD, deadline_seconds=MODEL_SECONDS)
    except TwinError as error:
        return [Finding(part="language model", ok=False, detail=str(error))]
    detail = (
        f"{completion.model} answers, {completion.input_tokens + completion.output_tokens} tokens"
    )
    return [Finding(part="language model", ok=True, detail=detail)]


async def _services(settings: Settings) -> list[Finding]:
    try:
        async with open_services(settings) as services:
            return [
                await asyncio.to_thread(_checked, "customer data", _data, services),
                *await asyncio.to_thread(_carrier, services),
                await asyncio.to_thread(_checked, "simulations", _store, services),
                await asyncio.to_thread(_damage, services),
            ]
    except TwinError as error:
        return [Finding(part="simulations", ok=False, detail=str(error))]


def _checked(part: str, check: Callable[[Services], str], services: Services) -> Finding:
    try:
        return Finding(part=part, ok=True, detail=check(services))
    except TwinError as error:
        return Finding(part=part, ok=False, detail=str(error))


def _data(services: Services) -> str:
    people = len(services.customers.respondents())
    personas = len(services.customers.personas())
    return f"{people:,} customers, {personas} personas, as of {services.customers.as_of}"


def _carrier(services: Services) -> list[Finding]:
    """Whose customers they are, and whether the plans of the data are plans of theirs."""
    try:
        carrier, plans = services.customers.carrier, services.customers.plans()
    except TwinError:
        return []  # "customer data" says why
    unknown = say_unknown(carrier.unknown(plans), carrier)
    detail = f"{whose(carrier)}; {unknown}" if unknown else whose(carrier)
    return [Finding(part="carrier", ok=unknown is None, detail=detail)]


def _store(services: Services) -> str:
    services.store.page(1)
    return "the store answers"


def _damage(services: Services) -> Finding:
    """What cannot be read of what is kept; all else goes on without it."""
    try:
        damage = services.store.damage(MOST_DAMAGE)
    except TwinError as error:
        return Finding(part="stored rows", ok=False, detail=str(error))
    if not damage:
        return Finding(part="stored rows", ok=True, detail="all can be read")
    named = "; ".join(map(str, damage))
    advice = "delete those simulations and conversations, revoke those keys, or restore a backup"
    return Finding(part="stored rows", ok=False, detail=f"cannot be read: {named}; {advice}")


async def _service(settings: Settings) -> Finding:
    """Whether a service answers at the configured address; none is no fault."""
    address = f"http://{settings.host}:{settings.port}"
    try:
        async with httpx.AsyncClient(timeout=2) as client:
            answer = await client.get(f"{address}/readyz")
    except httpx.HTTPError:
        return Finding(part="service", ok=True, detail="not running; start it with `twin serve`")
    ready = answer.status_code == httpx.codes.OK
    return Finding(
        part="service", ok=ready, detail=f"{address} is {'ready' if ready else 'not ready'}"
    )
