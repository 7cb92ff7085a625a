"""Reticent: a language model whose words are passed on only if no secret of ours is in them.

A model may repeat the key it was called with, for a server in between may have put it into a
prompt or an error. What it says is stored, shown and put into prompts again: it is looked at once,
where it comes in, replies kept from an earlier time included.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import structlog

from adapters.chat.encodings import Searched, needles_of
from domain.errors import ChatBroken, ChatFailed, ChatRefused, ReplyInvalid
from domain.keys import KEY
from domain.language_model import Completion, KeepingChat, Prompt

LONGEST = 50_000  # characters: four texts of 2,000, every one of them escaped, have room in it
TOLD = "it tells what must stay secret; answer without it"
TOO_LONG = f"it is longer than {LONGEST:,} characters; write less"
API_KEY = re.compile(r"cdt[0-9a-f]{80}")  # as domain/keys.py makes them, letters and digits only
UNTOLD = "for a reason that cannot be told"

log = structlog.stdlib.get_logger()


@dataclass(frozen=True, slots=True)
class Reticent:
    """A chat model that neither tells a secret nor fails with one in its message.

    `secrets` gives those held at the moment. API keys of ours are known by their shape, and those
    in a prompt are secrets, too, however the reply disguises them. A reply with a secret comes
    back without its text and with `refused`, so that it is asked again and its tokens count.
    """

    chat: KeepingChat
    secrets: Callable[[], Iterable[str]]

    @property
    def model(self) -> str:
        """See domain.language_model.chat.ChatModel."""
        return self.chat.model

    async def complete(self, prompt: Prompt, *, deadline_seconds: float) -> Completion:
        """See domain.language_model.chat.ChatModel."""
        held = set(self.secrets())  # before and after: a token may be renewed in between
        try:
            completion = await self.chat.complete(prompt, deadline_seconds=deadline_seconds)
        except ChatFailed as failure:
            if _tells(str(failure), held | set(self.secrets())):
                raise _quiet(failure) from None
            raise
        fault = _fault(completion.text, held | set(self.secrets()) | _keys_in(prompt))
        if fault is None:
            return completion
        log.warning("a reply of the language model was not passed on", fault=fault)
        return replace(completion, text="", refused=fault)

    def keep(self, prompt: Prompt, completion: Completion) -> None:
        """See domain.language_model.chat.KeepingChat."""
        self.chat.keep(prompt, completion)


def _fault(text: str, secrets: Iterable[str]) -> str | None:
    if len(text) > LONGEST:
        return TOO_LONG
    return TOLD if _tells(text, secrets) else None


def _tells(text: str, secrets: Iterable[str]) -> bool:
    searched = Searched(text)
    return any(API_KEY.search(view) for view in searched.plain) or any(
        searched.tells(needles_of(secret)) for secret in secrets
    )


def _keys_in(prompt: Prompt) -> set[str]:
    return {key[0] for block in prompt.user for key in KEY.finditer(block)}


def _quiet(failure: ChatFailed) -> ChatFailed:
    """The same failure, as far as it is ours to word."""
    if isinstance(failure, ChatRefused):
        remedy = "check the CDT_MODEL settings with `twin doctor`"
        return ChatRefused(UNTOLD, remedy, lasting=failure.lasting)
    if isinstance(failure, ReplyInvalid):
        return ReplyInvalid(TOLD, truncated=failure.truncated)
    return ChatBroken(UNTOLD)
