"""What every SimulationStore and BatchStore promises, put to each implementer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from adapters.store import SqlSimulationStore
from domain.batches.batch import Batch, Place, PlannedRow
from domain.errors import IdempotencyConflict, InvalidInput, QueueFull
from domain.simulations.backlog import Backlog
from domain.simulations.simulation import (
    CallState,
    Counts,
    Failure,
    Idempotency,
    LeasedCall,
    LeftOut,
    SimulationState,
    Summary,
)
from tests.fakes.disks import Disk
from tests.fakes.simulations import a_reaction, a_request, finish, some_calls

LEASE_SECONDS = 30.0
NO_SUMMARY = Summary(scenarios=())
FAILURE = Failure(code="timeout", detail="no reaction within 120 s; retry")


def claim_all(store: SqlSimulationStore, owner: str = "worker") -> Sequence[LeasedCall]:
    return store.claim(owner, 1_000, LEASE_SECONDS)


def finish_all(store: SqlSimulationStore) -> None:
    for leased in claim_all(store):
        assert finish(store, leased, a_reaction(), 1.0)


def test_a_restart_keeps_everything(disk: Disk, store: SqlSimulationStore) -> None:
    store.submit("sim_a", a_request(labels={"team": "pricing"}), some_calls(3))
    finish(store, claim_all(store)[0], a_reaction(), 12.5)
    before = store.get("sim_a"), store.records("sim_a", 10)
    store.close()

    again = disk.open()

    assert (again.get("sim_a"), again.records("sim_a", 10)) == before
    assert again.page(10, label="team:pricing")[0] == [before[0]]


def test_a_simulation_never_submitted_is_none(store: SqlSimulationStore) -> None:
    assert store.get("sim_unknown") is None
    assert store.records("sim_unknown", 10) == []


def test_what_is_read_back_is_what_was_stored(store: SqlSimulationStore) -> None:
    calls = some_calls(2)
    store.submit("sim_a", a_request(), calls)
    first, second = claim_all(store)

    finish(store, first, a_reaction("Grüße \N{THUMBS UP SIGN}"), 12.5)
    finish(store, second, FAILURE, 7.25)

    done, failed = store.records("sim_a", 10)
    assert (done.call, failed.call) == calls
    assert done.reaction == a_reaction("Grüße \N{THUMBS UP SIGN}")
    assert (done.state, done.failure, done.latency_ms) == (CallState.DONE, None, 12.5)
    assert (failed.state, failed.failure, failed.reaction) == (CallState.FAILED, FAILURE, None)


def test_who_is_left_out_is_kept(store: SqlSimulationStore) -> None:
    left_out = LeftOut(scenario_index=0, persona_id="per_1", segment_id="S2", reason="nobody")
    store.submit("sim_a", a_request(), some_calls(1), left_out=[left_out])
    store.submit("sim_b", a_request(), some_calls(1))
    found = {name: store.get(name) for name in ("sim_a", "sim_b")}
    assert {name: each and each.left_out for name, each in found.items()} == {
        "sim_a": (left_out,),
        "sim_b": (),
    }


def test_counts_follow_the_calls(disk: Disk, store: SqlSimulationStore) -> None:
    submitted, _ = store.submit("sim_a", a_request(), some_calls(4))
    assert (submitted.state, submitted.started_at) == (SimulationState.QUEUED, None)
    disk.clock.seconds += 1

    first, second, _ = store.claim("worker", 3, LEASE_SECONDS)
    finish(store, first, a_reaction(), 1.0)
    finish(store, second, FAILURE, 1.0)

    running = store.get("sim_a")
    assert running is not None
    assert running.state is SimulationState.RUNNING
    assert running.started_at is not None
    assert running.started_at > running.created_at == submitted.created_at
    assert running.counts == Counts(total=4, done=1, failed=1, running=1, pending=1)
    assert running.progress == 0.5


def test_records_come_by_index_in_pages(store: SqlSimulationStore) -> None:
    store.submit("sim_a", a_request(), some_calls(5))

    assert [r.call.index for r in store.records("sim_a", 2)] == [0, 1]
    assert [r.call.index for r in store.records("sim_a", 10, after=1)] == [2, 3, 4]


def test_the_same_key_and_request_is_the_same_simulation(store: SqlSimulationStore) -> None:
    promise = Idempotency("key-1", "hash-1")
    first, replayed = store.submit("sim_a", a_request(), some_calls(2), promise)
    assert not replayed

    again, replayed = store.submit("sim_b", a_request(), some_calls(2), promise)

    assert replayed
    assert again == first
    assert store.get("sim_b") is None


def test_the_same_key_with_another_request_is_a_conflict(store: SqlSimulationStore) -> None:
    store.submit("sim_a", a_request(), some_calls(2), Idempotency("key-1", "hash-1"))

    with pytest.raises(IdempotencyConflict):
        store.submit("sim_b", a_request(), some_calls(2), Idempotency("key-1", "hash-2"))

    assert store.get("sim_b") is None


def test_requests_racing_with_one_key_make_one_simulation(disk: Disk) -> None:
    stores = [disk.open() for _ in range(6)]
    promise = Idempotency("key-1", "hash-1")

    with ThreadPoolExecutor(6) as threads:
        answers = list(
            threads.map(
                lambda n: stores[n].submit(f"sim_{n}", a_request(), some_calls(2), promise),
                range(6),
            )
        )

    assert len({simulation.id for simulation, _ in answers}) == 1
    assert Counter(replayed for _, replayed in answers) == {True: 5, False: 1}
    assert len(stores[0].page(10)[0]) == 1


def test_a_full_queue_accepts_nothing_until_calls_are_over(disk: Disk) -> None:
    store = disk.open(max_unfinished_calls=5)
    store.submit("sim_a", a_request(), some_calls(3))

    with pytest.raises(QueueFull) as refusal:
        store.submit("sim_b", a_request(labels={"a": "b"}), some_calls(3))

    assert refusal.value.retry_after_seconds > 0
    assert store.get("sim_b") is None
    finish(store, store.claim("worker", 1, LEASE_SECONDS)[0], a_reaction(), 1.0)
    store.submit("sim_b", a_request(), some_calls(3))
    assert store.get("sim_b") is not None


def test_a_replay_is_answered_even_when_the_queue_is_full(disk: Disk) -> None:
    store = disk.open(max_unfinished_calls=3)
    store.submit("sim_a", a_request(), some_calls(3), Idempotency("key-1", "hash-1"))

    _, replayed = store.submit("sim_b", a_request(), some_calls(3), Idempotency("key-1", "hash-1"))

    assert replayed


def test_a_call_is_leased_to_one_worker_only(disk: Disk, store: SqlSimulationStore) -> None:
    for number in range(3):
        store.submit(f"sim_{number}", a_request(), some_calls(40))
    workers = [disk.open() for _ in range(4)]

    def claim_to_the_end(number: int) -> list[LeasedCall]:
        taken: list[LeasedCall] = []
        while more := workers[number].claim(f"worker-{number}", 3, LEASE_SECONDS):
            taken += more
        return taken

    with ThreadPoolExecutor(4) as threads:
        taken = [leased for part in threads.map(claim_to_the_end, range(4)) for leased in part]

    assert len(taken) == 120
    assert len({(leased.simulation_id, leased.call.index) for leased in taken}) == 120


def test_a_leased_call_carries_what_is_asked(store: SqlSimulationStore) -> None:
    request, calls = a_request("Free roaming in Canada."), some_calls(1)
    store.submit("sim_a", request, calls)

    (leased,) = store.claim("worker", 5, LEASE_SECONDS)

    assert (leased.simulation_id, leased.call, leased.owner) == ("sim_a", calls[0], "worker")
    assert (leased.request, leased.scenario) == (request, request.scenarios[0])


def test_a_small_simulation_does_not_wait_for_a_large_one(store: SqlSimulationStore) -> None:
    store.submit("sim_large", a_request(), some_calls(500))
    store.submit("sim_small", a_request(), some_calls(3))

    shared = Counter(leased.simulation_id for leased in store.claim("worker", 4, LEASE_SECONDS))
    one_by_one = [store.claim("worker", 1, LEASE_SECONDS)[0].simulation_id for _ in range(2)]

    assert shared == {"sim_large": 2, "sim_small": 2}
    assert set(one_by_one) == {"sim_large", "sim_small"}


def test_room_a_small_simulation_leaves_goes_to_the_large(store: SqlSimulationStore) -> None:
    store.submit("sim_small", a_request(), some_calls(1))
    store.submit("sim_large", a_request(), some_calls(50))

    claimed = store.claim("worker", 20, LEASE_SECONDS)

    counted = Counter(leased.simulation_id for leased in claimed)
    assert counted == {"sim_small": 1, "sim_large": 19}


def test_an_expired_lease_passes_to_another_worker(disk: Disk, store: SqlSimulationStore) -> None:
    store.submit("sim_a", a_request(), some_calls(1))
    (stale,) = store.claim("zombie", 1, LEASE_SECONDS)
    assert store.claim("heir", 1, LEASE_SECONDS) == []

    disk.clock.seconds += LEASE_SECONDS
    (fresh,) = store.claim("heir", 1, LEASE_SECONDS)

    assert (fresh.call, fresh.owner) == (stale.call, "heir")
    assert fresh.attempts == stale.attempts + 1


def test_a_zombie_stores_nothing(disk: Disk, store: SqlSimulationStore) -> None:
    store.submit("sim_a", a_request(), some_calls(1))
    (stale,) = store.claim("worker", 1, LEASE_SECONDS)
    disk.clock.seconds += LEASE_SECONDS
    (fresh,) = store.claim("worker", 1, LEASE_SECONDS)

    assert not finish(store, stale, a_reaction("too late"), 1.0)
    assert store.records("sim_a", 1)[0].reaction is None
    assert finish(store, fresh, a_reaction("in time"), 1.0)
    assert not finish(store, stale, a_reaction("too late"), 1.0)

    assert store.records("sim_a", 1)[0].reaction == a_reaction("in time")


def test_a_call_is_finished_once(store: SqlSimulationStore) -> None:
    store.submit("sim_a", a_request(), some_calls(1))
    (leased,) = claim_all(store)

    assert finish(store, leased, a_reaction("first"), 1.0)
    assert not finish(store, leased, FAILURE, 1.0)

    assert store.records("sim_a", 1)[0].reaction == a_reaction("first")


def test_a_late_outcome_counts_while_nobody_took_over(
    disk: Disk, store: SqlSimulationStore
) -> None:
    store.submit("sim_a", a_request(), some_calls(1))
    (leased,) = claim_all(store)
    disk.clock.seconds += 10 * LEASE_SECONDS

    assert finish(store, leased, a_reaction(), 1.0)


def test_outcomes_of_many_threads_are_all_stored(store: SqlSimulationStore) -> None:
    store.submit("sim_a", a_request(), some_calls(100))
    claimed = claim_all(store)

    with ThreadPoolExecutor(16) as threads:
        kept = list(
            threads.map(lambda one: finish(store, one, a_reaction(str(one.call.index)), 1), claimed)
        )

    assert all(kept)
    words = [r.reaction and r.reaction.reasoning for r in store.records("sim_a", 100)]
    assert words == [str(index) for index in range(100)]


def test_an_extended_lease_holds(disk: Disk, store: SqlSimulationStore) -> None:
    store.submit("sim_a", a_request(), some_calls(2))
    claimed = claim_all(store)
    finish(store, claimed[0], a_reaction(), 1.0)
    disk.clock.seconds += LEASE_SECONDS - 1

    still_held = store.extend(claimed, LEASE_SECONDS)

    assert still_held == [claimed[1]]
    disk.clock.seconds += LEASE_SECONDS - 1
    assert store.claim("heir", 2, LEASE_SECONDS) == []


def test_a_released_call_is_ready_at_once(store: SqlSimulationStore) -> None:
    store.submit("sim_a", a_request(), some_calls(2))
    claimed = claim_all(store)
    finish(store, claimed[0], a_reaction(), 1.0)

    store.release(claimed)

    (taken,) = store.claim("heir", 2, LEASE_SECONDS)
    assert taken.call == claimed[1].call
    assert not finish(store, claimed[1], a_reaction(), 1.0)
    assert store.records("sim_a", 1)[0].state is CallState.DONE


def test_pages_go_from_new_to_old_whatever_arrives_meanwhile(
    disk: Disk, store: SqlSimulationStore
) -> None:
    for number in range(5):
        store.submit(f"sim_{number}", a_request(), some_calls(1))
        disk.clock.seconds += number % 2  # two at a time share a moment

    newest, after = store.page(2)
    store.submit("sim_new", a_request(), some_calls(1))
    middle, after = store.page(2, after)
    oldest, end = store.page(2, after)

    listed = [simulation.id for simulation in (*newest, *middle, *oldest)]
    assert listed == ["sim_4", "sim_3", "sim_2", "sim_1", "sim_0"]
    assert end is None


def test_pages_can_be_of_one_state_or_label(store: SqlSimulationStore) -> None:
    store.submit("sim_a", a_request(labels={"team": "pricing"}), some_calls(1))
    finish_all(store)
    store.submit("sim_b", a_request(labels={"team": "retention"}), some_calls(1))

    queued, _ = store.page(10, state=SimulationState.QUEUED)
    labeled, _ = store.page(10, label="team:pricing")

    assert [simulation.id for simulation in queued] == ["sim_b"]
    assert [simulation.id for simulation in labeled] == ["sim_a"]
    assert store.page(10, state=SimulationState.QUEUED, label="team:pricing") == ([], None)


def test_a_label_is_found_whichever_of_its_colons_parts_name_and_value(
    store: SqlSimulationStore,
) -> None:
    both = {"a": "b:c", "a:b": "c"}
    for name, labels in (("sim_a", {"a:b": "c"}), ("sim_b", both), ("sim_c", {"a": "b"})):
        store.submit(name, a_request(labels=labels), some_calls(1))

    found, _ = store.page(10, label="a:b:c")

    assert [simulation.id for simulation in found] == ["sim_b", "sim_a"]


@pytest.mark.parametrize("cursor", ["", "7", ".sim_a", "x.sim_a", "²3.sim_a", "9" * 30 + ".sim_a"])
def test_a_cursor_of_the_clients_own_making_is_refused(
    store: SqlSimulationStore, cursor: str
) -> None:
    with pytest.raises(InvalidInput):
        store.page(10, cursor)


def test_a_simulation_is_concluded_once(store: SqlSimulationStore) -> None:
    store.submit("sim_a", a_request(), some_calls(2))
    assert store.unconcluded(10) == []
    assert not store.conclude("sim_a", SimulationState.SUCCEEDED, NO_SUMMARY, None)
    finish_all(store)
    assert store.unconcluded(10) == ["sim_a"]

    assert store.conclude("sim_a", SimulationState.SUCCEEDED, NO_SUMMARY, None)
    assert not store.conclude("sim_a", SimulationState.FAILED, None, FAILURE)

    concluded = store.get("sim_a")
    assert concluded is not None
    assert (concluded.state, concluded.error) == (SimulationState.SUCCEEDED, None)
    assert concluded.summary == NO_SUMMARY
    assert concluded.ended_at is not None
    assert store.unconcluded(10) == []


def test_an_error_is_kept_with_the_simulation(store: SqlSimulationStore) -> None:
    store.submit("sim_a", a_request(), some_calls(1))
    finish_all(store)

    store.conclude("sim_a", SimulationState.FAILED, None, FAILURE)

    failed = store.get("sim_a")
    assert failed is not None
    assert (failed.state, failed.error, failed.summary) == (SimulationState.FAILED, FAILURE, None)


def test_the_unconcluded_come_oldest_first(disk: Disk, store: SqlSimulationStore) -> None:
    for name in ("sim_old", "sim_new", "sim_newest"):
        store.submit(name, a_request(), some_calls(1))
        disk.clock.seconds += 1
    finish_all(store)

    assert store.unconcluded(2) == ["sim_old", "sim_new"]


def a_batch(number: int = 0) -> Batch:
    """One row refused, and one whose place is a call of the simulation."""
    rows = (
        PlannedRow(number=number, outcome=FAILURE),
        PlannedRow(number=number + 1, outcome=Place(part=0, index=3)),
    )
    return Batch(function="ask", rows_hash="0" * 64, rows=rows, simulation_ids=("sim_a",))


def test_a_batch_is_found_by_another_process(disk: Disk, store: SqlSimulationStore) -> None:
    assert store.find_batch("one") is None
    assert store.keep_batch("one", a_batch()) == a_batch()

    assert disk.open().find_batch("one") == a_batch()
    assert store.find_batch("two") is None


def test_of_two_who_send_a_batch_the_first_is_kept(disk: Disk, store: SqlSimulationStore) -> None:
    stores = [store, disk.open()]
    with ThreadPoolExecutor(8) as threads:
        kept = list(threads.map(lambda n: stores[n % 2].keep_batch("one", a_batch(n)), range(16)))

    assert kept == [kept[0]] * 16
    assert store.find_batch("one") == kept[0]


def test_a_concluded_simulation_is_undelivered_until_noted(disk: Disk) -> None:
    store = disk.open()
    for name in ("sim_a", "sim_b", "sim_c"):
        store.submit(name, a_request(), some_calls(1))
    finish_all(store)
    for name in ("sim_b", "sim_a"):
        disk.clock.seconds += 1
        store.conclude(name, SimulationState.FAILED, None, FAILURE)
    assert store.undelivered(10) == ["sim_b", "sim_a"]
    assert store.undelivered(1) == ["sim_b"]

    store.note_delivered("sim_b")
    store.note_delivered("sim_b")

    assert disk.open().undelivered(10) == ["sim_a"]


def test_the_backlog_is_what_is_not_over_and_how_long_it_has_waited(
    disk: Disk, store: SqlSimulationStore
) -> None:
    assert store.backlog() == Backlog()
    store.submit("sim_old", a_request(), some_calls(3))
    disk.clock.seconds += 60
    store.submit("sim_new", a_request(), some_calls(2))
    disk.clock.seconds += 5
    assert store.backlog() == Backlog(ready=5, leased=0, oldest_ready_seconds=65)

    for leased in store.claim("worker", 4, LEASE_SECONDS)[:1]:
        finish(store, leased, a_reaction(), 1.0)
    assert store.backlog() == Backlog(ready=1, leased=3, oldest_ready_seconds=65)

    claim_all(store)
    assert store.backlog() == Backlog(ready=0, leased=4)
