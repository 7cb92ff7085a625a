"""Checkup: checks what an account lets the service do, and says what to do where it does not.

Nothing is changed: what may be written is tried with no row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from adapters.rows import Row
from adapters.snowflake.sessions import Sessions
from domain.errors import Unavailable

READABLE_TABLES = (
    "analytics.builds",
    "analytics.segment_statistics",
    "analytics.segment_verbatims",
    "analytics.respondents",
    "analytics.choice_models",
    "personas.persona_definitions",
)
WRITABLE_TABLE = "agents.simulation_logs"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: whether it is well, and what was found or what to do."""

    part: str
    ok: bool
    detail: str


def check_account(sessions: Sessions) -> Iterator[Check]:
    """Login, role, region and grants, in the order in which to mend them.

    Ends with the login when that fails, for then nothing else can be known.
    """
    entered = _checked("Snowflake login", lambda: _login(sessions))
    yield entered
    if not entered.ok:
        return
    yield _checked("Snowflake region", lambda: _region(sessions))
    for table in READABLE_TABLES:
        yield _checked(f"read {table}", partial(_readable, sessions, table))
    yield _checked(f"write {WRITABLE_TABLE}", lambda: _writable(sessions))


def check_model(sessions: Sessions, model: str) -> Check:
    """Whether the account lists the model, and how long it will have it."""
    return _checked("Cortex models", lambda: _listed(sessions, model))


def _checked(part: str, look: Callable[[], str]) -> Check:
    try:
        return Check(part, ok=True, detail=look())
    except Unavailable as error:
        return Check(part, ok=False, detail=str(error))


def _login(sessions: Sessions) -> str:
    (row,) = sessions.rows("select current_user() as login, current_role() as role")
    settings = sessions.settings
    return f"{row['login']} as {row['role']} in {settings.database}, warehouse {settings.warehouse}"


def _region(sessions: Sessions) -> str:
    (row,) = sessions.rows("select current_account() as account, current_region() as region")
    found = sessions.rows("show parameters like 'CORTEX_ENABLED_CROSS_REGION' in account")
    across = str(found[0]["value"]) if found else "not known"
    advice = (
        "; Claude and OpenAI models need it nearly everywhere: "
        "alter account set cortex_enabled_cross_region = 'ANY_REGION'"
    )
    return (
        f"{row['account']} in {row['region']}, Cortex across regions: {across}"
        f"{advice if across.upper() == 'DISABLED' else ''}"
    )


def _readable(sessions: Sessions, table: str) -> str:
    sessions.rows(f"select * from {table} limit 0")  # noqa: S608 - a name of ours
    return "may be read"


def _writable(sessions: Sessions) -> str:
    nothing = f"insert into {WRITABLE_TABLE} select * from {WRITABLE_TABLE} where false"  # noqa: S608
    sessions.run(nothing)
    return "may be written"


def _listed(sessions: Sessions, model: str) -> str:
    rows = sessions.rows("show cortex base models")
    known = {str(row["name"]).lower(): row for row in rows}
    if model.lower() not in known:
        raise Unavailable(
            f"{model}, which the account does not list,",
            f"set CDT_MODEL to one of {', '.join(sorted(known)) or 'its models'}",
        )
    return f"{model}: {_lifecycle(known[model.lower()])}"


def _lifecycle(row: Row) -> str:
    status = str(row.get("lifecycle_status") or "not known").lower()
    ends = f", ends {row['eol_date']} or later" if row.get("eol_date") else ""
    legacy = "; legacy: an account that never used it cannot begin to" if status == "legacy" else ""
    return f"{status}{ends}{legacy}"
