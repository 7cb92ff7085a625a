"""What every ConversationStore promises, put to each implementer."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from adapters.store import open_store
from domain.errors import StateConflict
from domain.interview.conversations import ConversationStore, Retention, Turn
from tests.fakes.customers import FakeCustomers
from tests.fakes.postgres import PostgresServer
from tests.fakes.simulations import a_reaction

PERSONA, OTHER_PERSONA = FakeCustomers().personas()[:2]
RETENTION = Retention(most_turns=10, seconds=3600)
OVER_AT_ONCE = Retention(most_turns=10, seconds=0)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'simulations.db'}"
        return
    server: PostgresServer = request.getfixturevalue("postgres")
    with server.database() as name:
        yield server.url(name)


@pytest.fixture
def store(url: str) -> Iterator[ConversationStore]:
    opened = open_store(url, max_unfinished_calls=10)
    yield opened.conversations
    opened.close()


def a_turn(index: int) -> Turn:
    return Turn(index=index, question=f"Question {index}? \u00fc", reply=a_reaction())


def test_turns_are_kept_in_order_through_a_restart(url: str, store: ConversationStore) -> None:
    for index in range(3):
        store.add("c", "ours", PERSONA, a_turn(index), RETENTION)

    again = open_store(url, max_unfinished_calls=10)

    assert again.conversations.turns("c", "ours", 10) == [a_turn(i) for i in range(3)]
    assert again.conversations.turns("c", "ours", 1, after=0) == [a_turn(1)]
    found = again.conversations.get("c", "ours")
    assert found is not None
    assert (found.persona_id, found.turns) == (PERSONA.persona_id, 3)
    again.close()


def test_a_tenant_sees_and_deletes_its_own_only(store: ConversationStore) -> None:
    store.add("c", "ours", PERSONA, a_turn(0), RETENTION)
    store.add("c", "theirs", OTHER_PERSONA, a_turn(0), RETENTION)

    assert store.delete("c", "theirs")

    assert (store.get("c", "theirs"), store.turns("c", "theirs", 10)) == (None, ())
    assert store.turns("c", "ours", 10) == [a_turn(0)]
    assert not store.delete("c", "theirs")


@pytest.mark.parametrize("index", [0, 2])
def test_a_turn_out_of_turn_is_refused_and_not_kept(store: ConversationStore, index: int) -> None:
    store.add("c", "ours", PERSONA, a_turn(0), RETENTION)
    with pytest.raises(StateConflict, match="in between"):
        store.add("c", "ours", PERSONA, a_turn(index), RETENTION)
    assert len(store.turns("c", "ours", 10)) == 1


def test_of_turns_at_the_same_time_one_is_kept(store: ConversationStore) -> None:
    def add(_: int) -> bool:
        try:
            store.add("c", "ours", PERSONA, a_turn(0), RETENTION)
        except StateConflict:
            return False
        return True

    with ThreadPoolExecutor(6) as threads:
        kept = list(threads.map(add, range(6)))

    assert sum(kept) == len(store.turns("c", "ours", 10)) == 1


def test_what_is_over_is_gone_and_its_id_free_again(store: ConversationStore) -> None:
    store.add("c", "ours", PERSONA, a_turn(0), OVER_AT_ONCE)
    assert (store.get("c", "ours"), store.turns("c", "ours", 10)) == (None, ())
    store.add("c", "ours", OTHER_PERSONA, a_turn(0), OVER_AT_ONCE)
    assert store.expire() == 1
    assert store.expire() == 0


def test_what_is_over_leaves_the_disk_with_old_simulations(url: str) -> None:
    store = open_store(url, max_unfinished_calls=10)
    store.conversations.add("c", "ours", PERSONA, a_turn(0), OVER_AT_ONCE)
    store.expire(3600, 10, delivered_only=False)
    assert store.conversations.expire() == 0
    store.close()
