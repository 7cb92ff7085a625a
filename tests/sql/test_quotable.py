"""What customers said is quoted unless it points at somebody, on both engines by the same SQL.

`said/` has texts that do and texts that do not, written down before the SQL was.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

import duckdb
import pytest

from adapters.warehouse.scripts.scripts import statements, translated
from tests.fakes.snowflake_server import SnowflakeServer
from tests.sql.reading import code, every_statement

SAID = Path(__file__).parent / "said"
TEXTS = statements("""
create schema if not exists raw;
create schema if not exists analytics;
create or replace table analytics.customer_clusters (customer_id varchar, segment_id varchar);
insert into analytics.customer_clusters
values ('1', 'S1'), ('2', 'S1'), ('3', 'S1'), ('4', 'S1'), ('5', 'S1');
create or replace table analytics.calendar as
select '2025-01-01'::date as first_day, '2025-12-31'::date as as_of_date;
create or replace table raw.texts (said varchar);
""")
SAID_BY_FIVE = """
create or replace table raw.support_interactions as
select
    customer_id,
    said as customer_verbatim,
    'Billing' as category,
    0 as sentiment_score,
    '2025-06-01'::timestamp as interaction_date
from raw.texts
cross join analytics.customer_clusters
"""
VERBATIMS = next(
    statement
    for _, statement in every_statement()
    if "create or replace table analytics.segment_verbatims" in statement
)

Quoted = Callable[[Sequence[str]], Collection[str]]


def texts(name: str) -> list[str]:
    return (SAID / f"{name}.txt").read_text(encoding="utf-8").splitlines()


@pytest.fixture(scope="module", params=["duckdb", "snowflake"])
def quoted(request: pytest.FixtureRequest) -> Iterator[Quoted]:
    """Of texts that five customers said, those that may be quoted."""
    if request.param == "duckdb":
        with duckdb.connect() as connection:

            def here(said: Sequence[str]) -> Collection[str]:
                for statement in TEXTS:
                    connection.execute(translated(statement))
                connection.executemany("insert into raw.texts values (?)", [[s] for s in said])
                for statement in (SAID_BY_FIVE, VERBATIMS):
                    connection.execute(translated(statement))
                found = connection.table("analytics.segment_verbatims").project("verbatim")
                return {str(text) for (text,) in found.fetchall()}

            yield here
        return
    server: SnowflakeServer = request.getfixturevalue("snowflake")
    with server.sessions() as sessions, sessions.session() as session:

        def there(said: Sequence[str]) -> Collection[str]:
            for statement in TEXTS:
                session.run(statement)
            session.insert("insert into raw.texts values (?)", [[s] for s in said])
            for statement in (SAID_BY_FIVE, VERBATIMS):
                session.run(code(statement))
            rows = session.rows("select verbatim from analytics.segment_verbatims")
            return {str(row["verbatim"]) for row in rows}

        yield there


def test_texts_that_point_at_somebody_are_not_quoted_and_others_are(
    quoted: Quoted, record_property: Callable[[str, object], None]
) -> None:
    identifying, harmless = texts("identifying"), texts("harmless")

    told = quoted([*identifying, *harmless])

    let_through = [text for text in identifying if text in told]
    in_vain = [text for text in harmless if text not in told]
    record_property("identifying texts quoted", f"{len(let_through)} of {len(identifying)}")
    record_property("harmless texts held back", f"{len(in_vain)} of {len(harmless)}")
    assert let_through == ["My password is hunter, and it does not work."]
    assert len(in_vain) <= 0.02 * len(harmless), in_vain


@pytest.mark.parametrize("form", [str.upper, str.lower], ids=["capitals", "small letters"])
def test_a_name_given_is_held_back_however_it_is_written(
    quoted: Quoted, form: Callable[[str], str]
) -> None:
    given = [text for text in texts("identifying") if "name" in text.lower()]

    assert not quoted([form(text).replace(" ", "  ") for text in given])
