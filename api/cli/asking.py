"""`twin personas` and `ask`: who the personas are, and what one of them says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.command import body_of
from api.cli.options import AsJson, Engine, Seed
from api.cli.session import with_services
from api.cli.settings import settings_of

if TYPE_CHECKING:
    from api.services import Services


def personas(
    who: Annotated[str | None, typer.Argument(help="One persona or segment id.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the personas, or show one."""
    from api.cli.console import console, persona_card, personas_table, whose
    from api.cli.screen import print_json
    from api.wiring.open_warehouse import open_customers
    from domain.personas import find_persona

    with open_customers(settings_of()) as (customers, _):
        known, carrier = customers.personas(), customers.carrier
    if who is not None:
        persona = find_persona(known, who)
        print_json(persona) if as_json else console().print(persona_card(persona))
    elif as_json:
        print_json(known)
    else:
        console().print(whose(carrier), personas_table(known))


def ask(  # noqa: PLR0913, PLR0917 - what HTTP takes in the body of an ask
    who: Annotated[str, typer.Argument(help="A persona id or a segment id, such as S1.")],
    text: Annotated[str, typer.Argument(help="The scenario, or the question.")],
    question: Annotated[bool, typer.Option("--question", help="Ask a free question.")] = False,
    conversation: Annotated[
        str | None, typer.Option(help="A name of your own: its turns are remembered.")
    ] = None,
    engine: Engine = None,
    seed: Seed = None,
    as_json: AsJson = False,
) -> None:
    """Put a scenario, or a question, to one persona."""
    from api.cli.console import answer_card, console, reaction_card
    from api.cli.screen import print_json
    from api.operations.asking import Ask
    from api.representations.bodies import AskBody
    from domain.callers import Caller
    from domain.personas import find_persona
    from domain.reactions import Answer

    body = body_of(
        AskBody,
        scenario=None if question else text,
        question=text if question else None,
        conversation_id=conversation,
        engine=engine,
        seed=seed,
    )

    async def next_turn(services: Services) -> None:
        reply = (await Ask(services, Caller(), who, body).next_turn()).reply
        persona = find_persona(services.customers.personas(), who)
        if as_json:
            print_json(reply)
        elif isinstance(reply, Answer):
            console().print(answer_card(persona, reply))
        else:
            console().print(reaction_card(persona, reply))

    with_services(next_turn)
