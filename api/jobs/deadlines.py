"""Deadlines: whoever waits for another waits longer, so that the one who knows why can say it.

    an ask            60 s  >  its model  50 s
    a simulation's call  120 s  >  its model 110 s (domain/language_model/validated_reply.py)  >  a
    statement 100 s

A proxy that hangs up after less than 60 s of silence answers in place of an ask; Snowflake's takes
90 s.
"""

from __future__ import annotations

ASK_SECONDS = 60.0
ASKED_MODEL_SECONDS = 50.0
CALL_SECONDS = 120.0
# The server ends a statement of AI calls then, where a call that is given up would else run on and
# be billed. One that an ask gave up runs on for as much as the difference.
STATEMENT_SECONDS = 100.0
