"""Reads what a build holds: respondents, verbatims, outcomes, personas and models."""

from __future__ import annotations

import hashlib
import math

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from adapters.rows import Cell, Reader, Row
from adapters.warehouse.past_levers import read_past_levers
from domain.catalog import Carrier
from domain.customers import FLOAT_COLUMNS, CampaignOutcomes, Codes, Floats, PastEvent, Respondents
from domain.errors import DatasetMissing, DatasetRejected
from domain.levers import AnyLever
from domain.personas import Persona, PersonaVersion
from domain.reactions import ACTIONS, Action, Evidence

MOST_OUTCOMES = 200_000  # or about; chosen: a fit of some twenty part-worths gains little from more
MOST_EVENTS = 500  # chosen: ten years of an event a week
MOST_VERBATIMS = 200  # chosen: more than a persona or an answer can quote, little to hold in memory


def read_as_of(reader: Reader) -> str:
    """The last day the data describe, ISO 8601."""
    (row,) = reader.rows("select as_of_date from analytics.calendar")
    return str(row["as_of_date"])


def read_carrier(reader: Reader) -> Carrier:
    """Whose customers they are. Raises DatasetMissing for a build that does not say."""
    rows = reader.rows("select * from analytics.builds order by version desc limit 1")
    carrier = rows[0].get("carrier") if rows else None
    if carrier is None:
        raise DatasetMissing(
            "the carrier of the customer base, which was built by a version that kept none,",
            "build it again with `twin build`, with CDT_CARRIER_FILE where the carrier is your own",
        )
    return Carrier.model_validate_json(str(carrier))


def read_plans(reader: Reader) -> dict[str, int]:
    """Customers of the build by the name of their plan, in the order of the names."""
    return _customers_by_plan(reader, "analytics.respondents")


def read_loaded_plans(reader: Reader) -> dict[str, int]:
    """The same of the loaded data, before anything is built."""
    return _customers_by_plan(reader, "raw.customers")


def _customers_by_plan(reader: Reader, table: str) -> dict[str, int]:
    rows = reader.rows(
        f"select plan_name, count(*) as customers from {table} group by plan_name"  # noqa: S608 ours
    )
    return dict(sorted((str(row["plan_name"]), int(str(row["customers"]))) for row in rows))


def read_respondents(reader: Reader) -> Respondents:
    """Every customer, ordered by customer id; vocabularies are in alphabetical order."""
    table = reader.table("select * from analytics.respondents order by customer_id")
    segment_ids, segment = _codes(table["segment_id"])
    plan_names, plan = _codes(table["plan_name"])
    state_codes, state = _codes(table["state_code"])
    floats: dict[str, Floats] = {
        name: table[name].to_numpy().astype(np.float32) for name in FLOAT_COLUMNS
    }
    return Respondents(
        segment_ids=segment_ids,
        plan_names=plan_names,
        state_codes=state_codes,
        segment=segment,
        plan=plan,
        state=state,
        **floats,
    )


def read_outcomes(reader: Reader) -> CampaignOutcomes:
    """What customers did about delivered offers; above MOST_OUTCOMES of every nth customer.

    Customers are taken evenly in the order of their ids, each with all offers.
    """
    table = reader.table(
        """
        -- one row per delivered offer of the customers kept, ordered by customer and response
        with request as (
            select ? as most
        ),

        thinning as (
            select greatest(1, ceil(count(*) / max(request.most))::bigint) as step
            from raw.campaign_responses as responses
            cross join request
            where responses.delivered
        ),

        respondents as (
            select customer_id, row_number() over (order by customer_id) - 1 as respondent
            from analytics.respondents
        ),

        -- every nth customer, with all offers: far quicker than thinning out the offers
        kept as (
            select respondents.*
            from respondents
            cross join thinning
            where respondents.respondent % thinning.step = 0
        )

        select
            kept.respondent,
            coalesce(responses.offer_type, 'Unknown') as offer,
            coalesce(responses.offer_value::float, 0) as offer_value,
            responses.response_type
        from raw.campaign_responses as responses
        inner join kept on responses.customer_id = kept.customer_id
        where responses.delivered
        order by kept.respondent, responses.response_id
        """,
        [MOST_OUTCOMES],
    )
    offer_types, offer = _codes(table["offer"])
    response = table["response_type"].to_numpy()
    action = np.select(
        [response == "Accepted", response == "Complained"],
        [ACTIONS.index(Action.ACCEPT), ACTIONS.index(Action.COMPLAIN)],
        default=ACTIONS.index(Action.IGNORE),
    )
    return CampaignOutcomes(
        offer_types=offer_types,
        respondent=table["respondent"].to_numpy().astype(np.int32),
        offer=offer,
        offer_value_dollars=table["offer_value"].to_numpy().astype(np.float32),
        action=action.astype(np.int8),
    )


