"""The supervisor at work on a real store, with engines that do as they are told."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from adapters.store import SqlSimulationStore, open_store
from api.jobs.pace import Pace
from api.jobs.supervisor import Supervisor
from domain.catalog import Carrier
from domain.customers.panel import Panel
from domain.customers.segments import Segment
from domain.engines.reaction_model import ReactionModel
from domain.errors import (
    ChatBroken,
    ChatThrottled,
    DatasetMissing,
    EngineUnavailable,
    NotFound,
    Unavailable,
)
from domain.language_model.metering import metered_by
from domain.personas.persona import Persona
from domain.reactions import Engine, Reaction
from domain.scenarios.scenario import Scenario
from domain.simulations import Market
from domain.simulations.plan import plan_calls
from domain.simulations.simulation import (
    CallRecord,
    CallState,
    Failure,
    LeasedCall,
    Replay,
    Simulation,
    SimulationRequest,
    SimulationState,
    Summary,
)
from domain.simulations.usage import Budget, Usage
from tests.fakes.customers import FakeCustomers
from tests.fakes.disks import Clock
from tests.fakes.engines import AsksNoModel
from tests.fakes.simulations import a_reaction, a_request, finish

pytestmark = pytest.mark.anyio

PACE = Pace(
    concurrency=8,
    lease_seconds=30.0,
    poll_seconds=0.05,
    call_timeout_seconds=20.0,
    put_off_seconds=(),
)
CUSTOMER_WORDS = "my number is 555-0100"


@dataclass
class FakeModel(AsksNoModel):
    """An engine that says its seed after `seconds`, unless `trouble` is raised for a segment."""

    seconds: float = 0.0
    trouble: Callable[[str], Exception | None] = lambda _: None
    engine: Engine = "choice"
    requests: int = 0  # to a language model, for each reaction
    shut: bool = False  # until the gate is set nobody reacts
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[tuple[str, str, int]] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0

    async def react(
        self,
        scenario: Scenario,
        persona: Persona,
        panel: Panel,
        seed: int,
        earlier: Sequence[str] = (),
    ) -> Reaction:
        self.asked.append((scenario.text, persona.segment_id, seed))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            for _ in range(self.requests):
                meter = metered_by.get()
                assert meter is not None
                await meter.ask()
            await asyncio.sleep(self.seconds)
            if self.shut:
                await self.gate.wait()
        finally:
            self.at_once -= 1
        if error := self.trouble(persona.segment_id):
            raise error
        return a_reaction(seed=seed)


class HalfAnEmoji(FakeModel):
    """An engine whose words for one segment are no text, which nothing has noticed."""

    async def react(
        self,
        scenario: Scenario,
        persona: Persona,
        panel: Panel,
        seed: int,
        earlier: Sequence[str] = (),
    ) -> Reaction:
        reaction = await super().react(scenario, persona, panel, seed)
        if persona.segment_id != "S3":
            return reaction
        return reaction.model_copy(update={"reasoning": "\ud83d"})


def count_reactions(
    request: SimulationRequest,
    records: Sequence[CallRecord],
    segments: Sequence[Segment],
    carrier: Carrier,
    usage: Usage,
) -> Summary:
    """A summary that says nothing, made only of records that are over."""
    assert all(record.reaction or record.failure for record in records)
    return Summary(scenarios=())


class SlowToClaim:
    """A store that is still claiming when its supervisor is told to stop."""

    def __init__(self, store: SqlSimulationStore) -> None:
        self._store = store
        self.claiming, self.go_on = threading.Event(), threading.Event()

    def __getattr__(self, method: str) -> object:
        return getattr(self._store, method)

    def claim(self, owner: str, limit: int, lease_seconds: float) -> Sequence[LeasedCall]:
        claimed = self._store.claim(owner, limit, lease_seconds)
        self.claiming.set()
        self.go_on.wait(20)
        return claimed


def break_down(*_: object) -> Summary:
    """A summary with a bug in it."""
    raise ZeroDivisionError


class CountsRenewals:
    """A store that tells how often leases were pushed out."""

    def __init__(self, store: SqlSimulationStore) -> None:
        self._store = store
        self.times = 0

    def __getattr__(self, method: str) -> object:
        return getattr(self._store, method)

    def extend(self, leased: Sequence[LeasedCall], lease_seconds: float) -> Sequence[LeasedCall]:
        kept = self._store.extend(leased, lease_seconds)
        self.times += 1
        return kept


class ShakyStore:
    """A store whose disk fails the first `failures` times each of these methods is called."""

    def __init__(self, store: SqlSimulationStore, methods: Sequence[str], failures: int) -> None:
        self._store = store
        self._left = dict.fromkeys(methods, failures)

    def __getattr__(self, method: str) -> object:
        if self._left.get(method, 0) > 0:
            self._left[method] -= 1
            return self._fail
        return getattr(self._store, method)

    def _fail(self, *_: object) -> None:
        raise Unavailable("the simulation store", "try again")


class WithoutS1(FakeCustomers):
    """The customer base after a rebuild that found one segment less."""

    def personas(self) -> Sequence[Persona]:
        return [persona for persona in super().personas() if persona.segment_id != "S1"]


@dataclass
class Office:
    """A store with simulations in it, and supervisors hired to work on them."""

    store: SqlSimulationStore
    customers: FakeCustomers
    hired: list[Supervisor] = field(default_factory=list)

    def submit(self, simulation_id: str = "sim_a", **request: object) -> None:
        asked = a_request("Prices rise by $5 a month.", **request)
        people = self.customers
        calls = plan_calls(asked, people)
        self.store.submit(simulation_id, asked, calls)

    def hire(self, *models: ReactionModel, pace: Pace = PACE, store: object = None) -> Supervisor:
        by_engine: Mapping[Engine, ReactionModel] = {model.engine: model for model in models}
        supervisor = Supervisor(
            store or self.store,  # type: ignore[arg-type]  # stand-ins forward every method
            Market(self.customers),
            by_engine,
            summarize=count_reactions,
            pace=pace,
        )
        self.hired.append(supervisor)
        return supervisor

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not condition():  # noqa: ASYNC110 - a store on disk has no event
                await asyncio.sleep(0.005)

    async def until_final(self, simulation_id: str = "sim_a") -> Simulation:
        await self.until(lambda: self.get(simulation_id).state.final)
        return self.get(simulation_id)

    def get(self, simulation_id: str = "sim_a") -> Simulation:
        simulation = self.store.get(simulation_id)
        assert simulation is not None
        return simulation

    def records(self, simulation_id: str = "sim_a") -> Sequence[CallRecord]:
        return self.store.records(simulation_id, 10_000)


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    store = open_store(f"sqlite:///{tmp_path / 'simulations.db'}", max_unfinished_calls=10_000)
    office = Office(store, FakeCustomers())
    yield office
    for supervisor in office.hired:
        await supervisor.stop(0)
    store.close()


@pytest.fixture
def logs() -> Iterator[list[Mapping[str, object]]]:
    with capture_logs() as entries:
        yield entries  # type: ignore[misc]  # structlog's own entries are mutable mappings


async def test_every_call_is_asked_once_and_stored(office: Office) -> None:
    model = FakeModel()
    office.submit(repeats=3)

    simulation = await office.hire(model).run_until_final("sim_a")

    assert simulation.state is SimulationState.SUCCEEDED
    assert simulation.summary == Summary(scenarios=())
    assert simulation.counts.done == simulation.counts.total == len(model.asked) == 24
    assert [record.attempts for record in office.records()] == [1] * 24


async def test_scenarios_share_their_luck_and_repeats_do_not(office: Office) -> None:
    model = FakeModel()
    office.submit(scenarios=[{"text": "one"}, {"text": "two"}], repeats=3, seed=99)

    await office.hire(model).run_until_final("sim_a")

    luck = {
        text: sorted({seed for said, _, seed in model.asked if said == text})
        for text in ("one", "two")
    }
    assert luck["one"] == luck["two"]
    assert len(luck["one"]) == 3
    assert 99 in luck["one"]


async def test_no_more_calls_are_in_flight_than_allowed(office: Office) -> None:
    model = FakeModel(shut=True)
    office.submit(repeats=5)
    office.hire(model, pace=replace(PACE, concurrency=3)).start()
    await office.until(lambda: model.at_once == 3)

    model.gate.set()
    await office.until_final()

    assert model.most_at_once == 3


async def test_what_an_engine_cannot_do_is_a_fact_in_the_result(office: Office) -> None:
    def s3_is_missing(segment_id: str) -> Exception | None:
        return DatasetMissing("segment 3", "build it") if segment_id == "S3" else None

    office.submit()

    simulation = await office.hire(FakeModel(trouble=s3_is_missing)).run_until_final("sim_a")

    assert (simulation.state, simulation.error) == (SimulationState.PARTIAL, None)
    assert (simulation.counts.done, simulation.counts.failed) == (7, 1)
    (failed,) = [record for record in office.records() if record.failure]
    assert failed.call.segment_id == "S3"
    assert failed.failure == Failure(
        code="dataset_missing", detail="segment 3 is missing; build it"
    )


async def test_a_simulation_without_any_reaction_has_failed(office: Office) -> None:
    office.submit()
    model = FakeModel(trouble=lambda _: DatasetMissing("everything", "build it"))

    simulation = await office.hire(model).run_until_final("sim_a")

    assert (simulation.state, simulation.summary) == (SimulationState.FAILED, None)
    assert simulation.error is not None
    assert simulation.error.code == "no_reactions"
    assert "everything is missing" in simulation.error.detail


async def test_an_unexpected_error_tells_neither_client_nor_log_what_was_said(
    office: Office, logs: list[Mapping[str, object]]
) -> None:
    office.submit(panel={"segments": ["S1"]})
    model = FakeModel(trouble=lambda _: KeyError(CUSTOMER_WORDS))

    simulation = await office.hire(model).run_until_final("sim_a")

    (record,) = office.records()
    assert record.failure is not None
    assert record.failure.code == "internal"
    assert CUSTOMER_WORDS not in simulation.model_dump_json() + record.model_dump_json() + str(logs)
    (entry,) = [line for line in logs if line["log_level"] == "error"]
    assert (entry["event"], entry["error"], entry["call"]) == ("engine failed", "KeyError", 0)


async def test_an_outcome_that_cannot_be_stored_fails_its_call_at_once(
    office: Office, logs: list[Mapping[str, object]]
) -> None:
    office.submit(repeats=2)
    model = HalfAnEmoji()

    simulation = await office.hire(model).run_until_final("sim_a")

    assert (simulation.counts.done, simulation.counts.failed) == (14, 2)
    failures = [record.failure for record in office.records() if record.failure]
    assert {failure.code for failure in failures} == {"not_storable"}
    assert [record.attempts for record in office.records()] == [1] * 16
    assert {line["event"] for line in logs if line["log_level"] == "error"} == {
        "outcome not stored"
    }


async def test_a_call_that_never_ends_is_ended(office: Office) -> None:
    office.submit(panel={"segments": ["S1"]})
    pace = replace(PACE, call_timeout_seconds=0.05)

    await office.hire(FakeModel(seconds=3600), pace=pace).run_until_final("sim_a")

    (record,) = office.records()
    assert record.failure is not None
    assert record.failure.code == "timeout"


async def test_the_engine_asked_for_answers_and_else_the_first(office: Office) -> None:
    first, second = FakeModel(engine="grounded"), FakeModel(engine="choice")
    office.submit("sim_default", panel={"segments": ["S1"]})
    office.submit("sim_choice", panel={"segments": ["S2"]}, engine="choice")
    supervisor = office.hire(first, second)
    supervisor.start()

    await office.until_final("sim_default")
    await office.until_final("sim_choice")

    assert [segment for _, segment, _ in first.asked] == ["S1"]
    assert [segment for _, segment, _ in second.asked] == ["S2"]


async def test_an_engine_this_process_does_not_have_is_a_failure(office: Office) -> None:
    office.submit(engine="llm")

    simulation = await office.hire(FakeModel()).run_until_final("sim_a")

    assert simulation.error is not None
    assert str(EngineUnavailable("llm", ["choice"])) in simulation.error.detail


async def test_a_persona_gone_since_is_a_failure(office: Office) -> None:
    office.submit(panel={"segments": ["S1", "S2"]})
    office.customers = WithoutS1()

    simulation = await office.hire(FakeModel()).run_until_final("sim_a")

    assert simulation.state is SimulationState.PARTIAL
    assert [record.failure and record.failure.code for record in office.records()] == [
        "not_found",
        None,
    ]


async def test_a_request_is_taken_up_without_waiting_for_the_poll(office: Office) -> None:
    supervisor = office.hire(FakeModel(), pace=replace(PACE, poll_seconds=3600))
    supervisor.start()
    await asyncio.sleep(0.05)

    office.submit(repeats=3)
    supervisor.wake()

    assert (await office.until_final()).state is SimulationState.SUCCEEDED


async def test_running_calls_may_finish_within_the_grace(office: Office) -> None:
    model = FakeModel(shut=True)
    office.submit(repeats=4)
    supervisor = office.hire(model)
    supervisor.start()
    await office.until(lambda: model.at_once == 8)

    stopping = asyncio.create_task(supervisor.stop(20))
    await office.until(lambda: supervisor.draining)
    model.gate.set()
    await stopping

    counts = office.get().counts
    assert (counts.done, counts.running) == (len(model.asked), 0)
    assert counts.pending > 0


async def test_calls_that_outlast_the_grace_are_handed_back(office: Office) -> None:
    slow, quick = FakeModel(seconds=3600), FakeModel()
    office.submit()
    stopped = office.hire(slow)
    stopped.start()
    await office.until(lambda: slow.at_once == 8)

    await stopped.stop(0)

    assert (slow.at_once, office.get().counts.pending) == (0, 8)
    simulation = await office.hire(quick).run_until_final("sim_a")
    assert simulation.state is SimulationState.SUCCEEDED
    assert [record.attempts for record in office.records()] == [2] * 8


async def test_calls_claimed_while_stopping_are_handed_back_unasked(office: Office) -> None:
    office.submit()
    model, store = FakeModel(), SlowToClaim(office.store)
    supervisor = office.hire(model, store=store)
    supervisor.start()
    await office.until(store.claiming.is_set)

    stopping = asyncio.create_task(supervisor.stop(20))
    await asyncio.sleep(0)
    store.go_on.set()
    await stopping

    assert model.asked == []
    assert office.get().counts.pending == 8


async def test_a_killed_process_between_last_call_and_summary_is_healed(office: Office) -> None:
    office.submit()
    for leased in office.store.claim("killed", 8, 30.0):
        finish(office.store, leased, a_reaction(), 1.0)

    simulation = await office.hire(FakeModel()).run_until_final("sim_a")

    assert simulation.state is SimulationState.SUCCEEDED


async def test_a_lease_is_renewed_while_its_call_runs(tmp_path: Path) -> None:
    clock, model, rival = Clock(), FakeModel(seconds=3600), FakeModel()
    url = f"sqlite:///{tmp_path / 'simulations.db'}"
    store = open_store(url, max_unfinished_calls=10_000, clock=clock)
    office = Office(store, FakeCustomers())
    office.submit(panel={"segments": ["S1"]})
    renewing = CountsRenewals(store)
    pace = replace(PACE, lease_seconds=0.3)
    office.hire(model, pace=pace, store=renewing).start()
    await office.until(lambda: model.at_once == 1)

    office.hire(rival, pace=replace(PACE, lease_seconds=30.0)).start()
    for _ in range(4):  # the store's clock goes on by two thirds of a lease after each renewal
        renewed = renewing.times
        await office.until(lambda before=renewed: renewing.times > before + 1)  # type: ignore[misc]
        clock.seconds += 0.2

    assert (model.at_once, rival.asked) == (1, [])
    for supervisor in office.hired:
        await supervisor.stop(0)
    store.close()


@pytest.mark.parametrize("method", ["claim", "finish", "unconcluded", "conclude", "extend"])
async def test_a_store_that_fails_for_a_while_loses_nothing(office: Office, method: str) -> None:
    model = FakeModel(seconds=0.05)
    office.submit()
    shaky = ShakyStore(office.store, [method], failures=2)

    simulation = await office.hire(model, store=shaky).run_until_final("sim_a")

    assert simulation.state is SimulationState.SUCCEEDED
    assert Counter(segment for _, segment, _ in model.asked) == {f"S{n}": 1 for n in range(1, 9)}


async def test_a_store_that_fails_to_the_end_keeps_its_leases(office: Office) -> None:
    office.submit()
    model = FakeModel(seconds=3600)
    supervisor = office.hire(model, store=ShakyStore(office.store, ["release"], failures=1))
    supervisor.start()
    await office.until(lambda: model.at_once == 8)

    await supervisor.stop(0)

    assert office.get().counts.running == 8


async def test_a_summary_that_cannot_be_made_ends_the_simulation(office: Office) -> None:
    office.submit()
    supervisor = Supervisor(
        office.store,
        Market(office.customers),
        {"choice": FakeModel()},
        summarize=break_down,
        pace=PACE,
    )

    simulation = await supervisor.run_until_final("sim_a")

    assert simulation.state is SimulationState.FAILED
    assert simulation.error is not None
    assert simulation.error.code == "internal"
    assert all(record.state is CallState.DONE for record in office.records())


async def test_reactions_of_personas_of_another_build_are_not_scaled_by_this_one(
    office: Office,
) -> None:
    office.submit()
    for leased in office.store.claim("earlier", 8, 30.0):
        finish(office.store, leased, a_reaction(), 1.0)
    office.customers = WithoutS1()
    office.hire(FakeModel()).start()

    simulation = await office.until_final()

    assert (simulation.state, simulation.summary) == (SimulationState.FAILED, None)
    assert simulation.error is not None
    assert simulation.error.code == "other_build"


async def test_a_summary_waits_for_the_customer_base_to_come_back(office: Office) -> None:
    office.submit()
    for leased in office.store.claim("earlier", 8, 30.0):
        finish(office.store, leased, a_reaction(), 1.0)
    office.customers.built = False
    office.hire(FakeModel()).start()
    await asyncio.sleep(0.1)
    assert office.get().state is SimulationState.RUNNING

    office.customers.built = True

    assert (await office.until_final()).state is SimulationState.SUCCEEDED


async def test_two_supervisors_share_the_work_without_repeating_it(office: Office) -> None:
    models = FakeModel(shut=True), FakeModel(shut=True)
    office.submit(repeats=10)
    for model in models:
        office.hire(model, pace=replace(PACE, concurrency=4)).start()
    await office.until(lambda: all(model.at_once for model in models))

    for model in models:
        model.gate.set()
    await office.until_final()

    assert all(model.asked for model in models)
    assert sum(len(model.asked) for model in models) == 80


async def test_an_outcome_whose_lease_has_passed_on_is_dropped(office: Office) -> None:
    office.submit(panel={"segments": ["S1"]})
    pace = replace(PACE, lease_seconds=0.2)
    shaky = ShakyStore(office.store, ["extend"], failures=1_000)
    model = FakeModel(shut=True)
    office.hire(model, pace=replace(pace, poll_seconds=3600), store=shaky).start()
    await office.until(lambda: model.at_once == 1)

    taken: Sequence[LeasedCall] = ()
    while not taken:
        await asyncio.sleep(0.01)
        taken = office.store.claim("heir", 1, 30.0)
    model.gate.set()
    await office.until(lambda: model.at_once == 0)

    assert finish(office.store, taken[0], a_reaction("the heir's"), 1.0)
    assert [record.reaction for record in office.records()] == [a_reaction("the heir's")]


async def test_a_failure_that_passes_is_tried_again_and_holds_no_slot(office: Office) -> None:
    office.submit(panel={"segments": ["S1", "S2"]})
    troubles: list[Exception] = [ChatThrottled(), ChatBroken("it hung up")]

    def twice_for_s1(segment_id: str) -> Exception | None:
        return troubles.pop() if segment_id == "S1" and troubles else None

    pace = replace(PACE, concurrency=1, put_off_seconds=(0.1, 0.1))
    model = FakeModel(trouble=twice_for_s1, requests=1)
    simulation = await office.hire(model, pace=pace).run_until_final("sim_a")

    assert simulation.state is SimulationState.SUCCEEDED
    assert [segment for _, segment, _ in model.asked] == ["S1", "S2", "S1", "S1"]
    assert [record.attempts for record in office.records()] == [3, 1]
    assert simulation.spent.calls == 4


@pytest.mark.parametrize(
    ("trouble", "asked"),
    [(ChatThrottled(), 3), (DatasetMissing("it", "build it"), 1), (KeyError(), 1)],
)
async def test_what_does_not_pass_is_a_failure(
    office: Office, trouble: Exception, asked: int
) -> None:
    office.submit(panel={"segments": ["S1"]})
    model = FakeModel(trouble=lambda _: trouble)
    pace = replace(PACE, put_off_seconds=(0.01, 0.01))

    simulation = await office.hire(model, pace=pace).run_until_final("sim_a")

    assert simulation.state is SimulationState.FAILED
    assert len(model.asked) == asked


async def test_what_runs_in_another_process_is_stopped_by_its_heartbeat(office: Office) -> None:
    office.submit(repeats=2)
    model = FakeModel(seconds=3600)
    office.hire(model, pace=replace(PACE, lease_seconds=3.0)).start()
    await office.until(lambda: model.at_once == 8)

    office.store.cancel("sim_a")  # as another process would: nobody wakes this one

    simulation = await office.until_final()
    assert (simulation.state, simulation.summary, simulation.error) == ("cancelled", None, None)
    assert (model.at_once, len(model.asked)) == (0, 8)
    assert simulation.counts.cancelled == 16


async def test_what_was_had_before_a_cancellation_is_summarized(office: Office) -> None:
    office.submit()
    (first,) = office.store.claim("worker", 1, 30.0)
    finish(office.store, first, a_reaction(), 1.0)
    office.store.cancel("sim_a")

    simulation = await office.hire(FakeModel()).run_until_final("sim_a")

    assert (simulation.state, simulation.summary) == ("cancelled", Summary(scenarios=()))
    assert (simulation.counts.done, simulation.counts.cancelled) == (1, 7)


async def test_a_budget_that_is_used_up_is_the_end_until_a_larger_one(office: Office) -> None:
    office.submit(budget={"max_calls": 2})
    model = FakeModel(trouble=lambda _: KeyError(), requests=1)

    simulation = await office.hire(model, pace=replace(PACE, concurrency=1)).run_until_final(
        "sim_a"
    )

    assert simulation.state is SimulationState.BUDGET_EXHAUSTED
    assert simulation.error is not None
    assert simulation.error.code == "budget_exhausted"
    assert (simulation.counts.failed, simulation.counts.cancelled) == (2, 6)
    office.store.retry("sim_a", Budget(max_calls=99))
    resumed = await office.hire(FakeModel()).run_until_final("sim_a")
    assert resumed.state is SimulationState.SUCCEEDED


async def test_a_replay_that_comes_out_otherwise_says_so(office: Office) -> None:
    office.submit("sim_a")
    await office.hire(FakeModel()).run_until_final("sim_a")
    calls = [record.call for record in office.records("sim_a")]
    office.store.submit("sim_b", a_request(), calls, replay_of="sim_a")

    def s1_fails(segment_id: str) -> Exception | None:
        return KeyError() if segment_id == "S1" else None

    replayed = await office.hire(FakeModel(trouble=s1_fails)).run_until_final("sim_b")

    assert replayed.replay == Replay(of="sim_a", identical=False, differing=1)


async def test_what_was_kept_for_long_enough_is_deleted(office: Office) -> None:
    office.submit()
    await office.hire(FakeModel()).run_until_final("sim_a")

    office.hire(FakeModel(), pace=replace(PACE, kept_days=1e-9)).start()

    await office.until(lambda: office.store.get("sim_a") is None)
    assert office.store.is_gone("sim_a")


async def test_a_simulation_nobody_submitted_cannot_be_run(office: Office) -> None:
    with pytest.raises(NotFound):
        await office.hire(FakeModel()).run_until_final("sim_unknown")
