"""Webhook schema: the webhook as receivers have to expect it, for the OpenAPI document."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel

from domain.simulations import SimulationState

# What SimulationEnded.state may be, as domain/simulations/simulation.py has it; written out for
# type checkers.
Ended = Literal[
    SimulationState.SUCCEEDED,
    SimulationState.PARTIAL,
    SimulationState.FAILED,
    SimulationState.CANCELLED,
    SimulationState.BUDGET_EXHAUSTED,
]


class SimulationEnded(BaseModel):
    """That a simulation has ended, and how; what it found is read where it stands."""

    id: str
    state: Ended


_DESCRIPTION = """Sent to the `webhook_url` of a simulation once its state is final, signed as
[Standard Webhooks](https://www.standardwebhooks.com) says: HMAC-SHA256 over
`webhook-id.webhook-timestamp.body`. Answer 2xx within 10 seconds; anything else, a redirect too, is
tried again after 5 seconds, 2 and 20 minutes and 2 hours, and 410 ends it. A message may come
twice, then under the same `webhook-id`. The operator decides whether there are webhooks, and to
which hosts.
"""


def _header(name: str, description: str, example: str) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": True,
        "description": description,
        "schema": {"type": "string"},
        "example": example,
    }


# Referred to, because openapi-generator writes Python that cannot be read for what stands there.
WEBHOOKS: dict[str, Any] = {
    "simulation-ended": {"$ref": "#/components/pathItems/SimulationEnded"},
}
PATH_ITEMS: dict[str, Any] = {
    "SimulationEnded": {
        "post": {
            "operationId": "simulation_ended",
            "tags": ["Simulations"],
            "summary": "A simulation has ended",
            "description": _DESCRIPTION,
            "security": [],
            "parameters": [
                _header(
                    "webhook-id",
                    "The same for every try of a message.",
                    "msg_626876edb0c2421ea0240b59a135dfaa_1767225600000000",
                ),
                _header("webhook-timestamp", "Seconds since 1970, of this try.", "1767225600"),
                _header(
                    "webhook-signature",
                    "`v1,` and the signature in base64; two, with a space, while a secret changes.",
                    "v1,K5oZfzN95Z9UVu1EsfQmfVNQhnkZ2pj9o9NDN/H/pI4=",
                ),
            ],
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {
                        "schema": {"$ref": "#/components/schemas/SimulationEnded"},
                        "example": {
                            "id": "sim_626876edb0c2421ea0240b59a135dfaa",
                            "state": "succeeded",
                        },
                    }
                },
            },
            "responses": {
                "204": {"description": "It was received; any other 2xx says the same."},
                "410": {"description": "The receiver wants no more of this."},
            },
        }
    }
}
