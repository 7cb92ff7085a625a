"""What every WebhookStore promises, put to each implementer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from adapters.store import SqlSimulationStore
from domain.simulations.simulation import Failure, SimulationState
from domain.webhooks import MOST_TRIES, WebhookFailed, seconds_before_next
from tests.fakes.disks import Disk
from tests.fakes.simulations import a_request, finish, some_calls

LEASE_SECONDS = 30.0
FAILURE = Failure(code="timeout", detail="no reaction within 120 s; retry")
URL = "https://hooks.example.com/cdt"
DOWN = WebhookFailed("status_503", "see that the receiver is up")
GONE = WebhookFailed("gone", "the receiver wants no more of it", lasting=True)


def submit(store: SqlSimulationStore, name: str, url: str | None = URL) -> None:
    store.submit(name, a_request(webhook_url=url), some_calls(1))


def end(store: SqlSimulationStore, name: str) -> None:
    for leased in store.claim("worker", 10, LEASE_SECONDS):
        finish(store, leased, FAILURE, 1.0)
    store.conclude(name, SimulationState.FAILED, None, FAILURE)


def test_a_webhook_is_due_once_its_simulation_has_ended(store: SqlSimulationStore) -> None:
    submit(store, "sim_a")
    submit(store, "sim_b", None)
    assert store.claim_webhooks("worker", 10, LEASE_SECONDS) == ()
    end(store, "sim_a")
    end(store, "sim_b")

    (due,) = store.claim_webhooks("worker", 10, LEASE_SECONDS)

    assert (due.simulation_id, due.state, due.url) == ("sim_a", SimulationState.FAILED, URL)
    assert (due.tries, due.owner) == (1, "worker")


def test_a_webhook_delivered_is_due_no_more(disk: Disk, store: SqlSimulationStore) -> None:
    submit(store, "sim_a")
    end(store, "sim_a")
    (due,) = store.claim_webhooks("worker", 10, LEASE_SECONDS)

    assert store.settle_webhook(due, None)

    assert not store.settle_webhook(due, DOWN)
    disk.clock.seconds += 1_000_000
    assert not store.claim_webhooks("worker", 10, LEASE_SECONDS)


def test_only_one_process_sends_at_a_time(disk: Disk) -> None:
    stores = [disk.open() for _ in range(4)]
    for name in ("sim_a", "sim_b", "sim_c"):
        submit(stores[0], name)
        end(stores[0], name)

    with ThreadPoolExecutor(4) as threads:
        claims = threads.map(
            lambda n: stores[n].claim_webhooks(str(n), 10, LEASE_SECONDS), range(4)
        )
        claimed = [due.simulation_id for claim in claims for due in claim]

    assert sorted(claimed) == ["sim_a", "sim_b", "sim_c"]


def test_what_a_killed_process_was_sending_is_sent_again_under_the_same_id(
    disk: Disk, store: SqlSimulationStore
) -> None:
    submit(store, "sim_a")
    end(store, "sim_a")
    (lost,) = store.claim_webhooks("killed", 10, LEASE_SECONDS)
    assert not store.claim_webhooks("heir", 10, LEASE_SECONDS)

    disk.clock.seconds += LEASE_SECONDS
    (due,) = store.claim_webhooks("heir", 10, LEASE_SECONDS)

    assert (due.message_id, due.tries) == (lost.message_id, 2)
    assert not store.settle_webhook(lost, None)
    assert store.settle_webhook(due, None)


def test_a_receiver_that_is_down_is_tried_five_times_ever_later(
    disk: Disk, store: SqlSimulationStore
) -> None:
    submit(store, "sim_a")
    end(store, "sim_a")
    ids = set()
    for tries in range(1, MOST_TRIES + 1):
        (due,) = store.claim_webhooks("worker", 10, LEASE_SECONDS)
        assert due.tries == tries
        ids.add(due.message_id)
        store.settle_webhook(due, DOWN)
        disk.clock.seconds += (seconds_before_next(tries) or 1_000_000) - 1
        assert not store.claim_webhooks("worker", 10, LEASE_SECONDS)
        disk.clock.seconds += 1

    assert len(ids) == 1
    assert not store.claim_webhooks("worker", 10, LEASE_SECONDS)


def test_a_process_killed_at_the_last_try_was_the_last(
    disk: Disk, store: SqlSimulationStore
) -> None:
    submit(store, "sim_a")
    end(store, "sim_a")
    for _ in range(MOST_TRIES):
        assert store.claim_webhooks("killed", 10, LEASE_SECONDS)
        disk.clock.seconds += LEASE_SECONDS

    assert store.claim_webhooks("heir", 10, LEASE_SECONDS) == []
    disk.clock.seconds += 1_000_000
    assert store.claim_webhooks("heir", 10, LEASE_SECONDS) == ()


def test_a_receiver_that_wants_no_more_is_left_alone(disk: Disk, store: SqlSimulationStore) -> None:
    submit(store, "sim_a")
    end(store, "sim_a")
    (due,) = store.claim_webhooks("worker", 10, LEASE_SECONDS)

    store.settle_webhook(due, GONE)

    disk.clock.seconds += 1_000_000
    assert not store.claim_webhooks("worker", 10, LEASE_SECONDS)


@pytest.mark.parametrize("limit", [1, 2])
def test_a_claim_takes_no_more_than_asked_for(store: SqlSimulationStore, limit: int) -> None:
    for name in ("sim_b", "sim_a", "sim_c"):
        submit(store, name)
        end(store, name)

    due = store.claim_webhooks("worker", limit, LEASE_SECONDS)

    assert [each.simulation_id for each in due] == ["sim_a", "sim_b"][:limit]


def test_a_simulation_taken_up_again_is_told_of_again_under_another_id(
    disk: Disk, store: SqlSimulationStore
) -> None:
    submit(store, "sim_a")
    end(store, "sim_a")
    (first,) = store.claim_webhooks("worker", 10, LEASE_SECONDS)
    store.settle_webhook(first, None)

    store.retry("sim_a")
    assert not store.claim_webhooks("worker", 10, LEASE_SECONDS)
    disk.clock.seconds += 1
    end(store, "sim_a")
    (second,) = store.claim_webhooks("worker", 10, LEASE_SECONDS)

    assert (second.simulation_id, second.tries) == ("sim_a", 1)
    assert second.message_id != first.message_id


def test_a_deleted_simulation_leaves_no_webhook(store: SqlSimulationStore) -> None:
    submit(store, "sim_a")
    end(store, "sim_a")

    store.delete("sim_a")

    assert not store.claim_webhooks("worker", 10, LEASE_SECONDS)
