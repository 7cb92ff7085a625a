"""Sessions over the real connector, against a local server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from pydantic import SecretStr

from adapters.snowflake.logins import KeyPairLogin, Login, TokenFileLogin, TokenLogin
from adapters.snowflake.sessions import SessionLost, Sessions
from domain.errors import Unavailable
from tests.fakes.snowflake_server import SnowflakeServer

ROWS = 40


@pytest.fixture
def sessions(snowflake: SnowflakeServer) -> Iterator[Sessions]:
    with snowflake.sessions(most=3) as pool:
        pool.run("create schema raw")
        pool.run("create table raw.bills (id int, who varchar, dollars decimal(8, 2))")
        with pool.session() as session:
            rows = [(i, f"customer {i}", i + 0.25) for i in range(ROWS)]
            assert session.insert("insert into raw.bills values (?, ?, ?)", rows) == ROWS
        yield pool


def test_a_value_is_bound_by_the_server_and_never_read_as_sql(sessions: Sessions) -> None:
    hostile = "x'; drop table raw.bills; --"
    assert sessions.rows("select * from raw.bills where who = ?", [hostile]) == []
    assert sessions.rows("select ? as who", [hostile]) == [{"who": hostile}]


def test_columns_are_named_in_lower_case_and_hold_no_decimals(sessions: Sessions) -> None:
    table = sessions.table("select * from raw.bills where id < 2 order by id")
    assert table.to_pydict() == {
        "id": [0, 1],
        "who": ["customer 0", "customer 1"],
        "dollars": [0.25, 1.25],
    }


def test_an_empty_outcome_still_has_its_columns(sessions: Sessions) -> None:
    table = sessions.table("select id, who from raw.bills where id < 0")
    assert (table.column_names, table.num_rows) == (["id", "who"], 0)


def test_each_thread_gets_a_session_of_its_own_and_its_own_rows(sessions: Sessions) -> None:
    def ask(i: int) -> int:
        (row,) = sessions.rows("select id from raw.bills where id = ?", [i])
        return int(str(row["id"]))

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(ask, range(ROWS))) == list(range(ROWS))


def test_no_more_sessions_are_open_than_allowed(
    snowflake: SnowflakeServer, sessions: Sessions
) -> None:
    snowflake.end_every_session()
    together = threading.Barrier(3)

    def hold(_: int) -> None:
        with sessions.session():
            together.wait(timeout=10)

    with ThreadPoolExecutor(9) as threads:
        list(threads.map(hold, range(9)))
    assert snowflake.end_every_session() <= 3


def test_a_query_survives_the_end_of_every_session(
    snowflake: SnowflakeServer, sessions: Sessions
) -> None:
    assert snowflake.end_every_session() > 0
    assert sessions.rows("select count(*) as n from raw.bills") == [{"n": ROWS}]


def test_a_statement_that_writes_is_not_repeated(
    snowflake: SnowflakeServer, sessions: Sessions
) -> None:
    snowflake.end_every_session()
    with pytest.raises(SessionLost):
        sessions.run("insert into raw.bills values (?, ?, ?)", [ROWS, "late", 1])
    assert sessions.rows("select count(*) as n from raw.bills") == [{"n": ROWS}]


def test_a_transaction_keeps_all_or_nothing(sessions: Sessions) -> None:
    def fail_half_way() -> None:
        with sessions.session() as session, session.transaction():
            session.run("delete from raw.bills")
            session.run("insert into raw.nowhere values (1)")

    with pytest.raises(Unavailable, match="2003"):
        fail_half_way()
    assert sessions.rows("select count(*) as n from raw.bills") == [{"n": ROWS}]


@pytest.mark.parametrize(
    ("statement", "advice"),
    [
        ("select secret_word from raw.bills", "twin deploy"),
        ("select * from raw.secret_word", "twin deploy"),
        ("select 'secret_word'::int", "query history"),
    ],
)
def test_a_refusal_says_what_to_do_and_quotes_nothing(
    sessions: Sessions, statement: str, advice: str
) -> None:
    with pytest.raises(Unavailable, match=advice) as refused:
        sessions.rows(statement)
    assert "secret_word" not in str(refused.value).lower()


def test_a_server_that_is_not_there_is_told_as_such(snowflake: SnowflakeServer) -> None:
    login = TokenLogin(SecretStr("hush-hush"), "oauth")
    settings = replace(snowflake.settings(), port=1)
    with pytest.raises(Unavailable, match="CDT_SNOWFLAKE_ACCOUNT") as refused:
        Sessions(settings, login).rows("select 1")
    assert "hush" not in str(refused.value)


def logins(tmp_path: Path) -> list[Login]:
    file = tmp_path / "token"
    file.write_text("token-in-a-file\n")
    return [
        KeyPairLogin("CDT_USER", rsa.generate_private_key(65_537, 2048)),
        TokenLogin(SecretStr("pat"), "PROGRAMMATIC_ACCESS_TOKEN", "CDT_USER"),
        TokenLogin(SecretStr("oauth"), "oauth"),
        TokenFileLogin(file),
    ]


@pytest.mark.parametrize("kind", range(4))
def test_every_kind_of_login_opens_a_session(
    snowflake: SnowflakeServer, tmp_path: Path, kind: int
) -> None:
    sessions = Sessions(snowflake.settings(), logins(tmp_path)[kind])
    assert sessions.rows("select 1 as one") == [{"one": 1}]
    sessions.close()
    credentials = snowflake.last_login()
    assert credentials["AUTHENTICATOR"] in {"SNOWFLAKE_JWT", "PROGRAMMATIC_ACCESS_TOKEN", "OAUTH"}
    assert credentials["TOKEN"]


def test_the_token_file_is_read_again_for_each_connection(
    snowflake: SnowflakeServer, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    file.write_text("first")
    sessions = Sessions(snowflake.settings(), TokenFileLogin(file))
    sessions.rows("select 1")
    file.write_text("second")
    snowflake.end_every_session()
    sessions.rows("select 1")
    sessions.close()
    assert "second" in snowflake.last_login().values()


def test_a_missing_token_file_is_told_before_anything_is_sent(
    snowflake: SnowflakeServer, tmp_path: Path
) -> None:
    sessions = Sessions(snowflake.settings(), TokenFileLogin(tmp_path / "none"))
    with pytest.raises(Unavailable, match="CDT_SNOWFLAKE_AUTH"):
        sessions.rows("select 1")


def test_no_secret_shows_in_a_representation(tmp_path: Path) -> None:
    assert "oauth-secret" not in repr(TokenLogin(SecretStr("oauth-secret"), "oauth"))
    key = rsa.generate_private_key(65_537, 2048)
    assert "RSAPrivateKey" not in repr(KeyPairLogin("u", key))
