"""Bootstrap: settings become services. With its open_ modules, it alone chooses adapters."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

import numpy as np

from adapters.exports import EXPORTS
from api.admission.admission import Admission
from api.admission.quota import DailyQuota
from api.admission.stream_limits import StreamLimits
from api.jobs.deadlines import ASKED_MODEL_SECONDS
from api.jobs.pace import Pace
from api.jobs.supervisor import Supervisor
from api.jobs.watch import Watches
from api.representations.etag_cache import EtagCache
from api.services import BuiltCustomers, Services, Store
from api.settings import Settings, needed
from api.telemetry.gauges import Jobs, Queue, Running
from api.telemetry.metered import MeteredReactions
from api.telemetry.metrics import Metrics
from api.wiring.choice_model_provider import ChoiceModelProvider
from api.wiring.open_models import open_chat, open_retriever
from api.wiring.open_store import keyring_of, open_database
from api.wiring.open_warehouse import open_customers
from api.wiring.open_webhooks import open_webhook_delivery
from domain.engines import ChoiceReactions, GroundedReactions, ModelReactions, ReactionModel
from domain.language_model import DEADLINE_SECONDS, KeepingChat
from domain.reactions import Engine
from domain.simulations import Market, Price, SimulationLog, summarize

LARGE_BYTES = 30 << 20  # below the 32 MB that glibc learns from
MOST_COMPUTED = 4  # chosen: half of a reaction takes the interpreter, which serves one at a time
PUT_OFF_SECONDS = (5.0, 30.0, 180.0, 600.0)  # chosen: a hiccup, a restart, an outage


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """The services these settings ask for; nobody works on simulations until told to."""
    _keep_freed_memory()
    metrics = Metrics(_price(settings))
    store = await asyncio.to_thread(open_database, settings)
    try:
        await asyncio.to_thread(store.conversations.expire)
        with open_customers(settings) as (customers, log):
            async with (
                open_chat(settings, metrics) as chat,
                open_retriever(settings) as retriever,
                open_webhook_delivery(settings, store) as webhook_delivery,
            ):
                model_of = ChoiceModelProvider(customers)
                choice = ChoiceReactions(
                    customers, model_of, retriever, at_once=_computed_at_once()
                )
                services = assemble(
                    settings,
                    customers,
                    store,
                    _reaction_models(choice, chat, ASKED_MODEL_SECONDS),
                    patient_models=_reaction_models(choice, chat, DEADLINE_SECONDS),
                    log=log,
                    metrics=metrics,
                )
                yield replace(services, webhook_delivery=webhook_delivery)
    finally:
        await asyncio.to_thread(store.close)


def assemble(  # noqa: PLR0913 - each part comes from somewhere else
    settings: Settings,
    customers: BuiltCustomers,
    store: Store,
    reaction_models: Mapping[Engine, ReactionModel],
    *,
    patient_models: Mapping[Engine, ReactionModel] | None = None,
    log: SimulationLog | None = None,
    metrics: Metrics | None = None,
) -> Services:
    """Services from their parts, with those who watch a supervisor that has `patient_models`."""
    price = _price(settings)
    metrics = metrics or Metrics(price)
    metrics.collect_from(Queue(store))
    metrics.collect_from(Running(customers))
    counted = _counted(reaction_models, metrics)
    pace = Pace(
        concurrency=settings.concurrency,
        lease_seconds=settings.lease_seconds,
        put_off_seconds=PUT_OFF_SECONDS[: settings.call_retries],
        kept_days=settings.retention_days,
    )
    supervisor = Supervisor(
        store,
        Market(customers, price),
        _counted(patient_models, metrics) if patient_models else counted,
        summarize=summarize,
        pace=pace,
        log=log,
    )
    metrics.collect_from(Jobs(supervisor))
    watches = Watches(store)
    supervisor.on_change = watches.ring
    return Services(
        settings,
        customers,
        store,
        counted,
        supervisor,
        keyring=keyring_of(settings, store.keys),
        quota=DailyQuota(store.quota, settings.reactions_per_day),
        exports=EXPORTS,
        price=price,
        asking=Admission(settings.max_asks),
        computing=Admission(settings.max_computed_asks),
        stream_limits=StreamLimits(settings.max_streams_per_caller),
        watches=watches,
        metrics=metrics,
        etag_cache=EtagCache(customers),
    )


def _keep_freed_memory() -> None:
    """Have memory that one reaction gives back wait for the next, instead of the system's clearing.

    glibc learns from the largest piece that was ever freed what may be worth keeping (mallopt(3),
    M_MMAP_THRESHOLD); elsewhere this does nothing. Measured: 258 page faults an ask become 8.
    """
    np.empty(LARGE_BYTES, dtype=np.uint8)


def _computed_at_once() -> int:
    """Reactions to compute at once: one for each processor it may run on, up to MOST_COMPUTED.

    Held to one of two processors, an ask takes 10 to 15 % less of it than with two at once.
    """
    held = hasattr(os, "sched_getaffinity")
    return min(MOST_COMPUTED, len(os.sched_getaffinity(0)) if held else os.cpu_count() or 1)


def _counted(
    models: Mapping[Engine, ReactionModel], metrics: Metrics
) -> dict[Engine, ReactionModel]:
    return {name: MeteredReactions(model, metrics.engines) for name, model in models.items()}


def _price(settings: Settings) -> Price | None:
    """What the language model takes, if that was told. Raises SettingMissing for half of it."""
    per_input, per_output = settings.model_price_input, settings.model_price_output
    if per_input is None and per_output is None:
        return None
    return Price(
        needed(per_input, "model_price_input", "CDT_MODEL_PRICE_OUTPUT"),
        needed(per_output, "model_price_output", "CDT_MODEL_PRICE_INPUT"),
    )


def _reaction_models(
    choice: ChoiceReactions, chat: KeepingChat | None, model_seconds: float
) -> dict[Engine, ReactionModel]:
    """The engines at hand, the default first: numbers come from customers, words from a model.

    `model_seconds` is what the language model may take, corrections included.
    """
    if chat is None:
        return {"choice": choice}
    return {
        "grounded": GroundedReactions(choice, chat, model_seconds),
        "choice": choice,
        "llm": ModelReactions(
            choice.customers,
            chat,
            deadline_seconds=model_seconds,
            retriever=choice.retriever,
        ),
    }
