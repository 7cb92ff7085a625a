from __future__ import annotations

import pytest

from domain.reactions import Reaction
from domain.scenarios.understanding import Understanding
from domain.simulations.replay import compare_replay
from domain.simulations.simulation import CallRecord, CallState, Failure, Replay
from tests.fakes.simulations import a_reaction, some_calls


def record(outcome: Reaction | Failure) -> CallRecord:
    if isinstance(outcome, Reaction):
        state, reaction, failure = CallState.DONE, outcome, None
    else:
        state, reaction, failure = CallState.FAILED, None, outcome
    return CallRecord(
        call=some_calls(1)[0], state=state, attempts=1, reaction=reaction, failure=failure
    )


def kept_reply() -> Reaction:
    """The same words once more, at no cost."""
    reaction = a_reaction()
    free = reaction.provenance.model_copy(update={"cached": True, "attempts": 3})
    return reaction.model_copy(update={"provenance": free})


@pytest.mark.parametrize(
    ("earlier", "later", "identical"),
    [
        (a_reaction(), a_reaction(), True),
        (a_reaction(), kept_reply(), True),
        (a_reaction(), a_reaction().with_(reading=Understanding(status="read")), True),
        (a_reaction(), a_reaction("Otherwise."), False),
        (a_reaction(), a_reaction(seed=43), False),
        (a_reaction(), Failure(code="timeout", detail="a"), False),
        (Failure(code="timeout", detail="a"), Failure(code="timeout", detail="b"), True),
        (Failure(code="timeout", detail="a"), Failure(code="internal", detail="a"), False),
    ],
)
def test_a_replay_is_identical_when_every_call_came_to_the_same(
    earlier: Reaction | Failure, later: Reaction | Failure, identical: bool
) -> None:
    same = [record(a_reaction())]
    compared = compare_replay("sim_a", [*same, record(earlier)], [*same, record(later)])
    assert compared == Replay(of="sim_a", identical=identical, differing=int(not identical))