def read_verbatims(reader: Reader, segment_id: str) -> tuple[Evidence, ...]:
    """At most MOST_VERBATIMS texts: the most said of each category and mood, then the second.

    Of texts that point at a person there are none: sql/07 leaves them out.
    """
    rows = reader.rows(
        "select verbatim, customers from analytics.segment_verbatims where segment_id = ?"
        " order by mention_rank, customers desc, verbatim",
        [segment_id],
    )
    statements = [(str(row["verbatim"]), row["customers"]) for row in rows]
    return tuple(
        Evidence(
            id=f"support:{hashlib.sha256(text.encode()).hexdigest()[:16]}",
            source=f"RAW.SUPPORT_INTERACTIONS, said by {customers} customers of {segment_id}",
            text=text,
        )
        for text, customers in statements[:MOST_VERBATIMS]
    )


def read_past_events(reader: Reader) -> tuple[PastEvent, ...]:
    """Past events of which levers and both rates of churn are known, oldest first.

    Raises DatasetRejected when levers cannot be read.
    """
    rows = reader.rows(
        """
        -- one row per past event and segment
        select event_id, segment_id, levers, churn_rate_before, churn_rate_after
        from personas.historical_reactions
        where
            levers is not null
            and churn_rate_before > 0 and churn_rate_before < 1
            and churn_rate_after > 0 and churn_rate_after < 1
        order by event_date, event_id, segment_id
        """
    )
    return tuple(
        PastEvent(
            event_id=str(row["event_id"]),
            segment_id=str(row["segment_id"]),
            levers=_levers(row),
            log_odds_ratio=_log_odds(row["churn_rate_after"]) - _log_odds(row["churn_rate_before"]),
        )
        for row in rows
    )


def _log_odds(rate: Cell) -> float:
    share = float(str(rate))
    return math.log(share / (1 - share))


def _levers(row: Row) -> tuple[AnyLever, ...]:
    try:
        return read_past_levers(str(row["levers"]))
    except ValueError as error:  # a load would have rejected them; others fill Snowflake too
        reason = f"historical_reactions: the levers of event {row['event_id']!r} cannot be read"
        raise DatasetRejected([f"{reason}; spell them as the API does"]) from error


def read_past_reactions(reader: Reader, segment_id: str) -> tuple[Evidence, ...]:
    """At most MOST_EVENTS past events and what the segment did about them, newest first."""
    rows = reader.rows(
        """
        -- one row per past event
        select event_id, event_date, scenario, churn_rate_before, churn_rate_after, complain_share
        from personas.historical_reactions
        where segment_id = ?
        order by event_date desc, event_id
        """,
        [segment_id],
    )
    return tuple(
        Evidence(
            id=f"event:{row['event_id']}",
            source=f"PERSONAS.HISTORICAL_REACTIONS, {segment_id}, {row['event_date']}",
            text=_event_text(row),
        )
        for row in rows[:MOST_EVENTS]
    )


def _event_text(row: Row) -> str:
    """The event and, as far as they are known, its figures."""
    before, after, complained = (
        None if row[name] is None else 100 * float(str(row[name]))
        for name in ("churn_rate_before", "churn_rate_after", "complain_share")
    )
    sentences = [str(row["scenario"]).strip()]
    if before is not None and after is not None:
        sentences.append(f"Churn went from {before:.1f} % to {after:.1f} %.")
    if complained is not None:
        sentences.append(f"Complaints came from {complained:.1f} %.")
    return " ".join(sentences)


def read_personas(reader: Reader) -> tuple[Persona, ...]:
    """The personas that this build made, by segment id."""
    rows = reader.rows(
        """
        -- one row per persona
        select definition
        from personas.persona_definitions
        order by segment_id
        """
    )
    return tuple(Persona.model_validate_json(str(row["definition"])) for row in rows)


def read_newest_versions(reader: Reader) -> tuple[PersonaVersion, ...]:
    """The newest version of every persona there ever was, of whichever carrier."""
    rows = reader.rows(
        """
        -- one row per persona
        select persona_id, version, definition
        from personas.persona_versions
        qualify row_number() over (partition by persona_id order by version desc) = 1
        order by persona_id
        """
    )
    return tuple(
        PersonaVersion(str(row["persona_id"]), int(str(row["version"])), str(row["definition"]))
        for row in rows
    )


def read_choice_model(reader: Reader, model_id: str) -> str | None:
    """Parameters, JSON text, of the model of this name fitted in this build, or None."""
    rows = reader.rows(
        "select parameters from analytics.choice_models where model_id = ?", [model_id]
    )
    return str(rows[0]["parameters"]) if rows else None


def _codes(column: pa.ChunkedArray[pa.StringScalar]) -> tuple[tuple[str, ...], Codes]:
    """The column's distinct words in alphabetical order, and each row's place among them."""
    words = sorted(word for word in column.unique().to_pylist() if word is not None)
    index = column.combine_chunks().dictionary_encode()
    place = {word: code for code, word in enumerate(words)}
    codes: NDArray[np.int16] = np.array(
        [place.get(str(word), -1) for word in index.dictionary.to_pylist()] + [-1], dtype=np.int16
    )
    return tuple(words), codes[index.indices.fill_null(len(codes) - 1).to_numpy()]
