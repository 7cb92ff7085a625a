from __future__ import annotations

import pytest

from tests.sql.portability import unportable


@pytest.mark.parametrize(
    "statement",
    [
        "select answer:act::varchar from t",
        "select get_path(answer, 'act') from t",
        "insert into t select parse_json('{}')",
        "create table t (answer variant)",
        "create table t (embedding vector(float, 3))",
        "select vector_cosine_similarity(a, b) from t",
        "select median(price) from t",
        "select percentile_cont(0.5) within group (order by price::decimal(8, 2)) from t",
        "select dateadd('month', -1, day) from t",
        "select date_trunc('month', day) from t",
        "select current_date() from t",
        "select current_timestamp() from t",
        "select mode(plan) from t",
        "select listagg(plan, ',') from t",
        "select array_agg(plan) from t",
        "select random(), hash(plan) from t",
        "create function f(x int) returns int as 'x + 1'",
        "copy into t from @stage on_error = continue",
    ],
)
def test_what_the_other_engine_would_answer_otherwise_is_found(statement: str) -> None:
    assert list(unportable(statement))


@pytest.mark.parametrize(
    "statement",
    [
        "select json_extract_path_text(answer, 'act') from t",
        "select median(price::float) from t",
        "select percentile_cont(0.5) within group (order by price::float) from t",
        "select dateadd('month', -1, day)::date from t",
        "select listagg(plan, ',') within group (order by plan) from t",
        "create table t (made_at timestamp_ntz default current_timestamp())",
        "use role analyst",
    ],
)
def test_what_means_the_same_on_both_engines_is_left_alone(statement: str) -> None:
    assert list(unportable(statement)) == []
