from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

import pytest
from fastapi import FastAPI

from api.admission.admission import Admission
from api.representations.problems import Refused
from api.services import Services
from domain.engines.llm import ModelReactions
from domain.reactions import Engine
from tests.fakes.chats import ScriptedChat

pytestmark = pytest.mark.anyio


def test_a_place_is_free_again_once_its_ask_ended_however_it_did() -> None:
    admission = Admission(1)

    with pytest.raises(LookupError), admission.admit():
        raise LookupError

    with admission.admit(), pytest.raises(Refused) as refused, admission.admit():
        pass
    assert refused.value.headers["Retry-After"] == "1"


@pytest.mark.parametrize(
    ("engines", "asked", "computed"),
    [
        (("choice",), None, True),
        (("grounded", "choice", "llm"), None, False),
        (("grounded", "choice", "llm"), "choice", True),
        (("grounded", "choice", "llm"), "llm", False),
    ],
)
async def test_who_waits_for_a_model_takes_no_place_of_who_waits_for_a_processor(
    app: FastAPI, engines: tuple[Engine, ...], asked: Engine | None, computed: bool
) -> None:
    services: Services = app.state.services
    choice = services.reaction_model("choice")
    asking = ModelReactions(services.customers, ScriptedChat([""]))
    several = replace(
        services,
        reaction_models={name: choice if name == "choice" else asking for name in engines},
        asking=Admission(1),
        computing=Admission(1),
    )

    with several.computing.admit():
        told: AbstractContextManager[object] = pytest.raises(Refused) if computed else nullcontext()
        with told, several.admission(asked).admit():
            pass
