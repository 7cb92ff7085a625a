from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.callers import Scope
from domain.keys import ApiKey, hash_of, id_of, make_key, read_line, write_line

NOW = datetime(2026, 11, 24, tzinfo=UTC)
MAY_READ = frozenset({Scope.READ})


def a_key(**fields: object) -> tuple[str, ApiKey]:
    shown, kept = make_key("brand", MAY_READ, NOW)
    return shown, ApiKey.model_validate({**kept.model_dump(), **fields})


def test_a_key_opens_for_its_tenant_with_its_scopes() -> None:
    shown, kept = a_key()
    assert kept.opens(shown, NOW)
    assert (kept.caller.tenant, kept.caller.scopes, kept.caller.key_id) == (
        "brand",
        MAY_READ,
        id_of(shown),
    )


def test_what_is_kept_does_not_open() -> None:
    shown, kept = a_key()
    secret = shown.rpartition("_")[2]
    assert secret not in kept.model_dump_json()
    assert not kept.opens(kept.hashed, NOW)


def test_the_secret_of_one_key_does_not_open_another() -> None:
    (first, _), (second, kept) = a_key(), a_key()
    mixed = second[:21] + first[21:]
    assert id_of(mixed) == kept.id
    assert not kept.opens(mixed, NOW)


def test_a_secret_is_256_bits_and_never_the_same() -> None:
    secrets = {a_key()[0].rpartition("_")[2] for _ in range(100)}
    assert len(secrets) == 100
    assert {len(bytes.fromhex(secret)) for secret in secrets} == {32}


@pytest.mark.parametrize(("seconds", "good"), [(-1, True), (0, False), (1, False)])
def test_a_key_is_good_until_it_expires(seconds: int, good: bool) -> None:
    shown, kept = a_key(expires_at=NOW)
    assert kept.opens(shown, NOW + timedelta(seconds=seconds)) is good


def test_a_revoked_key_opens_nothing() -> None:
    shown, kept = a_key(revoked_at=NOW - timedelta(days=1))
    assert not kept.opens(shown, NOW)


@pytest.mark.parametrize(
    "shown", ["", "cdt_", "cdt_0123456789abcdef_", "Bearer x", "cdt_" + "0" * 16 + "_" + "g" * 64]
)
def test_what_is_no_key_of_ours_has_no_id(shown: str) -> None:
    assert id_of(shown) is None


@pytest.mark.parametrize("tenant", ["", "Brand", "a b", "a:b", "-a", "x" * 64, "tenant\n"])
def test_a_tenant_has_a_plain_name(tenant: str) -> None:
    with pytest.raises(ValueError, match="tenant"):
        make_key(tenant, MAY_READ, NOW)


def test_a_key_without_scopes_is_not_made() -> None:
    with pytest.raises(ValueError, match="scopes"):
        make_key("brand", frozenset(), NOW)


def test_a_key_goes_through_a_line_of_a_file() -> None:
    shown, kept = a_key(scopes=["run", "read"])
    line = write_line(kept)
    assert line == f"{kept.id}:brand:read+run:{hash_of(shown)}"
    assert read_line(line, NOW) == kept


@pytest.mark.parametrize(
    "line", ["", "a:b:c:d", "0123456789abcdef:brand:read", "{id}:brand:write:{hash}", "{key}"]
)
def test_a_line_that_is_no_key_is_refused_without_quoting_it(line: str) -> None:
    shown, kept = a_key()
    written = line.format(id=kept.id, hash=kept.hashed, key=shown)
    with pytest.raises(ValueError, match=r"scopes|id:tenant") as refused:
        read_line(written, NOW)
    assert kept.hashed not in str(refused.value)
    assert shown not in str(refused.value)
