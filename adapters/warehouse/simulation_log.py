"""Simulation log: writes AGENTS.SIMULATION_LOGS in Snowflake, one row per reaction asked for."""

from __future__ import annotations

import json
from collections.abc import Sequence

from adapters.snowflake.sessions import Sessions
from domain.reactions import Reaction
from domain.simulations import CallRecord, Simulation

COLUMNS = (
    "simulation_id",
    "call_index",
    "created_at",
    "scenario",
    "category",
    "segment_id",
    "persona_id",
    "engine",
    "model",
    "state",
    "failure_code",
    "initial_reaction",
    "sentiment_score",
    "likely_action",
    "action_probability",
    "reasoning",
    "what_would_change_mind",
    "sample_verbatim",
    "action_probabilities",
    "churn_uplift_points",
    "reaction",
)
INSERT = (
    f"insert into agents.simulation_logs ({', '.join(COLUMNS)})"  # noqa: S608 - names of ours
    f" values ({', '.join('?' * len(COLUMNS))})"
)
NO_REACTION = (None,) * 9


class SnowflakeSimulationLog:
    """Implements SimulationLog over the table that sql/08 creates."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def record(self, simulation: Simulation, records: Sequence[CallRecord]) -> None:
        """See SimulationLog: earlier rows of this simulation are replaced."""
        rows = [_row(simulation, record) for record in records]
        with self._sessions.session() as session, session.transaction():
            session.run(
                "delete from agents.simulation_logs where simulation_id = ?", [simulation.id]
            )
            session.insert(INSERT, rows)


def _row(simulation: Simulation, record: CallRecord) -> tuple[object, ...]:
    """The cells of a call, in the order of COLUMNS."""
    scenario = simulation.scenario_of(record.call)
    reaction, failure = record.reaction, record.failure
    provenance = reaction.provenance if reaction else None
    return (
        simulation.id,
        record.call.index,
        simulation.created_at.strftime("%Y-%m-%d %H:%M:%S.%f"),
        scenario.text if scenario else None,
        scenario.category if scenario else None,
        record.call.segment_id,
        record.call.persona_id,
        provenance.engine if provenance else (simulation.request.engine or "default"),
        provenance.model if provenance else None,
        str(record.state),
        failure.code if failure else None,
        *(_reaction_cells(reaction) if reaction else NO_REACTION),
        reaction.model_dump_json() if reaction else None,
    )


def _reaction_cells(reaction: Reaction) -> tuple[object, ...]:
    return (
        reaction.initial_reaction,
        reaction.sentiment_score,
        str(reaction.likely_action),
        reaction.action_probability,
        reaction.reasoning,
        reaction.what_would_change_mind,
        reaction.sample_verbatim,
        json.dumps({str(action): p for action, p in reaction.action_probabilities.items()}),
        reaction.effects.churn_uplift.value if reaction.effects else None,
    )
