"""What a SimulationStore promises about simulations that are cancelled, retried, deleted, old."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from adapters.store import SqlSimulationStore
from domain.errors import NotStorable, QueueFull, StateConflict
from domain.simulations.simulation import (
    CallState,
    Counts,
    Failure,
    FinishedCall,
    Idempotency,
    LeasedCall,
    Replay,
    Simulation,
    SimulationState,
    Summary,
)
from domain.simulations.usage import Budget, Spent
from tests.contract.test_simulation_store import a_batch
from tests.fakes.disks import Disk
from tests.fakes.simulations import a_reaction, a_request, finish, some_calls

LEASE_SECONDS = 30.0
DAY_SECONDS = 86_400.0
FAILURE = Failure(code="timeout", detail="no reaction within 120 s; retry")
ONE_CALL = Spent(calls=1, tokens=100, cost_dollars=0.5)


def claim(store: SqlSimulationStore, limit: int = 100) -> Sequence[LeasedCall]:
    return store.claim("worker", limit, LEASE_SECONDS)


def found(store: SqlSimulationStore, simulation_id: str = "sim_a") -> Simulation:
    simulation = store.get(simulation_id)
    assert simulation is not None
    return simulation


def states(store: SqlSimulationStore, simulation_id: str = "sim_a") -> list[CallState]:
    return [record.state for record in store.records(simulation_id, 100)]


def conclude(store: SqlSimulationStore, state: SimulationState, name: str = "sim_a") -> None:
    assert store.conclude(name, state, Summary(scenarios=()), None)


def submit_ended(store: SqlSimulationStore, name: str, failed: int = 0) -> None:
    """A final simulation of three calls, the first of which failed."""
    store.submit(name, a_request(labels={"a": "b"}), some_calls(3), Idempotency(name, "hash"))
    for leased in claim(store):
        outcome = FAILURE if leased.call.index < failed else a_reaction()
        assert finish(store, leased, outcome, 1.0, ONE_CALL)
    conclude(store, SimulationState.PARTIAL if failed else SimulationState.SUCCEEDED, name)


def test_nothing_of_a_cancelled_simulation_begins(store: SqlSimulationStore) -> None:
    store.submit("sim_a", a_request(), some_calls(3))
    (running,) = claim(store, 1)

    cancelled = store.cancel("sim_a")

    assert cancelled is not None
    assert cancelled.state is SimulationState.CANCELLING
    assert cancelled.counts == Counts(total=3, done=0, failed=0, running=1, pending=0, cancelled=2)
    assert claim(store) == []
    assert store.extend([running], LEASE_SECONDS) == []
    store.release([running])
    assert states(store) == [CallState.CANCELLED] * 3
    assert store.unconcluded(9) == ["sim_a"]


def test_a_reaction_had_while_cancelling_is_kept(store: SqlSimulationStore) -> None:
    store.submit("sim_a", a_request(), some_calls(2))
    (running,) = claim(store, 1)
    store.cancel("sim_a")

    assert finish(store, running, a_reaction(), 1.0)

    assert states(store) == [CallState.DONE, CallState.CANCELLED]
    conclude(store, SimulationState.SUCCEEDED)
    assert found(store).state is SimulationState.CANCELLED


def test_what_a_killed_worker_held_is_cancelled_with_its_lease(
    disk: Disk, store: SqlSimulationStore
) -> None:
    store.submit("sim_a", a_request(), some_calls(2))
    (killed,) = claim(store, 1)
    store.cancel("sim_a")
    assert claim(store) == []
    assert store.unconcluded(9) == []

    disk.clock.seconds += LEASE_SECONDS

    assert claim(store) == []
    assert store.unconcluded(9) == ["sim_a"]
    assert not finish(store, killed, a_reaction(), 1.0)


def test_a_final_simulation_is_not_cancelled(store: SqlSimulationStore) -> None:
    submit_ended(store, "sim_a")

    assert store.cancel("sim_a") == found(store)
    assert found(store).state is SimulationState.SUCCEEDED
    assert store.cancel("sim_unknown") is None


def test_a_retry_asks_again_only_what_was_not_had(store: SqlSimulationStore) -> None:
    submit_ended(store, "sim_a", failed=1)
    before = store.records("sim_a", 9)
    store.note_delivered("sim_a")

    retried = store.retry("sim_a")

    assert retried is not None
    assert (retried.state, retried.summary, retried.ended_at) == ("queued", None, None)
    (again,) = claim(store)
    assert (again.call.index, again.attempts) == (0, 2)
    assert finish(store, again, a_reaction("at last"), 1.0, ONE_CALL)
    conclude(store, SimulationState.SUCCEEDED)
    assert store.records("sim_a", 9)[1:] == before[1:]
    assert found(store).spent == Spent(calls=4, tokens=400, cost_dollars=2.0)
    assert store.undelivered(9) == ["sim_a"]


@pytest.mark.parametrize("failed", [0, None])
def test_without_anything_to_retry_nothing_is(
    store: SqlSimulationStore, failed: int | None
) -> None:
    if failed is None:
        store.submit("sim_a", a_request(), some_calls(3))
    else:
        submit_ended(store, "sim_a", failed)
    before = found(store)

    with pytest.raises(StateConflict):
        store.retry("sim_a")

    assert found(store) == before
    assert store.retry("sim_unknown") is None


def test_a_retry_waits_for_room_in_the_queue(disk: Disk) -> None:
    store = disk.open(max_unfinished_calls=3)
    submit_ended(store, "sim_a", failed=2)
    store.submit("sim_b", a_request(), some_calls(2))

    with pytest.raises(QueueFull):
        store.retry("sim_a")

    assert found(store).state is SimulationState.PARTIAL


def test_a_call_put_off_comes_back_when_its_time_has_come(
    disk: Disk, store: SqlSimulationStore
) -> None:
    store.submit("sim_a", a_request(), some_calls(1))
    (first,) = claim(store)

    assert store.put_off(first, 5.0, ONE_CALL)
    assert claim(store) == []
    disk.clock.seconds += 5

    (second,) = claim(store)
    assert (second.failures, second.attempts) == (1, 2)
    assert found(store).spent == ONE_CALL
    assert not store.put_off(first, 5.0, ONE_CALL)
    assert not finish(store, first, a_reaction(), 1.0)


@pytest.mark.parametrize(
    "budget",
    [Budget(max_calls=3), Budget(max_tokens=300), Budget(max_cost_dollars=1.2)],
)
def test_a_budget_ends_what_it_does_not_pay_for(store: SqlSimulationStore, budget: Budget) -> None:
    store.submit("sim_a", a_request(budget=budget), some_calls(9))

    while claimed := claim(store):
        for leased in claimed:
            finish(store, leased, a_reaction(), 1.0, ONE_CALL)

    assert states(store) == [CallState.DONE] * 3 + [CallState.CANCELLED] * 6
    assert store.unconcluded(9) == ["sim_a"]


def test_a_spent_budget_is_resumed_with_a_larger_one(store: SqlSimulationStore) -> None:
    store.submit("sim_a", a_request(budget=Budget(max_calls=1)), some_calls(3))
    finish(store, claim(store)[0], a_reaction(), 1.0, ONE_CALL)
    assert claim(store) == []
    conclude(store, SimulationState.BUDGET_EXHAUSTED)
    with pytest.raises(StateConflict, match="larger budget"):
        store.retry("sim_a")

    store.retry("sim_a", Budget(max_calls=2))

    assert len(claim(store)) == 1
    assert found(store).budget == Budget(max_calls=2)
    assert found(store).request.budget == Budget(max_calls=1)


def test_a_budget_that_waits_holds_nobody_up(store: SqlSimulationStore) -> None:
    store.submit("sim_a", a_request(budget=Budget(max_tokens=1_000)), some_calls(9))
    store.submit("sim_b", a_request(), some_calls(9))

    claimed = [leased.simulation_id for leased in claim(store, 5)]
    one_by_one = [claim(store, 1)[0].simulation_id for _ in range(3)]

    assert sorted(claimed) == ["sim_a"] + ["sim_b"] * 4
    assert one_by_one == ["sim_b"] * 3


def test_a_deleted_simulation_leaves_its_id_only(store: SqlSimulationStore) -> None:
    submit_ended(store, "sim_a")
    store.note_delivered("sim_a")

    assert store.delete("sim_a")

    assert (store.get("sim_a"), store.records("sim_a", 9), store.page(9)[0]) == (None, [], [])
    assert store.is_gone("sim_a", "public")
    assert not store.is_gone("sim_a", "somebody else")
    assert not store.is_gone("sim_unknown")
    assert not store.delete("sim_a")
    _, replayed = store.submit("sim_b", a_request(), some_calls(1), Idempotency("sim_a", "hash"))
    assert not replayed


def test_what_is_worked_on_cannot_be_deleted(store: SqlSimulationStore) -> None:
    store.submit("sim_a", a_request(), some_calls(1))

    with pytest.raises(StateConflict, match="cancel it first"):
        store.delete("sim_a")

    assert found(store).counts.total == 1


def test_what_ended_long_ago_expires(disk: Disk, store: SqlSimulationStore) -> None:
    submit_ended(store, "sim_old")
    store.keep_batch("old", a_batch())
    disk.clock.seconds += DAY_SECONDS
    submit_ended(store, "sim_new")
    store.submit("sim_running", a_request(), some_calls(1))

    assert store.expire(DAY_SECONDS / 2, 9, delivered_only=False) == 1

    assert {simulation.id for simulation in store.page(9)[0]} == {"sim_new", "sim_running"}
    assert store.is_gone("sim_old")
    assert store.find_batch("old") is None
    disk.clock.seconds += DAY_SECONDS
    store.expire(DAY_SECONDS / 2, 9, delivered_only=False)
    assert not store.is_gone("sim_old")


def test_what_the_log_has_not_heard_of_may_be_spared(disk: Disk, store: SqlSimulationStore) -> None:
    submit_ended(store, "sim_a")
    submit_ended(store, "sim_b")
    store.note_delivered("sim_b")
    disk.clock.seconds += DAY_SECONDS

    assert store.expire(1.0, 9, delivered_only=True) == 1

    assert [simulation.id for simulation in store.page(9)[0]] == ["sim_a"]


def test_a_replay_says_of_what_and_later_how_it_compares(store: SqlSimulationStore) -> None:
    store.submit("sim_b", a_request(), some_calls(1), replay_of="sim_a")
    assert found(store, "sim_b").replay == Replay(of="sim_a")
    finish(store, claim(store)[0], a_reaction(), 1.0)

    compared = Replay(of="sim_a", identical=False, differing=1)
    store.conclude("sim_b", SimulationState.SUCCEEDED, None, None, compared)

    assert found(store, "sim_b").replay == compared


def test_tenants_see_their_own_simulations_only(store: SqlSimulationStore) -> None:
    promise = Idempotency("key-1", "hash-1")
    store.submit("sim_a", a_request(), some_calls(1), promise, tenant="a")

    _, replayed = store.submit("sim_b", a_request(), some_calls(1), promise, tenant="b")

    assert not replayed
    assert store.get("sim_a", "b") is None
    assert [simulation.id for simulation in store.page(9, tenant="b")[0]] == ["sim_b"]
    again = store.find_submitted(promise, "a")
    assert again == store.get("sim_a", "a") is not None
    assert store.find_submitted(promise, "c") is None


def test_a_tenant_with_much_to_do_does_not_hold_up_another(store: SqlSimulationStore) -> None:
    for number in range(5):
        store.submit(f"sim_a{number}", a_request(), some_calls(20), tenant="a")
    store.submit("sim_b", a_request(), some_calls(20), tenant="b")

    together = [leased.simulation_id for leased in claim(store, 10)]
    one_by_one = [claim(store, 1)[0].simulation_id for _ in range(4)]

    assert together.count("sim_b") == 5
    assert len(set(together)) == 6
    assert one_by_one.count("sim_b") == 2


def test_a_stream_of_small_simulations_does_not_starve_another_tenant(
    store: SqlSimulationStore,
) -> None:
    store.submit("sim_b", a_request(), some_calls(20), tenant="b")
    taken = []
    for number in range(6):
        store.submit(f"sim_a{number}", a_request(), some_calls(1), tenant="a")
        taken.append(claim(store, 1)[0].simulation_id)

    assert taken.count("sim_b") == 3


def test_all_workers_together_hold_no_more_than_the_limit(disk: Disk) -> None:
    stores = [disk.open(max_leased_calls=5) for _ in range(2)]
    stores[0].submit("sim_a", a_request(), some_calls(20))

    taken = [len(store.claim("worker", 4, LEASE_SECONDS)) for store in stores * 2]

    assert taken == [4, 1, 0, 0]
    disk.clock.seconds += LEASE_SECONDS
    assert len(claim(stores[0])) == 5


def test_a_tenants_queue_is_full_before_that_of_all(disk: Disk) -> None:
    store = disk.open(max_unfinished_calls=10, max_unfinished_calls_per_tenant=4)
    store.submit("sim_a", a_request(), some_calls(3), tenant="a")

    with pytest.raises(QueueFull, match="the limit is 4"):
        store.submit("sim_b", a_request(), some_calls(2), tenant="a")

    store.submit("sim_c", a_request(), some_calls(4), tenant="b")
    assert store.get("sim_b") is None


def test_a_clock_set_back_delays_a_takeover_by_a_lease_only(
    disk: Disk, store: SqlSimulationStore
) -> None:
    store.submit("sim_a", a_request(), some_calls(1))
    (killed,) = claim(store)

    disk.clock.seconds -= DAY_SECONDS
    assert claim(store) == []
    disk.clock.seconds += LEASE_SECONDS

    (heir,) = claim(store)
    assert heir.attempts == killed.attempts + 1
    assert not finish(store, killed, a_reaction(), 1.0)


def test_a_clock_set_forward_lets_nobody_store_twice(disk: Disk, store: SqlSimulationStore) -> None:
    store.submit("sim_a", a_request(), some_calls(1))
    (early,) = claim(store)
    disk.clock.seconds += DAY_SECONDS
    (late,) = claim(store)

    assert finish(store, late, a_reaction("late"), 1.0)
    assert not finish(store, early, a_reaction("early"), 1.0)

    assert store.records("sim_a", 1)[0].reaction == a_reaction("late")


def lose(disk: Disk, store: SqlSimulationStore, owner: str) -> Sequence[LeasedCall]:
    """What a worker claims that dies of it."""
    claimed = store.claim(owner, 100, LEASE_SECONDS)
    disk.clock.seconds += LEASE_SECONDS
    return claimed


def test_a_call_whose_worker_is_lost_thrice_fails(disk: Disk, store: SqlSimulationStore) -> None:
    store.submit("sim_a", a_request(), some_calls(1))
    for owner in ("first", "second", "third"):
        (leased,) = lose(disk, store, owner)

    assert claim(store) == []

    (record,) = store.records("sim_a", 9)
    assert record.failure is not None
    assert (record.state, record.failure.code) == (CallState.FAILED, "worker_lost")
    assert not finish(store, leased, a_reaction(), 1.0)
    assert [number for number, _ in store.ended("sim_a", 9)] == [1]
    store.conclude("sim_a", SimulationState.FAILED, None, FAILURE)
    store.retry("sim_a")
    assert len(lose(disk, store, "fourth")) == len(claim(store)) == 1


def test_what_may_have_cost_workers_their_lives_is_claimed_by_itself(
    disk: Disk, store: SqlSimulationStore
) -> None:
    store.submit("sim_a", a_request(), some_calls(3))
    lose(disk, store, "first")
    lose(disk, store, "second")
    store.submit("sim_b", a_request(), some_calls(9))

    (alone,) = store.claim("third", 9, LEASE_SECONDS)

    assert alone.simulation_id == "sim_a"
    assert store.claim("third", 9, LEASE_SECONDS) == []
    others = store.claim("fourth", 5, LEASE_SECONDS)
    assert {leased.simulation_id for leased in others} == {"sim_b"}
    assert finish(store, alone, a_reaction(), 1.0)
    assert store.claim("fourth", 9, LEASE_SECONDS) == []  # until its hands are free
    store.release(others)
    (next_one,) = store.claim("fourth", 9, LEASE_SECONDS)
    assert next_one.simulation_id == "sim_a"


def test_a_request_that_a_lost_worker_had_leave_for_counts(
    disk: Disk, store: SqlSimulationStore
) -> None:
    store.submit("sim_a", a_request(budget=Budget(max_calls=2)), some_calls(9))
    assert len(lose(disk, store, "first")) == 2

    assert claim(store) == []

    assert states(store) == [CallState.CANCELLED] * 9
    assert found(store).spent == Spent(calls=2, estimated_calls=2)


def test_a_lost_request_costs_what_others_did(disk: Disk, store: SqlSimulationStore) -> None:
    store.submit("sim_a", a_request(budget=Budget(max_tokens=1_000)), some_calls(9))
    (first,) = claim(store)
    finish(store, first, a_reaction(), 1.0, ONE_CALL)
    lost = len(lose(disk, store, "first"))
    claim(store)
    assert found(store).spent.tokens == 100 + 100 * lost


def test_each_further_request_needs_leave_under_a_budget(store: SqlSimulationStore) -> None:
    store.submit("sim_a", a_request(budget=Budget(max_calls=3)), some_calls(2))
    first, second = claim(store)
    assert (first.budgeted, second.budgeted) == (True, True)

    assert store.reserve(first, ONE_CALL)
    assert not store.reserve(first, ONE_CALL)

    assert found(store).spent == ONE_CALL + ONE_CALL
    assert store.call_off(first, Spent())
    assert finish(store, second, a_reaction(), 1.0, ONE_CALL)
    assert states(store) == [CallState.CANCELLED, CallState.DONE]
    assert not store.reserve(second, ONE_CALL)


def test_what_a_call_has_spent_is_kept_when_it_is_handed_back(store: SqlSimulationStore) -> None:
    store.submit("sim_a", a_request(), some_calls(2))
    store.release(claim(store), [ONE_CALL, Spent()])
    assert found(store).spent == ONE_CALL


def test_an_outcome_that_cannot_be_stored_is_refused_alone(store: SqlSimulationStore) -> None:
    store.submit("sim_a", a_request(), some_calls(8))
    unfit = {0: Spent(tokens=2**63), 3: Spent(calls=10**30)}

    finished = [
        FinishedCall(leased, a_reaction(), 1.0, unfit.get(leased.call.index, ONE_CALL))
        for leased in claim(store)
    ]

    verdicts = store.finish(finished)

    refused = [verdict.code if isinstance(verdict, NotStorable) else None for verdict in verdicts]
    assert refused == ["not_storable", None, None, "not_storable", None, None, None, None]
    assert [verdict is True for verdict in verdicts] == [code is None for code in refused]
