from __future__ import annotations

from api.jobs.deadlines import ASK_SECONDS, ASKED_MODEL_SECONDS, CALL_SECONDS, STATEMENT_SECONDS
from api.jobs.pace import Pace
from domain.language_model.validated_reply import DEADLINE_SECONDS


def test_whoever_waits_for_another_waits_longer() -> None:
    assert ASK_SECONDS > ASKED_MODEL_SECONDS
    assert Pace().call_timeout_seconds == CALL_SECONDS > DEADLINE_SECONDS > STATEMENT_SECONDS
