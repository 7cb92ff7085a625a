"""What keys and quotas promise, on each database; and the file beside them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from adapters.store import SqlSimulationStore, open_store
from adapters.store.keys.key_file import KeyFile
from domain.callers import Scope
from domain.errors import QueueFull, QuotaExceeded, Unavailable
from domain.keys import ApiKey, make_key, write_line
from domain.simulations.simulation import Allowance, Idempotency
from tests.fakes.simulations import a_request, some_calls

NOW = datetime(2026, 11, 24, 9, 30, 0, 123_456, tzinfo=UTC)
TODAY = date(2026, 11, 24)


def a_key(tenant: str = "brand", **fields: object) -> ApiKey:
    key = make_key(tenant, frozenset({Scope.RUN, Scope.READ}), NOW)[1]
    return ApiKey.model_validate({**key.model_dump(), **fields})


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def store(url: str) -> Iterator[SqlSimulationStore]:
    store = open_store(url, max_unfinished_calls=1)
    yield store
    store.close()


def test_a_key_is_found_as_it_was_added(store: SqlSimulationStore) -> None:
    key = a_key(name="dashboard", expires_at=NOW + timedelta(days=90))
    store.keys.add(key)
    assert store.keys.find(key.id) == key
    assert store.keys.find("0" * 16) is None


def test_another_process_sees_a_revocation(store: SqlSimulationStore, url: str) -> None:
    key = a_key()
    store.keys.add(key)
    other = open_store(url, max_unfinished_calls=1)
    assert other.keys.revoke(key.id, NOW)
    other.close()
    assert store.keys.find(key.id) == key.model_copy(update={"revoked_at": NOW})


@pytest.mark.parametrize("key_id", ["0" * 16, "' or 1=1 --"])
def test_what_is_no_key_is_not_revoked(store: SqlSimulationStore, key_id: str) -> None:
    key = a_key()
    store.keys.add(key)
    assert not store.keys.revoke(key_id, NOW)
    assert store.keys.all() == [key]


def test_a_key_revoked_twice_keeps_its_first_date(store: SqlSimulationStore) -> None:
    key = a_key()
    store.keys.add(key)
    assert store.keys.revoke(key.id, NOW)
    assert not store.keys.revoke(key.id, NOW + timedelta(days=1))
    (kept,) = store.keys.all()
    assert kept.revoked_at == NOW


def test_keys_once_made_are_in_use_even_when_all_are_revoked(store: SqlSimulationStore) -> None:
    assert not store.keys.any()
    key = a_key()
    store.keys.add(key)
    store.keys.revoke(key.id, NOW)
    assert store.keys.any()


def test_the_last_use_is_noted(store: SqlSimulationStore) -> None:
    key = a_key()
    store.keys.add(key)
    store.keys.note_use(key.id, NOW)
    assert store.keys.all() == [key.model_copy(update={"last_used_at": NOW})]


def test_a_day_has_its_quota_and_no_more(store: SqlSimulationStore) -> None:
    taken = [store.quota.take("brand", TODAY, calls, 10) for calls in (6, 5, 4, 1)]
    assert taken == [True, False, True, False]
    assert store.quota.take("brand", TODAY + timedelta(days=1), 10, 10)


def test_a_quota_is_the_tenants_own(store: SqlSimulationStore) -> None:
    assert store.quota.take("brand", TODAY, 10, 10)
    assert store.quota.take("rival", TODAY, 10, 10)


def test_what_is_given_back_can_be_taken_again(store: SqlSimulationStore) -> None:
    store.quota.take("brand", TODAY, 10, 10)
    store.quota.give_back("brand", TODAY, 4)
    assert not store.quota.take("brand", TODAY, 5, 10)
    assert store.quota.take("brand", TODAY, 4, 10)


def test_who_asks_at_once_gets_no_more_than_there_is(store: SqlSimulationStore) -> None:
    with ThreadPoolExecutor(8) as threads:
        taken = threads.map(lambda _: store.quota.take("brand", TODAY, 3, 30), range(40))
    assert sum(taken) == 10


def test_only_what_is_put_on_disk_counts_against_an_allowance(url: str) -> None:
    with closing(open_store(url, max_unfinished_calls=4)) as store:
        today = Allowance(TODAY, most=4, seconds_left=60)
        key = Idempotency("key", "hash")
        with pytest.raises(QueueFull):
            store.submit("sim_a", a_request(), some_calls(5), tenant="brand", allowance=today)
        for name in ("sim_b", "sim_c"):
            store.submit(name, a_request(), some_calls(3), key, tenant="brand", allowance=today)
        assert not store.quota.take("brand", TODAY, 2, 4)
        assert store.quota.take("brand", TODAY, 1, 4)


def test_more_than_an_allowance_has_is_not_accepted(url: str) -> None:
    with closing(open_store(url, max_unfinished_calls=9)) as store:
        today = Allowance(TODAY, most=4, seconds_left=60)
        store.submit("sim_a", a_request(), some_calls(3), tenant="brand", allowance=today)
        with pytest.raises(QuotaExceeded) as refused:
            store.submit("sim_b", a_request(), some_calls(2), tenant="brand", allowance=today)
        store.submit("sim_c", a_request(), some_calls(2), tenant="rival", allowance=today)
        assert refused.value.retry_after_seconds == 60
        assert store.get("sim_b") is None


def test_a_key_file_is_read_anew_each_time(tmp_path: Path) -> None:
    first, second = a_key(), a_key("rival")
    file = KeyFile(tmp_path / "keys")
    file.path.write_text(f"# ours\n\n{write_line(first)}\n{write_line(second)}\n")
    assert {id_: key.tenant for id_, key in file.keys().items()} == {
        first.id: "brand",
        second.id: "rival",
    }
    file.path.write_text("")
    assert file.keys() == {}


@pytest.mark.parametrize("content", [None, b"\xff", b"#\nnonsense: SECRET"])
def test_a_key_file_that_cannot_be_used_is_told_without_what_is_in_it(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "keys"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Unavailable, match="key file") as refused:
        KeyFile(path).keys()
    assert "SECRET" not in str(refused.value)
